/* clock.h
 * A sender's clock against that of the capture: how far it is off, how it drifts, and when one of
 * the two was set. This shows which PDUs waited before they were sent, though the clocks differ.
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

/* How many differences must agree to show that a clock was set, and how many slopes give the
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
    trade_time_t start;                /* where the line of expected differences begins */
    int64_t offset;                    /* the line's difference at start, in microseconds */
    double drift;                      /* how much the line rises, in microseconds a second */
    trade_time_t opened;               /* when the current five minutes began */
    bool has_least;                    /* a difference came in the current five minutes */
    int64_t least;                     /* the smallest of these, from the line, in microseconds */
    trade_time_t least_at;             /* when that was */
    double slopes[TRADE_CLOCK_SLOPES]; /* of the last five minutes each, in a ring */
    uint32_t slope_count;
    trade_time_t last; /* when the difference was last as expected */
    trade_clock_sample_t
        jumps[TRADE_CLOCK_JUMPS]; /* the newest differences, if all were far above */
    uint32_t jump_count;
} trade_clock_t;

/* A clock that was set. */
typedef struct trade_clock_step {
    trade_span_t span;   /* in which it was set */
    trade_time_t amount; /* by how much, in ns: more than 0 if the capture's was set forward */
    trade_clock_sample_t jumps[TRADE_CLOCK_JUMPS]; /* the differences that showed it */
    int64_t delays[TRADE_CLOCK_JUMPS]; /* by how much each of these PDUs is late, in microseconds */
} trade_clock_step_t;

/* Adds a difference, and sets *delay to how many microseconds it is beyond what is expected, 0 or
 * more. Returns whether it shows that a clock was set: then fills in *step. */
bool trade_clock_add(trade_clock_t *clock, const trade_clock_sample_t *sample, int64_t *delay,
                     trade_clock_step_t *step);

#endif /* TRADE_PINGS_CLOCK_H */
