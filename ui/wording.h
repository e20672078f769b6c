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

/* Returns a time as local date and time to the second, "-" where it is 0; g_free() it. */
char *trade_wording_format_second(trade_time_t when);

/* Writes the local time of day. For trade_naming_t. */
void trade_wording_put_clock(trade_time_t when, char *text, size_t size);

/* Cuts a text to less than size bytes, between two characters. */
void trade_wording_cut(char *text, size_t size);

/* Returns a time as local date and time with milliseconds and its zone; g_free() it. */
char *trade_wording_format_time(trade_time_t when);

#endif /* TRADE_UI_WORDING_H */
