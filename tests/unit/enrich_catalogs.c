/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogues that people wrote wrong: every mistake stops the run before work, with its place. A case is the shipped
 * data with one file in its stead. */
#include "enrich_tests.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/timestamp.h"
#include "enrich/enrich.h"

struct mistake {
    const char *field; /* what has to be derived for the file to be read */
    const char *file;
    const char *text;
    const char *want; /* line:column: message; NULL: it is right */
};

static const struct mistake mistakes[] = {
    { "ua.family", "agents.csv", "product,family,kind,version\nX,X,robot,\n",
      "2:1: the kind of a product is browser, app, library, automation, bot, os or part, not 'robot'" },
    { "ua.family", "agents.csv", "product,family,kind,version\n,X,bot,\n", "2:1: a product's name has 1 to 64 bytes" },
    { "ua.family", "agents.csv", "product,family,kind,version\nX,X,bot,\n# no\nx,Y,bot,\n",
      "4:1: the product 'x' is there twice" },
    { "ua.family", "agents.csv", "product,family\n", "1:1: the header must be product,family,kind,version" },
    { "text.disclosure", "disclosures.csv", "phrase,as\nad,shout\n",
      "2:1: a phrase is found as hashtag or text, not 'shout'" },
    { "text.disclosure", "disclosures.csv", "phrase,as\n!!!,text\n", "2:1: a phrase has to have 1 to 8 words" },
    { "text.disclosure", "disclosures.csv", "phrase,as\na b c d e f g h i,text\n",
      "2:1: a phrase has to have 1 to 8 words" },
    { "text.words", "disclosures.csv", "nonsense", NULL }, /* not in use, not read */
    { "url.host", "affiliates.csv", "network,host,path,publisher,subid,target,needs\nn,h.example,,path:x,,,\n",
      "2:1: cannot read the publisher 'path:x' of n" },
    { "url.host", "affiliates.csv", "network,host,path,publisher,subid,target,needs\nn,h.example,,,,,=x\n",
      "2:1: 'needs' is NAME=VALUE, not '=x'" },
    { "url.host", "affiliates.csv", "network,host,path,publisher,subid,target,needs\nn,h.example\n",
      "2:1: 2 fields instead of 7" },
    { "ip.class", "networks/vpn.txt", "198.51.100.1/24\n",
      "1:1: '198.51.100.1/24' has bits set behind its prefix; a line is an address, a range such as 198.51.100.0/24, "
      "or an "
      "AS number such as AS64500" },
    { "ip.class", "networks/vpn.txt", "# fine\n  AS64500x\n",
      "2:3: 'AS64500x' is no address; a line is an address, a range such as 198.51.100.0/24, or an AS number such as "
      "AS64500" },
    { "ip.class", "networks/vpn.txt", "64500\n",
      "1:1: '64500' is no address; a line is an address, a range such as 198.51.100.0/24, or an AS number such as "
      "AS64500" },
    { "ip.class", "networks/tor.txt", "198.51.100.1 # until soon: trial\n",
      "1:1: 'until' needs a date YYYY-MM-DD, not 'soon'" },
    { "ip.class", "networks/tor.txt", "198.51.100.1 # until 2999-01-01: trial\nAS4200000000 # why\n2001:db8::/32",
      NULL },
};

static char folder[] = "/tmp/authsift-data.XXXXXX";

/* Links in `to` for everything in the source tree's data/NAME. */
static void
link_all(const char *to, const char *names[], const char *below)
{
    const char *top = getenv("top_srcdir");
    char from[4096], at[4096];
    for (size_t i = 0; names[i] != NULL; i++) {
        snprintf(from, sizeof from, "%s/data/%s%s", top != NULL ? top : ".", below, names[i]);
        snprintf(at, sizeof at, "%s/%s%s", to, below, names[i]);
        ck_assert_int_eq(symlink(from, at), 0);
    }
}

static void
setup(void)
{
    static const char *files[] = {
        "affiliates.csv",          "agents.csv", "disclosures.csv", "linkinbio.txt", "shorteners.txt",
        "tracking_parameters.txt", NULL
    };
    static const char *networks[] = { "corporate.txt", "hosting.txt", "mobile.txt", "relay.txt", "residential.txt",
                                      "satellite.txt", "tor.txt",     "vpn.txt",    NULL };
    char path[4096];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/networks", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    link_all(folder, files, "");
    link_all(folder, networks, "networks/");
}

static void
teardown(void)
{
    char command[256];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

static void
replace(const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(unlink(path), 0);
    FILE *to = fopen(path, "w");
    ck_assert_ptr_nonnull(to);
    fputs(text, to);
    ck_assert_int_eq(fclose(to), 0);
}

static struct enrichment *
open_for(const char *field, struct fields *fields, struct diags *d)
{
    const struct enrich_options o = { .datadir = folder, .now = INT64_C(1795317255000000) };
    fields_add(fields, sv_of(field));
    enrich_plan_fields(&o, fields);
    return enrichment_new(&o, fields, d);
}

START_TEST(catalogues)
{
    const struct mistake *m = &mistakes[_i];
    struct fields *fields = fields_new();
    struct diags *d = diags_new();
    struct buf got = BUF_INIT;

    replace(m->file, m->text);
    struct enrichment *e = open_for(m->field, fields, d);
    ck_assert_msg((e == NULL) == (m->want != NULL), "%s: %s", m->file, m->text);
    ck_assert_uint_eq(diags_errors(d), m->want != NULL);
    if (m->want != NULL) {
        const struct diag *g = diags_get(d, 0);
        size_t line, column;
        ck_assert_ptr_nonnull(g->span.file);
        ck_assert(sv_ends(text_file_name(g->span.file), sv_of(m->file)));
        text_file_locate(g->span.file, g->span.at, &line, &column);
        buf_printf(&got, "%zu:%zu: %.*s", line, column, SV_ARG(g->message));
        ck_assert_str_eq(buf_cstr(&got), m->want);
    }
    buf_fini(&got);
    enrichment_free(e);
    fields_free(fields);
    diags_free(d);
}
END_TEST

/* An entry that ran out yesterday is named, and does not count. */
START_TEST(expired_network)
{
    struct fields *fields = fields_new();
    struct diags *d = diags_new();
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct sv text;

    replace("networks/tor.txt", "198.51.100.1 # until 2026-11-21: over\n198.51.100.2 # until 2026-11-22: not yet\n");
    struct enrichment *e = open_for("ip.class", fields, d);
    ck_assert_ptr_nonnull(e);
    ck_assert_uint_eq(diags_count(d), 1);
    ck_assert_int_eq(diags_get(d, 0)->severity, DIAG_NOTE);
    event_init(&ev, fields_count(fields), &scratch, enrichment_derive(e));
    event_set_text(&ev, fields_find(fields, SV("src_endpoint.ip")), SV("198.51.100.1"));
    ck_assert(!event_text(&ev, fields_find(fields, SV("ip.class")), &text));
    event_reset(&ev);
    event_set_text(&ev, fields_find(fields, SV("src_endpoint.ip")), SV("198.51.100.2"));
    ck_assert(event_text(&ev, fields_find(fields, SV("ip.class")), &text) && sv_eq(text, SV("tor")));
    event_fini(&ev);
    enrichment_free(e);
    arena_fini(&scratch);
    fields_free(fields);
    diags_free(d);
}
END_TEST

TCase *
enrich_catalog_tests(void)
{
    TCase *t = tcase_create("catalogues");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, catalogues, 0, N_OF(mistakes));
    tcase_add_test(t, expired_network);
    return t;
}
