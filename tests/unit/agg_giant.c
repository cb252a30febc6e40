/* SPDX-License-Identifier: Apache-2.0 */
/* A group on disk is the group in memory: the same random groups are read from both, with every kind of delivery that
 * there is, and must give the same hits, events, companions and counters. */
#include <stdio.h>
#include <stdlib.h>

#include "agg/giant.h"
#include "agg/sweep.h"
#include "agg_tests.h"
#include "base/codec.h"

#define INPUTS 4u

/* How a random group is made. */
static const struct shape {
    const char *name;
    unsigned lines;
    unsigned files;
    unsigned times;   /* distinct ones */
    unsigned uids;    /* distinct ones; 0: no event has one */
    unsigned no_uid;  /* of 100 lines */
    unsigned hits;    /* of 100 (line, rule) */
    unsigned chained; /* of 100 lines: a finding of an inner correlation instead */
    unsigned payloads;
    bool family;
    bool twins; /* file 0 was named twice: each of its lines is also in file 1, which has the same name */
} shapes[] = {
    { "one hit", 1, 1, 1, 0, 0, 100, 0, 1, false, false },
    { "no uids", 300, 3, 50, 0, 0, 50, 0, 3, false, false },
    { "uids of their own", 300, 3, 50, 1000000, 0, 50, 0, 3, false, false },
    { "some delivered twice", 500, 3, 100, 400, 10, 40, 5, 3, false, false },
    { "all delivered often", 600, 2, 40, 30, 0, 30, 0, 2, false, false },
    { "one uid", 400, 2, 400, 1, 0, 25, 0, 2, false, false },
    { "one time", 300, 3, 1, 100, 20, 60, 10, 5, false, false },
    { "chained only", 200, 2, 20, 0, 0, 100, 100, 1, false, false },
    { "a family", 300, 3, 60, 150, 10, 50, 0, 4, true, false },
    { "uniform", 200, 3, 60, 100, 10, 50, 0, 1, false, false },
    { "a file named twice", 200, 1, 100, 150, 10, 60, 5, 2, false, true },
    { "a file named twice, one time", 200, 1, 1, 1000000, 0, 60, 5, 2, false, true },
};

#define SEEDS 12

static uint32_t same_rank[] = { 0, 0 };
static const struct origins twins = { NULL, same_rank, 2 };

struct made {
    struct store store;
    struct entry *entry;
    size_t n;
};

static void
add_hit(struct made *m, const struct shape *s, uint64_t *seed, int64_t time, struct place at, uint32_t pos,
        const char *uid, bool is_chained)
{
    char facts[32], tie[32];
    struct buf payload = BUF_INIT;
    const unsigned is_primary = next_random(seed) % 4 != 0 ? RECORD_PRIMARY : 0;
    for (unsigned i = 0; i < (s->family ? 3 : 1); i++) {
        char part[16];
        const int n = snprintf(part, sizeof part, "p%u-%u", i, (unsigned)(next_random(seed) % s->payloads));
        put_bytes(&payload, sv_make(part, (size_t)n));
    }
    const int n_facts = snprintf(facts, sizeof facts, "%u of %llu", pos, (unsigned long long)at.line);
    const int n_tie = snprintf(tie, sizeof tie, "%06llu", (unsigned long long)(next_random(seed) % 1000000));
    const struct record r = { .corr = 3,
                              .hash = record_hash(3, SV("\3key")),
                              .time = time,
                              .at = at,
                              .pos = pos,
                              .flags = is_primary | (is_chained ? RECORD_CHAINED : 0),
                              .key = SV("\3key"),
                              .tie = is_chained ? sv_make(tie, (size_t)n_tie) : SV_NONE,
                              .uid = is_chained ? SV_NONE : sv_of(uid),
                              .facts = sv_make(facts, (size_t)n_facts),
                              .payload = buf_view(&payload) };
    store_add(&m->store, 0, &r);
    buf_fini(&payload);
}

/* The hits of one line are of one event. */
static void
add_line(struct made *m, const struct shape *s, uint64_t *seed, uint64_t line)
{
    const int64_t time = (int64_t)(next_random(seed) % s->times) - 10;
    const struct place at = { (uint32_t)(next_random(seed) % s->files), line };
    const bool is_chained = next_random(seed) % 100 < s->chained;
    char uid[24] = "";
    if (s->uids != 0 && next_random(seed) % 100 >= s->no_uid)
        snprintf(uid, sizeof uid, "u%u", (unsigned)(next_random(seed) % s->uids));
    for (uint32_t pos = 0; pos < INPUTS; pos++)
        for (uint32_t twin = 0; twin < (s->twins ? 2 : 1); twin++)
            if (next_random(seed) % 100 < s->hits)
                add_hit(m, s, seed, time, (struct place){ at.file + twin, line }, pos, uid, is_chained);
}

static void
make_group(struct made *m, const struct shape *s, uint64_t seed)
{
    store_init(&m->store, 1);
    for (uint64_t line = 1; line <= s->lines; line++)
        add_line(m, s, &seed, line);
    const struct bin b = store_take(&m->store, 0);
    m->entry = b.v;
    m->n = b.n;
    records_sort(m->entry, m->n, s->twins ? &twins : NULL);
}

static void
free_group(struct made *m)
{
    mem_free(m->entry);
    store_fini(&m->store);
}

/* Everything that group.h says about a hit. */
static void
say_hit(struct buf *out, const struct hit *h)
{
    const struct sv facts = hit_facts(h);
    buf_printf(out, "%lld %u:%llu pos %u event %llu seq %llu \"%.*s\" \"", (long long)h->time, (unsigned)h->at.file,
               (unsigned long long)h->at.line, (unsigned)h->pos, (unsigned long long)h->event,
               (unsigned long long)h->seq, SV_ARG(facts));
    buf_sv(out, h->payload);
    buf_puts(out, "\"");
}

static void
say_group(struct buf *out, struct group *g)
{
    const struct sv *part;
    struct hit h;
    const size_t n_parts = group_key(g, &part);
    buf_printf(out, "key of %zu, inputs %zu, %s, duplicates", n_parts, group_inputs(g),
               group_is_uniform(g) ? "uniform" : "mixed");
    for (size_t i = 0; i < INPUTS; i++)
        buf_printf(out, " %llu", (unsigned long long)g->duplicates.v[i]);
    buf_putc(out, '\n');
    group_begin(g, 1, n_parts == 0);
    while (group_next(g, &h)) {
        const struct hit *companion;
        say_hit(out, &h);
        const size_t n = group_companions(g, &h, &companion);
        for (size_t i = 0; i < n; i++) {
            buf_puts(out, "\n    with ");
            say_hit(out, &companion[i]);
        }
        buf_putc(out, '\n');
    }
}

static struct giant *
make_giant(const struct made *m, struct spill *spill)
{
    struct giant *giant = giant_new(spill, INPUTS);
    for (size_t i = 0; i < m->n; i++) {
        struct record r;
        record_at(m->entry[i].record, &r);
        ck_assert(giant_add(giant, &r));
    }
    ck_assert(giant_seal(giant));
    return giant;
}

static struct spill *
small_spill(uint64_t records)
{
    const char *tmpdir = getenv("TMPDIR");
    struct spill *spill = spill_new(SPILL_MEMORY_LEAST, tmpdir != NULL ? tmpdir : "/tmp", 1);
    if (records != 0)
        spill_force(spill, records);
    return spill;
}

/* The first difference, for a message that can be read. */
static void
assert_same(const struct buf *memory, const struct buf *disk, const char *name, uint64_t seed)
{
    size_t i = 0;
    while (i < memory->n && i < disk->n && memory->p[i] == disk->p[i])
        i++;
    const size_t from = i > 200 ? i - 200 : 0;
    ck_assert_msg(i == memory->n && i == disk->n, "%s, seed %llu:\nin memory: ...%.*s\non disk: ...%.*s", name,
                  (unsigned long long)seed, (int)(memory->n - from < 400 ? memory->n - from : 400), memory->p + from,
                  (int)(disk->n - from < 400 ? disk->n - from : 400), disk->p + from);
}

START_TEST(same_group_from_disk)
{
    const struct shape *s = &shapes[_i / SEEDS];
    const uint64_t seed = (uint64_t)(_i % SEEDS) + 1;
    struct made m;
    struct group g = { .n = 0 };
    struct buf memory = BUF_INIT, disk = BUF_INIT;
    make_group(&m, s, seed * UINT64_C(0x9e3779b97f4a7c15));
    if (m.n == 0) {
        free_group(&m);
        return;
    }
    /* Sorts that fit, and sorts of many small segments that are merged in steps. */
    struct spill *spill = small_spill(seed % 3 == 0 ? 0 : seed * 7);
    group_open(&g, m.entry, m.n, INPUTS);
    say_group(&memory, &g);
    struct giant *giant = make_giant(&m, spill);
    group_open_giant(&g, giant, SV_NONE);
    say_group(&disk, &g);
    assert_same(&memory, &disk, s->name, seed);
    /* Again, from the start: families read a group several times. */
    buf_reset(&disk);
    say_group(&disk, &g);
    assert_same(&memory, &disk, s->name, seed);
    giant_free(giant);
    group_fini(&g);
    spill_free(spill);
    buf_fini(&memory);
    buf_fini(&disk);
    free_group(&m);
}
END_TEST

/* Companions of a hit that was read a while ago: windows read ahead. */
START_TEST(companions_of_earlier_hits)
{
    static const unsigned far[] = { 1, 2, 7, 100, 100000 };
    const struct shape *s = &shapes[3];
    const size_t ahead = far[_i];
    struct made m;
    struct group g = { .n = 0 };
    struct spill *spill = small_spill(50);
    struct hit_list hits = VEC_INIT;
    struct hit_list got = VEC_INIT;
    struct hit h;
    make_group(&m, s, 77);
    struct giant *giant = make_giant(&m, spill);
    group_open(&g, m.entry, m.n, INPUTS);
    group_begin(&g, 0, false);
    giant_rewind(giant);
    bool more = true;
    for (size_t next = 0; more || next < hits.n;) {
        more = more && giant_next(giant, &h);
        if (more)
            vec_push(&hits, h);
        if (more && hits.n - next < ahead)
            continue;
        const struct hit *want;
        const size_t n = group_companions(&g, &hits.v[next], &want);
        got.n = 0;
        giant_companions(giant, &hits.v[next], &got);
        ck_assert_uint_eq(got.n, n);
        for (size_t i = 0; i < n; i++)
            ck_assert(want[i].seq == got.v[i].seq && want[i].event == got.v[i].event);
        next++;
    }
    vec_fini(&hits);
    vec_fini(&got);
    giant_free(giant);
    group_fini(&g);
    spill_free(spill);
    free_group(&m);
}
END_TEST

/* Views stay good while the reader goes on, also where pages were given back. */
START_TEST(views_outlive_the_pages)
{
    enum { N = 400000 };
    struct spill *spill = small_spill(0);
    struct giant *giant = giant_new(spill, 1);
    struct hit *kept = mem_zalloc(N, sizeof *kept);
    char text[40];
    for (uint64_t i = 0; i < N; i++) {
        const int n = snprintf(text, sizeof text, "text %llu", (unsigned long long)i);
        const struct sv payload = sv_make(text, (size_t)n);
        const struct record r = { .time = (int64_t)i, .at = { 0, i }, .flags = RECORD_PRIMARY, .payload = payload };
        ck_assert(giant_add(giant, &r));
    }
    ck_assert(giant_seal(giant));
    ck_assert(!giant_is_uniform(giant));
    for (size_t i = 0; i < N; i++)
        if (!giant_next(giant, &kept[i]))
            ck_abort_msg("hit %zu is missing", i);
    ck_assert(!giant_next(giant, &kept[0]));
    for (size_t i = 0; i < N; i++) {
        const int n = snprintf(text, sizeof text, "text %zu", i);
        if (!sv_eq(kept[i].payload, sv_make(text, (size_t)n)))
            ck_abort_msg("payload %zu is '%.*s'", i, SV_ARG(kept[i].payload));
    }
    mem_free(kept);
    giant_free(giant);
    spill_free(spill);
}
END_TEST

START_TEST(folder_that_is_missing)
{
    struct spill *spill = spill_new(SPILL_MEMORY_LEAST, "/nonexistent/folder", 1);
    struct giant *giant = giant_new(spill, 1);
    const struct record r = { .flags = RECORD_PRIMARY, .uid = SV("u") };
    struct diags *d = diags_new();
    giant_add(giant, &r);
    ck_assert(!giant_seal(giant));
    ck_assert(spill_failed(spill));
    ck_assert_int_eq(spill_status(spill, d), ERR_OUTPUT);
    diags_free(d);
    giant_free(giant);
    spill_free(spill);
}
END_TEST

TCase *
agg_giant_tests(void)
{
    TCase *t = tcase_create("giant");
    tcase_add_loop_test(t, same_group_from_disk, 0, N_OF(shapes) * SEEDS);
    tcase_add_loop_test(t, companions_of_earlier_hits, 0, 5);
    tcase_add_test(t, views_outlive_the_pages);
    tcase_add_test(t, folder_that_is_missing);
    return t;
}
