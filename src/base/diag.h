/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics with places. Whoever finds a mistake reports it here and goes on; cli/ prints them once, at the end:
 *
 *   rules/ssh.yml:14:17: error: unknown modifier 'contain' (did you mean 'contains'?)
 *      14 |       user.name|contain: root
 *         |                 ^~~~~~~
 *      while reading selection 'sel' of rule 'SSH guessing'
 *
 * Lines and columns count from 1, columns in characters (code points). A text is kept by the diags that loaded it, so
 * a span stays valid as long as its diags.
 */
#ifndef AUTHSIFT_BASE_DIAG_H
#define AUTHSIFT_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/sv.h"

/* A text that people wrote, with its name. Immutable once added. */
struct text_file;

/* A range of bytes in a text. file == NULL: no place (a message about the run as a whole). */
struct span {
    const struct text_file *file;
    size_t at;
    size_t n;
};

#define SPAN_NONE ((struct span){ NULL, 0, 0 })

enum severity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag {
    enum severity severity;
    struct span span;
    struct sv message; /* one line, no full stop */
    struct sv context; /* "reading selection 'sel' of rule 'SSH guessing'", or empty */
};

struct diags;

struct diags *diags_new(void);
void diags_free(struct diags *d);

/* Adds a text; name and content are copied. Returns the handle for spans, owned by d. */
const struct text_file *diags_add_text(struct diags *d, struct sv name, struct sv content);
struct sv text_file_name(const struct text_file *f);
struct sv text_file_content(const struct text_file *f);

/* Line and column (from 1) of a byte; a column counts characters. */
void text_file_locate(const struct text_file *f, size_t at, size_t *line, size_t *column);

void diag_error(struct diags *d, struct span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_warning(struct diags *d, struct span at, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_note(struct diags *d, struct span at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Pushes a context that later messages carry ("while ..."), until the matching pop. The innermost is printed. */
void diag_push(struct diags *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void diag_pop(struct diags *d);

size_t diags_errors(const struct diags *d);
size_t diags_warnings(const struct diags *d);
/* All messages in order of report. */
size_t diags_count(const struct diags *d);
const struct diag *diags_get(const struct diags *d, size_t i);
/* Errors among the messages from index `since` on. */
size_t diags_errors_since(const struct diags *d, size_t since);

/* Forgets all messages, because they were told in another way. Texts and spans stay. */
void diags_forget(struct diags *d);

/* The text that a message suggests: X of "(did you mean 'X'?)", which is how all messages say it. SV_NONE if it
 * suggests none. */
struct sv diag_suggestion(const struct diag *g);

/* Sorts by (file name, place, severity), stable; messages without a place first. For a deterministic print. */
void diags_sort(struct diags *d);

/* Prints one message as shown above; control characters are made visible. */
void diag_print(const struct diag *g, FILE *to);
void diags_print(const struct diags *d, FILE *to);

/* The nearest of n names to `word` (distance <= 2 and at most a third of its length, at least 1), or SV_NONE.
 * name(ctx, i) returns the i-th. For "did you mean". */
struct sv diag_nearest(struct sv word, size_t n, struct sv (*name)(const void *ctx, size_t i), const void *ctx);

#endif
