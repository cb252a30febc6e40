/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of records (agg/segment.h). Nothing that a file can hold may make the reader go out of its bounds; and what
 * it takes for records is written again and read again, and must be the same.
 *
 * The first byte says how the rest is taken. 0: as the segment. Else: as one block's records, that many of them, for
 * which a header with a right checksum is made: otherwise no changed byte would get past the checksum. */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "agg/segment.h"
#include "base/atomicfile.h"
#include "base/map.h"

const char fuzz_target[] = "segment";

static void
put_le(struct buf *b, uint64_t x, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        buf_putc(b, (char)(unsigned char)(x >> (8 * i)));
}

/* A block whose bytes are stored as they are. */
static void
make_block(struct buf *to, struct sv records, unsigned n)
{
    struct buf checked = BUF_INIT;
    put_le(&checked, records.n, 4);
    put_le(&checked, records.n, 4);
    put_le(&checked, n, 4);
    put_le(&checked, 0, 4);
    buf_sv(to, buf_view(&checked));
    buf_sv(&checked, records);
    put_le(to, hash64(buf_view(&checked)), 8);
    buf_sv(to, records);
    buf_fini(&checked);
}

static void
require_same(const struct record *a, const struct record *b)
{
    fuzz_require(a->corr == b->corr && a->hash == b->hash && a->time == b->time && a->pos == b->pos);
    fuzz_require(a->at.file == b->at.file && a->at.line == b->at.line && a->flags == b->flags);
    fuzz_require(sv_eq(a->key, b->key) && sv_eq(a->tie, b->tie) && sv_eq(a->uid, b->uid));
    fuzz_require(sv_eq(a->facts, b->facts) && sv_eq(a->payload, b->payload));
}

/* Copies the segment record by record, as far as it is good. Says whether all of it is. */
static bool
copy_segment(const struct segment *from, int fd, struct segment *to)
{
    struct segment_writer w = { .error = 0 };
    struct segment_reader *in = segment_open(from);
    struct record r;
    segment_begin(&w, fd, "copy", 0);
    while (segment_next(in, &r))
        segment_put(&w, &r);
    const bool ok = segment_failed(in) == NULL;
    segment_close(in);
    fuzz_require(segment_end(&w, to));
    segment_writer_fini(&w);
    return ok;
}

static void
compare_segments(const struct segment *a, const struct segment *b)
{
    struct segment_reader *x = segment_open(a);
    struct segment_reader *y = segment_open(b);
    struct record p, q;
    for (uint64_t i = 0; i < b->n; i++) {
        fuzz_require(segment_next(x, &p) && segment_next(y, &q));
        require_same(&p, &q);
    }
    fuzz_require(!segment_next(y, &q) && segment_failed(y) == NULL);
    segment_close(x);
    segment_close(y);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf bytes = BUF_INIT;
    if (size == 0)
        return 0;
    const struct sv rest = sv_make((const char *)data + 1, size - 1);
    if (data[0] == 0)
        buf_sv(&bytes, rest);
    else
        make_block(&bytes, rest, data[0]);
    const int from = atomic_unnamed(".");
    const int to = atomic_unnamed(".");
    fuzz_require(from >= 0 && to >= 0);
    fuzz_require(write(from, bytes.p != NULL ? bytes.p : "", bytes.n) == (ssize_t)bytes.n);
    struct segment s = { .fd = from, .name = "segment", .bytes = bytes.n, .n = data[0] != 0 ? data[0] : 2 };
    struct segment copy;
    const bool ok = copy_segment(&s, to, &copy);
    fuzz_require(copy.n <= s.n && (!ok || copy.n == s.n));
    compare_segments(&s, &copy);
    close(from);
    close(to);
    buf_fini(&bytes);
    return 0;
}
