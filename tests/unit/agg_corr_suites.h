/* SPDX-License-Identifier: Apache-2.0 */
/* The suites of the correlation types, for agg_main.c. */
#ifndef AUTHSIFT_TESTS_UNIT_AGG_CORR_SUITES_H
#define AUTHSIFT_TESTS_UNIT_AGG_CORR_SUITES_H

#include <check.h>

Suite *agg_corr_window_suite(void);
Suite *agg_corr_value_suite(void);
Suite *agg_corr_temporal_suite(void);
Suite *agg_corr_travel_suite(void);
Suite *agg_corr_history_suite(void);
Suite *agg_corr_rate_suite(void);
Suite *agg_corr_risk_suite(void);
Suite *agg_corr_crowd_suite(void);
Suite *agg_corr_tools_suite(void);
Suite *agg_corr_spill_suite(void);
Suite *agg_night_random_suite(void);
Suite *agg_night_told_suite(void);

#endif
