/* SPDX-License-Identifier: Apache-2.0 */
/* Apps that hold too much or come by it in a wrong way. Evasive variants do what published cases did: few accounts, an
 * app that was registered long before, permissions one at a time, a trickle in place of a burst. */
#include "simulation.h"

enum { EACH = 2 }; /* of every kind and variant in a world */

#define WIDE (S(TWEET_WRITE) | S(DM_READ) | S(DM_WRITE) | S(FOLLOWS_WRITE))

static struct sim_label
label(const char *kind, bool loud, const char *rules)
{
    return (struct sim_label){ "privilege", kind, "abuse", loud ? "loud" : "evasive", rules };
}

static struct sim_label
weakness(const char *kind, const char *rules)
{
    return (struct sim_label){ "privilege", kind, "weakness", "", rules };
}

static void
told_app(struct sim *s, struct sim_label l, int app)
{
    sim_tell_app(s, &l, app);
    sim_told(s);
}

/* n accounts that let the app in `days` before the first day and use it for one thing, so often a day. */
static void
old_users(struct sim *s, int app, unsigned n, unsigned days, double a_day, const char *operation)
{
    for (unsigned i = 0; i < n; i++) {
        const uint32_t who = sim_anybody(s);
        sim_grant(s, s->start - sim_seconds(s, days * 86400, (days + 60) * 86400), who, app);
        for (unsigned k = 0; k < (unsigned)(a_day * s->days); k++)
            sim_call(s, sim_moment(s, 0, 1), who, app, operation);
    }
}

static void
unused(struct sim *s, bool loud)
{
    const int app = sim_new_app(s, "Quote Card", WIDE, 500 * DAY);
    old_users(s, app, loud ? 80 : 9, loud ? 60 : 35, loud ? 2 : 0.7, "users.read");
    told_app(s, label("permissions that are never used", loud, "A01 A17"), app);
}

static void
level(struct sim *s, bool loud)
{
    const int app = sim_new_app(s, "Old Stats", S(FOLLOWS_READ), 900 * DAY);
    s->app[app].protocol = OAUTH1A;
    s->app[app].level = loud ? "read_write_dm" : "read_write";
    old_users(s, app, loud ? 60 : 8, loud ? 100 : 35, loud ? 2 : 0.7, "follows.read");
    told_app(s, label("1.0a level above the need", loud, "A03"), app);
}

static void
purpose(struct sim *s, bool loud)
{
    const int app = sim_new_app(s, "Sticker Box", S(TWEET_WRITE) | S(DM_READ) | S(OFFLINE), 300 * DAY);
    for (unsigned i = 0; i < (loud ? 90u : 26u); i++) {
        const uint32_t who = sim_anybody(s);
        sim_grant(s, s->start - sim_seconds(s, 40 * 86400, 90 * 86400), who, app);
        for (unsigned k = 0; k < (loud ? 20u : 3u); k++)
            sim_post(s, sim_moment(s, 0, 1), who, app, "made with a sticker", NULL);
    }
    told_app(s, label("direct messages without a purpose", loud, "A17"), app);
}

static void
powerful(struct sim *s, bool loud)
{
    const double day = 0.2 + 0.3 * rng_unit(&s->rng);
    const uint32_t scopes = S(DM_READ) | S(DM_WRITE) | S(USERS_EMAIL) | S(OFFLINE);
    /* The patient one lets its registration age for three weeks. */
    const int app = sim_new_app(s, "Chat Vault", scopes, -(int64_t)((day - (loud ? 0.02 : 0.45)) * s->days) * DAY);
    for (unsigned i = 0; i < (loud ? 120u : 40u); i++) {
        const uint32_t who = sim_anybody(s);
        const int64_t t = sim_moment(s, day, day + (loud ? 0.08 : 0.4));
        sim_grant(s, t, who, app);
        sim_use(s, t + MINUTE, who, app, "dm.read");
    }
    told_app(s, label("new app collects direct messages", loud, "A04"), app);
}

static void
expansion(struct sim *s, bool loud)
{
    const int app = sim_new_app(s, "Tidy Timeline", S(LIKE_READ) | (loud ? 0 : S(TWEET_WRITE)), 400 * DAY);
    const uint32_t more = loud ? S(DM_READ) | S(ADS_WRITE) | S(OFFLINE) : S(USERS_EMAIL);
    for (unsigned i = 0; i < 60; i++) {
        const uint32_t who = sim_anybody(s);
        sim_grant(s, s->start - sim_seconds(s, 60 * 86400, 90 * 86400), who, app);
        sim_call(s, sim_moment(s, 0, 1), who, app, "like.read");
        if (loud || i % 10 == 0) {
            const int64_t t = sim_moment(s, 0.5, 0.6);
            struct sim_event *e = sim_grant(s, t, who, app);
            e->scopes |= more;
            if (!loud)
                e->scopes &= ~S(TWEET_WRITE); /* swaps, so that a count does not grow */
            sim_call(s, t + HOUR, who, app, "like.read");
        }
    }
    told_app(s, label("permissions added later", loud, "A05"), app);
}

static void
burst(struct sim *s, bool loud)
{
    const int app = sim_new_app(s, "Mood Ring", S(TWEET_WRITE), 300 * DAY);
    for (unsigned i = 0; i < 40; i++)
        sim_grant(s, sim_moment(s, 0, 0.9), sim_anybody(s), app);
    const int64_t t = sim_moment(s, 0.6, 0.9);
    for (unsigned i = 0; i < (loud ? 150u : 75u); i++) {
        const uint32_t who = sim_anybody(s);
        const int64_t at = t + sim_seconds(s, 0, loud ? 3000 : 3 * 3600);
        sim_grant(s, at, who, app);
        sim_post(s, at + 2 * HOUR, who, app, "my mood is blue today", NULL);
    }
    told_app(s, label("burst of consents", loud, "A07"), app);
}

static void
regret(struct sim *s, bool loud)
{
    const int app = sim_new_app(s, "Who Saw Me", S(TWEET_WRITE) | S(FOLLOWS_READ), 60 * DAY);
    for (unsigned i = 0; i < (loud ? 120u : 50u); i++) {
        const uint32_t who = sim_anybody(s);
        const int64_t t = sim_moment(s, 0.1, loud ? 0.5 : 0.8);
        const uint64_t token = sim_grant(s, t, who, app)->token;
        if (!rng_chance(&s->rng, loud ? 0.65 : 0.5))
            continue;
        struct sim_event *e = sim_self(s, t + sim_seconds(s, 600, (loud ? 2 : 6) * 86400), "app.revoke", who, 0);
        e->app = app;
        e->token = token;
    }
    told_app(s, label("people throw it out", loud, "A08"), app);
}

static void
wakes(struct sim *s, bool loud)
{
    const int app = sim_new_app(s, "Photo Wall", S(TWEET_WRITE) | S(FOLLOWS_READ), 900 * DAY);
    const int64_t day = sim_moment(s, 0.4, 0.9);
    struct origin server = sim_origin(s, 30, HOSTING);
    server.asn = 64490;
    for (unsigned i = 0; i < 60; i++) {
        const uint32_t who = sim_anybody(s);
        sim_grant(s, s->start - sim_seconds(s, 200 * 86400, 400 * 86400), who, app);
        sim_call(s, s->start - sim_seconds(s, 90 * 86400, 100 * 86400), who, app, "follows.read");
        for (unsigned k = 0; k < (loud ? 10u : i % 2); k++) {
            struct sim_event *e =
                sim_post(s, day + sim_seconds(s, 0, 20 * 3600), who, app, "you have to see this", NULL);
            if (!loud)
                e->from = server;
        }
    }
    told_app(s, label("dormant app wakes", loud, "A10"), app);
}

static void
brand(struct sim *s, bool loud, int i)
{
    static const char *const names[2][EACH] = { { "Tw1tter", "Inst4gram" }, { "1nstagrarn", "t.e.l.e.g.r.a.m" } };
    const int app = sim_new_app(s, names[!loud][i], S(USERS_EMAIL), 20 * DAY);
    for (unsigned k = 0; k < (loud ? 40u : 6u); k++)
        sim_grant(s, sim_moment(s, 0, 1), sim_anybody(s), app);
    told_app(s, label("wears a brand's name", loud, "A16"), app);
}

/* ---- what only deserves a low level ---- */

static void
idle_scopes(struct sim *s)
{
    const int app = sim_new_app(s, "Card Maker", S(TWEET_WRITE) | S(FOLLOWS_WRITE), 900 * DAY);
    for (unsigned i = 0; i < 160; i++) {
        const uint32_t who = sim_anybody(s);
        sim_grant(s, s->start - sim_seconds(s, 100 * 86400, 300 * 86400), who, app);
        for (unsigned k = 0; k < 4; k++)
            sim_post(s, sim_moment(s, 0, 1), who, app, "a card for you", NULL);
    }
    told_app(s, weakness("idle permissions", "A02"), app);
}

static void
stale(struct sim *s)
{
    const int app = sim_new_app(s, "Old Letters", S(DM_READ) | S(DM_WRITE), 1500 * DAY);
    for (unsigned i = 0; i < 30; i++)
        sim_grant(s, s->start - sim_seconds(s, 100 * 86400, 500 * 86400), sim_anybody(s), app);
    told_app(s, weakness("powerful and silent", "A09"), app);
}

static void
rare(struct sim *s)
{
    const int app = sim_new_app(s, "Desk Helper", S(DM_READ) | S(DM_WRITE) | S(TWEET_WRITE), 400 * DAY);
    for (unsigned i = 0; i < 3; i++) {
        const uint32_t who = sim_anybody(s);
        sim_grant(s, sim_moment(s, 0, 0.5), who, app);
        sim_use(s, sim_moment(s, 0.5, 1), who, app, "dm.read");
    }
    told_app(s, weakness("rare and powerful", "A11"), app);
}

static void
probes(struct sim *s)
{
    const int app = sim_new_app(s, "Key Ring", S(FOLLOWS_READ), 100 * DAY);
    int64_t t = sim_moment(s, 0.3, 0.8);
    for (unsigned i = 0; i < 60; i++) {
        sim_call(s, t, sim_anybody(s), app, i % 3 == 0 ? "follows.read" : "dm.read")->status = i % 3 == 0 ? 200 : 403;
        t += sim_seconds(s, 5, 50);
    }
    told_app(s, weakness("tries what it may not do", "A13"), app);
}

static void
redirect(struct sim *s, int i)
{
    static const char *const hosts[EACH] = { "http://app-login.example/cb", "https://xn--pypal-4ve.example/cb" };
    const int app = sim_new_app(s, "Link Box", S(USERS_EMAIL), 100 * DAY);
    snprintf(s->app[app].redirect, sizeof s->app[app].redirect, "%s", hosts[i]);
    for (unsigned k = 0; k < 15; k++)
        sim_grant(s, sim_moment(s, 0, 1), sim_anybody(s), app);
    told_app(s, weakness("risky redirect", "A14"), app);
}

static void
weak_flow(struct sim *s, int i)
{
    const int app = sim_new_app(s, "Radio Now", S(TWEET_WRITE), 700 * DAY);
    s->app[app].client = CLIENT_SPA;
    s->app[app].pkce = "plain";
    for (unsigned k = 0; k < 15; k++) {
        struct sim_event *e = sim_grant(s, sim_moment(s, 0, 1), sim_anybody(s), app);
        if (i == 0) {
            e->grant = "implicit";
            e->code_age = 0;
            e->token_life = 90;
        }
    }
    told_app(s, weakness("weak flow", "A15"), app);
}

static void
double_grant(struct sim *s)
{
    const int app = sim_new_app(s, "Two Doors", S(TWEET_WRITE), 1500 * DAY);
    for (unsigned i = 0; i < 15; i++) {
        const uint32_t who = sim_anybody(s);
        struct sim_event *e = sim_grant(s, s->start - sim_seconds(s, 200 * 86400, 300 * 86400), who, app);
        e->old_oauth = true;
        e->token++;
        sim_grant(s, s->start - sim_seconds(s, 60 * 86400, 90 * 86400), who, app);
        for (unsigned k = 0; k < 6; k++)
            sim_post(s, sim_moment(s, 0, 1), who, app, "hello from the new door", NULL);
    }
    told_app(s, weakness("two accesses, one used", "A18"), app);
}

static void
growth(struct sim *s)
{
    const int app = sim_new_app(s, "Dream Diary", S(TWEET_WRITE) | S(OFFLINE), 400 * DAY);
    for (unsigned i = 0; i < 200; i++) {
        const uint32_t who = sim_anybody(s);
        const int64_t t = i < 40 ? s->start - sim_seconds(s, 100 * 86400, 300 * 86400) : sim_moment(s, 0, 1);
        sim_grant(s, t, who, app);
        sim_post(s, t + sim_seconds(s, 3600, 40000), who, app, "last night I dreamt of the sea", NULL);
    }
    told_app(s, weakness("spreads fast", "A06"), app);
}

void
simprivilege_plant(struct sim *s)
{
    for (int i = 0; i < 2 * EACH; i++) {
        const bool loud = i % 2 == 0;
        unused(s, loud);
        level(s, loud);
        purpose(s, loud);
        powerful(s, loud);
        expansion(s, loud);
        burst(s, loud);
        regret(s, loud);
        wakes(s, loud);
        brand(s, loud, i / 2);
    }
    for (int i = 0; i < EACH; i++) {
        idle_scopes(s);
        stale(s);
        rare(s);
        probes(s);
        redirect(s, i);
        weak_flow(s, i);
        double_grant(s);
        growth(s);
    }
}
