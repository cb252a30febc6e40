# SPDX-License-Identifier: Apache-2.0
# The reference of the correlation semantics, and what compares the program with it.
EXTRA_DIST += tests/reference/fuzz.py tests/reference/reference.py
dist_check_SCRIPTS += tests/reference/check-reference
TESTS += tests/reference/check-reference
