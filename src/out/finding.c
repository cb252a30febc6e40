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
/* Reads the column `group` of a finding, `name=value; name=value`, byte by byte without writing it down. */
struct group_reader {
    const struct finding *f;
    size_t pair;
    enum { READ_NAME, READ_VALUE } part;
    size_t at;       /* in the name or value */
    bool escaped;    /* the backslash before the byte at `at` was given */
    size_t between;  /* bytes of "; " still to give */
};

static int
group_next_byte(struct group_reader *r)
{
    static const char separator[] = "; ";
    if (r->between != 0)
        return separator[2 - r->between--];
    if (r->pair == r->f->n_group)
        return -1;
    const struct named_text *p = &r->f->group[r->pair];
    const struct sv text = r->part == READ_NAME ? p->name : p->text;
    if (r->at < text.n) {
        const char c = text.p[r->at];
        if (!r->escaped && (c == ';' || c == '=' || c == '\\')) {
            r->escaped = true;
            return '\\';
        }
        r->escaped = false;
        r->at++;
        return (unsigned char)c;
    }
    r->at = 0;
    if (r->part == READ_NAME) {
        r->part = READ_VALUE;
        return '=';
    }
    r->part = READ_NAME;
    r->between = ++r->pair < r->f->n_group ? 2 : 0;
    return group_next_byte(r);
}

/* By the text that the column shows: whoever sorts or merges the CSV by its columns gets the same order. */
static int
compare_groups(const struct finding *x, const struct finding *y)
{
    struct group_reader a = { .f = x };
    struct group_reader b = { .f = y };
    for (;;) {
        const int c = group_next_byte(&a);
        const int d = group_next_byte(&b);
        if (c != d)
            return c < d ? -1 : 1;
        if (c == -1)
            return 0;
    }
}

int
finding_cmp(const void *a, const void *b)
{
    const struct finding *x = a;
    const struct finding *y = b;
    COMPARE(y->level, x->level);
    COMPARE(y->risk, x->risk);
    COMPARE_TEXT(x->rule_id, y->rule_id);
    const int by_group = compare_groups(x, y);
    if (by_group != 0)
        return by_group;
    COMPARE(x->first_seen, y->first_seen);
    COMPARE(x->fired_at, y->fired_at);
    COMPARE_TEXT(x->group_key, y->group_key);
    COMPARE(x->last_seen, y->last_seen);
    COMPARE(x->id, y->id);
    COMPARE(x->event_count, y->event_count);
    COMPARE(x->value, y->value);
    COMPARE_TEXT(x->entity_id, y->entity_id);
    if (x->n_samples != 0 && y->n_samples != 0)
        COMPARE_TEXT(x->samples[0], y->samples[0]);
    return 0;
}
