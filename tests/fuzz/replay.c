/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzzer over its seeds without libFuzzer, so that every crash once found stays found in `make check`.
 *
 *     fuzz_TARGET                 the seeds of tests/fuzz/corpus/TARGET below $top_srcdir; TAP
 *     fuzz_TARGET FILE...         these
 *     fuzz_TARGET --unpack DIR    writes the seeds into DIR as bytes, for libFuzzer
 *
 * A seed is text, or, if its name ends in .hex, bytes in hexadecimal: blanks do not matter, `#` starts a comment. Each
 * seed is also tried cut short at every byte and with every byte changed, which is where hand-written parsers break.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "fuzz.h"

/* Seeds above this size are tried as they are only: the work is quadratic. */
#define MUTATE_LIMIT 1024
#define FILE_LIMIT   ((size_t)16 << 20)

struct seeds {
    char **path;
    size_t n;
};

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
seeds_add(struct seeds *s, const char *folder, const char *name)
{
    struct buf path = BUF_INIT;

    buf_printf(&path, "%s/%s", folder, name);
    buf_putc(&path, '\0');
    s->path = realloc(s->path, (s->n + 1) * sizeof *s->path);
    fuzz_require(s->path != NULL);
    s->path[s->n++] = path.p;
}

static void
seeds_find(struct seeds *s)
{
    const char *top = getenv("top_srcdir");
    struct buf folder = BUF_INIT;

    buf_printf(&folder, "%s/tests/fuzz/corpus/%s", top != NULL ? top : ".", fuzz_target);
    DIR *dir = opendir(buf_cstr(&folder));
    if (dir == NULL) {
        printf("Bail out! cannot read %s: %s\n", buf_cstr(&folder), strerror(errno));
        exit(1);
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            seeds_add(s, buf_cstr(&folder), entry->d_name);
    closedir(dir);
    buf_fini(&folder);
    qsort(s->path, s->n, sizeof *s->path, by_name);
}

static void
seeds_free(struct seeds *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->path[i]);
    free(s->path);
}

static int
hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* In place: the bytes are never longer than their digits. */
static void
decode_hex(struct buf *b)
{
    size_t n = 0;
    int high = -1;

    for (size_t i = 0; i < b->n; i++) {
        if (b->p[i] == '#')
            while (i + 1 < b->n && b->p[i] != '\n')
                i++;
        const int digit = hex_digit(b->p[i]);
        if (digit < 0)
            continue;
        if (high < 0) {
            high = digit;
        } else {
            b->p[n++] = (char)(high << 4 | digit);
            high = -1;
        }
    }
    b->n = n;
}

static void
seed_read(const char *path, struct buf *b)
{
    buf_reset(b);
    if (!buf_read_file(b, path, FILE_LIMIT)) {
        printf("Bail out! cannot read %s: %s\n", path, strerror(errno));
        exit(1);
    }
    if (sv_ends(sv_of(path), SV(".hex")))
        decode_hex(b);
}

/* From memory of exactly this size, so that a sanitizer sees the first byte behind it. */
static void
run_bytes(const char *p, size_t n)
{
    uint8_t *copy = malloc(n != 0 ? n : 1);

    fuzz_require(copy != NULL);
    if (n != 0)
        memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void
run_seed(struct buf *b)
{
    run_bytes(b->p, b->n);
    if (b->n > MUTATE_LIMIT)
        return;
    for (size_t n = 0; n < b->n; n++)
        run_bytes(b->p, n);
    for (size_t i = 0; i < b->n; i++) {
        static const char flips[] = { 0x01, 0x20, (char)0x80 };
        for (size_t k = 0; k < sizeof flips; k++) {
            b->p[i] = (char)(b->p[i] ^ flips[k]);
            run_bytes(b->p, b->n);
            b->p[i] = (char)(b->p[i] ^ flips[k]);
        }
    }
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void
unpack(const char *folder, const struct seeds *s)
{
    struct buf b = BUF_INIT;

    for (size_t i = 0; i < s->n; i++) {
        struct buf path = BUF_INIT;
        seed_read(s->path[i], &b);
        buf_printf(&path, "%s/%s", folder, base_name(s->path[i]));
        FILE *to = fopen(buf_cstr(&path), "wb");
        if (to == NULL || fwrite(b.p, 1, b.n, to) != b.n || fclose(to) != 0) {
            fprintf(stderr, "cannot write %s: %s\n", buf_cstr(&path), strerror(errno));
            exit(1);
        }
        buf_fini(&path);
    }
    buf_fini(&b);
}

/* The name is printed before the run: a crash then says which seed it was. */
static void
replay(char *const *path, size_t n)
{
    struct buf b = BUF_INIT;

    printf("1..%zu\n", n);
    if (n == 0)
        printf("Bail out! no seeds\n");
    for (size_t i = 0; i < n; i++) {
        printf("# %s\n", path[i]);
        fflush(stdout);
        seed_read(path[i], &b);
        run_seed(&b);
        printf("ok %zu - %s\n", i + 1, base_name(path[i]));
    }
    buf_fini(&b);
}

int
main(int argc, char **argv)
{
    struct seeds s = { NULL, 0 };

    if (argc > 1 && strcmp(argv[1], "--unpack") != 0) {
        replay(argv + 1, (size_t)argc - 1);
        return 0;
    }
    seeds_find(&s);
    if (argc == 3)
        unpack(argv[2], &s);
    else
        replay(s.path, s.n);
    seeds_free(&s);
    return 0;
}
