/* tally.c
 * What the Pings and Pongs of a connection come to. See analysis/health/tally.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/tally.h"

/* Counts a Ping. Returns whether its side keeps to another interval than was known. */
static bool add_ping(const trade_tally_target_t *target, const trade_record_t *record)
{
    trade_tally_t *tally = &target->tallies->sides[record->direction];
    const trade_evidence_t *evidence = &target->health->evidence;
    const trade_side_t *side = &evidence->sides[record->direction];
    const trade_ping_event_t event = { .frame = record->frame,
                                       .seq = record->seq,
                                       .side = record->direction,
                                       .is_answered = record->is_reversed };
    const trade_span_t gap = { side->last_ping, evidence->now };

    if (side->pings > 0 && trade_span_get_length(&gap) > trade_span_get_length(&tally->longest_gap))
        tally->longest_gap = gap;
    return trade_health_add_ping(target->health, target->context, &event);
}

/* Counts a Pong for the side that asked. */
static void add_pong(const trade_tally_target_t *target, const trade_record_t *record)
{
    const unsigned asking = !record->direction;
    trade_tally_t *tally = &target->tallies->sides[asking];
    const trade_pong_event_t event = { .asking = (uint8_t)asking,
                                       .ping_frame = record->request_frame,
                                       .elapsed = record->response_time };

    if (record->may_lack_ping)
        trade_evidence_take_newest(&target->health->evidence, asking);
    if (!record->is_answer)
        return;
    trade_health_add_pong(target->health, target->context, &event);
    if (tally->responses == 0 || event.elapsed < tally->response_min)
        tally->response_min = event.elapsed;
    tally->response_max = MAX(tally->response_max, event.elapsed);
    tally->response_sum += event.elapsed;
    tally->responses++;
}

/* Adds a record. Returns its side's bit if that keeps to another interval than was known. */
static unsigned add_record(const trade_tally_target_t *target, const trade_record_t *record)
{
    trade_tally_t *own = &target->tallies->sides[record->direction];

    if (record->has_send_delay)
        own->send_delay = MAX(own->send_delay, record->send_delay);
    if (record->role == TRADE_ROLE_PONG)
        add_pong(target, record);
    return record->role == TRADE_ROLE_PING && add_ping(target, record) ? 1U << record->direction
                                                                       : 0;
}

/* Returns whether a record is to be added to what a connection comes to. */
static bool counts(const trade_tally_target_t *target, const trade_record_t *record)
{
    return record->stream == target->stream && !record->is_repeated;
}

unsigned trade_tally_add_frame(const trade_tally_target_t *target, uint32_t frame)
{
    const uint32_t end = trade_records_get_count();
    unsigned sides = 0;

    for (uint32_t i = trade_records_get_first(frame); i < end; i++) {
        const trade_record_t *record = trade_records_get(i);
        if (counts(target, record))
            sides |= add_record(target, record);
    }
    return sides;
}

unsigned trade_tally_add_held(const trade_tally_target_t *target)
{
    trade_tallies_t *tallies = target->tallies;
    unsigned sides = 0, kept = 0;

    for (unsigned i = 0; i < tallies->held_count; i++) {
        const trade_record_t *record = trade_records_get(tallies->held[i]);
        if (trade_points_has_shown(target->points, record->direction, record->seq))
            sides |= add_record(target, record);
        else
            tallies->held[kept++] = tallies->held[i];
    }
    tallies->held_count = kept;
    return sides;
}

unsigned trade_tally_hold_frame(const trade_tally_target_t *target, uint32_t frame)
{
    trade_tallies_t *tallies = target->tallies;
    const uint32_t end = trade_records_get_count();
    unsigned sides = 0;

    for (uint32_t i = trade_records_get_first(frame); i < end; i++) {
        if (!counts(target, trade_records_get(i)))
            continue;
        if (tallies->held_count == TRADE_HELD_MAX) {
            sides |= add_record(target, trade_records_get(tallies->held[0]));
            tallies->held_count--;
            memmove(tallies->held, tallies->held + 1,
                    tallies->held_count * sizeof tallies->held[0]);
        }
        tallies->held[tallies->held_count++] = i;
    }
    return sides;
}
