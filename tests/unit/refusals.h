/* refusals.h
 * Cases of bytes that come to the receiver, which does not take them; for verdict.c.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_REFUSALS_H
#define TRADE_TESTS_UNIT_REFUSALS_H

#include "tests/unit/play.h"

/* How a Ping of the module is answered that the Multiplexer does not take: each varies in one case.
 */
typedef struct refusal {
    unsigned sendings;
    unsigned answers; /* of all up to this one, */
    unsigned first;   /* from this one on */
    double lag;       /* in s */
    bool has_sack;
    bool is_behind; /* something else that the module sent may be what is answered */
    bool is_wider;  /* the answer tells of another window */
    double until;
} refusal_t;

static const refusal_t usual_refusal = { .sendings = 9, .answers = 9, .lag = 0.0004, .until = 190 };

static void answer_refused(play_t *play, double seconds, const refusal_t *refusal, unsigned number)
{
    if (refusal->is_behind)
        ack(play, seconds + 0.0001, MODULE);
    play->window[MULTIPLEXER] += refusal->is_wider;
    trade_segment_t segment = make(play, seconds + refusal->lag, MULTIPLEXER);
    segment.has_sack = refusal->has_sack;
    if (number >= refusal->first && number < refusal->answers)
        add(play, &segment);
}

static void refuse_ping(play_t *play, const refusal_t *refusal)
{
    rounds(play, 0, 3);
    lost_ping(play, 90, MODULE);
    answer_refused(play, 90, refusal, 0);
    for (unsigned i = 1; i < refusal->sendings; i++) {
        const double seconds = 90 + 0.2 * ((1 << i) - 1);
        send_again(play, seconds, MODULE, 10);
        answer_refused(play, seconds, refusal, i);
    }
    until(play, refusal->until);
}

static void refused(play_t *play)
{
    refuse_ping(play, &usual_refusal);
}

static void refused_so_often_of_nine(play_t *play)
{
    refusal_t varied = usual_refusal;

    varied.answers = (unsigned)play->bound;
    refuse_ping(play, &varied);
}

static void refused_so_often_of_three(play_t *play)
{
    refusal_t varied = usual_refusal;

    varied.sendings = 3;
    varied.answers = (unsigned)play->bound;
    refuse_ping(play, &varied);
}

static void refused_after(play_t *play)
{
    refusal_t varied = usual_refusal;

    varied.first = 4;
    varied.lag = play->bound;
    refuse_ping(play, &varied);
}

/* Its Pong is missing, the next Ping not yet. */
static void refused_for_an_interval(play_t *play)
{
    refusal_t varied = usual_refusal;

    varied.sendings = 8;
    varied.answers = (unsigned)play->bound;
    varied.until = 125;
    refuse_ping(play, &varied);
}

static void acknowledged_selectively(play_t *play)
{
    refusal_t varied = usual_refusal;

    varied.has_sack = true;
    refuse_ping(play, &varied);
}

static void answered_something_else(play_t *play)
{
    refusal_t varied = usual_refusal;

    varied.is_behind = true;
    refuse_ping(play, &varied);
}

static void read_meanwhile(play_t *play)
{
    refusal_t varied = usual_refusal;

    varied.is_wider = true;
    refuse_ping(play, &varied);
}

static const test_t refusals_tests[] = {
    TEST(refused, "not-delivered", "cannot-tell",
         "9 times, the Multiplexer answered at once with the acknowledgement of before"),
    BOUND(refused_so_often_of_nine, 5, "not-delivered", "cannot-tell"),
    BOUND(refused_so_often_of_nine, 4, "not-delivered", "network-or-multiplexer"),
    BOUND(refused_for_an_interval, 5, "not-delivered", "cannot-tell"),
    BOUND(refused_for_an_interval, 4, "not-delivered", "network-or-multiplexer"),
    BOUND(refused_so_often_of_three, 3, "not-delivered", "cannot-tell"),
    BOUND(refused_so_often_of_three, 2, "not-delivered", "network-or-multiplexer"),
    BOUND(refused_after, 1, "not-delivered", "cannot-tell"),
    BOUND(refused_after, 1.001, "not-delivered", "network"),
    TEST(acknowledged_selectively, "not-delivered", "network", ""),
    TEST(answered_something_else, "not-delivered", "network", ""),
    TEST(read_meanwhile, "not-delivered", "network", "")
};

#endif /* TRADE_TESTS_UNIT_REFUSALS_H */
