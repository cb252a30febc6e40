/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/enrich. */
#ifndef AUTHSIFT_TESTS_UNIT_ENRICH_TESTS_H
#define AUTHSIFT_TESTS_UNIT_ENRICH_TESTS_H

#include <check.h>

#define N_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

TCase *enrich_address_tests(void);
TCase *enrich_catalog_tests(void);
TCase *enrich_place_tests(void);
TCase *enrich_text_tests(void);

#endif
