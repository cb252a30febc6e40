/* SPDX-License-Identifier: Apache-2.0 */
/* Which value of a document a dotted name means. */
#include "input_util.h"

static const struct {
    const char *fields;
    const char *text;
    const char *want;
    const char *options; /* f: fold case, *: show all scalars */
} rows[] = {
    /* nested and literal */
    { "a.b.c", "{\"a\":{\"b\":{\"c\":1}}}", " a.b.c=1", "" },
    { "a.b.c", "{\"a.b.c\":1}", " a.b.c=1", "" },
    { "a.b.c", "{\"a.b\":{\"c\":1}}", " a.b.c=1", "" },
    { "a.b.c", "{\"a\":{\"b.c\":1}}", " a.b.c=1", "" },
    { "a.b.c", "{\"a\":1,\"b\":{\"c\":2},\"c\":3}", "", "" },
    { "a.b", "{\"a\":{\"b\":1},\"b\":2}", " a.b=1", "" },
    { "a", "{\"b\":{\"a\":1}}", "", "" },
    { "a.b a", "{\"a\":{\"b\":1}}", " a.b=1 a={}", "" },

    /* the literal key wins, then the longer first key, in either order */
    { "a.b.c", "{\"a\":{\"b\":{\"c\":1}},\"a.b.c\":2}", " a.b.c=2", "" },
    { "a.b.c", "{\"a.b.c\":2,\"a\":{\"b\":{\"c\":1}}}", " a.b.c=2", "" },
    { "a.b.c", "{\"a.b\":{\"c\":1},\"a\":{\"b.c\":2}}", " a.b.c=1", "" },
    { "a.b.c", "{\"a\":{\"b.c\":2},\"a.b\":{\"c\":1}}", " a.b.c=1", "" },
    { "a.b.c", "{\"a\":{\"b.c\":2,\"b\":{\"c\":3}}}", " a.b.c=2", "" },
    { "a.b.c", "{\"a\":{\"b\":{\"c\":3},\"b.c\":2}}", " a.b.c=2", "" },
    { "a.b.c", "{\"a.b\":{\"x\":1},\"a\":{\"b\":{\"c\":3}}}", " a.b.c=3", "" },
    { "a.b", "{\"a.b\":null,\"a\":{\"b\":1}}", " a.b=null", "" },
    { "a.b.c.d", "{\"a.b\":{\"c\":{\"d\":1}},\"a\":{\"b.c.d\":2}}", " a.b.c.d=1", "" },
    { "a.b.c.d", "{\"a.b\":{\"c\":{\"d\":1},\"c.d\":3},\"a\":{\"b.c.d\":2}}", " a.b.c.d=3", "" },

    /* lists: any member contributes */
    { "a.b", "{\"a\":[{\"b\":1},{\"b\":2}]}", " a.b=[1,2]", "" },
    { "a.b", "{\"a\":[{\"b\":1},{\"c\":2},3,null]}", " a.b=[1]", "" },
    { "a.b", "{\"a\":[{\"c\":1}]}", "", "" },
    { "a.b", "{\"a\":[]}", "", "" },
    { "a.b", "{\"a\":[{\"b\":[1,2]},{\"b\":3},{\"b\":[]},{\"b\":null},{\"b\":{}}]}", " a.b=[1,2,3,null,{}]", "" },
    { "a.b", "{\"a\":[{\"b\":[]}]}", " a.b=[]", "" },
    { "a.b", "{\"a\":[[{\"b\":1}],[[{\"b\":2}]]]}", " a.b=[1,2]", "" },
    { "a.b.c", "{\"a\":[{\"b\":[{\"c\":1},{\"c\":2}]},{\"b\":{\"c\":3}}]}", " a.b.c=[1,2,3]", "" },
    { "a.b.c", "{\"a\":[{\"b\":{\"c\":1}},{\"b.c\":2}]}", " a.b.c=[1,2]", "" },
    { "a.b.c", "{\"a\":[{\"b\":{\"c\":1},\"b.c\":2}]}", " a.b.c=[2]", "" },
    { "a.b.c", "{\"a\":[{\"b.c\":1}],\"a.b\":{\"c\":2}}", " a.b.c=2", "" },
    { "a a.b a.c", "{\"a\":[1,{\"b\":2,\"c\":3},[4,{\"b\":5}]]}", " a=[1,{},4,{}] a.b=[2,5] a.c=[3]", "" },
    { "a a.b", "{\"a\":[]}", " a=[]", "" },
    { "a.b c", "{\"c\":0,\"a\":[{\"b\":1}],\"x\":[{\"b\":2}]}", " a.b=[1] c=0", "" },
    { "p.name p.value", "{\"p\":[{\"name\":\"x\",\"value\":1},{\"name\":\"y\"}]}", " p.name=[\"x\",\"y\"] p.value=[1]",
      "" },

    /* repeated keys: the last one wins, with all that is below it */
    { "a", "{\"a\":1,\"a\":2}", " a=2", "" },
    { "a", "{\"a\":1,\"a\":null}", " a=null", "" },
    { "a.b a.c", "{\"a\":{\"b\":1,\"c\":2},\"a\":{\"c\":3}}", " a.c=3", "" },
    { "a.b", "{\"a\":{\"b\":1},\"a\":2}", "", "" },
    { "a.b", "{\"a\":{\"b\":1},\"a\":2,\"a\":{\"b\":4}}", " a.b=4", "" },
    { "a.b.c", "{\"a.b\":{\"c\":1},\"a\":{\"b\":{\"c\":2}},\"a.b\":{}}", " a.b.c=2", "" },
    { "a.b", "{\"a\":[{\"b\":1,\"b\":2},{\"b\":3}]}", " a.b=[2,3]", "" },
    { "a.b", "{\"a\":[{\"b\":1}],\"a\":[{\"b\":2},{\"b\":3}]}", " a.b=[2,3]", "" },
    { "a", "{\"a\":1,\"\\u0061\":2}", " a=2", "" },
    { "a", "{\"\\u0061\":1,\"a\":2}", " a=2", "" },
    { "a", "{\"a\":1,\"b\":2,\"b\":3}", " a=1", "" },
    { "a.b", "{\"x\":{\"a\":1,\"a\":2},\"a\":{\"b\":1}}", " a.b=1", "" },
    { "a.b", "{\"a\":{\"b\":1},\"x\":{\"y\":1},\"a\":{\"b\":{\"c\":1}}}", " a.b={}", "" },
    { "", "{\"a\":1,\"b\":\"x\",\"a\":[2,{\"c\":3}]}", " *=[\"x\",2,3]", "*" },
    { "", "{\"a\":{\"b\":1,\"b\":2},\"c\":[{\"d\":4},{\"d\":5}]}", " *=[2,4,5]", "*" },
    { "a.b", "{\"a\":{\"b\":1},\"x\":{\"y\":1,\"y\":2},\"a\":{\"c\":7}}", " *=[2,7]", "*" },

    /* escapes in keys */
    { "a.b", "{\"\\u0061\":{\"\\u0062\":1}}", " a.b=1", "" },
    { "a/b", "{\"a\\/b\":1}", " a/b=1", "" },

    /* blanks in the log's keys */
    { "ThreatName", "{\"Threat Name\":1}", " ThreatName=1", "" },
    { "Threat_Name ThreatName", "{\"Threat Name\":1}", " Threat Name=1 ThreatName=1", "" },
    { "ThreatName", "{\"Threat Name\":1,\"ThreatName\":2}", " ThreatName=2", "" },
    { "ThreatName", "{\"ThreatName\":2,\"Threat Name\":1}", " ThreatName=2", "" },
    { "ab.c", "{\"a b\":{\"c\":1}}", " ab.c=1", "" },
    { "ab.c", "{\"a b\":{\" c \":1},\"x\":0}", " ab.c=1", "" },
    { "ab.c", "{\"a b\":{\"c\":1},\"a  b\":{\"d\":2}}", " ab.c=1", "" },
    { "ab", "{\"a b\":1,\"a  b\":2}", " ab=2", "" },
    { "ab.c", "{\"a b\":{\"c\":1},\"a b\":{\"d\":2}}", "", "" },
    { "x abcdefghijklmnop", "{\"abcdefgh ijklmnop\":1,\"x\":2}", " x=2 abcdefghijklmnop=1", "" },
    { "a_b.c ab.c", "{\"a b\":{\"c\":\"x\"}}", " *=[\"x\"] a b.c=\"x\" ab.c=\"x\"", "*" },

    /* upper and lower case */
    { "a", "{\"A\":1}", "", "" },
    { "a.b", "{\"A\":{\"B\":1}}", " a.b=1", "f" },
    { "EventID", "{\"eventid\":1}", " EventID=1", "f" },
    { "a A", "{\"A\":1}", " a=1 A=1", "f" },
    { "a", "{\"a\":1,\"A\":2}", " a=2", "f" },
    { "a.b", "{\"a\":{\"b\":1},\"A\":{\"c\":2}}", "", "f" },
    { "ab", "{\"A B\":1}", " ab=1", "f" },

    /* keys of all lengths */
    { "abcdefg abcdefgh abcdefghi", "{\"abcdefg\":1,\"abcdefgh\":2,\"abcdefghi\":3}",
      " abcdefg=1 abcdefgh=2 abcdefghi=3", "" },
    { "abcdefghXijklmnop abcdefghYijklmnop", "{\"abcdefghXijklmnop\":1,\"abcdefghZijklmnop\":2}",
      " abcdefghXijklmnop=1", "" },
    { "a..b", "{\"a\":{\"\":{\"b\":1}}}", " a..b=1", "" },
    { "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q", "{\"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q\":1}",
      " a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1", "" },
    { "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q",
      "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{\"j\":{\"k\":{\"l\":{\"m\":{\"n\":{\"o.p.q\":1}}"
      "}}}}}}}}}}}}}",
      " a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q=1", "" },

    /* everything */
    { "", "{\"a\":1,\"b\":[true,null,{\"c\":\"x\"}],\"d\":{\"e\":{\"f\":-2.5}}}", " *=[1,true,\"x\",-2.5]", "*" },
    { "b.c", "{\"a\":1,\"b\":[true,null,{\"c\":\"x\"}]}", " *=[1,true,\"x\"] b.c=[\"x\"]", "*" },
    { "", "{}", " *=[]", "*" },
};

START_TEST(test_row)
{
    struct buf got = BUF_INIT, want = BUF_INIT;
    const struct setup s = { .fields = rows[_i].fields,
                             .fold = rows[_i].options[0] == 'f',
                             .any = rows[_i].options[0] == '*' };
    transcribe(&s, sv_of(rows[_i].text), &got);
    buf_printf(&want, "1:%s\n", rows[_i].want);
    check_text(rows[_i].text, &got, buf_cstr(&want));
    buf_fini(&got);
    buf_fini(&want);
}
END_TEST

/* Nothing of one record may show in the next. */
START_TEST(test_records_are_apart)
{
    struct buf got = BUF_INIT;
    const struct setup s = { .fields = "a a.b c" };
    transcribe(&s, SV("{\"a\":[{\"b\":1}],\"c\":2}\n{\"c\":3}\n{\"a\":[{\"b\":\n{\"a\":{\"b\":4}}\n{}\n"), &got);
    check_text("apart", &got, "1: a=[{}] a.b=[1] c=2\n2: c=3\n3@30: JSON ends too early\n4: a={} a.b=4\n5:\n");
    buf_fini(&got);
}
END_TEST

/* A line full of members, none of which may cost more than its bytes. */
START_TEST(test_long_list)
{
    struct buf text = BUF_INIT, got = BUF_INIT;
    buf_puts(&text, "{\"a\":[");
    for (int i = 0; i < 50000; i++)
        buf_puts(&text, i != 0 ? ",{\"b\":1,\"c\":[2]}" : "{\"b\":1}");
    buf_puts(&text, "]}");
    const struct setup s = { .fields = "a.b a.c a.d a.e.f" };
    transcribe(&s, buf_view(&text), &got);
    ck_assert_uint_eq(got.n, sizeof "1: a.b=[] a.c=[]\n" - 1 + (2 * 50000 - 1) + (2 * 49999 - 1));
    buf_fini(&text);
    buf_fini(&got);
}
END_TEST

TCase *
path_tests(void)
{
    TCase *t = tcase_create("paths");
    tcase_add_loop_test(t, test_row, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(t, test_records_are_apart);
    tcase_add_test(t, test_long_list);
    return t;
}
