/* wording.c
 * How a judgement reads: in a sentence, in at most 80 characters. See ui/wording.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>

#include "ui/modules.h"
#include "ui/wording.h"

/* A sentence has up to eight names, and a greeting's may have 255 bytes, \x00 each. */
#define SENTENCE_MAX 16384
/* A summary has up to 80 characters, of up to four bytes. */
#define SUMMARY_MAX 512
/* A name of this many characters leaves room for the rest. */
#define NAME_MAX_SHOWN 20
/* What is longer is no abbreviation of a time zone: POSIX asks for six characters at least. */
#define ZONE_MAX 6

/* ---- Names and times ---- */

/* Returns a time in the local zone, or NULL; g_date_time_unref() it. */
static GDateTime *get_local(trade_time_t when)
{
    /* Kept, for where TZ is not set, GLib would read the zone's file at each use. */
    static GTimeZone *zone;
    GDateTime *date = g_date_time_new_from_unix_utc(trade_time_get_seconds(when));
    GDateTime *local = NULL;

    if (!zone)
        zone = g_time_zone_new_local();
    if (date) {
        local = g_date_time_to_timezone(date, zone);
        g_date_time_unref(date);
    }
    return local;
}

/* Returns a local time in a format of g_date_time_format()'s, "?" where that is out of range;
 * g_free() it. */
static char *format_local(trade_time_t when, const char *format)
{
    GDateTime *date = get_local(when);
    char *text = date ? g_date_time_format(date, format) : g_strdup("?");

    if (date)
        g_date_time_unref(date);
    return text;
}

char *trade_wording_format_second(trade_time_t when)
{
    return when != 0 ? format_local(when, "%Y-%m-%d %H:%M:%S") : g_strdup("-");
}

void trade_wording_put_clock(trade_time_t when, char *text, size_t size)
{
    char *clock_text = format_local(when, "%H:%M:%S");

    g_strlcpy(text, clock_text, size);
    g_free(clock_text);
}

/* Returns the zone of a time; g_free() it. Windows has no abbreviations but names in the user's
 * language, such as "Central Europe Daylight Time". */
static char *format_zone(GDateTime *date)
{
    const char *name = g_date_time_get_timezone_abbreviation(date);

    return strlen(name) <= ZONE_MAX ? g_strdup(name) : g_date_time_format(date, "UTC%:z");
}

/* The zone need not be the same for all times of a capture. */
char *trade_wording_format_time(trade_time_t when)
{
    GDateTime *date = get_local(when);
    char *seconds = date ? g_date_time_format(date, "%Y-%m-%d %H:%M:%S") : NULL;
    char *zone = date ? format_zone(date) : NULL;
    char *text = g_strdup_printf("%s.%03d %s", seconds ? seconds : "?",
                                 trade_time_get_milliseconds(when), zone ? zone : "");

    g_free(zone);
    g_free(seconds);
    if (date)
        g_date_time_unref(date);
    return text;
}

/* Writes a time into a sentence. */
static void put_time(trade_time_t when, char *text, size_t size)
{
    char *time_text = trade_wording_format_time(when);

    g_strlcpy(text, time_text, size);
    g_free(time_text);
}

char *trade_wording_format_end(const trade_watch_t *watch, unsigned side)
{
    return trade_modules_format_end(NULL, &watch->ends[side].addr, watch->ends[side].port);
}

/* Returns what the module of a connection is called; g_free() it. */
static char *format_module(const trade_watch_t *watch)
{
    return trade_modules_name(NULL, watch->connection, UINT32_MAX);
}

char *trade_wording_format_side(const trade_watch_t *watch, unsigned side)
{
    return side == trade_watch_get_module(watch) ? format_module(watch) : g_strdup("Multiplexer");
}

/* Returns what a side of a connection is called in sentences; g_free() it. */
static char *name_side(const trade_watch_t *watch, unsigned side)
{
    char *addr = trade_wording_format_end(watch, side);
    char *name =
        side == trade_watch_get_module(watch) ? format_module(watch) : g_strdup("the Multiplexer");
    char *text = g_strdup_printf("%s (%s)", strcmp(name, addr) == 0 ? "the module" : name, addr);

    g_free(addr);
    g_free(name);
    return text;
}

void trade_wording_cut(char *text, size_t size)
{
    if (strlen(text) >= size)
        *g_utf8_find_prev_char(text, text + size) = '\0';
}

char *trade_wording_explain(const trade_watch_t *watch, const trade_finding_t *finding)
{
    char text[SENTENCE_MAX];

    if (finding->verdict >= TRADE_VERDICT_IDLE)
        return g_strdup("");
    char *sides[] = { name_side(watch, 0), name_side(watch, 1) };
    const trade_naming_t naming = { .side = { sides[0], sides[1] },
                                    .stream = watch->stream,
                                    .format_time = put_time };
    trade_finding_explain(finding, &naming, text, sizeof text);
    g_free(sides[0]);
    g_free(sides[1]);
    return g_utf8_make_valid(text, -1);
}

/* ---- In 80 characters ---- */

/* Returns a side's name, cut where it is long; g_free() it. */
static char *format_name(const trade_watch_t *watch, unsigned side)
{
    char *name = trade_wording_format_side(watch, side);

    if (g_utf8_strlen(name, -1) > NAME_MAX_SHOWN)
        *g_utf8_offset_to_pointer(name, NAME_MAX_SHOWN) = '\0';
    return name;
}

char *trade_wording_summarize(const trade_watch_t *watch, const trade_finding_t *finding)
{
    char text[SUMMARY_MAX];

    /* Most connections are well. */
    if (finding->verdict >= TRADE_VERDICT_IDLE)
        return g_strdup("");
    char *sides[] = { format_name(watch, 0), format_name(watch, 1) };
    const trade_naming_t naming = { .side = { sides[0], sides[1] },
                                    .format_time = trade_wording_put_clock };
    trade_finding_summarize(finding, &naming, text, sizeof text);
    g_free(sides[0]);
    g_free(sides[1]);
    return g_strdup(text);
}
