/* bytes.h
 * Which bytes of a side are missing from the capture, and whether times contradict each other.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_BYTES_H
#define TRADE_ANALYSIS_HEALTH_BYTES_H

#include "analysis/health/state.h"

/* Notes when a segment came, and whether time goes back or neither side was seen before it. */
void trade_evidence_watch_time(trade_evidence_t *evidence, const trade_segment_t *segment);

/* Notes a frame that was captured twice. Returns whether it is one. */
bool trade_evidence_watch_duplicate(trade_evidence_t *evidence, trade_side_t *side,
                                    const trade_segment_t *segment);

/* Counts what a segment sends and acknowledges, and notes what contradicts that. */
void trade_evidence_watch_bytes(trade_evidence_t *evidence, trade_side_t *side, trade_side_t *peer,
                                const trade_segment_t *segment);

/* Notes how often the dissector could not tell what a side sent, and whether it is given
 * nothing more. */
void trade_evidence_set_uncertain(trade_evidence_t *evidence, unsigned side, uint32_t losses,
                                  bool is_halted);

/* Returns how many bytes of a side are not in the capture. */
uint64_t trade_evidence_get_missing(const trade_side_t *side);

/* Returns how much of what a side sent is not at hand: it grows when more is missing. */
uint64_t trade_evidence_get_uncertain(const trade_side_t *side);

/* Returns whether what a side sends is not captured, or not dissected, at present. */
bool trade_evidence_is_unseen(const trade_side_t *side);

/* Returns the longest time within a span in which neither side was seen. */
trade_time_t trade_evidence_get_quiet(const trade_evidence_t *evidence, const trade_span_t *span);

/* Returns the longest of the newest times in which neither side was seen; 0 to 0: there is none. */
trade_span_t trade_evidence_get_longest_quiet(const trade_evidence_t *evidence);

#endif /* TRADE_ANALYSIS_HEALTH_BYTES_H */
