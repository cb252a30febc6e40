/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "input_util.h"

int
main(void)
{
    Suite *s = suite_create("input");
    suite_add_tcase(s, json_tests());
    suite_add_tcase(s, path_tests());
    suite_add_tcase(s, line_tests());
    suite_add_tcase(s, gzip_tests());
    suite_add_tcase(s, pieces_tests());
    suite_add_tcase(s, zstd_tests());
    suite_add_tcase(s, csv_tests());
    suite_add_tcase(s, csv_split_tests());
    suite_add_tcase(s, mapping_tests());
    suite_add_tcase(s, recognise_tests());
    suite_add_tcase(s, inputs_tests());
    suite_add_tcase(s, visit_tests());
    suite_add_tcase(s, random_tests());
    suite_add_tcase(s, simd_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
