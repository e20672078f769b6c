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
 * Several PDUs share a segment, and one PDU spans several. Not decoded: the
 * payload of data PDUs, and the bodies of keywords that the table lacks.
 */

#include <epan/conversation.h>
#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/tap.h>

#include "moduleids.h"
#include "packet-trade.h"
#include "analysis/client.h"
#include "analysis/exchange.h"
#include "ui/export.h"
#include "stream/framing.h"
#include "stream/flow.h"
#include "ui/info.h"
#include "ui/links.h"
#include "ui/modules.h"
#include "ui/stats.h"
#include "ui/subdissectors.h"
#include "ui/values.h"
#include "stream/tcp.h"
#include "wire/keyword.h"
#include "wire/modules.h"

/* ---- Constants of this dissector; those of the wire are in packet-trade.h ---- */

/* Between two Pings, in seconds (the talk's slides "Ping-Pong?"). */
#define INTERVAL_DEFAULT 30

/* ---- Ids, in the order of the tables below ---- */

static int proto_trade = -1;
static int trade_tap = -1;
static dissector_handle_t trade_handle; /* for Decode As and what is recognised */
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
static expert_field ei_trade_body_trailing = EI_INIT;
static expert_field ei_trade_incomplete = EI_INIT;
static expert_field ei_trade_gap = EI_INIT;
static expert_field ei_trade_held_back = EI_INIT;
static expert_field ei_trade_resync = EI_INIT;
static expert_field ei_trade_truncated = EI_INIT;

/* ---- Preferences ---- */

static trade_bool_t trade_desegment = true;
static trade_bool_t trade_desegment_data = true;
static unsigned trade_interval = INTERVAL_DEFAULT; /* between two Pings, in seconds; 0: default */
static unsigned trade_slow = 100; /* an answer, a roundtrip or a send delay, in ms */

/* ---- The keyword table: wire/keywords.h has a row a keyword ---- */

/* A field's place in a body, and when it is there. */
typedef struct trade_place {
    uint8_t field; /* a trade_field_id_t; TRADE_FIELD_COUNT: the body ends */
    enum { ALWAYS, UNLESS_AT_END, IF_FROM_TRADESITE } when;
} trade_place_t;

/* The body of each keyword, in the order of trade_keywords[]. */
static const trade_place_t *const bodies[] = {
/* clang-format off */
#define FIELD(id)          { TRADE_FIELD_##id, ALWAYS }
#define OPTIONAL(id)       { TRADE_FIELD_##id, UNLESS_AT_END }
#define FROM_TRADESITE(id) { TRADE_FIELD_##id, IF_FROM_TRADESITE }
#define NO_BODY            { TRADE_FIELD_COUNT, ALWAYS }
#define BODY(name, role, info, ...) (const trade_place_t[]){ __VA_ARGS__, NO_BODY },
    /* clang-format on */
    TRADE_KEYWORDS(BODY)
};

/* ---- Module names ---- */

/* Returns the name of a module in this frame, from preference, talk or greeting;
 * NULL where none is known. */
static const char *get_module_name(const trade_call_t *call, packet_info *pinfo, uint8_t id)
{
    const char *name = trade_get_module_name(id);

    return name ? name : trade_session_find_name(call, pinfo->num, id);
}

/* ---- Bodies ---- */

/* Returns whether a field is to be expected at the offset. */
static bool is_due(const trade_cursor_t *at, const trade_place_t *place)
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

/* Adds the body that the keyword asks for, and shows what does not fit it. */
static void dissect_body(trade_cursor_t *at)
{
    const trade_place_t *place = bodies[at->pdu->keyword - trade_keywords];
    bool whole = true;

    for (; place->field < TRADE_FIELD_COUNT && whole; place++) {
        const trade_field_id_t field = (trade_field_id_t)place->field;
        if (is_due(at, place))
            whole = trade_dissect_field(at, field);
    }
    if (at->offset == at->captured)
        return;
    proto_item *item = trade_add_data(at);
    if (whole)
        expert_add_info(at->pinfo, item, &ei_trade_body_trailing);
}

/* ---- Header, keyword, data ---- */

/* Adds the sender's name, as Info has it, for columns and filters: the line of the id
 * shows it already. Made only where somebody asks. */
static void add_sender_name(trade_cursor_t *at, uint8_t id, const char *name)
{
    if (!proto_field_is_referenced(at->tree, hf_trade_sender_name))
        return;
    if (!name)
        name = trade_format_unknown(at->pinfo->pool, id);
    proto_item *item = proto_tree_add_string(at->tree, hf_trade_sender_name, at->tvb, 0, 1, name);
    proto_item_set_generated(item);
    proto_item_set_hidden(item);
}

/* Returns the line of the sender's id. */
static proto_item *add_sender(trade_cursor_t *at, uint8_t id, const char *name)
{
    proto_item *item = proto_tree_add_uint_format_value(at->tree, hf_trade_sender, at->tvb, 0, 1,
                                                        id, "%s (%u)", name ? name : "Unknown", id);

    add_sender_name(at, id, name);
    return item;
}

static void dissect_sender(trade_cursor_t *at, const trade_call_t *call, uint8_t id)
{
    const char *name = get_module_name(call, at->pinfo, id);
    proto_item *item = at->tree ? add_sender(at, id, name) : NULL;

    at->pdu->sender = id;
    at->pdu->sender_name = name;
    if (!name)
        expert_add_info(at->pinfo, item, &ei_trade_sender_unknown);
    at->offset = 1;
}

static void add_receiver(trade_cursor_t *at, uint16_t receiver)
{
    if (receiver == TRADE_RECEIVER_CONTROL)
        proto_tree_add_uint_format_value(at->tree, hf_trade_receiver, at->tvb, TRADE_LENGTH_END, 2,
                                         receiver, "%u (Control)", receiver);
    else
        proto_tree_add_uint(at->tree, hf_trade_receiver, at->tvb, TRADE_LENGTH_END, 2, receiver);
}

/* Adds sender, length and receiver, as much of them as there is. Returns whether
 * the PDU goes on behind them. */
static bool dissect_header(trade_cursor_t *at, const trade_call_t *call)
{
    const uint8_t *header = at->bytes;
    trade_pdu_t *pdu = at->pdu;
    proto_item *item = NULL;

    dissect_sender(at, call, header[0]);
    pdu->length = (uint32_t)(header[1] << 8 | header[2]);
    item = trade_add_uint(at->tree, hf_trade_length, at->tvb, 1, 2, pdu->length);
    at->offset = TRADE_LENGTH_END;
    if (pdu->length < TRADE_HEADER_LENGTH)
        expert_add_info(at->pinfo, item, &ei_trade_length_invalid);
    if (at->captured < TRADE_HEADER_LENGTH) {
        if (at->offset < at->captured)
            trade_add_data(at);
        return false;
    }
    pdu->receiver = (uint16_t)(header[3] << 8 | header[4]);
    pdu->has_receiver = true;
    if (at->tree)
        add_receiver(at, pdu->receiver);
    at->offset = TRADE_HEADER_LENGTH;
    return pdu->length >= TRADE_HEADER_LENGTH;
}

/* Adds that a keyword is not known, and its body as data. item: the keyword's. */
static void dissect_unknown(trade_cursor_t *at, proto_item *item)
{
    trade_add_text_experts(at, item, at->pdu->keyword_text);
    expert_add_info_format(at->pinfo, item, &ei_trade_keyword_unknown,
                           "This keyword is not known: its body is shown as data");
    if (at->offset < at->captured)
        trade_add_data(at);
}

static void dissect_keyword(trade_cursor_t *at)
{
    trade_pdu_t *pdu = at->pdu;
    proto_item *item = NULL;

    if (at->offset == at->captured) {
        if (trade_is_whole(at))
            proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_keyword_missing, at->tvb, 0,
                                  (int)at->captured);
        else
            pdu->cut_text.bytes = at->bytes + at->offset;
        pdu->complete = false;
        return;
    }
    item = trade_add_text(at, hf_trade_keyword, &pdu->keyword_text);
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
    if (!pdu->is_foreign)
        dissect_unknown(at, item);
}

static void dissect_data(trade_cursor_t *at)
{
    at->pdu->role = TRADE_ROLE_DATA;
    if (at->offset < at->captured)
        trade_add_data(at);
}

/* Adds the fields of a PDU. */
static void dissect_pdu(trade_cursor_t *at, const trade_call_t *call)
{
    if (!dissect_header(at, call))
        at->pdu->complete = false;
    else if (at->pdu->receiver == TRADE_RECEIVER_CONTROL)
        dissect_keyword(at);
    else
        dissect_data(at);
}

/* Remembers the name that a greeting teaches. */
static void learn_name(const trade_cursor_t *at, const trade_call_t *call)
{
    const trade_text_t name = at->pdu->greeting;

    if (at->pdu->complete && name.length > 0)
        trade_session_learn_name(call, at->pinfo, tvb_get_uint8(at->tvb, 0),
                                 (const char *)tvb_get_string_enc(at->pinfo->pool, at->tvb, 2,
                                                                  (int)name.length, ENC_ASCII));
}

/* Adds the fields of a greeting. */
static void dissect_greeting(trade_cursor_t *at, const trade_call_t *call)
{
    trade_pdu_t *pdu = at->pdu;
    const unsigned count = tvb_get_uint8(at->tvb, 1);
    proto_item *item = NULL;
    unsigned size = 0;

    at->offset = 2;
    pdu->greeting = trade_get_text(at, &size);
    /* As the wire says, where the connection ends in the name. */
    if (size == pdu->greeting.length && size < count)
        pdu->length = count + TRADE_GREETING_OVERHEAD;
    pdu->complete = trade_is_whole(at);
    learn_name(at, call);
    dissect_sender(at, call, tvb_get_uint8(at->tvb, 0));
    item = trade_add_uint(at->tree, hf_trade_length, at->tvb, 1, 1, count);
    if (pdu->complete && (count == 0 || count != pdu->greeting.length))
        expert_add_info(at->pinfo, item, &ei_trade_greeting_length);
    at->offset = 2;
    if (at->offset == at->captured)
        return;
    item = trade_add_text(at, hf_trade_greeting, &pdu->greeting);
    if (pdu->complete)
        trade_add_text_experts(at, item, pdu->greeting);
    if (at->offset < at->captured)
        trade_add_data(at);
}

/* ---- What belongs together ---- */

/* Gives a PDU and what belongs with it to statistics, exports and menus. */
static void tap_pdu(trade_cursor_t *at, const trade_tap_t *found)
{
    wmem_allocator_t *pool = at->pinfo->pool;
    trade_tap_t *tap = (trade_tap_t *)wmem_memdup(pool, found, sizeof *found);

    tap->pdu = (const trade_pdu_t *)wmem_memdup(pool, at->pdu, sizeof *at->pdu);
    tap->call = (const trade_call_t *)wmem_memdup(pool, found->call, sizeof *found->call);
    if (trade_pdu_is_control(tap->pdu) && tap->pdu->keyword_text.length > 0)
        tap->keyword = trade_text_dup(pool, tap->pdu->keyword_text);
    if (tap->pdu->role == TRADE_ROLE_DATA && trade_is_whole(at) && at->end > TRADE_HEADER_LENGTH)
        tap->payload = tvb_new_subset_remaining(at->tvb, TRADE_HEADER_LENGTH);
    trade_export_note(at->pinfo, tap);
    trade_export_tap(at->pinfo, tap);
    tap_queue_packet(trade_tap, at->pinfo, tap);
}

/* Tells the session what was seen, shows what belongs with it, and taps both. */
static void add_findings(trade_cursor_t *at, const trade_call_t *call, uint32_t seq)
{
    trade_pdu_t *pdu = at->pdu;

    trade_session_note_module(call, at->pinfo, pdu);
    const trade_record_t *record = trade_exchange_note(call, at->pinfo, seq, pdu);
    const trade_client_t *client = trade_client_note(call, at->pinfo, seq, pdu);

    trade_links_add(&(trade_links_t){ .tvb = at->tvb,
                                      .pinfo = at->pinfo,
                                      .tree = at->tree,
                                      .pdu = pdu,
                                      .call = call,
                                      .seq = seq,
                                      .record = record,
                                      .client = client,
                                      .slow = trade_slow });
    if (have_tap_listener(trade_tap) || trade_export_is_wanted() || trade_is_visible(at->tree))
        tap_pdu(at, &(trade_tap_t){ .call = call, .record = record, .client = client, .seq = seq });
}

/* ---- What other dissectors decode ---- */

/* Lets others decode what a whole PDU carries, from start on. They throw as they like, so this
 * comes last. */
static void dissect_others(trade_cursor_t *at, unsigned start)
{
    const trade_pdu_t *pdu = at->pdu;

    if (!trade_is_for_subdissectors(pdu) || start >= at->end || !trade_is_whole(at))
        return;
    at->offset = start + trade_call_subdissectors(
                             pdu, tvb_new_subset_remaining(at->tvb, (int)start), at->pinfo,
                             pdu->is_foreign && at->tree ? at->tree : at->top);
    if (pdu->is_foreign && at->offset < at->end)
        trade_add_data(at);
}

/* ---- Framing: one unit of the stream after the other ---- */

/* What the routines that tcp_dissect_pdus() calls have to know. Lives as long as
 * one call of the dissector. */
typedef struct trade_context {
    trade_call_t call;
    packet_info *pinfo;
    const struct tcpinfo *tcpinfo; /* NULL: not called by TCP */
    tvbuff_t *tvb;                 /* the bytes of the call, but for those to be skipped */
    unsigned reported;             /* its length, */
    unsigned captured;             /* and so many bytes of it are at hand */
    trade_unit_t unit;             /* the unit at hand */
    bool is_in_pieces;             /* which is a data PDU, and goes on behind these bytes */
    uint32_t unit_seq;             /* sequence number of its first byte */
    unsigned unit_end;             /* where it ends in tvb; 0: not known */
    trade_trust_t trust;           /* of the next unit's first byte */
    trade_outcome_t outcome;       /* what became of the call's units so far */
    bool is_waiting;               /* more bytes were asked for than the unit at hand takes */
    uint8_t *known;                /* whether an id is a sender's: a KNOWN_ for each; NULL:
                                      not asked for any */
    trade_summary_t *summary;      /* NULL: there are no columns to write */
    bool is_wanted;                /* somebody asks for our fields */
    bool is_listed;                /* the tree has an item of ours */
    bool is_finished;              /* all bytes at hand were dissected: no exception came between */
} trade_context_t;

/* Where segments are smaller than this, so many bytes of them are put together to find a PDU. */
#define TINY_PIECE 16
#define TINY_WAIT 64

enum { KNOWN_NOT_ASKED, KNOWN_YES, KNOWN_NO };

/* Returns whether a sender's id is one that may be met on this connection, by what
 * earlier frames told: this one's own would not be known yet in the first pass. */
static bool is_known_sender(uint8_t id, void *data)
{
    trade_context_t *context = (trade_context_t *)data;
    const uint32_t frame = context->pinfo->num;

    if (!context->known)
        context->known = (uint8_t *)wmem_alloc0(context->pinfo->pool, UINT8_MAX + 1);
    if (context->known[id] == KNOWN_NOT_ASKED)
        context->known[id] = trade_session_may_send_data(&context->call, id) &&
                                     (trade_get_module_name(id) ||
                                      trade_session_is_module(&context->call, frame, id) ||
                                      trade_session_find_name(&context->call, frame - 1, id))
                                 ? KNOWN_YES
                                 : KNOWN_NO;
    return context->known[id] == KNOWN_YES;
}

/* Returns whether more bytes may come for a PDU that is not whole, and be put to it. */
static bool can_wait(const trade_context_t *context, packet_info *pinfo)
{
    return trade_desegment && pinfo->can_desegment && !context->call.is_last &&
           !context->call.ends_hole;
}

/* Returns whether nothing was found in bytes that come in pieces too small to hold the
 * header and keyword of a PDU, and there are few so far. */
static bool is_tiny(const trade_context_t *context, tvbuff_t *tvb, const trade_unit_t *unit)
{
    const unsigned length = tvb_reported_length(tvb);

    return unit->length == length && length < TINY_WAIT && length - context->call.kept < TINY_PIECE;
}

/* Returns what stands at the offset; a length of 0 where more bytes must come before
 * that can be said. */
static trade_unit_t find_unit(trade_context_t *context, packet_info *pinfo, tvbuff_t *tvb,
                              unsigned offset, trade_trust_t trust)
{
    const trade_senders_t senders = { .is_known = is_known_sender,
                                      .data = context,
                                      .control = trade_session_get_control_sender(&context->call) };
    /* Of a payload in pieces, its header tells. */
    const int needed = trade_desegment_data ? TRADE_LENGTH_END : TRADE_HEADER_LENGTH;
    trade_unit_t unit = { .kind = TRADE_UNIT_UNDISSECTED };
    unsigned left = 0;

    /* Without sync no part of a segment is kept: TCP might offer the same bytes again with
     * more before them. */
    if (can_wait(context, pinfo) && trust < TRADE_TRUST_CUT &&
        tvb_captured_length_remaining(tvb, (int)offset) < needed)
        return unit;
    unit = trade_find_unit(tvb, offset, trust, context->call.from_module, &senders);
    /* Whole ones may be. */
    if (unit.kind == TRADE_UNIT_UNDISSECTED && can_wait(context, pinfo) && offset == 0 &&
        trust != TRADE_TRUST_CUT && context->call.skip == 0 && is_tiny(context, tvb, &unit))
        unit.length = 0;
    if (unit.kind != TRADE_UNIT_GREETING && unit.length > 0 && !context->call.is_last &&
        !context->call.ends_hole)
        return unit;
    left = (unsigned)tvb_reported_length_remaining(tvb, (int)offset);
    /* What TCP is asked to keep it cannot give back, and a greeting's count may be wrong. */
    if (unit.kind == TRADE_UNIT_GREETING && unit.length > left && can_wait(context, pinfo))
        unit.length = 0;
    if (unit.length == 0 && can_wait(context, pinfo))
        return unit;
    if (context->call.is_last && trust != TRADE_TRUST_NONE && left < TRADE_LENGTH_END)
        unit.is_cut_off = true;
    if (context->call.ends_hole && (unit.length == 0 || unit.length > left))
        return (trade_unit_t){ .kind = TRADE_UNIT_UNDISSECTED, .length = left };
    if (unit.length == 0 || (context->call.is_last && unit.length > left)) {
        unit.is_plain = false;
        unit.is_cut_off = context->call.is_last;
        unit.length = left;
    }
    return unit;
}

/* Returns whether a unit is a data PDU that goes on behind the bytes at hand, and whose
 * payload is not put together: all that is told of it is in its header. */
static bool is_in_pieces(tvbuff_t *tvb, unsigned offset, const trade_unit_t *unit)
{
    return !trade_desegment_data && unit->is_plain &&
           unit->length > (unsigned)tvb_reported_length_remaining(tvb, (int)offset) &&
           tvb_captured_length_remaining(tvb, (int)offset) >= TRADE_HEADER_LENGTH &&
           tvb_get_ntohs(tvb, (int)offset + TRADE_LENGTH_END) != TRADE_RECEIVER_CONTROL;
}

/* Returns how far the byte behind a unit, which is at offset, is trusted to begin the next. */
static trade_trust_t get_next_trust(const trade_context_t *context, const trade_unit_t *unit,
                                    tvbuff_t *tvb, unsigned offset)
{
    if (context->call.is_recalled)
        return TRADE_TRUST_BOUNDARY;
    if (unit->kind != TRADE_UNIT_GREETING && !unit->is_plain)
        return TRADE_TRUST_NONE;
    if (!context->call.doubtful)
        return TRADE_TRUST_BOUNDARY;
    return unit->kind == TRADE_UNIT_GREETING || trade_may_be_pdu(tvb, offset) ? TRADE_TRUST_LIKELY
                                                                              : TRADE_TRUST_NONE;
}

/* Returns how many bytes must be there before the unit at hand, the first of the call, can
 * be shown; 0: it can be now. Where we took some of the bytes that TCP kept, and asked
 * it to keep the others and all that came now, it would give all of them again. */
static unsigned get_awaited(trade_context_t *context, packet_info *pinfo, tvbuff_t *tvb)
{
    const unsigned length = tvb_reported_length(tvb);
    trade_trust_t trust = get_next_trust(context, &context->unit, tvb, 0);
    unsigned offset = context->unit.length;

    while (offset <= context->call.kept && offset < length) {
        const trade_unit_t unit = find_unit(context, pinfo, tvb, offset, trust);
        if (is_in_pieces(tvb, offset, &unit))
            return 0;
        if (unit.length == 0 || unit.length > length - offset)
            return offset + MAX(unit.length, TRADE_LENGTH_END);
        trust = get_next_trust(context, &unit, tvb, offset);
        offset += unit.length;
    }
    return 0;
}

/* Returns the length of what stands at the offset; 0 where more bytes must come
 * before that can be said. For tcp_dissect_pdus(). */
static unsigned get_unit_length(packet_info *pinfo, tvbuff_t *tvb, int offset, void *data)
{
    trade_context_t *context = (trade_context_t *)data;
    const trade_call_t *call = &context->call;
    const uint32_t seq = call->seq + call->skip + (uint32_t)offset;
    /* Where a later pass is given no more than this one, it must wait as well. */
    const trade_unit_t waiting = { .kind = TRADE_UNIT_UNDISSECTED };
    unsigned awaited = 0;

    context->unit_end = 0;
    context->unit_seq = seq;
    if (!trade_session_recall_unit(call, pinfo, seq, &context->unit))
        context->unit = find_unit(context, pinfo, tvb, (unsigned)offset, context->trust);
    if (context->unit.length == 0) {
        if (context->trust != TRADE_TRUST_BOUNDARY)
            trade_session_note_unit(call, pinfo, seq, &waiting);
        return 0;
    }
    if (offset == 0 && call->kept > 0)
        awaited = get_awaited(context, pinfo, tvb);
    context->is_waiting = awaited > 0;
    if (!context->unit.is_plain || context->is_waiting)
        trade_session_note_unit(call, pinfo, seq, context->is_waiting ? &waiting : &context->unit);
    context->unit_end = context->is_waiting ? awaited : (unsigned)offset + context->unit.length;
    context->is_in_pieces = is_in_pieces(tvb, (unsigned)offset, &context->unit);
    return context->is_in_pieces ? (unsigned)tvb_reported_length_remaining(tvb, offset)
                                 : context->unit_end - (unsigned)offset;
}

/* Adds what the session knows of the bytes before a PDU. */
static void add_gap(trade_cursor_t *at, const trade_context_t *context)
{
    const trade_gap_t gap = trade_session_tell_gap(&context->call, at->pinfo, context->unit_seq);
    proto_item *item = NULL;

    if (gap.bytes == 0)
        return;
    item = proto_tree_add_uint(at->tree, hf_trade_gap_bytes, at->tvb, 0, 0, gap.bytes);
    proto_item_set_generated(item);
    expert_add_info_format(at->pinfo, item, &ei_trade_gap,
                           "%s%u bytes of the stream before this PDU are missing: lost, or not "
                           "in the capture, or out of order",
                           gap.is_bound ? "Up to " : "", gap.bytes);
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
static void dissect_undissected(trade_cursor_t *at, const trade_context_t *context)
{
    proto_item *item =
        proto_tree_add_item(at->tree, hf_trade_undissected, at->tvb, 0, (int)at->captured, ENC_NA);

    if (context->unit.is_cut_off)
        expert_add_info(at->pinfo, item, &ei_trade_incomplete);
    else if (context->call.ends_hole && context->unit_end == context->reported)
        expert_add_info_format(at->pinfo, item, &ei_trade_resync,
                               "A PDU may begin here whose other bytes were captured before these");
    else if (at->captured >= TRADE_LENGTH_END || at->captured == at->end)
        expert_add_info(at->pinfo, item, &ei_trade_resync);
}

/* Adds a PDU's sender to those of the call. */
static void note_sender(trade_sender_t *here, uint8_t id)
{
    here->is_several |= here->count > 0 && here->id != id;
    here->id = id;
    here->count = 1;
}

/* Adds the fields of the unit at hand, by its kind. */
static void dissect_fields(trade_cursor_t *at, trade_context_t *context)
{
    const bool is_first = context->trust == TRADE_TRUST_FIRST && context->call.from_module;

    context->trust = get_next_trust(context, &context->unit, at->tvb, 0);
    switch (context->unit.kind) {
    case TRADE_UNIT_UNDISSECTED:
        context->outcome.unsure = true;
        dissect_undissected(at, context);
        return;
    case TRADE_UNIT_GREETING:
        dissect_greeting(at, &context->call);
        break;
    case TRADE_UNIT_PDU:
        dissect_pdu(at, &context->call);
        /* A greeting is due: what follows must bear it out that this was a PDU. */
        context->outcome.doubtful |= is_first && !trade_pdu_is_control(at->pdu);
        if (at->pdu->has_receiver)
            note_sender(trade_pdu_is_control(at->pdu) ? &context->outcome.control_sender
                                                      : &context->outcome.data_sender,
                        at->pdu->sender);
        break;
    }
    if (context->unit.is_cut_off)
        proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_incomplete, at->tvb, 0,
                              (int)at->captured);
    add_gap(at, context);
    add_findings(at, &context->call, context->unit_seq);
}

/* Adds the line of a unit. Where nobody asks for our fields, a call has one all the same,
 * by which Wireshark knows that the frame has TRADE in it, and NULL is returned. */
static proto_item *add_line(trade_context_t *context, proto_tree *tree, tvbuff_t *tvb,
                            unsigned start, unsigned length)
{
    proto_item *item = NULL;

    if (context->is_wanted || !context->is_listed)
        item = trade_add_item(tree, proto_trade, tvb, start, length, ENC_NA);
    context->is_listed = true;
    return context->is_wanted ? item : NULL;
}

/* Dissects one unit. For tcp_dissect_pdus(); data is a trade_context_t. */
static int dissect_unit(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    trade_context_t *context = (trade_context_t *)data;
    trade_summary_t *summary = context->summary;
    trade_pdu_t pdu = { .kind = context->unit.kind,
                        .length = context->unit.length,
                        .complete = true };
    const unsigned captured = tvb_captured_length(tvb);
    /* Of the call, from this unit on. */
    const unsigned left = context->reported + context->unit.length - context->unit_end;
    proto_item *item = add_line(context, tree, tvb, 0, captured);
    trade_cursor_t at = { .tvb = tvb,
                          .bytes = tvb_get_ptr(tvb, 0, (int)captured),
                          .pinfo = pinfo,
                          .top = tree,
                          .tree = proto_item_add_subtree(item, ett_trade),
                          .pdu = &pdu,
                          .end = tvb_reported_length(tvb),
                          .captured = captured };

    if (captured < TRADE_LENGTH_END)
        context->unit.kind = pdu.kind = TRADE_UNIT_UNDISSECTED;
    dissect_fields(&at, context);
    const bool is_first = summary && trade_summary_add(summary, &pdu);
    if (trade_is_visible(tree) || is_first) {
        const char *info = trade_info_get(pinfo->pool, &pdu);
        if (is_first)
            trade_summary_set_first(summary, info);
        if (item && trade_is_visible(tree))
            proto_item_set_text(item, "%s", trade_info_get_title(pinfo->pool, &pdu, info));
        if (context->is_in_pieces)
            proto_item_append_text(item, " (its first %u bytes)", at.end);
    }
    if (captured < MIN(at.end, left))
        add_truncated(&at, MIN(at.end, left) - captured);
    dissect_others(&at, pdu.role == TRADE_ROLE_DATA ? TRADE_HEADER_LENGTH : at.offset);
    /* Where reassembly is off or bytes were not captured, say so as all of Wireshark does. */
    if (captured < at.end) {
        context->is_finished = true;
        tvb_ensure_bytes_exist(tvb, 0, (int)at.end);
    }
    return (int)captured;
}

/* Says how many bytes of whole PDUs lie beyond what was captured of the frame. */
static void add_beyond(trade_context_t *context, packet_info *pinfo, proto_tree *tree)
{
    const unsigned reported = context->reported;
    const unsigned captured = context->captured;

    if (captured == reported || context->unit_end >= reported)
        return;
    trade_cursor_t at = { .tvb = context->tvb, .pinfo = pinfo, .captured = captured };
    proto_item *item = add_line(context, tree, context->tvb, captured, 0);
    at.tree = proto_item_add_subtree(item, ett_trade);
    proto_item_set_text(item, "Trade : PDUs that were not captured");
    add_truncated(&at, reported - MAX(context->unit_end, captured));
}

/* After an exception, finds where the bytes behind the unit that threw end: nobody dissects
 * them, but the next segment goes on from there. */
static void follow_lengths(trade_context_t *context, packet_info *pinfo)
{
    unsigned offset = context->unit_end;

    if (offset > 0)
        context->trust =
            get_next_trust(context, &context->unit, context->tvb, offset - context->unit.length);
    while (offset < context->reported &&
           get_unit_length(pinfo, context->tvb, (int)offset, context) > 0) {
        context->trust = get_next_trust(context, &context->unit, context->tvb, offset);
        offset = context->unit_end;
    }
}

/* Returns how many bytes of the segment follow those of the call. */
static unsigned get_rest(const trade_context_t *context)
{
    const uint32_t end = context->call.seq + context->outcome.length;

    return context->tcpinfo ? (unsigned)MAX((int32_t)(context->tcpinfo->nxtseq - end), 0) : 0;
}

/* Tells the session how far the call came. */
static void end_call(trade_context_t *context, packet_info *pinfo)
{
    const unsigned reported = context->reported;
    const unsigned skipped = context->call.skip;
    const bool all_captured = context->captured == reported;
    trade_outcome_t *outcome = &context->outcome;

    outcome->length = reported + skipped;
    if (!context->is_finished && all_captured)
        follow_lengths(context, pinfo);
    outcome->in_sync = context->trust != TRADE_TRUST_NONE;
    outcome->unsure |= !all_captured || !context->is_finished;
    if (context->unit_end > reported)
        outcome->unit_left = context->unit_end - reported;
    if (!context->is_finished && get_rest(context) > 0) {
        /* After an exception, TCP does not give us the rest of its segment. */
        outcome->length += get_rest(context);
        outcome->unit_left = 0;
        outcome->in_sync = false;
        outcome->is_cut = true;
    } else if (context->is_finished && pinfo->desegment_len > 0) {
        outcome->kept = reported - (unsigned)pinfo->desegment_offset;
        outcome->is_pdu = outcome->unit_left > 0 && !context->is_waiting;
        pinfo->desegment_offset += (int)skipped;
    } else if (context->unit_end < reported) {
        outcome->in_sync = false;
        outcome->is_cut = true;
    } else if (outcome->unit_left > 0 && context->unit.kind == TRADE_UNIT_GREETING) {
        outcome->in_sync = false;
    }
    trade_session_end(&context->call, pinfo, outcome);
}

/* Returns the bytes of a call behind those that belong to a PDU shown before. */
static tvbuff_t *skip_continuation(tvbuff_t *tvb, unsigned skip)
{
    const unsigned shown = MIN(skip, tvb_captured_length(tvb));

    return tvb_new_subset_length_caplen(tvb, (int)shown, (int)(tvb_captured_length(tvb) - shown),
                                        (int)(tvb_reported_length(tvb) - skip));
}

/* Adds the bytes that belong to a PDU shown before. */
static void dissect_continuation(trade_context_t *context, tvbuff_t *tvb, proto_tree *tree)
{
    const unsigned skip = context->call.skip;
    const unsigned shown = MIN(skip, tvb_captured_length(tvb));
    proto_item *item = add_line(context, tree, tvb, 0, shown);
    trade_cursor_t at = { .tvb = tvb,
                          .pinfo = context->pinfo,
                          .tree = proto_item_add_subtree(item, ett_trade),
                          .captured = shown };

    proto_item_set_text(item, "Trade : %u bytes of a PDU that began before", skip);
    proto_tree_add_item(at.tree, hf_trade_continuation, tvb, 0, (int)shown, ENC_NA);
    if (shown < skip)
        add_truncated(&at, skip - shown);
}

/* Looks at one unit without dissecting it. For tcp_dissect_pdus(). */
static int skim_unit(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_, void *data)
{
    trade_context_t *context = (trade_context_t *)data;

    context->trust = get_next_trust(context, &context->unit, tvb, 0);
    context->outcome.unsure |= context->unit.kind == TRADE_UNIT_UNDISSECTED;
    return (int)tvb_captured_length(tvb);
}

/* Follows, on the first pass, the bytes of a connection that another protocol gets, which may
 * turn out to be TRADE's: then later passes show them. Nothing is asked of TCP. */
static void follow_silently(tvbuff_t *tvb, packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    trade_context_t context = { .pinfo = pinfo, .tcpinfo = tcpinfo, .is_finished = true };
    const uint16_t can_desegment = pinfo->can_desegment;

    pinfo->can_desegment = 0;
    trade_session_begin(&context.call, pinfo, tcpinfo, tvb_reported_length(tvb));
    context.trust = context.call.trust;
    context.tvb = context.call.skip > 0 ? skip_continuation(tvb, context.call.skip) : tvb;
    context.reported = tvb_reported_length(context.tvb);
    context.captured = tvb_captured_length(context.tvb);
    tcp_dissect_pdus(context.tvb, pinfo, NULL, false, 1, get_unit_length, skim_unit, &context);
    end_call(&context, pinfo);
    pinfo->can_desegment = can_desegment;
    pinfo->want_pdu_tracking = 0; /* TCP would take it for the other protocol's */
}

/* Dissects the bytes of a call, as long as nothing throws. */
static void dissect_units(trade_context_t *context, tvbuff_t *tvb, proto_tree *tree)
{
    if (context->call.skip > 0)
        dissect_continuation(context, tvb, tree);
    tcp_dissect_pdus(context->tvb, context->pinfo, tree, trade_desegment, 1, get_unit_length,
                     dissect_unit, context);
    context->is_finished = true;
}

/* Ends a call, even one that an exception ended: the stream's place must be right for the
 * next. What may throw again comes last. */
static void finish_call(trade_context_t *context, proto_tree *tree)
{
    end_call(context, context->pinfo);
    trade_summary_write(context->summary, context->pinfo);
    add_beyond(context, context->pinfo, tree);
}

/* Dissects what TCP has of a stream. data: a struct tcpinfo, or NULL. */
static int dissect_trade(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const struct tcpinfo *tcpinfo = (const struct tcpinfo *)data;
    trade_context_t context = { .pinfo = pinfo,
                                .tcpinfo = tcpinfo,
                                .summary = trade_summary_find(pinfo, proto_trade),
                                .is_wanted =
                                    tree && (proto_field_is_referenced(tree, proto_trade) ||
                                             proto_field_is_referenced(tree, proto_expert)) };

    trade_session_begin(&context.call, pinfo, tcpinfo, tvb_reported_length(tvb));
    if (context.call.connection)
        trade_tcp_note_given(pinfo, context.call.connection->tcp,
                             context.call.seq + tvb_reported_length(tvb));
    /* What comes with a SYN, TCP cannot put together with what follows; and it was asked for
     * nothing while the connection was followed silently. */
    if ((tcpinfo && (tcpinfo->flags & TH_SYN)) ||
        !trade_session_claim(context.call.connection, pinfo->num))
        pinfo->can_desegment = 0;
    context.trust = context.call.trust;
    context.tvb = context.call.skip > 0 ? skip_continuation(tvb, context.call.skip) : tvb;
    context.reported = tvb_reported_length(context.tvb);
    context.captured = tvb_captured_length(context.tvb);
    TRY
    {
        dissect_units(&context, tvb, tree);
    }
    FINALLY
    {
        finish_call(&context, tree);
    }
    ENDTRY;
    return (int)tvb_captured_length(tvb);
}

/* Dissects what TCP has for one of TRADE's ports. Where another protocol is registered for the
 * other port, the bytes must speak for TRADE first: until they do, nobody gets them, for the
 * other might ask TCP for all that follows; if they never do, it gets the rest. */
static int dissect_trade_on_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const trade_claim_t claim = trade_tcp_get_claim(pinfo);

    if (claim == TRADE_CLAIM_OURS)
        return dissect_trade(tvb, pinfo, tree, data);
    if (claim == TRADE_CLAIM_OTHERS || !data || PINFO_FD_VISITED(pinfo))
        return 0;
    if (trade_looks_like_trade(tvb)) {
        conversation_set_dissector(find_or_create_conversation(pinfo), trade_handle);
        return dissect_trade(tvb, pinfo, tree, data);
    }
    follow_silently(tvb, pinfo, (const struct tcpinfo *)data);
    return claim == TRADE_CLAIM_CONTESTED && trade_session_is_on_trial(pinfo, tvb)
               ? (int)tvb_captured_length(tvb)
               : 0;
}

/* Recognises TRADE on a port that it is not expected on, by a control PDU of the
 * keyword table. From that frame on the connection is TRADE's. */
static trade_bool_t dissect_trade_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                                            void *data)
{
    if (!trade_find_known_keyword(tvb, 0).bytes)
        return false;
    conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num,
                                                 trade_handle);
    trade_tcp_note_foreign_port();
    trade_session_begin_late(pinfo, (const struct tcpinfo *)data);
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

/* Sees to what TCP did not give to the dissector. A postdissector. */
static int dissect_after_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    if (trade_tcp_give_withheld(tvb, pinfo, tree))
        return (int)tvb_captured_length(tvb);
    const trade_held_t held = trade_tcp_find_held(tvb, pinfo);
    if (held.bytes > 0)
        add_held(tvb, pinfo, tree, &held);
    return held.bytes > 0 ? (int)tvb_captured_length(tvb) : 0;
}

/* ---- Registration ---- */

/* Called when preferences change. */
static void apply_preferences(void)
{
    trade_exchange_set_interval((trade_time_t)(trade_interval ? trade_interval : INTERVAL_DEFAULT) *
                                1000000000);
}

static void register_preferences(void)
{
    module_t *module = prefs_register_protocol(proto_trade, apply_preferences);
    /* Wireshark calls this only when something changes. */
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
    prefs_register_uint_preference(module, "slow", "Slow from (in ms)",
                                   "Above how many milliseconds an answer or a reported roundtrip "
                                   "is slow, and a send delay high.",
                                   10, &trade_slow);
    trade_modules_register(module);
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
            "That module's name, by preference, the talk or its greeting; else \"Unknown (id)\"", HFILL } },
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
            "The name with which a module begins a connection", HFILL } },
        { &hf_trade_undissected,
          { "Undissected", "trade.undissected", FT_BYTES, BASE_NONE, NULL, 0,
            "Bytes in which no PDU could be found", HFILL } },
        { &hf_trade_continuation,
          { "Continuation", "trade.continuation", FT_BYTES, BASE_NONE, NULL, 0,
            "Bytes of a PDU that began in an earlier segment, or that was seen before", HFILL } },
        { &hf_trade_gap_bytes,
          { "Missing Bytes", "trade.gap_bytes", FT_UINT32, BASE_DEC, NULL, 0,
            "Bytes of the stream that are missing before this PDU", HFILL } },
        { &hf_trade_truncated_bytes,
          { "Truncated Bytes", "trade.truncated_bytes", FT_UINT32, BASE_DEC, NULL, 0,
            "Bytes that the capture's snapshot length cut off", HFILL } }
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
            "A PDU is at least 5 bytes long: its length counts the header", EXPFILL } },
        { &ei_trade_sender_unknown,
          { "trade.sender.unknown", PI_UNDECODED, PI_NOTE,
            "No name is known for this module id: see the preference \"Module IDs\"", EXPFILL } },
        { &ei_trade_keyword_missing,
          { "trade.keyword.missing", PI_MALFORMED, PI_ERROR,
            "There is no keyword in this control PDU", EXPFILL } },
        { &ei_trade_keyword_unknown,
          { "trade.keyword.unknown", PI_UNDECODED, PI_NOTE,
            "This keyword is not known", EXPFILL } },
        { &ei_trade_greeting_length,
          { "trade.greeting.length", PI_MALFORMED, PI_WARN,
            "The greeting's name is empty, or not as long as its count says", EXPFILL } },
        { &ei_trade_body_trailing,
          { "trade.body.trailing", PI_PROTOCOL, PI_WARN,
            "Bytes follow the last field of this keyword", EXPFILL } },
        { &ei_trade_incomplete,
          { "trade.incomplete", PI_MALFORMED, PI_WARN,
            "The connection was closed inside this PDU", EXPFILL } },
        { &ei_trade_gap,
          { "trade.gap", PI_SEQUENCE, PI_WARN,
            "Bytes of the stream before this PDU are missing", EXPFILL } },
        { &ei_trade_held_back,
          { "trade.held_back", PI_SEQUENCE, PI_WARN,
            "TCP holds back bytes, since bytes before them were not captured", EXPFILL } },
        { &ei_trade_resync,
          { "trade.resync", PI_UNDECODED, PI_WARN,
            "No PDU begins here: skipped to where one does", EXPFILL } },
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
    trade_session_register(proto_trade);
    trade_exchange_register();
    trade_client_register();
    trade_tap = register_tap("trade");
    trade_stats_register(proto_trade);
    trade_health_register();
    trade_export_register(proto_trade);
    trade_values_register(proto_trade);
    trade_links_register(proto_trade);
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
