/* values.h
 * Parses what stands on the wire: texts, and the fields of bodies by their kind.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_VALUES_H
#define TRADE_WIRE_VALUES_H

#include "wire/pdu.h"

/* The bytes of a PDU from some place to its end. */
typedef struct trade_bytes {
    const uint8_t *bytes;
    unsigned captured; /* how many of them were captured */
    unsigned length;   /* how many there are */
    bool is_whole;     /* all bytes of the PDU were captured */
} trade_bytes_t;

/* How parsing a field ended. After all but TRADE_PARSED_WHOLE, no other field can follow. */
typedef enum trade_parsed_state {
    TRADE_PARSED_WHOLE,
    TRADE_PARSED_UNTERMINATED, /* a text without its 00: it takes the rest of the PDU */
    TRADE_PARSED_CUT,          /* a text of which only the first bytes were captured: no value */
    TRADE_PARSED_BAD_COUNT,    /* a counted integer of no byte, or of more than 8: no value */
    TRADE_PARSED_MISSING       /* bytes of the field are missing: no value */
} trade_parsed_state_t;

/* What parsing a field found. */
typedef struct trade_parsed {
    trade_parsed_state_t state;
    unsigned length; /* bytes that were taken; of a counted integer, with its count */
    unsigned count;  /* of a counted integer: what its first byte says */
    bool is_short;   /* the PDU, not only the capture, ends before the field does */
    bool is_address; /* of a CLIENT_IP: the text is an IPv4 address */
} trade_parsed_t;

/* Returns the text at the bytes, up to its 00 or else to the last byte captured; sets
 * *is_terminated to whether there is a 00. */
trade_text_t trade_get_text(const trade_bytes_t *from, bool *is_terminated);

/* Parses a text into *text, and whether it is whole into the PDU. One that is cut goes into the
 * PDU's cut_text instead. */
trade_parsed_t trade_parse_text(trade_pdu_t *pdu, const trade_bytes_t *from, trade_text_t *text);

/* Parses a field of a body into the PDU, by its kind. */
trade_parsed_t trade_parse_field(trade_pdu_t *pdu, trade_field_id_t field,
                                 const trade_bytes_t *from);

/* The same for a field that the keyword table does not have: into the place of one that it has. */
trade_parsed_t trade_parse_kind(trade_pdu_t *pdu, trade_kind_t kind, trade_field_id_t place,
                                const trade_bytes_t *from);

#endif /* TRADE_WIRE_VALUES_H */
