/* tcp.c
 * What TCP does not give to dissectors, and who else wants a port of TRADE's.
 *
 * Withheld segments. At its default settings TCP gives no dissector a segment that fills a
 * hole late, nor one whose acknowledgement was captured first, since both look like
 * retransmissions to its analysis. They are in the capture all the same, so a postdissector
 * makes TCP handle such a segment once more, without the verdict of its
 * analysis: reassembly and all else are TCP's own.
 *
 * Where TCP puts segments in order, it holds back what follows a segment that was not captured,
 * for good: then this file tells how much.
 *
 * All that leans on the inside of packet-tcp.c is in this file: tcp_analysis.ta and its flags;
 * tcp_flow_t.static_flags, base_seq, maxnextseq, multisegment_pdus and
 * TCP_FLOW_REASSEMBLE_UNTIL_FIN, which is cleared again; a conversation's last_frame; preferences
 * by name; and what dissect_tcp_payload() does where ta is NULL, which is what it does where TCP's
 * preference "Analyze TCP sequence numbers" is off. Checked with Wireshark 4.0.17, 4.4.18 and
 * 4.6.9.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/conversation.h>
#include <epan/exceptions.h>
#include <epan/prefs.h>
#include <epan/prefs-int.h>

#include "stream/tcp.h"
#include "wire/compat.h"

/* In tcp_flow_t.static_flags: that the SYN, or the SYN and ACK, of this flow was captured.
 * packet-tcp.c keeps the names to itself. */
#define FLOW_SAW_SYN 0x02
#define FLOW_SAW_SYN_ACK 0x04
/* In tcp_acked.flags: why TCP withholds a segment. packet-tcp.c keeps the names to itself. */
#define ACKED_RETRANSMISSION 0x0001
#define ACKED_KEEP_ALIVE 0x0008
#define ACKED_OUT_OF_ORDER 0x0200
#define ACKED_SPURIOUS_RETRANSMISSION 0x4000

/* An IP header begins within this many bytes of a frame, or a segment is not looked for. */
#define IP_OFFSET_MAX 512
#define TCP_HEADER_LENGTH 20
/* Where the addresses stand in an IP header. */
#define IPV4_ADDRESSES 12
#define IPV6_ADDRESSES 8

static int proto_tcp = -1;
static dissector_handle_t any_port_handle, own_port_handle;
static dissector_table_t port_table; /* tcp.port */
static const range_t *own_ports;     /* the preference "TCP port" */
static wmem_map_t *regiven;          /* by frame whose segment was given again: how many
                                        of its first bytes were not */
static uint32_t given_frame;         /* the frame that the dissector was called for last, */
static uint32_t given_end;           /* the sequence number up to which it was given that one, */
static bool was_withheld;            /* and whether TCP might withhold the rest */
static bool has_foreign_ports;       /* some connection has no port of TRADE's */
static bool is_reassembled;          /* TCP puts PDUs together for dissectors */
static bool is_in_order;             /* TCP puts segments in order before it gives them */
static unsigned usual_addresses;     /* offset of the addresses in the frame looked at last */
static uint32_t usual_port;          /* the port of TRADE's that was seen last; UINT32_MAX: none */
static bool is_relative;             /* TCP counts sequence numbers from the first byte */

/* Kinds of TCP options. */
enum { TCP_OPTION_END = 0, TCP_OPTION_NOP = 1, TCP_OPTION_SCALE = 3, TCP_OPTION_SACK = 5 };

/* A packet's headers in its frame. */
typedef struct headers {
    tvbuff_t *frame;
    const uint8_t *bytes; /* of the frame, as many as were captured: */
    unsigned captured;
    unsigned ip;  /* offset of the IP header, */
    unsigned tcp; /* of the TCP header, */
    unsigned end; /* and of where the payload ends */
} headers_t;

/* A TCP segment in its frame. */
typedef struct segment {
    tvbuff_t *payload;
    struct tcpinfo info; /* as TCP gives it to dissectors */
} segment_t;

/* ---- Whose connection it is ---- */

/* Returns whether a handle is one of ours. */
static bool is_ours(dissector_handle_t handle)
{
    return handle == any_port_handle || handle == own_port_handle;
}

struct tcp_analysis *trade_tcp_find(const conversation_t *conversation)
{
    return conversation
               ? (struct tcp_analysis *)conversation_get_proto_data(conversation, proto_tcp)
               : NULL;
}

bool trade_tcp_is_of(const conversation_t *conversation, uint32_t frame,
                     const struct tcpinfo *tcpinfo)
{
    return frame >= conversation->setup_frame && frame <= conversation->last_frame &&
           !(tcpinfo->flags & TH_SYN);
}

/* Returns what TCP knows of the packet's connection, or NULL. */
static struct tcp_analysis *find_tcp(packet_info *pinfo)
{
    return trade_tcp_find(find_conversation_pinfo(pinfo, 0));
}

trade_claim_t trade_tcp_get_claim(packet_info *pinfo)
{
    const uint32_t own = pinfo->match_uint;
    const uint32_t other = own == pinfo->srcport ? pinfo->destport : pinfo->srcport;
    dissector_handle_t handle = dissector_get_uint_handle(port_table, other);

    if (!handle || is_ours(handle))
        return TRADE_CLAIM_OURS;
    if (dissector_is_uint_changed(port_table, other))
        return TRADE_CLAIM_OTHERS;
    const struct tcp_analysis *tcp = find_tcp(pinfo);
    if (!tcp || tcp->server_port == 0)
        return TRADE_CLAIM_CONTESTED;
    return tcp->server_port == own ? TRADE_CLAIM_OURS : TRADE_CLAIM_DOUBTFUL;
}

/* Makes TCP ask us before whoever is registered for the other port: it does so for what the
 * user chose, which is what differs from a port's initial dissector. A choice that is really
 * the user's stays. */
static void claim_port(uint32_t port, void *data _U_)
{
    if (dissector_get_uint_handle(port_table, port) == any_port_handle)
        dissector_change_uint("tcp.port", port, own_port_handle);
}

/* ---- Withheld segments ---- */

/* Returns two bytes in network order as a number. */
static uint16_t read_16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Returns four bytes in network order as a number. */
static uint32_t read_32(const uint8_t *bytes)
{
    return (uint32_t)read_16(bytes) << 16 | read_16(bytes + 2);
}

/* Finds the TCP header behind an IPv4 header. Returns whether there is one. */
static bool find_tcp_in_ipv4(headers_t *headers)
{
    const uint8_t *ip = headers->bytes + headers->ip;
    const unsigned total = read_16(ip + 2);

    if (ip[0] >> 4 != 4 || ip[9] != 6 || (read_16(ip + 6) & 0x3fff))
        return false; /* a fragment */
    /* Segments that the network card cuts up have no length when they are captured. */
    headers->end = total > 0 ? headers->ip + total : tvb_reported_length(headers->frame);
    headers->tcp = headers->ip + (ip[0] & 0xfU) * 4;
    return true;
}

/* The same for IPv6, without extension headers. */
static bool find_tcp_in_ipv6(headers_t *headers)
{
    const uint8_t *ip = headers->bytes + headers->ip;
    const unsigned length = read_16(ip + 4);

    if (ip[0] >> 4 != 6 || ip[6] != 6)
        return false;
    headers->end = length > 0 ? headers->ip + 40 + length : tvb_reported_length(headers->frame);
    headers->tcp = headers->ip + 40;
    return true;
}

/* Returns the offset of the payload behind a TCP header. */
static unsigned get_payload(const headers_t *headers)
{
    return headers->tcp + (headers->bytes[headers->tcp + 12] >> 4) * 4U;
}

/* Returns whether a packet's addresses stand at an offset. */
static bool is_at(const uint8_t *bytes, unsigned offset, const packet_info *pinfo)
{
    const uint8_t *here = bytes + offset;

    /* Sizes that the compiler knows take it a few instructions. */
    if (pinfo->net_src.type == AT_IPv4)
        return memcmp(here, pinfo->net_src.data, 4) == 0 &&
               memcmp(here + 4, pinfo->net_dst.data, 4) == 0;
    return memcmp(here, pinfo->net_src.data, 16) == 0 &&
           memcmp(here + 16, pinfo->net_dst.data, 16) == 0;
}

/* Returns the first offset from one on at which a packet's addresses stand; last + 1: none. */
static unsigned find_addresses(const uint8_t *bytes, unsigned from, unsigned last,
                               const packet_info *pinfo)
{
    uint32_t first = 0, here = 0;

    memcpy(&first, pinfo->net_src.data, sizeof first);
    for (; from <= last; from++) {
        memcpy(&here, bytes + from, sizeof here);
        if (here == first && is_at(bytes, from, pinfo))
            break;
    }
    return from;
}

/* Finds the packet's TCP header behind addresses at an offset. Returns whether it is there as a
 * whole. */
static inline bool find_tcp_behind(headers_t *headers, const packet_info *pinfo, unsigned addresses)
{
    const bool is_ipv4 = pinfo->net_src.type == AT_IPv4;

    headers->ip = addresses - (is_ipv4 ? IPV4_ADDRESSES : IPV6_ADDRESSES);
    if (!(is_ipv4 ? find_tcp_in_ipv4(headers) : find_tcp_in_ipv6(headers)) ||
        headers->tcp + TCP_HEADER_LENGTH > headers->captured)
        return false;
    const uint8_t *ports = headers->bytes + headers->tcp;
    return read_16(ports) == pinfo->srcport && read_16(ports + 2) == pinfo->destport;
}

/* Finds the packet's headers wherever its addresses stand, from an offset on. Returns whether they
 * are there as a whole. */
static bool search_headers(headers_t *headers, const packet_info *pinfo, unsigned from,
                           unsigned last)
{
    for (; (from = find_addresses(headers->bytes, from, last, pinfo)) <= last; from++) {
        if (!find_tcp_behind(headers, pinfo, from))
            continue;
        usual_addresses = from;
        return true;
    }
    return false;
}

/* Finds the packet's headers in its frame, by the addresses. Returns whether they are there as a
 * whole. */
static inline bool find_headers(tvbuff_t *tvb, const packet_info *pinfo, headers_t *headers)
{
    const bool is_ipv4 = pinfo->net_src.type == AT_IPv4;
    const unsigned size = is_ipv4 ? 4 : 16, before = is_ipv4 ? IPV4_ADDRESSES : IPV6_ADDRESSES;

    headers->captured = tvb_captured_length(tvb);
    if ((!is_ipv4 && pinfo->net_src.type != AT_IPv6) || headers->captured < before + 2 * size)
        return false;
    headers->frame = tvb;
    headers->bytes = tvb_get_ptr(tvb, 0, (int)headers->captured);
    const unsigned last = MIN(headers->captured, IP_OFFSET_MAX) - 2 * size;
    /* Most frames of a capture have the same headers before that of IP. */
    return (usual_addresses >= before && usual_addresses <= last &&
            is_at(headers->bytes, usual_addresses, pinfo) &&
            find_tcp_behind(headers, pinfo, usual_addresses)) ||
           search_headers(headers, pinfo, before, last);
}

/* Finds the packet's segment in its frame. Returns whether it is there and has payload. */
static bool find_segment(tvbuff_t *tvb, const packet_info *pinfo, segment_t *segment)
{
    headers_t headers;

    if (!find_headers(tvb, pinfo, &headers))
        return false;
    const uint8_t *tcp = headers.bytes + headers.tcp;
    const unsigned start = get_payload(&headers);
    if (start >= headers.end || start >= headers.captured || headers.end > tvb_reported_length(tvb))
        return false;
    segment->payload = tvb_new_subset_length(tvb, (int)start, (int)(headers.end - start));
    segment->info = (struct tcpinfo){ .seq = read_32(tcp + 4),
                                      .lastackseq = read_32(tcp + 8),
                                      .flags = read_16(tcp + 12) & 0xfff };
    return true;
}

/* Returns whether TCP withholds a segment with what its analysis says of it. */
static bool is_withheld(const struct tcp_analysis *tcp)
{
    return tcp && tcp->ta && !(tcp->ta->flags & ACKED_KEEP_ALIVE) &&
           (tcp->ta->flags &
            (ACKED_RETRANSMISSION | ACKED_OUT_OF_ORDER | ACKED_SPURIOUS_RETRANSMISSION));
}

/* Fills in the sequence numbers as TCP gives them to dissectors. */
static void set_sequence(segment_t *segment, const struct tcp_analysis *tcp)
{
    struct tcpinfo *info = &segment->info;

    if (is_relative) {
        info->seq -= tcp->fwd->base_seq;
        info->lastackseq -= tcp->rev->base_seq;
    }
    info->nxtseq = info->seq + tvb_reported_length(segment->payload);
}

/* Returns how many of a segment's first bytes TCP put to a PDU that spans segments: it does so
 * with one out of order before it withholds what that makes whole, and would refuse them the
 * second time. */
static unsigned count_added(const segment_t *segment, const packet_info *pinfo,
                            const struct tcp_analysis *tcp)
{
    const uint32_t seq = segment->info.seq;
    const struct tcp_multisegment_pdu *pdu =
        (const struct tcp_multisegment_pdu *)wmem_tree_lookup32_le(tcp->fwd->multisegment_pdus,
                                                                   seq);

    if (!pdu || pdu->last_frame != pinfo->num || (int32_t)(pdu->nxtpdu - seq) <= 0)
        return 0;
    return MIN(pdu->nxtpdu - seq, tvb_captured_length(segment->payload));
}

/* Returns how many of a segment's first bytes TCP has handled, on the first pass. */
static unsigned count_handled(const segment_t *segment, const packet_info *pinfo,
                              const struct tcp_analysis *tcp, bool is_given)
{
    const int32_t given = is_given ? (int32_t)(given_end - segment->info.seq) : 0;

    if (given <= 0)
        return count_added(segment, pinfo, tcp);
    return MIN((unsigned)given, tvb_captured_length(segment->payload));
}

/* Leaves the first bytes of a segment out. */
static void shorten(segment_t *segment, unsigned length)
{
    segment->payload = tvb_new_subset_remaining(segment->payload, (int)length);
    segment->info.seq += length;
}

/* Makes TCP handle a segment once more, without the verdict of its analysis. */
static void give_again(segment_t *segment, packet_info *pinfo, proto_tree *tree,
                       struct tcp_analysis *tcp)
{
    struct tcp_acked *const analysis = tcp->ta;
    const bool is_whole =
        tvb_captured_length(segment->payload) == tvb_reported_length(segment->payload);

    pinfo->can_desegment = is_whole && is_reassembled ? 2 : 0;
    tcp->ta = NULL;
    TRY
    {
        dissect_tcp_payload(segment->payload, pinfo, 0, segment->info.seq, segment->info.nxtseq,
                            pinfo->srcport, pinfo->destport, tree, NULL, tcp, &segment->info);
    }
    FINALLY
    {
        tcp->ta = analysis;
    }
    ENDTRY;
}

bool trade_tcp_is_own_port(const packet_info *pinfo)
{
    if (pinfo->destport == usual_port || pinfo->srcport == usual_port)
        return true;
    if (value_is_in_range(own_ports, pinfo->srcport))
        usual_port = pinfo->srcport;
    else if (value_is_in_range(own_ports, pinfo->destport))
        usual_port = pinfo->destport;
    else
        return false;
    return true;
}

bool trade_tcp_may_be_trade(const packet_info *pinfo)
{
    return pinfo->ptype == PT_TCP && (has_foreign_ports || trade_tcp_is_own_port(pinfo));
}

bool trade_tcp_give_withheld(tvbuff_t *frame, packet_info *pinfo, proto_tree *tree,
                             trade_tcp_lacks_t lacks)
{
    const void *const key = GUINT_TO_POINTER(pinfo->num);
    const bool is_given = given_frame == pinfo->num;
    segment_t segment;

    given_frame = 0;
    if (is_in_order || (is_given && !was_withheld) || !trade_tcp_may_be_trade(pinfo) ||
        (PINFO_FD_VISITED(pinfo) && !wmem_map_contains(regiven, key)) ||
        !find_segment(frame, pinfo, &segment))
        return false;
    struct tcp_analysis *tcp = find_tcp(pinfo);
    if (!is_withheld(tcp))
        return false;
    set_sequence(&segment, tcp);
    const unsigned whole = tvb_reported_length(segment.payload);
    shorten(&segment, PINFO_FD_VISITED(pinfo) ? GPOINTER_TO_UINT(wmem_map_lookup(regiven, key))
                                              : count_handled(&segment, pinfo, tcp, is_given));
    if (!PINFO_FD_VISITED(pinfo)) {
        if (tvb_captured_length(segment.payload) == 0 || !lacks(pinfo, &segment.info))
            return false;
        wmem_map_insert(regiven, key,
                        GUINT_TO_POINTER(whole - tvb_reported_length(segment.payload)));
    }
    give_again(&segment, pinfo, tree, tcp);
    given_frame = 0;
    return true;
}

bool trade_tcp_may_hold(tvbuff_t *frame, packet_info *pinfo, uint32_t *bytes)
{
    segment_t segment;

    if (!is_in_order || !trade_tcp_may_be_trade(pinfo) || !find_segment(frame, pinfo, &segment))
        return false;
    const struct tcp_analysis *tcp = find_tcp(pinfo);
    if (!tcp)
        return false;
    set_sequence(&segment, tcp);
    if (!PINFO_FD_VISITED(pinfo) && tcp->fwd->maxnextseq > 0 &&
        (int32_t)(segment.info.seq - tcp->fwd->maxnextseq) > 0)
        *bytes = segment.info.nxtseq - segment.info.seq;
    return true;
}

void trade_tcp_note_given(const packet_info *pinfo, const struct tcp_analysis *tcp, uint32_t end)
{
    given_frame = pinfo->num;
    given_end = end;
    was_withheld = is_withheld(tcp);
}

void trade_tcp_note_foreign_port(void)
{
    has_foreign_ports = true;
}

bool trade_tcp_is_in_order(void)
{
    return is_in_order;
}

/* ---- Where a direction begins and ends ---- */

int trade_tcp_has_opened(const struct tcp_analysis *tcp)
{
    if ((tcp->fwd->static_flags & FLOW_SAW_SYN) || (tcp->rev->static_flags & FLOW_SAW_SYN_ACK))
        return 1;
    if ((tcp->rev->static_flags & FLOW_SAW_SYN) || (tcp->fwd->static_flags & FLOW_SAW_SYN_ACK))
        return 0;
    return -1;
}

bool trade_tcp_is_start_captured(const struct tcp_analysis *tcp)
{
    return (tcp->fwd->static_flags & (FLOW_SAW_SYN | FLOW_SAW_SYN_ACK)) ||
           (tcp->rev->static_flags & FLOW_SAW_SYN_ACK);
}

uint32_t trade_tcp_get_first_seq(const tcp_flow_t *flow)
{
    return is_relative ? 1 : flow->base_seq + 1;
}

/* Without its own reassembly, TCP skips to where it thinks that the next PDU begins, and does not
 * say so; nor does it where a FIN makes it give us what it kept. */
uint32_t trade_tcp_get_delivered_seq(const struct tcpinfo *tcpinfo, unsigned length)
{
    /* nxtseq leaves a SYN out, which counts as a byte. */
    if (tcpinfo->flags & TH_SYN)
        return tcpinfo->nxtseq + 1 - length;
    return tcpinfo->is_reassembled ? tcpinfo->seq : tcpinfo->nxtseq - length;
}

void trade_tcp_set_until_fin(const struct tcp_analysis *tcp, bool is_wanted)
{
    if (is_wanted)
        tcp->fwd->flags |= TCP_FLOW_REASSEMBLE_UNTIL_FIN;
    else
        tcp->fwd->flags &= (uint16_t)~TCP_FLOW_REASSEMBLE_UNTIL_FIN;
}

/* ---- Headers ---- */

/* Reads the options that matter: the window's scale of a SYN, whether there is a SACK. */
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
        option += option[1];
    }
}

bool trade_tcp_read_segment(tvbuff_t *frame, const packet_info *pinfo, trade_segment_t *segment)
{
    headers_t headers;

    if (!find_headers(frame, pinfo, &headers))
        return false;
    const bool is_ipv4 = pinfo->net_src.type == AT_IPv4;
    const uint8_t *ip = headers.bytes + headers.ip, *tcp = headers.bytes + headers.tcp;
    const unsigned payload = get_payload(&headers);
    *segment = (trade_segment_t){ .frame = pinfo->num,
                                  .seq = read_32(tcp + 4),
                                  .ack = read_32(tcp + 8),
                                  .length = headers.end > payload ? headers.end - payload : 0,
                                  .window = read_16(tcp + 14),
                                  .ip_id = is_ipv4 ? read_16(ip + 4) : 0,
                                  .flags = tcp[13],
                                  .ttl = is_ipv4 ? ip[8] : ip[7],
                                  .scale = -1,
                                  .is_cut = headers.end > headers.captured };
    if (payload > headers.tcp + TCP_HEADER_LENGTH)
        read_options(tcp + TCP_HEADER_LENGTH, headers.bytes + MIN(payload, headers.captured),
                     segment);
    return true;
}

void trade_tcp_rebase(trade_segment_t *segment, const struct tcp_analysis *tcp)
{
    segment->side = tcp->fwd == &tcp->flow2;
    if (!is_relative)
        return;
    segment->seq -= tcp->fwd->base_seq;
    segment->ack -= tcp->rev->base_seq;
}

/* ---- Registration ---- */

/* Returns the value of one of TCP's boolean preferences. */
static bool get_preference(const char *name)
{
    module_t *module = prefs_find_module("tcp");
    pref_t *preference = module ? prefs_find_preference(module, name) : NULL;

    return preference && prefs_get_bool_value(preference, pref_current);
}

/* Called before a capture file is dissected. */
static void init_tcp(void)
{
    proto_tcp = proto_get_id_by_filter_name("tcp");
    own_ports = prefs_get_range_value("trade", "tcp.port");
    range_foreach((range_t *)own_ports, claim_port, NULL);
    given_frame = 0;
    usual_addresses = 0;
    usual_port = UINT32_MAX;
    has_foreign_ports = false;
    is_reassembled = get_preference("desegment_tcp_streams");
    is_in_order = get_preference("reassemble_out_of_order");
    is_relative =
        get_preference("analyze_sequence_numbers") && get_preference("relative_sequence_numbers");
}

void trade_tcp_register(dissector_handle_t any_port, dissector_handle_t own_port)
{
    any_port_handle = any_port;
    own_port_handle = own_port;
    port_table = find_dissector_table("tcp.port");
    regiven =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    register_init_routine(init_tcp);
}
