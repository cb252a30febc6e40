/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/nightly.h"

#include "base/timestamp.h"

/* "FROM..TO"; a date as TO is the whole of that day. */
static bool
parse_range(struct sv text, int64_t *since, int64_t *until)
{
    size_t dots = 0;
    while (dots + 1 < text.n && !(text.p[dots] == '.' && text.p[dots + 1] == '.'))
        dots++;
    if (dots + 1 >= text.n)
        return false;
    const struct sv to = sv_from(text, dots + 2);
    const int64_t now = time_now();
    if (!time_parse_option(sv_make(text.p, dots), now, since) || !time_parse_option(to, now, until))
        return false;
    if (to.n == sizeof "2026-11-22" - 1 && *until <= TIME_LAST - DAY)
        *until += DAY;
    return *since < *until;
}

enum err
nightly_settle(struct options *o, struct diags *d)
{
    if (o->state == NULL && o->replay == NULL)
        return ERR_OK;
    if (o->state == NULL) {
        diag_error(d, SPAN_NONE, "--replay rebuilds a state: give --state FILE");
        return ERR_USAGE;
    }
    if (o->partial != NULL) {
        diag_error(d, SPAN_NONE, "--partial leaves a partial result for 'merge'; it does not go together with --state");
        return ERR_USAGE;
    }
    if (o->output == NULL) {
        diag_error(d, SPAN_NONE, "--state publishes reports and state together, in a folder: give -o DIR");
        return ERR_USAGE;
    }
    if (o->replay == NULL)
        return ERR_OK;
    if (o->since != TIME_NONE || o->until != TIME_NONE) {
        diag_error(d, SPAN_NONE, "--replay says which days are read; --since and --until do not go with it");
        return ERR_USAGE;
    }
    if (!parse_range(sv_of(o->replay), &o->since, &o->until)) {
        diag_error(d, SPAN_NONE, "--replay: '%s' is not FROM..TO, such as 2026-10-01..2026-11-22 or -30d..-1d",
                   o->replay);
        return ERR_USAGE;
    }
    return ERR_OK;
}

struct night_options
nightly_options(const struct options *o)
{
    return (struct night_options){
        .path = o->state,
        .wait = o->wait,
        .rebuild = o->replay != NULL,
        .lateness = o->lateness,
        .intake = { .count_all = o->replay != NULL, .read_grown = o->read_grown, .count_changed = o->count_changed },
    };
}
