/* points.c
 * Whether the segments of a connection were captured at two points. See analysis/health/points.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/points.h"
#include "stream/holes.h"

/* What a copy with an IP id or a timestamp proves, and one with neither: that may have been
 * retransmitted on another path, but for a SYN after bytes. And what it takes: two of the first
 * kind, or one of a SYN. */
enum { PROOF_STRONG = 4, PROOF_WEAK = 1, PROOF_MIN = 8 };

/* ---- How a segment was seen ---- */

/* Returns the index of how a segment is seen, added if it is new; of more than can be kept, the
 * last stands for all. */
static unsigned find_sight(trade_points_side_t *side, const trade_segment_t *segment)
{
    unsigned i = 0;

    while (i < side->sight_count &&
           (side->sights[i].link != segment->link || side->sights[i].ttl != segment->ttl))
        i++;
    if (i < side->sight_count)
        return i;
    if (i == TRADE_SIGHTS_MAX)
        return TRADE_SIGHTS_MAX - 1;
    side->sights[side->sight_count++] = (trade_sight_t){ segment->link, segment->ttl };
    return i;
}

/* ---- Copies ---- */

static bool is_copy(const trade_print_t *print, const trade_segment_t *segment, unsigned sight)
{
    return !print->is_matched && print->sight != sight && print->seq == segment->seq &&
           print->ack == segment->ack && print->length == segment->length &&
           print->flags == segment->flags && print->ip_id == segment->ip_id &&
           print->stamp == segment->stamp;
}

/* Returns what a segment is a copy of, the newest; NULL: of none that is kept. */
static trade_print_t *find_original(trade_points_side_t *side, const trade_segment_t *segment,
                                    unsigned sight)
{
    for (uint32_t age = 1; age <= side->print_count && age <= TRADE_PRINTS_MAX; age++) {
        trade_print_t *print = &side->prints[(side->print_count - age) % TRADE_PRINTS_MAX];
        if (is_copy(print, segment, sight))
            return print;
    }
    for (unsigned i = 0; i < side->first_count; i++) {
        if (is_copy(&side->firsts[i], segment, sight))
            return &side->firsts[i];
    }
    return NULL;
}

/* Keeps what a segment is known by. */
static void keep_print(trade_points_side_t *side, const trade_segment_t *segment, unsigned sight)
{
    const trade_print_t print = { .when = segment->when,
                                  .seq = segment->seq,
                                  .ack = segment->ack,
                                  .length = segment->length,
                                  .stamp = segment->stamp,
                                  .ip_id = segment->ip_id,
                                  .flags = segment->flags,
                                  .sight = (uint8_t)sight };

    if (side->first_count < TRADE_FIRSTS_MAX)
        side->firsts[side->first_count++] = print;
    else if (side->prints)
        side->prints[side->print_count++ % TRADE_PRINTS_MAX] = print;
}

static unsigned get_proof(const trade_points_side_t *side, const trade_segment_t *segment)
{
    const bool is_syn = segment->flags & TRADE_TCP_SYN;
    const bool is_marked = segment->ip_id != 0 || segment->has_stamp;

    if (is_syn && (is_marked || side->has_payload))
        return PROOF_MIN;
    return is_marked ? PROOF_STRONG : PROOF_WEAK;
}

/* Notes that a segment is a copy. */
static void note_copy(trade_points_t *points, const trade_segment_t *segment, unsigned sight,
                      trade_print_t *original)
{
    trade_points_side_t *side = &points->sides[segment->side];

    original->is_matched = true;
    side->reset.has_copy |= (segment->flags & TRADE_TCP_RST) != 0;
    if (!side->is_paired) {
        side->is_paired = true;
        side->pair[0] = original->sight;
        side->pair[1] = (uint8_t)sight;
    }
    points->copies += get_proof(side, segment);
    if (points->is_several || points->copies < PROOF_MIN)
        return;
    points->is_several = true;
    points->reference = segment->side;
    points->frame = segment->frame;
}

/* ---- Whose segment it is ---- */

static bool has_link(const trade_points_side_t *side, uint32_t link)
{
    for (unsigned i = 0; i < side->sight_count; i++) {
        if (side->sights[i].link == link)
            return true;
    }
    return false;
}

/* Returns the sight of a side, 0 or 1 of its pair, that is of the point by which the connection is
 * judged: the point that showed the reference first. */
static unsigned get_judged(const trade_points_t *points, unsigned number)
{
    const trade_points_side_t *side = &points->sides[number];
    const trade_points_side_t *reference = &points->sides[points->reference];
    const trade_sight_t *first = &reference->sights[reference->pair[0]];
    const trade_sight_t *second = &reference->sights[reference->pair[1]];
    const trade_sight_t *here = &side->sights[side->pair[0]];
    const trade_sight_t *there = &side->sights[side->pair[1]];

    if (side == reference)
        return 0;
    /* A point is on one link, unless the capture has no such thing. */
    if (first->link != second->link && has_link(side, first->link) && has_link(side, second->link))
        return here->link != first->link;
    /* Hosts at the two sides see each other's TTLs fall. */
    if (first->ttl != second->ttl && here->ttl != there->ttl)
        return (first->ttl > second->ttl) == (here->ttl > there->ttl);
    return 0;
}

/* Returns whether a segment is of the other point. */
static bool is_of_other(const trade_points_t *points, unsigned number, unsigned sight)
{
    const trade_points_side_t *side = &points->sides[number];

    if (!side->is_paired)
        return false;
    const unsigned judged = get_judged(points, number);
    const uint32_t link = side->sights[side->pair[judged]].link;
    const uint32_t other = side->sights[side->pair[!judged]].link;

    if (sight == side->pair[judged] || sight == side->pair[!judged])
        return sight == side->pair[!judged];
    return side->sights[sight].link == other && other != link;
}

/* Notes the first RST of a side at a point. */
static void note_reset(trade_points_side_t *side, uint32_t frame, bool is_other)
{
    uint32_t *first = is_other ? &side->reset.other : &side->reset.judged;

    if (*first == 0)
        *first = frame;
}

/* Notes what the point that the connection is judged by has shown of a side. */
static void note_judged(trade_points_t *points, const trade_segment_t *segment)
{
    trade_points_side_t *side = &points->sides[segment->side];
    const uint32_t end = segment->seq + segment->length;

    points->judged = segment->when;
    points->ahead = 0;
    if (!side->is_known || trade_is_after(end, side->next))
        side->next = end;
    side->is_known = true;
    side->has_payload |= segment->length > 0;
}

bool trade_points_add(trade_points_t *points, const trade_segment_t *segment,
                      void *(*allocate)(size_t size))
{
    trade_points_side_t *side = &points->sides[segment->side];
    const unsigned sight = find_sight(side, segment);
    trade_print_t *original = NULL;

    if (side->sight_count > 1) {
        if (!side->prints)
            side->prints = (trade_print_t *)allocate(TRADE_PRINTS_MAX * sizeof(trade_print_t));
        original = find_original(side, segment, sight);
    }
    if (original)
        note_copy(points, segment, sight, original);
    else
        keep_print(side, segment, sight);
    const bool is_other = points->is_several && is_of_other(points, segment->side, sight);
    if (segment->flags & TRADE_TCP_RST)
        note_reset(side, segment->frame, is_other);
    if (is_other) {
        if (points->ahead == 0 && segment->length > 0 &&
            !trade_points_has_shown(points, segment->side, segment->seq + segment->length - 1))
            points->ahead = segment->when;
        return true;
    }
    note_judged(points, segment);
    if (points->is_several && original && segment->length > 0)
        points->lead = trade_get_later(points->lead, segment->when - original->when);
    return false;
}

trade_time_t *trade_points_find_alive(const trade_points_t *points, unsigned module,
                                      trade_time_t alive[2])
{
    for (unsigned i = 0; points->is_several && i < 2; i++) {
        const trade_points_side_t *side = &points->sides[i];
        const unsigned judged = side->is_paired ? get_judged(points, i) : 0;
        const uint8_t here = side->sights[side->pair[judged]].ttl;
        const uint8_t there = side->sights[side->pair[!judged]].ttl;
        if (!side->is_paired || here == there)
            continue;
        return &alive[(here > there) == (i == module)];
    }
    return NULL;
}

bool trade_points_has_shown(const trade_points_t *points, unsigned side, uint32_t seq)
{
    return points->sides[side].is_known && trade_is_after(points->sides[side].next, seq);
}

uint32_t trade_points_find_forged(const trade_points_t *points, unsigned side)
{
    const trade_points_side_t *own = &points->sides[side];
    const trade_points_side_t *peer = &points->sides[!side];

    return points->is_several && own->is_paired && peer->is_paired && !own->reset.has_copy &&
                   !peer->reset.has_copy && own->reset.other == 0 && peer->reset.judged == 0 &&
                   peer->reset.other != 0
               ? own->reset.judged
               : 0;
}

bool trade_points_is_ahead(const trade_points_t *points, const trade_segment_t *segment,
                           trade_time_t usual, const trade_time_t *seen)
{
    const trade_time_t wait = points->lead + usual;

    return points->ahead != 0 && segment->when - points->ahead > wait &&
           !(seen && *seen - points->ahead > wait);
}
