/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of value and every modifier: a line of a selection, and the predicates that it becomes. */
#include <string.h>

#include "lang_rules.h"
#include "lang_suites.h"

struct line_case {
    const char *line;
    const char *want;
};

static const struct line_case values[] = {
    { "a: x", "a equals \"x\"" },
    { "a: Root", "a equals \"root\"" },
    { "a: ''", "a equals \"\"" },
    { "a: [x, y]", "(a equals \"x\" or a equals \"y\")" },
    { "a: null", "a null" },
    { "a:", "a null" },
    { "a: ~", "a null" },
    { "a: 'null'", "a equals \"null\"" },
    { "a: true", "a boolean true" },
    { "a: FALSE", "a boolean false" },
    { "a: 'true'", "a equals \"true\"" },
    { "a: yes", "a equals \"yes\"" },
    { "a: 5", "a number eq 5" },
    { "a: -1.50e1", "a number eq -15" },
    { "a: '5'", "a equals \"5\"" },
    { "a: 00000429", "a equals \"00000429\"" },
    { "a: 1_000", "a equals \"1_000\"" },
    { "a: 0x10", "a equals \"0x10\"" },
    { "a: .5", "a equals \".5\"" },
    { "a: 2026-11-22", "a equals \"2026-11-22\"" },
    { "a: !!str 5", "a equals \"5\"" },
    { "a: [x, 5, true]", "(a equals \"x\" or a number eq 5 or a boolean true)" },
    { "a b: x", "a b equals \"x\"" },
    { "a.b-c: x", "a.b-c equals \"x\"" },
    { "a: 'x*'", "a startswith \"x\"" },
    { "a: '*x'", "a endswith \"x\"" },
    { "a: '*x*'", "a contains \"x\"" },
    { "a: 'x*y'", "a wildcard \"x<*>y\"" },
    { "a: 'X?Y'", "a wildcard \"x<?>y\"" },
    { "a: '*x*y*'", "a wildcard \"<*>x<*>y<*>\"" },
    { "a: '*'", "a wildcard \"<*>\"" },
    { "a: '?*'", "a wildcard \"<?><*>\"" },
    { "a: 'x\\*'", "a equals \"x*\"" },
    { "a: 'C:\\Temp\\x'", "a equals \"c:\\temp\\x\"" },
    { "{a: x, b: y}", "(a equals \"x\" and b equals \"y\")" },
    /* not ASCII and in any case: Unicode folding */
    { "a: Grün", "a re /\\AGrün\\z/is" },
    { "a|contains: Grün", "a re /Grün/iL" },
    { "a|startswith: Grün.", "a re /\\AGrün\\./is" },
    { "a|endswith: grün", "a re /grün\\z/is" },
    { "a: 'gr?n ü*'", "a re /\\Agr.n\\ ü/is" },
    { "a|cased: Grün", "a equals \"Grün\" cased" },
    { "a|cased|contains: Grün", "a contains \"Grün\" cased" },
};

static const struct line_case modifiers[] = {
    { "a|contains: X", "a contains \"x\"" },
    { "a|startswith: x", "a startswith \"x\"" },
    { "a|endswith: x", "a endswith \"x\"" },
    { "a|startswith|endswith: x", "a contains \"x\"" },
    { "a|contains: ''", "a wildcard \"<*>\"" },
    { "a|contains: '*x'", "a contains \"x\"" },
    { "a|contains: 'x*y'", "a wildcard \"<*>x<*>y<*>\"" },
    { "a|startswith: '5'", "a startswith \"5\"" },
    { "a|contains|all: [x, y]", "(a contains \"x\" and a contains \"y\")" },
    { "a|all|contains: [x, y]", "(a contains \"x\" and a contains \"y\")" },
    { "a|cased: X", "a equals \"X\" cased" },
    { "a|cased|contains: X", "a contains \"X\" cased" },
    { "a|contains|cased: X", "a contains \"X\" cased" },
    { "a|cased: 'X*Y'", "a wildcard \"X<*>Y\" cased" },

    { "a|neq: x", "not a equals \"x\"" },
    { "a|neq: [x, y]", "not (a equals \"x\" or a equals \"y\")" },
    { "a|neq|all: [x, y]", "not (a equals \"x\" and a equals \"y\")" },
    { "a|neq: null", "not a null" },
    { "a|neq|contains: x", "not a contains \"x\"" },
    { "a|gte|neq: 5", "not a number gte 5" },

    { "a|re: x+y", "a re /x+y/" },
    { "a|re: '\\d+\\*'", "a re /\\d+\\*/" },
    { "a|re: [x, y]", "(a re /x/ or a re /y/)" },
    { "a|re|all: [x, y]", "(a re /x/ and a re /y/)" },
    { "a|re|i: x", "a re /x/i" },
    { "a|re|m: x", "a re /x/m" },
    { "a|re|s: x", "a re /x/s" },
    { "a|re|i|m|s: x", "a re /x/ims" },
    { "a|re|ignorecase|multiline|dotall: x", "a re /x/ims" },
    { "a|re|contains: x", "a re /x/" },
    { "a|neq|re: x", "not a re /x/" },

    { "a|cidr: 10.0.0.0/8", "a cidr 00000000000000000000ffff0a000000/104" },
    { "a|cidr: 192.0.2.1", "a cidr 00000000000000000000ffffc0000201/128" },
    { "a|cidr: 0.0.0.0/0", "a cidr 00000000000000000000ffff00000000/96" },
    { "a|cidr: '2001:db8::/32'", "a cidr 20010db8000000000000000000000000/32" },
    { "a|cidr: '::1'", "a cidr 00000000000000000000000000000001/128" },
    { "a|cidr: '::/0'", "a cidr 00000000000000000000000000000000/0" },

    { "a|exists: true", "a exists" },
    { "a|exists: false", "not a exists" },

    { "a|gt: 5", "a number gt 5" },
    { "a|gte: 5.5", "a number gte 5.5" },
    { "a|lt: -1", "a number lt -1" },
    { "a|lte: 5", "a number lte 5" },
    { "a|gt: [5, 10]", "(a number gt 5 or a number gt 10)" },

    { "a|minute: 0", "a number eq 0 of minute" },
    { "a|hour: [22, 23]", "(a number eq 22 of hour or a number eq 23 of hour)" },
    { "a|hour|gte: 22", "a number gte 22 of hour" },
    { "a|day: 31", "a number eq 31 of day" },
    { "a|week: 53", "a number eq 53 of week" },
    { "a|month|lt: 3", "a number lt 3 of month" },
    { "a|year|neq: 2026", "not a number eq 2026 of year" },

    { "a|fieldref: b.c", "a fieldref equals b.c" },
    { "a|fieldref|contains: b", "a fieldref contains b" },
    { "a|fieldref|startswith: b", "a fieldref startswith b" },
    { "a|fieldref|endswith: b", "a fieldref endswith b" },
    { "a|fieldref|startswith|endswith: b", "a fieldref contains b" },
    { "a|fieldref|cased: b", "a fieldref equals b cased" },
    { "a|fieldref|neq: b", "not a fieldref equals b" },
    { "a|fieldref: [b, c]", "(a fieldref equals b or a fieldref equals c)" },

    { "a|base64: foobar", "a equals \"zm9vymfy\"" },
    { "a|base64|cased: foobar", "a equals \"Zm9vYmFy\" cased" },
    { "a|base64|cased: foo", "a equals \"Zm9v\" cased" },
    { "a|base64|cased: fooba", "a equals \"Zm9vYmE=\" cased" },
    { "a|base64|cased: 'a\\*b'", "a equals \"YSpi\" cased" },
    { "a|base64|contains|cased: ü", "a contains \"w7w=\" cased" },
    { "a|base64|base64|cased: foo", "a equals \"Wm05dg==\" cased" },
    { "a|base64offset|contains|cased: foobar",
      "(a contains \"Zm9vYmFy\" cased or a contains \"Zvb2Jhc\" cased or a contains \"mb29iYX\" cased)" },
    { "a|base64offset|contains|cased: http://",
      "(a contains \"aHR0cDovL\" cased or a contains \"h0dHA6Ly\" cased or a contains \"odHRwOi8v\" cased)" },
    /* bytes count, not characters */
    { "a|base64offset|contains|cased: üb",
      "(a contains \"w7xi\" cased or a contains \"O8Y\" cased or a contains \"DvG\" cased)" },
    /* variants are alternatives, also under all */
    { "a|base64offset|contains|all|cased: [foobar, foo]",
      "((a contains \"Zm9vYmFy\" cased or a contains \"Zvb2Jhc\" cased or a contains \"mb29iYX\" cased) and "
      "(a contains \"Zm9v\" cased or a contains \"Zvb\" cased or a contains \"mb2\" cased))" },
    { "a|wide|base64|cased: ab", "a equals \"YQBiAA==\" cased" },
    { "a|utf16le|base64|cased: ab", "a equals \"YQBiAA==\" cased" },
    { "a|utf16be|base64|cased: ab", "a equals \"AGEAYg==\" cased" },
    { "a|utf16|base64|cased: ab", "a equals \"//5hAGIA\" cased" },
    { "a|wide|base64|cased: \"\\U0001F600\"", "a equals \"PdgA3g==\" cased" },
    { "a|wide|base64offset|contains|cased: ab",
      "(a contains \"YQBiA\" cased or a contains \"EAYg\" cased or a contains \"hAGIA\" cased)" },

    { "a|windash|contains: ' -enc'", "a wildcard \"<*> <->enc<*>\"" },
    { "a|windash: 'x-y -z /q'", "a wildcard \"x-y <->z <->q\"" },
    { "a|windash: '–foo'", "a wildcard \"<->foo\"" },
    { "a|windash: '--foo'", "a wildcard \"-<->foo\"" },
    { "a|windash: 'foo-'", "a equals \"foo-\"" },
    { "a|windash: '*-x'", "a wildcard \"<*><->x\"" },
    { "a|windash: 'a\\*-x'", "a wildcard \"a*<->x\"" },
    { "a|windash|contains|all: [' -a', ' -b']", "(a wildcard \"<*> <->a<*>\" and a wildcard \"<*> <->b<*>\")" },
    { "a|windash|contains: '-ü'", "a re /-ü/iL" },
    { "a|windash|contains: '-eü'", "a re /[-/\\x{2013}-\\x{2015}]eü/is" },
    { "a|windash|base64|cased: '-a'",
      "(a equals \"LWE=\" cased or a equals \"L2E=\" cased or a equals \"4oCTYQ==\" cased or "
      "a equals \"4oCUYQ==\" cased or a equals \"4oCVYQ==\" cased)" },

    { "a|expand: '%admins%'", "(a equals \"alice\" or a equals \"b*b\")" },
    { "a|expand|contains: 'x-%admins%'", "(a contains \"x-alice\" or a contains \"x-b*b\")" },
    { "a|expand|contains|all: '%admins%'", "(a contains \"alice\" and a contains \"b*b\")" },
    { "a|expand: '%one%-*-%admins%'", "(a wildcard \"1-<*>-alice\" or a wildcard \"1-<*>-b*b\")" },
    { "a|expand: ['%one%', x]", "(a equals \"1\" or a equals \"x\")" },
    { "a|expand: '\\%admins%'", "a equals \"%admins%\"" },
    { "a|expand: '\\\\%one%'", "a equals \"\\1\"" },
    { "a|re|expand: '^%admins%\\.$'", "(a re /^alice\\.$/ or a re /^b\\*b\\.$/)" },
    { "a|windash|expand: '-x %one%'", "a wildcard \"<->x 1\"" },
    { "a|expand: '%none%'", "false" },
    { "a|expand|contains|all: ['%none%', x]", "false" },
    { "a: '%admins%'", "a equals \"%admins%\"" },
};

static const struct line_case keywords[] = {
    { "word", "* contains \"word\"" },
    { "[one, two]", "(* contains \"one\" or * contains \"two\")" },
    { "['a*b', 4625, true, 5.0]",
      "(* wildcard \"<*>a<*>b<*>\" or * contains \"4625\" or * contains \"true\" or * contains \"5.0\")" },
    { "{'|all': [one, two]}", "(* contains \"one\" and * contains \"two\")" },
    { "{'|contains': one}", "* contains \"one\"" },
    { "{'|startswith': one}", "* startswith \"one\"" },
    { "{'|re': on+e}", "* re /on+e/" },
    { "{'|cased': One}", "* contains \"One\" cased" },
    { "{'|neq': one}", "not * contains \"one\"" },
    { "{'': one}", "* contains \"one\"" },
    { "[ünter]", "* re /ünter/iL" },
    { "[{a: x}, {b: y, c: z}]", "(a equals \"x\" or (b equals \"y\" and c equals \"z\"))" },
};

static void
compare(const struct line_case *c, const char *before)
{
    struct rules r;
    char text[2048];

    rules_write("lists/admins.txt", "# who\nalice\n\n  b*b  \r\n");
    rules_write("lists/one.txt", "\xef\xbb\xbf"
                                 "1");
    rules_write("lists/none.txt", "");
    snprintf(text, sizeof text, "title: T\nlogsource: {product: p}\ndetection:\n  sel:%s%s\n  condition: sel\n", before,
             c->line);
    rules_load_text(&r, text);
    ck_assert_msg(r.err == ERR_OK, "%s:\n%s", c->line, rules_messages(&r));
    const char *got = rules_condition(&r, 0);
    ck_assert_msg(strcmp(got, c->want) == 0, "%s\nwant %s\n got %s", c->line, c->want, got);
    rules_free(&r);
}

START_TEST(value)
{
    compare(&values[_i], "\n    ");
}
END_TEST

START_TEST(modifier)
{
    compare(&modifiers[_i], "\n    ");
}
END_TEST

START_TEST(keyword)
{
    compare(&keywords[_i], " ");
}
END_TEST

/* Each modifier has a name and a help text, and a line in the table above. */
START_TEST(all_are_tested)
{
    for (size_t i = 0; modifier_name(i) != NULL; i++) {
        char needle[64];
        bool found = false;
        snprintf(needle, sizeof needle, "|%s", modifier_name(i));
        for (int k = 0; k < N_OF(modifiers); k++) {
            const char *at = strstr(modifiers[k].line, needle);
            found = found || (at != NULL && strchr("|:", at[strlen(needle)]) != NULL);
        }
        ck_assert_msg(found, "no test of '%s'", modifier_name(i));
        ck_assert_ptr_nonnull(modifier_help(i));
        ck_assert_uint_gt(strlen(modifier_help(i)), 10);
    }
    ck_assert_ptr_null(modifier_help(1000));
}
END_TEST

START_TEST(keywords_ask_for_all_values)
{
    struct rules r;
    rules_load_text(&r, "title: T\nlogsource: {product: p}\ndetection: {sel: word, condition: sel}\n");
    ck_assert(fields_wants_any(r.fields));
    rules_free(&r);
    rules_load_text(&r, "title: T\nlogsource: {product: p}\ndetection: {sel: {a: word}, condition: sel}\n");
    ck_assert(!fields_wants_any(r.fields));
    rules_free(&r);
}
END_TEST

Suite *
lang_item_suite(void)
{
    Suite *s = suite_create("lang item");
    TCase *t = tcase_create("item");
    tcase_add_loop_test(t, value, 0, N_OF(values));
    tcase_add_loop_test(t, modifier, 0, N_OF(modifiers));
    tcase_add_loop_test(t, keyword, 0, N_OF(keywords));
    tcase_add_test(t, all_are_tested);
    tcase_add_test(t, keywords_ask_for_all_values);
    suite_add_tcase(s, t);
    return s;
}
