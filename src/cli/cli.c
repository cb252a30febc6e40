/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/config.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <signal.h>

#define COMMAND(id) extern const struct command command_##id;
#include "cli/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(id) &command_##id,
#include "cli/commands.def"
#undef COMMAND
};
#define OPTIONS_OF_ALL (OPTION_BIT(CONFIG) | OPTION_BIT(PROFILE) | OPTION_BIT(LOG_FORMAT) | OPTION_BIT(HELP))

const size_t n_commands = sizeof commands / sizeof commands[0];

static void
print_overview(FILE *to)
{
    fputs(
        "authsift - find abused access in authorization and session logs\n\nusage: authsift COMMAND [options] ...\n\n",
        to);
    for (size_t i = 0; i < n_commands; i++)
        fprintf(to, "  %-9s %s\n", commands[i]->name, commands[i]->help);
    fputs("\n'authsift COMMAND --help' shows the options of a command. A first try:\n"
          "  authsift scan -o reports logs/\n",
          to);
}

static void
print_help(const struct command *c)
{
    printf("usage: authsift %s %s\n\n%s.\n", c->name, c->usage, c->help);
    if (c->details != NULL)
        printf("\n%s\n", c->details);
    puts("\noptions:");
    options_help(c->options | OPTIONS_OF_ALL, c->minor, stdout);
}

static struct sv
command_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(commands[i]->name);
}

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < n_commands; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static void
unknown_command(const char *name, struct diags *d)
{
    const struct sv near = diag_nearest(sv_of(name), n_commands, command_name, NULL);
    if (near.n != 0)
        diag_error(d, SPAN_NONE, "unknown command '%s' (did you mean '%.*s'?)", name, SV_ARG(near));
    else
        diag_error(d, SPAN_NONE, "unknown command '%s' (see authsift --help)", name);
}

static enum err
run_command(const struct command *c, int argc, char **argv, enum log_format *log, struct diags *d)
{
    struct options o;
    struct config config = { .path = NULL };
    options_init(&o);
    enum err status = options_parse(&o, argc - 2, argv + 2, c->name, c->options | OPTIONS_OF_ALL, d);
    if (o.help && status == ERR_OK) {
        print_help(c);
    } else if (status == ERR_OK) {
        status = config_apply(&config, c, &o, d);
        if (status == ERR_OK)
            status = c->run(&o, d);
    }
    *log = o.log_format;
    options_fini(&o);
    config_fini(&config);
    return status;
}

/* Standard output is data: what could not be written must not look like success. A command that knows has said so. */
static enum err
close_stdout(enum err status, struct diags *d)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        if (status != ERR_OUTPUT)
            diag_error(d, SPAN_NONE, "cannot write to standard output");
        return ERR_OUTPUT;
    }
    return status;
}

int
cli_main(int argc, char **argv)
{
    struct diags *d = diags_new();
    enum err status = ERR_USAGE;
    enum log_format log = LOG_TEXT;

    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        print_overview(stderr);
    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_overview(stdout);
        status = ERR_OK;
    } else if (strcmp(argv[1], "--version") == 0) {
        puts("authsift " PACKAGE_VERSION);
        status = ERR_OK;
    } else {
        const struct command *c = find_command(argv[1]);
        if (c != NULL)
            status = run_command(c, argc, argv, &log, d);
        else
            unknown_command(argv[1], d);
    }
    status = close_stdout(status, d);
    log_print(d, log, stderr);
    diags_free(d);
    return (int)status;
}
