/* SPDX-License-Identifier: Apache-2.0 */
#include "query/measure.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/number.h"
#include "query/hll.h"

const char *const measure_names[MEASURE_KINDS_] = {
#define MEASURE(id, name, help) name,
#include "query/measures.def"
#undef MEASURE
};

/* ---- parts of a tally ---- */

/* Whole numbers, which most are, need no more than 8 bytes; what is not goes to an exact sum. */
struct sum {
    uint64_t n;
    int64_t whole;
    struct exact_sum *rest; /* NULL: 0 */
};

/* A value that was kept, and where it came from. */
struct kept {
    int64_t time;
    uint64_t line;
    uint32_t file;
    uint32_t cap; /* room at text */
    uint32_t n;
    uint32_t kind; /* DATUM_NONE: nothing yet */
    double number;
    char *text;
};

static size_t
size_of(enum measure_kind kind)
{
    switch (kind) {
    case MEASURE_COUNT:
    case MEASURE_MEDIAN:
    case MEASURE_P90:
    case MEASURE_P99:
        return sizeof(uint64_t);
    case MEASURE_SUM:
    case MEASURE_AVG:
        return sizeof(struct sum);
    case MEASURE_MIN:
    case MEASURE_MAX:
    case MEASURE_FIRST:
    case MEASURE_LAST:
        return sizeof(struct kept);
    case MEASURE_APPROX:
        return sizeof(struct hll);
    case MEASURE_DISTINCT:
    case MEASURE_KINDS_:
        break;
    }
    return 0;
}

static bool
has_members(const struct measure *m)
{
    return m->kind == MEASURE_DISTINCT || measure_has_numbers(m);
}

bool
measure_has_numbers(const struct measure *m)
{
    return m->kind == MEASURE_MEDIAN || m->kind == MEASURE_P90 || m->kind == MEASURE_P99;
}

static bool
shares_members(const struct measure *a, const struct measure *b)
{
    return has_members(a) && has_members(b) && measure_has_numbers(a) == measure_has_numbers(b) &&
           sv_eq(a->of.title, b->of.title);
}

size_t
measures_lay_out(struct measure *m, size_t n)
{
    size_t size = 0;
    unsigned pos = 0;
    for (size_t i = 0; i < n; i++) {
        m[i].at = size;
        size += size_of(m[i].kind);
        if (!has_members(&m[i]))
            continue;
        for (size_t k = 0; k < i && m[i].pos == 0; k++)
            if (shares_members(&m[k], &m[i]))
                m[i].pos = m[k].pos;
        m[i].owns_members = m[i].pos == 0;
        if (m[i].owns_members)
            m[i].pos = ++pos;
    }
    return size;
}

void *
pool_alloc(struct pool *p, size_t n)
{
    p->bytes += (n + 15) & ~(size_t)15;
    return arena_alloc(&p->arena, n);
}

double
measure_percentile(const struct measure *m)
{
    return m->kind == MEASURE_MEDIAN ? 50 : m->kind == MEASURE_P90 ? 90 : 99;
}

/* ---- sums ---- */

#define WHOLE_MAX 9007199254740992.0 /* 2^53: below it a double with no fraction is one integer */

static void
sum_rest(struct sum *s, double x, struct pool *pool)
{
    if (s->rest == NULL) {
        s->rest = pool_alloc(pool, sizeof *s->rest);
        exact_sum_init(s->rest);
    }
    exact_sum_add(s->rest, x);
}

/* In two halves that are doubles. */
static void
sum_integer(struct exact_sum *to, int64_t whole)
{
    const int64_t low = whole & INT64_C(0xffffffff);
    exact_sum_add(to, (double)(whole - low));
    exact_sum_add(to, (double)low);
}

static void
sum_whole(struct sum *s, int64_t x, struct pool *pool)
{
    const bool fits = x >= 0 ? s->whole <= INT64_MAX - x : s->whole >= INT64_MIN - x;
    if (fits) {
        s->whole += x;
        return;
    }
    if (s->rest == NULL)
        sum_rest(s, 0, pool);
    sum_integer(s->rest, x);
}

static void
sum_add(struct sum *s, double x, struct pool *pool)
{
    s->n++;
    if (x > -WHOLE_MAX && x < WHOLE_MAX && x == floor(x))
        sum_whole(s, (int64_t)x, pool);
    else
        sum_rest(s, x, pool);
}

/* The rest as a few doubles whose exact sum it is: each is the value of what the ones before it left. */
static void
sum_put(const struct sum *s, struct buf *b)
{
    put_varint(b, s->n);
    put_zigzag(b, s->whole);
    if (s->rest != NULL) {
        struct exact_sum rest = *s->rest;
        for (double x = exact_sum_value(&rest); x != 0; x = exact_sum_value(&rest)) {
            put_varint(b, 1);
            put_double(b, x);
            if (!isfinite(x))
                break;
            exact_sum_remove(&rest, x);
        }
    }
    put_varint(b, 0);
}

static void
sum_merge(struct sum *s, struct reader *r, struct pool *pool)
{
    s->n += get_varint(r);
    sum_whole(s, get_zigzag(r), pool);
    while (get_varint(r) == 1 && !r->bad) {
        const double x = get_double(r);
        if (isfinite(x))
            sum_rest(s, x, pool);
    }
}

static double
sum_value(const struct sum *s)
{
    struct exact_sum all;
    if (s->rest != NULL)
        all = *s->rest;
    else
        exact_sum_init(&all);
    sum_integer(&all, s->whole);
    return exact_sum_value(&all);
}

/* ---- kept values ---- */

static void
kept_set(struct kept *k, const struct datum *d, struct pool *pool)
{
    if (d->text.n > k->cap) {
        k->cap = (uint32_t)(d->text.n + d->text.n / 2);
        k->text = pool_alloc(pool, k->cap);
    }
    k->kind = d->kind;
    k->number = d->number;
    k->n = (uint32_t)d->text.n;
    if (d->text.n != 0)
        memcpy(k->text, d->text.p, d->text.n);
}

static struct datum
kept_datum(const struct kept *k)
{
    return (struct datum){ (enum datum_kind)k->kind, sv_make(k->text, k->n), k->number };
}

/* Of equal numbers the one with the lesser text stays, so that it does not matter which came first. */
static int
value_cmp(const struct datum *a, const struct datum *b)
{
    const int by_value = datum_cmp(a, b);
    return by_value != 0 ? by_value : sv_cmp(a->text, b->text);
}

static void
extreme_add(struct kept *k, const struct datum *d, bool max, struct pool *pool)
{
    const struct datum old = kept_datum(k);
    if (d->kind == DATUM_NONE)
        return;
    if (k->kind == DATUM_NONE || (max ? value_cmp(d, &old) > 0 : value_cmp(d, &old) < 0))
        kept_set(k, d, pool);
}

static int
place_order(const struct kept *k, int64_t time, uint32_t file, uint64_t line)
{
    if (k->time != time)
        return k->time < time ? -1 : 1;
    if (k->file != file)
        return k->file < file ? -1 : 1;
    return k->line < line ? -1 : k->line > line;
}

static void
placed_add(struct kept *k, const struct datum *d, const struct event *ev, bool last, struct pool *pool)
{
    if (d->kind == DATUM_NONE)
        return;
    const int order = place_order(k, ev->time, ev->at.file, ev->at.line);
    if (k->kind != DATUM_NONE && (last ? order >= 0 : order <= 0))
        return;
    k->time = ev->time;
    k->file = ev->at.file;
    k->line = ev->at.line;
    kept_set(k, d, pool);
}

static bool
has_place(const struct measure *m)
{
    return m->kind == MEASURE_FIRST || m->kind == MEASURE_LAST;
}

static void
kept_put(const struct measure *m, const struct kept *k, struct buf *b)
{
    const struct datum d = kept_datum(k);
    datum_put(b, &d);
    if (!has_place(m) || d.kind == DATUM_NONE)
        return;
    put_zigzag(b, k->time);
    put_varint(b, k->file);
    put_varint(b, k->line);
}

static void
kept_merge(const struct measure *m, struct kept *k, struct reader *r, struct pool *pool)
{
    const struct datum d = datum_get(r);
    if (d.kind == DATUM_NONE)
        return;
    if (!has_place(m)) {
        extreme_add(k, &d, m->kind == MEASURE_MAX, pool);
        return;
    }
    struct event ev = { .time = get_zigzag(r) };
    ev.at.file = (uint32_t)get_varint(r);
    ev.at.line = get_varint(r);
    placed_add(k, &d, &ev, m->kind == MEASURE_LAST, pool);
}

/* ---- all of them ---- */

static void *
part(const struct measure *m, void *tally)
{
    return (char *)tally + m->at;
}

static const void *
part_of(const struct measure *m, const void *tally)
{
    return (const char *)tally + m->at;
}

bool
measure_number(const struct datum *d, double *x)
{
    if (d->kind == DATUM_NUMBER)
        *x = d->number;
    else if (d->kind != DATUM_TEXT || !number_parse(d->text, x))
        return false;
    return isfinite(*x);
}

static void
add_value(const struct measure *m, void *p, const struct datum *d, struct event *ev, struct pool *pool)
{
    double x;
    switch (m->kind) {
    case MEASURE_SUM:
    case MEASURE_AVG:
        if (measure_number(d, &x))
            sum_add(p, x, pool);
        break;
    case MEASURE_MIN:
    case MEASURE_MAX:
        if (d->kind == DATUM_TEXT && measure_number(d, &x)) {
            const struct datum number = { DATUM_NUMBER, d->text, x };
            extreme_add(p, &number, m->kind == MEASURE_MAX, pool);
        } else {
            extreme_add(p, d, m->kind == MEASURE_MAX, pool);
        }
        break;
    case MEASURE_APPROX:
        hll_add(p, hash64(d->text), pool);
        break;
    case MEASURE_MEDIAN:
    case MEASURE_P90:
    case MEASURE_P99:
        *(uint64_t *)p += measure_number(d, &x);
        break;
    case MEASURE_FIRST:
    case MEASURE_LAST:
    case MEASURE_COUNT:
    case MEASURE_DISTINCT:
    case MEASURE_KINDS_:
        break;
    }
    (void)ev;
}

void
measure_add(const struct measure *m, void *tally, struct event *ev, const struct inputs *in, struct pool *pool)
{
    void *p = part(m, tally);
    if (m->kind == MEASURE_COUNT) {
        ++*(uint64_t *)p;
        return;
    }
    if (m->kind == MEASURE_DISTINCT)
        return;
    if (has_place(m)) {
        const struct datum d = asked_value(&m->of, ev, in, false);
        placed_add(p, &d, ev, m->kind == MEASURE_LAST, pool);
        return;
    }
    size_t n;
    const struct datum *d = asked_values(&m->of, ev, in, false, &n);
    for (size_t i = 0; i < n; i++)
        add_value(m, p, &d[i], ev, pool);
}

void
measure_put(const struct measure *m, const void *tally, struct buf *b)
{
    const void *p = part_of(m, tally);
    switch (m->kind) {
    case MEASURE_COUNT:
    case MEASURE_MEDIAN:
    case MEASURE_P90:
    case MEASURE_P99:
        put_varint(b, *(const uint64_t *)p);
        break;
    case MEASURE_SUM:
    case MEASURE_AVG:
        sum_put(p, b);
        break;
    case MEASURE_MIN:
    case MEASURE_MAX:
    case MEASURE_FIRST:
    case MEASURE_LAST:
        kept_put(m, p, b);
        break;
    case MEASURE_APPROX:
        hll_put(p, b);
        break;
    case MEASURE_DISTINCT:
    case MEASURE_KINDS_:
        break;
    }
}

void
measure_merge(const struct measure *m, void *tally, struct reader *r, struct pool *pool)
{
    void *p = part(m, tally);
    switch (m->kind) {
    case MEASURE_COUNT:
    case MEASURE_MEDIAN:
    case MEASURE_P90:
    case MEASURE_P99:
        *(uint64_t *)p += get_varint(r);
        break;
    case MEASURE_SUM:
    case MEASURE_AVG:
        sum_merge(p, r, pool);
        break;
    case MEASURE_MIN:
    case MEASURE_MAX:
    case MEASURE_FIRST:
    case MEASURE_LAST:
        kept_merge(m, p, r, pool);
        break;
    case MEASURE_APPROX:
        hll_merge(p, r, pool);
        break;
    case MEASURE_DISTINCT:
    case MEASURE_KINDS_:
        break;
    }
}

uint64_t
measure_members(const struct measure *m, const void *tally)
{
    assert(measure_has_numbers(m));
    return *(const uint64_t *)part_of(m, tally);
}

struct datum
measure_result(const struct measure *m, const void *tally, struct arena *a)
{
    const void *p = part_of(m, tally);
    const struct sum *s = p;
    switch (m->kind) {
    case MEASURE_COUNT:
        return datum_count(*(const uint64_t *)p, a);
    case MEASURE_SUM:
    case MEASURE_AVG:
        if (s->n == 0)
            break;
        return datum_number(m->kind == MEASURE_SUM ? sum_value(s) : sum_value(s) / (double)s->n, a);
    case MEASURE_MIN:
    case MEASURE_MAX:
    case MEASURE_FIRST:
    case MEASURE_LAST:
        return kept_datum(p);
    case MEASURE_APPROX:
        return datum_count((uint64_t)(hll_estimate(p) + 0.5), a);
    case MEASURE_DISTINCT:
    case MEASURE_MEDIAN:
    case MEASURE_P90:
    case MEASURE_P99:
    case MEASURE_KINDS_:
        break;
    }
    return (struct datum){ DATUM_NONE, SV_NONE, 0 };
}
