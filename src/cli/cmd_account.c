/* SPDX-License-Identifier: Apache-2.0 */
/* An account as its owner sees it: connected apps, sessions, and what to do about them. */
#include "cli/commands.h"
#include "cli/entity.h"
#include "query/profile.h"

static void *
open_profile(const void *ctx, struct fields *fields, const struct options *o)
{
    (void)ctx;
    return profile_new(PROFILE_ACCOUNT, fields, o->limit);
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
    return entity_command(o, ENTITY_ACCOUNT, &view, d);
}

const struct command command_account = {
    .name = "account",
    .usage = "[options] ACCOUNT INPUT...",
    .help = "Show the apps and sessions of an account, and what to do",
    .details = "ACCOUNT is an id or a name. Connected apps with their permissions in words, sessions with place and "
               "time; what\n"
               "to revoke, log out, change. With -r RULES also what their findings ask for.",
    .options = ENTITY_OPTIONS,
    .minor = ENTITY_MINOR,
    .run = run,
};
