/* health.h
 * -z trade,health: a row a connection, with a verdict on its keepalive.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_HEALTH_H
#define TRADE_UI_HEALTH_H

/* Registers -z trade,health, and with it trade,incidents, whose numbers it cites. */
void trade_health_register(void);

#endif /* TRADE_UI_HEALTH_H */
