/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "state_tests.h"

int
main(void)
{
    Suite *s = suite_create("state");
    suite_add_tcase(s, state_open_tests());
    suite_add_tcase(s, state_ledger_tests());
    suite_add_tcase(s, state_history_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
