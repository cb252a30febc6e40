/* SPDX-License-Identifier: Apache-2.0 */
/* One page is read per value that is asked for: an index may be large, looking into it is not. */
#define _XOPEN_SOURCE 700 /* realpath, which some C libraries give only with X/Open */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/timestamp.h"
#include "query/index_format.h"

struct index {
    int fd;
    bool damaged;
    struct index_head head;
};

/* ---- what it depends on ---- */

static void
put_sv(struct buf *b, struct sv s)
{
    put_bytes(b, s);
}

static void
put_def(struct buf *b, const struct source_def *s)
{
    put_sv(b, s->name);
    put_sv(b, s->format);
    put_varint(b, s->n_fields);
    for (size_t i = 0; i < s->n_fields; i++) {
        const struct source_field *f = &s->fields[i];
        put_sv(b, f->name);
        put_sv(b, f->from);
        put_sv(b, f->constant);
        put_varint(b, f->has_constant);
        put_varint(b, (unsigned char)f->split);
        put_varint(b, f->map_only);
        put_varint(b, f->n_map);
        for (size_t k = 0; k < f->n_map; k++) {
            put_sv(b, f->map_key[k]);
            put_sv(b, f->map_value[k]);
        }
    }
    for (size_t i = 0; i < s->n_recognise; i++)
        put_sv(b, s->recognise[i]);
    put_varint(b, s->n_required);
    for (size_t i = 0; i < s->n_required; i++)
        put_sv(b, s->required[i]);
    put_varint(b, s->n_time);
    for (size_t i = 0; i < s->n_time; i++)
        put_sv(b, s->time[i]);
    put_varint(b, s->time_optional);
    put_varint(b, s->time_lenient);
    put_varint(b, s->fold_case);
    put_varint(b, s->empty_is_absent);
}

uint64_t
index_definitions(const struct source_defs *defs, const struct source_def *forced)
{
    struct buf b = BUF_INIT;
    put_sv(&b, forced != NULL ? forced->name : SV(""));
    for (size_t i = 0; i < defs->n; i++)
        put_def(&b, &defs->v[i]);
    const uint64_t hash = hash64(buf_view(&b));
    buf_fini(&b);
    return hash;
}

static struct sv
base_name(struct sv path)
{
    size_t start = 0;
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '/')
            start = i + 1;
    return sv_from(path, start);
}

/* In a folder of its own an index is called by a hash of where its file is, and its name. */
struct sv
index_path(const struct index_setting *s, struct sv file, struct arena *a)
{
    if (s->folder == NULL)
        return arena_printf(a, "%.*s%s", SV_ARG(file), INPUT_INDEX_SUFFIX);
    const struct sv name = arena_sv(a, file);
    char *where = realpath(name.p, NULL);
    char hex[17];
    hex64(hash64(where != NULL ? sv_of(where) : file), hex);
    free(where);
    return arena_printf(a, "%s/%s-%.*s%s", s->folder, hex, SV_ARG(base_name(file)), INPUT_INDEX_SUFFIX);
}

/* ---- opening ---- */

static bool
read_page(int fd, uint64_t number, unsigned char page[INDEX_PAGE])
{
    for (size_t done = 0; done < INDEX_PAGE;) {
        const ssize_t n = pread(fd, page + done, INDEX_PAGE - done, (off_t)(number * INDEX_PAGE + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static bool
is_fresh(const struct index_setting *s, const struct index_head *h, const char *file)
{
    struct index_head now;
    const int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    const bool same = index_stat(fd, &now) && now.size == h->size && now.seconds == h->seconds &&
                      now.nanoseconds == h->nanoseconds && index_edges(fd, now.size, &now.edges) &&
                      now.edges == h->edges && h->definitions == s->definitions;
    close(fd);
    return same;
}

enum index_state
index_open(const struct index_setting *s, struct sv file, struct index **out)
{
    struct arena a = ARENA_INIT;
    unsigned char page[INDEX_PAGE];
    struct index_head head;
    enum index_state state = INDEX_MISSING;
    const int fd = open(index_path(s, file, &a).p, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        state = INDEX_DAMAGED;
        if (read_page(fd, 0, page) && index_head_get(page, &head))
            state = is_fresh(s, &head, arena_sv(&a, file).p) ? INDEX_GOOD : INDEX_STALE;
    }
    arena_fini(&a);
    if (state == INDEX_GOOD) {
        *out = mem_zalloc(1, sizeof **out);
        (*out)->fd = fd;
        (*out)->head = head;
    } else if (fd >= 0) {
        close(fd);
    }
    return state;
}

void
index_close(struct index *x)
{
    if (x == NULL)
        return;
    close(x->fd);
    mem_free(x);
}

const struct index_counts *
index_counted(const struct index *x)
{
    return &x->head.counts;
}

struct health_row
index_health(const struct index *x, struct sv file, struct arena *a)
{
    const struct index_head *h = &x->head;
    return (struct health_row){
        .file = arena_sv(a, file),
        .source = arena_sv(a, sv_of(h->source)),
        .format = arena_sv(a, sv_of(h->format)),
        .compression = arena_sv(a, sv_of(h->compression)),
        .bytes = h->bytes,
        .lines = h->counts.lines,
        .blank = h->counts.blank,
        .events = h->counts.events,
        .out_of_range = h->counts.events,
        .rejects = h->counts.rejects,
    };
}

bool
index_is_damaged(const struct index *x)
{
    return x->damaged;
}

/* ---- asking ---- */

bool
index_may_be_in(const struct index *x, int64_t since, int64_t until)
{
    const struct index_head *h = &x->head;
    if (h->counts.events == 0)
        return false;
    if (h->timeless != 0)
        return true;
    return (since == TIME_NONE || h->last >= since) && (until == TIME_NONE || h->first < until);
}

static bool
may_have(struct index *x, const struct index_field *f, uint64_t hash)
{
    unsigned char page[INDEX_PAGE];
    unsigned bit[8];
    if (f->pages == 0)
        return true;
    const uint64_t block = index_block(hash, (uint64_t)f->pages * PAGE_BLOCKS);
    if (!read_page(x->fd, f->first_page + block / PAGE_BLOCKS, page) || !index_page_good(page)) {
        x->damaged = true;
        return true;
    }
    const unsigned char *b = page + block % PAGE_BLOCKS * BLOCK_BYTES;
    index_bits(hash, bit);
    for (int i = 0; i < 8; i++)
        if ((b[bit[i] / 8] >> bit[i] % 8 & 1) == 0)
            return false;
    return true;
}

static const struct index_field *
find_field(const struct index *x, struct sv name)
{
    static const char *const names[INDEX_FIELDS_N] = {
#define INDEX(name) name,
        INDEX_FIELDS
#undef INDEX
    };
    for (int i = 0; i < INDEX_FIELDS_N; i++)
        if (sv_eq(name, sv_of(names[i])))
            return &x->head.field[i];
    return NULL;
}

/* Every other test than NULL and EXISTS needs a value. */
static bool
pred_may_hold(struct index *x, const struct program *p, const struct pred *pred)
{
    if (pred->field == FIELD_ANY || pred->op == OP_NULL || pred->op == OP_EXISTS)
        return true;
    const struct index_field *f = find_field(x, fields_name(p->fields, pred->field));
    if (f == NULL)
        return true;
    if (f->values == 0)
        return false;
    if (pred->op == OP_EQ)
        return may_have(x, f, index_hash(pred->text));
    if (pred->op == OP_NUMBER && pred->compare == CMP_EQ && pred->part == PART_NONE)
        return may_have(x, f, index_hash_number(pred->number));
    return true;
}

bool
index_may_hold(struct index *x, const struct program *p, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_FALSE:
        return false;
    case EXPR_PRED:
        return pred_may_hold(x, p, &p->preds.v[e->leaf]);
    case EXPR_AND:
        for (size_t i = 0; i < e->n_kids; i++)
            if (!index_may_hold(x, p, e->kid[i]))
                return false;
        return true;
    case EXPR_OR:
        for (size_t i = 0; i < e->n_kids; i++)
            if (index_may_hold(x, p, e->kid[i]))
                return true;
        return false;
    case EXPR_TRUE:
    case EXPR_NOT:
        break;
    }
    return true;
}
