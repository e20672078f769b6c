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
/* A SYN with the IP id of the one before comes again within this time if it was captured twice. */
#define COPY_MAX (3 * TRADE_SECOND)

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
    const trade_time_t since = segment->when - attempt->own.now.span.end;

    return attempt->own.now.syns > 0 && segment->seq == attempt->seq &&
           (since < AGAIN_MIN ||
            (segment->ip_id != 0 && segment->ip_id == attempt->ip_id && since < COPY_MAX));
}

/* Counts what became of an attempt among the others that are not answered. */
static void join_run(trade_attempt_t *attempt)
{
    const trade_run_t *own = &attempt->own.now;
    trade_attempts_t *of = attempt->of;
    trade_run_t *run = &of->now;

    if (attempt->run == of->run)
        return;
    attempt->run = of->run;
    if (run->syns == 0) {
        *run = *own;
        return;
    }
    if (own->span.start < run->span.start) {
        run->next = run->span.start;
        run->next_frame = run->first_frame;
        run->span.start = own->span.start;
        run->first_frame = own->first_frame;
    } else if (run->next_frame == 0 || own->span.start < run->next) {
        run->next = own->span.start;
        run->next_frame = own->first_frame;
    }
    run->count += own->count;
    run->syns += own->syns;
    if (own->refusals > 0 && run->refusals == 0) {
        run->refused = own->refused;
        run->refused_frame = own->refused_frame;
        run->refused_ttl = own->refused_ttl;
    }
    run->refusals += own->refusals;
}

/* Adds a SYN to a run. */
static void count_syn(trade_run_t *run, const trade_segment_t *segment, bool is_new)
{
    if (run->syns == 0)
        *run = (trade_run_t){ .span = { segment->when, 0 }, .first_frame = segment->frame };
    run->span.end = segment->when;
    run->last_frame = segment->frame;
    run->count += is_new;
    run->syns++;
}

/* Adds a SYN. */
static void add_syn(trade_attempt_t *attempt, const trade_segment_t *segment)
{
    trade_run_t *own = &attempt->own.now;
    const bool is_new = own->syns == 0 || segment->seq != attempt->seq;

    if (is_copy(attempt, segment))
        return;
    attempt->seq = segment->seq;
    attempt->ip_id = segment->ip_id;
    attempt->opener = segment->side;
    count_syn(own, segment, is_new);
    if (attempt->run == attempt->of->run)
        count_syn(&attempt->of->now, segment, is_new);
    join_run(attempt);
    attempt->of->now.span.end = segment->when;
    attempt->of->now.last_frame = segment->frame;
    trade_together_ask(attempt->of->server, segment);
}

/* Adds an RST to a run. */
static void count_refusal(trade_run_t *run, const trade_segment_t *segment)
{
    run->last_frame = segment->frame;
    if (run->refusals++ > 0)
        return;
    run->refused = segment->when;
    run->refused_frame = segment->frame;
    run->refused_ttl = segment->ttl;
}

/* Adds an RST to a SYN. */
static void refuse(trade_attempt_t *attempt, const trade_segment_t *segment)
{
    if (attempt->own.now.refusals >= attempt->own.now.syns)
        return; /* the same frame, captured twice */
    trade_together_refuse(attempt->of->server, segment);
    join_run(attempt);
    count_refusal(&attempt->own.now, segment);
    count_refusal(&attempt->of->now, segment);
}

/* Takes an attempt that was answered off those that failed. */
static void leave_out(trade_run_t *run, const trade_run_t *own)
{
    run->count -= own->count;
    run->syns -= own->syns;
    run->refusals -= own->refusals;
    if (run->first_frame != own->first_frame)
        return;
    run->span.start = run->next;
    run->first_frame = run->next_frame;
}

/* Notes that an attempt was answered: what failed before is over. From now on, its connection
 * stands for its own SYNs alone, if these had failed. */
static void answer(trade_attempt_t *attempt, const trade_segment_t *segment)
{
    trade_attempts_t *of = attempt->of;
    trade_run_t *run = &of->now, *own = &attempt->own.now;

    attempt->is_over = true;
    if (segment->side != attempt->opener)
        trade_together_answer(of->server, segment);
    if (attempt->run == of->run)
        leave_out(run, own);
    /* The SYN that was answered did not fail. */
    if (own->syns > 0)
        own->syns--;
    run->answered = own->answered = segment->when;
    run->answered_frame = own->answered_frame = segment->frame;
    if (run->syns > 0 && has_failed(run) &&
        (of->worst.syns == 0 || get_length(run) > get_length(&of->worst)))
        of->worst = *run;
    of->run++;
    *run = (trade_run_t){ .syns = 0 };
    if (attempt->stands_for == of)
        of->has_row = false;
    attempt->stands_for = own->syns > 0 && has_failed(own) ? &attempt->own : NULL;
}

const trade_attempts_t *trade_attempt_add(trade_attempt_t *attempt, const trade_segment_t *segment)
{
    trade_attempts_t *of = attempt->of;
    const bool is_reset = segment->flags & TRADE_TCP_RST;

    if (!of) {
        attempt->is_over = true;
        return NULL;
    }
    attempt->own.server = of->server;
    if (trade_attempt_is_syn(segment))
        add_syn(attempt, segment);
    else if (!is_reset && (segment->side == attempt->opener || (segment->flags & TRADE_TCP_SYN)))
        answer(attempt, segment);
    else if (is_reset && segment->side != attempt->opener && attempt->own.now.syns > 0 &&
             (segment->flags & TRADE_TCP_ACK) && segment->ack == attempt->seq + 1)
        refuse(attempt, segment);
    if (!attempt->is_over && !of->has_row && of->now.syns > 0 && has_failed(&of->now)) {
        of->has_row = true;
        of->worst.syns = 0; /* that was of a connection whose SYN was answered since */
        attempt->stands_for = of;
    }
    return attempt->stands_for;
}

void trade_attempt_add_notice(trade_attempt_t *attempt, const trade_notice_t *notice)
{
    if (attempt->is_over || !attempt->of || notice->seq != attempt->seq ||
        notice->side != attempt->opener || !trade_notice_is_known(notice))
        return;
    if (attempt->of->notice.frame == 0)
        attempt->of->notice = *notice;
    if (attempt->own.notice.frame == 0)
        attempt->own.notice = *notice;
}

const trade_run_t *trade_attempts_get_worst(const trade_attempts_t *attempts)
{
    const bool has_now = attempts->now.syns > 0 && has_failed(&attempts->now);

    if (has_now &&
        (attempts->worst.syns == 0 || get_length(&attempts->now) > get_length(&attempts->worst)))
        return &attempts->now;
    return attempts->worst.syns > 0 ? &attempts->worst : NULL;
}
