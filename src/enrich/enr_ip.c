/* SPDX-License-Identifier: Apache-2.0 */
/* ip.*: the network around src_endpoint.ip, as a group-by: neighbours in one /24 (IPv4) or /48 (IPv6) are nearly always
 * one operator. IPv4 written as ::ffff:a.b.c.d is IPv4. */
#include <arpa/inet.h>
#include <stdio.h>

#include "base/mem.h"
#include "enrich/enrich.h"

enum output { OUT_NET, OUT_VERSION, OUT_COUNT };

static const struct derived_field outputs[OUT_COUNT] = {
    [OUT_NET] = { "ip.net", "string", "cheap", "network of src_endpoint.ip: its /24, or /48 for IPv6" },
    [OUT_VERSION] = { "ip.version", "number", "cheap", "4 or 6" },
};
static const char *const inputs[] = { "src_endpoint.ip", NULL };

struct ip {
    field_id address;
};

static void *
ip_open(const struct fields *fields, const char *datadir, struct diags *d)
{
    (void)datadir;
    (void)d;
    struct ip *ip = mem_zalloc(1, sizeof *ip);
    ip->address = fields_find(fields, sv_of(inputs[0]));
    return ip;
}

static void
ip_close(void *ctx)
{
    mem_free(ctx);
}

/* 4, 6, or 0 if it is no address. An IPv4 address is in the first four bytes. */
static int
parse(struct sv text, unsigned char out[16])
{
    static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    char z[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof z)
        return 0;
    memcpy(z, text.p, text.n);
    z[text.n] = '\0';
    if (inet_pton(AF_INET, z, out) == 1)
        return 4;
    if (inet_pton(AF_INET6, z, out) != 1)
        return 0;
    if (memcmp(out, mapped, sizeof mapped) != 0)
        return 6;
    memmove(out, out + 12, 4);
    return 4;
}

static void
ip_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct ip *ip = ctx;
    unsigned char a[16];
    struct sv text;
    const int version = event_text(ev, ip->address, &text) ? parse(text, a) : 0;

    if (version == 0)
        event_set_absent(ev, field);
    else if (index == OUT_VERSION)
        event_set_number(ev, field, version);
    else if (version == 4)
        event_set_text(ev, field, arena_printf(ev->scratch, "%u.%u.%u.0/24", a[0], a[1], a[2]));
    else
        event_set_text(
            ev, field,
            arena_printf(ev->scratch, "%x:%x:%x::/48", a[0] << 8 | a[1], a[2] << 8 | a[3], a[4] << 8 | a[5]));
}

const struct enricher enricher_ip = {
    .name = "ip",
    .help = "the network around an address",
    .fields = outputs,
    .n_fields = OUT_COUNT,
    .inputs = inputs,
    .open = ip_open,
    .close = ip_close,
    .derive = ip_derive,
};
