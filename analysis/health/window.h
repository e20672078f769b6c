/* window.h
 * Which Pings a window let through, and whether a side had anything to send.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_WINDOW_H
#define TRADE_ANALYSIS_HEALTH_WINDOW_H

#include "analysis/health/state.h"

/* Returns how far a side's window is scaled; -1: that is not known. */
int trade_side_get_scale(const trade_side_t *side, const trade_side_t *peer);

/* Notes when the window of a segment's sender lets no Ping of the other side through: it is zero,
 * too small, or full of bytes that were sent. */
void trade_evidence_watch_window(const trade_evidence_t *evidence, trade_side_t *reader,
                                 const trade_side_t *sender, const trade_segment_t *segment);

/* Counts a probe of the other side's closed window. */
void trade_evidence_watch_probe(const trade_side_t *side, trade_side_t *reader,
                                const trade_segment_t *segment);

/* Notes that a segment answers a question of the other side, or is one. Who sends may send when
 * half of the largest window is free (RFC 1122, 4.2.3.4), and all was acknowledged. */
void trade_evidence_watch_idle(trade_side_t *side, trade_side_t *peer,
                               const trade_segment_t *segment);

/* Adds up how long a side's window let no Ping through while one was due; sets *longest. */
trade_time_t trade_blocks_sum(const trade_side_t *reader, const trade_span_t *due,
                              trade_block_t *longest);

/* Returns whether a side that closed its window may have gone since: it was not heard again, or no
 * more before the greater part of that time, though it was probed. */
bool trade_block_may_be_gone(const trade_block_t *block, const trade_span_t *due);

#endif /* TRADE_ANALYSIS_HEALTH_WINDOW_H */
