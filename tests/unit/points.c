/* points.c
 * Whether a connection was captured at two points: sequences of segments, and which of them are of
 * the point by which it is not judged.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "analysis/health/points.c"

enum { SEGMENTS_MAX = 12, PRINTS = 2 * TRADE_PRINTS_MAX };
#define SYN TRADE_TCP_SYN
#define RST TRADE_TCP_RST
/* IP ids and TTLs of a side's frames near it, and behind the network. */
#define NEAR 64
#define FAR 60

/* A segment: when, in ms; side, its sequence number and bytes, IP id; link and TTL that it was seen
 * with; flags. */
typedef struct row {
    int ms;
    unsigned side;
    uint32_t seq, length;
    uint16_t ip_id;
    uint32_t link;
    uint8_t ttl, flags;
} row_t;

/* clang-format off */
static const struct {
    const char *what;
    row_t rows[SEGMENTS_MAX];
    const char *others; /* a letter a segment: o if it is of the other point */
    int lead;           /* ms */
    uint32_t forged;    /* frame of an RST claiming to be from side 1, from 1 on; 0: none */
} cases[] = {
    { "one point", { { 0, 0, 0, 0, 5, 1, NEAR, SYN }, { 1, 1, 0, 0, 9, 1, FAR, SYN }, { 2, 0, 1, 10, 6, 1, NEAR, 0 } }, "---", 0, 0 },
    { "two links, from the SYN on",
      { { 0, 0, 0, 0, 5, 1, NEAR, SYN }, { 4, 0, 0, 0, 5, 2, FAR, SYN }, { 5, 1, 0, 0, 9, 2, NEAR, SYN }, { 9, 1, 0, 0, 9, 1, FAR, SYN },
        { 10, 0, 1, 10, 6, 1, NEAR, 0 }, { 14, 0, 1, 10, 6, 2, FAR, 0 } }, "-o---o", 0, 0 },
    { "one link, but other TTLs",
      { { 0, 0, 0, 0, 5, 1, NEAR, SYN }, { 4, 0, 0, 0, 5, 1, FAR, SYN }, { 5, 1, 0, 0, 9, 1, NEAR, SYN }, { 9, 1, 0, 0, 9, 1, FAR, SYN },
        { 10, 1, 1, 10, 10, 1, NEAR, 0 }, { 14, 1, 1, 10, 10, 1, FAR, 0 } }, "-o--o-", 4, 0 },
    { "a SYN retransmitted on another path",
      { { 0, 0, 0, 0, 5, 1, NEAR, SYN }, { 1000, 0, 0, 0, 6, 2, FAR, SYN }, { 1001, 0, 1, 10, 7, 2, FAR, 0 } }, "---", 0, 0 },
    { "a SYN without an IP id, before bytes",
      { { 0, 0, 0, 0, 0, 1, NEAR, SYN }, { 1000, 0, 0, 0, 0, 2, FAR, SYN }, { 1001, 0, 1, 10, 0, 2, FAR, 0 } }, "---", 0, 0 },
    { "a SYN without an IP id, after bytes",
      { { 0, 0, 0, 0, 0, 1, NEAR, SYN }, { 1, 0, 1, 10, 0, 1, NEAR, 0 }, { 40000, 0, 0, 0, 0, 2, FAR, SYN }, { 40001, 0, 1, 10, 0, 2, FAR, 0 } }, "--oo", 0, 0 },
    { "from mid-stream, with the second copy",
      { { 0, 0, 1, 10, 5, 1, NEAR, 0 }, { 4, 0, 1, 10, 5, 2, FAR, 0 }, { 5, 0, 11, 10, 6, 1, NEAR, 0 }, { 9, 0, 11, 10, 6, 2, FAR, 0 },
        { 10, 0, 21, 10, 7, 2, FAR, 0 } }, "---oo", 0, 0 },
    { "a path that changes",
      { { 0, 0, 1, 10, 5, 1, NEAR, 0 }, { 1, 0, 11, 10, 6, 1, NEAR, 0 }, { 2, 0, 21, 10, 7, 2, FAR, 0 }, { 3, 0, 31, 10, 8, 2, FAR, 0 } }, "----", 0, 0 },
    { "frames captured twice on one link",
      { { 0, 0, 0, 0, 5, 1, NEAR, SYN }, { 1, 0, 0, 0, 5, 1, NEAR, SYN }, { 2, 0, 1, 10, 6, 1, NEAR, 0 }, { 3, 0, 1, 10, 6, 1, NEAR, 0 } }, "----", 0, 0 },
    { "an RST of each point, claiming to be from the side beyond the other",
      { { 0, 0, 0, 0, 5, 1, NEAR, SYN }, { 4, 0, 0, 0, 5, 2, FAR, SYN }, { 5, 1, 0, 0, 9, 2, NEAR, SYN }, { 9, 1, 0, 0, 9, 1, FAR, SYN },
        { 10, 1, 1, 0, 0, 1, 62, RST }, { 11, 0, 1, 0, 0, 2, 62, RST } }, "-o---o", 0, 5 },
    { "an RST that both points show",
      { { 0, 0, 0, 0, 5, 1, NEAR, SYN }, { 4, 0, 0, 0, 5, 2, FAR, SYN }, { 5, 1, 0, 0, 9, 2, NEAR, SYN }, { 9, 1, 0, 0, 9, 1, FAR, SYN },
        { 10, 1, 1, 0, 0, 1, FAR, RST }, { 11, 0, 1, 0, 0, 2, 62, RST }, { 12, 1, 1, 0, 0, 2, NEAR, RST } }, "-o---oo", 0, 0 },
};
/* clang-format on */

static trade_print_t prints[PRINTS];
static unsigned taken;

static void *allocate(size_t size)
{
    void *memory = prints + taken;

    taken += (unsigned)(size / sizeof prints[0]);
    return memset(memory, 0, size);
}

static trade_segment_t make(const row_t *row, uint32_t frame)
{
    return (trade_segment_t){ .when = (trade_time_t)row->ms * 1000000,
                              .frame = frame,
                              .side = (uint8_t)row->side,
                              .seq = row->seq,
                              .length = row->length,
                              .ip_id = row->ip_id,
                              .link = row->link,
                              .ttl = row->ttl,
                              .flags = row->flags };
}

/* Returns whether a case is as it says. */
static bool play(unsigned number)
{
    trade_points_t points = { .copies = 0 };
    bool is_right = true;

    taken = 0;
    for (unsigned i = 0; cases[number].others[i]; i++) {
        const trade_segment_t segment = make(&cases[number].rows[i], i + 1);
        const bool is_other = trade_points_add(&points, &segment, allocate);
        if (is_other != (cases[number].others[i] == 'o')) {
            printf("%s: segment %u\n", cases[number].what, i + 1);
            is_right = false;
        }
    }
    if (points.lead != (trade_time_t)cases[number].lead * 1000000 ||
        trade_points_find_forged(&points, 1) != cases[number].forged) {
        printf("%s: lead %d ms, forged %u\n", cases[number].what, (int)(points.lead / 1000000),
               trade_points_find_forged(&points, 1));
        is_right = false;
    }
    return is_right;
}

/* Returns whether the other point counts as ahead a second and more after its first new bytes, long
 * after the other ones, and no longer once these show a segment. */
static bool is_ahead_in_time(void)
{
    const row_t rows[] = { { 5000, 0, 1, 10, 6, 2, FAR, 0 },
                           { 5000, 0, 11, 10, 7, 2, FAR, 0 },
                           { 6000, 0, 21, 10, 8, 2, FAR, 0 },
                           { 6001, 0, 31, 10, 9, 2, FAR, 0 },
                           { 6002, 1, 1, 10, 10, 1, FAR, 0 } };
    const bool expected[] = { false, false, false, true, false };
    trade_points_t points = { .copies = 0 };
    bool is_right = true;

    taken = 0;
    for (unsigned i = 0; i < 5; i++) {
        const trade_segment_t segment = make(&cases[1].rows[i], i + 1);
        trade_points_add(&points, &segment, allocate);
    }
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const trade_segment_t segment = make(&rows[i], i + 6);
        trade_points_add(&points, &segment, allocate);
        is_right &= trade_points_is_ahead(&points, &segment, TRADE_SECOND, NULL) == expected[i];
    }
    return is_right;
}

int main(void)
{
    int failed = 0;

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++)
        failed += !play(i);
    if (!is_ahead_in_time()) {
        printf("the other point goes on alone\n");
        failed++;
    }
    return failed > 0;
}
