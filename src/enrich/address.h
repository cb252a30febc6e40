/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses as 128-bit numbers (IPv4 as ::ffff:a.b.c.d, so one order holds both), and a table of ranges that says
 * what the narrowest range around an address is worth. */
#ifndef AUTHSIFT_ENRICH_ADDRESS_H
#define AUTHSIFT_ENRICH_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"
#include "base/vec.h"

struct address {
    uint64_t hi;
    uint64_t lo;
};

/* The version, 4 or 6, or 0 if it is no address. An IPv4 address written as an IPv6 one (::ffff:a.b.c.d) is IPv4. */
int address_parse(struct sv text, struct address *out);

/* "198.51.100.0/24", "2001:db8::/32" or a bare address. NULL, or what is wrong with it. */
const char *address_parse_range(struct sv text, struct address *first, struct address *last);

struct address_range {
    struct address first;
    struct address last;
    uint32_t value; /* > 0 */
};

/* From here up to the next start the answer is `value`; 0: no range. */
struct address_step {
    struct address start;
    uint32_t value;
};

/* Ranges are added, then frozen; frozen it is read by all threads. */
struct address_table {
    VEC(struct address_range) ranges;
    VEC(struct address_step) steps; /* by start */
};

/* Of two equal ranges the one with the smaller value counts. Ranges are those of prefixes: they hold each other or have
 * nothing in common. */
void address_table_add(struct address_table *t, struct address first, struct address last, uint32_t value);
void address_table_freeze(struct address_table *t);
void address_table_fini(struct address_table *t);

/* The value of the narrowest range that holds the address, or 0. */
uint32_t address_table_find(const struct address_table *t, struct address a);

#endif
