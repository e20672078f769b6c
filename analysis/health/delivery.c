/* delivery.c
 * Which bytes are in flight, retransmitted and acknowledged, or lost before the capture point. See
 * analysis/health/delivery.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/delivery.h"
#include "analysis/health/hosts.h"
#include "analysis/health/kernels.h"

/* Bytes captured again sooner than this are the same frame, captured twice. */
#define RESEND_MIN (TRADE_SECOND / 100)
/* A frame with the IP id of the one before comes again within this time if it was captured twice.
 */
#define COPY_MAX (3 * TRADE_SECOND)
/* A pause of a host that goes unnoticed is shorter than this: two sendings further apart are not in
 * the same. */
#define BESIDE_APART (5 * TRADE_SECOND)
/* A wait for an acknowledgement is remembered if it lasted at least this long. */
#define SENDING_MIN TRADE_SECOND

/* What repeats an acknowledgement so soon after bytes were sent answers them. */
#define REFUSED_MAX TRADE_SECOND
#define REFUSALS_MIN 3

/* Notes whether TCP's backoff explains how long after the last retransmission another one comes. */
static void watch_backoff(trade_sending_t *sending, trade_time_t when)
{
    const trade_time_t apart = when - sending->last;

    if (sending->apart == 0 || apart > trade_backoff_get_longest(sending->apart))
        sending->backoff = when;
    sending->apart = apart < TRADE_INTERVAL_MAX ? apart : TRADE_INTERVAL_MAX;
}

/* Notes whether the sending before a retransmission met a kernel that was alive, by other
 * connections: it would have acknowledged these bytes, or reset the connection. */
static void watch_beside(trade_sending_t *sending, const trade_side_t *peer, trade_time_t when)
{
    if (sending->last - sending->met < BESIDE_APART ||
        !trade_kernel_is_alive(peer, sending->last, when))
        return;
    sending->met = sending->last;
    sending->beside++;
}

/* Counts a retransmission, unless it is the same frame. Returns whether it is one. */
static bool count_resend(trade_sending_t *sending, const trade_side_t *peer,
                         const trade_segment_t *segment)
{
    if (segment->when - sending->last < RESEND_MIN ||
        (segment->ip_id != 0 && segment->ip_id == sending->ip_id &&
         segment->when - sending->last < COPY_MAX))
        return false;
    sending->alive +=
        trade_shows_alive(sending->times, sending->span.start, sending->last, sending->heard) &&
        !trade_host_may_pause(peer, sending->last, segment->when);
    watch_beside(sending, peer, segment->when);
    watch_backoff(sending, segment->when);
    sending->times++;
    sending->last = segment->when;
    sending->last_frame = segment->frame;
    sending->ip_id = segment->ip_id;
    return true;
}

/* Notes that Pings which wait are retransmitted. */
static void count_pings_again(trade_side_t *side, const trade_side_t *peer,
                              const trade_segment_t *segment, trade_seen_t *seen)
{
    for (unsigned i = 0; i < side->waiting_count; i++) {
        trade_ping_t *ping = &side->waiting[i];
        if (ping->acked_frame != 0 || ping->seq - segment->seq >= segment->length ||
            segment->when - ping->last < RESEND_MIN)
            continue;
        ping->alive += trade_shows_alive(ping->times, ping->sent, ping->last, peer->heard) &&
                       !trade_host_may_pause(peer, ping->last, segment->when);
        ping->times++;
        ping->last = segment->when;
        if (ping->times < TRADE_UNDELIVERED_MIN || seen->ping_frame > 0)
            continue;
        seen->ping_frame = ping->frame;
        seen->ping_times = ping->times;
    }
}

/* Notes bytes that are sent for the first time. */
static void begin_sending(trade_sending_t *sending, const trade_side_t *peer,
                          const trade_segment_t *segment)
{
    *sending = (trade_sending_t){ .span = { segment->when, 0 },
                                  .last = segment->when,
                                  .heard = peer->heard,
                                  .seq = segment->seq,
                                  .end = segment->seq + segment->length,
                                  .frame = segment->frame,
                                  .last_frame = segment->frame,
                                  .ip_id = segment->ip_id,
                                  .times = 1 };
}

void trade_evidence_watch_sending(trade_side_t *side, const trade_side_t *peer,
                                  const trade_segment_t *segment, trade_seen_t *seen)
{
    if (!side->is_acked || segment->length == 0 ||
        (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST)) || peer->zero_since != 0 ||
        !trade_is_after(segment->seq + segment->length, side->unacked))
        return;
    count_pings_again(side, peer, segment, seen);
    if (side->newest.times == 0 || !trade_is_after(side->newest.end, segment->seq))
        begin_sending(&side->newest, peer, segment);
    else if (segment->seq == side->newest.seq && count_resend(&side->newest, peer, segment))
        side->again = (trade_repeat_t){ side->newest.seq, side->newest.end, side->newest.span.start,
                                        segment->when };
    if (trade_is_after(segment->seq, side->unacked))
        return;
    if (side->oldest.times == 0)
        begin_sending(&side->oldest, peer, segment);
    else
        count_resend(&side->oldest, peer, segment);
}

/* Keeps a wait for an acknowledgement that is over. */
static void keep_sending(const trade_evidence_t *evidence, trade_side_t *side,
                         const trade_sending_t *sending)
{
    const trade_time_t length = sending->span.end - sending->span.start;

    if (length < SENDING_MIN)
        return;
    if (!side->sendings)
        side->sendings =
            (trade_sending_t *)evidence->allocate(TRADE_SENDINGS_MAX * sizeof *side->sendings);
    side->sendings[side->sending_count++ % TRADE_SENDINGS_MAX] = *sending;
}

/* Notes that Pings were acknowledged. */
static void acknowledge_pings(trade_side_t *side, const trade_segment_t *segment)
{
    for (unsigned i = 0; i < side->waiting_count; i++) {
        trade_ping_t *ping = &side->waiting[i];
        if (ping->acked_frame != 0 || !trade_is_after(segment->ack, ping->seq))
            continue;
        ping->acked_frame = segment->frame;
        ping->acked = segment->when;
    }
}

/* Notes what of a side's bytes a segment of the other acknowledges. */
static void watch_ack(const trade_evidence_t *evidence, trade_side_t *side,
                      const trade_segment_t *segment)
{
    const bool is_newest = side->newest.times > 0 && trade_is_after(segment->ack, side->newest.seq);
    trade_sending_t *over = &side->oldest;

    if (side->is_acked && !trade_is_after(segment->ack, side->unacked))
        return;
    if (is_newest && side->newest.times > over->times)
        over = &side->newest;
    if (over->times > 0) {
        over->span.end = segment->when;
        over->acked_frame = segment->frame;
        keep_sending(evidence, side, over);
    }
    if (!side->is_acked)
        side->acked_first = segment->ack;
    side->is_acked = true;
    if (trade_is_after(segment->ack, side->resent_seq)) {
        if (side->resents > 1)
            side->resent_until = segment->when;
        side->resents = 0;
    }
    side->unacked = segment->ack;
    side->acks[side->ack_count % TRADE_ACKS_MAX].when = segment->when;
    side->acks[side->ack_count++ % TRADE_ACKS_MAX].ack = segment->ack;
    acknowledge_pings(side, segment);
    /* Of bytes between, it is not known when they were first sent. */
    side->oldest.times = 0;
    if (is_newest)
        side->newest.times = 0;
    else if (side->newest.times > 0 && side->newest.seq == segment->ack)
        side->oldest = side->newest;
}

/* Notes that the other side was heard, though it did not acknowledge these bytes. */
static void hear(trade_sending_t *sending, trade_time_t when)
{
    if (when - sending->heard > trade_span_get_length(&sending->silence))
        sending->silence = (trade_span_t){ sending->heard, when };
    sending->heard = when;
}

/* Notes that a segment repeats an acknowledgement. It answers the bytes that the other side sent
 * just before, and nothing since: had they been lost, nothing would. What was sent after them is
 * acknowledged selectively. */
static void note_refusal(trade_sending_t *sending, const trade_side_t *sender,
                         const trade_segment_t *segment)
{
    if (segment->has_sack || sending->times == 0 || sending->seq != segment->ack ||
        sender->last.when != sending->last || sender->last.seq != sending->seq ||
        sending->refused == sending->last || segment->when - sending->last > REFUSED_MAX)
        return;
    sending->refused = sending->last;
    sending->refusals++;
}

bool trade_sending_is_refused(const trade_sending_t *sending)
{
    return sending->refusals >= REFUSALS_MIN && sending->refusals * 2 > sending->times;
}

void trade_evidence_watch_delivery(const trade_evidence_t *evidence, trade_side_t *side,
                                   trade_side_t *peer, const trade_segment_t *segment)
{
    /* An RST need not be from who it seems to be from. */
    if (segment->flags & TRADE_TCP_RST)
        return;
    if (segment->has_sack)
        side->sacks++;
    if (segment->flags & TRADE_TCP_ACK) {
        if (segment->length == 0 && peer->is_acked && segment->ack == peer->unacked &&
            segment->window == side->last.window && peer->oldest.times > 0 &&
            !(segment->flags & TRADE_TCP_FIN)) {
            side->duplicate_acks++;
            if (segment->seq == side->next) {
                note_refusal(&peer->oldest, peer, segment);
                note_refusal(&peer->newest, peer, segment);
            }
        }
        watch_ack(evidence, peer, segment);
    }
    if (evidence->is_reset)
        return;
    hear(&peer->oldest, segment->when);
    hear(&peer->newest, segment->when);
}

/* ---- Lost before the capture point ---- */

/* Returns whether the first bytes of a side that are not acknowledged were not captured, though
 * what follows them was. */
static bool has_hole(const trade_side_t *side)
{
    return side->is_acked && side->holes &&
           trade_holes_find(side->holes, side->unacked, side->unacked + 1);
}

/* Returns whether the host of a side was silent for half of a time or more, and for longer than its
 * Pings allow: then it may have paused when bytes came to it that the capture lacks. In a shorter
 * pause, they would come again after it, at the distances of TCP's backoff. */
static bool may_be_gone(const trade_side_t *side, const trade_span_t *span)
{
    const trade_time_t silent = trade_host_get_silence(side->host, span);

    return side->rhythm.own > 0 && silent > side->rhythm.own * 3 / 2 &&
           trade_is_half(silent, trade_span_get_length(span));
}

/* Notes that a side goes on behind bytes that never came here. */
static void go_on_behind(trade_side_t *side, const trade_side_t *peer,
                         const trade_segment_t *segment)
{
    trade_unseen_t *unseen = &side->unseen;
    const trade_span_t sent = { side->heard, segment->when };

    if (!has_hole(side)) {
        unseen->frame = 0;
        return;
    }
    if (!trade_is_after(segment->seq, side->unacked))
        return;
    if (unseen->frame == 0 || unseen->seq != side->unacked)
        *unseen = (trade_unseen_t){ .seq = side->unacked,
                                    .frame = segment->frame,
                                    .since = segment->when,
                                    .is_for_nobody = may_be_gone(peer, &sent) };
    unseen->is_behind = true;
}

/* Notes that the other side still waits for these bytes. */
static void wait_for(trade_side_t *side, const trade_segment_t *segment)
{
    trade_unseen_t *unseen = &side->unseen;

    if (unseen->frame == 0 || !(segment->flags & TRADE_TCP_ACK))
        return;
    if (trade_is_after(segment->ack, unseen->seq)) {
        unseen->frame = 0;
        return;
    }
    if (!unseen->is_behind || unseen->is_for_nobody || segment->ack != unseen->seq ||
        segment->when - unseen->since < TRADE_ALIVE_AFTER)
        return;
    unseen->is_behind = false;
    unseen->times++;
    unseen->last_frame = segment->frame;
    unseen->last = segment->when;
}

void trade_evidence_watch_unseen(trade_side_t *side, trade_side_t *peer,
                                 const trade_segment_t *segment)
{
    if (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST))
        return;
    if (side->holes || side->unseen.frame != 0)
        go_on_behind(side, peer, segment);
    wait_for(peer, segment);
}
