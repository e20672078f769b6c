/* export.h
 * Data PDUs' payload for Follow and Export Objects, and a session's filter for the
 * context menu.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_EXPORT_H
#define TRADE_UI_EXPORT_H

#include <epan/packet.h>

#include "wire/pdu.h"

/* Returns whether somebody exports payloads. */
bool trade_export_is_wanted(void);

/* Gives a data PDU of a session to whoever exports payloads, and remembers, for the menus, the
 * first session and module of the selected packet. */
void trade_export_tap(packet_info *pinfo, const trade_tap_t *tap);

/* Returns the module id that trade_export_tap() remembered; -1: none. */
int trade_export_find_module(packet_info *pinfo);

/* Registers -z follow,trade,…, --export-objects trade,… and the conversation filter.
 * proto: TRADE's id. */
void trade_export_register(int proto);

#endif /* TRADE_UI_EXPORT_H */
