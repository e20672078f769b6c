/* headers.c
 * Where the IP and TCP headers of a packet are. See stream/headers.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <wiretap/wtap.h>

#include "stream/headers.h"

/* IPv6's addresses are looked for within this many bytes of a frame or of what was made of it. */
#define ADDRESSES_MAX 2048
#define IPV4_FRAGMENT 0x3fff    /* more fragments, or an offset, */
#define IPV4_PLACE 0x1fff       /* which counts in units of 8 bytes */
#define OPTION_JUMBO 0xc2       /* of IPv6: the payload's length, if that takes more than 16 bits */
#define EXTENSION_UNIT 8U       /* of the length of IPv6's extension headers */
#define AUTHENTICATION_UNIT 4U  /* of that of an authentication header */
#define AUTHENTICATION_BEYOND 2 /* units which that leaves out */
#define ESP_LENGTH 8            /* its header: an association, and a sequence number */
#define STEPS_MAX 64            /* headers between those of IP and TCP */

/* What follows an IP header, by its number. */
enum {
    NEXT_HOP_BY_HOP = 0,
    NEXT_TCP = 6,
    NEXT_ROUTING = 43,
    NEXT_FRAGMENT = 44,
    NEXT_ESP = 50,
    NEXT_AUTHENTICATION = 51,
    NEXT_DESTINATION = 60,
    NEXT_IPCOMP = 108,
    NEXT_MOBILITY = 135,
    NEXT_HIP = 139,
    NEXT_SHIM6 = 140
};

/* Kinds of TCP options. */
enum {
    TCP_OPTION_END = 0,
    TCP_OPTION_NOP = 1,
    TCP_OPTION_SCALE = 3,
    TCP_OPTION_SACK = 5,
    TCP_OPTION_STAMPS = 8
};
#define STAMPS_LENGTH 10 /* kind, length, timestamp, and that of the other side */

/* How far the headers of a packet were followed, from IP to TCP. */
typedef struct walk {
    trade_headers_t *headers;
    const packet_info *pinfo;
    const uint32_t *ports;
    unsigned offset; /* of the next header */
    uint8_t next;    /* number of the next header */
} walk_t;

static unsigned usual_addresses; /* offset of IPv6's addresses in the bytes looked at last */

/* Goes on in other bytes. */
static void set_bytes(trade_headers_t *headers, tvbuff_t *tvb)
{
    headers->tvb = tvb;
    headers->captured = tvb_captured_length(tvb);
    headers->bytes =
        headers->captured > 0 ? tvb_get_ptr(tvb, 0, (int)headers->captured) : (const uint8_t *)"";
    headers->end = tvb_reported_length(tvb);
}

/* Returns whether so many bytes of the next header were captured. */
static bool has(const walk_t *walk, unsigned length)
{
    return walk->offset <= walk->headers->captured &&
           length <= walk->headers->captured - walk->offset;
}

/* Returns whether the next header is one of TCP with the ports. */
static bool is_at_tcp(const walk_t *walk)
{
    const uint8_t *tcp = walk->headers->bytes + walk->offset;

    return has(walk, TRADE_TCP_HEADER_LENGTH) && trade_read_16(tcp) == walk->ports[0] &&
           trade_read_16(tcp + 2) == walk->ports[1];
}

/* ---- Bytes that are not in the frame ---- */

/* Goes on in the packet that Wireshark put together from fragments. place: of its bytes in
 * there. Returns whether it has; the first fragment may stand alone. */
static bool join_fragments(walk_t *walk, unsigned place)
{
    const trade_headers_t fragment = *walk->headers;
    const unsigned end = MIN(fragment.end, fragment.captured);

    if (walk->offset >= end)
        return false;
    const uint8_t *bytes = fragment.bytes + walk->offset;
    const unsigned length = end - walk->offset;
    for (const GSList *source = walk->pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        if (tvb == fragment.tvb || tvb_captured_length(tvb) < place + length ||
            tvb_memeql(tvb, (int)place, bytes, length) != 0)
            continue;
        set_bytes(walk->headers, tvb);
        walk->offset = 0;
        return true;
    }
    return place == 0;
}

/* Leaves out what follows TCP's segment in ESP: padding of 1, 2, 3 and so on, its length, the
 * number of TCP, and what authenticates the packet. Returns whether these are there. */
static bool leave_trailer(trade_headers_t *headers, unsigned tcp)
{
    static const unsigned checks[] = { 0, 12, 16, 24, 32 }; /* bytes of what authenticates */
    const uint8_t *bytes = headers->bytes;

    for (unsigned i = 0; i < array_length(checks) && headers->end <= headers->captured; i++) {
        if (headers->end < tcp + TRADE_TCP_HEADER_LENGTH + 2 + checks[i])
            return false;
        const unsigned end = headers->end - checks[i] - 2, padding = bytes[end];
        if (bytes[end + 1] != NEXT_TCP || padding > end - tcp - TRADE_TCP_HEADER_LENGTH ||
            (padding > 0 && (bytes[end - 1] != padding || bytes[end - padding] != 1)))
            continue;
        headers->end = end - padding;
        return true;
    }
    return false;
}

/* Goes on in what Wireshark decrypted or inflated, or behind the header of ESP that encrypts
 * nothing. Returns whether a TCP header begins there. */
static bool go_inside(walk_t *walk)
{
    const tvbuff_t *const outside = walk->headers->tvb;
    const bool is_esp = walk->next == NEXT_ESP;

    walk->offset += ESP_LENGTH;
    if (is_esp && is_at_tcp(walk))
        return leave_trailer(walk->headers, walk->offset);
    walk->offset = 0;
    for (const GSList *source = walk->pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        if (tvb == outside)
            continue;
        set_bytes(walk->headers, tvb);
        if (is_at_tcp(walk))
            return !is_esp || leave_trailer(walk->headers, 0);
    }
    return false;
}

/* ---- From an IP header to that of TCP ---- */

/* Takes the length of a jumbogram from its hop-by-hop options, which are the next header. */
static void read_jumbo(const walk_t *walk, unsigned ip)
{
    trade_headers_t *headers = walk->headers;
    const uint8_t *option = headers->bytes + walk->offset + 2;
    const uint8_t *end =
        headers->bytes +
        MIN(headers->captured,
            walk->offset + (headers->bytes[walk->offset + 1] + 1) * EXTENSION_UNIT);

    while (end - option >= 2) {
        if (option[0] == OPTION_JUMBO && end - option >= 6 &&
            trade_read_32(option + 2) <= INT32_MAX / 2)
            headers->end = ip + TRADE_IPV6_LENGTH + trade_read_32(option + 2);
        option += option[0] == 0 ? 1 : 2 + option[1]; /* Pad1 is a single byte */
    }
}

/* Goes on behind an extension header of IPv6, or an authentication header. unit: of its length, in
 * bytes; beyond: units that this leaves out. Returns whether it is there. */
static bool pass_extension(walk_t *walk, unsigned unit, unsigned beyond)
{
    const uint8_t *header = walk->headers->bytes + walk->offset;

    if (!has(walk, 2))
        return false;
    walk->next = header[0];
    walk->offset += (header[1] + beyond) * unit;
    return true;
}

/* The same for IPv6's fragment header: one in which nothing is divided stands in the frame. */
static bool pass_fragment(walk_t *walk)
{
    const uint8_t *header = walk->headers->bytes + walk->offset;

    if (!has(walk, EXTENSION_UNIT))
        return false;
    const unsigned place = trade_read_16(header + 2);
    walk->next = header[0];
    walk->offset += EXTENSION_UNIT;
    return (place & ~6U) == 0 || join_fragments(walk, place & ~7U);
}

/* Goes on to the TCP header, whatever stands before it. Returns whether it is there. */
static bool walk_to_tcp(walk_t *walk)
{
    bool is_passed = true;

    for (unsigned i = 0; i < STEPS_MAX && is_passed && walk->next != NEXT_TCP; i++) {
        switch (walk->next) {
        case NEXT_HOP_BY_HOP:
        case NEXT_ROUTING:
        case NEXT_DESTINATION:
        case NEXT_MOBILITY:
        case NEXT_HIP:
        case NEXT_SHIM6:
            is_passed = pass_extension(walk, EXTENSION_UNIT, 1);
            break;
        case NEXT_AUTHENTICATION:
            is_passed = pass_extension(walk, AUTHENTICATION_UNIT, AUTHENTICATION_BEYOND);
            break;
        case NEXT_FRAGMENT:
            is_passed = pass_fragment(walk);
            break;
        case NEXT_ESP:
        case NEXT_IPCOMP:
            is_passed = go_inside(walk);
            walk->next = NEXT_TCP;
            break;
        default:
            return false;
        }
    }
    walk->headers->tcp = walk->offset;
    return is_passed && walk->next == NEXT_TCP && is_at_tcp(walk);
}

/* Finds the TCP header behind an IPv4 header. Returns whether it is there. */
static bool find_tcp_in_ipv4(walk_t *walk, unsigned ip)
{
    trade_headers_t *headers = walk->headers;
    const uint8_t *header = headers->bytes + ip;
    const unsigned total = trade_read_16(header + 2), fragment = trade_read_16(header + 6);

    if (header[0] >> 4 != 4)
        return false;
    headers->ip_id = trade_read_16(header + 4);
    headers->ttl = header[8];
    /* Segments that the network card cuts up have no length when they are captured. */
    if (total > 0)
        headers->end = ip + total;
    walk->next = header[9];
    walk->offset = ip + (header[0] & 0xfU) * 4;
    return ((fragment & IPV4_FRAGMENT) == 0 ||
            join_fragments(walk, (fragment & IPV4_PLACE) * 8U)) &&
           walk_to_tcp(walk);
}

/* The same for IPv6. */
static bool find_tcp_in_ipv6(walk_t *walk, unsigned ip)
{
    trade_headers_t *headers = walk->headers;
    const uint8_t *header = headers->bytes + ip;
    const unsigned length = trade_read_16(header + 4);

    if (header[0] >> 4 != 6)
        return false;
    headers->ip_id = 0;
    headers->ttl = header[7];
    walk->next = header[6];
    walk->offset = ip + TRADE_IPV6_LENGTH;
    if (length > 0)
        headers->end = ip + TRADE_IPV6_LENGTH + length;
    else if (walk->next == NEXT_HOP_BY_HOP && has(walk, EXTENSION_UNIT))
        read_jumbo(walk, ip);
    return walk_to_tcp(walk);
}

/* ---- Where the IP header is ---- */

/* Finds the TCP header of IPv4: the source's address that Wireshark found points into these bytes.
 * Returns whether it is there. */
static bool find_in_ipv4(walk_t *walk)
{
    const trade_headers_t *headers = walk->headers;
    const uintptr_t source = (uintptr_t)walk->pinfo->net_src.data;
    const uintptr_t first = (uintptr_t)headers->bytes + TRADE_IPV4_ADDRESSES;

    return headers->captured >= TRADE_IPV4_LENGTH && source >= first &&
           source - first <= headers->captured - TRADE_IPV4_LENGTH &&
           find_tcp_in_ipv4(walk, (unsigned)(source - first));
}

/* Finds the TCP header by where IPv6's addresses stand in these bytes: most packets of a capture
 * have the same headers before them. Returns whether it is there. */
static bool find_in_ipv6(walk_t *walk, tvbuff_t *tvb)
{
    trade_headers_t *headers = walk->headers;

    if (headers->captured < TRADE_IPV6_LENGTH || walk->pinfo->net_dst.type != AT_IPv6)
        return false;
    const unsigned last =
        MIN(headers->captured - TRADE_IPV6_LENGTH + TRADE_IPV6_ADDRESSES, (unsigned)ADDRESSES_MAX);
    unsigned from = usual_addresses >= TRADE_IPV6_ADDRESSES && usual_addresses <= last &&
                            trade_are_ipv6_addresses(headers->bytes + usual_addresses, walk->pinfo)
                        ? usual_addresses
                        : TRADE_IPV6_ADDRESSES;
    for (; from <= last; from++) {
        if (!trade_are_ipv6_addresses(headers->bytes + from, walk->pinfo))
            continue;
        if (find_tcp_in_ipv6(walk, from - TRADE_IPV6_ADDRESSES)) {
            usual_addresses = from;
            return true;
        }
        set_bytes(headers, tvb); /* the walk may have left them */
    }
    return false;
}

/* Finds the headers in some bytes. Returns whether they are there. */
static bool find_in(walk_t *walk, tvbuff_t *tvb)
{
    set_bytes(walk->headers, tvb);
    switch (walk->pinfo->net_src.type) {
    case AT_IPv4:
        return find_in_ipv4(walk);
    case AT_IPv6:
        return find_in_ipv6(walk, tvb);
    default:
        return false;
    }
}

bool trade_headers_find(tvbuff_t *frame, const packet_info *pinfo, const uint32_t ports[2],
                        trade_headers_t *headers)
{
    walk_t walk = { .headers = headers, .pinfo = pinfo, .ports = ports };

    if (find_in(&walk, frame))
        return true;
    for (const GSList *source = pinfo->data_src; source; source = source->next) {
        tvbuff_t *tvb = get_data_source_tvb((const struct data_source *)source->data);
        if (tvb != frame && find_in(&walk, tvb))
            return true;
    }
    return false;
}

/* ---- What TCP's header says ---- */

/* Reads the options that matter: the window's scale of a SYN, whether there is a SACK, the
 * timestamp. */
static void read_options(const uint8_t *option, const uint8_t *end, trade_segment_t *segment)
{
    while (option + 1 < end && option[0] != TCP_OPTION_END) {
        if (option[0] == TCP_OPTION_NOP) {
            option++;
            continue;
        }
        if (option[1] < 2)
            return;
        if (option[0] == TCP_OPTION_SCALE && option + 2 < end)
            segment->scale = (int8_t)MIN(option[2], 14);
        segment->has_sack |= option[0] == TCP_OPTION_SACK;
        if (option[0] == TCP_OPTION_STAMPS && end - option >= STAMPS_LENGTH) {
            segment->has_stamp = true;
            segment->stamp = trade_read_32(option + 2);
            segment->echo = trade_read_32(option + 6);
        }
        option += option[1];
    }
}

/* Returns the segment of these headers. frame: its number. when, side, link and card are left 0. */
static trade_segment_t get_segment(const trade_headers_t *headers, uint32_t frame)
{
    const uint8_t *tcp = headers->bytes + headers->tcp;
    const unsigned payload = trade_headers_get_payload(headers);
    trade_segment_t segment = { .frame = frame,
                                .seq = trade_read_32(tcp + 4),
                                .ack = trade_read_32(tcp + 8),
                                .length = headers->end > payload ? headers->end - payload : 0,
                                .window = trade_read_16(tcp + 14),
                                .ip_id = headers->ip_id,
                                .flags = tcp[13],
                                .ttl = headers->ttl,
                                .scale = -1,
                                .is_cut = headers->end > headers->captured,
                                .is_unseen =
                                    payload < headers->end && payload >= headers->captured };

    if (payload > headers->tcp + TRADE_TCP_HEADER_LENGTH)
        read_options(tcp + TRADE_TCP_HEADER_LENGTH,
                     headers->bytes + MIN(payload, headers->captured), &segment);
    return segment;
}

/* Returns a number of the link that a packet was captured on, by interface, VLAN and cards: the
 * same in both directions. */
static uint32_t get_link(const packet_info *pinfo)
{
    const wtap_rec *rec = pinfo->rec;
    const uint32_t interface = (rec->presence_flags & WTAP_HAS_INTERFACE_ID)
                                   ? rec->rec_header.packet_header.interface_id
                                   : 0;
    const uint32_t place[] = { interface, pinfo->vlan_id,
                               add_address_to_hash(0, &pinfo->dl_src) +
                                   add_address_to_hash(0, &pinfo->dl_dst) };

    return wmem_strong_hash((const uint8_t *)place, sizeof place);
}

/* Returns a number of the network card that sent a packet here; 0: that is not known. */
static uint32_t get_card(const packet_info *pinfo)
{
    return pinfo->dl_src.type == AT_ETHER ? add_address_to_hash(1, &pinfo->dl_src) : 0;
}

bool trade_headers_read_segment(tvbuff_t *frame, const packet_info *pinfo, trade_segment_t *segment)
{
    const uint32_t ports[2] = { pinfo->srcport, pinfo->destport };
    trade_headers_t headers;

    if (!trade_headers_find(frame, pinfo, ports, &headers))
        return false;
    *segment = get_segment(&headers, pinfo->num);
    segment->link = get_link(pinfo);
    segment->card = get_card(pinfo);
    return true;
}

void trade_headers_init(void)
{
    usual_addresses = 0;
}
