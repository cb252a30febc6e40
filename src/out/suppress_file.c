/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the file of the suppressed. libcsv finds the cells; it is fed byte by byte, because it does not say where a
 * cell stands, and people who keep such a file by hand need to know.
 *
 * A mistake here would hide findings or bring them back, so nothing is guessed: an unknown column, a row with too many
 * cells, an entry without a reason, an owner or an end, and a date that is none are errors. All are named in one run.
 * Columns whose names begin with "x-" belong to the analysts. */
#include "out/suppress.h"

#include <csv.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/mem.h"
#include "base/timestamp.h"

#define FILE_BYTES ((size_t)16 << 20)
#define MAX_COLUMNS 64
#define MAX_ERRORS 100

enum column { FINDING_ID, RULE_ID, ENTITY_TYPE, ENTITY_ID, REASON, OWNER, EXPIRES, N_COLUMNS, OWN_COLUMN = N_COLUMNS };

static const char *const column_names[N_COLUMNS] = { "finding_id", "rule_id", "entity_type", "entity_id",
                                                     "reason",     "owner",   "expires" };

struct cell_text {
    struct sv text; /* without quotes */
    struct span span;
};

struct reading {
    struct suppressions *s;
    const struct text_file *file;
    struct sv content;
    struct diags *d;
    int64_t now;
    size_t at;    /* of the byte that libcsv looks at */
    size_t start; /* of the cell */
    struct cell_text row[MAX_COLUMNS];
    size_t n_row; /* cells; more than MAX_COLUMNS are counted, not kept */
    enum column header[MAX_COLUMNS];
    size_t n_header;
    bool has_header;
    bool is_readable; /* the header is right; without it, rows make no sense */
};

/* ---- cells and rows, as libcsv finds them ---- */

static struct span
span_of(const struct reading *r, struct sv part)
{
    return (struct span){ r->file, (size_t)(part.p - r->content.p), part.n };
}

static void
take_cell(void *text, size_t n, void *ctx)
{
    struct reading *r = ctx;
    /* The blanks may reach back over empty lines. */
    const struct sv raw = sv_trim(sv_make(r->content.p + r->start, r->at - r->start));
    if (r->n_row < MAX_COLUMNS)
        r->row[r->n_row] = (struct cell_text){ arena_sv(&r->s->arena, sv_make(text, n)), span_of(r, raw) };
    r->n_row++;
    r->start = r->at + 1;
}

static struct sv
column_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(column_names[i]);
}

static enum column
find_column(const struct reading *r, const struct cell_text *cell)
{
    for (int i = 0; i < N_COLUMNS; i++)
        if (sv_eq(cell->text, sv_of(column_names[i])))
            return (enum column)i;
    if (sv_starts(cell->text, SV("x-")))
        return OWN_COLUMN;
    const struct sv near = diag_nearest(cell->text, N_COLUMNS, column_name, NULL);
    if (near.n != 0)
        diag_error(r->d, cell->span, "there is no column '%.*s' (did you mean '%.*s'?)", SV_ARG(cell->text),
                   SV_ARG(near));
    else
        diag_error(r->d, cell->span, "there is no column '%.*s'; your own have names that begin with x-",
                   SV_ARG(cell->text));
    return OWN_COLUMN;
}

static bool
has_column(const struct reading *r, enum column c)
{
    for (size_t i = 0; i < r->n_header; i++)
        if (r->header[i] == c)
            return true;
    return false;
}

static void
check_header(const struct reading *r)
{
    const struct span first = r->row[0].span;
    for (int c = REASON; c <= EXPIRES; c++)
        if (!has_column(r, (enum column)c))
            diag_error(r->d, first, "the header lacks the column '%s'", column_names[c]);
    if (!has_column(r, FINDING_ID) && !(has_column(r, RULE_ID) && has_column(r, ENTITY_ID)))
        diag_error(r->d, first, "the header lacks the column 'finding_id', or 'rule_id' and 'entity_id'");
}

static void
take_header(struct reading *r)
{
    const size_t before = diags_errors(r->d);
    r->has_header = true;
    for (size_t i = 0; i < r->n_row && i < MAX_COLUMNS; i++) {
        const enum column c = find_column(r, &r->row[i]);
        if (c != OWN_COLUMN && has_column(r, c))
            diag_error(r->d, r->row[i].span, "the column '%s' is there twice", column_names[c]);
        r->header[r->n_header++] = c;
    }
    if (r->n_row > MAX_COLUMNS)
        diag_error(r->d, r->row[0].span, "the header has more than %d columns", MAX_COLUMNS);
    if (diags_errors(r->d) == before)
        check_header(r);
    r->is_readable = diags_errors(r->d) == before;
}

/* ---- an entry ---- */

/* True if the cell of that column is there and not empty. */
static bool
cell(const struct reading *r, enum column c, struct cell_text *out)
{
    for (size_t i = 0; i < r->n_header; i++) {
        if (r->header[i] != c)
            continue;
        *out = r->row[i];
        return out->text.n != 0;
    }
    *out = (struct cell_text){ .span = SPAN_NONE };
    return false;
}

static bool
read_finding_id(const struct reading *r, const struct cell_text *id, struct suppression *out)
{
    static const char digits[] = "0123456789abcdef";
    bool ok = id->text.n == 16;
    for (size_t i = 0; ok && i < id->text.n; i++)
        ok = memchr(digits, id->text.p[i], 16) != NULL;
    out->finding_id = id->text;
    if (!ok)
        diag_error(r->d, id->span, "'%.*s' is no finding_id, which is 16 digits of 0-9 and a-f", SV_ARG(id->text));
    return ok;
}

/* What the entry is about. */
static bool
read_subject(const struct reading *r, struct suppression *out)
{
    struct cell_text id, rule, type, entity;
    const bool has_id = cell(r, FINDING_ID, &id);
    const bool has_rule = cell(r, RULE_ID, &rule);
    const bool has_type = cell(r, ENTITY_TYPE, &type);
    const bool has_entity = cell(r, ENTITY_ID, &entity);
    out->span = has_id ? id.span : has_rule ? rule.span : r->row[0].span;
    if (has_id) {
        /* Which of both would count is no question for a program. */
        if (has_rule || has_type || has_entity)
            diag_error(r->d, id.span, "finding_id says it all; rule_id, entity_type and entity_id have to be empty");
        return read_finding_id(r, &id, out) && !has_rule && !has_type && !has_entity;
    }
    out->rule_id = rule.text;
    out->entity_type = type.text;
    out->entity_id = entity.text;
    if (!has_rule)
        diag_error(r->d, out->span, "the entry names neither a finding_id nor a rule_id");
    else if (!has_entity)
        diag_error(r->d, rule.span,
                   "the entry names a rule and no entity_id; a rule as a whole is put aside by 'mode: audit' in it");
    return has_rule && has_entity;
}

static bool
read_expires(const struct reading *r, struct suppression *out)
{
    struct cell_text c;
    if (!cell(r, EXPIRES, &c)) {
        diag_error(r->d, c.span.file != NULL ? c.span : out->span,
                   "expires is empty; write its last day as 2027-01-31, or never");
        return false;
    }
    out->expires = c.text;
    out->until = TIME_NONE;
    if (sv_eq(c.text, SV("never")))
        return true;
    if (c.text.n == 10 && time_parse_lenient(c.text, &out->until))
        out->until += DAY; /* its last day counts */
    else if (!time_parse(c.text, &out->until)) {
        diag_error(r->d, c.span, "'%.*s' is no date; write its last day as 2027-01-31, or never", SV_ARG(c.text));
        return false;
    }
    out->is_expired = out->until <= r->now;
    return true;
}

static bool
read_words(const struct reading *r, struct suppression *out)
{
    struct cell_text reason, owner;
    const bool has_reason = cell(r, REASON, &reason);
    const bool has_owner = cell(r, OWNER, &owner);
    out->reason = reason.text;
    out->owner = owner.text;
    if (!has_reason)
        diag_error(r->d, reason.span.file != NULL ? reason.span : out->span,
                   "reason is empty: why is this suppressed?");
    if (!has_owner)
        diag_error(r->d, owner.span.file != NULL ? owner.span : out->span, "owner is empty: who answers for this?");
    return has_reason && has_owner;
}

static void
add_entry(struct suppressions *s, const struct suppression *e)
{
    struct buf key = BUF_INIT;
    bool is_new;
    suppression_key(&key, e->finding_id.n != 0 ? e->finding_id : e->rule_id, e->entity_id);
    vec_push(&s->v, *e);
    const size_t i = map_put(&s->index, buf_view(&key), (uint32_t)s->v.n, &is_new);
    if (!is_new) {
        struct suppression *last = &s->v.v[s->index.entry[i].value - 1];
        while (last->next != 0)
            last = &s->v.v[last->next - 1];
        last->next = s->v.n;
    }
    buf_fini(&key);
}

static void
take_entry(struct reading *r)
{
    struct suppression e = { .until = TIME_NONE };
    size_t column;
    if (r->n_row != r->n_header) {
        diag_error(r->d, r->row[0].span, "the row has %zu cells, and the header %zu", r->n_row, r->n_header);
        return;
    }
    bool ok = read_subject(r, &e);
    ok = read_words(r, &e) && ok;
    ok = read_expires(r, &e) && ok;
    text_file_locate(r->file, e.span.at, &e.line, &column);
    if (ok)
        add_entry(r->s, &e);
}

static void
take_row(int end, void *ctx)
{
    struct reading *r = ctx;
    (void)end;
    if (!r->has_header)
        take_header(r);
    else if (r->is_readable && diags_errors(r->d) < MAX_ERRORS)
        take_entry(r);
    r->n_row = 0;
    r->start = r->at + 1;
}

/* ---- the file ---- */

/* What is no CSV is an error at its place; reading goes on with the next line. */
static void
broken(struct reading *r, struct csv_parser *p)
{
    const size_t at = r->at < r->content.n ? r->at : r->start;
    diag_error(r->d, (struct span){ r->file, at, 1 },
               r->at < r->content.n
                   ? "a quote mark stands inside a cell; a cell with one is put into quotes, and \" is \"\" there"
                   : "the quote mark that begins this cell is never closed");
    csv_free(p);
    csv_init(p, CSV_STRICT | CSV_STRICT_FINI);
    r->at = sv_find_char(r->content, '\n', r->at);
    r->start = r->at + 1;
    r->n_row = 0;
}

static void
read_rows(struct reading *r)
{
    struct csv_parser p;
    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return;
    for (; r->at < r->content.n; r->at++)
        if (csv_parse(&p, r->content.p + r->at, 1, take_cell, take_row, r) != 1)
            broken(r, &p);
    r->at = r->content.n;
    if (csv_fini(&p, take_cell, take_row, r) != 0)
        broken(r, &p);
    csv_free(&p);
}

static void
digest_content(struct suppressions *s, struct sv content)
{
    struct digest *digest = digest_new();
    digest_add(digest, content.p, content.n);
    digest_hex(digest, s->digest);
    digest_free(digest);
}

static enum err
read_text(struct suppressions *s, const struct text_file *file, int64_t now, struct diags *d)
{
    const size_t before = diags_errors(d);
    struct reading *r = mem_zalloc(1, sizeof *r);
    *r = (struct reading){ .s = s, .file = file, .content = text_file_content(file), .d = d, .now = now };
    /* Spreadsheets begin a file with a byte order mark. */
    r->at = r->start = sv_starts(r->content, SV("\xef\xbb\xbf")) ? 3 : 0;
    read_rows(r);
    if (!r->has_header)
        diag_error(d, (struct span){ file, 0, 0 },
                   "the file is empty; its header is "
                   "finding_id,rule_id,entity_type,entity_id,reason,owner,expires");
    mem_free(r);
    return diags_errors(d) == before ? ERR_OK : ERR_CONFIG;
}

enum err
suppressions_read(struct suppressions *s, const char *path, int64_t now, struct diags *d)
{
    struct buf content = BUF_INIT;
    *s = (struct suppressions){ .arena = ARENA_INIT };
    map_init(&s->index);
    errno = 0;
    if (!buf_read_file(&content, path, FILE_BYTES)) {
        diag_error(d, SPAN_NONE, "cannot read the suppressed findings '%s': %s", path,
                   errno == EFBIG ? "the file is too large" : strerror(errno));
        buf_fini(&content);
        return ERR_CONFIG;
    }
    s->file = arena_sv(&s->arena, sv_of(path));
    digest_content(s, buf_view(&content));
    const struct text_file *file = diags_add_text(d, sv_of(path), buf_view(&content));
    buf_fini(&content);
    return read_text(s, file, now, d);
}

void
suppressions_fini(struct suppressions *s)
{
    vec_fini(&s->v);
    map_fini(&s->index);
    arena_fini(&s->arena);
}
