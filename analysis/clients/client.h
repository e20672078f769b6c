/* client.h
 * Clients' sessions: what a Multiplexer's connections tell of one client between
 * its New Connection and its Close Connection (the talk's 14.lua and 15.lua).
 *
 * Made on the first pass, in file scope: one trade_client_t of 200 bytes a session, the user's
 * name, 40 bytes for each connection and 24 for each module beyond the first, at most
 * TRADE_CLIENT_STREAMS_MAX and TRADE_CLIENT_MODULES_MAX. 8 bytes for a connection id, in pages of
 * 256, and 2 KB a Multiplexer. Data PDUs cost nothing beyond that.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_CLIENTS_CLIENT_H
#define TRADE_ANALYSIS_CLIENTS_CLIENT_H

#include "analysis/connection.h"
#include "wire/pdu.h"

/* Most connections, and most modules, that are kept of a session: it bounds the work that hostile
 * bytes can cause. */
enum { TRADE_CLIENT_STREAMS_MAX = 64, TRADE_CLIENT_MODULES_MAX = 64 };

/* Where a PDU stands in the capture. */
typedef struct trade_position {
    uint32_t frame; /* 0: nowhere */
    uint32_t seq;   /* sequence number of the PDU's first byte */
} trade_position_t;

/* Returns whether what stands at one position was seen at, or before, another. */
static inline bool trade_is_known_at(trade_position_t what, trade_position_t at)
{
    return what.frame != 0 &&
           (what.frame < at.frame || (what.frame == at.frame && (int32_t)(what.seq - at.seq) <= 0));
}

/* A connection that a session was seen on. File scope. */
typedef struct trade_client_stream {
    const trade_connection_t *connection;
    struct trade_client_stream *next; /* that the session was seen on later; NULL: none */
    trade_position_t first;           /* the session's first PDU on this connection */
    trade_position_t closed;          /* its first Close Connection there; frame 0: none */
    bool is_named;                    /* a New Connection or a Login of the session came there */
} trade_client_stream_t;

/* A module that a session logged in to. File scope. */
typedef struct trade_client_module {
    const char *name;                 /* NULL: it logged in to none */
    struct trade_client_module *next; /* that it logged in to later; NULL: none */
    trade_position_t login;           /* the first Login to this module */
} trade_client_module_t;

/* One client's session. Written on the first pass only. File scope. */
typedef struct trade_client {
    uint32_t number;              /* counts the capture's sessions from 0 */
    uint16_t conn_id;             /* its id */
    bool is_opened;               /* the session begins with a New Connection */
    struct trade_client *older;   /* the session of the same id before this one; NULL: none */
    struct trade_client *newer;   /* the session of the same id after this one; NULL: none */
    struct trade_client *next;    /* that began on the same connection; NULL: none */
    trade_client_stream_t stream; /* the first connection; stream.first is the session's start */
    trade_time_t started;         /* time of the first PDU */
    trade_client_module_t module; /* the first module */
    const char *username;         /* NULL: not known */
    trade_position_t username_at; /* the PDU that told username; frame 0: none */
    uint32_t addr;                /* IPv4, in network byte order; 0: not known */
    trade_position_t addr_at;     /* the PDU that told addr; frame 0: none */
    trade_position_t closed_at;   /* the first Close Connection; frame 0: none */
    trade_time_t closed;          /* time of that */
    uint32_t pdus[2];             /* data PDUs: [0] from the client, [1] to it */
    uint64_t bytes[2];            /* bytes of these PDUs, headers included */
    trade_time_t heard;           /* time of the last data PDU to the client; none: started */
    trade_time_t silence_start;   /* start of the longest time without one before heard */
    trade_time_t silence_end;     /* end of that time; 0: no data PDU to the client so far */
} trade_client_t;

_Static_assert(sizeof(trade_client_t) <= 200, "what the comment at the top says");

/* Records a PDU that names a client on the first pass, and returns the session that
 * it belongs to; NULL: it names none, or is not whole. */
const trade_client_t *trade_client_note(const trade_delivery_t *delivery, packet_info *pinfo,
                                        uint32_t seq, const trade_pdu_t *pdu);

/* Moves the sessions that were seen on this connection only, on the first pass, from what was taken
 * for its Multiplexer to the true one. */
void trade_client_move(const trade_connection_t *connection, trade_multiplexer_t *from);

/* Returns how many sessions the capture has so far. */
uint32_t trade_client_count(void);

/* Returns the sessions that PDUs of this packet belong to, trade_client_t; NULL: none. A session
 * may be among them more than once. Lives as long as the packet. */
wmem_list_t *trade_client_find_in_packet(packet_info *pinfo);

/* Registers what makes the state anew for each capture file. proto: TRADE's id. */
void trade_client_register(int proto);

#endif /* TRADE_ANALYSIS_CLIENTS_CLIENT_H */
