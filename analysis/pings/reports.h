/* reports.h
 * What the clocks in PDUs show, and what the Multiplexer reports: how long a request waited before
 * it was sent, whether a clock was set, and which Ping and Pong a reported roundtrip is about.
 *
 * Reported times and clocks: the talk's slide "RTT=188.409 ms???".
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_PINGS_REPORTS_H
#define TRADE_PINGS_REPORTS_H

#include "analysis/connection.h"
#include "analysis/pings/records.h"

/* What is kept of a connection. First pass only. */
typedef struct trade_reports {
    /* Of each direction; NULL: none was seen. Other connections to the same address may be with
     * other hosts, whose clocks differ. */
    struct trade_clock *clocks[2];
    const trade_record_t *pong; /* of the module, the newest; NULL: none, or it was reported */
    trade_time_t pong_time;     /* when that was captured */
} trade_reports_t;

/* A clock that was set: the capture's forward, or a sender's back. */
typedef struct trade_step {
    uint32_t number;     /* counts them, from 1 */
    trade_span_t span;   /* in which it was set */
    trade_time_t amount; /* by how much, in ns */
    uint32_t frame;      /* the first after it that shows it */
} trade_step_t;

/* Sets how long a request, the newest record, waited before it was sent: how much more its clock
 * lags behind the capture's than those of PDUs which did not wait, of clocks that drift and are
 * set. */
void trade_reports_set_send_delay(trade_reports_t *reports, const trade_delivery_t *delivery,
                                  const trade_pdu_t *pdu, trade_time_t now);

/* Notes a Pong, which the Multiplexer may report if it is the module's. */
void trade_reports_add_pong(trade_reports_t *reports, const trade_delivery_t *delivery,
                            const trade_record_t *pong, trade_time_t now);

/* Links a report with the Ping and Pong that it is about: the last ones of the module that it
 * names, if they were not reported before, took no longer than it says, and came at this time or
 * later. reports: the module's. rtt: what the report says, in microseconds. */
void trade_reports_link(trade_reports_t *reports, trade_record_t *report, uint64_t rtt,
                        trade_time_t since);

/* Returns the last clock that was set, as far as PDUs have shown. */
const trade_step_t *trade_reports_get_step(void);

/* Makes the state anew for a capture file. */
void trade_reports_init(void);

#endif /* TRADE_PINGS_REPORTS_H */
