/* SPDX-License-Identifier: Apache-2.0 */
/* Partial results: put together they give what one scan gives, and whatever is wrong with one is refused by name. They
 * may come from anywhere, so every byte is tried in a wrong way, and records are made up that no scan would write. */
#include "run_tests.h"

#include <errno.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agg/emit.h"
#include "agg/inv_internal.h"
#include "agg/partial.h"
#include "base/codec.h"
#include "base/timestamp.h"
#include "lang/lang.h"
#include "out/report.h"
#include "run/partial_merge.h"
#include "run/partial_write.h"

/* Inner and outer correlations, a rule that feeds both, one that needs a survey, a family of two. */
static const char rules_text[] =
    "title: Use\nname: use\ndetection: {s: {action: post.create}, condition: s}\nlogsource: {product: authsift}\n"
    "x-authsift: {entity: {type: app, id: oauth.app_uid}, actions: [review]}\nlevel: low\n"
    "---\n"
    "title: Grant\nname: grant\ndetection: {s: {action: app.authorize}, condition: s}\nlogsource: {product: authsift}\n"
    "---\n"
    "title: Many uses\nname: many\ncorrelation: {type: event_count, rules: [use], group-by: [actor.user.uid],\n"
    "    timespan: 1h, generate: true, condition: {gte: 2}}\nlevel: high\n"
    "---\n"
    "title: Many places\nname: places\ncorrelation: {type: value_count, rules: [use], group-by: [actor.user.uid],\n"
    "    timespan: 1h, condition: {gte: 2, field: src_endpoint.ip}}\nlevel: medium\n"
    "---\n"
    "title: Grant and many uses\ncorrelation: {type: temporal, rules: [grant, many], group-by: [actor.user.uid],\n"
    "    timespan: 1d, generate: true}\nlevel: critical\n"
    "---\n"
    "title: Unused\ncorrelation: {type: x-unused-value, rules: [grant, use], group-by: [oauth.app_uid],\n"
    "    timespan: 1m, granted: {rule: grant, field: oauth.scopes}, used: {rule: use, field: action},\n"
    "    min-groups: 3}\nlevel: medium\n";

struct world {
    char folder[64];
    struct stage s;
    struct arena arena;
};

static struct sv
in_folder(struct world *w, const char *name)
{
    return arena_printf(&w->arena, "%s/%s", w->folder, name);
}

static void
write_file(const char *path, struct sv text)
{
    FILE *f = fopen(path, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text.p, 1, text.n, f), text.n);
    ck_assert_int_eq(fclose(f), 0);
}

/* Empty if there is none. */
static struct buf
read_file(const char *path)
{
    struct buf b = BUF_INIT;
    ck_assert_msg(buf_read_file(&b, path, (size_t)1 << 28) || errno == ENOENT, "%s", path);
    return b;
}

static void
load_rules(struct world *w, const char *path)
{
    const struct lang_options lo = { .rules = &path, .n_rules = 1, .skip_bad = true };
    program_free(w->s.program);
    ck_assert_int_eq(lang_load(&lo, w->s.fields, &w->s.program, NULL, w->s.d), ERR_OK);
}

static void
world_init(struct world *w, const char *rules)
{
    memset(w, 0, sizeof *w);
    snprintf(w->folder, sizeof w->folder, "/tmp/authsift-partial-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(w->folder));
    arena_init(&w->arena);
    stage_init(&w->s);
    w->s.options.n_workers = 2;
    w->s.options.want_inventory = true;
    w->s.options.memory = (uint64_t)64 << 20;
    w->s.options.tmpdir = w->folder;
    if (rules == NULL) {
        rules = in_folder(w, "rules.yml").p;
        write_file(rules, sv_of(rules_text));
    }
    load_rules(w, rules);
}

static void
remove_tree(const char *path)
{
    DIR *dir = opendir(path);
    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        char below[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, e->d_name);
        if (unlink(below) != 0)
            remove_tree(below);
    }
    closedir(dir);
    rmdir(path);
}

static void
world_fini(struct world *w)
{
    remove_tree(w->folder);
    stage_fini(&w->s);
    arena_fini(&w->arena);
}

/* ---- logs and runs ---- */

/* 120 events of 6 accounts and 4 apps in two hours, different for each number, and a line that is none. */
static struct sv
make_log(struct world *w, unsigned number)
{
    struct buf b = BUF_INIT;
    uint64_t random = number + 1;
    for (unsigned i = 0; i < 120; i++) {
        const unsigned minute = (unsigned)(next_random(&random) >> 32) % 120;
        const unsigned x = (unsigned)(next_random(&random) >> 32);
        buf_printf(&b,
                   "{\"time\":\"2026-11-22T%02u:%02u:00Z\",\"uid\":\"%u\",\"action\":\"%s\",\"actor\":{\"user\":{"
                   "\"uid\":\"u%u\"},"
                   "\"session\":{\"uid\":\"s%u\"}},\"oauth\":{\"app_uid\":\"a%u\",\"scopes\":\"x y\"},\"src_endpoint\":"
                   "{\"ip\":\"192.0.2.%u\"}}\n",
                   minute / 60, minute % 60, x % 300, x % 7 == 0 ? "app.authorize" : "post.create", x / 8 % 6,
                   x / 64 % 9, x / 1024 % 4, x / 4096 % 3);
    }
    buf_puts(&b, "{\"time\":\n");
    const struct sv text = arena_sv(&w->arena, buf_view(&b));
    buf_fini(&b);
    return text;
}

/* Scans logs [from, from + n). partial: a folder's name, or NULL for results. */
static enum err
scan(struct world *w, unsigned from, unsigned n, const char *partial, struct results *r)
{
    struct input_file *file = ARENA_ARRAY(&w->arena, struct input_file, n);
    for (unsigned i = 0; i < n; i++)
        file[i] =
            (struct input_file){ .name = arena_printf(&w->arena, "log%u", from + i), .memory = make_log(w, from + i) };
    struct inputs *in = inputs_new_memory(file, n);
    w->s.options.partial = partial != NULL ? in_folder(w, partial).p : NULL;
    struct plan *plan = plan_new(&w->s.options, w->s.program, &w->s.sources, w->s.fields, w->s.d);
    ck_assert_ptr_nonnull(plan);
    const enum err err = run_scan(plan, in, r, w->s.d);
    plan_free(plan);
    inputs_free(in);
    w->s.options.partial = NULL;
    return err;
}

static void
scan_partial(struct world *w, unsigned from, unsigned n, const char *partial)
{
    struct results r;
    results_init(&r);
    ck_assert_int_eq(scan(w, from, n, partial, &r), ERR_INPUT); /* for the line that is none */
    results_fini(&r);
}

/* names: of folders in the world's, separated by blanks. */
static enum err
open_partials(struct world *w, const char *names, enum partial_stage stage, struct partials *p)
{
    const char *folder[80];
    size_t n = 0;
    struct sv rest = sv_of(names);
    for (struct sv name; sv_split(&rest, ' ', &name);)
        folder[n++] = arena_printf(&w->arena, "%s/%.*s", w->folder, SV_ARG(name)).p;
    enum err err = partials_open(p, folder, n, stage, w->s.d);
    if (err == ERR_OK)
        err = partials_fit(p, w->s.program, w->s.d);
    return err;
}

static enum err
merge(struct world *w, const char *names, enum partial_stage stage, struct results *r)
{
    struct partials p;
    enum err err = open_partials(w, names, stage, &p);
    const struct partial_merge pm = { w->s.program, &p, &w->s.options };
    if (err == ERR_OK)
        err = partial_merge_all(&pm, r, w->s.d);
    partials_fini(&p);
    return err;
}

static enum err
merge_quietly(struct world *w, const char *names)
{
    struct results r;
    results_init(&r);
    const enum err err = merge(w, names, STAGE_SCANNED, &r);
    results_fini(&r);
    return err;
}

static enum err
merge_part(struct world *w, const char *names, unsigned part, unsigned n_parts, const char *to)
{
    struct partials p;
    enum err err = open_partials(w, names, STAGE_SCANNED, &p);
    const struct partial_merge pm = { w->s.program, &p, &w->s.options };
    if (err == ERR_OK)
        err = partial_merge_part(&pm, (struct agg_share){ part, n_parts }, in_folder(w, to).p, w->s.d);
    partials_fini(&p);
    return err;
}

/* Everything that the reports show, as bytes. */
static struct sv
all_rows(struct world *w, struct results *r)
{
    char *text;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    ck_assert_ptr_nonnull(f);
    const struct table_style style = { .format = TABLE_CSV };
    for (size_t i = 0; i < n_reports; i++)
        if (strcmp(reports[i]->name, "run") != 0)
            ck_assert_int_eq(report_write(reports[i], r, &style, f, w->s.d), ERR_OK);
    fclose(f);
    const struct sv all = arena_sv(&w->arena, sv_make(text, n));
    free(text);
    return all;
}

static struct sv
rows_of_scan(struct world *w, unsigned n)
{
    struct results r;
    results_init(&r);
    ck_assert_int_eq(scan(w, 0, n, NULL, &r), ERR_INPUT);
    const struct sv rows = all_rows(w, &r);
    /* A test over nothing proves nothing. */
    ck_assert_uint_gt(r.findings.n, 10);
    ck_assert_uint_gt(r.apps.n, 3);
    ck_assert_uint_gt(r.sessions.n, 5);
    ck_assert_uint_eq(r.rejects.n, n);
    for (size_t i = 0; i < r.rules.n; i++)
        ck_assert_msg(r.rules.v[i].findings != 0 || sv_eq(r.rules.v[i].rule_id, SV("grant")), "%.*s finds nothing",
                      SV_ARG(r.rules.v[i].rule_id));
    results_fini(&r);
    return rows;
}

static struct sv
rows_of_merge(struct world *w, const char *names, enum partial_stage stage)
{
    struct results r;
    results_init(&r);
    const enum err err = merge(w, names, stage, &r);
    if (err != ERR_INPUT)
        diags_print(w->s.d, stderr);
    ck_assert_int_eq(err, ERR_INPUT);
    const struct sv rows = all_rows(w, &r);
    results_fini(&r);
    return rows;
}

static void
assert_rows_equal(struct sv a, struct sv b)
{
    size_t i = 0;
    while (i < a.n && i < b.n && a.p[i] == b.p[i])
        i++;
    ck_assert_msg(i == a.n && i == b.n, "differ at byte %zu: ...%.*s", i, (int)(b.n - i < 200 ? b.n - i : 200),
                  b.p + i);
}

/* ---- the same as one scan ---- */

START_TEST(partials_give_what_one_scan_gives)
{
    struct world w;
    world_init(&w, NULL);
    const struct sv whole = rows_of_scan(&w, 5);
    scan_partial(&w, 0, 2, "a");
    scan_partial(&w, 2, 1, "b");
    scan_partial(&w, 3, 2, "c");
    assert_rows_equal(whole, rows_of_merge(&w, "a b c", STAGE_SCANNED));
    assert_rows_equal(whole, rows_of_merge(&w, "c a b", STAGE_SCANNED));
    world_fini(&w);
}
END_TEST

static const unsigned shares[] = { 1, 2, 7, 64 };

START_TEST(parts_give_what_one_scan_gives)
{
    struct world w;
    struct buf names = BUF_INIT;
    world_init(&w, NULL);
    const struct sv whole = rows_of_scan(&w, 3);
    scan_partial(&w, 0, 2, "a");
    scan_partial(&w, 2, 1, "b");
    for (unsigned i = 1; i <= shares[_i]; i++) {
        const char *name = arena_printf(&w.arena, "part%u", i).p;
        ck_assert_int_eq(merge_part(&w, i % 2 == 0 ? "a b" : "b a", i, shares[_i], name), ERR_INPUT);
        buf_printf(&names, "%s%s", i > 1 ? " " : "", name);
    }
    assert_rows_equal(whole, rows_of_merge(&w, buf_cstr(&names), STAGE_SWEPT));
    buf_fini(&names);
    world_fini(&w);
}
END_TEST

/* Threads and memory change no byte of a partial. */
START_TEST(partials_are_reproducible)
{
    struct world w;
    world_init(&w, NULL);
    scan_partial(&w, 0, 4, "a");
    w.s.options.n_workers = 4;
    w.s.options.spill_records = 20;
    scan_partial(&w, 0, 4, "b");
    for (unsigned i = 0; i < PARTITIONS + 1; i++) {
        char name[PARTIAL_NAME_MAX] = "";
        partial_name(name, i % PARTITIONS);
        struct buf a = read_file(arena_printf(&w.arena, "%s/a/%s", w.folder, i < PARTITIONS ? name : "manifest").p);
        struct buf b = read_file(arena_printf(&w.arena, "%s/b/%s", w.folder, i < PARTITIONS ? name : "manifest").p);
        ck_assert(sv_eq(buf_view(&a), buf_view(&b)));
        buf_fini(&a);
        buf_fini(&b);
    }
    world_fini(&w);
}
END_TEST

/* ---- what does not go together ---- */

static void
assert_said(struct world *w, const char *what)
{
    struct sv last = SV_NONE;
    for (size_t i = 0; i < diags_count(w->s.d); i++) {
        last = diags_get(w->s.d, i)->message;
        if (sv_find(last, sv_of(what), 0) < last.n)
            return;
    }
    ck_abort_msg("nobody said '%s' (the last: '%.*s')", what, SV_ARG(last));
}

START_TEST(what_does_not_go_together_is_refused)
{
    struct world w;
    world_init(&w, NULL);
    scan_partial(&w, 0, 1, "a");
    scan_partial(&w, 1, 1, "b");
    scan_partial(&w, 1, 2, "bc");
    ck_assert_int_eq(merge_quietly(&w, "a a"), ERR_USAGE);
    assert_said(&w, "a' was given twice");
    ck_assert_int_eq(merge_quietly(&w, "b bc"), ERR_USAGE);
    assert_said(&w, "the input 'log1' is in both partials");
    ck_assert_int_eq(merge_quietly(&w, "a nothing"), ERR_USAGE);
    assert_said(&w, "nothing' is no partial result");
    ck_assert_int_eq(mkdir(in_folder(&w, "empty").p, 0777), 0);
    ck_assert_int_eq(merge_quietly(&w, "empty"), ERR_USAGE);
    assert_said(&w, "empty' is no partial result: it has no manifest");
    w.s.options.since = time_now();
    scan_partial(&w, 3, 1, "since");
    w.s.options.since = TIME_NONE;
    ck_assert_int_eq(merge_quietly(&w, "a since"), ERR_CONFIG);
    assert_said(&w, "different options: --since is ");
    world_fini(&w);
}
END_TEST

START_TEST(other_rules_are_refused_by_name)
{
    struct world w;
    world_init(&w, NULL);
    scan_partial(&w, 0, 1, "a");
    struct buf text = BUF_INIT;
    buf_puts(&text, rules_text);
    *strstr(text.p, "gte: 2") = 'l'; /* lte */
    const char *path = in_folder(&w, "other.yml").p;
    write_file(path, buf_view(&text));
    load_rules(&w, path);
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_CONFIG);
    assert_said(&w, "was made with other rules: the rule 'many' was another");
    buf_fini(&text);
    world_fini(&w);
}
END_TEST

START_TEST(parts_must_be_complete)
{
    struct world w;
    world_init(&w, NULL);
    scan_partial(&w, 0, 1, "a");
    scan_partial(&w, 1, 1, "b");
    ck_assert_int_eq(merge_part(&w, "a b", 1, 3, "p1"), ERR_INPUT);
    ck_assert_int_eq(merge_part(&w, "a b", 2, 3, "p2"), ERR_INPUT);
    ck_assert_int_eq(merge_part(&w, "a b", 3, 3, "p3"), ERR_INPUT);
    ck_assert_int_eq(merge_part(&w, "a b", 2, 2, "half"), ERR_INPUT);
    ck_assert_int_eq(merge_part(&w, "a", 3, 3, "less"), ERR_INPUT);
    struct results r;
    results_init(&r);
    ck_assert_int_eq(merge(&w, "p1 p3", STAGE_SWEPT, &r), ERR_USAGE);
    assert_said(&w, "part 2 of 3 is missing");
    ck_assert_int_eq(merge(&w, "p1 p2 half", STAGE_SWEPT, &r), ERR_USAGE);
    assert_said(&w, "one of 2");
    ck_assert_int_eq(merge(&w, "p1 p2 less", STAGE_SWEPT, &r), ERR_USAGE);
    assert_said(&w, "are parts of different partials");
    ck_assert_int_eq(merge(&w, "p1 p2 p3 a", STAGE_SWEPT, &r), ERR_USAGE);
    assert_said(&w, "a' was made by scan --partial");
    ck_assert_int_eq(merge(&w, "p1", STAGE_SCANNED, &r), ERR_USAGE);
    assert_said(&w, "p1' was made by merge --partition");
    results_fini(&r);
    world_fini(&w);
}
END_TEST

/* ---- damage ---- */

/* The i-th of the record files that are not empty, from either end; then the rejects. */
static const char *
file_to_damage(struct world *w, int i)
{
    static const unsigned from[] = { 0, 17, 63 };
    char name[PARTIAL_NAME_MAX];
    struct stat st;
    if (i == N_OF(from))
        return "rejects";
    for (unsigned k = 0; k < PARTITIONS; k++) {
        partial_name(name, (from[i] + k * (from[i] == 63 ? 63 : 1)) % PARTITIONS);
        const struct sv text = arena_sv(&w->arena, sv_of(name));
        if (stat(arena_printf(&w->arena, "%s/a/%s", w->folder, name).p, &st) == 0 && st.st_size != 0)
            return text.p;
    }
    ck_abort_msg("no records");
}

START_TEST(every_damage_is_found)
{
    struct world w;
    world_init(&w, NULL);
    scan_partial(&w, 0, 3, "a");
    const char *name = file_to_damage(&w, _i);
    const char *path = arena_printf(&w.arena, "%s/a/%s", w.folder, name).p;
    struct buf b = read_file(path);
    ck_assert_uint_gt(b.n, 0);

    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_OUTPUT);
    assert_said(&w, arena_printf(&w.arena, "%s of the partial '%s/a' is missing", name, w.folder).p);
    write_file(path, sv_make(b.p, b.n - 1));
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_OUTPUT);
    assert_said(&w, arena_printf(&w.arena, "'%s/a' has %zu bytes instead of %zu", w.folder, b.n - 1, b.n).p);
    for (size_t i = 0; i < b.n; i += b.n / 9 + 1) {
        b.p[i] = (char)(b.p[i] ^ 1);
        write_file(path, buf_view(&b));
        ck_assert_int_eq(merge_quietly(&w, "a"), ERR_OUTPUT);
        b.p[i] = (char)(b.p[i] ^ 1);
    }
    assert_said(&w, arena_printf(&w.arena, "%s of the partial '%s/a' is damaged", name, w.folder).p);
    buf_putc(&b, '\0');
    write_file(path, buf_view(&b));
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_OUTPUT);
    b.n--;
    write_file(path, buf_view(&b));
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_INPUT);
    buf_fini(&b);
    world_fini(&w);
}
END_TEST

static bool
is_manifest(struct sv bytes)
{
    struct manifest m;
    struct arena a = ARENA_INIT;
    char *copy = mem_dup(bytes.p, bytes.n);
    manifest_init(&m);
    const char *wrong = manifest_get(&m, sv_make(copy, bytes.n), &a);
    manifest_fini(&m);
    arena_fini(&a);
    mem_free(copy);
    return wrong == NULL;
}

START_TEST(every_byte_of_a_manifest_counts)
{
    struct world w;
    world_init(&w, NULL);
    scan_partial(&w, 0, 1, "a");
    struct buf b = read_file(in_folder(&w, "a/manifest").p);
    ck_assert(is_manifest(buf_view(&b)));
    for (size_t i = 0; i < b.n; i++) {
        b.p[i] = (char)(b.p[i] ^ 1 << i % 8);
        ck_assert_msg(!is_manifest(buf_view(&b)), "byte %zu", i);
        b.p[i] = (char)(b.p[i] ^ 1 << i % 8);
        ck_assert(!is_manifest(sv_make(b.p, i)));
    }
    buf_putc(&b, '\0');
    ck_assert(!is_manifest(buf_view(&b)));
    buf_fini(&b);
    world_fini(&w);
}
END_TEST

/* ---- forgery ---- */

/* Reads the manifest of a partial; its texts borrow from b. */
static void
get_manifest(struct world *w, const char *partial, struct manifest *m, struct buf *b)
{
    *b = read_file(arena_printf(&w->arena, "%s/%s/manifest", w->folder, partial).p);
    manifest_init(m);
    ck_assert_ptr_null(manifest_get(m, buf_view(b), &w->arena));
}

/* Writes it again, with the lengths and digests that the files have now: nothing gives the forger away. */
static void
seal(struct world *w, const char *partial, struct manifest *m)
{
    for (size_t i = 0; i < m->files.n; i++) {
        char hex[33];
        struct manifest_file *f = &m->files.v[i];
        struct buf b = read_file(arena_printf(&w->arena, "%s/%s/%.*s", w->folder, partial, SV_ARG(f->name)).p);
        struct digest *digest = digest_new();
        digest_add(digest, b.p, b.n);
        digest_hex(digest, hex);
        digest_free(digest);
        f->bytes = b.n;
        f->digest = arena_sv(&w->arena, sv_of(hex));
        buf_fini(&b);
    }
    struct buf out = BUF_INIT;
    manifest_put(&out, m);
    write_file(arena_printf(&w->arena, "%s/%s/manifest", w->folder, partial).p, buf_view(&out));
    buf_fini(&out);
}

/* Replaces a slot of a partition by one record. */
static void
forge_slot(struct world *w, struct manifest *m, size_t slot, const struct record *r)
{
    char name[PARTIAL_NAME_MAX];
    partial_name(name, hash_partition(record_hash(r->corr, r->key)));
    const char *path = arena_printf(&w->arena, "%s/a/%s", w->folder, name).p;
    struct segment_writer writer = { .error = 0 };
    struct segment s;
    struct stat st;
    FILE *f = fopen(path, "a+b");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(fstat(fileno(f), &st), 0);
    segment_begin(&writer, fileno(f), path, (uint64_t)st.st_size);
    segment_put(&writer, r);
    ck_assert(segment_end(&writer, &s));
    segment_writer_fini(&writer);
    fclose(f);
    const struct manifest_file *file = manifest_file(m, sv_of(name));
    file->segment[slot] = (struct manifest_segment){ s.offset, s.bytes, s.n };
}

enum forgery {
    FORGED_NOTHING,
    FORGED_CORR,
    FORGED_LEVEL,
    FORGED_MEMBER,
    FORGED_POS,
    FORGED_FILE,
    FORGED_APP_POS,
    FORGED_APP_PAYLOAD,
    FORGED_SESSION_PAYLOAD,
    FORGED_SESSION_FILE,
    FORGED_INVENTORY_CORR,
    FORGERIES
};

static uint32_t
find_corr(const struct program *p, const char *title)
{
    for (size_t i = 0; i < p->corrs.n; i++)
        if (sv_eq(p->corrs.v[i].meta.title, sv_of(title)) && !p->corrs.v[i].single)
            return (uint32_t)i;
    ck_abort_msg("no %s", title);
}

static struct record
forged(struct world *w, enum forgery what, size_t *slot, struct buf *payload)
{
    const struct program *p = w->s.program;
    const uint32_t inventory = (uint32_t)p->corrs.n;
    struct record r = { .corr = find_corr(p, "Many uses"),
                        .time = 0,
                        .at = { 0, 1 },
                        .flags = RECORD_PRIMARY,
                        .key = SV("\2u1"),
                        .payload = SV("\0\0") };
    struct session_state session = SESSION_STATE_INIT;
    struct candidate candidate = { .file = 1, .line = 1, .text = SV("") };
    *slot = 0;
    if (what >= FORGED_APP_POS) {
        *slot = partial_slots(p) - 1;
        r.corr = inventory + (what == FORGED_SESSION_PAYLOAD || what == FORGED_SESSION_FILE);
        r.flags = 0;
    }
    switch (what) {
    case FORGED_CORR:
        r.corr = inventory;
        break;
    case FORGED_LEVEL:
        r.corr = find_corr(p, "Grant and many uses");
        break;
    case FORGED_MEMBER: /* of a family, but not its first */
        r.corr = find_corr(p, "Many places");
        break;
    case FORGED_POS:
        r.pos = 1;
        break;
    case FORGED_FILE:
        r.at.file = 1;
        break;
    case FORGED_APP_POS:
        r.pos = APP_KINDS;
        break;
    case FORGED_INVENTORY_CORR:
        r.corr = inventory + INVENTORIES;
        break;
    case FORGED_SESSION_FILE:
        session.events = 1;
        session.any = (struct candidates){ 0, &candidate, 1 };
        session_state_put(payload, &session);
        r.payload = buf_view(payload);
        break;
    case FORGED_APP_PAYLOAD:
    case FORGED_SESSION_PAYLOAD:
        r.payload = SV("\1");
        break;
    case FORGED_NOTHING:
    case FORGERIES:
        break;
    }
    return r;
}

START_TEST(forged_records_are_refused)
{
    struct world w;
    struct manifest m;
    struct buf bytes;
    struct buf payload = BUF_INIT;
    size_t slot;
    world_init(&w, NULL);
    scan_partial(&w, 0, 1, "a");
    get_manifest(&w, "a", &m, &bytes);
    const struct record r = forged(&w, (enum forgery)_i, &slot, &payload);
    forge_slot(&w, &m, slot, &r);
    seal(&w, "a", &m);
    /* Of a family that is a family, or the test of its member would be none. */
    struct family *family = families_of(w.s.program);
    ck_assert_uint_eq(family[find_corr(w.s.program, "Many places")].first, find_corr(w.s.program, "Many uses"));
    mem_free(family);
    ck_assert_int_eq(merge_quietly(&w, "a"), _i == FORGED_NOTHING ? ERR_INPUT : ERR_OUTPUT);
    if (_i != FORGED_NOTHING)
        assert_said(&w, "damaged");
    manifest_fini(&m);
    buf_fini(&bytes);
    buf_fini(&payload);
    world_fini(&w);
}
END_TEST

/* What passes all of these checks may still be nonsense, for what it says no scan has seen. It gives nonsense, and
 * nothing else happens. */
static struct sv
random_bytes(struct world *w, uint64_t *random, size_t most)
{
    const size_t n = (size_t)(next_random(random) >> 40) % (most + 1);
    char *p = arena_alloc(&w->arena, n + 1);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)(next_random(random) >> 33 & (next_random(random) % 2 != 0 ? 0xff : 3));
    return sv_make(p, n);
}

static unsigned
random_below(uint64_t *random, unsigned n)
{
    return (unsigned)(next_random(random) >> 33) % n;
}

static int64_t
random_time(uint64_t *random)
{
    static const int64_t extremes[] = { TIME_FIRST, TIME_FIRST + 1, -1, 0, 1, TIME_LAST - 1, TIME_LAST };
    const unsigned x = random_below(random, 3 * (unsigned)N_OF(extremes));
    return x < (unsigned)N_OF(extremes) ? extremes[x] : (int64_t)(next_random(random) % (uint64_t)(3 * DAY));
}

/* Numbers, texts, lists of texts: of such pieces all payloads are made. */
static void
put_random_payload(struct world *w, uint64_t *random, struct buf *b)
{
    for (unsigned n = random_below(random, 4); n > 0; n--)
        put_double(b, (double)random_below(random, 200) - 90);
    for (unsigned n = random_below(random, 2) * random_below(random, 12); n > 0; n--)
        put_bytes(b, random_bytes(w, random, 1));
    for (unsigned lists = random_below(random, 4); lists > 0; lists--) {
        const unsigned n = random_below(random, 4);
        put_varint(b, n);
        for (unsigned i = 0; i < n; i++)
            put_bytes(b, random_bytes(w, random, 1));
    }
}

/* One that the type's `record` could have written. */
static void
put_payload_of(struct world *w, const struct correlation *c, unsigned pos, uint64_t *random, struct buf *b)
{
    const size_t start = b->n;
    for (unsigned tries = 0; tries < 100000 && c->type->is_payload != NULL; tries++) {
        b->n = start;
        put_random_payload(w, random, b);
        struct reader r = reader_of(sv_from(buf_view(b), start));
        if (c->type->is_payload(c, pos, &r) && !r.bad && r.p == r.end)
            return;
    }
    ck_assert_msg(c->type->is_payload == NULL, "no payload for %s", c->type->name);
}

static struct sv
payload_of(struct world *w, const struct family *family, uint32_t corr, unsigned pos, uint64_t *random)
{
    struct buf b = BUF_INIT;
    struct buf one = BUF_INIT;
    for (uint32_t i = corr; i != FAMILY_END; i = family[i].next) {
        buf_reset(&one);
        put_payload_of(w, &w->s.program->corrs.v[i], pos, random, &one);
        if (family[corr].n == 1)
            buf_sv(&b, buf_view(&one));
        else
            put_bytes(&b, buf_view(&one));
    }
    const struct sv payload = arena_sv(&w->arena, buf_view(&b));
    buf_fini(&one);
    buf_fini(&b);
    return payload;
}

enum { NONSENSE_RECORDS = 60 };

static void
put_nonsense(struct world *w, const struct family *family, uint32_t corr, uint64_t *random, struct sv key,
             struct segment_writer *to)
{
    struct record r[NONSENSE_RECORDS];
    size_t order[NONSENSE_RECORDS];
    for (size_t i = 0; i < NONSENSE_RECORDS; i++) {
        const uint32_t pos = random_below(random, (unsigned)w->s.program->corrs.v[corr].n_inputs);
        r[i] = (struct record){ .corr = corr,
                                .hash = record_hash(corr, key),
                                .time = random_time(random),
                                .at = { 0, 1 + random_below(random, 9) },
                                .pos = pos,
                                .flags = random_below(random, 4),
                                .key = key,
                                .tie = random_bytes(w, random, 3),
                                .uid = random_bytes(w, random, 2),
                                .facts = random_bytes(w, random, 30),
                                .payload = payload_of(w, family, corr, pos, random) };
        ck_assert(partial_is_record(w->s.program, family, 0, &r[i]));
        size_t at = i;
        for (; at > 0 && record_cmp(&r[i], &r[order[at - 1]], NULL) < 0; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (size_t i = 0; i < NONSENSE_RECORDS; i++)
        segment_put(to, &r[order[i]]);
}

static struct sv
random_key(struct world *w, const struct correlation *c, uint64_t *random)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < c->n_group; i++)
        put_bytes(&b, random_bytes(w, random, 6));
    const struct sv key = arena_sv(&w->arena, buf_view(&b));
    buf_fini(&b);
    return key;
}

/* A group of every correlation of the installed rules that finds a partition of its own. */
START_TEST(nonsense_does_no_harm)
{
    struct world w;
    struct manifest m;
    struct buf bytes;
    const char *top = getenv("top_srcdir");
    uint64_t random = (uint64_t)_i + 7;
    char rules[4096];
    size_t n = 0;
    snprintf(rules, sizeof rules, "%s/rules", top != NULL ? top : ".");
    world_init(&w, rules);
    scan_partial(&w, 0, 1, "a");
    get_manifest(&w, "a", &m, &bytes);
    struct family *family = families_of(w.s.program);
    const uint32_t n_corrs = (uint32_t)w.s.program->corrs.n;
    for (uint32_t k = 0; k < n_corrs; k++) {
        const uint32_t corr = (k + (uint32_t)_i * 11) % n_corrs;
        struct segment_writer writer = { .error = 0 };
        struct segment s;
        char name[PARTIAL_NAME_MAX];
        const struct sv key = random_key(&w, &w.s.program->corrs.v[corr], &random);
        if (w.s.program->corrs.v[corr].level != 0 || family[corr].first != corr)
            continue;
        partial_name(name, hash_partition(record_hash(corr, key)));
        const struct manifest_file *file = manifest_file(&m, sv_of(name));
        if (file->segment[0].n == NONSENSE_RECORDS)
            continue;
        const char *path = arena_printf(&w.arena, "%s/a/%s", w.folder, name).p;
        FILE *f = fopen(path, "a+b");
        ck_assert_ptr_nonnull(f);
        segment_begin(&writer, fileno(f), path, file->bytes);
        put_nonsense(&w, family, corr, &random, key, &writer);
        ck_assert(segment_end(&writer, &s));
        segment_writer_fini(&writer);
        fclose(f);
        file->segment[0] = (struct manifest_segment){ s.offset, s.bytes, s.n };
        n++;
    }
    ck_assert_uint_gt(n, 10);
    seal(&w, "a", &m);
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_INPUT);
    mem_free(family);
    manifest_fini(&m);
    buf_fini(&bytes);
    world_fini(&w);
}
END_TEST

/* Every type that keeps something says what that can be. */
START_TEST(every_type_knows_its_payloads)
{
    for (size_t i = 0; i < n_corr_types; i++)
        ck_assert_msg((corr_types[i]->record != NULL) == (corr_types[i]->is_payload != NULL), "%s",
                      corr_types[i]->name);
}
END_TEST

static struct sv
longer(struct world *w, struct sv s)
{
    char *p = arena_alloc(&w->arena, s.n + 1);
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\x7f';
    return sv_make(p, s.n + 1);
}

/* What is of another level, time, group or payload than a scan can have written. */
START_TEST(what_no_scan_writes_is_no_record)
{
    struct world w;
    const char *top = getenv("top_srcdir");
    uint64_t random = 3;
    char rules[4096];
    snprintf(rules, sizeof rules, "%s/rules", top != NULL ? top : ".");
    world_init(&w, rules);
    struct family *family = families_of(w.s.program);
    for (uint32_t i = 0; i < w.s.program->corrs.n; i++) {
        const struct correlation *c = &w.s.program->corrs.v[i];
        if (family[i].first != i)
            continue;
        struct record r = { .corr = i, .time = 0, .key = random_key(&w, c, &random) };
        r.payload = payload_of(&w, family, i, 0, &random);
        ck_assert(partial_is_record(w.s.program, family, c->level, &r));
        ck_assert(!partial_is_record(w.s.program, family, c->level + 1, &r));
        struct record other = r;
        other.time = TIME_LAST + 1;
        ck_assert(!partial_is_record(w.s.program, family, c->level, &other));
        other = r;
        other.key = longer(&w, r.key);
        ck_assert(!partial_is_record(w.s.program, family, c->level, &other));
        other = r;
        other.payload = longer(&w, r.payload);
        ck_assert(!partial_is_record(w.s.program, family, c->level, &other));
    }
    mem_free(family);
    world_fini(&w);
}
END_TEST

/* Counters of other rules, and settings that are none. */
START_TEST(a_manifest_must_count_these_rules)
{
    struct world w;
    struct manifest m;
    struct buf bytes;
    world_init(&w, NULL);
    scan_partial(&w, 0, 1, "a");
    get_manifest(&w, "a", &m, &bytes);
    m.counters.n--;
    seal(&w, "a", &m);
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_OUTPUT);
    assert_said(&w, "it counts other rules");
    m.counters.n++;
    m.files.v[5].n_segments--;
    seal(&w, "a", &m);
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_OUTPUT);
    assert_said(&w, "is not in the manifest as it should be");
    m.files.v[5].n_segments++;
    m.version = SV("0.0");
    seal(&w, "a", &m);
    ck_assert_int_eq(merge_quietly(&w, "a"), ERR_CONFIG);
    assert_said(&w, "was made by authsift 0.0");
    manifest_fini(&m);
    buf_fini(&bytes);
    world_fini(&w);
}
END_TEST

TCase *
run_partial_tests(void)
{
    TCase *t = tcase_create("partial");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, partials_give_what_one_scan_gives);
    tcase_add_loop_test(t, parts_give_what_one_scan_gives, 0, N_OF(shares));
    tcase_add_test(t, partials_are_reproducible);
    tcase_add_test(t, what_does_not_go_together_is_refused);
    tcase_add_test(t, other_rules_are_refused_by_name);
    tcase_add_test(t, parts_must_be_complete);
    tcase_add_loop_test(t, every_damage_is_found, 0, 4);
    tcase_add_test(t, every_byte_of_a_manifest_counts);
    tcase_add_loop_test(t, forged_records_are_refused, 0, FORGERIES);
    tcase_add_loop_test(t, nonsense_does_no_harm, 0, 12);
    tcase_add_test(t, every_type_knows_its_payloads);
    tcase_add_test(t, what_no_scan_writes_is_no_record);
    tcase_add_test(t, a_manifest_must_count_these_rules);
    return t;
}
