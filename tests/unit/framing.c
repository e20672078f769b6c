/* framing.c
 * Where PDUs begin, and how long they are, by bytes and by what is known of the place; and what the
 * bytes say of the guess that a PDU begins at one of them.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "stream/framing.c"
#include "stream/scan.c"
#include "wire/keyword.c"
#include "wire/pdu.c"

#include <epan/tvbuff.h>

/* The modules with the ids 10 and 'A' are known; the Multiplexer is 1. */
#define PING                                                                                       \
    "\x0a\x00\x0b\xff\xff"                                                                         \
    "Ping\0\0"
#define OTHER_PING                                                                                 \
    "\x0b\x00\x0b\xff\xff"                                                                         \
    "Ping\0\0"
#define CONTROL                                                                                    \
    "\x0a\x00\x0b\xff\xff"                                                                         \
    "Zing\0\0" /* no known keyword */
#define DATA                                                                                       \
    "\x0a\x00\x08\x00\x07"                                                                         \
    "\1\2\3"
#define STRANGE                                                                                    \
    "\x63\x00\x08\x00\x07"                                                                         \
    "\1\2\3" /* of a module that is not known */
#define NAME_15 "abcdefghijklmno"
#define NAME_60 NAME_15 NAME_15 NAME_15 NAME_15
#define NAME_255 NAME_60 NAME_60 NAME_60 NAME_60 NAME_15
#define BYTES(text) text, sizeof(text) - 1

enum {
    BOUNDARY = TRADE_TRUST_BOUNDARY,
    LIKELY = TRADE_TRUST_LIKELY,
    FIRST = TRADE_TRUST_FIRST,
    START = TRADE_TRUST_START,
    PREAMBLE = TRADE_TRUST_PREAMBLE,
    GREETED = TRADE_TRUST_GREETED,
    CUT = TRADE_TRUST_CUT,
    NONE = TRADE_TRUST_NONE
};
enum { PDU = TRADE_UNIT_PDU, GREETING = TRADE_UNIT_GREETING, NO_PDU = TRADE_UNIT_UNDISSECTED };
#define MORE TRADE_NEEDS_MORE

/* clang-format off */
static const struct {
    const char *bytes;
    unsigned size;
    unsigned beyond; /* bytes behind them that were not captured */
    int trust;
    bool from_module;
    int kind; /* the unit at the first byte, */
    unsigned length, needed;
} rows[] = {
    /* The place is sure. */
    { BYTES(DATA DATA), 0, BOUNDARY, false, PDU, 8, 0 },
    { BYTES("\x0a\x00\x05\x00\x07" PING), 0, BOUNDARY, false, PDU, 5, 0 },
    { BYTES("\x0a\x00\x04\x00\x07" PING), 0, BOUNDARY, false, PDU, 5, 0 },
    { BYTES("\x0a\x00\x04" PING), 0, BOUNDARY, false, PDU, 3, 0 },
    { BYTES("\x0a\x00\x04\x00" PING), 0, BOUNDARY, false, PDU, 4, 0 },
    { BYTES("\x0a\x00\x04\x00\x07\x01\x01"), 0, BOUNDARY, false, PDU, 5, 0 },
    { BYTES("\x0a\xff\xff\x00\x07"), 0, BOUNDARY, false, PDU, 65535, 0 },
    { BYTES("\x0a\xff\xff"), 0, BOUNDARY, false, PDU, 65535, 0 },
    { BYTES("\x0a\xff"), 0, BOUNDARY, false, NO_PDU, 2, 0 },
    { BYTES("\x0a\xff"), 9, BOUNDARY, false, NO_PDU, 11, 0 },
    /* After a greeting. */
    { BYTES(DATA DATA), 0, GREETED, true, PDU, 8, 0 },
    { BYTES("\x0c\x06" "Trader\0"), 0, GREETED, true, GREETING, 9, 0 },
    { BYTES("\x0c\x06" "Trader\0"), 0, GREETED, false, PDU, 1620, 0 },
    { BYTES("\x0a\x06" "Trader\0" PING), 0, GREETED, true, GREETING, 9, 0 },
    { BYTES("\x0c\x06" "Trader\0" "\1\2\3"), 0, GREETED, true, PDU, 1620, 0 },
    { BYTES("\x0c\x06" "Trader"), 0, GREETED, true, PDU, 1620, 0 },
    { BYTES("\x0c\x02" "Tr\0"), 0, GREETED, true, PDU, 596, 0 },
    /* It is likely. */
    { BYTES(STRANGE PING), 0, LIKELY, false, PDU, 8, 0 },
    { BYTES("\x63\x00\x09\x00\x07" "\1\2\3" PING), 0, LIKELY, false, NO_PDU, 8, 0 },
    { BYTES("\x63\x00\x04\x00\x07" "\1\2\3" PING), 0, LIKELY, false, PDU, 5, 0 },
    /* Nothing vouches for it. */
    { BYTES("\1\2\3" PING), 0, NONE, false, NO_PDU, 3, 0 },
    { BYTES("\1\2\3" OTHER_PING), 0, NONE, false, NO_PDU, 3, 0 },
    { BYTES("\1\2\3" DATA DATA), 0, NONE, false, NO_PDU, 3, 0 },
    { BYTES("\1\2\3" DATA STRANGE), 0, NONE, false, NO_PDU, 19, 0 },
    { BYTES(DATA "\x0a"), 0, NONE, false, NO_PDU, 9, 0 },
    { BYTES("\1\2\3"), 5, NONE, false, NO_PDU, 8, 0 },
    /* It follows bytes that were cut off. */
    { BYTES(DATA), 0, CUT, false, PDU, 8, 0 },
    { BYTES("\x0a\x00\x09\x00\x07" "\1\2\3"), 1, CUT, false, PDU, 9, 0 },
    { BYTES("\x0a\x00\x0c\x00\x07" "\1\2\3"), 1, CUT, false, NO_PDU, 9, 0 },
    { BYTES(STRANGE), 0, CUT, false, NO_PDU, 8, 0 },
    /* A capture starts in mid-stream. */
    { BYTES(DATA), 0, START, false, PDU, 8, 0 },
    { BYTES(STRANGE), 0, START, false, NO_PDU, 8, 0 },
    { BYTES("\x0a\x00\x20\x00\x07" "\1\2\3"), 0, START, false, NO_PDU, 8, MORE },
    { BYTES("\x0a\x00\x20\x00\x07" "\1\2\3"), 24, START, false, PDU, 32, 0 },
    { BYTES("and so on, and on"), 0, START, false, NO_PDU, 17, 0 },
    { BYTES("\2\3" PING), 0, START, true, NO_PDU, 2, 0 },
    { BYTES("AAAAAAA\1"), 0, START, false, NO_PDU, 8, MORE },
    { BYTES("AAAAAAAA\1"), 0, START, false, NO_PDU, 9, 0 },
    /* A PDU, with bytes inside it that look like another. */
    { BYTES("\x0a\x00\x10\x00\x07" PING), 0, NONE, false, PDU, 16, 0 },
    { BYTES("\1" "\x0a\x00\x10\x00\x07" PING), 0, NONE, false, NO_PDU, 6, 0 },
    { BYTES("\1" "\x0a\x00\x13\x00\x07" PING "\1\2\3"), 0, NONE, false, NO_PDU, 1, 0 },
    /* PDUs take all bytes, though of nobody who was expected. */
    { BYTES(OTHER_PING), 0, NONE, true, PDU, 11, 0 },
    { BYTES(OTHER_PING "\1"), 0, NONE, true, NO_PDU, 12, 0 },
    /* A greeting. */
    { BYTES("\x63\3" "Foo\0"), 0, FIRST, true, GREETING, 6, 0 },
    { BYTES("\x63\3" "Foo\0"), 0, FIRST, false, NO_PDU, 6, 0 },
    { BYTES("\x63\3" "Foo\0" STRANGE), 0, FIRST, true, GREETING, 6, 0 },
    { BYTES("\x63\3" "Foo\0"), 0, START, true, GREETING, 6, 0 },
    { BYTES("\x63\3" "Foo\0"), 0, NONE, true, NO_PDU, 6, 0 },
    { BYTES("\x63\0\0" PING), 0, FIRST, true, GREETING, 3, 0 },
    { BYTES("\x63\0\0" "\1\2\3\4\5"), 0, FIRST, true, NO_PDU, 8, 0 },
    { BYTES("\x63\5" "Fo"), 0, FIRST, true, GREETING, 8, 0 },
    { BYTES("\x63\3" "Foo"), 0, FIRST, true, GREETING, 6, 0 },
    { BYTES("\x63\x0b" "with\twords\0"), 0, FIRST, true, GREETING, 14, 0 },
    { BYTES("\x63\0\0"), 0, START, true, NO_PDU, 3, 0 },
    { BYTES("\x63\4" "ab\t\t\0"), 0, FIRST, true, GREETING, 7, 0 },
    { BYTES("\x63\4" "a\t\t\t\0"), 0, FIRST, true, NO_PDU, 7, 0 },
    { BYTES("\x63\1" NAME_255), 0, FIRST, true, GREETING, 257, MORE },
    { BYTES("\x63\1" NAME_255 "a"), 0, FIRST, true, NO_PDU, 258, 0 },
    /* One that counts wrong: three characters are a name, two are not. */
    { BYTES("\x63\7" "abc\0" PING), 0, FIRST, true, GREETING, 6, 0 },
    { BYTES("\x63\7" "ab\0" PING), 0, FIRST, true, NO_PDU, 5, 0 },
    { BYTES("\x63\2" "abc"), 0, FIRST, true, GREETING, 5, MORE },
    { BYTES("\x63\1" "ab"), 0, FIRST, true, GREETING, 4, MORE },
    { BYTES("\x63\1" "ab\1\1\1"), 0, FIRST, true, NO_PDU, 7, 0 },
    /* One that has no 00 behind its name. */
    { BYTES("\x63\3" "abc" PING), 0, FIRST, true, GREETING, 5, 0 },
    { BYTES("\x63\3" "abc\x0a\x00\x09"), 0, FIRST, true, GREETING, 5, 12 },
    { BYTES("\x63\2" "ab\x0a\x00\x09"), 0, FIRST, true, NO_PDU, 7, 0 },
    /* A PDU whose length and receiver look like a greeting. */
    { BYTES("\x0a\1\3" "\0\7" "abc"), 0, FIRST, true, PDU, 259, MORE },
    { BYTES("\x0a\1\x41" "\0\x0a" "\3abc"), 0, FIRST, true, PDU, 0x141, MORE },
    { BYTES("\x0a\1\x41" "\0\x0a" "\3abc"), 0, START, true, NO_PDU, 9, MORE },
    { BYTES("\x0a\1\x41" "\0\x0a" "\3abc"), 312, START, true, PDU, 0x141, 0 },
    { BYTES("\x0a\1\x41" "\0" PING), 0, START, true, GREETING, 4, 0 },
    { BYTES("\x0a\2" "ab\0" "\x0a\x03\xab\0\7"), 0, FIRST, true, PDU, 0x261, MORE },
    { BYTES("\x0a\3" "abc\0" "\x0a\x03\xab\0\7"), 0, FIRST, true, GREETING, 6, 0 },
    /* What others put before TRADE. */
    { BYTES("PROXY TCP4 10.0.0.1\r\n" PING), 0, FIRST, false, NO_PDU, 21, 0 },
    { BYTES("PROXY TCP4 10.0.0.1\r\n" "\x63\3" "Foo\0"), 0, FIRST, true, NO_PDU, 21, 0 },
    { BYTES("PROXY TCP4 10.0.0.1\r\n" "\x63\2" "Fo\0"), 0, FIRST, true, NO_PDU, 26, 0 },
    /* The first of a direction. */
    { BYTES(DATA), 0, FIRST, false, PDU, 8, 0 },
    { BYTES(PING), 0, FIRST, true, PDU, 11, 0 },
    { BYTES(OTHER_PING), 0, FIRST, true, PDU, 11, 0 },
    { BYTES("\x0a\x00\x20\x00\x07" "\1\2\3"), 0, FIRST, false, PDU, 32, MORE },
    { BYTES("\x0a\x00\x20\x00\x07" "\1\2\3" PING), 0, FIRST, false, NO_PDU, 8, 0 },
    { BYTES("\x0a\x00\x08\x00\x07" "\1\2\3" PING), 0, FIRST, false, PDU, 8, 0 },
    { BYTES("\2\3" "\x63\3" "Foo\0"), 0, PREAMBLE, true, NO_PDU, 2, 0 },
};
/* clang-format on */

static bool is_known(uint8_t id, void *data _U_)
{
    return id == 10 || id == 'A';
}

/* What the bytes say, from the first on. */
static const struct {
    const char *bytes;
    unsigned size;
    trade_hint_t control, follows;
    bool leads, fills, is_known;
    unsigned next; /* where the next plausible PDU begins, behind the first byte */
} scans[] = {
#define FOR TRADE_HINT_FOR
#define AGAINST TRADE_HINT_AGAINST
#define OPEN TRADE_HINT_NONE
    /* clang-format off */
    { BYTES(PING), FOR, FOR, true, true, true, 11 },
    { BYTES(PING DATA PING), FOR, FOR, true, true, true, 11 },
    { BYTES(PING OTHER_PING), FOR, FOR, true, false, true, 22 },
    { BYTES(OTHER_PING), FOR, AGAINST, true, true, true, 11 },
    { BYTES(DATA), OPEN, FOR, true, false, false, 8 },
    { BYTES(DATA "\x0a\x00"), OPEN, OPEN, false, false, false, 10 },
    { BYTES(STRANGE DATA), OPEN, AGAINST, true, false, false, 8 },
    { BYTES(DATA PING "\1"), OPEN, FOR, false, false, false, 8 },
    { BYTES(PING "\x0a\x00\x04\xff\xff"), FOR, FOR, false, false, true, 16 },
    { BYTES(CONTROL), FOR, FOR, true, true, false, 11 },
    { BYTES("\x0a\x00\x06\xff\xff" "P"), AGAINST, AGAINST, true, false, false, 6 },
    { BYTES("\x0a\x00\x07\xff\xff" "P\0"), AGAINST, AGAINST, true, false, false, 7 },
    { BYTES("\x0a\x00\x08\xff\xff" "Pi\0"), FOR, FOR, true, true, false, 8 },
    { BYTES("\x0a\x00\x09\xff\xff" "P\tn\0"), AGAINST, AGAINST, true, false, false, 9 },
    { BYTES("\x0a\x00\x09\xff\xff" "Ping"), AGAINST, AGAINST, true, false, false, 9 },
    { BYTES("\x0a\x00\x20\xff\xff" "Ping"), FOR, FOR, false, false, false, 9 },
    { BYTES("\x0a\x00\x20\xff\xff" "Zin"), OPEN, OPEN, false, false, false, 8 },
    { BYTES("\x0a\x00\x20\xff\xff"), OPEN, OPEN, false, false, false, 5 },
    { BYTES("\x0a\x00\x09\xff\xff" "Pi\x7f\0"), AGAINST, AGAINST, true, false, false, 9 },
    { BYTES("\x0a\x00\x09\xff\xff" "P i\0"), FOR, FOR, true, true, false, 9 },
    { BYTES("\x0a\x00\x05\x00\x07"), OPEN, FOR, true, false, false, 5 },
    { BYTES("\x0a\x00\x04\x00"), OPEN, AGAINST, false, false, false, 4 },
    /* clang-format on */
};

static const trade_senders_t from_module = { .is_known = is_known,
                                             .control = 10,
                                             .from_module = true };
static const trade_senders_t to_module = { .is_known = is_known, .control = TRADE_SENDER_ANY };

static unsigned test_unit(unsigned row, tvbuff_t *tvb, wmem_allocator_t *pool)
{
    const trade_senders_t *senders = rows[row].from_module ? &from_module : &to_module;
    trade_scan_t scan = trade_scan_begin(tvb, senders, pool);
    const trade_unit_t unit = trade_find_unit(&scan, 0, (trade_trust_t)rows[row].trust);

    if ((int)unit.kind == rows[row].kind && unit.length == rows[row].length &&
        unit.needed == rows[row].needed)
        return 0;
    printf("unit %u: kind %d of %u bytes, needs %u\n", row, (int)unit.kind, unit.length,
           unit.needed);
    return 1;
}

static unsigned test_scan(unsigned row, tvbuff_t *tvb, wmem_allocator_t *pool)
{
    trade_scan_t scan = trade_scan_begin(tvb, &from_module, pool);
    const trade_hint_t control = trade_scan_check_control(&scan, 0);
    const trade_hint_t follows = trade_scan_follow(&scan, 0);
    const trade_hint_t again = trade_scan_follow(&scan, 0);
    const bool leads = trade_scan_leads_to_end(&scan, 0);
    const bool fills = trade_scan_is_filled(&scan);
    const bool is_keyword = trade_scan_find_keyword(&scan, 0).bytes != NULL;
    const unsigned next = trade_scan_find_pdu(&scan, 1);

    if (control == scans[row].control && follows == scans[row].follows && again == follows &&
        leads == scans[row].leads && fills == scans[row].fills &&
        is_keyword == scans[row].is_known && next == scans[row].next)
        return 0;
    printf("scan %u: %d, %d, %d; %d %d, %d, %u\n", row, control, follows, again, leads, fills,
           is_keyword, next);
    return 1;
}

/* Runs a test with so many bytes at hand, and others behind them. */
static unsigned run(unsigned (*test)(unsigned row, tvbuff_t *tvb, wmem_allocator_t *pool),
                    unsigned row, const char *bytes, unsigned size, unsigned beyond)
{
    wmem_allocator_t *pool = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    tvbuff_t *tvb = tvb_new_real_data((const uint8_t *)bytes, size, (int)(size + beyond));
    const unsigned failed = test(row, tvb, pool);

    tvb_free(tvb);
    wmem_destroy_allocator(pool);
    return failed;
}

/* A data PDU of 5000 bytes, of which so many are there, begins a stream, or a capture. */
static unsigned test_wait(unsigned size, tvbuff_t *tvb, wmem_allocator_t *pool)
{
    trade_scan_t scan = trade_scan_begin(tvb, &to_module, pool);
    const trade_unit_t first = trade_find_unit(&scan, 0, TRADE_TRUST_FIRST);
    const trade_unit_t start = trade_find_unit(&scan, 0, TRADE_TRUST_START);
    const unsigned needed = size < 4096 ? MORE : 0;

    if (first.needed == needed && start.needed == needed)
        return 0;
    printf("with %u bytes, it needs %u, %u\n", size, first.needed, start.needed);
    return 1;
}

static unsigned test_waits(void)
{
    static const uint8_t header[] = { 10, 5000 >> 8, 5000 & 0xff, 0, 7 };
    char bytes[4096];

    memset(bytes, 1, sizeof bytes);
    memcpy(bytes, header, sizeof header);
    return run(test_wait, 4095, bytes, 4095, 0) + run(test_wait, 4096, bytes, 4096, 0);
}

/* A keyword of 256 bytes is not believed, where nothing vouches for it. */
static unsigned test_keyword(unsigned length, tvbuff_t *tvb, wmem_allocator_t *pool)
{
    trade_scan_t scan = trade_scan_begin(tvb, &from_module, pool);

    if ((trade_scan_check_control(&scan, 0) == TRADE_HINT_FOR) == (length < 256))
        return 0;
    printf("a keyword of %u bytes\n", length);
    return 1;
}

static unsigned test_keywords(void)
{
    char bytes[300] = { 10, 300 >> 8, 300 & 0xff, '\xff', '\xff' };
    unsigned failed;

    memset(bytes + 5, 'z', 255);
    failed = run(test_keyword, 255, bytes, sizeof bytes, 0);
    bytes[5 + 255] = 'z';
    return failed + run(test_keyword, 256, bytes, sizeof bytes, 0);
}

/* Whether bytes speak for TRADE where nothing else does. */
static const struct {
    const char *bytes;
    unsigned size;
    bool speaks;
} others[] = {
    /* clang-format off */
    { BYTES("\x63\x00\x08\x00\x07" "\1\2\3"), true },
    { BYTES("\x63\x00\x09\x00\x07" "\1\2\3"), false },
    { BYTES("\x63\x00\x04\x00"), false },
    { BYTES("\1" "\x63\x00\x20\xff\xff" "Ping"), true },
    { BYTES("\1" "\x63\x00\x20\xff\xff" "Pin"), false },
    { BYTES("\1" "\x63\x00\x20\xff\xff" "Zing"), false },
    { BYTES("\1" "\x63\x00\x09\xff\xff" "Ping"), false },
    { BYTES("\1" "\x63\x00\x20\xff\xfe" "Ping"), false },
    /* clang-format on */
};

static unsigned test_other(unsigned row, tvbuff_t *tvb, wmem_allocator_t *pool)
{
    if (trade_looks_like_trade(tvb, pool) == others[row].speaks)
        return 0;
    printf("other %u: otherwise\n", row);
    return 1;
}

/* Each byte at each place of eight and beyond: which texts are printable, and up to where. */
static unsigned test_printable(void)
{
    uint8_t bytes[24];

    memset(bytes, 'a', sizeof bytes);
    for (unsigned at = 0; at < 17; at++) {
        for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
            bytes[at] = (uint8_t)byte;
            const unsigned wanted = g_ascii_isprint(byte) ? 17 : at;
            if (trade_count_printable(bytes, 17) != wanted) {
                printf("byte %u at %u\n", byte, at);
                return 1;
            }
        }
        bytes[at] = 'a';
    }
    return 0;
}

int main(void)
{
    unsigned failed = 0;

    wmem_init();
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        failed += run(test_unit, i, rows[i].bytes, rows[i].size, rows[i].beyond);
    for (unsigned i = 0; i < sizeof scans / sizeof scans[0]; i++)
        failed += run(test_scan, i, scans[i].bytes, scans[i].size, 0);
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        failed += run(test_other, i, others[i].bytes, others[i].size, 0);
    failed += test_waits() + test_keywords() + test_printable();
    wmem_cleanup();
    return failed > 0;
}
