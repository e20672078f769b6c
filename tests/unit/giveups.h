/* giveups.h
 * Cases of a side that ends the connection, before a Ping or Pong is late, since the other one does
 * not take what it sends; for verdict.c.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_GIVEUPS_H
#define TRADE_TESTS_UNIT_GIVEUPS_H

#include "tests/unit/play.h"

/* An RST that answers a segment of a connection that its side does not have. */
static void rst_without_ack(play_t *play, double seconds, unsigned side)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.flags = TRADE_TCP_RST;
    add(play, &segment);
}

/* Bytes of the module, sent at 100 s and so many times in all, are not acknowledged. */
static void lose_bytes(play_t *play, int times)
{
    rounds(play, 0, 4);
    send(play, 100, MODULE, 10, false);
    resend(play, 100, MODULE, times - 1);
}

static void reset_with_bytes_sent_so_often(play_t *play)
{
    lose_bytes(play, (int)play->bound);
    rst(play, 115, MODULE);
}

static void reset_so_long_after_bytes(play_t *play)
{
    lose_bytes(play, 4);
    rst(play, 100 + play->bound, MODULE);
}

static void closed_with_bytes_in_flight(play_t *play)
{
    lose_bytes(play, 5);
    fin(play, 115, MODULE);
}

static void reset_by_who_does_not_acknowledge(play_t *play)
{
    lose_bytes(play, 5);
    rst(play, 115, MULTIPLEXER);
}

static void reset_in_answer(play_t *play)
{
    lose_bytes(play, 5);
    rst_without_ack(play, 115, MODULE);
}

static void reset_with_acknowledged_bytes(play_t *play)
{
    lose_bytes(play, 5);
    play->ack[MULTIPLEXER] += 10;
    ack(play, 114, MULTIPLEXER);
    rst(play, 115, MODULE);
}

static void reset_while_peer_was_alive(play_t *play)
{
    lose_bytes(play, 5);
    ack(play, 106, MULTIPLEXER);
    resend_some(play, 100, MODULE, 5, 6);
    ack(play, 112, MULTIPLEXER);
    resend_some(play, 100, MODULE, 6, 7);
    rst(play, 125, MODULE);
}

/* A router says why, after three sendings. */
static void reset_after_a_notice(play_t *play)
{
    lose_bytes(play, 3);
    const trade_notice_t notice = make_notice(play, 101, MODULE, 0);
    add_notice(play, &notice);
    resend_some(play, 100, MODULE, 2, 5);
    rst(play, 115, MODULE);
}

/* Each is answered at once by the acknowledgement of before. */
static void reset_after_refusals(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 100, MODULE, 10, false);
    ack(play, 100.001, MULTIPLEXER);
    for (int n = 0; n < 5; n++) {
        const double seconds = 100 + 0.3 * (1 << n);
        send_again(play, seconds, MODULE, 10);
        ack(play, seconds + 0.001, MULTIPLEXER);
    }
    rst(play, 115, MODULE);
}

/* Another connection of the same kernel is well between the retransmissions. */
static void reset_while_another_was_well(play_t *play)
{
    play->rate = 1000;
    rounds_beside(play, 0, 4, 0);
    send(play, 95, MODULE, 10, false);
    for (int n = 0; n < 7; n++) {
        for (double next = 95 + 0.3 * (1 << n) / 2; next < 95 + 0.3 * (1 << n); next += 2)
            exchange(play, next, 0);
        resend_some(play, 95, MODULE, n, n + 1);
    }
    rst(play, 119.5, MODULE);
}

/* So many keepalives are not answered; the RST comes when the next one would. */
static void reset_after_so_many_keepalives(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < (int)play->bound; n++)
        probe(play, 100 + n, MODULE);
    rst(play, 100 + play->bound, MODULE);
}

static void reset_after_keepalives(play_t *play)
{
    play->bound = 5;
    reset_after_so_many_keepalives(play);
}

static void reset_after_an_answered_keepalive(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < 5; n++)
        probe(play, 100 + n, MODULE);
    ack(play, 104.1, MULTIPLEXER);
    rst(play, 105, MODULE);
}

/* The Multiplexer does not get the RST, and goes on. */
static void reset_after_keepalives_of_one_that_goes_on(play_t *play)
{
    reset_after_keepalives(play);
    send(play, 110, MULTIPLEXER, 10, false);
    until(play, 115);
}

/* The Multiplexer sends keepalives, too, since it is alive: nothing comes through. At so many of
 * the module's keepalives, from the second on. */
static void reset_while_both_keep_alive(play_t *play)
{
    play->rate = 1000;
    rounds(play, 0, 4);
    for (int n = 0; n < 5; n++) {
        probe(play, 100 + 2 * n, MODULE);
        if (n > 1 && n < 2 + play->bound)
            probe(play, 101 + 2 * n, MULTIPLEXER);
    }
    rst(play, 110, MODULE);
}

/* The Multiplexer's bytes do not come to the module, which is heard at so many of their
 * retransmissions, and resets. */
static void reset_while_nothing_comes(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 100, MULTIPLEXER, 10, false);
    resend(play, 100, MULTIPLEXER, 4);
    for (int n = 0; n < 2; n++) {
        if (n < play->bound)
            probe(play, 104 + 5 * n, MODULE);
        resend_some(play, 100, MULTIPLEXER, 4 + n, 5 + n);
    }
    rst(play, 115, MODULE);
}

/* As if the answers came another way: then the RST comes for a reason of its own. Without
 * timestamps, it comes so many seconds after the last keepalive. */
static void reset_so_long_after_keepalives(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < 5; n++)
        probe(play, 100 + n, MODULE);
    rst(play, 104 + play->bound, MODULE);
}

/* With timestamps: the RST repeats that of the newest answer, or that of before. */
static void reset_with_stamps_after_keepalives(play_t *play)
{
    play->rate = 1000;
    rounds(play, 0, 4);
    for (int n = 0; n < 5; n++)
        probe(play, 100 + n, MODULE);
    play->heard[MODULE] += (uint32_t)play->bound;
    rst(play, 104.3, MODULE);
}

/* Keepalives that are not equally far apart were answered between. */
static void reset_after_uneven_keepalives(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < 5; n++)
        probe(play, 100 + n + (n == 2 ? play->bound : 0), MODULE);
    rst(play, 105, MODULE);
}

/* The same frame, captured twice. */
static void reset_after_copies_of_a_keepalive(play_t *play)
{
    play->rate = 1000;
    rounds(play, 0, 4);
    for (int n = 0; n < 4; n++)
        probe(play, 100 + n * play->bound, MODULE);
    rst(play, 105, MODULE);
}

/* The Multiplexer's window is zero for so long. */
static void reset_since_window_was_zero(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 112 - play->bound, MODULE, 10, true);
    play->window[MULTIPLEXER] = 0;
    ack(play, 112 - play->bound + 0.01, MULTIPLEXER);
    probe(play, 111, MODULE);
    ack(play, 111.001, MULTIPLEXER);
    rst(play, 112, MODULE);
}

/* The same, but the module had nothing to send, or the capture lacks that the window opened: so
 * many seconds after it closed, nobody asks any more. */
static void reset_so_long_after_a_probe(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 95, MODULE, 10, true);
    play->window[MULTIPLEXER] = 0;
    ack(play, 95.01, MULTIPLEXER);
    if (play->bound > 0) {
        probe(play, 95.01 + play->bound, MODULE);
        ack(play, 95.02 + play->bound, MULTIPLEXER);
    }
    ack(play, 95.03 + play->bound, MODULE);
    rst(play, 112, MODULE);
}

static void close_windows(play_t *play, unsigned readers)
{
    rounds(play, 0, 4);
    send(play, 95, MODULE, 10, true);
    play->window[MULTIPLEXER] = 0;
    if (readers > 1)
        play->window[MODULE] = 0;
    ack(play, 95.01, MULTIPLEXER);
    ack(play, 95.02, MODULE);
}

static void reset_since_both_windows_were_zero(play_t *play)
{
    close_windows(play, 2);
    probe(play, 100, MODULE);
    ack(play, 100.001, MULTIPLEXER);
    rst(play, 112, MODULE);
}

static void reset_since_reader_may_be_gone(play_t *play)
{
    close_windows(play, 1);
    probe(play, 98, MODULE);
    probe(play, 104, MODULE);
    rst(play, 112, MODULE);
}

static void reset_since_nobody_answers_probes(play_t *play)
{
    close_windows(play, 1);
    for (int n = 0; n < 4; n++)
        probe(play, 96 + 4 * n, MODULE);
    rst(play, 112, MODULE);
}

static const test_t giveups_tests[] = {
    BOUND(reset_with_bytes_sent_so_often, 3, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_with_bytes_sent_so_often, 2, "ok", "-"),
    BOUND(reset_so_long_after_bytes, 7.5, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_so_long_after_bytes, 7.4, "ok", "-"),
    TEST(closed_with_bytes_in_flight, "not-delivered", "network-or-multiplexer",
         "That lasted for 15.000 s, until the module closed the connection at 115.000"),
    TEST(reset_by_who_does_not_acknowledge, "ok", "-", ""),
    TEST(reset_in_answer, "ok", "-", ""),
    TEST(reset_with_acknowledged_bytes, "ok", "-", ""),
    TEST(reset_while_peer_was_alive, "not-delivered", "network", "was heard meanwhile"),
    TEST(reset_after_keepalives, "not-delivered", "network-or-multiplexer",
         "the module sent 5 keepalives from 100.000 (frame 25) on, the last in frame 29, and the "
         "Multiplexer answered none of them"),
    BOUND(reset_after_so_many_keepalives, 3, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_after_so_many_keepalives, 2, "ok", "-"),
    TEST(reset_after_an_answered_keepalive, "ok", "-", ""),
    TEST(reset_after_keepalives_of_one_that_goes_on, "not-delivered", "network-or-multiplexer",
         "sent 5 keepalives"),
    BOUND(reset_while_both_keep_alive, 3, "not-delivered", "network"),
    BOUND(reset_while_both_keep_alive, 2, "not-delivered", "network"),
    BOUND(reset_while_both_keep_alive, 1, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_while_nothing_comes, 2, "not-delivered", "network"),
    BOUND(reset_while_nothing_comes, 1, "ok", "-"),
    BOUND(reset_so_long_after_keepalives, 1.015, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_so_long_after_keepalives, 1.03, "ok", "-"),
    BOUND(reset_so_long_after_keepalives, 0.5, "ok", "-"),
    BOUND(reset_with_stamps_after_keepalives, 0, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_with_stamps_after_keepalives, 1, "ok", "-"),
    BOUND(reset_after_uneven_keepalives, 0.01, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_after_uneven_keepalives, 0.1, "ok", "-"),
    BOUND(reset_after_copies_of_a_keepalive, 0.01, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_after_copies_of_a_keepalive, 0.004, "ok", "-"),
    TEST(reset_after_a_notice, "not-delivered", "network", "communication prohibited"),
    TEST(reset_after_refusals, "not-delivered", "cannot-tell", "answered at once"),
    TEST(reset_while_another_was_well, "not-delivered", "network", "on other connections"),
    BOUND(reset_since_window_was_zero, 10.1, "peer-not-reading", "multiplexer"),
    BOUND(reset_since_window_was_zero, 9.9, "ok", "-"),
    BOUND(reset_so_long_after_a_probe, 8.6, "peer-not-reading", "multiplexer"),
    BOUND(reset_so_long_after_a_probe, 8.4, "ok", "-"),
    BOUND(reset_so_long_after_a_probe, 0, "ok", "-"),
    TEST(reset_since_both_windows_were_zero, "peer-not-reading", "cannot-tell", "each waits"),
    TEST(reset_since_reader_may_be_gone, "peer-not-reading", "network-or-multiplexer",
         "could send nothing"),
    TEST(reset_since_nobody_answers_probes, "not-delivered", "network-or-multiplexer",
         "Nothing left for")
};

#endif /* TRADE_TESTS_UNIT_GIVEUPS_H */
