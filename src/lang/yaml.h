/* SPDX-License-Identifier: Apache-2.0 */
/* YAML with positions: a small tree in which every node knows its bytes. libyaml parses; this file's limits stop
 * hostile input: depth 64, 200,000 nodes a file (aliases count each time they are used), keys of 1 KiB, scalars of 1
 * MiB, files of 16 MiB, also with their aliases unfolded.
 * Duplicate keys, anchors that are not defined, NUL bytes and other encodings than UTF-8 are located errors.
 */
#ifndef AUTHSIFT_LANG_YAML_H
#define AUTHSIFT_LANG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/sv.h"

enum ynode_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct ynode {
    enum ynode_kind kind;
    struct span span;     /* of a scalar: with its quotes; of a block collection: its first line's part */
    struct sv text;       /* SCALAR: the value */
    bool plain;           /* SCALAR: written without quotes (so it may be null, a boolean, a number) */
    struct ynode **item;  /* LIST: n members; MAP: n values */
    struct ynode **key;   /* MAP: n keys, all scalars */
    size_t n;
};

/* Parses every document of a text. What was read before an error is returned as well; a document of which
 * a part is missing is an empty mapping that has its place. False if there were errors.
 * Nodes live in the arena and borrow from the text_file. */
bool yaml_load(const struct text_file *file, struct arena *arena, struct ynode ***docs, size_t *n_docs,
               struct diags *d);

/* The value of a key, or NULL. node may be NULL or no map. */
struct ynode *yaml_get(const struct ynode *node, const char *key);
/* The key's own node, for messages. */
struct ynode *yaml_key(const struct ynode *node, const char *key);

/* sigma-profile.md 15, "YAML scalars": plain null/Null/NULL/~/empty; plain true/True/TRUE/false/False/FALSE; plain
 * JSON number. Everything else is a string. */
bool yaml_is_null(const struct ynode *node);
bool yaml_bool(const struct ynode *node, bool *value);
bool yaml_number(const struct ynode *node, double *value);
/* A scalar that is none of these. */
bool yaml_is_string(const struct ynode *node);

/* "a mapping", "a list", "a string", "a number", ... for messages. */
const char *yaml_kind_name(const struct ynode *node);

/* Part of a scalar's span: byte range [at, at + n) of its text. Exact for plain and simply quoted scalars, the whole
 * scalar where escapes or folding make the mapping unclear. For carets under one modifier of a key, or inside a
 * pattern. */
struct span yaml_subspan(const struct ynode *node, size_t at, size_t n);

#endif
