/* modules.h
 * The names of module ids: the talk's, of moduleids.h, and the user's.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_MODULES_H
#define TRADE_WIRE_MODULES_H

#include <epan/packet.h>
#include <epan/wmem_scopes.h>

/* The talk's names. */
extern const value_string trade_module_names[];

/* Returns the name of a module id from the preference "Module IDs" or from the talk's list, or
 * NULL if neither knows it. Valid until preferences change. */
const char *trade_get_module_name(uint8_t id);

/* Returns what a module is called whose name is not known. Lives in scope. */
char *trade_format_unknown(wmem_allocator_t *scope, uint8_t id);

/* Gives a module id a name, which must live until it is given another. */
void trade_set_module_name(uint8_t id, const char *name);

/* Goes back to the talk's names. */
void trade_reset_module_names(void);

#endif /* TRADE_WIRE_MODULES_H */
