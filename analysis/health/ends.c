/* ends.c
 * How a connection begins and ends. See analysis/health/ends.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/bytes.h"
#include "analysis/health/ends.h"
#include "analysis/health/hosts.h"
#include "analysis/health/kernels.h"
#include "analysis/health/siblings.h"
#include "analysis/health/together.h"
#include "analysis/health/window.h"

/* A side goes on after an RST if it sends more at least this much later: what comes sooner was
 * in flight. */
#define GOES_ON_MIN (TRADE_SECOND / 5)
/* So does one that retransmits this often, at these distances, until so long after it. */
#define RESENDS_MIN 3
#define RESENDS_APART (TRADE_SECOND / 5)
#define RESENDS_LAST (5 * TRADE_SECOND)
/* Bytes that a side may go on with after an RST, some of them not captured, whatever the window. */
#define ROOM_MIN 65536U
/* What sends an RST to both sides sends the second within this time. */
#define DOUBLE_MAX TRADE_SECOND
/* An IP id this far from its side's is of another host. */
#define ID_FOREIGN_MIN 4096
/* If the window's scale is not known, an RST up to this far off still counts as inside. */
#define WINDOW_UNKNOWN (1U << 20)
/* A half of the handshake that is shorter is no path, but two hosts. */
#define WAY_MIN (TRADE_SECOND / 500)
/* An RST that comes so soon after a segment answers it. */
#define ANSWER_MAX TRADE_SECOND

/* ---- The handshake ---- */

void trade_evidence_watch_handshake(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const bool is_ack = segment->flags & TRADE_TCP_ACK;

    if (!(segment->flags & TRADE_TCP_SYN)) {
        if (evidence->syn_acked == 0 && evidence->syn_ack != 0 && is_ack &&
            segment->side == evidence->opener)
            evidence->syn_acked = segment->when;
        return;
    }
    trade_restart_watch_begin(&evidence->sides[segment->side], segment);
    evidence->sides[segment->side].scale =
        (int8_t)(segment->scale >= 0 ? segment->scale : TRADE_SCALE_NONE);
    if (!is_ack) {
        evidence->syn = segment->when;
        evidence->opener = segment->side;
    } else if (evidence->syn != 0) {
        evidence->syn_ack = segment->when;
    }
}

/* Returns how long after the first sending bytes came again, or late. */
static trade_time_t get_repeated(const trade_repeat_t *repeat, uint32_t seq)
{
    return seq - repeat->seq < repeat->end - repeat->seq ? repeat->last - repeat->first : 0;
}

trade_time_t trade_evidence_get_beyond(const trade_evidence_t *evidence, unsigned asking,
                                       uint32_t ping_seq, uint32_t pong_seq)
{
    const bool is_opener = evidence->opener == asking;
    const trade_time_t asked = is_opener ? evidence->syn_ack : evidence->syn;
    const trade_time_t answered = is_opener ? evidence->syn_acked : evidence->syn_ack;
    const trade_time_t half = asked != 0 && answered != 0 ? answered - asked : 0;

    return (half >= WAY_MIN ? half : 0) + get_repeated(&evidence->sides[asking].late, ping_seq) +
           get_repeated(&evidence->sides[!asking].again, pong_seq);
}

/* ---- Whether an RST is from the side that it names ---- */

/* Notes in *reset whether an RST fits the side that it names. */
static void note_reset(const trade_evidence_t *evidence, const trade_segment_t *segment,
                       trade_reset_t *reset)
{
    const trade_side_t *side = &evidence->sides[segment->side];
    const trade_side_t *peer = &evidence->sides[!segment->side];
    const uint16_t step = (uint16_t)(segment->ip_id - side->usual_ip_id);
    const uint16_t host_step = (uint16_t)(segment->ip_id - (side->host ? side->host->ip_id : 0));
    /* NOLINTNEXTLINE(readability-suspicious-call-argument): the scale of the peer's window */
    uint32_t room = trade_side_get_scale(peer, side) < 0 ? WINDOW_UNKNOWN : peer->window + 1;

    *reset = (trade_reset_t){ .frame = segment->frame,
                              .when = segment->when,
                              .side = segment->side,
                              .ttl = segment->ttl,
                              .usual_ttl = side->ttls >= TRADE_USUAL_MIN ? side->ttl : 0,
                              .ip_id = segment->ip_id,
                              .usual_id = side->usual_ip_id,
                              .seq = segment->seq,
                              .has_ack = (segment->flags & TRADE_TCP_ACK) != 0 };
    reset->is_id_foreign = segment->ip_id != 0 && side->ip_ids >= TRADE_USUAL_MIN &&
                           step >= ID_FOREIGN_MIN && (uint16_t)-step >= TRADE_ID_STEP_MAX;
    reset->is_id_next = segment->ip_id != 0 && (step - 1U < TRADE_ID_STEP_MAX ||
                                                (side->host && host_step - 1U < TRADE_ID_STEP_MAX));
    reset->is_answer =
        peer->oldest.times > 0 && segment->when - peer->oldest.span.start <= ANSWER_MAX;
    reset->is_unrelated = side->unrelated > 0;
    if (!side->is_acked)
        return;
    reset->distance = (int32_t)(segment->seq - side->unacked);
    if (side->next - side->unacked < TRADE_DISTANCE_MAX && room < side->next - side->unacked + 1)
        room = side->next - side->unacked + 1;
    reset->is_outside = reset->distance < 0 || (uint32_t)reset->distance > room;
    reset->is_unrelated |= reset->is_outside && evidence->is_another;
}

bool trade_reset_has_other_ttl(const trade_evidence_t *evidence, const trade_reset_t *reset)
{
    const trade_host_t *host = evidence->sides[reset->side].host;

    if (reset->usual_ttl == 0 || reset->ttl == 0 || reset->ttl == reset->usual_ttl ||
        reset->is_id_next)
        return false;
    /* The path may have changed, or another machine may have taken the address. */
    return !host ||
           (host->ttl_count <= TRADE_TTLS_MAX && trade_host_find_ttl(host, reset->ttl) == 0);
}

/* Returns whether the host that an RST names was heard after it as before: so neither its path nor
 * the machine behind its address had changed. */
static bool goes_on_as_usual(const trade_evidence_t *evidence, const trade_reset_t *reset)
{
    const trade_host_t *host = evidence->sides[reset->side].host;

    return host && trade_host_find_ttl(host, reset->usual_ttl) - reset->when >= GOES_ON_MIN;
}

bool trade_reset_is_double(const trade_evidence_t *evidence)
{
    const trade_reset_t *reply = &evidence->reply;

    return reply->frame != 0 && !reply->is_outside &&
           trade_reset_has_other_ttl(evidence, &evidence->reset) &&
           trade_reset_has_other_ttl(evidence, reply);
}

bool trade_reset_is_foreign(const trade_evidence_t *evidence, const trade_reset_t *reset)
{
    if (reset->frame == 0 || reset->is_unrelated)
        return false;
    if ((reset->later_frame != 0 && !reset->is_outside) || reset->other_frame != 0 ||
        trade_reset_is_double(evidence))
        return true;
    /* Kernel and program of a host may begin with different TTLs, but their frames come as far. */
    return trade_reset_has_other_ttl(evidence, reset) && goes_on_as_usual(evidence, reset) &&
           trade_ttl_get_hops(reset->ttl) != trade_ttl_get_hops(reset->usual_ttl) &&
           reset->is_outside;
}

/* Keeps the first RST that its side seems not to have sent: others may follow it, that are right.
 * One that TCP ignores ended nothing. */
static void keep_odd(trade_evidence_t *evidence)
{
    const trade_reset_t *reset = &evidence->reset;
    const bool is_kept = evidence->odd.frame != 0 && evidence->odd.frame != reset->frame;

    if (!is_kept && !reset->is_outside &&
        (trade_reset_is_foreign(evidence, reset) || trade_reset_has_other_ttl(evidence, reset)))
        evidence->odd = *reset;
}

/* ---- The end ---- */

/* Ends the connection. */
static void end_connection(trade_evidence_t *evidence, trade_ending_t ending,
                           const trade_segment_t *segment)
{
    evidence->ending = ending;
    evidence->ended_by = segment->side;
    evidence->ended = segment->when;
    evidence->ended_frame = segment->frame;
    evidence->quiet = trade_evidence_get_longest_quiet(evidence);
    trade_together_end(evidence, segment);
}

/* Notes that a side sends nothing more, if it did before. */
static void close_side(trade_side_t *side, trade_ending_t closing, const trade_segment_t *segment)
{
    if (side->closed != 0)
        return;
    side->closed = segment->when;
    side->closing = closing;
    side->closed_frame = segment->frame;
    side->closed_by = segment->side;
}

/* Notes an RST. Returns whether the connection ends with it. */
static bool watch_reset(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    const bool is_first = evidence->ending == TRADE_ENDING_NONE;

    if (evidence->is_reset && evidence->reply.frame == 0 && segment->side != evidence->reset.side &&
        segment->when - evidence->reset.when < DOUBLE_MAX)
        note_reset(evidence, segment, &evidence->reply);
    if (evidence->is_reset)
        return false;
    note_reset(evidence, segment, &evidence->reset);
    keep_odd(evidence);
    if (evidence->reset.is_outside)
        return false;
    evidence->is_reset = true;
    for (unsigned i = 0; i < 2; i++)
        close_side(&evidence->sides[i], TRADE_ENDING_RST, segment);
    /* After FINs it changes nothing. */
    if (is_first)
        end_connection(evidence, TRADE_ENDING_RST, segment);
    return is_first;
}

/* Returns whether a segment has what comes next after an RST claiming to be from its side. Other
 * bytes, and probes of one byte, may have been in flight, or are copies; those beyond the window
 * are of the next connection between these ends, whose numbers may begin not far from there (RFC
 * 6528).
 */
static bool comes_next(const trade_evidence_t *evidence, const trade_reset_t *reset,
                       const trade_segment_t *segment)
{
    const trade_side_t *peer = &evidence->sides[!segment->side];
    const uint32_t most = peer->window > ROOM_MIN ? peer->window : ROOM_MIN;

    return segment->length >= 2 && trade_is_after(segment->seq + segment->length, reset->seq) &&
           !trade_is_after(segment->seq, reset->seq + most);
}

/* Counts a retransmission after an RST claiming to be from its side. Returns whether there were so
 * many, for so long, that none was in flight before. Where clocks differ, they may be copies. */
static bool resends_on(const trade_evidence_t *evidence, trade_reset_t *reset,
                       const trade_segment_t *segment)
{
    const trade_skew_t *skew = &evidence->skew;

    if (segment->length < 2 || !trade_is_after(reset->seq, segment->seq) ||
        segment->when - reset->last < RESENDS_APART)
        return false;
    reset->again++;
    reset->last = segment->when;
    return reset->again >= RESENDS_MIN && segment->when - reset->when >= RESENDS_LAST &&
           skew->count + skew->duplicates + skew->backwards == 0;
}

/* Notes that a side goes on sending after an RST claiming to be from it: so the RST ended nothing.
 */
static void watch_going_on(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    trade_reset_t *reset = &evidence->reset;

    if (reset->frame == 0)
        return;
    reset->is_succeeded |= (segment->flags & TRADE_TCP_SYN) != 0;
    if (reset->is_succeeded || reset->later_frame != 0 || reset->side != segment->side ||
        evidence->sides[0].unrelated + evidence->sides[1].unrelated > 0 ||
        segment->when - reset->when < GOES_ON_MIN)
        return;
    if (!resends_on(evidence, reset, segment) && !comes_next(evidence, reset, segment))
        return;
    reset->later_frame = segment->frame;
    reset->later = segment->when;
    keep_odd(evidence);
    evidence->is_reset = false;
    for (unsigned i = 0; i < 2; i++) {
        if (evidence->sides[i].closed == reset->when)
            evidence->sides[i].closed = 0;
    }
    if (evidence->ending == TRADE_ENDING_RST)
        evidence->ending = TRADE_ENDING_NONE;
}

bool trade_evidence_watch_end(trade_evidence_t *evidence, const trade_segment_t *segment)
{
    trade_side_t *side = &evidence->sides[segment->side];

    if (segment->flags & TRADE_TCP_RST)
        return watch_reset(evidence, segment);
    watch_going_on(evidence, segment);
    if (!evidence->is_live && segment->length > 0 && evidence->ending == TRADE_ENDING_NONE)
        trade_together_begin(evidence);
    if (!(segment->flags & TRADE_TCP_FIN))
        return false;
    close_side(side, TRADE_ENDING_FIN, segment);
    if (evidence->ending != TRADE_ENDING_NONE)
        return false;
    end_connection(evidence, TRADE_ENDING_FIN, segment);
    return true;
}

void trade_evidence_reuse(trade_evidence_t *evidence, trade_time_t when, uint32_t frame)
{
    const trade_segment_t syn = { .when = when, .frame = frame, .side = evidence->module };

    end_connection(evidence, TRADE_ENDING_REUSED, &syn);
    trade_siblings_keep(evidence);
    for (unsigned i = 0; i < 2; i++)
        close_side(&evidence->sides[i], TRADE_ENDING_REUSED, &syn);
}

trade_time_t trade_evidence_get_end(const trade_evidence_t *evidence, unsigned side,
                                    trade_time_t now)
{
    const trade_side_t *own = &evidence->sides[side];

    if (own->closed != 0)
        return own->closed;
    if (evidence->sides[!side].closed == 0)
        return now;
    /* Half of the connection may live on. */
    return trade_get_later(own->heard, evidence->sides[!side].closed);
}
