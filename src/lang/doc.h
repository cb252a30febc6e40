/* SPDX-License-Identifier: Apache-2.0 */
/* Inside lang/: the small questions that meta.c, corr_*.c and tests_doc.c ask of a document. Each reports a
 * located error when the answer is of the wrong kind and returns false; the caller goes on with the next key, so
 * that one run shows every mistake. `what` is the key's (dotted) name for messages.
 *
 * Texts that go into the program are copied into its arena: a document lives only while rules are loaded.
 */
#ifndef AUTHSIFT_LANG_DOC_H
#define AUTHSIFT_LANG_DOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/sv.h"
#include "lang/unit.h"
#include "lang/yaml.h"

/* A scalar that is not null and not empty. The text is the document's. */
bool doc_text(struct loader *l, const struct ynode *node, const char *what, struct sv *text);

/* One such scalar, or a list of at least one. The nodes of the members, in the scratch arena. */
bool doc_scalars(struct loader *l, const struct ynode *node, const char *what, const struct ynode ***items, size_t *n);

/* A duration (sigma-profile.md 13), in microseconds. */
bool doc_duration(struct loader *l, const struct ynode *node, const char *what, int64_t *us);

/* A number of the YAML kind: not quoted. */
bool doc_number(struct loader *l, const struct ynode *node, const char *what, double *value);

bool doc_bool(struct loader *l, const struct ynode *node, const char *what, bool *value);

/* A mapping, else an error. */
bool doc_is_map(struct loader *l, const struct ynode *node, const char *what);

/* An error that ends in "(did you mean 'near'?)" unless near is empty. */
void doc_error_near(struct loader *l, struct span at, struct sv near, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The nearest of n texts, or SV_NONE. */
struct sv doc_nearest(struct sv word, const struct sv *names, size_t n);

/* False once a run has so many errors that suggestions help nobody: a hostile file must not buy a search through
 * all rules for each of its lines. */
bool doc_may_suggest(const struct loader *l);

/* loader_nearest, if suggestions still help. */
struct sv doc_nearest_rule(struct loader *l, struct sv reference);

/* A copy in the program's arena. */
struct sv doc_keep(struct loader *l, struct sv text);

/* What messages call a unit: its name, else its id, else its title. */
struct sv doc_label(const struct unit *u);

#endif
