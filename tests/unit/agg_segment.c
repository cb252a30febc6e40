/* SPDX-License-Identifier: Apache-2.0 */
/* Segments: records and back, the layout, and what a reader does with bytes that are not what was written. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agg/segment.h"
#include "agg_tests.h"
#include "base/atomicfile.h"
#include "base/map.h"
#include "base/mem.h"

static const struct record samples[] = {
    { .corr = 0, .time = 0 },
    { .corr = 1, .time = INT64_MIN, .at = { 7, 1 }, .pos = 3, .flags = RECORD_PRIMARY },
    { .corr = 1, .time = INT64_MAX, .at = { 7, 0 }, .pos = 3, .flags = RECORD_CHAINED },
    { .corr = UINT32_MAX, .time = INT64_MIN, .at = { UINT32_MAX, UINT64_MAX }, .pos = RECORD_POS_MAX, .flags = 3 },
    { .corr = 5,
      .time = -1,
      .key = { "\0\xff\n", 3 },
      .tie = { "\x80", 1 },
      .uid = { "u", 1 },
      .facts = { "\0\0", 2 },
      .payload = { "\0", 1 } },
};

static void
assert_same(const struct record *a, const struct record *b)
{
    ck_assert_uint_eq(a->corr, b->corr);
    ck_assert(a->time == b->time);
    ck_assert_uint_eq(a->at.file, b->at.file);
    ck_assert(a->at.line == b->at.line);
    ck_assert_uint_eq(a->pos, b->pos);
    ck_assert_uint_eq(a->flags, b->flags);
    ck_assert(sv_eq(a->key, b->key) && sv_eq(a->tie, b->tie) && sv_eq(a->uid, b->uid));
    ck_assert(sv_eq(a->facts, b->facts) && sv_eq(a->payload, b->payload));
}

static int
new_file(void)
{
    const int fd = atomic_unnamed(".");
    ck_assert_int_ge(fd, 0);
    return fd;
}

static struct segment
write_records(int fd, uint64_t offset, const struct record *r, size_t n)
{
    struct segment_writer w = { .error = 0 };
    struct segment s;
    segment_begin(&w, fd, "the file", offset);
    for (size_t i = 0; i < n; i++)
        segment_put(&w, &r[i]);
    ck_assert(segment_end(&w, &s));
    ck_assert(s.n == n && s.offset == offset);
    segment_writer_fini(&w);
    return s;
}

/* Reads until the end or a failure; every record must be the one that was written. */
static size_t
read_records(const struct segment *s, const struct record *want, size_t n, bool *ok)
{
    struct segment_reader *in = segment_open(s);
    struct record r;
    struct record before = { .corr = 0 };
    size_t i = 0;
    for (; segment_next(in, &r); i++) {
        ck_assert_uint_lt(i, n);
        assert_same(&r, &want[i]);
        ck_assert(r.hash == record_hash(r.corr, r.key));
        if (i > 0)
            assert_same(&before, &want[i - 1]);
        before = r;
    }
    *ok = segment_failed(in) == NULL;
    segment_close(in);
    return i;
}

START_TEST(round_trip)
{
    const int fd = new_file();
    bool ok;
    const struct segment s = write_records(fd, 0, samples, N_OF(samples));
    ck_assert_uint_eq(read_records(&s, samples, N_OF(samples), &ok), N_OF(samples));
    ck_assert(ok);
    close(fd);
}
END_TEST

/* ---- random records ---- */

enum { RECORDS = 6000 };

struct many {
    struct record v[RECORDS];
    struct arena texts;
};

static struct sv
random_text(struct many *m, uint64_t *seed, size_t most)
{
    const size_t n = (size_t)(next_random(seed) >> 33) % (most + 1);
    char *p = arena_alloc(&m->texts, n + 1);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(unsigned char)(next_random(seed) >> 56 & 3);
    return sv_make(p, n);
}

/* Of what the record before says, each piece is kept with even chances. */
static void
make_many(struct many *m, uint64_t seed, size_t longest)
{
    arena_init(&m->texts);
    struct record r = { .corr = 0 };
    for (size_t i = 0; i < RECORDS; i++) {
        const uint64_t x = next_random(&seed) >> 20;
        r.corr = x & 1 ? r.corr : (uint32_t)(next_random(&seed) >> 60);
        r.key = x & 2 ? r.key : random_text(m, &seed, 20);
        r.time = x & 4 ? r.time + (int64_t)(next_random(&seed) >> 40) : (int64_t)next_random(&seed);
        r.at.file = x & 8 ? r.at.file : (uint32_t)(next_random(&seed) >> 62);
        r.at.line = x & 16 ? r.at.line + 1 : next_random(&seed);
        r.pos = x & 32 ? r.pos : (uint32_t)(next_random(&seed) >> 62);
        r.flags = (unsigned)(x >> 6 & 3);
        r.uid = x & 256 ? SV_NONE : random_text(m, &seed, 10);
        r.tie = x & 512 ? SV_NONE : random_text(m, &seed, 10);
        r.facts = x & 1024 ? r.facts : random_text(m, &seed, 60);
        r.payload = x & 2048 ? r.payload : random_text(m, &seed, x >> 12 & 63 ? 30 : longest);
        m->v[i] = r;
    }
}

/* Several segments one after the other in one file; records longer than a block among them. */
START_TEST(random_records)
{
    struct many *m = mem_alloc(sizeof *m);
    make_many(m, 77 + (uint64_t)_i, _i % 2 == 0 ? 300 : 200000);
    const int fd = new_file();
    const size_t cut[] = { 0, 1, 2000, 2000, RECORDS };
    struct segment s[4];
    bool ok;
    uint64_t at = 13;
    for (size_t i = 0; i < 4; i++) {
        s[i] = write_records(fd, at, m->v + cut[i], cut[i + 1] - cut[i]);
        at += s[i].bytes;
    }
    for (size_t i = 4; i-- > 0;) {
        ck_assert_uint_eq(read_records(&s[i], m->v + cut[i], cut[i + 1] - cut[i], &ok), cut[i + 1] - cut[i]);
        ck_assert(ok);
    }
    ck_assert_uint_eq(s[2].bytes, 0);
    arena_fini(&m->texts);
    mem_free(m);
    close(fd);
}
END_TEST

START_TEST(files_stand_behind_a_base)
{
    const int fd = new_file();
    struct record r = samples[1];
    struct segment s = write_records(fd, 0, &r, 1);
    struct segment_reader *in;
    s.file_base = 100;
    in = segment_open(&s);
    ck_assert(segment_next(in, &r));
    ck_assert_uint_eq(r.at.file, 107);
    segment_close(in);
    s.file_base = UINT32_MAX - 6; /* one too many */
    in = segment_open(&s);
    ck_assert(!segment_next(in, &r) && segment_failed(in) != NULL);
    segment_close(in);
    close(fd);
}
END_TEST

/* ---- the layout ---- */

/* The layout is a format: these bytes are RECORD_VERSION 1. */
START_TEST(golden_bytes)
{
    static const unsigned char want[] = {
        32,
        0,
        0,
        0,
        32,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        0,
        0,
        0,
        0, /* lengths, records, codec */
        0x76,
        0xd2,
        0x72,
        0x32,
        0xe9,
        0xb1,
        0x1d,
        0xd9,    /* checksum */
        16 + 64, /* has a uid; primary */
        2,
        2,
        1,
        'k',
        1,
        1,
        3,
        0x80,
        1,
        1,
        'u',
        1,
        0,
        1,
        'p',                  /* corr, key, time, file, pos, line, uid, ... */
        1 + 2 + 8 + 32 + 128, /* same group, facts, place; has a tie; chained */
        0x82,
        0x80,
        0x80,
        0x80,
        0x80,
        0x20,
        1,
        1,
        't',
        5,
        'q',
        'q',
        'q',
        'q',
        'q',
    };
    const struct record r[2] = {
        { .corr = 2,
          .time = -1,
          .at = { 1, 64 },
          .pos = 3,
          .flags = 1,
          .key = { "\1k", 2 },
          .uid = { "u", 1 },
          .facts = { "\0", 1 },
          .payload = { "p", 1 } },
        { .corr = 2,
          .time = INT64_C(1) << 39,
          .at = { 1, 63 },
          .pos = 3,
          .flags = 2,
          .key = { "\1k", 2 },
          .tie = { "t", 1 },
          .facts = { "\0", 1 },
          .payload = { "qqqqq", 5 } },
    };
    unsigned char got[sizeof want + 1];
    const int fd = new_file();
    const struct segment s = write_records(fd, 0, r, 2);
    ck_assert_uint_eq(s.bytes, sizeof want);
    ck_assert_int_eq(pread(fd, got, sizeof got, 0), sizeof want);
    ck_assert_mem_eq(got, want, sizeof want);
    close(fd);
}
END_TEST

/* ---- damage ---- */

static void
copy_file(int from, int to, uint64_t n)
{
    char byte[4096];
    for (uint64_t at = 0; at < n;) {
        const size_t left = n - at < sizeof byte ? (size_t)(n - at) : sizeof byte;
        ck_assert_int_eq(pread(from, byte, left, (off_t)at), (ssize_t)left);
        ck_assert_int_eq(pwrite(to, byte, left, (off_t)at), (ssize_t)left);
        at += left;
    }
}

static void
flip(int fd, uint64_t at, unsigned char bits)
{
    unsigned char byte;
    ck_assert_int_eq(pread(fd, &byte, 1, (off_t)at), 1);
    byte ^= bits;
    ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)at), 1);
}

/* Any byte may be another one, or the rest may be missing: no record that is not what was written, and no silence. */
START_TEST(damage_is_found)
{
    struct many *m = mem_alloc(sizeof *m);
    const size_t n = 700;
    make_many(m, 5, 3000);
    const int fd = new_file();
    struct segment s = write_records(fd, 0, m->v, n);
    ck_assert_uint_gt(s.bytes, 4000);
    bool ok;
    for (uint64_t at = 0; at < s.bytes; at += at < 200 ? 1 : 37) {
        const unsigned char bits = (unsigned char)(1u << (at % 8));
        flip(fd, at, bits);
        ck_assert_uint_lt(read_records(&s, m->v, n, &ok), n);
        ck_assert(!ok);
        flip(fd, at, bits);
    }
    const struct segment whole = s;
    for (uint64_t bytes = 0; bytes < whole.bytes; bytes += bytes < 100 ? 1 : 41) {
        s.bytes = bytes;
        read_records(&s, m->v, n, &ok);
        ck_assert(!ok);
    }
    const int cut = new_file();
    copy_file(fd, cut, whole.bytes - 1);
    s = whole;
    s.fd = cut;
    read_records(&s, m->v, n, &ok);
    ck_assert(!ok);
    s = whole;
    s.n = n - 1;
    read_records(&s, m->v, n, &ok);
    ck_assert(!ok);
    s.n = n + 1;
    read_records(&s, m->v, n, &ok);
    ck_assert(!ok);
    arena_fini(&m->texts);
    mem_free(m);
    close(fd);
    close(cut);
}
END_TEST

START_TEST(messages)
{
    const int fd = new_file();
    struct segment s = write_records(fd, 0, samples, N_OF(samples));
    struct record r;
    flip(fd, 30, 1);
    struct segment_reader *in = segment_open(&s);
    ck_assert(!segment_next(in, &r));
    ck_assert_str_eq(segment_failed(in), "the file is damaged at byte 0: the checksum does not match");
    ck_assert(!segment_next(in, &r));
    segment_close(in);
    s.fd = 9999;
    in = segment_open(&s);
    ck_assert(!segment_next(in, &r));
    ck_assert_str_eq(segment_failed(in), "cannot read the file: Bad file descriptor");
    segment_close(in);
    close(fd);
    struct segment_writer w = { .error = 0 };
    segment_begin(&w, -1, "the file", 0);
    segment_put(&w, &samples[0]);
    ck_assert(!segment_end(&w, &s));
    ck_assert_int_ne(w.error, 0);
    segment_writer_fini(&w);
}
END_TEST

TCase *
agg_segment_tests(void)
{
    TCase *t = tcase_create("segment");
    tcase_add_test(t, round_trip);
    tcase_add_loop_test(t, random_records, 0, 6);
    tcase_add_test(t, files_stand_behind_a_base);
    tcase_add_test(t, golden_bytes);
    tcase_add_test(t, damage_is_found);
    tcase_add_test(t, messages);
    return t;
}
