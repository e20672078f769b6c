/* restarts.c
 * Whether the kernel behind a host's address is another one since connections of it ended together.
 * See analysis/health/restarts.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hosts.h"
#include "analysis/health/kernels.h"
#include "analysis/health/restarts.h"
#include "analysis/health/sent.h"

/* With two machines behind an address, chance gives one of them so many connections more than the
 * first, and then the other one so many, only once in 64 times. */
#define ALIKE_MIN 3
#define LATER_MIN 3
/* No host stands still for so long, and no clock of a capture is set by so much: a clock that is
 * further away is another one. */
#define APART_MIN (24 * 3600 * TRADE_SECOND)

void trade_restart_watch_end(trade_burst_t *burst, const trade_side_t *side)
{
    if (burst->count == 1)
        burst->card = side->host->are_cards_several ? 0 : side->host->card;
    if (!side->kernel || !trade_stamps_are_known(&side->stamps))
        return;
    if (!trade_kernel_is_of(side))
        burst->has_other_clocks = true;
    else if (side->kernel->ended != burst->first_frame)
        side->kernel->ended = burst->first_frame;
    else
        burst->alike++;
}

void trade_restart_watch_begin(const trade_side_t *side, const trade_segment_t *segment)
{
    trade_burst_t *burst = trade_host_get_burst(side->host);

    if (!burst || segment->when < burst->span.start || side->first_frame != 0 ||
        !(segment->flags & TRADE_TCP_SYN))
        return;
    if (side->kernel && side->kernel->ended == burst->first_frame && segment->has_stamp) {
        const trade_time_t behind = trade_stamps_get_behind(&side->kernel->clock, segment);
        if (behind < APART_MIN && -behind < APART_MIN)
            burst->same_kernels++;
        else
            burst->other_clocks++;
    }
    if (burst->card != 0 && segment->card != 0 && trade_ttl_get_hops(segment->ttl) == 0 &&
        segment->card != burst->card)
        burst->other_cards++;
}

/* Returns whether later connections show another kernel by its clock. */
static bool is_by_clock(const trade_burst_t *burst)
{
    return burst->alike >= ALIKE_MIN && !burst->has_other_clocks &&
           burst->other_clocks >= LATER_MIN;
}

/* Returns whether they show another network card. */
static bool is_by_card(const trade_burst_t *burst)
{
    return burst->count > ALIKE_MIN && burst->other_cards >= LATER_MIN;
}

trade_restart_t trade_restart_find(const trade_burst_t *burst)
{
    if (burst->same_kernels > 0)
        return (trade_restart_t){ 0, false };
    if (is_by_clock(burst))
        return (trade_restart_t){ burst->other_clocks, true };
    return (trade_restart_t){ is_by_card(burst) ? burst->other_cards : 0, false };
}
