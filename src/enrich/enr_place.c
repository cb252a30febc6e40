/* SPDX-License-Identifier: Apache-2.0 */
/* src_endpoint.location.* and the AS number where the log has none, from the MMDB files of --geoip.
 *
 * A place is one thing: the log's own place wins as a whole. If it says more than a country (or says a country that the
 * file contradicts), nothing is added, because half of one place and half of another is a place where nobody was. Of
 * several files the first that knows the place counts, and the first that knows the AS number: providers sell them
 * apart. Without --geoip these fields are the log's alone, and cost nothing. */
#include "base/mem.h"
#include "enrich/enrich.h"
#include "enrich/geodb.h"

enum output {
    OUT_COUNTRY,
    OUT_REGION,
    OUT_CITY,
    OUT_LAT,
    OUT_LONG,
    OUT_RADIUS,
    OUT_PLACE_COUNT,
    OUT_ASN = OUT_PLACE_COUNT,
    OUT_AS_ORG,
    OUT_COUNT
};

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_COUNTRY] = { "src_endpoint.location.country", "string", "costly", "ISO 3166-1 alpha-2" },
    [OUT_REGION] = { "src_endpoint.location.region", "string", "costly", "region" },
    [OUT_CITY] = { "src_endpoint.location.city", "string", "costly", "city" },
    [OUT_LAT] = { "src_endpoint.location.lat", "number", "costly", "degrees north" },
    [OUT_LONG] = { "src_endpoint.location.long", "number", "costly", "degrees east" },
    [OUT_RADIUS] = { "src_endpoint.location.horizontal_accuracy", "number", "costly", "radius in km" },
    [OUT_ASN] = { "src_endpoint.asn", "number", "costly", "autonomous system number" },
    [OUT_AS_ORG] = { "src_endpoint.as_org", "string", "costly", "autonomous system's organisation" },
};

/* All of its outputs, too: to see that the log has them. */
static const char *const inputs[] = { "src_endpoint.ip",
                                      "src_endpoint.location.country",
                                      "src_endpoint.location.region",
                                      "src_endpoint.location.city",
                                      "src_endpoint.location.lat",
                                      "src_endpoint.location.long",
                                      "src_endpoint.location.horizontal_accuracy",
                                      "src_endpoint.asn",
                                      "src_endpoint.as_org",
                                      NULL };

struct place_files {
    struct geodb **db;
    size_t n;
    field_id address;
    field_id out[OUT_COUNT];
};

static bool
place_is_available(const struct enrich_options *o)
{
    return o->n_geoip != 0;
}

static void
place_close(void *ctx)
{
    struct place_files *p = ctx;
    for (size_t i = 0; i < p->n; i++)
        geodb_close(p->db[i]);
    mem_free(p->db);
    mem_free(p);
}

static void *
place_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    struct place_files *p = mem_zalloc(1, sizeof *p);
    bool good = true;
    p->db = mem_zalloc(o->n_geoip, sizeof(struct geodb *));
    p->n = o->n_geoip;
    p->address = fields_find(fields, sv_of(inputs[0]));
    for (size_t i = 0; i < OUT_COUNT; i++)
        p->out[i] = fields_find(fields, sv_of(outputs[i].name));
    for (size_t i = 0; i < p->n; i++) {
        p->db[i] = geodb_open(o->geoip[i], d);
        good = good && p->db[i] != NULL;
    }
    if (good)
        return p;
    place_close(p);
    return NULL;
}

/* ---- one event ---- */

/* What the log says of one of the fields (UNSET: nothing); `asked` is being derived now, so it is not in the log. */
static const struct value *
in_log(const struct place_files *p, const struct event *ev, enum output which, field_id asked)
{
    const struct value *v = &ev->v[p->out[which]];
    return p->out[which] == asked || v->kind == VALUE_UNSET ? NULL : v;
}

/* Does the log leave the place to us, and is that of the file not another country's? */
static bool
is_ours(const struct place_files *p, struct event *ev, field_id asked, const struct geodb_record *r)
{
    struct sv country;
    for (int i = OUT_REGION; i < OUT_PLACE_COUNT; i++)
        if (in_log(p, ev, (enum output)i, asked) != NULL)
            return false;
    if (in_log(p, ev, OUT_COUNTRY, asked) == NULL)
        return true;
    return event_text(ev, p->out[OUT_COUNTRY], &country) && sv_eq_fold(country, r->country);
}

static void
set_text(const struct place_files *p, struct event *ev, enum output which, field_id asked, struct sv text)
{
    if (in_log(p, ev, which, asked) != NULL)
        return;
    if (text.n != 0)
        event_set_text(ev, p->out[which], text);
    else
        event_set_absent(ev, p->out[which]);
}

static void
set_number(const struct place_files *p, struct event *ev, enum output which, field_id asked, bool known, double x)
{
    if (in_log(p, ev, which, asked) != NULL)
        return;
    if (known)
        event_set_number(ev, p->out[which], x);
    else
        event_set_absent(ev, p->out[which]);
}

/* The first record with a place. */
static void
find_place(const struct place_files *p, struct sv address, struct geodb_record *r)
{
    for (size_t i = 0; i < p->n; i++)
        if (geodb_find(p->db[i], address, GEODB_PLACE, r) && (r->has_place || r->country.n != 0))
            return;
    *r = (struct geodb_record){ .asn = -1, .radius = -1 };
}

static void
derive_place(const struct place_files *p, struct event *ev, field_id asked, struct sv address)
{
    struct geodb_record r;
    find_place(p, address, &r);
    if (!is_ours(p, ev, asked, &r))
        r = (struct geodb_record){ .asn = -1, .radius = -1 };
    set_number(p, ev, OUT_LAT, asked, r.has_place, r.lat);
    set_number(p, ev, OUT_LONG, asked, r.has_place, r.longitude);
    set_number(p, ev, OUT_RADIUS, asked, r.has_place && r.radius >= 0, r.radius);
    set_text(p, ev, OUT_REGION, asked, r.region);
    set_text(p, ev, OUT_CITY, asked, r.city);
    set_text(p, ev, OUT_COUNTRY, asked, r.country);
}

/* The organisation is that of the number: where the log has one of them, the other is not added. */
static void
derive_asn(const struct place_files *p, struct event *ev, field_id asked, struct sv address)
{
    const bool is_free = in_log(p, ev, OUT_ASN, asked) == NULL && in_log(p, ev, OUT_AS_ORG, asked) == NULL;
    struct geodb_record r = { .asn = -1 };
    for (size_t i = 0; is_free && r.asn < 0 && i < p->n; i++)
        if (!geodb_find(p->db[i], address, GEODB_NETWORK, &r))
            r.asn = -1;
    if (r.asn < 0)
        r.as_org = SV_NONE;
    set_number(p, ev, OUT_ASN, asked, r.asn >= 0, r.asn);
    set_text(p, ev, OUT_AS_ORG, asked, r.as_org);
}

/* The fields of a place come from one look-up: the first that is asked for fills its siblings. */
static void
place_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct place_files *p = ctx;
    struct sv address = SV_NONE;

    event_text(ev, p->address, &address);
    if (index < OUT_PLACE_COUNT)
        derive_place(p, ev, field, address);
    else
        derive_asn(p, ev, field, address);
}

const struct enricher enricher_place = {
    .name = "place",
    .help = "place and AS number of an address where the log has none, from the files of --geoip",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .is_available = place_is_available,
    .open = place_open,
    .close = place_close,
    .derive = place_derive,
};
