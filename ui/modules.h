/* modules.h
 * What modules are called: the preference "Module IDs", and names for tables and sentences.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_MODULES_H
#define TRADE_UI_MODULES_H

#include <epan/prefs.h>

#include "analysis/connection.h"

/* Returns an end of a connection as address:port. */
char *trade_modules_format_end(wmem_allocator_t *scope, const address *addr, uint32_t port);

/* Returns what a connection's module is called, as far as is known by a frame, so that one
 * pass and two say the same: its name, or "Unknown (id)", or else its address:port. */
char *trade_modules_name(wmem_allocator_t *scope, const trade_connection_t *connection,
                         uint32_t frame);

/* Registers the preference among those of TRADE. */
void trade_modules_register(module_t *preferences);

#endif /* TRADE_UI_MODULES_H */
