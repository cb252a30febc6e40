/* SPDX-License-Identifier: Apache-2.0 */
/* Tail probabilities, summed directly (1 - cdf loses everything below 1e-16, which is where rules look). Pure
 * functions. */
#ifndef AUTHSIFT_AGG_STATS_H
#define AUTHSIFT_AGG_STATS_H

#include <stdbool.h>
#include <stdint.h>

/* P[X >= k] of the binomial distribution of n trials of probability p, 0 <= p <= 1. */
double stats_binomial_tail(uint64_t k, uint64_t n, double p);

/* P[X >= k] of the Poisson distribution of mean lambda >= 0. */
double stats_poisson_tail(uint64_t k, double lambda);

/* Is the tail below p_value? The same answer as comparing it, but nearly always from its first term: a sliding window
 * asks at every hit. */
bool stats_binomial_below(uint64_t k, uint64_t n, double p, double p_value);
bool stats_poisson_below(uint64_t k, double lambda, double p_value);

/* The z with P[Z <= z] = p of the standard normal distribution, 0 < p < 1 (Wichura's AS 241, 16 digits). */
double stats_normal_quantile(double p);

/* Wilson's lower bound of a share k / n (k <= n, n > 0) at the one-sided quantile z. */
double stats_wilson_lower(uint64_t k, uint64_t n, double z);

#endif
