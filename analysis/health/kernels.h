/* kernels.h
 * Whether the same kernel was alive on other connections, and whether another one is behind a
 * host's address since connections of it ended together: the host was restarted, or another machine
 * took its address. By its clock, which TCP timestamps show.
 *
 * Several machines behind one address, as behind a balancer or NAT, have clocks of their own. A
 * kernel that has one clock for all of its connections with another host, as many have (Linux from
 * 4.12 until about 6.17), shows itself by it. That tells nothing of a host whose connections show
 * several kernels, or a clock each.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_KERNELS_H
#define TRADE_ANALYSIS_HEALTH_KERNELS_H

#include "analysis/health/state.h"

/* Notes that the kernel of a segment's side is alive, if the segment shows that. For each segment
 * but those captured twice, after trade_evidence_watch_sent(), before its acknowledgement is
 * counted. */
void trade_kernel_watch(trade_side_t *side, const trade_side_t *peer,
                        const trade_segment_t *segment);

/* Returns whether the kernel of a side was alive since shortly before a time until shortly before
 * another one, on whichever connections: seen each few seconds. */
bool trade_kernel_is_alive(const trade_side_t *side, trade_time_t since, trade_time_t now);

/* ---- Restarts ---- */

/* Notes which kernel a connection of a burst shows that ends. */
void trade_restart_watch_end(trade_burst_t *burst, const trade_side_t *side);

/* Notes which kernel a connection shows that begins, by the first segment of a side. */
void trade_restart_watch_begin(const trade_side_t *side, const trade_segment_t *segment);

/* Returns on how many connections that began since a burst another kernel is shown; 0: that there
 * is one is not certain. */
uint32_t trade_restart_count(const trade_burst_t *burst);

#endif /* TRADE_ANALYSIS_HEALTH_KERNELS_H */
