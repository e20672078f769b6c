/* pairs.h
 * Which attempts to connect belong together: those of one host to one port of another.
 *
 * File scope: 300 bytes for each of the first PAIRS_MAX such pairs, and none for others. So a scan
 * of many hosts' ports takes no more.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_PAIRS_H
#define TRADE_ANALYSIS_HEALTH_PAIRS_H

#include "analysis/health/attempts.h"
#include "stream/stream.h"

/* Returns the attempts of an end's host to connect to another end, made if they are the first.
 * NULL: there are too many pairs. File scope. */
trade_attempts_t *trade_pairs_find(const trade_end_t *client, const trade_end_t *server);

/* Registers what makes the state anew for each capture file. */
void trade_pairs_register(void);

#endif /* TRADE_ANALYSIS_HEALTH_PAIRS_H */
