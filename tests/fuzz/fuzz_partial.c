/* SPDX-License-Identifier: Apache-2.0 */
/* What a partial result says beside its records. The first byte chooses: `m` the body of a manifest, which is given the
 * head and the checksum that it needs to be looked at; `w` a whole manifest, as it is; `f` findings; `r` rejects. What
 * can be read, written and read again is the same. */
#include "fuzz.h"

#include <string.h>

#include "base/codec.h"
#include "base/map.h"
#include "out/pack.h"
#include "run/partial_manifest.h"

const char fuzz_target[] = "partial";

static void
put_le(struct buf *b, uint64_t x, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        buf_putc(b, (char)(unsigned char)(x >> (8 * i)));
}

/* The head of every manifest of this version. */
static void
put_head(struct buf *b)
{
    struct manifest m;
    struct buf whole = BUF_INIT;
    manifest_init(&m);
    manifest_put(&whole, &m);
    buf_put(b, whole.p, 24); /* magic and versions */
    manifest_fini(&m);
    buf_fini(&whole);
}

static void
read_manifest(struct sv bytes, bool again)
{
    struct manifest m;
    struct arena a = ARENA_INIT;
    manifest_init(&m);
    if (manifest_get(&m, bytes, &a) == NULL) {
        struct buf out = BUF_INIT;
        manifest_put(&out, &m);
        for (size_t i = 0; i < m.files.n; i++)
            fuzz_require(manifest_file(&m, m.files.v[i].name) != NULL);
        if (again)
            read_manifest(buf_view(&out), false);
        else
            fuzz_require(sv_eq(buf_view(&out), bytes));
        buf_fini(&out);
    } else {
        fuzz_require(again); /* what was written can be read */
    }
    manifest_fini(&m);
    arena_fini(&a);
}

static void
read_body(struct sv body)
{
    struct buf b = BUF_INIT;
    put_head(&b);
    put_le(&b, body.n, 8);
    buf_sv(&b, body);
    put_le(&b, hash64(buf_view(&b)), 8);
    read_manifest(buf_view(&b), true);
    buf_fini(&b);
}

static void
read_findings(struct sv bytes)
{
    struct arena a = ARENA_INIT;
    struct reader r = reader_of(bytes);
    while (r.p != r.end && !r.bad) {
        struct finding f;
        struct finding g;
        struct buf once = BUF_INIT;
        struct buf twice = BUF_INIT;
        pack_get_finding(&r, &a, &f);
        if (r.bad)
            break;
        pack_finding(&once, &f);
        struct reader again = reader_of(buf_view(&once));
        pack_get_finding(&again, &a, &g);
        fuzz_require(!again.bad && again.p == again.end);
        pack_finding(&twice, &g);
        fuzz_require(sv_eq(buf_view(&once), buf_view(&twice)));
        buf_fini(&once);
        buf_fini(&twice);
    }
    arena_fini(&a);
}

static void
read_rejects(struct sv bytes)
{
    struct reader r = reader_of(bytes);
    while (r.p != r.end && !r.bad) {
        struct reject_row row;
        pack_get_reject(&r, &row);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct sv rest = sv_make((const char *)data + 1, size - 1);
    switch (data[0]) {
    case 'm':
        read_body(rest);
        break;
    case 'w':
        read_manifest(rest, true);
        break;
    case 'f':
        read_findings(rest);
        break;
    case 'r':
        read_rejects(rest);
        break;
    default:
        break;
    }
    return 0;
}
