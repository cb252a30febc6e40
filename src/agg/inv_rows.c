/* SPDX-License-Identifier: Apache-2.0 */
/* The reading half of the inventories: sorted, folded records -> rows, with what the findings say of each app and
 * session. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "agg/crew.h"
#include "agg/emit.h"
#include "agg/inv_internal.h"
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
    n->clean *= 1 - f->risk / 100;
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
        if (f->audit)
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
    row.app_name = arena_sv(&c->r->arena, candidates_best(&s->name, WANTED_LATEST, c->plan->origins));
    set_words(&row, s, w, &c->r->arena);
    vec_push(&c->r->apps, row);
    pthread_mutex_unlock(&c->lock);
}

static void
collect_app(struct collect *c, const struct entry *e, size_t n, struct arena *scratch)
{
    struct app_state s = APP_STATE_INIT;
    struct app_words words;
    struct record r;
    uint64_t accounts = 0;
    memset(&words, 0, sizeof words);
    for (size_t i = 0; i < n; i++) {
        record_at(e[i].record, &r);
        if (r.pos == APP_STATE) {
            const bool ok = app_state_get(&s, r.payload, scratch);
            assert(ok);
            (void)ok;
        } else if (r.pos == APP_ACCOUNT) {
            accounts++;
        } else {
            vec_push(&words.kind[r.pos].v, r.tie);
        }
    }
    sort_words(&words);
    add_app_row(c, only_part(r.key), &s, &words, accounts);
    for (size_t k = 0; k < APP_KINDS; k++)
        vec_fini(&words.kind[k].v);
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
    details_get(has_start ? candidates_best(&s->start, WANTED_LATEST, c->plan->origins)
                          : candidates_best(&s->any, WANTED_EARLIEST, c->plan->origins),
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
collect_account(struct collect *c, const struct entry *e, size_t n, struct arena *scratch)
{
    struct record r;
    struct buf key = BUF_INIT;
    record_at(e[0].record, &r);
    const struct sv account = only_part(r.key);
    if (named_get(&c->accounts, account) == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        struct session_state s;
        record_at(e[i].record, &r);
        const bool ok = session_state_get(&s, r.payload, scratch);
        assert(ok);
        (void)ok;
        add_session_row(c, account, r.tie, &s, &key);
    }
    buf_fini(&key);
}

/* ---- partitions ---- */

static struct bin
load(struct collect *c, unsigned partition, struct store *folded)
{
    struct bin all = { NULL, 0, 0 };
    for (size_t i = 0; i < c->n_locals; i++) {
        struct bin b = store_take(&c->local[i]->inventory->store, partition);
        if (b.n != 0) {
            vec_reserve(&all, all.n + b.n);
            memcpy(all.v + all.n, b.v, b.n * sizeof *b.v);
            all.n += b.n;
        }
        mem_free(b.v);
    }
    records_sort(all.v, all.n, NULL);
    all.n = records_fold(all.v, all.n, folded, 0, false, inventory_fold, &c->first_corr);
    return all;
}

static void
collect_partition(void *ctx, unsigned thread, unsigned partition)
{
    (void)thread;
    struct collect *c = ctx;
    struct store folded;
    struct arena scratch = ARENA_INIT;
    store_init(&folded, 0);
    struct bin b = load(c, partition, &folded);
    for (size_t i = 0, n; i < b.n; i += n) {
        struct record first;
        n = records_group(b.v + i, b.n - i, NULL);
        record_at(b.v[i].record, &first);
        arena_reset(&scratch);
        if (first.corr == c->first_corr + INVENTORY_APP)
            collect_app(c, b.v + i, n, &scratch);
        else
            collect_account(c, b.v + i, n, &scratch);
    }
    mem_free(b.v);
    arena_fini(&scratch);
    store_fini(&folded);
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

void
inventory_collect(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, unsigned n_threads,
                  struct results *r)
{
    struct collect c = { .plan = plan, .local = local, .n_locals = n_locals, .r = r };
    c.first_corr = (uint32_t)plan->program->corrs.n;
    pthread_mutex_init(&c.lock, NULL);
    for (size_t i = 0; i < n_locals; i++)
        inventory_flush(local[i]->inventory);
    name_findings(&c);
    crew_run(n_threads, PARTITIONS, collect_partition, &c);
    if (r->apps.n > 1)
        qsort(r->apps.v, r->apps.n, sizeof *r->apps.v, compare_apps);
    if (r->sessions.n > 1)
        qsort(r->sessions.v, r->sessions.n, sizeof *r->sessions.v, compare_sessions);
    named_fini(&c.apps);
    named_fini(&c.sessions);
    named_fini(&c.accounts);
    pthread_mutex_destroy(&c.lock);
}
