/* SPDX-License-Identifier: Apache-2.0 */
#include "enrich/url.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#ifdef HAVE_PSL
#include <libpsl.h>
#endif

#include "base/codec.h"

enum { HOST_MAX = 255 };

static char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
starts_fold(struct sv s, struct sv prefix)
{
    return s.n >= prefix.n && sv_eq_fold(sv_make(s.p, prefix.n), prefix);
}

/* Length of "http://" or "https://" at the start, or 0. */
static size_t
scheme_length(struct sv s)
{
    if (starts_fold(s, SV("https://")))
        return 8;
    return starts_fold(s, SV("http://")) ? 7 : 0;
}

static size_t
first_of(struct sv s, const char *set, size_t start)
{
    size_t i = start;
    while (i < s.n && strchr(set, s.p[i]) == NULL)
        i++;
    return i;
}

static bool
is_host_char(char c)
{
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') || l == '-' || l == '.' || l == '_' || (l & 0x80) != 0;
}

/* "host:port" of "user@host:port". */
static struct sv
without_user(struct sv authority)
{
    size_t at = authority.n;
    while (at > 0 && authority.p[at - 1] != '@')
        at--;
    return sv_from(authority, at);
}

static bool
is_ipv6_char(char c)
{
    const char l = lower(c);
    return (l >= '0' && l <= '9') || (l >= 'a' && l <= 'f') || l == ':' || l == '.';
}

/* Checked by `is_char` and lower-cased. */
static bool
take_host(struct sv h, bool (*is_char)(char), struct arena *arena, struct sv *host)
{
    if (h.n == 0 || h.n > HOST_MAX)
        return false;
    char *out = arena_alloc(arena, h.n);
    for (size_t i = 0; i < h.n; i++) {
        if (!is_char(h.p[i]))
            return false;
        out[i] = lower(h.p[i]);
    }
    *host = sv_make(out, h.n);
    return true;
}

/* A name or an IPv4 address, without port and trailing dots. */
static bool
parse_host(struct sv authority, struct arena *arena, struct sv *host)
{
    struct sv h = without_user(authority);
    h.n = sv_find_char(h, ':', 0);
    while (h.n != 0 && h.p[h.n - 1] == '.')
        h.n--;
    return take_host(h, is_host_char, arena, host);
}

bool
url_parse(struct sv text, struct arena *arena, struct url *out)
{
    const struct sv trimmed = sv_trim(text);
    const struct sv rest = sv_from(trimmed, scheme_length(trimmed));
    if (sv_find(trimmed, SV("://"), 0) != trimmed.n && rest.n == trimmed.n)
        return false;
    const size_t authority_end = first_of(rest, "/\\?#", 0);
    if (!parse_host(sv_make(rest.p, authority_end), arena, &out->host) ||
        sv_find_char(out->host, '.', 0) == out->host.n)
        return false;
    const size_t path_end = first_of(rest, "?#", authority_end);
    out->path = sv_make(rest.p + authority_end, path_end - authority_end);
    out->query = SV_NONE;
    if (path_end < rest.n && rest.p[path_end] == '?') {
        const size_t query_end = sv_find_char(rest, '#', path_end);
        out->query = sv_make(rest.p + path_end + 1, query_end - path_end - 1);
    }
    return true;
}

bool
url_host(struct sv text, struct arena *arena, struct sv *host)
{
    const struct sv trimmed = sv_trim(text);
    const size_t scheme = scheme_length(trimmed);
    const struct sv rest = sv_from(trimmed, scheme);
    const struct sv authority = sv_make(rest.p, first_of(rest, "/\\?#", 0));
    if (scheme == 0)
        return false;
    const struct sv h = without_user(authority);
    if (h.n == 0 || h.p[0] != '[')
        return parse_host(authority, arena, host);
    const size_t end = sv_find_char(h, ']', 0);
    return end < h.n && take_host(sv_make(h.p + 1, end - 1), is_ipv6_char, arena, host);
}

bool
url_find(struct sv text, size_t *at, struct sv *out)
{
    for (size_t i = *at; (i = sv_find(text, SV("://"), i)) < text.n; i += 3) {
        size_t start = SIZE_MAX;
        if (i >= 5 && scheme_length(sv_from(text, i - 5)) == 8)
            start = i - 5;
        else if (i >= 4 && scheme_length(sv_from(text, i - 4)) == 7)
            start = i - 4;
        if (start == SIZE_MAX)
            continue;
        size_t end = first_of(text, " \t\r\n\"<>\\^`{|}", i + 3);
        *at = end;
        while (end > i + 3 && strchr(".,;:!?)]'", text.p[end - 1]) != NULL)
            end--;
        if (end == i + 3)
            continue;
        *out = sv_make(text.p + start, end - start);
        return true;
    }
    *at = text.n;
    return false;
}

static bool
is_address(struct sv host)
{
    for (size_t i = 0; i < host.n; i++)
        if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
            return sv_find_char(host, ':', 0) < host.n;
    return true;
}

#ifdef HAVE_PSL
static struct sv
registrable(struct sv host)
{
    char z[HOST_MAX + 1];
    memcpy(z, host.p, host.n);
    z[host.n] = '\0';
    const psl_ctx_t *psl = psl_builtin();
    const char *domain = psl != NULL ? psl_registrable_domain(psl, z) : NULL;
    return domain != NULL ? sv_from(host, (size_t)(domain - z)) : SV_NONE;
}
#else
/* Start of the n-th label from the right (1 = the last); 0 if there are fewer. */
static size_t
label_start(struct sv host, unsigned n)
{
    size_t i = host.n;
    while (i > 0) {
        if (host.p[i - 1] == '.' && --n == 0)
            return i;
        i--;
    }
    return 0;
}

static struct sv
registrable(struct sv host)
{
    static const char *const second[] = { "co", "com", "org", "net", "ac", "gov", "edu", "ne", "or" };
    const size_t last = label_start(host, 1);
    const size_t two = label_start(host, 2);
    if (last == 0)
        return SV_NONE;
    const struct sv label = sv_make(host.p + two, last - 1 - two);
    for (size_t i = 0; host.n - last == 2 && i < sizeof second / sizeof second[0]; i++)
        if (sv_eq(label, sv_of(second[i])))
            return two == 0 ? SV_NONE : sv_from(host, label_start(host, 3));
    return sv_from(host, two);
}
#endif

struct sv
url_registrable(struct sv host)
{
    if (host.n == 0 || host.n > HOST_MAX || is_address(host))
        return SV_NONE;
    return registrable(host);
}

bool
url_parameter(struct sv query, struct sv name, struct sv *value)
{
    struct sv pair;
    while (sv_split(&query, '&', &pair)) {
        if (pair.n > name.n && pair.p[name.n] == '=' && sv_eq(sv_make(pair.p, name.n), name)) {
            *value = sv_from(pair, name.n + 1);
            return value->n != 0;
        }
    }
    return false;
}

static int
hex_digit(char c)
{
    const char l = lower(c);
    if (l >= '0' && l <= '9')
        return l - '0';
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

static bool
is_printable(struct sv s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return utf8_valid(s, NULL);
}

struct sv
url_decode(struct sv text, struct arena *arena)
{
    if (sv_find_char(text, '%', 0) == text.n)
        return text;
    char *out = arena_alloc(arena, text.n);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        const bool is_code = text.p[i] == '%' && i + 2 < text.n;
        const int high = is_code ? hex_digit(text.p[i + 1]) : -1;
        const int low = is_code ? hex_digit(text.p[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            out[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[n++] = text.p[i];
        }
    }
    const struct sv decoded = sv_make(out, n);
    return is_printable(decoded) ? decoded : text;
}

struct sv
url_segment(struct sv path, size_t n)
{
    struct sv segment;
    for (size_t i = 0; sv_split(&path, '/', &segment); i++)
        if (i == n)
            return segment;
    return SV_NONE;
}
