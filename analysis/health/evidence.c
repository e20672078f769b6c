/* evidence.c
 * What TCP and the keepalive show of one connection. See analysis/health/evidence.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "analysis/health/delivery.h"
#include "analysis/health/evidence.h"
#include "analysis/health/hosts.h"
#include "analysis/health/kernels.h"
#include "analysis/health/lags.h"
#include "analysis/health/sent.h"
#include "analysis/health/siblings.h"
#include "analysis/health/window.h"

/* Times that contradict each other by this part of an interval do not come from how the capture
 * was made, but from clocks; unless that is little. */
enum { SKEW_PART = 10 };
#define SKEW_LEAST (TRADE_SECOND / 2)

void trade_evidence_init(trade_evidence_t *evidence, trade_allocate_t allocate, trade_time_t usual)
{
    memset(evidence, 0, sizeof *evidence);
    evidence->allocate = allocate;
    evidence->skew_min = trade_get_later(usual / SKEW_PART, SKEW_LEAST);
    evidence->sides[0].scale = evidence->sides[1].scale = TRADE_SCALE_UNKNOWN;
    evidence->sides[0].overdue = evidence->sides[1].overdue = TRADE_NEVER;
}

/* ---- A segment ---- */

/* Returns whether a segment belongs to what was seen of its side: an RST need not. */
static bool is_plausible(const trade_evidence_t *evidence, const trade_side_t *side,
                         const trade_segment_t *segment)
{
    return !(segment->flags & TRADE_TCP_RST) ||
           (side->is_counted && !trade_is_far(segment->seq, side->next) &&
            !evidence->reset.is_outside);
}

/* Notes what a side had received when it sent data. */
static void watch_data_ack(trade_side_t *side, const trade_segment_t *segment)
{
    if (segment->length == 0 || !(segment->flags & TRADE_TCP_ACK) ||
        (side->has_data_ack && !trade_is_after(segment->ack, side->data_ack)))
        return;
    side->has_data_ack = true;
    side->data_ack = segment->ack;
}

trade_seen_t trade_evidence_add(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    trade_side_t *const sides = evidence->sides;
    /* With an index, the compiler would multiply for each access: 70 instructions. */
    trade_side_t *const side = segment->side == 0 ? &sides[0] : &sides[1];
    trade_side_t *const peer = segment->side == 0 ? &sides[1] : &sides[0];
    const bool is_again = trade_evidence_watch_duplicate(evidence, side, segment);
    trade_seen_t seen = { .ping_frame = 0 };

    trade_evidence_watch_time(evidence, segment);
    if (is_again)
        return seen;
    trade_evidence_watch_handshake(evidence, segment);
    trade_evidence_watch_lag(evidence, side, peer, segment);
    trade_evidence_watch_sent(side, peer, segment);
    trade_kernel_watch(side, peer, segment);
    trade_evidence_watch_idle(side, peer, segment);
    seen.is_end = trade_evidence_watch_end(evidence, segment);
    if (is_plausible(evidence, side, segment))
        trade_evidence_watch_bytes(evidence, side, peer, segment);
    trade_evidence_watch_probe(side, peer, segment);
    const uint32_t unacked = peer->unacked;
    const bool was_acked = peer->is_acked;
    trade_evidence_watch_delivery(evidence, side, peer, segment);
    /* Of what was not captured, it is not known whether it was data, nor when it was sent. */
    /* cppcheck-suppress knownConditionTrueFalse; it does not see that it is set elsewhere */
    const bool is_well = was_acked && peer->unacked != unacked && peer->ahead == 0;
    trade_siblings_watch(evidence, segment, is_well);
    trade_evidence_watch_window(evidence, side, peer, segment);
    trade_evidence_watch_sending(side, peer, segment, &seen);
    trade_evidence_watch_unseen(side, peer, segment);
    trade_evidence_watch_frame(side, segment);
    watch_data_ack(side, segment);
    if (seen.is_end)
        trade_siblings_keep(evidence);
    return seen;
}

/* ---- Pings and Pongs ---- */

/* Takes a Ping off those that wait. */
static void remove_ping(trade_side_t *side, unsigned number)
{
    side->waiting_count--;
    memmove(&side->waiting[number], &side->waiting[number + 1],
            (side->waiting_count - number) * sizeof side->waiting[0]);
}

/* Makes room for a Ping. Returns whether one was forgotten. */
static bool forget_oldest(trade_evidence_t *evidence, unsigned asking, trade_ping_t *forgotten)
{
    trade_side_t *side = &evidence->sides[asking];

    if (side->waiting_count < TRADE_PINGS_MAX)
        return false;
    *forgotten = side->waiting[0];
    if (forgotten->uncertain < trade_evidence_get_uncertain(&evidence->sides[!asking]))
        side->lost++;
    remove_ping(side, 0);
    return true;
}

bool trade_evidence_add_ping(trade_evidence_t *evidence, const trade_ping_event_t *event,
                             trade_ping_t *forgotten)
{
    trade_side_t *side = &evidence->sides[event->side];
    const trade_side_t *peer = &evidence->sides[!event->side];
    bool is_forgotten = false;

    side->pings++;
    side->last_ping = evidence->now;
    side->last_ping_frame = evidence->now_frame;
    side->last_ping_pdu = event->frame;
    side->last_answered = 0;
    side->uncertain_at_ping = trade_evidence_get_uncertain(side);
    if (side->oldest.frame == evidence->now_frame)
        side->oldest.is_ping = true;
    if (side->newest.frame == evidence->now_frame)
        side->newest.is_ping = true;
    if (event->is_answered) {
        side->answered++;
        return false;
    }
    /* It was acknowledged before the capture began: it may have been answered then, too. */
    if (side->is_acked && trade_is_after(side->acked_first, event->seq)) {
        side->lost++;
        return false;
    }
    /* It was sent before the other side's FIN came: that side closed, and need not answer. */
    if (peer->closed != 0 && trade_is_after(peer->next, peer->unacked)) {
        side->lost++;
        return false;
    }
    is_forgotten = forget_oldest(evidence, event->side, forgotten);
    trade_ping_t *ping = &side->waiting[side->waiting_count++];
    *ping = (trade_ping_t){ .sent = evidence->now,
                            .last = evidence->now,
                            .uncertain = trade_evidence_get_uncertain(peer),
                            .frame = evidence->now_frame,
                            .pdu_frame = event->frame,
                            .seq = event->seq,
                            .times = 1,
                            .ip_id = side->last.ip_id,
                            .is_after_fin = peer->closed != 0 };
    if (side->is_acked && trade_is_after(side->unacked, event->seq)) {
        ping->acked_frame = evidence->now_frame;
        ping->acked = evidence->now;
        ping->is_after_data = peer->has_data_ack && trade_is_after(peer->data_ack, event->seq);
    }
    return is_forgotten;
}

bool trade_evidence_add_pong(trade_evidence_t *evidence, unsigned asking, uint32_t ping_frame,
                             trade_ping_t *ping)
{
    trade_side_t *side = &evidence->sides[asking];

    /* What comes after a reset answers nothing. */
    if (evidence->is_reset && evidence->now > evidence->reset.when)
        return false;
    if (ping_frame == side->last_ping_pdu)
        side->last_answered = evidence->now;
    for (unsigned i = 0; i < side->waiting_count; i++) {
        if (side->waiting[i].pdu_frame != ping_frame)
            continue;
        *ping = side->waiting[i];
        remove_ping(side, i);
        side->answered++;
        return true;
    }
    /* One that was forgotten, unless it never counted: its bytes had come before. */
    if (side->answered + side->waiting_count < side->pings)
        side->answered++;
    return false;
}

void trade_evidence_take_newest(trade_evidence_t *evidence, unsigned asking)
{
    trade_side_t *side = &evidence->sides[asking];

    if (side->waiting_count == 0)
        return;
    side->waiting_count--;
    side->answered++;
}

uint32_t trade_evidence_count_unanswered(const trade_evidence_t *evidence, unsigned side,
                                         trade_time_t now, trade_time_t interval)
{
    const trade_side_t *asking = &evidence->sides[side];
    const uint64_t uncertain = trade_evidence_get_uncertain(&evidence->sides[!side]);
    uint32_t other = asking->answered + asking->lost;

    if (trade_evidence_is_unseen(&evidence->sides[!side]))
        return 0;
    for (unsigned i = 0; i < asking->waiting_count; i++)
        other +=
            asking->waiting[i].uncertain < uncertain || now - asking->waiting[i].sent < interval;
    return asking->pings > other ? asking->pings - other : 0;
}
