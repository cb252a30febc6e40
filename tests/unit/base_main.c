/* SPDX-License-Identifier: Apache-2.0 */
#include "base_tests.h"

#include <stdlib.h>

int
main(void)
{
    Suite *s = suite_create("base");
    suite_add_tcase(s, base_memory_tests());
    suite_add_tcase(s, base_sv_tests());
    suite_add_tcase(s, base_number_tests());
    suite_add_tcase(s, base_sum_tests());
    suite_add_tcase(s, base_timestamp_tests());
    suite_add_tcase(s, base_codec_tests());
    suite_add_tcase(s, base_diag_tests());
    suite_add_tcase(s, base_fileio_tests());
    suite_add_tcase(s, base_atomicfile_tests());
    suite_add_tcase(s, base_listline_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
