/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts and sessions in other hands. The careful thief is near, copies the browser, waits, and comes from a home's
 * address. */
#include "simulation.h"

static struct sim_label
label(const char *kind, bool loud, const char *rules)
{
    return (struct sim_label){ "session", kind, "abuse", loud ? "loud" : "evasive", rules };
}

static void
told(struct sim *s, struct sim_label l, uint32_t who)
{
    sim_tell_account(s, &l, who);
    sim_told(s);
}

/* An app that goes on without permission, or whose tokens leak, is to blame as well. */
static void
told_with_app(struct sim *s, struct sim_label l, uint32_t who, int app)
{
    sim_tell_account(s, &l, who);
    sim_also_app(s, app);
    sim_told(s);
}

/* A dozen log-ins at home in the first half. */
static void
known(struct sim *s, uint32_t who)
{
    const struct person *p = &s->person[who];
    for (unsigned k = 0; k < 12; k++)
        sim_login(s, sim_moment(s, 0, 0.45), who, p->home, p->agent[0], p->device[0]);
}

static struct sim_event *
in_session(struct sim *s, int64_t t, uint32_t who, const char *action, struct origin from, uint8_t agent,
           uint32_t session)
{
    struct sim_event *e = sim_add(s, t, action, who);
    e->from = from;
    e->agent = agent;
    e->session = session;
    return e;
}

static void
travel(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const unsigned city = sim_far(s, p->home.city, loud ? 5000 : 1200);
    const struct origin thief = sim_origin(s, city, RESIDENTIAL);
    const int64_t t = sim_moment(s, 0.5, 0.95);
    /* The careful one waits as long as a fast plane nearly needs. */
    const double hours = loud ? 1.5 : sim_distance(p->home.city, city) / 1200;
    const int64_t then = t + (int64_t)(hours * 3600) * SECOND;
    known(s, who);
    sim_login(s, t, who, p->home, p->agent[0], p->device[0]);
    const uint32_t session = sim_login(s, then, who, thief, CHROME_WINDOWS, rng_below(&s->rng, 1u << 30) | 1);
    in_session(s, then + 5 * MINUTE, who, "account.change", thief, CHROME_WINDOWS, session)->change = "email";
    told(s, label("two places at once", loud, "D01"), who);
}

static void
drift(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const struct origin thief = sim_origin(s, sim_far(s, p->home.city, 1000), loud ? HOSTING : RESIDENTIAL);
    const int64_t t = sim_moment(s, 0.2, 0.95);
    const uint32_t session = sim_login(s, t, who, p->home, p->agent[0], p->device[0]);
    for (int k = 0; k < (loud ? 6 : 2); k++) {
        const bool other = k % 2 == 0;
        /* Stolen with the browser's name: malware takes the cookie and the user agent. */
        in_session(s, t + (3 + k * 4) * MINUTE, who, "like.create", other ? thief : p->home,
                   loud && other ? CHROME_PHONE : p->agent[0], session)
            ->target = rng_below(&s->rng, s->n_accounts);
    }
    told(s, label("stolen session", loud, "D04 D05"), who);
}

static void
swap(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const struct origin thief = sim_origin(s, loud ? sim_far(s, p->home.city, 800) : p->home.city, RESIDENTIAL);
    const int64_t t = sim_moment(s, 0.2, 0.95);
    const uint8_t other = p->agent[0] == FIREFOX_LINUX ? CHROME_WINDOWS : FIREFOX_LINUX;
    const uint32_t session = sim_login(s, t, who, p->home, p->agent[0], p->device[0]);
    for (int k = 0; k < (loud ? 5 : 1); k++)
        in_session(s, t + (loud ? 2 + k : 24) * MINUTE, who, "like.create", thief, other, session)->target =
            rng_below(&s->rng, s->n_accounts);
    told(s, label("session in another program", loud, "D05 D04"), who);
}

static void
script(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const int64_t t = sim_moment(s, 0.2, 0.95);
    const uint32_t session = sim_login(s, t, who, p->home, p->agent[0], p->device[0]);
    const struct origin from = loud ? sim_origin(s, 15, HOSTING) : p->home; /* malware on the same machine */
    for (int k = 0; k < (loud ? 20 : 2); k++)
        in_session(s, t + (loud ? 5 : 24) * MINUTE + k * 20 * SECOND, who, "dm.read", from,
                   loud ? AGENT_PYTHON : AGENT_HEADLESS, session);
    told(s, label("script in a browser's session", loud, "D06"), who);
}

static void
after_revoke(struct sim *s, bool loud, int app)
{
    const uint32_t who = sim_pick(s);
    const int64_t t = sim_moment(s, 0.2, 0.8);
    const uint64_t token = sim_grant(s, s->start - sim_seconds(s, 86400, 200 * 86400), who, app)->token;
    struct sim_event *e = sim_self(s, t, "app.revoke", who, 0);
    e->app = app;
    e->token = token;
    for (int k = 0; k < (loud ? 12 : 1); k++)
        sim_post(s, t + (loud ? HOUR + k * 3 * HOUR : 3 * DAY), who, app, "still here", NULL);
    told_with_app(s, label("use after revocation", loud, "D07"), who, app);
}

static void
reuse(struct sim *s, bool loud, int app)
{
    const uint32_t who = sim_pick(s);
    int64_t t = sim_moment(s, 0.1, 0.3);
    sim_grant(s, t, who, app);
    for (unsigned k = 0; k < 20; k++) {
        struct sim_event *e = sim_use(s, t += sim_seconds(s, 80000, 90000), who, app, "token.refresh");
        e->grant = "refresh_token";
        e->token = sim_token(who, app, k);
        sim_post(s, t + MINUTE, who, app, "planned last week", NULL);
        if (k != 12)
            continue;
        /* A thief spends it too: hours later from afar, or a minute later from the same data centre. */
        const struct origin thief = loud ? sim_origin(s, 22, HOSTING) : sim_beside(s, s->app[app].server);
        e = sim_use(s, t + (loud ? 5 * HOUR : 50 * SECOND), who, app, "token.refresh");
        e->grant = "refresh_token";
        e->token = sim_token(who, app, k);
        e->from = thief;
    }
    told_with_app(s, label("refresh token spent twice", loud, "D08"), who, app);
}

static void
stuffing(struct sim *s, bool loud)
{
    const struct origin from = sim_origin(s, 21, loud ? HOSTING : RESIDENTIAL);
    int64_t t = sim_moment(s, 0.2, 0.9);
    for (unsigned k = 0; k < (loud ? 500u : 120u); k++) {
        sim_login(s, t, sim_anybody(s), from, k % 3 == 0 ? CHROME_WINDOWS : FIREFOX_LINUX, 0);
        s->ev[s->n_ev - 1].failed = true;
        s->ev[s->n_ev - 1].session = 0;
        t += loud ? sim_seconds(s, 1, 3) : sim_seconds(s, 22, 36); /* about thirty in a quarter of an hour */
    }
    const struct sim_label l = label("credential stuffing", loud, "D10");
    sim_tell_ip(s, &l, from);
    sim_told(s);
}

static void
dormant(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    p->asleep = true;
    const int64_t t = sim_moment(s, 0.2, 0.9);
    const int app = sim_new_app(s, "Old Friend", S(TWEET_WRITE), 100 * DAY);
    for (int k = 0; k < 3; k++)
        sim_login(s, s->start - sim_seconds(s, 120 * 86400, 200 * 86400), who, p->home, p->agent[0], p->device[0]);
    struct origin thief = sim_origin(s, loud ? sim_far(s, p->home.city, 1000) : p->home.city, RESIDENTIAL);
    thief.asn = 64700;
    sim_login(s, t, who, thief, CHROME_WINDOWS, 0);
    struct sim_event *e = sim_grant(s, t + (loud ? 10 * MINUTE : 20 * HOUR), who, app);
    e->from = thief;
    e->device = 0;
    told_with_app(s, label("sleeper wakes elsewhere", loud, "D12"), who, app);
}

static void
device(struct sim *s, bool loud)
{
    uint32_t who[12];
    const unsigned n = loud ? 12 : 7;
    const uint32_t id = rng_below(&s->rng, 1u << 30) | 1;
    const struct origin thief = sim_origin(s, 20, RESIDENTIAL);
    for (unsigned k = 0; k < n; k++) {
        who[k] = sim_pick(s);
        known(s, who[k]);
        struct origin from = thief;
        if (k >= (loud ? 9u : 4u)) /* the rest through proxies near the victims */
            from = sim_origin(s, s->person[who[k]].home.city, RESIDENTIAL);
        sim_login(s, sim_moment(s, 0.6, loud ? 0.7 : 0.95), who[k], from, CHROME_PHONE, id);
    }
    const struct sim_label l = label("thief's device", loud, "D13");
    sim_tell_device(s, &l, id);
    for (unsigned k = 0; k < n; k++)
        sim_also_account(s, who[k]);
    sim_told(s);
}

/* What only deserves a low level: a place, a network or a crowd of log-ins, and nothing else. */
static void
low(struct sim *s, int what)
{
    static const char *const kinds[] = { "new country", "first log-in through a hiding network",
                                         "many log-ins at once" };
    static const char *const rules[] = { "D02", "D03", "D09" };
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const int64_t t = sim_moment(s, 0.5, 0.95);
    const struct origin from = what == 0   ? sim_origin(s, sim_far(s, p->home.city, 1000), RESIDENTIAL)
                               : what == 1 ? sim_origin(s, 25, HOSTING)
                                           : sim_origin(s, p->home.city, RESIDENTIAL);
    known(s, who);
    for (int k = 0; k < (what == 2 ? 4 : 1); k++)
        sim_login(s, t + k * 4 * MINUTE, who, from, CHROME_WINDOWS, rng_below(&s->rng, 1u << 30) | 1);
    const struct sim_label l = { "session", kinds[what], "weakness", "", rules[what] };
    sim_tell_account(s, &l, who);
    sim_told(s);
}

void
simsession_plant(struct sim *s)
{
    const unsigned n = sim_scaled(s, 12, 4);
    const int sticky[2] = { sim_new_app(s, "Sticky Poster", S(TWEET_WRITE) | S(OFFLINE), 300 * DAY),
                            sim_new_app(s, "Slow Queue", S(TWEET_WRITE) | S(OFFLINE), 300 * DAY) };
    const int refreshing = sim_new_app(s, "Mail Bird", S(TWEET_WRITE) | S(OFFLINE), 300 * DAY);
    for (unsigned i = 0; i < 2 * n; i++) {
        const bool loud = i % 2 == 0;
        travel(s, loud);
        drift(s, loud);
        swap(s, loud);
        script(s, loud);
        after_revoke(s, loud, sticky[!loud]);
        reuse(s, loud, refreshing);
        stuffing(s, loud);
        dormant(s, loud);
        if (i < 4)
            device(s, loud);
        if (i < n)
            for (int what = 0; what < 3; what++)
                low(s, what);
    }
}
