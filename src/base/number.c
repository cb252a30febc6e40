/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: JSON's grammar, the nearest double, the shortest decimal, the exact sum.
 *
 * strtod and printf follow the locale only in the decimal point, so neither is ever shown one: a number is handed to
 * strtod as digits and an exponent ("12.5" as "125e-1"), and read from printf as digits and an exponent.
 */
#include "base/number.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *
skip_digits(const char *p, const char *end)
{
    while (p != end && is_digit(*p))
        p++;
    return p;
}

size_t
number_scan(const char *start, const char *end)
{
    const char *p = start;
    if (p != end && *p == '-')
        p++;
    if (p == end || !is_digit(*p))
        return 0;
    p = *p == '0' ? p + 1 : skip_digits(p, end);
    if (p != end && *p == '.') {
        const char *digits = p + 1;
        const char *q = skip_digits(digits, end);
        if (q == digits)
            return (size_t)(p - start);
        p = q;
    }
    if (p != end && (*p == 'e' || *p == 'E')) {
        const char *digits = p + 1;
        if (digits != end && (*digits == '+' || *digits == '-'))
            digits++;
        const char *q = skip_digits(digits, end);
        if (q == digits)
            return (size_t)(p - start);
        p = q;
    }
    return (size_t)(p - start);
}

/* What the eight bytes of x, the first one lowest, say as digits; each is '0' to '9'. Pairs become numbers below 100,
 * then pairs of these, then the two halves: three multiplications instead of eight. */
static inline uint64_t
eight_digits(uint64_t x)
{
    x -= UINT64_C(0x3030303030303030);
    x = x * 10 + (x >> 8); /* in every other byte, from the lowest */
    const uint64_t low = UINT64_C(0x000000ff000000ff);
    return ((x & low) * (100 + (UINT64_C(1000000) << 32)) + (x >> 16 & low) * (1 + (UINT64_C(10000) << 32))) >> 32;
}

/* Is each of the eight bytes '0' to '9'? */
static inline bool
are_digits(uint64_t x)
{
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0);
    return (x & high) == UINT64_C(0x3030303030303030) &&
           ((x + UINT64_C(0x0606060606060606)) & high) == UINT64_C(0x3030303030303030);
}

/* No double needs more digits than this to be told from its neighbours' midpoints; later digits only say "a bit
 * more". */
#define DIGITS_MAX 800
#define EXPONENT_MAX 1000000

struct decimal {
    bool negative;
    char digit[DIGITS_MAX + 2];
    size_t n;         /* without leading zeros */
    int64_t exponent; /* value = digits * 10^exponent */
    bool more;        /* a digit beyond DIGITS_MAX was not zero */
};

static void
decimal_digit(struct decimal *d, char c, bool after_point)
{
    if (d->n < DIGITS_MAX) {
        if (d->n != 0 || c != '0')
            d->digit[d->n++] = c;
        d->exponent -= after_point;
    } else {
        d->more = d->more || c != '0';
        d->exponent += !after_point;
    }
}

static int64_t
read_exponent(const char *p, const char *end)
{
    const bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    int64_t x = 0;
    for (; p != end && x < EXPONENT_MAX * (int64_t)1000; p++)
        x = x * 10 + (*p - '0');
    return negative ? -x : x;
}

/* Of a text that number_scan accepts whole. */
static void
decimal_read(struct decimal *d, struct sv text)
{
    d->negative = text.p[0] == '-';
    d->n = 0;
    d->exponent = 0;
    d->more = false;
    bool after_point = false;
    const char *end = sv_end(text);
    for (const char *p = text.p + d->negative; p != end; p++) {
        if (*p == '.') {
            after_point = true;
        } else if (is_digit(*p)) {
            decimal_digit(d, *p, after_point);
        } else {
            d->exponent += read_exponent(p + 1, end);
            break;
        }
    }
}

/* Those that are doubles. */
static const double power[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };

/* Clinger's fast path: both parts are exact doubles, so one operation rounds once. */
static bool
decimal_fast(const struct decimal *d, double *value)
{
    if (d->n > 15 || d->exponent < -22 || d->exponent > 22)
        return false;
    uint64_t digits = 0;
    for (size_t i = 0; i < d->n; i++)
        digits = digits * 10 + (uint64_t)(d->digit[i] - '0');
    const double x = (double)digits;
    *value = d->exponent < 0 ? x / power[-d->exponent] : x * power[d->exponent];
    return true;
}

static double
decimal_slow(struct decimal *d)
{
    char text[DIGITS_MAX + 32];
    if (d->more) {
        d->digit[d->n++] = '1';
        d->exponent--;
    }
    if (d->exponent > EXPONENT_MAX)
        d->exponent = EXPONENT_MAX;
    if (d->exponent < -EXPONENT_MAX)
        d->exponent = -EXPONENT_MAX;
    memcpy(text, d->digit, d->n);
    snprintf(text + d->n, sizeof text - d->n, "e%lld", (long long)d->exponent);
    return strtod(text, NULL);
}

/* The same for a number as logs write them, while it is read: no exponent, at most 15 digits. False: it is no such
 * number, or none at all. */
static bool
parse_short(struct sv text, double *value)
{
    const bool negative = text.n != 0 && text.p[0] == '-';
    const char *const end = sv_end(text), *const first = text.p + negative;
    const char *p = first;
    uint64_t digits = 0;
    size_t behind = 0;
    if (text.n == 0 || text.n > 16)
        return false;
    for (; p != end && is_digit(*p); p++)
        digits = digits * 10 + (uint64_t)(*p - '0');
    const size_t before = (size_t)(p - first);
    if (before == 0 || (before > 1 && *first == '0'))
        return false;
    if (p != end && *p == '.') {
        const char *const point = p++;
        for (; p != end && is_digit(*p); p++)
            digits = digits * 10 + (uint64_t)(*p - '0');
        behind = (size_t)(p - point) - 1;
        if (behind == 0)
            return false;
    }
    if (p != end || before + behind > 15)
        return false;
    const double x = (double)digits / power[behind];
    *value = negative ? -x : x;
    return true;
}

bool
number_parse(struct sv text, double *value)
{
    if (value != NULL && parse_short(text, value))
        return true;
    if (text.n == 0 || number_scan(text.p, sv_end(text)) != text.n)
        return false;
    if (value == NULL)
        return true;
    struct decimal d;
    decimal_read(&d, text);
    double x = 0;
    if (d.n != 0 && !decimal_fast(&d, &x))
        x = decimal_slow(&d);
    *value = d.negative ? -x : x;
    return true;
}

/* value as `precision` significant digits; digit[] gets them, the value is 0.d1d2... * 10^*point. */
static void
to_digits(double value, int precision, char digit[24], int *point)
{
    char text[40];
    snprintf(text, sizeof text, "%.*e", precision - 1, value);
    digit[0] = text[0];
    const char *e = strchr(text, 'e');
    if (precision > 1)
        memcpy(digit + 1, text + 2, (size_t)precision - 1);
    digit[precision] = '\0';
    *point = (int)strtol(e + 1, NULL, 10) + 1;
}

static double
from_digits(const char *digit, int point)
{
    char text[40];
    snprintf(text, sizeof text, "%se%d", digit, point - (int)strlen(digit));
    return strtod(text, NULL);
}

/* Adds one to the last digit. False if a carry would run out of the first. */
static bool
digits_up(char *digit)
{
    for (size_t i = strlen(digit); i-- > 0;) {
        if (digit[i] != '9') {
            digit[i]++;
            return true;
        }
        digit[i] = '0';
    }
    return false;
}

/* Doubles below 2^53 are at most 1 apart, so the shortest decimal of an integer is the integer. */
static size_t
format_integer(double value, char *out)
{
    char digit[24];
    size_t n = 0;
    size_t length = 0;
    uint64_t x = (uint64_t)fabs(value);
    do
        digit[n++] = (char)('0' + x % 10);
    while ((x /= 10) != 0);
    if (value < 0)
        out[length++] = '-';
    while (n > 0)
        out[length++] = digit[--n];
    out[length] = '\0';
    return length;
}

/* Most numbers have few decimals. A whole number of ten-thousandths below 1e15 is one of at most 15 digits; if the
 * correctly rounded quotient is the value, it reads back, and no other text of so few digits does. */
static bool
few_decimals(double value, char digit[24], int *point)
{
    const double parts = round(value * 1e4);
    if (!(parts >= 1 && parts < 1e15) || parts / 1e4 != value)
        return false;
    *point = (int)format_integer(parts, digit) - 4;
    return true;
}

/* The fewest digits that read back. 15 always survive a round trip of a normal double, so shorter texts appear as
 * trailing zeros of 15; the doubles below have fewer significant bits, and every length is tried. At a power of two
 * the interval of texts that read back is wider above than below, and the nearest text may lie outside it below while
 * the next one up is inside. */
static void
shortest_digits(double value, char digit[24], int *point)
{
    for (int precision = value < DBL_MIN ? 1 : 15; precision < 17; precision++) {
        to_digits(value, precision, digit, point);
        if (from_digits(digit, *point) == value)
            return;
        if (precision == 16 && digits_up(digit) && from_digits(digit, *point) == value)
            return;
    }
    to_digits(value, 17, digit, point);
}

/* Lays out digits as JavaScript does: plain from 1e-6 to below 1e21, else with an exponent. */
static size_t
lay_out(char *out, const char *digit, int n, int point)
{
    if (point > 21 || point < -5)
        return (size_t)snprintf(out, NUMBER_TEXT_MAX - 1, n > 1 ? "%.1s.%se%+d" : "%.1s%se%+d", digit, digit + 1,
                                point - 1);
    char *p = out;
    if (point <= 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = point; i < 0; i++)
            *p++ = '0';
    }
    for (int i = 0; i < n || i < point; i++) {
        if (i == point && i > 0)
            *p++ = '.';
        *p++ = i < n ? digit[i] : '0';
    }
    *p = '\0';
    return (size_t)(p - out);
}

size_t
number_format(double value, char out[NUMBER_TEXT_MAX])
{
    out[0] = '\0';
    if (!isfinite(value))
        return 0;
    if (fabs(value) < 0x1p53 && value == trunc(value))
        return format_integer(value, out);
    char digit[24];
    int point;
    if (!few_decimals(fabs(value), digit, &point))
        shortest_digits(fabs(value), digit, &point);
    int n = (int)strlen(digit);
    while (n > 1 && digit[n - 1] == '0')
        n--;
    digit[n] = '\0';
    const size_t sign = value < 0;
    if (sign != 0)
        out[0] = '-';
    return sign + lay_out(out + sign, digit, n, point);
}

double
number_round(double x, double parts)
{
    return round(x * parts) / parts;
}

bool
number_parse_u64(struct sv text, uint64_t *value)
{
    uint64_t x = 0;
    size_t i = 0;
    for (uint64_t word; i < 16 && text.n - i >= 8; i += 8) {
        word = load_le64(text.p + i);
        if (!are_digits(word))
            return false;
        x = x * 100000000 + eight_digits(word);
    }
    for (; i < text.n; i++) {
        if (!is_digit(text.p[i]))
            return false;
        const unsigned digit = (unsigned)(text.p[i] - '0');
        if (x > (UINT64_MAX - digit) / 10)
            return false;
        x = x * 10 + digit;
    }
    *value = x;
    return text.n != 0;
}

bool
size_parse(struct sv text, uint64_t *bytes)
{
    unsigned shift = 0;
    if (text.n != 0) {
        switch (text.p[text.n - 1]) {
        case 'k':
        case 'K':
            shift = 10;
            break;
        case 'm':
        case 'M':
            shift = 20;
            break;
        case 'g':
        case 'G':
            shift = 30;
            break;
        case 't':
        case 'T':
            shift = 40;
            break;
        default:
            break;
        }
        text.n -= shift != 0;
    }
    uint64_t x;
    if (!number_parse_u64(text, &x) || x > UINT64_MAX >> shift)
        return false;
    *bytes = x << shift;
    return true;
}

/* ---- exact sum ----
 * Every double is an integer times 2^-1074. The limbs are that integer in base 2^32, but signed and with room: each
 * addition adds less than 2^32 to a limb, so carrying every 2^30 additions keeps them below 2^62. */

#define LIMBS 68
#define LIMB_BASE (INT64_C(1) << 32)
#define PENDING_MAX (UINT32_C(1) << 30)

/* Brings every limb but the last into [0, 2^32); the last keeps the sign. */
static void
carry_limbs(int64_t *limb)
{
    for (int i = 0; i < LIMBS - 1; i++) {
        const int64_t low = (int64_t)((uint64_t)limb[i] & UINT32_MAX);
        limb[i + 1] += (limb[i] - low) / LIMB_BASE;
        limb[i] = low;
    }
}

void
exact_sum_init(struct exact_sum *s)
{
    memset(s, 0, sizeof *s);
}

static void
add_signed(struct exact_sum *s, double x, bool negative)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const unsigned exponent = (unsigned)(bits >> 52) & 0x7ff;
    assert(exponent != 0x7ff);
    uint64_t m = bits & ((UINT64_C(1) << 52) - 1);
    if (exponent != 0)
        m |= UINT64_C(1) << 52;
    const unsigned at = exponent != 0 ? exponent - 1 : 0;
    const unsigned shift = at % 32;
    int64_t *limb = &s->limb[at / 32];
    const int64_t sign = (bits >> 63 != 0) != negative ? -1 : 1;
    limb[0] += sign * (int64_t)((m << shift) & UINT32_MAX);
    m = m >> (32 - shift); /* m < 2^53: what the low limb did not take fits in 53 bits */
    limb[1] += sign * (int64_t)(m & UINT32_MAX);
    limb[2] += sign * (int64_t)(m >> 32);
    if (++s->pending == PENDING_MAX) {
        carry_limbs(s->limb);
        s->pending = 0;
    }
}

void
exact_sum_add(struct exact_sum *s, double x)
{
    add_signed(s, x, false);
}

void
exact_sum_remove(struct exact_sum *s, double x)
{
    add_signed(s, x, true);
}

/* Turns the carried limbs into their absolute value. Returns whether they were negative. */
static bool
make_magnitude(int64_t *limb)
{
    if (limb[LIMBS - 1] >= 0)
        return false;
    for (int i = 0; i < LIMBS; i++)
        limb[i] = -limb[i];
    carry_limbs(limb);
    return true;
}

static unsigned
bit_at(const int64_t *limb, long i)
{
    return i < 0 ? 0 : (unsigned)(limb[i / 32] >> (i % 32)) & 1u;
}

/* Position of the highest bit, -1 if the sum is zero. */
static long
top_bit(const int64_t *limb)
{
    for (long i = LIMBS - 1; i >= 0; i--) {
        if (limb[i] == 0)
            continue;
        long bit = 63;
        while ((limb[i] >> bit & 1) == 0)
            bit--;
        return i * 32 + bit;
    }
    return -1;
}

static bool
any_below(const int64_t *limb, long bit)
{
    for (long i = 0; i * 32 < bit; i++) {
        const long n = bit - i * 32 < 32 ? bit - i * 32 : 32;
        if ((limb[i] & ((INT64_C(1) << n) - 1)) != 0)
            return true;
    }
    return false;
}

/* The carried magnitude as a double: 53 bits from the top, ties to even. The bits of a double are laid out so that a
 * carry out of the mantissa steps the exponent, and a subnormal is the integer itself. */
static double
magnitude_value(const int64_t *limb)
{
    const long top = top_bit(limb);
    const long low = top > 52 ? top - 52 : 0;
    uint64_t bits = 0;
    for (long i = top; i >= low; i--)
        bits = bits << 1 | bit_at(limb, i);
    const bool half = bit_at(limb, low - 1) != 0;
    const bool up = half && ((bits & 1) != 0 || any_below(limb, low - 1));
    if (low > 0x7ff)
        return HUGE_VAL;
    bits += ((uint64_t)low << 52) + up;
    if (bits >= UINT64_C(0x7ff) << 52)
        return HUGE_VAL;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

double
exact_sum_value(const struct exact_sum *s)
{
    int64_t limb[LIMBS];
    memcpy(limb, s->limb, sizeof limb);
    carry_limbs(limb);
    const bool negative = make_magnitude(limb);
    const double x = magnitude_value(limb);
    return negative ? -x : x;
}
