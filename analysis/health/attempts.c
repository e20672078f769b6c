/* attempts.c
 * Attempts to connect. See analysis/health/attempts.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/attempts.h"
#include "analysis/health/notices.h"
#include "analysis/health/together.h"

/* Without an answer, attempts have failed after this many SYNs, and this time. */
#define SYNS_MIN TRADE_UNDELIVERED_MIN
#define FAILED_MIN (2 * TRADE_SECOND)
/* A SYN captured again sooner is the same frame, captured twice; or later, with the same IP id. */
#define AGAIN_MIN (TRADE_SECOND / 100)

/* Returns whether attempts have failed. */
static bool has_failed(const trade_run_t *run)
{
    return run->refusals > 0 ||
           (run->syns >= SYNS_MIN && trade_span_get_length(&run->span) >= FAILED_MIN);
}

/* Returns how long nobody was let in. */
static trade_time_t get_length(const trade_run_t *run)
{
    return (run->answered != 0 ? run->answered : run->span.end) - run->span.start;
}

/* Returns whether a SYN is the attempt's newest, captured again. */
static bool is_copy(const trade_attempt_t *attempt, const trade_segment_t *segment)
{
    const trade_time_t since = segment->when - attempt->last;

    return attempt->syns > 0 && segment->seq == attempt->seq &&
           (since < AGAIN_MIN ||
            (segment->ip_id != 0 && segment->ip_id == attempt->ip_id && since < TRADE_SKEW_MIN));
}

/* Adds a SYN. */
static void add_syn(trade_attempt_t *attempt, const trade_segment_t *segment)
{
    trade_run_t *run = &attempt->of->now;

    if (is_copy(attempt, segment))
        return;
    if (run->syns == 0)
        *run = (trade_run_t){ .span = { segment->when, 0 }, .first_frame = segment->frame };
    run->span.end = segment->when;
    run->last_frame = segment->frame;
    run->count += attempt->syns == 0 || segment->seq != attempt->seq;
    run->syns++;
    attempt->seq = segment->seq;
    attempt->ip_id = segment->ip_id;
    attempt->opener = segment->side;
    attempt->last = segment->when;
    attempt->syns++;
    trade_together_ask(attempt->of->server, segment);
}

/* Adds an RST to a SYN. */
static void refuse(const trade_attempt_t *attempt, const trade_segment_t *segment)
{
    trade_run_t *run = &attempt->of->now;

    if (run->refusals >= run->syns)
        return; /* the same frame, captured twice */
    trade_together_refuse(attempt->of->server, segment);
    run->last_frame = segment->frame;
    if (run->refusals++ > 0)
        return;
    run->refused = segment->when;
    run->refused_frame = segment->frame;
    run->refused_ttl = segment->ttl;
}

/* Takes an attempt that was answered after others off those that failed. */
static void leave_out(trade_run_t *run, const trade_attempt_t *attempt)
{
    if (run->count < 2)
        return;
    run->count--;
    run->syns -= attempt->syns < run->syns ? attempt->syns : 0;
}

/* Notes that an attempt was answered: what failed before is over. */
static void answer(trade_attempt_t *attempt, const trade_segment_t *segment)
{
    trade_attempts_t *of = attempt->of;
    trade_run_t *run = &of->now;
    const bool is_failed = run->syns > 0 && has_failed(run);

    attempt->is_over = true;
    if (segment->side != attempt->opener)
        trade_together_answer(of->server, segment);
    run->answered = segment->when;
    run->answered_frame = segment->frame;
    leave_out(run, attempt);
    if (is_failed && (of->worst.syns == 0 || get_length(run) > get_length(&of->worst)))
        of->worst = *run;
    *run = (trade_run_t){ .syns = 0 };
}

bool trade_attempt_add(trade_attempt_t *attempt, const trade_segment_t *segment)
{
    trade_attempts_t *of = attempt->of;
    const bool is_reset = segment->flags & TRADE_TCP_RST;

    if (!of) {
        attempt->is_over = true;
        return false;
    }
    if (trade_attempt_is_syn(segment))
        add_syn(attempt, segment);
    else if (!is_reset && (segment->side == attempt->opener || (segment->flags & TRADE_TCP_SYN)))
        answer(attempt, segment);
    else if (is_reset && segment->side != attempt->opener && of->now.syns > 0 &&
             (segment->flags & TRADE_TCP_ACK) && segment->ack == attempt->seq + 1)
        refuse(attempt, segment);
    if (of->has_row || of->now.syns == 0 || !has_failed(&of->now))
        return false;
    of->has_row = true;
    return true;
}

void trade_attempt_add_notice(const trade_attempt_t *attempt, const trade_notice_t *notice)
{
    if (attempt->is_over || !attempt->of || attempt->of->notice.frame != 0 ||
        notice->seq != attempt->seq || notice->side != attempt->opener ||
        !trade_notice_is_known(notice))
        return;
    attempt->of->notice = *notice;
}

const trade_run_t *trade_attempts_get_worst(const trade_attempts_t *attempts)
{
    const bool has_now = attempts->now.syns > 0 && has_failed(&attempts->now);

    if (has_now &&
        (attempts->worst.syns == 0 || get_length(&attempts->now) > get_length(&attempts->worst)))
        return &attempts->now;
    return attempts->worst.syns > 0 ? &attempts->worst : NULL;
}
