/* SPDX-License-Identifier: Apache-2.0 */
/* Files are taken a few at a time, as many as there are workers, so that the sets of values that are in memory at once
 * are few. A worker has its own set for each file of the batch; they are joined when the batch was read. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomicfile.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "query/index_format.h"

/* More different values than this in one file are not filtered: the filter would be 40 MB. */
#define VALUES_MOST ((size_t)1 << 24)
#define BITS_PER_VALUE 20u

/* A set of hashes. 0 stands for a free place; the hash 0 is kept as 1, which can only say "maybe". */
struct hashes {
    uint64_t *v;
    size_t n_slots;
    size_t n;
    uint64_t values; /* that were added: 0 means that there is none */
    bool too_many;
};

/* What one worker has seen of one file. */
struct seen {
    struct hashes field[INDEX_FIELDS_N];
    uint64_t events;
    uint64_t timeless;
    int64_t first;
    int64_t last;
};

struct making {
    const struct plan *plan;
    field_id field[INDEX_FIELDS_N];
    size_t n_files;    /* of the batch */
    struct seen *seen; /* [worker * n_files + file] */
    unsigned n_workers;
};

static const char *const names[INDEX_FIELDS_N] = {
#define INDEX(name) name,
    INDEX_FIELDS
#undef INDEX
};

void
index_plan_fields(struct fields *fields)
{
    for (int i = 0; i < INDEX_FIELDS_N; i++)
        fields_add(fields, sv_of(names[i]));
}

/* ---- sets ---- */

static void
insert(struct hashes *h, uint64_t hash)
{
    size_t at = hash & (h->n_slots - 1);
    while (h->v[at] != 0 && h->v[at] != hash)
        at = (at + 1) & (h->n_slots - 1);
    h->n += h->v[at] == 0;
    h->v[at] = hash;
}

static void
add_hash(struct hashes *h, uint64_t hash)
{
    h->values++;
    if (h->too_many)
        return;
    if (2 * (h->n + 1) > h->n_slots) {
        struct hashes grown = { .n_slots = h->n_slots == 0 ? 256 : 2 * h->n_slots, .values = h->values };
        grown.v = mem_zalloc(grown.n_slots, sizeof *grown.v);
        for (size_t i = 0; i < h->n_slots; i++)
            if (h->v[i] != 0)
                insert(&grown, h->v[i]);
        mem_free(h->v);
        *h = grown;
    }
    insert(h, hash == 0 ? 1 : hash);
    if (h->n > VALUES_MOST) {
        mem_free(h->v);
        *h = (struct hashes){ .values = h->values, .too_many = true };
    }
}

static void
join_hashes(struct hashes *to, struct hashes *from)
{
    to->values += from->values;
    if (from->too_many || to->too_many) {
        mem_free(to->v);
        *to = (struct hashes){ .values = to->values, .too_many = true };
    }
    for (size_t i = 0; i < from->n_slots; i++)
        if (from->v[i] != 0)
            add_hash(to, from->v[i]);
    mem_free(from->v);
    from->v = NULL;
}

/* ---- events ---- */

struct maker {
    struct making *m;
    struct seen *seen; /* of the block's file */
    unsigned number;
};

static void *
make_open(void *ctx, unsigned worker)
{
    struct maker *k = mem_zalloc(1, sizeof *k);
    k->m = ctx;
    k->number = worker;
    return k;
}

static void
make_close(void *ctx, void *state)
{
    (void)ctx;
    mem_free(state);
}

static bool
make_block_start(void *ctx, void *state, const struct block *b)
{
    struct maker *k = state;
    (void)ctx;
    k->seen = &k->m->seen[k->number * k->m->n_files + b->file];
    return true;
}

static bool
make_block_end(void *ctx, void *state, struct tap *tap)
{
    (void)ctx;
    (void)state;
    (void)tap;
    return true;
}

static void
make_event(void *ctx, void *state, struct event *ev)
{
    const struct maker *k = state;
    struct seen *s = k->seen;
    (void)ctx;
    s->events++;
    if (ev->time == TIME_NONE)
        s->timeless++;
    else if (s->events == s->timeless + 1 || ev->time < s->first)
        s->first = ev->time;
    if (ev->time != TIME_NONE && (s->events == s->timeless + 1 || ev->time > s->last))
        s->last = ev->time;
    for (int i = 0; i < INDEX_FIELDS_N; i++) {
        size_t n;
        struct value *member = value_members(event_value(ev, k->m->field[i]), &n);
        for (size_t j = 0; j < n; j++) {
            struct sv text;
            double x;
            if (!value_text(&member[j], ev->scratch, &text))
                continue;
            add_hash(&s->field[i], index_hash(text));
            if (number_parse(text, &x))
                add_hash(&s->field[i], index_hash_number(x));
        }
    }
}

/* ---- writing ---- */

static struct seen *
join_seen(struct making *m, size_t file)
{
    struct seen *all = &m->seen[file];
    for (unsigned w = 1; w < m->n_workers; w++) {
        struct seen *s = &m->seen[w * m->n_files + file];
        const bool has = s->events != s->timeless;
        const bool had = all->events != all->timeless;
        if (has && (!had || s->first < all->first))
            all->first = s->first;
        if (has && (!had || s->last > all->last))
            all->last = s->last;
        all->events += s->events;
        all->timeless += s->timeless;
        for (int i = 0; i < INDEX_FIELDS_N; i++)
            join_hashes(&all->field[i], &s->field[i]);
    }
    return all;
}

static void
lay_out(struct index_head *h, const struct seen *s)
{
    uint32_t page = 1;
    for (int i = 0; i < INDEX_FIELDS_N; i++) {
        const struct hashes *x = &s->field[i];
        const uint64_t blocks = ((uint64_t)x->n * BITS_PER_VALUE + BLOCK_BYTES * 8 - 1) / (BLOCK_BYTES * 8);
        h->field[i].values = x->values;
        h->field[i].first_page = page;
        h->field[i].pages = x->too_many ? 0 : (uint32_t)((blocks + PAGE_BLOCKS - 1) / PAGE_BLOCKS);
        page += h->field[i].pages;
    }
}

static bool
write_filter(const struct index_field *f, const struct hashes *x, FILE *to)
{
    unsigned char *pages = mem_zalloc((size_t)f->pages + 1, INDEX_PAGE);
    for (size_t i = 0; f->pages != 0 && i < x->n_slots; i++) {
        unsigned bit[8];
        if (x->v[i] == 0)
            continue;
        const uint64_t block = index_block(x->v[i], (uint64_t)f->pages * PAGE_BLOCKS);
        unsigned char *b = pages + block / PAGE_BLOCKS * INDEX_PAGE + block % PAGE_BLOCKS * BLOCK_BYTES;
        index_bits(x->v[i], bit);
        for (int k = 0; k < 8; k++)
            b[bit[k] / 8] = (unsigned char)(b[bit[k] / 8] | 1u << bit[k] % 8);
    }
    for (uint32_t i = 0; i < f->pages; i++)
        index_page_seal(pages + (size_t)i * INDEX_PAGE);
    const bool good = fwrite(pages, INDEX_PAGE, f->pages, to) == f->pages;
    mem_free(pages);
    return good;
}

static enum err
write_pages(const struct index_head *h, const struct seen *s, FILE *to, const char *path, struct diags *d)
{
    unsigned char page[INDEX_PAGE];
    index_head_put(h, page);
    bool good = fwrite(page, INDEX_PAGE, 1, to) == 1;
    for (int i = 0; i < INDEX_FIELDS_N; i++)
        good = good && write_filter(&h->field[i], &s->field[i], to);
    if (good)
        return ERR_OK;
    diag_error(d, SPAN_NONE, "cannot write '%s': %s", path, strerror(errno));
    return ERR_OUTPUT;
}

static enum err
publish(const struct index_head *h, const struct seen *s, struct sv path, struct diags *d)
{
    struct arena a = ARENA_INIT;
    size_t cut = path.n;
    while (cut > 0 && path.p[cut - 1] != '/')
        cut--;
    const struct sv folder = cut == 0 ? SV(".") : arena_sv(&a, sv_make(path.p, cut));
    enum err err = ERR_OUTPUT;
    struct atomic_set *set = atomic_set_open(folder.p, d);
    FILE *to = set != NULL ? atomic_set_file(set, path.p + cut, d) : NULL;
    if (to != NULL)
        err = write_pages(h, s, to, path.p, d);
    if (err == ERR_OK)
        err = atomic_set_publish(set, d);
    atomic_set_free(set);
    arena_fini(&a);
    return err;
}

/* A file that changes while it is read must not get an index: what it is like is taken before, and looked at again. */
struct taken {
    struct sv name;
    struct index_head head;
    bool good;
};

static void
take(struct taken *t, struct sv name, uint64_t definitions)
{
    struct arena a = ARENA_INIT;
    const int fd = open(arena_sv(&a, name).p, O_RDONLY | O_CLOEXEC);
    *t = (struct taken){ .name = name, .head = { .definitions = definitions } };
    t->good = fd >= 0 && index_stat(fd, &t->head) && index_edges(fd, t->head.size, &t->head.edges);
    if (fd >= 0)
        close(fd);
    arena_fini(&a);
}

static bool
is_unchanged(const struct taken *t)
{
    struct taken now;
    take(&now, t->name, t->head.definitions);
    return now.good && now.head.size == t->head.size && now.head.seconds == t->head.seconds &&
           now.head.nanoseconds == t->head.nanoseconds && now.head.edges == t->head.edges;
}

/* ---- a batch ---- */

struct batch {
    const struct index_setting *setting;
    struct making making;
    const struct inputs *in;
    struct taken *taken;
    uint64_t *made;
    struct diags *d;
};

/* A longer name than that is cut; it is only shown. */
static void
set_name(char to[INDEX_NAME], struct sv name)
{
    memset(to, 0, INDEX_NAME);
    if (name.n != 0)
        memcpy(to, name.p, name.n < INDEX_NAME ? name.n : INDEX_NAME - 1);
}

static enum err
write_one(struct batch *b, size_t file, const struct health_row *row)
{
    struct arena a = ARENA_INIT;
    struct seen *s = join_seen(&b->making, file);
    struct taken *t = &b->taken[file];
    enum err err = ERR_OK;
    if (!t->good || !is_unchanged(t)) {
        diag_warning(b->d, SPAN_NONE, "%.*s: it changes, or is no file; no index is made of it", SV_ARG(t->name));
        err = ERR_INPUT;
    } else {
        t->head.counts = (struct index_counts){ row->lines, row->blank, row->events, row->rejects };
        t->head.bytes = row->bytes;
        set_name(t->head.source, row->source);
        set_name(t->head.format, row->format);
        set_name(t->head.compression, row->compression);
        t->head.timeless = s->timeless;
        t->head.first = s->first;
        t->head.last = s->last;
        lay_out(&t->head, s);
        err = publish(&t->head, s, index_path(b->setting, t->name, &a), b->d);
        *b->made += err == ERR_OK;
    }
    for (int i = 0; i < INDEX_FIELDS_N; i++) {
        mem_free(s->field[i].v);
        s->field[i].v = NULL;
    }
    arena_fini(&a);
    return err;
}

static bool
is_damaged(const struct results *r, struct sv file)
{
    for (size_t i = 0; i < r->health.n; i++)
        if (sv_eq(r->health.v[i].file, file) && r->health.v[i].reason.n != 0 && r->health.v[i].rejects == 0)
            return true;
    return false;
}

static const struct health_row *
row_of(const struct results *r, struct sv file)
{
    for (size_t i = 0; i < r->health.n; i++)
        if (sv_eq(r->health.v[i].file, file) && r->health.v[i].reason.n == 0)
            return &r->health.v[i];
    return NULL;
}

static void
drop_seen(struct making *m)
{
    for (size_t i = 0; i < m->n_workers * m->n_files; i++)
        for (int k = 0; k < INDEX_FIELDS_N; k++)
            mem_free(m->seen[i].field[k].v);
    mem_free(m->seen);
}

static enum err
worse(enum err a, enum err b)
{
    return a > b ? a : b;
}

static enum err
make_batch(struct batch *b)
{
    struct making *m = &b->making;
    struct results r;
    struct health_totals totals;
    enum err err = ERR_OK;
    m->n_files = inputs_count(b->in);
    m->seen = mem_zalloc(m->n_workers * m->n_files, sizeof *m->seen);
    b->taken = mem_zalloc(m->n_files, sizeof *b->taken);
    for (size_t i = 0; i < m->n_files; i++)
        take(&b->taken[i], inputs_file(b->in, i)->name, b->setting->definitions);
    const struct sink sink = {
        .ctx = m,
        .open = make_open,
        .close = make_close,
        .block_start = make_block_start,
        .event = make_event,
        .block_end = make_block_end,
    };
    results_init(&r);
    const enum err read = run_events(m->plan, b->in, &sink, &r, &totals, b->d);
    (void)read; /* rejects are no hindrance; damaged files are looked at one by one */
    for (size_t i = 0; i < m->n_files && err != ERR_OUTPUT; i++) {
        const struct sv name = b->taken[i].name;
        const struct health_row *row = row_of(&r, name);
        if (row == NULL || is_damaged(&r, name))
            err = worse(err, ERR_INPUT);
        else
            err = worse(err, write_one(b, i, row));
    }
    results_fini(&r);
    drop_seen(m);
    mem_free(b->taken);
    return err;
}

enum err
index_make(const struct index_setting *s, const struct plan *plan, const struct inputs *in, uint64_t *made,
           uint64_t *kept, struct diags *d)
{
    struct batch b = { .setting = s, .made = made, .d = d };
    const size_t n = inputs_count(in);
    bool *keep = mem_zalloc(n + 1, sizeof *keep);
    enum err err = ERR_OK;
    b.making.plan = plan;
    b.making.n_workers = plan->options->n_workers;
    for (int i = 0; i < INDEX_FIELDS_N; i++)
        b.making.field[i] = fields_find(plan->fields, sv_of(names[i]));
    *made = *kept = 0;
    for (size_t i = 0, in_batch = 0; i < n && err != ERR_OUTPUT; i++) {
        struct index *x = NULL;
        keep[i] = index_open(s, inputs_file(in, i)->name, &x) != INDEX_GOOD;
        *kept += !keep[i];
        in_batch += keep[i];
        index_close(x);
        if (in_batch < b.making.n_workers && i + 1 < n)
            continue;
        if (in_batch != 0) {
            struct inputs *part = inputs_part(in, keep);
            b.in = part;
            err = worse(err, make_batch(&b));
            inputs_free(part);
        }
        memset(keep, 0, (n + 1) * sizeof *keep);
        in_batch = 0;
    }
    mem_free(keep);
    return err;
}
