/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to make fields of lines, for each set of vector instructions:
 *
 *   json FILE [TURNS]         FILE: JSON Lines, as authsift-sample writes them
 *
 * Prints GB/s of one core, the best of TURNS [9] turns, which all rows take in turn:
 *
 *   lines     counting line ends
 *   18, 4     the walk for that many of the paths below (a rule pack; a rule with two predicates)
 *   no shape  the same 18 paths, but every line is walked as if it were like no other
 *   memory    memchr for a byte that is not there: what reading alone costs, in the row of the C library
 *
 * Blocks are as large as in a scan and are copied before they are timed, so they are in the second-level cache, as
 * they are behind an inflater. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/bits.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/number.h"
#include "input/format.h"
#include "input/json.h"
#include "input/json_state.h"
#include "input/simd.h"

enum { BLOCK = 256 << 10, ROWS_MAX = 8 };

enum job { LINES, WALK_18, WALK_4, NO_SHAPE, N_JOBS };

static const char *const paths[] = {
    "time",
    "action",
    "uid",
    "oauth.app_name",
    "outcome",
    "actor.user.uid",
    "actor.session.uid",
    "device.uid",
    "src_endpoint.ip",
    "src_endpoint.asn",
    "src_endpoint.location.country",
    "src_endpoint.location.lat",
    "src_endpoint.location.long",
    "http_request.user_agent",
    "oauth.app_uid",
    "oauth.scopes",
    "post.text",
    "target.uid",
};

/* Of this process: what else the machine does matters less to it than to the clock on the wall. */
static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct walker {
    struct json *j;
    struct trie *trie;
    struct value *slots;
    uint64_t *found;
    struct arena scratch;
    size_t events;
};

static void
walker_open(struct walker *w, size_t n_paths, const struct simd *row)
{
    struct input_limits limits = INPUT_LIMITS_DEFAULT;
    limits.simd = row;
    *w = (struct walker){ .j = json_new(&limits), .trie = trie_new(false), .scratch = ARENA_INIT };
    for (size_t i = 0; i < n_paths; i++)
        trie_add(w->trie, sv_of(paths[i]));
    trie_freeze(w->trie);
    w->slots = mem_zalloc(w->trie->n_slots, sizeof *w->slots);
    w->found = mem_zalloc(found_words(w->trie->n_slots), sizeof *w->found);
}

static void
walker_close(struct walker *w)
{
    json_free(w->j);
    trie_free(w->trie);
    mem_free(w->slots);
    mem_free(w->found);
    arena_fini(&w->scratch);
}

static void
walk_line(struct walker *w, struct sv line)
{
    enum reject_id why;
    const struct extraction x = {
        .record = line, .trie = w->trie, .slots = w->slots, .found = w->found, .scratch = &w->scratch
    };
    arena_reset(&w->scratch);
    w->events += json_walk(w->j, &x, &why) == RECORD_EVENT;
    for (size_t i = 0; i < found_words(w->trie->n_slots); i++) {
        for (uint64_t bits = w->found[i]; bits != 0; bits &= bits - 1)
            w->slots[64 * i + bits_lowest(bits)] = (struct value){ 0 };
        w->found[i] = 0;
    }
}

static void
walk_block(struct walker *w, struct sv block, bool shapes)
{
    for (size_t at = 0; at < block.n;) {
        const size_t end = cut_line_end(block, at);
        if (!shapes)
            w->j->shapes[0].rest = 2;
        walk_line(w, sv_make(block.p + at, end - at));
        at = end + 1;
    }
}

static void
run(enum job job, const struct simd *row, struct walker *w, struct sv block)
{
    static volatile size_t lines;
    if (job == LINES)
        lines = row->count_lines(block.p, block.n);
    else
        walk_block(w, block, job != NO_SHAPE);
    (void)lines;
}

/* GB/s over the whole text. */
static double
turn(enum job job, const struct simd *row, struct sv text)
{
    char *copy = mem_zalloc(BLOCK + INPUT_PAD, 1);
    struct walker w;
    double seconds = 0;
    size_t read = 0;
    walker_open(&w, job == WALK_4 ? 4 : sizeof paths / sizeof paths[0], row);
    for (size_t at = 0; at < text.n;) {
        const size_t room = text.n - at < BLOCK ? text.n - at : BLOCK;
        const size_t n = cut_whole_lines(sv_make(text.p + at, room));
        if (n == 0)
            break;
        memcpy(copy, text.p + at, n);
        memset(copy + n, 0, INPUT_PAD);
        const double start = now();
        run(job, row, &w, sv_make(copy, n));
        seconds += now() - start;
        at += n;
        read += n;
    }
    walker_close(&w);
    mem_free(copy);
    return (double)read / seconds / 1e9;
}

static double
memory_turn(struct sv text)
{
    static const void *volatile found;
    const double start = now();
    for (size_t at = 0; at < text.n; at += BLOCK)
        for (int i = 0; i < 4; i++)
            found = memchr(text.p + at, 1, text.n - at < BLOCK ? text.n - at : BLOCK);
    (void)found;
    return 4 * (double)text.n / (now() - start) / 1e9;
}

int
main(int argc, char **argv)
{
    struct buf text = BUF_INIT;
    double best[ROWS_MAX][N_JOBS] = { { 0 } };
    double memory = 0;
    uint64_t turns = 9;
    const struct simd *row;
    if (argc < 2 || (argc > 2 && !number_parse_u64(sv_of(argv[2]), &turns)) ||
        !buf_read_file(&text, argv[1], (size_t)1 << 32)) {
        fputs("usage: json FILE [TURNS]\n", stderr);
        return 2;
    }
    for (uint64_t t = 0; t < turns; t++) {
        for (size_t i = 0; i < ROWS_MAX && (row = simd_available(i)) != NULL; i++) {
            for (enum job job = LINES; job < N_JOBS; job++) {
                const double speed = turn(job, row, buf_view(&text));
                best[i][job] = speed > best[i][job] ? speed : best[i][job];
            }
        }
        const double speed = memory_turn(buf_view(&text));
        memory = speed > memory ? speed : memory;
    }
    printf("%-10s %8s %8s %8s %8s %8s\n", "GB/s", "lines", "18", "4", "no shape", "memory");
    for (size_t i = 0; i < ROWS_MAX && (row = simd_available(i)) != NULL; i++)
        printf("%-10s %8.2f %8.2f %8.2f %8.2f\n", row->name, best[i][LINES], best[i][WALK_18], best[i][WALK_4],
               best[i][NO_SHAPE]);
    printf("%-10s %8s %8s %8s %8s %8.2f\n", "memchr", "", "", "", "", memory);
    buf_fini(&text);
    return 0;
}
