/* silence.h
 * Cases that TCP timestamps and answers to keepalives decide: a side sent nothing, or what it sent
 * was lost or late on its way. For tests/unit/verdict.c.
 *
 * In all of them, the module and the Multiplexer ping each 30 s up to 91 s: 120 s is when the
 * module's next Ping is due.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_SILENCE_H
#define TRADE_TESTS_UNIT_SILENCE_H

#include "tests/unit/play.h"

/* Healthy rounds of hosts with timestamps. */
static void stamped_rounds(play_t *play, uint32_t rate)
{
    play->rate = rate;
    rounds(play, 0, 4);
}

/* A keepalive of the Multiplexer, and the answer of the module's kernel. */
static void keep_alive(play_t *play, double seconds)
{
    probe(play, seconds, MULTIPLEXER);
    ack(play, seconds + 0.01, MODULE);
}

/* The Multiplexer's Ping is retransmitted again and again, while nothing is heard of the module. */
static void nothing_of_the_module(play_t *play)
{
    lost_ping(play, 121, MULTIPLEXER);
    for (int n = 0; n < 5; n++)
        send_again(play, 125 + n * 20, MULTIPLEXER, 10);
}

/* The module has the Multiplexer's Ping by now, and goes on. */
static void module_goes_on(play_t *play, double seconds)
{
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    ack(play, seconds, MODULE);
    pong(play, seconds + 0.01, MULTIPLEXER);
    round_of(play, seconds + 0.1, MODULE);
}

/* ---- Timestamps ---- */

static void module_pauses(play_t *play)
{
    stamped_rounds(play, 1000);
    nothing_of_the_module(play);
    module_goes_on(play, 210);
}

static void module_pauses_by_a_slow_clock(play_t *play)
{
    stamped_rounds(play, (uint32_t)play->bound);
    nothing_of_the_module(play);
    module_goes_on(play, 210);
}

/* What its segment says was sent long before: it was late in the network. */
static void module_is_heard_late(play_t *play)
{
    stamped_rounds(play, 1000);
    nothing_of_the_module(play);
    play->stood[MODULE] = 100;
    module_goes_on(play, 210);
}

/* The clock of a virtual machine stood still; but its segment repeats the timestamp of the
 * Multiplexer's last one, of 205. */
static void module_pauses_and_its_clock_stands_still(play_t *play)
{
    stamped_rounds(play, 1000);
    nothing_of_the_module(play);
    play->stood[MODULE] = 115;
    play->heard[MODULE] = play->stamp[MULTIPLEXER];
    module_goes_on(play, 210);
}

/* The module's own kernel resets, or somebody else who repeats the newest timestamp: its clock
 * differs by so many seconds. */
static void reset_after_a_pause(play_t *play)
{
    stamped_rounds(play, 1000);
    nothing_of_the_module(play);
    play->stood[MODULE] = play->bound;
    play->heard[MODULE] = play->stamp[MULTIPLEXER];
    rst(play, 215, MODULE);
}

static void module_pauses_without_timestamps(play_t *play)
{
    rounds(play, 0, 4);
    nothing_of_the_module(play);
    module_goes_on(play, 210);
}

/* Its first segment has bytes: they may have been sent before, and lost, though its IP id goes on
 * by one. That may be the count of a device between. */
static void module_goes_on_with_a_ping(play_t *play)
{
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    round_of(play, 210, MODULE);
    until(play, 211);
}

static void ping_after_a_pause(play_t *play)
{
    stamped_rounds(play, 1000);
    nothing_of_the_module(play);
    module_goes_on_with_a_ping(play);
}

/* One is not answered: the others may be answers to those before. bound: ticks a second. */
static void kernel_answers_most_keepalives(play_t *play)
{
    stamped_rounds(play, (uint32_t)play->bound);
    probe(play, 93, MULTIPLEXER);
    for (int n = 0; n < 11; n++)
        keep_alive(play, 95 + n * 10);
    until(play, 200);
}

/* Without timestamps, so many of them, the last one at 155. */
static void kernel_answers_keepalives(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = (int)play->bound - 1; n >= 0; n--)
        keep_alive(play, 155 - n * 10);
    for (int n = 0; n < 3; n++)
        ack(play, 160 + n * 10, MULTIPLEXER);
    until(play, 200);
}

/* Something else comes between. */
static void kernel_answers_what_nobody_saw(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < 11; n++) {
        keep_alive(play, 95 + n * 10);
        ack(play, 100 + n * 10, MODULE);
    }
    until(play, 200);
}

/* The newest answer shows that nothing was sent until a second before. */
static void kernel_answers_a_keepalive_at(play_t *play)
{
    stamped_rounds(play, 1000);
    keep_alive(play, 100);
    keep_alive(play, play->bound);
    for (int n = 0; n < 4; n++)
        ack(play, 140 + n * 20, MULTIPLEXER);
    until(play, 205);
}

/* The capture's clock is set forward, once the Ping before the gap has come: it is not as long as
 * it seems. */
static void clock_is_set_by_100_s(play_t *play)
{
    stamped_rounds(play, 1000);
    keep_alive(play, 95);
    play->stood[MODULE] = play->stood[MULTIPLEXER] = 100;
    for (int n = 0; n < 3; n++)
        keep_alive(play, 196 + n * 5);
    until(play, 208);
}

/* It is set by 600 s, 10 s after the Ping: the silence is 10 s longer than this. */
static void clock_is_set_before_a_silence_of(play_t *play)
{
    play->rate = 1000;
    for (int n = 0; n < 20; n++)
        round_of(play, 30 + n * 3, MODULE);
    play->stood[MODULE] = play->stood[MULTIPLEXER] = 600;
    for (int n = 0; n < 2; n++)
        keep_alive(play, 697 + n * play->bound);
    until(play, 700 + play->bound);
}

/* It may wait for the Pong before it pings again: that comes then, or not at all. */
static void pong_after(play_t *play)
{
    play->rate = 1000;
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    if (play->bound > 0)
        pong(play, 120 + play->bound, MODULE);
    ack(play, 120.04 + play->bound, play->bound > 0 ? MODULE : MULTIPLEXER);
    for (int n = 0; n < 10; n++)
        keep_alive(play, 155 + n * 10);
    until(play, 255);
}

static void late_ping_while_the_kernel_answers(play_t *play)
{
    play->rate = 1000;
    module_rounds(play, 0, 4);
    for (int n = 0; n < 4; n++)
        keep_alive(play, 100 + n * 10 + n / 10.0);
    keep_alive(play, 140);
    ack(play, 209.9, MODULE);
    module_goes_on_with_a_ping(play);
}

static void a_late_ping_and_the_next(play_t *play)
{
    play->rate = 1000;
    module_rounds(play, 0, 4);
    for (int n = 0; n < 5; n++)
        keep_alive(play, 100 + n * 10);
    round_of(play, 145, MODULE);
    round_of(play, 175, MODULE);
}

static void no_pong_while_the_kernel_answers(play_t *play)
{
    play->rate = 1000;
    multiplexer_rounds(play, 0, 4);
    ping(play, 121, MULTIPLEXER);
    ack(play, 121.04, MODULE);
    for (int n = 0; n < 4; n++)
        keep_alive(play, 130 + n * 10);
    until(play, 165);
}

/* A segment before the Pong comes with a timestamp of just before, or of long before. */
static void pong_sent_late(play_t *play)
{
    play->rate = 1000;
    multiplexer_rounds(play, 0, 8);
    ping(play, 241, MULTIPLEXER);
    const uint32_t frame = play->frame, heard = play->heard[MODULE];
    ack(play, 241.04, MODULE);
    const uint32_t acked = play->ack[MODULE];
    ping(play, 271, MULTIPLEXER);
    play->heard[MODULE] = heard;
    const uint32_t next = play->frame;
    play->stood[MODULE] = play->bound;
    play->ack[MODULE] = acked;
    ack(play, 290.99, MODULE);
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    pong_for(play, 291, MULTIPLEXER, frame, 241);
    pong_for(play, 291.01, MULTIPLEXER, next, 271);
    round_of(play, 301, MULTIPLEXER);
}

/* The Ping is acknowledged then; its Pong comes after 50 s, in which nothing was sent. */
static void pong_sent_late_after_a_ping_acknowledged_at(play_t *play)
{
    play->rate = 1000;
    multiplexer_rounds(play, 0, 8);
    lost_ping(play, 241, MULTIPLEXER);
    const uint32_t frame = play->frame;
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    play->heard[MODULE] = play->stamp[MULTIPLEXER];
    ack(play, play->bound, MODULE);
    const uint32_t acked = play->ack[MODULE], heard = play->heard[MODULE];
    ping(play, 271, MULTIPLEXER);
    const uint32_t next = play->frame;
    play->ack[MODULE] = acked;
    play->heard[MODULE] = heard;
    ack(play, 290.99, MODULE);
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    pong_for(play, 291, MULTIPLEXER, frame, 241);
    pong_for(play, 291.01, MULTIPLEXER, next, 271);
    round_of(play, 301, MULTIPLEXER);
}

/* ---- Free to send ---- */

/* The module answers with bytes of its own, then nothing waits in its TCP. */
static void bytes_that_answer_at(play_t *play)
{
    stamped_rounds(play, 1000);
    send(play, play->bound - 0.1, MULTIPLEXER, 20, true);
    send(play, play->bound, MODULE, 20, true);
    ack(play, play->bound + 0.04, MULTIPLEXER);
    keep_alive(play, 136.3);
    for (int n = 0; n < 4; n++)
        ack(play, 140 + n * 20, MULTIPLEXER);
    until(play, 205);
}

/* It sends them again, since their acknowledgement did not reach it. */
static void bytes_sent_again_when_acknowledged(play_t *play)
{
    play->rate = 1000;
    module_rounds(play, 0, 4);
    send(play, 100, MODULE, 20, true);
    ack(play, 100.04, MULTIPLEXER);
    send_again(play, 110, MODULE, 20);
    keep_alive(play, 130);
    keep_alive(play, 150);
    for (int n = 0; n < 3; n++)
        ack(play, 160 + n * 20, MULTIPLEXER);
    until(play, 205);
}

/* More may wait behind bytes that fill a segment. */
static void bytes_behind_which_a_ping_may_wait(play_t *play)
{
    stamped_rounds(play, 1000);
    send(play, 115, MODULE, (uint32_t)play->bound, true);
    send(play, 115.04, MULTIPLEXER, 20, true);
    keep_alive(play, 150);
    for (int n = 0; n < 3; n++)
        ack(play, 160 + n * 20, MULTIPLEXER);
    until(play, 205);
}

static const test_t silences[] = {
    TEST(module_pauses, "not-delivered", "module", "sent nothing until 208."),
    BOUND(module_pauses_by_a_slow_clock, 10, "not-delivered", "module"),
    BOUND(module_pauses_by_a_slow_clock, 1, "not-delivered", "module"),
    BOUND(module_pauses_by_a_slow_clock, 33, "not-delivered", "network-or-module"),
    TEST(module_is_heard_late, "not-delivered", "network-or-module", ""),
    TEST(module_pauses_and_its_clock_stands_still, "not-delivered", "module",
         "sent nothing until 203."),
    BOUND(reset_after_a_pause, 0, "not-delivered", "module"),
    BOUND(reset_after_a_pause, 120, "not-delivered", "network-or-module"),
    TEST(module_pauses_without_timestamps, "not-delivered", "network-or-module", ""),
    TEST(ping_after_a_pause, "not-delivered", "network-or-module", ""),
    BOUND(kernel_answers_most_keepalives, 100, "ping-missing", "module"),
    BOUND(kernel_answers_most_keepalives, 0, "ping-missing", "network-or-module"),
    TEST(kernel_answers_what_nobody_saw, "ping-missing", "network-or-module", ""),
    BOUND(kernel_answers_keepalives, 3, "ping-missing", "module"),
    BOUND(kernel_answers_keepalives, 2, "ping-missing", "network-or-module"),
    BOUND(kernel_answers_a_keepalive_at, 136.2, "ping-missing", "module"),
    BOUND(kernel_answers_a_keepalive_at, 135.8, "ping-missing", "network-or-module"),
    TEST(clock_is_set_by_100_s, "ping-missing", "cannot-tell", ""),
    BOUND(clock_is_set_before_a_silence_of, 35, "ping-missing", "cannot-tell"),
    BOUND(clock_is_set_before_a_silence_of, 40, "ping-missing", "module"),
    BOUND(pong_after, 29.9, "ping-missing", "module"),
    BOUND(pong_after, 30.1, "ping-missing", "network-or-module"),
    BOUND(pong_after, 0, "ping-missing", "network-or-module"),
    TEST(late_ping_while_the_kernel_answers, "ping-missing", "module", ""),
    TEST(a_late_ping_and_the_next, "late", "module", "by the answers to keepalives"),
    TEST(no_pong_while_the_kernel_answers, "ping-unanswered", "module", "did not answer: "),
    BOUND(pong_sent_late, 0, "answered-late", "module"),
    BOUND(pong_sent_late, 23, "answered-late", "module"),
    BOUND(pong_sent_late, 25, "answered-late", "cannot-tell"),
    BOUND(pong_sent_late_after_a_ping_acknowledged_at, 253.5, "answered-late", "module"),
    BOUND(pong_sent_late_after_a_ping_acknowledged_at, 253.501, "answered-late", "cannot-tell"),
    BOUND(bytes_that_answer_at, 129, "ping-missing", "module"),
    BOUND(bytes_that_answer_at, 133, "ping-missing", "network-or-module"),
    TEST(bytes_sent_again_when_acknowledged, "ping-missing", "network-or-module", ""),
    BOUND(bytes_behind_which_a_ping_may_wait, 536, "ping-missing", "network-or-module"),
};

#endif /* TRADE_TESTS_UNIT_SILENCE_H */
