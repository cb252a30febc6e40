/* SPDX-License-Identifier: Apache-2.0 */
/* ua.*: what program a user agent names, and whether a person sits before it.
 *
 * An agent is a row of products, NAME/VERSION, with comments in between; browsers name all their ancestors. The
 * catalogue (data/agents.csv) lists products in order of preference, so one look-up per product finds the first row
 * that applies, however long the catalogue is. An agent that it does not know keeps the name of its own first product:
 * a new name is what the rules look for. */
#include "base/codec.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/number.h"
#include "enrich/catalog.h"
#include "enrich/enrich.h"

/* Longer agents are read to here, longer names are not looked up. */
enum { AGENT_MAX = 1024, NAME_MAX_BYTES = 64, NO_ROW = 0 };

enum output { OUT_FAMILY, OUT_KIND, OUT_VERSION, OUT_OS, OUT_SCRIPT, OUT_COUNT };

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_FAMILY] = { "ua.family", "string", "cheap",
                     "program that the user agent names: Chrome, curl, X for Android ..." },
    [OUT_KIND] = { "ua.kind", "string", "cheap", "browser, app, library, automation, bot or unknown" },
    [OUT_VERSION] = { "ua.version", "number", "cheap", "its major version" },
    [OUT_OS] = { "ua.os", "string", "cheap", "Windows, macOS, iOS, Android, Linux, ChromeOS ..." },
    [OUT_SCRIPT] = { "ua.script", "boolean", "cheap", "a library, a command-line tool or a browser without a person" },
};
static const char *const inputs[] = { "http_request.user_agent", NULL };

enum kind {
    KIND_BROWSER,
    KIND_APP,
    KIND_LIBRARY,
    KIND_AUTOMATION,
    KIND_BOT,
    KIND_UNKNOWN,
    KIND_OS,
    KIND_PART,
    KIND_COUNT
};
static const char *const kind_name[KIND_COUNT] = { "browser", "app",     "library", "automation",
                                                   "bot",     "unknown", "os",      "part" };

struct product {
    struct sv family;
    struct sv version; /* the product whose version counts, in lower case; empty: its own */
    enum kind kind;
};

struct agents {
    struct catalog list;
    uint64_t lengths[256]; /* by a name's first byte: the lengths that occur; most pieces of an agent fail here */
    struct map by_name;    /* in lower case -> row + 1 */
    struct product *product;
    field_id in;
};

/* ---- loading ---- */

/* In lower case, in `out`. False if it is too long. */
static bool
lower(struct sv name, char out[NAME_MAX_BYTES])
{
    if (name.n > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.n; i++)
        out[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];
    return true;
}

static uint64_t
length_bit(size_t n)
{
    return UINT64_C(1) << (n - 1) % 64;
}

static bool
load_row(struct agents *a, size_t row, struct diags *d)
{
    struct product *p = &a->product[row + 1];
    const struct sv name = catalog_cell(&a->list, row, 0);
    const struct sv kind = catalog_cell(&a->list, row, 2);
    char key[NAME_MAX_BYTES];
    bool is_new;

    p->family = catalog_cell(&a->list, row, 1);
    p->version = catalog_cell(&a->list, row, 3);
    p->kind = KIND_BROWSER;
    while (p->kind < KIND_COUNT && !sv_eq(kind, sv_of(kind_name[p->kind])))
        p->kind++;
    if (p->kind == KIND_COUNT || p->kind == KIND_UNKNOWN) {
        diag_error(d, catalog_at(&a->list, row),
                   "the kind of a product is browser, app, library, automation, bot, os or part, not '%.*s'",
                   SV_ARG(kind));
        return false;
    }
    if (name.n == 0 || !lower(name, key)) {
        diag_error(d, catalog_at(&a->list, row), "a product's name has 1 to %d bytes", NAME_MAX_BYTES);
        return false;
    }
    a->lengths[(unsigned char)key[0]] |= length_bit(name.n);
    map_put(&a->by_name, sv_make(key, name.n), (uint32_t)(row + 1), &is_new);
    if (!is_new)
        diag_error(d, catalog_at(&a->list, row), "the product '%.*s' is there twice", SV_ARG(name));
    return is_new;
}

static void
ua_close(void *ctx)
{
    struct agents *a = ctx;
    catalog_fini(&a->list);
    map_fini(&a->by_name);
    mem_free(a->product);
    mem_free(a);
}

static void *
ua_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    struct agents *a = mem_zalloc(1, sizeof *a);
    map_init(&a->by_name);
    a->in = fields_find(fields, sv_of(inputs[0]));
    bool good = catalog_load(&a->list, o->datadir, "agents.csv", "product,family,kind,version", d);
    a->product = mem_zalloc(a->list.n_rows + 1, sizeof *a->product);
    for (size_t r = 0; r < a->list.n_rows; r++)
        good = load_row(a, r, d) && good;
    if (good)
        return a;
    ua_close(a);
    return NULL;
}

/* ---- reading an agent ---- */

/* One product of an agent. */
struct token {
    struct sv name;
    struct sv version; /* empty: none */
    bool is_product;   /* written NAME/VERSION */
};

/* A table, because an agent has a hundred bytes and more. */
static bool
is_separator(char c)
{
    static const bool table[256] = { [' '] = true, ['\t'] = true, [';'] = true, [','] = true, ['('] = true,
                                     [')'] = true, ['['] = true,  [']'] = true, ['"'] = true };
    return table[(unsigned char)c];
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct sv
next_piece(struct sv *rest)
{
    size_t start = 0;
    while (start < rest->n && is_separator(rest->p[start]))
        start++;
    size_t end = start;
    while (end < rest->n && !is_separator(rest->p[end]))
        end++;
    const struct sv piece = sv_make(rest->p + start, end - start);
    *rest = sv_from(*rest, end);
    return piece;
}

/* "NAME/VERSION", "NAME:VERSION" (of rv:11.0) or "NAME VERSION", where the version starts with a digit. */
static bool
next_token(struct sv *rest, struct token *t)
{
    const struct sv piece = next_piece(rest);
    if (piece.n == 0)
        return false;
    size_t cut = sv_find_char(piece, '/', 0);
    if (cut == piece.n && sv_starts(piece, SV("rv:")))
        cut = 2;
    t->name = sv_make(piece.p, cut);
    t->version = sv_from(piece, cut + 1);
    t->is_product = cut != 0 && t->version.n != 0 && piece.p[cut] == '/' && piece.p[0] != '+';
    if (cut == piece.n && rest->n > 1 && rest->p[0] == ' ' && is_digit(rest->p[1])) {
        struct sv ahead = *rest;
        const struct sv next = next_piece(&ahead);
        if (sv_find_char(next, '/', 0) == next.n)
            t->version = next;
    }
    return true;
}

static unsigned char
first_byte(struct sv name)
{
    const char c = name.p[0];
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static uint32_t
find_row(const struct agents *a, struct sv name)
{
    char key[NAME_MAX_BYTES];
    if (name.n == 0 || name.n > NAME_MAX_BYTES || (a->lengths[first_byte(name)] & length_bit(name.n)) == 0)
        return NO_ROW;
    lower(name, key);
    const struct map_entry *e = map_get(&a->by_name, sv_make(key, name.n));
    return e != NULL ? e->value : NO_ROW;
}

/* What an agent says. */
struct reading {
    uint32_t row; /* of the program */
    uint32_t os;
    struct token program;
    struct token first; /* product that no row knows; else the agent's first piece, if no row knows that */
    bool has_begun;
};

static void
take_token(const struct agents *a, const struct token *t, struct reading *r)
{
    const uint32_t row = find_row(a, t->name);
    const bool is_start = !r->has_begun;
    r->has_begun = true;
    if (row == NO_ROW) {
        if (is_start || (t->is_product && !r->first.is_product))
            r->first = *t;
        return;
    }
    const enum kind kind = a->product[row].kind;
    if (kind == KIND_OS) {
        if (r->os == NO_ROW || row < r->os)
            r->os = row;
    } else if (kind != KIND_PART && (r->row == NO_ROW || row < r->row)) {
        r->row = row;
        r->program = *t;
    }
}

/* The version of the product `name` (in lower case); empty if there is none. */
static struct sv
version_of(struct sv agent, struct sv name)
{
    struct token t;
    while (next_token(&agent, &t))
        if (sv_eq_fold(t.name, name))
            return t.version;
    return SV_NONE;
}

static void
read_agent(const struct agents *a, struct sv agent, struct reading *r)
{
    struct sv rest = agent;
    struct token t;
    *r = (struct reading){ 0 };
    while (next_token(&rest, &t))
        take_token(a, &t, r);
    if (r->row == NO_ROW)
        r->program = r->first;
    else if (a->product[r->row].version.n != 0)
        r->program.version = version_of(agent, a->product[r->row].version);
}

/* ---- fields ---- */

static bool
major(struct sv version, double *out)
{
    size_t n = 0;
    while (n < version.n && n < 9 && is_digit(version.p[n]))
        n++;
    uint64_t x = 0;
    if (!number_parse_u64(sv_make(version.p, n), &x))
        return false;
    *out = (double)x;
    return true;
}

static struct sv
family_of(const struct agents *a, const struct reading *r)
{
    if (r->row != NO_ROW)
        return a->product[r->row].family;
    return utf8_prefix(r->program.name, NAME_MAX_BYTES);
}

static void
set_field(const struct agents *a, struct event *ev, field_id field, size_t index, const struct reading *r)
{
    const enum kind kind = r->row != NO_ROW ? a->product[r->row].kind : KIND_UNKNOWN;
    double version;

    event_set_absent(ev, field);
    switch ((enum output)index) {
    case OUT_FAMILY:
        if (family_of(a, r).n != 0)
            event_set_text(ev, field, family_of(a, r));
        break;
    case OUT_KIND:
        event_set_text(ev, field, sv_of(kind_name[kind]));
        break;
    case OUT_VERSION:
        if (major(r->program.version, &version))
            event_set_number(ev, field, version);
        break;
    case OUT_OS:
        if (r->os != NO_ROW)
            event_set_text(ev, field, a->product[r->os].family);
        break;
    case OUT_SCRIPT:
        event_set_bool(ev, field, kind == KIND_LIBRARY || kind == KIND_AUTOMATION);
        break;
    case OUT_COUNT:
        break;
    }
}

static void
ua_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct agents *a = ctx;
    struct reading r;
    struct sv agent;

    if (!event_text(ev, a->in, &agent) || sv_trim(agent).n == 0) {
        event_set_absent(ev, field);
        return;
    }
    read_agent(a, utf8_prefix(agent, AGENT_MAX), &r);
    set_field(a, ev, field, index, &r);
}

const struct enricher enricher_ua = {
    .name = "ua",
    .help = "what program a user agent names",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = ua_open,
    .close = ua_close,
    .derive = ua_derive,
};
