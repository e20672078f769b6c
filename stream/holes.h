/* holes.h
 * Which bytes of a stream are missing, and which of them came after all.
 *
 * Pure arithmetic on sequence numbers: nothing here knows of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_HOLES_H
#define TRADE_STREAM_HOLES_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/time.h"

/* How many holes of a direction are remembered: beyond that, old ones are forgotten. */
#define TRADE_HOLES_MAX 16

/* Returns whether a sequence number comes after another. */
static inline bool trade_is_after(uint32_t seq, uint32_t other)
{
    return (int32_t)(seq - other) > 0;
}

/* Bytes that are missing. */
typedef struct trade_hole {
    uint32_t start; /* sequence number of the first missing byte */
    uint32_t end;   /* sequence number of the first byte after the hole */
    void *data;     /* whatever the caller keeps of it; NULL: nothing */
} trade_hole_t;

/* The holes of a direction. Zeroed: none. */
typedef struct trade_holes {
    trade_hole_t list[TRADE_HOLES_MAX];
    uint32_t count;
} trade_holes_t;

/* Returns a hole that some of the bytes from start to before end are in, or NULL. It is valid until
 * holes are added or filled. */
trade_hole_t *trade_holes_find(trade_holes_t *holes, uint32_t start, uint32_t end);

/* Adds a hole, and returns it. Valid as above. */
trade_hole_t *trade_holes_add(trade_holes_t *holes, uint32_t start, uint32_t end);

/* Moves the start of a hole; removes the hole if nothing is left of it. */
void trade_holes_shrink(trade_holes_t *holes, trade_hole_t *hole, uint32_t start);

/* Takes bytes out of the holes that they are in, and returns how many were missing until now. In
 * the middle of a hole they leave two, without its data. */
uint32_t trade_holes_fill(trade_holes_t *holes, uint32_t start, uint32_t end);

/* What TCP holds back of a direction behind bytes that were not captured. */
typedef struct trade_held {
    uint64_t bytes;     /* 0: nothing */
    uint32_t frame;     /* of the first segment held back */
    trade_time_t since; /* its time */
} trade_held_t;

#endif /* TRADE_STREAM_HOLES_H */
