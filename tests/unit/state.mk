# SPDX-License-Identifier: Apache-2.0
# Unit tests of src/state.
check_PROGRAMS += tests/unit/check_state
tests_unit_check_state_SOURCES = \
	tests/unit/state_history.c \
	tests/unit/state_ledger.c \
	tests/unit/state_main.c \
	tests/unit/state_open.c \
	tests/unit/state_tests.h
tests_unit_check_state_LDADD = $(unit_ldadd)
tests_unit_check_state_CFLAGS = $(unit_cflags)
