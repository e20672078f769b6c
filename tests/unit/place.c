/* place.c
 * What a segment means for the place that a stream has reached: each transition by a row, and
 * what must hold for any by random ones.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "stream/place.c"
#include "tests/unit/place_invariants.h"

#define BOUNDARY TRADE_TRUST_BOUNDARY
#define LIKELY TRADE_TRUST_LIKELY
#define FIRST TRADE_TRUST_FIRST
#define START TRADE_TRUST_START
#define CUT TRADE_TRUST_CUT
#define NONE TRADE_TRUST_NONE
/* A sequence number whose successors wrap. */
#define HIGH 0xfffffff0U

/* clang-format off */
static const struct {
    const char *what;
    trade_place_t place; /* seq, buffered, remaining, next */
    uint32_t seq, length;
    trade_reach_t reach; /* trust, already shown, buffered, missing, upper bound */
} rows[] = {
    /* Nothing buffered. */
    { "in order", { 100, 0, 0, BOUNDARY }, 100, 50, { BOUNDARY, 0, 0, 0, false } },
    { "first byte", { 1, 0, 0, FIRST }, 1, 50, { FIRST, 0, 0, 0, false } },
    { "keep-alive before the first byte", { 1, 0, 0, FIRST }, 0, 1, { FIRST, 1, 0, 0, false } },
    { "start of a capture", { 7, 0, 0, START }, 7, 50, { START, 0, 0, 0, false } },
    { "behind bytes cut off", { 100, 0, 0, CUT }, 100, 50, { CUT, 0, 0, 0, false } },
    { "out of sync", { 100, 0, 0, NONE }, 100, 50, { NONE, 0, 0, 0, false } },
    { "lost segment", { 100, 0, 0, BOUNDARY }, 130, 50, { NONE, 0, 0, 30, false } },
    { "lost first segment", { 1, 0, 0, FIRST }, 31, 50, { NONE, 0, 0, 30, false } },
    { "lost behind bytes cut off", { 100, 0, 0, CUT }, 130, 50, { NONE, 0, 0, 30, false } },
    { "retransmitted", { 100, 0, 0, BOUNDARY }, 60, 40, { BOUNDARY, 40, 0, 0, false } },
    { "retransmitted with new bytes", { 100, 0, 0, BOUNDARY }, 60, 50, { BOUNDARY, 40, 0, 0, false } },
    { "long before", { 100, 0, 0, BOUNDARY }, 20, 5, { BOUNDARY, 5, 0, 0, false } },
    { "wraps", { HIGH, 0, 0, BOUNDARY }, 4, 50, { NONE, 0, 0, 20, false } },
    { "retransmitted across the wrap", { 4, 0, 0, BOUNDARY }, HIGH, 50, { BOUNDARY, 20, 0, 0, false } },
    /* Behind a PDU that is shown and goes on. */
    { "goes on", { 100, 0, 80, BOUNDARY }, 100, 50, { BOUNDARY, 50, 0, 0, false } },
    { "ends here", { 100, 0, 30, BOUNDARY }, 100, 50, { BOUNDARY, 30, 0, 0, false } },
    { "lost inside it", { 100, 0, 80, BOUNDARY }, 130, 60, { BOUNDARY, 50, 0, 30, false } },
    { "lost up to its end", { 100, 0, 30, BOUNDARY }, 130, 60, { BOUNDARY, 0, 0, 30, false } },
    { "lost beyond its end", { 100, 0, 29, BOUNDARY }, 130, 60, { NONE, 0, 0, 30, false } },
    { "greeting goes on", { 100, 0, 30, NONE }, 100, 50, { NONE, 30, 0, 0, false } },
    { "retransmitted and goes on", { 100, 0, 30, BOUNDARY }, 90, 80, { BOUNDARY, 40, 0, 0, false } },
    { "goes on across the wrap", { HIGH, 0, 64, BOUNDARY }, 0, 80, { BOUNDARY, 48, 0, 16, false } },
    /* With bytes buffered. */
    { "buffered and more", { 100, 20, 30, BOUNDARY }, 80, 50, { BOUNDARY, 0, 20, 0, false } },
    { "buffered, length not known", { 100, 2, 0, LIKELY }, 98, 50, { LIKELY, 0, 2, 0, false } },
    { "buffered at the start", { 100, 20, 0, START }, 80, 50, { START, 0, 20, 0, false } },
    { "buffered, tiny", { 100, 20, 0, NONE }, 80, 50, { NONE, 0, 20, 0, false } },
    { "buffered across the wrap", { 4, 20, 30, BOUNDARY }, HIGH, 50, { BOUNDARY, 0, 20, 0, false } },
    { "buffered bytes dropped", { 100, 20, 30, BOUNDARY }, 100, 50, { NONE, 0, 0, 0, false } },
    { "buffered, unknown, dropped", { 100, 2, 0, LIKELY }, 100, 50, { NONE, 0, 0, 0, false } },
    { "inside the buffered", { 100, 20, 30, BOUNDARY }, 90, 50, { NONE, 10, 0, 0, false } },
    { "before the buffered", { 100, 20, 30, BOUNDARY }, 60, 10, { NONE, 10, 0, 0, false } },
    { "buffered PDU given up, the next", { 100, 20, 30, BOUNDARY }, 130, 50, { BOUNDARY, 0, 0, 30, true } },
    { "buffered PDU lost inside", { 100, 20, 30, BOUNDARY }, 120, 50, { NONE, 0, 0, 20, true } },
    { "buffered PDU lost beyond", { 100, 20, 30, BOUNDARY }, 140, 50, { NONE, 0, 0, 40, true } },
    { "buffered, unknown, lost", { 100, 2, 0, BOUNDARY }, 140, 50, { NONE, 0, 0, 40, true } },
};

static const struct {
    const char *what;
    trade_place_t place;
    uint32_t end;
    trade_place_t advanced;
} advances[] = {
    { "inside", { 100, 0, 80, BOUNDARY }, 150, { 150, 0, 30, BOUNDARY } },
    { "to its end", { 100, 0, 80, BOUNDARY }, 180, { 180, 0, 0, BOUNDARY } },
    { "keep-alive", { 1, 0, 0, FIRST }, 1, { 1, 0, 0, FIRST } },
    { "behind lost bytes", { 100, 0, 20, BOUNDARY }, 150, { 150, 0, 0, BOUNDARY } },
    { "across the wrap", { HIGH, 0, 80, CUT }, 4, { 4, 0, 60, CUT } },
};

static const struct {
    const char *what;
    trade_place_t place;
    trade_place_t before;
} befores[] = {
    { "nothing buffered", { 100, 0, 80, BOUNDARY }, { 100, 0, 80, BOUNDARY } },
    { "buffered", { 100, 20, 80, LIKELY }, { 80, 0, 0, LIKELY } },
    { "buffered across the wrap", { 4, 20, 0, START }, { HIGH, 0, 0, START } },
};
/* clang-format on */

static bool equal_places(const trade_place_t *one, const trade_place_t *other)
{
    return one->seq == other->seq && one->buffered == other->buffered &&
           one->remaining == other->remaining && one->next == other->next;
}

static bool equal_reaches(const trade_reach_t *one, const trade_reach_t *other)
{
    return one->trust == other->trust && one->already_shown == other->already_shown &&
           one->buffered == other->buffered && one->missing == other->missing &&
           one->is_upper_bound == other->is_upper_bound;
}

/* Says which row failed, if one did. Returns how many. */
static unsigned check(bool is_good, const char *table, const char *what)
{
    if (!is_good)
        printf("%s: %s\n", table, what);
    return !is_good;
}

static unsigned check_rows(void)
{
    unsigned failed = 0;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const trade_reach_t reach = trade_place_reach(&rows[i].place, rows[i].seq, rows[i].length);
        failed += check(equal_reaches(&reach, &rows[i].reach), "reach", rows[i].what);
    }
    for (size_t i = 0; i < sizeof advances / sizeof advances[0]; i++) {
        trade_place_t place = advances[i].place;
        trade_place_advance(&place, advances[i].end);
        failed += check(equal_places(&place, &advances[i].advanced), "advance", advances[i].what);
    }
    for (size_t i = 0; i < sizeof befores / sizeof befores[0]; i++) {
        const trade_place_t before = trade_place_before_buffered(&befores[i].place);
        failed += check(equal_places(&before, &befores[i].before), "before", befores[i].what);
    }
    return failed;
}

/* Returns the next of a row of random numbers (xorshift). */
static uint32_t get_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static unsigned check_random(void)
{
    uint32_t state = 2107;

    for (unsigned i = 0; i < 200000; i++) {
        uint32_t numbers[PLACE_NUMBERS];
        for (unsigned n = 0; n < PLACE_NUMBERS; n++)
            numbers[n] = get_random(&state);
        const char *broken = check_place(numbers);
        if (broken)
            return check(false, "random", broken);
    }
    return 0;
}

int main(void)
{
    return check_rows() + check_random() > 0;
}
