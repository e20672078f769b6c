/* pings.h
 * Ping and Pong, Roundtrip and its echo, and the Multiplexer's reports: records each of these PDUs
 * on the first pass, with what it answers, what it shows to be unanswered, and whether it is late.
 *
 * The talk's slides "Ping-Pong?" and "The case of the missing ping!".
 *
 * File scope: 96 bytes a PDU of these kinds, 1 KB a connection; see also
 * analysis/pings/outstanding.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_PINGS_PINGS_H
#define TRADE_PINGS_PINGS_H

#include "analysis/connection.h"
#include "analysis/pings/records.h"
#include "analysis/pings/reports.h"

/* Records a PDU on the first pass, finds its record on a later one. seq: sequence number of its
 * first byte. NULL: it is not of these kinds. File scope. */
trade_record_t *trade_pings_note(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq,
                                 const trade_pdu_t *pdu);

/* Whether a Ping was answered, as far as the capture can show. */
typedef enum trade_answered {
    TRADE_ANSWERED_UNKNOWN, /* answered, or the capture ends too soon after it */
    TRADE_ANSWERED_NEVER,
    TRADE_ANSWERED_LOST /* never, but bytes that could hold the answer are missing */
} trade_answered_t;

/* Returns, after the first pass, whether a Ping of this connection was answered. when: the time of
 * its frame. */
trade_answered_t trade_pings_get_answered(const trade_connection_t *connection,
                                          const trade_record_t *ping, trade_time_t when);

/* Returns how often Pings are due, in ns. */
trade_time_t trade_pings_get_interval(void);

/* Sets how often Pings are due, in ns. */
void trade_pings_set_interval(trade_time_t interval);

/* Registers what makes the state anew for each capture file. */
void trade_pings_register(void);

#endif /* TRADE_PINGS_PINGS_H */
