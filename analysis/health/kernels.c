/* kernels.c
 * Whether the same kernel was alive on other connections, or another one is there since. See
 * analysis/health/kernels.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hosts.h"
#include "analysis/health/kernels.h"
#include "analysis/health/sent.h"

/* A host does not pause unnoticed if it is seen this often. */
#define SEEN_MAX (5 * TRADE_SECOND)
/* With two machines behind an address, chance gives one of them so many connections more than the
 * first, and then the other one so many, only once in 64 times. */
#define ALIKE_MIN 3
#define LATER_MIN 3
/* No host stands still for so long, and no clock of a capture is set by so much: a clock that is
 * further away is another one. */
#define APART_MIN (86400 * TRADE_SECOND)
/* A host is there again by then. What comes later, the capture's clock may have been set before. */
#define AFTER_MAX (3600 * TRADE_SECOND)

/* Returns whether a side's clock is that of its kernel that is kept: others may have its address.
 */
static bool is_of_kept(const trade_side_t *side)
{
    /* As the side's clock showed it last. */
    const trade_segment_t newest = { .when = side->stamps.when,
                                     .stamp = side->stamps.stamp,
                                     .has_stamp = true };

    return trade_stamps_are_known(&side->stamps) && side->stamps.rate == side->kernel->clock.rate &&
           trade_stamps_fit(&side->kernel->clock, &newest);
}

void trade_kernel_watch(trade_side_t *side, const trade_side_t *peer,
                        const trade_segment_t *segment)
{
    trade_kernel_t *kernel = side->kernel;

    if (!kernel || !segment->has_stamp || (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST)) ||
        !trade_stamps_are_known(&side->stamps) || !trade_stamps_is_fresh(peer, segment))
        return;
    if (!trade_stamps_are_known(&kernel->clock))
        kernel->clock = side->stamps;
    if (!is_of_kept(side) || !trade_stamps_fit(&kernel->clock, segment))
        return;
    if (segment->when - kernel->alive > SEEN_MAX)
        kernel->since = segment->when;
    kernel->alive = segment->when;
}

bool trade_kernel_is_alive(const trade_side_t *side, trade_time_t since, trade_time_t now)
{
    const trade_kernel_t *kernel = side->kernel;

    return kernel && kernel->since != 0 && kernel->since <= since && kernel->alive > since &&
           now - kernel->alive <= SEEN_MAX && is_of_kept(side);
}

/* ---- Restarts ---- */

void trade_restart_watch_end(trade_burst_t *burst, const trade_side_t *side)
{
    if (!side->kernel || !trade_stamps_are_known(&side->stamps))
        return;
    if (!is_of_kept(side))
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
