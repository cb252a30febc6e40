/* SPDX-License-Identifier: Apache-2.0 */
/* Apps that collect passwords or drive accounts to follow. Evasive variants stay just under the platform's published
 * limits with jitter, spread over addresses and time, and hide what was paid for among cover traffic. */
#include <string.h>

#include "simulation.h"

enum { EACH = 2, CROWD = 100 };

static struct sim_label
label(const char *kind, bool loud, const char *rules)
{
    return (struct sim_label){ "password", kind, "abuse", loud ? "loud" : "evasive", rules };
}

static void
tell(struct sim *s, struct sim_label l, int app, const uint32_t *who, unsigned n)
{
    sim_tell_app(s, &l, app);
    for (unsigned i = 0; i < n; i++)
        sim_also_account(s, who[i]);
}

static struct sim_event *
follow(struct sim *s, int64_t t, uint32_t who, int app, uint32_t target)
{
    struct sim_event *e = sim_use(s, t, who, app, "follow.create");
    e->target = target;
    return e;
}

static void
password_grant(struct sim *s, bool loud, int i)
{
    static const char *const names[EACH] = { "Get Followers Fast!", "F0ll0wers B00st" };
    uint32_t who[60];
    const unsigned n = loud ? 60 : 3;
    const int app = sim_new_app(s, loud ? names[i] : "Profile Helper", S(TWEET_WRITE) | S(FOLLOWS_WRITE), 20 * DAY);
    for (unsigned k = 0; k < n; k++) {
        int64_t t = sim_moment(s, 0, 0.9);
        who[k] = sim_anybody(s);
        sim_use(s, t, who[k], app, "token.issue")->grant = loud ? "password" : "xauth";
        for (unsigned j = 0; j < 6; j++)
            follow(s, t += sim_seconds(s, 60, 2000), who[k], app, rng_below(&s->rng, s->n_accounts));
    }
    tell(s, label("password grant", loud, "B01"), app, who, n);
    sim_told(s);
}

/* The operator clicks Allow with collected passwords: from the server's own /24, or from elsewhere in the same data
 * centre and now and then through a home's address. */
static void
own_network(struct sim *s, bool loud)
{
    uint32_t who[60];
    const unsigned n = loud ? 60 : 20;
    const int app = sim_new_app(s, "Follower Garden", S(FOLLOWS_WRITE) | S(OFFLINE), 25 * DAY);
    for (unsigned k = 0; k < n; k++) {
        const int64_t t = sim_moment(s, 0.1, loud ? 0.4 : 0.7);
        who[k] = sim_anybody(s);
        struct sim_event *e = sim_grant(s, t, who[k], app);
        e->device = 0;
        e->agent = loud ? AGENT_PYTHON : CHROME_WINDOWS;
        if (loud) {
            e->from = sim_beside(s, s->app[app].server);
        } else if (k % 4 != 0) {
            e->from = sim_origin(s, s->app[app].server.city, HOSTING);
            s->ev[s->n_ev - 1].from.asn = s->app[app].server.asn;
        }
        for (unsigned j = 0; j < 5; j++)
            follow(s, t + sim_seconds(s, 300, 80000), who[k], app, rng_below(&s->rng, s->n_accounts));
    }
    tell(s, label("consent from the app's network", loud, "B02"), app, who, n);
    sim_told(s);
}

static void
assembly_line(struct sim *s, bool loud)
{
    uint32_t who[40];
    const unsigned n = loud ? 40 : 30;
    const int app = sim_new_app(s, "Daily Boost", S(FOLLOWS_WRITE) | S(OFFLINE), 12 * DAY);
    const struct origin line = sim_origin(s, 20, HOSTING);
    int64_t t = sim_moment(s, 0.2, 0.8);
    for (unsigned k = 0; k < n; k++) {
        const struct origin from = loud ? line : sim_beside(s, line);
        who[k] = sim_anybody(s);
        t += loud ? sim_seconds(s, 30, 90) : sim_seconds(s, 240, 1100);
        sim_login(s, t, who[k], from, loud ? AGENT_PYTHON : CHROME_WINDOWS, 0);
        struct sim_event *e = sim_grant(s, t + sim_seconds(s, 10, 80), who[k], app);
        e->from = from;
        e->agent = loud ? AGENT_PYTHON : CHROME_WINDOWS;
        e->device = 0;
        follow(s, t + 3 * MINUTE, who[k], app, rng_below(&s->rng, s->n_accounts));
    }
    tell(s, label("assembly line", loud, "B03 B04"), app, who, n);
    for (unsigned k = 0; k < 256; k++)
        sim_also_ip(s, (struct origin){ .ip = (line.ip & 0xffffff00u) | k });
    sim_told(s);
}

static void
fan_in(struct sim *s, bool loud)
{
    uint32_t who[80];
    const unsigned n = loud ? 80 : 14;
    const struct origin server = sim_origin(s, 15, HOSTING);
    for (unsigned k = 0; k < n; k++) {
        who[k] = sim_anybody(s);
        for (unsigned day = 10; day < (loud ? 12u : 20u); day++)
            sim_login(s, s->start + day * DAY + sim_seconds(s, 0, 86000), who[k], server, CHROME_WINDOWS, 0);
    }
    const struct sim_label l = label("many accounts on one server", loud, "B04");
    sim_tell_ip(s, &l, server);
    for (unsigned k = 0; k < n; k++)
        sim_also_account(s, who[k]);
    sim_told(s);
}

/* Lists of leaked passwords are tried; what fits lets an app in. The patient one stays below two tries a minute. */
static void
stuffing(struct sim *s, bool loud)
{
    uint32_t hit[8];
    const unsigned tries = loud ? 400 : 240;
    const int app = sim_new_app(s, "Sun Sign", S(FOLLOWS_WRITE) | S(TWEET_WRITE), 30 * DAY);
    const struct origin from = sim_origin(s, 24, loud ? HOSTING : RESIDENTIAL);
    int64_t t = sim_moment(s, 0.3, 0.8);
    unsigned n = 0;
    for (unsigned k = 0; k < tries; k++) {
        const uint32_t who = sim_anybody(s);
        t += loud ? sim_seconds(s, 1, 3) : sim_seconds(s, 25, 45);
        sim_login(s, t, who, from, CHROME_WINDOWS, 0);
        if (k % 50 != 49 || n == 8) {
            s->ev[s->n_ev - 1].failed = true;
            s->ev[s->n_ev - 1].session = 0;
            continue;
        }
        hit[n++] = who;
        struct sim_event *e = sim_grant(s, t + sim_seconds(s, 60, loud ? 600 : 20000), who, app);
        e->from = from;
        e->device = 0;
    }
    const struct sim_label l = label("stuffing, then an app", loud, "B05 D10");
    sim_tell_ip(s, &l, from);
    sim_also_app(s, app);
    for (unsigned k = 0; k < n; k++)
        sim_also_account(s, hit[k]);
    sim_told(s);
}

static void
churn(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    const int app = loud ? sim_new_app(s, "Grow Mate", S(FOLLOWS_WRITE), 90 * DAY) : -1;
    for (unsigned day = 8; day < (loud ? 12u : 30u); day++) {
        for (unsigned k = 0; k < (loud ? 440u : 28u); k++) {
            const uint32_t target = rng_below(&s->rng, s->n_accounts);
            const int64_t t = s->start + day * DAY + sim_seconds(s, 7 * 3600, 23 * 3600);
            const bool back = rng_chance(&s->rng, loud ? 0.9 : 0.65);
            for (int off = 0; off <= back; off++) {
                const int64_t at = t + off * (DAY + sim_seconds(s, 0, 3 * 86400));
                const char *what = off ? "follow.delete" : "follow.create";
                (loud ? sim_use(s, at, who, app, what) : sim_self(s, at, what, who, 0))->target = target;
            }
        }
    }
    const struct sim_label l = label("follow churn", loud, "B06");
    sim_tell_account(s, &l, who);
    if (app >= 0)
        sim_also_app(s, app);
    sim_told(s);
}

static void
ceiling(struct sim *s, bool loud)
{
    uint32_t who[20];
    const unsigned n = loud ? 20 : 13;
    const int app = sim_new_app(s, "Like Rain", S(LIKE_WRITE), 50 * DAY);
    for (unsigned k = 0; k < n; k++) {
        who[k] = sim_anybody(s);
        sim_grant(s, sim_moment(s, 0, 0.2), who[k], app);
        for (unsigned day = 12; day < 14; day++) {
            int64_t t = s->start + day * DAY + sim_seconds(s, 8 * 3600, 10 * 3600);
            const unsigned acts =
                loud ? 20 * 48 : 450 + rng_below(&s->rng, 130); /* the latter: a tool's published peak a day */
            for (unsigned j = 0; j < acts; j++)
                sim_use(s, t += loud ? sim_seconds(s, 15, 22) : sim_seconds(s, 16, 27), who[k], app, "like.create")
                    ->target = rng_below(&s->rng, s->n_accounts);
        }
    }
    tell(s, label("at the rate limit", loud, "B07"), app, who, n);
    sim_told(s);
}

static void
concentration(struct sim *s, bool loud)
{
    uint32_t who[CROWD];
    uint32_t paid[60];
    const unsigned n = loud ? CROWD : 45;
    const int app = sim_new_app(s, "Star Circle", S(FOLLOWS_WRITE) | S(OFFLINE), 80 * DAY);
    for (unsigned k = 0; k < 60; k++)
        paid[k] = rng_below(&s->rng, s->n_accounts);
    for (unsigned k = 0; k < n; k++) {
        who[k] = sim_anybody(s);
        sim_grant(s, sim_moment(s, 0.1, 0.3), who[k], app);
        for (unsigned j = 0; j < (loud ? 20u : 6u); j++)
            follow(s, sim_moment(s, 0.4, 0.52), who[k], app, paid[loud ? j : rng_below(&s->rng, 60)]);
        for (unsigned j = 0; j < (loud ? 0u : 25u); j++) /* cover */
            follow(s, sim_moment(s, 0.4, 0.52), who[k], app, rng_below(&s->rng, s->n_accounts));
    }
    tell(s, label("all follow the same", loud, "B08"), app, who, n);
    sim_told(s);
}

static void
family(struct sim *s, bool loud)
{
    int app[6];
    const unsigned n = loud ? 6 : 3;
    const double day = 0.1 + 0.2 * rng_unit(&s->rng);
    char host[48];
    snprintf(host, sizeof host, "hub%u.example", rng_below(&s->rng, 1000000));
    for (unsigned k = 0; k < n; k++) {
        const double at = day + k * (loud ? 0.03 : 0.2);
        app[k] = sim_new_app(s, sim_string(s, "Horoscope %u", k), S(TWEET_WRITE), -(int64_t)(at * s->days) * DAY);
        snprintf(s->app[app[k]].redirect, sizeof s->app[app[k]].redirect, "https://%s/cb%u", host, k);
        for (unsigned j = 0; j < (loud ? 30u : 5u); j++)
            sim_grant(s, s->app[app[k]].created + DAY + sim_seconds(s, 0, 4 * 86400), sim_anybody(s), app[k]);
    }
    const struct sim_label l = label("one host, many new apps", loud, "B11");
    sim_tell(s, &l, "host", host);
    for (unsigned k = 0; k < n; k++)
        sim_also_app(s, app[k]);
    sim_told(s);
}

/* The careful thief comes from a home's address in the owner's own country, and takes a day about it. */
static void
takeover(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    struct origin from = s->person[who].home;
    int64_t t = sim_moment(s, 0.5, 0.9);
    const int app = sim_new_app(s, "Lucky Wheel", S(TWEET_WRITE) | S(FOLLOWS_WRITE), 60 * DAY);
    for (unsigned k = 0; k < 12; k++)
        sim_login(s, sim_moment(s, 0, 0.45), who, from, s->person[who].agent[0], s->person[who].device[0]);
    from = loud ? sim_origin(s, sim_far(s, from.city, 1000), HOSTING) : sim_origin(s, from.city, RESIDENTIAL);
    from.asn = loud ? from.asn : 64600;
    const uint32_t session = sim_login(s, t, who, from, CHROME_WINDOWS, 0x7e57);
    struct sim_event *e = sim_add(s, t += sim_seconds(s, 60, loud ? 400 : 18000), "account.change", who);
    e->from = from;
    e->session = session;
    e->change = loud ? "email" : "password";
    e = sim_grant(s, t += sim_seconds(s, 60, loud ? 3000 : 25000), who, app);
    e->from = from;
    e->device = 0;
    t += sim_seconds(s, 60, loud ? 3000 : 18000);
    for (unsigned k = 0; k < (loud ? 60u : 14u); k++)
        follow(s, t += sim_seconds(s, 5, loud ? 50 : 240), who, app, rng_below(&s->rng, s->n_accounts));
    const struct sim_label l = label("takeover", loud, "B13");
    sim_tell_account(s, &l, who);
    sim_also_app(s, app);
    sim_told(s);
}

/* Tokens of an honest phone app, collected by a collusion network and used from its servers. */
static void
sprayed(struct sim *s, bool loud)
{
    struct origin server = sim_origin(s, 12, HOSTING);
    const int app = sim_new_app(s, "Radio Box", S(LIKE_WRITE) | S(TWEET_WRITE), 800 * DAY);
    s->app[app].client = CLIENT_NATIVE;
    for (unsigned k = 0; k < 240; k++) {
        const uint32_t who = sim_anybody(s);
        sim_grant(s, s->start - sim_seconds(s, 30 * 86400, 300 * 86400), who, app);
        sim_use(s, sim_moment(s, 0, 1), who, app, "like.create")->target = rng_below(&s->rng, s->n_accounts);
        for (unsigned day = 14; day < (loud ? 16u : 24u); day++) {
            struct sim_event *e = sim_use(s, s->start + day * DAY + sim_seconds(s, 0, 86000), who, app, "like.create");
            e->target = rng_below(&s->rng, 40);
            e->from = server;
            e->device = 0;
            if (!loud) /* four addresses share them */
                e->from.ip = (server.ip & ~255u) | k % 4 << 4;
        }
    }
    const struct sim_label l = label("sprayed tokens", loud, "B14");
    sim_tell_app(s, &l, app);
    sim_told(s);
}

static void
loop(struct sim *s)
{
    const int app = sim_new_app(s, "Again", S(USERS_EMAIL), 200 * DAY);
    for (unsigned k = 0; k < 12; k++) {
        const uint32_t who = sim_anybody(s);
        const int64_t t = sim_moment(s, 0.2, 0.8);
        for (unsigned j = 0; j < 6; j++)
            sim_grant(s, t + sim_seconds(s, 0, 20 * 3600), who, app);
    }
    const struct sim_label l = { "password", "authorized again and again", "weakness", "", "B12" };
    sim_tell_app(s, &l, app);
    sim_told(s);
}

void
simpassword_plant(struct sim *s)
{
    for (int i = 0; i < 2 * EACH; i++) {
        const bool loud = i % 2 == 0;
        password_grant(s, loud, i / 2);
        own_network(s, loud);
        assembly_line(s, loud);
        fan_in(s, loud);
        stuffing(s, loud);
        churn(s, loud);
        ceiling(s, loud);
        concentration(s, loud);
        family(s, loud);
        takeover(s, loud);
        sprayed(s, loud);
    }
    loop(s);
    loop(s);
}
