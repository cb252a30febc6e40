/* SPDX-License-Identifier: Apache-2.0 */
/* The stories. Loud abuse and quiet abuse of each family, and what looks like it and is not. */
#include <inttypes.h>
#include <stddef.h>

#include "stories.h"

/* What a story is, for truth.json. */
struct label {
    const char *family;
    const char *kind;
    bool abuse;
};

struct stage {
    struct world *w;
    struct log *l;
    FILE *truth;
    bool any;
};

static void
tell(struct stage *s, struct label label, const char *entity_type, const char *entity)
{
    fprintf(s->truth,
            "%s  {\"family\":\"%s\",\"kind\":\"%s\",\"abuse\":%s,\"entity_type\":\"%s\",\"entity_id\":\"%s\"}",
            s->any ? ",\n" : "", label.family, label.kind, label.abuse ? "true" : "false", entity_type, entity);
    s->any = true;
}

static void
tell_app(struct stage *s, struct label label, int app)
{
    tell(s, label, "app", s->w->app[app].id);
}

static void
tell_account(struct stage *s, struct label label, const struct account *who)
{
    char id[24];
    snprintf(id, sizeof id, "%" PRIu64, who->id);
    tell(s, label, "account", id);
}

static int64_t
moment(struct stage *s, unsigned first_day, unsigned days)
{
    return s->w->start + (int64_t)first_day * DAY + 8 * HOUR +
           (int64_t)rng_below(&s->w->rng, days * 86400 - 8 * 3600 - 7200) * SECOND;
}

static int
new_app(struct stage *s, const char *name, uint32_t scopes, int64_t age)
{
    const struct app *a = world_add_app(s->w, name, scopes, s->w->start - age);
    return (int)(a - s->w->app);
}

static void
use(struct stage *s, int64_t t, const struct account *who, int app, const char *action, const char *operation)
{
    struct ev *e = log_add(s->l, t, action, who);
    e->app = app;
    e->from = s->w->app[app].server;
    e->agent = 6;
    e->operation = operation;
    e->status = operation != NULL ? 200 : 0;
}

/* ---- privilege ---- */

static void
story_new_powerful_app(struct stage *s)
{
    const int app = new_app(s, "Chat Vault", S(DM_READ) | S(DM_WRITE) | S(USERS_EMAIL) | S(OFFLINE), -DAY);
    for (int i = 0; i < 40; i++) {
        const struct account *who = world_pick(s->w);
        const int64_t t = moment(s, 2, 3);
        play_grant(s->l, t, who, app, s->w, &who->place, s->w->app[app].scopes);
        use(s, t + MINUTE, who, app, "dm.read", NULL);
    }
    tell_app(s, (struct label){ "privilege", "new app with direct messages", true }, app);
}

static void
story_scope_expansion(struct stage *s)
{
    const int app = new_app(s, "Tidy Timeline", S(LIKE_READ), 200 * DAY);
    for (int i = 0; i < 30; i++) {
        const struct account *who = world_pick(s->w);
        play_grant(s->l, s->w->start - 60 * DAY, who, app, s->w, &who->place, s->w->app[app].scopes);
        play_grant(s->l, moment(s, 3, 2), who, app, s->w, &who->place,
                   s->w->app[app].scopes | S(DM_READ) | S(ADS_WRITE) | S(OFFLINE));
        use(s, moment(s, 5, 2), who, app, "api.call", "like.read");
    }
    tell_app(s, (struct label){ "privilege", "scope expansion", true }, app);
}

static void
story_unused_scopes(struct stage *s)
{
    const int app = new_app(s, "Quote Card", S(TWEET_WRITE) | S(DM_READ) | S(DM_WRITE) | S(FOLLOWS_WRITE), 400 * DAY);
    for (int i = 0; i < 25; i++) {
        const struct account *who = world_pick(s->w);
        play_grant(s->l, s->w->start - 50 * DAY, who, app, s->w, &who->place, s->w->app[app].scopes);
        for (int k = 0; k < 24; k++)
            use(s, moment(s, 0, 7), who, app, "api.call", "users.read");
    }
    tell_app(s, (struct label){ "privilege", "unused scopes", true }, app);
}

static void
story_level_too_high(struct stage *s)
{
    const int app = new_app(s, "Old Stats", S(FOLLOWS_READ), 900 * DAY);
    s->w->app[app].protocol = OAUTH1A;
    s->w->app[app].level = "read_write_dm";
    for (int i = 0; i < 20; i++) {
        const struct account *who = world_pick(s->w);
        play_grant(s->l, s->w->start - 200 * DAY, who, app, s->w, &who->place, s->w->app[app].scopes);
        for (int k = 0; k < 22; k++)
            use(s, moment(s, 0, 7), who, app, "api.call", "follows.read");
    }
    tell_app(s, (struct label){ "privilege", "1.0a level too high", true }, app);
}

/* Looks like the new powerful app: many people at once, but a verified publisher and modest wishes. */
static void
story_viral_launch(struct stage *s)
{
    const int app = new_app(s, "Bird Game", S(USERS_READ), -DAY);
    s->w->app[app].verified = true;
    for (int i = 0; i < 200; i++) {
        const struct account *who = &s->w->account[rng_below(&s->w->rng, s->w->n_accounts)];
        play_grant(s->l, moment(s, 3, 2), who, app, s->w, &who->place, s->w->app[app].scopes);
    }
    tell_app(s, (struct label){ "privilege", "viral launch", false }, app);
}

/* ---- password ---- */

static void
password_grant(struct stage *s, int64_t t, const struct account *who, int app, const char *grant)
{
    use(s, t, who, app, "token.issue", NULL);
    s->l->v[s->l->n - 1].grant = grant;
}

static void
story_password_grant(struct stage *s, const char *name, const char *grant, int n, const char *kind)
{
    const int app = new_app(s, name, S(TWEET_WRITE) | S(FOLLOWS_WRITE), 20 * DAY);
    for (int i = 0; i < n; i++) {
        const struct account *who = world_pick(s->w);
        int64_t t = moment(s, 0, 6);
        password_grant(s, t, who, app, grant);
        for (int k = 0; k < 5; k++) {
            t += (int64_t)(60 + rng_below(&s->w->rng, 600)) * SECOND;
            use(s, t, who, app, "follow.create", NULL);
            s->l->v[s->l->n - 1].target = s->w->account[rng_below(&s->w->rng, 20)].id;
        }
    }
    tell_app(s, (struct label){ "password", kind, true }, app);
}

/* The operator's script logs in with collected passwords and clicks Allow itself, from its own network. */
static void
story_assembly_line(struct stage *s)
{
    const int app = new_app(s, "F0ll0wers B00st!", S(FOLLOWS_WRITE) | S(OFFLINE), 12 * DAY);
    const struct origin server = s->w->app[app].server;
    int64_t t = moment(s, 2, 1);
    for (int i = 0; i < 25; i++) {
        const struct account *who = world_pick(s->w);
        t += (int64_t)(40 + rng_below(&s->w->rng, 60)) * SECOND;
        play_login(s->w, s->l, t, who, &server, 5, 0);
        play_grant(s->l, t + 20 * SECOND, who, app, s->w, &server, s->w->app[app].scopes);
        use(s, t + 80 * SECOND, who, app, "follow.create", NULL);
    }
    tell_app(s, (struct label){ "password", "assembly line", true }, app);
}

static void
story_office(struct stage *s)
{
    struct origin office = world_origin(s->w, 4, CORPORATE);
    const struct account *who = NULL;
    for (int i = 0; i < 12; i++) {
        who = world_pick(s->w);
        for (unsigned day = 0; day < 5 && day < s->w->days; day++)
            play_login(s->w, s->l, moment(s, day, 1), who, &office, who->agent, who->device);
    }
    tell_account(s, (struct label){ "password", "office with one address", false }, who);
}

static void
story_first_party_password(struct stage *s)
{
    const int app = new_app(s, "Mobile", S(TWEET_WRITE) | S(OFFLINE), 3000 * DAY);
    s->w->app[app].first_party = true;
    s->w->app[app].verified = true;
    s->w->app[app].client = CLIENT_NATIVE;
    for (int i = 0; i < 60; i++)
        password_grant(s, moment(s, 0, 6), &s->w->account[rng_below(&s->w->rng, s->w->n_accounts)], app, "password");
    tell_app(s, (struct label){ "password", "the platform's own app", false }, app);
}

/* ---- affiliate ---- */

static void
post(struct stage *s, int64_t t, const struct account *who, int app, const char *text, const char *url)
{
    use(s, t, who, app, "post.create", NULL);
    struct ev *e = &s->l->v[s->l->n - 1];
    e->text = text;
    e->url = url;
}

static void
story_affiliate_app(struct stage *s, const char *name, const char *url, int n, int posts, int own, const char *kind)
{
    const int app = new_app(s, name, S(TWEET_WRITE) | S(OFFLINE), 40 * DAY);
    for (int i = 0; i < n; i++) {
        const struct account *who = world_pick(s->w);
        const int64_t granted = moment(s, 0, 3);
        play_grant(s->l, granted, who, app, s->w, &who->place, s->w->app[app].scopes);
        for (int k = 0; k < posts; k++)
            post(s, granted + 5 * MINUTE + k * 7 * HOUR + rng_below(&s->w->rng, 600) * SECOND, who, app,
                 k < own ? "my mood today" : "you need this! best deal of the week", k < own ? NULL : url);
    }
    tell_app(s, (struct label){ "affiliate", kind, true }, app);
}

/* A deal app for people who post their own affiliate links: every account has its own publisher id. */
static void
story_creators_tool(struct stage *s)
{
    static char urls[16][64];
    const int app = new_app(s, "Creator Links", S(TWEET_WRITE) | S(OFFLINE), 700 * DAY);
    s->w->app[app].verified = true;
    for (int i = 0; i < 16; i++) {
        const struct account *who = world_pick(s->w);
        snprintf(urls[i], sizeof urls[i], "https://www.amazon.com/dp/B0%06d?tag=creator%02d-20", i * 37, i);
        for (int k = 0; k < 20; k++)
            post(s, moment(s, 0, 7), who, app, k % 8 == 0 ? "my favourite lens #ad" : "new video is up",
                 k % 8 == 0 ? urls[i] : NULL);
    }
    tell_app(s, (struct label){ "affiliate", "creators' own links", false }, app);
}

/* ---- sessions ---- */

static uint8_t
far_from(struct stage *s, const struct account *who)
{
    static const uint8_t far_cities[] = { 25, 28, 31, 16, 12 };
    for (;;) {
        const uint8_t city = far_cities[rng_below(&s->w->rng, 5)];
        const double d = cities[city].lon - cities[who->home].lon;
        if (d > 60 || d < -60)
            return city;
    }
}

/* An account that the platform knows: a dozen log-ins at home before the story begins. */
static void
known_at_home(struct stage *s, const struct account *who, unsigned days)
{
    for (int k = 0; k < 12; k++)
        play_login(s->w, s->l, moment(s, 0, days), who, &who->place, who->agent, who->device);
}

static void
story_impossible_travel(struct stage *s)
{
    for (int i = 0; i < 12; i++) {
        const struct account *who = world_pick(s->w);
        known_at_home(s, who, 3);
        const int64_t t = moment(s, 4, 2);
        const struct origin thief = world_origin(s->w, far_from(s, who), RESIDENTIAL);
        play_login(s->w, s->l, t, who, &who->place, who->agent, who->device);
        const uint32_t session =
            play_login(s->w, s->l, t + 90 * MINUTE, who, &thief, 0, (uint32_t)rng_next(&s->w->rng));
        struct ev *e = log_add(s->l, t + 95 * MINUTE, "account.change", who);
        e->from = thief;
        e->session = session;
        e->change = "email";
        tell_account(s, (struct label){ "session", "impossible travel", true }, who);
    }
}

/* Twelve log-ins at home, then one from a country that the account never saw. */
static void
story_new_country(struct stage *s)
{
    for (int i = 0; i < 8; i++) {
        const struct account *who = world_pick(s->w);
        known_at_home(s, who, 5);
        const struct origin thief = world_origin(s->w, far_from(s, who), RESIDENTIAL);
        play_login(s->w, s->l, moment(s, 6, 1), who, &thief, 0, (uint32_t)rng_next(&s->w->rng));
        tell_account(s, (struct label){ "session", "new country", true }, who);
    }
}

static void
story_use_after_revoke(struct stage *s)
{
    const int app = new_app(s, "Sticky Poster", S(TWEET_WRITE) | S(OFFLINE), 300 * DAY);
    for (int i = 0; i < 6; i++) {
        const struct account *who = world_pick(s->w);
        const int64_t t = moment(s, 1, 4);
        play_grant(s->l, s->w->start - 90 * DAY, who, app, s->w, &who->place, s->w->app[app].scopes);
        struct ev *e = log_add(s->l, t, "app.revoke", who);
        e->app = app;
        e->from = who->place;
        post(s, t + 40 * MINUTE, who, app, "still here", NULL);
        tell_account(s, (struct label){ "session", "use after revoke", true }, who);
    }
}

/* People take access back all the time, and the app stops: the look-alike of the story above. */
static void
story_ordinary_revocations(struct stage *s)
{
    const int app = new_app(s, "Old Game", S(TWEET_WRITE) | S(OFFLINE), 800 * DAY);
    for (int i = 0; i < 60; i++) {
        const struct account *who = world_pick(s->w);
        const int64_t t = moment(s, 1, 5);
        play_grant(s->l, s->w->start - 300 * DAY, who, app, s->w, &who->place, s->w->app[app].scopes);
        for (int k = 1; k <= 5; k++)
            post(s, t - k * HOUR, who, app, "level up", NULL);
        struct ev *e = log_add(s->l, t, "app.revoke", who);
        e->app = app;
        e->from = who->place;
    }
    tell_app(s, (struct label){ "session", "ordinary revocations", false }, app);
}

/* A cookie that was stolen: one session, two networks and cities within minutes, and another agent. */
static void
story_session_theft(struct stage *s)
{
    for (int i = 0; i < 8; i++) {
        const struct account *who = world_pick(s->w);
        const int64_t t = moment(s, 1, 5);
        const struct origin thief = world_origin(s->w, far_from(s, who), RESIDENTIAL);
        const uint32_t session = play_login(s->w, s->l, t, who, &who->place, who->agent, who->device);
        for (int k = 0; k < 4; k++) {
            struct ev *e = log_add(s->l, t + (3 + k * 4) * MINUTE, "post.create", who);
            e->from = k % 2 == 0 ? thief : who->place;
            e->agent = k % 2 == 0 ? 5 : who->agent;
            e->device = who->device;
            e->session = session;
            e->text = "check my profile";
        }
        tell_account(s, (struct label){ "session", "stolen session", true }, who);
    }
}

/* Flies in the night: eleven hours later and far away, which is what planes do. */
static void
story_traveller(struct stage *s)
{
    for (int i = 0; i < 20; i++) {
        const struct account *who = world_pick(s->w);
        const struct origin away = world_origin(s->w, far_from(s, who), MOBILE);
        const int64_t t = moment(s, 1, 3);
        play_login(s->w, s->l, t, who, &who->place, who->agent, who->device);
        play_login(s->w, s->l, t + 26 * HOUR, who, &away, who->agent, who->device);
        tell_account(s, (struct label){ "session", "traveller", false }, who);
    }
}

void
stories_play(struct world *w, struct log *l, FILE *truth)
{
    struct stage s = { w, l, truth, false };
    story_new_powerful_app(&s);
    story_scope_expansion(&s);
    story_unused_scopes(&s);
    story_level_too_high(&s);
    story_viral_launch(&s);
    story_password_grant(&s, "Get Followers Fast!", "password", 60, "password grant");
    story_password_grant(&s, "Profile Helper", "xauth", 5, "password grant, few accounts");
    story_assembly_line(&s);
    story_office(&s);
    story_first_party_password(&s);
    story_affiliate_app(&s, "Mood Of The Day", "https://www.amazon.com/dp/B07DEAL?tag=dealbot-20&ascsubtag=w1", 40, 8,
                        2, "ads through accounts");
    story_affiliate_app(&s, "Horoscope+", "https://www.anrdoezrs.net/click-8123456-11072?sid=h", 9, 10, 8,
                        "few ads through accounts");
    story_creators_tool(&s);
    story_impossible_travel(&s);
    story_new_country(&s);
    story_use_after_revoke(&s);
    story_ordinary_revocations(&s);
    story_session_theft(&s);
    story_traveller(&s);
    fputc('\n', truth);
}
