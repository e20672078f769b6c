/* clients.h
 * -z trade,clients: a row a client's session.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_CLIENTS_H
#define TRADE_UI_CLIENTS_H

/* Registers -z trade,clients. */
void trade_clients_register(void);

#endif /* TRADE_UI_CLIENTS_H */
