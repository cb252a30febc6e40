/* SPDX-License-Identifier: Apache-2.0 */
/* Findings that somebody looked at and does not want to see again, for a while: a CSV that analysts keep.
 *
 *   finding_id,rule_id,entity_type,entity_id,reason,owner,expires
 *   5f2c0a9be1d47733,,,,known load test,alice,2027-01-31
 *   ,af01-links-per-app,app,a17,our own newsletter app,bob,never
 *
 * An entry names one finding (finding_id), or all findings of one rule about one entity (rule_id and entity_id, and
 * entity_type if it matters). Each says why, who answers for it, and until when: the last day on which it counts
 * (UTC), a moment (RFC 3339), or `never`.
 *
 * A suppressed finding is left out of findings.csv, of actions and of --fail-on; it stands in suppressed.csv with the
 * entry that suppressed it, and is counted in run.json. An entry that has expired suppresses nothing any more.
 *
 * Built by suppressions_read; changed only by suppressions_mark, in one thread. */
#ifndef AUTHSIFT_OUT_SUPPRESS_H
#define AUTHSIFT_OUT_SUPPRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/map.h"
#include "base/vec.h"
#include "out/results.h"

struct suppression {
    struct sv finding_id; /* 16 hex digits, or empty; then the next three */
    struct sv rule_id;
    struct sv entity_type; /* empty: of any type */
    struct sv entity_id;
    struct sv reason;
    struct sv owner;
    struct sv expires; /* as it was written */
    int64_t until;     /* from when on it does not count; TIME_NONE: it always does */
    bool is_expired;   /* at the time that suppressions_read was given */
    struct span span;  /* of what names the finding or the rule; lives as long as the diags */
    size_t line;       /* from 1 */
    size_t next;       /* 1 + the next entry of the same key; 0: none */
    uint64_t findings; /* that it suppressed; of an expired one: that it would have */
};

struct suppressions {
    struct arena arena;        /* all texts */
    struct sv file;            /* its name */
    char digest[33];           /* of its bytes */
    VEC(struct suppression) v; /* in the order of the file */
    struct map index;          /* finding_id, or rule_id and entity_id -> 1 + first entry */
};

/* Reads the file. `now` decides what has expired. ERR_CONFIG with a message for each mistake, all at once. The caller
 * ends it with suppressions_fini in any case. */
enum err suppressions_read(struct suppressions *s, const char *path, int64_t now, struct diags *d) MUST_CHECK;
void suppressions_fini(struct suppressions *s);

/* Sets `suppression` of every finding of r that an entry names: the first entry that has not expired, else the first
 * that has. Texts of the entries may be what findings.csv shows, with its marks against formulas. */
void suppressions_mark(struct suppressions *s, struct results *r);
/* The same of those that are resolved, which are known later. */
void suppressions_mark_resolved(struct suppressions *s, struct results *r);

/* Says which entries have expired, which name a rule that there is not, and how many suppressed nothing: warnings and
 * a note. After suppressions_mark and when r->rules is filled. */
void suppressions_tell(const struct suppressions *s, const struct results *r, struct diags *d);

/* The key of an entry in the index: a finding_id and nothing, or a rule_id and an entity_id. */
void suppression_key(struct buf *key, struct sv name, struct sv entity_id);

/* For run.json: suppression.file, .digest, .entries, .expired, .unused. */
void suppressions_facts(const struct suppressions *s, struct results *r);

#endif
