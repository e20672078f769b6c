/* siblings.h
 * What the other connections of a host, and those between the same two hosts, showed meanwhile:
 * who was heard, and of how many connections data was acknowledged. By stretches of time of fixed
 * length, of which the newest are kept.
 *
 * Knows nothing of Wireshark. Of fixed size: 512 bytes a host, and as many for two hosts.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SIBLINGS_H
#define TRADE_ANALYSIS_HEALTH_SIBLINGS_H

#include "analysis/health/state.h"

/* Notes that a frame went from one of two hosts to the other, on any TCP connection. is_reversed:
 * from the second of the two. */
void trade_siblings_hear(trade_group_t *pair, bool is_reversed, const trade_slices_t *slices);

/* Sets the slices to the time of a frame of the capture. usual: the usual interval between Pings.
 */
void trade_slices_set(trade_slices_t *slices, trade_time_t when, trade_time_t usual);

/* Notes what a segment of a connection shows to the others of its hosts. is_acknowledging: it
 * acknowledges data that was captured, and was not acknowledged before. */
void trade_siblings_watch(trade_evidence_t *evidence, const trade_segment_t *segment,
                          bool is_acknowledging);

/* Keeps what the other connections showed until now: this one has ended. */
void trade_siblings_keep(trade_evidence_t *evidence);

/* Sets what the other connections of each group of a connection showed in a time. */
void trade_siblings_get(const trade_evidence_t *evidence, const trade_span_t *span,
                        trade_siblings_t siblings[TRADE_GROUPS]);

#endif /* TRADE_ANALYSIS_HEALTH_SIBLINGS_H */
