/* SPDX-License-Identifier: Apache-2.0 */
#include "query/index_format.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/map.h"
#include "base/number.h"

static bool
read_at(int fd, void *p, size_t n, uint64_t at)
{
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(fd, (char *)p + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        done += (size_t)got;
    }
    return true;
}

bool
index_edges(int fd, uint64_t size, uint64_t *hash)
{
    char edges[2 * INDEX_PAGE];
    const size_t n = size < INDEX_PAGE ? (size_t)size : INDEX_PAGE;
    if (!read_at(fd, edges, n, 0) || !read_at(fd, edges + n, n, size - n))
        return false;
    *hash = hash64(sv_make(edges, 2 * n));
    return true;
}

bool
index_stat(int fd, struct index_head *h)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    h->size = (uint64_t)st.st_size;
    h->seconds = (int64_t)st.st_mtim.tv_sec;
    h->nanoseconds = (uint32_t)st.st_mtim.tv_nsec;
    return true;
}

uint64_t
index_hash(struct sv text)
{
    char folded[256];
    if (text.n > sizeof folded)
        text.n = sizeof folded; /* the rest cannot make it absent */
    for (size_t i = 0; i < text.n; i++)
        folded[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'Z' ? text.p[i] | 0x20 : text.p[i]);
    return hash64(sv_make(folded, text.n));
}

uint64_t
index_hash_number(double x)
{
    char text[NUMBER_TEXT_MAX + 1] = "#";
    const size_t n = number_format(x == 0 ? 0 : x, text + 1);
    return hash64(sv_make(text, n + 1));
}

uint64_t
index_block(uint64_t hash, uint64_t n_blocks)
{
    return (hash >> 32) * n_blocks >> 32;
}

void
index_bits(uint64_t hash, unsigned bit[8])
{
    uint64_t x = hash * UINT64_C(0x9e3779b97f4a7c15);
    for (int i = 0; i < 8; i++) {
        bit[i] = (unsigned)(x >> 32) & 511;
        x = (x << 7 | x >> 57) * UINT64_C(0x9e3779b97f4a7c15);
    }
}

/* ---- pages ---- */

static void
put_le(unsigned char **p, uint64_t x, unsigned n)
{
    store_le((char *)*p, x, n);
    *p += n;
}

static uint64_t
get_le(const unsigned char **p, unsigned n)
{
    const uint64_t x = load_le((const char *)*p, n);
    *p += n;
    return x;
}

static void
put_name(unsigned char **p, const char name[INDEX_NAME])
{
    memcpy(*p, name, INDEX_NAME);
    *p += INDEX_NAME;
}

static void
get_name(const unsigned char **p, char name[INDEX_NAME])
{
    memcpy(name, *p, INDEX_NAME);
    name[INDEX_NAME - 1] = '\0';
    *p += INDEX_NAME;
}

static int64_t
signed_of(uint64_t x)
{
    return x <= INT64_MAX ? (int64_t)x : -(int64_t)(UINT64_MAX - x) - 1;
}

static uint64_t
page_hash(const unsigned char page[INDEX_PAGE])
{
    return hash64(sv_make((const char *)page, PAGE_CHECKED));
}

void
index_page_seal(unsigned char page[INDEX_PAGE])
{
    unsigned char *p = page + PAGE_CHECKED;
    put_le(&p, page_hash(page), 8);
}

bool
index_page_good(const unsigned char page[INDEX_PAGE])
{
    const unsigned char *p = page + PAGE_CHECKED;
    return get_le(&p, 8) == page_hash(page);
}

void
index_head_put(const struct index_head *h, unsigned char page[INDEX_PAGE])
{
    unsigned char *p = page;
    memset(page, 0, INDEX_PAGE);
    memcpy(p, INDEX_MAGIC, 16);
    p += 16;
    put_le(&p, INDEX_VERSION, 4);
    put_le(&p, 0, 4);
    put_le(&p, h->size, 8);
    put_le(&p, (uint64_t)h->seconds, 8);
    put_le(&p, h->nanoseconds, 4);
    put_le(&p, 0, 4);
    put_le(&p, h->edges, 8);
    put_le(&p, h->definitions, 8);
    put_le(&p, h->counts.lines, 8);
    put_le(&p, h->counts.blank, 8);
    put_le(&p, h->counts.events, 8);
    put_le(&p, h->counts.rejects, 8);
    put_le(&p, h->timeless, 8);
    put_le(&p, (uint64_t)h->first, 8);
    put_le(&p, (uint64_t)h->last, 8);
    put_le(&p, h->bytes, 8);
    put_name(&p, h->source);
    put_name(&p, h->format);
    put_name(&p, h->compression);
    put_le(&p, INDEX_FIELDS_N, 4);
    put_le(&p, 0, 4);
    for (int i = 0; i < INDEX_FIELDS_N; i++) {
        put_le(&p, h->field[i].values, 8);
        put_le(&p, h->field[i].first_page, 4);
        put_le(&p, h->field[i].pages, 4);
    }
    index_page_seal(page);
}

bool
index_head_get(const unsigned char page[INDEX_PAGE], struct index_head *h)
{
    const unsigned char *p = page + 16;
    if (memcmp(page, INDEX_MAGIC, 16) != 0 || !index_page_good(page) || get_le(&p, 4) != INDEX_VERSION)
        return false;
    p += 4;
    h->size = get_le(&p, 8);
    h->seconds = signed_of(get_le(&p, 8));
    h->nanoseconds = (uint32_t)get_le(&p, 4);
    p += 4;
    h->edges = get_le(&p, 8);
    h->definitions = get_le(&p, 8);
    h->counts.lines = get_le(&p, 8);
    h->counts.blank = get_le(&p, 8);
    h->counts.events = get_le(&p, 8);
    h->counts.rejects = get_le(&p, 8);
    h->timeless = get_le(&p, 8);
    h->first = signed_of(get_le(&p, 8));
    h->last = signed_of(get_le(&p, 8));
    h->bytes = get_le(&p, 8);
    get_name(&p, h->source);
    get_name(&p, h->format);
    get_name(&p, h->compression);
    if (get_le(&p, 4) != INDEX_FIELDS_N)
        return false;
    p += 4;
    for (int i = 0; i < INDEX_FIELDS_N; i++) {
        h->field[i].values = get_le(&p, 8);
        h->field[i].first_page = (uint32_t)get_le(&p, 4);
        h->field[i].pages = (uint32_t)get_le(&p, 4);
    }
    return true;
}
