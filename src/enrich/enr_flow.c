/* SPDX-License-Identifier: Apache-2.0 */
/* oauth.*, of how a grant comes about: where it is sent, how long its code lay about, how long its token lives. What a
 * grant allows is enr_oauth.c's. Sources: RFC 6749 (redirect_uri, expires_in), domain notes A14 and A15. */
#include "base/mem.h"
#include "base/timestamp.h"
#include "enrich/enrich.h"
#include "enrich/url.h"

enum output { OUT_HOST, OUT_DOMAIN, OUT_CODE_AGE, OUT_LIFETIME, OUT_COUNT };

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_HOST] = { "oauth.redirect_host", "string", "cheap", "host of oauth.redirect_uri, if that is http or https" },
    [OUT_DOMAIN] = { "oauth.redirect_domain", "string", "costly", "its registrable domain; none of an address" },
    [OUT_CODE_AGE] = { "oauth.code_age", "number", "cheap", "seconds from oauth.code_created to the event" },
    [OUT_LIFETIME] = { "oauth.token_lifetime", "number", "costly",
                       "days that the token lives: by oauth.expires_in, else up to oauth.token_expires" },
};

enum input { IN_REDIRECT, IN_CODE_CREATED, IN_EXPIRES_IN, IN_EXPIRES, IN_COUNT };
static const char *const inputs[] = { "oauth.redirect_uri", "oauth.code_created", "oauth.expires_in",
                                      "oauth.token_expires", NULL };

struct flow {
    field_id in[IN_COUNT];
};

static void *
flow_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    (void)o;
    (void)d;
    struct flow *f = mem_zalloc(1, sizeof *f);
    for (size_t i = 0; i < IN_COUNT; i++)
        f->in[i] = fields_find(fields, sv_of(inputs[i]));
    return f;
}

static void
flow_close(void *ctx)
{
    mem_free(ctx);
}

static void
derive_redirect(const struct flow *f, struct event *ev, field_id field, bool domain)
{
    struct sv text;
    struct sv host;
    if (!event_text(ev, f->in[IN_REDIRECT], &text) || !url_host(text, ev->scratch, &host))
        return;
    if (domain)
        host = url_registrable(host);
    if (host.n != 0)
        event_set_text(ev, field, host);
}

static bool
read_time(struct event *ev, field_id field, int64_t *us)
{
    struct sv text;
    return event_text(ev, field, &text) && (time_parse(text, us) || time_from_number(text, us));
}

static double
days(int64_t from, int64_t to)
{
    return ((double)to - (double)from) / (double)DAY;
}

static void
derive_lifetime(const struct flow *f, struct event *ev, field_id field)
{
    double seconds;
    int64_t end;
    if (value_number(event_value(ev, f->in[IN_EXPIRES_IN]), ev->scratch, &seconds))
        event_set_number(ev, field, seconds * (double)SECOND / (double)DAY);
    else if (ev->time != TIME_NONE && read_time(ev, f->in[IN_EXPIRES], &end))
        event_set_number(ev, field, days(ev->time, end));
}

static void
flow_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct flow *f = ctx;
    int64_t created;

    event_set_absent(ev, field);
    switch ((enum output)index) {
    case OUT_HOST:
    case OUT_DOMAIN:
        derive_redirect(f, ev, field, index == OUT_DOMAIN);
        break;
    case OUT_CODE_AGE:
        if (ev->time != TIME_NONE && read_time(ev, f->in[IN_CODE_CREATED], &created))
            event_set_number(ev, field, ((double)ev->time - (double)created) / (double)SECOND);
        break;
    case OUT_LIFETIME:
        derive_lifetime(f, ev, field);
        break;
    case OUT_COUNT:
        break;
    }
}

const struct enricher enricher_flow = {
    .name = "flow",
    .help = "how a grant comes about: where it is sent, how old its code is, how long its token lives",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = flow_open,
    .close = flow_close,
    .derive = flow_derive,
};
