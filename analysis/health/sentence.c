/* sentence.c
 * What is said beside a verdict: a sentence for each rule, or for several. See
 * analysis/health/sentence.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <inttypes.h>

#include "analysis/health/delivery.h"
#include "analysis/health/notices.h"
#include "analysis/health/sentence.h"
#include "analysis/health/sentence_parts.h"

/* Appends what did not come, or leave, and for how long, up to the end of the case. */
static void put_lack(trade_writer_t *writer, const trade_facts_t *facts)
{
    static const char *const lacks[] = { [TRADE_CASE_GAP] = "No Ping left",
                                         [TRADE_CASE_WAIT] = "No Pong came",
                                         [TRADE_CASE_ANSWER] = "No Pong came",
                                         [TRADE_CASE_GIVE_UP] = "Nothing left" };

    trade_put(writer, " %s for %.3f s, until ", lacks[facts->kind],
              trade_get_seconds(trade_span_get_length(&facts->span)));
    trade_put_until(writer, facts);
    trade_put(writer, ".");
    trade_put_siblings(writer, facts);
}

/* A window kept a PDU from being sent. */
void trade_explain_blocked(trade_writer_t *writer, const trade_facts_t *facts)
{
    const unsigned reader = trade_facts_get_reader(facts);
    const trade_block_t *block = &facts->block;

    if (facts->kind == TRADE_CASE_GIVE_UP) {
        trade_put(writer, "%s could send nothing: ", writer->naming->side[facts->asking]);
    } else if (facts->kind != TRADE_CASE_GAP) {
        trade_put(writer, "%s had no Pong for its Ping of ", writer->naming->side[facts->asking]);
        trade_put_time(writer, facts->span.start);
        trade_put(writer, " (frame %u), and none could leave: ", facts->frame);
    } else if (facts->frame == 0) {
        trade_put(writer, "No Ping of %s was seen, and none could leave: ",
                  writer->naming->side[facts->asking]);
    } else {
        trade_put(writer, "%s sent a Ping at ", writer->naming->side[facts->asking]);
        trade_put_time(writer, facts->span.start);
        trade_put(writer, "; the next was due at ");
        trade_put_time(writer, facts->span.start + facts->interval);
        trade_put(writer, " and could not leave: ");
    }
    trade_put(writer,
              facts->is_gone ? "%s closed its TCP window, which was "
                             : "%s did not read, its TCP window was ",
              writer->naming->side[reader]);
    if (block->is_zero)
        trade_put(writer, "0");
    else
        trade_put(writer, "full, or too small for a Ping (%u bytes)", block->window);
    trade_put(writer, " from ");
    trade_put_time(writer, block->span.start);
    trade_put(writer, " on (frame %u), for %.3f s", block->frame, trade_get_seconds(block->sum));
    if (block->times > 1)
        trade_put(writer, " in %u periods within %.3f s", block->times,
                  trade_get_seconds(trade_span_get_length(&block->span)));
    if (facts->is_both)
        trade_put(writer, "; so was that of %s: each waits for the other to read",
                  writer->naming->side[!reader]);
    if (facts->is_gone) {
        trade_put(writer, "; while it was closed, nothing of it reached this capture point after ");
        trade_put_time(writer, block->shown);
        trade_put(writer, ": its host may have paused or gone, or what it sent was lost");
    }
    trade_put(writer, ".");
    put_lack(writer, facts);
    trade_put_range_filter(
        writer, facts->frame && facts->frame < block->frame ? facts->frame : block->frame,
        facts->end_frame);
}

/* A window was closed, and nobody answers any more. */
void trade_explain_nobody(trade_writer_t *writer, const trade_facts_t *facts)
{
    const unsigned reader = trade_facts_get_reader(facts);
    const trade_block_t *block = &facts->block;

    trade_put(writer, "%s closed its TCP window at ", writer->naming->side[reader]);
    trade_put_time(writer, block->span.start);
    trade_put(
        writer,
        " (frame %u) and was not heard again: it answered none of the %u zero-window probes of %s, "
        "the last in "
        "frame %u. They, or the answers, were lost in the network, or its host is gone.",
        block->frame, block->probes, writer->naming->side[!reader], block->probe_frame);
    put_lack(writer, facts);
    trade_put_near(writer, facts);
    trade_put_range_filter(writer, block->frame, facts->end_frame);
}

/* Appends how it is known that a side sent nothing. */
static void put_proof(trade_writer_t *writer, const trade_facts_t *facts, unsigned side)
{
    static const char *const proofs[] = { [TRADE_PROOF_STAMPS] = "TCP timestamps",
                                          [TRADE_PROOF_ANSWERS] =
                                              "answers to keepalives up to that" };

    trade_put(writer, "%s sent nothing until ", writer->naming->side[side]);
    trade_put_time(writer, facts->silence.until);
    trade_put(writer, ", by the %s of frame %u", proofs[facts->silence.proof],
              facts->silence.frame);
}

/* Appends how often bytes were sent and whether they were acknowledged at all. */
static void put_sending(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_sending_t *sending = &facts->sending;
    const char *peer = writer->naming->side[!facts->sender];

    if (sending->is_keepalive) {
        trade_put(writer, "%s sent %u keepalives from ", writer->naming->side[facts->sender],
                  sending->times);
        trade_put_time(writer, sending->span.start);
        trade_put(writer, " (frame %u) on, the last in frame %u, and %s answered none of them",
                  sending->frame, sending->last_frame, peer);
        return;
    }
    trade_put(writer, "%s sent %s of ", writer->naming->side[facts->sender],
              sending->is_ping ? "its Ping" : "its bytes");
    trade_put_time(writer, sending->span.start);
    trade_put(writer, " (frame %u) %u times in %.3f s, and %s ", sending->frame, sending->times,
              trade_get_seconds(sending->last - sending->span.start), peer);
    if (sending->acked_frame == 0) {
        trade_put(writer, "acknowledged none of them");
        return;
    }
    trade_put(writer, "did not acknowledge them until ");
    trade_put_time(writer, sending->span.end);
    trade_put(writer, " (frame %u)", sending->acked_frame);
}

/* Appends what became of bytes that were not acknowledged. */
static void put_loss(trade_writer_t *writer, const trade_facts_t *facts)
{
    const char *host = writer->naming->side[!facts->sender];
    const trade_sending_t *sending = &facts->sending;
    const trade_time_t until = sending->acked_frame != 0 ? sending->span.end : facts->span.end;
    const bool was_silent = trade_span_get_length(&sending->silence) > until - sending->heard;

    if (facts->notice.frame > 0 && trade_notice_is_of_network(&facts->notice)) {
        trade_put_notice(writer, &facts->notice);
        trade_put(writer, ", so they were lost in the network");
        return;
    }
    if (trade_sending_is_refused(sending)) {
        trade_put(writer,
                  "%u times, %s answered at once with the acknowledgement of before: they came to "
                  "it, or to a device that answers for it, and its TCP did not take them, as where "
                  "TCP timestamps go back, or memory is short",
                  sending->refusals, host);
        return;
    }
    if (facts->is_peer_alive) {
        trade_put(
            writer,
            "they, or the acknowledgements, were lost in the network: %s was heard meanwhile, and "
            "had not received them",
            host);
        return;
    }
    if (facts->is_network) {
        trade_put(
            writer,
            "they, or the acknowledgements, were lost in the network: the kernel of %s, by its "
            "clock in TCP timestamps the same, acknowledged meanwhile what came on other "
            "connections",
            host);
        return;
    }
    if (facts->kind == TRADE_CASE_GAP && facts->sender != facts->asking && facts->is_silent) {
        put_proof(writer, facts, facts->asking);
        trade_put(writer, ", though its Ping was due: its host, or its program, did nothing");
        return;
    }
    trade_put(writer, was_silent ? "between " : "from ");
    trade_put_time(writer, was_silent ? sending->silence.start : sending->heard);
    if (was_silent) {
        trade_put(writer, " and ");
        trade_put_time(writer, sending->silence.end);
    }
    trade_put(
        writer,
        "%s, nothing from %s reached this capture point, not even an acknowledgement. They were "
        "lost in the network, or what it sent was, or its host %s: whether it sent %s is not known",
        was_silent ? "" : " on", host, was_silent ? "paused" : "is gone",
        facts->sender == facts->asking && facts->kind == TRADE_CASE_WAIT ? "a Pong" : "Pings");
}

/* Bytes were retransmitted again and again, and not acknowledged. */
void trade_explain_not_delivered(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_sending_t *sending = &facts->sending;
    const uint32_t frames[] = { facts->frame,         sending->frame,      sending->last_frame,
                                sending->acked_frame, facts->notice.frame, facts->end_frame };

    put_sending(writer, facts);
    trade_put(writer, ": ");
    put_loss(writer, facts);
    if (facts->kind == TRADE_CASE_GIVE_UP)
        trade_put(writer, ". That lasted for ");
    else
        trade_put(writer, ". No %s of %s came for ",
                  facts->kind == TRADE_CASE_GAP ? "other Ping" : "Pong for the Ping",
                  writer->naming->side[facts->asking]);
    trade_put(writer, "%.3f s, until ", trade_get_seconds(trade_span_get_length(&facts->span)));
    trade_put_until(writer, facts);
    trade_put(writer, ".");
    if (facts->notice.frame > 0 && !trade_notice_is_of_network(&facts->notice)) {
        trade_put(writer, " Besides, ");
        trade_put_notice(writer, &facts->notice);
        trade_put(writer, ".");
    }
    if (facts->duplicate_acks + facts->sacks > 0)
        trade_put(writer, " %s sent %u duplicate and %u selective acknowledgements.",
                  writer->naming->side[!facts->asking], facts->duplicate_acks, facts->sacks);
    trade_put_siblings(writer, facts);
    trade_put_near(writer, facts);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

/* Appends whether the side of a missing Ping was heard meanwhile. */
static void put_heard(trade_writer_t *writer, const trade_facts_t *facts)
{
    const char *asking = writer->naming->side[facts->asking];

    if (facts->is_quiet && !(facts->is_silent && facts->is_silent_by_clock)) {
        trade_put(writer, "; nothing of either side was seen for more than an interval");
        if (facts->siblings[TRADE_GROUP_PAIR].is_watched)
            trade_put(writer, ", though other connections of the two hosts were, both ways");
    } else if (facts->is_idle) {
        trade_put(writer, "; %s was heard meanwhile: it acknowledged what was sent at ", asking);
        trade_put_time(writer, facts->idle);
        trade_put(writer, ", and had sent nothing more");
    } else if (facts->is_silent) {
        trade_put(writer, "; ");
        put_proof(writer, facts, facts->asking);
    } else {
        trade_put(writer, "; nothing shows that %s was there and had none to send", asking);
    }
}

/* Appends what is known of the path and the side of a missing Ping. */
static void put_silence(trade_writer_t *writer, const trade_facts_t *facts)
{
    if (facts->is_full) {
        trade_put(writer, facts->is_blocked_when_due
                              ? "from "
                              : "it was not sent when it was due, and from ");
        trade_put_time(writer, facts->block.span.start);
        trade_put(writer, " on (frame %u) the window of the other side was %s, for %.3f s",
                  facts->block.frame, facts->is_blocked ? "closed" : "full of bytes in flight",
                  trade_get_seconds(facts->block.sum));
        return;
    }
    trade_put(writer, facts->is_offered
                          ? "the window of the other side was open and the capture is whole: "
                            "none reached this capture point"
                          : "none reached this capture point, nor did the other side show "
                            "that it could take one");
    if (facts->again.times > 0)
        trade_put(writer,
                  "; bytes of frame %u, sent %u times, waited for an acknowledgement meanwhile",
                  facts->again.frame, facts->again.times);
    else if (facts->resent_frame != 0)
        trade_put(writer,
                  "; bytes of it, retransmitted again and again, the last time in frame %u, waited "
                  "for an acknowledgement",
                  facts->resent_frame);
    else
        trade_put(writer, ", and no retransmitted bytes waited for an acknowledgement");
    put_heard(writer, facts);
    if (facts->is_own && !facts->is_steady)
        trade_put(writer, "; it may keep to a longer interval by now");
}

/* A side sends no Ping, for no reason that TCP shows. */
void trade_explain_silence(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "%s sends a Ping every %.3f s%s, but none between ",
              writer->naming->side[facts->asking], trade_get_seconds(facts->interval),
              facts->is_own ? "" : " by the preference, though it has not shown that itself");
    trade_put_time(writer, facts->span.start);
    trade_put(writer, " (frame %u) and ", facts->frame);
    trade_put_time(writer, facts->span.end);
    trade_put(writer, " (%.3f s); ", trade_get_seconds(trade_span_get_length(&facts->span)));
    put_silence(writer, facts);
    if (!facts->is_closed && facts->end_frame > 0) {
        trade_put(writer, "; it was sent late, at ");
        trade_put_time(writer, facts->span.end);
        trade_put(writer, " (frame %u).", facts->end_frame);
    } else {
        trade_put(writer, "; no Ping came until ");
        trade_put_until(writer, facts);
        trade_put(writer, ".");
    }
    trade_put_siblings(writer, facts);
    trade_put_near(writer, facts);
    trade_put_range_filter(writer, facts->frame, facts->end_frame);
}

/* A Ping has no Pong. */
void trade_explain_unanswered(trade_writer_t *writer, const trade_facts_t *facts)
{
    const char *peer = writer->naming->side[!facts->asking];

    trade_put(writer, "%s had no Pong from %s for its Ping of ",
              writer->naming->side[facts->asking], peer);
    trade_put_time(writer, facts->span.start);
    trade_put(writer, " (frame %u) within %.3f s, until ", facts->frame,
              trade_get_seconds(trade_span_get_length(&facts->span)));
    trade_put_until(writer, facts);
    if (facts->acked_after < 0) {
        trade_put(writer,
                  "; the capture of the answering side is whole, but no acknowledgement of the "
                  "Ping was seen");
    } else {
        trade_put(writer,
                  "; the TCP of %s acknowledged it (frame %u) after %.3f s: the network carried "
                  "it, ",
                  peer, facts->ping.acked_frame, trade_get_seconds(facts->acked_after));
        if (facts->is_idle)
            trade_put(writer,
                      "the program did not answer; the capture of the answering side is whole");
        else if (facts->is_silent) {
            trade_put(writer, "the program did not answer: ");
            put_proof(writer, facts, !facts->asking);
        } else
            trade_put(
                writer,
                "but nothing shows that %s had no Pong to send since: the program did not answer, "
                "or what it sent did not come here",
                peer);
    }
    trade_put(writer, ".");
    trade_put_siblings(writer, facts);
    trade_put_near(writer, facts);
    trade_put_range_filter(writer, facts->frame, facts->end_frame);
}

/* A Pong came shortly before the limit. */
void trade_explain_answered_late(trade_writer_t *writer, const trade_facts_t *facts)
{
    const uint32_t frames[] = { facts->frame, facts->ping.acked_frame, facts->end_frame };

    trade_put(writer, "A Pong of %s came %.3f s after the Ping of %s, sent at ",
              writer->naming->side[!facts->asking],
              trade_get_seconds(trade_span_get_length(&facts->span)),
              writer->naming->side[facts->asking]);
    trade_put_time(writer, facts->span.start);
    trade_put(writer, " (frame %u): at ", facts->frame);
    trade_put_time(writer, facts->span.end);
    trade_put(writer, " (frame %u). The limit is %.3f s. The Ping was sent %u times and ",
              facts->end_frame, trade_get_seconds(facts->limit),
              facts->ping.times ? facts->ping.times : 1);
    if (facts->acked_after >= 0)
        trade_put(writer, "acknowledged after %.3f s (frame %u).",
                  trade_get_seconds(facts->acked_after), facts->ping.acked_frame);
    else
        trade_put(writer, "its acknowledgement was not seen.");
    if (facts->is_silent) {
        trade_put(writer, " ");
        put_proof(writer, facts, !facts->asking);
        trade_put(writer, ".");
    }
    trade_put_siblings(writer, facts);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

/* Says how the capture's times contradict each other: each way that was seen, and how often. */
static void put_contradictions(trade_writer_t *writer, const trade_skew_t *skew)
{
    const char *before = ":";

    trade_put(writer, "The capture's times contradict each other by up to %.3f s",
              trade_get_seconds(skew->amount));
    if (skew->count > 0) {
        trade_put(writer,
                  skew->count == 1 ? "%s %u segment came after it was acknowledged, or with an old "
                                     "acknowledgement"
                                   : "%s %u segments came after they were acknowledged, or with an "
                                     "old acknowledgement",
                  before, skew->count);
        before = ",";
    }
    if (skew->duplicates > 0) {
        trade_put(writer, "%s %u frame%s captured again", before, skew->duplicates,
                  skew->duplicates == 1 ? " was" : "s were");
        before = ",";
    }
    if (skew->backwards > 0)
        trade_put(writer, "%s time went back %u time%s", before, skew->backwards,
                  skew->backwards == 1 ? "" : "s");
    trade_put(writer,
              ". Its parts were captured by clocks that differ: what was late is not known.");
}

/* Times that contradict each other. */
void trade_explain_clocks(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_skew_t *skew = &facts->skew;
    const uint32_t frames[] = { facts->frame, facts->end_frame, skew->frame, skew->other_frame,
                                facts->step_frame };

    if (skew->beyond > 0)
        trade_put(
            writer,
            "The times of %u frames are before 1967 or after 2255: they are not known, nor how "
            "long anything took.",
            skew->beyond);
    else if (facts->is_skewed && skew->lead > skew->amount)
        trade_put(
            writer,
            "Two capture points are in this file, and one shows bytes up to %.3f s before the "
            "other: their clocks differ, or the network between them is that slow. What was "
            "late is not known. Give trade-report the file of each point.",
            trade_get_seconds(skew->lead));
    else if (facts->is_skewed)
        put_contradictions(writer, skew);
    else
        trade_put(
            writer,
            "The capture's clock was set by %.3f s before frame %u, by the clocks in the PDUs: "
            "%.3f s without what was due are not as long as they seem.",
            trade_get_seconds(facts->step), facts->step_frame,
            trade_get_seconds(trade_span_get_length(&facts->span)));
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

/* A Ping was captured after data that acknowledges it. */
void trade_explain_order(trade_writer_t *writer, const trade_facts_t *facts)
{
    const uint32_t frames[] = { facts->frame, facts->end_frame };
    const char *peer = writer->naming->side[!facts->asking];

    trade_put(writer, "No Pong was captured after the Ping of %s, sent at ",
              writer->naming->side[facts->asking]);
    trade_put_time(writer, facts->span.start);
    trade_put(writer,
              " (frame %u); but data with which %s acknowledges that Ping was captured before it: "
              "the order of the capture is not that of the network, and the Pong may have come "
              "before the Ping, too.",
              facts->frame, peer);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

/* The capture paused. */
void trade_explain_pause(trade_writer_t *writer, const trade_facts_t *facts)
{
    const uint32_t frames[] = { facts->frame, facts->pause_frame, facts->end_frame };

    trade_put(writer, "Nothing of %u connections was captured between ", facts->connections);
    trade_put_time(writer, facts->pause.start);
    trade_put(writer, " and ");
    trade_put_time(writer, facts->pause.end);
    trade_put(
        writer,
        " (frame %u), for %.3f s: the capture paused, its clock was set, or nothing came to it. "
        "What %s sent meanwhile is not known.",
        facts->pause_frame, trade_get_seconds(trade_span_get_length(&facts->pause)),
        writer->naming->side[facts->asking]);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

/* Bytes are missing in which a Ping, or a Pong, could be. */
void trade_explain_hole(trade_writer_t *writer, const trade_facts_t *facts)
{
    if (facts->kind == TRADE_CASE_GAP) {
        trade_put(writer, "%s sends a Ping every %.3f s, but none between ",
                  writer->naming->side[facts->asking], trade_get_seconds(facts->interval));
        trade_put_time(writer, facts->span.start);
        if (facts->frame > 0)
            trade_put(writer, " (frame %u)", facts->frame);
        trade_put(writer, " and ");
        trade_put_time(writer, facts->span.end);
        trade_put(writer,
                  " (%.3f s); but bytes in which one could be are missing from the capture, "
                  "so it cannot tell.",
                  trade_get_seconds(trade_span_get_length(&facts->span)));
    } else {
        trade_put(writer, "%s had no Pong from %s for its Ping of ",
                  writer->naming->side[facts->asking], writer->naming->side[!facts->asking]);
        trade_put_time(writer, facts->span.start);
        trade_put(writer,
                  " (frame %u) within %.3f s; but bytes in which it could be are missing from the "
                  "capture, so it cannot tell.",
                  facts->frame, trade_get_seconds(trade_span_get_length(&facts->span)));
    }
    trade_put_range_filter(writer, facts->frame, facts->end_frame);
}

/* TCP holds bytes back. */
void trade_explain_held(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "TCP holds back %" PRIu64 " bytes of %s from ", facts->held.bytes,
              writer->naming->side[facts->asking]);
    trade_put_time(writer, facts->held.since);
    trade_put(
        writer,
        " on (frame %u), behind bytes that are missing from the capture: what is in them is not "
        "known. Switch its preference \"Reassemble out-of-order segments\" off.",
        facts->held.frame);
    trade_put_range_filter(writer, facts->held.frame, 0);
}

/* Too little was seen. */
void trade_explain_apart(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer,
              "Two capture points are in this file. That by which the connection is judged shows "
              "nothing of it any more, while the other goes on (frame %u): it may have stopped, or "
              "what was sent was lost between the two. Give trade-report the file of each point. "
              "Filter: tcp.stream == %u",
              facts->mixed_frame, writer->naming->stream);
}

void trade_explain_mixed(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(
        writer,
        "Two connections with the same addresses and ports are in the capture at the same time, by "
        "their sequence numbers: in two networks, or one that goes on after a SYN between the same "
        "ends (frame %u). Wireshark's TCP takes them for one and passes only some of their PDUs "
        "on, so the capture cannot tell. Filter: tcp.stream == %u",
        facts->mixed_frame, writer->naming->stream);
}

void trade_explain_unread(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(
        writer,
        "The TCP header of %u frames is not in the capture as a whole, or is where it cannot be "
        "read, first in frame %u: what TCP did is not known.",
        facts->unread, facts->unread_frame);
    trade_put_filter(writer, &facts->unread_frame, 1); /* it may be in no stream */
}

void trade_explain_little_seen(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer,
              "Fewer than two Pings were seen, but of what %s sent, %" PRIu64
              " bytes are missing from the capture and %u segments are cut, so it cannot tell. "
              "Filter: tcp.stream == %u",
              writer->naming->side[facts->asking], facts->missing, facts->cuts,
              writer->naming->stream);
}
