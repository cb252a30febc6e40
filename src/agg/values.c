/* SPDX-License-Identifier: Apache-2.0 */
/* See values.h. A payload that a sweep reads was written by `record` here, or has passed is_payload (corr.h), so a
 * broken one is a bug; readers still stop at its end. */
#include "agg/values.h"

#include <math.h>
#include <stdlib.h>

#include "agg/corr.h"

#define JOIN_MAX 50

size_t
values_put_texts(struct event *ev, field_id f, struct buf *payload)
{
    struct sv text;
    size_t n_members = 0, n = 0;
    struct value *member = f == FIELD_NONE ? NULL : value_members(event_value(ev, f), &n_members);
    for (size_t i = 0; i < n_members; i++)
        n += value_text(&member[i], ev->scratch, &text);
    put_varint(payload, n);
    for (size_t i = 0; i < n_members; i++)
        if (value_text(&member[i], ev->scratch, &text))
            put_bytes(payload, text);
    return n;
}

struct sv *
values_get_texts(struct reader *r, struct arena *arena, size_t *n)
{
    const uint64_t count = get_varint(r);
    /* A text takes at least its length's byte. */
    *n = r->bad || count > (uint64_t)(r->end - r->p) ? 0 : (size_t)count;
    struct sv *v = arena_alloc(arena, (*n + 1) * sizeof *v);
    for (size_t i = 0; i < *n; i++)
        v[i] = get_bytes(r);
    return v;
}

bool
values_skip_texts(struct reader *r, size_t least, size_t *n)
{
    const uint64_t count = get_varint(r);
    *n = r->bad || count > (uint64_t)(r->end - r->p) ? 0 : (size_t)count;
    for (size_t i = 0; i < *n && !r->bad; i++)
        get_bytes(r);
    return !r->bad && *n == count && *n >= least;
}

bool
values_record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    const struct value_list *list = c->type->lists;
    const size_t start = payload->n;
    for (size_t i = 0; i < c->type->n_lists; i++) {
        const struct corr_arg *field = &c->args[list[i].field];
        if (!field->given)
            continue;
        const bool has = list[i].rule == VALUES_OF_ALL || c->args[list[i].rule].pos == pos;
        const size_t n_texts = values_put_texts(ev, has ? field->fields[pos] : FIELD_NONE, payload);
        if (n_texts >= list[i].least && n_texts <= list[i].most)
            continue;
        payload->n = start;
        ++*skipped;
        return false;
    }
    return true;
}

bool
values_are_recorded(const struct correlation *c, unsigned pos, struct reader *r)
{
    const struct value_list *list = c->type->lists;
    (void)pos;
    for (size_t i = 0; i < c->type->n_lists; i++) {
        size_t n_texts;
        if (!c->args[list[i].field].given)
            continue;
        if (!values_skip_texts(r, list[i].least, &n_texts) || n_texts > list[i].most)
            return false;
    }
    return true;
}

void
values_put_numbers(struct event *ev, field_id f, struct buf *payload, uint64_t *skipped)
{
    size_t n = 0;
    struct value *member = f == FIELD_NONE ? NULL : value_members(event_value(ev, f), &n);
    if (n == 0)
        ++*skipped;
    for (size_t i = 0; i < n; i++) {
        double x;
        if (!value_number(&member[i], ev->scratch, &x) || !isfinite(x))
            ++*skipped;
        else
            put_double(payload, x == 0 ? 0 : x);
    }
}

bool
values_number(struct event *ev, field_id f, double *x)
{
    size_t n;
    struct value *member = value_members(event_value(ev, f), &n);
    return n == 1 && value_number(member, ev->scratch, x) && isfinite(*x);
}

int
values_cmp(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

struct text_set
values_set(struct arena *arena, const struct sv *v, size_t n)
{
    struct sv *copy = ARENA_ARRAY(arena, struct sv, n + 1);
    if (n != 0) {
        memcpy(copy, v, n * sizeof *v);
        qsort(copy, n, sizeof *copy, values_cmp);
    }
    return (struct text_set){ copy, n };
}

bool
values_set_has(const struct text_set *set, struct sv text)
{
    return set->n != 0 && bsearch(&text, set->v, set->n, sizeof *set->v, values_cmp) != NULL;
}

struct sv
values_join(struct arena *arena, const struct sv *v, size_t n)
{
    const size_t n_shown = n < JOIN_MAX ? n : JOIN_MAX;
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < n_shown; i++) {
        if (i != 0)
            buf_puts(&text, ", ");
        buf_sv(&text, v[i]);
    }
    if (n_shown < n)
        buf_printf(&text, " and %zu more", n - n_shown);
    const struct sv result = arena_sv(arena, buf_view(&text));
    buf_fini(&text);
    return result;
}
