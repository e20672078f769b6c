/* records.h
 * What the first pass found out about each Ping, Pong, Roundtrip and report: a record a PDU, in the
 * order of the PDUs. Later passes find it again.
 *
 * File scope: 96 bytes a record.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_PINGS_RECORDS_H
#define TRADE_PINGS_RECORDS_H

#include "stream/stream.h"
#include "wire/pdu.h"

/* A PDU that asks, answers or reports. What does not apply to its role is 0. File scope: all but
 * what is said to come later is set when the PDU comes. */
typedef struct trade_record {
    uint32_t frame;
    uint32_t seq;      /* sequence number of its first byte */
    uint32_t stream;   /* tcp.stream */
    trade_role_t role; /* Ping, Pong, Roundtrip or report */
    uint8_t direction; /* index of the flow that it is in */
    bool is_repeated;  /* a Ping or Pong whose bytes came before: it counts for nothing */

    /* A request: a Ping, or a Roundtrip that answers none */
    bool is_answer_lost;   /* bytes that could hold the answer are missing. May come later */
    bool is_reversed;      /* of a Ping and its Pong: the Pong was captured first. May come later */
    uint32_t answer_frame; /* frame of its answer; 0: none so far. Comes later */

    /* An answer: a Pong, or a Roundtrip that comes back */
    uint32_t request_frame; /* frame of the PDU that it answers; 0: not known. Of a Pong that was
                               captured before its Ping, comes later */
    bool is_answer;         /* request_frame was captured before it */
    bool is_unexpected;     /* a Pong without a Ping, and the capture is whole */
    bool may_lack_ping;     /* a Pong without a Ping, which may be in bytes that are missing */
    int64_t response_time;  /* ns since the request, if is_answer */

    /* A Ping's distance from the one before it */
    int64_t interval;  /* ns, if has_interval */
    bool has_interval; /* there was one before it */
    bool is_late;      /* longer than its side keeps to, and the capture is whole. Is taken back
                          later if the side turns out to keep to another interval */
    bool may_be_late;  /* the same, but a Ping may be in bytes that are missing */

    /* An earlier Ping that has had no Pong for too long, on any PDU but a report */
    bool is_overdue_uncertain; /* bytes that could hold its Pong are missing */
    uint32_t overdue_frame;    /* that Ping's frame; 0: there is none */

    /* How long a Ping or Roundtrip waited before it was sent */
    bool has_send_delay;
    int64_t send_delay; /* in microseconds, if has_send_delay. May become less later */

    /* A report */
    uint32_t ping_frame; /* frame of the Ping that it is about; 0: not known, nor what follows */
    uint32_t pong_frame; /* frame of that Ping's Pong */
    int64_t wire_time;   /* ns from that Ping to its Pong at the capture point */
    int64_t beyond;      /* microseconds that the path beyond the capture point explains */
} trade_record_t;

_Static_assert(sizeof(trade_record_t) <= 96, "a capture may have millions");

/* Adds the record of a PDU, the last one. First pass only. */
trade_record_t *trade_records_add(const trade_delivery_t *delivery, uint32_t frame, uint32_t seq,
                                  trade_role_t role);

/* Returns the record of a PDU that the first pass saw; NULL: it has none. seq: sequence number of
 * its first byte. */
trade_record_t *trade_records_find(const trade_delivery_t *delivery, uint32_t frame, uint32_t seq);

/* Returns a record by its index. */
trade_record_t *trade_records_get(uint32_t number);

/* Returns how many records there are so far. */
uint32_t trade_records_get_count(void);

/* Returns the index of a frame's first record and sets *count to how many it has: they follow one
 * another. */
uint32_t trade_records_find_frame(uint32_t frame, unsigned *count);

/* Returns the index of the first record of the frame that is dissected; if that has none, how many
 * there are so far. First pass only. */
uint32_t trade_records_get_first(uint32_t frame);

/* Makes the state anew for a capture file. */
void trade_records_init(void);

#endif /* TRADE_PINGS_RECORDS_H */
