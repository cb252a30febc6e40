/* SPDX-License-Identifier: Apache-2.0 */
#include "out_tests.h"

#include <stdlib.h>

#include "base/timestamp.h"

char *
written(const char *report, const struct results *r, const struct table_style *style)
{
    char *text = NULL;
    size_t n = 0;
    struct diags *d = diags_new();
    FILE *to = open_memstream(&text, &n);
    ck_assert_ptr_nonnull(to);
    ck_assert_int_eq(report_write(report_find(sv_of(report)), r, style, to, d), ERR_OK);
    ck_assert_uint_eq(diags_count(d), 0);
    diags_free(d);
    fclose(to);
    return text;
}

void
assert_rows(const char *report, const struct results *r, const char *want)
{
    const struct table_style csv = { .format = TABLE_CSV };
    char *text = written(report, r, &csv);
    const char *rows = strchr(text, '\n');
    ck_assert_ptr_nonnull(rows);
    ck_assert_str_eq(rows + 1, want);
    free(text);
}

int64_t
at(int seconds)
{
    return INT64_C(20779) * DAY + seconds * SECOND;
}

int
main(void)
{
    Suite *s = suite_create("out");
    suite_add_tcase(s, out_table_tests());
    suite_add_tcase(s, out_report_tests());
    suite_add_tcase(s, out_family_tests());
    suite_add_tcase(s, out_action_tests());
    suite_add_tcase(s, out_publish_tests());
    suite_add_tcase(s, out_pack_tests());
    suite_add_tcase(s, out_suppress_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
