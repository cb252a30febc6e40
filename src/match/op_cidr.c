/* SPDX-License-Identifier: Apache-2.0 */
/* cidr: a member is an address of the network.
 *
 * One space of 128 bits: IPv4 is ::ffff:a.b.c.d, however it is written. An IPv4 address belongs to IPv4 networks
 * only, that is to those of at least 96 bits: 0.0.0.0/0 is 96 bits long here, and ::/0 means "any IPv6".
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "match/ops.h"

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* a.b.c.d: four decimal numbers up to 255 without leading zeros. Nearly every address, so without inet_pton. */
static bool
parse_v4(struct sv text, unsigned char out[4])
{
    size_t at = 0;
    for (int part = 0; part < 4; part++) {
        if (part > 0 && (at >= text.n || text.p[at++] != '.'))
            return false;
        const size_t start = at;
        unsigned x = 0;
        while (at < text.n && at - start < 3 && text.p[at] >= '0' && text.p[at] <= '9')
            x = x * 10 + (unsigned)(text.p[at++] - '0');
        if (at == start || x > 255 || (text.p[start] == '0' && at - start > 1))
            return false;
        out[part] = (unsigned char)x;
    }
    return at == text.n;
}

static bool
parse_v6(struct sv text, unsigned char out[16])
{
    char z[INET6_ADDRSTRLEN];
    if (text.n >= sizeof z || memchr(text.p, '\0', text.n) != NULL)
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    return inet_pton(AF_INET6, z, out) == 1;
}

bool
op_cidr_parse(struct sv text, unsigned char address[16])
{
    if (text.n == 0)
        return false;
    if (memchr(text.p, ':', text.n) != NULL)
        return parse_v6(text, address);
    memcpy(address, mapped, sizeof mapped);
    return parse_v4(text, address + sizeof mapped);
}

bool
op_cidr_may_hold(const unsigned char address[16], unsigned prefix_bits)
{
    return prefix_bits >= 96 || memcmp(address, mapped, sizeof mapped) != 0;
}

static bool
in_network(const struct pred *pred, struct sv text)
{
    unsigned char address[16];
    if (!op_cidr_parse(text, address) || !op_cidr_may_hold(address, pred->prefix_bits))
        return false;
    const size_t whole = pred->prefix_bits / 8;
    const unsigned rest = pred->prefix_bits % 8;
    if (memcmp(address, pred->address, whole) != 0)
        return false;
    return rest == 0 || ((address[whole] ^ pred->address[whole]) >> (8 - rest)) == 0;
}

enum truth
op_cidr(const struct pred *pred, struct value *field, struct event *ev, struct regex_scratch *regex)
{
    (void)regex;
    return ops_any_text(pred, field, ev, in_network);
}
