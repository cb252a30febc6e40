/* SPDX-License-Identifier: Apache-2.0 */
/* Rule texts, through all of lang/: YAML, detections, conditions, correlations. What compiles is frozen, printed, and
 * matched against an event without fields and one with a few. Messages must be printable whatever the text holds. */
#include <string.h>
#include <unistd.h>

#include "event/event.h"
#include "fuzz.h"
#include "lang/lang.h"
#include "match/match.h"

const char fuzz_target[] = "yaml";

/* lang_load reads files, so each input becomes one, in the folder that the fuzzer runs in. */
static void
write_rule(const char *path, const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    fuzz_require(f != NULL);
    fuzz_require(fwrite(data, 1, size, f) == size);
    fuzz_require(fclose(f) == 0);
}

static void
run_program(const struct program *program, struct fields *fields)
{
    struct arena scratch;
    struct event ev;
    const uint32_t *rules;
    bool *enabled = calloc(program->rules.n + 1, sizeof *enabled);

    fuzz_require(enabled != NULL);
    memset(enabled, true, program->rules.n);
    struct matcher *matcher = matcher_new(program, enabled, true);
    struct match_scratch *s = match_scratch_new(program);
    arena_init(&scratch);
    event_init(&ev, fields_count(fields), &scratch, NULL);
    event_reset(&ev);
    matcher_run(matcher, s, &ev, &rules);
    event_reset(&ev);
    for (field_id f = 1; f < fields_count(fields); f++)
        event_set_text(&ev, f, f % 2 ? SV("203.0.113.7") : SV("Get followers fast"));
    matcher_run(matcher, s, &ev, &rules);
    event_fini(&ev);
    arena_fini(&scratch);
    match_scratch_free(s);
    matcher_free(matcher);
    free(enabled);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    const char *const rules[] = { path };
    const struct lang_options options = { .rules = rules, .n_rules = 1 };
    struct diags *d = diags_new();
    struct fields *fields = fields_new();
    struct program *program = NULL;
    FILE *sink = fopen("/dev/null", "w");

    fuzz_require(sink != NULL);
    snprintf(path, sizeof path, "fuzz-rule-%ld.yml", (long)getpid());
    write_rule(path, data, size);
    const enum err err = lang_load(&options, fields, &program, NULL, d);
    unlink(path);
    fuzz_require(err == ERR_OK || diags_errors(d) != 0);
    diags_sort(d);
    diags_print(d, sink);
    if (err == ERR_OK) {
        program_dump(program, SV_NONE, sink);
        run_program(program, fields);
    }
    fclose(sink);
    program_free(program);
    fields_free(fields);
    diags_free(d);
    return 0;
}
