/* headers.h
 * Where the IP and TCP headers of a packet are: behind IPv6's extension headers, an IPv4 source
 * route or an authentication header, in fragments that Wireshark put together, in tunnels.
 *
 * Wireshark's own means to find a segment's header do not work on every first pass: TCP's tap is
 * not queued on the first of two passes of tshark; a postdissector that asks for fields, as TRANSUM
 * does, makes Wireshark build a tree of each frame: a filter for two fields of IP and TCP makes a
 * run over 60 000 PDUs of a mix take 14 % more user time (1.33 and 1.53 s, Wireshark 4.0.17). And
 * TCP keeps nothing else of a segment without payload.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_HEADERS_H
#define TRADE_STREAM_HEADERS_H

#include <string.h>

#include <epan/packet.h>

#include "stream/segment.h"

/* A packet's headers. */
typedef struct trade_headers {
    tvbuff_t *tvb;        /* that TCP's is in: the frame, or what was put together or decrypted */
    const uint8_t *bytes; /* the captured bytes of the tvb */
    unsigned captured;    /* how many these are */
    unsigned tcp;         /* offset of the TCP header */
    unsigned end;         /* offset of the first byte after the payload, as sent */
    uint16_t ip_id;       /* of IPv4; 0: none */
    uint8_t ttl;          /* or hop limit */
} trade_headers_t;

/* The lengths of headers without options, and where the addresses stand in them. */
enum {
    TRADE_IPV4_LENGTH = 20,
    TRADE_IPV4_ADDRESSES = 12,
    TRADE_IPV6_LENGTH = 40,
    TRADE_IPV6_ADDRESSES = 8,
    TRADE_TCP_HEADER_LENGTH = 20
};

/* Returns two bytes in network order as a number. */
static inline uint16_t trade_read_16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Returns four bytes in network order as a number. */
static inline uint32_t trade_read_32(const uint8_t *bytes)
{
    return (uint32_t)trade_read_16(bytes) << 16 | trade_read_16(bytes + 2);
}

/* Returns whether a packet's addresses of IPv6 stand here, of 32 bytes at hand. */
static inline bool trade_are_ipv6_addresses(const uint8_t *here, const packet_info *pinfo)
{
    return memcmp(here, pinfo->net_src.data, 16) == 0 &&
           memcmp(here + 16, pinfo->net_dst.data, 16) == 0;
}

/* Returns the offset of the payload behind the TCP header; it may be beyond the captured bytes. */
static inline unsigned trade_headers_get_payload(const trade_headers_t *headers)
{
    return headers->tcp + (headers->bytes[headers->tcp + 12] >> 4) * 4U;
}

/* Finds the headers of a packet by its addresses and these two ports, its source's first. frame:
 * all of its bytes. Returns whether they are there, TCP's without its options as a whole. */
bool trade_headers_find(tvbuff_t *frame, const packet_info *pinfo, const uint32_t ports[2],
                        trade_headers_t *headers);

/* Reads the packet's segment from the headers in its frame, with the sequence numbers that it has
 * there, for a postdissector; side is left 0. Returns whether they are there. */
bool trade_headers_read_segment(tvbuff_t *frame, const packet_info *pinfo,
                                trade_segment_t *segment);

/* Called before a capture file is dissected. */
void trade_headers_init(void);

#endif /* TRADE_STREAM_HEADERS_H */
