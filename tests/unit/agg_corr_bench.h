/* SPDX-License-Identifier: Apache-2.0 */
/* What agg_corr_harness.c and agg_night.c play their hits on: a program of a few rules and one or two correlations,
 * made of the texts that agg_corr_harness.h describes. */
#ifndef AUTHSIFT_TESTS_UNIT_AGG_CORR_BENCH_H
#define AUTHSIFT_TESTS_UNIT_AGG_CORR_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "agg/agg.h"
#include "base/arena.h"
#include "base/buf.h"
#include "ir/program.h"

#define RULES_MAX 4

struct bench {
    struct fields *fields;
    struct program *program;
    struct arena arena;
    struct diags *d;
    struct origins origins;
    struct correlation c; /* read last */
    bool say;
    bool chained;
    int64_t now;
};

/* Reads a correlation into b->c of a new bench. The type "rule" is that of rules on single events. */
void bench_open(struct bench *b, const char *type, const char *keys);
void bench_close(struct bench *b);
/* Reads another one. */
void bench_read(struct bench *b, const char *type, const char *keys);

/* Adds b->c to the program, reported, under this id; and rules, so that there are n of them. */
void bench_add(struct bench *b, const char *id);
void bench_rules(struct bench *b, size_t n);

/* The time that a line of hits begins with. */
int64_t bench_time(struct sv line);

/* Plays one line of hits as an event of that place. */
void bench_play_line(struct bench *b, struct agg_local *local, struct event *ev, struct place at, struct sv line);

/* Appends a finding, as agg_corr_harness.h has it. */
void bench_print(const struct bench *b, struct buf *out, const struct finding *f);

#endif
