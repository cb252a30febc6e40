# SPDX-License-Identifier: Apache-2.0
# Sources of src/lang.
libauthsift_a_SOURCES += \
	src/lang/condition.c \
	src/lang/corr_args.c \
	src/lang/corr_cond.c \
	src/lang/corr_doc.c \
	src/lang/corr_resolve.c \
	src/lang/corr_unit.h \
	src/lang/detection.c \
	src/lang/doc.c \
	src/lang/doc.h \
	src/lang/filter.c \
	src/lang/item.c \
	src/lang/lang.h \
	src/lang/lists.c \
	src/lang/lists.h \
	src/lang/load.c \
	src/lang/logsource.c \
	src/lang/logsource.h \
	src/lang/meta.c \
	src/lang/mod_base64.c \
	src/lang/mod_cidr.c \
	src/lang/mod_compare.c \
	src/lang/mod_datepart.c \
	src/lang/mod_exists.c \
	src/lang/mod_expand.c \
	src/lang/mod_fieldref.c \
	src/lang/mod_list.c \
	src/lang/mod_match.c \
	src/lang/mod_re.c \
	src/lang/mod_utf16.c \
	src/lang/mod_windash.c \
	src/lang/modifier.h \
	src/lang/modifiers.c \
	src/lang/modifiers.def \
	src/lang/named.c \
	src/lang/named.h \
	src/lang/paths.c \
	src/lang/query.c src/lang/query.h \
	src/lang/paths.h \
	src/lang/pattern.c \
	src/lang/pattern.h \
	src/lang/predicate.c \
	src/lang/regex_lint.c \
	src/lang/selection.c \
	src/lang/selection.h \
	src/lang/show.h \
	src/lang/sigma_keys.c \
	src/lang/sigma_keys.h \
	src/lang/sources_doc.c \
	src/lang/tests_doc.c \
	src/lang/unit.h \
	src/lang/yaml.c \
	src/lang/yaml.h
