/* rhythm.c
 * How often a side sends Pings. See analysis/pings/rhythm.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "analysis/pings/rhythm.h"

/* Pings that follow each other faster keep to no interval. */
#define INTERVAL_MIN (TRADE_SECOND / 2)
/* This many gaps in a row show an interval that is shorter than usual. */
#define SHORT_MIN 6

/* Returns whether two times, the other of which is not negative, differ by a fifth at most. */
static bool are_near(trade_time_t one, trade_time_t other)
{
    const trade_time_t margin = other / 5;

    /* Both bounds at once: what is below wraps. */
    return (uint64_t)(one - other + margin) <= (uint64_t)(2 * margin);
}

/* Returns the median of the newest gaps. */
static trade_time_t find_median(const trade_rhythm_t *rhythm, unsigned count)
{
    trade_time_t sorted[TRADE_GAPS_MAX] = { 0 };

    for (unsigned i = 0; i < count; i++) {
        const trade_time_t gap = rhythm->gaps[rhythm->count - count + i];
        unsigned place = i;
        for (; place > 0 && sorted[place - 1] > gap; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = gap;
    }
    return sorted[count / 2];
}

/* Returns how many of the newest gaps are near their median. */
static unsigned count_near(const trade_rhythm_t *rhythm, unsigned count, trade_time_t median)
{
    unsigned near = 0;

    for (unsigned i = rhythm->count - count; i < rhythm->count; i++)
        near += are_near(rhythm->gaps[i], median);
    return near;
}

bool trade_rhythm_add(trade_rhythm_t *rhythm, trade_time_t gap, trade_time_t usual, unsigned *first)
{
    if (gap > TRADE_INTERVAL_MAX)
        gap = TRADE_INTERVAL_MAX;
    /* This many in a row that agree are an interval. */
    const unsigned needed = gap < usual - usual / 5 ? SHORT_MIN : rhythm->own > 0 ? 3 : 2;

    if (rhythm->count == TRADE_GAPS_MAX) {
        rhythm->count--;
        memmove(&rhythm->gaps[0], &rhythm->gaps[1], rhythm->count * sizeof gap);
    }
    rhythm->gaps[rhythm->count++] = gap;
    if (rhythm->count < needed)
        return false;
    const trade_time_t median = find_median(rhythm, needed);
    if (median >= INTERVAL_MIN && count_near(rhythm, needed, median) == needed &&
        (rhythm->own == 0 || !are_near(median, rhythm->own))) {
        *first = rhythm->count - needed;
        rhythm->own = median;
        return true;
    }
    const trade_time_t all = find_median(rhythm, rhythm->count);
    if (rhythm->own > 0 && are_near(all, rhythm->own) &&
        count_near(rhythm, rhythm->count, all) * 4 >= rhythm->count * 3)
        rhythm->own = all;
    return false;
}

trade_time_t trade_rhythm_get(const trade_rhythm_t *rhythm, trade_time_t usual)
{
    return rhythm->own > 0 ? rhythm->own : usual;
}

trade_time_t trade_rhythm_get_least(const trade_rhythm_t *rhythm)
{
    const trade_time_t all = rhythm->count > 0 ? find_median(rhythm, rhythm->count) : 0;

    return all < rhythm->own ? all : rhythm->own;
}
