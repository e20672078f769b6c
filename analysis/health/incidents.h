/* incidents.h
 * The health of a connection: what went wrong with it, and where, by its evidence. One judgement,
 * for the table of -z trade,health and for the packet list.
 *
 * Knows nothing of Wireshark. Of fixed size: 2 KB beside the evidence, if there were incidents.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_INCIDENTS_H
#define TRADE_ANALYSIS_HEALTH_INCIDENTS_H

#include "analysis/health/evidence.h"
#include "analysis/health/rules.h"

/* Most incidents that are kept of a connection: the worst. */
enum { TRADE_INCIDENTS_MAX = 3 };

/* A connection's evidence, and what went wrong so far and is over. */
typedef struct trade_health {
    trade_evidence_t evidence;
    trade_finding_t *incidents; /* the worst first; NULL: there were none */
    uint32_t incident_count;    /* TRADE_INCIDENTS_MAX at most */
    uint32_t dropped;           /* incidents that are not kept */
} trade_health_t;

/* The outcome for a connection. */
typedef struct trade_judgement {
    trade_finding_t worst;
    uint32_t others; /* how many other incidents there were */
} trade_judgement_t;

/* Adds a Ping, in the segment that was added last to the evidence. Returns whether it shows that
 * its side keeps to another interval than was known. */
bool trade_health_add_ping(trade_health_t *health, const trade_health_context_t *context,
                           const trade_ping_event_t *event);

/* A Pong in the segment that was added last. */
typedef struct trade_pong_event {
    uint8_t asking;       /* the side whose Ping it answers */
    uint32_t ping_frame;  /* of that Ping */
    trade_time_t elapsed; /* since that Ping */
} trade_pong_event_t;

/* Adds a Pong. */
void trade_health_add_pong(trade_health_t *health, const trade_health_context_t *context,
                           const trade_pong_event_t *event);

/* Returns whether two findings are of one incident: their times overlap. */
static inline bool trade_findings_are_one(const trade_finding_t *one, const trade_finding_t *other)
{
    return one->facts.span.start < other->facts.span.end &&
           other->facts.span.start < one->facts.span.end;
}

/* Judges a connection as it stands. held: what TCP holds back of each side. */
void trade_health_conclude(const trade_health_t *health, const trade_health_context_t *context,
                           const trade_held_t held[2], trade_judgement_t *judgement);

/* Returns an incident, the worst first, by what is known of the capture's clocks by now. */
trade_finding_t trade_health_get_incident(const trade_health_t *health,
                                          const trade_health_context_t *context, unsigned number);

/* Returns whether a side's Ping is overdue by the newest segment, and not yet reported. */
static inline bool trade_health_is_overdue(const trade_health_t *health, unsigned side)
{
    return health->evidence.now > health->evidence.sides[side].overdue;
}

/* Judges the time since a side's last Ping, which is overdue. Returns whether it is missing. */
bool trade_health_find_missing(trade_health_t *health, const trade_health_context_t *context,
                               unsigned side, trade_finding_t *finding);

#endif /* TRADE_ANALYSIS_HEALTH_INCIDENTS_H */
