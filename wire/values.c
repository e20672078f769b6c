/* values.c
 * Parses what stands on the wire: texts, and the fields of bodies by their kind.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include <glib.h>

#include "wire/keyword.h"
#include "wire/values.h"

/* Returns that a field needs more bytes than there are. taken: how many of it were parsed; length:
 * how many must follow these. */
static trade_parsed_t get_missing(const trade_bytes_t *from, unsigned taken, unsigned length)
{
    return (trade_parsed_t){ .state = TRADE_PARSED_MISSING,
                             .length = taken,
                             .is_short = length > from->length - taken };
}

/* Stores the value of a field. */
static void set_value(trade_pdu_t *pdu, trade_field_id_t field, trade_value_t value)
{
    pdu->values[field] = value;
    pdu->present |= 1U << field;
}

trade_text_t trade_get_text(const trade_bytes_t *from, bool *is_terminated)
{
    const uint8_t *terminator =
        from->captured > 0 ? (const uint8_t *)memchr(from->bytes, 0, from->captured) : NULL;

    *is_terminated = terminator != NULL;
    return (trade_text_t){ from->bytes,
                           terminator ? (unsigned)(terminator - from->bytes) : from->captured };
}

trade_parsed_t trade_parse_text(trade_pdu_t *pdu, const trade_bytes_t *from, trade_text_t *text)
{
    bool is_terminated = false;
    trade_parsed_t parsed = { .state = TRADE_PARSED_WHOLE };

    *text = trade_get_text(from, &is_terminated);
    parsed.length = text->length + (is_terminated ? 1 : 0);
    if (is_terminated)
        return parsed;
    parsed.state = from->is_whole ? TRADE_PARSED_UNTERMINATED : TRADE_PARSED_CUT;
    pdu->complete = false;
    if (parsed.state == TRADE_PARSED_CUT) {
        pdu->cut_text = *text;
        *text = (trade_text_t){ NULL, 0 };
    }
    return parsed;
}

/* ---- One routine a kind ---- */

static trade_parsed_t parse_text(trade_pdu_t *pdu, trade_field_id_t field,
                                 const trade_bytes_t *from)
{
    trade_text_t text = { NULL, 0 };

    if (from->captured == 0)
        return get_missing(from, 0, 1);
    const trade_parsed_t parsed = trade_parse_text(pdu, from, &text);
    if (text.bytes)
        set_value(pdu, field, (trade_value_t){ .text = text });
    return parsed;
}

/* Returns whether the text is a dotted IPv4 address, padded with zeros or not; sets *addr, in
 * network byte order. */
static bool get_ipv4(trade_text_t text, uint32_t *addr)
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

static trade_parsed_t parse_client_ip(trade_pdu_t *pdu, trade_field_id_t field,
                                      const trade_bytes_t *from)
{
    trade_parsed_t parsed = parse_text(pdu, field, from);
    uint32_t addr = 0;

    if (!trade_pdu_has(pdu, field) || from->captured < from->length)
        return parsed;
    parsed.is_address = get_ipv4(pdu->values[field].text, &addr);
    if (parsed.is_address)
        pdu->client_addr = addr;
    return parsed;
}

static trade_parsed_t parse_uint16(trade_pdu_t *pdu, trade_field_id_t field,
                                   const trade_bytes_t *from)
{
    if (from->captured < sizeof(uint16_t))
        return get_missing(from, 0, sizeof(uint16_t));
    const uint16_t value = (uint16_t)(from->bytes[0] << 8 | from->bytes[1]);
    set_value(pdu, field, (trade_value_t){ .number = value });
    return (trade_parsed_t){ .state = TRADE_PARSED_WHOLE, .length = sizeof value };
}

/* One more 00, or nothing. */
static trade_parsed_t parse_end(trade_pdu_t *pdu G_GNUC_UNUSED,
                                trade_field_id_t field G_GNUC_UNUSED, const trade_bytes_t *from)
{
    if (from->captured == 0)
        return get_missing(from, 0, 1);
    return (trade_parsed_t){ .state = TRADE_PARSED_WHOLE, .length = from->bytes[0] == 0 ? 1 : 0 };
}

/* A counted integer. */
static trade_parsed_t parse_duration(trade_pdu_t *pdu, trade_field_id_t field,
                                     const trade_bytes_t *from)
{
    if (from->captured == 0)
        return get_missing(from, 0, 1);
    const unsigned count = from->bytes[0];
    trade_parsed_t parsed = { .state = TRADE_PARSED_WHOLE, .length = 1 + count };
    uint64_t value = 0;

    if (count > from->captured - 1)
        parsed = get_missing(from, 1, count);
    if (count == 0 || count > TRADE_INTEGER_MAX)
        parsed.state = TRADE_PARSED_BAD_COUNT;
    parsed.count = count;
    if (parsed.state != TRADE_PARSED_WHOLE)
        return parsed;
    for (unsigned i = count; i > 0; i--)
        value = value << 8 | from->bytes[i];
    set_value(pdu, field, (trade_value_t){ .number = value });
    return parsed;
}

static trade_parsed_t parse_clock(trade_pdu_t *pdu, trade_field_id_t field,
                                  const trade_bytes_t *from)
{
    const trade_parsed_t parsed = parse_duration(pdu, field, from);

    if (parsed.state == TRADE_PARSED_WHOLE) {
        pdu->has_clock = true;
        pdu->clock = pdu->values[field].number;
    }
    return parsed;
}

trade_parsed_t trade_parse_kind(trade_pdu_t *pdu, trade_kind_t kind, trade_field_id_t place,
                                const trade_bytes_t *from)
{
    static trade_parsed_t (*const kinds[])(trade_pdu_t *, trade_field_id_t,
                                           const trade_bytes_t *) = {
        [TRADE_KIND_TEXT] = parse_text,     [TRADE_KIND_CLIENT_IP] = parse_client_ip,
        [TRADE_KIND_UINT16] = parse_uint16, [TRADE_KIND_END] = parse_end,
        [TRADE_KIND_CLOCK] = parse_clock,   [TRADE_KIND_DURATION] = parse_duration
    };
    const trade_parsed_t parsed = kinds[kind](pdu, place, from);

    if (parsed.state != TRADE_PARSED_WHOLE)
        pdu->complete = false;
    return parsed;
}

trade_parsed_t trade_parse_field(trade_pdu_t *pdu, trade_field_id_t field,
                                 const trade_bytes_t *from)
{
    return trade_parse_kind(pdu, trade_fields[field].kind, field, from);
}
