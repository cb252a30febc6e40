/* SPDX-License-Identifier: Apache-2.0 */
/* A finding, as every report sees it: plain data, made by agg/, sorted and joined by run/, written by out/.
 * Strings are borrowed from the program or from the arena of struct results. Immutable once the run is finished. */
#ifndef AUTHSIFT_OUT_FINDING_H
#define AUTHSIFT_OUT_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

enum action_id {
#define ACTION(id, ...) ACTION_##id,
#include "out/actions.def"
#undef ACTION
    ACTION_COUNT_
};

enum action_target { TARGET_SESSION, TARGET_ACCOUNT, TARGET_GRANT, TARGET_APP, TARGET_ENTITY };

struct action_info {
    const char *name;
    enum action_target target;
    bool reversible;
    bool requires_approval;
    const char *help;
};
extern const struct action_info action_infos[ACTION_COUNT_];
/* ACTION_COUNT_ if there is none of that name. */
enum action_id action_find(struct sv name);

struct named_text {
    struct sv name;
    struct sv text;
};

/* An account, app and session that took part in a finding: what actions aim at. Empty where the events have none. */
struct target {
    struct sv account;
    struct sv app;
    struct sv session;
};

#define FINDING_SAMPLES 5

struct suppression; /* out/suppress.h */

struct finding {
    uint64_t id;               /* XXH3 over (rule_id, group key, first_seen, fired_at) */
    struct sv rule_id;
    struct sv rule_title;
    struct sv rule_author;
    struct sv family;
    struct sv report;          /* the family report it appears in, or empty */
    int level;                 /* 0 informational .. 4 critical */
    double risk;               /* 0..100 */
    bool summary;              /* its risk is put together from other findings': whoever joins risks leaves it out */
    struct sv entity_type;
    struct sv entity_id;
    struct sv entity_name;
    /* account_id, app_id, app_name, session_id, src_ip, src_country: the one value of all hits that have one, if it
     * is one; else empty. */
    struct sv account_id;
    struct sv app_id;
    struct sv app_name;
    struct sv session_id;
    struct sv src_ip;
    struct sv src_country;
    int64_t first_seen;
    int64_t fired_at;
    int64_t last_seen;
    uint64_t event_count;
    struct sv metric;          /* what value is: "event_count", "value_count(oauth.app_uid)", "km/h", "unused scopes" */
    double value;
    double peak;
    struct sv threshold;
    struct named_text *group;  /* in the order of group-by */
    size_t n_group;
    struct sv group_key;       /* key bytes, for the id and for sorting */
    struct named_text *evidence;
    size_t n_evidence;
    struct sv samples[FINDING_SAMPLES]; /* "file:line" of the first four events and the last, in order */
    size_t n_samples;
    const enum action_id *actions;
    size_t n_actions;
    struct target *targets;    /* distinct, in order of first appearance, at most the blast radius + 1 */
    size_t n_targets;
    bool audit;                /* counted, not acted on */
    bool booster;              /* only there because something else was found about its entity */
    struct sv status;          /* "new" until there is state */
    const struct suppression *suppression; /* an entry of the suppressed that names it, or NULL */
    bool suppressed;           /* and that entry has not expired */
};

/* Is anything to be done about it? Audited and suppressed findings are counted and listed, no more. */
static inline bool
finding_is_acted_on(const struct finding *f)
{
    return !f->audit && !f->suppressed;
}

/* Order of findings.csv: level (critical first), risk (high first), rule_id, group, first_seen, fired_at. For qsort. */
int finding_cmp(const void *a, const void *b);

#endif
