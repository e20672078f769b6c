/* ends.h
 * How a connection begins and ends: its handshake, FIN and RST, and whether an RST is from the side
 * that it names.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_ENDS_H
#define TRADE_ANALYSIS_HEALTH_ENDS_H

#include "analysis/health/state.h"

/* Notes the handshake and what it agrees on. */
void trade_evidence_watch_handshake(trade_evidence_t *evidence, const trade_segment_t *segment);

/* Notes a FIN or an RST. Returns whether the connection ends with it. */
bool trade_evidence_watch_end(trade_evidence_t *evidence, const trade_segment_t *segment);

/* Ends the connection: its ends began another one. */
void trade_evidence_reuse(trade_evidence_t *evidence, trade_time_t when, uint32_t frame);

/* Returns whether RSTs claiming to be from both sides came together, neither with a TTL of its
 * side: a host sends none in answer to one, so something between sent them. */
bool trade_reset_is_double(const trade_evidence_t *evidence);

/* Returns whether an RST has a TTL that no other frame of its apparent sender has, on any
 * connection, though its IP id does not go on from that sender's. */
bool trade_reset_has_other_ttl(const trade_evidence_t *evidence, const trade_reset_t *reset);

/* Returns whether an RST is not from the side that it names, for sure. */
bool trade_reset_is_foreign(const trade_evidence_t *evidence, const trade_reset_t *reset);

/* Returns how long a side's Ping and its Pong took beyond the capture point, of what it measured
 * itself: the path between, by the handshake, and what was retransmitted there. */
trade_time_t trade_evidence_get_beyond(const trade_evidence_t *evidence, unsigned asking,
                                       uint32_t ping_seq, uint32_t pong_seq);

/* Returns until when a side could send and receive: its connection's end for it, or now. */
trade_time_t trade_evidence_get_end(const trade_evidence_t *evidence, unsigned side,
                                    trade_time_t now);

#endif /* TRADE_ANALYSIS_HEALTH_ENDS_H */
