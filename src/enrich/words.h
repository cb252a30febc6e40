/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a post, as comparisons want them: without what a copy changes for free. Compatibility forms and case are
 * folded, accents and invisible characters gone; links and @mentions are left out; a number is the word "0", whatever
 * its value; punctuation and emoji only separate. Scripts that are written without blanks (Han, kana, Thai, Lao) give a
 * word per character. */
#ifndef AUTHSIFT_ENRICH_WORDS_H
#define AUTHSIFT_ENRICH_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/sv.h"

enum { WORDS_MAX = 512, WORDS_TEXT_MAX = 8192 };

struct words {
    struct sv text;   /* all words, joined by blanks */
    struct sv *v;     /* views into text */
    bool *is_hashtag; /* written with a # before it */
    size_t n;
};

/* Everything lives in `arena`. Of a text longer than WORDS_TEXT_MAX bytes the start is read, and at most WORDS_MAX
 * words are taken. Bytes that are no UTF-8 make a text without words. */
void words_split(struct sv text, struct arena *arena, struct words *out);

#endif
