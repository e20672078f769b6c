/* lags.h
 * What is said where the clock of a kernel shows that a host stood still, or that what came was on
 * its way for long; and where bytes were lost before they came here.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_LAGS_H
#define TRADE_TESTS_UNIT_LAGS_H

#include "tests/unit/play.h"

/* ---- A slow network ---- */

/* The Ping of 120 is 20 s on its way, and so is what comes so long after it; what follows is not.
 */
static void ping_is_slow(play_t *play)
{
    play->rate = 1000;
    module_rounds(play, 0, 4);
    play->stood[MODULE] = 20;
    ping(play, 140, MODULE);
    ack(play, 140 + play->bound, MODULE);
    play->stood[MODULE] = 0;
    pong(play, 146, MODULE);
    ack(play, 146.04, MODULE);
    module_rounds(play, 5, 7);
}

/* The same, but what is sent later stays behind; nor does it show that the clock stood still, since
 * it may have been sent long before. */
static void ping_is_slow_and_what_follows(play_t *play)
{
    play->rate = 1000;
    module_rounds(play, 0, 4);
    play->stood[MODULE] = 20;
    ping(play, 140, MODULE);
    pong(play, 146, MODULE);
    for (int n = 1; n < 6; n++)
        ack(play, 140 + n * 10, MODULE);
}

/* A clock that is put right little by little, as that of a host that stood still, is behind less
 * and less. */
static void clock_catches_up(play_t *play)
{
    play->rate = 1000;
    module_rounds(play, 0, 4);
    for (int n = 0; n < 5; n++) {
        play->stood[MODULE] = 20 - n * 4;
        if (n == 0)
            ping(play, 140, MODULE);
        else
            ack(play, 140 + n, MODULE);
    }
    play->stood[MODULE] = 0;
    pong(play, 146, MODULE);
    ack(play, 146.04, MODULE);
    module_rounds(play, 5, 7);
}

/* The Pong to the Ping of 121 comes after 50 s, of which it was so long on its way. */
static void pong_is_slow(play_t *play)
{
    play->rate = 1000;
    multiplexer_rounds(play, 0, 4);
    ping(play, 121, MULTIPLEXER);
    const uint32_t frame = play->frame;
    ack(play, 121.04, MODULE);
    play->stood[MODULE] = play->bound;
    const uint32_t acked = play->ack[MODULE];
    ping(play, 151, MULTIPLEXER);
    const uint32_t next = play->frame;
    play->ack[MODULE] = acked;
    pong_for(play, 171, MULTIPLEXER, frame, 121);
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    pong_for(play, 175, MULTIPLEXER, next, 151);
    play->stood[MODULE] = 0;
    ack(play, 179, MODULE);
    multiplexer_rounds(play, 6, 8);
}

/* ---- A host that stands still ---- */

/* After 122, the module's host stands still, as it is moved; at 190 it goes on. Its clock is behind
 * by so many seconds since then, and that of the Multiplexer by so many. */
static void stand_still(play_t *play, double behind, double others, bool is_pinged)
{
    play->rate = 1000;
    rounds(play, 0, 5);
    ack(play, 122, MODULE);
    if (is_pinged) {
        lost_ping(play, 151, MULTIPLEXER);
        resend(play, 151, MULTIPLEXER, 7);
    }
    const uint32_t frame = play->frame - 7;
    play->stood[MODULE] = behind;
    play->stood[MULTIPLEXER] = others;
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    ack(play, 190, MODULE);
    if (is_pinged)
        pong_for(play, 190.01, MULTIPLEXER, frame, 151);
    round_of(play, 211, MULTIPLEXER);
    round_of(play, 218, MODULE);
    round_of(play, 241, MULTIPLEXER);
    round_of(play, 248, MODULE);
    round_of(play, 271, MULTIPLEXER);
}

static void host_stands_still(play_t *play)
{
    stand_still(play, 68, 0, true);
}

/* Nothing is asked of it meanwhile. */
static void host_stands_still_unasked(play_t *play)
{
    stand_still(play, play->bound, 0, false);
}

/* The clocks of both are behind: it is the capture's that was set. */
static void both_clocks_are_behind(play_t *play)
{
    stand_still(play, 68, 68, false);
}

/* It does so until this time, before the next Ping is due. */
static void host_stands_still_and_is_late(play_t *play)
{
    play->rate = 1000;
    rounds(play, 0, 5);
    ack(play, 122, MODULE);
    play->stood[MODULE] = 20;
    round_of(play, 151, MULTIPLEXER);
    round_of(play, 170, MODULE);
    for (int n = 6; n < 8; n++) {
        round_of(play, n * 30 + 1, MULTIPLEXER);
        round_of(play, n * 30 + 20, MODULE);
    }
}

/* It stands still when it has acknowledged a Ping; the Pong comes 60 s after that. */
static void host_stands_still_before_its_pong(play_t *play)
{
    play->rate = 1000;
    multiplexer_rounds(play, 0, 5);
    ping(play, 151, MULTIPLEXER);
    const uint32_t frame = play->frame;
    ack(play, 151.04, MODULE);
    play->stood[MODULE] = play->bound;
    ping(play, 181, MULTIPLEXER);
    const uint32_t next = play->frame;
    pong_for(play, 211, MULTIPLEXER, frame, 151);
    pong_for(play, 211.01, MULTIPLEXER, next, 181);
    multiplexer_rounds(play, 7, 10);
}

/* ---- Lost before the capture point ---- */

/* The module's Ping of 120 does not come, but what it sends then; and the Multiplexer waits. */
static void wait_in_vain(play_t *play, double first, unsigned times)
{
    play->seq[MODULE] += 10;
    for (unsigned n = 0; n < times; n++) {
        ack(play, 122 + n * 10, MODULE);
        ack(play, 122 + n * 10 + first, MULTIPLEXER);
    }
    until(play, 200);
}

static void ping_is_lost_before(play_t *play)
{
    module_rounds(play, 0, 4);
    wait_in_vain(play, 5, (unsigned)play->bound);
}

static void ping_is_lost_and_the_other_side_heard_after(play_t *play)
{
    module_rounds(play, 0, 4);
    wait_in_vain(play, play->bound, 1);
    ack(play, 140, MODULE);
    ack(play, 140.1, MULTIPLEXER);
}

/* The capture lacks what the module sent, and the Multiplexer's host paused when that came: until
 * then, it was heard, by its Pings. */
static void ping_is_lost_at_a_host_that_pauses(play_t *play)
{
    rounds(play, 0, 4);
    play->seq[MODULE] += 10;
    if (play->bound > 0)
        ack(play, play->bound, MULTIPLEXER);
    for (int n = 0; n < 3; n++) {
        ack(play, 180 + n * 5, MODULE);
        ack(play, 184 + n * 5, MULTIPLEXER);
    }
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    ping(play, 196, MULTIPLEXER);
    until(play, 197);
}

/* The Multiplexer acknowledges bytes of the module, which the capture lacks; then its host pauses,
 * and what the module sends next comes again, so often. */
static void ping_waits_behind_bytes_acknowledged_unseen(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < 3; n++)
        send(play, 100 + n, MODULE, 10, false);
    for (int n = 0; n < play->bound; n++)
        send_again(play, 125 + 10 * n, MODULE, 20);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 150, MULTIPLEXER);
    ack(play, 180, MULTIPLEXER);
    ping(play, 200, MODULE);
    until(play, 201);
}

/* What it sent at 100 s comes again twice, and is acknowledged then. */
static void ping_is_late_after_bytes_acknowledged_at(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < 3; n++)
        send(play, 100 + n, MODULE, 10, false);
    send_again(play, 104, MODULE, 20);
    send_again(play, 108, MODULE, 20);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, play->bound, MULTIPLEXER);
    ack(play, 140, MULTIPLEXER);
    ack(play, 170, MULTIPLEXER);
    ping(play, 200, MODULE);
    until(play, 201);
}

/* What it sent at 119 s comes again, and is acknowledged only then: it may wait behind that. */
static void ping_waits_behind_bytes_sent_twice(play_t *play)
{
    module_rounds(play, 0, 4);
    send(play, 119, MODULE, 10, false);
    for (int n = 0; n < play->bound; n++)
        send_again(play, 125, MODULE, 10);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 150, MULTIPLEXER);
    ack(play, 180, MULTIPLEXER);
    ping(play, 200, MODULE);
    until(play, 201);
}

/* It is not heard once it waits: it may have them. */
static void ping_is_lost_and_the_other_side_too(play_t *play)
{
    module_rounds(play, 0, 4);
    play->seq[MODULE] += 10;
    for (int n = 0; n < 6; n++)
        ack(play, 122 + n * 10, MODULE);
    until(play, 200);
}

/* The capture lacks it: it is acknowledged, though late. */
static void ping_is_not_captured(play_t *play)
{
    module_rounds(play, 0, 4);
    wait_in_vain(play, 5, 2);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 150, MULTIPLEXER);
    until(play, 200);
}

/* The module's own host captures: what it does not capture did not leave it. */
static void ping_is_lost_in_its_host(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    module_rounds(play, 0, 4);
    wait_in_vain(play, 5, 3);
}

static void pong_is_lost_before(play_t *play)
{
    multiplexer_rounds(play, 0, 4);
    ping(play, 121, MULTIPLEXER);
    ack(play, 121.04, MODULE);
    wait_in_vain(play, 5, (unsigned)play->bound);
}

/* ---- The same kernel, on other connections ---- */

/* The Ping of 120 is not acknowledged, while another connection is well each few seconds. */
static void lost_while_another_is_well(play_t *play, unsigned which, double each, double end)
{
    double next = 119;

    play->rate = 1000;
    rounds_beside(play, 0, 4, which);
    for (; next < 120; next += each)
        exchange(play, next, which);
    lost_ping(play, 120, MODULE);
    for (int n = 0; n < 8; n++) {
        for (; next < 120 + 0.3 * (1 << n) && next < end; next += each)
            exchange(play, next, which);
        resend_some(play, 120, MODULE, n, n + 1);
    }
    rst(play, 210, MODULE);
}

static void kernel_is_seen_each(play_t *play)
{
    lost_while_another_is_well(play, 0, play->bound, 210);
}

static void another_kernel_is_seen(play_t *play)
{
    lost_while_another_is_well(play, OTHER_MACHINE, 2, 210);
}

/* It is seen until then: whether it was alive when the Ping was sent at 129.6 s is not known for
 * sure if it is not seen until 5 s before the next sending, at 139.2 s. */
static void kernel_is_seen_until(play_t *play)
{
    lost_while_another_is_well(play, 0, 2, play->bound);
}

/* Bytes before the next Ping are not acknowledged. */
static void bytes_are_lost_beside(play_t *play)
{
    play->rate = 1000;
    rounds_beside(play, 0, 4, 0);
    send(play, 115, MODULE, 10, false);
    for (int n = 0; n < 8; n++) {
        for (double next = 115 + 0.3 * (1 << n) / 2; next < 115 + 0.3 * (1 << n); next += 2)
            exchange(play, next, 0);
        resend_some(play, 115, MODULE, n, n + 1);
    }
    exchanges(play, 160, 205, 0, 1);
    rst(play, 210, MODULE);
}

/* What is captured at the Multiplexer's host has not passed its filter. */
static void kernel_is_seen_at_its_host(play_t *play)
{
    handshake(play, 0.00001, 0.005);
    lost_while_another_is_well(play, 0, 2, 210);
}

static const test_t lags_tests[] = {
    BOUND(kernel_is_seen_each, 4.9, "not-delivered", "network"),
    BOUND(kernel_is_seen_each, 5.1, "not-delivered", "network-or-multiplexer"),
    TEST(another_kernel_is_seen, "not-delivered", "network-or-multiplexer", ""),
    TEST(bytes_are_lost_beside, "not-delivered", "network", "the kernel of the Multiplexer, by"),
    BOUND(kernel_is_seen_until, 135.2, "not-delivered", "network"),
    BOUND(kernel_is_seen_until, 134.2, "not-delivered", "network-or-multiplexer"),
    TEST(kernel_is_seen_at_its_host, "not-delivered", "network-or-multiplexer", ""),
    BOUND(ping_is_slow, 3.1, "late", "network"),
    BOUND(ping_is_slow, 2.9, "late", "cannot-tell"),
    TEST(ping_is_slow_and_what_follows, "late", "cannot-tell", ""),
    TEST(clock_catches_up, "late", "cannot-tell", ""),
    BOUND(pong_is_slow, 26, "answered-late", "network"),
    BOUND(pong_is_slow, 24, "answered-late", "cannot-tell"),
    TEST(host_stands_still, "not-delivered", "module", "stood still for 67."),
    BOUND(host_stands_still_unasked, 67, "ping-missing", "module"),
    BOUND(host_stands_still_unasked, 70, "ping-missing", "cannot-tell"),
    TEST(both_clocks_are_behind, "ping-missing", "cannot-tell", ""),
    TEST(host_stands_still_and_is_late, "late", "module", "stood still for 19."),
    BOUND(host_stands_still_before_its_pong, 31, "answered-late", "module"),
    BOUND(host_stands_still_before_its_pong, 29, "answered-late", "cannot-tell"),
    BOUND(ping_is_lost_before, 2, "not-delivered", "network"),
    BOUND(ping_is_lost_before, 1, "capture-hole", "cannot-tell"),
    BOUND(ping_is_lost_and_the_other_side_heard_after, 3.1, "not-delivered", "network"),
    BOUND(ping_is_lost_and_the_other_side_heard_after, 2.9, "capture-hole", "cannot-tell"),
    BOUND(ping_is_lost_at_a_host_that_pauses, 134.9, "ping-missing", "network-or-multiplexer"),
    BOUND(ping_is_lost_at_a_host_that_pauses, 135.1, "not-delivered", "network"),
    BOUND(ping_waits_behind_bytes_acknowledged_unseen, 2, "ping-missing", "cannot-tell"),
    BOUND(ping_waits_behind_bytes_acknowledged_unseen, 1, "ping-missing", "network-or-module"),
    BOUND(ping_is_late_after_bytes_acknowledged_at, 119, "ping-missing", "network-or-module"),
    BOUND(ping_is_late_after_bytes_acknowledged_at, 121, "ping-missing", "cannot-tell"),
    BOUND(ping_waits_behind_bytes_sent_twice, 1, "ping-missing", "cannot-tell"),
    BOUND(ping_waits_behind_bytes_sent_twice, 0, "ping-missing", "network-or-module"),
    TEST(ping_is_lost_and_the_other_side_too, "capture-hole", "cannot-tell", ""),
    TEST(ping_is_not_captured, "capture-hole", "cannot-tell", ""),
    TEST(ping_is_lost_in_its_host, "capture-hole", "cannot-tell", ""),
    BOUND(pong_is_lost_before, 2, "not-delivered", "network"),
    BOUND(pong_is_lost_before, 1, "ping-missing", "cannot-tell"),
};

#endif /* TRADE_TESTS_UNIT_LAGS_H */
