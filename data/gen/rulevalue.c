/* SPDX-License-Identifier: Apache-2.0 */
#include "rulevalue.h"

#include <arpa/inet.h>

#include "base/number.h"
#include "ir/literal.h"

/* ---- noise ---- */

static const char *
word(struct rng *r)
{
    static const char *const words[] = {
        "alpha",   "build",  "cache",  "delta",   "export", "frontend", "gateway", "harbor",  "index",  "journal",
        "kernel",  "ledger", "market", "network", "orchid", "payroll",  "queue",   "release", "search", "tenant",
        "upgrade", "vault",  "worker", "xenon",   "yield",  "zone",     "billing", "console", "device", "engine",
    };
    return words[rng_below(r, sizeof words / sizeof words[0])];
}

static void
put_words(struct buf *b, unsigned n, struct rng *r)
{
    for (unsigned i = 0; i < n; i++)
        buf_printf(b, "%s%s", i != 0 ? " " : "", word(r));
}

static void
put_uuid(struct buf *b, struct rng *r)
{
    const uint64_t x = rng_next(r);
    const uint64_t y = rng_next(r);
    buf_printf(b, "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)(x >> 32), (unsigned)(x & 0xffff),
               (unsigned)(x >> 16 & 0xfff), (unsigned)(y >> 48 & 0xfff),
               (unsigned long long)(y & UINT64_C(0xffffffffffff)));
}

void
rule_value_noise(struct rule_event *ev, field_id f, struct rng *r)
{
    struct buf *b = &rule_event_put(ev, f, true)->text;
    switch (f * 7 % 9) {
    case 0:
    case 1:
    case 2:
        buf_printf(b, "%s-%s", word(r), word(r));
        break;
    case 3:
        put_uuid(b, r);
        break;
    case 4:
        buf_printf(b, "198.51.100.%u", rng_below(r, 256));
        break;
    case 5:
        buf_printf(b, "/%s/%s/%s-%u.html?%s=%u", word(r), word(r), word(r), rng_below(r, 1000), word(r),
                   rng_below(r, 100000));
        break;
    case 6:
        ev->made[f].quoted = false;
        buf_printf(b, "%u", rng_below(r, 100000));
        break;
    case 7:
        buf_printf(b, "%s.%s@%s.example", word(r), word(r), word(r));
        break;
    default:
        put_words(b, 3 + rng_below(r, 8), r);
        break;
    }
}

bool
rule_value_blemish(struct rule_event *ev, field_id f, struct rng *r)
{
    struct made *m = &ev->made[f];
    if (!m->quoted || m->text.n == 0)
        return false;
    char *p = &m->text.p[rng_below(r, (uint32_t)m->text.n)];
    if ((unsigned char)*p >= 0x80)
        return false;
    *p = (*p | 0x20) == 'q' ? 'z' : 'q';
    return true;
}

/* ---- what predicates ask for ---- */

static void
put_text(struct rule_event *ev, field_id f, struct sv text)
{
    buf_sv(&rule_event_put(ev, f, true)->text, text);
}

/* Before what is there already, behind it, or alone with noise around it. */
static void
put_part(struct rule_event *ev, field_id f, enum op op, struct sv text, struct rng *r)
{
    struct buf old = BUF_INIT;
    if (rule_event_has(ev, f) && ev->made[f].quoted)
        buf_sv(&old, buf_view(&ev->made[f].text));
    else
        put_words(&old, 1 + rng_below(r, 3), r);
    struct buf *b = &rule_event_put(ev, f, true)->text;
    if (op == OP_STARTS) {
        buf_sv(b, text);
        buf_sv(b, buf_view(&old));
    } else {
        buf_sv(b, buf_view(&old));
        buf_sv(b, text);
    }
    if (op == OP_CONTAINS && rng_chance(r, 0.5))
        buf_puts(b, word(r));
    buf_fini(&old);
}

static void
put_glob(struct rule_event *ev, field_id f, const struct pred *p, struct rng *r)
{
    struct buf *b = &rule_event_put(ev, f, true)->text;
    for (size_t i = 0; i < p->n_glob; i++) {
        if (p->glob[i].kind == GLOB_TEXT)
            buf_sv(b, p->glob[i].text);
        else if (p->glob[i].kind == GLOB_DASH)
            buf_putc(b, '-');
        else if (p->glob[i].kind == GLOB_ONE)
            buf_putc(b, 'x');
        else
            put_words(b, rng_below(r, 3), r);
    }
}

static void
put_literal(struct rule_event *ev, field_id f, const struct pred *p, struct rng *r)
{
    struct literal_set set;
    literal_required(p->regex, &set);
    if (set.n == 0) {
        rule_value_noise(ev, f, r);
        return;
    }
    const struct literal *l = &set.v[rng_below(r, (uint32_t)set.n)];
    put_part(ev, f, OP_CONTAINS, sv_make(l->p, l->n), r);
}

static void
put_address(struct rule_event *ev, field_id f, const struct pred *p, struct rng *r)
{
    unsigned char a[16];
    char text[INET6_ADDRSTRLEN];
    memcpy(a, p->address, sizeof a);
    for (unsigned bit = p->prefix_bits; bit < 128; bit++)
        if (rng_chance(r, 0.5))
            a[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
    const bool is_4 = p->prefix_bits >= 96 && a[10] == 0xff && a[11] == 0xff;
    const char *z = is_4 ? inet_ntop(AF_INET, a + 12, text, sizeof text) : inet_ntop(AF_INET6, a, text, sizeof text);
    put_text(ev, f, sv_of(z));
}

static void
put_number(struct rule_event *ev, field_id f, const struct pred *p)
{
    char text[NUMBER_TEXT_MAX];
    const double step = p->compare == CMP_GT || p->compare == CMP_NEQ ? 1 : p->compare == CMP_LT ? -1 : 0;
    if (p->part != PART_NONE) {
        put_text(ev, f, SV("2026-11-22T03:14:15Z"));
        return;
    }
    number_format(p->number + step, text);
    buf_puts(&rule_event_put(ev, f, false)->text, text);
}

static void
put_copy(struct rule_event *ev, const struct pred *p, struct rng *r)
{
    if (!rule_event_has(ev, p->ref))
        rule_value_noise(ev, p->ref, r);
    const struct made *from = &ev->made[p->ref];
    struct made *to = rule_event_put(ev, p->field, from->quoted);
    if (to != from)
        buf_sv(&to->text, buf_view(&from->text));
}

void
rule_value_meet(struct rule_event *ev, const struct pred *p, field_id message, struct rng *r)
{
    const field_id f = p->field == FIELD_ANY ? message : p->field;
    switch (p->op) {
    case OP_EQ:
        put_text(ev, f, p->text);
        break;
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_ENDS:
        put_part(ev, f, p->op, p->text, r);
        break;
    case OP_GLOB:
        put_glob(ev, f, p, r);
        break;
    case OP_REGEX:
        put_literal(ev, f, p, r);
        break;
    case OP_CIDR:
        put_address(ev, f, p, r);
        break;
    case OP_NUMBER:
        put_number(ev, f, p);
        break;
    case OP_BOOLEAN:
        buf_puts(&rule_event_put(ev, f, false)->text, p->boolean ? "true" : "false");
        break;
    case OP_NULL:
        buf_puts(&rule_event_put(ev, f, false)->text, "null");
        break;
    case OP_EXISTS:
        rule_value_noise(ev, f, r);
        break;
    case OP_FIELDREF:
        put_copy(ev, p, r);
        break;
    case OP_COUNT_:
        break;
    }
}
