/* bytes.c
 * Which bytes of a side are missing, and which times contradict each other. See
 * analysis/health/bytes.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/bytes.h"

/* Identical frames are at most this far apart if IP ids do not tell. */
#define DUPLICATE_MAX (TRADE_SECOND / 1000)
/* Neither side was seen: kept if it lasted at least this long. */
#define QUIET_MIN (2 * TRADE_SECOND)

/* ---- Bytes ---- */

uint64_t trade_evidence_get_missing(const trade_side_t *side)
{
    /* One that is only acknowledged may be a FIN. */
    return side->missing + (side->ahead > 1 ? side->ahead : 0);
}

uint64_t trade_evidence_get_uncertain(const trade_side_t *side)
{
    return trade_evidence_get_missing(side) + side->cuts + side->losses + side->unrelated;
}

bool trade_evidence_is_unseen(const trade_side_t *side)
{
    return side->first_frame == 0 || side->ahead > 1 || side->is_halted || side->unrelated > 0;
}

/* Notes that a segment is far from what was seen of a side, whose acknowledgements tell nothing. */
static void forget_acks(trade_side_t *side)
{
    side->unrelated++;
    side->is_acked = false;
    side->ack_count = 0;
}

/* Begins anew with a side that goes on far from what was seen of it: the end of the connection, and
 * the SYN of the next of these ends, were not captured. */
static void begin_anew(trade_side_t *side, uint32_t start)
{
    forget_acks(side);
    side->next = start;
    side->ahead = 0;
    if (side->holes)
        side->holes->count = 0;
    side->oldest.times = side->newest.times = 0;
}

/* Counts the bytes of a segment, and those missing before it. Returns whether any were new; sets
 * *is_late if it filled a hole. */
static bool count_bytes(const trade_evidence_t *evidence, trade_side_t *side,
                        const trade_segment_t *segment, bool *is_late)
{
    const uint32_t start = segment->seq + ((segment->flags & TRADE_TCP_SYN) ? 1 : 0);
    const uint32_t end = start + segment->length + ((segment->flags & TRADE_TCP_FIN) ? 1 : 0);

    if (!side->is_counted) {
        side->is_counted = true;
        side->next = start;
    }
    if (trade_is_far(start, side->next))
        begin_anew(side, start);
    if (trade_is_after(start, side->next)) {
        side->missing += start - side->next;
        if (!side->holes)
            side->holes = (trade_holes_t *)evidence->allocate(sizeof *side->holes);
        trade_holes_add(side->holes, side->next, start);
    } else if (side->holes) {
        const uint32_t filled = trade_holes_fill(side->holes, start, end);
        side->missing -= filled;
        *is_late = filled > 0;
    }
    if (!trade_is_after(end, side->next))
        return *is_late;
    const uint32_t more = end - side->next;
    side->ahead = side->ahead > more ? side->ahead - more : 0;
    side->next = end;
    return true;
}

/* Notes how many bytes that were not seen the other side says it has. */
static void count_ahead(trade_side_t *side, uint32_t ack)
{
    if (side->is_acked && trade_is_far(ack, side->unacked))
        forget_acks(side);
    if (!side->is_counted) {
        side->is_counted = true;
        side->next = ack;
    }
    if (trade_is_after(ack, side->next) && ack - side->next < TRADE_DISTANCE_MAX)
        side->ahead = ack - side->next;
}

/* Lowers how many bytes of a side were uncertain at the fewest: some came after all. */
static void lower_uncertain(trade_side_t *side, trade_side_t *asking)
{
    const uint64_t uncertain = trade_evidence_get_uncertain(side);

    if (side->uncertain_at_ping > uncertain)
        side->uncertain_at_ping = uncertain;
    for (unsigned i = 0; i < asking->waiting_count; i++) {
        if (asking->waiting[i].uncertain > uncertain)
            asking->waiting[i].uncertain = uncertain;
    }
}

void trade_evidence_set_uncertain(trade_evidence_t *evidence, unsigned side, uint32_t losses,
                                  bool is_halted)
{
    trade_side_t *sender = &evidence->sides[side];

    sender->is_halted = is_halted;
    if (sender->losses == losses)
        return;
    sender->losses = losses;
    lower_uncertain(sender, &evidence->sides[!side]);
}

/* ---- Times that contradict each other ---- */

/* Notes two frames whose times contradict each other by an amount. */
static void note_skew(trade_skew_t *skew, trade_time_t amount, uint32_t frame, uint32_t other)
{
    if (skew->frame == 0) {
        skew->frame = frame;
        skew->other_frame = other;
    }
    skew->amount = trade_get_later(skew->amount, amount);
}

/* Notes that a segment contradicts an acknowledgement of a side's bytes up to end, if one was
 * captured long before it. */
static void note_contradiction(trade_evidence_t *evidence, const trade_side_t *side, uint32_t end,
                               const trade_segment_t *segment)
{
    const unsigned kept = side->ack_count < TRADE_ACKS_MAX ? side->ack_count : TRADE_ACKS_MAX;
    trade_time_t acked = segment->when;

    /* cppcheck-suppress knownConditionTrueFalse; it does not see that the count is set elsewhere */
    for (unsigned i = 0; i < kept; i++) {
        if (!trade_is_after(end, side->acks[i].ack) && side->acks[i].when < acked)
            acked = side->acks[i].when;
    }
    if (segment->when - acked < evidence->skew_min)
        return;
    evidence->skew.count++;
    note_skew(&evidence->skew, segment->when - acked, segment->frame, 0);
}

/* Notes that bytes came long after they were acknowledged. */
static void watch_early_ack(trade_evidence_t *evidence, const trade_side_t *side,
                            const trade_segment_t *segment)
{
    const uint32_t end = segment->seq + segment->length;

    if (segment->length > 0 && side->is_acked && !trade_is_after(end, side->unacked))
        note_contradiction(evidence, side, end, segment);
}

/* Notes that a segment acknowledges less than its side did long before: it is a copy. */
static void watch_old_ack(trade_evidence_t *evidence, const trade_side_t *peer,
                          const trade_segment_t *segment)
{
    /* One byte is a keepalive, or a probe: there are such with any acknowledgement. */
    if ((segment->flags & TRADE_TCP_ACK) && !(segment->flags & TRADE_TCP_RST) && peer->is_acked &&
        trade_is_after(peer->unacked, segment->ack) && segment->length != 1)
        note_contradiction(evidence, peer, segment->ack + 1, segment);
}

void trade_evidence_watch_time(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const trade_time_t passed = segment->when - evidence->now;

    if (evidence->first_frame == 0) {
        evidence->first = segment->when;
        evidence->first_frame = segment->frame;
    } else if (passed >= QUIET_MIN) {
        evidence->quiets[evidence->quiet_count++ % TRADE_QUIETS_MAX] =
            (trade_span_t){ evidence->now, segment->when };
    } else if (passed <= -evidence->skew_min) {
        evidence->skew.backwards++;
        note_skew(&evidence->skew, -passed, segment->frame, evidence->now_frame);
    }
    if (trade_time_is_beyond(segment->when)) {
        evidence->skew.beyond++;
        note_skew(&evidence->skew, 0, segment->frame, 0);
    }
    evidence->now = segment->when;
    evidence->now_frame = segment->frame;
}

trade_time_t trade_evidence_get_quiet(const trade_evidence_t *evidence, const trade_span_t *span)
{
    trade_time_t longest = span->end - evidence->now;

    for (unsigned i = 0; i < evidence->quiet_count && i < TRADE_QUIETS_MAX; i++) {
        const trade_span_t *quiet = &evidence->quiets[i];
        if (quiet->start >= span->start && quiet->end <= span->end)
            longest = trade_get_later(longest, quiet->end - quiet->start);
    }
    return longest;
}

trade_span_t trade_evidence_get_longest_quiet(const trade_evidence_t *evidence)
{
    trade_span_t longest = { 0, 0 };

    for (unsigned i = 0; i < evidence->quiet_count && i < TRADE_QUIETS_MAX; i++) {
        if (trade_span_get_length(&evidence->quiets[i]) > trade_span_get_length(&longest))
            longest = evidence->quiets[i];
    }
    return longest;
}

/* Returns the Ping of a side that a segment holds the first byte of, or NULL. */
static trade_ping_t *find_ping(trade_side_t *side, const trade_segment_t *segment)
{
    for (unsigned i = 0; i < side->waiting_count; i++) {
        const uint32_t offset = side->waiting[i].seq - segment->seq;
        if (offset < segment->length)
            return &side->waiting[i];
    }
    return NULL;
}

/* Returns whether a segment is a frame that was captured before: by its IP id if its side's
 * count up, or else because it follows at once. */
static bool is_duplicate(const trade_side_t *side, const trade_segment_t *segment,
                         trade_time_t *apart)
{
    *apart = segment->when - side->last.when;
    if (segment->seq != side->last.seq || side->first_frame == 0 ||
        segment->ack != side->last.ack || segment->window != side->last.window ||
        segment->length != side->last.length)
        return false;
    if (segment->ip_id != 0 || side->last.ip_id != 0)
        return segment->ip_id == side->last.ip_id &&
               (side->ip_ids >= TRADE_USUAL_MIN || *apart < DUPLICATE_MAX);
    return segment->length > 0 && *apart < DUPLICATE_MAX;
}

bool trade_evidence_watch_duplicate(trade_evidence_t *evidence, trade_side_t *side,
                                    const trade_segment_t *segment)
{
    const trade_ping_t *ping = NULL;
    uint32_t former = side->heard_frame;
    trade_time_t apart = 0;
    bool is_same = is_duplicate(side, segment, &apart);

    if (!is_same && segment->ip_id != 0 && side->ip_ids >= TRADE_USUAL_MIN &&
        (ping = find_ping(side, segment)) && ping->ip_id == segment->ip_id) {
        is_same = true;
        former = ping->frame;
        apart = segment->when - ping->sent;
    }
    if (!is_same)
        return false;
    if (apart >= evidence->skew_min) {
        evidence->skew.duplicates++;
        note_skew(&evidence->skew, apart, segment->frame, former);
    }
    return true;
}

/* ---- A segment ---- */

void trade_evidence_watch_bytes(trade_evidence_t *evidence, trade_side_t *side, trade_side_t *peer,
                                const trade_segment_t *segment)
{
    bool is_late = false;

    side->is_old = !count_bytes(evidence, side, segment, &is_late);
    if (!side->is_old)
        watch_early_ack(evidence, side, segment);
    if (is_late)
        side->late = (trade_repeat_t){ segment->seq, segment->seq + segment->length,
                                       side->last.when, segment->when };
    if (segment->is_cut && segment->length > 0)
        side->cuts++;
    if (segment->flags & TRADE_TCP_ACK)
        count_ahead(peer, segment->ack);
    watch_old_ack(evidence, peer, segment);
    if (is_late)
        lower_uncertain(side, peer);
}
