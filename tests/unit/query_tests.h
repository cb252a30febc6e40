/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/query, one per file. */
#ifndef AUTHSIFT_TESTS_QUERY_H
#define AUTHSIFT_TESTS_QUERY_H

#include "base_tests.h"

TCase *query_index_tests(void);
TCase *query_measure_tests(void);
TCase *query_value_tests(void);
TCase *query_writer_tests(void);

#endif
