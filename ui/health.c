/* health.c
 * -z trade,health: a row a connection, with a verdict on its keepalive.
 *
 * All that is shown comes from analysis/health/watch.h, which has seen each frame on the first
 * pass: so one pass, two passes and a retap see the same, and a filter only decides which
 * connections are shown.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "analysis/health/survey.h"
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
    COLUMN_DETAILS,
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
    COLUMN_INCIDENT, /* its number in trade,incidents; 0: none */
    COLUMNS
};

/* ---- The table ---- */

static stat_tap_table_item columns[COLUMNS] = {
    [COLUMN_RANK] = { TABLE_ITEM_UINT, TAP_ALIGN_LEFT, "Rank   ", "%u" },
    [COLUMN_STREAM] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Stream", "%u" },
    [COLUMN_MODULE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module", "%s" },
    [COLUMN_VERDICT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    [COLUMN_WHERE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Where", "%s" },
    [COLUMN_SINCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Since", "%s" },
    [COLUMN_FRAME] = { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Frame", "%s" },
    [COLUMN_CAUSE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Cause", "%s" },
    [COLUMN_DETAILS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Details", "%s" },
    [COLUMN_MODULE_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module endpoint", "%s" },
    [COLUMN_MULTIPLEXER_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Multiplexer endpoint", "%s" },
    [COLUMN_MODULE_PINGS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Module's Pings", "%u" },
    [COLUMN_MODULE_ANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Module's answered", "%u" },
    [COLUMN_MODULE_UNANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Module's unanswered", "%u" },
    [COLUMN_MULTIPLEXER_PINGS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Multiplexer's Pings", "%u" },
    [COLUMN_MULTIPLEXER_ANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Multiplexer's answered",
                                      "%u" },
    [COLUMN_MULTIPLEXER_UNANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT,
                                        "Multiplexer's unanswered", "%u" },
    [COLUMN_RESPONSE_MIN] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Response min (s)", "%.6f" },
    [COLUMN_RESPONSE_AVERAGE] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Response avg (s)", "%.6f" },
    [COLUMN_RESPONSE_MAX] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Response max (s)", "%.6f" },
    [COLUMN_LONGEST_GAP] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Longest gap between Pings", "%s" },
    [COLUMN_SEND_DELAY] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Max send delay (s)", "%.6f" },
    [COLUMN_MODULE_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module's window zero", "%s" },
    [COLUMN_MULTIPLEXER_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Multiplexer's window zero",
                                    "%s" },
    [COLUMN_MISSING] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Missing bytes", "%u" },
    [COLUMN_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "End", "%s" },
    [COLUMN_INCIDENT] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Incident", "%u" }
};

/* Returns a sentence with how many incidents there are besides, before its filter; g_free() it. */
static char *count_others(const char *details, unsigned others)
{
    const char *filter = g_strrstr(details, " Filter: ");
    const int length = filter ? (int)(filter - details) : (int)strlen(details);

    return g_strdup_printf("%.*s (and %u other incident%s)%s", length, details, others,
                           others == 1 ? "" : "s", filter ? filter : "");
}

/* Writes what is found of a connection. */
static void set_judgement(const trade_row_t *row, const trade_watch_t *watch)
{
    trade_judgement_t judgement;
    char *details = NULL;

    trade_watch_conclude(watch, &judgement);
    const trade_beginning_t beginning = trade_finding_get_beginning(&judgement.worst);
    trade_table_set_uint(row, COLUMN_RANK, judgement.worst.verdict + 1);
    trade_table_set_text(row, COLUMN_VERDICT,
                         g_strdup(trade_verdict_get_word(judgement.worst.verdict)));
    trade_table_set_text(row, COLUMN_WHERE, g_strdup(trade_where_get_word(judgement.worst.where)));
    trade_table_set_text(row, COLUMN_SINCE, trade_wording_format_second(beginning.when));
    trade_table_set_text(row, COLUMN_FRAME,
                         beginning.frame > 0 ? g_strdup_printf("%u", beginning.frame)
                                             : g_strdup("-"));
    trade_table_set_text(row, COLUMN_CAUSE, trade_wording_summarize(watch, &judgement.worst));
    details = trade_wording_explain(watch, &judgement.worst);
    if (judgement.others > 0 && details[0])
        trade_table_set_text(row, COLUMN_DETAILS, count_others(details, judgement.others));
    else
        trade_table_set_text(row, COLUMN_DETAILS, g_strdup(details));
    g_free(details);
}

/* Writes the Pings of one side. */
static void set_pings(const trade_row_t *row, const trade_watch_t *watch, unsigned side,
                      unsigned first_column)
{
    const trade_evidence_t *evidence = &watch->health->evidence;
    const trade_time_t end = trade_evidence_get_end(evidence, side, trade_watch_get_now());

    trade_table_set_uint(row, first_column, evidence->sides[side].pings);
    trade_table_set_uint(row, first_column + 1, evidence->sides[side].answered);
    trade_table_set_uint(row, first_column + 2,
                         trade_evidence_count_unanswered(evidence, side, end,
                                                         trade_watch_get_interval(watch, side)));
}

/* Writes response times and send delays of both sides, in s: Wireshark's window shows six decimals
 * of any number, and its own of response times is in s. */
static void set_times(const trade_row_t *row, const trade_watch_t *watch)
{
    const trade_tally_t *one = &watch->tallies.sides[0], *other = &watch->tallies.sides[1];
    const unsigned count = one->responses + other->responses;
    int64_t min = one->response_min;

    if (one->responses == 0 || (other->responses > 0 && other->response_min < min))
        min = other->response_min;
    trade_table_set_float(row, COLUMN_RESPONSE_MIN, trade_get_seconds(min));
    trade_table_set_float(
        row, COLUMN_RESPONSE_AVERAGE,
        count > 0 ? trade_get_seconds(one->response_sum + other->response_sum) / count : 0);
    trade_table_set_float(row, COLUMN_RESPONSE_MAX,
                          trade_get_seconds(MAX(one->response_max, other->response_max)));
    trade_table_set_float(row, COLUMN_SEND_DELAY,
                          (double)MAX(one->send_delay, other->send_delay) / 1e6);
}

/* Writes the longest time without a Ping of either side; that since its last Ping, too, if one is
 * overdue. */
static void set_longest_gap(const trade_row_t *row, const trade_watch_t *watch)
{
    const trade_evidence_t *evidence = &watch->health->evidence;
    trade_span_t longest = { 0, 0 };
    unsigned longest_side = 0;
    char *who = NULL, *when = NULL;

    for (unsigned side = 0; side < 2; side++) {
        const trade_span_t *kept = &watch->tallies.sides[side].longest_gap;
        trade_span_t gap = { evidence->sides[side].last_ping,
                             trade_evidence_get_end(evidence, side, trade_watch_get_now()) };
        if (evidence->sides[side].pings == 0)
            continue;
        if (kept->end - kept->start > gap.end - gap.start ||
            gap.end - gap.start <= trade_watch_get_interval(watch, side) * 3 / 2)
            gap = *kept;
        if (gap.end - gap.start > longest.end - longest.start) {
            longest = gap;
            longest_side = side;
        }
    }
    if (longest.end == 0) {
        trade_table_set_text(row, COLUMN_LONGEST_GAP, g_strdup("-"));
        return;
    }
    who = trade_wording_format_side(watch, longest_side);
    when = trade_wording_format_time(longest.start);
    trade_table_set_text(row, COLUMN_LONGEST_GAP,
                         g_strdup_printf("%.3f s from %s (%s)",
                                         trade_get_seconds(longest.end - longest.start), when,
                                         who));
    g_free(who);
    g_free(when);
}

/* Writes how long a side's window was zero in all, and since when. */
static void set_closed(const trade_row_t *row, const trade_watch_t *watch, unsigned number,
                       unsigned column)
{
    const trade_evidence_t *evidence = &watch->health->evidence;
    const trade_side_t *side = &evidence->sides[number];
    trade_time_t total = side->zero_total;
    char *when = NULL;

    if (side->zero_first == 0) {
        trade_table_set_text(row, column, g_strdup("-"));
        return;
    }
    if (side->zero_since != 0)
        total += trade_evidence_get_end(evidence, number, trade_watch_get_now()) - side->zero_since;
    when = trade_wording_format_time(side->zero_first);
    trade_table_set_text(row, column,
                         g_strdup_printf("%.3f s since %s", trade_get_seconds(total), when));
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

static void set_end(const trade_row_t *row, const trade_watch_t *watch)
{
    const trade_evidence_t *evidence = &watch->health->evidence;
    char *who = NULL, *when = NULL, *reset = NULL;

    if (evidence->ending == TRADE_ENDING_NONE) {
        trade_table_set_text(row, COLUMN_END, g_strdup("open"));
        return;
    }
    when = trade_wording_format_time(evidence->ended);
    who = trade_wording_format_side(watch, evidence->ended_by);
    if (evidence->ending == TRADE_ENDING_REUSED) {
        trade_table_set_text(row, COLUMN_END,
                             g_strdup_printf("SYN of the next connection at %s", when));
    } else if (evidence->ending == TRADE_ENDING_FIN) {
        trade_table_set_text(row, COLUMN_END, g_strdup_printf("FIN by %s at %s", who, when));
    } else {
        reset = format_reset(&evidence->reset);
        trade_table_set_text(row, COLUMN_END,
                             g_strdup_printf("RST by %s at %s (%s)", who, when, reset));
    }
    g_free(who);
    g_free(when);
    g_free(reset);
}

static void write_row(const trade_row_t *row)
{
    const trade_watch_t *watch = (const trade_watch_t *)row->about;
    const trade_side_t *sides = watch->health->evidence.sides;
    const unsigned module = trade_watch_get_module(watch);
    trade_table_set_uint(row, COLUMN_STREAM, watch->stream);
    trade_table_set_text(row, COLUMN_MODULE, trade_wording_format_side(watch, module));
    trade_table_set_text(row, COLUMN_MODULE_END, trade_wording_format_end(watch, module));
    trade_table_set_text(row, COLUMN_MULTIPLEXER_END, trade_wording_format_end(watch, !module));
    set_judgement(row, watch);
    set_pings(row, watch, module, COLUMN_MODULE_PINGS);
    set_pings(row, watch, !module, COLUMN_MULTIPLEXER_PINGS);
    set_times(row, watch);
    set_longest_gap(row, watch);
    set_closed(row, watch, module, COLUMN_MODULE_CLOSED);
    set_closed(row, watch, !module, COLUMN_MULTIPLEXER_CLOSED);
    trade_table_set_uint(row, COLUMN_MISSING,
                         trade_evidence_get_missing(&sides[0]) +
                             trade_evidence_get_missing(&sides[1]));
    set_end(row, watch);
    trade_table_set_uint(row, COLUMN_INCIDENT, trade_survey_get_number(watch));
}

static trade_table_t health = { .ui = { .title = "TRADE Health",
                                        /* TCP's tap lacks the frames whose TCP header is cut. */
                                        .tap_name = "frame",
                                        .cli_string = "trade,health",
                                        .nfields = COLUMNS,
                                        .fields = columns },
                                .title = "TRADE connections",
                                .begin = trade_survey_make,
                                .write = write_row };

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_health(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *data _U_, tap_flags_t flags _U_)
{
    const trade_watch_t *watch = trade_watch_find_of(pinfo);

    if (!watch)
        return TAP_PACKET_DONT_REDRAW;
    trade_table_note(&health, watch);
    return TAP_PACKET_REDRAW;
}

void trade_health_register(void)
{
    trade_table_register(&health, tap_health);
    trade_survey_register();
}
