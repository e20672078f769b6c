/* hosts.h
 * What the frames of a side, and those of its host on all connections with TRADE, have in common:
 * their TTL, or hop limit, and how their IP ids count.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_HOSTS_H
#define TRADE_ANALYSIS_HEALTH_HOSTS_H

#include "analysis/health/state.h"

/* Notes what is usual of a side's frames. */
void trade_evidence_watch_frame(trade_side_t *side, const trade_segment_t *segment);

/* Forgets what a second capture point showed before it was known for one: with which TTL frames of
 * the sides and of their hosts come, and times that contradict each other. */
void trade_evidence_forget_copies(trade_evidence_t *evidence);

/* Returns when a host's newest frame with a TTL came; 0: none did. */
trade_time_t trade_host_find_ttl(const trade_host_t *host, uint8_t ttl);

/* Returns the newest time in which nothing came of a host, up to now, that is so long that kernels
 * may have given its connections up in it; 0 to 0: there is none. host may be NULL. */
trade_span_t trade_host_get_away(const trade_host_t *host, trade_time_t now);

/* Returns for how long of a time nothing came of a host, on any connection, at a stretch, as far as
 * that is kept; 0: it was heard again and again. */
trade_time_t trade_host_get_silence(const trade_host_t *host, const trade_span_t *span);

/* Returns whether a side's host may have paused when something was sent to it, though it was heard
 * since: it had been silent, on all connections, for longer than the side's Pings allow. A host may
 * pause again and again. */
bool trade_host_may_pause(const trade_side_t *side, trade_time_t when, trade_time_t now);

/* Returns the newest connections that a host ended at about the same time, or NULL. host may be
 * NULL. */
trade_burst_t *trade_host_get_burst(trade_host_t *host);

/* Adds a time to the longest, if it is among them. */
void trade_longest_add(trade_longest_t *longest, trade_time_t start, trade_time_t end);

/* Returns how many hops a frame with this TTL has probably come. */
unsigned trade_ttl_get_hops(uint8_t ttl);

#endif /* TRADE_ANALYSIS_HEALTH_HOSTS_H */
