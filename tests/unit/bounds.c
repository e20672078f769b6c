/* bounds.c
 * Each number in the rules of docs/VERDICTS.md, by a case on both sides of it: the same connection
 * twice, where what varies just reaches the number, or just does not.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/facts.c"
#include "tests/unit/play.h"

/* The module pings every 30 s up to 90 s, as in all cases but where the text says otherwise; then
 * 120 s is when it is due. */

/* Bytes that the other side acknowledges, and has nothing to send then. */
static void ask(play_t *play, double seconds, unsigned side)
{
    send(play, seconds, side, 20, true);
    ack(play, seconds, !side);
}

/* ---- How long a gap is ---- */

static void next_ping_after(play_t *play)
{
    module_rounds(play, 0, 4);
    round_of(play, 90 + play->bound, MODULE);
}

/* Heard up to the end of the capture. */
static void none_for(play_t *play)
{
    rounds(play, 0, 4);
    multiplexer_rounds(play, 4, 6);
    until(play, 90 + play->bound);
}

/* Its own interval is 10 s, the preference's is 30 s. */
static void short_interval_and_none_for(play_t *play)
{
    for (int n = 0; n < 12; n++)
        round_of(play, n * 10, MODULE);
    for (int n = 12; n < 16; n++)
        ask(play, n * 10, MULTIPLEXER);
    until(play, 110 + play->bound);
}

/* The same, but for the capture's clock, which is set forward by an hour in between. */
static void short_interval_and_clock_set_and_none_for(play_t *play)
{
    for (int n = 0; n < 12; n++)
        round_of(play, n * 10, MODULE);
    clock_is_set(play, 111, 3712);
    for (int n = 0; n < 8; n++)
        ask(play, 3716 + n * 6, MULTIPLEXER);
    until(play, 3710 + play->bound);
}

/* That the clock was set shows later, by the Ping that ends the gap. */
static void clock_was_set_it_turns_out_and_none_for(play_t *play)
{
    for (int n = 0; n < 12; n++)
        round_of(play, n * 10, MODULE);
    for (int n = 0; n < 7; n++)
        ask(play, 3716 + n * 6, MULTIPLEXER);
    round_of(play, 3710 + play->bound, MODULE);
    const uint32_t last = play->frame;
    play->frame = play->pings[MODULE] - 1;
    clock_is_set(play, 111, 3712);
    play->frame = last;
}

/* A Ping of 10 bytes, of which so many were acknowledged before anything was captured of it. */
static void acknowledged_before_by(play_t *play)
{
    play->ack[MULTIPLEXER] += (uint32_t)play->bound;
    ack(play, 0, MULTIPLEXER);
    ping(play, 0.1, MODULE);
    ack(play, 0.2, MULTIPLEXER);
    module_rounds(play, 1, 5);
    until(play, 130);
}

static void had_nothing_to_send_at(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 110, MULTIPLEXER);
    ask(play, play->bound, MULTIPLEXER);
    for (int n = 0; n < 3; n++)
        ack(play, 150 + n * 20, MULTIPLEXER);
    until(play, 200);
}

/* The peer could take a Ping from then on. */
static void could_take_one_from(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 200;
    for (int n = 0; n < 3; n++)
        ack(play, 100 + n * 30, MULTIPLEXER);
    play->window[MULTIPLEXER] = 511;
    ack(play, play->bound, MULTIPLEXER);
    until(play, 210);
}

/* The peer showed so until then. */
static void could_take_one_until(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, play->bound, MULTIPLEXER);
    for (int n = 0; n < 3; n++)
        ack(play, 125 + n * 25, MODULE);
    until(play, 200);
}

static void answers_a_question_with(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 115, MULTIPLEXER);
    send(play, 140, MULTIPLEXER, 20, true);
    send(play, 140, MODULE, (uint32_t)play->bound, true);
    ack(play, 160, MULTIPLEXER);
    until(play, 190);
}

/* Neither side is seen for so long. */
static void quiet_for(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 115, MULTIPLEXER);
    ask(play, 140.5, MULTIPLEXER);
    ack(play, 140.5 + play->bound, MULTIPLEXER);
    until(play, 196);
}

/* ---- Windows ---- */

static void closed_from_due_until(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 3; n++)
        ack(play, 110 + n * 30, MULTIPLEXER);
    play->window[MULTIPLEXER] = 511;
    ack(play, play->bound, MULTIPLEXER);
    ack(play, 210, MULTIPLEXER);
    until(play, 240);
}

/* Within a sixth of an interval after the Ping was due still counts as closed when due. */
static void closed_from(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, play->bound, MULTIPLEXER);
    for (int n = 0; n < 3; n++)
        ack(play, 150 + n * 30, MULTIPLEXER);
    until(play, 240);
}

static void both_closed_and_one_from(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 3; n++)
        ack(play, 110 + n * 25, MULTIPLEXER);
    play->window[MODULE] = 0;
    ack(play, play->bound, MODULE);
    for (int n = 0; n < 3; n++)
        ack(play, 190 + n * 20, MULTIPLEXER);
    until(play, 240);
}

/* The peer shows its window closed until that time, and answers two probes no more. */
static void shown_closed_until(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 110, MULTIPLEXER);
    ack(play, 140, MULTIPLEXER);
    ack(play, play->bound, MULTIPLEXER);
    probe(play, 190, MODULE);
    probe(play, 200, MODULE);
    until(play, 240);
}

/* It is asked so often, and does not answer. */
static void asked_so_often(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 110, MULTIPLEXER);
    ack(play, 140, MULTIPLEXER);
    for (int n = 0; n < (int)play->bound; n++)
        probe(play, 190 + n * 10, MODULE);
    until(play, 240);
}

/* A window that closes again soon is one that flaps. */
static void closes_again_after(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 110, MULTIPLEXER);
    play->window[MULTIPLEXER] = 511;
    ack(play, 123, MULTIPLEXER);
    play->window[MULTIPLEXER] = 0;
    ack(play, 123 + play->bound, MULTIPLEXER);
    for (int n = 0; n < 3; n++)
        ack(play, 150 + n * 30, MULTIPLEXER);
    until(play, 240);
}

/* Of the bytes up to the edge of the window, so many at the start were not captured, nor
 * acknowledged. */
static void full_but_for(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->seq[MODULE] += (uint32_t)play->bound;
    send(play, 100, MODULE, 600 - (uint32_t)play->bound, false);
    play->window[MULTIPLEXER] = 605;
    for (int n = 4; n < 8; n++)
        ping(play, n * 30 + 1, MULTIPLEXER);
    until(play, 240);
}

/* So many bytes before them were not captured, but acknowledged: the window is full. */
static void full_after(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->seq[MODULE] += (uint32_t)play->bound;
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    send(play, 100, MODULE, 600, false);
    play->window[MULTIPLEXER] = 605;
    for (int n = 4; n < 8; n++)
        ping(play, n * 30 + 1, MULTIPLEXER);
    until(play, 240);
}

/* Bytes in the middle were not captured, and the window is so large: too small for a Ping anyhow,
 * or not. */
static void behind_a_hole_with_a_window_of(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    send(play, 100, MODULE, 200, false);
    play->seq[MODULE] += 200;
    send(play, 100, MODULE, 200, false);
    play->window[MULTIPLEXER] = (uint32_t)play->bound;
    for (int n = 4; n < 8; n++)
        ping(play, n * 30 + 1, MULTIPLEXER);
    until(play, 240);
}

/* ---- Delivery ---- */

/* Bytes of a side that it sends three times within a second, and that are not acknowledged. */
static void send_in_vain(play_t *play, double seconds, unsigned side)
{
    send(play, seconds, side, 10, false);
    resend(play, seconds, side, 2);
}

static void sent_in_vain_at(play_t *play)
{
    module_rounds(play, 0, 4);
    send_in_vain(play, play->bound, MODULE);
    until(play, 240);
}

static void sent_so_often(play_t *play)
{
    module_rounds(play, 0, 4);
    send(play, 110, MODULE, 10, false);
    resend(play, 110, MODULE, (int)play->bound - 1);
    until(play, 240);
}

static void acknowledged_at(play_t *play)
{
    module_rounds(play, 0, 4);
    send_in_vain(play, 110, MODULE);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, play->bound, MULTIPLEXER);
    until(play, 160);
}

static void acknowledged_before_the_end_by(play_t *play)
{
    module_rounds(play, 0, 4);
    send_in_vain(play, 110, MODULE);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 125, MULTIPLEXER);
    until(play, 125 + play->bound);
}

/* A wait for an acknowledgement that was shorter is not remembered. */
static void acknowledged_after(play_t *play)
{
    module_rounds(play, 0, 4);
    send(play, 119.5, MODULE, 10, false);
    send_again(play, 119.7, MODULE, 10);
    send_again(play, 119.9, MODULE, 10);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 119.5 + play->bound, MULTIPLEXER);
    until(play, 160);
}

static void peer_sent_in_vain_at(play_t *play)
{
    module_rounds(play, 0, 4);
    send_in_vain(play, play->bound, MULTIPLEXER);
    until(play, 240);
}

/* A frame that is captured twice at once is not retransmitted. */
static void sent_again_without_ids_after(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < 3; n++) {
        trade_segment_t segment = make(play, 110 + n * play->bound, MODULE);
        segment.length = 10;
        segment.ip_id = 0;
        add(play, &segment);
    }
    play->seq[MODULE] += 10;
    until(play, 240);
}

/* ---- Bytes that are missing ---- */

/* One byte may be a FIN. */
static void acknowledges_more_than_was_seen_by(play_t *play)
{
    module_rounds(play, 0, 4);
    play->ack[MULTIPLEXER] += (uint32_t)play->bound;
    ack(play, 140, MULTIPLEXER);
    until(play, 200);
}

static void could_not_be_told_so_often(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 110, MODULE);
    trade_evidence_set_uncertain(&play->health.evidence, MODULE, (uint32_t)play->bound, false);
    until(play, 200);
}

static void is_cut(play_t *play)
{
    module_rounds(play, 0, 4);
    trade_segment_t segment = make(play, 110, MODULE);
    segment.length = 20;
    segment.is_cut = play->bound > 0;
    add(play, &segment);
    until(play, 200);
}

/* ---- The capture ---- */

static void time_goes_back_by(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 100, MODULE);
    ack(play, 100 - play->bound, MODULE);
}

/* Of two capture points, one shows bytes so long before the other. */
static void other_point_shows_bytes_before(play_t *play)
{
    module_rounds(play, 0, 4);
    play->health.evidence.skew.lead = at(play->bound) - at(0);
}

/* RSTs claiming to be from both sides come so long after each other. */
static void both_sides_reset_within(play_t *play)
{
    rounds(play, 0, 4);
    rst_of(play, 100, MULTIPLEXER, 61, 0);
    rst_of(play, 100 + play->bound, MODULE, 61, 0);
}

/* Bytes that come so long after they were acknowledged, so often. */
static void come_after_acknowledgement(play_t *play, double later, int times)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < times; n++) {
        play->ack[MULTIPLEXER] = play->seq[MODULE] + 20;
        ack(play, 100 + n * 10, MULTIPLEXER);
        send(play, 100 + n * 10 + later, MODULE, 20, true);
    }
}

static void bytes_come_after_their_acknowledgement_by(play_t *play)
{
    come_after_acknowledgement(play, play->bound, 2);
}

static void bytes_come_after_their_acknowledgement_so_often(play_t *play)
{
    come_after_acknowledgement(play, 5, (int)play->bound);
}

static void old_acknowledgement_after(play_t *play)
{
    module_rounds(play, 0, 4);
    send(play, 99, MODULE, 20, true);
    ack(play, 100, MULTIPLEXER);
    play->ack[MULTIPLEXER] -= 20;
    ack(play, 100 + play->bound, MULTIPLEXER);
    ack(play, 101 + play->bound, MULTIPLEXER);
}

/* Pings that were captured twice, so long apart, so often. */
static void captured_twice(play_t *play, double later, int times)
{
    module_rounds(play, 0, 4);
    for (int n = 4; n < 4 + times; n++) {
        ping(play, n * 30, MODULE);
        play->ip_id[MODULE]--;
        send_again(play, n * 30 + later, MODULE, 10);
        pong(play, n * 30 + 6, MODULE);
    }
}

static void frames_captured_twice_after(play_t *play)
{
    captured_twice(play, play->bound, 2);
}

static void frames_captured_twice_so_often(play_t *play)
{
    captured_twice(play, 5, (int)play->bound);
}

/* The clock is set forward by 60 s in a gap of that length. */
static void clock_is_set_in_a_gap_of(play_t *play)
{
    module_rounds(play, 0, 4);
    clock_is_set(play, 92, 153);
    round_of(play, 90 + play->bound, MODULE);
}

/* So the clocks in later PDUs show. */
static void clock_was_set_in_a_gap_of(play_t *play)
{
    module_rounds(play, 0, 4);
    round_of(play, 90 + play->bound, MODULE);
    clock_is_set(play, 92, 153);
}

/* By its PDUs, the Multiplexer's clock is a minute behind since 153: so it would be if the
 * capture's was set by that. But the module retransmits so often meanwhile, as TCP does: the
 * network is that slow. */
static void clock_seems_set_while_retransmitted(play_t *play)
{
    rounds(play, 0, 4);
    send(play, 93, MODULE, 10, false);
    resend_some(play, 93, MODULE, 0, (int)play->bound);
    clock_is_set(play, 92, 153);
    until(play, 211);
}

static void clock_is_set_in_a_wait_of(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    ack(play, 120, MULTIPLEXER);
    clock_is_set(play, 120.5, 135.5); /* 14 s */
    ack(play, 136, MULTIPLEXER);
    rst(play, 120 + play->bound, MODULE);
}

/* The module pings on; a Pong comes after that time. */
static void pong_after(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ping(play, 145, MODULE);
    ping(play, 165, MODULE);
    pong_for(play, 120 + play->bound, MODULE, first, 120);
}

static void clock_is_set_before_a_pong_after(play_t *play)
{
    clock_is_set(play, 141, 165); /* 23 s */
    pong_after(play);
}

static void clock_was_set_before_a_pong_after(play_t *play)
{
    pong_after(play);
    clock_is_set(play, 141, 165);
}

/* Nothing of two connections comes for so long. */
static void pause_of(play_t *play)
{
    module_rounds(play, 0, 4);
    other(play, 100.5);
    round_of(play, 100.5 + play->bound, MODULE);
}

/* Nothing of two connections comes for 75 s of such a gap. */
static void pause_in_a_gap_of(play_t *play)
{
    module_rounds(play, 0, 4);
    other(play, 95);
    for (int n = 0; n < 3; n++)
        ack(play, 170 + n * 25, MULTIPLEXER);
    round_of(play, 90 + play->bound, MODULE);
}

static void pause_in_a_wait_of(play_t *play)
{
    module_rounds(play, 0, 4);
    other(play, 95);
    ping(play, 120, MODULE);
    ack(play, 120.5, MULTIPLEXER);
    ping(play, 156.5, MODULE); /* 36 s */
    rst(play, 120 + play->bound, MODULE);
}

static void pause_before_a_pong_after(play_t *play)
{
    module_rounds(play, 0, 4);
    other(play, 95);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120.5, MULTIPLEXER);
    round_of(play, 156.5, MODULE); /* 36 s */
    round_of(play, 190, MODULE);
    pong_for(play, 120 + play->bound, MODULE, first, 120);
}

/* Two connections are counted in each minute, from 0 on. After a pause of more than another minute,
 * those of before it may be gone. */
static void alone_after_a_pause_until(play_t *play)
{
    module_rounds(play, 0, 4);
    other(play, 95);
    round_of(play, play->bound, MODULE);
    round_of(play, 240, MODULE);
}

/* ---- Pings without a Pong ---- */

static void waits_for(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    ack(play, 120, MULTIPLEXER);
    rst(play, 120 + play->bound, MODULE);
}

/* The answering side had nothing to send at that time. */
static void had_no_pong_to_send_at(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    ack(play, 120.5, MULTIPLEXER);
    ask(play, play->bound, MODULE);
    rst(play, 155, MODULE);
}

static void could_take_a_pong_from(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MODULE] = 200;
    ping(play, 120, MODULE);
    ack(play, 120.5, MULTIPLEXER);
    play->window[MODULE] = 511;
    ack(play, play->bound, MODULE);
    rst(play, 160, MODULE);
}

static void window_of_the_asking_closed_until(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MODULE] = 0;
    ping(play, 120, MODULE);
    ack(play, 120.5, MULTIPLEXER);
    ack(play, 135, MODULE);
    play->window[MODULE] = 511;
    ack(play, play->bound, MODULE);
    rst(play, 160, MODULE);
}

static void window_of_the_asking_closed_from(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    ack(play, 120.5, MULTIPLEXER);
    play->window[MODULE] = 0;
    ack(play, play->bound, MODULE);
    ack(play, 140, MODULE);
    rst(play, 160, MODULE);
}

static void asked_behind_bytes_sent_in_vain_at(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    send_in_vain(play, 120 + play->bound, MODULE);
    until(play, 160);
}

static void answered_behind_bytes_sent_in_vain_at(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    ack(play, 120.5, MULTIPLEXER);
    send_in_vain(play, play->bound, MULTIPLEXER);
    rst(play, 160, MODULE);
}

/* ---- Pongs that come late ---- */

static void answered_after(play_t *play)
{
    pong_after(play);
}

/* A Ping of 120 s, which is acknowledged at a time and answered 80 s after; the answering side has
 * nothing to send at another time. */
static void answered_in_80_s(play_t *play, double acked, double idle)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, acked, MULTIPLEXER);
    round_of(play, 145, MODULE);
    round_of(play, idle, MODULE);
    pong_for(play, 200, MODULE, first, 120);
}

static void answered_after_a_ping_that_was_acknowledged_at(play_t *play)
{
    answered_in_80_s(play, play->bound, 185);
}

static void answered_and_had_nothing_to_send_at(play_t *play)
{
    answered_in_80_s(play, 120, play->bound);
}

static void window_of_the_asking_closed_before_a_pong_until(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MODULE] = 0;
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 135, MODULE);
    play->window[MODULE] = 511;
    ack(play, play->bound, MODULE);
    ping(play, 160, MODULE);
    pong_for(play, 180, MODULE, first, 120);
}

/* The side whose Pong comes at 200 s pings again that long after it. */
static void came_back_and_pinged_after(play_t *play)
{
    rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120, MULTIPLEXER);
    module_rounds(play, 5, 7);
    pong_for(play, 200, MODULE, first, 120);
    module_rounds(play, 7, 9);
    round_of(play, 200 + play->bound, MULTIPLEXER);
}

/* ---- Resets ---- */

/* An RST of the Multiplexer so far from what is due. */
static void rst_far_by(play_t *play)
{
    trade_segment_t segment = make(play, 100, MULTIPLEXER);

    segment.flags |= TRADE_TCP_RST;
    segment.seq += (uint32_t)(int32_t)play->bound;
    add(play, &segment);
}

/* The module's window is 511 bytes. */
static void reset_from_the_window_by(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    rst_far_by(play);
}

static void reset_from_a_window_of_unknown_scale_by(play_t *play)
{
    rounds(play, 0, 4);
    rst_far_by(play);
}

/* An RST whose IP id is so far from its side's. */
static void reset_with_an_id_further_by(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 128, (uint16_t)(play->ip_id[MULTIPLEXER] + (int)play->bound));
}

static void reset_by_another_path_with_an_id_further_by(play_t *play)
{
    rounds(play, 0, 4);
    rst_with(play, 100, 61, (uint16_t)(play->ip_id[MULTIPLEXER] + (int)play->bound));
}

static void reset_by_another_path_with_an_id_further_than_its_hosts_by(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds_beside(play, 0, 4, 0);
    for (int n = 0; n < 25; n++) {
        play->ip_id[MULTIPLEXER] += 200;
        exchange(play, 93 + n * 0.1, 0);
    }
    play->seq[MULTIPLEXER] += 0x100000;
    rst_with(play, 100, 61, (uint16_t)(play->hosts[MULTIPLEXER].ip_id + (int)play->bound));
    exchange(play, 101, 0);
}

/* The host has so many TTLs beside its usual one; outside the window. */
static void reset_of_a_host_of_other_ttls(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    for (int n = 1; n <= (int)play->bound; n++)
        sibling(play, 95, MULTIPLEXER, (uint8_t)(128 - n));
    play->seq[MULTIPLEXER] += 0x100000;
    rst_with(play, 100, 61, 0);
    sibling(play, 101, MULTIPLEXER, 128);
}

/* Three hops less are as many from 64 as from 128. */
static void reset_with_ttl(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds_beside(play, 0, 4, 0);
    play->seq[MULTIPLEXER] += 0x100000;
    rst_with(play, 100, (uint8_t)play->bound, 0);
    exchange(play, 101, 0);
}

/* One byte is a probe. */
static void reset_and_sends_on_with(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    send(play, 101, MULTIPLEXER, (uint32_t)play->bound, true);
}

/* So far from what comes next: before it, it is a copy. */
static void reset_and_sends_on_from(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    play->seq[MULTIPLEXER] -= (uint32_t)play->bound;
    send(play, 101, MULTIPLEXER, 20, true);
}

/* ---- What looks like proof, and is none ---- */

/* The Ping itself acknowledges what would show that it was not waiting. */
static void question_is_answered_by_the_ping(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 115, MULTIPLEXER);
    ack(play, 140, MULTIPLEXER);
    send(play, 170, MULTIPLEXER, 20, true);
    ping(play, 185, MODULE);
}

static void question_is_answered_by_the_pong(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    const uint32_t first = play->pings[MODULE];
    ack(play, 120, MULTIPLEXER);
    round_of(play, 145, MODULE);
    ping(play, 175, MODULE);
    pong_for(play, 200, MODULE, first, 120);
}

/* Who answers had sent bytes meanwhile: so it had some to send. */
static void answers_behind_bytes(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 115, MULTIPLEXER);
    const uint32_t acked = play->ack[MODULE];
    send(play, 140, MULTIPLEXER, 20, true);
    const uint32_t next = play->ack[MODULE];
    play->ack[MODULE] = acked;
    send(play, 140, MODULE, 20, true);
    play->ack[MODULE] = next;
    ack(play, 141, MODULE);
    ack(play, 160, MULTIPLEXER);
    until(play, 190);
}

static void had_nothing_to_send_before_the_window_closed(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 110, MULTIPLEXER);
    ask(play, 136, MULTIPLEXER);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 3; n++)
        ack(play, 150 + n * 30, MULTIPLEXER);
    until(play, 240);
}

/* Two Pings show no interval. */
static void had_nothing_to_send_by_the_preference(play_t *play)
{
    round_of(play, 0, MODULE);
    round_of(play, 30, MODULE);
    for (int n = 0; n < 6; n++)
        ask(play, 40 + n * 20, MULTIPLEXER);
    until(play, 150);
}

/* The clock is set by 34 s before. */
static void had_nothing_to_send_after_a_step_at(play_t *play)
{
    module_rounds(play, 0, 4);
    ack(play, 95, MULTIPLEXER);
    clock_is_set(play, 95, 130);
    ack(play, 130, MULTIPLEXER);
    ack(play, 150, MULTIPLEXER);
    ask(play, play->bound, MULTIPLEXER);
    ack(play, 200, MULTIPLEXER);
    until(play, 220);
}

/* Heard once, before several retransmissions. */
static void heard_before_many_retransmissions(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 5);
    send(play, 125, MULTIPLEXER, 20, false);
    resend_some(play, 120, MODULE, 5, 8);
    rst(play, 210, MODULE);
}

/* The window is closed again and again, for so long of each two seconds. */
static void flaps(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < 60; n++) {
        play->window[MULTIPLEXER] = 0;
        ack(play, 120 + n * 2, MULTIPLEXER);
        play->window[MULTIPLEXER] = 511;
        ack(play, 120 + n * 2 + play->bound, MULTIPLEXER);
    }
    until(play, 240);
}

/* So often that the oldest times are kept as one. */
static void closes_ten_times(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < 10; n++) {
        play->window[MULTIPLEXER] = 0;
        ack(play, 120 + n * 12, MULTIPLEXER);
        play->window[MULTIPLEXER] = 511;
        ack(play, 120 + n * 12 + 8, MULTIPLEXER);
    }
    until(play, 240);
}

static void probes_were_answered(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = 0;
    ack(play, 110, MULTIPLEXER);
    probe(play, 112, MODULE);
    probe(play, 113, MODULE);
    ack(play, 114, MULTIPLEXER);
    until(play, 240);
}

static void nothing_more_comes_of_it(play_t *play)
{
    module_rounds(play, 0, 4);
    trade_evidence_set_uncertain(&play->health.evidence, MODULE, 0, play->bound > 0);
    until(play, 200);
}

static void nothing_more_comes_of_who_answers(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    trade_evidence_set_uncertain(&play->health.evidence, MULTIPLEXER, 0, play->bound > 0);
    rst(play, 160, MODULE);
}

static void who_answers_closes_after(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    fin(play, 120 + play->bound, MULTIPLEXER);
    ack(play, 155, MODULE);
    until(play, 160);
}

static void pause_after_one_ping(play_t *play)
{
    round_of(play, 0, MODULE);
    other(play, 1);
    ack(play, 50, MODULE);
    until(play, 51);
}

/* Its own interval is 60 s. */
static void pause_of_a_longer_interval(play_t *play)
{
    for (int n = 0; n < 4; n++)
        round_of(play, n * 60, MODULE);
    ack(play, 200, MULTIPLEXER);
    other(play, 205.5);
    round_of(play, 205.5 + play->bound, MODULE);
}

/* The Ping is acknowledged so long before the end. */
static void ping_arrives_before_the_end_by(play_t *play)
{
    module_rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 7);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 151, MULTIPLEXER);
    round_of(play, 155, MODULE);
    round_of(play, 185, MODULE);
    rst(play, 151 + play->bound, MODULE);
}

/* A gap of two intervals, and the next Ping so long after it. */
static void left_out_and_the_next_after(play_t *play)
{
    rounds(play, 0, 4);
    round_of(play, 110, MULTIPLEXER);
    round_of(play, 136, MULTIPLEXER);
    round_of(play, 150, MODULE);
    round_of(play, 150 + play->bound, MODULE);
}

/* A new interval excuses no gap before it. */
static void gap_before_a_new_interval(play_t *play)
{
    module_rounds(play, 0, 6);
    for (int n = 0; n < 4; n++)
        round_of(play, 150 + play->bound + n * 60, MODULE);
}

/* Gaps in which Pings may be missing in the capture show no interval. */
static void gaps_with_holes(play_t *play)
{
    for (int n = 0; n < 5; n++) {
        round_of(play, n * 60, MODULE);
        if (n < 3 && play->bound > 0)
            play->seq[MODULE] += 10;
        play->ack[MULTIPLEXER] = play->seq[MODULE];
    }
}

/* Three that are late, and then one that is worse. */
static void worst_of_four(play_t *play)
{
    static const int pings[] = { 0, 30, 60, 106, 136, 166, 212, 242, 272, 318, 348, 378 };

    for (unsigned n = 0; n < sizeof pings / sizeof pings[0]; n++)
        round_of(play, pings[n], MODULE);
    for (int n = 0; n < 4; n++)
        ask(play, 390 + n * 25, MULTIPLEXER);
    round_of(play, 480, MODULE);
    round_of(play, 510, MODULE);
}

/* Keepalives and probes have any acknowledgement. */
static void old_acknowledgement_with(play_t *play)
{
    module_rounds(play, 0, 4);
    send(play, 99, MODULE, 20, true);
    ack(play, 100, MULTIPLEXER);
    for (int n = 0; n < 2; n++) {
        trade_segment_t segment = make(play, 110 + n, MULTIPLEXER);
        segment.ack -= 20;
        segment.seq -= 1;
        segment.length = (uint32_t)play->bound;
        add(play, &segment);
    }
}

/* Where ids do not count up, the same one is no sign of the same frame. */
static void keepalives_of_one_id(play_t *play)
{
    module_rounds(play, 0, 2);
    play->health.evidence.sides[MODULE].ip_ids = 0;
    for (int n = 0; n < 5; n++) {
        probe(play, 35 + n * 4, MODULE);
        play->ip_id[MODULE]--;
    }
    module_rounds(play, 2, 4);
}

/* A Ping is captured again, so much later, when another frame came meanwhile. */
static void ping_captured_again_behind_another_after(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 4; n < 6; n++) {
        ping(play, n * 30, MODULE);
        const uint16_t id = play->ip_id[MODULE];
        ack(play, n * 30 + 1, MODULE);
        trade_segment_t segment = make(play, n * 30 + play->bound, MODULE);
        segment.seq -= 10;
        segment.length = 10;
        segment.ip_id = id;
        add(play, &segment);
        pong(play, n * 30 + 6, MODULE);
    }
}

/* All frames of the module have one IP id. */
static void sent_again_with_one_id_after(play_t *play)
{
    module_rounds(play, 0, 4);
    play->health.evidence.sides[MODULE].ip_ids = 0;
    for (int n = 0; n < 3; n++) {
        trade_segment_t segment = make(play, 110 + n * play->bound, MODULE);
        play->ip_id[MODULE]--;
        segment.length = 10;
        add(play, &segment);
    }
    play->seq[MODULE] += 10;
    until(play, 240);
}

/* What is sent into a closed window again and again are probes. */
static void sent_again_while_the_window_was(play_t *play)
{
    module_rounds(play, 0, 4);
    play->window[MULTIPLEXER] = (uint32_t)play->bound;
    ack(play, 110, MULTIPLEXER);
    send_in_vain(play, 111, MODULE);
    play->window[MULTIPLEXER] = 511;
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    ack(play, 125, MULTIPLEXER);
    until(play, 160);
}

/* An RST of the Multiplexer that TCP ignores: it ends nothing, sends nothing and acknowledges
 * nothing. */
static void rst_outside(play_t *play, double seconds)
{
    trade_segment_t segment = make(play, seconds, MULTIPLEXER);

    segment.flags |= TRADE_TCP_RST;
    segment.seq += 100000;
    segment.ack = play->seq[MODULE];
    add(play, &segment);
}

static void reset_outside_and_silent(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    rst_outside(play, 92);
    module_rounds(play, 4, 8);
}

static void reset_outside_acknowledges_a_lost_ping(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend(play, 120, MODULE, 3);
    rst_outside(play, 125);
    until(play, 200);
}

/* An RST has any acknowledgement. */
static void resets_with_an_old_acknowledgement(play_t *play)
{
    module_rounds(play, 0, 4);
    for (int n = 0; n < 2; n++) {
        trade_segment_t segment = make(play, 100 + n, MULTIPLEXER);
        segment.flags |= TRADE_TCP_RST;
        segment.ack -= 20;
        add(play, &segment);
    }
}

/* Segments far from the module's were seen, or not. */
static void reset_and_goes_on_among_strays(play_t *play)
{
    rounds(play, 0, 4);
    play->health.evidence.sides[MODULE].unrelated = (uint32_t)play->bound;
    rst(play, 100, MULTIPLEXER);
    send(play, 101, MULTIPLEXER, 20, true);
}

static void reset_and_goes_on_and_resets(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    rounds(play, 4, 6);
    rst(play, 155, MULTIPLEXER);
}

static void reset_and_goes_on_and_does_not_read(play_t *play)
{
    rounds(play, 0, 4);
    rst(play, 100, MULTIPLEXER);
    rounds(play, 4, 6);
    play->window[MULTIPLEXER] = 0;
    for (int n = 0; n < 10; n++)
        ack(play, 155 + n * 10, MULTIPLEXER);
}

/* Outside the window, with another TTL; the ends had another connection before, or not. */
static void reset_outside_with_another_ttl(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->health.evidence.is_another = play->bound > 0;
    play->seq[MULTIPLEXER] += 0x100000;
    rst_with(play, 100, 61, 0);
    sibling(play, 101, MULTIPLEXER, 128);
}

/* Its host has the usual TTL so long after it. */
static void reset_outside_before(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    play->seq[MULTIPLEXER] += 0x100000;
    rst_with(play, 100, 61, 0);
    sibling(play, 100 + play->bound, MULTIPLEXER, 128);
}

/* Behind more bytes than the window has room for. */
static void reset_behind_bytes(play_t *play)
{
    handshake(play, 0.001, 0.001);
    rounds(play, 0, 4);
    send(play, 99, MULTIPLEXER, 600, false);
    rst_far_by(play);
}

static const test_t tests[] = {
    BOUND(next_ping_after, 45, "ok", "-"),
    BOUND(next_ping_after, 45.001, "late", "cannot-tell"),
    BOUND(next_ping_after, 59.999, "late", "cannot-tell"),
    BOUND(next_ping_after, 60, "ping-missing", "cannot-tell"),
    BOUND(none_for, 90, "ping-missing", "cannot-tell"),
    BOUND(none_for, 90.001, "ping-missing", "module"),
    BOUND(short_interval_and_none_for, 45, "ping-missing", "cannot-tell"),
    BOUND(short_interval_and_none_for, 45.001, "ping-missing", "module"),
    BOUND(acknowledged_before_by, 0, "ping-unanswered", "multiplexer"),
    BOUND(acknowledged_before_by, 1, "ok", "-"),
    BOUND(clock_was_set_it_turns_out_and_none_for, 45, "ping-missing", "cannot-tell"),
    BOUND(clock_was_set_it_turns_out_and_none_for, 45.001, "ping-missing", "module"),
    BOUND(short_interval_and_clock_set_and_none_for, 45, "ping-missing", "cannot-tell"),
    BOUND(short_interval_and_clock_set_and_none_for, 45.001, "ping-missing", "module"),
    BOUND(had_nothing_to_send_at, 135, "ping-missing", "module"),
    BOUND(had_nothing_to_send_at, 134.999, "ping-missing", "network-or-module"),
    BOUND(could_take_one_from, 195, "ping-missing", "network-or-module"),
    BOUND(could_take_one_from, 195.001, "ping-missing", "cannot-tell"),
    BOUND(could_take_one_until, 120, "ping-missing", "network-or-module"),
    BOUND(could_take_one_until, 119.999, "ping-missing", "cannot-tell"),
    BOUND(answers_a_question_with, 535, "ping-missing", "module"),
    BOUND(answers_a_question_with, 536, "ping-missing", "network-or-module"),
    BOUND(quiet_for, 35.999, "ping-missing", "module"),
    BOUND(quiet_for, 36, "ping-missing", "cannot-tell"),

    BOUND(closed_from_due_until, 180, "peer-not-reading", "multiplexer"),
    BOUND(closed_from_due_until, 179.999, "ping-missing", "network-or-module"),
    BOUND(closed_from, 125, "peer-not-reading", "multiplexer"),
    BOUND(closed_from, 125.001, "ping-missing", "cannot-tell"),
    BOUND(both_closed_and_one_from, 180, "peer-not-reading", "cannot-tell"),
    BOUND(both_closed_and_one_from, 180.001, "peer-not-reading", "multiplexer"),
    BOUND(shown_closed_until, 180, "peer-not-reading", "multiplexer"),
    BOUND(shown_closed_until, 179.999, "peer-not-reading", "network-or-multiplexer"),
    BOUND(asked_so_often, 1, "peer-not-reading", "multiplexer"),
    BOUND(asked_so_often, 2, "peer-not-reading", "network-or-multiplexer"),
    BOUND(closes_again_after, 3, "peer-not-reading", "multiplexer"),
    BOUND(closes_again_after, 3.001, "ping-missing", "cannot-tell"),

    BOUND(sent_in_vain_at, 120, "not-delivered", "network-or-multiplexer"),
    BOUND(sent_in_vain_at, 120.001, "ping-missing", "cannot-tell"),
    BOUND(sent_so_often, 3, "not-delivered", "network-or-multiplexer"),
    BOUND(sent_so_often, 2, "ping-missing", "cannot-tell"),
    BOUND(acknowledged_at, 120.001, "not-delivered", "network-or-multiplexer"),
    BOUND(acknowledged_at, 120, "ping-missing", "cannot-tell"),
    BOUND(acknowledged_before_the_end_by, 45, "not-delivered", "network-or-multiplexer"),
    BOUND(acknowledged_before_the_end_by, 45.001, "ping-missing", "cannot-tell"),
    BOUND(acknowledged_after, 1, "not-delivered", "network-or-multiplexer"),
    BOUND(acknowledged_after, 0.999, "ping-missing", "cannot-tell"),
    BOUND(peer_sent_in_vain_at, 150, "not-delivered", "network-or-module"),
    BOUND(peer_sent_in_vain_at, 150.001, "ping-missing", "cannot-tell"),
    BOUND(sent_again_without_ids_after, 0.0101, "not-delivered", "network-or-multiplexer"),
    BOUND(sent_again_without_ids_after, 0.0049, "ping-missing", "cannot-tell"),

    BOUND(acknowledges_more_than_was_seen_by, 1, "ping-missing", "cannot-tell"),
    BOUND(acknowledges_more_than_was_seen_by, 2, "capture-hole", "cannot-tell"),
    BOUND(could_not_be_told_so_often, 0, "ping-missing", "cannot-tell"),
    BOUND(could_not_be_told_so_often, 1, "capture-hole", "cannot-tell"),
    BOUND(is_cut, 0, "ping-missing", "cannot-tell"),
    BOUND(is_cut, 1, "capture-hole", "cannot-tell"),

    BOUND(other_point_shows_bytes_before, 3, "clocks-differ", "-"),
    BOUND(other_point_shows_bytes_before, 2.999, "ok", "-"),
    BOUND(both_sides_reset_within, 0.999, "reset-foreign", "network"),
    BOUND(both_sides_reset_within, 1, "reset-foreign", "cannot-tell"),
    BOUND(time_goes_back_by, 3, "clocks-differ", "-"),
    BOUND(time_goes_back_by, 2.999, "ok", "-"),
    BOUND(bytes_come_after_their_acknowledgement_by, 3, "clocks-differ", "-"),
    BOUND(bytes_come_after_their_acknowledgement_by, 2.999, "ok", "-"),
    BOUND(bytes_come_after_their_acknowledgement_so_often, 2, "clocks-differ", "-"),
    BOUND(bytes_come_after_their_acknowledgement_so_often, 1, "ok", "-"),
    BOUND(old_acknowledgement_after, 3, "clocks-differ", "-"),
    BOUND(old_acknowledgement_after, 2.999, "ok", "-"),
    BOUND(frames_captured_twice_after, 3, "clocks-differ", "-"),
    BOUND(frames_captured_twice_after, 2.999, "ok", "-"),
    BOUND(frames_captured_twice_so_often, 2, "clocks-differ", "-"),
    BOUND(frames_captured_twice_so_often, 1, "ok", "-"),
    BOUND(clock_is_set_in_a_gap_of, 150, "clocks-differ", "-"),
    BOUND(clock_is_set_in_a_gap_of, 150.001, "ping-missing", "cannot-tell"),
    BOUND(clock_was_set_in_a_gap_of, 150, "clocks-differ", "-"),
    BOUND(clock_was_set_in_a_gap_of, 150.001, "ping-missing", "cannot-tell"),
    BOUND(clock_seems_set_while_retransmitted, 8, "not-delivered", "network-or-multiplexer"),
    BOUND(clock_seems_set_while_retransmitted, 7, "clocks-differ", "-"),
    BOUND(clock_is_set_in_a_wait_of, 44, "clocks-differ", "-"),
    BOUND(clock_is_set_in_a_wait_of, 44.001, "ping-unanswered", "network-or-multiplexer"),
    BOUND(clock_is_set_before_a_pong_after, 68, "clocks-differ", "-"),
    BOUND(clock_is_set_before_a_pong_after, 68.001, "answered-late", "cannot-tell"),
    BOUND(clock_was_set_before_a_pong_after, 68, "clocks-differ", "-"),
    BOUND(clock_was_set_before_a_pong_after, 68.001, "answered-late", "cannot-tell"),
    BOUND(pause_of, 36, "capture-hole", "cannot-tell"),
    BOUND(pause_of, 35.999, "late", "cannot-tell"),
    BOUND(pause_in_a_gap_of, 165, "capture-hole", "cannot-tell"),
    BOUND(pause_in_a_gap_of, 165.001, "ping-missing", "cannot-tell"),
    BOUND(pause_in_a_wait_of, 66, "capture-hole", "cannot-tell"),
    BOUND(pause_in_a_wait_of, 66.001, "ping-unanswered", "network-or-multiplexer"),
    BOUND(pause_before_a_pong_after, 81, "capture-hole", "cannot-tell"),
    BOUND(pause_before_a_pong_after, 81.001, "answered-late", "multiplexer"),
    BOUND(alone_after_a_pause_until, 179.999, "capture-hole", "cannot-tell"),
    BOUND(alone_after_a_pause_until, 180, "ping-missing", "cannot-tell"),

    BOUND(waits_for, 29.999, "ok", "-"),
    BOUND(waits_for, 30, "ping-unanswered", "network-or-multiplexer"),
    BOUND(had_no_pong_to_send_at, 135.5, "ping-unanswered", "multiplexer"),
    BOUND(had_no_pong_to_send_at, 135.499, "ping-unanswered", "network-or-multiplexer"),
    BOUND(could_take_a_pong_from, 145, "ping-unanswered", "network-or-multiplexer"),
    BOUND(could_take_a_pong_from, 145.001, "ping-unanswered", "cannot-tell"),
    BOUND(window_of_the_asking_closed_until, 140, "peer-not-reading", "module"),
    BOUND(window_of_the_asking_closed_until, 139.999, "ping-unanswered", "network-or-multiplexer"),
    BOUND(window_of_the_asking_closed_from, 125, "peer-not-reading", "module"),
    BOUND(window_of_the_asking_closed_from, 125.001, "ping-unanswered", "cannot-tell"),
    BOUND(asked_behind_bytes_sent_in_vain_at, 0.02, "ping-unanswered", "cannot-tell"),
    BOUND(answered_behind_bytes_sent_in_vain_at, 150, "not-delivered", "network-or-module"),
    BOUND(answered_behind_bytes_sent_in_vain_at, 150.001, "ping-unanswered",
          "network-or-multiplexer"),

    BOUND(answered_after, 45, "ok", "-"),
    BOUND(answered_after, 45.001, "answered-late", "cannot-tell"),
    BOUND(answered_after_a_ping_that_was_acknowledged_at, 140, "answered-late", "multiplexer"),
    BOUND(answered_after_a_ping_that_was_acknowledged_at, 140.001, "answered-late", "cannot-tell"),
    BOUND(answered_and_had_nothing_to_send_at, 160, "answered-late", "multiplexer"),
    BOUND(answered_and_had_nothing_to_send_at, 159.999, "answered-late", "cannot-tell"),
    BOUND(window_of_the_asking_closed_before_a_pong_until, 150, "answered-late", "module"),
    BOUND(window_of_the_asking_closed_before_a_pong_until, 149.999, "answered-late", "cannot-tell"),
    BOUND(came_back_and_pinged_after, 45, "answered-late", "multiplexer"),
    BOUND(came_back_and_pinged_after, 45.001, "ping-missing", "multiplexer"),

    BOUND(reset_from_the_window_by, 512, "ok", "-"),
    BOUND(reset_from_the_window_by, 513, "reset-foreign", "cannot-tell"),
    BOUND(reset_from_the_window_by, -1, "reset-foreign", "cannot-tell"),
    BOUND(reset_from_a_window_of_unknown_scale_by, 1048576, "ok", "-"),
    BOUND(reset_from_a_window_of_unknown_scale_by, 1048577, "reset-foreign", "cannot-tell"),
    BOUND(reset_with_an_id_further_by, 4095, "ok", "-"),
    BOUND(reset_with_an_id_further_by, 4096, "reset-foreign", "cannot-tell"),
    BOUND(reset_with_an_id_further_by, -255, "ok", "-"),
    BOUND(reset_with_an_id_further_by, -256, "reset-foreign", "cannot-tell"),
    BOUND(reset_by_another_path_with_an_id_further_by, 256, "ok", "-"),
    BOUND(reset_by_another_path_with_an_id_further_by, 257, "reset-foreign", "cannot-tell"),
    BOUND(reset_by_another_path_with_an_id_further_than_its_hosts_by, 256, "reset-foreign",
          "cannot-tell"),
    BOUND(reset_by_another_path_with_an_id_further_than_its_hosts_by, 257, "reset-foreign",
          "network"),
    BOUND(reset_of_a_host_of_other_ttls, 3, "reset-foreign", "network"),
    BOUND(reset_of_a_host_of_other_ttls, 4, "reset-foreign", "cannot-tell"),
    BOUND(reset_with_ttl, 64, "reset-foreign", "cannot-tell"),
    BOUND(reset_with_ttl, 63, "reset-foreign", "network"),
    BOUND(reset_and_sends_on_with, 1, "ok", "-"),
    BOUND(reset_and_sends_on_with, 2, "reset-foreign", "network"),
    BOUND(reset_and_sends_on_from, 19, "reset-foreign", "network"),
    BOUND(reset_and_sends_on_from, 20, "ok", "-"),
    BOUND(question_is_answered_by_the_ping, 0, "ping-missing", "network-or-module"),
    BOUND(question_is_answered_by_the_pong, 0, "answered-late", "cannot-tell"),
    BOUND(answers_behind_bytes, 0, "ping-missing", "network-or-module"),
    BOUND(had_nothing_to_send_before_the_window_closed, 0, "ping-missing", "cannot-tell"),
    BOUND(had_nothing_to_send_by_the_preference, 0, "ping-missing", "cannot-tell"),
    BOUND(had_nothing_to_send_after_a_step_at, 169, "ping-missing", "module"),
    BOUND(had_nothing_to_send_after_a_step_at, 168.999, "ping-missing", "network-or-module"),
    BOUND(heard_before_many_retransmissions, 0, "not-delivered", "network-or-multiplexer"),
    BOUND(flaps, 1, "peer-not-reading", "multiplexer"),
    BOUND(flaps, 0.999, "ping-missing", "cannot-tell"),
    BOUND(closes_ten_times, 0, "peer-not-reading", "multiplexer"),
    BOUND(probes_were_answered, 0, "peer-not-reading", "multiplexer"),
    BOUND(nothing_more_comes_of_it, 0, "ping-missing", "cannot-tell"),
    BOUND(nothing_more_comes_of_it, 1, "capture-hole", "cannot-tell"),
    BOUND(nothing_more_comes_of_who_answers, 0, "ping-unanswered", "cannot-tell"),
    BOUND(nothing_more_comes_of_who_answers, 1, "capture-hole", "cannot-tell"),
    BOUND(who_answers_closes_after, 29.999, "ok", "-"),
    BOUND(who_answers_closes_after, 30, "ping-unanswered", "network-or-multiplexer"),
    BOUND(pause_after_one_ping, 0, "idle", "-"),
    BOUND(pause_of_a_longer_interval, 72, "capture-hole", "cannot-tell"),
    BOUND(pause_of_a_longer_interval, 71.999, "late", "cannot-tell"),
    BOUND(ping_arrives_before_the_end_by, 45, "not-delivered", "network-or-multiplexer"),
    BOUND(ping_arrives_before_the_end_by, 45.001, "ping-unanswered", "multiplexer"),
    BOUND(left_out_and_the_next_after, 45, "ping-missing", "module"),
    BOUND(left_out_and_the_next_after, 45.001, "ping-missing", "cannot-tell"),
    BOUND(gap_before_a_new_interval, 60, "ok", "-"),
    BOUND(gap_before_a_new_interval, 80, "ping-missing", "cannot-tell"),
    BOUND(gaps_with_holes, 0, "ok", "-"),
    BOUND(gaps_with_holes, 1, "ping-missing", "cannot-tell"),
    BOUND(worst_of_four, 0, "ping-missing", "module"),
    BOUND(old_acknowledgement_with, 1, "ok", "-"),
    BOUND(old_acknowledgement_with, 2, "clocks-differ", "-"),
    BOUND(keepalives_of_one_id, 0, "ok", "-"),
    BOUND(ping_captured_again_behind_another_after, 3, "clocks-differ", "-"),
    BOUND(ping_captured_again_behind_another_after, 2.999, "ok", "-"),
    BOUND(sent_again_with_one_id_after, 3, "not-delivered", "network-or-multiplexer"),
    BOUND(sent_again_with_one_id_after, 2.999, "ping-missing", "cannot-tell"),
    BOUND(full_but_for, 0, "peer-not-reading", "multiplexer"),
    BOUND(full_but_for, 1, "ping-unanswered", "cannot-tell"),
    BOUND(full_after, 500, "peer-not-reading", "multiplexer"),
    BOUND(behind_a_hole_with_a_window_of, 9, "peer-not-reading", "multiplexer"),
    BOUND(behind_a_hole_with_a_window_of, 10, "ping-unanswered", "cannot-tell"),
    BOUND(sent_again_while_the_window_was, 0, "ping-missing", "cannot-tell"),
    BOUND(sent_again_while_the_window_was, 511, "not-delivered", "network-or-multiplexer"),
    BOUND(reset_outside_and_silent, 0, "ping-missing", "multiplexer"),
    BOUND(reset_outside_acknowledges_a_lost_ping, 0, "not-delivered", "network-or-multiplexer"),
    BOUND(resets_with_an_old_acknowledgement, 0, "ok", "-"),
    BOUND(reset_and_goes_on_among_strays, 0, "reset-foreign", "network"),
    BOUND(reset_and_goes_on_among_strays, 1, "ok", "-"),
    BOUND(reset_and_goes_on_and_resets, 0, "reset-foreign", "network"),
    BOUND(reset_and_goes_on_and_does_not_read, 0, "peer-not-reading", "multiplexer"),
    BOUND(reset_outside_with_another_ttl, 0, "reset-foreign", "network"),
    BOUND(reset_outside_with_another_ttl, 1, "reset-foreign", "cannot-tell"),
    BOUND(reset_outside_before, 0.2, "reset-foreign", "network"),
    BOUND(reset_outside_before, 0.199, "reset-foreign", "cannot-tell"),
    BOUND(reset_behind_bytes, 0, "ok", "-"),
    BOUND(reset_behind_bytes, 1, "ok", "-"),
    BOUND(reset_behind_bytes, 2, "reset-foreign", "cannot-tell"),
};

/* By the handshake, the capture point is near a side. */
static unsigned test_near(void)
{
    static const struct {
        trade_time_t far, near; /* halves of the handshake, in us */
        int8_t side;            /* the opener is 0 */
    } rows[] = { { 4000, 1000, 0 }, { 3999, 1000, -1 }, { 1000, 4000, 1 }, { 1000, 3999, -1 },
                 { 200, 50, 0 },    { 199, 1, -1 },     { 50, 200, 1 },    { 1, 199, -1 } };
    unsigned failed = 0;

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const trade_evidence_t evidence = { .syn = 1000,
                                            .syn_ack = 1000 + rows[i].far * 1000,
                                            .syn_acked =
                                                1000 + (rows[i].far + rows[i].near) * 1000 };
        if (find_near(&evidence) == rows[i].side)
            continue;
        printf("near %d where the halves are %d and %d us\n", find_near(&evidence),
               (int)rows[i].far, (int)rows[i].near);
        failed++;
    }
    return failed;
}

int main(void)
{
    return run_tests(tests, sizeof tests / sizeof tests[0]) + test_near() > 0;
}
