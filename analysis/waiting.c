/* waiting.c
 * The Pings of one side of a connection that wait for their Pongs, for -z trade,health.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/waiting.h"

/* Pings that follow one another, and the lowest doubt since each of them was sent. */
typedef struct group {
    unsigned first; /* index of its first Ping that is neither answered nor lost, or lower */
    unsigned count; /* of those that are overdue, not answered and not lost */
    uint64_t doubt;
} group_t;

/* Returns a Ping by its index. */
static trade_waiting_ping_t *get_ping(const trade_waiting_t *waiting, unsigned number)
{
    return &g_array_index(waiting->pings, trade_waiting_ping_t, number);
}

/* Returns how many Pings are kept, those that were answered since included. */
static unsigned get_count(const trade_waiting_t *waiting)
{
    return waiting->pings ? waiting->pings->len : 0;
}

/* Returns the last group but so many, or NULL. */
static group_t *get_group(const trade_waiting_t *waiting, unsigned from_last)
{
    if (!waiting->groups || waiting->groups->len <= from_last)
        return NULL;
    return &g_array_index(waiting->groups, group_t, waiting->groups->len - 1 - from_last);
}

/* Returns the group that a Ping which may be counted is in. */
static group_t *find_group(const trade_waiting_t *waiting, unsigned number)
{
    unsigned low = 0, high = waiting->groups->len - 1;

    while (low < high) {
        const unsigned middle = low + (high - low + 1) / 2;
        if (g_array_index(waiting->groups, group_t, middle).first <= number)
            low = middle;
        else
            high = middle - 1;
    }
    return &g_array_index(waiting->groups, group_t, low);
}

/* Has a Ping count no more. */
static void discount(trade_waiting_t *waiting, unsigned number)
{
    trade_waiting_ping_t *ping = get_ping(waiting, number);

    if (ping->counted)
        find_group(waiting, number)->count--;
    ping->counted = false;
}

void trade_waiting_add(trade_waiting_t *waiting, const trade_record_t *record, trade_time_t now,
                       uint64_t doubt)
{
    const trade_waiting_ping_t ping = { .record = record,
                                        .sent = now,
                                        .lost = record->flags & TRADE_RECORD_ANSWER_LOST };
    const group_t group = { .first = get_count(waiting), .doubt = doubt };

    if (!waiting->pings) {
        waiting->pings = g_array_new(false, false, sizeof ping);
        waiting->groups = g_array_new(false, false, sizeof group);
    }
    if (waiting->groups->len == 0 || get_group(waiting, 0)->doubt < doubt)
        g_array_append_val(waiting->groups, group);
    g_array_append_val(waiting->pings, ping);
}

/* Takes a Ping for answered. */
static void set_answered(trade_waiting_t *waiting, unsigned number)
{
    unsigned count = get_count(waiting);

    discount(waiting, number);
    get_ping(waiting, number)->answered = true;
    waiting->after_answer = number + 1;
    while (count > 0 && get_ping(waiting, count - 1)->answered)
        count--;
    g_array_set_size(waiting->pings, count);
    while (waiting->groups->len > 0 && get_group(waiting, 0)->first >= count)
        g_array_set_size(waiting->groups, waiting->groups->len - 1);
    waiting->oldest = MIN(waiting->oldest, count);
    waiting->unmarked = MIN(waiting->unmarked, count);
    waiting->acked = MIN(waiting->acked, count);
    waiting->due = MIN(waiting->due, count);
}

/* Returns the index of the first Ping of a frame, or of the first after it. */
static unsigned find_frame(const trade_waiting_t *waiting, uint32_t frame)
{
    unsigned low = waiting->oldest, high = get_count(waiting);

    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        if (get_ping(waiting, middle)->record->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Returns whether a Pong answers a Ping. */
static bool is_answer(const trade_waiting_ping_t *ping, const trade_record_t *pong)
{
    return !ping->answered && ping->record->frame == pong->peer_frame &&
           ping->record->peer_frame == pong->frame;
}

bool trade_waiting_answer(trade_waiting_t *waiting, const trade_record_t *pong)
{
    const unsigned count = get_count(waiting);
    unsigned number = waiting->after_answer;

    /* A frame can have thousands, and their answers come in order. */
    if (number >= count || !is_answer(get_ping(waiting, number), pong))
        number = find_frame(waiting, pong->peer_frame);
    while (number < count && !is_answer(get_ping(waiting, number), pong) &&
           get_ping(waiting, number)->record->frame == pong->peer_frame)
        number++;
    if (number >= count || get_ping(waiting, number)->record->frame != pong->peer_frame)
        return false;
    set_answered(waiting, number);
    return true;
}

void trade_waiting_acknowledge(trade_waiting_t *waiting, uint32_t ack, uint32_t frame)
{
    const unsigned count = get_count(waiting);

    for (; waiting->acked < count; waiting->acked++) {
        trade_waiting_ping_t *ping = get_ping(waiting, waiting->acked);
        if ((int32_t)(ack - ping->record->seq) <= 0)
            return;
        ping->acked_frame = frame;
    }
}

bool trade_waiting_take_newest(trade_waiting_t *waiting)
{
    const unsigned count = get_count(waiting);

    if (count > 0)
        set_answered(waiting, count - 1);
    return count > 0;
}

void trade_waiting_set_doubt(trade_waiting_t *waiting, uint64_t doubt)
{
    for (group_t *last = get_group(waiting, 0); last && last->doubt > doubt;
         last = get_group(waiting, 0)) {
        group_t *before = get_group(waiting, 1);
        if (before && before->doubt >= doubt) {
            before->count += last->count;
            g_array_set_size(waiting->groups, waiting->groups->len - 1);
        } else {
            last->doubt = doubt;
        }
    }
}

/* Notes that the answer of a Ping may be lost, if the dissector says so. Returns whether
 * it does. */
static bool mark_lost(trade_waiting_t *waiting, unsigned number)
{
    trade_waiting_ping_t *ping = get_ping(waiting, number);

    if (!(ping->record->flags & TRADE_RECORD_ANSWER_LOST))
        return false;
    discount(waiting, number);
    ping->lost = true;
    return true;
}

void trade_waiting_find_lost(trade_waiting_t *waiting, unsigned unsure)
{
    const unsigned count = get_count(waiting);

    /* The dissector forgets the oldest of too many, */
    while (waiting->unmarked < count && (get_ping(waiting, waiting->unmarked)->answered ||
                                         mark_lost(waiting, waiting->unmarked)))
        waiting->unmarked++;
    if (waiting->lost_seen == unsure)
        return;
    waiting->lost_seen = unsure;
    /* and where bytes are missing it marks the newest, up to the last one that it marked. */
    for (unsigned i = count; i > waiting->unmarked; i--) {
        if (!get_ping(waiting, i - 1)->answered &&
            (get_ping(waiting, i - 1)->lost || !mark_lost(waiting, i - 1)))
            return;
    }
}

void trade_waiting_set_time(trade_waiting_t *waiting, trade_time_t now, trade_time_t interval)
{
    const unsigned count = get_count(waiting);

    /* Only the first Pings of a side change its interval. */
    if (interval != waiting->interval) {
        for (unsigned i = 0; i < waiting->due; i++)
            discount(waiting, i);
        waiting->due = 0;
        waiting->interval = interval;
    }
    for (; waiting->due < count; waiting->due++) {
        trade_waiting_ping_t *ping = get_ping(waiting, waiting->due);
        if (ping->answered)
            continue;
        if (now - ping->sent < interval)
            return;
        ping->counted = !ping->lost;
        if (ping->counted)
            find_group(waiting, waiting->due)->count++;
    }
}

unsigned trade_waiting_count(const trade_waiting_t *waiting, uint64_t doubt)
{
    const group_t *last = get_group(waiting, 0);

    return last && last->doubt == doubt ? last->count : 0;
}

const trade_waiting_ping_t *trade_waiting_get_sure(trade_waiting_t *waiting, uint64_t doubt)
{
    group_t *last = get_group(waiting, 0);

    if (trade_waiting_count(waiting, doubt) == 0)
        return NULL;
    while (!get_ping(waiting, last->first)->counted)
        last->first++;
    return get_ping(waiting, last->first);
}

const trade_waiting_ping_t *trade_waiting_get_oldest(trade_waiting_t *waiting)
{
    while (waiting->oldest < waiting->due && get_ping(waiting, waiting->oldest)->answered)
        waiting->oldest++;
    return waiting->oldest < waiting->due ? get_ping(waiting, waiting->oldest) : NULL;
}

void trade_waiting_free(trade_waiting_t *waiting)
{
    if (!waiting->pings)
        return;
    g_array_free(waiting->pings, true);
    g_array_free(waiting->groups, true);
}
