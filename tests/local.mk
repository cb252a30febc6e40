# SPDX-License-Identifier: Apache-2.0
# The cases (a folder each) and the programs that run them.
dist_check_SCRIPTS = tests/run-case tests/run-cases
EXTRA_DIST += tests/cases
# What a run costs: tests/bench/run by hand.
EXTRA_DIST += tests/bench/floor.c tests/bench/forty.sh tests/bench/many-rules tests/bench/run tests/bench/turn.c doc/PERFORMANCE.md
