/* packet-trade.c
 * Dissector for TRADE, the protocol between the modules of a trading platform
 * and its Multiplexer, as the SharkFest '17 Europe talk "Custom LUA dissectors
 * to the rescue in RCA" found it.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

/*
 * The protocol on one page
 *
 * Modules connect over TCP to a Multiplexer on port 2107, one connection a
 * module, and stay connected for days. Integers are big endian unless said.
 *
 *   PDU         0        1          3            5
 *               +--------+----------+------------+-----------------------------+
 *               | sender |  length  |  receiver  | length - 5 bytes            |
 *               +--------+----------+------------+-----------------------------+
 *               module   of all,    ff ff: a control PDU: keyword, 00, body
 *               id       with these else a client's connection id: opaque data
 *                        5 bytes
 *
 *   Greeting    +--------+---+---------+----+    the first bytes that a module
 *               | sender | n | n bytes | 00 |    sends on a connection: its name
 *               +--------+---+---------+----+
 *
 *   Counted     +---+---------+                  n = 7 for a clock (microseconds
 *   integer     | n | n bytes | little endian    since 1901-01-01 on the sender's
 *               +---+---------+                  wall clock), 3 or 4 for a time
 *
 * DocumentSystem (37 = 0x25) and the Multiplexer (1):
 *
 *   -> 25 000a ffff 50696e6700                          Ping
 *   <- 01 000a ffff 506f6e6700                          Pong
 *   <- 01 0017 ffff 526f756e647472697000 07 1b88aadb46b60c  Roundtrip, a clock
 *   -> 25 0017 ffff 526f756e647472697000 07 1b88aadb46b60c  the same clock back
 *
 * Several PDUs share a segment, and one PDU spans several. Not decoded: the
 * payload of data PDUs, and the bodies of keywords that the table lacks.
 */

#include <epan/conversation.h>
#include <epan/decode_as.h>
#include <epan/exceptions.h>
#include <epan/expert.h>
#include <epan/packet.h>
#include <epan/prefs.h>
#include <epan/proto_data.h>
#include <epan/tap.h>
#include <epan/uat.h>
#include <wsutil/utf8_entities.h>

#include "moduleids.h"
#include "packet-trade.h"
#include "analysis/client.h"
#include "analysis/connection.h"
#include "analysis/exchange.h"
#include "ui/export.h"
#include "stream/driver.h"
#include "stream/framing.h"
#include "ui/stats.h"
#include "stream/tcp.h"

/* ---- Constants of this dissector; those of the wire are in packet-trade.h ---- */

#define MICROSECONDS 1000000
/* A text longer than a greeting could give is suspicious. */
#define TEXT_LENGTH_MAX 255
/* Of a text, Info shows so many bytes. */
#define INFO_TEXT_MAX 80
/* Most lines are no longer. */
#define INFO_LENGTH 160
/* Of the kinds of PDU in a frame, Info names so many. */
#define INFO_KINDS_MAX 8
/* Of a 32 bit number. */
#define MAX_DIGITS 10
/* Between two Pings, in seconds (the talk's slides "Ping-Pong?"). */
#define INTERVAL_DEFAULT 30

/* ---- Ids, in the order of the tables below ---- */

static int proto_trade = -1;
static int trade_tap = -1;
static dissector_handle_t trade_handle;       /* for Decode As and what is recognised */
static dissector_handle_t port_handle;        /* for TRADE's ports */
static dissector_table_t keyword_table;       /* trade.keyword: bodies of other keywords */
static dissector_table_t data_table;          /* trade.data: payload by module id */
static heur_dissector_list_t data_heuristics; /* trade.data */
static bool payload_is_wanted;                /* by any of those for trade.data */

static int hf_trade_sender = -1;
static int hf_trade_sender_name = -1;
static int hf_trade_length = -1;
static int hf_trade_receiver = -1;
static int hf_trade_keyword = -1;
static int hf_trade_data = -1;
static int hf_trade_greeting = -1;
static int hf_trade_value_length = -1;
static int hf_trade_ping_clock = -1;
static int hf_trade_roundtrip_clock = -1;
static int hf_trade_clock = -1;
static int hf_trade_rtt_time = -1;
static int hf_trade_module = -1;
static int hf_trade_conn_id = -1;
static int hf_trade_username = -1;
static int hf_trade_client_ip = -1;
static int hf_trade_client_addr = -1;
static int hf_trade_access = -1;
static int hf_trade_end = -1;
static int hf_trade_module_count = -1;
static int hf_trade_client_count = -1;
static int hf_trade_status = -1;
static int hf_trade_undissected = -1;
static int hf_trade_continuation = -1;
static int hf_trade_response_in = -1;
static int hf_trade_response_to = -1;
static int hf_trade_response_time = -1;
static int hf_trade_ping_interval = -1;
static int hf_trade_unanswered_ping = -1;
static int hf_trade_send_delay = -1;
static int hf_trade_rtt_ping = -1;
static int hf_trade_rtt_pong = -1;
static int hf_trade_rtt_wire = -1;
static int hf_trade_rtt_off_wire = -1;
static int hf_trade_session = -1;
static int hf_trade_session_username = -1;
static int hf_trade_session_client_addr = -1;
static int hf_trade_session_module = -1;
static int hf_trade_session_open = -1;
static int hf_trade_session_close = -1;
static int hf_trade_gap_bytes = -1;
static int hf_trade_truncated_bytes = -1;

static int ett_trade = -1;

static expert_field ei_trade_length_invalid = EI_INIT;
static expert_field ei_trade_sender_unknown = EI_INIT;
static expert_field ei_trade_keyword_missing = EI_INIT;
static expert_field ei_trade_keyword_unknown = EI_INIT;
static expert_field ei_trade_greeting_length = EI_INIT;
static expert_field ei_trade_string_unterminated = EI_INIT;
static expert_field ei_trade_string_empty = EI_INIT;
static expert_field ei_trade_string_long = EI_INIT;
static expert_field ei_trade_string_non_ascii = EI_INIT;
static expert_field ei_trade_clock_size = EI_INIT;
static expert_field ei_trade_client_ip_invalid = EI_INIT;
static expert_field ei_trade_body_short = EI_INIT;
static expert_field ei_trade_body_trailing = EI_INIT;
static expert_field ei_trade_response_slow = EI_INIT;
static expert_field ei_trade_roundtrip_slow = EI_INIT;
static expert_field ei_trade_send_delay_high = EI_INIT;
static expert_field ei_trade_ping_late = EI_INIT;
static expert_field ei_trade_ping_unanswered = EI_INIT;
static expert_field ei_trade_pong_unexpected = EI_INIT;
static expert_field ei_trade_keepalive_uncertain = EI_INIT;
static expert_field ei_trade_data_after_close = EI_INIT;
static expert_field ei_trade_incomplete = EI_INIT;
static expert_field ei_trade_gap = EI_INIT;
static expert_field ei_trade_held_back = EI_INIT;
static expert_field ei_trade_resync = EI_INIT;
static expert_field ei_trade_truncated = EI_INIT;

/* ---- Preferences ---- */

static trade_bool_t trade_desegment = true;
static trade_bool_t trade_desegment_data = true;
static unsigned trade_interval = INTERVAL_DEFAULT; /* between two Pings, in seconds; 0: default */
static unsigned trade_slow = 100; /* an answer, a roundtrip or a send delay, in ms */

/* A row of the preference "Module IDs". */
typedef struct trade_module_row {
    uint32_t id;
    char *name;
} trade_module_row_t;

static trade_module_row_t *module_rows;
static unsigned module_row_count;
/* The names of these rows, and of the talk's modules, by id; NULL: not known. */
static const char *names_by_id[UINT8_MAX + 1];

/* ---- Value strings ---- */

static const value_string module_names[] = {
#define VALUE_STRING(id, name) { id, name },
    TRADE_MODULE_IDS(VALUE_STRING)
#undef VALUE_STRING
        { 0, NULL }
};

/* ---- The keyword table ---- */

/* How a field of a body stands on the wire. */
typedef enum trade_field_kind {
    FIELD_TEXT,      /* bytes, 00 */
    FIELD_CLIENT_IP, /* a text: decimal numbers with zeros before them, and dots */
    FIELD_UINT16,
    FIELD_END,     /* one more 00, or nothing */
    FIELD_CLOCK,   /* a counted integer: microseconds since 1901 */
    FIELD_DURATION /* a counted integer: microseconds */
} trade_field_kind_t;

/* When a field stands in a body. */
enum {
    FIELD_OPTIONAL = 1U << 0,      /* the body may end before it */
    FIELD_FROM_TRADESITE = 1U << 1 /* only Tradesite sends it */
};

/* One field of a body. */
typedef struct trade_field {
    trade_field_kind_t kind;
    const int *hf;
    size_t value;   /* offset in trade_pdu_t, of the type that the kind's macro below names */
    unsigned has;   /* the TRADE_HAS_ bit to set */
    unsigned flags; /* FIELD_ bits */
} trade_field_t;

/* One keyword. */
struct trade_keyword {
    const char *name;            /* as on the wire */
    unsigned length;             /* of the name, without its 00 */
    trade_role_t role;           /* what it has to do with other PDUs */
    const trade_field_t *fields; /* of its body in wire order; ends with a NULL hf */
    /* Appends what Info says of the PDU; NULL: the name. */
    void (*append_info)(wmem_strbuf_t *info, const trade_pdu_t *pdu);
};

static void append_roundtrip_for_module(wmem_strbuf_t *info, const trade_pdu_t *pdu);
static void append_new_connection(wmem_strbuf_t *info, const trade_pdu_t *pdu);
static void append_close_connection(wmem_strbuf_t *info, const trade_pdu_t *pdu);
static void append_login(wmem_strbuf_t *info, const trade_pdu_t *pdu);
static void append_counts(wmem_strbuf_t *info, const trade_pdu_t *pdu);
static void append_status(wmem_strbuf_t *info, const trade_pdu_t *pdu);
static void append_unknown(wmem_strbuf_t *info, const trade_pdu_t *pdu);

/* The offset of a member of trade_pdu_t. One of another type does not compile. */
/* NOLINTBEGIN(bugprone-macro-parentheses): neither takes any */
#define OFFSET(member, type)                                                                       \
    _Generic(((trade_pdu_t *)NULL)->member, type : offsetof(trade_pdu_t, member))
/* NOLINTEND(bugprone-macro-parentheses) */

/* clang-format off */
/* A field of each kind: where it is shown, where its value goes, TRADE_HAS_ bit, FIELD_ bits. */
#define TEXT_FIELD(hf, member, has, flags)      { FIELD_TEXT, &(hf), OFFSET(member, trade_text_t), has, flags }
#define CLIENT_IP_FIELD(hf, member, has, flags) { FIELD_CLIENT_IP, &(hf), OFFSET(member, trade_text_t), has, flags }
#define UINT16_FIELD(hf, member, has, flags)    { FIELD_UINT16, &(hf), OFFSET(member, uint16_t), has, flags }
#define CLOCK_FIELD(hf, member, has, flags)     { FIELD_CLOCK, &(hf), OFFSET(member, uint64_t), has, flags }
#define DURATION_FIELD(hf, member, has, flags)  { FIELD_DURATION, &(hf), OFFSET(member, uint64_t), has, flags }
#define END_FIELD(hf, flags)                    { FIELD_END, &(hf), 0, 0, flags }
#define FIELDS_END                              { FIELD_TEXT, NULL, 0, 0, 0 }
#define NAME(keyword)                           keyword, sizeof(keyword) - 1

static const trade_field_t ping_fields[] = {
    CLOCK_FIELD(hf_trade_ping_clock, clock, TRADE_HAS_CLOCK, FIELD_OPTIONAL),
    FIELDS_END
};

static const trade_field_t roundtrip_fields[] = {
    CLOCK_FIELD(hf_trade_roundtrip_clock, clock, TRADE_HAS_CLOCK, 0),
    FIELDS_END
};

static const trade_field_t roundtrip_for_module_fields[] = {
    TEXT_FIELD(hf_trade_module, module, 0, 0),
    DURATION_FIELD(hf_trade_rtt_time, rtt, 0, 0),
    FIELDS_END
};

static const trade_field_t new_connection_fields[] = {
    UINT16_FIELD(hf_trade_conn_id, conn_id, TRADE_HAS_CONN_ID, 0),
    CLIENT_IP_FIELD(hf_trade_client_ip, client_ip, 0, 0),
    FIELDS_END
};

static const trade_field_t close_connection_fields[] = {
    UINT16_FIELD(hf_trade_conn_id, conn_id, TRADE_HAS_CONN_ID, 0),
    FIELDS_END
};

static const trade_field_t login_fields[] = {
    TEXT_FIELD(hf_trade_module, module, 0, FIELD_FROM_TRADESITE),
    UINT16_FIELD(hf_trade_conn_id, conn_id, TRADE_HAS_CONN_ID, 0),
    TEXT_FIELD(hf_trade_username, username, 0, 0),
    CLIENT_IP_FIELD(hf_trade_client_ip, client_ip, 0, 0),
    TEXT_FIELD(hf_trade_access, access, 0, 0),
    END_FIELD(hf_trade_end, FIELD_OPTIONAL),
    FIELDS_END
};

static const trade_field_t counts_fields[] = {
    UINT16_FIELD(hf_trade_module_count, module_count, 0, 0),
    UINT16_FIELD(hf_trade_client_count, client_count, 0, 0),
    FIELDS_END
};

static const trade_field_t status_fields[] = {
    TEXT_FIELD(hf_trade_status, status, 0, 0),
    FIELDS_END
};

/* The most frequent first; above each row, where the talk shows it. */
static const trade_keyword_t keywords[] = {
    /* 12.lua, frame 22 */
    { NAME("Ping"), TRADE_ROLE_PING, ping_fields, NULL },
    /* 12.lua, frame 24 */
    { NAME("Pong"), TRADE_ROLE_PONG, ping_fields, NULL },
    /* Example Drilldown */
    { NAME("Roundtrip"), TRADE_ROLE_ROUNDTRIP, roundtrip_fields, NULL },
    /* 13.lua, frame 59 */
    { NAME("Roundtrip for Module"), TRADE_ROLE_REPORT, roundtrip_for_module_fields, append_roundtrip_for_module },
    /* 15.lua, frame 1245 */
    { NAME("Login"), TRADE_ROLE_LOGIN, login_fields, append_login },
    /* 14.lua, frame 8705 */
    { NAME("Close Connection"), TRADE_ROLE_CLOSE_CONNECTION, close_connection_fields, append_close_connection },
    /* 14.lua, frame 1149 */
    { NAME("New Connection"), TRADE_ROLE_NEW_CONNECTION, new_connection_fields, append_new_connection },
    /* 16.lua, frame 1145 */
    { NAME("ModuleAndClientCount"), TRADE_ROLE_NONE, counts_fields, append_counts },
    /* 16.lua */
    { NAME("Status"), TRADE_ROLE_NONE, status_fields, append_status }
};

/* What a miss returns. */
static const trade_keyword_t unknown_keyword = { NAME(""), TRADE_ROLE_NONE, NULL, append_unknown };
/* What stands for a keyword that another dissector is registered for. */
static const trade_keyword_t foreign_keyword = { NAME(""), TRADE_ROLE_NONE, NULL, NULL };
/* clang-format on */

/* Returns the row of a keyword; the unknown row where the table has none. */
static const trade_keyword_t *find_keyword(trade_text_t text)
{
    for (size_t i = 0; i < array_length(keywords); i++) {
        if (keywords[i].length == text.length &&
            memcmp(keywords[i].name, text.bytes, text.length) == 0)
            return &keywords[i];
    }
    return &unknown_keyword;
}

bool trade_is_known_keyword(trade_text_t text, bool prefix_only)
{
    for (size_t i = 0; prefix_only && i < array_length(keywords); i++) {
        if (keywords[i].length >= text.length &&
            memcmp(keywords[i].name, text.bytes, text.length) == 0)
            return true;
    }
    return find_keyword(text) != &unknown_keyword;
}

trade_role_t trade_get_role(trade_text_t keyword)
{
    return find_keyword(keyword)->role;
}

/* ---- Module names ---- */

const char *trade_get_module_name(uint8_t id)
{
    return names_by_id[id];
}

char *trade_format_unknown(wmem_allocator_t *scope, uint8_t id)
{
    return wmem_strdup_printf(scope, "Unknown (%u)", id);
}

/* Returns the name of a module in this frame, from preference, talk or greeting;
 * NULL where none is known. */
static const char *get_module_name(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id)
{
    const char *name = trade_get_module_name(id);

    return name ? name : trade_connection_find_name(delivery, pinfo->num, id);
}

/* ---- Info: what a line says of a PDU ---- */

/* Returns whether somebody will read the tree's lines. */
static bool is_visible(proto_tree *tree)
{
    return tree && PTREE_DATA(tree)->visible;
}

static double get_milliseconds(uint64_t microseconds)
{
    return (double)microseconds / 1000.0;
}

/* Returns how many of a text's first bytes, up to so many, are printable ASCII. */
static unsigned get_printable_length(trade_text_t text, unsigned length)
{
    unsigned i = 0;

    while (i < length && g_ascii_isprint(text.bytes[i]))
        i++;
    return i;
}

/* Appends a text of the packet: cut where it is long, made printable. */
static void append_text(wmem_strbuf_t *info, trade_text_t text)
{
    const unsigned shown = MIN(text.length, INFO_TEXT_MAX);
    const unsigned printable = get_printable_length(text, shown);

    wmem_strbuf_append_len(info, (const char *)text.bytes, printable);
    for (unsigned i = printable; i < shown; i++) {
        if (g_ascii_isprint(text.bytes[i]))
            wmem_strbuf_append_c(info, (char)text.bytes[i]);
        else
            wmem_strbuf_append_printf(info, "\\x%02x", text.bytes[i]);
    }
    if (shown < text.length)
        wmem_strbuf_append(info, UTF8_HORIZONTAL_ELLIPSIS);
}

/* Appends a number in decimal: wmem_strbuf_append_printf() would take 300 instructions. */
static void append_number(wmem_strbuf_t *info, unsigned number)
{
    char digits[MAX_DIGITS];
    unsigned start = MAX_DIGITS;

    do {
        digits[--start] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    wmem_strbuf_append_len(info, digits + start, MAX_DIGITS - start);
}

static void append_roundtrip_for_module(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    wmem_strbuf_append(info, "Roundtrip for Module ");
    append_text(info, pdu->module);
    wmem_strbuf_append_printf(info, " is %.3f ms", get_milliseconds(pdu->rtt));
}

static void append_new_connection(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    wmem_strbuf_append(info, "New Connection from ");
    append_text(info, pdu->client_ip);
    wmem_strbuf_append_printf(info, " (id=%u)", pdu->conn_id);
}

static void append_close_connection(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    wmem_strbuf_append_printf(info, "Connection closed (id=%u)", pdu->conn_id);
}

static void append_login(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    wmem_strbuf_append(info, "User ");
    append_text(info, pdu->username);
    wmem_strbuf_append(info, " logged in from ");
    append_text(info, pdu->client_ip);
    if (pdu->module.bytes) {
        wmem_strbuf_append(info, " to ");
        append_text(info, pdu->module);
    }
    wmem_strbuf_append_printf(info, " (id=%u)", pdu->conn_id);
}

static void append_counts(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    append_text(info, pdu->keyword_text);
    wmem_strbuf_append_printf(info, ", Modules: %u, Clients: %u", pdu->module_count,
                              pdu->client_count);
}

static void append_status(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    append_text(info, pdu->keyword_text);
    wmem_strbuf_append(info, ": ");
    append_text(info, pdu->status);
}

static void append_unknown(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    append_text(info, pdu->keyword_text);
    wmem_strbuf_append(info, " (Unknown keyword)");
}

/* Appends what there is of a text that the capture, or the segment, cut. */
static void append_cut_text(wmem_strbuf_t *info, const trade_pdu_t *pdu, const char *what)
{
    append_text(info, pdu->cut_text);
    wmem_strbuf_append_printf(info, UTF8_HORIZONTAL_ELLIPSIS " (%s cut)", what);
}

/* Appends the name that a greeting gives. */
static void append_greeting(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    if (pdu->cut_text.bytes)
        append_cut_text(info, pdu, "name");
    else
        append_text(info, pdu->module);
}

/* Appends what Info says between sender and length. Of a body that is not whole
 * it says no more than the keyword. */
static void append_receiver(wmem_strbuf_t *info, const trade_pdu_t *pdu)
{
    if (!(pdu->has & TRADE_HAS_RECEIVER))
        return;
    if (!trade_pdu_is_control(pdu)) {
        wmem_strbuf_append(info, " -> ");
        append_number(info, pdu->receiver);
        return;
    }
    wmem_strbuf_append(info, " -> Control");
    if (pdu->keyword_text.length == 0 && !pdu->cut_text.bytes)
        return;
    wmem_strbuf_append(info, ", ");
    if (pdu->keyword_text.length == 0)
        append_cut_text(info, pdu, "keyword");
    else if (pdu->keyword && pdu->keyword->append_info && pdu->complete)
        pdu->keyword->append_info(info, pdu);
    else
        append_text(info, pdu->keyword_text);
}

/* Returns whether the bytes at hand end in the PDU's header. */
static bool is_header_cut(const trade_pdu_t *pdu)
{
    return pdu->kind == TRADE_UNIT_PDU && !(pdu->has & TRADE_HAS_RECEIVER) &&
           pdu->length >= TRADE_HEADER_LENGTH;
}

/* Returns what Info says of one PDU. Lives as long as the packet. */
static const char *get_info(packet_info *pinfo, const trade_pdu_t *pdu)
{
    wmem_strbuf_t *info = wmem_strbuf_new_sized(pinfo->pool, INFO_LENGTH);

    if (pdu->kind == TRADE_UNIT_GREETING) {
        wmem_strbuf_append(info, "Setting up connection to ");
        append_greeting(info, pdu);
    } else if (pdu->kind == TRADE_UNIT_UNDISSECTED) {
        wmem_strbuf_append_printf(info, "%u bytes not dissected", pdu->length);
    } else {
        wmem_strbuf_append(info, pdu->sender_name ? pdu->sender_name
                                                  : trade_format_unknown(pinfo->pool, pdu->sender));
        append_receiver(info, pdu);
        wmem_strbuf_append(info, ", len=");
        append_number(info, pdu->length);
        if (is_header_cut(pdu))
            wmem_strbuf_append(info, " (header cut)");
    }
    return wmem_strbuf_get_str(info);
}

/* ---- Info of a frame with several PDUs ---- */

/* What a frame's Info has to say. Lives as long as the packet; TCP calls the
 * dissector more than once for a frame. */
typedef struct trade_summary {
    unsigned count;    /* of PDUs */
    const char *first; /* what Info says of the first */
    const char *info;  /* what an earlier call wrote; NULL: there was none */
    struct {
        trade_text_t label;
        unsigned count;
    } kinds[INFO_KINDS_MAX]; /* in order of first appearance */
    unsigned kind_count;
} trade_summary_t;

/* Returns what a PDU is called in the Info of a frame with several. */
static trade_text_t get_kind_label(const trade_pdu_t *pdu)
{
    const char *label = "Data";

    if (pdu->kind == TRADE_UNIT_GREETING)
        label = "Greeting";
    else if (pdu->kind == TRADE_UNIT_UNDISSECTED)
        label = "not dissected";
    else if (pdu->length < TRADE_HEADER_LENGTH)
        label = "bad length";
    else if (is_header_cut(pdu))
        label = "header cut";
    else if (trade_pdu_is_control(pdu) && pdu->keyword_text.length == 0 && pdu->cut_text.bytes)
        label = "keyword cut";
    else if (trade_pdu_is_control(pdu) && pdu->keyword_text.length == 0)
        label = "no keyword";
    else if (trade_pdu_is_control(pdu))
        return pdu->keyword_text;
    return (trade_text_t){ (const uint8_t *)label, (unsigned)strlen(label) };
}

/* Counts a PDU by its kind. */
static void add_to_summary(trade_summary_t *summary, const trade_pdu_t *pdu)
{
    const trade_text_t label = get_kind_label(pdu);

    summary->count++;
    for (unsigned i = 0; i < summary->kind_count; i++) {
        const trade_text_t *known = &summary->kinds[i].label;
        if (known->length == label.length && memcmp(known->bytes, label.bytes, label.length) == 0) {
            summary->kinds[i].count++;
            return;
        }
    }
    if (summary->kind_count < INFO_KINDS_MAX) {
        summary->kinds[summary->kind_count].label = label;
        summary->kinds[summary->kind_count++].count = 1;
    }
}

/* Appends what a frame with several PDUs has. */
static void append_summary(wmem_strbuf_t *info, const trade_summary_t *summary)
{
    unsigned named = 0;

    wmem_strbuf_append_printf(info, "%u Trade PDUs", summary->count);
    for (unsigned i = 0; i < summary->kind_count; i++) {
        wmem_strbuf_append(info, i == 0 ? ": " : ", ");
        append_text(info, summary->kinds[i].label);
        if (summary->kinds[i].count > 1)
            wmem_strbuf_append_printf(info, " x%u", summary->kinds[i].count);
        named += summary->kinds[i].count;
    }
    if (named < summary->count)
        wmem_strbuf_append_printf(info, ", %u others", summary->count - named);
}

/* Returns what Info says of all PDUs of the frame so far. Lives as long as the packet. */
static const char *get_frame_info(packet_info *pinfo, const trade_summary_t *summary)
{
    wmem_strbuf_t *info = NULL;

    if (summary->count == 1)
        return summary->first;
    info = wmem_strbuf_new_sized(pinfo->pool, INFO_LENGTH);
    append_summary(info, summary);
    return wmem_strbuf_get_str(info);
}

/* Takes what an earlier call wrote for the same frame out of Info, where TCP would keep
 * it; what TCP wrote before it stays. Returns what is to be written. */
static const char *replace_info(packet_info *pinfo, const trade_summary_t *summary,
                                const char *info)
{
    const char *text = col_get_text(pinfo->cinfo, COL_INFO);
    const char *ours = text ? strstr(text, summary->info) : NULL;

    if (!ours)
        return info;
    info = wmem_strdup_printf(pinfo->pool, "%.*s%s", (int)(ours - text), text, info);
    col_clear_fence(pinfo->cinfo, COL_INFO);
    return info;
}

/* Writes the columns of a frame that has a PDU. */
static void set_columns(packet_info *pinfo, trade_summary_t *summary)
{
    const char *info = NULL;

    if (!summary || summary->count == 0)
        return;
    col_set_str(pinfo->cinfo, COL_PROTOCOL, "TRADE");
    info = get_frame_info(pinfo, summary);
    col_add_str(pinfo->cinfo, COL_INFO, summary->info ? replace_info(pinfo, summary, info) : info);
    summary->info = info;
}

/* ---- Bodies ---- */

/* Adds a field whose value stands in the bytes. Without a tree Wireshark would still
 * take 60 instructions to look at them. Returns the item, or NULL. */
static proto_item *add_item(proto_tree *tree, int hf, tvbuff_t *tvb, unsigned start,
                            unsigned length, unsigned encoding)
{
    return tree ? proto_tree_add_item(tree, hf, tvb, (int)start, (int)length, encoding) : NULL;
}

/* Adds a number. Without a tree Wireshark would still take 26 instructions. Returns the
 * item, or NULL. */
static proto_item *add_uint(proto_tree *tree, int hf, tvbuff_t *tvb, unsigned start,
                            unsigned length, uint32_t value)
{
    return tree ? proto_tree_add_uint(tree, hf, tvb, (int)start, (int)length, value) : NULL;
}

/* Where a routine stands in a PDU. Lives as long as the PDU's dissection. */
typedef struct trade_cursor {
    tvbuff_t *tvb;        /* the PDU */
    const uint8_t *bytes; /* as much of it as is at hand */
    packet_info *pinfo;
    proto_tree *top;  /* what others add to */
    proto_tree *tree; /* what we add to; NULL where nobody asks for our fields */
    trade_pdu_t *pdu;
    unsigned offset;
    unsigned end;      /* of the PDU */
    unsigned captured; /* end of what is at hand: less where capture or segment ends before */
} trade_cursor_t;

/* Returns whether all bytes of the PDU are at hand. */
static bool is_whole(const trade_cursor_t *at)
{
    return at->captured == at->end && at->pdu->length == at->end;
}

/* Returns whether the next bytes are at hand. Where the PDU ends before them,
 * says that the field is missing. All bounds are checked here. */
static bool has_bytes(trade_cursor_t *at, unsigned length, int hf)
{
    if (length <= at->captured - at->offset)
        return true;
    at->pdu->complete = false;
    if (length > at->end - at->offset)
        proto_tree_add_expert_format(at->tree, at->pinfo, &ei_trade_body_short, at->tvb,
                                     (int)at->offset, (int)(at->captured - at->offset),
                                     "The PDU ends in or before the field %s",
                                     proto_registrar_get_name(hf));
    return false;
}

/* Adds what is wrong with a text. */
static void add_text_experts(trade_cursor_t *at, proto_item *item, trade_text_t text)
{
    if (text.length == 0)
        expert_add_info(at->pinfo, item, &ei_trade_string_empty);
    if (text.length > TEXT_LENGTH_MAX)
        expert_add_info(at->pinfo, item, &ei_trade_string_long);
    if (get_printable_length(text, text.length) < text.length)
        expert_add_info(at->pinfo, item, &ei_trade_string_non_ascii);
}

/* Returns the text at the offset, up to the 00 that ends it or to where the bytes
 * at hand end; sets *size to the bytes it takes, the 00 included. */
static trade_text_t get_text(const trade_cursor_t *at, unsigned *size)
{
    const unsigned left = at->captured - at->offset;
    const uint8_t *bytes = at->bytes + at->offset;
    const uint8_t *terminator = left > 0 ? (const uint8_t *)memchr(bytes, 0, left) : NULL;
    const trade_text_t text = { bytes, terminator ? (unsigned)(terminator - bytes) : left };

    *size = terminator ? text.length + 1 : left;
    return text;
}

/* Adds the bytes from here to the end of the PDU as data. Returns the item. */
static proto_item *add_data(trade_cursor_t *at)
{
    const unsigned start = at->offset;

    at->offset = at->captured;
    return add_item(at->tree, hf_trade_data, at->tvb, start, at->captured - start, ENC_NA);
}

/* Adds a text that 00 ends, returns its item and sets *text. One that nothing
 * ends takes all that is left of the PDU. Where the PDU goes on behind the bytes at hand,
 * such a text is data, or a filter for a part of it would match. */
static proto_item *add_text(trade_cursor_t *at, int hf, trade_text_t *text)
{
    unsigned size = 0;

    *text = get_text(at, &size);
    if (size == text->length && !is_whole(at)) {
        at->pdu->complete = false;
        at->pdu->cut_text = *text;
        *text = (trade_text_t){ NULL, 0 };
        return add_data(at);
    }
    proto_item *item = add_item(at->tree, hf, at->tvb, at->offset, size, ENC_ASCII);
    at->offset += size;
    if (size == text->length) {
        at->pdu->complete = false;
        expert_add_info(at->pinfo, item, &ei_trade_string_unterminated);
    }
    return item;
}

static bool dissect_text(trade_cursor_t *at, const trade_field_t *field)
{
    trade_text_t *text = (trade_text_t *)((char *)at->pdu + field->value);
    proto_item *item = NULL;

    if (!has_bytes(at, 1, *field->hf))
        return false;
    item = add_text(at, *field->hf, text);
    if (field->kind == FIELD_TEXT && text->bytes)
        add_text_experts(at, item, *text);
    return at->pdu->complete;
}

/* Returns whether the text is an IPv4 address, in decimal with or without zeros
 * before the numbers; sets *addr, in network byte order. */
static bool get_ipv4(trade_text_t text, ws_in4_addr *addr)
{
    uint32_t value = 0;
    unsigned number = 0, digits = 0, dots = 0;

    for (unsigned i = 0; i < text.length; i++) {
        if (g_ascii_isdigit(text.bytes[i]) && digits < 3) {
            number = number * 10 + (unsigned)(text.bytes[i] - '0');
            digits++;
        } else if (text.bytes[i] == '.' && digits > 0 && number <= UINT8_MAX && dots < 3) {
            value = value << 8 | number;
            number = digits = 0;
            dots++;
        } else {
            return false;
        }
    }
    *addr = g_htonl(value << 8 | number);
    return dots == 3 && digits > 0 && number <= UINT8_MAX;
}

static bool dissect_client_ip(trade_cursor_t *at, const trade_field_t *field)
{
    const unsigned start = at->offset;
    const bool whole = dissect_text(at, field);
    const trade_text_t text = at->pdu->client_ip;
    ws_in4_addr addr = 0;

    if (!text.bytes || at->captured < at->end)
        return whole;
    if (get_ipv4(text, &addr)) {
        at->pdu->client_addr = addr;
        proto_item *item = proto_tree_add_ipv4(at->tree, hf_trade_client_addr, at->tvb, (int)start,
                                               (int)(at->offset - start), addr);
        proto_item_set_generated(item);
    } else {
        proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_client_ip_invalid, at->tvb, (int)start,
                              (int)(at->offset - start));
    }
    return whole;
}

static bool dissect_uint16(trade_cursor_t *at, const trade_field_t *field)
{
    uint16_t *value = (uint16_t *)((char *)at->pdu + field->value);

    if (!has_bytes(at, sizeof *value, *field->hf))
        return false;
    *value = tvb_get_ntohs(at->tvb, (int)at->offset);
    at->pdu->has |= field->has;
    add_uint(at->tree, *field->hf, at->tvb, at->offset, sizeof *value, *value);
    at->offset += sizeof *value;
    return true;
}

/* Adds the count of a counted integer and, where that cannot be one, its bytes.
 * Returns the count of one that is good and at hand, else 0; the offset is then
 * behind what was shown. */
static unsigned dissect_count(trade_cursor_t *at, const trade_field_t *field)
{
    if (!has_bytes(at, 1, *field->hf))
        return 0;
    const unsigned count = tvb_get_uint8(at->tvb, (int)at->offset);
    proto_item *item = add_uint(at->tree, hf_trade_value_length, at->tvb, at->offset, 1, count);
    at->offset++;
    if (count == 0 || count > TRADE_INTEGER_MAX) {
        expert_add_info(at->pinfo, item, &ei_trade_clock_size);
        at->pdu->complete = false;
    }
    if (!has_bytes(at, count, *field->hf))
        return 0;
    if (count > TRADE_INTEGER_MAX) {
        proto_tree_add_item(at->tree, hf_trade_data, at->tvb, (int)at->offset, (int)count, ENC_NA);
        at->offset += count;
        return 0;
    }
    return count;
}

/* Adds the clock as the date and time that the sender's wall clock showed. */
static void add_clock(trade_cursor_t *at, unsigned length, uint64_t clock)
{
    const nstime_t when = { .secs = (time_t)((int64_t)(clock / MICROSECONDS) - TRADE_CLOCK_TO_UNIX),
                            .nsecs = (int)(clock % MICROSECONDS) * 1000 };
    proto_item *item =
        proto_tree_add_time(at->tree, hf_trade_clock, at->tvb, (int)at->offset, (int)length, &when);
    GDateTime *date = NULL;
    char *text = NULL;

    proto_item_set_generated(item);
    date = is_visible(at->tree) ? g_date_time_new_from_unix_utc(when.secs) : NULL;
    if (!date)
        return;
    text = g_date_time_format(date, "%Y-%m-%d %H:%M:%S");
    proto_item_set_text(item, "Clock: %s.%06u", text, (unsigned)(clock % MICROSECONDS));
    g_free(text);
    g_date_time_unref(date);
}

static bool dissect_counted_integer(trade_cursor_t *at, const trade_field_t *field)
{
    uint64_t *value = (uint64_t *)((char *)at->pdu + field->value);
    const unsigned count = dissect_count(at, field);

    if (count == 0)
        return false;
    const uint8_t *bytes = at->bytes + at->offset;
    for (unsigned i = count; i > 0; i--)
        *value = *value << 8 | bytes[i - 1];
    at->pdu->has |= field->has;
    if (field->kind == FIELD_DURATION) {
        proto_tree_add_double_format_value(at->tree, *field->hf, at->tvb, (int)at->offset,
                                           (int)count, get_milliseconds(*value), "%.3f ms",
                                           get_milliseconds(*value));
    } else {
        proto_tree_add_uint64(at->tree, *field->hf, at->tvb, (int)at->offset, (int)count, *value);
        add_clock(at, count, *value);
    }
    at->offset += count;
    return true;
}

/* The talk's Logins are a byte longer than their texts: 57 bytes in frame 1245, where
 * one more 00 follows the last. */
static bool dissect_end(trade_cursor_t *at, const trade_field_t *field)
{
    if (!has_bytes(at, 1, *field->hf))
        return false;
    if (tvb_get_uint8(at->tvb, (int)at->offset) == 0)
        add_item(at->tree, *field->hf, at->tvb, at->offset++, 1, ENC_NA);
    return true;
}

/* Adds one field of a body. Returns whether the next can follow. */
static bool dissect_field(trade_cursor_t *at, const trade_field_t *field)
{
    if ((field->flags & FIELD_FROM_TRADESITE) && at->pdu->sender != TRADE_MODULE_TRADESITE)
        return true;
    if ((field->flags & FIELD_OPTIONAL) && at->offset == at->end)
        return true;
    switch (field->kind) {
    case FIELD_TEXT:
        return dissect_text(at, field);
    case FIELD_CLIENT_IP:
        return dissect_client_ip(at, field);
    case FIELD_UINT16:
        return dissect_uint16(at, field);
    case FIELD_END:
        return dissect_end(at, field);
    case FIELD_CLOCK:
    case FIELD_DURATION:
        return dissect_counted_integer(at, field);
    }
    return false;
}

/* Adds the body that the keyword asks for, and shows what does not fit it. */
static void dissect_body(trade_cursor_t *at)
{
    const trade_field_t *field = at->pdu->keyword->fields;
    bool whole = true;

    for (; field && field->hf && whole; field++)
        whole = dissect_field(at, field);
    if (at->offset == at->captured || at->pdu->keyword == &foreign_keyword)
        return;
    proto_item *item = add_data(at);
    if (whole && at->pdu->keyword != &unknown_keyword)
        expert_add_info(at->pinfo, item, &ei_trade_body_trailing);
}

/* ---- Header, keyword, data ---- */

/* Adds the sender's name, as Info has it, for columns and filters: the line of the id
 * shows it already. Made only where somebody asks. */
static void add_sender_name(trade_cursor_t *at, uint8_t id, const char *name)
{
    if (!proto_field_is_referenced(at->tree, hf_trade_sender_name))
        return;
    if (!name)
        name = trade_format_unknown(at->pinfo->pool, id);
    proto_item *item = proto_tree_add_string(at->tree, hf_trade_sender_name, at->tvb, 0, 1, name);
    proto_item_set_generated(item);
    proto_item_set_hidden(item);
}

/* Returns the line of the sender's id. */
static proto_item *add_sender(trade_cursor_t *at, uint8_t id, const char *name)
{
    proto_item *item = proto_tree_add_uint_format_value(at->tree, hf_trade_sender, at->tvb, 0, 1,
                                                        id, "%s (%u)", name ? name : "Unknown", id);

    add_sender_name(at, id, name);
    return item;
}

static void dissect_sender(trade_cursor_t *at, const trade_delivery_t *delivery, uint8_t id)
{
    const char *name = get_module_name(delivery, at->pinfo, id);
    proto_item *item = at->tree ? add_sender(at, id, name) : NULL;

    at->pdu->sender = id;
    at->pdu->sender_name = name;
    if (!name)
        expert_add_info(at->pinfo, item, &ei_trade_sender_unknown);
    at->offset = 1;
}

static void add_receiver(trade_cursor_t *at, uint16_t receiver)
{
    if (receiver == TRADE_RECEIVER_CONTROL)
        proto_tree_add_uint_format_value(at->tree, hf_trade_receiver, at->tvb, TRADE_LENGTH_END, 2,
                                         receiver, "%u (Control)", receiver);
    else
        proto_tree_add_uint(at->tree, hf_trade_receiver, at->tvb, TRADE_LENGTH_END, 2, receiver);
}

/* Adds sender, length and receiver, as much of them as there is. Returns whether
 * the PDU goes on behind them. */
static bool dissect_header(trade_cursor_t *at, const trade_delivery_t *delivery)
{
    const uint8_t *header = at->bytes;
    trade_pdu_t *pdu = at->pdu;
    proto_item *item = NULL;

    dissect_sender(at, delivery, header[0]);
    pdu->length = (uint32_t)(header[1] << 8 | header[2]);
    item = add_uint(at->tree, hf_trade_length, at->tvb, 1, 2, pdu->length);
    at->offset = TRADE_LENGTH_END;
    if (pdu->length < TRADE_HEADER_LENGTH)
        expert_add_info(at->pinfo, item, &ei_trade_length_invalid);
    if (at->captured < TRADE_HEADER_LENGTH) {
        if (at->offset < at->captured)
            add_data(at);
        return false;
    }
    pdu->receiver = (uint16_t)(header[3] << 8 | header[4]);
    pdu->has |= TRADE_HAS_RECEIVER;
    if (at->tree)
        add_receiver(at, pdu->receiver);
    at->offset = TRADE_HEADER_LENGTH;
    return pdu->length >= TRADE_HEADER_LENGTH;
}

/* Returns whether another dissector wants the bodies of a keyword. */
static bool has_dissector(packet_info *pinfo, trade_text_t keyword)
{
    return dissector_get_string_handle(keyword_table, trade_text_dup(pinfo->pool, keyword)) != NULL;
}

static void dissect_keyword(trade_cursor_t *at)
{
    trade_pdu_t *pdu = at->pdu;
    proto_item *item = NULL;

    if (at->offset == at->captured) {
        if (is_whole(at))
            proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_keyword_missing, at->tvb, 0,
                                  (int)at->captured);
        else
            pdu->cut_text.bytes = at->bytes + at->offset;
        pdu->complete = false;
        return;
    }
    item = add_text(at, hf_trade_keyword, &pdu->keyword_text);
    if (pdu->cut_text.bytes)
        return;
    if (pdu->keyword_text.length == 0) {
        expert_add_info(at->pinfo, item, &ei_trade_keyword_missing);
        if (at->offset < at->captured)
            add_data(at);
        return;
    }
    pdu->keyword = find_keyword(pdu->keyword_text);
    pdu->role = pdu->keyword->role;
    if (pdu->keyword == &unknown_keyword && has_dissector(at->pinfo, pdu->keyword_text))
        pdu->keyword = &foreign_keyword;
    if (pdu->keyword == &unknown_keyword) {
        add_text_experts(at, item, pdu->keyword_text);
        expert_add_info_format(at->pinfo, item, &ei_trade_keyword_unknown,
                               "This keyword is not known: its body is shown as data");
    }
    dissect_body(at);
}

static void dissect_data(trade_cursor_t *at)
{
    at->pdu->role = TRADE_ROLE_DATA;
    if (at->offset < at->captured)
        add_data(at);
}

/* Adds the fields of a PDU. */
static void dissect_pdu(trade_cursor_t *at, const trade_delivery_t *delivery)
{
    if (!dissect_header(at, delivery))
        at->pdu->complete = false;
    else if (at->pdu->receiver == TRADE_RECEIVER_CONTROL)
        dissect_keyword(at);
    else
        dissect_data(at);
}

/* Remembers the name that a greeting teaches. */
static void learn_name(const trade_cursor_t *at, const trade_delivery_t *delivery)
{
    const trade_text_t name = at->pdu->module;

    if (at->pdu->complete && name.length > 0 && !PINFO_FD_VISITED(at->pinfo))
        trade_connection_learn_name(delivery, at->pinfo, tvb_get_uint8(at->tvb, 0),
                                    (const char *)tvb_get_string_enc(at->pinfo->pool, at->tvb, 2,
                                                                     (int)name.length, ENC_ASCII));
}

/* Adds the fields of a greeting. */
static void dissect_greeting(trade_cursor_t *at, const trade_delivery_t *delivery)
{
    trade_pdu_t *pdu = at->pdu;
    const unsigned count = tvb_get_uint8(at->tvb, 1);
    proto_item *item = NULL;
    unsigned size = 0;

    at->offset = 2;
    pdu->module = get_text(at, &size);
    /* As the wire says, where the connection ends in the name. */
    if (size == pdu->module.length && size < count)
        pdu->length = count + TRADE_GREETING_OVERHEAD;
    pdu->complete = is_whole(at);
    learn_name(at, delivery);
    dissect_sender(at, delivery, tvb_get_uint8(at->tvb, 0));
    item = add_uint(at->tree, hf_trade_length, at->tvb, 1, 1, count);
    if (pdu->complete && (count == 0 || count != pdu->module.length))
        expert_add_info(at->pinfo, item, &ei_trade_greeting_length);
    at->offset = 2;
    if (at->offset == at->captured)
        return;
    item = add_text(at, hf_trade_greeting, &pdu->module);
    if (pdu->complete)
        add_text_experts(at, item, pdu->module);
    if (at->offset < at->captured)
        add_data(at);
}

/* ---- What belongs together: generated fields ---- */

/* Adds a generated field of a frame number, if there is one. */
static void add_frame(trade_cursor_t *at, int hf, uint32_t frame)
{
    if (frame)
        proto_item_set_generated(add_uint(at->tree, hf, at->tvb, 0, 0, frame));
}

/* Adds a generated field of a time in ns. Returns the item, or NULL. */
static proto_item *add_time(trade_cursor_t *at, int hf, int64_t nanoseconds)
{
    if (!at->tree)
        return NULL;
    const nstime_t when = { .secs = (time_t)(nanoseconds / 1000000000),
                            .nsecs = (int)(nanoseconds % 1000000000) };
    proto_item *item = proto_tree_add_time(at->tree, hf, at->tvb, 0, 0, &when);

    proto_item_set_generated(item);
    return item;
}

/* Adds a generated field in ms, with three decimals. Returns the item, or NULL. */
static proto_item *add_milliseconds(trade_cursor_t *at, int hf, double milliseconds)
{
    if (!at->tree)
        return NULL;
    proto_item *item = proto_tree_add_double_format_value(at->tree, hf, at->tvb, 0, 0, milliseconds,
                                                          "%.3f ms", milliseconds);

    proto_item_set_generated(item);
    return item;
}

/* Adds whether a Ping was answered, as far as a later pass knows. */
static void add_answered(trade_cursor_t *at, const trade_delivery_t *delivery,
                         const trade_record_t *record)
{
    if (!PINFO_FD_VISITED(at->pinfo))
        return;
    add_frame(at, hf_trade_response_in, record->peer_frame);
    if (record->role != TRADE_ROLE_PING)
        return;
    switch (trade_exchange_was_answered(delivery, at->pinfo, record)) {
    case TRADE_ANSWERED_NEVER:
        expert_add_info(at->pinfo, proto_tree_get_parent(at->tree), &ei_trade_ping_unanswered);
        break;
    case TRADE_ANSWERED_LOST:
        expert_add_info_format(at->pinfo, proto_tree_get_parent(at->tree),
                               &ei_trade_keepalive_uncertain,
                               "No Pong answers this Ping in the capture, but bytes that could "
                               "hold it are missing");
        break;
    case TRADE_ANSWERED_UNKNOWN:
        break;
    }
}

/* In one pass, adds that this PDU shows a Ping before it to be unanswered. */
static void add_unanswered(trade_cursor_t *at, const trade_record_t *record)
{
    proto_item *item = NULL;

    if (PINFO_FD_VISITED(at->pinfo) || record->other_frame == 0)
        return;
    item = add_uint(at->tree, hf_trade_unanswered_ping, at->tvb, 0, 0, record->other_frame);
    proto_item_set_generated(item);
    if (record->flags & TRADE_RECORD_PROOF_LOST)
        expert_add_info_format(at->pinfo, item, &ei_trade_keepalive_uncertain,
                               "No Pong answers the Ping in frame %u so far, but bytes that "
                               "could hold it are missing",
                               record->other_frame);
    else
        expert_add_info_format(at->pinfo, item, &ei_trade_ping_unanswered,
                               "The Ping in frame %u has had no Pong for three intervals",
                               record->other_frame);
}

/* Adds how long a PDU waited before it was sent. */
static void add_send_delay(trade_cursor_t *at, const trade_record_t *record)
{
    const double delay = (double)record->send_delay / 1000.0;
    proto_item *item = NULL;

    if (!(record->flags & TRADE_RECORD_SEND_DELAY))
        return;
    item = add_milliseconds(at, hf_trade_send_delay, delay);
    if (delay > trade_slow)
        expert_add_info_format(at->pinfo, item, &ei_trade_send_delay_high,
                               "This PDU was sent %.3f ms later than its clock and the best of "
                               "this sender's PDUs let expect",
                               delay);
}

static void add_ping(trade_cursor_t *at, const trade_record_t *record)
{
    proto_item *item = NULL;

    if (record->flags & TRADE_RECORD_REVERSED)
        expert_add_info_format(at->pinfo, proto_tree_get_parent(at->tree),
                               &ei_trade_keepalive_uncertain,
                               "The Pong that seems to answer this Ping was captured before it, in "
                               "frame %u: the capture's order is not the network's",
                               record->peer_frame);
    if (!(record->flags & TRADE_RECORD_INTERVAL))
        return;
    item = add_time(at, hf_trade_ping_interval, record->elapsed);
    if (record->flags & TRADE_RECORD_LATE)
        expert_add_info(at->pinfo, item, &ei_trade_ping_late);
    if (record->flags & TRADE_RECORD_UNCERTAIN)
        expert_add_info_format(at->pinfo, item, &ei_trade_keepalive_uncertain,
                               "This Ping seems late, but bytes that could hold one before it "
                               "are missing");
}

/* Adds what a Pong, or the echo of a Roundtrip, answers. */
static void add_answer(trade_cursor_t *at, const trade_record_t *record)
{
    proto_item *item = NULL;

    if (record->flags & TRADE_RECORD_REVERSED)
        add_frame(at, hf_trade_response_to, record->peer_frame);
    if (record->flags & TRADE_RECORD_ANSWER) {
        add_frame(at, hf_trade_response_to, record->peer_frame);
        item = add_time(at, hf_trade_response_time, record->elapsed);
        if ((double)record->elapsed / 1e6 > trade_slow)
            expert_add_info(at->pinfo, item, &ei_trade_response_slow);
    }
    if (record->flags & TRADE_RECORD_UNEXPECTED)
        expert_add_info(at->pinfo, proto_tree_get_parent(at->tree), &ei_trade_pong_unexpected);
    if (record->role == TRADE_ROLE_PONG && (record->flags & TRADE_RECORD_UNCERTAIN))
        expert_add_info_format(at->pinfo, proto_tree_get_parent(at->tree),
                               &ei_trade_keepalive_uncertain,
                               "No Ping before this Pong is in the capture, but bytes that could "
                               "hold it are missing");
}

/* Takes a reported roundtrip apart: between Ping and Pong where the capture was made, and the
 * rest, of which the capture alone does not tell where it went. */
static void add_report(trade_cursor_t *at, const trade_record_t *record)
{
    const double reported = get_milliseconds(at->pdu->rtt);
    const double wire = (double)record->elapsed / 1e6;

    if (record->peer_frame) {
        add_frame(at, hf_trade_rtt_ping, record->peer_frame);
        add_frame(at, hf_trade_rtt_pong, record->other_frame);
        add_milliseconds(at, hf_trade_rtt_wire, wire);
        add_milliseconds(at, hf_trade_rtt_off_wire, MAX(reported - wire, 0.0));
    }
    if (reported <= trade_slow)
        return;
    if (record->peer_frame)
        expert_add_info_format(at->pinfo, proto_tree_get_parent(at->tree), &ei_trade_roundtrip_slow,
                               "This roundtrip took %.3f ms, of which %.3f ms on the wire and "
                               "%.3f ms not between Ping and Pong at this capture point",
                               reported, wire, MAX(reported - wire, 0.0));
    else
        expert_add_info(at->pinfo, proto_tree_get_parent(at->tree), &ei_trade_roundtrip_slow);
}

/* Adds what belongs to a PDU that asks, answers or reports. */
static void add_record(trade_cursor_t *at, const trade_delivery_t *delivery,
                       const trade_record_t *record)
{
    if (record->role == TRADE_ROLE_REPORT) {
        add_report(at, record);
        return;
    }
    if (record->role == TRADE_ROLE_PING)
        add_ping(at, record);
    else
        add_answer(at, record);
    if (!(record->flags & TRADE_RECORD_ANSWER) && record->role != TRADE_ROLE_PONG)
        add_answered(at, delivery, record);
    add_send_delay(at, record);
    add_unanswered(at, record);
}

/* Adds what is known of the client's session by now. */
static void add_client(trade_cursor_t *at, const trade_client_t *client, trade_position_t here)
{
    proto_item *item = add_uint(at->tree, hf_trade_session, at->tvb, 0, 0, client->number);

    proto_item_set_generated(item);
    if (at->pdu->role == TRADE_ROLE_DATA && trade_is_known_at(client->closed, here))
        expert_add_info(at->pinfo, item, &ei_trade_data_after_close);
    if (!at->tree)
        return;
    if (trade_is_known_at(client->user_at, here))
        proto_item_set_generated(proto_tree_add_string(at->tree, hf_trade_session_username, at->tvb,
                                                       0, 0, client->username));
    if (trade_is_known_at(client->addr_at, here))
        proto_item_set_generated(proto_tree_add_ipv4(at->tree, hf_trade_session_client_addr,
                                                     at->tvb, 0, 0, client->addr));
    for (const trade_client_module_t *module = client->modules;
         module && trade_is_known_at(module->at, here); module = module->next)
        proto_item_set_generated(
            proto_tree_add_string(at->tree, hf_trade_session_module, at->tvb, 0, 0, module->name));
    if (trade_is_known_at(client->opened, here))
        add_frame(at, hf_trade_session_open, client->opened.frame);
    if (trade_is_known_at(client->closed, here))
        add_frame(at, hf_trade_session_close, client->closed.frame);
}

/* Gives a PDU and what belongs with it to statistics, exports and menus. */
static void tap_pdu(trade_cursor_t *at, const trade_tap_t *found)
{
    wmem_allocator_t *pool = at->pinfo->pool;
    trade_tap_t *tap = (trade_tap_t *)wmem_memdup(pool, found, sizeof *found);

    tap->pdu = (const trade_pdu_t *)wmem_memdup(pool, at->pdu, sizeof *at->pdu);
    tap->delivery =
        (const trade_delivery_t *)wmem_memdup(pool, found->delivery, sizeof *found->delivery);
    if (trade_pdu_is_control(tap->pdu) && tap->pdu->keyword_text.length > 0)
        tap->keyword = trade_text_dup(pool, tap->pdu->keyword_text);
    if (tap->pdu->role == TRADE_ROLE_DATA && is_whole(at) && at->end > TRADE_HEADER_LENGTH)
        tap->payload = tvb_new_subset_remaining(at->tvb, TRADE_HEADER_LENGTH);
    trade_export_note(at->pinfo, tap);
    trade_export_tap(at->pinfo, tap);
    tap_queue_packet(trade_tap, at->pinfo, tap);
}

/* Tells the session what was seen, shows what belongs with it, and taps both. */
static void add_findings(trade_cursor_t *at, const trade_delivery_t *delivery, uint32_t seq)
{
    trade_pdu_t *pdu = at->pdu;

    if (!PINFO_FD_VISITED(at->pinfo))
        trade_connection_note_module(delivery, at->pinfo, pdu);
    const trade_record_t *record = trade_exchange_note(delivery, at->pinfo, seq, pdu);
    const trade_client_t *client = trade_client_note(delivery, at->pinfo, seq, pdu);

    if (record)
        add_record(at, delivery, record);
    if (client)
        add_client(at, client, (trade_position_t){ at->pinfo->num, seq });
    if (have_tap_listener(trade_tap) || trade_export_is_wanted() || is_visible(at->tree))
        tap_pdu(at, &(trade_tap_t){
                        .delivery = delivery, .record = record, .client = client, .seq = seq });
}

/* ---- What other dissectors decode ---- */

/* Gives the rest of a PDU to the dissectors that others registered: for its keyword,
 * or for its module's payload. Returns how many bytes they took. */
static int call_others(trade_cursor_t *at, tvbuff_t *rest)
{
    heur_dtbl_entry_t *entry = NULL;
    int taken = 0;

    if (at->pdu->keyword == &foreign_keyword)
        return dissector_try_string_with_data(
            keyword_table, trade_text_dup(at->pinfo->pool, at->pdu->keyword_text), rest, at->pinfo,
            at->tree ? at->tree : at->top, true, at->pdu);
    taken = dissector_try_uint(data_table, at->pdu->sender, rest, at->pinfo, at->top);
    if (taken == 0 &&
        dissector_try_heuristic(data_heuristics, rest, at->pinfo, at->top, &entry, NULL))
        taken = (int)tvb_captured_length(rest);
    return taken;
}

static void note_dissector(const char *table _U_, ftenum_t type _U_, void *key _U_, void *value,
                           void *data _U_)
{
    payload_is_wanted |= dtbl_entry_get_handle((dtbl_entry_t *)value) != NULL;
}

static void note_heuristic(const char *table _U_, heur_dtbl_entry_t *entry, void *data _U_)
{
    payload_is_wanted |= entry->enabled;
}

/* Finds out, before a capture file is dissected, whether anybody wants payloads: to ask
 * for each would cost 300 instructions a data PDU. */
static void find_other_dissectors(void)
{
    payload_is_wanted = false;
    dissector_table_foreach("trade.data", note_dissector, NULL);
    heur_dissector_table_foreach("trade.data", note_heuristic, NULL);
}

/* Lets others decode the rest of a whole PDU, a payload from start on. They throw as
 * they like, so this comes last. The columns are not theirs. */
static void dissect_others(trade_cursor_t *at, unsigned start)
{
    const bool is_foreign = at->pdu->keyword == &foreign_keyword;
    const bool is_payload = at->pdu->role == TRADE_ROLE_DATA && payload_is_wanted;
    volatile int taken = 0; /* setjmp() might lose it */

    if (!(is_foreign || is_payload) || start >= at->end || !is_whole(at))
        return;
    const bool writable = col_get_writable(at->pinfo->cinfo, -1);
    col_set_writable(at->pinfo->cinfo, -1, false);
    TRY
    {
        taken = call_others(at, tvb_new_subset_remaining(at->tvb, (int)start));
    }
    FINALLY
    {
        col_set_writable(at->pinfo->cinfo, -1, writable);
        /* Nor is TCP's reassembly: it is the stream's. */
        at->pinfo->desegment_len = 0;
    }
    ENDTRY;
    at->offset = start + (unsigned)MAX(taken, 0);
    if (is_foreign && at->offset < at->end)
        add_data(at);
}

/* ---- Framing: one unit of the stream after the other ---- */

/* What the routines that the driver calls have to know. Lives as long as one call of the
 * dissector. */
typedef struct trade_context {
    trade_summary_t *summary; /* NULL: there are no columns to write */
    bool is_wanted;           /* somebody asks for our fields */
    bool is_listed;           /* the tree has an item of ours */
} trade_context_t;

/* Returns whether a module is known by name, or its connection, from earlier frames. */
static bool is_known_module(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id)
{
    return trade_get_module_name(id) || trade_connection_is_module(delivery, pinfo->num, id) ||
           trade_connection_find_name(delivery, pinfo->num - 1, id);
}

/* Adds what the session knows of the bytes before a PDU. */
static void add_gap(trade_cursor_t *at, const trade_piece_t *piece)
{
    const trade_gap_t gap = trade_flow_take_gap(piece->delivery, at->pinfo, piece->seq);
    proto_item *item = NULL;

    if (gap.bytes == 0)
        return;
    item = proto_tree_add_uint(at->tree, hf_trade_gap_bytes, at->tvb, 0, 0, gap.bytes);
    proto_item_set_generated(item);
    expert_add_info_format(at->pinfo, item, &ei_trade_gap,
                           "%s%u bytes of the stream before this PDU are missing: lost, or not "
                           "in the capture, or out of order",
                           gap.is_upper_bound ? "Up to " : "", gap.bytes);
}

/* Adds that the capture holds only the first bytes of a unit, or of a frame. */
static void add_truncated(trade_cursor_t *at, unsigned missing)
{
    proto_item *item = proto_tree_add_uint(at->tree, hf_trade_truncated_bytes, at->tvb,
                                           (int)at->captured, 0, missing);

    proto_item_set_generated(item);
    expert_add_info_format(at->pinfo, item, &ei_trade_truncated,
                           "%u bytes were cut off by the capture's snapshot length", missing);
}

/* Adds bytes that are no PDU, or too few to tell. */
static void dissect_undissected(trade_cursor_t *at, const trade_piece_t *piece)
{
    proto_item *item =
        proto_tree_add_item(at->tree, hf_trade_undissected, at->tvb, 0, (int)at->captured, ENC_NA);

    if (piece->unit.is_cut_off)
        expert_add_info(at->pinfo, item, &ei_trade_incomplete);
    else if (piece->ends_hole)
        expert_add_info_format(at->pinfo, item, &ei_trade_resync,
                               "A PDU may begin here whose other bytes were captured before these");
    else if (at->captured >= TRADE_LENGTH_END || at->captured == at->end)
        expert_add_info(at->pinfo, item, &ei_trade_resync);
}

/* Adds the fields of a unit, by its kind. */
static void dissect_fields(trade_cursor_t *at, const trade_piece_t *piece)
{
    switch (piece->unit.kind) {
    case TRADE_UNIT_UNDISSECTED:
        dissect_undissected(at, piece);
        return;
    case TRADE_UNIT_GREETING:
        dissect_greeting(at, piece->delivery);
        break;
    case TRADE_UNIT_PDU:
        dissect_pdu(at, piece->delivery);
        trade_driver_note_pdu(piece, at->pdu);
        break;
    }
    if (piece->unit.is_cut_off)
        proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_incomplete, at->tvb, 0,
                              (int)at->captured);
    add_gap(at, piece);
    add_findings(at, piece->delivery, piece->seq);
}

/* Returns what stands before Info in the tree's line of a unit. */
static const char *get_title(const trade_pdu_t *pdu)
{
    if (pdu->kind == TRADE_UNIT_UNDISSECTED)
        return "Trade : ";
    if (!(pdu->has & TRADE_HAS_RECEIVER))
        return "Trade PDU : ";
    return trade_pdu_is_control(pdu) ? "Trade Control PDU : " : "Trade Data PDU : ";
}

/* Writes the tree's line of a unit. */
static void set_title(proto_item *item, packet_info *pinfo, const trade_pdu_t *pdu,
                      const char *info)
{
    wmem_strbuf_t *title = NULL;

    if (pdu->kind != TRADE_UNIT_GREETING) {
        proto_item_set_text(item, "%s%s", get_title(pdu), info);
        return;
    }
    title = wmem_strbuf_new(pinfo->pool, "Trade Server Greeting : ");
    append_greeting(title, pdu);
    proto_item_set_text(item, "%s", wmem_strbuf_get_str(title));
}

/* Adds the line of a unit. Where nobody asks for our fields, a call has one all the same,
 * by which Wireshark knows that the frame has TRADE in it, and NULL is returned. */
static proto_item *add_line(trade_context_t *context, proto_tree *tree, tvbuff_t *tvb,
                            unsigned start, unsigned length)
{
    proto_item *item = NULL;

    if (context->is_wanted || !context->is_listed)
        item = add_item(tree, proto_trade, tvb, start, length, ENC_NA);
    context->is_listed = true;
    return context->is_wanted ? item : NULL;
}

/* Dissects one unit. For the driver. */
static void dissect_unit(const trade_piece_t *piece)
{
    trade_context_t *context = (trade_context_t *)piece->input->data;
    trade_summary_t *summary = context->summary;
    packet_info *pinfo = piece->input->pinfo;
    proto_tree *tree = piece->input->tree;
    tvbuff_t *tvb = piece->tvb;
    trade_pdu_t pdu = { .kind = piece->unit.kind, .length = piece->unit.length, .complete = true };
    const unsigned captured = piece->captured;
    proto_item *item = add_line(context, tree, tvb, 0, captured);
    trade_cursor_t at = { .tvb = tvb,
                          .bytes = tvb_get_ptr(tvb, 0, (int)captured),
                          .pinfo = pinfo,
                          .top = tree,
                          .tree = proto_item_add_subtree(item, ett_trade),
                          .pdu = &pdu,
                          .end = piece->reported,
                          .captured = captured };

    dissect_fields(&at, piece);
    if (summary)
        add_to_summary(summary, &pdu);
    if (is_visible(tree) || (summary && summary->count == 1)) {
        const char *info = get_info(pinfo, &pdu);
        if (summary && summary->count == 1)
            summary->first = info;
        if (item)
            set_title(item, pinfo, &pdu, info);
        if (piece->is_in_pieces)
            proto_item_append_text(item, " (its first %u bytes)", at.end);
    }
    if (captured < MIN(at.end, piece->rest))
        add_truncated(&at, MIN(at.end, piece->rest) - captured);
    dissect_others(&at, pdu.role == TRADE_ROLE_DATA ? TRADE_HEADER_LENGTH : at.offset);
}

/* Returns the summary of this frame, made by the first call for it; NULL: there are no
 * columns to write it to. */
static trade_summary_t *get_summary(packet_info *pinfo)
{
    if (!col_get_writable(pinfo->cinfo, COL_INFO))
        return NULL;
    trade_summary_t *summary =
        (trade_summary_t *)p_get_proto_data(pinfo->pool, pinfo, proto_trade, 0);

    if (!summary) {
        summary = wmem_new0(pinfo->pool, trade_summary_t);
        p_add_proto_data(pinfo->pool, pinfo, proto_trade, 0, summary);
    }
    return summary;
}

/* Says how many bytes of whole PDUs lie beyond what was captured of the frame. */
static void add_beyond(const trade_input_t *input, unsigned beyond)
{
    const unsigned captured = tvb_captured_length(input->tvb);
    trade_context_t *context = (trade_context_t *)input->data;
    proto_item *item = add_line(context, input->tree, input->tvb, captured, 0);
    trade_cursor_t at = { .tvb = input->tvb,
                          .pinfo = input->pinfo,
                          .tree = proto_item_add_subtree(item, ett_trade),
                          .captured = captured };

    proto_item_set_text(item, "Trade : PDUs that were not captured");
    add_truncated(&at, beyond);
}

/* Adds the bytes that belong to a PDU shown before. For the driver. */
static void dissect_continuation(const trade_input_t *input, unsigned length)
{
    const unsigned shown = MIN(length, tvb_captured_length(input->tvb));
    trade_context_t *context = (trade_context_t *)input->data;
    proto_item *item = add_line(context, input->tree, input->tvb, 0, shown);
    trade_cursor_t at = { .tvb = input->tvb,
                          .pinfo = input->pinfo,
                          .tree = proto_item_add_subtree(item, ett_trade),
                          .captured = shown };

    proto_item_set_text(item, "Trade : %u bytes of a PDU that began before", length);
    proto_tree_add_item(at.tree, hf_trade_continuation, input->tvb, 0, (int)shown, ENC_NA);
    if (shown < length)
        add_truncated(&at, length - shown);
}

/* Ends a call of the dissector, even one that an exception ended. For the driver. */
static void end_call(const trade_input_t *input, unsigned beyond)
{
    const trade_context_t *context = (const trade_context_t *)input->data;

    set_columns(input->pinfo, context->summary);
    if (beyond > 0)
        add_beyond(input, beyond);
}

static const trade_handler_t handler = { .is_known_module = is_known_module,
                                         .dissect_unit = dissect_unit,
                                         .dissect_continuation = dissect_continuation,
                                         .end = end_call };

/* Dissects what TCP has of a stream. data: a struct tcpinfo, or NULL. */
static int dissect_trade(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    trade_context_t context = { .summary = get_summary(pinfo),
                                .is_wanted =
                                    tree && (proto_field_is_referenced(tree, proto_trade) ||
                                             proto_field_is_referenced(tree, proto_expert)) };
    const trade_input_t input = { .tvb = tvb,
                                  .pinfo = pinfo,
                                  .tree = tree,
                                  .tcpinfo = (const struct tcpinfo *)data,
                                  .desegment = trade_desegment,
                                  .desegment_data = trade_desegment_data,
                                  .data = &context };

    trade_driver_dissect(&input, &handler);
    return (int)tvb_captured_length(tvb);
}

/* Follows the bytes of a connection that another protocol gets. data: a struct tcpinfo. */
static void follow_silently(tvbuff_t *tvb, packet_info *pinfo, void *data)
{
    const trade_input_t input = { .tvb = tvb,
                                  .pinfo = pinfo,
                                  .tcpinfo = (const struct tcpinfo *)data,
                                  .desegment_data = trade_desegment_data };

    trade_driver_follow(&input, &handler);
}

/* Dissects what TCP has for one of TRADE's ports. Where another protocol is registered for the
 * other port, the bytes must speak for TRADE first: until they do, nobody gets them, for the
 * other might ask TCP for all that follows; if they never do, it gets the rest. */
static int dissect_trade_on_port(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data)
{
    const trade_claim_t claim = trade_tcp_get_claim(pinfo);

    if (claim == TRADE_CLAIM_OURS)
        return dissect_trade(tvb, pinfo, tree, data);
    if (claim == TRADE_CLAIM_OTHERS || !data || PINFO_FD_VISITED(pinfo))
        return 0;
    if (trade_looks_like_trade(tvb)) {
        conversation_set_dissector(find_or_create_conversation(pinfo), trade_handle);
        return dissect_trade(tvb, pinfo, tree, data);
    }
    follow_silently(tvb, pinfo, data);
    return claim == TRADE_CLAIM_CONTESTED && trade_stream_is_on_trial(pinfo, tvb)
               ? (int)tvb_captured_length(tvb)
               : 0;
}

/* Recognises TRADE on a port that it is not expected on, by a control PDU of the
 * keyword table. From that frame on the connection is TRADE's. */
static trade_bool_t dissect_trade_heuristic(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                                            void *data)
{
    if (!trade_find_known_keyword(tvb, 0).bytes)
        return false;
    conversation_set_dissector_from_frame_number(find_or_create_conversation(pinfo), pinfo->num,
                                                 trade_handle);
    trade_tcp_note_foreign_port();
    if (!PINFO_FD_VISITED(pinfo))
        trade_stream_join_midway(pinfo, (const struct tcpinfo *)data);
    return dissect_trade(tvb, pinfo, tree, data) > 0;
}

/* Adds that TCP holds bytes back. */
static void add_held(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, const trade_held_t *held)
{
    proto_item *item = proto_tree_add_item(tree, proto_trade, tvb, 0, 0, ENC_NA);

    proto_item_set_text(item, "Trade : bytes that TCP holds back");
    expert_add_info_format(
        pinfo, item, &ei_trade_held_back,
        "TCP holds back %" PRIu64 " bytes of this direction, from frame %u on, for bytes before "
        "them %s: nothing of them is dissected, unless its preference \"Reassemble out-of-order "
        "segments\" is switched off",
        held->bytes, held->frame,
        PINFO_FD_VISITED(pinfo) ? "were not captured" : "have not been captured so far");
}

/* Sees to what TCP did not give to the dissector. A postdissector. */
static int dissect_after_tcp(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree, void *data _U_)
{
    if (trade_tcp_give_withheld(tvb, pinfo, tree))
        return (int)tvb_captured_length(tvb);
    const trade_held_t held = trade_tcp_find_held(tvb, pinfo);
    if (held.bytes > 0)
        add_held(tvb, pinfo, tree, &held);
    return held.bytes > 0 ? (int)tvb_captured_length(tvb) : 0;
}

/* ---- Registration ---- */

UAT_DEC_CB_DEF(module_rows, id, trade_module_row_t)
UAT_CSTRING_CB_DEF(module_rows, name, trade_module_row_t)

static void *copy_module_row(void *to, const void *from, size_t size _U_)
{
    trade_module_row_t *new_row = (trade_module_row_t *)to;
    const trade_module_row_t *old_row = (const trade_module_row_t *)from;

    new_row->id = old_row->id;
    new_row->name = g_strdup(old_row->name);
    return new_row;
}

static trade_bool_t update_module_row(void *row, char **error)
{
    const trade_module_row_t *module_row = (const trade_module_row_t *)row;

    if (module_row->id <= UINT8_MAX && module_row->name && module_row->name[0])
        return true;
    *error = g_strdup("A module needs an id from 0 to 255 and a name");
    return false;
}

static void free_module_row(void *row)
{
    g_free(((trade_module_row_t *)row)->name);
}

/* Forgets the preference's names. */
static void reset_module_rows(void)
{
    memset(names_by_id, 0, sizeof names_by_id);
    for (const value_string *module = module_names; module->strptr; module++)
        names_by_id[module->value] = module->strptr;
}

static void index_module_rows(void)
{
    reset_module_rows();
    for (unsigned i = 0; i < module_row_count; i++)
        names_by_id[module_rows[i].id] = module_rows[i].name;
}

/* Called when preferences change. */
static void apply_preferences(void)
{
    trade_exchange_set_interval((trade_time_t)(trade_interval ? trade_interval : INTERVAL_DEFAULT) *
                                1000000000);
}

static void register_preferences(void)
{
    static uat_field_t module_fields[] = {
        UAT_FLD_DEC(module_rows, id, "Id", "The module's id, from 0 to 255"),
        UAT_FLD_CSTRING(module_rows, name, "Name", "The module's name"), UAT_END_FIELDS
    };
    module_t *module = prefs_register_protocol(proto_trade, apply_preferences);
    uat_t *uat =
        uat_new("Module IDs", sizeof(trade_module_row_t), "trade_modules", true, &module_rows,
                &module_row_count, UAT_AFFECTS_DISSECTION, NULL, copy_module_row, update_module_row,
                free_module_row, index_module_rows, reset_module_rows, module_fields);

    /* Wireshark calls these only when something changes. */
    apply_preferences();
    reset_module_rows();
    prefs_register_bool_preference(
        module, "desegment", "Reassemble TRADE PDUs that span several TCP segments",
        "Whether PDUs that span several TCP segments are reassembled. For this, TCP's "
        "preference \"Allow subdissector to reassemble TCP streams\" must be on as well.",
        &trade_desegment);
    prefs_register_bool_preference(
        module, "desegment_data", "Reassemble data PDUs, too",
        "Whether data PDUs are reassembled as well. If not, the payload of one that spans several "
        "TCP segments is shown in pieces, and is neither exported nor followed. A large capture "
        "then takes less memory.",
        &trade_desegment_data);
    prefs_register_uint_preference(module, "interval", "Ping interval (in s)",
                                   "How often each side of a connection sends a Ping. A Ping is "
                                   "late after one and a half of these intervals. 0 is the "
                                   "default, 30.",
                                   10, &trade_interval);
    prefs_register_uint_preference(module, "slow", "Slow from (in ms)",
                                   "Above how many milliseconds an answer or a reported roundtrip "
                                   "is slow, and a send delay high.",
                                   10, &trade_slow);
    prefs_register_uat_preference(module, "modules", "Module IDs",
                                  "The names of this installation's modules. They add to the "
                                  "names that TRADE's documentation gives, and override them.",
                                  uat);
}

static void register_fields(void)
{
    /* clang-format off */
    static hf_register_info hf[] = {
        { &hf_trade_sender,
          { "Sender", "trade.sender", FT_UINT8, BASE_DEC, VALS(module_names), 0,
            "Id of the module that sent the PDU, or that its data is from or for", HFILL } },
        { &hf_trade_sender_name,
          { "Sender Name", "trade.sender.name", FT_STRING, BASE_NONE, NULL, 0,
            "That module's name, by preference, the talk or its greeting; else \"Unknown (id)\"", HFILL } },
        { &hf_trade_length,
          { "Length", "trade.length", FT_UINT16, BASE_DEC, NULL, 0,
            "Length of the whole PDU in bytes; in a greeting, of the name", HFILL } },
        { &hf_trade_receiver,
          { "Receiver", "trade.receiver", FT_UINT16, BASE_DEC, NULL, 0,
            "65535 in a control PDU, else the client's connection id", HFILL } },
        { &hf_trade_keyword,
          { "Keyword", "trade.keyword", FT_STRINGZ, BASE_NONE, NULL, 0,
            "What a control PDU is about", HFILL } },
        { &hf_trade_data,
          { "Data", "trade.data", FT_BYTES, BASE_NONE, NULL, 0,
            "A data PDU's payload, or what of a control PDU is not decoded", HFILL } },
        { &hf_trade_greeting,
          { "Server Greeting", "trade.greeting", FT_STRINGZ, BASE_NONE, NULL, 0,
            "The name with which a module begins a connection", HFILL } },
        { &hf_trade_value_length,
          { "Value Length", "trade.value_length", FT_UINT8, BASE_DEC, NULL, 0,
            "Number of bytes of the clock or time that follows", HFILL } },
        { &hf_trade_ping_clock,
          { "Ping Time", "trade.ping_clock", FT_UINT64, BASE_DEC, NULL, 0,
            "Microseconds since 1901-01-01 on the sender's wall clock; a Pong has its Ping's",
            HFILL } },
        { &hf_trade_roundtrip_clock,
          { "Roundtrip Clock", "trade.roundtrip_clock", FT_UINT64, BASE_DEC, NULL, 0,
            "Microseconds since 1901-01-01 on the wall clock of who asked", HFILL } },
        { &hf_trade_clock,
          { "Clock", "trade.clock", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0,
            "The clock as date and time, in the unknown zone of who set it", HFILL } },
        { &hf_trade_rtt_time,
          { "Roundtrip Time", "trade.rtt_time", FT_DOUBLE, BASE_NONE, NULL, 0,
            "What the Multiplexer measured for the module, in ms", HFILL } },
        { &hf_trade_module,
          { "Module", "trade.module", FT_STRINGZ, BASE_NONE, NULL, 0,
            "The module that a Roundtrip for Module or a Login is about", HFILL } },
        { &hf_trade_conn_id,
          { "Connection ID", "trade.conn_id", FT_UINT16, BASE_DEC, NULL, 0,
            "The client's connection id, in New Connection, Close Connection and Login", HFILL } },
        { &hf_trade_username,
          { "Username", "trade.username", FT_STRINGZ, BASE_NONE, NULL, 0,
            "The client's user", HFILL } },
        { &hf_trade_client_ip,
          { "Client IP", "trade.client_ip", FT_STRINGZ, BASE_NONE, NULL, 0,
            "The client's address as on the wire: 194.134.005.011", HFILL } },
        { &hf_trade_client_addr,
          { "Client Address", "trade.client_addr", FT_IPv4, BASE_NONE, NULL, 0,
            "The client's address: 194.134.5.11", HFILL } },
        { &hf_trade_access,
          { "Access", "trade.access", FT_STRINGZ, BASE_NONE, NULL, 0,
            "The word after a Login's client IP: \"Read\" in the talk", HFILL } },
        { &hf_trade_end,
          { "End", "trade.end", FT_UINT8, BASE_DEC, NULL, 0,
            "The 00 that follows a Login's last text", HFILL } },
        { &hf_trade_module_count,
          { "Module Count", "trade.module_count", FT_UINT16, BASE_DEC, NULL, 0,
            "Number of modules that are connected", HFILL } },
        { &hf_trade_client_count,
          { "Client Count", "trade.client_count", FT_UINT16, BASE_DEC, NULL, 0,
            "Number of clients that are connected", HFILL } },
        { &hf_trade_status,
          { "Status", "trade.status", FT_STRINGZ, BASE_NONE, NULL, 0,
            "What a module says of itself", HFILL } },
        { &hf_trade_undissected,
          { "Undissected", "trade.undissected", FT_BYTES, BASE_NONE, NULL, 0,
            "Bytes in which no PDU could be found", HFILL } },
        { &hf_trade_continuation,
          { "Continuation", "trade.continuation", FT_BYTES, BASE_NONE, NULL, 0,
            "Bytes of a PDU that began in an earlier segment, or that was seen before", HFILL } },
        { &hf_trade_response_in,
          { "Response In", "trade.response_in", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
            "The Pong, or the echo of a Roundtrip, that answers; known from a second pass on", HFILL } },
        { &hf_trade_response_to,
          { "Response To", "trade.response_to", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
            "The Ping, or the Roundtrip, that this answers: of the same clock, or without clocks "
            "the oldest that waits", HFILL } },
        { &hf_trade_response_time,
          { "Response Time", "trade.response_time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
            "Time between the request and this answer", HFILL } },
        { &hf_trade_ping_interval,
          { "Ping Interval", "trade.ping_interval", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
            "Time since this sender's Ping before on the connection", HFILL } },
        { &hf_trade_unanswered_ping,
          { "Unanswered Ping", "trade.unanswered_ping", FT_FRAMENUM, BASE_NONE, NULL, 0,
            "In one pass: a Ping that had no Pong until now, three intervals later", HFILL } },
        { &hf_trade_send_delay,
          { "Send Delay", "trade.send_delay", FT_DOUBLE, BASE_NONE, NULL, 0,
            "How long the PDU waited between its clock and the wire, in ms, against the best of "
            "its sender's PDUs so far", HFILL } },
        { &hf_trade_rtt_ping,
          { "Roundtrip Ping", "trade.rtt_ping", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
            "The Ping that a Roundtrip for Module reports, on the module's own connection", HFILL } },
        { &hf_trade_rtt_pong,
          { "Roundtrip Pong", "trade.rtt_pong", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
            "The Pong that answered it", HFILL } },
        { &hf_trade_rtt_wire,
          { "Roundtrip On The Wire", "trade.rtt_wire", FT_DOUBLE, BASE_NONE, NULL, 0,
            "Time between the reported Ping and its Pong, in ms", HFILL } },
        { &hf_trade_rtt_off_wire,
          { "Roundtrip Off The Wire", "trade.rtt_off_wire", FT_DOUBLE, BASE_NONE, NULL, 0,
            "The rest of what was reported, in ms: not between Ping and Pong at this capture point", HFILL } },
        { &hf_trade_session,
          { "Session", "trade.session", FT_UINT32, BASE_DEC, NULL, 0,
            "A client's session, over all connections of a Multiplexer: counted from 0, as "
            "tcp.stream counts streams", HFILL } },
        { &hf_trade_session_username,
          { "Session Username", "trade.session.username", FT_STRING, BASE_NONE, NULL, 0,
            "The session's user, as far as it is known by now", HFILL } },
        { &hf_trade_session_client_addr,
          { "Session Client Address", "trade.session.client_addr", FT_IPv4, BASE_NONE, NULL, 0,
            "The session's client, as far as it is known by now", HFILL } },
        { &hf_trade_session_module,
          { "Session Module", "trade.session.module", FT_STRING, BASE_NONE, NULL, 0,
            "A module that the session is logged in to by now; one for each Login", HFILL } },
        { &hf_trade_session_open,
          { "Session Opened In", "trade.session.open", FT_FRAMENUM, BASE_NONE, NULL, 0,
            "The New Connection that began the session", HFILL } },
        { &hf_trade_session_close,
          { "Session Closed In", "trade.session.close", FT_FRAMENUM, BASE_NONE, NULL, 0,
            "The first Close Connection of the session, once it was seen", HFILL } },
        { &hf_trade_gap_bytes,
          { "Missing Bytes", "trade.gap_bytes", FT_UINT32, BASE_DEC, NULL, 0,
            "Bytes of the stream that are missing before this PDU", HFILL } },
        { &hf_trade_truncated_bytes,
          { "Truncated Bytes", "trade.truncated_bytes", FT_UINT32, BASE_DEC, NULL, 0,
            "Bytes that the capture's snapshot length cut off", HFILL } }
    };
    /* clang-format on */
    static int *ett[] = { &ett_trade };

    proto_register_field_array(proto_trade, hf, array_length(hf));
    proto_register_subtree_array(ett, array_length(ett));
}

static void register_experts(void)
{
    /* clang-format off */
    static ei_register_info ei[] = {
        { &ei_trade_length_invalid,
          { "trade.length.invalid", PI_MALFORMED, PI_ERROR,
            "A PDU is at least 5 bytes long: its length counts the header", EXPFILL } },
        { &ei_trade_sender_unknown,
          { "trade.sender.unknown", PI_UNDECODED, PI_NOTE,
            "No name is known for this module id: see the preference \"Module IDs\"", EXPFILL } },
        { &ei_trade_keyword_missing,
          { "trade.keyword.missing", PI_MALFORMED, PI_ERROR,
            "There is no keyword in this control PDU", EXPFILL } },
        { &ei_trade_keyword_unknown,
          { "trade.keyword.unknown", PI_UNDECODED, PI_NOTE,
            "This keyword is not known", EXPFILL } },
        { &ei_trade_greeting_length,
          { "trade.greeting.length", PI_MALFORMED, PI_WARN,
            "The greeting's name is empty, or not as long as its count says", EXPFILL } },
        { &ei_trade_string_unterminated,
          { "trade.string.unterminated", PI_MALFORMED, PI_ERROR,
            "No 00 ends this text inside the PDU", EXPFILL } },
        { &ei_trade_string_empty,
          { "trade.string.empty", PI_PROTOCOL, PI_WARN,
            "This text is empty", EXPFILL } },
        { &ei_trade_string_long,
          { "trade.string.long", PI_PROTOCOL, PI_WARN,
            "This text is longer than 255 bytes", EXPFILL } },
        { &ei_trade_string_non_ascii,
          { "trade.string.non_ascii", PI_PROTOCOL, PI_WARN,
            "This text has bytes that are not printable ASCII", EXPFILL } },
        { &ei_trade_clock_size,
          { "trade.clock.size", PI_MALFORMED, PI_ERROR,
            "A clock or time has 1 to 8 bytes", EXPFILL } },
        { &ei_trade_client_ip_invalid,
          { "trade.client_ip.invalid", PI_PROTOCOL, PI_WARN,
            "This text is not an IPv4 address", EXPFILL } },
        { &ei_trade_body_short,
          { "trade.body.short", PI_MALFORMED, PI_ERROR,
            "The PDU ends before all fields of its keyword", EXPFILL } },
        { &ei_trade_body_trailing,
          { "trade.body.trailing", PI_PROTOCOL, PI_WARN,
            "Bytes follow the last field of this keyword", EXPFILL } },
        { &ei_trade_response_slow,
          { "trade.response.slow", PI_RESPONSE_CODE, PI_WARN,
            "This answer took longer than the preference \"Slow from\"", EXPFILL } },
        { &ei_trade_roundtrip_slow,
          { "trade.roundtrip.slow", PI_RESPONSE_CODE, PI_WARN,
            "The Multiplexer reports a slow roundtrip", EXPFILL } },
        { &ei_trade_send_delay_high,
          { "trade.send_delay.high", PI_SEQUENCE, PI_WARN,
            "This PDU was sent late", EXPFILL } },
        { &ei_trade_ping_late,
          { "trade.ping.late", PI_SEQUENCE, PI_WARN,
            "This Ping comes more than one and a half intervals after the one before", EXPFILL } },
        { &ei_trade_ping_unanswered,
          { "trade.ping.unanswered", PI_SEQUENCE, PI_WARN,
            "No Pong answers this Ping", EXPFILL } },
        { &ei_trade_pong_unexpected,
          { "trade.pong.unexpected", PI_SEQUENCE, PI_NOTE,
            "This Pong answers no Ping", EXPFILL } },
        { &ei_trade_keepalive_uncertain,
          { "trade.keepalive.uncertain", PI_SEQUENCE, PI_NOTE,
            "The capture cannot tell: bytes that could explain this are missing", EXPFILL } },
        { &ei_trade_data_after_close,
          { "trade.data.after_close", PI_SEQUENCE, PI_NOTE,
            "Data of a client after its Close Connection", EXPFILL } },
        { &ei_trade_incomplete,
          { "trade.incomplete", PI_MALFORMED, PI_WARN,
            "The connection was closed inside this PDU", EXPFILL } },
        { &ei_trade_gap,
          { "trade.gap", PI_SEQUENCE, PI_WARN,
            "Bytes of the stream before this PDU are missing", EXPFILL } },
        { &ei_trade_held_back,
          { "trade.held_back", PI_SEQUENCE, PI_WARN,
            "TCP holds back bytes, since bytes before them were not captured", EXPFILL } },
        { &ei_trade_resync,
          { "trade.resync", PI_UNDECODED, PI_WARN,
            "No PDU begins here: skipped to where one does", EXPFILL } },
        { &ei_trade_truncated,
          { "trade.truncated", PI_UNDECODED, PI_NOTE,
            "Bytes were cut off by the capture's snapshot length", EXPFILL } }
    };
    /* clang-format on */

    expert_register_field_array(expert_register_protocol(proto_trade), ei, array_length(ei));
}

static void format_payload_prompt(packet_info *pinfo, char *prompt)
{
    snprintf(prompt, MAX_DECODE_AS_PROMPT_LEN, "Payload of module %d as",
             trade_export_find_module(pinfo));
}

static void *find_payload_module(packet_info *pinfo)
{
    return GINT_TO_POINTER(MAX(trade_export_find_module(pinfo), 0));
}

/* Registers where others add dissectors, and Decode As for payloads. */
static void register_tables(void)
{
    static build_valid_func values[] = { find_payload_module };
    static decode_as_value_t value = { format_payload_prompt, 1, values };
    static decode_as_t decode_as = { .name = "trade",
                                     .table_name = "trade.data",
                                     .num_items = 1,
                                     .values = &value,
                                     .populate_list = decode_as_default_populate_list,
                                     .reset_value = decode_as_default_reset,
                                     .change_value = decode_as_default_change };

    keyword_table = register_dissector_table("trade.keyword", "TRADE keyword", proto_trade,
                                             FT_STRING, 0 /* case matters */);
    data_table =
        register_dissector_table("trade.data", "TRADE module", proto_trade, FT_UINT8, BASE_DEC);
    data_heuristics = register_heur_dissector_list("trade.data", proto_trade);
    register_decode_as(&decode_as);
    register_init_routine(find_other_dissectors);
}

void proto_register_trade(void)
{
    proto_trade = proto_register_protocol("TRADE", "TRADE", "trade");
    trade_handle = register_dissector("trade", dissect_trade, proto_trade);
    port_handle = create_dissector_handle(dissect_trade_on_port, proto_trade);
    register_fields();
    register_experts();
    register_preferences();
    trade_connection_register(proto_trade);
    trade_exchange_register();
    trade_client_register();
    trade_tap = register_tap("trade");
    trade_stats_register(proto_trade);
    trade_health_register();
    trade_export_register(proto_trade);
    register_tables();
}

void proto_reg_handoff_trade(void)
{
    /* What a trading platform's payload may well be. */
    static const char *const payloads[] = { "data", "data-text-lines", "json", "xml", "fix" };

    dissector_add_uint_with_preference("tcp.port", TRADE_PORT, trade_handle);
    trade_tcp_register(trade_handle, port_handle);
    register_postdissector(create_dissector_handle(dissect_after_tcp, proto_trade));
    heur_dissector_add("tcp", dissect_trade_heuristic, "TRADE over TCP", "trade_tcp", proto_trade,
                       HEURISTIC_ENABLE);
    for (size_t i = 0; i < array_length(payloads); i++) {
        dissector_handle_t payload = find_dissector(payloads[i]);
        if (payload)
            dissector_add_for_decode_as("trade.data", payload);
    }
}
