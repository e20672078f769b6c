/* stats.h
 * Statistics, for tshark's -z and Wireshark's menus.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_STATS_H
#define TRADE_UI_STATS_H

#include <stdbool.h>

/* Registers -z trade,tree, trade,srt, conv,trade and endpoints,trade. proto: TRADE's id. */
void trade_stats_register(int proto);

/* Registers -z trade,health: a row a connection, with a verdict on its keepalive. */
void trade_health_register(void);

/* Registers -z trade,incidents: a row an incident, the worst first, however many connections it is
 * of. */
void trade_incidents_register(void);

/* Registers -z trade,clients: a row a client's session. */
void trade_clients_register(void);

/* Registers -z trade,rows,FILE: what was dissected, as rows for tables. */
void trade_rows_register(void);

/* Registers -z trade,live,SECONDS: statistics while packets still come. */
void trade_live_register(void);

/* Returns whether -z trade,live is asked for. */
bool trade_live_is_on(void);

#endif /* TRADE_UI_STATS_H */
