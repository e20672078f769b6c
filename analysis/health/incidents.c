/* incidents.c
 * What went wrong with a connection: the worst is kept, and makes the judgement. See
 * analysis/health/incidents.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/incidents.h"
#include "analysis/health/together.h"

/* ---- A case ---- */

/* Opens the case of a side as it stands: until its connection ended, or now. */
static trade_query_t open_query(const trade_health_t *health, const trade_health_context_t *context,
                                unsigned side)
{
    return (trade_query_t){ .evidence = &health->evidence,
                            .context = context,
                            .side = side,
                            .until = trade_evidence_get_end(&health->evidence, side,
                                                            health->evidence.seen
                                                                ? *health->evidence.seen
                                                                : context->capture.now) };
}

/* Judges a time without a Ping of a side, if it is long enough. */
static bool judge_gap(const trade_query_t *query, trade_finding_t *finding)
{
    const trade_evidence_t *evidence = query->evidence;
    const trade_side_t *asking = &evidence->sides[query->side];
    const trade_time_t since = asking->pings > 0 ? asking->last_ping : evidence->first;

    /* Most are not: nothing is gathered for those. Nor need every side send Pings: then nothing
     * is due of it. */
    if (!trade_is_late(query->until - since, trade_health_get_interval(query->context, asking)) ||
        (asking->pings == 0 && evidence->sides[!query->side].pings >= 2))
        return false;
    const trade_facts_t facts = trade_facts_gather_gap(query);
    return trade_rules_judge(&facts, finding);
}

/* Judges a Ping without a Pong, if it has waited long enough. */
static bool judge_wait(const trade_query_t *query, const trade_ping_t *ping,
                       trade_finding_t *finding)
{
    /* Most have not: nothing is gathered for those. */
    if (trade_query_get_wait_end(query, ping) - ping->sent <
        trade_health_get_interval(query->context, &query->evidence->sides[query->side]))
        return false;
    const trade_facts_t facts = trade_facts_gather_wait(query, ping);
    return trade_rules_judge(&facts, finding);
}

/* ---- Incidents ---- */

/* Returns whether the place of an incident is one of two. */
static bool is_one_of_two(const trade_finding_t *finding)
{
    return finding->where == TRADE_WHERE_NETWORK_OR_MODULE ||
           finding->where == TRADE_WHERE_NETWORK_OR_MULTIPLEXER;
}

/* Returns whether an incident is worse than another: by its verdict, or else if its place is known,
 * if it shows by what the side itself sent, or if it is longer. */
static bool is_worse(const trade_finding_t *one, const trade_finding_t *other)
{
    const bool is_own = trade_facts_is_own_undelivered(&one->facts);
    const unsigned rank = trade_verdict_get_rank(one->verdict, one->where);
    const unsigned other_rank = trade_verdict_get_rank(other->verdict, other->where);

    if (rank != other_rank)
        return rank < other_rank;
    if (one->verdict == TRADE_VERDICT_NOT_DELIVERED && is_one_of_two(one) != is_one_of_two(other))
        return is_one_of_two(other);
    if (one->verdict == TRADE_VERDICT_NOT_DELIVERED &&
        is_own != trade_facts_is_own_undelivered(&other->facts))
        return is_own;
    return trade_span_get_length(&one->facts.span) > trade_span_get_length(&other->facts.span);
}

/* Returns whether a side's late Pongs explain that its Pings are missing, too: it was stuck, and
 * came back before that. Then the Pongs are what counts, since the other side waits for them. */
static bool explains(const trade_finding_t *answer, const trade_finding_t *gap)
{
    return answer->verdict == TRADE_VERDICT_ANSWERED_LATE &&
           (gap->verdict == TRADE_VERDICT_PING_MISSING || gap->verdict == TRADE_VERDICT_LATE) &&
           gap->facts.asking != answer->facts.asking && trade_findings_are_one(answer, gap) &&
           !trade_is_late(gap->facts.span.end - answer->facts.span.end, gap->facts.interval);
}

/* Returns whether the first of two incidents is the one to report. */
static bool is_preferred(const trade_finding_t *one, const trade_finding_t *other)
{
    if (explains(one, other) || explains(other, one))
        return explains(one, other);
    return is_worse(one, other);
}

/* Moves an incident to where it belongs by how bad it is. */
static void sort_incident(trade_health_t *health, unsigned place)
{
    for (; place > 0 && is_worse(&health->incidents[place], &health->incidents[place - 1]);
         place--) {
        const trade_finding_t worse = health->incidents[place];
        health->incidents[place] = health->incidents[place - 1];
        health->incidents[place - 1] = worse;
    }
}

/* Keeps an incident that is over. */
static void add_incident(trade_health_t *health, const trade_finding_t *finding)
{
    const unsigned last = health->incident_count;

    if (!health->incidents)
        health->incidents = (trade_finding_t *)health->evidence.allocate(TRADE_INCIDENTS_MAX *
                                                                         sizeof *health->incidents);
    for (unsigned i = 0; i < last; i++) {
        if (!trade_findings_are_one(&health->incidents[i], finding))
            continue;
        if (is_preferred(finding, &health->incidents[i]))
            health->incidents[i] = *finding;
        sort_incident(health, i);
        return;
    }
    if (last < TRADE_INCIDENTS_MAX) {
        health->incidents[health->incident_count++] = *finding;
        sort_incident(health, last);
        return;
    }
    health->dropped++;
    if (!is_worse(finding, &health->incidents[last - 1]))
        return;
    health->incidents[last - 1] = *finding;
    sort_incident(health, last - 1);
}

/* Withdraws that a side's Pings were late or missing since a time: it keeps to another interval.
 */
static void drop_gaps(trade_health_t *health, unsigned side, trade_time_t since)
{
    const trade_time_t own = health->evidence.sides[side].rhythm.own;
    unsigned kept = 0;

    for (unsigned i = 0; i < health->incident_count; i++) {
        const trade_finding_t *incident = &health->incidents[i];
        if (incident->facts.kind == TRADE_CASE_GAP && incident->facts.asking == side &&
            incident->facts.span.start >= since &&
            !trade_is_late(trade_span_get_length(&incident->facts.span), own) &&
            incident->verdict >= TRADE_VERDICT_PING_MISSING)
            continue;
        health->incidents[kept++] = *incident;
    }
    health->incident_count = kept;
}

/* Notes that a side's Pings still keep to the interval after a gap that its last Ping ended: so the
 * gap was not a longer interval. */
static void confirm_gap(trade_health_t *health, unsigned side, trade_time_t next)
{
    for (unsigned i = 0; i < health->incident_count; i++) {
        trade_facts_t facts = health->incidents[i].facts;
        if (facts.kind != TRADE_CASE_GAP || facts.asking != side || facts.is_steady ||
            facts.end_frame != health->evidence.sides[side].last_ping_frame ||
            trade_is_late(next, facts.interval))
            continue;
        facts.is_steady = true;
        trade_rules_judge(&facts, &health->incidents[i]);
        sort_incident(health, i);
    }
}

/* Learns from the time between two Pings of a side how often it sends them. Returns whether that
 * is another interval than was known. */
static bool learn_gap(trade_health_t *health, const trade_health_context_t *context, unsigned side,
                      trade_time_t gap)
{
    trade_rhythm_t *rhythm = &health->evidence.sides[side].rhythm;
    trade_time_t since = health->evidence.now;
    unsigned first = 0;

    if (gap <= 0 || !trade_rhythm_add(rhythm, gap, context->usual, &first))
        return false;
    for (unsigned i = first; i < rhythm->count; i++)
        since -= rhythm->gaps[i];
    drop_gaps(health, side, since);
    return true;
}

bool trade_health_add_ping(trade_health_t *health, const trade_health_context_t *context,
                           const trade_ping_event_t *event)
{
    trade_evidence_t *evidence = &health->evidence;
    trade_side_t *side = &evidence->sides[event->side];
    trade_query_t query = open_query(health, context, event->side);
    trade_finding_t finding;
    trade_ping_t forgotten;
    bool is_new = false;

    /* Its bytes came before: when it was sent is not known, nor whether it was answered. */
    if (side->is_old)
        return false;
    query.until = evidence->now;
    query.is_ping = true;
    confirm_gap(health, event->side, evidence->now - side->last_ping);
    if (side->pings > 0 && judge_gap(&query, &finding))
        add_incident(health, &finding);
    if (side->pings > 0 && trade_evidence_get_uncertain(side) <= side->uncertain_at_ping)
        is_new = learn_gap(health, context, event->side, evidence->now - side->last_ping);
    if (trade_evidence_add_ping(evidence, event, &forgotten) &&
        judge_wait(&query, &forgotten, &finding))
        add_incident(health, &finding);
    side->overdue = evidence->now + trade_get_late(trade_health_get_interval(context, side));
    return is_new;
}

void trade_health_add_pong(trade_health_t *health, const trade_health_context_t *context,
                           const trade_pong_event_t *event)
{
    trade_evidence_t *evidence = &health->evidence;
    const trade_time_t sent = evidence->now - event->elapsed;
    const trade_time_t closed = evidence->sides[!event->asking].closed;
    trade_ping_t ping = { .sent = sent,
                          .frame = event->ping_frame,
                          .is_after_fin = closed != 0 && closed <= sent };
    trade_query_t query = open_query(health, context, event->asking);
    trade_finding_t finding;

    trade_evidence_add_pong(evidence, event->asking, event->ping_frame, &ping);
    if (event->elapsed <= context->limit / 2)
        return;
    query.until = evidence->now;
    trade_facts_t facts = trade_facts_gather_wait(&query, &ping);
    facts.kind = TRADE_CASE_ANSWER;
    facts.idle = evidence->sides[!event->asking].idle_before;
    facts.end_frame = evidence->now_frame;
    facts.behind = evidence->sides[!event->asking].behind;
    trade_facts_find_capture(&facts, evidence, context);
    if (trade_rules_judge(&facts, &finding))
        add_incident(health, &finding);
}

/* ---- The judgement ---- */

/* Takes an incident that lasts into the judgement: it is another one, or belongs to the worst. */
static void take(trade_judgement_t *judgement, const trade_finding_t *finding)
{
    if (judgement->worst.verdict < TRADE_VERDICT_IDLE &&
        !trade_findings_are_one(&judgement->worst, finding))
        judgement->others++;
    if (is_preferred(finding, &judgement->worst))
        judgement->worst = *finding;
}

/* Judges what lasts of a side: the time since its last Ping, and the oldest Pings that wait. */
static void judge_side(const trade_health_t *health, const trade_health_context_t *context,
                       unsigned side, trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &health->evidence;
    const trade_side_t *asking = &evidence->sides[side];
    const trade_query_t query = open_query(health, context, side);
    trade_finding_t finding;

    if (judge_gap(&query, &finding))
        take(judgement, &finding);
    for (unsigned i = 0; i < asking->waiting_count; i++) {
        if (judge_wait(&query, &asking->waiting[i], &finding) &&
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

/* Judges attempts to connect for which a connection stands. */
static void judge_attempts(const trade_health_t *health, const trade_health_context_t *context,
                           trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &health->evidence;
    const trade_run_t *run =
        evidence->attempts ? trade_attempts_get_worst(evidence->attempts) : NULL;
    trade_finding_t finding;

    if (!run)
        return;
    trade_facts_t facts =
        trade_facts_begin(evidence, context, TRADE_CASE_ATTEMPT, evidence->opener);
    facts.attempts = evidence->attempts;
    facts.run = run;
    if (facts.attempts->notice.when >= run->span.start &&
        (run->answered == 0 || facts.attempts->notice.when < run->answered))
        facts.notice = facts.attempts->notice;
    facts.frame = run->refusals > 0 ? run->refused_frame : run->first_frame;
    facts.span = (trade_span_t){ run->span.start,
                                 run->answered != 0 ? run->answered : context->capture.now };
    if (trade_rules_judge(&facts, &finding))
        take(judgement, &finding);
}

/* Returns whether the worst incident says the same of the same time: of a Ping or Pong, besides. */
static bool says_as_much(const trade_finding_t *worst, const trade_finding_t *finding)
{
    return worst->verdict == finding->verdict && worst->where == finding->where &&
           trade_findings_are_one(worst, finding);
}

/* Judges whether a side ended the connection since the other one did not take what it sent. An RST
 * without an ACK bit only answers a segment. */
static void judge_give_up(const trade_health_t *health, const trade_health_context_t *context,
                          trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &health->evidence;
    trade_finding_t finding;

    if (evidence->mixed_frame != 0 ||
        (evidence->ending != TRADE_ENDING_FIN &&
         (evidence->ending != TRADE_ENDING_RST || !evidence->reset.has_ack ||
          trade_reset_is_foreign(evidence, &evidence->reset))))
        return;
    const trade_facts_t facts = trade_facts_gather_give_up(evidence, context);
    if (!facts.is_skewed && !facts.is_stepped && facts.lost == 0 &&
        trade_rules_judge(&facts, &finding) && !says_as_much(&judgement->worst, &finding))
        take(judgement, &finding);
}

/* Returns whether something known was wrong with a connection until it ended. */
static bool lasts_to_the_end(const trade_finding_t *finding, trade_time_t ended)
{
    return finding->verdict < TRADE_VERDICT_CLOCKS_DIFFER && finding->facts.span.end >= ended &&
           (finding->verdict != TRADE_VERDICT_RESET_FOREIGN ||
            finding->where != TRADE_WHERE_CANNOT_TELL);
}

/* Returns whether nothing of a connection was seen for longer than its Pings allow, not long before
 * it ended: then something was wrong, though this capture point may not show what. */
static bool was_quiet(const trade_evidence_t *evidence, const trade_health_context_t *context)
{
    const trade_time_t one = trade_health_get_interval(context, &evidence->sides[0]);
    const trade_time_t other = trade_health_get_interval(context, &evidence->sides[1]);
    const trade_time_t interval = one < other ? one : other;

    return trade_is_late(trade_span_get_length(&evidence->quiet), interval) &&
           evidence->ended - evidence->quiet.end <= interval * 4;
}

/* Returns whether the snapshot length cut segments of a side in which Pings may be: whether
 * anything was wrong is not known then. */
static bool lacks_pings(const trade_side_t *side)
{
    return side->cuts > 0 && trade_evidence_get_uncertain(side) > 0;
}

/* Judges the end of a connection that ended together with others, for no reason of its own. After a
 * pause of the capture, what comes may only show what happened in it. */
static void judge_end(const trade_health_t *health, const trade_health_context_t *context,
                      trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &health->evidence;
    const trade_burst_t *burst = trade_together_find(evidence);
    trade_finding_t finding;

    if (!burst || evidence->mixed_frame != 0 || lacks_pings(&evidence->sides[0]) ||
        lacks_pings(&evidence->sides[1]) ||
        trade_capture_is_after_pause(&context->capture, evidence->ended, context->usual / 5 * 6,
                                     context->usual * 4) ||
        was_quiet(evidence, context) || lasts_to_the_end(&judgement->worst, evidence->ended))
        return;
    trade_facts_t facts = trade_facts_begin(evidence, context, TRADE_CASE_END, evidence->ended_by);
    facts.burst = burst;
    facts.away = evidence->away;
    facts.ending = evidence->ending;
    facts.frame = evidence->ended_frame;
    facts.span = (trade_span_t){ evidence->ended, evidence->ended };
    if (trade_rules_judge(&facts, &finding))
        take(judgement, &finding);
}

/* Judges an RST, and what nothing was found wrong with: a capture that lacks bytes cannot tell. */
static void judge_rest(const trade_health_t *health, const trade_health_context_t *context,
                       const trade_held_t held[2], trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &health->evidence;
    const trade_reset_t *reset = get_reset(evidence);
    const trade_side_t *named = &evidence->sides[reset->side];
    trade_facts_t facts = trade_facts_begin(evidence, context, TRADE_CASE_RESET, reset->side);
    trade_finding_t finding;

    facts.reset = *reset;
    facts.is_reset_foreign = trade_reset_is_foreign(evidence, reset);
    facts.is_reset_double = trade_reset_is_double(evidence);
    facts.is_ttl_other = trade_reset_has_other_ttl(evidence, reset);
    if (!reset->is_succeeded && named->heard > reset->when)
        facts.heard_after = named->heard;
    facts.frame = reset->frame;
    facts.span = (trade_span_t){ reset->when, reset->when };
    if (evidence->mixed_frame == 0 && trade_rules_judge(&facts, &finding))
        take(judgement, &finding);
    judge_attempts(health, context, judgement);
    judge_give_up(health, context, judgement);
    judge_end(health, context, judgement);
    for (unsigned side = 0; side < 2; side++) {
        facts = trade_facts_begin(evidence, context, TRADE_CASE_BLIND, side);
        facts.held = held[side];
        facts.missing = trade_evidence_get_missing(&evidence->sides[side]);
        facts.cuts = evidence->sides[side].cuts;
        facts.is_uncertain = trade_evidence_get_uncertain(&evidence->sides[side]) > 0;
        facts.frame = find_blind_frame(&facts, evidence);
        trade_facts_find_capture(&facts, evidence, context);
        if (trade_rules_judge(&facts, &finding) && finding.verdict < judgement->worst.verdict)
            judgement->worst = finding;
    }
}

trade_finding_t trade_health_get_incident(const trade_health_t *health,
                                          const trade_health_context_t *context, unsigned number)
{
    trade_finding_t finding = health->incidents[number];
    trade_facts_t facts = finding.facts;

    trade_facts_find_capture(&facts, &health->evidence, context);
    trade_facts_find_lags(&facts, &health->evidence);
    if (facts.is_skewed || facts.step > 0 || facts.is_stepped || facts.is_slow ||
        facts.stood[0].frame != 0 || facts.stood[1].frame != 0)
        trade_rules_judge(&facts, &finding);
    return finding;
}

/* Returns whether an incident was over before segments of other connections came. */
static bool is_before_others(const trade_evidence_t *evidence, const trade_finding_t *finding)
{
    return evidence->mixed_frame == 0 || finding->facts.span.end < evidence->mixed_since;
}

void trade_health_conclude(const trade_health_t *health, const trade_health_context_t *context,
                           const trade_held_t held[2], trade_judgement_t *judgement)
{
    const trade_evidence_t *evidence = &health->evidence;
    const bool is_idle = evidence->sides[0].pings + evidence->sides[1].pings < 2;

    judgement->others = health->dropped;
    judgement->worst.verdict = is_idle ? TRADE_VERDICT_IDLE : TRADE_VERDICT_OK;
    judgement->worst.where = TRADE_WHERE_NOWHERE;
    judgement->worst.facts.frame = 0;
    for (unsigned i = 0; i < health->incident_count; i++) {
        const trade_finding_t finding = trade_health_get_incident(health, context, i);
        if (is_before_others(evidence, &finding))
            take(judgement, &finding);
    }
    for (unsigned side = 0; side < 2 && evidence->mixed_frame == 0; side++)
        judge_side(health, context, side, judgement);
    judge_rest(health, context, held, judgement);
}

bool trade_health_find_missing(trade_health_t *health, const trade_health_context_t *context,
                               unsigned side, trade_finding_t *finding)
{
    trade_evidence_t *evidence = &health->evidence;
    trade_side_t *asking = &evidence->sides[side];
    const trade_time_t until = trade_evidence_get_end(evidence, side, evidence->now);

    if (until <= asking->overdue)
        return false;
    asking->overdue = TRADE_NEVER;
    if (evidence->mixed_frame != 0)
        return false;
    const trade_query_t query = {
        .evidence = evidence, .context = context, .side = side, .until = until
    };
    return judge_gap(&query, finding) && finding->verdict < TRADE_VERDICT_CLOCKS_DIFFER;
}
