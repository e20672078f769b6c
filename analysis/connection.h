/* connection.h
 * Connections of modules to a Multiplexer, and the names that greetings teach.
 *
 * Made on the first pass, in file scope: one trade_multiplexer_t for each address and port that
 * modules connect to, one trade_connection_t for each TCP connection with TRADE in it, and one
 * learned name for each change of a module id's name on a Multiplexer.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_CONNECTION_H
#define TRADE_ANALYSIS_CONNECTION_H

#include "stream/stream.h"

struct trade_client_ids; /* see analysis/clients/client.c */
struct trade_client;     /* see analysis/clients/client.h */

/* An address and port that modules connect to. File scope. */
typedef struct trade_multiplexer {
    trade_end_t end;
    wmem_map_t *names;   /* that greetings taught: by module id, a wmem_tree_t of names by the frame
                            from which they hold */
    wmem_map_t *modules; /* by each name that was seen, the newest trade_connection_t of the module,
                            or NULL: only other PDUs name it */
    struct trade_client_ids *clients; /* clients' sessions; NULL: none so far */
    unsigned connections;             /* with it. First pass only */
} trade_multiplexer_t;

/* Who sends control PDUs in the direction that is taken for the Multiplexer's, until it is certain
 * which end that is. First pass only. */
typedef struct trade_other {
    const char *name; /* NULL: not known */
    uint8_t id;
    uint8_t direction;
    bool is_seen;
} trade_other_t;

/* A module's connection to a Multiplexer. File scope. */
typedef struct trade_connection {
    const trade_stream_t *stream; /* its bytes */
    trade_multiplexer_t *multiplexer;
    trade_multiplexer_t *former; /* at the other end, and taken for it before; NULL: none was */
    struct trade_pings *pings;   /* what analysis/pings/pings.c keeps; NULL: nothing so far */
    const char *module;          /* the module's name by greeting or PDU; NULL: not known */
    uint32_t module_named;       /* the frame that told module */
    uint32_t module_frame;       /* the frame that told module_id */
    uint8_t module_id;
    bool has_module_id;
    trade_other_t other;          /* who may prove to be the module */
    struct trade_client *clients; /* sessions that began on it. First pass only */
    bool is_replaced;             /* by a newer connection of the same module. First pass only */
} trade_connection_t;

/* Keeps the name of a module on the first pass, once for each Multiplexer. File scope. */
const char *trade_connection_keep_name(const trade_multiplexer_t *multiplexer, const char *name);

/* Remembers, on the first pass, the name that a greeting gives to an id. */
void trade_connection_learn_name(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id,
                                 const char *name);

/* Remembers, on the first pass, which module this connection belongs to, by a
 * greeting or a PDU. If these show that its Multiplexer is not at the end where it was taken to be,
 * moves the connection and the names that it taught to the other end, and returns what was taken
 * for the Multiplexer, from which the callers move the rest; else NULL. */
trade_multiplexer_t *trade_connection_note_module(const trade_delivery_t *delivery,
                                                  packet_info *pinfo, const trade_pdu_t *pdu);

/* Returns whether a sender's id is that of the module on this connection, as far as
 * is known before a frame. */
bool trade_connection_is_module(const trade_delivery_t *delivery, uint32_t frame, uint8_t id);

/* Returns the module's end of a connection. */
static inline const trade_end_t *
trade_connection_get_module_end(const trade_connection_t *connection)
{
    const trade_end_t *ends = connection->stream->ends, *other = &connection->multiplexer->end;

    return trade_end_is(&ends[0], &other->addr, other->port) ? &ends[1] : &ends[0];
}

/* Returns the connection of a TCP stream; NULL: it has, so far, no TRADE. */
const trade_connection_t *trade_connection_find(uint32_t stream);

/* Returns the name that a greeting gave to the id in this frame or before, on the same Multiplexer
 * or on what was taken for it before, or NULL. Lives as long as the capture is open. */
const char *trade_connection_find_name(const trade_delivery_t *delivery, uint32_t frame,
                                       uint8_t id);

/* Registers what makes the state anew for each capture file. proto: TRADE's id. */
void trade_connection_register(int proto);

#endif /* TRADE_ANALYSIS_CONNECTION_H */
