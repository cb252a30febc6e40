/* SPDX-License-Identifier: Apache-2.0 */
/* Searching the lines of a log for the keywords of some rules, all at once: the ways of src/match beside each other,
 * and beside Hyperscan. For doc/PERFORMANCE.md; nothing else needs it, so it is built by hand, in a build folder:
 *
 *   cc -std=c11 -D_POSIX_C_SOURCE=200809L -O2 -I TOP/src -I . TOP/tests/bench/literals.c libauthsift.a LIBS
 *                                                                        [-DHAVE_HS -lhs]
 *   ./a.out LOG RULES...
 *
 * LIBS: those of the Makefile. LOG: a file of lines, of which the first 256 MiB are read. A line per way: nanoseconds
 * of processor time for a line of the log, gigabytes a second, literals found. The median of seven turns. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef HAVE_HS
#include <hs/hs.h>
#endif

#include "base/mem.h"
#include "base/vec.h"
#include "lang/lang.h"
#include "match/gram.h"

enum { TURNS = 7, LOG_MAX = 256 << 20 };

struct lines {
    VEC(struct sv) all;
    size_t bytes;
};

struct way {
    const char *name;
    void (*search)(const void *how, struct sv line, uint64_t *found);
    const void *how;
};

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void
read_lines(struct lines *l, const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = mem_alloc(LOG_MAX);
    const size_t n = f != NULL ? fread(text, 1, LOG_MAX, f) : 0;
    for (size_t i = 0; i < n;) {
        const char *end = memchr(text + i, '\n', n - i);
        if (end == NULL)
            break;
        const struct sv line = sv_make(text + i, (size_t)(end - text) - i);
        vec_push(&l->all, line);
        l->bytes += line.n;
        i = (size_t)(end - text) + 1;
    }
    if (f != NULL)
        fclose(f);
}

/* The keywords that a search for literals can find. */
static size_t
keywords(const struct program *p, struct gram_literal *lit)
{
    size_t n = 0;
    for (pred_id i = 0; i < p->preds.n; i++) {
        const struct pred *pred = &p->preds.v[i];
        if (pred->field == FIELD_ANY && pred->op == OP_CONTAINS && pred->text.n >= GRAM_SIZE)
            lit[n++] = (struct gram_literal){ .text = pred->text, .cased = pred->cased, .pred = i };
    }
    return n;
}

static void
count(void *ctx, const struct gram_literal *lit)
{
    (void)lit;
    ++*(uint64_t *)ctx;
}

static void
by_gram(const void *how, struct sv line, uint64_t *found)
{
    gram_scan(how, line, count, found);
}

static int
compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
measure(const struct way *w, const struct lines *l)
{
    double seconds[TURNS];
    uint64_t found = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        found = 0;
        const double start = now();
        for (size_t i = 0; i < l->all.n; i++)
            w->search(w->how, l->all.v[i], &found);
        seconds[turn] = now() - start;
    }
    qsort(seconds, TURNS, sizeof *seconds, compare_doubles);
    printf("%-10s %8.0f ns/line %6.2f GB/s %8llu found\n", w->name, seconds[TURNS / 2] * 1e9 / (double)l->all.n,
           (double)l->bytes / seconds[TURNS / 2] / 1e9, (unsigned long long)found);
}

#ifdef HAVE_HS

struct hyperscan {
    hs_database_t *db;
    hs_scratch_t *scratch;
};

static int
hs_count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    (void)id, (void)from, (void)to, (void)flags;
    ++*(uint64_t *)ctx;
    return 0;
}

static void
by_hyperscan(const void *how, struct sv line, uint64_t *found)
{
    const struct hyperscan *h = how;
    hs_scan(h->db, line.p, (unsigned)line.n, 0, h->scratch, hs_count, found);
}

static void
measure_hyperscan(const struct gram_literal *lit, size_t n, const struct lines *l)
{
    struct hyperscan h = { NULL, NULL };
    const char **text = mem_zalloc(n, sizeof *text);
    size_t *length = mem_zalloc(n, sizeof *length);
    unsigned *flags = mem_zalloc(n, sizeof *flags);
    hs_compile_error_t *error = NULL;
    for (size_t i = 0; i < n; i++) {
        text[i] = lit[i].text.p;
        length[i] = lit[i].text.n;
        flags[i] = lit[i].cased ? 0 : HS_FLAG_CASELESS;
    }
    const double start = now();
    if (hs_compile_lit_multi(text, flags, NULL, length, (unsigned)n, HS_MODE_BLOCK, NULL, &h.db, &error) ==
            HS_SUCCESS &&
        hs_alloc_scratch(h.db, &h.scratch) == HS_SUCCESS) {
        printf("hyperscan is built in %.1f ms\n", (now() - start) * 1e3);
        measure(&(struct way){ "hyperscan", by_hyperscan, &h }, l);
    }
    hs_free_scratch(h.scratch);
    hs_free_database(h.db);
    mem_free(text);
    mem_free(length);
    mem_free(flags);
}

#endif

static void
measure_own(struct gram_literal *lit, size_t n, const struct lines *l, bool vectors)
{
    struct arena arena;
    struct gram gram;
    arena_init(&arena);
    const double start = now();
    gram_build(&gram, &arena, lit, n, vectors);
    const char *name = gram.use_teddy ? "teddy" : "gram";
    printf("%s is built in %.1f ms\n", name, (now() - start) * 1e3);
    measure(&(struct way){ name, by_gram, &gram }, l);
    arena_fini(&arena);
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: literals LOG RULES...\n", stderr);
        return 2;
    }
    struct diags *d = diags_new();
    struct fields *fields = fields_new();
    struct program *p = NULL;
    struct lines l = { VEC_INIT, 0 };
    const struct lang_options o = { .rules = (const char *const *)argv + 2, .n_rules = (size_t)argc - 2 };
    const enum err err = lang_load(&o, fields, &p, NULL, d);
    read_lines(&l, argv[1]);
    if (err != ERR_OK || l.all.n == 0) {
        diags_print(d, stderr);
        fputs("literals: no rules, or no lines\n", stderr);
        return 3;
    }
    struct gram_literal *lit = mem_zalloc(p->preds.n, sizeof *lit);
    const size_t n = keywords(p, lit);
    printf("%zu literals, %zu lines of %zu bytes\n", n, l.all.n, l.bytes / l.all.n);
    measure_own(lit, n, &l, false);
    measure_own(lit, n, &l, true);
#ifdef HAVE_HS
    measure_hyperscan(lit, n, &l);
#endif
    return 0;
}
