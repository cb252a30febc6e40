/* SPDX-License-Identifier: Apache-2.0 */
/* The filling half: event -> table -> records. An event costs a look-up or two; everything else happens once per table.
 */
#include "agg/inventory.h"

#include "agg/inv_internal.h"
#include "base/codec.h"
#include "base/timestamp.h"

/* The table is flushed at this many entries or bytes; the store is compacted when it has grown by this much and
 * doubled. */
#define TABLE_ENTRIES ((size_t)1 << 14)
#define TABLE_BYTES ((size_t)4 << 20)
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

struct inventory *
inventory_new(const struct agg_plan *plan)
{
    struct inventory *inv = mem_zalloc(1, sizeof *inv);
    inv->plan = plan;
    inv->first_corr = (uint32_t)plan->program->corrs.n;
    map_init(&inv->seen);
    arena_init(&inv->texts);
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
    map_fini(&inv->seen);
    vec_fini(&inv->apps);
    vec_fini(&inv->known);
    vec_fini(&inv->sessions);
    arena_fini(&inv->texts);
    store_fini(&inv->store);
    buf_fini(&inv->key);
    buf_fini(&inv->payload);
    mem_free(inv);
}

/* ---- the table ---- */

/* The entry of (inventory, kind, key, tie); its value is set by the caller if it is new. */
static struct map_entry *
enter(struct inventory *inv, unsigned inventory, unsigned kind, struct sv key, struct sv tie, bool *is_new)
{
    buf_reset(&inv->key);
    buf_putc(&inv->key, (char)inventory);
    buf_putc(&inv->key, (char)kind);
    put_bytes(&inv->key, key);
    buf_sv(&inv->key, tie);
    const size_t i = map_put(&inv->seen, buf_view(&inv->key), 0, is_new);
    if (*is_new)
        inv->bytes += inv->key.n;
    return &inv->seen.entry[i];
}

/* Enters (app, kind, text), unless it is known to be there; text is not empty. */
static void
enter_text(struct inventory *inv, unsigned kind, struct sv app, uint32_t number, struct sv text)
{
    const unsigned hash =
        kind * 5 + (unsigned)text.n + (unsigned char)text.p[text.n / 2] + (unsigned char)text.p[text.n - 1] * 3;
    struct known_text *k = &inv->known.v[number].v[hash % KNOWN_TEXTS];
    if (k->p != NULL && k->kind == kind && k->n == text.n && memcmp(k->p, text.p, text.n) == 0)
        return;
    bool is_new;
    const struct map_entry *e = enter(inv, INVENTORY_APP, kind, app, text, &is_new);
    *k = (struct known_text){ e->key.p + e->key.n - text.n, (uint32_t)text.n, kind };
}

static void
enter_texts(struct inventory *inv, unsigned kind, struct sv app, uint32_t number, struct event *ev, field_id field)
{
    size_t n;
    struct value *member = value_members(event_value(ev, field), &n);
    for (size_t i = 0; i < n; i++) {
        struct sv text;
        if (value_text(&member[i], ev->scratch, &text) && text.n != 0)
            enter_text(inv, kind, app, number, text);
    }
}

static struct sv
keep(struct inventory *inv, struct sv text)
{
    inv->bytes += text.n;
    return arena_sv(&inv->texts, text);
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
    static const char *const prefixes[] = { "post.", "dm.", "follow.", "like.", "repost.", "api.call" };
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (sv_starts(action, sv_of(prefixes[i])))
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

/* Its number in inv->apps. */
static uint32_t
app_of(struct inventory *inv, struct sv app)
{
    bool is_new;
    struct map_entry *e = enter(inv, INVENTORY_APP, APP_STATE, app, SV_NONE, &is_new);
    if (is_new) {
        e->value = (uint32_t)inv->apps.n;
        vec_push(&inv->apps, (struct app_state)APP_STATE_INIT);
        vec_push(&inv->known, (struct known_texts){ 0 });
    }
    return e->value;
}

static void
note_grant(struct inventory *inv, uint32_t number, struct sv app, struct event *ev)
{
    const struct inventory_fields *f = inv->plan->inventory;
    struct app_state *s = &inv->apps.v[number];
    s->grants++;
    raise_level(&s->level, ev, f->level);
    enter_texts(inv, APP_GRANTED, app, number, ev, f->granted);
    enter_texts(inv, APP_BASE, app, number, ev, f->base);
    enter_texts(inv, APP_CAN_VIEW, app, number, ev, f->can_view);
    enter_texts(inv, APP_CAN_DO, app, number, ev, f->can_do);
}

static void
note_app(struct inventory *inv, struct event *ev, struct sv app, struct sv account, struct sv action)
{
    const struct inventory_fields *f = inv->plan->inventory;
    const uint32_t number = app_of(inv, app);
    struct app_state *s = &inv->apps.v[number];
    struct sv name;
    span_add(&s->first, &s->last, ev->time);
    if (get_text(ev, f->app_name, &name)) {
        struct candidate *c = candidates_offer(&s->name, WANTED_LATEST, ev->time, ev->at, &inv->texts);
        if (c != NULL && !sv_eq(c->text, name))
            c->text = keep(inv, name);
    }
    enter_texts(inv, APP_PROTOCOL, app, number, ev, f->protocol);
    if (has_failed(f, ev))
        return;
    const bool grant = sv_eq(action, SV("app.authorize"));
    const bool use = is_use(action);
    if (grant)
        note_grant(inv, number, app, ev);
    else if (sv_eq(action, SV("app.revoke")))
        s->revocations++;
    else
        enter_texts(inv, APP_USED, app, number, ev, f->needs);
    if (use) {
        s->uses++;
        raise_level(&s->need, ev, f->need_level);
    }
    bool is_new;
    if ((grant || use) && account.n != 0)
        enter(inv, INVENTORY_APP, APP_ACCOUNT, app, account, &is_new);
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
    return keep(inv, buf_view(&inv->payload));
}

static struct session_state *
session_of(struct inventory *inv, struct sv account, struct sv session)
{
    bool is_new;
    struct map_entry *e = enter(inv, INVENTORY_SESSION, 0, account, session, &is_new);
    if (is_new) {
        e->value = (uint32_t)inv->sessions.n;
        vec_push(&inv->sessions, (struct session_state)SESSION_STATE_INIT);
    }
    return &inv->sessions.v[e->value];
}

static void
note_session(struct inventory *inv, struct event *ev, struct sv account, struct sv session, struct sv action)
{
    struct session_state *s = session_of(inv, account, session);
    s->events++;
    span_add(&s->first, &s->last, ev->time);
    struct candidate *any = candidates_offer(&s->any, WANTED_EARLIEST, ev->time, ev->at, &inv->texts);
    if (any != NULL)
        any->text = read_details(inv, ev);
    if (!sv_starts(action, SV("session.")) || has_failed(inv->plan->inventory, ev))
        return;
    if (sv_eq(action, SV("session.start"))) {
        struct candidate *start = candidates_offer(&s->start, WANTED_LATEST, ev->time, ev->at, &inv->texts);
        if (start != NULL)
            start->text = any != NULL ? any->text : read_details(inv, ev);
    } else if (sv_eq(action, SV("session.end")) || sv_eq(action, SV("session.revoke"))) {
        if (ev->time > s->ended)
            s->ended = ev->time;
    }
}

void
inventory_event(struct inventory *inv, struct event *ev)
{
    const struct inventory_fields *f = inv->plan->inventory;
    struct sv action;
    struct sv account;
    struct sv session;
    struct sv app;
    get_text(ev, f->action, &action);
    get_text(ev, f->account, &account);
    if (account.n != 0 && get_text(ev, f->session, &session) && session.n != 0)
        note_session(inv, ev, account, session, action);
    if (get_text(ev, f->app, &app) && app.n != 0) {
        struct sv first_party;
        if (!get_text(ev, f->first_party, &first_party) || !sv_eq(first_party, SV("true")))
            note_app(inv, ev, app, account, action);
    }
    if (inv->seen.n >= TABLE_ENTRIES || inv->bytes >= TABLE_BYTES)
        inventory_flush(inv);
}

/* ---- records ---- */

static void
make_payload(struct inventory *inv, unsigned inventory, unsigned kind, uint32_t value)
{
    buf_reset(&inv->payload);
    if (inventory == INVENTORY_SESSION)
        session_state_put(&inv->payload, &inv->sessions.v[value]);
    else if (kind == APP_STATE)
        app_state_put(&inv->payload, &inv->apps.v[value]);
}

/* The record's time is a hash of what it says beside its key, so that equal ones meet by the fast part of the sort. */
static void
add_record(struct inventory *inv, const struct map_entry *e)
{
    const unsigned inventory = (unsigned char)e->key.p[0];
    const unsigned kind = (unsigned char)e->key.p[1];
    struct reader r = reader_of(sv_from(e->key, 2));
    const struct sv key = get_bytes(&r);
    struct record rec = { .corr = inv->first_corr + inventory, .pos = kind };
    rec.tie = sv_make(r.p, (size_t)(r.end - r.p));
    rec.key = sv_make(e->key.p + 2, (size_t)(key.p + key.n - (e->key.p + 2)));
    rec.hash = record_hash(rec.corr, rec.key);
    rec.time = (int64_t)((hash64(rec.tie) + kind) >> 1);
    make_payload(inv, inventory, kind, e->value);
    rec.payload = buf_view(&inv->payload);
    store_add(&inv->store, hash_partition(rec.hash), &rec);
}

void
inventory_fold(const void *ctx, const struct record *a, const struct record *b, struct buf *payload)
{
    const uint32_t first = *(const uint32_t *)ctx;
    const struct corr_type *type = a->corr == first + INVENTORY_APP ? &corr_inventory_app : &corr_inventory_session;
    type->fold(NULL, a->payload, b->payload, payload);
}

void
inventory_flush(struct inventory *inv)
{
    for (size_t i = 0; i < inv->seen.n; i++)
        add_record(inv, &inv->seen.entry[i]);
    map_reset(&inv->seen);
    arena_reset(&inv->texts);
    inv->apps.n = 0;
    inv->known.n = 0;
    inv->sessions.n = 0;
    inv->bytes = 0;
    if (inv->store.bytes > 2 * inv->compacted + STORE_GROWTH) {
        store_compact(&inv->store, inventory_fold, &inv->first_corr);
        inv->compacted = inv->store.bytes;
    }
    if (store_is_full(&inv->store)) {
        store_flush(&inv->store);
        inv->compacted = 0;
    }
}
