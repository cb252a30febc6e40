/* SPDX-License-Identifier: Apache-2.0 */
/* Inventories: rows, and the laws of every type that folds. */
#include <stdio.h>

#include "agg/emit.h"
#include "agg/inv_internal.h"
#include "agg_tests.h"
#include "base/codec.h"

/* ---- laws ---- */

static void
put_app(struct buf *b, uint64_t i, struct arena *a)
{
    struct app_state s = APP_STATE_INIT;
    char name[16];
    snprintf(name, sizeof name, "n%u", (unsigned)i);
    if (i % 5 != 0)
        span_add(&s.first, &s.last, (int64_t)(i * 31 % 17));
    s.grants = i;
    s.revocations = i % 3;
    s.uses = i * i;
    s.level = (enum oauth_level)(i % 4);
    s.need = (enum oauth_level)(i / 4 % 4);
    const struct place at = { (uint32_t)(i % 3), i / 3 };
    if (i % 4 != 0)
        candidates_offer(&s.name, WANTED_LATEST, (int64_t)(i % 2), at, a)->text = arena_sv(a, sv_of(name));
    app_state_put(b, &s);
}

static void
put_session(struct buf *b, uint64_t i, struct arena *a)
{
    struct session_state s = SESSION_STATE_INIT;
    const struct sv detail[DETAILS] = { SV("DE"), SV(""), SV("ip"), SV("d"), SV("agent") };
    struct buf details = BUF_INIT;
    details_put(&details, detail);
    put_varint(&details, i);
    const struct sv text = arena_sv(a, buf_view(&details));
    const struct place at = { (uint32_t)(i % 3), i / 3 };
    span_add(&s.first, &s.last, (int64_t)(i * 31 % 17));
    s.ended = i % 2 != 0 ? (int64_t)i : INT64_MIN;
    s.events = i;
    candidates_offer(&s.any, WANTED_EARLIEST, (int64_t)(i % 2), at, a)->text = text;
    if (i % 3 != 0)
        candidates_offer(&s.start, WANTED_LATEST, (int64_t)(i % 2), at, a)->text = text;
    session_state_put(b, &s);
    buf_fini(&details);
}

static const struct law {
    const struct corr_type *type;
    void (*put)(struct buf *b, uint64_t i, struct arena *a);
} laws[] = { { &corr_inventory_app, put_app }, { &corr_inventory_session, put_session } };

static void
fold(const struct law *law, const struct buf *a, const struct buf *b, struct buf *out)
{
    buf_reset(out);
    law->type->fold(NULL, buf_view(a), buf_view(b), out);
}

START_TEST(fold_laws)
{
    enum { N = 24 };
    const struct law *law = &laws[_i];
    struct arena a = ARENA_INIT;
    struct buf x[N];
    struct buf ab = BUF_INIT;
    struct buf ba = BUF_INIT;
    struct buf ab_c = BUF_INIT;
    struct buf a_bc = BUF_INIT;
    const struct buf nothing = BUF_INIT;
    for (unsigned i = 0; i < N; i++) {
        buf_init(&x[i]);
        law->put(&x[i], i, &a);
        fold(law, &x[i], &nothing, &ab);
        ck_assert(sv_eq(buf_view(&ab), buf_view(&x[i])));
        fold(law, &nothing, &x[i], &ab);
        ck_assert(sv_eq(buf_view(&ab), buf_view(&x[i])));
    }
    for (unsigned i = 0; i < N; i++) {
        for (unsigned j = 0; j < N; j++) {
            const unsigned k = (i * 5 + j * 3) % N;
            if (i == j || j == k || i == k)
                continue; /* an event is folded once */
            fold(law, &x[i], &x[j], &ab);
            fold(law, &x[j], &x[i], &ba);
            ck_assert(sv_eq(buf_view(&ab), buf_view(&ba)));
            fold(law, &ab, &x[k], &ab_c);
            fold(law, &x[j], &x[k], &ba);
            fold(law, &x[i], &ba, &a_bc);
            ck_assert(sv_eq(buf_view(&ab_c), buf_view(&a_bc)));
        }
    }
    /* Split anywhere: fold(first part) with fold(second part) is the fold of all. */
    struct buf whole = BUF_INIT;
    for (unsigned cut = 0; cut <= N; cut++) {
        struct buf part[2] = { BUF_INIT, BUF_INIT };
        for (unsigned i = 0; i < N; i++) {
            fold(law, &part[i >= cut], &x[i], &ab);
            buf_reset(&part[i >= cut]);
            buf_sv(&part[i >= cut], buf_view(&ab));
        }
        fold(law, &part[0], &part[1], &ab);
        if (cut == 0)
            buf_sv(&whole, buf_view(&ab));
        ck_assert(sv_eq(buf_view(&ab), buf_view(&whole)));
        buf_fini(&part[0]);
        buf_fini(&part[1]);
    }
    for (unsigned i = 0; i < N; i++)
        buf_fini(&x[i]);
    buf_fini(&whole);
    buf_fini(&ab);
    buf_fini(&ba);
    buf_fini(&ab_c);
    buf_fini(&a_bc);
    arena_fini(&a);
}
END_TEST

/* Can it be decoded? Checking must say the same without doing it. */
static bool
get_payload(int which, struct sv payload, struct arena *a)
{
    struct app_state app;
    struct session_state session;
    const bool got = which == 0 ? app_state_get(&app, payload, a) : session_state_get(&session, payload, a);
    const bool ok =
        which == 0 ? app_state_check(payload, SIZE_MAX, NULL) : session_state_check(payload, SIZE_MAX, NULL);
    ck_assert(got == ok);
    return got;
}

/* A cut or changed payload is refused, or read within its bounds. */
START_TEST(hostile_payloads)
{
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    laws[_i].put(&b, 7, &a);
    ck_assert(get_payload(_i, buf_view(&b), &a));
    for (size_t n = 0; n < b.n; n++) {
        char *cut = mem_dup(b.p, n);
        ck_assert(!get_payload(_i, sv_make(cut, n), &a));
        mem_free(cut);
    }
    for (size_t i = 0; i < b.n * 256; i++) {
        char *copy = mem_dup(b.p, b.n);
        copy[i / 256] = (char)(unsigned char)(i % 256);
        get_payload(_i, sv_make(copy, b.n), &a);
        mem_free(copy);
    }
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

/* Files that are named are noted, and those beyond the end refused; other numbers bring another order. */
START_TEST(files_of_payloads)
{
    static const uint32_t other[] = { 5, 9, 2, 7 };
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    struct app_state s = APP_STATE_INIT;
    atomic_bool used[4] = { false, false, false, false };
    for (uint32_t file = 0; file < 4; file += file == 0 ? 2 : 1)
        candidates_offer(&s.name, WANTED_LATEST, 7, (struct place){ file, 1 }, &a)->text =
            arena_printf(&a, "%u", (unsigned)file);
    app_state_put(&b, &s);
    ck_assert(!app_state_check(buf_view(&b), 3, NULL));
    ck_assert(app_state_check(buf_view(&b), 4, used));
    ck_assert(used[0] && !used[1] && used[2] && used[3]);
    candidates_renumber(&s.name, other);
    ck_assert_uint_eq(s.name.n, 3);
    ck_assert_uint_eq(s.name.v[0].file, 2);
    ck_assert_uint_eq(s.name.v[1].file, 5);
    ck_assert_uint_eq(s.name.v[2].file, 7);
    assert_sv(s.name.v[0].text, "2");
    assert_sv(s.name.v[1].text, "0");
    assert_sv(s.name.v[2].text, "3");
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

/* ---- rows ---- */

static void
start_inventory(struct world *w, size_t n_locals)
{
    world_init(w);
    world_rule(w, "r");
    struct correlation *c = world_corr(w, "x", &fake_each, "r", "");
    static struct sv actions[] = { { "change_password", 15 }, { "log_out_session", 15 } };
    c->meta.actions = actions;
    c->meta.n_actions = 2;
    w->plan.want_inventory = true;
    agg_plan_fields(&w->plan, w->fields);
    world_start(w, n_locals);
}

START_TEST(apps)
{
    struct world w;
    start_inventory(&w, 2);
    world_event(&w, 0, 10, 1, 1,
                "action=app.authorize actor.user.uid=u oauth.app_uid=a oauth.app_name=old oauth.protocol=oauth2 "
                "oauth.granted=users.read,dm.read,tweet.write oauth.base=users.read oauth.can_view=posts,messages "
                "oauth.can_do=post",
                "");
    world_event(&w, 1, 20, 0, 1,
                "action=app.authorize actor.user.uid=w oauth.app_uid=a oauth.app_name=new oauth.protocol=oauth2 "
                "oauth.granted=like.write oauth.base=users.read",
                "");
    world_event(&w, 0, 20, 1, 9,
                "action=post.create actor.user.uid=u oauth.app_uid=a oauth.app_name=other oauth.needs=tweet.write", "");
    world_event(&w, 0, 21, 1, 10,
                "action=post.create outcome=failure actor.user.uid=z oauth.app_uid=a oauth.needs=like.write", "");
    world_event(&w, 0, 22, 1, 11,
                "action=api.call api.status=403 actor.user.uid=z oauth.app_uid=a oauth.needs=like.write", "");
    world_event(&w, 0, 23, 1, 12, "action=app.revoke actor.user.uid=u oauth.app_uid=a", "r");
    world_event(&w, 0, 24, 1, 13, "action=app.revoke actor.user.uid=u oauth.app_uid=a", "r");
    world_event(
        &w, 0, 30, 1, 14,
        "action=app.authorize oauth.app_uid=old oauth.protocol=oauth1a oauth.level=read_write_dm oauth.granted=dm.read",
        "");
    world_event(
        &w, 0, 31, 1, 15,
        "action=post.create oauth.app_uid=old oauth.need_level=read_write oauth.needs=tweet.write actor.user.uid=u",
        "");
    world_event(&w, 0, 32, 1, 16, "action=post.create oauth.app_uid=own oauth.first_party=true actor.user.uid=u", "");
    const struct sv text = world_finish(&w, (unsigned)_i);
    const size_t at = sv_find(text, SV("app a "), 0);
    assert_sv(sv_from(text, at),
              /* of equal times the later file has the latest name: "c" is behind "a" */
              "app a 'new' oauth2  granted[dm.read like.write tweet.write users.read] used[tweet.write] unused[dm.read "
              "like.write] "
              "minimal[tweet.write] view[messages; posts] do[post] accounts=2 grants=2 revocations=2 uses=1 [10 24] "
              "findings=2 risk=75\n"
              "app old '' oauth1a read_write_dm granted[dm.read] used[tweet.write] unused[dm.read] minimal[read_write] "
              "view[] do[] "
              "accounts=1 grants=1 revocations=0 uses=1 [30 31] findings=0 risk=0\n");
    world_fini(&w);
}
END_TEST

START_TEST(sessions)
{
    struct world w;
    start_inventory(&w, 2);
    world_event(
        &w, 0, 10, 1, 1,
        "action=session.start outcome=failure actor.user.uid=u actor.session.uid=s src_endpoint.location.country=XX",
        "");
    world_event(&w, 1, 12, 1, 2,
                "action=session.start actor.user.uid=u actor.session.uid=s src_endpoint.location.country=DE "
                "src_endpoint.location.city=Berlin src_endpoint.ip=i device.uid=d http_request.user_agent=Moz",
                "");
    world_event(&w, 0, 11, 1, 3, "action=session.end actor.user.uid=u actor.session.uid=s", "");
    world_event(&w, 0, 14, 1, 4,
                "action=post.create actor.user.uid=u actor.session.uid=s src_endpoint.location.country=FR", "r");
    world_event(&w, 0, 15, 1, 5,
                "action=post.create actor.user.uid=u actor.session.uid=t src_endpoint.location.country=FR", "");
    world_event(&w, 1, 16, 1, 6,
                "action=session.revoke actor.user.uid=u actor.session.uid=t src_endpoint.location.country=IT", "");
    world_event(&w, 0, 14, 1, 7, "action=post.create actor.user.uid=clean actor.session.uid=c", "");
    const struct sv text = world_finish(&w, (unsigned)_i);
    const size_t at = sv_find(text, SV("session u/s"), 0);
    assert_sv(sv_from(text, at),
              "session u/s DE Berlin i d Moz login=12 [10 14] ended=-9223372036854775808 events=4 findings=1 "
              "do[log_out_session change_password]\n"
              "session u/t FR     login=-9223372036854775808 [15 16] ended=16 events=2 findings=0 do[]\n");
    ck_assert(sv_find(text, SV("clean"), 0) == text.n);
    world_fini(&w);
}
END_TEST

/* More keys than the table may hold, flushed and compacted many times: nothing is lost, nothing is counted twice. */
START_TEST(many_flushes)
{
    enum { EVENTS = 120000, ACCOUNTS = 20011 };
    struct world w;
    start_inventory(&w, 1);
    w.local[0]->inventory->most_bytes = (size_t)256 << 10;
    const field_id account = fields_find(w.fields, SV("actor.user.uid"));
    const field_id app = fields_find(w.fields, SV("oauth.app_uid"));
    const field_id action = fields_find(w.fields, SV("action"));
    for (unsigned i = 0; i < EVENTS; i++) {
        char text[16];
        snprintf(text, sizeof text, "%u", i % ACCOUNTS);
        arena_reset(&w.scratch);
        event_reset(&w.event);
        w.event.time = i;
        w.event.at = (struct place){ 0, i + 1 };
        event_set_text(&w.event, account, sv_of(text));
        event_set_text(&w.event, app, i % 2 != 0 ? SV("odd") : SV("even"));
        event_set_text(&w.event, action, SV("post.create"));
        agg_event(w.local[0], &w.event);
    }
    world_finish(&w, 2);
    ck_assert_uint_eq(w.results.apps.n, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert(w.results.apps.v[i].accounts == ACCOUNTS);
        ck_assert(w.results.apps.v[i].uses == EVENTS / 2);
        ck_assert(w.results.apps.v[i].first_seen == (int64_t)i);
        ck_assert(w.results.apps.v[i].last_seen == EVENTS - 2 + (int64_t)i);
    }
    world_fini(&w);
}
END_TEST

/* Events may be announced or not, eight at a time or fewer: the same rows. */
START_TEST(announced)
{
    enum { EVENTS = 4096 };
    struct world w;
    bool pairs[11][300] = { { false } };
    start_inventory(&w, 1);
    struct event batch[AGG_EXPECT_MAX];
    struct arena texts = ARENA_INIT;
    for (size_t k = 0; k < AGG_EXPECT_MAX; k++)
        event_init(&batch[k], fields_count(w.fields), &texts, NULL);
    const field_id account = fields_find(w.fields, SV("actor.user.uid"));
    const field_id session = fields_find(w.fields, SV("actor.session.uid"));
    const field_id app = fields_find(w.fields, SV("oauth.app_uid"));
    const field_id action = fields_find(w.fields, SV("action"));
    unsigned i = 0;
    while (i < EVENTS) {
        const size_t n = 1 + i * 5 % AGG_EXPECT_MAX;
        for (size_t k = 0; k < n; k++, i++) {
            event_reset(&batch[k]);
            batch[k].time = i;
            batch[k].at = (struct place){ 0, i + 1 };
            event_set_text(&batch[k], action, i % 3 != 0 ? SV("post.create") : SV("api.call"));
            if (i % 5 != 0)
                event_set_text(&batch[k], account, arena_printf(&texts, "u%u", i % 300));
            if (i % 2 != 0)
                event_set_text(&batch[k], session, arena_printf(&texts, "s%u", i % 1000));
            if (i % 7 != 0)
                event_set_text(&batch[k], app, arena_printf(&texts, "a%u", i % 11));
        }
        if (_i != 0)
            agg_expect(w.local[0], batch, n);
        for (size_t k = 0; k < n; k++)
            agg_event(w.local[0], &batch[k]);
    }
    uint64_t uses = 0;
    uint64_t accounts = 0;
    world_finish(&w, 2);
    ck_assert_uint_eq(w.results.apps.n, 11);
    for (size_t k = 0; k < w.results.apps.n; k++) {
        uses += w.results.apps.v[k].uses;
        accounts += w.results.apps.v[k].accounts;
    }
    uint64_t wanted_uses = 0;
    uint64_t wanted_accounts = 0;
    for (unsigned k = 0; k < i; k++) {
        bool *known = &pairs[k % 11][k % 300];
        wanted_uses += k % 7 != 0;
        wanted_accounts += k % 7 != 0 && k % 5 != 0 && !*known;
        *known = *known || (k % 7 != 0 && k % 5 != 0);
    }
    ck_assert_uint_eq(uses, wanted_uses);
    ck_assert_uint_eq(accounts, wanted_accounts);
    for (size_t k = 0; k < AGG_EXPECT_MAX; k++)
        event_fini(&batch[k]);
    arena_fini(&texts);
    world_fini(&w);
}
END_TEST

/* ---- the table ---- */

static struct seen *
enter_number(struct seen_table *t, unsigned kind, unsigned i, size_t tie_n, bool *is_new)
{
    char key[16];
    struct buf tie = BUF_INIT;
    const int n = snprintf(key, sizeof key, "k%u", i % 100);
    if (tie_n != 0)
        buf_printf(&tie, "%u.", i);
    while (tie.n < tie_n)
        buf_putc(&tie, 'x');
    const struct sv text = sv_make(tie.n != 0 ? tie.p : "", tie.n);
    const struct sv name = sv_make(key, (size_t)n);
    const struct seen_wanted wanted = {
        .hash = seen_hash(INVENTORY_APP, kind, hash64(name), hash64(text)), .kind = kind, .key = name, .tie = text
    };
    struct seen *s = seen_enter(t, &wanted, i % 3 * 8, is_new);
    for (unsigned k = 0; k < i % 3 * 8 && *is_new; k++)
        ck_assert_int_eq(((const char *)seen_state(s))[k], 0);
    if (*is_new)
        memset(seen_state(s), 0xff, i % 3 * 8);
    ck_assert(sv_eq(seen_key(s), sv_make(key, (size_t)n)));
    ck_assert(sv_eq(seen_tie(s), text));
    buf_fini(&tie);
    return s;
}

/* Entries stay where they are while the slots grow; one may be larger than a page; a table that was emptied knows
 * nothing, and takes its pages again. */
START_TEST(table)
{
    enum { N = 12000 };
    struct seen_table t;
    struct seen **first = mem_zalloc(N, sizeof *first);
    bool is_new;
    seen_init(&t);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < N; i++) {
            first[i] = enter_number(&t, i % 2, i, i % 9999 == 7 ? SEEN_PAGE + i : i % 40, &is_new);
            ck_assert(is_new == (i % 40 != 0 || i < 200)); /* without a tie 100 keys of two kinds are all there is */
        }
        for (unsigned i = 0; i < N; i++) {
            ck_assert(enter_number(&t, i % 2, i, i % 9999 == 7 ? SEEN_PAGE + i : i % 40, &is_new) == first[i]);
            ck_assert(!is_new);
        }
        ck_assert(enter_number(&t, 5, 3, 3, &is_new) != first[3] && is_new);
        seen_reset(&t);
        ck_assert_uint_eq(t.all.n, 0);
    }
    seen_fini(&t);
    mem_free(first);
}
END_TEST

TCase *
agg_inventory_tests(void)
{
    TCase *t = tcase_create("inventory");
    tcase_add_loop_test(t, fold_laws, 0, N_OF(laws));
    tcase_add_loop_test(t, hostile_payloads, 0, N_OF(laws));
    tcase_add_test(t, files_of_payloads);
    tcase_add_loop_test(t, apps, 1, 4);
    tcase_add_loop_test(t, sessions, 1, 4);
    tcase_add_test(t, many_flushes);
    tcase_add_loop_test(t, announced, 0, 2);
    tcase_add_test(t, table);
    return t;
}
