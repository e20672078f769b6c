/* hostmap.h
 * Finds what is kept of the hosts of connections with TRADE, and of two of them, by the addresses
 * of a packet. File scope: 700 bytes a host, and 600 for two hosts that have connections.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_HOSTMAP_H
#define TRADE_ANALYSIS_HEALTH_HOSTMAP_H

#include "analysis/health/state.h"
#include "stream/stream.h"

/* Returns what is kept of the host of an end, made if it is new. File scope; end lives as long. */
trade_host_t *trade_hostmap_get(const trade_end_t *end);

/* Gives a connection's evidence what is kept of its hosts, made if they are new. */
void trade_hostmap_join(trade_evidence_t *evidence, const trade_end_t ends[2],
                        const trade_slices_t *slices);

/* Notes that a TCP packet of a connection that is not watched was seen. */
void trade_hostmap_hear(const packet_info *pinfo, const trade_slices_t *slices);

/* Registers what makes the state anew for each capture file. */
void trade_hostmap_register(void);

#endif /* TRADE_ANALYSIS_HEALTH_HOSTMAP_H */
