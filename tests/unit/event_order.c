/* SPDX-License-Identifier: Apache-2.0 */
/* fields and place. */
#include "event_tests.h"

#include "event/fields.h"
#include "event/place.h"

START_TEST(fields_are_dense)
{
    struct fields *f = fields_new();
    ck_assert_uint_eq(fields_count(f), 1);
    assert_sv(fields_name(f, FIELD_ANY), "");
    ck_assert_uint_eq(fields_add(f, SV("actor.user.uid")), 1);
    ck_assert_uint_eq(fields_add(f, SV("action")), 2);
    ck_assert_uint_eq(fields_add(f, SV("actor.user.uid")), 1);
    ck_assert_uint_eq(fields_count(f), 3);
    ck_assert_uint_eq(fields_find(f, SV("action")), 2);
    ck_assert_uint_eq(fields_find(f, SV("Action")), FIELD_NONE);
    ck_assert_uint_eq(fields_find(f, SV("")), FIELD_ANY);
    assert_sv(fields_name(f, 2), "action");
    ck_assert(!fields_wants_any(f));
    fields_want_any(f);
    ck_assert(fields_wants_any(f));
    fields_free(f);
    fields_free(NULL);
}
END_TEST

START_TEST(places_follow_names)
{
    struct origins o;
    origins_init(&o, 5);
    o.v[0] = (struct origin){ SV("native"), SV("b.log") };
    o.v[1] = (struct origin){ SV("native"), SV("a.log") };
    o.v[2] = (struct origin){ SV("csv"), SV("z.log") };
    o.v[3] = (struct origin){ SV("native"), SV("b.log") }; /* named twice */
    o.v[4] = (struct origin){ SV("native"), SV("a.log2") };
    origins_rank(&o);
    static const uint32_t want[] = { 3, 1, 0, 3, 2 };
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(o.rank[i], want[i]);
    ck_assert_int_lt(place_cmp(&o, (struct place){ 2, 900 }, (struct place){ 1, 1 }), 0);
    ck_assert_int_gt(place_cmp(&o, (struct place){ 0, 1 }, (struct place){ 4, 2 }), 0);
    ck_assert_int_lt(place_cmp(&o, (struct place){ 0, 1 }, (struct place){ 3, 2 }), 0);
    ck_assert_int_gt(place_cmp(&o, (struct place){ 0, 3 }, (struct place){ 3, 2 }), 0);
    ck_assert_int_eq(place_cmp(&o, (struct place){ 0, 2 }, (struct place){ 3, 2 }), 0);
    origins_fini(&o);
    origins_init(&o, 0);
    origins_rank(&o);
    origins_fini(&o);
}
END_TEST

TCase *
event_order_tests(void)
{
    TCase *t = tcase_create("order");
    tcase_add_test(t, fields_are_dense);
    tcase_add_test(t, places_follow_names);
    return t;
}
