/* SPDX-License-Identifier: Apache-2.0 */
/* How a run can fail. Three kinds never mix (design.md 5): a bug is an assert; this run cannot go on is an `enum err`
 * with located diagnostics, printed once in cli/; this line is bad is a reject, counted, and the run goes on. */
#ifndef AUTHSIFT_BASE_ERR_H
#define AUTHSIFT_BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_FINDINGS = 1, /* done, and there is what was asked to fail on: findings, failed tests. Only cli/ says so */
    ERR_USAGE = 2,  /* the command line */
    ERR_CONFIG = 3, /* rules, lists, source definitions, configuration */
    ERR_INPUT = 4,  /* done, but some input was unreadable or too much of it rejected */
    ERR_OUTPUT = 5, /* output, state or memory: nothing was published */
};

#define MUST_CHECK __attribute__((warn_unused_result))

#define TRY(expression)                                                                                                \
    do {                                                                                                               \
        const enum err try_err_ = (expression);                                                                        \
        if (try_err_ != ERR_OK)                                                                                        \
            return try_err_;                                                                                           \
    } while (0)

#endif
