/* packet-trade.h
 * What plugin.c registers.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PACKET_TRADE_H
#define PACKET_TRADE_H

/* Registers the protocol, its fields, preferences and statistics. */
void proto_register_trade(void);

/* Registers the dissector for TCP's port 2107, and where it recognises TRADE by itself. */
void proto_reg_handoff_trade(void);

#endif /* PACKET_TRADE_H */
