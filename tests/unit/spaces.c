/* spaces.c
 * Whether the segments between two ends are of one connection: sequences of segments, and at which
 * of them it is certain that they are of several.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "stream/spaces.c"

enum { SEGMENTS_MAX = 9 };
/* Numbers of three connections, far from each other. */
#define A 1000U
#define B 0x20000000U
#define C 0x60000000U
/* So far apart, numbers are of one connection; a byte further they are not. */
#define FAR 0x40000U

/* A segment of ten bytes: when, in ms; side, sequence number, acknowledgement (0: none). */
typedef struct row {
    int ms;
    unsigned side;
    uint32_t seq, ack;
} row_t;

/* clang-format off */
static const struct {
    const char *what;
    int anew; /* before this segment, its ends begin another connection; 0: they do not */
    row_t rows[SEGMENTS_MAX];
    unsigned count;
    int certain; /* with which segment, from 1 on; 0: never */
} cases[] = {
    { "one connection", 0, { { 0, 0, A, B }, { 1, 1, B, A + 10 }, { 2, 0, A + 10, B + 10 } }, 3, 0 },
    { "sent twice", 0,
      { { 0, 0, A, B }, { 1, 0, A + 10, B }, { 2, 0, A, B }, { 3, 0, A + 20, B } }, 4, 0 },
    { "two that come in turn", 0,
      { { 0, 0, A, 0 }, { 1, 0, B, 0 }, { 2, 0, A + 10, 0 }, { 3, 0, B + 10, 0 } }, 4, 4 },
    { "one that comes back, once", 0, { { 0, 0, A, 0 }, { 1, 0, B, 0 }, { 2, 0, A + 10, 0 } }, 3, 0 },
    { "two of which one sends nothing new", 0,
      { { 0, 0, A, 0 }, { 1, 0, B, 0 }, { 2, 0, A + 10, 0 }, { 3, 0, B, 0 }, { 4, 0, A + 20, 0 } }, 5, 0 },
    { "near enough, ahead", 0,
      { { 0, 0, A, 0 }, { 1, 0, A + 10 + FAR, 0 }, { 2, 0, A + 10, 0 }, { 3, 0, A + 20 + FAR, 0 } }, 4, 0 },
    { "too far, ahead", 0,
      { { 0, 0, A, 0 }, { 1, 0, A + 11 + FAR, 0 }, { 2, 0, A + 10, 0 }, { 3, 0, A + 21 + FAR, 0 } }, 4, 4 },
    { "near enough, behind", 0,
      { { 0, 0, B, 0 }, { 1, 0, B - FAR, 0 }, { 2, 0, B + 10, 0 }, { 3, 0, B - FAR + 10, 0 } }, 4, 0 },
    { "too far, behind", 0,
      { { 0, 0, B, 0 }, { 1, 0, B - FAR - 11, 0 }, { 2, 0, B + 10, 0 }, { 3, 0, B - FAR - 1, 0 } }, 4, 4 },
    { "what it acknowledges tells as well", 0,
      { { 0, 0, A, 0 }, { 1, 1, C, A + 10 }, { 2, 0, B, C + 10 }, { 3, 0, A + 10, C + 10 }, { 4, 0, B + 10, C + 10 } }, 5, 0 },
    { "what was in flight when its ends began anew", 2,
      { { 0, 0, A, 0 }, { 100, 0, B, 0 }, { 1099, 0, A + 10, 0 } }, 3, 0 },
    { "one that goes on for longer", 2,
      { { 0, 0, A, 0 }, { 100, 0, B, 0 }, { 1100, 0, A + 10, 0 } }, 3, 3 },
    { "one that goes on at once, both ways", 2,
      { { 0, 0, A, C }, { 100, 0, B, 0 }, { 101, 0, A + 10, C }, { 102, 1, C, A + 20 } }, 4, 4 },
    { "across the wrap", 0,
      { { 0, 0, 0xfffffff8U, 0 }, { 1, 0, 2, 0 }, { 2, 0, 12, 0 }, { 3, 0, 22, 0 } }, 4, 0 },
    { "three in turn", 0,
      { { 0, 0, A, 0 }, { 1, 0, B, 0 }, { 2, 0, C, 0 }, { 3, 0, A + 10, 0 }, { 4, 0, C + 10, 0 } }, 5, 5 },
    { "the fifth displaces the first", 0,
      { { 0, 0, A, 0 }, { 1, 0, 0x10000000U, 0 }, { 2, 0, B, 0 }, { 3, 0, C, 0 }, { 4, 0, 0x70000000U, 0 },
        { 5, 0, A + 10, 0 }, { 6, 0, C + 10, 0 } }, 7, 0 },
    { "the fourth does not", 0,
      { { 0, 0, A, 0 }, { 1, 0, 0x10000000U, 0 }, { 2, 0, B, 0 }, { 3, 0, C, 0 },
        { 4, 0, A + 10, 0 }, { 5, 0, C + 10, 0 } }, 6, 6 },
};
/* clang-format on */

/* Returns the segment of a row. */
static trade_segment_t make(const row_t *row)
{
    return (trade_segment_t){ .when = (trade_time_t)row->ms * 1000000,
                              .side = (uint8_t)row->side,
                              .seq = row->seq,
                              .ack = row->ack,
                              .length = 10,
                              .flags = row->ack ? TRADE_TCP_ACK : 0 };
}

/* Returns with which segment of a case it is certain, from 1 on; 0: never. */
static int play(unsigned number)
{
    trade_spaces_t spaces = { .count = 0 };
    int certain = 0;

    for (unsigned i = 0; i < cases[number].count; i++) {
        const trade_segment_t segment = make(&cases[number].rows[i]);
        if (cases[number].anew == (int)i + 1) {
            const trade_spaces_t former = spaces;
            trade_spaces_inherit(&spaces, &former, segment.when);
        }
        if (trade_spaces_add(&spaces, &segment) && certain == 0)
            certain = (int)i + 1;
    }
    if (trade_spaces_has_former(&spaces) != (cases[number].anew > 0 && certain > 0)) {
        printf("%s: the connection before goes on, or not\n", cases[number].what);
        return -1;
    }
    return certain;
}

/* Returns whether an RST from elsewhere proves nothing. */
static bool is_reset_ignored(void)
{
    trade_spaces_t spaces = { .count = 0 };
    const uint32_t numbers[] = { A, B, A + 10, B + 10 };
    bool is_certain = false;

    for (unsigned i = 0; i < 4; i++) {
        trade_segment_t segment = make(&(row_t){ (int)i, 0, numbers[i], 0 });
        if (i % 2)
            segment.flags = TRADE_TCP_RST;
        is_certain |= trade_spaces_add(&spaces, &segment);
    }
    return !is_certain && spaces.count == 1;
}

int main(void)
{
    unsigned failed = 0;

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int certain = play(i);
        if (certain == cases[i].certain)
            continue;
        printf("%s: certain with segment %d\n", cases[i].what, certain);
        failed++;
    }
    if (!is_reset_ignored()) {
        printf("an RST may have its numbers from anywhere\n");
        failed++;
    }
    return failed > 0;
}
