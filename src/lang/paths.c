/* SPDX-License-Identifier: Apache-2.0 */
/* Walking folders of rules and sources. */
#include "lang/paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/vec.h"

#define MAX_DEPTH 64
#define MAX_FILE (16u << 20)

struct walk {
    struct arena *arena;
    struct diags *d;
    struct yaml_paths *out;
    struct map seen; /* device and inode */
    size_t visited;  /* files, and what was seen before */
    bool rules;
    bool good;
};

static void walk_path(struct walk *w, struct sv path, struct sv folder, unsigned depth);

static void
report(struct walk *w, struct sv path, const char *why)
{
    diag_error(w->d, SPAN_NONE, "cannot read '%.*s': %s", SV_ARG(path), why);
    w->good = false;
}

static bool
is_new(struct walk *w, const struct stat *st)
{
    const struct {
        dev_t device;
        ino_t inode;
    } id = { st->st_dev, st->st_ino };
    unsigned char key[sizeof id.device + sizeof id.inode];
    bool result;

    memcpy(key, &id.device, sizeof id.device);
    memcpy(key + sizeof id.device, &id.inode, sizeof id.inode);
    map_put(&w->seen, sv_make((const char *)key, sizeof key), 0, &result);
    return result;
}

static bool
is_yaml(struct sv name)
{
    return sv_ends(name, SV(".yml")) || sv_ends(name, SV(".yaml"));
}

static void
walk_entry(struct walk *w, struct sv folder, struct sv root, const char *name, unsigned depth)
{
    struct stat st;
    const struct sv path =
        arena_printf(w->arena, "%.*s%s%s", SV_ARG(folder), sv_ends(folder, SV("/")) ? "" : "/", name);

    if (name[0] == '.')
        return;
    if (stat(path.p, &st) != 0) {
        if (is_yaml(path))
            report(w, path, strerror(errno));
        return;
    }
    const bool is_left_out = w->rules && (strcmp(name, "lists") == 0 || strcmp(name, "sources") == 0);
    if (S_ISDIR(st.st_mode) ? !is_left_out : is_yaml(path))
        walk_path(w, path, root, depth + 1);
}

static void
walk_folder(struct walk *w, struct sv path, struct sv root, unsigned depth)
{
    DIR *dir = depth < MAX_DEPTH ? opendir(path.p) : NULL;
    if (dir == NULL) {
        report(w, path, depth < MAX_DEPTH ? strerror(errno) : "nested too deeply");
        return;
    }
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
        walk_entry(w, path, root, e->d_name, depth);
    closedir(dir);
}

static void
walk_path(struct walk *w, struct sv path, struct sv folder, unsigned depth)
{
    struct stat st;

    if (stat(path.p, &st) != 0) {
        report(w, path, strerror(errno));
        return;
    }
    const bool is_seen = !is_new(w, &st);
    w->visited += is_seen || !S_ISDIR(st.st_mode);
    if (is_seen)
        return; /* given twice, or a circle of links */
    if (S_ISDIR(st.st_mode))
        walk_folder(w, path, folder, depth);
    else
        vec_push(w->out, (struct yaml_path){ path, folder });
}

static int
compare_paths(const void *x, const void *y)
{
    const struct yaml_path *a = x;
    const struct yaml_path *b = y;
    return sv_cmp(a->path, b->path);
}

/* The folder of a file, "." if it is named without one. */
static struct sv
folder_of(struct arena *a, struct sv path)
{
    size_t n = path.n;
    while (n > 0 && path.p[n - 1] != '/')
        n--;
    return n == 0 ? SV(".") : arena_sv(a, sv_make(path.p, n > 1 ? n - 1 : 1));
}

static void
collect_one(struct walk *w, const char *arg)
{
    const struct sv path = arena_sv(w->arena, sv_of(arg));
    const size_t first = w->out->n;
    struct stat st;

    const bool is_folder = stat(arg, &st) == 0 && S_ISDIR(st.st_mode);
    const size_t errors = diags_errors(w->d);
    const size_t visited = w->visited;
    walk_path(w, path, is_folder ? path : folder_of(w->arena, path), 0);
    if (w->rules && w->visited == visited && diags_errors(w->d) == errors)
        report(w, path, "there is no *.yml in it");
    if (w->out->n > first)
        qsort(w->out->v + first, w->out->n - first, sizeof *w->out->v, compare_paths);
}

bool
paths_collect(const char *const *args, size_t n, bool rules, struct arena *a, struct yaml_paths *out, struct diags *d)
{
    struct walk w = { .arena = a, .d = d, .out = out, .rules = rules, .good = true };

    map_init(&w.seen);
    for (size_t i = 0; i < n; i++)
        collect_one(&w, args[i]);
    map_fini(&w.seen);
    return w.good;
}

const struct text_file *
paths_read(const struct yaml_path *path, struct diags *d)
{
    struct buf text = BUF_INIT;
    const struct text_file *file = NULL;

    if (buf_read_file(&text, path->path.p, MAX_FILE))
        file = diags_add_text(d, path->path, buf_view(&text));
    else
        diag_error(d, SPAN_NONE, "cannot read '%.*s': %s", SV_ARG(path->path),
                   errno == EFBIG ? "it is larger than 16 MiB" : strerror(errno));
    buf_fini(&text);
    return file;
}
