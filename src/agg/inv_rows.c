/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of the inventories: sorted, folded records -> rows, with what the findings say of each app and
 * session. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "agg/crew.h"
#include "agg/emit.h"
#include "agg/inv_stream.h"
#include "base/codec.h"
#include "base/timestamp.h"

/* ---- what the findings name ---- */

struct named {
    uint64_t findings;
    uint64_t last;    /* 1 + index of the latest finding counted, so that one counts once */
    double clean;     /* product of (1 - risk / 100) */
    uint32_t actions; /* bit per action */
};

struct named_set {
    struct map keys;
    VEC(struct named) v;
};

struct collect {
    const struct agg_plan *plan;
    struct agg_local *const *local;
    size_t n_locals;
    struct store **store; /* of the locals' inventories */
    struct inv_sources from;
    struct origins origins;    /* only their ranks, by file as records name it */
    char *problem[PARTITIONS]; /* what is wrong with the carried records, or NULL */
    uint32_t first_corr;
    struct named_set apps;
    struct named_set sessions; /* key: account, session */
    struct named_set accounts;
    pthread_mutex_t lock; /* covers r */
    struct results *r;
};

static void
named_fini(struct named_set *s)
{
    map_fini(&s->keys);
    vec_fini(&s->v);
}

static const struct named *
named_get(const struct named_set *s, struct sv key)
{
    const struct map_entry *e = map_get(&s->keys, key);
    return e != NULL ? &s->v.v[e->value] : NULL;
}

static void
name_key(struct named_set *s, struct sv key, const struct finding *f, uint64_t number)
{
    bool is_new;
    const size_t i = map_put(&s->keys, key, (uint32_t)s->v.n, &is_new);
    if (is_new)
        vec_push(&s->v, (struct named){ .clean = 1 });
    struct named *n = &s->v.v[s->keys.entry[i].value];
    if (n->last == number)
        return;
    n->last = number;
    n->findings++;
    n->clean *= f->summary ? 1 : 1 - f->risk / 100;
    for (size_t k = 0; k < f->n_actions; k++)
        n->actions |= UINT32_C(1) << f->actions[k];
}

static void
session_key(struct buf *b, struct sv account, struct sv session)
{
    buf_reset(b);
    put_bytes(b, account);
    put_bytes(b, session);
}

static void
name_target(struct collect *c, const struct finding *f, const struct target *t, uint64_t number, struct buf *b)
{
    if (t->app.n != 0)
        name_key(&c->apps, t->app, f, number);
    if (t->account.n != 0)
        name_key(&c->accounts, t->account, f, number);
    if (t->account.n != 0 && t->session.n != 0) {
        session_key(b, t->account, t->session);
        name_key(&c->sessions, buf_view(b), f, number);
    }
}

/* Findings are sorted, so the products of risks are made in the same order in every run. Audited rules act on nothing.
 */
static void
name_findings(struct collect *c)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < c->r->findings.n; i++) {
        const struct finding *f = &c->r->findings.v[i];
        const struct target own = { f->account_id, f->app_id, f->session_id };
        if (!finding_is_acted_on(f))
            continue;
        name_target(c, f, &own, i + 1, &b);
        for (size_t k = 0; k < f->n_targets; k++)
            name_target(c, f, &f->targets[k], i + 1, &b);
    }
    buf_fini(&b);
}

/* ---- apps ---- */

struct word_list {
    VEC(struct sv) v;
};

/* What the records of one app say; reused from app to app. */
struct app_words {
    struct word_list kind[APP_KINDS];
};

static int
compare_texts(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

static bool
has_word(const struct word_list *l, struct sv word)
{
    return l->v.n != 0 && bsearch(&word, l->v.v, l->v.n, sizeof word, compare_texts) != NULL;
}

static void
sort_words(struct app_words *w)
{
    for (size_t k = 0; k < APP_KINDS; k++)
        if (w->kind[k].v.n > 1)
            qsort(w->kind[k].v.v, w->kind[k].v.n, sizeof(struct sv), compare_texts);
}

/* Those of `l` that are in neither of the other lists (NULL: no list). */
static struct sv
join_words(const struct word_list *l, const char *between, const struct word_list *not_a, const struct word_list *not_b,
           struct arena *to)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < l->v.n; i++) {
        const struct sv word = l->v.v[i];
        if ((not_a != NULL && has_word(not_a, word)) || (not_b != NULL && has_word(not_b, word)))
            continue;
        if (b.n != 0)
            buf_puts(&b, between);
        buf_sv(&b, word);
    }
    const struct sv text = arena_sv(to, buf_view(&b));
    buf_fini(&b);
    return text;
}

/* The least permission that covers the uses: a 1.0a level, 2.0 scopes, or both for an app that has both. */
static struct sv
minimal(const struct app_state *s, const struct app_words *w, struct arena *to)
{
    const struct word_list *protocols = &w->kind[APP_PROTOCOL];
    const bool v1 = has_word(protocols, SV("oauth1a"));
    const bool v2 = has_word(protocols, SV("oauth2")) || !v1;
    const struct sv level = v1 ? oauth_level_text(s->need > OAUTH_READ ? s->need : OAUTH_READ) : SV_NONE;
    const struct sv scopes = v2 ? join_words(&w->kind[APP_USED], " ", &w->kind[APP_BASE], NULL, to) : SV_NONE;
    if (level.n == 0 || scopes.n == 0)
        return level.n != 0 ? level : scopes;
    return arena_printf(to, "%.*s %.*s", SV_ARG(level), SV_ARG(scopes));
}

static void
set_words(struct app_row *row, const struct app_state *s, const struct app_words *w, struct arena *to)
{
    row->protocol = join_words(&w->kind[APP_PROTOCOL], " ", NULL, NULL, to);
    row->granted = join_words(&w->kind[APP_GRANTED], " ", NULL, NULL, to);
    row->used = join_words(&w->kind[APP_USED], " ", NULL, NULL, to);
    row->unused = join_words(&w->kind[APP_GRANTED], " ", &w->kind[APP_USED], &w->kind[APP_BASE], to);
    row->minimal = minimal(s, w, to);
    row->can_view = join_words(&w->kind[APP_CAN_VIEW], "; ", NULL, NULL, to);
    row->can_do = join_words(&w->kind[APP_CAN_DO], "; ", NULL, NULL, to);
}

static struct sv
only_part(struct sv key)
{
    struct reader r = reader_of(key);
    return get_bytes(&r);
}

static void
add_app_row(struct collect *c, struct sv app, const struct app_state *s, const struct app_words *w, uint64_t accounts)
{
    const struct named *named = named_get(&c->apps, app);
    struct app_row row = { .accounts = accounts,
                           .grants = s->grants,
                           .revocations = s->revocations,
                           .uses = s->uses,
                           .first_seen = s->first,
                           .last_seen = s->last,
                           .level = oauth_level_text(s->level) };
    if (named != NULL) {
        row.findings = named->findings;
        row.risk = 100 * (1 - named->clean);
    }
    pthread_mutex_lock(&c->lock);
    row.app_id = arena_sv(&c->r->arena, app);
    row.app_name = arena_sv(&c->r->arena, candidates_best(&s->name, WANTED_LATEST, &c->origins));
    set_words(&row, s, w, &c->r->arena);
    vec_push(&c->r->apps, row);
    pthread_mutex_unlock(&c->lock);
}

/* One thread's reading. Records come in order, key by key; their strings are valid until the next one. */
struct reading {
    struct collect *c;
    unsigned partition;
    struct arena scratch; /* what is kept of the key's records */
    struct buf key;       /* of the current key, as in records */
    uint32_t corr;
    bool has_key;
    struct app_state app;
    struct app_words words;
    uint64_t accounts;
    bool is_named; /* sessions: the account is in some finding */
    struct buf session;
};

static void
begin_app(struct reading *rd)
{
    rd->app = (struct app_state)APP_STATE_INIT;
    rd->accounts = 0;
    for (size_t k = 0; k < APP_KINDS; k++)
        rd->words.kind[k].v.n = 0;
}

static void
add_app_record(struct reading *rd, const struct record *r)
{
    if (r->pos == APP_STATE) {
        const bool ok = app_state_get(&rd->app, arena_sv(&rd->scratch, r->payload), &rd->scratch);
        assert(ok);
        (void)ok;
    } else if (r->pos == APP_ACCOUNT) {
        rd->accounts++;
    } else {
        const struct sv word = arena_sv(&rd->scratch, r->tie);
        vec_push(&rd->words.kind[r->pos].v, word);
    }
}

static void
end_app(struct reading *rd)
{
    sort_words(&rd->words);
    add_app_row(rd->c, only_part(buf_view(&rd->key)), &rd->app, &rd->words, rd->accounts);
}

/* ---- sessions ---- */

static struct sv
action_names(uint32_t actions, struct arena *to)
{
    struct buf b = BUF_INIT;
    for (unsigned i = 0; i < ACTION_COUNT_; i++) {
        if ((actions >> i & 1) == 0)
            continue;
        if (b.n != 0)
            buf_putc(&b, ' ');
        buf_puts(&b, action_infos[i].name);
    }
    const struct sv text = arena_sv(to, buf_view(&b));
    buf_fini(&b);
    return text;
}

static void
add_session_row(struct collect *c, struct sv account, struct sv session, const struct session_state *s, struct buf *key)
{
    struct sv detail[DETAILS];
    const bool has_start = s->start.n != 0;
    details_get(has_start ? candidates_best(&s->start, WANTED_LATEST, &c->origins)
                          : candidates_best(&s->any, WANTED_EARLIEST, &c->origins),
                detail);
    session_key(key, account, session);
    const struct named *named = named_get(&c->sessions, buf_view(key));
    struct session_row row = { .login = has_start ? s->start.time : TIME_NONE,
                               .first_seen = s->first,
                               .last_seen = s->last,
                               .events = s->events };
    row.ended = has_start && s->ended < s->start.time ? TIME_NONE : s->ended;
    struct arena *to = &c->r->arena;
    pthread_mutex_lock(&c->lock);
    row.account_id = arena_sv(to, account);
    row.session_id = arena_sv(to, session);
    row.country = arena_sv(to, detail[DETAIL_COUNTRY]);
    row.city = arena_sv(to, detail[DETAIL_CITY]);
    row.ip = arena_sv(to, detail[DETAIL_IP]);
    row.device = arena_sv(to, detail[DETAIL_DEVICE]);
    row.user_agent = arena_sv(to, detail[DETAIL_AGENT]);
    row.findings = named != NULL ? named->findings : 0;
    row.action = action_names(named != NULL ? named->actions : 0, to);
    vec_push(&c->r->sessions, row);
    pthread_mutex_unlock(&c->lock);
}

static void
add_session_record(struct reading *rd, const struct record *r)
{
    struct session_state s;
    if (!rd->is_named)
        return;
    const bool ok = session_state_get(&s, r->payload, &rd->scratch);
    assert(ok);
    (void)ok;
    add_session_row(rd->c, only_part(buf_view(&rd->key)), r->tie, &s, &rd->session);
    arena_reset(&rd->scratch);
}

/* ---- key by key ---- */

static bool
is_app(const struct reading *rd)
{
    return rd->corr == rd->c->first_corr + INVENTORY_APP;
}

static void
end_key(struct reading *rd)
{
    if (rd->has_key && is_app(rd))
        end_app(rd);
    rd->has_key = false;
}

static void
begin_key(struct reading *rd, const struct record *r)
{
    rd->corr = r->corr;
    rd->has_key = true;
    arena_reset(&rd->scratch);
    buf_reset(&rd->key);
    buf_sv(&rd->key, r->key);
    if (is_app(rd))
        begin_app(rd);
    else
        rd->is_named = named_get(&rd->c->accounts, only_part(r->key)) != NULL;
}

/* What the next run gets of this one. */
static void
carry_record(const struct reading *rd, const struct record *r)
{
    const struct agg_night *night = rd->c->plan->night;
    if (night != NULL && night->inventory != NULL)
        night->inventory(night->ctx, rd->partition, r);
}

static void
read_record(struct reading *rd, const struct record *r)
{
    carry_record(rd, r);
    if (!rd->has_key || rd->corr != r->corr || !sv_eq(buf_view(&rd->key), r->key)) {
        end_key(rd);
        begin_key(rd, r);
    }
    if (is_app(rd))
        add_app_record(rd, r);
    else
        add_session_record(rd, r);
}

static void
reading_fini(struct reading *rd)
{
    end_key(rd);
    for (size_t k = 0; k < APP_KINDS; k++)
        vec_fini(&rd->words.kind[k].v);
    arena_fini(&rd->scratch);
    buf_fini(&rd->key);
    buf_fini(&rd->session);
}

/* ---- partitions ---- */

static void
collect_partition(void *ctx, unsigned thread, unsigned partition)
{
    (void)thread;
    struct collect *c = ctx;
    struct reading rd = { .c = c, .partition = partition, .scratch = ARENA_INIT };
    struct record r;
    if (c->from.is_spilled && spill_failed(c->plan->spill))
        return;
    struct inv_stream *s = inv_stream_open(&c->from, partition);
    while (inv_stream_next(s, &r))
        read_record(&rd, &r);
    carry_record(&rd, NULL);
    reading_fini(&rd);
    if (inv_stream_failed(s) != NULL)
        c->problem[partition] = mem_dup(inv_stream_failed(s), strlen(inv_stream_failed(s)) + 1);
    inv_stream_close(s);
}

static bool
is_named_account(const void *ctx, struct sv account)
{
    return named_get(ctx, account) != NULL;
}

/* Of a session that nobody asks for no record is made, unless the next run is to have it. */
static void
flush_table(void *ctx, unsigned thread, unsigned i)
{
    struct collect *c = ctx;
    const struct agg_night *night = c->plan->night;
    const bool all = night != NULL && night->inventory != NULL;
    (void)thread;
    inventory_flush(c->local[i]->inventory, all ? NULL : is_named_account, &c->accounts);
}

static void
flush_store(void *ctx, unsigned thread, unsigned i)
{
    struct collect *c = ctx;
    (void)thread;
    if (c->store[i]->n_records != 0)
        store_flush(c->store[i]);
    store_release(c->store[i]);
}

/* All tables become records; if some store has spilled, they all do. */
static void
gather_stores(struct collect *c, unsigned n_threads)
{
    c->store = mem_zalloc(c->n_locals + 1, sizeof *c->store);
    c->from = (struct inv_sources){ .plan = c->plan, .store = c->store, .n_stores = c->n_locals };
    crew_run(n_threads, (unsigned)c->n_locals, flush_table, c);
    for (size_t i = 0; i < c->n_locals; i++) {
        c->store[i] = &c->local[i]->inventory->store;
        c->from.is_spilled = c->from.is_spilled || store_has_segments(c->store[i], 0, PARTITIONS);
    }
    if (!c->from.is_spilled)
        return;
    crew_run(n_threads, (unsigned)c->n_locals, flush_store, c);
    mem_trim();
}

/* One local has what is carried of a partition. */
static void
gather_carried(struct collect *c)
{
    for (size_t i = 0; i < c->n_locals * PARTITIONS; i++) {
        const struct inv_carried *carried = &c->local[i / PARTITIONS]->inventory->carried[i % PARTITIONS];
        if (carried->segment.n == 0)
            continue;
        assert(c->from.carried[i % PARTITIONS] == NULL);
        c->from.carried[i % PARTITIONS] = carried;
    }
}

/* Where the state numbers files, one of this run may have the number of one that was carried and is named by nobody. */
static void
rank_files(struct collect *c)
{
    const struct origins *o = c->plan->origins;
    const uint32_t *slot = c->plan->night != NULL ? c->plan->night->slot_of_file : NULL;
    size_t n = o->n;
    for (size_t i = 0; i < o->n && slot != NULL; i++)
        n = slot[i] < n ? n : (size_t)slot[i] + 1;
    c->origins = (struct origins){ .rank = mem_zalloc(n + 1, sizeof(uint32_t)), .n = n };
    for (size_t i = o->n; i-- > 0;)
        c->origins.rank[slot != NULL ? slot[i] : i] = o->rank[i];
}

static enum err
report_problems(struct collect *c, struct diags *d)
{
    enum err err = ERR_OK;
    for (unsigned i = 0; i < PARTITIONS; i++) {
        if (c->problem[i] != NULL && err == ERR_OK) {
            diag_error(d, SPAN_NONE, "%s", c->problem[i]);
            err = ERR_OUTPUT;
        }
        mem_free(c->problem[i]);
    }
    return err;
}

static int
compare_apps(const void *a, const void *b)
{
    return sv_cmp(((const struct app_row *)a)->app_id, ((const struct app_row *)b)->app_id);
}

static int
compare_sessions(const void *x, const void *y)
{
    const struct session_row *a = x;
    const struct session_row *b = y;
    const int c = sv_cmp(a->account_id, b->account_id);
    return c != 0 ? c : sv_cmp(a->session_id, b->session_id);
}

enum err
inventory_collect(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, unsigned n_threads,
                  struct results *r, struct diags *d)
{
    struct collect c = { .plan = plan, .local = local, .n_locals = n_locals, .r = r };
    c.first_corr = (uint32_t)plan->program->corrs.n;
    pthread_mutex_init(&c.lock, NULL);
    name_findings(&c);
    gather_stores(&c, n_threads);
    gather_carried(&c);
    rank_files(&c);
    crew_run(n_threads, PARTITIONS, collect_partition, &c);
    if (r->apps.n > 1)
        qsort(r->apps.v, r->apps.n, sizeof *r->apps.v, compare_apps);
    if (r->sessions.n > 1)
        qsort(r->sessions.v, r->sessions.n, sizeof *r->sessions.v, compare_sessions);
    mem_free(c.store);
    mem_free(c.origins.rank);
    named_fini(&c.apps);
    named_fini(&c.sessions);
    named_fini(&c.accounts);
    pthread_mutex_destroy(&c.lock);
    return report_problems(&c, d);
}
