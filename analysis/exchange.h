/* exchange.h
 * Questions and answers: Ping and Pong, Roundtrip and its echo, the Multiplexer's
 * reports of them, and how long a PDU waited before it was sent.
 *
 * One record a PDU of these kinds, of 24 bytes, made on the first pass and
 * completed by its answer; file scope. Another 24 if a time is too long for that (minutes between
 * PDUs that belong together, a send delay of more than 65 ms), or if the PDU shows an earlier Ping
 * to be unanswered. An outstanding request costs another 72 bytes, and
 * some 40 if it has a clock; OUTSTANDING_MAX of them at most. What is done for a PDU
 * does not depend on how many are outstanding. Reported times, clocks and keepalive: the
 * talk's slides "Ping-Pong?", "The case of the missing ping!" and "RTT=188.409 ms???".
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_EXCHANGE_H
#define TRADE_ANALYSIS_EXCHANGE_H

#include "analysis/connection.h"
#include "analysis/evidence.h"
#include "wire/pdu.h"

/* What the first pass found out about a PDU; bits of trade_record_t.flags. */
enum {
    TRADE_RECORD_ANSWER = 1U << 0,          /* answers the PDU of its peer frame */
    TRADE_RECORD_SEND_DELAY = 1U << 1,      /* has a send delay */
    TRADE_RECORD_INTERVAL = 1U << 2,        /* a Ping with one before it */
    TRADE_RECORD_LATE = 1U << 3,            /* the Ping is late by what its side keeps to, and
                                               the capture is whole */
    TRADE_RECORD_UNEXPECTED = 1U << 4,      /* a Pong without a Ping, and the capture whole */
    TRADE_RECORD_UNCERTAIN = 1U << 5,       /* bytes that could explain it are missing */
    TRADE_RECORD_ANSWER_LOST = 1U << 6,     /* bytes that could hold the answer are missing */
    TRADE_RECORD_PROOF_LOST = 1U << 7,      /* so are those of the Ping of its other frame */
    TRADE_RECORD_INTERVAL_UNSURE = 1U << 8, /* so are bytes between the Ping before and this */
    TRADE_RECORD_REVERSED = 1U << 9,        /* a Ping and its Pong, which was captured first */
    TRADE_RECORD_AGAIN = 1U << 10,          /* its bytes came before: it counts for nothing */
    TRADE_RECORD_LARGE = 1U << 11           /* some of it is kept elsewhere: see below */
};

/* A PDU that asks, answers or reports. What is "own" is for exchange.c: see the functions below.
 * File scope. */
typedef struct trade_record {
    uint32_t frame;
    uint32_t seq;           /* sequence number of its first byte */
    uint32_t own_peer;      /* a request's answer, an answer's request, by frame; of a report,
                               the record of its Pong, from 1; 0: none */
    uint16_t flags : 12;    /* TRADE_RECORD_ bits */
    uint16_t role : 3;      /* a trade_role_t */
    uint16_t direction : 1; /* index of the flow */
    uint16_t own_delay;
    int64_t own_elapsed : 38; /* of a large one, the index of what it has elsewhere */
    uint64_t stream : 26;     /* tcp.stream */
} trade_record_t;

/* Returns the frame of a request's answer, an answer's request or a report's Ping; 0: none. */
uint32_t trade_record_get_peer_frame(const trade_record_t *record);

/* Returns the frame of a report's Pong; else of a Ping that this PDU shows to be unanswered; 0:
 * none. */
uint32_t trade_record_get_other_frame(const trade_record_t *record);

/* Returns, in ns, an answer's response time, the time between a Ping and the one before it, or a
 * report's time on the wire. */
int64_t trade_record_get_elapsed(const trade_record_t *record);

/* Returns the send delay, in microseconds; of a report, how much of it the way explains: see
 * trade_exchange_set_beyond(). */
int64_t trade_record_get_send_delay(const trade_record_t *record);

/* Records a PDU on the first pass, finds its record on a later one. seq: of its
 * first byte. NULL: it is not of these kinds. File scope. */
const trade_record_t *trade_exchange_note(const trade_delivery_t *delivery, packet_info *pinfo,
                                          uint32_t seq, const trade_pdu_t *pdu);

/* Returns the index of a frame's first record and sets *count to how many it has;
 * they follow one another. */
uint32_t trade_exchange_find_frame(uint32_t frame, unsigned *count);

/* Returns a record by its index. File scope. */
const trade_record_t *trade_exchange_get(uint32_t number);

/* Returns how many records there are so far. */
uint32_t trade_exchange_get_count(void);

/* Returns the index of the first record of a frame that none is newer than; if it has none, how
 * many there are so far. First pass only. */
uint32_t trade_exchange_get_first(uint32_t frame);

/* Notes how many microseconds of a reported roundtrip the way beyond the capture point explains. On
 * the first pass, of the newest record. */
void trade_exchange_set_beyond(int64_t microseconds);

/* Whether a Ping was answered, as far as the capture can show. */
typedef enum trade_answered {
    TRADE_ANSWERED_UNKNOWN, /* answered, or the capture ends too soon after it */
    TRADE_ANSWERED_NEVER,
    TRADE_ANSWERED_LOST /* never, but bytes that could hold the answer are missing */
} trade_answered_t;

/* Returns, after the first pass, whether a Ping of this connection was answered. sent: when it was
 * captured. */
trade_answered_t trade_exchange_was_answered(const trade_connection_t *connection,
                                             trade_time_t sent, const trade_record_t *ping);

/* A clock that was set: the capture's forward, or a sender's back. */
typedef struct trade_step {
    uint32_t number;     /* counts them, from 1 */
    trade_span_t span;   /* in which it was set */
    trade_time_t amount; /* by how much, in ns */
    uint32_t frame;      /* the first after it that shows it */
} trade_step_t;

/* Returns the last clock that was set, as far as PDUs have shown. First pass only. */
const trade_step_t *trade_exchange_get_step(void);

/* Returns how often Pings are due, in ns. */
trade_time_t trade_exchange_get_interval(void);

/* Sets how often Pings are due, in ns. */
void trade_exchange_set_interval(trade_time_t interval);

/* Gives, on the first pass, each side of a connection its clock: its module was taken for the
 * Multiplexer, which had from. */
void trade_exchange_move(const trade_connection_t *connection, trade_multiplexer_t *from);

/* Registers what makes the state anew for each capture file. */
void trade_exchange_register(void);

#endif /* TRADE_ANALYSIS_EXCHANGE_H */
