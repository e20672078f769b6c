/* verdict.c
 * What a connection is said to suffer from, rule by rule: each case plays segments and Pings, and
 * names the word, the place and a part of the sentence. Each rule must be met by a case, and
 * beside most stands one that is nearly the same, but for which another rule holds.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/holes.c"
#include "analysis/evidence.c"
#include "analysis/sentence.c"
#include "analysis/verdict.c"

#include <glib.h>

enum { MODULE, MULTIPLEXER };

/* A connection that is being played: times in seconds, sequence numbers from 1. */
typedef struct play {
    trade_judge_t judge;
    trade_court_t court;
    trade_held_bytes_t held[2];
    trade_host_t hosts[2];
    uint32_t live;       /* epoch of this connection, */
    uint32_t other_live; /* and of another one */
    uint32_t seq[2], ack[2], window[2];
    uint32_t frame;
    uint16_t ip_id[2];
    uint32_t pings[2]; /* frame of the last Ping of each side */
    double pinged[2];
} play_t;

static trade_time_t at(double seconds)
{
    return 1000 * TRADE_SECOND + (trade_time_t)(seconds * 1e9);
}

/* Returns the next segment of a side, with nothing in it. */
static trade_segment_t make(play_t *play, double seconds, unsigned side)
{
    return (trade_segment_t){ .when = at(seconds),
                              .frame = ++play->frame,
                              .side = (uint8_t)side,
                              .seq = play->seq[side],
                              .ack = play->ack[side],
                              .window = play->window[side],
                              .flags = TRADE_TCP_ACK,
                              .ttl = side == MODULE ? 64 : 128,
                              .scale = -1,
                              .ip_id = ++play->ip_id[side] };
}

static trade_seen_t add(play_t *play, const trade_segment_t *segment)
{
    trade_capture_add(&play->court.capture, segment->when, segment->frame, play->court.usual);
    trade_capture_hear(&play->court.capture, &play->live);
    return trade_evidence_add(&play->judge.evidence, segment);
}

/* A frame of another connection. */
static void other(play_t *play, double seconds)
{
    trade_capture_add(&play->court.capture, at(seconds), ++play->frame, play->court.usual);
    trade_capture_hear(&play->court.capture, &play->other_live);
}

/* Sends bytes, which the other side has heard unless it is deaf. */
static void send(play_t *play, double seconds, unsigned side, uint32_t length, bool is_heard)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.length = length;
    add(play, &segment);
    play->seq[side] += length;
    if (is_heard)
        play->ack[!side] = play->seq[side];
}

/* Sends the last bytes again. */
static void send_again(play_t *play, double seconds, unsigned side, uint32_t length)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.seq -= length;
    segment.length = length;
    add(play, &segment);
}

static void ack(play_t *play, double seconds, unsigned side)
{
    const trade_segment_t segment = make(play, seconds, side);

    add(play, &segment);
}

/* Makes the Ping of the bytes that were sent last. */
static void note_ping(play_t *play, double seconds, unsigned side)
{
    const trade_ping_event_t event = { .seq = play->seq[side] - 10, .side = (uint8_t)side };

    trade_judge_add_ping(&play->judge, &play->court, &event);
    play->pings[side] = play->frame;
    play->pinged[side] = seconds;
}

static void ping(play_t *play, double seconds, unsigned side)
{
    send(play, seconds, side, 10, true);
    note_ping(play, seconds, side);
}

/* A Ping that does not arrive. */
static void lost_ping(play_t *play, double seconds, unsigned side)
{
    send(play, seconds, side, 10, false);
    note_ping(play, seconds, side);
}

/* Answers the Ping of a frame. */
static void pong_for(play_t *play, double seconds, unsigned asking, uint32_t frame, double sent)
{
    send(play, seconds, !asking, 10, true);
    const trade_pong_event_t event = { .asking = (uint8_t)asking,
                                       .ping_frame = frame,
                                       .elapsed = at(seconds) - at(sent) };
    trade_judge_add_pong(&play->judge, &play->court, &event);
}

/* Answers the last Ping of a side. */
static void pong(play_t *play, double seconds, unsigned asking)
{
    pong_for(play, seconds, asking, play->pings[asking], play->pinged[asking]);
}

static void rst(play_t *play, double seconds, unsigned side)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.flags |= TRADE_TCP_RST;
    add(play, &segment);
}

static void fin(play_t *play, double seconds, unsigned side)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.flags |= TRADE_TCP_FIN;
    add(play, &segment);
    play->ack[!side] = ++play->seq[side];
}

static void round_of(play_t *play, double seconds, unsigned asking)
{
    ping(play, seconds, asking);
    pong(play, seconds + 0.001, asking);
    ack(play, seconds + 0.04, asking);
}

/* Healthy rounds of both sides, each 30 s, from one number to another. */
static void rounds(play_t *play, int from, int to)
{
    for (int n = from; n < to; n++) {
        round_of(play, n * 30, MODULE);
        round_of(play, n * 30 + 1, MULTIPLEXER);
    }
}

static void module_rounds(play_t *play, int from, int to)
{
    for (int n = from; n < to; n++)
        round_of(play, n * 30, MODULE);
}

static void multiplexer_rounds(play_t *play, int from, int to)
{
    for (int n = from; n < to; n++)
        round_of(play, n * 30 + 1, MULTIPLEXER);
}

/* Retransmits the last 10 bytes of a side, sent at a time: 0.3 s after that, 0.6, 1.2 and so on,
 * from one number to another. */
static void resend_some(play_t *play, double seconds, unsigned side, int from, int to)
{
    for (int n = from; n < to; n++)
        send_again(play, seconds + 0.3 * (1 << n), side, 10);
}

static void resend(play_t *play, double seconds, unsigned side, int times)
{
    resend_some(play, seconds, side, 0, times);
}

/* A segment of another connection of a side's host. */
static void sibling(play_t *play, double seconds, unsigned side, uint8_t ttl)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.ttl = ttl;
    segment.ip_id = (uint16_t)(segment.ip_id + 20000);
    play->ip_id[side]--;
    watch_host(&play->hosts[side], &segment);
}

/* The capture goes on until then. */
static void until(play_t *play, double seconds)
{
    other(play, seconds);
}

static void handshake(play_t *play, double far, double near)
{
    trade_segment_t segment = make(play, -1, MODULE);

    segment.flags = TRADE_TCP_SYN;
    segment.seq--;
    segment.ack = 0;
    add(play, &segment);
    segment = make(play, -1 + far, MULTIPLEXER);
    segment.flags |= TRADE_TCP_SYN;
    segment.seq--;
    add(play, &segment);
    ack(play, -1 + far + near, MODULE);
}

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

static void probe(play_t *play, double seconds, unsigned side)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.seq--;
    add(play, &segment);
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
    trade_judge_add_pong(&play->judge, &play->court, &event);
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
    round_of(play, 175, MULTIPLEXER);
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

/* An RST in the Multiplexer's name, with this TTL and IP id; 1: the one that goes on. */
static void rst_with(play_t *play, double seconds, uint8_t ttl, uint16_t ip_id)
{
    trade_segment_t segment = make(play, seconds, MULTIPLEXER);

    segment.flags |= TRADE_TCP_RST;
    segment.ttl = ttl;
    if (ip_id != 1)
        segment.ip_id = ip_id;
    add(play, &segment);
}

static void reset_by_another_host(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 61, 0);
    sibling(play, 100.2, MULTIPLEXER, 128);
}

static void reset_by_another_host_with_a_strange_id(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 61, 30000);
    sibling(play, 100.2, MULTIPLEXER, 128);
}

static void reset_by_another_host_or_by_another_path(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 61, 0);
}

static void reset_by_another_host_or_by_another_path_that_is_not_yet_known(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 61, 0);
    sibling(play, 100.199, MULTIPLEXER, 128);
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
    play->judge.evidence.is_another = true;
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

static void skewed(play_t *play)
{
    trade_skew_t *skew = &play->judge.evidence.skew;

    skew->count = 2;
    skew->amount = 40 * TRADE_SECOND;
    skew->frame = 3;
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

static void clock_is_set(play_t *play, double before, double after)
{
    const trade_span_t span = { at(before), at(after) };

    trade_capture_add_step(&play->court.capture, span, at(after) - at(before) - TRADE_SECOND,
                           play->frame + 1);
}

static void clock_is_set_and_a_ping_missing(play_t *play)
{
    rounds(play, 0, 4);
    clock_is_set(play, 92, 153);
    round_of(play, 180, MODULE);
    round_of(play, 181, MULTIPLEXER);
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
    play->held[MODULE] = (trade_held_bytes_t){ .bytes = 28, .frame = 20, .since = at(91) };
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
    for (int n = 0; n < frames; n++)
        send(play, n, MULTIPLEXER, 20, true);
    rst_with(play, 10, 61, 0);
    sibling(play, 11, MULTIPLEXER, 128);
}

static void reset_after_three_frames(play_t *play)
{
    reset_after(play, 3);
}

static void reset_after_four_frames(play_t *play)
{
    reset_after(play, 4);
}

/* They have four steps between their IP ids. */
static void reset_after_five_frames(play_t *play)
{
    reset_after(play, 5);
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

/* A case: what is played, and what is to be said of it. */
typedef struct test {
    const char *name;
    void (*run)(play_t *play);
    const char *word, *where, *says;
} test_t;

#define TEST(name, word, where, says)                                                              \
    {                                                                                              \
#name, name, word, where, says                                                             \
    }

static const test_t tests[] = {
    TEST(healthy, "ok", "-", ""),
    TEST(healthy_to_the_end, "ok", "-", ""),
    TEST(one_ping, "idle", "-", ""),
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
         "none of the 9 probes"),
    TEST(window_zero_and_probes_answered, "peer-not-reading", "multiplexer", "did not read"),
    TEST(nobody_there_for_a_pong, "not-delivered", "network-or-module", "none of the 9 probes"),
    TEST(both_windows_zero_and_a_pong_waits, "peer-not-reading", "cannot-tell", "each waits"),
    TEST(begins_with_a_closed_window, "peer-not-reading", "multiplexer",
         "No Ping of the module was seen"),
    TEST(ping_not_acknowledged, "not-delivered", "network-or-multiplexer", "8 times in 19.200 s"),
    TEST(ping_sent_twice, "ping-missing", "cannot-tell", "sent 2 times"),
    TEST(ping_captured_twice, "ping-missing", "cannot-tell", "none reached this capture point"),
    TEST(ping_not_acknowledged_by_one_that_is_heard, "not-delivered", "network",
         "was heard meanwhile"),
    TEST(ping_not_acknowledged_by_one_that_is_heard_before_one_retransmission, "not-delivered",
         "network-or-multiplexer", "from 135.000 on, nothing of"),
    TEST(ping_not_acknowledged_by_one_that_is_heard_after_the_last, "not-delivered",
         "network-or-multiplexer", "or its host paused"),
    TEST(ping_not_acknowledged_by_one_that_is_heard_after_the_reset, "not-delivered",
         "network-or-multiplexer", "from 91.040 on, nothing of"),
    TEST(heard_three_seconds_after_the_ping, "not-delivered", "network", "was heard meanwhile"),
    TEST(heard_less_than_three_seconds_after_the_ping, "not-delivered", "network-or-multiplexer",
         "nothing of the Multiplexer"),
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
    TEST(data_acknowledged_after_all, "ping-missing", "module", "was heard meanwhile"),
    TEST(pong_not_acknowledged, "not-delivered", "network-or-module",
         "whether it sent Pings is not known"),
    TEST(answer_waits_behind_bytes_of_one_that_is_heard, "not-delivered", "network",
         "No Pong for the Ping"),
    TEST(answer_waits_behind_bytes, "not-delivered", "network-or-module", "No Pong for the Ping"),
    TEST(keepalives_only, "ping-missing", "network-or-module", "nothing that was sent again"),
    TEST(silent_but_heard, "ping-missing", "module", "was heard meanwhile"),
    TEST(multiplexer_silent_but_heard, "ping-missing", "multiplexer", "was heard meanwhile"),
    TEST(silent, "ping-missing", "cannot-tell", "nothing of either side"),
    TEST(silent_by_preference, "ping-missing", "cannot-tell", "by the preference"),
    TEST(late_and_heard, "late", "module", "it was sent late"),
    TEST(late_and_not_heard, "late", "network-or-module", "it was sent late"),
    TEST(one_ping_is_left_out, "ping-missing", "module", "had sent nothing more"),
    TEST(one_ping_is_left_out_or_the_interval_changed, "ping-missing", "cannot-tell",
         "it may keep to a longer interval by now"),
    TEST(silent_for_less_than_a_doubled_interval, "ping-missing", "cannot-tell",
         "it may keep to a longer interval by now"),
    TEST(heard_by_what_was_under_way, "ping-missing", "network-or-module",
         "nothing shows that the module was there"),
    TEST(busy_with_other_bytes, "ping-missing", "network-or-module",
         "nothing shows that the module"),
    TEST(window_half_closed, "ping-missing", "cannot-tell", "nor did the other side show"),
    TEST(window_full_of_what_is_sent_again, "ping-missing", "cannot-tell",
         "full of bytes under way"),
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
    TEST(reset_by_another_host, "reset-foreign", "network", "TTL 61, usually 128"),
    TEST(reset_by_another_host_with_a_strange_id, "reset-foreign", "network",
         "later frames of its host have the usual TTL"),
    TEST(reset_by_another_host_or_by_another_path, "reset-foreign", "cannot-tell",
         "its path may have changed"),
    TEST(reset_by_another_host_or_by_another_path_that_is_not_yet_known, "reset-foreign",
         "cannot-tell", "its path may have changed"),
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
    TEST(reset_by_another_host_and_by_its_own, "reset-foreign", "network", "TTL 61, usually 128"),
    TEST(reset_of_the_connection_before, "reset-foreign", "cannot-tell", "outside the window"),
    TEST(reset_with_a_strange_id, "reset-foreign", "cannot-tell", "IP id 30000 after"),
    TEST(reset_outside_the_window_hides_nothing, "peer-not-reading", "multiplexer",
         "until the end of the capture"),
    TEST(reset_outside_the_window, "reset-foreign", "cannot-tell", "outside the window"),
    TEST(clocks_of_two_captures, "clocks-differ", "-", "after they were acknowledged"),
    TEST(copies_of_old_frames, "clocks-differ", "-", "with an old acknowledgement"),
    TEST(time_goes_back, "clocks-differ", "-", "time went back 1 time(s)"),
    TEST(clocks_and_silence, "clocks-differ", "-", "by up to 40.000 s"),
    TEST(clocks_and_no_pong, "clocks-differ", "-", "by up to 40.000 s"),
    TEST(clocks_and_a_late_pong, "clocks-differ", "-", "by up to 40.000 s"),
    TEST(clock_is_set_and_a_ping_missing, "clocks-differ", "-", "was set by 60.000 s"),
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
    TEST(reset_and_next_connection_within_the_window, "reset-foreign", "network",
         "it goes on sending"),
    TEST(reset_and_next_connection_beyond_the_window, "ok", "-", ""),
    TEST(reset_and_the_other_side_begins_anew, "ok", "-", ""),
    TEST(reset_after_three_frames, "idle", "-", ""),
    TEST(reset_after_four_frames, "reset-foreign", "cannot-tell", "TTL 61, usually 128"),
    TEST(reset_after_five_frames, "reset-foreign", "network", "TTL 61, usually 128"),
    TEST(peers_bytes_not_acknowledged_and_heard_until_due, "not-delivered", "network-or-module",
         "its bytes of"),
    TEST(peers_bytes_not_acknowledged_and_heard_since_due, "ping-missing", "cannot-tell",
         "none reached"),
    TEST(heard_after_the_first_sending, "not-delivered", "network-or-multiplexer", "3 times in"),
    TEST(window_zero_and_two_probes, "peer-not-reading", "multiplexer", "did not read"),
    TEST(window_zero_and_three_probes, "not-delivered", "network-or-multiplexer",
         "none of the 3 probes"),
    TEST(held_back, "capture-hole", "cannot-tell", "TCP holds back 28 bytes"),
    TEST(little_seen, "capture-hole", "cannot-tell", "Fewer than two Pings"),
};

static void format_time(trade_time_t when, char *text, size_t size)
{
    snprintf(text, size, "%.3f", (double)when / 1e9 - 1000);
}

static GSList *allocated; /* for the case that is played */

static void *allocate(size_t size)
{
    allocated = g_slist_prepend(allocated, g_malloc0(size));
    return allocated->data;
}

/* Plays a case and returns what is found. */
static trade_judgement_t play_case(const test_t *test, char *text, size_t size)
{
    play_t *play = g_new0(play_t, 1);
    const trade_naming_t naming = { { "the module", "the Multiplexer" }, 7, format_time };
    trade_judgement_t judgement;

    trade_evidence_init(&play->judge.evidence, allocate);
    play->court.usual = 30 * TRADE_SECOND;
    play->court.limit = 90 * TRADE_SECOND;
    for (unsigned side = 0; side < 2; side++) {
        play->seq[side] = play->ack[side] = 0xfffffff0; /* it wraps */
        play->window[side] = 511;
        play->ip_id[side] = (uint16_t)(100 + side * 1000);
        play->judge.evidence.sides[side].host = &play->hosts[side];
    }
    play->judge.evidence.module = MODULE;
    test->run(play);
    trade_judge_conclude(&play->judge, &play->court, play->held, &judgement);
    trade_finding_explain(&judgement.worst, &naming, text, size);
    g_slist_free_full(allocated, g_free);
    allocated = NULL;
    g_free(play);
    return judgement;
}

int main(void)
{
    bool is_met[RULES] = { false };
    unsigned failed = 0;

    for (unsigned i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        char text[2048];
        const trade_judgement_t judgement = play_case(&tests[i], text, sizeof text);
        const char *word = trade_verdict_get_word(judgement.worst.verdict);
        const char *where = trade_where_get_word(judgement.worst.where);
        const bool has_filter = strstr(text, " Filter: ") || text[0] == '\0';
        if (strcmp(word, tests[i].word) != 0 || strcmp(where, tests[i].where) != 0 ||
            !strstr(text, tests[i].says) || !has_filter) {
            printf("%s: %s, %s: %s\n", tests[i].name, word, where, text);
            failed++;
        }
        if (judgement.worst.verdict < TRADE_VERDICT_IDLE)
            is_met[judgement.worst.rule] = true;
    }
    for (unsigned i = 0; i < RULES; i++) {
        if (is_met[i])
            continue;
        printf("no case meets rule %u: %s\n", i, verdict_words[rules[i].verdict]);
        failed++;
    }
    printf("evidence and judgement of a connection: %zu bytes\n", sizeof(trade_judge_t));
    return failed > 0;
}
