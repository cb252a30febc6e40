/* SPDX-License-Identifier: Apache-2.0 */
/* text.*: which posts say the same, and whether they say that they are paid for it.
 *
 * Copies differ in links, mentions, numbers, spacing; words.h takes that away. What is left is compared by keys
 * (sketch.h): two texts that share a member of text.near or text.similar are nearly the same, so grouping by the field
 * finds campaigns without comparing every post with every other. Short texts are alike by chance, so they have no
 * such keys. Formulas: domain notes 3.2 and C05. */
#include "base/codec.h"
#include "base/map.h"
#include "base/mem.h"
#include "enrich/catalog.h"
#include "enrich/enrich.h"
#include "enrich/sketch.h"
#include "enrich/words.h"

enum { FEWEST_WORDS = 6, MAX_FOUND = 8, MAX_PHRASE = 8 };

enum output { OUT_WORDS, OUT_FINGERPRINT, OUT_NEAR, OUT_SIMILAR, OUT_DISCLOSURE, OUT_COUNT };

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_WORDS] = { "text.words", "number", "costly", "words of the post's text, without links and mentions" },
    [OUT_FINGERPRINT] = { "text.fingerprint", "string", "costly",
                          "16 hex digits: the same for texts with the same words, whatever their links, mentions, "
                          "numbers, case and punctuation" },
    [OUT_NEAR] = { "text.near", "list of strings", "costly",
                   "ten keys; texts whose SimHashes differ in at most 3 of 64 bits share one" },
    [OUT_SIMILAR] = { "text.similar", "list of strings", "costly",
                      "ten keys; texts that have four of five words in common share one with probability 0.98" },
    [OUT_DISCLOSURE] = { "text.disclosure", "list of strings", "costly",
                         "phrases (data/disclosures.csv) by which the text says that it is advertising" },
};
static const char *const inputs[] = { "post.text", NULL };

/* A phrase of disclosures.csv. */
struct phrase {
    struct sv shown;
    struct sv *word;
    size_t n;
    bool is_hashtag; /* its first word has to be one */
    uint32_t next;   /* the next phrase with the same first word; 0: none (phrase 0 is a dummy) */
};

struct texts {
    struct catalog list;
    struct phrase *phrase;
    struct map first; /* first word -> phrase */
    struct arena arena;
    struct sketch_orders orders;
    field_id in;
    field_id out[OUT_COUNT];
};

/* ---- loading ---- */

/* A phrase with the same words is the same phrase, whatever stands between them. */
static void
enter(struct texts *t, uint32_t i)
{
    struct phrase *p = &t->phrase[i];
    bool is_new;
    const size_t slot = map_put(&t->first, p->word[0], i, &is_new);
    if (is_new)
        return;
    p->next = t->first.entry[slot].value;
    t->first.entry[slot].value = i;
}

static bool
compile_phrase(struct texts *t, size_t row, struct diags *d)
{
    struct phrase *p = &t->phrase[row + 1];
    const struct sv as = catalog_cell(&t->list, row, 1);
    struct words w;

    words_split(catalog_cell(&t->list, row, 0), &t->arena, &w);
    if (w.n == 0 || w.n > MAX_PHRASE) {
        diag_error(d, catalog_at(&t->list, row), "a phrase has to have 1 to %d words", MAX_PHRASE);
        return false;
    }
    if (!sv_eq(as, SV("hashtag")) && !sv_eq(as, SV("text"))) {
        diag_error(d, catalog_at(&t->list, row), "a phrase is found as hashtag or text, not '%.*s'", SV_ARG(as));
        return false;
    }
    p->word = w.v;
    p->n = w.n;
    p->is_hashtag = sv_eq(as, SV("hashtag"));
    p->shown = arena_printf(&t->arena, "%s%.*s", p->is_hashtag ? "#" : "", SV_ARG(catalog_cell(&t->list, row, 0)));
    enter(t, (uint32_t)(row + 1));
    return true;
}

static bool
load_phrases(struct texts *t, const char *datadir, struct diags *d)
{
    bool good = true;
    if (!catalog_load(&t->list, datadir, "disclosures.csv", "phrase,as", d))
        return false;
    t->phrase = mem_zalloc(t->list.n_rows + 1, sizeof *t->phrase);
    for (size_t r = 0; r < t->list.n_rows; r++)
        good = compile_phrase(t, r, d) && good;
    return good;
}

static void
text_close(void *ctx)
{
    struct texts *t = ctx;
    catalog_fini(&t->list);
    map_fini(&t->first);
    arena_fini(&t->arena);
    mem_free(t->phrase);
    mem_free(t);
}

static void *
text_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    struct texts *t = mem_zalloc(1, sizeof *t);
    map_init(&t->first);
    arena_init(&t->arena);
    sketch_orders_init(&t->orders);
    t->in = fields_find(fields, sv_of(inputs[0]));
    for (size_t i = 0; i < OUT_COUNT; i++)
        t->out[i] = fields_find(fields, sv_of(outputs[i].name));
    if (t->out[OUT_DISCLOSURE] == FIELD_NONE || load_phrases(t, o->datadir, d))
        return t;
    text_close(t);
    return NULL;
}

/* ---- keys ---- */

/* A letter for the key's number, then `digits` hex digits. */
static struct sv
key_text(struct arena *arena, size_t number, uint64_t key, size_t digits)
{
    char *p = arena_alloc(arena, digits + 1);
    p[0] = (char)('a' + number);
    for (size_t i = digits; i > 0; i--, key >>= 4)
        p[i] = "0123456789abcdef"[key & 15];
    return sv_make(p, digits + 1);
}

static void
set_near(struct event *ev, field_id field, const uint64_t *hash, size_t n)
{
    uint32_t key[SKETCH_KEYS];
    struct sv text[SKETCH_KEYS];
    sketch_simhash_keys(sketch_simhash(hash, n), key);
    for (size_t i = 0; i < SKETCH_KEYS; i++)
        text[i] = key_text(ev->scratch, i, key[i] & 0x3ffffff, 7);
    event_set_texts(ev, field, text, SKETCH_KEYS);
}

static void
set_similar(const struct texts *t, struct event *ev, field_id field, const uint64_t *hash, size_t n)
{
    uint64_t key[SKETCH_KEYS];
    struct sv text[SKETCH_KEYS];
    sketch_minhash_keys(&t->orders, hash, n, key);
    for (size_t i = 0; i < SKETCH_KEYS; i++)
        text[i] = key_text(ev->scratch, i, key[i], 12);
    event_set_texts(ev, field, text, SKETCH_KEYS);
}

/* Is a field asked for, and not in the log? */
static bool
is_open(const struct event *ev, field_id field)
{
    return field != FIELD_NONE && ev->v[field].kind == VALUE_UNSET;
}

static void
set_keys(const struct texts *t, struct event *ev, const struct words *w)
{
    uint64_t hash[WORDS_MAX];
    const bool near = is_open(ev, t->out[OUT_NEAR]);
    const bool similar = is_open(ev, t->out[OUT_SIMILAR]);
    size_t n = 0;

    if (!near && !similar)
        return;
    for (size_t i = 0; i < w->n; i++)
        hash[i] = hash64(w->v[i]);
    n = sketch_distinct(hash, w->n);
    if (near && n >= FEWEST_WORDS)
        set_near(ev, t->out[OUT_NEAR], hash, n);
    else if (near)
        event_set_absent(ev, t->out[OUT_NEAR]);
    if (similar && n >= FEWEST_WORDS)
        set_similar(t, ev, t->out[OUT_SIMILAR], hash, n);
    else if (similar)
        event_set_absent(ev, t->out[OUT_SIMILAR]);
}

/* ---- disclosure ---- */

static bool
stands_at(const struct phrase *p, const struct words *w, size_t at)
{
    if (p->n > w->n - at || (p->is_hashtag && !w->is_hashtag[at]))
        return false;
    for (size_t i = 1; i < p->n; i++)
        if (!sv_eq(p->word[i], w->v[at + i]))
            return false;
    return true;
}

static void
add_found(struct sv found[MAX_FOUND], size_t *n, struct sv phrase)
{
    for (size_t i = 0; i < *n; i++)
        if (sv_eq(found[i], phrase))
            return;
    if (*n < MAX_FOUND)
        found[(*n)++] = phrase;
}

static void
set_disclosure(const struct texts *t, struct event *ev, field_id field, const struct words *w)
{
    struct sv found[MAX_FOUND];
    size_t n = 0;
    for (size_t i = 0; i < w->n; i++) {
        const struct map_entry *e = map_get(&t->first, w->v[i]);
        for (uint32_t p = e != NULL ? e->value : 0; p != 0; p = t->phrase[p].next)
            if (stands_at(&t->phrase[p], w, i))
                add_found(found, &n, t->phrase[p].shown);
    }
    event_set_texts(ev, field, found, n);
}

/* ---- one event ---- */

static void
set_absent(const struct texts *t, struct event *ev)
{
    for (size_t i = 0; i < OUT_COUNT; i++)
        if (is_open(ev, t->out[i]))
            event_set_absent(ev, t->out[i]);
}

/* All fields come from one pass: the first that is asked for fills its siblings. */
static void
text_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct texts *t = ctx;
    struct words w;
    struct sv text;

    (void)index;
    ev->v[field].kind = VALUE_UNSET; /* open, as its siblings are; every way below closes them all */
    if (!event_text(ev, t->in, &text)) {
        set_absent(t, ev);
        return;
    }
    words_split(text, ev->scratch, &w);
    if (is_open(ev, t->out[OUT_WORDS]))
        event_set_number(ev, t->out[OUT_WORDS], (double)w.n);
    if (w.n == 0) {
        set_absent(t, ev);
        return;
    }
    if (is_open(ev, t->out[OUT_FINGERPRINT])) {
        char *hex = arena_alloc(ev->scratch, 17);
        hex64(hash64(w.text), hex);
        event_set_text(ev, t->out[OUT_FINGERPRINT], sv_make(hex, 16));
    }
    set_keys(t, ev, &w);
    if (is_open(ev, t->out[OUT_DISCLOSURE]))
        set_disclosure(t, ev, t->out[OUT_DISCLOSURE], &w);
}

const struct enricher enricher_text = {
    .name = "text",
    .help = "which posts say nearly the same, and whether they say that they are advertising",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = text_open,
    .close = text_close,
    .derive = text_derive,
};
