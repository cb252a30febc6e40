/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a night: what it found becomes history, what it read becomes the ledger, and its reports appear, all in
 * one transaction. The reports are on the disk under temporary names before the commit, and the commit holds these
 * names: a run that dies behind it is ended by the next one (state.h). */
#include "run/night.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomicfile.h"
#include "base/buf.h"
#include "base/timestamp.h"
#include "out/pack.h"
#include "out/report.h"
#include "run/facts.h"
#include "run/night_internal.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

struct recording {
    struct night *n;
    struct results *r;
    struct diags *d;
    int64_t run;
    struct buf text;
    struct buf row;
    size_t n_with[3]; /* findings of each status */
    bool is_damaged;
};

/* ---- history ---- */

/* What a finding is about, in words: its entity, or its group where the rule names none. */
static void
put_entity(struct buf *b, const struct finding *f)
{
    buf_reset(b);
    if (f->entity_id.n != 0) {
        buf_printf(b, "%.*s %.*s", SV_ARG(f->entity_type), SV_ARG(f->entity_id));
        return;
    }
    for (size_t i = 0; i < f->n_group; i++)
        buf_printf(b, "%s%.*s=%.*s", i != 0 ? "; " : "", SV_ARG(f->group[i].name), SV_ARG(f->group[i].text));
}

static enum err
put_finding(struct recording *p, struct finding *f)
{
    put_entity(&p->text, f);
    buf_reset(&p->row);
    pack_finding(&p->row, f);
    struct state_finding sf = { .id = f->id,
                                .rule_id = f->rule_id,
                                .entity = buf_view(&p->text),
                                .level = f->level,
                                .risk = f->risk,
                                .first_seen = f->first_seen,
                                .last_seen = f->last_seen,
                                .row = buf_view(&p->row) };
    TRY(state_put_finding(p->n->state, &sf, p->run, p->d));
    f->status = sv_of(state_status_names[sf.status]);
    p->n_with[sf.status]++;
    return ERR_OK;
}

static void
add_resolved(void *ctx, const struct state_finding *sf)
{
    struct recording *p = ctx;
    struct results *r = p->r;
    struct finding f;
    struct reader in = reader_of(arena_sv(&r->arena, sf->row));
    pack_get_finding(&in, &r->arena, &f);
    if (in.bad || in.p != in.end) {
        p->is_damaged = true;
        return;
    }
    f.status = sv_of(state_status_names[STATE_RESOLVED]);
    p->n_with[STATE_RESOLVED]++;
    vec_push(&r->resolved, f);
}

static enum err
put_known(struct recording *p)
{
    const struct night *n = p->n;
    if (n->o->rebuild)
        TRY(state_clear_known(n->state, p->d));
    for (size_t i = 0; i < n->heard.n; i++) {
        const struct boost_known *h = &n->heard.v[i];
        const struct state_known k = { .entity_type = h->entity_type,
                                       .entity_id = h->entity_id,
                                       .rule_id = h->rule_id.n != 0 ? h->rule_id : SV(""),
                                       .title = h->title.n != 0 ? h->title : SV(""),
                                       .level = h->level,
                                       .risk = h->risk };
        TRY(state_put_known(n->state, &k, p->run, p->d));
    }
    return ERR_OK;
}

static enum err
put_history(struct recording *p)
{
    for (size_t i = 0; i < p->r->findings.n; i++)
        TRY(put_finding(p, &p->r->findings.v[i]));
    TRY(state_resolve(p->n->state, p->run, add_resolved, p, p->d));
    if (p->r->resolved.n > 1)
        qsort(p->r->resolved.v, p->r->resolved.n, sizeof *p->r->resolved.v, finding_cmp);
    if (!p->is_damaged)
        return ERR_OK;
    diag_error(p->d, SPAN_NONE, "the state %s is damaged: a finding of an earlier run cannot be read", p->n->o->path);
    return ERR_OUTPUT;
}

/* ---- the rest of the transaction ---- */

static enum err
put_run(struct recording *p)
{
    struct night *n = p->n;
    struct state_run run = { .started = n->started,
                             .finished = time_now(),
                             .latest = n->latest,
                             .cut = n->agg.cut,
                             .program = SV(PACKAGE_VERSION),
                             .rules = sv_of(n->program->digest),
                             .inputs = n->intake.files.n,
                             .events = n->events,
                             .findings = p->r->findings.n };
    TRY(state_put_run(n->state, &run, p->d));
    p->run = run.id;
    return ERR_OK;
}

static enum err
put_ledger(struct recording *p)
{
    struct night *n = p->n;
    if (n->o->rebuild)
        TRY(state_clear_inputs(n->state, p->d));
    for (size_t i = 0; i < n->files.n; i++) {
        const struct night_file *f = &n->files.v[i];
        TRY(intake_note(&n->intake, i, &f->info, f->events, f->last_line, p->run, n->state, p->d));
    }
    return ERR_OK;
}

static void
add_facts(struct recording *p)
{
    struct night *n = p->n;
    facts_text(p->r, "state.path", sv_of(n->o->path));
    facts_number(p->r, "state.run", (double)p->run);
    facts_time(p->r, "state.latest", n->latest);
    facts_time(p->r, "state.cut", n->agg.cut);
    facts_number(p->r, "state.carried_bytes", (double)carrying_bytes(n->carrying));
    for (size_t i = 0; i < sizeof p->n_with / sizeof p->n_with[0]; i++) {
        buf_reset(&p->text);
        buf_printf(&p->text, "counts.findings_%s", state_status_names[i]);
        facts_number(p->r, buf_cstr(&p->text), (double)p->n_with[i]);
    }
}

static enum err
write_state(struct recording *p)
{
    TRY(state_begin(p->n->state, p->d));
    TRY(put_run(p));
    TRY(put_history(p));
    TRY(put_known(p));
    TRY(put_ledger(p));
    TRY(carrying_put(p->n->carrying, p->n->state, &p->n->m, p->d));
    add_facts(p);
    return ERR_OK;
}

enum err
night_record(struct night *n, struct results *r, struct diags *d)
{
    struct recording p = { .n = n, .r = r, .d = d, .text = BUF_INIT, .row = BUF_INIT };
    const enum err err = write_state(&p);
    buf_fini(&p.text);
    buf_fini(&p.row);
    return err;
}

/* ---- publishing ---- */

static enum err
name_reports(const struct night *n, const struct atomic_set *set, struct diags *d)
{
    struct buf from = BUF_INIT;
    struct buf to = BUF_INIT;
    enum err err = ERR_OK;
    for (size_t i = 0; i < atomic_set_count(set) && err == ERR_OK; i++) {
        buf_reset(&from);
        buf_reset(&to);
        if (atomic_set_paths(set, i, &from, &to)) {
            err = state_put_publication(n->state, buf_cstr(&from), buf_cstr(&to), d);
        } else {
            diag_error(d, SPAN_NONE, "cannot name the output folder: %s", strerror(errno));
            err = ERR_OUTPUT;
        }
    }
    buf_fini(&from);
    buf_fini(&to);
    return err;
}

static enum err
commit(void *ctx, struct diags *d)
{
    struct night *n = ctx;
    return state_commit(n->state, d);
}

static enum err
publish_set(struct night *n, struct atomic_set *set, struct diags *d)
{
    TRY(name_reports(n, set, d));
    TRY(atomic_set_publish_if(set, commit, n, d));
    return state_published(n->state, d);
}

enum err
night_publish(struct night *n, struct results *r, const struct table_style *style, const char *folder, struct diags *d)
{
    struct atomic_set *set = reports_prepare(r, style, folder, d);
    const enum err err = set != NULL ? publish_set(n, set, d) : ERR_OUTPUT;
    atomic_set_free(set);
    return err;
}
