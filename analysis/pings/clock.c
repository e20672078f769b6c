/* clock.c
 * A sender's clock against that of the capture. See analysis/pings/clock.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "analysis/pings/clock.h"

/* How long a PDU that did not wait is looked for, and how far apart two of them must be. */
#define WINDOW (300 * TRADE_SECOND)
#define SLOPE_MIN (WINDOW / 4)
/* No clock drifts more, in microseconds a second. */
#define DRIFT_MAX 200.0
/* A jump is larger than this, in microseconds; those that agree are within that. */
#define JUMP_MIN INT64_C(1000000)
#define JUMP_NEAR INT64_C(250000)
/* They must come this long after each other: all that wait for the same thing jump together. */
#define JUMP_APART (5 * TRADE_SECOND)
/* A PDU that seems to have waited longer has rather seen its sender's clock be set. */
#define JUMP_MAX INT64_C(600000000)

/* Returns the difference that the line has at a time. */
static int64_t get_line(const trade_clock_t *clock, trade_time_t when)
{
    return clock->offset + (int64_t)(clock->drift * (double)(when - clock->start) / 1e9);
}

/* Begins anew with a difference; the drift stays. */
static void begin(trade_clock_t *clock, const trade_clock_sample_t *sample)
{
    clock->is_known = true;
    clock->start = clock->opened = clock->last = sample->when;
    clock->offset = sample->offset;
    clock->has_least = false;
    clock->jump_count = 0;
}

/* Returns the median of the slopes. */
static double find_drift(const trade_clock_t *clock)
{
    double sorted[TRADE_CLOCK_SLOPES] = { 0 };
    unsigned count = 0;

    for (; count < clock->slope_count && count < TRADE_CLOCK_SLOPES; count++) {
        unsigned place = count;
        for (; place > 0 && sorted[place - 1] > clock->slopes[count]; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = clock->slopes[count];
    }
    return sorted[count / 2];
}

/* Ends five minutes: the line goes on from their smallest difference. */
static void end_window(trade_clock_t *clock, trade_time_t now)
{
    const trade_time_t length = clock->least_at - clock->start;
    const double seconds = (double)length / 1e9;
    double rise = (double)clock->least;

    clock->opened = now;
    if (!clock->has_least)
        return;
    clock->has_least = false;
    if (length < SLOPE_MIN) {
        clock->offset += clock->least < 0 ? clock->least : 0;
        return;
    }
    /* If all waited, that is no drift. */
    if (rise > (DRIFT_MAX - clock->drift) * seconds)
        rise = (DRIFT_MAX - clock->drift) * seconds;
    clock->offset = get_line(clock, clock->least_at) + (int64_t)rise;
    clock->start = clock->least_at;
    clock->slopes[clock->slope_count++ % TRADE_CLOCK_SLOPES] = clock->drift + rise / seconds;
    clock->drift = find_drift(clock);
    if (clock->drift < -DRIFT_MAX)
        clock->drift = -DRIFT_MAX;
}

/* Notes a difference that is far beyond what is expected. Returns whether it stays there. */
static bool add_jump(trade_clock_t *clock, const trade_clock_sample_t *sample)
{
    const int64_t apart = sample->offset - clock->jumps[0].offset;

    if (clock->jump_count > 0 && (apart > JUMP_NEAR || apart < -JUMP_NEAR))
        clock->jump_count = 0;
    if (clock->jump_count > 0 &&
        sample->when - clock->jumps[clock->jump_count - 1].when < JUMP_APART)
        return false;
    clock->jumps[clock->jump_count++] = *sample;
    return clock->jump_count == TRADE_CLOCK_JUMPS;
}

/* Moves the line to the differences after the step. */
static void take_step(trade_clock_t *clock, trade_clock_step_t *step)
{
    trade_clock_sample_t least = clock->jumps[0];

    for (unsigned i = 1; i < TRADE_CLOCK_JUMPS; i++) {
        if (clock->jumps[i].offset < least.offset)
            least = clock->jumps[i];
    }
    step->span = (trade_span_t){ clock->last, clock->jumps[0].when };
    step->amount = (least.offset - get_line(clock, least.when)) * 1000;
    memcpy(step->jumps, clock->jumps, sizeof step->jumps);
    for (unsigned i = 0; i < TRADE_CLOCK_JUMPS; i++)
        step->delays[i] = clock->jumps[i].offset - least.offset;
    begin(clock, &least);
    clock->last = clock->jumps[TRADE_CLOCK_JUMPS - 1].when;
}

bool trade_clock_add(trade_clock_t *clock, const trade_clock_sample_t *sample, int64_t *delay,
                     trade_clock_step_t *step)
{
    *delay = 0;
    if (!clock->is_known) {
        begin(clock, sample);
        return false;
    }
    if (sample->when - clock->opened >= WINDOW)
        end_window(clock, sample->when);
    const int64_t beyond = sample->offset - get_line(clock, sample->when);
    if (beyond > JUMP_MAX || beyond < -JUMP_MIN) {
        begin(clock, sample);
        return false;
    }
    *delay = clock->has_least && clock->least < 0 ? beyond - clock->least : beyond;
    if (beyond > JUMP_MIN) {
        if (!add_jump(clock, sample))
            return false;
        take_step(clock, step);
        *delay = step->delays[TRADE_CLOCK_JUMPS - 1];
        return true;
    }
    clock->jump_count = 0;
    clock->last = sample->when;
    if (!clock->has_least || beyond < clock->least) {
        clock->has_least = true;
        clock->least = beyond;
        clock->least_at = sample->when;
    }
    if (*delay < 0)
        *delay = 0;
    return false;
}
