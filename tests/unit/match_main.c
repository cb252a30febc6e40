/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "match_tests.h"

int
main(void)
{
    Suite *s = suite_create("match");
    suite_add_tcase(s, match_ops_tests());
    suite_add_tcase(s, match_gram_tests());
    suite_add_tcase(s, match_select_tests());
    suite_add_tcase(s, match_differential_tests());
    suite_add_tcase(s, match_explain_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
