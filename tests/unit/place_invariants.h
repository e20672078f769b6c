/* place_invariants.h
 * What holds for any place and any segment: for the C test and the fuzzer.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_UNIT_PLACE_INVARIANTS_H
#define TESTS_UNIT_PLACE_INVARIANTS_H

#include "stream/place.h"

/* How many numbers make a place and a segment. */
#define PLACE_NUMBERS 6
/* A PDU has up to this many bytes, and so has a segment. */
#define LENGTH_MAX 65535

/* Returns what is wrong with a reach; NULL: nothing. distance: from the place to the segment. */
static const char *check_reach(const trade_place_t *place, const trade_reach_t *reach,
                               int64_t distance, uint32_t length)
{
    if (reach->already_shown > length)
        return "more bytes were shown than there are";
    if (reach->missing != (distance > 0 ? distance : 0))
        return "what is missing is not what lies between";
    if (reach->buffered != 0 &&
        (reach->buffered != place->buffered || distance != -(int64_t)place->buffered))
        return "what is buffered is not at the start";
    if (reach->buffered != 0 && reach->already_shown != 0)
        return "bytes are buffered, and shown";
    if (reach->is_upper_bound && (reach->missing == 0 || place->buffered == 0))
        return "an upper bound of nothing";
    if (reach->missing > 0 && reach->trust != TRADE_TRUST_NONE && reach->missing > place->remaining)
        return "bytes are missing before a place that is trusted";
    if (distance <= 0 && reach->buffered == 0 && reach->already_shown < length &&
        reach->already_shown < -distance)
        return "bytes are shown twice";
    return 0;
}

/* Checks a place and a segment made of PLACE_NUMBERS numbers. Returns what is wrong; NULL:
 * nothing. */
static const char *check_place(const uint32_t *numbers)
{
    const trade_place_t place = { .seq = numbers[0],
                                  .buffered = numbers[1] & 1 ? numbers[1] % LENGTH_MAX : 0,
                                  .remaining = numbers[2] & 1 ? numbers[2] % LENGTH_MAX : 0,
                                  .next = (trade_trust_t)(numbers[3] % (TRADE_TRUST_NONE + 1)) };
    const uint32_t length = 1 + numbers[5] % LENGTH_MAX;
    /* Often where something begins or ends. */
    const int64_t distances[] = { 0,
                                  -(int64_t)place.buffered,
                                  place.remaining,
                                  -(int64_t)length,
                                  (int64_t)place.remaining + 1,
                                  (int32_t)numbers[4] / 2 };
    const int64_t distance = distances[numbers[4] % 6];
    const uint32_t seq = place.seq + (uint32_t)distance;
    const trade_reach_t reach = trade_place_reach(&place, seq, length);
    trade_place_t moved = place;
    trade_place_t advanced = trade_place_before_buffered(&place);

    const char *broken = check_reach(&place, &reach, distance, length);
    if (broken)
        return broken;
    moved.seq += 0x80000000U;
    const trade_reach_t same = trade_place_reach(&moved, seq + 0x80000000U, length);
    if (same.trust != reach.trust || same.already_shown != reach.already_shown ||
        same.missing != reach.missing)
        return "it matters where sequence numbers begin";
    if (advanced.buffered != 0 || advanced.seq + place.buffered != place.seq)
        return "bytes are buffered before what is buffered";
    trade_place_advance(&advanced, advanced.seq + length);
    if (advanced.remaining > place.remaining)
        return "a PDU grows while it is delivered";
    return 0;
}

#endif /* TESTS_UNIT_PLACE_INVARIANTS_H */
