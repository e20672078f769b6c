/* packet-trade.c
 * Dissector for TRADE, the protocol between the modules of a trading platform
 * and its Multiplexer, as the SharkFest '17 Europe talk "Custom LUA dissectors
 * to the rescue in RCA" found it.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * The protocol on one page
 *
 * Modules connect over TCP to a Multiplexer on port 2107, one connection a
 * module, and stay connected for days. Integers are big endian unless said.
 *
 *   PDU         0        1          3            5
 *               +--------+----------+------------+-----------------------------+
 *               | sender |  length  |  receiver  | length - 5 bytes            |
 *               +--------+----------+------------+-----------------------------+
 *               module   of all,    ff ff: a control PDU: keyword, 00, body
 *               id       with these else a client's connection id: opaque data
 *                        5 bytes
 *
 *   Greeting    +--------+---+---------+----+    the first bytes that a module
 *               | sender | n | n bytes | 00 |    sends on a connection: its name
 *               +--------+---+---------+----+
 *
 *   Counted     +---+---------+                  n = 7 for a clock (microseconds
 *   integer     | n | n bytes | little endian    since 1901-01-01 on the sender's
 *               +---+---------+                  wall clock), 3 or 4 for a time
 *
 * DocumentSystem (37 = 0x25) and the Multiplexer (1):
 *
 *   -> 25 000a ffff 50696e6700                          Ping
 *   <- 01 000a ffff 506f6e6700                          Pong
 *   <- 01 0017 ffff 526f756e647472697000 07 1b88aadb46b60c  Roundtrip, a clock
 *   -> 25 0017 ffff 526f756e647472697000 07 1b88aadb46b60c  the same clock back
 *
 * Several PDUs share a segment, and one PDU spans several. Not decoded here, but
 * offered to other dissectors: the payload of data PDUs (table "trade.data"), and
 * the bodies of keywords that wire/keywords.h lacks (table "trade.keyword").
 */

#include <stddef.h>
#include <string.h>

#include <epan/conversation.h>
#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/tap.h>

#include "moduleids.h"
#include "packet-trade.h"

#include "wire/compat.h"
#include "wire/keyword.h"
#include "wire/modules.h"
#include "wire/values.h"

#include "stream/driver.h"
#include "stream/framing.h"
#include "stream/tcp.h"

#include "analysis/clients/client.h"
#include "analysis/health/beyond.h"
#include "analysis/health/watch.h"
#include "analysis/pings/pings.h"

#include "ui/export.h"
#include "ui/findings.h"
#include "ui/info.h"
#include "ui/keywords.h"
#include "ui/links.h"
#include "ui/modules.h"
#include "ui/stats.h"
#include "ui/subdissectors.h"
#include "ui/values.h"

/* Seconds between two Pings (the talk's slides "Ping-Pong?"). */
#define INTERVAL_DEFAULT 30
/* Until a sender gives up that waits for a Pong, in seconds ("The case of the missing ping!"). */
#define LIMIT_DEFAULT 90

/* ---- Ids, in the order in which they are registered below ---- */

static int proto_trade = -1;
static int trade_tap = -1;
static dissector_handle_t trade_handle; /* for Decode As and the heuristic */
static dissector_handle_t port_handle;  /* for TRADE's ports */

static int hf_trade_sender = -1;
static int hf_trade_sender_name = -1;
static int hf_trade_length = -1;
static int hf_trade_receiver = -1;
static int hf_trade_keyword = -1;
static int hf_trade_greeting = -1;
static int hf_trade_undissected = -1;
static int hf_trade_continuation = -1;
static int hf_trade_gap_bytes = -1;
static int hf_trade_truncated_bytes = -1;

static int ett_trade = -1;

static expert_field ei_trade_length_invalid = EI_INIT;
static expert_field ei_trade_sender_unknown = EI_INIT;
static expert_field ei_trade_keyword_missing = EI_INIT;
static expert_field ei_trade_keyword_unknown = EI_INIT;
static expert_field ei_trade_greeting_length = EI_INIT;
static expert_field ei_trade_incomplete = EI_INIT;
static expert_field ei_trade_gap = EI_INIT;
static expert_field ei_trade_held_back = EI_INIT;
static expert_field ei_trade_resync = EI_INIT;
static expert_field ei_trade_truncated = EI_INIT;

/* ---- Preferences ---- */

static trade_bool_t trade_desegment = true;
static trade_bool_t trade_desegment_data = true;
static unsigned trade_interval = INTERVAL_DEFAULT; /* seconds between two Pings; 0: default */
static unsigned trade_limit = LIMIT_DEFAULT; /* seconds that a side waits for a Pong; 0: default */
static unsigned trade_slow = 100; /* ms from which an answer, a roundtrip or a send delay is slow */

/* ---- The keyword table: its rows are in wire/keywords.h ---- */

/* A field of a body, and when it is present. */
typedef struct body_field {
    uint8_t field; /* a trade_field_id_t; TRADE_FIELD_COUNT: the body ends */
    enum { ALWAYS, UNLESS_AT_END, IF_FROM_TRADESITE } when;
} body_field_t;

/* The fields of each keyword's body in wire order, by the keyword's index in trade_keywords[]. */
static const body_field_t *const bodies[] = {
/* clang-format off */
#define FIELD(id)          { TRADE_FIELD_##id, ALWAYS }
#define OPTIONAL(id)       { TRADE_FIELD_##id, UNLESS_AT_END }
#define FROM_TRADESITE(id) { TRADE_FIELD_##id, IF_FROM_TRADESITE }
#define NO_BODY            { TRADE_FIELD_COUNT, ALWAYS }
#define BODY(name, role, info, ...) (const body_field_t[]){ __VA_ARGS__, NO_BODY },
    /* clang-format on */
    TRADE_KEYWORDS(BODY)
};

/* Returns a module's name as known in this frame, from the preference, the talk or a greeting;
 * NULL if there is none. */
static const char *get_module_name(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id)
{
    const char *name = trade_get_module_name(id);

    return name ? name : trade_connection_find_name(delivery, pinfo->num, id);
}

/* ---- A PDU: header ---- */

/* Adds the sender, and keeps its id and name; the name also as a hidden field, for columns. */
static void dissect_sender(trade_cursor_t *at, const trade_delivery_t *delivery, uint8_t id)
{
    const int start = (int)at->start;
    const char *name = get_module_name(delivery, at->pinfo, id);
    proto_item *item = proto_tree_add_uint_format_value(
        at->tree, hf_trade_sender, at->tvb, start, 1, id, "%s (%u)", name ? name : "Unknown", id);
    proto_item *hidden =
        proto_tree_add_string(at->tree, hf_trade_sender_name, at->tvb, start, 1,
                              name ? name : trade_format_unknown(at->pinfo->pool, id));

    proto_item_set_generated(hidden);
    proto_item_set_hidden(hidden);
    at->pdu->sender = id;
    at->pdu->sender_name = name;
    if (!name)
        expert_add_info(at->pinfo, item, &ei_trade_sender_unknown);
    at->offset = at->start + 1;
}

/* Adds the receiver. */
static void add_receiver(trade_cursor_t *at, uint16_t receiver)
{
    const bool is_control = receiver == TRADE_RECEIVER_CONTROL;

    proto_tree_add_uint_format_value(at->tree, hf_trade_receiver, at->tvb,
                                     (int)at->start + TRADE_LENGTH_END, 2, receiver,
                                     is_control ? "%u (Control)" : "%u", receiver);
}

/* Adds as much of sender, length and receiver as was captured. Returns whether the rest of the
 * PDU can be dissected. */
static bool dissect_header(trade_cursor_t *at, const trade_delivery_t *delivery)
{
    const uint8_t *header = at->bytes + at->start;
    trade_pdu_t *pdu = at->pdu;

    dissect_sender(at, delivery, header[0]);
    pdu->length = (uint32_t)(header[1] << 8 | header[2]);
    proto_item *item = trade_add_uint(at, hf_trade_length, 2, pdu->length);
    at->offset = at->start + TRADE_LENGTH_END;
    if (pdu->length < TRADE_HEADER_LENGTH)
        expert_add_info(at->pinfo, item, &ei_trade_length_invalid);
    if (at->captured < at->start + TRADE_HEADER_LENGTH) {
        if (at->offset < at->captured)
            trade_add_data(at);
        return false;
    }
    pdu->receiver = (uint16_t)(header[3] << 8 | header[4]);
    pdu->has_receiver = true;
    add_receiver(at, pdu->receiver);
    at->offset = at->start + TRADE_HEADER_LENGTH;
    return pdu->length >= TRADE_HEADER_LENGTH;
}

/* ---- A PDU: keyword, and its body ---- */

/* Returns whether a field is expected at the offset. */
static bool is_due(const trade_cursor_t *at, const body_field_t *place)
{
    switch (place->when) {
    case IF_FROM_TRADESITE:
        return at->pdu->sender == TRADE_MODULE_TRADESITE;
    case UNLESS_AT_END:
        return at->offset < at->end;
    case ALWAYS:
        break;
    }
    return true;
}

/* Adds the fields of a known keyword's body, and as data whatever follows them. */
static void dissect_body(trade_cursor_t *at)
{
    const body_field_t *place = bodies[at->pdu->keyword - trade_keywords];
    bool whole = true;

    for (; place->field < TRADE_FIELD_COUNT && whole; place++) {
        const trade_field_id_t field = (trade_field_id_t)place->field;
        const trade_bytes_t from = trade_get_bytes(at);
        if (!is_due(at, place))
            continue;
        const trade_parsed_t parsed = trade_parse_field(at->pdu, field, &from);
        trade_add_field(at, field, &parsed);
        whole = parsed.state == TRADE_PARSED_WHOLE;
    }
    trade_add_rest(at, whole);
}

/* Adds the body of an unknown keyword as data. item: the keyword's. */
static void dissect_unknown(trade_cursor_t *at, proto_item *item)
{
    trade_add_text_experts(at, item, at->pdu->keyword_text);
    expert_add_info_format(at->pinfo, item, &ei_trade_keyword_unknown,
                           "Unknown keyword: its body is shown as data");
    if (at->offset < at->captured)
        trade_add_data(at);
}

/* Adds the keyword and the body of a control PDU. */
static void dissect_keyword(trade_cursor_t *at)
{
    trade_pdu_t *pdu = at->pdu;

    if (at->offset == at->captured) {
        if (trade_is_whole(at))
            proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_keyword_missing, at->tvb,
                                  (int)at->start, (int)(at->captured - at->start));
        else
            pdu->cut_text.bytes = at->bytes + at->offset;
        pdu->complete = false;
        return;
    }
    const trade_bytes_t from = trade_get_bytes(at);
    const trade_parsed_t parsed = trade_parse_text(pdu, &from, &pdu->keyword_text);
    proto_item *item = trade_add_text(at, hf_trade_keyword, pdu->keyword_text, &parsed);
    if (pdu->cut_text.bytes)
        return;
    if (pdu->keyword_text.length == 0) {
        expert_add_info(at->pinfo, item, &ei_trade_keyword_missing);
        if (at->offset < at->captured)
            trade_add_data(at);
        return;
    }
    pdu->keyword = trade_find_keyword(pdu->keyword_text);
    if (pdu->keyword) {
        pdu->role = pdu->keyword->role;
        dissect_body(at);
        return;
    }
    pdu->is_foreign = trade_has_subdissector(at->pinfo, pdu->keyword_text);
    if (pdu->is_foreign)
        return;
    if (trade_keywords_add(at))
        trade_add_rest(at, pdu->complete);
    else
        dissect_unknown(at, item);
}

/* ---- A PDU: data ---- */

/* Adds the payload of a data PDU. */
static void dissect_data(trade_cursor_t *at)
{
    at->pdu->role = TRADE_ROLE_DATA;
    if (at->offset < at->captured)
        trade_add_data(at);
}

/* Adds the fields of a PDU. */
static void dissect_pdu(trade_cursor_t *at, const trade_delivery_t *delivery)
{
    if (!dissect_header(at, delivery))
        at->pdu->complete = false;
    else if (at->pdu->receiver == TRADE_RECEIVER_CONTROL)
        dissect_keyword(at);
    else
        dissect_data(at);
}

/* ---- Greetings ---- */

/* Remembers the module's name that a whole greeting gives. */
static void learn_name(const trade_cursor_t *at, const trade_piece_t *piece)
{
    const trade_text_t name = at->pdu->greeting;

    if (at->pdu->complete && name.length > 0 && !piece->is_doubtful && !PINFO_FD_VISITED(at->pinfo))
        trade_connection_learn_name(piece->delivery, at->pinfo, at->bytes[at->start],
                                    trade_text_dup(at->pinfo->pool, name));
}

/* Adds the fields of a greeting. */
static void dissect_greeting(trade_cursor_t *at, const trade_piece_t *piece)
{
    trade_pdu_t *pdu = at->pdu;
    const unsigned count = tvb_get_uint8(at->tvb, (int)at->start + 1);
    const unsigned name = at->start + 2;
    bool is_terminated = false;

    at->offset = name;
    trade_bytes_t from = trade_get_bytes(at);
    pdu->greeting = trade_get_text(&from, &is_terminated);
    /* If the connection was closed within the name, go by the count. */
    if (!is_terminated && pdu->greeting.length < count)
        pdu->length = count + TRADE_GREETING_OVERHEAD;
    pdu->complete = trade_is_whole(at);
    learn_name(at, piece);
    dissect_sender(at, piece->delivery, at->bytes[at->start]);
    proto_item *item = trade_add_uint(at, hf_trade_length, 1, count);
    if (pdu->complete && (count == 0 || count != pdu->greeting.length))
        expert_add_info(at->pinfo, item, &ei_trade_greeting_length);
    at->offset = name;
    if (at->offset == at->captured)
        return;
    from.is_whole = trade_is_whole(at); /* by the length as it is now */
    const trade_parsed_t parsed = trade_parse_text(pdu, &from, &pdu->greeting);
    item = trade_add_text(at, hf_trade_greeting, pdu->greeting, &parsed);
    if (pdu->complete)
        trade_add_text_experts(at, item, pdu->greeting);
    if (at->offset < at->captured)
        trade_add_data(at);
}

/* ---- What a PDU has to do with others ---- */

/* What the routines that the driver calls have to know. Lives as long as one call of the
 * dissector. */
typedef struct trade_context {
    trade_summary_t *summary; /* NULL: there are no columns to write */
    bool is_wanted;           /* somebody asks for fields of TRADE's */
    bool is_tapped;           /* somebody listens to TRADE's tap, or exports payloads */
    bool has_own_lines;       /* each PDU has a line in the tree, not only the first */
    proto_item *line;         /* of the PDU before; NULL: this call has none so far */
} trade_context_t;

/* Returns the bytes of a whole PDU from an offset on; NULL: there are none. */
static tvbuff_t *get_rest(const trade_cursor_t *at, unsigned offset)
{
    return offset < at->end ? tvb_new_subset_length(at->tvb, (int)offset, (int)(at->end - offset))
                            : NULL;
}

/* Hands a PDU and its links to statistics, exports and menus. */
static void tap_pdu(trade_cursor_t *at, const trade_tap_t *found)
{
    wmem_allocator_t *pool = at->pinfo->pool;
    trade_tap_t *tap = (trade_tap_t *)wmem_memdup(pool, found, sizeof *found);

    tap->pdu = (const trade_pdu_t *)wmem_memdup(pool, at->pdu, sizeof *at->pdu);
    tap->delivery =
        (const trade_delivery_t *)wmem_memdup(pool, found->delivery, sizeof *found->delivery);
    if (trade_pdu_is_control(tap->pdu) && tap->pdu->keyword_text.length > 0)
        tap->keyword = trade_text_dup(pool, tap->pdu->keyword_text);
    if (tap->pdu->role == TRADE_ROLE_DATA && trade_is_whole(at))
        tap->payload = get_rest(at, at->start + TRADE_HEADER_LENGTH);
    trade_export_tap(at->pinfo, tap);
    tap_queue_packet(trade_tap, at->pinfo, tap);
}

/* Notes what a PDU shows of its module, and moves what was learned before to its Multiplexer. */
static void note_module(const trade_delivery_t *delivery, packet_info *pinfo,
                        const trade_pdu_t *pdu)
{
    trade_multiplexer_t *from = trade_connection_note_module(delivery, pinfo, pdu);

    if (from)
        trade_client_move(delivery->connection, from);
}

/* Records what the PDU shows of its connection, shows its links to other PDUs, and taps both. */
static void add_findings(trade_cursor_t *at, const trade_piece_t *piece)
{
    const trade_context_t *context = (const trade_context_t *)piece->input->data;
    const trade_delivery_t *delivery = piece->delivery;
    const uint32_t seq = piece->seq;

    if (!PINFO_FD_VISITED(at->pinfo) && !piece->is_doubtful)
        note_module(delivery, at->pinfo, at->pdu);
    trade_record_t *record = trade_pings_note(delivery, at->pinfo, seq, at->pdu);
    if (record && !PINFO_FD_VISITED(at->pinfo))
        trade_beyond_complete(record);
    const trade_client_t *client = trade_client_note(delivery, at->pinfo, seq, at->pdu);

    if (record || client) {
        const trade_links_t links = { .at = at,
                                      .delivery = delivery,
                                      .seq = seq,
                                      .record = record,
                                      .client = client,
                                      .slow = trade_slow };
        trade_links_add(&links);
    }
    if (context->is_tapped || trade_is_visible(at->tree))
        tap_pdu(at, &(trade_tap_t){
                        .delivery = delivery, .record = record, .client = client, .seq = seq });
}

/* ---- Subdissectors ---- */

/* Lets other dissectors decode what a whole PDU carries, from start on. They may throw, so this
 * comes last. */
static void dissect_others(trade_cursor_t *at, unsigned start)
{
    const trade_pdu_t *pdu = at->pdu;

    if (!trade_is_for_subdissectors(pdu) || start >= at->end)
        return;
    if (trade_is_whole(at))
        at->offset =
            start + trade_call_subdissectors(pdu, get_rest(at, start), at->pinfo,
                                             pdu->is_foreign && at->tree ? at->tree : at->top);
    if (pdu->is_foreign && at->offset < at->captured)
        trade_add_data(at);
}

/* ---- Framing: one unit of the stream after the other ---- */

/* Returns whether a module is known by name, or its connection, from earlier frames. */
static bool is_known_module(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id)
{
    return trade_get_module_name(id) || trade_connection_is_module(delivery, pinfo->num, id) ||
           trade_connection_find_name(delivery, pinfo->num - 1, id);
}

/* Adds what the session knows of the bytes before a PDU. */
static void add_gap(trade_cursor_t *at, const trade_piece_t *piece)
{
    const trade_gap_t gap = trade_flow_take_gap(piece->delivery, at->pinfo, piece->seq);

    if (gap.bytes == 0)
        return;
    proto_item *item =
        proto_tree_add_uint(at->tree, hf_trade_gap_bytes, at->tvb, (int)at->start, 0, gap.bytes);
    proto_item_set_generated(item);
    expert_add_info_format(at->pinfo, item, &ei_trade_gap,
                           "%s%u bytes of the stream before this PDU are missing: lost, not "
                           "captured, or out of order",
                           gap.is_upper_bound ? "Up to " : "", gap.bytes);
}

/* Adds that the capture holds only the first bytes of a unit, or of a frame. */
static void add_truncated(trade_cursor_t *at, unsigned missing)
{
    proto_item *item = proto_tree_add_uint(at->tree, hf_trade_truncated_bytes, at->tvb,
                                           (int)at->captured, 0, missing);

    proto_item_set_generated(item);
    expert_add_info_format(at->pinfo, item, &ei_trade_truncated,
                           "%u bytes were cut off by the capture's snapshot length", missing);
}

/* Adds bytes that are no PDU, or too few to tell. */
static void dissect_undissected(trade_cursor_t *at, const trade_piece_t *piece)
{
    proto_item *item = proto_tree_add_item(at->tree, hf_trade_undissected, at->tvb, (int)at->offset,
                                           (int)piece->captured, ENC_NA);

    if (piece->unit.is_cut_off)
        expert_add_info(at->pinfo, item, &ei_trade_incomplete);
    else if (piece->ends_hole)
        expert_add_info_format(at->pinfo, item, &ei_trade_resync,
                               "A PDU may begin here, but the rest of it was captured earlier");
    else if (piece->captured >= TRADE_LENGTH_END || at->captured == at->end)
        expert_add_info(at->pinfo, item, &ei_trade_resync);
}

/* Adds the fields of a unit, by its kind. */
static void dissect_fields(trade_cursor_t *at, const trade_piece_t *piece)
{
    switch (piece->unit.kind) {
    case TRADE_UNIT_UNDISSECTED:
        dissect_undissected(at, piece);
        return;
    case TRADE_UNIT_GREETING:
        dissect_greeting(at, piece);
        break;
    case TRADE_UNIT_PDU:
        dissect_pdu(at, piece->delivery);
        trade_driver_note_pdu(piece, at->pdu);
        break;
    }
    if (piece->unit.is_cut_off)
        proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_incomplete, at->tvb, (int)at->start,
                              (int)piece->captured);
    add_gap(at, piece);
    add_findings(at, piece);
}

/* Adds the line of a unit. If nobody asks for such lines, a call has one all the same, by
 * which Wireshark knows that the frame has TRADE in it. Returns NULL if nobody asks for our
 * fields, either. */
static proto_item *add_line(const trade_input_t *input, tvbuff_t *tvb, unsigned start,
                            unsigned length)
{
    trade_context_t *context = (trade_context_t *)input->data;

    if (input->tree && (context->has_own_lines || !context->line))
        context->line = proto_item_add_subtree(
            proto_tree_add_item(input->tree, proto_trade, tvb, (int)start, (int)length, ENC_NA),
            ett_trade);
    return context->is_wanted ? context->line : NULL;
}

/* Dissects one unit. For the driver. */
static void dissect_unit(const trade_piece_t *piece)
{
    trade_context_t *context = (trade_context_t *)piece->input->data;
    trade_summary_t *summary = context->summary;
    packet_info *pinfo = piece->input->pinfo;
    proto_tree *tree = piece->input->tree;
    trade_pdu_t pdu;
    const unsigned start = piece->start, captured = piece->captured;
    proto_item *item = add_line(piece->input, piece->tvb, start, captured);
    trade_cursor_t at = { .tvb = piece->tvb,
                          .bytes = piece->bytes,
                          .pinfo = pinfo,
                          .top = tree,
                          .tree = item,
                          .pdu = &pdu,
                          .start = start,
                          .offset = start,
                          .end = start + piece->reported,
                          .captured = start + captured };

    /* Not the values, which would take 50 instructions. */
    memset(&pdu, 0, offsetof(trade_pdu_t, values));
    pdu.kind = piece->unit.kind;
    pdu.length = piece->unit.length;
    pdu.complete = true;
    dissect_fields(&at, piece);
    trade_findings_note_pdu(pinfo);
    const bool is_first = summary && trade_summary_add(summary, &pdu);
    if (trade_is_visible(tree) || is_first) {
        const char *info = trade_info_get(pinfo->pool, &pdu);
        if (is_first)
            trade_summary_set_first(summary, info);
        if (item && trade_is_visible(tree))
            proto_item_set_text(item, "%s", trade_info_get_title(pinfo->pool, &pdu, info));
        if (piece->is_in_pieces)
            proto_item_append_text(item, " (its first %u bytes)", piece->reported);
    }
    if (captured < MIN(piece->reported, piece->rest))
        add_truncated(&at, MIN(piece->reported, piece->rest) - captured);
    dissect_others(&at, pdu.role == TRADE_ROLE_DATA ? start + TRADE_HEADER_LENGTH : at.offset);
}

/* Says how many bytes of whole PDUs lie beyond what was captured of the frame. */
static void add_beyond(const trade_input_t *input, unsigned beyond)
{
    const unsigned captured = tvb_captured_length(input->tvb);
    proto_item *item = add_line(input, input->tvb, captured, 0);
    trade_cursor_t at = {
        .tvb = input->tvb, .pinfo = input->pinfo, .tree = item, .captured = captured
    };

    proto_item_set_text(item, "Trade : PDUs that were not captured");
    add_truncated(&at, beyond);
}

/* Adds the bytes that belong to a PDU shown before. For the driver. */
static void dissect_continuation(const trade_input_t *input, unsigned length)
{
    const unsigned shown = MIN(length, tvb_captured_length(input->tvb));
    proto_item *item = add_line(input, input->tvb, 0, shown);
    trade_cursor_t at = {
        .tvb = input->tvb, .pinfo = input->pinfo, .tree = item, .captured = shown
    };

    proto_item_set_text(item, "Trade : %u bytes of a PDU that began before", length);
    proto_tree_add_item(at.tree, hf_trade_continuation, input->tvb, 0, (int)shown, ENC_NA);
    if (shown < length)
        add_truncated(&at, length - shown);
}

/* Ends a call of the dissector, even one that an exception ended. For the driver. */
static void end_call(const trade_input_t *input, unsigned beyond)
{
    const trade_context_t *context = (const trade_context_t *)input->data;

    trade_summary_write(context->summary, input->pinfo);
    if (beyond > 0)
        add_beyond(input, beyond);
}

static const trade_handler_t handler = { is_known_module, dissect_unit, dissect_continuation,
                                         end_call };

/* Returns whether each PDU needs a line: one takes Wireshark 700 instructions. */
static bool has_own_lines(proto_tree *tree)
{
    return trade_is_visible(tree) ||
           (tree &&
            (!PTREE_DATA(tree)->fake_protocols ||
             proto_registrar_get_nth((unsigned)proto_trade)->ref_type >= HF_REF_TYPE_DIRECT));
}

/* Dissects what TCP has of a stream. data: a struct tcpinfo, or what else a caller gives. */
static int dissect_trade(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    struct tcpinfo own;
    trade_context_t context = { .summary = trade_summary_find(pinfo, proto_trade),
                                .is_wanted =
                                    tree && (proto_field_is_referenced(tree, proto_trade) ||
                                             proto_field_is_referenced(tree, proto_expert)),
                                .has_own_lines = has_own_lines(tree),
                                .is_tapped =
                                    have_tap_listener(trade_tap) || trade_export_is_wanted() };
    const trade_input_t input = { .tvb = tvb,
                                  .pinfo = pinfo,
                                  .tree = tree,
                                  .tcpinfo = trade_tcp_get_info(tvb, pinfo, data, &own),
                                  .desegment = trade_desegment,
                                  .desegment_data = trade_desegment_data,
                                  .data = &context };

    trade_driver_dissect(&input, &handler);
    return (int)tvb_captured_length(tvb);
}

/* Follows the bytes of a connection that another protocol gets. data: a struct tcpinfo. */
static void follow_silently(tvbuff_t *tvb, packet_info *pinfo, void *data)
{
    struct tcpinfo own;
    const trade_input_t input = { .tvb = tvb,
                                  .pinfo = pinfo,
                                  .tcpinfo = trade_tcp_get_info(tvb, pinfo, data, &own),
                                  .desegment_data = trade_desegment_data };

    trade_driver_follow(&input, &handler);
}

/* Dissects what TCP has for one of TRADE's ports. If another protocol is registered for the other
 * port, the bytes must look like TRADE first. Until they do, nobody gets them, since the other
 * protocol might ask TCP for all that follows; if they never do, it gets the rest. */
static int dissect_trade_on_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const trade_claim_t claim = trade_tcp_get_claim(pinfo);

    if (claim == TRADE_CLAIM_OURS)
        return dissect_trade(tvb, pinfo, tree, data);
    if (claim == TRADE_CLAIM_OTHERS || !data || PINFO_FD_VISITED(pinfo))
        return 0;
    if (trade_looks_like_trade(tvb, pinfo->pool)) {
        conversation_set_dissector(find_or_create_conversation(pinfo), trade_handle);
        return dissect_trade(tvb, pinfo, tree, data);
    }
    follow_silently(tvb, pinfo, data);
    return claim == TRADE_CLAIM_CONTESTED && trade_stream_is_on_trial(pinfo, tvb)
               ? (int)tvb_captured_length(tvb)
               : 0;
}

/* Recognises TRADE on a port that it is not expected on, by a control PDU of the
 * keyword table. From that frame on the connection is TRADE's. */
static trade_bool_t dissect_trade_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                                            void *data)
{
    struct tcpinfo own;

    if (!trade_begins_with_keyword(tvb))
        return false;
    conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num,
                                                 trade_handle);
    if (!PINFO_FD_VISITED(pinfo))
        trade_stream_join_midway(pinfo, trade_tcp_get_info(tvb, pinfo, data, &own));
    return dissect_trade(tvb, pinfo, tree, data) > 0;
}

/* Adds that TCP holds bytes back. */
static void add_held(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const trade_held_t *held)
{
    proto_item *item = proto_tree_add_item(tree, proto_trade, tvb, 0, 0, ENC_NA);

    proto_item_set_text(item, "Trade : bytes that TCP holds back");
    expert_add_info_format(
        pinfo, item, &ei_trade_held_back,
        "TCP holds back %" PRIu64 " bytes of this direction, from frame %u on, for bytes before "
        "them %s: nothing of them is dissected, unless its preference \"Reassemble out-of-order "
        "segments\" is switched off",
        held->bytes, held->frame,
        PINFO_FD_VISITED(pinfo) ? "were not captured" : "have not been captured so far");
}

/* Dissects what TCP withheld, and adds what is found out of a connection. A postdissector. */
static int dissect_after_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    const bool is_given = trade_stream_give_withheld(tvb, pinfo, tree);
    const trade_watch_note_t *note = trade_watch_frame(tvb, pinfo);
    trade_held_t held = { .bytes = 0 };

    if (!is_given)
        held = trade_stream_find_held(tvb, pinfo);
    if (held.bytes > 0)
        add_held(tvb, pinfo, tree, &held);
    const bool is_found = trade_findings_add(tvb, pinfo, tree, note);
    return is_given || held.bytes > 0 || is_found ? (int)tvb_captured_length(tvb) : 0;
}

/* ---- Registration ---- */

/* Applies the preferences; called when they change. */
static void apply_preferences(void)
{
    trade_pings_set_interval(trade_interval_make(trade_interval, INTERVAL_DEFAULT));
    trade_watch_set_limit(trade_interval_make(trade_limit, LIMIT_DEFAULT));
}

static void register_preferences(void)
{
    module_t *module = prefs_register_protocol(proto_trade, apply_preferences);
    /* Wireshark calls it only when something changes. */
    apply_preferences();
    prefs_register_bool_preference(
        module, "desegment", "Reassemble TRADE PDUs that span several TCP segments",
        "Whether PDUs that span several TCP segments are reassembled. For this, TCP's "
        "preference \"Allow subdissector to reassemble TCP streams\" must be on as well.",
        &trade_desegment);
    prefs_register_bool_preference(
        module, "desegment_data", "Reassemble data PDUs, too",
        "Whether data PDUs are reassembled as well. If not, the payload of one that spans several "
        "TCP segments is shown in pieces, and is neither exported nor followed. A large capture "
        "then takes less memory.",
        &trade_desegment_data);
    prefs_register_uint_preference(module, "interval", "Ping interval (in s)",
                                   "How often each side of a connection sends a Ping. A Ping is "
                                   "late after one and a half of these intervals. 0 is the "
                                   "default, 30.",
                                   10, &trade_interval);
    prefs_register_uint_preference(module, "limit", "Time limit for a Pong (in s)",
                                   "How long a side waits for a Pong before it gives the "
                                   "connection up. One that comes after more than half of that is "
                                   "a near miss in -z trade,health. 0 is the default, 90.",
                                   10, &trade_limit);
    prefs_register_uint_preference(module, "slow", "Slow from (in ms)",
                                   "Above how many milliseconds an answer or a reported roundtrip "
                                   "is slow, and a send delay high.",
                                   10, &trade_slow);
    trade_modules_register(module);
    trade_keywords_register(module, proto_trade);
}

static void register_fields(void)
{
    /* clang-format off */
    static hf_register_info hf[] = {
        { &hf_trade_sender,
          { "Sender", "trade.sender", FT_UINT8, BASE_DEC, VALS(trade_module_names), 0,
            "Id of the module that sent the PDU, or that its data is from or for", HFILL } },
        { &hf_trade_sender_name,
          { "Sender Name", "trade.sender.name", FT_STRING, BASE_NONE, NULL, 0,
            "Name of that module, from the preference, the talk or its greeting; otherwise \"Unknown (id)\"", HFILL } },
        { &hf_trade_length,
          { "Length", "trade.length", FT_UINT16, BASE_DEC, NULL, 0,
            "Length of the whole PDU in bytes; in a greeting, of the name", HFILL } },
        { &hf_trade_receiver,
          { "Receiver", "trade.receiver", FT_UINT16, BASE_DEC, NULL, 0,
            "65535 in a control PDU, else the client's connection id", HFILL } },
        { &hf_trade_keyword,
          { "Keyword", "trade.keyword", FT_STRINGZ, BASE_NONE, NULL, 0,
            "What a control PDU is about", HFILL } },
        { &hf_trade_greeting,
          { "Server Greeting", "trade.greeting", FT_STRINGZ, BASE_NONE, NULL, 0,
            "Name that a module sends first on a connection", HFILL } },
        { &hf_trade_undissected,
          { "Undissected", "trade.undissected", FT_BYTES, BASE_NONE, NULL, 0,
            "Bytes in which no PDU could be found", HFILL } },
        { &hf_trade_continuation,
          { "Continuation", "trade.continuation", FT_BYTES, BASE_NONE, NULL, 0,
            "Rest of a PDU that began in an earlier segment, or that was already shown", HFILL } },
        { &hf_trade_gap_bytes,
          { "Missing Bytes", "trade.gap_bytes", FT_UINT32, BASE_DEC, NULL, 0,
            "Bytes of the stream missing before this PDU", HFILL } },
        { &hf_trade_truncated_bytes,
          { "Truncated Bytes", "trade.truncated_bytes", FT_UINT32, BASE_DEC, NULL, 0,
            "Bytes cut off by the capture's snapshot length", HFILL } }
    };
    /* clang-format on */
    static int *ett[] = { &ett_trade };

    proto_register_field_array(proto_trade, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}

static void register_experts(void)
{
    /* clang-format off */
    static ei_register_info ei[] = {
        { &ei_trade_length_invalid,
          { "trade.length.invalid", PI_MALFORMED, PI_ERROR,
            "Invalid length: a PDU has at least 5 bytes, its header included", EXPFILL } },
        { &ei_trade_sender_unknown,
          { "trade.sender.unknown", PI_UNDECODED, PI_NOTE,
            "No name is known for this module id: see the preference \"Module IDs\"", EXPFILL } },
        { &ei_trade_keyword_missing,
          { "trade.keyword.missing", PI_MALFORMED, PI_ERROR,
            "This control PDU has no keyword", EXPFILL } },
        { &ei_trade_keyword_unknown,
          { "trade.keyword.unknown", PI_UNDECODED, PI_NOTE,
            "Unknown keyword", EXPFILL } },
        { &ei_trade_greeting_length,
          { "trade.greeting.length", PI_MALFORMED, PI_WARN,
            "The greeting's name is empty, or its length differs from its count", EXPFILL } },
        { &ei_trade_incomplete,
          { "trade.incomplete", PI_MALFORMED, PI_WARN,
            "The connection was closed within this PDU", EXPFILL } },
        { &ei_trade_gap,
          { "trade.gap", PI_SEQUENCE, PI_WARN,
            "Bytes of the stream before this PDU are missing", EXPFILL } },
        { &ei_trade_held_back,
          { "trade.held_back", PI_SEQUENCE, PI_WARN,
            "TCP holds back bytes because bytes before them were not captured", EXPFILL } },
        { &ei_trade_resync,
          { "trade.resync", PI_UNDECODED, PI_WARN,
            "No PDU begins here: skipped to the next one", EXPFILL } },
        { &ei_trade_truncated,
          { "trade.truncated", PI_UNDECODED, PI_NOTE,
            "Bytes were cut off by the capture's snapshot length", EXPFILL } }
    };
    /* clang-format on */

    expert_register_field_array(expert_register_protocol(proto_trade), ei, array_length(ei));
}

void proto_register_trade(void)
{
    proto_trade = proto_register_protocol("TRADE", "TRADE", "trade");
    trade_handle = register_dissector("trade", dissect_trade, proto_trade);
    port_handle = create_dissector_handle(dissect_trade_on_port, proto_trade);
    register_fields();
    register_experts();
    register_preferences();
    trade_info_register();
    trade_connection_register(proto_trade);
    trade_pings_register();
    trade_watch_register();
    trade_client_register(proto_trade);
    trade_tap = register_tap("trade");
    trade_stats_register(proto_trade);
    trade_health_register();
    trade_incidents_register();
    trade_clients_register();
    trade_rows_register();
    trade_live_register();
    trade_export_register(proto_trade);
    trade_values_register(proto_trade);
    trade_links_register(proto_trade);
    trade_findings_register(proto_trade);
    trade_subdissectors_register(proto_trade);
}

void proto_reg_handoff_trade(void)
{
    dissector_add_uint_with_preference("tcp.port", TRADE_PORT, trade_handle);
    trade_tcp_register(trade_handle, port_handle);
    register_postdissector(create_dissector_handle(dissect_after_tcp, proto_trade));
    heur_dissector_add("tcp", dissect_trade_heuristic, "TRADE over TCP", "trade_tcp", proto_trade,
                       HEURISTIC_ENABLE);
    trade_subdissectors_offer();
}
