/* SPDX-License-Identifier: Apache-2.0 */
#include "query/query.h"

#include "query/answer.h"
#include "query/rows.h"

enum err
query_run(const struct query *q, const struct plan *plan, const struct inputs *in, const struct query_output *out,
          struct health_totals *totals, struct diags *d)
{
    if (q->grouped)
        return answer_run(q, plan, in, out, totals, d);
    if (q->sort.n != 0)
        return rows_run_sorted(q, plan, in, out, totals, d);
    return rows_run(q, plan, in, out, totals, d);
}
