/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events -> a tree of ynodes with byte positions, under limits.
 *
 * libyaml counts characters, spans count bytes: for a text that is not plain ASCII every 64th character's offset is
 * kept.
 *
 * An alias shares its anchor's node, so a tree in memory is small whatever it unfolds to; but who walks it walks every
 * use. Therefore an alias counts as many nodes as it stands for, and as deep. What passes the limits here is safe to
 * walk recursively in any part of lang/.
 */
#include "lang/yaml.h"

#include <stdint.h>
#include <yaml.h>

#include "base/codec.h"
#include "base/map.h"
#include "base/number.h"
#include "base/vec.h"

#define MAX_DEPTH 64
#define MAX_NODES 200000
#define MAX_SCALAR (1u << 20)
#define MAX_KEY 1024
#define MAX_FILE (16u << 20)
#define MAX_ERRORS 50 /* of one file, then it is given up: nobody reads more, and a hostile one has 100,000 */
#define STRIDE 64

/* What a file unfolds to. A node's cost is itself and the bytes of its text. */
struct cost {
    size_t nodes;
    size_t bytes;
};

struct anchor {
    struct ynode *node; /* NULL while it is being read: an alias to it would be endless */
    struct cost cost;
    unsigned height;
};

struct composer {
    yaml_parser_t parser;
    const struct text_file *file;
    struct sv text; /* without the byte order mark */
    size_t base;    /* bytes of the byte order mark */
    size_t *offset; /* byte of every STRIDEth character; NULL if all are ASCII */
    size_t n_offsets;
    struct arena *arena;
    struct diags *d;
    struct cost cost;
    size_t errors;
    bool stop;   /* the rest cannot be read */
    bool broken; /* a part of this document is missing: what it says would mislead */
    struct map anchor_ids;
    VEC(struct anchor) anchors;
    VEC(struct ynode *) stack; /* children of the collections that are open */
    struct map keys;           /* of one mapping, to find duplicates */
};

static struct ynode *compose(struct composer *c, yaml_event_t *ev, unsigned depth, unsigned *height);

/* ---- places ---- */

static void
index_characters(struct composer *c)
{
    bool ascii = true;
    for (size_t i = 0; i < c->text.n && ascii; i++)
        ascii = (unsigned char)c->text.p[i] < 0x80;
    if (ascii)
        return;
    c->offset = mem_zalloc(c->text.n / STRIDE + 1, sizeof *c->offset);
    size_t chars = 0;
    for (size_t i = 0; i < c->text.n; i++) {
        if (((unsigned char)c->text.p[i] & 0xc0) == 0x80)
            continue;
        if (chars % STRIDE == 0)
            c->offset[c->n_offsets++] = i;
        chars++;
    }
}

/* Offset in c->text of a character. */
static size_t
byte_of(const struct composer *c, size_t character)
{
    if (c->offset == NULL)
        return character < c->text.n ? character : c->text.n;
    if (character / STRIDE >= c->n_offsets)
        return c->text.n;
    size_t i = c->offset[character / STRIDE];
    for (size_t left = character % STRIDE; left > 0 && i < c->text.n; left--) {
        i++;
        while (i < c->text.n && ((unsigned char)c->text.p[i] & 0xc0) == 0x80)
            i++;
    }
    return i;
}

static struct span
span_between(const struct composer *c, size_t from, size_t to)
{
    return (struct span){ c->file, c->base + from, to > from ? to - from : 0 };
}

static struct span
span_of_mark(const struct composer *c, const yaml_mark_t *mark)
{
    const size_t at = byte_of(c, mark->index);
    return span_between(c, at, at < c->text.n ? at + 1 : at);
}

static bool
is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n';
}

/* From a collection's start to the end of that line: where its "first line's part" ends. */
static struct span
span_of_collection(const struct composer *c, const yaml_event_t *ev)
{
    const size_t from = byte_of(c, ev->start_mark.index);
    size_t to = sv_find_char(c->text, '\n', from);
    while (to > from && is_blank(c->text.p[to - 1]))
        to--;
    return span_between(c, from, to);
}

/* Of a scalar, without an anchor or a tag before it and without the blanks that libyaml counts to a block scalar. */
static struct span
span_of_scalar(const struct composer *c, const yaml_event_t *ev)
{
    size_t from = byte_of(c, ev->start_mark.index);
    size_t to = byte_of(c, ev->end_mark.index);
    const bool has_properties = ev->data.scalar.anchor != NULL || ev->data.scalar.tag != NULL;
    while (has_properties && from < to && (c->text.p[from] == '&' || c->text.p[from] == '!')) {
        while (from < to && !is_blank(c->text.p[from]))
            from++;
        while (from < to && is_blank(c->text.p[from]))
            from++;
    }
    while (to > from && is_blank(c->text.p[to - 1]))
        to--;
    return span_between(c, from, to);
}

static void
report(struct composer *c, struct span at, const char *message)
{
    diag_error(c->d, at, "%s", message);
    if (++c->errors < MAX_ERRORS || c->stop)
        return;
    diag_error(c->d, at, "too many errors; the rest of this file is not read");
    c->stop = true;
}

/* ---- events ---- */

static void
report_parser(struct composer *c)
{
    const yaml_parser_t *p = &c->parser;
    c->stop = true;
    if (p->error == YAML_READER_ERROR) {
        const size_t at = p->problem_offset < c->text.n ? p->problem_offset : c->text.n;
        diag_error(c->d, span_between(c, at, at + (at < c->text.n)), "not valid YAML: %s", p->problem);
        c->errors++;
        return;
    }
    const struct span at = span_of_mark(c, &p->problem_mark);
    const size_t i = at.at - c->base;
    if (p->context != NULL && strncmp(p->context, "while ", 6) == 0)
        diag_push(c->d, "%s", p->context + 6);
    else
        diag_push(c->d, "reading YAML");
    if (i < c->text.n && c->text.p[i] == '\t')
        diag_error(c->d, at, "a tab cannot indent YAML; write blanks");
    else
        diag_error(c->d, at, "not valid YAML: %s", p->problem != NULL ? p->problem : "it cannot be read");
    diag_pop(c->d);
    c->errors++;
}

static bool
next_event(struct composer *c, yaml_event_t *ev)
{
    if (c->stop)
        return false;
    if (yaml_parser_parse(&c->parser, ev))
        return true;
    report_parser(c);
    return false;
}

static bool
add_cost(struct composer *c, const yaml_event_t *ev, struct cost more, unsigned depth)
{
    if (depth > MAX_DEPTH) {
        report(c, span_of_mark(c, &ev->start_mark), "nested deeper than 64 levels");
        c->stop = true;
        return false;
    }
    c->cost.nodes += more.nodes;
    c->cost.bytes += more.bytes;
    if (c->cost.nodes <= MAX_NODES && c->cost.bytes <= MAX_FILE)
        return true;
    report(c, span_of_mark(c, &ev->start_mark),
           c->cost.nodes > MAX_NODES
               ? "more than 200000 nodes in one file (an alias counts what it stands for, each time)"
               : "aliases unfold this file to more than 16 MiB");
    c->stop = true;
    return false;
}

/* ---- anchors ---- */

/* Index of the anchor that this node defines, or SIZE_MAX. */
static size_t
open_anchor(struct composer *c, const yaml_char_t *name)
{
    if (name == NULL)
        return SIZE_MAX;
    const size_t slot = map_put(&c->anchor_ids, sv_of((const char *)name), 0, NULL);
    c->anchor_ids.entry[slot].value = (uint32_t)c->anchors.n; /* a later anchor of the same name replaces it */
    vec_push(&c->anchors, (struct anchor){ NULL, { 0, 0 }, 0 });
    return c->anchors.n - 1;
}

static void
close_anchor(struct composer *c, size_t id, struct ynode *node, struct cost before, unsigned height)
{
    const struct cost cost = { c->cost.nodes - before.nodes, c->cost.bytes - before.bytes };
    if (id != SIZE_MAX)
        c->anchors.v[id] = (struct anchor){ node, cost, height };
}

static struct ynode *
compose_alias(struct composer *c, const yaml_event_t *ev, unsigned depth, unsigned *height)
{
    const char *name = (const char *)ev->data.alias.anchor;
    const struct span at = span_between(c, byte_of(c, ev->start_mark.index), byte_of(c, ev->end_mark.index));
    const struct map_entry *e = map_get(&c->anchor_ids, sv_of(name));

    if (e == NULL) {
        c->broken = true;
        report(c, at, "the alias refers to no anchor before it");
        return NULL;
    }
    const struct anchor *a = &c->anchors.v[e->value];
    if (a->node == NULL) {
        c->broken = true;
        report(c, at, "the alias stands inside what it refers to");
        return NULL;
    }
    if (!add_cost(c, ev, a->cost, depth + a->height))
        return NULL;
    *height = a->height;
    return a->node;
}

/* ---- nodes ---- */

static struct ynode *
new_node(struct composer *c, enum ynode_kind kind, struct span span)
{
    struct ynode *node = ARENA_NEW(c->arena, struct ynode);
    node->kind = kind;
    node->span = span;
    return node;
}

/* Tags that say no more than the node itself does. */
static bool
check_tag(struct composer *c, const yaml_event_t *ev, const yaml_char_t *tag, const char *plain_tag)
{
    const char *t = (const char *)tag;
    if (t == NULL || strcmp(t, "!") == 0 || strcmp(t, plain_tag) == 0)
        return true;
    report(c, span_of_mark(c, &ev->start_mark), "YAML tags other than !!str are not supported");
    return false;
}

static struct ynode *
compose_scalar(struct composer *c, const yaml_event_t *ev)
{
    const struct sv text = { (const char *)ev->data.scalar.value, ev->data.scalar.length };
    struct ynode *node = new_node(c, YAML_SCALAR, span_of_scalar(c, ev));

    check_tag(c, ev, ev->data.scalar.tag, YAML_STR_TAG);
    node->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && ev->data.scalar.tag == NULL;
    if (text.n > MAX_SCALAR) {
        node->span.n = node->span.n < 32 ? node->span.n : 32;
        report(c, node->span, "a value of more than 1 MiB");
        return node;
    }
    const struct sv raw = sv_make(text_file_content(c->file).p + node->span.at, node->span.n);
    node->text = sv_eq(raw, text) ? raw : arena_sv(c->arena, text);
    return node;
}

/* The children that were pushed since `from` become the node's own. */
static struct ynode **
take_children(struct composer *c, size_t from, size_t step, size_t first, size_t *n)
{
    *n = (c->stack.n - from) / step;
    struct ynode **child = ARENA_ARRAY(c->arena, struct ynode *, *n);
    for (size_t i = 0; i < *n; i++)
        child[i] = c->stack.v[from + i * step + first];
    return child;
}

static struct ynode *
compose_list(struct composer *c, const yaml_event_t *start, unsigned depth, unsigned *height)
{
    struct ynode *node = new_node(c, YAML_LIST, span_of_collection(c, start));
    const size_t from = c->stack.n;
    yaml_event_t ev;

    check_tag(c, start, start->data.sequence_start.tag, YAML_SEQ_TAG);
    while (next_event(c, &ev)) {
        if (ev.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&ev);
            break;
        }
        struct ynode *item = compose(c, &ev, depth + 1, height);
        if (item != NULL)
            vec_push(&c->stack, item);
    }
    node->item = take_children(c, from, 1, 0, &node->n);
    c->stack.n = from;
    return node;
}

static void
check_key(struct composer *c, const struct ynode *key)
{
    bool is_new;
    const size_t slot = map_put(&c->keys, key->text, (uint32_t)key->span.at, &is_new);
    if (key->plain && sv_eq(key->text, SV("<<"))) {
        c->broken = true;
        report(c, key->span, "merge keys ('<<') are not supported; write the keys out");
    }
    if (is_new)
        return;
    size_t line, column;
    struct buf message = BUF_INIT;
    text_file_locate(c->file, c->keys.entry[slot].value, &line, &column);
    buf_printf(&message, "duplicate key '%.*s' (the first is in line %zu)", SV_ARG(key->text), line);
    report(c, key->span, buf_cstr(&message));
    buf_fini(&message);
}

/* Reads one pair onto the stack. False at the mapping's end. */
static bool
compose_pair(struct composer *c, unsigned depth, unsigned *height)
{
    yaml_event_t ev;

    if (!next_event(c, &ev))
        return false;
    if (ev.type == YAML_MAPPING_END_EVENT) {
        yaml_event_delete(&ev);
        return false;
    }
    struct ynode *key = compose(c, &ev, depth + 1, height);
    if (key != NULL && key->kind != YAML_SCALAR) {
        c->broken = true;
        report(c, key->span, "a key has to be a plain word, not a list or a mapping");
        key = NULL;
    }
    if (key != NULL && key->text.n > MAX_KEY) {
        c->broken = true;
        report(c, key->span, "a key of more than 1024 bytes");
        key = NULL;
    }
    if (!next_event(c, &ev))
        return false;
    struct ynode *value = compose(c, &ev, depth + 1, height);
    if (key != NULL && value != NULL) {
        vec_push(&c->stack, key);
        vec_push(&c->stack, value);
    }
    return true;
}

static struct ynode *
compose_map(struct composer *c, const yaml_event_t *start, unsigned depth, unsigned *height)
{
    struct ynode *node = new_node(c, YAML_MAP, span_of_collection(c, start));
    const size_t from = c->stack.n;

    check_tag(c, start, start->data.mapping_start.tag, YAML_MAP_TAG);
    while (compose_pair(c, depth, height))
        continue;
    node->key = take_children(c, from, 2, 0, &node->n);
    node->item = take_children(c, from, 2, 1, &node->n);
    c->stack.n = from;
    map_reset(&c->keys);
    for (size_t i = 0; i < node->n && !c->stop; i++)
        check_key(c, node->key[i]);
    return node;
}

static struct ynode *
compose_by_type(struct composer *c, const yaml_event_t *ev, unsigned depth, unsigned *height)
{
    switch (ev->type) {
    case YAML_SEQUENCE_START_EVENT:
        return compose_list(c, ev, depth, height);
    case YAML_MAPPING_START_EVENT:
        return compose_map(c, ev, depth, height);
    default:
        return compose_scalar(c, ev);
    }
}

static const yaml_char_t *
anchor_name(const yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_SEQUENCE_START_EVENT:
        return ev->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return ev->data.mapping_start.anchor;
    default:
        return ev->data.scalar.anchor;
    }
}

/* The node that starts with `ev`, which is used up; *height is raised to its height. NULL after an error. */
static struct ynode *
compose(struct composer *c, yaml_event_t *ev, unsigned depth, unsigned *height)
{
    const struct cost before = c->cost;
    const struct cost one = { 1, ev->type == YAML_SCALAR_EVENT ? ev->data.scalar.length : 0 };
    struct ynode *node = NULL;
    unsigned own = 0;

    if (ev->type == YAML_ALIAS_EVENT) {
        node = compose_alias(c, ev, depth, &own);
    } else if (add_cost(c, ev, one, depth)) {
        const size_t id = open_anchor(c, anchor_name(ev));
        node = compose_by_type(c, ev, depth, &own);
        close_anchor(c, id, node, before, own);
    }
    yaml_event_delete(ev);
    if (own + 1 > *height)
        *height = own + 1;
    return node;
}

/* ---- documents ---- */

static bool
check_bytes(struct composer *c)
{
    size_t bad;
    const char *message = NULL;

    if (sv_starts(c->text, SV("\xff\xfe")) || sv_starts(c->text, SV("\xfe\xff"))) {
        message = "the file is UTF-16; rules are UTF-8";
        bad = 0;
    } else if (c->text.n > MAX_FILE) {
        message = "the file is larger than 16 MiB";
        bad = 0;
    } else if ((bad = sv_find_char(c->text, '\0', 0)) < c->text.n) {
        message = "a NUL byte; rules are UTF-8 text";
    } else if (!utf8_valid(c->text, &bad)) {
        message = "not UTF-8";
    }
    if (message != NULL)
        report(c, span_between(c, bad, bad < c->text.n ? bad + 1 : bad), message);
    return message == NULL;
}

static void
read_documents(struct composer *c)
{
    yaml_event_t ev;
    bool more = true;

    while (more && next_event(c, &ev)) {
        const yaml_event_type_t type = ev.type;
        more = type != YAML_STREAM_END_EVENT;
        if (type == YAML_DOCUMENT_START_EVENT) {
            map_reset(&c->anchor_ids);
            c->anchors.n = 0;
            c->broken = false;
        }
        if (type != YAML_SCALAR_EVENT && type != YAML_SEQUENCE_START_EVENT && type != YAML_MAPPING_START_EVENT &&
            type != YAML_ALIAS_EVENT) {
            yaml_event_delete(&ev);
            continue;
        }
        unsigned height = 0;
        struct ynode *root = compose(c, &ev, 1, &height);
        if (root != NULL && (c->stop || c->broken))
            root = new_node(c, YAML_MAP, root->span); /* the mistake is in it: its place counts, not its half content */
        if (root != NULL)
            vec_push(&c->stack, root);
    }
}

static void
composer_fini(struct composer *c)
{
    yaml_parser_delete(&c->parser);
    mem_free(c->offset);
    map_fini(&c->anchor_ids);
    map_fini(&c->keys);
    vec_fini(&c->anchors);
    vec_fini(&c->stack);
}

static void
composer_init(struct composer *c, const struct text_file *file, struct arena *arena, struct diags *d)
{
    *c = (struct composer){ .file = file, .arena = arena, .d = d, .text = text_file_content(file) };
    if (sv_starts(c->text, SV("\xef\xbb\xbf"))) {
        c->base = 3;
        c->text = sv_from(c->text, 3);
    }
    map_init(&c->anchor_ids);
    map_init(&c->keys);
    if (!yaml_parser_initialize(&c->parser))
        c->stop = true;
}

bool
yaml_load(const struct text_file *file, struct arena *arena, struct ynode ***docs, size_t *n_docs, struct diags *d)
{
    struct composer c;

    composer_init(&c, file, arena, d);
    if (check_bytes(&c)) {
        index_characters(&c);
        yaml_parser_set_encoding(&c.parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&c.parser, (const unsigned char *)c.text.p, c.text.n);
        read_documents(&c);
    }
    *docs = take_children(&c, 0, 1, 0, n_docs);
    const bool good = c.errors == 0 && !c.stop;
    composer_fini(&c);
    return good;
}

/* ---- questions ---- */

static size_t
find_key(const struct ynode *node, const char *key)
{
    if (node == NULL || node->kind != YAML_MAP)
        return SIZE_MAX;
    const struct sv k = sv_of(key);
    for (size_t i = 0; i < node->n; i++)
        if (sv_eq(node->key[i]->text, k))
            return i;
    return SIZE_MAX;
}

struct ynode *
yaml_get(const struct ynode *node, const char *key)
{
    const size_t i = find_key(node, key);
    return i == SIZE_MAX ? NULL : node->item[i];
}

struct ynode *
yaml_key(const struct ynode *node, const char *key)
{
    const size_t i = find_key(node, key);
    return i == SIZE_MAX ? NULL : node->key[i];
}

static bool
is_one_of(const struct ynode *node, const char *const *word)
{
    if (node->kind != YAML_SCALAR || !node->plain)
        return false;
    for (; *word != NULL; word++)
        if (sv_eq(node->text, sv_of(*word)))
            return true;
    return false;
}

bool
yaml_is_null(const struct ynode *node)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL", NULL };
    return is_one_of(node, words);
}

bool
yaml_bool(const struct ynode *node, bool *value)
{
    static const char *const yes[] = { "true", "True", "TRUE", NULL };
    static const char *const no[] = { "false", "False", "FALSE", NULL };
    const bool is_yes = is_one_of(node, yes);
    if (!is_yes && !is_one_of(node, no))
        return false;
    *value = is_yes;
    return true;
}

bool
yaml_number(const struct ynode *node, double *value)
{
    return node->kind == YAML_SCALAR && node->plain && number_parse(node->text, value);
}

bool
yaml_is_string(const struct ynode *node)
{
    bool boolean;
    double number;
    return node->kind == YAML_SCALAR && !yaml_is_null(node) && !yaml_bool(node, &boolean) &&
           !yaml_number(node, &number);
}

const char *
yaml_kind_name(const struct ynode *node)
{
    bool boolean;
    double number;

    if (node->kind == YAML_MAP)
        return "a mapping";
    if (node->kind == YAML_LIST)
        return "a list";
    if (yaml_is_null(node))
        return "null";
    if (yaml_bool(node, &boolean))
        return "a boolean";
    return yaml_number(node, &number) ? "a number" : "a string";
}

/* ---- from a scalar's text back to its bytes ---- */

/* Text and its bytes in the file are walked side by side. */
struct walk {
    struct sv raw;
    struct sv text;
    size_t i; /* in raw */
    size_t k; /* in text */
};

static bool
skip_blanks(struct sv s, size_t *i, bool *newline)
{
    const size_t from = *i;
    for (; *i < s.n && is_blank(s.p[*i]); ++*i)
        *newline = *newline || s.p[*i] == '\n';
    return *i > from;
}

/* A line break of the file, with the indentation behind it, stands for blanks or newlines of the text. */
static bool
step_break(struct walk *w)
{
    bool broke = false;
    bool ignored = false;
    return skip_blanks(w->raw, &w->i, &broke) && broke && skip_blanks(w->text, &w->k, &ignored);
}

static bool
step_plain(struct walk *w)
{
    const char ch = w->raw.p[w->i];
    if (ch != w->text.p[w->k] || ch == '\n')
        return is_blank(ch) && step_break(w);
    w->i++;
    w->k++;
    return true;
}

static bool
step_single(struct walk *w)
{
    if (w->raw.p[w->i] == '\'' && w->text.p[w->k] == '\'')
        w->i++;
    return w->i < w->raw.n && step_plain(w);
}

/* Bytes that an escape of a double-quoted scalar has in the file; 0: unknown. */
static size_t
escape_length(char letter)
{
    switch (letter) {
    case 'x':
        return 4;
    case 'u':
        return 6;
    case 'U':
        return 10;
    case '\n':
    case '\r':
        return 0;
    default:
        return 2;
    }
}

static bool
step_double(struct walk *w)
{
    if (w->raw.p[w->i] != '\\')
        return step_plain(w);
    const size_t length = w->i + 1 < w->raw.n ? escape_length(w->raw.p[w->i + 1]) : 0;
    if (length == 0)
        return false;
    const char *p = w->text.p + w->k;
    utf8_next(&p, w->text.p + w->text.n);
    w->i += length;
    w->k = (size_t)(p - w->text.p);
    return w->i <= w->raw.n;
}

typedef bool step_fn(struct walk *w);

static step_fn *
walk_start(const struct ynode *node, struct walk *w)
{
    *w = (struct walk){ { text_file_content(node->span.file).p + node->span.at, node->span.n }, node->text, 0, 0 };
    const char first = w->raw.n == 0 ? '\0' : w->raw.p[0];
    if (first == '\'' || first == '"') {
        w->i = 1;
        return first == '"' ? step_double : step_single;
    }
    if (!node->plain && (first == '|' || first == '>')) {
        bool ignored = false;
        w->i = sv_find_char(w->raw, '\n', 0);
        skip_blanks(w->raw, &w->i, &ignored);
    }
    return step_plain;
}

/* Byte offset in the scalar's span of byte `at` of its text. */
static bool
raw_offset(const struct ynode *node, size_t at, size_t *offset)
{
    struct walk w;
    step_fn *step = walk_start(node, &w);
    while (w.k < at)
        if (w.i >= w.raw.n || !step(&w))
            return false;
    *offset = w.i;
    return w.k == at;
}

struct span
yaml_subspan(const struct ynode *node, size_t at, size_t n)
{
    size_t from, to;
    if (node->kind != YAML_SCALAR || node->span.file == NULL || at + n > node->text.n || !raw_offset(node, at, &from) ||
        !raw_offset(node, at + n, &to) || to < from)
        return node->span;
    return (struct span){ node->span.file, node->span.at + from, to - from };
}
