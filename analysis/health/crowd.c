/* crowd.c
 * How many connections were open, or well, at a time. See analysis/health/crowd.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>

#include "analysis/health/crowd.h"

/* ---- Order ---- */

/* By key, and by when they begin. */
static int compare_stays(const void *a, const void *b)
{
    const trade_stay_t *one = (const trade_stay_t *)a, *other = (const trade_stay_t *)b;

    if (one->key != other->key)
        return one->key < other->key ? -1 : 1;
    return (one->span.start > other->span.start) - (one->span.start < other->span.start);
}

/* Returns how many of so many stays, in their order, are of smaller keys, or of this key and begin
 * before a time. */
static uint32_t find(const trade_stay_t *stays, uint32_t count, uint64_t key, trade_time_t when)
{
    const trade_stay_t wanted = { .key = key, .span = { when, when } };
    uint32_t low = 0, high = count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (compare_stays(&stays[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Returns how many stays are of smaller keys, or of this key and began before a time. */
static uint32_t find_start(const trade_crowd_t *crowd, uint64_t key, trade_time_t when)
{
    return find(crowd->stays, crowd->count, key, when);
}

/* Returns how many stays are of smaller keys, or of this key and ended before a time. */
static uint32_t find_end(const trade_crowd_t *crowd, uint64_t key, trade_time_t when)
{
    return find(crowd->ends, crowd->count, key, when);
}

void trade_crowd_prepare(trade_crowd_t *crowd)
{
    if (crowd->count == 0)
        return;
    qsort(crowd->stays, crowd->count, sizeof *crowd->stays, compare_stays);
    for (uint32_t i = 0; i < crowd->count; i++) {
        const trade_stay_t *stay = &crowd->stays[i];
        crowd->ends[i] =
            (trade_stay_t){ .key = stay->key, .span = { stay->span.end, stay->span.end }, .of = i };
    }
    qsort(crowd->ends, crowd->count, sizeof *crowd->ends, compare_stays);
    for (uint32_t i = 0; i < crowd->count; i++) {
        crowd->ranks[crowd->ends[i].of] = i;
        crowd->sums[i] = 0;
    }
}

/* ---- Counting ---- */

/* All that began by the end of the span overlap it, but those that ended before it. */
uint32_t trade_crowd_count(const trade_crowd_t *crowd, uint64_t key, const trade_span_t *span)
{
    const uint32_t first = find_start(crowd, key, INT64_MIN);
    const uint32_t begun = find_start(crowd, key, span->end + 1);

    return begun - first - (find_end(crowd, key, span->start) - first);
}

uint32_t trade_crowd_count_begun(const trade_crowd_t *crowd, uint64_t key, const trade_span_t *span)
{
    return span->start < span->end
               ? find_start(crowd, key, span->end) - find_start(crowd, key, span->start + 1)
               : 0;
}

/* Adds one to the sum of an index and of those after it, of which each holds the sum over as many
 * before it as its lowest bit says: a Fenwick tree. sums: of size. */
static void add_one(uint32_t *sums, uint32_t size, uint32_t place)
{
    for (uint32_t i = place + 1; i <= size; i += i & -i)
        sums[i - 1]++;
}

/* Returns the sum over the first so many. */
static uint32_t get_sum(const uint32_t *sums, uint32_t count)
{
    uint32_t sum = 0;

    for (uint32_t i = count; i > 0; i -= i & -i)
        sum += sums[i - 1];
    return sum;
}

/* Of those that began by the beginning of a question, those count that did not end before its
 * end. */
void trade_crowd_answer(trade_crowd_t *crowd, trade_stay_t *questions, uint32_t count)
{
    uint32_t next = 0, first = 0, size = 0;

    if (count > 0)
        qsort(questions, count, sizeof *questions, compare_stays);
    for (uint32_t i = 0; i < count; i++) {
        trade_stay_t *question = &questions[i];
        if (i == 0 || question->key != questions[i - 1].key) {
            first = next = find_start(crowd, question->key, INT64_MIN);
            size = find_start(crowd, question->key, INT64_MAX) - first;
        }
        for (; next < first + size && crowd->stays[next].span.start <= question->span.start; next++)
            add_one(crowd->sums + first, size, crowd->ranks[next] - first);
        question->answer = next - first -
                           get_sum(crowd->sums + first,
                                   find_end(crowd, question->key, question->span.end) - first);
    }
}
