/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/out, and what they share. */
#ifndef AUTHSIFT_TESTS_OUT_H
#define AUTHSIFT_TESTS_OUT_H

#include "base_tests.h"

#include <stdio.h>

#include "out/report.h"

/* A report as it would be written. The caller frees it. */
char *written(const char *report, const struct results *r, const struct table_style *style);

/* Compares a report as CSV with lines that are written one after the other, without the heading. */
void assert_rows(const char *report, const struct results *r, const char *want);

/* 2026-11-22T00:00:00Z and so many seconds. */
int64_t at(int seconds);

TCase *out_table_tests(void);
TCase *out_report_tests(void);
TCase *out_family_tests(void);
TCase *out_action_tests(void);
TCase *out_publish_tests(void);
TCase *out_pack_tests(void);
TCase *out_suppress_tests(void);

#endif
