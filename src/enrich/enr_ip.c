/* SPDX-License-Identifier: Apache-2.0 */
/* ip.*: the network around src_endpoint.ip, as a group-by: neighbours in one /24 (IPv4) or /48 (IPv6) are nearly always
 * one operator. IPv4 written as ::ffff:a.b.c.d is IPv4. */
#include "base/mem.h"
#include "enrich/address.h"
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
ip_open(const struct fields *fields, const struct enrich_options *o, struct diags *d)
{
    (void)o;
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

static char *
put_number(char *out, uint64_t x, unsigned base)
{
    char digit[8];
    size_t n = 0;
    do
        digit[n++] = "0123456789abcdef"[x % base];
    while ((x /= base) != 0);
    while (n > 0)
        *out++ = digit[--n];
    return out;
}

static char *
put_text(char *out, const char *z)
{
    const size_t n = strlen(z);
    memcpy(out, z, n);
    return out + n;
}

/* Three bytes of an IPv4 address, three groups of an IPv6 one; longest: "ffff:ffff:ffff::/48". */
static struct sv
network(struct address a, int version, struct arena *arena)
{
    char *text = arena_alloc(arena, 24);
    char *p = text;
    for (unsigned i = 0; i < 3; i++) {
        if (i != 0)
            *p++ = version == 4 ? '.' : ':';
        p = version == 4 ? put_number(p, a.lo >> (24 - 8 * i) & 0xff, 10)
                         : put_number(p, a.hi >> (48 - 16 * i) & 0xffff, 16);
    }
    p = put_text(p, version == 4 ? ".0/24" : "::/48");
    return sv_make(text, (size_t)(p - text));
}

static void
ip_derive(const void *ctx, struct event *ev, field_id field, size_t index)
{
    const struct ip *ip = ctx;
    struct address a;
    struct sv text;
    const int version = event_text(ev, ip->address, &text) ? address_parse(text, &a) : 0;

    if (version == 0)
        event_set_absent(ev, field);
    else if (index == OUT_VERSION)
        event_set_number(ev, field, version);
    else
        event_set_text(ev, field, network(a, version, ev->scratch));
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
