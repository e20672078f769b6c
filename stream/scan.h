/* scan.h
 * What the bytes of a stream say of the guess that a PDU begins at one of them.
 *
 * Pure questions about bytes. What was found out about a byte is kept as long as the scan, so that
 * the work grows with the bytes and with nothing else, whatever they are.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_SCAN_H
#define TRADE_STREAM_SCAN_H

#include <epan/packet.h>

#include "wire/pdu.h"

/* What the bytes say of the guess that a PDU begins at some place. */
typedef enum trade_hint {
    TRADE_HINT_AGAINST,
    TRADE_HINT_NONE, /* too few bytes here to tell */
    TRADE_HINT_FOR
} trade_hint_t;

/* In place of an id: whoever it is. */
#define TRADE_SENDER_ANY (-1)

/* Whose PDUs are expected, if nothing else confirms a PDU. */
typedef struct trade_senders {
    bool (*is_known)(uint8_t id, void *data); /* whether an id may send data PDUs; NULL: none may */
    void *data;
    int control; /* the id that sends the control PDUs of this direction, or TRADE_SENDER_ANY */
    bool from_module; /* a module may have sent this direction: only modules send greetings */
} trade_senders_t;

struct trade_scan_memory;

/* Bytes that follow one another in a stream. Lives as long as they do. */
typedef struct trade_scan {
    const uint8_t *bytes;
    unsigned captured; /* how many of them were captured */
    unsigned reported; /* how many were sent */
    trade_senders_t senders;
    wmem_allocator_t *pool;
    int own; /* an id that is known whatever senders say; TRADE_SENDER_ANY: none */
    struct trade_scan_memory *memory; /* what was found out; NULL: nothing was asked */
} trade_scan_t;

/* Returns a scan of the bytes of a tvb. senders: a copy of it is kept; pool: where the scan keeps
 * what it finds out. Does not throw. */
trade_scan_t trade_scan_begin(tvbuff_t *tvb, const trade_senders_t *senders,
                              wmem_allocator_t *pool);

/* Makes an id known, and the one before it not; TRADE_SENDER_ANY: none. */
void trade_scan_set_own(trade_scan_t *scan, int id);

/* Returns how many bytes are at hand from an offset on. */
static inline unsigned trade_scan_get_captured(const trade_scan_t *scan, unsigned offset)
{
    return offset < scan->captured ? scan->captured - offset : 0;
}

/* Returns how many bytes there are from an offset on. */
static inline unsigned trade_scan_get_reported(const trade_scan_t *scan, unsigned offset)
{
    return offset < scan->reported ? scan->reported - offset : 0;
}

/* Returns the length field of the PDU at an offset, whose first TRADE_LENGTH_END bytes are at
 * hand. */
static inline unsigned trade_scan_get_length(const trade_scan_t *scan, unsigned offset)
{
    return (unsigned)scan->bytes[offset + 1] << 8 | scan->bytes[offset + 2];
}

/* Returns whether the header at an offset is at hand, and that of a control PDU. */
static inline bool trade_scan_is_control(const trade_scan_t *scan, unsigned offset)
{
    return scan->captured >= offset + TRADE_HEADER_LENGTH && scan->bytes[offset + 3] == 0xff &&
           scan->bytes[offset + 4] == 0xff;
}

/* Returns whether an id may send data PDUs. */
bool trade_scan_is_known(trade_scan_t *scan, uint8_t id);

/* Returns what the bytes say of the guess that a control PDU begins at an offset, by its length and
 * keyword. */
trade_hint_t trade_scan_check_control(const trade_scan_t *scan, unsigned offset);

/* Returns what the bytes say of the guess that a PDU begins at an offset, by following the
 * lengths: they must lead to a control PDU, or exactly to the end of the bytes. */
trade_hint_t trade_scan_follow(trade_scan_t *scan, unsigned offset);

/* Returns whether the lengths lead from an offset exactly to the end of the bytes. */
bool trade_scan_leads_to_end(trade_scan_t *scan, unsigned offset);

/* Returns whether PDUs take the bytes from the first to the last, a control PDU first, and all
 * control PDUs have one sender, if not the one that was expected. */
bool trade_scan_is_filled(const trade_scan_t *scan);

/* Returns the keyword of the control PDU at an offset, if it is one of the table's and ends inside
 * the PDU; no bytes: there is none. */
trade_text_t trade_scan_find_keyword(const trade_scan_t *scan, unsigned offset);

/* Returns where the first control PDU from start to before end begins that has a keyword of the
 * table and the expected sender; end: there is none. */
unsigned trade_scan_find_known_control(const trade_scan_t *scan, unsigned start, unsigned end);

/* Returns where the next plausible PDU begins, from an offset on; the end of the bytes if there
 * is none. */
unsigned trade_scan_find_pdu(trade_scan_t *scan, unsigned offset);

#endif /* TRADE_STREAM_SCAN_H */
