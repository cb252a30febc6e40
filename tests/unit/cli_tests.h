/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_CLI_TESTS_H
#define TESTS_UNIT_CLI_TESTS_H

#include <check.h>

TCase *field_stats_tests(void);
TCase *near_tests(void);
TCase *sandbox_tests(void);

#endif
