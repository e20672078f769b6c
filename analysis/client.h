/* client.h
 * Clients' sessions: what a Multiplexer's connections tell of one client between
 * its New Connection and its Close Connection (the talk's 14.lua and 15.lua).
 *
 * Made on the first pass, in file scope: one trade_client_t of 168 bytes (where pointers have 8) a
 * session, one trade_client_stream_t of 40 for each connection that it is seen on, one
 * trade_client_module_t of 24 for each module it logs in to, and the user's name; some
 * 100 bytes for each connection id. Data PDUs cost nothing beyond that.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_CLIENT_H
#define TRADE_ANALYSIS_CLIENT_H

#include "analysis/connection.h"
#include "wire/pdu.h"

/* Where a PDU stands in the capture; frame 0: nowhere. */
typedef struct trade_position {
    uint32_t frame;
    uint32_t seq;
} trade_position_t;

/* Returns whether what stands at one position was seen at, or before, another. */
static inline bool trade_is_known_at(trade_position_t what, trade_position_t at)
{
    return what.frame != 0 &&
           (what.frame < at.frame || (what.frame == at.frame && (int32_t)(what.seq - at.seq) <= 0));
}

/* A module that a session is logged in to. File scope. */
typedef struct trade_client_module {
    struct trade_client_module *next;
    trade_position_t at; /* the Login */
    const char *name;
} trade_client_module_t;

/* A session on one of the Multiplexer's connections. File scope. */
typedef struct trade_client_stream {
    struct trade_client_stream *next;
    const trade_connection_t *connection;
    trade_position_t seen;   /* first */
    trade_position_t named;  /* first New Connection or Login */
    trade_position_t closed; /* first Close Connection */
} trade_client_stream_t;

/* What a session's PDUs add up to. File scope. */
typedef struct trade_client_sum {
    uint32_t pdus[2]; /* data PDUs from the client, and to it */
    uint64_t bytes[2];
    trade_time_t first;         /* when the session was first seen, */
    trade_time_t closed;        /* and first closed; 0: it was not */
    trade_time_t heard;         /* when data for the client was last seen; else as first */
    trade_time_t silence_start; /* the longest time without, until then, */
    trade_time_t silence_end;   /* is between these; 0: there was none so far */
} trade_client_sum_t;

/* One client's session. File scope. */
typedef struct trade_client {
    uint32_t number; /* counts the capture's sessions from 0 */
    trade_position_t start;
    trade_position_t opened; /* New Connection */
    trade_position_t closed; /* first Close Connection */
    trade_position_t user_at;
    const char *username;
    trade_position_t addr_at;
    uint32_t addr;                  /* IPv4, in network byte order */
    trade_client_module_t *modules; /* in order */
    trade_client_stream_t *streams;
    unsigned stream_count;
    trade_client_sum_t sum; /* of all that was dissected so far */
} trade_client_t;

/* Records a PDU that names a client on the first pass, and returns the session that
 * it belongs to; NULL: it names none, or is not whole. */
const trade_client_t *trade_client_note(const trade_delivery_t *delivery, packet_info *pinfo,
                                        uint32_t seq, const trade_pdu_t *pdu);

/* Returns how many sessions the capture has so far. */
uint32_t trade_client_count(void);

/* Returns the sessions that PDUs of a frame belong to, if no other frame with any was dissected
 * since, and sets *count: a session may be in it more than once. Valid until the next PDU. */
const trade_client_t *const *trade_client_find_met(uint32_t frame, unsigned *count);

/* Registers what makes the state anew for each capture file. */
void trade_client_register(void);

#endif /* TRADE_ANALYSIS_CLIENT_H */
