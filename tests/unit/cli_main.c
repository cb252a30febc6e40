/* SPDX-License-Identifier: Apache-2.0 */
#include "cli_tests.h"

#include <stdlib.h>

int
main(void)
{
    Suite *s = suite_create("cli");
    suite_add_tcase(s, field_stats_tests());
    suite_add_tcase(s, near_tests());
    suite_add_tcase(s, sandbox_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
