/* SPDX-License-Identifier: Apache-2.0 */
/* x-travel. The numbers: London - New York 5570.229873656523 km, less two radii of 50 km; London - Berlin 831.570707207
 * km beyond the radii. A first hit 20 days before the others ends the learning period. */
#include "agg_corr_harness.h"
#include "agg_corr_suites.h"

#define AT(lat, longitude) " src_endpoint.location.lat=" lat " src_endpoint.location.long=" longitude
#define IN(city, country) " src_endpoint.location.city=" city " src_endpoint.location.country=" country
#define IP " src_endpoint.ip="
#define CLASS " src_endpoint.ip_class="
#define LONDON AT("51.5074", "-0.1278") IN("London", "GB")
#define NEW_YORK AT("40.7128", "-74.006") IN("New_York", "US")
#define BERLIN AT("52.52", "13.405") IN("Berlin", "DE")
#define HAMBURG AT("53.55", "9.99") IN("Hamburg", "DE")
#define TOKYO AT("35.6762", "139.6503") IN("Tokyo", "JP")
#define PARIS AT("48.8566", "2.3522") IN("Paris", "FR")
#define OLD "-1728000 0" LONDON "\n" /* 20 days before 0 */
#define SPEED "value=1094.0459747313046 peak=1094.0459747313046"

static const struct corr_case cases[] = {
    { "5 hours are too few", "x-travel", "say=1", OLD "0 0" LONDON "\n18000 0" NEW_YORK "\n",
      "0..18000 @18000 n=2 " SPEED
      " {from=London, GB (51.5074, -0.1278); to=New_York, US (40.7128, -74.006); km=5470.23; hours=5; "
      "km_per_hour=1094.046}\n" },
    { "7 hours will do", "x-travel", "", OLD "0 0" LONDON "\n25200 0" NEW_YORK "\n", "" },
    /* 5470.229873656523 km at 900 km/h take 21880.91949462609 s */
    { "a microsecond too fast", "x-travel", "", OLD "0 0" LONDON "\n21881-80506 0" NEW_YORK "\n",
      "0..21881-80506 @21881-80506 n=2 value=900.0000000257521 peak=900.0000000257521\n" },
    { "just slow enough", "x-travel", "", OLD "0 0" LONDON "\n21881-80505 0" NEW_YORK "\n", "" },
    { "less than a minute counts as one", "x-travel", "", OLD "0 0" LONDON "\n1 0" NEW_YORK "\n",
      "0..1 @1 n=2 value=328213.79241939133 peak=328213.79241939133\n" },
    { "beyond the look-back", "x-travel", "timespan=1h", OLD "0 0" LONDON "\n3600+1 0" NEW_YORK "\n", "" },
    { "at its end", "x-travel", "timespan=1h", OLD "0 0" LONDON "\n3600 0" NEW_YORK "\n",
      "0..3600 @3600 n=2 value=5470.229873656523 peak=5470.229873656523\n" },
    { "distance", "x-travel", "distance=5471", OLD "0 0" LONDON "\n18000 0" NEW_YORK "\n", "" },
    { "a logged radius", "x-travel", "distance=5471",
      OLD "0 0" LONDON " src_endpoint.location.horizontal_accuracy=20\n3600 0" NEW_YORK "\n",
      "0..3600 @3600 n=2 value=5500.229873656523 peak=5500.229873656523\n" },

    /* anchors */
    { "A-B-A is seen from B and from A", "x-travel", "anchors=4",
      OLD "0 0" LONDON "\n60 0" NEW_YORK "\n120 0" LONDON "\n",
      "0..60 @60 n=2 value=328213.79241939133 peak=328213.79241939133\n"
      "60..120 @120 n=2 value=328213.79241939133 peak=328213.79241939133\n" },
    { "the second last is compared too", "x-travel", "anchors=2",
      OLD "0 0" LONDON "\n10 0" BERLIN "\n3600 0" TOKYO "\n",
      "0..10 @10 n=2 value=49894.242432440355 peak=49894.242432440355\n"
      "0..3600 @3600 n=2 value=9458.574573653925 peak=9458.574573653925\n" },
    { "a VPN is no anchor", "x-travel", "say=1", OLD "0 0" LONDON "\n10 0" NEW_YORK CLASS "vpn\n20 0" LONDON "\n",
      "0..10 @10 n=2 value=328213.79241939133 peak=328213.79241939133 low {from=London, GB (51.5074, -0.1278); "
      "to=New_York, US (40.7128, -74.006); km=5470.23; hours=0.017; km_per_hour=328213.792; softened=ip class vpn}\n" },
    { "classes can be chosen", "x-travel", "not-anchor=mobile", OLD "0 0" LONDON "\n10 0" NEW_YORK CLASS "vpn\n",
      "0..10 @10 n=2 value=328213.79241939133 peak=328213.79241939133\n" },
    { "the same address is not compared", "x-travel", "",
      OLD "0 0" LONDON IP "192.0.2.1\n10 0" NEW_YORK IP "192.0.2.1\n", "" },
    { "nor one of several", "x-travel", "", OLD "0 0" LONDON IP "[192.0.2.7,192.0.2.1]\n10 0" NEW_YORK IP "192.0.2.1\n",
      "" },
    { "several others are", "x-travel", "",
      OLD "0 0" LONDON IP "[192.0.2.7,192.0.2.1]\n10 0" NEW_YORK IP "198.51.100.1\n",
      "0..10 @10 n=2 value=328213.79241939133 peak=328213.79241939133\n" },
    { "nor another shared value", "x-travel", "same=w", OLD "0 0 w=[x,y]" LONDON "\n10 0 w=[z,y]" NEW_YORK "\n", "" },

    /* what softens */
    { "same /24", "x-travel", "say=1", OLD "0 0" LONDON IP "192.0.2.1\n18000 0" NEW_YORK IP "192.0.2.9\n",
      "0..18000 @18000 n=2 " SPEED
      " low {from=London, GB (51.5074, -0.1278); to=New_York, US (40.7128, -74.006); km=5470.23; "
      "hours=5; km_per_hour=1094.046; softened=same network}\n" },
    { "same /48", "x-travel", "", OLD "0 0" LONDON IP "2001:db8:1:2::1\n18000 0" NEW_YORK IP "2001:db8:1:3::1\n",
      "0..18000 @18000 n=2 " SPEED " low\n" },
    { "another /48", "x-travel", "", OLD "0 0" LONDON IP "2001:db8:1:2::1\n18000 0" NEW_YORK IP "2001:db8:2:2::1\n",
      "0..18000 @18000 n=2 " SPEED "\n" },
    { "same device", "x-travel", "", OLD "0 0" LONDON " device.uid=d\n18000 0" NEW_YORK " device.uid=d\n",
      "0..18000 @18000 n=2 " SPEED " low\n" },
    { "same country", "x-travel", "distance=100", OLD "0 0" BERLIN "\n60 0" HAMBURG "\n",
      "0..60 @60 n=2 value=9325.155932929887 peak=9325.155932929887 low\n" },
    { "bordering countries", "x-travel", "", OLD "0 0" BERLIN "\n60 0" PARIS "\n",
      "0..60 @60 n=2 value=46647.87227529056 peak=46647.87227529056 low\n" },
    { "still learning", "x-travel", "say=1", "0 0" LONDON "\n18000 0" NEW_YORK "\n",
      "0..18000 @18000 n=2 " SPEED
      " low {from=London, GB (51.5074, -0.1278); to=New_York, US (40.7128, -74.006); km=5470.23; "
      "hours=5; km_per_hour=1094.046; softened=still learning}\n" },
    /* both: three hits on two days within 30 days before */
    { "both places known", "x-travel", "timespan=1h",
      OLD "-400000 0" LONDON "\n-390000 0" LONDON "\n-300000 0" NEW_YORK "\n-290000 0" NEW_YORK "\n-100000 0" NEW_YORK
          "\n-10000 0" LONDON "\n-8000 0" NEW_YORK "\n",
      "-10000..-8000 @-8000 n=2 value=9846.41377258174 peak=9846.41377258174 low\n" },
    { "one of them on one day only", "x-travel", "timespan=1h",
      OLD "-400000 0" LONDON "\n-390000 0" LONDON "\n-300000 0" NEW_YORK "\n-290000 0" NEW_YORK "\n-280000 0" NEW_YORK
          "\n-10000 0" LONDON "\n-8000 0" NEW_YORK "\n",
      "-10000..-8000 @-8000 n=2 value=9846.41377258174 peak=9846.41377258174\n" },

    /* other places */
    { "a country only is 500 km wide", "x-travel", "", OLD "0 0" LONDON "\n3600 0" AT("40.7128", "-74.006") "\n",
      "0..3600 @3600 n=2 value=5020.229873656523 peak=5020.229873656523\n" },
    { "every digit counts", "x-travel", "say=1", OLD "0 0" AT("51.50739876", "-0") "\n3600 0" AT("-0.00004", "74") "\n",
      "0..3600 @3600 n=2 value=7909.1136817753395 peak=7909.1136817753395 {from=(51.50739876, -0); "
      "to=(-4e-05, 74); km=7909.114; hours=1; km_per_hour=7909.114}\n" },
    { "other fields", "x-travel", "place.lat=lat place.long=lon place.radius=r",
      "-1728000 0 lat=0 lon=0 r=0\n0 0 lat=51.5074 lon=-0.1278 r=0\n3600 0 lat=40.7128 lon=-74.006 r=0\n",
      "0..3600 @3600 n=2 value=5570.229873656523 peak=5570.229873656523\n" },
    { "groups", "x-travel", "group=u", "0 0 u=a" LONDON "\n18000 0 u=b" NEW_YORK "\n", "" },
};

START_TEST(travel)
{
    corr_check(&cases[_i]);
}
END_TEST

START_TEST(skipped)
{
    static const struct corr_case c = {
        "no place, out of range, no number, half a place", "x-travel", "",
        OLD "0 0" LONDON "\n10 0\n20 0" AT("91", "0") "\n30 0" AT("x", "0") "\n40 0 src_endpoint.location.lat=1\n", ""
    };
    ck_assert_uint_eq(corr_skipped(&c), 4);
    corr_check(&c);
}
END_TEST

START_TEST(bad_keys)
{
    ck_assert_uint_eq(corr_prepare_errors("x-travel", "speed=-1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-travel", "distance=-1"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-travel", "anchors=0"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-travel", "anchors=1001"), 1);
    ck_assert_uint_eq(corr_prepare_errors("x-travel", "anchors=1000 speed=0 distance=0"), 0);
}
END_TEST

Suite *
agg_corr_travel_suite(void)
{
    Suite *s = suite_create("agg_corr_travel");
    TCase *t = tcase_create("travel");
    tcase_add_loop_test(t, travel, 0, (int)(sizeof cases / sizeof cases[0]));
    tcase_add_test(t, skipped);
    tcase_add_test(t, bad_keys);
    suite_add_tcase(s, t);
    return s;
}
