/* SPDX-License-Identifier: Apache-2.0 */
/* An app: what it may do, and the accounts that let it in. */
#include "cli/commands.h"
#include "cli/entity.h"
#include "query/profile.h"

static void *
open_profile(const void *ctx, struct fields *fields, const struct options *o)
{
    (void)ctx;
    return profile_new(PROFILE_APP, fields, o->limit);
}

static void
close_profile(void *view)
{
    profile_free(view);
}

static enum err
run_profile(void *view, const struct plan *plan, const struct inputs *in, const struct results *r, struct sv who,
            const struct query_output *out, struct health_totals *totals, struct diags *d)
{
    return profile_run(view, plan, in, r, who, out, totals, d);
}

static enum err
run(const struct options *o, struct diags *d)
{
    const struct entity_view view = { open_profile, close_profile, run_profile, NULL };
    return entity_command(o, ENTITY_APP, &view, d);
}

const struct command command_app = {
    .name = "app",
    .usage = "[options] APP INPUT...",
    .help = "Show what an app may do, for which accounts",
    .details =
        "APP is an id or a name. Its permissions in words, then the accounts that let it in, those that used it\n"
        "last first. With -r RULES also what their findings ask for.",
    .options = ENTITY_OPTIONS,
    .minor = ENTITY_MINOR,
    .run = run,
};
