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

/* Something that may be of an outage of a host. */
typedef struct trade_symptom {
    trade_time_t since;
    trade_time_t interval; /* between two Pings */
    bool is_attempt;       /* to connect to the host */
} trade_symptom_t;

/* A time in which a host ended connections together, or was not heard. */
typedef struct trade_outage {
    const void *id;             /* tells it from others; NULL: there is none */
    const trade_burst_t *burst; /* the connections that it ended; NULL: it was only not heard */
} trade_outage_t;

/* Returns the outage of a host that a symptom may be of. now: the end of the capture. */
trade_outage_t trade_together_find_outage(const trade_host_t *host, const trade_symptom_t *symptom,
                                          trade_time_t now);

#endif /* TRADE_ANALYSIS_HEALTH_TOGETHER_H */
