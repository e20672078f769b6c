/* together.c
 * Connections that one host ends together. See analysis/health/together.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hosts.h"
#include "analysis/health/kernels.h"
#include "analysis/health/sent.h"
#include "analysis/health/together.h"

/* Ends no further apart than this are of one burst. */
#define TOGETHER_MAX TRADE_SECOND
/* A host that knows of no connection any more resets each when something comes on it: within two of
 * the usual intervals. */
#define ANSWERS_MAX (60 * TRADE_SECOND)
/* What waits for longer may be why a side gives its connection up. */
#define WAIT_MAX (20 * TRADE_SECOND)
/* An old timestamp differs from what a clock shows so long after it. */
#define CLOCK_MIN (3 * TRADE_SECOND)
/* What is not acknowledged for so long did not arrive. */
#define WAITING_MIN TRADE_SECOND
/* A Ping is overdue if it is late by this part of an interval. */
enum { OVERDUE_PART = 10 };
/* So many connections are several; or two, if a host has no more, and neither may have been given
 * up for what was before the capture. */
#define SEVERAL_MIN 3

/* Returns whether connections are as many as nothing but a common cause ends together: most of all
 * that a host had. The last of those that end one after another are not. */
static bool are_several(const trade_burst_t *burst)
{
    return (burst->count >= SEVERAL_MIN && burst->count * 2 > burst->most) ||
           (burst->count >= 2 && burst->count >= burst->most && !burst->may_be_given_up);
}

/* Returns a new burst. One of too few connections is replaced. */
static trade_burst_t *begin_burst(trade_host_t *host)
{
    trade_burst_t *newest = trade_host_get_burst(host);

    return newest && !are_several(newest) ? newest
                                          : &host->bursts[host->burst_count++ % TRADE_BURSTS_MAX];
}

/* Returns whether a connection was there when a burst began. Those that begin and end one after
 * another, as each is turned away, do not end together. */
static bool was_live(const trade_evidence_t *evidence, const trade_burst_t *burst)
{
    return evidence->live_since <= burst->span.start;
}

/* Returns whether an end belongs to a burst. */
static bool belongs(const trade_burst_t *burst, trade_time_t when, bool is_answer)
{
    const trade_time_t since = when - burst->span.start;

    return since >= 0 && since <= (is_answer && burst->is_answering ? ANSWERS_MAX : TOGETHER_MAX);
}

/* Returns whether nothing of a side waited for long, for which it may have given up, nor were two
 * of its keepalives not answered. */
static bool was_well(const trade_evidence_t *evidence)
{
    const trade_side_t *side = &evidence->sides[evidence->ended_by];
    const trade_answers_t *answers = &evidence->sides[!evidence->ended_by].answers;
    const trade_time_t when = evidence->ended;

    return (side->waiting_count == 0 || when - side->waiting[0].sent < WAIT_MAX) &&
           (side->oldest.times == 0 || when - side->oldest.span.start < WAIT_MAX) &&
           !(answers->asked != 0 && answers->is_lost);
}

/* Returns whether a FIN may answer another one: it acknowledges more of the other side than was
 * captured. */
static bool is_answering_fin(const trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const trade_side_t *peer = &evidence->sides[!evidence->ended_by];

    return evidence->ending == TRADE_ENDING_FIN && (segment->flags & TRADE_TCP_ACK) &&
           (!peer->is_counted || trade_is_after(segment->ack, peer->next));
}

/* Returns whether an RST is from the kernel of its side: whoever resets in its name may copy the
 * timestamp of its newest segment, but not know what its clock shows since then. It is not known
 * why if the other side did not answer a keepalive. */
static bool is_of_kernel(const trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const trade_side_t *side = &evidence->sides[segment->side];

    return (segment->flags & TRADE_TCP_RST) && segment->when - side->last.when >= CLOCK_MIN &&
           trade_stamps_fit(&side->stamps, segment) &&
           evidence->sides[!segment->side].answers.asked == 0;
}

/* Returns whether a side may have given a connection up since nothing of it was acknowledged: it
 * had bytes in flight, or some before its RST never came here. Of an RST that answers a segment, it
 * is not known what the side had sent. */
static bool may_have_given_up(const trade_side_t *side, const trade_segment_t *rst, bool is_answer)
{
    return is_answer || side->oldest.times > 0 || trade_is_after(rst->seq, side->next);
}

/* Finds out whether the host of the side that an RST came for had been silent just before: if it
 * captures, it may have paused, and the other side given the connection up meanwhile. An RST that
 * waited comes when it goes on; one that answers a segment, when that is sent. */
static trade_span_t find_away(const trade_evidence_t *evidence, const trade_segment_t *rst,
                              bool is_answer)
{
    const trade_span_t away =
        trade_host_get_away(evidence->sides[!evidence->ended_by].host, evidence->ended);
    const trade_time_t since = evidence->ended - away.end;

    if (evidence->ending != TRADE_ENDING_RST || since > (is_answer ? ANSWERS_MAX : TOGETHER_MAX) ||
        !may_have_given_up(&evidence->sides[evidence->ended_by], rst, is_answer))
        return (trade_span_t){ 0, 0 };
    return away;
}

/* Returns since when a host had not been heard before it ended a connection. If it came back just
 * before, that is when it went. */
static trade_time_t find_quiet(const trade_host_t *host, trade_time_t ended, bool is_answer)
{
    const trade_span_t away = trade_host_get_away(host, ended);

    if (away.end != 0 && ended - away.end <= (is_answer ? ANSWERS_MAX : TOGETHER_MAX))
        return away.start;
    return host->heard != 0 ? host->heard : ended;
}

/* Returns whether what the other side sent may not have come to the side that ended the connection:
 * some of it waits, or its Ping is overdue. A side may close all that it hears nothing from, sooner
 * than we know. */
static bool may_have_heard_nothing(const trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const trade_side_t *peer = &evidence->sides[!evidence->ended_by];
    const trade_time_t own = peer->rhythm.own;

    return (peer->oldest.times > 0 && !trade_is_after(segment->ack, peer->oldest.seq) &&
            evidence->ended - peer->oldest.span.start >= WAITING_MIN) ||
           (own > 0 && evidence->ended - peer->last_ping > own + own / OVERDUE_PART);
}

/* Adds a connection's end to those of a host. */
static void add_end(trade_host_t *host, const trade_evidence_t *evidence,
                    const trade_segment_t *segment, bool is_answer)
{
    const trade_side_t *side = &evidence->sides[evidence->ended_by];
    trade_burst_t *burst = trade_host_get_burst(host);

    if (!burst || !belongs(burst, evidence->ended, is_answer)) {
        burst = begin_burst(host);
        *burst = (trade_burst_t){ .span = { evidence->ended, evidence->ended },
                                  .quiet = find_quiet(host, evidence->ended, is_answer),
                                  .first_frame = evidence->ended_frame,
                                  .live = host->live,
                                  .most = host->most,
                                  .ttl = side->ttl,
                                  .card = host->card,
                                  .is_answering = true };
    } else if (!was_live(evidence, burst)) {
        return;
    }
    burst->span.end = evidence->ended;
    burst->last_frame = evidence->ended_frame;
    burst->is_answering &= is_answer;
    burst->may_be_given_up |= evidence->syn == 0 && side->answered == 0;
    burst->count++;
    if (!may_have_heard_nothing(evidence, segment)) {
        burst->fins += evidence->ending == TRADE_ENDING_FIN;
        burst->clocked += is_of_kernel(evidence, segment);
    }
    trade_restart_watch_end(burst, side);
}

/* ---- The ends of connections ---- */

void trade_together_begin(trade_evidence_t *evidence)
{
    evidence->is_live = true;
    evidence->live_since = evidence->now;
    for (unsigned i = 0; i < 2; i++) {
        trade_host_t *host = evidence->sides[i].host;
        if (host && ++host->live > host->most)
            host->most = host->live;
    }
}

void trade_together_end(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    trade_host_t *host = evidence->sides[evidence->ended_by].host;
    const bool is_answer =
        evidence->ending == TRADE_ENDING_RST && !(segment->flags & TRADE_TCP_ACK);

    if (!evidence->is_live)
        return;
    if (host && evidence->ending != TRADE_ENDING_REUSED && was_well(evidence) &&
        !is_answering_fin(evidence, segment))
        add_end(host, evidence, segment, is_answer);
    evidence->away = find_away(evidence, segment, is_answer);
    evidence->is_live = false;
    for (unsigned i = 0; i < 2; i++) {
        if (evidence->sides[i].host)
            evidence->sides[i].host->live--;
    }
}

/* Returns the burst that has the end of a connection; NULL: none does. */
static const trade_burst_t *find_burst(const trade_evidence_t *evidence)
{
    const trade_host_t *host = evidence->sides[evidence->ended_by].host;

    for (unsigned i = 0; host && i < host->burst_count && i < TRADE_BURSTS_MAX; i++) {
        const trade_burst_t *burst = &host->bursts[i];
        if (burst->span.start <= evidence->ended && evidence->ended <= burst->span.end &&
            was_live(evidence, burst))
            return burst;
    }
    return NULL;
}

const trade_burst_t *trade_together_find(const trade_evidence_t *evidence)
{
    const trade_burst_t *burst =
        evidence->ending == TRADE_ENDING_FIN || evidence->ending == TRADE_ENDING_RST
            ? find_burst(evidence)
            : NULL;

    return burst && are_several(burst) ? burst : NULL;
}

/* ---- Outages ---- */

/* Returns whether a symptom is of the outage in which a host ended connections: it began since the
 * host was last heard before, or shows what was so by then; and before the last of these ends, or
 * while the host was still not heard. Attempts to connect may follow, until one is answered. */
static bool is_of_burst(const trade_burst_t *burst, const trade_symptom_t *symptom,
                        const trade_span_t *away)
{
    trade_time_t until = burst->span.end;

    if (away->start <= burst->span.start && burst->span.start <= away->end)
        until = trade_get_later(until, away->end);
    if (!symptom->is_attempt)
        return burst->quiet - symptom->interval <= symptom->since && symptom->since <= until;
    until = trade_get_later(until, burst->span.end + symptom->interval);
    return burst->quiet <= symptom->since && symptom->since <= until &&
           (burst->answered == 0 || symptom->since <= burst->answered);
}

/* Returns whether a symptom is of a time in which a host was not heard on any connection, though
 * each has a Ping of it due. */
static bool is_of_silence(const trade_span_t *silence, const trade_symptom_t *symptom)
{
    const trade_time_t before = symptom->is_attempt ? 0 : symptom->interval;

    return trade_span_get_length(silence) > symptom->interval * 3 / 2 &&
           silence->start - before <= symptom->since && symptom->since <= silence->end;
}

/* Returns whether an attempt to connect is of a time in which a host answered none. */
static bool is_of_deafness(const trade_span_t *deaf, const trade_symptom_t *symptom)
{
    return symptom->is_attempt && deaf->start <= symptom->since && symptom->since < deaf->end;
}

/* Returns which of a host's times, of those that are over, a symptom is of, to tell it from others;
 * NULL: of none. */
static const void *find_time(const trade_longest_t *over, const trade_symptom_t *symptom,
                             bool (*is_of)(const trade_span_t *, const trade_symptom_t *))
{
    for (unsigned i = 0; i < TRADE_LONGEST_MAX; i++) {
        if (over->spans[i].end != 0 && is_of(&over->spans[i], symptom))
            return &over->spans[i];
    }
    return NULL;
}

/* Returns likewise which time a symptom is of in which a host was not heard. now: the end of the
 * capture. */
static const void *find_when_silent(const trade_host_t *host, const trade_symptom_t *symptom,
                                    trade_time_t now)
{
    const trade_span_t lasting = { host->heard, now };

    return host->heard != 0 && is_of_silence(&lasting, symptom)
               ? &host->heard
               : find_time(&host->silences, symptom, is_of_silence);
}

/* Returns likewise which time a symptom is of in which a host answered no attempt to connect. */
static const void *find_when_deaf(const trade_host_t *host, const trade_symptom_t *symptom)
{
    const trade_span_t lasting = { host->asked, INT64_MAX };

    return host->asked != 0 && is_of_deafness(&lasting, symptom)
               ? &host->asked
               : find_time(&host->deaf, symptom, is_of_deafness);
}

trade_outage_t trade_together_find_outage(const trade_host_t *host, const trade_symptom_t *symptom,
                                          trade_time_t now)
{
    const trade_span_t away = trade_host_get_away(host, now);
    trade_outage_t outage = { NULL, NULL };

    for (unsigned i = 0; i < host->burst_count && i < TRADE_BURSTS_MAX; i++) {
        const trade_burst_t *burst = &host->bursts[i];
        if (are_several(burst) && is_of_burst(burst, symptom, &away))
            return (trade_outage_t){ burst, burst };
    }
    outage.id = find_when_silent(host, symptom, now);
    if (!outage.id)
        outage.id = find_when_deaf(host, symptom);
    return outage;
}

/* ---- What came after ---- */

/* Returns the burst after which something comes, or NULL. */
static trade_burst_t *find_before(trade_host_t *host, const trade_segment_t *segment)
{
    trade_burst_t *burst = trade_host_get_burst(host);

    return burst && segment->when >= burst->span.start ? burst : NULL;
}

void trade_together_ask(trade_host_t *host, const trade_segment_t *segment)
{
    trade_burst_t *burst = find_before(host, segment);

    if (host && host->asked == 0)
        host->asked = segment->when;
    if (burst && burst->answered == 0)
        burst->syns++;
}

void trade_together_refuse(trade_host_t *host, const trade_segment_t *segment)
{
    trade_burst_t *burst = find_before(host, segment);

    if (!burst || burst->answered != 0)
        return;
    if (burst->refusals++ > 0)
        return;
    burst->refused = segment->when;
    burst->refused_frame = segment->frame;
}

void trade_together_answer(trade_host_t *host, const trade_segment_t *segment)
{
    trade_burst_t *burst = find_before(host, segment);

    if (host && host->asked != 0)
        trade_longest_add(&host->deaf, host->asked, segment->when);
    if (host)
        host->asked = 0;
    if (!burst || burst->answered != 0)
        return;
    burst->answered = segment->when;
    burst->answered_frame = segment->frame;
    burst->answered_ttl = segment->ttl;
    burst->is_other_card = burst->card != 0 && segment->card != 0 && segment->card != burst->card &&
                           trade_ttl_get_hops(segment->ttl) == 0;
}
