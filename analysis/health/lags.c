/* lags.c
 * Whether what came late was long on its way, or its host had stood still. See
 * analysis/health/lags.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/lags.h"
#include "analysis/health/sent.h"

/* What is behind by less may have waited for its turn. */
#define LAG_MIN (3 * TRADE_SECOND)
/* Segments that are equally far behind, but for LAG_NEAR, so long after each other: a clock that is
 * put right little by little is not so far behind then. */
#define LASTS_MIN (3 * TRADE_SECOND)
#define LAG_NEAR TRADE_SECOND
/* Segments that were sent just before they came show that a clock stood still if they are this far
 * apart. */
#define FRESH_APART (10 * TRADE_SECOND)

/* Returns whether two segments are equally far behind. */
static bool are_equal(trade_time_t one, trade_time_t other)
{
    const trade_time_t apart = one - other;

    return apart <= LAG_NEAR && -apart <= LAG_NEAR;
}

/* Keeps what was found out. Behind it, the side begins anew. */
static void keep(trade_lags_t *lags, trade_lag_kind_t kind, trade_time_t until)
{
    trade_lag_t *lag = &lags->list[lags->count++ % TRADE_LAGS_MAX];

    *lag = lags->open;
    lag->kind = kind;
    lag->span.end = until;
    if (kind == TRADE_LAG_NETWORK)
        lag->span.start = lag->came;
    lags->open.frame = 0;
}

/* Begins with the first segment that is behind. */
static void open_lag(const trade_evidence_t *evidence, trade_side_t *side,
                     const trade_segment_t *segment)
{
    if (!side->lags)
        side->lags = (trade_lags_t *)evidence->allocate(sizeof *side->lags);
    side->lags->clock = side->stamps;
    side->lags->open =
        (trade_lag_t){ .span = { trade_get_later(side->on_time, side->stamps.when), 0 },
                       .came = segment->when,
                       .behind = side->behind,
                       .frame = segment->frame };
    side->lags->since = segment->when;
    side->lags->fresh = 0;
    side->lags->is_lasting = false;
}

/* Returns whether the other side's clock shows that the capture's was right from before a segment
 * that was behind until after it. */
static bool is_capture_right(const trade_side_t *peer, const trade_lag_t *lag)
{
    return trade_stamps_are_known(&peer->stamps) && peer->stamps.since < lag->frame &&
           peer->stamps.when > lag->came;
}

/* Notes a segment that is behind as well. */
static void go_on(trade_side_t *side, const trade_side_t *peer, const trade_segment_t *segment)
{
    trade_lags_t *lags = side->lags;

    if (!are_equal(side->behind, lags->open.behind)) {
        lags->open.behind = side->behind;
        lags->since = segment->when;
        lags->fresh = 0;
    }
    lags->is_lasting |= segment->when - lags->since >= LASTS_MIN;
    lags->last = segment->when;
    if (!trade_stamps_is_fresh(peer, segment))
        return;
    if (lags->fresh == 0)
        lags->fresh = segment->when;
    /* It cannot have stood for longer than the side was silent. */
    if (segment->when - lags->fresh >= FRESH_APART && is_capture_right(peer, &lags->open) &&
        side->behind <= lags->open.came - lags->open.span.start + LAG_NEAR)
        keep(lags, TRADE_LAG_STOOD, lags->open.came);
}

void trade_evidence_watch_lag(const trade_evidence_t *evidence, trade_side_t *side,
                              const trade_side_t *peer, const trade_segment_t *segment)
{
    const bool is_open = side->lags && side->lags->open.frame != 0;
    const trade_stamps_t *clock = is_open ? &side->lags->clock : &side->stamps;

    side->behind = 0;
    if (!segment->has_stamp || (segment->flags & (TRADE_TCP_SYN | TRADE_TCP_RST)) ||
        !trade_stamps_are_known(clock))
        return;
    side->behind = trade_stamps_get_behind(clock, segment);
    if (side->behind < LAG_MIN) {
        if (is_open && side->behind <= LAG_NEAR && side->lags->is_lasting)
            keep(side->lags, TRADE_LAG_NETWORK, side->lags->last);
        else if (is_open && side->behind <= LAG_NEAR)
            side->lags->open.frame = 0;
        if (side->behind <= LAG_NEAR)
            side->on_time = segment->when;
        return;
    }
    if (!is_open)
        open_lag(evidence, side, segment);
    go_on(side, peer, segment);
}

const trade_lag_t *trade_lags_find(const trade_side_t *side, trade_lag_kind_t kind,
                                   const trade_span_t *span)
{
    const trade_lags_t *lags = side->lags;
    const trade_lag_t *found = NULL;

    for (unsigned i = 0; lags && i < lags->count && i < TRADE_LAGS_MAX; i++) {
        const trade_lag_t *lag = &lags->list[i];
        if (lag->kind == kind && lag->span.start <= span->end && lag->span.end >= span->start &&
            (!found || lag->behind > found->behind))
            found = lag;
    }
    return found;
}
