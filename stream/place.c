/* place.c
 * How far a byte stream was delivered, and what a segment that arrives means for that.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/place.h"

static uint32_t get_smaller(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

trade_reach_t trade_place_reach(const trade_place_t *place, uint32_t seq, uint32_t length)
{
    const int32_t distance = (int32_t)(seq - place->seq);
    trade_reach_t reach = { .trust = TRADE_TRUST_NONE };

    if (place->buffered > 0 && seq == place->seq - place->buffered)
        return (trade_reach_t){ .trust = place->next, .buffered = place->buffered };
    if (distance > 0) {
        reach.missing = (uint32_t)distance;
        /* What TCP buffers it did not deliver. */
        reach.is_upper_bound = place->buffered > 0;
    }
    if (place->buffered > 0) {
        if (distance <= 0)
            reach.already_shown = get_smaller(0U - (uint32_t)distance, length);
        else if (place->remaining == (uint32_t)distance)
            reach.trust = TRADE_TRUST_BOUNDARY;
    } else if (distance <= (int64_t)place->remaining) {
        reach.already_shown = get_smaller(place->remaining - (uint32_t)distance, length);
        reach.trust = place->next;
    }
    return reach;
}

void trade_place_advance(trade_place_t *place, uint32_t end)
{
    place->remaining -= get_smaller(place->remaining, end - place->seq);
    place->seq = end;
}

trade_place_t trade_place_before_buffered(const trade_place_t *place)
{
    return (trade_place_t){ .seq = place->seq - place->buffered,
                            .remaining = place->buffered > 0 ? 0 : place->remaining,
                            .next = place->next };
}
