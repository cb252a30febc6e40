/* SPDX-License-Identifier: Apache-2.0 */
/* Chapters: bundles and back, the layout, and what a reader does with bytes that are not what was written. */
#include <stdlib.h>
#include <string.h>

#include "agg/chapter.h"
#include "agg_tests.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/timestamp.h"

enum { CORRS = 9, FILES = 40, BUNDLES_MOST = 60, PASTS_MOST = 4 };

/* ---- a chapter, as it was made ---- */

struct given_bundle {
    struct slip head;
    uint32_t file;
    size_t n;
    struct bundle_hit hit[BUNDLE_MOST];
};

struct given_past {
    uint32_t corr;
    const char *extra;
};

struct given {
    uint32_t cluster;
    const char *key;
    int64_t wake, due;
    struct given_past past[PASTS_MOST];
    size_t n_pasts;
    struct given_bundle *bundle;
    size_t n_bundles;
};

static const char *
pack(struct arena *a, struct sv text)
{
    struct buf b = BUF_INIT;
    put_bytes(&b, text);
    const char *packed = arena_sv(a, buf_view(&b)).p;
    buf_fini(&b);
    return packed;
}

/* A slip's extra. */
static const char *
pack_extra(struct arena *a, struct sv uid, struct sv tie)
{
    struct buf b = BUF_INIT;
    if (uid.n == 0 && tie.n == 0)
        return "";
    put_bytes(&b, uid);
    buf_sv(&b, tie);
    const char *packed = pack(a, buf_view(&b));
    buf_fini(&b);
    return packed;
}

static size_t
pick(uint64_t *seed, size_t n)
{
    return (size_t)(next_random(seed) >> 33) % n;
}

/* Of few different ones, so that some are equal, and are not the same memory. */
static const char *
random_text(struct arena *a, uint64_t *seed, size_t most)
{
    char text[400];
    const size_t n = pick(seed, 3) == 0 ? pick(seed, most + 1) : pick(seed, 2);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(unsigned char)(next_random(seed) >> 56 & 0x83);
    return pack(a, sv_make(text, n));
}

static int64_t
random_time(uint64_t *seed, int64_t before)
{
    static const int64_t extremes[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX, TIME_FIRST, TIME_LAST };
    if (pick(seed, 4) == 0)
        return extremes[pick(seed, N_OF(extremes))];
    return pick(seed, 3) == 0 ? before : (int64_t)(next_random(seed) >> pick(seed, 60));
}

static uint64_t
random_line(uint64_t *seed, uint64_t before)
{
    static const uint64_t extremes[] = { 0, 1, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63 };
    return pick(seed, 4) == 0 ? extremes[pick(seed, N_OF(extremes))] : before + 1;
}

static void
make_hits(struct arena *a, struct given_bundle *b, uint64_t *seed)
{
    b->n = pick(seed, 20) == 0 ? BUNDLE_MOST : 1 + pick(seed, 4);
    for (size_t i = 0; i < b->n; i++)
        b->hit[i] = (struct bundle_hit){ .evidence = random_text(a, seed, 300),
                                         .payload = random_text(a, seed, 30),
                                         .corr = (uint32_t)pick(seed, CORRS),
                                         .pos = pick(seed, 9) == 0 ? RECORD_POS_MAX - 1 : (uint32_t)pick(seed, 5) };
}

static void
make_bundle(struct arena *a, struct given_bundle *b, const struct given_bundle *before, uint64_t *seed)
{
    const char *extra = "";
    if (pick(seed, 3) != 0)
        extra = pack_extra(a, packed_text(random_text(a, seed, 20)), packed_text(random_text(a, seed, 9)));
    b->head = (struct slip){ .facts = random_text(a, seed, 200),
                             .extra = extra,
                             .time = random_time(seed, before != NULL ? before->head.time : 0),
                             .line = random_line(seed, before != NULL ? before->head.line : 0),
                             .pos_flags = pick(seed, 2) != 0 ? RECORD_PRIMARY : 0 };
    b->file = before != NULL && pick(seed, 2) != 0 ? before->file : (uint32_t)pick(seed, FILES);
    make_hits(a, b, seed);
}

static void
make_given(struct given *g, struct arena *a, uint64_t *seed, size_t most)
{
    memset(g, 0, sizeof *g);
    g->cluster = pick(seed, 5) == 0 ? UINT32_MAX - 1 : (uint32_t)pick(seed, 300);
    g->key = random_text(a, seed, 200);
    g->wake = random_time(seed, 7);
    g->due = random_time(seed, 7);
    g->n_pasts = pick(seed, PASTS_MOST + 1);
    for (size_t i = 0; i < g->n_pasts; i++)
        g->past[i] = (struct given_past){ (uint32_t)pick(seed, CORRS), random_text(a, seed, 30) };
    g->n_bundles = pick(seed, most + 1);
    g->bundle = ARENA_ARRAY(a, struct given_bundle, g->n_bundles + 1);
    for (size_t i = 0; i < g->n_bundles; i++)
        make_bundle(a, &g->bundle[i], i != 0 ? &g->bundle[i - 1] : NULL, seed);
}

static void
write_given(struct chapter_writer *w, const struct given *g, struct buf *to)
{
    chapter_begin(w, g->cluster, g->key);
    ck_assert(chapter_is_empty(w));
    /* Bundles may come first: what is left behind is only known then. */
    for (size_t i = 0; i < g->n_bundles; i++)
        chapter_put_bundle(w, &g->bundle[i].head, g->bundle[i].file, g->bundle[i].hit, g->bundle[i].n);
    for (size_t i = 0; i < g->n_pasts; i++)
        chapter_put_past(w, g->past[i].corr, g->past[i].extra);
    ck_assert(chapter_is_empty(w) == (g->n_pasts == 0 && g->n_bundles == 0));
    chapter_end(w, g->wake, g->due, to);
}

/* ---- and as it is read ---- */

static void
assert_bundle(const struct bundle *b, const struct given *g, const struct given_bundle *want)
{
    const struct sv uid = slip_uid(&want->head);
    ck_assert(packed_eq(b->head.key, g->key) && packed_eq(b->head.facts, want->head.facts));
    ck_assert(sv_eq(slip_uid(&b->head), uid) && sv_eq(slip_tie(&b->head), slip_tie(&want->head)));
    ck_assert(b->head.uid_tag == (uid.n == 0 ? 0 : b->head.uid_tag) && (uid.n != 0) == (b->head.uid_tag != 0));
    ck_assert(b->head.payload[0] == 0);
    ck_assert(b->head.time == want->head.time && b->head.line == want->head.line);
    ck_assert_uint_eq(b->head.file, want->file);
    ck_assert_uint_eq(b->head.corr, g->cluster);
    ck_assert_uint_eq(slip_flags(&b->head), slip_flags(&want->head));
    ck_assert_uint_eq(slip_pos(&b->head), want->n);
    for (size_t i = 0; i < want->n; i++) {
        ck_assert_uint_eq(b->hit[i].corr, want->hit[i].corr);
        ck_assert_uint_eq(b->hit[i].pos, want->hit[i].pos);
        ck_assert(packed_eq(b->hit[i].payload, want->hit[i].payload));
        ck_assert(packed_eq(b->hit[i].evidence, want->hit[i].evidence));
    }
}

static void
assert_chapter(struct chapter_reader *r, struct sv bytes, const struct given *g)
{
    struct arena a = ARENA_INIT;
    const struct bundle *b;
    const char *extra;
    uint32_t corr;
    size_t n = 0;
    ck_assert(chapter_open(r, bytes, FILES));
    ck_assert_uint_eq(r->head.cluster, g->cluster);
    ck_assert(packed_eq(r->head.key, g->key) && r->head.wake == g->wake && r->head.due == g->due);
    for (; chapter_next_past(r, &corr, &extra); n++) {
        ck_assert_uint_lt(n, g->n_pasts);
        ck_assert_uint_eq(corr, g->past[n].corr);
        ck_assert(packed_eq(extra, g->past[n].extra));
    }
    ck_assert_uint_eq(n, g->n_pasts);
    for (n = 0; (b = chapter_next_bundle(r, &a)) != NULL; n++) {
        ck_assert_uint_lt(n, g->n_bundles);
        assert_bundle(b, g, &g->bundle[n]);
    }
    ck_assert_uint_eq(n, g->n_bundles);
    ck_assert(chapter_is_whole(r));
    arena_fini(&a);
}

/* ---- tests ---- */

/* Several with one writer and one reader: nothing that one says is known in the next. */
START_TEST(round_trip)
{
    uint64_t seed = 4711 + (uint64_t)_i;
    struct chapter_writer w;
    struct chapter_reader r;
    struct arena a = ARENA_INIT;
    chapter_writer_init(&w, CORRS);
    chapter_reader_init(&r, CORRS);
    for (int i = 0; i < 20; i++) {
        struct given g;
        struct buf b = BUF_INIT;
        make_given(&g, &a, &seed, BUNDLES_MOST);
        buf_puts(&b, "before"); /* it is appended */
        write_given(&w, &g, &b);
        assert_chapter(&r, sv_from(buf_view(&b), 6), &g);
        buf_fini(&b);
    }
    chapter_writer_fini(&w);
    chapter_reader_fini(&r);
    arena_fini(&a);
}
END_TEST

/* What repeats is said once: in a chapter of equal bundles each but the first takes a few bytes. */
START_TEST(repeats_are_short)
{
    char text[300];
    struct chapter_writer w;
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT;
    memset(text, 'x', sizeof text);
    chapter_writer_init(&w, CORRS);
    chapter_begin(&w, 0, pack(&a, SV("key")));
    for (int i = 0; i < 100; i++) {
        const struct slip head = { .facts = pack(&a, sv_make(text, 300)), .extra = "", .time = i, .line = (uint64_t)i };
        struct bundle_hit hit[2] = { { .corr = 0 }, { .corr = 1 } };
        for (int k = 0; k < 2; k++)
            hit[k].payload = hit[k].evidence = pack(&a, sv_make(text, 300));
        chapter_put_bundle(&w, &head, 3, hit, 2);
    }
    chapter_end(&w, 0, 0, &b);
    ck_assert_uint_lt(b.n, 5 * 305 + 100 * 10);
    chapter_writer_fini(&w);
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

/* Uids are looked for by their tags: those of chapters are those of the store. */
START_TEST(tags_are_those_of_the_store)
{
    static const char *const uids[] = { "", "u", "another", "\xff" };
    struct store s;
    struct arena a = ARENA_INIT;
    store_init(&s, PARTITIONS);
    for (int i = 0; i < N_OF(uids); i++) {
        struct record r = { .key = SV("\1k"), .uid = sv_of(uids[i]) };
        struct chapter_writer w;
        struct chapter_reader reader;
        struct buf b = BUF_INIT;
        r.hash = record_hash(0, r.key);
        store_add(&s, 0, &r);
        struct bin bin = store_take(&s, 0);
        const struct slip *slip = bin.v[0].record;
        const struct bundle_hit hit = { .evidence = "", .payload = "" };
        chapter_writer_init(&w, CORRS);
        chapter_reader_init(&reader, CORRS);
        chapter_begin(&w, 0, slip->key);
        chapter_put_bundle(&w, slip, 0, &hit, 1);
        chapter_end(&w, 0, 0, &b);
        ck_assert(chapter_open(&reader, buf_view(&b), 1));
        const struct bundle *got = chapter_next_bundle(&reader, &a);
        ck_assert_ptr_nonnull(got);
        ck_assert_uint_eq(got->head.uid_tag, slip->uid_tag);
        ck_assert(sv_eq(slip_uid(&got->head), r.uid));
        chapter_reader_fini(&reader);
        chapter_writer_fini(&w);
        buf_fini(&b);
        mem_free(bin.v);
    }
    store_fini(&s);
    arena_fini(&a);
}
END_TEST

/* The layout is a format: these bytes are CHAPTER_VERSION 1. */
START_TEST(golden_bytes)
{
    static const unsigned char want[] = {
        2,     2,   1,   'k', 20,  3,   2,  7, 4,   /* cluster, key; wake, due; files 7 and 4 */
        1,     5,   3,   0,   't', 't',             /* a past of correlation 5 */
        3,                                          /* bundles */
        4 | 8, 200, 1,   0,   128, 1,               /* has an extra, primary; time 100, file 7, line 64, */
        2,     1,   'u', 1,   'f',                  /* its uid, its facts, */
        2,     20,  3,   1,   'p', 0,               /* two hits: of correlation 5 by rule 3, payload and no evidence, */
        21,    0,   1,   'e',                       /* and by rule 0, with the same payload and other evidence */
        1 | 2, 0,   1,   1,   23,  0,               /* same facts, same file; line 63; a hit that says the same again */
        0,     1,   1,   2,   0,   1,   32, 0, 0, 0 /* time 99, file 4, line 64, no facts; of correlation 8 */
    };
    const struct slip head[3] = {
        { .facts = "\1f", .extra = "\2\1u", .time = 100, .line = 64, .pos_flags = RECORD_PRIMARY },
        { .facts = "\1f", .extra = "", .time = 100, .line = 63 },
        { .facts = "", .extra = "", .time = 99, .line = 64 },
    };
    const struct bundle_hit first[2] = { { .payload = "\1p", .evidence = "", .corr = 5, .pos = 3 },
                                         { .payload = "\1p", .evidence = "\1e", .corr = 5, .pos = 0 } };
    const struct bundle_hit last = { .payload = "", .evidence = "", .corr = 8 };
    struct chapter_writer w;
    struct buf b = BUF_INIT;
    chapter_writer_init(&w, CORRS);
    chapter_begin(&w, 2, "\2\1k");
    chapter_put_bundle(&w, &head[0], 7, first, 2);
    chapter_put_bundle(&w, &head[1], 7, &first[1], 1);
    chapter_put_bundle(&w, &head[2], 4, &last, 1);
    chapter_put_past(&w, 5, "\3\0tt");
    chapter_end(&w, 10, -2, &b);
    ck_assert_uint_eq(b.n, sizeof want);
    ck_assert_mem_eq(b.p, want, sizeof want);
    chapter_writer_fini(&w);
    buf_fini(&b);
}
END_TEST

/* ---- damage ---- */

/* (Assertions are slow: one is enough for all that a chapter says.) */
static bool
is_inside(const char *packed, struct sv bytes)
{
    if (packed[0] == 0)
        return true; /* no text may stand anywhere */
    const struct sv text = packed_text(packed);
    return packed >= bytes.p && sv_end(text) <= sv_end(bytes) && sv_end(text) > packed;
}

static bool
is_bundle_inside(const struct bundle *b, struct sv bytes)
{
    bool ok = is_inside(b->head.key, bytes) && is_inside(b->head.facts, bytes) && is_inside(b->head.extra, bytes) &&
              b->head.file < FILES && slip_pos(&b->head) >= 1 && slip_pos(&b->head) <= BUNDLE_MOST;
    ok = ok && slip_uid(&b->head).n <= bytes.n && slip_tie(&b->head).n <= bytes.n;
    for (size_t i = 0; ok && i < slip_pos(&b->head); i++)
        ok = b->hit[i].corr < CORRS && b->hit[i].pos < RECORD_POS_MAX && is_inside(b->hit[i].payload, bytes) &&
             is_inside(b->hit[i].evidence, bytes);
    return ok;
}

/* Reads what may be anything, from memory that ends where it does. Is it a chapter? */
static bool
read_anything(struct chapter_reader *r, const char *p, size_t n)
{
    struct arena a = ARENA_INIT;
    char *copy = malloc(n != 0 ? n : 1);
    const struct sv bytes = { copy, n };
    const struct bundle *b;
    const char *extra;
    uint32_t corr;
    bool inside = copy != NULL;
    if (n != 0 && inside)
        memcpy(copy, p, n);
    bool ok = inside && chapter_open(r, bytes, FILES);
    if (ok) {
        while (chapter_next_past(r, &corr, &extra))
            inside = inside && corr < CORRS && is_inside(extra, bytes);
        while ((b = chapter_next_bundle(r, &a)) != NULL)
            inside = inside && is_bundle_inside(b, bytes);
        ok = chapter_is_whole(r);
    }
    free(copy);
    arena_fini(&a);
    if (!inside)
        ck_abort_msg("something lies outside of the chapter");
    return ok;
}

static bool
damage_is_refused(struct chapter_reader *r, struct buf *b, size_t at, unsigned x)
{
    const char right = b->p[at];
    b->p[at] = (char)((unsigned char)right ^ x);
    const bool refused = !read_anything(r, b->p, b->n);
    b->p[at] = right;
    return refused;
}

/* Any byte may be another one, or the rest may be missing. What is cut is no chapter; what is changed is none, or
 * one whose texts lie in it. */
START_TEST(damage)
{
    uint64_t seed = 99 + (uint64_t)_i;
    struct chapter_writer w;
    struct chapter_reader r;
    struct arena a = ARENA_INIT;
    struct given g;
    struct buf b = BUF_INIT;
    size_t refused = 0;
    chapter_writer_init(&w, CORRS);
    chapter_reader_init(&r, CORRS);
    do
        make_given(&g, &a, &seed, 6);
    while (g.n_bundles < 3 || g.n_pasts == 0);
    write_given(&w, &g, &b);
    ck_assert(read_anything(&r, b.p, b.n));
    const size_t step = 1 + b.n / 1000;
    for (size_t n = 0; n < b.n; n += n < 400 ? 1 : step)
        ck_assert(!read_anything(&r, b.p, n));
    for (size_t at = 0; at < b.n; at += at < 400 ? 1 : step)
        for (unsigned x = 1; x < 256; x += at < 400 ? 1 : 31)
            refused += damage_is_refused(&r, &b, at, x);
    ck_assert_uint_gt(refused, 400);
    assert_chapter(&r, buf_view(&b), &g); /* it has seen a lot, and can still read */
    buf_putc(&b, 0);
    ck_assert(!read_anything(&r, b.p, b.n));
    chapter_writer_fini(&w);
    chapter_reader_fini(&r);
    buf_fini(&b);
    arena_fini(&a);
}
END_TEST

/* A chapter of one bundle, whose parts are to be lied about. */
static const struct lie {
    const char *what;
    size_t n;
    const char *bytes;
} lies[] = {
    { "nothing", 0, "" },
    { "a key that is longer than the chapter", 3, "\0\5k" },
    { "a length of 64 bits", 14, "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\1kkk" },
    { "more files than bytes", 5, "\0\0\0\0\x7f" },
    { "a file that is not there", 16, "\0\0\0\0\1\x28\0\1\0\0\0\0\0\1\0\0" },
    { "more bundles than bytes", 7, "\0\0\0\0\0\0\x7f" },
    { "the same facts before the first bundle", 16, "\0\0\0\0\1\0\0\1\1\0\0\0\1\0\0\0" },
    { "the same file before the first bundle", 16, "\0\0\0\0\1\0\0\1\2\0\0\0\1\0\0\0" },
    { "a file that is not listed", 18, "\0\0\0\0\1\0\0\1\0\0\1\0\0\1\0\0\0\0" },
    { "bits that do not exist", 18, "\0\0\0\0\1\0\0\1\x10\0\0\0\0\1\0\0\0\0" },
    { "a bundle without hits", 14, "\0\0\0\0\1\0\0\1\0\0\0\0\0\0" },
    { "a correlation that does not exist", 18, "\0\0\0\0\1\0\0\1\0\0\0\0\0\1\x24\0\0\0" },
    { "the same payload before the first hit", 17, "\0\0\0\0\1\0\0\1\0\0\0\0\0\1\1\0\0" },
    { "the same evidence before the first hit", 17, "\0\0\0\0\1\0\0\1\0\0\0\0\0\1\2\0\0" },
    { "a rule that no correlation can list", 22, "\0\0\0\0\1\0\0\1\0\0\0\0\0\1\0\xff\xff\xff\xff\7\0\0" },
    { "a past of no correlation", 9, "\0\0\0\0\0\1\x09\0\0" },
};

START_TEST(told_lies)
{
    static const char truth[] = "\0\0\0\0\1\0\0\1\0\0\0\0\0\1\0\0\0";
    struct chapter_reader r;
    chapter_reader_init(&r, CORRS);
    ck_assert(read_anything(&r, truth, sizeof truth));
    ck_assert_msg(!read_anything(&r, lies[_i].bytes, lies[_i].n), "%s", lies[_i].what);
    ck_assert(read_anything(&r, truth, sizeof truth));
    chapter_reader_fini(&r);
}
END_TEST

TCase *
agg_chapter_tests(void)
{
    TCase *t = tcase_create("chapter");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, round_trip, 0, 6);
    tcase_add_test(t, repeats_are_short);
    tcase_add_test(t, tags_are_those_of_the_store);
    tcase_add_test(t, golden_bytes);
    tcase_add_loop_test(t, damage, 0, 4);
    tcase_add_loop_test(t, told_lies, 0, N_OF(lies));
    return t;
}
