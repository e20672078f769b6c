/* values.h
 * Adds values to the tree: texts, and the fields of bodies by their kind.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_VALUES_H
#define TRADE_UI_VALUES_H

#include "wire/pdu.h"

/* How far a PDU has been dissected. Lives as long as its dissection. */
typedef struct trade_cursor {
    tvbuff_t *tvb;        /* bytes of the stream, with the PDU among them, */
    const uint8_t *bytes; /* and as many of them as were captured */
    packet_info *pinfo;
    proto_tree *top;  /* the packet's, for subdissectors */
    proto_tree *tree; /* of the PDU's line; NULL where nobody asks for our fields */
    trade_pdu_t *pdu;
    unsigned start;    /* of the PDU in tvb, as all offsets */
    unsigned offset;   /* of what comes next */
    unsigned end;      /* of the PDU */
    unsigned captured; /* end of the captured bytes: less than end where the capture or the
                          segment ends first */
} trade_cursor_t;

/* Returns whether all bytes of the PDU were captured. */
static inline bool trade_is_whole(const trade_cursor_t *at)
{
    return at->captured == at->end && at->pdu->length == at->end - at->start;
}

/* Returns whether somebody will read the tree's lines. */
static inline bool trade_is_visible(proto_tree *tree)
{
    return tree && PTREE_DATA(tree)->visible;
}

/* Adds a number of length bytes at the offset. Returns the item. */
static inline proto_item *trade_add_uint(const trade_cursor_t *at, int hf, unsigned length,
                                         uint32_t value)
{
    return proto_tree_add_uint(at->tree, hf, at->tvb, (int)at->offset, (int)length, value);
}

/* Adds a generated address, in network byte order. */
void trade_add_ipv4(const trade_cursor_t *at, int hf, uint32_t addr);

/* Returns the text at the offset, up to its terminating 00 or to the end of the captured bytes;
 * sets *size to its length in bytes, the 00 included. */
trade_text_t trade_get_text(const trade_cursor_t *at, unsigned *size);

/* Adds a text that ends with 00, returns its item and sets *text. Without a 00 it takes the rest
 * of the PDU. Where that was not captured, the text is added as data, or a filter for its
 * beginning would match. */
proto_item *trade_add_text(trade_cursor_t *at, int hf, trade_text_t *text);

/* Adds an expert info for whatever is wrong with a text. item: the text's. */
void trade_add_text_experts(const trade_cursor_t *at, proto_item *item, trade_text_t text);

/* Adds the bytes from the offset to the end of the PDU as data. Returns the item, or NULL. */
proto_item *trade_add_data(trade_cursor_t *at);

/* Adds a field of a body. Returns whether the next can follow. */
bool trade_dissect_field(trade_cursor_t *at, trade_field_id_t field);

/* Registers these fields and their expert infos. proto: TRADE's id. */
void trade_values_register(int proto);

#endif /* TRADE_UI_VALUES_H */
