/* SPDX-License-Identifier: Apache-2.0 */
/* An account as its owner sees it: connected apps, sessions, and what to do about them. */
#include "cli/commands.h"
#include "cli/profile_view.h"

static enum err
run(const struct options *o, struct diags *d)
{
    return profile_command(o, PROFILE_ACCOUNT, d);
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
