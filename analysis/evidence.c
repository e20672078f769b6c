/* evidence.c
 * What TCP and the keepalive show of one connection. See analysis/evidence.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "analysis/evidence.h"

/* A sequence number this far from what was seen of a side belongs to another connection. */
#define DISTANCE_MAX (1U << 24)
/* Bytes captured again sooner than this are the same frame, captured twice; identical frames
 * are at most this far apart. */
#define RESEND_MIN (TRADE_SECOND / 100)
#define DUPLICATE_MAX (TRADE_SECOND / 1000)
/* Times of a capture that contradict each other by less come from how it was made, not from
 * clocks. */
#define SKEW_MIN (3 * TRADE_SECOND)
/* Who is heard sooner after bytes may have sent that before it could have them; and clocks that
 * differ by less go unnoticed. */
#define ALIVE_AFTER (3 * TRADE_SECOND)
/* A wait for an acknowledgement is remembered if it lasted at least this long. */
#define SENDING_MIN TRADE_SECOND
/* A side goes on after an RST if it sends more at least this much later: what comes sooner was
 * under way. */
#define GOES_ON_MIN (TRADE_SECOND / 5)
/* Bytes that a side may go on with after an RST, some of them not captured, whatever the window. */
#define ROOM_MIN 65536U
/* This many segments show what is usual of a side. */
#define USUAL_MIN 4
#define ID_STEP_MAX 256
#define ID_FOREIGN_MIN 4096
/* Hosts begin with one of these TTLs. */
static const uint8_t initial_ttls[] = { 32, 64, 128, 255 };
/* The shortest Ping: it does not leave while a window has room for less. */
#define PING_LENGTH 10
/* TCP fills its segments from what waits: behind a shorter one, nothing does. */
#define SHORT_SEGMENT 536
/* A window that closes again within this time is one that flaps. */
#define FLAP_MAX (3 * TRADE_SECOND)
/* Where the window's scale is not known, an RST up to this far off still counts as inside. */
#define WINDOW_UNKNOWN (1U << 20)
/* Pings that follow each other faster keep to no interval. */
#define INTERVAL_MIN (TRADE_SECOND / 2)
/* This many gaps in a row show an interval that is shorter than usual. */
#define SHORT_MIN 6
#define QUIET_MIN (2 * TRADE_SECOND)
/* A half of the handshake that is shorter is no way, but two hosts. */
#define WAY_MIN (TRADE_SECOND / 500)

enum { SCALE_UNKNOWN = -1, SCALE_NONE = -2 };

void trade_evidence_init(trade_evidence_t *evidence, trade_allocate_t allocate)
{
    memset(evidence, 0, sizeof *evidence);
    evidence->allocate = allocate;
    evidence->sides[0].scale = evidence->sides[1].scale = SCALE_UNKNOWN;
    evidence->sides[0].overdue = evidence->sides[1].overdue = TRADE_NEVER;
}

/* Returns the later of two times. */
static trade_time_t get_later(trade_time_t one, trade_time_t other)
{
    return one > other ? one : other;
}

/* Returns whether a number is so far from another that it is of another connection. */
static bool is_far(uint32_t seq, uint32_t other)
{
    return seq - other + DISTANCE_MAX >= 2 * DISTANCE_MAX;
}

/* ---- Bytes ---- */

uint64_t trade_evidence_get_missing(const trade_side_t *side)
{
    /* One that is only acknowledged may be a FIN. */
    return side->missing + (side->ahead > 1 ? side->ahead : 0);
}

uint64_t trade_evidence_get_doubt(const trade_side_t *side)
{
    return trade_evidence_get_missing(side) + side->cuts + side->unsure + side->strays;
}

bool trade_evidence_is_unseen(const trade_side_t *side)
{
    return side->first_frame == 0 || side->ahead > 1 || side->is_halted || side->strays > 0;
}

/* Notes that a segment is far from what was seen of a side, whose acknowledgements tell nothing. */
static void forget_acks(trade_side_t *side)
{
    side->strays++;
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
 * *is_late where it filled a hole. */
static bool count_bytes(const trade_evidence_t *evidence, trade_side_t *side,
                        const trade_segment_t *segment, bool *is_late)
{
    const uint32_t start = segment->seq + ((segment->flags & TRADE_TCP_SYN) ? 1 : 0);
    const uint32_t end = start + segment->length + ((segment->flags & TRADE_TCP_FIN) ? 1 : 0);

    if (!side->is_counted) {
        side->is_counted = true;
        side->next = start;
    }
    if (is_far(start, side->next))
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
    if (side->is_acked && is_far(ack, side->unacked))
        forget_acks(side);
    if (!side->is_counted) {
        side->is_counted = true;
        side->next = ack;
    }
    if (trade_is_after(ack, side->next) && ack - side->next < DISTANCE_MAX)
        side->ahead = ack - side->next;
}

/* Lowers what the doubt of a side was at its lowest, after bytes came after all. */
static void lower_doubt(trade_side_t *side, trade_side_t *asking)
{
    const uint64_t doubt = trade_evidence_get_doubt(side);

    if (side->doubt_at_ping > doubt)
        side->doubt_at_ping = doubt;
    for (unsigned i = 0; i < asking->waiting_count; i++) {
        if (asking->waiting[i].doubt > doubt)
            asking->waiting[i].doubt = doubt;
    }
}

void trade_evidence_set_doubt(trade_evidence_t *evidence, unsigned side, uint32_t unsure,
                              bool is_halted)
{
    trade_side_t *sender = &evidence->sides[side];

    sender->is_halted = is_halted;
    if (sender->unsure == unsure)
        return;
    sender->unsure = unsure;
    lower_doubt(sender, &evidence->sides[!side]);
}

/* ---- Times that contradict each other ---- */

/* Notes two frames whose times contradict each other by an amount. */
static void note_skew(trade_skew_t *skew, trade_time_t amount, uint32_t frame, uint32_t other)
{
    if (skew->frame == 0) {
        skew->frame = frame;
        skew->other_frame = other;
    }
    skew->amount = get_later(skew->amount, amount);
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
    if (segment->when - acked < SKEW_MIN)
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

/* Notes when a segment came, and where time goes back or neither side was seen before it. */
static void watch_time(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const trade_time_t passed = segment->when - evidence->now;

    if (evidence->first_frame == 0) {
        evidence->first = segment->when;
        evidence->first_frame = segment->frame;
    } else if (passed >= QUIET_MIN) {
        evidence->quiets[evidence->quiet_count++ % TRADE_QUIETS_MAX] =
            (trade_span_t){ evidence->now, segment->when };
    } else if (passed <= -SKEW_MIN) {
        evidence->skew.backwards++;
        note_skew(&evidence->skew, -passed, segment->frame, evidence->now_frame);
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
            longest = get_later(longest, quiet->end - quiet->start);
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

/* Returns whether a segment is a frame that was captured before: by its IP id where its side's
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
               (side->ip_ids >= USUAL_MIN || *apart < DUPLICATE_MAX);
    return segment->length > 0 && *apart < DUPLICATE_MAX;
}

/* Notes a frame that was captured twice. Returns whether it is one. */
static bool watch_duplicate(trade_evidence_t *evidence, trade_side_t *side,
                            const trade_segment_t *segment)
{
    const trade_ping_t *ping = NULL;
    uint32_t former = side->heard_frame;
    trade_time_t apart = 0;
    bool is_same = is_duplicate(side, segment, &apart);

    if (!is_same && segment->ip_id != 0 && side->ip_ids >= USUAL_MIN &&
        (ping = find_ping(side, segment)) && ping->ip_id == segment->ip_id) {
        is_same = true;
        former = ping->frame;
        apart = segment->when - ping->sent;
    }
    if (!is_same)
        return false;
    if (apart >= SKEW_MIN) {
        evidence->skew.duplicates++;
        note_skew(&evidence->skew, apart, segment->frame, former);
    }
    return true;
}

/* Notes what is usual of a host's frames. */
static void watch_host(trade_host_t *host, const trade_segment_t *segment)
{
    unsigned i = 0;

    if (!host)
        return;
    host->ip_id = segment->ip_id;
    while (i < host->ttl_count && i < TRADE_TTLS_MAX && host->ttls[i].ttl != segment->ttl)
        i++;
    if (i == TRADE_TTLS_MAX) {
        host->ttl_count = TRADE_TTLS_MAX + 1;
        return;
    }
    if (i == host->ttl_count)
        host->ttls[host->ttl_count++].ttl = segment->ttl;
    host->ttls[i].last = segment->when;
}

/* Notes what is usual of a side's frames. */
static void watch_frame(trade_side_t *side, const trade_segment_t *segment)
{
    const uint16_t step = (uint16_t)(segment->ip_id - side->last.ip_id);
    const uint16_t usual_step = (uint16_t)(segment->ip_id - side->usual_ip_id);

    if (!(segment->flags & TRADE_TCP_RST)) {
        if (side->ttls == 0)
            side->ttl = segment->ttl;
        if (side->ttl == segment->ttl)
            side->ttls++;
        else
            side->ttl = 0; /* it is not constant, and never will be */
        if (side->ip_ids < USUAL_MIN)
            side->ip_ids = segment->ip_id != 0 && step - 1U < ID_STEP_MAX ? side->ip_ids + 1 : 0;
        side->id_run = segment->ip_id != 0 && usual_step - 1U < ID_STEP_MAX ? side->id_run + 1 : 0;
        side->usual_ip_id = segment->ip_id;
        watch_host(side->host, segment);
        side->heard = segment->when;
        side->heard_frame = segment->frame;
    }
    if (side->first_frame == 0)
        side->first_frame = segment->frame;
    side->last = *segment;
}

/* ---- Windows ---- */

/* Returns how far a side's window is scaled; -1: that is not known. */
static int get_scale(const trade_side_t *side, const trade_side_t *peer)
{
    return side->scale == SCALE_NONE || peer->scale == SCALE_NONE ? 0 : side->scale;
}

/* Returns the place for a new block: where there is none, the two oldest are merged. */
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

/* Notes when the window of a segment's sender lets no Ping of the other side through: it is zero,
 * too small, or full of bytes that were sent. */
static void watch_window(const trade_evidence_t *evidence, trade_side_t *reader,
                         const trade_side_t *sender, const trade_segment_t *segment)
{
    const int scale = get_scale(reader, sender);
    bool is_blocked = segment->window == 0;

    if (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_FIN | TRADE_TCP_RST))
        return;
    reader->window = scale > 0 ? segment->window << scale : segment->window;
    watch_zero(reader, segment);
    if (!is_blocked && scale >= 0 && sender->is_counted && sender->is_acked) {
        const uint32_t under_way = sender->next - sender->unacked;
        is_blocked = under_way < DISTANCE_MAX && reader->window < under_way + PING_LENGTH;
    }
    if (is_blocked && reader->is_blocked) {
        trade_block_t *last = &reader->blocks[reader->block_count - 1];
        last->heard++;
        last->probes = 0;
        last->is_small |= reader->window < PING_LENGTH && scale >= 0;
    } else if (is_blocked) {
        begin_block(evidence, reader, segment);
    } else if (reader->is_blocked) {
        end_block(reader, segment);
    }
}

/* Counts a probe of the other side's closed window. */
static void watch_probe(const trade_side_t *side, trade_side_t *reader,
                        const trade_segment_t *segment)
{
    if (!reader->is_blocked || !side->is_acked || trade_is_after(segment->seq, side->unacked) ||
        (segment->length == 0 && segment->seq == side->unacked))
        return;
    trade_block_t *last = &reader->blocks[reader->block_count - 1];
    last->probes++;
    last->probe_frame = segment->frame;
}

/* ---- Whether a side has anything to send ---- */

/* Notes that a segment answers a question of the other side, or is one. Who sends may send when
 * half of the largest window is free (RFC 1122, 4.2.3.4), and all was acknowledged. */
static void watch_idle(trade_side_t *side, trade_side_t *peer, const trade_segment_t *segment)
{
    side->idle_before = side->idle;
    if (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST))
        return;
    if (peer->asked != 0 && trade_is_after(segment->ack, peer->asked_seq)) {
        if (segment->seq == peer->asked_ack && segment->length < SHORT_SEGMENT)
            side->idle = peer->asked;
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

/* ---- Delivery ---- */

/* Returns whether a retransmission shows that the other side was alive and did not have what was
 * sent before: that was sent twice or more, the other side was heard since then, and it is sent
 * again. A host that paused is heard as well when it goes on, but then it has what comes next. */
static bool shows_alive(uint32_t times, trade_time_t first, trade_time_t last, trade_time_t heard)
{
    return times >= 2 && heard > last && heard - first >= ALIVE_AFTER;
}

/* Notes whether TCP's backoff explains how long after the last retransmission another one comes. */
static void watch_backoff(trade_sending_t *sending, trade_time_t when)
{
    const trade_time_t apart = when - sending->last;

    if (sending->apart == 0 || apart > trade_backoff_get_longest(sending->apart))
        sending->backoff = when;
    sending->apart = apart < TRADE_INTERVAL_MAX ? apart : TRADE_INTERVAL_MAX;
}

/* Counts that bytes were sent again, unless it is the same frame. Returns whether. */
static bool count_resend(trade_sending_t *sending, const trade_segment_t *segment)
{
    if (segment->when - sending->last < RESEND_MIN ||
        (segment->ip_id != 0 && segment->ip_id == sending->ip_id && sending->times > 0 &&
         segment->when - sending->last < SKEW_MIN))
        return false;
    sending->alive +=
        shows_alive(sending->times, sending->span.start, sending->last, sending->heard);
    watch_backoff(sending, segment->when);
    sending->times++;
    sending->last = segment->when;
    sending->last_frame = segment->frame;
    sending->ip_id = segment->ip_id;
    return true;
}

/* Notes that Pings which wait are sent again. */
static void count_pings_again(trade_side_t *side, const trade_side_t *peer,
                              const trade_segment_t *segment, trade_seen_t *seen)
{
    for (unsigned i = 0; i < side->waiting_count; i++) {
        trade_ping_t *ping = &side->waiting[i];
        if (ping->acked_frame != 0 || ping->seq - segment->seq >= segment->length ||
            segment->when - ping->last < RESEND_MIN)
            continue;
        ping->alive += shows_alive(ping->times, ping->sent, ping->last, peer->heard);
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

/* Notes bytes that a side sends: those that wait for their acknowledgement, for the first time
 * or again. Keepalives and probes of a closed window are neither. */
static void watch_sending(trade_side_t *side, const trade_side_t *peer,
                          const trade_segment_t *segment, trade_seen_t *seen)
{
    if (!side->is_acked || segment->length == 0 ||
        (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST)) || peer->zero_since != 0 ||
        !trade_is_after(segment->seq + segment->length, side->unacked))
        return;
    count_pings_again(side, peer, segment, seen);
    if (side->newest.times == 0 || !trade_is_after(side->newest.end, segment->seq))
        begin_sending(&side->newest, peer, segment);
    else if (segment->seq == side->newest.seq && count_resend(&side->newest, segment))
        side->again = (trade_repeat_t){ side->newest.seq, side->newest.end, side->newest.span.start,
                                        segment->when };
    if (trade_is_after(segment->seq, side->unacked))
        return;
    if (side->oldest.times == 0)
        begin_sending(&side->oldest, peer, segment);
    else
        count_resend(&side->oldest, segment);
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
    side->is_acked = true;
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

/* Notes what a segment tells of the delivery of the other side's bytes. */
static void watch_delivery(const trade_evidence_t *evidence, trade_side_t *side, trade_side_t *peer,
                           const trade_segment_t *segment)
{
    /* An RST need not be from who it seems to be from. */
    if (segment->flags & TRADE_TCP_RST)
        return;
    if (segment->has_sack)
        side->sacks++;
    if (segment->flags & TRADE_TCP_ACK) {
        if (segment->length == 0 && peer->is_acked && segment->ack == peer->unacked &&
            segment->window == side->last.window && peer->oldest.times > 0 &&
            !(segment->flags & TRADE_TCP_FIN))
            side->duplicate_acks++;
        watch_ack(evidence, peer, segment);
    }
    if (evidence->is_reset)
        return;
    hear(&peer->oldest, segment->when);
    hear(&peer->newest, segment->when);
}

/* ---- Beginning and end ---- */

/* Notes the handshake and what it agrees on. */
static void watch_handshake(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const bool is_ack = segment->flags & TRADE_TCP_ACK;

    if (!(segment->flags & TRADE_TCP_SYN)) {
        if (evidence->syn_acked == 0 && evidence->syn_ack != 0 && is_ack &&
            segment->side == evidence->opener)
            evidence->syn_acked = segment->when;
        return;
    }
    evidence->sides[segment->side].scale =
        (int8_t)(segment->scale >= 0 ? segment->scale : SCALE_NONE);
    if (!is_ack) {
        evidence->syn = segment->when;
        evidence->opener = segment->side;
    } else if (evidence->syn != 0) {
        evidence->syn_ack = segment->when;
    }
}

/* Returns how long bytes were on their way again, or late. */
static trade_time_t get_repeated(const trade_repeat_t *repeat, uint32_t seq)
{
    return seq - repeat->seq < repeat->end - repeat->seq ? repeat->last - repeat->first : 0;
}

trade_time_t trade_evidence_get_beyond(const trade_evidence_t *evidence, unsigned asking,
                                       uint32_t ping_seq, uint32_t pong_seq)
{
    const bool is_opener = evidence->opener == asking;
    const trade_time_t asked = is_opener ? evidence->syn_ack : evidence->syn;
    const trade_time_t answered = is_opener ? evidence->syn_acked : evidence->syn_ack;
    const trade_time_t half = asked != 0 && answered != 0 ? answered - asked : 0;

    return (half >= WAY_MIN ? half : 0) + get_repeated(&evidence->sides[asking].late, ping_seq) +
           get_repeated(&evidence->sides[!asking].again, pong_seq);
}

/* Notes whether an RST fits the side that it names. */
static void note_reset(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const trade_side_t *side = &evidence->sides[segment->side];
    const trade_side_t *peer = &evidence->sides[!segment->side];
    const uint16_t step = (uint16_t)(segment->ip_id - side->usual_ip_id);
    const uint16_t host_step = (uint16_t)(segment->ip_id - (side->host ? side->host->ip_id : 0));
    /* NOLINTNEXTLINE(readability-suspicious-call-argument): the scale of the peer's window */
    uint32_t room = get_scale(peer, side) < 0 ? WINDOW_UNKNOWN : peer->window + 1;
    trade_reset_t *reset = &evidence->reset;

    *reset = (trade_reset_t){ .frame = segment->frame,
                              .when = segment->when,
                              .side = segment->side,
                              .ttl = segment->ttl,
                              .usual_ttl = side->ttls >= USUAL_MIN ? side->ttl : 0,
                              .ip_id = segment->ip_id,
                              .usual_id = side->usual_ip_id,
                              .seq = segment->seq };
    reset->is_id_foreign = segment->ip_id != 0 && side->ip_ids >= USUAL_MIN &&
                           step >= ID_FOREIGN_MIN && (uint16_t)-step >= ID_STEP_MAX;
    reset->is_id_next = segment->ip_id != 0 &&
                        (step - 1U < ID_STEP_MAX || (side->host && host_step - 1U < ID_STEP_MAX));
    reset->is_id_other = side->id_run >= USUAL_MIN && !reset->is_id_next &&
                         (segment->ip_id == 0 || reset->is_id_foreign);
    reset->is_stray = side->strays > 0;
    if (!side->is_acked)
        return;
    reset->distance = (int32_t)(segment->seq - side->unacked);
    if (side->next - side->unacked < DISTANCE_MAX && room < side->next - side->unacked + 1)
        room = side->next - side->unacked + 1;
    reset->is_outside = reset->distance < 0 || (uint32_t)reset->distance > room;
    reset->is_stray |= reset->is_outside && evidence->is_another;
}

/* Returns how many hops a frame with this TTL has probably come. */
static unsigned get_hops(uint8_t ttl)
{
    unsigned i = 0;

    while (initial_ttls[i] < ttl)
        i++;
    return initial_ttls[i] - ttl;
}

/* Returns when a host's newest frame with a TTL came; 0: none did. */
static trade_time_t find_ttl(const trade_host_t *host, uint8_t ttl)
{
    for (unsigned i = 0; i < host->ttl_count && i < TRADE_TTLS_MAX; i++) {
        if (host->ttls[i].ttl == ttl)
            return host->ttls[i].last;
    }
    return 0;
}

bool trade_reset_has_other_ttl(const trade_evidence_t *evidence, const trade_reset_t *reset)
{
    const trade_host_t *host = evidence->sides[reset->side].host;

    if (reset->usual_ttl == 0 || reset->ttl == 0 || reset->ttl == reset->usual_ttl ||
        reset->is_id_next)
        return false;
    /* The path may have changed, or another machine may have taken the address. */
    return !host || (host->ttl_count <= TRADE_TTLS_MAX && find_ttl(host, reset->ttl) == 0);
}

/* Returns whether the host that an RST names was heard after it as before: so neither its path nor
 * the machine behind its address had changed. */
static bool goes_on_as_usual(const trade_evidence_t *evidence, const trade_reset_t *reset)
{
    const trade_host_t *host = evidence->sides[reset->side].host;

    return host && find_ttl(host, reset->usual_ttl) - reset->when >= GOES_ON_MIN;
}

bool trade_reset_is_foreign(const trade_evidence_t *evidence, const trade_reset_t *reset)
{
    if (reset->frame == 0 || reset->is_stray)
        return false;
    if (reset->later_frame != 0 && !reset->is_outside)
        return true;
    /* Kernel and program of a host may begin with different TTLs, but their frames come as far. */
    return trade_reset_has_other_ttl(evidence, reset) && goes_on_as_usual(evidence, reset) &&
           get_hops(reset->ttl) != get_hops(reset->usual_ttl) &&
           (reset->is_outside || reset->is_id_other);
}

/* Keeps the first RST that its side seems not to have sent: others may follow it, that are right.
 * One that TCP ignores ended nothing. */
static void keep_odd(trade_evidence_t *evidence)
{
    const trade_reset_t *reset = &evidence->reset;
    const bool is_kept = evidence->odd.frame != 0 && evidence->odd.frame != reset->frame;

    if (!is_kept && !reset->is_outside &&
        (trade_reset_is_foreign(evidence, reset) || trade_reset_has_other_ttl(evidence, reset)))
        evidence->odd = *reset;
}

/* Ends the connection. */
static void end_connection(trade_evidence_t *evidence, trade_ending_t ending,
                           const trade_segment_t *segment)
{
    evidence->ending = ending;
    evidence->ended_by = segment->side;
    evidence->ended = segment->when;
    evidence->ended_frame = segment->frame;
}

/* Notes that a side sends nothing more, if it did before. */
static void close_side(trade_side_t *side, trade_ending_t closing, const trade_segment_t *segment)
{
    if (side->closed != 0)
        return;
    side->closed = segment->when;
    side->closing = closing;
    side->closed_frame = segment->frame;
    side->closed_by = segment->side;
}

/* Notes an RST. Returns whether the connection ends with it. */
static bool watch_reset(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const bool is_first = evidence->ending == TRADE_ENDING_NONE;

    if (evidence->is_reset)
        return false;
    note_reset(evidence, segment);
    keep_odd(evidence);
    if (evidence->reset.is_outside)
        return false;
    evidence->is_reset = true;
    for (unsigned i = 0; i < 2; i++)
        close_side(&evidence->sides[i], TRADE_ENDING_RST, segment);
    /* After FINs it changes nothing. */
    if (is_first)
        end_connection(evidence, TRADE_ENDING_RST, segment);
    return is_first;
}

/* Returns whether a segment has what comes next after an RST in its side's name. Other bytes, and
 * probes of one byte, may have been on their way, or are copies; those beyond the window are of the
 * next connection of these ends, whose numbers may begin not far from there (RFC 6528). */
static bool comes_next(const trade_evidence_t *evidence, const trade_reset_t *reset,
                       const trade_segment_t *segment)
{
    const trade_side_t *peer = &evidence->sides[!segment->side];
    const uint32_t most = peer->window > ROOM_MIN ? peer->window : ROOM_MIN;

    return segment->length >= 2 && trade_is_after(segment->seq + segment->length, reset->seq) &&
           !trade_is_after(segment->seq, reset->seq + most);
}

/* Notes that a side goes on sending after an RST in its name: so the RST ended nothing. */
static void watch_going_on(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    trade_reset_t *reset = &evidence->reset;

    if (reset->frame == 0)
        return;
    reset->is_succeeded |= (segment->flags & TRADE_TCP_SYN) != 0;
    if (reset->is_succeeded || reset->later_frame != 0 || reset->side != segment->side ||
        evidence->sides[0].strays + evidence->sides[1].strays > 0 ||
        segment->when - reset->when < GOES_ON_MIN || !comes_next(evidence, reset, segment))
        return;
    reset->later_frame = segment->frame;
    reset->later = segment->when;
    keep_odd(evidence);
    evidence->is_reset = false;
    for (unsigned i = 0; i < 2; i++) {
        if (evidence->sides[i].closed == reset->when)
            evidence->sides[i].closed = 0;
    }
    if (evidence->ending == TRADE_ENDING_RST)
        evidence->ending = TRADE_ENDING_NONE;
}

/* Notes a FIN or an RST. Returns whether the connection ends with it. */
static bool watch_end(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    trade_side_t *side = &evidence->sides[segment->side];

    if (segment->flags & TRADE_TCP_RST)
        return watch_reset(evidence, segment);
    watch_going_on(evidence, segment);
    if (!(segment->flags & TRADE_TCP_FIN))
        return false;
    close_side(side, TRADE_ENDING_FIN, segment);
    if (evidence->ending != TRADE_ENDING_NONE)
        return false;
    end_connection(evidence, TRADE_ENDING_FIN, segment);
    return true;
}

void trade_evidence_reuse(trade_evidence_t *evidence, trade_time_t when, uint32_t frame)
{
    const trade_segment_t syn = { .when = when, .frame = frame, .side = evidence->module };

    if (evidence->ending != TRADE_ENDING_NONE)
        return;
    end_connection(evidence, TRADE_ENDING_REUSED, &syn);
    for (unsigned i = 0; i < 2; i++)
        close_side(&evidence->sides[i], TRADE_ENDING_REUSED, &syn);
}

trade_time_t trade_evidence_get_end(const trade_evidence_t *evidence, unsigned side,
                                    trade_time_t now)
{
    const trade_side_t *own = &evidence->sides[side];

    if (own->closed != 0)
        return own->closed;
    if (evidence->sides[!side].closed == 0)
        return now;
    /* Half of the connection may live on. */
    return get_later(own->heard, evidence->sides[!side].closed);
}

/* ---- A segment ---- */

/* Returns whether a segment belongs to what was seen of its side. */
static bool is_plausible(const trade_side_t *side, const trade_segment_t *segment)
{
    return !(segment->flags & TRADE_TCP_RST) ||
           (side->is_counted && !is_far(segment->seq, side->next));
}

/* Counts what a segment sends and acknowledges, and notes what contradicts that. */
static void watch_bytes(trade_evidence_t *evidence, trade_side_t *side, trade_side_t *peer,
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
        lower_doubt(side, peer);
}

trade_seen_t trade_evidence_add(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    trade_side_t *const sides = evidence->sides;
    /* With an index, the compiler would multiply for each access: 70 instructions. */
    trade_side_t *const side = segment->side == 0 ? &sides[0] : &sides[1];
    trade_side_t *const peer = segment->side == 0 ? &sides[1] : &sides[0];
    const bool is_again = watch_duplicate(evidence, side, segment);
    trade_seen_t seen = { .ping_frame = 0 };

    watch_time(evidence, segment);
    if (is_again)
        return seen;
    watch_handshake(evidence, segment);
    watch_idle(side, peer, segment);
    seen.is_end = watch_end(evidence, segment);
    if (is_plausible(side, segment) &&
        !((segment->flags & TRADE_TCP_RST) && evidence->reset.is_outside))
        watch_bytes(evidence, side, peer, segment);
    watch_probe(side, peer, segment);
    watch_delivery(evidence, side, peer, segment);
    watch_window(evidence, side, peer, segment);
    watch_sending(side, peer, segment, &seen);
    watch_frame(side, segment);
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
    if (forgotten->doubt < trade_evidence_get_doubt(&evidence->sides[!asking]))
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
    side->doubt_at_ping = trade_evidence_get_doubt(side);
    if (side->oldest.frame == evidence->now_frame)
        side->oldest.is_ping = true;
    if (side->newest.frame == evidence->now_frame)
        side->newest.is_ping = true;
    if (event->is_answered) {
        side->answered++;
        return false;
    }
    is_forgotten = forget_oldest(evidence, event->side, forgotten);
    trade_ping_t *ping = &side->waiting[side->waiting_count++];
    *ping = (trade_ping_t){ .sent = evidence->now,
                            .last = evidence->now,
                            .doubt = trade_evidence_get_doubt(peer),
                            .frame = evidence->now_frame,
                            .seq = event->seq,
                            .times = 1,
                            .ip_id = side->last.ip_id,
                            .is_after_fin = peer->closed != 0 };
    if (side->is_acked && trade_is_after(side->unacked, event->seq)) {
        ping->acked_frame = evidence->now_frame;
        ping->acked = evidence->now;
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
    side->answered++;
    for (unsigned i = 0; i < side->waiting_count; i++) {
        if (side->waiting[i].frame != ping_frame)
            continue;
        *ping = side->waiting[i];
        remove_ping(side, i);
        return true;
    }
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
    const uint64_t doubt = trade_evidence_get_doubt(&evidence->sides[!side]);
    uint32_t other = asking->answered + asking->lost;

    if (trade_evidence_is_unseen(&evidence->sides[!side]))
        return 0;
    for (unsigned i = 0; i < asking->waiting_count; i++)
        other += asking->waiting[i].doubt < doubt || now - asking->waiting[i].sent < interval;
    return asking->pings > other ? asking->pings - other : 0;
}

/* ---- How often Pings are sent ---- */

/* Returns whether two times, the other of which is not negative, differ by a fifth at most. */
static bool are_near(trade_time_t one, trade_time_t other)
{
    const trade_time_t margin = other / 5;

    /* Both bounds at once: what is below wraps. */
    return (uint64_t)(one - other + margin) <= (uint64_t)(2 * margin);
}

/* Returns the median of the newest gaps. */
static trade_time_t find_median(const trade_rhythm_t *rhythm, unsigned count)
{
    trade_time_t sorted[TRADE_GAPS_MAX] = { 0 };

    for (unsigned i = 0; i < count; i++) {
        const trade_time_t gap = rhythm->gaps[rhythm->count - count + i];
        unsigned place = i;
        for (; place > 0 && sorted[place - 1] > gap; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = gap;
    }
    return sorted[count / 2];
}

/* Returns how many of the newest gaps are near their median. */
static unsigned count_near(const trade_rhythm_t *rhythm, unsigned count, trade_time_t median)
{
    unsigned near = 0;

    for (unsigned i = rhythm->count - count; i < rhythm->count; i++)
        near += are_near(rhythm->gaps[i], median);
    return near;
}

bool trade_rhythm_add(trade_rhythm_t *rhythm, trade_time_t gap, trade_time_t usual, unsigned *first)
{
    if (gap > TRADE_INTERVAL_MAX)
        gap = TRADE_INTERVAL_MAX;
    /* This many in a row that agree are an interval. */
    const unsigned needed = gap < usual - usual / 5 ? SHORT_MIN : rhythm->own > 0 ? 3 : 2;

    if (rhythm->count == TRADE_GAPS_MAX) {
        rhythm->count--;
        memmove(&rhythm->gaps[0], &rhythm->gaps[1], rhythm->count * sizeof gap);
    }
    rhythm->gaps[rhythm->count++] = gap;
    if (rhythm->count < needed)
        return false;
    const trade_time_t median = find_median(rhythm, needed);
    if (median >= INTERVAL_MIN && count_near(rhythm, needed, median) == needed &&
        (rhythm->own == 0 || !are_near(median, rhythm->own))) {
        *first = rhythm->count - needed;
        rhythm->own = median;
        return true;
    }
    const trade_time_t all = find_median(rhythm, rhythm->count);
    if (rhythm->own > 0 && are_near(all, rhythm->own) &&
        count_near(rhythm, rhythm->count, all) * 4 >= rhythm->count * 3)
        rhythm->own = all;
    return false;
}

trade_time_t trade_rhythm_get(const trade_rhythm_t *rhythm, trade_time_t usual)
{
    return rhythm->own > 0 ? rhythm->own : usual;
}

/* ---- The capture ---- */

/* Begins to count connections anew, now and then. */
static void count_epoch(trade_capture_t *capture, trade_time_t when, trade_time_t length)
{
    if (capture->number > 0 && when - capture->epoch < length && when >= capture->epoch)
        return;
    capture->lived = when - capture->epoch < 2 * length ? capture->live : 0;
    capture->live = 0;
    capture->epoch = when;
    capture->number++;
}

/* Notes that nothing was captured until a frame, if more than one connection was alive. */
static void add_pause(trade_capture_t *capture, trade_time_t when, uint32_t frame)
{
    const uint32_t live = capture->live > capture->lived ? capture->live : capture->lived;

    if (live < 2)
        return;
    const unsigned place = capture->pause_count++ % TRADE_PAUSES_MAX;
    capture->pauses[place].span = (trade_span_t){ capture->now, when };
    capture->pauses[place].connections = live;
    capture->pauses[place].frame = frame;
}

void trade_capture_add(trade_capture_t *capture, trade_time_t when, uint32_t frame,
                       trade_time_t usual)
{
    const trade_time_t pause = when - capture->now;

    /* Where few connections ping, nothing comes for almost an interval again and again. */
    if (pause >= usual && pause >= usual * 6 / 5 && capture->number > 0)
        add_pause(capture, when, frame);
    count_epoch(capture, when, 2 * usual);
    capture->now = when;
    capture->now_frame = frame;
}

void trade_capture_hear(trade_capture_t *capture, uint32_t *heard)
{
    capture->live += *heard != capture->number;
    *heard = capture->number;
}

void trade_capture_forget(trade_capture_t *capture, uint32_t *heard)
{
    if (*heard == capture->number && capture->live > 0)
        capture->live--;
    else if (*heard + 1 == capture->number && capture->lived > 0)
        capture->lived--;
    *heard = 0;
}

void trade_capture_add_step(trade_capture_t *capture, trade_span_t span, trade_time_t amount,
                            uint32_t frame)
{
    const unsigned place = capture->step_count++ % TRADE_STEPS_MAX;

    capture->steps[place].span = span;
    capture->steps[place].amount = amount;
    capture->steps[place].frame = frame;
}

/* Returns whether a frame is in a stretch. */
static bool is_within(const trade_stretch_t *stretch, uint32_t frame)
{
    return frame >= stretch->first && (stretch->last == 0 || frame <= stretch->last);
}

trade_time_t trade_capture_get_pause(const trade_capture_t *capture, const trade_stretch_t *stretch,
                                     trade_time_t least, unsigned *which)
{
    const trade_time_t most = trade_span_get_length(&stretch->span);
    trade_time_t sum = 0, longest = 0;

    for (unsigned i = 0; i < capture->pause_count && i < TRADE_PAUSES_MAX; i++) {
        const trade_span_t *pause = &capture->pauses[i].span;
        const trade_time_t length = trade_span_get_length(pause);
        if (length < least || pause->start < stretch->span.start ||
            pause->end > stretch->span.end || !is_within(stretch, capture->pauses[i].frame))
            continue;
        sum = length < most - sum ? sum + length : most;
        if (length > longest)
            *which = i;
        longest = get_later(longest, length);
    }
    return sum;
}

trade_time_t trade_capture_get_step(const trade_capture_t *capture, const trade_span_t *span,
                                    unsigned *which)
{
    trade_time_t sum = 0;

    for (unsigned i = 0; i < capture->step_count && i < TRADE_STEPS_MAX; i++) {
        const trade_span_t *step = &capture->steps[i].span;
        if (step->start > span->end || step->end < span->start)
            continue;
        if (sum == 0)
            *which = i;
        sum += capture->steps[i].amount;
    }
    return sum;
}
