/* SPDX-License-Identifier: Apache-2.0 */
#include "input/json_shape.h"

#include <string.h>

/* A step is a cache line, so all of them fit the second-level cache beside a block. Logs that repeat have some
 * hundred. */
#define STEPS_MAX 4096u
#define TEXT_MAX (256u << 10)
/* Ways to go on from one place: tried in turn, so a place with more (keys that are data) is no place for a shape. */
#define SIBLINGS_MAX 24u
/* A piece that is longer holds much that nobody wants. */
#define PIECE_MAX 4096u

/* Lines for which they rest. */
#define REST 4096u

void
shapes_init(struct shapes *s)
{
    *s = (struct shapes){ .first = SHAPE_NONE, .credit = SHAPE_CREDIT };
}

void
shapes_fini(struct shapes *s)
{
    vec_fini(&s->steps);
    vec_fini(&s->text);
    shapes_init(s);
}

static void
forget(struct shapes *s)
{
    s->steps.n = s->text.n = 0;
    s->first = SHAPE_NONE;
}

void
shapes_miss(struct shapes *s)
{
    s->credit--;
    if (s->credit > 0)
        return;
    s->credit = SHAPE_CREDIT;
    s->rest = REST;
    if (s->steps.n >= STEPS_MAX / 2)
        forget(s);
}

static bool
is_same(const struct shapes *s, const struct shape_step *step, const char *p, size_t n, const struct shape_value *v)
{
    if (step->n != n || step->value.kind != v->kind)
        return false;
    const size_t head = n < SHAPE_HEAD ? n : SHAPE_HEAD;
    return memcmp(step->head, p, head) == 0 && (n == head || shape_tail_fits(s, step, p, p + n));
}

/* The step behind the parent (SHAPE_NONE: the first) with this piece, new or known; SHAPE_NONE if there is no place for
 * it. */
static uint32_t
step_at(struct shapes *s, uint32_t parent, const char *p, size_t n, const struct shape_value *v)
{
    uint32_t last = SHAPE_NONE;
    unsigned siblings = 0;
    uint32_t at = parent == SHAPE_NONE ? s->first : s->steps.v[parent].child;
    for (; at != SHAPE_NONE; at = s->steps.v[at].next, siblings++) {
        if (is_same(s, &s->steps.v[at], p, n, v))
            return at;
        last = at;
    }
    if (siblings == SIBLINGS_MAX || s->steps.n == STEPS_MAX || s->text.n + n > TEXT_MAX)
        return SHAPE_NONE;
    const size_t head = n < SHAPE_HEAD ? n : SHAPE_HEAD;
    struct shape_step step = { .bits = head < SHAPE_HEAD ? (UINT32_C(1) << head) - 1 : UINT32_MAX,
                               .n = (uint16_t)n,
                               .tail = (uint32_t)s->text.n,
                               .next = SHAPE_NONE,
                               .child = SHAPE_NONE,
                               .value = *v };
    memcpy(step.head, p, head);
    for (size_t i = 0; i < n; i++)
        step.quotes = (uint16_t)(step.quotes + (p[i] == '"'));
    for (size_t i = head; i < n; i++)
        vec_push(&s->text, p[i]);
    at = (uint32_t)s->steps.n;
    vec_push(&s->steps, step);
    if (last != SHAPE_NONE)
        s->steps.v[last].next = at;
    else if (parent != SHAPE_NONE)
        s->steps.v[parent].child = at;
    else
        s->first = at;
    return at;
}

/* Whether the line was walked from its start to its end and no part of it twice, and its pieces are no longer than
 * others may be and without a CR. */
static bool
is_straight(const char *line, const struct shape_note *note, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (note[i].value < line || note[i].value - line > (ptrdiff_t)PIECE_MAX)
            return false;
        if (memchr(line, '\r', (size_t)(note[i].value - line)) != NULL)
            return false;
        line = note[i].end;
    }
    return true;
}

void
shapes_add(struct shapes *s, const char *line, const struct shape_note *note, size_t n)
{
    uint32_t at = SHAPE_NONE;
    if (!is_straight(line, note, n))
        return;
    for (size_t i = 0; i < n; i++) {
        at = step_at(s, at, line, (size_t)(note[i].value - line), &note[i].what);
        if (at == SHAPE_NONE)
            return;
        line = note[i].end;
    }
}
