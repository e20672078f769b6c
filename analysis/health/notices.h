/* notices.h
 * What routers say of a connection's segments: ICMP messages that quote a segment in flight.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_NOTICES_H
#define TRADE_ANALYSIS_HEALTH_NOTICES_H

#include "analysis/health/state.h"
#include "analysis/health/writer.h"

/* Adds an ICMP message about a segment of a connection, unless that was not in flight, the message
 * says nothing of why it went no further, or who sent it never had it. Returns whether it is the
 * one that is kept. */
bool trade_evidence_add_notice(trade_evidence_t *evidence, const trade_notice_t *notice);

/* Returns whether an ICMP message says why a segment went no further. */
bool trade_notice_is_known(const trade_notice_t *notice);

/* Returns whether an ICMP message shows that the network itself let a segment go no further: other
 * messages come as well if the host that it is for is off, or pauses. */
bool trade_notice_is_of_network(const trade_notice_t *notice);

/* Appends who sent an ICMP message, in which frame, and what it says. */
void trade_put_notice(trade_writer_t *writer, const trade_notice_t *notice);

#endif /* TRADE_ANALYSIS_HEALTH_NOTICES_H */
