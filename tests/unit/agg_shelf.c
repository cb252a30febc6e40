/* SPDX-License-Identifier: Apache-2.0 */
/* Shelves: chapters (any bytes, here) to a file and back, blocks that are passed over, and what a reader does with a
 * file that is not what was written. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agg/shelf.h"
#include "agg_corr_bench.h"
#include "agg_tests.h"
#include "base/atomicfile.h"
#include "base/codec.h"
#include "base/map.h"

enum { CHAPTERS = 900, PARTITION = 5, BLOCK = 128 << 10, HEADER = 32 };

struct desk {
    struct shelves s;
    int fd;
    struct arena texts;
    struct sv chapter[CHAPTERS];
    uint32_t cluster[CHAPTERS];
    size_t n;
};

static void
desk_init(struct desk *k)
{
    memset(k, 0, sizeof *k);
    shelves_init(&k->s);
    k->s.name = "the shelf";
    k->fd = atomic_unnamed(".");
    ck_assert_int_ge(k->fd, 0);
}

static void
desk_fini(struct desk *k)
{
    shelves_fini(&k->s);
    arena_fini(&k->texts);
    close(k->fd);
}

/* Whatever went wrong, once more. */
static void
forget(struct desk *k)
{
    shelves_fini(&k->s);
    const struct shelf_file made = k->s.out[PARTITION];
    shelves_init(&k->s);
    k->s.name = "the shelf";
    k->s.in[PARTITION] = k->s.out[PARTITION] = made;
}

static void
assert_failed(struct desk *k, const char *message)
{
    struct diags *d = diags_new();
    ck_assert_int_eq(shelves_status(&k->s, d), ERR_OUTPUT);
    ck_assert_uint_eq(diags_count(d), 1);
    assert_sv(diags_get(d, 0)->message, message);
    diags_free(d);
}

static struct sv
random_chapter(struct desk *k, uint64_t *seed, size_t most)
{
    const size_t n = (size_t)(next_random(seed) >> 33) % (most + 1);
    const unsigned char mask = next_random(seed) >> 60 & 1 ? 0xff : 3; /* packs badly, or well */
    char *p = arena_alloc(&k->texts, n + 1);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)((unsigned char)(next_random(seed) >> 56) & mask);
    return sv_make(p, n);
}

/* Clusters go up, as they do in a sweep; now and then a chapter is larger than a block. */
static void
make_chapters(struct desk *k, size_t n, uint64_t seed)
{
    uint32_t cluster = 0;
    for (k->n = 0; k->n < n; k->n++) {
        cluster += next_random(&seed) >> 60 == 0;
        k->cluster[k->n] = cluster;
        k->chapter[k->n] = random_chapter(k, &seed, next_random(&seed) >> 58 == 0 ? 4 * BLOCK : 4000);
    }
}

static void
write_chapters(struct desk *k, struct shelf_writer *w, unsigned partition, size_t from, size_t to)
{
    size_t largest = 0;
    shelf_begin(w, &k->s, partition);
    for (size_t i = from; i < to; i++) {
        shelf_put(w, k->cluster[i], k->chapter[i]);
        largest = k->chapter[i].n > largest ? k->chapter[i].n : largest;
    }
    shelf_end(w);
    ck_assert_uint_eq(k->s.out[partition].n, to - from);
    ck_assert_uint_eq(k->s.out[partition].largest, largest);
    ck_assert((k->s.out[partition].bytes != 0) == (to != from));
    k->s.in[partition] = k->s.out[partition];
}

/* All of one partition at the beginning of the file. */
static void
write_one(struct desk *k, size_t n)
{
    struct shelf_writer w = { .shelves = NULL };
    k->s.out[PARTITION] = (struct shelf_file){ .fd = k->fd };
    write_chapters(k, &w, PARTITION, 0, n);
    shelf_writer_fini(&w);
}

/* Reads until the end or a failure; every chapter must be the one that was written, also when the next one has been
 * read. */
static size_t
read_chapters(struct desk *k, unsigned partition, size_t from)
{
    struct shelf_reader *r = shelf_open(&k->s, partition, NULL, 0);
    struct sv got, before = SV_NONE;
    size_t n = 0;
    for (; shelf_next(r, &got); n++) {
        ck_assert_uint_lt(from + n, k->n);
        ck_assert(sv_eq(got, k->chapter[from + n]));
        ck_assert(n == 0 || sv_eq(before, k->chapter[from + n - 1]));
        before = got;
    }
    ck_assert(!shelf_next(r, &got));
    shelf_close(r);
    return n;
}

/* Several shelves in one file, written by one writer. */
START_TEST(round_trip)
{
    static const size_t cut[] = { 0, 1, 1, 400, CHAPTERS };
    struct desk k;
    struct shelf_writer w = { .shelves = NULL };
    uint64_t at = 17;
    desk_init(&k);
    make_chapters(&k, CHAPTERS, 3 + (uint64_t)_i);
    for (unsigned i = 0; i < 4; i++) {
        k.s.out[i] = (struct shelf_file){ .fd = k.fd, .offset = at };
        write_chapters(&k, &w, i, cut[i], cut[i + 1]);
        at += k.s.out[i].bytes;
    }
    shelf_writer_fini(&w);
    for (unsigned i = 4; i-- > 0;)
        ck_assert_uint_eq(read_chapters(&k, i, cut[i]), cut[i + 1] - cut[i]);
    ck_assert(!shelves_failed(&k.s));
    ck_assert_int_eq(shelves_status(&k.s, NULL), ERR_OK);
    desk_fini(&k);
}
END_TEST

/* Of blocks without a wanted cluster nothing comes, of the others everything: so what is wanted comes whole, and in
 * order. */
START_TEST(unwanted_blocks_are_passed_over)
{
    struct desk k;
    bool wanted[CHAPTERS] = { false };
    struct sv got;
    size_t i = 0, n = 0;
    desk_init(&k);
    make_chapters(&k, CHAPTERS, 12);
    write_one(&k, CHAPTERS);
    const uint32_t n_clusters = k.cluster[CHAPTERS - 1] + 1;
    ck_assert_uint_gt(n_clusters, 20);
    for (uint32_t c = (uint32_t)_i; c < n_clusters; c += 9)
        wanted[c] = true;
    struct shelf_reader *r = shelf_open(&k.s, PARTITION, wanted, n_clusters);
    for (; shelf_next(r, &got); i++, n++)
        for (; i < k.n && !sv_eq(k.chapter[i], got); i++)
            ck_assert(!wanted[k.cluster[i]]);
    for (; i < k.n; i++)
        ck_assert(!wanted[k.cluster[i]]);
    shelf_close(r);
    ck_assert(!shelves_failed(&k.s));
    ck_assert(n > 0 && n < k.n);
    /* Nothing at all is. */
    memset(wanted, 0, sizeof wanted);
    r = shelf_open(&k.s, PARTITION, wanted, n_clusters);
    ck_assert(!shelf_next(r, &got) && !shelves_failed(&k.s));
    shelf_close(r);
    desk_fini(&k);
}
END_TEST

/* A chapter larger than a block does not stand with others, and those before it are not held back. */
START_TEST(blocks)
{
    static const size_t sizes[] = { 10, 2 * BLOCK, 10, BLOCK - 1, BLOCK, 0, 0 };
    static const uint32_t chapters[] = { 1, 1, 2, 1, 2 };
    static char text[2 * BLOCK];
    struct desk k;
    char head[HEADER];
    uint64_t at = 0;
    desk_init(&k);
    for (k.n = 0; k.n < N_OF(sizes); k.n++) {
        k.chapter[k.n] = sv_make(text, sizes[k.n]);
        k.cluster[k.n] = (uint32_t)k.n;
    }
    write_one(&k, k.n);
    for (int i = 0; i < N_OF(chapters); i++) {
        ck_assert_int_eq(pread(k.fd, head, sizeof head, (off_t)at), HEADER);
        ck_assert_uint_eq(load_le(head + 8, 4), chapters[i]);
        at += HEADER + load_le(head + 4, 4);
    }
    ck_assert_uint_eq(at, k.s.out[PARTITION].bytes);
    ck_assert_uint_eq(read_chapters(&k, PARTITION, 0), k.n);
    desk_fini(&k);
}
END_TEST

/* ---- damage ---- */

static void
flip(int fd, uint64_t at, unsigned char bits)
{
    unsigned char byte;
    ck_assert_int_eq(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= bits;
    ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
}

/* Any byte may be another one, or the rest may be missing: no chapter that is not what was written, and no silence. */
START_TEST(damage_is_found)
{
    enum { FEW = 150 };
    struct desk k;
    desk_init(&k);
    make_chapters(&k, FEW, 5);
    write_one(&k, FEW);
    struct shelf_file *f = &k.s.in[PARTITION];
    const struct shelf_file whole = *f;
    ck_assert_uint_gt(whole.bytes, BLOCK);
    for (uint64_t at = 0; at < whole.bytes; at += at < 200 ? 1 : 3001) {
        const unsigned char bits = (unsigned char)(1u << (at % 8));
        flip(k.fd, at, bits);
        ck_assert_uint_lt(read_chapters(&k, PARTITION, 0), FEW);
        ck_assert(shelves_failed(&k.s));
        flip(k.fd, at, bits);
        forget(&k);
    }
    for (uint64_t bytes = 0; bytes < whole.bytes; bytes += bytes < 100 ? 1 : 2999) {
        f->bytes = bytes;
        read_chapters(&k, PARTITION, 0);
        ck_assert(shelves_failed(&k.s));
        forget(&k);
    }
    for (uint64_t n = FEW - 1; n <= FEW + 1; n += 2) {
        f->n = n;
        read_chapters(&k, PARTITION, 0);
        ck_assert(shelves_failed(&k.s));
        forget(&k);
    }
    ck_assert_uint_eq(read_chapters(&k, PARTITION, 0), FEW);
    ck_assert(!shelves_failed(&k.s));
    ck_assert_int_eq(ftruncate(k.fd, (off_t)whole.bytes - 1), 0);
    read_chapters(&k, PARTITION, 0);
    ck_assert(shelves_failed(&k.s));
    desk_fini(&k);
}
END_TEST

/* Headers that lie with a right checksum, of a block of two chapters "ab" and "c". */
static const struct lie {
    uint32_t raw, stored, n, codec;
    uint64_t chapters; /* of the shelf */
    const char *why;   /* NULL: it is none */
} lies[] = {
    { 5, 5, 2, CODEC_NONE, 2, NULL },
    { 5, 5, 2, CODEC_NONE, 3, "damaged near byte 45: it ends inside a block" },
    { 5, 5, 2, CODEC_NONE, 1, "damaged near byte 40: the block's header is wrong" },
    { 5, 5, 1, CODEC_NONE, 1, "damaged near byte 45: a chapter is malformed" },
    { 5, 5, 3, CODEC_NONE, 3, "damaged near byte 45: a chapter is malformed" },
    { 5, 5, 0, CODEC_NONE, 2, "damaged near byte 40: the block's header is wrong" },
    { 5, 5, 6, CODEC_NONE, 9, "damaged near byte 40: the block's header is wrong" },
    { 4, 4, 2, CODEC_NONE, 2, "damaged near byte 44: the checksum does not match" },
    { 4, 5, 2, CODEC_NONE, 2, "damaged near byte 40: the block's header is wrong" },
    { 6, 6, 2, CODEC_NONE, 2, "damaged near byte 40: the block's header is wrong" },
    { 0x80000001, 5, 2, CODEC_NONE, 2, "damaged near byte 40: the block's header is wrong" },
    { 6, 5, 2, CODEC_NONE, 2, "damaged near byte 45" },
    { 5, 5, 2, CODEC_ZLIB, 2, "damaged near byte 45" },
    { 5, 5, 2, 77, 2, "damaged near byte 45" },
};

START_TEST(told_lies)
{
    const struct lie *x = &lies[_i];
    char block[HEADER + 5];
    struct desk k;
    struct buf checked = BUF_INIT;
    struct sv got;
    desk_init(&k);
    memset(block, 0, sizeof block);
    store_le(block, x->raw, 4);
    store_le(block + 4, x->stored, 4);
    store_le(block + 8, x->n, 4);
    store_le(block + 12, x->codec, 4);
    memcpy(block + HEADER, "\2ab\1c", 5);
    buf_put(&checked, block, 24);
    buf_put(&checked, block + HEADER, 5);
    store_le(block + 24, hash64(buf_view(&checked)), 8);
    ck_assert_int_eq(pwrite(k.fd, block, sizeof block, 8), sizeof block);
    k.s.in[PARTITION] = (struct shelf_file){ .fd = k.fd, .offset = 8, .bytes = sizeof block, .n = x->chapters };
    struct shelf_reader *r = shelf_open(&k.s, PARTITION, NULL, 0);
    while (shelf_next(r, &got))
        ck_assert(sv_eq(got, SV("ab")) || sv_eq(got, SV("c")));
    ck_assert_int_eq(shelves_failed(&k.s), x->why != NULL);
    if (x->why != NULL)
        ck_assert_msg(strstr(buf_cstr(&k.s.failure), x->why) != NULL, "%s: %s", x->why, buf_cstr(&k.s.failure));
    shelf_close(r);
    buf_fini(&checked);
    desk_fini(&k);
}
END_TEST

/* ---- failures ---- */

START_TEST(the_first_failure_is_told)
{
    struct desk k;
    struct sv got;
    desk_init(&k);
    k.s.in[PARTITION] = (struct shelf_file){ .fd = -1, .bytes = 100, .n = 1 };
    struct shelf_reader *r = shelf_open(&k.s, PARTITION, NULL, 0);
    ck_assert(!shelf_next(r, &got) && !shelf_next(r, &got));
    shelf_close(r);
    shelves_fail(&k.s, "and %s", "another");
    assert_failed(&k, "cannot read the shelf: Bad file descriptor");
    desk_fini(&k);
}
END_TEST

static void
fail_to_write(int fd, const char *message)
{
    struct desk k;
    struct shelf_writer w = { .shelves = NULL };
    desk_init(&k);
    make_chapters(&k, 200, 8);
    k.s.out[PARTITION] = (struct shelf_file){ .fd = fd };
    shelf_begin(&w, &k.s, PARTITION);
    for (size_t i = 0; i < k.n; i++)
        shelf_put(&w, k.cluster[i], k.chapter[i]);
    shelf_end(&w);
    shelf_writer_fini(&w);
    assert_failed(&k, message);
    desk_fini(&k);
}

START_TEST(closed_file)
{
    fail_to_write(-1, "cannot write what the next run needs to the folder of temporary files: Bad file descriptor");
}
END_TEST

START_TEST(full_disk)
{
    const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return; /* not every system has one */
    fail_to_write(fd, "cannot write what the next run needs to the folder of temporary files: No space left on device");
    close(fd);
}
END_TEST

/* ---- files and layouts ---- */

START_TEST(files_are_used)
{
    struct desk k;
    struct chapter_writer w;
    struct chapter_head h;
    struct buf b = BUF_INIT;
    atomic_bool used[6];
    const struct slip head = { .facts = "", .extra = "" };
    const struct bundle_hit hit = { .evidence = "", .payload = "" };
    desk_init(&k);
    for (int i = 0; i < 6; i++)
        atomic_init(&used[i], false);
    chapter_writer_init(&w, 1);
    chapter_begin(&w, 0, "\1k");
    chapter_put_bundle(&w, &head, 4, &hit, 1);
    chapter_put_bundle(&w, &head, 1, &hit, 1);
    chapter_end(&w, 0, 0, &b);
    ck_assert(chapter_read_head(buf_view(&b), &h));
    k.s.used = used;
    k.s.n_files = 5;
    ck_assert(shelf_use_files(&k.s, &h));
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(atomic_load(&used[i]), i == 4 || i == 1);
    k.s.n_files = 4;
    ck_assert(!shelf_use_files(&k.s, &h));
    h.n_files = 1000; /* more than are there */
    k.s.n_files = 5;
    ck_assert(!shelf_use_files(&k.s, &h));
    chapter_writer_fini(&w);
    buf_fini(&b);
    desk_fini(&k);
}
END_TEST

/* The layout of two correlations, each of a type, keys, and after how many others. */
static uint64_t
layout_of(const char *keys1, const char *keys2, const char *keys3)
{
    struct bench b;
    bench_open(&b, "event_count", keys1);
    bench_rules(&b, RULES_MAX);
    bench_add(&b, "first");
    const char *const more[] = { keys2, keys3 };
    for (int i = 0; i < N_OF(more) && more[i] != NULL; i++) {
        bench_read(&b, "event_count", more[i]);
        bench_add(&b, i == 0 ? "second" : "third");
    }
    program_freeze(b.program);
    const uint64_t layout = shelf_layout(b.program);
    bench_close(&b);
    return layout;
}

START_TEST(layouts)
{
    static const char by_u[] = "timespan=9s gte=2 group=u", by_w[] = "timespan=9s gte=2 group=w";
    static const char longer[] = "timespan=10s gte=2 group=u", other_rules[] = "timespan=9s gte=2 group=u rules=2";
    const uint64_t layout = layout_of(by_u, other_rules, by_w);
    ck_assert(layout == layout_of(by_u, other_rules, by_w));
    ck_assert(layout == layout_of(longer, other_rules, by_w)); /* which correlation it is, is asked elsewhere */
    ck_assert(layout != layout_of(by_u, other_rules, NULL));
    ck_assert(layout != layout_of(by_u, by_w, other_rules));
    ck_assert(layout != layout_of(by_u, by_u, by_w)); /* a family */
    ck_assert(layout != layout_of(by_w, by_u, other_rules));
}
END_TEST

TCase *
agg_shelf_tests(void)
{
    TCase *t = tcase_create("shelf");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, round_trip, 0, 3);
    tcase_add_loop_test(t, unwanted_blocks_are_passed_over, 0, 3);
    tcase_add_test(t, blocks);
    tcase_add_test(t, damage_is_found);
    tcase_add_loop_test(t, told_lies, 0, N_OF(lies));
    tcase_add_test(t, the_first_failure_is_told);
    tcase_add_test(t, closed_file);
    tcase_add_test(t, full_disk);
    tcase_add_test(t, files_are_used);
    tcase_add_test(t, layouts);
    return t;
}
