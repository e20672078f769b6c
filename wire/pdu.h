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

#include <epan/packet.h>
#include <epan/charsets.h>

#include "wire/compat.h"

/* ---- The wire format ---- */

/* The TCP port that the talk's Multiplexer listens on. */
#define TRADE_PORT 2107
/* A PDU's header: sender (1), length (2), receiver (2). */
#define TRADE_HEADER_LENGTH 5
/* As many bytes of a PDU as tell its length. */
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

/* Returns a copy of a text as a string: what is not ASCII becomes U+FFFD. */
static inline const char *trade_text_dup(wmem_allocator_t *scope, trade_text_t text)
{
    return (const char *)get_ascii_string(scope, text.bytes, (int)text.length);
}

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
    TRADE_ROLE_REPORT,           /* tells what a Ping and its Pong took */
    TRADE_ROLE_NEW_CONNECTION,   /* begins a client's session */
    TRADE_ROLE_LOGIN,            /* tells a client's user and module */
    TRADE_ROLE_CLOSE_CONNECTION, /* ends a client's session */
    TRADE_ROLE_DATA              /* carries a client's data */
} trade_role_t;

/* Which of a PDU's values it really had; a bit each in trade_pdu_t.has. */
enum { TRADE_HAS_CONN_ID = 1U << 0, TRADE_HAS_CLOCK = 1U << 1, TRADE_HAS_RECEIVER = 1U << 2 };

/* A PDU as parsed. Lives as long as the packet. */
typedef struct trade_pdu {
    trade_unit_kind_t kind;
    uint8_t sender;    /* module id */
    uint32_t length;   /* of the whole unit, in bytes, as the wire says */
    uint16_t receiver; /* TRADE_RECEIVER_CONTROL or a connection id, if TRADE_HAS_RECEIVER */
    trade_role_t role;
    const char *sender_name;        /* NULL: not known */
    const trade_keyword_t *keyword; /* NULL unless this is a control PDU with a keyword */
    trade_text_t keyword_text;      /* as on the wire */
    trade_text_t cut_text;          /* what there is of a text that goes on behind the bytes at
                                       hand: Info shows it, but it is no field's value */
    bool complete;                  /* every field that the keyword asks for was there */
    unsigned has;                   /* TRADE_HAS_ bits */
    uint16_t conn_id;
    uint16_t module_count;
    uint16_t client_count;
    uint64_t clock; /* microseconds since 1901-01-01 00:00 on the sender's wall clock */
    uint64_t rtt;   /* microseconds */
    trade_text_t module;
    trade_text_t username;
    trade_text_t client_ip;
    uint32_t client_addr; /* client_ip in network byte order; 0: it is no address */
    trade_text_t access;
    trade_text_t status;
} trade_pdu_t;

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
    tvbuff_t *payload;                     /* of a whole data PDU; NULL: none, or cut */
    uint32_t seq;                          /* sequence number of the PDU's first byte */
} trade_tap_t;

/* Returns whether this PDU is for or from the Multiplexer itself, not for a client. */
static inline bool trade_pdu_is_control(const trade_pdu_t *pdu)
{
    return pdu->kind == TRADE_UNIT_PDU && pdu->receiver == TRADE_RECEIVER_CONTROL;
}

#endif /* TRADE_WIRE_PDU_H */
