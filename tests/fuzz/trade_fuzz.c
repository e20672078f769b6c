/* trade_fuzz.c
 * A libFuzzer target: TCP segments out of the fuzzer's bytes, dissected as a
 * user's Wireshark does it, and checks of what comes out.
 *
 * An input is two bytes of options and then segments, up to its end:
 *
 *   options    bit n of the first byte turns row n of `choices` to its unusual
 *              value; second byte: FUZZ_ bits
 *   segment    SEGMENT_ bits (1), then what they announce, in this order:
 *              sequence number's distance from the next in order (2, signed);
 *              HEADER_ bits (1); repetitions of the bytes (1); bytes that the
 *              snapshot length cuts off (2); time since the last segment, in
 *              seconds (1); number of bytes (1 or 2), bytes
 *
 * Each input is dissected three times: in order, as when a capture is opened;
 * in order again; and backwards, as when a user clicks here and there.
 * Asserted, beyond what the sanitizers and Wireshark's own assertions see:
 *   - each captured byte of each unit in the tree is shown by exactly one field
 *   - both later visits of a frame show the same, and the first shows the same
 *     as they do, but for what only a later one can know
 *   - the statistics of both passes in order are the same
 *
 * With TRADE_FUZZ_PCAP=FILE, an input is also written as a capture.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include <epan/column-info.h>
#include <epan/column.h>
#include <epan/conversation_table.h>
#include <epan/epan.h>
#include <epan/epan_dissect.h>
#include <epan/frame_data.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/prefs-int.h>
#include <epan/proto.h>
#include <epan/srt_table.h>
#include <epan/stat_tap_ui.h>
#include <epan/stats_tree_priv.h>
#include <epan/tap.h>
#include <epan/timestamp.h>
#include <epan/tvbuff.h>
#include <wiretap/wtap.h>
#include <ws_version.h>
#include <wsutil/filesystem.h>
#include <wsutil/privileges.h>

#define TRADE_PORT 2107
#define CONNECTIONS 4
#define FRAMES_MAX 64
#define HEADERS 54 /* Ethernet, IPv4 and TCP */
#define PAYLOAD_MAX 65000
/* A session is used for so many inputs: making one takes as long as dissecting many. */
#define SESSION_INPUTS 200

#define AT_LEAST(major, minor)                                                                     \
    (WIRESHARK_VERSION_MAJOR > (major) ||                                                          \
     (WIRESHARK_VERSION_MAJOR == (major) && WIRESHARK_VERSION_MINOR >= (minor)))

enum {
    SEGMENT_CONNECTION = 0x03,
    SEGMENT_FROM_MULTIPLEXER = 0x04,
    SEGMENT_SEQUENCE = 0x08,
    SEGMENT_HEADER = 0x10,
    SEGMENT_CUT = 0x20,
    SEGMENT_TIME = 0x40,
    SEGMENT_LONG = 0x80,

    HEADER_FIN = 0x01,
    HEADER_SYN = 0x02,
    HEADER_RST = 0x04,
    HEADER_ZERO_WINDOW = 0x08,
    HEADER_REPEAT = 0x10,

    FUZZ_NO_TREE = 0x01,    /* no tree on the first pass */
    FUZZ_NO_COLUMNS = 0x02, /* no columns on the first pass */
    FUZZ_WRAP = 0x04,       /* sequence numbers start close to 2^32 */
    FUZZ_INVISIBLE = 0x08   /* as when filtering: a tree of what filters need */
};

/* A preference that an input can turn. */
typedef struct choice {
    const char *module;
    const char *name;
    bool usual;
    bool anew; /* read when a capture is opened: takes a new session */
    bool is_unusual;
    pref_t *preference;
} choice_t;

/* Out of order reassembly and frames that the snapshot length cut do not go
 * together in packet-tcp.c itself: find_maxnextseq() asserts. */
enum { CHOICE_OUT_OF_ORDER = 2, CHOICE_ABSOLUTE = 3, CHOICE_NO_ANALYSIS = 4 };

static choice_t choices[] = {
    { "tcp", "desegment_tcp_streams", true, false, false, NULL },
    { "trade", "desegment", true, false, false, NULL },
    { "tcp", "reassemble_out_of_order", false, false, false, NULL },
    { "tcp", "relative_sequence_numbers", true, true, false, NULL },
    { "tcp", "analyze_sequence_numbers", true, true, false, NULL },
    { "trade", "desegment_data", true, false, false, NULL },
};

/* A frame of the capture that an input stands for. */
typedef struct frame {
    uint8_t *bytes; /* of the heap and exact in size, so that AddressSanitizer knows its end */
    unsigned captured;
    unsigned reported;
    nstime_t when;
    frame_data fd;
    GString *known; /* what the first pass showed; NULL: it had no tree */
    GString *all;   /* what the second showed */
} frame_t;

typedef struct reader {
    const uint8_t *at;
    size_t left;
} reader_t;

static epan_t *session;
static unsigned session_inputs;
static uint32_t frame_number;
static column_info columns;
static int proto_trade;

static const char plugin_name[] = "trade";
void plugin_register(void);

/* ---- From the fuzzer's bytes to frames ---- */

static unsigned read_uint8(reader_t *reader)
{
    if (reader->left == 0)
        return 0;
    reader->left--;
    return *reader->at++;
}

static unsigned read_uint16(reader_t *reader)
{
    const unsigned high = read_uint8(reader);

    return high << 8 | read_uint8(reader);
}

static uint8_t *put_uint16(uint8_t *to, unsigned value)
{
    *to++ = (uint8_t)(value >> 8);
    *to++ = (uint8_t)value;
    return to;
}

static uint8_t *put_uint32(uint8_t *to, uint32_t value)
{
    return put_uint16(put_uint16(to, value >> 16), value & 0xffff);
}

/* The addresses differ from one input of a session to the next, so that each
 * has connections of its own. */
static uint8_t *put_address(uint8_t *to, bool multiplexer, unsigned connection)
{
    const uint32_t input = session_inputs & 0xffff;

    return put_uint32(to, (multiplexer ? 0xc0000001 : 0x0a000002 + connection) + (input << 8));
}

/* One direction of a connection. */
typedef struct sender {
    uint32_t first; /* sequence number of its first byte or SYN */
    uint32_t next;
    uint32_t hole_start, hole_end; /* bytes that it passed over last */
    bool seen;
} sender_t;

/* Whether packet-tcp.c gives us the input's bytes alike in all passes. It does not
 * where a later segment moves the zero point of relative sequence numbers; nor does it
 * find PDUs again that begin before 2^32 and end after it; nor does it give us a late
 * segment, which may make what it keeps reach over bytes that it gave; nor, where it
 * reassembles out of order, cut the old bytes off an overlapping segment again; nor,
 * without its analysis, call us again for a segment that a PDU begun later took in. */
static bool is_steady;

/* What one segment is about. */
typedef struct segment {
    unsigned connection;
    bool from_multiplexer;
    unsigned header; /* HEADER_ bits */
    uint32_t seq;
    uint32_t ack;
    const uint8_t *bytes;
    unsigned length;
    unsigned repeat;
} segment_t;

/* Notes whether TCP will lose count with this segment. */
static void check_steady(const segment_t *segment, sender_t *senders)
{
    sender_t *sender = &senders[segment->from_multiplexer];
    /* The same SYN once more, which begins no connection. */
    const bool is_again = sender->seen && segment->seq == sender->first;

    if ((segment->header & HEADER_SYN) && !segment->from_multiplexer && !is_again)
        senders[0].seen = senders[1].seen = false;
    else if ((segment->header & HEADER_SYN) && sender->seen)
        is_steady = false;
    if (!sender->seen)
        sender->first = segment->seq;
    if ((int32_t)(segment->seq - sender->first) < 0 || segment->seq - sender->first > INT32_MAX / 2)
        is_steady = false;
    if ((choices[CHOICE_OUT_OF_ORDER].is_unusual || choices[CHOICE_NO_ANALYSIS].is_unusual) &&
        (int32_t)(segment->seq - sender->next) < 0)
        is_steady = false;
    if ((int32_t)(segment->seq - sender->hole_start) >= 0 &&
        (int32_t)(segment->seq - sender->hole_end) < 0 &&
        (int32_t)(segment->seq + segment->length * segment->repeat - sender->hole_end) > 0)
        is_steady = false;
    if ((int32_t)(segment->seq - sender->next) > 0) {
        sender->hole_start = sender->next;
        sender->hole_end = segment->seq;
    }
    sender->seen = true;
}

static uint8_t *put_headers(uint8_t *to, const segment_t *segment, unsigned payload)
{
    const unsigned flags = (segment->header & (HEADER_FIN | HEADER_SYN | HEADER_RST)) |
                           (segment->header & HEADER_SYN && !segment->from_multiplexer ? 0 : 0x10);
    const unsigned port = 40000 + segment->connection;

    memcpy(to, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0\x45\0", 16);
    to = put_uint16(to + 16, 40 + payload);
    memcpy(to, "\0\1\x40\0\x40\6\0\0", 8);
    to = put_address(to + 8, segment->from_multiplexer, segment->connection);
    to = put_address(to, !segment->from_multiplexer, segment->connection);
    to = put_uint16(to, segment->from_multiplexer ? TRADE_PORT : port);
    to = put_uint16(to, segment->from_multiplexer ? port : TRADE_PORT);
    to = put_uint32(put_uint32(to, segment->seq), segment->ack);
    *to++ = 0x50;
    *to++ = (uint8_t)flags;
    to = put_uint16(to, segment->header & HEADER_ZERO_WINDOW ? 0 : 0xf000);
    return put_uint32(to, 0);
}

static void make_frame(frame_t *frame, const segment_t *segment, unsigned cut)
{
    unsigned payload = segment->length * segment->repeat;

    payload = MIN(payload, PAYLOAD_MAX);
    frame->reported = HEADERS + payload;
    frame->captured = frame->reported - MIN(cut, payload);
    frame->bytes = (uint8_t *)g_malloc(frame->reported);
    uint8_t *to = put_headers(frame->bytes, segment, payload);
    for (unsigned i = 0; i < payload; i++)
        to[i] = segment->bytes[i % segment->length];
    frame->bytes = (uint8_t *)g_realloc(frame->bytes, frame->captured);
}

/* Makes the frame of the next segment. */
static void read_segment(reader_t *reader, sender_t senders[CONNECTIONS][2], frame_t *frame)
{
    const unsigned bits = read_uint8(reader);
    segment_t segment = { .connection = bits & SEGMENT_CONNECTION,
                          .from_multiplexer = bits & SEGMENT_FROM_MULTIPLEXER,
                          .repeat = 1 };
    sender_t *sender = &senders[segment.connection][segment.from_multiplexer];
    const int distance = bits & SEGMENT_SEQUENCE ? (int16_t)read_uint16(reader) : 0;

    segment.header = bits & SEGMENT_HEADER ? read_uint8(reader) : 0;
    segment.repeat = segment.header & HEADER_REPEAT ? 1 + read_uint8(reader) : 1;
    const unsigned cut = bits & SEGMENT_CUT ? read_uint16(reader) : 0;
    frame->when.secs += bits & SEGMENT_TIME ? (time_t)read_uint8(reader) : 0;
    const unsigned length = bits & SEGMENT_LONG ? read_uint16(reader) : read_uint8(reader);
    segment.length = (unsigned)MIN(length, reader->left);
    segment.bytes = reader->at;
    reader->at += segment.length;
    reader->left -= segment.length;

    segment.seq = sender->next + (uint32_t)distance;
    segment.ack = senders[segment.connection][!segment.from_multiplexer].next;
    check_steady(&segment, senders[segment.connection]);
    make_frame(frame, &segment, choices[CHOICE_OUT_OF_ORDER].is_unusual ? 0 : cut);
    const uint32_t end = segment.seq + frame->reported - HEADERS + !!(segment.header & HEADER_SYN) +
                         !!(segment.header & HEADER_FIN);
    if ((int32_t)(end - sender->next) > 0)
        sender->next = end;
}

/* Makes the last frames: on each connection an ACK, so much later that all rows of the
 * table of health are written again: else it shows some as of up to a second before. */
static unsigned add_last_frames(const sender_t senders[CONNECTIONS][2], nstime_t now,
                                frame_t *frames)
{
    unsigned count = 0;

    for (unsigned i = 0; i < CONNECTIONS; i++) {
        segment_t segment = { .connection = i,
                              .seq = senders[i][0].next,
                              .ack = senders[i][1].next };
        if (!senders[i][0].seen && !senders[i][1].seen)
            continue;
        now.secs += 3600;
        frames[count].when = now;
        make_frame(&frames[count++], &segment, 0);
    }
    return count;
}

/* Returns how many frames the input makes. */
static unsigned read_frames(reader_t *reader, unsigned bits, frame_t *frames)
{
    sender_t senders[CONNECTIONS][2];
    nstime_t now = { 1401952204, 0 };
    unsigned count = 0;

    memset(senders, 0, sizeof senders);
    is_steady = !(bits & FUZZ_WRAP) || !choices[CHOICE_ABSOLUTE].is_unusual;
    for (unsigned i = 0; i < CONNECTIONS * 2; i++)
        senders[i / 2][i % 2].next = bits & FUZZ_WRAP ? 0xffffff00U - i : 1000 * i;
    for (; reader->left > 0 && count < FRAMES_MAX; count++) {
        now.nsecs = (int)(count * 1000000);
        frames[count].when = now;
        read_segment(reader, senders, &frames[count]);
        now = frames[count].when;
    }
    return count + add_last_frames(senders, now, &frames[count]);
}

/* ---- Dissection ---- */

static void find_choices(void)
{
    for (unsigned i = 0; i < array_length(choices); i++) {
        module_t *module = prefs_find_module(choices[i].module);
        choices[i].preference = prefs_find_preference(module, choices[i].name);
        if (!choices[i].preference)
            g_error("no preference %s.%s", choices[i].module, choices[i].name);
    }
}

static const nstime_t *get_time(struct packet_provider_data *provider _U_, uint32_t number _U_)
{
    static const nstime_t none;

    return &none;
}

static void begin_session(void)
{
    static const struct packet_provider_funcs functions = { .get_frame_ts = get_time };

    if (session)
        epan_free(session);
    reset_tap_listeners();
    session = epan_new(NULL, &functions);
    session_inputs = 0;
    frame_number = 0;
}

/* Turns the preferences as the input says. */
static void set_choices(unsigned bits)
{
    bool anew = !session || session_inputs >= SESSION_INPUTS;

    for (unsigned i = 0; i < array_length(choices); i++) {
        const bool unusual = bits >> i & 1;
        if (unusual == choices[i].is_unusual)
            continue;
        prefs_set_bool_value(choices[i].preference, unusual != choices[i].usual, pref_current);
        choices[i].is_unusual = unusual;
        anew |= choices[i].anew;
    }
    if (anew)
        begin_session();
}

static void set_record(wtap_rec *rec, const frame_t *frame)
{
    rec->rec_type = REC_TYPE_PACKET;
    rec->presence_flags = WTAP_HAS_TS | WTAP_HAS_CAP_LEN;
    rec->ts = frame->when;
    rec->tsprec = WTAP_TSPREC_USEC;
    rec->rec_header.packet_header.caplen = frame->captured;
    rec->rec_header.packet_header.len = frame->reported;
    rec->rec_header.packet_header.pkt_encap = WTAP_ENCAP_ETHERNET;
}

static void run_dissection(epan_dissect_t *edt, frame_t *frame, column_info *cinfo)
{
    wtap_rec rec;

#if AT_LEAST(4, 6)
    wtap_rec_init(&rec, frame->captured);
    wtap_setup_packet_rec(&rec, WTAP_ENCAP_ETHERNET);
    ws_buffer_append(&rec.data, frame->bytes, frame->captured);
#else
    wtap_rec_init(&rec);
#endif
    set_record(&rec, frame);
    if (frame->fd.num == 0)
        frame_data_init(&frame->fd, ++frame_number, &rec, 0, 0);
#if AT_LEAST(4, 6)
    epan_dissect_run_with_taps(edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec, &frame->fd, cinfo);
#else
    epan_dissect_run_with_taps(
        edt, WTAP_FILE_TYPE_SUBTYPE_UNKNOWN, &rec,
        tvb_new_real_data(frame->bytes, frame->captured, (int)frame->reported), &frame->fd, cinfo);
#endif
    wtap_rec_cleanup(&rec);
}

/* ---- Checks ---- */

static void fail(const char *what, const frame_t *frame, const char *one, const char *other)
{
    fprintf(stderr, "trade_fuzz: frame %u of the session: %s\n--- one\n%s--- other\n%s",
            frame->fd.num, what, one, other);
    abort();
}

static bool is_trade_field(const field_info *fi)
{
    return fi->hfinfo->id == proto_trade || fi->hfinfo->parent == proto_trade;
}

static void append_item(GString *to, field_info *fi)
{
    char label[ITEM_LABEL_LENGTH] = "";

    if (fi->rep)
        g_strlcpy(label, fi->rep->representation, sizeof label);
    else
#if AT_LEAST(4, 6)
        proto_item_fill_label(fi, label, NULL);
#else
        proto_item_fill_label(fi, label);
#endif
    g_string_append_printf(to, "%s @%d+%d %s\n", fi->hfinfo->abbrev, fi->start, fi->length, label);
}

/* What a walk of the tree gathers. */
typedef struct walk {
    const frame_t *frame;
    GString *all;     /* all that is shown of TRADE */
    GString *known;   /* of it, what a first pass can know */
    unsigned inside;  /* how many TRADE subtrees the node is in */
    unsigned forward; /* and how many that only a later pass can know, or only a first tells */
    const field_info *unit;
    uint8_t *shown; /* how often each byte of the unit is */
} walk_t;

/* Counts the bytes of the unit that a field shows. */
static void mark_bytes(walk_t *walk, const field_info *fi)
{
    for (int i = 0; i < fi->length; i++) {
        const int at = fi->start + i - walk->unit->start;
        if (at < 0 || at >= walk->unit->length || ++walk->shown[at] > 1)
            fail("a byte is outside of its unit, or shown twice", walk->frame, walk->all->str,
                 fi->hfinfo->abbrev);
    }
}

static void walk_node(proto_node *node, void *data);

/* Walks what is under the line of a unit. */
static void walk_unit(proto_node *node, walk_t *walk)
{
    walk->unit = PNODE_FINFO(node);
    walk->shown = g_new0(uint8_t, (size_t)walk->unit->length + 1);
    walk->inside++;
    proto_tree_children_foreach(node, walk_node, walk);
    walk->inside--;
    for (int i = 0; i < walk->unit->length; i++) {
        if (walk->shown[i] == 0)
            fail("a byte is not shown", walk->frame, walk->all->str, "");
    }
    g_free(walk->shown);
}

/* Returns whether what this node says depends on the pass: it links forward, or it is
 * said on another PDU where nothing can be known of those that follow. */
static bool is_forward(proto_node *node)
{
    static const char *const names[] = { "trade.response_in",
                                         "trade.unanswered_ping",
                                         "trade.ping.unanswered",
                                         "trade.verdict",
                                         "trade.where",
                                         "trade.ping.missing",
                                         "trade.connection",
                                         "trade.cause",
                                         "trade.ping.late",
                                         "trade.send_delay",
                                         "trade.send_delay.high",
                                         "trade.keepalive.uncertain",
                                         "trade.held_back",
                                         "trade.pong.unexpected",
                                         "trade.response_to",
                                         "trade.gap_bytes",
                                         "trade.gap" };
    const field_info *fi = PNODE_FINFO(node);
    proto_node *child = node->first_child;

    for (unsigned i = 0; fi && i < array_length(names); i++) {
        if (strcmp(fi->hfinfo->abbrev, names[i]) == 0)
            return true;
    }
    /* A line without bytes is as its notes are. */
    if (!fi || (strcmp(fi->hfinfo->abbrev, "_ws.expert") != 0 &&
                (fi->hfinfo->id != proto_trade || fi->length > 0)))
        return false;
    while (child && !is_forward(child))
        child = child->next;
    return child != NULL;
}

static void walk_node(proto_node *node, void *data)
{
    walk_t *walk = (walk_t *)data;
    field_info *fi = PNODE_FINFO(node);
    const bool is_trade = fi && is_trade_field(fi);
    const bool forward = is_forward(node);

    walk->forward += forward;
    if (is_trade || (fi && walk->inside)) {
        append_item(walk->all, fi);
        if (!walk->forward)
            append_item(walk->known, fi);
    }
    if (is_trade && fi->hfinfo->id == proto_trade) {
        walk_unit(node, walk);
    } else {
        if (is_trade && !FI_GET_FLAG(fi, FI_GENERATED))
            mark_bytes(walk, fi);
        proto_tree_children_foreach(node, walk_node, walk);
    }
    walk->forward -= forward;
}

/* Appends what the packet list says of a frame that shows TRADE. */
static void append_info(GString *to)
{
    for (int i = 0; i < (int)columns.num_cols && to->len > 0; i++) {
        if (columns.columns[i].col_fmt == COL_INFO)
            g_string_append_printf(to, "Info: %s\n", columns.columns[i].col_data);
    }
}

/* Dissects a frame with all that a user can ask for; returns what it shows of
 * TRADE, and in *known what of it any pass can know. */
static GString *show_frame(frame_t *frame, GString **known)
{
    epan_dissect_t *edt = epan_dissect_new(session, true, true);
    walk_t walk = { .frame = frame, .all = g_string_new(NULL), .known = g_string_new(NULL) };

    run_dissection(edt, frame, &columns);
    proto_tree_children_foreach(edt->tree, walk_node, &walk);
    append_info(walk.all);
    epan_dissect_free(edt);
    *known = walk.known;
    return walk.all;
}

/* ---- Statistics: all that the plugin has listen ---- */

static stat_tap_table_ui *health;
static GArray *srt_tables;
static register_srt_t *srt;

static void reset_health(void *data _U_)
{
    reset_stat_table(health);
}

static void reset_srt(void *data _U_)
{
    reset_srt_table(srt_tables);
}

static void reset_conversations(void *data)
{
    reset_conversation_table_data((conv_hash_t *)data);
}

static void reset_endpoints(void *data)
{
    reset_endpoint_table_data((conv_hash_t *)data);
}

static void listen_for(const char *tap, void *data, tap_reset_cb reset, tap_packet_cb packet)
{
    GString *error = register_tap_listener(tap, data, NULL, 0, reset, packet, NULL, NULL);

    if (error)
        g_error("%s: %s", tap, error->str);
}

/* Does what -z trade,health -z trade,srt -z trade,tree -z conv,trade -z endpoints,trade do. */
static void listen(void)
{
    static stat_data_t health_data;
    static srt_data_t srt_data;
    static conv_hash_t conversations, endpoints;
    stats_tree_cfg *tree = stats_tree_get_cfg_by_abbr(plugin_name);
    register_ct_t *table = get_conversation_by_proto_id(proto_trade);

    health = stat_tap_by_name("trade,health");
    srt = get_srt_table_by_name(plugin_name);
    if (!health || !srt || !tree || !table)
        g_error("statistics are missing");
    health->stat_tap_init_cb(health);
    health_data.stat_tap_data = health;
    listen_for(health->tap_name, &health_data, reset_health, health->packet_func);
    srt_tables = srt_data.srt_array = g_array_new(FALSE, TRUE, sizeof(srt_stat_table *));
    srt_table_dissector_init(srt, srt_tables);
    listen_for(get_srt_tap_listener_name(srt), &srt_data, reset_srt, get_srt_packet_func(srt));
    listen_for(plugin_name, &conversations, reset_conversations,
               get_conversation_packet_func(table));
    listen_for(plugin_name, &endpoints, reset_endpoints, get_endpoint_packet_func(table));
    listen_for(tree->tapname, stats_tree_new(tree, NULL, NULL), stats_tree_reset,
               stats_tree_packet);
}

static void append_cell(GString *to, const stat_tap_table_item_type *cell)
{
    switch (cell->type) {
    case TABLE_ITEM_UINT:
        g_string_append_printf(to, "%u|", cell->value.uint_value);
        break;
    case TABLE_ITEM_FLOAT:
        g_string_append_printf(to, "%.6f|", cell->value.float_value);
        break;
    case TABLE_ITEM_STRING:
        g_string_append_printf(to, "%s|", cell->value.string_value);
        break;
    default:
        g_string_append(to, "|");
    }
}

static gint compare_lines(gconstpointer one, gconstpointer other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Appends the table of health. Its rows come in the order in which the pass came to
 * know that a connection has TRADE: here they are sorted. How many bytes are missing is
 * left out: TCP's tap numbers a segment from before the first otherwise on each pass. */
static void append_health(GString *to)
{
    const stat_tap_table *table = g_array_index(health->tables, stat_tap_table *, 0);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    for (unsigned row = 0; row < table->num_elements; row++) {
        GString *line = g_string_new(NULL);
        for (unsigned column = 0; column < table->num_fields; column++) {
            if (strcmp(health->fields[column].column_name, "Missing bytes") != 0)
                append_cell(line, stat_tap_get_field_data(table, row, column));
        }
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
    g_ptr_array_sort(lines, compare_lines);
    for (unsigned i = 0; i < lines->len; i++)
        g_string_append_printf(to, "%s\n", (const char *)lines->pdata[i]);
    g_ptr_array_free(lines, TRUE);
}

/* Returns what the table of health and those of response times say. */
static GString *get_statistics(void)
{
    GString *all = g_string_new(NULL);

    append_health(all);
    for (unsigned t = 0; t < srt_tables->len; t++) {
        const srt_stat_table *table = g_array_index(srt_tables, srt_stat_table *, t);
        for (int row = 0; row < table->num_procs; row++)
            g_string_append_printf(all, "%s: %u\n", table->procedures[row].procedure,
                                   table->procedures[row].stats.num);
    }
    return all;
}

/* ---- The three passes ---- */

static void run_first_pass(frame_t *frames, unsigned count, unsigned bits)
{
    column_info *cinfo = bits & FUZZ_NO_COLUMNS ? NULL : &columns;

    for (unsigned i = 0; i < count; i++) {
        if (bits & (FUZZ_NO_TREE | FUZZ_INVISIBLE)) {
            epan_dissect_t *edt = epan_dissect_new(session, !(bits & FUZZ_NO_TREE), false);
            run_dissection(edt, &frames[i], cinfo);
            epan_dissect_free(edt);
        } else {
            g_string_free(show_frame(&frames[i], &frames[i].known), TRUE);
        }
    }
}

static void run_second_pass(frame_t *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        GString *known = NULL;
        frames[i].all = show_frame(&frames[i], &known);
        if (is_steady && frames[i].known && strcmp(frames[i].known->str, known->str) != 0)
            fail("the first pass showed other than the second", &frames[i], frames[i].known->str,
                 known->str);
        g_string_free(known, TRUE);
    }
}

static void run_backwards(frame_t *frames, unsigned count)
{
    for (unsigned i = count; i > 0; i--) {
        frame_t *frame = &frames[i - 1];
        GString *known = NULL;
        GString *all = show_frame(frame, &known);
        if (is_steady && strcmp(frame->all->str, all->str) != 0)
            fail("a later visit shows what an earlier did not", frame, frame->all->str, all->str);
        g_string_free(all, TRUE);
        g_string_free(known, TRUE);
    }
}

/* Writes the input as a capture file, where TRADE_FUZZ_PCAP names one: what
 * tshark shows of a finding explains it. */
static void write_pcap(const frame_t *frames, unsigned count)
{
    const char *name = g_getenv("TRADE_FUZZ_PCAP");
    const uint32_t header[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 0x40000, WTAP_ENCAP_ETHERNET };
    GString *file = g_string_new_len((const char *)header, sizeof header);

    for (unsigned i = 0; i < count; i++) {
        const frame_t *frame = &frames[i];
        const uint32_t record[] = { (uint32_t)frame->when.secs, (uint32_t)frame->when.nsecs / 1000,
                                    frame->captured, frame->reported };
        g_string_append_len(file, (const char *)record, sizeof record);
        g_string_append_len(file, (const char *)frame->bytes, frame->captured);
    }
    if (name)
        g_file_set_contents(name, file->str, (gssize)file->len, NULL);
    g_string_free(file, TRUE);
}

static void free_frames(frame_t *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        frame_data_destroy(&frames[i].fd);
        g_free(frames[i].bytes);
        if (frames[i].known)
            g_string_free(frames[i].known, TRUE);
        g_string_free(frames[i].all, TRUE);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    reader_t reader = { data, size };
    frame_t frames[FRAMES_MAX + CONNECTIONS];

    memset(frames, 0, sizeof frames);
    set_choices(read_uint8(&reader));
    const unsigned bits = read_uint8(&reader);
    const unsigned count = read_frames(&reader, bits, frames);
    write_pcap(frames, count);
    reset_tap_listeners();
    run_first_pass(frames, count, bits);
    GString *first = get_statistics();
    reset_tap_listeners();
    run_second_pass(frames, count);
    GString *second = get_statistics();
    if (is_steady && count > 0 && strcmp(first->str, second->str) != 0)
        fail("the first pass counted other than the second", &frames[count - 1], first->str,
             second->str);
    g_string_free(first, TRUE);
    g_string_free(second, TRUE);
    run_backwards(frames, count);
    free_frames(frames, count);
    session_inputs++;
    return 0;
}

int LLVMFuzzerInitialize(int *argc _U_, char ***argv _U_)
{
    /* Each allocation on its own, so that AddressSanitizer sees overruns. */
    g_setenv("WIRESHARK_DEBUG_WMEM_OVERRIDE", "simple", FALSE);
    g_setenv("G_SLICE", "always-malloc", FALSE);
    g_setenv("WIRESHARK_ABORT_ON_DISSECTOR_BUG", "1", FALSE);
    g_setenv("WIRESHARK_ABORT_ON_TOO_MANY_ITEMS", "1", FALSE);
    init_process_policies();
#if AT_LEAST(4, 6)
    g_free(configuration_init((*argv)[0]));
#else
    g_free(configuration_init((*argv)[0], NULL));
#endif
    timestamp_set_type(TS_RELATIVE);
    timestamp_set_precision(TS_PREC_AUTO);
    timestamp_set_seconds_type(TS_SECONDS_DEFAULT);
    wtap_init(FALSE);
    plugin_register();
    if (!epan_init(NULL, NULL, FALSE))
        g_error("libwireshark does not start");
    build_column_format_array(&columns, epan_load_settings()->num_cols, TRUE);
    find_choices();
    proto_trade = proto_get_id_by_filter_name(plugin_name);
    listen();
    begin_session();
    return 0;
}
