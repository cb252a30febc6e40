/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for `expand`: NAME.txt, one value a line, looked for in the folders of --lists, then in lists/ inside the
 * unit's rules folder, then in lists/ beside it. Each file is read once; what it holds is part of the rules' digest. */
#include "lang/lists.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"

#define MAX_LIST (16u << 20)

/* A path that was tried. */
struct list {
    bool found;
    struct sv error; /* found, and not to be used: why */
    struct sv *values;
    size_t n;
};

struct lists {
    struct map by_path; /* -> index */
    VEC(struct list) v;
};

struct lists *
lists_new(void)
{
    struct lists *x = mem_zalloc(1, sizeof *x);
    map_init(&x->by_path);
    return x;
}

void
lists_free(struct lists *x)
{
    map_fini(&x->by_path);
    vec_fini(&x->v);
    mem_free(x);
}

/* Lines of a text without the empty ones and comments. */
static void
read_lines(struct arena *a, struct sv text, struct list *list)
{
    VEC(struct sv) values = VEC_INIT;
    struct sv rest = text;
    struct sv line;

    if (sv_starts(rest, SV("\xef\xbb\xbf")))
        rest = sv_from(rest, 3);
    while (sv_split(&rest, '\n', &line)) {
        line = sv_trim(line);
        if (line.n != 0 && line.p[0] != '#')
            vec_push(&values, arena_sv(a, line));
    }
    list->n = values.n;
    list->values = ARENA_ARRAY(a, struct sv, values.n);
    for (size_t i = 0; i < values.n; i++)
        list->values[i] = values.v[i];
    vec_fini(&values);
}

/* Names and contents decide what rules mean. */
static void
add_to_digest(struct loader *l, struct sv name, struct sv text)
{
    struct buf b = BUF_INIT;
    put_bytes(&b, name);
    put_bytes(&b, text);
    digest_add(l->digest, b.p, b.n);
    buf_fini(&b);
}

static struct list
read_list(struct loader *l, struct sv name, const char *path)
{
    struct list list = { .found = true };
    struct buf text = BUF_INIT;
    size_t bad;

    if (!buf_read_file(&text, path, MAX_LIST)) {
        list.found = errno != ENOENT && errno != ENOTDIR;
        list.error = errno == EFBIG ? SV("it is larger than 16 MiB") : arena_sv(l->arena, sv_of(strerror(errno)));
    } else if (!utf8_valid(buf_view(&text), &bad)) {
        list.error = arena_printf(l->arena, "it is not UTF-8 at byte %zu", bad);
    } else {
        read_lines(l->arena, buf_view(&text), &list);
        add_to_digest(l, name, buf_view(&text));
    }
    buf_fini(&text);
    return list;
}

static const struct list *
find_list(struct loader *l, struct sv name, const char *path)
{
    bool is_new;
    const size_t slot = map_put(&l->lists->by_path, sv_of(path), (uint32_t)l->lists->v.n, &is_new);
    if (is_new)
        vec_push(&l->lists->v, read_list(l, name, path));
    return &l->lists->v.v[l->lists->by_path.entry[slot].value];
}

/* A list is a file of its folder: no name leads out of it. */
static bool
is_name(struct sv name)
{
    for (size_t i = 0; i < name.n; i++) {
        const char ch = name.p[i];
        if (!((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z') || ch == '_' ||
              ch == '-'))
            return false;
    }
    return name.n != 0 && name.n <= 200;
}

/* True if the file is there, whatever is in it. */
static bool
try_folder(struct loader *l, const char *folder, const char *below, struct sv name, const struct list **list)
{
    struct buf path = BUF_INIT;
    buf_printf(&path, "%s%s/%.*s.txt", folder, below, SV_ARG(name));
    *list = find_list(l, name, buf_cstr(&path));
    if ((*list)->found && (*list)->error.n != 0)
        diag_error(l->d, SPAN_NONE, "cannot read the list '%s': %.*s", buf_cstr(&path), SV_ARG((*list)->error));
    buf_fini(&path);
    return (*list)->found;
}

bool
loader_list(struct loader *l, const struct unit *u, struct sv name, struct sv **values, size_t *n)
{
    const struct list *list = NULL;
    bool found = false;

    *values = NULL;
    *n = 0;
    if (!is_name(name))
        return false;
    for (size_t i = 0; i < l->options->n_lists && !found; i++)
        found = try_folder(l, l->options->lists[i], "", name, &list);
    if (!found && u->folder.n != 0)
        found =
            try_folder(l, u->folder.p, "/lists", name, &list) || try_folder(l, u->folder.p, "/../lists", name, &list);
    if (!found)
        return false;
    *values = list->values;
    *n = list->n;
    return true;
}
