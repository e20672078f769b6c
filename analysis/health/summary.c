/* summary.c
 * What a finding comes to, in a few words. See analysis/health/summary.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/summary.h"

/* Returns the name of the side whose window matters: it should read the Ping, or the Pong. */
static const char *get_reader(const trade_writer_t *writer, const trade_facts_t *facts)
{
    return writer->naming->side[trade_facts_get_reader(facts)];
}

void trade_summarize_blocked(trade_writer_t *writer, const trade_facts_t *facts)
{
    const bool is_gap = facts->kind == TRADE_CASE_GAP;

    trade_put(writer, "%s's window was %s for %.0f s; ", get_reader(writer, facts),
              facts->block.is_zero ? "0" : "full", trade_get_seconds(facts->block.sum));
    if (facts->kind == TRADE_CASE_GIVE_UP) {
        trade_put(writer, "%s gave up", writer->naming->side[facts->asking]);
        return;
    }
    trade_put(writer, "no %s from %s", is_gap ? "Ping left" : "Pong came",
              trade_format_time(writer, facts->span.start + (is_gap ? facts->interval : 0)));
}

void trade_summarize_lost(trade_writer_t *writer, const trade_facts_t *facts)
{
    if (facts->sending.times == 0 && facts->unseen.frame != 0) {
        trade_put(writer, "%s's bytes from %s on were lost before the capture point",
                  writer->naming->side[facts->unseen_sender],
                  trade_format_time(writer, facts->unseen.since));
        return;
    }
    if (facts->sending.times == 0) {
        trade_put(writer, "%s answered none of %u window probes from %s on",
                  get_reader(writer, facts), facts->block.probes,
                  trade_format_time(writer, facts->block.span.start));
        return;
    }
    trade_put(writer, "%s's %s, sent %u times, %s", writer->naming->side[facts->sender],
              facts->sending.is_keepalive ? "keepalives"
              : facts->sending.is_ping    ? "Ping"
                                          : "bytes",
              facts->sending.times,
              facts->sending.is_keepalive  ? "not answered"
              : facts->sending.acked_frame ? "acknowledged late"
                                           : "not acknowledged");
}

void trade_summarize_reset(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "the RST claiming to be from %s does not fit it",
              writer->naming->side[facts->asking]);
}

void trade_summarize_attempts(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_run_t *run = facts->run;

    trade_put(writer, "%u attempt%s to connect", run->count, trade_get_plural(run->count));
    if (run->refusals > 0)
        trade_put(writer, ": %u refused, from %s on", run->refusals,
                  trade_format_time(writer, run->refused));
    else
        trade_put(writer, " not answered, from %s on", trade_format_time(writer, run->span.start));
}

void trade_summarize_together(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_burst_t *burst = facts->burst;

    trade_put(writer, "%s's side ended %u of %u connections within %.3g s",
              writer->naming->side[facts->asking], burst->count, burst->live,
              trade_span_get_seconds(&burst->span));
}

void trade_summarize_missing(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "no Ping of %s for %.0f s, from %s on", writer->naming->side[facts->asking],
              trade_span_get_seconds(&facts->span), trade_format_time(writer, facts->span.start));
}

void trade_summarize_late(trade_writer_t *writer, const trade_facts_t *facts)
{
    if (facts->is_closed || facts->end_frame == 0) {
        trade_summarize_missing(writer, facts);
        return;
    }
    trade_put(writer, "%s's Ping came after %.0f s, from %s on",
              writer->naming->side[facts->asking], trade_span_get_seconds(&facts->span),
              trade_format_time(writer, facts->span.start));
}

void trade_summarize_unanswered(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "%s's Ping of %s was not answered for %.0f s",
              writer->naming->side[facts->asking], trade_format_time(writer, facts->span.start),
              trade_span_get_seconds(&facts->span));
}

void trade_summarize_answered_late(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "%s's Ping of %s was answered after %.3g s",
              writer->naming->side[facts->asking], trade_format_time(writer, facts->span.start),
              trade_span_get_seconds(&facts->span));
}

void trade_summarize_clocks(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "%s",
              facts->is_stepped && !facts->is_skewed ? "the capture's clock was set meanwhile"
                                                     : "the capture's times contradict each other");
}

void trade_summarize_hole(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "%s",
              facts->is_apart          ? "one of two capture points shows nothing any more"
              : facts->mixed_frame > 0 ? "two connections have the same addresses and ports"
                                       : "the capture, or the dissector, lacks what could tell");
}
