/* SPDX-License-Identifier: Apache-2.0 */
/* See agg_night.h. What a run leaves is held as records, and checked as if another process had written it. */
#include "agg_night.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "agg/carry.h"
#include "agg/corr.h"
#include "agg/emit.h"
#include "agg/merge.h"
#include "agg/partial.h"
#include "agg/spill.h"
#include "base/timestamp.h"

/* ---- a program of one or two correlations ---- */

/* Of the groups of the first, but of other rules (else they would be a family): so something may be new in a group, and
 * nothing of it for the first. */
static void
add_companion(struct bench *b, const char *keys)
{
    char text[100];
    const char *group = keys != NULL ? strstr(keys, "group=") : NULL;
    const int n = group != NULL ? (int)strcspn(group, " ") : 0;
    const bool has_three = keys != NULL && strstr(keys, "rules=3") != NULL;
    snprintf(text, sizeof text, "timespan=4s gte=1000000 rules=%d %.*s", has_three ? 2 : 3, n, n != 0 ? group : "");
    bench_read(b, "event_count", text);
    bench_add(b, "companion");
}

/* Of groups that no other correlation has. */
static void
add_cluster(struct bench *b)
{
    bench_read(b, "event_count", "timespan=7s gte=3 rules=2 group=w,x");
    bench_add(b, "counted elsewhere");
    bench_read(b, "x-new-value", "timespan=30s field=v learning.hits=2 rules=1 group=w,x");
    bench_add(b, "learnt elsewhere");
}

static void
open_program(struct play *p, const struct night_case *c)
{
    struct bench *b = &p->b;
    bench_open(b, c->type, c->keys);
    bench_rules(b, RULES_MAX);
    bench_add(b, "first");
    if (c->second != NONE) {
        bench_read(b, c->type2, c->keys2);
        b->c.inputs[0].is_corr = c->second == ABOVE;
        bench_add(b, "second");
    }
    if (c->clustered)
        add_companion(b, c->keys);
    if (c->two_clusters)
        add_cluster(b);
    ck_assert_uint_eq(diags_errors(b->d), 0);
    for (size_t i = 0; i < b->program->corrs.n; i++)
        b->program->corrs.v[i].facts[FACT_ACCOUNT] = fields_add(b->fields, SV("u"));
    program_freeze(b->program);
}

void
night_open(struct play *p, const struct night_case *c, const struct story *story)
{
    memset(p, 0, sizeof *p);
    open_program(p, c);
    p->story = story;
    store_init(&p->carried, (size_t)emit_levels(p->b.program) * PARTITIONS);
    store_init(&p->next, (size_t)emit_levels(p->b.program) * PARTITIONS);
    for (int i = 0; i < 2; i++) {
        p->shelf[i] = tmpfile();
        ck_assert_ptr_nonnull(p->shelf[i]);
    }
}

void
night_close(struct play *p)
{
    store_fini(&p->carried);
    store_fini(&p->next);
    for (int i = 0; i < 2; i++)
        fclose(p->shelf[i]);
    bench_close(&p->b);
}

/* ---- carrying ---- */

static void
take_bin(struct play *p, const struct partial_pile *pile, struct store *const *kept, size_t bin,
         const struct family *family)
{
    struct merge *m = merge_open(kept, pile->n_locals, bin, p->plan.spill, NULL, NULL, NULL);
    struct record r;
    while (merge_next(m, &r)) {
        r.hash = record_hash(r.corr, r.key);
        ck_assert(partial_is_record(p->b.program, family, (unsigned)(bin / PARTITIONS), &r));
        ck_assert_uint_eq(hash_partition(r.hash), bin % PARTITIONS);
        if (r.at.file == 0) /* tonight's, which is not the next run's */
            r.at.file = p->slot_of_file[0] + 1;
        store_add(&p->next, bin, &r);
        p->n_carried++;
    }
    merge_close(m);
}

static enum err
take_all(void *ctx, const struct partial_pile *pile, struct diags *d)
{
    struct play *p = ctx;
    struct store *kept[8];
    struct family *family = families_of(p->b.program);
    (void)d;
    for (size_t i = 0; i < pile->n_locals; i++) {
        kept[i] = &pile->local[i]->records;
        if (kept[i]->spill != NULL && kept[i]->n_records != 0)
            store_flush(kept[i]);
    }
    p->n_carried = 0;
    for (size_t bin = 0; bin < p->next.n_bins; bin++)
        take_bin(p, pile, kept, bin, family);
    mem_free(family);
    return ERR_OK;
}

static enum err
take_nothing(void *ctx, const struct partial_pile *pile, struct diags *d)
{
    (void)ctx;
    (void)pile;
    (void)d;
    return ERR_OK;
}

static void
load_carried(struct play *p, struct agg_local *local)
{
    for (size_t i = 0; i < p->carried.n_bins; i++) {
        struct bin b = store_take(&p->carried, i);
        for (size_t k = 0; k < b.n; k++) {
            struct record r;
            record_at(b.v[k].record, &r);
            r.hash = record_hash(r.corr, r.key);
            partial_add_record(local, i / PARTITIONS, &r);
        }
        mem_free(b.v);
    }
    if (store_is_full(&local->records))
        store_flush(&local->records);
}

/* ---- shelves ---- */

static void
open_shelves(struct play *p, int night, struct partial_numbers *numbers, atomic_bool *used)
{
    struct shelves *s = &p->shelves;
    shelves_init(s);
    s->name = "the shelf";
    s->is_same = !p->forgets_layout;
    s->numbers = numbers;
    s->n_files = (uint32_t)night;
    s->base = 1;
    s->used = used;
    for (int i = 0; i < night; i++)
        atomic_init(&used[i], false);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        s->in[i] = p->made[i];
        s->in[i].fd = fileno(p->shelf[0]);
        s->out[i] = (struct shelf_file){ .fd = fileno(p->shelf[1]), .offset = (uint64_t)i << 24 };
    }
    p->slot_of_file[0] = (uint32_t)night;
    for (int i = 0; i < night; i++)
        p->slot_of_file[i + 1] = (uint32_t)i;
}

static uint64_t
count_hits(struct play *p, struct sv bytes)
{
    struct chapter_reader r;
    struct arena a = ARENA_INIT;
    const struct bundle *b;
    const char *extra;
    uint32_t corr;
    uint64_t n = 0;
    chapter_reader_init(&r, p->b.program->corrs.n);
    ck_assert(chapter_open(&r, bytes, p->slot_of_file[0] + 1));
    for (size_t i = 0; i < r.files.n; i++)
        ck_assert(r.files.v[i] == p->slot_of_file[0] || atomic_load(&p->shelves.used[r.files.v[i]]));
    while (chapter_next_past(&r, &corr, &extra))
        n++;
    while ((b = chapter_next_bundle(&r, &a)) != NULL)
        n += slip_pos(&b->head);
    ck_assert(chapter_is_whole(&r));
    chapter_reader_fini(&r);
    arena_fini(&a);
    return n;
}

/* What was written will be read, unless this run is not to leave anything. */
static void
turn_shelves(struct play *p, bool all)
{
    if (p->is_damaged) {
        shelves_fini(&p->shelves);
        return;
    }
    memcpy(p->made, p->shelves.out, sizeof p->made);
    memcpy(p->shelves.in, p->shelves.out, sizeof p->shelves.in);
    for (unsigned i = 0; i < PARTITIONS; i++) {
        if (all)
            p->made[i].n = p->made[i].bytes = 0;
        if (p->made[i].n == 0)
            continue;
        struct shelf_reader *r = shelf_open(&p->shelves, i, NULL, 0);
        struct sv bytes;
        while (shelf_next(r, &bytes))
            p->n_carried += count_hits(p, bytes);
        shelf_close(r);
    }
    FILE *read = p->shelf[0];
    p->shelf[0] = p->shelf[1];
    p->shelf[1] = read;
    ck_assert_int_eq(shelves_status(&p->shelves, p->b.d), ERR_OK);
    shelves_fini(&p->shelves);
}

/* ---- playing ---- */

/* Origin 0 is tonight's, 1 + i that of night i. The order of names is not that of the nights. */
static const char *
name_of(char name[16], int night)
{
    snprintf(name, 16, "%02d", night - night % 7 + night * 5 % 7);
    return name;
}

static void
set_origins(struct play *p, int night)
{
    char name[16];
    origins_init(&p->b.origins, (size_t)night + 1);
    for (int i = 0; i <= night; i++)
        p->b.origins.v[i < night ? i + 1 : 0] =
            (struct origin){ SV("s"), arena_printf(&p->b.arena, "%s.log", name_of(name, i)) };
    origins_rank(&p->b.origins);
}

static void
play_file(struct play *p, struct agg_local *local, const struct buf *lines, uint32_t file)
{
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct sv rest = buf_view(lines), line;
    event_init(&ev, fields_count(p->b.fields), &scratch, NULL);
    for (uint64_t number = 1; rest.n != 0 && sv_split(&rest, '\n', &line); number++)
        if (line.n != 0)
            bench_play_line(&p->b, local, &ev, (struct place){ file, number }, line);
    event_fini(&ev);
    arena_fini(&scratch);
}

static void
print_results(const struct play *p, struct results *r, struct buf *out)
{
    for (size_t i = 0; i < r->findings.n; i++) {
        const struct finding *f = &r->findings.v[i];
        buf_printf(out, "%.*s %016llx u:%.*s", SV_ARG(f->rule_id), (unsigned long long)f->id, SV_ARG(f->account_id));
        for (size_t k = 0; k < f->n_samples; k++)
            buf_printf(out, " %.*s", SV_ARG(f->samples[k]));
        buf_puts(out, " ");
        bench_print(&p->b, out, f);
    }
}

/* One run: of this night's events and what was carried, or of all events up to it. */
void
night_run(struct play *p, int night, bool all, uint64_t spill, struct buf *out)
{
    struct results r;
    uint32_t same[8];
    struct partial_numbers numbers = { same, p->b.program->corrs.n };
    atomic_bool used[NIGHTS_MAX];
    const int64_t now = p->story->night[night].latest;
    set_origins(p, night);
    for (uint32_t i = 0; i < numbers.n; i++)
        same[i] = i;
    open_shelves(p, night, &numbers, used);
    p->night = (struct agg_night){ .cut = now != TIME_NONE ? now - p->story->lateness : TIME_NONE,
                                   .before = night != 0 ? p->story->night[night - 1].latest : TIME_NONE,
                                   .n_own = 1,
                                   .slot_of_file = p->slot_of_file,
                                   .shelves = &p->shelves,
                                   .carry = all ? take_nothing : take_all,
                                   .ctx = p };
    p->plan =
        (struct agg_plan){ .program = p->b.program, .origins = &p->b.origins, .blast_radius = 100, .night = &p->night };
    if (spill != 0) {
        p->plan.spill = spill_new(SPILL_MEMORY_LEAST, ".", 1);
        spill_force(p->plan.spill, spill);
    }
    struct agg_local *local = agg_local_new(&p->plan);
    load_carried(p, local);
    local->latest = now;
    for (int i = all ? 0 : night; i <= night; i++)
        play_file(p, local, &p->story->night[i].lines, i < night ? (uint32_t)i + 1 : 0);
    results_init(&r);
    ck_assert_int_eq(agg_finish(&p->plan, &local, 1, 1, &r, p->b.d), p->is_damaged ? ERR_OUTPUT : ERR_OK);
    print_results(p, &r, out);
    results_fini(&r);
    agg_local_free(local);
    spill_free(p->plan.spill);
    turn_shelves(p, all);
    origins_fini(&p->b.origins);
    store_fini(&p->carried);
    p->carried = p->next;
    store_init(&p->next, p->carried.n_bins);
}

void
night_end_story(struct story *s)
{
    for (int i = 0; i < s->n_nights; i++)
        buf_fini(&s->night[i].lines);
}
