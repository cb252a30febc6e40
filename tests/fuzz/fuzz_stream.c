/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed streams: any bytes as a file. Held against zlib's own gzread-like loop: where zlib inflates the whole
 * input as whole members, the program must deliver exactly that text and call nothing damaged. */
#include <string.h>
#include <zlib.h>

#include "fuzz.h"

const char fuzz_target[] = "stream";

/* A few kilobytes of gzip can mean gigabytes; the comparison stops here. */
#define TEXT_LIMIT ((size_t)1 << 22)

/* Inflates one member onto text. The number of bytes it took, 0 if it is not whole and sound. */
static size_t
reference_member(const uint8_t *data, size_t size, struct buf *text)
{
    z_stream z;
    int status;

    memset(&z, 0, sizeof z);
    fuzz_require(inflateInit2(&z, 15 + 16) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    do {
        buf_grow(text, 4096);
        z.next_out = (Bytef *)text->p + text->n;
        z.avail_out = (uInt)(text->cap - text->n);
        const uInt room = z.avail_out;
        status = inflate(&z, Z_NO_FLUSH);
        text->n += room - z.avail_out;
    } while (status == Z_OK && text->n < TEXT_LIMIT);
    const size_t taken = size - z.avail_in;
    inflateEnd(&z);
    return status == Z_STREAM_END ? taken : 0;
}

static bool
reference_inflate(const uint8_t *data, size_t size, struct buf *text)
{
    if (size == 0)
        return false;
    for (size_t at = 0; at < size;) {
        const size_t taken = reference_member(data + at, size - at, text);
        if (taken == 0)
            return false;
        at += taken;
    }
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_log log;
    struct buf text = BUF_INIT;

    fuzz_log_read(&log, "jsonl", data, size, 4096);
    if (reference_inflate(data, size, &text)) {
        fuzz_require(!log.damaged);
        if (!log.too_long) {
            fuzz_require(log.text.n == text.n);
            fuzz_require(text.n == 0 || memcmp(log.text.p, text.p, text.n) == 0);
        }
    }
    buf_fini(&text);
    fuzz_log_fini(&log);
    return 0;
}
