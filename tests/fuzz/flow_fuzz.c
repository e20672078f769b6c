/* flow_fuzz.c
 * A libFuzzer target: one direction of a connection, whatever TCP delivers of it, and whether later
 * passes are told what the first was.
 *
 * An input is where the stream begins (1), near the wrap of sequence numbers, and whether it is
 * captured from there (1), and then deliveries, one a frame: bits of what was found in it (1),
 * distance from the next byte (1, signed), its bytes (1), those of a PDU that is not whole (1), and
 * what the other side acknowledges (1, signed).
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/flow.c"
#include "stream/holes.c"
#include "stream/notes.c"
#include "stream/place.c"

#include "tests/fuzz/bytes.h"

enum { DELIVERIES_MAX = 64 };

/* What was found in a delivery. */
enum {
    FOUND_TRUST = 0x07,
    FOUND_LOSSES = 0x08,
    FOUND_GREETING_LATE = 0x10,
    FOUND_UNIT = 0x20, /* of which later passes must be told */
    FOUND_WAIT = 0x40,
    FOUND_FIN = 0x80
};

/* A delivery as it was on the first pass. */
typedef struct visit {
    trade_delivery_t delivery;
    trade_unit_t unit; /* no length: none was noted */
    trade_gap_t gap;
    unsigned length;
} visit_t;

static wmem_allocator_t *pool;
static bool is_start_captured;
static uint32_t first_seq;

/* ---- In place of libwireshark and stream/tcp.c ---- */

wmem_allocator_t *wmem_file_scope(void)
{
    return pool;
}

bool trade_tcp_is_start_captured(const struct tcp_analysis *tcp _U_)
{
    return is_start_captured;
}

uint32_t trade_tcp_get_first_seq(const tcp_flow_t *flow _U_)
{
    return first_seq;
}

void trade_tcp_set_until_fin(const struct tcp_analysis *tcp _U_, bool is_wanted _U_)
{
}

/* ---- The passes ---- */

/* Returns a packet of a frame, valid until the next call. */
static packet_info *get_packet(uint32_t number, bool is_visited)
{
    static packet_info pinfo;
    static frame_data frame;

    frame.visited = is_visited;
    pinfo.fd = &frame;
    pinfo.num = number;
    return &pinfo;
}

static void check_flow(const trade_flow_t *flow)
{
    if (!flow->holes)
        return;
    expect(flow->holes->count <= TRADE_HOLES_MAX, "no more holes than there is room for");
    for (uint32_t i = 0; i < flow->holes->count; i++)
        expect(trade_is_after(flow->holes->list[i].end, flow->holes->list[i].start),
               "a hole has bytes");
}

/* Makes the outcome of a delivery that the driver might. */
static trade_outcome_t make_outcome(const visit_t *visit, unsigned found, unsigned waiting)
{
    const uint32_t end = visit->delivery.seq + visit->length;
    const uint32_t buffered = waiting % (visit->length + 1);

    return (trade_outcome_t){ .length = visit->length,
                              .place = { .seq = end,
                                         .buffered = found & FOUND_WAIT ? buffered : 0,
                                         .remaining = found & FOUND_WAIT ? 0 : waiting,
                                         .next = (trade_trust_t)((found & FOUND_TRUST) %
                                                                 (TRADE_TRUST_NONE + 1)) },
                              .lacks_greeting = found & FOUND_GREETING_LATE,
                              .has_losses = found & FOUND_LOSSES };
}

/* Visits a delivery for the first time. */
static void visit_first(visit_t *visit, bytes_t *bytes, uint32_t frame)
{
    trade_delivery_t *delivery = &visit->delivery;
    trade_flow_t *flow = delivery->flow;
    packet_info *pinfo = get_packet(frame, false);
    const unsigned found = take_byte(bytes);
    const uint32_t next = flow->is_begun ? flow->place.seq : first_seq;
    const uint32_t seq = next + (uint32_t)(int8_t)take_byte(bytes);
    const unsigned length = 1 + take_byte(bytes);
    const unsigned waiting = take_byte(bytes);

    delivery->seq = seq;
    delivery->fin_follows = found & FOUND_FIN;
    visit->length = length;
    trade_flow_begin(delivery, pinfo, length, first_seq + (uint32_t)(int8_t)take_byte(bytes));
    expect(delivery->already_shown <= length, "no more was shown than there is");
    expect(!delivery->is_revisit, "it is the first visit");
    if (found & FOUND_UNIT) {
        visit->unit = (trade_unit_t){ .kind = TRADE_UNIT_UNDISSECTED,
                                      .length = length,
                                      .needed = found & FOUND_WAIT ? TRADE_NEEDS_MORE : 0 };
        trade_flow_note_unit(delivery, pinfo, seq, &visit->unit);
    }
    if (!(found & FOUND_LOSSES))
        visit->gap = trade_flow_take_gap(delivery, pinfo, seq);
    const trade_outcome_t outcome = make_outcome(visit, found, waiting);
    trade_flow_end(delivery, pinfo, &outcome);
    check_flow(flow);
}

/* Visits it again: the same must be known of it, and nothing may change. */
static void visit_again(const visit_t *visit, uint32_t frame)
{
    const trade_delivery_t *first = &visit->delivery;
    packet_info *pinfo = get_packet(frame, true);
    const trade_flow_t before = *first->flow;
    trade_delivery_t delivery = {
        .tcp = first->tcp, .flow = first->flow, .peer = first->peer, .seq = first->seq
    };
    trade_unit_t unit = { .length = 0 };

    const trade_gap_t asked = trade_flow_take_gap(first, pinfo, first->seq);
    trade_flow_begin(&delivery, pinfo, visit->length, first_seq);
    const trade_gap_t gap = trade_flow_take_gap(&delivery, pinfo, first->seq);
    expect(delivery.is_revisit, "it is a later visit");
    expect(delivery.already_shown == first->already_shown, "as much was shown before it");
    expect(delivery.ends_hole == first->ends_hole, "it ends a hole as it did");
    expect(gap.bytes <= visit->gap.bytes, "no more is missing before it than was");
    expect(asked.bytes == gap.bytes, "whoever asks later is told the same");
    const bool is_noted = trade_flow_recall_unit(&delivery, pinfo, first->seq, &unit);
    expect(is_noted == (visit->unit.length > 0), "a unit is known if it was told");
    expect(!is_noted || (unit.length == visit->unit.length && unit.needed == visit->unit.needed),
           "it is the same");
    expect(memcmp(&before, first->flow, sizeof before) == 0, "a later visit changes nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static visit_t visits[DELIVERIES_MAX];
    static struct tcp_analysis tcp;
    trade_flow_t flows[2] = { { .is_begun = false } };
    bytes_t bytes = { data, size };
    uint32_t count = 0;

    if (!pool) {
        wmem_init();
        pool = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE); /* each piece on its own */
    }
    first_seq = take_byte(&bytes) - 128U;
    is_start_captured = take_byte(&bytes) & 1;
    for (; bytes.left >= 5 && count < DELIVERIES_MAX; count++) {
        visits[count] =
            (visit_t){ .delivery = { .tcp = &tcp, .flow = &flows[0], .peer = &flows[1] } };
        visit_first(&visits[count], &bytes, count + 1);
    }
    for (uint32_t i = 0; i < count; i++)
        visit_again(&visits[i], i + 1);
    wmem_free_all(pool);
    return 0;
}
