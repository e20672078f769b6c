/* framing.h
 * Where does the next PDU of a TRADE stream begin, and how long is it?
 *
 * Pure questions about bytes: nothing here keeps state or shows anything.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_FRAMING_H
#define TRADE_STREAM_FRAMING_H

#include "stream/place.h"
#include "stream/scan.h"

/* In trade_unit_t.needed: however many come next. */
#define TRADE_NEEDS_MORE UINT_MAX

/* What stands at a place of the stream, and how many bytes it takes. */
typedef struct trade_unit {
    trade_unit_kind_t kind;
    unsigned length; /* in bytes, may reach beyond the tvb: the rest is still to come */
    unsigned needed; /* bytes that must be at hand to tell; TRADE_NEEDS_MORE: more than there are;
                        0: no more. If no more can come, the other members are the best guess */
    bool is_open;    /* a greeting that may end behind its length */
    bool is_plain;   /* a PDU as long as its header says: the header is enough to tell again */
    bool is_checked; /* a PDU whose bytes do not contradict it: they need no second look */
    bool is_cut_off; /* the connection ends inside it: length is that of what there is */
} trade_unit_t;

/* Returns what stands at offset. The scan must have TRADE_LENGTH_END captured
 * bytes there, unless it ends before. */
trade_unit_t trade_find_unit(trade_scan_t *scan, unsigned offset, trade_trust_t trust);

/* Returns whether the bytes begin with a control PDU whose keyword is one of the table's and ends
 * inside the PDU: the strict test on ports that are not TRADE's. */
bool trade_begins_with_keyword(tvbuff_t *tvb);

/* Returns whether a connection is TRADE by these bytes alone: a control PDU of a known keyword
 * begins in them, or PDUs fill them exactly. pool: for what is found out meanwhile. */
bool trade_looks_like_trade(tvbuff_t *tvb, wmem_allocator_t *pool);

#endif /* TRADE_STREAM_FRAMING_H */
