/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of formats and of reasons for rejects. */
#include "input/format.h"

#define FORMAT(id) extern const struct format format_##id;
#include "input/formats.def"
#undef FORMAT

const struct format *const formats[] = {
#define FORMAT(id) &format_##id,
#include "input/formats.def"
#undef FORMAT
};
const size_t n_formats = sizeof formats / sizeof *formats;

const char *const reject_texts[REJECT_COUNT_] = {
#define REJECT(id, text) text,
#include "input/rejects.def"
#undef REJECT
};

const char *
format_name(size_t i)
{
    return i < n_formats ? formats[i]->name : NULL;
}

const char *
format_help(size_t i)
{
    return i < n_formats ? formats[i]->help : NULL;
}
