/* trade-stats.c
 * Statistics of PDUs, response times, conversations and endpoints, from TRADE's tap.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/* Before those that need its types. */
#include <epan/packet.h>
#include <epan/conversation_table.h>
#include <epan/srt_table.h>
#include <epan/stats_tree.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#include "packet-trade.h"
#include "trade-client.h"
#include "trade-exchange.h"
#include "trade-session.h"
#include "trade-stats.h"

/* From 4.4 on, "/" is a part of a name. */
#ifndef STATS_TREE_MENU_SEPARATOR
#define STATS_TREE_MENU_SEPARATOR "/"
#endif
/* In a table of response times, so many modules have a row of their own. */
#define SRT_ROWS_MAX 1024

/* Returns what a module is called. Lives as long as the packet. */
static const char *get_name(packet_info *pinfo, const char *name, uint8_t id)
{
    return name ? name : wmem_strdup_printf(pinfo->pool, "Unknown (%u)", id);
}

/* Returns what a connection's module is called, as far as is known by this packet: by its
 * address where it is not, so that one pass and two say the same. Lives as long as the
 * packet. */
static const char *get_connection_name(packet_info *pinfo, const trade_connection_t *connection)
{
    const char *name = trade_session_get_module(connection, pinfo->num);
    const bool to_module = pinfo->srcport == connection->multiplexer->port &&
                           addresses_equal(&pinfo->src, &connection->multiplexer->addr);

    if (name)
        return name;
    if (connection->has_module_id && connection->module_frame <= pinfo->num)
        return get_name(pinfo, NULL, connection->module_id);
    return wmem_strdup_printf(pinfo->pool, "%s:%u",
                              address_to_str(pinfo->pool, to_module ? &pinfo->dst : &pinfo->src),
                              to_module ? pinfo->destport : pinfo->srcport);
}

/* ---- -z trade,tree ---- */

static void init_tree(stats_tree *st)
{
    stats_tree_create_node(st, "PDUs", 0, STAT_DT_INT, true);
    stats_tree_create_node(st, "PDUs by sender", 0, STAT_DT_INT, true);
    stats_tree_create_node(st, "Bytes", 0, STAT_DT_INT, true);
    stats_tree_create_node(st, "Bytes by sender", 0, STAT_DT_INT, true);
}

/* Adds to a count of all, of a kind and of a keyword. */
static void count_kind(stats_tree *st, const char *root, const trade_tap_t *tap, int value)
{
    const char *kind = "Data";
    const char *no_keyword = tap->pdu->cut_text.bytes ? "keyword cut" : "no keyword";
    int node = increase_stat_node(st, root, 0, true, value);

    if (tap->pdu->kind == TRADE_UNIT_GREETING)
        kind = "Greeting";
    else if (!(tap->pdu->has & TRADE_HAS_RECEIVER))
        kind = "No receiver";
    else if (trade_pdu_is_control(tap->pdu))
        kind = "Control";
    node = increase_stat_node(st, kind, node, true, value);
    if (trade_pdu_is_control(tap->pdu))
        increase_stat_node(st, tap->keyword ? tap->keyword : no_keyword, node, false, value);
}

static void count_sender(stats_tree *st, const char *root, const char *sender, int value)
{
    increase_stat_node(st, sender, increase_stat_node(st, root, 0, true, value), false, value);
}

static tap_packet_status tap_tree(stats_tree *st, packet_info *pinfo, epan_dissect_t *edt _U_,
                                  const void *data, tap_flags_t flags _U_)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    const char *sender = get_name(pinfo, tap->pdu->sender_name, tap->pdu->sender);
    const int length = (int)tap->pdu->length;

    count_kind(st, "PDUs", tap, 1);
    count_kind(st, "Bytes", tap, length);
    count_sender(st, "PDUs by sender", sender, 1);
    count_sender(st, "Bytes by sender", sender, length);
    return TAP_PACKET_REDRAW;
}

/* ---- -z trade,srt ---- */

enum { SRT_PING, SRT_ROUNDTRIP, SRT_REPORT, SRT_TABLES };

static void init_srt(struct register_srt *srt _U_, GArray *tables)
{
    init_srt_table("Ping and Pong", "Ping", tables, 0, "Ping/Pong of", NULL, NULL);
    init_srt_table("Roundtrip and its echo", "Roundtrip", tables, 0, "Roundtrip of", NULL, NULL);
    init_srt_table("Roundtrips that the Multiplexer reports", "Reported", tables, 0, "Reported for",
                   NULL, NULL);
}

/* Returns the row of a module, made where it is new. */
static int get_srt_row(srt_stat_table *table, const char *name)
{
    int row = 0;

    while (row < table->num_procs && row < SRT_ROWS_MAX - 1 && table->procedures[row].procedure &&
           strcmp(table->procedures[row].procedure, name) != 0)
        row++;
    if (row == table->num_procs || !table->procedures[row].procedure)
        init_srt_table_row(table, row, row < SRT_ROWS_MAX - 1 ? name : "others");
    return row;
}

/* Adds a time that ends with this packet. */
static void add_srt(GArray *tables, int which, const char *name, int64_t elapsed,
                    packet_info *pinfo)
{
    srt_stat_table *table = g_array_index(tables, srt_stat_table *, (unsigned)which);
    const nstime_t duration = { .secs = (time_t)(elapsed / 1000000000),
                                .nsecs = (int)(elapsed % 1000000000) };
    nstime_t start;

    nstime_delta(&start, &pinfo->abs_ts, &duration);
    add_srt_table_data(table, get_srt_row(table, name), &start, pinfo);
}

static tap_packet_status tap_srt(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_,
                                 const void *data, tap_flags_t flags _U_)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    GArray *tables = ((srt_data_t *)tapdata)->srt_array;
    const trade_connection_t *connection = tap->call->connection;

    if (!tap->record)
        return TAP_PACKET_DONT_REDRAW;
    if (tap->record->role == TRADE_ROLE_REPORT && tap->pdu->rtt < INT64_MAX / 1000)
        add_srt(tables, SRT_REPORT, trade_text_dup(pinfo->pool, tap->pdu->module),
                (int64_t)tap->pdu->rtt * 1000, pinfo);
    else if (tap->record->flags & TRADE_RECORD_ANSWER)
        add_srt(tables, tap->record->role == TRADE_ROLE_PONG ? SRT_PING : SRT_ROUNDTRIP,
                get_connection_name(pinfo, connection), tap->record->elapsed, pinfo);
    else
        return TAP_PACKET_DONT_REDRAW;
    return TAP_PACKET_REDRAW;
}

/* ---- -z conv,trade and -z endpoints,trade ---- */

/* Who a PDU is between: a module, and the Multiplexer or a client. */
typedef struct trade_ends {
    address module;
    address other;
    bool from_module;
} trade_ends_t;

static void set_name(address *to, const char *name)
{
    set_address(to, AT_STRINGZ, (int)strlen(name) + 1, name);
}

/* Finds out who a PDU is between. The names live as long as the packet. */
static void get_ends(trade_ends_t *ends, packet_info *pinfo, const trade_tap_t *tap)
{
    const trade_pdu_t *pdu = tap->pdu;
    const trade_connection_t *connection = tap->call->connection;
    const char *module = get_name(pinfo, pdu->sender_name, pdu->sender);

    ends->from_module = !connection || connection->module_direction == (int)tap->call->direction;
    if (pdu->kind == TRADE_UNIT_PDU && !(pdu->has & TRADE_HAS_RECEIVER)) {
        set_name(&ends->other, "Unknown");
    } else if (pdu->kind == TRADE_UNIT_PDU && !trade_pdu_is_control(pdu)) {
        set_name(&ends->other, wmem_strdup_printf(pinfo->pool, "client %u", pdu->receiver));
    } else {
        set_name(&ends->other, "Multiplexer");
        if (connection && !ends->from_module)
            module = get_connection_name(pinfo, connection);
    }
    set_name(&ends->module, module);
}

static const char *find_conversation_filter(conv_item_t *item _U_, conv_filter_type_e type _U_)
{
    return CONV_FILTER_INVALID;
}

static const char *find_endpoint_filter(endpoint_item_t *item _U_, conv_filter_type_e type _U_)
{
    return CONV_FILTER_INVALID;
}

static ct_dissector_info_t conversation_info = { find_conversation_filter };
static et_dissector_info_t endpoint_info = { find_endpoint_filter };

static tap_packet_status tap_conversation(void *table, packet_info *pinfo, epan_dissect_t *edt _U_,
                                          const void *data, tap_flags_t flags)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    conv_hash_t *hash = (conv_hash_t *)table;
    trade_ends_t ends;

    hash->flags = flags;
    get_ends(&ends, pinfo, tap);
    add_conversation_table_data(hash, ends.from_module ? &ends.module : &ends.other,
                                ends.from_module ? &ends.other : &ends.module, 0, 0, 1,
                                (int)tap->pdu->length, &pinfo->rel_ts, &pinfo->abs_ts,
                                &conversation_info, CONVERSATION_NONE);
    return TAP_PACKET_REDRAW;
}

static tap_packet_status tap_endpoint(void *table, packet_info *pinfo, epan_dissect_t *edt _U_,
                                      const void *data, tap_flags_t flags)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    conv_hash_t *hash = (conv_hash_t *)table;
    trade_ends_t ends;

    hash->flags = flags;
    get_ends(&ends, pinfo, tap);
    add_endpoint_table_data(hash, &ends.module, 0, ends.from_module, 1, (int)tap->pdu->length,
                            &endpoint_info, ENDPOINT_NONE);
    add_endpoint_table_data(hash, &ends.other, 0, !ends.from_module, 1, (int)tap->pdu->length,
                            &endpoint_info, ENDPOINT_NONE);
    return TAP_PACKET_REDRAW;
}

void trade_stats_register(int proto)
{
    stats_tree_register_plugin("trade", "trade", "TRADE" STATS_TREE_MENU_SEPARATOR "PDUs", 0,
                               tap_tree, init_tree, NULL);
    register_srt_table(proto, NULL, SRT_TABLES, tap_srt, init_srt, NULL);
    register_conversation_table(proto, true, tap_conversation, tap_endpoint);
}
