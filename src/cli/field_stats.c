/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct values are counted by their hashes: 64 bits tell a hundred texts apart. Examples are the first distinct
 * values, so they depend on nothing but the order of the input. */
#include "cli/field_stats.h"

#include <math.h>
#include <stdlib.h>

#include "base/codec.h"
#include "base/number.h"

void
field_stats_init(struct field_stats *s)
{
    *s = (struct field_stats){ 0 };
    map_init(&s->index);
    arena_init(&s->arena);
}

void
field_stats_fini(struct field_stats *s)
{
    for (size_t i = 0; i < s->path.n; i++)
        vec_fini(&s->path.v[i].distinct);
    vec_fini(&s->path);
    map_fini(&s->index);
    arena_fini(&s->arena);
}

void
field_stats_event(struct field_stats *s)
{
    s->events++;
}

/* ---- names that say that their value is nobody's business ---- */

static bool
contains_fold(struct sv s, struct sv word)
{
    for (size_t i = 0; i + word.n <= s.n; i++)
        if (sv_eq_fold(sv_make(s.p + i, word.n), word))
            return true;
    return false;
}

/* No token and no password in any output. Names that begin so (tokenType, token_uid) and say a harmless thing of one
 * are hidden all the same: an example is worth less than a secret. */
static bool
is_secret(struct sv path)
{
    static const char *const words[] = {
        "password", "passwd", "pwd", "secret", "token", "cookie", "api_key", "apikey", "credential", "private_key",
    };
    size_t start = path.n;
    while (start > 0 && path.p[start - 1] != '.')
        start--;
    const struct sv last = sv_from(path, start);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (contains_fold(last, sv_of(words[i])))
            return true;
    return sv_eq_fold(last, SV("authorization"));
}

/* ---- collecting ---- */

static struct path_stats *
find_path(struct field_stats *s, struct sv path)
{
    const struct map_entry *known = map_get(&s->index, path);
    if (known != NULL)
        return &s->path.v[known->value];
    if (s->path.n == PATHS_MAX || path.n > PATH_MAX_SIZE) {
        s->dropped++;
        return NULL;
    }
    map_put(&s->index, path, (uint32_t)s->path.n, NULL);
    vec_push(&s->path, (struct path_stats){ .secret = is_secret(path) });
    return &s->path.v[s->path.n - 1];
}

static struct sv
clip(struct arena *a, struct sv text)
{
    const char *end = sv_end(text);
    const char *p = text.p;
    for (size_t i = 0; i < EXAMPLE_SIZE && p != end; i++)
        utf8_next(&p, end);
    if (p == end)
        return arena_sv(a, text);
    return arena_printf(a, "%.*s...", (int)(p - text.p), text.p);
}

static void
add_text(struct field_stats *s, struct path_stats *p, struct sv text)
{
    if (p->distinct.n > DISTINCT_MAX)
        return;
    const uint64_t hash = hash64(text);
    for (size_t i = 0; i < p->distinct.n; i++)
        if (p->distinct.v[i] == hash)
            return;
    vec_push(&p->distinct, hash);
    if (p->n_examples < EXAMPLES_MAX && !p->secret)
        p->example[p->n_examples++] = clip(&s->arena, text);
}

void
field_stats_value(void *ctx, struct sv path, struct value v, bool in_list)
{
    struct field_stats *s = ctx;
    struct path_stats *p = find_path(s, path);
    if (p == NULL)
        return;
    p->events += p->last != s->events;
    p->last = s->events;
    p->values++;
    p->kinds[v.kind]++;
    p->in_list = p->in_list || in_list;
    if (v.kind == VALUE_STRING || v.kind == VALUE_NUMBER)
        add_text(s, p, sv_make(v.p, v.n));
    else if (v.kind == VALUE_TRUE || v.kind == VALUE_FALSE)
        add_text(s, p, v.kind == VALUE_TRUE ? SV("true") : SV("false"));
}

/* ---- telling ---- */

static int
by_key(const void *a, const void *b)
{
    const struct map_entry *x = *(const struct map_entry *const *)a;
    const struct map_entry *y = *(const struct map_entry *const *)b;
    return sv_cmp(x->key, y->key);
}

uint32_t *
field_stats_order(const struct field_stats *s)
{
    const struct map_entry **entry = mem_zalloc(s->index.n + 1, sizeof *entry);
    uint32_t *order = mem_zalloc(s->index.n + 1, sizeof *order);
    for (size_t i = 0; i < s->index.n; i++)
        entry[i] = &s->index.entry[i];
    qsort(entry, s->index.n, sizeof *entry, by_key);
    for (size_t i = 0; i < s->index.n; i++)
        order[i] = entry[i]->value;
    mem_free(entry);
    return order;
}

struct type_share {
    const char *name;
    uint64_t n;
};

static int
by_share(const void *a, const void *b)
{
    const struct type_share *x = a;
    const struct type_share *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void
put_share(struct buf *out, double share)
{
    char text[NUMBER_TEXT_MAX];
    const double rounded = round(share * 1000) / 10;
    number_format(rounded, text);
    buf_printf(out, " %s%%", rounded == 0 ? "<0.1" : text);
}

void
field_stats_types(const struct path_stats *p, struct buf *out)
{
    struct type_share type[] = {
        { "string", p->kinds[VALUE_STRING] },
        { "number", p->kinds[VALUE_NUMBER] },
        { "boolean", p->kinds[VALUE_TRUE] + p->kinds[VALUE_FALSE] },
        { "null", p->kinds[VALUE_NULL] },
        { "empty list", p->kinds[VALUE_LIST] },
        { "empty object", p->kinds[VALUE_OBJECT] },
    };
    const size_t n = sizeof type / sizeof type[0];

    qsort(type, n, sizeof type[0], by_share);
    for (size_t i = 0; i < n && type[i].n != 0; i++) {
        buf_printf(out, "%s%s", i != 0 ? ", " : "", type[i].name);
        if (type[0].n != p->values)
            put_share(out, (double)type[i].n / (double)p->values);
    }
}
