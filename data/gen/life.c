/* SPDX-License-Identifier: Apache-2.0 */
/* Ordinary life: people log in from where they live (some travel, with time enough; some use a VPN; many share a
 * carrier's address), post, like, follow, and let apps do what the apps are for. */
#include <math.h>
#include <stddef.h>

#include "stories.h"

static const char *const texts[] = {
    "good morning",
    "what a game",
    "new photo from the walk",
    "does anybody know a good book about sailing?",
    "train is late again",
    "so proud of our team today",
    "recipe in the thread",
    "listening to the rain",
    "first day at the new job",
    "happy birthday!",
    "look at this bird",
    "can recommend this podcast",
};
enum { N_TEXTS = sizeof texts / sizeof texts[0] };

static const char *const links[] = {
    "https://news.example/story/1834",     "https://blog.example/2026/11/sailing", "https://photos.example/p/77",
    "https://www.youtube.com/watch?v=abc", "https://shop.example/socks",
};
enum { N_LINKS = sizeof links / sizeof links[0] };

/* A person's own affiliate link: about one post in a hundred and fifty carries one, as studies of other platforms
 * found. */
static const char *const own_links[] = {
    "https://www.amazon.com/dp/B00BOOK?tag=alice-20",  "https://www.amazon.de/dp/B00TENT?tag=tentfan-21",
    "https://www.amazon.co.uk/dp/B00MUG?tag=mugs-21",  "https://rover.ebay.com/rover/1/711?campid=5337001",
    "https://www.booking.com/hotel/x.html?aid=304142",
};
enum { N_OWN_LINKS = sizeof own_links / sizeof own_links[0] };

uint32_t
play_login(struct world *w, struct log *l, int64_t t, const struct account *who, const struct origin *from,
           uint8_t agent, uint32_t device)
{
    struct ev *e = log_add(l, t, "session.start", who);
    e->from = *from;
    e->agent = agent;
    e->device = device;
    e->session = (uint32_t)rng_next(&w->rng) | 1;
    return e->session;
}

void
play_grant(struct log *l, int64_t t, const struct account *who, int app, const struct world *w,
           const struct origin *from, uint32_t scopes)
{
    struct ev *e = log_add(l, t, "app.authorize", who);
    e->app = app;
    e->from = *from;
    e->agent = who->agent;
    e->device = who->device;
    e->scopes = scopes;
    if (w->app[app].protocol == OAUTH2)
        e->grant = "authorization_code";
}

/* One use by an app: of a permission that it really uses. */
static void
play_use(struct world *w, struct log *l, int64_t t, const struct account *who, int app)
{
    static const struct {
        uint32_t scope;
        const char *action;
        const char *operation;
    } uses[] = {
        { S(TWEET_WRITE), "post.create", NULL },
        { S(LIKE_WRITE), "like.create", NULL },
        { S(FOLLOWS_WRITE), "follow.create", NULL },
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
    const struct app *a = &w->app[app];
    const uint32_t n = sizeof uses / sizeof uses[0];
    uint32_t i = rng_below(&w->rng, n);
    while ((uses[i].scope & (a->used | S(USERS_READ))) == 0)
        i = (i + 1) % n;
    struct ev *e = log_add(l, t, uses[i].action, who);
    e->app = app;
    e->from = a->client == CLIENT_NATIVE || a->client == CLIENT_SPA ? who->place : a->server;
    e->agent = 6;
    e->operation = uses[i].operation;
    if (e->operation != NULL)
        e->status = rng_chance(&w->rng, 0.01) ? 429 : 200;
    if (uses[i].scope == S(OFFLINE))
        e->grant = "refresh_token";
    if (uses[i].scope == S(TWEET_WRITE))
        e->text = texts[rng_below(&w->rng, N_TEXTS)];
    if (uses[i].scope == S(FOLLOWS_WRITE) || uses[i].scope == S(DM_WRITE))
        e->target = w->account[rng_zipf(&w->rng, w->n_accounts, 200)].id;
}

/* Something that a person does in a session. */
static void
play_act(struct world *w, struct log *l, int64_t t, const struct account *who, const struct origin *from,
         uint32_t session)
{
    static const char *const acts[] = { "post.create",   "like.create", "like.create",  "follow.create",
                                        "repost.create", "dm.send",     "follow.delete" };
    const char *action = acts[rng_below(&w->rng, 7)];
    struct ev *e = log_add(l, t, action, who);
    e->from = *from;
    e->agent = who->agent;
    e->device = who->device;
    e->session = session;
    if (action[0] == 'p') {
        e->text = texts[rng_below(&w->rng, N_TEXTS)];
        e->is_reply = rng_chance(&w->rng, 0.3);
        if (rng_chance(&w->rng, 0.2))
            e->url = rng_chance(&w->rng, 0.03) ? own_links[rng_below(&w->rng, N_OWN_LINKS)]
                                               : links[rng_below(&w->rng, N_LINKS)];
    } else if (action[0] == 'f' || action[0] == 'd') {
        e->target = w->account[rng_zipf(&w->rng, w->n_accounts, 200)].id;
    }
}

/* Where this person is today: at home; one in 300 days away, having flown in the night; one in 60 behind a VPN. */
static struct origin
place_today(struct world *w, const struct account *who)
{
    const double x = rng_unit(&w->rng);
    if (x < 1.0 / 60)
        return world_origin(w, (uint8_t)rng_below(&w->rng, n_cities), VPN);
    return who->place;
}

/* A visit: log-in, a few acts, a few uses by apps, sometimes a log-out. Returns the number of events. */
static uint64_t
play_visit(struct world *w, struct log *l, const struct account *who, int64_t t)
{
    const size_t before = l->n;
    const struct origin from = place_today(w, who);
    if (rng_chance(&w->rng, 0.04)) {
        struct ev *e = log_add(l, t - (20 + (int64_t)rng_below(&w->rng, 40)) * SECOND, "session.start", who);
        e->from = from;
        e->agent = who->agent;
        e->device = who->device;
        e->failed = true;
    }
    const uint32_t session = play_login(w, l, t, who, &from, who->agent, who->device);
    const unsigned acts = 1 + rng_below(&w->rng, 8);
    for (unsigned i = 0; i < acts; i++) {
        t += (int64_t)(1 + rng_below(&w->rng, 300)) * SECOND + rng_below(&w->rng, 1000) * 1000;
        play_act(w, l, t, who, &from, session);
    }
    if (rng_chance(&w->rng, 0.3)) {
        struct ev *e = log_add(l, t + 30 * SECOND, "session.end", who);
        e->from = from;
        e->agent = who->agent;
        e->device = who->device;
        e->session = session;
    }
    return l->n - before;
}

/* Apps that people let in: a grant (rarely new this week: most were there before), then uses. */
static uint64_t
play_app_day(struct world *w, struct log *l, const struct account *who, int64_t t)
{
    const size_t before = l->n;
    const int app = (int)rng_zipf(&w->rng, w->n_ordinary, 3);
    if (rng_chance(&w->rng, 0.05))
        play_grant(l, t, who, app, w, &who->place, w->app[app].scopes);
    const unsigned uses = 1 + rng_below(&w->rng, 6);
    for (unsigned i = 0; i < uses; i++) {
        t += (int64_t)(1 + rng_below(&w->rng, 3600)) * SECOND;
        play_use(w, l, t, who, app);
    }
    return l->n - before;
}

/* Grants that were alive when the week began, as an export of them: file 0. */
static uint64_t
play_old_grants(struct world *w, struct log *l)
{
    const size_t before = l->n;
    for (uint32_t i = 0; i < w->n_accounts; i += 3) {
        const int app = (int)rng_zipf(&w->rng, w->n_ordinary, 3);
        const int64_t age = (int64_t)(1 + rng_below(&w->rng, 400)) * DAY;
        play_grant(l, w->start - age, &w->account[i], app, w, &w->account[i].place, w->app[app].scopes);
    }
    return l->n - before;
}

void
life_play(struct world *w, struct log *l, uint64_t n)
{
    uint64_t done = play_old_grants(w, l);
    while (done < n) {
        const struct account *who = &w->account[rng_zipf(&w->rng, w->n_accounts, 200)];
        const int64_t day = w->start + (int64_t)rng_below(&w->rng, w->days) * DAY;
        /* Two sines of day: people sleep. */
        const double hour = 14 + 6 * sin(rng_unit(&w->rng) * 6.2831853) + 3 * rng_unit(&w->rng);
        const int64_t t = day + (int64_t)(hour * 3600) % 86400 * SECOND + rng_below(&w->rng, 1000) * 1000;
        done += play_visit(w, l, who, t);
        done += play_app_day(w, l, who, t + (int64_t)rng_below(&w->rng, 7200) * SECOND);
    }
}
