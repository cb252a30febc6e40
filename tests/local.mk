# SPDX-License-Identifier: Apache-2.0
# The cases (a folder each) and the programs that run them.
dist_check_SCRIPTS = tests/run-case tests/run-cases
EXTRA_DIST += tests/cases
