/* attempts.h
 * Attempts to connect, and what becomes of them: answered, refused, or neither. All that one host
 * makes to one port of another are counted together.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_ATTEMPTS_H
#define TRADE_ANALYSIS_HEALTH_ATTEMPTS_H

#include "analysis/health/state.h"

/* Attempts of which none was answered, until one was. */
typedef struct trade_run {
    trade_span_t span;       /* from the first SYN to the last */
    uint32_t first_frame;    /* of the first SYN */
    trade_time_t next;       /* when the first SYN of another attempt than the first came */
    uint32_t next_frame;     /* of that; 0: there is none */
    uint32_t last_frame;     /* of the last SYN, or RST */
    uint32_t count;          /* attempts: retransmissions apart */
    uint32_t syns;           /* SYNs; 0: there is no run */
    uint32_t refusals;       /* RSTs that answered a SYN */
    uint32_t refused_frame;  /* the first of these */
    trade_time_t refused;    /* when that came */
    uint8_t refused_ttl;     /* its TTL, or hop limit */
    trade_time_t answered;   /* when an attempt was answered; 0: none was */
    uint32_t answered_frame; /* in which */
} trade_run_t;

/* The attempts of a host to connect to a port of another. */
typedef struct trade_attempts {
    trade_host_t *server;  /* the host that is asked */
    trade_run_t now;       /* those since the last that was answered */
    trade_run_t worst;     /* the longest run before, of those that failed */
    trade_notice_t notice; /* the first ICMP message about a SYN; frame 0: none came */
    uint32_t run;          /* number of the run, from 1 */
    bool has_row;          /* a connection stands for them, whose SYN was not answered */
} trade_attempts_t;

/* One attempt: a connection, until its SYN is answered. */
typedef struct trade_attempt {
    trade_attempts_t *of; /* NULL: no SYN came */
    trade_attempts_t own; /* its own SYNs alone, and what became of them */
    uint32_t run;         /* in which run of these they are counted, from 1; 0: in none */
    uint32_t seq;         /* of its newest SYN */
    uint16_t ip_id;       /* of that */
    uint8_t opener;       /* the side that sent it */
    bool is_over;         /* it was answered, or was none */
    const trade_attempts_t *stands_for; /* all of its host, or its own; NULL: for none */
} trade_attempt_t;

/* Returns whether a segment opens a connection. */
static inline bool trade_attempt_is_syn(const trade_segment_t *segment)
{
    return (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_ACK | TRADE_TCP_RST)) == TRADE_TCP_SYN;
}

/* Adds a segment of a connection to an attempt that is not over. Returns the attempts that failed
 * for which the connection stands from now on: all of its host, if it was not answered itself and
 * no other stands for them; its own, if these had failed before they were answered. NULL: none. */
const trade_attempts_t *trade_attempt_add(trade_attempt_t *attempt, const trade_segment_t *segment);

/* Adds an ICMP message about a segment of an attempt. */
void trade_attempt_add_notice(trade_attempt_t *attempt, const trade_notice_t *notice);

/* Returns the worst of the attempts; NULL: none failed. */
const trade_run_t *trade_attempts_get_worst(const trade_attempts_t *attempts);

#endif /* TRADE_ANALYSIS_HEALTH_ATTEMPTS_H */
