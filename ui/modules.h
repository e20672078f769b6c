/* modules.h
 * The preference "Module IDs": the names of this installation's modules.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_MODULES_H
#define TRADE_UI_MODULES_H

#include <epan/prefs.h>

/* Registers the preference among those of TRADE. */
void trade_modules_register(module_t *preferences);

#endif /* TRADE_UI_MODULES_H */
