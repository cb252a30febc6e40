# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_cli
tests_unit_check_cli_SOURCES = \
	tests/unit/cli_field_stats.c \
	tests/unit/cli_main.c \
	tests/unit/cli_near.c \
	tests/unit/cli_sandbox.c \
	tests/unit/cli_tests.h
tests_unit_check_cli_LDADD = $(unit_ldadd)
tests_unit_check_cli_CFLAGS = $(unit_cflags)
