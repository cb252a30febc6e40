/* SPDX-License-Identifier: Apache-2.0 */
/* Derived fields: a table of events and what must be derived from them, by the shipped catalogues. */
#include <check.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/diag.h"
#include "enrich/enrich.h"
#include "enrich/url.h"

/* An event as "name=value" pairs; a value may hold '|' between the members of a list. `want` is the derived field's
 * members joined by '|'; NULL: absent. */
struct derivation {
    const char *given[6];
    const char *field;
    const char *want;
};

static const struct derivation derivations[] = {
    /* grants */
    { { "oauth.scopes=tweet.read|dm.read|offline.access" }, "oauth.granted", "tweet.read|dm.read|offline.access" },
    { { "oauth.scopes=dm.read|tweet.read" }, "oauth.granted", "tweet.read|dm.read" },
    { { "oauth.scopes=made.up|dm.read" }, "oauth.granted", "dm.read|made.up" },
    { { "oauth.level=read" }, "oauth.granted_levels", NULL },
    { { "oauth.level=read_write_dm" }, "oauth.granted_levels", "read_write|read_write_dm" },
    { { "oauth.level=read_write" }, "oauth.sensitive", "tweet.write|follows.write" },
    { { "oauth.level=read", "oauth.email=true" }, "oauth.sensitive", "users.email" },
    { { "oauth.level=read", "oauth.ads=campaign" }, "oauth.sensitive", "ads.write" },
    { { "oauth.scopes=dm.read|dm.write|users.email|offline.access" }, "oauth.weight", "25" },
    { { "oauth.scopes=tweet.read|users.read" }, "oauth.weight", "0" },
    { { "oauth.scopes=tweet.read|dm.read" },
      "oauth.can_view",
      "posts you can view, protected ones included|your direct messages" },
    { { "oauth.scopes=tweet.read|dm.read" }, "oauth.can_do", NULL },
    { { "action=session.start" }, "oauth.granted", NULL },
    { { "action=session.start" }, "oauth.base", "tweet.read|users.read|block.write" },
    { { "oauth.app_created=2026-11-20T15:14:15Z" }, "oauth.app_age", "1.5" },
    { { "oauth.app_created=1795144455" }, "oauth.app_age", "2" },
    { { "oauth.app_created=unknown" }, "oauth.app_age", NULL },
    /* uses */
    { { "action=post.create", "oauth.app_uid=a1" }, "oauth.needs", "tweet.write" },
    { { "action=post.create" }, "oauth.needs", NULL },
    { { "action=post.create", "oauth.app_uid=a1", "outcome=failure" }, "oauth.needs", NULL },
    { { "action=api.call", "oauth.app_uid=a1", "api.operation=dm.delete" }, "oauth.needs", "dm.read|dm.write" },
    { { "action=api.call", "oauth.app_uid=a1", "api.operation=dm.read", "api.status=200" },
      "oauth.need_level",
      "read_write_dm" },
    { { "action=api.call", "oauth.app_uid=a1", "api.operation=dm.read", "api.status=403" }, "oauth.need_level", NULL },
    { { "action=api.call", "oauth.app_uid=a1", "api.operation=follows.read" }, "oauth.need_levels", NULL },
    { { "action=dm.send", "oauth.app_uid=a1" }, "oauth.need_levels", "read_write|read_write_dm" },
    { { "action=token.refresh", "oauth.app_uid=a1" }, "oauth.needs", "offline.access" },
    { { "action=api.call", "oauth.app_uid=a1", "api.operation=users.read" }, "oauth.needs", NULL },
    /* links */
    { { "post.urls=https://www.Amazon.co.uk/dp/B0?tag=me-21&utm_source=x&th=1" }, "url.publisher", "amazon:me-21" },
    { { "post.urls=https://www.Amazon.co.uk/dp/B0?tag=me-21&utm_source=x&th=1" },
      "url.landing",
      "amazon.co.uk/dp/B0?th=1" },
    { { "post.urls=https://www.amazon.com/dp/B0" }, "url.network", NULL },
    { { "post.urls=https://amzn.to/3x" }, "url.network", "amazon" },
    { { "post.urls=https://amzn.to/3x" }, "url.publisher", NULL },
    { { "post.urls=https://amzn.to/3x" }, "url.shortener", "amzn.to" },
    { { "post.urls=https://www.anrdoezrs.net/click-8123456-11072?sid=h" }, "url.publisher", "cj:8123456" },
    { { "post.urls=https://www.anrdoezrs.net/click-8123456-11072?sid=h" }, "url.subid", "cj:h" },
    { { "post.urls=https://brand.pxf.io/c/1234/5678/91" }, "url.publisher", "impact:1234" },
    { { "post.urls=https://bob.shop7.hop.clickbank.net/?tid=1" }, "url.publisher", "clickbank:bob.shop7" },
    { { "post.urls=https://trk.any.example/aff_c?offer_id=1&aff_id=77" }, "url.publisher", "tune:77" },
    { { "post.urls=https://notamazon.example/?tag=x" }, "url.publisher", NULL },
    { { "post.urls=https://amazon.evil.example/dp/1?tag=x-20" }, "url.publisher", NULL },
    { { "post.urls=http://user:pw@Bit.LY:80/x#frag" }, "url.host", "bit.ly" },
    { { "post.text=see https://linktr.ee/me, and (https://t.co/abc)." }, "url.host", "linktr.ee|t.co" },
    { { "post.text=see https://linktr.ee/me." }, "url.bio", "linktr.ee" },
    { { "post.text=x https://t.co/a", "post.urls=https://a.example.org/1|https://b.example.org/2" },
      "url.domain",
      "example.org" },
    { { "post.text=no link, not even http:// alone" }, "url.host", NULL },
    { { "post.urls=ftp://files.example/x" }, "url.host", NULL },
    { { "post.urls=https://s.example/?b=2&a=1&subId2=z&fbclid=q" }, "url.landing", "s.example?a=1&b=2" },
    /* names */
    { { "oauth.app_name=Get F0ll0wers  Fast!" }, "name.bait", "get followers|followers fast" },
    { { "oauth.app_name=\xD0\xA1heck \xEF\xBC\xA6ollow\xC2\xB7"
        "Back" },
      "name.bait",
      "follow back" },
    { { "oauth.app_name=Photo Frame", "oauth.app_description=Buy followers here" }, "name.bait", "buy followers" },
    { { "oauth.app_name=Photo Frame" }, "name.bait", NULL },
    { { "oauth.app_name=T-w-i-t-t-e-r" }, "name.skeleton", "twiter" },
    { { "oauth.app_name=Tvvitter" }, "name.brand", "twitter" },
    { { "oauth.app_name=lnstagrarn" }, "name.brand", "instagram" },
    { { "oauth.app_name=Chess Club" }, "name.brand", NULL },
    /* addresses and times */
    { { "src_endpoint.ip=203.0.113.77" }, "ip.net", "203.0.113.0/24" },
    { { "src_endpoint.ip=::ffff:203.0.113.77" }, "ip.net", "203.0.113.0/24" },
    { { "src_endpoint.ip=2001:db8:1:2::3" }, "ip.net", "2001:db8:1::/48" },
    { { "src_endpoint.ip=2001:db8:1:2::3" }, "ip.version", "6" },
    { { "src_endpoint.ip=secretsmanager.amazonaws.com" }, "ip.net", NULL },
    { { "x=y" }, "time.date", "2026-11-22" },
    { { "x=y" }, "time.hour", "3" },
    { { "x=y" }, "time.weekday", "7" },
};

static void
set_given(struct fields *fields, struct event *ev, const char *pair)
{
    const char *equals = strchr(pair, '=');
    const field_id f = fields_find(fields, sv_make(pair, (size_t)(equals - pair)));
    struct sv text[16];
    struct sv rest = sv_of(equals + 1);
    size_t n = 0;
    while (n < 16 && sv_split(&rest, '|', &text[n]))
        n++;
    event_set_texts(ev, f, text, n);
}

static void
join_members(struct event *ev, field_id f, struct buf *out)
{
    size_t n;
    struct sv text;
    struct value *member = value_members(event_value(ev, f), &n);
    for (size_t i = 0; i < n; i++) {
        if (i != 0)
            buf_putc(out, '|');
        if (value_text(&member[i], ev->scratch, &text))
            buf_sv(out, text);
    }
}

START_TEST(derives)
{
    const struct derivation *t = &derivations[_i];
    const char *root = getenv("top_srcdir");
    char datadir[4096];
    struct fields *fields = fields_new();
    struct diags *d = diags_new();
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct buf got = BUF_INIT;

    snprintf(datadir, sizeof datadir, "%s/data", root != NULL ? root : ".");
    const field_id field = fields_add(fields, sv_of(t->field));
    for (size_t i = 0; i < 6 && t->given[i] != NULL; i++)
        fields_add(fields, sv_make(t->given[i], (size_t)(strchr(t->given[i], '=') - t->given[i])));
    enrich_plan_fields(fields);
    struct enrichment *e = enrichment_new(fields, datadir, d);
    diags_print(d, stderr);
    ck_assert_ptr_nonnull(e);
    event_init(&ev, fields_count(fields), &scratch, enrichment_derive(e));
    ev.time = INT64_C(1795317255000000); /* 2026-11-22T03:14:15Z */
    for (size_t i = 0; i < 6 && t->given[i] != NULL; i++)
        set_given(fields, &ev, t->given[i]);

    join_members(&ev, field, &got);
    if (t->want == NULL)
        ck_assert_msg(event_value(&ev, field)->kind == VALUE_ABSENT, "%s of %s: got '%s', want nothing", t->field,
                      t->given[0], buf_cstr(&got));
    else
        ck_assert_msg(strcmp(buf_cstr(&got), t->want) == 0, "%s of %s: got '%s', want '%s'", t->field, t->given[0],
                      buf_cstr(&got), t->want);
    buf_fini(&got);
    event_fini(&ev);
    enrichment_free(e);
    arena_fini(&scratch);
    fields_free(fields);
    diags_free(d);
}
END_TEST

/* The log wins: a field that it holds is not derived. */
START_TEST(log_wins)
{
    struct fields *fields = fields_new();
    struct diags *d = diags_new();
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct sv text;

    const field_id net = fields_add(fields, SV("ip.net"));
    enrich_plan_fields(fields);
    struct enrichment *e = enrichment_new(fields, "/nonexistent", d);
    ck_assert_ptr_nonnull(e);
    event_init(&ev, fields_count(fields), &scratch, enrichment_derive(e));
    event_set_text(&ev, net, SV("mine"));
    ck_assert(event_text(&ev, net, &text));
    ck_assert(sv_eq(text, SV("mine")));
    event_fini(&ev);
    enrichment_free(e);
    fields_free(fields);
    diags_free(d);
    arena_fini(&scratch);
}
END_TEST

/* A catalogue that cannot be read stops before work, and says which. */
START_TEST(missing_catalogue)
{
    struct fields *fields = fields_new();
    struct diags *d = diags_new();
    fields_add(fields, SV("url.host"));
    enrich_plan_fields(fields);
    ck_assert_ptr_null(enrichment_new(fields, "/nonexistent", d));
    ck_assert_uint_ge(diags_errors(d), 1);
    ck_assert(sv_find(diags_get(d, 0)->message, SV("/nonexistent/affiliates.csv"), 0) < diags_get(d, 0)->message.n);
    fields_free(fields);
    diags_free(d);
}
END_TEST

/* Hostile URLs: no crash, no host. */
START_TEST(hostile_urls)
{
    static const char *const bad[] = {
        "",       "http://",      "https://.",         "http://@",       "http://:80", "http://a b.c/",
        "://x.y", "https://host", "javascript://x.y/", "http://\x01.com"
    };
    struct arena arena = ARENA_INIT;
    struct url url;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!url_parse(sv_of(bad[i]), &arena, &url), "'%s' was taken for a URL", bad[i]);
    char *huge = malloc(100000);
    memset(huge, 'a', 100000);
    memcpy(huge, "http://a.b/", 11);
    ck_assert(url_parse(sv_make(huge, 100000), &arena, &url));
    huge[10] = 'a';
    ck_assert(!url_parse(sv_make(huge, 100000), &arena, &url));
    free(huge);
    arena_fini(&arena);
}
END_TEST

int
main(void)
{
    Suite *s = suite_create("enrich");
    TCase *t = tcase_create("enrich");
    tcase_add_loop_test(t, derives, 0, sizeof derivations / sizeof derivations[0]);
    tcase_add_test(t, log_wins);
    tcase_add_test(t, missing_catalogue);
    tcase_add_test(t, hostile_urls);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? 0 : 1;
}
