/* SPDX-License-Identifier: Apache-2.0 */
/* session_anomalies.csv: accounts and sessions that were where they could not be. The journey is that of the most
 * urgent finding that has one; a softened one (a likely false alarm) is shown only if there is no other. */
#include <math.h>

#include "base/number.h"
#include "out/apps.h"
#include "out/cells.h"
#include "out/report.h"

static const struct column columns[] = {
    { "account_id", COLUMN_TEXT, "the account" },
    { "session_id", COLUMN_TEXT, "the session" },
    { "risk_score", COLUMN_NUMBER, "risk of the findings, joined: 100 * (1 - prod(1 - risk/100))" },
    { "level", COLUMN_TEXT, "highest level among the findings" },
    { "from", COLUMN_TEXT, "where the account was" },
    { "to", COLUMN_TEXT, "where it was next" },
    { "km", COLUMN_NUMBER, "distance" },
    { "hours", COLUMN_NUMBER, "time between" },
    { "km_per_hour", COLUMN_NUMBER, "speed" },
    { "softened", COLUMN_TEXT, "why the journey may be harmless" },
    { "new", COLUMN_TEXT, "countries, networks or devices not seen before" },
    { "src_ips", COLUMN_TEXT, "source addresses" },
    { "src_countries", COLUMN_TEXT, "source countries" },
    { "findings", COLUMN_COUNT, "number of findings" },
    { "rules", COLUMN_TEXT, "titles of the rules that fired, joined by '; '" },
    { "first_seen", COLUMN_TIME, "earliest event behind the findings" },
    { "last_seen", COLUMN_TIME, "latest event behind the findings" },
    { "actions", COLUMN_TEXT, "recommended actions, joined by blanks" },
    { "finding_ids", COLUMN_TEXT, "rows of findings.csv, joined by blanks" },
};

static struct sv
said(const struct finding *f, const char *name)
{
    struct sv text = SV_NONE;
    if (f != NULL)
        (void)pair_find(f->evidence, f->n_evidence, sv_of(name), &text);
    return text;
}

/* Findings stand in order of urgency. */
static const struct finding *
journey(const struct subject *s)
{
    const struct finding *best = NULL;
    for (size_t i = 0; i < s->findings.n; i++) {
        const struct finding *f = s->findings.v[i];
        if (said(f, "km_per_hour").n == 0)
            continue;
        if (said(f, "softened").n == 0)
            return f;
        best = best != NULL ? best : f;
    }
    return best;
}

static void
put_number(const struct finding *f, struct table *t, const char *name)
{
    double x = NAN;
    (void)number_parse(said(f, name), &x);
    table_number(t, x);
}

static void
put_journey(const struct finding *f, struct table *t)
{
    table_text(t, said(f, "from"));
    table_text(t, said(f, "to"));
    put_number(f, t, "km");
    put_number(f, t, "hours");
    put_number(f, t, "km_per_hour");
    table_text(t, said(f, "softened"));
}

/* The column that all hits of a finding share, of every finding, and what their evidence names. */
static void
put_shared(const struct subject *s, struct table *t, const struct sv *(*column)(const struct finding *),
           const char *const *names)
{
    struct map texts;
    map_init(&texts);
    for (size_t i = 0; i < s->findings.n; i++)
        if (column(s->findings.v[i])->n != 0)
            intern(&texts, *column(s->findings.v[i]));
    if (subject_says(s, names, &texts))
        intern(&texts, SV("..."));
    cell_joined(t, &texts, ", ");
    map_fini(&texts);
}

static const struct sv *
ip_of(const struct finding *f)
{
    return &f->src_ip;
}

static const struct sv *
country_of(const struct finding *f)
{
    return &f->src_country;
}

static void
put_row(const struct subject *s, struct table *t)
{
    static const char *const fresh[] = { "new", NULL };
    static const char *const ips[] = { "src_endpoint.ip", NULL };
    static const char *const countries[] = { "src_endpoint.location.country", NULL };
    table_text(t, s->account);
    table_text(t, s->session);
    table_number(t, risk_shown(s->risk));
    cell_level(t, s->level);
    put_journey(journey(s), t);
    apps_cell_said(s, t, fresh);
    put_shared(s, t, ip_of, ips);
    put_shared(s, t, country_of, countries);
    table_count(t, s->findings.n);
    cell_joined(t, &s->rules, "; ");
    table_time(t, s->first_seen);
    table_time(t, s->last_seen);
    cell_action_set(t, s->actions);
    apps_cell_finding_ids(s, t);
    table_end_row(t);
}

static void
rows(const struct results *r, struct table *t)
{
    struct subjects subjects;
    subjects_gather(&subjects, r, SV("session_anomalies"), SV("session"), SUBJECT_SESSION);
    for (size_t i = 0; i < subjects.n; i++)
        put_row(&subjects.v[i], t);
    subjects_fini(&subjects);
}

const struct report report_session_anomalies = {
    .name = "session_anomalies",
    .file = "session_anomalies.csv",
    .help = "accounts and sessions in places, networks or times that do not fit",
    .columns = columns,
    .n_columns = sizeof columns / sizeof columns[0],
    .brief = "account_id session_id risk_score level from to km hours softened rules",
    .rows = rows,
};
