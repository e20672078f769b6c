/* unseen.c
 * Bytes that were lost before the capture point. See analysis/health/unseen.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/delivery.h"
#include "analysis/health/hosts.h"
#include "analysis/health/unseen.h"

/* Returns whether the first bytes of a side that are not acknowledged were not captured, though
 * what follows them was. */
static bool has_hole(const trade_side_t *side)
{
    return side->is_acked && side->holes &&
           trade_holes_find(side->holes, side->unacked, side->unacked + 1);
}

/* Returns whether the host of a side was silent for half of a time or more, and for longer than its
 * Pings allow: then it may have paused when bytes came to it that the capture lacks. In a shorter
 * pause, they would come again after it, at the distances of TCP's backoff. */
static bool may_be_gone(const trade_side_t *side, const trade_span_t *span)
{
    const trade_time_t silent = trade_host_get_silence(side->host, span);

    return side->rhythm.own > 0 && silent > side->rhythm.own * 3 / 2 &&
           trade_is_half(silent, trade_span_get_length(span));
}

/* Notes that a side goes on behind bytes that never came here. */
static void go_on_behind(trade_side_t *side, const trade_side_t *peer,
                         const trade_segment_t *segment)
{
    trade_unseen_t *unseen = &side->unseen;
    const trade_span_t sent = { side->heard, segment->when };

    if (!has_hole(side)) {
        unseen->frame = 0;
        return;
    }
    if (!trade_is_after(segment->seq, side->unacked))
        return;
    if (unseen->frame == 0 || unseen->seq != side->unacked)
        *unseen = (trade_unseen_t){ .seq = side->unacked,
                                    .frame = segment->frame,
                                    .since = segment->when,
                                    .is_for_nobody = may_be_gone(peer, &sent) };
    unseen->is_behind = true;
}

/* Notes that the other side still waits for these bytes. */
static void wait_for(trade_side_t *side, const trade_segment_t *segment)
{
    trade_unseen_t *unseen = &side->unseen;

    if (unseen->frame == 0 || !(segment->flags & TRADE_TCP_ACK))
        return;
    if (trade_is_after(segment->ack, unseen->seq)) {
        unseen->frame = 0;
        return;
    }
    if (!unseen->is_behind || unseen->is_for_nobody || segment->ack != unseen->seq ||
        segment->when - unseen->since < TRADE_ALIVE_AFTER)
        return;
    unseen->is_behind = false;
    unseen->times++;
    unseen->last_frame = segment->frame;
    unseen->last = segment->when;
}

void trade_evidence_watch_unseen(trade_side_t *side, trade_side_t *peer,
                                 const trade_segment_t *segment)
{
    if (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST))
        return;
    if (side->holes || side->unseen.frame != 0)
        go_on_behind(side, peer, segment);
    wait_for(peer, segment);
}
