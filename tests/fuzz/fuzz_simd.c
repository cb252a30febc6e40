/* SPDX-License-Identifier: Apache-2.0 */
/* Every vector row on the same lines: each must answer as the portable one does, and as it does for a line by itself,
 * of which no shape is known. The first byte chooses the wanted paths; what follows is lines, which are read twice, so
 * that the second time every shape is known that will be. */
#include "fuzz.h"

#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "event/event.h"
#include "input/format.h"
#include "input/json.h"
#include "input/simd.h"

const char fuzz_target[] = "simd";

/* Sanitizers make a new walk per line slow. */
#define SIZE_LIMIT ((size_t)64 << 10)

static const char *const wanted[][4] = {
    { "time", "uid", "a.b", NULL },
    { "a", "a.b", "a.b.c", "x" },
    { "a.a", "a.a.a", "b.c", "b" },
    { "oauth.scopes", "actor.user.uid", "time", "a b" },
};

struct walker {
    struct json *j;
    struct trie *trie;
    struct value *slots;
    uint64_t *found;
    struct arena scratch;
    struct buf answer;
};

static void
walker_open(struct walker *w, uint8_t choice, const struct simd *simd)
{
    struct input_limits limits = INPUT_LIMITS_DEFAULT;

    memset(w, 0, sizeof *w);
    limits.simd = simd;
    w->j = json_new(&limits);
    w->trie = trie_new((choice & 4) != 0);
    for (size_t i = 0; i < 4 && wanted[choice % 4][i] != NULL; i++)
        trie_add(w->trie, sv_of(wanted[choice % 4][i]));
    trie_freeze(w->trie);
    w->slots = mem_zalloc(w->trie->n_slots + 1, sizeof *w->slots);
    w->found = mem_zalloc(found_words(w->trie->n_slots) + 1, sizeof *w->found);
}

static void
walker_close(struct walker *w)
{
    json_free(w->j);
    trie_free(w->trie);
    mem_free(w->slots);
    mem_free(w->found);
    arena_fini(&w->scratch);
    buf_fini(&w->answer);
}

static void
show(struct buf *out, const struct value *v, const char *record)
{
    buf_printf(out, "(%u %u %u", v->kind, v->flags, v->rank);
    if (v->kind == VALUE_STRING || v->kind == VALUE_NUMBER)
        buf_printf(out, " %td %u", (const char *)v->p - record, v->n);
    for (uint32_t i = 0; v->kind == VALUE_LIST && i < v->n; i++)
        show(out, &v->members[i], record);
    buf_putc(out, ')');
}

/* What the walk says of a record, in w->answer. */
static void
walker_take(struct walker *w, struct sv record)
{
    enum reject_id why = REJECT_COUNT_;
    const size_t n = w->trie->n_slots;

    arena_reset(&w->scratch);
    const struct extraction x = {
        .record = record, .trie = w->trie, .slots = w->slots, .found = w->found, .scratch = &w->scratch
    };
    const enum record_kind kind = json_walk(w->j, &x, &why);
    buf_reset(&w->answer);
    buf_printf(&w->answer, "%d %d ", (int)kind, kind == RECORD_REJECT ? (int)why : -1);
    for (size_t i = 0; i < n && kind == RECORD_EVENT; i++)
        show(&w->answer, &w->slots[i], record.p);
    memset(w->slots, 0, n * sizeof *w->slots);
    memset(w->found, 0, found_words(n) * sizeof *w->found);
}

/* Bytes of the line at the front of text, without its end. */
static size_t
line_of(struct sv text)
{
    const char *end = memchr(text.p, '\n', text.n);
    return end != NULL ? (size_t)(end - text.p) : text.n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct walker row[8];
    size_t n_rows = 0;

    if (size < 2 || size > SIZE_LIMIT)
        return 0;
    const uint8_t choice = data[0];
    char *block = mem_zalloc(size - 1 + INPUT_PAD, 1);
    memcpy(block, data + 1, size - 1);
    for (; n_rows < 8 && simd_available(n_rows) != NULL; n_rows++)
        walker_open(&row[n_rows], choice, simd_available(n_rows));
    for (int round = 0; round < 2; round++) {
        for (size_t at = 0; at < size - 1;) {
            const struct sv line = { block + at, line_of(sv_make(block + at, size - 1 - at)) };
            struct walker alone;
            walker_open(&alone, choice, simd_find(SV("portable")));
            walker_take(&alone, line);
            for (size_t i = 0; i < n_rows; i++) {
                walker_take(&row[i], line);
                fuzz_require(sv_eq(buf_view(&row[i].answer), buf_view(&alone.answer)));
            }
            walker_close(&alone);
            at += line.n + 1;
        }
    }
    for (size_t i = 0; i < n_rows; i++) {
        /* Line ends of any bytes. */
        fuzz_require(simd_available(i)->count_lines(block, size - 1) ==
                     simd_available(0)->count_lines(block, size - 1));
        walker_close(&row[i]);
    }
    mem_free(block);
    return 0;
}
