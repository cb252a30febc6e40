/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a document, with located errors for wrong answers. */
#include "lang/doc.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "lang/show.h"

/* Suggestions cost a walk over all rules; beyond so many errors nobody reads them. */
#define SUGGESTED_ERRORS 200

bool
doc_text(struct loader *l, const struct ynode *node, const char *what, struct sv *text)
{
    if (node->kind != YAML_SCALAR || yaml_is_null(node)) {
        diag_error(l->d, node->span, "'%s' has to be a string, not %s", what, yaml_kind_name(node));
        return false;
    }
    if (node->text.n == 0) {
        diag_error(l->d, node->span, "'%s' must not be empty", what);
        return false;
    }
    *text = node->text;
    return true;
}

bool
doc_scalars(struct loader *l, const struct ynode *node, const char *what, const struct ynode ***items, size_t *n)
{
    *n = 0;
    if (node->kind == YAML_MAP || yaml_is_null(node)) {
        diag_error(l->d, node->span, "'%s' has to be a string or a list of strings, not %s", what,
                   yaml_kind_name(node));
        return false;
    }
    if (node->kind == YAML_LIST && node->n == 0) {
        diag_error(l->d, node->span, "'%s' is an empty list", what);
        return false;
    }
    const size_t n_all = node->kind == YAML_LIST ? node->n : 1;
    const struct ynode **all = ARENA_ARRAY(&l->scratch, const struct ynode *, n_all);
    for (size_t i = 0; i < n_all; i++) {
        const struct ynode *item = node->kind == YAML_LIST ? node->item[i] : node;
        struct sv text;
        if (doc_text(l, item, what, &text))
            all[(*n)++] = item;
    }
    *items = all;
    return *n == n_all;
}

bool
doc_duration(struct loader *l, const struct ynode *node, const char *what, int64_t *us)
{
    struct sv text;
    if (!doc_text(l, node, what, &text))
        return false;
    if (duration_parse(text, us))
        return true;
    diag_error(l->d, node->span, "'%s' has to be one whole number and one unit of s m h d w M y, like 90m", what);
    return false;
}

bool
doc_number(struct loader *l, const struct ynode *node, const char *what, double *value)
{
    if (yaml_number(node, value))
        return true;
    if (node->kind == YAML_SCALAR && !node->plain)
        diag_error(l->d, node->span, "'%s' has to be a number: write it without quotes", what);
    else
        diag_error(l->d, node->span, "'%s' has to be a number, not %s", what, yaml_kind_name(node));
    return false;
}

bool
doc_bool(struct loader *l, const struct ynode *node, const char *what, bool *value)
{
    if (yaml_bool(node, value))
        return true;
    diag_error(l->d, node->span, "'%s' has to be true or false", what);
    return false;
}

bool
doc_is_map(struct loader *l, const struct ynode *node, const char *what)
{
    if (node->kind == YAML_MAP)
        return true;
    diag_error(l->d, node->span, "'%s' has to be a mapping, not %s", what, yaml_kind_name(node));
    return false;
}

void
doc_error_near(struct loader *l, struct span at, struct sv near, const char *format, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;

    va_start(ap, format);
    buf_vprintf(&b, format, ap);
    va_end(ap);
    if (near.n != 0)
        diag_error(l->d, at, "%.*s (did you mean '%.*s'?)", SV_ARG(buf_view(&b)), SHOW(near));
    else
        diag_error(l->d, at, "%.*s", SV_ARG(buf_view(&b)));
    buf_fini(&b);
}

static struct sv
name_of(const void *ctx, size_t i)
{
    return ((const struct sv *)ctx)[i];
}

struct sv
doc_nearest(struct sv word, const struct sv *names, size_t n)
{
    return diag_nearest(word, n, name_of, names);
}

bool
doc_may_suggest(const struct loader *l)
{
    return diags_errors(l->d) < SUGGESTED_ERRORS;
}

struct sv
doc_nearest_rule(struct loader *l, struct sv reference)
{
    return doc_may_suggest(l) ? loader_nearest(l, reference) : SV_NONE;
}

struct sv
doc_keep(struct loader *l, struct sv text)
{
    return arena_sv(l->arena, text);
}

struct sv
doc_label(const struct unit *u)
{
    return u->name.n != 0 ? u->name : u->id.n != 0 ? u->id : u->title;
}
