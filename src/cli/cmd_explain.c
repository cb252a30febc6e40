/* SPDX-License-Identifier: Apache-2.0 */
/* What did the compiler make of a rule; and with an event: which part of it matched, which did not, and why. */
#include "base/number.h"
#include "cli/commands.h"
#include "cli/setup.h"
#include "run/run.h"

/* FILE:LINE -> file (copied) and line. */
static bool
split_place(struct arena *arena, const char *text, const char **file, uint64_t *line)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || !number_parse_u64(sv_of(colon + 1), line) || *line == 0)
        return false;
    *file = arena_sv(arena, sv_make(text, (size_t)(colon - text))).p;
    return true;
}

static void
explain_event(const struct plan *plan, const struct block *b, struct event *ev)
{
    const struct program *program = plan->program;
    struct match_scratch *scratch = match_scratch_new(program);
    const uint32_t *matched;

    printf("event at line %llu, source '%.*s'\n", (unsigned long long)ev->at.line,
           SV_ARG(plan->sources->v[b->source].name));
    const size_t n = matcher_run(plan->matchers[b->source], scratch, ev, &matched);
    printf("%zu of %zu rules match it\n\n", n, program->rules.n);
    for (size_t r = 0; r < program->rules.n; r++)
        match_explain(program, (uint32_t)r, scratch, ev, stdout);
    match_scratch_free(scratch);
}

/* Searches one block. True when the line was found, whatever it is. */
static bool
search_block(const struct plan *plan, struct parser *parser, struct event *ev, const struct block *b, uint64_t line,
             struct diags *d)
{
    struct reject reject;
    parser_start(parser, b);
    for (;;) {
        switch (parser_next(parser, ev, &reject)) {
        case RECORD_EVENT:
            if (ev->at.line == line) {
                explain_event(plan, b, ev);
                return true;
            }
            break;
        case RECORD_REJECT:
            if (reject.line == line) {
                diag_error(d, SPAN_NONE, "line %llu is no event: %s", (unsigned long long)line,
                           reject_texts[reject.reason]);
                return true;
            }
            break;
        case RECORD_BLANK:
            break;
        case RECORD_END:
            return false;
        }
    }
}

static void
find_event(const struct plan *plan, const struct inputs *in, uint64_t line, struct diags *d)
{
    struct arena scratch = ARENA_INIT;
    struct event ev;
    struct block b;
    struct parser *parser = parser_new(plan->projections);
    struct stream *stream = stream_open(in, 0, plan->projections);
    bool found = false;

    event_init(&ev, fields_count(plan->fields), &scratch,
               plan->enrichment != NULL ? enrichment_derive(plan->enrichment) : NULL);
    block_init(&b);
    while (!found && stream_next(stream, &b))
        found = search_block(plan, parser, &ev, &b, line, d);
    if (!found && stream_info(stream)->error != NULL)
        diag_error(d, SPAN_NONE, "%.*s: %s", SV_ARG(inputs_file(in, 0)->name), stream_info(stream)->error);
    else if (!found)
        diag_error(d, SPAN_NONE, "%.*s has no event at line %llu", SV_ARG(inputs_file(in, 0)->name),
                   (unsigned long long)line);
    parser_free(parser);
    stream_close(stream);
    block_fini(&b);
    event_fini(&ev);
    arena_fini(&scratch);
}

static enum err
explain_with_event(struct setup *s, const struct options *o, struct diags *d)
{
    const char *file = NULL;
    uint64_t line;
    struct inputs *in;

    if (!split_place(&s->arena, o->event, &file, &line)) {
        diag_error(d, SPAN_NONE, "--event takes FILE:LINE, not '%s'", o->event);
        return ERR_USAGE;
    }
    TRY(inputs_new(&file, 1, &in, d));
    const size_t errors = diags_errors(d);
    const struct run_options ro = setup_run_options(s, o);
    struct plan *plan = plan_new(&ro, s->program, &s->sources, s->fields, d);
    if (plan != NULL && inputs_count(in) == 1)
        find_event(plan, in, line, d);
    else if (plan != NULL)
        diag_error(d, SPAN_NONE, "--event needs one file, and %s is a folder", file);
    plan_free(plan);
    inputs_free(in);
    return diags_errors(d) == errors ? ERR_OK : ERR_USAGE;
}

static enum err
run(const struct options *o, struct diags *d)
{
    struct setup s;
    enum err err = setup_init(&s, o, (const char *const *)o->arguments.v, o->arguments.n, false, d);
    if (err == ERR_OK && o->event != NULL)
        err = explain_with_event(&s, o, d);
    else if (err == ERR_OK)
        program_dump(s.program, SV_NONE, stdout);
    setup_fini(&s);
    return err;
}

const struct command command_explain = {
    .name = "explain",
    .usage = "[options] RULES...",
    .help = "Show what rules were compiled to, and why an event matches them or not",
    .arguments = ARGUMENTS_RULES,
    .options = OPTION_BIT(LISTS) | OPTION_BIT(GEOIP) | OPTION_BIT(SOURCE) | OPTION_BIT(EVENT),
    .run = run,
};
