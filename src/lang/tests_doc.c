/* SPDX-License-Identifier: Apache-2.0 */
/* The tests inside a rule. Each is a small log and what the rule must find in it:
 *
 *   x-authsift:
 *     tests:
 *       - name: twenty failures are too many
 *         events:
 *           - time: 2026-11-22T03:00:00Z
 *             uid: e{n}
 *             action: session.start
 *             outcome: failure
 *             actor: {user: {uid: "17"}}
 *             src_endpoint.ip: 203.0.113.7
 *             x-repeat: 20
 *             x-step: 30s
 *         findings: 1
 *       - name: the finding says whose session it is
 *         events: [ ... ]
 *         findings:
 *           - entity_id: s1
 *             event_count: 20
 *
 * events    A list. A mapping is one event, written as one JSON line: nested mappings and lists as they stand, a
 *           dotted key as that literal key (rules find either). Numbers, true, false and null are what YAML makes
 *           of them (sigma-profile.md 15); everything else, and all that is quoted, is a string. A string is a
 *           whole line, taken as it is: for broken lines and other formats.
 * x-repeat  In an event: it is written 1 to 100,000 times. In its strings `{n}` is replaced by the number of the
 *           repetition, from 1; use it in `uid`, or all of them are one event.
 * x-step    With x-repeat: `time` (RFC 3339) moves on by this duration with each repetition.
 * findings  How many the rule has to report; or a list of mappings from column names of findings.csv to texts:
 *           there must be as many findings as members, and for each member a finding of its own that holds these
 *           texts.
 */
#include "lang/doc.h"
#include "lang/show.h"
#include "lang/unit.h"

#include "base/buf.h"
#include "base/timestamp.h"

#define REPEAT_MAX 100000
/* Of all events of all tests: repetition makes much of little, and all of it is held. */
#define EVENT_BYTES_MAX ((size_t)128 << 20)
/* Of one line: the input's own limit is smaller, but a test may want to see that. YAML's aliases make much of
 * little as well. */
#define LINE_BYTES_MAX ((size_t)4 << 20)

struct maker {
    struct loader *l;
    struct arena *arena; /* the tests' */
    VEC(struct sv) events;
    struct buf line; /* scratch */
};

/* ---- one event as a line of JSON ---- */

static bool
needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\' || c == 0x7f;
}

static void
put_escaped(struct buf *b, struct sv text)
{
    size_t done = 0;
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char c = (unsigned char)text.p[i];
        if (!needs_escape(c))
            continue;
        buf_put(b, text.p + done, i - done);
        buf_printf(b, c == '"' || c == '\\' ? "\\%c" : "\\u%04x", c);
        done = i + 1;
    }
    buf_sv(b, sv_from(text, done));
}

/* nth == 0: the event is not repeated, `{n}` is plain text. */
static void
put_string(struct buf *b, struct sv text, uint64_t nth)
{
    buf_putc(b, '"');
    while (nth != 0) {
        const size_t at = sv_find(text, SV("{n}"), 0);
        if (at == text.n)
            break;
        put_escaped(b, sv_make(text.p, at));
        buf_printf(b, "%llu", (unsigned long long)nth);
        text = sv_from(text, at + 3);
    }
    put_escaped(b, text);
    buf_putc(b, '"');
}

static void
put_scalar(struct buf *b, const struct ynode *node, uint64_t nth)
{
    bool truth;
    double number;

    if (yaml_is_null(node))
        buf_puts(b, "null");
    else if (yaml_bool(node, &truth))
        buf_puts(b, truth ? "true" : "false");
    else if (yaml_number(node, &number))
        buf_sv(b, node->text); /* YAML's numbers are JSON's here: the characters stay */
    else
        put_string(b, node->text, nth);
}

static void
put_value(struct buf *b, const struct ynode *node, uint64_t nth)
{
    if (b->n > LINE_BYTES_MAX)
        return; /* keep_line says so */
    if (node->kind == YAML_SCALAR) {
        put_scalar(b, node, nth);
        return;
    }
    buf_putc(b, node->kind == YAML_MAP ? '{' : '[');
    for (size_t i = 0; i < node->n; i++) {
        if (i > 0)
            buf_putc(b, ',');
        if (node->kind == YAML_MAP) {
            put_string(b, node->key[i]->text, 0);
            buf_putc(b, ':');
        }
        put_value(b, node->item[i], nth);
    }
    buf_putc(b, node->kind == YAML_MAP ? '}' : ']');
}

/* How often, and how far apart. */
struct repeat {
    uint64_t times; /* 0: no x-repeat */
    int64_t step;   /* 0: `time` stays as it is written */
    int64_t start;  /* of `time`, if there is a step */
};

static bool
is_repeat_key(struct sv key)
{
    return sv_eq(key, SV("x-repeat")) || sv_eq(key, SV("x-step"));
}

static void
put_event(struct buf *b, const struct ynode *map, const struct repeat *r, uint64_t nth)
{
    bool first = true;

    buf_putc(b, '{');
    for (size_t i = 0; i < map->n; i++) {
        const struct sv key = map->key[i]->text;
        if (is_repeat_key(key))
            continue;
        if (!first)
            buf_putc(b, ',');
        first = false;
        put_string(b, key, 0);
        buf_putc(b, ':');
        if (r->step != 0 && sv_eq(key, SV("time"))) {
            char text[TIME_TEXT_MAX];
            time_format(r->start + (int64_t)(nth - 1) * r->step, text);
            buf_printf(b, "\"%s\"", text);
        } else {
            put_value(b, map->item[i], nth);
        }
    }
    buf_putc(b, '}');
}

/* ---- events ---- */

static bool
read_whole(struct loader *l, const struct ynode *node, const char *what, uint64_t least, uint64_t most, uint64_t *value)
{
    double x;
    if (!doc_number(l, node, what, &x))
        return false;
    if (x >= (double)least && x <= (double)most && x == (double)(uint64_t)x) {
        *value = (uint64_t)x;
        return true;
    }
    diag_error(l->d, node->span, "'%s' has to be a whole number from %llu to %llu", what, (unsigned long long)least,
               (unsigned long long)most);
    return false;
}

/* The last repetition must have a time that can be written: years have four digits. */
static bool
read_start(struct loader *l, const struct ynode *map, const struct ynode *step, struct repeat *r)
{
    const struct ynode *time = yaml_get(map, "time");
    int64_t year_10000;

    if (time == NULL || time->kind != YAML_SCALAR || !time_parse(time->text, &r->start)) {
        diag_error(l->d, time != NULL ? time->span : step->span,
                   "'x-step' needs a 'time' in RFC 3339, like 2026-11-22T03:00:00Z");
        return false;
    }
    if (!time_parse(SV("9999-12-31T23:59:59.999999Z"), &year_10000))
        return false;
    if (r->times > 1 && r->step > (year_10000 - r->start) / (int64_t)(r->times - 1)) {
        diag_error(l->d, step->span, "'x-step' leads beyond the year 9999");
        return false;
    }
    return true;
}

static bool
read_repeat(struct loader *l, const struct ynode *map, struct repeat *r)
{
    const struct ynode *times = yaml_get(map, "x-repeat"), *step = yaml_get(map, "x-step");

    *r = (struct repeat){ 0 };
    if (times == NULL && step != NULL) {
        diag_error(l->d, step->span, "'x-step' needs 'x-repeat' beside it");
        return false;
    }
    if (times != NULL && !read_whole(l, times, "x-repeat", 1, REPEAT_MAX, &r->times))
        return false;
    if (step == NULL)
        return true;
    return doc_duration(l, step, "x-step", &r->step) && (r->step == 0 || read_start(l, map, step, r));
}

/* False if there is no room for more. */
static bool
keep_line(struct maker *m, const struct ynode *node)
{
    if (m->line.n > LINE_BYTES_MAX) {
        diag_error(m->l->d, node->span, "an event of more than %zu MiB", LINE_BYTES_MAX >> 20);
        return false;
    }
    if (arena_size(m->arena) + m->line.n > EVENT_BYTES_MAX) {
        diag_error(m->l->d, node->span, "the events of all tests are larger than %zu MiB", EVENT_BYTES_MAX >> 20);
        return false;
    }
    vec_push(&m->events, arena_sv(m->arena, buf_view(&m->line)));
    return true;
}

static void
read_line(struct maker *m, const struct ynode *node)
{
    if (memchr(node->text.p != NULL ? node->text.p : "", '\n', node->text.n) != NULL) {
        diag_error(m->l->d, node->span, "an event that is a string is one line: it cannot hold a line end");
        return;
    }
    buf_reset(&m->line);
    buf_sv(&m->line, node->text);
    (void)keep_line(m, node);
}

static void
read_event_map(struct maker *m, const struct ynode *node)
{
    struct repeat r;

    if (!read_repeat(m->l, node, &r))
        return;
    for (uint64_t nth = r.times != 0; nth <= r.times; nth++) {
        buf_reset(&m->line);
        put_event(&m->line, node, &r, nth);
        if (!keep_line(m, node))
            return;
    }
}

static void
read_events(struct maker *m, const struct ynode *node, struct rule_test *t)
{
    if (node->kind != YAML_LIST) {
        diag_error(m->l->d, node->span, "'events' has to be a list, not %s", yaml_kind_name(node));
        return;
    }
    m->events.n = 0;
    for (size_t i = 0; i < node->n; i++) {
        const struct ynode *event = node->item[i];
        if (event->kind == YAML_MAP)
            read_event_map(m, event);
        else if (event->kind == YAML_SCALAR && yaml_is_string(event))
            read_line(m, event);
        else
            diag_error(m->l->d, event->span, "an event has to be a mapping, or a string with a whole line, not %s",
                       yaml_kind_name(event));
    }
    t->events = ARENA_ARRAY(m->arena, struct sv, m->events.n);
    if (m->events.n != 0)
        memcpy(t->events, m->events.v, m->events.n * sizeof *t->events);
    t->n_events = m->events.n;
}

/* ---- findings ---- */

static size_t
count_expected(const struct ynode *list)
{
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        n += list->item[i]->kind == YAML_MAP ? list->item[i]->n : 0;
    return n;
}

static void
read_expected(struct maker *m, const struct ynode *list, struct rule_test *t)
{
    t->expect = ARENA_ARRAY(m->arena, struct named_expect, count_expected(list));
    for (size_t row = 0; row < list->n; row++) {
        const struct ynode *map = list->item[row];
        if (map->kind != YAML_MAP) {
            diag_error(m->l->d, map->span, "an expected finding has to be a mapping from columns to texts, not %s",
                       yaml_kind_name(map));
            continue;
        }
        for (size_t i = 0; i < map->n; i++) {
            const struct ynode *value = map->item[i];
            if (value->kind != YAML_SCALAR) {
                diag_error(m->l->d, value->span, "column '%.*s' has to be a text, not %s", SHOW(map->key[i]->text),
                           yaml_kind_name(value));
                continue;
            }
            t->expect[t->n_expect++] = (struct named_expect){
                .column = arena_sv(m->arena, map->key[i]->text),
                .text = yaml_is_null(value) ? SV_NONE : arena_sv(m->arena, value->text),
                .at = map->key[i]->span,
                .row = row,
            };
        }
    }
    t->n_rows = list->n;
    t->findings = list->n;
}

static void
read_findings(struct maker *m, const struct ynode *node, struct rule_test *t)
{
    if (node->kind == YAML_LIST)
        read_expected(m, node, t);
    else if (node->kind == YAML_MAP)
        diag_error(m->l->d, node->span, "'findings' has to be a number or a list of mappings, not a mapping");
    else
        (void)read_whole(m->l, node, "findings", 0, UINT32_MAX, &t->findings);
}

/* ---- tests ---- */

static void
check_keys(struct loader *l, const struct ynode *node)
{
    static const struct sv keys[] = { { "name", 4 }, { "events", 6 }, { "findings", 8 } };
    for (size_t i = 0; i < node->n; i++) {
        const struct ynode *key = node->key[i];
        if (!sv_eq(key->text, keys[0]) && !sv_eq(key->text, keys[1]) && !sv_eq(key->text, keys[2]))
            doc_error_near(l, key->span, doc_nearest(key->text, keys, 3), "unknown key '%.*s' in a test",
                           SHOW(key->text));
    }
}

static void
read_test(struct maker *m, const struct ynode *node, struct sv rule_id, struct rule_tests *tests)
{
    const struct ynode *name = yaml_get(node, "name"), *events = yaml_get(node, "events"),
                       *findings = yaml_get(node, "findings");
    struct rule_test t = { .rule_id = rule_id, .at = node->span };
    struct sv text;

    check_keys(m->l, node);
    if (name == NULL)
        diag_error(m->l->d, node->span, "a test needs a 'name'");
    else if (doc_text(m->l, name, "name", &text))
        t = (struct rule_test){ .rule_id = rule_id, .name = arena_sv(m->arena, text), .at = name->span };
    if (events == NULL)
        diag_error(m->l->d, t.at, "a test needs 'events'");
    else
        read_events(m, events, &t);
    if (findings == NULL)
        diag_error(m->l->d, t.at, "a test needs 'findings', how many or which");
    else
        read_findings(m, findings, &t);
    vec_push(&tests->v, t);
}

static void
read_tests(struct maker *m, const struct unit *u, const struct ynode *list, struct rule_tests *tests)
{
    const struct sv rule_id = arena_sv(m->arena, u->id.n != 0 ? u->id : u->name.n != 0 ? u->name : u->title);

    if (list->kind != YAML_LIST) {
        diag_error(m->l->d, list->span, "'tests' has to be a list, not %s", yaml_kind_name(list));
        return;
    }
    for (size_t i = 0; i < list->n; i++) {
        if (list->item[i]->kind == YAML_MAP)
            read_test(m, list->item[i], rule_id, tests);
        else
            diag_error(m->l->d, list->item[i]->span, "a test has to be a mapping, not %s",
                       yaml_kind_name(list->item[i]));
    }
}

void
tests_compile(struct loader *l, struct unit *u, struct rule_tests *tests)
{
    const struct ynode *list = yaml_get(yaml_get(u->root, "x-authsift"), "tests");
    const size_t before = diags_errors(l->d);
    struct maker m = { .l = l, .arena = &tests->arena, .line = BUF_INIT };

    if (list == NULL)
        return;
    diag_push(l->d, "reading the tests of '%.*s'", SHOW(u->title));
    read_tests(&m, u, list, tests);
    diag_pop(l->d);
    if (diags_errors(l->d) != before)
        u->bad = true;
    vec_fini(&m.events);
    buf_fini(&m.line);
}
