/* SPDX-License-Identifier: Apache-2.0 */
/* Findings sorted, counts summed over the threads, hits listed. */
#include "agg/rows.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/map.h"

/* ---- findings ---- */

static int
compare_named(const struct named_text *a, size_t na, const struct named_text *b, size_t nb)
{
    for (size_t i = 0; i < na && i < nb; i++) {
        int c = sv_cmp(a[i].name, b[i].name);
        if (c == 0)
            c = sv_cmp(a[i].text, b[i].text);
        if (c != 0)
            return c;
    }
    return (na > nb) - (na < nb);
}

static int
compare_samples(const struct finding *a, const struct finding *b)
{
    for (size_t i = 0; i < a->n_samples && i < b->n_samples; i++) {
        const int c = sv_cmp(a->samples[i], b->samples[i]);
        if (c != 0)
            return c;
    }
    return (a->n_samples > b->n_samples) - (a->n_samples < b->n_samples);
}

/* Two hits of one time can make two findings of one group (x-travel): what they show decides then. */
static int
compare_findings(const void *x, const void *y)
{
    const struct finding *a = x;
    const struct finding *b = y;
    int c = finding_cmp(a, b);
    if (c == 0)
        c = sv_cmp(a->group_key, b->group_key);
    if (c == 0)
        c = (a->last_seen > b->last_seen) - (a->last_seen < b->last_seen);
    if (c == 0)
        c = compare_samples(a, b);
    return c != 0 ? c : compare_named(a->evidence, a->n_evidence, b->evidence, b->n_evidence);
}

void
rows_sort_findings(struct results *r)
{
    if (r->findings.n > 1)
        qsort(r->findings.v, r->findings.n, sizeof *r->findings.v, compare_findings);
}

/* ---- rules ---- */

static struct corr_counts
sum_counts(struct agg_local *const *local, size_t n_locals, size_t corr)
{
    struct corr_counts sum = { 0, 0, 0, 0, 0 };
    for (size_t i = 0; i < n_locals; i++) {
        const struct corr_counts *c = &local[i]->corr[corr];
        sum.hits += c->hits;
        sum.skipped_group += c->skipped_group;
        sum.skipped_value += c->skipped_value;
        sum.skipped_time += c->skipped_time;
        sum.findings += c->findings;
    }
    return sum;
}

static void
add_counts(struct rule_row *row, const struct corr_counts *c)
{
    row->findings += c->findings;
    row->skipped_group += c->skipped_group;
    row->skipped_value += c->skipped_value;
    row->skipped_time += c->skipped_time;
}

static struct rule_row
row_of(const struct rule_meta *meta, const char *kind)
{
    return (struct rule_row){ .rule_id = meta->id,
                              .rule_title = meta->title,
                              .kind = sv_of(kind),
                              .level = (int)meta->level,
                              .muted = meta->audit };
}

/* Deliveries are counted once per hit, at the rule's first use, which is its own findings' if it has any. */
static uint64_t
rule_duplicates(const struct finish *f, const struct rule *rule)
{
    const struct use *best = NULL;
    for (size_t i = 0; i < rule->n_uses; i++)
        if (best == NULL || f->plan->program->corrs.v[rule->uses[i].corr].single)
            best = &rule->uses[i];
    return best != NULL ? f->info[best->corr].duplicates[best->pos] : 0;
}

static void
add_rule_row(const struct finish *f, struct agg_local *const *local, size_t n_locals, size_t i)
{
    const struct program *p = f->plan->program;
    const struct rule *rule = &p->rules.v[i];
    struct rule_row row = row_of(&rule->meta, "rule");
    for (size_t k = 0; k < n_locals; k++) {
        row.hits += local[k]->rule_hits[i];
        row.regex_limit += local[k]->rule_limits[i];
    }
    row.duplicate_hits = rule_duplicates(f, rule);
    for (size_t u = 0; u < rule->n_uses; u++) {
        if (!p->corrs.v[rule->uses[u].corr].single)
            continue;
        const struct corr_counts c = sum_counts(local, n_locals, rule->uses[u].corr);
        add_counts(&row, &c);
    }
    vec_push(&f->r->rules, row);
}

static void
add_corr_row(const struct finish *f, struct agg_local *const *local, size_t n_locals, size_t i)
{
    const struct correlation *c = &f->plan->program->corrs.v[i];
    if (c->single)
        return;
    struct rule_row row = row_of(&c->meta, c->type->name);
    const struct corr_counts counts = sum_counts(local, n_locals, i);
    row.hits = counts.hits;
    add_counts(&row, &counts);
    for (size_t k = 0; k < c->n_inputs; k++)
        row.duplicate_hits += f->info[i].duplicates[k];
    vec_push(&f->r->rules, row);
}

static void
add_skipped_row(struct results *r, const struct skipped_rule *s)
{
    vec_push(&r->rules, (struct rule_row){ .rule_id = s->id.n != 0 ? s->id : s->file,
                                           .rule_title = s->title.n != 0 ? s->title : s->file,
                                           .kind = SV("rule"),
                                           .skipped_reason = s->reason });
}

static int
compare_rows(const void *x, const void *y)
{
    const struct rule_row *a = x;
    const struct rule_row *b = y;
    int c = sv_cmp(a->rule_id, b->rule_id);
    if (c == 0)
        c = sv_cmp(a->kind, b->kind);
    if (c == 0)
        c = sv_cmp(a->rule_title, b->rule_title);
    return c != 0 ? c : sv_cmp(a->skipped_reason, b->skipped_reason);
}

/* Distinct entities among a rule's findings; a finding without one counts by its group. What is suppressed moves from
 * one count to the other. */
static void
count_entities(struct results *r)
{
    struct map rows;
    struct map seen;
    struct buf key = BUF_INIT;
    map_init(&rows);
    map_init(&seen);
    for (size_t i = 0; i < r->rules.n; i++)
        map_put(&rows, r->rules.v[i].rule_id, (uint32_t)i, NULL);
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        const struct map_entry *row = map_get(&rows, f->rule_id);
        bool is_new;
        if (f->suppressed && row != NULL) {
            r->rules.v[row->value].findings--;
            r->rules.v[row->value].suppressed++;
        }
        if (f->suppressed)
            continue;
        buf_reset(&key);
        put_bytes(&key, f->rule_id);
        buf_putc(&key, f->entity_id.n != 0 ? 'e' : 'g');
        buf_sv(&key, f->entity_id.n != 0 ? f->entity_id : f->group_key);
        map_put(&seen, buf_view(&key), 0, &is_new);
        if (is_new && row != NULL)
            r->rules.v[row->value].entities++;
    }
    buf_fini(&key);
    map_fini(&seen);
    map_fini(&rows);
}

void
rows_rules(const struct finish *f, struct agg_local *const *local, size_t n_locals)
{
    const struct program *p = f->plan->program;
    for (size_t i = 0; i < p->rules.n; i++)
        add_rule_row(f, local, n_locals, i);
    for (size_t i = 0; i < p->corrs.n; i++)
        add_corr_row(f, local, n_locals, i);
    for (size_t i = 0; i < p->skipped.n; i++)
        add_skipped_row(f->r, &p->skipped.v[i]);
    if (f->r->rules.n > 1)
        qsort(f->r->rules.v, f->r->rules.n, sizeof *f->r->rules.v, compare_rows);
    count_entities(f->r);
}

/* ---- hits ---- */

struct named_index {
    struct sv name;
    uint32_t i;
};

static int
compare_named_index(const void *x, const void *y)
{
    const struct named_index *a = x;
    const struct named_index *b = y;
    const int c = sv_cmp(a->name, b->name);
    return c != 0 ? c : (a->i > b->i) - (a->i < b->i);
}

/* rank[i]: position of the i-th name in byte order; owned by the caller. Sorts `order`. */
static uint32_t *
ranks(struct named_index *order, size_t n)
{
    uint32_t *rank = mem_zalloc(n + 1, sizeof *rank);
    if (n > 1)
        qsort(order, n, sizeof *order, compare_named_index);
    for (size_t i = 0; i < n; i++)
        rank[order[i].i] = (uint32_t)i;
    mem_free(order);
    return rank;
}

static uint32_t *
rank_rules(const struct program *p)
{
    struct named_index *order = mem_zalloc(p->rules.n + 1, sizeof *order);
    for (size_t i = 0; i < p->rules.n; i++)
        order[i] = (struct named_index){ p->rules.v[i].meta.id, (uint32_t)i };
    return ranks(order, p->rules.n);
}

static uint32_t *
rank_files(const struct origins *o)
{
    struct named_index *order = mem_zalloc(o->n + 1, sizeof *order);
    for (size_t i = 0; i < o->n; i++)
        order[i] = (struct named_index){ o->v[i].file, (uint32_t)i };
    return ranks(order, o->n);
}

static struct hit_row
hit_row(const struct agg_plan *plan, const struct raw_hit *h)
{
    const struct rule_meta *meta = &plan->program->rules.v[h->rule].meta;
    return (struct hit_row){ .rule_id = meta->id,
                             .rule_title = meta->title,
                             .file = plan->origins->v[h->at.file].file,
                             .line = h->at.line,
                             .time = h->time };
}

void
rows_hits(const struct agg_plan *plan, struct agg_local *const *local, size_t n_locals, struct results *r)
{
    size_t n = 0;
    for (size_t i = 0; i < n_locals; i++)
        n += local[i]->hits.n;
    if (n == 0)
        return;
    uint32_t *rule = rank_rules(plan->program);
    uint32_t *file = rank_files(plan->origins);
    struct entry *e = mem_alloc(n * sizeof *e);
    size_t at = 0;
    for (size_t i = 0; i < n_locals; i++) {
        for (size_t k = 0; k < local[i]->hits.n; k++) {
            const struct raw_hit *h = &local[i]->hits.v[k];
            e[at++] = (struct entry){ (uint64_t)rule[h->rule] << 32 | file[h->at.file], (int64_t)h->at.line, h };
        }
    }
    entries_sort(e, n, NULL, NULL);
    vec_reserve(&r->hits, n);
    for (size_t i = 0; i < n; i++)
        r->hits.v[r->hits.n++] = hit_row(plan, e[i].record);
    mem_free(e);
    mem_free(rule);
    mem_free(file);
}
