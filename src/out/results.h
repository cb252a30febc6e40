/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a run found out, as plain rows: the one argument of every report. run/ and agg/ fill it; reports only read
 * it. Strings live in `arena`, or outlive it (program, inputs). */
#ifndef AUTHSIFT_OUT_RESULTS_H
#define AUTHSIFT_OUT_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/vec.h"
#include "out/finding.h"

struct rule_row {
    struct sv rule_id;
    struct sv rule_title;
    struct sv kind;           /* "rule" or the correlation type */
    int level;
    uint64_t hits;            /* matches, before duplicates are removed */
    uint64_t duplicate_hits;  /* deliveries of an event (same uid) that was counted already */
    uint64_t findings;        /* rows of findings.csv */
    uint64_t suppressed;      /* rows of suppressed.csv */
    uint64_t entities;        /* distinct entities (or groups, where a rule names no entity) among the findings */
    uint64_t skipped_group;   /* hits without a value of a group-by field */
    uint64_t skipped_value;   /* hits whose field is no number, or whose place is unusable */
    uint64_t skipped_time;    /* hits without a time */
    uint64_t regex_limit;     /* times a pattern gave up at its match limit */
    bool muted;               /* audit mode */
    struct sv skipped_reason; /* left out by --skip-bad-rules: why; else empty */
};

/* One row per file and reason; the reason is empty in the row that holds the file's own counts. */
struct health_row {
    struct sv file;
    struct sv source;
    struct sv format;       /* "jsonl", "csv" */
    struct sv compression;  /* "gzip", "zstd", "none" */
    struct sv reason;       /* "", a reject reason, or an input error */
    uint64_t bytes;         /* after decompression */
    uint64_t lines;         /* = events + rejects + blank (a CSV header is not counted; a quoted record counts once) */
    uint64_t blank;
    uint64_t events;
    uint64_t out_of_range;  /* of events: outside --since/--until, so not events of the run */
    uint64_t rejects;       /* in a reason's row: with this reason */
};

struct reject_row {
    struct sv file;
    uint64_t line;
    uint64_t offset;        /* byte offset of the record in the decompressed file */
    struct sv reason;
    struct sv text;         /* its first 200 bytes */
};

struct hit_row {
    struct sv rule_id;
    struct sv rule_title;
    struct sv file;
    uint64_t line;
    int64_t time;
};

/* An app over the whole input. Lists are sorted and joined by blanks. */
struct app_row {
    struct sv app_id;
    struct sv app_name;       /* the latest name */
    struct sv protocol;
    struct sv level;          /* the highest 1.0a level granted */
    struct sv granted;        /* scopes, with a 1.0a level's own */
    struct sv used;           /* scopes that uses prove */
    struct sv unused;         /* granted - used - base - unexercisable */
    struct sv minimal;        /* the smallest permission that covers `used` */
    struct sv can_view;       /* in the platform's words; joined by "; " */
    struct sv can_do;
    uint64_t accounts;        /* distinct, that granted or used it */
    uint64_t grants;
    uint64_t revocations;
    uint64_t uses;
    int64_t first_seen;
    int64_t last_seen;
    uint64_t findings;
    double risk;              /* of its findings, combined: 100 * (1 - prod(1 - risk/100)) */
};

/* A session of an account that has a finding. */
struct session_row {
    struct sv account_id;
    struct sv session_id;
    struct sv country;        /* of the log-in, else of the first event */
    struct sv city;
    struct sv ip;
    struct sv device;
    struct sv user_agent;
    int64_t login;            /* session.start, or TIME_NONE when the log does not hold it */
    int64_t first_seen;
    int64_t last_seen;
    int64_t ended;            /* session.end or session.revoke after the last start, or TIME_NONE */
    uint64_t events;
    uint64_t findings;        /* that name this session */
    struct sv action;         /* what to do: actions of those findings, joined by blanks */
};

/* One name and value of run.json; text unless is_number. */
struct run_fact {
    struct sv name;
    struct sv text;
    double number;
    bool is_number;
};

struct suppressions; /* out/suppress.h */

struct results {
    struct arena arena;
    VEC(struct finding) findings;      /* sorted by finding_cmp; with those that are suppressed */
    struct suppressions *suppressions; /* borrowed; NULL: nothing is suppressed */
    VEC(struct finding) resolved;      /* of earlier runs, that this one does not have again; sorted likewise */
    VEC(struct rule_row) rules;        /* by rule_id */
    VEC(struct health_row) health;     /* by file, reason */
    VEC(struct reject_row) rejects;    /* by file, line */
    VEC(struct hit_row) hits;          /* by rule_id, file, line; only if asked for */
    VEC(struct app_row) apps;          /* by app_id */
    VEC(struct session_row) sessions;  /* by account_id, session_id */
    VEC(struct run_fact) facts;        /* run.json's own, in order; dotted names nest */
    uint64_t blast_radius;             /* accounts of one app above which actions.csv asks for the app instead */
};

#define FINDING_LEVELS 5

/* The findings in figures. */
struct finding_tally {
    uint64_t level[FINDING_LEVELS]; /* of each level, without those that are suppressed */
    uint64_t all;                   /* of any level */
    uint64_t fresh;                 /* of status new */
    uint64_t suppressed;
};

struct finding_tally results_tally(const struct results *r);

void results_init(struct results *r);
void results_fini(struct results *r);

#endif
