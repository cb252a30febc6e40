/* SPDX-License-Identifier: Apache-2.0 */
#include "out/jsontext.h"

#include "base/codec.h"

static void
put_character(struct buf *b, uint32_t cp)
{
    switch (cp) {
    case '"':
        buf_puts(b, "\\\"");
        break;
    case '\\':
        buf_puts(b, "\\\\");
        break;
    case '\n':
        buf_puts(b, "\\n");
        break;
    case '\r':
        buf_puts(b, "\\r");
        break;
    case '\t':
        buf_puts(b, "\\t");
        break;
    default:
        if (utf8_is_unsafe(cp))
            buf_printf(b, "\\u%04x", (unsigned)cp);
        else
            utf8_put(b, cp);
    }
}

void
jsontext_put(struct buf *b, struct sv text)
{
    buf_putc(b, '"');
    const char *end = sv_end(text);
    for (const char *p = text.p; p != end;)
        put_character(b, utf8_next(&p, end));
    buf_putc(b, '"');
}
