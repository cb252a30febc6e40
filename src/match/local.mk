libauthsift_a_SOURCES += \
    src/match/clause.c src/match/clause.h \
    src/match/code.c src/match/code.h \
    src/match/exact.c src/match/exact.h \
    src/match/explain.c \
    src/match/gram.c src/match/gram.h \
    src/match/lane.c src/match/lane.h \
    src/match/literals.h \
    src/match/match.h \
    src/match/matcher.c \
    src/match/op_boolean.c \
    src/match/op_cidr.c \
    src/match/op_fieldref.c \
    src/match/op_glob.c \
    src/match/op_null.c \
    src/match/op_number.c \
    src/match/op_regex.c \
    src/match/op_string.c \
    src/match/ops.c src/match/ops.h \
    src/match/scratch.c src/match/scratch.h \
    src/match/teddy.c src/match/teddy.h src/match/teddy_scan.c \
    src/match/text.c src/match/text.h \
    src/match/tree.c src/match/tree.h
