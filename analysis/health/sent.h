/* sent.h
 * When a side sent what came, and whether it sent anything between: by the clock of its kernel,
 * which TCP timestamps show, and by its answers to keepalives.
 *
 * The capture shows when a segment came. It was sent just before that, or long before, in a slow
 * network. A side is silent up to a time if it is certain that it had sent nothing by then but what
 * was seen, though it was free to send.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SENT_H
#define TRADE_ANALYSIS_HEALTH_SENT_H

#include "analysis/health/state.h"

/* Returns whether a kernel's clock is known. */
bool trade_stamps_are_known(const trade_stamps_t *stamps);

/* Returns how far a segment's timestamp is behind that clock, at least; negative: it is ahead. */
trade_time_t trade_stamps_get_behind(const trade_stamps_t *stamps, const trade_segment_t *segment);

/* Returns whether a segment's timestamp is what that clock showed when it came. */
bool trade_stamps_fit(const trade_stamps_t *stamps, const trade_segment_t *segment);

/* Returns whether a segment was sent a second before it came, at most: it acknowledges bytes of the
 * other side that were sent once, and passed the capture point no longer before. */
bool trade_stamps_is_fresh(const trade_side_t *peer, const trade_segment_t *segment);

/* Notes when a segment was sent, and whether its side was silent until then. For each segment but
 * those captured twice, before its bytes and acknowledgements are counted. */
void trade_evidence_watch_sent(trade_side_t *side, trade_side_t *peer,
                               const trade_segment_t *segment);

#endif /* TRADE_ANALYSIS_HEALTH_SENT_H */
