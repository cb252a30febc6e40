/* SPDX-License-Identifier: Apache-2.0 */
/* Every derived field of a hostile event: line i of the data is the value of the i-th field that enrichers read, a tab
 * parts the members of a list. Formats hand on well-formed UTF-8 only, so lines that are none are left out; what is
 * derived has to be well-formed again, within bounds, and the same whatever is asked first. */
#include "fuzz.h"

#include "base/codec.h"
#include "base/map.h"
#include "base/timestamp.h"
#include "enrich/enrich.h"

const char fuzz_target[] = "enrich";

enum { MAX_MEMBERS = 64, MAX_TEXT = 16384, MAX_DERIVED = 1000 };

static const char *const given[] = {
    "post.text",
    "post.urls",
    "http_request.user_agent",
    "src_endpoint.ip",
    "oauth.redirect_uri",
    "oauth.app_name",
    "oauth.app_description",
    "oauth.scopes",
    "oauth.app_created",
    "oauth.expires_in",
    "oauth.code_created",
    "src_endpoint.asn",
    "src_endpoint.location.country",
    "oauth.level",
};
enum { N_GIVEN = sizeof given / sizeof given[0] };

struct world {
    struct fields *fields;
    struct enrichment *enrichment;
    struct arena scratch;
    struct event ev;
    field_id derived[MAX_DERIVED];
    size_t n_derived;
};

/* Once for all inputs: catalogues are no part of what is fuzzed. */
static struct world *
world(void)
{
    static struct world w;
    struct buf datadir = BUF_INIT;
    const char *top = getenv("top_srcdir");
    if (w.fields != NULL)
        return &w;
    struct diags *d = diags_new();
    buf_printf(&datadir, "%s/data", top != NULL ? top : ".");
    const struct enrich_options o = { .datadir = buf_cstr(&datadir) };
    w.fields = fields_new();
    for (size_t i = 0; i < N_GIVEN; i++)
        fields_add(w.fields, sv_of(given[i]));
    for (size_t i = 0; i < n_enrichers; i++)
        for (size_t k = 0; k < enrichers[i]->n_fields && w.n_derived < MAX_DERIVED; k++)
            w.derived[w.n_derived++] = fields_add(w.fields, sv_of(enrichers[i]->fields[k].name));
    enrich_plan_fields(&o, w.fields);
    w.enrichment = enrichment_new(&o, w.fields, d);
    diags_print(d, stderr);
    fuzz_require(w.enrichment != NULL);
    event_init(&w.ev, fields_count(w.fields), &w.scratch, enrichment_derive(w.enrichment));
    diags_free(d);
    buf_fini(&datadir);
    return &w;
}

static void
set_given(struct world *w, struct sv data)
{
    struct sv line;
    arena_reset(&w->scratch);
    event_reset(&w->ev);
    w->ev.time = INT64_C(1795317255000000);
    for (size_t i = 0; i < N_GIVEN && sv_split(&data, '\n', &line); i++) {
        struct sv member[MAX_MEMBERS];
        size_t n = 0;
        if (line.n == 0 || !utf8_valid(line, NULL))
            continue;
        while (n < MAX_MEMBERS && sv_split(&line, '\t', &member[n]))
            n++;
        event_set_texts(&w->ev, fields_find(w->fields, sv_of(given[i])), member, n);
    }
}

/* A hash over the field's members. */
static uint64_t
look(struct world *w, field_id f)
{
    size_t n;
    struct buf all = BUF_INIT;
    struct value *member = value_members(event_value(&w->ev, f), &n);
    fuzz_require(n <= 128);
    for (size_t i = 0; i < n; i++) {
        struct sv text;
        if (!value_text(&member[i], &w->scratch, &text))
            continue;
        fuzz_require(text.n <= MAX_TEXT && utf8_valid(text, NULL));
        put_bytes(&all, text);
    }
    const uint64_t hash = hash64(buf_view(&all));
    buf_fini(&all);
    return hash;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w = world();
    const struct sv text = { (const char *)data, size };
    uint64_t hash[MAX_DERIVED];

    if (size > MAX_TEXT)
        return 0;
    set_given(w, text);
    for (size_t i = 0; i < w->n_derived; i++)
        hash[i] = look(w, w->derived[i]);
    set_given(w, text);
    for (size_t i = w->n_derived; i-- > 0;)
        fuzz_require(look(w, w->derived[i]) == hash[i]);
    return 0;
}
