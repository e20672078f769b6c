/* plugin.c
 * What Wireshark's plugin loader looks for.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define WS_BUILD_DLL
#include <epan/packet.h>
#include <epan/proto.h>
#include <ws_symbol_export.h>
#include <ws_version.h>

#include "packet-trade.h"
#include "wire/compat.h"

WS_DLL_PUBLIC_DEF const char plugin_version[] = TRADE_PLUGIN_VERSION;
WS_DLL_PUBLIC_DEF const int plugin_want_major = WIRESHARK_VERSION_MAJOR;
WS_DLL_PUBLIC_DEF const int plugin_want_minor = WIRESHARK_VERSION_MINOR;

WS_DLL_PUBLIC void plugin_register(void);
WS_DLL_PUBLIC uint32_t plugin_describe(void);

/* Registers the dissector; called once, when the plugin is loaded. */
void plugin_register(void)
{
    static proto_plugin trade_plugin;

    trade_plugin.register_protoinfo = proto_register_trade;
    trade_plugin.register_handoff = proto_reg_handoff_trade;
    proto_register_plugin(&trade_plugin);
}

/* Returns what kind of plugin this is; Wireshark asks from 4.4 on. */
uint32_t plugin_describe(void)
{
    return TRADE_PLUGIN_KIND;
}
