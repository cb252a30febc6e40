/* SPDX-License-Identifier: Apache-2.0 */
/* The text exposition format (version 0.0.4): HELP and TYPE before the samples of each name; names in base units. What
 * only counts up within a run is a counter and ends in _total; the next run is a new process and counts from 0. A run
 * that failed writes what it knows: when, how long, and with which status. */
#include "out/metrics.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/atomicfile.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/timestamp.h"
#include "out/cells.h"

static void
head(FILE *to, const char *name, const char *help)
{
    const char *type = sv_ends(sv_of(name), SV("_total")) ? "counter" : "gauge";
    fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
value(FILE *to, double x)
{
    char text[NUMBER_TEXT_MAX];
    fprintf(to, " %s\n", number_format(x, text) != 0 ? text : "NaN");
}

static void
sample(FILE *to, const char *name, const char *help, double x)
{
    head(to, name, help);
    fputs(name, to);
    value(to, x);
}

/* What run.json says under that name; false if it says nothing. */
static bool
fact(const struct results *r, const char *name, double *x)
{
    for (size_t i = 0; i < r->facts.n; i++) {
        if (!r->facts.v[i].is_number || !sv_eq(r->facts.v[i].name, sv_of(name)))
            continue;
        *x = r->facts.v[i].number;
        return true;
    }
    return false;
}

static void
put_run(const struct metrics *m, FILE *to)
{
    head(to, "authsift_build_info", "The version of the program; always 1.");
    fprintf(to, "authsift_build_info{version=\"%s\"} 1\n", m->version);
    sample(to, "authsift_run_timestamp_seconds", "When the last run ended, whatever became of it.",
           (double)m->finished / (double)SECOND);
    sample(to, "authsift_run_duration_seconds", "How long it took.", floor(m->seconds * 1e3 + 0.5) / 1e3);
    sample(to, "authsift_run_exit_status", "Its exit status: 0 done, 1 findings, 4 damaged input, others: no reports.",
           m->exit_status);
    sample(to, "authsift_peak_memory_bytes", "The most memory that it had.", (double)m->peak_memory);
}

static void
put_findings(const struct results *r, FILE *to)
{
    const struct finding_tally t = results_tally(r);
    head(to, "authsift_findings", "Findings of the last run, without those that are suppressed.");
    for (int level = 0; level < FINDING_LEVELS; level++)
        fprintf(to, "authsift_findings{level=\"%.*s\"} %llu\n", SV_ARG(level_name(level)),
                (unsigned long long)t.level[level]);
    sample(to, "authsift_findings_new", "Of them, those that the run before did not have.", (double)t.fresh);
    sample(to, "authsift_findings_suppressed", "Findings of the last run that are suppressed.", (double)t.suppressed);
}

static void
put_counts(const struct results *r, FILE *to)
{
    static const struct {
        const char *fact, *name, *help;
    } counts[] = {
        { "counts.files", "authsift_files_total", "Input files of the last run." },
        { "counts.damaged_files", "authsift_damaged_files_total", "Of them, those that could not be read to the end." },
        { "counts.bytes_read", "authsift_read_bytes_total", "Bytes read, as they are on the disk." },
        { "counts.lines", "authsift_lines_total", "Lines read: events, rejects and blank ones." },
        { "counts.events", "authsift_events_total", "Events." },
        { "counts.rejects", "authsift_rejects_total", "Lines that are no events; rejects.csv names them." },
        { "counts.rules", "authsift_rules", "Rules in force." },
        { "counts.skipped_rules", "authsift_rules_skipped", "Rules that were left out because they have mistakes." },
        { "memory.spilled_bytes", "authsift_spilled_bytes_total",
          "Bytes of records that did not fit into the memory." },
        { "suppression.expired", "authsift_suppressions_expired", "Entries of the suppressed that have expired." },
    };
    double x;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (fact(r, counts[i].fact, &x))
            sample(to, counts[i].name, counts[i].help, x);
}

static void
put_all(const struct metrics *m, FILE *to)
{
    put_run(m, to);
    if (m->results == NULL)
        return;
    put_counts(m->results, to);
    put_findings(m->results, to);
}

/* ---- the file ---- */

struct place {
    char *folder;
    const char *name; /* in the path */
};

static struct place
place_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return (struct place){ mem_dup(".", 1), path };
    return (struct place){ mem_dup(path, slash == path ? 1 : (size_t)(slash - path)), slash + 1 };
}

enum err
metrics_try(const char *path, struct diags *d)
{
    const struct place p = place_of(path);
    struct stat st;
    struct atomic_set *set = NULL;
    if (p.name[0] == '\0' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        diag_error(d, SPAN_NONE, "--metrics: '%s' is not the name of a file", path);
    else
        set = atomic_set_open(p.folder, d);
    mem_free(p.folder);
    if (set == NULL)
        return ERR_OUTPUT;
    atomic_set_free(set);
    return ERR_OK;
}

/* The exporter is another user; there is nothing in it but numbers. */
static enum err
write_in(struct atomic_set *set, const struct metrics *m, const char *name, struct diags *d)
{
    FILE *to = atomic_set_file(set, name, d);
    if (to == NULL)
        return ERR_OUTPUT;
    if (fchmod(fileno(to), 0644) != 0)
        diag_warning(d, SPAN_NONE, "cannot let everybody read '%s': %s", name, strerror(errno));
    put_all(m, to);
    return atomic_set_publish(set, d);
}

enum err
metrics_write(const struct metrics *m, const char *path, struct diags *d)
{
    const struct place p = place_of(path);
    struct atomic_set *set = atomic_set_open(p.folder, d);
    const enum err err = set != NULL ? write_in(set, m, p.name, d) : ERR_OUTPUT;
    atomic_set_free(set);
    mem_free(p.folder);
    return err;
}
