/* SPDX-License-Identifier: Apache-2.0 */
/* One day's events, sorted, as JSON Lines in a gzip file: a world of weeks never stands in memory as a whole. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "simulation.h"

#define DOUBLE_SHARE 0.003 /* delivered twice */

static int
cmp_event(const void *a, const void *b)
{
    const struct sim_event *x = a;
    const struct sim_event *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

static void
put_time(gzFile to, const char *key, int64_t us)
{
    const time_t seconds = (time_t)(us / SECOND);
    struct tm tm;
    char date[40];
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    gzprintf(to, "\"%s\":\"%s.%03dZ\"", key, date, (int)(us % SECOND / 1000));
}

/* Texts here are the simulation's own and need no escapes. */
static void
put_text(gzFile to, const char *key, const char *value)
{
    if (value != NULL)
        gzprintf(to, ",\"%s\":\"%s\"", key, value);
}

static void
put_place(gzFile to, const struct sim_event *e)
{
    const struct city *c = &sim_cities[e->from.city];
    const uint32_t ip = e->from.ip;
    if (ip == 0)
        return;
    if (e->six)
        gzprintf(to, ",\"src_endpoint\":{\"ip\":\"2001:db8:%x::%x\"", ip >> 16, ip & 0xffff);
    else
        gzprintf(to, ",\"src_endpoint\":{\"ip\":\"%u.%u.%u.%u\"", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
    gzprintf(to,
             ",\"asn\":%u,\"ip_class\":\"%s\",\"location\":{\"country\":\"%s\",\"city\":\"%s\",\"lat\":%.2f,"
             "\"long\":%.2f,\"horizontal_accuracy\":%d}}",
             e->from.asn, class_names[e->from.class_], c->country, c->name, c->lat, c->lon,
             e->from.class_ == MOBILE ? 100 : 20);
    gzprintf(to, ",\"http_request\":{\"user_agent\":\"%s\"}", sim_agents[e->agent]);
}

static void
put_grant(gzFile to, const struct sim_event *e, const struct sim_app *a, bool old)
{
    gzprintf(to, ",");
    put_time(to, "app_created", a->created);
    gzprintf(to, ",\"owner_uid\":\"u%07" PRIu32 "\",\"verified\":%s,\"redirect_uri\":\"%s\"", a->owner,
             a->verified ? "true" : "false", e->redirect != NULL ? e->redirect : a->redirect);
    if (e->token_life != 0)
        gzprintf(to, ",\"expires_in\":%u", e->token_life * 86400u);
    if (old) {
        put_text(to, "level", a->level);
        return;
    }
    put_text(to, "pkce", a->pkce);
    gzprintf(to, ",\"scopes\":[");
    for (int i = 0, any = 0; i < N_SCOPES; i++)
        if ((e->scopes >> i & 1) != 0)
            gzprintf(to, "%s\"%s\"", any++ != 0 ? "," : "", scope_names[i]);
    gzprintf(to, "]");
    if (e->code_age != 0) {
        gzprintf(to, ",");
        put_time(to, "code_created", e->time - e->code_age * SECOND);
    }
}

static void
put_app(gzFile to, const struct sim *s, const struct sim_event *e)
{
    static const char *const clients[] = { "web", "native", "spa", "bot" };
    if (e->app < 0)
        return;
    const struct sim_app *a = &s->app[e->app];
    const bool old = a->protocol == OAUTH1A || e->old_oauth;
    gzprintf(to, ",\"oauth\":{\"app_uid\":\"%s\",\"app_name\":\"%s\",\"protocol\":\"%s\",\"client_type\":\"%s\"", a->id,
             a->name, old ? "oauth1a" : "oauth2", clients[a->client]);
    if (a->first_party)
        gzprintf(to, ",\"first_party\":true");
    if (e->token != 0)
        gzprintf(to, ",\"token_uid\":\"t%016" PRIx64 "\"", e->token);
    put_text(to, "grant_type", e->grant);
    if (e->scopes != 0)
        put_grant(to, e, a, old);
    gzprintf(to, "}");
}

static void
put_post(gzFile to, const struct sim_event *e)
{
    if (e->post == 0)
        return;
    gzprintf(to, ",\"post\":{\"uid\":\"p%08" PRIx32 "\"", e->post);
    put_text(to, "text", e->text);
    if (e->url != NULL)
        gzprintf(to, ",\"urls\":[\"%s\"]", e->url);
    if (e->reply_to != NO_ACCOUNT)
        gzprintf(to, ",\"is_reply\":true,\"reply_to\":{\"uid\":\"u%07" PRIu32 "\"}", e->reply_to);
    gzprintf(to, "}");
}

static void
put_event(gzFile to, const struct sim *s, const struct sim_event *e)
{
    gzprintf(to, "{");
    put_time(to, "time", e->time);
    gzprintf(to,
             ",\"uid\":\"e%08" PRIx32
             "\",\"action\":\"%s\",\"outcome\":\"%s\",\"actor\":{\"user\":{\"uid\":\"u%07" PRIu32 "\"}",
             e->serial, e->action, e->failed ? "failure" : "success", e->who);
    if (e->session != 0)
        gzprintf(to, ",\"session\":{\"uid\":\"s%08" PRIx32 "\"}", e->session);
    gzprintf(to, "}");
    if (e->device != 0)
        gzprintf(to, ",\"device\":{\"uid\":\"d%08" PRIx32 "\"}", e->device);
    put_place(to, e);
    put_app(to, s, e);
    if (e->status != 0 && e->operation != NULL)
        gzprintf(to, ",\"api\":{\"operation\":\"%s\",\"status\":%u}", e->operation, e->status);
    put_post(to, e);
    if (e->target != NO_ACCOUNT)
        gzprintf(to, ",\"target\":{\"uid\":\"u%07" PRIu32 "\"}", e->target);
    if (e->change != NULL)
        gzprintf(to, ",\"change\":{\"field\":\"%s\"}", e->change);
    gzprintf(to, "}\n");
}

bool
simwrite_day(struct sim *s, const char *folder, int day, int64_t until)
{
    const time_t seconds = (time_t)((s->start + day * DAY) / SECOND);
    struct tm tm;
    char date[16];
    char path[4096];
    size_t left = 0;
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%d", &tm);
    snprintf(path, sizeof path, "%s/%s%s.jsonl.gz", folder, date, day < 0 ? "-before" : "");
    gzFile to = gzopen(path, "wb1");
    if (to == NULL)
        return false;
    gzbuffer(to, 1u << 18);
    qsort(s->ev, s->n_ev, sizeof *s->ev, cmp_event);
    for (size_t i = 0; i < s->n_ev; i++) {
        if (s->ev[i].time >= until) {
            s->ev[left++] = s->ev[i];
            continue;
        }
        put_event(to, s, &s->ev[i]);
        if (rng_chance(&s->rng, DOUBLE_SHARE))
            put_event(to, s, &s->ev[i]);
    }
    s->n_ev = left;
    return gzclose(to) == Z_OK;
}
