/* capture.c
 * What all connections of a capture show of the capture itself. See analysis/health/capture.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/capture.h"

/* Clocks that show the same step agree on it within this. */
#define STEP_NEAR TRADE_SECOND
/* What is usual in a capture is known after so many epochs. */
#define EPOCHS_MIN 2
/* A pause is unusual if so many connections were alive, and it is so many times as long as any time
 * without a frame before. */
#define LIVE_MIN 4
#define UNUSUAL_TIMES 4

/* Begins to count connections anew, now and then. */
static void count_epoch(trade_capture_t *capture, trade_time_t when, trade_time_t length)
{
    if (capture->number > 0 && when - capture->epoch < length && when >= capture->epoch)
        return;
    capture->lived = when - capture->epoch < 2 * length ? capture->live : 0;
    capture->live = 0;
    capture->epoch = when;
    capture->number++;
}

/* Returns how many connections are alive. */
static uint32_t count_live(const trade_capture_t *capture)
{
    return capture->live > capture->lived ? capture->live : capture->lived;
}

/* Returns whether nothing came for much longer than ever before, though connections were alive. */
static bool is_unusually_long(const trade_capture_t *capture, trade_time_t pause,
                              trade_time_t usual)
{
    return capture->number >= EPOCHS_MIN && count_live(capture) >= LIVE_MIN && pause >= usual / 4 &&
           pause / UNUSUAL_TIMES >= capture->quiet;
}

/* Notes that nothing was captured until a frame. */
static void add_pause(trade_capture_t *capture, trade_time_t when, uint32_t frame, bool is_unusual)
{
    const unsigned place = capture->pause_count++ % TRADE_PAUSES_MAX;
    capture->pauses[place].span = (trade_span_t){ capture->now, when };
    capture->pauses[place].connections = count_live(capture);
    capture->pauses[place].frame = frame;
    capture->pauses[place].is_unusual = is_unusual;
}

void trade_capture_add(trade_capture_t *capture, trade_time_t when, uint32_t frame,
                       trade_time_t usual)
{
    const trade_time_t pause = when - capture->now;

    /* If few connections ping, nothing comes for almost an interval again and again. */
    const bool is_long = pause >= usual * 6 / 5 && capture->number > 0 && count_live(capture) >= 2;
    const bool is_unusual = is_unusually_long(capture, pause, usual);

    if (is_long || is_unusual)
        add_pause(capture, when, frame, is_unusual);
    else if (capture->number > 0)
        capture->quiet = trade_get_later(capture->quiet, pause);
    count_epoch(capture, when, 2 * usual);
    capture->now = when;
}

void trade_capture_hear(trade_capture_t *capture, uint32_t *heard)
{
    capture->live += *heard != capture->number;
    *heard = capture->number;
}

void trade_capture_forget(trade_capture_t *capture, uint32_t *heard)
{
    if (*heard == capture->number && capture->live > 0)
        capture->live--;
    else if (*heard + 1 == capture->number && capture->lived > 0)
        capture->lived--;
    *heard = 0;
}

/* Narrows a step to what another clock shows of it as well. Returns whether it is the same step. */
static bool merge_step(trade_capture_step_t *known, const trade_capture_step_t *shown)
{
    const trade_time_t apart = shown->amount - known->amount;

    if (known->span.start > shown->span.end || known->span.end < shown->span.start ||
        apart > STEP_NEAR || apart < -STEP_NEAR)
        return false;
    known->span.start = trade_get_later(known->span.start, shown->span.start);
    if (shown->span.end < known->span.end) {
        known->span.end = shown->span.end;
        known->frame = shown->frame;
    }
    return true;
}

void trade_capture_add_step(trade_capture_t *capture, trade_span_t span, trade_time_t amount,
                            uint32_t frame)
{
    const trade_capture_step_t step = { span, amount, frame };

    for (unsigned i = 0; i < capture->step_count && i < TRADE_STEPS_MAX; i++) {
        if (merge_step(&capture->steps[i], &step))
            return;
    }
    capture->steps[capture->step_count++ % TRADE_STEPS_MAX] = step;
}

/* Returns whether a frame is in a stretch. */
static bool is_within(const trade_stretch_t *stretch, uint32_t frame)
{
    return frame >= stretch->first && (stretch->last == 0 || frame <= stretch->last);
}

trade_time_t trade_capture_get_pause(const trade_capture_t *capture, const trade_stretch_t *stretch,
                                     trade_time_t least, unsigned *which)
{
    const trade_time_t most = trade_span_get_length(&stretch->span);
    trade_time_t sum = 0, longest = 0;

    for (unsigned i = 0; i < capture->pause_count && i < TRADE_PAUSES_MAX; i++) {
        const trade_span_t *pause = &capture->pauses[i].span;
        const trade_time_t length = trade_span_get_length(pause);
        if ((length < least && !capture->pauses[i].is_unusual) ||
            pause->start < stretch->span.start || pause->end > stretch->span.end ||
            !is_within(stretch, capture->pauses[i].frame))
            continue;
        sum = length < most - sum ? sum + length : most;
        if (length > longest)
            *which = i;
        longest = trade_get_later(longest, length);
    }
    return sum;
}

bool trade_capture_is_after_pause(const trade_capture_t *capture, trade_time_t when,
                                  trade_time_t least, trade_time_t most)
{
    for (unsigned i = 0; i < capture->pause_count && i < TRADE_PAUSES_MAX; i++) {
        const trade_span_t *pause = &capture->pauses[i].span;
        if (trade_span_get_length(pause) >= least && pause->end <= when &&
            when - pause->end <= most)
            return true;
    }
    return false;
}

trade_time_t trade_capture_get_step(const trade_capture_t *capture, const trade_span_t *span,
                                    unsigned *which)
{
    trade_time_t sum = 0;

    for (unsigned i = 0; i < capture->step_count && i < TRADE_STEPS_MAX; i++) {
        const trade_span_t *step = &capture->steps[i].span;
        if (step->start > span->end || step->end < span->start)
            continue;
        if (sum == 0)
            *which = i;
        sum += capture->steps[i].amount;
    }
    return sum;
}
