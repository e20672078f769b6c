/* stream.h
 * The byte streams of TCP connections that may have TRADE in them: which one a packet belongs
 * to, and whose PDUs it carries.
 *
 * One trade_stream_t for each TCP connection, in wmem_file_scope().
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_STREAM_H
#define TRADE_STREAM_STREAM_H

#include <string.h>

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

#include "stream/flow.h"

/* One of the two ends of a TCP connection. */
typedef struct trade_end {
    address addr;
    uint32_t port;
} trade_end_t;

/* Returns whether two addresses are the same: those of IPv4 without a call. */
static inline bool trade_are_same(const address *one, const address *other)
{
    if (one->type == AT_IPv4 && other->type == AT_IPv4)
        return memcmp(one->data, other->data, 4) == 0;
    return addresses_equal(one, other);
}

/* Returns a hash of an end that nobody can choose ends for: with Wireshark's salt. */
static inline unsigned trade_end_hash(const trade_end_t *end)
{
    return wmem_strong_hash((const uint8_t *)end->addr.data, (size_t)end->addr.len) ^
           wmem_strong_hash((const uint8_t *)&end->port, sizeof end->port) * 31U;
}

/* Hash and comparison of addresses, for maps by address. */
guint trade_address_hash(const void *key);
gboolean trade_address_equal(const void *a, const void *b);

/* Returns whether this is an end of a connection. */
static inline bool trade_end_is(const trade_end_t *end, const address *addr, uint32_t port)
{
    return end->port == port && trade_are_same(&end->addr, addr);
}

/* Returns whether a packet went from one of these two ends to the other. */
static inline bool trade_ends_are_of(const trade_end_t ends[2], const packet_info *pinfo)
{
    if (trade_end_is(&ends[0], &pinfo->src, pinfo->srcport) &&
        trade_end_is(&ends[1], &pinfo->dst, pinfo->destport))
        return true;
    return trade_end_is(&ends[1], &pinfo->src, pinfo->srcport) &&
           trade_end_is(&ends[0], &pinfo->dst, pinfo->destport);
}

/* The bytes of a TCP connection. File scope. */
typedef struct trade_stream {
    const conversation_t *conversation;
    const struct tcp_analysis *tcp;      /* what TCP knows of it */
    struct trade_connection *connection; /* what analysis/ keeps of it */
    trade_end_t ends[2];                 /* by the flow that each sends */
    uint32_t number;                     /* tcp.stream */
    uint32_t first_frame;                /* that TRADE's dissector took; 0: none so far */
    int module_direction;       /* index of the flow that the module sends; -1: not known */
    bool is_module_sure;        /* nothing that comes later changes that. First pass only */
    uint32_t trial_bytes;       /* that were followed silently. First pass only, as all below */
    unsigned trial_ends;        /* small segments among them, which often end with a PDU */
    trade_sender_t data_sender; /* in both directions */
    trade_flow_t flows[2];      /* as struct tcp_analysis numbers them */
} trade_stream_t;

/* Fills in the delivery, which is zeroed: finds or makes the stream that the packet belongs to, and
 * what is known of its next byte. tcpinfo may be NULL. length: reported bytes at hand. */
void trade_stream_begin(trade_delivery_t *delivery, packet_info *pinfo,
                        const struct tcpinfo *tcpinfo, unsigned length);

/* Records, on the first pass, how far the delivery came. */
void trade_stream_end(const trade_delivery_t *delivery, packet_info *pinfo,
                      const trade_outcome_t *outcome);

/* Notes that TRADE's dissector takes a frame of the stream, which may be NULL. Returns
 * false if the first pass did not, but followed the stream silently. */
bool trade_stream_claim(trade_stream_t *stream, uint32_t frame);

/* Returns, on the first pass, whether the packet's stream, which was followed silently, may
 * still turn out to be TRADE's: nothing spoke for it so far, but there was little to speak. */
bool trade_stream_is_on_trial(packet_info *pinfo, tvbuff_t *tvb);

/* Takes the packet's stream, on the first pass, for TRADE's, of which TCP never asks a dissector:
 * it has no payload, or none that was captured. own_port: the one of its ports that is TRADE's;
 * TRADE_TCP_NO_PORT: nothing is done. */
void trade_stream_claim_unseen(packet_info *pinfo, uint32_t own_port);

/* Says, on the first pass and before the first delivery, that this stream was
 * recognised in its middle: what came before was captured, but not given to us. */
void trade_stream_join_midway(packet_info *pinfo, const struct tcpinfo *tcpinfo);

/* Makes TCP give the dissector the segment of this frame, if it withholds it and it has bytes
 * that the dissector lacks. For a postdissector; frame: its bytes. Returns whether it has. */
bool trade_stream_give_withheld(tvbuff_t *frame, packet_info *pinfo, proto_tree *tree);

/* If TCP puts segments in order, returns what it holds back of this frame's direction, with
 * this frame's own segment, behind bytes that were not captured: on the first pass after a while,
 * on a later one if it never gave it. For a postdissector. bytes: 0: nothing. */
trade_held_t trade_stream_find_held(tvbuff_t *frame, packet_info *pinfo);

/* Returns the id that sends the control PDUs of the delivery's direction; TRADE_SENDER_ANY:
 * it is not known, or several do. */
int trade_stream_get_control_sender(const trade_delivery_t *delivery);

/* Returns whether the id is one that sends PDUs on its connection; true if that
 * is not known. */
bool trade_stream_may_send_data(const trade_delivery_t *delivery, uint8_t id);

/* Returns whether a delivery's bytes are known to be sent by the module. */
static inline bool trade_stream_is_from_module(const trade_delivery_t *delivery)
{
    return delivery->stream->module_direction == (int)delivery->direction;
}

/* Returns the stream of a TCP connection; NULL if it has, so far, no TRADE. number: its
 * tcp.stream. */
const trade_stream_t *trade_stream_find(uint32_t number);

/* Returns what analysis/ keeps of a new stream. File scope. */
typedef struct trade_connection *(*trade_stream_maker_t)(trade_stream_t *stream);

/* Registers what makes the state anew for each capture file. proto: TRADE's id. */
void trade_stream_register(int proto, trade_stream_maker_t maker);

#endif /* TRADE_STREAM_STREAM_H */
