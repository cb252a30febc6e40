/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever the order in which workers finish, the writer's bytes are those of the input, and of framed rows exactly the
 * first so many. Blocks are drawn from a real tap, which knows how many there are, and handed over shuffled. */
#include "query_tests.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/timestamp.h"
#include "lang/lang.h"
#include "query/writer.h"

enum { FILES = 5, BLOCKS_MAX = 400 };

struct drawn {
    uint32_t file;
    uint64_t block;
    struct buf piece;
};

struct world {
    struct fields *fields;
    struct diags *d;
    struct source_defs sources;
    struct projections *projections;
    struct inputs *in;
    struct origins origins;
    struct tap *tap;
    struct buf log[FILES];
    struct drawn drawn[BLOCKS_MAX];
    size_t n;
    struct buf want; /* all pieces in order */
    struct buf got;
};

static void
world_init(struct world *w)
{
    static const char *const names[FILES] = { "a", "b", "c", "d", "e" };
    struct input_file file[FILES];
    struct input_limits limits = INPUT_LIMITS_DEFAULT;
    memset(w, 0, sizeof *w);
    limits.block = 200;
    w->fields = fields_new();
    w->d = diags_new();
    ck_assert_int_eq(lang_load_sources(NULL, 0, &w->sources, w->d), ERR_OK);
    for (int i = 0; i < FILES; i++) {
        for (int k = 0; k < (i == 3 ? 0 : 60 + i); k++)
            buf_printf(&w->log[i], "{\"time\":%d,\"action\":\"a\"}\n", k);
        file[i] = (struct input_file){ sv_of(names[i]), buf_view(&w->log[i]), w->log[i].n };
        if (file[i].memory.p == NULL)
            file[i].memory = SV("");
    }
    w->in = inputs_new_memory(file, FILES);
    projections_plan_fields(&w->sources, w->fields);
    w->projections = projections_new(&w->sources, NULL, w->fields, &limits);
    origins_init(&w->origins, FILES);
    w->tap = tap_new(w->in, w->projections, &w->sources, &w->origins, 1);
}

static void
world_fini(struct world *w)
{
    tap_free(w->tap);
    origins_fini(&w->origins);
    projections_free(w->projections);
    inputs_free(w->in);
    arena_fini(&w->sources.arena);
    fields_free(w->fields);
    diags_free(w->d);
    for (int i = 0; i < FILES; i++)
        buf_fini(&w->log[i]);
    for (size_t i = 0; i < w->n; i++)
        buf_fini(&w->drawn[i].piece);
    buf_fini(&w->want);
    buf_fini(&w->got);
}

/* Every third piece is empty; framed ones have up to 4 rows. */
static void
draw_all(struct world *w, bool framed)
{
    struct block b;
    block_init(&b);
    while (tap_draw(w->tap, 0, &b)) {
        struct drawn *x = &w->drawn[w->n];
        x->file = b.file;
        x->block = b.number;
        for (size_t row = 0; w->n % 3 != 0 && row <= w->n % 4; row++) {
            char text[64];
            const int n = snprintf(text, sizeof text, "%u/%u:%zu\n", (unsigned)b.file, (unsigned)b.number, row);
            const struct sv line = sv_make(text, (size_t)n);
            if (framed)
                writer_frame(&x->piece, line);
            else
                buf_sv(&x->piece, line);
            buf_sv(&w->want, line);
        }
        ck_assert_uint_lt(w->n, BLOCKS_MAX);
        w->n++;
    }
    block_fini(&b);
}

static void
shuffle(struct world *w, uint64_t seed)
{
    for (size_t i = w->n; i > 1; i--) {
        const size_t k = next_random(&seed) % i;
        const struct drawn x = w->drawn[i - 1];
        w->drawn[i - 1] = w->drawn[k];
        w->drawn[k] = x;
    }
}

static bool
collect(void *ctx, struct sv bytes)
{
    buf_sv(&((struct world *)ctx)->got, bytes);
    return true;
}

static size_t
lines_length(struct sv s, uint64_t n)
{
    size_t at = 0;
    for (; n > 0 && at < s.n; n--)
        at = sv_find_char(s, '\n', at) + 1;
    return at;
}

static void
write_shuffled(struct world *w, bool framed, uint64_t limit, size_t memory)
{
    struct writer *x = writer_new(FILES, framed, limit, memory, "/tmp", collect, w);
    bool go_on = true;
    for (size_t i = 0; i < w->n && go_on; i++)
        go_on = writer_block(x, w->drawn[i].file, w->drawn[i].block, buf_view(&w->drawn[i].piece), w->tap);
    ck_assert_int_eq(writer_finish(x, w->d), ERR_OK);
    writer_free(x);
}

static const struct {
    bool framed;
    uint64_t limit;
    size_t memory;
} ways[] = {
    { false, UINT64_MAX, 1 << 20 },
    { false, UINT64_MAX, 0 },
    { false, UINT64_MAX, 100 },
    { true, UINT64_MAX, 1 << 20 },
    { true, UINT64_MAX, 0 },
    { true, 0, 0 },
    { true, 1, 0 },
    { true, 77, 50 },
    { true, 77, 1 << 20 },
};

START_TEST(in_order)
{
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct world w;
        world_init(&w);
        draw_all(&w, ways[_i].framed);
        ck_assert_uint_gt(w.n, 20);
        shuffle(&w, seed);
        write_shuffled(&w, ways[_i].framed, ways[_i].limit, ways[_i].memory);
        const struct sv all = buf_view(&w.want);
        const struct sv want = sv_make(all.p, ways[_i].limit == UINT64_MAX ? all.n : lines_length(all, ways[_i].limit));
        ck_assert_msg(sv_eq(buf_view(&w.got), want), "seed %u: %zu bytes for %zu", (unsigned)seed, w.got.n, want.n);
        world_fini(&w);
    }
}
END_TEST

START_TEST(no_folder)
{
    struct world w;
    world_init(&w);
    draw_all(&w, false);
    struct writer *x = writer_new(FILES, false, UINT64_MAX, 0, "/nonexistent", collect, &w);
    /* Everything of the last file waits. */
    bool go_on = true;
    for (size_t i = 0; i < w.n; i++)
        if (w.drawn[i].file == FILES - 1)
            go_on = writer_block(x, w.drawn[i].file, w.drawn[i].block, buf_view(&w.drawn[i].piece), w.tap) && go_on;
    ck_assert(!go_on);
    ck_assert_int_eq(writer_finish(x, w.d), ERR_OUTPUT);
    ck_assert_uint_eq(diags_errors(w.d), 1);
    writer_free(x);
    world_fini(&w);
}
END_TEST

TCase *
query_writer_tests(void)
{
    TCase *t = tcase_create("writer");
    tcase_add_loop_test(t, in_order, 0, N_OF(ways));
    tcase_add_test(t, no_folder);
    return t;
}
