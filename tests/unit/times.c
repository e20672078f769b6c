/* times.c
 * Times of a capture, and how often a side sends Pings: their bounds.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "analysis/pings/rhythm.c"
#include "wire/time.h"

static unsigned failed;

static void check(const char *what, bool holds)
{
    if (!holds) {
        printf("%s\n", what);
        failed++;
    }
}

static void check_times(void)
{
    const trade_time_t latest = TRADE_LATEST_S * TRADE_SECOND;
    const trade_time_t earliest = TRADE_EARLIEST_S * TRADE_SECOND;

    check("the latest time", trade_time_make(TRADE_LATEST_S, 5) == latest);
    check("one before it", trade_time_make(TRADE_LATEST_S - 1, 999999999) == latest - 1);
    check("the earliest time", trade_time_make(TRADE_EARLIEST_S, 5) == earliest + 5);
    check("one before that", trade_time_make(TRADE_EARLIEST_S - 1, 999999999) == earliest);
    check("seconds before 1970", trade_time_get_seconds(-1) == -1);
    check("a whole second before 1970", trade_time_get_seconds(-TRADE_SECOND) == -1);
    check("milliseconds before 1970", trade_time_get_milliseconds(-1) == 999);
}

static void check_intervals(void)
{
    check("the default", trade_interval_make(0, 30) == 30 * TRADE_SECOND);
    check("another", trade_interval_make(1, 30) == TRADE_SECOND);
    check("a year", trade_interval_make(366 * 86400, 30) == TRADE_INTERVAL_MAX);
    check("more than that", trade_interval_make(366 * 86400 + 1, 30) == TRADE_INTERVAL_MAX);
    check("half", trade_is_half(5, 10));
    check("less than half", !trade_is_half(4, 9));
    check("nothing of nothing", !trade_is_half(0, 0));
}

/* Returns the interval that gaps between Pings show, in seconds. */
static trade_time_t learn(const unsigned *gaps, unsigned count)
{
    trade_rhythm_t rhythm = { .count = 0 };
    unsigned first = 0;

    for (unsigned i = 0; i < count; i++)
        trade_rhythm_add(&rhythm, gaps[i] * TRADE_SECOND, 30 * TRADE_SECOND, &first);
    return trade_rhythm_get(&rhythm, 30 * TRADE_SECOND) / TRADE_SECOND;
}

static void check_rhythm(void)
{
    check("one gap", learn((unsigned[]){ 40 }, 1) == 30);
    check("two gaps", learn((unsigned[]){ 40, 40 }, 2) == 40);
    check("three of four move it", learn((unsigned[]){ 40, 40, 43, 60 }, 4) == 43);
    check("two of three do not", learn((unsigned[]){ 40, 44, 25 }, 3) == 44);
    check("nor six of eight that are far from it",
          learn((unsigned[]){ 40, 40, 60, 60, 25, 60, 60, 25, 60, 60 }, 10) == 40);
}

int main(void)
{
    check_times();
    check_intervals();
    check_rhythm();
    return failed > 0;
}
