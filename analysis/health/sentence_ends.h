/* sentence_ends.h
 * What is said of attempts to connect, and of how connections end.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SENTENCE_ENDS_H
#define TRADE_ANALYSIS_HEALTH_SENTENCE_ENDS_H

#include "analysis/health/facts.h"
#include "analysis/health/writer.h"

/* Attempts to connect failed: in a sentence, and in a few words. */
void trade_explain_attempts(trade_writer_t *writer, const trade_facts_t *facts);
void trade_summarize_attempts(trade_writer_t *writer, const trade_facts_t *facts);

/* An RST does not fit the side that it names. */
void trade_explain_reset(trade_writer_t *writer, const trade_facts_t *facts);

/* Connections of one host ended together. */
void trade_explain_together(trade_writer_t *writer, const trade_facts_t *facts);
void trade_summarize_together(trade_writer_t *writer, const trade_facts_t *facts);

/* Appends what became of attempts to connect to a host since then. who: the host. */
void trade_put_after(trade_writer_t *writer, const trade_burst_t *burst, const char *who);

#endif /* TRADE_ANALYSIS_HEALTH_SENTENCE_ENDS_H */
