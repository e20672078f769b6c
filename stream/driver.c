/* driver.c
 * Finds one unit of the stream after the other, decides when to wait for more bytes, and calls back
 * for each unit that is there: through tcp_dissect_pdus(), but for whole PDUs behind one another.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/exceptions.h>
#include <epan/packet.h>
#include <epan/show_exception.h>

#include "stream/driver.h"
#include "stream/tcp.h"

/* Of segments smaller than this, up to TINY_WAIT bytes are put together to find a PDU. */
#define TINY_PIECE 16
#define TINY_WAIT 64
/* Characters of a name that the length and the receiver of a PDU, and its first byte, may be as
 * well; of three, only if they are no letters or their count is another. */
#define SHORT_NAME 3

/* What is known of one call of the dissector. Lives as long as that. */
typedef struct driver {
    trade_piece_t piece; /* the current unit */
    const trade_handler_t *handler;
    packet_info *pinfo;
    trade_delivery_t delivery;
    unsigned passed;         /* bytes at the start of the input that an earlier frame showed */
    tvbuff_t *tvb;           /* the bytes of the input after those passed */
    trade_scan_t scan;       /* of the bytes in tvb */
    unsigned unit_start;     /* offset in tvb where the current unit begins */
    unsigned unit_end;       /* offset in tvb where the current unit ends; 0: not known */
    trade_trust_t trust;     /* of the next unit's first byte */
    trade_outcome_t outcome; /* of the units so far */
    bool is_finished;        /* all bytes were dissected without an exception */
} driver_t;

/* Returns whether a sender's id is one that may be met on this connection, by what earlier
 * frames showed. */
static bool is_known_sender(uint8_t id, void *data)
{
    const driver_t *driver = (const driver_t *)data;

    return trade_stream_may_send_data(&driver->delivery, id) &&
           driver->handler->is_known_module(&driver->delivery, driver->pinfo, id);
}

/* ---- What stands at a place, and whether to wait for more bytes ---- */

/* Returns whether a PDU that is not whole can be reassembled: more bytes may come. */
static bool can_wait(const driver_t *driver)
{
    return driver->piece.input->desegment && driver->pinfo->can_desegment &&
           !driver->delivery.fin_follows && !driver->delivery.ends_hole;
}

/* Returns whether nothing was found in bytes that come in pieces too small to hold the
 * header and keyword of a PDU, and there are few so far. */
static bool is_tiny(const driver_t *driver, const trade_unit_t *unit)
{
    const unsigned length = driver->scan.reported;

    return unit->length == length && length < TINY_WAIT &&
           length - driver->delivery.buffered < TINY_PIECE;
}

/* Returns whether a greeting is one of three letters, as its count says: "Zap". */
static bool is_plain_greeting(const uint8_t *bytes, const trade_unit_t *unit)
{
    return unit->length == TRADE_GREETING_OVERHEAD + SHORT_NAME && bytes[1] == SHORT_NAME &&
           trade_text_is_printable((trade_text_t){ bytes + 2, SHORT_NAME });
}

/* Returns whether a greeting has so short a name that it may be the length and the receiver of a
 * PDU, and too little follows so far to tell. */
static bool is_short_greeting(const driver_t *driver, unsigned offset, const trade_unit_t *unit)
{
    return unit->kind == TRADE_UNIT_GREETING &&
           unit->length <= TRADE_GREETING_OVERHEAD + SHORT_NAME &&
           offset + unit->length + TRADE_HEADER_LENGTH > driver->scan.reported &&
           !(offset + unit->length <= driver->scan.captured &&
             is_plain_greeting(driver->scan.bytes + offset, unit));
}

/* Returns whether a unit waits for more bytes, which may come, before it is shown. */
static bool is_to_wait_for(const driver_t *driver, unsigned offset, const trade_unit_t *unit)
{
    if (unit->needed > 0)
        return true;
    if (unit->length > TRADE_GREETING_OVERHEAD && is_short_greeting(driver, offset, unit))
        return true;
    /* What TCP is asked to buffer it cannot give back, and a greeting's count may be wrong. */
    if (unit->kind == TRADE_UNIT_GREETING)
        return unit->length > trade_scan_get_reported(&driver->scan, offset);
    /* Nothing was found, but a whole segment may be buffered. */
    return unit->kind == TRADE_UNIT_UNDISSECTED && offset == 0 && driver->passed == 0 &&
           is_tiny(driver, unit);
}

/* Ends a unit with the bytes at hand if it needs more, which cannot come. left: their number. */
static void settle_unit(const driver_t *driver, trade_unit_t *unit, unsigned left)
{
    const bool is_end = driver->delivery.fin_follows;
    const bool is_short = unit->length > left;

    if (driver->delivery.ends_hole && (is_short || unit->needed > 0)) {
        *unit = (trade_unit_t){ .kind = TRADE_UNIT_UNDISSECTED, .length = left };
        return;
    }
    if (is_end && (is_short || unit->needed > 0)) {
        unit->is_plain = false;
        unit->is_cut_off = true;
        unit->length = left;
    }
    unit->needed = 0;
}

/* Returns the unit at the offset. Only this function decides whether to wait for more bytes: then
 * needed is set. */
static trade_unit_t find_unit(driver_t *driver, unsigned offset, trade_trust_t trust)
{
    trade_scan_t *scan = &driver->scan;
    /* A data PDU shown in pieces is recognised by its whole header. */
    const unsigned needed =
        driver->piece.input->desegment_data ? TRADE_LENGTH_END : TRADE_HEADER_LENGTH;
    const bool may_wait = can_wait(driver);

    /* Without sync no part of a segment is buffered: TCP might offer the same bytes again with
     * more before them. */
    if (may_wait && trust < TRADE_TRUST_CUT && trade_scan_get_captured(scan, offset) < needed)
        return (trade_unit_t){ .kind = TRADE_UNIT_UNDISSECTED, .needed = TRADE_NEEDS_MORE };
    trade_unit_t unit = trade_find_unit(scan, offset, trust);
    if (!may_wait) {
        const unsigned left = trade_scan_get_reported(scan, offset);
        if (driver->delivery.fin_follows && trust != TRADE_TRUST_NONE && left < TRADE_LENGTH_END)
            unit.is_cut_off = true;
        settle_unit(driver, &unit, left);
    } else if (trust != TRADE_TRUST_CUT && is_to_wait_for(driver, offset, &unit)) {
        unit.needed = TRADE_NEEDS_MORE;
    }
    return unit;
}

/* Returns whether a unit is a data PDU that goes on behind the bytes at hand, and whose
 * payload is not reassembled: its header is all that is shown of it. */
static bool is_in_pieces(const driver_t *driver, unsigned offset, const trade_unit_t *unit)
{
    return !driver->piece.input->desegment_data && unit->is_plain &&
           unit->length > trade_scan_get_reported(&driver->scan, offset) &&
           trade_scan_get_captured(&driver->scan, offset) >= TRADE_HEADER_LENGTH &&
           !trade_scan_is_control(&driver->scan, offset);
}

/* Returns whether a unit of this trust is a preamble: bytes before TRADE. */
static bool is_preamble(const trade_unit_t *unit, trade_trust_t trust)
{
    return unit->kind == TRADE_UNIT_UNDISSECTED &&
           (trust == TRADE_TRUST_FIRST || trust == TRADE_TRUST_PREAMBLE);
}

/* Returns whether a unit of this trust may be none for all that it says: a short greeting that
 * little follows; a data PDU among the bytes before TRADE, or of a sender that nobody has met. */
static bool may_be_none(driver_t *driver, const trade_unit_t *unit, unsigned offset,
                        trade_trust_t trust)
{
    trade_scan_t *scan = &driver->scan;

    if (trust != TRADE_TRUST_FIRST && trust != TRADE_TRUST_PREAMBLE)
        return false;
    if (unit->kind == TRADE_UNIT_GREETING)
        return is_short_greeting(driver, offset, unit);
    return unit->is_plain && !trade_scan_is_control(scan, offset) &&
           (trust == TRADE_TRUST_PREAMBLE || !trade_scan_is_known(scan, scan->bytes[offset]));
}

/* Returns how far the byte behind a unit, which is at offset and of this trust, is trusted to begin
 * the next. */
static trade_trust_t get_next_trust(driver_t *driver, const trade_unit_t *unit, unsigned offset,
                                    trade_trust_t trust)
{
    if (driver->delivery.is_revisit)
        return TRADE_TRUST_BOUNDARY;
    if (is_preamble(unit, trust) || may_be_none(driver, unit, offset, trust))
        return TRADE_TRUST_PREAMBLE;
    if (unit->is_open || (unit->kind != TRADE_UNIT_GREETING && !unit->is_plain))
        return TRADE_TRUST_NONE;
    /* Data instead of a greeting is doubted rather. */
    if (trust == TRADE_TRUST_FIRST && driver->delivery.from_module &&
        (unit->kind == TRADE_UNIT_GREETING || trade_scan_is_control(&driver->scan, offset)))
        return TRADE_TRUST_GREETED;
    if (!driver->delivery.after_loss)
        return TRADE_TRUST_BOUNDARY;
    return unit->kind == TRADE_UNIT_GREETING || unit->is_checked ||
                   trade_scan_check_control(&driver->scan, offset) != TRADE_HINT_AGAINST
               ? TRADE_TRUST_LIKELY
               : TRADE_TRUST_NONE;
}

/* Returns how many bytes must be there before the unit at hand, the first of the delivery, can
 * be shown; 0: it can be shown now. If we took some of the bytes that TCP had buffered, and asked
 * it to buffer the others and the new ones, it would give all of them again. */
static unsigned get_awaited(driver_t *driver)
{
    const unsigned length = driver->scan.reported;
    trade_trust_t trust = get_next_trust(driver, &driver->piece.unit, 0, driver->trust);
    unsigned offset = driver->piece.unit.length;

    while (offset <= driver->delivery.buffered && offset < length) {
        const trade_unit_t unit = find_unit(driver, offset, trust);
        if (is_in_pieces(driver, offset, &unit))
            return 0;
        const bool is_short = unit.needed > 0 || unit.length > length - offset;
        /* With so many bytes as this unit takes, what seems to begin it may be none. TCP cannot
         * wait for so many, and then for one more segment. */
        if (is_short && driver->piece.unit.kind == TRADE_UNIT_UNDISSECTED)
            return TRADE_NEEDS_MORE;
        if (unit.needed > 0)
            return offset + TRADE_LENGTH_END;
        if (is_short)
            return offset + unit.length;
        trust = get_next_trust(driver, &unit, offset, trust);
        offset += unit.length;
    }
    return 0;
}

/* Finds the unit at the offset; on a later pass, by what the first pass noted. */
static void set_unit(driver_t *driver, unsigned offset)
{
    const trade_delivery_t *delivery = &driver->delivery;
    trade_piece_t *piece = &driver->piece;

    piece->seq = delivery->seq + driver->passed + offset;
    if (delivery->is_revisit &&
        trade_flow_recall_unit(delivery, driver->pinfo, piece->seq, &piece->unit))
        return;
    piece->unit = find_unit(driver, offset, driver->trust);
    if (offset == 0 && delivery->buffered > 0 && piece->unit.needed == 0)
        piece->unit.needed = get_awaited(driver);
    if (!delivery->stream || delivery->is_revisit)
        return;
    /* If a later pass is given no more bytes than this one, it must wait as well. */
    if (!piece->unit.is_plain || piece->unit.needed > 0)
        trade_flow_note_unit(delivery, driver->pinfo, piece->seq, &piece->unit);
}

/* Returns the length of what stands at the offset, or of what must be there to show it; 0:
 * more bytes than there are. For tcp_dissect_pdus(). */
static unsigned get_unit_length(packet_info *pinfo _U_, tvbuff_t *tvb _U_, int offset, void *data)
{
    driver_t *driver = (driver_t *)data;
    trade_piece_t *piece = &driver->piece;
    const trade_unit_t *unit = &piece->unit;

    driver->unit_start = (unsigned)offset;
    set_unit(driver, (unsigned)offset);
    if (unit->needed == TRADE_NEEDS_MORE) {
        driver->unit_end = 0;
        return 0;
    }
    driver->unit_end = (unsigned)offset + (unit->needed > 0 ? unit->needed : unit->length);
    piece->is_in_pieces = is_in_pieces(driver, (unsigned)offset, unit);
    return piece->is_in_pieces ? trade_scan_get_reported(&driver->scan, (unsigned)offset)
                               : driver->unit_end - (unsigned)offset;
}

/* ---- What was found in a delivery ---- */

/* Adds a PDU's sender to those of the delivery. */
static void note_sender(trade_sender_t *here, uint8_t id)
{
    here->is_several |= here->count > 0 && here->id != id;
    here->id = id;
    here->count = 1;
}

void trade_driver_note_pdu(const trade_piece_t *piece, const trade_pdu_t *pdu)
{
    trade_outcome_t *outcome = piece->outcome;
    const bool is_control = trade_pdu_is_control(pdu);

    /* A data PDU instead of a greeting: only what follows can confirm it. */
    outcome->lacks_greeting |= piece->is_greeting_due && !is_control;
    if (pdu->has_receiver)
        note_sender(is_control ? &outcome->control_sender : &outcome->data_sender, pdu->sender);
}

/* Goes on to the byte after the current unit. */
static void pass_unit(driver_t *driver)
{
    const trade_unit_t *unit = &driver->piece.unit;
    trade_outcome_t *outcome = &driver->outcome;

    driver->piece.is_greeting_due =
        driver->trust == TRADE_TRUST_FIRST && driver->delivery.from_module;
    if (is_preamble(unit, driver->trust))
        outcome->lacks_greeting = true;
    else
        outcome->has_losses |= unit->kind == TRADE_UNIT_UNDISSECTED;
    driver->trust = get_next_trust(driver, unit, driver->unit_start, driver->trust);
}

/* Has the current unit dissected. reported, captured: how many of its bytes are in the input, and
 * how many of these were captured. */
static void dissect_piece(driver_t *driver, unsigned reported, unsigned captured)
{
    trade_piece_t *piece = &driver->piece;

    piece->tvb = driver->tvb;
    piece->bytes = driver->scan.bytes;
    piece->start = driver->unit_start;
    piece->reported = reported;
    piece->captured = captured;
    piece->rest = driver->scan.reported + piece->unit.length - driver->unit_end;
    piece->ends_hole = driver->delivery.ends_hole && driver->unit_end == driver->scan.reported;
    piece->is_doubtful = is_short_greeting(driver, driver->unit_start, &piece->unit);
    driver->handler->dissect_unit(piece);
}

/* Has one unit dissected. For tcp_dissect_pdus(). */
static int dissect_unit(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_, void *data)
{
    driver_t *driver = (driver_t *)data;
    trade_piece_t *piece = &driver->piece;
    const unsigned captured = tvb_captured_length(tvb);

    if (captured < TRADE_LENGTH_END)
        piece->unit.kind = TRADE_UNIT_UNDISSECTED;
    pass_unit(driver);
    dissect_piece(driver, tvb_reported_length(tvb), captured);
    /* If reassembly is off or bytes were not captured, say so as all of Wireshark does. */
    if (captured < piece->reported) {
        driver->is_finished = true;
        tvb_ensure_bytes_exist(tvb, 0, (int)piece->reported);
    }
    return (int)captured;
}

/* Passes over one unit without dissecting it. For tcp_dissect_pdus(). */
static int skim_unit(tvbuff_t *tvb, packet_info *pinfo _U_, proto_tree *tree _U_, void *data)
{
    pass_unit((driver_t *)data);
    return (int)tvb_captured_length(tvb);
}

/* ---- The end of a delivery ---- */

/* After an exception, follows the lengths of the units after the one that threw: they are not
 * dissected, but the next segment goes on from there. */
static void follow_lengths(driver_t *driver)
{
    const trade_unit_t *unit = &driver->piece.unit;
    unsigned offset = driver->unit_end;

    if (offset > 0)
        driver->trust = get_next_trust(driver, unit, offset - unit->length, driver->trust);
    while (offset < driver->scan.reported &&
           get_unit_length(driver->pinfo, driver->tvb, (int)offset, driver) > 0) {
        driver->trust = get_next_trust(driver, unit, offset, driver->trust);
        offset = driver->unit_end;
    }
}

/* Returns how many bytes of the segment follow those of the delivery. */
static unsigned get_rest(const driver_t *driver)
{
    const trade_delivery_t *delivery = &driver->delivery;
    const uint32_t end = delivery->seq + driver->passed + driver->scan.reported;

    return delivery->stream ? (unsigned)MAX((int32_t)(delivery->segment_end - end), 0) : 0;
}

/* Returns the place behind the bytes of a delivery, the last of which TCP may buffer. */
static trade_place_t get_place(const driver_t *driver)
{
    const unsigned reported = driver->scan.reported;
    trade_place_t place = { .seq = driver->delivery.seq + driver->passed + reported,
                            .next = driver->trust };

    if (driver->unit_end > reported)
        place.remaining = driver->unit_end - reported;
    if (driver->is_finished && driver->pinfo->desegment_len > 0) {
        place.buffered = reported - (unsigned)driver->pinfo->desegment_offset;
        /* A PDU whose length is known stays one, whatever its bytes turn out to be. */
        if (place.remaining > 0 && driver->piece.unit.needed == 0)
            place.next = TRADE_TRUST_BOUNDARY;
    } else if (driver->unit_end < reported) {
        place.next = TRADE_TRUST_CUT;
    } else if (place.remaining > 0 && driver->piece.unit.kind == TRADE_UNIT_GREETING) {
        place.next = TRADE_TRUST_NONE;
    } else if (place.next != TRADE_TRUST_NONE && place.next != TRADE_TRUST_PREAMBLE &&
               place.next != TRADE_TRUST_GREETED) {
        place.next = TRADE_TRUST_BOUNDARY;
    }
    return place;
}

/* Remembers how far the delivery came. */
static void end_delivery(driver_t *driver)
{
    const bool all_captured = driver->scan.captured == driver->scan.reported;
    trade_outcome_t *outcome = &driver->outcome;
    unsigned rest = 0;

    if (!driver->is_finished && all_captured)
        follow_lengths(driver);
    if (!driver->is_finished)
        rest = get_rest(driver);
    outcome->length = driver->scan.reported + driver->passed + rest;
    outcome->has_losses |= !all_captured || !driver->is_finished;
    /* After an exception, TCP does not give us the rest of its segment. */
    outcome->place = rest > 0 ? (trade_place_t){ .seq = driver->delivery.seq + outcome->length,
                                                 .next = TRADE_TRUST_CUT }
                              : get_place(driver);
    outcome->is_uncertain = outcome->place.buffered > 0 && driver->trust >= TRADE_TRUST_FIRST;
    if (outcome->place.buffered > 0)
        driver->pinfo->desegment_offset += (int)driver->passed;
    if (driver->delivery.stream && !driver->delivery.is_revisit)
        trade_stream_end(&driver->delivery, driver->pinfo, outcome);
}

/* Returns how many bytes of whole units lie beyond what was captured of the input. */
static unsigned count_beyond(const driver_t *driver)
{
    const trade_scan_t *scan = &driver->scan;

    if (scan->captured == scan->reported || driver->unit_end >= scan->reported)
        return 0;
    return scan->reported - MAX(driver->unit_end, scan->captured);
}

/* ---- One call of the dissector ---- */

/* Sets the bytes that the driver works on: those of the input after the ones passed. */
static void set_input(driver_t *driver, tvbuff_t *tvb)
{
    const trade_senders_t senders = { .is_known = is_known_sender,
                                      .data = driver,
                                      .control = trade_stream_get_control_sender(&driver->delivery),
                                      .from_module = driver->delivery.from_module };

    driver->tvb = tvb;
    driver->scan = trade_scan_begin(tvb, &senders, driver->pinfo->pool);
}

/* Passes over the next bytes. */
static void pass_bytes(driver_t *driver, unsigned length)
{
    const unsigned shown = MIN(length, driver->scan.captured);

    driver->passed += length;
    set_input(driver, tvb_new_subset_length_caplen(driver->tvb, (int)shown,
                                                   (int)(driver->scan.captured - shown),
                                                   (int)(driver->scan.reported - length)));
}

/* Fills in what is known of the input before its bytes are looked at. */
static void begin(driver_t *driver)
{
    const trade_input_t *input = driver->piece.input;
    trade_delivery_t *delivery = &driver->delivery;

    driver->pinfo = input->pinfo;
    driver->piece.delivery = delivery;
    driver->piece.outcome = &driver->outcome;
    trade_stream_begin(delivery, input->pinfo, input->tcpinfo, tvb_reported_length(input->tvb));
    set_input(driver, input->tvb);
    driver->trust = delivery->trust;
    if (delivery->already_shown > 0)
        pass_bytes(driver, delivery->already_shown);
}

/* Finds the next of the whole PDUs that stand first. Returns whether there is one. */
static bool set_next_whole_pdu(driver_t *driver)
{
    const trade_delivery_t *delivery = &driver->delivery;
    const trade_scan_t *scan = &driver->scan;
    trade_piece_t *piece = &driver->piece;
    const unsigned offset = driver->unit_end;

    piece->seq = delivery->seq + driver->passed + offset;
    if (scan->captured < offset + TRADE_HEADER_LENGTH ||
        (delivery->is_revisit &&
         trade_flow_recall_unit(delivery, driver->pinfo, piece->seq, &piece->unit)))
        return false;
    const unsigned length = trade_scan_get_length(scan, offset);
    if (length < TRADE_HEADER_LENGTH || length > scan->captured - offset)
        return false;
    piece->unit = driver->trust == TRADE_TRUST_BOUNDARY
                      ? (trade_unit_t){ .kind = TRADE_UNIT_PDU, .length = length, .is_plain = true }
                      : trade_find_unit(&driver->scan, offset, driver->trust);
    if (!piece->unit.is_plain || piece->unit.length != length)
        return false;
    if (delivery->after_loss)
        driver->trust = get_next_trust(driver, &piece->unit, offset, driver->trust);
    driver->unit_start = offset;
    driver->unit_end = offset + length;
    return true;
}

/* Has the whole PDUs that stand first dissected, up to one that is malformed or in doubt, unless
 * somebody asks for the size that tcp_dissect_pdus() shows of each. That takes 800 instructions a
 * PDU less: an eighth of the time of a whole run over small PDUs. */
static void dissect_whole_pdus(driver_t *driver)
{
    packet_info *pinfo = driver->pinfo;
    proto_tree *tree = driver->piece.input->tree;
    const char *const proto = pinfo->current_proto;

    if (driver->delivery.buffered > 0 || trade_tcp_shows_sizes(tree))
        return;
    TRY
    {
        while (driver->trust <= TRADE_TRUST_LIKELY && set_next_whole_pdu(driver))
            dissect_piece(driver, driver->piece.unit.length, driver->piece.unit.length);
    }
    CATCH_NONFATAL_ERRORS
    {
        show_exception(driver->tvb, pinfo, tree, EXCEPT_CODE, GET_MESSAGE);
        pinfo->current_proto = proto;
    }
    ENDTRY;
}

/* Has the units of a delivery dissected, as long as nothing throws. */
static void dissect_units(driver_t *driver)
{
    const trade_input_t *input = driver->piece.input;

    if (driver->delivery.already_shown > 0)
        driver->handler->dissect_continuation(input, driver->delivery.already_shown);
    dissect_whole_pdus(driver);
    if (driver->unit_end == driver->scan.reported) {
        driver->is_finished = true;
        return;
    }
    if (driver->unit_end > 0) {
        pass_bytes(driver, driver->unit_end);
        driver->unit_start = driver->unit_end = 0;
    }
    tcp_dissect_pdus(driver->tvb, input->pinfo, input->tree, input->desegment, 1, get_unit_length,
                     dissect_unit, driver);
    driver->is_finished = true;
}

void trade_driver_dissect(const trade_input_t *input, const trade_handler_t *handler)
{
    packet_info *pinfo = input->pinfo;
    driver_t driver = { .piece = { .input = input }, .handler = handler };

    begin(&driver);
    const trade_delivery_t *delivery = &driver.delivery;
    if (delivery->stream)
        trade_tcp_note_given(pinfo, delivery->tcp,
                             delivery->seq + driver.passed + driver.scan.reported);
    /* What comes with a SYN, TCP cannot put together with what follows; and it was asked for
     * nothing while the connection was followed silently. */
    if ((input->tcpinfo && (input->tcpinfo->flags & TH_SYN)) ||
        !trade_stream_claim(driver.delivery.stream, pinfo->num))
        pinfo->can_desegment = 0;
    TRY
    {
        dissect_units(&driver);
    }
    FINALLY
    {
        /* First what the next delivery needs, then what may throw again. */
        end_delivery(&driver);
        handler->end(input, count_beyond(&driver));
    }
    ENDTRY;
}

void trade_driver_follow(const trade_input_t *input, const trade_handler_t *handler)
{
    packet_info *pinfo = input->pinfo;
    const uint16_t can_desegment = pinfo->can_desegment;
    driver_t driver = { .piece = { .input = input }, .handler = handler };

    pinfo->can_desegment = 0;
    begin(&driver);
    tcp_dissect_pdus(driver.tvb, pinfo, NULL, false, 1, get_unit_length, skim_unit, &driver);
    driver.is_finished = true;
    end_delivery(&driver);
    pinfo->can_desegment = can_desegment;
    pinfo->want_pdu_tracking = 0; /* TCP would take it for the other protocol's */
}
