/* client.h
 * Clients' sessions: what a Multiplexer's connections tell of one client between
 * its New Connection and its Close Connection (the talk's 14.lua and 15.lua).
 *
 * Made on the first pass, in file scope: one trade_client_t of 20 bytes a session, one
 * trade_client_sum_t of 48 for each that has data PDUs, and 16 bytes for each PDU that tells
 * something new of a session, besides what it tells: 8 for its start and its end each, 4 for the
 * address, the user's name, 4 for a module if it is not the connection's. Such PDUs are at most
 * three for each of the connections and modules that are kept. A page of 256 bytes for each 64
 * connection ids, and 8 KB a Multiplexer. Data PDUs cost nothing beyond that.
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

/* Most connections, and most modules, that are kept of a session: it bounds the work that hostile
 * bytes can cause. */
enum { TRADE_CLIENT_STREAMS_MAX = 64, TRADE_CLIENT_MODULES_MAX = 64 };

/* What a session's data PDUs add up to. File scope. */
typedef struct trade_client_sum {
    uint32_t pdus[2]; /* from the client, and to it */
    uint64_t bytes[2];
    trade_time_t heard;         /* when data for the client was last seen; else as first */
    trade_time_t silence_start; /* the longest time without, until then, */
    trade_time_t silence_end;   /* is between these; 0: there was none so far */
} trade_client_sum_t;

/* One client's session. What is "own" is for client.c: see the functions below. File scope. */
typedef struct trade_client {
    uint32_t number : 30;   /* counts the capture's sessions from 0 */
    uint32_t is_opened : 1; /* by the New Connection at its start */
    uint32_t is_closed : 1;
    uint32_t own_older;    /* the session of the same id before it, from 1; 0: none */
    uint32_t own_jump;     /* one further before, from 1; 0: none: see find_begun() */
    uint32_t own_sighting; /* the oldest */
    uint32_t own_sum : 27; /* from 1; 0: no data PDU so far */
    uint32_t own_rank : 5; /* see link_older() */
} trade_client_t;

/* What is known of a session at a position. */
typedef struct trade_client_view {
    uint32_t closed_frame; /* the first Close Connection; 0: none, */
    trade_time_t closed;   /* and when that was */
    const char *username;  /* NULL: not known. File scope */
    bool has_addr;
    uint32_t addr; /* IPv4, in network byte order */
    unsigned module_count;
    const char *modules[TRADE_CLIENT_MODULES_MAX]; /* that it logged in to, in order */
} trade_client_view_t;

/* Where everything is known that was dissected so far. */
#define TRADE_POSITION_LAST ((trade_position_t){ UINT32_MAX, 0 })

/* Records a PDU that names a client on the first pass, and returns the session that
 * it belongs to; NULL: it names none, or is not whole. */
const trade_client_t *trade_client_note(const trade_delivery_t *delivery, packet_info *pinfo,
                                        uint32_t seq, const trade_pdu_t *pdu);

/* Moves the sessions of what was taken for a Multiplexer, on the first pass, to the true one. */
void trade_client_move(trade_multiplexer_t *from, trade_multiplexer_t *to);

/* Fills in what is known of a session at a position. */
void trade_client_view(const trade_client_t *client, trade_position_t at,
                       trade_client_view_t *view);

/* Returns whether a session was closed at a position or before. */
bool trade_client_is_closed_at(const trade_client_t *client, trade_position_t at);

/* Returns where a session begins. */
trade_position_t trade_client_get_start(const trade_client_t *client);

/* Returns when a session was first seen. */
trade_time_t trade_client_get_first(const trade_client_t *client);

/* Sets the connections that a session was seen on, in order, and returns how many these are. */
unsigned
trade_client_get_connections(const trade_client_t *client,
                             const trade_connection_t *connections[TRADE_CLIENT_STREAMS_MAX]);

/* Returns what a session's data PDUs add up to, of all that was dissected so far. */
trade_client_sum_t trade_client_get_sum(const trade_client_t *client);

/* Returns how many sessions the capture has so far. */
uint32_t trade_client_count(void);

/* Returns the sessions that PDUs of a frame belong to, if no other frame with any was dissected
 * since, and sets *count: a session may be in it more than once. Valid until the next PDU. */
const trade_client_t *const *trade_client_find_met(uint32_t frame, unsigned *count);

/* Registers what makes the state anew for each capture file. */
void trade_client_register(void);

#endif /* TRADE_ANALYSIS_CLIENT_H */
