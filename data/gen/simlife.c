/* SPDX-License-Identifier: Apache-2.0 */
/* Ordinary life: people log in at home and on the way, some through a VPN, some from abroad (after a flight), and use
 * the apps that they let in, each in a way of their own. Nothing here is labelled: a finding about it is a false
 * alarm. */
#include <math.h>
#include <string.h>

#include "simulation.h"

static const char *const texts[] = {
    "good morning",
    "what a game",
    "new photo from the walk by the river",
    "does anybody know a good book about sailing?",
    "train is late again",
    "so proud of our team today",
    "the recipe is in the thread below, enjoy it",
    "listening to the rain",
    "first day at the new job and I am so nervous",
    "happy birthday!",
    "look at this bird that came to my window today",
    "I can recommend this podcast to everybody",
};
enum { N_TEXTS = sizeof texts / sizeof texts[0] };

static const struct {
    const char *name;
    uint32_t scopes;
} sorts[] = {
    { "Reader", S(FOLLOWS_READ) | S(LIKE_READ) },
    { "Planner", S(TWEET_WRITE) | S(MEDIA_WRITE) | S(OFFLINE) },
    { "Bookmarks", S(LIKE_READ) | S(BOOKMARK_READ) },
    { "Deck", S(TWEET_WRITE) | S(LIKE_WRITE) | S(FOLLOWS_READ) | S(OFFLINE) },
    { "Sign-in", S(USERS_EMAIL) },
    { "Inbox", S(DM_READ) | S(DM_WRITE) | S(OFFLINE) },
    { "Stats", S(FOLLOWS_READ) | S(OFFLINE) },
    { "Quiz", S(TWEET_WRITE) },
};
enum { N_SORTS = sizeof sorts / sizeof sorts[0] };

static void
add_apps(struct sim *s)
{
    static const char *const first[] = { "Daily", "Photo", "Super", "Blue", "Quiet", "Team", "News", "Chess",
                                         "Run",   "Sky",   "Maple", "Owl",  "Polar", "Tiny", "Wave", "Garden" };
    for (uint32_t i = 0; i < s->n_ordinary; i++) {
        const unsigned sort = rng_below(&s->rng, N_SORTS);
        const bool fresh = rng_chance(&s->rng, 0.04); /* registered while we look */
        char name[48];
        snprintf(name, sizeof name, "%s %s %u", first[rng_below(&s->rng, 16)], sorts[sort].name, i % 97);
        const int64_t age =
            fresh ? -(int64_t)rng_below(&s->rng, s->days) * DAY : (int64_t)(100 + rng_below(&s->rng, 1500)) * DAY;
        const int app = sim_new_app(s, name, sorts[sort].scopes, age);
        struct sim_app *a = &s->app[app];
        a->client = (enum client)rng_below(&s->rng, 4);
        a->verified = rng_chance(&s->rng, 0.3);
        a->rotates = !rng_chance(&s->rng, 0.2);
        if (!fresh && rng_chance(&s->rng, 0.1)) {
            a->protocol = OAUTH1A;
            a->used &= ~S(OFFLINE); /* its tokens do not end */
            a->level = (a->scopes & S(DM_READ)) != 0       ? "read_write_dm"
                       : (a->scopes & S(TWEET_WRITE)) != 0 ? "read_write"
                                                           : "read";
        }
        if (rng_chance(&s->rng, 0.1))
            snprintf(a->redirect, sizeof a->redirect, "https://app%u.herokuapp.com/cb", i);
    }
}

/* An ordinary app that is there at this time. */
static int
some_app(struct sim *s, int64_t t)
{
    int app;
    do
        app = (int)rng_zipf(&s->rng, s->n_ordinary, 8);
    while (s->app[app].created > t);
    return app;
}

static void
plan_journey(struct sim *s, struct person *p)
{
    const unsigned city = rng_below(&s->rng, n_sim_cities);
    const double hours = sim_distance(p->home.city, city) / 750 + 3;
    p->away = sim_origin(s, city, RESIDENTIAL);
    p->away_from = sim_moment(s, 0, 1);
    p->away_there = p->away_from + (int64_t)(hours * 3600) * SECOND;
    p->away_to = p->away_there + (int64_t)(2 + rng_below(&s->rng, 9)) * DAY;
}

static void
remember(struct sim *s, uint32_t who)
{
    struct person *p = &s->person[who];
    /* The platform keeps the last log-in of every account. */
    if (!p->asleep)
        p->session[0] =
            sim_login(s, s->start - sim_seconds(s, 3600, 20 * 86400), who, p->home, p->agent[0], p->device[0]);
    const unsigned n = rng_below(&s->rng, MAX_ACCOUNT_APPS);
    for (unsigned k = 0; k < n; k++) {
        const int app = some_app(s, s->start - 90 * DAY);
        bool twice = false;
        for (unsigned j = 0; j < k; j++)
            twice |= p->app[j].app == app;
        if (twice)
            continue;
        p->app[k].app = app;
        int64_t t = s->start - sim_seconds(s, 86400, 400 * 86400);
        sim_grant(s, t > s->app[app].created ? t : s->app[app].created + DAY, who, app);
    }
}

void
simlife_begin(struct sim *s)
{
    add_apps(s);
}

/* ---- a day ---- */

/* Every person leaves out a quarter of what an app can do. */
static bool
neglects(uint32_t who, int app, uint32_t use)
{
    struct rng r = { ((uint64_t)who << 20 | (uint32_t)app) * 64 + use };
    return rng_next(&r) % 4 == 0;
}

static void
use_app(struct sim *s, int64_t t, uint32_t who, struct holding *h)
{
    static const struct {
        uint32_t scope;
        const char *action;
        const char *operation;
    } uses[] = {
        { S(TWEET_WRITE), "post.create", NULL },
        { S(LIKE_WRITE), "like.create", NULL },
        { S(DM_READ), "dm.read", NULL },
        { S(DM_WRITE), "dm.send", NULL },
        { S(FOLLOWS_READ), "api.call", "follows.read" },
        { S(LIKE_READ), "api.call", "like.read" },
        { S(USERS_EMAIL), "api.call", "users.email" },
        { S(BOOKMARK_READ), "api.call", "bookmark.read" },
        { S(MEDIA_WRITE), "api.call", "media.upload" },
        { S(OFFLINE), "token.refresh", NULL },
        { S(USERS_READ), "api.call", "users.read" },
    };
    const uint32_t n = sizeof uses / sizeof uses[0];
    const struct sim_app *a = &s->app[h->app];
    uint32_t i;
    do
        i = rng_below(&s->rng, n);
    while ((uses[i].scope & (a->used | S(USERS_READ))) == 0 ||
           (uses[i].scope != S(USERS_READ) && neglects(who, h->app, i)));
    struct sim_event *e = strcmp(uses[i].action, "post.create") == 0
                              ? sim_post(s, t, who, h->app, texts[rng_below(&s->rng, N_TEXTS)], NULL)
                              : sim_use(s, t, who, h->app, uses[i].action);
    e->operation = uses[i].operation;
    e->status = e->operation == NULL ? 0 : rng_chance(&s->rng, 0.01) ? 429 : 200;
    e->token = sim_token(who, h->app, h->token);
    if (uses[i].scope == S(OFFLINE)) {
        e->grant = "refresh_token";
        h->token += a->rotates;
    }
    if (uses[i].scope == S(DM_WRITE))
        e->target = rng_below(&s->rng, s->n_accounts);
}

/* A new grant has a token that the app never had for this person, in whichever place it is held. */
static uint32_t
new_token(const struct person *p)
{
    uint32_t last = 0;
    for (int k = 0; k < MAX_ACCOUNT_APPS; k++)
        last = p->app[k].token > last ? p->app[k].token : last;
    return last + 1;
}

static void
app_day(struct sim *s, int64_t midnight, uint32_t who)
{
    struct person *p = &s->person[who];
    for (int k = 0; k < MAX_ACCOUNT_APPS; k++) {
        struct holding *h = &p->app[k];
        const double x = rng_unit(&s->rng);
        int64_t t = midnight + sim_seconds(s, 6 * 3600, 20 * 3600);
        if (h->app >= 0 && x < 0.005) {
            sim_self(s, t, "app.revoke", who, 0)->app = h->app;
            s->ev[s->n_ev - 1].token = sim_token(who, h->app, h->token);
            h->app = -1;
        } else if (h->app >= 0 && x < 0.35) {
            for (unsigned n = 1 + rng_below(&s->rng, 3); n > 0; n--)
                use_app(s, t += sim_seconds(s, 5, 3600), who, h);
        } else if (h->app < 0 && x > 0.996) {
            const int app = some_app(s, t);
            bool twice = false;
            for (int j = 0; j < MAX_ACCOUNT_APPS; j++)
                twice |= p->app[j].app == app;
            if (twice)
                continue;
            h->app = app;
            h->token = new_token(p);
            sim_grant(s, t, who, app)->token = sim_token(who, app, h->token);
        }
    }
}

static struct sim_event *
act(struct sim *s, int64_t t, uint32_t who, const char *action, struct origin from, int k)
{
    struct sim_event *e = sim_self(s, t, action, who, k);
    e->from = from;
    e->session = s->person[who].session[k];
    return e;
}

/* A person's own affiliate link: about one post in a hundred and fifty carries one, as studies of other platforms
 * found. */
static void
write_post(struct sim *s, int64_t t, uint32_t who, struct origin from, int k)
{
    struct sim_event *e = act(s, t, who, "post.create", from, k);
    e->post = ++s->n_posts;
    e->text = texts[rng_below(&s->rng, N_TEXTS)];
    if (rng_chance(&s->rng, 0.3))
        e->reply_to = rng_zipf(&s->rng, s->n_accounts, 500);
    const double x = rng_unit(&s->rng);
    if (x < 0.007)
        e->url = sim_string(s, "https://www.amazon.com/dp/B%09u?tag=person%u-20", rng_below(&s->rng, 100000), who);
    else if (x < 0.2)
        e->url = sim_string(s, "https://news%u.example/story/%u", rng_below(&s->rng, 40), rng_zipf(&s->rng, 90000, 50));
}

static void
visit(struct sim *s, int64_t t, uint32_t who)
{
    static const char *const acts[] = { "like.create", "like.create",   "like.create", "follow.create", "repost.create",
                                        "dm.send",     "follow.delete", "post.create", "post.create" };
    struct person *p = &s->person[who];
    const int k = rng_chance(&s->rng, 0.6);
    struct origin from = k == 1 && rng_chance(&s->rng, 0.5) ? p->phone : p->home;
    const int64_t flight = p->away_there - p->away_from;
    if ((t >= p->away_from && t < p->away_there) || (t >= p->away_to - HOUR && t < p->away_to + flight))
        return; /* in the air, there or back */
    if (t >= p->away_there && t < p->away_to)
        from = p->away;
    else if (p->tunnel.asn != 0 && rng_chance(&s->rng, 0.4))
        from = sim_beside(s, p->tunnel);
    if (rng_chance(&s->rng, 0.04)) {
        struct sim_event *e = act(s, t - sim_seconds(s, 10, 60), who, "session.start", from, k);
        e->session = 0;
        e->failed = true;
    }
    if (p->session[k] == 0 || rng_chance(&s->rng, 0.5))
        p->session[k] = sim_login(s, t, who, from, p->agent[k], p->device[k]);
    for (unsigned n = 1 + rng_below(&s->rng, 7); n > 0; n--) {
        const char *what = acts[rng_below(&s->rng, 9)];
        t += sim_seconds(s, 2, 300);
        if (k == 1 && rng_chance(&s->rng, 0.03) && (from.ip == p->home.ip || from.ip == p->phone.ip))
            from = from.ip == p->home.ip ? p->phone : p->home; /* leaves the house */
        if (what[0] == 'p')
            write_post(s, t, who, from, k);
        else
            act(s, t, who, what, from, k)->target =
                what[0] == 'f' || what[0] == 'd' ? rng_zipf(&s->rng, s->n_accounts, 500) : NO_ACCOUNT;
    }
    if (rng_chance(&s->rng, 0.004))
        act(s, t + MINUTE, who, "account.change", from, k)->change = rng_chance(&s->rng, 0.5) ? "password" : "mfa";
    if (rng_chance(&s->rng, 0.15)) {
        act(s, t + 2 * MINUTE, who, "session.end", from, k);
        p->session[k] = 0;
    }
}

void
simlife_day(struct sim *s, unsigned day)
{
    const int64_t midnight = s->start + (int64_t)day * DAY;
    for (uint32_t i = 0; i < s->n_accounts; i++) {
        struct person *p = &s->person[i];
        if (day == 0) {
            if (!p->taken && !p->crowd && rng_chance(&s->rng, s->days / 200.0))
                plan_journey(s, p);
            remember(s, i);
        }
        if (p->asleep)
            continue;
        /* A Poisson number of visits, by night or day of where they live. */
        double left = exp(-(double)p->visits);
        for (double u = rng_unit(&s->rng); u > left && left > 1e-9; u *= rng_unit(&s->rng)) {
            const double hour =
                15 + 4 * (rng_unit(&s->rng) + rng_unit(&s->rng) - 1) * 2 - sim_cities[p->home.city].lon / 15;
            visit(s, midnight + (int64_t)(fmod(hour + 24, 24) * 3600) * SECOND + sim_seconds(s, 0, 60), i);
        }
        app_day(s, midnight, i);
    }
}
