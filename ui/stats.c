/* stats.c
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

#include "analysis/client.h"
#include "analysis/exchange.h"
#include "analysis/connection.h"
#include "ui/stats.h"
#include "wire/modules.h"

/* From 4.4 on, "/" is a part of a name. */
#ifndef STATS_TREE_MENU_SEPARATOR
#define STATS_TREE_MENU_SEPARATOR "/"
#endif
/* Most modules that have a row of their own in a table of response times. */
#define SRT_ROWS_MAX 1024

/* Returns what a PDU's module is called. Lives as long as the packet. */
static const char *get_name(packet_info *pinfo, const trade_pdu_t *pdu)
{
    return pdu->sender_name ? pdu->sender_name : trade_format_unknown(pinfo->pool, pdu->sender);
}

char *trade_stats_format_end(wmem_allocator_t *scope, const address *addr, uint32_t port)
{
    char *text = address_to_str(scope, addr);
    char *end = wmem_strdup_printf(scope, addr->type == AT_IPv6 ? "[%s]:%u" : "%s:%u", text, port);

    wmem_free(scope, text);
    return end;
}

char *trade_stats_name_module(wmem_allocator_t *scope, const trade_connection_t *connection,
                              uint32_t frame)
{
    const char *name = trade_connection_get_module(connection, frame);
    const trade_multiplexer_t *multiplexer = connection->multiplexer;
    const trade_end_t *end = connection->stream->ends;

    if (name)
        return wmem_strdup(scope, name);
    if (connection->has_module_id && connection->module_frame <= frame)
        return trade_format_unknown(scope, connection->module_id);
    if (end->port == multiplexer->port && addresses_equal(&end->addr, &multiplexer->addr))
        end++;
    return trade_stats_format_end(scope, &end->addr, end->port);
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
    else if (!tap->pdu->has_receiver)
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

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_tree(stats_tree *st, packet_info *pinfo, epan_dissect_t *edt _U_,
                                  const void *data, tap_flags_t flags _U_)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    const char *sender = get_name(pinfo, tap->pdu);
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
static void add_srt(srt_stat_table *table, const char *name, int64_t elapsed, packet_info *pinfo)
{
    const nstime_t duration = { .secs = (time_t)(elapsed / 1000000000),
                                .nsecs = (int)(elapsed % 1000000000) };
    nstime_t start;

    nstime_delta(&start, &pinfo->abs_ts, &duration);
    add_srt_table_data(table, get_srt_row(table, name), &start, pinfo);
}

static srt_stat_table *get_srt_table(void *tapdata, unsigned which)
{
    return g_array_index(((srt_data_t *)tapdata)->srt_array, srt_stat_table *, which);
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_srt(void *tapdata, packet_info *pinfo, epan_dissect_t *edt _U_,
                                 const void *data, tap_flags_t flags _U_)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    const trade_record_t *record = tap->record;

    if (!record)
        return TAP_PACKET_DONT_REDRAW;
    const uint64_t rtt = trade_pdu_get_number(tap->pdu, TRADE_FIELD_RTT_TIME);
    if (record->role == TRADE_ROLE_REPORT && rtt < INT64_MAX / 1000)
        add_srt(get_srt_table(tapdata, SRT_REPORT),
                trade_text_dup(pinfo->pool, trade_pdu_get_text(tap->pdu, TRADE_FIELD_MODULE)),
                (int64_t)rtt * 1000, pinfo);
    else if (record->flags & TRADE_RECORD_ANSWER)
        add_srt(get_srt_table(tapdata, record->role == TRADE_ROLE_PONG ? SRT_PING : SRT_ROUNDTRIP),
                trade_stats_name_module(pinfo->pool, tap->delivery->connection, pinfo->num),
                trade_record_get_elapsed(record), pinfo);
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
    bool was_unnamed; /* in one pass, a row may have the module by its address */
    address unnamed;  /* that one, if so */
} trade_ends_t;

static void set_name(address *to, const char *name)
{
    set_address(to, AT_STRINGZ, (int)strlen(name) + 1, name);
}

/* Returns what the module of a connection is called in PDUs of the Multiplexer's: as in its own,
 * and before its first as in that one. NULL: so far, no PDU told. Lives as long as the packet. */
static const char *get_module_name(packet_info *pinfo, const trade_delivery_t *delivery)
{
    const trade_connection_t *connection = delivery->connection;
    const uint8_t id = connection->module_id;
    const char *name = trade_get_module_name(id);

    if (!connection->has_module_id)
        return NULL;
    if (!name)
        name = trade_connection_find_name(delivery, MAX(pinfo->num, connection->module_frame), id);
    return name ? name : trade_format_unknown(pinfo->pool, id);
}

/* Returns the address and port of the module that this packet is from or to. Lives as long as
 * the packet. */
static const char *get_module_end(packet_info *pinfo, bool from_module)
{
    return trade_stats_format_end(pinfo->pool, from_module ? &pinfo->src : &pinfo->dst,
                                  from_module ? pinfo->srcport : pinfo->destport);
}

/* Finds out who a PDU is between. The names live as long as the packet. */
static void get_ends(trade_ends_t *ends, packet_info *pinfo, const trade_tap_t *tap)
{
    const trade_pdu_t *pdu = tap->pdu;
    const trade_connection_t *connection = tap->delivery->connection;
    const char *module = get_name(pinfo, pdu);

    ends->from_module =
        !connection || connection->stream->module_direction == (int)tap->delivery->direction;
    ends->was_unnamed = false;
    if (pdu->kind == TRADE_UNIT_PDU && !pdu->has_receiver) {
        set_name(&ends->other, "Unknown");
    } else if (pdu->kind == TRADE_UNIT_PDU && !trade_pdu_is_control(pdu)) {
        set_name(&ends->other, wmem_strdup_printf(pinfo->pool, "client %u", pdu->receiver));
    } else {
        set_name(&ends->other, "Multiplexer");
        if (connection && !ends->from_module)
            module = get_module_name(pinfo, tap->delivery);
        if (!module)
            module = get_module_end(pinfo, ends->from_module);
        ends->was_unnamed = connection && connection->has_module_id &&
                            connection->stream->first_frame < connection->module_frame;
    }
    set_name(&ends->module, module);
    if (ends->was_unnamed)
        set_name(&ends->unnamed, get_module_end(pinfo, ends->from_module));
}

/* Finds the row of a table that has this key. Returns whether there is one. */
static bool find_row(const conv_hash_t *table, const void *key, unsigned *row)
{
    void *value = NULL;

    if (!table->hashtable || !g_hash_table_lookup_extended(table->hashtable, key, NULL, &value))
        return false;
    *row = GPOINTER_TO_UINT(value);
    return true;
}

/* Removes a row from a table, and puts another one where the first of the two was. */
static void replace_row(conv_hash_t *table, unsigned removed, unsigned by)
{
    const unsigned first = MIN(removed, by), last = MAX(removed, by);
    const unsigned size = g_array_get_element_size(table->conv_array);
    GHashTableIter rows;
    void *value = NULL;

    g_hash_table_iter_init(&rows, table->hashtable);
    while (g_hash_table_iter_next(&rows, NULL, &value)) {
        const unsigned row = GPOINTER_TO_UINT(value);
        if (row == removed)
            g_hash_table_iter_remove(&rows);
        else if (row == by)
            g_hash_table_iter_replace(&rows, GUINT_TO_POINTER(first));
        else if (row > last)
            g_hash_table_iter_replace(&rows, GUINT_TO_POINTER(row - 1));
    }
    memmove(table->conv_array->data + (size_t)first * size,
            table->conv_array->data + (size_t)by * size, size);
    g_array_remove_index(table->conv_array, last);
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

/* Adds what the Multiplexer sent to a module before its name was known to the name's row: one
 * pass learns the name too late, and two passes know it from the start. */
static void name_conversation(conv_hash_t *table, const trade_ends_t *ends)
{
    conv_key_t key = { .addr1 = ends->other, .addr2 = ends->unnamed, .conv_id = CONV_ID_UNSET };
    unsigned unnamed = 0, named = 0;

    if (!find_row(table, &key, &unnamed))
        return;
    conv_item_t item = g_array_index(table->conv_array, conv_item_t, unnamed);
    add_conversation_table_data(table, &ends->other, &ends->module, 0, 0, (int)item.tx_frames_total,
                                (int)item.tx_bytes_total, &item.start_time, &item.start_abs_time,
                                &conversation_info, CONVERSATION_NONE);
    add_conversation_table_data(table, &ends->other, &ends->module, 0, 0, 0, 0, &item.stop_time,
                                &item.start_abs_time, &conversation_info, CONVERSATION_NONE);
    key.addr2 = ends->module;
    if (!find_row(table, &key, &named)) {
        key.addr1 = ends->module;
        key.addr2 = ends->other;
        (void)find_row(table, &key, &named);
    }
    replace_row(table, unnamed, named);
    free_address(&item.src_address);
    free_address(&item.dst_address);
}

/* Does with an endpoint what name_conversation() does. */
static void name_endpoint(conv_hash_t *table, const trade_ends_t *ends)
{
    endpoint_key_t key = { .myaddress = ends->unnamed };
    unsigned unnamed = 0, named = 0;

    if (!find_row(table, &key, &unnamed))
        return;
    endpoint_item_t item = g_array_index(table->conv_array, endpoint_item_t, unnamed);
    add_endpoint_table_data(table, &ends->module, 0, false, (int)item.rx_frames_total,
                            (int)item.rx_bytes_total, &endpoint_info, ENDPOINT_NONE);
    key.myaddress = ends->module;
    (void)find_row(table, &key, &named);
    replace_row(table, unnamed, named);
    free_address(&item.myaddress);
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_conversation(void *table, packet_info *pinfo, epan_dissect_t *edt _U_,
                                          const void *data, tap_flags_t flags)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    conv_hash_t *hash = (conv_hash_t *)table;
    trade_ends_t ends;

    hash->flags = flags;
    get_ends(&ends, pinfo, tap);
    if (ends.was_unnamed)
        name_conversation(hash, &ends);
    add_conversation_table_data(hash, ends.from_module ? &ends.module : &ends.other,
                                ends.from_module ? &ends.other : &ends.module, 0, 0, 1,
                                (int)tap->pdu->length, &pinfo->rel_ts, &pinfo->abs_ts,
                                &conversation_info, CONVERSATION_NONE);
    return TAP_PACKET_REDRAW;
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_endpoint(void *table, packet_info *pinfo, epan_dissect_t *edt _U_,
                                      const void *data, tap_flags_t flags)
{
    const trade_tap_t *tap = (const trade_tap_t *)data;
    conv_hash_t *hash = (conv_hash_t *)table;
    trade_ends_t ends;

    hash->flags = flags;
    get_ends(&ends, pinfo, tap);
    if (ends.was_unnamed)
        name_endpoint(hash, &ends);
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
