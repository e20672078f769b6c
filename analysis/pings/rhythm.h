/* rhythm.h
 * How often a side sends Pings, learned from what it did.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_PINGS_RHYTHM_H
#define TRADE_PINGS_RHYTHM_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/time.h"

/* How many gaps between Pings are kept. */
enum { TRADE_GAPS_MAX = 8 };

/* How often a side sends Pings, learned from what it did. */
typedef struct trade_rhythm {
    trade_time_t gaps[TRADE_GAPS_MAX]; /* between Pings, the newest last */
    uint32_t count;                    /* of these */
    trade_time_t own;                  /* the interval that it keeps to; 0: none so far */
} trade_rhythm_t;

/* Adds a time between two Pings. usual: the usual interval, which it takes more to go below than
 * beyond. Returns whether it shows that the sender keeps to another interval than before, which
 * the last gaps, from *first on, have. */
bool trade_rhythm_add(trade_rhythm_t *rhythm, trade_time_t gap, trade_time_t usual,
                      unsigned *first);

/* Returns the interval that Pings keep to, or the usual one. */
trade_time_t trade_rhythm_get(const trade_rhythm_t *rhythm, trade_time_t usual);

/* Returns the interval of most gaps that are kept, if it is less than the side's own; else that,
 * or 0 if it is not known. */
trade_time_t trade_rhythm_get_least(const trade_rhythm_t *rhythm);

#endif /* TRADE_PINGS_RHYTHM_H */
