/* wording.h
 * How the judgement of a connection reads: in one sentence, or in at most 80 characters, for
 * tables, columns and expert infos.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_WORDING_H
#define TRADE_UI_WORDING_H

#include "analysis/health/watch.h"

/* Returns the sentence beside a verdict, "" where all is well; g_free() it. */
char *trade_wording_explain(const trade_watch_t *watch, const trade_finding_t *finding);

/* Returns what a finding comes to, in at most 80 characters, "" where all is well; g_free() it. */
char *trade_wording_summarize(const trade_watch_t *watch, const trade_finding_t *finding);

/* Returns what a side of a connection is called; g_free() it. */
char *trade_wording_format_side(const trade_watch_t *watch, unsigned side);

/* Returns an end of a connection as address:port; g_free() it. */
char *trade_wording_format_end(const trade_watch_t *watch, unsigned side);

/* Returns a local time in a format of g_date_time_format()'s, "?" where that is out of range;
 * g_free() it. */
char *trade_wording_format_local(trade_time_t when, const char *format);

/* Cuts a text to less than size bytes, between two characters. */
void trade_wording_cut(char *text, size_t size);

/* Returns a time as local date and time with milliseconds and its zone; g_free() it. */
char *trade_wording_format_time(trade_time_t when);

#endif /* TRADE_UI_WORDING_H */
