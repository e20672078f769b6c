/* trade-session.h
 * What belongs together in a capture: connections, their two directions, and
 * the names that greetings teach.
 *
 * State is written on the first pass only and looked up, by frame and sequence
 * number, on every later one. All of it lives in wmem_file_scope(): until the
 * capture file is closed or dissected anew. What is kept:
 *
 *   trade_multiplexer_t  one for each address and port that modules connect to
 *   trade_connection_t   one for each TCP connection with TRADE in it
 *   trade_mark_t         one for each call of the dissector that differs from
 *                        "the next byte is the next PDU's first": at most one
 *                        for each TCP segment, none on a healthy stream but for
 *                        the greeting
 *   hole                 TRADE_HOLES_MAX in each direction, the oldest forgotten
 *   learned name         TRADE_NAMES_MAX on each Multiplexer: one for each change of
 *                        a module id's name
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_SESSION_H
#define TRADE_SESSION_H

#include <epan/dissectors/packet-tcp.h>

#include "packet-trade.h"
#include "trade-framing.h"

/* So many holes are remembered in each direction, to be closed by late bytes. */
#define TRADE_HOLES_MAX 16
/* So many names are learned from greetings on each Multiplexer. */
#define TRADE_NAMES_MAX 1024

typedef struct trade_multiplexer trade_multiplexer_t;
typedef struct trade_connection trade_connection_t;

/* What the dissector has to know before it looks at the bytes that TCP gives it
 * in one call. Lives as long as the call. */
typedef struct trade_call {
    trade_connection_t *connection; /* NULL: not called by TCP, nothing is known */
    unsigned direction;             /* which of the connection's two flows this is */
    uint32_t seq;                   /* sequence number of the first byte */
    trade_trust_t trust;            /* of the byte after those to be skipped */
    bool from_module;               /* a module may have sent this */
    unsigned skip;                  /* so many bytes at the start belong to PDUs that
                                       were dissected, or begun, before */
    uint32_t gap_bytes;             /* missing before the call's first PDU */
    bool gap_is_bound;              /* gap_bytes is the most that can be missing */
} trade_call_t;

/* Fills in the call: finds or makes the connection that the packet belongs to,
 * and what is known of its next byte. tcpinfo may be NULL. length: reported
 * bytes at hand. */
void trade_session_begin(trade_call_t *call, packet_info *pinfo, const struct tcpinfo *tcpinfo,
                         unsigned length);

/* What became of the bytes of a call. */
typedef struct trade_outcome {
    unsigned length;    /* reported bytes that the call had */
    unsigned kept;      /* of which TCP keeps so many for later, from the end */
    unsigned unit_left; /* so many bytes of the last PDU are still to come; 0: none, or
                           its length is not yet known */
    bool in_sync;       /* whether the last unit was a PDU, so that the next can be found */
    bool had_pdu;       /* whether the call showed a PDU, which told of the gap */
} trade_outcome_t;

/* Records, on the first pass, where the next PDU is expected. */
void trade_session_end(const trade_call_t *call, packet_info *pinfo,
                       const trade_outcome_t *outcome);

/* Remembers, on the first pass, the name that a greeting gives to an id. */
void trade_session_learn_name(const trade_call_t *call, packet_info *pinfo, uint8_t id,
                              const char *name);

/* Returns the name that a greeting gave to the id in this frame or before, on the
 * same Multiplexer, or NULL. Lives as long as the capture is open. */
const char *trade_session_find_name(const trade_call_t *call, uint32_t frame, uint8_t id);

/* Registers what makes the state anew for each capture file. proto: TRADE's id. */
void trade_session_register(int proto);

#endif /* TRADE_SESSION_H */
