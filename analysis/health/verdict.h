/* verdict.h
 * What went wrong with a connection, and where, by the evidence: one judgement, for the table of
 * -z trade,health and for the packet list. docs/VERDICTS.md has its rules with their reasons.
 *
 * Knows nothing of Wireshark. Of fixed size: 2 KB beside the evidence, where there were incidents.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_VERDICT_H
#define TRADE_ANALYSIS_VERDICT_H

#include "analysis/health/capture.h"
#include "analysis/health/evidence.h"
#include "analysis/health/facts.h"

/* What is said of a connection. */
typedef struct trade_finding {
    trade_verdict_t verdict;
    trade_where_t where;
    uint8_t rule; /* index of its rule; of idle and ok: none */
    trade_facts_t facts;
} trade_finding_t;

/* Most incidents that are kept of a connection: the worst. */
enum { TRADE_INCIDENTS_MAX = 3 };

/* A connection's evidence, and what went wrong so far and is over. */
typedef struct trade_judge {
    trade_evidence_t evidence;
    trade_finding_t *incidents; /* the worst first; NULL: there were none */
    uint32_t incident_count;
    uint32_t dropped; /* incidents that are not kept */
} trade_judge_t;

/* What holds for a whole capture. */
typedef struct trade_court {
    trade_capture_t capture;
    trade_time_t usual; /* interval between two Pings */
    trade_time_t limit; /* that a side waits for a Pong */
} trade_court_t;

/* The outcome for a connection. */
typedef struct trade_judgement {
    trade_finding_t worst;
    uint32_t others; /* how many other incidents there were */
} trade_judgement_t;

/* Adds a Ping, in the segment that was added last to the evidence. Returns whether it shows that
 * its side keeps to another interval than was known. */
bool trade_judge_add_ping(trade_judge_t *judge, const trade_court_t *court,
                          const trade_ping_event_t *event);

/* A Pong in the segment that was added last. */
typedef struct trade_pong_event {
    uint8_t asking;       /* the side whose Ping it answers, */
    uint32_t ping_frame;  /* which was in this frame, */
    trade_time_t elapsed; /* how long ago that was */
} trade_pong_event_t;

/* Adds a Pong. */
void trade_judge_add_pong(trade_judge_t *judge, const trade_court_t *court,
                          const trade_pong_event_t *event);

/* Judges a connection as it stands. held: what TCP holds back of each side. */
void trade_judge_conclude(const trade_judge_t *judge, const trade_court_t *court,
                          const trade_held_bytes_t held[2], trade_judgement_t *judgement);

/* Returns an incident, the worst first, by what is known of the capture's clocks by now. */
trade_finding_t trade_judge_get_incident(const trade_judge_t *judge, const trade_court_t *court,
                                         unsigned number);

/* Returns whether a side's Ping is overdue by the newest segment, which was not yet told. */
static inline bool trade_judge_is_overdue(const trade_judge_t *judge, unsigned side)
{
    return judge->evidence.now > judge->evidence.sides[side].overdue;
}

/* Judges the time since a side's last Ping, which is overdue. Returns whether it is missing. */
bool trade_judge_find_missing(trade_judge_t *judge, const trade_court_t *court, unsigned side,
                              trade_finding_t *finding);

/* Returns how often a side sends Pings. */
trade_time_t trade_judge_get_interval(const trade_judge_t *judge, const trade_court_t *court,
                                      unsigned side);

/* Returns the word of a verdict. */
const char *trade_verdict_get_word(trade_verdict_t verdict);

/* Returns the word of a place; "-" for none. */
const char *trade_where_get_word(trade_where_t where);

/* Returns the frame to look at first; 0: none. */
uint32_t trade_finding_get_frame(const trade_finding_t *finding);

/* Writes the sentence beside a verdict, with a filter that shows what it says; "" for idle and
 * ok. */
void trade_finding_explain(const trade_finding_t *finding, const trade_naming_t *naming, char *text,
                           size_t size);

#endif /* TRADE_ANALYSIS_VERDICT_H */
