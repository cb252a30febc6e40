libauthsift_a_SOURCES += \
    src/ir/dump.c \
    src/ir/expr.c \
    src/ir/literal.c src/ir/literal.h \
    src/ir/names.c \
    src/ir/ops.def \
    src/ir/program.c src/ir/program.h \
    src/ir/regex.c src/ir/regex.h
