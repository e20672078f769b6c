/* evidence.c
 * What a connection's evidence is asked for, number by number: intervals, what is missing, what a
 * way takes, what the capture lacks.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "tests/unit/health.h"

static unsigned failed;

static void expect(bool holds, const char *what)
{
    if (holds)
        return;
    printf("not so: %s\n", what);
    failed++;
}

/* ---- Intervals ---- */

enum { GAPS_MAX = 14 };

/* Gaps between Pings, in seconds, up to a 0; the usual interval is 30 s. */
static const struct {
    const char *what;
    double gaps[GAPS_MAX];
    double own;      /* what is learned; 0: nothing */
    unsigned learns; /* how many times another interval is found, */
    unsigned first;  /* the last time: from which gap on it held */
} rhythms[] = {
    { "one gap shows nothing", { 30 }, 0, 0, 0 },
    { "two do", { 30, 30 }, 30, 1, 0 },
    { "two that differ by a fifth", { 100, 120 }, 120, 1, 0 },
    { "two that differ by more", { 100, 126 }, 0, 0, 0 },
    { "two behind another", { 100, 30, 30 }, 30, 1, 1 },
    { "two of four fifths of the usual", { 24, 24 }, 24, 1, 0 },
    { "five of less", { 23.9, 23.9, 23.9, 23.9, 23.9 }, 0, 0, 0 },
    { "six of less", { 23.9, 23.9, 23.9, 23.9, 23.9, 23.9 }, 23.9, 1, 0 },
    { "six of half a second", { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5 }, 0.5, 1, 0 },
    { "faster than any", { 0.49, 0.49, 0.49, 0.49, 0.49, 0.49, 0.49 }, 0, 0, 0 },
    { "two of a new interval", { 30, 30, 60, 60 }, 30, 1, 0 },
    { "three of a new interval", { 30, 30, 60, 60, 60 }, 60, 2, 2 },
    { "three of about the same", { 30, 30, 36, 36, 36 }, 36, 1, 0 },
    { "most are about the same", { 30, 30, 31, 31, 31, 31, 31, 31 }, 31, 1, 0 },
    { "three quarters are near", { 40, 40, 42, 42, 42, 42, 99, 99 }, 42, 1, 0 },
    { "fewer are", { 40, 40, 99, 70, 99, 42, 42, 42 }, 40, 1, 0 },
    { "one that is longer than any may be",
      { 30, 30, 1e12, 1e12, 1e12 },
      TRADE_INTERVAL_MAX / 1e9,
      2,
      2 },
    { "new intervals behind more than are kept",
      { 30, 30, 30, 30, 30, 30, 30, 30, 30, 60, 60, 60 },
      60,
      2,
      5 },
};

static void test_rhythms(void)
{
    for (unsigned i = 0; i < sizeof rhythms / sizeof rhythms[0]; i++) {
        trade_rhythm_t rhythm = { .count = 0 };
        unsigned learns = 0, first = 0;

        for (unsigned n = 0; n < GAPS_MAX && rhythms[i].gaps[n] > 0; n++) {
            const double gap = rhythms[i].gaps[n] * 1e9;
            learns += trade_rhythm_add(&rhythm, gap < 9e18 ? (trade_time_t)gap : INT64_MAX,
                                       30 * TRADE_SECOND, &first);
        }
        if (rhythm.own == (trade_time_t)(rhythms[i].own * 1e9) && learns == rhythms[i].learns &&
            first == rhythms[i].first)
            continue;
        printf("%s: %.3f s, learned %u times, from gap %u on\n", rhythms[i].what,
               (double)rhythm.own / 1e9, learns, first);
        failed++;
    }
}

/* ---- A connection ---- */

static char memory[1 << 16];
static size_t used;

static void *allocate(size_t size)
{
    used += size;
    return memory + used - size;
}

static trade_evidence_t begin(void)
{
    trade_evidence_t evidence;

    memset(memory, 0, used);
    used = 0;
    trade_evidence_init(&evidence, allocate, 30 * TRADE_SECOND);
    return evidence;
}

/* Adds a segment of so many bytes, in ms. */
static void add(trade_evidence_t *evidence, trade_time_t ms, unsigned side, uint32_t seq,
                uint32_t length, uint32_t ack)
{
    static uint32_t frame;
    const trade_segment_t segment = { .when = ms * 1000000,
                                      .frame = ++frame,
                                      .side = (uint8_t)side,
                                      .seq = seq,
                                      .ack = ack,
                                      .window = 1000,
                                      .length = length,
                                      .flags = TRADE_TCP_ACK,
                                      .scale = -1 };

    trade_evidence_add(evidence, &segment);
}

/* Nine Pings of the side 0, each ten bytes and a second later, without a Pong: one more than are
 * kept. From lost on, bytes of the other side are missing; 0: none are. */
static trade_evidence_t ask_nine_times(unsigned lost)
{
    trade_evidence_t evidence = begin();
    trade_ping_t forgotten;

    for (unsigned n = 0; n < 9; n++) {
        const trade_ping_event_t event = { .frame = evidence.now_frame,
                                           .seq = 1 + 10 * n,
                                           .side = 0 };
        const uint32_t seq = lost > 0 && n >= lost ? 600 : 500;
        add(&evidence, 1000 * n, 1, seq, 0, 1 + 10 * n);
        add(&evidence, 1000 * n + 1, 0, 1 + 10 * n, 10, seq);
        trade_evidence_add_ping(&evidence, &event, &forgotten);
    }
    return evidence;
}

static void test_unanswered(void)
{
    trade_evidence_t evidence = ask_nine_times(0);

    expect(trade_evidence_count_unanswered(&evidence, 0, 60 * TRADE_SECOND, 30 * TRADE_SECOND) == 9,
           "a Ping that is no longer kept is unanswered, too");
    expect(trade_evidence_count_unanswered(&evidence, 0, 35 * TRADE_SECOND + 1000000,
                                           30 * TRADE_SECOND) == 6,
           "a Ping is unanswered when it has waited for an interval");
    expect(trade_evidence_count_unanswered(&evidence, 0, 35 * TRADE_SECOND + 999999,
                                           30 * TRADE_SECOND) == 5,
           "and not before");
    evidence = ask_nine_times(4);
    expect(trade_evidence_count_unanswered(&evidence, 0, 60 * TRADE_SECOND, 30 * TRADE_SECOND) == 5,
           "Pings whose Pongs may be in bytes that are missing are not, be they kept or not");
}

static void test_acknowledged_before(void)
{
    trade_evidence_t evidence = begin();
    const trade_ping_event_t event = { .seq = 11, .side = 0 };
    trade_ping_t forgotten;

    add(&evidence, 0, 1, 500, 0, 12);
    add(&evidence, 1, 0, 11, 10, 500);
    trade_evidence_add_ping(&evidence, &event, &forgotten);
    expect(trade_evidence_count_unanswered(&evidence, 0, 60 * TRADE_SECOND, 30 * TRADE_SECOND) == 0,
           "a Ping that was acknowledged before anything was captured may have been answered");
}

static void test_missing(void)
{
    trade_evidence_t evidence = begin();

    add(&evidence, 0, 0, 1, 10, 500);
    add(&evidence, 1, 1, 500, 0, 12);
    expect(trade_evidence_get_missing(&evidence.sides[0]) == 0, "one byte ahead may be a FIN");
    add(&evidence, 2, 1, 500, 0, 13);
    expect(trade_evidence_get_missing(&evidence.sides[0]) == 2, "two are bytes");
    add(&evidence, 3, 0, 21, 10, 500);
    expect(trade_evidence_get_missing(&evidence.sides[0]) == 10, "a hole is missing");
    add(&evidence, 4, 0, 11, 4, 500);
    expect(trade_evidence_get_missing(&evidence.sides[0]) == 6, "and less when it is filled");
    add(&evidence, 5, 0, 31 + (1U << 24) - 1, 10, 500);
    expect(evidence.sides[0].unrelated == 0, "bytes less than 16 MB ahead are of this connection");
    add(&evidence, 6, 0, 40 + (1U << 24) - 1 + (1U << 24) + 1, 10, 500);
    expect(evidence.sides[0].unrelated == 1, "bytes 16 MB ahead are of another");
}

/* ---- Times and hops ---- */

static void test_times_beyond(void)
{
    trade_evidence_t evidence = begin();
    const trade_time_t last = TRADE_LATEST_S * 1000;

    add(&evidence, last - 1, 0, 1, 10, 500);
    expect(evidence.skew.beyond == 0, "a time before 2255 is known");
    add(&evidence, last, 0, 11, 10, 500);
    expect(evidence.skew.beyond == 1, "the last one stands for all later ones");
}

/* Returns whether a message is believed whose router is far nearer to the sender than the hops of
 * its segments say, of which so many came. */
static bool is_taken(unsigned segments)
{
    trade_evidence_t evidence = begin();
    const trade_notice_t notice = {
        .seq = 11, .type = 3, .code = 13, .ttl = 255, .quoted_ttl = 10, .frame = 99
    };

    add(&evidence, 0, 1, 500, 0, 1);
    for (unsigned n = 0; n < segments; n++) {
        trade_segment_t segment = { .when = n,
                                    .frame = 50 + n,
                                    .seq = 1 + 10 * n,
                                    .ack = 500,
                                    .length = 10,
                                    .flags = TRADE_TCP_ACK,
                                    .scale = -1,
                                    .ttl = 64 };
        trade_evidence_add(&evidence, &segment);
    }
    return trade_evidence_add_notice(&evidence, &notice);
}

static void test_hops_of_messages(void)
{
    expect(is_taken(3), "three segments do not show how far their sender is");
    expect(!is_taken(4), "four do");
}

/* ---- The way beyond the capture point ---- */

static void test_beyond(void)
{
    trade_evidence_t evidence = begin();
    const trade_time_t ms = 1000000;

    evidence.syn = TRADE_SECOND;
    evidence.syn_ack = TRADE_SECOND + 2 * ms;
    evidence.syn_acked = evidence.syn_ack + 2 * ms - 1;
    expect(trade_evidence_get_beyond(&evidence, 1, 0, 0) == 2 * ms, "2 ms are a way");
    expect(trade_evidence_get_beyond(&evidence, 0, 0, 0) == 0, "less is none");
    evidence.syn_acked = 0;
    expect(trade_evidence_get_beyond(&evidence, 0, 0, 0) == 0, "half a handshake shows none");
    evidence.sides[1].late = (trade_repeat_t){ 100, 110, 5 * ms, 9 * ms };
    expect(trade_evidence_get_beyond(&evidence, 1, 109, 0) == 6 * ms, "what came late adds to it");
    expect(trade_evidence_get_beyond(&evidence, 1, 110, 0) == 2 * ms, "but not for the next byte");
    evidence.sides[0].again = (trade_repeat_t){ 100, 110, 5 * ms, 8 * ms };
    expect(trade_evidence_get_beyond(&evidence, 1, 0, 100) == 5 * ms,
           "so does what was retransmitted");
    expect(trade_evidence_get_beyond(&evidence, 1, 0, 99) == 2 * ms, "but not for the byte before");
}

static void test_quiet(void)
{
    trade_evidence_t evidence = begin();
    const trade_span_t span = { 0, 20 * TRADE_SECOND };

    add(&evidence, 0, 0, 1, 10, 500);
    add(&evidence, 1999, 0, 11, 10, 500);
    add(&evidence, 2000, 0, 21, 10, 500);
    expect(evidence.quiet_count == 0, "less than 2 s is not quiet");
    add(&evidence, 4000, 0, 31, 10, 500);
    add(&evidence, 19000, 0, 41, 10, 500);
    expect(trade_evidence_get_quiet(&evidence, &span) == 15 * TRADE_SECOND,
           "the longest time without a segment");
    add(&evidence, 40000, 0, 51, 10, 500);
    expect(trade_evidence_get_quiet(&evidence, &span) == 15 * TRADE_SECOND,
           "one that reaches beyond the span does not count");
}

/* ---- The capture ---- */

static void test_connections(void)
{
    trade_capture_t capture = { .number = 0 };
    uint32_t one = 0, other = 0;

    trade_capture_add(&capture, 0, 1, 30 * TRADE_SECOND);
    trade_capture_hear(&capture, &one);
    trade_capture_hear(&capture, &other);
    trade_capture_hear(&capture, &other);
    expect(capture.live == 2, "a connection counts once");
    trade_capture_forget(&capture, &other);
    expect(capture.live == 1, "one that ended does not");
    trade_capture_hear(&capture, &other);
    trade_capture_add(&capture, 60 * TRADE_SECOND - 1, 2, 30 * TRADE_SECOND);
    expect(capture.live == 2, "for two intervals they count,");
    trade_capture_add(&capture, 60 * TRADE_SECOND, 3, 30 * TRADE_SECOND);
    expect(capture.live == 0 && capture.lived == 2, "and then as those before");
    trade_capture_forget(&capture, &other);
    expect(capture.lived == 1, "until they end");
    trade_capture_forget(&capture, &other);
    expect(capture.lived == 1, "once");
}

static void test_pauses(void)
{
    trade_capture_t capture = { .number = 0 };
    uint32_t one = 0, other = 0;
    unsigned which;
    trade_stretch_t stretch = { { 0, 100 * TRADE_SECOND }, 1, 0 };

    trade_capture_add(&capture, 0, 1, 30 * TRADE_SECOND);
    trade_capture_hear(&capture, &one);
    trade_capture_hear(&capture, &other);
    trade_capture_add(&capture, 36 * TRADE_SECOND - 1, 2, 30 * TRADE_SECOND);
    expect(capture.pause_count == 0, "less than 1.2 intervals is no pause");
    trade_capture_add(&capture, 72 * TRADE_SECOND - 1, 3, 30 * TRADE_SECOND);
    expect(trade_capture_get_pause(&capture, &stretch, 1, &which) == 36 * TRADE_SECOND,
           "1.2 intervals are one");
    stretch.last = 3;
    expect(trade_capture_get_pause(&capture, &stretch, 1, &which) > 0, "its frame is within");
    stretch.last = 2;
    expect(trade_capture_get_pause(&capture, &stretch, 1, &which) == 0, "or comes later");
    stretch = (trade_stretch_t){ { 0, 100 * TRADE_SECOND }, 4, 0 };
    expect(trade_capture_get_pause(&capture, &stretch, 1, &which) == 0, "or came before");
    stretch = (trade_stretch_t){ { 36 * TRADE_SECOND, 100 * TRADE_SECOND }, 1, 0 };
    expect(trade_capture_get_pause(&capture, &stretch, 1, &which) == 0,
           "a pause that began before does not count");
}

/* Returns whether a pause counts, in s, where so many connections are alive and a frame of them
 * came each 2 s before, for so many s. */
static bool is_pause(unsigned connections, double pause, unsigned before)
{
    const trade_time_t usual = 60 * TRADE_SECOND;
    trade_capture_t capture = { .number = 0 };
    uint32_t heard[8] = { 0 };
    uint32_t frame = 1;
    unsigned which;
    const trade_stretch_t stretch = { { 0, 2000 * TRADE_SECOND }, 1, 0 };
    trade_time_t when = 0;

    for (unsigned at = 0; at <= before; at += 2) {
        when = at * TRADE_SECOND;
        trade_capture_add(&capture, when, frame++, usual);
        trade_capture_hear(&capture, &heard[at / 2 % connections]);
    }
    when += (trade_time_t)(pause * TRADE_SECOND);
    trade_capture_add(&capture, when, frame, usual);
    return trade_capture_get_pause(&capture, &stretch, 72 * TRADE_SECOND, &which) > 0;
}

static void test_unusual_pauses(void)
{
    expect(is_pause(4, 15, 300), "a quarter of an interval is a pause where frames come often,");
    expect(!is_pause(4, 14.999, 300), "less is none,");
    expect(!is_pause(3, 15, 300), "nor where less than four connections are alive,");
    expect(is_pause(4, 15, 122) && !is_pause(4, 15, 118), "nor where little was seen before");
}

static void test_usual_pauses(void)
{
    trade_capture_t capture = { .number = 9, .epoch = 1, .lived = 4, .quiet = 5 * TRADE_SECOND };
    trade_capture_t same = capture;

    trade_capture_add(&capture, 20 * TRADE_SECOND, 1, 60 * TRADE_SECOND);
    expect(capture.pause_count == 1, "four times as long as ever before is one,");
    trade_capture_add(&same, 20 * TRADE_SECOND - 1, 1, 60 * TRADE_SECOND);
    expect(same.pause_count == 0 && same.quiet == 20 * TRADE_SECOND - 1,
           "less is none, and usual from then on");
    same.quiet = INT64_MAX / 2;
    same.lived = 4;
    trade_capture_add(&same, 50 * TRADE_SECOND, 2, 60 * TRADE_SECOND);
    expect(same.pause_count == 0, "nor is one after centuries without a frame");
}

static void test_steps(void)
{
    trade_capture_t capture = { .number = 0 };
    unsigned which = 7;
    const trade_span_t before = { 0, 9 }, touching = { 0, 10 }, after = { 21, 30 };

    trade_capture_add_step(&capture, (trade_span_t){ 10, 20 }, 5, 1);
    expect(trade_capture_get_step(&capture, &before, &which) == 0, "a step is in its span,");
    expect(trade_capture_get_step(&capture, &after, &which) == 0, "not after,");
    expect(trade_capture_get_step(&capture, &touching, &which) == 5 && which == 0, "or at its end");
    trade_capture_add_step(&capture, (trade_span_t){ 5, 8 }, -2, 2);
    expect(trade_capture_get_step(&capture, &touching, &which) == 3, "several add up");
}

/* Returns how far the clock was set in 40 ns if one clock in PDUs shows 5 ns from 10 to 20 ns, and
 * another this. */
static trade_time_t add_two_steps(trade_time_t start, trade_time_t end, trade_time_t amount)
{
    trade_capture_t capture = { .number = 0 };
    const trade_span_t whole = { 0, 40 };
    unsigned which = 0;

    trade_capture_add_step(&capture, (trade_span_t){ 10, 20 }, 5, 1);
    trade_capture_add_step(&capture, (trade_span_t){ start, end }, amount, 2);
    return trade_capture_get_step(&capture, &whole, &which);
}

static void test_steps_of_two_clocks(void)
{
    trade_capture_t capture = { .number = 0 };
    const trade_span_t before = { 0, 14 }, after = { 18, 40 };
    unsigned which = 0;

    expect(add_two_steps(20, 30, 5 + TRADE_SECOND) == 5, "what two clocks show counts once,");
    expect(add_two_steps(20, 30, 6 + TRADE_SECOND) == 11 + TRADE_SECOND, "if they agree,");
    expect(add_two_steps(20, 30, 5 - TRADE_SECOND) == 5, "either way,");
    expect(add_two_steps(20, 30, 4 - TRADE_SECOND) == 9 - TRADE_SECOND, "and no more apart,");
    expect(add_two_steps(21, 30, 5) == 10, "also on when");
    trade_capture_add_step(&capture, (trade_span_t){ 10, 20 }, 5, 2);
    trade_capture_add_step(&capture, (trade_span_t){ 15, 17 }, 5, 1);
    expect(trade_capture_get_step(&capture, &before, &which) == 0 &&
               trade_capture_get_step(&capture, &after, &which) == 0 && capture.steps[0].frame == 1,
           "that is known the more exactly");
}

int main(void)
{
    test_rhythms();
    test_unanswered();
    test_acknowledged_before();
    test_missing();
    test_times_beyond();
    test_hops_of_messages();
    test_beyond();
    test_quiet();
    test_connections();
    test_pauses();
    test_unusual_pauses();
    test_usual_pauses();
    test_steps();
    test_steps_of_two_clocks();
    return failed > 0;
}
