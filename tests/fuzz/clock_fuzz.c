/* clock_fuzz.c
 * A libFuzzer target: a sender's clock against that of the capture.
 *
 * An input is a list of differences: time since the last (2), in 10 ms, or in s above 0x8000; how
 * far the difference is from the last (2, signed), in ms, or in 100 µs where the next byte is odd;
 * that byte (1), by whose bits the difference is much larger.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/pings/clock.c"
#include "tests/fuzz/bytes.h"

#include <math.h>

static void check_step(const trade_clock_step_t *step, const trade_clock_sample_t *newest)
{
    expect(step->amount != 0, "a clock that was set was set by something");
    expect(step->span.start <= step->span.end, "it was set in a time");
    expect(step->span.end <= newest->when, "and before that shows");
    for (unsigned i = 0; i < TRADE_CLOCK_JUMPS; i++) {
        expect(step->delays[i] >= 0, "no PDU is early");
        expect(step->jumps[i].record <= newest->record, "what shows it was seen");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes_t bytes = { data, size };
    trade_clock_t clock = { .is_known = false };
    trade_clock_sample_t sample = { .when = 1000 * TRADE_SECOND };

    while (bytes.left >= 5) {
        const unsigned passed = take_pair(&bytes);
        const int64_t moved = (int16_t)take_pair(&bytes);
        const unsigned bits = take_byte(&bytes);
        trade_clock_step_t step = { .amount = 0 };
        int64_t delay = -1;
        sample.when +=
            passed & 0x8000 ? (passed & 0x7fff) * TRADE_SECOND : passed * (TRADE_SECOND / 100);
        sample.offset += moved * (bits & 1 ? 100 : 1000) * (bits & 2 ? 3600 : 1);
        sample.record++;
        const bool is_set = trade_clock_add(&clock, &sample, &delay, &step);
        expect(delay >= 0, "a delay is 0 or more");
        expect(isfinite(clock.drift), "a drift is a number");
        if (is_set)
            check_step(&step, &sample);
    }
    return 0;
}
