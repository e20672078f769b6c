/* tcp.h
 * Segments that TCP withholds from dissectors, and ports that TRADE shares with other protocols.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_TCP_H
#define TRADE_STREAM_TCP_H

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>
#include <epan/packet.h>

/* Who a connection belongs to that has an end on a port of TRADE's. */
typedef enum trade_claim {
    TRADE_CLAIM_OURS,      /* nobody else is registered for its other port */
    TRADE_CLAIM_CONTESTED, /* another protocol is: the bytes must tell */
    TRADE_CLAIM_UNLIKELY,  /* the other port is the server's, by its SYN or SYN and ACK, too */
    TRADE_CLAIM_OTHERS     /* the user chose another protocol for its other port */
} trade_claim_t;

/* Returns who the connection of this packet belongs to. To be called by a dissector that
 * TCP's port table called. */
trade_claim_t trade_tcp_get_claim(packet_info *pinfo);

/* Returns whether somebody asks for the size that TCP shows for each PDU (tcp.pdu.size). */
bool trade_tcp_shows_sizes(proto_tree *tree);

/* Returns what TCP knows of a conversation, which may be NULL; NULL: nothing. */
struct tcp_analysis *trade_tcp_find(const conversation_t *conversation);

/* Returns whether a packet that a conversation's two ends sent is of this conversation. The ends
 * may connect anew later, but TCP notes in last_frame which conversation a packet is of before it
 * calls us: so all from the first frame to the last are of this one, but perhaps for the next
 * one's SYN. */
bool trade_tcp_is_of(const conversation_t *conversation, uint32_t frame,
                     const struct tcpinfo *tcpinfo);

/* Returns whether the sender of this packet opened the connection, by its SYN and the answer to
 * that. 1: yes, 0: the other end did, -1: neither was captured. */
int trade_tcp_has_opened(const struct tcp_analysis *tcp);

/* Returns whether the SYN of the current direction was captured, or the other side's answer to
 * it: then its first byte is known. */
bool trade_tcp_is_start_captured(const struct tcp_analysis *tcp);

/* Returns the sequence number of the first byte of a direction. Here and in all of TRADE's code,
 * sequence numbers are those of the wire: TCP may move the base of those that it gives. */
uint32_t trade_tcp_get_first_seq(const tcp_flow_t *flow);

/* Returns the sequence number on the wire of one that TCP gives to a dissector now. flow: the
 * direction whose bytes it counts. */
uint32_t trade_tcp_get_raw(const tcp_flow_t *flow, uint32_t seq);

/* Returns the sequence number of the first of the bytes that TCP gives to a dissector. length: how
 * many it gives. */
uint32_t trade_tcp_get_delivered_seq(const struct tcp_analysis *tcp, const struct tcpinfo *tcpinfo,
                                     unsigned length);

/* What TCP's analysis may say of a packet; bits of tcp_acked.flags, whose names packet-tcp.c keeps
 * to itself. */
enum {
    TRADE_TCP_SAYS_LOST = 0x0002,      /* bytes before it were not captured */
    TRADE_TCP_SAYS_ACKED_LOST = 0x0004 /* bytes that it acknowledges were not captured */
};

/* Returns what TCP's analysis says of the packet that it has just dissected. tcp: what TCP knows of
 * the packet's connection. On the first pass. */
unsigned trade_tcp_get_saying(const struct tcp_analysis *tcp);

/* Makes TCP give us what it keeps of the current direction when a FIN comes, or stops that; not
 * where it puts segments in order, for it would do so no more. */
void trade_tcp_set_until_fin(const struct tcp_analysis *tcp, bool is_wanted);

/* Notes that the dissector was given bytes of this frame, up to a sequence number. tcp: what TCP
 * knows of the connection. */
void trade_tcp_note_given(const packet_info *pinfo, const struct tcp_analysis *tcp, uint32_t end);

/* Notes the ports of a connection with TRADE, on the first pass: of those that are not TRADE's,
 * only such connections are looked at. */
void trade_tcp_note_ports(const uint32_t ports[2]);

/* Returns, on the first pass, whether the dissector lacks bytes of a segment of this packet, from
 * seq up to before end. */
typedef bool (*trade_tcp_lacks_t)(packet_info *pinfo, uint32_t seq, uint32_t end);

/* Makes TCP give the dissector the segment of this frame, if it withholds it and it has bytes
 * that the dissector lacks. For a postdissector; frame: its bytes. Returns whether it has. */
bool trade_tcp_give_withheld(tvbuff_t *frame, packet_info *pinfo, proto_tree *tree,
                             trade_tcp_lacks_t lacks);

/* Returns whether TCP puts segments in order and may hold bytes of this frame's direction back;
 * sets *bytes, on the first pass, to how many of this frame's it does, behind bytes that were not
 * captured. For a postdissector; frame: its bytes. */
bool trade_tcp_may_hold(tvbuff_t *frame, packet_info *pinfo, uint32_t *bytes);

/* No port. */
#define TRADE_TCP_NO_PORT UINT32_MAX

/* Returns the port of the packet's two that is TRADE's, by the preference if it can be, if the
 * other belongs to no other protocol; TRADE_TCP_NO_PORT: there is none. */
uint32_t trade_tcp_find_own_port(const packet_info *pinfo);

/* Returns whether a port is one of TRADE's by the preference. */
bool trade_tcp_is_preferred(uint32_t port);

/* Finds the ends of the packet's TCP header, its source first: a proxy's dissector, as that of
 * SOCKS, puts another port into pinfo while it calls ours, and HTTP's of 4.6 a name for an
 * address. */
void trade_tcp_find_ends(packet_info *pinfo, const address *addresses[2], uint32_t ports[2]);

/* Returns the conversation that TCP has the packet in, or NULL. */
conversation_t *trade_tcp_find_conversation(packet_info *pinfo);

/* Returns whether the dissector is called by TCP, and not by what TCP called, as a proxy's or a
 * script's. */
bool trade_tcp_is_caller(const packet_info *pinfo);

/* Returns what TCP passes for the bytes that the dissector is called for, or what it would: not
 * every caller passes that on. Fills *own in for it. data: what the caller gave; it may be of
 * another type. tvb: the bytes. Returns NULL if they are of no segment. */
const struct tcpinfo *trade_tcp_get_info(tvbuff_t *tvb, packet_info *pinfo, const void *data,
                                         struct tcpinfo *own);

/* Returns whether TCP gives what it has for a port to TRADE, by default or by Decode As. */
bool trade_tcp_takes_port(uint32_t port);

/* Returns whether one of the packet's ports is TRADE's, by TCP's table of ports: by the preference
 * or by Decode As. */
bool trade_tcp_is_own_port(const packet_info *pinfo);

/* Returns whether the packet may be of a connection with TRADE. */
bool trade_tcp_may_be_trade(const packet_info *pinfo);

/* Notes the handles of TRADE: any_port is for Decode As and heuristics; own_port is put before
 * whoever is registered for the other port of a connection. */
void trade_tcp_register(dissector_handle_t any_port, dissector_handle_t own_port);

#endif /* TRADE_STREAM_TCP_H */
