/* SPDX-License-Identifier: Apache-2.0 */
/* The test cases of src/state, and a folder with a state in it. */
#ifndef AUTHSIFT_TESTS_STATE_H
#define AUTHSIFT_TESTS_STATE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "state/state.h"

struct nest {
    char folder[64];
    char path[96];
    struct state *s;
    struct diags *d;
};

static inline void
nest_init(struct nest *n)
{
    snprintf(n->folder, sizeof n->folder, "state-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(n->folder));
    snprintf(n->path, sizeof n->path, "%s/s.db", n->folder);
    n->s = NULL;
    n->d = diags_new();
}

static inline enum err
nest_open(struct nest *n)
{
    return state_open(n->path, (struct state_options){ .wait = false }, &n->s, n->d);
}

static inline void
nest_fini(struct nest *n)
{
    char command[128];
    state_close(n->s);
    diags_free(n->d);
    snprintf(command, sizeof command, "rm -rf '%s'", n->folder);
    ck_assert_int_eq(system(command), 0);
}

/* The latest message has this in it. */
static inline void
assert_said(const struct nest *n, const char *text)
{
    const size_t count = diags_count(n->d);
    ck_assert_uint_gt(count, 0);
    const struct sv said = diags_get(n->d, count - 1)->message;
    struct buf b = BUF_INIT;
    buf_sv(&b, said);
    ck_assert_msg(strstr(buf_cstr(&b), text) != NULL, "'%s' is not in '%s'", text, buf_cstr(&b));
    buf_fini(&b);
}

TCase *state_open_tests(void);
TCase *state_ledger_tests(void);
TCase *state_history_tests(void);

#endif
