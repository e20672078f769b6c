/* values.c
 * Are texts and the fields of bodies parsed as they stand on the wire, whole, short and cut?
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "wire/keyword.c"
#include "wire/values.c"

/* In place of a value: the field has none. */
#define NONE UINT64_MAX

/* Bytes of a body, of which so many were captured, and what parsing a field of them finds. */
static const struct {
    const char *name;
    trade_field_id_t field;
    const char *bytes;
    unsigned length;
    unsigned captured;
    trade_parsed_t parsed;
    uint64_t value; /* a number; of a text, its length */
} cases[] = {
    { "text", TRADE_FIELD_STATUS, "Up\0x", 4, 4, { TRADE_PARSED_WHOLE, 3, 0, false, false }, 2 },
    { "empty text", TRADE_FIELD_STATUS, "\0", 1, 1, { .length = 1 }, 0 },
    { "text without 00",
      TRADE_FIELD_STATUS,
      "Up",
      2,
      2,
      { .state = TRADE_PARSED_UNTERMINATED, .length = 2 },
      2 },
    { "text of which a byte was captured",
      TRADE_FIELD_STATUS,
      "Up",
      3,
      1,
      { .state = TRADE_PARSED_CUT, .length = 1 },
      NONE },
    { "no byte for a text",
      TRADE_FIELD_STATUS,
      "",
      0,
      0,
      { .state = TRADE_PARSED_MISSING, .is_short = true },
      NONE },
    { "text that was not captured",
      TRADE_FIELD_STATUS,
      "",
      1,
      0,
      { .state = TRADE_PARSED_MISSING },
      NONE },
    { "address",
      TRADE_FIELD_CLIENT_IP,
      "194.134.005.011",
      16,
      16,
      { .length = 16, .is_address = true },
      15 },
    { "address of 256", TRADE_FIELD_CLIENT_IP, "1.2.3.256", 10, 10, { .length = 10 }, 9 },
    { "address of 255",
      TRADE_FIELD_CLIENT_IP,
      "1.2.3.255",
      10,
      10,
      { .length = 10, .is_address = true },
      9 },
    { "address of three numbers", TRADE_FIELD_CLIENT_IP, "1.2.3", 6, 6, { .length = 6 }, 5 },
    { "address with more behind it", TRADE_FIELD_CLIENT_IP, "1.2.3.4.", 9, 9, { .length = 9 }, 8 },
    { "address with four digits",
      TRADE_FIELD_CLIENT_IP,
      "1.2.3.0004",
      11,
      11,
      { .length = 11 },
      10 },
    { "address, with a body that was not captured",
      TRADE_FIELD_CLIENT_IP,
      "1.2.3.4",
      9,
      8,
      { .length = 8 },
      7 },
    { "number", TRADE_FIELD_CONN_ID, "\x0a\x55", 2, 2, { .length = 2 }, 0x0a55 },
    { "half a number",
      TRADE_FIELD_CONN_ID,
      "\x0a",
      1,
      1,
      { .state = TRADE_PARSED_MISSING, .is_short = true },
      NONE },
    { "half a number captured",
      TRADE_FIELD_CONN_ID,
      "\x0a\x55",
      2,
      1,
      { .state = TRADE_PARSED_MISSING },
      NONE },
    { "end", TRADE_FIELD_END, "\0", 1, 1, { .length = 1 }, NONE },
    { "another byte at the end", TRADE_FIELD_END, "x", 1, 1, { .length = 0 }, NONE },
    { "integer of 1 byte",
      TRADE_FIELD_RTT_TIME,
      "\1\x7f",
      2,
      2,
      { .length = 2, .count = 1 },
      0x7f },
    { "integer of 8 bytes",
      TRADE_FIELD_RTT_TIME,
      "\x08\1\2\3\4\5\6\7\x08",
      9,
      9,
      { .length = 9, .count = 8 },
      UINT64_C(0x0807060504030201) },
    { "integer of 9 bytes",
      TRADE_FIELD_RTT_TIME,
      "\x09\1\2\3\4\5\6\7\x08\x09",
      10,
      10,
      { .state = TRADE_PARSED_BAD_COUNT, .length = 10, .count = 9 },
      NONE },
    { "integer of no byte",
      TRADE_FIELD_RTT_TIME,
      "\0\1",
      2,
      2,
      { .state = TRADE_PARSED_BAD_COUNT, .length = 1 },
      NONE },
    { "integer whose PDU ends",
      TRADE_FIELD_RTT_TIME,
      "\2\1",
      2,
      2,
      { .state = TRADE_PARSED_MISSING, .length = 1, .count = 2, .is_short = true },
      NONE },
    { "integer that was not captured",
      TRADE_FIELD_RTT_TIME,
      "\2\1\1",
      3,
      2,
      { .state = TRADE_PARSED_MISSING, .length = 1, .count = 2 },
      NONE },
    { "integer of 9 bytes whose PDU ends",
      TRADE_FIELD_RTT_TIME,
      "\x09\1",
      2,
      2,
      { .state = TRADE_PARSED_BAD_COUNT, .length = 1, .count = 9, .is_short = true },
      NONE },
    { "clock", TRADE_FIELD_PING_CLOCK, "\2\1\1", 3, 3, { .length = 3, .count = 2 }, 0x0101 },
};

/* Returns the value of a field. */
static uint64_t get_value(const trade_pdu_t *pdu, trade_field_id_t field)
{
    const trade_kind_t kind = trade_fields[field].kind;

    if (!trade_pdu_has(pdu, field))
        return NONE;
    return kind == TRADE_KIND_TEXT || kind == TRADE_KIND_CLIENT_IP ? pdu->values[field].text.length
                                                                   : pdu->values[field].number;
}

/* Returns whether a case turns out as it should. */
static bool check_case(unsigned i)
{
    const trade_bytes_t from = { .bytes = (const uint8_t *)cases[i].bytes,
                                 .captured = cases[i].captured,
                                 .length = cases[i].length,
                                 .is_whole = cases[i].captured == cases[i].length };
    trade_pdu_t pdu = { .complete = true };
    const trade_parsed_t wanted = cases[i].parsed;
    const trade_parsed_t parsed = trade_parse_field(&pdu, cases[i].field, &from);

    return parsed.state == wanted.state && parsed.length == wanted.length &&
           parsed.count == wanted.count && parsed.is_short == wanted.is_short &&
           parsed.is_address == wanted.is_address &&
           get_value(&pdu, cases[i].field) == cases[i].value &&
           pdu.complete == (wanted.state == TRADE_PARSED_WHOLE) &&
           (pdu.cut_text.bytes != NULL) == (wanted.state == TRADE_PARSED_CUT) &&
           pdu.has_clock == (cases[i].field == TRADE_FIELD_PING_CLOCK) &&
           (pdu.client_addr != 0) == wanted.is_address;
}

/* Returns whether a PDU keeps each of its fields. */
static bool keeps_both(void)
{
    const trade_bytes_t from = {
        .bytes = (const uint8_t *)"\0\7", .captured = 2, .length = 2, .is_whole = true
    };
    trade_pdu_t pdu = { .complete = true };

    trade_parse_field(&pdu, TRADE_FIELD_MODULE_COUNT, &from);
    trade_parse_field(&pdu, TRADE_FIELD_CLIENT_COUNT, &from);
    return trade_pdu_has(&pdu, TRADE_FIELD_MODULE_COUNT) &&
           trade_pdu_has(&pdu, TRADE_FIELD_CLIENT_COUNT);
}

int main(void)
{
    int failed = 0;

    if (!keeps_both()) {
        printf("two fields\n");
        failed = 1;
    }

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!check_case(i)) {
            printf("%s\n", cases[i].name);
            failed = 1;
        }
    }
    return failed;
}
