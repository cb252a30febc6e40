/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "agg_corr_suites.h"
#include "agg_tests.h"

static Suite *
agg_suite(void)
{
    Suite *s = suite_create("agg");
    suite_add_tcase(s, agg_record_tests());
    suite_add_tcase(s, agg_sort_tests());
    suite_add_tcase(s, agg_store_tests());
    suite_add_tcase(s, agg_segment_tests());
    suite_add_tcase(s, agg_chapter_tests());
    suite_add_tcase(s, agg_shelf_tests());
    suite_add_tcase(s, agg_merge_tests());
    suite_add_tcase(s, agg_group_tests());
    suite_add_tcase(s, agg_giant_tests());
    suite_add_tcase(s, agg_finish_tests());
    suite_add_tcase(s, agg_chain_tests());
    suite_add_tcase(s, agg_inventory_tests());
    suite_add_tcase(s, agg_inv_nights_tests());
    return s;
}

int
main(void)
{
    SRunner *r = srunner_create(agg_suite());
    srunner_add_suite(r, agg_corr_window_suite());
    srunner_add_suite(r, agg_corr_value_suite());
    srunner_add_suite(r, agg_corr_temporal_suite());
    srunner_add_suite(r, agg_corr_travel_suite());
    srunner_add_suite(r, agg_corr_history_suite());
    srunner_add_suite(r, agg_corr_rate_suite());
    srunner_add_suite(r, agg_corr_risk_suite());
    srunner_add_suite(r, agg_corr_crowd_suite());
    srunner_add_suite(r, agg_corr_tools_suite());
    srunner_add_suite(r, agg_corr_spill_suite());
    srunner_add_suite(r, agg_night_random_suite());
    srunner_add_suite(r, agg_night_told_suite());
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
