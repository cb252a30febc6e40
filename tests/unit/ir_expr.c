/* SPDX-License-Identifier: Apache-2.0 */
/* Constructors, written in a small prefix notation: T F 0-9, !x, &(xyz), |(xyz); a label is a letter behind a colon:
 * &:a(xy). */
#include <ctype.h>

#include "base/buf.h"
#include "ir/program.h"
#include "ir_tests.h"

static struct expr *
build(struct program *p, const char **z)
{
    const char c = *(*z)++;
    struct expr *e;
    if (c == 'T' || c == 'F')
        return expr_const(p, c == 'T');
    if (isdigit((unsigned char)c))
        return expr_leaf(p, (uint32_t)(c - '0'));
    if (c == '!')
        return expr_not(p, build(p, z));
    struct expr *kid[9];
    size_t n = 0;
    char *label = NULL;
    if (**z == ':') {
        label = (char *)(uintptr_t)arena_sv(&p->arena, sv_make(*z + 1, 1)).p;
        *z += 2;
    }
    ck_assert_int_eq(*(*z)++, '(');
    while (**z != ')')
        kid[n++] = build(p, z);
    ++*z;
    e = expr_join(p, c == '&' ? EXPR_AND : EXPR_OR, kid, n);
    if (label != NULL)
        e->label = sv_of(label);
    return e;
}

static void
show(const struct expr *e, struct buf *out)
{
    static const char sign[] = "FT?!&|";
    buf_putc(out, e->kind == EXPR_PRED ? (char)('0' + e->leaf) : sign[e->kind]);
    if (e->label.n != 0)
        buf_printf(out, ":%.*s", SV_ARG(e->label));
    if (e->kind == EXPR_AND || e->kind == EXPR_OR)
        buf_putc(out, '(');
    for (size_t i = 0; i < e->n_kids; i++)
        show(e->kid[i], out);
    if (e->kind == EXPR_AND || e->kind == EXPR_OR)
        buf_putc(out, ')');
}

static const struct {
    const char *in, *out;
} built[] = {
    { "0", "0" },
    { "!0", "!0" },
    { "!!0", "0" },
    { "!!!0", "!0" },
    { "!T", "F" },
    { "!F", "T" },
    { "&()", "T" },
    { "|()", "F" },
    { "&(0)", "0" },
    { "|(0)", "0" },
    { "&(01)", "&(01)" },
    { "&(0T1)", "&(01)" },
    { "&(0F1)", "F" },
    { "|(0F1)", "|(01)" },
    { "|(0T1)", "T" },
    { "&(0T)", "0" },
    { "&(TT)", "T" },
    { "&(0&(12)3)", "&(0123)" },
    { "&(0|(12)3)", "&(0|(12)3)" },
    { "|(|(01)|(23))", "|(0123)" },
    { "&(0&:a(12))", "&(0&:a(12))" },
    { "|(&(0F)1)", "1" },
    { "!&(01)", "!&(01)" },
    { "&(0!&(1T))", "&(0!1)" },
};

START_TEST(constructors)
{
    struct fields *fields = fields_new();
    struct program *p = program_new(fields);
    const char *in = built[_i].in;
    struct buf out = BUF_INIT;
    show(build(p, &in), &out);
    ck_assert_str_eq(buf_cstr(&out), built[_i].out);
    buf_fini(&out);
    program_free(p);
    fields_free(fields);
}
END_TEST

TCase *
ir_expr_tests(void)
{
    TCase *t = tcase_create("expr");
    tcase_add_loop_test(t, constructors, 0, N_OF(built));
    return t;
}
