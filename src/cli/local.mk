# The command line. Sources of the library too, so that unit tests can reach them; only main.c is outside.
libauthsift_a_SOURCES += \
	src/cli/cli.c \
	src/cli/cmd_check.c \
	src/cli/cmd_explain.c \
	src/cli/cmd_fields.c \
	src/cli/cmd_list.c \
	src/cli/cmd_scan.c \
	src/cli/cmd_test.c \
	src/cli/commands.def src/cli/commands.h \
	src/cli/field_stats.c src/cli/field_stats.h \
	src/cli/near.c src/cli/near.h \
	src/cli/options.c src/cli/options.def src/cli/options.h \
	src/cli/provided.c src/cli/provided.h \
	src/cli/setup.c src/cli/setup.h \
	src/cli/terminal.c src/cli/terminal.h
