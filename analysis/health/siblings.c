/* siblings.c
 * What the other connections of a host, and those between the same two hosts, showed meanwhile.
 * See analysis/health/siblings.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/siblings.h"

/* So many stretches before a case show which connections there are. */
#define BEFORE_MAX 3

/* ---- Stretches of time ---- */

void trade_slices_set(trade_slices_t *slices, trade_time_t when, trade_time_t usual)
{
    if (when >= slices->begin && when - slices->begin < slices->length)
        return; /* that is where they are, as for most frames */
    if (slices->length == 0) {
        /* In each, every connection that pings as usual does so. */
        slices->length = usual / 5 * 6 + 1;
        slices->first = when;
    }
    if (when < slices->first)
        return;
    const trade_time_t passed = (when - slices->first) / slices->length;
    slices->number = 1 + (uint32_t)passed;
    slices->begin = slices->first + passed * slices->length;
}

/* Returns what a group showed in the current stretch, to be added to. */
static trade_bucket_t *get_bucket(trade_group_t *group, uint32_t number)
{
    trade_bucket_t *bucket = &group->buckets[number % TRADE_BUCKETS_MAX];

    if (bucket->number != number)
        *bucket = (trade_bucket_t){ .number = number };
    return bucket;
}

/* ---- Who was heard, and what was acknowledged ---- */

void trade_siblings_hear(trade_group_t *pair, bool is_reversed, const trade_slices_t *slices)
{
    get_bucket(pair, slices->number)->heard[is_reversed]++;
}

/* Counts a connection as well in the current stretch, once. */
static void count_well(trade_kin_t *kin)
{
    const uint32_t number = kin->slices->number;
    const uint32_t passed = number - kin->number;

    if (passed == 0 && kin->well != 0)
        return;
    kin->well = (passed < TRADE_BUCKETS_MAX ? kin->well << passed : 0) | 1;
    kin->number = number;
    for (unsigned i = 0; i < TRADE_GROUPS; i++) {
        if (kin->groups[i])
            get_bucket(kin->groups[i], number)->well++;
    }
}

void trade_siblings_watch(trade_evidence_t *evidence, const trade_segment_t *segment,
                          bool is_acknowledging)
{
    trade_kin_t *kin = &evidence->kin;
    const unsigned side = segment->side;

    if (!kin->slices || (segment->flags & TRADE_TCP_RST))
        return;
    if (kin->groups[TRADE_GROUP_PAIR])
        trade_siblings_hear(kin->groups[TRADE_GROUP_PAIR], side != kin->is_reversed, kin->slices);
    if (is_acknowledging)
        count_well(kin);
}

/* Returns whether a case that ends now may be judged: one as long as a stretch of time. */
static bool is_any_waiting(const trade_evidence_t *evidence)
{
    const trade_time_t since = evidence->now - evidence->kin.slices->length;

    for (unsigned i = 0; i < 2; i++) {
        const trade_side_t *side = &evidence->sides[i];
        if (side->last_ping < since || (side->waiting_count > 0 && side->waiting[0].sent < since))
            return true;
    }
    return false;
}

void trade_siblings_keep(trade_evidence_t *evidence)
{
    trade_kin_t *kin = &evidence->kin;

    if (!kin->slices || !is_any_waiting(evidence))
        return;
    if (!kin->kept)
        kin->kept = (trade_group_t *)evidence->allocate(TRADE_GROUPS * sizeof *kin->kept);
    for (unsigned i = 0; i < TRADE_GROUPS; i++) {
        if (kin->groups[i])
            kin->kept[i] = *kin->groups[i];
    }
    kin->kept_number = kin->slices->number;
}

/* ---- In the time of a case ---- */

/* Stretches of time: from the first to before the end. */
typedef struct stretches {
    uint32_t first, end;
} stretches_t;

/* Returns the stretches that lie wholly in a time, without those that are kept no longer. */
static stretches_t find_full(const trade_slices_t *slices, const trade_span_t *span,
                             uint32_t newest)
{
    const uint32_t oldest = newest >= TRADE_BUCKETS_MAX ? newest - TRADE_BUCKETS_MAX + 1 : 1;
    const trade_time_t from = span->start - slices->first;
    const trade_time_t to = span->end - slices->first;
    stretches_t full = { 0, 0 };

    if (from < 0 || to < from)
        return full;
    full.first = 1 + (uint32_t)(from / slices->length) + (from % slices->length > 0);
    full.end = 1 + (uint32_t)(to / slices->length);
    if (full.first < oldest)
        full.first = oldest;
    if (full.end > newest)
        full.end = newest;
    return full.end > full.first ? full : (stretches_t){ 0, 0 };
}

/* Returns what other connections of a group showed in a stretch. */
static trade_bucket_t get_others(const trade_kin_t *kin, const trade_group_t *group,
                                 uint32_t number)
{
    trade_bucket_t bucket = group->buckets[number % TRADE_BUCKETS_MAX];
    const uint32_t ago = kin->number - number;

    if (bucket.number != number)
        return (trade_bucket_t){ .number = number };
    if (ago < TRADE_BUCKETS_MAX && (kin->well >> ago & 1) && bucket.well > 0)
        bucket.well--;
    return bucket;
}

/* Finds out what other connections of a group showed in these stretches. */
static trade_siblings_t find_siblings(const trade_kin_t *kin, const trade_group_t *group,
                                      const stretches_t *full, uint32_t newest)
{
    trade_siblings_t siblings = { .full = full->end - full->first };

    if (!group || siblings.full == 0)
        return (trade_siblings_t){ .full = 0 };
    siblings.well = UINT32_MAX;
    siblings.is_watched = true;
    for (uint32_t n = full->first; n < full->end; n++) {
        const trade_bucket_t bucket = get_others(kin, group, n);
        siblings.well = bucket.well < siblings.well ? bucket.well : siblings.well;
        siblings.others = bucket.well > siblings.others ? bucket.well : siblings.others;
        siblings.is_watched = siblings.is_watched && bucket.heard[0] > 0 && bucket.heard[1] > 0;
    }
    for (uint32_t n = 1; n <= BEFORE_MAX && n < full->first; n++) {
        if (full->first - n + TRADE_BUCKETS_MAX <= newest)
            break;
        const uint32_t well = get_others(kin, group, full->first - n).well;
        siblings.others = well > siblings.others ? well : siblings.others;
    }
    return siblings;
}

void trade_siblings_get(const trade_evidence_t *evidence, const trade_span_t *span,
                        trade_siblings_t siblings[TRADE_GROUPS])
{
    const trade_kin_t *kin = &evidence->kin;

    if (!kin->slices || kin->slices->length == 0)
        return;
    /* It may go on after an RST that was not its own. */
    const bool is_kept = kin->kept && evidence->ending != TRADE_ENDING_NONE;
    const uint32_t newest = is_kept ? kin->kept_number : kin->slices->number;
    const stretches_t full = find_full(kin->slices, span, newest);
    for (unsigned i = 0; i < TRADE_GROUPS; i++) {
        const trade_group_t *group = is_kept ? &kin->kept[i] : kin->groups[i];
        siblings[i] = find_siblings(kin, group, &full, newest);
    }
}
