/* SPDX-License-Identifier: Apache-2.0 */
#include "run/intake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/mem.h"
#include "base/timestamp.h"

struct choosing {
    struct state *s;
    const struct intake_options *o;
    struct intake *out;
    struct results *r;
    struct health_totals *left_out;
    struct diags *d;
    size_t n_counted; /* under their own name */
    struct sv first;  /* of these */
    int64_t first_run;
};

/* ---- contents ---- */

/* Digest of the file's first `bytes` bytes. False with errno, or with errno 0 if it has fewer. */
static bool
digest_file(const char *path, uint64_t bytes, char hex[33])
{
    char block[64 * 1024];
    struct digest *digest = digest_new();
    FILE *f = fopen(path, "rb");
    uint64_t left = bytes;
    errno = f == NULL ? errno : 0;
    while (f != NULL && left != 0) {
        const size_t n = fread(block, 1, left < sizeof block ? (size_t)left : sizeof block, f);
        if (n == 0)
            break;
        digest_add(digest, block, n);
        left -= n;
    }
    if (f != NULL)
        fclose(f);
    digest_hex(digest, hex);
    digest_free(digest);
    return f != NULL && left == 0;
}

static bool
has_digest(const char *path, const struct state_input *known)
{
    char hex[33];
    return digest_file(path, known->size, hex) && sv_eq(known->digest, sv_of(hex));
}

/* Counted under another name, or under this one before it was touched. */
static bool
is_known_content(const struct choosing *c, const char *path, uint64_t size, struct state_input *known)
{
    char hex[33];
    return size != 0 && state_has_size(c->s, size) && digest_file(path, size, hex) &&
           state_find_digest(c->s, sv_of(hex), known) && known->size == size;
}

/* ---- decisions ---- */

static void
leave_out(struct choosing *c, struct sv file, struct sv reason)
{
    vec_push(&c->r->health, (struct health_row){ .file = file });
    vec_push(&c->r->health, (struct health_row){ .file = file, .reason = reason });
    c->left_out->files++;
}

static void
leave_out_counted(struct choosing *c, struct sv file, int64_t run)
{
    leave_out(c, file, arena_printf(&c->r->arena, "counted in run %lld", (long long)run));
    if (c->n_counted++ != 0)
        return;
    c->first = file;
    c->first_run = run;
}

static void
leave_out_again(struct choosing *c, struct sv file, const struct state_input *known)
{
    diag_note(c->d, SPAN_NONE,
              "'%.*s' has the content of '%.*s', which was counted in run %lld: it is not counted again", SV_ARG(file),
              SV_ARG(known->path), (long long)known->run);
    leave_out(c, file,
              arena_printf(&c->r->arena, "counted in run %lld as %.*s", (long long)known->run, SV_ARG(known->path)));
}

static bool
refuse(const struct choosing *c, struct sv file, const struct state_input *known, bool grown)
{
    if (grown)
        diag_error(c->d, SPAN_NONE,
                   "'%.*s' has grown since it was counted in run %lld; --grown=read counts what is new in it",
                   SV_ARG(file), (long long)known->run);
    else
        diag_error(
            c->d, SPAN_NONE,
            "'%.*s' was counted in run %lld and has another content now; --changed=count counts it as a new file",
            SV_ARG(file), (long long)known->run);
    return false;
}

/* A path that is in the ledger with another size or time. True: the file is read. */
static bool
judge_known(struct choosing *c, struct sv file, const char *path, const struct state_input *known,
            struct intake_file *f)
{
    if (known->size == 0) /* nothing was counted of it */
        return true;
    if (f->size > known->size && has_digest(path, known)) {
        if (!c->o->read_grown)
            return refuse(c, file, known, true);
        f->counted_lines = known->last_line;
        f->counted_in = known->run;
        return true;
    }
    return c->o->count_changed || refuse(c, file, known, false);
}

/* True: the file is read. */
static bool
judge(struct choosing *c, struct sv file, struct intake_file *f)
{
    char *path = mem_dup(file.p, file.n);
    struct stat st;
    struct state_input known;
    bool is_read = true;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        f->size = (uint64_t)st.st_size;
        f->mtime = (int64_t)st.st_mtim.tv_sec * SECOND + st.st_mtim.tv_nsec / 1000;
        if (c->o->count_all) {
            is_read = true;
        } else if (state_find_path(c->s, file, &known) && known.size == f->size && known.mtime == f->mtime) {
            leave_out_counted(c, file, known.run);
            is_read = false;
        } else if (is_known_content(c, path, f->size, &known)) {
            if (sv_eq(known.path, file))
                leave_out_counted(c, file, known.run);
            else
                leave_out_again(c, file, &known);
            is_read = false;
        } else if (state_find_path(c->s, file, &known)) {
            is_read = judge_known(c, file, path, &known, f);
        }
    }
    mem_free(path);
    return is_read;
}

static void
tell(const struct choosing *c)
{
    if (c->n_counted == 1)
        diag_note(c->d, SPAN_NONE, "'%.*s' was counted in run %lld and is not read again", SV_ARG(c->first),
                  (long long)c->first_run);
    else if (c->n_counted > 1)
        diag_note(c->d, SPAN_NONE,
                  "%zu input files were counted before ('%.*s', in run %lld, is the first) and are not read again; "
                  "input_health.csv names them",
                  c->n_counted, SV_ARG(c->first), (long long)c->first_run);
}

enum err
intake_choose(struct state *s, const struct inputs *in, const struct intake_options *o, struct intake *out,
              struct results *r, struct health_totals *left_out, struct diags *d)
{
    struct choosing c = { .s = s, .o = o, .out = out, .r = r, .left_out = left_out, .d = d };
    const size_t before = diags_errors(d);
    const size_t n = inputs_count(in);
    bool *keep = mem_zalloc(n + 1, sizeof *keep);
    enum err err = ERR_OK;
    *out = (struct intake){ .in = NULL };
    for (size_t i = 0; i < n && err == ERR_OK; i++) {
        struct intake_file f = { .size = 0, .mtime = TIME_NONE };
        const struct sv file = inputs_file(in, i)->name;
        if (sv_eq(file, SV("-")))
            err = ERR_USAGE;
        else if ((keep[i] = judge(&c, file, &f)))
            vec_push(&out->files, f);
    }
    if (err == ERR_USAGE)
        diag_error(d, SPAN_NONE, "--state: standard input has no name by which a later run could know it; give files");
    out->in = inputs_part(in, keep);
    mem_free(keep);
    if (err == ERR_OK && diags_errors(d) != before)
        err = ERR_OUTPUT;
    if (err == ERR_OK)
        tell(&c);
    return err;
}

void
intake_fini(struct intake *k)
{
    inputs_free(k->in);
    vec_fini(&k->files);
}

/* ---- afterwards ---- */

/* Damaged files are digested as far as they were read; what is noted is always the whole file. */
static bool
whole_digest(struct sv file, const struct intake_file *f, const struct stream_info *info, uint64_t *size, char hex[33])
{
    *size = info->bytes_in > f->size ? info->bytes_in : f->size;
    if (info->bytes_in == *size) {
        memcpy(hex, info->digest, 33);
        return true;
    }
    char *path = mem_dup(file.p, file.n);
    const bool ok = digest_file(path, *size, hex);
    mem_free(path);
    return ok;
}

enum err
intake_note(const struct intake *k, size_t i, const struct stream_info *info, uint64_t events, uint64_t last_line,
            int64_t run, struct state *s, struct diags *d)
{
    const struct intake_file *f = &k->files.v[i];
    struct state_input in = { .path = inputs_file(k->in, i)->name, .mtime = f->mtime, .events = events, .run = run };
    char hex[33];
    if (f->mtime == TIME_NONE || (info->error != NULL && events == 0))
        return ERR_OK;
    if (!whole_digest(in.path, f, info, &in.size, hex)) {
        diag_error(d, SPAN_NONE, "'%.*s' has become shorter while it was read", SV_ARG(in.path));
        return ERR_OUTPUT;
    }
    in.digest = sv_of(hex);
    in.last_line = last_line > f->counted_lines ? last_line : f->counted_lines;
    return state_put_input(s, &in, d);
}
