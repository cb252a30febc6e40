# SPDX-License-Identifier: Apache-2.0
libauthsift_a_SOURCES += \
	src/base/arena.c src/base/arena.h \
	src/base/atomicfile.c src/base/atomicfile.h \
	src/base/bits.h \
	src/base/buf.c src/base/buf.h \
	src/base/codec.c src/base/codec.h \
	src/base/diag.c src/base/diag.h \
	src/base/err.h \
	src/base/fileio.c src/base/fileio.h \
	src/base/listline.c src/base/listline.h \
	src/base/map.c src/base/map.h \
	src/base/mem.c src/base/mem.h \
	src/base/number.c src/base/number.h \
	src/base/sv.c src/base/sv.h \
	src/base/timestamp.c src/base/timestamp.h \
	src/base/vec.h
