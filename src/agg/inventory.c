/* SPDX-License-Identifier: Apache-2.0 */
/* The filling half: event -> table -> records. An event costs a look-up or two. At the end of the run it is known which
 * accounts the findings name, and nobody asks for the sessions of others: of those that are still in the table no
 * record is made. So the table is as large as the records were that it saves. */
#include "agg/inventory.h"

#include <assert.h>

#include "agg/inv_internal.h"
#include "base/codec.h"
#include "base/timestamp.h"

/* The table is flushed at this many bytes, or at half of what the store may have; the store is compacted when it has
 * grown by this much and doubled. */
#define TABLE_BYTES ((size_t)256 << 20)
#define TABLE_BYTES_LEAST ((size_t)4 << 20)
#define STORE_GROWTH ((uint64_t)12 << 20)

void
agg_plan_fields(struct agg_plan *plan, struct fields *fields)
{
    struct inventory_fields *f = mem_zalloc(1, sizeof *f);
    f->action = fields_add(fields, SV("action"));
    f->outcome = fields_add(fields, SV("outcome"));
    f->account = fields_add(fields, SV("actor.user.uid"));
    f->session = fields_add(fields, SV("actor.session.uid"));
    f->status = fields_add(fields, SV("api.status"));
    f->app = fields_add(fields, SV("oauth.app_uid"));
    f->app_name = fields_add(fields, SV("oauth.app_name"));
    f->first_party = fields_add(fields, SV("oauth.first_party"));
    f->protocol = fields_add(fields, SV("oauth.protocol"));
    f->level = fields_add(fields, SV("oauth.level"));
    f->need_level = fields_add(fields, SV("oauth.need_level"));
    f->granted = fields_add(fields, SV("oauth.granted"));
    f->needs = fields_add(fields, SV("oauth.needs"));
    f->base = fields_add(fields, SV("oauth.base"));
    f->can_view = fields_add(fields, SV("oauth.can_view"));
    f->can_do = fields_add(fields, SV("oauth.can_do"));
    f->detail[DETAIL_COUNTRY] = fields_add(fields, SV("src_endpoint.location.country"));
    f->detail[DETAIL_CITY] = fields_add(fields, SV("src_endpoint.location.city"));
    f->detail[DETAIL_IP] = fields_add(fields, SV("src_endpoint.ip"));
    f->detail[DETAIL_DEVICE] = fields_add(fields, SV("device.uid"));
    f->detail[DETAIL_AGENT] = fields_add(fields, SV("http_request.user_agent"));
    plan->inventory = f;
}

void
agg_plan_fini(struct agg_plan *plan)
{
    mem_free(plan->inventory);
    plan->inventory = NULL;
}

static size_t
table_limit(const struct spill *spill)
{
    const uint64_t half = spill != NULL ? spill_inventory_limit(spill) / 2 : TABLE_BYTES;
    return half > TABLE_BYTES ? TABLE_BYTES : half < TABLE_BYTES_LEAST ? TABLE_BYTES_LEAST : (size_t)half;
}

struct inventory *
inventory_new(const struct agg_plan *plan)
{
    struct inventory *inv = mem_zalloc(1, sizeof *inv);
    inv->plan = plan;
    inv->first_corr = (uint32_t)plan->program->corrs.n;
    inv->most_bytes = table_limit(plan->spill);
    seen_init(&inv->seen);
    store_init(&inv->store, PARTITIONS);
    if (plan->spill != NULL)
        store_limit(&inv->store, plan->spill, spill_inventory_limit(plan->spill));
    inv->store.fold = inventory_fold;
    inv->store.fold_ctx = &inv->first_corr;
    buf_init(&inv->key);
    buf_init(&inv->payload);
    return inv;
}

void
inventory_free(struct inventory *inv)
{
    if (inv == NULL)
        return;
    seen_fini(&inv->seen);
    store_fini(&inv->store);
    buf_fini(&inv->key);
    buf_fini(&inv->payload);
    mem_free(inv);
}

/* ---- the table ---- */

static struct name
name_of(struct sv text)
{
    return (struct name){ text, text.n != 0 ? hash64(text) : 0 };
}

/* Enters (app, kind, tie). */
static struct seen *
enter(struct inventory *inv, unsigned kind, struct name app, struct name tie, size_t state_size, bool *is_new)
{
    const struct seen_wanted wanted = { .hash = seen_hash(INVENTORY_APP, kind, app.hash, tie.hash),
                                        .inventory = INVENTORY_APP,
                                        .kind = kind,
                                        .key = app.text,
                                        .tie = tie.text };
    return seen_enter(&inv->seen, &wanted, state_size, is_new);
}

/* An app that the table has. */
struct app {
    struct name name;
    struct seen_app *known;
};

/* Enters (app, kind, text), unless it is known to be there; text is not empty. */
static void
enter_text(struct inventory *inv, unsigned kind, struct app app, struct sv text)
{
    const unsigned hash =
        kind * 5 + (unsigned)text.n + (unsigned char)text.p[text.n / 2] + (unsigned char)text.p[text.n - 1] * 3;
    struct known_text *k = &app.known->known[hash % KNOWN_TEXTS];
    if (k->p != NULL && k->kind == kind && k->n == text.n && memcmp(k->p, text.p, text.n) == 0)
        return;
    bool is_new;
    const struct seen *s = enter(inv, kind, app.name, name_of(text), 0, &is_new);
    *k = (struct known_text){ seen_tie(s).p, (uint32_t)text.n, kind };
}

static void
enter_texts(struct inventory *inv, unsigned kind, struct app app, struct event *ev, field_id field)
{
    size_t n;
    struct value *member = value_members(event_value(ev, field), &n);
    for (size_t i = 0; i < n; i++) {
        struct sv text;
        if (value_text(&member[i], ev->scratch, &text) && text.n != 0)
            enter_text(inv, kind, app, text);
    }
}

/* An event may be the wanted one: see candidates_offer. */
static struct candidate *
offer(struct inventory *inv, struct candidates *c, enum wanted wanted, const struct event *ev)
{
    const struct candidate *before = c->v;
    struct candidate *taken = candidates_offer(c, wanted, ev->time, ev->at, &inv->seen.memory);
    if (c->v != before)
        inv->seen.bytes += c->n * sizeof *c->v;
    return taken;
}

static bool
get_text(struct event *ev, field_id field, struct sv *text)
{
    if (event_text(ev, field, text))
        return true;
    *text = SV_NONE;
    return false;
}

/* ---- apps ---- */

/* The actions that exercise a permission (event-schema.md). */
static bool
is_use(struct sv action)
{
    static const struct sv prefixes[] = { { "post.", 5 }, { "dm.", 3 },     { "follow.", 7 },
                                          { "like.", 5 }, { "repost.", 7 }, { "api.call", 8 } };
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (action.n > 0 && action.p[0] == prefixes[i].p[0] && sv_starts(action, prefixes[i]))
            return true;
    return false;
}

/* What was refused proves nothing. */
static bool
has_failed(const struct inventory_fields *f, struct event *ev)
{
    struct sv text;
    if (get_text(ev, f->outcome, &text) && sv_eq(text, SV("failure")))
        return true;
    return get_text(ev, f->status, &text) && text.n == 3 && (text.p[0] == '4' || text.p[0] == '5');
}

static void
raise_level(enum oauth_level *level, struct event *ev, field_id field)
{
    struct sv text;
    if (!get_text(ev, field, &text))
        return;
    const enum oauth_level x = oauth_level_of(text);
    if (x > *level)
        *level = x;
}

static struct app
app_of(struct inventory *inv, struct name name)
{
    bool is_new;
    struct seen_app *known =
        seen_state(enter(inv, APP_STATE, name, (struct name){ SV(""), 0 }, sizeof *known, &is_new));
    if (is_new)
        known->state = (struct app_state)APP_STATE_INIT;
    return (struct app){ name, known };
}

static void
note_grant(struct inventory *inv, struct app app, struct event *ev)
{
    const struct inventory_fields *f = inv->plan->inventory;
    app.known->state.grants++;
    raise_level(&app.known->state.level, ev, f->level);
    enter_texts(inv, APP_GRANTED, app, ev, f->granted);
    enter_texts(inv, APP_BASE, app, ev, f->base);
    enter_texts(inv, APP_CAN_VIEW, app, ev, f->can_view);
    enter_texts(inv, APP_CAN_DO, app, ev, f->can_do);
}

static void
note_app_name(struct inventory *inv, struct app_state *s, struct event *ev)
{
    struct sv name;
    if (!get_text(ev, inv->plan->inventory->app_name, &name))
        return;
    struct candidate *c = offer(inv, &s->name, WANTED_LATEST, ev);
    if (c != NULL && !sv_eq(c->text, name))
        c->text = seen_keep(&inv->seen, name);
}

static void
note_app(struct inventory *inv, struct event *ev, const struct parties *p, struct sv action)
{
    const struct inventory_fields *f = inv->plan->inventory;
    const struct app app = app_of(inv, p->app);
    struct app_state *s = &app.known->state;
    span_add(&s->first, &s->last, ev->time);
    note_app_name(inv, s, ev);
    enter_texts(inv, APP_PROTOCOL, app, ev, f->protocol);
    if (has_failed(f, ev))
        return;
    const bool grant = sv_eq(action, SV("app.authorize"));
    const bool use = is_use(action);
    if (grant)
        note_grant(inv, app, ev);
    else if (sv_eq(action, SV("app.revoke")))
        s->revocations++;
    else
        enter_texts(inv, APP_USED, app, ev, f->needs);
    if (use) {
        s->uses++;
        raise_level(&s->need, ev, f->need_level);
    }
    bool is_new;
    if ((grant || use) && p->account.text.n != 0)
        enter(inv, APP_ACCOUNT, p->app, p->account, 0, &is_new);
}

/* ---- sessions ---- */

static struct sv
read_details(struct inventory *inv, struct event *ev)
{
    struct sv detail[DETAILS];
    for (size_t i = 0; i < DETAILS; i++)
        get_text(ev, inv->plan->inventory->detail[i], &detail[i]);
    buf_reset(&inv->payload);
    details_put(&inv->payload, detail);
    return seen_keep(&inv->seen, buf_view(&inv->payload));
}

static struct session_state *
session_of(struct inventory *inv, const struct parties *p)
{
    const struct seen_wanted wanted = {
        .hash = p->session_hash, .inventory = INVENTORY_SESSION, .key = p->account.text, .tie = p->session.text
    };
    bool is_new;
    struct session_state *s = seen_state(seen_enter(&inv->seen, &wanted, sizeof *s, &is_new));
    if (is_new)
        *s = (struct session_state)SESSION_STATE_INIT;
    return s;
}

static void
note_session(struct inventory *inv, struct event *ev, const struct parties *p, struct sv action)
{
    struct session_state *s = session_of(inv, p);
    s->events++;
    span_add(&s->first, &s->last, ev->time);
    struct candidate *any = offer(inv, &s->any, WANTED_EARLIEST, ev);
    if (any != NULL)
        any->text = read_details(inv, ev);
    if (!sv_starts(action, SV("session.")) || has_failed(inv->plan->inventory, ev))
        return;
    if (sv_eq(action, SV("session.start"))) {
        struct candidate *start = offer(inv, &s->start, WANTED_LATEST, ev);
        if (start != NULL)
            start->text = any != NULL ? any->text : read_details(inv, ev);
    } else if (sv_eq(action, SV("session.end")) || sv_eq(action, SV("session.revoke"))) {
        if (ev->time > s->ended)
            s->ended = ev->time;
    }
}

/* ---- events ---- */

static struct name
read_name(struct event *ev, field_id field)
{
    struct sv text;
    get_text(ev, field, &text);
    return name_of(text);
}

static bool
is_first_party(const struct inventory_fields *f, struct event *ev)
{
    struct sv text;
    return get_text(ev, f->first_party, &text) && sv_eq(text, SV("true"));
}

static void
read_parties(const struct inventory_fields *f, struct event *ev, struct parties *p)
{
    *p = (struct parties){ .account = read_name(ev, f->account), .app = read_name(ev, f->app) };
    if (p->app.text.n != 0 && is_first_party(f, ev))
        p->app = (struct name){ SV_NONE, 0 };
    if (p->account.text.n == 0)
        return;
    p->session = read_name(ev, f->session);
    if (p->session.text.n != 0)
        p->session_hash = seen_hash(INVENTORY_SESSION, 0, p->account.hash, p->session.hash);
    if (p->app.text.n != 0)
        p->app_account_hash = seen_hash(INVENTORY_APP, APP_ACCOUNT, p->app.hash, p->account.hash);
}

/* First the slots of all events come near, then, when these are there, the entries. */
void
inventory_expect(struct inventory *inv, struct event *ev, size_t n)
{
    assert(n <= AGG_EXPECT_MAX);
    inv->n_expected = n;
    inv->next_expected = 0;
    for (size_t i = 0; i < n; i++) {
        struct parties *p = &inv->expected[i];
        read_parties(inv->plan->inventory, &ev[i], p);
        seen_expect(&inv->seen, p->session_hash);
        seen_expect(&inv->seen, p->app_account_hash);
    }
    for (size_t i = 0; i < n; i++) {
        seen_expect_entry(&inv->seen, inv->expected[i].session_hash);
        seen_expect_entry(&inv->seen, inv->expected[i].app_account_hash);
    }
}

/* Who the event is about, by now or already. */
static const struct parties *
parties_of(struct inventory *inv, struct event *ev)
{
    if (inv->next_expected == inv->n_expected)
        inventory_expect(inv, ev, 1);
    return &inv->expected[inv->next_expected++];
}

void
inventory_event(struct inventory *inv, struct event *ev)
{
    const struct parties *p = parties_of(inv, ev);
    struct sv action;
    get_text(ev, inv->plan->inventory->action, &action);
    if (p->app.text.n != 0)
        note_app(inv, ev, p, action);
    if (p->session.text.n != 0)
        note_session(inv, ev, p, action);
    if (inv->seen.bytes >= inv->most_bytes)
        inventory_flush(inv, NULL, NULL);
}

/* ---- records ---- */

static void
make_payload(struct inventory *inv, const struct seen *s)
{
    buf_reset(&inv->payload);
    if (s->inventory == INVENTORY_SESSION)
        session_state_put(&inv->payload, seen_state(s));
    else if (s->kind == APP_STATE)
        app_state_put(&inv->payload, &((const struct seen_app *)seen_state(s))->state);
}

/* The record's time is a hash of what it says beside its key, so that equal ones meet by the fast part of the sort. Its
 * texts are new to the store, nearly all of them: it need not look for them. */
static void
add_record(struct inventory *inv, const struct seen *s)
{
    struct record rec = { .corr = inv->first_corr + s->inventory, .pos = s->kind, .tie = seen_tie(s) };
    buf_reset(&inv->key);
    put_bytes(&inv->key, seen_key(s));
    rec.key = buf_view(&inv->key);
    rec.hash = record_hash(rec.corr, rec.key);
    rec.time = (int64_t)((hash64(rec.tie) + s->kind) >> 1);
    make_payload(inv, s);
    rec.payload = buf_view(&inv->payload);
    store_add_next(&inv->store, hash_partition(rec.hash), &rec, NULL);
}

void
inventory_fold(const void *ctx, const struct record *a, const struct record *b, struct buf *payload)
{
    const uint32_t first = *(const uint32_t *)ctx;
    const struct corr_type *type = a->corr == first + INVENTORY_APP ? &corr_inventory_app : &corr_inventory_session;
    type->fold(NULL, a->payload, b->payload, payload);
}

void
inventory_flush(struct inventory *inv, inventory_wants_fn *wants, const void *ctx)
{
    for (size_t i = 0; i < inv->seen.all.n; i++) {
        const struct seen *s = seen_at(&inv->seen, inv->seen.all.v[i]);
        if (wants == NULL || s->inventory != INVENTORY_SESSION || wants(ctx, seen_key(s)))
            add_record(inv, s);
    }
    seen_reset(&inv->seen);
    if (inv->store.bytes > 2 * inv->compacted + STORE_GROWTH) {
        store_compact(&inv->store, inventory_fold, &inv->first_corr);
        inv->compacted = inv->store.bytes;
    }
    if (store_is_full(&inv->store)) {
        store_flush(&inv->store);
        inv->compacted = 0;
    }
}
