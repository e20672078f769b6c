/* crowd.h
 * How many connections were open, or well, at a time: stays of time by a key, such as the
 * number of a host, and how many of a key's overlap a time or last all of it.
 *
 * Knows nothing of Wireshark. Each answer takes as long as looking up a word.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_CROWD_H
#define TRADE_ANALYSIS_HEALTH_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "wire/time.h"

/* A time in which something lasts. */
typedef struct trade_stay {
    uint64_t key;
    trade_span_t span;
    uint32_t of;     /* whose it is: the caller's */
    uint32_t answer; /* of a question: how many stays last all of it */
} trade_stay_t;

/* Stays that are counted. All arrays have room for count. */
typedef struct trade_crowd {
    trade_stay_t *stays; /* by key and start, once it is ready */
    trade_stay_t *ends;  /* of these, by key and time: each as if it began and ended then */
    uint32_t *ranks;     /* of each stay, the index of its end */
    uint32_t *sums;      /* of ends: what trade_crowd_answer() counts with */
    uint32_t count;
} trade_crowd_t;

/* Makes a crowd ready, whose stays and count are set. */
void trade_crowd_prepare(trade_crowd_t *crowd);

/* Returns how many stays of a key overlap a span, or touch it. */
uint32_t trade_crowd_count(const trade_crowd_t *crowd, uint64_t key, const trade_span_t *span);

/* Returns how many stays of a key begin after the beginning of a span, and before its end. */
uint32_t trade_crowd_count_begun(const trade_crowd_t *crowd, uint64_t key,
                                 const trade_span_t *span);

/* Answers questions, which it sorts: how many stays of the key last all of the span. Once for a
 * crowd. */
void trade_crowd_answer(trade_crowd_t *crowd, trade_stay_t *questions, uint32_t count);

#endif /* TRADE_ANALYSIS_HEALTH_CROWD_H */
