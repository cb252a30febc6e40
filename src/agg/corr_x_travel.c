/* SPDX-License-Identifier: Apache-2.0 */
/* x-travel: two places of one group are farther apart than their accuracy radii and the time allow (domain.md 4.2).
 *
 * Each hit is compared with the last few places of the group (its anchors), not only with the previous one: sessions
 * interleave, and A-B-A would hide B. What comes from a VPN, Tor and the like is compared but never becomes an anchor,
 * else the owner's next honest log-in would fire. A pair that has an innocent explanation still makes a finding, at
 * level informational, and the evidence names every explanation that applies. */
#include <arpa/inet.h>
#include <math.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/geo.h"
#include "agg/values.h"
#include "agg/window.h"
#include "base/map.h"
#include "base/timestamp.h"

enum { SPEED, DISTANCE, ANCHORS, LAT, LONG, RADIUS, NOT_ANCHOR, SAME };

#define ANCHORS_MAX 1000
#define SHORTEST_US (60 * SECOND) /* less time than this counts as this much */
#define KNOWN_SPAN (30 * DAY)     /* a place is known after KNOWN_HITS on two days of this span */
#define KNOWN_HITS 3
#define PLACES_FEW 1024          /* not worth looking which of them are forgotten */
#define LEARNING_HITS 10         /* an account is still learnt from with fewer earlier hits, */
#define LEARNING_SPAN (14 * DAY) /* all of them younger than this */

static const struct corr_param params[] = {
    { "speed", PARAM_NUMBER, false, NULL, "km/h that are still believable [900]" },
    { "distance", PARAM_NUMBER, false, NULL, "km below which nothing is said [500]" },
    { "anchors", PARAM_COUNT, false, NULL, "earlier places that a hit is compared with [4]" },
    { "place.lat", PARAM_FIELD, false, NULL, "degrees north [src_endpoint.location.lat]" },
    { "place.long", PARAM_FIELD, false, NULL, "degrees east [src_endpoint.location.long]" },
    { "place.radius", PARAM_FIELD, false, NULL, "accuracy in km [src_endpoint.location.horizontal_accuracy]" },
    { "not-anchor", PARAM_VALUES, false, NULL,
      "classes (ip.class) whose place says nothing about the owner [vpn tor relay hosting satellite]" },
    { "same", PARAM_FIELDS, false, NULL,
      "pairs that share a value of such a field are not compared [src_endpoint.ip]" },
};

/* Fields that are read without being told. */
enum canonical { CITY, REGION, COUNTRY, CLASS, IP, DEVICE, N_CANONICAL };

struct config {
    double speed, distance;
    size_t n_anchors;
    struct text_set not_anchor;
    const field_id *lat, *longitude, *radius; /* by position */
    const field_id *same;                     /* [pos * n_same + k] */
    size_t n_same;
    field_id canonical[N_CANONICAL];
    field_id log_class; /* where nobody derives ip.class */
};

/* The argument's fields, or the default one for every position. */
static const field_id *
fields_or(const struct correlation *c, size_t param, const char *name, struct fields *fields, struct arena *arena)
{
    if (c->args[param].given)
        return c->args[param].fields;
    field_id *id = ARENA_ARRAY(arena, field_id, c->n_inputs);
    for (size_t i = 0; i < c->n_inputs; i++)
        id[i] = fields_add(fields, sv_of(name));
    return id;
}

static double
number_or(const struct correlation *c, size_t param, double fallback)
{
    return c->args[param].given ? c->args[param].number : fallback;
}

static struct text_set
classes(const struct correlation *c, struct arena *arena)
{
    static const struct sv usual[] = {
        { "vpn", 3 }, { "tor", 3 }, { "relay", 5 }, { "hosting", 7 }, { "satellite", 9 }
    };
    const struct corr_arg *arg = &c->args[NOT_ANCHOR];
    return arg->given ? values_set(arena, arg->values, arg->n_values)
                      : values_set(arena, usual, sizeof usual / sizeof usual[0]);
}

static void
prepare(struct correlation *c, struct fields *fields, struct arena *arena, struct diags *d)
{
    static const char *const names[N_CANONICAL] = {
        [CITY] = "src_endpoint.location.city",
        [REGION] = "src_endpoint.location.region",
        [COUNTRY] = "src_endpoint.location.country",
        [CLASS] = "ip.class",
        [IP] = "src_endpoint.ip",
        [DEVICE] = "device.uid",
    };
    struct config *config = ARENA_NEW(arena, struct config);
    const double anchors = number_or(c, ANCHORS, 4);
    config->speed = number_or(c, SPEED, 900);
    config->distance = number_or(c, DISTANCE, 500);
    if (config->speed < 0)
        diag_error(d, c->args[SPEED].at, "'speed' cannot be negative");
    if (config->distance < 0)
        diag_error(d, c->args[DISTANCE].at, "'distance' cannot be negative");
    if (anchors < 1 || anchors > ANCHORS_MAX)
        diag_error(d, c->args[ANCHORS].at, "'anchors' has to be between 1 and %d", ANCHORS_MAX);
    else
        config->n_anchors = (size_t)anchors;
    config->not_anchor = classes(c, arena);
    config->lat = fields_or(c, LAT, "src_endpoint.location.lat", fields, arena);
    config->longitude = fields_or(c, LONG, "src_endpoint.location.long", fields, arena);
    config->radius = fields_or(c, RADIUS, "src_endpoint.location.horizontal_accuracy", fields, arena);
    config->same = fields_or(c, SAME, names[IP], fields, arena);
    config->n_same = c->args[SAME].given ? c->args[SAME].n_fields : 1;
    for (size_t i = 0; i < N_CANONICAL; i++)
        config->canonical[i] = fields_add(fields, sv_of(names[i]));
    config->log_class = fields_add(fields, SV("src_endpoint.ip_class"));
    c->threshold = arena_printf(arena, "gt %g km/h over %g km", config->speed, config->distance);
    c->config = config;
}

/* ---- record: place, texts, values of the `same` fields ----
 *
 * A zero, three numbers, texts, and for each `same` field SAME_IS_IP if it is the one text of the address (it is the
 * address by default), or SAME_IS_LIST and the list. The zero keeps the name of a place that is nothing but its
 * coordinates (from there to the second number) apart from one that begins with a city. */

enum { SAME_IS_IP, SAME_IS_LIST };

/* Coordinates and radii have few decimals. A number that is a whole number of these is that number in zigzag, plus one;
 * any other is a zero and a double. */
#define PARTS 1e4
#define WHOLE_MOST 1e13

static void
put_number(struct buf *b, double x)
{
    const double parts = x * PARTS;
    const int64_t whole = fabs(parts) < WHOLE_MOST ? (int64_t)(parts < 0 ? parts - 0.5 : parts + 0.5) : 0;
    if ((double)whole / PARTS == x && (whole != 0 || !signbit(x))) {
        put_varint(b, (whole < 0 ? ((uint64_t)-whole << 1) - 1 : (uint64_t)whole << 1) + 1);
        return;
    }
    put_varint(b, 0);
    put_double(b, x);
}

/* NAN if nothing is there. */
static double
get_number(struct reader *r)
{
    const uint64_t z = get_varint(r);
    if (z == 0)
        return r->bad ? NAN : get_double(r);
    const uint64_t whole = (z - 1) >> 1;
    return ((z - 1) & 1) != 0 ? -((double)whole + 1) / PARTS : (double)whole / PARTS;
}

static double
radius_of(const struct config *config, unsigned pos, struct event *ev)
{
    double radius;
    if (values_number(ev, config->radius[pos], &radius) && radius >= 0)
        return radius;
    struct sv city = SV_NONE, region = SV_NONE;
    event_text(ev, config->canonical[CITY], &city);
    event_text(ev, config->canonical[REGION], &region);
    return geo_default_radius_km(city.n != 0, region.n != 0);
}

/* The texts of a `same` field. */
static void
put_same(const struct config *config, struct event *ev, field_id field, struct buf *payload)
{
    const struct value *v = &ev->v[field];
    if (field == config->canonical[IP] && v->kind == VALUE_STRING) {
        put_varint(payload, SAME_IS_IP);
        return;
    }
    put_varint(payload, SAME_IS_LIST);
    values_put_texts(ev, field, payload);
}

static bool
record(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    const struct config *config = c->config;
    double lat, longitude;
    if (!values_number(ev, config->lat[pos], &lat) || !values_number(ev, config->longitude[pos], &longitude) ||
        !geo_is_place(lat, longitude)) {
        (void)skipped; /* the hit itself is what is skipped */
        return false;
    }
    buf_putc(payload, 0);
    put_number(payload, lat);
    put_number(payload, longitude);
    put_number(payload, radius_of(config, pos, ev));
    for (size_t i = 0; i < N_CANONICAL; i++) {
        struct sv text = SV_NONE;
        if (!event_text(ev, config->canonical[i], &text) && i == CLASS)
            event_text(ev, config->log_class, &text);
        put_bytes(payload, text);
    }
    for (size_t k = 0; k < config->n_same; k++)
        put_same(config, ev, config->same[pos * config->n_same + k], payload);
    return true;
}

static bool
is_payload(const struct correlation *c, unsigned pos, struct reader *r)
{
    const struct config *config = c->config;
    const uint64_t zero = get_varint(r);
    const double lat = get_number(r), longitude = get_number(r), radius = get_number(r);
    size_t n;
    (void)pos;
    if (zero != 0 || !isfinite(lat) || !isfinite(longitude) || !geo_is_place(lat, longitude) || !isfinite(radius) ||
        radius < 0)
        return false;
    for (size_t i = 0; i < N_CANONICAL; i++)
        get_bytes(r);
    for (size_t k = 0; k < config->n_same && !r->bad; k++) {
        const uint64_t how = get_varint(r);
        if (how > SAME_IS_LIST || (how == SAME_IS_LIST && !values_skip_texts(r, 0, &n)))
            return false;
    }
    return true;
}

/* ---- sweep ---- */

/* A hit as read from its payload. */
struct stop {
    struct hit h;
    double lat, longitude, radius;
    struct sv text[N_CANONICAL]; /* empty: none */
    struct sv same;              /* encoded lists */
    struct sv place;             /* its name, for `known` */
};

/* The hits at a place that decide whether it is known. */
struct visits {
    int64_t latest[KNOWN_HITS]; /* times, the latest first */
    unsigned n;                 /* how many there are */
    bool has_other_day;
    int64_t other_day; /* the latest that is of another day than latest[0] */
};

struct journey {
    const struct correlation *c;
    const struct config *config;
    struct sweep *s;
    struct stop *anchor; /* ring of the last n_anchors */
    size_t n_anchored;   /* ever */
    struct map places;   /* of anchors; index in visits */
    VEC(struct visits) visits;
    size_t most_places;   /* then those that are forgotten are looked for */
    struct arena scratch; /* of one hit */
    uint64_t n_before;
    int64_t first;
    int64_t judge_from; /* hits before it only leave places */
};

static void
read_stop(const struct hit *h, struct stop *stop)
{
    struct reader r = reader_of(h->payload);
    stop->h = *h;
    get_varint(&r);
    stop->lat = get_number(&r);
    stop->longitude = get_number(&r);
    stop->place = sv_make(h->payload.p, (size_t)(r.p - h->payload.p));
    stop->radius = get_number(&r);
    const char *texts = r.p;
    for (size_t i = 0; i < N_CANONICAL; i++) {
        stop->text[i] = get_bytes(&r);
        if (i == COUNTRY && stop->text[CITY].n != 0) /* else it is the point itself */
            stop->place = sv_make(texts, (size_t)(r.p - texts));
    }
    stop->same = sv_make(r.p, (size_t)(r.end - r.p));
}

static int64_t
day_of(int64_t time)
{
    return time >= 0 ? time / DAY : (time - (DAY - 1)) / DAY;
}

/* Is there no hit at the place that still matters? */
static bool
is_forgotten(const struct visits *v, int64_t now)
{
    return window_age(v->latest[0], now) > (uint64_t)KNOWN_SPAN;
}

/* Leaves the places of the last KNOWN_SPAN: there are no more than hits in it, and hardly ever as many. */
static void
forget(struct journey *j, int64_t now)
{
    struct map left;
    size_t n = 0;
    map_init(&left);
    for (size_t i = 0; i < j->places.n; i++) {
        if (is_forgotten(&j->visits.v[i], now))
            continue;
        map_put(&left, j->places.entry[i].key, 0, NULL);
        j->visits.v[n++] = j->visits.v[i];
    }
    map_fini(&j->places);
    j->places = left;
    j->visits.n = n;
    j->most_places = n > PLACES_FEW / 2 ? 2 * n : PLACES_FEW;
}

/* Hits come in order of time. */
static void
remember(struct journey *j, const struct stop *stop)
{
    const int64_t now = stop->h.time;
    bool is_new;
    if (j->places.n >= j->most_places)
        forget(j, now);
    const size_t i = map_put(&j->places, stop->place, 0, &is_new);
    if (is_new) {
        const struct visits none = { .n = 0 };
        vec_push(&j->visits, none);
    }
    struct visits *v = &j->visits.v[i];
    if (v->n != 0 && day_of(v->latest[0]) != day_of(now)) {
        v->has_other_day = true;
        v->other_day = v->latest[0];
    }
    memmove(v->latest + 1, v->latest, (KNOWN_HITS - 1) * sizeof v->latest[0]);
    v->latest[0] = now;
    v->n += v->n < KNOWN_HITS;
}

/* The last KNOWN_HITS hits tell whether there are as many, and the last one of another day than the latest whether
 * there are two days; the hits between need not be kept. */
static bool
is_known(const struct journey *j, const struct stop *stop, int64_t now)
{
    const struct map_entry *entry = map_get(&j->places, stop->place);
    if (entry == NULL)
        return false;
    const struct visits *v = &j->visits.v[entry - j->places.entry];
    return v->n == KNOWN_HITS && window_age(v->latest[KNOWN_HITS - 1], now) <= (uint64_t)KNOWN_SPAN &&
           v->has_other_day && window_age(v->other_day, now) <= (uint64_t)KNOWN_SPAN;
}

/* The texts of the next `same` field. */
static const struct sv *
next_same(struct reader *r, const struct stop *stop, struct arena *arena, size_t *n)
{
    if (get_varint(r) != SAME_IS_IP)
        return values_get_texts(r, arena, n);
    *n = 1;
    return &stop->text[IP];
}

/* Do two lists have a text in common? */
static bool
lists_meet(const struct sv *a, size_t n_a, const struct sv *b, size_t n_b, struct arena *arena)
{
    if (n_a == 1 && n_b == 1)
        return sv_eq(a[0], b[0]);
    const struct text_set set = values_set(arena, a, n_a);
    for (size_t i = 0; i < n_b; i++)
        if (values_set_has(&set, b[i]))
            return true;
    return false;
}

static bool
share_value(struct journey *j, const struct stop *a, const struct stop *b)
{
    struct reader ra = reader_of(a->same), rb = reader_of(b->same);
    bool meet = false;
    for (size_t k = 0; k < j->config->n_same && !meet; k++) {
        size_t n_a, n_b;
        const struct sv *v_a = next_same(&ra, a, &j->scratch, &n_a), *v_b = next_same(&rb, b, &j->scratch, &n_b);
        meet = lists_meet(v_a, n_a, v_b, n_b, &j->scratch);
    }
    return meet;
}

struct pair {
    const struct stop *from;
    double km, hours, speed;
};

static bool
compare(struct journey *j, const struct stop *from, const struct stop *to, struct pair *p)
{
    if (share_value(j, from, to))
        return false;
    const uint64_t us = window_age(from->h.time, to->h.time);
    p->from = from;
    p->km = geo_distance_beyond_km(geo_distance_km(from->lat, from->longitude, to->lat, to->longitude), from->radius,
                                   to->radius);
    p->hours = (double)(us > (uint64_t)SHORTEST_US ? us : (uint64_t)SHORTEST_US) / (double)HOUR;
    p->speed = p->km / p->hours;
    return p->km >= j->config->distance && p->speed > j->config->speed;
}

/* The worst qualifying pair; of equals, the one with the most recent anchor. */
static bool
worst_pair(struct journey *j, const struct stop *to, struct pair *worst)
{
    const size_t n = j->n_anchored < j->config->n_anchors ? j->n_anchored : j->config->n_anchors;
    bool found = false;
    for (size_t back = 1; back <= n; back++) {
        const struct stop *from = &j->anchor[(j->n_anchored - back) % j->config->n_anchors];
        struct pair p;
        if (window_age(from->h.time, to->h.time) > (uint64_t)j->c->timespan)
            break; /* older ones are older still */
        if (compare(j, from, to, &p) && (!found || p.speed > worst->speed)) {
            *worst = p;
            found = true;
        }
    }
    return found;
}

/* ---- what softens a finding ---- */

/* The network part of an address: the first 24 bits of an IPv4 address, 48 of an IPv6 one. Returns its bytes; 0: no
 * address. */
static size_t
network_of(struct sv ip, unsigned char out[6])
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:a.b.c.d */
    char z[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    if (ip.n == 0 || ip.n >= sizeof z)
        return 0;
    memcpy(z, ip.p, ip.n);
    z[ip.n] = '\0';
    if (inet_pton(AF_INET, z, bytes) == 1) {
        memcpy(out, bytes, 3);
        return 3;
    }
    if (inet_pton(AF_INET6, z, bytes) != 1)
        return 0;
    const bool is_v4 = memcmp(bytes, mapped, sizeof mapped) == 0;
    memcpy(out, is_v4 ? bytes + sizeof mapped : bytes, is_v4 ? 3 : 6);
    return is_v4 ? 3 : 6;
}

static bool
is_same_network(const struct stop *a, const struct stop *b)
{
    unsigned char net_a[6], net_b[6];
    const size_t n = network_of(a->text[IP], net_a);
    return n != 0 && n == network_of(b->text[IP], net_b) && memcmp(net_a, net_b, n) == 0;
}

static bool
is_learning(const struct journey *j, const struct stop *to)
{
    return j->n_before < LEARNING_HITS && window_age(j->first, to->h.time) < (uint64_t)LEARNING_SPAN;
}

static bool
is_not_anchor(const struct journey *j, const struct stop *stop)
{
    return values_set_has(&j->config->not_anchor, stop->text[CLASS]);
}

static struct sv
soften(struct journey *j, const struct stop *from, const struct stop *to)
{
    const struct sv a = from->text[COUNTRY], b = to->text[COUNTRY];
    struct sv reason[8];
    size_t n = 0;
    if (is_same_network(from, to))
        reason[n++] = SV("same network");
    if (to->text[DEVICE].n != 0 && sv_eq(from->text[DEVICE], to->text[DEVICE]))
        reason[n++] = SV("same device");
    if (is_not_anchor(j, to))
        reason[n++] = arena_printf(&j->scratch, "ip class %.*s", SV_ARG(to->text[CLASS]));
    if (is_known(j, from, to->h.time) && is_known(j, to, to->h.time))
        reason[n++] = SV("both places known");
    if (a.n != 0 && sv_eq_fold(a, b))
        reason[n++] = SV("same country");
    else if (geo_borders(a, b))
        reason[n++] = SV("bordering countries");
    if (is_learning(j, to))
        reason[n++] = SV("still learning");
    return values_join(&j->scratch, reason, n);
}

/* ---- findings ---- */

/* "Berlin, DE (52.52, 13.4)" */
static struct sv
place_text(struct journey *j, const struct stop *stop)
{
    struct sv part[3];
    size_t n = 0;
    for (size_t i = CITY; i <= COUNTRY; i++)
        if (stop->text[i].n != 0)
            part[n++] = stop->text[i];
    const struct sv name = values_join(&j->scratch, part, n);
    return arena_printf(&j->scratch, "%.*s%s(%.10g, %.10g)", SV_ARG(name), n != 0 ? " " : "", stop->lat,
                        stop->longitude);
}

static double
rounded(double x)
{
    return round(x * 1000) / 1000;
}

static void
fire(struct journey *j, const struct pair *p, const struct stop *to, struct episode *e)
{
    const struct sv softened = soften(j, p->from, to);
    e->first_seen = p->from->h.time;
    e->fired_at = e->last_seen = e->until = to->h.time;
    e->value = e->peak = p->speed;
    e->fired = to->h;
    e->event_count = 2;
    e->facts_of_fired = true;
    if (softened.n != 0)
        e->level = LEVEL_INFORMATIONAL;
    episode_say(e, SV("from"), place_text(j, p->from));
    episode_say(e, SV("to"), place_text(j, to));
    episode_say_number(e, SV("km"), rounded(p->km));
    episode_say_number(e, SV("hours"), rounded(p->hours));
    episode_say_number(e, SV("km_per_hour"), rounded(p->speed));
    if (softened.n != 0)
        episode_say(e, SV("softened"), softened);
    episode_add(e, &p->from->h);
    episode_add(e, &to->h);
    sweep_fire(j->s, e);
}

static void
step(struct journey *j, const struct hit *h, struct episode *e)
{
    struct stop to;
    struct pair worst;
    read_stop(h, &to);
    arena_reset(&j->scratch);
    if (h->time >= j->judge_from && worst_pair(j, &to, &worst))
        fire(j, &worst, &to, e);
    if (is_not_anchor(j, &to))
        return;
    j->anchor[j->n_anchored++ % j->config->n_anchors] = to;
    remember(j, &to);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const struct past *past = group_past(g);
    struct journey j = { .c = c,
                         .config = c->config,
                         .s = s,
                         .most_places = PLACES_FEW,
                         .n_before = past->n_hits,
                         .first = past->first,
                         .judge_from = past->judge_from };
    struct episode e;
    struct hit h;
    j.anchor = ARENA_ARRAY(sweep_arena(s), struct stop, j.config->n_anchors);
    map_init(&j.places);
    episode_init(&e, s);
    for (; group_next(g, &h); j.n_before++) {
        if (j.n_before == 0)
            j.first = h.time;
        step(&j, &h, &e);
    }
    map_fini(&j.places);
    vec_fini(&j.visits);
    arena_fini(&j.scratch);
}

/* Anchors within the timespan, and the hits that decide which places are known. */
static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    (void)g;
    carry_single_hits(k, c->timespan > KNOWN_SPAN ? c->timespan : KNOWN_SPAN);
}

const struct corr_type corr_x_travel = {
    .name = "x-travel",
    .help = "two places of a group are farther apart than their radii and the time allow",
    .metric = "km/h",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_NONE,
    .default_timespan = 24 * HOUR,
    .single_hits = true,
    .prepare = prepare,
    .record = record,
    .payload_version = 1,
    .is_payload = is_payload,
    .sweep = sweep,
    .carry = carry,
    .carries_by_time = true,
    .has_past = true,
};
