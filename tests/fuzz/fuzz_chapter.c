/* SPDX-License-Identifier: Apache-2.0 */
/* Chapters (agg/chapter.h). Nothing that a file can hold may make the reader go out of its bounds; and what it takes
 * for a chapter is written again and read again, and must be the same.
 *
 * The first byte is the number of input files that there are, the rest the chapter. */
#include "fuzz.h"

#include <string.h>

#include "agg/chapter.h"

const char fuzz_target[] = "chapter";

enum { CORRS = 20 };

/* Reads a chapter as far as it is good, and writes it to another. Says whether all of it is. */
static bool
copy_chapter(struct chapter_reader *r, struct sv bytes, uint32_t n_files, struct buf *to)
{
    struct chapter_writer w;
    struct arena a = ARENA_INIT;
    const struct bundle *b;
    const char *extra;
    uint32_t corr;
    if (!chapter_open(r, bytes, n_files))
        return false;
    chapter_writer_init(&w, CORRS);
    chapter_begin(&w, r->head.cluster, r->head.key);
    while (chapter_next_past(r, &corr, &extra)) {
        fuzz_require(corr < CORRS);
        chapter_put_past(&w, corr, extra);
    }
    while ((b = chapter_next_bundle(r, &a)) != NULL) {
        fuzz_require(b->head.file < n_files && slip_pos(&b->head) >= 1 && slip_pos(&b->head) <= BUNDLE_MOST);
        chapter_put_bundle(&w, &b->head, b->head.file, b->hit, slip_pos(&b->head));
    }
    chapter_end(&w, r->head.wake, r->head.due, to);
    chapter_writer_fini(&w);
    arena_fini(&a);
    return chapter_is_whole(r);
}

static void
require_same(const struct bundle *a, const struct bundle *b)
{
    fuzz_require(a->head.time == b->head.time && a->head.line == b->head.line && a->head.file == b->head.file);
    fuzz_require(a->head.pos_flags == b->head.pos_flags && a->head.uid_tag == b->head.uid_tag);
    fuzz_require(packed_eq(a->head.facts, b->head.facts) && packed_eq(a->head.extra, b->head.extra));
    fuzz_require(sv_eq(slip_uid(&a->head), slip_uid(&b->head)) && sv_eq(slip_tie(&a->head), slip_tie(&b->head)));
    for (size_t i = 0; i < slip_pos(&a->head); i++) {
        const struct bundle_hit *x = &a->hit[i], *y = &b->hit[i];
        fuzz_require(x->corr < CORRS && x->corr == y->corr && x->pos == y->pos);
        fuzz_require(packed_eq(x->payload, y->payload) && packed_eq(x->evidence, y->evidence));
    }
}

static void
compare_chapters(struct sv one, struct sv other, uint32_t n_files)
{
    struct chapter_reader r[2];
    struct arena a = ARENA_INIT;
    const struct bundle *x, *y;
    const char *extra[2];
    uint32_t corr[2];
    chapter_reader_init(&r[0], CORRS);
    chapter_reader_init(&r[1], CORRS);
    fuzz_require(chapter_open(&r[0], one, n_files) && chapter_open(&r[1], other, n_files));
    fuzz_require(r[0].head.cluster == r[1].head.cluster && packed_eq(r[0].head.key, r[1].head.key));
    fuzz_require(r[0].head.wake == r[1].head.wake && r[0].head.due == r[1].head.due);
    while (chapter_next_past(&r[0], &corr[0], &extra[0])) {
        fuzz_require(chapter_next_past(&r[1], &corr[1], &extra[1]));
        fuzz_require(corr[0] == corr[1] && packed_eq(extra[0], extra[1]));
    }
    while ((x = chapter_next_bundle(&r[0], &a)) != NULL) {
        fuzz_require((y = chapter_next_bundle(&r[1], &a)) != NULL);
        require_same(x, y);
    }
    fuzz_require(chapter_next_bundle(&r[1], &a) == NULL && chapter_is_whole(&r[1]));
    chapter_reader_fini(&r[0]);
    chapter_reader_fini(&r[1]);
    arena_fini(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct chapter_reader r;
    struct buf copy = BUF_INIT;
    if (size == 0)
        return 0;
    const struct sv bytes = sv_make((const char *)data + 1, size - 1);
    chapter_reader_init(&r, CORRS);
    if (copy_chapter(&r, bytes, data[0], &copy))
        compare_chapters(bytes, buf_view(&copy), data[0]);
    chapter_reader_fini(&r);
    buf_fini(&copy);
    return 0;
}
