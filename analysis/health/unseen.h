/* unseen.h
 * Bytes that were lost before the capture point: they never came here, nor to the other side.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_UNSEEN_H
#define TRADE_ANALYSIS_HEALTH_UNSEEN_H

#include "analysis/health/state.h"

/* Notes what a segment shows of bytes that its side sent, and of those that the other side did. For
 * each segment but those captured twice, after its bytes and acknowledgements were counted. */
void trade_evidence_watch_unseen(trade_side_t *side, trade_side_t *peer,
                                 const trade_segment_t *segment);

#endif /* TRADE_ANALYSIS_HEALTH_UNSEEN_H */
