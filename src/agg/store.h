/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's own pile of records, and one array of entries per bin. Appending is all that a worker does with it, so
 * the scan needs no lock. A pile that has reached its limit becomes segments (spill.h) and starts again empty.
 *
 * In memory a record is a slip: one cache line of numbers and pointers to its texts. Logs repeat themselves (one event
 * makes records for several correlations, one session or app makes many events), so a text that was kept a short while
 * ago is not kept again: slips of equal texts then point to the same bytes. That halves the memory, and makes most
 * comparisons of keys a comparison of pointers. Slips and texts never move.
 *
 * What an event says to all correlations of a cluster (cluster.h) is a bundle: a slip with the key, time, place and uid
 * that its hits have in common, and the hits. Bundles have bins of their own, which hold nothing else. They never leave
 * memory: a store that is written makes slips of them first. */
#ifndef AUTHSIFT_AGG_STORE_H
#define AUTHSIFT_AGG_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agg/entry.h"
#include "agg/record.h"
#include "agg/segment.h"
#include "agg/spill.h"
#include "base/buf.h"
#include "base/sv.h"
#include "base/vec.h"

/* Entries are 24 bytes in a row, slips lie where they fell: walking a group in order means a cache miss per record
 * unless the next ones are under way already. */
#if defined(__GNUC__)
#define STORE_PREFETCH(p) __builtin_prefetch(p)
#define STORE_PREFETCH_TO_WRITE(p) __builtin_prefetch(p, 1)
#else
#define STORE_PREFETCH(p) ((void)(p))
#define STORE_PREFETCH_TO_WRITE(p) ((void)(p))
#endif
#define STORE_AHEAD 12u

struct slip {
    const char *key; /* these four are packed texts: varint length, bytes */
    const char *facts;
    const char *payload;
    const char *extra; /* uid as varint length and bytes, then tie */
    int64_t time;
    uint64_t line;
    uint32_t file;
    uint32_t corr;
    uint32_t pos_flags; /* pos << 2 | flags */
    uint32_t uid_tag;   /* of the uid's hash; 0: it has none */
};

static inline unsigned
slip_flags(const struct slip *s)
{
    return s->pos_flags & 3;
}

static inline uint32_t
slip_pos(const struct slip *s)
{
    return s->pos_flags >> 2;
}

/* One of the hits of a bundle. */
struct bundle_hit {
    const char *evidence; /* packed texts: what the hit's facts say behind the head's, */
    const char *payload;
    uint32_t corr;
    uint32_t pos;
};

struct bundle {
    struct slip head; /* its facts begin those of every hit, its payload is empty, its corr is the cluster, and its pos
                         the number of hits, at least 1 */
    struct bundle_hit hit[];
};

/* What a packed text says. */
static inline struct sv
packed_text(const char *p)
{
    size_t n = (unsigned char)*p++;
    if (n >= 0x80) {
        n &= 0x7f;
        unsigned shift = 7;
        for (; (unsigned char)*p >= 0x80; shift += 7)
            n |= (size_t)((unsigned char)*p++ & 0x7f) << shift;
        n |= (size_t)(unsigned char)*p++ << shift;
    }
    return sv_make(p, n);
}

/* The facts of a hit if they need not be put together, else NULL. */
static inline const char *
bundle_facts(const struct bundle *b, const struct bundle_hit *h)
{
    if (h->evidence[0] == 0)
        return b->head.facts;
    return b->head.facts[0] == 0 ? h->evidence : NULL;
}

/* Of equal texts nearly all are one piece of memory. */
static inline bool
packed_eq(const char *a, const char *b)
{
    return a == b || sv_eq(packed_text(a), packed_text(b));
}

struct sv slip_uid(const struct slip *s);
struct sv slip_tie(const struct slip *s);

struct bin {
    struct entry *v;
    size_t n;
    size_t cap;
};

/* A text that was kept lately. */
struct recent {
    uint64_t hash;
    const char *text; /* NULL: nothing */
};

/* The texts of a record. A key is too short to be looked for in other records, and no two events have the same
 * extra. */
enum store_text_kind { TEXT_FACTS, TEXT_PAYLOAD, TEXT_KEY, TEXT_EXTRA, STORE_TEXTS, REPEATING_TEXTS = TEXT_KEY };

/* How often texts of a kind were kept already when they came. */
struct repeats {
    uint32_t tried;
    uint32_t found;
    bool are_rare;
};

/* Free memory for slips and bundles. */
struct slip_page {
    char *next;
    size_t left; /* bytes */
};

/* Of one bundle. */
#define BUNDLE_MOST 256u

/* Slips of all bundles at once would take more memory than the bundles. So store_flush makes and writes those of a part
 * of the bins at a time. More rounds: less memory, but as many times the segments that a merge will have to read, so a
 * small store has one. */
#define UNBUNDLE_ROUNDS 4u
#define ROUNDS_BYTES ((uint64_t)64 << 20)

struct chunk {
    char *p;
    size_t size;
};

/* The segments of one bin, in the order in which they were written. */
struct segments {
    struct segment *v;
    size_t n;
    size_t cap;
};

/* Combines the payloads of two records that are equal in everything else. */
typedef void fold_fn(const void *ctx, const struct record *a, const struct record *b, struct buf *payload);

struct store {
    VEC(struct chunk) chunks;
    size_t n_chunks; /* in use; those behind it are spare */
    char *next;      /* free space of the last chunk of texts */
    char *end;
    VEC(char *) pages;
    size_t n_pages;         /* in use */
    struct slip_page *page; /* n_bins + 1, the last for no bin. A bin is read as a whole: its slips lie together */
    struct recent *recent;  /* n_recent, a power of two; by hash */
    size_t n_recent;
    size_t n_texts;
    struct repeats repeats[REPEATING_TEXTS]; /* of texts of lone records */
    struct bin *bin;                         /* n_bins; a bin is emptied by bin_take */
    size_t n_bins;
    size_t bundle_bin;  /* the first of PARTITIONS bins of bundles; n_bins: there are none */
    uint64_t n_records; /* added since the store was made or emptied; every hit of a bundle is one */
    uint64_t bytes;     /* of memory: chunks and pages in use, arrays of entries at their full capacity, */
    uint64_t lent;      /* and what a round of store_flush will need for slips of bundles */
    struct buf buf;     /* scratch of store_add */
    /* ---- spilling ---- */
    struct spill *spill; /* NULL: no limit */
    uint64_t most_bytes; /* the limit */
    uint64_t most_records;
    unsigned rounds; /* of store_flush: 1 or UNBUNDLE_ROUNDS */
    fold_fn *fold;   /* applied before the store is written; NULL: none */
    const void *fold_ctx;
    int fd; /* of the spill file; -1: there is none yet */
    uint64_t file_bytes;
    struct segments *segments; /* n_bins, or NULL: there are none */
};

void store_init(struct store *s, size_t n_bins);
void store_fini(struct store *s);

/* From now on the store is full at so many bytes, and store_flush writes to a file of `spill`, which is borrowed. */
void store_limit(struct store *s, struct spill *spill, uint64_t bytes);

/* Is it time to spill? Never, without a limit. */
static inline bool
store_is_full(const struct store *s)
{
    return s->spill != NULL && (s->bytes > s->most_bytes || s->n_records >= s->most_records) && s->n_records != 0;
}

/* Writes every bin that has records as a segment, sorted (files by index) and folded, and empties the store; its memory
 * is kept for the next ones. Every pointer into it is void then. False after a failure (spill_fail), and the records
 * are gone. Needs a limit. */
bool store_flush(struct store *s);

/* Forgets all records, and keeps their memory. Segments stay. */
void store_empty(struct store *s);
/* Gives back the memory of all records. Segments stay. */
void store_release(struct store *s);

/* A segment of somebody else's becomes one of the bin's. */
void store_attach(struct store *s, size_t bin, const struct segment *segment);

/* The bin's segments; borrowed. */
struct segments store_segments(const struct store *s, size_t bin);
/* Has any bin from `bin` on, n of them, a segment? */
bool store_has_segments(const struct store *s, size_t bin, size_t n);

/* A text of this hash will be asked for soon: what it may be equal to is brought near. */
static inline void
store_expect(const struct store *s, uint64_t hash)
{
    if (s->n_recent == 0)
        return;
    const struct recent *r = &s->recent[hash & (s->n_recent - 1)];
    if (r->hash == hash)
        STORE_PREFETCH(r->text);
}

/* A record of the bin is in the making: the memory that it will be written to, which nobody has touched lately, is
 * brought near. A lone record takes some three cache lines. */
static inline void
store_expect_record(const struct store *s, size_t bin)
{
    const struct slip_page *page = &s->page[bin];
    const struct bin *b = &s->bin[bin];
    for (size_t at = 0; at < 4 * 64 && at < page->left; at += 64)
        STORE_PREFETCH_TO_WRITE(page->next + at);
    if (b->n < b->cap)
        STORE_PREFETCH_TO_WRITE(&b->v[b->n]);
}

/* The text, packed; as long-lived as the store, and perhaps shared. `hash` is hash64(text). */
const char *store_text(struct store *s, struct sv text, uint64_t hash);

/* uid and tie as one packed text; *uid_tag is the slip's. */
const char *store_extra(struct store *s, struct sv uid, struct sv tie, uint32_t *uid_tag);

/* Appends a slip, whose texts are the store's, to a bin. `hash` is the record's. */
void store_add_slip(struct store *s, size_t bin, const struct slip *slip, uint64_t hash);

/* Appends a record that is the only one of its event, and has no tie. text_hash: the hash64 of its facts and payload.
 * Texts that were not kept lately lie behind the slip: whoever reads the bin finds all of a record in one place.
 * Kinds of texts that hardly ever repeat are mostly not even looked for. */
void store_add_lone(struct store *s, size_t bin, const struct record *r, const uint64_t text_hash[REPEATING_TEXTS]);

/* Appends a bundle of n hits, 1 to BUNDLE_MOST, whose texts are the store's, to a bin of bundles. `hash` is of cluster
 * and key. */
void store_add_bundle(struct store *s, size_t bin, const struct slip *head, const struct bundle_hit *hit, size_t n,
                      uint64_t hash);

/* Makes slips of all bundles, in the first PARTITIONS bins. It takes `rounds` times what is `lent`. */
void store_unbundle(struct store *s);

/* The slip that a hit of a bundle stands for; `facts` are the head's with the hit's evidence behind them. */
static inline struct slip
bundle_slip(const struct bundle *b, const struct bundle_hit *h, const char *facts)
{
    struct slip s = b->head;
    s.facts = facts;
    s.payload = h->payload;
    s.corr = h->corr;
    s.pos_flags = h->pos << 2 | slip_flags(&b->head);
    return s;
}

/* Appends a record to a bin. */
void store_add(struct store *s, size_t bin, const struct record *r);

/* Appends a record of the same group as `last` (NULL: of none), whose texts it shares where they are equal: the cheap
 * way for records that come in order. Returns the slip. */
const struct slip *store_add_next(struct store *s, size_t bin, const struct record *r, const struct slip *last);

/* Writes a record beside those of a bin, without an entry. */
const struct slip *store_keep(struct store *s, size_t bin, const struct record *r);

/* The record that a store's entry stands for. Its strings are borrowed from the store; its hash is not set. */
void record_at(const void *slip, struct record *r);

/* The bin's entries, which are the caller's from now on (mem_free); the bin is empty then. Bins may be taken by
 * different threads. */
struct bin store_take(struct store *s, size_t bin);

/* Appends the entries of `more`, whose array is freed or becomes that of *all. */
void bins_join(struct bin *all, struct bin more);

/* Sorts and folds all bins and gives back the memory of what was folded away. */
void store_compact(struct store *s, fold_fn *fold, const void *ctx);

/* ---- records.c ---- */

/* Sorts entries of records into the total order (of the hash only what is in entry_key), up to groups of equal
 * entry_key, which records_group tells apart. */
void records_sort(struct entry *e, size_t n, const struct origins *o);

/* Length of the first group of sorted entries; brings its hits together if its key's hash is shared with another
 * group. 0 if n is 0. */
size_t records_group(struct entry *e, size_t n, const struct origins *o);

/* Do the records differ in nothing but the payload? */
bool records_may_fold(const struct record *a, const struct record *b);

/* Folds sorted entries: of records that differ in nothing but the payload one is left. New records are written to
 * `to`, beside those of `bin`; with `move` every record is. Returns how many are left. */
size_t records_fold(struct entry *e, size_t n, struct store *to, size_t bin, bool move, fold_fn *fold, const void *ctx);

#endif
