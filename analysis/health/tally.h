/* tally.h
 * What the Pings and Pongs of a connection come to, for the table and for the judgement.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_TALLY_H
#define TRADE_ANALYSIS_HEALTH_TALLY_H

#include "analysis/health/incidents.h"
#include "analysis/health/points.h"
#include "analysis/pings/records.h"

/* What the Pings and Pongs of a side come to. */
typedef struct trade_tally {
    uint32_t responses;        /* Pongs to its Pings */
    trade_time_t response_min; /* the shortest response time */
    trade_time_t response_max; /* the longest response time */
    trade_time_t response_sum; /* of all response times */
    int64_t send_delay;        /* the largest, in microseconds */
    trade_span_t longest_gap;  /* between two of its Pings */
} trade_tally_t;

/* How many PDUs wait for the point to show them by which their connection is judged. */
enum { TRADE_HELD_MAX = 16 };

/* What the PDUs of a connection come to. */
typedef struct trade_tallies {
    trade_tally_t sides[2];
    uint32_t held[TRADE_HELD_MAX]; /* records in frames of the other point, by number */
    unsigned held_count;
} trade_tallies_t;

/* What the records of a connection are added to. */
typedef struct trade_tally_target {
    trade_tallies_t *tallies;
    trade_health_t *health;
    const trade_health_context_t *context;
    const trade_points_t *points;
    uint32_t stream; /* tcp.stream */
} trade_tally_target_t;

/* Each adds records of a connection to what its sides come to, and to its health: those of the
 * frame that is dissected, or those held whose bytes the right point has shown since. Returns the
 * sides, a bit each, that turn out to keep to another interval than was known. */
unsigned trade_tally_add_frame(const trade_tally_target_t *target, uint32_t frame);
unsigned trade_tally_add_held(const trade_tally_target_t *target);

/* Holds the records of the frame that is dissected, which is of the point by which the connection
 * is not judged, until the other one shows their bytes. Returns sides as above: of more than can be
 * held, the oldest are added. */
unsigned trade_tally_hold_frame(const trade_tally_target_t *target, uint32_t frame);

#endif /* TRADE_ANALYSIS_HEALTH_TALLY_H */
