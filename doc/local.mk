# SPDX-License-Identifier: Apache-2.0
# What is distributed and installed of doc/, and what keeps it true.
dist_doc_DATA += \
	doc/manual.md \
	doc/query.md \
	doc/rules.md \
	doc/correlations.md \
	doc/reports.md \
	doc/sources.md \
	doc/operations.md \
	doc/partials.md \
	doc/state.md \
	doc/detections.md
examplesdir = $(docdir)/examples
dist_examples_DATA = doc/examples/authsift.yml
dist_man_MANS += doc/authsift.1 doc/authsift-rules.5

# Examples are run, tables are held against the program.
TESTS += tests/manual-examples tests/manual-tables
dist_check_SCRIPTS += tests/manual-examples tests/manual-tables
