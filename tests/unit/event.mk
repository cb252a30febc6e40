# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_event
tests_unit_check_event_SOURCES = \
	tests/unit/base_tests.h \
	tests/unit/event_borders.c \
	tests/unit/event_main.c \
	tests/unit/event_order.c \
	tests/unit/event_values.c \
	tests/unit/event_tests.h
tests_unit_check_event_LDADD = $(unit_ldadd)
tests_unit_check_event_CFLAGS = $(unit_cflags)
