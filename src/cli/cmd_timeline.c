/* SPDX-License-Identifier: Apache-2.0 */
/* The story of one account or app. */
#include "cli/commands.h"
#include "cli/entity.h"
#include "query/story.h"

static void *
open_story(const void *ctx, struct fields *fields, const struct options *o)
{
    (void)ctx;
    return story_new(fields, o->limit);
}

static void
close_story(void *view)
{
    story_free(view);
}

static enum err
run_story(void *view, const struct plan *plan, const struct inputs *in, const struct results *r, struct sv who,
          const struct query_output *out, struct health_totals *totals, struct diags *d)
{
    return story_run(view, plan, in, r, who, out, totals, d);
}

static enum err
run(const struct options *o, struct diags *d)
{
    const struct entity_view view = { open_story, close_story, run_story, NULL };
    return entity_command(o, ENTITY_EITHER, &view, d);
}

const struct command command_timeline = {
    .name = "timeline",
    .usage = "[options] ACCOUNT|APP INPUT...",
    .help = "Tell what happened to an account or app, in order",
    .details =
        "ACCOUNT or APP is an id or a name. Log-ins, grants, uses, posts in the order of time; with -r RULES the\n"
        "findings that name it as well.",
    .options = ENTITY_OPTIONS,
    .minor = ENTITY_MINOR,
    .run = run,
};
