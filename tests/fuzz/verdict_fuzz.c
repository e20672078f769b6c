/* verdict_fuzz.c
 * A libFuzzer target: what is said of a connection, whatever its segments, Pings and Pongs are.
 *
 * An input is how TCP's windows, the interval and the limit are (3 bytes) and then steps of eight
 * bytes: what is done (STEP_ bits), flags and more (1), time since the last step (2), distance from
 * the next sequence number (1, signed), bytes (1), window (1), what is acknowledged (1, signed).
 *
 * Asserted, beyond what the sanitizers see:
 *   - counts never go back, and no more is kept than there is room for
 *   - stretches of time end after they begin, frames are some that were seen
 *   - a verdict has a place and a sentence, with a filter; idle and ok have none
 *   - a side of which no segment was captured is not accused
 *   - a sentence can be read, ends within the room that it has, and is the same when asked again
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "tests/health.h"

#include <glib.h>

#include "tests/fuzz/bytes.h"

enum { TEXT_MAX = 2048, WAITING_MAX = 64, ALLOCATED_MAX = 64 };

/* What a step does. */
enum {
    STEP_SIDE = 0x01,
    STEP_PING = 0x02,     /* the segment has a Ping, */
    STEP_PONG = 0x04,     /* or the Pong to the oldest of the other side's that has none */
    STEP_OTHER = 0x08,    /* a frame of another connection */
    STEP_BACK = 0x10,     /* time goes back */
    STEP_LONG = 0x20,     /* time in s, else in ms */
    STEP_ODD = 0x40,      /* IP id and TTL of somebody else */
    STEP_UNCERTAIN = 0x80 /* the dissector cannot tell what it was given */
};

/* A Ping that has no Pong so far. */
typedef struct asked {
    uint32_t frame;
    trade_time_t when;
} asked_t;

/* A connection that is being played. */
typedef struct play {
    trade_health_t health, before; /* as it was before the newest step */
    trade_health_context_t context;
    trade_held_t held[2];
    uint32_t live, other_live;
    uint32_t seq[2], frame;
    uint16_t ip_id[2];
    uint32_t losses[2];
    asked_t asked[2][WAITING_MAX];
    unsigned asked_count[2];
    trade_time_t now;
    bool is_back; /* time went back */
} play_t;

static void *allocated[ALLOCATED_MAX];
static unsigned allocated_count;

static void *allocate(size_t size)
{
    expect(allocated_count < ALLOCATED_MAX, "evidence has a fixed size");
    allocated[allocated_count] = g_malloc0(size);
    return allocated[allocated_count++];
}

static void format_time(trade_time_t when, char *text, size_t size)
{
    snprintf(text, size, "%.3f", (double)when / TRADE_SECOND);
}

/* ---- Playing ---- */

static void add_ping(play_t *play, const trade_segment_t *segment)
{
    const trade_ping_event_t event = { .frame = segment->frame,
                                       .seq = segment->seq,
                                       .side = segment->side };
    unsigned *count = &play->asked_count[segment->side];

    trade_health_add_ping(&play->health, &play->context, &event);
    if (*count < WAITING_MAX)
        play->asked[segment->side][(*count)++] = (asked_t){ segment->frame, segment->when };
}

static void add_pong(play_t *play, const trade_segment_t *segment)
{
    const unsigned asking = !segment->side;
    asked_t *asked = play->asked[asking];

    if (play->asked_count[asking] == 0)
        return;
    const trade_pong_event_t event = { .asking = (uint8_t)asking,
                                       .ping_frame = asked->frame,
                                       .elapsed = segment->when - asked->when };
    trade_health_add_pong(&play->health, &play->context, &event);
    play->asked_count[asking]--;
    memmove(asked, asked + 1, play->asked_count[asking] * sizeof *asked);
}

static trade_segment_t read_segment(play_t *play, bytes_t *bytes, unsigned step, unsigned flags)
{
    const unsigned units = step & STEP_BACK ? 5000 : 50; /* ms since what a timestamp repeats */
    const unsigned side = step & STEP_SIDE;
    const uint32_t distance = (uint32_t)(int8_t)take_byte(bytes) * (flags & 0x40 ? 1000 : 1);

    return (trade_segment_t){ .when = play->now,
                              .frame = play->frame,
                              .side = (uint8_t)side,
                              .seq = play->seq[side] + distance,
                              .length = take_byte(bytes) * (flags & 0x40 ? 100 : 1),
                              .window = take_byte(bytes),
                              .ack = play->seq[!side] + (uint32_t)(int8_t)take_byte(bytes),
                              .flags = flags & 0x17,
                              .ttl = step & STEP_ODD ? 3
                                     : side          ? 64
                                                     : 128,
                              .scale = flags & TRADE_TCP_SYN ? flags >> 4 & 7 : -1,
                              .is_cut = flags & 0x08,
                              .has_sack = flags & 0x20,
                              .has_stamp = flags & 0x20,
                              .stamp = (uint32_t)(play->now / (TRADE_SECOND / 1000)),
                              .echo = (uint32_t)(play->now / (TRADE_SECOND / 1000)) - units,
                              .ip_id = step & STEP_ODD ? 40000 : ++play->ip_id[side] };
}

/* Plays a step; returns whether it was a segment of the connection. */
static bool run_step(play_t *play, bytes_t *bytes)
{
    const unsigned step = take_byte(bytes), flags = take_byte(bytes), units = take_pair(bytes);
    const trade_time_t passed =
        units * (step & STEP_LONG ? TRADE_SECOND / 10 : TRADE_SECOND / 1000);

    play->is_back |= step & STEP_BACK && passed > 0;
    play->now += step & STEP_BACK ? -passed : passed;
    play->frame++;
    trade_capture_add(&play->context.capture, play->now, play->frame, play->context.usual);
    const trade_segment_t segment = read_segment(play, bytes, step, flags);
    if (step & STEP_OTHER) {
        trade_capture_hear(&play->context.capture, &play->other_live);
        return false;
    }
    trade_capture_hear(&play->context.capture, &play->live);
    const trade_seen_t seen = trade_evidence_add(&play->health.evidence, &segment);
    expect(seen.ping_frame <= play->frame, "a Ping was captured before it is told of");
    if (step & STEP_UNCERTAIN)
        trade_evidence_set_uncertain(&play->health.evidence, segment.side,
                                     ++play->losses[segment.side], flags & 0x80);
    const bool is_new = segment.length > 0 && segment.seq == play->seq[segment.side];
    const uint32_t end =
        segment.seq + segment.length + !!(segment.flags & (TRADE_TCP_SYN | TRADE_TCP_FIN));
    if (trade_is_after(end, play->seq[segment.side]))
        play->seq[segment.side] = end;
    if (is_new && (step & STEP_PONG))
        add_pong(play, &segment);
    if (is_new && (step & STEP_PING))
        add_ping(play, &segment);
    if (seen.is_end)
        trade_capture_forget(&play->context.capture, &play->live);
    return true;
}

/* ---- What must hold ---- */

static void check_span(const play_t *play, const trade_span_t *span)
{
    if (!play->is_back)
        expect(span->start <= span->end && span->end <= play->now, "a time ends after it begins");
}

static void check_side(const play_t *play, unsigned number)
{
    const trade_side_t *side = &play->health.evidence.sides[number];
    const trade_side_t *before = &play->before.evidence.sides[number];

    expect(side->waiting_count <= TRADE_PINGS_MAX, "no more Pings wait than there is room for");
    expect(side->answered + side->waiting_count <= side->pings, "what is answered was asked");
    expect(side->pings >= before->pings && side->answered >= before->answered &&
               side->lost >= before->lost && side->cuts >= before->cuts &&
               side->sacks >= before->sacks && side->unrelated >= before->unrelated &&
               side->duplicate_acks >= before->duplicate_acks &&
               side->block_count >= before->block_count &&
               side->sending_count >= before->sending_count,
           "counts do not go back");
    for (uint32_t i = 1; i < side->waiting_count; i++)
        expect(side->waiting[i - 1].frame <= side->waiting[i].frame, "the oldest Ping waits first");
    for (uint32_t i = 0; i < MIN(side->sending_count, TRADE_SENDINGS_MAX); i++)
        check_span(play, &side->sendings[i].span);
}

static bool is_side_seen(const play_t *play, unsigned side)
{
    return play->health.evidence.sides[side].first_frame > 0;
}

static void check_finding(const play_t *play, const trade_finding_t *finding)
{
    const unsigned module = play->health.evidence.module;

    expect(finding->verdict < TRADE_VERDICT_IDLE, "an incident is something");
    expect((finding->where == TRADE_WHERE_NOWHERE) ==
               (finding->verdict == TRADE_VERDICT_CLOCKS_DIFFER),
           "what is wrong is wrong somewhere, but for clocks");
    expect(finding->where != TRADE_WHERE_MODULE || is_side_seen(play, module),
           "a module that was never seen is not accused");
    expect(finding->where != TRADE_WHERE_MULTIPLEXER || is_side_seen(play, !module),
           "a Multiplexer that was never seen is not accused");
    expect(trade_finding_get_beginning(finding).frame <= play->frame,
           "the frame to look at was captured");
    expect(finding->facts.end_frame <= play->frame, "the last one was, too");
    if (!play->is_back)
        expect(finding->facts.span.start <= finding->facts.span.end, "it ends after it begins");
}

/* Checks the sentence of a finding. */
static void check_sentence(const trade_finding_t *finding, size_t room)
{
    const trade_naming_t naming = { { "Trader (10.0.0.1:1195)", "the Multiplexer (10.0.0.2:2107)" },
                                    7,
                                    format_time };
    char text[TEXT_MAX], again[TEXT_MAX];
    char *small =
        (char *)g_malloc(room); /* exact in size, so that AddressSanitizer knows its end */

    trade_finding_explain(finding, &naming, text, sizeof text);
    trade_finding_explain(finding, &naming, again, sizeof again);
    trade_finding_explain(finding, &naming, small, room);
    expect(strcmp(text, again) == 0, "a sentence is the same when asked again");
    expect(strlen(small) < room && strncmp(small, text, strlen(small)) == 0,
           "with less room, it is shorter");
    expect(strlen(text) < sizeof text - 1, "it is whole");
    expect((text[0] != '\0') == (finding->verdict < TRADE_VERDICT_IDLE),
           "what is wrong has a sentence, what is right has none");
    expect(text[0] == '\0' || strstr(text, " Filter: "), "it has a filter");
    expect(!strstr(text, "(null)") && !strstr(text, "  ") && !strstr(text, "nan"),
           "nothing in it is missing");
    for (const char *at = text; *at; at++)
        expect(g_ascii_isprint(*at), "it can be read");
    g_free(small);
}

static void check_all(const play_t *play, size_t room)
{
    trade_judgement_t judgement;

    for (unsigned side = 0; side < 2; side++)
        check_side(play, side);
    for (uint32_t i = 0; i < play->health.incident_count; i++) {
        const trade_finding_t finding = trade_health_get_incident(&play->health, &play->context, i);
        check_finding(play, &finding);
        check_sentence(&finding, room);
    }
    expect(play->health.incident_count <= TRADE_INCIDENTS_MAX, "no more incidents than room");
    trade_health_conclude(&play->health, &play->context, play->held, &judgement);
    if (judgement.worst.verdict < TRADE_VERDICT_IDLE)
        check_finding(play, &judgement.worst);
    else
        expect(judgement.worst.where == TRADE_WHERE_NOWHERE, "what is right is nowhere wrong");
    check_sentence(&judgement.worst, room);
}

/* Judges what is overdue, as for the packet list. */
static void find_missing(play_t *play)
{
    for (unsigned side = 0; side < 2; side++) {
        trade_finding_t finding;
        if (trade_health_is_overdue(&play->health, side) &&
            trade_health_find_missing(&play->health, &play->context, side, &finding))
            check_finding(play, &finding);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes_t bytes = { data, size };
    play_t play = { .now = 1000 * TRADE_SECOND };
    const unsigned bits = take_byte(&bytes);
    const size_t room = 1 + take_byte(&bytes);

    play.context.usual = (1 + bits % 30) * TRADE_SECOND;
    trade_evidence_init(&play.health.evidence, allocate, play.context.usual);
    play.health.evidence.module = bits & 1;
    play.context.limit = (1 + take_byte(&bytes)) * TRADE_SECOND;
    play.seq[0] = play.seq[1] = 0xfffffff0U; /* it wraps */
    play.ip_id[1] = 1000;
    while (bytes.left >= 8) {
        play.before = play.health;
        if (run_step(&play, &bytes))
            find_missing(&play);
        check_side(&play, 0);
        check_side(&play, 1);
    }
    if ((bits & 0x80) && play.frame > 0)
        play.held[bits >> 6 & 1] = (trade_held_t){ 100, 1, 1000 * TRADE_SECOND };
    check_all(&play, room);
    while (allocated_count > 0)
        g_free(allocated[--allocated_count]);
    return 0;
}
