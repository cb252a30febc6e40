/* SPDX-License-Identifier: Apache-2.0 */
#include "lang_rules.h"

#include <string.h>
#include <sys/stat.h>

#include "base/number.h"

void
rules_write(const char *path, const char *text)
{
    char folder[256];

    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        mkdir(folder, 0700);
    }
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), f), strlen(text));
    ck_assert_int_eq(fclose(f), 0);
}

void
rules_load(struct rules *r, const char *const *paths, bool skip_bad)
{
    struct lang_options o = { .rules = paths, .skip_bad = skip_bad };

    while (paths[o.n_rules] != NULL)
        o.n_rules++;
    *r = (struct rules){ .d = diags_new(), .fields = fields_new() };
    r->err = lang_load(&o, r->fields, &r->program, NULL, r->d);
    diags_sort(r->d);
}

void
rules_load_text(struct rules *r, const char *text)
{
    static const char *const paths[] = { "rule.yml", NULL };
    rules_write("rule.yml", text);
    rules_load(r, paths, false);
}

void
rules_free(struct rules *r)
{
    program_free(r->program);
    fields_free(r->fields);
    diags_free(r->d);
    buf_fini(&r->text);
}

const char *
rules_messages(struct rules *r)
{
    char part[4096];
    FILE *f = tmpfile();

    ck_assert_ptr_nonnull(f);
    diags_print(r->d, f);
    rewind(f);
    buf_reset(&r->text);
    for (size_t n = fread(part, 1, sizeof part, f); n != 0; n = fread(part, 1, sizeof part, f))
        buf_put(&r->text, part, n);
    fclose(f);
    return buf_cstr(&r->text);
}

static void
put_text(struct buf *b, struct sv text)
{
    buf_printf(b, "\"%.*s\"", SV_ARG(text));
}

static void
put_glob(struct buf *b, const struct pred *p)
{
    buf_putc(b, '"');
    for (size_t i = 0; i < p->n_glob; i++) {
        if (p->glob[i].kind == GLOB_TEXT)
            buf_sv(b, p->glob[i].text);
        else
            buf_puts(b, p->glob[i].kind == GLOB_ANY ? "<*>" : p->glob[i].kind == GLOB_ONE ? "<?>" : "<->");
    }
    buf_putc(b, '"');
}

static void
put_regex(struct buf *b, const struct pred *p)
{
    const unsigned flags = regex_flags(p->regex);
    buf_printf(b, "/%.*s/", SV_ARG(regex_pattern(p->regex)));
    if (flags & REGEX_FOLD)
        buf_putc(b, 'i');
    if (flags & REGEX_MULTILINE)
        buf_putc(b, 'm');
    if (flags & REGEX_DOTALL)
        buf_putc(b, 's');
    if (flags & REGEX_LITERAL)
        buf_putc(b, 'L');
}

static void
put_network(struct buf *b, const struct pred *p)
{
    for (size_t i = 0; i < 16; i++)
        buf_printf(b, "%02x", p->address[i]);
    buf_printf(b, "/%u", p->prefix_bits);
}

static void
put_number(struct buf *b, const struct pred *p)
{
    char text[NUMBER_TEXT_MAX];
    number_format(p->number, text);
    buf_printf(b, "%s %s", compare_name(p->compare), text);
    if (p->part != PART_NONE)
        buf_printf(b, " of %s", date_part_name(p->part));
}

static void
put_value(struct buf *b, const struct program *program, const struct pred *p)
{
    switch (p->op) {
    case OP_EQ:
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_ENDS:
        put_text(b, p->text);
        break;
    case OP_GLOB:
        put_glob(b, p);
        break;
    case OP_REGEX:
        put_regex(b, p);
        break;
    case OP_CIDR:
        put_network(b, p);
        break;
    case OP_NUMBER:
        put_number(b, p);
        break;
    case OP_BOOLEAN:
        buf_puts(b, p->boolean ? "true" : "false");
        break;
    case OP_FIELDREF:
        buf_printf(b, "%s %.*s", op_name(p->ref_op), SV_ARG(fields_name(program->fields, p->ref)));
        break;
    case OP_NULL:
    case OP_EXISTS:
    case OP_COUNT_:
        b->n--; /* no blank */
        break;
    }
}

static void
put_pred(struct buf *b, const struct program *program, const struct pred *p)
{
    const struct sv field = p->field == FIELD_ANY ? SV("*") : fields_name(program->fields, p->field);
    buf_printf(b, "%.*s %s ", SV_ARG(field), op_name(p->op));
    put_value(b, program, p);
    if (p->cased)
        buf_puts(b, " cased");
}

static void
put_expr(struct buf *b, const struct program *program, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_FALSE:
        buf_puts(b, "false");
        break;
    case EXPR_TRUE:
        buf_puts(b, "true");
        break;
    case EXPR_PRED:
        put_pred(b, program, &program->preds.v[e->leaf]);
        break;
    case EXPR_NOT:
        buf_puts(b, "not ");
        put_expr(b, program, e->kid[0]);
        break;
    case EXPR_AND:
    case EXPR_OR:
        buf_putc(b, '(');
        for (size_t i = 0; i < e->n_kids; i++) {
            if (i > 0)
                buf_puts(b, e->kind == EXPR_AND ? " and " : " or ");
            put_expr(b, program, e->kid[i]);
        }
        buf_putc(b, ')');
        break;
    }
}

const char *
rules_condition(struct rules *r, size_t i)
{
    ck_assert_uint_lt(i, r->program->rules.n);
    buf_reset(&r->text);
    put_expr(&r->text, r->program, r->program->rules.v[i].condition);
    return buf_cstr(&r->text);
}
