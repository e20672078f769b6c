/* suspects.h
 * Who may be to blame, by a place.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SUSPECTS_H
#define TRADE_ANALYSIS_HEALTH_SUSPECTS_H

#include "analysis/health/rules.h"

/* A bit each. */
enum { TRADE_SUSPECT_MODULE = 1, TRADE_SUSPECT_NETWORK = 2, TRADE_SUSPECT_MULTIPLEXER = 4 };

/* Returns the suspects of a place. */
unsigned trade_suspects_get(trade_where_t where);

/* Returns which of two suspicions is of fewer: the first, if it suspects nobody else. */
static inline unsigned trade_suspects_get_narrower(unsigned one, unsigned other)
{
    return (one & other) == one ? one : other;
}

/* Returns the place of suspects. */
trade_where_t trade_suspects_get_where(unsigned suspected);

#endif /* TRADE_ANALYSIS_HEALTH_SUSPECTS_H */
