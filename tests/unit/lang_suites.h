/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUTHSIFT_TESTS_UNIT_LANG_SUITES_H
#define AUTHSIFT_TESTS_UNIT_LANG_SUITES_H

#include <check.h>

Suite *lang_condition_suite(void);
Suite *lang_corr_suite(void);
Suite *lang_errors_suite(void);
void lang_errors_fini(void);
Suite *lang_item_suite(void);
Suite *lang_load_suite(void);
Suite *lang_meta_suite(void);
Suite *lang_pattern_suite(void);
Suite *lang_sources_suite(void);
Suite *lang_tests_doc_suite(void);
Suite *lang_yaml_suite(void);

#endif
