/* SPDX-License-Identifier: Apache-2.0 */
/* Two walks over a document that is known to be valid: the first notes where each key of each object stands last, the
 * second calls for what is not overridden by a later key of the same name.
 *
 * The path grows by a key at a time; members of a list have the path of the list. */
#include "input/visit.h"

#include "input/json_string.h"

struct walk {
    struct visit *v;
    struct json_scan scan; /* it never finds a fault: the document is valid */
    bool index;            /* the first walk */
    bool silent;           /* inside a value that is overridden */
};

static const char *walk_value(struct walk *w, const char *p, bool in_list);

void
visit_init(struct visit *v)
{
    *v = (struct visit){ 0 };
    buf_init(&v->path);
    json_keys_init(&v->keys);
}

void
visit_fini(struct visit *v)
{
    buf_fini(&v->path);
    json_keys_fini(&v->keys);
}

static void
call(struct walk *w, struct value v, bool in_list)
{
    if (w->index || w->silent)
        return;
    if (v.kind == VALUE_STRING)
        value_decode(&v, w->v->scratch);
    w->v->fn(w->v->ctx, buf_view(&w->v->path), v, in_list);
}

/* p: behind a value or a key. What comes behind the comma or colon, or the closing bracket. */
static const char *
next(const char *p)
{
    p = json_blanks(p);
    return *p == ',' || *p == ':' ? json_blanks(p + 1) : p;
}

static struct sv
plain_key(struct walk *w, struct json_text key)
{
    struct value v = { .p = key.p, .n = key.n, .kind = VALUE_STRING, .flags = key.flags };
    value_decode(&v, w->v->scratch);
    return sv_make(v.p, v.n);
}

static const char *
walk_member(struct walk *w, const char *object, const char *p, bool in_list)
{
    struct json_text text;
    struct buf *path = &w->v->path;
    const size_t length = path->n;
    const bool silent = w->silent;

    p = next(json_string(&w->scan, p + 1, &text));
    const struct sv key = plain_key(w, text);
    if (w->index)
        json_keys_put(&w->v->keys, object, key, text.p);
    else
        w->silent = silent || json_keys_last(&w->v->keys, object, key) != text.p;
    if (length != 0)
        buf_putc(path, '.');
    buf_sv(path, key);
    p = walk_value(w, p, in_list);
    path->n = length;
    w->silent = silent;
    return p;
}

static const char *
walk_object(struct walk *w, const char *p, bool in_list)
{
    const char *const object = p;

    p = json_blanks(p);
    if (*p == '}')
        call(w, (struct value){ .kind = VALUE_OBJECT }, in_list);
    while (*p != '}')
        p = next(walk_member(w, object, p, in_list));
    return p + 1;
}

static const char *
walk_list(struct walk *w, const char *p)
{
    p = json_blanks(p);
    if (*p == ']')
        call(w, (struct value){ .kind = VALUE_LIST }, true);
    while (*p != ']')
        p = next(walk_value(w, p, true));
    return p + 1;
}

static const char *
walk_value(struct walk *w, const char *p, bool in_list)
{
    struct value v;

    if (*p == '{')
        return walk_object(w, p + 1, in_list);
    if (*p == '[')
        return walk_list(w, p + 1);
    if (*p == '"') {
        struct json_text t;
        p = json_string(&w->scan, p + 1, &t);
        v = (struct value){ .p = t.p, .n = t.n, .kind = VALUE_STRING, .flags = t.flags };
    } else {
        p = json_scalar(&w->scan, p, &v);
    }
    call(w, v, in_list);
    return p;
}

void
visit_json(struct visit *v, struct sv record)
{
    struct walk w = { .v = v, .scan = { .end = record.p + record.n }, .index = true };
    const char *start = json_blanks(record.p);

    json_keys_reset(&v->keys);
    buf_reset(&v->path);
    walk_value(&w, start, false);
    w.index = false;
    walk_value(&w, start, false);
}
