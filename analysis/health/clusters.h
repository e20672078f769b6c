/* clusters.h
 * What was found of connections that may be of one cause, put together by the rules of
 * analysis/health/causes.h.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_CLUSTERS_H
#define TRADE_ANALYSIS_HEALTH_CLUSTERS_H

#include "analysis/health/cause.h"
#include "analysis/health/crowd.h"

/* Sets the incidents that the troubles come to, in no order: what they share, their place, times,
 * outage and number of troubles. Sets the incident of each trouble. open: all connections. */
void trade_clusters_find(trade_causes_t *causes, const trade_crowd_t open[TRADE_SHARES],
                         trade_allocate_t allocate);

/* Orders numbers, for qsort(). */
static inline int trade_compare_numbers(uint64_t one, uint64_t other)
{
    return (one > other) - (one < other);
}

#endif /* TRADE_ANALYSIS_HEALTH_CLUSTERS_H */
