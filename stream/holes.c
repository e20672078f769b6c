/* holes.c
 * Which bytes of a stream are missing. See stream/holes.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "stream/holes.h"

trade_hole_t *trade_holes_find(trade_holes_t *holes, uint32_t start, uint32_t end)
{
    for (uint32_t i = 0; i < holes->count; i++) {
        trade_hole_t *hole = &holes->list[i];
        if (trade_is_after(end, hole->start) && trade_is_after(hole->end, start))
            return hole;
    }
    return NULL;
}

trade_hole_t *trade_holes_add(trade_holes_t *holes, uint32_t start, uint32_t end)
{
    if (holes->count == TRADE_HOLES_MAX) {
        holes->count--;
        memmove(&holes->list[0], &holes->list[1], holes->count * sizeof holes->list[0]);
    }
    trade_hole_t *hole = &holes->list[holes->count++];
    *hole = (trade_hole_t){ .start = start, .end = end };
    return hole;
}

void trade_holes_shrink(trade_holes_t *holes, trade_hole_t *hole, uint32_t start)
{
    hole->start = start;
    if (!trade_is_after(hole->end, start))
        *hole = holes->list[--holes->count];
}

uint32_t trade_holes_fill(trade_holes_t *holes, uint32_t start, uint32_t end)
{
    trade_hole_t *hole = NULL;
    uint32_t filled = 0;

    while (start != end && (hole = trade_holes_find(holes, start, end))) {
        const uint32_t from = trade_is_after(start, hole->start) ? start : hole->start;
        const uint32_t to = trade_is_after(hole->end, end) ? end : hole->end;
        const uint32_t before = hole->start;
        filled += to - from;
        trade_holes_shrink(holes, hole, to);
        if (from != before)
            trade_holes_add(holes, before, from);
    }
    return filled;
}
