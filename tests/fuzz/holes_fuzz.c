/* holes_fuzz.c
 * A libFuzzer target: the holes of a stream against a plain model of it, a mark for each byte.
 *
 * An input is where the stream begins (1), near the wrap of sequence numbers, and then steps: what
 * to do (1), where (1) and for how many bytes (1).
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "stream/holes.c"
#include "tests/fuzz/bytes.h"

enum { STREAM = 512 };

static uint32_t count_missing(const trade_holes_t *holes)
{
    uint32_t missing = 0;

    for (uint32_t i = 0; i < holes->count; i++)
        missing += holes->list[i].end - holes->list[i].start;
    return missing;
}

static void check_holes(trade_holes_t *holes, uint32_t first, const bool *is_missing)
{
    expect(holes->count <= TRADE_HOLES_MAX, "no more holes than there is room for");
    for (uint32_t i = 0; i < holes->count; i++)
        expect(trade_is_after(holes->list[i].end, holes->list[i].start), "a hole has bytes");
    for (uint32_t i = 0; i < STREAM; i++) {
        const trade_hole_t *hole = trade_holes_find(holes, first + i, first + i + 1);
        expect(!hole || is_missing[i], "a byte in a hole was never there");
    }
}

/* Marks a stretch, and returns how many bytes of it were marked otherwise. */
static uint32_t mark(bool *is_missing, uint32_t start, uint32_t length, bool to)
{
    uint32_t changed = 0;

    for (uint32_t i = start; i < start + length; i++) {
        changed += is_missing[i] != to;
        is_missing[i] = to;
    }
    return changed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bytes_t bytes = { data, size };
    trade_holes_t holes = { .count = 0 };
    bool is_missing[STREAM] = { false };
    const uint32_t first = take_byte(&bytes) * 4 - 512U;
    uint32_t next = 0; /* holes come one behind the other */

    while (bytes.left >= 3) {
        const unsigned what = take_byte(&bytes);
        const uint32_t start = take_byte(&bytes), length = take_byte(&bytes);
        const uint32_t before = count_missing(&holes);
        if ((what & 1) && next + start % 8 + length % 32 + 1 < STREAM) {
            next += start % 8;
            trade_holes_add(&holes, first + next, first + next + length % 32 + 1);
            mark(is_missing, next, length % 32 + 1, true);
            next += length % 32 + 1;
        } else {
            const uint32_t filled = trade_holes_fill(&holes, first + start, first + start + length);
            const uint32_t changed = mark(is_missing, start, length, false);
            expect(filled <= changed, "no more is filled than was missing");
            expect(count_missing(&holes) <= before - filled, "what is filled is no longer missing");
        }
    }
    check_holes(&holes, first, is_missing);
    return 0;
}
