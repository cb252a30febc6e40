/* SPDX-License-Identifier: Apache-2.0 */
/* What looks like abuse and is not. Each class is as large as the world bears, because a rule is asked to hit at most
 * one in fifty of it. */
#include "simulation.h"

static struct sim_label
label(const char *family, const char *kind)
{
    return (struct sim_label){ family, kind, "look-alike", "", "" };
}

static void
account(struct sim *s, const char *kind, uint32_t who)
{
    const struct sim_label l = label("session", kind);
    sim_tell_account(s, &l, who);
    sim_told(s);
}

static void
app(struct sim *s, const char *family, const char *kind, int which)
{
    const struct sim_label l = label(family, kind);
    sim_tell_app(s, &l, which);
    sim_told(s);
}

static int64_t
old(struct sim *s)
{
    return s->start - sim_seconds(s, 40 * 86400, 300 * 86400);
}

/* An honest app with n people who let it in long ago. */
static int
established(struct sim *s, const char *name, uint32_t scopes, uint32_t *who, unsigned n)
{
    const int which = sim_new_app(s, name, scopes, 600 * DAY);
    for (unsigned k = 0; k < n; k++) {
        who[k] = sim_anybody(s);
        sim_grant(s, old(s), who[k], which);
    }
    return which;
}

/* ---- people ---- */

static uint32_t
log_in(struct sim *s, int64_t t, uint32_t who, struct origin from, int k)
{
    return sim_login(s, t, who, from, s->person[who].agent[k], s->person[who].device[k]);
}

static void
traveller(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const unsigned city = sim_far(s, p->home.city, 1500);
    p->away = sim_origin(s, city, RESIDENTIAL);
    p->away_from = sim_moment(s, 0.4, 0.8);
    p->away_there = p->away_from + (int64_t)((sim_distance(p->home.city, city) / 850 + 2.5) * 3600) * SECOND;
    p->away_to = p->away_there + (int64_t)(3 + rng_below(&s->rng, 8)) * DAY;
    log_in(s, p->away_from - 20 * MINUTE, who, p->home, 1); /* at the gate */
    log_in(s, p->away_there + 10 * MINUTE, who, p->away, 1);
    account(s, "traveller by plane", who);
}

static void
commuter(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const unsigned pair = rng_below(&s->rng, 4) * 2;
    p->home = sim_origin(s, pair, RESIDENTIAL);
    p->phone = sim_origin(s, pair, MOBILE);
    const struct origin work = sim_origin(s, pair + 1, CORPORATE);
    for (unsigned day = 0; day < s->days; day++) {
        const int64_t t = s->start + (int64_t)day * DAY + sim_seconds(s, 6 * 3600, 7 * 3600);
        if (day % 7 >= 5)
            continue;
        log_in(s, t, who, p->home, 1);
        log_in(s, t + 70 * MINUTE, who, work, 0);
        log_in(s, t + 11 * HOUR, who, p->home, 1);
    }
    account(s, "commuter across a border", who);
}

static void
vpn_user(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    p->tunnel = sim_origin(s, rng_below(&s->rng, n_sim_cities), VPN);
    for (unsigned k = 0; k < s->days; k++) {
        const int64_t t = sim_moment(s, 0, 1);
        log_in(s, t, who, p->home, 0);
        log_in(s, t + sim_seconds(s, 300, 7200), who, sim_origin(s, rng_below(&s->rng, n_sim_cities), VPN), 0);
    }
    account(s, "VPN user", who);
}

/* A session that leaves the house: Wi-Fi, then the carrier, whose gateway is in another city of the country. */
static void
walker(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    p->home = sim_origin(s, 14, RESIDENTIAL); /* New York, and a gateway in Chicago */
    p->phone = sim_origin(s, 15, MOBILE);
    for (unsigned k = 0; k < s->days / 2; k++) {
        const int64_t t = sim_moment(s, 0, 1);
        const uint32_t session = log_in(s, t, who, p->home, 1);
        for (int j = 1; j < 4; j++)
            sim_self(s, t + j * 4 * MINUTE, "like.create", who, 1)->session = session;
    }
    account(s, "phone between Wi-Fi and carrier", who);
}

static void
updater(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    const int64_t t = sim_moment(s, 0, 1);
    p->agent[0] = CHROME_WINDOWS;
    const uint32_t session = log_in(s, t, who, p->home, 0);
    struct sim_event *e = sim_self(s, t + 12 * MINUTE, "like.create", who, 0);
    e->session = session;
    e->agent = CHROME_WINDOWS_NEXT;
    e->from = sim_beside(s, p->home); /* the router got a new address */
    account(s, "browser update", who);
}

static void
twin(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    for (unsigned k = 0; k < s->days; k++) {
        const int64_t t = sim_moment(s, 0, 1);
        log_in(s, t, who, s->person[who].home, 0);
        log_in(s, t + 2 * SECOND, who, s->person[who].home, 0);
        s->ev[s->n_ev - 1].six = true;
        log_in(s, t + 3 * MINUTE, who, s->person[who].home, 1);
        s->ev[s->n_ev - 1].six = true;
    }
    account(s, "IPv6 twin", who);
}

static void
comes_back(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    struct person *p = &s->person[who];
    p->asleep = true;
    for (int k = 0; k < 3; k++)
        log_in(s, s->start - sim_seconds(s, 120 * 86400, 200 * 86400), who, p->home, 0);
    const int64_t t = sim_moment(s, 0.2, 0.8);
    const bool moved = rng_chance(&s->rng, 0.5); /* to another provider, in the same city */
    struct origin from = p->home;
    if (moved)
        from = p->phone;
    log_in(s, t, who, from, 0);
    if (!moved)
        sim_grant(s, t + HOUR, who, (int)rng_below(&s->rng, s->n_ordinary));
    account(s, "comes back after months", who);
}

static void
password_manager(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    const struct person *p = &s->person[who];
    for (int turn = 0; turn < 3; turn++) {
        int64_t t = sim_moment(s, 0, 1);
        for (int k = 0; k < 12; k++) {
            log_in(s, t += 4 * SECOND, who, p->home, 0);
            s->ev[s->n_ev - 1].failed = true;
            s->ev[s->n_ev - 1].session = 0;
        }
        log_in(s, t + MINUTE, who, p->home, 0);
    }
    account(s, "password manager that retries", who);
}

static void
refresh(struct sim *s, int which, bool rotates)
{
    const uint32_t who = sim_pick(s);
    int64_t t = sim_moment(s, 0, 0.2);
    sim_grant(s, t, who, which);
    for (unsigned k = 0; k < 25; k++) {
        t += sim_seconds(s, 70000, 90000);
        for (int again = 0; again <= (rotates && k % 5 == 0); again++) {
            struct sim_event *e = sim_use(s, t + again * 4 * SECOND, who, which, "token.refresh");
            e->grant = "refresh_token";
            e->token = sim_token(who, which, rotates ? k + 1 : 0);
            e->from = s->app[which].server;
        }
        sim_post(s, t + MINUTE, who, which, "planned last week", NULL);
    }
    account(s, rotates ? "refresh that is retried" : "refresh token that does not rotate", who);
}

/* Calls that were under way when access was taken back; and people who take access back and let the app in again. */
static void
in_flight(struct sim *s, int which)
{
    const uint32_t who = sim_pick(s);
    const int64_t t = sim_moment(s, 0.1, 0.8);
    sim_grant(s, old(s), who, which);
    struct sim_event *e = sim_self(s, t, "app.revoke", who, 0);
    e->app = which;
    e->token = sim_token(who, which, 0);
    sim_post(s, t + 20 * SECOND, who, which, "queued long before", NULL);
    sim_grant(s, t + 2 * DAY, who, which)->token = sim_token(who, which, 1);
    sim_post(s, t + 3 * DAY, who, which, "back again", NULL)->token = sim_token(who, which, 1);
    account(s, "call under way at revocation", who);
}

static void
follows(struct sim *s, const char *kind, bool game)
{
    const uint32_t who = sim_pick(s);
    for (unsigned k = 0; k < (game ? 45u : 900u); k++) {
        const uint32_t target = rng_below(&s->rng, s->n_accounts);
        const int64_t t = game ? sim_moment(s, 0, 0.9) : sim_moment(s, 0.5, 0.58);
        if (game)
            sim_self(s, t - DAY, "follow.create", who, 0)->target = target;
        sim_self(s, t, "follow.delete", who, 0)->target = target;
    }
    const struct sim_label l = label("password", kind);
    sim_tell_account(s, &l, who);
    sim_told(s);
}

/* ---- addresses and devices ---- */

static void
crowd_address(struct sim *s, const char *kind, enum ip_class class_, unsigned people, unsigned failures)
{
    struct origin from = sim_origin(s, 8 + rng_below(&s->rng, 20), class_);
    for (unsigned k = 0; k < people; k++) {
        const uint32_t who = sim_anybody(s);
        const unsigned days = 2 + rng_below(&s->rng, 6);
        from.city = s->person[who].home.city; /* so that it is nobody's journey */
        for (unsigned j = 0; j < days; j++)
            log_in(s, sim_moment(s, 0, 1), who, from, 1);
    }
    /* Monday at nine everybody mistypes. */
    const int64_t monday = s->start + 7 * DAY + 9 * HOUR;
    for (unsigned k = 0; k < failures; k++) {
        const uint32_t who = sim_anybody(s);
        const int64_t t = monday + sim_seconds(s, 0, 1800);
        log_in(s, t, who, from, 0);
        s->ev[s->n_ev - 1].failed = true;
        s->ev[s->n_ev - 1].session = 0;
    }
    const struct sim_label l = label("password", kind);
    sim_tell_ip(s, &l, from);
    sim_told(s);
}

static void
shared_device(struct sim *s, const char *kind, unsigned people)
{
    const uint32_t id = rng_below(&s->rng, 1u << 30) | 1;
    const struct origin home = s->person[sim_anybody(s)].home;
    for (unsigned k = 0; k < people; k++) {
        uint32_t who;
        do
            who = sim_anybody(s);
        while (s->person[who].home.city != home.city);
        for (unsigned j = 0; j < 6; j++)
            sim_login(s, sim_moment(s, 0, 1), who, home, SAFARI_MAC, id);
    }
    const struct sim_label l = label("session", kind);
    sim_tell_device(s, &l, id);
    sim_told(s);
}

/* ---- apps ---- */

/* Some agencies register their customers' apps themselves and post for them; of others the customers are the owners,
 * and the apps only know who signs in. */
static void
agency(struct sim *s, const char *kind, bool verified, bool posts)
{
    const unsigned host = rng_below(&s->rng, 1000000);
    const uint32_t owner = sim_anybody(s);
    int which[4];
    for (unsigned k = 0; k < 4; k++) {
        which[k] = sim_new_app(s, sim_string(s, "Festival Guide %u", k), posts ? S(TWEET_WRITE) : S(USERS_EMAIL),
                               -(int64_t)(k * 6 + 2) * DAY);
        struct sim_app *a = &s->app[which[k]];
        a->owner = posts ? owner : a->owner;
        a->verified = verified;
        snprintf(a->redirect, sizeof a->redirect, "https://agency%u.example/cb", host);
        for (unsigned j = 0; j < 25; j++)
            sim_grant(s, s->app[which[k]].created + DAY + sim_seconds(s, 0, 10 * 86400), sim_anybody(s), which[k]);
    }
    const struct sim_label l = label("password", kind);
    sim_tell(s, &l, "host", sim_string(s, "agency%u.example", host));
    for (unsigned k = 0; k < 4; k++)
        sim_also_app(s, which[k]);
    sim_told(s);
}

static void
viral(struct sim *s)
{
    const double day = 0.1 + 0.6 * rng_unit(&s->rng);
    const int which = sim_new_app(s, "Bird Game", S(TWEET_WRITE), -(int64_t)(day * s->days) * DAY);
    s->app[which].verified = rng_chance(&s->rng, 0.5);
    for (unsigned k = 0; k < sim_scaled(s, 500, 150); k++) {
        const uint32_t who = sim_anybody(s);
        const int64_t t = s->app[which].created + DAY + sim_seconds(s, 0, 4 * 86400);
        sim_grant(s, t, who, which);
        sim_post(s, t + HOUR, who, which, "level 3 reached in the bird game", "https://birdgame.example/play");
    }
    app(s, "privilege", "viral launch", which);
}

static void
verified_growth(struct sim *s)
{
    uint32_t who[30];
    const int which = established(s, "Post Desk", S(TWEET_WRITE) | S(DM_READ) | S(DM_WRITE) | S(OFFLINE), who, 30);
    s->app[which].verified = true;
    for (unsigned k = 0; k < 160; k++) {
        const int64_t t = sim_moment(s, 0, 0.9);
        const uint32_t user = sim_anybody(s);
        sim_grant(s, t, user, which);
        sim_post(s, t + HOUR, user, which, "planned with the desk", NULL);
        sim_use(s, t + 2 * HOUR, user, which, "dm.read");
        sim_use(s, t + 3 * HOUR, user, which, "dm.send")->target = sim_anybody(s);
    }
    app(s, "privilege", "verified app that grows", which);
}

/* A client with everything: many use a part of it. */
static void
full_client(struct sim *s)
{
    uint32_t who[80];
    const int which = established(
        s, "Bluebird Client", S(TWEET_WRITE) | S(LIKE_WRITE) | S(DM_READ) | S(DM_WRITE) | S(FOLLOWS_WRITE), who, 80);
    s->app[which].client = CLIENT_NATIVE;
    for (unsigned k = 0; k < 80; k++) {
        for (unsigned j = 0; j < 40; j++) {
            const int64_t t = sim_moment(s, 0, 1);
            const unsigned what = rng_below(&s->rng, k % 5 == 0 ? 1 : 5); /* one in five only posts */
            if (what == 0)
                sim_post(s, t, who[k], which, "hello from the client", NULL);
            else
                sim_use(s, t, who[k], which,
                        (const char *[]){ "like.create", "dm.read", "dm.send", "follow.create" }[what - 1])
                    ->target = sim_anybody(s);
        }
    }
    app(s, "privilege", "full client, partly used", which);
}

static void
reconsent(struct sim *s, bool verified)
{
    uint32_t who[40];
    const int which = established(s, "Album", S(MEDIA_WRITE), who, 40);
    s->app[which].verified = verified;
    for (unsigned k = 0; k < 40; k++) {
        const int64_t t = sim_moment(s, 0.5, 0.7);
        sim_grant(s, t, who[k], which)->scopes |= S(TWEET_WRITE); /* the new feature, used at once */
        sim_post(s, t + MINUTE, who[k], which, "my new album is here", NULL);
    }
    app(s, "privilege", "new feature with a new consent", which);
}

static void
seasonal(struct sim *s)
{
    uint32_t who[60];
    const int which = established(s, "Advent Calendar", S(TWEET_WRITE), who, 60);
    const int64_t day = sim_moment(s, 0.3, 0.8);
    for (unsigned k = 0; k < 60; k++) {
        sim_post(s, s->start - 100 * DAY - sim_seconds(s, 0, 86400), who[k], which, "door 24 is open", NULL);
        for (unsigned j = 0; j < 3; j++)
            sim_post(s, day + sim_seconds(s, 0, 10 * 3600) + j * DAY, who[k], which, "a door is open", NULL);
    }
    app(s, "privilege", "seasonal app wakes", which);
}

static void
clean_up_revocations(struct sim *s)
{
    uint32_t who[80];
    const int which = established(s, "Summer Quiz", S(TWEET_WRITE), who, 80);
    const int64_t t = sim_moment(s, 0.5, 0.6);
    for (unsigned k = 0; k < 80; k++) {
        if (k < 30) /* some came in the last days */
            sim_grant(s, t - sim_seconds(s, 86400, 20 * 86400), sim_anybody(s), which);
        struct sim_event *e = sim_self(s, t + sim_seconds(s, 0, 3600), "app.revoke", who[k], 0);
        e->app = which;
        e->token = sim_token(who[k], which, 0);
    }
    app(s, "privilege", "old users clean up", which);
}

static void
developer(struct sim *s)
{
    const int which = sim_new_app(s, "My Script", S(TWEET_WRITE) | S(DM_READ) | S(DM_WRITE) | S(OFFLINE), 90 * DAY);
    const uint32_t who = s->app[which].owner;
    snprintf(s->app[which].redirect, sizeof s->app[which].redirect, "http://localhost:3000/cb");
    s->app[which].client = CLIENT_BOT;
    for (unsigned k = 0; k < 3; k++)
        sim_grant(s, sim_moment(s, 0, 0.9), who, which);
    for (unsigned k = 0; k < 30; k++) {
        sim_use(s, sim_moment(s, 0, 1), who, which, "dm.read");
        sim_use(s, sim_moment(s, 0, 1), who, which, "dm.send")->target = sim_anybody(s);
        sim_post(s, sim_moment(s, 0, 1), who, which, "test", NULL);
    }
    app(s, "privilege", "developer's own app", which);
}

static void
first_party(struct sim *s)
{
    const int which = sim_new_app(s, "Mobile", S(TWEET_WRITE) | S(OFFLINE), 3000 * DAY);
    s->app[which].first_party = true;
    s->app[which].verified = true;
    s->app[which].client = CLIENT_NATIVE;
    for (unsigned k = 0; k < 200; k++)
        sim_use(s, sim_moment(s, 0, 1), sim_anybody(s), which, "token.issue")->grant = "password";
    app(s, "password", "the platform's own app", which);
}

/* Ten brands' accounts, posted for at the ceiling when the catalogue changes: but few, and by night. */
static void
batch(struct sim *s)
{
    uint32_t who[6];
    const int which = established(s, "Stock Feed", S(TWEET_WRITE), who, 6);
    for (unsigned k = 0; k < 6; k++)
        for (unsigned j = 0; j < 900; j++)
            sim_post(s, s->start + 9 * DAY + j * 9500 * (SECOND / 1000), who[k], which,
                     sim_string(s, "item %u is in stock again", j * 7 + k), NULL);
    app(s, "password", "batch app at the ceiling", which);
}

/* A new member gets a list of thirty accounts that the app recommends, and follows some of it. */
static void
onboarding(struct sim *s)
{
    uint32_t stars[300];
    const int which = sim_new_app(s, "Town Guide", S(FOLLOWS_WRITE), 300 * DAY);
    for (unsigned k = 0; k < 300; k++)
        stars[k] = rng_below(&s->rng, s->n_accounts);
    for (unsigned k = 0; k < 90; k++) {
        const uint32_t who = sim_anybody(s);
        const int64_t t = sim_moment(s, 0, 0.9);
        sim_grant(s, t, who, which);
        for (unsigned j = 0; j < 5; j++)
            sim_use(s, t + (j + 1) * MINUTE, who, which, "follow.create")->target = stars[rng_zipf(&s->rng, 300, 40)];
    }
    app(s, "password", "onboarding list", which);
}

/* What people say of things that they like, each in his own words. */
static const char *
own_words(struct sim *s)
{
    static const char *const words[] = {
        "garden", "lens",   "kettle",  "winter", "tripod", "really", "camping",  "bargain", "sturdy",   "kids",
        "paint",  "summer", "guitar",  "loved",  "broken", "second", "kitchen",  "quiet",   "balcony",  "weekend",
        "bike",   "brush",  "battery", "yellow", "travel", "still",  "notebook", "warm",    "surprise", "cheap",
    };
    char text[200];
    size_t n = 0;
    for (int k = 0; k < 9; k++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", k != 0 ? " " : "", words[rng_below(&s->rng, 30)]);
    return sim_string(s, "%s", text);
}

/* People who post their own affiliate links through a tool: every one has an id of his own. */
static void
own_links(struct sim *s, const char *name, const char *kind, double share, bool disclosed)
{
    uint32_t who[20];
    const int which = established(s, name, S(TWEET_WRITE) | S(OFFLINE), who, 20);
    s->app[which].verified = true;
    for (unsigned k = 0; k < 20; k++)
        for (unsigned j = 0; j < 40; j++) {
            const bool ad = rng_chance(&s->rng, share);
            const char *text = ad ? sim_string(s, "%s%s", own_words(s), disclosed ? " #ad" : "")
                                  : sim_string(s, "new video %u is up", rng_below(&s->rng, 99999));
            sim_post(
                s, sim_moment(s, 0, 1), who[k], which, text,
                ad ? sim_string(s, "https://www.amazon.com/dp/B%05u?tag=own%u-20", rng_below(&s->rng, 99999), who[k])
                   : NULL);
        }
    app(s, "affiliate", kind, which);
}

static void
scheduler(struct sim *s)
{
    uint32_t who[40];
    const int which = established(s, "Later Planner", S(TWEET_WRITE) | S(OFFLINE), who, 40);
    for (unsigned k = 0; k < 40; k++)
        for (unsigned j = 0; j < 40; j++)
            sim_post(s,
                     s->start + (int64_t)rng_below(&s->rng, s->days) * DAY + 9 * HOUR + rng_below(&s->rng, 3) * SECOND,
                     who[k], which, sim_string(s, "planned post %u of today", rng_below(&s->rng, 99999)),
                     j % 4 == 0 ? sim_string(s, "https://blog%u.example/%u", who[k], j) : NULL);
    app(s, "affiliate", "scheduler", which);
}

/* One story, on the accounts of all local editions, in the same minute. A small paper's tool is its own, and nobody has
 * verified it; the editor lets it in for all editions from the office. */
static void
newsroom(struct sim *s, const char *kind, bool verified)
{
    uint32_t who[12];
    const unsigned paper = rng_below(&s->rng, 1000000);
    const struct origin office = sim_origin(s, rng_below(&s->rng, n_sim_cities), CORPORATE);
    const int which = sim_new_app(s, "Newsroom", S(TWEET_WRITE) | S(OFFLINE), 600 * DAY);
    s->app[which].verified = verified;
    for (unsigned k = 0; k < 12; k++) {
        who[k] = sim_anybody(s);
        struct sim_event *e = sim_grant(s, old(s), who[k], which);
        if (!verified)
            e->from = office;
    }
    for (unsigned j = 0; j < 60; j++) {
        const int64_t t = sim_moment(s, 0, 1);
        for (unsigned k = 0; k < 12; k++)
            sim_post(s, t + rng_below(&s->rng, 20) * SECOND, who[k], which,
                     sim_string(s, "Council decides on story number %u", j),
                     sim_string(s, "https://paper%u.example/%u", paper, j));
    }
    app(s, "affiliate", kind, which);
}

static void
share_button(struct sim *s)
{
    uint32_t who[150];
    const int which = established(s, "Share", S(TWEET_WRITE), who, 150);
    for (unsigned j = 0; j < 300; j++) {
        const unsigned story = rng_zipf(&s->rng, 200, 3);
        sim_post(s, sim_moment(s, 0, 1), who[rng_below(&s->rng, 150)], which,
                 sim_string(s, "Ten things that you did not know about subject %u", story),
                 sim_string(s, "https://magazine.example/%u", story));
    }
    app(s, "affiliate", "share button", which);
}

/* A bot that answers who asked it, with a link that says that it is an ad. */
static void
answers_askers(struct sim *s)
{
    const uint32_t who = sim_pick(s);
    uint32_t users[1];
    const int which = established(s, "Book Finder", S(TWEET_WRITE), users, 1);
    for (unsigned k = 0; k < 30; k++) {
        const uint32_t asks = sim_anybody(s);
        const int64_t t = sim_moment(s, 0, 1);
        sim_post(s, t, asks, -1, "which book should I read about sailing?", NULL)->reply_to = who;
        sim_post(s, t + MINUTE, who, which, sim_string(s, "Try number %u #ad", k),
                 sim_string(s, "https://www.amazon.com/dp/B0BOOK%u?tag=finder-20", k))
            ->reply_to = asks;
    }
    const struct sim_label l = label("affiliate", "answers who asked");
    sim_tell_account(s, &l, who);
    sim_told(s);
}

void
simlike_plant(struct sim *s)
{
    const unsigned many = sim_scaled(s, 60, 12);
    const unsigned few = sim_scaled(s, 8, 3);
    uint32_t nobody[1];
    const int rotating = established(s, "Mail Deck", S(TWEET_WRITE) | S(OFFLINE), nobody, 1);
    const int fixed = established(s, "Old Deck", S(TWEET_WRITE) | S(OFFLINE), nobody, 1);
    const int queue = established(s, "Queue", S(TWEET_WRITE) | S(OFFLINE), nobody, 1);
    for (unsigned i = 0; i < many; i++) {
        traveller(s);
        commuter(s);
        vpn_user(s);
        walker(s);
        updater(s);
        twin(s);
        comes_back(s);
        password_manager(s);
        refresh(s, rotating, true);
        refresh(s, fixed, false);
        in_flight(s, queue);
        if (i % 2 == 0) {
            follows(s, "clean-up tool that only unfollows", false);
            follows(s, "unfollow game", true);
            shared_device(s, "family on one device", 4);
            answers_askers(s);
        }
    }
    for (unsigned i = 0; i < few; i++) {
        crowd_address(s, "carrier's address", MOBILE, 150, 0);
        crowd_address(s, "office with one address", CORPORATE, 40, 12);
        crowd_address(s, "campus with one address", RESIDENTIAL, 120, 20);
        shared_device(s, "kiosk", 15);
        agency(s, "agency with several apps, verified", true, i % 2 == 0);
        agency(s, "agency with several apps, unverified", false, i % 2 == 0);
        viral(s);
        verified_growth(s);
        full_client(s);
        reconsent(s, i % 2 == 0);
        seasonal(s);
        clean_up_revocations(s);
        developer(s);
        batch(s);
        onboarding(s);
        own_links(s, "Creator Links", "creators' tool", 0.08, true);
        own_links(s, "Deal Sharer", "deal app with people's own ids", 0.6, false);
        scheduler(s);
        newsroom(s, "newsroom", true);
        newsroom(s, "newsroom with a tool of its own", false);
        share_button(s);
    }
    first_party(s);
}
