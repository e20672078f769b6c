/* sentence_parts.h
 * Parts that several sentences have.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SENTENCE_PARTS_H
#define TRADE_ANALYSIS_HEALTH_SENTENCE_PARTS_H

#include "analysis/health/facts.h"
#include "analysis/health/writer.h"

/* Appends what ended a time, after "until ". */
void trade_put_until(trade_writer_t *writer, const trade_facts_t *facts);

/* Appends where the capture point is, if that is known. */
void trade_put_near(trade_writer_t *writer, const trade_facts_t *facts);

/* Appends a sentence on the other connections of the host that is suspected. */
void trade_put_siblings(trade_writer_t *writer, const trade_facts_t *facts);

#endif /* TRADE_ANALYSIS_HEALTH_SENTENCE_PARTS_H */
