/* sentence_ends.c
 * What is said of attempts to connect, and of how connections end. See
 * analysis/health/sentence_ends.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hosts.h"
#include "analysis/health/notices.h"
#include "analysis/health/restarts.h"
#include "analysis/health/sentence_ends.h"

/* Appends a time and its frame. */
static void put_at(trade_writer_t *writer, trade_time_t when, uint32_t frame)
{
    trade_put_time(writer, when);
    trade_put(writer, " (frame %u)", frame);
}

/* Appends a count of things. */
static void put_count(trade_writer_t *writer, uint32_t count, const char *thing)
{
    trade_put(writer, "%u %s%s", count, thing, count == 1 ? "" : "s");
}

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

    put_count(writer, run->refusals, "RST");
    trade_put(writer, " refused them, first at ");
    put_at(writer, run->refused, run->refused_frame);
    trade_put(writer, ", with TTL %u: ", run->refused_ttl);
    trade_put(writer,
              "%s, so it is not known whether the host sent it, on whose port no program "
              "then listens, or a firewall in its name",
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

    trade_put(writer, "%s tried to connect to %s, in ", writer->naming->side[facts->asking],
              writer->naming->side[!facts->asking]);
    put_count(writer, run->count, "attempt");
    trade_put(writer, " of its host with ");
    put_count(writer, run->syns, "SYN");
    trade_put(writer, " from ");
    put_at(writer, run->span.start, run->first_frame);
    trade_put(writer, " on: ");
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
    if (is_over) {
        trade_put(writer, "After %.3f s one was answered, at ",
                  trade_get_seconds(run->answered - run->span.start));
        put_at(writer, run->answered, run->answered_frame);
    } else {
        trade_put(writer, "None was answered until the end of the capture");
    }
    trade_put(writer, ".");
    put_ends_filter(writer, run->first_frame, is_over ? run->answered_frame : run->last_frame);
}

void trade_summarize_attempts(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_run_t *run = facts->run;

    put_count(writer, run->count, "attempt");
    if (run->refusals > 0) {
        trade_put(writer, " to connect: %u refused, from ", run->refusals);
        trade_put_time(writer, run->refused);
    } else {
        trade_put(writer, " to connect not answered, from ");
        trade_put_time(writer, run->span.start);
    }
    trade_put(writer, " on");
}

/* ---- Connections that end together ---- */

void trade_put_after(trade_writer_t *writer, const trade_burst_t *burst, const char *who)
{
    if (burst->refusals > 0) {
        trade_put(writer, " Then %s refused ", who);
        put_count(writer, burst->refusals, "attempt");
        trade_put(writer, " to connect, first at ");
        put_at(writer, burst->refused, burst->refused_frame);
        trade_put(writer, ".");
    }
    if (burst->answered == 0) {
        if (burst->syns > 0) {
            trade_put(writer, " Of ");
            put_count(writer, burst->syns, "SYN");
            trade_put(writer, " to it since then, none was answered.");
        }
        return;
    }
    trade_put(writer, " After %.3f s %s answered %s, at ",
              trade_get_seconds(burst->answered - burst->span.start), who,
              burst->refusals > 0 ? "such an attempt" : "an attempt to connect");
    put_at(writer, burst->answered, burst->answered_frame);
    if (burst->ttl != 0 && burst->ttl != burst->answered_ttl)
        trade_put(writer, ", with TTL %u instead of %u: by another machine, or over another path",
                  burst->answered_ttl, burst->ttl);
    else if (burst->is_other_card)
        trade_put(writer, ", from another network card: of another machine, or another one of it");
    trade_put(writer, ".");
    if (burst->same_kernels > 0)
        trade_put(writer, " By the clock in its TCP timestamps, it is the same kernel as before.");
}

/* Appends what shows that a host has another kernel since then. */
static void put_restart(trade_writer_t *writer, const trade_burst_t *burst)
{
    trade_put(writer,
              " Each of the next %u connections shows another kernel than all of these did, by the "
              "clock in its TCP timestamps: its host was restarted, or another machine took its "
              "address.",
              trade_restart_count(burst));
}

/* Appends what a burst tells of who ended the connections. */
static void put_who(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_burst_t *burst = facts->burst;

    if (burst->fins > 1)
        trade_put(writer, " A FIN is sent by the host itself: its program closed them, or ended.");
    else if (facts->ending == TRADE_ENDING_RST && trade_restart_count(burst) > 0)
        put_restart(writer, burst);
    else if (facts->away.end != 0) {
        trade_put(writer, " Its program or its host ended or began anew, or a firewall reset them "
                          "in its name; or it had given up, as nothing of the host of ");
        trade_put(writer, "%s came here for %.3f s, until ", writer->naming->side[!facts->asking],
                  trade_get_seconds(trade_span_get_length(&facts->away)));
        trade_put_time(writer, facts->away.end);
        trade_put(writer, ": that may have paused.");
    } else if (burst->fins + burst->clocked > 1)
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

    trade_put(writer, "%s ended this connection at ", writer->naming->side[facts->asking]);
    put_at(writer, facts->span.start, facts->frame);
    trade_put(writer,
              ", with which nothing was wrong, together with others: its host ended %u of its %u "
              "connections within %.3f s, from ",
              burst->count, burst->live, trade_get_seconds(trade_span_get_length(&burst->span)));
    put_at(writer, burst->span.start, burst->first_frame);
    trade_put(writer, " on, %u by FIN and %u by RST.", burst->fins, burst->count - burst->fins);
    put_who(writer, facts);
    trade_put_after(writer, burst, "it");
    put_ends_filter(writer, burst->first_frame, last);
}

void trade_summarize_together(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_burst_t *burst = facts->burst;

    trade_put(writer, "%s's side ended %u of %u connections within %.3g s",
              writer->naming->side[facts->asking], burst->count, burst->live,
              trade_get_seconds(trade_span_get_length(&burst->span)));
}

/* An RST does not fit the side that it names. */
void trade_explain_reset(trade_writer_t *writer, const trade_facts_t *facts)
{
    const trade_reset_t *reset = &facts->reset;
    const uint32_t frames[] = { reset->frame, reset->later_frame, reset->other_frame };

    trade_put(writer, "The RST claiming to be from %s at ", writer->naming->side[reset->side]);
    trade_put_time(writer, reset->when);
    trade_put(writer, " (frame %u) does not fit it:", reset->frame);
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
    if (reset->later_frame != 0) {
        trade_put(writer, " and it goes on sending, at ");
        trade_put_time(writer, reset->later);
        trade_put(writer, " (frame %u).", reset->later_frame);
    } else if (facts->heard_after != 0) {
        trade_put(writer, " what was seen from it afterwards, until ");
        trade_put_time(writer, facts->heard_after);
        trade_put(writer, ", may have been sent before.");
    } else {
        trade_put(writer, " nothing from it was seen afterwards.");
    }
    trade_put_filter(writer, frames, sizeof frames / sizeof frames[0]);
}
