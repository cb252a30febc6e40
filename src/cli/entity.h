/* SPDX-License-Identifier: Apache-2.0 */
/* What timeline, account and app share: one entity's events, by the id or the name that the user gives, and the
 * findings about it if rules were given. */
#ifndef AUTHSIFT_CLI_ENTITY_H
#define AUTHSIFT_CLI_ENTITY_H

#include "cli/options.h"
#include "cli/setup.h"
#include "query/query.h"

enum entity_kind { ENTITY_ACCOUNT, ENTITY_APP, ENTITY_EITHER };

/* Shows the entity: reads nothing but what the plan wants. `who`: as the user wrote it. r: NULL without rules. */
struct entity_view {
    /* Registers fields. */
    void *(*open)(const void *ctx, struct fields *fields, const struct options *o);
    void (*close)(void *view);
    enum err (*run)(void *view, const struct plan *plan, const struct inputs *in, const struct results *r,
                    struct sv who, const struct query_output *out, struct health_totals *totals, struct diags *d);
    const void *ctx;
};

/* A whole command: the first argument is the entity, the others are inputs. */
enum err entity_command(const struct options *o, enum entity_kind kind, const struct entity_view *view,
                        struct diags *d) MUST_CHECK;

#define ENTITY_OPTIONS                                                                                                 \
    (OPTION_BIT(RULES) | OPTION_BIT(SOURCE) | OPTION_BIT(FORMAT) | OPTION_BIT(JOBS) | OPTION_BIT(SINCE) |              \
     OPTION_BIT(UNTIL) | OPTION_BIT(MAX_REJECTS) | OPTION_BIT(PROGRESS) | OPTION_BIT(LISTS) | OPTION_BIT(GEOIP) |      \
     OPTION_BIT(SKIP_BAD) | OPTION_BIT(CSV_CRLF) | OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT) | OPTION_BIT(MEMORY) | \
     OPTION_BIT(TMPDIR) | OPTION_BIT(LIMIT) | OPTION_BIT(INDEX) | OPTION_BIT(NAME_DATE) | OPTION_BIT(SANDBOX))

#define ENTITY_MINOR                                                                                                   \
    (OPTION_BIT(PROGRESS) | OPTION_BIT(LISTS) | OPTION_BIT(GEOIP) | OPTION_BIT(SKIP_BAD) | OPTION_BIT(CSV_CRLF) |      \
     OPTION_BIT(CSV_RAW) | OPTION_BIT(LINE_LIMIT) | OPTION_BIT(MEMORY) | OPTION_BIT(TMPDIR) | OPTION_BIT(SANDBOX))

#endif
