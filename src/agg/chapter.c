/* SPDX-License-Identifier: Apache-2.0 */
#include "agg/chapter.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "event/place.h"

enum bundle_bits { SAME_FACTS = 1, SAME_FILE = 2, HAS_EXTRA = 4, IS_PRIMARY = 8, ALL_BITS = 15 };
enum hit_bits { SAME_PAYLOAD = 1, SAME_EVIDENCE = 2, CORR_SHIFT = 2 };

/* ---- writing ---- */

void
chapter_writer_init(struct chapter_writer *w, size_t n_corrs)
{
    *w = (struct chapter_writer){ .said = mem_zalloc(n_corrs + 1, sizeof *w->said) };
    buf_init(&w->head);
    buf_init(&w->pasts);
    buf_init(&w->body);
}

void
chapter_writer_fini(struct chapter_writer *w)
{
    mem_free(w->said);
    vec_fini(&w->files);
    buf_fini(&w->head);
    buf_fini(&w->pasts);
    buf_fini(&w->body);
    *w = (struct chapter_writer){ .said = NULL };
}

static void
put_packed(struct buf *b, const char *packed)
{
    const struct sv text = packed_text(packed);
    buf_put(b, packed, (size_t)(sv_end(text) - packed));
}

void
chapter_begin(struct chapter_writer *w, uint32_t cluster, const char *key)
{
    w->chapter++;
    w->files.n = 0;
    w->n_pasts = w->n_bundles = 0;
    w->facts = NULL;
    w->time = 0;
    w->line = 0;
    buf_reset(&w->head);
    buf_reset(&w->pasts);
    buf_reset(&w->body);
    put_varint(&w->head, cluster);
    put_packed(&w->head, key);
}

void
chapter_put_past(struct chapter_writer *w, uint32_t corr, const char *extra)
{
    put_varint(&w->pasts, corr);
    put_packed(&w->pasts, extra);
    w->n_pasts++;
}

/* The place of a file in the list. There are a few, and most often it is the one before. */
static uint32_t
index_of_file(struct chapter_writer *w, uint32_t file)
{
    for (size_t i = w->files.n; i-- > 0;)
        if (w->files.v[i] == file)
            return (uint32_t)i;
    vec_push(&w->files, file);
    return (uint32_t)w->files.n - 1;
}

static void
put_hit(struct chapter_writer *w, const struct bundle_hit *h)
{
    struct chapter_said *said = &w->said[h->corr];
    const bool spoke = said->chapter == w->chapter;
    const bool same_payload = spoke && packed_eq(said->payload, h->payload);
    const bool same_evidence = spoke && packed_eq(said->evidence, h->evidence);
    put_varint(&w->body, (uint64_t)h->corr << CORR_SHIFT | (same_payload ? SAME_PAYLOAD : 0u) |
                             (same_evidence ? SAME_EVIDENCE : 0u));
    put_varint(&w->body, h->pos);
    if (!same_payload)
        put_packed(&w->body, h->payload);
    if (!same_evidence)
        put_packed(&w->body, h->evidence);
    *said = (struct chapter_said){ w->chapter, h->payload, h->evidence };
}

void
chapter_put_bundle(struct chapter_writer *w, const struct slip *head, uint32_t file, const struct bundle_hit *hit,
                   size_t n)
{
    struct buf *b = &w->body;
    const bool same_facts = w->facts != NULL && packed_eq(w->facts, head->facts);
    const bool same_file = w->n_bundles != 0 && w->files.v[w->file] == file;
    const bool has_extra = head->extra[0] != 0;
    buf_putc(b, (char)((same_facts ? SAME_FACTS : 0) | (same_file ? SAME_FILE : 0) | (has_extra ? HAS_EXTRA : 0) |
                       ((slip_flags(head) & RECORD_PRIMARY) != 0 ? IS_PRIMARY : 0)));
    put_difference(b, (uint64_t)head->time, (uint64_t)w->time);
    if (!same_file) {
        w->file = index_of_file(w, file);
        put_varint(b, w->file);
    }
    put_difference(b, head->line, w->line);
    if (has_extra)
        put_packed(b, head->extra);
    if (!same_facts)
        put_packed(b, head->facts);
    put_varint(b, n);
    for (size_t i = 0; i < n; i++)
        put_hit(w, &hit[i]);
    w->facts = head->facts;
    w->time = head->time;
    w->line = head->line;
    w->n_bundles++;
}

bool
chapter_is_empty(const struct chapter_writer *w)
{
    return w->n_pasts == 0 && w->n_bundles == 0;
}

void
chapter_end(struct chapter_writer *w, int64_t wake, int64_t due, struct buf *to)
{
    buf_sv(to, buf_view(&w->head));
    put_zigzag(to, wake);
    put_zigzag(to, due);
    put_varint(to, w->files.n);
    for (size_t i = 0; i < w->files.n; i++)
        put_varint(to, w->files.v[i]);
    put_varint(to, w->n_pasts);
    buf_sv(to, buf_view(&w->pasts));
    put_varint(to, w->n_bundles);
    buf_sv(to, buf_view(&w->body));
}

/* ---- reading ---- */

/* A number that has to be less than `end`. */
static inline uint32_t
next_number(struct reader *r, uint64_t end)
{
    const uint64_t x = get_varint(r);
    if (x < end)
        return (uint32_t)x;
    r->bad = true;
    return 0;
}

/* A text, packed, where it stands; "" if it is bad. */
static inline const char *
next_packed(struct reader *r)
{
    const char *start = r->p;
    const uint64_t n = get_varint(r);
    if (r->bad || n > (uint64_t)(r->end - r->p)) {
        r->bad = true;
        return "";
    }
    r->p += n;
    return start;
}

bool
chapter_read_head(struct sv bytes, struct chapter_head *h)
{
    struct reader r = reader_of(bytes);
    h->cluster = next_number(&r, UINT32_MAX);
    h->key = next_packed(&r);
    h->wake = get_zigzag(&r);
    h->due = get_zigzag(&r);
    h->n_files = get_count(&r, 1);
    h->rest = r;
    return !r.bad;
}

void
chapter_reader_init(struct chapter_reader *r, size_t n_corrs)
{
    *r = (struct chapter_reader){ .n_corrs = n_corrs, .said = mem_zalloc(n_corrs + 1, sizeof *r->said) };
}

void
chapter_reader_fini(struct chapter_reader *r)
{
    mem_free(r->said);
    vec_fini(&r->files);
    *r = (struct chapter_reader){ .said = NULL };
}

bool
chapter_open(struct chapter_reader *r, struct sv bytes, uint32_t n_files)
{
    r->chapter++;
    r->files.n = 0;
    r->n_pasts = r->n_bundles = 0;
    r->facts = NULL;
    r->time = 0;
    r->line = 0;
    if (!chapter_read_head(bytes, &r->head))
        return false;
    r->in = r->head.rest;
    for (size_t i = 0; i < r->head.n_files; i++)
        vec_push(&r->files, next_number(&r->in, n_files));
    r->n_pasts = get_count(&r->in, 2);
    if (r->n_pasts == 0)
        r->n_bundles = get_count(&r->in, 4);
    return !r->in.bad;
}

bool
chapter_next_past(struct chapter_reader *r, uint32_t *corr, const char **extra)
{
    if (r->n_pasts == 0 || r->in.bad)
        return false;
    *corr = next_number(&r->in, r->n_corrs);
    *extra = next_packed(&r->in);
    if (--r->n_pasts == 0)
        r->n_bundles = get_count(&r->in, 4);
    return !r->in.bad;
}

static void
next_hit(struct chapter_reader *r, struct bundle_hit *h)
{
    struct reader *in = &r->in;
    const uint64_t code = get_varint(in);
    h->corr = code >> CORR_SHIFT < r->n_corrs ? (uint32_t)(code >> CORR_SHIFT) : 0;
    struct chapter_said *said = &r->said[h->corr];
    const bool is_new = said->chapter != r->chapter;
    in->bad = in->bad || code >> CORR_SHIFT >= r->n_corrs || (is_new && (code & (SAME_PAYLOAD | SAME_EVIDENCE)) != 0);
    if (in->bad) {
        h->payload = h->evidence = "";
        return;
    }
    h->pos = next_number(in, RECORD_POS_MAX);
    h->payload = (code & SAME_PAYLOAD) != 0 ? said->payload : next_packed(in);
    h->evidence = (code & SAME_EVIDENCE) != 0 ? said->evidence : next_packed(in);
    *said = (struct chapter_said){ r->chapter, h->payload, h->evidence };
}

/* As store_extra makes it: hits of rules have no tie. */
static inline uint32_t
tag_of(const char *extra)
{
    const struct sv text = packed_text(extra);
    return text.n != 0 && text.p[0] != 0 ? (uint32_t)hash64(text) | 1 : 0;
}

/* All but the hits. */
static void
next_slip(struct chapter_reader *r, struct slip *s)
{
    struct reader *in = &r->in;
    const unsigned bits = in->p != in->end ? (unsigned char)*in->p++ : ALL_BITS + 1;
    in->bad = in->bad || bits > ALL_BITS || (r->facts == NULL && (bits & (SAME_FACTS | SAME_FILE)) != 0);
    r->time = (int64_t)get_difference(in, (uint64_t)r->time);
    if ((bits & SAME_FILE) == 0)
        r->file = next_number(in, r->files.n);
    r->line = get_difference(in, r->line);
    s->extra = (bits & HAS_EXTRA) != 0 ? next_packed(in) : "";
    if ((bits & SAME_FACTS) == 0)
        r->facts = next_packed(in);
    if (in->bad)
        return;
    s->key = r->head.key;
    s->facts = r->facts;
    s->payload = "";
    s->time = r->time;
    s->line = r->line;
    s->file = r->files.v[r->file];
    s->corr = r->head.cluster;
    s->pos_flags = (bits & IS_PRIMARY) != 0 ? RECORD_PRIMARY : 0;
    s->uid_tag = tag_of(s->extra);
}

struct bundle *
chapter_next_bundle(struct chapter_reader *r, struct arena *a)
{
    struct slip head;
    if (r->n_bundles == 0 || r->in.bad)
        return NULL;
    r->n_bundles--;
    next_slip(r, &head);
    const size_t n = get_count(&r->in, 2);
    if (r->in.bad || n == 0 || n > BUNDLE_MOST) {
        r->in.bad = true;
        return NULL;
    }
    struct bundle *b = arena_alloc(a, sizeof *b + n * sizeof *b->hit);
    b->head = head;
    b->head.pos_flags |= (uint32_t)n << 2;
    for (size_t i = 0; i < n; i++)
        next_hit(r, &b->hit[i]);
    return r->in.bad ? NULL : b;
}

bool
chapter_is_whole(const struct chapter_reader *r)
{
    return !r->in.bad && r->n_pasts == 0 && r->n_bundles == 0 && r->in.p == r->in.end;
}
