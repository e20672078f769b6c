/* clock.h
 * A sender's clock against that of the capture: how far it is off, how it drifts, and when one of
 * the two was set. So that a PDU which waited before it was sent is told from clocks that differ.
 *
 * The smallest difference in each five minutes is that of a PDU which did not wait; a line through
 * the last of these is what is expected. A difference that jumps and stays is a clock that was set.
 *
 * Knows nothing of Wireshark. Of fixed size.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_PINGS_CLOCK_H
#define TRADE_PINGS_CLOCK_H

#include "wire/time.h"

/* How many differences must agree to show that a clock was set, and how many slopes tell the
 * drift. */
enum { TRADE_CLOCK_JUMPS = 3, TRADE_CLOCK_SLOPES = 5 };

/* A difference between capture and clock. */
typedef struct trade_clock_sample {
    trade_time_t when;
    int64_t offset;  /* in microseconds */
    uint32_t record; /* the caller's, of the PDU */
} trade_clock_sample_t;

/* What is known of a clock. All 0: nothing. */
typedef struct trade_clock {
    bool is_known;
    trade_time_t start;  /* the line goes through this time, */
    int64_t offset;      /* and this difference, in microseconds, */
    double drift;        /* and rises by this many microseconds a second */
    trade_time_t opened; /* when the current five minutes began, */
    trade_time_t least_at;
    int64_t least; /* their smallest difference from the line, at that time */
    bool has_least;
    double slopes[TRADE_CLOCK_SLOPES]; /* of the last five minutes each, in a ring */
    uint32_t slope_count;
    trade_time_t last;                             /* when the difference was last as expected */
    trade_clock_sample_t jumps[TRADE_CLOCK_JUMPS]; /* in a row, that were not */
    uint32_t jump_count;
} trade_clock_t;

/* A clock that was set. */
typedef struct trade_clock_step {
    trade_span_t span;   /* in which it was */
    trade_time_t amount; /* how far, in ns: forward is the capture's forward */
    trade_clock_sample_t jumps[TRADE_CLOCK_JUMPS]; /* that showed it, */
    int64_t delays[TRADE_CLOCK_JUMPS];             /* and what is left of their delays */
} trade_clock_step_t;

/* Adds a difference, and sets *delay to how many microseconds it is beyond what is expected, 0 or
 * more. Returns whether it shows that a clock was set: then fills in *step. */
bool trade_clock_add(trade_clock_t *clock, const trade_clock_sample_t *sample, int64_t *delay,
                     trade_clock_step_t *step);

#endif /* TRADE_PINGS_CLOCK_H */
