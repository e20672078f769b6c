/* restarts.h
 * Whether the kernel behind a host's address is another one since connections of it ended together:
 * the host was restarted, or another machine took its address.
 *
 * A kernel shows itself by its clock, in TCP timestamps. That tells nothing of a host whose
 * connections show several kernels, as behind a balancer, or a clock each.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_RESTARTS_H
#define TRADE_ANALYSIS_HEALTH_RESTARTS_H

#include "analysis/health/state.h"

/* Notes which kernel a connection of a burst shows that ends. */
void trade_restart_watch_end(trade_burst_t *burst, const trade_side_t *side);

/* Notes which kernel a connection shows that begins, by the first segment of a side. */
void trade_restart_watch_begin(const trade_side_t *side, const trade_segment_t *segment);

/* Returns on how many connections that began since a burst another kernel is shown; 0: that there
 * is one is not certain. */
uint32_t trade_restart_count(const trade_burst_t *burst);

#endif /* TRADE_ANALYSIS_HEALTH_RESTARTS_H */
