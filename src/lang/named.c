/* SPDX-License-Identifier: Apache-2.0 */
/* A field counts once for a document, at the first place, so what is kept is bounded by the number of fields, not by
 * the number of lines that a hostile file may have. */
#include "lang/named.h"

/* More fields of one document than this only a hostile one names. */
#define NAMED_MAX 10000

void
named_begin(struct loader *l)
{
    l->named.n = 0;
    l->named_serial++;
}

void
named_add(struct loader *l, struct sv field, struct span at)
{
    const field_id id = fields_add(l->fields, field);
    while (l->named_in.n <= id)
        vec_push(&l->named_in, 0);
    if (l->named_in.v[id] == l->named_serial || l->named.n == NAMED_MAX)
        return;
    l->named_in.v[id] = l->named_serial;
    vec_push(&l->named, (struct named_field){ id, at });
}

void
named_end(struct loader *l, const struct unit *u, const struct logsource *logsource, bool chained)
{
    struct named_fields f = {
        .kind = u->kind == UNIT_RULE ? "rule" : u->kind == UNIT_FILTER ? "filter" : "correlation",
        .title = arena_sv(l->arena, u->title),
        .logsource = *logsource,
        .chained = chained,
        .n = l->named.n,
    };
    if (f.n == 0)
        return;
    f.v = ARENA_ARRAY(l->arena, struct named_field, f.n);
    memcpy(f.v, l->named.v, f.n * sizeof *f.v);
    vec_push(&l->program->named, f);
}
