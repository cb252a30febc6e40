/* SPDX-License-Identifier: Apache-2.0 */
/* The order of findings, and the table of actions. */
#include "out/finding.h"

const struct action_info action_infos[ACTION_COUNT_] = {
#define ACTION(id, name, target, reversible, approval, help)                                                           \
    [ACTION_##id] = { name, target, reversible, approval, help },
#include "out/actions.def"
#undef ACTION
};

enum action_id
action_find(struct sv name)
{
    int i = 0;
    while (i < ACTION_COUNT_ && !sv_eq(name, sv_of(action_infos[i].name)))
        i++;
    return (enum action_id)i;
}

#define COMPARE(x, y)                                                                                                  \
    do {                                                                                                               \
        if ((x) != (y))                                                                                                \
            return (x) < (y) ? -1 : 1;                                                                                 \
    } while (0)

#define COMPARE_TEXT(x, y)                                                                                             \
    do {                                                                                                               \
        const int c_ = sv_cmp((x), (y));                                                                               \
        if (c_ != 0)                                                                                                   \
            return c_;                                                                                                 \
    } while (0)

/* The keys of the contract, then whatever can still differ: two findings that compare equal are printed alike. */
int
finding_cmp(const void *a, const void *b)
{
    const struct finding *x = a;
    const struct finding *y = b;
    COMPARE(y->level, x->level);
    COMPARE(y->risk, x->risk);
    COMPARE_TEXT(x->rule_id, y->rule_id);
    COMPARE_TEXT(x->group_key, y->group_key);
    COMPARE(x->first_seen, y->first_seen);
    COMPARE(x->fired_at, y->fired_at);
    COMPARE(x->last_seen, y->last_seen);
    COMPARE(x->id, y->id);
    COMPARE(x->event_count, y->event_count);
    COMPARE(x->value, y->value);
    COMPARE_TEXT(x->entity_id, y->entity_id);
    if (x->n_samples != 0 && y->n_samples != 0)
        COMPARE_TEXT(x->samples[0], y->samples[0]);
    return 0;
}
