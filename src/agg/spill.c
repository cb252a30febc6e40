/* SPDX-License-Identifier: Apache-2.0 */
/* The shares of the limit, and the first failure. The failure's text is written once, under the lock, before the flag
 * is set that lets others read it. */
#include "agg/spill.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "agg/segment.h"
#include "base/atomicfile.h"
#include "base/buf.h"
#include "base/mem.h"

/* What a share comes to at least, so that a store fills its pages before it is written (a page of slips per bin), and
 * merging goes on by more than two at a time. */
#define STORE_FLOOR ((uint64_t)2 << 20)
#define INVENTORY_FLOOR ((uint64_t)1 << 20)
#define GROUP_FLOOR ((uint64_t)1 << 19)
#define FAN_IN_FLOOR 8u
/* More segments at a time make no merge faster, and each may come from a file of its own. */
#define FAN_IN_MOST 512u
#define FORCED_FAN_IN 3u

struct spill {
    uint64_t memory;
    const char *tmpdir;
    unsigned n_workers;
    uint64_t forced; /* records; 0: not forced */
    struct buf name;
    atomic_uint_fast64_t bytes;
    atomic_uint_fast64_t segments;
    pthread_mutex_t lock; /* covers why, until failed is set; then it does not change */
    struct buf why;
    atomic_bool failed;
};

struct spill *
spill_new(uint64_t memory, const char *tmpdir, unsigned n_workers)
{
    struct spill *s = mem_zalloc(1, sizeof *s);
    s->memory = memory;
    s->tmpdir = tmpdir;
    s->n_workers = n_workers != 0 ? n_workers : 1;
    pthread_mutex_init(&s->lock, NULL);
    buf_printf(&s->name, "the spill file in %s", tmpdir);
    buf_cstr(&s->name);
    return s;
}

void
spill_free(struct spill *s)
{
    if (s == NULL)
        return;
    pthread_mutex_destroy(&s->lock);
    buf_fini(&s->name);
    buf_fini(&s->why);
    mem_free(s);
}

void
spill_force(struct spill *s, uint64_t records)
{
    s->forced = records;
}

/* Of each worker, `eighths` of the limit taken together. */
static uint64_t
share(const struct spill *s, unsigned eighths, uint64_t floor)
{
    const uint64_t x = s->memory / 8 * eighths / s->n_workers;
    return x > floor ? x : floor;
}

uint64_t
spill_store_limit(const struct spill *s)
{
    return share(s, 5, STORE_FLOOR);
}

uint64_t
spill_inventory_limit(const struct spill *s)
{
    return share(s, 1, INVENTORY_FLOOR);
}

uint64_t
spill_chain_limit(const struct spill *s)
{
    return share(s, 2, STORE_FLOOR);
}

uint64_t
spill_group_limit(const struct spill *s)
{
    return share(s, 2, GROUP_FLOOR);
}

unsigned
spill_fan_in(const struct spill *s)
{
    if (s->forced != 0)
        return FORCED_FAN_IN;
    const uint64_t n = share(s, 2, 0) / SEGMENT_READER_BYTES;
    if (n < FAN_IN_FLOOR)
        return FAN_IN_FLOOR;
    return n < FAN_IN_MOST ? (unsigned)n : FAN_IN_MOST;
}

uint64_t
spill_records_limit(const struct spill *s)
{
    return s->forced != 0 ? s->forced : UINT64_MAX;
}

int
spill_open(struct spill *s)
{
    const int fd = atomic_unnamed(s->tmpdir);
    if (fd < 0)
        spill_fail(s, "cannot make", s->name.p, errno);
    return fd;
}

const char *
spill_name(const struct spill *s)
{
    return s->name.p;
}

static bool
is_about_room(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EROFS || error == EACCES ||
           error == ENOENT || error == ENOTDIR;
}

void
spill_fail(struct spill *s, const char *what, const char *name, int error)
{
    pthread_mutex_lock(&s->lock);
    if (!atomic_load(&s->failed)) {
        buf_puts(&s->why, what);
        if (name != NULL)
            buf_printf(&s->why, " %s", name);
        if (error != 0)
            buf_printf(&s->why, ": %s", strerror(error));
        if (is_about_room(error))
            buf_puts(&s->why, "; --tmpdir names another folder, --memory raises the limit");
        buf_cstr(&s->why);
        atomic_store(&s->failed, true);
    }
    pthread_mutex_unlock(&s->lock);
    errno = error;
}

bool
spill_failed(const struct spill *s)
{
    return atomic_load_explicit(&s->failed, memory_order_acquire);
}

enum err
spill_status(const struct spill *s, struct diags *d)
{
    if (!spill_failed(s))
        return ERR_OK;
    diag_error(d, SPAN_NONE, "%s", s->why.p);
    return ERR_OUTPUT;
}

void
spill_count(struct spill *s, uint64_t bytes)
{
    atomic_fetch_add_explicit(&s->bytes, bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->segments, 1, memory_order_relaxed);
}

uint64_t
spill_memory(const struct spill *s)
{
    return s->memory;
}

uint64_t
spill_bytes(const struct spill *s)
{
    return atomic_load_explicit(&s->bytes, memory_order_relaxed);
}

uint64_t
spill_segments(const struct spill *s)
{
    return atomic_load_explicit(&s->segments, memory_order_relaxed);
}
