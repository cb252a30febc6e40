# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_out
tests_unit_check_out_SOURCES = \
	tests/unit/base_tests.h \
	tests/unit/out_actions.c \
	tests/unit/out_families.c \
	tests/unit/out_main.c \
	tests/unit/out_pack.c \
	tests/unit/out_publish.c \
	tests/unit/out_reports.c \
	tests/unit/out_suppress.c \
	tests/unit/out_table.c \
	tests/unit/out_tests.h
tests_unit_check_out_LDADD = $(unit_ldadd)
tests_unit_check_out_CFLAGS = $(unit_cflags)
