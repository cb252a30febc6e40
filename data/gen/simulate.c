/* SPDX-License-Identifier: Apache-2.0 */
/* authsift-simulate: a labelled world from a seed; see simulation.h. The same program with the same
 * options gives the same bytes (another compiler may ask for the random numbers of one call in another order). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "simulation.h"

static const char usage[] =
    "usage: authsift-simulate --out DIR [--seed N] [--accounts N] [--apps N] [--days N]\n"
    "Writes DIR/DATE.jsonl.gz for every day of a platform with N accounts (20000) and N ordinary apps (400) over N "
    "days\n"
    "(45), DIR/DATE-before.jsonl.gz with what the platform remembers of the time before, and DIR/truth.json: every\n"
    "abuse (loud or evasive), weakness and benign look-alike that was planted.\n";

struct choices {
    uint64_t seed;
    uint64_t accounts;
    uint64_t apps;
    uint64_t days;
    const char *folder;
};

static bool
parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 10);
    *out = n;
    return errno == 0 && end != text && *end == '\0' && text[0] != '-' && n >= min && n <= max;
}

static bool
apply(struct choices *c, const char *name, const char *value)
{
    if (strcmp(name, "--seed") == 0)
        return parse_number(value, 0, UINT64_MAX, &c->seed);
    if (strcmp(name, "--accounts") == 0)
        return parse_number(value, 2000, 5000000, &c->accounts);
    if (strcmp(name, "--apps") == 0)
        return parse_number(value, 20, 20000, &c->apps);
    if (strcmp(name, "--days") == 0)
        return parse_number(value, 10, 365, &c->days);
    c->folder = value;
    return strcmp(name, "--out") == 0;
}

static bool
play(struct sim *s, const char *folder)
{
    simlife_begin(s);
    simlike_plant(s);
    simprivilege_plant(s);
    simpassword_plant(s);
    simaffiliate_plant(s);
    simsession_plant(s);
    for (unsigned day = 0; day < s->days; day++) {
        simlife_day(s, day);
        if (day == 0 && !simwrite_day(s, folder, -1, s->start))
            return false;
        if (!simwrite_day(s, folder, (int)day, s->start + (int64_t)(day + 1) * DAY))
            return false;
    }
    return true;
}

int
main(int argc, char **argv)
{
    struct choices c = { .seed = 1, .accounts = 20000, .apps = 400, .days = 45 };
    struct sim s;
    char path[4096];

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 >= argc || !apply(&c, argv[i], argv[i + 1])) {
            fputs(usage, stderr);
            return 2;
        }
    }
    if (c.folder == NULL) {
        fputs(usage, stderr);
        return 2;
    }
    snprintf(path, sizeof path, "%s/truth.json", c.folder);
    sim_init(&s, c.seed, (unsigned)c.days, (uint32_t)c.accounts, (uint32_t)c.apps);
    s.truth = fopen(path, "w");
    bool ok = s.truth != NULL;
    if (ok) {
        fputs("[", s.truth);
        ok = play(&s, c.folder);
        fputs("]\n", s.truth);
        ok = fclose(s.truth) == 0 && ok;
    }
    if (!ok)
        fprintf(stderr, "authsift-simulate: cannot write to %s: %s\n", c.folder, strerror(errno));
    sim_fini(&s);
    return ok ? 0 : 1;
}
