/* verdict.c
 * The rules by which a connection is judged. See analysis/health/verdict.h; docs/VERDICTS.md gives
 * the reason of each.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/delivery.h"
#include "analysis/health/sentence.h"
#include "analysis/health/verdict.h"

/* From this many contradictions on, the capture's times are not trusted. */
enum { SKEWS_MIN = 2 };
/* This many probes without an answer show that nobody is there. */
#define PROBES_MIN 3
/* The capture point is near a side if its half of the handshake takes that part of the other. */
#define NEAR_PART 4
#define NEAR_MIN (TRADE_SECOND / 5000)
/* Ranks between one verdict and the next. */
#define RANKS 16
/* A window that closes within this part of an interval after the Ping was due still counts as
 * closed when due. */
#define DUE_PART 6

static const char *const verdict_words[] = { "peer-not-reading",
                                             "not-delivered",
                                             "reset-foreign",
                                             "ping-missing",
                                             "ping-unanswered",
                                             "late",
                                             "answered-late",
                                             "clocks-differ",
                                             "capture-hole",
                                             "idle",
                                             "ok" };

static const char *const where_words[] = {
    "-",          "module", "multiplexer", "network", "network-or-module", "network-or-multiplexer",
    "cannot-tell"
};

const char *trade_verdict_get_word(trade_verdict_t verdict)
{
    return verdict_words[verdict];
}

const char *trade_where_get_word(trade_where_t where)
{
    return where_words[where];
}

/* ---- Times ---- */

/* Returns how long two times overlap. */
static trade_time_t get_overlap(const trade_span_t *one, const trade_span_t *other)
{
    const trade_time_t start = one->start > other->start ? one->start : other->start;
    const trade_time_t end = one->end < other->end ? one->end : other->end;

    return end > start ? end - start : 0;
}

trade_time_t trade_judge_get_interval(const trade_judge_t *judge, const trade_court_t *court,
                                      unsigned side)
{
    return trade_rhythm_get(&judge->evidence.sides[side].rhythm, court->usual);
}

/* Returns the longest time after which a side's Ping is not late. */
static trade_time_t get_late(trade_time_t interval)
{
    return interval * 3 / 2;
}

/* Returns whether a side's Pings are late after this time. */
static bool is_late(trade_time_t length, trade_time_t interval)
{
    return length > get_late(interval);
}

/* Returns whether a gap is longer than any interval that its side is likely to keep to by now:
 * twice what it kept to, or what the preference says. */
static bool is_steady(const trade_facts_t *facts, const trade_court_t *court)
{
    const trade_time_t length = trade_span_get_length(&facts->span);

    return is_late(length, facts->interval * 2) && is_late(length, court->usual);
}

/* Who and what is judged. */
typedef struct hearing {
    const trade_judge_t *judge;
    const trade_court_t *court;
    unsigned side;      /* whose Ping is concerned */
    trade_time_t until; /* when the gap or the wait ends, or is judged */
    bool is_ping;       /* the gap ends with a Ping, in the newest segment */
} hearing_t;

/* ---- Facts: windows ---- */

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

/* Adds up how long a side's window let no Ping through while one was due; sets *longest. */
static trade_time_t sum_blocks(const trade_side_t *reader, const trade_span_t *due,
                               trade_block_t *longest)
{
    trade_time_t sum = 0, most = 0;

    for (unsigned i = 0; i < reader->block_count; i++) {
        const trade_block_t block = get_block(reader, i, due->end);
        trade_time_t overlap = get_overlap(&block.span, due);
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

/* ---- Facts: delivery ---- */

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

    facts->blocked = sum_blocks(&sides[reader], due, &facts->block);
    /* A full window may be one whose bytes, or acknowledgements, do not arrive in time: then they
     * are sent again. */
    facts->is_full = trade_is_half(facts->blocked, length);
    facts->is_blocked =
        facts->is_full && (facts->block.is_small ||
                           (facts->block.heard > 0 && !find_sending(&sides[!reader], &again)));
    facts->is_blocked_when_due = facts->block.span.start <= due->start + facts->interval / DUE_PART;
    facts->is_both =
        facts->is_blocked && trade_is_half(sum_blocks(&sides[!reader], due, &other), length);
}

/* Takes bytes that were not delivered for the cause, if there are any. Returns whether. */
static bool take_sending(trade_facts_t *facts, unsigned sender, const trade_sending_t *sending)
{
    if (!sending)
        return false;
    facts->sending = *sending;
    facts->sender = (uint8_t)sender;
    facts->is_peer_alive = sending->alive >= TRADE_ALIVE_MIN;
    return true;
}

/* Finds bytes behind which a missing Ping waits, or those of the other side that show that
 * nothing of this one comes through. */
static void find_delivery_of_ping(trade_facts_t *facts, const trade_evidence_t *evidence,
                                  const trade_span_t *due)
{
    const unsigned asking = facts->asking;
    wanted_t wanted = { *due, due->start, facts->interval * 3 / 2, TRADE_UNDELIVERED_MIN };
    const trade_sending_t *sending = find_sending(&evidence->sides[asking], &wanted);

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

    if (take_sending(facts, asking, find_sending(&evidence->sides[asking], &wanted)))
        return;
    wanted.latest = due.start;
    take_sending(facts, !asking, find_sending(&evidence->sides[!asking], &wanted));
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

/* ---- Facts: the rest ---- */

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

/* Finds out whether the capture itself explains a time in which something is missing. allowed:
 * how long it may be. */
static void find_capture(trade_facts_t *facts, const trade_evidence_t *evidence,
                         const trade_court_t *court, trade_time_t allowed)
{
    const trade_time_t length = trade_span_get_length(&facts->span);
    const trade_skew_t *skew = &evidence->skew;
    const trade_stretch_t stretch = { facts->span, facts->frame, facts->end_frame };
    unsigned which = 0;
    const trade_time_t pause =
        trade_capture_get_pause(&court->capture, &stretch, facts->interval * 6 / 5, &which);

    facts->lost = pause;
    if (pause > 0 && length - pause <= allowed &&
        !is_backoff(facts, &court->capture.pauses[which].span)) {
        facts->is_paused = true;
        facts->pause = court->capture.pauses[which].span;
        facts->pause_frame = court->capture.pauses[which].frame;
        facts->connections = court->capture.pauses[which].connections;
    }
    facts->step = trade_capture_get_step(&court->capture, &facts->span, &which);
    if (facts->step > facts->lost)
        facts->lost = facts->step;
    if (facts->step != 0 && (facts->step < 0 || length - facts->step <= allowed)) {
        facts->is_stepped = true;
        facts->step_frame = court->capture.steps[which].frame;
    }
    facts->skew = *skew;
    facts->is_skewed =
        skew->count >= SKEWS_MIN || skew->duplicates >= SKEWS_MIN || skew->backwards > 0;
}

/* Returns what is known of a side and a time of it, to begin with. */
static trade_facts_t begin_facts(const trade_judge_t *judge, const trade_court_t *court,
                                 trade_case_t kind, unsigned side)
{
    const trade_evidence_t *evidence = &judge->evidence;

    return (trade_facts_t){ .kind = kind,
                            .asking = (uint8_t)side,
                            .module = evidence->module,
                            .interval = trade_judge_get_interval(judge, court, side),
                            .limit = court->limit,
                            .is_own = evidence->sides[side].rhythm.own > 0,
                            .is_first = evidence->sides[0].pings + evidence->sides[1].pings < 2,
                            .acked_after = -1,
                            .mixed_frame = evidence->mixed_frame,
                            .unread = evidence->unread,
                            .unread_frame = evidence->unread_frame,
                            .near = find_near(evidence) };
}

/* Finds the frame with which a time ends that a connection's end ended: it closed a side or, where
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

/* Gathers what is known of a time without a Ping of a side, up to a Ping in the newest segment, or
 * up to a time. */
static trade_facts_t gather_gap(const hearing_t *hearing)
{
    const trade_judge_t *judge = hearing->judge;
    const trade_court_t *court = hearing->court;
    const unsigned side = hearing->side;
    const trade_time_t until = hearing->until;
    const bool is_ping = hearing->is_ping;
    const trade_evidence_t *evidence = &judge->evidence;
    const trade_side_t *asking = &evidence->sides[side];
    trade_facts_t facts = begin_facts(judge, court, TRADE_CASE_GAP, side);

    facts.span = (trade_span_t){ asking->pings > 0 ? asking->last_ping : evidence->first, until };
    facts.frame = asking->last_ping_frame;
    facts.is_first = evidence->sides[0].pings + evidence->sides[1].pings + is_ping < 2;
    facts.is_closed = !is_ping && evidence->ending != TRADE_ENDING_NONE;
    facts.end_frame = is_ping ? evidence->now_frame : 0;
    if (facts.is_closed)
        find_ending(&facts, evidence);
    const trade_span_t due = { facts.span.start + facts.interval, until };
    find_blocks(&facts, evidence, !side, &due);
    find_delivery_of_ping(&facts, evidence, &due);
    facts.is_steady = is_steady(&facts, court);
    facts.idle = is_ping ? asking->idle_before : asking->idle;
    find_capture(&facts, evidence, court, facts.interval * 3);
    facts.is_idle = facts.idle >= due.start + facts.interval / 2 + facts.lost;
    facts.is_offered = is_offered(&evidence->sides[!side], &due, facts.interval / 2);
    facts.is_quiet = trade_evidence_get_quiet(evidence, &facts.span) >= facts.interval * 6 / 5;
    facts.is_unsure = trade_evidence_is_unseen(asking) ||
                      trade_evidence_get_doubt(asking) > asking->doubt_at_ping;
    facts.duplicate_acks = evidence->sides[!side].duplicate_acks;
    facts.sacks = evidence->sides[!side].sacks;
    return facts;
}

/* Returns until when a Ping could be answered: the answering side may have closed before. */
static trade_time_t get_wait_end(const hearing_t *hearing, const trade_ping_t *ping)
{
    const trade_side_t *peer = &hearing->judge->evidence.sides[!hearing->side];

    return peer->closed != 0 && !ping->is_after_fin && peer->closed < hearing->until
               ? peer->closed
               : hearing->until;
}

/* Gathers what is known of a side's Ping without a Pong, or with one that came late. */
static trade_facts_t gather_wait(const hearing_t *hearing, const trade_ping_t *ping)
{
    const trade_judge_t *judge = hearing->judge;
    const trade_court_t *court = hearing->court;
    const unsigned side = hearing->side;
    const trade_evidence_t *evidence = &judge->evidence;
    const trade_side_t *peer = &evidence->sides[!side];
    trade_facts_t facts = begin_facts(judge, court, TRADE_CASE_WAIT, side);

    facts.span = (trade_span_t){ ping->sent, get_wait_end(hearing, ping) };
    facts.frame = ping->frame;
    facts.ping = *ping;
    facts.is_closed = evidence->ending != TRADE_ENDING_NONE;
    if (facts.is_closed)
        find_ending(&facts, evidence);
    find_blocks(&facts, evidence, side, &facts.span);
    find_delivery_of_pong(&facts, evidence);
    facts.acked_after = ping->acked_frame ? ping->acked - ping->sent : -1;
    facts.idle = peer->idle;
    facts.is_idle = facts.acked_after >= 0 && facts.idle >= ping->acked + facts.interval / 2;
    facts.is_offered = is_offered(&evidence->sides[side], &facts.span, facts.interval / 2);
    facts.is_unsure =
        trade_evidence_is_unseen(peer) || ping->doubt < trade_evidence_get_doubt(peer);
    facts.duplicate_acks = peer->duplicate_acks;
    facts.sacks = peer->sacks;
    find_capture(&facts, evidence, court, facts.interval);
    return facts;
}

/* ---- What the rules ask for ---- */

static bool is_skewed(const trade_facts_t *facts)
{
    return facts->is_skewed;
}

static bool is_stepped(const trade_facts_t *facts)
{
    return facts->is_stepped;
}

static bool is_paused(const trade_facts_t *facts)
{
    return facts->is_paused && !(facts->is_first && facts->kind == TRADE_CASE_GAP);
}

static bool is_nobody_there(const trade_facts_t *facts)
{
    return facts->is_blocked && facts->block.heard == 0 && facts->block.probes >= PROBES_MIN;
}

static bool are_both_blocked(const trade_facts_t *facts)
{
    return facts->is_both && facts->is_blocked_when_due;
}

static bool is_blocked(const trade_facts_t *facts)
{
    return facts->is_blocked && facts->is_blocked_when_due;
}

static bool is_own_lost(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->sender == facts->asking && facts->is_peer_alive;
}

static bool is_own_undelivered(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->sender == facts->asking;
}

static bool is_peers_lost(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->sender != facts->asking && facts->is_peer_alive;
}

static bool is_peers_undelivered(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->sender != facts->asking;
}

static bool is_unsure(const trade_facts_t *facts)
{
    return facts->is_unsure && !facts->is_first;
}

/* Returns whether two intervals or more passed without a Ping. */
static bool is_missing(const trade_facts_t *facts)
{
    return !facts->is_first && trade_span_get_length(&facts->span) >= facts->interval * 2;
}

/* Returns whether there were enough Pings to miss one. */
static bool has_two_pings(const trade_facts_t *facts)
{
    return !facts->is_first;
}

/* Returns whether a Ping was due for sure, and nothing but its side, or the way, kept it. */
static bool is_due(const trade_facts_t *facts)
{
    return facts->is_own && facts->is_steady && !facts->is_quiet && !facts->is_full;
}

static bool is_missing_by_sender(const trade_facts_t *facts)
{
    return is_missing(facts) && is_due(facts) && facts->is_idle;
}

static bool is_missing_here(const trade_facts_t *facts)
{
    return is_missing(facts) && is_due(facts) && facts->is_offered;
}

static bool is_late_by_sender(const trade_facts_t *facts)
{
    return has_two_pings(facts) && is_due(facts) && facts->is_idle;
}

static bool is_late_here(const trade_facts_t *facts)
{
    return has_two_pings(facts) && is_due(facts) && facts->is_offered;
}

static bool is_acked_and_idle(const trade_facts_t *facts)
{
    return facts->is_idle;
}

static bool is_acked(const trade_facts_t *facts)
{
    return facts->acked_after >= 0 && facts->is_offered;
}

/* Returns whether an answer is late because the Ping was acknowledged late, though it was sent
 * again and again. */
static bool is_acked_late(const trade_facts_t *facts)
{
    return facts->ping.times >= TRADE_UNDELIVERED_MIN &&
           trade_is_half(facts->acked_after, trade_span_get_length(&facts->span));
}

/* Returns whether it arrived late, at a host that was alive. */
static bool is_late_on_the_way(const trade_facts_t *facts)
{
    return is_acked_late(facts) && facts->ping.alive >= TRADE_ALIVE_MIN;
}

/* Returns whether the Ping came soon, and its program had nothing to send for most of the wait. */
static bool is_acked_soon(const trade_facts_t *facts)
{
    const trade_time_t length = trade_span_get_length(&facts->span);

    return facts->acked_after >= 0 && facts->acked_after <= length / 4 &&
           trade_is_half(facts->idle - facts->ping.acked, length);
}

static bool is_late_answer(const trade_facts_t *facts)
{
    return facts->kind == TRADE_CASE_ANSWER;
}

static bool is_reset_by_other(const trade_facts_t *facts)
{
    return facts->is_reset_foreign;
}

static bool is_reset_odd(const trade_facts_t *facts)
{
    return facts->reset.frame != 0 &&
           (facts->reset.is_id_foreign || facts->reset.is_outside || facts->is_ttl_other);
}

static bool is_held_back(const trade_facts_t *facts)
{
    return facts->held.bytes > 0;
}

static bool is_mixed(const trade_facts_t *facts)
{
    return facts->mixed_frame != 0;
}

static bool is_unread(const trade_facts_t *facts)
{
    return facts->unread > 0;
}

static bool is_little_seen(const trade_facts_t *facts)
{
    return facts->is_first && facts->is_unsure;
}

/* ---- The rules ---- */

/* Where it went wrong, seen from the case: the side that a Ping is asked of or has asked, or its
 * peer. */
typedef enum place {
    PLACE_NONE,
    PLACE_ASKING,
    PLACE_PEER,
    PLACE_NETWORK,
    PLACE_NETWORK_OR_ASKING,
    PLACE_NETWORK_OR_PEER,
    PLACE_UNKNOWN
} place_t;

/* A rule: where it holds in a case, that is the verdict. */
typedef struct rule {
    trade_case_t kind;
    trade_verdict_t verdict;
    place_t place;
    bool (*holds)(const trade_facts_t *facts);
    void (*explain)(trade_writer_t *writer, const trade_facts_t *facts);
} rule_t;

/* clang-format off */
/* The first that holds counts. In the order of docs/VERDICTS.md. */
static const rule_t rules[] = {
    { TRADE_CASE_GAP, TRADE_VERDICT_CLOCKS_DIFFER, PLACE_NONE, is_skewed, trade_explain_clocks },
    { TRADE_CASE_GAP, TRADE_VERDICT_CLOCKS_DIFFER, PLACE_NONE, is_stepped, trade_explain_clocks },
    { TRADE_CASE_GAP, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_paused, trade_explain_pause },
    { TRADE_CASE_GAP, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK_OR_PEER, is_nobody_there, trade_explain_nobody },
    { TRADE_CASE_GAP, TRADE_VERDICT_PEER_NOT_READING, PLACE_UNKNOWN, are_both_blocked, trade_explain_blocked },
    { TRADE_CASE_GAP, TRADE_VERDICT_PEER_NOT_READING, PLACE_PEER, is_blocked, trade_explain_blocked },
    { TRADE_CASE_GAP, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK, is_own_lost, trade_explain_not_delivered },
    { TRADE_CASE_GAP, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK_OR_PEER, is_own_undelivered, trade_explain_not_delivered },
    { TRADE_CASE_GAP, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK_OR_ASKING, is_peers_undelivered, trade_explain_not_delivered },
    { TRADE_CASE_GAP, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_unsure, trade_explain_hole },
    { TRADE_CASE_GAP, TRADE_VERDICT_PING_MISSING, PLACE_ASKING, is_missing_by_sender, trade_explain_silence },
    { TRADE_CASE_GAP, TRADE_VERDICT_PING_MISSING, PLACE_NETWORK_OR_ASKING, is_missing_here, trade_explain_silence },
    { TRADE_CASE_GAP, TRADE_VERDICT_PING_MISSING, PLACE_UNKNOWN, is_missing, trade_explain_silence },
    { TRADE_CASE_GAP, TRADE_VERDICT_LATE, PLACE_ASKING, is_late_by_sender, trade_explain_silence },
    { TRADE_CASE_GAP, TRADE_VERDICT_LATE, PLACE_NETWORK_OR_ASKING, is_late_here, trade_explain_silence },
    { TRADE_CASE_GAP, TRADE_VERDICT_LATE, PLACE_UNKNOWN, has_two_pings, trade_explain_silence },

    { TRADE_CASE_WAIT, TRADE_VERDICT_CLOCKS_DIFFER, PLACE_NONE, is_skewed, trade_explain_clocks },
    { TRADE_CASE_WAIT, TRADE_VERDICT_CLOCKS_DIFFER, PLACE_NONE, is_stepped, trade_explain_clocks },
    { TRADE_CASE_WAIT, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_paused, trade_explain_pause },
    { TRADE_CASE_WAIT, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK_OR_ASKING, is_nobody_there, trade_explain_nobody },
    { TRADE_CASE_WAIT, TRADE_VERDICT_PEER_NOT_READING, PLACE_UNKNOWN, are_both_blocked, trade_explain_blocked },
    { TRADE_CASE_WAIT, TRADE_VERDICT_PEER_NOT_READING, PLACE_ASKING, is_blocked, trade_explain_blocked },
    { TRADE_CASE_WAIT, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK, is_own_lost, trade_explain_not_delivered },
    { TRADE_CASE_WAIT, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK_OR_PEER, is_own_undelivered, trade_explain_not_delivered },
    { TRADE_CASE_WAIT, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK, is_peers_lost, trade_explain_not_delivered },
    { TRADE_CASE_WAIT, TRADE_VERDICT_NOT_DELIVERED, PLACE_NETWORK_OR_ASKING, is_peers_undelivered, trade_explain_not_delivered },
    { TRADE_CASE_WAIT, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_unsure, trade_explain_hole },
    { TRADE_CASE_WAIT, TRADE_VERDICT_PING_UNANSWERED, PLACE_PEER, is_acked_and_idle, trade_explain_unanswered },
    { TRADE_CASE_WAIT, TRADE_VERDICT_PING_UNANSWERED, PLACE_NETWORK_OR_PEER, is_acked, trade_explain_unanswered },
    { TRADE_CASE_WAIT, TRADE_VERDICT_PING_UNANSWERED, PLACE_UNKNOWN, has_two_pings, trade_explain_unanswered },

    { TRADE_CASE_ANSWER, TRADE_VERDICT_CLOCKS_DIFFER, PLACE_NONE, is_skewed, trade_explain_clocks },
    { TRADE_CASE_ANSWER, TRADE_VERDICT_CLOCKS_DIFFER, PLACE_NONE, is_stepped, trade_explain_clocks },
    { TRADE_CASE_ANSWER, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_paused, trade_explain_pause },
    { TRADE_CASE_ANSWER, TRADE_VERDICT_ANSWERED_LATE, PLACE_ASKING, is_blocked, trade_explain_answered_late },
    { TRADE_CASE_ANSWER, TRADE_VERDICT_ANSWERED_LATE, PLACE_NETWORK, is_late_on_the_way, trade_explain_answered_late },
    { TRADE_CASE_ANSWER, TRADE_VERDICT_ANSWERED_LATE, PLACE_NETWORK_OR_PEER, is_acked_late, trade_explain_answered_late },
    { TRADE_CASE_ANSWER, TRADE_VERDICT_ANSWERED_LATE, PLACE_PEER, is_acked_soon, trade_explain_answered_late },
    { TRADE_CASE_ANSWER, TRADE_VERDICT_ANSWERED_LATE, PLACE_UNKNOWN, is_late_answer, trade_explain_answered_late },

    { TRADE_CASE_RESET, TRADE_VERDICT_RESET_FOREIGN, PLACE_NETWORK, is_reset_by_other, trade_explain_reset },
    { TRADE_CASE_RESET, TRADE_VERDICT_RESET_FOREIGN, PLACE_UNKNOWN, is_reset_odd, trade_explain_reset },

    { TRADE_CASE_BLIND, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_mixed, trade_explain_mixed },
    { TRADE_CASE_BLIND, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_unread, trade_explain_unread },
    { TRADE_CASE_BLIND, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_held_back, trade_explain_held },
    { TRADE_CASE_BLIND, TRADE_VERDICT_CAPTURE_HOLE, PLACE_UNKNOWN, is_little_seen, trade_explain_little_seen },
    { TRADE_CASE_BLIND, TRADE_VERDICT_CLOCKS_DIFFER, PLACE_NONE, is_skewed, trade_explain_clocks }
};
/* clang-format on */

enum { RULES = sizeof rules / sizeof rules[0] };

/* Returns a side's place. */
static trade_where_t get_where(place_t place, const trade_facts_t *facts)
{
    const bool is_module = (facts->asking == facts->module) ==
                           (place == PLACE_ASKING || place == PLACE_NETWORK_OR_ASKING);

    switch (place) {
    case PLACE_NONE:
        return TRADE_WHERE_NOWHERE;
    case PLACE_ASKING:
    case PLACE_PEER:
        return is_module ? TRADE_WHERE_MODULE : TRADE_WHERE_MULTIPLEXER;
    case PLACE_NETWORK:
        return TRADE_WHERE_NETWORK;
    case PLACE_NETWORK_OR_ASKING:
    case PLACE_NETWORK_OR_PEER:
        return is_module ? TRADE_WHERE_NETWORK_OR_MODULE : TRADE_WHERE_NETWORK_OR_MULTIPLEXER;
    default:
        return TRADE_WHERE_CANNOT_TELL;
    }
}

/* Judges a case by the first rule that holds. Returns whether there is one. */
static bool judge_facts(const trade_facts_t *facts, trade_finding_t *finding)
{
    for (unsigned i = 0; i < RULES; i++) {
        if (rules[i].kind != facts->kind || !rules[i].holds(facts))
            continue;
        finding->verdict = rules[i].verdict;
        finding->where = get_where(rules[i].place, facts);
        finding->rule = (uint8_t)i;
        finding->facts = *facts;
        return true;
    }
    return false;
}

/* Returns how often the side that is heard sends Pings. */
static trade_time_t get_interval(const hearing_t *hearing)
{
    return trade_judge_get_interval(hearing->judge, hearing->court, hearing->side);
}

/* Opens the case of a side as it stands: until its connection ended, or now. */
static hearing_t open_hearing(const trade_judge_t *judge, const trade_court_t *court, unsigned side)
{
    return (hearing_t){ .judge = judge,
                        .court = court,
                        .side = side,
                        .until =
                            trade_evidence_get_end(&judge->evidence, side, court->capture.now) };
}

/* Judges a time without a Ping of a side, if it is long enough. */
static bool judge_gap(const hearing_t *hearing, trade_finding_t *finding)
{
    const trade_evidence_t *evidence = &hearing->judge->evidence;
    const trade_side_t *asking = &evidence->sides[hearing->side];
    const trade_time_t since = asking->pings > 0 ? asking->last_ping : evidence->first;

    /* Most are not: nothing is gathered for those. Nor need every side send Pings: then nothing
     * is due of it. */
    if (!is_late(hearing->until - since, get_interval(hearing)) ||
        (asking->pings == 0 && evidence->sides[!hearing->side].pings >= 2))
        return false;
    const trade_facts_t facts = gather_gap(hearing);
    return judge_facts(&facts, finding);
}

/* Judges a Ping without a Pong, if it has waited long enough. */
static bool judge_wait(const hearing_t *hearing, const trade_ping_t *ping, trade_finding_t *finding)
{
    /* Most have not: nothing is gathered for those. */
    if (get_wait_end(hearing, ping) - ping->sent < get_interval(hearing))
        return false;
    const trade_facts_t facts = gather_wait(hearing, ping);
    return judge_facts(&facts, finding);
}

/* ---- Incidents ---- */

/* Returns whether two incidents are one: their times overlap. */
static bool are_one(const trade_finding_t *one, const trade_finding_t *other)
{
    return one->facts.span.start < other->facts.span.end &&
           other->facts.span.start < one->facts.span.end;
}

/* Returns how bad an incident is; less is worse. One whose place cannot be told ranks below one
 * whose place is known. */
static unsigned get_rank(const trade_finding_t *finding)
{
    const bool is_vague = finding->where == TRADE_WHERE_CANNOT_TELL &&
                          finding->verdict >= TRADE_VERDICT_RESET_FOREIGN &&
                          finding->verdict <= TRADE_VERDICT_ANSWERED_LATE;

    return is_vague ? TRADE_VERDICT_ANSWERED_LATE * RANKS + 1 + finding->verdict
                    : finding->verdict * RANKS;
}

/* Returns whether an incident is worse than another: by its verdict, or else if it shows by what
 * the side itself sent, or if it is longer. */
static bool is_worse(const trade_finding_t *one, const trade_finding_t *other)
{
    const bool is_own = is_own_undelivered(&one->facts);

    if (get_rank(one) != get_rank(other))
        return get_rank(one) < get_rank(other);
    if (one->verdict == TRADE_VERDICT_NOT_DELIVERED && is_own != is_own_undelivered(&other->facts))
        return is_own;
    return trade_span_get_length(&one->facts.span) > trade_span_get_length(&other->facts.span);
}

/* Returns whether a side's late Pongs explain that its Pings are missing, too: it was stuck, and
 * came back before that. Then the Pongs are what counts, since the other side waits for them. */
static bool explains(const trade_finding_t *answer, const trade_finding_t *gap)
{
    return answer->verdict == TRADE_VERDICT_ANSWERED_LATE &&
           (gap->verdict == TRADE_VERDICT_PING_MISSING || gap->verdict == TRADE_VERDICT_LATE) &&
           gap->facts.asking != answer->facts.asking && are_one(answer, gap) &&
           !is_late(gap->facts.span.end - answer->facts.span.end, gap->facts.interval);
}

/* Returns whether the first of two incidents is the one to report. */
static bool is_preferred(const trade_finding_t *one, const trade_finding_t *other)
{
    if (explains(one, other) || explains(other, one))
        return explains(one, other);
    return is_worse(one, other);
}

/* Moves an incident to where it belongs by how bad it is. */
static void sort_incident(trade_judge_t *judge, unsigned place)
{
    for (; place > 0 && is_worse(&judge->incidents[place], &judge->incidents[place - 1]); place--) {
        const trade_finding_t worse = judge->incidents[place];
        judge->incidents[place] = judge->incidents[place - 1];
        judge->incidents[place - 1] = worse;
    }
}

/* Keeps an incident that is over. */
static void add_incident(trade_judge_t *judge, const trade_finding_t *finding)
{
    const unsigned last = judge->incident_count;

    if (!judge->incidents)
        judge->incidents = (trade_finding_t *)judge->evidence.allocate(TRADE_INCIDENTS_MAX *
                                                                       sizeof *judge->incidents);
    for (unsigned i = 0; i < last; i++) {
        if (!are_one(&judge->incidents[i], finding))
            continue;
        if (is_preferred(finding, &judge->incidents[i]))
            judge->incidents[i] = *finding;
        sort_incident(judge, i);
        return;
    }
    if (last < TRADE_INCIDENTS_MAX) {
        judge->incidents[judge->incident_count++] = *finding;
        sort_incident(judge, last);
        return;
    }
    judge->dropped++;
    if (!is_worse(finding, &judge->incidents[last - 1]))
        return;
    judge->incidents[last - 1] = *finding;
    sort_incident(judge, last - 1);
}

/* Takes back that a side's Pings were late or missing since a time: it keeps to another interval.
 */
static void drop_gaps(trade_judge_t *judge, unsigned side, trade_time_t since)
{
    const trade_time_t own = judge->evidence.sides[side].rhythm.own;
    unsigned kept = 0;

    for (unsigned i = 0; i < judge->incident_count; i++) {
        const trade_finding_t *incident = &judge->incidents[i];
        if (incident->facts.kind == TRADE_CASE_GAP && incident->facts.asking == side &&
            incident->facts.span.start >= since &&
            !is_late(trade_span_get_length(&incident->facts.span), own) &&
            incident->verdict >= TRADE_VERDICT_PING_MISSING)
            continue;
        judge->incidents[kept++] = *incident;
    }
    judge->incident_count = kept;
}

/* Notes that a side's Pings still keep to the interval after a gap that its last Ping ended: so the
 * gap was not a longer interval. */
static void confirm_gap(trade_judge_t *judge, unsigned side, trade_time_t next)
{
    for (unsigned i = 0; i < judge->incident_count; i++) {
        trade_facts_t facts = judge->incidents[i].facts;
        if (facts.kind != TRADE_CASE_GAP || facts.asking != side || facts.is_steady ||
            facts.end_frame != judge->evidence.sides[side].last_ping_frame ||
            is_late(next, facts.interval))
            continue;
        facts.is_steady = true;
        judge_facts(&facts, &judge->incidents[i]);
        sort_incident(judge, i);
    }
}

/* Learns from the time between two Pings of a side how often it sends them. Returns whether that
 * is another interval than was known. */
static bool learn_gap(trade_judge_t *judge, const trade_court_t *court, unsigned side,
                      trade_time_t gap)
{
    trade_rhythm_t *rhythm = &judge->evidence.sides[side].rhythm;
    trade_time_t since = judge->evidence.now;
    unsigned first = 0;

    if (gap <= 0 || !trade_rhythm_add(rhythm, gap, court->usual, &first))
        return false;
    for (unsigned i = first; i < rhythm->count; i++)
        since -= rhythm->gaps[i];
    drop_gaps(judge, side, since);
    return true;
}

bool trade_judge_add_ping(trade_judge_t *judge, const trade_court_t *court,
                          const trade_ping_event_t *event)
{
    trade_evidence_t *evidence = &judge->evidence;
    trade_side_t *side = &evidence->sides[event->side];
    hearing_t hearing = open_hearing(judge, court, event->side);
    trade_finding_t finding;
    trade_ping_t forgotten;
    bool is_new = false;

    /* Its bytes came before: when it was sent is not known, nor whether it was answered. */
    if (side->is_old)
        return false;
    hearing.until = evidence->now;
    hearing.is_ping = true;
    confirm_gap(judge, event->side, evidence->now - side->last_ping);
    if (side->pings > 0 && judge_gap(&hearing, &finding))
        add_incident(judge, &finding);
    if (side->pings > 0 && trade_evidence_get_doubt(side) <= side->doubt_at_ping)
        is_new = learn_gap(judge, court, event->side, evidence->now - side->last_ping);
    if (trade_evidence_add_ping(evidence, event, &forgotten) &&
        judge_wait(&hearing, &forgotten, &finding))
        add_incident(judge, &finding);
    side->overdue = evidence->now + get_late(trade_judge_get_interval(judge, court, event->side));
    return is_new;
}

void trade_judge_add_pong(trade_judge_t *judge, const trade_court_t *court,
                          const trade_pong_event_t *event)
{
    trade_evidence_t *evidence = &judge->evidence;
    trade_ping_t ping = { .sent = evidence->now - event->elapsed, .frame = event->ping_frame };
    hearing_t hearing = open_hearing(judge, court, event->asking);
    trade_finding_t finding;

    trade_evidence_add_pong(evidence, event->asking, event->ping_frame, &ping);
    if (event->elapsed <= court->limit / 2)
        return;
    hearing.until = evidence->now;
    trade_facts_t facts = gather_wait(&hearing, &ping);
    facts.kind = TRADE_CASE_ANSWER;
    facts.idle = evidence->sides[!event->asking].idle_before;
    facts.end_frame = evidence->now_frame;
    if (judge_facts(&facts, &finding))
        add_incident(judge, &finding);
}

/* ---- The judgement ---- */

/* Takes an incident that lasts into the judgement: it is another one, or belongs to the worst. */
static void take(trade_judgement_t *judgement, const trade_finding_t *finding)
{
    if (judgement->worst.verdict < TRADE_VERDICT_IDLE && !are_one(&judgement->worst, finding))
        judgement->others++;
    if (is_preferred(finding, &judgement->worst))
        judgement->worst = *finding;
}

/* Judges what lasts of a side: the time since its last Ping, and the oldest Pings that wait. */
static void judge_side(const trade_judge_t *judge, const trade_court_t *court, unsigned side,
                       trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &judge->evidence;
    const trade_side_t *asking = &evidence->sides[side];
    const hearing_t hearing = open_hearing(judge, court, side);
    trade_finding_t finding;

    if (judge_gap(&hearing, &finding))
        take(judgement, &finding);
    for (unsigned i = 0; i < asking->waiting_count; i++) {
        if (judge_wait(&hearing, &asking->waiting[i], &finding) &&
            (is_worse(&finding, &judgement->worst)))
            take(judgement, &finding);
    }
}

/* Returns the RST of a connection to report: the first that its side did not send, or may not have
 * sent, or else the last. */
static const trade_reset_t *get_reset(const trade_evidence_t *evidence)
{
    const trade_reset_t *odd = &evidence->odd;
    const trade_reset_t *last = &evidence->reset;

    if (trade_reset_is_foreign(evidence, odd))
        return odd;
    return trade_reset_is_foreign(evidence, last) || odd->frame == 0 ||
                   !trade_reset_has_other_ttl(evidence, odd)
               ? last
               : odd;
}

/* Returns the frame that shows what the capture lacks. */
static uint32_t find_blind_frame(const trade_facts_t *facts, const trade_evidence_t *evidence)
{
    if (facts->mixed_frame > 0)
        return facts->mixed_frame;
    if (facts->unread > 0)
        return facts->unread_frame;
    return facts->held.bytes > 0 ? facts->held.frame : evidence->first_frame;
}

/* Judges an RST, and what nothing was found wrong with: a capture that lacks bytes cannot tell. */
static void judge_rest(const trade_judge_t *judge, const trade_court_t *court,
                       const trade_held_bytes_t held[2], trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &judge->evidence;
    const trade_reset_t *reset = get_reset(evidence);
    trade_facts_t facts = begin_facts(judge, court, TRADE_CASE_RESET, reset->side);
    trade_finding_t finding;

    facts.reset = *reset;
    facts.is_reset_foreign = trade_reset_is_foreign(evidence, reset);
    facts.is_ttl_other = trade_reset_has_other_ttl(evidence, reset);
    facts.frame = reset->frame;
    facts.span = (trade_span_t){ reset->when, reset->when };
    if (evidence->mixed_frame == 0 && judge_facts(&facts, &finding))
        take(judgement, &finding);
    for (unsigned side = 0; side < 2; side++) {
        facts = begin_facts(judge, court, TRADE_CASE_BLIND, side);
        facts.held = held[side];
        facts.missing = trade_evidence_get_missing(&evidence->sides[side]);
        facts.cuts = evidence->sides[side].cuts;
        facts.is_unsure = trade_evidence_get_doubt(&evidence->sides[side]) > 0;
        facts.frame = find_blind_frame(&facts, evidence);
        find_capture(&facts, evidence, court, 0);
        if (judge_facts(&facts, &finding) && finding.verdict < judgement->worst.verdict)
            judgement->worst = finding;
    }
}

trade_finding_t trade_judge_get_incident(const trade_judge_t *judge, const trade_court_t *court,
                                         unsigned number)
{
    trade_finding_t finding = judge->incidents[number];
    trade_facts_t facts = finding.facts;
    const trade_time_t allowed = facts.kind == TRADE_CASE_GAP    ? facts.interval * 3
                                 : facts.kind == TRADE_CASE_WAIT ? facts.interval
                                                                 : facts.limit / 2;

    find_capture(&facts, &judge->evidence, court, allowed);
    if (facts.is_skewed || facts.is_stepped)
        judge_facts(&facts, &finding);
    return finding;
}

/* Returns whether an incident was over before segments of other connections came. */
static bool is_before_others(const trade_evidence_t *evidence, const trade_finding_t *finding)
{
    return evidence->mixed_frame == 0 || finding->facts.span.end < evidence->mixed_since;
}

void trade_judge_conclude(const trade_judge_t *judge, const trade_court_t *court,
                          const trade_held_bytes_t held[2], trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &judge->evidence;
    const bool is_idle = evidence->sides[0].pings + evidence->sides[1].pings < 2;

    judgement->others = judge->dropped;
    judgement->worst.verdict = is_idle ? TRADE_VERDICT_IDLE : TRADE_VERDICT_OK;
    judgement->worst.where = TRADE_WHERE_NOWHERE;
    judgement->worst.facts.frame = 0;
    for (unsigned i = 0; i < judge->incident_count; i++) {
        const trade_finding_t finding = trade_judge_get_incident(judge, court, i);
        if (is_before_others(evidence, &finding))
            take(judgement, &finding);
    }
    for (unsigned side = 0; side < 2 && evidence->mixed_frame == 0; side++)
        judge_side(judge, court, side, judgement);
    judge_rest(judge, court, held, judgement);
}

bool trade_judge_find_missing(trade_judge_t *judge, const trade_court_t *court, unsigned side,
                              trade_finding_t *finding)
{
    trade_evidence_t *evidence = &judge->evidence;
    trade_side_t *asking = &evidence->sides[side];
    const trade_time_t until = trade_evidence_get_end(evidence, side, evidence->now);

    if (until <= asking->overdue)
        return false;
    asking->overdue = TRADE_NEVER;
    if (evidence->mixed_frame != 0)
        return false;
    const hearing_t hearing = { .judge = judge, .court = court, .side = side, .until = until };
    return judge_gap(&hearing, finding) && finding->verdict < TRADE_VERDICT_CLOCKS_DIFFER;
}

uint32_t trade_finding_get_frame(const trade_finding_t *finding)
{
    const trade_facts_t *facts = &finding->facts;

    if (finding->verdict >= TRADE_VERDICT_IDLE)
        return 0;
    if (finding->verdict == TRADE_VERDICT_PEER_NOT_READING)
        return facts->block.frame;
    if (finding->verdict == TRADE_VERDICT_NOT_DELIVERED)
        return facts->sending.times > 0 ? facts->sending.frame : facts->block.frame;
    if (finding->verdict == TRADE_VERDICT_CLOCKS_DIFFER)
        return facts->is_skewed ? facts->skew.frame : facts->step_frame;
    return facts->frame;
}

void trade_finding_explain(const trade_finding_t *finding, const trade_naming_t *naming, char *text,
                           size_t size)
{
    trade_writer_t writer = { .text = text, .size = size, .naming = naming };

    text[0] = '\0';
    if (finding->verdict < TRADE_VERDICT_IDLE)
        rules[finding->rule].explain(&writer, &finding->facts);
}
