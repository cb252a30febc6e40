# SPDX-License-Identifier: Apache-2.0
libauthsift_a_SOURCES += \
	src/input/csv_split.c src/input/csv_split.h \
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
	src/input/json_shape.c src/input/json_shape.h \
	src/input/json_state.h \
	src/input/json_string.h \
	src/input/json_walk.h \
	src/input/mapping.c \
	src/input/parser.c \
	src/input/pieces.c \
	src/input/projection.c src/input/projection.h \
	src/input/recognise.c src/input/recognise.h \
	src/input/rejects.def \
	src/input/simd.c src/input/simd.h src/input/simd_rows.h \
	src/input/simd_avx2.c \
	src/input/simd_avx512.c \
	src/input/simd_neon.c \
	src/input/simd_portable.c \
	src/input/simd_sse2.c \
	src/input/simd_x86.h \
	src/input/stream.c src/input/stream_internal.h \
	src/input/swar.h \
	src/input/trie.c src/input/trie.h \
	src/input/visit.c src/input/visit.h
