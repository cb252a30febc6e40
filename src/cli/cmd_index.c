/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the small files by which later questions skip large ones. */
#include "cli/commands.h"
#include "cli/setup.h"
#include "lang/query.h"
#include "query/index.h"

static enum err
make(struct setup *s, const struct options *o, const struct inputs *in, struct diags *d)
{
    const struct index_setting setting = { o->index, index_definitions(&s->sources, s->forced_source) };
    const struct run_options ro = setup_run_options(s, o);
    uint64_t made, kept;
    enum err err = ERR_CONFIG;
    index_plan_fields(s->fields);
    struct plan *plan = plan_new(&ro, s->program, &s->sources, s->fields, d);
    if (plan != NULL) {
        err = index_make(&setting, plan, in, &made, &kept, d);
        printf("%llu indexes made, %llu were up to date\n", (unsigned long long)made, (unsigned long long)kept);
    }
    plan_free(plan);
    return err;
}

static enum err
run(const struct options *o, struct diags *d)
{
    const struct query_text everything = { .n_where = 0 };
    struct setup s;
    struct inputs *in = NULL;

    if (o->arguments.n == 0) {
        diag_error(d, SPAN_NONE, "nothing to index: give files or folders");
        return ERR_USAGE;
    }
    enum err status = inputs_new((const char *const *)o->arguments.v, o->arguments.n, &in, d);
    const enum err ready = setup_init_bare(&s, o, d);
    if (status == ERR_OK)
        status = ready;
    if (status == ERR_OK)
        status = query_compile(&everything, s.fields, &s.program, d);
    if (status == ERR_OK)
        status = make(&s, o, in, d);
    inputs_free(in);
    setup_fini(&s);
    return status;
}

const struct command command_index = {
    .name = "index",
    .usage = "[options] INPUT...",
    .help = "Note what logs hold, so that questions can skip files",
    .details =
        "Beside each file (or in --index DIR) a small one is written: times of the first and last event, and Bloom\n"
        "filters of accounts, apps and sessions. query, timeline, account and app use it. A file that changes has\n"
        "to be indexed again; files that did not are left alone.",
    .arguments = ARGUMENTS_INPUTS,
    .options = OPTION_BIT(RULES) | OPTION_BIT(SOURCE) | OPTION_BIT(JOBS) | OPTION_BIT(PROGRESS) |
               OPTION_BIT(LINE_LIMIT) | OPTION_BIT(INDEX),
    .run = run,
};
