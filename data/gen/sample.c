/* SPDX-License-Identifier: Apache-2.0 */
/* authsift-sample: logs of a small platform that does not exist, from a seed. The same seed gives the same bytes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "stories.h"
#include "world.h"

static const char usage[] =
    "usage: authsift-sample --out DIR [--seed N] [--days N] [--events N] [--format jsonl|csv] [--clean]\n"
    "                       [--uuids]\n"
    "Writes DIR/DATE.jsonl (or .csv) for every day, DIR/DATE-grants.jsonl with the grants that were alive before, and\n"
    "DIR/truth.json with what is in them. --clean: without broken, blank, late and doubled lines. --uuids: events,\n"
    "sessions, devices and tokens have random identifiers of 128 bits, as on real platforms, instead of short ones:\n"
    "gzip makes a seventh of such a log, not a tenth.\n";

struct choices {
    uint64_t seed;
    uint64_t days;
    uint64_t events;
    struct log_style style;
};

static bool
parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    char *end;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 10);
    *out = n;
    return errno == 0 && end != text && *end == '\0' && n >= min && n <= max;
}

/* Applies one option with its argument; false if either is wrong. */
static bool
apply(struct choices *c, const char *name, const char *value)
{
    if (strcmp(name, "--out") == 0)
        c->style.folder = value;
    else if (strcmp(name, "--seed") == 0)
        return parse_number(value, 0, UINT64_MAX, &c->seed);
    else if (strcmp(name, "--days") == 0)
        return parse_number(value, 7, 60, &c->days);
    else if (strcmp(name, "--events") == 0)
        return parse_number(value, 1000, 200000000, &c->events);
    else if (strcmp(name, "--format") == 0 && strcmp(value, "csv") == 0)
        c->style.format = LOG_CSV;
    else
        return strcmp(name, "--format") == 0 && strcmp(value, "jsonl") == 0;
    return true;
}

static bool
parse(int argc, char **argv, struct choices *c)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--clean") == 0)
            c->style.clean = true;
        else if (strcmp(argv[i], "--uuids") == 0)
            c->style.uuids = true;
        else if (i + 1 >= argc || !apply(c, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return c->style.folder != NULL;
}

int
main(int argc, char **argv)
{
    struct choices c = { .seed = 7, .days = 7, .events = 1000000 };
    struct world w;
    struct log l = { 0 };
    char *stories = NULL;
    size_t n = 0;

    if (!parse(argc, argv, &c)) {
        fputs(usage, stderr);
        return 2;
    }
    world_init(&w, c.seed, (unsigned)c.days, (uint32_t)(c.events / 50));
    FILE *truth = open_memstream(&stories, &n);
    if (truth == NULL)
        return 1;
    stories_play(&w, &l, truth);
    fclose(truth);
    if (l.n < c.events)
        life_play(&w, &l, c.events - l.n);
    const bool ok = log_write(&l, &w, &c.style, stories);
    if (!ok)
        fprintf(stderr, "authsift-sample: cannot write to %s: %s\n", c.style.folder, strerror(errno));
    free(stories);
    log_fini(&l);
    world_fini(&w);
    return ok ? 0 : 1;
}
