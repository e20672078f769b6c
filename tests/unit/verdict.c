/* verdict.c
 * What a connection is said to suffer from, rule by rule: each case plays segments and Pings, and
 * names the word, the place and a part of the sentence. Each rule must be met by a case, and
 * beside most stands one that is nearly the same, but for which another rule holds.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "tests/unit/attempts.h"
#include "tests/unit/apart.h"
#include "tests/unit/ends.h"
#include "tests/unit/play.h"
#include "tests/unit/lags.h"
#include "tests/unit/giveups.h"
#include "tests/unit/refusals.h"
#include "tests/unit/restarts.h"
#include "tests/unit/silence.h"

/* ---- The cases ---- */

static void healthy(play_t *play)
{
    rounds(play, 0, 10);
}

static void healthy_to_the_end(play_t *play)
{
    rounds(play, 0, 5);
    fin(play, 130, MODULE);
    fin(play, 130.1, MULTIPLEXER);
    until(play, 600);
}

static void one_ping(play_t *play)
{
    round_of(play, 0, MODULE);
    until(play, 20);
}

static void two_connections_at_once(play_t *play)
{
    rounds(play, 0, 4);
    play->health.evidence.mixed_frame = 20;
    play->health.evidence.mixed_since = at(61);
    until(play, 300);
}

static void another_point_goes_on_alone(play_t *play)
{
    two_connections_at_once(play);
    play->health.evidence.is_apart = true;
}

/* What was over before is judged. */
static void two_connections_at_once_after_a_late_ping(play_t *play)
{
    module_rounds(play, 0, 4);
    round_of(play, 140, MODULE);
    play->health.evidence.mixed_frame = 50;
    play->health.evidence.mixed_since = at(140.5);
}

static void headers_cut(play_t *play)
{
    rounds(play, 0, 4);
    play->health.evidence.unread = 3;
    play->health.evidence.unread_frame = 7;
}

/* -- TCP's window -- */

static void window_zero(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    for (int n = 4; n < 8; n++) {
        ping(play, n * 30 + 1, MULTIPLEXER);
        ack(play, n * 30 + 1.1, MODULE);
    }
    rst(play, 240, MODULE);
}

static void window_zero_of_the_module(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MODULE] = 0;
    ack(play, 95, MODULE);
    for (int n = 4; n < 8; n++)
        ping(play, n * 30, MODULE);
    until(play, 240);
}

static void window_zero_and_a_pong_waits(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    play->window[MODULE] = 0;
    for (int n = 0; n < 8; n++)
        ack(play, 120.1 + n * 5, MODULE);
    rst(play, 165, MODULE);
}

static void window_too_small(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 5;
    for (int n = 4; n < 8; n++)
        ping(play, n * 30 + 1, MULTIPLEXER);
    until(play, 240);
}

static void window_of_ten_bytes(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 10;
    for (int n = 4; n < 8; n++)
        ping(play, n * 30 + 1, MULTIPLEXER);
    until(play, 240);
}

static void window_full(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    send(play, 100, MODULE, 600, false);
    play->window[MULTIPLEXER] = 605;
    for (int n = 4; n < 8; n++)
        ping(play, n * 30 + 1, MULTIPLEXER);
    until(play, 240);
}

static void window_flaps(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < 60; n++) {
        play->window[MULTIPLEXER] = n % 2 ? 511 : 0;
        ack(play, 100 + n * (n % 2 ? 2 : 2) + (n % 2 ? 1.8 : 0), MULTIPLEXER);
    }
    until(play, 221);
}

static void window_zero_for_a_moment(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 100, MULTIPLEXER);
    play->window[MULTIPLEXER] = 511;
    ack(play, 105, MULTIPLEXER);
    multiplexer_rounds(play, 4, 8);
}

static void window_zero_after_it_was_due(play_t *play)
{
    rounds(play, 0, 4);
    multiplexer_rounds(play, 4, 5);
    play->window[MULTIPLEXER] = 0;
    ack(play, 132, MULTIPLEXER);
    for (int n = 0; n < 10; n++)
        ack(play, 140 + n * 10, MULTIPLEXER);
    until(play, 240);
}

static void both_windows_zero(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = play->window[MODULE] = 0;
    for (int n = 0; n < 14; n++) {
        ack(play, 100 + n * 10, MULTIPLEXER);
        ack(play, 101 + n * 10, MODULE);
    }
    until(play, 240);
}

static void window_zero_and_nobody_there(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 100, MULTIPLEXER);
    for (int n = 0; n < 9; n++)
        probe(play, 110 + n * 10, MODULE);
    until(play, 240);
}

static void window_zero_and_probes_answered(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 100, MULTIPLEXER);
    for (int n = 0; n < 9; n++) {
        probe(play, 110 + n * 10, MODULE);
        ack(play, 110.1 + n * 10, MULTIPLEXER);
    }
    until(play, 240);
}

static void nobody_there_for_a_pong(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    play->window[MODULE] = 0;
    ack(play, 120.01, MODULE);
    ack(play, 120.1, MULTIPLEXER);
    for (int n = 0; n < 9; n++)
        probe(play, 121 + n * 4, MULTIPLEXER);
    until(play, 158);
}

static void both_windows_zero_and_a_pong_waits(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    play->window[MULTIPLEXER] = play->window[MODULE] = 0;
    for (int n = 0; n < 9; n++) {
        ack(play, 120.1 + n * 4, MULTIPLEXER);
        ack(play, 120.2 + n * 4, MODULE);
    }
    rst(play, 158, MODULE);
}

static void begins_with_a_closed_window(play_t *play)
{
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 12; n++) {
        send(play, n * 10, MULTIPLEXER, 20, true);
        ack(play, n * 10 + 0.1, MODULE);
    }
    until(play, 118);
}

static void window_zero_and_never_heard_again(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 100, MULTIPLEXER);
    until(play, 240);
}

static void window_zero_and_heard_once_more(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 100, MULTIPLEXER);
    ack(play, 101, MULTIPLEXER);
    until(play, 240);
}

/* The host of the Multiplexer pauses, after it answered a probe. */
static void host_pauses_with_its_window_closed(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 100, MULTIPLEXER);
    probe(play, 101, MODULE);
    ack(play, 101, MULTIPLEXER);
    for (int n = 1; n < 7; n++)
        probe(play, 101 + (1 << n), MODULE);
    until(play, 240);
}

static void host_of_the_asking_pauses_with_its_window_closed(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MODULE] = 0;
    ping(play, 120, MODULE);
    ack(play, 120.1, MULTIPLEXER);
    probe(play, 121, MULTIPLEXER);
    probe(play, 123, MULTIPLEXER);
    until(play, 160);
}

static void host_of_the_asking_pauses_with_its_window_closed_and_goes_on(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MODULE] = 0;
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    play->window[MODULE] = 511;
    ping(play, 165, MODULE);
    pong_for(play, 170, MODULE, first, 120);
}

/* -- Delivery -- */

static void ping_not_acknowledged(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 7);
    rst(play, 210, MODULE);
}

static void ping_sent_twice(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 1);
    rst(play, 210, MODULE);
}

static void ping_captured_twice(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    for (int n = 0; n < 4; n++) {
        play->ip_id[MODULE]--;
        send_again(play, 120 + n * 0.0002, MODULE, 10);
    }
    rst(play, 210, MODULE);
}

static void ping_not_acknowledged_by_one_that_is_heard(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 5); /* to 124.8 */
    send(play, 125, MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, 5, 6); /* at 129.6 */
    send(play, 130, MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, 6, 7); /* at 139.2 */
    rst(play, 210, MODULE);
}

/* As a host that goes on after a pause. */
static void ping_not_acknowledged_by_one_that_is_heard_before_one_retransmission(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 6);
    send(play, 130, MULTIPLEXER, 20, false);
    send(play, 135, MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, 6, 7);
    rst(play, 210, MODULE);
}

static void ping_not_acknowledged_by_one_that_is_heard_after_the_last(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 7);
    for (int n = 4; n < 7; n++)
        send(play, n * 30 + 25, MULTIPLEXER, 20, false);
    rst(play, 210, MODULE);
}

static void ping_not_acknowledged_by_one_that_is_heard_after_the_reset(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 7);
    rst(play, 210, MODULE);
    send(play, 211, MULTIPLEXER, 20, false);
    send_again(play, 212, MODULE, 10);
    send(play, 213, MULTIPLEXER, 20, false);
    send_again(play, 214, MODULE, 10);
}

/* The peer is heard at this time, and once more before another retransmission. */
static void heard_at(play_t *play, double seconds, int before)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, before);
    send(play, seconds, MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, before, before + 1);
    send(play, 120.05 + 0.3 * (1 << before), MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, before + 1, before + 2);
    rst(play, 210, MODULE);
}

static void heard_three_seconds_after_the_ping(play_t *play)
{
    heard_at(play, 123, 4);
}

/* It may have been sent before the Ping came. */
static void heard_less_than_three_seconds_after_the_ping(play_t *play)
{
    heard_at(play, 122.999, 4);
}

/* The host of the Multiplexer, heard at 91 last, is heard at this time, and again later: it may
 * have paused up to then, and once more. */
static void ping_not_acknowledged_by_one_that_is_heard_at(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 5); /* to 124.8 */
    send(play, play->bound, MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, 5, 6); /* at 129.6 */
    send(play, 135, MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, 6, 7); /* at 139.2 */
    rst(play, 210, MODULE);
}

/* The host of the Multiplexer pauses from 115 to 190. Then it is heard at once, and has what is
 * sent next. */
static void host_pauses(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 8);
    ping(play, 190, MULTIPLEXER);
    send_again(play, 196.8, MODULE, 10);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    pong(play, 196.9, MODULE);
    rounds(play, 7, 9);
}

/* Retransmissions at 19.2 s, then this much later, and nothing else of any connection. */
static void silent_but_for(play_t *play, double distance)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 6); /* 4.8 s before the last */
    send_again(play, 144.6, MODULE, 10);
    other(play, 145);
    send_again(play, 144.6 + distance, MODULE, 10);
    until(play, 144.7 + distance);
}

static void silent_but_for_backoff(play_t *play)
{
    silent_but_for(play, 37.5);
}

static void silent_for_longer_than_backoff(play_t *play)
{
    silent_but_for(play, 38);
}

static void silent_until_the_next_retransmission_is_due(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 6); /* 4.8 s before the last */
    send_again(play, 144.6, MODULE, 10);
    other(play, 145);
    rst(play, 182.1, MODULE);
}

static void silent_after_the_next_retransmission_was_due(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 6);
    send_again(play, 144.6, MODULE, 10);
    other(play, 145);
    rst(play, 182.2, MODULE);
}

static void data_not_acknowledged(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 110, MODULE, 10, false);
    resend(play, 110, MODULE, 7);
    until(play, 240);
}

static void data_not_acknowledged_by_one_that_is_heard(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 110, MODULE, 10, false);
    resend_some(play, 110, MODULE, 0, 5);
    ack(play, 115, MULTIPLEXER);
    resend_some(play, 110, MODULE, 5, 6);
    ack(play, 120, MULTIPLEXER);
    resend_some(play, 110, MODULE, 6, 7);
    until(play, 240);
}

static void data_sent_twice(play_t *play, double seconds)
{
    module_rounds(play, 0, 4);
    send(play, seconds, MODULE, 10, false);
    resend(play, seconds, MODULE, 1);
    until(play, 240);
}

static void data_sent_twice_when_due(play_t *play)
{
    data_sent_twice(play, 120);
}

static void data_sent_twice_after_it_was_due(play_t *play)
{
    data_sent_twice(play, 120.001);
}

/* The module says twice which bytes it waits for, one time with SACK. */
static void ping_not_acknowledged_but_duplicates(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    for (int n = 0; n < 2; n++) {
        trade_segment_t segment = make(play, 121 + n, MULTIPLEXER);
        segment.has_sack = n == 0;
        add(play, &segment);
    }
    resend(play, 125, MODULE, 3);
    rst(play, 160, MODULE);
}

static void data_acknowledged_after_all(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 110, MODULE, 10, false);
    resend(play, 110, MODULE, 5);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    multiplexer_rounds(play, 4, 9);
}

static void pong_not_acknowledged(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    send(play, 120.001, MULTIPLEXER, 10, false);
    const trade_pong_event_t event = { .asking = MODULE,
                                       .ping_frame = play->pings[MODULE],
                                       .elapsed = 1000000 };
    trade_health_add_pong(&play->health, &play->context, &event);
    resend(play, 120, MULTIPLEXER, 7);
    rst(play, 210, MODULE);
}

static void answer_waits_behind_bytes_of_one_that_is_heard(play_t *play)
{
    module_rounds(play, 0, 4);
    send(play, 119, MULTIPLEXER, 10, false);
    resend(play, 119, MULTIPLEXER, 1);
    lost_ping(play, 120, MODULE);
    resend_some(play, 119, MULTIPLEXER, 1, 5);
    resend_some(play, 120, MODULE, 4, 5);
    resend_some(play, 119, MULTIPLEXER, 5, 6);
    resend_some(play, 120, MODULE, 5, 6);
    resend_some(play, 119, MULTIPLEXER, 6, 7);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 139, MULTIPLEXER);
    rst(play, 160, MODULE);
}

static void answer_waits_behind_bytes(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    send(play, 120.01, MULTIPLEXER, 10, false);
    resend(play, 120, MULTIPLEXER, 6);
    until(play, 158);
}

static void keepalives_only(play_t *play)
{
    rounds(play, 0, 4);
    multiplexer_rounds(play, 4, 5);
    for (int n = 0; n < 9; n++) {
        probe(play, 130 + n * 10, MODULE);
        ack(play, 130.001 + n * 10, MULTIPLEXER);
    }
    until(play, 240);
}

/* -- Silence -- */

static void module_is_silent_at_its_host(play_t *play)
{
    silent_at(play, MODULE, 3);
}

/* Its kernel, which sent keepalives, no longer does: the connection may have ended, in frames that
 * the capture lacks. */
static void module_is_silent_without_keepalives(play_t *play)
{
    handshake(play, 0.005, 0.00001);
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    module_rounds(play, 0, 4);
    probe(play, 100, MODULE);
    ack(play, 100.001, MULTIPLEXER);
    exchanges(play, 101, 300, OTHER_MACHINE, 3);
    until(play, 300);
}

/* Its host captures, and pauses: its Ping is the first that is captured then. */
static void module_is_silent_until_the_other_goes_on(play_t *play)
{
    handshake(play, 0.00001, 0.005);
    exchanges(play, 0, 90, OTHER_MACHINE, 3);
    rounds(play, 0, 4);
    exchanges(play, 92, 250, OTHER_MACHINE, 3);
    ping(play, 250, MULTIPLEXER);
    rst(play, 250.1, MULTIPLEXER);
}

static void module_is_silent_at_the_other_host(play_t *play)
{
    play->routers[MODULE] = 1;
    silent_at(play, MULTIPLEXER, 3);
}

static void silent_but_heard(play_t *play)
{
    rounds(play, 0, 4);
    multiplexer_rounds(play, 4, 8);
}

static void multiplexer_silent_but_heard(play_t *play)
{
    rounds(play, 0, 4);
    module_rounds(play, 4, 8);
}

static void silent(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 4; n < 8; n++)
        other(play, n * 30);
}

static void silent_by_preference(play_t *play)
{
    round_of(play, 0, MODULE);
    round_of(play, 30, MODULE);
    for (int n = 1; n < 6; n++)
        ack(play, 30 + n * 20, MODULE);
}

static void late_and_heard(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 110, MULTIPLEXER);
    round_of(play, 136, MULTIPLEXER);
    round_of(play, 140, MODULE);
    round_of(play, 170, MODULE);
}

/* It is late by 20 s: for half of that, or less, it had nothing to send. */
static void late_and_heard_at(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 110, MULTIPLEXER);
    round_of(play, play->bound, MULTIPLEXER);
    round_of(play, 140, MODULE);
    round_of(play, 170, MODULE);
}

static void late_and_not_heard(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < 5; n++)
        send(play, 95 + n * 9, MULTIPLEXER, 20, false);
    ping(play, 140, MODULE);
    ping(play, 170, MODULE);
}

/* -- What is not known of who sends nothing -- */

static void one_ping_is_left_out(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 110, MULTIPLEXER);
    round_of(play, 136, MULTIPLEXER);
    round_of(play, 150, MODULE);
    round_of(play, 180, MODULE);
}

static void one_ping_is_left_out_or_the_interval_changed(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 110, MULTIPLEXER);
    round_of(play, 136, MULTIPLEXER);
    round_of(play, 150, MODULE);
}

static void silent_for_less_than_a_doubled_interval(play_t *play)
{
    rounds(play, 0, 4);
    multiplexer_rounds(play, 4, 6);
    round_of(play, 172, MULTIPLEXER);
}

/* Twice its interval has passed, and it had nothing to send then: by a tenth of one, or by less. */
static void silent_for_nearly_three_intervals(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 121, MULTIPLEXER);
    round_of(play, play->bound, MULTIPLEXER);
    until(play, 173);
}

/* What comes from the module was sent long before: it acknowledges nothing new. */
static void heard_by_what_was_under_way(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 4; n < 8; n++) {
        const uint32_t acked = play->ack[MODULE];
        send(play, n * 30 + 1, MULTIPLEXER, 20, true);
        play->ack[MODULE] = acked;
        ack(play, n * 30 + 20, MODULE);
    }
}

static void busy_with_other_bytes(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 0; n < 30; n++) {
        send(play, 95 + n * 5, MODULE, 600, true);
        ping(play, 96 + n * 5, MULTIPLEXER);
    }
}

static void window_half_closed(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 200;
    multiplexer_rounds(play, 4, 8);
}

static void window_full_of_what_is_sent_again(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    send(play, 115, MODULE, 600, false);
    play->window[MULTIPLEXER] = 605;
    for (int n = 4; n < 8; n++) {
        ping(play, n * 30 + 1, MULTIPLEXER);
        if (n == 4)
            send_again(play, 125, MODULE, 600);
    }
    until(play, 240);
}

static void another_connection_of_the_same_ends(play_t *play)
{
    rounds(play, 0, 4);
    play->seq[MODULE] -= 0x40000000;
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    multiplexer_rounds(play, 4, 8);
}

static void begins_with_a_ping_sent_again(play_t *play)
{
    play->seq[MODULE] += 10;
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 0, MULTIPLEXER);
    send_again(play, 0.1, MODULE, 10);
    note_ping(play, 0.1, MODULE);
    rounds(play, 1, 4);
}

static void late_by_preference(play_t *play)
{
    round_of(play, 0, MODULE);
    round_of(play, 50, MODULE);
}

static void not_yet_late(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 134, MODULE);
    round_of(play, 135, MULTIPLEXER);
}

static void bytes_missing(play_t *play)
{
    rounds(play, 0, 4);
    play->seq[MODULE] += 10;
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    multiplexer_rounds(play, 4, 8);
}

static void bytes_came_late(play_t *play)
{
    rounds(play, 0, 4);
    play->seq[MODULE] += 10;
    multiplexer_rounds(play, 4, 5);
    trade_segment_t segment = make(play, 121.05, MODULE);
    segment.seq = play->seq[MODULE] - 20;
    segment.length = 10;
    add(play, &segment);
    multiplexer_rounds(play, 5, 8);
}

/* -- Intervals -- */

static void another_interval(play_t *play)
{
    for (int n = 0; n < 8; n++)
        round_of(play, n * 120, MODULE);
}

static void interval_changes(play_t *play)
{
    module_rounds(play, 0, 6);
    for (int n = 1; n < 6; n++)
        round_of(play, 150 + n * 60, MODULE);
}

static void fast_at_first(play_t *play)
{
    for (int n = 0; n < 30; n++)
        round_of(play, n, MODULE);
    for (int n = 1; n < 6; n++)
        round_of(play, 29 + n * 30, MODULE);
}

static void three_pings_of_a_slow_site(play_t *play)
{
    for (int n = 0; n < 3; n++)
        round_of(play, n * 120, MODULE);
}

static void fast_and_stops(play_t *play)
{
    for (int n = 0; n < 12; n++)
        round_of(play, n * 10, MODULE);
    for (int n = 12; n < 20; n++)
        round_of(play, n * 10 + 1, MULTIPLEXER);
}

/* -- Pings and Pongs -- */

static void unanswered(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 4; n < 7; n++) {
        ping(play, n * 30, MODULE);
        ack(play, n * 30 + 0.04, MULTIPLEXER);
        round_of(play, n * 30 + 1, MULTIPLEXER);
    }
    rst(play, 210, MODULE);
}

static void unanswered_and_not_heard(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    ack(play, 120.04, MULTIPLEXER);
    rst(play, 160, MODULE);
}

static void unanswered_and_not_acknowledged(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    rst(play, 160, MODULE);
}

static void unanswered_where_bytes_are_missing(play_t *play)
{
    rounds(play, 0, 4);
    ping(play, 120, MODULE);
    play->seq[MULTIPLEXER] += 10;
    ack(play, 120.04, MULTIPLEXER);
    round_of(play, 121, MULTIPLEXER);
    rounds(play, 5, 8);
}

static void reset_before_an_answer_is_due(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    rst(play, 140, MODULE);
    until(play, 400);
}

static void half_closed_and_unanswered(play_t *play)
{
    rounds(play, 0, 4);
    fin(play, 100, MULTIPLEXER);
    for (int n = 4; n < 7; n++) {
        ping(play, n * 30, MODULE);
        ack(play, n * 30 + 0.04, MULTIPLEXER);
    }
    until(play, 240);
}

/* The Ping was sent before the FIN came. */
static void closed_while_a_ping_is_in_flight(play_t *play)
{
    rounds(play, 0, 4);
    fin(play, 100, MODULE);
    play->ack[MULTIPLEXER]--;
    ping(play, 121, MULTIPLEXER);
    ack(play, 121.04, MODULE);
    play->ack[MULTIPLEXER]++;
    fin(play, 160, MULTIPLEXER);
    until(play, 400);
}

static void pong_after_the_reset(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120.04, MULTIPLEXER);
    for (int n = 5; n < 7; n++) {
        ping(play, n * 30, MODULE);
        ack(play, n * 30 + 0.04, MULTIPLEXER);
    }
    rst(play, 210, MODULE);
    pong_for(play, 211, MODULE, first, 120);
}

static void answered_late(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120.04, MULTIPLEXER);
    module_rounds(play, 5, 7);
    pong_for(play, 200, MODULE, first, 120);
}

static void answered_in_half_of_the_limit(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120.04, MULTIPLEXER);
    module_rounds(play, 5, 6);
    pong_for(play, 164, MODULE, first, 120);
}

/* A Ping of 120 s is retransmitted so often, the last time at 148 s, and acknowledged then; the
 * other side is heard between the retransmissions, or not. It has its Pong at a time. */
static void ping_comes_late(play_t *play, int times, bool is_heard, double answered)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    for (int n = 1; n < times; n++) {
        send_again(play, 120 + n * 4, MODULE, 10);
        if (is_heard)
            send(play, 121 + n * 4, MULTIPLEXER, 20, false);
    }
    send_again(play, 147.9, MODULE, 10);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 148, MULTIPLEXER);
    module_rounds(play, 5, 6);
    pong_for(play, answered, MODULE, first, 120);
}

static void answered_late_since_the_ping_came_late(play_t *play)
{
    ping_comes_late(play, 3, true, 166);
}

static void answered_late_since_the_ping_came_late_to_one_that_paused(play_t *play)
{
    ping_comes_late(play, 2, true, 166);
}

static void answered_late_since_the_ping_came_late_or_was_not_heard(play_t *play)
{
    ping_comes_late(play, 3, false, 166);
}

static void answered_late_and_the_ping_was_sent_twice(play_t *play)
{
    ping_comes_late(play, 1, false, 166);
}

static void answered_in_twice_the_time_of_the_ping(play_t *play)
{
    ping_comes_late(play, 3, true, 176);
}

static void answered_in_more_than_twice_the_time_of_the_ping(play_t *play)
{
    ping_comes_late(play, 3, true, 176.001);
}

static void answered_late_since_the_asker_did_not_read(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    play->window[MODULE] = 0;
    for (int n = 0; n < 8; n++)
        ack(play, 120.1 + n * 3, MODULE);
    ping(play, 149, MODULE);
    play->window[MODULE] = 511;
    ack(play, 165.4, MODULE);
    pong_for(play, 165.5, MODULE, first, 120);
}

/* Its bytes came before: it is not counted, though its Pong comes. */
static void ping_in_bytes_sent_before(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 100, MODULE, 10, true);
    send_again(play, 100.1, MODULE, 10);
    note_ping(play, 100.1, MODULE);
    pong(play, 100.2, MODULE);
    rounds(play, 4, 7);
}

/* The same, where the one that answers had closed before. */
static void ping_in_bytes_sent_before_to_one_that_closed(play_t *play)
{
    rounds(play, 0, 4);
    fin(play, 100, MULTIPLEXER);
    send(play, 119, MODULE, 10, true);
    send_again(play, 120, MODULE, 10);
    note_ping(play, 120, MODULE);
    pong(play, 170, MODULE);
}

static void answered_late_and_not_acknowledged(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    lost_ping(play, 150, MODULE);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    pong_for(play, 170, MODULE, first, 120);
}

/* -- Resets -- */

/* IP ids go on from its connection to another, later too: that may be the count of a balancer. */
static void reset_by_another_host(play_t *play)
{
    rounds_beside(play, 0, 4, 0);
    rst_with(play, 100, 61, 0);
    exchange(play, 100.2, 0);
}

static void reset_by_another_host_with_a_strange_id(play_t *play)
{
    rounds_beside(play, 0, 4, 0);
    rst_with(play, 100, 61, 30000);
    exchange(play, 100.2, 0);
}

static void reset_by_another_host_or_by_another_path(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 61, 0);
}

/* Behind a virtual address, of which other machines go on, or a balancer. */
static void reset_by_another_machine(play_t *play)
{
    rounds_beside(play, 0, 4, OTHER_MACHINE);
    rst_with(play, 100, 61, 0);
    exchange(play, 100.2, OTHER_MACHINE);
}

/* The machine fails, and another one takes its address. */
static void reset_by_another_machine_that_goes_on(play_t *play)
{
    rounds_beside(play, 0, 4, 0);
    rst_with(play, 100, 61, 0);
    play->ip_id[MULTIPLEXER] += 5000;
    exchange(play, 100.2, 0);
    exchange(play, 100.4, 1);
}

/* Something between sends one to both sides. */
static void reset_in_the_name_of_both_sides(play_t *play)
{
    rounds(play, 0, 4);
    rst_of(play, 100, MULTIPLEXER, 61, 0);
    rst_of(play, 100.004, MODULE, 61, 0);
}

/* The path of one side changed, or so it seems; the other side resets, too. */
static void reset_in_the_name_of_one_and_by_the_other(play_t *play)
{
    rounds(play, 0, 4);
    rst_of(play, 100, MULTIPLEXER, 61, 0);
    rst_of(play, 100.004, MODULE, 64, 0);
}

/* Each of two capture points shows one of two RSTs. */
static void reset_between_two_points(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 128, 0);
    play->health.evidence.reset.other_frame = 20;
}

static void reset_by_another_path(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 127, 1);
    sibling(play, 101, MULTIPLEXER, 128);
}

/* The counter is the host's: other connections took 10 000 ids. */
static void reset_by_another_path_with_an_id_of_the_host(play_t *play)
{
    rounds(play, 0, 4);
    sibling(play, 99, MULTIPLEXER, 128);
    rst_with(play, 100, 127, (uint16_t)(play->ip_id[MULTIPLEXER] + 20010));
    sibling(play, 101, MULTIPLEXER, 128);
}

static void reset_by_a_standby_of_other_connections(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 61, 0);
    sibling(play, 101, MULTIPLEXER, 61);
    sibling(play, 102, MULTIPLEXER, 128);
}

static void reset_by_one_of_many_standbys(play_t *play)
{
    rounds(play, 0, 4);
    for (uint8_t n = 1; n <= TRADE_TTLS_MAX; n++)
        sibling(play, 95, MULTIPLEXER, (uint8_t)(128 - n));
    rst_with(play, 100, 61, 0);
    sibling(play, 101, MULTIPLEXER, 128);
}

/* A kernel's TTL may be another than its program's. */
static void reset_with_the_ttl_of_another_kind_of_host(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 64, 0);
    sibling(play, 101, MULTIPLEXER, 128);
}

static void reset_with_another_ttl_where_ids_are_not_known(play_t *play)
{
    for (int n = 0; n < 8; n++) {
        play->ip_id[MULTIPLEXER] = (uint16_t)(n * 5000); /* random */
        round_of(play, n * 15, MULTIPLEXER);
    }
    rst_with(play, 110, 61, 40000);
    sibling(play, 111, MULTIPLEXER, 128);
}

static void reset_after_another_path_of_its_data(play_t *play)
{
    rounds(play, 0, 4);
    trade_segment_t segment = make(play, 95, MULTIPLEXER);
    segment.ttl = 127;
    add(play, &segment);
    rst_with(play, 100, 61, 0);
    sibling(play, 101, MULTIPLEXER, 128);
}

static void reset_by_another_host_outside_the_window(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->seq[MULTIPLEXER] += 100000;
    rst_with(play, 100, 61, 1000);
    play->seq[MULTIPLEXER] -= 100000;
    ack(play, 101, MULTIPLEXER);
}

static void reset_by_its_side(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
}

static void reset_and_its_side_goes_on(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    rounds(play, 4, 8);
}

static void reset_and_a_probe_comes_after(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    send(play, 101, MULTIPLEXER, 1, false);
}

static void reset_by_another_host_and_by_its_own(play_t *play)
{
    reset_by_another_host(play);
    rst(play, 101.1, MODULE);
}

static void reset_of_the_connection_before(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->health.evidence.is_another = true;
    trade_segment_t segment = make(play, 91.5, MULTIPLEXER);
    segment.flags |= TRADE_TCP_RST;
    segment.seq += 0x40000000;
    segment.ttl = 61;
    add(play, &segment);
}

static void reset_with_a_strange_id(play_t *play)
{
    rounds(play, 0, 4);
    trade_segment_t segment = make(play, 100, MULTIPLEXER);
    segment.flags |= TRADE_TCP_RST;
    segment.ip_id = 30000;
    add(play, &segment);
}

static void reset_outside_the_window_hides_nothing(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    trade_segment_t segment = make(play, 100, MULTIPLEXER);
    segment.flags |= TRADE_TCP_RST;
    segment.seq += 100000;
    add(play, &segment);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 12; n++)
        ack(play, 101 + n * 10, MULTIPLEXER);
}

static void reset_outside_the_window(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    trade_segment_t segment = make(play, 100, MULTIPLEXER);
    segment.flags |= TRADE_TCP_RST;
    segment.seq += 100000;
    add(play, &segment);
    until(play, 110);
}

/* -- The capture -- */

static void clocks_of_two_captures(play_t *play)
{
    for (int n = 0; n < 8; n++) {
        /* The module's frames are 40 s behind. */
        play->ack[MULTIPLEXER] = play->seq[MODULE] + 10;
        send(play, n * 30 + 0.001, MULTIPLEXER, 10, false);
        play->ack[MODULE] = play->seq[MULTIPLEXER];
        if (n > 0) {
            send(play, n * 30 + 10, MODULE, 10, false);
            play->ack[MULTIPLEXER] = play->seq[MODULE];
            if (n % 3 == 0)
                note_ping(play, n * 30 + 10, MODULE);
        }
    }
}

static void clocks_and_silence(play_t *play)
{
    silent_but_heard(play);
    skewed(play);
}

static void clocks_and_no_pong(play_t *play)
{
    module_rounds(play, 0, 4);
    skewed(play);
    ping(play, 120, MODULE);
    ack(play, 120.04, MULTIPLEXER);
    for (int n = 0; n < 4; n++)
        ack(play, 125 + n * 10, MULTIPLEXER);
    rst(play, 160, MODULE);
}

/* The module's frames are 0.8 s late: the Multiplexer acknowledges its Ping before. */
static void acknowledged_before(play_t *play, uint32_t length)
{
    module_rounds(play, 0, 4);
    play->ack[MULTIPLEXER] = play->seq[MODULE] + 10;
    if (length > 0)
        send(play, 120, MULTIPLEXER, length, false);
    else
        ack(play, 120, MULTIPLEXER);
    ping(play, 120.8, MODULE);
    for (int n = 0; n < 4; n++)
        ack(play, 125 + n * 10, MULTIPLEXER);
    rst(play, 160, MODULE);
}

static void data_before_the_ping_that_it_acknowledges(play_t *play)
{
    acknowledged_before(play, 10);
}

static void acknowledged_before_the_ping(play_t *play)
{
    acknowledged_before(play, 0);
}

static void clocks_and_a_late_pong(play_t *play)
{
    skewed(play);
    answered_late(play);
}

/* Bytes that carry the acknowledgements of 40 s before. */
static void copies_of_old_frames(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 4; n < 7; n++) {
        const uint32_t acked = play->ack[MULTIPLEXER];
        play->ack[MULTIPLEXER] -= 20;
        ack(play, n * 30 - 5, MULTIPLEXER);
        play->ack[MULTIPLEXER] = acked;
        round_of(play, n * 30, MODULE);
    }
}

static void time_goes_back(play_t *play)
{
    rounds(play, 0, 4);
    ack(play, 40, MODULE);
    multiplexer_rounds(play, 4, 8);
}

static void clock_is_set_and_a_ping_missing(play_t *play)
{
    rounds(play, 0, 4);
    clock_is_set(play, 92, 153);
    round_of(play, 180, MODULE);
    round_of(play, 181, MULTIPLEXER);
}

static void clock_is_set_back_and_a_ping_missing(play_t *play)
{
    const trade_span_t span = { at(92), at(153) };

    rounds(play, 0, 4);
    trade_capture_add_step(&play->context.capture, span, -at(0), play->frame + 1);
    round_of(play, 180, MODULE);
    round_of(play, 181, MULTIPLEXER);
}

/* A window of 5 is one of 20 bytes by the handshake: a Ping fits. */
static void small_window_with_a_scale(play_t *play)
{
    trade_segment_t segment = make(play, -1, MODULE);

    for (unsigned side = 0; side < 2; side++) {
        segment = make(play, -1, side);
        segment.flags |= TRADE_TCP_SYN;
        segment.seq--;
        segment.scale = side == MODULE ? 0 : 2;
        add(play, &segment);
    }
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 5;
    multiplexer_rounds(play, 4, 8);
}

static void clock_was_set_it_turns_out(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 180, MODULE);
    round_of(play, 181, MULTIPLEXER);
    const uint32_t last = play->frame;
    play->frame = play->pings[MODULE] - 1;
    clock_is_set(play, 92, 153);
    play->frame = last;
}

static void clock_is_set_a_little(play_t *play)
{
    rounds(play, 0, 4);
    multiplexer_rounds(play, 4, 6);
    clock_is_set(play, 160, 163);
    multiplexer_rounds(play, 6, 8);
}

static void clock_is_set_and_no_pong(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    ack(play, 120.04, MULTIPLEXER);
    clock_is_set(play, 120.1, 155);
    ack(play, 155, MULTIPLEXER);
}

static void clock_is_set_and_a_late_pong(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120.04, MULTIPLEXER);
    ping(play, 140, MODULE);
    clock_is_set(play, 141, 165);
    ping(play, 165.5, MODULE);
    pong_for(play, 166, MODULE, first, 120);
}

static void nothing_of_two_connections(play_t *play)
{
    rounds(play, 0, 4);
    other(play, 95);
    round_of(play, 170, MODULE);
    round_of(play, 171, MULTIPLEXER);
}

static void nothing_of_one_connection(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 170, MODULE);
    round_of(play, 171, MULTIPLEXER);
}

static void pause_and_no_pong(play_t *play)
{
    module_rounds(play, 0, 4);
    other(play, 95);
    ping(play, 120, MODULE);
    ack(play, 120.04, MULTIPLEXER);
    ack(play, 160, MULTIPLEXER);
}

static void pause_and_a_late_pong(play_t *play)
{
    module_rounds(play, 0, 4);
    other(play, 95);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120.04, MULTIPLEXER);
    ping(play, 160.5, MODULE);
    pong_for(play, 170, MODULE, first, 120);
}

static void captured_twice_and_apart(play_t *play)
{
    rounds(play, 0, 4);
    for (int n = 4; n < 6; n++) {
        ping(play, n * 30, MODULE);
        trade_segment_t segment = make(play, n * 30 + 20, MODULE);
        segment.seq -= 10;
        segment.length = 10;
        segment.ip_id = --play->ip_id[MODULE];
        add(play, &segment);
        pong(play, n * 30 + 20.1, MODULE);
    }
}

static void held_back(play_t *play)
{
    rounds(play, 0, 4);
    play->held[MODULE] = (trade_held_t){ .bytes = 28, .frame = 20, .since = at(91) };
}

static void little_seen(play_t *play)
{
    round_of(play, 0, MODULE);
    play->seq[MODULE] += 100;
    ack(play, 5, MODULE);
}

static void silent_while_the_other_sends(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < 16; n++)
        send(play, 95 + n * 9, MULTIPLEXER, 20, false);
}

static void late_and_quiet(play_t *play)
{
    module_rounds(play, 0, 4);
    round_of(play, 140, MODULE);
}

static void ping_not_acknowledged_and_reset_soon(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 6);
    rst(play, 160, MODULE);
}

static void ping_not_acknowledged_by_one_that_is_heard_and_reset_soon(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 4);
    send(play, 124, MULTIPLEXER, 20, true);
    resend_some(play, 120, MODULE, 4, 5);
    send(play, 125, MULTIPLEXER, 20, true);
    resend_some(play, 120, MODULE, 5, 6);
    rst(play, 160, MODULE);
}

static void clocks_and_nothing_wrong(play_t *play)
{
    skewed(play);
    rounds(play, 0, 4);
}

static void window_of_half(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 256; /* of 511 */
    multiplexer_rounds(play, 4, 8);
}

static void window_of_less_than_half(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 255;
    multiplexer_rounds(play, 4, 8);
}

static void reset_and_its_side_sends_soon_after(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    send(play, 100.199, MULTIPLEXER, 20, false);
}

static void reset_and_its_side_sends_after(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    send(play, 100.2, MULTIPLEXER, 20, false);
}

/* An RST in its name, while it sends the same bytes again: until so long after that. */
static void reset_and_its_side_resends(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 99.5, MULTIPLEXER, 20, false);
    rst(play, 100, MULTIPLEXER);
    send_again(play, 101, MULTIPLEXER, 20);
    send_again(play, 103, MULTIPLEXER, 20);
    send_again(play, 100 + play->bound, MULTIPLEXER, 20);
}

/* Its retransmissions are so far apart: sooner, a frame may be captured twice. */
static void reset_and_its_side_resends_apart(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 99.5, MULTIPLEXER, 20, false);
    rst(play, 100, MULTIPLEXER);
    send_again(play, 101, MULTIPLEXER, 20);
    send_again(play, 101 + play->bound, MULTIPLEXER, 20);
    send_again(play, 106, MULTIPLEXER, 20);
}

/* The other side closes long after it was heard last. */
static void silent_until_the_other_side_closes(play_t *play)
{
    rounds(play, 0, 4);
    multiplexer_rounds(play, 4, 5);
    for (int n = 5; n < 8; n++)
        ping(play, n * 30 + 1, MULTIPLEXER);
    fin(play, 240, MULTIPLEXER);
    until(play, 250);
}

/* It does so only twice. */
static void reset_and_its_side_resends_twice(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 99.5, MULTIPLEXER, 20, false);
    rst(play, 100, MULTIPLEXER);
    send_again(play, 103, MULTIPLEXER, 20);
    send_again(play, 107, MULTIPLEXER, 20);
}

/* The next connection of the ends, whose SYNs were not captured, begins so far from the last. */
static void reset_and_next_connection(play_t *play, uint32_t distance)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    play->seq[MULTIPLEXER] += distance;
    send(play, 110, MULTIPLEXER, 20, false);
}

static void reset_and_next_connection_within_the_window(play_t *play)
{
    reset_and_next_connection(play, 65536);
}

static void reset_and_next_connection_beyond_the_window(play_t *play)
{
    reset_and_next_connection(play, 65537);
}

/* Of its SYNs, the answer was captured. */
static void reset_and_the_other_side_begins_anew(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    trade_segment_t segment = make(play, 105, MODULE);
    segment.flags |= TRADE_TCP_SYN;
    add(play, &segment);
    send(play, 110, MULTIPLEXER, 20, false);
}

/* An RST from another host, after so many frames of its side. */
static void reset_after(play_t *play, int frames)
{
    exchange(play, -2, 0);
    exchange(play, -1, 0);
    for (int n = 0; n < frames; n++) {
        send(play, n, MULTIPLEXER, 20, true);
        exchange(play, n + 0.5, 0);
    }
    rst_with(play, 10, 61, 0);
    exchange(play, 11, 0);
}

static void reset_after_three_frames(play_t *play)
{
    reset_after(play, 3);
}

static void reset_after_four_frames(play_t *play)
{
    reset_after(play, 4);
}

/* Bytes of the Multiplexer are never acknowledged; the module is heard at a time. */
static void peers_bytes_not_acknowledged(play_t *play, double heard)
{
    module_rounds(play, 0, 4);
    send(play, 110, MULTIPLEXER, 10, false);
    resend(play, 110, MULTIPLEXER, 3);
    ack(play, heard, MODULE);
    until(play, 300);
}

static void peers_bytes_not_acknowledged_and_heard_until_due(play_t *play)
{
    peers_bytes_not_acknowledged(play, 120);
}

static void peers_bytes_not_acknowledged_and_heard_since_due(play_t *play)
{
    peers_bytes_not_acknowledged(play, 120.001);
}

/* It may have paused when the Ping was sent for the first time. */
static void heard_after_the_first_sending(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    for (int n = 0; n < 2; n++) {
        send(play, 123.5 + n * 4, MULTIPLEXER, 20, false);
        send_again(play, 124 + n * 4, MODULE, 10);
    }
    rst(play, 210, MODULE);
}

static void window_zero_and_two_probes(play_t *play)
{
    rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 100, MULTIPLEXER);
    probe(play, 110, MODULE);
    probe(play, 120, MODULE);
    until(play, 240);
}

static void window_zero_and_three_probes(play_t *play)
{
    window_zero_and_two_probes(play);
    probe(play, 241, MODULE);
}

static const test_t tests[] = {
    TEST(healthy, "ok", "-", ""),
    TEST(healthy_to_the_end, "ok", "-", ""),
    TEST(one_ping, "idle", "-", ""),
    TEST(two_connections_at_once, "capture-hole", "cannot-tell", "(frame 20)"),
    TEST(another_point_goes_on_alone, "capture-hole", "cannot-tell", "Two capture points"),
    TEST(two_connections_at_once_after_a_late_ping, "late", "cannot-tell", "it was sent late"),
    TEST(headers_cut, "capture-hole", "cannot-tell", "3 frames is not in the capture"),
    TEST(window_zero, "peer-not-reading", "multiplexer", "its TCP window was 0 from"),
    TEST(window_zero_of_the_module, "peer-not-reading", "module", "did not read"),
    TEST(window_zero_and_a_pong_waits, "peer-not-reading", "module", "had no Pong"),
    TEST(window_too_small, "peer-not-reading", "multiplexer", "too small for a Ping (5 bytes)"),
    TEST(window_of_ten_bytes, "ping-missing", "cannot-tell",
         "nor did the other side show that it could take one"),
    TEST(window_full, "peer-not-reading", "multiplexer", "full, or too small"),
    TEST(window_flaps, "peer-not-reading", "multiplexer", "in 30 periods within"),
    TEST(window_zero_for_a_moment, "ping-missing", "module",
         "the window of the other side was open"),
    TEST(window_zero_after_it_was_due, "ping-missing", "cannot-tell", "not sent when it was due"),
    TEST(both_windows_zero, "peer-not-reading", "cannot-tell", "each waits for the other"),
    TEST(window_zero_and_nobody_there, "not-delivered", "network-or-multiplexer",
         "none of the 9 zero-window probes"),
    TEST(window_zero_and_probes_answered, "peer-not-reading", "multiplexer", "did not read"),
    TEST(nobody_there_for_a_pong, "not-delivered", "network-or-module",
         "none of the 9 zero-window probes"),
    TEST(both_windows_zero_and_a_pong_waits, "peer-not-reading", "cannot-tell", "each waits"),
    TEST(begins_with_a_closed_window, "peer-not-reading", "multiplexer",
         "No Ping of the module was seen"),
    TEST(ping_not_acknowledged, "not-delivered", "network-or-multiplexer", "8 times in 19.200 s"),
    TEST(ping_sent_twice, "ping-missing", "cannot-tell", "sent 2 times"),
    TEST(ping_captured_twice, "ping-missing", "cannot-tell", "none reached this capture point"),
    TEST(ping_not_acknowledged_by_one_that_is_heard, "not-delivered", "network",
         "was heard meanwhile"),
    TEST(ping_not_acknowledged_by_one_that_is_heard_before_one_retransmission, "not-delivered",
         "network-or-multiplexer", "from 135.000 on, nothing from"),
    TEST(ping_not_acknowledged_by_one_that_is_heard_after_the_last, "not-delivered",
         "network-or-multiplexer", "or its host paused"),
    TEST(ping_not_acknowledged_by_one_that_is_heard_after_the_reset, "not-delivered",
         "network-or-multiplexer", "from 91.040 on, nothing from"),
    TEST(heard_three_seconds_after_the_ping, "not-delivered", "network", "was heard meanwhile"),
    TEST(heard_less_than_three_seconds_after_the_ping, "not-delivered", "network-or-multiplexer",
         "nothing from the Multiplexer"),
    BOUND(ping_not_acknowledged_by_one_that_is_heard_at, 127, "not-delivered", "network"),
    BOUND(ping_not_acknowledged_by_one_that_is_heard_at, 127.5, "not-delivered",
          "network-or-multiplexer"),
    TEST(host_pauses, "not-delivered", "network-or-multiplexer", "or its host paused"),
    TEST(silent_but_for_backoff, "not-delivered", "network-or-multiplexer", "9 times in"),
    TEST(silent_for_longer_than_backoff, "capture-hole", "cannot-tell", "Nothing of 2"),
    TEST(silent_until_the_next_retransmission_is_due, "not-delivered", "network-or-multiplexer",
         "8 times in"),
    TEST(silent_after_the_next_retransmission_was_due, "capture-hole", "cannot-tell",
         "Nothing of 2"),
    TEST(data_not_acknowledged, "not-delivered", "network-or-multiplexer", "sent its bytes of"),
    TEST(data_not_acknowledged_by_one_that_is_heard, "not-delivered", "network",
         "was heard meanwhile"),
    TEST(data_sent_twice_when_due, "ping-missing", "cannot-tell", ", sent 2 times, waited"),
    TEST(data_sent_twice_after_it_was_due, "ping-missing", "cannot-tell",
         "no retransmitted bytes waited"),
    TEST(ping_not_acknowledged_but_duplicates, "not-delivered", "network-or-multiplexer",
         "sent 2 duplicate and 1 selective"),
    TEST(data_acknowledged_after_all, "ping-missing", "module", "was heard meanwhile"),
    TEST(pong_not_acknowledged, "not-delivered", "network-or-module",
         "whether it sent Pings is not known"),
    TEST(answer_waits_behind_bytes_of_one_that_is_heard, "not-delivered", "network",
         "No Pong for the Ping"),
    TEST(answer_waits_behind_bytes, "not-delivered", "network-or-module", "No Pong for the Ping"),
    TEST(keepalives_only, "ping-missing", "network-or-module", "no retransmitted bytes"),
    TEST(module_is_silent_at_its_host, "ping-missing", "module",
         "though other connections of the two hosts were, both ways"),
    TEST(module_is_silent_without_keepalives, "ping-missing", "cannot-tell", ""),
    TEST(module_is_silent_at_the_other_host, "ping-missing", "network-or-module",
         "though other connections of the two hosts were, both ways"),
    TEST(module_is_silent_until_the_other_goes_on, "ping-missing", "cannot-tell",
         "though other connections of the two hosts were, both ways"),
    TEST(silent_but_heard, "ping-missing", "module", "was heard meanwhile"),
    TEST(multiplexer_silent_but_heard, "ping-missing", "multiplexer", "was heard meanwhile"),
    TEST(silent, "ping-missing", "cannot-tell", "nothing of either side"),
    TEST(silent_by_preference, "ping-missing", "cannot-tell", "by the preference"),
    TEST(late_and_heard, "late", "module", "it was sent late"),
    BOUND(late_and_heard_at, 130.1, "late", "module"),
    BOUND(late_and_heard_at, 129.9, "late", "network-or-module"),
    TEST(late_and_not_heard, "late", "network-or-module", "it was sent late"),
    TEST(one_ping_is_left_out, "ping-missing", "module", "had sent nothing more"),
    TEST(one_ping_is_left_out_or_the_interval_changed, "ping-missing", "cannot-tell",
         "it may keep to a longer interval by now"),
    TEST(silent_for_less_than_a_doubled_interval, "ping-missing", "cannot-tell",
         "it may keep to a longer interval by now"),
    BOUND(silent_for_nearly_three_intervals, 153.1, "ping-missing", "module"),
    BOUND(silent_for_nearly_three_intervals, 152.9, "ping-missing", "cannot-tell"),
    TEST(heard_by_what_was_under_way, "ping-missing", "network-or-module",
         "nothing shows that the module was there"),
    TEST(busy_with_other_bytes, "ping-missing", "network-or-module",
         "nothing shows that the module"),
    TEST(window_half_closed, "ping-missing", "cannot-tell", "nor did the other side show"),
    TEST(window_full_of_what_is_sent_again, "ping-missing", "cannot-tell",
         "full of bytes in flight"),
    TEST(another_connection_of_the_same_ends, "capture-hole", "cannot-tell",
         "bytes in which one could be"),
    TEST(begins_with_a_ping_sent_again, "ok", "-", ""),
    TEST(late_by_preference, "late", "cannot-tell", "by the preference"),
    TEST(not_yet_late, "ok", "-", ""),
    TEST(bytes_missing, "capture-hole", "cannot-tell", "bytes in which one could be"),
    TEST(bytes_came_late, "ping-missing", "module", "the capture is whole"),
    TEST(another_interval, "ok", "-", ""),
    TEST(interval_changes, "ok", "-", ""),
    TEST(fast_at_first, "ok", "-", ""),
    TEST(three_pings_of_a_slow_site, "ok", "-", ""),
    TEST(fast_and_stops, "ping-missing", "module", "every 10.000 s, but"),
    TEST(unanswered, "ping-unanswered", "multiplexer",
         "the network carried it, the program did not answer"),
    TEST(unanswered_and_not_heard, "ping-unanswered", "network-or-multiplexer",
         "nothing shows that the Multiplexer had no Pong to send since"),
    TEST(unanswered_and_not_acknowledged, "ping-unanswered", "cannot-tell", "no acknowledgement"),
    TEST(unanswered_where_bytes_are_missing, "capture-hole", "cannot-tell", "in which it could be"),
    TEST(reset_before_an_answer_is_due, "ok", "-", ""),
    TEST(closed_while_a_ping_is_in_flight, "ok", "-", ""),
    TEST(half_closed_and_unanswered, "ping-unanswered", "multiplexer", "acknowledged it"),
    TEST(pong_after_the_reset, "ping-unanswered", "multiplexer", "within 90.000 s"),
    TEST(answered_late, "answered-late", "multiplexer", "came 80.000 s after"),
    TEST(answered_in_half_of_the_limit, "ok", "-", ""),
    TEST(answered_late_since_the_ping_came_late, "answered-late", "network", "sent 4 times"),
    TEST(answered_late_since_the_ping_came_late_to_one_that_paused, "answered-late",
         "network-or-multiplexer", "sent 3 times"),
    TEST(answered_late_since_the_ping_came_late_or_was_not_heard, "answered-late",
         "network-or-multiplexer", "sent 4 times"),
    TEST(answered_late_and_the_ping_was_sent_twice, "answered-late", "cannot-tell", "sent 2 times"),
    TEST(answered_in_twice_the_time_of_the_ping, "answered-late", "network", "sent 4 times"),
    TEST(answered_in_more_than_twice_the_time_of_the_ping, "answered-late", "cannot-tell",
         "sent 4 times"),
    TEST(answered_late_since_the_asker_did_not_read, "answered-late", "module",
         "came 45.500 s after"),
    TEST(answered_late_and_not_acknowledged, "answered-late", "cannot-tell", "came 50.000 s after"),
    TEST(reset_by_another_host, "reset-foreign", "cannot-tell", "TTL 61, usually 128"),
    TEST(reset_by_another_host_with_a_strange_id, "reset-foreign", "cannot-tell",
         "another host sent it"),
    TEST(reset_by_another_host_or_by_another_path, "reset-foreign", "cannot-tell",
         "its path may have changed"),
    TEST(reset_in_the_name_of_both_sides, "reset-foreign", "network", "none in answer to one"),
    TEST(reset_in_the_name_of_one_and_by_the_other, "reset-foreign", "cannot-tell", "TTL 61"),
    TEST(reset_between_two_points, "reset-foreign", "network", "shows no such RST"),
    TEST(reset_by_another_machine, "reset-foreign", "cannot-tell", "another host sent it"),
    TEST(reset_by_another_machine_that_goes_on, "reset-foreign", "cannot-tell",
         "another host sent it"),
    TEST(reset_by_another_path, "ok", "-", ""),
    TEST(reset_by_another_path_with_an_id_of_the_host, "reset-foreign", "cannot-tell", "IP id"),
    TEST(reset_by_a_standby_of_other_connections, "ok", "-", ""),
    TEST(reset_by_one_of_many_standbys, "ok", "-", ""),
    TEST(reset_with_the_ttl_of_another_kind_of_host, "reset-foreign", "cannot-tell",
         "its path may have changed"),
    TEST(reset_with_another_ttl_where_ids_are_not_known, "reset-foreign", "cannot-tell",
         "its path may have changed"),
    TEST(reset_after_another_path_of_its_data, "ok", "-", ""),
    TEST(reset_by_another_host_outside_the_window, "reset-foreign", "network",
         "TTL 61, usually 128"),
    TEST(reset_by_its_side, "ok", "-", ""),
    TEST(reset_and_its_side_goes_on, "reset-foreign", "network", "it goes on sending"),
    TEST(reset_and_a_probe_comes_after, "ok", "-", ""),
    TEST(reset_by_another_host_and_by_its_own, "reset-foreign", "cannot-tell",
         "TTL 61, usually 128"),
    TEST(reset_of_the_connection_before, "reset-foreign", "cannot-tell", "outside the window"),
    TEST(reset_with_a_strange_id, "reset-foreign", "cannot-tell", "IP id 30000 after"),
    TEST(reset_outside_the_window_hides_nothing, "peer-not-reading", "multiplexer",
         "until the end of the capture"),
    TEST(reset_outside_the_window, "reset-foreign", "cannot-tell", "outside the window"),
    TEST(clocks_of_two_captures, "clocks-differ", "-", "after they were acknowledged"),
    TEST(copies_of_old_frames, "clocks-differ", "-", "with an old acknowledgement"),
    TEST(time_goes_back, "clocks-differ", "-", "time went back 1 time. Its"),
    TEST(clocks_and_silence, "clocks-differ", "-", "by up to 40.000 s"),
    TEST(clocks_and_no_pong, "clocks-differ", "-", "by up to 40.000 s"),
    TEST(data_before_the_ping_that_it_acknowledges, "clocks-differ", "-",
         "the Pong may have come before the Ping, too"),
    TEST(acknowledged_before_the_ping, "ping-unanswered", "network-or-multiplexer",
         "the TCP of the Multiplexer acknowledged it"),
    TEST(clocks_and_a_late_pong, "clocks-differ", "-", "by up to 40.000 s"),
    TEST(clock_is_set_and_a_ping_missing, "clocks-differ", "-", "was set by 60.000 s"),
    TEST(clock_is_set_back_and_a_ping_missing, "clocks-differ", "-", "was set by -1000.000 s"),
    TEST(small_window_with_a_scale, "ping-missing", "cannot-tell", ""),
    TEST(clock_was_set_it_turns_out, "clocks-differ", "-", "was set by 60.000 s"),
    TEST(clock_is_set_a_little, "ping-missing", "module", "the capture is whole"),
    TEST(clock_is_set_and_no_pong, "clocks-differ", "-", "was set by 33.900 s"),
    TEST(clock_is_set_and_a_late_pong, "clocks-differ", "-", "was set by 23.000 s"),
    TEST(nothing_of_two_connections, "capture-hole", "cannot-tell", "Nothing of 2 connections"),
    TEST(nothing_of_one_connection, "ping-missing", "cannot-tell", "nothing of either side"),
    TEST(pause_and_no_pong, "capture-hole", "cannot-tell", "Nothing of 2 connections"),
    TEST(pause_and_a_late_pong, "capture-hole", "cannot-tell", "Nothing of 2 connections"),
    TEST(captured_twice_and_apart, "clocks-differ", "-", "2 frames were captured again"),
    TEST(silent_while_the_other_sends, "ping-missing", "network-or-module",
         "nothing shows that the module was there"),
    TEST(late_and_quiet, "late", "cannot-tell", "nothing of either side"),
    TEST(ping_not_acknowledged_and_reset_soon, "not-delivered", "network-or-multiplexer",
         "No Pong for the Ping"),
    TEST(ping_not_acknowledged_by_one_that_is_heard_and_reset_soon, "not-delivered", "network",
         "No Pong for the Ping"),
    TEST(clocks_and_nothing_wrong, "clocks-differ", "-", "by up to 40.000 s"),
    TEST(window_of_half, "ping-missing", "module", "the window of the other side was open"),
    TEST(window_of_less_than_half, "ping-missing", "cannot-tell", "nor did the other side show"),
    TEST(reset_and_its_side_sends_soon_after, "ok", "-", ""),
    TEST(reset_and_its_side_sends_after, "reset-foreign", "network", "it goes on sending"),
    BOUND(reset_and_its_side_resends, 5, "reset-foreign", "network"),
    BOUND(reset_and_its_side_resends, 4.9, "ok", "-"),
    BOUND(reset_and_its_side_resends_apart, 0.2, "reset-foreign", "network"),
    BOUND(reset_and_its_side_resends_apart, 0.19, "ok", "-"),
    TEST(silent_until_the_other_side_closes, "ping-missing", "network-or-module",
         "no Ping came until the Multiplexer closed"),
    TEST(reset_and_its_side_resends_twice, "ok", "-", ""),
    TEST(reset_and_next_connection_within_the_window, "reset-foreign", "network",
         "it goes on sending"),
    TEST(reset_and_next_connection_beyond_the_window, "ok", "-", ""),
    TEST(reset_and_the_other_side_begins_anew, "ok", "-", ""),
    TEST(reset_after_three_frames, "idle", "-", ""),
    TEST(reset_after_four_frames, "reset-foreign", "cannot-tell", "TTL 61, usually 128"),
    TEST(peers_bytes_not_acknowledged_and_heard_until_due, "not-delivered", "network-or-module",
         "its bytes of"),
    TEST(peers_bytes_not_acknowledged_and_heard_since_due, "ping-missing", "cannot-tell",
         "none reached"),
    TEST(heard_after_the_first_sending, "not-delivered", "network-or-multiplexer", "3 times in"),
    TEST(window_zero_and_two_probes, "peer-not-reading", "network-or-multiplexer",
         "after 100.000: its host may have paused"),
    TEST(window_zero_and_never_heard_again, "peer-not-reading", "network-or-multiplexer",
         "closed its TCP window, which was 0 from"),
    TEST(window_zero_and_heard_once_more, "peer-not-reading", "multiplexer", "did not read"),
    TEST(host_pauses_with_its_window_closed, "peer-not-reading", "network-or-multiplexer",
         "after 101.000: its host may have paused"),
    TEST(host_of_the_asking_pauses_with_its_window_closed, "peer-not-reading", "network-or-module",
         "after 120.000: its host may have paused"),
    TEST(host_of_the_asking_pauses_with_its_window_closed_and_goes_on, "answered-late",
         "network-or-module", "came 50.000 s after"),
    TEST(window_zero_and_three_probes, "not-delivered", "network-or-multiplexer",
         "none of the 3 zero-window probes"),
    TEST(ping_in_bytes_sent_before, "ok", "-", ""),
    TEST(ping_in_bytes_sent_before_to_one_that_closed, "answered-late", "cannot-tell",
         "came 50.000 s after the Ping"),
    TEST(held_back, "capture-hole", "cannot-tell", "TCP holds back 28 bytes"),
    TEST(little_seen, "capture-hole", "cannot-tell", "Fewer than two Pings"),
};

int main(void)
{
    unsigned failed = run_tests(tests, sizeof tests / sizeof tests[0]) +
                      run_tests(ends_tests, sizeof ends_tests / sizeof ends_tests[0]) +
                      run_tests(attempts_tests, sizeof attempts_tests / sizeof attempts_tests[0]) +
                      run_tests(silences, sizeof silences / sizeof silences[0]) +
                      run_tests(giveups_tests, sizeof giveups_tests / sizeof giveups_tests[0]) +
                      run_tests(refusals_tests, sizeof refusals_tests / sizeof refusals_tests[0]) +
                      run_tests(apart_tests, sizeof apart_tests / sizeof apart_tests[0]) +
                      run_tests(restarts_tests, sizeof restarts_tests / sizeof restarts_tests[0]) +
                      run_tests(lags_tests, sizeof lags_tests / sizeof lags_tests[0]);

    for (unsigned i = 0; i < RULES; i++) {
        if (is_met[i])
            continue;
        printf("no case meets rule %u: %s\n", i, trade_verdict_get_word(rules[i].verdict));
        failed++;
    }
    printf("evidence and judgement of a connection: %zu bytes\n", sizeof(trade_health_t));
    return failed > 0;
}
