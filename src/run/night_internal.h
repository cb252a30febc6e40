/* SPDX-License-Identifier: Apache-2.0 */
/* What night.c and night_publish.c share. */
#ifndef AUTHSIFT_RUN_NIGHT_INTERNAL_H
#define AUTHSIFT_RUN_NIGHT_INTERNAL_H

#include "agg/agg.h"
#include "agg/boost.h"
#include "agg/shelf.h"
#include "base/arena.h"
#include "run/carried.h"
#include "run/carrying.h"
#include "run/night.h"
#include "run/partial_manifest.h"

/* What became of a file that was read. */
struct night_file {
    struct stream_info info; /* its error is only asked for, not read */
    uint64_t events;
    uint64_t last_line;
};

struct night {
    const struct night_options *o;
    const struct run_options *ro;
    const struct program *program;
    const struct source_defs *sources;
    struct state *state;
    int64_t started;         /* wall clock */
    int64_t last_run;        /* 0: this is the first; also if earlier ones are forgotten */
    int64_t before;          /* greatest event time of the runs before; TIME_NONE: there are none */
    int64_t final;           /* events before this time come too late; TIME_NONE: none do */
    struct carried *carried; /* NULL: nothing is */
    struct carrying *carrying;
    struct agg_night agg;
    struct shelves shelves;
    VEC(uint32_t) slot_of_file; /* by origin: its number in what is carried */
    VEC(struct boost_known) known; /* by runs before; texts are those of `texts` */
    VEC(struct boost_known) heard; /* by this one; texts are those of its results */
    struct intake intake;
    struct manifest m;            /* of what this run carries */
    struct arena texts;           /* of the manifest */
    VEC(struct night_file) files; /* by input */
    int64_t latest;               /* of this run and those before */
    uint64_t events;
};

#endif
