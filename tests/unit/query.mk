# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_query
tests_unit_check_query_SOURCES = \
	tests/unit/base_tests.h \
	tests/unit/query_index.c \
	tests/unit/query_main.c \
	tests/unit/query_measures.c \
	tests/unit/query_tests.h \
	tests/unit/query_values.c \
	tests/unit/query_writer.c
tests_unit_check_query_LDADD = $(unit_ldadd)
tests_unit_check_query_CFLAGS = $(unit_cflags)
