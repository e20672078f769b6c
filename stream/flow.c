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

typedef enum mark_kind {
    MARK_CALL, /* a call whose first bytes are to be skipped, or that ends a hole */
    MARK_UNIT, /* a unit of which the header alone would tell otherwise */
    MARK_GAP   /* the first PDU after bytes that are missing */
} mark_kind_t;

/* What later passes are told of a place of the stream. File scope. */
typedef struct trade_mark {
    uint32_t frame;
    uint32_t seq;      /* of the first byte of the call, the unit or the PDU */
    uint32_t bytes;    /* to be skipped; of the unit; missing */
    uint8_t mark_kind; /* a mark_kind_t */
    uint8_t unit_kind; /* of a unit: a trade_unit_kind_t */
    bool is_cut_off;   /* of a unit: trade_unit_t.is_cut_off */
    bool is_bound;     /* of a gap: trade_gap_t.is_bound */
    bool ends_hole;    /* of a call: trade_call_t.ends_hole */
} trade_mark_t;

/* ---- Holes ---- */

/* Returns a hole that some of these bytes are in, or NULL. */
static trade_hole_t *find_hole(const trade_flow_t *flow, uint32_t seq, uint32_t length)
{
    for (unsigned i = 0; i < flow->holes.count; i++) {
        trade_hole_t *hole = &flow->holes.list[i];
        if ((int32_t)(seq + length - hole->start) > 0 && (int32_t)(seq - hole->end) < 0)
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
        (trade_hole_t){ .start = flow->next.seq - flow->next.kept,
                        .end = end,
                        .owed = flow->next.owed,
                        .clean = flow->next.in_sync,
                        .bytes = end - flow->next.seq,
                        .told = UINT_MAX };
}

/* Takes back what is to be told of a hole, or was, for later passes: it is filled. */
static void untell_gap(trade_flow_t *flow, trade_hole_t *hole)
{
    uint32_t *bytes = &flow->holes.gap.bytes;

    if (hole->told != UINT_MAX)
        bytes = &((trade_mark_t *)wmem_array_index(flow->marks, hole->told))->bytes;
    *bytes -= MIN(*bytes, hole->bytes);
    hole->bytes = 0;
}

/* Shrinks the hole: the call's bytes came after all. */
static void fill_hole(trade_flow_t *flow, trade_hole_t *hole, const trade_call_t *call,
                      const trade_outcome_t *outcome)
{
    if (call->skip > 0 && call->skip == outcome->length)
        hole->owed -= call->seq + call->skip - hole->start;
    else
        hole->owed = outcome->kept > 0 ? 0 : outcome->unit_left;
    hole->start = call->seq + outcome->length - outcome->kept;
    hole->clean = outcome->in_sync;
    if ((int32_t)(hole->end - call->seq - outcome->length) <= 0)
        untell_gap(flow, hole);
    if ((int32_t)(hole->end - hole->start) <= 0)
        *hole = flow->holes.list[--flow->holes.count];
}

/* ---- What is known of the next byte, on the first pass ---- */

/* Notes that bytes are missing before the call. bound: at most so many. */
static void add_gap(trade_flow_t *flow, uint32_t bytes, bool bound)
{
    flow->unsure++;
    flow->holes.gap.bytes =
        bytes > UINT32_MAX - flow->holes.gap.bytes ? UINT32_MAX : flow->holes.gap.bytes + bytes;
    flow->holes.gap.is_bound |= bound;
}

/* Returns how far the byte behind a PDU is trusted to begin the next. */
static trade_trust_t get_default_trust(const trade_call_t *call)
{
    return call->doubtful ? TRADE_TRUST_LIKELY : TRADE_TRUST_BOUNDARY;
}

/* The first bytes of a direction. */
static void begin_flow(trade_call_t *call, trade_flow_t *flow, unsigned length)
{
    const struct tcp_analysis *tcp = call->stream->tcp;

    flow->next.seq = call->seq;
    flow->next.seen = true;
    call->trust = TRADE_TRUST_START;
    if (!trade_tcp_is_start_captured(tcp) || call->stream->late)
        return;
    flow->start_known = true;
    flow->next.seq = trade_tcp_get_first_seq(tcp->fwd);
    flow->next.in_sync = true;
    call->trust = TRADE_TRUST_FIRST;
    if ((int32_t)(call->seq - flow->next.seq) < 0) {
        /* A keep-alive before the first byte. */
        call->skip = MIN(flow->next.seq - call->seq, length);
        flow->next.seen = call->skip < length;
    }
    if ((int32_t)(call->seq - flow->next.seq) > 0) {
        add_gap(flow, call->seq - flow->next.seq, false);
        add_hole(flow, call->seq);
        call->trust = TRADE_TRUST_NONE;
    }
}

/* Bytes beyond those that were expected: some are missing. */
static void begin_after_gap(trade_call_t *call, trade_flow_t *flow, unsigned length)
{
    const uint32_t missing = call->seq - flow->next.seq;
    const bool pdu_ends_here = flow->next.kept > 0 && flow->next.left == missing;

    /* What TCP keeps for a PDU it does not give us: less may be missing. */
    add_gap(flow, missing, flow->next.kept > 0);
    add_hole(flow, call->seq);
    if (flow->next.kept == 0 && missing <= flow->next.owed && flow->next.in_sync) {
        call->skip = MIN(flow->next.owed - missing, length);
        call->trust = get_default_trust(call);
    } else {
        call->trust = pdu_ends_here ? get_default_trust(call) : TRADE_TRUST_NONE;
    }
}

/* Bytes before those that were expected: late ones, or seen before. */
static void begin_late(trade_call_t *call, trade_flow_t *flow, unsigned length)
{
    const struct tcp_analysis *tcp = call->stream->tcp;
    const trade_hole_t *hole = find_hole(flow, call->seq, length);

    if (hole) {
        call->ends_hole = call->seq + length == hole->end;
        /* Negative: the call begins with bytes seen before. */
        const int32_t before = (int32_t)(call->seq - hole->start);
        const bool is_known = hole->clean && before <= (int64_t)hole->owed;
        call->trust = is_known ? TRADE_TRUST_BOUNDARY : TRADE_TRUST_NONE;
        call->skip = is_known ? (unsigned)MIN((int64_t)hole->owed - before, length)
                              : (unsigned)MAX(-(int64_t)before, 0);
        if (trade_tcp_is_start_captured(tcp) && call->seq == trade_tcp_get_first_seq(tcp->fwd))
            call->trust = TRADE_TRUST_FIRST;
        return;
    }
    call->skip = MIN(flow->next.seq + flow->next.owed - call->seq, length);
    call->trust =
        flow->next.in_sync && flow->next.kept == 0 ? get_default_trust(call) : TRADE_TRUST_NONE;
}

/* Fills in trust and skip of a call on the first pass. */
static void begin_call(trade_call_t *call, trade_flow_t *flow, unsigned length)
{
    if (!flow->next.seen) {
        begin_flow(call, flow, length);
    } else if (flow->next.kept > 0 && call->seq == flow->next.seq - flow->next.kept) {
        call->trust = flow->next.kept_trust;
        call->kept = flow->next.kept;
    } else if ((int32_t)(call->seq - flow->next.seq) > 0) {
        begin_after_gap(call, flow, length);
    } else if (call->seq == flow->next.seq && flow->next.kept == 0) {
        call->skip = MIN(flow->next.owed, length);
        call->trust = flow->next.is_cut    ? TRADE_TRUST_CUT
                      : flow->next.in_sync ? get_default_trust(call)
                                           : TRADE_TRUST_NONE;
    } else {
        begin_late(call, flow, length);
    }
}

/* Where the other side confirms bytes that were not given to us, what was in them
 * is not known: they may be missing in the capture, with nothing after them. */
static void check_acknowledged(const trade_call_t *call, uint32_t acknowledged)
{
    trade_flow_t *flow = call->peer;
    const uint32_t first = trade_tcp_get_first_seq(call->stream->tcp->rev);
    const uint32_t expected =
        flow->next.seen ? flow->next.seq + flow->next.left + flow->next.owed : first;

    if (flow->next.kept > 0 && flow->next.left == 0)
        return;
    /* A FIN counts as a byte. */
    if ((int32_t)(acknowledged - expected) > 1)
        flow->unsure++;
}

/* ---- Marks: what later passes are told ---- */

static void add_mark(trade_flow_t *flow, const trade_mark_t *mark)
{
    if (!flow->marks)
        flow->marks = wmem_array_new(wmem_file_scope(), sizeof *mark);
    wmem_array_append(flow->marks, mark, 1);
}

/* Keeps for later passes what is particular about a call. */
static void mark_call(const trade_call_t *call, trade_flow_t *flow, uint32_t frame)
{
    const trade_mark_t mark = { .frame = frame,
                                .seq = call->seq,
                                .bytes = call->skip,
                                .mark_kind = MARK_CALL,
                                .ends_hole = call->ends_hole };

    if (call->skip > 0 || call->ends_hole)
        add_mark(flow, &mark);
}

/* Returns the index of the first mark of a frame, or of the first after it. */
static unsigned find_first_mark(wmem_array_t *marks, uint32_t frame)
{
    unsigned low = 0, high = wmem_array_get_count(marks);

    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        if (((const trade_mark_t *)wmem_array_index(marks, middle))->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Returns the mark of a place, if it is among those from start to before end; or NULL. */
static const trade_mark_t *find_mark_among(trade_flow_t *flow, unsigned start, unsigned end,
                                           uint32_t frame, uint32_t seq, mark_kind_t kind)
{
    for (unsigned i = start; i < end; i++) {
        const trade_mark_t *mark = (const trade_mark_t *)wmem_array_index(flow->marks, i);
        if (mark->frame > frame)
            return NULL;
        if (mark->frame == frame && mark->seq == seq && mark->mark_kind == kind) {
            flow->mark_hint = i;
            return mark;
        }
    }
    return NULL;
}

/* Returns the mark of a place, or NULL. */
static const trade_mark_t *find_mark(trade_flow_t *flow, uint32_t frame, uint32_t seq,
                                     mark_kind_t kind)
{
    const unsigned count = flow->marks ? wmem_array_get_count(flow->marks) : 0;
    const trade_mark_t *mark = NULL;

    if (count == 0)
        return NULL;
    /* A frame can have thousands, and they are asked for in their order. */
    mark =
        find_mark_among(flow, flow->mark_hint, MIN(flow->mark_hint + 2, count), frame, seq, kind);
    return mark ? mark
                : find_mark_among(flow, find_first_mark(flow->marks, frame), count, frame, seq,
                                  kind);
}

/* Fills in what the first pass knew of a call, on a later one. */
static void recall_call(trade_call_t *call, trade_flow_t *flow, uint32_t frame)
{
    const trade_mark_t *mark = find_mark(flow, frame, call->seq, MARK_CALL);

    call->is_recalled = true;
    call->trust = TRADE_TRUST_BOUNDARY;
    call->skip = mark ? mark->bytes : 0;
    call->ends_hole = mark && mark->ends_hole;
}

void trade_flow_note_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                          const trade_unit_t *unit)
{
    const trade_mark_t mark = { .frame = pinfo->num,
                                .seq = seq,
                                .bytes = unit->length,
                                .mark_kind = MARK_UNIT,
                                .unit_kind = (uint8_t)unit->kind,
                                .is_cut_off = unit->is_cut_off };

    if (call->stream && !call->is_recalled)
        add_mark(call->flow, &mark);
}

bool trade_flow_recall_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                            trade_unit_t *unit)
{
    const trade_mark_t *mark = NULL;

    if (call->is_recalled)
        mark = find_mark(call->flow, pinfo->num, seq, MARK_UNIT);
    if (mark)
        *unit = (trade_unit_t){ .kind = (trade_unit_kind_t)mark->unit_kind,
                                .length = mark->bytes,
                                .is_cut_off = mark->is_cut_off };
    return mark != NULL;
}

trade_gap_t trade_flow_take_gap(const trade_call_t *call, packet_info *pinfo, uint32_t seq)
{
    trade_gap_t gap = { 0, false };

    if (!call->stream)
        return gap;
    trade_flow_t *flow = call->flow;
    if (PINFO_FD_VISITED(pinfo)) {
        const trade_mark_t *mark = find_mark(flow, pinfo->num, seq, MARK_GAP);
        return mark ? (trade_gap_t){ mark->bytes, mark->is_bound } : gap;
    }
    /* A PDU that came late is before the hole that is still to be told, or fills it. */
    if (flow->holes.gap.bytes == 0 || find_hole(flow, seq, 1))
        return gap;
    gap = flow->holes.gap;
    flow->holes.gap = (trade_gap_t){ 0, false };
    const trade_mark_t mark = { .frame = pinfo->num,
                                .seq = seq,
                                .bytes = gap.bytes,
                                .mark_kind = MARK_GAP,
                                .is_bound = gap.is_bound };
    add_mark(flow, &mark);
    for (unsigned i = 0; i < flow->holes.count; i++) {
        if (flow->holes.list[i].told == UINT_MAX)
            flow->holes.list[i].told = wmem_array_get_count(flow->marks) - 1;
    }
    return gap;
}

/* ---- For the stream ---- */

void trade_flow_begin(trade_call_t *call, packet_info *pinfo, unsigned length,
                      uint32_t acknowledged)
{
    trade_flow_t *flow = call->flow;

    call->doubtful = flow->doubtful_from > 0 && pinfo->num > flow->doubtful_from;
    if (PINFO_FD_VISITED(pinfo)) {
        recall_call(call, flow, pinfo->num);
    } else {
        flow->held.bytes = 0;
        begin_call(call, flow, length);
        check_acknowledged(call, acknowledged);
        mark_call(call, flow, pinfo->num);
    }
}

bool trade_flow_lacks(const trade_flow_t *flow, uint32_t seq, uint32_t end)
{
    return !flow->next.seen || (int32_t)(end - flow->next.seq) > 0 ||
           find_hole(flow, seq, end - seq);
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
    trade_flow_t *flow = call->flow;
    const uint32_t end = call->seq + outcome->length;
    trade_hole_t *hole = find_hole(flow, call->seq, outcome->length);

    /* The mark outlives the first pass. With bytes missing, TCP of Wireshark 4.6 would then
     * give other segments on the second. */
    set_until_fin(call, flow, outcome->kept > 0 && flow->unsure == 0);
    flow->unsure += outcome->unsure;
    if (flow->doubtful_from == 0 && (flow->unsure > 0 || !flow->start_known || outcome->doubtful))
        flow->doubtful_from = pinfo->num;
    if (hole)
        fill_hole(flow, hole, call, outcome);
    if (hole && flow->holes.count == 0)
        flow->holes.gap = (trade_gap_t){ 0, false };
    if ((int32_t)(end - flow->next.seq) < 0)
        return;
    if (call->skip > 0 && call->skip == outcome->length) {
        flow->next.owed -= MIN(flow->next.owed, end - flow->next.seq);
        flow->next.seq = end;
        return;
    }
    flow->next.seq = end;
    flow->next.kept = outcome->kept;
    flow->next.left = outcome->kept > 0 ? outcome->unit_left : 0;
    flow->next.owed = outcome->kept > 0 ? 0 : outcome->unit_left;
    flow->next.in_sync = outcome->in_sync;
    flow->next.is_cut = outcome->is_cut;
    /* A PDU whose length is known stays one, whatever its bytes turn out to be. */
    if (outcome->is_pdu)
        flow->next.kept_trust = TRADE_TRUST_BOUNDARY;
    else if (outcome->kept + call->skip == outcome->length)
        flow->next.kept_trust = call->trust;
    else
        flow->next.kept_trust = outcome->in_sync ? get_default_trust(call) : TRADE_TRUST_NONE;
}
