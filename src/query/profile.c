/* SPDX-License-Identifier: Apache-2.0 */
#include "query/profile.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/timestamp.h"
#include "query/about.h"
#include "query/story.h"

/* An app that was not used for so long before the last event of all can lose its access. */
#define UNUSED_SPAN (90 * DAY)

/* Of one account and one app. Times are TIME_NONE where there is none. */
struct link {
    struct sv id;    /* the app, or the account */
    struct sv name;  /* the latest */
    int64_t named;   /* when it had it */
    int64_t since;   /* first grant, else first event */
    int64_t granted; /* latest grant, whose permissions these are */
    struct sv can_view;
    struct sv can_do;
    int64_t revoked;
    int64_t used;
    uint64_t uses;
    bool by_password;
};

struct session {
    struct sv id;
    int64_t first;
    int64_t last;
    int64_t login;   /* first session.start */
    int64_t started; /* latest session.start */
    int64_t ended;   /* latest end */
    int64_t placed;  /* when it was at this place: at its log-in, else first */
    bool placed_at_login;
    struct sv place;
    struct sv ip;
    struct sv ip_class;
    struct sv agent;
};

/* What one worker has seen, or all of them. */
struct sight {
    struct arena arena;
    struct map link_ids;
    struct map session_ids;
    VEC(struct link) links;
    VEC(struct session) sessions;
    struct sv name; /* of whom it is about; the latest */
    int64_t named;
    struct sv id; /* the latest as well: names may be asked for */
    int64_t ided;
    int64_t first;
    int64_t last;
    int64_t password_changed;
    uint64_t events;
};

struct profile {
    enum profile_of of;
    struct about_fields about;
    uint64_t limit;
};

struct gathering {
    const struct profile *p;
    struct sight *sight; /* per worker */
};

struct profile *
profile_new(enum profile_of of, struct fields *fields, uint64_t limit)
{
    struct profile *p = mem_zalloc(1, sizeof *p);
    p->of = of;
    p->limit = limit;
    about_fields_add(&p->about, fields);
    return p;
}

void
profile_free(struct profile *p)
{
    mem_free(p);
}

static void
sight_init(struct sight *s)
{
    *s = (struct sight){
        .named = TIME_NONE, .ided = TIME_NONE, .first = INT64_MAX, .last = TIME_NONE, .password_changed = TIME_NONE
    };
    arena_init(&s->arena);
    map_init(&s->link_ids);
    map_init(&s->session_ids);
}

static void
sight_fini(struct sight *s)
{
    arena_fini(&s->arena);
    map_fini(&s->link_ids);
    map_fini(&s->session_ids);
    vec_fini(&s->links);
    vec_fini(&s->sessions);
}

/* ---- merging: every rule is a minimum or a maximum, and of texts at one time the greatest stays ---- */

static void
later(int64_t *a, int64_t b)
{
    if (b > *a)
        *a = b;
}

static void
earlier(int64_t *a, int64_t b)
{
    if (b != TIME_NONE && (*a == TIME_NONE || b < *a))
        *a = b;
}

static void
latest_text(struct arena *arena, struct sv *text, int64_t *at, struct sv other, int64_t when)
{
    if (other.n == 0 || when < *at || (when == *at && sv_cmp(other, *text) <= 0))
        return;
    if (!sv_eq(other, *text))
        *text = arena_sv(arena, other);
    *at = when;
}

static struct link *
link_of(struct sight *s, struct sv id)
{
    bool is_new;
    const size_t i = map_put(&s->link_ids, id, 0, &is_new);
    if (is_new)
        vec_push(&s->links, (struct link){ .id = s->link_ids.entry[i].key,
                                           .named = TIME_NONE,
                                           .since = TIME_NONE,
                                           .granted = TIME_NONE,
                                           .revoked = TIME_NONE,
                                           .used = TIME_NONE });
    return &s->links.v[i];
}

static struct session *
session_of(struct sight *s, struct sv id)
{
    bool is_new;
    const size_t i = map_put(&s->session_ids, id, 0, &is_new);
    if (is_new)
        vec_push(&s->sessions, (struct session){ .id = s->session_ids.entry[i].key,
                                                 .first = INT64_MAX,
                                                 .last = TIME_NONE,
                                                 .login = TIME_NONE,
                                                 .started = TIME_NONE,
                                                 .ended = TIME_NONE,
                                                 .placed = INT64_MAX });
    return &s->sessions.v[i];
}

static void
merge_grant(struct sight *s, struct link *l, const struct link *o)
{
    if (o->granted == TIME_NONE)
        return;
    const bool same_time = o->granted == l->granted;
    if (o->granted > l->granted || (same_time && sv_cmp(o->can_do, l->can_do) > 0)) {
        l->can_view = arena_sv(&s->arena, o->can_view);
        l->can_do = arena_sv(&s->arena, o->can_do);
    }
    later(&l->granted, o->granted);
}

static void
merge_link(struct sight *s, const struct link *o)
{
    struct link *l = link_of(s, o->id);
    latest_text(&s->arena, &l->name, &l->named, o->name, o->named);
    earlier(&l->since, o->since);
    merge_grant(s, l, o);
    later(&l->revoked, o->revoked);
    later(&l->used, o->used);
    l->uses += o->uses;
    l->by_password = l->by_password || o->by_password;
}

static bool
is_better_place(const struct session *a, const struct session *b)
{
    if (a->placed_at_login != b->placed_at_login)
        return a->placed_at_login;
    if (a->placed != b->placed)
        return a->placed < b->placed;
    return sv_cmp(a->ip, b->ip) < 0;
}

static void
merge_session(struct sight *s, const struct session *o)
{
    struct session *x = session_of(s, o->id);
    if (is_better_place(o, x)) {
        x->placed_at_login = o->placed_at_login;
        x->placed = o->placed;
        x->place = arena_sv(&s->arena, o->place);
        x->ip = arena_sv(&s->arena, o->ip);
        x->ip_class = arena_sv(&s->arena, o->ip_class);
        x->agent = arena_sv(&s->arena, o->agent);
    }
    earlier(&x->first, o->first);
    later(&x->last, o->last);
    earlier(&x->login, o->login);
    later(&x->started, o->started);
    later(&x->ended, o->ended);
}

static void
merge_sight(struct sight *s, const struct sight *o)
{
    for (size_t i = 0; i < o->links.n; i++)
        merge_link(s, &o->links.v[i]);
    for (size_t i = 0; i < o->sessions.n; i++)
        merge_session(s, &o->sessions.v[i]);
    latest_text(&s->arena, &s->name, &s->named, o->name, o->named);
    latest_text(&s->arena, &s->id, &s->ided, o->id, o->ided);
    earlier(&s->first, o->first);
    later(&s->last, o->last);
    later(&s->password_changed, o->password_changed);
    s->events += o->events;
}

/* ---- events ---- */

static bool
is_action(struct sv action, const char *name)
{
    return sv_eq(action, sv_of(name));
}

static void
see_link(const struct profile *p, struct sight *s, struct event *ev, struct sv action, bool failed)
{
    const struct about_fields *f = &p->about;
    const bool of_account = p->of == PROFILE_ACCOUNT;
    const struct sv id = about_text(f, ev, of_account ? ABOUT_APP : ABOUT_ACCOUNT);
    struct link l = {
        .id = id, .since = ev->time, .named = ev->time, .granted = TIME_NONE, .revoked = TIME_NONE, .used = TIME_NONE
    };
    if (id.n == 0 || failed)
        return;
    l.name = about_text(f, ev, of_account ? ABOUT_APP_NAME : ABOUT_ACCOUNT_NAME);
    if (is_action(action, "app.authorize")) {
        l.granted = ev->time;
        l.can_view = about_text(f, ev, ABOUT_CAN_VIEW);
        l.can_do = about_text(f, ev, ABOUT_CAN_DO);
    } else if (is_action(action, "app.revoke")) {
        l.revoked = ev->time;
    } else {
        l.used = ev->time;
        l.uses = 1;
        l.by_password = is_action(action, "token.issue") && is_action(about_text(f, ev, ABOUT_GRANT_TYPE), "password");
    }
    merge_link(s, &l);
}

static void
see_session(const struct profile *p, struct sight *s, struct event *ev, struct sv action, bool failed)
{
    const struct about_fields *f = &p->about;
    const bool starts = is_action(action, "session.start");
    const bool ends = is_action(action, "session.end") || is_action(action, "session.revoke");
    const struct session x = {
        .id = about_text(f, ev, ABOUT_SESSION),
        .first = ev->time,
        .last = ev->time,
        .login = starts ? ev->time : TIME_NONE,
        .started = starts ? ev->time : TIME_NONE,
        .ended = ends ? ev->time : TIME_NONE,
        .placed = ev->time,
        .placed_at_login = starts,
        .place = about_place(f, ev),
        .ip = about_text(f, ev, ABOUT_IP),
        .ip_class = about_text(f, ev, ABOUT_IP_CLASS),
        .agent = about_text(f, ev, ABOUT_AGENT),
    };
    if (x.id.n != 0 && !failed)
        merge_session(s, &x);
}

static void
see_event(void *ctx, void *state, struct event *ev)
{
    const struct gathering *g = ctx;
    const struct about_fields *f = &g->p->about;
    struct sight *s = state;
    const struct sv action = about_text(f, ev, ABOUT_ACTION);
    const bool failed = is_action(about_text(f, ev, ABOUT_OUTCOME), "failure");
    const bool of_account = g->p->of == PROFILE_ACCOUNT;
    s->events++;
    earlier(&s->first, ev->time);
    later(&s->last, ev->time);
    latest_text(&s->arena, &s->name, &s->named, about_text(f, ev, of_account ? ABOUT_ACCOUNT_NAME : ABOUT_APP_NAME),
                ev->time);
    latest_text(&s->arena, &s->id, &s->ided, about_text(f, ev, of_account ? ABOUT_ACCOUNT : ABOUT_APP), ev->time);
    if (is_action(action, "account.change") && is_action(about_text(f, ev, ABOUT_CHANGE), "password") && !failed)
        later(&s->password_changed, ev->time);
    see_link(g->p, s, ev, action, failed);
    if (of_account)
        see_session(g->p, s, ev, action, failed);
}

static void *
see_open(void *ctx, unsigned worker)
{
    return &((struct gathering *)ctx)->sight[worker];
}

static void
see_close(void *ctx, void *state)
{
    (void)ctx;
    (void)state; /* it is needed a little longer */
}

static bool
see_block_start(void *ctx, void *state, const struct block *b)
{
    (void)ctx;
    (void)state;
    (void)b;
    return true;
}

static bool
see_block_end(void *ctx, void *state, struct tap *tap)
{
    (void)ctx;
    (void)state;
    (void)tap;
    return true;
}

/* ---- what to do ---- */

/* Names of actions, each once. */
struct advice {
    bool action[ACTION_COUNT_];
};

static void
advise_by_findings(struct advice *a, const struct results *r, struct sv who, enum action_target target, struct sv id)
{
    for (size_t i = 0; r != NULL && i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        if (f->audit || !finding_names(f, who))
            continue;
        for (size_t k = 0; k < f->n_targets; k++) {
            const struct target *t = &f->targets[k];
            const bool is_whose = sv_eq(t->account, who) || sv_eq(t->app, who);
            const struct sv aim = target == TARGET_SESSION   ? t->session
                                  : target == TARGET_ACCOUNT ? t->account
                                                             : t->app;
            const bool is_aim = sv_eq(aim, id) || (target == TARGET_GRANT && sv_eq(t->account, id));
            for (size_t n = 0; is_whose && is_aim && n < f->n_actions; n++)
                if (action_infos[f->actions[n]].target == target)
                    a->action[f->actions[n]] = true;
        }
    }
}

static struct sv
advice_text(const struct advice *a, struct arena *arena)
{
    struct buf b = BUF_INIT;
    for (int i = 0; i < ACTION_COUNT_; i++)
        if (a->action[i])
            buf_printf(&b, "%s%s", b.n != 0 ? " " : "", action_infos[i].name);
    const struct sv text = arena_sv(arena, buf_view(&b));
    buf_fini(&b);
    return text;
}

static bool
is_connected(const struct link *l)
{
    return l->granted > l->revoked || (l->granted == TIME_NONE && l->revoked == TIME_NONE);
}

static bool
is_active(const struct session *x)
{
    return x->ended == TIME_NONE || x->started > x->ended;
}

/* Without rules: what anybody would say who looks at the list. */
static void
advise_link(struct advice *a, const struct link *l, int64_t now)
{
    const int64_t last = l->used != TIME_NONE ? l->used : l->granted;
    if (!is_connected(l) || last == TIME_NONE)
        return;
    a->action[ACTION_REVOKE_ACCESS] = a->action[ACTION_REVOKE_ACCESS] || l->by_password || now - last >= UNUSED_SPAN;
}

static void
advise_session(struct advice *a, const struct session *x)
{
    if (is_active(x) &&
        (sv_eq(x->ip_class, SV("tor")) || sv_eq(x->ip_class, SV("vpn")) || sv_eq(x->ip_class, SV("hosting"))))
        a->action[ACTION_LOG_OUT_SESSION] = true;
}

/* ---- the table ---- */

static const struct column columns[] = {
    { "kind", COLUMN_TEXT, "" },       { "id", COLUMN_TEXT, "" },       { "name", COLUMN_TEXT, "" },
    { "status", COLUMN_TEXT, "" },     { "since", COLUMN_TIME, "" },    { "last_used", COLUMN_TIME, "" },
    { "uses", COLUMN_COUNT, "" },      { "can_view", COLUMN_TEXT, "" }, { "can_do", COLUMN_TEXT, "" },
    { "place", COLUMN_TEXT, "" },      { "ip", COLUMN_TEXT, "" },       { "device", COLUMN_TEXT, "" },
    { "what_to_do", COLUMN_TEXT, "" },
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

struct view {
    const struct profile *p;
    const struct results *r;
    struct sv who;
    struct sight *s;
    struct arena arena;
    struct table *t;
};

struct line {
    const char *kind;
    struct sv id, name, status;
    int64_t since, last;
    uint64_t uses;
    struct sv can_view, can_do, place, ip, device, advice;
};

static void
put_line(struct view *v, const struct line *x)
{
    table_text(v->t, sv_of(x->kind));
    table_text(v->t, x->id);
    table_text(v->t, x->name);
    table_text(v->t, x->status);
    table_time(v->t, x->since);
    table_time(v->t, x->last);
    table_count(v->t, x->uses);
    table_text(v->t, x->can_view);
    table_text(v->t, x->can_do);
    table_text(v->t, x->place);
    table_text(v->t, x->ip);
    table_text(v->t, x->device);
    table_text(v->t, x->advice);
    table_end_row(v->t);
}

/* Connected ones first, then those used last. */
static int
by_use(const void *a, const void *b)
{
    const struct link *x = a, *y = b;
    if (is_connected(x) != is_connected(y))
        return is_connected(x) ? -1 : 1;
    if (x->used != y->used)
        return x->used > y->used ? -1 : 1;
    return sv_cmp(x->id, y->id);
}

static int
by_activity(const void *a, const void *b)
{
    const struct session *x = a, *y = b;
    if (is_active(x) != is_active(y))
        return is_active(x) ? -1 : 1;
    if (x->last != y->last)
        return x->last > y->last ? -1 : 1;
    return sv_cmp(x->id, y->id);
}

/* Of all of them: permissions that any connected one has, the times and sums. */
static void
add_up(struct view *v, struct line *x, uint64_t *connected)
{
    struct map view, act;
    map_init(&view);
    map_init(&act);
    *connected = 0;
    x->last = TIME_NONE;
    for (size_t i = 0; i < v->s->links.n; i++) {
        const struct link *l = &v->s->links.v[i];
        struct sv one, rest = l->can_view;
        *connected += is_connected(l);
        later(&x->last, l->used);
        x->uses += l->uses;
        while (is_connected(l) && sv_split(&rest, ';', &one))
            map_put(&view, sv_trim(one), 0, NULL);
        rest = l->can_do;
        while (is_connected(l) && sv_split(&rest, ';', &one))
            map_put(&act, sv_trim(one), 0, NULL);
    }
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < view.n; i++)
        if (view.entry[i].key.n != 0)
            buf_printf(&b, "%s%.*s", b.n != 0 ? "; " : "", SV_ARG(view.entry[i].key));
    x->can_view = arena_sv(&v->arena, buf_view(&b));
    buf_reset(&b);
    for (size_t i = 0; i < act.n; i++)
        if (act.entry[i].key.n != 0)
            buf_printf(&b, "%s%.*s", b.n != 0 ? "; " : "", SV_ARG(act.entry[i].key));
    x->can_do = arena_sv(&v->arena, buf_view(&b));
    buf_fini(&b);
    map_fini(&view);
    map_fini(&act);
}

static void
put_summary(struct view *v)
{
    const bool of_account = v->p->of == PROFILE_ACCOUNT;
    struct line x = { .kind = of_account ? "account" : "app", .id = v->who, .name = v->s->name };
    struct advice a = { { false } };
    uint64_t connected, active = 0;
    add_up(v, &x, &connected);
    for (size_t i = 0; i < v->s->sessions.n; i++)
        active += is_active(&v->s->sessions.v[i]);
    x.since = v->s->events != 0 ? v->s->first : TIME_NONE;
    x.last = v->s->last;
    if (of_account)
        x.status = arena_printf(&v->arena, "%llu apps connected, %llu sessions active", (unsigned long long)connected,
                                (unsigned long long)active);
    else
        x.status =
            arena_printf(&v->arena, "connected to %llu of %zu accounts", (unsigned long long)connected, v->s->links.n);
    for (size_t i = 0; of_account && i < v->s->links.n; i++)
        if (v->s->links.v[i].by_password && v->s->password_changed <= v->s->links.v[i].used)
            a.action[ACTION_CHANGE_PASSWORD] = true;
    advise_by_findings(&a, v->r, v->who, of_account ? TARGET_ACCOUNT : TARGET_APP, v->who);
    x.advice = advice_text(&a, &v->arena);
    put_line(v, &x);
}

static void
put_link(struct view *v, const struct link *l)
{
    struct advice a = { { false } };
    struct line x = {
        .kind = v->p->of == PROFILE_ACCOUNT ? "app" : "account",
        .id = l->id,
        .name = l->name,
        .status = is_connected(l) ? SV("connected") : SV("revoked"),
        .since = l->since,
        .last = l->used,
        .uses = l->uses,
        .can_view = l->can_view,
        .can_do = l->can_do,
    };
    advise_link(&a, l, v->s->last);
    advise_by_findings(&a, v->r, v->who, TARGET_GRANT, l->id);
    x.advice = advice_text(&a, &v->arena);
    put_line(v, &x);
}

static void
put_session(struct view *v, const struct session *s)
{
    struct advice a = { { false } };
    struct line x = {
        .kind = "session",
        .id = s->id,
        .status = is_active(s) ? SV("active") : SV("ended"),
        .since = s->login != TIME_NONE ? s->login : s->first,
        .last = s->last,
        .place = s->place,
        .ip = s->ip,
        .device = s->agent,
    };
    advise_session(&a, s);
    advise_by_findings(&a, v->r, v->who, TARGET_SESSION, s->id);
    x.advice = advice_text(&a, &v->arena);
    put_line(v, &x);
}

static enum err
put_view(struct view *v, const struct query_output *out, struct diags *d)
{
    struct table_style style = out->style;
    style.brief = v->p->of == PROFILE_ACCOUNT ? "kind name status since last_used can_do place what_to_do"
                                              : "kind id name status since last_used uses what_to_do";
    v->t = table_new(&style, out->to, columns, N_COLUMNS);
    if (v->s->links.n > 1)
        qsort(v->s->links.v, v->s->links.n, sizeof *v->s->links.v, by_use);
    if (v->s->sessions.n > 1)
        qsort(v->s->sessions.v, v->s->sessions.n, sizeof *v->s->sessions.v, by_activity);
    put_summary(v);
    for (size_t i = 0; i < v->s->links.n && i < v->p->limit; i++)
        put_link(v, &v->s->links.v[i]);
    for (size_t i = 0; i < v->s->sessions.n && i < v->p->limit; i++)
        put_session(v, &v->s->sessions.v[i]);
    return table_finish(v->t, d);
}

enum err
profile_run(const struct profile *p, const struct plan *plan, const struct inputs *in, const struct results *r,
            struct sv who, const struct query_output *out, struct health_totals *totals, struct diags *d)
{
    const unsigned n = plan->options->n_workers;
    struct gathering g = { p, mem_zalloc(n, sizeof *g.sight) };
    for (unsigned i = 0; i < n; i++)
        sight_init(&g.sight[i]);
    const struct sink sink = {
        .ctx = &g,
        .open = see_open,
        .close = see_close,
        .block_start = see_block_start,
        .event = see_event,
        .block_end = see_block_end,
    };
    const enum err run = run_events(plan, in, &sink, NULL, totals, d);
    for (unsigned i = 1; i < n; i++)
        merge_sight(&g.sight[0], &g.sight[i]);
    struct view v = { .p = p, .r = r, .who = g.sight[0].id.n != 0 ? g.sight[0].id : who, .s = &g.sight[0] };
    arena_init(&v.arena);
    const enum err written = put_view(&v, out, d);
    if (g.sight[0].events == 0)
        diag_note(d, SPAN_NONE, "no event here is about '%.*s'", SV_ARG(who));
    else if (!sv_eq(v.who, who))
        diag_note(d, SPAN_NONE, "'%.*s' is the name of %.*s; the id also finds events that do not hold the name",
                  SV_ARG(who), SV_ARG(v.who));
    arena_fini(&v.arena);
    for (unsigned i = 0; i < n; i++)
        sight_fini(&g.sight[i]);
    mem_free(g.sight);
    return written != ERR_OK ? written : run;
}
