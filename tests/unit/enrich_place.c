/* SPDX-License-Identifier: Apache-2.0 */
/* Places and AS numbers from MMDB files, made by tests/make-mmdb in a folder of the test's own; damaged ones too. */
#include "enrich_tests.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#ifdef HAVE_MAXMINDDB

#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "enrich/enrich.h"
#include "enrich/geodb.h"

static const char city_text[] =
    "203.0.113.0/24 {\"country\":{\"iso_code\":\"DE\"},\"city\":{\"names\":{\"en\":\"Berlin\",\"de\":\"Berlin\"}},"
    "\"subdivisions\":[{\"iso_code\":\"BE\",\"names\":{\"en\":\"State of Berlin\"}}],"
    "\"location\":{\"latitude\":52.5,\"longitude\":13.4,\"accuracy_radius\":20}}\n"
    "198.51.100.0/24 {\"country\":{\"iso_code\":\"BR\"},\"subdivisions\":[{\"iso_code\":\"SP\"}],"
    "\"location\":{\"latitude\":-23.5,\"longitude\":-46.6}}\n"
    "192.0.2.0/24 {\"country\":{\"iso_code\":\"JP\"},\"location\":{\"latitude\":135.5,\"longitude\":35.6}}\n"
    "2001:db8::/32 {\"country\":{\"iso_code\":\"US\"},\"location\":{\"latitude\":40.7,\"longitude\":-74.0,"
    "\"accuracy_radius\":1000}}\n";
static const char asn_text[] =
    "203.0.113.0/24 {\"autonomous_system_number\":64500,\"autonomous_system_organization\":\"Example Net\"}\n"
    "198.51.100.0/25 {\"autonomous_system_number\":64501}\n";

static char folder[] = "/tmp/authsift-place.XXXXXX";
static char city_path[64], asn_path[64], bad_path[64];

static void
make(const char *path, const char *text)
{
    char command[4096];
    const char *top = getenv("top_srcdir");
    snprintf(command, sizeof command, "'%s/tests/make-mmdb' >'%s'", top != NULL ? top : ".", path);
    FILE *to = popen(command, "w");
    ck_assert_ptr_nonnull(to);
    fputs(text, to);
    ck_assert_int_eq(pclose(to), 0);
}

static void
setup(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(city_path, sizeof city_path, "%s/city.mmdb", folder);
    snprintf(asn_path, sizeof asn_path, "%s/asn.mmdb", folder);
    snprintf(bad_path, sizeof bad_path, "%s/bad.mmdb", folder);
    make(city_path, city_text);
    make(asn_path, asn_text);
}

static void
teardown(void)
{
    unlink(city_path);
    unlink(asn_path);
    unlink(bad_path);
    rmdir(folder);
}

/* An event as "name=value" pairs; what is asked, in this order; what has to come out ("-": absent). */
struct place_case {
    const char *given[4];
    const char *asked[4];
    const char *want[4];
};

#define LOCATION "src_endpoint.location."

static const struct place_case cases[] = {
    { { "src_endpoint.ip=203.0.113.7" },
      { LOCATION "country", LOCATION "region", LOCATION "city", LOCATION "lat" },
      { "DE", "State of Berlin", "Berlin", "52.5" } },
    { { "src_endpoint.ip=203.0.113.7" },
      { LOCATION "long", LOCATION "horizontal_accuracy", "src_endpoint.asn", "src_endpoint.as_org" },
      { "13.4", "20", "64500", "Example Net" } },
    { { "src_endpoint.ip=::ffff:198.51.100.200" },
      { LOCATION "horizontal_accuracy", LOCATION "region", LOCATION "city", "src_endpoint.asn" },
      { "-", "SP", "-", "-" } },
    { { "src_endpoint.ip=198.51.100.1" }, { "src_endpoint.as_org", "src_endpoint.asn" }, { "-", "64501" } },
    { { "src_endpoint.ip=2001:db8::1" }, { LOCATION "lat", LOCATION "horizontal_accuracy" }, { "40.7", "1000" } },
    { { "src_endpoint.ip=192.0.2.1" }, { LOCATION "country", LOCATION "lat" }, { "JP", "-" } }, /* latitude 135.5 */
    { { "src_endpoint.ip=8.8.8.8" }, { LOCATION "country", "src_endpoint.asn" }, { "-", "-" } },
    { { "src_endpoint.ip=AWS Internal" }, { LOCATION "country", "src_endpoint.asn" }, { "-", "-" } },
    { { "action=x" }, { LOCATION "country", "src_endpoint.asn" }, { "-", "-" } },
    /* the log's own place wins as a whole, whatever is asked first */
    { { "src_endpoint.ip=203.0.113.7", LOCATION "city=Kyoto" },
      { LOCATION "lat", LOCATION "city", LOCATION "country" },
      { "-", "Kyoto", "-" } },
    { { "src_endpoint.ip=203.0.113.7", LOCATION "lat=1", LOCATION "long=2" },
      { LOCATION "horizontal_accuracy", LOCATION "country", LOCATION "lat" },
      { "-", "-", "1" } },
    { { "src_endpoint.ip=203.0.113.7", LOCATION "country=FR" },
      { LOCATION "lat", LOCATION "city", LOCATION "country" },
      { "-", "-", "FR" } },
    { { "src_endpoint.ip=203.0.113.7", LOCATION "country=de" },
      { LOCATION "city", LOCATION "lat", LOCATION "country" },
      { "Berlin", "52.5", "de" } },
    { { "src_endpoint.ip=203.0.113.7", "src_endpoint.asn=1" },
      { "src_endpoint.as_org", "src_endpoint.asn" },
      { "-", "1" } },
    { { "src_endpoint.ip=203.0.113.7", "src_endpoint.as_org=Us" },
      { "src_endpoint.asn", "src_endpoint.as_org" },
      { "-", "Us" } },
    /* and what others derive from it */
    { { "src_endpoint.ip=203.0.113.7" }, { "geo.neighbours" }, { "AT" } },
};

static void
set_pair(struct fields *fields, struct event *ev, const char *pair)
{
    const char *equals = strchr(pair, '=');
    event_set_text(ev, fields_find(fields, sv_make(pair, (size_t)(equals - pair))), sv_of(equals + 1));
}

static void
check_case(const struct place_case *t, const struct enrich_options *o)
{
    struct fields *fields = fields_new();
    struct diags *d = diags_new();
    struct arena scratch = ARENA_INIT;
    struct event ev;
    for (int i = 0; i < 4 && t->given[i] != NULL; i++)
        fields_add(fields, sv_make(t->given[i], (size_t)(strchr(t->given[i], '=') - t->given[i])));
    for (int i = 0; i < 4 && t->asked[i] != NULL; i++)
        fields_add(fields, sv_of(t->asked[i]));
    enrich_plan_fields(o, fields);
    struct enrichment *e = enrichment_new(o, fields, d);
    diags_print(d, stderr);
    ck_assert_ptr_nonnull(e);
    event_init(&ev, fields_count(fields), &scratch, enrichment_derive(e));
    for (int i = 0; i < 4 && t->given[i] != NULL; i++)
        set_pair(fields, &ev, t->given[i]);
    for (int i = 0; i < 4 && t->asked[i] != NULL; i++) {
        struct sv got;
        if (!event_text(&ev, fields_find(fields, sv_of(t->asked[i])), &got))
            got = SV("-");
        ck_assert_msg(sv_eq(got, sv_of(t->want[i])), "%s of %s: got '%.*s', want '%s'", t->asked[i], t->given[0],
                      SV_ARG(got), t->want[i]);
    }
    event_fini(&ev);
    enrichment_free(e);
    arena_fini(&scratch);
    fields_free(fields);
    diags_free(d);
}

START_TEST(places)
{
    const char *files[] = { asn_path, city_path };
    check_case(&cases[_i], &(struct enrich_options){ .datadir = "/nonexistent", .geoip = files, .n_geoip = 2 });
}
END_TEST

/* Without --geoip the fields are the log's alone: not derived, and nothing else is read for them. */
START_TEST(not_available)
{
    const struct enrich_options o = { .datadir = "/nonexistent" };
    struct fields *fields = fields_new();
    const field_id lat = fields_add(fields, SV(LOCATION "lat"));
    const size_t before = fields_count(fields);
    enrich_plan_fields(&o, fields);
    ck_assert_uint_eq(fields_count(fields), before);
    ck_assert(!fields_is_derived(fields, lat));
    fields_free(fields);
    check_case(&(struct place_case){ { "src_endpoint.ip=203.0.113.7" }, { LOCATION "lat" }, { "-" } }, &o);
}
END_TEST

/* ---- damage ---- */

static bool
opens(struct sv content, struct buf *message)
{
    struct diags *d = diags_new();
    struct geodb_record r;
    FILE *to = fopen(bad_path, "wb");
    ck_assert_ptr_nonnull(to);
    fwrite(content.p, 1, content.n, to);
    ck_assert_int_eq(fclose(to), 0);
    struct geodb *db = geodb_open(bad_path, d);
    buf_reset(message);
    ck_assert((db == NULL) == (diags_errors(d) == 1));
    if (db == NULL)
        buf_sv(message, diags_get(d, 0)->message);
    else
        geodb_find(db, SV("203.0.113.7"), GEODB_PLACE, &r);
    geodb_close(db);
    diags_free(d);
    return db != NULL;
}

static void
assert_message(struct buf *message, const char *want)
{
    const struct sv m = buf_view(message);
    ck_assert_msg(sv_find(m, sv_of(want), 0) < m.n && sv_find(m, sv_of(bad_path), 0) < m.n, "%.*s", SV_ARG(m));
}

START_TEST(damaged_files)
{
    struct buf whole = BUF_INIT;
    struct buf message = BUF_INIT;
    ck_assert(buf_read_file(&whole, city_path, 1 << 20));
    ck_assert(opens(buf_view(&whole), &message));
    for (size_t n = 0; n < whole.n; n += 5)
        ck_assert_msg(!opens(sv_make(whole.p, n), &message), "the first %zu bytes pass", n);
    opens(SV(""), &message);
    assert_message(&message, "cannot read the geolocation file");
    opens(SV("network,country\n203.0.113.0/24,DE\n"), &message);
    assert_message(&message, "it is no MMDB file, or its end is missing");
    buf_fini(&whole);
    buf_fini(&message);
}
END_TEST

/* Each byte of tree and records changed: whatever comes of it, nothing is read that is not there, and what is refused
 * is refused with a message. The metadata behind them are left alone, because libmaxminddb 1.7 does not free all of
 * them if they are damaged; that files are cut there is tested above. */
START_TEST(changed_bytes)
{
    static const unsigned char flips[] = { 0x01, 0x80, 0xff };
    struct buf whole = BUF_INIT;
    struct buf message = BUF_INIT;
    size_t damaged = 0;
    ck_assert(buf_read_file(&whole, city_path, 1 << 20));
    const size_t n = sv_find(buf_view(&whole), SV("\xab\xcd\xefMaxMind.com"), 0);
    ck_assert_uint_lt(n, whole.n);
    for (size_t i = 0; i < n; i++) {
        const unsigned char flip = flips[i % 3];
        whole.p[i] = (char)(whole.p[i] ^ flip);
        if (!opens(buf_view(&whole), &message))
            damaged++;
        whole.p[i] = (char)(whole.p[i] ^ flip);
    }
    ck_assert_msg(damaged > n / 3, "of %zu changes %zu are found", n, damaged); /* others make another valid file */
    buf_fini(&whole);
    buf_fini(&message);
}
END_TEST

TCase *
enrich_place_tests(void)
{
    TCase *t = tcase_create("place");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, places, 0, N_OF(cases));
    tcase_add_test(t, not_available);
    tcase_add_test(t, damaged_files);
    tcase_add_test(t, changed_bytes);
    return t;
}

#else

TCase *
enrich_place_tests(void)
{
    return tcase_create("place");
}

#endif
