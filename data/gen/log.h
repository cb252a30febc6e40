/* SPDX-License-Identifier: Apache-2.0 */
/* Events on their way to files: collected in any order, sorted, cut into days, written as JSON Lines or CSV with the
 * noise of real deliveries (late, doubled, broken and blank lines), and with a count of all of it. */
#ifndef AUTHSIFT_GEN_LOG_H
#define AUTHSIFT_GEN_LOG_H

#include "world.h"

struct ev {
    int64_t time;
    const char *action;
    const struct account *who;
    int app; /* index in the world, or -1 */
    struct origin from;
    uint32_t session; /* 0: none */
    uint32_t device;  /* 0: none */
    uint8_t agent;
    bool failed;
    bool is_reply;
    uint32_t scopes;       /* of a grant; 0: none said */
    const char *grant;     /* oauth.grant_type, or NULL */
    const char *operation; /* of an api.call, or NULL */
    int status;            /* of an api.call, or 0 */
    const char *text;      /* of a post; shared strings */
    const char *url;       /* of a post */
    uint64_t target;       /* account; 0: none */
    const char *change;    /* change.field, or NULL */
};

struct log {
    struct ev *v;
    size_t n;
    size_t cap;
};

/* Adds an event with this action; the caller fills the rest through the pointer, which is valid until the next one. */
struct ev *log_add(struct log *l, int64_t time, const char *action, const struct account *who);
void log_fini(struct log *l);

enum log_format { LOG_JSONL, LOG_CSV };

struct log_style {
    enum log_format format;
    bool clean; /* no broken, blank, late or doubled lines */
    bool uuids; /* identifiers as long and as random as those of real platforms: 128 bits, not counters */
    const char *folder;
};

/* Writes one file per day, and truth.json: what is in each file, and `stories` (JSON text, one object per planted
 * story). False with errno set. */
bool log_write(struct log *l, struct world *w, const struct log_style *style, const char *stories);

#endif
