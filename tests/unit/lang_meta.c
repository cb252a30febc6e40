/* SPDX-License-Identifier: Apache-2.0 */
/* meta.c: defaults, every key of x-authsift, and what is said about wrong ones. */
#include <check.h>

#include "base/timestamp.h"
#include "lang_docs.h"

/* The meta of the first document, which is a rule. */
static const struct rule_meta *
load(struct docs *x, const char *text)
{
    docs_load(x, text);
    ck_assert_str_eq(docs_messages(x), "");
    return &x->program->rules.v[0].meta;
}

static void
ck_sv(struct sv got, const char *want)
{
    ck_assert_msg(sv_eq(got, sv_of(want)), "got '%.*s', want '%s'", SV_ARG(got), want);
}

static void
ck_field(const struct docs *x, field_id got, const char *want)
{
    if (want == NULL) {
        ck_assert_uint_eq(got, FIELD_NONE);
        return;
    }
    ck_assert_uint_ne(got, FIELD_NONE);
    ck_sv(fields_name(x->fields, got), want);
}

START_TEST(defaults)
{
    struct docs x;
    const struct rule_meta *m = load(&x, "title: Plain\n");
    ck_sv(m->id, "Plain");
    ck_sv(m->title, "Plain");
    ck_sv(m->author, "");
    ck_sv(m->family, "");
    ck_sv(m->entity_type, "");
    ck_field(&x, m->entity_id, NULL);
    ck_field(&x, m->entity_name, NULL);
    ck_assert_int_eq(m->level, LEVEL_MEDIUM);
    ck_assert(m->risk == 47);
    ck_assert_int_eq(m->dedup, DAY);
    ck_assert_uint_eq(m->n_actions + m->n_evidence, 0);
    ck_assert(!m->audit && !m->keep_missing_group);
    ck_assert_uint_eq(m->at.at, 7);
    docs_free(&x);
}
END_TEST

static const struct {
    const char *text;
    const char *id;
} ids[] = {
    { "title: T\nid: i-1\nname: n", "i-1" },
    { "title: T\nname: n", "n" },
    { "title: T", "T" },
};

START_TEST(rule_id)
{
    struct docs x;
    ck_sv(load(&x, ids[_i].text)->id, ids[_i].id);
    docs_free(&x);
}
END_TEST

static const struct {
    const char *level;
    int want;
    double risk;
} levels[] = {
    { "informational", LEVEL_INFORMATIONAL, 5 },
    { "low", LEVEL_LOW, 21 },
    { "medium", LEVEL_MEDIUM, 47 },
    { "high", LEVEL_HIGH, 73 },
    { "critical", LEVEL_CRITICAL, 99 },
};

START_TEST(level_and_risk)
{
    struct docs x;
    char text[64];
    snprintf(text, sizeof text, "title: T\nlevel: %s", levels[_i].level);
    const struct rule_meta *m = load(&x, text);
    ck_assert_int_eq(m->level, levels[_i].want);
    ck_assert(m->risk == levels[_i].risk);
    docs_free(&x);
}
END_TEST

START_TEST(carried_fields)
{
    static const char text[] = "title: R\nname: r\nlogsource: {product: p}\n"
                               "detection: {s: {a: b}, condition: s}\n"
                               "---\n"
                               "title: C\n"
                               "correlation: {type: event_count, rules: r, timespan: 1h, condition: {gte: 1}}\n"
                               "x-authsift: {evidence: [k], carry: [device.uid, k]}\n";
    struct docs x;
    docs_load(&x, text);
    ck_assert_str_eq(docs_messages(&x), "");
    const struct program *p = x.program;
    const struct rule_meta *m = &p->corrs.v[p->corrs.n - 1].meta;
    ck_sv(m->title, "C");
    ck_assert_uint_eq(m->n_carry, 2);
    ck_field(&x, m->carry[0], "device.uid");
    /* What is carried is shown as well, behind what the rule shows anyway, and once. */
    ck_assert_uint_eq(m->n_evidence, 2);
    ck_field(&x, m->evidence[0], "k");
    ck_field(&x, m->evidence[1], "device.uid");
    docs_free(&x);
}
END_TEST

START_TEST(every_key)
{
    struct docs x;
    const struct rule_meta *m = load(&x, "title: T\n"
                                         "author: [Ann, Bob]\n"
                                         "description: 'Why'\n"
                                         "level: high\n"
                                         "date: 2026/01/31\n"
                                         "fields: [not.this]\n"
                                         "x-authsift:\n"
                                         "  family: password\n"
                                         "  report: password_apps\n"
                                         "  entity: app\n"
                                         "  actions: [revoke_access, review]\n"
                                         "  evidence: [src_endpoint.ip, device.uid, src_endpoint.ip]\n"
                                         "  risk: 12.5\n"
                                         "  dedup: 2h\n"
                                         "  mode: audit\n"
                                         "  tests: []\n");
    ck_sv(m->author, "Ann, Bob");
    ck_sv(m->description, "Why");
    ck_sv(m->family, "password");
    ck_sv(m->report, "password_apps");
    ck_sv(m->entity_type, "app");
    ck_field(&x, m->entity_id, "oauth.app_uid");
    ck_field(&x, m->entity_name, "oauth.app_name");
    ck_assert_uint_eq(m->n_actions, 2);
    ck_sv(m->actions[0], "revoke_access");
    ck_sv(m->actions[1], "review");
    ck_assert_uint_eq(m->actions_at[1].n, 6);
    ck_assert_uint_eq(m->n_evidence, 2);
    ck_field(&x, m->evidence[0], "src_endpoint.ip");
    ck_field(&x, m->evidence[1], "device.uid");
    ck_assert(m->risk == 12.5);
    ck_assert_int_eq(m->dedup, 2 * HOUR);
    ck_assert(m->audit);
    ck_assert_uint_eq(fields_find(x.fields, SV("not.this")), FIELD_NONE);
    docs_free(&x);
}
END_TEST

START_TEST(evidence_from_fields)
{
    struct docs x;
    const struct rule_meta *m = load(&x, "title: T\nfields: [a.b, c]\nx-authsift: {family: x}");
    ck_assert_uint_eq(m->n_evidence, 2);
    ck_field(&x, m->evidence[1], "c");
    docs_free(&x);
    m = load(&x, "title: T\nfields: [a.b, c]\nx-authsift: {evidence: []}");
    ck_assert_uint_eq(m->n_evidence, 0);
    docs_free(&x);
}
END_TEST

static const struct {
    const char *entity;
    const char *type, *id, *name;
} entities[] = {
    { "account", "account", "actor.user.uid", "actor.user.name" },
    { "account+session", "account+session", "actor.session.uid", "actor.user.name" },
    { "app", "app", "oauth.app_uid", "oauth.app_name" },
    { "session", "session", "actor.session.uid", NULL },
    { "device", "device", "device.uid", NULL },
    { "ip", "ip", "src_endpoint.ip", NULL },
    { "{type: host, id: h}", "host", "h", NULL },
    { "{type: host, id: h, name: h.name}", "host", "h", "h.name" },
};

START_TEST(entity)
{
    struct docs x;
    char text[96];
    snprintf(text, sizeof text, "title: T\nx-authsift: {entity: %s}", entities[_i].entity);
    const struct rule_meta *m = load(&x, text);
    ck_sv(m->entity_type, entities[_i].type);
    ck_field(&x, m->entity_id, entities[_i].id);
    ck_field(&x, m->entity_name, entities[_i].name);
    docs_free(&x);
}
END_TEST

/* The lines of x-authsift stand from line 3 on, indented by two. */
static const struct {
    const char *text;
    const char *messages;
} wrong[] = {
    { "title: T\nx-authsift: 5", "2:13: error: 'x-authsift' has to be a mapping, not a number\n" },
    { "title: T\nx-authsift:", "2:12: error: 'x-authsift' has to be a mapping, not null\n" },
    { "title: T\nx-authsift:\n  famly: x",
      "3:3: error: unknown key 'famly' in 'x-authsift' (did you mean 'family'?)\n" },
    { "title: T\nx-authsift:\n  colour: x", "3:3: error: unknown key 'colour' in 'x-authsift'\n" },
    { "title: T\nx-authsift:\n  family: [a]", "3:11: error: 'family' has to be a string, not a list\n" },
    { "title: T\nx-authsift:\n  report: ''", "3:11: error: 'report' must not be empty\n" },
    { "title: T\nx-authsift:\n  entity: acount", "3:11: error: unknown entity 'acount'; write {type: acount, id: "
                                                 "FIELD} for one of your own (did you mean 'account'?)\n" },
    { "title: T\nx-authsift:\n  entity: [app]", "3:11: error: 'entity' has to be a word or a mapping, not a list\n" },
    { "title: T\nx-authsift:\n  entity: {type: x, ide: y}",
      "3:21: error: unknown key 'ide' in 'entity' (did you mean 'id'?)\n"
      "3:11: error: 'entity' needs an 'id', the field that holds it\n" },
    { "title: T\nx-authsift:\n  entity: {id: y}", "3:11: error: 'entity' needs a 'type'\n" },
    { "title: T\nx-authsift:\n  actions: {a: b}",
      "3:12: error: 'actions' has to be a string or a list of strings, not a mapping\n" },
    { "title: T\nx-authsift:\n  actions: []", "3:12: error: 'actions' is an empty list\n" },
    { "title: T\nx-authsift:\n  actions: [review, review]", "3:21: error: action 'review' is listed twice\n" },
    { "title: T\nx-authsift:\n  evidence: [a, [b]]", "3:17: error: 'evidence' has to be a string, not a list\n" },
    { "title: T\nx-authsift:\n  risk: 101", "3:9: error: 'risk' has to be between 0 and 100\n" },
    { "title: T\nx-authsift:\n  risk: '50'", "3:9: error: 'risk' has to be a number: write it without quotes\n" },
    { "title: T\nx-authsift:\n  risk: much", "3:9: error: 'risk' has to be a number, not a string\n" },
    { "title: T\nx-authsift:\n  dedup: 1h30m",
      "3:10: error: 'dedup' has to be one whole number and one unit of s m h d w M y, like 90m\n" },
    { "title: T\nx-authsift:\n  carry: [a]",
      "3:10: error: 'carry' belongs to a correlation: what lists a rule sees all of its fields\n" },
    { "title: T\nx-authsift:\n  mode: audti",
      "3:9: error: 'mode' has to be 'active', 'audit' or 'booster' (did you mean 'audit'?)\n" },
    { "title: T\nx-authsift:\n  mode: [audit]",
      "3:9: error: 'mode' has to be 'active', 'audit' or 'booster', not a list\n" },
    { "title: T\nx-authsift:\n  missing-group: keep",
      "3:18: warning: 'missing-group' has no effect on a rule without a correlation\n" },
    { "title: T\nx-authsft:\n  mode: audit",
      "2:1: warning: key 'x-authsft' is not read (did you mean 'x-authsift'?)\n" },
    { "title: T\nlevel: High", "2:8: warning: level 'High' is written 'high'\n" },
    { "title: T\nlevel: hgih", "2:8: warning: unknown level 'hgih', taken for medium (did you mean 'high'?)\n" },
    { "title: T\nlevel: severe", "2:8: warning: unknown level 'severe', taken for medium\n" },
    { "title: T\nlevel: [low]", "2:8: error: 'level' has to be a string, not a list\n" },
    { "title: T\nstatus: expermental", "2:9: warning: unknown status 'expermental' (did you mean 'experimental'?)\n" },
    { "title: T\nstatus: done", "2:9: warning: unknown status 'done'\n" },
    { "title: T\ntaxonomy: ecs", "2:11: warning: taxonomy 'ecs' is not mapped: field names are taken as they are\n" },
    { "title: T\ndate: yesterday", "2:7: warning: 'date' is no date like 2026-11-22\n" },
    { "title: T\nmodified: 2026-13-01", "2:11: warning: 'modified' is no date like 2026-11-22\n" },
    { "title: T\nauthor: {a: b}", "2:9: error: 'author' has to be a string or a list of strings, not a mapping\n" },
    { "title: T\ndescription: [x]", "2:14: error: 'description' has to be a string, not a list\n" },
    { "title: T\nfields: {a: b}", "2:9: error: 'fields' has to be a string or a list of strings, not a mapping\n" },
};

START_TEST(messages)
{
    struct docs x;
    docs_load(&x, wrong[_i].text);
    ck_assert_str_eq(docs_messages(&x), wrong[_i].messages);
    ck_assert_int_eq(x.l.units.v[0].bad, diags_errors(x.d) != 0);
    docs_free(&x);
}
END_TEST

START_TEST(all_in_one_run)
{
    struct docs x;
    docs_load(&x, "title: T\nauthor: {}\nx-authsift:\n  risk: -1\n  dedup: x\n  mode: no\n");
    ck_assert_uint_eq(diags_errors(x.d), 4);
    docs_free(&x);
}
END_TEST

#define N_ROWS(t) (int)(sizeof(t) / sizeof *(t))

Suite *lang_meta_suite(void);

Suite *
lang_meta_suite(void)
{
    Suite *s = suite_create("lang/meta");
    TCase *t = tcase_create("meta");
    tcase_add_test(t, defaults);
    tcase_add_loop_test(t, rule_id, 0, N_ROWS(ids));
    tcase_add_loop_test(t, level_and_risk, 0, N_ROWS(levels));
    tcase_add_test(t, every_key);
    tcase_add_test(t, carried_fields);
    tcase_add_test(t, evidence_from_fields);
    tcase_add_loop_test(t, entity, 0, N_ROWS(entities));
    tcase_add_loop_test(t, messages, 0, N_ROWS(wrong));
    tcase_add_test(t, all_in_one_run);
    suite_add_tcase(s, t);
    return s;
}
