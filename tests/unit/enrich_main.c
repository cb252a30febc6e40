/* SPDX-License-Identifier: Apache-2.0 */
/* Derived fields: a table of events and what must be derived from them, by the shipped catalogues. */
#include "enrich_tests.h"

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
    { { "oauth.scopes=tweet.read|block.write|dm.read" }, "oauth.unexercisable", "block.write" },
    { { "oauth.scopes=tweet.read|dm.read" }, "oauth.unexercisable", NULL },
    { { "oauth.level=read_write" }, "oauth.unexercisable", NULL },
    /* how a grant comes about */
    { { "oauth.redirect_uri=https://u:p@App.Example.co.uk:8443/cb?x=y" }, "oauth.redirect_host", "app.example.co.uk" },
    { { "oauth.redirect_uri=https://u:p@App.Example.co.uk:8443/cb?x=y" }, "oauth.redirect_domain", "example.co.uk" },
    { { "oauth.redirect_uri=http://localhost:3000/cb" }, "oauth.redirect_host", "localhost" },
    { { "oauth.redirect_uri=http://127.0.0.1/cb" }, "oauth.redirect_host", "127.0.0.1" },
    { { "oauth.redirect_uri=http://127.0.0.1/cb" }, "oauth.redirect_domain", NULL },
    { { "oauth.redirect_uri=http://[2001:DB8::1]:80/cb" }, "oauth.redirect_host", "2001:db8::1" },
    { { "oauth.redirect_uri=http://[2001:DB8::1]:80/cb" }, "oauth.redirect_domain", NULL },
    { { "oauth.redirect_uri=http://[::1" }, "oauth.redirect_host", NULL },
    { { "oauth.redirect_uri=myapp://callback/x" }, "oauth.redirect_host", NULL },
    { { "oauth.redirect_uri=javascript:alert(1)" }, "oauth.redirect_host", NULL },
    { { "oauth.redirect_uri=https://good.example\\@evil.example/" }, "oauth.redirect_host", "good.example" },
    { { "oauth.code_created=2026-11-22T03:13:40Z" }, "oauth.code_age", "35" },
    { { "oauth.code_created=1795317254.5" }, "oauth.code_age", "0.5" },
    { { "oauth.code_created=2026-11-22T03:14:20Z" }, "oauth.code_age", "-5" },
    { { "oauth.code_created=soon" }, "oauth.code_age", NULL },
    { { "oauth.expires_in=7200" }, "oauth.token_lifetime", "0.08333333333333333" },
    { { "oauth.expires_in=5270400", "oauth.token_expires=2026-11-23T03:14:15Z" }, "oauth.token_lifetime", "61" },
    { { "oauth.token_expires=2026-12-22T03:14:15Z" }, "oauth.token_lifetime", "30" },
    { { "oauth.expires_in=never" }, "oauth.token_lifetime", NULL },
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
    { { "action=api.call", "oauth.app_uid=a1", "api.operation=webhook.create" }, "oauth.needs", "dm.read|dm.write" },
    { { "action=api.call", "oauth.app_uid=a1", "api.operation=post.unhide" }, "oauth.needs", "tweet.moderate.write" },
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
    { { "post.urls=https://www.awin1.com/"
        "cread.php?awinmid=1&awinaffid=22&clickref=c&ued=https%3A%2F%2FShop.example%2Fp%3Fb%3D2%26utm_source%3Dx" },
      "url.landing",
      "shop.example/p?b=2" },
    { { "post.urls=https://www.awin1.com/"
        "cread.php?awinmid=1&awinaffid=22&clickref=c&ued=https%3A%2F%2FShop.example%2Fp" },
      "url.publisher",
      "awin:22" },
    { { "post.urls=https://go.redirectingat.com/?id=9X1&url=https%3A%2F%2Fwww.amazon.com%2Fdp%2FB0%3Ftag%3Dother-20" },
      "url.landing",
      "amazon.com/dp/B0" },
    { { "post.urls=https://go.redirectingat.com/?id=9X1&url=https%3A%2F%2Fwww.amazon.com%2Fdp%2FB0%3Ftag%3Dother-20" },
      "url.publisher",
      "skimlinks:9X1" },
    { { "post.urls=https://go.redirectingat.com/?id=9X1&url=javascript%3Aalert" },
      "url.landing",
      "go.redirectingat.com?url=javascript%3Aalert" },
    { { "post.urls=https://shareasale.com/r.cfm?u=5&m=6&b=7&urllink=www.shop.example%2Fx" },
      "url.landing",
      "shop.example/x" },
    { { "post.urls=https://www.amazon.com/dp/B0?tag=me%2D21" }, "url.publisher", "amazon:me-21" },
    { { "post.urls=https://www.amazon.com/dp/B0?tag=me%00%ff" }, "url.publisher", "amazon:me%00%ff" },
    { { "post.urls=https://prf.hn/click/camref:1011lABC/destination:x" }, "url.publisher", "partnerize:1011lABC" },
    { { "post.urls=https://shop.example/p?ref=bob&utm_medium=Affiliate" }, "url.publisher", "generic:bob" },
    { { "post.urls=https://shop.example/p?ref=bob" }, "url.publisher", NULL },
    { { "post.urls=https://shop.example/p?utm_medium=affiliate" }, "url.network", "generic" },
    { { "post.urls=https://www.ebay.de/itm/1?mkevt=1&mkcid=1&mkrid=7-5&campid=533&toolid=10001&customid=z" },
      "url.landing",
      "ebay.de/itm/1" },
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
/* agents */
#define CHROME \
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
#define SAFARI                                                                                                      \
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 " \
    "Mobile/15E148 Safari/604.1"
    { { "http_request.user_agent=" CHROME }, "ua.family", "Chrome" },
    { { "http_request.user_agent=" CHROME }, "ua.kind", "browser" },
    { { "http_request.user_agent=" CHROME }, "ua.version", "120" },
    { { "http_request.user_agent=" CHROME }, "ua.os", "Windows" },
    { { "http_request.user_agent=" CHROME }, "ua.script", "false" },
    { { "http_request.user_agent=" CHROME " Edg/121.0.2277.83" }, "ua.family", "Edge" },
    { { "http_request.user_agent=" CHROME " Edg/121.0.2277.83" }, "ua.version", "121" },
    { { "http_request.user_agent=" SAFARI }, "ua.family", "Safari" },
    { { "http_request.user_agent=" SAFARI }, "ua.version", "17" },
    { { "http_request.user_agent=" SAFARI }, "ua.os", "iOS" },
    { { "http_request.user_agent=" SAFARI " Twitter for iPhone/9.62" }, "ua.family", "X app" },
    { { "http_request.user_agent=TwitterAndroid/10.21.0 (Pixel 7;Android 13) okhttp/4.9" },
      "ua.family",
      "X for Android" },
    { { "http_request.user_agent=TwitterAndroid/10.21.0 (Pixel 7;Android 13) okhttp/4.9" }, "ua.script", "false" },
    { { "http_request.user_agent=Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko" },
      "ua.family",
      "Internet Explorer" },
    { { "http_request.user_agent=Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko" }, "ua.version", "11" },
    { { "http_request.user_agent=Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1)" }, "ua.version", "8" },
    { { "http_request.user_agent=Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "HeadlessChrome/118.0 Safari/537.36" },
      "ua.kind",
      "automation" },
    { { "http_request.user_agent=python-requests/2.31.0" }, "ua.family", "python-requests" },
    { { "http_request.user_agent=python-requests/2.31.0" }, "ua.script", "true" },
    { { "http_request.user_agent=Python/3.10 aiohttp/3.8.1" }, "ua.family", "aiohttp" },
    { { "http_request.user_agent=Go-http-client/1.1" }, "ua.kind", "library" },
    { { "http_request.user_agent=CURL/8.1.2" }, "ua.family", "curl" },
    { { "http_request.user_agent=okhttp/4.9.3" }, "ua.script", "true" },
    { { "http_request.user_agent=Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)" },
      "ua.kind",
      "bot" },
    { { "http_request.user_agent=Mozilla/5.0 (compatible; GrowBot/3.2; +https://grow.example/)" },
      "ua.family",
      "GrowBot" },
    { { "http_request.user_agent=Mozilla/5.0 (compatible; GrowBot/3.2; +https://grow.example/)" }, "ua.version", "3" },
    { { "http_request.user_agent=GrowBot" }, "ua.family", "GrowBot" },
    { { "http_request.user_agent=GrowBot" }, "ua.kind", "unknown" },
    { { "http_request.user_agent=GrowBot" }, "ua.version", NULL },
    { { "http_request.user_agent=GrowBot/99999999999999999999" }, "ua.version", "999999999" },
    { { "http_request.user_agent=Mozilla/5.0 (Windows NT 10.0)" }, "ua.family", NULL },
    { { "http_request.user_agent=;;((  ,," }, "ua.family", NULL },
    { { "http_request.user_agent=;;((  ,," }, "ua.kind", "unknown" },
    { { "http_request.user_agent=  " }, "ua.kind", NULL },
    { { "action=x" }, "ua.script", NULL },
/* texts */
#define SALE "Huge sale on the new phone case today only"
    { { "post.text=" SALE " https://t.co/abc @bob" }, "text.words", "9" },
    { { "post.text=#PR 5,000 items at $9.99!" }, "text.words", "5" },
    { { "post.text=https://t.co/abc" }, "text.words", "0" },
    { { "post.text=https://t.co/abc" }, "text.fingerprint", NULL },
    { { "post.text=one two three four five" }, "text.near", NULL },
    { { "post.text=buy buy buy buy buy buy buy" }, "text.similar", NULL },
    { { "post.text=I got this free #ad" }, "text.disclosure", "#ad" },
    { { "post.text=ad" }, "text.disclosure", NULL },
    { { "post.text=#adventure time" }, "text.disclosure", NULL },
    { { "post.text=As an Amazon Associate I earn from qualifying purchases." },
      "text.disclosure",
      "as an amazon associate|i earn from qualifying purchases" },
    { { "post.text=(Affiliate-Link) #Sponsored #WERBUNG" },
      "text.disclosure",
      "affiliate link|sponsored|werbung|#werbung" },
    { { "post.text=Parteneriat #publicit\xC3\xA9 ok" }, "text.disclosure", "#publicit\xC3\xA9" },
    { { "post.text=\xEF\xBC\x83\xEF\xBD\x81\xEF\xBD\x84" }, "text.disclosure", "#ad" },
    /* addresses and times */
    { { "src_endpoint.ip=203.0.113.77" }, "ip.net", "203.0.113.0/24" },
    { { "src_endpoint.ip=::ffff:203.0.113.77" }, "ip.net", "203.0.113.0/24" },
    { { "src_endpoint.ip=2001:db8:1:2::3" }, "ip.net", "2001:db8:1::/48" },
    { { "src_endpoint.ip=2001:db8:1:2::3" }, "ip.version", "6" },
    { { "src_endpoint.ip=FFFF:FFFF:FFFF:1::" }, "ip.net", "ffff:ffff:ffff::/48" },
    { { "src_endpoint.ip=::1" }, "ip.net", "0:0:0::/48" },
    { { "src_endpoint.ip=255.0.10.1" }, "ip.net", "255.0.10.0/24" },
    { { "src_endpoint.ip=secretsmanager.amazonaws.com" }, "ip.net", NULL },
    { { "src_endpoint.asn=16509" }, "ip.class", "hosting" },
    { { "src_endpoint.asn=AS22351" }, "ip.class", "satellite" },
    { { "src_endpoint.asn=16509", "src_endpoint.ip_class=corporate" }, "ip.class", "corporate" },
    { { "src_endpoint.ip=2a06:98c0:3600::103", "src_endpoint.ip_class=relay" }, "ip.class", "hosting" },
    { { "src_endpoint.ip=203.0.113.7", "src_endpoint.ip_class=residential" }, "ip.class", "residential" },
    { { "src_endpoint.ip=AWS Internal", "src_endpoint.asn=0" }, "ip.class", NULL },
    { { "src_endpoint.asn=64500" }, "ip.class", NULL },
    { { "src_endpoint.location.country=de" }, "geo.neighbours", "AT|BE|CH|CZ|DK|FR|LU|NL|PL" },
    { { "src_endpoint.location.country=PT" }, "geo.neighbours", "ES" },
    { { "src_endpoint.location.country=JP" }, "geo.neighbours", NULL },
    { { "src_endpoint.location.country=Germany" }, "geo.neighbours", NULL },
    { { "x=y" }, "time.date", "2026-11-22" },
    { { "x=y" }, "time.hour", "3" },
    { { "x=y" }, "time.weekday", "7" },
    /* 03:14:15 is 3.2375 h; 7.5 degrees are half an hour; three decimals */
    { { "src_endpoint.location.long=7.5" }, "time.local_hour", "3.737" },
    { { "src_endpoint.location.long=-75" }, "time.local_hour", "22.237" },
    { { "src_endpoint.location.long=180" }, "time.local_hour", "15.237" },
    { { "src_endpoint.location.long=-180" }, "time.local_hour", "15.237" },
    { { "src_endpoint.location.long=180.5" }, "time.local_hour", NULL },
    { { "src_endpoint.location.long=east" }, "time.local_hour", NULL },
    { { "x=y" }, "time.local_hour", NULL },
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
    const struct enrich_options options = { .datadir = datadir };
    const field_id field = fields_add(fields, sv_of(t->field));
    for (size_t i = 0; i < 6 && t->given[i] != NULL; i++)
        fields_add(fields, sv_make(t->given[i], (size_t)(strchr(t->given[i], '=') - t->given[i])));
    enrich_plan_fields(&options, fields);
    struct enrichment *e = enrichment_new(&options, fields, d);
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
    const struct enrich_options options = { .datadir = "/nonexistent" };

    const field_id net = fields_add(fields, SV("ip.net"));
    enrich_plan_fields(&options, fields);
    struct enrichment *e = enrichment_new(&options, fields, d);
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
    const struct enrich_options options = { .datadir = "/nonexistent" };
    fields_add(fields, SV("url.host"));
    enrich_plan_fields(&options, fields);
    ck_assert_ptr_null(enrichment_new(&options, fields, d));
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
    suite_add_tcase(s, enrich_address_tests());
    suite_add_tcase(s, enrich_catalog_tests());
    suite_add_tcase(s, enrich_place_tests());
    suite_add_tcase(s, enrich_text_tests());
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed == 0 ? 0 : 1;
}
