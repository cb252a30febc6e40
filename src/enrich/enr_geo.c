/* SPDX-License-Identifier: Apache-2.0 */
/* geo.*: what lies around the event's country. A person who lives near a border is seen in two countries every day
 * (domain notes 4.1): with the neighbours as a field, a rule can tell that from two countries that are far apart. */
#include "base/mem.h"
#include "base/vec.h"
#include "enrich/enrich.h"
#include "event/borders.h"

static const struct derived_field outputs[] = {
    { "geo.neighbours", "list of strings", "cheap",
      "countries with a land border to src_endpoint.location.country; none of an island" },
};
static const char *const inputs[] = { "src_endpoint.location.country", NULL };

enum { N_CODES = 26 * 26 };

/* The neighbours of code i are list[start[i]] up to list[start[i + 1]]. */
struct geo {
    field_id country;
    size_t start[N_CODES + 1];
    VEC(struct sv) list;
};

/* The number of a code in alphabetical order; -1 if it is none. */
static int
code_number(struct sv country)
{
    int number = 0;
    for (size_t i = 0; i < 2; i++) {
        const char c = country.n == 2 ? country.p[i] : '\0';
        const char letter = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
        if (letter < 'A' || letter > 'Z')
            return -1;
        number = number * 26 + (letter - 'A');
    }
    return number;
}

static void *
geo_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    (void)o;
    (void)d;
    struct geo *g = mem_zalloc(1, sizeof *g);
    g->country = fields_find(fields, sv_of(inputs[0]));
    for (int i = 0; i < N_CODES; i++) {
        const char code[2] = { (char)('A' + i / 26), (char)('A' + i % 26) };
        struct sv near[BORDERS_MAX];
        const size_t n = borders_of(sv_make(code, 2), near);
        for (size_t k = 0; k < n; k++)
            vec_push(&g->list, near[k]);
        g->start[i + 1] = g->list.n;
    }
    return g;
}

static void
geo_close(void *ctx)
{
    struct geo *g = ctx;
    vec_fini(&g->list);
    mem_free(g);
}

static void
geo_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct geo *g = ctx;
    struct sv country;

    (void)index;
    const int i = event_text(ev, g->country, &country) ? code_number(country) : -1;
    if (i < 0)
        event_set_absent(ev, field);
    else
        event_set_texts(ev, field, g->list.v + g->start[i], g->start[i + 1] - g->start[i]);
}

const struct enricher enricher_geo = {
    .name = "geo",
    .help = "what lies around the event's country",
    .fields = outputs,
    .n_fields = sizeof outputs / sizeof outputs[0],
    .inputs = inputs,
    .open = geo_open,
    .close = geo_close,
    .derive = geo_derive,
};
