/* play.h
 * Plays connections to the judge: segments, Pings and Pongs at their times, for cases that say what
 * is to be found of them. Includes the two sources of which it uses what is static.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_PLAY_H
#define TRADE_TESTS_UNIT_PLAY_H

#include <stdio.h>

#include <glib.h>

#include "analysis/health/hosts.c"
#include "analysis/health/rules.c"
#include "tests/unit/health.h"

enum { MODULE, MULTIPLEXER };
/* Other connections of the two hosts: the first half have the IP ids and the clock of the one that
 * is played, as those of one machine, the other half ids each for itself, and another clock. */
enum { OTHERS = 12, OTHER_MACHINE = OTHERS / 2 };

/* A connection that is being played: times in seconds, sequence numbers from 1. */
typedef struct play {
    trade_health_t health;
    trade_health_context_t context;
    trade_held_t held[2];
    trade_host_t hosts[2];
    trade_group_t groups[TRADE_GROUPS];
    trade_kernel_t kernels[2];
    trade_evidence_t others[OTHERS];
    uint32_t live;       /* epoch of this connection, */
    uint32_t other_live; /* and of another one */
    uint32_t seq[2], ack[2], window[2];
    uint32_t frame;
    uint16_t ip_id[2];
    uint8_t routers[2]; /* that a side's frames come through */
    uint32_t pings[2];  /* frame of the last Ping of each side */
    double pinged[2];
    uint32_t rate;               /* ticks a second of both clocks; 0: no timestamps */
    uint32_t stamp[2], heard[2]; /* timestamps sent last, and of the other side */
    double stood[2];             /* how long a clock stood still, in s */
    double bound;                /* of a case on one side of a bound: see test_t */
} play_t;

static inline trade_time_t at(double seconds)
{
    return 1000 * TRADE_SECOND + (trade_time_t)(seconds * 1e9);
}

/* Returns the next segment of a side, with nothing in it. */
static inline trade_segment_t make(play_t *play, double seconds, unsigned side)
{
    play->stamp[side] = (uint32_t)(int64_t)((seconds - play->stood[side] + 100) * play->rate);
    return (trade_segment_t){ .when = at(seconds),
                              .frame = ++play->frame,
                              .side = (uint8_t)side,
                              .seq = play->seq[side],
                              .ack = play->ack[side],
                              .window = play->window[side],
                              .flags = TRADE_TCP_ACK,
                              .ttl = (uint8_t)((side == MODULE ? 64 : 128) - play->routers[side]),
                              .scale = -1,
                              .stamp = play->stamp[side],
                              .echo = play->heard[side],
                              .has_stamp = play->rate > 0,
                              .ip_id = ++play->ip_id[side] };
}

static inline trade_seen_t add(play_t *play, const trade_segment_t *segment)
{
    trade_capture_add(&play->context.capture, segment->when, segment->frame, play->context.usual);
    trade_slices_set(&play->context.slices, segment->when, play->context.usual);
    trade_capture_hear(&play->context.capture, &play->live);
    return trade_evidence_add(&play->health.evidence, segment);
}

/* A frame of another connection. */
static inline void other(play_t *play, double seconds)
{
    trade_capture_add(&play->context.capture, at(seconds), ++play->frame, play->context.usual);
    trade_slices_set(&play->context.slices, at(seconds), play->context.usual);
    trade_capture_hear(&play->context.capture, &play->other_live);
}

/* Sends bytes, which the other side has heard unless it is deaf. */
static inline void send(play_t *play, double seconds, unsigned side, uint32_t length, bool is_heard)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.length = length;
    add(play, &segment);
    play->seq[side] += length;
    if (!is_heard)
        return;
    play->ack[!side] = play->seq[side];
    play->heard[!side] = play->stamp[side];
}

/* Sends the last bytes again. */
static inline void send_again(play_t *play, double seconds, unsigned side, uint32_t length)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.seq -= length;
    segment.length = length;
    add(play, &segment);
}

static inline void ack(play_t *play, double seconds, unsigned side)
{
    const trade_segment_t segment = make(play, seconds, side);

    add(play, &segment);
    play->heard[!side] = play->stamp[side];
}

/* Makes the Ping of the bytes that were sent last. */
static inline void note_ping(play_t *play, double seconds, unsigned side)
{
    const trade_ping_event_t event = { .frame = play->health.evidence.now_frame,
                                       .seq = play->seq[side] - 10,
                                       .side = (uint8_t)side };

    trade_health_add_ping(&play->health, &play->context, &event);
    play->pings[side] = play->frame;
    play->pinged[side] = seconds;
}

static inline void ping(play_t *play, double seconds, unsigned side)
{
    send(play, seconds, side, 10, true);
    note_ping(play, seconds, side);
}

/* A Ping that does not arrive. */
static inline void lost_ping(play_t *play, double seconds, unsigned side)
{
    send(play, seconds, side, 10, false);
    note_ping(play, seconds, side);
}

/* Answers the Ping of a frame. */
static inline void pong_for(play_t *play, double seconds, unsigned asking, uint32_t frame,
                            double sent)
{
    send(play, seconds, !asking, 10, true);
    const trade_pong_event_t event = { .asking = (uint8_t)asking,
                                       .ping_frame = frame,
                                       .elapsed = at(seconds) - at(sent) };
    trade_health_add_pong(&play->health, &play->context, &event);
}

/* Answers the last Ping of a side. */
static inline void pong(play_t *play, double seconds, unsigned asking)
{
    pong_for(play, seconds, asking, play->pings[asking], play->pinged[asking]);
}

static inline void rst(play_t *play, double seconds, unsigned side)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.flags |= TRADE_TCP_RST;
    add(play, &segment);
}

static inline void fin(play_t *play, double seconds, unsigned side)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.flags |= TRADE_TCP_FIN;
    add(play, &segment);
    play->ack[!side] = ++play->seq[side];
}

static inline void round_of(play_t *play, double seconds, unsigned asking)
{
    ping(play, seconds, asking);
    pong(play, seconds + 0.001, asking);
    ack(play, seconds + 0.04, asking);
}

static inline void exchange(play_t *play, double seconds, unsigned which);

/* Healthy rounds of both sides, each 30 s, from one number to another. */
static inline void rounds(play_t *play, int from, int to)
{
    for (int n = from; n < to; n++) {
        round_of(play, n * 30, MODULE);
        round_of(play, n * 30 + 1, MULTIPLEXER);
    }
}

/* The same, beside another connection of the same two hosts. */
static inline void rounds_beside(play_t *play, int from, int to, unsigned which)
{
    for (int n = from; n < to; n++) {
        exchange(play, n * 30 - 10, which);
        rounds(play, n, n + 1);
        exchange(play, n * 30 + 2, which);
    }
}

static inline void module_rounds(play_t *play, int from, int to)
{
    for (int n = from; n < to; n++)
        round_of(play, n * 30, MODULE);
}

static inline void multiplexer_rounds(play_t *play, int from, int to)
{
    for (int n = from; n < to; n++)
        round_of(play, n * 30 + 1, MULTIPLEXER);
}

/* Retransmits the last 10 bytes of a side, sent at a time: 0.3 s after that, 0.6, 1.2 and so on,
 * from one number to another. */
static inline void resend_some(play_t *play, double seconds, unsigned side, int from, int to)
{
    for (int n = from; n < to; n++)
        send_again(play, seconds + 0.3 * (1 << n), side, 10);
}

static inline void resend(play_t *play, double seconds, unsigned side, int times)
{
    resend_some(play, seconds, side, 0, times);
}

/* A segment of another connection of a side's host. */
static inline void sibling(play_t *play, double seconds, unsigned side, uint8_t ttl)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.ttl = ttl;
    segment.ip_id = (uint16_t)(segment.ip_id + 20000);
    play->ip_id[side]--;
    watch_host(&play->hosts[side], &segment);
}

/* A segment of another connection of the two hosts. acked: how much it acknowledges. */
static inline void add_other(play_t *play, double seconds, unsigned which, unsigned side,
                             uint32_t length, uint32_t acked)
{
    trade_evidence_t *evidence = &play->others[which];
    trade_segment_t segment = make(play, seconds, side);

    other(play, seconds);
    segment.seq = evidence->sides[side].next;
    segment.ack = acked;
    segment.length = length;
    if (which >= OTHER_MACHINE) {
        play->ip_id[side]--;
        segment.ip_id = (uint16_t)(20000 + which * 1000 + evidence->sides[side].last.ip_id % 1000);
        segment.ip_id++;
        segment.stamp += 1 << 24;
    }
    trade_evidence_add(evidence, &segment);
}

/* On another connection, a side sends bytes, and has them acknowledged. */
static inline void exchange_of(play_t *play, double seconds, unsigned which, unsigned side)
{
    const trade_side_t *sides = play->others[which].sides;

    add_other(play, seconds, which, side, 10, sides[!side].next);
    add_other(play, seconds, which, !side, 0, sides[side].next);
}

static inline void exchange(play_t *play, double seconds, unsigned which)
{
    exchange_of(play, seconds, which, MODULE);
}

/* The same on so many others, from one of them on, each 10 s from a time until another. */
static inline void exchanges(play_t *play, double from, double to, unsigned first, unsigned count)
{
    for (double seconds = from; seconds < to; seconds += 10) {
        for (unsigned n = 0; n < count; n++)
            exchange(play, seconds + 0.01 * n, first + n);
    }
}

/* The capture goes on until then. */
static inline void until(play_t *play, double seconds)
{
    other(play, seconds);
}

static inline void handshake(play_t *play, double far, double near)
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

static inline void probe(play_t *play, double seconds, unsigned side)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.seq--;
    add(play, &segment);
}

/* An RST in the Multiplexer's name, with this TTL and IP id; 1: the one that goes on. */
/* ip_id: 1: the next. */
static inline void rst_of(play_t *play, double seconds, unsigned side, uint8_t ttl, uint16_t ip_id)
{
    trade_segment_t segment = make(play, seconds, side);

    segment.flags |= TRADE_TCP_RST;
    segment.ttl = ttl;
    if (ip_id != 1)
        segment.ip_id = ip_id;
    add(play, &segment);
}

static inline void rst_with(play_t *play, double seconds, uint8_t ttl, uint16_t ip_id)
{
    rst_of(play, seconds, MULTIPLEXER, ttl, ip_id);
}

static inline void skewed(play_t *play)
{
    trade_skew_t *skew = &play->health.evidence.skew;

    skew->count = 2;
    skew->amount = 40 * TRADE_SECOND;
    skew->frame = 3;
}

static inline void clock_is_set(play_t *play, double before, double after)
{
    const trade_span_t span = { at(before), at(after) };

    trade_capture_add_step(&play->context.capture, span, at(after) - at(before) - TRADE_SECOND,
                           play->frame + 1);
}

/* The Ping of 120 s is not acknowledged, while another connection is well. From which time on it
 * is, and how often: between the retransmissions at 124.8, 129.6, 139.2 and 158.4 s. */
static inline void lost_beside(play_t *play, unsigned which, double first, double second)
{
    rounds_beside(play, 0, 4, which);
    lost_ping(play, 120, MODULE);
    resend_some(play, 120, MODULE, 0, 5);
    exchange(play, first, which);
    resend_some(play, 120, MODULE, 5, 6);
    exchange(play, second, which);
    resend_some(play, 120, MODULE, 6, 8);
    rst(play, 210, MODULE);
}

/* Only the module sends Pings. From the last of them on, at 90 s, neither side is seen, though so
 * many others are well: at the host of a side, by the handshake and the TTL. */
static inline void silent_at(play_t *play, unsigned side, unsigned others)
{
    const bool is_far = side == MULTIPLEXER;

    handshake(play, is_far ? 0.00001 : 0.005, is_far ? 0.005 : 0.00001);
    exchanges(play, 0, 90, OTHER_MACHINE, others);
    module_rounds(play, 0, 4);
    exchanges(play, 91, 300, OTHER_MACHINE, others);
    until(play, 300);
}

/* ---- Cases ---- */

/* A case: what is played, and what is to be said of it. */
typedef struct test {
    const char *name;
    void (*run)(play_t *play);
    const char *word, *where, *says;
    double bound; /* what of it varies: on one side of a bound, or on the other */
} test_t;

/* clang-format off */
#define TEST(name, word, where, says) { #name, name, word, where, says, 0 }
#define BOUND(name, bound, word, where) { #name " with " #bound, name, word, where, "", bound }
/* clang-format on */

static inline void format_time(trade_time_t when, char *text, size_t size)
{
    snprintf(text, size, "%.3f", (double)when / 1e9 - 1000);
}

static GSList *allocated; /* for the case that is played */

static inline void *allocate(size_t size)
{
    allocated = g_slist_prepend(allocated, g_malloc0(size));
    return allocated->data;
}

/* Makes a connection one of the two hosts. */
static inline void join(play_t *play, trade_evidence_t *evidence)
{
    for (unsigned side = 0; side < 2; side++) {
        evidence->sides[side].host = &play->hosts[side];
        evidence->sides[side].kernel = &play->kernels[side];
    }
    for (unsigned n = 0; n < TRADE_GROUPS; n++)
        evidence->kin.groups[n] = &play->groups[n];
    evidence->kin.slices = &play->context.slices;
}

/* Plays a case and returns what is found. */
static inline trade_judgement_t play_case(const test_t *test, char *text, size_t size)
{
    play_t *play = g_new0(play_t, 1);
    const trade_naming_t naming = { { "the module", "the Multiplexer" }, 7, format_time };
    trade_judgement_t judgement;

    trade_evidence_init(&play->health.evidence, allocate, 30 * TRADE_SECOND);
    play->context.usual = 30 * TRADE_SECOND;
    play->context.limit = 90 * TRADE_SECOND;
    for (unsigned side = 0; side < 2; side++) {
        play->seq[side] = play->ack[side] = 0xfffffff0; /* it wraps */
        play->window[side] = 511;
        play->ip_id[side] = (uint16_t)(100 + side * 1000);
        play->health.evidence.sides[side].host = &play->hosts[side];
        play->hosts[side].group = &play->groups[side];
    }
    join(play, &play->health.evidence);
    for (unsigned n = 0; n < OTHERS; n++) {
        trade_evidence_init(&play->others[n], allocate, 30 * TRADE_SECOND);
        join(play, &play->others[n]);
    }
    play->health.evidence.module = MODULE;
    play->bound = test->bound;
    test->run(play);
    for (unsigned side = 0; side < 2; side++)
        g_assert_cmpuint(play->health.evidence.sides[side].answered, <=,
                         play->health.evidence.sides[side].pings);
    trade_health_conclude(&play->health, &play->context, play->held, &judgement);
    trade_finding_explain(&judgement.worst, &naming, text, size);
    g_slist_free_full(allocated, g_free);
    allocated = NULL;
    g_free(play);
    return judgement;
}

static bool is_met[RULES]; /* by a case, which rule */

/* Plays cases. Returns how many are judged otherwise than they ask for. */
static inline unsigned run_tests(const test_t *tests, unsigned count)
{
    unsigned failed = 0;

    for (unsigned i = 0; i < count; i++) {
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
    return failed;
}

#endif /* TRADE_TESTS_UNIT_PLAY_H */
