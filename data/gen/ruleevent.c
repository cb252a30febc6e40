/* SPDX-License-Identifier: Apache-2.0 */
/* `a.b.c` is written {"a":{"b":{"c":…}}}, as products do; where an event has a value for `a` as well, the rest keeps
 * its dots. In byte order everything below `a.` stands together. */
#include "ruleevent.h"

#include <stdlib.h>

#include "base/map.h"
#include "out/jsontext.h"

struct ranked {
    struct sv name;
    field_id f;
};

static int
by_name(const void *a, const void *b)
{
    return sv_cmp(((const struct ranked *)a)->name, ((const struct ranked *)b)->name);
}

void
rule_event_init(struct rule_event *ev, const struct fields *fields)
{
    const size_t n = fields_count(fields);
    *ev = (struct rule_event){ .fields = fields, .n_fields = n };
    ev->made = mem_zalloc(n, sizeof *ev->made);
    ev->rank = mem_zalloc(n, sizeof *ev->rank);
    struct ranked *ranked = mem_zalloc(n, sizeof *ranked);
    for (size_t i = 0; i < n; i++)
        ranked[i] = (struct ranked){ fields_name(fields, (field_id)i), (field_id)i };
    qsort(ranked, n, sizeof *ranked, by_name);
    for (size_t i = 0; i < n; i++)
        ev->rank[ranked[i].f] = (uint32_t)i;
    mem_free(ranked);
}

void
rule_event_fini(struct rule_event *ev)
{
    for (size_t i = 0; i < ev->n_fields; i++)
        buf_fini(&ev->made[i].text);
    mem_free(ev->made);
    mem_free(ev->rank);
    vec_fini(&ev->order);
    buf_fini(&ev->line);
}

void
rule_event_reset(struct rule_event *ev)
{
    ev->stamp++;
    ev->order.n = 0;
}

bool
rule_event_has(const struct rule_event *ev, field_id f)
{
    return ev->made[f].stamp == ev->stamp;
}

struct made *
rule_event_put(struct rule_event *ev, field_id f, bool quoted)
{
    struct made *m = &ev->made[f];
    if (m->stamp != ev->stamp)
        vec_push(&ev->order, f);
    m->stamp = ev->stamp;
    m->quoted = quoted;
    buf_reset(&m->text);
    return m;
}

/* ---- writing ---- */

/* A few dozen: insertion is as good as anything. */
static void
sort_order(struct rule_event *ev)
{
    for (size_t i = 1; i < ev->order.n; i++) {
        const field_id f = ev->order.v[i];
        size_t k = i;
        for (; k > 0 && ev->rank[ev->order.v[k - 1]] > ev->rank[f]; k--)
            ev->order.v[k] = ev->order.v[k - 1];
        ev->order.v[k] = f;
    }
}

static struct sv
name_at(const struct rule_event *ev, size_t i)
{
    return fields_name(ev->fields, ev->order.v[i]);
}

static bool
has_name(const struct rule_event *ev, struct sv name)
{
    const field_id f = fields_find(ev->fields, name);
    return f != FIELD_NONE && rule_event_has(ev, f);
}

static void
put_value(struct rule_event *ev, field_id f)
{
    const struct made *m = &ev->made[f];
    if (m->quoted)
        jsontext_put(&ev->line, buf_view(&m->text));
    else
        buf_sv(&ev->line, buf_view(&m->text));
}

/* Fields from `from` on whose names go on alike up to byte `skip`. Returns the first that does not. */
static size_t
put_object(struct rule_event *ev, size_t from, size_t skip)
{
    const struct sv common = sv_make(name_at(ev, from).p, skip);
    bool first = true;
    size_t i = from;

    buf_putc(&ev->line, '{');
    while (i < ev->order.n && sv_starts(name_at(ev, i), common)) {
        const struct sv name = name_at(ev, i);
        const size_t dot = sv_find_char(name, '.', skip);
        const bool nested = dot + 1 < name.n && dot > skip && !has_name(ev, sv_make(name.p, dot));
        buf_puts(&ev->line, first ? "" : ",");
        first = false;
        jsontext_put(&ev->line, nested ? sv_make(name.p + skip, dot - skip) : sv_from(name, skip));
        buf_putc(&ev->line, ':');
        if (nested) {
            i = put_object(ev, i, dot + 1);
        } else {
            put_value(ev, ev->order.v[i]);
            i++;
        }
    }
    buf_putc(&ev->line, '}');
    return i;
}

void
rule_event_write(struct rule_event *ev, FILE *to)
{
    buf_reset(&ev->line);
    sort_order(ev);
    if (ev->order.n != 0)
        put_object(ev, 0, 0);
    else
        buf_puts(&ev->line, "{}");
    buf_putc(&ev->line, '\n');
    fwrite(ev->line.p, 1, ev->line.n, to);
}
