/* SPDX-License-Identifier: Apache-2.0 */
/* Files that appear whole or not at all.
 *
 * Every temporary stands in a registry of fixed size, so that a signal handler can remove it without allocating or
 * locking: a slot holds the folder's descriptor and the name below it, and unlinkat is async-signal-safe. The
 * registry (with the flag beside it) is one of the program's two changing globals (the other is the hook of mem.c),
 * because handlers have no argument.
 *
 * Life of a slot: FREE -> CLAIMED (being filled in by its owner) -> MAKING (the file is being made) -> ARMED (the
 * handler may unlink it) -> FREE. It is disarmed after the file is renamed or removed; unlinking what does not exist
 * does no harm. A handler first says that the process is dying, after which no file is made, then waits for those that
 * are being made by other threads (a thread that makes one takes no signal), then removes all. Names are
 * ".authsift-<pid>-<slot>-<name>", unique among living processes.
 */
#define _GNU_SOURCE /* O_TMPFILE, where there is one */

#include "base/atomicfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/vec.h"

#define PREFIX   ".authsift-"
#define N_SLOTS  128
#define NAME_ROOM 256 /* NAME_MAX and a NUL */

/* Reports name people: the umask may take more away, and nobody outside the group ever gets in. */
#define FILE_MODE   0640
#define FOLDER_MODE 0750

/* How often a handler looks whether a file is made, a millisecond apart: a dead file server must not keep us alive. */
#define MAKING_PATIENCE 1000

enum slot_state { SLOT_FREE, SLOT_CLAIMED, SLOT_MAKING, SLOT_ARMED };

struct slot {
    atomic_int state;
    int folder;
    char name[NAME_ROOM];
};

static struct slot registry[N_SLOTS];
static atomic_bool is_dying;

static const int handled[] = { SIGINT, SIGTERM, SIGHUP };

#define N_HANDLED (sizeof handled / sizeof handled[0])

struct atomic_file {
    struct slot *slot;
    char *name; /* final name */
    FILE *stream;
};

struct atomic_set {
    char *folder_name;
    int folder;
    VEC(struct atomic_file) files;
};

static struct slot *
claim_slot(void)
{
    for (size_t i = 0; i < N_SLOTS; i++) {
        int expected = SLOT_FREE;
        if (atomic_compare_exchange_strong(&registry[i].state, &expected, SLOT_CLAIMED))
            return &registry[i];
    }
    return NULL;
}

static void
free_slot(struct slot *s)
{
    atomic_store(&s->state, SLOT_FREE);
}

/* Async-signal-safe. */
static void
remove_all(void)
{
    int patience = MAKING_PATIENCE;
    atomic_store(&is_dying, true);
    for (size_t i = 0; i < N_SLOTS; i++) {
        while (atomic_load(&registry[i].state) == SLOT_MAKING && patience-- > 0)
            poll(NULL, 0, 1);
        if (atomic_load(&registry[i].state) >= SLOT_MAKING)
            unlinkat(registry[i].folder, registry[i].name, 0);
    }
}

static void
on_signal(int number)
{
    remove_all();
    struct sigaction fallback;
    memset(&fallback, 0, sizeof fallback);
    fallback.sa_handler = SIG_DFL;
    sigemptyset(&fallback.sa_mask);
    sigaction(number, &fallback, NULL);
    raise(number); /* delivered when this handler returns: the parent sees the signal, not a made-up status */
}

/* Behind a mapped file there is a disk, and disks fail. Any other SIGBUS is a bug, and dies of it. */
static void
on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code == BUS_ADRERR)
        mem_leave("authsift: cannot read a mapped temporary file: input/output error; nothing was published\n");
    struct sigaction fallback;
    memset(&fallback, 0, sizeof fallback);
    fallback.sa_handler = SIG_DFL;
    sigemptyset(&fallback.sa_mask);
    sigaction(number, &fallback, NULL); /* the access is tried again when this handler returns */
}

void
atomic_install_handlers(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_HANDLED; i++)
        sigaddset(&action.sa_mask, handled[i]);
    for (size_t i = 0; i < N_HANDLED; i++) {
        struct sigaction before;
        /* What the parent ignores stays ignored: nohup means it. */
        if (sigaction(handled[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(handled[i], &action, NULL);
    }
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
    mem_on_exhaustion(remove_all);
}

static bool
make_folders(const char *folder)
{
    char *path = mem_dup(folder, strlen(folder));
    bool ok = true;
    for (char *p = path + (path[0] == '/'); ok && *p != '\0'; p++) {
        if (*p != '/')
            continue;
        *p = '\0';
        ok = mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST || errno == EISDIR;
        *p = '/';
    }
    ok = ok && (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST || errno == EISDIR);
    mem_free(path);
    return ok;
}

/* The pid in the name of a temporary, 0 if it is none. */
static pid_t
temporary_owner(const char *name)
{
    struct sv rest = sv_of(name);
    struct sv digits;
    uint64_t pid;
    if (!sv_starts(rest, SV(PREFIX)))
        return 0;
    rest = sv_from(rest, sizeof PREFIX - 1);
    if (!sv_split(&rest, '-', &digits) || rest.p == NULL || !number_parse_u64(digits, &pid) || pid > INT32_MAX)
        return 0;
    return (pid_t)pid;
}

/* Temporaries whose process is gone. One of our own pid that is not in the registry was left by a namesake. */
static bool
is_stale(const char *name)
{
    const pid_t pid = temporary_owner(name);
    if (pid <= 0)
        return false;
    if (pid != getpid())
        return kill(pid, 0) != 0 && errno == ESRCH;
    for (size_t i = 0; i < N_SLOTS; i++)
        if (atomic_load(&registry[i].state) != SLOT_FREE && strcmp(registry[i].name, name) == 0)
            return false;
    return true;
}

static void
remove_stale(int folder)
{
    const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (dir == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        if (is_stale(e->d_name))
            unlinkat(folder, e->d_name, 0);
    closedir(dir);
}

struct atomic_set *
atomic_set_open(const char *folder, struct diags *d)
{
    if (!make_folders(folder)) {
        diag_error(d, SPAN_NONE, "cannot make the folder '%s': %s", folder, strerror(errno));
        return NULL;
    }
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        diag_error(d, SPAN_NONE, "cannot open the folder '%s': %s", folder, strerror(errno));
        return NULL;
    }
    remove_stale(fd);
    struct atomic_set *s = mem_zalloc(1, sizeof *s);
    s->folder_name = mem_dup(folder, strlen(folder));
    s->folder = fd;
    return s;
}

/* Signals wait until signals_go_on. */
static void
signals_wait(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < N_HANDLED; i++)
        sigaddset(&set, handled[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

static void
signals_go_on(const sigset_t *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* Makes the file of a claimed slot, which is armed then. -1 with errno. Signals wait. */
static int
make_file(struct slot *slot, mode_t mode)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC;
    int fd = -1;
    atomic_store(&slot->state, SLOT_MAKING);
    errno = EINTR;
    if (!atomic_load(&is_dying)) {
        fd = openat(slot->folder, slot->name, flags, mode);
        if (fd < 0 && errno == EEXIST && unlinkat(slot->folder, slot->name, 0) == 0)
            fd = openat(slot->folder, slot->name, flags, mode);
    }
    atomic_store(&slot->state, SLOT_ARMED);
    return fd;
}

/* Makes the temporary of a claimed slot. */
static FILE *
open_temporary(struct slot *slot)
{
    sigset_t before;
    signals_wait(&before);
    const int fd = make_file(slot, FILE_MODE);
    int error = errno;
    signals_go_on(&before);
    FILE *stream = NULL;
    if (fd >= 0 && (stream = fdopen(fd, "w+b")) == NULL) {
        error = errno;
        close(fd);
        unlinkat(slot->folder, slot->name, 0);
    }
    errno = error;
    return stream;
}

static FILE *
cannot_write(const struct atomic_set *s, const char *name, const char *why, struct diags *d)
{
    diag_error(d, SPAN_NONE, "cannot write '%s/%s': %s", s->folder_name, name, why);
    return NULL;
}

FILE *
atomic_set_file(struct atomic_set *s, const char *name, struct diags *d)
{
    struct slot *slot = claim_slot();
    if (slot == NULL)
        return cannot_write(s, name, "too many unfinished files", d);
    slot->folder = s->folder;
    const int index = (int)(slot - registry);
    const int n = snprintf(slot->name, sizeof slot->name, PREFIX "%ld-%d-%s", (long)getpid(), index, name);
    if (n < 0 || n >= NAME_ROOM || strchr(name, '/') != NULL) {
        free_slot(slot);
        return cannot_write(s, name, n >= NAME_ROOM ? strerror(ENAMETOOLONG) : "not the name of a file", d);
    }
    FILE *stream = open_temporary(slot);
    if (stream == NULL) {
        const int error = errno;
        free_slot(slot);
        return cannot_write(s, name, strerror(error), d);
    }
    vec_push(&s->files, (struct atomic_file){ slot, mem_dup(name, strlen(name)), stream });
    return stream;
}

/* Never has a name. -1 where the system or the folder's file system has no such files. */
static int
open_nameless(int folder)
{
#ifdef O_TMPFILE
    return openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#else
    (void)folder;
    return -1;
#endif
}

/* Has a name for a moment, in which nothing but SIGKILL ends the process; so what that left is removed first. */
static int
open_unnamed(struct slot *slot)
{
    const int n = snprintf(slot->name, sizeof slot->name, PREFIX "%ld-%d-unnamed", (long)getpid(),
                           (int)(slot - registry));
    if (n < 0 || n >= NAME_ROOM) {
        errno = ENAMETOOLONG;
        return -1;
    }
    remove_stale(slot->folder);
    sigset_t before;
    signals_wait(&before);
    int fd = make_file(slot, 0600);
    int error = errno;
    if (fd >= 0 && unlinkat(slot->folder, slot->name, 0) != 0) {
        error = errno;
        close(fd);
        fd = -1;
    }
    signals_go_on(&before);
    errno = error;
    return fd;
}

int
atomic_unnamed(const char *folder)
{
    const int above = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (above < 0)
        return -1;
    int fd = open_nameless(above);
    if (fd >= 0) {
        close(above);
        return fd;
    }
    struct slot *slot = claim_slot();
    int error = EMFILE;
    if (slot != NULL) {
        slot->folder = above;
        fd = open_unnamed(slot);
        error = errno;
        free_slot(slot);
    }
    close(above);
    errno = error;
    return fd;
}

/* Everything on the disk, before anything is renamed. An earlier failed write shows as the stream's error flag. */
static bool
finish_file(struct atomic_file *f)
{
    errno = 0;
    bool ok = fflush(f->stream) == 0 && ferror(f->stream) == 0;
    ok = ok && fsync(fileno(f->stream)) == 0;
    int error = errno;
    if (fclose(f->stream) != 0 && ok) {
        ok = false;
        error = errno;
    }
    f->stream = NULL;
    errno = error != 0 ? error : EIO;
    return ok;
}

static enum err
rename_all(struct atomic_set *s, struct diags *d)
{
    for (size_t i = 0; i < s->files.n; i++) {
        struct atomic_file *f = &s->files.v[i];
        if (renameat(s->folder, f->slot->name, s->folder, f->name) != 0) {
            cannot_write(s, f->name, strerror(errno), d);
            return ERR_OUTPUT;
        }
        free_slot(f->slot);
        f->slot = NULL;
    }
    if (fsync(s->folder) != 0 && errno != EINVAL) {
        diag_error(d, SPAN_NONE, "cannot sync the folder '%s': %s", s->folder_name, strerror(errno));
        return ERR_OUTPUT;
    }
    return ERR_OK;
}

enum err
atomic_set_prepare(struct atomic_set *s, struct diags *d)
{
    for (size_t i = 0; i < s->files.n; i++) {
        struct atomic_file *f = &s->files.v[i];
        if (f->stream != NULL && !finish_file(f)) {
            cannot_write(s, f->name, strerror(errno), d);
            return ERR_OUTPUT;
        }
    }
    return ERR_OK;
}

size_t
atomic_set_count(const struct atomic_set *s)
{
    return s->files.n;
}

bool
atomic_set_paths(const struct atomic_set *s, size_t i, struct buf *from, struct buf *to)
{
    const struct atomic_file *f = &s->files.v[i];
    char *folder = realpath(s->folder_name, NULL);
    if (folder == NULL)
        return false;
    const char *between = strcmp(folder, "/") == 0 ? "" : "/";
    buf_printf(from, "%s%s%s", folder, between, f->slot->name);
    buf_printf(to, "%s%s%s", folder, between, f->name);
    free(folder);
    return true;
}

/* Whoever agreed will see to the rest: no handler and no atomic_set_free may remove it. */
static void
leave_files(struct atomic_set *s)
{
    for (size_t i = 0; i < s->files.n; i++) {
        if (s->files.v[i].slot != NULL)
            free_slot(s->files.v[i].slot);
        s->files.v[i].slot = NULL;
    }
}

enum err
atomic_set_publish_if(struct atomic_set *s, enum err (*agree)(void *ctx, struct diags *d), void *ctx, struct diags *d)
{
    sigset_t before;
    signals_wait(&before);
    enum err err = agree(ctx, d);
    if (err == ERR_OK) {
        err = rename_all(s, d);
        leave_files(s);
    }
    signals_go_on(&before);
    return err;
}

enum err
atomic_set_publish(struct atomic_set *s, struct diags *d)
{
    TRY(atomic_set_prepare(s, d));
    /* A signal waits until the set is complete: half a set of renamed files would be the state that this module
     * forbids. */
    sigset_t before;
    signals_wait(&before);
    const enum err e = rename_all(s, d);
    signals_go_on(&before);
    return e;
}

/* What was not published of it. */
static void
remove_file(const struct atomic_set *s, struct atomic_file *f)
{
    if (f->stream != NULL)
        fclose(f->stream);
    if (f->slot != NULL) {
        unlinkat(s->folder, f->slot->name, 0);
        free_slot(f->slot);
    }
    mem_free(f->name);
}

void
atomic_set_discard(struct atomic_set *s, FILE *stream)
{
    size_t i = 0;
    while (s->files.v[i].stream != stream)
        i++;
    remove_file(s, &s->files.v[i]);
    s->files.n--;
    memmove(&s->files.v[i], &s->files.v[i + 1], (s->files.n - i) * sizeof *s->files.v);
}

void
atomic_set_free(struct atomic_set *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->files.n; i++)
        remove_file(s, &s->files.v[i]);
    vec_fini(&s->files);
    close(s->folder);
    mem_free(s->folder_name);
    mem_free(s);
}
