# SPDX-License-Identifier: Apache-2.0
libauthsift_a_SOURCES += \
	src/input/cut.c \
	src/input/feed.c src/input/feed.h \
	src/input/fmt_csv.c \
	src/input/fmt_jsonl.c \
	src/input/format.h \
	src/input/formats.c src/input/formats.def \
	src/input/inflate.c src/input/inflate.h \
	src/input/inflate_gzip.c \
	src/input/inflate_gzip_isal.c \
	src/input/inflate_gzip_zlib.c \
	src/input/inflate_zstd.c \
	src/input/input.h \
	src/input/inputs.c \
	src/input/json.c src/input/json.h \
	src/input/json_keys.c src/input/json_keys.h \
	src/input/json_scan.c src/input/json_scan.h \
	src/input/mapping.c \
	src/input/parser.c \
	src/input/projection.c src/input/projection.h \
	src/input/recognise.c src/input/recognise.h \
	src/input/rejects.def \
	src/input/stream.c \
	src/input/swar.h \
	src/input/trie.c src/input/trie.h \
	src/input/visit.c src/input/visit.h
