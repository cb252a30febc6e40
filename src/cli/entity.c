/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/entity.h"

#include "base/buf.h"
#include "cli/ask.h"
#include "cli/operation.h"
#include "lang/query.h"
#include "run/run.h"

/* ---- which events ---- */

/* As a quoted YAML scalar without wildcards. */
static void
put_quoted(struct buf *b, struct sv text)
{
    buf_putc(b, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            buf_putc(b, '\'');
        if (text.p[i] == '*' || text.p[i] == '?' || text.p[i] == '\\')
            buf_putc(b, '\\');
        buf_putc(b, text.p[i]);
    }
    buf_putc(b, '\'');
}

static void
put_alternative(struct buf *b, const char *field, struct sv who)
{
    buf_printf(b, "%s{%s|cased: ", b->n != 0 ? ", " : "[", field);
    put_quoted(b, who);
    buf_putc(b, '}');
}

static enum err
compile(const char *entity, enum entity_kind kind, struct setup *s, struct diags *d)
{
    const struct sv who = sv_of(entity);
    struct buf b = BUF_INIT;
    if (kind != ENTITY_APP) {
        put_alternative(&b, "actor.user.uid", who);
        put_alternative(&b, "actor.user.name", who);
    }
    if (kind != ENTITY_ACCOUNT) {
        put_alternative(&b, "oauth.app_uid", who);
        put_alternative(&b, "oauth.app_name", who);
    }
    buf_putc(&b, ']');
    const char *where = buf_cstr(&b);
    const struct query_text text = { .where = &where, .n_where = 1 };
    const enum err err = query_compile(&text, s->fields, &s->program, d);
    buf_fini(&b);
    return err;
}

/* ---- findings ---- */

/* A scan like any other, of which only the findings are kept. */
static enum err
scan(const struct options *o, const struct inputs *in, struct results *r, struct diags *d)
{
    struct setup s;
    enum err err = setup_init(&s, o, (const char *const *)o->rules.v, o->rules.n, false, d);
    if (err == ERR_OK) {
        const struct run_options ro = setup_run_options(&s, o);
        struct plan *plan = plan_new(&ro, s.program, &s.sources, s.fields, d);
        err = plan != NULL ? run_scan(plan, in, r, d) : ERR_CONFIG;
        plan_free(plan);
    }
    /* What findings borrow from the program must outlive it. */
    for (size_t i = 0; i < r->findings.n; i++) {
        r->findings.v[i].rule_title = arena_sv(&r->arena, r->findings.v[i].rule_title);
        const size_t n = r->findings.v[i].n_actions;
        enum action_id *actions = ARENA_ARRAY(&r->arena, enum action_id, n + 1);
        for (size_t k = 0; k < n; k++)
            actions[k] = r->findings.v[i].actions[k];
        r->findings.v[i].actions = actions;
    }
    setup_fini(&s);
    return err;
}

/* ---- all of it ---- */

static enum err
show(struct setup *s, const struct options *o, const struct entity_view *view, const struct inputs *in,
     const struct results *r, struct diags *d)
{
    const struct run_options ro = setup_run_options(s, o);
    const struct query_output out = ask_output(o, false, &ro);
    struct narrowed left = { .in = NULL };
    struct health_totals totals;
    enum err status = ERR_CONFIG;
    void *v = view->open(view->ctx, s->fields, o);
    struct plan *plan = plan_new(&ro, s->program, &s->sources, s->fields, d);
    if (plan != NULL)
        status = narrow(s, o, in, &left, d);
    if (left.in != NULL) {
        operation_confine_question(o, left.in);
        status = view->run(v, plan, left.in, r, sv_of(o->arguments.v[0]), &out, &totals, d);
        status = ask_told(o, &left, &totals, status, d);
    }
    inputs_free(left.in);
    plan_free(plan);
    view->close(v);
    return status;
}

static enum err
show_with_findings(struct setup *s, const struct options *o, const struct entity_view *view, const struct inputs *in,
                   struct diags *d)
{
    struct results r;
    enum err status = ERR_OK;
    if (o->rules.n == 0)
        return show(s, o, view, in, NULL, d);
    results_init(&r);
    status = scan(o, in, &r, d);
    /* What was wrong with the input is said by the view, which reads it again. */
    if (status == ERR_INPUT) {
        diags_forget(d);
        status = ERR_OK;
    }
    if (status == ERR_OK)
        status = show(s, o, view, in, &r, d);
    results_fini(&r);
    return status;
}

/* With rules the input is read twice. */
static bool
is_read_twice(const struct options *o, struct diags *d)
{
    for (size_t i = 1; o->rules.n != 0 && i < o->arguments.n; i++) {
        if (strcmp(o->arguments.v[i], "-") != 0)
            continue;
        diag_error(d, SPAN_NONE, "with --rules the input is read twice: give files, not standard input");
        return true;
    }
    return false;
}

enum err
entity_command(const struct options *o, enum entity_kind kind, const struct entity_view *view, struct diags *d)
{
    static const char *const words[] = { "an account and inputs", "an app and inputs", "an account or app and inputs" };
    struct setup s;
    struct inputs *in = NULL;

    if (o->arguments.n < 2) {
        diag_error(d, SPAN_NONE, "give %s: its id or name, then files, folders, or - for standard input", words[kind]);
        return ERR_USAGE;
    }
    if (is_read_twice(o, d))
        return ERR_USAGE;
    enum err status = inputs_new((const char *const *)o->arguments.v + 1, o->arguments.n - 1, &in, d);
    const enum err ready = setup_init_bare(&s, o, d);
    if (status == ERR_OK)
        status = ready;
    if (status == ERR_OK)
        status = compile(o->arguments.v[0], kind, &s, d);
    if (status == ERR_OK)
        status = show_with_findings(&s, o, view, in, d);
    inputs_free(in);
    setup_fini(&s);
    return status;
}
