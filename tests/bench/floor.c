/* SPDX-License-Identifier: Apache-2.0 */
/* The floor under every figure: inflate gzip files, check their sums, and do nothing with the bytes.
 *
 *   floor isal|zlib JOBS FILE...
 *
 * JOBS threads take the next file until there is none; each writes into one buffer that stays in its L2 cache, as a
 * program that looks at the bytes would have to. Prints the number of inflated bytes. What authsift needs beyond this
 * is what it costs; nothing that reads these files with these libraries can be faster. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <unistd.h>

#include <zlib.h>
#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

enum { IN_SIZE = 64 << 10, OUT_SIZE = 256 << 10, JOBS_MAX = 256 };

struct job {
    char **file;
    int n_files;
    _Atomic int next;
    _Atomic uint64_t bytes;
    atomic_bool failed;
    bool (*inflate)(int fd, unsigned char *in, unsigned char *out, uint64_t *bytes);
};

static bool
inflate_zlib(int fd, unsigned char *in, unsigned char *out, uint64_t *bytes)
{
    z_stream z = { 0 };
    int rc = inflateInit2(&z, 15 + 16);
    ssize_t n = 0;
    while (rc == Z_OK && (n = read(fd, in, IN_SIZE)) > 0) {
        z.next_in = in;
        z.avail_in = (uInt)n;
        do {
            z.next_out = out;
            z.avail_out = OUT_SIZE;
            rc = inflate(&z, Z_NO_FLUSH);
            *bytes += OUT_SIZE - z.avail_out;
        } while (rc == Z_OK && z.avail_out == 0);
        if (rc == Z_BUF_ERROR)
            rc = Z_OK;
    }
    inflateEnd(&z);
    return rc == Z_STREAM_END;
}

#ifdef HAVE_ISAL
static bool
inflate_isal(int fd, unsigned char *in, unsigned char *out, uint64_t *bytes)
{
    struct inflate_state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return false;
    isal_inflate_init(s);
    s->crc_flag = ISAL_GZIP;
    ssize_t n = 0;
    int rc = ISAL_DECOMP_OK;
    while (rc == ISAL_DECOMP_OK && s->block_state != ISAL_BLOCK_FINISH && (n = read(fd, in, IN_SIZE)) > 0) {
        s->next_in = in;
        s->avail_in = (uint32_t)n;
        do {
            /* ISA-L copies its history at the end of every call: a full buffer at a time. */
            if (s->avail_out == 0) {
                s->next_out = out;
                s->avail_out = OUT_SIZE;
            }
            const uint32_t room = s->avail_out;
            rc = isal_inflate(s);
            *bytes += room - s->avail_out;
        } while (rc == ISAL_DECOMP_OK && s->block_state != ISAL_BLOCK_FINISH && s->avail_out == 0);
    }
    const bool ok = rc == ISAL_DECOMP_OK && s->block_state == ISAL_BLOCK_FINISH;
    free(s);
    return ok;
}
#endif

static void *
work(void *arg)
{
    struct job *j = arg;
    unsigned char *buf = malloc(IN_SIZE + OUT_SIZE);
    uint64_t bytes = 0;
    for (int i; buf != NULL && (i = atomic_fetch_add(&j->next, 1)) < j->n_files;) {
        const int fd = open(j->file[i], O_RDONLY);
        if (fd < 0 || !j->inflate(fd, buf, buf + IN_SIZE, &bytes)) {
            fprintf(stderr, "floor: %s: cannot inflate\n", j->file[i]);
            atomic_store(&j->failed, true);
        }
        if (fd >= 0)
            close(fd);
    }
    if (buf == NULL)
        atomic_store(&j->failed, true);
    atomic_fetch_add(&j->bytes, bytes);
    free(buf);
    return NULL;
}

int
main(int argc, char **argv)
{
    struct job j = { 0 };
    const long jobs = argc > 3 ? strtol(argv[2], NULL, 10) : 0;
    if (jobs < 1 || jobs > JOBS_MAX) {
        fputs("usage: floor isal|zlib JOBS FILE...\n", stderr);
        return 2;
    }
    j.file = argv + 3;
    j.n_files = argc - 3;
    if (strcmp(argv[1], "zlib") == 0)
        j.inflate = inflate_zlib;
#ifdef HAVE_ISAL
    if (strcmp(argv[1], "isal") == 0)
        j.inflate = inflate_isal;
#endif
    if (j.inflate == NULL) {
        fprintf(stderr, "floor: built without %s\n", argv[1]);
        return 2;
    }
    pthread_t thread[JOBS_MAX];
    int started = 0;
    while (started < jobs - 1 && pthread_create(&thread[started], NULL, work, &j) == 0)
        started++;
    work(&j);
    while (started > 0)
        pthread_join(thread[--started], NULL);
    printf("%llu\n", (unsigned long long)atomic_load(&j.bytes));
    return atomic_load(&j.failed) ? 1 : 0;
}
