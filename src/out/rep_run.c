/* SPDX-License-Identifier: Apache-2.0 */
/* run.json: what was run, on what, with what outcome. The facts' dotted names nest; facts that share a first part
 * stand together in one object, wherever they were added, because a key may stand only once. */
#include "base/buf.h"
#include "base/number.h"
#include "out/jsontext.h"
#include "out/report.h"

struct writer {
    const struct results *r;
    struct buf out;
};

static void
new_line(struct writer *w, unsigned depth)
{
    buf_putc(&w->out, '\n');
    for (unsigned i = 0; i < depth; i++)
        buf_puts(&w->out, "  ");
}

static void
put_value(struct writer *w, const struct run_fact *f)
{
    char text[NUMBER_TEXT_MAX];
    if (!f->is_number)
        jsontext_put(&w->out, f->text);
    else if (number_format(f->number, text) != 0)
        buf_puts(&w->out, text);
    else
        buf_puts(&w->out, "null");
}

/* The part of a fact's name behind the prefix, up to the next dot. */
static struct sv
key_below(const struct run_fact *f, struct sv prefix)
{
    const struct sv rest = sv_from(f->name, prefix.n);
    return sv_make(rest.p, sv_find_char(rest, '.', 0));
}

/* Was the key written already, for an earlier fact below the prefix? */
static bool
is_done(const struct results *r, size_t i, struct sv prefix, struct sv key)
{
    for (size_t k = 0; k < i; k++)
        if (sv_starts(r->facts.v[k].name, prefix) && sv_eq(key_below(&r->facts.v[k], prefix), key))
            return true;
    return false;
}

/* The object of all facts whose names start with the prefix (which ends in a dot, or is empty). */
static void
put_object(struct writer *w, struct sv prefix, unsigned depth)
{
    bool first = true;
    buf_putc(&w->out, '{');
    for (size_t i = 0; i < w->r->facts.n; i++) {
        const struct run_fact *f = &w->r->facts.v[i];
        if (!sv_starts(f->name, prefix))
            continue;
        const struct sv key = key_below(f, prefix);
        if (is_done(w->r, i, prefix, key))
            continue;
        if (!first)
            buf_putc(&w->out, ',');
        first = false;
        new_line(w, depth + 1);
        jsontext_put(&w->out, key);
        buf_puts(&w->out, ": ");
        if (prefix.n + key.n == f->name.n)
            put_value(w, f);
        else
            put_object(w, sv_make(f->name.p, prefix.n + key.n + 1), depth + 1);
    }
    if (!first)
        new_line(w, depth);
    buf_putc(&w->out, '}');
}

static void
write_run(const struct results *r, FILE *to)
{
    struct writer w = { r, BUF_INIT };
    put_object(&w, SV_NONE, 0);
    buf_putc(&w.out, '\n');
    fwrite(w.out.p, 1, w.out.n, to);
    buf_fini(&w.out);
}

const struct report report_run = {
    .name = "run",
    .file = "run.json",
    .help = "the run itself: options, digests, counts, times",
    .write = write_run,
};
