/* SPDX-License-Identifier: Apache-2.0 */
/* Every file is written to a temporary of one set, and the manifest is made last and renamed last: whoever finds it
 * finds the rest. Nothing in it depends on the time, the machine or the number of threads: the same inputs give the
 * same bytes. */
#include "run/partial_write.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "agg/corr.h"
#include "agg/crew.h"
#include "agg/partial.h"
#include "base/atomicfile.h"
#include "base/codec.h"
#include "base/map.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "out/pack.h"

void
partial_name(char name[PARTIAL_NAME_MAX], unsigned partition)
{
    snprintf(name, PARTIAL_NAME_MAX, "%02u.seg", partition % 100);
}

/* ---- settings ---- */

static void
set(struct manifest *m, const char *name, struct sv text)
{
    vec_push(&m->settings, (struct manifest_setting){ sv_of(name), text });
}

static void
set_count(struct manifest *m, const char *name, uint64_t n, struct arena *a)
{
    set(m, name, arena_printf(a, "%llu", (unsigned long long)n));
}

static void
set_time(struct manifest *m, const char *name, int64_t us, struct arena *a)
{
    char text[TIME_TEXT_MAX];
    const size_t n = time_format(us, text);
    set(m, name, arena_sv(a, sv_make(text, n)));
}

static void
set_max_rejects(struct manifest *m, const struct run_options *o, struct arena *a)
{
    char text[NUMBER_TEXT_MAX];
    if (o->max_reject_share < 0) {
        set_count(m, "--max-rejects", o->max_rejects, a);
        return;
    }
    const size_t n = number_format(100 * o->max_reject_share, text);
    set(m, "--max-rejects", arena_printf(a, "%.*s%%", (int)n, text));
}

static bool
is_catalogue(const char *name)
{
    const char *end = strrchr(name, '.');
    return name[0] != '.' && end != NULL && (strcmp(end, ".csv") == 0 || strcmp(end, ".txt") == 0);
}

static int
compare_names(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

typedef VEC(struct sv) name_vec;

static void
list_catalogues(const char *datadir, struct arena *a, name_vec *names)
{
    DIR *dir = opendir(datadir);
    if (dir == NULL)
        return;
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        if (is_catalogue(e->d_name))
            vec_push(names, arena_sv(a, sv_of(e->d_name)));
    closedir(dir);
    if (names->n > 1)
        qsort(names->v, names->n, sizeof *names->v, compare_names);
}

static enum err
add_file_digest(struct digest *digest, const char *path, struct diags *d)
{
    char block[16 * 1024];
    FILE *f = fopen(path, "rb");
    bool ok = f != NULL;
    for (size_t n; ok && (n = fread(block, 1, sizeof block, f)) != 0;)
        digest_add(digest, block, n);
    ok = ok && ferror(f) == 0;
    if (!ok)
        diag_error(d, SPAN_NONE, "cannot read %s: %s", path, strerror(errno));
    if (f != NULL)
        fclose(f);
    return ok ? ERR_OK : ERR_CONFIG;
}

static void
set_digest(struct manifest *m, const char *name, const struct digest *digest, struct arena *a)
{
    char hex[33];
    digest_hex(digest, hex);
    set(m, name, arena_sv(a, sv_of(hex)));
}

/* A digest of the names and contents of all catalogues, used or not: which of them an event will meet is not known
 * before. */
static enum err
set_catalogues(struct manifest *m, const char *datadir, struct arena *a, struct diags *d)
{
    name_vec names = VEC_INIT;
    struct digest *digest = digest_new();
    enum err err = ERR_OK;
    list_catalogues(datadir, a, &names);
    for (size_t i = 0; i < names.n && err == ERR_OK; i++) {
        digest_add(digest, names.v[i].p, names.v[i].n + 1);
        err = add_file_digest(digest, arena_printf(a, "%s/%.*s", datadir, SV_ARG(names.v[i])).p, d);
        digest_add(digest, "", 1);
    }
    set_digest(m, "catalogues", digest, a);
    digest_free(digest);
    vec_fini(&names);
    return err;
}

/* By content: on another machine the file may have another name. */
static enum err
set_geoip(struct manifest *m, const struct enrich_options *o, struct arena *a, struct diags *d)
{
    struct digest *digest = digest_new();
    enum err err = ERR_OK;
    for (size_t i = 0; i < o->n_geoip && err == ERR_OK; i++)
        err = add_file_digest(digest, o->geoip[i], d);
    if (o->n_geoip != 0)
        set_digest(m, "--geoip", digest, a);
    else
        set(m, "--geoip", SV_NONE);
    digest_free(digest);
    return err;
}

struct sv
partial_expired(const struct program *program, struct arena *a)
{
    struct digest *digest = digest_new();
    char hex[33];
    for (size_t i = 0; i < program->expired.n; i++) {
        const struct expired_entry *e = &program->expired.v[i];
        digest_add(digest, e->value.p, e->value.n);
        digest_add(digest, "", 1);
        digest_add(digest, e->last_day.p, e->last_day.n);
        digest_add(digest, "", 1);
    }
    digest_hex(digest, hex);
    digest_free(digest);
    return program->expired.n != 0 ? arena_sv(a, sv_of(hex)) : SV_NONE;
}

void
partial_describe_rules(struct manifest *m, const struct program *program)
{
    const size_t n = program->rules.n + program->corrs.n;
    for (size_t i = 0; i < n; i++) {
        const bool is_rule = i < program->rules.n;
        const struct correlation *c = is_rule ? NULL : &program->corrs.v[i - program->rules.n];
        const struct rule_meta *meta = is_rule ? &program->rules.v[i].meta : &c->meta;
        if (c != NULL && c->single)
            continue;
        char *text = NULL;
        size_t length = 0;
        FILE *f = open_memstream(&text, &length);
        if (f != NULL) {
            program_dump(program, meta->id, f);
            fclose(f);
        }
        vec_push(&m->rules, (struct manifest_rule){ meta->id, hash64(sv_make(text, length)) });
        free(text);
    }
}

/* How the types of correlations write what they keep, where it is not the first way. */
static struct sv
payload_versions(struct arena *a)
{
    struct buf b = BUF_INIT;
    for (size_t i = 0; i < n_corr_types; i++)
        if (corr_types[i]->payload_version != 0)
            buf_printf(&b, "%s%s %u", b.n != 0 ? ", " : "", corr_types[i]->name, corr_types[i]->payload_version);
    const struct sv text = arena_sv(a, buf_view(&b));
    buf_fini(&b);
    return text;
}

enum err
partial_describe(struct manifest *m, const struct run_options *o, const struct program *program,
                 const struct source_defs *sources, struct arena *a, struct diags *d)
{
    m->version = SV(PACKAGE_VERSION);
    set(m, "rules", sv_of(program->digest));
    set(m, "expired list entries", partial_expired(program, a));
    set(m, "payloads", payload_versions(a));
    set(m, "sources", sv_of(sources->digest));
    TRY(set_catalogues(m, o->enrich.datadir, a, d));
    TRY(set_geoip(m, &o->enrich, a, d));
    set(m, "--source", o->forced_source != NULL ? o->forced_source->name : SV_NONE);
    set_time(m, "--since", o->since, a);
    set_time(m, "--until", o->until, a);
    set_count(m, "--line-limit", o->limits.line, a);
    set_count(m, "--blast-radius", o->blast_radius, a);
    set_max_rejects(m, o, a);
    set(m, "--skip-bad-rules", program->skipped.n != 0 ? SV("yes") : SV("no"));
    partial_describe_rules(m, program);
    return ERR_OK;
}

/* ---- files ---- */

struct writing {
    const struct partial_pile *pile;
    const struct results *r;
    struct manifest *m;
    struct atomic_set *set;
    struct arena arena;
    size_t n_slots;
    struct partial_file part[PARTITIONS];
    VEC(FILE *) streams; /* of the manifest's files, in their order */
    struct diags *d;
};

/* A new file of the partial, with an entry in the manifest. */
static FILE *
add_file(struct writing *w, const char *name)
{
    FILE *f = atomic_set_file(w->set, name, w->d);
    if (f == NULL)
        return NULL;
    vec_push(&w->m->files, (struct manifest_file){ .name = arena_sv(&w->arena, sv_of(name)) });
    vec_push(&w->streams, f);
    return f;
}

static enum err
write_records(struct writing *w)
{
    for (unsigned p = 0; p < PARTITIONS; p++) {
        char name[PARTIAL_NAME_MAX];
        partial_name(name, p);
        FILE *f = add_file(w, name);
        if (f == NULL)
            return ERR_OUTPUT;
        w->part[p] = (struct partial_file){ .fd = fileno(f),
                                            .name = arena_sv(&w->arena, sv_of(name)).p,
                                            .slot = ARENA_ARRAY(&w->arena, struct segment, w->n_slots) };
    }
    TRY(partial_put_records(w->pile, w->part, w->d));
    for (unsigned p = 0; p < PARTITIONS; p++) {
        struct manifest_file *file = &w->m->files.v[p];
        file->n_segments = w->n_slots;
        file->segment = ARENA_ARRAY(&w->arena, struct manifest_segment, w->n_slots);
        for (size_t s = 0; s < w->n_slots; s++) {
            const struct segment *from = &w->part[p].slot[s];
            file->segment[s] = (struct manifest_segment){ from->offset, from->bytes, from->n };
        }
    }
    return ERR_OK;
}

static enum err
write_rows(struct writing *w, const char *name, size_t n, void (*put)(struct buf *b, const struct results *r, size_t i))
{
    FILE *f = add_file(w, name);
    struct buf row = BUF_INIT;
    bool ok = f != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        buf_reset(&row);
        put(&row, w->r, i);
        ok = fwrite(row.p, 1, row.n, f) == row.n;
    }
    ok = ok && fflush(f) == 0;
    if (f != NULL && !ok)
        diag_error(w->d, SPAN_NONE, "cannot write '%s' of the partial: %s", name, strerror(errno));
    buf_fini(&row);
    return ok ? ERR_OK : ERR_OUTPUT;
}

static void
put_reject(struct buf *b, const struct results *r, size_t i)
{
    pack_reject(b, &r->rejects.v[i]);
}

static void
put_finding(struct buf *b, const struct results *r, size_t i)
{
    pack_finding(b, &r->findings.v[i]);
}

/* Reads file i back for its length and digest, so that they are those of what is on the disk. Any number of them at a
 * time. */
static void
job_digest(void *ctx, unsigned thread, unsigned i)
{
    struct writing *w = ctx;
    struct manifest_file *f = &w->m->files.v[i];
    struct digest *digest = digest_new();
    char block[16 * 1024];
    char hex[33];
    ssize_t n;
    (void)thread;
    while ((n = pread(fileno(w->streams.v[i]), block, sizeof block, (off_t)f->bytes)) > 0 ||
           (n < 0 && errno == EINTR)) {
        if (n > 0) {
            digest_add(digest, block, (size_t)n);
            f->bytes += (uint64_t)n;
        }
    }
    digest_hex(digest, hex);
    digest_free(digest);
    /* An empty digest stands for "could not be read". */
    if (n == 0)
        f->digest = sv_of(memcpy(mem_alloc(sizeof hex), hex, sizeof hex));
}

static enum err
make_digests(struct writing *w)
{
    struct manifest *m = w->m;
    enum err err = ERR_OK;
    crew_run(w->pile->n_threads, (unsigned)m->files.n, job_digest, w);
    for (size_t i = 0; i < m->files.n; i++) {
        char *hex = (char *)(uintptr_t)m->files.v[i].digest.p;
        if (hex == NULL) {
            diag_error(w->d, SPAN_NONE, "cannot read '%.*s' of the partial back", SV_ARG(m->files.v[i].name));
            err = ERR_OUTPUT;
            continue;
        }
        m->files.v[i].digest = arena_sv(&w->arena, sv_of(hex));
        mem_free(hex);
    }
    return err;
}

/* A file without a byte is known to be without one: it need not be there. */
static void
discard_empty(struct writing *w)
{
    for (size_t i = 0; i < w->m->files.n; i++)
        if (w->m->files.v[i].bytes == 0)
            atomic_set_discard(w->set, w->streams.v[i]);
}

static enum err
write_manifest(struct writing *w)
{
    FILE *f = atomic_set_file(w->set, "manifest", w->d);
    if (f == NULL)
        return ERR_OUTPUT;
    struct buf b = BUF_INIT;
    manifest_put(&b, w->m);
    const bool ok = fwrite(b.p, 1, b.n, f) == b.n && fflush(f) == 0;
    if (!ok)
        diag_error(w->d, SPAN_NONE, "cannot write the manifest of the partial: %s", strerror(errno));
    buf_fini(&b);
    return ok ? ERR_OK : ERR_OUTPUT;
}

static enum err
write_all(struct writing *w)
{
    const struct results *r = w->r;
    struct manifest *m = w->m;
    for (size_t i = 0; i < r->health.n; i++)
        vec_push(&m->health, r->health.v[i]);
    struct buf counters = BUF_INIT;
    partial_put_counters(w->pile, &counters);
    m->counters = arena_sv(&w->arena, buf_view(&counters));
    buf_fini(&counters);
    TRY(write_records(w));
    TRY(write_rows(w, "rejects", r->rejects.n, put_reject));
    if (m->stage == STAGE_SWEPT)
        TRY(write_rows(w, "findings", r->findings.n, put_finding));
    TRY(make_digests(w));
    discard_empty(w);
    TRY(write_manifest(w));
    return atomic_set_publish(w->set, w->d);
}

enum err
partial_write(const struct partial_pile *pile, const struct results *r, struct manifest *m, const char *folder,
              struct diags *d)
{
    struct writing w = { .pile = pile, .r = r, .m = m, .n_slots = partial_slots(pile->plan->program), .d = d };
    w.set = atomic_set_open(folder, d);
    if (w.set == NULL)
        return ERR_OUTPUT;
    arena_init(&w.arena);
    const enum err err = write_all(&w);
    atomic_set_free(w.set);
    vec_fini(&w.streams);
    /* What the manifest borrows ends here. */
    m->files.n = 0;
    m->health.n = 0;
    m->counters = SV_NONE;
    arena_fini(&w.arena);
    return err;
}
