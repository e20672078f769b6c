/* delivery.h
 * Which bytes are in flight, retransmitted and acknowledged, and whether the receiver was alive;
 * and which were lost before the capture point: they never came here, nor to the other side.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_DELIVERY_H
#define TRADE_ANALYSIS_HEALTH_DELIVERY_H

#include "analysis/health/state.h"

/* Returns the longest distance of retransmissions that TCP's backoff explains after another one: it
 * doubles them, or keeps them, and no timer is exact. */
static inline trade_time_t trade_backoff_get_longest(trade_time_t apart)
{
    return apart / 2 * 5;
}

/* Notes what a segment tells of the delivery of the other side's bytes. */
void trade_evidence_watch_delivery(const trade_evidence_t *evidence, trade_side_t *side,
                                   trade_side_t *peer, const trade_segment_t *segment);

/* Notes bytes that a side sends: those that wait for their acknowledgement, for the first time
 * or again. Keepalives and probes of a closed window are neither. */
void trade_evidence_watch_sending(trade_side_t *side, const trade_side_t *peer,
                                  const trade_segment_t *segment, trade_seen_t *seen);

/* Notes what a segment shows of bytes lost before the capture point, its side's and the other's.
 * For each segment but those captured twice, after its bytes and acknowledgements were counted. */
void trade_evidence_watch_unseen(trade_side_t *side, trade_side_t *peer,
                                 const trade_segment_t *segment);

/* Returns whether most sendings of bytes came to the receiver, which did not take them. */
bool trade_sending_is_refused(const trade_sending_t *sending);

#endif /* TRADE_ANALYSIS_HEALTH_DELIVERY_H */
