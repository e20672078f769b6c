/* clients.c
 * -z trade,clients: a row for each client's session, with the worst problem of its connections
 * while it was open.
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

#include "analysis/clients/client.h"
#include "analysis/health/watch.h"
#include "ui/stats.h"
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

static stat_tap_table_item columns[COLUMNS] = {
    [COLUMN_SESSION] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Session", "%u" },
    [COLUMN_USER] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "User", "%s" },
    [COLUMN_ADDRESS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Address", "%s" },
    [COLUMN_MODULES] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Modules", "%s" },
    [COLUMN_MEANWHILE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Meanwhile", "%s" },
    [COLUMN_SILENCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Longest gap to client", "%s" },
    [COLUMN_OPENED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Opened", "%s" },
    [COLUMN_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Closed", "%s" },
    [COLUMN_TO_PDUS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "PDUs to client", "%u" },
    [COLUMN_TO_BYTES] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "bytes", "%u" },
    [COLUMN_FROM_PDUS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "PDUs from client", "%u" },
    [COLUMN_FROM_BYTES] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "bytes", "%u" },
    [COLUMN_STREAMS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "tcp.stream", "%s" }
};

/* Returns when a session ended; else, now. */
static trade_time_t get_end(const trade_client_t *client)
{
    return client->closed_at.frame ? client->closed : trade_watch_get_now();
}

/* Returns whether something went wrong while a session was open: a Ping that is missing does so
 * from when it was due. */
static bool is_meanwhile(const trade_client_t *client, const trade_finding_t *finding)
{
    const trade_facts_t *facts = &finding->facts;

    /* Only a verdict of something wrong has facts. */
    if (finding->verdict >= TRADE_VERDICT_IDLE)
        return false;
    const trade_time_t start =
        facts->span.start + (facts->kind == TRADE_CASE_GAP ? facts->interval : 0);
    return facts->span.end >= client->started && start <= get_end(client);
}

/* Returns the worst that happened on a connection while a session was open; its verdict is
 * TRADE_VERDICT_OK if nothing did. */
static trade_finding_t find_worst(const trade_client_t *client, const trade_watch_t *watch)
{
    trade_finding_t worst = { .verdict = TRADE_VERDICT_OK };
    trade_judgement_t judgement;

    trade_watch_conclude(watch, &judgement);
    if (is_meanwhile(client, &judgement.worst))
        worst = judgement.worst;
    for (unsigned i = 0; i < watch->health->incident_count; i++) {
        const trade_finding_t incident = trade_watch_get_incident(watch, i);
        if (is_meanwhile(client, &incident) && incident.verdict < worst.verdict)
            worst = incident;
    }
    return worst;
}

/* Returns the worst that happened on a session's connections while it was open; g_free() it. */
static char *format_meanwhile(const trade_client_t *client)
{
    trade_finding_t worst = { .verdict = TRADE_VERDICT_OK };
    const trade_watch_t *of = NULL;

    for (const trade_client_stream_t *on = &client->stream; on; on = on->next) {
        const trade_watch_t *watch = trade_watch_find(on->connection->stream->number, UINT32_MAX);
        if (!watch)
            continue;
        const trade_finding_t found = find_worst(client, watch);
        /* Of several that are as bad, that of the connection which the session came to last. */
        if (found.verdict != TRADE_VERDICT_OK && found.verdict <= worst.verdict) {
            worst = found;
            of = watch;
        }
    }
    if (!of)
        return g_strdup("-");
    char *module = trade_wording_format_side(of, trade_watch_get_module(of));
    char *text =
        g_strdup_printf("%s, %s (%s, tcp.stream %u, frame %u)",
                        trade_verdict_get_word(worst.verdict), trade_where_get_word(worst.where),
                        module, of->stream, trade_finding_get_beginning(&worst).frame);
    g_free(module);
    return text;
}

/* Returns the longest time in which nothing came for a client, up to its end; g_free() it. */
static char *format_silence(const trade_client_t *client)
{
    trade_span_t silence = { client->silence_start, client->silence_end };

    if (silence.end == 0 || get_end(client) - client->heard > silence.end - silence.start)
        silence = (trade_span_t){ client->heard, get_end(client) };
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

static char *format_address(const trade_client_t *client)
{
    const address addr = { .type = AT_IPv4, .len = 4, .data = &client->addr };

    return client->addr ? address_to_str(NULL, &addr) : g_strdup("-");
}

/* Returns the modules that a session is logged in to, in order; g_free() it. */
static char *format_modules(const trade_client_t *client)
{
    GString *text = g_string_new(client->module.name ? client->module.name : "-");

    for (const trade_client_module_t *module = client->module.next; module; module = module->next)
        g_string_append_printf(text, ", %s", module->name);
    return g_string_free(text, false);
}

/* Returns the TCP streams that a session is on, in the order in which it was seen; g_free() it. */
static char *format_streams(const trade_client_t *client)
{
    GString *text = g_string_new("");

    for (const trade_client_stream_t *on = &client->stream; on; on = on->next)
        g_string_append_printf(text, "%s%u", text->len > 0 ? ", " : "",
                               on->connection->stream->number);
    return g_string_free(text, false);
}

static void write_row(const trade_row_t *row)
{
    const trade_client_t *client = (const trade_client_t *)row->about;

    trade_table_set_uint(row, COLUMN_SESSION, client->number);
    trade_table_set_text(row, COLUMN_USER, g_strdup(client->username ? client->username : "-"));
    trade_table_set_text(row, COLUMN_ADDRESS, format_address(client));
    trade_table_set_text(row, COLUMN_MODULES, format_modules(client));
    trade_table_set_text(row, COLUMN_MEANWHILE, format_meanwhile(client));
    trade_table_set_text(row, COLUMN_SILENCE, format_silence(client));
    trade_table_set_text(
        row, COLUMN_OPENED,
        format_event(client->is_opened ? client->stream.first.frame : 0, client->started));
    trade_table_set_text(row, COLUMN_CLOSED, format_event(client->closed_at.frame, client->closed));
    trade_table_set_uint(row, COLUMN_TO_PDUS, client->pdus[true]);
    trade_table_set_uint(row, COLUMN_TO_BYTES, client->bytes[true]);
    trade_table_set_uint(row, COLUMN_FROM_PDUS, client->pdus[false]);
    trade_table_set_uint(row, COLUMN_FROM_BYTES, client->bytes[false]);
    trade_table_set_text(row, COLUMN_STREAMS, format_streams(client));
}

static trade_table_t clients = { .ui = { .title = "TRADE Clients",
                                         .tap_name = "tcp",
                                         .cli_string = "trade,clients",
                                         .nfields = COLUMNS,
                                         .fields = columns },
                                 .title = "TRADE clients",
                                 .write = write_row };

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_clients(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                     const void *data _U_, tap_flags_t flags _U_)
{
    wmem_list_t *found = trade_client_find_in_packet(pinfo);

    for (wmem_list_frame_t *i = found ? wmem_list_head(found) : NULL; i;
         i = wmem_list_frame_next(i))
        trade_table_note(&clients, wmem_list_frame_data(i));
    /* Without a PDU, sessions grow older, too. */
    return TAP_PACKET_REDRAW;
}

void trade_clients_register(void)
{
    trade_table_register(&clients, tap_clients);
}
