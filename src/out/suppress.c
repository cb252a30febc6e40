/* SPDX-License-Identifier: Apache-2.0 */
/* Which finding is suppressed by which entry, and what is to be said of entries that suppress nothing.
 *
 * Entries that say never or a late day go before those that have run out, so an entry is renewed by a new row as well
 * as by a new date. An expired entry keeps its findings too: the analyst who sees them again wants to know why. */
#include "out/suppress.h"

#include "base/buf.h"
#include "base/codec.h"
#include "out/dress.h"

#define MAX_NAMED 20

void
suppression_key(struct buf *key, struct sv name, struct sv entity_id)
{
    buf_reset(key);
    put_bytes(key, name);
    put_bytes(key, entity_id);
}

static bool
fits(const struct suppression *e, const struct finding *f)
{
    return e->entity_type.n == 0 || sv_eq(e->entity_type, f->entity_type);
}

/* The best entry of a key for this finding. */
static struct suppression *
find(struct suppressions *s, struct buf *key, struct sv name, struct sv entity_id, const struct finding *f)
{
    suppression_key(key, name, entity_id);
    const struct map_entry *first = map_get(&s->index, buf_view(key));
    struct suppression *best = NULL;
    for (size_t i = first != NULL ? first->value : 0; i != 0; i = s->v.v[i - 1].next) {
        struct suppression *e = &s->v.v[i - 1];
        if (fits(e, f) && (best == NULL || (best->is_expired && !e->is_expired)))
            best = e;
    }
    return best;
}

static struct suppression *
better(struct suppression *a, struct suppression *b)
{
    return a == NULL || (b != NULL && a->is_expired && !b->is_expired) ? b : a;
}

static struct suppression *
find_for(struct suppressions *s, struct buf *key, struct buf *shown, const struct finding *f)
{
    char id[17];
    hex64(f->id, id);
    struct suppression *e = find(s, key, sv_of(id), SV_NONE, f);
    if (f->entity_id.n == 0)
        return e;
    e = better(e, find(s, key, f->rule_id, f->entity_id, f));
    /* Whoever copies from findings.csv copies the mark that keeps a spreadsheet from running the text. */
    buf_reset(shown);
    csv_put_safe(shown, f->entity_id);
    if (!sv_eq(buf_view(shown), f->entity_id))
        e = better(e, find(s, key, f->rule_id, buf_view(shown), f));
    return e;
}

static void
mark(struct suppressions *s, struct finding *f, size_t n)
{
    struct buf key = BUF_INIT;
    struct buf shown = BUF_INIT;
    for (; n-- > 0; f++) {
        struct suppression *e = find_for(s, &key, &shown, f);
        if (e == NULL)
            continue;
        f->suppression = e;
        f->suppressed = !e->is_expired;
        e->findings++;
    }
    buf_fini(&key);
    buf_fini(&shown);
}

void
suppressions_mark(struct suppressions *s, struct results *r)
{
    mark(s, r->findings.v, r->findings.n);
}

void
suppressions_mark_resolved(struct suppressions *s, struct results *r)
{
    mark(s, r->resolved.v, r->resolved.n);
}

/* ---- what is to be said ---- */

static bool
is_rule(const struct results *r, struct sv id)
{
    for (size_t i = 0; i < r->rules.n; i++)
        if (sv_eq(r->rules.v[i].rule_id, id))
            return true;
    return false;
}

static bool
is_unused(const struct suppression *e)
{
    return !e->is_expired && e->findings == 0;
}

static size_t
count_expired(const struct suppressions *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->v.n; i++)
        n += s->v.v[i].is_expired;
    return n;
}

static size_t
count_unused(const struct suppressions *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->v.n; i++)
        n += is_unused(&s->v.v[i]);
    return n;
}

static void
tell_expired(const struct suppression *e, struct diags *d)
{
    diag_warning(d, e->span,
                 "this entry of %.*s has expired (%.*s) and suppresses nothing; findings that it named: %llu",
                 SV_ARG(e->owner), SV_ARG(e->expires), (unsigned long long)e->findings);
}

/* One night has few of the findings that a list names, so this is a note; that a rule does not exist is a mistake. */
static void
tell_unused(const struct suppressions *s, struct diags *d)
{
    const size_t n = count_unused(s);
    struct buf lines = BUF_INIT;
    size_t named = 0;
    for (size_t i = 0; i < s->v.n && named < MAX_NAMED; i++)
        if (is_unused(&s->v.v[i]))
            buf_printf(&lines, "%s%zu", named++ != 0 ? ", " : n > 1 ? "s " : " ", s->v.v[i].line);
    if (n > named)
        buf_puts(&lines, " ...");
    if (n != 0)
        diag_note(d, SPAN_NONE, "%.*s: %zu of %zu entries suppressed nothing: line%s", SV_ARG(s->file), n, s->v.n,
                  buf_cstr(&lines));
    buf_fini(&lines);
}

void
suppressions_tell(const struct suppressions *s, const struct results *r, struct diags *d)
{
    size_t named = 0;
    for (size_t i = 0; i < s->v.n; i++) {
        const struct suppression *e = &s->v.v[i];
        const bool no_rule = e->rule_id.n != 0 && !is_rule(r, e->rule_id);
        if (!e->is_expired && !no_rule)
            continue;
        if (named++ == MAX_NAMED) {
            diag_warning(d, SPAN_NONE, "%.*s: more entries have expired or name no rule; suppressed.csv lists them",
                         SV_ARG(s->file));
            break;
        }
        if (e->is_expired)
            tell_expired(e, d);
        else
            diag_warning(d, e->span, "no rule of this run has the id '%.*s'", SV_ARG(e->rule_id));
    }
    tell_unused(s, d);
}

static void
add_fact(struct results *r, const char *name, struct sv text)
{
    vec_push(&r->facts, (struct run_fact){ .name = sv_of(name), .text = arena_sv(&r->arena, text) });
}

static void
add_count(struct results *r, const char *name, size_t n)
{
    vec_push(&r->facts, (struct run_fact){ .name = sv_of(name), .number = (double)n, .is_number = true });
}

void
suppressions_facts(const struct suppressions *s, struct results *r)
{
    add_fact(r, "suppression.file", s->file);
    add_fact(r, "suppression.digest", sv_of(s->digest));
    add_count(r, "suppression.entries", s->v.n);
    add_count(r, "suppression.expired", count_expired(s));
    add_count(r, "suppression.unused", count_unused(s));
}
