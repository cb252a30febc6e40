/* SPDX-License-Identifier: Apache-2.0 */
/* Pages are given back with madvise, which leaves the addresses valid; POSIX has only posix_madvise, which may do
 * nothing, and then it is the system that takes pages when it needs them.
 *
 * A sweep looks back: the hits that leave a window lie far behind those that enter it, and each look brings pages in
 * again. So it is not enough to give back what has just been read. All that lies behind is given back as well, but as
 * that costs a walk over page tables, only after a stretch that grows with what is behind. */
#define _DEFAULT_SOURCE /* madvise */

#include "agg/spool.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BUFFER ((size_t)1 << 17)
#define STEP_MOST ((uint64_t)8 << 20)
#define STEP_LEAST ((uint64_t)256 << 10)
#define ALL_SHARE 1024u          /* of what is behind: as much is read before all of it is given back */
#define LOOK ((uint64_t)1 << 16) /* a look at one place brings in that much, about: systems map around faults */

void
spool_init(struct spool *s, struct spill *spill)
{
    *s = (struct spool){ .spill = spill, .fd = -1 };
    s->step = spill_group_limit(spill) / 8;
    if (s->step > STEP_MOST)
        s->step = STEP_MOST;
    if (s->step < STEP_LEAST)
        s->step = STEP_LEAST;
}

void
spool_fini(struct spool *s)
{
    if (s->map != NULL)
        munmap((void *)(uintptr_t)s->map, (size_t)s->n);
    if (s->fd >= 0)
        close(s->fd);
    buf_fini(&s->buf);
    s->map = NULL;
    s->fd = -1;
}

static bool
fail(struct spool *s, const char *what, int error)
{
    if (!s->failed)
        spill_fail(s->spill, what, spill_name(s->spill), error);
    s->failed = true;
    return false;
}

static bool
flush(struct spool *s)
{
    if (s->fd < 0 && (s->fd = spill_open(s->spill)) < 0) {
        s->failed = true; /* spill_open has said so */
        return false;
    }
    for (size_t done = 0; done < s->buf.n;) {
        const ssize_t n = write(s->fd, s->buf.p + done, s->buf.n - done);
        if (n < 0 && errno != EINTR)
            return fail(s, "cannot write to", errno);
        if (n > 0)
            done += (size_t)n;
    }
    buf_reset(&s->buf);
    return true;
}

bool
spool_wrote(struct spool *s, size_t n)
{
    s->n += n;
    if (s->failed)
        buf_reset(&s->buf);
    else if (s->buf.n >= BUFFER)
        flush(s);
    return !s->failed;
}

bool
spool_patch(struct spool *s, uint64_t at, const void *p, size_t n)
{
    const uint64_t written = s->n - s->buf.n;
    if (s->failed)
        return false;
    if (at >= written) {
        memcpy(s->buf.p + (at - written), p, n);
        return true;
    }
    /* Buffers end where something that is patched ends: it lies on one side. */
    ssize_t done;
    do {
        done = pwrite(s->fd, p, n, (off_t)at);
    } while (done < 0 && errno == EINTR);
    if (done != (ssize_t)n)
        return fail(s, "cannot write to", done < 0 ? errno : EIO);
    return true;
}

bool
spool_seal(struct spool *s)
{
    if (s->failed || s->n == 0)
        return !s->failed;
    if (s->buf.n != 0 && !flush(s))
        return false;
    buf_fini(&s->buf);
    if (s->n > SIZE_MAX)
        return fail(s, "cannot map", EFBIG);
    void *map = mmap(NULL, (size_t)s->n, PROT_READ, MAP_SHARED, s->fd, 0);
    if (map == MAP_FAILED)
        return fail(s, "cannot map", errno);
    s->map = map;
    spill_count(s->spill, s->n);
    close(s->fd); /* the mapping holds the file */
    s->fd = -1;
    return true;
}

static void
give_back(const struct spool *s, uint64_t from, uint64_t to)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    from -= from % page;
    to -= to % page;
    if (from >= to)
        return;
    /* Nothing is lost but memory if the system does not want the advice. */
    void *start = (void *)(uintptr_t)(s->map + from);
#ifdef MADV_DONTNEED
    const int ignored = madvise(start, (size_t)(to - from), MADV_DONTNEED);
#else
    const int ignored = posix_madvise(start, (size_t)(to - from), POSIX_MADV_DONTNEED);
#endif
    (void)ignored;
}

void
spool_pass_slow(struct spool *s, uint64_t at)
{
    const uint64_t keep = s->step / 8; /* the hits that were read last are looked at again */
    const uint64_t end = at > keep ? at - keep : 0;
    const uint64_t all = at / ALL_SHARE > s->step ? at / ALL_SHARE : s->step;
    if (s->map == NULL)
        return;
    if (at - s->given_all >= all) {
        give_back(s, 0, end);
        s->given_all = at;
    } else {
        give_back(s, s->given > keep ? s->given - keep : 0, end);
    }
    s->given = at;
}

void
spool_look(struct spool *s)
{
    if (++s->looks * LOOK < s->step || s->n < s->step)
        return;
    give_back(s, 0, s->n);
    s->looks = 0;
}

void
spool_rewind(struct spool *s)
{
    if (s->map != NULL)
        give_back(s, 0, s->n);
    s->given = s->given_all = 0;
    s->looks = 0;
}
