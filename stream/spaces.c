/* spaces.c
 * Whether the segments between two ends are of one connection. See stream/spaces.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/spaces.h"

/* Bytes this far from those captured are of another connection, if the other side's are, too. */
#define NEAR 0x40000U
/* Bytes in flight when the ends began anew arrive within this time. */
#define IN_FLIGHT_MAX TRADE_SECOND
enum { BOTH_SIDES = 3 };

/* Returns whether a sequence number is near those that a side of a space used. */
static bool is_near(const trade_space_t *space, unsigned side, uint32_t seq)
{
    const uint32_t used = space->sides[side].next - space->sides[side].first;

    return seq - space->sides[side].first + NEAR <= used + 2 * NEAR;
}

/* Returns whether a segment fits a space: with what it sends, or with what it acknowledges. */
static bool fits(const trade_space_t *space, const trade_segment_t *segment)
{
    const bool is_sent_known = space->sides[segment->side].is_known;
    const bool is_acked_known =
        (segment->flags & TRADE_TCP_ACK) && space->sides[!segment->side].is_known;

    if (is_sent_known && is_near(space, segment->side, segment->seq))
        return true;
    return is_acked_known && is_near(space, !segment->side, segment->ack);
}

/* Notes that a side used the numbers from one to another. Returns whether any are new. */
static bool use(trade_space_t *space, unsigned side, uint32_t start, uint32_t end)
{
    if (!space->sides[side].is_known) {
        space->sides[side].is_known = true;
        space->sides[side].first = start;
        space->sides[side].next = end;
        return true;
    }
    if (!((int32_t)(end - space->sides[side].next) > 0))
        return false;
    space->sides[side].next = end;
    /* Of more than can be told apart, the newest count. */
    if (end - space->sides[side].first > INT32_MAX / 2)
        space->sides[side].first = end - INT32_MAX / 2;
    return true;
}

/* Notes the numbers of a segment in its space. Returns whether it has bytes that are new. */
static bool add_numbers(trade_space_t *space, const trade_segment_t *segment)
{
    const uint32_t start = segment->seq + ((segment->flags & TRADE_TCP_SYN) ? 1 : 0);
    const bool is_new = use(space, segment->side, start, start + segment->length);

    if (segment->flags & TRADE_TCP_ACK)
        (void)use(space, !segment->side, segment->ack, segment->ack);
    return is_new && segment->length > 0;
}

/* Makes a space the current one: moves it to the front. */
static void make_current(trade_spaces_t *spaces, unsigned number)
{
    const trade_space_t space = spaces->list[number];

    for (; number > 0; number--)
        spaces->list[number] = spaces->list[number - 1];
    spaces->list[0] = space;
}

/* Begins a space, in the place of the one that was used least lately. */
static void begin_space(trade_spaces_t *spaces)
{
    if (spaces->count < TRADE_SPACES_MAX)
        spaces->count++;
    spaces->list[spaces->count - 1] = (trade_space_t){ .has_returned = false };
    make_current(spaces, spaces->count - 1);
}

/* Returns whether new bytes of a connection, after others' numbers, are more than what was in
 * flight when its ends gave it up. */
static bool goes_on(const trade_space_t *space, trade_time_t when)
{
    return space->began_anew == 0 || space->sides_returned == BOTH_SIDES ||
           when - space->began_anew >= IN_FLIGHT_MAX;
}

/* Returns whether a connection that goes on proves that there are several: its ends had given it
 * up, or another goes on as well. */
static bool is_proof(const trade_spaces_t *spaces, const trade_space_t *space)
{
    if (space->began_anew != 0)
        return true;
    for (unsigned i = 0; i < spaces->count; i++) {
        if (&spaces->list[i] != space && spaces->list[i].has_returned)
            return true;
    }
    return false;
}

void trade_spaces_inherit(trade_spaces_t *spaces, const trade_spaces_t *former, trade_time_t when)
{
    *spaces = *former;
    for (unsigned i = 0; i < spaces->count; i++)
        spaces->list[i].began_anew = when;
}

bool trade_spaces_add(trade_spaces_t *spaces, const trade_segment_t *segment)
{
    unsigned number = 0;

    /* Whoever sends an RST may take its numbers from anywhere. */
    if (segment->flags & TRADE_TCP_RST)
        return false;
    while (number < spaces->count && !fits(&spaces->list[number], segment))
        number++;
    const bool is_new = number == spaces->count;
    if (is_new)
        begin_space(spaces);
    else
        make_current(spaces, number);
    trade_space_t *space = &spaces->list[0];
    space->is_back |= number > 0 && !is_new;
    if (!add_numbers(space, segment) || !space->is_back)
        return false;
    space->sides_returned |= segment->side ? 2 : 1;
    space->has_returned |= goes_on(space, segment->when);
    return space->has_returned && is_proof(spaces, space);
}

bool trade_spaces_has_former(const trade_spaces_t *spaces)
{
    for (unsigned i = 0; i < spaces->count; i++) {
        if (spaces->list[i].has_returned && spaces->list[i].began_anew != 0)
            return true;
    }
    return false;
}
