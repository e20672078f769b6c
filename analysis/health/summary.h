/* summary.h
 * What a finding comes to, in a few words, for a column: each appends that to a text.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SUMMARY_H
#define TRADE_ANALYSIS_HEALTH_SUMMARY_H

#include "analysis/health/facts.h"
#include "analysis/health/writer.h"

/* A window let nothing through. */
void trade_summarize_blocked(trade_writer_t *writer, const trade_facts_t *facts);

/* What became of bytes that were not acknowledged, or of probes. */
void trade_summarize_lost(trade_writer_t *writer, const trade_facts_t *facts);

/* An RST does not fit the side that it names. */
void trade_summarize_reset(trade_writer_t *writer, const trade_facts_t *facts);

/* Attempts to connect failed. */
void trade_summarize_attempts(trade_writer_t *writer, const trade_facts_t *facts);

/* Connections of one host ended together. */
void trade_summarize_together(trade_writer_t *writer, const trade_facts_t *facts);

/* No Ping came. */
void trade_summarize_missing(trade_writer_t *writer, const trade_facts_t *facts);

/* A Ping came late. */
void trade_summarize_late(trade_writer_t *writer, const trade_facts_t *facts);

/* A Ping had no Pong. */
void trade_summarize_unanswered(trade_writer_t *writer, const trade_facts_t *facts);

/* A Pong came late. */
void trade_summarize_answered_late(trade_writer_t *writer, const trade_facts_t *facts);

/* The capture's times are wrong. */
void trade_summarize_clocks(trade_writer_t *writer, const trade_facts_t *facts);

/* The capture lacks what could tell. */
void trade_summarize_hole(trade_writer_t *writer, const trade_facts_t *facts);

#endif /* TRADE_ANALYSIS_HEALTH_SUMMARY_H */
