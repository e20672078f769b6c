/* compat.h
 * One source for Wireshark 4.0 to 4.6: what differs between them.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_COMPAT_H
#define TRADE_WIRE_COMPAT_H

#include <stdbool.h>

#include <glib.h>
#include <ws_version.h>

/* The type behind a boolean preference, a UAT's answer, a heuristic's answer. */
#if WIRESHARK_VERSION_MAJOR > 4 || (WIRESHARK_VERSION_MAJOR == 4 && WIRESHARK_VERSION_MINOR >= 4)
typedef bool trade_bool_t;
#define TRADE_PLUGIN_KIND 1U  /* WS_PLUGIN_DESC_DISSECTOR */
#define TRADE_MENUS_HAVE_DATA /* follow and conversation filter: two more arguments */
#define TRADE_MENU_DATA , void *data _U_
#else
typedef gboolean trade_bool_t;
#define TRADE_PLUGIN_KIND 0U
#define TRADE_MENU_DATA
#define wmem_strbuf_new_sized(pool, size) wmem_strbuf_sized_new((pool), (size), 0)
#define tvb_get_uint8 tvb_get_guint8
#endif
#if WIRESHARK_VERSION_MAJOR == 4 && WIRESHARK_VERSION_MINOR < 6
#define dissector_try_string_with_data dissector_try_string_new
typedef void trade_answer_t;
#define TRADE_ANSWER(is_well) (void)(is_well)
#else
typedef bool trade_answer_t; /* of an option of -z: tshark ends if that failed */
#define TRADE_ANSWER(is_well) return (is_well)
#endif

#endif /* TRADE_WIRE_COMPAT_H */
