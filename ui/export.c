/* export.c
 * Data PDUs' payload for Follow and Export Objects, and a session's filter for the
 * context menu.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>
#include <epan/conversation_filter.h>
#include <epan/export_object.h>
#include <epan/follow.h>
#include <epan/proto_data.h>
#include <epan/tap.h>

#include "analysis/clients/client.h"
#include "analysis/connection.h"
#include "ui/export.h"
#include "wire/compat.h"

/* Key of what is remembered of a packet for the menus. */
#define PACKET_KEY 1

/* What the menus want to know of a packet. Lives as long as the packet. */
typedef struct packet_note {
    int64_t session; /* the first; -1: none */
    int module;      /* id; -1: none */
} packet_note_t;

static int proto_trade = -1;
static int export_tap = -1;
/* The session that was last asked to be followed: a filter is about frames, and a frame
 * may have other sessions' PDUs as well. */
static unsigned followed_session;

/* ---- The selected packet ---- */

/* Returns what was remembered of a packet, or NULL. */
static packet_note_t *find_note(packet_info *pinfo)
{
    return (packet_note_t *)p_get_proto_data(pinfo->pool, pinfo, proto_trade, PACKET_KEY);
}

/* Remembers a PDU for the menus. */
static void note_pdu(packet_info *pinfo, const trade_tap_t *tap)
{
    packet_note_t *note = find_note(pinfo);

    if (!note) {
        note = wmem_new0(pinfo->pool, packet_note_t);
        note->session = note->module = -1;
        p_add_proto_data(pinfo->pool, pinfo, proto_trade, PACKET_KEY, note);
    }
    if (note->session < 0 && tap->client)
        note->session = tap->client->number;
    if (note->module < 0 && tap->pdu->role == TRADE_ROLE_DATA)
        note->module = tap->pdu->sender;
}

/* Returns the session that was remembered of a packet; -1: none. */
static int64_t find_session(packet_info *pinfo)
{
    const packet_note_t *note = find_note(pinfo);

    return note ? note->session : -1;
}

int trade_export_find_module(packet_info *pinfo)
{
    const packet_note_t *note = find_note(pinfo);

    return note ? note->module : -1;
}

/* ---- Filters ---- */

static char *format_filter(unsigned session)
{
    return g_strdup_printf("trade.session == %u", session);
}

static trade_bool_t has_session(packet_info *pinfo TRADE_MENU_DATA)
{
    return find_session(pinfo) >= 0;
}

/* Returns the filter of a packet's session; the caller frees it. */
static char *build_filter(packet_info *pinfo TRADE_MENU_DATA)
{
    const int64_t session = find_session(pinfo);

    return session >= 0 ? format_filter((unsigned)session) : NULL;
}

/* ---- Follow ---- */

static char *follow_packet(epan_dissect_t *edt _U_, packet_info *pinfo, unsigned *session,
                           unsigned *sub_stream _U_)
{
    const int64_t found = find_session(pinfo);

    if (found < 0)
        return NULL;
    *session = followed_session = (unsigned)found;
    return format_filter(followed_session);
}

static char *follow_session(unsigned session, unsigned sub_stream _U_)
{
    followed_session = session;
    return format_filter(session);
}

/* A session is on several connections: its addresses tell nothing. */
static char *follow_addresses(address *src _U_, address *dst _U_, int src_port _U_,
                              int dst_port _U_)
{
    return NULL;
}

static char *format_port(wmem_allocator_t *scope, unsigned port)
{
    return wmem_strdup_printf(scope, "%u", port);
}

/* Names the ends of a followed session by a payload's packet: the module is the server, and the
 * client's side is the Multiplexer's. */
static void set_ends(follow_info_t *follow, const packet_info *pinfo, bool from_module)
{
    follow->client_port = from_module ? pinfo->destport : pinfo->srcport;
    follow->server_port = from_module ? pinfo->srcport : pinfo->destport;
    copy_address(&follow->client_ip, from_module ? &pinfo->dst : &pinfo->src);
    copy_address(&follow->server_ip, from_module ? &pinfo->src : &pinfo->dst);
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_follow(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *data, tap_flags_t flags _U_)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    follow_info_t *follow = (follow_info_t *)tapdata;
    follow_record_t *record = NULL;
    unsigned length = 0;

    if (!tap->payload || !tap->client || tap->client->number != followed_session)
        return TAP_PACKET_DONT_REDRAW;
    length = tvb_captured_length(tap->payload);
    record = g_new0(follow_record_t, 1);
    record->is_server = trade_stream_is_from_module(tap->delivery);
    record->packet_num = pinfo->num;
    record->abs_ts = pinfo->abs_ts;
    record->data = g_byte_array_append(g_byte_array_sized_new(length),
                                       tvb_get_ptr(tap->payload, 0, (int)length), length);
    if (follow->client_port == 0)
        set_ends(follow, pinfo, record->is_server);
    follow->bytes_written[record->is_server] += length;
    follow->payload = g_list_prepend(follow->payload, record);
    return TAP_PACKET_DONT_REDRAW;
}

/* ---- Export Objects ---- */

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_export(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *data, tap_flags_t flags _U_)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    export_object_list_t *list = (export_object_list_t *)tapdata;
    const unsigned length = tvb_captured_length(tap->payload);
    export_object_entry_t *entry = g_new0(export_object_entry_t, 1);

    entry->pkt_num = pinfo->num;
    entry->hostname =
        g_strdup_printf("session %u, client %u", tap->client->number, tap->pdu->receiver);
    entry->content_type = g_strdup("application/octet-stream");
    entry->filename =
        g_strdup_printf("session-%u-frame-%u-%u.bin", tap->client->number, pinfo->num, tap->seq);
    entry->payload_len = length;
    entry->payload_data = (uint8_t *)g_memdup2(tvb_get_ptr(tap->payload, 0, (int)length), length);
    list->add_entry(list->gui_data, entry);
    return TAP_PACKET_REDRAW;
}

bool trade_export_is_wanted(void)
{
    return have_tap_listener(export_tap);
}

void trade_export_tap(packet_info *pinfo, const trade_tap_t *tap)
{
    note_pdu(pinfo, tap);
    if (tap->payload && tap->client && trade_export_is_wanted())
        tap_queue_packet(export_tap, pinfo, tap);
}

void trade_export_register(int proto)
{
    proto_trade = proto;
    export_tap = register_export_object(proto, tap_export, NULL);
#ifdef TRADE_MENUS_HAVE_DATA
    register_follow_stream(proto, "trade", follow_packet, follow_session, follow_addresses,
                           format_port, tap_follow, trade_client_count, NULL);
    register_conversation_filter("trade", "TRADE Session", has_session, build_filter, NULL);
#else
    register_follow_stream(proto, "trade", follow_packet, follow_session, follow_addresses,
                           format_port, tap_follow);
    register_conversation_filter("trade", "TRADE Session", has_session, build_filter);
#endif
}
