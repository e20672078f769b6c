/* ends.h
 * Cases of ICMP messages, and of connections that end together; for verdict.c.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_ENDS_H
#define TRADE_TESTS_UNIT_ENDS_H

#include "tests/unit/play.h"

/* ---- ICMP ---- */

/* A message about a byte of a side, so far from the first that is not acknowledged. */
static trade_notice_t make_notice(play_t *play, double seconds, unsigned side, uint32_t distance)
{
    return (trade_notice_t){ .when = at(seconds),
                             .frame = ++play->frame,
                             .seq = play->health.evidence.sides[side].unacked + distance,
                             .type = 3,
                             .code = 13,
                             .ttl = 255,
                             .quoted_ttl = side == MODULE ? 63 : 127,
                             .side = (uint8_t)side,
                             .sender = "10.0.0.254" };
}

static void add_notice(play_t *play, const trade_notice_t *notice)
{
    trade_evidence_add_notice(&play->health.evidence, notice);
}

/* A Ping that is not acknowledged, with a message after three sendings. */
static void lose_with(play_t *play, const trade_notice_t *notice)
{
    add_notice(play, notice);
    resend_some(play, 120, MODULE, 2, 6);
    until(play, 240);
}

static void lose(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 2);
}

static void ping_prohibited(play_t *play)
{
    lose(play);
    const trade_notice_t notice = make_notice(play, 121, MODULE, 0);
    lose_with(play, &notice);
}

static void ping_unreachable(play_t *play)
{
    lose(play);
    trade_notice_t notice = make_notice(play, 121, MODULE, 0);
    notice.code = 1;
    lose_with(play, &notice);
}

/* The one that tells more counts. */
static void ping_unreachable_and_prohibited(play_t *play)
{
    lose(play);
    trade_notice_t notice = make_notice(play, 120.8, MODULE, 0);
    notice.code = 1;
    add_notice(play, &notice);
    notice = make_notice(play, 121, MODULE, 0);
    add_notice(play, &notice);
    notice.code = 0;
    lose_with(play, &notice);
}

static void ping_prohibited_by_its_host(play_t *play)
{
    lose(play);
    trade_notice_t notice = make_notice(play, 121, MODULE, 0);
    notice.is_from_end = true;
    lose_with(play, &notice);
}

static void quoted_from_the_first_in_flight(play_t *play)
{
    lose(play);
    const trade_notice_t notice = make_notice(play, 121, MODULE, (uint32_t)play->bound);
    lose_with(play, &notice);
}

static void quoted_with_ttl(play_t *play)
{
    lose(play);
    trade_notice_t notice = make_notice(play, 121, MODULE, 0);
    notice.quoted_ttl = (uint8_t)play->bound;
    lose_with(play, &notice);
}

static void message_comes_with_ttl(play_t *play)
{
    lose(play);
    trade_notice_t notice = make_notice(play, 121, MODULE, 0);
    notice.ttl = (uint8_t)play->bound;
    lose_with(play, &notice);
}

static void expired_with_ttl(play_t *play)
{
    lose(play);
    trade_notice_t notice = make_notice(play, 121, MODULE, 0);
    notice.type = 11;
    notice.code = 0;
    notice.quoted_ttl = (uint8_t)play->bound;
    lose_with(play, &notice);
}

/* The last sending is at 129.6 s. */
static void prohibited_at(play_t *play)
{
    lose(play);
    resend_some(play, 120, MODULE, 2, 6);
    trade_notice_t notice = make_notice(play, play->bound, MODULE, 0);
    add_notice(play, &notice);
    until(play, 240);
}

/* An older message is about bytes that were acknowledged. */
static void prohibited_before(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 100, MODULE);
    const trade_notice_t notice = make_notice(play, 100.1, MODULE, 0);
    add_notice(play, &notice);
    send_again(play, 100.3, MODULE, 10);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    pong(play, 100.4, MODULE);
    lost_ping(play, 130, MODULE);
    resend(play, 130, MODULE, 6);
    until(play, 240);
}

/* The first one counts. */
static void ping_prohibited_twice(play_t *play)
{
    lose(play);
    trade_notice_t notice = make_notice(play, 121, MODULE, 0);
    add_notice(play, &notice);
    notice = make_notice(play, 121.1, MODULE, 0);
    lose_with(play, &notice);
}

/* What was said before, of other bytes, does not stand in its way. */
static void prohibited_before_and_now(play_t *play)
{
    rounds(play, 0, 4);
    lost_ping(play, 100, MODULE);
    trade_notice_t notice = make_notice(play, 100.1, MODULE, 0);
    add_notice(play, &notice);
    send_again(play, 100.3, MODULE, 10);
    play->ack[MULTIPLEXER] = play->seq[MODULE];
    pong(play, 100.4, MODULE);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 2);
    notice = make_notice(play, 121, MODULE, 0);
    lose_with(play, &notice);
}

static void answer_prohibited(play_t *play)
{
    module_rounds(play, 0, 4);
    ping(play, 120, MODULE);
    send(play, 120.1, MULTIPLEXER, 10, false);
    send_again(play, 120.4, MULTIPLEXER, 10);
    const trade_notice_t notice = make_notice(play, 120.5, MULTIPLEXER, 0);
    add_notice(play, &notice);
    send_again(play, 121, MULTIPLEXER, 10);
    send_again(play, 122.2, MULTIPLEXER, 10);
    until(play, 158);
}

/* ---- Connections that end together ---- */

/* Other connections of both hosts. */
typedef struct others {
    trade_evidence_t list[12];
} others_t;

static others_t *begin_others(play_t *play, unsigned count)
{
    others_t *others = (others_t *)allocate(sizeof *others);

    for (unsigned i = 0; i < count; i++) {
        for (unsigned side = 0; side < 2; side++) {
            others->list[i].sides[side].host = &play->hosts[side];
            others->list[i].sides[side].is_counted = true;
            others->list[i].sides[side].next = 1000;
            others->list[i].sides[side].answered = 1;
        }
        trade_together_begin(&others->list[i]);
    }
    return others;
}

/* Ends one of them. */
static void end_other(play_t *play, trade_evidence_t *other, double seconds,
                      const trade_reset_t *reset)
{
    const trade_segment_t segment = make(play, seconds, MULTIPLEXER);

    other->ending = reset ? TRADE_ENDING_RST : TRADE_ENDING_FIN;
    other->ended_by = MULTIPLEXER;
    other->ended = segment.when;
    other->ended_frame = segment.frame;
    if (reset)
        other->reset = *reset;
    trade_together_end(other, &segment);
}

/* The modules' host was heard on other connections, too, up to then. */
static void hear_modules_host(play_t *play, double seconds)
{
    play->hosts[MODULE].heard = at(seconds);
    play->hosts[MODULE].away = (trade_span_t){ 0, 0 };
}

static const trade_reset_t reset_as_host = { .is_id_next = true, .ttl = 128, .usual_ttl = 128 };

/* Ends so many of eleven others, from 100.1 s on, each a while after the one before. */
static void end_others(play_t *play, others_t *others, unsigned count, const trade_reset_t *reset)
{
    for (unsigned i = 0; i < count; i++)
        end_other(play, &others->list[i], 100.1 + i * 0.01, reset);
}

static void all_reset(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 11, &reset_as_host);
}

static void reset_with_others(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, (unsigned)play->bound, &reset_as_host);
}

static void reset_with_all_others(play_t *play)
{
    others_t *others = begin_others(play, (unsigned)play->bound);

    rounds(play, 0, 3);
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, (unsigned)play->bound, &reset_as_host);
}

/* The other one, captured from its middle on, had so many Pongs; or its SYN was captured. */
static void reset_with_one_that_had_pongs(play_t *play)
{
    others_t *others = begin_others(play, 1);

    others->list[0].sides[MULTIPLEXER].answered = play->bound > 0;
    others->list[0].syn = play->bound < 0 ? at(1) : 0;
    rounds(play, 0, 3);
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 1, &reset_as_host);
}

static void reset_before_the_others_by(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    rst(play, 100, MULTIPLEXER);
    for (unsigned i = 0; i < 11; i++)
        end_other(play, &others->list[i], 100 + play->bound, &reset_as_host);
}

/* RSTs that answer a segment come when there is one. */
static void reset_in_answer_before_the_others_by(play_t *play)
{
    others_t *others = begin_others(play, 2);
    trade_segment_t segment = { .when = 0 };

    rounds(play, 0, 3);
    ping(play, 90, MODULE);
    hear_modules_host(play, 90);
    segment = make(play, 90.001, MULTIPLEXER);
    segment.flags = TRADE_TCP_RST;
    add(play, &segment);
    for (unsigned i = 0; i < 2; i++) {
        trade_evidence_t *other = &others->list[i];
        segment = make(play, 90.001 + play->bound, MULTIPLEXER);
        segment.flags = TRADE_TCP_RST;
        other->ending = TRADE_ENDING_RST;
        other->ended_by = MULTIPLEXER;
        other->ended = segment.when;
        trade_together_end(other, &segment);
    }
}

/* RSTs that answer nothing, and one that does, come apart. */
static void reset_in_answer_after_two_others(play_t *play)
{
    others_t *others = begin_others(play, 2);

    rounds(play, 0, 3);
    ping(play, 90, MODULE);
    for (unsigned i = 0; i < 2; i++)
        end_other(play, &others->list[i], 90, &reset_as_host);
    trade_segment_t segment = make(play, 100, MULTIPLEXER);
    segment.flags = TRADE_TCP_RST;
    add(play, &segment);
}

/* Its side had stopped long before: that is what is wrong with it. */
static void reset_with_all_others_after_silence(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    module_rounds(play, 3, 7);
    rst(play, 200, MULTIPLEXER);
    for (unsigned i = 0; i < 11; i++)
        end_other(play, &others->list[i], 200.1, &reset_as_host);
}

/* It gave up, for a reason of its own. */
static void reset_after_a_ping_waited(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    round_of(play, 90, MODULE);
    ping(play, 91, MULTIPLEXER);
    ack(play, 91.04, MODULE);
    hear_modules_host(play, 91 + play->bound);
    rst(play, 91 + play->bound, MULTIPLEXER);
    for (unsigned i = 0; i < 2; i++)
        end_other(play, &others->list[i], 91 + play->bound + 0.1, &reset_as_host);
    for (unsigned i = 2; i < 6; i++)
        end_other(play, &others->list[i], 91 + play->bound + 0.2, &reset_as_host);
}

/* Of the time before, this capture point has nothing, though others went on: the host that captures
 * may have paused, and the others given up meanwhile. */
static void reset_after_nothing_for(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    other(play, 75);
    ping(play, 61.04 + play->bound, MODULE);
    hear_modules_host(play, 61.04 + play->bound);
    rst(play, 61.05 + play->bound, MULTIPLEXER);
    for (unsigned i = 0; i < 11; i++)
        end_other(play, &others->list[i], 61.1 + play->bound, &reset_as_host);
}

/* Nothing came for 46 s; since then it is well, for a while. */
static void reset_long_after_nothing(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    other(play, 75);
    for (int n = 0; n < play->bound; n++) {
        if (n % 30 == 0) {
            round_of(play, 107.04 + n, MODULE);
            round_of(play, 107.54 + n, MULTIPLEXER);
        }
        send(play, 108 + n, MODULE, 5, true);
        ack(play, 108.01 + n, MULTIPLEXER);
    }
    rst(play, 107.04 + play->bound, MULTIPLEXER);
    for (unsigned i = 0; i < 11; i++)
        end_other(play, &others->list[i], 107.1 + play->bound, &reset_as_host);
}

/* Nothing came of the modules' host for a while: if that captures, it may have paused, and the
 * Multiplexer's kernel given up. */
static void reset_after_silence_of_host(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    hear_modules_host(play, 100 - play->bound);
    play->seq[MULTIPLEXER] += 5; /* which never came here */
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 11, &reset_as_host);
}

/* That was over before. */
static void reset_since_host_is_back(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    hear_modules_host(play, 80);
    send(play, 100 - play->bound, MODULE, 5, true);
    play->seq[MULTIPLEXER] += 5; /* which never came here */
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 11, &reset_as_host);
}

/* Without a byte in flight, there was nothing to give up for. */
static void reset_behind_unseen_bytes(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    play->seq[MULTIPLEXER] += (uint32_t)play->bound;
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 11, &reset_as_host);
}

/* All that waited for the host came here when it went on. */
static void reset_with_bytes_in_flight(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    if (play->bound > 0)
        send(play, 99.9, MULTIPLEXER, 5, false);
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 11, &reset_as_host);
}

/* What answers a segment comes when that does. */
static void reset_in_answer_since_host_is_back(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    send(play, 89.9, MODULE, 5, true);
    play->hosts[MODULE].away = (trade_span_t){ at(60), at(90 - play->bound) };
    trade_segment_t segment = make(play, 90, MULTIPLEXER);
    segment.flags = TRADE_TCP_RST;
    add(play, &segment);
    for (unsigned i = 0; i < 11; i++)
        end_other(play, &others->list[i], 90.1, &reset_as_host);
}

static void refuse_one(play_t *play, double seconds, uint8_t ttl)
{
    trade_segment_t segment = make(play, seconds - 0.001, MODULE);

    trade_together_ask(&play->hosts[MULTIPLEXER], &segment);
    segment = make(play, seconds, MULTIPLEXER);
    segment.ttl = ttl;
    trade_together_refuse(&play->hosts[MULTIPLEXER], &segment);
}

static void all_reset_and_refused(play_t *play)
{
    all_reset(play);
    refuse_one(play, 105, 128);
}

static void all_reset_and_refused_by_another(play_t *play)
{
    all_reset(play);
    refuse_one(play, 105, 127);
}

static void all_closed(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    fin(play, 100, MULTIPLEXER);
    end_others(play, others, 11, NULL);
}

static void all_closed_and_refused(play_t *play)
{
    all_closed(play);
    refuse_one(play, 105, 127);
}

/* The Multiplexer may close since it hears nothing: bytes of the modules have waited for so long,
 */
static void all_closed_while_bytes_wait(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    for (unsigned i = 0; i < 11; i++) {
        trade_sending_t *oldest = &others->list[i].sides[MODULE].oldest;
        oldest->span.start = at(100.1 + i * 0.01 - play->bound);
        oldest->seq = play->seq[MODULE];
        oldest->times = 1;
    }
    fin(play, 100, MULTIPLEXER);
    end_others(play, others, 11, NULL);
    refuse_one(play, 105, 127);
}

/* or none has come of them for so long, though they ping each 30 s. */
static void all_closed_while_pings_are_overdue(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    for (unsigned i = 0; i < 11; i++) {
        others->list[i].sides[MODULE].rhythm.own = 30 * TRADE_SECOND;
        others->list[i].sides[MODULE].last_ping = at(100.1 + i * 0.01 - play->bound);
    }
    fin(play, 100, MULTIPLEXER);
    end_others(play, others, 11, NULL);
    refuse_one(play, 105, 127);
}

/* So many of seven are closed, the others are reset. */
static void closed_and_reset(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    rst(play, 100, MULTIPLEXER);
    for (unsigned i = 0; i < 11; i++)
        end_other(play, &others->list[i], 100.1, i < play->bound ? NULL : &reset_as_host);
    refuse_one(play, 105, 127);
}

static void modules_host_closes_all(play_t *play)
{
    others_t *others = begin_others(play, 11);

    rounds(play, 0, 3);
    fin(play, 100, MODULE);
    for (unsigned i = 0; i < 11; i++) {
        const trade_segment_t segment = make(play, 100.1, MODULE);
        others->list[i].ending = TRADE_ENDING_FIN;
        others->list[i].ended_by = MODULE;
        others->list[i].ended = segment.when;
        trade_together_end(&others->list[i], &segment);
    }
    trade_segment_t syn = make(play, 105, MODULE);
    trade_together_ask(&play->hosts[MODULE], &syn);
}

/* All are reset with the timestamps that a kernel's clock shows, or with those that were sent last,
 * so many seconds before. since: when the last segments came. */
static void reset_all_by_clock(play_t *play, double behind, double since)
{
    const trade_evidence_t *mine = &play->health.evidence;
    others_t *others = begin_others(play, 11);

    play->rate = 1000;
    rounds(play, 0, 3);
    ack(play, since, MULTIPLEXER);
    for (int probes = 0; probes < -play->bound; probes++)
        probe(play, since + 1 + probes, MULTIPLEXER);
    play->stood[MULTIPLEXER] = behind;
    for (unsigned i = 0; i < 11; i++) {
        trade_segment_t segment = make(play, 100, MULTIPLEXER);
        segment.flags |= TRADE_TCP_RST;
        for (unsigned side = 0; side < 2; side++) {
            others->list[i].sides[side].stamps = mine->sides[side].stamps;
            others->list[i].sides[side].last = mine->sides[side].last;
            others->list[i].sides[side].answers = mine->sides[side].answers;
        }
        others->list[i].ending = TRADE_ENDING_RST;
        others->list[i].ended_by = MULTIPLEXER;
        others->list[i].ended = segment.when;
        trade_together_end(&others->list[i], &segment);
    }
    rst(play, 100, MULTIPLEXER);
    refuse_one(play, 105, 128);
}

static void reset_by_its_kernel(play_t *play)
{
    reset_all_by_clock(play, 0, 70);
}

static void reset_with_a_timestamp_of_before(play_t *play)
{
    reset_all_by_clock(play, play->bound, 70);
}

static void reset_by_its_kernel_after_a_segment(play_t *play)
{
    reset_all_by_clock(play, 0, 100 - play->bound);
}

/* It had asked so many times whether the modules are there, and had no answer. */
static void reset_after_unanswered_keepalives(play_t *play)
{
    reset_all_by_clock(play, 0, 90);
}

/* RSTs that ended nothing. */
static void all_reset_and_go_on(play_t *play)
{
    all_reset(play);
    play->ack[MODULE] = play->seq[MULTIPLEXER];
    rounds(play, 4, 6);
}

static const test_t ends_tests[] = {
    TEST(ping_prohibited, "not-delivered", "network",
         "router 10.0.0.254 said in frame 28 of frame 25: communication prohibited, so they were "
         "lost in the network"),
    TEST(ping_unreachable, "not-delivered", "network-or-multiplexer",
         "Besides, router 10.0.0.254 said in frame 28 of frame 25: host unreachable."),
    TEST(ping_unreachable_and_prohibited, "not-delivered", "network", "prohibited"),
    TEST(ping_prohibited_by_its_host, "not-delivered", "network-or-multiplexer",
         "Besides, the host 10.0.0.254 said in frame 28 of frame 25: communication prohibited."),
    BOUND(quoted_from_the_first_in_flight, 0, "not-delivered", "network"),
    BOUND(quoted_from_the_first_in_flight, 9, "not-delivered", "network"),
    BOUND(quoted_from_the_first_in_flight, 10, "not-delivered", "network-or-multiplexer"),
    BOUND(quoted_from_the_first_in_flight, -1, "not-delivered", "network-or-multiplexer"),
    BOUND(quoted_with_ttl, 64, "not-delivered", "network"),
    BOUND(quoted_with_ttl, 65, "not-delivered", "network-or-multiplexer"),
    BOUND(quoted_with_ttl, 56, "not-delivered", "network"),
    BOUND(quoted_with_ttl, 55, "not-delivered", "network-or-multiplexer"),
    BOUND(message_comes_with_ttl, 246, "not-delivered", "network"),
    BOUND(message_comes_with_ttl, 245, "not-delivered", "network-or-multiplexer"),
    BOUND(expired_with_ttl, 1, "not-delivered", "network"),
    BOUND(expired_with_ttl, 2, "not-delivered", "network-or-multiplexer"),
    BOUND(prohibited_at, 129.599, "not-delivered", "network"),
    BOUND(prohibited_at, 129.6, "not-delivered", "network-or-multiplexer"),
    TEST(prohibited_before, "not-delivered", "network-or-multiplexer", ""),
    TEST(ping_prohibited_twice, "not-delivered", "network", "said in frame 28 of"),
    TEST(prohibited_before_and_now, "not-delivered", "network", "communication prohibited"),
    TEST(answer_prohibited, "not-delivered", "network", "the Multiplexer sent its bytes"),

    TEST(all_reset, "ended-together", "network-or-multiplexer",
         "12 of its 12 connections within 0.200 s"),
    BOUND(reset_with_others, 5, "ok", "-"),
    BOUND(reset_with_others, 6, "ended-together", "network-or-multiplexer"),
    BOUND(reset_with_all_others, 0, "ok", "-"),
    BOUND(reset_with_all_others, 1, "ended-together", "network-or-multiplexer"),
    BOUND(reset_with_one_that_had_pongs, 1, "ended-together", "network-or-multiplexer"),
    BOUND(reset_with_one_that_had_pongs, 0, "ok", "-"),
    BOUND(reset_with_one_that_had_pongs, -1, "ended-together", "network-or-multiplexer"),
    BOUND(reset_before_the_others_by, 1, "ended-together", "network-or-multiplexer"),
    BOUND(reset_before_the_others_by, 1.001, "ok", "-"),
    BOUND(reset_in_answer_before_the_others_by, 60, "ended-together", "network-or-multiplexer"),
    BOUND(reset_in_answer_before_the_others_by, 60.001, "ok", "-"),
    TEST(reset_in_answer_after_two_others, "ok", "-", ""),
    TEST(reset_with_all_others_after_silence, "ping-missing", "multiplexer", ""),
    BOUND(reset_after_a_ping_waited, 19.9, "ended-together", "network-or-multiplexer"),
    BOUND(reset_after_a_ping_waited, 20, "ok", "-"),
    BOUND(reset_after_nothing_for, 44.9, "ended-together", "network-or-multiplexer"),
    BOUND(reset_after_nothing_for, 45.1, "late", "cannot-tell"),
    BOUND(reset_long_after_nothing, 120, "late", "cannot-tell"),
    BOUND(reset_long_after_nothing, 121, "ended-together", "network-or-multiplexer"),
    BOUND(reset_after_silence_of_host, 8.9, "ended-together", "network-or-multiplexer"),
    BOUND(reset_after_silence_of_host, 9, "ended-together", "cannot-tell"),
    BOUND(reset_since_host_is_back, 1, "ended-together", "cannot-tell"),
    BOUND(reset_since_host_is_back, 1.1, "ended-together", "network-or-multiplexer"),
    BOUND(reset_behind_unseen_bytes, 0, "ended-together", "network-or-multiplexer"),
    BOUND(reset_behind_unseen_bytes, 1, "ended-together", "cannot-tell"),
    BOUND(reset_with_bytes_in_flight, 0, "ended-together", "network-or-multiplexer"),
    BOUND(reset_with_bytes_in_flight, 1, "ended-together", "cannot-tell"),
    BOUND(reset_in_answer_since_host_is_back, 60, "ended-together", "cannot-tell"),
    BOUND(reset_in_answer_since_host_is_back, 60.1, "ended-together", "network-or-multiplexer"),
    TEST(all_reset_and_refused, "ended-together", "network-or-multiplexer", "or a firewall reset"),
    TEST(all_reset_and_refused_by_another, "ended-together", "network-or-multiplexer",
         "Then it refused 1 attempt to connect, first at 105.000"),
    TEST(all_closed, "ok", "-", ""),
    TEST(all_closed_and_refused, "ended-together", "multiplexer", "A FIN is sent by the host"),
    BOUND(closed_and_reset, 1, "ended-together", "network-or-multiplexer"),
    BOUND(closed_and_reset, 2, "ended-together", "multiplexer"),
    BOUND(all_closed_while_bytes_wait, 0.99, "ended-together", "multiplexer"),
    BOUND(all_closed_while_bytes_wait, 1.01, "ok", "-"),
    BOUND(all_closed_while_pings_are_overdue, 32.9, "ended-together", "multiplexer"),
    BOUND(all_closed_while_pings_are_overdue, 33.1, "ok", "-"),
    TEST(modules_host_closes_all, "ok", "-", ""),
    TEST(reset_by_its_kernel, "ended-together", "multiplexer", "only the clock of its kernel"),
    BOUND(reset_with_a_timestamp_of_before, 0.9, "ended-together", "multiplexer"),
    BOUND(reset_with_a_timestamp_of_before, 1.2, "ended-together", "network-or-multiplexer"),
    BOUND(reset_by_its_kernel_after_a_segment, 3, "ended-together", "multiplexer"),
    BOUND(reset_by_its_kernel_after_a_segment, 2.9, "ended-together", "network-or-multiplexer"),
    BOUND(reset_after_unanswered_keepalives, -1, "ended-together", "network-or-multiplexer"),
    BOUND(reset_after_unanswered_keepalives, -2, "ok", "-"),
    TEST(all_reset_and_go_on, "reset-foreign", "network", "")
};

#endif /* TRADE_TESTS_UNIT_ENDS_H */
