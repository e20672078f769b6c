/* outstanding.h
 * Requests that wait for their answer, and which of them an answer belongs to: the one with its
 * clock or, without clocks, the oldest.
 *
 * First pass only. A request takes some 100 bytes until it is answered; OUTSTANDING_MAX of a kind
 * and direction are kept at most. What a PDU costs does not depend on how many there are.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_PINGS_OUTSTANDING_H
#define TRADE_PINGS_OUTSTANDING_H

#include "analysis/pings/records.h"

/* The two lists that a request is on: that of all, and that of those which are like it. */
enum { TRADE_IN_ORDER, TRADE_ALIKE, TRADE_REQUEST_LISTS };

struct trade_alike;

/* A request that waits for its answer. */
typedef struct trade_request {
    struct trade_request *older[TRADE_REQUEST_LISTS]; /* the one before it on each list, or NULL */
    struct trade_request *newer[TRADE_REQUEST_LISTS]; /* the one after it on each list, or NULL */
    struct trade_alike *alike;                        /* the second list */
    uint32_t record;                                  /* index of its record */
    bool has_clock;
    trade_time_t sent;
} trade_request_t;

/* Requests in the order in which they were sent. */
typedef struct trade_requests {
    trade_request_t *oldest; /* NULL: there are none */
    trade_request_t *newest; /* NULL: there are none */
} trade_requests_t;

/* Requests that an answer does not distinguish. */
typedef struct trade_alike {
    trade_requests_t requests;
    const struct trade_outstanding *owner; /* with clock, the key of those with the same clock */
    uint64_t clock;                        /* as trade_pdu_t.clock */
} trade_alike_t;

/* The outstanding requests of a kind and direction. */
typedef struct trade_outstanding {
    trade_requests_t all;
    trade_alike_t whole;               /* without a clock, and the capture is whole since */
    trade_alike_t lost;                /* without a clock, and the answer may be missing */
    trade_request_t *first_unreported; /* the oldest that trade_outstanding_take_overdue() did not
                                          return; NULL: none */
    unsigned count;                    /* of all */
} trade_outstanding_t;

/* Adds the request of the newest record. */
void trade_outstanding_add(trade_outstanding_t *outstanding, const trade_pdu_t *pdu,
                           trade_time_t now);

/* Returns the request that a PDU answers, or NULL. interval: how often Pings are due, in ns. */
trade_request_t *trade_outstanding_find(const trade_outstanding_t *outstanding,
                                        const trade_pdu_t *pdu, trade_time_t now,
                                        trade_time_t interval);

/* Links a request with its answer, and forgets it. */
void trade_outstanding_answer(trade_outstanding_t *outstanding, trade_request_t *request,
                              trade_record_t *answer, trade_time_t now);

/* Notes that bytes are missing which could hold the answer to a request. */
void trade_outstanding_lose_answer(trade_outstanding_t *outstanding, trade_request_t *request);

/* Notes the same of all requests that were sent at this time or later. Each is noted once. */
void trade_outstanding_lose_answers(trade_outstanding_t *outstanding, trade_time_t since);

/* Returns the record of the oldest request that was sent at this time or before and was not
 * returned so far, or NULL. */
const trade_record_t *trade_outstanding_take_overdue(trade_outstanding_t *outstanding,
                                                     trade_time_t until);

/* Makes the state anew for a capture file. */
void trade_outstanding_init(void);

#endif /* TRADE_PINGS_OUTSTANDING_H */
