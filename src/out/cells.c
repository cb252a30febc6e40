/* SPDX-License-Identifier: Apache-2.0 */
#include "out/cells.h"

#include "base/codec.h"

struct sv
level_name(int level)
{
    static const char *const names[] = { "informational", "low", "medium", "high", "critical" };
    const int last = (int)(sizeof names / sizeof names[0]) - 1;
    return sv_of(names[level < 0 ? 0 : level > last ? last : level]);
}

void
cell_level(struct table *t, int level)
{
    table_text(t, level_name(level));
}

void
cell_id(struct table *t, uint64_t id)
{
    char hex[17];
    hex64(id, hex);
    table_text(t, sv_make(hex, 16));
}

static void
put_escaped(struct buf *b, struct sv s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ';' || s.p[i] == '=' || s.p[i] == '\\')
            buf_putc(b, '\\');
        buf_putc(b, s.p[i]);
    }
}

/* Writes the collected text as one cell and frees it. */
static void
cell_buf(struct table *t, struct buf *b)
{
    table_text(t, buf_view(b));
    buf_fini(b);
}

void
cell_pairs(struct table *t, const struct named_text *pair, size_t n)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        buf_puts(&b, i != 0 ? "; " : "");
        put_escaped(&b, pair[i].name);
        buf_putc(&b, '=');
        put_escaped(&b, pair[i].text);
    }
    cell_buf(t, &b);
}

void
cell_actions(struct table *t, const enum action_id *action, size_t n)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n; i++) {
        buf_puts(&b, i != 0 ? " " : "");
        buf_puts(&b, action_infos[action[i]].name);
    }
    cell_buf(t, &b);
}

void
cell_joined(struct table *t, const struct map *texts, const char *separator)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < texts->n; i++) {
        buf_puts(&b, i != 0 ? separator : "");
        buf_sv(&b, texts->entry[i].key);
    }
    cell_buf(t, &b);
}

void
cell_action_set(struct table *t, unsigned set)
{
    enum action_id action[ACTION_COUNT_];
    size_t n = 0;
    for (int i = 0; i < ACTION_COUNT_; i++)
        if ((set >> i & 1) != 0)
            action[n++] = (enum action_id)i;
    cell_actions(t, action, n);
}

double
risk_join(double a, double b)
{
    return 100 * (1 - (1 - a / 100) * (1 - b / 100));
}

double
risk_shown(double risk)
{
    return (double)(long long)(risk * 100 + 0.5) / 100;
}

bool
pair_find(const struct named_text *pair, size_t n, struct sv name, struct sv *text)
{
    for (size_t i = 0; i < n; i++) {
        if (!sv_eq(pair[i].name, name))
            continue;
        *text = pair[i].text;
        return true;
    }
    return false;
}
