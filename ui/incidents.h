/* incidents.h
 * -z trade,incidents: a row an incident, the worst first, however many connections it is of.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_INCIDENTS_H
#define TRADE_UI_INCIDENTS_H

/* Registers -z trade,incidents. */
void trade_incidents_register(void);

#endif /* TRADE_UI_INCIDENTS_H */
