/* SPDX-License-Identifier: Apache-2.0 */
#include "query/column.h"

#include <stdlib.h>

#include "base/number.h"
#include "base/timestamp.h"
#include "out/jsontext.h"

static bool
parse_place(struct sv text, const char *option, struct asked *out, struct diags *d)
{
    static const struct {
        struct sv name;
        enum asked_kind kind;
    } places[] = { { { "@file", 5 }, ASKED_FILE }, { { "@line", 5 }, ASKED_LINE }, { { "@raw", 4 }, ASKED_RECORD } };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (sv_eq(text, places[i].name)) {
            out->kind = places[i].kind;
            out->title = sv_from(text, 1); /* a cell that starts with @ is a formula in some spreadsheets */
            return true;
        }
    }
    diag_error(d, SPAN_NONE, "%s: there is no '%.*s'; of an event's place there are @file, @line and @raw", option,
               SV_ARG(text));
    return false;
}

bool
asked_parse(struct sv text, const char *option, struct fields *fields, struct asked *out, struct diags *d)
{
    text = sv_trim(text);
    *out = (struct asked){ .kind = ASKED_FIELD, .title = text, .field = FIELD_NONE };
    if (text.n == 0) {
        diag_error(d, SPAN_NONE, "%s: a name is missing", option);
        return false;
    }
    if (text.p[0] == '@')
        return parse_place(text, option, out, d);
    if (sv_starts(text, SV("time:"))) {
        out->kind = ASKED_TIME;
        out->has_bucket = true;
        if (bucket_parse(sv_from(text, 5), &out->bucket))
            return true;
        diag_error(d, SPAN_NONE, "%s: '%.*s' is no span of time: write time:15m, time:1h, time:1d, time:1w, time:1M",
                   option, SV_ARG(sv_from(text, 5)));
        return false;
    }
    if (sv_eq(text, SV("time")))
        out->kind = ASKED_TIME;
    else
        out->field = fields_add(fields, text);
    return true;
}

/* ---- reading ---- */

static struct datum
member_value(struct value *member, struct event *ev)
{
    struct datum none = { DATUM_NONE, SV_NONE, 0 };
    struct sv text;
    double number = 0;
    if (!value_text(member, ev->scratch, &text))
        return none;
    switch (member->kind) {
    case VALUE_TRUE:
    case VALUE_FALSE:
        return (struct datum){ DATUM_BOOL, text, 0 };
    case VALUE_NUMBER:
        if (number_parse(text, &number))
            return (struct datum){ DATUM_NUMBER, text, number };
        return datum_text(text);
    default:
        return datum_text(text);
    }
}

static void
put_json(struct buf *b, const struct datum *d)
{
    if (d->kind == DATUM_NONE)
        buf_puts(b, "null");
    else if (d->kind == DATUM_TEXT)
        jsontext_put(b, d->text);
    else
        buf_sv(b, d->text);
}

static struct datum
list_value(struct value *member, size_t n, struct event *ev, bool json)
{
    struct buf b = BUF_INIT;
    if (json)
        buf_putc(&b, '[');
    for (size_t i = 0; i < n; i++) {
        const struct datum d = member_value(&member[i], ev);
        if (i != 0)
            buf_puts(&b, json ? "," : "; ");
        if (json)
            put_json(&b, &d);
        else
            buf_sv(&b, d.text);
    }
    if (json)
        buf_putc(&b, ']');
    const struct datum d = { json ? DATUM_JSON : DATUM_TEXT, arena_sv(ev->scratch, buf_view(&b)), 0 };
    buf_fini(&b);
    return d;
}

static struct datum
scalar_value(const struct asked *a, struct event *ev, const struct inputs *in)
{
    switch (a->kind) {
    case ASKED_TIME:
        return datum_time(a->has_bucket ? bucket_start(&a->bucket, ev->time) : ev->time, ev->scratch);
    case ASKED_FILE:
        return datum_text(inputs_file(in, ev->at.file)->name);
    case ASKED_LINE:
        return datum_count(ev->at.line, ev->scratch);
    case ASKED_RECORD:
        return datum_text(ev->raw);
    case ASKED_FIELD:
        break;
    }
    return member_value(event_value(ev, a->field), ev);
}

struct datum
asked_value(const struct asked *a, struct event *ev, const struct inputs *in, bool json)
{
    if (a->kind == ASKED_FIELD) {
        struct value *v = event_value(ev, a->field);
        if (v->kind == VALUE_LIST)
            return list_value(v->members, v->n, ev, json);
    }
    return scalar_value(a, ev, in);
}

static int
by_value(const void *a, const void *b)
{
    return sv_cmp(((const struct datum *)a)->text, ((const struct datum *)b)->text);
}

struct datum *
asked_values(const struct asked *a, struct event *ev, const struct inputs *in, bool different, size_t *n)
{
    struct value *list = a->kind == ASKED_FIELD ? event_value(ev, a->field) : NULL;
    const bool is_list = list != NULL && list->kind == VALUE_LIST;
    const size_t n_members = is_list ? list->n : 1;
    struct datum *out = arena_alloc(ev->scratch, (n_members + 1) * sizeof *out);
    *n = 0;
    for (size_t i = 0; i < n_members; i++) {
        out[*n] = is_list ? member_value(&list->members[i], ev) : scalar_value(a, ev, in);
        *n += out[*n].kind != DATUM_NONE;
    }
    if (*n < 2 || !different)
        return out;
    qsort(out, *n, sizeof *out, by_value);
    size_t left = 1;
    for (size_t i = 1; i < *n; i++)
        if (!sv_eq(out[i].text, out[left - 1].text))
            out[left++] = out[i];
    *n = left;
    return out;
}
