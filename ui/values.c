/* values.c
 * Adds values to the tree, as wire/values.c parsed them: texts, and the fields of bodies by their
 * kind.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

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
static expert_field ei_trade_body_trailing = EI_INIT;

/* Adds that the PDU ends before a field does. */
static void add_short(const trade_cursor_t *at, int hf)
{
    proto_tree_add_expert_format(at->tree, at->pinfo, &ei_trade_body_short, at->tvb,
                                 (int)at->offset, (int)(at->captured - at->offset),
                                 "The PDU ends within or before the field %s",
                                 proto_registrar_get_name(hf));
}

proto_item *trade_add_data(trade_cursor_t *at)
{
    proto_item *item = proto_tree_add_item(at->tree, hf_trade_data, at->tvb, (int)at->offset,
                                           (int)(at->captured - at->offset), ENC_NA);

    at->offset = at->captured;
    return item;
}

void trade_add_rest(trade_cursor_t *at, bool is_odd)
{
    proto_item *item = at->offset < at->captured ? trade_add_data(at) : NULL;

    if (item && is_odd)
        expert_add_info(at->pinfo, item, &ei_trade_body_trailing);
}

/* Lua reads the value of an address out of the bytes that its item covers, and fails if these
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

proto_item *trade_add_text(trade_cursor_t *at, int hf, trade_text_t text,
                           const trade_parsed_t *parsed)
{
    if (parsed->state == TRADE_PARSED_CUT)
        return trade_add_data(at);
    proto_item *item = at->tree;
    if (proto_field_is_referenced(at->tree, hf)) /* or the copy of the text would be for nothing */
        item = proto_tree_add_string(at->tree, hf, at->tvb, (int)at->offset, (int)parsed->length,
                                     trade_text_get_value(at->pinfo->pool, text));
    at->offset += parsed->length;
    if (parsed->state == TRADE_PARSED_UNTERMINATED)
        expert_add_info(at->pinfo, item, &ei_trade_string_unterminated);
    return item;
}

/* ---- Fields of bodies: one routine a kind, which moves the offset behind what it adds ---- */

static void add_text(trade_cursor_t *at, int hf, trade_field_id_t field,
                     const trade_parsed_t *parsed)
{
    const trade_text_t text = trade_pdu_get_text(at->pdu, field);
    proto_item *item = trade_add_text(at, hf, text, parsed);

    if (text.bytes)
        trade_add_text_experts(at, item, text);
}

static void add_client_ip(trade_cursor_t *at, int hf, trade_field_id_t field,
                          const trade_parsed_t *parsed)
{
    const int start = (int)at->offset;
    const trade_text_t text = trade_pdu_get_text(at->pdu, field);

    trade_add_text(at, hf, text, parsed);
    if (!text.bytes || at->captured < at->end)
        return;
    if (parsed->is_address)
        trade_add_ipv4(at, hf_trade_client_addr, at->pdu->client_addr);
    else
        proto_tree_add_expert(at->tree, at->pinfo, &ei_trade_client_ip_invalid, at->tvb, start,
                              (int)at->offset - start);
}

static void add_uint16(trade_cursor_t *at, int hf, trade_field_id_t field,
                       const trade_parsed_t *parsed)
{
    trade_add_uint(at, hf, parsed->length, (uint32_t)trade_pdu_get_number(at->pdu, field));
    at->offset += parsed->length;
}

static void add_end(trade_cursor_t *at, int hf, trade_field_id_t field _U_,
                    const trade_parsed_t *parsed)
{
    if (parsed->length > 0)
        proto_tree_add_item(at->tree, hf, at->tvb, (int)at->offset, 1, ENC_NA);
    at->offset += parsed->length;
}

/* Adds the count of a counted integer, and as data the bytes of one that is too long. Returns
 * whether the integer has a value, which the offset is then at. */
static bool add_count(trade_cursor_t *at, const trade_parsed_t *parsed)
{
    proto_item *item = trade_add_uint(at, hf_trade_value_length, 1, parsed->count);
    const unsigned rest = parsed->length - 1;

    at->offset++;
    if (parsed->state == TRADE_PARSED_WHOLE)
        return true;
    if (parsed->state == TRADE_PARSED_BAD_COUNT)
        expert_add_info(at->pinfo, item, &ei_trade_clock_size);
    if (rest > 0)
        proto_tree_add_item(at->tree, hf_trade_data, at->tvb, (int)at->offset, (int)rest, ENC_NA);
    at->offset += rest;
    return false;
}

/* Adds the date and time that the sender's wall clock showed. */
static void add_date(const trade_cursor_t *at, unsigned length, uint64_t clock)
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

static void add_clock(trade_cursor_t *at, int hf, trade_field_id_t field,
                      const trade_parsed_t *parsed)
{
    const uint64_t clock = trade_pdu_get_number(at->pdu, field);

    if (!add_count(at, parsed))
        return;
    proto_tree_add_uint64(at->tree, hf, at->tvb, (int)at->offset, (int)parsed->count, clock);
    add_date(at, parsed->count, clock);
    at->offset += parsed->count;
}

static void add_duration(trade_cursor_t *at, int hf, trade_field_id_t field,
                         const trade_parsed_t *parsed)
{
    const double milliseconds = trade_get_milliseconds(trade_pdu_get_number(at->pdu, field));

    if (!add_count(at, parsed))
        return;
    proto_tree_add_double_format_value(at->tree, hf, at->tvb, (int)at->offset, (int)parsed->count,
                                       milliseconds, "%.3f ms", milliseconds);
    at->offset += parsed->count;
}

/* The routine that adds a field of each kind, and the type that Wireshark knows it by. */
static const struct {
    void (*add)(trade_cursor_t *at, int hf, trade_field_id_t field, const trade_parsed_t *parsed);
    enum ftenum type;
    int display;
} kinds[] = {
    [TRADE_KIND_TEXT] = { add_text, FT_STRINGZ, BASE_NONE },
    [TRADE_KIND_CLIENT_IP] = { add_client_ip, FT_STRINGZ, BASE_NONE },
    [TRADE_KIND_UINT16] = { add_uint16, FT_UINT16, BASE_DEC },
    [TRADE_KIND_END] = { add_end, FT_UINT8, BASE_DEC },
    [TRADE_KIND_CLOCK] = { add_clock, FT_UINT64, BASE_DEC },
    [TRADE_KIND_DURATION] = { add_duration, FT_DOUBLE, BASE_NONE },
};

void trade_add_kind(trade_cursor_t *at, const trade_shown_t *as, trade_field_id_t place,
                    const trade_parsed_t *parsed)
{
    /* Of a field whose first byte is missing, there is nothing to add. */
    if (parsed->state != TRADE_PARSED_MISSING || parsed->length > 0)
        kinds[as->kind].add(at, as->hf, place, parsed);
    if (parsed->is_short)
        add_short(at, as->hf);
}

void trade_add_field(trade_cursor_t *at, trade_field_id_t field, const trade_parsed_t *parsed)
{
    const trade_shown_t as = { trade_fields[field].kind, field_hfs[field] };

    trade_add_kind(at, &as, field, parsed);
}

int trade_values_find(const char *filter_name, trade_kind_t *kind)
{
    for (unsigned i = 0; i < TRADE_FIELD_COUNT; i++) {
        if (strcmp(trade_fields[i].filter_name, filter_name) == 0) {
            *kind = trade_fields[i].kind;
            return field_hfs[i];
        }
    }
    return -1;
}

header_field_info trade_kind_describe(trade_kind_t kind, const char *label, const char *filter_name,
                                      const char *description)
{
    return (header_field_info){ label, filter_name, kinds[kind].type, kinds[kind].display,
                                NULL,  0,           description,      HFILL };
}

/* Registers the fields of bodies, as wire/keywords.h describes them. */
static void register_body(int proto)
{
    static hf_register_info hf[TRADE_FIELD_COUNT];

    for (unsigned i = 0; i < TRADE_FIELD_COUNT; i++) {
        const trade_field_t *field = &trade_fields[i];
        hf[i] = (hf_register_info){ &field_hfs[i],
                                    trade_kind_describe(field->kind, field->label,
                                                        field->filter_name, field->description) };
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
            "The PDU ends before the last field of its keyword", EXPFILL } },
        { &ei_trade_body_trailing,
          { "trade.body.trailing", PI_PROTOCOL, PI_WARN,
            "Bytes follow the last field of this keyword", EXPFILL } }
    };
    /* clang-format on */

    proto_register_field_array(proto, hf, array_length(hf));
    register_body(proto);
    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}
