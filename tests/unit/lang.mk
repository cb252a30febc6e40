# SPDX-License-Identifier: Apache-2.0
# Unit tests of src/lang.
check_PROGRAMS += tests/unit/check_lang
tests_unit_check_lang_SOURCES = \
	tests/unit/lang_condition.c \
	tests/unit/lang_corr.c \
	tests/unit/lang_docs.h \
	tests/unit/lang_errors.c \
	tests/unit/lang_item.c \
	tests/unit/lang_load.c \
	tests/unit/lang_main.c \
	tests/unit/lang_meta.c \
	tests/unit/lang_pattern.c \
	tests/unit/lang_rules.c tests/unit/lang_rules.h \
	tests/unit/lang_sources.c \
	tests/unit/lang_suites.h \
	tests/unit/lang_tests_doc.c \
	tests/unit/lang_yaml.c
tests_unit_check_lang_LDADD = $(unit_ldadd)
tests_unit_check_lang_CFLAGS = $(unit_cflags)
EXTRA_DIST += tests/unit/data/lang-errors.txt
