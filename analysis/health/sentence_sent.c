/* sentence_sent.c
 * What is said where it is known when something was sent, or that it was lost before it came here.
 * See analysis/health/sentence.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/sentence.h"

/* Appends what did not come, and for how long. */
static void put_what(trade_writer_t *writer, const trade_facts_t *facts)
{
    const double seconds = trade_span_get_seconds(&facts->span);
    const char *asking = writer->naming->side[facts->asking];
    const char *start = trade_format_time(writer, facts->span.start);

    if (facts->kind == TRADE_CASE_GAP)
        trade_put(writer, " No other Ping of %s came for %.3f s, from %s", asking, seconds, start);
    else
        trade_put(writer, " No Pong came for %.3f s for the Ping of %s of %s", seconds, asking,
                  start);
    if (facts->frame > 0)
        trade_put(writer, " (frame %u)", facts->frame);
    trade_put(writer, ", until ");
    if (facts->kind == TRADE_CASE_ANSWER)
        trade_put(writer, "%s (frame %u)", trade_format_time(writer, facts->span.end),
                  facts->end_frame);
    else
        trade_put_until(writer, facts);
    trade_put(writer, ".");
}

void trade_explain_lost_before(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_unseen_t *unseen = &facts->unseen;
    const char *peer = writer->naming->side[!facts->unseen_sender];
    const uint32_t frames[] = { facts->frame, unseen->frame, unseen->last_frame, facts->end_frame };

    trade_put(writer,
              "%s sent bytes before %s, as the sequence number of frame %u shows, that never came "
              "here. %s still waited for them %u times after that, at %s for the last time (frame "
              "%u): so the capture does not lack them; they were lost in the network, before this "
              "capture point.",
              writer->naming->side[facts->unseen_sender], trade_format_time(writer, unseen->since),
              unseen->frame, peer, unseen->times, trade_format_time(writer, unseen->last),
              unseen->last_frame);
    put_what(writer, facts);
    trade_put_siblings(writer, facts);
    trade_put_near(writer, facts);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

void trade_explain_stood(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_lag_t *lag = &facts->stood[facts->suspect];
    const uint32_t frames[] = { facts->frame, lag->frame, facts->end_frame };

    trade_put(writer,
              "The host of %s stood still for %.3f s between %s and %s (frame %u): its kernel's "
              "clock, in its TCP timestamps, is behind by that since then, and the clock of %s is "
              "not. A virtual machine that is moved, or stopped, does that.",
              writer->naming->side[facts->suspect], trade_get_seconds(lag->behind),
              trade_format_time(writer, lag->span.start), trade_format_time(writer, lag->span.end),
              lag->frame, writer->naming->side[!facts->suspect]);
    put_what(writer, facts);
    trade_put_siblings(writer, facts);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}

void trade_explain_slow(trade_writer_t *writer, const trade_facts_t *facts)
{
    const bool is_gap = facts->kind == TRADE_CASE_GAP;
    const uint32_t frames[] = { facts->frame, facts->end_frame };

    trade_put(writer,
              "The %s of %s that came at %s (frame %u) had left %.3f s before, by the clock of its "
              "kernel, in its TCP timestamps: what was sent later was not behind, so the network "
              "was slow.",
              is_gap ? "Ping" : "Pong",
              writer->naming->side[is_gap ? facts->asking : !facts->asking],
              trade_format_time(writer, facts->span.end), facts->end_frame,
              trade_get_seconds(facts->behind));
    put_what(writer, facts);
    trade_put_siblings(writer, facts);
    trade_put_near(writer, facts);
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}
