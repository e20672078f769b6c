/* segment.h
 * A TCP segment, as the headers of its frame tell of it.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_SEGMENT_H
#define TRADE_STREAM_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/time.h"

enum {
    TRADE_TCP_FIN = 0x01,
    TRADE_TCP_SYN = 0x02,
    TRADE_TCP_RST = 0x04,
    TRADE_TCP_ACK = 0x10
}; /* trade_segment_t.flags */

/* A TCP segment. */
typedef struct trade_segment {
    trade_time_t when;
    uint32_t frame;
    uint32_t seq; /* on the wire, as all of TRADE's */
    uint32_t ack;
    uint32_t length; /* of the payload, as sent */
    uint32_t window; /* as in the header */
    uint32_t stamp;  /* TCP timestamp; if has_stamp */
    uint32_t echo;   /* the timestamp of the other side that it repeats; if has_stamp */
    uint32_t
        link; /* a number of the link that it was captured on: interface, VLAN, its two cards */
    uint32_t card;  /* a number of the network card that sent the frame; 0: not known */
    uint16_t ip_id; /* 0: none */
    uint8_t flags;  /* TRADE_TCP_ bits, and the rest of the lowest eight */
    uint8_t side;   /* that sent it: 0 or 1, the index of its flow */
    uint8_t ttl;    /* or hop limit; 0: not known */
    int8_t scale;   /* window scale option of a SYN; -1: none */
    bool is_cut;    /* the snapshot length cut some of it off */
    bool is_unseen; /* it has payload, of which nothing was captured */
    bool has_sack;  /* it has a SACK option */
    bool has_stamp; /* it has a timestamp */
} trade_segment_t;

#endif /* TRADE_STREAM_SEGMENT_H */
