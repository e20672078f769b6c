/* health.h
 * What the judgement of a connection reads like, for -z trade,health and for the packet list.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_HEALTH_H
#define TRADE_UI_HEALTH_H

#include "analysis/watch.h"

/* Returns the sentence beside a verdict, "" where all is well; g_free() it. */
char *trade_health_explain(const trade_watch_t *watch, const trade_finding_t *finding);

/* Returns what a side of a connection is called; g_free() it. */
char *trade_health_format_side(const trade_watch_t *watch, unsigned side);

/* Returns a time as local date and time with milliseconds and its zone; g_free() it. */
char *trade_health_format_time(trade_time_t when);

/* Registers -z trade,health. */
void trade_health_register(void);

#endif /* TRADE_UI_HEALTH_H */
