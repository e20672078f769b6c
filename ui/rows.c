/* rows.c
 * -z trade,rows,FILE: what was dissected, as rows for tables. A tree, which -T fields takes,
 * costs more than all else that tshark does.
 *
 * A row is a line, its cells are separated by tabs, and an empty cell means that nothing is
 * known. The first cell is the row's kind; the first row of a kind names its columns. In a text,
 * \t, \n and \r stand for a tab and for the ends of lines, \s for a backslash.
 *
 *   pdu         one for each PDU and greeting, as the first pass sees it
 *   later       what only later frames tell of such a row, which has the same number and place;
 *               the last one holds
 *   connection  one for each TCP connection
 *   health ...  the rows of each table of TRADE's that -z asks for in the same run
 *   end         how many rows there are before it; without it, the file is not whole. With
 *               -z trade,live, it comes after each drawing, with the last frame's time
 *
 * Times are in ns since 1970. It is made for tshark, in one pass or two. If tshark forgets what
 * it has seen in mid-run (-M, or a live capture in several files), numbers of frames and streams
 * begin anew.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <errno.h>
#include <stdio.h>

#include <glib/gstdio.h>

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <epan/to_str.h>
#include <wsutil/report_message.h>

#include "analysis/clients/client.h"
#include "analysis/health/watch.h"
#include "analysis/pings/pings.h"
#include "stream/stream.h"
#include "wire/compat.h"
#include "wire/keyword.h"
#include "ui/stats.h"

/* Rows are written once there are this many bytes of them. */
#define BUFFER_SIZE 65536

/* The first rows of the kinds that every file has. */
#define COLUMNS                                                                                    \
    "pdu\tnumber\tplace\ttime\tstream\tfrom_module\tsender\tlength\treceiver\tkeyword\tgreeting\t" \
    "module\treported\ton_wire\treport_ping\treport_pong\tresponse_to\tresponse_time\t"            \
    "ping_interval\tsend_delay\tlate\tuncertain\tsession\tconn_id\tsession_user\tsession_client\n" \
    "later\tnumber\tplace\tresponse_to\tresponse_in\tunanswered\tuncertain\tgap_bytes\n"           \
    "connection\tstream\tmultiplexer\tmodule_end\n"

/* A PDU of which later frames may tell more. */
typedef struct pending {
    const trade_record_t *record; /* NULL: it asks and answers nothing */
    const trade_connection_t *connection;
    const trade_flow_t *flow; /* the direction of the PDU */
    trade_time_t when;        /* time of the frame */
    uint32_t number;          /* of the frame */
    uint32_t place;           /* of the PDU in the frame, from 1 on */
    uint32_t seq;             /* sequence number of the PDU's first byte */
} pending_t;

/* The rows of one file. Lives until tshark ends. */
typedef struct rows {
    char *path;
    FILE *file;
    bool is_begun;
    GString *buffer;
    uint64_t count;      /* rows so far */
    uint32_t number;     /* the last frame that had a PDU */
    uint32_t place;      /* place of the last PDU in that frame, from 1 on */
    GArray *pending;     /* pending_t */
    GHashTable *streams; /* numbers of the TCP streams that have their row */
} rows_t;

static GPtrArray *open_files; /* rows_t; NULL: none */

/* ---- Cells ---- */

static void append_uint(GString *row, uint64_t value)
{
    char digits[20];
    size_t start = sizeof digits;

    do
        digits[--start] = (char)('0' + value % 10);
    while (value /= 10);
    g_string_append_len(row, digits + start, (gssize)(sizeof digits - start));
}

/* Begins a cell; one that is empty is thereby complete. */
static void put_cell(GString *row)
{
    g_string_append_c(row, '\t');
}

static void put_uint(GString *row, uint64_t value)
{
    put_cell(row);
    append_uint(row, value);
}

/* Adds a time in ns since 1970. */
static void put_time(GString *row, trade_time_t when)
{
    put_cell(row);
    if (when < 0)
        g_string_append_c(row, '-');
    append_uint(row, when < 0 ? -(uint64_t)when : (uint64_t)when);
}

/* Adds the number of a frame; 0: none. */
static void put_frame(GString *row, uint32_t frame)
{
    put_cell(row);
    if (frame)
        append_uint(row, frame);
}

/* Adds a number, if it is known, with a decimal point: 1234567 is 1234.567, of 1000 parts, a power
 * of ten. */
static void put_parts(GString *row, bool is_known, int64_t value, uint64_t parts)
{
    const uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;

    put_cell(row);
    if (!is_known)
        return;
    if (value < 0)
        g_string_append_c(row, '-');
    append_uint(row, size / parts);
    g_string_append_c(row, '.');
    while (parts /= 10)
        g_string_append_c(row, (char)('0' + size / parts % 10));
}

/* Adds a text, so that it stays in its cell; NULL: none. */
static void put_text(GString *row, const char *text)
{
    put_cell(row);
    for (; text && *text; text++) {
        const size_t plain = strcspn(text, "\\\t\n\r");
        g_string_append_len(row, text, (gssize)plain);
        text += plain;
        if (*text == '\0')
            return;
        g_string_append_c(row, '\\');
        g_string_append_c(row, *text == '\\'   ? 's'
                               : *text == '\t' ? 't'
                               : *text == '\n' ? 'n'
                                               : 'r');
    }
}

/* Adds a text of a PDU's. */
static void put_pdu_text(GString *row, packet_info *pinfo, trade_text_t text)
{
    put_text(row, text.bytes ? trade_text_dup(pinfo->pool, text) : NULL);
}

/* Adds an end of a connection as address:port. */
static void put_end(GString *row, packet_info *pinfo, const trade_end_t *end)
{
    put_text(row, address_to_str(pinfo->pool, &end->addr));
    g_string_append_c(row, ':');
    append_uint(row, end->port);
}

/* ---- A PDU's row ---- */

/* Ends a row, and writes those that wait if they are many. */
static void end_row(rows_t *rows)
{
    g_string_append_c(rows->buffer, '\n');
    rows->count++;
    if (rows->buffer->len < BUFFER_SIZE)
        return;
    fwrite(rows->buffer->str, 1, rows->buffer->len, rows->file);
    g_string_truncate(rows->buffer, 0);
}

/* Adds where a PDU stands. */
static void put_place(rows_t *rows, packet_info *pinfo, const trade_tap_t *tap)
{
    const trade_end_t *multiplexer = &tap->delivery->connection->multiplexer->end;

    rows->place = pinfo->num == rows->number ? rows->place + 1 : 1;
    rows->number = pinfo->num;
    put_uint(rows->buffer, rows->number);
    put_uint(rows->buffer, rows->place);
    put_time(rows->buffer, trade_get_time(pinfo));
    put_uint(rows->buffer, tap->delivery->stream->number);
    put_uint(rows->buffer, trade_end_is(multiplexer, &pinfo->dst, pinfo->destport));
}

/* Adds what a PDU says, as far as it goes for all kinds. */
static void put_header(GString *row, packet_info *pinfo, const trade_tap_t *tap)
{
    const trade_pdu_t *pdu = tap->pdu;

    put_uint(row, pdu->sender);
    put_uint(row, pdu->length);
    put_cell(row);
    if (pdu->has_receiver)
        append_uint(row, pdu->receiver);
    put_text(row, tap->keyword);
    put_pdu_text(row, pinfo, pdu->greeting);
    put_pdu_text(row, pinfo, trade_pdu_get_text(pdu, TRADE_FIELD_MODULE));
}

/* Adds what a report tells: in ms what the Multiplexer measured, and what of it was on the wire. */
static void put_report(GString *row, const trade_pdu_t *pdu, const trade_record_t *record)
{
    const bool is_report = pdu->role == TRADE_ROLE_REPORT && pdu->complete;
    const uint64_t rtt = trade_pdu_get_number(pdu, TRADE_FIELD_RTT_TIME);

    put_parts(row, is_report && rtt <= INT64_MAX, (int64_t)rtt, 1000);
    if (!is_report || !record || !record->ping_frame) {
        g_string_append(row, "\t\t\t");
        return;
    }
    put_parts(row, true, record->wire_time, 1000000);
    put_frame(row, record->ping_frame);
    put_frame(row, record->pong_frame);
}

/* Returns how much of a PDU's record the capture cannot tell for sure. */
static unsigned count_uncertain(const trade_record_t *record)
{
    if (record->role == TRADE_ROLE_PONG)
        return record->may_lack_ping;
    return record->is_reversed + record->may_be_late;
}

/* Adds what a PDU that asks or answers tells: times in s, its send delay in ms. */
static void put_exchange(GString *row, const trade_record_t *record)
{
    if (!record) {
        g_string_append(row, "\t\t\t\t\t\t");
        return;
    }
    put_frame(row, record->is_answer ? record->request_frame : 0);
    put_parts(row, record->is_answer, record->response_time, 1000000000);
    put_parts(row, record->has_interval, record->interval, 1000000000);
    put_parts(row, record->has_send_delay, record->send_delay, 1000);
    put_frame(row, record->is_late);
    put_frame(row, count_uncertain(record));
}

/* Adds a PDU's session, with what is known of it by now. */
static void put_session(GString *row, packet_info *pinfo, const trade_tap_t *tap)
{
    const trade_client_t *client = tap->client;
    const trade_position_t here = { pinfo->num, tap->seq };

    if (!client) {
        g_string_append(row, "\t\t\t\t");
        return;
    }
    const address addr = { .type = AT_IPv4, .len = 4, .data = &client->addr };
    put_uint(row, client->number);
    put_uint(row, client->conn_id);
    put_text(row, trade_is_known_at(client->username_at, here) ? client->username : NULL);
    put_text(row,
             trade_is_known_at(client->addr_at, here) ? address_to_str(pinfo->pool, &addr) : NULL);
}

/* Writes the row of a connection when its first PDU comes. */
static void write_connection(rows_t *rows, packet_info *pinfo, const trade_connection_t *connection)
{
    if (!g_hash_table_add(rows->streams, GUINT_TO_POINTER(connection->stream->number)))
        return;
    g_string_append(rows->buffer, "connection");
    put_uint(rows->buffer, connection->stream->number);
    put_end(rows->buffer, pinfo, &connection->multiplexer->end);
    put_end(rows->buffer, pinfo, trade_connection_get_module_end(connection));
    end_row(rows);
}

/* ---- What only later frames tell ---- */

/* Keeps a PDU of which later frames may tell more: what asks, a Pong that may be captured before
 * its Ping, and a PDU behind missing bytes, for these may come late. */
static void add_pending(rows_t *rows, const trade_tap_t *tap, trade_time_t when)
{
    const trade_record_t *record = tap->record;
    const trade_flow_t *flow = tap->delivery->flow;
    const bool is_open = record && record->role != TRADE_ROLE_REPORT && !record->is_answer;

    if (!is_open && trade_flow_find_gap(flow, rows->number, tap->seq).bytes == 0)
        return;
    const pending_t pending = { .record = is_open ? record : NULL,
                                .connection = tap->delivery->connection,
                                .flow = flow,
                                .when = when,
                                .number = rows->number,
                                .place = rows->place,
                                .seq = tap->seq };
    g_array_append_val(rows->pending, pending);
}

/* Adds what became of a PDU that asks, or of a Pong captured before its Ping. */
static void put_outcome(GString *row, const pending_t *pending)
{
    const trade_record_t *record = pending->record;
    trade_answered_t answered = TRADE_ANSWERED_UNKNOWN;

    if (!record) {
        g_string_append(row, "\t\t\t\t");
        return;
    }
    if (record->role == TRADE_ROLE_PING)
        answered = trade_pings_get_answered(pending->connection, record, pending->when);
    put_frame(row, record->request_frame);
    put_frame(row, record->answer_frame);
    put_frame(row, answered == TRADE_ANSWERED_NEVER);
    put_frame(row, count_uncertain(record) + (answered == TRADE_ANSWERED_LOST));
}

/* Writes what later frames told of the PDUs that were kept for that, and forgets these. */
static void write_pending(rows_t *rows)
{
    for (unsigned i = 0; i < rows->pending->len; i++) {
        const pending_t *pending = &g_array_index(rows->pending, pending_t, i);
        const trade_gap_t gap = trade_flow_find_gap(pending->flow, pending->number, pending->seq);
        g_string_append(rows->buffer, "later");
        put_uint(rows->buffer, pending->number);
        put_uint(rows->buffer, pending->place);
        put_outcome(rows->buffer, pending);
        put_frame(rows->buffer, gap.bytes);
        end_row(rows);
    }
    g_array_set_size(rows->pending, 0);
}

/* ---- Tables of other statistics ---- */

/* Adds a column's title as a name: "Module's Pings" becomes modules_pings. */
static void put_name(GString *row, const char *title)
{
    bool is_gap = false;

    put_cell(row);
    for (; *title; title++) {
        if (!g_ascii_isalnum(*title)) {
            is_gap |= *title != '\'';
            continue;
        }
        if (is_gap && row->str[row->len - 1] != '\t')
            g_string_append_c(row, '_');
        is_gap = false;
        g_string_append_c(row, g_ascii_tolower(*title));
    }
}

static void put_item(GString *row, const stat_tap_table_item_type *item)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];

    /* TRADE's tables have no other types. */
    switch (item->type) {
    case TABLE_ITEM_UINT:
        put_uint(row, item->value.uint_value);
        break;
    case TABLE_ITEM_FLOAT:
        put_text(row, g_ascii_formatd(number, sizeof number, "%.6f", item->value.float_value));
        break;
    case TABLE_ITEM_STRING:
        put_text(row, item->value.string_value);
        break;
    default:
        put_cell(row);
    }
}

/* Writes the rows of a statistic's table. */
static void write_table(rows_t *rows, const char *kind, const stat_tap_table *table)
{
    for (unsigned i = 0; i < table->num_elements; i++) {
        g_string_append(rows->buffer, kind);
        for (unsigned j = 0; j < table->num_fields; j++)
            put_item(rows->buffer, stat_tap_get_field_data(table, i, j));
        end_row(rows);
    }
}

/* Writes the tables of a statistic, if it is one of TRADE's and somebody asked for it. */
static trade_bool_t write_statistic(const void *name, void *value, void *data)
{
    const stat_tap_table_ui *ui = (const stat_tap_table_ui *)value;
    rows_t *rows = (rows_t *)data;
    const char *kind = (const char *)name;

    if (!g_str_has_prefix(kind, "trade,") || !ui->tables || ui->tables->len == 0)
        return false;
    kind += strlen("trade,");
    g_string_append(rows->buffer, kind);
    for (size_t i = 0; i < ui->nfields; i++)
        put_name(rows->buffer, ui->fields[i].column_name);
    end_row(rows);
    for (unsigned i = 0; i < ui->tables->len; i++)
        write_table(rows, kind, g_array_index(ui->tables, stat_tap_table *, i));
    return false;
}

/* ---- The tap ---- */

/* Empties the file. */
static void reopen(rows_t *rows)
{
    fclose(rows->file);
    rows->file = g_fopen(rows->path, "wb");
    if (!rows->file)
        report_open_failure(rows->path, errno, true);
}

/* Begins the file, anew if the capture is dissected once more. */
static void begin_rows(rows_t *rows)
{
    if (rows->file && rows->count > 0)
        reopen(rows);
    rows->is_begun = true;
    rows->count = 0;
    rows->number = 0;
    g_array_set_size(rows->pending, 0);
    g_hash_table_remove_all(rows->streams);
    g_string_assign(rows->buffer, COLUMNS);
}

/* Notes that what comes next, if anything does, is another dissection: tshark says so at its
 * end, too, when the rows are to stay. */
static void reset_rows(void *data)
{
    rows_t *rows = (rows_t *)data;

    rows->is_begun = false;
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_rows(void *data, packet_info *pinfo, epan_dissect_t *edt _U_,
                                  const void *tapped, tap_flags_t flags _U_)
{
    rows_t *rows = (rows_t *)data;
    const trade_tap_t *tap = (const trade_tap_t *)tapped;

    if (!rows->is_begun)
        begin_rows(rows);
    if (!rows->file || !tap->delivery->connection)
        return TAP_PACKET_DONT_REDRAW;
    write_connection(rows, pinfo, tap->delivery->connection);
    g_string_append(rows->buffer, "pdu");
    put_place(rows, pinfo, tap);
    put_header(rows->buffer, pinfo, tap);
    put_report(rows->buffer, tap->pdu, tap->record);
    put_exchange(rows->buffer, tap->record);
    put_session(rows->buffer, pinfo, tap);
    end_row(rows);
    add_pending(rows, tap, trade_get_time(pinfo));
    return TAP_PACKET_REDRAW;
}

/* Writes what is known once all frames were seen. */
static void finish_rows(void *data)
{
    rows_t *rows = (rows_t *)data;

    if (!rows->is_begun)
        begin_rows(rows); /* no PDU came */
    if (!rows->file)
        return;
    write_pending(rows);
    stat_tap_iterate_tables(write_statistic, rows);
    g_string_append(rows->buffer, "end");
    put_uint(rows->buffer, rows->count);
    if (trade_live_is_on())
        put_time(rows->buffer, trade_watch_get_now());
    g_string_append_c(rows->buffer, '\n');
    fwrite(rows->buffer->str, 1, rows->buffer->len, rows->file);
    g_string_truncate(rows->buffer, 0);
    if (fflush(rows->file) != 0 || ferror(rows->file))
        report_write_failure(rows->path, errno);
}

/* Writes what points into the memory of a capture file. Called before that is freed. */
static void forget_file(void)
{
    for (unsigned i = 0; open_files && i < open_files->len; i++) {
        rows_t *rows = (rows_t *)g_ptr_array_index(open_files, i);
        if (!rows->is_begun || !rows->file)
            continue;
        write_pending(rows);
        rows->number = 0;
        g_hash_table_remove_all(rows->streams);
    }
}

/* Frees a file's rows, which were written when they were drawn. */
static void close_rows(void *data)
{
    rows_t *rows = (rows_t *)data;

    if (rows->file)
        fclose(rows->file);
    g_string_free(rows->buffer, true);
    g_array_free(rows->pending, true);
    g_hash_table_destroy(rows->streams);
    g_free(rows->path);
    g_free(rows);
}

/* Called before the program ends. */
static void close_files(void)
{
    if (open_files)
        g_ptr_array_free(open_files, true);
    open_files = NULL;
}

/* Opens the file that is named behind "trade,rows,". Returns whether that went well. */
static bool open_rows(const char *argument)
{
    const char *path = argument + strlen("trade,rows");
    FILE *file = NULL;
    rows_t *rows = NULL;

    if (*path == ',')
        path++;
    file = g_fopen(path, "wb");
    if (!file) {
        report_open_failure(path, errno, true);
        return false;
    }
    rows = g_new0(rows_t, 1);
    rows->path = g_strdup(path);
    rows->file = file;
    rows->buffer = g_string_sized_new(BUFFER_SIZE + BUFFER_SIZE / 4);
    rows->pending = g_array_new(false, false, sizeof(pending_t));
    rows->streams = g_hash_table_new(g_direct_hash, g_direct_equal);
    if (!open_files)
        open_files = g_ptr_array_new_with_free_func(close_rows);
    g_ptr_array_add(open_files, rows);
    return !register_tap_listener("trade", rows, NULL, TL_REQUIRES_NOTHING, reset_rows, tap_rows,
                                  finish_rows, NULL);
}

/* Answers -z trade,rows,FILE. */
static trade_answer_t answer_option(const char *argument, void *data _U_)
{
    TRADE_ANSWER(open_rows(argument));
}

void trade_rows_register(void)
{
    static stat_tap_ui ui = { .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
                              .title = "TRADE Rows",
                              .cli_string = "trade,rows",
                              .tap_init_cb = answer_option };

    register_stat_tap_ui(&ui, NULL);
    register_cleanup_routine(forget_file);
    register_shutdown_routine(close_files);
}
