/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/asked_fields.h"

#include "base/buf.h"
#include "base/map.h"
#include "cli/near.h"
#include "cli/provided.h"

#define FILES_LOOKED_AT 8u
#define NAMES_SHOWN 60u

struct search {
    const struct setup *s;
    const struct plan *plan;
    const struct inputs *in;
    struct diags *d;
    struct map known;
    struct map seen; /* in the first records */
    bool has_looked;
};

/* ---- the first records ---- */

static void
see(void *ctx, struct sv path, struct value v, bool in_list)
{
    (void)v;
    (void)in_list;
    map_put(ctx, path, 0, NULL);
}

static void
look_at_block(struct search *x, struct parser *parser, struct event *ev, const struct block *b)
{
    struct reject reject;
    enum record_kind kind;
    parser_start(parser, b);
    while ((kind = parser_next(parser, ev, &reject)) != RECORD_END)
        if (kind == RECORD_EVENT)
            parser_visit(parser, ev, see, &x->seen);
}

static void
look_at_file(struct search *x, size_t file, struct parser *parser, struct event *ev, struct block *b)
{
    struct stream *stream = stream_open(x->in, file, x->plan->projections);
    if (stream_next(stream, b))
        look_at_block(x, parser, ev, b);
    stream_close(stream);
}

/* Standard input can be read only once. */
static void
look(struct search *x)
{
    struct arena scratch = ARENA_INIT;
    struct parser *parser = parser_new(x->plan->projections);
    struct event ev;
    struct block b;
    x->has_looked = true;
    event_init(&ev, fields_count(x->s->fields), &scratch, NULL);
    block_init(&b);
    for (size_t i = 0, n = 0; i < inputs_count(x->in) && n < FILES_LOOKED_AT; i++) {
        if (inputs_file(x->in, i)->size == 0 || sv_eq(inputs_file(x->in, i)->name, SV("-")))
            continue;
        look_at_file(x, i, parser, &ev, &b);
        n++;
    }
    block_fini(&b);
    event_fini(&ev);
    parser_free(parser);
    arena_fini(&scratch);
}

/* ---- names ---- */

/* The name, or an object above a name. */
static bool
is_there(const struct map *names, struct sv name)
{
    if (map_get(names, name) != NULL)
        return true;
    for (size_t i = 0; i < names->n; i++) {
        const struct sv key = names->entry[i].key;
        if (key.n > name.n && key.p[name.n] == '.' && sv_starts(key, name))
            return true;
    }
    return false;
}

static struct sv
name_at(const void *ctx, size_t i)
{
    return ((const struct map *)ctx)->entry[i].key;
}

/* What the first records have, in their order; if nothing was read, the canonical names. */
static void
warn_of_others(struct search *x, struct sv name, struct span at)
{
    const struct map *from = x->seen.n != 0 ? &x->seen : &x->known;
    struct buf all = BUF_INIT;
    for (size_t i = 0; i < from->n && i < NAMES_SHOWN; i++)
        buf_printf(&all, "%s%.*s", i != 0 ? ", " : "", SV_ARG(from->entry[i].key));
    if (from->n > NAMES_SHOWN)
        buf_puts(&all, " ...");
    diag_warning(x->d, at, "nothing here has a field '%.*s'; there are: %s", SV_ARG(name), buf_cstr(&all));
    buf_fini(&all);
}

static void
check(struct search *x, struct sv name, struct span at)
{
    if (name.n == 0 || is_there(&x->known, name))
        return;
    if (!x->has_looked)
        look(x);
    if (is_there(&x->seen, name))
        return;
    struct sv near = near_field(name, x->known.n, name_at, &x->known);
    if (near.n == 0)
        near = near_field(name, x->seen.n, name_at, &x->seen);
    if (near.n != 0)
        diag_error(x->d, at, "there is no field '%.*s' (did you mean '%.*s'?)", SV_ARG(name), SV_ARG(near));
    else
        warn_of_others(x, name, at);
    map_put(&x->known, name, 0, NULL); /* said once */
}

static void
check_asked(struct search *x, const struct asked *a)
{
    if (a->kind == ASKED_FIELD && a->field != FIELD_NONE)
        check(x, fields_name(x->s->fields, a->field), SPAN_NONE);
}

void
asked_fields_check(const struct setup *s, const struct query *q, const struct plan *plan, const struct inputs *in,
                   struct diags *d)
{
    struct search x = { .s = s, .plan = plan, .in = in, .d = d };
    map_init(&x.known);
    map_init(&x.seen);
    provided_names(&s->sources, &x.known);
    for (size_t i = 0; i < s->program->named.n; i++)
        for (size_t k = 0; k < s->program->named.v[i].n; k++)
            check(&x, fields_name(s->fields, s->program->named.v[i].v[k].field), s->program->named.v[i].v[k].at);
    for (size_t i = 0; i < q->n_asked; i++)
        check_asked(&x, &q->asked[i]);
    for (size_t i = 0; i < q->n_measures; i++)
        if (q->measure[i].kind != MEASURE_COUNT)
            check_asked(&x, &q->measure[i].of);
    map_fini(&x.known);
    map_fini(&x.seen);
}
