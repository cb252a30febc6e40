/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_FIELDS = 40, TEXT_MAX = 512 };

/* Noise, as shares of all lines. */
#define LATE_SHARE 0.010
#define DOUBLE_SHARE 0.004
#define BROKEN_SHARE 0.0005
#define BLANK_SHARE 0.0002

struct ev *
log_add(struct log *l, int64_t time, const char *action, const struct account *who)
{
    if (l->n == l->cap) {
        l->cap = l->cap < 1024 ? 1024 : l->cap + l->cap / 2;
        l->v = realloc(l->v, l->cap * sizeof *l->v);
        if (l->v == NULL)
            abort();
    }
    struct ev *e = &l->v[l->n++];
    *e = (struct ev){ .time = time, .action = action, .who = who, .app = -1 };
    return e;
}

void
log_fini(struct log *l)
{
    free(l->v);
}

/* ---- one event as paths and texts ---- */

enum type { TEXT, NUMBER, BOOLEAN, LIST };

struct field {
    const char *path;
    enum type type;
};

/* In the order of the CSV columns; fields of one object stand together, so that JSON can be written in one pass. */
enum path {
    P_TIME,
    P_UID,
    P_ACTION,
    P_OUTCOME,
    P_USER,
    P_USER_NAME,
    P_SESSION,
    P_DEVICE,
    P_IP,
    P_ASN,
    P_CLASS,
    P_COUNTRY,
    P_CITY,
    P_LAT,
    P_LONG,
    P_ACCURACY,
    P_AGENT,
    P_APP,
    P_APP_NAME,
    P_APP_CREATED,
    P_FIRST_PARTY,
    P_VERIFIED,
    P_CLIENT,
    P_PROTOCOL,
    P_GRANT,
    P_LEVEL,
    P_SCOPES,
    P_REDIRECT,
    P_PKCE,
    P_TOKEN,
    P_OPERATION,
    P_STATUS,
    P_POST,
    P_TEXT,
    P_URLS,
    P_REPLY,
    P_TARGET,
    P_CHANGE,
    N_PATHS
};

static const struct field fields[N_PATHS] = {
    [P_TIME] = { "time", TEXT },
    [P_UID] = { "uid", TEXT },
    [P_ACTION] = { "action", TEXT },
    [P_OUTCOME] = { "outcome", TEXT },
    [P_USER] = { "actor.user.uid", TEXT },
    [P_USER_NAME] = { "actor.user.name", TEXT },
    [P_SESSION] = { "actor.session.uid", TEXT },
    [P_DEVICE] = { "device.uid", TEXT },
    [P_IP] = { "src_endpoint.ip", TEXT },
    [P_ASN] = { "src_endpoint.asn", NUMBER },
    [P_CLASS] = { "src_endpoint.ip_class", TEXT },
    [P_COUNTRY] = { "src_endpoint.location.country", TEXT },
    [P_CITY] = { "src_endpoint.location.city", TEXT },
    [P_LAT] = { "src_endpoint.location.lat", NUMBER },
    [P_LONG] = { "src_endpoint.location.long", NUMBER },
    [P_ACCURACY] = { "src_endpoint.location.horizontal_accuracy", NUMBER },
    [P_AGENT] = { "http_request.user_agent", TEXT },
    [P_APP] = { "oauth.app_uid", TEXT },
    [P_APP_NAME] = { "oauth.app_name", TEXT },
    [P_APP_CREATED] = { "oauth.app_created", TEXT },
    [P_FIRST_PARTY] = { "oauth.first_party", BOOLEAN },
    [P_VERIFIED] = { "oauth.verified", BOOLEAN },
    [P_CLIENT] = { "oauth.client_type", TEXT },
    [P_PROTOCOL] = { "oauth.protocol", TEXT },
    [P_GRANT] = { "oauth.grant_type", TEXT },
    [P_LEVEL] = { "oauth.level", TEXT },
    [P_SCOPES] = { "oauth.scopes", LIST },
    [P_REDIRECT] = { "oauth.redirect_uri", TEXT },
    [P_PKCE] = { "oauth.pkce", TEXT },
    [P_TOKEN] = { "oauth.token_uid", TEXT },
    [P_OPERATION] = { "api.operation", TEXT },
    [P_STATUS] = { "api.status", NUMBER },
    [P_POST] = { "post.uid", TEXT },
    [P_TEXT] = { "post.text", TEXT },
    [P_URLS] = { "post.urls", LIST },
    [P_REPLY] = { "post.is_reply", BOOLEAN },
    [P_TARGET] = { "target.uid", TEXT },
    [P_CHANGE] = { "change.field", TEXT },
};

/* Texts of one event by path; an empty text is an absent field. Lists are joined by blanks. */
struct row {
    char text[N_PATHS][TEXT_MAX];
};

static void put(struct row *r, enum path p, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
put(struct row *r, enum path p, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(r->text[p], TEXT_MAX, format, ap);
    va_end(ap);
}

static void
put_time(struct row *r, enum path p, int64_t us)
{
    const time_t seconds = (time_t)(us / SECOND);
    struct tm tm;
    char date[40];
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    put(r, p, "%s.%03dZ", date, (int)(us % SECOND / 1000));
}

/* An identifier of an event, a session, ...: a letter and a number in hexadecimal; or a UUID (RFC 9562, version 4) that
 * is made of both, so that the same one gives the same. */
static void
put_id(struct row *r, enum path p, const struct log_style *style, char letter, uint64_t number)
{
    if (!style->uuids) {
        put(r, p, "%c%08" PRIx64, letter, number);
        return;
    }
    struct rng rng = { number << 8 | (unsigned char)letter };
    const uint64_t high = rng_next(&rng);
    const uint64_t low = rng_next(&rng);
    put(r, p, "%08" PRIx64 "-%04x-4%03x-%04x-%012" PRIx64, high >> 32, (unsigned)(high >> 16 & 0xffff),
        (unsigned)(high & 0xfff), (unsigned)(low >> 48 & 0x3fff) | 0x8000, low & UINT64_C(0xffffffffffff));
}

static void
put_place(struct row *r, const struct ev *e)
{
    const struct city *c = &cities[e->from.city];
    if (e->from.ip == 0)
        return;
    put(r, P_IP, "%u.%u.%u.%u", e->from.ip >> 24, e->from.ip >> 16 & 255, e->from.ip >> 8 & 255, e->from.ip & 255);
    put(r, P_ASN, "%u", e->from.asn);
    put(r, P_CLASS, "%s", class_names[e->from.class_]);
    put(r, P_COUNTRY, "%s", c->country);
    put(r, P_CITY, "%s", c->name);
    put(r, P_LAT, "%.2f", c->lat);
    put(r, P_LONG, "%.2f", c->lon);
    put(r, P_ACCURACY, "%d", e->from.class_ == MOBILE ? 100 : 20);
    put(r, P_AGENT, "%s", agents[e->agent]);
}

static void
put_scopes(struct row *r, uint32_t scopes)
{
    char *out = r->text[P_SCOPES];
    size_t n = 0;
    for (int i = 0; i < N_SCOPES; i++)
        if ((scopes >> i & 1) != 0 && n < TEXT_MAX)
            n += (size_t)snprintf(out + n, TEXT_MAX - n, "%s%s", n != 0 ? " " : "", scope_names[i]);
}

static void
put_app(struct row *r, const struct ev *e, const struct world *w, const struct log_style *style)
{
    static const char *const clients[] = { "web", "native", "spa", "bot" };
    if (e->app < 0)
        return;
    const struct app *a = &w->app[e->app];
    put(r, P_APP, "%s", a->id);
    put(r, P_APP_NAME, "%s", a->name);
    if (a->first_party)
        put(r, P_FIRST_PARTY, "true");
    put(r, P_PROTOCOL, "%s", a->protocol == OAUTH1A ? "oauth1a" : "oauth2");
    put(r, P_CLIENT, "%s", clients[a->client]);
    put_id(r, P_TOKEN, style, 't', (e->who->id * 31 + (uint64_t)e->app) & 0xffffffffu);
    if (e->grant != NULL)
        put(r, P_GRANT, "%s", e->grant);
    if (e->scopes == 0)
        return;
    put_time(r, P_APP_CREATED, a->created);
    put(r, P_VERIFIED, "%s", a->verified ? "true" : "false");
    put(r, P_REDIRECT, "%s", a->redirect);
    if (a->protocol == OAUTH1A) {
        put(r, P_LEVEL, "%s", a->level);
    } else {
        put(r, P_PKCE, "%s", a->pkce);
        put_scopes(r, e->scopes);
    }
}

static void
fill_row(struct row *r, const struct ev *e, const struct world *w, const struct log_style *style, size_t number)
{
    for (size_t i = 0; i < N_PATHS; i++)
        r->text[i][0] = '\0';
    put_time(r, P_TIME, e->time);
    put_id(r, P_UID, style, 'e', number);
    put(r, P_ACTION, "%s", e->action);
    put(r, P_OUTCOME, "%s", e->failed ? "failure" : "success");
    put(r, P_USER, "%" PRIu64, e->who->id);
    put(r, P_USER_NAME, "user%" PRIu64, e->who->id % 1000003);
    if (e->session != 0)
        put_id(r, P_SESSION, style, 's', e->session);
    if (e->device != 0)
        put_id(r, P_DEVICE, style, 'd', e->device);
    put_place(r, e);
    put_app(r, e, w, style);
    if (e->operation != NULL) {
        put(r, P_OPERATION, "%s", e->operation);
        put(r, P_STATUS, "%d", e->status);
    }
    if (e->text != NULL) {
        put_id(r, P_POST, style, 'p', number);
        put(r, P_TEXT, "%s", e->text);
        if (e->is_reply)
            put(r, P_REPLY, "true");
    }
    if (e->url != NULL)
        put(r, P_URLS, "%s", e->url);
    if (e->target != 0)
        put(r, P_TARGET, "%" PRIu64, e->target);
    if (e->change != NULL)
        put(r, P_CHANGE, "%s", e->change);
}

/* ---- JSON ---- */

static void
json_string(FILE *to, const char *text)
{
    putc('"', to);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            putc('\\', to);
        if (*p == '\n')
            fputs("\\n", to);
        else
            putc(*p, to);
    }
    putc('"', to);
}

static void
json_list(FILE *to, const char *text)
{
    char copy[TEXT_MAX];
    char *rest = copy;
    bool first = true;
    snprintf(copy, sizeof copy, "%s", text);
    putc('[', to);
    for (char *blank; rest != NULL; rest = blank) {
        blank = strchr(rest, ' ');
        if (blank != NULL)
            *blank++ = '\0';
        if (!first)
            putc(',', to);
        json_string(to, rest);
        first = false;
    }
    putc(']', to);
}

static size_t
common_depth(const char *a, const char *b)
{
    size_t depth = 0;
    for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++)
        depth += a[i] == '.';
    return depth;
}

static size_t
dots(const char *path)
{
    size_t n = 0;
    for (; *path != '\0'; path++)
        n += *path == '.';
    return n;
}

/* The path's pieces from `depth` on: opens the objects and writes the key. */
static void
json_open(FILE *to, const char *path, size_t depth)
{
    const char *p = path;
    for (size_t i = 0; i < depth; i++)
        p = strchr(p, '.') + 1;
    for (const char *dot; (dot = strchr(p, '.')) != NULL; p = dot + 1)
        fprintf(to, "\"%.*s\":{", (int)(dot - p), p);
    fprintf(to, "\"%s\":", p);
}

static void
write_json(FILE *to, const struct row *r)
{
    const char *last = "";
    putc('{', to);
    for (size_t i = 0; i < N_PATHS; i++) {
        if (r->text[i][0] == '\0')
            continue;
        const size_t common = common_depth(last, fields[i].path);
        for (size_t k = common; k < dots(last); k++)
            putc('}', to);
        if (last[0] != '\0')
            putc(',', to);
        json_open(to, fields[i].path, common);
        last = fields[i].path;
        if (fields[i].type == TEXT)
            json_string(to, r->text[i]);
        else if (fields[i].type == LIST)
            json_list(to, r->text[i]);
        else
            fputs(r->text[i], to);
    }
    for (size_t k = 0; k < dots(last); k++)
        putc('}', to);
    fputs("}\n", to);
}

/* ---- CSV ---- */

static void
csv_cell(FILE *to, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, to);
        return;
    }
    putc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('"', to);
        putc(*text, to);
    }
    putc('"', to);
}

static void
write_csv(FILE *to, const struct row *r)
{
    for (size_t i = 0; i < N_PATHS; i++) {
        if (i != 0)
            putc(',', to);
        csv_cell(to, r->text[i]);
    }
    putc('\n', to);
}

static void
write_csv_header(FILE *to)
{
    for (size_t i = 0; i < N_PATHS; i++)
        fprintf(to, "%s%s", i != 0 ? "," : "", fields[i].path);
    putc('\n', to);
}

/* ---- files ---- */

struct counts {
    uint64_t events; /* lines that are events, doubled ones included */
    uint64_t doubled;
    uint64_t broken;
    uint64_t blank;
    uint64_t late;
};

struct writer {
    struct log *log;
    struct world *world;
    const struct log_style *style;
    struct row row;
    struct counts counts;
};

/* A line that no reader may take for an event. */
static void
write_broken(struct writer *wr, FILE *to, size_t number)
{
    static const char *const broken[] = {
        "{\"time\":\"2026-11-1",
        "{\"time\":\"2026-11-18T10:00:00Z\",\"action\":\"post.create\",\"post\":{\"text\":\"\xff\xfe\"}}",
        "{\"action\":\"session.start\",\"actor\":{\"user\":{\"uid\":\"1\"}}}",
        "{\"time\":\"yesterday\",\"action\":\"session.start\"}",
        "Nov 18 10:00:00 logger: rotated",
    };
    fprintf(to, "%s\n", wr->style->format == LOG_JSONL ? broken[number % 5] : "too,few,cells");
    wr->counts.broken++;
}

static void
write_event(struct writer *wr, FILE *to, size_t i)
{
    fill_row(&wr->row, &wr->log->v[i], wr->world, wr->style, i);
    if (wr->style->format == LOG_JSONL)
        write_json(to, &wr->row);
    else
        write_csv(to, &wr->row);
    wr->counts.events++;
}

static void
write_noisy(struct writer *wr, FILE *to, size_t i)
{
    struct rng *rng = &wr->world->rng;
    write_event(wr, to, i);
    if (wr->style->clean)
        return;
    if (rng_chance(rng, DOUBLE_SHARE)) {
        write_event(wr, to, i);
        wr->counts.doubled++;
    }
    if (rng_chance(rng, BROKEN_SHARE))
        write_broken(wr, to, i);
    if (rng_chance(rng, BLANK_SHARE)) {
        putc('\n', to);
        wr->counts.blank++;
    }
}

static int
cmp_ev(const void *a, const void *b)
{
    const struct ev *x = a;
    const struct ev *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->who->id != y->who->id)
        return x->who->id < y->who->id ? -1 : 1;
    const int by_action = strcmp(x->action, y->action);
    return by_action != 0 ? by_action : (x->app > y->app) - (x->app < y->app);
}

static FILE *
open_file(const struct log_style *style, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", style->folder, name);
    return fopen(path, "w");
}

static bool
close_file(FILE *f)
{
    const bool failed = ferror(f) != 0;
    return fclose(f) == 0 && !failed;
}

/* Which file an event goes to: its day's, but what was there before the first day to file 0, and a late one to the
 * next day's. */
static unsigned
file_of(struct writer *wr, const struct ev *e)
{
    const struct world *w = wr->world;
    if (e->time < w->start)
        return 0;
    unsigned day = (unsigned)((e->time - w->start) / DAY);
    if (day >= w->days)
        day = w->days - 1;
    if (!wr->style->clean && day + 1 < w->days && rng_chance(&wr->world->rng, LATE_SHARE))
        return day + 2;
    return day + 1;
}

static void
file_name(const struct world *w, unsigned file, enum log_format format, char *out, size_t size)
{
    const time_t seconds = (time_t)((w->start + ((int64_t)file - 1) * DAY) / SECOND);
    struct tm tm;
    char date[16];
    gmtime_r(&seconds, &tm);
    strftime(date, sizeof date, "%Y-%m-%d", &tm);
    snprintf(out, size, "%s%s.%s", date, file == 0 ? "-grants" : "", format == LOG_CSV ? "csv" : "jsonl");
}

static bool
write_file(struct writer *wr, unsigned file, const uint8_t *which, FILE *truth)
{
    char name[64];
    file_name(wr->world, file, wr->style->format, name, sizeof name);
    FILE *to = open_file(wr->style, name);
    if (to == NULL)
        return false;
    wr->counts = (struct counts){ 0 };
    if (wr->style->format == LOG_CSV)
        write_csv_header(to);
    for (size_t i = 0; i < wr->log->n; i++) {
        if (which[i] != file)
            continue;
        write_noisy(wr, to, i);
        wr->counts.late += file > 1 && wr->log->v[i].time < wr->world->start + ((int64_t)file - 1) * DAY;
    }
    const struct counts *c = &wr->counts;
    fprintf(truth,
            "  {\"file\":\"%s\",\"lines\":%" PRIu64 ",\"events\":%" PRIu64 ",\"doubled\":%" PRIu64
            ",\"rejects\":%" PRIu64 ",\"blank\":%" PRIu64 ",\"late\":%" PRIu64 "}%s\n",
            name, c->events + c->broken + c->blank, c->events, c->doubled, c->broken, c->blank, c->late,
            file == wr->world->days ? "" : ",");
    return close_file(to);
}

bool
log_write(struct log *l, struct world *w, const struct log_style *style, const char *stories)
{
    struct writer wr = { .log = l, .world = w, .style = style };
    uint8_t *which = malloc(l->n + 1);

    if (which == NULL || (mkdir(style->folder, 0777) != 0 && errno != EEXIST)) {
        free(which);
        return false;
    }
    qsort(l->v, l->n, sizeof *l->v, cmp_ev);
    for (size_t i = 0; i < l->n; i++)
        which[i] = (uint8_t)file_of(&wr, &l->v[i]);
    FILE *truth = open_file(style, "truth.json");
    bool ok = truth != NULL;
    if (ok)
        fputs("{\"files\":[\n", truth);
    for (unsigned file = 0; ok && file <= w->days; file++)
        ok = write_file(&wr, file, which, truth);
    if (truth != NULL) {
        fprintf(truth, "],\"stories\":[\n%s]}\n", stories);
        ok = close_file(truth) && ok;
    }
    free(which);
    return ok;
}
