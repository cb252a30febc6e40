/* SPDX-License-Identifier: Apache-2.0 */
/* cidr: an IPv4 or IPv6 network, or one address. A set bit outside the network is an error: the author meant either
 * another network or another length. */
#include <arpa/inet.h>
#include <string.h>

#include "base/number.h"
#include "lang/modifier.h"
#include "lang/show.h"

/* An address of either family in 16 bytes, IPv4 as ::ffff:a.b.c.d. *width is 32 or 128. */
static bool
parse_address(struct sv text, uint8_t out[16], unsigned *width)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    char z[INET6_ADDRSTRLEN];

    if (text.n >= sizeof z || memchr(text.p, '\0', text.n) != NULL)
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    if (inet_pton(AF_INET, z, out + 12) == 1) {
        memcpy(out, mapped, sizeof mapped);
        *width = 32;
        return true;
    }
    *width = 128;
    return inet_pton(AF_INET6, z, out) == 1;
}

static bool
has_host_bits(const uint8_t address[16], unsigned bits)
{
    for (unsigned i = bits; i < 128; i++)
        if (address[i / 8] & (0x80u >> (i % 8)))
            return true;
    return false;
}

/* The network that was probably meant. */
static void
report_host_bits(struct item *it, const struct operand *o, uint8_t address[16], unsigned bits, unsigned width)
{
    char z[INET6_ADDRSTRLEN] = "";

    for (unsigned i = bits; i < 128; i++)
        address[i / 8] = (uint8_t)(address[i / 8] & ~(0x80u >> (i % 8)));
    inet_ntop(width == 32 ? AF_INET : AF_INET6, width == 32 ? address + 12 : address, z, sizeof z);
    diag_error(it->l->d, o->node->span, "'%.*s' has bits set outside the network (did you mean '%s/%u'?)",
               SHOW(o->node->text), z, bits - (128 - width));
}

static bool
apply(struct item *it, struct operand *o, struct operands *out)
{
    struct sv text;
    struct sv address;
    unsigned width;

    if (!modifier_literal(it, o, &text))
        return false;
    const size_t slash = sv_find_char(text, '/', 0);
    address = sv_make(text.p, slash);
    if (!parse_address(address, o->address, &width)) {
        diag_error(it->l->d, yaml_subspan(o->node, 0, slash), "'%.*s' is no IPv4 or IPv6 address", SHOW(address));
        return false;
    }
    uint64_t length = width;
    if (slash < text.n && (!number_parse_u64(sv_from(text, slash + 1), &length) || length > width)) {
        diag_error(it->l->d, yaml_subspan(o->node, slash, text.n - slash),
                   "the length of the network has to be 0 to %u", width);
        return false;
    }
    const unsigned bits = 128 - width + (unsigned)length;
    if (has_host_bits(o->address, bits)) {
        report_host_bits(it, o, o->address, bits, width);
        return false;
    }
    o->kind = OPERAND_NETWORK;
    o->bits = (uint8_t)bits;
    return modifier_keep(out, o);
}

const struct modifier modifier_cidr = {
    .help = "the field is an IP address of this network (10.0.0.0/8, 2001:db8::/32)",
    .place = PLACE_FIRST,
    .takes = TAKES(STRING),
    .apply = apply,
};
