/* SPDX-License-Identifier: Apache-2.0 */
/* Checking goes from what is cheap to what is not: manifests first, each for itself, then all against each other, then
 * the rules, and at last the checksum of every file. A run of hours must not end in a surprise. */
#include "run/partial_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "agg/crew.h"
#include "agg/entry.h"
#include "base/codec.h"
#include "base/map.h"
#include "out/pack.h"
#include "run/health.h"
#include "run/partial_write.h"

/* A manifest holds names and counts, no records. */
#define MANIFEST_LIMIT ((size_t)1 << 30)

static void
digest_text(struct sv text, char hex[33])
{
    struct digest *digest = digest_new();
    digest_add(digest, text.p, text.n);
    digest_hex(digest, hex);
    digest_free(digest);
}

/* ---- one manifest ---- */

static enum err
open_one(struct partials *p, const char *folder, struct diags *d)
{
    struct partial one = { .folder = folder };
    struct stat st;
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        diag_error(d, SPAN_NONE, "'%s' is no partial result: %s", folder,
                   errno == ENOENT ? "there is nothing of that name" : "it is no folder");
        return ERR_USAGE;
    }
    const char *path = arena_printf(&p->arena, "%s/manifest", folder).p;
    buf_init(&one.bytes);
    if (!buf_read_file(&one.bytes, path, MANIFEST_LIMIT)) {
        const int error = errno;
        buf_fini(&one.bytes);
        if (error == ENOENT) {
            diag_error(d, SPAN_NONE, "'%s' is no partial result: it has no manifest", folder);
            return ERR_USAGE;
        }
        diag_error(d, SPAN_NONE, "cannot read %s: %s", path, strerror(error));
        return ERR_OUTPUT;
    }
    manifest_init(&one.m);
    digest_text(buf_view(&one.bytes), one.digest);
    const char *wrong = manifest_get(&one.m, buf_view(&one.bytes), &p->arena);
    if (wrong != NULL) {
        diag_error(d, SPAN_NONE, "the manifest of the partial '%s' %s", folder, wrong);
        manifest_fini(&one.m);
        buf_fini(&one.bytes);
        return ERR_OUTPUT;
    }
    vec_push(&p->v, one);
    return ERR_OK;
}

/* ---- against each other ---- */

static enum err
check_doubles(const struct partials *p, struct diags *d)
{
    struct map seen;
    enum err err = ERR_OK;
    map_init(&seen);
    for (size_t i = 0; i < p->v.n; i++) {
        bool is_new;
        const size_t at = map_put(&seen, sv_of(p->v.v[i].digest), (uint32_t)i, &is_new);
        const char *before = p->v.v[seen.entry[at].value].folder;
        if (is_new)
            continue;
        if (strcmp(before, p->v.v[i].folder) == 0)
            diag_error(d, SPAN_NONE, "the partial '%s' was given twice", before);
        else
            diag_error(d, SPAN_NONE, "'%s' and '%s' are the same partial", before, p->v.v[i].folder);
        err = ERR_USAGE;
    }
    map_fini(&seen);
    return err;
}

static enum err
check_stages(const struct partials *p, struct diags *d)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < p->v.n; i++) {
        if (p->v.v[i].m.stage == p->stage)
            continue;
        if (p->stage == STAGE_SCANNED)
            diag_error(d, SPAN_NONE, "'%s' was made by merge --partition: join such parts with merge --reports",
                       p->v.v[i].folder);
        else
            diag_error(d, SPAN_NONE, "'%s' was made by scan --partial; --reports joins what merge --partition made",
                       p->v.v[i].folder);
        err = ERR_USAGE;
    }
    return err;
}

/* What a setting is called in a message, and shown as. */
static void
say_setting(const struct partial *a, const struct partial *b, const struct manifest_setting *s, struct sv other,
            struct diags *d)
{
    static const char *const digests[] = { "rules", "expired list entries", "sources", "catalogues", "--geoip" };
    static const char *const called[] = { "rules", "lists: entries ran out between them", "source definitions",
                                          "catalogues", "--geoip files" };
    for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
        if (sv_eq(s->name, sv_of(digests[i]))) {
            diag_error(d, SPAN_NONE, "the partials '%s' and '%s' were made with different %s", a->folder, b->folder,
                       called[i]);
            return;
        }
    }
    diag_error(d, SPAN_NONE, "the partials '%s' and '%s' were made with different options: %.*s is %.*s%s, and %.*s%s",
               a->folder, b->folder, SV_ARG(s->name), SV_ARG(s->text), s->text.n == 0 ? "not given" : "", SV_ARG(other),
               other.n == 0 ? "not given" : "");
}

static enum err
check_settings(const struct partials *p, struct diags *d)
{
    const struct partial *first = &p->v.v[0];
    enum err err = ERR_OK;
    for (size_t i = 1; i < p->v.n; i++) {
        const struct partial *other = &p->v.v[i];
        if (!sv_eq(first->m.version, other->m.version)) {
            diag_error(d, SPAN_NONE, "the partial '%s' was made by authsift %.*s, and '%s' by %.*s", first->folder,
                       SV_ARG(first->m.version), other->folder, SV_ARG(other->m.version));
            err = ERR_CONFIG;
            continue;
        }
        for (size_t k = 0; k < first->m.settings.n; k++) {
            const struct manifest_setting *s = &first->m.settings.v[k];
            const struct sv text = manifest_setting(&other->m, s->name);
            if (sv_eq(s->text, text))
                continue;
            say_setting(first, other, s, text, d);
            err = ERR_CONFIG;
        }
    }
    return err;
}

/* Of the first stage: an event that is read twice counts twice. */
static enum err
check_inputs(const struct partials *p, struct diags *d)
{
    struct map seen;
    struct buf key = BUF_INIT;
    enum err err = ERR_OK;
    map_init(&seen);
    for (size_t i = 0; i < p->v.n; i++) {
        const struct manifest *m = &p->v.v[i].m;
        for (size_t k = 0; k < m->origins.n; k++) {
            bool is_new;
            buf_reset(&key);
            put_bytes(&key, m->origins.v[k].source);
            buf_sv(&key, m->origins.v[k].file);
            const size_t at = map_put(&seen, buf_view(&key), (uint32_t)i, &is_new);
            if (is_new)
                continue;
            diag_error(d, SPAN_NONE, "the input '%.*s' is in both partials '%s' and '%s'", SV_ARG(m->origins.v[k].file),
                       p->v.v[seen.entry[at].value].folder, p->v.v[i].folder);
            err = ERR_USAGE;
        }
    }
    map_fini(&seen);
    buf_fini(&key);
    return err;
}

/* Of the second stage: every part once, of the same partials. */
static enum err
check_parts(const struct partials *p, struct diags *d)
{
    const struct manifest *first = &p->v.v[0].m;
    const size_t before = diags_errors(d);
    for (size_t i = 1; i < p->v.n; i++) {
        const struct manifest *m = &p->v.v[i].m;
        if (!sv_eq(m->parents, first->parents))
            diag_error(d, SPAN_NONE, "'%s' and '%s' are parts of different partials", p->v.v[0].folder,
                       p->v.v[i].folder);
        else if (m->n_parts != first->n_parts)
            diag_error(d, SPAN_NONE, "'%s' is one of %u parts, and '%s' one of %u", p->v.v[0].folder, first->n_parts,
                       p->v.v[i].folder, m->n_parts);
        else if (m->origins.n != first->origins.n)
            diag_error(d, SPAN_NONE, "'%s' and '%s' do not have the same input files", p->v.v[0].folder,
                       p->v.v[i].folder);
    }
    if (diags_errors(d) != before)
        return ERR_USAGE;
    const char **part = mem_zalloc(p->v.n + 1, sizeof *part);
    for (size_t i = 0; i < p->v.n; i++) {
        const struct partial *one = &p->v.v[i];
        if (one->m.part > p->v.n)
            continue;
        if (part[one->m.part] != NULL)
            diag_error(d, SPAN_NONE, "'%s' and '%s' are both part %u of %u", part[one->m.part], one->folder,
                       one->m.part, first->n_parts);
        part[one->m.part] = one->folder;
    }
    for (unsigned i = 1; i <= first->n_parts && i <= PARTITIONS; i++)
        if (i > p->v.n || part[i] == NULL)
            diag_error(d, SPAN_NONE, "part %u of %u is missing", i, first->n_parts);
    mem_free(part);
    return diags_errors(d) == before ? ERR_OK : ERR_USAGE;
}

static int
compare_digests(const void *a, const void *b)
{
    return strcmp(((const struct partial *)a)->digest, ((const struct partial *)b)->digest);
}

/* All checks are made in the order in which the partials were given; the work is not. */
static void
number_files(struct partials *p)
{
    struct digest *digest = digest_new();
    uint32_t base = 0;
    if (p->v.n > 1)
        qsort(p->v.v, p->v.n, sizeof *p->v.v, compare_digests);
    for (size_t i = 0; i < p->v.n; i++) {
        digest_add(digest, p->v.v[i].digest, 32);
        if (p->stage == STAGE_SWEPT)
            continue;
        p->v.v[i].file_base = base;
        base += (uint32_t)p->v.v[i].m.origins.n;
    }
    digest_hex(digest, p->parents);
    digest_free(digest);
}

static enum err
worse(enum err a, enum err b)
{
    return a > b ? a : b;
}

enum err
partials_open(struct partials *p, const char *const *folder, size_t n, enum partial_stage stage, struct diags *d)
{
    *p = (struct partials){ .stage = stage };
    arena_init(&p->arena);
    enum err err = ERR_OK;
    for (size_t i = 0; i < n; i++)
        err = worse(err, open_one(p, folder[i], d));
    if (err != ERR_OK || p->v.n == 0)
        return err;
    TRY(check_stages(p, d));
    TRY(check_doubles(p, d));
    TRY(check_settings(p, d));
    TRY(stage == STAGE_SCANNED ? check_inputs(p, d) : check_parts(p, d));
    number_files(p);
    return ERR_OK;
}

void
partials_fini(struct partials *p)
{
    for (size_t i = 0; i < p->v.n; i++) {
        manifest_fini(&p->v.v[i].m);
        buf_fini(&p->v.v[i].bytes);
    }
    vec_fini(&p->v);
    arena_fini(&p->arena);
}

struct sv
partials_setting(const struct partials *p, const char *name)
{
    return manifest_setting(&p->v.v[0].m, sv_of(name));
}

/* ---- against the rules ---- */

static const struct manifest_rule *
find_rule(const struct manifest *m, struct sv id)
{
    for (size_t i = 0; i < m->rules.n; i++)
        if (sv_eq(m->rules.v[i].id, id))
            return &m->rules.v[i];
    return NULL;
}

/* The first rule that is not the same on both sides, or "" if what differs is not to be seen in the compiled rules. */
static struct sv
differing_rule(struct arena *a, const struct manifest *theirs, const struct program *program)
{
    struct manifest ours;
    struct sv text = SV("");
    manifest_init(&ours);
    partial_describe_rules(&ours, program);
    for (size_t i = 0; i < ours.rules.n && text.n == 0; i++) {
        const struct manifest_rule *other = find_rule(theirs, ours.rules.v[i].id);
        if (other == NULL)
            text = arena_printf(a, ": they had no rule '%.*s'", SV_ARG(ours.rules.v[i].id));
        else if (other->hash != ours.rules.v[i].hash)
            text = arena_printf(a, ": the rule '%.*s' was another", SV_ARG(other->id));
    }
    for (size_t i = 0; i < theirs->rules.n && text.n == 0; i++)
        if (find_rule(&ours, theirs->rules.v[i].id) == NULL)
            text = arena_printf(a, ": the rule '%.*s' is missing now", SV_ARG(theirs->rules.v[i].id));
    manifest_fini(&ours);
    return text;
}

/* They stand in order of digests, which are others on each machine; messages name the same one everywhere. */
static const struct partial *
first_by_name(const struct partials *p)
{
    const struct partial *first = &p->v.v[0];
    for (size_t i = 1; i < p->v.n; i++)
        if (strcmp(p->v.v[i].folder, first->folder) < 0)
            first = &p->v.v[i];
    return first;
}

enum err
partials_fit(const struct partials *p, const struct program *program, struct diags *d)
{
    const struct partial *first = first_by_name(p);
    if (!sv_eq(first->m.version, SV(PACKAGE_VERSION))) {
        diag_error(d, SPAN_NONE, "the partial '%s' was made by authsift %.*s; this is %s", first->folder,
                   SV_ARG(first->m.version), PACKAGE_VERSION);
        return ERR_CONFIG;
    }
    if (!sv_eq(partials_setting(p, "rules"), sv_of(program->digest))) {
        struct arena a = ARENA_INIT;
        const struct sv which = differing_rule(&a, &first->m, program);
        diag_error(d, SPAN_NONE, "the partial '%s' was made with other rules%.*s", first->folder, SV_ARG(which));
        arena_fini(&a);
        return ERR_CONFIG;
    }
    struct arena a = ARENA_INIT;
    const bool same = sv_eq(partials_setting(p, "expired list entries"), partial_expired(program, &a));
    arena_fini(&a);
    if (!same)
        diag_error(d, SPAN_NONE, "since the partial '%s' was made, entries of a list have run out: scan again",
                   first->folder);
    return same ? ERR_OK : ERR_CONFIG;
}

struct health_totals
partials_totals(const struct partials *p)
{
    struct health_totals t = { 0 };
    for (size_t i = 0; i < p->v.n; i++) {
        const struct health_totals *x = &p->v.v[i].m.totals;
        t.files += x->files;
        t.bad_files += x->bad_files;
        t.bytes += x->bytes;
        t.bytes_in += x->bytes_in;
        t.lines += x->lines;
        t.blank += x->blank;
        t.events += x->events;
        t.out_of_range += x->out_of_range;
        t.rejects += x->rejects;
    }
    return t;
}

void
partials_origins(const struct partials *p, struct origins *o)
{
    const size_t n_sets = p->stage == STAGE_SCANNED ? p->v.n : 1;
    size_t n = 0;
    for (size_t i = 0; i < n_sets; i++)
        n += p->v.v[i].m.origins.n;
    origins_init(o, n);
    n = 0;
    for (size_t i = 0; i < n_sets; i++) {
        const struct manifest *m = &p->v.v[i].m;
        for (size_t k = 0; k < m->origins.n; k++)
            o->v[n++] = (struct origin){ .source = m->origins.v[k].source, .file = m->origins.v[k].file };
    }
}

/* ---- every byte ---- */

const char *
partial_path(const struct partial *p, unsigned partition, struct arena *a)
{
    char name[PARTIAL_NAME_MAX];
    partial_name(name, partition);
    return arena_printf(a, "%s/%s", p->folder, name).p;
}

/* Length and digest of a file are what the manifest says. NULL, or what is wrong (the arena's). */
static const char *
check_bytes(int fd, const struct manifest_file *f, struct arena *a)
{
    char block[16 * 1024];
    char hex[33];
    struct stat st;
    if (fstat(fd, &st) != 0)
        return arena_printf(a, "cannot be read: %s", strerror(errno)).p;
    if ((uint64_t)st.st_size != f->bytes)
        return arena_printf(a, "has %llu bytes instead of %llu", (unsigned long long)st.st_size,
                            (unsigned long long)f->bytes)
            .p;
    struct digest *digest = digest_new();
    uint64_t at = 0;
    ssize_t n;
    while ((n = pread(fd, block, sizeof block, (off_t)at)) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0) {
            digest_add(digest, block, (size_t)n);
            at += (uint64_t)n;
        }
    }
    const int error = errno;
    digest_hex(digest, hex);
    digest_free(digest);
    if (n < 0)
        return arena_printf(a, "cannot be read: %s", strerror(error)).p;
    return sv_eq(f->digest, sv_of(hex)) ? NULL : "is damaged: its checksum is wrong";
}

struct verify {
    const struct partials *p;
    const bool *wanted;
    size_t n_slots;
    struct arena *arena;  /* per job, of what it says */
    const char **problem; /* per job: partial * PARTITIONS + partition */
};

static const char *
verify_file(const struct verify *v, const struct partial *one, unsigned partition, struct arena *a)
{
    char name[PARTIAL_NAME_MAX];
    partial_name(name, partition);
    const struct manifest_file *f = manifest_file(&one->m, sv_of(name));
    if (f == NULL || f->n_segments != v->n_slots)
        return "is not in the manifest as it should be";
    if (f->bytes == 0)
        return NULL; /* there is no such file */
    const char *path = partial_path(one, partition, a);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? "is missing" : arena_printf(a, "cannot be read: %s", strerror(errno)).p;
    const char *problem = check_bytes(fd, f, a);
    close(fd);
    return problem;
}

static void
job_verify(void *ctx, unsigned thread, unsigned job)
{
    const struct verify *v = ctx;
    const unsigned partition = job % PARTITIONS;
    (void)thread;
    if (v->wanted[partition])
        v->problem[job] = verify_file(v, &v->p->v.v[job / PARTITIONS], partition, &v->arena[job]);
}

enum err
partials_verify(const struct partials *p, size_t n_slots, const bool wanted[], unsigned n_threads, struct diags *d)
{
    const size_t n = p->v.n * PARTITIONS;
    struct verify v = { .p = p, .wanted = wanted, .n_slots = n_slots };
    v.arena = mem_zalloc(n + 1, sizeof *v.arena);
    v.problem = mem_zalloc(n + 1, sizeof *v.problem);
    enum err err = ERR_OK;
    crew_run(n_threads, (unsigned)n, job_verify, &v);
    for (size_t i = 0; i < n; i++) {
        if (v.problem[i] != NULL) {
            char name[PARTIAL_NAME_MAX];
            partial_name(name, (unsigned)(i % PARTITIONS));
            diag_error(d, SPAN_NONE, "%s of the partial '%s' %s", name, p->v.v[i / PARTITIONS].folder, v.problem[i]);
            err = ERR_OUTPUT;
        }
        arena_fini(&v.arena[i]);
    }
    mem_free(v.arena);
    mem_free(v.problem);
    return err;
}

/* ---- rows ---- */

/* The bytes of a whole file of a partial, checked, in the arena. */
static enum err
read_rows(const struct partial *one, const char *name, struct arena *a, struct sv *bytes, struct diags *d)
{
    const struct manifest_file *f = manifest_file(&one->m, sv_of(name));
    struct buf b = BUF_INIT;
    char hex[33];
    const char *path = arena_printf(a, "%s/%s", one->folder, name).p;
    const char *wrong = NULL;
    if (f == NULL)
        wrong = "is not in the manifest";
    else if (f->bytes != 0 && !buf_read_file(&b, path, SIZE_MAX / 4))
        wrong = errno == ENOENT ? "is missing" : arena_printf(a, "cannot be read: %s", strerror(errno)).p;
    if (wrong == NULL) {
        digest_text(buf_view(&b), hex);
        if (b.n != f->bytes)
            wrong = arena_printf(a, "has %zu bytes instead of %llu", b.n, (unsigned long long)f->bytes).p;
        else if (!sv_eq(f->digest, sv_of(hex)))
            wrong = "is damaged: its checksum is wrong";
    }
    if (wrong != NULL)
        diag_error(d, SPAN_NONE, "%s of the partial '%s' %s", name, one->folder, wrong);
    else
        *bytes = arena_sv(a, buf_view(&b));
    buf_fini(&b);
    return wrong != NULL ? ERR_OUTPUT : ERR_OK;
}

static enum err
read_rejects(const struct partial *one, struct results *r, struct diags *d)
{
    struct sv bytes;
    TRY(read_rows(one, "rejects", &r->arena, &bytes, d));
    struct reader in = reader_of(bytes);
    while (in.p != in.end) {
        struct reject_row row;
        pack_get_reject(&in, &row);
        if (in.bad)
            break;
        vec_push(&r->rejects, row);
    }
    if (in.bad)
        diag_error(d, SPAN_NONE, "rejects of the partial '%s' contradicts itself", one->folder);
    return in.bad ? ERR_OUTPUT : ERR_OK;
}

static enum err
read_findings(const struct partial *one, struct results *r, struct diags *d)
{
    struct sv bytes;
    TRY(read_rows(one, "findings", &r->arena, &bytes, d));
    struct reader in = reader_of(bytes);
    while (in.p != in.end) {
        struct finding f;
        pack_get_finding(&in, &r->arena, &f);
        if (in.bad)
            break;
        vec_push(&r->findings, f);
    }
    if (in.bad)
        diag_error(d, SPAN_NONE, "findings of the partial '%s' contradicts itself", one->folder);
    return in.bad ? ERR_OUTPUT : ERR_OK;
}

static void
add_health(const struct partial *one, struct results *r)
{
    for (size_t i = 0; i < one->m.health.n; i++) {
        struct health_row row = one->m.health.v[i];
        row.file = arena_sv(&r->arena, row.file);
        row.source = arena_sv(&r->arena, row.source);
        row.format = arena_sv(&r->arena, row.format);
        row.compression = arena_sv(&r->arena, row.compression);
        row.reason = arena_sv(&r->arena, row.reason);
        vec_push(&r->health, row);
    }
}

enum err
partials_rows(const struct partials *p, struct results *r, struct diags *d)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < p->v.n; i++) {
        const struct partial *one = &p->v.v[i];
        add_health(one, r);
        err = worse(err, read_rejects(one, r, d));
        if (p->stage == STAGE_SWEPT)
            err = worse(err, read_findings(one, r, d));
    }
    health_sort(r);
    return err;
}
