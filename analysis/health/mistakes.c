/* mistakes.c
 * What TCP's analysis gets wrong. See analysis/health/mistakes.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>

#include "analysis/health/mistakes.h"
#include "stream/tcp.h"

/* The largest window without a scale. */
#define WINDOW_MAX 65535

static wmem_map_t *mistakes; /* trade_mistake_t, by frame */

/* Returns whether all bytes before a sequence number of a side were seen: within as many as a
 * window without scale has, so that this is about the bytes that TCP speaks of. */
static bool has_all_before(const trade_side_t *side, uint32_t seq)
{
    return side->is_counted && side->ahead == 0 && side->unrelated == 0 &&
           !trade_is_after(seq, side->next) &&
           !(side->holes && trade_holes_find(side->holes, seq - WINDOW_MAX, seq));
}

void trade_mistakes_note(const trade_evidence_t *evidence, const trade_segment_t *segment,
                         unsigned saying)
{
    const trade_side_t *sender = &evidence->sides[segment->side];
    const trade_side_t *peer = &evidence->sides[!segment->side];
    const bool is_probe = (saying & TRADE_TCP_SAYS_LOST ? peer : sender)->zero_since != 0;

    if (((saying & TRADE_TCP_SAYS_LOST) && !has_all_before(sender, segment->seq)) ||
        ((saying & TRADE_TCP_SAYS_ACKED_LOST) && !has_all_before(peer, segment->ack)))
        return;
    wmem_map_insert(mistakes, GUINT_TO_POINTER(segment->frame),
                    GUINT_TO_POINTER(is_probe ? TRADE_MISTAKE_PROBE : TRADE_MISTAKE_OTHER));
}

trade_mistake_t trade_mistakes_find(uint32_t frame)
{
    return (trade_mistake_t)GPOINTER_TO_UINT(wmem_map_lookup(mistakes, GUINT_TO_POINTER(frame)));
}

void trade_mistakes_register(void)
{
    mistakes =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), g_direct_hash, g_direct_equal);
}
