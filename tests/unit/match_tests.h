/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUTHSIFT_TESTS_MATCH_TESTS_H
#define AUTHSIFT_TESTS_MATCH_TESTS_H

#include <check.h>

TCase *match_ops_tests(void);
TCase *match_gram_tests(void);
TCase *match_select_tests(void);
TCase *match_differential_tests(void);
TCase *match_explain_tests(void);

#endif
