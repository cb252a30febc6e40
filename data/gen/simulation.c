/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Pairs of neighbours across a border stand first: commuters live in one and work in the other. */
const struct city sim_cities[] = {
    { "Freiburg", "DE", 47.99, 7.85, 3320 },       { "Mulhouse", "FR", 47.75, 7.34, 3215 },
    { "Aachen", "DE", 50.78, 6.08, 3209 },         { "Liege", "BE", 50.63, 5.57, 5432 },
    { "Detroit", "US", 42.33, -83.05, 7922 },      { "Windsor", "CA", 42.31, -83.04, 812 },
    { "San Diego", "US", 32.72, -117.16, 20001 },  { "Tijuana", "MX", 32.51, -117.04, 8151 },
    { "Berlin", "DE", 52.52, 13.40, 3320 },        { "Paris", "FR", 48.86, 2.35, 3215 },
    { "London", "GB", 51.51, -0.13, 2856 },        { "Madrid", "ES", 40.42, -3.70, 3352 },
    { "Rome", "IT", 41.90, 12.50, 3269 },          { "Warsaw", "PL", 52.23, 21.01, 5617 },
    { "New York", "US", 40.71, -74.01, 701 },      { "Chicago", "US", 41.88, -87.63, 7922 },
    { "Los Angeles", "US", 34.05, -118.24, 7018 }, { "Toronto", "CA", 43.65, -79.38, 577 },
    { "Mexico City", "MX", 19.43, -99.13, 8151 },  { "Sao Paulo", "BR", -23.55, -46.63, 28573 },
    { "Lagos", "NG", 6.52, 3.38, 29465 },          { "Nairobi", "KE", -1.29, 36.82, 33771 },
    { "Cairo", "EG", 30.04, 31.24, 8452 },         { "Istanbul", "TR", 41.01, 28.98, 9121 },
    { "Dubai", "AE", 25.20, 55.27, 5384 },         { "Mumbai", "IN", 19.08, 72.88, 55836 },
    { "Delhi", "IN", 28.61, 77.21, 24560 },        { "Singapore", "SG", 1.35, 103.82, 9506 },
    { "Jakarta", "ID", -6.21, 106.85, 7713 },      { "Manila", "PH", 14.60, 120.98, 9299 },
    { "Tokyo", "JP", 35.68, 139.69, 4713 },        { "Seoul", "KR", 37.57, 126.98, 4766 },
    { "Sydney", "AU", -33.87, 151.21, 1221 },
};
const unsigned n_sim_cities = sizeof sim_cities / sizeof sim_cities[0];

#define CHROME "AppleWebKit/537.36 (KHTML, like Gecko) "
const char *const sim_agents[] = {
    [CHROME_WINDOWS] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " CHROME "Chrome/141.0.0.0 Safari/537.36",
    [SAFARI_PHONE] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                     "Version/18.5 Mobile/15E148 Safari/604.1",
    [CHROME_PHONE] = "Mozilla/5.0 (Linux; Android 10; K) " CHROME "Chrome/141.0.0.0 Mobile Safari/537.36",
    [SAFARI_MAC] = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                   "Version/18.5 Safari/605.1.15",
    [FIREFOX_LINUX] = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    [AGENT_PYTHON] = "python-requests/2.32.3",
    [AGENT_OKHTTP] = "okhttp/4.12.0",
    [AGENT_HEADLESS] = "Mozilla/5.0 (X11; Linux x86_64) " CHROME "HeadlessChrome/141.0.0.0 Safari/537.36",
    [CHROME_WINDOWS_NEXT] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) " CHROME "Chrome/142.0.0.0 Safari/537.36",
};

static void *
grown(void *p, size_t n, size_t size)
{
    p = realloc(p, n * size);
    if (p == NULL)
        abort();
    return p;
}

const char *
sim_string(struct sim *s, const char *format, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    s->strings = grown(s->strings, s->n_strings + 1, sizeof *s->strings);
    s->strings[s->n_strings] = strdup(text);
    if (s->strings[s->n_strings] == NULL)
        abort();
    return s->strings[s->n_strings++];
}

/* ---- places ---- */

struct origin
sim_origin(struct sim *s, unsigned city, enum ip_class class_)
{
    /* 240.0.0.0/4 (reserved, RFC 1112) has room for networks that are told apart by their /24, and belongs to nobody;
     * carriers have 100.64.0.0/10 (shared, RFC 6598). Every class has a part of its own. */
    struct origin o = { .city = (uint8_t)city, .class_ = (uint8_t)class_, .asn = sim_cities[city].asn };
    o.ip = 0xf0000000u + ((uint32_t)class_ << 25) + rng_below(&s->rng, 1u << 25);
    switch (class_) {
    case MOBILE:
        o.ip = 0x64400000u | city << 16 | rng_below(&s->rng, 256);
        o.asn = 64300 + city;
        break;
    case HOSTING:
        o.asn = 64500 + rng_below(&s->rng, 12);
        break;
    case VPN:
        o.asn = 64520 + rng_below(&s->rng, 4);
        break;
    default:
        break;
    }
    return o;
}

struct origin
sim_beside(struct sim *s, struct origin from)
{
    from.ip = (from.ip & 0xffffff00u) | rng_below(&s->rng, 256);
    return from;
}

double
sim_distance(unsigned a, unsigned b)
{
    const double rad = 3.14159265358979 / 180;
    const double la = sim_cities[a].lat * rad;
    const double lb = sim_cities[b].lat * rad;
    const double h =
        pow(sin((la - lb) / 2), 2) + cos(la) * cos(lb) * pow(sin((sim_cities[a].lon - sim_cities[b].lon) * rad / 2), 2);
    return 2 * 6371.0088 * asin(sqrt(h < 1 ? h : 1));
}

unsigned
sim_far(struct sim *s, unsigned city, double km)
{
    for (;;) {
        const unsigned c = rng_below(&s->rng, n_sim_cities);
        if (sim_distance(city, c) >= km && strcmp(sim_cities[c].country, sim_cities[city].country) != 0)
            return c;
    }
}

/* ---- the world ---- */

static uint32_t
id_of(struct sim *s)
{
    return (uint32_t)rng_next(&s->rng) | 1;
}

static void
add_person(struct sim *s, struct person *p)
{
    const unsigned city = 8 + rng_zipf(&s->rng, n_sim_cities - 8, 6);
    p->home = sim_origin(s, city, RESIDENTIAL);
    p->phone = sim_origin(s, city, MOBILE);
    if (rng_chance(&s->rng, 0.06))
        p->tunnel = sim_origin(s, rng_below(&s->rng, n_sim_cities), VPN);
    p->device[0] = id_of(s);
    p->device[1] = id_of(s);
    p->agent[0] = (uint8_t[]){ CHROME_WINDOWS, SAFARI_MAC, FIREFOX_LINUX, CHROME_WINDOWS }[rng_below(&s->rng, 4)];
    p->agent[1] = (uint8_t[]){ SAFARI_PHONE, CHROME_PHONE }[rng_below(&s->rng, 2)];
    /* Most people come seldom, a few many times a day: the login study's shape (Wiefling et al.). */
    p->visits = (float)(0.04 + 1.6 * pow(rng_unit(&s->rng), 6));
    for (int k = 0; k < MAX_ACCOUNT_APPS; k++)
        p->app[k].app = -1;
}

void
sim_init(struct sim *s, uint64_t seed, unsigned days, uint32_t n_accounts, uint32_t n_apps)
{
    *s = (struct sim){ .rng = { seed }, .start = INT64_C(1794787200) * SECOND, .days = days, .n_accounts = n_accounts };
    s->end = s->start + (int64_t)days * DAY;
    s->person = calloc(n_accounts, sizeof *s->person);
    if (s->person == NULL)
        abort();
    for (uint32_t i = 0; i < n_accounts; i++)
        add_person(s, &s->person[i]);
    s->n_ordinary = n_apps;
}

void
sim_fini(struct sim *s)
{
    for (size_t i = 0; i < s->n_strings; i++)
        free(s->strings[i]);
    free(s->strings);
    free(s->person);
    free(s->app);
    free(s->ev);
}

int
sim_new_app(struct sim *s, const char *name, uint32_t scopes, int64_t age)
{
    s->app = grown(s->app, s->n_apps + 1, sizeof *s->app);
    struct sim_app *a = &s->app[s->n_apps];
    *a = (struct sim_app){
        .scopes = scopes | S(TWEET_READ) | S(USERS_READ),
        .used = scopes,
        .level = "read_write",
        .pkce = "S256",
        .created = s->start - age,
        .owner = rng_below(&s->rng, s->n_accounts),
        .rotates = true,
        .server = sim_origin(s, rng_below(&s->rng, n_sim_cities), HOSTING),
    };
    snprintf(a->id, sizeof a->id, "a%05u", s->n_apps);
    snprintf(a->name, sizeof a->name, "%s", name);
    snprintf(a->redirect, sizeof a->redirect, "https://app%u.example/callback", s->n_apps);
    return (int)s->n_apps++;
}

uint32_t
sim_pick(struct sim *s)
{
    for (uint32_t turn = 0;; turn++) {
        const uint32_t i = rng_below(&s->rng, s->n_accounts);
        struct person *p = &s->person[i];
        if (p->taken || (turn < 20 * s->n_accounts && p->visits < 0.3F) || (turn < 10 * s->n_accounts && p->crowd))
            continue;
        p->taken = true;
        return i;
    }
}

uint32_t
sim_anybody(struct sim *s)
{
    for (;;) {
        const uint32_t i = rng_below(&s->rng, s->n_accounts);
        if (s->person[i].taken)
            continue;
        s->person[i].crowd = true;
        return i;
    }
}

int64_t
sim_seconds(struct sim *s, unsigned a, unsigned b)
{
    return ((int64_t)a * 1000 + rng_below(&s->rng, (b - a) * 1000)) * (SECOND / 1000);
}

int64_t
sim_moment(struct sim *s, double from, double to)
{
    const double day = from * s->days + rng_unit(&s->rng) * (to - from) * s->days;
    return s->start + (int64_t)day * DAY + 8 * HOUR + sim_seconds(s, 0, 12 * 3600);
}

unsigned
sim_scaled(const struct sim *s, unsigned n, unsigned min)
{
    const unsigned scaled = (unsigned)((uint64_t)n * s->n_accounts / 20000);
    return scaled < min ? min : scaled < n ? scaled : n;
}

/* ---- events ---- */

struct sim_event *
sim_add(struct sim *s, int64_t t, const char *action, uint32_t who)
{
    if (s->n_ev == s->cap_ev) {
        s->cap_ev = s->cap_ev < 1024 ? 1024 : s->cap_ev + s->cap_ev / 2;
        s->ev = grown(s->ev, s->cap_ev, sizeof *s->ev);
    }
    struct sim_event *e = &s->ev[s->n_ev++];
    *e = (struct sim_event){ .time = t, .serial = s->serial++, .who = who, .action = action, .app = -1 };
    e->target = e->reply_to = NO_ACCOUNT;
    return e;
}

struct sim_event *
sim_self(struct sim *s, int64_t t, const char *action, uint32_t who, int k)
{
    const struct person *p = &s->person[who];
    struct sim_event *e = sim_add(s, t, action, who);
    e->from = k == 0 ? p->home : p->phone;
    e->agent = p->agent[k];
    e->device = p->device[k];
    return e;
}

uint32_t
sim_login(struct sim *s, int64_t t, uint32_t who, struct origin from, uint8_t agent, uint32_t device)
{
    struct sim_event *e = sim_add(s, t, "session.start", who);
    e->from = from;
    e->agent = agent;
    e->device = device;
    return e->session = id_of(s);
}

uint64_t
sim_token(uint32_t who, int app, uint32_t rotation)
{
    struct rng r = { (uint64_t)who << 32 | (uint64_t)(uint32_t)app << 16 | rotation };
    return rng_next(&r) | 1;
}

struct sim_event *
sim_grant(struct sim *s, int64_t t, uint32_t who, int app)
{
    struct sim_event *e = sim_self(s, t, "app.authorize", who, s->app[app].client == CLIENT_NATIVE);
    e->app = app;
    e->scopes = s->app[app].scopes;
    e->token = sim_token(who, app, 0);
    if (s->app[app].protocol == OAUTH2) {
        e->grant = "authorization_code";
        e->code_age = (uint16_t)(1 + rng_below(&s->rng, 4));
    }
    return e;
}

struct sim_event *
sim_use(struct sim *s, int64_t t, uint32_t who, int app, const char *action)
{
    const struct sim_app *a = &s->app[app];
    const bool own = a->client == CLIENT_NATIVE || a->client == CLIENT_SPA;
    struct sim_event *e = sim_self(s, t, action, who, 1);
    e->app = app;
    e->agent = AGENT_OKHTTP;
    e->token = sim_token(who, app, 0);
    if (!own) {
        e->device = 0;
        e->from = a->server;
        e->from.ip = (e->from.ip & ~3u) | rng_below(&s->rng, 4);
    }
    return e;
}

struct sim_event *
sim_call(struct sim *s, int64_t t, uint32_t who, int app, const char *operation)
{
    struct sim_event *e = sim_use(s, t, who, app, "api.call");
    e->operation = operation;
    e->status = 200;
    return e;
}

struct sim_event *
sim_post(struct sim *s, int64_t t, uint32_t who, int app, const char *text, const char *url)
{
    struct sim_event *e = app >= 0 ? sim_use(s, t, who, app, "post.create") : sim_self(s, t, "post.create", who, 0);
    e->text = text;
    e->url = url;
    e->post = ++s->n_posts;
    return e;
}

/* ---- truth ---- */

void
sim_tell(struct sim *s, const struct sim_label *l, const char *type, const char *id)
{
    fprintf(s->truth,
            "%s{\"family\":\"%s\",\"kind\":\"%s\",\"label\":\"%s\",\"variant\":\"%s\",\"rules\":\"%s\","
            "\"entity_type\":\"%s\",\"entity_id\":\"%s\",\"also\":[",
            s->truth_any ? ",\n" : "", l->family, l->kind, l->label, l->variant, l->rules, type, id);
    s->truth_any = true;
    s->truth_also = false;
}

void
sim_told(struct sim *s)
{
    fputs("]}", s->truth);
}

static void
also(struct sim *s, const char *type, const char *id)
{
    fprintf(s->truth, "%s[\"%s\",\"%s\"]", s->truth_also ? "," : "", type, id);
    s->truth_also = true;
}

static const char *
account_id(uint32_t who, char *out, size_t size)
{
    snprintf(out, size, "u%07" PRIu32, who);
    return out;
}

static const char *
ip_text(struct origin o, char *out, size_t size)
{
    snprintf(out, size, "%u.%u.%u.%u", o.ip >> 24, o.ip >> 16 & 255, o.ip >> 8 & 255, o.ip & 255);
    return out;
}

void
sim_tell_app(struct sim *s, const struct sim_label *l, int app)
{
    sim_tell(s, l, "app", s->app[app].id);
}

void
sim_tell_account(struct sim *s, const struct sim_label *l, uint32_t who)
{
    char id[32];
    sim_tell(s, l, "account", account_id(who, id, sizeof id));
}

void
sim_tell_ip(struct sim *s, const struct sim_label *l, struct origin from)
{
    char id[32];
    sim_tell(s, l, "ip", ip_text(from, id, sizeof id));
}

void
sim_tell_device(struct sim *s, const struct sim_label *l, uint32_t device)
{
    char id[32];
    snprintf(id, sizeof id, "d%08" PRIx32, device);
    sim_tell(s, l, "device", id);
}

void
sim_also_account(struct sim *s, uint32_t who)
{
    char id[32];
    also(s, "account", account_id(who, id, sizeof id));
}

void
sim_also_app(struct sim *s, int app)
{
    also(s, "app", s->app[app].id);
}

void
sim_also_ip(struct sim *s, struct origin from)
{
    char id[32];
    also(s, "ip", ip_text(from, id, sizeof id));
}
