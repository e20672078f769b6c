/* summary.h
 * A verdict in at most 80 characters, for columns and expert infos; analysis/verdict.h has the
 * whole sentence.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_SUMMARY_H
#define TRADE_UI_SUMMARY_H

#include "analysis/watch.h"

/* Returns what a finding comes to, "" where all is well; g_free() it. */
char *trade_summarize(const trade_watch_t *watch, const trade_finding_t *finding);

#endif /* TRADE_UI_SUMMARY_H */
