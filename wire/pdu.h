/* pdu.h
 * A PDU as it stands on the wire, and as parsed.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_PDU_H
#define TRADE_WIRE_PDU_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/keywords.h"

/* Wireshark's, so that what parses a PDU can be tested without it. */
typedef struct _wmem_allocator_t wmem_allocator_t;
struct tvbuff;

/* ---- The wire format ---- */

/* The TCP port that the talk's Multiplexer listens on. */
#define TRADE_PORT 2107
/* A PDU's header: sender (1), length (2), receiver (2). */
#define TRADE_HEADER_LENGTH 5
/* Bytes needed to read the length field. */
#define TRADE_LENGTH_END 3
/* A greeting of n characters has n + 3 bytes: module id, n, the name, 00. */
#define TRADE_GREETING_OVERHEAD 3
/* The receiver of a control PDU; any other is a client's connection id. */
#define TRADE_RECEIVER_CONTROL 0xffff
/* From 1901-01-01, where TRADE's clocks begin, to 1970-01-01, in seconds. */
#define TRADE_CLOCK_TO_UNIX INT64_C(2177452800)
/* A counted integer has at most this many bytes after its count. */
#define TRADE_INTEGER_MAX 8

/* Text inside a PDU: not terminated, and valid as long as the packet is. */
typedef struct trade_text {
    const uint8_t *bytes; /* NULL: the PDU has no such text */
    unsigned length;      /* in bytes, the terminating 00 not included */
} trade_text_t;

/* Returns how many of the bytes are printable ASCII, up to the first that is not. */
unsigned trade_count_printable(const uint8_t *bytes, unsigned length);

/* Returns whether all of a text is printable ASCII. */
bool trade_text_is_printable(trade_text_t text);

/* Returns a text as a string that is safe to print, for the value of a field: of what is not
 * printable, ASCII becomes \x1b, and any other byte U+FFFD. Lives in scope. */
const char *trade_text_get_value(wmem_allocator_t *scope, trade_text_t text);

/* Returns a copy of a text for what keeps it or puts it into a table, where a bar would end its
 * cell: as trade_text_get_value(), but a bar becomes \x7c. Lives in scope. */
const char *trade_text_dup(wmem_allocator_t *scope, trade_text_t text);

/* What stands at one place of the stream. */
typedef enum trade_unit_kind {
    TRADE_UNIT_PDU,
    TRADE_UNIT_GREETING,
    TRADE_UNIT_UNDISSECTED /* bytes that belong to no PDU that we can find */
} trade_unit_kind_t;

typedef struct trade_keyword trade_keyword_t;

/* What a PDU has to do with others. */
typedef enum trade_role {
    TRADE_ROLE_NONE,
    TRADE_ROLE_PING,             /* asks; a Pong answers it */
    TRADE_ROLE_PONG,             /* answers a Ping */
    TRADE_ROLE_ROUNDTRIP,        /* asks; the same PDU sent back answers it */
    TRADE_ROLE_REPORT,           /* reports what a Ping and its Pong took */
    TRADE_ROLE_NEW_CONNECTION,   /* begins a client's session */
    TRADE_ROLE_LOGIN,            /* names a client's user and module */
    TRADE_ROLE_CLOSE_CONNECTION, /* ends a client's session */
    TRADE_ROLE_DATA              /* carries a client's data */
} trade_role_t;

/* How a field of a body stands on the wire. */
typedef enum trade_kind {
    TRADE_KIND_TEXT,      /* bytes, 00 */
    TRADE_KIND_CLIENT_IP, /* a text: decimal numbers, padded with zeros, and dots */
    TRADE_KIND_UINT16,
    TRADE_KIND_END,     /* one more 00, or nothing */
    TRADE_KIND_CLOCK,   /* a counted integer: microseconds since 1901 */
    TRADE_KIND_DURATION /* a counted integer: microseconds */
} trade_kind_t;

/* The fields of all bodies. */
typedef enum trade_field_id {
#define FIELD_ID(id, ...) TRADE_FIELD_##id,
    TRADE_BODY_FIELDS(FIELD_ID)
#undef FIELD_ID
        TRADE_FIELD_COUNT
} trade_field_id_t;

/* The value of a field, by its kind. */
typedef union trade_value {
    trade_text_t text;
    uint64_t number; /* a UINT16; of a CLOCK and of a DURATION, microseconds */
} trade_value_t;

/* A PDU as parsed. Lives as long as the packet. */
typedef struct trade_pdu {
    trade_unit_kind_t kind;
    uint8_t sender;    /* module id */
    uint32_t length;   /* of the whole unit, in bytes, as the wire says */
    bool has_receiver; /* the header is whole */
    uint16_t receiver; /* TRADE_RECEIVER_CONTROL or a connection id */
    trade_role_t role;
    const char *sender_name;        /* NULL: not known */
    const trade_keyword_t *keyword; /* NULL unless this is a control PDU with a known keyword */
    trade_text_t keyword_text;      /* as on the wire */
    trade_text_t cut_text;          /* what there is of a text that goes on behind the bytes at
                                       hand: Info shows it, but it is no field's value */
    bool is_foreign;                /* another dissector is registered for the keyword */
    const char *own_info;           /* what Info says of a keyword of the user's; NULL: it is none,
                                       or not whole */
    bool is_own;                    /* the keyword is one of the user's */
    bool complete;                  /* every field that the keyword asks for was there */
    uint32_t present;               /* a bit for each field that was, by trade_field_id_t */
    bool has_clock;
    uint64_t clock;        /* the value of a CLOCK, whichever it is: microseconds since 1901-01-01
                              00:00 on the sender's wall clock */
    uint32_t client_addr;  /* the value of a CLIENT_IP in network byte order; 0: it is no address */
    trade_text_t greeting; /* the name that a greeting gives */
    trade_value_t values[TRADE_FIELD_COUNT]; /* only of the fields that are present */
} trade_pdu_t;

_Static_assert(TRADE_FIELD_COUNT <= 32, "trade_pdu_t.present has a bit for each");

/* Returns whether a PDU has a field. */
static inline bool trade_pdu_has(const trade_pdu_t *pdu, trade_field_id_t field)
{
    return (pdu->present >> field & 1) != 0;
}

/* Returns the value of a TEXT or CLIENT_IP; no bytes if the PDU lacks it. */
static inline trade_text_t trade_pdu_get_text(const trade_pdu_t *pdu, trade_field_id_t field)
{
    return trade_pdu_has(pdu, field) ? pdu->values[field].text : (trade_text_t){ NULL, 0 };
}

/* Returns the value of any other field; 0 if the PDU lacks it. */
static inline uint64_t trade_pdu_get_number(const trade_pdu_t *pdu, trade_field_id_t field)
{
    return trade_pdu_has(pdu, field) ? pdu->values[field].number : 0;
}

struct trade_delivery;
struct trade_record;
struct trade_client;

/* What TRADE's tap gives to statistics, one for each unit. Lives as long as the
 * packet; the same in every pass but for what only later frames tell. */
typedef struct trade_tap {
    const trade_pdu_t *pdu;
    const struct trade_delivery *delivery; /* its connection may be NULL */
    const struct trade_record *record;     /* NULL: the PDU asks, answers and reports nothing */
    const struct trade_client *client;     /* NULL: the PDU names no client */
    const char *keyword;                   /* of a control PDU; NULL: none */
    struct tvbuff *payload;                /* of a whole data PDU; NULL: none, or cut */
    uint32_t seq;                          /* sequence number of the PDU's first byte */
} trade_tap_t;

/* Returns whether this PDU is for or from the Multiplexer itself, not for a client. */
static inline bool trade_pdu_is_control(const trade_pdu_t *pdu)
{
    return pdu->kind == TRADE_UNIT_PDU && pdu->receiver == TRADE_RECEIVER_CONTROL;
}

#endif /* TRADE_WIRE_PDU_H */
