/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct city cities[] = {
    { "Berlin", "DE", 52.52, 13.40, 3320 },         { "Hamburg", "DE", 53.55, 9.99, 3320 },
    { "Paris", "FR", 48.86, 2.35, 3215 },           { "Lyon", "FR", 45.76, 4.84, 3215 },
    { "London", "GB", 51.51, -0.13, 2856 },         { "Manchester", "GB", 53.48, -2.24, 5089 },
    { "Madrid", "ES", 40.42, -3.70, 3352 },         { "Rome", "IT", 41.90, 12.50, 3269 },
    { "Warsaw", "PL", 52.23, 21.01, 5617 },         { "Amsterdam", "NL", 52.37, 4.90, 1136 },
    { "New York", "US", 40.71, -74.01, 701 },       { "Chicago", "US", 41.88, -87.63, 7922 },
    { "Los Angeles", "US", 34.05, -118.24, 20001 }, { "Houston", "US", 29.76, -95.37, 7018 },
    { "Toronto", "CA", 43.65, -79.38, 812 },        { "Mexico City", "MX", 19.43, -99.13, 8151 },
    { "Sao Paulo", "BR", -23.55, -46.63, 28573 },   { "Buenos Aires", "AR", -34.60, -58.38, 7303 },
    { "Lagos", "NG", 6.52, 3.38, 29465 },           { "Nairobi", "KE", -1.29, 36.82, 33771 },
    { "Cairo", "EG", 30.04, 31.24, 8452 },          { "Istanbul", "TR", 41.01, 28.98, 9121 },
    { "Dubai", "AE", 25.20, 55.27, 5384 },          { "Mumbai", "IN", 19.08, 72.88, 55836 },
    { "Delhi", "IN", 28.61, 77.21, 24560 },         { "Singapore", "SG", 1.35, 103.82, 9506 },
    { "Jakarta", "ID", -6.21, 106.85, 7713 },       { "Manila", "PH", 14.60, 120.98, 9299 },
    { "Tokyo", "JP", 35.68, 139.69, 4713 },         { "Osaka", "JP", 34.69, 135.50, 2516 },
    { "Seoul", "KR", 37.57, 126.98, 4766 },         { "Sydney", "AU", -33.87, 151.21, 1221 },
};
const unsigned n_cities = sizeof cities / sizeof cities[0];

const char *const class_names[N_CLASSES] = { "residential", "mobile", "hosting", "vpn", "corporate" };

const char *const agents[] = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_1) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "python-requests/2.32.3",
    "okhttp/4.12.0",
};
const unsigned n_agents = sizeof agents / sizeof agents[0];
enum { N_PEOPLE_AGENTS = 5 };

const char *const scope_names[N_SCOPES] = {
    "tweet.read", "users.read", "follows.read", "like.read",      "tweet.write", "follows.write", "like.write",
    "dm.read",    "dm.write",   "users.email",  "offline.access", "media.write", "ads.write",     "bookmark.read",
};

struct origin
world_origin(struct world *w, uint8_t city, enum ip_class class_)
{
    /* 198.18.0.0/15 (benchmarks, RFC 2544) for people, 100.64.0.0/10 (shared, RFC 6598) for mobile, 192.0.2.0/24 and
     * 203.0.113.0/24 (documentation, RFC 5737) for servers and offices: no address here belongs to anybody. */
    struct origin o = { .city = city, .class_ = (uint8_t)class_, .asn = cities[city].asn };
    switch (class_) {
    case MOBILE:
        o.ip = 0x64400000u | rng_below(&w->rng, 1u << 22);
        break;
    case HOSTING:
        o.ip = 0xc0000200u | rng_below(&w->rng, 256);
        o.asn = 64500 + rng_below(&w->rng, 6);
        break;
    case VPN:
        o.ip = 0xcb007100u | rng_below(&w->rng, 256);
        o.asn = 64510;
        break;
    default:
        o.ip = 0xc6120000u | rng_below(&w->rng, 1u << 17);
        break;
    }
    return o;
}

struct app *
world_add_app(struct world *w, const char *name, uint32_t scopes, int64_t created)
{
    w->app = realloc(w->app, (w->n_apps + 1) * sizeof *w->app);
    if (w->app == NULL)
        abort();
    struct app *a = &w->app[w->n_apps];
    *a = (struct app){
        .name = name,
        .scopes = scopes | S(TWEET_READ) | S(USERS_READ),
        .used = scopes,
        .pkce = "S256",
        .created = created,
        .server = world_origin(w, (uint8_t)rng_below(&w->rng, n_cities), HOSTING),
    };
    snprintf(a->id, sizeof a->id, "a%04u", w->n_apps);
    snprintf(a->redirect, sizeof a->redirect, "https://%s.example/callback", a->id);
    w->n_apps++;
    return a;
}

static void
add_ordinary_apps(struct world *w)
{
    static const char *const first[] = { "Daily", "Photo", "Super", "Post", "Quiet",
                                         "Team",  "News",  "Chess", "Run",  "Sky" };
    static const char *const second[] = { "Planner", "Frame", "Deck", "Later", "Reader", "Board", "Digest", "Club" };
    static const uint32_t wishes[] = {
        S(FOLLOWS_READ),
        S(TWEET_WRITE) | S(MEDIA_WRITE) | S(OFFLINE),
        S(LIKE_READ) | S(BOOKMARK_READ),
        S(TWEET_WRITE) | S(LIKE_WRITE) | S(FOLLOWS_READ) | S(OFFLINE),
        S(USERS_EMAIL),
        S(TWEET_WRITE) | S(DM_READ) | S(DM_WRITE) | S(OFFLINE),
    };
    static char names[80][32];
    for (unsigned i = 0; i < 80; i++) {
        snprintf(names[i], sizeof names[i], "%s %s", first[i % 10], second[i / 10]);
        struct app *a =
            world_add_app(w, names[i], wishes[rng_below(&w->rng, 6)], w->start - (100 + rng_below(&w->rng, 900)) * DAY);
        a->client = (enum client)rng_below(&w->rng, 4);
        a->verified = i < 30;
        if (i % 9 == 4) {
            a->protocol = OAUTH1A;
            a->level = (a->scopes & S(DM_READ)) != 0       ? "read_write_dm"
                       : (a->scopes & S(TWEET_WRITE)) != 0 ? "read_write"
                                                           : "read";
        }
    }
    w->n_ordinary = w->n_apps;
}

static void
add_accounts(struct world *w)
{
    w->account = calloc(w->n_accounts, sizeof *w->account);
    if (w->account == NULL)
        abort();
    for (uint32_t i = 0; i < w->n_accounts; i++) {
        struct account *a = &w->account[i];
        a->id = UINT64_C(1844674407370000000) + (uint64_t)i * 7919 + 11;
        a->home = (uint8_t)rng_zipf(&w->rng, n_cities, 5);
        a->agent = (uint8_t)rng_below(&w->rng, N_PEOPLE_AGENTS);
        a->device = (uint32_t)rng_next(&w->rng);
        a->place = world_origin(w, a->home, rng_chance(&w->rng, 0.2) ? MOBILE : RESIDENTIAL);
    }
}

void
world_init(struct world *w, uint64_t seed, unsigned days, uint32_t n_accounts)
{
    *w = (struct world){
        .rng = { seed },
        .start = INT64_C(1794787200) * SECOND, /* 2026-11-16T00:00:00Z */
        .days = days,
        .n_accounts = n_accounts < 2000 ? 2000 : n_accounts,
    };
    add_ordinary_apps(w);
    add_accounts(w);
}

void
world_fini(struct world *w)
{
    free(w->account);
    free(w->app);
}

struct account *
world_pick(struct world *w)
{
    /* From the less active end, where a story stands out. */
    static const uint32_t first = 200;
    for (;;) {
        struct account *a = &w->account[first + rng_below(&w->rng, w->n_accounts - first)];
        if (!a->taken) {
            a->taken = true;
            return a;
        }
    }
}
