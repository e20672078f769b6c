/* sent.c
 * When a side sent what came, and whether it sent anything between. See analysis/health/sent.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/sent.h"

/* A segment that acknowledges bytes was sent just before it came if these passed the capture point
 * at most this long before. */
#define FRESH_MAX TRADE_SECOND
/* Segments whose timestamps are compared are at least this far apart: then the rates below differ
 * by more than FRESH_MAX. */
#define STAMPS_APART (10 * TRADE_SECOND)
/* A clock runs as fast as the capture's but for this part. */
#define DRIFT_PART 1000
/* A clock is known after it agreed this often. */
#define STAMPS_MIN 2
/* A kernel that answers keepalives does so before the next one comes, this often in a row. */
#define ANSWERS_MIN 3
/* Keepalives closer than this are one, captured twice. */
#define KEEPALIVES_APART (TRADE_SECOND / 100)
/* A kernel's keepalives are equally far apart, but for this part. */
#define EVEN_PART 100
/* What a side sends just before all of it was acknowledged may still be followed by what waited. */
#define FREE_MIN (5 * TRADE_SECOND)

/* ---- The kernel's clock ---- */

/* Returns how long a number of ticks takes. */
static trade_time_t get_ticks(int64_t count, uint16_t rate)
{
    return count * (TRADE_SECOND / rate);
}

/* Returns whether two segments, each sent at most FRESH_MAX before it came, can be so many ticks
 * apart. */
static bool does_agree(trade_time_t apart, uint32_t count, uint16_t rate)
{
    const trade_time_t error = apart - get_ticks(count, rate);
    const trade_time_t most = FRESH_MAX + apart / DRIFT_PART + TRADE_SECOND / rate;

    return error <= most && -error <= most;
}

/* Returns the rate at which a clock ticks, by two such segments; 0: none that is known of. */
static uint16_t find_rate(trade_time_t apart, uint32_t count)
{
    static const uint16_t rates[] = { 1000, 250, 100, 10, 1 };

    for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        if (does_agree(apart, count, rates[i]))
            return rates[i];
    }
    return 0;
}

/* Learns a clock anew, from this segment on. */
static void begin_stamps(trade_stamps_t *stamps, const trade_segment_t *segment)
{
    stamps->when = segment->when;
    stamps->stamp = segment->stamp;
    stamps->since = segment->frame;
    stamps->rate = 0;
    stamps->run = 0;
}

/* Notes the timestamp of a segment that was sent just before it came. */
static void learn_stamp(trade_stamps_t *stamps, const trade_segment_t *segment)
{
    const trade_time_t apart = segment->when - stamps->when;
    const uint32_t count = segment->stamp - stamps->stamp;

    if (stamps->since == 0) {
        begin_stamps(stamps, segment);
        return;
    }
    if (apart >= 0 && apart < STAMPS_APART)
        return;
    if (apart >= 0 && stamps->rate == 0)
        stamps->rate = find_rate(apart, count);
    if (apart < 0 || stamps->rate == 0 || !does_agree(apart, count, stamps->rate)) {
        begin_stamps(stamps, segment);
        return;
    }
    stamps->when = segment->when;
    stamps->stamp = segment->stamp;
    if (stamps->run < STAMPS_MIN)
        stamps->run++;
}

bool trade_stamps_are_known(const trade_stamps_t *stamps)
{
    return stamps->run >= STAMPS_MIN;
}

trade_time_t trade_stamps_get_behind(const trade_stamps_t *stamps, const trade_segment_t *segment)
{
    const int32_t count = (int32_t)(segment->stamp - stamps->stamp);
    const trade_time_t since = segment->when - stamps->when;

    return since - get_ticks(count, stamps->rate) - since / DRIFT_PART -
           TRADE_SECOND / stamps->rate;
}

bool trade_stamps_fit(const trade_stamps_t *stamps, const trade_segment_t *segment)
{
    return segment->has_stamp && trade_stamps_are_known(stamps) &&
           does_agree(segment->when - stamps->when, segment->stamp - stamps->stamp, stamps->rate);
}

bool trade_stamps_is_fresh(const trade_side_t *peer, const trade_segment_t *segment)
{
    return peer->newest.times == 1 && trade_is_after(segment->ack, peer->newest.seq) &&
           segment->when - peer->newest.span.start <= FRESH_MAX;
}

/* Returns the earliest time at which a segment with a timestamp can have been sent; 0: that is not
 * known. */
static trade_time_t find_sent(const trade_stamps_t *stamps, uint32_t stamp)
{
    const uint32_t count = stamp - stamps->stamp;

    if (!trade_stamps_are_known(stamps) || count > INT32_MAX)
        return 0;
    const trade_time_t since = get_ticks(count, stamps->rate);
    return stamps->when + since - since / DRIFT_PART - TRADE_SECOND / stamps->rate - FRESH_MAX;
}

/* Returns what a segment's timestamps show of how long its side was silent: it was sent when its
 * own says, and after the one whose timestamp it repeats. */
static trade_silence_t find_silence_by_stamps(const trade_side_t *side, const trade_side_t *peer,
                                              const trade_segment_t *segment)
{
    const trade_time_t sent = find_sent(&side->stamps, segment->stamp);
    /* Who resets in another's name may repeat what it saw, but does not know that kernel's clock.
     */
    const trade_time_t repeated =
        segment->flags & TRADE_TCP_RST ? 0 : find_sent(&peer->stamps, segment->echo);
    const bool is_own = sent >= repeated;
    const trade_time_t until = is_own ? sent : repeated;

    if (!segment->has_stamp)
        return (trade_silence_t){ .until = 0 };
    return (trade_silence_t){ .until = until < segment->when ? until : segment->when,
                              .frame = segment->frame,
                              .since = (is_own ? side : peer)->stamps.since };
}

/* ---- Keepalives ---- */

/* Returns whether a segment has neither payload nor flags but ACK. */
static bool is_bare(const trade_segment_t *segment)
{
    return segment->length == 0 &&
           !(segment->flags & (TRADE_TCP_SYN | TRADE_TCP_FIN | TRADE_TCP_RST));
}

/* Returns whether a segment is a keepalive. */
static bool is_keepalive(const trade_side_t *side, const trade_side_t *peer,
                         const trade_segment_t *segment)
{
    return segment->seq + 1 == side->next && segment->length <= 1 && segment->ack == peer->next &&
           !(segment->flags & TRADE_TCP_FIN);
}

/* Counts what follows keepalives without an answer, if the other side was heard in between. */
static void count_alive(trade_side_t *peer)
{
    trade_answers_t *answers = &peer->answers;

    answers->alive += trade_shows_alive(answers->unanswered_count, answers->unanswered.start,
                                        answers->unanswered.end, peer->heard);
}

/* Returns whether a time is as long as the one between keepalives. */
static bool is_as_far(trade_time_t apart, trade_time_t other)
{
    const trade_time_t most = KEEPALIVES_APART + other / EVEN_PART;

    return apart - other <= most && other - apart <= most;
}

/* Counts a keepalive that follows others without an answer, or none. */
static void count_unanswered(trade_side_t *peer, const trade_segment_t *segment)
{
    trade_answers_t *answers = &peer->answers;
    const trade_time_t apart = segment->when - answers->unanswered.end;

    if (answers->unanswered_count == 0) {
        answers->unanswered.start = segment->when;
        answers->first_frame = segment->frame;
        answers->is_uneven = false;
        answers->alive = 0;
        answers->echo = segment->has_stamp ? segment->echo : 0;
    } else if (apart < KEEPALIVES_APART) {
        return; /* the same one, captured twice */
    } else {
        answers->is_uneven |= answers->unanswered_count > 1 && !is_as_far(apart, answers->apart);
        answers->apart = apart;
        count_alive(peer);
    }
    answers->unanswered.end = segment->when;
    answers->last_frame = segment->frame;
    answers->unanswered_count++;
}

/* Notes whether an RST shows that keepalives had no answer, though this capture point may not see
 * what comes the other way: it still repeats the timestamp of before; or it comes when the next one
 * would, as of a kernel that gives up. */
static void watch_giving_up(trade_side_t *peer, const trade_segment_t *rst)
{
    trade_answers_t *answers = &peer->answers;

    count_alive(peer);
    answers->is_given_up =
        rst->has_stamp && answers->echo != 0
            ? rst->echo == answers->echo
            : !answers->is_uneven && is_as_far(rst->when - answers->unanswered.end, answers->apart);
}

/* Notes that a segment asks the other side's kernel for an answer, or may be answered as well. */
static void watch_asking(const trade_side_t *side, trade_side_t *peer,
                         const trade_segment_t *segment)
{
    const bool is_asking = is_keepalive(side, peer, segment);

    if (is_bare(segment) && !is_asking)
        return;
    if (peer->answers.is_given_up) /* by an RST of somebody else */
        peer->answers.unanswered_count = 0;
    peer->answers.is_given_up = false;
    peer->answers.is_lost |= is_asking && peer->answers.asked != 0;
    if (!is_asking || peer->answers.is_lost)
        peer->answers.run = 0;
    if (is_asking)
        count_unanswered(peer, segment);
    else
        peer->answers.unanswered_count = 0;
    peer->answers.asked = is_asking ? segment->when : 0;
}

/* Notes that a segment answers a keepalive. Returns when that came, if enough were answered before
 * it: an answer that was in flight for long would follow the next one. 0: they were not. */
static trade_time_t watch_answer(trade_side_t *side, const trade_side_t *peer,
                                 const trade_segment_t *segment)
{
    trade_answers_t *answers = &side->answers;
    const trade_time_t asked = answers->asked;

    answers->asked = 0;
    /* Its own keepalive shows that it is there, and answers none. */
    if (!is_keepalive(side, peer, segment) && !answers->is_given_up)
        answers->unanswered_count = 0;
    if (!is_bare(segment) || segment->seq != side->next || segment->ack != peer->next ||
        asked == 0 || answers->is_lost) {
        answers->run = 0;
        return 0;
    }
    answers->run++;
    return answers->run >= ANSWERS_MIN ? asked : 0;
}

/* ---- A segment ---- */

/* Returns since when a side was free to send: it had nothing more to send once, and what it has
 * sent since then was seen and acknowledged, while the other side has room. 0: it is not. */
static trade_time_t get_free_since(const trade_side_t *side, const trade_side_t *peer)
{
    if (side->idle == 0 || side->idle_next != side->next || side->ahead > 0 || !side->is_acked ||
        side->unacked != side->next || peer->offers == 0)
        return 0;
    return side->acks[(side->ack_count - 1) % TRADE_ACKS_MAX].when;
}

/* Takes what is known of the silence of a side that is free since a time, if it is more than was.
 */
static void take_silence(trade_silence_t *silence, trade_time_t since, trade_silence_t other)
{
    if (other.until > silence->until && other.until - since >= FREE_MIN)
        *silence = other;
}

/* Notes that a side sent nothing until it sent a segment. asked: when the keepalive came that it
 * answers; 0: it answers none. */
static void note_silence(trade_side_t *side, const trade_side_t *peer,
                         const trade_segment_t *segment, trade_time_t asked)
{
    const trade_time_t since = get_free_since(side, peer);

    if (since == 0 || segment->seq != side->next || (segment->flags & TRADE_TCP_FIN))
        return;
    /* Bytes may have been sent before, and lost on their way to here. No IP id shows that they were
     * not: a device between may give ids by a counter of its own. */
    if (segment->length == 0)
        take_silence(&side->silence, since, find_silence_by_stamps(side, peer, segment));
    take_silence(
        &side->silence, since,
        (trade_silence_t){ .until = asked, .frame = segment->frame, .proof = TRADE_PROOF_ANSWERS });
}

/* Notes that bytes come again, not as keepalives do. What is acknowledged in between may not be
 * seen here. */
static void note_resent(trade_side_t *side, const trade_segment_t *segment)
{
    if (segment->length < 2)
        return;
    side->resent_seq = segment->seq;
    if (++side->resents > 1)
        side->resent_frame = segment->frame;
}

/* Notes a segment that was sent just before it came. */
static void note_fresh(trade_side_t *side, const trade_segment_t *segment)
{
    side->answers.is_lost = false;
    if (segment->has_stamp)
        learn_stamp(&side->stamps, segment);
}

void trade_evidence_watch_sent(trade_side_t *side, trade_side_t *peer,
                               const trade_segment_t *segment)
{
    if (segment->flags & TRADE_TCP_SYN)
        return;
    if (segment->flags & TRADE_TCP_RST) {
        watch_giving_up(peer, segment);
        note_silence(side, peer, segment, 0);
        return;
    }
    if (segment->length > 0 && trade_is_after(side->next, segment->seq)) {
        side->idle_next = side->next - 1;
        note_resent(side, segment);
    }
    watch_asking(side, peer, segment);
    note_silence(side, peer, segment, watch_answer(side, peer, segment));
    if (trade_stamps_is_fresh(peer, segment))
        note_fresh(side, segment);
}
