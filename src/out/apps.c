/* SPDX-License-Identifier: Apache-2.0 */
#include "out/apps.h"

#include <math.h>

#include "base/codec.h"
#include "base/number.h"
#include "out/cells.h"

void
apps_cell_finding_ids(const struct subject *s, struct table *t)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < s->findings.n; i++) {
        char hex[17];
        hex64(s->findings.v[i]->id, hex);
        buf_puts(&b, i != 0 ? " " : "");
        buf_puts(&b, hex);
    }
    table_text(t, buf_view(&b));
    buf_fini(&b);
}

/* The greatest peak of each metric, in order of appearance. */
static void
cell_metrics(const struct subject *s, struct table *t)
{
    struct arena arena = ARENA_INIT;
    struct map metrics;
    map_init(&metrics);
    double *peak = ARENA_ARRAY(&arena, double, s->findings.n);
    for (size_t i = 0; i < s->findings.n; i++) {
        const struct finding *f = s->findings.v[i];
        bool is_new;
        const size_t k = map_put(&metrics, f->metric, 0, &is_new);
        if (is_new || f->peak > peak[k])
            peak[k] = f->peak;
    }
    struct named_text *pair = ARENA_ARRAY(&arena, struct named_text, metrics.n);
    for (size_t k = 0; k < metrics.n; k++) {
        char text[NUMBER_TEXT_MAX];
        const size_t n = number_format(peak[k], text);
        pair[k] = (struct named_text){ intern_text(&metrics, (uint32_t)k), arena_sv(&arena, sv_make(text, n)) };
    }
    cell_pairs(t, pair, metrics.n);
    map_fini(&metrics);
    arena_fini(&arena);
}

const struct app_row *
apps_inventory(const struct results *r, const struct subject *s)
{
    size_t low = 0;
    size_t high = r->apps.n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int c = sv_cmp(r->apps.v[middle].app_id, s->app);
        if (c == 0)
            return &r->apps.v[middle];
        if (c < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void
apps_rows(const struct results *r, struct table *t, const char *report, const char *family, apps_cells *own)
{
    struct subjects subjects;
    subjects_gather(&subjects, r, sv_of(report), sv_of(family), SUBJECT_APP);
    for (size_t i = 0; i < subjects.n; i++) {
        const struct subject *s = &subjects.v[i];
        const struct app_row *app = apps_inventory(r, s);
        table_text(t, s->app);
        table_text(t, app != NULL && app->app_name.n != 0 ? app->app_name : s->app_name);
        table_number(t, risk_shown(s->risk));
        cell_level(t, s->level);
        own(r, s, t);
        table_count(t, s->accounts.n);
        table_count(t, s->findings.n);
        cell_joined(t, &s->rules, "; ");
        cell_metrics(s, t);
        table_time(t, s->first_seen);
        table_time(t, s->last_seen);
        cell_action_set(t, s->actions);
        apps_cell_finding_ids(s, t);
        table_end_row(t);
    }
    subjects_fini(&subjects);
}

void
apps_cell_said(const struct subject *s, struct table *t, const char *const *names)
{
    struct map texts;
    map_init(&texts);
    if (subject_says(s, names, &texts))
        intern(&texts, SV("..."));
    cell_joined(t, &texts, ", ");
    map_fini(&texts);
}

static bool
has_metric(const struct finding *f, struct sv metric)
{
    return sv_eq(f->metric, metric)
           || (sv_starts(f->metric, metric) && f->metric.n > metric.n && f->metric.p[metric.n] == '(');
}

void
apps_cell_greatest(const struct subject *s, struct table *t, const char *metric)
{
    double greatest = NAN;
    for (size_t i = 0; i < s->findings.n; i++) {
        const struct finding *f = s->findings.v[i];
        if (has_metric(f, sv_of(metric)) && !(greatest >= f->peak))
            greatest = f->peak;
    }
    table_number(t, greatest);
}
