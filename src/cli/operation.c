/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/operation.h"

#include <string.h>
#include <sys/utsname.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/timestamp.h"
#include "out/cells.h"
#include "out/metrics.h"
#include "run/facts.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

/* ---- before the work ---- */

enum err
operation_init(struct operation *op, const struct options *o, struct diags *d)
{
    enum err status = ERR_OK;
    *op = (struct operation){ .options = o, .start = time_monotonic() };
    sandbox_init(&op->sandbox);
    if (o->suppress != NULL)
        status = suppressions_read(&op->suppressions, o->suppress, time_now(), d);
    if (o->metrics != NULL) {
        const enum err tried = metrics_try(o->metrics, d);
        op->metrics = tried == ERR_OK ? o->metrics : NULL;
        if (status == ERR_OK)
            status = tried;
    }
    return status;
}

void
operation_fini(struct operation *op)
{
    if (op->options->suppress != NULL)
        suppressions_fini(&op->suppressions);
    sandbox_fini(&op->sandbox);
}

void
operation_begin(struct operation *op, struct results *r)
{
    struct utsname system;
    r->suppressions = op->options->suppress != NULL ? &op->suppressions : NULL;
    facts_text(r, "host", uname(&system) >= 0 ? sv_of(system.nodename) : SV_NONE);
}

/* ---- the sandbox ---- */

static void
allow_inputs(struct sandbox *s, const struct options *o, const struct inputs *in)
{
    for (size_t i = 0; in != NULL && i < inputs_count(in); i++) {
        const struct input_file *file = inputs_file(in, i);
        if (file->memory.p != NULL || sv_eq(file->name, SV("-")))
            continue;
        char *path = mem_dup(file->name.p, file->name.n);
        /* A log that is rotated away meanwhile is another file of the same folder; a link may lead out of it. */
        sandbox_allow_folder_of(s, path, SANDBOX_READ);
        sandbox_allow(s, path, SANDBOX_READ);
        mem_free(path);
    }
    sandbox_allow(s, o->tmpdir, SANDBOX_WRITE);
}

static void
allow_outputs(struct sandbox *s, const struct options *o)
{
    if (o->output != NULL)
        sandbox_allow(s, o->output, SANDBOX_WRITE);
    if (o->partial != NULL)
        sandbox_allow(s, o->partial, SANDBOX_WRITE);
    if (o->metrics != NULL)
        sandbox_allow_folder_of(s, o->metrics, SANDBOX_WRITE);
    if (o->state != NULL) {
        sandbox_allow_folder_of(s, o->state, SANDBOX_WRITE); /* its WAL stands beside it */
        sandbox_allow(s, "/dev/urandom", SANDBOX_READ);      /* SQLite's */
    }
}

/* Who reads reports relies on them; who looks at a screen does not need to hear of old kernels. */
static void
warn_of_gaps(const struct operation *op, struct diags *d)
{
    const struct sandbox *s = &op->sandbox;
    if (sandbox_is_left_out() || (op->options->output == NULL && op->options->partial == NULL))
        return;
    if (!s->landlock.is_on)
        diag_warning(d, SPAN_NONE, "the run is not confined to its folders: Landlock is %s (--no-sandbox: no warning)",
                     s->landlock.word);
    if (!s->seccomp.is_on)
        diag_warning(d, SPAN_NONE, "the run keeps all system calls: seccomp is %s (--no-sandbox: no warning)",
                     s->seccomp.word);
}

void
operation_confine(struct operation *op, const struct inputs *in, struct results *r, struct diags *d)
{
    struct sandbox *s = &op->sandbox;
    if (op->options->sandbox) {
        allow_inputs(s, op->options, in);
        allow_outputs(s, op->options);
        for (size_t i = 0; in == NULL && i < op->options->arguments.n; i++)
            sandbox_allow(s, op->options->arguments.v[i], SANDBOX_READ);
        sandbox_apply(s);
        warn_of_gaps(op, d);
    }
    if (r != NULL) {
        facts_text(r, "sandbox.landlock", sv_of(s->landlock.word));
        facts_number(r, "sandbox.landlock_version", s->landlock_version);
        facts_text(r, "sandbox.seccomp", sv_of(s->seccomp.word));
    }
    if (op->options->verbose)
        diag_note(d, SPAN_NONE, "Landlock: %s; seccomp: %s", s->landlock.word, s->seccomp.word);
}

void
operation_confine_question(const struct options *o, const struct inputs *in)
{
    struct sandbox s;
    if (!o->sandbox)
        return;
    sandbox_init(&s);
    allow_inputs(&s, o, in);
    sandbox_apply(&s);
    sandbox_fini(&s);
}

/* ---- the results ---- */

static void
add_facts(const struct operation *op, enum err status, struct results *r, const struct diags *d)
{
    const struct finding_tally t = results_tally(r);
    for (int level = FINDING_LEVELS; level-- > 0;)
        facts_number(r, arena_printf(&r->arena, "findings.%.*s", SV_ARG(level_name(level))).p, (double)t.level[level]);
    facts_number(r, "findings.new", (double)t.fresh);
    facts_number(r, "findings.suppressed", (double)t.suppressed);
    if (op->options->suppress != NULL)
        suppressions_facts(&op->suppressions, r);
    facts_number(r, "warnings", (double)diags_warnings(d));
    facts_number(r, "exit_status", status);
}

enum err
operation_judge(struct operation *op, enum err status, struct results *r, struct diags *d)
{
    const struct options *o = op->options;
    if (status != ERR_OK && status != ERR_INPUT)
        return status;
    if (status == ERR_OK && o->fail_on >= 0 && output_has_level(r, o->fail_on))
        status = ERR_FINDINGS;
    if (o->suppress != NULL) {
        suppressions_mark_resolved(&op->suppressions, r);
        suppressions_tell(&op->suppressions, r, d);
    }
    add_facts(op, status, r, d);
    return status;
}

/* ---- the end ---- */

static uint64_t
count(const struct results *r, const char *name)
{
    for (size_t i = 0; i < r->facts.n; i++)
        if (r->facts.v[i].is_number && sv_eq(r->facts.v[i].name, sv_of(name)))
            return (uint64_t)r->facts.v[i].number;
    return 0;
}

/* "1 file, 3 events": one more of them. */
static void
put_count(struct buf *b, uint64_t n, const char *what)
{
    buf_printf(b, "%s%llu %s%s", b->n != 0 ? ", " : "", (unsigned long long)n, what, n != 1 ? "s" : "");
}

/* "2 critical, 5 high", from the highest level down; "none". */
static void
put_levels(struct buf *b, const struct finding_tally *t)
{
    const size_t start = b->n;
    for (int level = FINDING_LEVELS; level-- > 0;)
        if (t->level[level] != 0)
            buf_printf(b, "%s%llu %.*s", b->n != start ? ", " : "", (unsigned long long)t->level[level],
                       SV_ARG(level_name(level)));
    if (b->n == start)
        buf_puts(b, "none");
}

static void
summary(const struct operation *op, const struct results *r, struct diags *d)
{
    const struct options *o = op->options;
    const struct finding_tally t = results_tally(r);
    struct buf b = BUF_INIT;
    put_count(&b, count(r, "counts.files"), "file");
    put_count(&b, count(r, "counts.events"), "event");
    put_count(&b, count(r, "counts.rejects"), "reject");
    if (o->partial == NULL) {
        buf_puts(&b, "; findings: ");
        put_levels(&b, &t);
        if (o->state != NULL)
            buf_printf(&b, "; %llu new", (unsigned long long)t.fresh);
        if (t.suppressed != 0)
            buf_printf(&b, "; %llu suppressed", (unsigned long long)t.suppressed);
    }
    if (o->output != NULL)
        buf_printf(&b, "; reports in %s", o->output);
    else if (o->partial != NULL)
        buf_printf(&b, "; partial result in %s", o->partial);
    diag_note(d, SPAN_NONE, "%s", buf_cstr(&b));
    buf_fini(&b);
}

void
operation_end(struct operation *op, const struct results *r, enum err status, struct diags *d)
{
    const struct options *o = op->options;
    const bool is_done = r != NULL && (status == ERR_OK || status == ERR_FINDINGS || status == ERR_INPUT);
    if (op->has_ended)
        return;
    op->has_ended = true;
    if (is_done && (o->summary || o->verbose))
        summary(op, r, d);
    if (op->metrics == NULL)
        return;
    const struct metrics m = {
        .results = is_done ? r : NULL,
        .version = PACKAGE_VERSION,
        .exit_status = (int)status,
        .finished = time_now(),
        .seconds = time_monotonic() - op->start,
        .peak_memory = mem_peak(),
    };
    if (metrics_write(&m, op->metrics, d) != ERR_OK)
        diag_warning(d, SPAN_NONE, "the metrics of this run could not be written");
}
