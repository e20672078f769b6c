/* stats.h
 * Statistics, for tshark's -z and Wireshark's menus.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_STATS_H
#define TRADE_UI_STATS_H

/* Registers -z trade,tree, trade,srt, conv,trade and endpoints,trade. proto: TRADE's id. */
void trade_stats_register(int proto);

#endif /* TRADE_UI_STATS_H */
