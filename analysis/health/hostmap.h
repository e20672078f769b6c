/* hostmap.h
 * Finds what is kept of the hosts of connections with TRADE, and of two of them, by the addresses
 * of a packet. File scope: 700 bytes a host, and 600 for two hosts that have connections; 300 for a
 * host that asks a port of another for a connection, of the first ASKED_MAX. So a scan of many
 * hosts' ports takes no more.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_HOSTMAP_H
#define TRADE_ANALYSIS_HEALTH_HOSTMAP_H

#include "analysis/health/attempts.h"
#include "stream/stream.h"

/* Gives a connection's evidence what is kept of its hosts, made if they are new. */
void trade_hostmap_join(trade_evidence_t *evidence, const trade_end_t ends[2],
                        const trade_slices_t *slices);

/* Returns the attempts of an end's host to connect to another end, made if they are the first.
 * NULL: there are too many of such. File scope. */
trade_attempts_t *trade_hostmap_get_attempts(const trade_end_t *client, const trade_end_t *server);

/* Notes that a TCP packet of a connection that is not watched was seen. */
void trade_hostmap_hear(const packet_info *pinfo, const trade_slices_t *slices);

/* Registers what makes the state anew for each capture file. */
void trade_hostmap_register(void);

#endif /* TRADE_ANALYSIS_HEALTH_HOSTMAP_H */
