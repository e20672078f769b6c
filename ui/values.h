/* values.h
 * Adds what a PDU's bytes hold to the tree: texts, and the fields of bodies by their kind.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_VALUES_H
#define TRADE_UI_VALUES_H

#include "wire/pdu.h"

/* A place in a PDU, up to which it was dissected. Lives as long as the PDU's dissection. */
typedef struct trade_cursor {
    tvbuff_t *tvb;        /* the PDU */
    const uint8_t *bytes; /* as much of it as is at hand */
    packet_info *pinfo;
    proto_tree *top;  /* what others add to */
    proto_tree *tree; /* what we add to; NULL where nobody asks for our fields */
    trade_pdu_t *pdu;
    unsigned offset;
    unsigned end;      /* of the PDU */
    unsigned captured; /* end of what is at hand: less where capture or segment ends before */
} trade_cursor_t;

/* Returns whether all bytes of the PDU are at hand. */
static inline bool trade_is_whole(const trade_cursor_t *at)
{
    return at->captured == at->end && at->pdu->length == at->end;
}

/* Returns whether somebody will read the tree's lines. */
static inline bool trade_is_visible(proto_tree *tree)
{
    return tree && PTREE_DATA(tree)->visible;
}

/* Adds a field whose value stands in the bytes. Without a tree Wireshark would still
 * take 60 instructions to look at them. Returns the item, or NULL. */
static inline proto_item *trade_add_item(proto_tree *tree, int hf, tvbuff_t *tvb, unsigned start,
                                         unsigned length, unsigned encoding)
{
    return tree ? proto_tree_add_item(tree, hf, tvb, (int)start, (int)length, encoding) : NULL;
}

/* Adds a number. Without a tree Wireshark would still take 26 instructions. Returns the
 * item, or NULL. */
static inline proto_item *trade_add_uint(proto_tree *tree, int hf, tvbuff_t *tvb, unsigned start,
                                         unsigned length, uint32_t value)
{
    return tree ? proto_tree_add_uint(tree, hf, tvb, (int)start, (int)length, value) : NULL;
}

/* Returns the text at the offset, up to the 00 that ends it or to where the bytes
 * at hand end; sets *size to the bytes it takes, the 00 included. */
trade_text_t trade_get_text(const trade_cursor_t *at, unsigned *size);

/* Adds a text that 00 ends, returns its item and sets *text. One that nothing
 * ends takes all that is left of the PDU. Where the PDU goes on behind the bytes at hand,
 * such a text is data, or a filter for a part of it would match. */
proto_item *trade_add_text(trade_cursor_t *at, int hf, trade_text_t *text);

/* Adds what is wrong with a text. item: the text's. */
void trade_add_text_experts(const trade_cursor_t *at, proto_item *item, trade_text_t text);

/* Adds the bytes from here to the end of the PDU as data. Returns the item, or NULL. */
proto_item *trade_add_data(trade_cursor_t *at);

/* Adds a field of a body. Returns whether the next can follow. */
bool trade_dissect_field(trade_cursor_t *at, trade_field_id_t field);

/* Registers these fields and their expert infos. proto: TRADE's id. */
void trade_values_register(int proto);

#endif /* TRADE_UI_VALUES_H */
