/* SPDX-License-Identifier: Apache-2.0 */
/* name.*: what an app's name says once its disguise is off.
 *
 * NFKC with case folding (utf8proc) undoes full-width, mathematical and styled letters; then characters that look
 * like Latin ones become them (data/confusables.csv), digits that stand for letters too (leet), separators go, a
 * repeated letter counts once, and letter pairs that look like one letter become it (rn -> m). The lists that a name
 * is held against go through the same mill, so they are written as people read them. Formulas: domain notes 2.2. */
#include <stdlib.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/number.h"
#include "enrich/catalog.h"
#include "enrich/enrich.h"

enum { MAX_NAME = 512, MAX_BAIT = 8 };

enum output { OUT_SKELETON, OUT_BAIT, OUT_BRAND, OUT_COUNT };

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_SKELETON] = { "name.skeleton", "string", "costly", "the app's name without disguise, separators and repeats" },
    [OUT_BAIT] = { "name.bait", "list of strings", "costly",
                   "bait words (data/bait.txt) in the app's name or description" },
    [OUT_BRAND] = { "name.brand", "string", "costly", "the brand (data/brands.txt) that the app's name looks like" },
};
static const char *const inputs[] = { "oauth.app_name", "oauth.app_description", NULL };

/* A word of a list: as written, and through the mill. */
struct word {
    struct sv written;
    struct sv skeleton;
};

struct words {
    struct catalog list;
    struct word *v;
    size_t n;
};

struct name {
    struct catalog confusables;
    struct map latin; /* UTF-8 of the character -> Latin letter */
    struct words bait;
    struct words brands;
    struct arena arena;
    field_id in_name;
    field_id in_description;
};

/* ---- the mill ---- */

/* The letter that this ASCII character stands for; 0: it is a separator. */
static char
plain_letter(char c)
{
    static const char leet[][2] = { { '0', 'o' }, { '1', 'i' }, { '3', 'e' }, { '4', 'a' }, { '5', 's' },
                                    { '7', 't' }, { '@', 'a' }, { '$', 's' }, { '!', 'i' }, { '|', 'i' } };
    for (size_t i = 0; i < sizeof leet / sizeof leet[0]; i++)
        if (c == leet[i][0])
            return leet[i][1];
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : 0;
}

/* Appends a letter unless it repeats the last one; a pair that looks like one letter becomes it. */
static void
append(char *out, size_t *n, char c)
{
    static const char pair[][3] = { { 'r', 'n', 'm' }, { 'v', 'v', 'w' }, { 'c', 'l', 'd' } };
    for (size_t i = 0; *n != 0 && i < sizeof pair / sizeof pair[0]; i++) {
        if (out[*n - 1] == pair[i][0] && c == pair[i][1]) {
            out[*n - 1] = pair[i][2];
            return;
        }
    }
    if (*n == 0 || out[*n - 1] != c)
        out[(*n)++] = c;
}

static bool
is_letter_or_digit(uint32_t cp)
{
    const utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO) ||
           (c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO);
}

/* Folds one character's bytes into the skeleton. Letters that look like nothing Latin are kept as they are. */
static void
fold_character(const struct name *ctx, struct sv character, uint32_t cp, char *out, size_t *n)
{
    const struct map_entry *e = map_get(&ctx->latin, character);
    if (e != NULL) {
        append(out, n, (char)e->value);
    } else if (character.n == 1) {
        const char c = plain_letter(character.p[0]);
        if (c != 0)
            append(out, n, c);
    } else if (is_letter_or_digit(cp)) {
        memcpy(out + *n, character.p, character.n);
        *n += character.n;
    }
}

/* The skeleton of a name, in `arena`. Names longer than MAX_NAME bytes are cut. */
static struct sv
skeleton(const struct name *ctx, struct sv text, struct arena *arena)
{
    utf8proc_uint8_t *folded = NULL;
    if (text.n > MAX_NAME)
        text.n = MAX_NAME;
    const utf8proc_ssize_t length = utf8proc_map((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, &folded,
                                                 UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE |
                                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPMARK);
    if (length < 0)
        return SV_NONE;
    const char *p = (const char *)folded;
    const char *end = p + length;
    char *out = arena_alloc(arena, (size_t)length + 1);
    size_t n = 0;
    while (p < end) {
        const char *start = p;
        const uint32_t cp = utf8_next(&p, end);
        fold_character(ctx, sv_make(start, (size_t)(p - start)), cp, out, &n);
    }
    free(folded);
    return sv_make(out, n);
}

/* ---- loading ---- */

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
parse_code_point(struct sv text, uint32_t *cp)
{
    *cp = 0;
    for (size_t i = 0; i < text.n; i++) {
        const int digit = hex_digit(text.p[i]);
        if (digit < 0 || *cp > 0x10ffff)
            return false;
        *cp = *cp * 16 + (uint32_t)digit;
    }
    return text.n != 0 && *cp <= 0x10ffff;
}

static bool
load_confusables(struct name *ctx, const char *datadir, struct diags *d)
{
    struct buf utf8 = BUF_INIT;
    uint32_t cp;
    if (!catalog_load(&ctx->confusables, datadir, "confusables.csv", "code_point,latin", d))
        return false;
    for (size_t r = 0; r < ctx->confusables.n_rows; r++) {
        const struct sv latin = catalog_cell(&ctx->confusables, r, 1);
        if (!parse_code_point(catalog_cell(&ctx->confusables, r, 0), &cp) || latin.n != 1) {
            diag_error(d, SPAN_NONE, "%s/confusables.csv: cannot read row %zu", datadir, r + 1);
            buf_fini(&utf8);
            return false;
        }
        buf_reset(&utf8);
        utf8_put(&utf8, cp);
        map_put(&ctx->latin, buf_view(&utf8), (unsigned char)latin.p[0], NULL);
    }
    buf_fini(&utf8);
    return true;
}

static bool
load_words(struct name *ctx, struct words *w, const char *datadir, const char *file, struct diags *d)
{
    if (!catalog_load_list(&w->list, datadir, file, d))
        return false;
    w->v = mem_zalloc(w->list.n_rows + 1, sizeof *w->v);
    for (size_t r = 0; r < w->list.n_rows; r++) {
        w->v[r].written = catalog_cell(&w->list, r, 0);
        w->v[r].skeleton = skeleton(ctx, w->v[r].written, &ctx->arena);
    }
    w->n = w->list.n_rows;
    return true;
}

static void
name_close(void *context)
{
    struct name *ctx = context;
    catalog_fini(&ctx->confusables);
    catalog_fini(&ctx->bait.list);
    catalog_fini(&ctx->brands.list);
    mem_free(ctx->bait.v);
    mem_free(ctx->brands.v);
    map_fini(&ctx->latin);
    arena_fini(&ctx->arena);
    mem_free(ctx);
}

static void *
name_open(const struct fields *fields, const struct enrich_options *options, struct diags *d)
{
    const char *datadir = options->datadir;
    struct name *ctx = mem_zalloc(1, sizeof *ctx);
    map_init(&ctx->latin);
    arena_init(&ctx->arena);
    ctx->in_name = fields_find(fields, SV("oauth.app_name"));
    ctx->in_description = fields_find(fields, SV("oauth.app_description"));
    if (load_confusables(ctx, datadir, d) && load_words(ctx, &ctx->bait, datadir, "bait.txt", d) &&
        load_words(ctx, &ctx->brands, datadir, "brands.txt", d))
        return ctx;
    name_close(ctx);
    return NULL;
}

/* ---- fields ---- */

static void
add_bait(const struct name *ctx, struct sv text, struct arena *scratch, struct sv *out, size_t *n)
{
    const struct sv s = skeleton(ctx, text, scratch);
    for (size_t i = 0; i < ctx->bait.n; i++) {
        const struct word *w = &ctx->bait.v[i];
        bool known = w->skeleton.n == 0;
        for (size_t k = 0; k < *n; k++)
            known = known || sv_eq(out[k], w->written);
        if (!known && *n < MAX_BAIT && sv_find(s, w->skeleton, 0) < s.n)
            out[(*n)++] = w->written;
    }
}

static void
derive_bait(const struct name *ctx, struct event *ev, field_id field)
{
    struct sv words[MAX_BAIT];
    struct sv text;
    size_t n = 0;
    if (event_text(ev, ctx->in_name, &text))
        add_bait(ctx, text, ev->scratch, words, &n);
    if (event_text(ev, ctx->in_description, &text))
        add_bait(ctx, text, ev->scratch, words, &n);
    event_set_texts(ev, field, words, n);
}

/* Distance 1 for names of 5 to 8 letters, 2 for longer ones; shorter ones must be equal. */
static const struct word *
find_brand(const struct name *ctx, struct sv s)
{
    const struct word *best = NULL;
    unsigned best_distance = 3;
    for (size_t i = 0; i < ctx->brands.n; i++) {
        const struct word *w = &ctx->brands.v[i];
        const unsigned limit = w->skeleton.n > 8 ? 2 : w->skeleton.n >= 5 ? 1 : 0;
        const unsigned distance = sv_distance(s, w->skeleton, limit);
        if (distance <= limit && distance < best_distance) {
            best = w;
            best_distance = distance;
        }
    }
    return best;
}

static void
name_derive(const void *context, struct event *ev, field_id field, size_t index)
{
    const struct name *ctx = context;
    struct sv text;

    if (index == OUT_BAIT) {
        derive_bait(ctx, ev, field);
        return;
    }
    event_set_absent(ev, field);
    if (!event_text(ev, ctx->in_name, &text))
        return;
    const struct sv s = skeleton(ctx, text, ev->scratch);
    if (index == OUT_SKELETON) {
        event_set_text(ev, field, s);
    } else {
        const struct word *brand = find_brand(ctx, s);
        if (brand != NULL)
            event_set_text(ev, field, brand->written);
    }
}

const struct enricher enricher_name = {
    .name = "name",
    .help = "what an app's name says without its disguise",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = name_open,
    .close = name_close,
    .derive = name_derive,
};
