/* spaces.h
 * Whether the segments between two ends are of one connection. Wireshark's TCP tells connections
 * apart by addresses and ports alone, so it takes those of two networks for one if both use the
 * same: two VLANs, two tunnels, two interfaces, with copies of the same hosts. Their sequence
 * numbers tell: no connection goes back to the numbers that it had before others.
 *
 * Knows nothing of Wireshark, and nothing of what is below IP: a host that moves to another
 * network card, a return path through another VLAN and frames captured twice keep their numbers.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_SPACES_H
#define TRADE_STREAM_SPACES_H

#include "stream/segment.h"

/* How many connections of two ends are told apart at a time. */
enum { TRADE_SPACES_MAX = 4 };

/* The sequence numbers that a connection was seen to use. */
typedef struct trade_space {
    struct {
        bool is_known;
        uint32_t first, next; /* of its bytes, as far as they were sent or acknowledged */
    } sides[2];
    bool is_back;            /* segments came after those of another space */
    bool has_returned;       /* new bytes then proved that the connection goes on */
    uint8_t sides_returned;  /* the sides that sent new bytes then, a bit each */
    trade_time_t began_anew; /* when the ends began another connection; 0: they did not */
} trade_space_t;

/* The connections between two ends, the current one first. All zeros: none so far. */
typedef struct trade_spaces {
    trade_space_t list[TRADE_SPACES_MAX];
    unsigned count;
} trade_spaces_t;

/* Goes on with the spaces of the connection before, when TCP begins another one. */
void trade_spaces_inherit(trade_spaces_t *spaces, const trade_spaces_t *former, trade_time_t when);

/* Adds a segment, with the numbers that it has in its header. Returns whether, with it, it is
 * certain that more than one connection is in the stream, or one that TCP takes for over. */
bool trade_spaces_add(trade_spaces_t *spaces, const trade_segment_t *segment);

/* Returns whether the connection before goes on. */
bool trade_spaces_has_former(const trade_spaces_t *spaces);

#endif /* TRADE_STREAM_SPACES_H */
