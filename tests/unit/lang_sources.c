/* SPDX-License-Identifier: Apache-2.0 */
/* Source definitions: the built-in ones, every key, and what is said about wrong ones. */
#include <string.h>

#include "lang_rules.h"
#include "lang_suites.h"

struct sources {
    struct diags *d;
    struct source_defs defs;
    enum err err;
};

static void
load(struct sources *s, const char *text)
{
    static const char *const folders[] = { "sources" };
    s->d = diags_new();
    if (text != NULL)
        rules_write("sources/x.yml", text);
    s->err = lang_load_sources(folders, text != NULL, &s->defs, s->d);
}

static void
unload(struct sources *s)
{
    arena_fini(&s->defs.arena);
    diags_free(s->d);
}

static const struct source_def *
find(const struct sources *s, const char *name)
{
    for (size_t i = 0; i < s->defs.n; i++)
        if (sv_eq(s->defs.v[i].name, sv_of(name)))
            return &s->defs.v[i];
    return NULL;
}

static void
ck_texts(const struct sv *got, size_t n, const char *want)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s%.*s", i > 0 ? " " : "", SV_ARG(got[i]));
    ck_assert_str_eq(buf_cstr(&b), want);
    buf_fini(&b);
}

START_TEST(builtin)
{
    struct sources s;
    load(&s, NULL);
    ck_assert_int_eq(s.err, ERR_OK);
    ck_assert_uint_eq(s.defs.n, 2);
    const struct source_def *c = find(&s, "canonical");
    ck_texts(c->recognise, c->n_recognise, "time action");
    ck_texts(c->required, c->n_required, "time action");
    ck_texts(c->time, c->n_time, "time");
    ck_assert(c->empty_is_absent && !c->time_optional && !c->time_lenient && !c->fold_case);
    ck_assert_uint_eq(c->logsource.category.n + c->logsource.product.n + c->logsource.service.n, 0);
    ck_assert_uint_eq(c->n_fields, 2);
    ck_assert_str_eq(c->fields[0].name.p, "oauth.scopes");
    ck_assert_str_eq(c->fields[0].from.p, "oauth.scopes");
    ck_assert_int_eq(c->fields[0].split, ' ');
    ck_assert_str_eq(c->fields[1].name.p, "post.urls");
    ck_assert_int_eq(c->fields[1].split, ' ');
    const struct source_def *r = find(&s, "raw");
    ck_texts(r->time, r->n_time, "time @timestamp timestamp eventTime published CreationTime");
    ck_assert(r->time_optional && r->time_lenient && !r->empty_is_absent);
    ck_assert_uint_eq(r->n_recognise + r->n_required + r->n_fields, 0);
    unload(&s);
}
END_TEST

START_TEST(every_key)
{
    struct sources s;
    load(&s, "name: shop\n"
             "description: the web shop\n"
             "format: csv\n"
             "logsource: {product: Shop, service: audit}\n"
             "recognise: {keys: [ts, event]}\n"
             "required: [action]\n"
             "time: [ts, ts2]\n"
             "time-zone: UTC\n"
             "time-optional: true\n"
             "field-case: fold\n"
             "empty: absent\n"
             "fields:\n"
             "  actor.user.uid: user_id\n"
             "  outcome: {from: ok, map: {\"1\": success, \"0\": failure}, default: absent}\n"
             "  oauth.scopes: {split: ','}\n"
             "  oauth.protocol: {const: oauth2}\n");
    ck_assert_int_eq(s.err, ERR_OK);
    ck_assert_uint_eq(s.defs.n, 3);
    const struct source_def *d = find(&s, "shop");
    ck_assert_str_eq(d->description.p, "the web shop");
    ck_assert_str_eq(d->format.p, "csv");
    ck_assert_str_eq(d->logsource.product.p, "shop");
    ck_texts(d->recognise, d->n_recognise, "ts event");
    ck_texts(d->required, d->n_required, "action");
    ck_texts(d->time, d->n_time, "ts ts2");
    ck_assert(d->time_lenient && d->time_optional && d->fold_case && d->empty_is_absent);
    ck_assert_uint_eq(d->n_fields, 4);
    ck_assert_str_eq(d->fields[0].from.p, "user_id");
    ck_texts(d->fields[1].map_key, d->fields[1].n_map, "1 0");
    ck_texts(d->fields[1].map_value, d->fields[1].n_map, "success failure");
    ck_assert(d->fields[1].map_only && !d->fields[0].map_only);
    ck_assert_str_eq(d->fields[2].from.p, "oauth.scopes");
    ck_assert_int_eq(d->fields[2].split, ',');
    ck_assert(d->fields[3].has_constant && d->fields[3].from.n == 0);
    ck_assert_str_eq(d->fields[3].constant.p, "oauth2");
    unload(&s);
}
END_TEST

START_TEST(replaces_builtin)
{
    struct sources s;
    load(&s, "name: raw\ntime: when\n");
    ck_assert_int_eq(s.err, ERR_OK);
    ck_assert_uint_eq(s.defs.n, 2);
    ck_texts(find(&s, "raw")->time, find(&s, "raw")->n_time, "when");
    ck_assert(!find(&s, "raw")->time_optional);
    unload(&s);
}
END_TEST

static const struct {
    const char *text;
    const char *want; /* LINE:COLUMN MESSAGE of the first */
} mistakes[] = {
    { "description: x\n", "1:1 a source definition without a 'name'" },
    { "- x\n", "1:1 a source definition has to be a mapping, not a list" },
    { "name: a b\n", "1:7 a name is made of letters, digits, '-', '_' and '.'" },
    { "name: x\ndescripton: y\n", "2:1 unknown key 'descripton' in a source definition (did you mean 'description'?)" },
    { "name: x\nfoo: y\n", "2:1 unknown key 'foo' in a source definition" },
    { "name: x\nrecognise: [a]\n", "2:12 'recognise' has to be a mapping with 'keys', like {keys: [time, action]}" },
    { "name: x\nrecognise: {keys: a, key: b}\n", "2:22 unknown key 'key' in 'recognise' (did you mean 'keys'?)" },
    { "name: x\nrequired: [[a]]\n", "2:12 'required' has to be a string, not a list" },
    { "name: x\ntime: []\n", "2:7 'time' is an empty list; for a log without times write 'time-optional: true'" },
    { "name: x\ntime-zone: Europe/Berlin\n", "2:12 'time-zone' can only be UTC" },
    { "name: x\ntime-optional: 'true'\n", "2:16 'time-optional' has to be true or false" },
    { "name: x\nfield-case: lower\n", "2:13 'field-case' has to be 'exact' or 'fold'" },
    { "name: x\nempty: null\n", "2:8 'empty' has to be 'present' or 'absent'" },
    { "name: x\nlogsource: y\n", "2:12 'logsource' has to be a mapping, not a string" },
    { "name: x\nfields: [a]\n", "2:9 'fields' has to be a mapping, not a list" },
    { "name: x\nfields: {a: [b]}\n", "2:13 'fields' has to be a string, not a list" },
    { "name: x\nfields: {a: {form: b}}\n", "2:14 unknown key 'form' in a field (did you mean 'from'?)" },
    { "name: x\nfields: {a: {split: ', '}}\n", "2:21 'split' has to be one character, like ' ' or ','" },
    { "name: x\nfields: {a: {map: [b]}}\n", "2:19 'map' has to be a mapping, not a list" },
    { "name: x\nfields: {a: {map: {b: [c]}}}\n", "2:23 a value of 'map' has to be a text, not a list" },
    { "name: x\nfields: {a: {default: keep}}\n", "2:14 'default' without 'map'" },
    { "name: x\nfields: {a: {const: b, from: c}}\n", "2:24 'from' beside 'const'" },
    { "name: x\nfields: {a: {map: {}, default: drop}}\n", "2:32 'default' has to be 'keep' or 'absent'" },
    { "name: x\n---\nname: x\n", "3:7 duplicate source 'x' (the first is in sources/x.yml:1)" },
    { "name: x\nname: y\n", "2:1 duplicate key 'name' (the first is in line 1)" },
};

START_TEST(mistake)
{
    struct sources s;
    char got[512];
    size_t line, column;

    load(&s, mistakes[_i].text);
    ck_assert_int_eq(s.err, ERR_CONFIG);
    const struct diag *g = diags_get(s.d, 0);
    text_file_locate(g->span.file, g->span.at, &line, &column);
    snprintf(got, sizeof got, "%zu:%zu %.*s", line, column, SV_ARG(g->message));
    ck_assert_str_eq(got, mistakes[_i].want);
    unload(&s);
}
END_TEST

Suite *
lang_sources_suite(void)
{
    Suite *s = suite_create("lang sources");
    TCase *t = tcase_create("sources");
    tcase_add_test(t, builtin);
    tcase_add_test(t, every_key);
    tcase_add_test(t, replaces_builtin);
    tcase_add_loop_test(t, mistake, 0, N_OF(mistakes));
    suite_add_tcase(s, t);
    return s;
}
