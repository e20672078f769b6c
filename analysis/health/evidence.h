/* evidence.h
 * What TCP and the keepalive show of one connection, gathered segment by segment: what was
 * delivered, who was heard, what each window let through, which Pings wait for their Pongs. It
 * judges nothing: that is analysis/health/rules.h. What a segment costs does not grow, however long
 * a connection lives.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_EVIDENCE_H
#define TRADE_ANALYSIS_HEALTH_EVIDENCE_H

#include "analysis/health/bytes.h"
#include "analysis/health/ends.h"
#include "analysis/health/state.h"

/* Makes evidence empty. usual: the usual interval between Pings. */
void trade_evidence_init(trade_evidence_t *evidence, trade_allocate_t allocate, trade_time_t usual);

/* Adds a segment, in the order of the capture. */
trade_seen_t trade_evidence_add(trade_evidence_t *evidence, const trade_segment_t *segment);

/* A Ping of a side, in the segment added last. */
typedef struct trade_ping_event {
    uint32_t frame;   /* in which it was dissected */
    uint32_t seq;     /* of its first byte */
    uint8_t side;     /* that sent it */
    bool is_answered; /* its Pong was captured before it */
} trade_ping_event_t;

/* Adds a Ping. If too many wait, sets *forgotten to the oldest and returns true. */
bool trade_evidence_add_ping(trade_evidence_t *evidence, const trade_ping_event_t *event,
                             trade_ping_t *forgotten);

/* Takes off the Ping of this side and frame that a Pong answers, and sets *ping to it. Returns
 * whether it was there. */
bool trade_evidence_add_pong(trade_evidence_t *evidence, unsigned asking, uint32_t ping_frame,
                             trade_ping_t *ping);

/* Takes off the newest Ping that waits: a Pong that nothing links with a Ping answers it. */
void trade_evidence_take_newest(trade_evidence_t *evidence, unsigned asking);

/* Returns how many Pings of a side were not answered within an interval, though nothing is
 * missing. */
uint32_t trade_evidence_count_unanswered(const trade_evidence_t *evidence, unsigned side,
                                         trade_time_t now, trade_time_t interval);

#endif /* TRADE_ANALYSIS_HEALTH_EVIDENCE_H */
