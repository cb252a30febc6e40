/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/setup.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "base/timestamp.h"
#include "input/simd.h"
#include "out/finding.h"
#include "out/report.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#ifndef PKGDATADIR
#define PKGDATADIR "/usr/local/share/authsift"
#endif

static bool
is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The folder above the program's own, if it holds rules/ and data/: a build inside the source tree runs with the
 * tree's. Empty where the system does not say where a program lies. */
static struct sv
tree_of_program(struct arena *arena)
{
    char path[4096];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0 || (size_t)n == sizeof path)
        return SV_NONE;
    struct sv folder = sv_make(path, (size_t)n);
    for (int up = 0; up < 2; up++) {
        while (folder.n > 0 && folder.p[folder.n - 1] != '/')
            folder.n--;
        folder.n -= folder.n > 0;
    }
    const bool is_tree = is_folder(arena_printf(arena, "%.*s/rules", SV_ARG(folder)).p) &&
                         is_folder(arena_printf(arena, "%.*s/data", SV_ARG(folder)).p);
    return is_tree ? arena_sv(arena, folder) : SV_NONE;
}

/* Where rules/ and data/ are: $AUTHSIFT_DATADIR, else the source tree of an uninstalled program, else where they were
 * installed. */
static const char *
data_root(struct arena *arena)
{
    const char *root = getenv("AUTHSIFT_DATADIR");
    if (root != NULL && root[0] != '\0')
        return root;
    const struct sv tree = tree_of_program(arena);
    return tree.n != 0 ? tree.p : PKGDATADIR;
}

/* The folders sources/ of the installed rules and of each rules folder, those that exist. */
static enum err
load_sources(struct setup *s, const char *const *rules, size_t n_rules, struct diags *d)
{
    name_list folders = VEC_INIT;
    const char *installed = arena_printf(&s->arena, "%s/rules/sources", s->root).p;
    if (is_folder(installed))
        vec_push(&folders, installed);
    for (size_t i = 0; i < n_rules; i++) {
        const char *beside = arena_printf(&s->arena, "%s/sources", rules[i]).p;
        struct stat a;
        struct stat b;
        const bool is_installed =
            stat(beside, &a) == 0 && stat(installed, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
        if (is_folder(beside) && !is_installed)
            vec_push(&folders, beside);
    }
    const enum err err = lang_load_sources(folders.v, folders.n, &s->sources, d);
    vec_fini(&folders);
    return err;
}

static struct sv
source_name(const void *ctx, size_t i)
{
    const struct source_defs *defs = ctx;
    return defs->v[i].name;
}

static enum err
find_source(struct setup *s, const char *name, struct diags *d)
{
    if (name == NULL)
        return ERR_OK;
    for (size_t i = 0; i < s->sources.n; i++) {
        if (sv_eq(s->sources.v[i].name, sv_of(name))) {
            s->forced_source = &s->sources.v[i];
            return ERR_OK;
        }
    }
    const struct sv near = diag_nearest(sv_of(name), s->sources.n, source_name, &s->sources);
    if (near.n != 0)
        diag_error(d, SPAN_NONE, "there is no source definition '%s' (did you mean '%.*s'?)", name, SV_ARG(near));
    else
        diag_error(d, SPAN_NONE, "there is no source definition '%s' ('authsift list sources' shows them)", name);
    return ERR_USAGE;
}

/* $AUTHSIFT_SIMD: results do not depend on it, so it is only for tests and measurements. */
static enum err
find_simd(struct setup *s, struct diags *d)
{
    const char *name = getenv("AUTHSIFT_SIMD");
    const struct simd *row;
    if (name == NULL || name[0] == '\0')
        return ERR_OK;
    s->simd = simd_find(sv_of(name));
    if (s->simd != NULL)
        return ERR_OK;
    struct sv names = SV_NONE;
    for (size_t i = 0; (row = simd_available(i)) != NULL; i++)
        names = arena_printf(&s->arena, "%.*s%s%s", SV_ARG(names), i != 0 ? ", " : "", row->name);
    diag_error(d, SPAN_NONE, "AUTHSIFT_SIMD: there is no '%s' here (available: %.*s)", name, SV_ARG(names));
    return ERR_USAGE;
}

static struct sv
action_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(action_infos[i].name);
}

/* The names of actions, reports and columns belong to out/, which the rule compiler does not know. */
static void
check_actions(const struct rule_meta *meta, struct diags *d)
{
    for (size_t i = 0; i < meta->n_actions; i++) {
        if (action_find(meta->actions[i]) != ACTION_COUNT_)
            continue;
        const struct sv near = diag_nearest(meta->actions[i], ACTION_COUNT_, action_name, NULL);
        if (near.n != 0)
            diag_error(d, meta->actions_at[i], "unknown action '%.*s' (did you mean '%.*s'?)", SV_ARG(meta->actions[i]),
                       SV_ARG(near));
        else
            diag_error(d, meta->actions_at[i], "unknown action '%.*s' ('authsift list actions' shows them)",
                       SV_ARG(meta->actions[i]));
    }
}

static struct sv
report_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(reports[i]->name);
}

static void
check_report(const struct rule_meta *meta, struct diags *d)
{
    if (meta->report.n == 0 || report_find(meta->report) != NULL)
        return;
    const struct sv near = diag_nearest(meta->report, n_reports, report_name, NULL);
    if (near.n != 0)
        diag_error(d, meta->report_at, "unknown report '%.*s' (did you mean '%.*s'?)", SV_ARG(meta->report),
                   SV_ARG(near));
    else
        diag_error(d, meta->report_at, "unknown report '%.*s' ('authsift list reports' shows them)",
                   SV_ARG(meta->report));
}

/* What tests expect are columns of findings.csv. */
static void
check_test(const struct rule_test *t, struct diags *d)
{
    const struct report *findings = report_find(SV("findings"));
    for (size_t i = 0; i < t->n_expect; i++) {
        size_t c = 0;
        while (c < findings->n_columns && !sv_eq(t->expect[i].column, sv_of(findings->columns[c].name)))
            c++;
        if (c == findings->n_columns)
            diag_error(d, t->expect[i].at, "findings.csv has no column '%.*s'", SV_ARG(t->expect[i].column));
    }
}

static void
check_meta(const struct rule_meta *meta, struct diags *d)
{
    check_actions(meta, d);
    check_report(meta, d);
}

static enum err
load_rules(struct setup *s, const struct options *o, const char *const *rules, size_t n_rules, bool tests,
           struct diags *d)
{
    const struct lang_options lo = {
        .rules = rules,
        .n_rules = n_rules,
        .lists = (const char *const *)o->lists.v,
        .n_lists = o->lists.n,
        .skip_bad = o->skip_bad_rules,
        .now = time_now(),
    };
    enum err err = lang_load(&lo, s->fields, &s->program, tests ? &s->tests : NULL, d);
    if (s->program == NULL)
        return err;
    const size_t before = diags_errors(d);
    for (size_t i = 0; i < s->program->rules.n; i++)
        check_meta(&s->program->rules.v[i].meta, d);
    for (size_t i = 0; i < s->program->corrs.n; i++)
        if (!s->program->corrs.v[i].single)
            check_meta(&s->program->corrs.v[i].meta, d);
    for (size_t i = 0; i < s->tests.v.n; i++)
        check_test(&s->tests.v.v[i], d);
    return diags_errors(d) == before ? err : ERR_CONFIG;
}

static void
init(struct setup *s)
{
    *s = (struct setup){ 0 };
    arena_init(&s->arena);
    arena_init(&s->tests.arena);
    arena_init(&s->sources.arena);
    s->fields = fields_new();
    s->root = data_root(&s->arena);
    s->datadir = arena_printf(&s->arena, "%s/data", s->root).p;
}

enum err
setup_init_bare(struct setup *s, const struct options *o, struct diags *d)
{
    init(s);
    TRY(load_sources(s, (const char *const *)o->rules.v, o->rules.n, d));
    TRY(find_simd(s, d));
    return find_source(s, o->source, d);
}

enum err
setup_init(struct setup *s, const struct options *o, const char *const *rules, size_t n_rules, bool tests,
           struct diags *d)
{
    init(s);
    const char *installed = arena_printf(&s->arena, "%s/rules", s->root).p;
    if (n_rules == 0) {
        if (!is_folder(installed)) {
            diag_error(d, SPAN_NONE, "no rules are installed in %s; give a rule file or folder with -r RULES",
                       installed);
            return ERR_CONFIG;
        }
        rules = &installed;
        n_rules = 1;
    }
    const enum err sources = load_sources(s, rules, n_rules, d);
    const enum err loaded = load_rules(s, o, rules, n_rules, tests, d);
    diags_sort(d);
    TRY(sources);
    TRY(loaded);
    TRY(find_simd(s, d));
    return find_source(s, o->source, d);
}

void
setup_fini(struct setup *s)
{
    program_free(s->program);
    fields_free(s->fields);
    vec_fini(&s->tests.v);
    arena_fini(&s->tests.arena);
    arena_fini(&s->sources.arena);
    arena_fini(&s->arena);
}

/* $AUTHSIFT_SPILL_RECORDS is for tests: small inputs spill as large ones do (doc/manual.md, Memory and temporary
 * files). */
static uint64_t
spill_records(void)
{
    const char *text = getenv("AUTHSIFT_SPILL_RECORDS");
    uint64_t n;
    return text != NULL && number_parse_u64(sv_of(text), &n) ? n : 0;
}

struct run_options
setup_run_options(const struct setup *s, const struct options *o)
{
    struct input_limits limits = INPUT_LIMITS_DEFAULT;
    limits.line = (size_t)o->line_limit;
    limits.simd = s->simd;
    return (struct run_options){
        .n_workers = (unsigned)o->jobs,
        .since = o->since,
        .until = o->until,
        .max_rejects = o->max_rejects.count,
        .max_reject_share = o->max_rejects.share,
        .blast_radius = o->blast_radius,
        .memory = o->memory,
        .spill_records = spill_records(),
        .tmpdir = o->tmpdir,
        .progress = o->progress,
        .limits = limits,
        .enrich = { .datadir = s->datadir,
                    .geoip = (const char *const *)o->geoip.v,
                    .n_geoip = o->geoip.n,
                    .now = time_now() },
        .forced_source = s->forced_source,
    };
}
