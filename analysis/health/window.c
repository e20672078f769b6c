/* window.c
 * Zero and full windows, and whether a side had anything to send. See analysis/health/window.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "analysis/health/window.h"

/* The shortest Ping: it does not leave while a window has room for less. */
#define PING_LENGTH 10
/* TCP fills its segments from what waits: behind a shorter one, nothing does. */
#define SHORT_SEGMENT 536
/* A window that closes again within this time is one that flaps. */
#define FLAP_MAX (3 * TRADE_SECOND)
/* One zero-window probe may be in flight; from this many on, the host may be gone. */
#define GONE_PROBES_MIN 2

int trade_side_get_scale(const trade_side_t *side, const trade_side_t *peer)
{
    return side->scale == TRADE_SCALE_NONE || peer->scale == TRADE_SCALE_NONE ? 0 : side->scale;
}

/* Returns the place for a new block: if there is none, the two oldest are merged. */
static trade_block_t *get_new_block(const trade_evidence_t *evidence, trade_side_t *reader)
{
    if (!reader->blocks)
        reader->blocks =
            (trade_block_t *)evidence->allocate(TRADE_BLOCKS_MAX * sizeof *reader->blocks);
    trade_block_t *blocks = reader->blocks;
    if (reader->block_count < TRADE_BLOCKS_MAX)
        return &blocks[reader->block_count++];
    blocks[1].span.start = blocks[0].span.start;
    blocks[1].sum += blocks[0].sum;
    blocks[1].frame = blocks[0].frame;
    blocks[1].heard += blocks[0].heard;
    blocks[1].times += blocks[0].times;
    blocks[1].is_zero |= blocks[0].is_zero;
    blocks[1].is_small |= blocks[0].is_small;
    memmove(&blocks[0], &blocks[1], (TRADE_BLOCKS_MAX - 1) * sizeof blocks[0]);
    return &blocks[TRADE_BLOCKS_MAX - 1];
}

/* Notes that a side's window lets no Ping through from now on. */
static void begin_block(const trade_evidence_t *evidence, trade_side_t *reader,
                        const trade_segment_t *segment)
{
    trade_block_t *last = reader->block_count > 0 ? &reader->blocks[reader->block_count - 1] : NULL;

    reader->is_blocked = true;
    if (!last || segment->when - last->span.end > FLAP_MAX) {
        last = get_new_block(evidence, reader);
        *last =
            (trade_block_t){ .span = { segment->when, segment->when }, .frame = segment->frame };
    }
    last->times++;
    last->probes = 0;
    last->shown = segment->when;
    last->window = reader->window;
    last->is_zero |= reader->window == 0;
    last->is_small |= reader->window == 0;
    /* What lasts is not in the sum yet: it is counted from here. */
    last->sum -= segment->when;
}

/* Notes that it does again. */
static void end_block(trade_side_t *reader, const trade_segment_t *segment)
{
    trade_block_t *last = &reader->blocks[reader->block_count - 1];

    reader->is_blocked = false;
    last->span.end = segment->when;
    last->sum += segment->when;
    last->probes = 0;
}

/* Counts how long the window of a segment's sender was zero. */
static void watch_zero(trade_side_t *reader, const trade_segment_t *segment)
{
    if ((reader->window == 0) == (reader->zero_since != 0))
        return;
    if (reader->window == 0) {
        reader->zero_since = segment->when;
        if (reader->zero_first == 0)
            reader->zero_first = segment->when;
        return;
    }
    reader->zero_total += segment->when - reader->zero_since;
    reader->zero_since = 0;
}

/* Returns how many bytes of a side are in flight. Bytes before them that were not captured may be
 * lost: then its window is not full, however far these reach. */
static uint32_t get_under_way(const trade_side_t *side)
{
    return side->holes && trade_holes_find(side->holes, side->unacked, side->next)
               ? 0
               : side->next - side->unacked;
}

void trade_evidence_watch_window(const trade_evidence_t *evidence, trade_side_t *reader,
                                 const trade_side_t *sender, const trade_segment_t *segment)
{
    const int scale = trade_side_get_scale(reader, sender);
    bool is_blocked = segment->window == 0;

    if (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_FIN | TRADE_TCP_RST))
        return;
    reader->window = scale > 0 ? segment->window << scale : segment->window;
    watch_zero(reader, segment);
    if (!is_blocked && scale >= 0 && sender->is_counted && sender->is_acked) {
        const uint32_t under_way = get_under_way(sender);
        is_blocked = under_way < TRADE_DISTANCE_MAX && reader->window < under_way + PING_LENGTH;
    }
    if (is_blocked && reader->is_blocked) {
        trade_block_t *last = &reader->blocks[reader->block_count - 1];
        last->heard++;
        last->probes = 0;
        last->shown = segment->when;
        last->is_small |= reader->window < PING_LENGTH && scale >= 0;
    } else if (is_blocked) {
        begin_block(evidence, reader, segment);
    } else if (reader->is_blocked) {
        end_block(reader, segment);
    }
}

void trade_evidence_watch_probe(const trade_side_t *side, trade_side_t *reader,
                                const trade_segment_t *segment)
{
    if (!reader->is_blocked || !side->is_acked || trade_is_after(segment->seq, side->unacked) ||
        (segment->length == 0 && segment->seq == side->unacked))
        return;
    trade_block_t *last = &reader->blocks[reader->block_count - 1];
    last->probes++;
    last->probed = segment->when;
    last->probe_frame = segment->frame;
}

/* ---- In the time of a case ---- */

/* Returns a block as it stands at a time: the last one may last. */
static trade_block_t get_block(const trade_side_t *reader, unsigned number, trade_time_t now)
{
    trade_block_t block = reader->blocks[number];

    if (reader->is_blocked && number + 1 == reader->block_count) {
        block.span.end = now;
        block.sum += now;
    }
    return block;
}

trade_time_t trade_blocks_sum(const trade_side_t *reader, const trade_span_t *due,
                              trade_block_t *longest)
{
    trade_time_t sum = 0, most = 0;

    for (unsigned i = 0; i < reader->block_count; i++) {
        const trade_block_t block = get_block(reader, i, due->end);
        trade_time_t overlap = trade_span_get_overlap(&block.span, due);
        if (overlap > block.sum)
            overlap = block.sum;
        sum += overlap;
        if (overlap <= most)
            continue;
        most = overlap;
        *longest = block;
    }
    return sum;
}

bool trade_block_may_be_gone(const trade_block_t *block, const trade_span_t *due)
{
    const trade_span_t shown = { block->span.start, block->shown };

    return block->shown <= block->span.start ||
           (block->probes >= GONE_PROBES_MIN &&
            !trade_is_half(trade_span_get_overlap(&shown, due), trade_span_get_length(due)));
}

/* ---- Whether a side has anything to send ---- */

/* Notes that a side, which acknowledges what it was asked, had nothing to send, or little. */
static void note_idle(trade_side_t *side, const trade_side_t *peer, const trade_segment_t *segment)
{
    if (segment->seq == peer->asked_ack && segment->length < SHORT_SEGMENT) {
        side->idle = peer->asked;
        /* Of bytes retransmitted, it does not know that they were acknowledged. */
        side->idle_next = segment->length == 0 || segment->seq == side->next
                              ? segment->seq + segment->length
                              : segment->seq - 1;
    }
}

void trade_evidence_watch_idle(trade_side_t *side, trade_side_t *peer,
                               const trade_segment_t *segment)
{
    side->idle_before = side->idle;
    if (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST))
        return;
    if (peer->asked != 0 && trade_is_after(segment->ack, peer->asked_seq)) {
        note_idle(side, peer, segment);
        peer->asked = 0;
    }
    if (segment->window > side->window_max)
        side->window_max = segment->window;
    if (segment->window * 2 < side->window_max) {
        side->asked = side->offers = 0;
        return;
    }
    if (!peer->is_counted || segment->ack != peer->next)
        return;
    side->offered = segment->when;
    if (side->offers == 0)
        side->offers = segment->when;
    if (segment->length == 0 || side->asked != 0 || trade_is_after(side->next, segment->seq))
        return;
    side->asked = segment->when;
    side->asked_seq = segment->seq;
    side->asked_ack = segment->ack;
}
