# SPDX-License-Identifier: Apache-2.0
# A program per fuzzer. Without libFuzzer they replay their seeds and are tests; with it they are made to be run by hand:
#
#     ../configure --enable-fuzzing --with-sanitizers=address,undefined CC=clang && make
#     mkdir seeds && BUILD-WITHOUT-FUZZING/tests/fuzz/fuzz_json --unpack seeds && tests/fuzz/fuzz_json seeds
fuzzers = \
	tests/fuzz/fuzz_json \
	tests/fuzz/fuzz_csv \
	tests/fuzz/fuzz_yaml \
	tests/fuzz/fuzz_match \
	tests/fuzz/fuzz_partial \
	tests/fuzz/fuzz_chapter \
	tests/fuzz/fuzz_segment \
	tests/fuzz/fuzz_simd \
	tests/fuzz/fuzz_stream \
	tests/fuzz/fuzz_enrich

fuzz_common = tests/fuzz/fuzz.h tests/fuzz/log.c
if FUZZING
noinst_PROGRAMS += $(fuzzers)
fuzz_driver =
fuzz_cflags = $(AM_CFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(fuzzers)
fuzz_driver = tests/fuzz/replay.c
fuzz_cflags = $(AM_CFLAGS)
endif

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_json_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_json_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_json_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_csv_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_csv_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_csv_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz_yaml.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_yaml_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_yaml_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_yaml_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_match_SOURCES = tests/fuzz/fuzz_match.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_match_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_match_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_match_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_partial_SOURCES = tests/fuzz/fuzz_partial.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_partial_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_partial_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_partial_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_simd_SOURCES = tests/fuzz/fuzz_simd.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_simd_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_simd_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_simd_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_chapter_SOURCES = tests/fuzz/fuzz_chapter.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_chapter_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_chapter_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_chapter_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_segment_SOURCES = tests/fuzz/fuzz_segment.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_segment_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_segment_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_segment_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_stream_SOURCES = tests/fuzz/fuzz_stream.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_stream_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_stream_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_stream_LDADD = $(fuzz_ldadd)

tests_fuzz_fuzz_enrich_SOURCES = tests/fuzz/fuzz_enrich.c $(fuzz_common) $(fuzz_driver)
tests_fuzz_fuzz_enrich_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_fuzz_enrich_CFLAGS = $(fuzz_cflags)
tests_fuzz_fuzz_enrich_LDADD = $(fuzz_ldadd)

EXTRA_DIST += tests/fuzz/replay.c tests/fuzz/corpus
