# SPDX-License-Identifier: Apache-2.0
# The cases (a folder each) and the programs that run them.
dist_check_SCRIPTS = tests/make-mmdb tests/run-case tests/run-cases tests/run-simd
EXTRA_DIST += tests/cases
# The cases once more for each set of vector instructions that this machine has.
check-simd: authsift$(EXEEXT)
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/run-simd
.PHONY: check-simd
# Killed, and failed by the system, at random moments: a few of them here, more by hand.
dist_check_SCRIPTS += tests/kill
EXTRA_DIST += tests/kill-fault.c tests/kill-moment.c
TESTS += tests/kill
# Nights with state against one run over all days: a few here, more by hand.
dist_check_SCRIPTS += tests/nights
TESTS += tests/nights
# What many records cost: tests/bench/state-* by hand.
EXTRA_DIST += tests/bench/state-data.c tests/bench/state-duckdb tests/bench/state-giant tests/bench/state-groups \
	tests/bench/state-growth tests/bench/state-lib.sh tests/bench/state-nightly
# What a run costs: tests/bench/run by hand.
EXTRA_DIST += tests/bench/floor.c tests/bench/forty.sh tests/bench/literals.c tests/bench/many-rules tests/bench/query tests/bench/query-large tests/bench/run tests/bench/turn.c doc/PERFORMANCE.md
# How good the rules are: tests/bench/quality by hand.
EXTRA_DIST += tests/bench/quality
# What a derived field costs: make tests/bench/enrichers, then run it.
EXTRA_PROGRAMS = tests/bench/enrichers
tests_bench_enrichers_SOURCES = tests/bench/enrichers.c
tests_bench_enrichers_LDADD = $(authsift_libs)
# What lines to fields cost: make tests/bench/json, then run it over a log.
EXTRA_PROGRAMS += tests/bench/json
tests_bench_json_SOURCES = tests/bench/json.c
tests_bench_json_LDADD = $(authsift_libs)
