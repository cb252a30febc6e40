/* SPDX-License-Identifier: Apache-2.0 */
/* From the names on the command line to the list of files, before any work is done: whatever is missing or
 * unreadable is found now and named, all of it, not an hour into the run.
 *
 * The list is in byte order of the names, so that the order of arguments cannot matter. A file is read once, however
 * often and by whatever names it was given: what counts is which file it is (device and inode). */
#include "input/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/vec.h"

#define FOLDER_DEPTH 64

struct item {
    struct input_file file;
    dev_t dev;
    ino_t ino;
    bool regular; /* dev and ino tell which file it is */
};

struct inputs {
    VEC(struct item) items;
    struct arena names;
};

/* The folders that the walk is inside of: a symbolic link to one of them would never end. */
struct ancestor {
    const struct ancestor *up;
    dev_t dev;
    ino_t ino;
    unsigned depth;
};

static void
add(struct inputs *in, struct sv name, const struct stat *st)
{
    struct item item = { .file = { .name = arena_sv(&in->names, name) }, .regular = S_ISREG(st->st_mode) };
    if (item.regular) {
        item.file.size = (uint64_t)st->st_size;
        item.dev = st->st_dev;
        item.ino = st->st_ino;
    }
    vec_push(&in->items, item);
}

/* Only opening a file tells whether it can be opened; a pipe would wait for its writer. */
static bool
is_readable(const char *path, const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return access(path, R_OK) == 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    close(fd);
    return true;
}

static int
by_text(const void *a, const void *b)
{
    return sv_cmp(*(const struct sv *)a, *(const struct sv *)b);
}

/* Sorted, so that messages come in the same order on every file system. */
struct names {
    VEC(struct sv) list;
    struct arena arena;
};

static bool
read_folder(const char *path, struct names *names)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return false;
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && !sv_ends(sv_of(entry->d_name), SV(INPUT_INDEX_SUFFIX)))
            vec_push(&names->list, arena_sv(&names->arena, sv_of(entry->d_name)));
    const int error = errno;
    closedir(dir);
    errno = error;
    if (error == 0 && names->list.n > 1)
        qsort(names->list.v, names->list.n, sizeof *names->list.v, by_text);
    return error == 0;
}

static void walk(struct inputs *in, const char *path, const struct ancestor *up, struct diags *d);

static void
walk_children(struct inputs *in, const char *path, const struct names *names, const struct ancestor *here,
              struct diags *d)
{
    const size_t n = strlen(path);
    const char *slash = n != 0 && path[n - 1] == '/' ? "" : "/";
    for (size_t i = 0; i < names->list.n; i++) {
        struct arena a = ARENA_INIT;
        const struct sv child = arena_printf(&a, "%s%s%s", path, slash, names->list.v[i].p);
        walk(in, child.p, here, d);
        arena_fini(&a);
    }
}

static bool
is_ancestor(const struct ancestor *up, const struct stat *st)
{
    for (; up != NULL; up = up->up)
        if (up->dev == st->st_dev && up->ino == st->st_ino)
            return true;
    return false;
}

static void
walk_folder(struct inputs *in, const char *path, const struct stat *st, const struct ancestor *up, struct diags *d)
{
    const struct ancestor here = { up, st->st_dev, st->st_ino, up != NULL ? up->depth + 1 : 1 };
    if (is_ancestor(up, st) || here.depth > FOLDER_DEPTH) {
        diag_warning(d, SPAN_NONE, "folder '%s' left out: it leads back to itself or is nested too deeply", path);
        return;
    }
    struct names names = { VEC_INIT, ARENA_INIT };
    const size_t before = in->items.n;
    if (!read_folder(path, &names))
        diag_error(d, SPAN_NONE, "cannot read folder '%s': %s", path, strerror(errno));
    else
        walk_children(in, path, &names, &here, d);
    /* An argument that yields nothing must not pass for a clean run: it becomes an input that fails by name. */
    if (up == NULL && in->items.n == before)
        add(in, sv_of(path), st);
    vec_fini(&names.list);
    arena_fini(&names.arena);
}

static void
walk(struct inputs *in, const char *path, const struct ancestor *up, struct diags *d)
{
    struct stat st;
    if (stat(path, &st) != 0)
        diag_error(d, SPAN_NONE, "cannot open '%s': %s", path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        walk_folder(in, path, &st, up, d);
    else if (!S_ISREG(st.st_mode) && up != NULL)
        diag_warning(d, SPAN_NONE, "'%s' left out: not a regular file", path);
    else if (!is_readable(path, &st))
        diag_error(d, SPAN_NONE, "cannot open '%s': %s", path, strerror(errno));
    else
        add(in, sv_of(path), &st);
}

static void
add_standard_input(struct inputs *in)
{
    struct stat st;
    if (fstat(STDIN_FILENO, &st) != 0)
        st = (struct stat){ .st_mode = S_IFIFO };
    add(in, SV("-"), &st);
    in->items.v[in->items.n - 1].regular = false;
}

static int
by_name(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return sv_cmp(x->file.name, y->file.name);
}

static int
by_identity(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
    if (x->regular != y->regular)
        return x->regular < y->regular ? -1 : 1;
    if (x->dev != y->dev)
        return x->dev < y->dev ? -1 : 1;
    if (x->ino != y->ino)
        return x->ino < y->ino ? -1 : 1;
    return sv_cmp(x->file.name, y->file.name);
}

static bool
is_same_file(const struct item *a, const struct item *b)
{
    if (a->regular && b->regular)
        return a->dev == b->dev && a->ino == b->ino;
    return sv_eq(a->file.name, b->file.name);
}

static void
warn_twice(const struct item *kept, const struct item *dropped, struct diags *d)
{
    if (sv_eq(kept->file.name, dropped->file.name))
        diag_warning(d, SPAN_NONE, "'%.*s' was given twice; it is read once", SV_ARG(kept->file.name));
    else
        diag_warning(d, SPAN_NONE, "'%.*s' is the same file as '%.*s'; it is read once", SV_ARG(dropped->file.name),
                     SV_ARG(kept->file.name));
}

/* Sorts by name and drops all but the first name of each file. */
static void
sort_and_drop_twins(struct inputs *in, struct diags *d)
{
    const size_t n = in->items.n;
    if (n < 2)
        return;
    qsort(in->items.v, n, sizeof *in->items.v, by_name);
    struct item **order = mem_alloc(n * sizeof(struct item *));
    bool *twin = mem_zalloc(n, sizeof *twin);
    for (size_t i = 0; i < n; i++)
        order[i] = &in->items.v[i];
    qsort(order, n, sizeof(struct item *), by_identity);
    for (size_t i = 1, kept = 0; i < n; i++) {
        if (!is_same_file(order[kept], order[i])) {
            kept = i;
            continue;
        }
        warn_twice(order[kept], order[i], d);
        twin[order[i] - in->items.v] = true;
    }
    size_t left = 0;
    for (size_t i = 0; i < n; i++)
        if (!twin[i])
            in->items.v[left++] = in->items.v[i];
    in->items.n = left;
    mem_free(order);
    mem_free(twin);
}

enum err
inputs_new(const char *const *paths, size_t n, struct inputs **out, struct diags *d)
{
    struct inputs *in = mem_zalloc(1, sizeof *in);
    arena_init(&in->names);
    const size_t errors = diags_errors(d);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(paths[i], "-") == 0)
            add_standard_input(in);
        else
            walk(in, paths[i], NULL, d);
    }
    if (diags_errors(d) != errors) {
        inputs_free(in);
        *out = NULL;
        return ERR_USAGE;
    }
    sort_and_drop_twins(in, d);
    *out = in;
    return ERR_OK;
}

struct inputs *
inputs_new_memory(const struct input_file *file, size_t n)
{
    struct inputs *in = mem_zalloc(1, sizeof *in);
    arena_init(&in->names);
    for (size_t i = 0; i < n; i++) {
        struct item item = { .file = file[i] };
        if (item.file.memory.p == NULL)
            item.file.memory = SV("");
        item.file.size = item.file.memory.n;
        vec_push(&in->items, item);
    }
    return in;
}

struct inputs *
inputs_part(const struct inputs *all, const bool *keep)
{
    struct inputs *in = mem_zalloc(1, sizeof *in);
    arena_init(&in->names);
    for (size_t i = 0; i < all->items.n; i++)
        if (keep[i])
            vec_push(&in->items, all->items.v[i]);
    return in;
}

void
inputs_free(struct inputs *in)
{
    if (in == NULL)
        return;
    vec_fini(&in->items);
    arena_fini(&in->names);
    mem_free(in);
}

size_t
inputs_count(const struct inputs *in)
{
    return in->items.n;
}

const struct input_file *
inputs_file(const struct inputs *in, size_t i)
{
    return &in->items.v[i].file;
}
