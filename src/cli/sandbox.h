/* SPDX-License-Identifier: Apache-2.0 */
/* What a run gives up before it reads the first byte of a log, so that a hole in a parser is no way into the machine.
 *
 * Landlock (Linux 5.13): files are read only below the folders of the inputs, and written only in the output folder,
 * the folder for temporaries and what else the run said it needs; no TCP (6.7), no signals to others (6.12). seccomp:
 * no system call is left but those of this program's work: no exec, no sockets, no new processes.
 *
 *     sandbox_allow(&s, "/var/log", SANDBOX_READ); ...
 *     sandbox_apply(&s);          one thread, before the workers start; they inherit it
 *
 * It cannot be taken back. Where the kernel or the build has none of it, or a sanitizer needs more than it allows, the
 * run goes on, and `landlock` and `seccomp` say so. */
#ifndef AUTHSIFT_CLI_SANDBOX_H
#define AUTHSIFT_CLI_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/vec.h"

enum sandbox_access {
    SANDBOX_READ,  /* a file, or a folder with all below it */
    SANDBOX_WRITE, /* a folder: its files are made, read, written, renamed within it and removed */
};

/* What became of each half: a word for run.json and for people. */
struct sandbox_half {
    bool is_on;
    const char *word; /* "on", or why not: "off", "not in this kernel", "not in this build", ... */
};

struct sandbox_path {
    char *path;
    enum sandbox_access access;
};

struct sandbox {
    VEC(struct sandbox_path) paths;
    struct sandbox_half landlock;
    struct sandbox_half seccomp;
    int landlock_version; /* of the kernel's interface; 0: none */
};

/* Nothing is allowed yet, and nothing applied. */
void sandbox_init(struct sandbox *s);
void sandbox_fini(struct sandbox *s);

/* The path is copied; one that does not exist when the sandbox is applied is left out. */
void sandbox_allow(struct sandbox *s, const char *path, enum sandbox_access access);
/* The folder that a file stands in (or will). */
void sandbox_allow_folder_of(struct sandbox *s, const char *path, enum sandbox_access access);

/* Confines the calling thread and all that it starts. Fills both halves. */
void sandbox_apply(struct sandbox *s);

/* Is this build made to find faults (AddressSanitizer, ThreadSanitizer)? They need what a sandbox forbids, and whoever
 * made it knows. */
bool sandbox_is_left_out(void);

#endif
