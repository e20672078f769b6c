/* rules.c
 * The rules by which a connection is judged. See analysis/health/rules.h;
 * docs/VERDICTS.md gives the reason of each rule.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/delivery.h"
#include "analysis/health/hosts.h"
#include "analysis/health/notices.h"
#include "analysis/health/kernels.h"
#include "analysis/health/rules.h"
#include "analysis/health/sentence.h"

/* So many connections that their host itself ended, by FIN or by the clock of its kernel: nobody on
 * the way does that. */
#define OWN_ENDS_MIN 2
/* This many probes without an answer show that nobody is there. */
#define PROBES_MIN 3

/* ---- What the rules ask for ---- */

static bool is_skewed(const trade_facts_t *facts)
{
    return facts->is_skewed;
}

static bool is_stepped(const trade_facts_t *facts)
{
    return facts->is_stepped;
}

static bool is_after_data(const trade_facts_t *facts)
{
    return facts->ping.is_after_data;
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

static bool is_blocked_or_gone(const trade_facts_t *facts)
{
    return is_blocked(facts) && facts->is_gone;
}

static bool is_turned_back(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->notice.frame > 0 &&
           trade_notice_is_of_network(&facts->notice);
}

static bool is_refused_by_tcp(const trade_facts_t *facts)
{
    return trade_sending_is_refused(&facts->sending);
}

static bool is_peers_undelivered(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->sender != facts->asking;
}

/* Returns whether bytes were not delivered, though the other side was heard between
 * retransmissions, and did not acknowledge the next ones either. */
static bool is_own_lost(const trade_facts_t *facts)
{
    return trade_facts_is_own_undelivered(facts) && facts->sending.alive >= TRADE_ALIVE_MIN;
}

static bool is_peers_lost(const trade_facts_t *facts)
{
    return is_peers_undelivered(facts) && facts->sending.alive >= TRADE_ALIVE_MIN;
}

/* Returns whether bytes were not acknowledged, though the receiver's kernel acknowledged meanwhile
 * what came on other connections. What is captured at its host has not passed a filter there. */
static bool is_lost_beside(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->sending.beside >= TRADE_ALIVE_MIN &&
           facts->at_host != (int8_t)!facts->sender;
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

/* Returns whether bytes of a side, behind which something waits, were lost before they came here,
 * while the other side was alive. */
static bool is_lost_before(const trade_facts_t *facts)
{
    return facts->unseen.frame != 0;
}

/* Returns whether a side's host stood still for half of this time or more. */
static bool has_stood(const trade_facts_t *facts, unsigned side, trade_time_t length)
{
    return facts->stood[side].frame != 0 && trade_is_half(facts->stood[side].behind, length);
}

/* Returns how long bytes waited for their acknowledgement. */
static trade_time_t get_waited(const trade_facts_t *facts)
{
    const trade_sending_t *sending = &facts->sending;

    return (sending->acked_frame != 0 ? sending->span.end : facts->span.end) - sending->span.start;
}

/* Returns whether bytes were not acknowledged since the host that should have stood still. */
static bool is_own_lost_to_stood(const trade_facts_t *facts)
{
    return trade_facts_is_own_undelivered(facts) &&
           has_stood(facts, !facts->asking, get_waited(facts));
}

/* Returns whether a Ping would not be late if its side's host had not stood still. */
static bool is_late_since_stood(const trade_facts_t *facts)
{
    return has_two_pings(facts) && has_stood(facts, facts->asking, 0) &&
           !trade_is_late(trade_span_get_length(&facts->span) - facts->stood[facts->asking].behind,
                          facts->interval);
}

static bool is_missing_since_stood(const trade_facts_t *facts)
{
    return is_missing(facts) && is_late_since_stood(facts);
}

static bool is_answered_since_stood(const trade_facts_t *facts)
{
    return has_stood(facts, !facts->asking, trade_span_get_length(&facts->span));
}

/* Returns whether a Ping, or a Pong, was sent in time, and was on its way for long. */
static bool is_ping_slow(const trade_facts_t *facts)
{
    return has_two_pings(facts) && facts->is_slow &&
           !trade_is_late(trade_span_get_length(&facts->span) - facts->behind, facts->interval);
}

static bool is_pong_slow(const trade_facts_t *facts)
{
    return facts->is_slow && trade_is_half(facts->behind, trade_span_get_length(&facts->span));
}

static bool is_uncertain(const trade_facts_t *facts)
{
    return facts->is_uncertain && !facts->is_first;
}

/* Returns whether a Ping was due for sure, and nothing but its side, or the path, kept it. */
static bool is_due(const trade_facts_t *facts)
{
    return facts->is_own && facts->is_steady && !facts->is_quiet && !facts->is_full;
}

/* Returns whether a Ping was due for sure, and was not sent: nothing was. */
static bool is_not_sent(const trade_facts_t *facts)
{
    return facts->is_own && facts->is_steady && (facts->is_silent_by_clock || !facts->is_quiet) &&
           !facts->is_full && facts->again.times == 0 && facts->is_silent;
}

/* The same, while bytes of its peer were not acknowledged. */
static bool is_paused_side(const trade_facts_t *facts)
{
    return is_peers_undelivered(facts) && is_not_sent(facts);
}

static bool is_missing_since_silent(const trade_facts_t *facts)
{
    return is_missing(facts) && is_not_sent(facts);
}

static bool is_late_since_silent(const trade_facts_t *facts)
{
    return has_two_pings(facts) && is_not_sent(facts);
}

static bool is_missing_by_sender(const trade_facts_t *facts)
{
    return is_missing(facts) && is_due(facts) && facts->is_idle;
}

/* Returns whether a Ping was due for sure, and the other side could take it: none waits behind
 * bytes that were retransmitted. */
static bool is_due_here(const trade_facts_t *facts)
{
    return is_due(facts) && facts->is_offered && facts->again.times == 0;
}

static bool is_missing_here(const trade_facts_t *facts)
{
    return is_missing(facts) && is_due_here(facts);
}

/* Returns whether neither side was seen, though other connections of both hosts were, in both
 * directions, and nothing but the side, or its way here, kept its Ping. Kernels that exchanged
 * keepalives go on with that, unless the connection ended, in frames that the capture may lack. */
static bool is_missing_among_others(const trade_facts_t *facts)
{
    return is_missing(facts) && facts->is_own && facts->is_steady && facts->is_quiet &&
           !facts->had_keepalives && !facts->is_full && facts->again.times == 0 &&
           facts->owes_nothing && facts->could_take && facts->siblings[TRADE_GROUP_PAIR].is_watched;
}

/* Returns whether that is so at the side's own host: then it did not send it. */
static bool is_missing_at_host(const trade_facts_t *facts)
{
    return is_missing_among_others(facts) && facts->at_host == (int8_t)facts->asking;
}

/* Returns whether that is so beside a host: in the middle, what is sent may go another way. */
static bool is_missing_beside(const trade_facts_t *facts)
{
    return is_missing_among_others(facts) && facts->beside >= 0;
}

static bool is_late_by_sender(const trade_facts_t *facts)
{
    return has_two_pings(facts) && is_due(facts) && facts->is_idle;
}

static bool is_late_here(const trade_facts_t *facts)
{
    return has_two_pings(facts) && is_due_here(facts);
}

static bool is_acked_and_idle(const trade_facts_t *facts)
{
    return facts->is_idle;
}

static bool is_acked_and_silent(const trade_facts_t *facts)
{
    return facts->is_silent;
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

/* Returns whether the Ping came soon, and no Pong was sent for most of the wait. */
static bool is_answer_sent_late(const trade_facts_t *facts)
{
    const trade_time_t length = trade_span_get_length(&facts->span);

    return facts->acked_after >= 0 && facts->acked_after <= length / 4 && facts->is_silent &&
           trade_is_half(facts->silence.until - facts->ping.acked, length);
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

static bool is_refused(const trade_facts_t *facts)
{
    return facts->run->refusals > 0;
}

static bool is_attempt_turned_back(const trade_facts_t *facts)
{
    return facts->notice.frame > 0 && trade_notice_is_of_network(&facts->notice);
}

/* Returns whether the host that was asked is one: it was heard, before or after. */
static bool is_host_known(const trade_facts_t *facts)
{
    return facts->attempts->server->ttl_count > 0;
}

static bool is_unanswered(const trade_facts_t *facts)
{
    return facts->run->syns > 0;
}

/* Returns whether the Multiplexer itself ended connections, and modules connected anew, or tried.
 */
static bool is_closed_together(const trade_facts_t *facts)
{
    const uint32_t clocked = facts->away.end == 0 ? facts->burst->clocked : 0;

    return facts->asking != facts->module && facts->burst->fins + clocked >= OWN_ENDS_MIN &&
           facts->burst->syns > 0;
}

/* Returns whether the other side may be why: nothing of its host came just before. */
static bool is_reset_after_away(const trade_facts_t *facts)
{
    return facts->away.end != 0;
}

static bool is_reset_together(const trade_facts_t *facts)
{
    return facts->ending == TRADE_ENDING_RST;
}

static bool is_restarted(const trade_facts_t *facts)
{
    return is_reset_together(facts) && trade_restart_count(facts->burst) > 0;
}

static bool is_held_back(const trade_facts_t *facts)
{
    return facts->held.bytes > 0;
}

static bool is_apart(const trade_facts_t *facts)
{
    return facts->is_apart;
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
    return facts->is_first && facts->is_uncertain;
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

/* A rule: if its condition holds in a case, that is the verdict. */
typedef struct rule {
    trade_case_t kind;
    trade_verdict_t verdict;
    place_t place;
    bool (*holds)(const trade_facts_t *facts);
    void (*explain)(trade_writer_t *writer, const trade_facts_t *facts);
} rule_t;

#define RULE(kind, verdict, place, holds, explain)                                                 \
    {                                                                                              \
        TRADE_CASE_##kind, TRADE_VERDICT_##verdict, PLACE_##place, holds, trade_explain_##explain  \
    }

/* clang-format off */
/* The first that holds counts. In the order of docs/VERDICTS.md.
 *     case, word, where, condition, sentence */
static const rule_t rules[] = {
    RULE(GAP, CLOCKS_DIFFER, NONE, is_skewed, clocks),
    RULE(GAP, CLOCKS_DIFFER, NONE, is_stepped, clocks),
    RULE(GAP, CAPTURE_HOLE, UNKNOWN, is_paused, pause),
    RULE(GAP, NOT_DELIVERED, NETWORK_OR_PEER, is_nobody_there, nobody),
    RULE(GAP, PEER_NOT_READING, UNKNOWN, are_both_blocked, blocked),
    RULE(GAP, PEER_NOT_READING, NETWORK_OR_PEER, is_blocked_or_gone, blocked),
    RULE(GAP, PEER_NOT_READING, PEER, is_blocked, blocked),
    RULE(GAP, NOT_DELIVERED, NETWORK, is_turned_back, not_delivered),
    RULE(GAP, LATE, NETWORK, is_ping_slow, slow),
    RULE(GAP, PING_MISSING, ASKING, is_missing_since_stood, stood),
    RULE(GAP, LATE, ASKING, is_late_since_stood, stood),
    RULE(GAP, NOT_DELIVERED, PEER, is_own_lost_to_stood, stood),
    RULE(GAP, NOT_DELIVERED, UNKNOWN, is_refused_by_tcp, not_delivered),
    RULE(GAP, NOT_DELIVERED, NETWORK, is_own_lost, not_delivered),
    RULE(GAP, NOT_DELIVERED, NETWORK, is_lost_beside, not_delivered),
    RULE(GAP, NOT_DELIVERED, NETWORK_OR_PEER, trade_facts_is_own_undelivered, not_delivered),
    RULE(GAP, NOT_DELIVERED, ASKING, is_paused_side, not_delivered),
    RULE(GAP, NOT_DELIVERED, NETWORK_OR_ASKING, is_peers_undelivered, not_delivered),
    RULE(GAP, NOT_DELIVERED, NETWORK, is_lost_before, lost_before),
    RULE(GAP, CAPTURE_HOLE, UNKNOWN, is_uncertain, hole),
    RULE(GAP, PING_MISSING, ASKING, is_missing_by_sender, silence),
    RULE(GAP, PING_MISSING, ASKING, is_missing_since_silent, silence),
    RULE(GAP, PING_MISSING, NETWORK_OR_ASKING, is_missing_here, silence),
    RULE(GAP, PING_MISSING, ASKING, is_missing_at_host, silence),
    RULE(GAP, PING_MISSING, NETWORK_OR_ASKING, is_missing_beside, silence),
    RULE(GAP, PING_MISSING, UNKNOWN, is_missing, silence),
    RULE(GAP, LATE, ASKING, is_late_by_sender, silence),
    RULE(GAP, LATE, ASKING, is_late_since_silent, silence),
    RULE(GAP, LATE, NETWORK_OR_ASKING, is_late_here, silence),
    RULE(GAP, LATE, UNKNOWN, has_two_pings, silence),

    RULE(WAIT, CLOCKS_DIFFER, NONE, is_skewed, clocks),
    RULE(WAIT, CLOCKS_DIFFER, NONE, is_stepped, clocks),
    RULE(WAIT, CLOCKS_DIFFER, NONE, is_after_data, order),
    RULE(WAIT, CAPTURE_HOLE, UNKNOWN, is_paused, pause),
    RULE(WAIT, NOT_DELIVERED, NETWORK_OR_ASKING, is_nobody_there, nobody),
    RULE(WAIT, PEER_NOT_READING, UNKNOWN, are_both_blocked, blocked),
    RULE(WAIT, PEER_NOT_READING, NETWORK_OR_ASKING, is_blocked_or_gone, blocked),
    RULE(WAIT, PEER_NOT_READING, ASKING, is_blocked, blocked),
    RULE(WAIT, NOT_DELIVERED, NETWORK, is_turned_back, not_delivered),
    RULE(WAIT, NOT_DELIVERED, UNKNOWN, is_refused_by_tcp, not_delivered),
    RULE(WAIT, NOT_DELIVERED, NETWORK, is_own_lost, not_delivered),
    RULE(WAIT, NOT_DELIVERED, NETWORK, is_lost_beside, not_delivered),
    RULE(WAIT, NOT_DELIVERED, NETWORK_OR_PEER, trade_facts_is_own_undelivered, not_delivered),
    RULE(WAIT, NOT_DELIVERED, NETWORK, is_peers_lost, not_delivered),
    RULE(WAIT, NOT_DELIVERED, NETWORK_OR_ASKING, is_peers_undelivered, not_delivered),
    RULE(WAIT, NOT_DELIVERED, NETWORK, is_lost_before, lost_before),
    RULE(WAIT, CAPTURE_HOLE, UNKNOWN, is_uncertain, hole),
    RULE(WAIT, PING_UNANSWERED, PEER, is_acked_and_idle, unanswered),
    RULE(WAIT, PING_UNANSWERED, PEER, is_acked_and_silent, unanswered),
    RULE(WAIT, PING_UNANSWERED, NETWORK_OR_PEER, is_acked, unanswered),
    RULE(WAIT, PING_UNANSWERED, UNKNOWN, has_two_pings, unanswered),

    RULE(ANSWER, CLOCKS_DIFFER, NONE, is_skewed, clocks),
    RULE(ANSWER, CLOCKS_DIFFER, NONE, is_stepped, clocks),
    RULE(ANSWER, CAPTURE_HOLE, UNKNOWN, is_paused, pause),
    RULE(ANSWER, ANSWERED_LATE, NETWORK_OR_ASKING, is_blocked_or_gone, answered_late),
    RULE(ANSWER, ANSWERED_LATE, ASKING, is_blocked, answered_late),
    RULE(ANSWER, ANSWERED_LATE, NETWORK, is_pong_slow, slow),
    RULE(ANSWER, ANSWERED_LATE, PEER, is_answered_since_stood, stood),
    RULE(ANSWER, ANSWERED_LATE, NETWORK, is_late_on_the_way, answered_late),
    RULE(ANSWER, ANSWERED_LATE, NETWORK_OR_PEER, is_acked_late, answered_late),
    RULE(ANSWER, ANSWERED_LATE, PEER, is_acked_soon, answered_late),
    RULE(ANSWER, ANSWERED_LATE, PEER, is_answer_sent_late, answered_late),
    RULE(ANSWER, ANSWERED_LATE, UNKNOWN, is_late_answer, answered_late),

    RULE(RESET, RESET_FOREIGN, NETWORK, is_reset_by_other, reset),
    RULE(RESET, RESET_FOREIGN, UNKNOWN, is_reset_odd, reset),

    RULE(GIVE_UP, NOT_DELIVERED, NETWORK_OR_PEER, is_nobody_there, nobody),
    RULE(GIVE_UP, PEER_NOT_READING, UNKNOWN, are_both_blocked, blocked),
    RULE(GIVE_UP, PEER_NOT_READING, NETWORK_OR_PEER, is_blocked_or_gone, blocked),
    RULE(GIVE_UP, PEER_NOT_READING, PEER, is_blocked, blocked),
    RULE(GIVE_UP, NOT_DELIVERED, NETWORK, is_turned_back, not_delivered),
    RULE(GIVE_UP, NOT_DELIVERED, UNKNOWN, is_refused_by_tcp, not_delivered),
    RULE(GIVE_UP, NOT_DELIVERED, NETWORK, is_own_lost, not_delivered),
    RULE(GIVE_UP, NOT_DELIVERED, NETWORK, is_lost_beside, not_delivered),
    RULE(GIVE_UP, NOT_DELIVERED, NETWORK, is_peers_lost, not_delivered),
    RULE(GIVE_UP, NOT_DELIVERED, NETWORK_OR_PEER, trade_facts_is_own_undelivered, not_delivered),

    RULE(ATTEMPT, REFUSED, NETWORK_OR_PEER, is_refused, attempts),
    RULE(ATTEMPT, CONNECT_UNANSWERED, NETWORK, is_attempt_turned_back, attempts),
    RULE(ATTEMPT, CONNECT_UNANSWERED, NETWORK_OR_PEER, is_host_known, attempts),
    RULE(ATTEMPT, CONNECT_UNANSWERED, UNKNOWN, is_unanswered, attempts),

    RULE(END, ENDED_TOGETHER, ASKING, is_closed_together, together),
    RULE(END, ENDED_TOGETHER, ASKING, is_restarted, together),
    RULE(END, ENDED_TOGETHER, UNKNOWN, is_reset_after_away, together),
    RULE(END, ENDED_TOGETHER, NETWORK_OR_ASKING, is_reset_together, together),

    RULE(BLIND, CAPTURE_HOLE, UNKNOWN, is_apart, apart),
    RULE(BLIND, CAPTURE_HOLE, UNKNOWN, is_mixed, mixed),
    RULE(BLIND, CAPTURE_HOLE, UNKNOWN, is_unread, unread),
    RULE(BLIND, CAPTURE_HOLE, UNKNOWN, is_held_back, held),
    RULE(BLIND, CAPTURE_HOLE, UNKNOWN, is_little_seen, little_seen),
    RULE(BLIND, CLOCKS_DIFFER, NONE, is_skewed, clocks)
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

/* Returns the side whose host is suspected, or that suffers. */
static unsigned get_suspect(place_t place, const trade_facts_t *facts)
{
    switch (place) {
    case PLACE_ASKING:
    case PLACE_NETWORK_OR_ASKING:
        return facts->asking;
    case PLACE_PEER:
    case PLACE_NETWORK_OR_PEER:
        return !facts->asking;
    default:
        if (facts->sending.times > 0)
            return !facts->sender;
        return facts->kind == TRADE_CASE_WAIT || facts->kind == TRADE_CASE_ANSWER ? !facts->asking
                                                                                  : facts->asking;
    }
}

bool trade_rules_judge(const trade_facts_t *facts, trade_finding_t *finding)
{
    for (unsigned i = 0; i < RULES; i++) {
        if (rules[i].kind != facts->kind || !rules[i].holds(facts))
            continue;
        finding->verdict = rules[i].verdict;
        finding->where = get_where(rules[i].place, facts);
        finding->rule = (uint8_t)i;
        finding->facts = *facts;
        finding->facts.suspect = (uint8_t)get_suspect(rules[i].place, facts);
        finding->facts.is_program =
            (rules[i].place == PLACE_ASKING || rules[i].place == PLACE_PEER) &&
            rules[i].verdict != TRADE_VERDICT_NOT_DELIVERED && /* its host may have paused */
            rules[i].explain != trade_explain_stood;
        finding->facts.is_network = rules[i].place == PLACE_NETWORK;
        return true;
    }
    return false;
}

void trade_rules_explain(trade_writer_t *writer, const trade_finding_t *finding)
{
    if (finding->verdict < TRADE_VERDICT_IDLE)
        rules[finding->rule].explain(writer, &finding->facts);
}
