/* sentence_sent.h
 * What is said where it is known when something was sent, or that it was lost before it came here.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SENTENCE_SENT_H
#define TRADE_ANALYSIS_HEALTH_SENTENCE_SENT_H

#include "analysis/health/facts.h"
#include "analysis/health/writer.h"

/* Bytes were lost before they came here. */
void trade_explain_lost_before(trade_writer_t *writer, const trade_facts_t *facts);

/* A host stood still. */
void trade_explain_stood(trade_writer_t *writer, const trade_facts_t *facts);

/* A Ping or a Pong was on its way for long. */
void trade_explain_slow(trade_writer_t *writer, const trade_facts_t *facts);

#endif /* TRADE_ANALYSIS_HEALTH_SENTENCE_SENT_H */
