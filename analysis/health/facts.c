/* facts.c
 * What is known of a case that is judged, gathered from the evidence. See analysis/health/facts.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/delivery.h"
#include "analysis/health/evidence.h"
#include "analysis/health/facts.h"
#include "analysis/health/hosts.h"
#include "analysis/health/lags.h"
#include "analysis/health/sent.h"
#include "analysis/health/siblings.h"
#include "analysis/health/window.h"

/* From this many contradictions on, the capture's times are not trusted. */
enum { SKEWS_MIN = 2 };
/* Of two capture points, one may show bytes before the other by an interval divided by this. */
enum { LEADS_MAX = 10 };
/* The capture point is near a side if its half of the handshake takes that part of the other. */
#define NEAR_PART 4
#define NEAR_MIN (TRADE_SECOND / 5000)
/* Of the halves of a handshake, one that is shorter lies within a host. */
#define WITHIN_HOST_MAX (TRADE_SECOND / 5000)
/* A window that closes within this part of an interval after the Ping was due still counts as
 * closed when due. */
#define DUE_PART 6

/* ---- Where the capture point is ---- */

/* Returns how many hops a side's frames have come; -1: that is not known. */
static int get_hops(const trade_side_t *side)
{
    return side->ttl != 0 && side->ttls >= TRADE_USUAL_MIN ? (int)trade_ttl_get_hops(side->ttl)
                                                           : -1;
}

/* Finds out which side is next to the capture point. */
static void find_place(trade_facts_t *facts, const trade_evidence_t *evidence)
{
    const int hops[2] = { get_hops(&evidence->sides[0]), get_hops(&evidence->sides[1]) };
    const trade_time_t half = facts->near == (int8_t)evidence->opener
                                  ? evidence->syn_acked - evidence->syn_ack
                                  : evidence->syn_ack - evidence->syn;

    facts->beside = -1;
    for (int side = 0; side < 2; side++) {
        if (hops[side] == 0 && hops[!side] > 0 && facts->near != !side)
            facts->beside = (int8_t)side;
    }
    facts->at_host =
        (int8_t)(facts->near >= 0 && hops[facts->near] == 0 && half < WITHIN_HOST_MAX ? facts->near
                                                                                      : -1);
    if (facts->beside < 0)
        facts->beside = facts->at_host;
}

/* ---- Delivery ---- */

/* Bytes that are looked for: those that were still not acknowledged when something was due, and
 * not long before its time was over. */
typedef struct wanted {
    trade_span_t due;
    trade_time_t latest; /* when they were first sent, at the latest */
    trade_time_t tail;   /* how long before the end they can have been acknowledged */
    uint32_t times;      /* how often they were sent, at least */
} wanted_t;

/* Returns whether bytes that waited for their acknowledgement are those looked for. */
static bool is_wanted(const trade_sending_t *sending, const wanted_t *wanted)
{
    return sending->times >= wanted->times && sending->span.start <= wanted->latest &&
           (sending->acked_frame == 0 || (sending->span.end > wanted->due.start &&
                                          wanted->due.end - sending->span.end <= wanted->tail));
}

/* Returns the bytes of a side that are looked for, or NULL. */
static const trade_sending_t *find_sending(const trade_side_t *side, const wanted_t *wanted)
{
    if (is_wanted(&side->oldest, wanted))
        return &side->oldest;
    if (is_wanted(&side->newest, wanted))
        return &side->newest;
    for (unsigned i = 0; i < side->sending_count && i < TRADE_SENDINGS_MAX; i++) {
        if (is_wanted(&side->sendings[i], wanted))
            return &side->sendings[i];
    }
    return NULL;
}

/* Finds out whether windows kept the missing PDU from being sent. reader: the side that it is
 * for. */
static void find_blocks(trade_facts_t *facts, const trade_evidence_t *evidence, unsigned reader,
                        const trade_span_t *due)
{
    trade_block_t other = { .times = 0 };
    const trade_time_t length = trade_span_get_length(due);
    const trade_side_t *sides = evidence->sides;
    const wanted_t again = { *due, due->end, due->end, 2 };
    const trade_time_t blocked = trade_blocks_sum(&sides[reader], due, &facts->block);

    /* A full window may be one whose bytes, or acknowledgements, do not arrive in time: then they
     * are retransmitted. */
    facts->is_full = trade_is_half(blocked, length);
    facts->is_blocked =
        facts->is_full && (facts->block.is_small ||
                           (facts->block.heard > 0 && !find_sending(&sides[!reader], &again)));
    facts->is_blocked_when_due = facts->block.span.start <= due->start + facts->interval / DUE_PART;
    facts->is_gone = trade_block_may_be_gone(&facts->block, due);
    facts->is_both =
        facts->is_blocked && trade_is_half(trade_blocks_sum(&sides[!reader], due, &other), length);
}

/* Takes bytes that were not delivered for the cause, if there are any. Returns whether. */
static bool take_sending(trade_facts_t *facts, unsigned sender, const trade_sending_t *sending)
{
    if (!sending)
        return false;
    facts->sending = *sending;
    facts->sender = (uint8_t)sender;
    return true;
}

/* Takes bytes of a side that were lost before they came here, and that the other side was alive to
 * wait for. What its own host drops is captured there neither. */
static void take_unseen(trade_facts_t *facts, const trade_evidence_t *evidence, unsigned sender)
{
    const trade_unseen_t *unseen = &evidence->sides[sender].unseen;

    if (unseen->frame == 0 || unseen->times < TRADE_ALIVE_MIN || facts->at_host == (int8_t)sender)
        return;
    facts->unseen = *unseen;
    facts->unseen_sender = (uint8_t)sender;
}

/* Finds bytes behind which a missing Ping waits, or those of the other side that show that
 * nothing of this one comes through. */
static void find_delivery_of_ping(trade_facts_t *facts, const trade_evidence_t *evidence,
                                  const trade_span_t *due)
{
    const unsigned asking = facts->asking;
    wanted_t wanted = { *due, due->start, facts->interval * 3 / 2, TRADE_UNDELIVERED_MIN };
    const trade_sending_t *sending = find_sending(&evidence->sides[asking], &wanted);

    take_unseen(facts, evidence, asking);
    if (take_sending(facts, asking, sending))
        return;
    wanted.latest = due->start + facts->interval;
    sending = find_sending(&evidence->sides[!asking], &wanted);
    if (sending && sending->heard <= due->start)
        take_sending(facts, !asking, sending);
    wanted.latest = due->start;
    wanted.tail = due->end;
    wanted.times = 2;
    sending = find_sending(&evidence->sides[asking], &wanted);
    if (sending)
        facts->again = *sending;
}

/* Finds bytes that kept a Pong from coming: the Ping's or those before it, or those of the
 * answering side, behind which the Pong waits. */
static void find_delivery_of_pong(trade_facts_t *facts, const trade_evidence_t *evidence)
{
    const unsigned asking = facts->asking;
    const trade_span_t due = { facts->span.start + facts->interval, facts->span.end };
    wanted_t wanted = { due, facts->span.start, facts->interval * 3 / 2, TRADE_UNDELIVERED_MIN };

    take_unseen(facts, evidence, asking);
    if (facts->unseen.frame == 0)
        take_unseen(facts, evidence, !asking);
    if (take_sending(facts, asking, find_sending(&evidence->sides[asking], &wanted)))
        return;
    wanted.latest = due.start;
    take_sending(facts, !asking, find_sending(&evidence->sides[!asking], &wanted));
}

/* Finds an ICMP message about the bytes that were not delivered. One about those before them, or
 * that they were not retransmitted after, does not say why they were not acknowledged: most come
 * once, and what is sent next arrives. */
static void find_notice(trade_facts_t *facts, const trade_evidence_t *evidence)
{
    const trade_sending_t *sending = &facts->sending;
    const trade_notice_t *notice = evidence->sides[facts->sender].notice;

    if (sending->times > 0 && notice && notice->when < sending->last &&
        !trade_is_after(sending->seq, notice->seq))
        facts->notice = *notice;
}

/* Returns whether a side's retransmissions, at the distances of TCP's backoff, span a time in
 * which nothing was captured: it sent nothing then, and had no acknowledgement. */
static bool is_backoff(const trade_facts_t *facts, const trade_span_t *pause)
{
    const trade_sending_t *sending = &facts->sending;
    /* The next one may still be due. */
    const trade_time_t next = sending->last + trade_backoff_get_longest(sending->apart);

    return sending->times >= TRADE_UNDELIVERED_MIN && pause->start >= sending->backoff &&
           pause->end <= next;
}

/* Returns whether bytes were held up for as long as the capture's clock seems to have been set by:
 * a clock that is set tears their retransmissions apart, and TCP's backoff explains these. */
static bool is_held_up(const trade_facts_t *facts)
{
    const trade_sending_t *sending = &facts->sending;
    const trade_time_t until = sending->acked_frame != 0 ? sending->span.end : facts->span.end;

    return sending->times > TRADE_UNDELIVERED_MIN &&
           sending->last - sending->backoff >= facts->step / 3 &&
           until - sending->span.start + TRADE_SECOND >= facts->step;
}

/* ---- The rest ---- */

/* Returns the side that the capture point is near, by the halves of the handshake; -1: neither,
 * or they were not captured. */
static int8_t find_near(const trade_evidence_t *evidence)
{
    const trade_time_t far = evidence->syn_ack - evidence->syn;
    const trade_time_t near = evidence->syn_acked - evidence->syn_ack;

    if (evidence->syn == 0 || evidence->syn_ack == 0 || evidence->syn_acked == 0)
        return -1;
    if (far >= NEAR_MIN && far / NEAR_PART >= near)
        return (int8_t)evidence->opener;
    return (int8_t)(near >= NEAR_MIN && near / NEAR_PART >= far ? 1 - evidence->opener : -1);
}

/* Returns whether a gap is longer than any interval that its side is likely to keep to by now:
 * twice what it kept to, or what the preference says. */
static bool is_steady(const trade_facts_t *facts, const trade_health_context_t *context,
                      trade_time_t length)
{
    return trade_is_late(length, facts->interval * 2) && trade_is_late(length, context->usual);
}

/* Returns how long after a Ping was due its side must have sent nothing to be at fault: for half an
 * interval, or half of the time that it was late. */
static trade_time_t get_enough(trade_time_t length, trade_time_t interval)
{
    const trade_time_t late = length - interval;

    return (late < interval ? late : interval) / 2;
}

/* Returns whether a side had nothing to send when a Ping was due by twice its interval, too, and
 * sent none for most of another one. */
static bool is_twice_overdue(const trade_facts_t *facts, const trade_health_context_t *context,
                             trade_time_t length)
{
    return length > facts->interval / 4 * 11 && trade_is_late(length, context->usual) &&
           facts->idle >= facts->span.start + facts->interval / 10 * 21 + facts->lost;
}

/* Returns how long a case may last besides what the capture explains. */
static trade_time_t get_allowed(const trade_facts_t *facts)
{
    return facts->kind == TRADE_CASE_GAP      ? facts->interval * 3
           : facts->kind == TRADE_CASE_WAIT   ? facts->interval
           : facts->kind == TRADE_CASE_ANSWER ? facts->limit / 2
                                              : 0;
}

void trade_facts_find_capture(trade_facts_t *facts, const trade_evidence_t *evidence,
                              const trade_health_context_t *context)
{
    const trade_time_t allowed = get_allowed(facts);
    const trade_time_t length = trade_span_get_length(&facts->span);
    const trade_skew_t *skew = &evidence->skew;
    const trade_stretch_t stretch = { facts->span, facts->frame, facts->end_frame };
    unsigned which = 0;
    const trade_time_t pause =
        trade_capture_get_pause(&context->capture, &stretch, facts->interval * 6 / 5, &which);

    facts->lost = pause;
    if (pause > 0 && length - pause <= allowed &&
        !is_backoff(facts, &context->capture.pauses[which].span)) {
        facts->is_paused = true;
        facts->pause = context->capture.pauses[which].span;
        facts->pause_frame = context->capture.pauses[which].frame;
        facts->connections = context->capture.pauses[which].connections;
    }
    facts->step = trade_capture_get_step(&context->capture, &facts->span, &which);
    if (facts->step > 0 && is_held_up(facts))
        facts->step = 0;
    if (facts->step > facts->lost)
        facts->lost = facts->step;
    if (facts->step != 0 && (facts->step < 0 || length - facts->step <= allowed)) {
        facts->is_stepped = true;
        facts->step_frame = context->capture.steps[which].frame;
    }
    facts->skew = *skew;
    facts->is_skewed = skew->count >= SKEWS_MIN || skew->duplicates >= SKEWS_MIN ||
                       skew->backwards > 0 || skew->beyond > 0 ||
                       skew->lead >= facts->interval / LEADS_MAX;
    if (facts->kind != TRADE_CASE_GAP)
        return;
    facts->is_steady = is_steady(facts, context, length - facts->lost) ||
                       is_twice_overdue(facts, context, length - facts->lost);
    facts->is_idle = facts->idle >= facts->span.start + facts->interval + facts->lost +
                                        get_enough(length - facts->lost, facts->interval);
}

void trade_facts_find_lags(trade_facts_t *facts, const trade_evidence_t *evidence)
{
    const trade_span_t end = { facts->span.end, facts->span.end };
    const unsigned late = facts->kind == TRADE_CASE_GAP ? facts->asking : !facts->asking;

    for (unsigned side = 0; side < 2; side++) {
        const trade_lag_t *lag =
            trade_lags_find(&evidence->sides[side], TRADE_LAG_STOOD, &facts->span);
        if (lag)
            facts->stood[side] = *lag;
    }
    facts->is_slow =
        facts->behind > 0 && trade_lags_find(&evidence->sides[late], TRADE_LAG_NETWORK, &end);
}

trade_facts_t trade_facts_begin(const trade_evidence_t *evidence,
                                const trade_health_context_t *context, trade_case_t kind,
                                unsigned side)
{
    return (trade_facts_t){ .kind = kind,
                            .asking = (uint8_t)side,
                            .module = evidence->module,
                            .interval = trade_health_get_interval(context, &evidence->sides[side]),
                            .limit = context->limit,
                            .is_own = evidence->sides[side].rhythm.own > 0,
                            .is_first = evidence->sides[0].pings + evidence->sides[1].pings < 2,
                            .acked_after = -1,
                            .mixed_frame = evidence->mixed_frame,
                            .is_apart = evidence->is_apart,
                            .unread = evidence->unread,
                            .unread_frame = evidence->unread_frame,
                            .near = find_near(evidence) };
}

/* Finds the frame with which a time ends that a connection's end ended: it closed a side or, if
 * half of the connection lives on, is the last of that half. */
static void find_ending(trade_facts_t *facts, const trade_evidence_t *evidence)
{
    const trade_side_t *asking = &evidence->sides[facts->asking];

    facts->ended_by = facts->asking;
    if (asking->heard == facts->span.end)
        facts->end_frame = asking->heard_frame;
    for (unsigned i = 0; i < 2; i++) {
        const trade_side_t *side = &evidence->sides[i];
        if (side->closed == facts->span.end) {
            facts->ending = side->closing;
            facts->ended_by = side->closed_by;
            facts->end_frame = side->closed_frame;
        }
    }
}

/* Returns whether a side could take what was due, at least this long before the end. */
static bool is_offered(const trade_side_t *reader, const trade_span_t *due, trade_time_t least)
{
    return reader->offers != 0 && reader->offered >= due->start &&
           reader->offers <= due->end - least;
}

/* ---- Other connections ---- */

/* Returns whether a side was not to send a Ping until then, nor while neither was seen: its newest
 * one may have come at the end of that, when its host, which captures, went on. */
static bool owes_nothing(const trade_side_t *side, const trade_health_context_t *context,
                         trade_time_t until, trade_time_t quiet)
{
    const trade_time_t interval = trade_health_get_interval(context, side);

    return side->pings == 0 || (until - side->last_ping < interval && quiet < interval);
}

/* Finds out whether the hosts were silent for most of the time that something was late. Their other
 * connections need not have had anything to send by then: these are well, but the host may have
 * paused. */
static void find_silent_hosts(trade_facts_t *facts, const trade_evidence_t *evidence)
{
    const trade_span_t late = {
        facts->span.start + (facts->kind == TRADE_CASE_GAP ? facts->interval : 0), facts->span.end
    };

    for (unsigned side = 0; side < 2; side++) {
        const trade_time_t silent = trade_host_get_silence(evidence->sides[side].host, &late);
        facts->host_silent[side] = trade_is_half(silent, trade_span_get_length(&late)) ? silent : 0;
    }
}

/* Finds out what other connections showed meanwhile, and what that proves of this one. */
static void find_others(trade_facts_t *facts, const trade_evidence_t *evidence,
                        const trade_health_context_t *context)
{
    const trade_side_t *peer = &evidence->sides[!facts->asking];

    facts->could_take = peer->offers != 0 && peer->offers <= facts->span.start + facts->interval;
    facts->owes_nothing = owes_nothing(peer, context, facts->span.end,
                                       trade_evidence_get_quiet(evidence, &facts->span));
    trade_siblings_get(evidence, &facts->span, facts->siblings);
    find_silent_hosts(facts, evidence);
}

/* ---- Silence ---- */

/* Returns what is known of the silence of a side; sets whether it is known by the clock of a kernel
 * since before the case began. */
static trade_silence_t get_silence(trade_facts_t *facts, const trade_evidence_t *evidence,
                                   unsigned side)
{
    const trade_silence_t silence = evidence->sides[side].silence;

    facts->is_silent_by_clock = silence.since != 0 && silence.since <= facts->frame;
    return silence;
}

/* Finds out whether a side sent nothing after a time, up to the end of this span, though it was
 * free to send. */
static void find_silence(trade_facts_t *facts, const trade_evidence_t *evidence, unsigned side,
                         const trade_span_t *after)
{
    const trade_time_t offers = evidence->sides[!side].offers;

    facts->is_silent =
        offers != 0 && offers <= after->start &&
        facts->silence.until >= after->end + (facts->is_silent_by_clock ? 0 : facts->lost);
}

/* ---- A case ---- */

trade_facts_t trade_facts_gather_gap(const trade_query_t *query)
{
    const trade_health_context_t *context = query->context;
    const unsigned side = query->side;
    const trade_time_t until = query->until;
    const bool is_ping = query->is_ping;
    const trade_evidence_t *evidence = query->evidence;
    const trade_side_t *asking = &evidence->sides[side];
    trade_facts_t facts = trade_facts_begin(evidence, context, TRADE_CASE_GAP, side);

    facts.span = (trade_span_t){ asking->pings > 0 ? asking->last_ping : evidence->first, until };
    facts.frame = asking->last_ping_frame;
    facts.is_first = evidence->sides[0].pings + evidence->sides[1].pings + is_ping < 2;
    facts.is_closed = !is_ping && evidence->ending != TRADE_ENDING_NONE;
    facts.end_frame = is_ping ? evidence->now_frame : 0;
    if (facts.is_closed)
        find_ending(&facts, evidence);
    const trade_span_t due = { facts.span.start + facts.interval, until };
    find_place(&facts, evidence);
    find_blocks(&facts, evidence, !side, &due);
    find_delivery_of_ping(&facts, evidence, &due);
    find_notice(&facts, evidence);
    facts.idle = is_ping ? asking->idle_before : asking->idle;
    trade_facts_find_capture(&facts, evidence, context);
    if (asking->resents > 1 || asking->resent_until >= due.start)
        facts.resent_frame = asking->resent_frame;
    facts.is_offered =
        facts.resent_frame == 0 && is_offered(&evidence->sides[!side], &due, facts.interval / 2);
    facts.had_keepalives = evidence->sides[0].answers.run > 0 || evidence->sides[1].answers.run > 0;
    facts.is_quiet = trade_evidence_get_quiet(evidence, &facts.span) >= facts.interval * 6 / 5;
    facts.is_uncertain = trade_evidence_is_unseen(asking) ||
                         trade_evidence_get_uncertain(asking) > asking->uncertain_at_ping;
    facts.silence = get_silence(&facts, evidence, side);
    /* What the capture's clock shows may be wrong. */
    facts.is_silent_by_clock &=
        !facts.is_steady || is_steady(&facts, context, facts.silence.until - facts.span.start);
    find_silence(&facts, evidence, side,
                 &(trade_span_t){
                     due.start, due.start + get_enough(until - facts.span.start, facts.interval) });
    /* It may wait for a Pong before it sends the next Ping. */
    facts.is_silent &= asking->last_answered != 0 && asking->last_answered <= due.start;
    facts.duplicate_acks = evidence->sides[!side].duplicate_acks;
    facts.sacks = evidence->sides[!side].sacks;
    if (is_ping)
        facts.behind = asking->behind;
    trade_facts_find_lags(&facts, evidence);
    find_others(&facts, evidence, context);
    return facts;
}

trade_time_t trade_query_get_wait_end(const trade_query_t *query, const trade_ping_t *ping)
{
    const trade_side_t *peer = &query->evidence->sides[!query->side];

    return peer->closed != 0 && !ping->is_after_fin && peer->closed < query->until ? peer->closed
                                                                                   : query->until;
}

trade_facts_t trade_facts_gather_wait(const trade_query_t *query, const trade_ping_t *ping)
{
    const trade_health_context_t *context = query->context;
    const unsigned side = query->side;
    const trade_evidence_t *evidence = query->evidence;
    const trade_side_t *peer = &evidence->sides[!side];
    trade_facts_t facts = trade_facts_begin(evidence, context, TRADE_CASE_WAIT, side);

    facts.span = (trade_span_t){ ping->sent, trade_query_get_wait_end(query, ping) };
    facts.frame = ping->frame;
    facts.ping = *ping;
    facts.is_closed = evidence->ending != TRADE_ENDING_NONE;
    if (facts.is_closed)
        find_ending(&facts, evidence);
    find_place(&facts, evidence);
    find_blocks(&facts, evidence, side, &facts.span);
    find_delivery_of_pong(&facts, evidence);
    find_notice(&facts, evidence);
    facts.acked_after = ping->acked_frame ? ping->acked - ping->sent : -1;
    facts.idle = peer->idle;
    facts.is_idle = facts.acked_after >= 0 && facts.idle >= ping->acked + facts.interval / 2;
    facts.is_offered = is_offered(&evidence->sides[side], &facts.span, facts.interval / 2);
    facts.is_uncertain =
        trade_evidence_is_unseen(peer) || ping->uncertain < trade_evidence_get_uncertain(peer);
    facts.duplicate_acks = peer->duplicate_acks;
    facts.sacks = peer->sacks;
    trade_facts_find_capture(&facts, evidence, context);
    facts.silence = get_silence(&facts, evidence, !side);
    if (facts.acked_after >= 0)
        find_silence(&facts, evidence, !side,
                     &(trade_span_t){ ping->acked, ping->acked + facts.interval / 2 });
    trade_facts_find_lags(&facts, evidence);
    find_others(&facts, evidence, context);
    return facts;
}

/* Finds out whether a window kept a side from sending until it ended the connection: it goes on to
 * probe it. If it does not, it has nothing to send, or was told of room, and the capture lacks
 * that. */
static void find_give_up_block(trade_facts_t *facts)
{
    const trade_block_t *block = &facts->block;
    const trade_time_t length = facts->span.end - block->span.start;

    facts->is_blocked &= trade_is_half(block->probed - block->span.start, length);
    facts->is_gone |= !trade_is_half(block->shown - block->span.start, length);
}

/* Returns keepalives of a side that were not answered, as if they had bytes; times 0: there were
 * too few. Probes of a closed window look the same. */
static trade_sending_t find_keepalives(const trade_side_t *peer)
{
    const trade_answers_t *answers = &peer->answers;

    if (peer->zero_since != 0 || answers->unanswered_count < TRADE_UNDELIVERED_MIN ||
        !answers->is_given_up)
        return (trade_sending_t){ .times = 0 };
    return (trade_sending_t){ .span.start = answers->unanswered.start,
                              .last = answers->unanswered.end,
                              .heard = peer->heard,
                              .frame = answers->first_frame,
                              .last_frame = answers->last_frame,
                              .alive = answers->alive,
                              .times = answers->unanswered_count,
                              .is_keepalive = true };
}

trade_facts_t trade_facts_gather_give_up(const trade_evidence_t *evidence,
                                         const trade_health_context_t *context)
{
    const unsigned side = evidence->ended_by;
    trade_facts_t facts = trade_facts_begin(evidence, context, TRADE_CASE_GIVE_UP, side);
    const trade_span_t due = { evidence->ended - facts.interval / 2, evidence->ended };
    const wanted_t wanted = { due, evidence->ended - facts.interval / 4, 0, TRADE_UNDELIVERED_MIN };
    const trade_sending_t keepalives = find_keepalives(&evidence->sides[!side]);

    facts.is_closed = true;
    facts.ending = evidence->ending;
    facts.ended_by = (uint8_t)side;
    facts.end_frame = evidence->ended_frame;
    find_place(&facts, evidence);
    find_blocks(&facts, evidence, !side, &due);
    const trade_sending_t *peers = find_sending(&evidence->sides[!side], &wanted);
    if (!take_sending(&facts, side, find_sending(&evidence->sides[side], &wanted))) {
        /* Nor may anything come to it: that is known if it was alive. */
        if (peers && peers->alive >= TRADE_ALIVE_MIN)
            take_sending(&facts, !side, peers);
        else if (keepalives.times > 0)
            take_sending(&facts, side, &keepalives);
    }
    if (!facts.sending.is_keepalive)
        find_notice(&facts, evidence);
    facts.frame = facts.sending.times > 0 ? facts.sending.frame : facts.block.frame;
    facts.span =
        (trade_span_t){ facts.sending.times > 0 ? facts.sending.span.start : facts.block.span.start,
                        evidence->ended };
    find_give_up_block(&facts);
    trade_facts_find_capture(&facts, evidence, context);
    find_others(&facts, evidence, context);
    return facts;
}
