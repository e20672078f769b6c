/* driver.h
 * Finds one unit of the stream after the other, decides where to wait for more bytes, and has the
 * floor above dissect what is there, through tcp_dissect_pdus().
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
    bool desegment;                /* PDUs that span segments are reassembled, */
    bool desegment_data;           /* and so are data PDUs */
    void *data;                    /* the floor above's */
} trade_input_t;

/* A unit of the stream that is to be dissected. Lives as long as its dissection. */
typedef struct trade_piece {
    const trade_input_t *input;
    const trade_delivery_t *delivery;
    tvbuff_t *tvb;        /* bytes of the stream, */
    const uint8_t *bytes; /* and those of them at hand */
    unsigned start;       /* where in them the unit begins */
    unsigned reported;    /* how many of its bytes are in the input, */
    unsigned captured;    /* and at hand */
    trade_unit_t unit;
    uint32_t seq;      /* sequence number of its first byte */
    unsigned rest;     /* reported bytes of the input from there on */
    bool is_in_pieces; /* a data PDU that goes on behind the input, and is not reassembled */
    bool ends_hole;    /* behind it are bytes that were captured, and dissected, before */
} trade_piece_t;

/* What the floor above does for the driver. */
typedef struct trade_handler {
    /* Returns whether a module with this id is known by what earlier frames told: what this
     * one tells would not be known yet on the first pass. */
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

/* Notes what a PDU tells the driver. To be called by dissect_unit() once the header is parsed,
 * before anything throws. */
void trade_driver_note_pdu(const trade_piece_t *piece, const trade_pdu_t *pdu);

#endif /* TRADE_STREAM_DRIVER_H */
