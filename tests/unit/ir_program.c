/* SPDX-License-Identifier: Apache-2.0 */
/* Equal predicates become one, different ones do not; freezing fills levels and uses. */
#include "ir/program.h"

#include "ir_tests.h"

static struct fields *fields;
static struct program *p;

static void
setup(void)
{
    fields = fields_new();
    p = program_new(fields);
}

static void
teardown(void)
{
    program_free(p);
    fields_free(fields);
}

static struct regex *
regex(const char *pattern, unsigned flags)
{
    struct sv error;
    size_t at;
    struct regex *r = regex_new(sv_of(pattern), flags, &error, &at);
    ck_assert_ptr_nonnull(r);
    return r;
}

static struct glob_token star[] = { { GLOB_ANY, { NULL, 0 } } };
static struct glob_token a_star[] = { { GLOB_TEXT, { "a", 1 } }, { GLOB_ANY, { NULL, 0 } } };
static struct glob_token b_star[] = { { GLOB_TEXT, { "b", 1 } }, { GLOB_ANY, { NULL, 0 } } };
static struct glob_token a_one[] = { { GLOB_TEXT, { "a", 1 } }, { GLOB_ONE, { NULL, 0 } } };

/* All different; the second of a pair of neighbours differs in one thing that its op looks at. */
static const struct pred different[] = {
    { .op = OP_EQ, .field = 1, .text = { "ab", 2 } },
    { .op = OP_EQ, .field = 2, .text = { "ab", 2 } },
    { .op = OP_EQ, .field = 1, .text = { "a", 1 } },
    { .op = OP_EQ, .field = 1, .text = { "ab", 2 }, .cased = true },
    { .op = OP_CONTAINS, .field = 1, .text = { "ab", 2 } },
    { .op = OP_STARTS, .field = 1, .text = { "ab", 2 } },
    { .op = OP_ENDS, .field = 1, .text = { "ab", 2 } },
    { .op = OP_GLOB, .field = 1, .glob = star, .n_glob = 1 },
    { .op = OP_GLOB, .field = 1, .glob = a_star, .n_glob = 2 },
    { .op = OP_GLOB, .field = 1, .glob = a_star, .n_glob = 2, .cased = true },
    { .op = OP_GLOB, .field = 1, .glob = b_star, .n_glob = 2 },
    { .op = OP_GLOB, .field = 1, .glob = a_one, .n_glob = 2 },
    { .op = OP_CIDR, .field = 1, .address = { 10 }, .prefix_bits = 104 },
    { .op = OP_CIDR, .field = 1, .address = { 10 }, .prefix_bits = 105 },
    { .op = OP_CIDR, .field = 1, .address = { 11 }, .prefix_bits = 105 },
    { .op = OP_NUMBER, .field = 1, .number = 5, .compare = CMP_EQ },
    { .op = OP_NUMBER, .field = 1, .number = 6, .compare = CMP_EQ },
    { .op = OP_NUMBER, .field = 1, .number = 6, .compare = CMP_GT },
    { .op = OP_NUMBER, .field = 1, .number = 6, .compare = CMP_GT, .part = PART_HOUR },
    { .op = OP_BOOLEAN, .field = 1, .boolean = true },
    { .op = OP_BOOLEAN, .field = 1, .boolean = false },
    { .op = OP_NULL, .field = 1 },
    { .op = OP_EXISTS, .field = 1 },
    { .op = OP_FIELDREF, .field = 1, .ref = 2, .ref_op = OP_EQ },
    { .op = OP_FIELDREF, .field = 1, .ref = 3, .ref_op = OP_EQ },
    { .op = OP_FIELDREF, .field = 1, .ref = 3, .ref_op = OP_STARTS },
    { .op = OP_FIELDREF, .field = 1, .ref = 3, .ref_op = OP_STARTS, .cased = true },
};

START_TEST(different_preds)
{
    for (int i = 0; i < N_OF(different); i++)
        ck_assert_uint_eq(program_pred(p, &different[i]), (pred_id)i);
    for (int i = 0; i < N_OF(different); i++) {
        struct pred again = different[i];
        again.written = SV("written differently");
        ck_assert_uint_eq(program_pred(p, &again), (pred_id)i);
    }
    ck_assert_uint_eq(p->preds.n, (size_t)N_OF(different));
}
END_TEST

/* What an op does not look at makes no difference; nor does the sign of zero. */
START_TEST(equal_preds)
{
    struct pred a = { .op = OP_EQ, .field = 1, .text = SV("x") };
    struct pred b = a;
    b.number = 7;
    b.prefix_bits = 3;
    b.ref = 9;
    ck_assert_uint_eq(program_pred(p, &a), program_pred(p, &b));
    struct pred zero = { .op = OP_NUMBER, .field = 1, .number = 0.0 };
    struct pred minus = { .op = OP_NUMBER, .field = 1, .number = -0.0, .cased = true };
    ck_assert_uint_eq(program_pred(p, &zero), program_pred(p, &minus));
}
END_TEST

/* All are the program's from then on: the sanitizer sees a leak, or a second free of the shared one. */
START_TEST(regex_preds)
{
    struct pred a = { .op = OP_REGEX, .field = 1, .regex = regex("a+", 0) };
    struct pred same = { .op = OP_REGEX, .field = 1, .regex = regex("a+", 0) };
    struct pred folded = { .op = OP_REGEX, .field = 1, .regex = regex("a+", REGEX_FOLD) };
    struct pred other = { .op = OP_REGEX, .field = 1, .regex = regex("a*", 0) };
    struct pred shared = a;
    shared.field = 2;
    ck_assert_uint_eq(program_pred(p, &a), 0);
    ck_assert_uint_eq(program_pred(p, &same), 0);
    ck_assert_ptr_eq(p->preds.v[0].regex, a.regex);
    ck_assert_uint_eq(program_pred(p, &folded), 1);
    ck_assert_uint_eq(program_pred(p, &other), 2);
    ck_assert_uint_eq(program_pred(p, &shared), 3);
}
END_TEST

START_TEST(uid_is_registered)
{
    ck_assert_uint_eq(p->uid, fields_find(fields, SV("uid")));
    ck_assert_uint_ne(p->uid, FIELD_NONE);
}
END_TEST

static void
add_corr(const char *name, struct corr_input *inputs, size_t n)
{
    struct correlation c = { .inputs = inputs, .n_inputs = n };
    c.meta.id = sv_of(name);
    vec_push(&p->corrs, c);
}

/* Outer before inner: freezing sorts by level, stably, and moves the references. */
START_TEST(freeze)
{
    struct rule rule = { .condition = expr_const(p, true) };
    vec_push(&p->rules, rule);
    vec_push(&p->rules, rule);
    struct corr_input top[] = { { true, 1, SV("mid") }, { false, 1, SV("rule 1") } };
    struct corr_input mid[] = { { true, 2, SV("low") } };
    struct corr_input low[] = { { false, 0, SV("rule 0") }, { false, 1, SV("rule 1") } };
    struct corr_input flat[] = { { false, 1, SV("rule 1") } };
    add_corr("top", top, 2);
    add_corr("mid", mid, 1);
    add_corr("low", low, 2);
    add_corr("flat", flat, 1);
    program_freeze(p);

    static const char *const order[] = { "low", "flat", "mid", "top" };
    static const unsigned level[] = { 0, 0, 1, 2 };
    for (size_t i = 0; i < 4; i++) {
        ck_assert(sv_eq(p->corrs.v[i].meta.id, sv_of(order[i])));
        ck_assert_uint_eq(p->corrs.v[i].level, level[i]);
    }
    ck_assert_uint_eq(p->corrs.v[3].inputs[0].index, 2);
    ck_assert_uint_eq(p->corrs.v[2].inputs[0].index, 0);
    static const struct use want[] = { { 0, 1 }, { 1, 0 }, { 3, 1 } };
    ck_assert_uint_eq(p->rules.v[1].n_uses, 3);
    ck_assert_mem_eq(p->rules.v[1].uses, want, sizeof want);
    ck_assert_uint_eq(p->rules.v[0].n_uses, 1);
    ck_assert_uint_eq(p->corrs.v[0].n_uses, 1);
    ck_assert_uint_eq(p->corrs.v[0].uses[0].corr, 2);
    ck_assert_uint_eq(p->corrs.v[3].n_uses, 0);
    ck_assert(p->frozen);
}
END_TEST

START_TEST(names)
{
    ck_assert_str_eq(op_name(OP_EQ), "equals");
    ck_assert_str_eq(op_name(OP_FIELDREF), "fieldref");
    for (int i = 0; i < OP_COUNT_; i++)
        ck_assert_ptr_nonnull(op_name((enum op)i));
    ck_assert_str_eq(compare_name(CMP_GTE), "gte");
    ck_assert_str_eq(compare_name(CMP_NEQ), "neq");
    ck_assert_str_eq(date_part_name(PART_NONE), "");
    ck_assert_str_eq(date_part_name(PART_WEEK), "week");
    ck_assert_str_eq(level_names[LEVEL_CRITICAL], "critical");
}
END_TEST

TCase *
ir_program_tests(void)
{
    TCase *t = tcase_create("program");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, different_preds);
    tcase_add_test(t, equal_preds);
    tcase_add_test(t, regex_preds);
    tcase_add_test(t, uid_is_registered);
    tcase_add_test(t, freeze);
    tcase_add_test(t, names);
    return t;
}
