# SPDX-License-Identifier: Apache-2.0
# Unit tests of src/agg.
check_PROGRAMS += tests/unit/check_agg
tests_unit_check_agg_SOURCES = \
	tests/unit/agg_chain.c \
	tests/unit/agg_chapter.c \
	tests/unit/agg_corr_bench.h \
	tests/unit/agg_corr_crowd.c \
	tests/unit/agg_corr_harness.c tests/unit/agg_corr_harness.h \
	tests/unit/agg_corr_history.c \
	tests/unit/agg_corr_rate.c \
	tests/unit/agg_corr_risk.c \
	tests/unit/agg_corr_spill.c \
	tests/unit/agg_corr_suites.h \
	tests/unit/agg_corr_temporal.c \
	tests/unit/agg_corr_tools.c \
	tests/unit/agg_corr_travel.c \
	tests/unit/agg_corr_value.c \
	tests/unit/agg_corr_window.c \
	tests/unit/agg_finish.c \
	tests/unit/agg_giant.c \
	tests/unit/agg_group.c \
	tests/unit/agg_inv_nights.c \
	tests/unit/agg_inventory.c \
	tests/unit/agg_main.c \
	tests/unit/agg_merge.c \
	tests/unit/agg_night.c tests/unit/agg_night.h \
	tests/unit/agg_night_random.c \
	tests/unit/agg_night_told.c \
	tests/unit/agg_record.c \
	tests/unit/agg_segment.c \
	tests/unit/agg_shelf.c \
	tests/unit/agg_sort.c \
	tests/unit/agg_store.c \
	tests/unit/agg_tests.h \
	tests/unit/agg_world.c \
	tests/unit/base_tests.h
tests_unit_check_agg_LDADD = $(unit_ldadd)
tests_unit_check_agg_CFLAGS = $(unit_cflags)
