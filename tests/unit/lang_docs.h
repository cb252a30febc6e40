/* SPDX-License-Identifier: Apache-2.0 */
/* A loader in a nutshell, for tests of meta.c, corr_*.c and tests_doc.c: documents from a string, detection rules
 * reduced to what they say about themselves, then the real correlation half. Messages come as one text, a line
 * each: "LINE:COLUMN: error: MESSAGE". */
#ifndef AUTHSIFT_TESTS_UNIT_LANG_DOCS_H
#define AUTHSIFT_TESTS_UNIT_LANG_DOCS_H

#include "base/buf.h"
#include "base/codec.h"
#include "lang/lists.h"
#include "lang/unit.h"

struct docs {
    struct diags *d;
    struct fields *fields;
    struct program *program;
    struct lang_options options;
    struct loader l;
    struct rule_tests tests;
    struct buf messages;
};

static inline struct sv
docs_string(const struct ynode *root, const char *key)
{
    const struct ynode *node = yaml_get(root, key);
    return node != NULL ? node->text : SV_NONE;
}

static inline void
docs_enter(struct loader *l, const struct ynode *root)
{
    struct unit u = { .root = root, .at = root->span };
    const struct ynode *title = yaml_get(root, "title");
    const uint32_t index = (uint32_t)l->units.n;

    u.title = docs_string(root, "title");
    u.id = docs_string(root, "id");
    u.name = docs_string(root, "name");
    u.at = title != NULL ? title->span : root->span;
    u.kind = yaml_get(root, "correlation") != NULL ? UNIT_CORRELATION
             : yaml_get(root, "filter") != NULL    ? UNIT_FILTER
                                                   : UNIT_RULE;
    u.bad = yaml_get(root, "x-bad") != NULL; /* "some error was reported" */
    vec_push(&l->units, u);
    if (u.kind == UNIT_FILTER)
        return;
    if (u.id.n != 0)
        map_put(&l->by_id, u.id, index, NULL);
    if (u.name.n != 0)
        map_put(&l->by_name, u.name, index, NULL);
}

static inline void
docs_compile(struct loader *l)
{
    for (size_t i = 0; i < l->units.n; i++) {
        struct unit *u = &l->units.v[i];
        struct rule rule = { .n_uses = 0 };
        if (u->kind != UNIT_RULE || u->bad)
            continue;
        meta_compile(l, u, &rule.meta);
        u->index = (uint32_t)l->program->rules.n;
        if (!u->bad)
            vec_push(&l->program->rules, rule);
    }
    for (size_t i = 0; i < l->units.n; i++)
        if (l->units.v[i].kind == UNIT_CORRELATION && !l->units.v[i].bad)
            corr_compile(l, &l->units.v[i]);
    corrs_resolve(l);
}

/* lists: a folder, or NULL. */
static inline void
docs_load_with(struct docs *x, const char *text, const char *const *lists)
{
    struct ynode **roots;
    size_t n;

    *x = (struct docs){ .d = diags_new(), .fields = fields_new() };
    x->program = program_new(x->fields);
    x->options = (struct lang_options){ .lists = lists, .n_lists = lists != NULL };
    x->l = (struct loader){ .options = &x->options,
                            .program = x->program,
                            .fields = x->fields,
                            .arena = &x->program->arena,
                            .d = x->d,
                            .lists = lists_new(),
                            .digest = digest_new() };
    arena_init(&x->l.scratch);
    arena_init(&x->tests.arena);
    map_init(&x->l.by_id);
    map_init(&x->l.by_name);
    buf_init(&x->messages);
    const struct text_file *file = diags_add_text(x->d, SV("t.yml"), sv_of(text));
    (void)yaml_load(file, &x->l.scratch, &roots, &n, x->d);
    for (size_t i = 0; i < n; i++)
        docs_enter(&x->l, roots[i]);
    docs_compile(&x->l);
}

static inline void
docs_load(struct docs *x, const char *text)
{
    docs_load_with(x, text, NULL);
}

static inline void
docs_free(struct docs *x)
{
    buf_fini(&x->messages);
    vec_fini(&x->tests.v);
    arena_fini(&x->tests.arena);
    vec_fini(&x->l.units);
    vec_fini(&x->l.named);
    vec_fini(&x->l.named_in);
    lists_free(x->l.lists);
    digest_free(x->l.digest);
    map_fini(&x->l.by_id);
    map_fini(&x->l.by_name);
    arena_fini(&x->l.scratch);
    program_free(x->program);
    fields_free(x->fields);
    diags_free(x->d);
}

/* All messages so far, in order of report. */
static inline const char *
docs_messages(struct docs *x)
{
    static const char *const severities[] = { "error", "warning", "note" };

    buf_reset(&x->messages);
    for (size_t i = 0; i < diags_count(x->d); i++) {
        const struct diag *g = diags_get(x->d, i);
        size_t line = 0, column = 0;
        if (g->span.file != NULL)
            text_file_locate(g->span.file, g->span.at, &line, &column);
        buf_printf(&x->messages, "%zu:%zu: %s: %.*s\n", line, column, severities[g->severity], SV_ARG(g->message));
    }
    return buf_cstr(&x->messages);
}

#endif
