/* SPDX-License-Identifier: Apache-2.0 */
/* A scratch is made for a program and serves all its matchers (one per source definition) in turn: marks of one
 * cannot be taken for another's, because every event has a new stamp. */
#include "match/scratch.h"

#include <string.h>

#include "base/mem.h"

struct match_scratch *
match_scratch_new(const struct program *program)
{
    struct match_scratch *s = mem_zalloc(1, sizeof *s);
    s->n_preds = program->preds.n;
    s->memo = mem_zalloc(s->n_preds, sizeof *s->memo);
    s->matched = mem_zalloc(program->rules.n, sizeof *s->matched);
    s->limited = mem_zalloc(program->rules.n, sizeof *s->limited);
    s->regex = regex_scratch_new();
    return s;
}

void
match_scratch_free(struct match_scratch *s)
{
    if (s == NULL)
        return;
    regex_scratch_free(s->regex);
    mem_free(s->memo);
    mem_free(s->pass_stamp);
    mem_free(s->pass_found);
    mem_free(s->found);
    mem_free(s->node_stamp);
    mem_free(s->candidate);
    mem_free(s->candidate_word);
    mem_free(s->matched);
    mem_free(s->limited);
    mem_free(s);
}

size_t
match_limited(const struct match_scratch *s, const uint32_t **rules)
{
    *rules = s->limited;
    return s->n_limited;
}

/* Zeroed elements behind the `have` that are there. */
static void *
grown(void *p, size_t size, size_t have, size_t want)
{
    char *bytes = mem_resize(p, want, size);
    memset(bytes + have * size, 0, (want - have) * size);
    return bytes;
}

static size_t
words(size_t bits)
{
    return (bits + 63) / 64;
}

void
scratch_fit(struct match_scratch *s, const struct scratch_size *want)
{
    struct scratch_size *have = &s->size;
    if (want->n_passes > have->n_passes) {
        s->pass_stamp = grown(s->pass_stamp, sizeof *s->pass_stamp, have->n_passes, want->n_passes);
        s->pass_found = grown(s->pass_found, sizeof *s->pass_found, have->n_passes, want->n_passes);
        have->n_passes = want->n_passes;
    }
    if (want->n_found > have->n_found) {
        s->found = grown(s->found, sizeof *s->found, have->n_found, want->n_found);
        have->n_found = want->n_found;
    }
    if (want->n_nodes > have->n_nodes) {
        s->node_stamp = grown(s->node_stamp, sizeof *s->node_stamp, have->n_nodes, want->n_nodes);
        have->n_nodes = want->n_nodes;
    }
    if (want->n_rules > have->n_rules) {
        const size_t had = words(have->n_rules), need = words(want->n_rules);
        s->candidate = grown(s->candidate, sizeof *s->candidate, had, need);
        s->candidate_word = grown(s->candidate_word, sizeof *s->candidate_word, words(had), words(need));
        have->n_rules = want->n_rules;
    }
}

static void
clear(uint32_t *marks, size_t n)
{
    if (n != 0)
        memset(marks, 0, n * sizeof *marks);
}

void
scratch_next(struct match_scratch *s)
{
    s->n_limited = 0;
    s->stamp += MEMO_STATES;
    if (s->stamp != 0)
        return;
    /* Once in a billion events the stamps begin again, and old marks must not look new. */
    clear(s->memo, s->n_preds);
    clear(s->pass_stamp, s->size.n_passes);
    clear(s->node_stamp, s->size.n_nodes);
    s->stamp = MEMO_STATES;
}
