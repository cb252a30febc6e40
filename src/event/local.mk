# SPDX-License-Identifier: Apache-2.0
libauthsift_a_SOURCES += \
	src/event/borders.c src/event/borders.def src/event/borders.h \
	src/event/canonical.def \
	src/event/event.c src/event/event.h \
	src/event/fields.c src/event/fields.h \
	src/event/place.c src/event/place.h \
	src/event/source.h
