/* attempts.h
 * Cases of attempts to connect; for verdict.c.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_ATTEMPTS_H
#define TRADE_TESTS_UNIT_ATTEMPTS_H

#include "tests/unit/play.h"

/* Returns attempts of the module's host, none so far. */
static trade_attempts_t *get_attempts(play_t *play)
{
    trade_attempts_t *attempts = (trade_attempts_t *)allocate(sizeof *attempts);

    attempts->server = &play->hosts[MULTIPLEXER];
    attempts->run = 1;
    return attempts;
}

/* Returns one of them, which lasts until its connection is judged. */
static trade_attempt_t *begin_attempt(trade_attempts_t *attempts)
{
    trade_attempt_t *attempt = (trade_attempt_t *)allocate(sizeof *attempt);

    attempt->of = attempts;
    return attempt;
}

static trade_segment_t make_syn(play_t *play, double seconds)
{
    trade_segment_t segment = make(play, seconds, MODULE);

    segment.flags = TRADE_TCP_SYN;
    segment.seq = 0;
    return segment;
}

/* Adds a segment to the attempt of this connection. */
static void add_to_attempt(play_t *play, trade_attempt_t *attempt, const trade_segment_t *segment)
{
    play->health.evidence.attempts = trade_attempt_add(attempt, segment);
}

static void try_once(play_t *play, trade_attempt_t *attempt, double seconds)
{
    const trade_segment_t syn = make_syn(play, seconds);

    add(play, &syn);
    add_to_attempt(play, attempt, &syn);
}

/* Another connection of the host tries. */
static void try_other(play_t *play, trade_attempt_t *attempt, double seconds)
{
    const trade_segment_t syn = make_syn(play, seconds);

    trade_attempt_add(attempt, &syn);
}

static trade_segment_t make_answer(play_t *play, double seconds, unsigned flags)
{
    trade_segment_t segment = make(play, seconds, MULTIPLEXER);

    segment.flags = (uint8_t)flags;
    segment.ack = 1;
    return segment;
}

static void refuse_attempt(play_t *play, trade_attempt_t *attempt, double seconds, uint32_t ack)
{
    trade_segment_t segment = make_answer(play, seconds, TRADE_TCP_RST | TRADE_TCP_ACK);

    segment.ack = ack;
    add_to_attempt(play, attempt, &segment);
}

static void refuse_other(play_t *play, trade_attempt_t *attempt, double seconds)
{
    const trade_segment_t segment = make_answer(play, seconds, TRADE_TCP_RST | TRADE_TCP_ACK);

    trade_attempt_add(attempt, &segment);
}

static void accept_attempt(play_t *play, trade_attempt_t *attempt, double seconds)
{
    const trade_segment_t segment = make_answer(play, seconds, TRADE_TCP_SYN | TRADE_TCP_ACK);

    add_to_attempt(play, attempt, &segment);
}

static void accept_other(play_t *play, trade_attempt_t *attempt, double seconds)
{
    const trade_segment_t segment = make_answer(play, seconds, TRADE_TCP_SYN | TRADE_TCP_ACK);

    trade_attempt_add(attempt, &segment);
}

static void refused_by_a_known_host(play_t *play)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    sibling(play, 0, MULTIPLEXER, 128);
    try_once(play, attempt, 1);
    refuse_attempt(play, attempt, 1.001, 1);
}

static void refused_by_an_unknown_host(play_t *play)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    sibling(play, 0, MULTIPLEXER, 127);
    try_once(play, attempt, 1);
    refuse_attempt(play, attempt, 1.001, 1);
}

static void refused_with_ack(play_t *play)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    try_once(play, attempt, 1);
    refuse_attempt(play, attempt, 1.001, (uint32_t)play->bound);
}

static void three_syns_within(play_t *play)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    sibling(play, 0, MULTIPLEXER, 128);
    try_once(play, attempt, 1);
    try_once(play, attempt, 1.5);
    try_once(play, attempt, 1 + play->bound);
    until(play, 20);
}

static void so_many_syns(play_t *play)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    sibling(play, 0, MULTIPLEXER, 128);
    for (unsigned i = 0; i < play->bound; i++)
        try_once(play, attempt, 1 + i * 2);
    until(play, 20);
}

/* A frame that is captured again has the same IP id. */
static void syn_captured_again_after(play_t *play)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    sibling(play, 0, MULTIPLEXER, 128);
    try_once(play, attempt, 1);
    try_once(play, attempt, 2);
    play->ip_id[MODULE]--;
    try_once(play, attempt, 2 + play->bound);
    until(play, 20);
}

/* Three SYNs; the last after so many ms, with this sequence number. Their IP ids go on by step. */
static void three_syns(play_t *play, double ms, uint32_t seq, uint16_t step)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    sibling(play, 0, MULTIPLEXER, 128);
    for (unsigned i = 0; i < 3; i++) {
        trade_segment_t syn = make_syn(play, i < 2 ? 1 + i * 2 : 3 + ms / 1000);
        syn.ip_id = (uint16_t)(i * step);
        syn.seq = i < 2 ? 0 : seq;
        add(play, &syn);
        add_to_attempt(play, attempt, &syn);
    }
    until(play, 20);
}

static void syn_again_after_ms(play_t *play)
{
    three_syns(play, play->bound, 0, 1);
}

static void syn_of_another_number(play_t *play)
{
    three_syns(play, 1, 1000, 1);
}

static void syns_without_ip_id(play_t *play)
{
    three_syns(play, 1000, 0, 0);
}

/* seq: of the SYN that the message quotes. */
static void tried_on_and_on(play_t *play, bool is_known, uint8_t code, uint32_t seq)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));

    if (is_known)
        sibling(play, 0, MULTIPLEXER, 128);
    try_once(play, attempt, 1);
    trade_notice_t notice = { .when = at(1.1),
                              .frame = ++play->frame,
                              .type = 3,
                              .code = code,
                              .side = MODULE,
                              .seq = seq,
                              .sender = "10.0.0.254" };
    trade_attempt_add_notice(attempt, &notice);
    for (unsigned i = 1; i < 5; i++)
        try_once(play, attempt, 1 + i * 2);
    until(play, 20);
}

static void tried_on_and_on_with_a_known_host(play_t *play)
{
    tried_on_and_on(play, true, 3, 0);
}

static void tried_on_and_on_with_an_unknown_host(play_t *play)
{
    tried_on_and_on(play, false, 3, 0);
}

static void tried_and_prohibited(play_t *play)
{
    tried_on_and_on(play, false, 13, 0);
}

static void tried_and_another_prohibited(play_t *play)
{
    tried_on_and_on(play, false, 13, 1);
}

static void tried_and_unreachable(play_t *play)
{
    tried_on_and_on(play, true, 1, 0);
}

/* The worst of two runs, and what is left out. */
static void refused_and_answered_and_refused(play_t *play)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *first = begin_attempt(attempts), *second = begin_attempt(attempts);
    trade_attempt_t *third = begin_attempt(attempts);

    sibling(play, 0, MULTIPLEXER, 128);
    try_once(play, first, 1);
    refuse_attempt(play, first, 1.001, 1);
    try_other(play, second, 8);
    accept_other(play, second, 8.001);
    try_other(play, third, 15);
    refuse_other(play, third, 15.001);
}

/* Another attempt of its host is not answered so far when this one is, at once. */
static void connected_while_another_tries(play_t *play)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *mine = begin_attempt(attempts), *other = begin_attempt(attempts);

    sibling(play, 0, MULTIPLEXER, 128);
    try_other(play, other, 1);
    try_other(play, other, 2);
    try_once(play, mine, 3.6);
    accept_attempt(play, mine, 3.601);
    try_other(play, other, 4);
    until(play, 20);
}

/* All others had failed when this one is let in. */
static void connected_after_others_failed(play_t *play)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *mine = begin_attempt(attempts), *other = begin_attempt(attempts);

    for (unsigned i = 0; i < 3; i++)
        try_other(play, other, 1 + i * 2);
    try_once(play, mine, 8);
    accept_attempt(play, mine, 8.001);
    until(play, 20);
}

/* The same, seen from the one that fails: its last SYN is answered, or none is. */
static void tries_while_another_connects(play_t *play, bool is_answered)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *mine = begin_attempt(attempts), *other = begin_attempt(attempts);

    sibling(play, 0, MULTIPLEXER, 128);
    try_once(play, mine, 1);
    try_once(play, mine, 2);
    if (is_answered)
        try_once(play, mine, 3);
    try_other(play, other, 3.6);
    accept_other(play, other, 3.601);
    try_once(play, mine, 4);
    if (is_answered)
        accept_attempt(play, mine, 4.008);
    until(play, 20);
}

static void tries_while_another_connects_in_vain(play_t *play)
{
    tries_while_another_connects(play, false);
}

static void tries_while_another_connects_until_answered(play_t *play)
{
    tries_while_another_connects(play, true);
}

/* With so many SYNs, two seconds apart. */
static void answered_after_syns(play_t *play)
{
    trade_attempt_t *attempt = begin_attempt(get_attempts(play));
    unsigned i = 0;

    sibling(play, 0, MULTIPLEXER, 128);
    for (; i < play->bound; i++)
        try_once(play, attempt, 1 + i * 2);
    accept_attempt(play, attempt, i * 2);
    until(play, 20);
}

/* What is said of this one is not what became of another of its host that was answered. */
static void refused_after_another_was_answered_late(play_t *play)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *mine = begin_attempt(attempts), *late = begin_attempt(attempts);
    trade_attempt_t *third = begin_attempt(attempts);

    for (unsigned i = 0; i < 4; i++)
        try_other(play, late, 1 + i * 2);
    try_other(play, third, 8);
    accept_other(play, third, 8.001);
    try_other(play, late, 9);
    accept_other(play, late, 9.001);
    try_once(play, mine, 12);
    refuse_attempt(play, mine, 12.001, 1);
}

/* Of two outages, the longer is told: the second, here. */
static void refused_for_longer_the_second_time(play_t *play)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *mine = begin_attempt(attempts);

    sibling(play, 0, MULTIPLEXER, 128);
    try_once(play, mine, 1);
    refuse_attempt(play, mine, 1.001, 1);
    for (unsigned i = 0; i < 2; i++) {
        trade_attempt_t *answered = begin_attempt(attempts), *refused = begin_attempt(attempts);
        try_other(play, answered, i == 0 ? 2 : 15);
        accept_other(play, answered, i == 0 ? 2.001 : 15.001);
        try_other(play, refused, i == 0 ? 10 : 19);
        refuse_other(play, refused, i == 0 ? 10.001 : 19.001);
    }
}

/* Two that failed before go on, one before and one after this one tries; the first is answered. */
static void unanswered_beside_two_that_go_on(play_t *play)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *mine = begin_attempt(attempts), *first = begin_attempt(attempts);
    trade_attempt_t *second = begin_attempt(attempts), *answered = begin_attempt(attempts);

    sibling(play, 0, MULTIPLEXER, 128);
    try_other(play, first, 1);
    try_other(play, second, 2);
    try_other(play, answered, 3);
    accept_other(play, answered, 3.001);
    try_other(play, first, 8);
    try_once(play, mine, 10);
    try_other(play, second, 11);
    accept_other(play, first, 14);
    until(play, 20);
}

/* The first of a run is left out of it when it is answered. */
static void unanswered_when_the_first_is_answered(play_t *play)
{
    trade_attempts_t *attempts = get_attempts(play);
    trade_attempt_t *mine = begin_attempt(attempts), *other = begin_attempt(attempts);

    sibling(play, 0, MULTIPLEXER, 128);
    try_other(play, other, 1);
    for (unsigned i = 0; i < 3; i++)
        try_once(play, mine, 2 + i);
    accept_other(play, other, 5);
    until(play, 20);
}

static const test_t attempts_tests[] = {
    TEST(refused_by_a_known_host, "refused", "network-or-multiplexer",
         "that of the host's other frames, which a firewall can give it as well"),
    TEST(refused_by_an_unknown_host, "refused", "network-or-multiplexer",
         "no other frame of the host has it"),
    BOUND(refused_with_ack, 0, "idle", "-"),
    BOUND(refused_with_ack, 1, "refused", "network-or-multiplexer"),
    BOUND(refused_with_ack, 2, "idle", "-"),
    BOUND(three_syns_within, 2, "connect-unanswered", "network-or-multiplexer"),
    BOUND(three_syns_within, 1.999, "idle", "-"),
    BOUND(so_many_syns, 3, "connect-unanswered", "network-or-multiplexer"),
    BOUND(so_many_syns, 2, "idle", "-"),
    BOUND(syn_captured_again_after, 2.999, "idle", "-"),
    BOUND(syn_captured_again_after, 3, "connect-unanswered", "network-or-multiplexer"),
    BOUND(syn_again_after_ms, 9.999, "idle", "-"),
    BOUND(syn_again_after_ms, 10, "connect-unanswered", "network-or-multiplexer"),
    TEST(syn_of_another_number, "connect-unanswered", "network-or-multiplexer",
         "in 2 attempts of its host with 3 SYNs"),
    TEST(syns_without_ip_id, "connect-unanswered", "network-or-multiplexer",
         "in 1 attempt of its host with 3 SYNs"),
    TEST(tried_on_and_on_with_a_known_host, "connect-unanswered", "network-or-multiplexer",
         "in 1 attempt of its host with 5 SYNs"),
    TEST(tried_on_and_on_with_an_unknown_host, "connect-unanswered", "cannot-tell",
         "whether it exists is not known"),
    TEST(tried_and_prohibited, "connect-unanswered", "network", "communication prohibited"),
    TEST(tried_and_another_prohibited, "connect-unanswered", "cannot-tell", ""),
    TEST(tried_and_unreachable, "connect-unanswered", "network-or-multiplexer",
         "About a SYN, router 10.0.0.254 said"),
    TEST(refused_and_answered_and_refused, "refused", "network-or-multiplexer",
         "After 7.001 s one was answered, at 8.001"),
    TEST(connected_while_another_tries, "idle", "-", ""),
    TEST(connected_after_others_failed, "idle", "-", ""),
    TEST(tries_while_another_connects_in_vain, "connect-unanswered", "network-or-multiplexer",
         "in 1 attempt of its host with 3 SYNs from 1.000"),
    TEST(tries_while_another_connects_until_answered, "connect-unanswered",
         "network-or-multiplexer", "After 3.008 s one was answered, at 4.008"),
    BOUND(answered_after_syns, 3, "idle", "-"),
    BOUND(answered_after_syns, 4, "connect-unanswered", "network-or-multiplexer"),
    TEST(refused_after_another_was_answered_late, "refused", "network-or-multiplexer",
         "in 1 attempt of its host with 1 SYN from 12.000"),
    TEST(refused_for_longer_the_second_time, "refused", "network-or-multiplexer", "After 5.001 s"),
    TEST(unanswered_beside_two_that_go_on, "connect-unanswered", "network-or-multiplexer",
         "from 2.000"),
    TEST(unanswered_when_the_first_is_answered, "connect-unanswered", "network-or-multiplexer",
         "in 1 attempt of its host with 3 SYNs from 2.000")
};

#endif /* TRADE_TESTS_UNIT_ATTEMPTS_H */
