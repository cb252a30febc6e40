/* SPDX-License-Identifier: Apache-2.0 */
#include "match_world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "match/ops.h"

void
world_init(struct world *w)
{
    memset(w, 0, sizeof *w);
    w->fields = fields_new();
    w->program = program_new(w->fields);
    arena_init(&w->arena);
}

void
world_fini(struct world *w)
{
    if (w->has_event)
        event_fini(&w->ev);
    arena_fini(&w->arena);
    program_free(w->program);
    fields_free(w->fields);
}

field_id
world_field(struct world *w, const char *name)
{
    return fields_add(w->fields, sv_of(name));
}

void
world_event(struct world *w)
{
    arena_reset(&w->arena);
    if (w->has_event)
        event_reset(&w->ev);
    else
        event_init(&w->ev, fields_count(w->fields), &w->arena, NULL);
    w->has_event = true;
}

static struct value
one_value(struct world *w, struct sv spec)
{
    static const struct {
        const char *name;
        uint8_t kind;
    } words[] = {
        { "true", VALUE_TRUE },     { "false", VALUE_FALSE },   { "null", VALUE_NULL },
        { "object", VALUE_OBJECT }, { "absent", VALUE_ABSENT },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (sv_eq(spec, sv_of(words[i].name)))
            return (struct value){ .kind = words[i].kind };
    ck_assert(spec.n >= 2 && spec.p[1] == ':' && strchr("sen", spec.p[0]) != NULL);
    /* A copy of exactly its size, so that a sanitizer sees who reads behind it. */
    const struct sv text = sv_from(spec, 2);
    char *copy = arena_alloc(&w->arena, text.n + 1);
    memcpy(copy, text.p, text.n);
    return (struct value){ .p = copy,
                           .n = (uint32_t)text.n,
                           .kind = spec.p[0] == 'n' ? VALUE_NUMBER : VALUE_STRING,
                           .flags = spec.p[0] == 'e' ? VALUE_ESCAPED : 0 };
}

void
world_set(struct world *w, field_id field, const char *value)
{
    struct sv rest = sv_of(value), piece;
    event_mark(&w->ev, field);
    if (rest.n == 0 || rest.p[0] != '[') {
        w->ev.v[field] = one_value(w, rest);
        return;
    }
    rest = sv_make(rest.p + 1, rest.n - 2);
    struct value *member = ARENA_ARRAY(&w->arena, struct value, rest.n + 1);
    uint32_t n = 0;
    while (rest.n != 0 && sv_split(&rest, '|', &piece))
        member[n++] = one_value(w, piece);
    w->ev.v[field] = (struct value){ .p = member, .n = n, .kind = VALUE_LIST };
}

static struct sv
keep(struct world *w, const char *text)
{
    return arena_sv(&w->program->arena, sv_of(text));
}

static struct sv
lower(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            ((char *)(uintptr_t)s.p)[i] = (char)(s.p[i] | 0x20);
    return s;
}

pred_id
world_text(struct world *w, enum op op, field_id field, const char *text, bool cased)
{
    struct pred p = { .op = op, .field = field, .cased = cased, .text = keep(w, text) };
    if (!cased)
        p.text = lower(p.text);
    return program_pred(w->program, &p);
}

pred_id
world_glob(struct world *w, field_id field, const char *pattern, bool cased)
{
    const struct sv text = cased ? keep(w, pattern) : lower(keep(w, pattern));
    struct pred p = { .op = OP_GLOB, .field = field, .cased = cased };
    p.glob = ARENA_ARRAY(&w->program->arena, struct glob_token, text.n + 1);
    for (size_t i = 0, n; i < text.n; i += n) {
        struct glob_token *t = &p.glob[p.n_glob++];
        n = strcspn(text.p + i, "*?^");
        t->kind = n != 0 ? GLOB_TEXT : text.p[i] == '*' ? GLOB_ANY : text.p[i] == '?' ? GLOB_ONE : GLOB_DASH;
        t->text = sv_make(text.p + i, n);
        n = n != 0 ? n : 1;
    }
    return program_pred(w->program, &p);
}

pred_id
world_regex(struct world *w, field_id field, const char *pattern, unsigned flags)
{
    struct sv error;
    size_t at;
    struct pred p = { .op = OP_REGEX, .field = field };
    p.regex = regex_new(sv_of(pattern), flags, &error, &at);
    ck_assert_ptr_nonnull(p.regex);
    return program_pred(w->program, &p);
}

pred_id
world_cidr(struct world *w, field_id field, const char *address, unsigned bits)
{
    struct pred p = { .op = OP_CIDR, .field = field };
    ck_assert(op_cidr_parse(sv_of(address), p.address));
    p.prefix_bits = (uint8_t)(strchr(address, ':') != NULL ? bits : bits + 96);
    return program_pred(w->program, &p);
}

pred_id
world_number(struct world *w, field_id field, enum compare compare, double number, enum date_part part)
{
    const struct pred p = { .op = OP_NUMBER, .field = field, .compare = compare, .number = number, .part = part };
    return program_pred(w->program, &p);
}

pred_id
world_boolean(struct world *w, field_id field, bool value)
{
    const struct pred p = { .op = OP_BOOLEAN, .field = field, .boolean = value };
    return program_pred(w->program, &p);
}

pred_id
world_plain(struct world *w, enum op op, field_id field)
{
    const struct pred p = { .op = op, .field = field };
    return program_pred(w->program, &p);
}

pred_id
world_fieldref(struct world *w, field_id field, enum op how, field_id other, bool cased)
{
    const struct pred p = { .op = OP_FIELDREF, .field = field, .ref_op = how, .ref = other, .cased = cased };
    return program_pred(w->program, &p);
}

uint32_t
world_rule(struct world *w, const char *title, struct expr *condition)
{
    struct rule r = { .condition = condition };
    r.meta.title = r.meta.id = keep(w, title);
    r.meta.entity_id = r.meta.entity_name = FIELD_NONE;
    vec_push(&w->program->rules, r);
    return (uint32_t)w->program->rules.n - 1;
}
