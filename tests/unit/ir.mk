# SPDX-License-Identifier: Apache-2.0
# Unit tests of src/ir.
check_PROGRAMS += tests/unit/check_ir
tests_unit_check_ir_SOURCES = \
	tests/unit/ir_dump.c \
	tests/unit/ir_expr.c \
	tests/unit/ir_literal.c \
	tests/unit/ir_main.c \
	tests/unit/ir_program.c \
	tests/unit/ir_regex.c \
	tests/unit/ir_tests.h
tests_unit_check_ir_LDADD = $(unit_ldadd)
tests_unit_check_ir_CFLAGS = $(unit_cflags)
