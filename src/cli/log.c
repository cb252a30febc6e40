/* SPDX-License-Identifier: Apache-2.0 */
/* Messages are collected while a run works and printed once, when it ends; so `ts` is the time of the line, not that of
 * the event that it speaks of. */
#include "cli/log.h"

#include "base/buf.h"
#include "base/timestamp.h"
#include "out/jsontext.h"

static void
put_text(struct buf *b, const char *name, struct sv text)
{
    buf_printf(b, ",\"%s\":", name);
    jsontext_put(b, text);
}

static void
put_place(struct buf *b, const struct span *span)
{
    size_t line;
    size_t column;
    if (span->file == NULL)
        return;
    text_file_locate(span->file, span->at, &line, &column);
    put_text(b, "file", text_file_name(span->file));
    buf_printf(b, ",\"line\":%zu,\"column\":%zu", line, column);
}

static void
put_message(struct buf *b, const struct diag *g)
{
    static const char *const levels[] = { "error", "warning", "note" };
    char now[TIME_TEXT_MAX];
    time_format(time_now(), now);
    buf_printf(b, "{\"ts\":\"%s\",\"level\":\"%s\"", now, levels[g->severity]);
    put_text(b, "msg", g->message);
    put_place(b, &g->span);
    if (g->context.n != 0)
        put_text(b, "context", g->context);
    buf_puts(b, "}\n");
}

void
log_print(const struct diags *d, enum log_format format, FILE *to)
{
    struct buf b = BUF_INIT;
    if (format == LOG_TEXT) {
        diags_print(d, to);
        return;
    }
    for (size_t i = 0; i < diags_count(d); i++) {
        buf_reset(&b);
        put_message(&b, diags_get(d, i));
        fwrite(b.p, 1, b.n, to);
    }
    buf_fini(&b);
}
