# SPDX-License-Identifier: Apache-2.0
# Questions asked by hand: rows, groups, and what they are measured by.
libauthsift_a_SOURCES += \
	src/query/about.c src/query/about.h \
	src/query/answer.c src/query/answer.h \
	src/query/bucket.c src/query/bucket.h \
	src/query/column.c src/query/column.h \
	src/query/datum.c src/query/datum.h \
	src/query/groups.c src/query/groups.h \
	src/query/hll.c src/query/hll.h \
	src/query/index.h src/query/index_format.c src/query/index_format.h \
	src/query/index_make.c src/query/index_read.c \
	src/query/measure.c src/query/measure.h src/query/measures.def \
	src/query/namedate.c src/query/namedate.h \
	src/query/profile.c src/query/profile.h \
	src/query/query.c src/query/query.h \
	src/query/rows.c src/query/rows.h \
	src/query/sorter.c src/query/sorter.h \
	src/query/spec.c \
	src/query/story.c src/query/story.h \
	src/query/writer.c src/query/writer.h
