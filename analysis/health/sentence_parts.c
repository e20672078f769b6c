/* sentence_parts.c
 * Parts that several sentences have. See analysis/health/sentence.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/sentence.h"

void trade_put_until(trade_writer_t *writer, const trade_facts_t *facts)
{
    if (facts->end_frame == 0) {
        trade_put(writer, "the end of the capture");
        return;
    }
    if (!facts->is_closed)
        trade_put(writer, "one did");
    else if (facts->ending == TRADE_ENDING_NONE)
        trade_put(writer, "%s was heard last", writer->naming->side[facts->ended_by]);
    else if (facts->ending == TRADE_ENDING_REUSED)
        trade_put(writer, "the SYN of the next connection between the same ends");
    else
        trade_put(writer, "%s %s the connection", writer->naming->side[facts->ended_by],
                  facts->ending == TRADE_ENDING_RST ? "reset" : "closed");
    trade_put(writer, " at %s (frame %u)", trade_format_time(writer, facts->span.end),
              facts->end_frame);
}

void trade_put_near(trade_writer_t *writer, const trade_facts_t *facts)
{
    if (facts->near >= 0)
        trade_put(writer, " By the handshake, the capture point is near %s.",
                  writer->naming->side[facts->near]);
}

/* Appends how many of the others were well. */
static void put_others(trade_writer_t *writer, const trade_siblings_t *siblings, const char *name)
{
    if (siblings->others == 1)
        trade_put(writer, " The other connection of the host of %s was %s", name,
                  siblings->well > 0 ? "well" : "not well");
    else if (siblings->well == 0)
        trade_put(writer, " None of the other %u connections of the host of %s was well",
                  siblings->others, name);
    else if (siblings->well < siblings->others)
        trade_put(writer, " %u of the other %u connections of the host of %s were well",
                  siblings->well, siblings->others, name);
    else
        trade_put(writer, " The other %u connections of the host of %s were well", siblings->others,
                  name);
}

/* Returns whether the other connections of the same two hosts were well, each: those with other
 * hosts go other ways. */
static bool is_path_well(const trade_facts_t *facts)
{
    const trade_siblings_t *pair = &facts->siblings[TRADE_GROUP_PAIR];

    return pair->others > 0 && pair->well == pair->others;
}

void trade_put_siblings(trade_writer_t *writer, const trade_facts_t *facts)
{
    /* Where only one connection is with the suspect, those of the other host tell of that. */
    const bool is_known = facts->siblings[facts->suspect].others > 0;
    const unsigned side = is_known ? facts->suspect : !facts->suspect;
    const trade_siblings_t *siblings = &facts->siblings[side];

    if (siblings->full == 0 || siblings->others == 0)
        return;
    put_others(writer, siblings, writer->naming->side[side]);
    if (siblings->well == 0)
        trade_put(writer,
                  " meanwhile: there may be one cause for all, that host or the path to it.");
    else if (facts->host_silent[side] > 0)
        trade_put(writer,
                  " meanwhile. That does not show that host well: nothing came of it for %.3f s.",
                  trade_get_seconds(facts->host_silent[side]));
    else if (facts->stood[side].frame != 0)
        trade_put(writer, " meanwhile.");
    else if (is_known && facts->is_program && is_path_well(facts))
        trade_put(writer, " meanwhile, so that host and the network were: it was the program.");
    else if (is_known && facts->is_program)
        trade_put(writer, " meanwhile, so that host was.");
    else if (is_known && facts->is_network && siblings->well == siblings->others)
        trade_put(writer, " meanwhile: only this one was disturbed on the way.");
    else
        trade_put(writer, " meanwhile: so was that host, or another one behind the same address.");
}
