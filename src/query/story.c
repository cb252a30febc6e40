/* SPDX-License-Identifier: Apache-2.0 */
/* A story is a sorted answer whose columns are made here. */
#include "query/story.h"

#include "base/mem.h"
#include "out/cells.h"
#include "query/about.h"
#include "query/sorter.h"

static const struct column columns[] = {
    { "time", COLUMN_ANY, "" },         { "what", COLUMN_ANY, "" },   { "account_id", COLUMN_ANY, "" },
    { "account_name", COLUMN_ANY, "" }, { "app_id", COLUMN_ANY, "" }, { "app_name", COLUMN_ANY, "" },
    { "session_id", COLUMN_ANY, "" },   { "ip", COLUMN_ANY, "" },     { "place", COLUMN_ANY, "" },
    { "detail", COLUMN_ANY, "" },       { "file", COLUMN_ANY, "" },   { "line", COLUMN_ANY, "" },
};
enum { N_COLUMNS = sizeof columns / sizeof columns[0] };

struct story {
    struct query q; /* as much of one as a sorter needs */
    struct about_fields about;
};

struct teller {
    const struct story *story;
    const struct inputs *in;
    struct sorter *sorter;
};

struct page {
    struct sorter_lane *lane;
    struct buf key;
    struct buf row;
};

struct story *
story_new(struct fields *fields, uint64_t limit)
{
    struct story *s = mem_zalloc(1, sizeof *s);
    s->q.n_columns = N_COLUMNS;
    s->q.column = mem_alloc(sizeof columns);
    memcpy(s->q.column, columns, sizeof columns);
    s->q.limit = limit;
    about_fields_add(&s->about, fields);
    return s;
}

void
story_free(struct story *s)
{
    if (s == NULL)
        return;
    mem_free(s->q.column);
    mem_free(s);
}

/* ---- events ---- */

static void *
story_open(void *ctx, unsigned worker)
{
    struct teller *t = ctx;
    struct page *p = mem_zalloc(1, sizeof *p);
    p->lane = sorter_lane(t->sorter, worker);
    return p;
}

static void
page_fini(struct page *p)
{
    buf_fini(&p->key);
    buf_fini(&p->row);
}

static void
story_close(void *ctx, void *state)
{
    (void)ctx;
    page_fini(state);
    mem_free(state);
}

static bool
story_block_start(void *ctx, void *state, const struct block *b)
{
    (void)ctx;
    (void)state;
    (void)b;
    return true;
}

static bool
story_block_end(void *ctx, void *state, struct tap *tap)
{
    (void)ctx;
    (void)tap;
    return sorter_good(((struct page *)state)->lane);
}

static void
put_text(struct buf *row, struct sv text)
{
    const struct datum d = { text.n != 0 ? DATUM_TEXT : DATUM_NONE, text, 0 };
    datum_put(row, &d);
}

/* By time, then by place; findings behind the events of their time. */
static void
make_key(struct buf *key, const struct datum *time, struct arena *a, uint64_t file, uint64_t line)
{
    const struct datum f = datum_count(file, a);
    const struct datum l = datum_count(line, a);
    buf_reset(key);
    datum_sortkey(key, time, false);
    datum_sortkey(key, &f, false);
    datum_sortkey(key, &l, false);
}

static void
story_event(void *ctx, void *state, struct event *ev)
{
    static const enum about texts[] = { ABOUT_ACCOUNT,  ABOUT_ACCOUNT_NAME, ABOUT_APP,
                                        ABOUT_APP_NAME, ABOUT_SESSION,      ABOUT_IP };
    const struct teller *t = ctx;
    const struct about_fields *f = &t->story->about;
    struct page *p = state;
    const struct datum time = datum_time(ev->time, ev->scratch);
    const struct datum line = datum_count(ev->at.line, ev->scratch);
    make_key(&p->key, &time, ev->scratch, ev->at.file, ev->at.line);
    buf_reset(&p->row);
    datum_put(&p->row, &time);
    put_text(&p->row, about_what(f, ev));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(&p->row, about_text(f, ev, texts[i]));
    put_text(&p->row, about_place(f, ev));
    put_text(&p->row, about_detail(f, ev));
    put_text(&p->row, inputs_file(t->in, ev->at.file)->name);
    datum_put(&p->row, &line);
    sorter_add(p->lane, buf_view(&p->key), buf_view(&p->row));
}

/* ---- findings ---- */

static bool
is_who(struct sv text, struct sv who)
{
    return text.n != 0 && sv_eq(text, who);
}

bool
finding_names(const struct finding *f, struct sv who)
{
    if (is_who(f->account_id, who) || is_who(f->app_id, who) || is_who(f->entity_id, who))
        return true;
    for (size_t i = 0; i < f->n_targets; i++)
        if (is_who(f->targets[i].account, who) || is_who(f->targets[i].app, who))
            return true;
    return false;
}

static void
add_finding(struct page *p, const struct finding *f, uint64_t number, struct arena *a)
{
    const struct datum time = datum_time(f->fired_at, a);
    struct buf detail = BUF_INIT;
    make_key(&p->key, &time, a, UINT32_MAX, number);
    buf_printf(&detail, "%.*s (%.*s)", SV_ARG(f->rule_title), SV_ARG(level_name(f->level)));
    for (size_t i = 0; i < f->n_actions; i++)
        buf_printf(&detail, "%s%s", i == 0 ? ": " : ", ", action_infos[f->actions[i]].name);
    const struct sv cell[] = {
        SV("finding"),     f->account_id,
        SV_NONE,           f->app_id,
        f->app_name,       f->session_id,
        f->src_ip,         f->src_country,
        buf_view(&detail), f->n_samples != 0 ? f->samples[f->n_samples - 1] : SV_NONE,
        SV_NONE,
    };
    buf_reset(&p->row);
    datum_put(&p->row, &time);
    for (size_t i = 0; i < N_COLUMNS - 1; i++)
        put_text(&p->row, cell[i]);
    sorter_add(p->lane, buf_view(&p->key), buf_view(&p->row));
    buf_fini(&detail);
}

static void
add_findings(const struct teller *t, const struct results *r, struct sv who)
{
    struct page p = { .lane = sorter_lane(t->sorter, 0) };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; r != NULL && i < r->findings.n; i++)
        if (finding_names(&r->findings.v[i], who))
            add_finding(&p, &r->findings.v[i], i, &a);
    arena_fini(&a);
    page_fini(&p);
}

enum err
story_run(const struct story *s, const struct plan *plan, const struct inputs *in, const struct results *r,
          struct sv who, const struct query_output *out, struct health_totals *totals, struct diags *d)
{
    struct query_output own = *out;
    own.style.brief = "time what app_name place detail";
    struct teller t = { .story = s, .in = in, .sorter = sorter_new(&s->q, &own, plan->options->n_workers) };
    const struct sink sink = {
        .ctx = &t,
        .open = story_open,
        .close = story_close,
        .block_start = story_block_start,
        .event = story_event,
        .block_end = story_block_end,
    };
    const enum err run = run_events(plan, in, &sink, NULL, totals, d);
    add_findings(&t, r, who);
    const enum err written = sorter_write(t.sorter, d);
    sorter_free(t.sorter);
    return written != ERR_OK ? written : run;
}
