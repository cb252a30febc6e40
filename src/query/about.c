/* SPDX-License-Identifier: Apache-2.0 */
#include "query/about.h"

#include "query/column.h"

static const struct {
    const char *action;
    const char *words;
} actions[] = {
    { "app.authorize", "let an app in" },
    { "app.revoke", "took an app's access back" },
    { "app.register", "registered an app" },
    { "app.update", "changed an app's registration" },
    { "token.issue", "an app got a token" },
    { "token.refresh", "an app renewed its token" },
    { "token.revoke", "a token was revoked" },
    { "session.start", "logged in" },
    { "session.end", "logged out" },
    { "session.revoke", "a session was logged out from elsewhere" },
    { "account.change", "changed the account" },
    { "post.create", "posted" },
    { "post.delete", "deleted a post" },
    { "dm.send", "sent a direct message" },
    { "dm.read", "read direct messages" },
    { "follow.create", "followed" },
    { "follow.delete", "unfollowed" },
    { "like.create", "liked" },
    { "like.delete", "took a like back" },
    { "repost.create", "reposted" },
    { "api.call", "an app called" },
};

void
about_fields_add(struct about_fields *f, struct fields *fields)
{
    static const char *const names[] = {
#define ABOUT(id, field) field,
        ABOUT_FIELDS
#undef ABOUT
    };
    for (int i = 0; i < ABOUT_COUNT_; i++)
        f->id[i] = fields_add(fields, sv_of(names[i]));
}

struct sv
about_text(const struct about_fields *f, struct event *ev, enum about which)
{
    const struct asked a = { .kind = ASKED_FIELD, .field = f->id[which] };
    const struct datum d = asked_value(&a, ev, NULL, false);
    return d.kind == DATUM_NONE ? SV("") : d.text;
}

/* The texts that are not empty, with something between them. */
static struct sv
join(struct event *ev, struct sv a, const char *between, struct sv b)
{
    if (a.n == 0 || b.n == 0)
        return a.n == 0 ? b : a;
    struct buf text = BUF_INIT;
    buf_sv(&text, a);
    buf_puts(&text, between);
    buf_sv(&text, b);
    const struct sv joined = arena_sv(ev->scratch, buf_view(&text));
    buf_fini(&text);
    return joined;
}

struct sv
about_place(const struct about_fields *f, struct event *ev)
{
    return join(ev, about_text(f, ev, ABOUT_CITY), ", ", about_text(f, ev, ABOUT_COUNTRY));
}

struct sv
about_what(const struct about_fields *f, struct event *ev)
{
    const struct sv action = about_text(f, ev, ABOUT_ACTION);
    const bool failed = sv_eq(about_text(f, ev, ABOUT_OUTCOME), SV("failure"));
    struct sv words = action;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (sv_eq(action, sv_of(actions[i].action)))
            words = sv_of(actions[i].words);
    return failed ? join(ev, words, ": ", SV("failed")) : words;
}

static struct sv
grant_detail(const struct about_fields *f, struct event *ev)
{
    const struct sv view = about_text(f, ev, ABOUT_CAN_VIEW);
    const struct sv act = about_text(f, ev, ABOUT_CAN_DO);
    const struct sv a = view.n != 0 ? join(ev, SV("can view:"), " ", view) : view;
    const struct sv b = act.n != 0 ? join(ev, SV("can do:"), " ", act) : act;
    return join(ev, a, ". ", b);
}

struct sv
about_detail(const struct about_fields *f, struct event *ev)
{
    const struct sv action = about_text(f, ev, ABOUT_ACTION);
    if (sv_eq(action, SV("app.authorize")))
        return grant_detail(f, ev);
    if (sv_eq(action, SV("token.issue")))
        return about_text(f, ev, ABOUT_GRANT_TYPE);
    if (sv_eq(action, SV("session.start")))
        return about_text(f, ev, ABOUT_AGENT);
    if (sv_eq(action, SV("account.change")))
        return about_text(f, ev, ABOUT_CHANGE);
    if (sv_eq(action, SV("api.call")))
        return join(ev, about_text(f, ev, ABOUT_OPERATION), ", status ", about_text(f, ev, ABOUT_STATUS));
    if (sv_starts(action, SV("post.")))
        return about_text(f, ev, ABOUT_POST_TEXT);
    return about_text(f, ev, ABOUT_TARGET);
}
