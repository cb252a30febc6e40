/* SPDX-License-Identifier: Apache-2.0 */
/* Field names <-> dense ids: an interning map whose first text is the empty name of FIELD_ANY. */
#include "event/fields.h"

#include <assert.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"

struct fields {
    struct map names;
    VEC(bool) derived; /* by field; those behind its end are not */
    bool wants_any;
};

struct fields *
fields_new(void)
{
    struct fields *f = mem_zalloc(1, sizeof *f);
    map_init(&f->names);
    const field_id any = fields_add(f, SV(""));
    assert(any == FIELD_ANY);
    (void)any;
    return f;
}

void
fields_free(struct fields *f)
{
    if (f == NULL)
        return;
    map_fini(&f->names);
    vec_fini(&f->derived);
    mem_free(f);
}

field_id
fields_add(struct fields *f, struct sv name)
{
    return intern(&f->names, name);
}

field_id
fields_find(const struct fields *f, struct sv name)
{
    const struct map_entry *e = map_get(&f->names, name);
    return e != NULL ? e->value : FIELD_NONE;
}

struct sv
fields_name(const struct fields *f, field_id id)
{
    assert(id < f->names.n);
    return intern_text(&f->names, id);
}

size_t
fields_count(const struct fields *f)
{
    return f->names.n;
}

void
fields_mark_derived(struct fields *f, field_id id)
{
    while (f->derived.n <= id)
        vec_push(&f->derived, false);
    f->derived.v[id] = true;
}

bool
fields_is_derived(const struct fields *f, field_id id)
{
    return id < f->derived.n && f->derived.v[id];
}

void
fields_want_any(struct fields *f)
{
    f->wants_any = true;
}

bool
fields_wants_any(const struct fields *f)
{
    return f->wants_any;
}
