/* apart.h
 * Cases of connections that seem to end together, or to be ended by the side whose FIN was captured
 * first; for verdict.c.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_APART_H
#define TRADE_TESTS_UNIT_APART_H

#include "tests/unit/ends.h"

/* The others are there since then. */
static void reset_before_others_since(play_t *play)
{
    others_t *others = begin_others(play, 5);

    rounds(play, 0, 3);
    for (unsigned i = 0; i < 5; i++)
        others->list[i].live_since = at(play->bound);
    rst(play, 100, MULTIPLEXER);
    end_others(play, others, 5, &reset_as_host);
}

/* The one that is played is there since then, and ends among others. */
static void reset_among_others_and_there_since(play_t *play)
{
    others_t *others = begin_others(play, 5);

    rounds(play, 0, 3);
    play->health.evidence.live_since = at(play->bound);
    for (unsigned i = 0; i < 4; i++)
        end_other(play, &others->list[i], 99.5, &reset_as_host);
    rst(play, 100, MULTIPLEXER);
    end_other(play, &others->list[4], 100.1, &reset_as_host);
}

/* Each FIN acknowledges so many bytes more than were captured: the other side's FIN, perhaps. */
static void closed_beyond_what_was_captured(play_t *play)
{
    others_t *others = begin_others(play, 5);

    rounds(play, 0, 3);
    for (unsigned i = 0; i < 5; i++)
        others->list[i].sides[MODULE].next = play->ack[MULTIPLEXER];
    play->ack[MULTIPLEXER] += (uint32_t)play->bound;
    fin(play, 100, MULTIPLEXER);
    end_others(play, others, 5, NULL);
    refuse_one(play, 105, 127);
}

/* Nothing of the modules was captured before. */
static void closed_and_modules_not_captured(play_t *play)
{
    others_t *others = begin_others(play, 5);

    rounds(play, 0, 3);
    play->health.evidence.sides[MODULE].is_counted = play->bound == 0;
    fin(play, 100, MULTIPLEXER);
    for (unsigned i = 0; i < 5; i++)
        others->list[i].sides[MODULE].is_counted = play->bound == 0;
    end_others(play, others, 5, NULL);
    refuse_one(play, 105, 127);
}

static const test_t apart_tests[] = {
    BOUND(reset_before_others_since, 100, "ended-together", "network-or-multiplexer"),
    BOUND(reset_before_others_since, 100.001, "ok", "-"),
    BOUND(reset_among_others_and_there_since, 99.5, "ended-together", "network-or-multiplexer"),
    BOUND(reset_among_others_and_there_since, 99.501, "ok", "-"),
    BOUND(closed_beyond_what_was_captured, 0, "ended-together", "multiplexer"),
    BOUND(closed_beyond_what_was_captured, 1, "ok", "-"),
    BOUND(closed_and_modules_not_captured, 0, "ended-together", "multiplexer"),
    BOUND(closed_and_modules_not_captured, 1, "ok", "-")
};

#endif /* TRADE_TESTS_UNIT_APART_H */
