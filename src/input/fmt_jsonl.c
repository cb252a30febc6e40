/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Lines: one JSON object per line. A line with nothing but white space is blank. */
#include "input/format.h"

#include "input/json.h"

extern const struct format format_jsonl;

#define KEYS_SHOWN 8

static void *
jsonl_open(const struct input_limits *limits)
{
    return json_new(limits);
}

static void
jsonl_close(void *state)
{
    json_free(state);
}

static enum record_kind
jsonl_extract(void *state, const struct extraction *x, enum reject_id *why)
{
    return json_walk(state, x, why);
}

static void
jsonl_visit(void *state, struct visit *v, const struct extraction *x)
{
    (void)state;
    visit_json(v, x->record);
}

static bool
jsonl_probe(void *state, struct sv record)
{
    (void)state;
    const struct sv text = sv_trim(record);
    return text.n != 0 && text.p[0] == '{';
}

static bool
jsonl_names(void *state, const struct extraction *x)
{
    enum reject_id why;
    return json_walk(state, x, &why) == RECORD_EVENT;
}

static void
jsonl_describe(void *state, struct sv record, struct buf *out)
{
    buf_puts(out, "keys: ");
    json_top_keys(state, record, KEYS_SHOWN, out);
}

const struct format format_jsonl = {
    .name = "jsonl",
    .help = "JSON Lines: one JSON object per line",
    .escape = '\\',
    .cut = cut_line,
    .whole = cut_whole_lines,
    .open = jsonl_open,
    .close = jsonl_close,
    .extract = jsonl_extract,
    .visit = jsonl_visit,
    .probe = jsonl_probe,
    .names = jsonl_names,
    .describe = jsonl_describe,
};
