/* incidents.c
 * -z trade,incidents: a row an incident, the worst first, however many connections it is of.
 *
 * Incidents are made of all connections of the capture, so that their numbers and what they say do
 * not depend on a filter. That only decides which are shown: those of a connection with a frame
 * that matches.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>
#include <epan/to_str.h>

#include "analysis/health/account.h"
#include "analysis/health/survey.h"
#include "ui/stats.h"
#include "ui/table.h"
#include "ui/wording.h"

/* Room for a sentence: a greeting's name may have 255 bytes, \x00 each. */
#define SENTENCE_MAX 8192
/* How many streams, and modules, are named of an incident. */
enum { STREAMS_SHOWN = 100, MODULES_SHOWN = 10 };

enum {
    COLUMN_INCIDENT, /* its place, 1 the worst: Wireshark's window sorts by the first column */
    COLUMN_VERDICT,
    COLUMN_WHERE,
    COLUMN_SINCE,
    COLUMN_UNTIL,
    COLUMN_CONNECTIONS,
    COLUMN_OF,
    COLUMN_SHARED,
    COLUMN_FRAME,
    COLUMN_SENTENCE,
    COLUMN_MODULES,
    COLUMN_STREAMS,
    COLUMNS
};

static stat_tap_table_item columns[COLUMNS] = {
    [COLUMN_INCIDENT] = { TABLE_ITEM_UINT, TAP_ALIGN_LEFT, "Incident", "%u" },
    [COLUMN_VERDICT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    [COLUMN_WHERE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Where", "%s" },
    [COLUMN_SINCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Since", "%s" },
    [COLUMN_UNTIL] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Until", "%s" },
    [COLUMN_CONNECTIONS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Connections", "%u" },
    [COLUMN_OF] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "of", "%u" },
    [COLUMN_SHARED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Hosts", "%s" },
    [COLUMN_FRAME] = { TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Frame", "%s" },
    [COLUMN_SENTENCE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "What happened", "%s" },
    [COLUMN_MODULES] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Modules", "%s" },
    [COLUMN_STREAMS] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "tcp.stream", "%s" }
};

static void begin_rows(void);
static void write_row(const trade_row_t *row);

static trade_table_t incidents = { .ui = { .title = "TRADE Incidents",
                                           /* TCP's tap lacks the frames whose TCP header is cut. */
                                           .tap_name = "frame",
                                           .cli_string = "trade,incidents",
                                           .nfields = COLUMNS,
                                           .fields = columns },
                                   .title = "TRADE incidents",
                                   .begin = begin_rows,
                                   .write = write_row };

/* ---- Cells ---- */

/* Returns the address of a side's host; g_free() it. */
static char *format_host(const trade_watch_t *watch, unsigned side)
{
    return address_to_str(NULL, &watch->ends[side].addr);
}

/* Returns the hosts of an incident: each by its address if there is one, or else how many; g_free()
 * it. */
static char *format_hosts(const trade_cause_t *cause, const trade_watch_t *watch)
{
    const unsigned module = trade_watch_get_module(watch);
    char *one = cause->modules == 1 ? format_host(watch, module)
                                    : g_strdup_printf("%u of modules", cause->modules);
    char *other = cause->multiplexers == 1
                      ? format_host(watch, !module)
                      : g_strdup_printf("%u of Multiplexers", cause->multiplexers);
    char *text = g_strdup_printf("%s, %s", one, other);

    g_free(one);
    g_free(other);
    return text;
}

static char *format_stream(const trade_watch_t *watch)
{
    return g_strdup_printf("%u", watch->stream);
}

static char *format_module(const trade_watch_t *watch)
{
    return trade_wording_format_side(watch, trade_watch_get_module(watch));
}

/* Returns what the first connections of an incident, at most so many, are called; g_free() it. */
static char *format_connections(const trade_cause_t *cause, uint32_t most,
                                char *(*format)(const trade_watch_t *watch))
{
    const trade_trouble_t *troubles = trade_survey_get_causes()->troubles + cause->first;
    GString *text = g_string_new("");
    uint32_t shown = 0;

    for (uint32_t i = 0; i < cause->count && shown < most; i++) {
        if (i > 0 && troubles[i].subject == troubles[i - 1].subject)
            continue;
        char *name = format(trade_survey_get_watch(&troubles[i]));
        g_string_append_printf(text, "%s%s", shown++ > 0 ? ", " : "", name);
        g_free(name);
    }
    if (cause->connections > shown)
        g_string_append_printf(text, " and %u more", cause->connections - shown);
    return g_string_free(text, false);
}

/* Returns what happened; g_free() it. */
static char *format_sentence(const trade_cause_t *cause, const trade_watch_t *watch,
                             const trade_finding_t *finding)
{
    const unsigned module = trade_watch_get_module(watch);
    char *sides[] = { trade_wording_format_side(watch, 0), trade_wording_format_side(watch, 1) };
    char *hosts[] = { format_host(watch, 0), format_host(watch, 1) };
    const trade_naming_t naming = { .side = { sides[0], sides[1] },
                                    .stream = watch->stream,
                                    .format_time = trade_wording_put_clock };
    const trade_account_t account = { .cause = cause,
                                      .finding = finding,
                                      .burst = trade_survey_get_burst(cause),
                                      .naming = &naming,
                                      .module_host = hosts[module],
                                      .multiplexer_host = hosts[!module] };
    char text[SENTENCE_MAX];

    trade_account_write(&account, text, sizeof text);
    for (unsigned side = 0; side < 2; side++) {
        g_free(sides[side]);
        g_free(hosts[side]);
    }
    return g_utf8_make_valid(text, -1);
}

/* ---- The table ---- */

static void write_row(const trade_row_t *row)
{
    const trade_causes_t *causes = trade_survey_get_causes();
    const trade_cause_t *cause = (const trade_cause_t *)row->about;
    const trade_trouble_t *telling = &causes->troubles[cause->telling];
    const trade_watch_t *watch = trade_survey_get_watch(telling);
    const trade_finding_t finding = trade_survey_get_finding(telling);

    trade_table_set_uint(row, COLUMN_INCIDENT, (uint64_t)(cause - causes->causes) + 1);
    trade_table_set_text(row, COLUMN_VERDICT, g_strdup(trade_verdict_get_word(finding.verdict)));
    trade_table_set_text(row, COLUMN_WHERE, g_strdup(trade_where_get_word(cause->where)));
    trade_table_set_text(row, COLUMN_SINCE, trade_wording_format_second(cause->span.start));
    trade_table_set_text(row, COLUMN_UNTIL,
                         trade_wording_format_second(cause->is_lasting ? 0 : cause->span.end));
    trade_table_set_uint(row, COLUMN_CONNECTIONS, cause->connections);
    trade_table_set_uint(row, COLUMN_OF, cause->company[cause->share].open);
    trade_table_set_text(row, COLUMN_SHARED, format_hosts(cause, watch));
    trade_table_set_text(row, COLUMN_FRAME,
                         cause->frame > 0 ? g_strdup_printf("%u", cause->frame) : g_strdup("-"));
    trade_table_set_text(row, COLUMN_SENTENCE, format_sentence(cause, watch, &finding));
    trade_table_set_text(row, COLUMN_MODULES,
                         format_connections(cause, MODULES_SHOWN, format_module));
    trade_table_set_text(row, COLUMN_STREAMS,
                         format_connections(cause, STREAMS_SHOWN, format_stream));
}

/* Returns whether a connection of an incident is to be shown. */
static bool is_matched(const trade_causes_t *causes, const trade_cause_t *cause)
{
    for (uint32_t i = cause->first; i < cause->first + cause->count; i++) {
        if (g_hash_table_contains(incidents.noted, trade_survey_get_watch(&causes->troubles[i])))
            return true;
    }
    return false;
}

/* Makes the incidents, and a row for each that is to be shown. */
static void begin_rows(void)
{
    GPtrArray *shown = g_ptr_array_new();

    trade_survey_make();
    const trade_causes_t *causes = trade_survey_get_causes();
    for (uint32_t i = 0; i < causes->cause_count; i++) {
        if (is_matched(causes, &causes->causes[i]))
            g_ptr_array_add(shown, &causes->causes[i]);
    }
    trade_table_set_rows(&incidents, (const void *const *)shown->pdata, shown->len);
    g_ptr_array_free(shown, true);
}

/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status tap_incidents(void *tapdata _U_, packet_info *pinfo,
                                       epan_dissect_t *edt _U_, const void *data _U_,
                                       tap_flags_t flags _U_)
{
    const trade_watch_t *watch = trade_watch_find_of(pinfo);

    if (!watch)
        return TAP_PACKET_DONT_REDRAW;
    trade_table_note_reason(&incidents, watch);
    return TAP_PACKET_REDRAW;
}

void trade_incidents_register(void)
{
    trade_table_register(&incidents, tap_incidents);
}
