/* SPDX-License-Identifier: Apache-2.0 */
/* What each op means, value by value (sigma-profile.md 2 to 4 and 15). Every case is checked twice: by the op alone,
 * and by a matcher whose only rule it is, so that the indexes are held to the same table. */
#include <stdio.h>

#include "match_tests.h"
#include "match_world.h"

enum make { TEXT, CASED, GLOB, GLOB_CASED, RE, RE_FOLD, CIDR, NUM, PART, BOOL, PLAIN, REF, REF_CASED };

struct op_case {
    enum make make;
    int op;             /* TEXT, CASED, PLAIN, REF: enum op; CIDR: bits; NUM: enum compare; PART: enum date_part */
    const char *rule;   /* text, pattern, address; REF: value of the other field */
    double number;      /* NUM, PART, BOOL */
    const char *value;
    bool holds;
};

static const struct op_case cases[] = {
    /* equals */
    { TEXT, OP_EQ, "Abc", 0, "s:aBC", true },
    { TEXT, OP_EQ, "abc", 0, "s:abcd", false },
    { TEXT, OP_EQ, "abc", 0, "s:ab", false },
    { TEXT, OP_EQ, "", 0, "s:", true },
    { TEXT, OP_EQ, "", 0, "null", false },
    { TEXT, OP_EQ, "", 0, "absent", false },
    { TEXT, OP_EQ, "", 0, "object", false },
    { TEXT, OP_EQ, "abc", 0, "object", false },
    { TEXT, OP_EQ, "5", 0, "n:5", true },
    { TEXT, OP_EQ, "5", 0, "n:5.0", false },
    { TEXT, OP_EQ, "5.0", 0, "n:5.0", true },
    { TEXT, OP_EQ, "true", 0, "true", true },
    { TEXT, OP_EQ, "True", 0, "true", true },
    { TEXT, OP_EQ, "false", 0, "true", false },
    { TEXT, OP_EQ, "b", 0, "[s:a|s:B|s:c]", true },
    { TEXT, OP_EQ, "b", 0, "[s:a|null|object]", false },
    { TEXT, OP_EQ, "b", 0, "[]", false },
    { TEXT, OP_EQ, "ab", 0, "e:\\u0061b", true },
    { TEXT, OP_EQ, "\\u0061b", 0, "e:\\u0061b", false },
    { TEXT, OP_EQ, "a\tb", 0, "e:a\\tb", true },
    { TEXT, OP_EQ, "[@`{", 0, "s:[@`{", true },
    { TEXT, OP_EQ, "@", 0, "s:`", false },
    { TEXT, OP_EQ, "[", 0, "s:{", false },
    { TEXT, OP_EQ, "abcdefghijklmnop", 0, "s:ABCDEFGHIJKLMNOP", true },
    { TEXT, OP_EQ, "abcdefghijklmnop", 0, "s:ABCDEFGHIJKLMN0P", false },
    { TEXT, OP_EQ, "z\xc3\xa4", 0, "s:Z\xc3\xa4", true },
    { TEXT, OP_EQ, "z\xc3\xa4", 0, "s:Z\xc3\x84", false },
    { CASED, OP_EQ, "Abc", 0, "s:Abc", true },
    { CASED, OP_EQ, "Abc", 0, "s:abc", false },
    { CASED, OP_EQ, "True", 0, "true", false },
    /* contains, startswith, endswith; long enough for the scan, and too short for it */
    { TEXT, OP_CONTAINS, "", 0, "s:", true },
    { TEXT, OP_CONTAINS, "", 0, "absent", false },
    { TEXT, OP_CONTAINS, "b", 0, "s:aBc", true },
    { TEXT, OP_CONTAINS, "d", 0, "s:abc", false },
    { TEXT, OP_CONTAINS, "Followers", 0, "s:get FOLLOWERS fast", true },
    { TEXT, OP_CONTAINS, "followers", 0, "s:get follower", false },
    { TEXT, OP_CONTAINS, "followers", 0, "s:followers", true },
    { TEXT, OP_CONTAINS, "abcd", 0, "s:abcabcd", true },
    { TEXT, OP_CONTAINS, "abcd", 0, "s:abc", false },
    { TEXT, OP_CONTAINS, "abcd", 0, "[s:abc|s:d|s:x abcd]", true },
    { TEXT, OP_CONTAINS, "abcd", 0, "[s:ab|s:cd]", false },
    { TEXT, OP_CONTAINS, "234", 0, "n:12345", true },
    { TEXT, OP_CONTAINS, "2345", 0, "n:123456", true },
    { TEXT, OP_CONTAINS, "a long literal that is sampled", 0, "s:>>> A long literal that IS sampled", true },
    { TEXT, OP_CONTAINS, "a long literal that is sampled", 0, "s:>>> A long literal that IS samples", false },
    { TEXT, OP_CONTAINS, "a\xc3\xa9", 0, "s:xA\xc3\xa9", true },
    { CASED, OP_CONTAINS, "Follow", 0, "s:get Follow", true },
    { CASED, OP_CONTAINS, "Follow", 0, "s:get follow", false },
    { CASED, OP_CONTAINS, "B", 0, "s:abc", false },
    { TEXT, OP_STARTS, "Ab", 0, "s:aBc", true },
    { TEXT, OP_STARTS, "ab", 0, "s:xab", false },
    { TEXT, OP_STARTS, "http://", 0, "s:HTTP://x", true },
    { TEXT, OP_STARTS, "http://", 0, "s:xhttp://x", false },
    { TEXT, OP_STARTS, "http://", 0, "s:http:/", false },
    { TEXT, OP_STARTS, "", 0, "s:", true },
    { CASED, OP_STARTS, "http", 0, "s:HTTP", false },
    { TEXT, OP_ENDS, ".js", 0, "s:a.JS", true },
    { TEXT, OP_ENDS, ".js", 0, "s:a.jsx", false },
    { TEXT, OP_ENDS, "\\cmd.exe", 0, "s:C:\\Windows\\CMD.exe", true },
    { TEXT, OP_ENDS, "\\cmd.exe", 0, "s:C:\\cmd.exe ", false },
    { TEXT, OP_ENDS, "\\cmd.exe", 0, "s:cmd.exe", false },
    { TEXT, OP_ENDS, "a literal longer than an anchor reaches", 0, "s:A literal longer than an anchor reaches", true },
    { CASED, OP_ENDS, ".exe", 0, "s:a.EXE", false },
    /* wildcards */
    { GLOB, 0, "*", 0, "s:", true },
    { GLOB, 0, "*", 0, "absent", false },
    { GLOB, 0, "?", 0, "s:a", true },
    { GLOB, 0, "?", 0, "s:", false },
    { GLOB, 0, "?", 0, "s:ab", false },
    { GLOB, 0, "?", 0, "s:\xc3\xa9", true },
    { GLOB, 0, "?", 0, "s:\xf0\x9f\x98\x80", true },
    { GLOB, 0, "??", 0, "s:\xc3\xa9", false },
    { GLOB, 0, "a?c", 0, "s:A\xe2\x82\xac" "C", true },
    { GLOB, 0, "a*c", 0, "s:ac", true },
    { GLOB, 0, "a*c", 0, "s:acb", false },
    { GLOB, 0, "*b?", 0, "s:abbc", true },
    { GLOB, 0, "*b?", 0, "s:abb", true },
    { GLOB, 0, "*b?", 0, "s:ab", false },
    { GLOB, 0, "*b?d*", 0, "s:xbcbxd", true },
    { GLOB, 0, "*??b*", 0, "s:\xe2\x82\xac" "b", false },
    { GLOB, 0, "*??b*", 0, "s:x\xe2\x82\xac" "b", true },
    { GLOB, 0, "*?", 0, "s:\xc3\xa9", true },
    { GLOB, 0, "*?*", 0, "s:", false },
    { GLOB, 0, "*?a", 0, "s:\xc3\xa9" "a", true },
    { GLOB, 0, "*?a", 0, "s:a", false },
    { GLOB, 0, "a*a", 0, "s:a", false },
    { GLOB, 0, "aba*ba", 0, "s:aba", false },
    { GLOB, 0, "aba*ba", 0, "s:ababa", true },
    { GLOB, 0, "*abc*abc", 0, "s:abcabc", true },
    { GLOB, 0, "*abc*abc", 0, "s:abcab", false },
    { GLOB, 0, "abcd*wxyz", 0, "s:ABCD and WXYZ", true },
    { GLOB, 0, "abcd*wxyz", 0, "s:abcd and wxyz.", false },
    { GLOB, 0, "x?llow*", 0, "s:xollow", true },
    { GLOB, 0, "* ^enc *", 0, "s:pwsh -enc x", true },
    { GLOB, 0, "* ^enc *", 0, "s:pwsh /ENC x", true },
    { GLOB, 0, "* ^enc *", 0, "s:pwsh \xe2\x80\x93" "enc x", true },
    { GLOB, 0, "* ^enc *", 0, "s:pwsh \xe2\x80\x95" "enc x", true },
    { GLOB, 0, "* ^enc *", 0, "s:pwsh \xe2\x80\x92" "enc x", false },
    { GLOB, 0, "* ^enc *", 0, "s:pwsh enc x", false },
    { GLOB, 0, "*^", 0, "s:a\xe2\x80\x94", true },
    { GLOB, 0, "^*", 0, "s:\xe2\x80", false },
    { GLOB_CASED, 0, "A*C", 0, "s:AbC", true },
    { GLOB_CASED, 0, "A*C", 0, "s:abC", false },
    { GLOB, 0, "1*5", 0, "n:1.5", true },
    { GLOB, 0, "b*", 0, "[s:a|s:bc]", true },
    /* regular expressions */
    { RE, 0, "b+c", 0, "s:abbcd", true },
    { RE, 0, "B", 0, "s:b", false },
    { RE_FOLD, 0, "B", 0, "s:b", true },
    { RE_FOLD, 0, "\xc3\x84", 0, "s:\xc3\xa4", true },
    { RE_FOLD, 0, "kiss", 0, "s:\xe2\x84\xaai\xc5\xbf\xc5\xbf", true },
    { RE, 0, "^a.c$", 0, "s:a\xe2\x82\xac" "c", true },
    { RE, 0, "^\\w+$", 0, "s:\xc3\xa4", false },
    { RE, 0, "followers?!", 0, "s:get followers!", true },
    { RE, 0, "followers?!", 0, "s:get followers", false },
    { RE, 0, "^$", 0, "s:", true },
    { RE, 0, "^$", 0, "absent", false },
    { RE, 0, "^5$", 0, "n:5", true },
    { RE, 0, "^b$", 0, "[s:a|s:b]", true },
    { RE, 0, "(a+)+$", 0, "s:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", false },
    /* networks */
    { CIDR, 8, "10.0.0.0", 0, "s:10.255.255.255", true },
    { CIDR, 8, "10.0.0.0", 0, "s:11.0.0.0", false },
    { CIDR, 8, "10.0.0.0", 0, "s:::ffff:10.1.2.3", true },
    { CIDR, 8, "10.0.0.0", 0, "s:::ffff:a01:203", true },
    { CIDR, 8, "10.0.0.0", 0, "s:::10.1.2.3", false },
    { CIDR, 12, "172.16.0.0", 0, "s:172.31.255.255", true },
    { CIDR, 12, "172.16.0.0", 0, "s:172.32.0.0", false },
    { CIDR, 32, "192.0.2.1", 0, "s:192.0.2.1", true },
    { CIDR, 32, "192.0.2.1", 0, "s:192.0.2.2", false },
    { CIDR, 0, "0.0.0.0", 0, "s:255.255.255.255", true },
    { CIDR, 0, "0.0.0.0", 0, "s:2001:db8::1", false },
    { CIDR, 0, "::", 0, "s:2001:db8::1", true },
    { CIDR, 0, "::", 0, "s:10.0.0.1", false },
    { CIDR, 32, "2001:db8::", 0, "s:2001:DB8:ffff::", true },
    { CIDR, 32, "2001:db8::", 0, "s:2001:db9::", false },
    { CIDR, 127, "2001:db8::", 0, "s:2001:db8::1", true },
    { CIDR, 127, "2001:db8::", 0, "s:2001:db8::2", false },
    { CIDR, 8, "10.0.0.0", 0, "s:10.0.0", false },
    { CIDR, 8, "10.0.0.0", 0, "s:10.0.0.01", false },
    { CIDR, 8, "10.0.0.0", 0, "s:10.0.0.256", false },
    { CIDR, 8, "10.0.0.0", 0, "s:10.0.0.1 ", false },
    { CIDR, 8, "10.0.0.0", 0, "s: 10.0.0.1", false },
    { CIDR, 8, "10.0.0.0", 0, "s:10.0.0.1.", false },
    { CIDR, 8, "10.0.0.0", 0, "s:10.0.0.1234", false },
    { CIDR, 8, "10.0.0.0", 0, "s:", false },
    { CIDR, 8, "10.0.0.0", 0, "s:localhost", false },
    { CIDR, 32, "2001:db8::", 0, "s:2001:db8::1%eth0", false },
    { CIDR, 32, "2001:db8::", 0, "s:[2001:db8::1]", false },
    { CIDR, 32, "2001:db8::", 0, "s:2001:db8:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001", false },
    { CIDR, 8, "10.0.0.0", 0, "[s:1.1.1.1|s:10.0.0.1]", true },
    /* numbers */
    { NUM, CMP_EQ, NULL, 5, "n:5", true },
    { NUM, CMP_EQ, NULL, 5, "n:5.0", true },
    { NUM, CMP_EQ, NULL, 5, "n:5e0", true },
    { NUM, CMP_EQ, NULL, 5, "s:5", true },
    { NUM, CMP_EQ, NULL, 5, "s:5.0", true },
    { NUM, CMP_EQ, NULL, 5, "s:05", false },
    { NUM, CMP_EQ, NULL, 5, "s: 5", false },
    { NUM, CMP_EQ, NULL, 5, "s:0x5", false },
    { NUM, CMP_EQ, NULL, 5, "s:", false },
    { NUM, CMP_EQ, NULL, 5, "absent", false },
    { NUM, CMP_EQ, NULL, 5, "null", false },
    { NUM, CMP_EQ, NULL, 1, "true", false },
    { NUM, CMP_EQ, NULL, 0, "n:-0", true },
    { NUM, CMP_EQ, NULL, 5, "e:\\u0035", true },
    { NUM, CMP_EQ, NULL, 5, "[n:4|n:5]", true },
    { NUM, CMP_NEQ, NULL, 5, "n:6", true },
    { NUM, CMP_NEQ, NULL, 5, "n:5.0", false },
    { NUM, CMP_NEQ, NULL, 5, "s:x", false },
    { NUM, CMP_NEQ, NULL, 5, "absent", false },
    { NUM, CMP_LT, NULL, 5, "n:4.9", true },
    { NUM, CMP_LT, NULL, 5, "n:5", false },
    { NUM, CMP_LTE, NULL, 5, "n:5", true },
    { NUM, CMP_LTE, NULL, 5, "n:5.1", false },
    { NUM, CMP_GT, NULL, 5, "n:5.1", true },
    { NUM, CMP_GT, NULL, 5, "n:5", false },
    { NUM, CMP_GT, NULL, 5, "s:50", true },
    { NUM, CMP_GTE, NULL, 5, "n:5", true },
    { NUM, CMP_GTE, NULL, 5, "n:4", false },
    { NUM, CMP_GTE, NULL, 5, "s:9 lives", false },
    { NUM, CMP_GTE, NULL, -5, "n:-4", true },
    /* parts of dates: 2026-11-22 is a Sunday, the last day of ISO week 47 */
    { PART, PART_MINUTE, NULL, 14, "s:2026-11-22T03:14:15Z", true },
    { PART, PART_HOUR, NULL, 3, "s:2026-11-22T03:14:15Z", true },
    { PART, PART_HOUR, NULL, 1, "s:2026-11-22T03:14:15+02:00", true },
    { PART, PART_HOUR, NULL, 3, "s:2026-11-22 03:14:15", true },
    { PART, PART_DAY, NULL, 22, "s:2026-11-22", true },
    { PART, PART_WEEK, NULL, 47, "s:2026-11-22", true },
    { PART, PART_WEEK, NULL, 48, "s:2026-11-23", true },
    { PART, PART_MONTH, NULL, 11, "s:2026-11-22", true },
    { PART, PART_YEAR, NULL, 2026, "s:2026-11-22", true },
    { PART, PART_YEAR, NULL, 2023, "n:1700000000", true },
    { PART, PART_YEAR, NULL, 2023, "n:1700000000000", true },
    { PART, PART_YEAR, NULL, 2023, "s:1700000000", true },
    { PART, PART_YEAR, NULL, 2026, "s:in 2026", false },
    { PART, PART_HOUR, NULL, 0, "true", false },
    { PART, PART_DAY, NULL, 22, "[s:x|s:2026-11-22]", true },
    /* booleans */
    { BOOL, 0, NULL, 1, "true", true },
    { BOOL, 0, NULL, 1, "false", false },
    { BOOL, 0, NULL, 0, "false", true },
    { BOOL, 0, NULL, 1, "s:true", true },
    { BOOL, 0, NULL, 1, "s:True", true },
    { BOOL, 0, NULL, 1, "s:yes", false },
    { BOOL, 0, NULL, 1, "n:1", false },
    { BOOL, 0, NULL, 0, "null", false },
    { BOOL, 0, NULL, 0, "absent", false },
    { BOOL, 0, NULL, 1, "[false|true]", true },
    /* null and exists */
    { PLAIN, OP_NULL, NULL, 0, "absent", true },
    { PLAIN, OP_NULL, NULL, 0, "null", true },
    { PLAIN, OP_NULL, NULL, 0, "[]", true },
    { PLAIN, OP_NULL, NULL, 0, "[null|null]", true },
    { PLAIN, OP_NULL, NULL, 0, "[null|s:]", false },
    { PLAIN, OP_NULL, NULL, 0, "[object]", false },
    { PLAIN, OP_NULL, NULL, 0, "s:", false },
    { PLAIN, OP_NULL, NULL, 0, "false", false },
    { PLAIN, OP_NULL, NULL, 0, "object", false },
    { PLAIN, OP_EXISTS, NULL, 0, "absent", false },
    { PLAIN, OP_EXISTS, NULL, 0, "null", true },
    { PLAIN, OP_EXISTS, NULL, 0, "[]", true },
    { PLAIN, OP_EXISTS, NULL, 0, "object", true },
    { PLAIN, OP_EXISTS, NULL, 0, "s:", true },
    /* another field */
    { REF, OP_EQ, "s:ALICE", 0, "s:alice", true },
    { REF, OP_EQ, "s:bob", 0, "s:alice", false },
    { REF, OP_EQ, "n:5", 0, "s:5", true },
    { REF, OP_EQ, "true", 0, "s:TRUE", true },
    { REF, OP_EQ, "absent", 0, "s:", false },
    { REF, OP_EQ, "absent", 0, "absent", false },
    { REF, OP_EQ, "null", 0, "null", false },
    { REF, OP_EQ, "object", 0, "object", false },
    { REF, OP_EQ, "[s:a|s:b]", 0, "[s:c|s:B]", true },
    { REF, OP_EQ, "[s:a|s:b]", 0, "[s:c|s:d]", false },
    { REF, OP_EQ, "e:\\u0061b", 0, "s:AB", true },
    { REF, OP_CONTAINS, "s:LIC", 0, "s:alice", true },
    { REF, OP_CONTAINS, "s:", 0, "s:alice", true },
    { REF, OP_CONTAINS, "s:alice b", 0, "s:alice", false },
    { REF, OP_STARTS, "s:Al", 0, "s:alice", true },
    { REF, OP_STARTS, "s:li", 0, "s:alice", false },
    { REF, OP_ENDS, "s:CE", 0, "s:alice", true },
    { REF, OP_ENDS, "s:ic", 0, "s:alice", false },
    { REF_CASED, OP_EQ, "s:Alice", 0, "s:alice", false },
    { REF_CASED, OP_ENDS, "s:ce", 0, "s:alice", true },
};

static pred_id
make_pred(struct world *w, const struct op_case *c, field_id f, field_id other)
{
    switch (c->make) {
    case TEXT:
    case CASED:
        return world_text(w, (enum op)c->op, f, c->rule, c->make == CASED);
    case GLOB:
    case GLOB_CASED:
        return world_glob(w, f, c->rule, c->make == GLOB_CASED);
    case RE:
    case RE_FOLD:
        return world_regex(w, f, c->rule, c->make == RE_FOLD ? REGEX_FOLD : 0);
    case CIDR:
        return world_cidr(w, f, c->rule, (unsigned)c->op);
    case NUM:
        return world_number(w, f, (enum compare)c->op, c->number, PART_NONE);
    case PART:
        return world_number(w, f, CMP_EQ, c->number, (enum date_part)c->op);
    case BOOL:
        return world_boolean(w, f, c->number > 0);
    case PLAIN:
        return world_plain(w, (enum op)c->op, f);
    case REF:
    case REF_CASED:
        break;
    }
    return world_fieldref(w, f, (enum op)c->op, other, c->make == REF_CASED);
}

static void
set_event(struct world *w, const struct op_case *c, field_id f, field_id other)
{
    world_event(w);
    world_set(w, f, c->value);
    if (c->make == REF || c->make == REF_CASED)
        world_set(w, other, c->rule);
}

static void
check_case(const struct op_case *c, bool keyword)
{
    struct world w;
    const uint32_t *rules;
    const bool enabled[] = { true };
    world_init(&w);
    const field_id f = keyword ? FIELD_ANY : world_field(&w, "f");
    const field_id other = world_field(&w, "other");
    const pred_id p = make_pred(&w, c, f, other);
    world_rule(&w, "r", expr_leaf(w.program, p));
    program_freeze(w.program);
    struct matcher *m = matcher_new(w.program, enabled, true);
    struct match_scratch *s = match_scratch_new(w.program);

    set_event(&w, c, f, other);
    const bool alone = match_pred(w.program, p, s, &w.ev);
    set_event(&w, c, f, other); /* again: a value is decoded by the first that looks at it */
    const bool indexed = matcher_run(m, s, &w.ev, &rules) == 1;
    const char *rule = c->rule != NULL ? c->rule : "it";
    ck_assert_msg(alone == c->holds, "%s of '%s' is %d", rule, c->value, alone);
    ck_assert_msg(indexed == c->holds, "indexed: %s of '%s' is %d", rule, c->value, indexed);

    match_scratch_free(s);
    matcher_free(m);
    world_fini(&w);
}

START_TEST(op)
{
    check_case(&cases[_i], false);
    if (cases[_i].make != PLAIN)
        check_case(&cases[_i], true);
}
END_TEST

/* A row of ops.def without its run half would only be noticed by a rule that uses it. */
START_TEST(every_op)
{
    struct world w;
    world_init(&w);
    struct pred preds[OP_COUNT_] = { 0 };
    world_regex(&w, FIELD_ANY, "x", 0);
    world_event(&w);
    for (int i = 0; i < OP_COUNT_; i++) {
        preds[i] = (struct pred){ .op = (enum op)i, .ref_op = OP_EQ, .ref = w.program->uid, .field = w.program->uid };
        preds[i].regex = w.program->preds.v[0].regex;
        preds[i].glob = &(struct glob_token){ GLOB_ANY, SV_NONE };
        preds[i].n_glob = 1;
        program_pred(w.program, &preds[i]);
    }
    struct match_scratch *s = match_scratch_new(w.program);
    for (pred_id p = 0; p < w.program->preds.n; p++)
        ck_assert_int_eq(match_pred(w.program, p, s, &w.ev), w.program->preds.v[p].op == OP_NULL);
    match_scratch_free(s);
    world_fini(&w);
}
END_TEST

TCase *
match_ops_tests(void)
{
    TCase *t = tcase_create("ops");
    tcase_add_loop_test(t, op, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(t, every_op);
    return t;
}
