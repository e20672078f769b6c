/* lags.h
 * Whether what came late was long on its way, or its host had stood still: by the clock of its
 * kernel, which TCP timestamps show.
 *
 * Both look the same at first: the timestamp is behind. What was on its way for long is followed by
 * segments that are not behind. A clock that stood still stays behind.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_LAGS_H
#define TRADE_ANALYSIS_HEALTH_LAGS_H

#include "analysis/health/state.h"

/* Notes how far a segment's timestamp is behind its side's clock, and what that shows. For each
 * segment but those captured twice, before trade_evidence_watch_sent(). */
void trade_evidence_watch_lag(const trade_evidence_t *evidence, trade_side_t *side,
                              const trade_side_t *peer, const trade_segment_t *segment);

/* Returns the longest that is known of a side of this kind, and in a part of a time at
 * least, or NULL: none is. It lives as long as the evidence, but newer ones replace it. */
const trade_lag_t *trade_lags_find(const trade_side_t *side, trade_lag_kind_t kind,
                                   const trade_span_t *span);

#endif /* TRADE_ANALYSIS_HEALTH_LAGS_H */
