/* flow.c
 * What belongs together in a capture: connections, their two directions, and
 * the names that greetings teach. See stream/flow.h for what is kept.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "moduleids.h"
#include "stream/flow.h"
#include "stream/tcp.h"

/* In tcp_flow_t.static_flags: that the SYN, or the SYN and ACK, of this flow was
 * captured. packet-tcp.c keeps the names to itself. */
#define FLOW_SAW_SYN 0x02
#define FLOW_SAW_SYN_ACK 0x04
/* So many connections are found again without asking Wireshark. */
#define MET_BITS 14

/* A connection on a contested port is given back after a PDU of the largest size, or after some
 * segments smaller than this, in which nothing spoke for TRADE. */
#define TRIAL_BYTES_MAX 65535
#define TRIAL_SMALL 1000
#define TRIAL_ENDS_MAX 16

/* What TCP holds back for this long may never come. */
#define HELD_LONG_NS INT64_C(1000000000)

typedef enum mark_kind {
    MARK_CALL, /* a call whose first bytes are to be skipped, or that ends a hole */
    MARK_UNIT, /* a unit of which the header alone would tell otherwise */
    MARK_GAP   /* the first PDU after bytes that are missing */
} mark_kind_t;

/* So many calls make a sender known: a wrong control PDU is soon over, but wrong data may
 * take 65535 bytes with it. */
enum { CONTROL_KNOWN = 8, DATA_KNOWN = 2 };

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

static int proto_trade = -1;
static int proto_tcp = -1;
static wmem_map_t *multiplexers;                /* trade_multiplexer_t, each its own key */
static wmem_map_t *connections;                 /* trade_connection_t, by TCP stream */
static trade_connection_t *met[1U << MET_BITS]; /* of those, found lately; by get_slot() */

static unsigned hash_multiplexer(const void *key)
{
    const trade_multiplexer_t *multiplexer = (const trade_multiplexer_t *)key;

    return add_address_to_hash(multiplexer->port, &multiplexer->addr);
}

static gboolean equal_multiplexer(const void *a, const void *b)
{
    const trade_multiplexer_t *one = (const trade_multiplexer_t *)a;
    const trade_multiplexer_t *other = (const trade_multiplexer_t *)b;

    return one->port == other->port && addresses_equal(&one->addr, &other->addr);
}

/* Returns the Multiplexer at this end of the packet, made where it is new. */
static trade_multiplexer_t *get_multiplexer(const address *addr, uint32_t port)
{
    trade_multiplexer_t key = { .addr = *addr, .port = port };
    trade_multiplexer_t *multiplexer = (trade_multiplexer_t *)wmem_map_lookup(multiplexers, &key);

    if (!multiplexer) {
        multiplexer = wmem_new0(wmem_file_scope(), trade_multiplexer_t);
        copy_address_wmem(wmem_file_scope(), &multiplexer->addr, addr);
        multiplexer->port = port;
        multiplexer->modules = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
        multiplexer->clients = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
        wmem_map_insert(multiplexers, multiplexer, multiplexer);
    }
    return multiplexer;
}

/* Returns whether a module sent this packet: by who opened the connection, or
 * else by the port that we were called for. 1: yes, 0: no, -1: cannot tell. */
static int find_module_side(packet_info *pinfo, const struct tcp_analysis *tcp)
{
    if ((tcp->fwd->static_flags & FLOW_SAW_SYN) || (tcp->rev->static_flags & FLOW_SAW_SYN_ACK))
        return 1;
    if ((tcp->rev->static_flags & FLOW_SAW_SYN) || (tcp->fwd->static_flags & FLOW_SAW_SYN_ACK))
        return 0;
    if (pinfo->srcport == pinfo->destport)
        return -1;
    if (pinfo->match_uint == pinfo->destport)
        return 1;
    return pinfo->match_uint == pinfo->srcport ? 0 : -1;
}

/* ---- Connections ---- */

/* Returns a new connection for this conversation, whose first packet with TRADE this is. */
static trade_connection_t *add_connection(packet_info *pinfo, conversation_t *conversation,
                                          const struct tcp_analysis *tcp)
{
    trade_connection_t *connection = wmem_new0(wmem_file_scope(), trade_connection_t);
    const int side = find_module_side(pinfo, tcp);
    const unsigned direction = tcp->fwd == &tcp->flow2;
    const bool to_multiplexer = side == 1 || (side < 0 && pinfo->destport < pinfo->srcport);

    connection->conversation = conversation;
    connection->tcp = tcp;
    copy_address_wmem(wmem_file_scope(), &connection->ends[0].addr, &pinfo->src);
    copy_address_wmem(wmem_file_scope(), &connection->ends[1].addr, &pinfo->dst);
    connection->ends[0].port = pinfo->srcport;
    connection->ends[1].port = pinfo->destport;
    connection->module_direction = side < 0 ? -1 : (int)(direction ^ (side == 0));
    connection->multiplexer = to_multiplexer ? get_multiplexer(&pinfo->dst, pinfo->destport)
                                             : get_multiplexer(&pinfo->src, pinfo->srcport);
    connection->stream = tcp->stream;
    conversation_add_proto_data(conversation, proto_trade, connection);
    wmem_map_insert(connections, GUINT_TO_POINTER(tcp->stream), connection);
    return connection;
}

/* Returns the connection of this packet, made where it is new; NULL: TCP knows of none.
 * That what TCP knows is for this packet, TCP has seen to already. */
static trade_connection_t *get_connection(packet_info *pinfo)
{
    conversation_t *conversation = find_conversation_pinfo(pinfo, 0);
    const struct tcp_analysis *tcp =
        conversation
            ? (const struct tcp_analysis *)conversation_get_proto_data(conversation, proto_tcp)
            : NULL;

    if (!tcp)
        return NULL;
    trade_connection_t *connection =
        (trade_connection_t *)conversation_get_proto_data(conversation, proto_trade);
    return connection ? connection : add_connection(pinfo, conversation, tcp);
}

/* Returns the last bytes of an address as a number; 0: it is too short. */
static uint32_t get_address_tail(const address *addr)
{
    uint32_t tail = 0;

    if (addr->len >= (int)sizeof tail)
        memcpy(&tail, (const uint8_t *)addr->data + addr->len - sizeof tail, sizeof tail);
    return tail;
}

/* Returns where in met[] a packet's connection is, the same in both directions. */
static unsigned get_slot(const packet_info *pinfo)
{
    const uint32_t ends = get_address_tail(&pinfo->src) ^ get_address_tail(&pinfo->dst) ^
                          (pinfo->srcport + pinfo->destport);

    return ends * 0x9e3779b1U >> (32 - MET_BITS); /* Fibonacci hashing */
}

static bool is_end(const trade_end_t *end, const address *addr, uint32_t port)
{
    return end->port == port && addresses_equal(&end->addr, addr);
}

/* Returns whether the packet is of this connection. Its ends may connect anew later, but
 * TCP notes in last_frame which conversation a packet is of before it calls us: so all
 * from the first frame to the last are of this one, but perhaps for the next one's SYN. */
static bool is_of_connection(const trade_connection_t *connection, const packet_info *pinfo,
                             const struct tcpinfo *tcpinfo)
{
    const trade_end_t *ends = connection->ends;

    if (pinfo->num < connection->conversation->setup_frame ||
        pinfo->num > connection->conversation->last_frame || (tcpinfo->flags & TH_SYN))
        return false;
    if (is_end(&ends[0], &pinfo->src, pinfo->srcport))
        return is_end(&ends[1], &pinfo->dst, pinfo->destport);
    return is_end(&ends[1], &pinfo->src, pinfo->srcport) &&
           is_end(&ends[0], &pinfo->dst, pinfo->destport);
}

/* As get_connection(), but most connections were met before: find_conversation_pinfo()
 * alone would take 950 instructions. */
static trade_connection_t *find_connection(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    trade_connection_t **slot = &met[get_slot(pinfo)];

    if (*slot && is_of_connection(*slot, pinfo, tcpinfo))
        return *slot;
    trade_connection_t *connection = get_connection(pinfo);
    if (connection)
        *slot = connection;
    return connection;
}

/* ---- Holes ---- */

/* Returns a hole that some of these bytes are in, or NULL. */
static trade_hole_t *find_hole(const trade_flow_t *flow, uint32_t seq, uint32_t length)
{
    for (unsigned i = 0; i < flow->hole_count; i++) {
        trade_hole_t *hole = &flow->holes[i];
        if ((int32_t)(seq + length - hole->start) > 0 && (int32_t)(seq - hole->end) < 0)
            return hole;
    }
    return NULL;
}

/* Remembers that the bytes up to end were not given to us. */
static void add_hole(trade_flow_t *flow, uint32_t end)
{
    if (!flow->holes)
        flow->holes = wmem_alloc_array(wmem_file_scope(), trade_hole_t, TRADE_HOLES_MAX);
    if (flow->hole_count == TRADE_HOLES_MAX) {
        flow->hole_count--;
        memmove(&flow->holes[0], &flow->holes[1], flow->hole_count * sizeof flow->holes[0]);
    }
    flow->holes[flow->hole_count++] = (trade_hole_t){ .start = flow->next_seq - flow->kept,
                                                      .end = end,
                                                      .owed = flow->owed,
                                                      .clean = flow->in_sync,
                                                      .bytes = end - flow->next_seq,
                                                      .told = UINT_MAX };
}

/* Takes back what is to be told of a hole, or was, for later passes: it is filled. */
static void untell_gap(trade_flow_t *flow, trade_hole_t *hole)
{
    uint32_t *bytes = &flow->gap.bytes;

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
        *hole = flow->holes[--flow->hole_count];
}

/* ---- What is known of the next byte, on the first pass ---- */

/* Returns the sequence number of the first byte of the current direction. */
static uint32_t get_first_seq(const struct tcp_analysis *tcp)
{
    return trade_tcp_is_relative() ? 1 : tcp->fwd->base_seq + 1;
}

/* Returns whether the SYN of the current direction was captured, or the other
 * side's answer to it: then its first byte is known. */
static bool is_start_captured(const struct tcp_analysis *tcp)
{
    return (tcp->fwd->static_flags & (FLOW_SAW_SYN | FLOW_SAW_SYN_ACK)) ||
           (tcp->rev->static_flags & FLOW_SAW_SYN_ACK);
}

/* Notes that bytes are missing before the call. bound: at most so many. */
static void add_gap(trade_flow_t *flow, uint32_t bytes, bool bound)
{
    flow->unsure++;
    flow->gap.bytes = bytes > UINT32_MAX - flow->gap.bytes ? UINT32_MAX : flow->gap.bytes + bytes;
    flow->gap.is_bound |= bound;
}

/* Returns how far the byte behind a PDU is trusted to begin the next. */
static trade_trust_t get_default_trust(const trade_call_t *call)
{
    return call->doubtful ? TRADE_TRUST_LIKELY : TRADE_TRUST_BOUNDARY;
}

/* The first bytes of a direction. */
static void begin_flow(trade_call_t *call, trade_flow_t *flow, const struct tcp_analysis *tcp,
                       unsigned length)
{
    flow->next_seq = call->seq;
    flow->seen = true;
    call->trust = TRADE_TRUST_START;
    if (!is_start_captured(tcp) || call->connection->late)
        return;
    flow->start_known = true;
    flow->next_seq = get_first_seq(tcp);
    flow->in_sync = true;
    call->trust = TRADE_TRUST_FIRST;
    if ((int32_t)(call->seq - flow->next_seq) < 0) {
        /* A keep-alive before the first byte. */
        call->skip = MIN(flow->next_seq - call->seq, length);
        flow->seen = call->skip < length;
    }
    if ((int32_t)(call->seq - flow->next_seq) > 0) {
        add_gap(flow, call->seq - flow->next_seq, false);
        add_hole(flow, call->seq);
        call->trust = TRADE_TRUST_NONE;
    }
}

/* Bytes beyond those that were expected: some are missing. */
static void begin_after_gap(trade_call_t *call, trade_flow_t *flow, unsigned length)
{
    const uint32_t missing = call->seq - flow->next_seq;
    const bool pdu_ends_here = flow->kept > 0 && flow->left == missing;

    /* What TCP keeps for a PDU it does not give us: less may be missing. */
    add_gap(flow, missing, flow->kept > 0);
    add_hole(flow, call->seq);
    if (flow->kept == 0 && missing <= flow->owed && flow->in_sync) {
        call->skip = MIN(flow->owed - missing, length);
        call->trust = get_default_trust(call);
    } else {
        call->trust = pdu_ends_here ? get_default_trust(call) : TRADE_TRUST_NONE;
    }
}

/* Bytes before those that were expected: late ones, or seen before. */
static void begin_late(trade_call_t *call, trade_flow_t *flow, const struct tcp_analysis *tcp,
                       unsigned length)
{
    const trade_hole_t *hole = find_hole(flow, call->seq, length);

    if (hole) {
        call->ends_hole = call->seq + length == hole->end;
        /* Negative: the call begins with bytes seen before. */
        const int32_t before = (int32_t)(call->seq - hole->start);
        const bool is_known = hole->clean && before <= (int64_t)hole->owed;
        call->trust = is_known ? TRADE_TRUST_BOUNDARY : TRADE_TRUST_NONE;
        call->skip = is_known ? (unsigned)MIN((int64_t)hole->owed - before, length)
                              : (unsigned)MAX(-(int64_t)before, 0);
        if (is_start_captured(tcp) && call->seq == get_first_seq(tcp))
            call->trust = TRADE_TRUST_FIRST;
        return;
    }
    call->skip = MIN(flow->next_seq + flow->owed - call->seq, length);
    call->trust = flow->in_sync && flow->kept == 0 ? get_default_trust(call) : TRADE_TRUST_NONE;
}

/* Fills in trust and skip of a call on the first pass. */
static void begin_call(trade_call_t *call, trade_flow_t *flow, const struct tcp_analysis *tcp,
                       unsigned length)
{
    if (!flow->seen) {
        begin_flow(call, flow, tcp, length);
    } else if (flow->kept > 0 && call->seq == flow->next_seq - flow->kept) {
        call->trust = flow->kept_trust;
        call->kept = flow->kept;
    } else if ((int32_t)(call->seq - flow->next_seq) > 0) {
        begin_after_gap(call, flow, length);
    } else if (call->seq == flow->next_seq && flow->kept == 0) {
        call->skip = MIN(flow->owed, length);
        call->trust = flow->is_cut    ? TRADE_TRUST_CUT
                      : flow->in_sync ? get_default_trust(call)
                                      : TRADE_TRUST_NONE;
    } else {
        begin_late(call, flow, tcp, length);
    }
}

/* Where the other side confirms bytes that were not given to us, what was in them
 * is not known: they may be missing in the capture, with nothing after them. */
static void check_acknowledged(const trade_call_t *call, const struct tcp_analysis *tcp,
                               uint32_t acknowledged)
{
    trade_flow_t *flow = &call->connection->flows[!call->direction];
    const uint32_t first = trade_tcp_is_relative() ? 1 : tcp->rev->base_seq + 1;
    const uint32_t expected = flow->seen ? flow->next_seq + flow->left + flow->owed : first;

    if (flow->kept > 0 && flow->left == 0)
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

void trade_session_note_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                             const trade_unit_t *unit)
{
    const trade_mark_t mark = { .frame = pinfo->num,
                                .seq = seq,
                                .bytes = unit->length,
                                .mark_kind = MARK_UNIT,
                                .unit_kind = (uint8_t)unit->kind,
                                .is_cut_off = unit->is_cut_off };

    if (call->connection && !call->is_recalled)
        add_mark(&call->connection->flows[call->direction], &mark);
}

bool trade_session_recall_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                               trade_unit_t *unit)
{
    const trade_mark_t *mark = NULL;

    if (call->is_recalled)
        mark = find_mark(&call->connection->flows[call->direction], pinfo->num, seq, MARK_UNIT);
    if (mark)
        *unit = (trade_unit_t){ .kind = (trade_unit_kind_t)mark->unit_kind,
                                .length = mark->bytes,
                                .is_cut_off = mark->is_cut_off };
    return mark != NULL;
}

trade_gap_t trade_session_tell_gap(const trade_call_t *call, packet_info *pinfo, uint32_t seq)
{
    trade_gap_t gap = { 0, false };

    if (!call->connection)
        return gap;
    trade_flow_t *flow = &call->connection->flows[call->direction];
    if (PINFO_FD_VISITED(pinfo)) {
        const trade_mark_t *mark = find_mark(flow, pinfo->num, seq, MARK_GAP);
        return mark ? (trade_gap_t){ mark->bytes, mark->is_bound } : gap;
    }
    /* A PDU that came late is before the hole that is still to be told, or fills it. */
    if (flow->gap.bytes == 0 || find_hole(flow, seq, 1))
        return gap;
    gap = flow->gap;
    flow->gap = (trade_gap_t){ 0, false };
    const trade_mark_t mark = { .frame = pinfo->num,
                                .seq = seq,
                                .bytes = gap.bytes,
                                .mark_kind = MARK_GAP,
                                .is_bound = gap.is_bound };
    add_mark(flow, &mark);
    for (unsigned i = 0; i < flow->hole_count; i++) {
        if (flow->holes[i].told == UINT_MAX)
            flow->holes[i].told = wmem_array_get_count(flow->marks) - 1;
    }
    return gap;
}

/* ---- For the dissector ---- */

/* Has TCP give us what it keeps when a FIN comes, if it keeps anything: it does so for
 * dissectors whose PDUs end with the connection, and ours may end inside one. What it
 * was told by the FIN, it must still be on later passes. */
static void set_until_fin(const trade_call_t *call, trade_flow_t *flow, bool is_kept)
{
    /* TCP would not put segments in order then. */
    if (trade_tcp_is_in_order() || flow->is_closed)
        return;
    uint16_t *flags = &call->connection->tcp->fwd->flags;
    flow->is_closed = call->is_last;
    if (is_kept)
        *flags |= TCP_FLOW_REASSEMBLE_UNTIL_FIN;
    else if (!call->is_last)
        *flags &= (uint16_t)~TCP_FLOW_REASSEMBLE_UNTIL_FIN;
}

/* Returns the sequence number of the first byte at hand. Without its own reassembly, TCP
 * skips to where it thinks that the next PDU begins, and does not say so; nor does it
 * where a FIN makes it give us what it kept. */
static uint32_t get_first_byte_seq(const struct tcpinfo *tcpinfo, unsigned length)
{
    /* nxtseq leaves a SYN out, which counts as a byte. */
    if (tcpinfo->flags & TH_SYN)
        return tcpinfo->nxtseq + 1 - length;
    return tcpinfo->is_reassembled ? tcpinfo->seq : tcpinfo->nxtseq - length;
}

void trade_session_begin(trade_call_t *call, packet_info *pinfo, const struct tcpinfo *tcpinfo,
                         unsigned length)
{
    *call = (trade_call_t){ .trust = TRADE_TRUST_START, .from_module = true };
    call->connection = tcpinfo ? find_connection(pinfo, tcpinfo) : NULL;
    if (!call->connection)
        return;
    const struct tcp_analysis *tcp = call->connection->tcp;
    call->direction = tcp->fwd == &tcp->flow2;
    call->seq = get_first_byte_seq(tcpinfo, length);
    call->is_last = (tcpinfo->flags & TH_FIN) && call->seq + length == tcpinfo->nxtseq;
    call->from_module = call->connection->module_direction != (int)!call->direction;
    trade_flow_t *flow = &call->connection->flows[call->direction];
    call->doubtful = flow->doubtful_from > 0 && pinfo->num > flow->doubtful_from;
    if (PINFO_FD_VISITED(pinfo)) {
        recall_call(call, flow, pinfo->num);
    } else {
        flow->held.bytes = 0;
        begin_call(call, flow, tcp, length);
        check_acknowledged(call, tcp, tcpinfo->lastackseq);
        mark_call(call, flow, pinfo->num);
    }
}

/* Returns the packet's connection, if it is known by now, or NULL. */
static trade_connection_t *find_known_connection(packet_info *pinfo)
{
    const conversation_t *conversation = find_conversation_pinfo(pinfo, 0);

    return conversation
               ? (trade_connection_t *)conversation_get_proto_data(conversation, proto_trade)
               : NULL;
}

/* Returns the flow of a packet whose connection is known by now, or NULL. */
static trade_flow_t *find_known_flow(packet_info *pinfo)
{
    trade_connection_t *connection = find_known_connection(pinfo);

    return connection ? &connection->flows[connection->tcp->fwd == &connection->tcp->flow2] : NULL;
}

bool trade_session_lacks(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    const trade_flow_t *flow = find_known_flow(pinfo);

    if (!flow || !flow->seen || (int32_t)(tcpinfo->nxtseq - flow->next_seq) > 0)
        return true;
    for (unsigned i = 0; i < flow->hole_count; i++) {
        if ((int32_t)(tcpinfo->nxtseq - flow->holes[i].start) > 0 &&
            (int32_t)(tcpinfo->seq - flow->holes[i].end) < 0)
            return true;
    }
    return false;
}

bool trade_session_claim(trade_connection_t *connection, uint32_t frame)
{
    if (connection && connection->first_frame == 0)
        connection->first_frame = frame;
    return !connection || connection->first_frame <= frame;
}

void trade_session_note_held(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    trade_flow_t *flow = find_known_flow(pinfo);

    if (!flow)
        return;
    if (flow->held.bytes == 0)
        flow->held = (trade_held_t){ .frame = pinfo->num, .since = trade_get_time(pinfo) };
    flow->held.bytes += tcpinfo->nxtseq - tcpinfo->seq;
}

trade_held_t trade_session_find_held(packet_info *pinfo)
{
    const trade_held_t none = { .bytes = 0 };
    const trade_flow_t *flow = find_known_flow(pinfo);

    if (!flow || flow->held.bytes == 0 || pinfo->num < flow->held.frame ||
        (!PINFO_FD_VISITED(pinfo) && trade_get_time(pinfo) - flow->held.since < HELD_LONG_NS))
        return none;
    return flow->held;
}

bool trade_session_is_on_trial(packet_info *pinfo, tvbuff_t *tvb)
{
    trade_connection_t *connection = find_known_connection(pinfo);

    if (!connection)
        return false;
    connection->trial_bytes += tvb_reported_length(tvb);
    connection->trial_ends += tvb_reported_length(tvb) < TRIAL_SMALL;
    return connection->trial_bytes <= TRIAL_BYTES_MAX && connection->trial_ends <= TRIAL_ENDS_MAX;
}

void trade_session_begin_late(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    trade_connection_t *connection = tcpinfo ? find_connection(pinfo, tcpinfo) : NULL;

    if (connection && !PINFO_FD_VISITED(pinfo))
        connection->late = true;
}

/* Adds who sent the PDUs of a call to what is known. */
static void add_sender(trade_sender_t *known, trade_sender_t here)
{
    if (here.count == 0)
        return;
    known->is_several |= here.is_several || (known->count > 0 && known->id != here.id);
    known->id = here.id;
    if (known->count < CONTROL_KNOWN)
        known->count++;
}

/* Counts who sent the PDUs of a call, if they are beyond doubt: nothing is missing
 * in the stream so far, or they take the call's bytes from the first to the last. */
static void count_senders(const trade_call_t *call, const trade_outcome_t *outcome)
{
    trade_connection_t *connection = call->connection;

    if (call->doubtful &&
        (outcome->unsure || outcome->unit_left > 0 || call->kept > 0 || call->skip > 0))
        return;
    add_sender(&connection->flows[call->direction].control_sender, outcome->control_sender);
    add_sender(&connection->data_sender, outcome->data_sender);
}

void trade_session_end(const trade_call_t *call, packet_info *pinfo, const trade_outcome_t *outcome)
{
    if (!call->connection || PINFO_FD_VISITED(pinfo))
        return;
    trade_flow_t *flow = &call->connection->flows[call->direction];
    const uint32_t end = call->seq + outcome->length;
    trade_hole_t *hole = find_hole(flow, call->seq, outcome->length);

    /* The mark outlives the first pass. With bytes missing, TCP of Wireshark 4.6 would then
     * give other segments on the second. */
    set_until_fin(call, flow, outcome->kept > 0 && flow->unsure == 0);
    count_senders(call, outcome);
    flow->unsure += outcome->unsure;
    if (flow->doubtful_from == 0 && (flow->unsure > 0 || !flow->start_known || outcome->doubtful))
        flow->doubtful_from = pinfo->num;
    if (hole)
        fill_hole(flow, hole, call, outcome);
    if (hole && flow->hole_count == 0)
        flow->gap = (trade_gap_t){ 0, false };
    if ((int32_t)(end - flow->next_seq) < 0)
        return;
    if (call->skip > 0 && call->skip == outcome->length) {
        flow->owed -= MIN(flow->owed, end - flow->next_seq);
        flow->next_seq = end;
        return;
    }
    flow->next_seq = end;
    flow->kept = outcome->kept;
    flow->left = outcome->kept > 0 ? outcome->unit_left : 0;
    flow->owed = outcome->kept > 0 ? 0 : outcome->unit_left;
    flow->in_sync = outcome->in_sync;
    flow->is_cut = outcome->is_cut;
    /* A PDU whose length is known stays one, whatever its bytes turn out to be. */
    if (outcome->is_pdu)
        flow->kept_trust = TRADE_TRUST_BOUNDARY;
    else if (outcome->kept + call->skip == outcome->length)
        flow->kept_trust = call->trust;
    else
        flow->kept_trust = outcome->in_sync ? get_default_trust(call) : TRADE_TRUST_NONE;
}

void trade_session_learn_name(const trade_call_t *call, packet_info *pinfo, uint8_t id,
                              const char *name)
{
    const char *known = trade_session_find_name(call, pinfo->num, id);

    if (!call->connection || PINFO_FD_VISITED(pinfo) || (known && strcmp(known, name) == 0))
        return;
    trade_multiplexer_t *multiplexer = call->connection->multiplexer;
    if (multiplexer->name_count == TRADE_NAMES_MAX)
        return;
    trade_name_t *learned = wmem_new(wmem_file_scope(), trade_name_t);
    learned->older = multiplexer->names;
    learned->frame = pinfo->num;
    learned->id = id;
    learned->name = wmem_strdup(wmem_file_scope(), name);
    multiplexer->names = learned;
    multiplexer->name_count++;
}

/* Remembers on which connection, the newest, a module of this name talks. */
static void set_module_name(trade_connection_t *connection, uint32_t frame, const char *name)
{
    if (connection->module && strcmp(connection->module, name) == 0)
        return;
    connection->module = wmem_strdup(wmem_file_scope(), name);
    connection->module_named = frame;
    trade_connection_t *before =
        (trade_connection_t *)wmem_map_lookup(connection->multiplexer->modules, name);
    if (before && before->first_frame < connection->first_frame)
        before->is_replaced = true;
    wmem_map_insert(connection->multiplexer->modules, connection->module, connection);
}

void trade_session_note_module(const trade_call_t *call, packet_info *pinfo, const trade_pdu_t *pdu)
{
    trade_connection_t *connection = call->connection;

    if (!connection || PINFO_FD_VISITED(pinfo) ||
        (pdu->kind != TRADE_UNIT_GREETING && !trade_pdu_is_control(pdu)))
        return;
    if (pdu->sender == TRADE_MODULE_MULTIPLEXER) {
        if (connection->module_direction < 0)
            connection->module_direction = (int)!call->direction;
        return;
    }
    if (connection->module_direction == (int)!call->direction ||
        (connection->has_module_id && connection->module && pdu->kind != TRADE_UNIT_GREETING))
        return;
    connection->module_direction = (int)call->direction;
    if (!connection->has_module_id) {
        connection->module_frame = pinfo->num;
        connection->module_id = pdu->sender;
        connection->has_module_id = true;
    }
    if (pdu->kind == TRADE_UNIT_GREETING && pdu->greeting.length > 0)
        set_module_name(connection, pinfo->num, trade_text_dup(pinfo->pool, pdu->greeting));
    else if (pdu->sender_name)
        set_module_name(connection, pinfo->num, pdu->sender_name);
}

/* Returns whether it is always the same who sends, by so many calls. */
static bool is_sole_sender(const trade_sender_t *sender, unsigned calls)
{
    return !sender->is_several && sender->count >= calls;
}

int trade_session_get_control_sender(const trade_call_t *call)
{
    const trade_sender_t *sender =
        call->connection ? &call->connection->flows[call->direction].control_sender : NULL;

    return sender && is_sole_sender(sender, CONTROL_KNOWN) ? sender->id : TRADE_SENDER_ANY;
}

bool trade_session_may_send_data(const trade_call_t *call, uint8_t id)
{
    const trade_connection_t *connection = call->connection;

    return !connection || !is_sole_sender(&connection->data_sender, DATA_KNOWN) ||
           id == connection->data_sender.id || id == connection->flows[0].control_sender.id ||
           id == connection->flows[1].control_sender.id;
}

bool trade_session_is_module(const trade_call_t *call, uint32_t frame, uint8_t id)
{
    const trade_connection_t *connection = call->connection;

    return connection && connection->has_module_id && connection->module_id == id &&
           connection->module_frame < frame;
}

const trade_connection_t *trade_session_find_connection(uint32_t stream)
{
    const trade_connection_t *connection =
        (const trade_connection_t *)wmem_map_lookup(connections, GUINT_TO_POINTER(stream));

    return connection && connection->first_frame > 0 ? connection : NULL;
}

const char *trade_session_find_name(const trade_call_t *call, uint32_t frame, uint8_t id)
{
    const trade_name_t *learned = call->connection ? call->connection->multiplexer->names : NULL;

    while (learned && (learned->id != id || learned->frame > frame))
        learned = learned->older;
    return learned ? learned->name : NULL;
}

/* Called before a capture file is dissected. */
static void init_session(void)
{
    memset(met, 0, sizeof met);
    proto_tcp = proto_get_id_by_filter_name("tcp");
}

void trade_session_register(int proto)
{
    proto_trade = proto;
    multiplexers = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_multiplexer,
                                          equal_multiplexer);
    connections =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    register_init_routine(init_session);
}
