/* values.h
 * Adds values to the tree, as wire/values.c parsed them: texts, and the fields of bodies by their
 * kind.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_VALUES_H
#define TRADE_UI_VALUES_H

#include <epan/packet.h>

#include "wire/values.h"

/* How far a PDU has been dissected; offsets are in tvb. Lives as long as its dissection. */
typedef struct trade_cursor {
    tvbuff_t *tvb;        /* bytes of the stream, with the PDU among them */
    const uint8_t *bytes; /* the captured bytes of tvb */
    packet_info *pinfo;
    proto_tree *top;  /* the packet's, for subdissectors */
    proto_tree *tree; /* of the PDU's line; NULL if nobody asks for our fields */
    trade_pdu_t *pdu;
    unsigned start;    /* where the PDU begins */
    unsigned offset;   /* where what comes next begins */
    unsigned end;      /* where the PDU ends */
    unsigned captured; /* where the captured bytes end: before end if the capture or the segment
                          does */
} trade_cursor_t;

/* Returns whether all bytes of the PDU were captured. */
static inline bool trade_is_whole(const trade_cursor_t *at)
{
    return at->captured == at->end && at->pdu->length == at->end - at->start;
}

/* Returns the bytes of the PDU from the offset on. */
static inline trade_bytes_t trade_get_bytes(const trade_cursor_t *at)
{
    return (trade_bytes_t){ .bytes = at->bytes + at->offset,
                            .captured = at->captured - at->offset,
                            .length = at->end - at->offset,
                            .is_whole = trade_is_whole(at) };
}

/* Returns whether somebody will read the tree's lines. */
static inline bool trade_is_visible(proto_tree *tree)
{
    return tree && PTREE_DATA(tree)->visible;
}

/* Adds a number of length bytes at the offset. Returns the item; if nobody asks for it, the PDU's
 * line, for expert infos. */
static inline proto_item *trade_add_uint(const trade_cursor_t *at, int hf, unsigned length,
                                         uint32_t value)
{
    return proto_field_is_referenced(at->tree, hf)
               ? proto_tree_add_uint(at->tree, hf, at->tvb, (int)at->offset, (int)length, value)
               : at->tree;
}

/* Adds a generated address, in network byte order. */
void trade_add_ipv4(const trade_cursor_t *at, int hf, uint32_t addr);

/* Adds a text and moves the offset behind it. Returns its item. One that is cut is added as data,
 * or a filter for its beginning would match. */
proto_item *trade_add_text(trade_cursor_t *at, int hf, trade_text_t text,
                           const trade_parsed_t *parsed);

/* Adds an expert info for whatever is wrong with a text. item: the text's. */
void trade_add_text_experts(const trade_cursor_t *at, proto_item *item, trade_text_t text);

/* Adds the bytes from the offset to the end of the PDU as data. Returns the item, or NULL. */
proto_item *trade_add_data(trade_cursor_t *at);

/* Adds what follows the fields of a body as data. is_odd: nothing should. */
void trade_add_rest(trade_cursor_t *at, bool is_odd);

/* Adds a field of a body, and moves the offset behind it. */
void trade_add_field(trade_cursor_t *at, trade_field_id_t field, const trade_parsed_t *parsed);

/* How a field is shown. */
typedef struct trade_shown {
    trade_kind_t kind;
    int hf; /* Wireshark's id of it */
} trade_shown_t;

/* The same for a field that the keyword table does not have, whose value is in the place of one
 * that it has. */
void trade_add_kind(trade_cursor_t *at, const trade_shown_t *as, trade_field_id_t place,
                    const trade_parsed_t *parsed);

/* Returns the id of a field of the keyword table, and sets *kind to its kind; -1: there is none. */
int trade_values_find(const char *filter_name, trade_kind_t *kind);

/* Returns what Wireshark is to know of a field of this kind. The texts must live as long as that.
 */
header_field_info trade_kind_describe(trade_kind_t kind, const char *label, const char *filter_name,
                                      const char *description);

/* Registers these fields and their expert infos. proto: TRADE's id. */
void trade_values_register(int proto);

#endif /* TRADE_UI_VALUES_H */
