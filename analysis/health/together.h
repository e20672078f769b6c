/* together.h
 * Connections that one host ends together: because its program, or the host, ended or began anew,
 * or since somebody on the way reset them all.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_TOGETHER_H
#define TRADE_ANALYSIS_HEALTH_TOGETHER_H

#include "analysis/health/state.h"

/* Notes that a connection has bytes and did not end. */
void trade_together_begin(trade_evidence_t *evidence);

/* Notes that a connection has ended, with a segment. */
void trade_together_end(trade_evidence_t *evidence, const trade_segment_t *segment);

/* Notes that somebody asks a host for a connection. */
void trade_together_ask(trade_host_t *host, const trade_segment_t *segment);

/* Notes that a host, or somebody in its name, refuses one. */
void trade_together_refuse(trade_host_t *host, const trade_segment_t *segment);

/* Notes that a host answers. */
void trade_together_answer(trade_host_t *host, const trade_segment_t *segment);

/* Returns the connections that a connection ended together with; NULL: there are none. */
const trade_burst_t *trade_together_find(const trade_evidence_t *evidence);

#endif /* TRADE_ANALYSIS_HEALTH_TOGETHER_H */
