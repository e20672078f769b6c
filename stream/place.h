/* place.h
 * How far a byte stream was delivered, and what a segment that arrives means for that.
 *
 * Pure arithmetic on sequence numbers: nothing here knows of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_PLACE_H
#define TRADE_STREAM_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* How far the next byte is trusted to begin a greeting or a PDU. */
typedef enum trade_trust {
    TRADE_TRUST_BOUNDARY, /* a PDU begins here: the one before it ended here */
    TRADE_TRUST_LIKELY,   /* so it seems, but the stream's start or bytes of it are missing */
    TRADE_TRUST_FIRST,    /* the stream's first byte: of a greeting, a PDU or a preamble */
    TRADE_TRUST_START,    /* the first byte captured of an established connection */
    TRADE_TRUST_PREAMBLE, /* after bytes at the stream's start that are not TRADE, as a proxy's */
    TRADE_TRUST_GREETED,  /* after a module's first greeting or control PDU: what comes before TRADE
                             may look like either, so that a greeting may follow */
    /* From here on, nothing is buffered for the bytes still to come, but of tiny segments. */
    TRADE_TRUST_CUT, /* the first byte after those that the snapshot length cut off */
    TRADE_TRUST_NONE /* bytes before it are missing, or made no sense */
} trade_trust_t;

/* How far a byte stream was delivered to us. */
typedef struct trade_place {
    uint32_t seq;       /* sequence number of the first byte not yet delivered */
    uint32_t buffered;  /* bytes before seq that TCP buffers, of a PDU that is not whole */
    uint32_t remaining; /* bytes from seq on of the PDU that is buffered, or was shown; 0: none, or
                           not known */
    trade_trust_t next; /* of the first byte buffered; if none is, of the first byte after those
                           remaining */
} trade_place_t;

/* What a segment means for a place. */
typedef struct trade_reach {
    trade_trust_t trust;    /* of its first byte that was not shown */
    uint32_t already_shown; /* bytes at its start that belong to PDUs shown before */
    uint32_t buffered;      /* bytes at its start that TCP had buffered */
    uint32_t missing;       /* bytes between the place and the segment */
    bool is_upper_bound;    /* some of them may be among those that TCP buffers */
} trade_reach_t;

/* Returns what a segment that begins at seq means for a place. length: its bytes. */
trade_reach_t trade_place_reach(const trade_place_t *place, uint32_t seq, uint32_t length);

/* Moves a place over bytes, up to before end, of a PDU that was shown. */
void trade_place_advance(trade_place_t *place, uint32_t end);

/* Returns the place before what TCP buffers. */
trade_place_t trade_place_before_buffered(const trade_place_t *place);

#endif /* TRADE_STREAM_PLACE_H */
