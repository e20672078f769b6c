/* frames.c
 * The frames of a capture that an input's segments stand for.
 *
 * A packet is made from the inside out: TCP around the payload, IP around that, and so on.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "frames.h"

#define PAYLOAD_MAX 65000
#define TTL_USUAL 64
#define START_SECONDS 1401952204
#define SECOND INT64_C(1000000000)
#define ETHERNET 14

enum { PROTOCOL_ICMP = 1, PROTOCOL_IPV4 = 4, PROTOCOL_TCP = 6, PROTOCOL_IPV6 = 41 };
enum { PROTOCOL_FRAGMENT = 44, PROTOCOL_ICMPV6 = 58, PROTOCOL_DESTINATION = 60 };

/* One direction of a connection. */
typedef struct sender {
    uint32_t first; /* sequence number of its first byte or SYN */
    uint32_t next;
    uint32_t last;                 /* of the segment before */
    uint32_t hole_start, hole_end; /* bytes that it passed over last */
    bool seen;
    bool is_finished; /* it sent a FIN */
} sender_t;

/* A packet that is being made. */
typedef struct packet {
    const fuzz_segment_t *segment;
    uint32_t seq, ack;
    bool is_ipv6;
    unsigned port; /* the Multiplexer's */
} packet_t;

/* ---- Bytes ---- */

static void put(GByteArray *to, unsigned value, unsigned bytes)
{
    while (bytes-- > 0) {
        const uint8_t byte = (uint8_t)(value >> 8 * bytes);
        g_byte_array_append(to, &byte, 1);
    }
}

static void put_bytes(GByteArray *to, const GByteArray *from)
{
    g_byte_array_append(to, from->data, from->len);
}

/* Puts a header before what there is. */
static void put_before(GByteArray *packet, GByteArray *header)
{
    g_byte_array_prepend(packet, header->data, header->len);
    g_byte_array_free(header, TRUE);
}

/* ---- TCP ---- */

static void put_sack(GByteArray *to, const packet_t *packet)
{
    put(to, 0x0101050a, 4);
    put(to, packet->ack + 10, 4);
    put(to, packet->ack + 20, 4);
}

static void put_options(GByteArray *to, const packet_t *packet)
{
    const unsigned options = packet->segment->options;

    if (options & OPTION_SCALE)
        put(to, 0x01030300 | options >> OPTION_SCALE_SHIFT, 4);
    if (options & OPTION_SACK_PERMITTED)
        put(to, 0x01010402, 4);
    if (options & OPTION_TIMESTAMPS) {
        put(to, 0x0101080a, 4);
        put(to, (uint32_t)(packet->segment->when / 1000000), 4);
        put(to, 1, 4);
    }
    if (options & OPTION_SACK)
        put_sack(to, packet);
}

/* Puts TCP's header before a payload. */
static void add_tcp(GByteArray *bytes, const packet_t *packet)
{
    const fuzz_segment_t *segment = packet->segment;
    const unsigned syn = segment->header & HEADER_SYN;
    const unsigned module = 40000 + segment->connection;
    GByteArray *options = g_byte_array_new();
    GByteArray *to = g_byte_array_new();

    put_options(options, packet);
    put(to, segment->from_multiplexer ? packet->port : module, 2);
    put(to, segment->from_multiplexer ? module : packet->port, 2);
    put(to, packet->seq, 4);
    put(to, packet->ack, 4);
    put(to, (20 + options->len) / 4 << 4, 1);
    put(to,
        (segment->header & (HEADER_FIN | HEADER_SYN | HEADER_RST)) |
            (syn && !segment->from_multiplexer ? 0 : 0x10),
        1);
    put(to, segment->window, 2);
    put(to, 0, 4);
    put_bytes(to, options);
    g_byte_array_free(options, TRUE);
    put_before(bytes, to);
}

/* ---- IP ---- */

static void put_address(GByteArray *to, const packet_t *packet, bool multiplexer)
{
    if (packet->is_ipv6) {
        put(to, 0x20010db8, 4);
        put(to, 0, 4);
        put(to, 0, 4);
    }
    put(to, multiplexer ? 0xc0a80001 : 0x0a000001 + packet->segment->connection, 4);
}

/* How IP is to carry something. */
typedef struct carriage {
    unsigned protocol;
    unsigned offset; /* of a fragment, in units of 8 bytes, */
    bool is_more;    /* after which others follow */
    bool is_back;    /* to the sender */
} carriage_t;

static void put_ends(GByteArray *to, const packet_t *packet, const carriage_t *carriage)
{
    const bool multiplexer = packet->segment->from_multiplexer != carriage->is_back;

    put_address(to, packet, multiplexer);
    put_address(to, packet, !multiplexer);
}

static void add_ipv4(GByteArray *bytes, const packet_t *packet, const carriage_t *carriage)
{
    const fuzz_segment_t *segment = packet->segment;
    const bool has_options = segment->network & NETWORK_EXTENSIONS;
    GByteArray *to = g_byte_array_new();

    put(to, has_options ? 0x4600 : 0x4500, 2);
    put(to, bytes->len + (has_options ? 24 : 20), 2);
    put(to, segment->ip_id, 2);
    put(to, carriage->offset | (carriage->is_more ? 0x2000 : 0), 2);
    put(to, segment->ttl ? segment->ttl : TTL_USUAL, 1);
    put(to, carriage->protocol, 1);
    put(to, 0, 2);
    put_ends(to, packet, carriage);
    if (has_options)
        put(to, 0x01010100, 4);
    put_before(bytes, to);
}

/* Puts an extension header of 8 bytes before what there is; returns its protocol. */
static unsigned add_extension(GByteArray *bytes, unsigned protocol, unsigned next, unsigned first,
                              unsigned second)
{
    GByteArray *to = g_byte_array_new();

    put(to, next << 8, 2);
    put(to, first, 2);
    put(to, second, 4);
    put_before(bytes, to);
    return protocol;
}

static void add_ipv6(GByteArray *bytes, const packet_t *packet, const carriage_t *carriage)
{
    const fuzz_segment_t *segment = packet->segment;
    unsigned next = carriage->protocol;

    if (carriage->offset > 0 || carriage->is_more)
        next = add_extension(bytes, PROTOCOL_FRAGMENT, next,
                             carriage->offset << 3 | carriage->is_more, segment->ip_id);
    if (segment->network & NETWORK_EXTENSIONS) {
        next = add_extension(bytes, PROTOCOL_DESTINATION, next, 0x0104, 0);
        next = add_extension(bytes, 0, next, 0x0104, 0);
    }
    GByteArray *to = g_byte_array_new();
    put(to, 0x60000000, 4);
    put(to, bytes->len, 2);
    put(to, next, 1);
    put(to, segment->ttl ? segment->ttl : TTL_USUAL, 1);
    put_ends(to, packet, carriage);
    put_before(bytes, to);
}

static void add_ip(GByteArray *bytes, const packet_t *packet, const carriage_t *carriage)
{
    if (packet->is_ipv6)
        add_ipv6(bytes, packet, carriage);
    else
        add_ipv4(bytes, packet, carriage);
}

/* Puts an ICMP error before a packet: its destination is not to be reached. */
static void add_error(GByteArray *bytes, const packet_t *packet)
{
    const carriage_t carriage = { .protocol = packet->is_ipv6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP,
                                  .is_back = true };
    GByteArray *to = g_byte_array_new();

    put(to, packet->is_ipv6 ? 0x01000000 : 0x03010000, 4);
    put(to, 0, 4);
    put_before(bytes, to);
    add_ip(bytes, packet, &carriage);
}

/* Puts what is outside of IP before a packet. */
static void add_link(GByteArray *bytes, const packet_t *packet)
{
    const fuzz_segment_t *segment = packet->segment;
    bool is_ipv6 = packet->is_ipv6;

    if (segment->network & NETWORK_TUNNEL) {
        const packet_t outer = { .segment = segment };
        const carriage_t carriage = { .protocol = is_ipv6 ? PROTOCOL_IPV6 : PROTOCOL_IPV4 };
        add_ipv4(bytes, &outer, &carriage);
        is_ipv6 = false;
    }
    GByteArray *to = g_byte_array_new();
    for (int i = 0; i < 2; i++) {
        put(to, 0x0200, 2);
        put(to, segment->from_multiplexer ? i : !i, 4);
    }
    if (segment->network & NETWORK_VLAN)
        put(to, 0x81000007, 4);
    put(to, is_ipv6 ? 0x86dd : 0x0800, 2);
    put_before(bytes, to);
}

/* ---- Frames ---- */

/* Adds a packet as a frame. bytes: from IP's payload on; freed. */
static void add_frame(fuzz_capture_t *capture, GByteArray *bytes, const packet_t *packet,
                      const carriage_t *carriage)
{
    const fuzz_segment_t *segment = packet->segment;
    const int64_t start = START_SECONDS * SECOND + segment->when;

    add_ip(bytes, packet, carriage);
    if (segment->network & NETWORK_ERROR)
        add_error(bytes, packet);
    add_link(bytes, packet);
    for (unsigned copy = 0; copy <= !!(segment->network & NETWORK_TWICE); copy++) {
        fuzz_frame_t *frame = &capture->list[capture->count++];
        frame->reported = bytes->len;
        frame->captured = bytes->len - MIN(segment->cut, bytes->len - ETHERNET);
        frame->bytes = (uint8_t *)g_memdup2(bytes->data, frame->captured);
        frame->interface = copy;
        frame->when.secs = (time_t)(start / SECOND);
        frame->when.nsecs = (int)(start % SECOND);
    }
    g_byte_array_free(bytes, TRUE);
}

/* Adds the frames of a segment. */
static void add_segment(fuzz_capture_t *capture, const packet_t *packet)
{
    const fuzz_segment_t *segment = packet->segment;
    const carriage_t whole = { .protocol = PROTOCOL_TCP };
    GByteArray *bytes = g_byte_array_new();

    for (unsigned i = 0; i < segment->repeat; i++) {
        const unsigned room = PAYLOAD_MAX - bytes->len;
        g_byte_array_append(bytes, segment->bytes, MIN(segment->length, room));
    }
    add_tcp(bytes, packet);
    /* Some of TCP's header is in the first. */
    const unsigned first = (16 + bytes->len / 2) / 8 * 8;
    if (!(segment->network & NETWORK_FRAGMENTS) || first >= bytes->len) {
        add_frame(capture, bytes, packet, &whole);
        return;
    }
    const carriage_t begin = { .protocol = PROTOCOL_TCP, .is_more = true };
    const carriage_t end = { .protocol = PROTOCOL_TCP, .offset = first / 8 };
    GByteArray *rest = g_byte_array_new();
    g_byte_array_append(rest, bytes->data + first, bytes->len - first);
    g_byte_array_set_size(bytes, first);
    add_frame(capture, bytes, packet, &begin);
    add_frame(capture, rest, packet, &end);
}

/* ---- Connections ---- */

/* Notes whether TCP will lose count with this segment. */
static void check_steady(fuzz_capture_t *capture, const packet_t *packet, const fuzz_tcp_t *tcp,
                         sender_t *senders)
{
    const fuzz_segment_t *segment = packet->segment;
    const uint32_t end = packet->seq + segment->length * segment->repeat;
    sender_t *sender = &senders[segment->from_multiplexer];
    /* The same SYN once more, which begins no connection. */
    const bool is_again = sender->seen && packet->seq == sender->first;

    if ((segment->header & HEADER_SYN) && !segment->from_multiplexer && !is_again)
        senders[0].seen = senders[1].seen = senders[0].is_finished = senders[1].is_finished = false;
    else if ((segment->header & HEADER_SYN) && sender->seen)
        capture->is_steady = false;
    if (!sender->seen)
        sender->first = packet->seq;
    if (packet->seq - sender->first > INT32_MAX / 2)
        capture->is_steady = false;
    if ((tcp->is_out_of_order || tcp->is_unanalysed || segment->network) &&
        (int32_t)(packet->seq - sender->next) < 0)
        capture->is_steady = false;
    if (sender->seen && (int32_t)(packet->seq - sender->next) < 0 &&
        (int32_t)(end - sender->next) > 0 && packet->seq != sender->last)
        capture->is_steady = false;
    if ((int32_t)(packet->seq - sender->hole_start) >= 0 &&
        (int32_t)(packet->seq - sender->hole_end) < 0 && (int32_t)(end - sender->hole_end) > 0)
        capture->is_steady = false;
    if ((int32_t)(packet->seq - sender->next) > 0) {
        sender->hole_start = sender->next;
        sender->hole_end = packet->seq;
    }
    if (sender->is_finished && (int32_t)(end - sender->next) > 0)
        capture->is_steady = false;
    sender->seen = true;
    sender->is_finished |= (segment->header & HEADER_FIN) != 0;
    sender->last = packet->seq;
}

/* Adds a segment, and moves its sender on. */
static void send_segment(fuzz_capture_t *capture, const fuzz_segment_t *segment,
                         const fuzz_input_t *input, const fuzz_tcp_t *tcp,
                         sender_t senders[FUZZ_CONNECTIONS][2])
{
    sender_t *sender = &senders[segment->connection][segment->from_multiplexer];
    const sender_t *peer = &senders[segment->connection][!segment->from_multiplexer];
    const packet_t packet = { .segment = segment,
                              .seq = sender->next + (uint32_t)segment->seq_distance,
                              .ack = peer->next + (uint32_t)segment->ack_distance,
                              .is_ipv6 = (input->bits & FUZZ_IPV6) && segment->connection & 1,
                              .port = input->bits & FUZZ_OTHER_PORT ? FUZZ_OTHER : FUZZ_PORT };
    const unsigned length = MIN(segment->length * segment->repeat, PAYLOAD_MAX);
    const uint32_t end =
        packet.seq + length + !!(segment->header & HEADER_SYN) + !!(segment->header & HEADER_FIN);

    if (!(segment->network & NETWORK_ERROR))
        check_steady(capture, &packet, tcp, senders[segment->connection]);
    /* What ICMP quotes, TCP takes for a part of a PDU that began at that number later. */
    else if ((segment->header & HEADER_SYN) || tcp->is_in_pieces)
        capture->is_steady = false;
    add_segment(capture, &packet);
    if (!(segment->network & NETWORK_ERROR) && (int32_t)(end - sender->next) > 0)
        sender->next = end;
}

/* Adds the last frames: on each connection an ACK, so much later that all rows of the table of
 * health are written again: else it shows some as of up to a second before. */
static void add_last(fuzz_capture_t *capture, const fuzz_input_t *input, const fuzz_tcp_t *tcp,
                     sender_t senders[FUZZ_CONNECTIONS][2])
{
    int64_t when = input->count > 0 ? input->segments[input->count - 1].when : 0;

    for (unsigned i = 0; i < FUZZ_CONNECTIONS; i++) {
        if (!senders[i][0].seen && !senders[i][1].seen)
            continue;
        when += 3600 * SECOND;
        const fuzz_segment_t last = {
            .connection = i, .window = 0xf000, .repeat = 1, .when = when, .ip_id = 1
        };
        send_segment(capture, &last, input, tcp, senders);
    }
}

void fuzz_frames_make(fuzz_capture_t *capture, const fuzz_input_t *input, const fuzz_tcp_t *tcp)
{
    sender_t senders[FUZZ_CONNECTIONS][2];
    const bool is_wrapping = input->bits & FUZZ_WRAP;

    memset(senders, 0, sizeof senders);
    memset(capture, 0, sizeof *capture);
    capture->is_steady = !is_wrapping || !tcp->is_absolute;
    if ((input->bits & FUZZ_OTHER_PORT) && !(input->bits & FUZZ_DECODE_AS))
        capture->is_steady = false;
    for (unsigned i = 0; i < FUZZ_CONNECTIONS * 2; i++)
        senders[i / 2][i % 2].next = is_wrapping ? 0xffffff00U - i : 1000 * i;
    for (unsigned i = 0; i < input->count; i++) {
        fuzz_segment_t segment = input->segments[i];
        /* The two do not go together in packet-tcp.c itself: find_maxnextseq() asserts. */
        if (tcp->is_out_of_order)
            segment.cut = 0;
        send_segment(capture, &segment, input, tcp, senders);
    }
    add_last(capture, input, tcp, senders);
}

void fuzz_frames_write(const fuzz_capture_t *capture, const char *path)
{
    const uint32_t header[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 0x40000, 1 /* Ethernet */ };
    GString *file = g_string_new_len((const char *)header, sizeof header);

    for (unsigned i = 0; i < capture->count; i++) {
        const fuzz_frame_t *frame = &capture->list[i];
        const uint32_t record[] = { (uint32_t)frame->when.secs, (uint32_t)frame->when.nsecs / 1000,
                                    frame->captured, frame->reported };
        g_string_append_len(file, (const char *)record, sizeof record);
        g_string_append_len(file, (const char *)frame->bytes, frame->captured);
    }
    g_file_set_contents(path, file->str, (gssize)file->len, NULL);
    g_string_free(file, TRUE);
}

static void free_shown(fuzz_frame_t *frame)
{
    if (frame->known)
        g_string_free(frame->known, TRUE);
    if (frame->all)
        g_string_free(frame->all, TRUE);
    frame->known = frame->all = NULL;
}

void fuzz_frames_renew(fuzz_capture_t *capture)
{
    for (unsigned i = 0; i < capture->count; i++) {
        fuzz_frame_t *frame = &capture->list[i];
        free_shown(frame);
        if (frame->fd.num > 0)
            frame_data_destroy(&frame->fd);
        memset(&frame->fd, 0, sizeof frame->fd);
    }
}

void fuzz_frames_free(fuzz_capture_t *capture)
{
    fuzz_frames_renew(capture);
    for (unsigned i = 0; i < capture->count; i++)
        g_free(capture->list[i].bytes);
}
