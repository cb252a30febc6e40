# The command line. Sources of the library too, so that unit tests can reach them; only main.c is outside.
libauthsift_a_SOURCES += \
	src/cli/cli.c \
	src/cli/cmd_check.c \
	src/cli/cmd_diff.c \
	src/cli/cmd_explain.c \
	src/cli/cmd_fields.c \
	src/cli/cmd_list.c \
	src/cli/cmd_merge.c \
	src/cli/cmd_query.c \
	src/cli/cmd_state.c \
	src/cli/cmd_account.c src/cli/cmd_app.c src/cli/cmd_index.c src/cli/cmd_timeline.c \
	src/cli/entity.c src/cli/entity.h \
	src/cli/cmd_scan.c \
	src/cli/cmd_test.c \
	src/cli/commands.def src/cli/commands.h \
	src/cli/config.c src/cli/config.h \
	src/cli/field_stats.c src/cli/field_stats.h \
	src/cli/ask.c src/cli/ask.h \
	src/cli/asked_fields.c src/cli/asked_fields.h \
	src/cli/log.c src/cli/log.h \
	src/cli/narrow.c src/cli/narrow.h \
	src/cli/near.c src/cli/near.h \
	src/cli/nightly.c src/cli/nightly.h \
	src/cli/operation.c src/cli/operation.h \
	src/cli/options.c src/cli/options.def src/cli/options.h \
	src/cli/output.c src/cli/output.h \
	src/cli/profile_view.c src/cli/profile_view.h \
	src/cli/provided.c src/cli/provided.h \
	src/cli/sandbox.c src/cli/sandbox.h \
	src/cli/setup.c src/cli/setup.h \
	src/cli/sheet.c src/cli/sheet.h \
	src/cli/terminal.c src/cli/terminal.h
