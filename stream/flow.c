/* flow.c
 * One direction of a TCP connection: which byte comes next, what is missing, and what later
 * passes need to know of its bytes.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/flow.h"
#include "stream/tcp.h"

/* ---- Holes ---- */

/* Bytes that TCP may have in flight. */
#define WINDOW_MAX (1U << 30)

/* What is known of a hole. */
typedef struct missing {
    trade_place_t place;       /* where it begins */
    uint32_t bytes;            /* its part of the gap that a PDU reports */
    trade_note_t *reported_by; /* that PDU's note; NULL: none has reported it */
} missing_t;

/* Returns a hole that some of these bytes are in, or NULL. */
static trade_hole_t *find_hole(const trade_flow_t *flow, uint32_t seq, uint32_t length)
{
    return flow->holes ? trade_holes_find(flow->holes, seq, seq + length) : NULL;
}

/* Remembers that the bytes up to end were not given to us. */
static void add_hole(trade_flow_t *flow, uint32_t end)
{
    const trade_place_t place = trade_place_before_buffered(&flow->place);
    missing_t *missing = wmem_new(wmem_file_scope(), missing_t);

    *missing = (missing_t){ .place = place, .bytes = end - flow->place.seq };
    if (!flow->holes)
        flow->holes = wmem_new0(wmem_file_scope(), trade_holes_t);
    if (flow->holes->count == TRADE_HOLES_MAX)
        wmem_free(wmem_file_scope(), flow->holes->list[0].data); /* is forgotten */
    trade_holes_add(flow->holes, place.seq, end)->data = missing;
}

/* Takes back what is to be reported of a hole, or was, for later passes: it is filled. */
static void take_back_gap(trade_flow_t *flow, missing_t *missing)
{
    uint32_t *bytes = missing->reported_by ? &missing->reported_by->gap : &flow->gap.bytes;

    *bytes -= MIN(*bytes, missing->bytes);
    missing->bytes = 0;
}

/* Returns whether all bytes of a delivery belong to a PDU shown before. */
static bool is_all_shown(const trade_delivery_t *delivery, const trade_outcome_t *outcome)
{
    return delivery->already_shown > 0 && delivery->already_shown == outcome->length;
}

/* Shrinks the hole: the delivery's bytes came after all. */
static void fill_hole(trade_flow_t *flow, trade_hole_t *hole, const trade_delivery_t *delivery,
                      const trade_outcome_t *outcome)
{
    const uint32_t end = delivery->seq + outcome->length;
    missing_t *missing = (missing_t *)hole->data;

    if (is_all_shown(delivery, outcome))
        trade_place_advance(&missing->place, end);
    else
        missing->place = trade_place_before_buffered(&outcome->place);
    if ((int32_t)(hole->end - end) <= 0)
        take_back_gap(flow, missing);
    const uint32_t start = missing->place.seq;
    if (!trade_is_after(hole->end, start))
        wmem_free(wmem_file_scope(), missing);
    trade_holes_shrink(flow->holes, hole, start);
}

/* ---- What is known of the next byte, on the first pass ---- */

/* Sets the place of a direction's first byte, and notes that bytes before it are missing. */
static void begin_place(const trade_delivery_t *delivery)
{
    const struct tcp_analysis *tcp = delivery->tcp;
    trade_flow_t *flow = delivery->flow;
    const uint32_t first = trade_tcp_get_first_seq(tcp->fwd);

    flow->is_begun = true;
    flow->start_known = trade_tcp_is_start_captured(tcp) && !flow->joined_midway;
    if (flow->start_known) {
        flow->place = (trade_place_t){ .seq = first, .next = TRADE_TRUST_FIRST };
        return;
    }
    flow->place = (trade_place_t){ .seq = delivery->seq, .next = TRADE_TRUST_START };
    /* A bare ACK was captured before them: they may come yet, but TCP does not give them to us. The
     * byte of a keepalive is not among them. */
    if (!flow->joined_midway && delivery->seq - first - 2 < WINDOW_MAX)
        flow->losses++;
}

/* Notes that bytes are missing before a segment that begins at seq. */
static void add_gap(trade_flow_t *flow, const trade_reach_t *reach, uint32_t seq)
{
    trade_gap_t *gap = &flow->gap;

    flow->losses++;
    gap->bytes += MIN(reach->missing, UINT32_MAX - gap->bytes);
    gap->is_upper_bound |= reach->is_upper_bound;
    add_hole(flow, seq);
}

/* Returns the hole that a segment may fill, or NULL: it begins before the place reached, and not
 * with what TCP buffered. */
static const trade_hole_t *find_hole_to_fill(const trade_flow_t *flow, uint32_t seq,
                                             uint32_t length)
{
    const trade_place_t *place = &flow->place;

    if (!flow->holes || (int32_t)(seq - place->seq) >= 0 ||
        (place->buffered > 0 && seq == place->seq - place->buffered))
        return NULL;
    return find_hole(flow, seq, length);
}

/* Fills in what is known of the first bytes of a delivery, on the first pass. */
static void begin_delivery(trade_delivery_t *delivery, unsigned length)
{
    trade_flow_t *flow = delivery->flow;

    if (!flow->is_begun)
        begin_place(delivery);
    const trade_hole_t *hole = find_hole_to_fill(flow, delivery->seq, length);
    const trade_reach_t reach = trade_place_reach(
        hole ? &((const missing_t *)hole->data)->place : &flow->place, delivery->seq, length);
    delivery->trust = reach.trust;
    delivery->already_shown = reach.already_shown;
    delivery->buffered = reach.buffered;
    if (hole) {
        delivery->ends_hole = delivery->seq + length == hole->end;
        return;
    }
    if (reach.trust == TRADE_TRUST_BOUNDARY && reach.buffered == 0 && delivery->after_loss)
        delivery->trust = TRADE_TRUST_LIKELY;
    if (reach.missing > 0)
        add_gap(flow, &reach, delivery->seq);
}

/* If the other side acknowledges bytes that were not given to us, what was in them is not known:
 * they may be missing in the capture, with nothing after them. */
static void check_acknowledged(const trade_delivery_t *delivery, uint32_t acknowledged)
{
    trade_flow_t *flow = delivery->peer;
    const trade_place_t *place = &flow->place;
    const uint32_t expected = flow->is_begun ? place->seq + place->remaining
                                             : trade_tcp_get_first_seq(delivery->tcp->rev);

    if (place->buffered > 0 && place->remaining == 0)
        return;
    /* A FIN counts as a byte. */
    const bool is_short = (int32_t)(acknowledged - expected) > 1;
    flow->losses += is_short;
    /* Of what comes before the first byte that was captured, too: that may be retransmitted. */
    if (is_short || !flow->is_begun)
        flow->acknowledged = acknowledged;
}

/* ---- Notes for later passes ---- */

/* Keeps for later passes what is particular about a delivery. */
static void note_delivery(const trade_delivery_t *delivery, packet_info *pinfo)
{
    if (delivery->already_shown == 0 && !delivery->ends_hole)
        return;
    trade_note_t *note = trade_notes_add(&delivery->flow->notes, pinfo->num, delivery->seq);
    if (note->kinds & TRADE_NOTE_SEGMENT)
        return;
    note->kinds |= TRADE_NOTE_SEGMENT;
    note->shown = delivery->already_shown;
    note->ends_hole = delivery->ends_hole;
}

/* Fills in what the first pass knew of a delivery, on a later one. */
static void recall_delivery(trade_delivery_t *delivery, packet_info *pinfo)
{
    const trade_note_t *note =
        trade_notes_find(&delivery->flow->notes, pinfo->num, delivery->seq, TRADE_NOTE_SEGMENT);

    delivery->is_revisit = true;
    delivery->trust = TRADE_TRUST_BOUNDARY;
    delivery->already_shown = note ? note->shown : 0;
    delivery->ends_hole = note && note->ends_hole;
}

void trade_flow_note_unit(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq,
                          const trade_unit_t *unit)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    trade_note_t *note = trade_notes_add(&delivery->flow->notes, pinfo->num, seq);

    if (note->kinds & (TRADE_NOTE_UNIT | TRADE_NOTE_WAIT))
        return;
    note->kinds |= unit->needed > 0 ? TRADE_NOTE_WAIT : TRADE_NOTE_UNIT;
    note->unit_kind = (uint8_t)unit->kind;
    note->unit_length = unit->length;
    note->is_cut_off = unit->is_cut_off;
}

bool trade_flow_recall_unit(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq,
                            trade_unit_t *unit)
{
    const trade_note_t *note = trade_notes_find(&delivery->flow->notes, pinfo->num, seq,
                                                TRADE_NOTE_UNIT | TRADE_NOTE_WAIT);

    if (note)
        *unit = (trade_unit_t){ .kind = (trade_unit_kind_t)note->unit_kind,
                                .length = note->unit_length,
                                .needed = note->kinds & TRADE_NOTE_WAIT ? TRADE_NEEDS_MORE : 0,
                                .is_cut_off = note->is_cut_off };
    return note != NULL;
}

/* Takes what is missing before a PDU on the first pass. */
static trade_gap_t take_gap(trade_flow_t *flow, packet_info *pinfo, uint32_t seq)
{
    const trade_gap_t gap = flow->gap;

    /* A PDU that came late is before the hole that is still to be reported, or fills it. */
    if (gap.bytes == 0 || find_hole(flow, seq, 1))
        return (trade_gap_t){ 0, false };
    trade_note_t *note = trade_notes_add(&flow->notes, pinfo->num, seq);
    note->kinds |= TRADE_NOTE_GAP;
    note->gap = gap.bytes;
    note->is_upper_bound = gap.is_upper_bound;
    for (unsigned i = 0; i < flow->holes->count; i++) {
        missing_t *missing = (missing_t *)flow->holes->list[i].data;
        if (!missing->reported_by)
            missing->reported_by = note;
    }
    flow->gap = (trade_gap_t){ 0, false };
    return gap;
}

trade_gap_t trade_flow_find_gap(const trade_flow_t *flow, uint32_t frame, uint32_t seq)
{
    const trade_note_t *note =
        flow ? trade_notes_find(&flow->notes, frame, seq, TRADE_NOTE_GAP) : NULL;

    return note ? (trade_gap_t){ note->gap, note->is_upper_bound } : (trade_gap_t){ 0, false };
}

trade_gap_t trade_flow_take_gap(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq)
{
    if (!delivery->flow)
        return (trade_gap_t){ 0, false };
    return PINFO_FD_VISITED(pinfo) ? trade_flow_find_gap(delivery->flow, pinfo->num, seq)
                                   : take_gap(delivery->flow, pinfo, seq);
}

/* ---- For the stream ---- */

void trade_flow_begin(trade_delivery_t *delivery, packet_info *pinfo, unsigned length,
                      uint32_t acknowledged)
{
    trade_flow_t *flow = delivery->flow;

    delivery->after_loss = flow->lossy_from > 0 && pinfo->num > flow->lossy_from;
    if (PINFO_FD_VISITED(pinfo)) {
        recall_delivery(delivery, pinfo);
    } else {
        flow->held.bytes = 0;
        begin_delivery(delivery, length);
        check_acknowledged(delivery, acknowledged);
        note_delivery(delivery, pinfo);
    }
}

bool trade_flow_lacks(const trade_flow_t *flow, uint32_t seq, uint32_t end)
{
    return !flow->is_begun || (int32_t)(end - flow->place.seq) > 0 ||
           find_hole(flow, seq, end - seq);
}

bool trade_flow_is_short_of(const trade_flow_t *flow, uint32_t end)
{
    const trade_place_t *place = &flow->place;
    uint32_t expected = place->seq;

    /* Nothing of TRADE was found so far. */
    if (flow->is_begun && place->next == TRADE_TRUST_PREAMBLE)
        return true;
    /* What waits in a PDU that may be none is not known. */
    if (place->buffered > 0)
        expected += flow->is_uncertain ? 0U - place->buffered : place->remaining;
    /* A FIN counts as a byte. */
    return flow->is_begun && (int32_t)(end - expected) > 1;
}

/* Makes TCP give us what it buffers when a FIN comes, if it buffers anything: it does so for
 * dissectors whose PDUs end with the connection, and ours may end inside one. What holds at the FIN
 * must still hold on later passes. */
static void set_until_fin(const trade_delivery_t *delivery, trade_flow_t *flow, bool is_kept)
{
    if (flow->fin_seen)
        return;
    flow->fin_seen = delivery->fin_follows;
    if (is_kept || !delivery->fin_follows)
        trade_tcp_set_until_fin(delivery->tcp, is_kept);
}

void trade_flow_end(const trade_delivery_t *delivery, packet_info *pinfo,
                    const trade_outcome_t *outcome)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    trade_flow_t *flow = delivery->flow;
    const uint32_t end = delivery->seq + outcome->length;
    trade_hole_t *hole = find_hole(flow, delivery->seq, outcome->length);

    /* TCP's flag outlives the first pass. With bytes missing, TCP of Wireshark 4.6 would then
     * give other segments on the second. */
    set_until_fin(delivery, flow, outcome->place.buffered > 0 && flow->losses == 0);
    flow->losses += outcome->has_losses;
    flow->is_uncertain = outcome->is_uncertain;
    if (flow->lossy_from == 0 &&
        (flow->losses > 0 || !flow->start_known || outcome->lacks_greeting))
        flow->lossy_from = pinfo->num;
    if (hole)
        fill_hole(flow, hole, delivery, outcome);
    if (hole && flow->holes->count == 0)
        flow->gap = (trade_gap_t){ 0, false };
    if ((int32_t)(end - flow->place.seq) < 0)
        return;
    if (is_all_shown(delivery, outcome))
        trade_place_advance(&flow->place, end);
    else
        flow->place = outcome->place;
}
