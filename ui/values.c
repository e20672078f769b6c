/* values.c
 * Adds values to the tree: texts, and the fields of bodies by their kind.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include <epan/expert.h>
#include <epan/packet.h>

#include "ui/info.h"
#include "ui/values.h"
#include "wire/keyword.h"

#define MICROSECONDS 1000000
/* A longer text than a greeting could hold is suspicious. */
#define TEXT_LENGTH_MAX 255

static int field_hfs[TRADE_FIELD_COUNT]; /* of bodies */
static int hf_trade_data = -1;
static int hf_trade_value_length = -1;
static int hf_trade_clock = -1;
static int hf_trade_client_addr = -1;

static expert_field ei_trade_string_unterminated = EI_INIT;
static expert_field ei_trade_string_empty = EI_INIT;
static expert_field ei_trade_string_long = EI_INIT;
static expert_field ei_trade_string_non_ascii = EI_INIT;
static expert_field ei_trade_clock_size = EI_INIT;
static expert_field ei_trade_client_ip_invalid = EI_INIT;
static expert_field ei_trade_body_short = EI_INIT;

/* Returns whether the field's next bytes were captured; where the PDU itself ends before them,
 * adds an expert info. All bounds are checked here. */
static bool has_bytes(trade_cursor_t *at, unsigned length, int hf)
{
    if (length <= at->captured - at->offset)
        return true;
    at->pdu->complete = false;
    if (length > at->end - at->offset)
        proto_tree_add_expert_format(at->tree, at->pinfo, &ei_trade_body_short, at->tvb,
                                     (int)at->offset, (int)(at->captured - at->offset),
                                     "The PDU ends within or before the field %s",
                                     proto_registrar_get_name(hf));
    return false;
}

trade_text_t trade_get_text(const trade_cursor_t *at, unsigned *size)
{
    const unsigned left = at->captured - at->offset;
    const uint8_t *bytes = at->bytes + at->offset;
    const uint8_t *terminator = left > 0 ? (const uint8_t *)memchr(bytes, 0, left) : NULL;
    const trade_text_t text = { bytes, terminator ? (unsigned)(terminator - bytes) : left };

    *size = terminator ? text.length + 1 : left;
    return text;
}

proto_item *trade_add_data(trade_cursor_t *at)
{
    proto_item *item = proto_tree_add_item(at->tree, hf_trade_data, at->tvb, (int)at->offset,
                                           (int)(at->captured - at->offset), ENC_NA);

    at->offset = at->captured;
    return item;
}

/* Lua reads the value of an address out of the bytes that its item covers, and fails where these
 * are not four (4.0): so they are in a tvb of their own. */
void trade_add_ipv4(const trade_cursor_t *at, int hf, uint32_t addr)
{
    if (!at->tree)
        return;
    const uint8_t *bytes = (const uint8_t *)wmem_memdup(at->pinfo->pool, &addr, sizeof addr);
    tvbuff_t *tvb = tvb_new_child_real_data(at->tvb, bytes, sizeof addr, sizeof addr);
    proto_item_set_generated(proto_tree_add_ipv4(at->tree, hf, tvb, 0, sizeof addr, addr));
}

void trade_add_text_experts(const trade_cursor_t *at, proto_item *item, trade_text_t text)
{
    if (text.length == 0)
        expert_add_info(at->pinfo, item, &ei_trade_string_empty);
    if (text.length > TEXT_LENGTH_MAX)
        expert_add_info(at->pinfo, item, &ei_trade_string_long);
    if (!trade_text_is_printable(text))
        expert_add_info(at->pinfo, item, &ei_trade_string_non_ascii);
}

proto_item *trade_add_text(trade_cursor_t *at, int hf, trade_text_t *text)
{
    unsigned size = 0;

    *text = trade_get_text(at, &size);
    if (size == text->length && !trade_is_whole(at)) {
        at->pdu->complete = false;
        at->pdu->cut_text = *text;
        *text = (trade_text_t){ NULL, 0 };
        return trade_add_data(at);
    }
    proto_item *item = proto_tree_add_string(at->tree, hf, at->tvb, (int)at->offset, (int)size,
                                             trade_text_get_value(at->pinfo->pool, *text));
    at->offset += size;
    if (size == text->length) {
        at->pdu->complete = false;
        expert_add_info(at->pinfo, item, &ei_trade_string_unterminated);
    }
    return item;
}

/* Stores the value of a field. */
static void set_value(trade_pdu_t *pdu, trade_field_id_t field, trade_value_t value)
{
    pdu->values[field] = value;
    pdu->present |= 1U << field;
}

/* Adds the text of a field and returns its item, or NULL; sets *text. */
static proto_item *add_text_field(trade_cursor_t *at, trade_field_id_t field, trade_text_t *text)
{
    proto_item *item = trade_add_text(at, field_hfs[field], text);

    if (text->bytes)
        set_value(at->pdu, field, (trade_value_t){ .text = *text });
    return item;
}

/* The routines of kinds[], one a kind; each returns whether the next field can follow. */
static bool dissect_text(trade_cursor_t *at, trade_field_id_t field)
{
    trade_text_t text = { NULL, 0 };
    proto_item *item = NULL;

    if (!has_bytes(at, 1, field_hfs[field]))
        return false;
    item = add_text_field(at, field, &text);
    if (text.bytes)
        trade_add_text_experts(at, item, text);
    return at->pdu->complete;
}

/* Returns whether the text is a dotted IPv4 address, padded with zeros or not; sets *addr, in
 * network byte order. */
static bool get_ipv4(trade_text_t text, ws_in4_addr *addr)
{
    const uint8_t *at = text.bytes, *end = text.bytes + text.length;
    uint32_t value = 0;

    for (unsigned i = 0; i < 4; i++) {
        const uint8_t *first = at;
        unsigned number = 0;
        for (; at < end && at < first + 3 && g_ascii_isdigit(*at); at++)
            number = number * 10 + *at - '0';
        if (at == first || number > UINT8_MAX)
            return false;
        if (i < 3 && (at == end || *at++ != '.'))
            return false;
        value = value << 8 | number;
    }
    *addr = g_htonl(value);
    return at == end;
}

static bool dissect_client_ip(trade_cursor_t *at, trade_field_id_t field)
{
    const int start = (int)at->offset;
    trade_text_t text = { NULL, 0 };
    ws_in4_addr addr = 0;

    if (!has_bytes(at, 1, field_hfs[field]))
        return false;
    add_text_field(at, field, &text);
    if (!text.bytes || at->captured < at->end)
        return at->pdu->complete;
    if (get_ipv4(text, &addr)) {
        at->pdu->client_addr = addr;
        trade_add_ipv4(at, hf_trade_client_addr, addr);
    } else {
        proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_client_ip_invalid, at->tvb, start,
                              (int)at->offset - start);
    }
    return at->pdu->complete;
}

static bool dissect_uint16(trade_cursor_t *at, trade_field_id_t field)
{
    if (!has_bytes(at, sizeof(uint16_t), field_hfs[field]))
        return false;
    const uint8_t *bytes = at->bytes + at->offset;
    const uint16_t value = (uint16_t)(bytes[0] << 8 | bytes[1]);
    set_value(at->pdu, field, (trade_value_t){ .number = value });
    trade_add_uint(at, field_hfs[field], sizeof value, value);
    at->offset += sizeof value;
    return true;
}

/* Adds the count of a counted integer and, if the integer is too long, its bytes as data. Returns
 * the count of an integer that is valid and captured, otherwise 0; advances the offset past what
 * was added. */
static unsigned dissect_count(trade_cursor_t *at, trade_field_id_t field)
{
    if (!has_bytes(at, 1, field_hfs[field]))
        return 0;
    const unsigned count = at->bytes[at->offset];
    proto_item *item = trade_add_uint(at, hf_trade_value_length, 1, count);
    at->offset++;
    if (count == 0 || count > TRADE_INTEGER_MAX) {
        expert_add_info(at->pinfo, item, &ei_trade_clock_size);
        at->pdu->complete = false;
    }
    if (!has_bytes(at, count, field_hfs[field]))
        return 0;
    if (count > TRADE_INTEGER_MAX) {
        proto_tree_add_item(at->tree, hf_trade_data, at->tvb, (int)at->offset, (int)count, ENC_NA);
        at->offset += count;
        return 0;
    }
    return count;
}

/* Adds the date and time that the sender's wall clock showed. */
static void add_clock(trade_cursor_t *at, unsigned length, uint64_t clock)
{
    const nstime_t when = { .secs = (time_t)((int64_t)(clock / MICROSECONDS) - TRADE_CLOCK_TO_UNIX),
                            .nsecs = (int)(clock % MICROSECONDS) * 1000 };
    proto_item *item =
        proto_tree_add_time(at->tree, hf_trade_clock, at->tvb, (int)at->offset, (int)length, &when);
    GDateTime *date = NULL;
    char *text = NULL;

    proto_item_set_generated(item);
    date = trade_is_visible(at->tree) ? g_date_time_new_from_unix_utc(when.secs) : NULL;
    if (!date)
        return;
    text = g_date_time_format(date, "%Y-%m-%d %H:%M:%S");
    proto_item_set_text(item, "Clock: %s.%06u", text, (unsigned)(clock % MICROSECONDS));
    g_free(text);
    g_date_time_unref(date);
}

/* Adds the count of a counted integer, then reads and stores the integer. Returns its size in
 * bytes, with the offset at its first; 0 if it cannot be read. */
static unsigned read_counted_integer(trade_cursor_t *at, trade_field_id_t field, uint64_t *value)
{
    const unsigned count = dissect_count(at, field);
    const uint8_t *bytes = at->bytes + at->offset;

    for (unsigned i = count; i > 0; i--)
        *value = *value << 8 | bytes[i - 1];
    if (count > 0)
        set_value(at->pdu, field, (trade_value_t){ .number = *value });
    return count;
}

static bool dissect_clock(trade_cursor_t *at, trade_field_id_t field)
{
    uint64_t clock = 0;
    const unsigned count = read_counted_integer(at, field, &clock);

    if (count == 0)
        return false;
    at->pdu->has_clock = true;
    at->pdu->clock = clock;
    proto_tree_add_uint64(at->tree, field_hfs[field], at->tvb, (int)at->offset, (int)count, clock);
    add_clock(at, count, clock);
    at->offset += count;
    return true;
}

static bool dissect_duration(trade_cursor_t *at, trade_field_id_t field)
{
    uint64_t duration = 0;
    const unsigned count = read_counted_integer(at, field, &duration);
    const double milliseconds = trade_get_milliseconds(duration);

    if (count == 0)
        return false;
    proto_tree_add_double_format_value(at->tree, field_hfs[field], at->tvb, (int)at->offset,
                                       (int)count, milliseconds, "%.3f ms", milliseconds);
    at->offset += count;
    return true;
}

static bool dissect_end(trade_cursor_t *at, trade_field_id_t field)
{
    if (!has_bytes(at, 1, field_hfs[field]))
        return false;
    if (at->bytes[at->offset] == 0) {
        proto_tree_add_item(at->tree, field_hfs[field], at->tvb, (int)at->offset, 1, ENC_NA);
        at->offset++;
    }
    return true;
}

/* The routine that adds a field of each kind, and the type that Wireshark knows it by. */
static const struct {
    bool (*dissect)(trade_cursor_t *at, trade_field_id_t field);
    enum ftenum type;
    int display;
} kinds[] = {
    [TRADE_KIND_TEXT] = { dissect_text, FT_STRINGZ, BASE_NONE },
    [TRADE_KIND_CLIENT_IP] = { dissect_client_ip, FT_STRINGZ, BASE_NONE },
    [TRADE_KIND_UINT16] = { dissect_uint16, FT_UINT16, BASE_DEC },
    [TRADE_KIND_END] = { dissect_end, FT_UINT8, BASE_DEC },
    [TRADE_KIND_CLOCK] = { dissect_clock, FT_UINT64, BASE_DEC },
    [TRADE_KIND_DURATION] = { dissect_duration, FT_DOUBLE, BASE_NONE },
};

bool trade_dissect_field(trade_cursor_t *at, trade_field_id_t field)
{
    return kinds[trade_fields[field].kind].dissect(at, field);
}

/* Registers the fields of bodies, as wire/keywords.h describes them. */
static void register_body(int proto)
{
    static hf_register_info hf[TRADE_FIELD_COUNT];

    for (unsigned i = 0; i < TRADE_FIELD_COUNT; i++) {
        const trade_field_t *field = &trade_fields[i];
        hf[i] = (hf_register_info){ &field_hfs[i],
                                    { field->label, field->filter_name, kinds[field->kind].type,
                                      kinds[field->kind].display, NULL, 0, field->description,
                                      HFILL } };
    }
    proto_register_field_array(proto, hf, array_length(hf));
}

void trade_values_register(int proto)
{
    /* clang-format off */
    static hf_register_info hf[] = {
        { &hf_trade_data,
          { "Data", "trade.data", FT_BYTES, BASE_NONE, NULL, 0,
            "A data PDU's payload, or what of a control PDU is not decoded", HFILL } },
        { &hf_trade_value_length,
          { "Value Length", "trade.value_length", FT_UINT8, BASE_DEC, NULL, 0,
            "Number of bytes of the clock or time that follows", HFILL } },
        { &hf_trade_clock,
          { "Clock", "trade.clock", FT_ABSOLUTE_TIME, ABSOLUTE_TIME_UTC, NULL, 0,
            "The clock as date and time, in the sender's time zone, which the protocol does not tell", HFILL } },
        { &hf_trade_client_addr,
          { "Client Address", "trade.client_addr", FT_IPv4, BASE_NONE, NULL, 0,
            "The client's address: 194.134.5.11", HFILL } }
    };
    static ei_register_info ei[] = {
        { &ei_trade_string_unterminated,
          { "trade.string.unterminated", PI_MALFORMED, PI_ERROR,
            "This text has no terminating 00 within the PDU", EXPFILL } },
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
            "The PDU ends before the last field of its keyword", EXPFILL } }
    };
    /* clang-format on */

    proto_register_field_array(proto, hf, array_length(hf));
    register_body(proto);
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
