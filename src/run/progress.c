/* SPDX-License-Identifier: Apache-2.0 */
#include "run/progress.h"

#include <stdio.h>

static const char *
scaled(double x, char out[32])
{
    static const char *const unit[] = { "", "k", "M", "G", "T" };
    size_t u = 0;
    while (x >= 1000 && u < 4) {
        x /= 1000;
        u++;
    }
    snprintf(out, 32, u == 0 ? "%.0f%s" : "%.1f%s", x, unit[u]);
    return out;
}

void
progress_draw(const struct progress_state *s)
{
    char bytes[32];
    char rate[32];
    char hits[32];
    const double per_second = s->seconds > 0 ? (double)s->events / s->seconds : 0;

    fprintf(stderr, "\r%sB read", scaled((double)s->bytes_in, bytes));
    if (s->bytes_total != 0)
        fprintf(stderr, " (%.0f%%)", 100.0 * (double)s->bytes_in / (double)s->bytes_total);
    fprintf(stderr, ", %s events/s, %s hits", scaled(per_second, rate), scaled((double)s->hits, hits));
    if (s->bytes_in != 0 && s->bytes_total > s->bytes_in)
        fprintf(stderr, ", %.0f s left", s->seconds * (double)(s->bytes_total - s->bytes_in) / (double)s->bytes_in);
    fputs("\033[K", stderr);
    fflush(stderr);
}

void
progress_clear(void)
{
    fputs("\r\033[K", stderr);
    fflush(stderr);
}
