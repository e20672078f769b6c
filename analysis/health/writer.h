/* writer.h
 * Writes sentences into a buffer.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_WRITER_H
#define TRADE_ANALYSIS_HEALTH_WRITER_H

#include <stddef.h>

#include "wire/time.h"

/* Lets compilers that can check a format, by its place and that of its first argument. */
#if defined(__GNUC__)
#define TRADE_PRINTF(place, first) __attribute__((format(printf, place, first)))
#else
#define TRADE_PRINTF(place, first)
#endif

/* How a connection is spoken of. */
typedef struct trade_naming {
    const char *side[2]; /* "Trader (10.0.0.1:1195)", "the Multiplexer (192.168.0.1:2107)" */
    uint32_t stream;     /* tcp.stream */
    void (*format_time)(trade_time_t when, char *text, size_t size);
} trade_naming_t;

/* How many frames a sentence names, and how many times a part of it, at most. */
enum { TRADE_FRAMES_MAX = 8, TRADE_TIMES_MAX = 4 };

/* A text that is being written. */
typedef struct trade_writer {
    char *text;
    size_t size;   /* of text, in bytes */
    size_t length; /* of what is written so far */
    const trade_naming_t *naming;
    uint32_t frames[TRADE_FRAMES_MAX]; /* that the filter shows, or its first and its last */
    unsigned frame_count;
    char times[TRADE_TIMES_MAX][64]; /* the newest, in a ring */
    unsigned time_count;
} trade_writer_t;

/* Appends to a text what there is room for. */
void trade_put(trade_writer_t *writer, const char *format, ...) TRADE_PRINTF(2, 3);

/* Returns what the word for so many ends with. */
static inline const char *trade_get_plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* Returns a time as a text, which TRADE_TIMES_MAX others replace. */
const char *trade_format_time(trade_writer_t *writer, trade_time_t when);

/* Appends a filter that shows these frames, of which some may be 0 or the same. */
void trade_put_filter(trade_writer_t *writer, const uint32_t *frames, unsigned count);

/* Appends a filter that shows the connection between two frames. last: 0: up to its end. */
void trade_put_range_filter(trade_writer_t *writer, uint32_t first, uint32_t last);

#endif /* TRADE_ANALYSIS_HEALTH_WRITER_H */
