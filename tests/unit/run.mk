# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_run
tests_unit_check_run_SOURCES = \
	tests/unit/base_tests.h \
	tests/unit/run_health.c \
	tests/unit/run_main.c \
	tests/unit/run_partial.c \
	tests/unit/run_plan.c \
	tests/unit/run_tap.c \
	tests/unit/run_tests.h
tests_unit_check_run_LDADD = $(unit_ldadd)
tests_unit_check_run_CFLAGS = $(unit_cflags)
