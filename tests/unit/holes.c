/* holes.c
 * The holes of a stream: which bytes fill them, and which do not.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "stream/holes.c"

/* Two holes of which the second goes across the wrap of sequence numbers. */
#define HIGH 0xfffffff0U

/* clang-format off */
static const struct {
    const char *what;
    uint32_t start, end; /* bytes that come */
    uint32_t filled;     /* so many were missing, */
    uint32_t count;      /* so many holes are left, */
    uint32_t missing;    /* with so many bytes */
} rows[] = {
    { "before", 900, 1000, 0, 2, 132 },
    { "behind", 1100, 1200, 0, 2, 132 },
    { "all of the first", 1000, 1100, 100, 1, 32 },
    { "more than the first", 900, 1200, 100, 1, 32 },
    { "its start", 990, 1040, 40, 2, 92 },
    { "its end", 1060, 1100, 40, 2, 92 },
    { "all but its last byte", 1000, 1099, 99, 2, 33 },
    { "its middle", 1040, 1060, 20, 3, 112 },
    { "across the wrap", HIGH, 16, 32, 1, 100 },
    { "up to the wrap", HIGH, 0, 16, 2, 116 },
    { "none", 1050, 1050, 0, 2, 132 },
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof rows[0] };

static uint32_t count_missing(const trade_holes_t *holes)
{
    uint32_t missing = 0;

    for (uint32_t i = 0; i < holes->count; i++)
        missing += holes->list[i].end - holes->list[i].start;
    return missing;
}

/* Returns whether more holes than there is room for forget the oldest. */
static bool is_bounded(void)
{
    trade_holes_t holes = { .count = 0 };

    for (uint32_t i = 0; i < TRADE_HOLES_MAX + 1; i++)
        trade_holes_add(&holes, i * 100, i * 100 + 10);
    return holes.count == TRADE_HOLES_MAX && !trade_holes_find(&holes, 0, 10) &&
           trade_holes_find(&holes, 100, 110) &&
           trade_holes_find(&holes, TRADE_HOLES_MAX * 100, TRADE_HOLES_MAX * 100 + 1);
}

/* Returns whether a hole is gone where its start moves to its end, or beyond. */
static bool is_shrunk(uint32_t start)
{
    trade_holes_t holes = { .count = 0 };

    trade_holes_shrink(&holes, trade_holes_add(&holes, HIGH, 16), start);
    return holes.count == 0;
}

int main(void)
{
    int failed = 0;

    for (unsigned i = 0; i < ROWS; i++) {
        trade_holes_t holes = { .count = 0 };
        trade_holes_add(&holes, 1000, 1100);
        trade_holes_add(&holes, HIGH, 16);
        const uint32_t filled = trade_holes_fill(&holes, rows[i].start, rows[i].end);
        if (filled == rows[i].filled && holes.count == rows[i].count &&
            count_missing(&holes) == rows[i].missing)
            continue;
        fprintf(stderr, "%s: filled %u, %u holes left with %u bytes\n", rows[i].what, filled,
                holes.count, count_missing(&holes));
        failed++;
    }
    if (!is_bounded()) {
        fprintf(stderr, "the oldest hole is not forgotten\n");
        failed++;
    }
    if (!is_shrunk(16) || !is_shrunk(17)) {
        fprintf(stderr, "an empty hole is not removed\n");
        failed++;
    }
    return failed > 0;
}
