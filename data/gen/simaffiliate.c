/* SPDX-License-Identifier: Apache-2.0 */
/* Apps that post for their operator's purse. The operator must keep a publisher id long enough to be paid; the evasive
 * variants dilute, wait, reword and spread, but that they cannot change. */
#include "simulation.h"

enum { EACH = 2, CROWD = 60 };

static struct sim_label
label(const char *kind, bool loud, const char *rules)
{
    return (struct sim_label){ "affiliate", kind, "abuse", loud ? "loud" : "evasive", rules };
}

static const char *
ordinary_text(struct sim *s)
{
    static const char *const texts[] = {
        "my mood of the day is sunny, and yours?", "Leo: today brings a surprise", "level 12 reached in the bird game",
        "today I walked 9204 steps with the app",  "a card for a good friend",
    };
    return texts[rng_below(&s->rng, 5)];
}

/* One offer in many words. */
static const char *
ad_text(struct sim *s, bool same)
{
    static const char *const open[] = { "Could not believe it when", "Only today", "So happy that", "Hurry because" };
    static const char *const thing[] = { "the headphones", "this air fryer", "my new lamp", "the robot vacuum" };
    static const char *const end[] = { "went on sale at half the price", "are almost sold out again",
                                       "came for so little money", "has free shipping until midnight" };
    if (same)
        return sim_string(s, "You need this: best deal of the week on the lamp everybody wants %u",
                          rng_below(&s->rng, 9));
    return sim_string(s, "%s %s %s %u", open[rng_below(&s->rng, 4)], thing[rng_below(&s->rng, 4)],
                      end[rng_below(&s->rng, 4)], rng_below(&s->rng, 100000));
}

static uint32_t
join(struct sim *s, int app, int64_t t)
{
    const uint32_t who = sim_anybody(s);
    sim_grant(s, t, who, app);
    return who;
}

static void
told(struct sim *s, struct sim_label l, int app, const uint32_t *who, unsigned n)
{
    sim_tell_app(s, &l, app);
    for (unsigned i = 0; i < n; i++)
        sim_also_account(s, who[i]);
    sim_told(s);
}

/* Ads among ordinary posts of the app, through many accounts, for one publisher. */
static void
ads(struct sim *s, bool loud)
{
    uint32_t who[CROWD];
    const unsigned n = loud ? CROWD : 14;
    const unsigned id = rng_below(&s->rng, 1000000);
    const int app = sim_new_app(s, "Mood Of The Day", S(TWEET_WRITE) | S(OFFLINE), 60 * DAY);
    for (unsigned k = 0; k < n; k++) {
        who[k] = join(s, app, sim_moment(s, 0.1, 0.3));
        for (unsigned j = 0; j < (loud ? 10u : 14u); j++) {
            const bool ad = rng_chance(&s->rng, loud ? 0.7 : 0.12);
            sim_post(s, sim_moment(s, 0.35, 0.6), who[k], app, ad ? ad_text(s, loud) : ordinary_text(s),
                     ad ? sim_string(s, "https://www.amazon.com/dp/B07DEAL%u?tag=deal%u-20", j, id) : NULL);
        }
    }
    told(s, label("ads through accounts", loud, "C01 C02"), app, who, n);
}

/* Publisher ids rotate over the accounts, by a handful. */
static void
publishers(struct sim *s, bool loud)
{
    uint32_t who[CROWD];
    const unsigned n = loud ? CROWD : 40;
    const unsigned id = 10000000 + rng_below(&s->rng, 1000000);
    const int app = sim_new_app(s, "Horoscope Plus", S(TWEET_WRITE) | S(OFFLINE), 200 * DAY);
    for (unsigned k = 0; k < n; k++) {
        who[k] = join(s, app, s->start - sim_seconds(s, 86400, 60 * 86400));
        for (unsigned j = 0; j < 30; j++) {
            const bool ad = loud ? j % 3 == 0 : rng_chance(&s->rng, 0.06);
            sim_post(s, sim_moment(s, 0.1, 0.9), who[k], app, ad ? ad_text(s, false) : ordinary_text(s),
                     ad ? sim_string(s, "https://www.anrdoezrs.net/click-%u-11072%u", id + (loud ? 0 : k % 5), j)
                        : NULL);
        }
    }
    told(s, label("one publisher, many accounts", loud, "C01 C02"), app, who, n);
}

static void
early(struct sim *s, bool loud)
{
    uint32_t who[30];
    const unsigned n = loud ? 30 : 10;
    const int app = sim_new_app(s, "Coupon Cat", S(TWEET_WRITE), 30 * DAY);
    for (unsigned k = 0; k < n; k++) {
        const int64_t t = sim_moment(s, 0.1, 0.8);
        const int64_t wait = loud || k % 3 != 0 ? sim_seconds(s, 10, loud ? 120 : 580) : sim_seconds(s, 3600, 90000);
        who[k] = join(s, app, t);
        sim_post(s, t + wait, who[k], app, ad_text(s, loud),
                 sim_string(s, "https://www.awin1.com/cread.php?awinmid=17&awinaffid=%u", 5000 + k % 6));
    }
    told(s, label("ads as soon as it is let in", loud, "C03"), app, who, n);
}

/* Few accounts, every ad for another id, in accounts that never advertised. */
static void
habit(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    const int app = sim_new_app(s, "Step Counter", S(TWEET_WRITE), 200 * DAY);
    for (unsigned k = 0; k < 25; k++)
        sim_post(s, sim_moment(s, 0, 0.7), who, -1, "another walk in the park", NULL);
    const int64_t t = sim_moment(s, 0.72, 0.9);
    sim_grant(s, t, who, app);
    for (unsigned k = 0; k < (loud ? 12u : 4u); k++)
        sim_post(s, t + HOUR + sim_seconds(s, 0, loud ? 30000 : 75000), who, app, ad_text(s, false),
                 sim_string(s, "https://rover.ebay.com/rover/1/711?campid=53%u", rng_below(&s->rng, 100000)));
    const struct sim_label l = label("advertises out of habit", loud, "C04");
    sim_tell_account(s, &l, who);
    sim_also_app(s, app);
    sim_told(s);
}

static void
same_text(struct sim *s, bool loud)
{
    uint32_t who[20];
    const unsigned n = loud ? 20 : 6;
    const int app = sim_new_app(s, "Word Of Today", S(TWEET_WRITE), 300 * DAY);
    const int64_t t = sim_moment(s, 0.3, 0.8);
    for (unsigned k = 0; k < n; k++) {
        who[k] = join(s, app, s->start - sim_seconds(s, 86400, 60 * 86400));
        for (unsigned j = 0; j < 40; j++)
            sim_post(s, sim_moment(s, 0, 1), who[k], app, ordinary_text(s), NULL);
        sim_post(s, t + sim_seconds(s, 0, loud ? 3600 : 70000), who[k], app,
                 loud ? "This little lamp changed my evenings completely, get yours before they are gone"
                      : sim_string(s, "This little lamp changed my evenings completely, get %s before they are gone %u",
                                   k % 2 != 0 ? "yours" : "one", rng_below(&s->rng, 90)),
                 sim_string(s, "https://www.amazon.com/dp/B0LAMP?tag=p%u-20", loud ? 7 : k / 2));
    }
    told(s, label("nearly the same ad", loud, "C05"), app, who, n);
}

/* A shop's own links without a publisher id, posted together. */
static void
synchrony(struct sim *s, bool loud)
{
    uint32_t who[20];
    const unsigned n = loud ? 20 : 5;
    const unsigned shop = rng_below(&s->rng, 1000000);
    const int app = sim_new_app(s, "Auto Diary", S(TWEET_WRITE), 300 * DAY);
    int64_t at[6];
    for (unsigned j = 0; j < 6; j++)
        at[j] = s->start + (int64_t)(0.5 * s->days) * DAY + (loud ? j * 3 : j * 4) * HOUR;
    for (unsigned k = 0; k < n; k++) {
        who[k] = join(s, app, s->start - sim_seconds(s, 86400, 60 * 86400));
        for (unsigned j = 0; j < (loud ? 6u : 4u); j++)
            sim_post(s, at[j] + sim_seconds(s, 0, loud ? 10 : 50), who[k], app, ad_text(s, false),
                     sim_string(s, "https://shop%u.example/item/%u", shop, j));
    }
    told(s, label("the same links at once", loud, "C06"), app, who, n);
}

static void
replies(struct sim *s, bool loud)
{
    const uint32_t who = sim_pick(s);
    const int app = sim_new_app(s, "Reply Helper", S(TWEET_WRITE), 300 * DAY);
    sim_grant(s, s->start - 30 * DAY, who, app);
    for (unsigned k = 0; k < (loud ? 40u : 11u); k++) {
        struct sim_event *e = sim_post(s, sim_moment(s, 0.4, loud ? 0.44 : 0.54), who, app, ad_text(s, false),
                                       "https://www.amazon.com/dp/B0REPLY?tag=answers-20");
        if (loud || k % 3 != 0)
            e->reply_to = rng_below(&s->rng, s->n_accounts);
    }
    const struct sim_label l = label("answers strangers with ads", loud, "C07");
    sim_tell_account(s, &l, who);
    sim_also_app(s, app);
    sim_told(s);
}

static void
subids(struct sim *s, bool loud)
{
    uint32_t who[40];
    const unsigned n = loud ? 40 : 13;
    const unsigned id = rng_below(&s->rng, 1000000);
    const int app = sim_new_app(s, "Photo Frames", S(TWEET_WRITE), 300 * DAY);
    for (unsigned k = 0; k < n; k++) {
        who[k] = join(s, app, s->start - sim_seconds(s, 86400, 60 * 86400));
        for (unsigned j = 0; j < 10; j++)
            sim_post(s, sim_moment(s, 0, 1), who[k], app, ordinary_text(s), NULL);
        sim_post(s, sim_moment(s, 0.5, loud ? 0.55 : 0.64), who[k], app, ad_text(s, false),
                 sim_string(s, "https://www.amazon.com/dp/B0SUB?tag=s%u-20&ascsubtag=w%u", id, k));
    }
    told(s, label("numbered accounts", loud, "C10 C02"), app, who, n);
}

static void
vanishing(struct sim *s, bool loud)
{
    uint32_t who[30];
    const unsigned n = loud ? 30 : 18;
    const int app = sim_new_app(s, "Night Owl", S(TWEET_WRITE), 300 * DAY);
    for (unsigned k = 0; k < n; k++) {
        who[k] = join(s, app, s->start - sim_seconds(s, 86400, 60 * 86400));
        const int64_t t = sim_moment(s, 0.4, 0.52);
        struct sim_event *e = sim_post(
            s, t, who[k], app, ad_text(s, false),
            sim_string(s, "https://go.redirectingat.com/?id=%uX1&url=https%%3A%%2F%%2Fshop.example", 1000 + k / 4));
        const uint32_t post = e->post;
        if (!rng_chance(&s->rng, loud ? 0.95 : 0.65))
            continue;
        e = sim_use(s, t + (loud ? sim_seconds(s, 1800, 7200) : sim_seconds(s, 60000, 84000)), who[k], app,
                    "post.delete");
        e->post = post;
    }
    told(s, label("ads that vanish", loud, "C13"), app, who, n);
}

static void
veil(struct sim *s)
{
    const int app = sim_new_app(s, "Short Notes", S(TWEET_WRITE), 300 * DAY);
    for (unsigned k = 0; k < 10; k++) {
        const uint32_t who = join(s, app, s->start - 20 * DAY);
        for (unsigned j = 0; j < 8; j++)
            sim_post(s, sim_moment(s, 0.4, 0.5), who, app, ad_text(s, false),
                     sim_string(s, "https://bit.ly/%05x", rng_below(&s->rng, 1u << 20)));
    }
    const struct sim_label l = { "affiliate", "veiled links", "weakness", "", "C09" };
    sim_tell_app(s, &l, app);
    sim_told(s);
}

void
simaffiliate_plant(struct sim *s)
{
    for (int i = 0; i < 2 * EACH; i++) {
        const bool loud = i % 2 == 0;
        ads(s, loud);
        publishers(s, loud);
        early(s, loud);
        habit(s, loud);
        same_text(s, loud);
        synchrony(s, loud);
        replies(s, loud);
        subids(s, loud);
        vanishing(s, loud);
    }
    veil(s);
    veil(s);
}
