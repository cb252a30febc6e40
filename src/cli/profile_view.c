/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/profile_view.h"

static void *
open_profile(const void *ctx, struct fields *fields, const struct options *o)
{
    return profile_new(*(const enum profile_of *)ctx, fields, o->limit);
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

enum err
profile_command(const struct options *o, enum profile_of of, struct diags *d)
{
    const struct entity_view view = { open_profile, close_profile, run_profile, &of };
    return entity_command(o, of == PROFILE_ACCOUNT ? ENTITY_ACCOUNT : ENTITY_APP, &view, d);
}
