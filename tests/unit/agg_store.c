/* SPDX-License-Identifier: Apache-2.0 */
/* What is shared must not be seen: texts between slips, records between the correlations of a family. */
#include "agg_tests.h"

#include <stdio.h>
#include <string.h>

#include "agg/family.h"
#include "agg/store.h"
#include "base/map.h"
#include "base/mem.h"

/* Around the lengths whose varint grows, and beyond a chunk. */
static const size_t lengths[] = { 0, 1, 127, 128, 129, 16383, 16384, 300000, 1 << 21 };

START_TEST(texts_of_any_length)
{
    struct store s;
    char *bytes = mem_alloc(lengths[_i] + 1);
    for (size_t i = 0; i < lengths[_i]; i++)
        bytes[i] = (char)(unsigned char)(i * 31 >> 3);
    const struct sv text = { bytes, lengths[_i] };
    store_init(&s, 1);
    const char *before = store_text(&s, SV("before"), hash64(SV("before")));
    const char *kept = store_text(&s, text, hash64(text));
    const char *after = store_text(&s, SV("after"), hash64(SV("after")));
    ck_assert(sv_eq(packed_text(kept), text));
    ck_assert(sv_eq(packed_text(before), SV("before")));
    ck_assert(sv_eq(packed_text(after), SV("after")));
    ck_assert(kept == store_text(&s, text, hash64(text)));
    store_fini(&s);
    mem_free(bytes);
}
END_TEST

/* Texts of one hash take each other's place in the table, and are never taken for each other. */
START_TEST(equal_hashes)
{
    struct store s;
    store_init(&s, 1);
    const char *a = store_text(&s, SV("a"), 7);
    const char *b = store_text(&s, SV("b"), 7);
    ck_assert(sv_eq(packed_text(a), SV("a")));
    ck_assert(sv_eq(packed_text(b), SV("b")));
    ck_assert(sv_eq(packed_text(store_text(&s, SV("a"), 7)), SV("a")));
    store_fini(&s);
}
END_TEST

/* Far more texts than the table has places: what was put in comes out. */
START_TEST(records_survive_the_table)
{
    enum { RECORDS = 50000 };
    struct store s;
    char text[32];
    store_init(&s, 2);
    for (int i = 0; i < RECORDS; i++) {
        const int n = snprintf(text, sizeof text, "%d", i * 7 % 30011);
        const struct sv t = { text, (size_t)n };
        const struct record r = { .corr = 1,
                                  .time = i,
                                  .at = { 2, (uint64_t)i },
                                  .pos = 3,
                                  .flags = RECORD_PRIMARY,
                                  .key = t,
                                  .uid = i % 3 == 0 ? t : SV_NONE,
                                  .tie = i % 5 == 0 ? t : SV_NONE,
                                  .facts = i % 2 == 0 ? t : SV("same"),
                                  .payload = SV_NONE };
        store_add(&s, (size_t)i % 2, &r);
    }
    for (size_t bin = 0; bin < 2; bin++) {
        struct bin b = store_take(&s, bin);
        for (size_t k = 0; k < b.n; k++) {
            struct record r;
            record_at(b.v[k].record, &r);
            const int i = (int)r.time;
            const int n = snprintf(text, sizeof text, "%d", i * 7 % 30011);
            const struct sv t = { text, (size_t)n };
            ck_assert(b.v[k].time == r.time && r.at.line == (uint64_t)i && r.at.file == 2);
            ck_assert(r.pos == 3 && r.flags == RECORD_PRIMARY && r.corr == 1);
            ck_assert(sv_eq(r.key, t));
            ck_assert(sv_eq(r.uid, i % 3 == 0 ? t : SV_NONE));
            ck_assert(sv_eq(r.tie, i % 5 == 0 ? t : SV_NONE));
            ck_assert(sv_eq(r.facts, i % 2 == 0 ? t : SV("same")));
            ck_assert_uint_eq(r.payload.n, 0);
        }
        mem_free(b.v);
    }
    store_fini(&s);
}
END_TEST

/* Records with texts of their own behind them: texts that repeat, that do not, and that are too long for it. Most of
 * those that repeat are kept once (some take each other's place in the table). */
static const struct {
    int n_texts;   /* different ones */
    size_t length; /* of each, at least */
    bool is_shared;
} rounds[] = { { 50, 4, true }, { 1000000, 4, false }, { 1000000, 1200, false }, { 50, 1200, true } };

static void
add_lone(struct store *s, int i, size_t round, struct buf *text)
{
    const struct record r = {
        .corr = 1,
        .hash = (uint64_t)i,
        .time = i,
        .at = { 2, (uint64_t)i },
        .pos = 3,
        .flags = RECORD_PRIMARY,
        .key = SV("key"),
        .uid = i % 3 == 0 ? SV("uid") : SV_NONE,
        .payload = i % 2 == 0 ? SV("payload") : SV_NONE,
    };
    struct record full = r;
    buf_reset(text);
    buf_printf(text, "%*d", (int)rounds[round].length, i % rounds[round].n_texts);
    full.facts = buf_view(text);
    const uint64_t text_hash[REPEATING_TEXTS] = {
        [TEXT_FACTS] = hash64(full.facts), [TEXT_PAYLOAD] = hash64(full.payload)
    };
    store_add_lone(s, (size_t)i % 2, &full, text_hash);
}

START_TEST(lone_records)
{
    enum { RECORDS = 9000 };
    static const char *last[RECORDS]; /* of each text */
    const size_t round = (size_t)_i;
    struct store s;
    struct buf text = BUF_INIT;
    size_t n_shared = 0, n = 0;
    uint32_t uid_tag;
    store_init(&s, 2);
    store_extra(&s, SV("uid"), SV_NONE, &uid_tag);
    for (int i = 0; i < RECORDS; i++)
        add_lone(&s, i, round, &text);
    for (size_t bin = 0; bin < 2; bin++) {
        struct bin b = store_take(&s, bin);
        for (size_t k = 0; k < b.n; k++, n++) {
            const struct slip *slip = b.v[k].record;
            struct record r;
            record_at(slip, &r);
            const int i = (int)r.time;
            buf_reset(&text);
            buf_printf(&text, "%*d", (int)rounds[round].length, i % rounds[round].n_texts);
            n_shared += slip->facts == last[i % rounds[round].n_texts];
            last[i % rounds[round].n_texts] = slip->facts;
            ck_assert(b.v[k].time == r.time && r.at.line == (uint64_t)i && r.at.file == 2);
            ck_assert(r.pos == 3 && r.flags == RECORD_PRIMARY && r.corr == 1);
            ck_assert(sv_eq(r.key, SV("key")) && sv_eq(r.facts, buf_view(&text)) && r.tie.n == 0);
            ck_assert(sv_eq(r.uid, i % 3 == 0 ? SV("uid") : SV_NONE));
            ck_assert_uint_eq(slip->uid_tag, i % 3 == 0 ? uid_tag : 0);
            ck_assert(sv_eq(r.payload, i % 2 == 0 ? SV("payload") : SV_NONE));
        }
        mem_free(b.v);
    }
    ck_assert_uint_eq(n, RECORDS);
    ck_assert_uint_ge(n_shared, rounds[round].is_shared ? RECORDS / 2 : 0);
    ck_assert(rounds[round].is_shared || n_shared == 0);
    store_fini(&s);
    buf_fini(&text);
}
END_TEST

/* ---- families ---- */

static bool
record_twice(const struct correlation *c, unsigned pos, struct event *ev, struct buf *payload, uint64_t *skipped)
{
    for (int i = 0; i < 2; i++)
        if (!fake_group.record(c, pos, ev, payload, skipped))
            return true;
    return true;
}

/* Small worlds with repeated deliveries, lists in groups, missing groups and times, several files and workers. */
static void
play(struct world *w, unsigned seed)
{
    static const char *const values[] = { "",
                                          "k=a v=1",
                                          "k=a,b v=2 uid=e1",
                                          "k=b uid=e1",
                                          "v=odd uid=e2 k=a",
                                          "k=c,a v=3 uid=e3 actor.user.uid=u",
                                          "k=b,b v=4 actor.user.uid=t" };
    static const char *const rules[] = { "r", "q", "r q", "" };
    unsigned x = seed * 2654435761u + 1;
    for (unsigned i = 0; i < 60; i++) {
        x = x * 1664525u + 1013904223u;
        const int64_t time = x >> 24 == 7 ? INT64_MIN : (int64_t)(x >> 27);
        world_event(w, i % w->n_locals, time, x >> 8 & 1, i, values[(x >> 12) % 7], rules[x >> 18 & 3]);
    }
}

static struct sv
run_family(struct world *w, bool shared, const struct corr_type *types, unsigned seed, uint64_t spill)
{
    static const char *const ids[] = { "x", "y", "z" };
    world_init(w);
    world_rule(w, "r");
    world_rule(w, "q");
    for (size_t i = 0; i < 3; i++)
        world_corr(w, ids[i], &types[i], "r q", "k");
    world_corr(w, "other", &types[0], "q r", "k");
    world_corr(w, "outer", &fake_group, "@x @z", "k");
    if (spill != 0)
        world_spill(w, spill);
    world_start(w, 1 + seed % 3);
    struct family *f = families_of(w->program);
    ck_assert_uint_eq(f[0].n, shared ? 3 : 1);
    ck_assert_uint_eq(f[2].first, shared ? 0 : 2);
    ck_assert_uint_eq(f[3].first, 3);
    ck_assert_uint_eq(f[4].first, 4);
    mem_free(f);
    play(w, seed);
    return world_finish(w, 1 + seed % 2);
}

START_TEST(families_change_nothing)
{
    struct corr_type alone[3] = { fake_group, fake_group, fake_group };
    alone[0].record = alone[2].record = record_twice; /* [1] drops no hit either: no event of play is useless */
    struct corr_type together[3];
    memcpy(together, alone, sizeof together);
    for (size_t i = 0; i < 3; i++)
        together[i].keeps_every_hit = true;
    struct world a;
    struct world b;
    const struct sv expected = run_family(&a, false, alone, (unsigned)_i, 0);
    const struct sv got = run_family(&b, true, together, (unsigned)_i, 0);
    ck_assert_uint_gt(a.results.findings.n, 0);
    ck_assert_msg(sv_eq(expected, got), "%.*s\n---\n%.*s", SV_ARG(expected), SV_ARG(got));
    world_fini(&a);
    world_fini(&b);
}
END_TEST

/* Whatever is in memory, on disk, or both; groups, families and inner findings. */
START_TEST(spilling_changes_nothing)
{
    struct corr_type types[3] = { fake_group, fake_each, fake_group };
    types[0].record = types[2].record = record_twice;
    for (size_t i = 0; i < 3; i++)
        types[i].keeps_every_hit = true;
    struct world a;
    struct world b;
    const uint64_t records = 1 + (uint64_t)_i % 7;
    const struct sv expected = run_family(&a, true, types, (unsigned)_i, 0);
    const struct sv got = run_family(&b, true, types, (unsigned)_i, records);
    ck_assert_uint_gt(a.results.findings.n, 0);
    ck_assert_uint_gt(spill_segments(b.plan.spill), 0);
    ck_assert_msg(sv_eq(expected, got), "%.*s\n---\n%.*s", SV_ARG(expected), SV_ARG(got));
    world_fini(&a);
    world_fini(&b);
}
END_TEST

TCase *
agg_store_tests(void)
{
    TCase *t = tcase_create("store");
    tcase_add_loop_test(t, texts_of_any_length, 0, (int)(sizeof lengths / sizeof lengths[0]));
    tcase_add_test(t, equal_hashes);
    tcase_add_test(t, records_survive_the_table);
    tcase_add_loop_test(t, lone_records, 0, (int)(sizeof rounds / sizeof rounds[0]));
    tcase_add_loop_test(t, families_change_nothing, 0, 30);
    tcase_add_loop_test(t, spilling_changes_nothing, 0, 42);
    return t;
}
