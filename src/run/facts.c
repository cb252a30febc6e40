/* SPDX-License-Identifier: Apache-2.0 */
#include "run/facts.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/timestamp.h"

void
facts_text(struct results *r, const char *name, struct sv text)
{
    vec_push(&r->facts,
             (struct run_fact){ .name = arena_sv(&r->arena, sv_of(name)), .text = arena_sv(&r->arena, text) });
}

void
facts_number(struct results *r, const char *name, double x)
{
    vec_push(&r->facts, (struct run_fact){ .name = arena_sv(&r->arena, sv_of(name)), .number = x, .is_number = true });
}

void
facts_time(struct results *r, const char *name, int64_t us)
{
    char text[TIME_TEXT_MAX];
    const size_t n = time_format(us, text);
    facts_text(r, name, sv_make(text, n));
}

static int
compare_inputs(const void *a, const void *b)
{
    return sv_cmp(((const struct fact_input *)a)->name, ((const struct fact_input *)b)->name);
}

static void
input_digest(struct results *r, struct fact_input *input, size_t n)
{
    struct digest *all = digest_new();
    char hex[33];
    if (n > 1)
        qsort(input, n, sizeof *input, compare_inputs);
    for (size_t i = 0; i < n; i++) {
        digest_add(all, input[i].name.p, input[i].name.n);
        digest_add(all, "", 1);
        digest_add(all, input[i].digest.p, input[i].digest.n);
    }
    digest_hex(all, hex);
    digest_free(all);
    facts_text(r, "digests.inputs", sv_of(hex));
}

/* By file and title; their reasons are in rule_summary.csv. */
static void
skipped_rules(struct results *r, const struct program *program)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < program->skipped.n; i++) {
        const struct skipped_rule *rule = &program->skipped.v[i];
        buf_printf(&names, "%s%.*s: %.*s", i != 0 ? "; " : "", SV_ARG(rule->file), SV_ARG(rule->title));
    }
    facts_text(r, "skipped_rules", buf_view(&names));
    buf_fini(&names);
}

/* What rules no longer mean: entries of their lists that have run out. */
static void
expired_entries(struct results *r, const struct program *program)
{
    struct buf names = BUF_INIT;
    for (size_t i = 0; i < program->expired.n; i++) {
        const struct expired_entry *e = &program->expired.v[i];
        buf_printf(&names, "%s%.*s:%zu: %.*s until %.*s", i != 0 ? "; " : "", SV_ARG(e->file), e->line,
                   SV_ARG(e->value), SV_ARG(e->last_day));
        if (e->reason.n != 0)
            buf_printf(&names, ": %.*s", SV_ARG(e->reason));
    }
    facts_text(r, "expired_list_entries", buf_view(&names));
    buf_fini(&names);
}

void
facts_digests(struct results *r, const struct program *program, struct fact_input *input, size_t n)
{
    facts_text(r, "digests.rules", sv_of(program->digest));
    input_digest(r, input, n);
    skipped_rules(r, program);
    expired_entries(r, program);
}

void
facts_counts(struct results *r, const struct program *program, const struct health_totals *t)
{
    facts_number(r, "counts.files", (double)t->files);
    facts_number(r, "counts.damaged_files", (double)t->bad_files);
    facts_number(r, "counts.bytes_read", (double)t->bytes_in);
    facts_number(r, "counts.bytes", (double)t->bytes);
    facts_number(r, "counts.lines", (double)t->lines);
    facts_number(r, "counts.blank_lines", (double)t->blank);
    facts_number(r, "counts.events", (double)t->events);
    facts_number(r, "counts.events_out_of_range", (double)t->out_of_range);
    facts_number(r, "counts.events_too_late", (double)t->too_late);
    facts_number(r, "counts.rejects", (double)t->rejects);
    facts_number(r, "counts.rules", (double)program->rules.n);
    facts_number(r, "counts.skipped_rules", (double)program->skipped.n);
    facts_number(r, "counts.expired_list_entries", (double)program->expired.n);
    facts_number(r, "counts.findings", (double)(r->findings.n - results_tally(r).suppressed));
}
