/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, ranges, and the table of ranges against a search through all of them. */
#include "enrich_tests.h"

#include "enrich/address.h"

struct parse_case {
    const char *text;
    int version;
    uint64_t hi, lo;
};

static const struct parse_case parses[] = {
    { "203.0.113.77", 4, 0, 0xffffcb00714d },
    { "::ffff:203.0.113.77", 4, 0, 0xffffcb00714d },
    { "::ffff:cb00:714d", 4, 0, 0xffffcb00714d },
    { "2001:db8::1", 6, 0x20010db800000000, 1 },
    { "::", 6, 0, 0 },
    { "", 0, 0, 0 },
    { "203.0.113", 0, 0, 0 },
    { "0.0.0.0", 4, 0, 0xffff00000000 },
    { "255.255.255.255", 4, 0, 0xffffffffffff },
    { "1.2.3.", 0, 0, 0 },
    { ".1.2.3", 0, 0, 0 },
    { "1..2.3", 0, 0, 0 },
    { "1.2.3.4.", 0, 0, 0 },
    { "1.2.3.4.5", 0, 0, 0 },
    { "1.2.3.0004", 0, 0, 0 },
    { "1.2.3.+4", 0, 0, 0 },
    { "203.0.113.256", 0, 0, 0 },
    { "203.0.113.07", 0, 0, 0 },
    { "203.0.113.7:443", 0, 0, 0 },
    { " 203.0.113.7", 0, 0, 0 },
    { "2001:db8::1%eth0", 0, 0, 0 },
    { "fe80::1::2", 0, 0, 0 },
    { "aaaa:bbbb:cccc:dddd:eeee:ffff:1111:2222:3333:4444", 0, 0, 0 },
};

START_TEST(reads_addresses)
{
    const struct parse_case *t = &parses[_i];
    struct address a = { 0, 0 };
    ck_assert_int_eq(address_parse(sv_of(t->text), &a), t->version);
    if (t->version != 0) {
        ck_assert_uint_eq(a.hi, t->hi);
        ck_assert_uint_eq(a.lo, t->lo);
    }
}
END_TEST

/* A NUL in the middle must not hide what comes behind it. */
START_TEST(nul_is_no_end)
{
    struct address a;
    ck_assert_int_eq(address_parse(sv_make("1.2.3.4\0x", 9), &a), 0);
}
END_TEST

struct range_case {
    const char *text;
    const char *first, *last; /* NULL: an error */
};

static const struct range_case ranges[] = {
    { "198.51.100.0/24", "198.51.100.0", "198.51.100.255" },
    { "198.51.100.7", "198.51.100.7", "198.51.100.7" },
    { "198.51.100.7/32", "198.51.100.7", "198.51.100.7" },
    { "0.0.0.0/0", "0.0.0.0", "255.255.255.255" },
    { "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "2001:db8::/64", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff" },
    { "2001:db8::8/125", "2001:db8::8", "2001:db8::f" },
    { "::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
    { "::ffff:198.51.100.0/120", "198.51.100.0", "198.51.100.255" },
    { "198.51.100.1/24", NULL, NULL },
    { "198.51.100.0/33", NULL, NULL },
    { "198.51.100.0/", NULL, NULL },
    { "198.51.100.0/024x", NULL, NULL },
    { "198.51.100.0/0000000000000000000000000000000024", NULL, NULL },
    { "/24", NULL, NULL },
    { "2001:db8::/129", NULL, NULL },
    { "2001:db8::1/64", NULL, NULL },
};

START_TEST(reads_ranges)
{
    const struct range_case *t = &ranges[_i];
    struct address first, last, want;
    const char *wrong = address_parse_range(sv_of(t->text), &first, &last);
    ck_assert_msg((wrong == NULL) == (t->first != NULL), "%s: %s", t->text, wrong != NULL ? wrong : "no error");
    if (t->first == NULL)
        return;
    ck_assert_int_ne(address_parse(sv_of(t->first), &want), 0);
    ck_assert(first.hi == want.hi && first.lo == want.lo);
    ck_assert_int_ne(address_parse(sv_of(t->last), &want), 0);
    ck_assert(last.hi == want.hi && last.lo == want.lo);
}
END_TEST

static void
add(struct address_table *t, const char *range, uint32_t value)
{
    struct address first, last;
    ck_assert_ptr_null(address_parse_range(sv_of(range), &first, &last));
    address_table_add(t, first, last, value);
}

static uint32_t
find(const struct address_table *t, const char *text)
{
    struct address a;
    ck_assert_int_ne(address_parse(sv_of(text), &a), 0);
    return address_table_find(t, a);
}

START_TEST(narrowest_range_counts)
{
    struct address_table t = { 0 };
    ck_assert_uint_eq(find(&t, "1.2.3.4"), 0);
    add(&t, "10.0.0.0/8", 1);
    add(&t, "10.1.0.0/16", 2);
    add(&t, "10.1.1.0/24", 3);
    add(&t, "10.1.1.7", 4);
    add(&t, "10.1.255.0/24", 5); /* ends where its parent ends */
    add(&t, "10.2.0.0/16", 7);   /* twice: the smaller value */
    add(&t, "10.2.0.0/16", 6);
    add(&t, "2001:db8::/32", 8);
    add(&t, "255.255.255.255", 9);
    add(&t, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 10);
    address_table_freeze(&t);
    ck_assert_uint_eq(find(&t, "9.255.255.255"), 0);
    ck_assert_uint_eq(find(&t, "10.0.0.0"), 1);
    ck_assert_uint_eq(find(&t, "10.0.255.255"), 1);
    ck_assert_uint_eq(find(&t, "10.1.0.0"), 2);
    ck_assert_uint_eq(find(&t, "10.1.1.6"), 3);
    ck_assert_uint_eq(find(&t, "10.1.1.7"), 4);
    ck_assert_uint_eq(find(&t, "10.1.1.8"), 3);
    ck_assert_uint_eq(find(&t, "10.1.2.0"), 2);
    ck_assert_uint_eq(find(&t, "10.1.255.255"), 5);
    ck_assert_uint_eq(find(&t, "10.2.3.4"), 6);
    ck_assert_uint_eq(find(&t, "10.3.0.0"), 1);
    ck_assert_uint_eq(find(&t, "11.0.0.0"), 0);
    ck_assert_uint_eq(find(&t, "2001:db8:ffff::"), 8);
    ck_assert_uint_eq(find(&t, "2001:db9::"), 0);
    ck_assert_uint_eq(find(&t, "255.255.255.255"), 9);
    ck_assert_uint_eq(find(&t, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"), 0);
    ck_assert_uint_eq(find(&t, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 10);
    address_table_fini(&t);
}
END_TEST

/* Random prefixes of a small space, against the definition. */
START_TEST(table_is_the_definition)
{
    struct {
        uint64_t first, last;
        uint32_t value;
    } range[60];
    struct address_table t = { 0 };
    uint64_t seed = (uint64_t)_i * 2654435761u + 1;
    for (int i = 0; i < 60; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const unsigned length = (unsigned)(seed >> 60) % 11;
        const uint64_t size = UINT64_C(1) << (10 - length);
        range[i].first = (seed >> 33) % 1024 / size * size;
        range[i].last = range[i].first + size - 1;
        range[i].value = (uint32_t)(seed >> 20) % 7 + 1;
        address_table_add(&t, (struct address){ 5, range[i].first }, (struct address){ 5, range[i].last },
                          range[i].value);
    }
    address_table_freeze(&t);
    for (uint64_t a = 0; a < 1030; a++) {
        uint64_t size = UINT64_MAX;
        uint32_t want = 0;
        for (int i = 0; i < 60; i++) {
            const uint64_t mine = range[i].last - range[i].first;
            if (a < range[i].first || a > range[i].last)
                continue;
            if (mine < size || (mine == size && range[i].value < want)) {
                size = mine;
                want = range[i].value;
            }
        }
        ck_assert_uint_eq(address_table_find(&t, (struct address){ 5, a }), want);
    }
    ck_assert_uint_eq(address_table_find(&t, (struct address){ 4, UINT64_MAX }), 0);
    ck_assert_uint_eq(address_table_find(&t, (struct address){ 6, 0 }), 0);
    address_table_fini(&t);
}
END_TEST

TCase *
enrich_address_tests(void)
{
    TCase *t = tcase_create("address");
    tcase_add_loop_test(t, reads_addresses, 0, N_OF(parses));
    tcase_add_test(t, nul_is_no_end);
    tcase_add_loop_test(t, reads_ranges, 0, N_OF(ranges));
    tcase_add_test(t, narrowest_range_counts);
    tcase_add_loop_test(t, table_is_the_definition, 0, 20);
    return t;
}
