/* kernels.c
 * Whether the same kernel was alive on other connections. See analysis/health/kernels.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/kernels.h"
#include "analysis/health/sent.h"

/* A host does not pause unnoticed if it is seen this often. */
#define SEEN_MAX (5 * TRADE_SECOND)

/* Returns a segment as the clock of a side showed it last. */
static trade_segment_t get_shown(const trade_side_t *side)
{
    return (trade_segment_t){ .when = side->stamps.when,
                              .stamp = side->stamps.stamp,
                              .has_stamp = true };
}

bool trade_kernel_is_of(const trade_side_t *side)
{
    const trade_segment_t newest = get_shown(side);

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
    if (!trade_kernel_is_of(side) || !trade_stamps_fit(&kernel->clock, segment))
        return;
    if (segment->when - kernel->alive > SEEN_MAX)
        kernel->since = segment->when;
    kernel->alive = segment->when;
}

bool trade_kernel_is_alive(const trade_side_t *side, trade_time_t since, trade_time_t now)
{
    const trade_kernel_t *kernel = side->kernel;

    return kernel && kernel->since != 0 && kernel->since <= since && kernel->alive > since &&
           now - kernel->alive <= SEEN_MAX && trade_kernel_is_of(side);
}
