/* health.c
 * -z trade,health: a row a connection, with a verdict on its keepalive.
 *
 * All that is shown comes from analysis/watch.h, which has seen each frame on the first pass: so
 * one pass, two passes and a retap see the same, and a filter only decides which connections are
 * shown. Rows are kept current with every packet of TCP's tap, since nobody says when the last one
 * was.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/dissectors/packet-tcp.h>
#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "analysis/watch.h"
#include "ui/health.h"
#include "ui/stats.h"
#include "ui/table.h"
#include "ui/wording.h"

/* What tells most comes first, to be seen without scrolling. */
enum {
    COLUMN_RANK, /* the verdict's, 1 the worst: Wireshark's window sorts by the first column */
    COLUMN_STREAM,
    COLUMN_MODULE,
    COLUMN_VERDICT,
    COLUMN_WHERE,
    COLUMN_SINCE,
    COLUMN_FRAME,
    COLUMN_CAUSE,
    COLUMN_MODULE_END,
    COLUMN_MULTIPLEXER_END,
    COLUMN_MODULE_PINGS,
    COLUMN_MODULE_ANSWERED,
    COLUMN_MODULE_UNANSWERED,
    COLUMN_MULTIPLEXER_PINGS,
    COLUMN_MULTIPLEXER_ANSWERED,
    COLUMN_MULTIPLEXER_UNANSWERED,
    COLUMN_RESPONSE_MIN,
    COLUMN_RESPONSE_AVERAGE,
    COLUMN_RESPONSE_MAX,
    COLUMN_LONGEST_GAP,
    COLUMN_SEND_DELAY,
    COLUMN_MODULE_CLOSED,
    COLUMN_MULTIPLEXER_CLOSED,
    COLUMN_MISSING,
    COLUMN_END,
    COLUMN_DETAILS,
    COLUMNS
};

/* A connection's row. */
typedef struct health_row {
    trade_row_t row;
    const trade_watch_t *watch;
    uint64_t state;           /* of the watch, when the row was written */
    const char *module_shown; /* what the row says of its module's name, */
    bool id_shown;            /* and whether of its id */
    trade_span_t gap_shown;   /* what it says is the longest gap; end 0: nothing yet */
} health_row_t;

static double get_seconds(trade_time_t duration)
{
    return (double)duration / 1e9;
}

/* ---- The table ---- */

static const stat_tap_table_item columns[COLUMNS] = {
    [COLUMN_RANK] = { TABLE_ITEM_UINT, TAP_ALIGN_LEFT, "Rank   ", "%u" },
    [COLUMN_STREAM] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Stream", "%u" },
    [COLUMN_MODULE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module", "%s" },
    [COLUMN_VERDICT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    [COLUMN_WHERE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Where", "%s" },
    [COLUMN_SINCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Since", "%s" },
    [COLUMN_FRAME] = { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Frame", "%s" },
    [COLUMN_CAUSE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Cause", "%s" },
    [COLUMN_MODULE_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module endpoint", "%s" },
    [COLUMN_MULTIPLEXER_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Multiplexer endpoint", "%s" },
    [COLUMN_MODULE_PINGS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Module's Pings", "%u" },
    [COLUMN_MODULE_ANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "answered", "%u" },
    [COLUMN_MODULE_UNANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "unanswered", "%u" },
    [COLUMN_MULTIPLEXER_PINGS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Multiplexer's Pings", "%u" },
    [COLUMN_MULTIPLEXER_ANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "answered", "%u" },
    [COLUMN_MULTIPLEXER_UNANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "unanswered", "%u" },
    [COLUMN_RESPONSE_MIN] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Response min (ms)", "%.3f" },
    [COLUMN_RESPONSE_AVERAGE] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "avg (ms)", "%.3f" },
    [COLUMN_RESPONSE_MAX] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "max (ms)", "%.3f" },
    [COLUMN_LONGEST_GAP] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Longest gap between Pings", "%s" },
    [COLUMN_SEND_DELAY] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Max send delay (ms)", "%.3f" },
    [COLUMN_MODULE_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module's window zero", "%s" },
    [COLUMN_MULTIPLEXER_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Multiplexer's window zero",
                                    "%s" },
    [COLUMN_MISSING] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Missing bytes", "%u" },
    [COLUMN_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "End", "%s" },
    [COLUMN_DETAILS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Details", "%s" }
};

static void write_row(trade_row_t *row);
static bool is_over(const trade_row_t *row);

static trade_table_t health = { .title = "TRADE connections",
                                .columns = columns,
                                .column_count = COLUMNS,
                                .write = write_row,
                                .is_over = is_over };

/* The open table's rows, by number of the TCP stream. */
static GHashTable *rows;

static void set_uint(const health_row_t *row, unsigned column, unsigned value)
{
    trade_table_set_uint(&health, &row->row, column, value);
}

static void set_float(const health_row_t *row, unsigned column, double value)
{
    trade_table_set_float(&health, &row->row, column, value);
}

/* text: from g_malloc(); the row's from now on. */
static void set_text(const health_row_t *row, unsigned column, char *text)
{
    trade_table_set_text(&health, &row->row, column, text);
}

/* Returns when it began, by the frame to look at first; 0: not known. */
static trade_time_t get_since(const trade_finding_t *finding)
{
    const trade_facts_t *facts = &finding->facts;

    switch (finding->verdict) {
    case TRADE_VERDICT_PEER_NOT_READING:
        return facts->block.span.start;
    case TRADE_VERDICT_NOT_DELIVERED:
        return facts->sending.times > 0 ? facts->sending.span.start : facts->block.span.start;
    case TRADE_VERDICT_RESET_FOREIGN:
        return facts->reset.when;
    case TRADE_VERDICT_CLOCKS_DIFFER:
    case TRADE_VERDICT_IDLE:
    case TRADE_VERDICT_OK:
        return 0;
    default:
        return facts->span.start;
    }
}

/* Returns a local date and time to the second, "-" where there is none; g_free() it. */
static char *format_since(trade_time_t when)
{
    GDateTime *date = when > 0 ? g_date_time_new_from_unix_local(when / TRADE_SECOND) : NULL;
    char *text = date ? g_date_time_format(date, "%Y-%m-%d %H:%M:%S") : g_strdup("-");

    if (date)
        g_date_time_unref(date);
    return text;
}

/* Writes what is found of a connection. */
static void set_judgement(health_row_t *row)
{
    trade_judgement_t judgement;
    char *details = NULL;

    trade_watch_conclude(row->watch, &judgement);
    const uint32_t frame = trade_finding_get_frame(&judgement.worst);
    set_uint(row, COLUMN_RANK, judgement.worst.verdict + 1);
    set_text(row, COLUMN_VERDICT, g_strdup(trade_verdict_get_word(judgement.worst.verdict)));
    set_text(row, COLUMN_WHERE, g_strdup(trade_where_get_word(judgement.worst.where)));
    set_text(row, COLUMN_SINCE, format_since(get_since(&judgement.worst)));
    set_text(row, COLUMN_FRAME, frame > 0 ? g_strdup_printf("%u", frame) : g_strdup("-"));
    set_text(row, COLUMN_CAUSE, trade_wording_summarize(row->watch, &judgement.worst));
    details = trade_wording_explain(row->watch, &judgement.worst);
    if (judgement.others > 0 && details[0])
        set_text(row, COLUMN_DETAILS,
                 g_strdup_printf("%s (and %u other incidents)", details, judgement.others));
    else
        set_text(row, COLUMN_DETAILS, g_strdup(details));
    g_free(details);
}

/* Writes the Pings of one side. */
static void set_pings(const health_row_t *row, unsigned side, unsigned first_column)
{
    const trade_evidence_t *evidence = &row->watch->judge->evidence;
    const trade_time_t end = trade_evidence_get_end(evidence, side, trade_watch_get_now());

    set_uint(row, first_column, evidence->sides[side].pings);
    set_uint(row, first_column + 1, evidence->sides[side].answered);
    set_uint(row, first_column + 2,
             trade_evidence_count_unanswered(evidence, side, end,
                                             trade_watch_get_interval(row->watch, side)));
}

/* Writes response times and send delays of both sides. */
static void set_times(const health_row_t *row)
{
    const trade_tally_t *one = &row->watch->tally[0], *other = &row->watch->tally[1];
    const unsigned count = one->responses + other->responses;
    int64_t min = one->response_min;

    if (one->responses == 0 || (other->responses > 0 && other->response_min < min))
        min = other->response_min;
    set_float(row, COLUMN_RESPONSE_MIN, (double)min / 1e6);
    set_float(row, COLUMN_RESPONSE_AVERAGE,
              count > 0 ? (double)(one->response_sum + other->response_sum) / 1e6 / count : 0);
    set_float(row, COLUMN_RESPONSE_MAX, (double)MAX(one->response_max, other->response_max) / 1e6);
    set_float(row, COLUMN_SEND_DELAY, (double)MAX(one->send_delay, other->send_delay) / 1e3);
}

/* Writes the longest time without a Ping of either side; that since its last Ping, too, if one is
 * overdue. */
static void set_longest_gap(health_row_t *row)
{
    const trade_evidence_t *evidence = &row->watch->judge->evidence;
    trade_span_t longest = { 0, 0 };
    unsigned longest_side = 0;
    char *who = NULL, *when = NULL;

    for (unsigned side = 0; side < 2; side++) {
        const trade_span_t *kept = &row->watch->tally[side].longest_gap;
        trade_span_t gap = { evidence->sides[side].last_ping,
                             trade_evidence_get_end(evidence, side, trade_watch_get_now()) };
        if (evidence->sides[side].pings == 0)
            continue;
        if (kept->end - kept->start > gap.end - gap.start ||
            (gap.end - gap.start) * 2 <= trade_watch_get_interval(row->watch, side) * 3)
            gap = *kept;
        if (gap.end - gap.start > longest.end - longest.start) {
            longest = gap;
            longest_side = side;
        }
    }
    if (longest.end == 0) {
        set_text(row, COLUMN_LONGEST_GAP, g_strdup("-"));
        return;
    }
    /* Formatting it takes half of what a row does, and it seldom changes. */
    if (longest.start == row->gap_shown.start && longest.end == row->gap_shown.end)
        return;
    row->gap_shown = longest;
    who = trade_wording_format_side(row->watch, longest_side);
    when = trade_wording_format_time(longest.start);
    set_text(row, COLUMN_LONGEST_GAP,
             g_strdup_printf("%.3f s from %s (%s)", get_seconds(longest.end - longest.start), when,
                             who));
    g_free(who);
    g_free(when);
}

/* Writes how long a side's window was zero in all, and since when. */
static void set_closed(health_row_t *row, unsigned number, unsigned column)
{
    const trade_evidence_t *evidence = &row->watch->judge->evidence;
    const trade_side_t *side = &evidence->sides[number];
    trade_time_t total = side->zero_total;
    char *when = NULL;

    if (side->zero_first == 0) {
        set_text(row, column, g_strdup("-"));
        return;
    }
    if (side->zero_since != 0)
        total += trade_evidence_get_end(evidence, number, trade_watch_get_now()) - side->zero_since;
    when = trade_wording_format_time(side->zero_first);
    set_text(row, column, g_strdup_printf("%.3f s since %s", get_seconds(total), when));
    g_free(when);
}

/* Returns how an RST fits its side; g_free() it. */
static char *format_reset(const trade_reset_t *reset)
{
    GString *text = g_string_new("");

    if (reset->usual_ttl > 0)
        g_string_append_printf(
            text, reset->ttl == reset->usual_ttl ? "TTL %u as usual, " : "TTL %u, usually %u, ",
            reset->ttl, reset->usual_ttl);
    if (reset->ip_id != 0)
        g_string_append_printf(text, "IP id %u after %u, ", reset->ip_id, reset->usual_id);
    g_string_append_printf(text, "sequence number %d bytes from what is due", reset->distance);
    return g_string_free(text, false);
}

static void set_end(health_row_t *row)
{
    const trade_evidence_t *evidence = &row->watch->judge->evidence;
    char *who = NULL, *when = NULL, *reset = NULL;

    if (evidence->ending == TRADE_ENDING_NONE) {
        set_text(row, COLUMN_END, g_strdup("open"));
        return;
    }
    when = trade_wording_format_time(evidence->ended);
    who = trade_wording_format_side(row->watch, evidence->ended_by);
    if (evidence->ending == TRADE_ENDING_REUSED) {
        set_text(row, COLUMN_END, g_strdup_printf("SYN of the next connection at %s", when));
    } else if (evidence->ending == TRADE_ENDING_FIN) {
        set_text(row, COLUMN_END, g_strdup_printf("FIN by %s at %s", who, when));
    } else {
        reset = format_reset(&evidence->reset);
        set_text(row, COLUMN_END, g_strdup_printf("RST by %s at %s (%s)", who, when, reset));
    }
    g_free(who);
    g_free(when);
    g_free(reset);
}

/* Returns whether more is known of the module than its row says, or nothing is said yet. */
static bool is_module_news(const health_row_t *row)
{
    const trade_connection_t *connection = row->watch->connection;

    return !row->row.text[COLUMN_MODULE] || row->module_shown != connection->module ||
           row->id_shown != connection->has_module_id;
}

/* Writes the module's name, where more is known of it. */
static void set_module(health_row_t *row)
{
    const trade_connection_t *connection = row->watch->connection;
    const unsigned module = trade_watch_get_module(row->watch);

    if (!is_module_news(row))
        return;
    row->module_shown = connection->module;
    row->id_shown = connection->has_module_id;
    row->gap_shown = (trade_span_t){ 0, 0 }; /* it names the module */
    set_text(row, COLUMN_MODULE, trade_wording_format_side(row->watch, module));
    set_text(row, COLUMN_MODULE_END, trade_wording_format_end(row->watch, module));
    set_text(row, COLUMN_MULTIPLEXER_END, trade_wording_format_end(row->watch, !module));
}

static void write_row(trade_row_t *table_row)
{
    health_row_t *row = (health_row_t *)table_row;
    const trade_side_t *sides = row->watch->judge->evidence.sides;
    const unsigned module = trade_watch_get_module(row->watch);
    const uint64_t missing =
        trade_evidence_get_missing(&sides[0]) + trade_evidence_get_missing(&sides[1]);

    row->state = trade_watch_get_state(row->watch);
    set_module(row);
    set_judgement(row);
    set_pings(row, module, COLUMN_MODULE_PINGS);
    set_pings(row, !module, COLUMN_MULTIPLEXER_PINGS);
    set_times(row);
    set_longest_gap(row);
    set_closed(row, module, COLUMN_MODULE_CLOSED);
    set_closed(row, !module, COLUMN_MULTIPLEXER_CLOSED);
    set_uint(row, COLUMN_MISSING, (unsigned)MIN(missing, UINT_MAX));
    set_end(row);
}

/* Returns whether time no longer changes a row: its connection has ended. */
static bool is_over(const trade_row_t *row)
{
    return ((const health_row_t *)row)->watch->judge->evidence.ending != TRADE_ENDING_NONE;
}

/* Returns the row of a connection, made where it is new. */
static health_row_t *get_row(const trade_watch_t *watch)
{
    health_row_t *row = (health_row_t *)g_hash_table_lookup(rows, GUINT_TO_POINTER(watch->stream));

    if (row)
        return row;
    row = g_new0(health_row_t, 1);
    row->watch = watch;
    trade_table_add_row(&health, &row->row);
    g_hash_table_insert(rows, GUINT_TO_POINTER(watch->stream), row);
    set_uint(row, COLUMN_STREAM, watch->stream);
    return row;
}

/* Brings the row of a connection up to date that its ends have given up: it may go on. */
static void update_former(const trade_watch_t *former)
{
    health_row_t *row = (health_row_t *)g_hash_table_lookup(rows, GUINT_TO_POINTER(former->stream));

    if (row && row->state != trade_watch_get_state(former))
        write_row(&row->row);
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_health(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *data, tap_flags_t flags _U_)
{
    const tcp_info_t *tcp = (const tcp_info_t *)data;
    const trade_watch_t *watch = trade_watch_find(tcp->th_stream, pinfo->num);

    if (watch) {
        health_row_t *row = get_row(watch);
        if (row->state != trade_watch_get_state(watch) || is_module_news(row))
            write_row(&row->row);
        /* After the first pass, all is known; to a tap, a packet is always one that was visited. */
        if (trade_watch_is_newest(pinfo->num))
            trade_table_add_live(&health, &row->row);
    }
    if (watch && watch->former)
        update_former(watch->former);
    trade_table_sweep(&health, trade_watch_get_now());
    return TAP_PACKET_REDRAW;
}

static void reset_health(stat_tap_table *table _U_)
{
    g_hash_table_remove_all(rows);
    trade_table_reset(&health);
}

static void init_health(stat_tap_table_ui *ui)
{
    if (!rows)
        rows = g_hash_table_new(g_direct_hash, g_direct_equal);
    g_hash_table_remove_all(rows);
    trade_table_init(&health, ui);
}

void trade_health_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };
    static stat_tap_table_ui ui = { .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
                                    .title = "TRADE Health",
                                    .tap_name = "tcp",
                                    .cli_string = "trade,health",
                                    .stat_tap_init_cb = init_health,
                                    .packet_func = tap_health,
                                    .stat_tap_reset_table_cb = reset_health,
                                    .nfields = COLUMNS,
                                    .nparams = array_length(parameters),
                                    .params = parameters };

    ui.fields = (stat_tap_table_item *)columns;
    register_stat_tap_table_ui(&ui);
}
