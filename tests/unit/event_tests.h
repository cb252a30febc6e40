/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/event. */
#ifndef AUTHSIFT_TESTS_EVENT_H
#define AUTHSIFT_TESTS_EVENT_H

#include "base_tests.h"

TCase *event_border_tests(void);
TCase *event_order_tests(void);
TCase *event_value_tests(void);

#endif
