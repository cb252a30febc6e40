# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_base
tests_unit_check_base_SOURCES = \
	tests/unit/base_atomicfile.c \
	tests/unit/base_codec.c \
	tests/unit/base_diag.c \
	tests/unit/base_fileio.c \
	tests/unit/base_listline.c \
	tests/unit/base_main.c \
	tests/unit/base_memory.c \
	tests/unit/base_number.c \
	tests/unit/base_sum.c \
	tests/unit/base_sv.c \
	tests/unit/base_tests.h \
	tests/unit/base_timestamp.c
tests_unit_check_base_LDADD = $(unit_ldadd)
tests_unit_check_base_CFLAGS = $(unit_cflags)
