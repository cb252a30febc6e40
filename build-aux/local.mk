# SPDX-License-Identifier: Apache-2.0
# Checks of the tree itself. They are tests like any other: in TAP, part of `make check`.
house_checks = \
	build-aux/check-layers \
	build-aux/check-house \
	build-aux/check-catalog \
	tests/check-layers-test
EXTRA_DIST += $(house_checks) build-aux/lint

lint:
	@$(SHELL) $(top_srcdir)/build-aux/lint $(top_srcdir) '$(CLANG_TIDY)' '$(CPPCHECK)' \
		$(DEFS) $(AM_CPPFLAGS) $(YAML_CFLAGS) $(PCRE2_CFLAGS) $(CPPFLAGS)
.PHONY: lint
