/* SPDX-License-Identifier: Apache-2.0 */
/* x-silence: a group that had its chance and said nothing: access was granted long ago, and the last call, if there was
 * ever one, lies at least the timespan before the run's latest event. x-gap finds who wakes up; this finds who sleeps.
 *
 * That a log of calls is missing looks the same as silence, so the rule may ask for a number of groups that did speak
 * (`min-groups`). */
#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/episode.h"
#include "agg/window.h"
#include "base/timestamp.h"

enum { OF, AWAITED, MIN_GROUPS };

static const struct corr_param params[] = {
    { "of", PARAM_RULE, true, NULL, "rule whose first hit opens the group" },
    { "awaited", PARAM_RULE, true, NULL, "rule of which there is no hit since" },
    { "min-groups", PARAM_COUNT, false, NULL, "silent with fewer groups that have a hit of `awaited` [0]" },
};

static void
survey(const struct correlation *c, struct group *g, struct sweep *s)
{
    sweep_survey_rule(s, g, c->args[AWAITED].pos);
}

static bool
wants_survey(const struct correlation *c)
{
    return c->args[MIN_GROUPS].number > 0;
}

/* What one walk over the group finds out. */
struct silence {
    bool opened, spoke;
    int64_t opening; /* the first hit of `of` */
    int64_t spoken;  /* the last awaited hit */
    struct hit last; /* of the group */
};

static struct silence
listen(const struct correlation *c, struct group *g)
{
    struct silence x = { .opened = false };
    struct hit h;
    while (group_next(g, &h)) {
        x.last = h;
        if (h.pos == c->args[AWAITED].pos) {
            x.spoke = true;
            x.spoken = h.time;
        }
        if (h.pos == c->args[OF].pos && !x.opened) {
            x.opened = true;
            x.opening = h.time;
        }
    }
    return x;
}

static void
fire(const struct correlation *c, struct group *g, struct sweep *s, const struct silence *x, int64_t since)
{
    struct episode e;
    struct hit h;
    episode_init(&e, s);
    group_rewind(g);
    while (group_next(g, &h)) {
        if (h.pos != c->args[OF].pos)
            continue;
        e.event_count++; /* hits of one rule are distinct events */
        episode_add(&e, &h);
    }
    e.first_seen = x->opening;
    e.fired_at = e.last_seen = x->last.time;
    e.fired = x->last;
    e.value = e.peak = (double)window_age(since, sweep_now(s)) / 86400e6;
    char text[TIME_TEXT_MAX];
    const size_t n = x->spoke ? time_format(x->spoken, text) : 0;
    episode_say(&e, SV("last"), x->spoke ? sv_make(text, n) : SV("never"));
    sweep_fire(s, &e);
}

static void
sweep(const struct correlation *c, struct group *g, struct sweep *s)
{
    const int64_t now = sweep_now(s);
    if (now == TIME_NONE || (double)*sweep_survey(s) < c->args[MIN_GROUPS].number)
        return;
    const struct silence x = listen(c, g);
    if (!x.opened)
        return;
    const int64_t since = x.spoke && x.spoken > x.opening ? x.spoken : x.opening;
    if (since <= now && window_age(since, now) >= (uint64_t)c->timespan)
        fire(c, g, s, &x, since);
}

/* All hits that open, for the finding counts them; of the others the last ones. */
static void
carry(const struct correlation *c, struct group *g, struct carry *k)
{
    struct hit h, last = { .seq = 0 }, spoken = { .seq = 0 };
    bool any = false, spoke = false;
    while (group_next(g, &h) && h.time < k->horizon) {
        if (h.pos == c->args[OF].pos)
            carry_hit(k, &h);
        if (h.pos == c->args[AWAITED].pos)
            spoken = h;
        spoke = spoke || h.pos == c->args[AWAITED].pos;
        last = h;
        any = true;
    }
    if (spoke)
        carry_hit(k, &spoken);
    if (any)
        carry_hit(k, &last);
    carry_from(k, k->horizon);
}

const struct corr_type corr_x_silence = {
    .name = "x-silence",
    .help = "a group without a hit of the awaited rule for at least the timespan before the end of the input",
    .metric = "days",
    .params = params,
    .n_params = sizeof params / sizeof params[0],
    .condition = CONDITION_NONE,
    .sweep = sweep,
    .carry = carry,
    .judges_now = true,
    .survey = survey,
    .wants_survey = wants_survey,
};
