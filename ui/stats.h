/* stats.h
 * Statistics, for tshark's -z and Wireshark's menus.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_STATS_H
#define TRADE_UI_STATS_H

#include "analysis/connection.h"

/* Returns an end of a connection as address:port. */
char *trade_stats_format_end(wmem_allocator_t *scope, const address *addr, uint32_t port);

/* Returns what a connection's module is called, as far as is known by a frame, so that one
 * pass and two say the same: its name, or "Unknown (id)", or else its address:port. */
char *trade_stats_name_module(wmem_allocator_t *scope, const trade_connection_t *connection,
                              uint32_t frame);

/* Registers -z trade,tree, trade,srt, conv,trade and endpoints,trade. proto: TRADE's id. */
void trade_stats_register(int proto);

#endif /* TRADE_UI_STATS_H */
