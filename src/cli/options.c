/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "agg/spill.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "cli/commands.h"
#include "ir/program.h"

enum option_kind {
    FLAG,
    TEXT,
    PATH,
    LIST,
    PATHS,
    COUNT,
    SIZE,
    TIME,
    DURATION,
    REJECTS,
    LEVEL,
    FORMAT,
    LOG,
    GROWN,
    CHANGED,
    WHEN,
    MEASURE,
};

struct option {
    const char *name;
    char letter;
    enum option_kind kind;
    const char *argument;
    size_t member;
    const char *help;
};

static const struct option option_table[OPTION_COUNT_] = {
#define OPTION(id, name, letter, kind, argument, member, help) \
    { name, letter, kind, argument, offsetof(struct options, member), help },
#include "cli/options.def"
#undef OPTION
};

_Static_assert(OPTION_COUNT_ <= 64, "a set of options is 64 bits");

/* Of this machine; where it does not say, it is taken for a small one. */
static uint64_t
quarter_of_memory(void)
{
    const uint64_t least = UINT64_C(256) << 20;
#ifdef _SC_PHYS_PAGES
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long bytes = sysconf(_SC_PAGESIZE);
    if (pages > 0 && bytes > 0 && (uint64_t)pages / 4 * (uint64_t)bytes > least)
        return (uint64_t)pages / 4 * (uint64_t)bytes;
#endif
    return least;
}

void
options_init(struct options *o)
{
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    const char *tmpdir = getenv("TMPDIR");
    *o = (struct options){
        .format = TABLE_CSV,
        .jobs = n > 0 ? (uint64_t)n : 1,
        .since = TIME_NONE,
        .until = TIME_NONE,
        .fail_on = -1,
        .max_rejects = { 0, -1 },
        .progress = isatty(STDERR_FILENO) == 1,
        .blast_radius = 500,
        .line_limit = UINT64_C(1) << 20,
        .sandbox = true,
        .lateness = 2 * DAY,
        .older_than = 90 * DAY,
        .top = UINT64_MAX,
        .limit = UINT64_MAX,
        .memory = quarter_of_memory(),
        .tmpdir = tmpdir != NULL && tmpdir[0] != '\0' ? tmpdir : "/tmp",
    };
}

void
options_fini(struct options *o)
{
    vec_fini(&o->rules);
    vec_fini(&o->lists);
    vec_fini(&o->geoip);
    vec_fini(&o->where);
    vec_fini(&o->select);
    vec_fini(&o->by);
    vec_fini(&o->measures);
    vec_fini(&o->having);
    vec_fini(&o->sort);
    vec_fini(&o->arguments);
}

/* ---- values ---- */

static bool
parse_rejects(const char *text, struct max_rejects *out)
{
    struct sv s = sv_of(text);
    if (s.n != 0 && s.p[s.n - 1] == '%') {
        double percent;
        s.n--;
        if (!number_parse(s, &percent) || percent < 0 || percent > 100)
            return false;
        *out = (struct max_rejects){ UINT64_MAX, percent / 100 };
        return true;
    }
    *out = (struct max_rejects){ 0, -1 };
    return number_parse_u64(s, &out->count);
}

static bool
parse_word(const char *text, const char *const *words, int n, int *out)
{
    for (int i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* "raw" is no dress: records as they were. Only queries have some. */
static bool
parse_format(struct options *o, const char *text)
{
    static const char *const words[] = { "csv", "jsonl", "table", "json", "raw" };
    static const enum table_format formats[] = { TABLE_CSV, TABLE_JSONL, TABLE_TERMINAL, TABLE_JSONL, TABLE_CSV };
    int i;
    if (!parse_word(text, words, 5, &i))
        return false;
    o->format = formats[i];
    o->raw = i == 4;
    return true;
}

static bool
parse_when(const char *text, bool *out)
{
    static const char *const words[] = { "never", "always", "auto" };
    int i;
    if (!parse_word(text, words, 3, &i))
        return false;
    *out = i == 2 ? isatty(STDERR_FILENO) == 1 : i == 1;
    return true;
}

static bool
parse_log_format(const char *text, enum log_format *out)
{
    static const char *const words[] = { [LOG_TEXT] = "text", [LOG_JSON] = "json" };
    int i;
    if (!parse_word(text, words, 2, &i))
        return false;
    *out = (enum log_format)i;
    return true;
}

/* "refuse", or the other word, which says what is done instead. */
static bool
parse_refusal(const char *text, const char *otherwise, bool *out)
{
    const char *const words[] = { "refuse", otherwise };
    int i;
    if (!parse_word(text, words, 2, &i))
        return false;
    *out = i == 1;
    return true;
}

/* Why an argument of this kind was refused. */
static const char *
expected(enum option_kind kind)
{
    switch (kind) {
    case COUNT:
        return "a whole number";
    case SIZE:
        return "a size, such as 64M or 2G";
    case TIME:
        return "a time: RFC 3339, 2026-11-22, or -7d";
    case REJECTS:
        return "a whole number, or a percentage such as 1%";
    case LEVEL:
        return "informational, low, medium, high or critical";
    case FORMAT:
        return "csv, jsonl (or json) or table";
    case LOG:
        return "text or json";
    case DURATION:
        return "a duration, such as 36h or 2d";
    case GROWN:
        return "refuse or read";
    case CHANGED:
        return "refuse or count";
    case WHEN:
        return "auto, always or never";
    case FLAG:
    case TEXT:
    case PATH:
    case LIST:
    case PATHS:
    case MEASURE:
        break;
    }
    return "text";
}

static bool
set_value(struct options *o, const struct option *opt, const char *text)
{
    void *member = (char *)o + opt->member;
    switch (opt->kind) {
    case FLAG:
        *(bool *)member = strcmp(text, "false") != 0;
        return true;
    case TEXT:
    case PATH:
        *(const char **)member = text;
        return true;
    case LIST:
    case PATHS:
        vec_push((name_list *)member, text);
        return true;
    case COUNT:
        return number_parse_u64(sv_of(text), member);
    case SIZE:
        return size_parse(sv_of(text), member);
    case TIME:
        return time_parse_option(sv_of(text), time_now(), member);
    case REJECTS:
        return parse_rejects(text, member);
    case LEVEL:
        return parse_word(text, level_names, 5, member);
    case FORMAT:
        return parse_format(o, text);
    case LOG:
        return parse_log_format(text, member);
    case DURATION:
        return duration_parse(sv_of(text), member);
    case GROWN:
        return parse_refusal(text, "read", member);
    case CHANGED:
        return parse_refusal(text, "count", member);
    case WHEN:
        return parse_when(text, member);
    case MEASURE:
        vec_push(&o->measures, (struct measure_option){ (int)(opt - option_table), text });
        return true;
    }
    return false;
}

/* ---- which option ---- */

static struct sv
option_name(const void *ctx, size_t i)
{
    (void)ctx;
    return sv_of(option_table[i].name);
}

int
options_find(struct sv name)
{
    for (int i = 0; i < OPTION_COUNT_; i++)
        if (sv_eq(name, sv_of(option_table[i].name)))
            return i;
    return -1;
}

struct sv
options_nearest(struct sv name)
{
    return diag_nearest(name, OPTION_COUNT_, option_name, NULL);
}

const char *
options_name(int id)
{
    return option_table[id].name;
}

bool
options_is_flag(int id)
{
    return option_table[id].kind == FLAG;
}

bool
options_is_list(int id)
{
    return option_table[id].kind == LIST || option_table[id].kind == PATHS;
}

bool
options_is_path(int id)
{
    return option_table[id].kind == PATH || option_table[id].kind == PATHS;
}

bool
options_set(struct options *o, int id, const char *text)
{
    return set_value(o, &option_table[id], text);
}

const char *
options_expected(int id)
{
    return expected(option_table[id].kind);
}

void
options_clear(struct options *o, int id)
{
    name_list *list = (void *)((char *)o + option_table[id].member);
    list->n = 0;
}

static int
find_letter(char letter)
{
    for (int i = 0; i < OPTION_COUNT_; i++)
        if (option_table[i].letter == letter)
            return i;
    return -1;
}

struct parse {
    struct options *o;
    int n;
    char *const *argv;
    int at;
    const char *command;
    uint64_t allowed;
    struct diags *d;
};

/* Applies option `id`, which was written as `written`. `attached` is the text behind "=" or a letter, or NULL. */
static void
apply(struct parse *p, int id, struct sv written, const char *attached)
{
    const struct option *opt = &option_table[id];
    const char *text = attached;

    if ((p->allowed & (UINT64_C(1) << id)) == 0) {
        diag_error(p->d, SPAN_NONE, "%.*s is no option of '%s' (see authsift %s --help)", SV_ARG(written), p->command,
                   p->command);
        if (opt->argument != NULL && attached == NULL)
            p->at++;
        return;
    }
    if (opt->argument == NULL && attached != NULL) {
        diag_error(p->d, SPAN_NONE, "%.*s takes no argument", SV_ARG(written));
        return;
    }
    if (opt->argument == NULL) {
        text = sv_starts(written, SV("--no-")) ? "false" : "true";
    } else if (text == NULL) {
        if (p->at + 1 >= p->n) {
            diag_error(p->d, SPAN_NONE, "%.*s needs an argument: %s", SV_ARG(written), opt->argument);
            return;
        }
        text = p->argv[++p->at];
    }
    p->o->given |= UINT64_C(1) << id;
    if (!set_value(p->o, opt, text))
        diag_error(p->d, SPAN_NONE, "%.*s: '%s' is not %s", SV_ARG(written), text, expected(opt->kind));
}

static void
parse_long(struct parse *p, const char *arg)
{
    const struct sv all = sv_of(arg);
    const size_t equals = sv_find_char(all, '=', 2);
    const struct sv name = sv_make(all.p + 2, equals - 2);
    int id = options_find(name);

    /* What a configuration has switched on, the command line can switch off. */
    if (id < 0 && sv_starts(name, SV("no-"))) {
        id = options_find(sv_from(name, 3));
        id = id >= 0 && option_table[id].kind == FLAG ? id : -1;
    }
    if (id < 0) {
        const struct sv near = options_nearest(name);
        if (near.n != 0)
            diag_error(p->d, SPAN_NONE, "unknown option --%.*s (did you mean --%.*s?)", SV_ARG(name), SV_ARG(near));
        else
            diag_error(p->d, SPAN_NONE, "unknown option --%.*s (see authsift %s --help)", SV_ARG(name), p->command);
        return;
    }
    apply(p, id, sv_make(arg, equals), equals < all.n ? arg + equals + 1 : NULL);
}

/* "-j4", "-j 4", "-o DIR". Letters of flags may be joined. */
static void
parse_letters(struct parse *p, const char *arg)
{
    for (const char *c = arg + 1; *c != '\0'; c++) {
        const char written[3] = { '-', *c, '\0' };
        const int id = find_letter(*c);
        if (id < 0) {
            diag_error(p->d, SPAN_NONE, "unknown option %s (see authsift %s --help)", written, p->command);
            return;
        }
        const bool is_flag = option_table[id].argument == NULL;
        apply(p, id, sv_make(written, 2), is_flag || c[1] == '\0' ? NULL : c + 1);
        if (!is_flag)
            return;
    }
}

enum err
options_parse(struct options *o, int n, char *const *argv, const char *command, uint64_t allowed, struct diags *d)
{
    struct parse p = { o, n, argv, 0, command, allowed, d };
    const size_t before = diags_errors(d);
    bool only_arguments = false;

    for (; p.at < n; p.at++) {
        const char *arg = argv[p.at];
        if (only_arguments || arg[0] != '-' || arg[1] == '\0')
            vec_push(&o->arguments, arg);
        else if (strcmp(arg, "--") == 0)
            only_arguments = true;
        else if (arg[1] == '-')
            parse_long(&p, arg);
        else
            parse_letters(&p, arg);
    }
    if (o->raw && (allowed & OPTION_BIT(SELECT)) == 0)
        diag_error(d, SPAN_NONE, "--format: 'raw' is not %s", expected(FORMAT));
    const enum err judged = options_judge(o, d);
    return diags_errors(d) == before ? judged : ERR_USAGE;
}

enum err
options_judge(const struct options *o, struct diags *d)
{
    const size_t before = diags_errors(d);
    if (o->jobs == 0 || o->jobs > 1024)
        diag_error(d, SPAN_NONE, "--jobs must be from 1 to 1024");
    if (o->memory < SPILL_MEMORY_LEAST)
        diag_error(d, SPAN_NONE, "--memory must be 1M or more");
    if (o->line_limit < 1024 || o->line_limit > UINT64_C(1) << 30)
        diag_error(d, SPAN_NONE, "--line-limit must be from 1k to 1G");
    return diags_errors(d) == before ? ERR_OK : ERR_USAGE;
}

static void
help_line(const struct option *opt, FILE *to)
{
    char left[64];
    const int n = snprintf(left, sizeof left, "%c%c%s--%s%s%s", opt->letter != 0 ? '-' : ' ',
                           opt->letter != 0 ? opt->letter : ' ', opt->letter != 0 ? ", " : "  ", opt->name,
                           opt->argument != NULL ? " " : "", opt->argument != NULL ? opt->argument : "");
    fprintf(to, "  %s%*s %s\n", left, n < 26 ? 26 - n : 1, "", opt->help);
}

static void
help_minor(uint64_t minor, FILE *to)
{
    size_t column = 0;
    for (int i = 0; i < OPTION_COUNT_; i++) {
        const struct option *opt = &option_table[i];
        if ((minor & (UINT64_C(1) << i)) == 0 || opt->kind == MEASURE)
            continue;
        const size_t n = strlen(opt->name) + 3 + (opt->argument != NULL ? strlen(opt->argument) + 1 : 0);
        if (column == 0 || column + n > 110) {
            fputs(column == 0 ? "  also:" : "\n       ", to);
            column = 7;
        }
        column += n;
        fprintf(to, " --%s%s%s", opt->name, opt->argument != NULL ? " " : "",
                opt->argument != NULL ? opt->argument : "");
    }
    if (column != 0)
        putc('\n', to);
}

void
options_help(uint64_t allowed, uint64_t minor, FILE *to)
{
    for (int i = 0; i < OPTION_COUNT_; i++)
        if ((allowed & ~minor & (UINT64_C(1) << i)) != 0)
            help_line(&option_table[i], to);
    help_minor(allowed & minor, to);
}
