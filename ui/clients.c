/* clients.c
 * -z trade,clients: a row a client's session, with what its connections suffered meanwhile.
 *
 * Sessions are known from the first pass on, as connections' verdicts are: one pass, two passes
 * and a retap show the same, and a filter only decides which sessions are shown.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#include "analysis/client.h"
#include "analysis/watch.h"
#include "ui/clients.h"
#include "ui/table.h"
#include "ui/wording.h"

enum {
    COLUMN_SESSION,
    COLUMN_USER,
    COLUMN_ADDRESS,
    COLUMN_MODULES,
    COLUMN_MEANWHILE,
    COLUMN_SILENCE,
    COLUMN_OPENED,
    COLUMN_CLOSED,
    COLUMN_TO_PDUS,
    COLUMN_TO_BYTES,
    COLUMN_FROM_PDUS,
    COLUMN_FROM_BYTES,
    COLUMN_STREAMS,
    COLUMNS
};

static const stat_tap_table_item columns[COLUMNS] = {
    [COLUMN_SESSION] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Session", "%u" },
    [COLUMN_USER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "User", "%s" },
    [COLUMN_ADDRESS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Address", "%s" },
    [COLUMN_MODULES] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Modules", "%s" },
    [COLUMN_MEANWHILE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Meanwhile", "%s" },
    [COLUMN_SILENCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Longest without data to it", "%s" },
    [COLUMN_OPENED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Opened", "%s" },
    [COLUMN_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Closed", "%s" },
    [COLUMN_TO_PDUS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "PDUs to it", "%u" },
    [COLUMN_TO_BYTES] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "bytes", "%u" },
    [COLUMN_FROM_PDUS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "PDUs from it", "%u" },
    [COLUMN_FROM_BYTES] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "bytes", "%u" },
    [COLUMN_STREAMS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "tcp.stream", "%s" }
};

static void write_row(const trade_row_t *row);

static trade_table_t clients = {
    .title = "TRADE clients", .columns = columns, .column_count = COLUMNS, .write = write_row
};

/* Returns what is watched of a session's connection, or NULL. */
static const trade_watch_t *find_watch(const trade_connection_t *connection)
{
    return trade_watch_find(connection->stream->number, UINT32_MAX);
}

/* Returns when a session ended; else, now. */
static trade_time_t get_end(const trade_client_t *client)
{
    trade_client_view_t view;

    if (!client->is_closed)
        return trade_watch_get_now();
    trade_client_view(client, TRADE_POSITION_LAST, &view);
    return view.closed;
}

/* Returns whether something went wrong while a session was open: a Ping that is missing does so
 * from when it was due. */
static bool is_meanwhile(const trade_client_t *client, const trade_finding_t *finding)
{
    const trade_facts_t *facts = &finding->facts;
    const trade_time_t start =
        facts->span.start + (facts->kind == TRADE_CASE_GAP ? facts->interval : 0);

    return finding->verdict < TRADE_VERDICT_IDLE &&
           facts->span.end >= trade_client_get_first(client) && start <= get_end(client);
}

/* Sets *worst to the worst that a connection suffered while a session was open, if that is worse.
 * Returns whether it is. */
static bool find_worse(const trade_client_t *client, const trade_watch_t *watch,
                       trade_finding_t *worst)
{
    trade_judgement_t judgement;
    bool is_found = false;

    trade_watch_conclude(watch, &judgement);
    if (is_meanwhile(client, &judgement.worst) && judgement.worst.verdict < worst->verdict) {
        *worst = judgement.worst;
        is_found = true;
    }
    for (unsigned i = 0; i < watch->judge->incident_count; i++) {
        const trade_finding_t incident = trade_watch_get_incident(watch, i);
        if (is_meanwhile(client, &incident) && incident.verdict < worst->verdict) {
            *worst = incident;
            is_found = true;
        }
    }
    return is_found;
}

/* Returns what its connections suffered while a session was open; g_free() it. */
static char *format_meanwhile(const trade_client_t *client)
{
    trade_finding_t worst = { .verdict = TRADE_VERDICT_OK };
    const trade_connection_t *connections[TRADE_CLIENT_STREAMS_MAX];
    const trade_watch_t *of = NULL;

    for (unsigned i = trade_client_get_connections(client, connections); i > 0; i--) {
        const trade_watch_t *watch = find_watch(connections[i - 1]);
        if (watch && find_worse(client, watch, &worst))
            of = watch;
    }
    if (!of)
        return g_strdup("-");
    char *module = trade_wording_format_side(of, trade_watch_get_module(of));
    char *text = g_strdup_printf(
        "%s, %s (%s, tcp.stream %u, frame %u)", trade_verdict_get_word(worst.verdict),
        trade_where_get_word(worst.where), module, of->stream, trade_finding_get_frame(&worst));
    g_free(module);
    return text;
}

/* Returns the longest time in which nothing came for a client, up to its end; g_free() it. */
static char *format_silence(const trade_client_t *client)
{
    const trade_client_sum_t sum = trade_client_get_sum(client);
    trade_span_t silence = { sum.silence_start, sum.silence_end };

    if (silence.end == 0 || get_end(client) - sum.heard > silence.end - silence.start)
        silence = (trade_span_t){ sum.heard, get_end(client) };
    char *when = trade_wording_format_time(silence.start);
    char *text =
        g_strdup_printf("%.3f s from %s", (double)(silence.end - silence.start) / 1e9, when);
    g_free(when);
    return text;
}

/* Returns when a session was opened or closed, if a PDU tells; g_free() it. */
static char *format_event(uint32_t frame, trade_time_t when)
{
    if (!frame)
        return g_strdup("-");
    char *text = trade_wording_format_time(when);
    char *event = g_strdup_printf("%s (frame %u)", text, frame);

    g_free(text);
    return event;
}

static char *format_address(const trade_client_view_t *view)
{
    const address addr = { .type = AT_IPv4, .len = 4, .data = &view->addr };

    return view->has_addr ? address_to_str(NULL, &addr) : g_strdup("-");
}

/* Returns the modules that a session is logged in to, in order; g_free() it. */
static char *format_modules(const trade_client_view_t *view)
{
    GString *text = g_string_new("");

    for (unsigned i = 0; i < view->module_count; i++)
        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", view->modules[i]);
    if (text->len == 0)
        g_string_append_c(text, '-');
    return g_string_free(text, false);
}

/* Returns the TCP streams that a session is on, in the order in which it was seen; g_free() it. */
static char *format_streams(const trade_client_t *client)
{
    const trade_connection_t *connections[TRADE_CLIENT_STREAMS_MAX];
    const unsigned count = trade_client_get_connections(client, connections);
    GString *text = g_string_new("");

    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "%s%u", i > 0 ? ", " : "", connections[i]->stream->number);
    return g_string_free(text, false);
}

static void write_row(const trade_row_t *row)
{
    const trade_client_t *client = (const trade_client_t *)row->about;
    const trade_client_sum_t sum = trade_client_get_sum(client);
    trade_client_view_t view;

    trade_client_view(client, TRADE_POSITION_LAST, &view);
    trade_table_set_uint(row, COLUMN_SESSION, client->number);
    trade_table_set_text(row, COLUMN_USER, g_strdup(view.username ? view.username : "-"));
    trade_table_set_text(row, COLUMN_ADDRESS, format_address(&view));
    trade_table_set_text(row, COLUMN_MODULES, format_modules(&view));
    trade_table_set_text(row, COLUMN_MEANWHILE, format_meanwhile(client));
    trade_table_set_text(row, COLUMN_SILENCE, format_silence(client));
    trade_table_set_text(row, COLUMN_OPENED,
                         format_event(client->is_opened ? trade_client_get_start(client).frame : 0,
                                      trade_client_get_first(client)));
    trade_table_set_text(row, COLUMN_CLOSED, format_event(view.closed_frame, view.closed));
    trade_table_set_uint(row, COLUMN_TO_PDUS, sum.pdus[true]);
    trade_table_set_uint(row, COLUMN_TO_BYTES, sum.bytes[true]);
    trade_table_set_uint(row, COLUMN_FROM_PDUS, sum.pdus[false]);
    trade_table_set_uint(row, COLUMN_FROM_BYTES, sum.bytes[false]);
    trade_table_set_text(row, COLUMN_STREAMS, format_streams(client));
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_clients(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                     const void *data _U_, tap_flags_t flags _U_)
{
    unsigned count = 0;
    const trade_client_t *const *met = trade_client_find_met(pinfo->num, &count);

    for (unsigned i = 0; i < count; i++)
        trade_table_note(&clients, met[i]);
    /* Without a PDU, sessions grow older, too. */
    return TAP_PACKET_REDRAW;
}

static void init_clients(stat_tap_table_ui *ui)
{
    trade_table_init(&clients, ui);
}

static void reset_clients(stat_tap_table *table _U_)
{
    trade_table_reset(&clients);
}

/* Called before the memory of a capture file is freed. */
static void finish_clients(void)
{
    trade_table_finish(&clients);
}

/* Called for each cell before Wireshark frees the table. */
static void close_clients(stat_tap_table *table _U_, unsigned row _U_, unsigned column _U_,
                          stat_tap_table_item_type *cell _U_)
{
    trade_table_close(&clients);
}

void trade_clients_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };
    static stat_tap_table_ui ui = { .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
                                    .title = "TRADE Clients",
                                    .tap_name = "tcp",
                                    .cli_string = "trade,clients",
                                    .stat_tap_init_cb = init_clients,
                                    .packet_func = tap_clients,
                                    .stat_tap_reset_table_cb = reset_clients,
                                    .stat_tap_free_table_item_cb = close_clients,
                                    .nfields = COLUMNS,
                                    .nparams = array_length(parameters),
                                    .params = parameters };

    ui.fields = (stat_tap_table_item *)columns;
    register_stat_tap_table_ui(&ui);
    register_cleanup_routine(finish_clients);
}
