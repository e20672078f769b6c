/* driver.h
 * Finds one unit of the stream after the other, decides when to wait for more bytes, and calls back
 * for each unit that is there: through tcp_dissect_pdus(), but for whole PDUs behind one another.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_DRIVER_H
#define TRADE_STREAM_DRIVER_H

#include "stream/stream.h"

/* What a dissector was called with. Lives as long as that call. */
typedef struct trade_input {
    tvbuff_t *tvb;
    packet_info *pinfo;
    proto_tree *tree;
    const struct tcpinfo *tcpinfo; /* NULL: not called by TCP */
    bool desegment;                /* PDUs that span segments are reassembled */
    bool desegment_data;           /* data PDUs are reassembled like others; else shown in pieces */
    void *data;                    /* for the callbacks of the handler */
} trade_input_t;

/* A unit of the stream that is to be dissected. Lives as long as its dissection. */
typedef struct trade_piece {
    const trade_input_t *input;
    const trade_delivery_t *delivery;
    tvbuff_t *tvb;        /* bytes of the stream, with the unit among them */
    const uint8_t *bytes; /* the captured bytes of tvb */
    unsigned start;       /* offset in tvb of the unit */
    unsigned reported;    /* bytes of the unit in the input, captured or not */
    unsigned captured;    /* bytes of the unit that were captured */
    trade_unit_t unit;
    uint32_t seq;         /* sequence number of the unit's first byte */
    unsigned rest;        /* reported bytes of the input from the unit's first on */
    bool is_in_pieces;    /* a data PDU that is longer than the input, and not reassembled */
    bool ends_hole;       /* the bytes that follow the unit were captured earlier */
    bool is_greeting_due; /* a greeting was expected instead of this unit */
    bool is_doubtful;     /* a greeting that may be the first bytes of a PDU: it teaches nothing */
    trade_outcome_t *outcome; /* for trade_driver_note_pdu() */
} trade_piece_t;

/* The callbacks of the driver. */
typedef struct trade_handler {
    /* Returns whether a module with this id is known from earlier frames. This frame does not
     * count: on the first pass, it is not dissected yet. */
    bool (*is_known_module)(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id);
    /* Dissects a unit. May throw. */
    void (*dissect_unit)(const trade_piece_t *piece);
    /* Dissects the first bytes of the input, which belong to a PDU shown before. May throw. */
    void (*dissect_continuation)(const trade_input_t *input, unsigned length);
    /* Ends a delivery, even after an exception. beyond: bytes of units that the snapshot length
     * cut off. May throw. */
    void (*end)(const trade_input_t *input, unsigned beyond);
} trade_handler_t;

/* Dissects what TCP has of a stream. */
void trade_driver_dissect(const trade_input_t *input, const trade_handler_t *handler);

/* Follows, on the first pass, the bytes of a connection that another protocol gets, which may
 * turn out to be TRADE's: then later passes show them. Nothing is asked of TCP. */
void trade_driver_follow(const trade_input_t *input, const trade_handler_t *handler);

/* Notes who sent a PDU. To be called by dissect_unit() once the header is parsed,
 * before anything throws. */
void trade_driver_note_pdu(const trade_piece_t *piece, const trade_pdu_t *pdu);

#endif /* TRADE_STREAM_DRIVER_H */
