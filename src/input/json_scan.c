/* SPDX-License-Identifier: Apache-2.0 */
/* The slow halves: escapes, text beyond ASCII, numbers, and what to call a mistake. */
#include "input/json_scan.h"

#include <string.h>

/* Length of the UTF-8 character at p, 0 if it is ill-formed (RFC 3629: no surrogates, no overlong forms). */
static size_t
utf8_char(const char *at)
{
    const unsigned char *p = (const unsigned char *)at;
    const unsigned char a = p[0];
    if (a < 0xc2 || a > 0xf4)
        return 0;
    if ((p[1] & 0xc0) != 0x80)
        return 0;
    if (a < 0xe0)
        return 2;
    if ((p[2] & 0xc0) != 0x80)
        return 0;
    if (a < 0xf0)
        return (a == 0xe0 && p[1] < 0xa0) || (a == 0xed && p[1] > 0x9f) ? 0 : 3;
    if ((p[3] & 0xc0) != 0x80)
        return 0;
    return (a == 0xf0 && p[1] < 0x90) || (a == 0xf4 && p[1] > 0x8f) ? 0 : 4;
}

/* Whether the record ends inside the character at p, which is well-formed as far as it goes. */
static bool
is_cut_character(const char *p, const char *end)
{
    const unsigned char a = (unsigned char)*p;
    const size_t need = a < 0xc2 || a > 0xf4 ? 1 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
    const size_t have = (size_t)(end - p);
    for (size_t i = 1; i < have && i < need; i++)
        if (((unsigned char)p[i] & 0xc0) != 0x80)
            return false;
    return have < need;
}

const char *
json_fault(struct json_scan *s, const char *p, enum reject_id why)
{
    const unsigned char c = (unsigned char)*p;
    if (p >= s->end)
        s->why = REJECT_JSON_CUT;
    else if (c == 0)
        s->why = REJECT_NUL;
    else if (c >= 0x80 && is_cut_character(p, s->end))
        s->why = REJECT_JSON_CUT;
    else if (c >= 0x80 && utf8_char(p) == 0)
        s->why = REJECT_UTF8;
    else
        s->why = why;
    return NULL;
}

/* Four hex digits at *p, which moves behind them; -1 at the first that is none. */
static int
hex4(const char **p)
{
    int x = 0;
    for (int i = 0; i < 4; i++, (*p)++) {
        const char c = **p;
        if (c >= '0' && c <= '9')
            x = x * 16 + (c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            x = x * 16 + ((c | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return x;
}

/* p: behind "\u" of a character in the high half; the low half must follow. */
static const char *
low_surrogate(struct json_scan *s, const char *p)
{
    if (p[0] != '\\')
        return json_fault(s, p, REJECT_JSON_SURROGATE);
    if (p[1] != 'u')
        return json_fault(s, p + 1, REJECT_JSON_SURROGATE);
    p += 2;
    const int x = hex4(&p);
    if (x < 0)
        return json_fault(s, p, REJECT_JSON_STRING);
    if (x < 0xdc00 || x > 0xdfff) {
        s->why = REJECT_JSON_SURROGATE;
        return NULL;
    }
    return p;
}

/* p: behind the backslash. */
static const char *
escape(struct json_scan *s, const char *p)
{
    switch (*p) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return p + 1;
    case 'u':
        break;
    default:
        return json_fault(s, p, REJECT_JSON_STRING);
    }
    p++;
    const int x = hex4(&p);
    if (x < 0)
        return json_fault(s, p, REJECT_JSON_STRING);
    if (x < 0xd800 || x > 0xdfff)
        return p;
    if (x < 0xdc00)
        return low_surrogate(s, p);
    s->why = REJECT_JSON_SURROGATE;
    return NULL;
}

const char *
json_special(struct json_scan *s, const char *p, uint8_t *flags)
{
    if (*p == '\\') {
        *flags = VALUE_ESCAPED;
        return escape(s, p + 1);
    }
    if ((unsigned char)*p < 0x80)
        return json_fault(s, p, REJECT_JSON_STRING);
    do {
        const size_t n = utf8_char(p);
        if (n == 0)
            return json_fault(s, p, REJECT_UTF8);
        p += n;
    } while ((unsigned char)*p >= 0x80);
    return p;
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *
digits(const char *p)
{
    while (is_digit(*p))
        p++;
    return p;
}

/* What may not touch a number: it would have been meant as a part of it. */
static bool
is_number_tail(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' || c == '+' || c == '-' || c == '_';
}

static const char *
number(struct json_scan *s, const char *p)
{
    if (*p == '-')
        p++;
    if (!is_digit(*p))
        return json_fault(s, p, REJECT_JSON_NUMBER);
    p = *p == '0' ? p + 1 : digits(p);
    if (*p == '.') {
        if (!is_digit(p[1]))
            return json_fault(s, p + 1, REJECT_JSON_NUMBER);
        p = digits(p + 1);
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-')
            p++;
        if (!is_digit(*p))
            return json_fault(s, p, REJECT_JSON_NUMBER);
        p = digits(p);
    }
    if (is_number_tail(*p))
        return json_fault(s, p, REJECT_JSON_NUMBER);
    return p;
}

static const char *
literal(struct json_scan *s, const char *p, const char *word, enum value_kind kind, struct value *v)
{
    for (; *word != '\0'; p++, word++)
        if (*p != *word)
            return json_fault(s, p, REJECT_JSON_SYNTAX);
    *v = (struct value){ .kind = (uint8_t)kind };
    return p;
}

const char *
json_scalar(struct json_scan *s, const char *p, struct value *v)
{
    switch (*p) {
    case 't':
        return literal(s, p, "true", VALUE_TRUE, v);
    case 'f':
        return literal(s, p, "false", VALUE_FALSE, v);
    case 'n':
        return literal(s, p, "null", VALUE_NULL, v);
    default:
        break;
    }
    if (*p != '-' && *p != '+' && *p != '.' && !is_digit(*p))
        return json_fault(s, p, REJECT_JSON_SYNTAX);
    const char *end = number(s, p);
    if (end != NULL)
        *v = (struct value){ .p = p, .n = (uint32_t)(end - p), .kind = VALUE_NUMBER };
    return end;
}
