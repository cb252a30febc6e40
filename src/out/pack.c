/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing stand side by side, in the same order of members. A number of things is compared with the bytes
 * that are left before memory is asked for: each takes at least one. */
#include "out/pack.h"

#include <limits.h>

/* ---- pieces ---- */

static int
get_level(struct reader *r)
{
    const uint64_t level = get_varint(r);
    if (level > 4)
        r->bad = true;
    return level <= 4 ? (int)level : 0;
}

static void
put_named(struct buf *b, const struct named_text *v, size_t n)
{
    put_varint(b, n);
    for (size_t i = 0; i < n; i++) {
        put_bytes(b, v[i].name);
        put_bytes(b, v[i].text);
    }
}

static struct named_text *
get_named(struct reader *r, struct arena *a, size_t *n)
{
    *n = get_count(r, 2);
    struct named_text *v = ARENA_ARRAY(a, struct named_text, *n);
    for (size_t i = 0; i < *n; i++) {
        v[i].name = get_bytes(r);
        v[i].text = get_bytes(r);
    }
    return v;
}

static void
put_targets(struct buf *b, const struct finding *f)
{
    put_varint(b, f->n_targets);
    for (size_t i = 0; i < f->n_targets; i++) {
        put_bytes(b, f->targets[i].account);
        put_bytes(b, f->targets[i].app);
        put_bytes(b, f->targets[i].session);
    }
}

static void
get_targets(struct reader *r, struct arena *a, struct finding *f)
{
    f->n_targets = get_count(r, 3);
    f->targets = ARENA_ARRAY(a, struct target, f->n_targets);
    for (size_t i = 0; i < f->n_targets; i++) {
        f->targets[i].account = get_bytes(r);
        f->targets[i].app = get_bytes(r);
        f->targets[i].session = get_bytes(r);
    }
}

/* By name: numbers of actions are the order of a table that may grow. */
static void
put_actions(struct buf *b, const struct finding *f)
{
    put_varint(b, f->n_actions);
    for (size_t i = 0; i < f->n_actions; i++)
        put_bytes(b, sv_of(action_infos[f->actions[i]].name));
}

static void
get_actions(struct reader *r, struct arena *a, struct finding *f)
{
    f->n_actions = get_count(r, 1);
    enum action_id *action = ARENA_ARRAY(a, enum action_id, f->n_actions);
    for (size_t i = 0; i < f->n_actions; i++) {
        action[i] = action_find(get_bytes(r));
        if (action[i] == ACTION_COUNT_) {
            r->bad = true;
            f->n_actions = i;
        }
    }
    f->actions = action;
}

static void
put_samples(struct buf *b, const struct finding *f)
{
    put_varint(b, f->n_samples);
    for (size_t i = 0; i < f->n_samples; i++)
        put_bytes(b, f->samples[i]);
}

static void
get_samples(struct reader *r, struct finding *f)
{
    f->n_samples = get_count(r, 1);
    if (f->n_samples > FINDING_SAMPLES) {
        r->bad = true;
        f->n_samples = 0;
    }
    for (size_t i = 0; i < f->n_samples; i++)
        f->samples[i] = get_bytes(r);
}

/* ---- findings ---- */

/* The texts of a finding that are one member each. */
static const size_t text_member[] = {
#define TEXT(member) offsetof(struct finding, member)
    TEXT(rule_id),   TEXT(rule_title),  TEXT(rule_author), TEXT(family),    TEXT(report),    TEXT(entity_type),
    TEXT(entity_id), TEXT(entity_name), TEXT(account_id),  TEXT(app_id),    TEXT(app_name),  TEXT(session_id),
    TEXT(src_ip),    TEXT(src_country), TEXT(metric),      TEXT(threshold), TEXT(group_key), TEXT(status),
#undef TEXT
};

#define N_TEXTS (sizeof text_member / sizeof text_member[0])

void
pack_finding(struct buf *b, const struct finding *f)
{
    put_varint(b, f->id);
    for (size_t i = 0; i < N_TEXTS; i++)
        put_bytes(b, *(const struct sv *)((const char *)f + text_member[i]));
    put_varint(b, (uint64_t)f->level);
    put_double(b, f->risk);
    put_zigzag(b, f->first_seen);
    put_zigzag(b, f->fired_at);
    put_zigzag(b, f->last_seen);
    put_varint(b, f->event_count);
    put_double(b, f->value);
    put_double(b, f->peak);
    put_named(b, f->group, f->n_group);
    put_named(b, f->evidence, f->n_evidence);
    put_samples(b, f);
    put_actions(b, f);
    put_targets(b, f);
    put_varint(b, f->audit);
    put_varint(b, f->booster);
}

void
pack_get_finding(struct reader *r, struct arena *a, struct finding *f)
{
    *f = (struct finding){ .id = get_varint(r) };
    for (size_t i = 0; i < N_TEXTS; i++)
        *(struct sv *)((char *)f + text_member[i]) = get_bytes(r);
    f->level = get_level(r);
    f->risk = get_double(r);
    f->first_seen = get_zigzag(r);
    f->fired_at = get_zigzag(r);
    f->last_seen = get_zigzag(r);
    f->event_count = get_varint(r);
    f->value = get_double(r);
    f->peak = get_double(r);
    f->group = get_named(r, a, &f->n_group);
    f->evidence = get_named(r, a, &f->n_evidence);
    get_samples(r, f);
    get_actions(r, a, f);
    get_targets(r, a, f);
    f->audit = get_varint(r) != 0;
    f->booster = get_varint(r) != 0;
}

/* ---- rejects and health ---- */

void
pack_reject(struct buf *b, const struct reject_row *row)
{
    put_bytes(b, row->file);
    put_varint(b, row->line);
    put_varint(b, row->offset);
    put_bytes(b, row->reason);
    put_bytes(b, row->text);
}

void
pack_get_reject(struct reader *r, struct reject_row *row)
{
    row->file = get_bytes(r);
    row->line = get_varint(r);
    row->offset = get_varint(r);
    row->reason = get_bytes(r);
    row->text = get_bytes(r);
}

void
pack_health(struct buf *b, const struct health_row *row)
{
    put_bytes(b, row->file);
    put_bytes(b, row->source);
    put_bytes(b, row->format);
    put_bytes(b, row->compression);
    put_bytes(b, row->reason);
    put_varint(b, row->bytes);
    put_varint(b, row->lines);
    put_varint(b, row->blank);
    put_varint(b, row->events);
    put_varint(b, row->out_of_range);
    put_varint(b, row->rejects);
}

void
pack_get_health(struct reader *r, struct health_row *row)
{
    row->file = get_bytes(r);
    row->source = get_bytes(r);
    row->format = get_bytes(r);
    row->compression = get_bytes(r);
    row->reason = get_bytes(r);
    row->bytes = get_varint(r);
    row->lines = get_varint(r);
    row->blank = get_varint(r);
    row->events = get_varint(r);
    row->out_of_range = get_varint(r);
    row->rejects = get_varint(r);
}
