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

#include "analysis/connection.h"
#include "analysis/pings/pings.h"
#include "ui/modules.h"
#include "ui/stats.h"
#include "wire/modules.h"

/* Most modules that have a row of their own in a table of response times. */
#define SRT_ROWS_MAX 1024
/* Most keywords, and most senders, that have a row of their own in the tree of PDUs: to add one,
 * Wireshark walks along all. */
#define TREE_ROWS_MAX 256

/* Returns what a PDU's module is called. Lives as long as the packet. */
static const char *get_name(packet_info *pinfo, const trade_pdu_t *pdu)
{
    return pdu->sender_name ? pdu->sender_name : trade_format_unknown(pinfo->pool, pdu->sender);
}

/* ---- -z trade,tree ---- */

/* What has a row of its own. */
enum { TREE_KEYWORDS, TREE_SENDERS, TREE_SETS };
static GHashTable *tree_rows[TREE_SETS];

static void init_tree(stats_tree *st)
{
    for (unsigned i = 0; i < TREE_SETS; i++) {
        if (!tree_rows[i])
            tree_rows[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_remove_all(tree_rows[i]);
    }
    stats_tree_create_node(st, "PDUs", 0, STAT_DT_INT, true);
    stats_tree_create_node(st, "PDUs by sender", 0, STAT_DT_INT, true);
    stats_tree_create_node(st, "Bytes", 0, STAT_DT_INT, true);
    stats_tree_create_node(st, "Bytes by sender", 0, STAT_DT_INT, true);
}

/* Returns the row that a name belongs to: its own, or that of the others. */
static const char *get_tree_row(unsigned set, const char *name)
{
    if (g_hash_table_contains(tree_rows[set], name))
        return name;
    if (g_hash_table_size(tree_rows[set]) == TREE_ROWS_MAX)
        return "others";
    g_hash_table_add(tree_rows[set], g_strdup(name));
    return name;
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
        increase_stat_node(st,
                           get_tree_row(TREE_KEYWORDS, tap->keyword ? tap->keyword : no_keyword),
                           node, false, value);
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
    const char *sender = get_tree_row(TREE_SENDERS, get_name(pinfo, tap->pdu));
    const int length = (int)tap->pdu->length;

    count_kind(st, "PDUs", tap, 1);
    count_kind(st, "Bytes", tap, length);
    count_sender(st, "PDUs by sender", sender, 1);
    count_sender(st, "Bytes by sender", sender, length);
    return TAP_PACKET_REDRAW;
}

/* ---- -z trade,srt ---- */

enum { SRT_PING, SRT_ROUNDTRIP, SRT_REPORT, SRT_TABLES };

/* What get_srt_rows() returns, by table. */
static GHashTable *srt_tables;

static void init_srt(struct register_srt *srt _U_, GArray *tables)
{
    /* A new table may be where another one was that is gone. */
    if (!srt_tables)
        srt_tables = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL,
                                           (GDestroyNotify)g_hash_table_unref);
    g_hash_table_remove_all(srt_tables);
    init_srt_table("Ping and Pong", "Ping", tables, 0, "Ping/Pong of", NULL, NULL);
    init_srt_table("Roundtrip and its echo", "Roundtrip", tables, 0, "Roundtrip of", NULL, NULL);
    init_srt_table("Roundtrips that the Multiplexer reports", "Reported", tables, 0, "Reported for",
                   NULL, NULL);
}

/* Returns whether a table has a row with this number. */
static bool has_srt_row(const srt_stat_table *table, int row)
{
    return row < table->num_procs && table->procedures[row].procedure;
}

/* Returns the rows of a table, from 1 on, by their names. The names are the table's. */
static GHashTable *get_srt_rows(const srt_stat_table *table)
{
    GHashTable *rows = (GHashTable *)g_hash_table_lookup(srt_tables, table);

    if (rows)
        return rows;
    rows = g_hash_table_new(g_str_hash, g_str_equal);
    for (int row = 0; row < SRT_ROWS_MAX - 1 && has_srt_row(table, row); row++)
        g_hash_table_insert(rows, table->procedures[row].procedure, GINT_TO_POINTER(row + 1));
    g_hash_table_insert(srt_tables, (void *)table, rows);
    return rows;
}

/* Returns the row of a module, made if it is new. */
static int get_srt_row(srt_stat_table *table, const char *name)
{
    GHashTable *rows = get_srt_rows(table);
    const int known = GPOINTER_TO_INT(g_hash_table_lookup(rows, name));
    const int row = known ? known - 1 : (int)MIN(g_hash_table_size(rows), SRT_ROWS_MAX - 1);

    if (has_srt_row(table, row))
        return row;
    init_srt_table_row(table, row, row < SRT_ROWS_MAX - 1 ? name : "others");
    if (row < SRT_ROWS_MAX - 1)
        g_hash_table_insert(rows, table->procedures[row].procedure, GINT_TO_POINTER(row + 1));
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
    else if (record->is_answer)
        add_srt(get_srt_table(tapdata, record->role == TRADE_ROLE_PONG ? SRT_PING : SRT_ROUNDTRIP),
                trade_modules_name(pinfo->pool, tap->delivery->connection, pinfo->num),
                record->response_time, pinfo);
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

/* Connections of which PDUs were counted before their module's name was known: so does one pass
 * with what the Multiplexer sends before the module does. By itself; file scope. */
static wmem_map_t *unnamed;

/* A listener, of which all that matters is when it is drawn. */
static struct {
    bool is_registered;
    bool is_drawn; /* since the file's first frame */
} unnamed_listener;

static void set_name(address *to, const char *name)
{
    set_address(to, AT_STRINGZ, (int)strlen(name) + 1, name);
}

/* Returns what the module of a connection is called in PDUs of the Multiplexer's: as in its own,
 * and before its first as in that one. NULL: no PDU has shown it so far. Lives as long as the
 * packet. */
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
    return trade_modules_format_end(pinfo->pool, from_module ? &pinfo->src : &pinfo->dst,
                                    from_module ? pinfo->srcport : pinfo->destport);
}

/* Notes that the tables are drawn. */
static void note_drawn(void *data _U_)
{
    unnamed_listener.is_drawn = true;
}

/* Notes that a PDU is counted by its module's address. */
static void note_unnamed(const trade_connection_t *connection)
{
    GString *error = NULL;

    wmem_map_insert(unnamed, connection, (void *)connection);
    if (unnamed_listener.is_registered)
        return;
    unnamed_listener.is_registered = true;
    error = register_tap_listener("trade", &unnamed_listener, NULL, TL_REQUIRES_NOTHING, NULL, NULL,
                                  note_drawn, NULL);
    if (error)
        g_string_free(error, TRUE);
}

static void count_named(void *key, void *value _U_, void *count)
{
    *(unsigned *)count += ((const trade_connection_t *)key)->has_module_id;
}

/* Says below the tables, if they were drawn, that two passes know more names. Called before the
 * memory of a capture file is freed. */
static void report_unnamed(void)
{
    unsigned count = 0;

    if (unnamed_listener.is_drawn)
        wmem_map_foreach(unnamed, count_named, &count);
    unnamed_listener.is_drawn = false;
    if (count > 0) {
        fflush(stdout);
        fprintf(stderr,
                "TRADE: %u %s by address, since the Multiplexer sent first. With -2, by name.\n",
                count, count == 1 ? "module is also listed" : "modules are also listed");
    }
}

/* Finds out who a PDU is between. The names live as long as the packet. */
static void get_ends(trade_ends_t *ends, packet_info *pinfo, const trade_tap_t *tap)
{
    const trade_pdu_t *pdu = tap->pdu;
    const trade_connection_t *connection = tap->delivery->connection;
    const char *module = get_name(pinfo, pdu);

    ends->from_module = !connection || trade_stream_is_from_module(tap->delivery);
    if (pdu->kind == TRADE_UNIT_PDU && !pdu->has_receiver) {
        set_name(&ends->other, "Unknown");
    } else if (pdu->kind == TRADE_UNIT_PDU && !trade_pdu_is_control(pdu)) {
        set_name(&ends->other, wmem_strdup_printf(pinfo->pool, "client %u", pdu->receiver));
    } else {
        set_name(&ends->other, "Multiplexer");
        if (connection && !ends->from_module)
            module = get_module_name(pinfo, tap->delivery);
        if (!module) {
            module = get_module_end(pinfo, ends->from_module);
            note_unnamed(connection);
        }
    }
    set_name(&ends->module, module);
}

/* No filter finds a row's frames: its ends are names. */
/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
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
                                (int)tap->pdu->length, &pinfo->rel_ts, &pinfo->abs_ts, NULL,
                                CONVERSATION_NONE);
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
    add_endpoint_table_data(hash, &ends.module, 0, ends.from_module, 1, (int)tap->pdu->length, NULL,
                            ENDPOINT_NONE);
    add_endpoint_table_data(hash, &ends.other, 0, !ends.from_module, 1, (int)tap->pdu->length, NULL,
                            ENDPOINT_NONE);
    return TAP_PACKET_REDRAW;
}

/* Called before the program ends. */
static void free_sets(void)
{
    for (unsigned i = 0; i < TREE_SETS; i++)
        g_clear_pointer(&tree_rows[i], g_hash_table_destroy);
    g_clear_pointer(&srt_tables, g_hash_table_destroy);
}

void trade_stats_register(int proto)
{
    stats_tree_register_plugin("trade", "trade", "TRADE PDUs", 0, tap_tree, init_tree, NULL);
    register_srt_table(proto, NULL, SRT_TABLES, tap_srt, init_srt, NULL);
    register_conversation_table(proto, true, tap_conversation, tap_endpoint);
    unnamed =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    register_cleanup_routine(report_unnamed);
    register_shutdown_routine(free_sets);
}
