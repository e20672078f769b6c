/* stream.c
 * The byte streams of TCP connections that may have TRADE in them: which one a packet belongs
 * to, and whose PDUs it carries.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "stream/stream.h"
#include "stream/tcp.h"

guint trade_address_hash(const void *key)
{
    return trade_end_hash(&(trade_end_t){ .addr = *(const address *)key });
}

gboolean trade_address_equal(const void *a, const void *b)
{
    return addresses_equal((const address *)a, (const address *)b);
}

/* A connection on a contested port is given back after a PDU of the largest size, or after some
 * segments smaller than this, in which nothing looked like TRADE. */
#define TRIAL_BYTES_MAX 65535
#define TRIAL_SMALL 1000
#define TRIAL_ENDS_MAX 16

/* What TCP holds back for this long may never come. */
#define HELD_LONG_NS TRADE_SECOND

/* How many deliveries make a sender known: a wrong control PDU is soon over, but wrong data may
 * take 65535 bytes with it. */
enum { CONTROL_KNOWN = 8, DATA_KNOWN = 2 };

static int proto_trade = -1;
static trade_stream_maker_t make_connection;
static wmem_map_t *streams;         /* trade_stream_t, by TCP stream */
static trade_stream_t *last_stream; /* of those, found last */

/* Returns whether a module sent this packet, by the port that is TRADE's. 1: yes, 0: no, -1: cannot
 * tell. */
static int find_module_side(const packet_info *pinfo, uint32_t own_port)
{
    if (pinfo->srcport == pinfo->destport)
        return -1;
    if (own_port == pinfo->destport)
        return 1;
    return own_port == pinfo->srcport ? 0 : -1;
}

/* ---- The stream of a packet ---- */

/* Sets who is at which end of a stream, as far as its first packet with TRADE shows. own_port: that
 * is TRADE's. */
static void set_ends(trade_stream_t *stream, packet_info *pinfo, uint32_t own_port)
{
    const int opener = trade_tcp_has_opened(stream->tcp);
    const int side = opener >= 0 ? opener : find_module_side(pinfo, own_port);
    const unsigned direction = stream->tcp->fwd == &stream->tcp->flow2;
    const address *addresses[2];
    uint32_t ports[2];

    trade_tcp_find_ends(pinfo, addresses, ports);
    trade_tcp_note_ports(ports);
    copy_address_wmem(wmem_file_scope(), &stream->ends[direction].addr, addresses[0]);
    copy_address_wmem(wmem_file_scope(), &stream->ends[!direction].addr, addresses[1]);
    stream->ends[direction].port = ports[0];
    stream->ends[!direction].port = ports[1];
    stream->is_module_sure =
        opener >= 0 || trade_tcp_is_preferred(ports[0]) != trade_tcp_is_preferred(ports[1]);
    if (side >= 0)
        stream->module_direction = (int)(side == 1 ? direction : !direction);
    else
        stream->module_direction = -1;
}

/* Returns a new stream for this conversation, whose first packet with TRADE this is. */
static trade_stream_t *add_stream(packet_info *pinfo, conversation_t *conversation,
                                  const struct tcp_analysis *tcp, uint32_t own_port)
{
    trade_stream_t *stream = wmem_new0(wmem_file_scope(), trade_stream_t);

    stream->conversation = conversation;
    stream->tcp = tcp;
    stream->number = tcp->stream;
    set_ends(stream, pinfo, own_port);
    conversation_add_proto_data(conversation, proto_trade, stream);
    wmem_map_insert(streams, GUINT_TO_POINTER(tcp->stream), stream);
    stream->connection = make_connection(stream);
    return stream;
}

/* Returns the stream of this packet, made if it is new; NULL: TCP knows of none. What TCP knows is
 * for this packet. own_port: that is TRADE's. */
static trade_stream_t *get_stream(packet_info *pinfo, uint32_t own_port)
{
    conversation_t *conversation = trade_tcp_find_conversation(pinfo);
    const struct tcp_analysis *tcp = trade_tcp_find(conversation);

    if (!tcp)
        return NULL;
    trade_stream_t *stream =
        (trade_stream_t *)conversation_get_proto_data(conversation, proto_trade);
    return stream ? stream : add_stream(pinfo, conversation, tcp, own_port);
}

/* Returns whether the packet is of this stream. */
static bool is_of_stream(const trade_stream_t *stream, const packet_info *pinfo,
                         const struct tcpinfo *tcpinfo)
{
    return trade_tcp_is_of(stream->conversation, pinfo->num, tcpinfo) &&
           trade_ends_are_of(stream->ends, pinfo);
}

/* As get_stream(), but packets of a connection often follow one another:
 * find_conversation_pinfo() alone would take 950 instructions. */
static trade_stream_t *find_stream(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    if (last_stream && is_of_stream(last_stream, pinfo, tcpinfo))
        return last_stream;
    trade_stream_t *stream = get_stream(pinfo, pinfo->match_uint);
    if (stream)
        last_stream = stream;
    return stream;
}

/* ---- One delivery ---- */

void trade_stream_begin(trade_delivery_t *delivery, packet_info *pinfo,
                        const struct tcpinfo *tcpinfo, unsigned length)
{
    trade_stream_t *stream = tcpinfo ? find_stream(pinfo, tcpinfo) : NULL;

    delivery->trust = TRADE_TRUST_START;
    delivery->from_module = true;
    if (!stream)
        return;
    if (!stream->flows[0].is_begun && !stream->flows[1].is_begun && !trade_tcp_is_caller(pinfo))
        stream->flows[0].joined_midway = stream->flows[1].joined_midway = true;
    delivery->stream = stream;
    delivery->tcp = stream->tcp;
    delivery->connection = stream->connection;
    delivery->direction = stream->tcp->fwd == &stream->tcp->flow2;
    delivery->flow = &stream->flows[delivery->direction];
    delivery->peer = &stream->flows[!delivery->direction];
    delivery->seq = trade_tcp_get_delivered_seq(stream->tcp, tcpinfo, length);
    delivery->segment_end = trade_tcp_get_raw(stream->tcp->fwd, tcpinfo->nxtseq);
    delivery->fin_follows =
        (tcpinfo->flags & TH_FIN) && delivery->seq + length == delivery->segment_end;
    delivery->from_module = stream->module_direction != (int)!delivery->direction;
    trade_flow_begin(delivery, pinfo, length,
                     trade_tcp_get_raw(stream->tcp->rev, tcpinfo->lastackseq));
}

/* Adds who sent the PDUs of a delivery to what is known. */
static void add_sender(trade_sender_t *known, trade_sender_t here)
{
    if (here.count == 0)
        return;
    known->is_several |= here.is_several || (known->count > 0 && known->id != here.id);
    known->id = here.id;
    if (known->count < CONTROL_KNOWN)
        known->count++;
}

/* Counts who sent the PDUs of a delivery, if they are certain: nothing is missing in the stream so
 * far, or they fill the delivery exactly. */
static void count_senders(const trade_delivery_t *delivery, const trade_outcome_t *outcome)
{
    if (delivery->after_loss && (outcome->has_losses || outcome->place.remaining > 0 ||
                                 delivery->buffered > 0 || delivery->already_shown > 0))
        return;
    add_sender(&delivery->flow->control_sender, outcome->control_sender);
    add_sender(&delivery->stream->data_sender, outcome->data_sender);
}

void trade_stream_end(const trade_delivery_t *delivery, packet_info *pinfo,
                      const trade_outcome_t *outcome)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    count_senders(delivery, outcome);
    trade_flow_end(delivery, pinfo, outcome);
}

/* Returns whether it is always the same who sends, by enough deliveries. */
static bool is_sole_sender(const trade_sender_t *sender, unsigned deliveries)
{
    return !sender->is_several && sender->count >= deliveries;
}

int trade_stream_get_control_sender(const trade_delivery_t *delivery)
{
    const trade_sender_t *sender = delivery->stream ? &delivery->flow->control_sender : NULL;

    return sender && is_sole_sender(sender, CONTROL_KNOWN) ? sender->id : TRADE_SENDER_ANY;
}

bool trade_stream_may_send_data(const trade_delivery_t *delivery, uint8_t id)
{
    const trade_stream_t *stream = delivery->stream;

    return !stream || !is_sole_sender(&stream->data_sender, DATA_KNOWN) ||
           id == stream->data_sender.id || id == delivery->flow->control_sender.id ||
           id == delivery->peer->control_sender.id;
}

/* ---- Outside of deliveries ---- */

/* Returns the packet's stream, if it is known by now, or NULL. */
static trade_stream_t *find_known_stream(packet_info *pinfo)
{
    const conversation_t *conversation = trade_tcp_find_conversation(pinfo);

    return conversation ? (trade_stream_t *)conversation_get_proto_data(conversation, proto_trade)
                        : NULL;
}

/* Returns the flow of a packet whose stream is known by now, or NULL. */
static trade_flow_t *find_known_flow(packet_info *pinfo)
{
    trade_stream_t *stream = find_known_stream(pinfo);

    return stream ? &stream->flows[stream->tcp->fwd == &stream->tcp->flow2] : NULL;
}

/* Returns whether a segment of this packet, on the first pass, has bytes that were not given to us:
 * behind those that were, or in a hole. */
static bool lacks(packet_info *pinfo, uint32_t seq, uint32_t end)
{
    const trade_flow_t *flow = find_known_flow(pinfo);

    return !flow || trade_flow_lacks(flow, seq, end);
}

bool trade_stream_give_withheld(tvbuff_t *frame, packet_info *pinfo, proto_tree *tree)
{
    return trade_tcp_give_withheld(frame, pinfo, tree, lacks);
}

bool trade_stream_claim(trade_stream_t *stream, uint32_t frame)
{
    if (stream && stream->first_frame == 0)
        stream->first_frame = frame;
    return !stream || stream->first_frame <= frame;
}

/* Notes that TCP holds bytes of a flow back. */
static void note_held(trade_flow_t *flow, packet_info *pinfo, uint32_t bytes)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (flow->held.bytes == 0)
        flow->held = (trade_held_t){ .frame = pinfo->num, .since = trade_get_time(pinfo) };
    flow->held.bytes += bytes;
}

trade_held_t trade_stream_find_held(tvbuff_t *frame, packet_info *pinfo)
{
    const trade_held_t none = { .bytes = 0 };
    uint32_t bytes = 0;
    trade_flow_t *flow = trade_tcp_may_hold(frame, pinfo, &bytes) ? find_known_flow(pinfo) : NULL;

    if (!flow)
        return none;
    if (bytes > 0 && !PINFO_FD_VISITED(pinfo))
        note_held(flow, pinfo, bytes);
    if (flow->held.bytes == 0 || pinfo->num < flow->held.frame ||
        (!PINFO_FD_VISITED(pinfo) && trade_get_time(pinfo) - flow->held.since < HELD_LONG_NS))
        return none;
    return flow->held;
}

bool trade_stream_is_on_trial(packet_info *pinfo, tvbuff_t *tvb)
{
    trade_stream_t *stream = find_known_stream(pinfo);

    if (!stream)
        return false;
    stream->trial_bytes += tvb_reported_length(tvb);
    stream->trial_ends += tvb_reported_length(tvb) < TRIAL_SMALL;
    return stream->trial_bytes <= TRIAL_BYTES_MAX && stream->trial_ends <= TRIAL_ENDS_MAX;
}

void trade_stream_join_midway(packet_info *pinfo, const struct tcpinfo *tcpinfo)
{
    trade_stream_t *stream = tcpinfo ? find_stream(pinfo, tcpinfo) : NULL;

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (stream)
        stream->flows[0].joined_midway = stream->flows[1].joined_midway = true;
}

void trade_stream_claim_unseen(packet_info *pinfo, uint32_t own_port)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (own_port != TRADE_TCP_NO_PORT)
        (void)trade_stream_claim(get_stream(pinfo, own_port), pinfo->num);
}

const trade_stream_t *trade_stream_find(uint32_t number)
{
    const trade_stream_t *stream =
        (const trade_stream_t *)wmem_map_lookup(streams, GUINT_TO_POINTER(number));

    return stream && stream->first_frame > 0 ? stream : NULL;
}

/* Called before a capture file is dissected. */
static void init_streams(void)
{
    last_stream = NULL;
}

void trade_stream_register(int proto, trade_stream_maker_t maker)
{
    proto_trade = proto;
    make_connection = maker;
    streams =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
    register_init_routine(init_streams);
}
