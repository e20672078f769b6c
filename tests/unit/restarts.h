/* restarts.h
 * Cases of hosts that have another kernel since they ended connections; for verdict.c.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_RESTARTS_H
#define TRADE_TESTS_UNIT_RESTARTS_H

#include "tests/unit/ends.h"

/* What a restart looks like: each varies in one case. */
typedef struct restart {
    unsigned others; /* that end with the connection, and show the same clock */
    unsigned begun;  /* connections since then */
    double ahead;    /* of their clock to that, in s */
    bool is_answer;  /* modules' host had been silent, and the RSTs answer it */
} restart_t;

static const restart_t usual_restart = { .others = 3, .begun = 3, .ahead = 1e6 };

/* The Multiplexer's host sends a SYN, its clock so far ahead. first: the frame in which it was
 * first seen on that connection; 0: in this one. */
static void send_syn(play_t *play, double seconds, double ahead, uint8_t ttl, uint32_t first)
{
    const trade_side_t side = { .host = &play->hosts[MULTIPLEXER],
                                .kernel = &play->kernels[MULTIPLEXER],
                                .first_frame = first };
    trade_segment_t segment = make(play, seconds, MULTIPLEXER);

    segment.flags |= TRADE_TCP_SYN;
    segment.stamp += (uint32_t)(int64_t)(ahead * play->rate);
    segment.ttl = ttl;
    trade_restart_watch_begin(&side, &segment);
}

static void begin_later(play_t *play, double ahead)
{
    send_syn(play, 110, ahead, 128, 0);
}

/* Ends the connection and others. behind: of the clock of the last of these, in s. */
static void end_all(play_t *play, const restart_t *restart, double behind)
{
    const trade_evidence_t *mine = &play->health.evidence;
    others_t *others = begin_others(play, restart->others);

    if (restart->is_answer) {
        hear_modules_host(play, 80);
        play->seq[MULTIPLEXER] += 5; /* which never came here */
    }
    rst(play, 100, MULTIPLEXER);
    for (unsigned i = 0; i < restart->others; i++) {
        trade_side_t *side = &others->list[i].sides[MULTIPLEXER];
        side->stamps = mine->sides[MULTIPLEXER].stamps;
        side->kernel = &play->kernels[MULTIPLEXER];
        if (i + 1 == restart->others)
            side->stamps.stamp -= (uint32_t)(behind * 1000);
        end_other(play, &others->list[i], 100.1, &reset_as_host);
    }
}

static void restart(play_t *play, const restart_t *restart)
{
    play->rate = 1000;
    rounds(play, 0, 3);
    end_all(play, restart, 0);
    for (unsigned i = 0; i < restart->begun; i++)
        begin_later(play, restart->ahead);
}

static void restarted(play_t *play)
{
    restart(play, &usual_restart);
}

static void restarted_with_others(play_t *play)
{
    restart_t varied = usual_restart;

    varied.others = (unsigned)play->bound;
    restart(play, &varied);
}

static void restarted_and_begun_later(play_t *play)
{
    restart_t varied = usual_restart;

    varied.begun = (unsigned)play->bound;
    restart(play, &varied);
}

static void restarted_and_clock_ahead(play_t *play)
{
    restart_t varied = usual_restart;

    varied.ahead = play->bound;
    restart(play, &varied);
}

static void restarted_after_silence(play_t *play)
{
    restart_t varied = usual_restart;

    varied.is_answer = true;
    restart(play, &varied);
}

/* The connections that begin have the clock of before. */
static void not_restarted(play_t *play)
{
    restart_t varied = usual_restart;

    varied.ahead = 0;
    restart(play, &varied);
    const trade_segment_t syn_ack = make(play, 111, MULTIPLEXER);
    trade_together_answer(&play->hosts[MULTIPLEXER], &syn_ack);
}

/* One more connection begins with the clock of before: there are two machines. */
static void restarted_beside_the_same(play_t *play)
{
    restart(play, &usual_restart);
    begin_later(play, 0);
}

/* A firewall answers in the host's name, by its own clock, with this TTL. */
static void restarted_and_answered_with_ttl(play_t *play)
{
    restart_t varied = usual_restart;

    varied.begun = 0;
    restart(play, &varied);
    for (unsigned i = 0; i < 3; i++)
        send_syn(play, 110, varied.ahead, (uint8_t)play->bound, 0);
}

/* One of the connections that ended had another clock: there were two machines, or each connection
 * has a clock of its own. */
static void restarted_of_two(play_t *play)
{
    play->rate = 1000;
    rounds(play, 0, 3);
    end_all(play, &(restart_t){ .others = 5 }, 1e6);
    for (unsigned i = 0; i < 3; i++)
        begin_later(play, 1e6);
}

/* Timestamps are of the connection that begins, not of one that goes on. */
static void clock_ahead_in_a_later_segment(play_t *play)
{
    play->rate = 1000;
    rounds(play, 0, 3);
    end_all(play, &usual_restart, 0);
    for (unsigned i = 0; i < 3; i++)
        send_syn(play, 110, usual_restart.ahead, 128, 1);
}

/* So much later, the capture's clock may have been set. */
static void restarted_and_begun_after(play_t *play)
{
    restart_t varied = usual_restart;

    varied.begun = 0;
    restart(play, &varied);
    for (unsigned i = 0; i < 3; i++)
        send_syn(play, 100.1 + play->bound, varied.ahead, 128, 0);
}

/* The host, which had card 1, answers from this one. */
static void answers_from(play_t *play, uint32_t card)
{
    others_t *others = begin_others(play, 3);
    trade_segment_t segment = make(play, 95, MULTIPLEXER);

    rounds(play, 0, 3);
    segment.card = 1;
    watch_host(&play->hosts[MULTIPLEXER], &segment);
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 3, &reset_as_host);
    segment = make(play, 110, MULTIPLEXER);
    segment.card = card;
    trade_together_answer(&play->hosts[MULTIPLEXER], &segment);
}

static void answers_from_the_other_card(play_t *play)
{
    answers_from(play, 2);
}

static void answers_from_the_same_card(play_t *play)
{
    answers_from(play, 1);
}

static const test_t restarts_tests[] = {
    TEST(restarted, "ended-together", "multiplexer",
         "Each of the next 3 connections shows another kernel than all of these did, by the clock "
         "in its TCP timestamps: its host was restarted, or another machine took its address."),
    BOUND(restarted_with_others, 3, "ended-together", "multiplexer"),
    BOUND(restarted_with_others, 2, "ended-together", "network-or-multiplexer"),
    BOUND(restarted_and_begun_later, 2, "ended-together", "network-or-multiplexer"),
    BOUND(restarted_and_clock_ahead, 86410, "ended-together", "multiplexer"),
    BOUND(restarted_and_clock_ahead, 86390, "ended-together", "network-or-multiplexer"),
    BOUND(restarted_and_clock_ahead, -86410, "ended-together", "multiplexer"),
    BOUND(restarted_and_clock_ahead, -86390, "ended-together", "network-or-multiplexer"),
    TEST(restarted_after_silence, "ended-together", "multiplexer", ""),
    TEST(not_restarted, "ended-together", "network-or-multiplexer",
         "By the clock in its TCP timestamps, it is the same kernel as before."),
    TEST(restarted_beside_the_same, "ended-together", "network-or-multiplexer", ""),
    BOUND(restarted_and_answered_with_ttl, 128, "ended-together", "multiplexer"),
    BOUND(restarted_and_answered_with_ttl, 127, "ended-together", "network-or-multiplexer"),
    TEST(restarted_of_two, "ended-together", "network-or-multiplexer", ""),
    TEST(clock_ahead_in_a_later_segment, "ended-together", "network-or-multiplexer", ""),
    BOUND(restarted_and_begun_after, 3600, "ended-together", "multiplexer"),
    BOUND(restarted_and_begun_after, 3601, "ended-together", "network-or-multiplexer"),
    TEST(answers_from_the_other_card, "ended-together", "network-or-multiplexer",
         "(frame 24), from another network card: of another machine, or another one of it."),
    TEST(answers_from_the_same_card, "ended-together", "network-or-multiplexer",
         "an attempt to connect, at 110.000 (frame 24). Filter")
};

#endif /* TRADE_TESTS_UNIT_RESTARTS_H */
