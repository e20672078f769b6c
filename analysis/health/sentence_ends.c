/* sentence_ends.c
 * What is said of attempts to connect, and of how connections end. See
 * analysis/health/sentence.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hosts.h"
#include "analysis/health/notices.h"
#include "analysis/health/kernels.h"
#include "analysis/health/sentence.h"

/* Appends a filter that shows the segments that open and end connections between two frames: by
 * their SYN, FIN and RST bits. */
static void put_ends_filter(trade_writer_t *writer, uint32_t first, uint32_t last)
{
    trade_put(writer, " Filter: tcp.flags & 7 && frame.number >= %u && frame.number <= %u", first,
              last);
}

/* ---- Attempts to connect ---- */

/* Appends who refused attempts. */
static void put_refusals(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_run_t *run = facts->run;

    trade_put(writer,
              "%u RST%s refused them, first at %s (frame %u), with TTL %u: %s, so it is not known "
              "whether the host sent it, on whose port no program then listens, or a firewall in "
              "its name",
              run->refusals, trade_get_plural(run->refusals),
              trade_format_time(writer, run->refused), run->refused_frame, run->refused_ttl,
              trade_host_find_ttl(facts->attempts->server, run->refused_ttl) != 0
                  ? "that of the host's other frames, which a firewall can give it as well"
                  : "no other frame of the host has it");
}

/* Appends that nobody answered attempts. */
static void put_no_answer(trade_writer_t *writer, const trade_facts_t *facts)
{
    trade_put(writer, "neither an answer nor a refusal reached this capture point");
    if (facts->attempts->server->ttl_count == 0)
        trade_put(writer, ", nor did any other frame of that host: whether it exists is not known");
    else if (facts->notice.frame == 0)
        trade_put(writer,
                  ": they, or the answers, were lost in the network, or its host is gone, or "
                  "drops them");
}

void trade_explain_attempts(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_run_t *run = facts->run;
    const bool is_over = run->answered != 0;

    trade_put(writer,
              "%s tried to connect to %s, in %u attempt%s of its host with %u SYN%s from %s (frame "
              "%u) on: ",
              writer->naming->side[facts->asking], writer->naming->side[!facts->asking], run->count,
              trade_get_plural(run->count), run->syns, trade_get_plural(run->syns),
              trade_format_time(writer, run->span.start), run->first_frame);
    if (run->refusals > 0)
        put_refusals(writer, facts);
    else
        put_no_answer(writer, facts);
    trade_put(writer, ". ");
    if (facts->notice.frame > 0) {
        trade_put(writer, "About a SYN, ");
        trade_put_notice(writer, &facts->notice);
        trade_put(writer, ". ");
    }
    if (is_over)
        trade_put(writer, "After %.3f s one was answered, at %s (frame %u).",
                  trade_get_seconds(run->answered - run->span.start),
                  trade_format_time(writer, run->answered), run->answered_frame);
    else
        trade_put(writer, "None was answered until the end of the capture.");
    put_ends_filter(writer, run->first_frame, is_over ? run->answered_frame : run->last_frame);
}

/* ---- Connections that end together ---- */

void trade_put_after(trade_writer_t *writer, const trade_burst_t *burst, const char *who)
{
    if (burst->refusals > 0)
        trade_put(writer, " Then %s refused %u attempt%s to connect, first at %s (frame %u).", who,
                  burst->refusals, trade_get_plural(burst->refusals),
                  trade_format_time(writer, burst->refused), burst->refused_frame);
    if (burst->answered == 0) {
        if (burst->syns > 0)
            trade_put(writer, " Of %u SYN%s to it since then, none was answered.", burst->syns,
                      trade_get_plural(burst->syns));
        return;
    }
    trade_put(writer, " After %.3f s %s answered %s, at %s (frame %u)",
              trade_get_seconds(burst->answered - burst->span.start), who,
              burst->refusals > 0 ? "such an attempt" : "an attempt to connect",
              trade_format_time(writer, burst->answered), burst->answered_frame);
    if (burst->ttl != 0 && burst->ttl != burst->answered_ttl)
        trade_put(writer, ", with TTL %u instead of %u: by another machine, or over another path",
                  burst->answered_ttl, burst->ttl);
    else if (burst->is_other_card)
        trade_put(writer, ", from another network card: of another machine, or another one of it");
    trade_put(writer, ".");
    if (burst->same_kernels > 0)
        trade_put(writer, " By the clock in its TCP timestamps, it is the same kernel as before.");
}

/* Appends what a burst tells of who ended the connections. */
static void put_who(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_burst_t *burst = facts->burst;

    if (burst->fins > 1)
        trade_put(writer, " A FIN is sent by the host itself: its program closed them, or ended.");
    else if (facts->ending == TRADE_ENDING_RST && trade_restart_count(burst) > 0)
        trade_put(writer,
                  " Each of the next %u connections shows another kernel than all of these did, by "
                  "the clock in its TCP timestamps: its host was restarted, or another machine "
                  "took its address.",
                  trade_restart_count(burst));
    else if (facts->away.end != 0)
        trade_put(writer,
                  " Its program or its host ended or began anew, or a firewall reset them in its "
                  "name; or it had given up, as nothing of the host of %s came here for %.3f s, "
                  "until %s: that may have paused.",
                  writer->naming->side[!facts->asking], trade_span_get_seconds(&facts->away),
                  trade_format_time(writer, facts->away.end));
    else if (burst->fins + burst->clocked > 1)
        trade_put(writer,
                  " %u of the RSTs have a timestamp that only the clock of its kernel shows: "
                  "its program ended, or it reset them.",
                  burst->clocked);
    else
        trade_put(writer, " Its program or its host ended or began anew, or a firewall reset them "
                          "in its name.");
}

void trade_explain_together(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_burst_t *burst = facts->burst;
    const uint32_t last =
        burst->answered_frame > burst->last_frame ? burst->answered_frame : burst->last_frame;

    trade_put(writer,
              "%s ended this connection at %s (frame %u), with which nothing was wrong, together "
              "with others: its host ended %u of its %u connections within %.3f s, from %s (frame "
              "%u) on, %u by FIN and %u by RST.",
              writer->naming->side[facts->asking], trade_format_time(writer, facts->span.start),
              facts->frame, burst->count, burst->live, trade_span_get_seconds(&burst->span),
              trade_format_time(writer, burst->span.start), burst->first_frame, burst->fins,
              burst->count - burst->fins);
    put_who(writer, facts);
    trade_put_after(writer, burst, "it");
    put_ends_filter(writer, burst->first_frame, last);
}

void trade_explain_reset(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_reset_t *reset = &facts->reset;
    const uint32_t frames[] = { reset->frame, reset->later_frame, reset->other_frame };

    trade_put(writer, "The RST claiming to be from %s at %s (frame %u) does not fit it:",
              writer->naming->side[reset->side], trade_format_time(writer, reset->when),
              reset->frame);
    if (reset->usual_ttl != 0)
        trade_put(writer, " TTL %u, usually %u;", reset->ttl, reset->usual_ttl);
    if (reset->ip_id != 0)
        trade_put(writer, " IP id %u after %u;", reset->ip_id, reset->usual_id);
    trade_put(writer, " sequence number %s, %d bytes from what is due;",
              reset->is_outside ? "outside the window, so that TCP ignores it" : "in the window",
              reset->distance);
    if (facts->is_reset_double)
        trade_put(writer,
                  " with it came one claiming to be from %s, whose TTL is not its own, either; a "
                  "host sends none in answer to one;",
                  writer->naming->side[!reset->side]);
    else if (facts->is_ttl_other)
        trade_put(writer, facts->is_reset_foreign
                              ? " later frames of its host have the usual TTL;"
                              : " its path may have changed, or another host sent it;");
    if (reset->other_frame != 0)
        trade_put(
            writer,
            " a second capture point shows no such RST, but one claiming to be from %s (frame "
            "%u), which the first does not: both were sent between the points;",
            writer->naming->side[!reset->side], reset->other_frame);
    if (reset->later_frame != 0)
        trade_put(writer, " and it goes on sending, at %s (frame %u).",
                  trade_format_time(writer, reset->later), reset->later_frame);
    else if (facts->heard_after != 0)
        trade_put(writer, " what was seen from it afterwards, until %s, may have been sent before.",
                  trade_format_time(writer, facts->heard_after));
    else
        trade_put(writer, " nothing from it was seen afterwards.");
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}
