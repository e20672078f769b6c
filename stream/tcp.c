/* tcp.c
 * Segments that TCP withholds from dissectors, and ports that TRADE shares with other protocols.
 *
 * Withheld segments. At its default settings TCP gives no dissector a segment that fills a
 * hole late, nor one whose acknowledgement was captured first, since both look like
 * retransmissions to its analysis. They are in the capture all the same, so a postdissector
 * makes TCP handle such a segment once more, without the verdict of its
 * analysis: reassembly and all else are TCP's own.
 *
 * If TCP puts segments in order, it never gives what follows a segment that was not captured: this
 * file counts how much.
 *
 * All that leans on the inside of packet-tcp.c is in this file: tcp_analysis.ta and its flags;
 * tcp_flow_t.static_flags, base_seq, maxnextseq, multisegment_pdus and
 * TCP_FLOW_REASSEMBLE_UNTIL_FIN, which is cleared again; a conversation's last_frame; preferences
 * by name; and what dissect_tcp_payload() does if ta is NULL, which is what it does if TCP's
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
#include <epan/proto_data.h>

#include "stream/headers.h"
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

static int proto_tcp = -1, proto_trade = -1;
static int hf_tcp_srcport = -1, hf_tcp_dstport = -1, hf_tcp_pdu_size = -1;
static dissector_handle_t any_port_handle, own_port_handle;
static dissector_table_t port_table; /* tcp.port */
static const range_t *own_ports;     /* the preference "TCP port" */
static wmem_map_t *regiven;          /* by frame whose segment was given again: how many
                                        of its first bytes were not */
static uint32_t given_frame;         /* the frame that the dissector was called for last */
static uint32_t given_end;      /* sequence number up to which it was given that frame's bytes */
static bool was_withheld;       /* TCP might withhold the rest of that frame */
static wmem_map_t *found_ports; /* those of connections with TRADE, each its own key */
static bool is_reassembled;     /* TCP puts PDUs together for dissectors */
static bool is_in_order;        /* TCP puts segments in order before it gives them */
static uint32_t usual_port;     /* the port of TRADE's that was seen last; UINT32_MAX: none */
static bool is_giving_again;    /* TCP is made to handle a segment once more */
static bool is_relative;        /* TCP counts sequence numbers from the first byte */

/* A TCP segment with payload. */
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

void trade_tcp_find_ends(packet_info *pinfo, const address *addresses[2], uint32_t ports[2])
{
    addresses[0] = &pinfo->src;
    addresses[1] = &pinfo->dst;
    ports[0] = pinfo->srcport;
    ports[1] = pinfo->destport;
    for (unsigned layer = pinfo->curr_layer_num; layer > 0; layer--) {
        const void *source = p_get_proto_data(pinfo->pool, pinfo, hf_tcp_srcport, layer);
        if (!source)
            continue;
        ports[0] = GPOINTER_TO_UINT(source);
        ports[1] = GPOINTER_TO_UINT(p_get_proto_data(pinfo->pool, pinfo, hf_tcp_dstport, layer));
        break;
    }
    if (ports[0] == pinfo->srcport && ports[1] == pinfo->destport)
        return;
    addresses[0] = &pinfo->net_src;
    addresses[1] = &pinfo->net_dst;
}

conversation_t *trade_tcp_find_conversation(packet_info *pinfo)
{
    const address *addresses[2];
    uint32_t ports[2];

    trade_tcp_find_ends(pinfo, addresses, ports);
    return find_conversation(pinfo->num, addresses[0], addresses[1], CONVERSATION_TCP, ports[0],
                             ports[1], 0);
}

/* Returns what TCP knows of the packet's connection, or NULL. */
static struct tcp_analysis *find_tcp(packet_info *pinfo)
{
    return trade_tcp_find(trade_tcp_find_conversation(pinfo));
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
    return tcp->server_port == own ? TRADE_CLAIM_OURS : TRADE_CLAIM_UNLIKELY;
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

/* Fills in the segment behind a packet's headers, with the sequence numbers that it has there.
 * Returns whether it has payload. */
static bool set_segment(const trade_headers_t *headers, segment_t *segment)
{
    const uint8_t *tcp = headers->bytes + headers->tcp;
    const unsigned start = trade_headers_get_payload(headers);

    if (start >= headers->end || start >= headers->captured ||
        headers->end > tvb_reported_length(headers->tvb))
        return false;
    segment->payload = tvb_new_subset_length(headers->tvb, (int)start, (int)(headers->end - start));
    segment->info = (struct tcpinfo){ .seq = trade_read_32(tcp + 4),
                                      .lastackseq = trade_read_32(tcp + 8),
                                      .flags = trade_read_16(tcp + 12) & 0xfff };
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

/* Finds the packet's segment, by the ports that its header has. frame: the packet's bytes. Returns
 * what TCP knows of the connection; NULL: the segment is not there, or has no payload. */
static struct tcp_analysis *find_segment(tvbuff_t *frame, packet_info *pinfo, segment_t *segment)
{
    trade_headers_t headers;
    const address *addresses[2];
    uint32_t ports[2];

    trade_tcp_find_ends(pinfo, addresses, ports);
    if (!trade_headers_find(frame, pinfo, ports, &headers) || !set_segment(&headers, segment))
        return NULL;
    struct tcp_analysis *tcp = find_tcp(pinfo);
    if (tcp)
        set_sequence(segment, tcp);
    return tcp;
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
    const uint32_t seq = trade_tcp_get_raw(tcp->fwd, segment->info.seq);
    const int32_t given = is_given ? (int32_t)(given_end - seq) : 0;

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
    is_giving_again = true;
    TRY
    {
        dissect_tcp_payload(segment->payload, pinfo, 0, segment->info.seq, segment->info.nxtseq,
                            pinfo->srcport, pinfo->destport, tree, NULL, tcp, &segment->info);
    }
    FINALLY
    {
        tcp->ta = analysis;
        is_giving_again = false;
    }
    ENDTRY;
}

bool trade_tcp_takes_port(uint32_t port)
{
    return is_ours(dissector_get_uint_handle(port_table, port));
}

bool trade_tcp_is_preferred(uint32_t port)
{
    return value_is_in_range(own_ports, port);
}

/* Returns whether a port is TRADE's, or at least nobody else's. */
static bool is_nobody_elses(uint32_t port)
{
    dissector_handle_t handle = dissector_get_uint_handle(port_table, port);

    return !handle || is_ours(handle);
}

uint32_t trade_tcp_find_own_port(const packet_info *pinfo)
{
    const uint32_t source = pinfo->srcport, dest = pinfo->destport;

    if (!is_nobody_elses(source) || !is_nobody_elses(dest))
        return TRADE_TCP_NO_PORT;
    if (trade_tcp_takes_port(dest) &&
        (trade_tcp_is_preferred(dest) || !trade_tcp_takes_port(source)))
        return dest;
    return trade_tcp_takes_port(source) ? source : TRADE_TCP_NO_PORT;
}

bool trade_tcp_is_own_port(const packet_info *pinfo)
{
    if (pinfo->destport == usual_port || pinfo->srcport == usual_port)
        return true;
    if (trade_tcp_takes_port(pinfo->srcport))
        usual_port = pinfo->srcport;
    else if (trade_tcp_takes_port(pinfo->destport))
        usual_port = pinfo->destport;
    else
        return false;
    return true;
}

bool trade_tcp_may_be_trade(const packet_info *pinfo)
{
    return pinfo->ptype == PT_TCP &&
           (trade_tcp_is_own_port(pinfo) ||
            (wmem_map_contains(found_ports, GUINT_TO_POINTER(pinfo->srcport)) &&
             wmem_map_contains(found_ports, GUINT_TO_POINTER(pinfo->destport))));
}

bool trade_tcp_give_withheld(tvbuff_t *frame, packet_info *pinfo, proto_tree *tree,
                             trade_tcp_lacks_t lacks)
{
    const void *const key = GUINT_TO_POINTER(pinfo->num);
    const bool is_given = given_frame == pinfo->num;
    segment_t segment;

    given_frame = 0;
    if (is_in_order || (is_given && !was_withheld) || !trade_tcp_may_be_trade(pinfo) ||
        (PINFO_FD_VISITED(pinfo) && !wmem_map_contains(regiven, key)))
        return false;
    struct tcp_analysis *tcp = find_segment(frame, pinfo, &segment);
    if (!is_withheld(tcp))
        return false;
    const unsigned whole = tvb_reported_length(segment.payload);
    shorten(&segment, PINFO_FD_VISITED(pinfo) ? GPOINTER_TO_UINT(wmem_map_lookup(regiven, key))
                                              : count_handled(&segment, pinfo, tcp, is_given));
    if (!PINFO_FD_VISITED(pinfo)) {
        if (tvb_captured_length(segment.payload) == 0 ||
            !lacks(pinfo, trade_tcp_get_raw(tcp->fwd, segment.info.seq),
                   trade_tcp_get_raw(tcp->fwd, segment.info.nxtseq)))
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

    if (!is_in_order || !trade_tcp_may_be_trade(pinfo))
        return false;
    const struct tcp_analysis *tcp = find_segment(frame, pinfo, &segment);
    if (!tcp)
        return false;
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

void trade_tcp_note_ports(const uint32_t ports[2])
{
    for (unsigned i = 0; i < 2; i++)
        wmem_map_insert(found_ports, GUINT_TO_POINTER(ports[i]), GUINT_TO_POINTER(1));
}

bool trade_tcp_shows_sizes(proto_tree *tree)
{
    return hf_tcp_pdu_size < 0 || proto_field_is_referenced(tree, hf_tcp_pdu_size);
}

/* ---- Who calls ---- */

bool trade_tcp_is_caller(const packet_info *pinfo)
{
    int above = -1;

    if (is_giving_again)
        return true;
    /* What TRADE calls comes above it, and stays there for what TCP gives next of the frame. */
    for (const wmem_list_frame_t *layer = wmem_list_tail(pinfo->layers); layer;
         layer = wmem_list_frame_prev(layer)) {
        const int proto = GPOINTER_TO_INT(wmem_list_frame_data(layer));
        if (proto == proto_tcp)
            return above == proto_trade;
        above = proto;
    }
    return false;
}

/* Finds where bytes are in the stream that are in a segment itself. Returns whether they are. */
static bool place_in_segment(tvbuff_t *tvb, const segment_t *segment, struct tcpinfo *info)
{
    const unsigned captured = tvb_captured_length(segment->payload);
    const uintptr_t first = (uintptr_t)tvb_get_ptr(segment->payload, 0, (int)captured);
    const uintptr_t here = (uintptr_t)tvb_get_ptr(tvb, 0, 1);

    if (here < first || here - first >= captured)
        return false;
    info->seq = segment->info.seq + (uint32_t)(here - first);
    info->seq += (segment->info.flags & TH_SYN) != 0; /* which counts as a byte */
    return true;
}

/* The same for bytes that TCP put together with this segment: they end with some of it. */
static bool place_in_reassembled(tvbuff_t *tvb, const segment_t *segment,
                                 const struct tcp_analysis *tcp, struct tcpinfo *info)
{
    const uint32_t seq = segment->info.seq;
    const struct tcp_multisegment_pdu *pdu =
        (const struct tcp_multisegment_pdu *)wmem_tree_lookup32_le(tcp->fwd->multisegment_pdus,
                                                                   seq - 1);
    const unsigned length = tvb_captured_length(tvb);

    if (!pdu || (int32_t)(pdu->nxtpdu - seq) <= 0)
        return false;
    const unsigned from_here = pdu->nxtpdu - seq;
    if (from_here > tvb_captured_length(segment->payload) || from_here > length ||
        tvb_memeql(tvb, (int)(length - from_here), tvb_get_ptr(segment->payload, 0, (int)from_here),
                   from_here) != 0)
        return false;
    info->seq = pdu->nxtpdu - length;
    return true;
}

/* Returns whether what the caller gave is what TCP passes for a segment: a dissector of another
 * protocol gives data of its own, of which no more than this may be read. */
static bool is_of_segment(const void *data, const segment_t *segment)
{
    uint32_t numbers[2]; /* seq, nxtseq */

    if (!data)
        return false;
    memcpy(numbers, data, sizeof numbers);
    return (int32_t)(numbers[0] - segment->info.seq) <= 0 &&
           (int32_t)(numbers[1] - segment->info.seq) > 0 &&
           (int32_t)(numbers[1] - segment->info.nxtseq) <= 0;
}

const struct tcpinfo *trade_tcp_get_info(tvbuff_t *tvb, packet_info *pinfo, const void *data,
                                         struct tcpinfo *own)
{
    segment_t segment;

    if (pinfo->flags.in_error_pkt)
        return NULL; /* an ICMP message quotes them: they are not on the connection */
    /* Of a fragment on its own TCP knows no length, and then gives no sequence numbers. */
    if (data && !pinfo->fragmented && trade_tcp_is_caller(pinfo))
        return (const struct tcpinfo *)data;
    if (tvb_captured_length(tvb) == 0 || pinfo->ptype != PT_TCP || !pinfo->data_src)
        return NULL;
    tvbuff_t *frame = get_data_source_tvb((const struct data_source *)pinfo->data_src->data);
    const struct tcp_analysis *tcp = find_segment(frame, pinfo, &segment);
    if (!tcp)
        return NULL;
    if (!pinfo->fragmented && is_of_segment(data, &segment))
        return (const struct tcpinfo *)data;
    *own = segment.info;
    own->flags &= (uint16_t)~TH_SYN;
    own->is_reassembled = true; /* seq is that of the first byte */
    return place_in_segment(tvb, &segment, own) || place_in_reassembled(tvb, &segment, tcp, own)
               ? own
               : NULL;
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
    return flow->base_seq + 1;
}

uint32_t trade_tcp_get_raw(const tcp_flow_t *flow, uint32_t seq)
{
    return is_relative ? seq + flow->base_seq : seq;
}

/* Without its own reassembly, TCP skips to where it thinks that the next PDU begins, and does not
 * say so; nor does it if a FIN makes it give us what it kept. */
uint32_t trade_tcp_get_delivered_seq(const struct tcp_analysis *tcp, const struct tcpinfo *tcpinfo,
                                     unsigned length)
{
    /* nxtseq leaves a SYN out, which counts as a byte. */
    if (tcpinfo->flags & TH_SYN)
        return trade_tcp_get_raw(tcp->fwd, tcpinfo->nxtseq + 1 - length);
    return trade_tcp_get_raw(tcp->fwd,
                             tcpinfo->is_reassembled ? tcpinfo->seq : tcpinfo->nxtseq - length);
}

unsigned trade_tcp_get_saying(const struct tcp_analysis *tcp)
{
    return tcp->ta ? tcp->ta->flags & (TRADE_TCP_SAYS_LOST | TRADE_TCP_SAYS_ACKED_LOST) : 0;
}

void trade_tcp_set_until_fin(const struct tcp_analysis *tcp, bool is_wanted)
{
    if (is_in_order)
        return;
    if (is_wanted)
        tcp->fwd->flags |= TCP_FLOW_REASSEMBLE_UNTIL_FIN;
    else
        tcp->fwd->flags &= (uint16_t)~TCP_FLOW_REASSEMBLE_UNTIL_FIN;
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
    proto_trade = proto_get_id_by_filter_name("trade");
    hf_tcp_srcport = proto_registrar_get_id_byname("tcp.srcport");
    hf_tcp_dstport = proto_registrar_get_id_byname("tcp.dstport");
    hf_tcp_pdu_size = proto_registrar_get_id_byname("tcp.pdu.size");
    own_ports = prefs_get_range_value("trade", "tcp.port");
    range_foreach((range_t *)own_ports, claim_port, NULL);
    given_frame = 0;
    trade_headers_init();
    usual_port = UINT32_MAX;
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
    found_ports =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    regiven =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    register_init_routine(init_tcp);
}
