/* capture.h
 * What all connections of a capture show of the capture itself: whether it paused, and whether its
 * clock was set.
 *
 * Knows nothing of Wireshark. Of fixed size.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_CAPTURE_H
#define TRADE_ANALYSIS_HEALTH_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/time.h"

/* How many pauses of the capture, and how many steps of its clock, are kept. */
enum { TRADE_PAUSES_MAX = 16, TRADE_STEPS_MAX = 16 };

/* A step of the capture's clock. */
typedef struct trade_capture_step {
    trade_span_t span;   /* in which the clock was set */
    trade_time_t amount; /* by which it was set, forward */
    uint32_t frame;      /* the first after it */
} trade_capture_step_t;

/* What all connections of a capture show of the capture itself. */
typedef struct trade_capture {
    trade_time_t now;   /* when the newest frame of any connection came */
    trade_time_t epoch; /* when the current count of connections began */
    uint32_t number;    /* of the epoch */
    uint32_t live;      /* connections with a frame in this epoch */
    uint32_t lived;     /* connections with a frame in the epoch before */
    trade_time_t quiet; /* the longest time without a frame that was no pause */
    struct {
        trade_span_t span;
        uint32_t connections;                    /* that had been heard shortly before */
        uint32_t frame;                          /* the first after it */
        bool is_unusual;                         /* a pause by what is usual in this capture */
    } pauses[TRADE_PAUSES_MAX];                  /* the newest, in a ring */
    uint32_t pause_count;                        /* of all pauses, those no longer kept too */
    trade_capture_step_t steps[TRADE_STEPS_MAX]; /* the newest, in a ring */
    uint32_t step_count;                         /* of all steps, those no longer kept too */
} trade_capture_t;

/* Notes a frame of the capture, whatever it holds. usual: the usual interval between Pings. */
void trade_capture_add(trade_capture_t *capture, trade_time_t when, uint32_t frame,
                       trade_time_t usual);

/* Notes that the frame is of a connection. heard: the epoch in which that was last seen, for it
 * to keep; 0: never. */
void trade_capture_hear(trade_capture_t *capture, uint32_t *heard);

/* Notes that a connection has ended. heard: as above. */
void trade_capture_forget(trade_capture_t *capture, uint32_t *heard);

/* Notes that the capture's clock was set, as one clock in PDUs shows; others may show the same. */
void trade_capture_add_step(trade_capture_t *capture, trade_span_t span, trade_time_t amount,
                            uint32_t frame);

/* A stretch of a capture, by times and by frames: time may go back. */
typedef struct trade_stretch {
    trade_span_t span;
    uint32_t first; /* frame */
    uint32_t last;  /* frame; 0: to the end */
} trade_stretch_t;

/* Returns how long of a stretch the capture paused, if one such pause is at least that long, or
 * unusual; sets *which to the index of the longest. 0: it did not. */
trade_time_t trade_capture_get_pause(const trade_capture_t *capture, const trade_stretch_t *stretch,
                                     trade_time_t least, unsigned *which);

/* Returns whether the capture paused not long before a time: for this long at least, until so long
 * before it at most. */
bool trade_capture_is_after_pause(const trade_capture_t *capture, trade_time_t when,
                                  trade_time_t least, trade_time_t most);

/* Returns how far the clock was set in a time, by PDUs that may come after it, and sets *which to
 * the index of the first. 0: it was not. */
trade_time_t trade_capture_get_step(const trade_capture_t *capture, const trade_span_t *span,
                                    unsigned *which);

#endif /* TRADE_ANALYSIS_HEALTH_CAPTURE_H */
