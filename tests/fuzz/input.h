/* input.h
 * What the fuzzer's bytes say: settings, and TCP segments.
 *
 * An input is eight bytes of settings and then segments, up to its end:
 *
 *   settings   preferences, bit n turns row n of library.c's `choices` (2), FUZZ_ bits (2),
 *              the preferences "interval" and "limit" in seconds (1 each; 0: their default), and
 *              "slow" in units of 10 ms (1), a module whose payload Decode As turns to text (1)
 *   segment    SEGMENT_ bits (1), then what they announce, in this order:
 *              sequence number's distance from the next in order (2, signed);
 *              HEADER_ bits (1), and what these announce: repetitions of the bytes (1), window (2),
 *              acknowledged bytes' distance from those sent (2, signed), NETWORK_ bits (1), and
 *              what these announce: IP id (2) and TTL (1), OPTION_ bits with a window scale above
 *              them (1);
 *              bytes that the snapshot length cuts off (2); time since the last segment (2): to
 *              0x7fff in ms, to 0xbfff the rest in seconds, beyond it is negative, in ms;
 *              number of bytes (1 or 2), bytes
 *
 * make_seeds.py writes the same.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many connections there are, and how many segments at most. */
enum { FUZZ_CONNECTIONS = 4, FUZZ_SEGMENTS_MAX = 64 };

/* What the whole input is about. */
enum {
    FUZZ_NO_TREE = 0x0001,     /* no tree on the first pass */
    FUZZ_NO_COLUMNS = 0x0002,  /* no columns on the first pass */
    FUZZ_WRAP = 0x0004,        /* sequence numbers start close to 2^32 */
    FUZZ_INVISIBLE = 0x0008,   /* as when filtering: a tree of what filters need */
    FUZZ_BACKWARDS = 0x0010,   /* a third pass, backwards */
    FUZZ_IPV6 = 0x0020,        /* odd connections are over IPv6 */
    FUZZ_OTHER_PORT = 0x0040,  /* the Multiplexer listens on a port that TRADE is not known for, */
    FUZZ_DECODE_AS = 0x0080,   /* which Decode As knows */
    FUZZ_REOPEN = 0x0100,      /* in the middle the capture file is forgotten, as with -M */
    FUZZ_SECOND_FILE = 0x0200, /* the same frames are read as a second file, and taps begin anew */
    FUZZ_MODULE_IDS = 0x0400,  /* the preference "Module IDs" has rows */
    FUZZ_BETWEEN = 0x0800,     /* tables are drawn in between, as in the GUI, and all are read */
};

enum {
    SEGMENT_CONNECTION = 0x03,
    SEGMENT_FROM_MULTIPLEXER = 0x04,
    SEGMENT_SEQUENCE = 0x08,
    SEGMENT_HEADER = 0x10,
    SEGMENT_CUT = 0x20,
    SEGMENT_TIME = 0x40,
    SEGMENT_LONG = 0x80,

    HEADER_FIN = 0x01,
    HEADER_SYN = 0x02,
    HEADER_RST = 0x04,
    HEADER_ZERO_WINDOW = 0x08,
    HEADER_REPEAT = 0x10,
    HEADER_WINDOW = 0x20,
    HEADER_ACK = 0x40,
    HEADER_NETWORK = 0x80,

    NETWORK_NUMBERS = 0x01,    /* IP id and TTL */
    NETWORK_OPTIONS = 0x02,    /* of TCP */
    NETWORK_FRAGMENTS = 0x04,  /* IP sends it in two */
    NETWORK_ERROR = 0x08,      /* it comes back inside of an ICMP error */
    NETWORK_VLAN = 0x10,       /* the frame has a tag */
    NETWORK_EXTENSIONS = 0x20, /* IPv4 has options, IPv6 extension headers */
    NETWORK_TUNNEL = 0x40,     /* IP in IPv4 */
    NETWORK_TWICE = 0x80,      /* another interface captures it, too */

    OPTION_SCALE = 0x01,
    OPTION_SACK_PERMITTED = 0x02,
    OPTION_SACK = 0x04,
    OPTION_TIMESTAMPS = 0x08,
    OPTION_SCALE_SHIFT = 4
};

/* A TCP segment. */
typedef struct fuzz_segment {
    unsigned connection;
    bool from_multiplexer;
    unsigned header, network, options; /* HEADER_, NETWORK_, OPTION_ bits */
    int seq_distance;                  /* from the next in order */
    int ack_distance;                  /* from what the other side sent */
    unsigned window;                   /* as in the header */
    unsigned ip_id;
    unsigned ttl; /* 0: the usual one */
    unsigned cut; /* bytes that the snapshot length cuts off */
    int64_t when; /* in ns, since the first segment */
    const uint8_t *bytes;
    unsigned length;
    unsigned repeat; /* how often these bytes come */
} fuzz_segment_t;

/* An input. Its segments' bytes are the fuzzer's. */
typedef struct fuzz_input {
    unsigned choices;
    unsigned bits; /* FUZZ_ */
    unsigned interval, limit, slow;
    unsigned text_module;
    fuzz_segment_t segments[FUZZ_SEGMENTS_MAX];
    unsigned count;
} fuzz_input_t;

/* Reads an input: any bytes are one. */
void fuzz_input_read(fuzz_input_t *input, const uint8_t *data, size_t size);

#endif /* TESTS_FUZZ_INPUT_H */
