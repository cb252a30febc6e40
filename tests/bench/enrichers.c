/* SPDX-License-Identifier: Apache-2.0 */
/* What a derived field costs: nanoseconds for an event that has its inputs, one row for each field.
 *
 *   make tests/bench/enrichers && AUTHSIFT_DATADIR=SOURCE-TREE tests/bench/enrichers [FILE.mmdb]
 *
 * Each field is asked for alone, of events that take turns, as a rule would ask; the same loop without asking is
 * subtracted. A field whose siblings come from the same pass costs the pass when it is asked first and nothing behind
 * it, so an enricher's fields do not add up. Time is the processor's; the best of several turns is printed, because
 * what disturbs a measurement only ever makes it longer. The fields of --geoip need FILE.mmdb. The last column is what
 * `authsift list fields` says. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "enrich/enrich.h"

enum { N_EVENTS = 8, ROUNDS = 500, TURNS = 25, MAX_MEMBERS = 8 };

/* Values of the fields that enrichers read; members of lists are separated by '|'. NULL: the same as the first. */
struct sample {
    const char *field;
    const char *value[N_EVENTS];
};

#define CHROME " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"

static const struct sample samples[] = {
    { "action",
      { "post.create", "app.authorize", "api.call", "follow.create", "post.create", "dm.send", "post.create",
        "like.create" } },
    { "api.operation",
      { "dm.read", "follows.read", "users.read", "post.create", "list.read", "dm.read", "like.read", "mute.read" } },
    { "api.status", { "200" } },
    { "outcome", { "success" } },
    { "oauth.app_uid", { "a77" } },
    { "oauth.app_name",
      { "Get F0ll0wers Fast!", "Photo Frame", "Tvvitter", "Chess Club", "\xD0\xA1heck Mate", "Weather", "Insta Growth",
        "Daily News" } },
    { "oauth.app_description", { "All that you need to grow, in one place, for free" } },
    { "oauth.app_created", { "2026-11-20T03:14:15Z" } },
    { "oauth.scopes",
      { "tweet.read|users.read|offline.access",
        "tweet.read|tweet.write|users.read|follows.write|dm.read|offline.access", "tweet.read" } },
    { "oauth.level", { "read_write" } },
    { "oauth.email", { "true" } },
    { "oauth.ads", { "analytics" } },
    { "oauth.redirect_uri",
      { "https://app.example.com/callback?x=1", "http://localhost:3000/cb", "https://grow.example.co.uk/cb" } },
    { "oauth.code_created", { "2026-11-22T03:14:10.5Z" } },
    { "oauth.expires_in", { "7200" } },
    { "oauth.token_expires", { "2026-12-22T03:14:15Z" } },
    { "post.text",
      { "Huge sale on the new phone case today only, get yours before they are gone https://t.co/abcdef #ad",
        "good morning everybody",
        "I cannot believe that they cancelled the show after only two seasons, it was the best thing on television",
        "@bob @alice did you see this? https://www.example.com/news/2026/11/22/some-long-title?utm_source=x",
        "F\xC3\xBCr alle, die es noch nicht wissen: das Spiel f\xC3\xA4llt heute aus \xF0\x9F\x98\xA2",
        "5 reasons why you should follow me right now! #followback #followme #f4f", "lol",
        "This serum changed my skin in two weeks, link below https://amzn.to/3xYzAbC" } },
    { "post.urls",
      { "https://www.amazon.com/dp/B0ABCDEF12?tag=me-21&utm_source=x&th=1", "https://example.org/a/b/c",
        "https://www.example.com/news/2026/11/22/some-long-title?utm_source=x&id=17", "https://bit.ly/3abcDEF",
        "https://www.awin1.com/cread.php?awinmid=1&awinaffid=22&ued=https%3A%2F%2Fshop.example%2Fp%3Fb%3D2",
        "https://linktr.ee/me|https://t.co/abc", "https://brand.pxf.io/c/1234/5678/91?subId1=x",
        "https://youtu.be/abcdefghijk" } },
    { "http_request.user_agent",
      { "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" CHROME, "Mozilla/5.0 (Linux; Android 13; Pixel 7)" CHROME,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 "
        "Mobile/15E148 Safari/604.1",
        "python-requests/2.31.0", "TwitterAndroid/10.21.0-release.0 (310210000-r-0) Pixel 7/13 (Google;Pixel 7)",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:120.0) Gecko/20100101 Firefox/120.0", "okhttp/4.9.3",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64)" CHROME " Edg/120.0.0.0" } },
    { "src_endpoint.ip",
      { "203.0.113.77", "198.51.100.9", "2001:db8:1:2::3", "192.0.2.200", "8.8.8.8", "100.64.3.4", "2606:4700::1111",
        "77.12.3.4" } },
    { "src_endpoint.asn", { "3320", "16509", "64500", "21928", "7922", "14061", "2119", "13335" } },
    { "src_endpoint.location.long", { "13.4", "-46.6", "-122.4", "139.7", "2.35", "77.2", "3.4", "116.4" } },
    { "src_endpoint.location.country", { "DE", "BR", "US", "JP", "FR", "IN", "NG", "CN" } },
};
enum { N_SAMPLES = sizeof samples / sizeof samples[0] };

static const char *
sample_value(const struct sample *s, size_t i)
{
    return s->value[i] != NULL ? s->value[i] : s->value[0];
}

/* Fields that the log is to lack, or they would not be derived. */
static bool
is_supplied(const struct enricher *e, const char *name)
{
    for (size_t i = 0; i < e->n_fields; i++)
        if (strcmp(e->fields[i].name, name) == 0)
            return true;
    return false;
}

static void
set_inputs(struct event *ev, const struct fields *fields, const struct enricher *e, size_t which)
{
    for (const char *const *in = e->inputs; *in != NULL; in++) {
        for (size_t s = 0; s < N_SAMPLES; s++) {
            struct sv member[MAX_MEMBERS];
            size_t n = 0;
            if (strcmp(samples[s].field, *in) != 0 || is_supplied(e, *in))
                continue;
            struct sv rest = sv_of(sample_value(&samples[s], which));
            while (n < MAX_MEMBERS && sv_split(&rest, '|', &member[n]))
                n++;
            event_set_texts(ev, fields_find(fields, sv_of(*in)), member, n);
        }
    }
}

static double
now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds a round, over all events. */
static double
turn(struct event *ev, const struct fields *fields, const struct enricher *e, field_id field, bool ask)
{
    const double start = now_ns();
    for (size_t r = 0; r < ROUNDS; r++) {
        for (size_t i = 0; i < N_EVENTS; i++) {
            arena_reset(ev->scratch);
            event_reset(ev);
            ev->time = INT64_C(1795317255000000); /* 2026-11-22T03:14:15Z */
            set_inputs(ev, fields, e, i);
            if (ask)
                event_value(ev, field);
        }
    }
    return (now_ns() - start) / ROUNDS / N_EVENTS;
}

/* With and without take turns, so that both see the same machine. */
static double
cost(struct event *ev, const struct fields *fields, const struct enricher *e, field_id field)
{
    double with = turn(ev, fields, e, field, true);
    double without = turn(ev, fields, e, field, false);
    for (int t = 1; t < TURNS; t++) {
        const double a = turn(ev, fields, e, field, true);
        const double b = turn(ev, fields, e, field, false);
        with = a < with ? a : with;
        without = b < without ? b : without;
    }
    return with - without;
}

static bool
measure(const struct enricher *e, const struct derived_field *f, const struct enrich_options *o, struct diags *d)
{
    struct fields *fields = fields_new();
    struct arena scratch = ARENA_INIT;
    struct event ev;
    const field_id field = fields_add(fields, sv_of(f->name));
    enrich_plan_fields(o, fields);
    struct enrichment *enrichment = enrichment_new(o, fields, d);
    if (enrichment != NULL) {
        event_init(&ev, fields_count(fields), &scratch, enrichment_derive(enrichment));
        printf("%-45s %-9s %6.0f  %s\n", f->name, e->name, cost(&ev, fields, e, field), f->cost);
        event_fini(&ev);
    }
    const bool good = enrichment != NULL;
    enrichment_free(enrichment);
    arena_fini(&scratch);
    fields_free(fields);
    return good;
}

int
main(int argc, char **argv)
{
    const char *root = getenv("AUTHSIFT_DATADIR");
    struct buf datadir = BUF_INIT;
    struct diags *d = diags_new();
    bool good = true;
    buf_printf(&datadir, "%s/data", root != NULL ? root : ".");
    const struct enrich_options o = { .datadir = buf_cstr(&datadir),
                                      .geoip = (const char *const *)argv + 1,
                                      .n_geoip = (size_t)argc - 1,
                                      .now = time_now() };
    printf("%-45s %-9s %6s  %s\n", "field", "enricher", "ns", "cost");
    for (size_t i = 0; good && i < n_enrichers; i++) {
        if (enrichers[i]->is_available != NULL && !enrichers[i]->is_available(&o))
            continue;
        for (size_t k = 0; good && k < enrichers[i]->n_fields; k++)
            good = measure(enrichers[i], &enrichers[i]->fields[k], &o, d);
    }
    diags_print(d, stderr);
    diags_free(d);
    buf_fini(&datadir);
    return good ? 0 : 1;
}
