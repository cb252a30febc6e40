/* SPDX-License-Identifier: Apache-2.0 */
/* A run that stops before its end leaves a partial result (partial_manifest.h) in a folder: whole, or not at all. */
#ifndef AUTHSIFT_RUN_PARTIAL_WRITE_H
#define AUTHSIFT_RUN_PARTIAL_WRITE_H

#include "agg/partial.h"
#include "base/diag.h"
#include "base/err.h"
#include "run/partial_manifest.h"
#include "run/run.h"

/* "07.seg" */
#define PARTIAL_NAME_MAX 8
void partial_name(char name[PARTIAL_NAME_MAX], unsigned partition);

/* What decides the meaning of the records, and how to tell rules apart. Texts are the arena's. ERR_CONFIG with messages
 * if a catalogue cannot be read. */
enum err partial_describe(struct manifest *m, const struct run_options *o, const struct program *program,
                          const struct source_defs *sources, struct arena *a, struct diags *d) MUST_CHECK;

/* A digest of the list entries that had run out when the rules were compiled, for they are not among their values;
 * empty if there are none. The arena's. */
struct sv partial_expired(const struct program *program, struct arena *a);

/* The hash of each rule and correlation as it was compiled, in the order of the program. */
void partial_describe_rules(struct manifest *m, const struct program *program);

/* Publishes what a run has when it stops: its pile, which is used up; of the results health and rejects, and the
 * findings if the stage is STAGE_SWEPT; and of the manifest all that is not in these. ERR_OUTPUT with messages: then
 * there is no new partial, and an old one of that folder is as it was. */
enum err partial_write(const struct partial_pile *pile, const struct results *r, struct manifest *m, const char *folder,
                       struct diags *d) MUST_CHECK;

#endif
