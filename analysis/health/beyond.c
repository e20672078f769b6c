/* beyond.c
 * What of a reported roundtrip was spent beyond the capture point. See analysis/health/beyond.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/beyond.h"
#include "analysis/health/watch.h"

/* Returns a frame's first record of a Ping or a Pong, or NULL. */
static const trade_record_t *find_record(uint32_t frame, trade_role_t role)
{
    unsigned count = 0;
    const uint32_t first = trade_records_find_frame(frame, &count);

    for (uint32_t i = first; i < first + count; i++) {
        if (trade_records_get(i)->role == role)
            return trade_records_get(i);
    }
    return NULL;
}

void trade_beyond_complete(trade_record_t *record)
{
    if (record->ping_frame == 0)
        return;
    const trade_record_t *ping = find_record(record->ping_frame, TRADE_ROLE_PING);
    const trade_record_t *pong = find_record(record->pong_frame, TRADE_ROLE_PONG);
    const trade_watch_t *watch =
        ping && pong ? trade_watch_find(ping->stream, record->frame) : NULL;

    if (watch)
        record->beyond = trade_evidence_get_beyond(&watch->health->evidence, ping->direction,
                                                   ping->seq, pong->seq) /
                         1000;
}
