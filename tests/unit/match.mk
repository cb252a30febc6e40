# SPDX-License-Identifier: Apache-2.0
# Unit tests of src/match.
check_PROGRAMS += tests/unit/check_match
tests_unit_check_match_SOURCES = \
	tests/unit/match_differential.c \
	tests/unit/match_explain.c \
	tests/unit/match_gram.c \
	tests/unit/match_main.c \
	tests/unit/match_ops.c \
	tests/unit/match_select.c \
	tests/unit/match_tests.h \
	tests/unit/match_world.c \
	tests/unit/match_world.h
tests_unit_check_match_LDADD = $(unit_ldadd)
tests_unit_check_match_CFLAGS = $(unit_cflags)
