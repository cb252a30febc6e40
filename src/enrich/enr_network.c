/* SPDX-License-Identifier: Apache-2.0 */
/* ip.class: what kind of network an address belongs to, which decides what its place and its neighbours mean.
 *
 * data/networks/CLASS.txt lists address ranges and AS numbers, one a line, as public lists do, so that a file can be
 * replaced by a download. A range is what somebody wrote down about these very addresses, so it beats the log; an AS
 * number is a whole provider, so the log beats it. Of ranges that hold an address the narrowest counts. */
#include "base/listline.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/number.h"
#include "enrich/address.h"
#include "enrich/catalog.h"
#include "enrich/enrich.h"

static const struct derived_field outputs[] = {
    { "ip.class", "string", "cheap",
      "residential, mobile, hosting, vpn, tor, relay, corporate or satellite: by the ranges of data/networks, else by "
      "src_endpoint.ip_class, else by the AS numbers of data/networks" },
};

enum input { IN_ADDRESS, IN_ASN, IN_CLASS, IN_COUNT };
static const char *const inputs[] = { "src_endpoint.ip", "src_endpoint.asn", "src_endpoint.ip_class", NULL };

/* What is listed twice is the first of these. */
static const char *const classes[] = { "corporate", "tor",    "vpn",     "relay",
                                       "satellite", "mobile", "hosting", "residential" };
enum { N_CLASSES = sizeof classes / sizeof classes[0] };

struct network {
    struct address_table ranges; /* -> 1 + index of class */
    struct map asns;             /* digits -> index of class */
    field_id in[IN_COUNT];
};

/* ---- loading ---- */

/* The digits of "AS64500" or "64500"; empty if it is no AS number. */
static struct sv
asn_digits(struct sv text)
{
    uint64_t n;
    const bool has_prefix = text.n > 2 && sv_eq_fold(sv_make(text.p, 2), SV("as"));
    const struct sv digits = has_prefix ? sv_from(text, 2) : text;
    return digits.n != 0 && digits.p[0] != '0' && number_parse_u64(digits, &n) && n <= UINT32_MAX ? digits : SV_NONE;
}

static bool
enter(struct network *w, struct sv value, uint32_t class, struct span at, struct diags *d)
{
    struct address first;
    struct address last;
    const struct sv asn = asn_digits(value);
    if (asn.n != 0 && asn.n != value.n) {
        map_put(&w->asns, asn, class, NULL);
        return true;
    }
    const char *wrong = address_parse_range(value, &first, &last);
    if (wrong != NULL) {
        diag_error(d, at,
                   "'%.*s' %s; a line is an address, a range such as 198.51.100.0/24, or an AS number such as AS64500",
                   SV_ARG(value), wrong);
        return false;
    }
    address_table_add(&w->ranges, first, last, class + 1);
    return true;
}

static bool
load_line(struct network *w, struct sv line, uint32_t class, struct span at, int64_t now, struct diags *d)
{
    struct listline l;
    struct sv bad;
    if (!listline_parse(line, &l, &bad)) {
        diag_error(d, at, "'until' needs a date YYYY-MM-DD, not '%.*s'", SV_ARG(bad));
        return false;
    }
    if (listline_is_over(&l, now)) {
        diag_note(d, at, "the entry has run out and no longer counts");
        return true;
    }
    return enter(w, l.value, class, at, d);
}

static bool
load_class(struct network *w, uint32_t class, const struct enrich_options *o, struct diags *d)
{
    struct catalog list;
    char name[64];
    snprintf(name, sizeof name, "networks/%s.txt", classes[class]);
    bool good = catalog_load_list(&list, o->datadir, name, d);
    for (size_t r = 0; r < list.n_rows; r++)
        good = load_line(w, catalog_cell(&list, r, 0), class, catalog_at(&list, r), o->now, d) && good;
    catalog_fini(&list);
    return good;
}

static void
network_close(void *ctx)
{
    struct network *w = ctx;
    address_table_fini(&w->ranges);
    map_fini(&w->asns);
    mem_free(w);
}

static void *
network_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    struct network *w = mem_zalloc(1, sizeof *w);
    bool good = true;
    map_init(&w->asns);
    for (size_t i = 0; i < IN_COUNT; i++)
        w->in[i] = fields_find(fields, sv_of(inputs[i]));
    for (uint32_t i = 0; i < N_CLASSES; i++)
        good = load_class(w, i, o, d) && good;
    address_table_freeze(&w->ranges);
    if (good)
        return w;
    network_close(w);
    return NULL;
}

/* ---- one event ---- */

static void
network_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct network *w = ctx;
    struct address a;
    struct sv text;

    (void)index;
    event_set_absent(ev, field);
    if (w->ranges.steps.n != 0 && event_text(ev, w->in[IN_ADDRESS], &text) && address_parse(text, &a) != 0) {
        const uint32_t class = address_table_find(&w->ranges, a);
        if (class != 0) {
            event_set_text(ev, field, sv_of(classes[class - 1]));
            return;
        }
    }
    if (event_text(ev, w->in[IN_CLASS], &text)) {
        event_set_text(ev, field, text);
        return;
    }
    if (!event_text(ev, w->in[IN_ASN], &text))
        return;
    const struct map_entry *e = map_get(&w->asns, asn_digits(text));
    if (e != NULL)
        event_set_text(ev, field, sv_of(classes[e->value]));
}

const struct enricher enricher_network = {
    .name = "network",
    .help = "what kind of network an address belongs to",
    .fields = outputs,
    .n_fields = sizeof outputs / sizeof outputs[0],
    .inputs = inputs,
    .open = network_open,
    .close = network_close,
    .derive = network_derive,
};
