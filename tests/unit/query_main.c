/* SPDX-License-Identifier: Apache-2.0 */
#include "query_tests.h"

#include <stdlib.h>

int
main(void)
{
    Suite *s = suite_create("query");
    suite_add_tcase(s, query_value_tests());
    suite_add_tcase(s, query_measure_tests());
    suite_add_tcase(s, query_writer_tests());
    suite_add_tcase(s, query_index_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
