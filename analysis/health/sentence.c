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

/* Appends what did not come, or leave, and for how long, up to the end of the case. */
static void put_lack(trade_writer_t *writer, const trade_facts_t *facts)
{
    static const char *const lacks[] = { [TRADE_CASE_GAP] = "No Ping left",
                                         [TRADE_CASE_WAIT] = "No Pong came",
                                         [TRADE_CASE_ANSWER] = "No Pong came",
                                         [TRADE_CASE_GIVE_UP] = "Nothing left" };

    trade_put(writer, " %s for %.3f s, until ", lacks[facts->kind],
              trade_span_get_seconds(&facts->span));
    trade_put_until(writer, facts);
    trade_put(writer, ".");
    trade_put_siblings(writer, facts);
}

void trade_explain_blocked(trade_writer_t *writer, const trade_facts_t *facts)
{
    const unsigned reader = trade_facts_get_reader(facts);
    const char *asking = writer->naming->side[facts->asking];
    const trade_block_t *block = &facts->block;

    if (facts->kind == TRADE_CASE_GIVE_UP)
        trade_put(writer, "%s could send nothing: ", asking);
    else if (facts->kind != TRADE_CASE_GAP)
        trade_put(writer,
                  "%s had no Pong for its Ping of %s (frame %u), and none could leave: ", asking,
                  trade_format_time(writer, facts->span.start), facts->frame);
    else if (facts->frame == 0)
        trade_put(writer, "No Ping of %s was seen, and none could leave: ", asking);
    else
        trade_put(writer,
                  "%s sent a Ping at %s; the next was due at %s and could not leave: ", asking,
                  trade_format_time(writer, facts->span.start),
                  trade_format_time(writer, facts->span.start + facts->interval));
    trade_put(writer,
              facts->is_gone ? "%s closed its TCP window, which was "
                             : "%s did not read, its TCP window was ",
              writer->naming->side[reader]);
    if (block->is_zero)
        trade_put(writer, "0");
    else
        trade_put(writer, "full, or too small for a Ping (%u bytes)", block->window);
    trade_put(writer, " from %s on (frame %u), for %.3f s",
              trade_format_time(writer, block->span.start), block->frame,
              trade_get_seconds(block->sum));
    if (block->times > 1)
        trade_put(writer, " in %u periods within %.3f s", block->times,
                  trade_span_get_seconds(&block->span));
    if (facts->is_both)
        trade_put(writer, "; so was that of %s: each waits for the other to read",
                  writer->naming->side[!reader]);
    if (facts->is_gone)
        trade_put(writer,
                  "; while it was closed, nothing of it reached this capture point after %s: its "
                  "host may have paused or gone, or what it sent was lost",
                  trade_format_time(writer, block->shown));
    trade_put(writer, ".");
    put_lack(writer, facts);
    trade_put_range_filter(
        writer, facts->frame && facts->frame < block->frame ? facts->frame : block->frame,
        facts->end_frame);
}

void trade_explain_nobody(trade_writer_t *writer, const trade_facts_t *facts)
{
    const unsigned reader = trade_facts_get_reader(facts);
    const trade_block_t *block = &facts->block;

    trade_put(writer,
              "%s closed its TCP window at %s (frame %u) and was not heard again: it answered none "
              "of the %u zero-window probes of %s, the last in frame %u. They, or the answers, "
              "were lost in the network, or its host is gone.",
              writer->naming->side[reader], trade_format_time(writer, block->span.start),
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

    trade_put(writer, "%s sent nothing until %s, by the %s of frame %u", writer->naming->side[side],
              trade_format_time(writer, facts->silence.until), proofs[facts->silence.proof],
              facts->silence.frame);
}

/* Appends how often bytes were sent and whether they were acknowledged at all. */
static void put_sending(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_sending_t *sending = &facts->sending;
    const char *sender = writer->naming->side[facts->sender];
    const char *peer = writer->naming->side[!facts->sender];
    const char *start = trade_format_time(writer, sending->span.start);

    if (sending->is_keepalive) {
        trade_put(writer,
                  "%s sent %u keepalives from %s (frame %u) on, the last in frame %u, and %s "
                  "answered none of them",
                  sender, sending->times, start, sending->frame, sending->last_frame, peer);
        return;
    }
    trade_put(writer, "%s sent its %s of %s (frame %u) %u times in %.3f s, and %s ", sender,
              sending->is_ping ? "Ping" : "bytes", start, sending->frame, sending->times,
              trade_get_seconds(sending->last - sending->span.start), peer);
    if (sending->acked_frame == 0)
        trade_put(writer, "acknowledged none of them");
    else
        trade_put(writer, "did not acknowledge them until %s (frame %u)",
                  trade_format_time(writer, sending->span.end), sending->acked_frame);
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
    if (sending->alive >= TRADE_ALIVE_MIN) {
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
    if (was_silent)
        trade_put(writer, "between %s and %s", trade_format_time(writer, sending->silence.start),
                  trade_format_time(writer, sending->silence.end));
    else
        trade_put(writer, "from %s on", trade_format_time(writer, sending->heard));
    trade_put(
        writer,
        ", nothing from %s reached this capture point, not even an acknowledgement. They were "
        "lost in the network, or what it sent was, or its host %s: whether it sent %s is not known",
        host, was_silent ? "paused" : "is gone",
        facts->sender == facts->asking && facts->kind == TRADE_CASE_WAIT ? "a Pong" : "Pings");
}

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
    trade_put(writer, "%.3f s, until ", trade_span_get_seconds(&facts->span));
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
        trade_put(writer,
                  "; %s was heard meanwhile: it acknowledged what was sent at %s, and had sent "
                  "nothing more",
                  asking, trade_format_time(writer, facts->idle));
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
        trade_put(writer, "%sfrom %s on (frame %u) the window of the other side was %s, for %.3f s",
                  facts->is_blocked_when_due ? "" : "it was not sent when it was due, and ",
                  trade_format_time(writer, facts->block.span.start), facts->block.frame,
                  facts->is_blocked ? "closed" : "full of bytes in flight",
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

/* Appends how often a side sends a Ping, and when it did not. note: on how often. */
static void put_gap(trade_writer_t *writer, const trade_facts_t *facts, const char *note)
{
    trade_put(writer,
              "%s sends a Ping every %.3f s%s, but none between %s (frame %u) and %s (%.3f s); ",
              writer->naming->side[facts->asking], trade_get_seconds(facts->interval), note,
              trade_format_time(writer, facts->span.start), facts->frame,
              trade_format_time(writer, facts->span.end), trade_span_get_seconds(&facts->span));
}

/* Appends which Ping had no Pong, and for how long. */
static void put_wait(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "%s had no Pong from %s for its Ping of %s (frame %u) within %.3f s",
              writer->naming->side[facts->asking], writer->naming->side[!facts->asking],
              trade_format_time(writer, facts->span.start), facts->frame,
              trade_span_get_seconds(&facts->span));
}

void trade_explain_silence(trade_writer_t *writer, const trade_facts_t *facts)
{
    put_gap(writer, facts,
            facts->is_own ? "" : " by the preference, though it has not shown that itself");
    put_silence(writer, facts);
    if (!facts->is_closed && facts->end_frame > 0) {
        trade_put(writer, "; it was sent late, at %s (frame %u).",
                  trade_format_time(writer, facts->span.end), facts->end_frame);
    } else {
        trade_put(writer, "; no Ping came until ");
        trade_put_until(writer, facts);
        trade_put(writer, ".");
    }
    trade_put_siblings(writer, facts);
    trade_put_near(writer, facts);
    trade_put_range_filter(writer, facts->frame, facts->end_frame);
}

void trade_explain_unanswered(trade_writer_t *writer, const trade_facts_t *facts)
{
    const char *peer = writer->naming->side[!facts->asking];

    put_wait(writer, facts);
    trade_put(writer, ", until ");
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

void trade_explain_answered_late(trade_writer_t *writer, const trade_facts_t *facts)
{
    const uint32_t frames[] = { facts->frame, facts->ping.acked_frame, facts->end_frame };

    trade_put(writer,
              "A Pong of %s came %.3f s after the Ping of %s, sent at %s (frame %u): at %s (frame "
              "%u). The limit is %.3f s. The Ping was sent %u times and ",
              writer->naming->side[!facts->asking], trade_span_get_seconds(&facts->span),
              writer->naming->side[facts->asking], trade_format_time(writer, facts->span.start),
              facts->frame, trade_format_time(writer, facts->span.end), facts->end_frame,
              trade_get_seconds(facts->limit), facts->ping.times ? facts->ping.times : 1);
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
                  trade_get_plural(skew->backwards));
    trade_put(writer,
              ". Its parts were captured by clocks that differ: what was late is not known.");
}

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
            trade_span_get_seconds(&facts->span));
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

void trade_explain_order(trade_writer_t *writer, const trade_facts_t *facts)
{
    const uint32_t frames[] = { facts->frame, facts->end_frame };

    trade_put(writer,
              "No Pong was captured after the Ping of %s, sent at %s (frame %u); but data with "
              "which %s acknowledges that Ping was captured before it: the order of the capture is "
              "not that of the network, and the Pong may have come before the Ping, too.",
              writer->naming->side[facts->asking], trade_format_time(writer, facts->span.start),
              facts->frame, writer->naming->side[!facts->asking]);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

void trade_explain_pause(trade_writer_t *writer, const trade_facts_t *facts)
{
    const uint32_t frames[] = { facts->frame, facts->pause_frame, facts->end_frame };

    trade_put(writer,
              "Nothing of %u connections was captured between %s and %s (frame %u), for %.3f s: "
              "the capture paused, its clock was set, or nothing came to it. What %s sent "
              "meanwhile is not known.",
              facts->connections, trade_format_time(writer, facts->pause.start),
              trade_format_time(writer, facts->pause.end), facts->pause_frame,
              trade_span_get_seconds(&facts->pause), writer->naming->side[facts->asking]);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

void trade_explain_hole(trade_writer_t *writer, const trade_facts_t *facts)
{
    const bool is_gap = facts->kind == TRADE_CASE_GAP;

    if (is_gap)
        put_gap(writer, facts, "");
    else
        put_wait(writer, facts);
    trade_put(writer,
              "%sbut bytes in which %s could be are missing from the capture, so it cannot tell.",
              is_gap ? "" : "; ", is_gap ? "one" : "it");
    trade_put_range_filter(writer, facts->frame, facts->end_frame);
}

void trade_explain_held(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer,
              "TCP holds back %" PRIu64 " bytes of %s from %s on (frame %u), behind bytes that are "
              "missing from the capture: what is in them is not known. Switch its preference "
              "\"Reassemble out-of-order segments\" off.",
              facts->held.bytes, writer->naming->side[facts->asking],
              trade_format_time(writer, facts->held.since), facts->held.frame);
    trade_put_range_filter(writer, facts->held.frame, 0);
}

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
