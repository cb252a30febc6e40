/* SPDX-License-Identifier: Apache-2.0 */
/* url.*: where the links of a post lead, and who is paid for them.
 *
 * Links are those of post.urls (expanded where the log has them), else those in post.text. Affiliate programs are
 * data (data/affiliates.csv): a row names a host, maybe a path, and where the publisher's id stands. A link is the
 * network's if the id is there (or if the row needs none): an ordinary shop link is no affiliate link. Formulas:
 * domain notes 3.1.
 *
 * All fields come from one pass over the links: the first field that is asked for fills its siblings. What only one of
 * them needs, and costs much, is left out where nobody asks for that one. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/number.h"
#include "enrich/catalog.h"
#include "enrich/enrich.h"
#include "enrich/url.h"

enum { MAX_LINKS = 16, MAX_PARAMETERS = 64, MAX_HOPS = 3 };

enum output {
    OUT_HOST,
    OUT_DOMAIN,
    OUT_LANDING,
    OUT_NETWORK,
    OUT_PUBLISHER,
    OUT_SUBID,
    OUT_SHORTENER,
    OUT_BIO,
    OUT_COUNT
};

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_HOST] = { "url.host", "list of strings", "costly", "hosts of the post's links" },
    [OUT_DOMAIN] = { "url.domain", "list of strings", "costly", "registrable domains of the post's links" },
    [OUT_LANDING] = { "url.landing", "list of strings", "costly",
                      "the links without tracking, publisher and sub-id parameters: where they lead" },
    [OUT_NETWORK] = { "url.network", "list of strings", "costly", "affiliate networks of the post's links" },
    [OUT_PUBLISHER] = { "url.publisher", "list of strings", "costly", "who is paid: network:publisher id" },
    [OUT_SUBID] = { "url.subid", "list of strings", "costly", "sub-ids of the affiliate links: network:sub-id" },
    [OUT_SHORTENER] = { "url.shortener", "list of strings", "costly", "hosts of link shorteners among the links" },
    [OUT_BIO] = { "url.bio", "list of strings", "costly", "hosts of link-in-bio pages among the links" },
};
static const char *const inputs[] = { "post.urls", "post.text", NULL };

enum where { WHERE_NONE, WHERE_PARAMETER, WHERE_PATH, WHERE_SUBDOMAIN, WHERE_SEGMENT };

/* A row of affiliates.csv, compiled. */
struct program {
    struct sv network;
    struct sv path;
    enum where where;
    struct sv parameter;
    size_t n;         /* PATH: segment; SEGMENT: piece */
    char separator;   /* SEGMENT */
    struct sv subids; /* names, separated by blanks */
    struct sv target; /* names, separated by blanks, of parameters with the link that this one leads to */
    struct sv needs;  /* a parameter that has to be there, and its value; empty: none */
    struct sv needs_value;
    uint32_t next; /* the next row of the same host, 0 = none (row 0 is a dummy) */
};

struct urls {
    struct catalog affiliates;
    struct catalog shorteners;
    struct catalog bios;
    struct catalog tracking;
    struct map by_host; /* host, "name.<tld>" or "*" -> first program */
    struct map tld;     /* the names of "name.<tld>" */
    struct map shortener;
    struct map bio;
    struct program *program;
    field_id in_urls;
    field_id in_text;
    field_id out[OUT_COUNT];
};

/* ---- loading ---- */

static bool
compile_publisher(struct program *p, struct sv text)
{
    double n;
    p->where = WHERE_PARAMETER;
    p->parameter = text;
    if (text.n == 0) {
        p->where = WHERE_NONE;
    } else if (sv_eq(text, SV("subdomain"))) {
        p->where = WHERE_SUBDOMAIN;
    } else if (sv_starts(text, SV("path:"))) {
        p->where = WHERE_PATH;
        if (!number_parse(sv_from(text, 5), &n) || n < 1 || n > 64)
            return false;
        p->n = (size_t)n;
    } else if (sv_starts(text, SV("segment:"))) {
        p->where = WHERE_SEGMENT;
        if (text.n < 11 || text.p[9] != ':' || !number_parse(sv_from(text, 10), &n) || n < 1 || n > 64)
            return false;
        p->separator = text.p[8];
        p->n = (size_t)n;
    }
    return true;
}

static bool
compile_needs(struct program *p, struct sv text)
{
    const size_t equals = sv_find_char(text, '=', 0);
    p->needs = sv_make(text.p, equals);
    p->needs_value = sv_from(text, equals + 1);
    return text.n == 0 || (equals != 0 && p->needs_value.n != 0);
}

/* Rows of one host are a list in the file's order. */
static void
enter(struct urls *u, struct sv host, uint32_t row)
{
    if (sv_starts(host, SV("*.")))
        host = sv_from(host, 2);
    if (sv_ends(host, SV(".<tld>")))
        map_put(&u->tld, sv_make(host.p, host.n - 6), 0, NULL);
    bool is_new;
    const size_t at = map_put(&u->by_host, host, row, &is_new);
    if (is_new)
        return;
    uint32_t last = u->by_host.entry[at].value;
    while (u->program[last].next != 0)
        last = u->program[last].next;
    u->program[last].next = row;
}

static bool
load_affiliates(struct urls *u, const char *datadir, struct diags *d)
{
    if (!catalog_load(&u->affiliates, datadir, "affiliates.csv", "network,host,path,publisher,subid,target,needs", d))
        return false;
    u->program = mem_zalloc(u->affiliates.n_rows + 1, sizeof *u->program);
    for (size_t r = 0; r < u->affiliates.n_rows; r++) {
        struct program *p = &u->program[r + 1];
        p->network = catalog_cell(&u->affiliates, r, 0);
        p->path = catalog_cell(&u->affiliates, r, 2);
        p->subids = catalog_cell(&u->affiliates, r, 4);
        p->target = catalog_cell(&u->affiliates, r, 5);
        if (!compile_publisher(p, catalog_cell(&u->affiliates, r, 3))) {
            diag_error(d, catalog_at(&u->affiliates, r), "cannot read the publisher '%.*s' of %.*s",
                       SV_ARG(catalog_cell(&u->affiliates, r, 3)), SV_ARG(p->network));
            return false;
        }
        if (!compile_needs(p, catalog_cell(&u->affiliates, r, 6))) {
            diag_error(d, catalog_at(&u->affiliates, r), "'needs' is NAME=VALUE, not '%.*s'",
                       SV_ARG(catalog_cell(&u->affiliates, r, 6)));
            return false;
        }
        enter(u, catalog_cell(&u->affiliates, r, 1), (uint32_t)(r + 1));
    }
    return true;
}

static bool
load_hosts(struct map *m, struct catalog *c, const char *datadir, const char *name, struct diags *d)
{
    if (!catalog_load_list(c, datadir, name, d))
        return false;
    for (size_t r = 0; r < c->n_rows; r++)
        map_put(m, catalog_cell(c, r, 0), 1, NULL);
    return true;
}

static void
url_close(void *ctx)
{
    struct urls *u = ctx;
    catalog_fini(&u->affiliates);
    catalog_fini(&u->shorteners);
    catalog_fini(&u->bios);
    catalog_fini(&u->tracking);
    map_fini(&u->by_host);
    map_fini(&u->tld);
    map_fini(&u->shortener);
    map_fini(&u->bio);
    mem_free(u->program);
    mem_free(u);
}

static void *
url_open(const struct fields *fields, const struct enrich_options *options, struct diags *d)
{
    const char *datadir = options->datadir;
    struct urls *u = mem_zalloc(1, sizeof *u);
    map_init(&u->by_host);
    map_init(&u->tld);
    map_init(&u->shortener);
    map_init(&u->bio);
    u->in_urls = fields_find(fields, SV("post.urls"));
    u->in_text = fields_find(fields, SV("post.text"));
    for (size_t i = 0; i < OUT_COUNT; i++)
        u->out[i] = fields_find(fields, sv_of(outputs[i].name));
    if (load_affiliates(u, datadir, d) && load_hosts(&u->shortener, &u->shorteners, datadir, "shorteners.txt", d) &&
        load_hosts(&u->bio, &u->bios, datadir, "linkinbio.txt", d) &&
        catalog_load_list(&u->tracking, datadir, "tracking_parameters.txt", d))
        return u;
    url_close(u);
    return NULL;
}

/* ---- affiliate links ---- */

/* The id where this program keeps it. `left` is the part of the host left of the row's own. */
static bool
find_publisher(const struct program *p, const struct url *url, struct sv left, struct sv *id)
{
    switch (p->where) {
    case WHERE_NONE:
        *id = SV_NONE;
        return true;
    case WHERE_PARAMETER:
        return url_parameter(url->query, p->parameter, id);
    case WHERE_PATH:
        *id = url_segment(url->path, p->n);
        return id->n != 0;
    case WHERE_SUBDOMAIN:
        *id = left;
        return id->n != 0;
    case WHERE_SEGMENT: {
        struct sv rest = sv_from(url->path, p->path.n);
        rest.n = sv_find_char(rest, '/', 0);
        for (size_t i = 1; sv_split(&rest, p->separator, id); i++)
            if (i == p->n)
                return id->n != 0;
        return false;
    }
    }
    return false;
}

static bool
has_needed(const struct program *p, const struct url *url)
{
    struct sv value;
    return p->needs.n == 0 || (url_parameter(url->query, p->needs, &value) && sv_eq_fold(value, p->needs_value));
}

/* The first row for this host key that fits the link. */
static const struct program *
match_rows(const struct urls *u, struct sv key, const struct url *url, struct sv left, struct sv *id)
{
    const struct map_entry *e = map_get(&u->by_host, key);
    for (uint32_t row = e != NULL ? e->value : 0; row != 0; row = u->program[row].next) {
        const struct program *p = &u->program[row];
        if (sv_starts(url->path, p->path) && has_needed(p, url) && find_publisher(p, url, left, id))
            return p;
    }
    return NULL;
}

/* The rows of "name.<tld>". The public suffix list is slow, so it is asked only about hosts with such a name in
 * them. */
static const struct program *
match_tld(const struct urls *u, const struct url *url, struct arena *scratch, struct sv *id)
{
    struct sv rest = url->host;
    struct sv label;
    while (sv_split(&rest, '.', &label)) {
        if (map_get(&u->tld, label) == NULL)
            continue;
        const struct sv domain = url_registrable(url->host);
        const struct sv name = sv_make(domain.p, sv_find_char(domain, '.', 0));
        if (sv_eq(name, label))
            return match_rows(u, arena_printf(scratch, "%.*s.<tld>", SV_ARG(name)), url, SV_NONE, id);
    }
    return NULL;
}

/* The program of a link: by its host and then every domain above it, then "name.<tld>", then programs of any host. */
static const struct program *
find_program(const struct urls *u, const struct url *url, struct arena *scratch, struct sv *id)
{
    const struct program *p = NULL;
    for (size_t at = 0; p == NULL && at < url->host.n;) {
        const struct sv left = sv_make(url->host.p, at > 0 ? at - 1 : 0);
        p = match_rows(u, sv_from(url->host, at), url, left, id);
        at = sv_find_char(url->host, '.', at) + 1;
    }
    if (p == NULL)
        p = match_tld(u, url, scratch, id);
    return p != NULL ? p : match_rows(u, SV("*"), url, SV_NONE, id);
}

/* ---- canonical landing ---- */

static bool
is_listed(struct sv name, struct sv names)
{
    struct sv one;
    while (sv_split(&names, ' ', &one))
        if (one.n != 0 && sv_eq(one, name))
            return true;
    return false;
}

static bool
is_tracking(const struct urls *u, const struct program *p, struct sv name)
{
    if (p != NULL && ((p->where == WHERE_PARAMETER && sv_eq(name, p->parameter)) || is_listed(name, p->subids)))
        return true;
    for (size_t i = 0; i < u->tracking.n_rows; i++) {
        const struct sv t = catalog_cell(&u->tracking, i, 0);
        const bool is_prefix = t.n != 0 && t.p[t.n - 1] == '*';
        if (is_prefix ? sv_starts(name, sv_make(t.p, t.n - 1)) : sv_eq(name, t))
            return true;
    }
    return false;
}

static int
cmp_sv(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static struct sv
landing(const struct urls *u, const struct program *p, const struct url *url, struct arena *scratch)
{
    struct sv pair[MAX_PARAMETERS];
    struct sv rest = url->query;
    struct sv one;
    size_t n = 0;
    size_t size = url->host.n + url->path.n + url->query.n + 2;
    const struct sv host = sv_starts(url->host, SV("www.")) ? sv_from(url->host, 4) : url->host;

    while (n < MAX_PARAMETERS && sv_split(&rest, '&', &one)) {
        if (one.n != 0 && !is_tracking(u, p, sv_make(one.p, sv_find_char(one, '=', 0))))
            pair[n++] = one;
    }
    if (n > 1)
        qsort(pair, n, sizeof pair[0], cmp_sv);
    char *out = arena_alloc(scratch, size);
    size_t at = host.n;
    memcpy(out, host.p, host.n);
    if (url->path.n > 1) {
        memcpy(out + at, url->path.p, url->path.n);
        at += url->path.n;
    }
    for (size_t i = 0; i < n; i++) {
        out[at++] = i == 0 ? '?' : '&';
        memcpy(out + at, pair[i].p, pair[i].n);
        at += pair[i].n;
    }
    return sv_make(out, at);
}

/* ---- one event ---- */

/* Distinct texts of one output, in order of the links. */
struct texts {
    struct sv v[MAX_LINKS];
    size_t n;
};

static void
add_text(struct texts *t, struct sv text)
{
    for (size_t i = 0; i < t->n; i++)
        if (sv_eq(t->v[i], text))
            return;
    if (text.n != 0 && t->n < MAX_LINKS)
        t->v[t->n++] = text;
}

/* The first of some parameters (names, separated by blanks), decoded. */
static struct sv
first_parameter(struct sv names, const struct url *url, struct arena *scratch)
{
    struct sv name;
    struct sv value;
    while (sv_split(&names, ' ', &name))
        if (name.n != 0 && url_parameter(url->query, name, &value))
            return url_decode(value, scratch);
    return SV_NONE;
}

/* Where the link leads: networks put the shop's link into a parameter of theirs, and that may be a network's again. */
static struct sv
final_landing(const struct urls *u, const struct program *p, const struct url *url, struct arena *scratch)
{
    struct url at = *url;
    for (int hop = 0; p != NULL && hop < MAX_HOPS; hop++) {
        struct url next;
        struct sv id = SV_NONE;
        const struct sv target = first_parameter(p->target, &at, scratch);
        if (target.n == 0 || !url_parse(target, scratch, &next))
            break;
        at = next;
        p = find_program(u, &at, scratch, &id);
    }
    return landing(u, p, &at, scratch);
}

static void
take_link(const struct urls *u, struct event *ev, struct sv link, struct texts t[OUT_COUNT])
{
    struct url url;
    struct sv id = SV_NONE;

    if (!url_parse(link, ev->scratch, &url))
        return;
    const struct sv bare = sv_starts(url.host, SV("www.")) ? sv_from(url.host, 4) : url.host;
    const struct program *p = find_program(u, &url, ev->scratch, &id);
    add_text(&t[OUT_HOST], url.host);
    if (u->out[OUT_DOMAIN] != FIELD_NONE)
        add_text(&t[OUT_DOMAIN], url_registrable(url.host));
    if (u->out[OUT_LANDING] != FIELD_NONE)
        add_text(&t[OUT_LANDING], final_landing(u, p, &url, ev->scratch));
    if (map_get(&u->shortener, bare) != NULL)
        add_text(&t[OUT_SHORTENER], bare);
    if (map_get(&u->bio, bare) != NULL)
        add_text(&t[OUT_BIO], bare);
    if (p == NULL)
        return;
    add_text(&t[OUT_NETWORK], p->network);
    id = url_decode(id, ev->scratch);
    if (id.n != 0)
        add_text(&t[OUT_PUBLISHER], arena_printf(ev->scratch, "%.*s:%.*s", SV_ARG(p->network), SV_ARG(id)));
    const struct sv sub = first_parameter(p->subids, &url, ev->scratch);
    if (sub.n != 0)
        add_text(&t[OUT_SUBID], arena_printf(ev->scratch, "%.*s:%.*s", SV_ARG(p->network), SV_ARG(sub)));
}

static void
take_links(const struct urls *u, struct event *ev, struct texts t[OUT_COUNT])
{
    size_t n;
    size_t taken = 0;
    struct sv text;
    struct value *member = value_members(event_value(ev, u->in_urls), &n);

    for (size_t i = 0; i < n && taken < MAX_LINKS; i++) {
        if (value_text(&member[i], ev->scratch, &text)) {
            take_link(u, ev, text, t);
            taken++;
        }
    }
    if (taken != 0 || !event_text(ev, u->in_text, &text))
        return;
    struct sv link;
    for (size_t at = 0; taken < MAX_LINKS && url_find(text, &at, &link); taken++)
        take_link(u, ev, link, t);
}

static void
url_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct urls *u = ctx;
    struct texts t[OUT_COUNT];

    for (size_t i = 0; i < OUT_COUNT; i++)
        t[i].n = 0;
    take_links(u, ev, t);
    for (size_t i = 0; i < OUT_COUNT; i++) {
        if (i == index)
            event_set_texts(ev, field, t[i].v, t[i].n);
        else if (u->out[i] != FIELD_NONE && ev->v[u->out[i]].kind == VALUE_UNSET)
            event_set_texts(ev, u->out[i], t[i].v, t[i].n);
    }
}

const struct enricher enricher_url = {
    .name = "url",
    .help = "where a post's links lead, and who is paid for them",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = url_open,
    .close = url_close,
    .derive = url_derive,
};
