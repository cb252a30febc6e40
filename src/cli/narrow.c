/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/narrow.h"

#include "base/timestamp.h"
#include "query/index.h"
#include "query/namedate.h"

struct narrowing {
    const struct setup *s;
    const struct options *o;
    struct narrowed *out;
    struct index_setting setting;
    size_t n_stale;
    size_t n_damaged;
    struct sv stale; /* the first of them */
    struct sv damaged;
};

static bool
is_outside(const struct options *o, int64_t from, int64_t to)
{
    return (o->since != TIME_NONE && to <= o->since) || (o->until != TIME_NONE && from >= o->until);
}

static bool
names_indexed(const struct program *p, const struct expr *e)
{
    if (e->kind == EXPR_PRED) {
        const struct sv field = fields_name(p->fields, p->preds.v[e->leaf].field);
#define INDEX(name)             \
    if (sv_eq(field, SV(name))) \
        return true;
        INDEX_FIELDS
#undef INDEX
    }
    for (size_t i = 0; i < e->n_kids; i++)
        if (names_indexed(p, e->kid[i]))
            return true;
    return false;
}

static void
note_first(struct sv *first, size_t *n, struct sv name)
{
    if ((*n)++ == 0)
        *first = name;
}

/* Does its index rule the file out? */
static bool
is_ruled_out(struct narrowing *x, struct sv name)
{
    const struct program *p = x->s->program;
    struct index *index = NULL;
    const enum index_state state = index_open(&x->setting, name, &index);
    if (state == INDEX_STALE)
        note_first(&x->stale, &x->n_stale, name);
    if (state == INDEX_DAMAGED)
        note_first(&x->damaged, &x->n_damaged, name);
    if (state != INDEX_GOOD)
        return false;
    const bool out =
        !index_may_be_in(index, x->o->since, x->o->until) || !index_may_hold(index, p, p->rules.v[0].condition);
    if (out) {
        x->out->lines += index_counted(index)->lines;
        x->out->rejects += index_counted(index)->rejects;
        x->out->by_index++;
    }
    if (index_is_damaged(index))
        note_first(&x->damaged, &x->n_damaged, name);
    index_close(index);
    return out;
}

static void
tell(const struct narrowing *x, struct diags *d)
{
    if (x->n_stale != 0)
        diag_note(d, SPAN_NONE,
                  "%zu files changed since they were indexed ('%.*s' is the first); their indexes are not "
                  "used ('authsift index' renews them)",
                  x->n_stale, SV_ARG(x->stale));
    if (x->n_damaged != 0)
        diag_note(d, SPAN_NONE,
                  "%zu indexes are damaged or of another version (that of '%.*s' is the first) and are not "
                  "used ('authsift index' renews them)",
                  x->n_damaged, SV_ARG(x->damaged));
}

static enum err
read_name_date(const struct options *o, struct namedate *date, struct diags *d)
{
    *date = (struct namedate){ .slack = 0 };
    if (o->name_date == NULL || namedate_parse(sv_of(o->name_date), date))
        return ERR_OK;
    diag_error(d, SPAN_NONE,
               "--name-date: '%s' is no pattern of %%Y, %%m, %%d and %%H, such as %%Y-%%m-%%d or %%Y%%m%%d%%H+1h",
               o->name_date);
    return ERR_USAGE;
}

static bool
is_ranged(const struct options *o)
{
    return o->since != TIME_NONE || o->until != TIME_NONE;
}

static bool
is_named_outside(const struct options *o, const struct namedate *date, struct sv name)
{
    int64_t from, to;
    return is_ranged(o) && date->pattern.n != 0 && namedate_range(date, name, &from, &to) && is_outside(o, from, to);
}

enum err
narrow(const struct setup *s, const struct options *o, const struct inputs *in, struct narrowed *out, struct diags *d)
{
    struct narrowing x = { .s = s, .o = o, .out = out };
    struct namedate date;
    TRY(read_name_date(o, &date, d));
    *out = (struct narrowed){ .n_all = inputs_count(in) };
    x.setting = (struct index_setting){ o->index, index_definitions(&s->sources, s->forced_source) };
    const bool by_index = is_ranged(o) || names_indexed(s->program, s->program->rules.v[0].condition);
    bool *keep = mem_zalloc(out->n_all + 1, sizeof *keep);
    for (size_t i = 0; i < out->n_all; i++) {
        const struct sv name = inputs_file(in, i)->name;
        keep[i] = !is_named_outside(o, &date, name);
        out->by_name += !keep[i];
        if (keep[i] && by_index)
            keep[i] = !is_ruled_out(&x, name);
    }
    out->in = inputs_part(in, keep);
    mem_free(keep);
    tell(&x, d);
    return ERR_OK;
}

/* ---- scan ---- */

static void
leave_out_by_name(struct results *r, struct health_totals *left_out, struct sv file)
{
    vec_push(&r->health, (struct health_row){ .file = file });
    vec_push(&r->health, (struct health_row){ .file = file, .reason = SV("not opened: its name is of another time") });
    left_out->files++;
}

/* True: the file is left out. */
static bool
leave_out_by_index(struct narrowing *x, struct results *r, struct health_totals *left_out, struct sv file)
{
    struct index *index = NULL;
    const enum index_state state = index_open(&x->setting, file, &index);
    if (state == INDEX_STALE)
        note_first(&x->stale, &x->n_stale, file);
    if (state == INDEX_DAMAGED)
        note_first(&x->damaged, &x->n_damaged, file);
    if (state != INDEX_GOOD)
        return false;
    const bool out = index_counted(index)->rejects == 0 && !index_may_be_in(index, x->o->since, x->o->until);
    if (out) {
        const struct health_row row = index_health(index, file, &r->arena);
        vec_push(&r->health, row);
        left_out->files++;
        left_out->bytes += row.bytes;
        left_out->lines += row.lines;
        left_out->blank += row.blank;
        left_out->events += row.events;
        left_out->out_of_range += row.events;
    }
    index_close(index);
    return out;
}

enum err
narrow_range(const struct setup *s, const struct options *o, const struct inputs *in, struct inputs **left,
             struct results *r, struct health_totals *left_out, struct diags *d)
{
    struct narrowing x = { .s = s, .o = o };
    struct namedate date;
    const size_t n = inputs_count(in);
    TRY(read_name_date(o, &date, d));
    *left_out = (struct health_totals){ 0 };
    bool *keep = mem_zalloc(n + 1, sizeof *keep);
    if (is_ranged(o))
        x.setting = (struct index_setting){ o->index, index_definitions(&s->sources, s->forced_source) };
    for (size_t i = 0; i < n; i++) {
        const struct sv name = inputs_file(in, i)->name;
        keep[i] = !is_named_outside(o, &date, name);
        if (!keep[i])
            leave_out_by_name(r, left_out, name);
        else if (is_ranged(o))
            keep[i] = !leave_out_by_index(&x, r, left_out, name);
    }
    *left = inputs_part(in, keep);
    mem_free(keep);
    tell(&x, d);
    return ERR_OK;
}

void
narrow_add(const struct narrowed *n, struct health_totals *t)
{
    t->lines += n->lines;
    t->rejects += n->rejects;
}
