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
#define APART_MIN (86400 * TRADE_SECOND)

/* A host is there again by then. What comes later, the capture's clock may have been set before. */
#define AFTER_MAX (3600 * TRADE_SECOND)

void trade_restart_watch_end(trade_burst_t *burst, const trade_side_t *side)
{
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

    if (!burst || segment->when < burst->span.start ||
        segment->when - burst->span.end > AFTER_MAX || side->first_frame != 0 ||
        !(segment->flags & TRADE_TCP_SYN) || !segment->has_stamp || !side->kernel ||
        side->kernel->ended != burst->first_frame)
        return;
    const trade_time_t behind = trade_stamps_get_behind(&side->kernel->clock, segment);
    if (behind < APART_MIN && -behind < APART_MIN)
        burst->same_kernels++;
    else if (segment->ttl == burst->ttl) /* a firewall may answer for the host, by its clock */
        burst->other_kernels++;
}

uint32_t trade_restart_count(const trade_burst_t *burst)
{
    const bool is_certain = burst->alike >= ALIKE_MIN && !burst->has_other_clocks &&
                            burst->other_kernels >= LATER_MIN && burst->same_kernels == 0;

    return is_certain ? burst->other_kernels : 0;
}
