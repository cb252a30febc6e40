/* SPDX-License-Identifier: Apache-2.0 */
/* A source definition applied to one record: constants, cutting a string into a list, translating values, the time. */
#include "input/projection.h"

#include <string.h>

#include "base/bits.h"
#include "base/timestamp.h"
#include "input/format.h"

/* Members on their way through a definition. */
struct members {
    struct value *v;
    size_t n;
};

static struct value
text_value(struct sv text)
{
    return (struct value){ .p = text.p, .n = (uint32_t)text.n, .kind = VALUE_STRING };
}

/* A member as the map has it. False if it has no entry and only entries count. What has no text stays as it is. */
static bool
translate(const struct binding *b, struct value *v, struct arena *scratch)
{
    struct sv text;
    if ((b->map == NULL && !b->how->map_only) || !value_text(v, scratch, &text))
        return true;
    const struct map_entry *entry = b->map != NULL ? map_get(b->map, text) : NULL;
    if (entry == NULL)
        return !b->how->map_only;
    *v = text_value(b->how->map_value[entry->value]);
    return true;
}

static void
add_member(const struct binding *b, struct members *out, struct value v, struct arena *scratch)
{
    if (translate(b, &v, scratch))
        out->v[out->n++] = v;
}

static size_t
count_pieces(const struct binding *b, struct value *v, struct arena *scratch)
{
    if (b->how->split == 0 || v->kind != VALUE_STRING)
        return 1;
    value_decode(v, scratch);
    const char *p = v->p;
    size_t n = 1;
    for (uint32_t i = 0; i < v->n; i++)
        n += p[i] == b->how->split;
    return n;
}

static void
add_pieces(const struct binding *b, struct members *out, struct value *v, struct arena *scratch)
{
    if (b->how->split == 0 || v->kind != VALUE_STRING) {
        add_member(b, out, *v, scratch);
        return;
    }
    struct sv rest = { v->p, v->n }, piece;
    while (sv_split(&rest, b->how->split, &piece))
        if (piece.n != 0)
            add_member(b, out, text_value(piece), scratch);
}

static struct value
transformed(const struct binding *b, struct value v, struct arena *scratch)
{
    size_t n, room = 0;
    struct value *in = value_members(&v, &n);
    for (size_t i = 0; i < n; i++)
        room += count_pieces(b, &in[i], scratch);
    struct members out = { arena_alloc(scratch, room * sizeof *out.v), 0 };
    for (size_t i = 0; i < n; i++)
        add_pieces(b, &out, &in[i], scratch);
    if (v.kind == VALUE_LIST || out.n > 1)
        return (struct value){ .p = out.v, .n = (uint32_t)out.n, .kind = VALUE_LIST };
    return out.n == 1 ? out.v[0] : (struct value){ 0 };
}

/* Fields of one word of the event's bits, marked together: a word that is changed in memory field by field makes each
 * wait for the one before. */
struct marks {
    size_t word;
    uint64_t bits;
};

static inline void
mark(struct marks *m, struct event *ev, field_id field)
{
    if (field / 64 != m->word) {
        ev->set[m->word] |= m->bits;
        *m = (struct marks){ field / 64, 0 };
    }
    m->bits |= UINT64_C(1) << field % 64;
}

/* By halves, as the walk has stored them a moment ago: a load of the whole would wait until both have left the
 * processor's store buffer. */
static inline void
move_value(struct value *to, struct value *from)
{
    uint64_t rest; /* n, kind, flags, rank */
    memcpy(&rest, (const char *)from + offsetof(struct value, n), sizeof rest);
    to->p = from->p;
    *from = (struct value){ 0 };
    memcpy((char *)to + offsetof(struct value, n), &rest, sizeof rest);
}

/* Those slots are empty then. */
static void
move_direct(const struct projection *pj, struct value *slots, uint64_t *found, struct event *ev)
{
    struct marks marks = { 0, 0 };
    for (size_t w = 0; w < found_words(pj->trie->n_slots); w++) {
        uint64_t left = 0;
        for (uint64_t bits = found[w]; bits != 0; bits &= bits - 1) {
            const size_t slot = w * 64 + bits_lowest(bits);
            const field_id field = pj->direct[slot];
            if (field == FIELD_NONE) {
                left |= bits & (0 - bits);
                continue;
            }
            move_value(&ev->v[field], &slots[slot]);
            mark(&marks, ev, field);
        }
        found[w] = left;
    }
    ev->set[marks.word] |= marks.bits;
}

static void
apply_bindings(const struct projection *pj, const struct value *slots, struct event *ev)
{
    for (size_t i = 0; i < pj->bindings.n; i++) {
        const struct binding *b = &pj->bindings.v[i];
        struct value *to = &ev->v[b->field];
        if (to->kind != VALUE_UNSET)
            continue;
        event_mark(ev, b->field);
        if (b->how == NULL)
            *to = slots[b->slot];
        else if (b->slot == SLOT_NONE)
            *to = text_value(b->how->constant);
        else if (slots[b->slot].kind != VALUE_UNSET)
            *to = transformed(b, slots[b->slot], ev->scratch);
    }
}

void
mapping_apply(const struct projection *pj, struct value *slots, uint64_t *found, struct event *ev)
{
    /* No field has a direct slot and a binding, but a binding may read a slot that is some field's direct one. */
    apply_bindings(pj, slots, ev);
    move_direct(pj, slots, found, ev);
    values_clear(slots, pj->trie->n_slots, found);
}

/* ---- time, and what must be there ---- */

static bool
is_missing(const struct value *v)
{
    return v->kind <= VALUE_NULL || (v->kind == VALUE_LIST && v->n == 0);
}

static bool
read_time(const struct source_def *def, struct value *v, struct arena *scratch, int64_t *us)
{
    struct sv text;
    if (v->kind == VALUE_LIST && v->n == 1)
        v = v->members;
    if (v->kind == VALUE_NUMBER)
        return time_from_number(sv_make(v->p, v->n), us);
    if (v->kind != VALUE_STRING || !value_text(v, scratch, &text))
        return false;
    return (def->time_lenient ? time_parse_lenient(text, us) : time_parse(text, us)) || time_from_number(text, us);
}

/* An empty text is how CSV says that there is no time. */
static bool
has_no_time(const struct value *v)
{
    return is_missing(v) || (v->kind == VALUE_STRING && v->n == 0);
}

static bool
set_time(const struct projection *pj, struct event *ev, enum reject_id *why)
{
    *why = REJECT_NO_TIME;
    ev->time = TIME_NONE;
    for (size_t i = 0; i < pj->time.n; i++) {
        struct value *v = &ev->v[pj->time.v[i]];
        if (has_no_time(v))
            continue;
        if (read_time(pj->def, v, ev->scratch, &ev->time))
            return true;
        ev->time = TIME_NONE;
        *why = REJECT_BAD_TIME;
    }
    return pj->def->time_optional;
}

bool
mapping_check(const struct projection *pj, struct event *ev, enum reject_id *why)
{
    if (!set_time(pj, ev, why))
        return false;
    *why = REJECT_NO_FIELD;
    for (size_t i = 0; i < pj->required.n; i++)
        if (is_missing(&ev->v[pj->required.v[i]]))
            return false;
    return true;
}
