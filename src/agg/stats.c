/* SPDX-License-Identifier: Apache-2.0 */
/* The densities are evaluated by Loader's saddle-point expansion ("Fast and accurate computation of binomial
 * probabilities", 2000): the large logarithms cancel on paper instead of in floating point, so a density keeps nearly
 * all of its digits even for millions of trials. A tail is then the sum of its terms from the largest on. */
#include "agg/stats.h"

#include <math.h>
#include <stddef.h>

#define TWO_PI 6.283185307179586476925286766559

/* log(n!) minus Stirling's approximation to it. */
static double
stirling_error(double n)
{
    /* clang-format off */
    static const double small[16] = {
        0.0, 0.081061466795327258219670263594, 0.041340695955409294093822081407,
        0.027677925684998339148789292746, 0.020790672103765093111522771768, 0.016644691189821192163194865374,
        0.013876128823070747998745727024, 0.011896709945891770095055724118, 0.010411265261972096497478567133,
        0.009255462182712732917728636633, 0.008330563433362871256469318660, 0.007573675487951840794972024212,
        0.006942840107209529865664152663, 0.006408994188004207068439631083, 0.005951370112758847735624416046,
        0.005554733551962801371038689960,
    };
    /* clang-format on */
    if (n <= 15)
        return small[(size_t)n];
    const double nn = n * n;
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / nn) / nn) / nn) / nn) / n;
}

/* x log(x / m) + m - x, also where x and m nearly agree. */
static double
deviance(double x, double m)
{
    if (fabs(x - m) >= 0.1 * (x + m))
        return x * log(x / m) + m - x;
    double v = (x - m) / (x + m);
    double sum = (x - m) * v;
    double term = 2 * x * v;
    v *= v;
    for (int j = 1; j < 1000; j++) {
        term *= v;
        const double next = sum + term / (2 * j + 1);
        if (next <= sum && next >= sum)
            break;
        sum = next;
    }
    return sum;
}

static double
binomial_density(double k, double n, double p)
{
    const double q = 1 - p;
    if (k <= 0)
        return exp(n * log1p(-p));
    if (k >= n)
        return exp(n * log(p));
    const double log_density =
        stirling_error(n) - stirling_error(k) - stirling_error(n - k) - deviance(k, n * p) - deviance(n - k, n * q);
    return exp(log_density) * sqrt(n / (TWO_PI * k * (n - k)));
}

static double
poisson_density(double k, double lambda)
{
    if (k <= 0)
        return exp(-lambda);
    return exp(-stirling_error(k) - deviance(k, lambda)) / sqrt(TWO_PI * k);
}

/* The sum of P[X = j] from j = k away from the mean: upwards, or downwards to 0. Terms only get smaller. */
static double
binomial_side(double k, double n, double p, int step)
{
    const double odds = p / (1 - p);
    double term = binomial_density(k, n, p), sum = 0;
    for (double j = k; j >= 0 && j <= n && term > sum * 1e-18; j += step) {
        sum += term;
        term *= step > 0 ? (n - j) / (j + 1) * odds : j / (n - j + 1) / odds;
    }
    return sum;
}

double
stats_binomial_tail(uint64_t k, uint64_t n, double p)
{
    if (k == 0)
        return 1;
    if (k > n || p <= 0)
        return 0;
    if (p >= 1)
        return 1;
    const double mean = (double)n * p;
    if ((double)k > mean)
        return fmin(1, binomial_side((double)k, (double)n, p, 1));
    return fmax(0, 1 - binomial_side((double)k - 1, (double)n, p, -1));
}

static double
poisson_side(double k, double lambda, int step)
{
    double term = poisson_density(k, lambda), sum = 0;
    for (double j = k; j >= 0 && term > sum * 1e-18; j += step) {
        sum += term;
        term *= step > 0 ? lambda / (j + 1) : j / lambda;
    }
    return sum;
}

double
stats_poisson_tail(uint64_t k, double lambda)
{
    if (k == 0)
        return 1;
    if (lambda <= 0)
        return 0;
    if ((double)k > lambda)
        return fmin(1, poisson_side((double)k, lambda, 1));
    return fmax(0, 1 - poisson_side((double)k - 1, lambda, -1));
}

/* Beyond the mean the terms shrink at least as fast as a geometric series with the ratio of the first two, so `first`
 * and first / (1 - ratio) enclose the tail; only what lies between is summed. A margin keeps rounding out of the
 * decision. */
#define MARGIN 1e-9

static bool
is_clearly_below(double first, double ratio, double p_value)
{
    return first <= p_value * (1 - ratio) * (1 - MARGIN);
}

bool
stats_binomial_below(uint64_t k, uint64_t n, double p, double p_value)
{
    if (k > 0 && k <= n && p > 0 && p < 1 && (double)k > (double)n * p) {
        const double first = binomial_density((double)k, (double)n, p);
        if (first > p_value * (1 + MARGIN))
            return false;
        if (is_clearly_below(first, ((double)n - (double)k) / ((double)k + 1) * (p / (1 - p)), p_value))
            return true;
    }
    return stats_binomial_tail(k, n, p) < p_value;
}

bool
stats_poisson_below(uint64_t k, double lambda, double p_value)
{
    if (k > 0 && lambda > 0 && (double)k > lambda) {
        const double first = poisson_density((double)k, lambda);
        if (first > p_value * (1 + MARGIN))
            return false;
        if (is_clearly_below(first, lambda / ((double)k + 1), p_value))
            return true;
    }
    return stats_poisson_tail(k, lambda) < p_value;
}

/* a[0] + a[1] x + ... + a[7] x^7 */
static double
polynomial(const double a[8], double x)
{
    double y = a[7];
    for (int i = 6; i >= 0; i--)
        y = y * x + a[i];
    return y;
}

double
stats_normal_quantile(double p)
{
    static const double centre[2][8] = {
        { 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
          4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3 },
        { 1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
          3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3 },
    };
    static const double flank[2][8] = {
        { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
          1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4 },
        { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
          1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9 },
    };
    static const double far[2][8] = {
        { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
          2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7 },
        { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
          7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15 },
    };
    const double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(centre[0], r) / polynomial(centre[1], r);
    }
    const double r = sqrt(-log(q <= 0 ? p : 1 - p));
    const double z = r <= 5 ? polynomial(flank[0], r - 1.6) / polynomial(flank[1], r - 1.6)
                            : polynomial(far[0], r - 5) / polynomial(far[1], r - 5);
    return q < 0 ? -z : z;
}

double
stats_wilson_lower(uint64_t k, uint64_t n, double z)
{
    const double count = (double)n, share = (double)k / count;
    const double centre = share + z * z / (2 * count);
    const double spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count));
    return (centre - spread) / (1 + z * z / count);
}
