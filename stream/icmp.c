/* icmp.c
 * ICMP messages that quote a segment of a TCP connection. See stream/icmp.h.
 *
 * Wireshark's ICMP calls the dissectors of the quoted packet. In 4.0, TCP's leaves the quoted ports
 * in pinfo; later ones take them out again. The addresses are the message's own. A router need not
 * quote more of the segment than 8 bytes: both ports and the sequence number.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/conversation.h>
#include <epan/to_str.h>

#include "stream/headers.h"
#include "stream/icmp.h"
#include "stream/stream.h"
#include "stream/tcp.h"

enum {
    ICMP_LENGTH = 8,
    QUOTED_MIN = 8 /* of TCP */
};
enum { NEXT_ICMP = 1, NEXT_TCP = 6, NEXT_ICMPV6 = 58 };
/* IPv6's addresses are looked for within this many bytes of a frame. */
#define ADDRESSES_MAX 256

/* The bytes of a frame, and where a header is. */
typedef struct place {
    const uint8_t *bytes;
    unsigned captured;
    unsigned offset;
} place_t;

/* Returns whether so many bytes of the next header were captured. */
static bool has(const place_t *at, unsigned length)
{
    return at->offset <= at->captured && length <= at->captured - at->offset;
}

/* Goes behind the IPv4 header there, if ICMP or TCP, as next says, comes next, and the packet's
 * first bytes are in it. Returns whether. */
static bool pass_ipv4(place_t *at, uint8_t next)
{
    const uint8_t *header = at->bytes + at->offset;

    if (!has(at, TRADE_IPV4_LENGTH) || header[0] >> 4 != 4 || header[9] != next ||
        (trade_read_16(header + 6) & 0x1fff) != 0)
        return false;
    at->offset += (header[0] & 0xfU) * 4;
    return true;
}

/* The same for IPv6. */
static bool pass_ipv6(place_t *at, uint8_t next)
{
    const uint8_t *header = at->bytes + at->offset;

    if (!has(at, TRADE_IPV6_LENGTH) || header[0] >> 4 != 6 || header[6] != next)
        return false;
    at->offset += TRADE_IPV6_LENGTH;
    return true;
}

/* Finds the message's own IPv6 header, by its addresses. Returns whether it is there. */
static bool find_ipv6(place_t *at, const packet_info *pinfo)
{
    if (pinfo->net_dst.type != AT_IPv6 || at->captured < TRADE_IPV6_LENGTH)
        return false;
    for (; at->offset <= MIN(at->captured - TRADE_IPV6_LENGTH, (unsigned)ADDRESSES_MAX);
         at->offset++) {
        if (trade_are_ipv6_addresses(at->bytes + at->offset + TRADE_IPV6_ADDRESSES, pinfo))
            return true;
    }
    return false;
}

/* Finds the message's own IP header. Returns whether it is there. */
static bool find_ip(place_t *at, const packet_info *pinfo)
{
    if (pinfo->net_src.type == AT_IPv6)
        return find_ipv6(at, pinfo);
    const uintptr_t source = (uintptr_t)pinfo->net_src.data;
    const uintptr_t first = (uintptr_t)at->bytes + TRADE_IPV4_ADDRESSES;
    if (pinfo->net_src.type != AT_IPv4 || source < first || source - first >= at->captured)
        return false;
    at->offset = (unsigned)(source - first);
    return true;
}

/* Reads the message from its IP header on, and goes on to the quoted IP header. Returns whether it
 * is one of ICMP. */
static bool read_message(place_t *at, trade_notice_t *notice)
{
    const uint8_t *ip = at->bytes + at->offset;

    notice->is_ipv6 = has(at, TRADE_IPV6_LENGTH) && ip[0] >> 4 == 6;
    if (notice->is_ipv6 ? !pass_ipv6(at, NEXT_ICMPV6) : !pass_ipv4(at, NEXT_ICMP))
        return false;
    if (!has(at, ICMP_LENGTH))
        return false;
    const uint8_t *icmp = at->bytes + at->offset;
    notice->ttl = ip[notice->is_ipv6 ? 7 : 8];
    notice->type = icmp[0];
    notice->code = icmp[1];
    notice->mtu = notice->is_ipv6 ? trade_read_32(icmp + 4) : trade_read_16(icmp + 6);
    at->offset += ICMP_LENGTH;
    return true;
}

/* Reads the quoted packet, and sets *ends to its source and its destination. Returns whether it has
 * a TCP header. */
static bool read_quoted(place_t *at, trade_notice_t *notice, trade_end_t ends[2])
{
    const uint8_t *ip = at->bytes + at->offset;
    const uint8_t *addresses = ip + (notice->is_ipv6 ? TRADE_IPV6_ADDRESSES : TRADE_IPV4_ADDRESSES);
    const int type = notice->is_ipv6 ? AT_IPv6 : AT_IPv4;
    const int length = notice->is_ipv6 ? 16 : 4;

    if (notice->is_ipv6 ? !pass_ipv6(at, NEXT_TCP) : !pass_ipv4(at, NEXT_TCP))
        return false;
    const uint8_t *tcp = at->bytes + at->offset;
    if (!has(at, QUOTED_MIN))
        return false;
    for (unsigned i = 0; i < 2; i++) {
        set_address(&ends[i].addr, type, length, addresses + (size_t)length * i);
        ends[i].port = trade_read_16(tcp + 2UL * i);
    }
    notice->quoted_ttl = ip[notice->is_ipv6 ? 7 : 8];
    notice->quoted_id = notice->is_ipv6 ? 0 : trade_read_16(ip + 4);
    notice->seq = trade_read_32(tcp + 4);
    return true;
}

/* Writes who sent a message. */
static void set_sender(trade_notice_t *notice, const packet_info *pinfo, const trade_end_t ends[2])
{
    char *text = address_to_str(NULL, &pinfo->net_src);

    (void)g_strlcpy(notice->sender, text, sizeof notice->sender);
    wmem_free(NULL, text);
    notice->is_from_end = addresses_equal(&pinfo->net_src, &ends[1].addr);
}

const struct tcp_analysis *trade_icmp_read(tvbuff_t *frame, const packet_info *pinfo,
                                           trade_notice_t *notice, trade_end_t ends[2])
{
    place_t at = { .captured = tvb_captured_length(frame) };

    *notice = (trade_notice_t){ .frame = pinfo->num };
    if (at.captured == 0)
        return NULL;
    at.bytes = tvb_get_ptr(frame, 0, (int)at.captured);
    if (!find_ip(&at, pinfo) || !read_message(&at, notice) || !read_quoted(&at, notice, ends) ||
        addresses_equal(&pinfo->net_src, &ends[0].addr))
        return NULL;
    set_sender(notice, pinfo, ends);
    return trade_tcp_find(find_conversation(pinfo->num, &ends[0].addr, &ends[1].addr,
                                            CONVERSATION_TCP, ends[0].port, ends[1].port, 0));
}
