/* SPDX-License-Identifier: Apache-2.0 */
/* Inside agg/: what the inventories know of an app or a session, as values that fold. Folding is associative and
 * commutative, with the empty payload as identity, so it does not matter which worker, buffer or machine saw which
 * event. */
#ifndef AUTHSIFT_AGG_INV_STATE_H
#define AUTHSIFT_AGG_INV_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agg/corr.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/sv.h"
#include "event/place.h"

/* A text with the place of its event. Of events of one time in different files the order is known only when the run
 * has ended, so all of them (one per file) stay candidates. */
struct candidate {
    uint32_t file;
    uint64_t line;
    struct sv text;
};

struct candidates {
    int64_t time;        /* of all of them */
    struct candidate *v; /* by file */
    size_t n;
};

enum wanted { WANTED_EARLIEST, WANTED_LATEST };

/* If an event of this time and place may be the wanted one: its entry, whose text the caller sets (it still has that of
 * an event that was not). Else NULL. Memory is from `a`. */
struct candidate *candidates_offer(struct candidates *c, enum wanted wanted, int64_t time, struct place at,
                                   struct arena *a);

/* The text of the wanted event; empty if there is none. */
struct sv candidates_best(const struct candidates *c, enum wanted wanted, const struct origins *o);

enum oauth_level { OAUTH_NONE, OAUTH_READ, OAUTH_READ_WRITE, OAUTH_READ_WRITE_DM, OAUTH_LEVELS };
enum oauth_level oauth_level_of(struct sv text);
struct sv oauth_level_text(enum oauth_level level);

/* Times are TIME_NONE where no event had one. */
struct app_state {
    int64_t first;
    int64_t last;
    uint64_t grants;
    uint64_t revocations;
    uint64_t uses;
    enum oauth_level level; /* the highest granted */
    enum oauth_level need;  /* the highest that a use needed */
    struct candidates name;
};

/* What every event touches comes first. */
struct session_state {
    int64_t first;
    int64_t last;
    uint64_t events;
    struct candidates any;   /* details of the first event */
    struct candidates start; /* details of the latest log-in */
    int64_t ended;
};

/* Details of a session's event, as one text. */
enum detail { DETAIL_COUNTRY, DETAIL_CITY, DETAIL_IP, DETAIL_DEVICE, DETAIL_AGENT, DETAILS };
void details_put(struct buf *b, const struct sv detail[DETAILS]);
void details_get(struct sv text, struct sv detail[DETAILS]);

#define APP_STATE_INIT                        \
    {                                         \
        .first = INT64_MIN, .last = INT64_MIN \
    }
#define SESSION_STATE_INIT                                        \
    {                                                             \
        .first = INT64_MIN, .last = INT64_MIN, .ended = INT64_MIN \
    }

/* An event's time enters a span. */
void span_add(int64_t *first, int64_t *last, int64_t time);

void app_state_put(struct buf *b, const struct app_state *s);
/* Texts borrow from payload, arrays are from `a`. False if it is malformed. */
bool app_state_get(struct app_state *s, struct sv payload, struct arena *a);
void session_state_put(struct buf *b, const struct session_state *s);
bool session_state_get(struct session_state *s, struct sv payload, struct arena *a);

/* Would the _get of that type take the payload, and does it name only files below n_files? These become true in `used`
 * (NULL: nobody asks), which others may set at the same time. Decodes nothing. */
bool app_state_check(struct sv payload, size_t n_files, atomic_bool *used);
bool session_state_check(struct sv payload, size_t n_files, atomic_bool *used);

/* Gives every file the number of[file], and brings them into the order of these. */
void candidates_renumber(struct candidates *c, const uint32_t *of);

/* What a record of an inventory says of its key; `pos` of the record. Records of all kinds but the first have an
 * empty payload: that they exist is what they say. */
enum app_kind {
    APP_STATE,
    APP_ACCOUNT,  /* tie: an account that granted or used it */
    APP_PROTOCOL, /* tie: a word */
    APP_GRANTED,
    APP_USED,
    APP_BASE,
    APP_CAN_VIEW,
    APP_CAN_DO,
    APP_KINDS
};

/* key: app; key: account, tie: session. Internal types: no rule can name them, and they have no sweep of their own. */
extern const struct corr_type corr_inventory_app;
extern const struct corr_type corr_inventory_session;

#endif
