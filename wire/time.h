/* time.h
 * Times of a capture.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_TIME_H
#define TRADE_WIRE_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Nanoseconds since 1970, as captured; or between two such times. */
typedef int64_t trade_time_t;

#define TRADE_SECOND INT64_C(1000000000)
#define TRADE_NEVER INT64_MAX
/* Times of a capture are between these, in seconds since 1970 (November 1966 to March 2255): then
 * neither their difference overflows, nor a time with some intervals added. */
#define TRADE_EARLIEST_S INT64_C(-100000000)
#define TRADE_LATEST_S INT64_C(9000000000)
/* The longest interval between Pings, and the longest limit for a Pong: a year. */
#define TRADE_INTERVAL_MAX (INT64_C(366) * 86400 * TRADE_SECOND)

/* A stretch of time. */
typedef struct trade_span {
    trade_time_t start;
    trade_time_t end;
} trade_span_t;

/* Returns the length of a span. */
static inline trade_time_t trade_span_get_length(const trade_span_t *span)
{
    return span->end - span->start;
}

/* Returns a duration in seconds. */
static inline double trade_get_seconds(trade_time_t duration)
{
    return (double)duration / 1e9;
}

/* Returns the length of a span in seconds. */
static inline double trade_span_get_seconds(const trade_span_t *span)
{
    return trade_get_seconds(trade_span_get_length(span));
}

/* Returns the later of two times. */
static inline trade_time_t trade_get_later(trade_time_t one, trade_time_t other)
{
    return one > other ? one : other;
}

/* Returns how long two spans overlap. */
static inline trade_time_t trade_span_get_overlap(const trade_span_t *one,
                                                  const trade_span_t *other)
{
    const trade_time_t start = trade_get_later(one->start, other->start);
    const trade_time_t end = one->end < other->end ? one->end : other->end;

    return end > start ? end - start : 0;
}

/* Returns a time of a capture: one that is too early or too late becomes the first, or the last,
 * that can be handled. nanoseconds: 0 to 999999999. */
static inline trade_time_t trade_time_make(int64_t seconds, int nanoseconds)
{
    if (seconds < TRADE_EARLIEST_S)
        return TRADE_EARLIEST_S * TRADE_SECOND;
    if (seconds >= TRADE_LATEST_S)
        return TRADE_LATEST_S * TRADE_SECOND;
    return seconds * TRADE_SECOND + nanoseconds;
}

/* Returns whether a time is one of those: how far it is from others is not known. */
static inline bool trade_time_is_beyond(trade_time_t when)
{
    return when == TRADE_EARLIEST_S * TRADE_SECOND || when == TRADE_LATEST_S * TRADE_SECOND;
}

/* Returns the whole seconds of a time since 1970, which may be before that. */
static inline int64_t trade_time_get_seconds(trade_time_t when)
{
    return when / TRADE_SECOND - (when % TRADE_SECOND < 0);
}

/* Returns the milliseconds of a time after its whole seconds: 0 to 999. */
static inline int trade_time_get_milliseconds(trade_time_t when)
{
    return (int)((when - trade_time_get_seconds(when) * TRADE_SECOND) / 1000000);
}

/* Returns an interval or a limit of so many seconds. 0: the default, in seconds, too. */
static inline trade_time_t trade_interval_make(unsigned seconds, unsigned standard)
{
    const trade_time_t interval = (seconds > 0 ? seconds : standard) * TRADE_SECOND;

    return interval < TRADE_INTERVAL_MAX ? interval : TRADE_INTERVAL_MAX;
}

/* Returns whether a part of a time is half of the whole or more. */
static inline bool trade_is_half(trade_time_t part, trade_time_t whole)
{
    return part > 0 && part >= whole - part;
}

#endif /* TRADE_WIRE_TIME_H */
