/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the number of workers and files, every record is drawn once, and what became of a file is known at the end.
 */
#include "run_tests.h"

#include <pthread.h>
#include <string.h>
#include <zlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "run/tap.h"

enum { FILES_MAX = 5, LINES = 400, WORKERS_MAX = 4 };

struct crowd {
    struct stage *stage;
    struct tap *tap;
    pthread_mutex_t lock;
    unsigned seen[FILES_MAX][LINES + 1]; /* guarded by lock */
};

struct member {
    struct crowd *crowd;
    unsigned number;
};

static void
count_block(struct crowd *c, struct parser *parser, struct event *ev, const struct block *b)
{
    struct reject reject;
    parser_start(parser, b);
    for (enum record_kind k; (k = parser_next(parser, ev, &reject)) != RECORD_END;) {
        ck_assert_int_eq(k, RECORD_EVENT);
        pthread_mutex_lock(&c->lock);
        c->seen[b->file][ev->at.line]++;
        pthread_mutex_unlock(&c->lock);
    }
}

static void *
work(void *arg)
{
    const struct member *m = arg;
    const struct stage *s = m->crowd->stage;
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct block b;
    struct parser *parser = parser_new(s->plan->projections);

    event_init(&ev, fields_count(s->fields), &scratch, NULL);
    block_init(&b);
    while (tap_draw(m->crowd->tap, m->number, &b))
        count_block(m->crowd, parser, &ev, &b);
    parser_free(parser);
    block_fini(&b);
    event_fini(&ev);
    arena_fini(&scratch);
    return NULL;
}

static struct sv
log_text(struct buf *b)
{
    for (int i = 1; i <= LINES; i++)
        buf_printf(b, "{\"time\":%d,\"action\":\"a\",\"more\":\"%0*d\"}\n", i, 1 + i % 50, i);
    return buf_view(b);
}

/* As gzip members that end anywhere: workers inflate them in turn. */
static void
pack(struct sv log, struct buf *out)
{
    for (size_t at = 0; at < log.n; at += 700) {
        const size_t n = log.n - at < 700 ? log.n - at : 700;
        z_stream z;
        memset(&z, 0, sizeof z);
        ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        const size_t room = deflateBound(&z, n);
        buf_grow(out, room);
        z.next_in = (unsigned char *)(uintptr_t)log.p + at;
        z.avail_in = (uInt)n;
        z.next_out = (unsigned char *)out->p + out->n;
        z.avail_out = (uInt)room;
        ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
        out->n += room - z.avail_out;
        deflateEnd(&z);
    }
}

/* Columns: files, workers, are they packed. Small blocks, so that workers meet in one file. */
static const unsigned crowds[][3] = {
    { 0, 1, 0 }, { 0, 4, 0 }, { 1, 1, 0 }, { 1, 2, 0 }, { 1, 4, 0 }, { 2, 4, 0 }, { 4, 4, 0 }, { 5, 1, 0 },
    { 5, 2, 0 }, { 5, 3, 0 }, { 1, 1, 1 }, { 1, 2, 1 }, { 1, 4, 1 }, { 2, 4, 1 }, { 5, 3, 1 },
};

START_TEST(every_record_is_drawn_once)
{
    const unsigned n_files = crowds[_i][0];
    const unsigned n_workers = crowds[_i][1];
    static const char *const names[FILES_MAX] = { "a", "b", "c", "d", "e" };
    struct stage s;
    struct buf text = BUF_INIT;
    struct buf packed = BUF_INIT;
    struct input_file file[FILES_MAX];
    struct origins origins;
    pthread_t thread[WORKERS_MAX];
    struct member member[WORKERS_MAX];
    struct crowd c = { .stage = &s };

    stage_init(&s);
    s.options.limits.block = 1024;
    stage_plan(&s);
    const struct sv log = log_text(&text);
    pack(log, &packed);
    const struct sv bytes = crowds[_i][2] != 0 ? buf_view(&packed) : log;
    for (unsigned i = 0; i < n_files; i++)
        file[i] = (struct input_file){ .name = sv_of(names[i]), .memory = bytes, .size = bytes.n };
    struct inputs *in = inputs_new_memory(file, n_files);
    origins_init(&origins, n_files);
    c.tap = tap_new(in, s.plan->projections, &s.sources, &origins, n_workers);
    pthread_mutex_init(&c.lock, NULL);
    for (unsigned w = 0; w < n_workers; w++) {
        member[w] = (struct member){ &c, w };
        ck_assert_int_eq(pthread_create(&thread[w], NULL, work, &member[w]), 0);
    }
    for (unsigned w = 0; w < n_workers; w++)
        pthread_join(thread[w], NULL);

    for (unsigned i = 0; i < n_files; i++) {
        for (int line = 1; line <= LINES; line++)
            ck_assert_uint_eq(c.seen[i][line], 1);
        ck_assert(tap_file(c.tap, i)->opened);
        ck_assert_ptr_null(tap_file(c.tap, i)->info.error);
        ck_assert_uint_eq(tap_file(c.tap, i)->info.bytes, log.n);
        assert_sv(origins.v[i].source, "canonical");
    }
    ck_assert_uint_eq(tap_bytes_in(c.tap), n_files * bytes.n);
    ck_assert_uint_eq(tap_bytes_total(c.tap), n_files * bytes.n);
    pthread_mutex_destroy(&c.lock);
    tap_free(c.tap);
    origins_fini(&origins);
    inputs_free(in);
    buf_fini(&text);
    buf_fini(&packed);
    stage_fini(&s);
}
END_TEST

/* The texts were the stream's, which is closed by the time that anybody reads them. */
START_TEST(errors_outlive_their_streams)
{
    struct stage s;
    struct origins origins;
    struct block b;
    const struct input_file file[] = {
        { .name = SV("other"), .memory = SV("{\"ts\":1,\"kind\":\"a\"}\n") },
        { .name = SV("packed"), .memory = SV("BZh91AY&SY") },
    };

    stage_init(&s);
    stage_plan(&s);
    struct inputs *in = inputs_new_memory(file, 2);
    origins_init(&origins, 2);
    struct tap *tap = tap_new(in, s.plan->projections, &s.sources, &origins, 2);
    block_init(&b);
    ck_assert(!tap_draw(tap, 0, &b));
    ck_assert(!tap_draw(tap, 1, &b));
    ck_assert_str_eq(tap_file(tap, 0)->info.error, "source not recognised (keys: ts, kind)");
    ck_assert_ptr_nonnull(strstr(tap_file(tap, 0)->info.error_hint, "-s raw"));
    ck_assert_str_eq(tap_file(tap, 1)->info.error, "format not recognised");
    ck_assert_str_eq(tap_file(tap, 1)->info.error_hint, "it looks like bzip2; decompress it first");
    block_fini(&b);
    tap_free(tap);
    origins_fini(&origins);
    inputs_free(in);
    stage_fini(&s);
}
END_TEST

/* A run that gives up frees the tap while a block is held and files were never opened. */
START_TEST(a_tap_may_be_left_early)
{
    struct stage s;
    struct origins origins;
    struct block b;
    struct buf text = BUF_INIT;

    stage_init(&s);
    s.options.limits.block = 1024;
    stage_plan(&s);
    const struct sv log = log_text(&text);
    const struct input_file file[] = { { .name = SV("a"), .memory = log }, { .name = SV("b"), .memory = log } };
    struct inputs *in = inputs_new_memory(file, 2);
    origins_init(&origins, 2);
    struct tap *tap = tap_new(in, s.plan->projections, &s.sources, &origins, 1);
    block_init(&b);
    ck_assert(tap_draw(tap, 0, &b));
    ck_assert_uint_eq(b.line, 1);
    ck_assert(tap_file(tap, 0)->opened);
    ck_assert(!tap_file(tap, 1)->opened);
    block_fini(&b);
    tap_free(tap);
    tap_free(NULL);
    origins_fini(&origins);
    inputs_free(in);
    buf_fini(&text);
    stage_fini(&s);
}
END_TEST

TCase *
run_tap_tests(void)
{
    TCase *t = tcase_create("tap");
    tcase_add_loop_test(t, every_record_is_drawn_once, 0, N_OF(crowds));
    tcase_add_test(t, errors_outlive_their_streams);
    tcase_add_test(t, a_tap_may_be_left_early);
    return t;
}
