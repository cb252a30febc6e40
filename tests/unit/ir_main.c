/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ir_tests.h"

int
main(void)
{
    Suite *s = suite_create("ir");
    suite_add_tcase(s, ir_program_tests());
    suite_add_tcase(s, ir_expr_tests());
    suite_add_tcase(s, ir_regex_tests());
    suite_add_tcase(s, ir_literal_tests());
    suite_add_tcase(s, ir_dump_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
