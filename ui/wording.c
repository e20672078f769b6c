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
/* A name of this many characters leaves room for the rest. */
#define NAME_MAX_SHOWN 20

/* ---- Names and times ---- */

/* Returns a time in the local zone, or NULL; g_date_time_unref() it. */
static GDateTime *get_local(trade_time_t when)
{
    /* Kept, for where TZ is not set, GLib would read the zone's file at each use. */
    static GTimeZone *zone;
    GDateTime *date = g_date_time_new_from_unix_utc(when / TRADE_SECOND);
    GDateTime *local = NULL;

    if (!zone)
        zone = g_time_zone_new_local();
    if (date) {
        local = g_date_time_to_timezone(date, zone);
        g_date_time_unref(date);
    }
    return local;
}

char *trade_wording_format_local(trade_time_t when, const char *format)
{
    GDateTime *date = get_local(when);
    char *text = date ? g_date_time_format(date, format) : g_strdup("?");

    if (date)
        g_date_time_unref(date);
    return text;
}

/* The zone need not be the same for all times of a capture. */
char *trade_wording_format_time(trade_time_t when)
{
    GDateTime *date = get_local(when);
    char *seconds = date ? g_date_time_format(date, "%Y-%m-%d %H:%M:%S") : NULL;
    char *text =
        g_strdup_printf("%s.%03d %s", seconds ? seconds : "?", (int)(when % TRADE_SECOND / 1000000),
                        date ? g_date_time_get_timezone_abbreviation(date) : "");

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

/* Who and when a summary speaks of. Freed by free_words(). */
typedef struct words {
    char *asking; /* the side whose Ping it is */
    char *other;
    char *since;  /* time of day, */
    char *due;    /* of when the Ping was due, */
    char *closed; /* and of when a window closed */
    double seconds;
} words_t;

/* Returns a side's name, cut where it is long; g_free() it. */
static char *format_name(const trade_watch_t *watch, unsigned side)
{
    char *name = trade_wording_format_side(watch, side);

    if (g_utf8_strlen(name, -1) > NAME_MAX_SHOWN)
        *g_utf8_offset_to_pointer(name, NAME_MAX_SHOWN) = '\0';
    return name;
}

/* Returns the local time of day; g_free() it. */
static char *format_clock(trade_time_t when)
{
    return trade_wording_format_local(when, "%H:%M:%S");
}

static void free_words(words_t *words)
{
    g_free(words->asking);
    g_free(words->other);
    g_free(words->since);
    g_free(words->due);
    g_free(words->closed);
}

/* Returns what closed windows did. */
static char *summarize_blocked(const words_t *words, const trade_facts_t *facts)
{
    const bool is_gap = facts->kind == TRADE_CASE_GAP;

    return g_strdup_printf(
        "%s's window was %s for %.0f s; no %s from %s", is_gap ? words->other : words->asking,
        facts->block.is_zero ? "0" : "full", (double)facts->block.sum / TRADE_SECOND,
        is_gap ? "Ping left" : "Pong came", is_gap ? words->due : words->since);
}

/* Returns what became of bytes that were not acknowledged, or of probes. */
static char *summarize_lost(const words_t *words, const trade_facts_t *facts)
{
    const bool is_asking = facts->sender == facts->asking;

    if (facts->sending.times == 0)
        return g_strdup_printf("%s answered none of %u window probes from %s on",
                               facts->kind == TRADE_CASE_GAP ? words->other : words->asking,
                               facts->block.probes, words->closed);
    return g_strdup_printf("%s's %s, sent %u times, %s", is_asking ? words->asking : words->other,
                           facts->sending.is_ping ? "Ping" : "bytes", facts->sending.times,
                           facts->sending.acked_frame ? "acknowledged late" : "not acknowledged");
}

/* Returns the summary of what a rule found. */
static char *summarize(const trade_finding_t *finding, const words_t *words)
{
    switch (finding->verdict) {
    case TRADE_VERDICT_PEER_NOT_READING:
        return summarize_blocked(words, &finding->facts);
    case TRADE_VERDICT_NOT_DELIVERED:
        return summarize_lost(words, &finding->facts);
    case TRADE_VERDICT_RESET_FOREIGN:
        return g_strdup_printf("the RST in %s's name does not fit it", words->asking);
    case TRADE_VERDICT_PING_MISSING:
        return g_strdup_printf("no Ping of %s for %.0f s, from %s on", words->asking,
                               words->seconds, words->since);
    case TRADE_VERDICT_PING_UNANSWERED:
        return g_strdup_printf("%s's Ping of %s was not answered for %.0f s", words->asking,
                               words->since, words->seconds);
    case TRADE_VERDICT_LATE:
        if (finding->facts.is_closed || finding->facts.end_frame == 0)
            return g_strdup_printf("no Ping of %s for %.0f s, from %s on", words->asking,
                                   words->seconds, words->since);
        return g_strdup_printf("%s's Ping came after %.0f s, from %s on", words->asking,
                               words->seconds, words->since);
    case TRADE_VERDICT_ANSWERED_LATE:
        return g_strdup_printf("%s's Ping of %s was answered after %.3g s", words->asking,
                               words->since, words->seconds);
    case TRADE_VERDICT_CLOCKS_DIFFER:
        return g_strdup(finding->facts.is_skewed ? "the capture's times contradict each other"
                                                 : "the capture's clock was set meanwhile");
    case TRADE_VERDICT_CAPTURE_HOLE:
        return g_strdup(finding->facts.mixed_frame > 0
                            ? "two connections have the same addresses and ports"
                            : "the capture, or the dissector, lacks what could tell");
    case TRADE_VERDICT_IDLE:
    case TRADE_VERDICT_OK:
        break;
    }
    return g_strdup("");
}

char *trade_wording_summarize(const trade_watch_t *watch, const trade_finding_t *finding)
{
    const trade_facts_t *facts = &finding->facts;

    /* Most connections are well. */
    if (finding->verdict >= TRADE_VERDICT_IDLE)
        return g_strdup("");
    const bool is_reset = facts->kind == TRADE_CASE_RESET;
    const unsigned side = is_reset ? facts->reset.side : facts->asking;
    words_t words = { .asking = format_name(watch, side),
                      .other = format_name(watch, !side),
                      .since = format_clock(facts->span.start),
                      .due = format_clock(facts->span.start + facts->interval),
                      .closed = format_clock(facts->block.span.start),
                      .seconds = (double)(facts->span.end - facts->span.start) / TRADE_SECOND };
    char *text = summarize(finding, &words);

    free_words(&words);
    return text;
}
