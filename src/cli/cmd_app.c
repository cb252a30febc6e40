/* SPDX-License-Identifier: Apache-2.0 */
/* An app: what it may do, and the accounts that let it in. */
#include "cli/commands.h"
#include "cli/profile_view.h"

static enum err
run(const struct options *o, struct diags *d)
{
    return profile_command(o, PROFILE_APP, d);
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
