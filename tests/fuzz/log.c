/* SPDX-License-Identifier: Apache-2.0 */
/* Reads bytes as a log: stream -> blocks -> records -> values. What must hold for any bytes is checked here: values
 * are well-formed text, numbers are numbers, nested lists are flat, positions move forward. */
#include <string.h>

#include "event/event.h"
#include "event/fields.h"
#include "fuzz.h"

/* Enough names to reach each way of filling a field: top level, nested, a prefix of another name, a list, a number. */
static const char *const names[] = {
    "time",         "uid", "action", "actor", "actor.user.uid",
    "oauth.scopes", "a",   "a.b",    "a.b.c", "src_endpoint.location.lat",
};

struct fuzz_plan {
    struct fields *fields;
    struct source_def def;
    struct sv time[1];
    struct source_defs defs;
    struct input_limits limits;
    struct projections *projections;
};

static bool
is_continuation(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

/* Length of the well-formed sequence at p, 0 if there is none. */
static size_t
utf8_sequence(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned char first, last; /* of the first byte */
        unsigned char low, high;   /* of the second */
        unsigned char length;
    } rows[] = {
        { 0x00, 0x7f, 0, 0, 1 },       { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
        { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
        { 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (*p < rows[i].first || *p > rows[i].last)
            continue;
        if (n < rows[i].length || (rows[i].length > 1 && !is_continuation(p[1], rows[i].low, rows[i].high)))
            return 0;
        for (size_t k = 2; k < rows[i].length; k++)
            if (!is_continuation(p[k], 0x80, 0xbf))
                return 0;
        return rows[i].length;
    }
    return 0;
}

bool
fuzz_is_utf8(const char *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        const size_t length = utf8_sequence((const unsigned char *)p + i, n - i);
        if (length == 0)
            return false;
        i += length;
    }
    return true;
}

static void
plan_open(struct fuzz_plan *p, const char *format, size_t block)
{
    memset(p, 0, sizeof *p);
    p->fields = fields_new();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        fields_add(p->fields, sv_of(names[i]));
    fields_want_any(p->fields);

    p->time[0] = SV("time");
    p->def = (struct source_def){
        .name = SV("fuzz"), .format = sv_of(format), .time = p->time, .n_time = 1, .time_optional = true
    };
    p->defs.v = &p->def;
    p->defs.n = 1;
    p->limits = INPUT_LIMITS_DEFAULT;
    p->limits.line = 4096;
    p->limits.block = block;
    projections_plan_fields(&p->defs, p->fields);
    p->projections = projections_new(&p->defs, &p->def, p->fields, &p->limits);
}

static void
plan_close(struct fuzz_plan *p)
{
    projections_free(p->projections);
    fields_free(p->fields);
}

static void
look_at_member(struct value *member, struct arena *scratch)
{
    struct sv text;
    double number;

    fuzz_require(member->kind > VALUE_ABSENT && member->kind != VALUE_LIST);
    if (value_text(member, scratch, &text))
        fuzz_require(fuzz_is_utf8(text.p, text.n));
    else
        fuzz_require(member->kind == VALUE_NULL || member->kind == VALUE_OBJECT);
    if (member->kind == VALUE_NUMBER)
        fuzz_require(value_number(member, scratch, &number));
    else
        value_number(member, scratch, &number);
}

static void
look_at(struct event *ev)
{
    for (field_id f = 0; f < ev->n_fields; f++) {
        size_t n;
        struct value *member = value_members(event_value(ev, f), &n);
        for (size_t i = 0; i < n; i++)
            look_at_member(&member[i], ev->scratch);
    }
}

static void
read_block(struct fuzz_log *log, struct parser *parser, struct event *ev, const struct block *b)
{
    struct reject reject;
    uint64_t last_line = 0;

    if (b->too_long)
        log->too_long = true;
    parser_start(parser, b);
    for (;;) {
        switch (parser_next(parser, ev, &reject)) {
        case RECORD_EVENT:
            log->events++;
            fuzz_require(ev->at.line >= b->line && ev->at.line > last_line);
            last_line = ev->at.line;
            look_at(ev);
            break;
        case RECORD_REJECT:
            log->rejects++;
            fuzz_require(reject.line >= b->line && reject.reason < REJECT_COUNT_);
            break;
        case RECORD_BLANK:
            log->blanks++;
            break;
        case RECORD_END:
            return;
        }
    }
}

/* The next pieces of the stream, as many as workers could have out, inflated last one first. False: there are none. */
static bool
read_pieces(struct fuzz_log *log, struct parser *parser, struct event *ev, struct stream *stream)
{
    struct block b[3];
    size_t n = 0;
    for (size_t i = 0; i < 3; i++)
        block_init(&b[i]);
    while (n < 3 && stream_take(stream, &b[n]))
        n++;
    for (size_t i = n; i > 0; i--)
        block_inflate(&b[i - 1]);
    for (size_t i = 0; i < n; i++) {
        if (!stream_place(stream, &b[i]))
            continue;
        read_block(log, parser, ev, &b[i]);
        buf_sv(&log->text, b[i].bytes);
    }
    for (size_t i = 0; i < 3; i++)
        block_fini(&b[i]);
    return n != 0;
}

/* Several workers must get what one gets. */
static void
compare_pieces(const struct fuzz_log *log, struct parser *parser, struct event *ev, struct stream *stream)
{
    struct fuzz_log other;
    struct block b;
    memset(&other, 0, sizeof other);
    block_init(&b);
    for (;;) {
        if (read_pieces(&other, parser, ev, stream))
            continue;
        if (!stream_next(stream, &b))
            break;
        read_block(&other, parser, ev, &b);
        buf_sv(&other.text, b.bytes);
    }
    block_fini(&b);
    fuzz_require((stream_info(stream)->error != NULL) == log->damaged && other.too_long == log->too_long);
    fuzz_require(other.events == log->events && other.rejects == log->rejects && other.blanks == log->blanks);
    fuzz_require(other.text.n == log->text.n);
    fuzz_require(other.text.n == 0 || memcmp(other.text.p, log->text.p, other.text.n) == 0);
    buf_fini(&other.text);
}

void
fuzz_log_read(struct fuzz_log *log, const char *format, const uint8_t *data, size_t size, size_t block)
{
    struct fuzz_plan plan;
    struct arena scratch;
    struct event ev;
    struct block b;

    memset(log, 0, sizeof *log);
    plan_open(&plan, format, block);
    const struct input_file file = { SV("fuzz"), { size != 0 ? (const char *)data : "", size }, size };
    struct inputs *inputs = inputs_new_memory(&file, 1);
    struct parser *parser = parser_new(plan.projections);
    arena_init(&scratch);
    event_init(&ev, fields_count(plan.fields), &scratch, NULL);
    block_init(&b);

    struct stream *stream = stream_open(inputs, 0, plan.projections);
    while (stream_next(stream, &b)) {
        read_block(log, parser, &ev, &b);
        buf_sv(&log->text, b.bytes);
    }
    log->damaged = stream_info(stream)->error != NULL;
    stream_close(stream);
    stream = stream_open(inputs, 0, plan.projections);
    compare_pieces(log, parser, &ev, stream);
    stream_close(stream);

    block_fini(&b);
    event_fini(&ev);
    arena_fini(&scratch);
    parser_free(parser);
    inputs_free(inputs);
    plan_close(&plan);
}

void
fuzz_log_fini(struct fuzz_log *log)
{
    buf_fini(&log->text);
}
