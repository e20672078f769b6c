/* siblings.c
 * What other connections of the same hosts show of one that suffers, rule by rule and bound by
 * bound: see docs/VERDICTS.md.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tests/unit/play.h"

/* ---- Bytes that are lost on one connection only ---- */

/* Behind the address may be several: the one of this connection may be gone. */
static void lost_while_another_machine_is_well(play_t *play)
{
    lost_beside(play, OTHER_MACHINE, 125, 130);
}

/* IP ids go on from one connection to the other: those of one machine, or of a balancer that counts
 * for several, of which the one of this connection may be gone. */
static void lost_while_a_counter_goes_on(play_t *play)
{
    lost_beside(play, 0, 125, 130);
}

/* ---- Silence among others that are well ---- */

static void module_is_silent_without_others(play_t *play)
{
    silent_at(play, MODULE, 0);
}

/* The other side sends Pings as well: then neither need be seen here any more. */
static void both_are_silent(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    rounds(play, 0, 4);
    exchanges(play, 91, 300, OTHER_MACHINE, 3);
    until(play, 300);
}

static void module_is_silent_after_a_small_window(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 200;
    ack(play, 91, MULTIPLEXER);
    exchanges(play, 92, 300, OTHER_MACHINE, 3);
    until(play, 300);
}

/* The others fall silent for a time as well. */
static void others_are_silent_for(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    module_rounds(play, 0, 4);
    exchanges(play, 91, 141, OTHER_MACHINE, 3);
    exchanges(play, 141 + play->bound, 300, OTHER_MACHINE, 3);
    until(play, 300);
}

/* Of the others, only what one side sends is captured. */
static void others_are_captured_in_one_direction(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    module_rounds(play, 0, 4);
    for (int n = 0; n < 21; n++)
        add_other(play, 91 + n * 10, OTHER_MACHINE, MULTIPLEXER, 10,
                  play->others[OTHER_MACHINE].sides[MODULE].next + 10 * (uint32_t)n);
    until(play, 300);
}

/* The capture point is near the module by the handshake, whose near half takes so long. */
static void silent_where_the_near_half_takes(play_t *play)
{
    handshake(play, 0.005, play->bound);
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    module_rounds(play, 0, 4);
    exchanges(play, 91, 300, OTHER_MACHINE, 3);
    until(play, 300);
}

/* Other connections of the two hosts are not TRADE's; of one direction, or of both. */
static void silent_beside_other_traffic(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    module_rounds(play, 0, 4);
    for (int n = 0; n < 20; n++) {
        other(play, 100 + n * 10);
        for (int from = 0; from < (int)play->bound; from++)
            trade_siblings_hear(&play->groups[TRADE_GROUP_PAIR], from, &play->context.slices);
    }
    until(play, 300);
}

/* Without the handshake, but for the routers between. */
static void silent_with_routers(play_t *play, uint8_t of_module, uint8_t of_multiplexer)
{
    play->routers[MODULE] = of_module;
    play->routers[MULTIPLEXER] = of_multiplexer;
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    module_rounds(play, 0, 4);
    exchanges(play, 91, 300, OTHER_MACHINE, 3);
    until(play, 300);
}

static void silent_beside_the_module(play_t *play)
{
    silent_with_routers(play, 0, 1);
}

static void silent_beside_the_multiplexer(play_t *play)
{
    silent_with_routers(play, 1, 0);
}

/* What is sent may go another way. */
static void silent_in_the_middle(play_t *play)
{
    silent_with_routers(play, 1, 1);
}

static void silent_where_no_routers_are(play_t *play)
{
    silent_with_routers(play, 0, 0);
}

static void silent_near_the_module_behind_a_router(play_t *play)
{
    play->routers[MODULE] = 1;
    silent_at(play, MODULE, 3);
}

/* The Multiplexer sends a Ping each 100 s, the last one at 201 s: the next is due, or not yet. */
static void silent_until(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    for (int n = 0; n < 12; n++) {
        round_of(play, n * 20, MODULE);
        if (n % 5 == 0)
            round_of(play, n * 20 + 1, MULTIPLEXER);
        exchanges(play, n * 20 + 2, n * 20 + 15, OTHER_MACHINE, 3);
    }
    exchanges(play, 232, 298, OTHER_MACHINE, 3);
    until(play, play->bound);
}

/* ---- What the sentence says ---- */

/* The window is zero from 100 s on; so many others are well, and one more until a time. */
static void window_zero_beside(play_t *play, unsigned others, double last)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 20; n++) {
        const double seconds = 100 + n * 10;
        ack(play, seconds, MULTIPLEXER);
        for (unsigned i = 0; i < others; i++)
            exchange(play, seconds + 1, i);
        if (seconds < last)
            exchange(play, seconds + 2, OTHER_MACHINE);
    }
    until(play, 300);
}

static void window_zero_beside_none(play_t *play)
{
    window_zero_beside(play, 0, 0);
}

static void window_zero_beside_one(play_t *play)
{
    window_zero_beside(play, 1, 0);
}

static void window_zero_beside_three(play_t *play)
{
    window_zero_beside(play, 3, 0);
}

static void window_zero_beside_three_and_one_that_stops(play_t *play)
{
    window_zero_beside(play, 3, 200);
}

/* The others are with other hosts, by other ways. */
static void window_zero_beside_others_of_other_hosts(play_t *play)
{
    for (unsigned n = 0; n < OTHERS; n++)
        play->others[n].kin.groups[TRADE_GROUP_PAIR] = NULL;
    window_zero_beside(play, 3, 200);
}

/* So does all but the first. */
static void window_zero_beside_one_of_the_same_hosts(play_t *play)
{
    for (unsigned n = 1; n < OTHERS; n++)
        play->others[n].kin.groups[TRADE_GROUP_PAIR] = NULL;
    window_zero_beside(play, 3, 200);
}

/* Its kernel's clock says that the module was silent: it may have paused, behind an address at
 * which another host is well. */
static void module_pauses_beside_others(play_t *play)
{
    play->rate = 1000;
    for (int n = 0; n < 4; n++) {
        round_of(play, n * 30, MODULE);
        round_of(play, n * 30 + 1, MULTIPLEXER);
    }
    lost_ping(play, 121, MULTIPLEXER);
    for (int n = 0; n < 5; n++) {
        exchange(play, 122 + n * 20, OTHER_MACHINE);
        send_again(play, 125 + n * 20, MULTIPLEXER, 10);
    }
    exchange(play, 209, OTHER_MACHINE);
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    ack(play, 210, MODULE);
    round_of(play, 210.1, MODULE);
    until(play, 211);
}

/* The module's Ping is late by 26 s, and sent late by its kernel's clock. Another connection is
 * well before and after, since it has nothing to send meanwhile; or meanwhile, too. */
static void be_late_beside_another(play_t *play, bool is_heard)
{
    play->rate = 1000;
    rounds_beside(play, 0, 4, 0);
    exchange(play, 110, 0);
    lost_ping(play, 121, MULTIPLEXER);
    send_again(play, 127, MULTIPLEXER, 10);
    if (is_heard) {
        exchange(play, 128, 0);
        exchange(play, 137, 0);
    }
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    ack(play, 145.9, MODULE);
    round_of(play, 146, MODULE);
    pong_for(play, 146.1, MULTIPLEXER, play->pings[MULTIPLEXER], 121);
    rounds(play, 6, 8);
}

static void late_while_its_host_may_have_paused(play_t *play)
{
    be_late_beside_another(play, false);
}

static void late_while_its_host_was_heard(play_t *play)
{
    be_late_beside_another(play, true);
}

static void lost_beside_others_that_stop(play_t *play)
{
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    rounds(play, 4, 5);
    lost_ping(play, 150, MODULE);
    resend(play, 150, MODULE, 8);
    until(play, 300);
}

static void lost_beside_one_that_stops(play_t *play)
{
    exchanges(play, 60, 120, OTHER_MACHINE, 1);
    rounds(play, 4, 5);
    lost_ping(play, 150, MODULE);
    resend(play, 150, MODULE, 8);
    until(play, 300);
}

/* The Multiplexer's host is heard meanwhile, so the network lost the Ping. Two others are well, one
 * of them until a time. */
static void lost_at_one_that_is_heard_until(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    for (int n = 0; n < 8; n++) {
        send_again(play, 122 + n * 10, MODULE, 10);
        ack(play, 127 + n * 10, MULTIPLEXER);
        exchange(play, 128 + n * 10, 0);
        if (n * 10 < play->bound)
            exchange(play, 129 + n * 10, 1);
    }
    until(play, 205);
}

static void lost_at_one_that_is_heard(play_t *play)
{
    play->bound = 80;
    lost_at_one_that_is_heard_until(play);
}

static void lost_at_one_that_is_heard_beside_one_that_stops(play_t *play)
{
    play->bound = 20;
    lost_at_one_that_is_heard_until(play);
}

/* The connection ends, and the capture goes on: what others showed by then is kept. */
static void ended_before_the_end(play_t *play, double seconds)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 14; n++) {
        ack(play, 100 + n * 10, MULTIPLEXER);
        exchange(play, 101 + n * 10, 0);
        exchange(play, 102 + n * 10, 1);
    }
    rst(play, 241, MODULE);
    for (int n = 0; n < seconds / 30; n++)
        exchange(play, 300 + n * 30, 2);
}

static void ended_before(play_t *play)
{
    ended_before_the_end(play, 60);
}

static void ended_long_before(play_t *play)
{
    ended_before_the_end(play, 6000);
}

/* The RST was not its own: what others show later counts. */
static void goes_on_after_a_reset(play_t *play)
{
    module_rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    send(play, 101, MULTIPLEXER, 20, true);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 30; n++) {
        ack(play, 102 + n * 10, MULTIPLEXER);
        exchange(play, 103 + n * 10, 0);
    }
}

/* Others are silent for so long that none is known any more. */
static void lasts_for_longer_than_others(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 400; n++) {
        ack(play, 100 + n * 10, MULTIPLEXER);
        if (n < 200)
            exchange(play, 101 + n * 10, 0);
    }
}

/* It lasts until the end of the capture: the newest stretches of time are known. */
static void lasts_for_long(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 400; n++) {
        ack(play, 100 + n * 10, MULTIPLEXER);
        if (n > 20)
            exchange(play, 101 + n * 10, 0);
    }
}

static const test_t tests[] = {
    TEST(lost_while_another_machine_is_well, "not-delivered", "network-or-multiplexer",
         "or its host is gone"),
    TEST(lost_while_a_counter_goes_on, "not-delivered", "network-or-multiplexer",
         "or its host is gone"),
    TEST(module_is_silent_without_others, "ping-missing", "cannot-tell", "nothing of either side"),
    TEST(both_are_silent, "ping-missing", "cannot-tell", "nothing of either side"),
    TEST(module_is_silent_after_a_small_window, "ping-missing", "cannot-tell", ""),
    BOUND(others_are_silent_for, 38, "ping-missing", "module"),
    BOUND(others_are_silent_for, 38.001, "ping-missing", "cannot-tell"),
    TEST(others_are_captured_in_one_direction, "ping-missing", "cannot-tell", ""),
    BOUND(silent_where_the_near_half_takes, 0.000199, "ping-missing", "module"),
    BOUND(silent_where_the_near_half_takes, 0.0002, "ping-missing", "cannot-tell"),

    TEST(silent_beside_the_module, "ping-missing", "network-or-module", "both ways"),
    TEST(silent_beside_the_multiplexer, "ping-missing", "network-or-module", "both ways"),
    TEST(silent_in_the_middle, "ping-missing", "cannot-tell", "both ways"),
    TEST(silent_where_no_routers_are, "ping-missing", "cannot-tell", "both ways"),
    TEST(silent_near_the_module_behind_a_router, "ping-missing", "cannot-tell", "both ways"),
    BOUND(silent_beside_other_traffic, 2, "ping-missing", "module"),
    BOUND(silent_beside_other_traffic, 1, "ping-missing", "cannot-tell"),
    BOUND(silent_until, 300.999, "ping-missing", "module"),
    BOUND(silent_until, 301, "ping-missing", "cannot-tell"),
    TEST(window_zero_beside_none, "peer-not-reading", "multiplexer", "end of the capture. Filter"),
    TEST(window_zero_beside_one, "peer-not-reading", "multiplexer",
         " The other connection of the host of the Multiplexer was well meanwhile, so that host "
         "and the network were: it was the program. "),
    TEST(window_zero_beside_three, "peer-not-reading", "multiplexer",
         " The other 3 connections of the host of the Multiplexer were well meanwhile, so"),
    TEST(window_zero_beside_three_and_one_that_stops, "peer-not-reading", "multiplexer",
         " 3 of the other 4 connections of the host of the Multiplexer were well meanwhile, so "
         "that host was. "),
    TEST(window_zero_beside_others_of_other_hosts, "peer-not-reading", "multiplexer",
         " 3 of the other 4 connections of the host of the Multiplexer were well meanwhile, so "
         "that host was. "),
    TEST(window_zero_beside_one_of_the_same_hosts, "peer-not-reading", "multiplexer",
         " 3 of the other 4 connections of the host of the Multiplexer were well meanwhile, so "
         "that host and the network were: it was the program. "),
    TEST(module_pauses_beside_others, "not-delivered", "module",
         " meanwhile: so was that host, or another one behind the same address. "),
    TEST(late_while_its_host_may_have_paused, "late", "module",
         " was well meanwhile. That does not show that host well: nothing came of it for 25.900 "),
    TEST(late_while_its_host_was_heard, "late", "module",
         " was well meanwhile, so that host and the network were: it was the program. "),
    TEST(lost_beside_others_that_stop, "not-delivered", "network-or-multiplexer",
         " None of the other 3 connections of the host of the Multiplexer was well meanwhile: "
         "there may be one cause for all"),
    TEST(lost_beside_one_that_stops, "not-delivered", "network-or-multiplexer",
         " The other connection of the host of the Multiplexer was not well meanwhile: "),
    TEST(lost_at_one_that_is_heard, "not-delivered", "network",
         " The other 2 connections of the host of the Multiplexer were well meanwhile: only this "
         "one was disturbed on the way. "),
    TEST(lost_at_one_that_is_heard_beside_one_that_stops, "not-delivered", "network",
         " 1 of the other 2 connections of the host of the Multiplexer were well meanwhile: so was "
         "that host, or another one behind the same address. "),
    TEST(ended_before, "peer-not-reading", "multiplexer", " The other 2 connections of the host"),
    TEST(ended_long_before, "peer-not-reading", "multiplexer",
         " The other 2 connections of the host"),
    TEST(goes_on_after_a_reset, "peer-not-reading", "multiplexer", " The other connection of"),
    TEST(lasts_for_longer_than_others, "peer-not-reading", "multiplexer",
         "end of the capture. Filter"),
    TEST(lasts_for_long, "peer-not-reading", "multiplexer", " The other connection of the host"),
};

int main(void)
{
    return run_tests(tests, sizeof tests / sizeof tests[0]) > 0;
}
