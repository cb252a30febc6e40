# SPDX-License-Identifier: Apache-2.0
# Sources of src/state.
libauthsift_a_SOURCES += \
	src/state/db.c src/state/db.h \
	src/state/history.c \
	src/state/ledger.c \
	src/state/lock.c src/state/lock.h \
	src/state/state.c src/state/state.h
