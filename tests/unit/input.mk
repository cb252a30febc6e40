# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += tests/unit/check_input
tests_unit_check_input_SOURCES = \
	tests/unit/input_csv.c \
	tests/unit/input_csv_split.c \
	tests/unit/input_gzip.c \
	tests/unit/input_inputs.c \
	tests/unit/input_json.c \
	tests/unit/input_lines.c \
	tests/unit/input_main.c \
	tests/unit/input_mapping.c \
	tests/unit/input_paths.c \
	tests/unit/input_pieces.c \
	tests/unit/input_random.c \
	tests/unit/input_recognise.c \
	tests/unit/input_simd.c \
	tests/unit/input_util.c tests/unit/input_util.h \
	tests/unit/input_visit.c \
	tests/unit/input_zstd.c
tests_unit_check_input_LDADD = $(unit_ldadd)
tests_unit_check_input_CFLAGS = $(unit_cflags)
