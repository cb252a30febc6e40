/* SPDX-License-Identifier: Apache-2.0 */
/* Are these rules right? Every problem of every file, in one run. */
#include "cli/commands.h"
#include "cli/setup.h"

static int
run(const struct options *o, struct diags *d)
{
    struct setup s;
    if (o->arguments.n == 0) {
        diag_error(d, SPAN_NONE, "nothing to check: give rule files or folders");
        return ERR_USAGE;
    }
    const enum err err = setup_init(&s, o, (const char *const *)o->arguments.v, o->arguments.n, true, d);
    if (s.program != NULL) {
        size_t n_corrs = 0;
        for (size_t i = 0; i < s.program->corrs.n; i++)
            n_corrs += !s.program->corrs.v[i].single;
        printf("%zu rules and %zu correlations are right, %zu errors, %zu warnings\n", s.program->rules.n, n_corrs,
               diags_errors(d), diags_warnings(d));
    }
    setup_fini(&s);
    return err;
}

const struct command command_check = {
    .name = "check",
    .usage = "[options] RULES...",
    .help = "Check rules: every mistake with its place; exit status 3 if there is any",
    .options = OPTION_BIT(LISTS),
    .run = run,
};
