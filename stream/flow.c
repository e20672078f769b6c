/* flow.c
 * One direction of a TCP connection: which byte comes next, what is missing, and what later
 * passes need to know of its bytes.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/flow.h"
#include "stream/stream.h"
#include "stream/tcp.h"

/* ---- Holes ---- */

/* Returns a hole that some of these bytes are in, or NULL. */
static trade_hole_t *find_hole(const trade_flow_t *flow, uint32_t seq, uint32_t length)
{
    for (unsigned i = 0; i < flow->holes.count; i++) {
        trade_hole_t *hole = &flow->holes.list[i];
        if ((int32_t)(seq + length - hole->place.seq) > 0 && (int32_t)(seq - hole->end) < 0)
            return hole;
    }
    return NULL;
}

/* Remembers that the bytes up to end were not given to us. */
static void add_hole(trade_flow_t *flow, uint32_t end)
{
    if (!flow->holes.list)
        flow->holes.list = wmem_alloc_array(wmem_file_scope(), trade_hole_t, TRADE_HOLES_MAX);
    if (flow->holes.count == TRADE_HOLES_MAX) {
        flow->holes.count--;
        memmove(&flow->holes.list[0], &flow->holes.list[1],
                flow->holes.count * sizeof flow->holes.list[0]);
    }
    flow->holes.list[flow->holes.count++] =
        (trade_hole_t){ .place = trade_place_before_buffered(&flow->place),
                        .end = end,
                        .bytes = end - flow->place.seq };
}

/* Takes back what is to be told of a hole, or was, for later passes: it is filled. */
static void untell_gap(trade_flow_t *flow, trade_hole_t *hole)
{
    uint32_t *bytes = hole->told ? &hole->told->gap : &flow->holes.gap.bytes;

    *bytes -= MIN(*bytes, hole->bytes);
    hole->bytes = 0;
}

/* Returns whether all bytes of a call belong to a PDU shown before. */
static bool is_all_shown(const trade_call_t *call, const trade_outcome_t *outcome)
{
    return call->skip > 0 && call->skip == outcome->length;
}

/* Shrinks the hole: the call's bytes came after all. */
static void fill_hole(trade_flow_t *flow, trade_hole_t *hole, const trade_call_t *call,
                      const trade_outcome_t *outcome)
{
    const uint32_t end = call->seq + outcome->length;

    if (is_all_shown(call, outcome))
        trade_place_advance(&hole->place, end);
    else
        hole->place = trade_place_before_buffered(&outcome->place);
    if ((int32_t)(hole->end - end) <= 0)
        untell_gap(flow, hole);
    if ((int32_t)(hole->end - hole->place.seq) <= 0)
        *hole = flow->holes.list[--flow->holes.count];
}

/* ---- What is known of the next byte, on the first pass ---- */

/* Sets the place of a direction's first byte. */
static void begin_place(const trade_call_t *call)
{
    const struct tcp_analysis *tcp = call->stream->tcp;
    trade_flow_t *flow = call->flow;

    flow->is_begun = true;
    flow->start_known = trade_tcp_is_start_captured(tcp) && !call->stream->late;
    if (flow->start_known)
        flow->place =
            (trade_place_t){ .seq = trade_tcp_get_first_seq(tcp->fwd), .next = TRADE_TRUST_FIRST };
    else
        flow->place = (trade_place_t){ .seq = call->seq, .next = TRADE_TRUST_START };
}

/* Notes that bytes are missing before a segment that begins at seq. */
static void add_gap(trade_flow_t *flow, const trade_reach_t *reach, uint32_t seq)
{
    trade_gap_t *gap = &flow->holes.gap;

    flow->unsure++;
    gap->bytes += MIN(reach->missing, UINT32_MAX - gap->bytes);
    gap->is_bound |= reach->is_upper_bound;
    add_hole(flow, seq);
}

/* Returns the hole that a segment may fill, or NULL: it begins before the place reached, and not
 * with what TCP buffered. */
static const trade_hole_t *find_hole_to_fill(const trade_flow_t *flow, uint32_t seq,
                                             uint32_t length)
{
    const trade_place_t *place = &flow->place;

    if (flow->holes.count == 0 || (int32_t)(seq - place->seq) >= 0 ||
        (place->buffered > 0 && seq == place->seq - place->buffered))
        return NULL;
    return find_hole(flow, seq, length);
}

/* Fills in what is known of the first bytes of a call, on the first pass. */
static void begin_call(trade_call_t *call, unsigned length)
{
    trade_flow_t *flow = call->flow;

    if (!flow->is_begun)
        begin_place(call);
    const trade_hole_t *hole = find_hole_to_fill(flow, call->seq, length);
    const trade_reach_t reach =
        trade_place_reach(hole ? &hole->place : &flow->place, call->seq, length);
    call->trust = reach.trust;
    call->skip = reach.already_shown;
    call->kept = reach.buffered;
    if (hole) {
        call->ends_hole = call->seq + length == hole->end;
        return;
    }
    if (reach.trust == TRADE_TRUST_BOUNDARY && reach.buffered == 0 && call->doubtful)
        call->trust = TRADE_TRUST_LIKELY;
    if (reach.missing > 0)
        add_gap(flow, &reach, call->seq);
}

/* Where the other side confirms bytes that were not given to us, what was in them
 * is not known: they may be missing in the capture, with nothing after them. */
static void check_acknowledged(const trade_call_t *call, uint32_t acknowledged)
{
    trade_flow_t *flow = call->peer;
    const trade_place_t *place = &flow->place;
    const uint32_t expected = flow->is_begun ? place->seq + place->remaining
                                             : trade_tcp_get_first_seq(call->stream->tcp->rev);

    if (place->buffered > 0 && place->remaining == 0)
        return;
    /* A FIN counts as a byte. */
    if ((int32_t)(acknowledged - expected) > 1)
        flow->unsure++;
}

/* ---- What later passes are told ---- */

/* Keeps for later passes what is particular about a call. */
static void note_call(const trade_call_t *call, packet_info *pinfo)
{
    if (call->skip == 0 && !call->ends_hole)
        return;
    trade_note_t *note = trade_notes_add(&call->flow->notes, pinfo->num, call->seq);
    if (note->kinds & TRADE_NOTE_SEGMENT)
        return;
    note->kinds |= TRADE_NOTE_SEGMENT;
    note->shown = call->skip;
    note->ends_hole = call->ends_hole;
}

/* Fills in what the first pass knew of a call, on a later one. */
static void recall_call(trade_call_t *call, packet_info *pinfo)
{
    const trade_note_t *note =
        trade_notes_find(&call->flow->notes, pinfo->num, call->seq, TRADE_NOTE_SEGMENT);

    call->is_recalled = true;
    call->trust = TRADE_TRUST_BOUNDARY;
    call->skip = note ? note->shown : 0;
    call->ends_hole = note && note->ends_hole;
}

void trade_flow_note_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                          const trade_unit_t *unit)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    trade_note_t *note = trade_notes_add(&call->flow->notes, pinfo->num, seq);

    if (note->kinds & (TRADE_NOTE_UNIT | TRADE_NOTE_WAIT))
        return;
    note->kinds |= unit->needed > 0 ? TRADE_NOTE_WAIT : TRADE_NOTE_UNIT;
    note->unit_kind = (uint8_t)unit->kind;
    note->unit_length = unit->length;
    note->is_cut_off = unit->is_cut_off;
}

bool trade_flow_recall_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                            trade_unit_t *unit)
{
    const trade_note_t *note =
        trade_notes_find(&call->flow->notes, pinfo->num, seq, TRADE_NOTE_UNIT | TRADE_NOTE_WAIT);

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
    const trade_gap_t gap = flow->holes.gap;

    /* A PDU that came late is before the hole that is still to be told, or fills it. */
    if (gap.bytes == 0 || find_hole(flow, seq, 1))
        return (trade_gap_t){ 0, false };
    trade_note_t *note = trade_notes_add(&flow->notes, pinfo->num, seq);
    note->kinds |= TRADE_NOTE_GAP;
    note->gap = gap.bytes;
    note->is_upper_bound = gap.is_bound;
    for (unsigned i = 0; i < flow->holes.count; i++) {
        if (!flow->holes.list[i].told)
            flow->holes.list[i].told = note;
    }
    flow->holes.gap = (trade_gap_t){ 0, false };
    return gap;
}

trade_gap_t trade_flow_take_gap(const trade_call_t *call, packet_info *pinfo, uint32_t seq)
{
    if (!call->stream)
        return (trade_gap_t){ 0, false };
    if (!call->is_recalled)
        return take_gap(call->flow, pinfo, seq);
    const trade_note_t *note =
        trade_notes_find(&call->flow->notes, pinfo->num, seq, TRADE_NOTE_GAP);
    return note ? (trade_gap_t){ note->gap, note->is_upper_bound } : (trade_gap_t){ 0, false };
}

/* ---- For the stream ---- */

void trade_flow_begin(trade_call_t *call, packet_info *pinfo, unsigned length,
                      uint32_t acknowledged)
{
    trade_flow_t *flow = call->flow;

    call->doubtful = flow->doubtful_from > 0 && pinfo->num > flow->doubtful_from;
    if (PINFO_FD_VISITED(pinfo)) {
        recall_call(call, pinfo);
    } else {
        flow->held.bytes = 0;
        begin_call(call, length);
        check_acknowledged(call, acknowledged);
        note_call(call, pinfo);
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
    const uint32_t expected = place->seq + (place->buffered > 0 ? place->remaining : 0);

    /* A FIN counts as a byte. */
    return flow->is_begun && (int32_t)(end - expected) > 1;
}

/* Has TCP give us what it keeps when a FIN comes, if it keeps anything: it does so for
 * dissectors whose PDUs end with the connection, and ours may end inside one. What it
 * was told by the FIN, it must still be on later passes. */
static void set_until_fin(const trade_call_t *call, trade_flow_t *flow, bool is_kept)
{
    /* TCP would not put segments in order then. */
    if (trade_tcp_is_in_order() || flow->is_closed)
        return;
    flow->is_closed = call->is_last;
    if (is_kept || !call->is_last)
        trade_tcp_set_until_fin(call->stream->tcp, is_kept);
}

void trade_flow_end(const trade_call_t *call, packet_info *pinfo, const trade_outcome_t *outcome)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    trade_flow_t *flow = call->flow;
    const uint32_t end = call->seq + outcome->length;
    trade_hole_t *hole = find_hole(flow, call->seq, outcome->length);

    /* TCP's flag outlives the first pass. With bytes missing, TCP of Wireshark 4.6 would then
     * give other segments on the second. */
    set_until_fin(call, flow, outcome->place.buffered > 0 && flow->unsure == 0);
    flow->unsure += outcome->unsure;
    if (flow->doubtful_from == 0 && (flow->unsure > 0 || !flow->start_known || outcome->doubtful))
        flow->doubtful_from = pinfo->num;
    if (hole)
        fill_hole(flow, hole, call, outcome);
    if (hole && flow->holes.count == 0)
        flow->holes.gap = (trade_gap_t){ 0, false };
    if ((int32_t)(end - flow->place.seq) < 0)
        return;
    if (is_all_shown(call, outcome))
        trade_place_advance(&flow->place, end);
    else
        flow->place = outcome->place;
}
