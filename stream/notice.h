/* notice.h
 * An ICMP message about a TCP segment that went no further, as its frame tells of it.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_NOTICE_H
#define TRADE_STREAM_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/time.h"

/* The longest address as text, with its end. */
enum { TRADE_ADDRESS_TEXT = 46 };

/* An ICMP message that quotes a segment. */
typedef struct trade_notice {
    trade_time_t when;
    uint32_t frame;        /* 0: there is none */
    uint32_t quoted_frame; /* in which the segment was sent, or its bytes first; 0: not known */
    uint32_t seq;          /* of the segment */
    uint32_t mtu;          /* the largest packet that gets further; 0: not said */
    uint16_t quoted_id;    /* IP id of the segment; 0: none */
    bool is_ipv6;
    uint8_t type, code;              /* of ICMP, or ICMPv6 */
    uint8_t ttl;                     /* or hop limit, of the message */
    uint8_t quoted_ttl;              /* of the segment when it went no further */
    uint8_t side;                    /* that sent the segment: the index of its flow */
    bool is_from_end;                /* the host that the segment was for sent the message */
    char sender[TRADE_ADDRESS_TEXT]; /* address of who sent the message */
} trade_notice_t;

#endif /* TRADE_STREAM_NOTICE_H */
