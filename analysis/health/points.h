/* points.h
 * Whether the segments of a connection were captured at two points, in files that were merged: then
 * each is there twice, from two links. A copy is no retransmission, and what one point shows later,
 * or with another TTL, is no change. So a connection is judged by what one point saw.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_POINTS_H
#define TRADE_ANALYSIS_HEALTH_POINTS_H

#include <stddef.h>

#include "stream/segment.h"

/* How many segments of a side are kept to know their copies by, the first and the newest; and in
 * how many ways a side's segments are seen. */
enum { TRADE_FIRSTS_MAX = 4, TRADE_PRINTS_MAX = 64, TRADE_SIGHTS_MAX = 4 };

/* What a segment is known by. */
typedef struct trade_print {
    trade_time_t when;
    uint32_t seq;
    uint32_t ack;
    uint32_t length;
    uint32_t stamp;
    uint16_t ip_id;
    uint8_t flags;
    uint8_t sight;   /* index of how it was seen */
    bool is_matched; /* a copy of it was seen */
} trade_print_t;

/* How segments of a side are seen. */
typedef struct trade_sight {
    uint32_t link; /* see trade_segment_t */
    uint8_t ttl;
} trade_sight_t;

/* The first RST of a side at each of two points. */
typedef struct trade_points_reset {
    uint32_t judged; /* its frame at the point by which the connection is judged; 0: none */
    uint32_t other;  /* at the other point; 0: none */
    bool has_copy;   /* an RST was seen at both */
} trade_points_reset_t;

/* What two capture points show of a side. */
typedef struct trade_points_side {
    trade_sight_t sights[TRADE_SIGHTS_MAX]; /* in the order in which they were seen */
    trade_print_t firsts[TRADE_FIRSTS_MAX]; /* the first segments */
    trade_print_t *prints; /* TRADE_PRINTS_MAX, a ring; NULL: all are seen one way */
    uint32_t print_count;  /* of these, those no longer kept too */
    uint8_t first_count;
    uint8_t sight_count;
    bool is_paired;  /* there were copies */
    uint8_t pair[2]; /* the sights of the first copy and its original; if is_paired */
    trade_points_reset_t reset;
    bool is_known;    /* it has a byte that the point showed by which it is judged */
    uint32_t next;    /* the end of these bytes; if is_known */
    bool has_payload; /* such a segment had payload */
} trade_points_side_t;

/* The capture points of a connection. All zeros: no segment so far. */
typedef struct trade_points {
    trade_points_side_t sides[2];
    uint32_t copies;   /* each as much as it proves */
    bool is_several;   /* two points captured it, for sure */
    uint8_t reference; /* the side that showed that first; if is_several */
    trade_time_t
        lead; /* how long before the point it is judged by the other showed bytes, at most */
    trade_time_t judged; /* when the point that it is judged by showed a segment */
    trade_time_t ahead;  /* since when the other alone shows bytes that are new; 0: it does not */
    uint32_t frame;      /* with which it was certain that there are two points; 0: it is not */
} trade_points_t;

/* Adds a segment. allocate: returns zeroed memory that lives as long as the points. Returns whether
 * it is of the point by which the connection is not judged. */
bool trade_points_add(trade_points_t *points, const trade_segment_t *segment,
                      void *(*allocate)(size_t size));

/* Returns the one of the capture's two points by which the connection is judged: alive[0] is that
 * near Multiplexers, alive[1] that near modules, by TTLs; NULL: they do not tell. module: the side
 * that is the module's. */
trade_time_t *trade_points_find_alive(const trade_points_t *points, unsigned module,
                                      trade_time_t alive[2]);

/* Returns whether the point that the connection is judged by has shown a byte of a side, or one
 * behind it. */
bool trade_points_has_shown(const trade_points_t *points, unsigned side, uint32_t seq);

/* Returns the frame of an RST claiming to be from a side that something between the points sent:
 * each point shows one claiming to be from the side beyond the other, which that one does not. 0:
 * none. */
uint32_t trade_points_find_forged(const trade_points_t *points, unsigned side);

/* Returns whether a segment of the other point has what the point that the connection is judged by
 * should have shown by now: that is silent since. usual: how long
 * it may be; seen: when that point showed any connection last, or NULL. */
bool trade_points_is_ahead(const trade_points_t *points, const trade_segment_t *segment,
                           trade_time_t usual, const trade_time_t *seen);

#endif /* TRADE_ANALYSIS_HEALTH_POINTS_H */
