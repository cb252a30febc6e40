/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base_tests.h"

START_TEST(what_is_written_is_read)
{
    FILE *f = tmpfile();
    char back[16];
    size_t got;
    ck_assert(file_write_at(fileno(f), "behind", 6, 5));
    ck_assert(file_write_at(fileno(f), "first", 5, 0));
    ck_assert(file_write_at(fileno(f), "", 0, 100));
    ck_assert(file_read_at(fileno(f), back, 11, 0, &got));
    ck_assert_uint_eq(got, 11);
    ck_assert_mem_eq(back, "firstbehind", 11);
    ck_assert(file_read_at(fileno(f), back, sizeof back, 7, &got));
    ck_assert_uint_eq(got, 4); /* the file ends there */
    ck_assert_mem_eq(back, "hind", 4);
    ck_assert(file_read_at(fileno(f), back, sizeof back, 50, &got));
    ck_assert_uint_eq(got, 0);
    fclose(f);
}
END_TEST

START_TEST(failures_have_a_reason)
{
    char back[4];
    size_t got;
    const int fd = open("/dev/null", O_RDONLY);
    errno = 0;
    ck_assert(!file_write_at(fd, "x", 1, 0));
    ck_assert_int_eq(errno, EBADF);
    close(fd);
    errno = 0;
    ck_assert(!file_read_at(-1, back, sizeof back, 0, &got));
    ck_assert_int_eq(errno, EBADF);
    /* A device without room. */
    const int full = open("/dev/full", O_WRONLY);
    if (full < 0)
        return;
    ck_assert(!file_write_at(full, "x", 1, 0));
    ck_assert_int_eq(errno, ENOSPC);
    close(full);
}
END_TEST

TCase *
base_fileio_tests(void)
{
    TCase *t = tcase_create("fileio");
    tcase_add_test(t, what_is_written_is_read);
    tcase_add_test(t, failures_have_a_reason);
    return t;
}
