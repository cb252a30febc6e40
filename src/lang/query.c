/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of the command line become small YAML documents, so that every mistake has its place and its caret. A
 * `NAME=` before one is cut off by spelling it as blanks: offsets stay those of what the user wrote. */
#include "lang/query.h"

#include "base/buf.h"
#include "base/codec.h"
#include "lang/doc.h"
#include "lang/named.h"
#include "lang/selection.h"
#include "lang/show.h"

struct asked {
    struct loader l;
    struct unit unit;
    struct selections named;
    VEC(struct expr *) parts; /* to be AND-ed */
};

/* Length of `NAME` if the text starts with `NAME=`, else 0. */
static size_t
name_length(struct sv text)
{
    size_t i = 0;
    while (i < text.n && ((text.p[i] >= '0' && text.p[i] <= '9') || (text.p[i] >= 'A' && text.p[i] <= 'Z') ||
                          (text.p[i] >= 'a' && text.p[i] <= 'z') || text.p[i] == '_' || text.p[i] == '-'))
        i++;
    return i < text.n && text.p[i] == '=' ? i : 0;
}

/* The text as a file: its place in messages is its option, numbered if there are several. */
static const struct text_file *
add_text(struct asked *a, const char *option, size_t number, size_t n, struct sv text, size_t blank)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < blank; i++)
        buf_putc(&b, ' ');
    buf_sv(&b, sv_from(text, blank));
    struct sv name = sv_of(option);
    if (n > 1)
        name = arena_printf(&a->l.scratch, "%s %zu", option, number + 1);
    const struct text_file *file = diags_add_text(a->l.d, name, buf_view(&b));
    buf_fini(&b);
    return file;
}

/* YAML wants these quoted at the start of a value, and shells make that easy to forget. */
static void
hint_quotes(struct asked *a, const struct text_file *file)
{
    const struct sv text = text_file_content(file);
    for (size_t i = sv_find(text, SV(": "), 0); i + 2 < text.n; i = sv_find(text, SV(": "), i + 1)) {
        if (strchr("*&!%@`|>", text.p[i + 2]) == NULL)
            continue;
        diag_note(a->l.d, (struct span){ file, i + 2, 1 }, "a value that starts with '%c' needs quotes of its own",
                  text.p[i + 2]);
        return;
    }
}

static void
add_named(struct asked *a, struct sv name, const struct text_file *file, struct expr *e)
{
    bool is_new;
    const struct span at = { file, 0, 0 };
    map_put(&a->named.by_name, name, (uint32_t)a->named.n, &is_new);
    if (!is_new) {
        diag_error(a->l.d, at, "there are two selections '%.*s'", SHOW(name));
        return;
    }
    if (e != NULL)
        e->label = doc_keep(&a->l, name);
    vec_push(&a->named, (struct selection){ .name = doc_keep(&a->l, name), .at = at, .expr = e });
}

static void
read_where(struct asked *a, const struct query_text *q, size_t i)
{
    const struct sv text = sv_of(q->where[i]);
    const size_t n_name = name_length(text);
    const size_t blank = n_name != 0 ? n_name + 1 : 0;
    const struct text_file *file = add_text(a, "--where", i, q->n_where, text, blank);
    struct ynode **doc;
    size_t n_docs;

    digest_add(a->l.digest, text.p, text.n);
    digest_add(a->l.digest, "", 1);
    if (!yaml_load(file, &a->l.scratch, &doc, &n_docs, a->l.d)) {
        hint_quotes(a, file);
        return;
    }
    if (n_docs != 1 || yaml_is_null(doc[0])) {
        diag_error(a->l.d, (struct span){ file, 0, 0 }, "write FIELD|MODIFIER: VALUE, as below a name in a rule");
        return;
    }
    struct expr *e = selection_compile(&a->l, &a->unit, doc[0]);
    if (n_name != 0)
        add_named(a, sv_make(text.p, n_name), file, e);
    else if (e != NULL)
        vec_push(&a->parts, e);
}

static void
read_condition(struct asked *a, const char *condition)
{
    const struct text_file *file = add_text(a, "--condition", 0, 1, sv_of(condition), 0);
    const struct ynode node = {
        .kind = YAML_SCALAR,
        .span = { file, 0, strlen(condition) },
        .text = text_file_content(file),
        .plain = true,
    };
    digest_add(a->l.digest, condition, strlen(condition));
    if (a->named.n == 0) {
        diag_error(a->l.d, node.span, "a condition needs names: --where NAME='FIELD: VALUE'");
        return;
    }
    struct expr *e = condition_compile(&a->named, &a->l, &node);
    if (e == NULL)
        return;
    vec_push(&a->parts, e);
    selections_warn_unused(&a->named, &a->l);
}

static void
take_all_named(struct asked *a)
{
    for (size_t i = 0; i < a->named.n; i++)
        if (a->named.v[i].expr != NULL)
            vec_push(&a->parts, a->named.v[i].expr);
}

static void
add_rule(struct asked *a)
{
    struct program *p = a->l.program;
    struct rule r = {
        .meta = { .id = SV("query"),
                  .title = SV("query"),
                  .level = LEVEL_MEDIUM,
                  .entity_id = FIELD_NONE,
                  .entity_name = FIELD_NONE },
    };
    r.condition = a->parts.n != 0 ? expr_join(p, EXPR_AND, a->parts.v, a->parts.n) : expr_const(p, true);
    vec_push(&p->rules, r);
    named_end(&a->l, &a->unit, &r.logsource, false);
}

enum err
query_compile(const struct query_text *q, struct fields *fields, struct program **out, struct diags *d)
{
    const struct lang_options o = { .lists = q->lists, .n_lists = q->n_lists };
    const size_t errors = diags_errors(d);
    struct asked a = { .unit = { .kind = UNIT_RULE, .title = SV("query"), .id = SV(""), .name = SV("") } };

    loader_init(&a.l, &o, fields, d);
    selections_init(&a.named);
    named_begin(&a.l);
    for (size_t i = 0; i < q->n_where; i++)
        read_where(&a, q, i);
    if (q->condition != NULL)
        read_condition(&a, q->condition);
    else
        take_all_named(&a);
    const bool good = diags_errors(d) == errors;
    if (good) {
        add_rule(&a);
        program_freeze(a.l.program);
        digest_hex(a.l.digest, a.l.program->digest);
        *out = a.l.program;
    } else {
        program_free(a.l.program);
    }
    selections_fini(&a.named);
    vec_fini(&a.parts);
    loader_fini(&a.l);
    return good ? ERR_OK : ERR_USAGE;
}
