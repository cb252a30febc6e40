/* SPDX-License-Identifier: Apache-2.0 */
/* Findings by subject. Keys are the encoded ids (length, bytes), so that no id can be mistaken for two. */
#include "out/subject.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/mem.h"
#include "out/cells.h"

struct gathering {
    enum subject_kind kind;
    struct map index; /* key -> position in list */
    VEC(struct subject) list;
    struct buf key;
};

static void
add_accounts(struct subject *s, const struct finding *f)
{
    if (f->account_id.n != 0)
        intern(&s->accounts, f->account_id);
    for (size_t i = 0; i < f->n_targets; i++)
        if (f->targets[i].account.n != 0 && (s->app.n == 0 || sv_eq(f->targets[i].app, s->app)))
            intern(&s->accounts, f->targets[i].account);
}

static void
add_times(struct subject *s, const struct finding *f)
{
    if (f->first_seen != INT64_MIN && (s->first_seen == INT64_MIN || f->first_seen < s->first_seen))
        s->first_seen = f->first_seen;
    if (f->last_seen > s->last_seen)
        s->last_seen = f->last_seen;
}

static void
add_finding(struct subject *s, const struct finding *f)
{
    if (s->findings.n != 0 && s->findings.v[s->findings.n - 1] == f)
        return;
    vec_push(&s->findings, f);
    intern(&s->rules, f->rule_title);
    if (s->app_name.n == 0)
        s->app_name = f->app_name.n != 0 || !sv_eq(f->entity_type, SV("app")) ? f->app_name : f->entity_name;
    if (f->level > s->level)
        s->level = f->level;
    s->risk = risk_join(s->risk, f->summary ? 0 : f->risk);
    add_times(s, f);
    add_accounts(s, f);
    for (size_t i = 0; i < f->n_actions; i++)
        s->actions |= 1u << f->actions[i];
}

/* The subject of these ids, new or known. */
static struct subject *
find_subject(struct gathering *g, struct target t)
{
    buf_reset(&g->key);
    if (g->kind == SUBJECT_APP) {
        put_bytes(&g->key, t.app);
        t.account = t.session = SV_NONE;
    } else {
        put_bytes(&g->key, t.account);
        put_bytes(&g->key, t.session);
        t.app = SV_NONE;
    }
    bool is_new;
    const size_t i = map_put(&g->index, buf_view(&g->key), 0, &is_new);
    if (is_new) {
        struct subject s = { .app = t.app, .account = t.account, .session = t.session, .level = 0 };
        s.first_seen = s.last_seen = INT64_MIN;
        map_init(&s.rules);
        map_init(&s.accounts);
        vec_push(&g->list, s);
    }
    return &g->list.v[i];
}

/* The ids that the finding as a whole is about, from its entity or from what all its hits share. */
static struct target
own_ids(const struct finding *f)
{
    struct target t = { f->account_id, f->app_id, f->session_id };
    if (sv_eq(f->entity_type, SV("app")))
        t.app = f->entity_id;
    if (sv_eq(f->entity_type, SV("account")))
        t.account = f->entity_id;
    if (sv_eq(f->entity_type, SV("session")))
        t.session = f->entity_id;
    return t;
}

static bool
is_enough(enum subject_kind kind, struct target t)
{
    return kind == SUBJECT_APP ? t.app.n != 0 : t.session.n != 0;
}

static void
gather_finding(struct gathering *g, const struct finding *f)
{
    const struct target own = own_ids(f);
    size_t n = 0;
    if (!is_enough(g->kind, own)) {
        for (size_t i = 0; i < f->n_targets; i++) {
            if (!is_enough(g->kind, f->targets[i]))
                continue;
            add_finding(find_subject(g, f->targets[i]), f);
            n++;
        }
    }
    if (n == 0)
        add_finding(find_subject(g, own), f);
}

static int
compare_subjects(const void *x, const void *y)
{
    const struct subject *a = x;
    const struct subject *b = y;
    int c = sv_cmp(a->app, b->app);
    if (c == 0)
        c = sv_cmp(a->account, b->account);
    return c != 0 ? c : sv_cmp(a->session, b->session);
}

static bool
belongs(const struct finding *f, struct sv report, struct sv family)
{
    if (!finding_is_acted_on(f))
        return false;
    return f->report.n != 0 ? sv_eq(f->report, report) : sv_eq(f->family, family);
}

void
subjects_gather(struct subjects *s, const struct results *r, struct sv report, struct sv family, enum subject_kind kind)
{
    struct gathering g = { .kind = kind, .key = BUF_INIT };
    map_init(&g.index);
    for (size_t i = 0; i < r->findings.n; i++)
        if (belongs(&r->findings.v[i], report, family))
            gather_finding(&g, &r->findings.v[i]);
    map_fini(&g.index);
    buf_fini(&g.key);
    if (g.list.n != 0)
        qsort(g.list.v, g.list.n, sizeof *g.list.v, compare_subjects);
    *s = (struct subjects){ g.list.v, g.list.n };
}

void
subjects_fini(struct subjects *s)
{
    for (size_t i = 0; i < s->n; i++) {
        vec_fini(&s->v[i].findings);
        map_fini(&s->v[i].rules);
        map_fini(&s->v[i].accounts);
    }
    mem_free(s->v);
    *s = (struct subjects){ NULL, 0 };
}

static bool
all_digits(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n != 0;
}

/* Cuts "… +7", "… +995 or more" or "… and 7 more" off a list. True if it was there. */
static bool
cut_rest(struct sv *list)
{
    struct sv s = *list;
    bool more = false;
    if (sv_ends(s, SV(" or more")))
        s.n -= 8;
    else if (sv_ends(s, SV(" more")))
        s.n -= 5, more = true;
    size_t blank = s.n;
    while (blank > 0 && s.p[blank - 1] != ' ')
        blank--;
    struct sv number = sv_from(s, blank);
    if (blank == 0)
        return false;
    s.n = blank - 1;
    if (!more && number.n > 1 && number.p[0] == '+' && all_digits(sv_from(number, 1))) {
        list->n = s.n;
        return true;
    }
    if (more && all_digits(number) && sv_ends(s, SV(" and"))) {
        list->n = s.n - 4;
        return true;
    }
    return false;
}

static bool
add_members(struct map *texts, struct sv list)
{
    const bool more = cut_rest(&list);
    for (size_t start = 0; list.n != 0;) {
        const size_t at = sv_find(list, SV(", "), start);
        intern(texts, sv_make(list.p + start, at - start));
        if (at == list.n)
            break;
        start = at + 2;
    }
    return more;
}

bool
subject_says(const struct subject *s, const char *const *names, struct map *texts)
{
    bool more = false;
    for (size_t i = 0; i < s->findings.n; i++) {
        const struct finding *f = s->findings.v[i];
        for (size_t k = 0; names[k] != NULL; k++) {
            struct sv text;
            if (pair_find(f->evidence, f->n_evidence, sv_of(names[k]), &text))
                more |= add_members(texts, text);
            if (pair_find(f->group, f->n_group, sv_of(names[k]), &text))
                intern(texts, text);
        }
    }
    return more;
}
