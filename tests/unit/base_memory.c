/* SPDX-License-Identifier: Apache-2.0 */
/* arena, buf, vec, map, mem. */
#include "base_tests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"

START_TEST(arena_keeps_what_it_gave)
{
    struct arena a = ARENA_INIT;
    char *p[500];
    for (size_t i = 0; i < 500; i++) {
        p[i] = arena_alloc(&a, i);
        ck_assert_uint_eq((uintptr_t)p[i] % 16, 0);
        memset(p[i], (int)(i & 0x7f), i);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t k = 0; k < i; k++)
            ck_assert_int_eq(p[i][k], (int)(i & 0x7f));
    arena_fini(&a);
}
END_TEST

START_TEST(arena_reset_reuses)
{
    struct arena a;
    arena_init(&a);
    size_t size = 0;
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < 300; i++)
            (void)arena_alloc(&a, 37 * i);
        if (round == 0)
            size = arena_size(&a);
        ck_assert_uint_eq(arena_size(&a), size);
        arena_reset(&a);
    }
    arena_fini(&a);
    ck_assert_uint_eq(arena_size(&a), 0);
}
END_TEST

/* A request larger than the next kept chunk must neither fail nor lose that chunk. */
START_TEST(arena_large_after_reset)
{
    struct arena a = ARENA_INIT;
    (void)arena_alloc(&a, 1000);
    (void)arena_alloc(&a, 1500);
    arena_reset(&a);
    (void)arena_alloc(&a, 1000);
    char *big = arena_alloc(&a, 3000000);
    memset(big, 'x', 3000000);
    const size_t size = arena_size(&a);
    (void)arena_alloc(&a, 1500);
    ck_assert_uint_eq(arena_size(&a), size);
    arena_fini(&a);
}
END_TEST

START_TEST(arena_texts)
{
    struct arena a = ARENA_INIT;
    const struct sv s = arena_sv(&a, sv_make("a\0b", 3));
    ck_assert_uint_eq(s.n, 3);
    ck_assert_mem_eq(s.p, "a\0b\0", 4);
    ck_assert_str_eq(arena_sv(&a, SV_NONE).p, "");
    const struct sv f = arena_printf(&a, "%s-%d-%0*d", "x", 7, 5000, 1);
    ck_assert_uint_eq(f.n, 5004);
    ck_assert_uint_eq(strlen(f.p), f.n);
    const int *zero = ARENA_ARRAY(&a, int, 100);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(zero[i], 0);
    arena_fini(&a);
}
END_TEST

START_TEST(buf_grows)
{
    struct buf b = BUF_INIT;
    ck_assert_str_eq(buf_cstr(&b), "");
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%d,", i);
    ck_assert_uint_eq(b.n, 10 * 2 + 90 * 3 + 900 * 4);
    ck_assert_int_eq(strncmp(buf_cstr(&b), "0,1,2,", 6), 0);
    ck_assert_str_eq(buf_cstr(&b) + b.n - 4, "999,");
    buf_reset(&b);
    buf_sv(&b, SV("ab"));
    buf_putc(&b, 'c');
    buf_puts(&b, "de");
    buf_put(&b, NULL, 0);
    assert_sv(buf_view(&b), "abcde");
    buf_fini(&b);
    ck_assert_ptr_null(b.p);
}
END_TEST

START_TEST(buf_reads_files)
{
    char path[] = "/tmp/authsift-test-XXXXXX";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "0123456789", 10), 10);
    close(fd);
    struct buf b = BUF_INIT;
    buf_puts(&b, "x");
    ck_assert(buf_read_file(&b, path, 10));
    assert_sv(buf_view(&b), "x0123456789");
    buf_reset(&b);
    ck_assert(!buf_read_file(&b, path, 9));
    ck_assert_int_eq(errno, EFBIG);
    unlink(path);
    ck_assert(!buf_read_file(&b, path, 10));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(!buf_read_file(&b, "/", 10));
    ck_assert_int_eq(errno, EISDIR);
    buf_fini(&b);
}
END_TEST

START_TEST(vec_grows)
{
    VEC(int) v = VEC_INIT;
    for (int i = 0; i < 1000; i++)
        vec_push(&v, i * i);
    ck_assert_uint_eq(v.n, 1000);
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(v.v[i], i * i);
    vec_reserve(&v, 5000);
    ck_assert_uint_ge(v.cap, 5000);
    vec_fini(&v);
    ck_assert_ptr_null(v.v);
}
END_TEST

START_TEST(map_holds_many)
{
    enum { N = 20000 };
    struct map m;
    map_init(&m);
    ck_assert_ptr_null(map_get(&m, SV("nothing")));
    for (uint32_t i = 0; i < N; i++) {
        char key[16];
        const int n = snprintf(key, sizeof key, "k%u", i);
        bool is_new;
        ck_assert_uint_eq(map_put(&m, sv_make(key, (size_t)n), i * 2, &is_new), i);
        ck_assert(is_new);
    }
    for (uint32_t i = 0; i < N; i++) {
        char key[16];
        const int n = snprintf(key, sizeof key, "k%u", i);
        bool is_new;
        ck_assert_uint_eq(map_put(&m, sv_make(key, (size_t)n), 77, &is_new), i);
        ck_assert(!is_new);
        const struct map_entry *e = map_get(&m, sv_make(key, (size_t)n));
        ck_assert_ptr_nonnull(e);
        ck_assert_uint_eq(e->value, i * 2);
        ck_assert_str_eq(e->key.p, key);
        ck_assert_uint_eq(e->hash, hash64(e->key));
    }
    ck_assert_ptr_null(map_get(&m, SV("k")));
    map_reset(&m);
    ck_assert_ptr_null(map_get(&m, SV("k1")));
    ck_assert_uint_eq(map_put(&m, SV("k1"), 5, NULL), 0);
    map_fini(&m);
}
END_TEST

START_TEST(map_keys_are_bytes)
{
    struct map m;
    map_init(&m);
    ck_assert_uint_eq(intern(&m, SV("")), 0);
    ck_assert_uint_eq(intern(&m, sv_make("\0", 1)), 1);
    ck_assert_uint_eq(intern(&m, sv_make("\0\0", 2)), 2);
    ck_assert_uint_eq(intern(&m, SV_NONE), 0);
    ck_assert_uint_eq(intern_text(&m, 2).n, 2);
    map_fini(&m);
}
END_TEST

/* Finding ids are made of this hash: a change would break every stored id. */
START_TEST(hash_is_fixed)
{
    ck_assert_uint_eq(hash64(SV("")), UINT64_C(0x2d06800538d394c2));
    ck_assert_uint_eq(hash64(SV_NONE), UINT64_C(0x2d06800538d394c2));
    ck_assert_uint_eq(hash64(SV("a")), UINT64_C(0xe6c632b61e964e1f));
}
END_TEST

static int hook_pipe[2];

static void
say_hook(void)
{
    if (write(hook_pipe[1], "h", 1) != 1)
        _exit(99);
}

START_TEST(exhaustion_leaves_with_5)
{
    ck_assert_int_eq(pipe(hook_pipe), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(98);
        mem_on_exhaustion(say_hook);
        mem_free(mem_resize(NULL, SIZE_MAX / 2, 3));
        _exit(97);
    }
    close(hook_pipe[1]);
    int status;
    char said[8];
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 5);
    ck_assert_int_eq(read(hook_pipe[0], said, sizeof said), 1);
    close(hook_pipe[0]);
}
END_TEST

START_TEST(mem_basics)
{
    void *p = mem_alloc(0);
    ck_assert_ptr_nonnull(p);
    mem_free(p);
    mem_free(NULL);
    char *copy = mem_dup("abc", 2);
    ck_assert_str_eq(copy, "ab");
    mem_free(copy);
    p = mem_zalloc(0, 8);
    ck_assert_ptr_nonnull(p);
    mem_free(p);
    ck_assert_uint_gt(mem_peak(), 100000);
}
END_TEST

TCase *
base_memory_tests(void)
{
    TCase *t = tcase_create("memory");
    tcase_add_test(t, arena_keeps_what_it_gave);
    tcase_add_test(t, arena_reset_reuses);
    tcase_add_test(t, arena_large_after_reset);
    tcase_add_test(t, arena_texts);
    tcase_add_test(t, buf_grows);
    tcase_add_test(t, buf_reads_files);
    tcase_add_test(t, vec_grows);
    tcase_add_test(t, map_holds_many);
    tcase_add_test(t, map_keys_are_bytes);
    tcase_add_test(t, hash_is_fixed);
    tcase_add_test(t, exhaustion_leaves_with_5);
    tcase_add_test(t, mem_basics);
    return t;
}
