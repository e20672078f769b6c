/* packet-trade.h
 * What the TRADE dissector offers to the rest of the plugin.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef PACKET_TRADE_H
#define PACKET_TRADE_H

#include "wire/pdu.h"

/* Returns the name of a module id from the preference "Module IDs" or from the
 * talk's list, or NULL where neither knows it. Valid until preferences change. */
const char *trade_get_module_name(uint8_t id);

/* Returns what a module is called whose name is not known. Lives in scope. */
char *trade_format_unknown(wmem_allocator_t *scope, uint8_t id);

/* Returns whether the text is one of the keyword table's; with prefix_only,
 * whether one of the table's begins with it. */
bool trade_is_known_keyword(trade_text_t text, bool prefix_only);

/* Returns what a keyword has to do with other PDUs. */
trade_role_t trade_get_role(trade_text_t keyword);

/* What plugin.c registers. */
void proto_register_trade(void);
void proto_reg_handoff_trade(void);

#endif /* PACKET_TRADE_H */
