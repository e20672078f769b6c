/* siblings.c
 * What the other connections of a host, and those between the same two hosts, showed meanwhile.
 * See analysis/health/siblings.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hosts.h"
#include "analysis/health/siblings.h"

/* So many stretches before a case show which connections there are. */
#define BEFORE_MAX 3
/* Of the halves of a handshake, one that is shorter lies within a host. */
#define WITHIN_HOST_MAX (TRADE_SECOND / 5000)

/* ---- Stretches of time ---- */

void trade_clock_set(trade_clock_t *clock, trade_time_t when, trade_time_t usual)
{
    if (clock->length == 0) {
        /* In each, every connection that pings as usual does so. */
        clock->length = usual / 5 * 6 + 1;
        clock->first = clock->begin = when;
        clock->number = 1;
    }
    if ((when >= clock->begin && when - clock->begin < clock->length) || when < clock->first)
        return;
    const trade_time_t passed = (when - clock->first) / clock->length;
    clock->number = 1 + (uint32_t)passed;
    clock->begin = clock->first + passed * clock->length;
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

static void count_frame(trade_group_t *group, uint32_t number, unsigned from)
{
    if (group)
        get_bucket(group, number)->heard[from]++;
}

void trade_siblings_hear(trade_host_t *from, trade_host_t *to, trade_group_t *pair,
                         bool is_reversed, const trade_clock_t *clock)
{
    if (from)
        count_frame(from->group, clock->number, 0);
    if (to)
        count_frame(to->group, clock->number, 1);
    count_frame(pair, clock->number, is_reversed);
}

/* Counts a connection as well in the current stretch, once. */
static void count_well(trade_kin_t *kin)
{
    const uint32_t number = kin->clock->number;
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
    trade_group_t *host = kin->groups[side];

    if (!kin->clock || (segment->flags & TRADE_TCP_RST))
        return;
    count_frame(host, kin->clock->number, 0);
    count_frame(kin->groups[!side], kin->clock->number, 1);
    count_frame(kin->groups[TRADE_GROUP_PAIR], kin->clock->number, side != kin->is_reversed);
    if (!is_acknowledging)
        return;
    evidence->sides[!side].is_delivered = true;
    count_well(kin);
    if (!host)
        return;
    host->acked = segment->when;
    host->acked_on = evidence;
}

/* Returns whether a case that ends now may be judged: one as long as a stretch of time. */
static bool is_any_waiting(const trade_evidence_t *evidence)
{
    const trade_time_t since = evidence->now - evidence->kin.clock->length;

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

    if (!kin->clock || !is_any_waiting(evidence))
        return;
    if (!kin->kept)
        kin->kept = (trade_group_t *)evidence->allocate(TRADE_GROUPS * sizeof *kin->kept);
    for (unsigned i = 0; i < TRADE_GROUPS; i++) {
        if (kin->groups[i])
            kin->kept[i] = *kin->groups[i];
    }
    kin->kept_number = kin->clock->number;
}

/* ---- Whether one machine sends for several connections ---- */

void trade_siblings_watch_id(trade_side_t *side, const trade_segment_t *segment)
{
    trade_host_t *host = side->host;

    if (!host)
        return;
    const uint16_t step = (uint16_t)(segment->ip_id - host->ip_id);
    if (step == 0 && segment->ip_id != 0)
        return; /* the same frame again */
    if (segment->ip_id == 0 || host->ip_id == 0 || step >= TRADE_ID_STEP_MAX)
        host->run++;
    if (side->shared_run != host->run) {
        side->shared_run = host->run;
        side->shared = 0;
    }
    host->runs[host->run % TRADE_RUNS_MAX] = segment->when;
    trade_side_t *const other = host->newest;
    host->newest = side;
    if (!other || other == side || other->shared_run != host->run)
        return;
    side->shared++;
    other->shared++;
}

trade_time_t trade_siblings_get_machine(const trade_side_t *side)
{
    const trade_host_t *host = side->host;

    /* Several machines behind an address, each with a counter, would have to send in turn, with ids
     * that happen to follow each other, in both directions. A frame of another TTL is of another
     * machine, or came another way. */
    if (!host || side->shared < TRADE_USUAL_MIN || host->run - side->shared_run >= TRADE_RUNS_MAX ||
        side->ttl == 0 || host->ttl_count != 1)
        return 0;
    return host->runs[side->shared_run % TRADE_RUNS_MAX];
}

trade_time_t trade_siblings_get_acked(const trade_evidence_t *evidence, unsigned side)
{
    const trade_group_t *host = evidence->kin.groups[side];

    return host && host->acked_on != evidence &&
                   trade_siblings_get_machine(&evidence->sides[side]) >= host->acked
               ? host->acked
               : 0;
}

/* ---- In the time of a case ---- */

/* Stretches of time: from the first to before the end. */
typedef struct stretches {
    uint32_t first, end;
} stretches_t;

/* Returns the stretches that lie wholly in a time, without those that are kept no longer. */
static stretches_t find_full(const trade_clock_t *clock, const trade_span_t *span, uint32_t newest)
{
    const uint32_t oldest = newest >= TRADE_BUCKETS_MAX ? newest - TRADE_BUCKETS_MAX + 1 : 1;
    const trade_time_t from = span->start - clock->first;
    const trade_time_t to = span->end - clock->first;
    stretches_t full = { 0, 0 };

    if (from < 0 || to < from)
        return full;
    full.first = 1 + (uint32_t)(from / clock->length) + (from % clock->length > 0);
    full.end = 1 + (uint32_t)(to / clock->length);
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

/* Returns how many hops a side's frames have come; -1: that is not known. */
static int get_hops(const trade_side_t *side)
{
    return side->ttl != 0 && side->ttls >= TRADE_USUAL_MIN ? (int)trade_ttl_get_hops(side->ttl)
                                                           : -1;
}

/* Finds out which side is next to the capture point. */
static void find_place(trade_facts_t *facts, const trade_evidence_t *evidence)
{
    const int hops[2] = { get_hops(&evidence->sides[0]), get_hops(&evidence->sides[1]) };
    const trade_time_t half = facts->near == (int8_t)evidence->opener
                                  ? evidence->syn_acked - evidence->syn_ack
                                  : evidence->syn_ack - evidence->syn;

    facts->beside = -1;
    for (int side = 0; side < 2; side++) {
        if (hops[side] == 0 && hops[!side] > 0 && facts->near != !side)
            facts->beside = (int8_t)side;
    }
    facts->at_host =
        (int8_t)(facts->near >= 0 && hops[facts->near] == 0 && half < WITHIN_HOST_MAX ? facts->near
                                                                                      : -1);
    if (facts->beside < 0)
        facts->beside = facts->at_host;
}

/* Returns whether a side was not to send a Ping until then. */
static bool owes_nothing(const trade_side_t *side, const trade_health_context_t *context,
                         trade_time_t until)
{
    return side->pings == 0 || until - side->last_ping < trade_health_get_interval(context, side);
}

void trade_siblings_find(trade_facts_t *facts, const trade_evidence_t *evidence,
                         const trade_health_context_t *context)
{
    const trade_kin_t *kin = &evidence->kin;
    const trade_side_t *peer = &evidence->sides[!facts->asking];

    find_place(facts, evidence);
    facts->could_take = peer->offers != 0 && peer->offers <= facts->span.start + facts->interval;
    facts->owes_nothing = owes_nothing(peer, context, facts->span.end);
    facts->is_lost_alone = facts->sending.same >= TRADE_ALIVE_MIN &&
                           evidence->sides[facts->sender].is_delivered &&
                           facts->at_host != !facts->sender;
    if (!kin->clock || kin->clock->length == 0)
        return;
    /* It may go on after an RST that was not its own. */
    const bool is_kept = kin->kept && evidence->ending != TRADE_ENDING_NONE;
    const uint32_t newest = is_kept ? kin->kept_number : kin->clock->number;
    const stretches_t full = find_full(kin->clock, &facts->span, newest);
    for (unsigned i = 0; i < TRADE_GROUPS; i++) {
        const trade_group_t *group = is_kept ? &kin->kept[i] : kin->groups[i];
        facts->siblings[i] = find_siblings(kin, group, &full, newest);
    }
}

/* ---- The sentence ---- */

/* Appends how many of the others were well. */
static void put_others(trade_writer_t *writer, const trade_siblings_t *siblings, const char *name)
{
    if (siblings->others == 1)
        trade_put(writer, " The other connection of the host of %s was %s", name,
                  siblings->well > 0 ? "well" : "not well");
    else if (siblings->well == 0)
        trade_put(writer, " None of the other %u connections of the host of %s was well",
                  siblings->others, name);
    else if (siblings->well < siblings->others)
        trade_put(writer, " %u of the other %u connections of the host of %s were well",
                  siblings->well, siblings->others, name);
    else
        trade_put(writer, " The other %u connections of the host of %s were well", siblings->others,
                  name);
}

void trade_siblings_put(trade_writer_t *writer, const trade_facts_t *facts)
{
    /* Where only one connection is with the suspect, those of the other host tell of that. */
    const bool is_known = facts->siblings[facts->suspect].others > 0;
    const unsigned side = is_known ? facts->suspect : !facts->suspect;
    const trade_siblings_t *siblings = &facts->siblings[side];

    if (siblings->full == 0 || siblings->others == 0)
        return;
    put_others(writer, siblings, writer->naming->side[side]);
    if (siblings->well == 0)
        trade_put(writer,
                  " meanwhile: there may be one cause for all, that host or the path to it.");
    else if (is_known && facts->is_program)
        trade_put(writer, " meanwhile, so that host and the network were: it was the program.");
    else if (is_known && facts->is_network)
        trade_put(writer, " meanwhile: only this one was disturbed on the way.");
    else
        trade_put(writer, " meanwhile: so was that host, or another one behind the same address.");
}
