/* SPDX-License-Identifier: Apache-2.0 */
/* actions.csv: what to do, one row for each action and its target, however many findings ask for it.
 *
 * Rows stand in the order of actions.def, then by target. If findings about one app would touch more accounts than
 * the blast radius, their rows about single accounts are replaced by one that suspends the app and one that asks for
 * a review: a list of a hundred thousand log-outs is a decision about the app, and not one to be carried out by a
 * script. Findings that are not about an app (impossible travel of people who happen to use it) keep their rows.
 */
#include <stdlib.h>

#include "base/codec.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "out/cells.h"
#include "out/report.h"

static const struct column columns[] = {
    { "action_id", COLUMN_TEXT, "stable over reruns: a hash over action and target" },
    { "priority", COLUMN_COUNT, "order in which to act: 1 first" },
    { "action", COLUMN_TEXT, "what to do" },
    { "target_type", COLUMN_TEXT, "session, account, grant (of an account to an app), app, or the finding's entity" },
    { "target_id", COLUMN_TEXT, "to whom; of a grant: account and app, joined by a blank" },
    { "account_id", COLUMN_TEXT, "the account, if there is one" },
    { "app_id", COLUMN_TEXT, "the app, if there is one" },
    { "session_id", COLUMN_TEXT, "the session, if there is one" },
    { "reason", COLUMN_TEXT, "titles of the rules that ask for it, joined by '; '" },
    { "finding_ids", COLUMN_TEXT, "rows of findings.csv, sorted, joined by blanks" },
    { "risk_score", COLUMN_NUMBER, "their risk, joined: 100 * (1 - prod(1 - risk/100))" },
    { "reversible", COLUMN_BOOL, "yes: can be taken back" },
    { "requires_approval", COLUMN_BOOL, "yes: ask before doing it" },
};

/* What an action aims at; type says which of the ids matter. */
struct aim {
    struct sv type;
    struct sv id; /* of an entity */
    struct target ids;
};

struct row {
    enum action_id action;
    struct aim aim;
    uint64_t id;
    uint64_t accounts; /* != 0: stands for the rows of so many accounts */
    VEC(const struct finding *) findings;
};

struct list {
    const struct results *r;
    struct map index; /* encoded (action, aim) -> row */
    VEC(struct row) rows;
    struct map apps;      /* apps that findings are about */
    VEC(struct map) reach; /* by app: its distinct accounts */
    struct buf key;
};

/* ---- blast radius ---- */

static bool
is_about_app(const struct finding *f)
{
    for (size_t i = 0; i < f->n_actions; i++) {
        const enum action_target target = action_infos[f->actions[i]].target;
        if (target == TARGET_GRANT || target == TARGET_APP)
            return true;
    }
    return sv_eq(f->entity_type, SV("app"));
}

static bool
is_per_account(enum action_target target)
{
    return target == TARGET_SESSION || target == TARGET_ACCOUNT || target == TARGET_GRANT;
}

static bool
acts_on_accounts(const struct finding *f)
{
    for (size_t i = 0; i < f->n_actions; i++)
        if (is_per_account(action_infos[f->actions[i]].target))
            return true;
    return false;
}

static void
measure_finding(struct list *l, const struct finding *f)
{
    for (size_t i = 0; i < f->n_targets; i++) {
        const struct target *t = &f->targets[i];
        if (t->app.n == 0 || t->account.n == 0)
            continue;
        bool is_new;
        const size_t app = map_put(&l->apps, t->app, 0, &is_new);
        if (is_new) {
            struct map accounts;
            map_init(&accounts);
            vec_push(&l->reach, accounts);
        }
        intern(&l->reach.v[app], t->account);
    }
}

static void
measure_reach(struct list *l)
{
    for (size_t i = 0; i < l->r->findings.n; i++) {
        const struct finding *f = &l->r->findings.v[i];
        if (finding_is_acted_on(f) && is_about_app(f) && acts_on_accounts(f))
            measure_finding(l, f);
    }
}

/* Accounts that the app's findings touch, if they are more than the blast radius; else 0. */
static uint64_t
excess(const struct list *l, struct sv app)
{
    const struct map_entry *e = app.n != 0 ? map_get(&l->apps, app) : NULL;
    if (e == NULL)
        return 0;
    const uint64_t n = l->reach.v[e - l->apps.entry].n;
    return n > l->r->blast_radius ? n : 0;
}

/* ---- rows ---- */

static struct row *
find_row(struct list *l, enum action_id action, const struct aim *aim)
{
    buf_reset(&l->key);
    put_bytes(&l->key, sv_of(action_infos[action].name));
    put_bytes(&l->key, aim->type);
    put_bytes(&l->key, aim->id);
    put_bytes(&l->key, aim->ids.account);
    put_bytes(&l->key, aim->ids.app);
    put_bytes(&l->key, aim->ids.session);
    bool is_new;
    const size_t i = map_put(&l->index, buf_view(&l->key), 0, &is_new);
    if (is_new)
        vec_push(&l->rows, (struct row){ .action = action, .aim = *aim, .id = l->index.entry[i].hash });
    return &l->rows.v[i];
}

static struct row *
add_row(struct list *l, enum action_id action, const struct aim *aim, const struct finding *f)
{
    struct row *row = find_row(l, action, aim);
    if (row->findings.n == 0 || row->findings.v[row->findings.n - 1] != f)
        vec_push(&row->findings, f);
    return row;
}

static struct aim
aim_at_app(struct sv app)
{
    return (struct aim){ SV("app"), app, { SV_NONE, app, SV_NONE } };
}

/* The entity of the finding; a finding without one is its own. */
static struct aim
aim_at_entity(const struct finding *f)
{
    struct aim aim = { f->entity_type, f->entity_id, { SV_NONE, SV_NONE, SV_NONE } };
    if (f->entity_id.n == 0)
        aim = (struct aim){ SV("finding"), SV_NONE, { f->account_id, f->app_id, f->session_id } };
    else if (sv_eq(aim.type, SV("account")))
        aim.ids.account = aim.id;
    else if (sv_eq(aim.type, SV("app")))
        aim.ids.app = aim.id;
    else if (sv_eq(aim.type, SV("session")))
        aim.ids.session = aim.id;
    return aim;
}

/* False if the target lacks what the action needs. */
static bool
aim_at_target(enum action_target kind, const struct target *t, struct aim *aim)
{
    switch (kind) {
    case TARGET_SESSION:
        *aim = (struct aim){ SV("session"), t->session, { t->account, SV_NONE, t->session } };
        return t->session.n != 0;
    case TARGET_ACCOUNT:
        *aim = (struct aim){ SV("account"), t->account, { t->account, SV_NONE, SV_NONE } };
        return t->account.n != 0;
    case TARGET_GRANT:
        *aim = (struct aim){ SV("grant"), SV_NONE, { t->account, t->app, SV_NONE } };
        return t->account.n != 0 && t->app.n != 0;
    case TARGET_APP:
        *aim = aim_at_app(t->app);
        return t->app.n != 0;
    case TARGET_ENTITY:
        break;
    }
    return false;
}

/* The row of one action on one target, or the two that replace it. */
static void
act_on_target(struct list *l, const struct finding *f, enum action_id action, const struct target *t)
{
    const enum action_target kind = action_infos[action].target;
    struct aim aim;
    if (!aim_at_target(kind, t, &aim))
        return;
    const uint64_t accounts = is_per_account(kind) && is_about_app(f) ? excess(l, t->app) : 0;
    if (accounts == 0) {
        add_row(l, action, &aim, f);
        return;
    }
    aim = aim_at_app(t->app);
    add_row(l, ACTION_SUSPEND_APP, &aim, f)->accounts = accounts;
    add_row(l, ACTION_REVIEW, &aim, f)->accounts = accounts;
}

static void
act_on_finding(struct list *l, const struct finding *f)
{
    struct target own = { f->account_id, f->app_id, f->session_id };
    if (sv_eq(f->entity_type, SV("app")) && own.app.n == 0)
        own.app = f->entity_id;
    const struct target *targets = f->n_targets != 0 ? f->targets : &own;
    const size_t n_targets = f->n_targets != 0 ? f->n_targets : 1;
    for (size_t i = 0; i < f->n_actions; i++) {
        const enum action_target kind = action_infos[f->actions[i]].target;
        if (kind == TARGET_ENTITY) {
            const struct aim aim = aim_at_entity(f);
            add_row(l, f->actions[i], &aim, f);
        } else if (kind == TARGET_APP && own.app.n != 0) {
            act_on_target(l, f, f->actions[i], &own); /* the entity, not whatever else its accounts used */
        } else {
            for (size_t k = 0; k < n_targets; k++)
                act_on_target(l, f, f->actions[i], &targets[k]);
        }
    }
}

static int
compare_rows(const void *x, const void *y)
{
    const struct row *a = x;
    const struct row *b = y;
    if (a->action != b->action)
        return a->action < b->action ? -1 : 1;
    const struct sv left[] = { a->aim.type, a->aim.id, a->aim.ids.account, a->aim.ids.app, a->aim.ids.session };
    const struct sv right[] = { b->aim.type, b->aim.id, b->aim.ids.account, b->aim.ids.app, b->aim.ids.session };
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        const int c = sv_cmp(left[i], right[i]);
        if (c != 0)
            return c;
    }
    return 0;
}

/* ---- cells ---- */

static void
put_target(const struct row *row, struct table *t)
{
    const struct aim *aim = &row->aim;
    struct buf b = BUF_INIT;
    table_text(t, aim->type);
    if (sv_eq(aim->type, SV("grant"))) {
        buf_sv(&b, aim->ids.account);
        buf_putc(&b, ' ');
        buf_sv(&b, aim->ids.app);
    } else {
        buf_sv(&b, aim->id);
    }
    table_text(t, buf_view(&b));
    buf_fini(&b);
    table_text(t, aim->ids.account);
    table_text(t, aim->ids.app);
    table_text(t, aim->ids.session);
}

static void
put_reason(const struct row *row, struct table *t)
{
    struct map titles;
    map_init(&titles);
    for (size_t i = 0; i < row->findings.n; i++)
        intern(&titles, row->findings.v[i]->rule_title);
    struct buf b = BUF_INIT;
    if (row->accounts != 0)
        buf_printf(&b, "%llu accounts or more: ", (unsigned long long)row->accounts);
    for (size_t i = 0; i < titles.n; i++) {
        buf_puts(&b, i != 0 ? "; " : "");
        buf_sv(&b, titles.entry[i].key);
    }
    table_text(t, buf_view(&b));
    buf_fini(&b);
    map_fini(&titles);
}

static int
compare_ids(const void *x, const void *y)
{
    const uint64_t a = *(const uint64_t *)x;
    const uint64_t b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static void
put_finding_ids(const struct row *row, struct table *t)
{
    const size_t n = row->findings.n;
    uint64_t *id = mem_zalloc(n, sizeof *id);
    for (size_t i = 0; i < n; i++)
        id[i] = row->findings.v[i]->id;
    qsort(id, n, sizeof *id, compare_ids);
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        char hex[17];
        hex64(id[i], hex);
        buf_puts(&b, i != 0 ? " " : "");
        buf_puts(&b, hex);
    }
    table_text(t, buf_view(&b));
    buf_fini(&b);
    mem_free(id);
}

static void
put_row(const struct row *row, struct table *t)
{
    const struct action_info *info = &action_infos[row->action];
    double risk = 0;
    for (size_t i = 0; i < row->findings.n; i++)
        risk = risk_join(risk, row->findings.v[i]->summary ? 0 : row->findings.v[i]->risk);
    cell_id(t, row->id);
    table_count(t, (uint64_t)row->action + 1);
    table_text(t, sv_of(info->name));
    put_target(row, t);
    put_reason(row, t);
    put_finding_ids(row, t);
    table_number(t, risk_shown(risk));
    table_bool(t, info->reversible);
    table_bool(t, info->requires_approval);
    table_end_row(t);
}

static void
list_fini(struct list *l)
{
    for (size_t i = 0; i < l->rows.n; i++)
        vec_fini(&l->rows.v[i].findings);
    for (size_t i = 0; i < l->reach.n; i++)
        map_fini(&l->reach.v[i]);
    vec_fini(&l->rows);
    vec_fini(&l->reach);
    map_fini(&l->index);
    map_fini(&l->apps);
    buf_fini(&l->key);
}

static void
rows(const struct results *r, struct table *t)
{
    struct list l = { .r = r, .key = BUF_INIT };
    map_init(&l.index);
    map_init(&l.apps);
    measure_reach(&l);
    for (size_t i = 0; i < r->findings.n; i++)
        if (finding_is_acted_on(&r->findings.v[i]))
            act_on_finding(&l, &r->findings.v[i]);
    if (l.rows.n != 0)
        qsort(l.rows.v, l.rows.n, sizeof *l.rows.v, compare_rows);
    for (size_t i = 0; i < l.rows.n; i++)
        put_row(&l.rows.v[i], t);
    list_fini(&l);
}

const struct report report_actions = {
    .name = "actions",
    .file = "actions.csv",
    .help = "what to do, in order: one row for each action and target",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "action target_type target_id reason risk_score",
    .rows = rows,
};
