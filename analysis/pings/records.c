/* records.c
 * What the first pass found out about each Ping, Pong, Roundtrip and report. See
 * analysis/pings/records.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/pings/records.h"

/* How many records are allocated at once: none ever moves. */
enum { BLOCK = 128 };

static wmem_array_t *blocks;  /* trade_record_t *, each of BLOCK records */
static uint32_t record_count; /* how many records there are */
static uint32_t newest_frame; /* of the newest record; 0: there is none */
static uint32_t newest_first; /* index of newest_frame's first record */
static uint32_t next_record;  /* index of the record that is likely asked for next */

trade_record_t *trade_records_get(uint32_t number)
{
    trade_record_t **block = (trade_record_t **)wmem_array_index(blocks, number / BLOCK);

    return *block + number % BLOCK;
}

uint32_t trade_records_get_count(void)
{
    return record_count;
}

uint32_t trade_records_get_first(uint32_t frame)
{
    return frame == newest_frame ? newest_first : record_count;
}

trade_record_t *trade_records_add(const trade_delivery_t *delivery, uint32_t frame, uint32_t seq,
                                  trade_role_t role)
{
    if (frame != newest_frame) {
        newest_frame = frame;
        newest_first = record_count;
    }
    if (record_count % BLOCK == 0) {
        trade_record_t *block = wmem_alloc0_array(wmem_file_scope(), trade_record_t, BLOCK);
        wmem_array_append_one(blocks, block);
    }
    trade_record_t *record = trade_records_get(record_count++);

    record->frame = frame;
    record->seq = seq;
    record->stream = delivery->stream->number;
    record->role = role;
    record->direction = (uint8_t)delivery->direction;
    return record;
}

uint32_t trade_records_find_frame(uint32_t frame, unsigned *count)
{
    uint32_t low = 0, high = record_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (trade_records_get(middle)->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < record_count && trade_records_get(low + *count)->frame == frame)
        ++*count;
    return low;
}

/* Returns whether a record is that of a PDU of the delivery's. */
static bool is_record_of(const trade_record_t *record, const trade_delivery_t *delivery,
                         uint32_t frame, uint32_t seq)
{
    return record->frame == frame && record->seq == seq &&
           record->stream == delivery->stream->number && record->direction == delivery->direction;
}

trade_record_t *trade_records_find(const trade_delivery_t *delivery, uint32_t frame, uint32_t seq)
{
    unsigned count = 0;

    /* A frame can have thousands, and they are asked for in their order. */
    if (next_record < record_count &&
        is_record_of(trade_records_get(next_record), delivery, frame, seq))
        return trade_records_get(next_record++);
    const uint32_t first = trade_records_find_frame(frame, &count);
    for (uint32_t i = first; i < first + count; i++) {
        if (is_record_of(trade_records_get(i), delivery, frame, seq)) {
            next_record = i + 1;
            return trade_records_get(i);
        }
    }
    return NULL;
}

void trade_records_init(void)
{
    blocks = wmem_array_new(wmem_file_scope(), sizeof(trade_record_t *));
    record_count = 0;
    newest_frame = 0;
    next_record = 0;
}
