/* causes.h
 * One cause, one incident: puts together what was found of several connections, if it began at the
 * same time, is of one kind, and may be the fault of one host or of one path.
 *
 * At the same time means: their beginnings are at most an interval between Pings apart. Each side
 * of a connection sends a Ping in that time, so that whatever keeps it from doing so, or its Ping
 * from being delivered or answered, shows on each connection within one interval. Resets need no
 * Ping to show: they are at most a second apart, unless they answer segments.
 *
 * docs/VERDICTS.md says of what; clusters.c, why.
 *
 * - What shows that a host is to blame is one incident on all connections of that host.
 * - What may be of the network, or of either host, is one incident on all connections between the
 *   two hosts. If a host of these is named at that time, may be the cause, and most of its
 *   connections are concerned, it is that incident.
 * - What is of one outage of a host (analysis/health/together.h) is one incident; so is what
 * follows: attempts to connect that fail.
 * - If three quarters or more of all connections of a host, with several others, show the like at
 *   the same time, it is one incident of that host's connections; or of all connections, if three
 *   quarters of all do. Fewer may be chance.
 * - What the capture lacks, or gets wrong, is one incident of the capture.
 *
 * An incident names no place that none of its findings names by itself: the narrowest counts if it
 * is among the suspects of all others, or else all that are suspected.
 *
 * Knows nothing of Wireshark. Takes n log n for n connections, and some 100 bytes for each.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_CAUSES_H
#define TRADE_ANALYSIS_HEALTH_CAUSES_H

#include "analysis/health/cause.h"

/* Finds the incidents of what is found of connections. allocate: for these, and for what is needed
 * meanwhile. */
void trade_causes_find(trade_causes_t *causes, trade_allocate_t allocate);

#endif /* TRADE_ANALYSIS_HEALTH_CAUSES_H */
