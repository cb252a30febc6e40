/* SPDX-License-Identifier: Apache-2.0 */
/* The program as people read it: what `explain` prints and golden files hold. Everything is printed by name, in the
 * order of the program, so that the text changes only when the meaning does. */
#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/number.h"
#include "base/timestamp.h"
#include "ir/program.h"

/* ---- predicates ---- */

static void
print_bytes(struct sv text, const char *escaped, FILE *to)
{
    for (size_t i = 0; i < text.n; i++) {
        const unsigned char c = (unsigned char)text.p[i];
        if (c < 0x20 || c == 0x7f)
            fprintf(to, "\\x%02x", c);
        else
            fprintf(to, "%s%c", strchr(escaped, c) != NULL ? "\\" : "", c);
    }
}

void
program_print_text(struct sv text, FILE *to)
{
    putc('"', to);
    print_bytes(text, "\"\\", to);
    putc('"', to);
}

static void
print_field(const struct program *p, field_id field, FILE *to)
{
    if (field == FIELD_ANY)
        fputs("(any value)", to);
    else
        fprintf(to, "%.*s", SV_ARG(fields_name(p->fields, field)));
}

/* As a rule writes it; a dash of windash, which has no spelling, is shown as [-]. */
static void
print_glob(const struct pred *pred, FILE *to)
{
    putc('"', to);
    for (size_t i = 0; i < pred->n_glob; i++)
        switch (pred->glob[i].kind) {
        case GLOB_TEXT:
            print_bytes(pred->glob[i].text, "\"\\*?", to);
            break;
        case GLOB_ANY:
            putc('*', to);
            break;
        case GLOB_ONE:
            putc('?', to);
            break;
        case GLOB_DASH:
            fputs("[-]", to);
            break;
        }
    putc('"', to);
}

static void
print_regex(const struct regex *r, FILE *to)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = { { REGEX_FOLD, "i" }, { REGEX_MULTILINE, "m" }, { REGEX_DOTALL, "s" }, { REGEX_LITERAL, "literal" } };
    program_print_text(regex_pattern(r), to);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (regex_flags(r) & names[i].flag)
            fprintf(to, " %s", names[i].name);
}

static void
print_network(const struct pred *pred, FILE *to)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    const bool v4 = pred->prefix_bits >= 96 && memcmp(pred->address, mapped, sizeof mapped) == 0;
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(v4 ? AF_INET : AF_INET6, pred->address + (v4 ? 12 : 0), text, sizeof text);
    fprintf(to, "%s/%d", text, pred->prefix_bits - (v4 ? 96 : 0));
}

static void
print_number(double x, FILE *to)
{
    char text[NUMBER_TEXT_MAX];
    number_format(x, text);
    fputs(text, to);
}

static void
print_operand(const struct program *p, const struct pred *pred, FILE *to)
{
    switch (pred->op) {
    case OP_EQ:
    case OP_CONTAINS:
    case OP_STARTS:
    case OP_ENDS:
        program_print_text(pred->text, to);
        break;
    case OP_GLOB:
        print_glob(pred, to);
        break;
    case OP_REGEX:
        print_regex(pred->regex, to);
        break;
    case OP_CIDR:
        print_network(pred, to);
        break;
    case OP_NUMBER:
        fprintf(to, "%s%s%s ", date_part_name(pred->part), pred->part != PART_NONE ? " " : "",
                compare_name(pred->compare));
        print_number(pred->number, to);
        break;
    case OP_BOOLEAN:
        fputs(pred->boolean ? "true" : "false", to);
        break;
    case OP_FIELDREF:
        fprintf(to, "%s ", op_name(pred->ref_op));
        print_field(p, pred->ref, to);
        break;
    case OP_NULL:
    case OP_EXISTS:
    case OP_COUNT_:
        break;
    }
}

void
program_print_pred(const struct program *p, pred_id id, FILE *to)
{
    const struct pred *pred = &p->preds.v[id];
    print_field(p, pred->field, to);
    fprintf(to, " %s", op_name(pred->op));
    if (pred->op != OP_NULL && pred->op != OP_EXISTS) {
        putc(' ', to);
        print_operand(p, pred, to);
    }
    if (pred->cased && pred->op != OP_REGEX)
        fputs(" cased", to);
}

/* ---- expressions ---- */

typedef void leaf_fn(const void *ctx, uint32_t leaf, FILE *to);

struct leaf_printer {
    leaf_fn *fn;
    const void *ctx;
};

static void
print_expr(const struct expr *e, const struct leaf_printer *leaf, int indent, FILE *to)
{
    static const char *const word[] = {
        [EXPR_FALSE] = "never", [EXPR_TRUE] = "always", [EXPR_NOT] = "not", [EXPR_AND] = "and", [EXPR_OR] = "or",
    };
    fprintf(to, "%*s", indent, "");
    if (e->label.n != 0)
        fprintf(to, "[%.*s] ", SV_ARG(e->label));
    if (e->kind == EXPR_PRED)
        leaf->fn(leaf->ctx, e->leaf, to);
    else
        fputs(word[e->kind], to);
    putc('\n', to);
    for (size_t i = 0; i < e->n_kids; i++)
        print_expr(e->kid[i], leaf, indent + 2, to);
}

static void
print_pred_leaf(const void *ctx, uint32_t leaf, FILE *to)
{
    program_print_pred(ctx, leaf, to);
}

static void
print_input_leaf(const void *ctx, uint32_t leaf, FILE *to)
{
    const struct correlation *c = ctx;
    fprintf(to, "%.*s", SV_ARG(c->inputs[leaf].name));
}

/* ---- rules and correlations ---- */

static void
print_words(const char *what, const struct sv *word, size_t n, FILE *to)
{
    if (n == 0)
        return;
    fprintf(to, "  %s ", what);
    for (size_t i = 0; i < n; i++)
        fprintf(to, "%s%.*s", i != 0 ? ", " : "", SV_ARG(word[i]));
    putc('\n', to);
}

static void
print_entity(const struct program *p, const struct rule_meta *meta, FILE *to)
{
    if (meta->entity_type.n == 0)
        return;
    fprintf(to, "  entity %.*s", SV_ARG(meta->entity_type));
    if (meta->entity_id != FIELD_NONE) {
        fputs(" by ", to);
        print_field(p, meta->entity_id, to);
    }
    if (meta->entity_name != FIELD_NONE) {
        fputs(" named ", to);
        print_field(p, meta->entity_name, to);
    }
    putc('\n', to);
}

static void
print_evidence(const struct program *p, const struct rule_meta *meta, FILE *to)
{
    for (size_t i = 0; i < meta->n_evidence; i++) {
        fputs(i == 0 ? "  evidence " : ", ", to);
        print_field(p, meta->evidence[i], to);
    }
    if (meta->n_evidence != 0)
        putc('\n', to);
}

static void
print_meta(const struct program *p, const struct rule_meta *meta, FILE *to)
{
    fprintf(to, "  level %s, risk ", level_names[meta->level]);
    print_number(meta->risk, to);
    putc('\n', to);
    print_words("family", &meta->family, meta->family.n != 0, to);
    print_words("report", &meta->report, meta->report.n != 0, to);
    print_entity(p, meta, to);
    print_words("actions", meta->actions, meta->n_actions, to);
    print_evidence(p, meta, to);
    if (meta->keep_missing_group)
        fputs("  missing-group keep\n", to);
    if (meta->audit)
        fputs("  mode audit\n", to);
}

static void
print_duration(const char *what, int64_t us, FILE *to)
{
    char text[TIME_TEXT_MAX];
    duration_format(us, text);
    fprintf(to, "%s %s\n", what, text);
}

static void
print_logsource(const struct logsource *l, FILE *to)
{
    const struct {
        const char *name;
        struct sv value;
    } part[] = { { "category", l->category }, { "product", l->product }, { "service", l->service } };
    bool any = false;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i].value.n != 0) {
            fprintf(to, "%s%s=%.*s", any ? ", " : "  logsource ", part[i].name, SV_ARG(part[i].value));
            any = true;
        }
    if (any)
        putc('\n', to);
}

static void
print_title(const char *kind, const struct rule_meta *meta, FILE *to)
{
    fprintf(to, "%s %.*s: %.*s\n", kind, SV_ARG(meta->id), SV_ARG(meta->title));
}

static void
print_rule(const struct program *p, const struct rule *r, FILE *to)
{
    const struct leaf_printer leaf = { print_pred_leaf, p };
    print_title("rule", &r->meta, to);
    print_meta(p, &r->meta, to);
    print_logsource(&r->logsource, to);
    for (size_t i = 0; i < r->n_uses; i++) {
        const struct correlation *c = &p->corrs.v[r->uses[i].corr];
        if (c->single)
            print_duration("  reported once per", r->meta.dedup, to);
        else
            fprintf(to, "  used by %.*s\n", SV_ARG(c->meta.id));
    }
    fputs("  condition\n", to);
    print_expr(r->condition, &leaf, 4, to);
}

static void
print_group(const struct program *p, const struct correlation *c, FILE *to)
{
    for (size_t k = 0; k < c->n_group; k++) {
        fprintf(to, "  group by %.*s", SV_ARG(c->group_names[k]));
        for (size_t pos = 0; pos < c->n_inputs; pos++) {
            const field_id field = c->group_fields[pos * c->n_group + k];
            if (c->inputs[pos].is_corr || field == FIELD_NONE ||
                sv_eq(fields_name(p->fields, field), c->group_names[k]))
                continue;
            fputs(", ", to);
            print_field(p, field, to);
            fprintf(to, " of %.*s", SV_ARG(c->inputs[pos].name));
        }
        putc('\n', to);
    }
}

static void
print_correlation(const struct program *p, const struct correlation *c, FILE *to)
{
    const struct leaf_printer leaf = { print_input_leaf, c };
    print_title("correlation", &c->meta, to);
    print_meta(p, &c->meta, to);
    if (c->type_name != NULL)
        fprintf(to, "  type %s\n", c->type_name);
    fprintf(to, "  %s windows, chain level %u%s\n", c->closed ? "closed" : "trailing", c->level,
            c->reported ? "" : ", not reported");
    for (size_t i = 0; i < c->n_inputs; i++)
        fprintf(to, "  %s %.*s\n", c->inputs[i].is_corr ? "findings of" : "hits of", SV_ARG(c->inputs[i].name));
    print_group(p, c, to);
    print_duration("  timespan", c->timespan, to);
    print_words("condition", &c->threshold, c->threshold.n != 0, to);
    if (c->expr != NULL)
        print_expr(c->expr, &leaf, 4, to);
    for (size_t i = 0; i < c->n_args; i++)
        print_words("with", &c->args[i].written, c->args[i].written.n != 0, to);
}

static bool
is_wanted(const struct rule_meta *meta, struct sv only)
{
    return only.n == 0 || sv_eq(meta->id, only);
}

void
program_dump(const struct program *p, struct sv only, FILE *to)
{
    for (size_t i = 0; i < p->rules.n; i++)
        if (is_wanted(&p->rules.v[i].meta, only))
            print_rule(p, &p->rules.v[i], to);
    for (size_t i = 0; i < p->corrs.n; i++)
        if (!p->corrs.v[i].single && is_wanted(&p->corrs.v[i].meta, only))
            print_correlation(p, &p->corrs.v[i], to);
}
