/* SPDX-License-Identifier: Apache-2.0 */
#ifndef AUTHSIFT_TESTS_IR_TESTS_H
#define AUTHSIFT_TESTS_IR_TESTS_H

#include <check.h>

#define N_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

TCase *ir_program_tests(void);
TCase *ir_expr_tests(void);
TCase *ir_regex_tests(void);
TCase *ir_literal_tests(void);
TCase *ir_dump_tests(void);

#endif
