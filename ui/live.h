/* live.h
 * -z trade,live,SECONDS: statistics while packets still come.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_LIVE_H
#define TRADE_UI_LIVE_H

#include <stdbool.h>

/* Returns whether statistics are drawn in mid-run. */
bool trade_live_is_on(void);

/* Registers -z trade,live,SECONDS. */
void trade_live_register(void);

#endif /* TRADE_UI_LIVE_H */
