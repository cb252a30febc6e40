/* SPDX-License-Identifier: Apache-2.0 */
/* Lists for `expand`: NAME.txt, one value a line, looked for in the folders of --lists, then in lists/ inside the
 * unit's rules folder, then in lists/ beside it. Each file is read once; what it holds is part of the rules' digest.
 *
 * A value may have a reason and a last day behind it (base/listline.h). What has run out does not count; it is named
 * once, in a note and in program->expired, so that an allow list does not shrink unseen. */
#include "lang/lists.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/listline.h"
#include "base/timestamp.h"
#include "lang/show.h"

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

/* A list on its way in. */
struct reading {
    struct loader *l;
    const struct text_file *file;
    VEC(struct sv) values;
    bool bad;
};

static void
report_expired(struct reading *r, const struct listline *entry, struct span at)
{
    struct loader *l = r->l;
    char day[TIME_TEXT_MAX];
    size_t line, column;
    const struct sv file = text_file_name(at.file);

    time_format(entry->until - DAY, day);
    text_file_locate(at.file, at.at, &line, &column);
    diag_note(l->d, at, "the entry ran out after %.10s and no longer counts", day);
    vec_push(&l->program->expired, (struct expired_entry){ .file = arena_sv(l->arena, file),
                                                           .line = line,
                                                           .value = arena_sv(l->arena, entry->value),
                                                           .last_day = arena_sv(l->arena, sv_make(day, 10)),
                                                           .reason = arena_sv(l->arena, entry->reason) });
}

static void
read_line(struct reading *r, struct sv line)
{
    struct loader *l = r->l;
    const char *start = text_file_content(r->file).p;
    const struct span at = { r->file, (size_t)(line.p - start), line.n };
    struct listline entry;
    struct sv bad;

    if (!listline_parse(line, &entry, &bad)) {
        const struct span where = { r->file, bad.n != 0 ? (size_t)(bad.p - start) : at.at, bad.n != 0 ? bad.n : at.n };
        diag_error(l->d, where, "'until' needs a date YYYY-MM-DD, not '%.*s'", SHOW(bad));
        r->bad = true;
    } else if (listline_is_over(&entry, l->options->now)) {
        report_expired(r, &entry, at);
    } else if (entry.value.n != 0) {
        vec_push(&r->values, arena_sv(l->arena, entry.value));
    }
}

/* The values of a text, without empty lines and comments. False if a line is wrong; that was reported. */
static bool
read_lines(struct loader *l, const char *path, struct sv text, struct list *list)
{
    struct reading r = { .l = l, .file = diags_add_text(l->d, sv_of(path), text) };
    struct sv rest = text_file_content(r.file);
    struct sv line;

    if (sv_starts(rest, SV("\xef\xbb\xbf")))
        rest = sv_from(rest, 3);
    while (sv_split(&rest, '\n', &line)) {
        line = sv_trim(line);
        if (line.n != 0)
            read_line(&r, line);
    }
    list->n = r.values.n;
    list->values = ARENA_ARRAY(l->arena, struct sv, r.values.n);
    for (size_t i = 0; i < r.values.n; i++)
        list->values[i] = r.values.v[i];
    vec_fini(&r.values);
    return !r.bad;
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
        if (!read_lines(l, path, buf_view(&text), &list))
            list.error = SV("it has errors");
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
