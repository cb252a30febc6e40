/* SPDX-License-Identifier: Apache-2.0 */
/* oauth.*: what a grant allows and what a use proves, in scopes, whatever the protocol.
 *
 * OAuth 2.0 grants name scopes; OAuth 1.0a grants name a level and add-ons, which stand for scopes too. The
 * catalogue (data/permissions.csv, data/operations.csv) has at most 64 scopes, so a set of them is one 64-bit word;
 * scopes that it does not know are kept by name and weigh nothing. Formulas: domain notes 1.1 and 1.3. */
#include "base/bits.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "enrich/catalog.h"
#include "enrich/enrich.h"

enum { MAX_SCOPES = 64, MAX_UNKNOWN = 64, SENSITIVE_WEIGHT = 5 };

enum kind { KIND_VIEW, KIND_DO, KIND_KEEP };

/* Levels of OAuth 1.0a, each includes the ones before it. */
enum level { LEVEL_NONE, LEVEL_READ, LEVEL_READ_WRITE, LEVEL_READ_WRITE_DM };
static const char *const level_name[] = { "-", "read", "read_write", "read_write_dm" };

enum output {
    OUT_GRANTED,
    OUT_CAN_VIEW,
    OUT_CAN_DO,
    OUT_WEIGHT,
    OUT_SENSITIVE,
    OUT_UNEXERCISABLE,
    OUT_NEEDS,
    OUT_NEED_LEVEL,
    OUT_BASE,
    OUT_GRANTED_LEVELS,
    OUT_NEED_LEVELS,
    OUT_APP_AGE,
    OUT_COUNT
};

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_GRANTED] = { "oauth.granted", "list of strings", "cheap",
                      "scopes that the grant gives; a 1.0a level with add-ons as the scopes that it stands for" },
    [OUT_CAN_VIEW] = { "oauth.can_view", "list of strings", "cheap", "what the grant lets the app view, in words" },
    [OUT_CAN_DO] = { "oauth.can_do", "list of strings", "cheap", "what the grant lets the app do, in words" },
    [OUT_WEIGHT] = { "oauth.weight", "number", "cheap", "sum of the weights of the granted scopes" },
    [OUT_SENSITIVE] = { "oauth.sensitive", "list of strings", "cheap", "granted scopes of weight 5 and more" },
    [OUT_UNEXERCISABLE] = { "oauth.unexercisable", "list of strings", "cheap",
                            "granted scopes that no endpoint asks for: they cannot be used" },
    [OUT_NEEDS] = { "oauth.needs", "list of strings", "cheap", "scopes beyond base that this use by an app proves" },
    [OUT_NEED_LEVEL] = { "oauth.need_level", "string", "cheap", "the least OAuth 1.0a level that allows this use" },
    [OUT_BASE] = { "oauth.base", "list of strings", "cheap",
                   "scopes that never count as unused: base, and without an endpoint" },
    [OUT_GRANTED_LEVELS] = { "oauth.granted_levels", "list of strings", "cheap",
                             "1.0a levels above read that the granted level includes" },
    [OUT_NEED_LEVELS] = { "oauth.need_levels", "list of strings", "cheap",
                          "1.0a levels above read that this use needs" },
    [OUT_APP_AGE] = { "oauth.app_age", "number", "cheap", "days from the app's registration to the event" },
};

enum input {
    IN_SCOPES,
    IN_LEVEL,
    IN_EMAIL,
    IN_ADS,
    IN_APP,
    IN_ACTION,
    IN_OPERATION,
    IN_OUTCOME,
    IN_STATUS,
    IN_CREATED,
    IN_COUNT
};
static const char *const inputs[] = {
    "oauth.scopes", "oauth.level", "oauth.email",       "oauth.ads", "oauth.app_uid", "action", "api.operation",
    "outcome",      "api.status",  "oauth.app_created", NULL
};

struct scope {
    struct sv name;
    struct sv words;
    enum kind kind;
    double weight;
};

/* What a use proves that the app needs, as the values of the fields that say so: they are the same for all events. */
struct operation {
    struct value needs;
    struct value need_level;
    struct value need_levels;
};

struct oauth {
    struct catalog permissions;
    struct catalog operations;
    struct map scope_index; /* name -> index of scope */
    struct scope scope[MAX_SCOPES];
    size_t n_scopes;
    uint64_t view;            /* those that let the app view something */
    uint64_t sensitive;       /* those of weight SENSITIVE_WEIGHT and more */
    uint64_t base;            /* never unused, */
    struct value base_value;  /* by name */
    uint64_t unexercisable;   /* and those of it that no endpoint asks for */
    uint64_t level_scopes[4]; /* by enum level, cumulative */
    uint64_t email;
    uint64_t ads_analytics;
    uint64_t ads_campaign;
    struct map operation_index; /* name -> index of operation */
    struct operation *operation;
    struct arena values; /* members of lists */
    field_id in[IN_COUNT];
    field_id out[OUT_COUNT]; /* FIELD_NONE: nobody wants it */
};

/* ---- loading ---- */

static uint64_t *
level_set(struct oauth *o, struct sv level)
{
    for (int i = LEVEL_READ; i <= LEVEL_READ_WRITE_DM; i++)
        if (sv_eq(level, sv_of(level_name[i])))
            return &o->level_scopes[i];
    if (sv_eq(level, SV("email")))
        return &o->email;
    if (sv_eq(level, SV("ads_analytics")))
        return &o->ads_analytics;
    return sv_eq(level, SV("ads_campaign")) ? &o->ads_campaign : NULL;
}

static bool
load_permissions(struct oauth *o, const char *datadir, struct diags *d)
{
    if (!catalog_load(&o->permissions, datadir, "permissions.csv", "scope,kind,weight,base,unused,level,words", d))
        return false;
    if (o->permissions.n_rows > MAX_SCOPES) {
        diag_error(d, SPAN_NONE, "%s/permissions.csv has more than %d scopes", datadir, MAX_SCOPES);
        return false;
    }
    for (size_t r = 0; r < o->permissions.n_rows; r++) {
        const uint64_t bit = UINT64_C(1) << r;
        const struct sv kind = catalog_cell(&o->permissions, r, 1);
        struct scope *s = &o->scope[r];
        s->name = catalog_cell(&o->permissions, r, 0);
        s->words = catalog_cell(&o->permissions, r, 6);
        s->kind = sv_eq(kind, SV("view")) ? KIND_VIEW : sv_eq(kind, SV("do")) ? KIND_DO : KIND_KEEP;
        if (!number_parse(catalog_cell(&o->permissions, r, 2), &s->weight)) {
            diag_error(d, SPAN_NONE, "%s/permissions.csv: the weight of %.*s is no number", datadir, SV_ARG(s->name));
            return false;
        }
        if (s->kind == KIND_VIEW)
            o->view |= bit;
        if (s->weight >= SENSITIVE_WEIGHT)
            o->sensitive |= bit;
        if (sv_eq(catalog_cell(&o->permissions, r, 4), SV("no")))
            o->unexercisable |= bit;
        if (sv_eq(catalog_cell(&o->permissions, r, 3), SV("yes")))
            o->base |= bit;
        uint64_t *set = level_set(o, catalog_cell(&o->permissions, r, 5));
        if (set != NULL)
            *set |= bit;
        map_put(&o->scope_index, s->name, (uint32_t)r, NULL);
    }
    o->n_scopes = o->permissions.n_rows;
    o->base |= o->unexercisable;
    for (int i = LEVEL_READ_WRITE; i <= LEVEL_READ_WRITE_DM; i++)
        o->level_scopes[i] |= o->level_scopes[i - 1];
    o->ads_campaign |= o->ads_analytics;
    return true;
}

static uint64_t
scope_bit(const struct oauth *o, struct sv name)
{
    const struct map_entry *e = map_get(&o->scope_index, name);
    return e != NULL ? UINT64_C(1) << e->value : 0;
}

static enum level
level_of(struct sv name)
{
    for (int i = LEVEL_READ; i <= LEVEL_READ_WRITE_DM; i++)
        if (sv_eq(name, sv_of(level_name[i])))
            return (enum level)i;
    return LEVEL_NONE;
}

/* The value of a field that says these texts, as event_set_texts would set it. */
static struct value
texts_value(struct oauth *o, const struct sv *text, size_t n)
{
    struct value *member = ARENA_ARRAY(&o->values, struct value, n);
    for (size_t i = 0; i < n; i++)
        member[i] = (struct value){ .p = text[i].p, .n = (uint32_t)text[i].n, .kind = VALUE_STRING };
    if (n == 0)
        return (struct value){ .kind = VALUE_ABSENT };
    return n == 1 ? member[0] : (struct value){ .members = member, .n = (uint32_t)n, .kind = VALUE_LIST };
}

static struct value
scopes_value(struct oauth *o, uint64_t set)
{
    struct sv text[MAX_SCOPES];
    size_t n = 0;
    for (; set != 0; set &= set - 1)
        text[n++] = o->scope[bits_lowest(set)].name;
    return texts_value(o, text, n);
}

/* read_write_dm -> read_write read_write_dm; read -> nothing. */
static size_t
levels_above_read(enum level level, struct sv text[2])
{
    size_t n = 0;
    for (int i = LEVEL_READ_WRITE; i <= (int)level; i++)
        text[n++] = sv_of(level_name[i]);
    return n;
}

static void
set_operation(struct oauth *o, struct operation *op, uint64_t scopes, enum level level)
{
    struct sv text[2];
    op->needs = scopes_value(o, scopes);
    op->need_levels = texts_value(o, text, levels_above_read(level, text));
    text[0] = sv_of(level_name[level]);
    op->need_level = texts_value(o, text, level != LEVEL_NONE);
}

static bool
load_operations(struct oauth *o, const char *datadir, struct diags *d)
{
    if (!catalog_load(&o->operations, datadir, "operations.csv", "operation,scopes,level", d))
        return false;
    o->operation = mem_zalloc(o->operations.n_rows + 1, sizeof *o->operation);
    for (size_t r = 0; r < o->operations.n_rows; r++) {
        struct sv rest = catalog_cell(&o->operations, r, 1);
        struct sv name;
        uint64_t scopes = 0;
        while (sv_split(&rest, ' ', &name)) {
            const uint64_t bit = scope_bit(o, name);
            if (name.n != 0 && bit == 0) {
                diag_error(d, SPAN_NONE, "%s/operations.csv: scope %.*s is not in permissions.csv", datadir,
                           SV_ARG(name));
                return false;
            }
            scopes |= bit;
        }
        set_operation(o, &o->operation[r], scopes, level_of(catalog_cell(&o->operations, r, 2)));
        map_put(&o->operation_index, catalog_cell(&o->operations, r, 0), (uint32_t)r, NULL);
    }
    return true;
}

static void
oauth_close(void *ctx)
{
    struct oauth *o = ctx;
    catalog_fini(&o->permissions);
    catalog_fini(&o->operations);
    map_fini(&o->scope_index);
    map_fini(&o->operation_index);
    arena_fini(&o->values);
    mem_free(o->operation);
    mem_free(o);
}

static void *
oauth_open(const struct fields *fields, const struct enrich_options *options, struct diags *d)
{
    const char *datadir = options->datadir;
    struct oauth *o = mem_zalloc(1, sizeof *o);
    map_init(&o->scope_index);
    map_init(&o->operation_index);
    arena_init(&o->values);
    for (size_t i = 0; i < IN_COUNT; i++)
        o->in[i] = fields_find(fields, sv_of(inputs[i]));
    for (size_t i = 0; i < OUT_COUNT; i++)
        o->out[i] = fields_find(fields, sv_of(outputs[i].name));
    if (!load_permissions(o, datadir, d) || !load_operations(o, datadir, d)) {
        oauth_close(o);
        return NULL;
    }
    o->base_value = scopes_value(o, o->base);
    return o;
}

/* ---- the grant ---- */

struct grant {
    bool any; /* the event says something about a grant */
    uint64_t scopes;
    uint64_t named; /* those of them that stand in oauth.scopes: a level's operations all have endpoints */
    struct sv unknown[MAX_UNKNOWN];
    size_t n_unknown;
    enum level level;
};

static void
add_scopes(const struct oauth *o, struct event *ev, struct grant *g)
{
    size_t n;
    struct value *member = value_members(event_value(ev, o->in[IN_SCOPES]), &n);
    for (size_t i = 0; i < n; i++) {
        struct sv name;
        if (!value_text(&member[i], ev->scratch, &name))
            continue;
        const uint64_t bit = scope_bit(o, name);
        g->any = true;
        g->scopes |= bit;
        g->named |= bit;
        if (bit == 0 && g->n_unknown < MAX_UNKNOWN)
            g->unknown[g->n_unknown++] = name;
    }
}

static bool
is_text(struct event *ev, field_id f, const char *want)
{
    struct sv text;
    return event_text(ev, f, &text) && sv_eq(text, sv_of(want));
}

static void
read_grant(const struct oauth *o, struct event *ev, struct grant *g)
{
    struct sv level;
    *g = (struct grant){ 0 };
    add_scopes(o, ev, g);
    if (event_text(ev, o->in[IN_LEVEL], &level)) {
        g->level = level_of(level);
        g->scopes |= o->level_scopes[g->level];
        g->any = true;
    }
    if (is_text(ev, o->in[IN_EMAIL], "true"))
        g->scopes |= o->email;
    if (is_text(ev, o->in[IN_ADS], "analytics"))
        g->scopes |= o->ads_analytics;
    else if (is_text(ev, o->in[IN_ADS], "campaign"))
        g->scopes |= o->ads_campaign;
}

/* ---- the use ---- */

/* What this event proves that the app needs; NULL if it is no successful use by an app. */
static const struct operation *
read_use(const struct oauth *o, struct event *ev)
{
    struct sv text;
    double status;

    if (!event_text(ev, o->in[IN_APP], &text) || is_text(ev, o->in[IN_OUTCOME], "failure"))
        return NULL;
    if (value_number(event_value(ev, o->in[IN_STATUS]), ev->scratch, &status) && status >= 400)
        return NULL;
    if (!event_text(ev, o->in[IN_ACTION], &text))
        return NULL;
    if (sv_eq(text, SV("api.call")) && !event_text(ev, o->in[IN_OPERATION], &text))
        return NULL;
    const struct map_entry *e = map_get(&o->operation_index, text);
    return e != NULL ? &o->operation[e->value] : NULL;
}

/* ---- fields ---- */

/* Sets a list of the scopes' names (or words) among `set`, in the catalogue's order, then the extra ones. */
static void
set_scopes(const struct oauth *o, struct event *ev, field_id field, uint64_t set, bool words, const struct sv *extra,
           size_t n_extra)
{
    struct sv text[MAX_SCOPES + MAX_UNKNOWN];
    size_t n = 0;
    for (; set != 0; set &= set - 1) {
        const struct scope *s = &o->scope[bits_lowest(set)];
        text[n++] = words ? s->words : s->name;
    }
    for (size_t i = 0; i < n_extra; i++)
        text[n++] = extra[i];
    event_set_texts(ev, field, text, n);
}

static double
weight(const struct oauth *o, uint64_t set)
{
    double sum = 0;
    for (; set != 0; set &= set - 1)
        sum += o->scope[bits_lowest(set)].weight;
    return sum;
}

static void
derive_grant(const struct oauth *o, struct event *ev, field_id field, size_t index)
{
    struct grant g;
    struct sv text[2];
    read_grant(o, ev, &g);
    if (!g.any) {
        event_set_absent(ev, field);
        return;
    }
    switch (index) {
    case OUT_GRANTED:
        set_scopes(o, ev, field, g.scopes, false, g.unknown, g.n_unknown);
        break;
    case OUT_CAN_VIEW:
        set_scopes(o, ev, field, g.scopes & o->view, true, NULL, 0);
        break;
    case OUT_CAN_DO:
        set_scopes(o, ev, field, g.scopes & ~o->view, true, NULL, 0);
        break;
    case OUT_WEIGHT:
        event_set_number(ev, field, weight(o, g.scopes));
        break;
    case OUT_SENSITIVE:
        set_scopes(o, ev, field, g.scopes & o->sensitive, false, NULL, 0);
        break;
    case OUT_UNEXERCISABLE:
        set_scopes(o, ev, field, g.named & o->unexercisable, false, NULL, 0);
        break;
    default:
        event_set_texts(ev, field, text, levels_above_read(g.level, text));
        break;
    }
}

/* The log wins: what it says of the field stays. */
static void
set_unset(const struct oauth *o, struct event *ev, enum output output, const struct value *v)
{
    const field_id field = o->out[output];
    if (field == FIELD_NONE || ev->v[field].kind != VALUE_UNSET)
        return;
    event_mark(ev, field);
    ev->v[field] = *v;
}

/* Whoever asks for one of the fields of a use mostly asks for another. */
static void
derive_use(const struct oauth *o, struct event *ev, field_id field)
{
    static const struct operation none = { { .kind = VALUE_ABSENT },
                                           { .kind = VALUE_ABSENT },
                                           { .kind = VALUE_ABSENT } };
    const struct operation *use = read_use(o, ev);
    if (use == NULL)
        use = &none;
    ev->v[field].kind = VALUE_UNSET; /* it was marked as being derived */
    set_unset(o, ev, OUT_NEEDS, &use->needs);
    set_unset(o, ev, OUT_NEED_LEVEL, &use->need_level);
    set_unset(o, ev, OUT_NEED_LEVELS, &use->need_levels);
}

static void
derive_app_age(const struct oauth *o, struct event *ev, field_id field)
{
    struct sv text;
    int64_t created;
    event_set_absent(ev, field);
    if (ev->time == TIME_NONE || !event_text(ev, o->in[IN_CREATED], &text))
        return;
    if (time_parse(text, &created) || time_from_number(text, &created))
        event_set_number(ev, field, (double)(ev->time - created) / (double)DAY);
}

static void
oauth_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct oauth *o = ctx;
    switch (index) {
    case OUT_BASE:
        ev->v[field] = o->base_value;
        break;
    case OUT_APP_AGE:
        derive_app_age(o, ev, field);
        break;
    case OUT_NEEDS:
    case OUT_NEED_LEVEL:
    case OUT_NEED_LEVELS:
        derive_use(o, ev, field);
        break;
    default:
        derive_grant(o, ev, field, index);
        break;
    }
}

const struct enricher enricher_oauth = {
    .name = "oauth",
    .help = "what a grant allows and what a use proves",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = oauth_open,
    .close = oauth_close,
    .derive = oauth_derive,
};
