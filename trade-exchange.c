/* trade-exchange.c
 * Questions and answers: Ping and Pong, Roundtrip and its echo, the Multiplexer's
 * reports of them, and how long a PDU waited before it was sent.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "trade-exchange.h"

/* Records are kept in blocks: an array that doubles would waste up to half. */
#define BLOCK_RECORDS 1024
/* So many of the newest open requests are searched for the one that an answer's
 * clock names: it bounds the work that hostile bytes can cause. */
#define SEARCH_MAX 1024
/* A sender that hears nothing for so many intervals gives up (the talk: 90 s). */
#define GIVE_UP_INTERVALS 3
/* A Ping is late after 1.5 intervals. */
#define LATE_HALVES 3

#define CLOCK_TO_UNIX_US (INT64_C(2177452800) * 1000000)
/* A clock that is further than this from the time of capture is no wall clock:
 * zones are 14 hours from UTC at most. */
#define CLOCK_OFFSET_MAX_US (INT64_C(48) * 3600 * 1000000)
/* A PDU that seems to have waited longer than this has rather seen its sender's
 * clock be set: nothing is claimed. */
#define CLOCK_STEP_US (INT64_C(600) * 1000000)
/* The capture's times are this exact, at worst. */
#define CAPTURE_ERROR_NS INT64_C(1000000)

static wmem_array_t *blocks;     /* of pointers to BLOCK_RECORDS trade_record_t */
static uint32_t record_count;    /* in all blocks */
static trade_time_t latest;      /* time of the latest PDU of all */
static trade_time_t interval_ns; /* from the preference */

/* ---- Records ---- */

static trade_record_t *get_record(uint32_t number)
{
    trade_record_t **block =
        (trade_record_t **)wmem_array_index(blocks, (unsigned)(number / BLOCK_RECORDS));

    return &(*block)[number % BLOCK_RECORDS];
}

const trade_record_t *trade_exchange_get(uint32_t number)
{
    return get_record(number);
}

/* Returns a new record, the last one. */
static trade_record_t *add_record(const trade_call_t *call, uint32_t frame, uint32_t seq,
                                  trade_role_t role)
{
    if (record_count % BLOCK_RECORDS == 0) {
        trade_record_t *block = wmem_alloc_array(wmem_file_scope(), trade_record_t, BLOCK_RECORDS);
        wmem_array_append_one(blocks, block);
    }
    trade_record_t *record = get_record(record_count++);
    *record = (trade_record_t){ .frame = frame,
                                .seq = seq,
                                .stream = call->connection->stream,
                                .role = (uint8_t)role,
                                .direction = (uint8_t)call->direction };
    return record;
}

uint32_t trade_exchange_find_frame(uint32_t frame, unsigned *count)
{
    uint32_t low = 0, high = record_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (get_record(middle)->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < record_count && get_record(low + *count)->frame == frame)
        ++*count;
    return low;
}

/* Returns the record of a PDU that the first pass saw, or NULL. */
static const trade_record_t *find_record(const trade_call_t *call, uint32_t frame, uint32_t seq)
{
    unsigned count = 0;
    const uint32_t first = trade_exchange_find_frame(frame, &count);

    for (uint32_t i = first; i < first + count; i++) {
        const trade_record_t *record = get_record(i);
        if (record->seq == seq && record->stream == call->connection->stream &&
            record->direction == call->direction)
            return record;
    }
    return NULL;
}

/* ---- Open requests ---- */

/* Takes a request off the list, and frees it. */
static void remove_open(trade_opens_t *opens, trade_open_t *waiting)
{
    if (waiting->older)
        waiting->older->newer = waiting->newer;
    else
        opens->oldest = waiting->newer;
    if (waiting->newer)
        waiting->newer->older = waiting->older;
    else
        opens->newest = waiting->older;
    if (opens->untold == waiting)
        opens->untold = waiting->newer;
    opens->count--;
    wmem_free(wmem_file_scope(), waiting);
}

/* Adds a request that was just recorded. */
static void add_open(trade_opens_t *opens, const trade_pdu_t *pdu, trade_time_t now)
{
    trade_open_t *waiting = NULL;

    if (opens->count == TRADE_OPENS_MAX) {
        get_record(opens->oldest->record)->flags |= TRADE_RECORD_ANSWER_LOST;
        remove_open(opens, opens->oldest);
    }
    opens->count++;
    waiting = wmem_new(wmem_file_scope(), trade_open_t);
    *waiting = (trade_open_t){ .older = opens->newest,
                               .record = record_count - 1,
                               .has_clock = pdu->has & TRADE_HAS_CLOCK,
                               .clock = pdu->clock,
                               .sent = now };
    if (opens->newest)
        opens->newest->newer = waiting;
    else
        opens->oldest = waiting;
    opens->newest = waiting;
    if (!opens->untold)
        opens->untold = waiting;
}

/* Returns the open request that had this clock, or NULL; of several in a row with the
 * same clock, the oldest. */
static trade_open_t *find_open_by_clock(const trade_opens_t *opens, uint64_t clock)
{
    trade_open_t *waiting = opens->newest, *found = NULL;

    for (unsigned n = 0; waiting && n < SEARCH_MAX; n++, waiting = waiting->older) {
        if (waiting->has_clock && waiting->clock == clock)
            found = waiting;
        else if (found)
            return found;
    }
    return found;
}

/* Returns the oldest open request without a clock; sure: of which no answer can be in
 * bytes that are missing. */
static trade_open_t *find_oldest_open(const trade_opens_t *opens, bool sure)
{
    trade_open_t *waiting = opens->oldest;

    for (unsigned n = 0; waiting && n < SEARCH_MAX; n++, waiting = waiting->newer) {
        if (!waiting->has_clock &&
            !(sure && (get_record(waiting->record)->flags & TRADE_RECORD_ANSWER_LOST)))
            return waiting;
    }
    return NULL;
}

/* Returns the newest open request without a clock. */
static trade_open_t *find_newest_open(const trade_opens_t *opens)
{
    trade_open_t *waiting = opens->newest;

    for (unsigned n = 0; waiting && waiting->has_clock && n < SEARCH_MAX; n++)
        waiting = waiting->older;
    return waiting && !waiting->has_clock ? waiting : NULL;
}

/* Returns the open request without a clock that an answer without one belongs to: the
 * oldest, since answers come in order. But one whose answer may be missing is passed over,
 * unless it is the only one and fresh; and where the oldest has waited for half an interval
 * or more, and the newest for less than a tenth of that, the newest is answered: in time. */
static trade_open_t *find_open_in_order(const trade_opens_t *opens, trade_time_t now)
{
    trade_open_t *oldest = find_oldest_open(opens, true);
    trade_open_t *newest = find_newest_open(opens);

    if (!oldest) {
        oldest = find_oldest_open(opens, false);
        if (oldest && now - oldest->sent >= interval_ns / 6)
            oldest = newest;
        return oldest && now - oldest->sent < interval_ns / 6 ? oldest : NULL;
    }
    if (newest && now - oldest->sent >= interval_ns / 2 &&
        now - newest->sent <= (now - oldest->sent) / 10)
        return newest;
    return oldest;
}

/* Returns the request that a PDU answers, or NULL. */
static trade_open_t *find_open(const trade_opens_t *opens, const trade_pdu_t *pdu, trade_time_t now)
{
    return pdu->has & TRADE_HAS_CLOCK ? find_open_by_clock(opens, pdu->clock)
                                      : find_open_in_order(opens, now);
}

/* ---- Requests and answers, on the first pass ---- */

/* Links an answer with its request, whose list it leaves. */
static void link_answer(trade_opens_t *opens, trade_open_t *waiting, trade_record_t *answer,
                        trade_time_t now)
{
    trade_record_t *request = get_record(waiting->record);

    request->peer_frame = answer->frame;
    answer->peer_frame = request->frame;
    answer->flags |= TRADE_RECORD_ANSWER;
    answer->elapsed = now - waiting->sent;
    remove_open(opens, waiting);
}

/* Returns the difference between capture time and the PDU's clock in microseconds;
 * false: the clock is none, or was never set. */
static bool get_clock_offset(const trade_pdu_t *pdu, trade_time_t now, int64_t *offset)
{
    if (!(pdu->has & TRADE_HAS_CLOCK) || pdu->clock > INT64_MAX / 2)
        return false;
    *offset = now / 1000 - ((int64_t)pdu->clock - CLOCK_TO_UNIX_US);
    return *offset<CLOCK_OFFSET_MAX_US && * offset> - CLOCK_OFFSET_MAX_US;
}

/* Sets how long a request waited before it was sent: how much more its clock lags
 * behind the capture's than its sender's ever did. */
static void set_send_delay(const trade_call_t *call, trade_record_t *record, const trade_pdu_t *pdu,
                           trade_time_t now)
{
    trade_connection_t *connection = call->connection;
    const bool from_module = connection->module_direction == (int)call->direction;
    trade_clock_base_t *base = from_module ? &connection->flows[call->direction].clock_base
                                           : &connection->multiplexer->clock_base;
    int64_t offset = 0;

    if (!get_clock_offset(pdu, now, &offset))
        return;
    if (!base->known || offset < base->microseconds || offset - base->microseconds > CLOCK_STEP_US)
        base->microseconds = offset;
    base->known = true;
    record->send_delay = offset - base->microseconds;
    record->flags |= TRADE_RECORD_SEND_DELAY;
}

/* Sets the time since the Ping before, and whether that is too long. */
static void set_interval(trade_flow_t *flow, trade_record_t *record, trade_time_t now)
{
    if (flow->pinged) {
        record->flags |= TRADE_RECORD_INTERVAL;
        record->elapsed = now - flow->last_ping;
        if (flow->unsure != flow->ping_unsure)
            record->flags |= TRADE_RECORD_INTERVAL_UNSURE;
        if (record->elapsed > interval_ns / 2 * LATE_HALVES)
            record->flags |=
                flow->unsure == flow->ping_unsure ? TRADE_RECORD_LATE : TRADE_RECORD_UNCERTAIN;
    }
    flow->pinged = true;
    flow->last_ping = now;
    flow->ping_unsure = flow->unsure;
}

static void record_ping(const trade_call_t *call, trade_record_t *record, const trade_pdu_t *pdu,
                        trade_time_t now)
{
    trade_flow_t *flow = &call->connection->flows[call->direction];

    set_interval(flow, record, now);
    set_send_delay(call, record, pdu, now);
    add_open(&flow->pings, pdu, now);
}

/* Remembers what the Multiplexer is about to report: its Ping and the Pong. */
static void set_measured(const trade_call_t *call, const trade_record_t *pong, trade_time_t now)
{
    trade_connection_t *connection = call->connection;

    if (connection->module_direction != (int)call->direction)
        return;
    connection->measured = (trade_measured_t){ .ping_frame = pong->peer_frame,
                                               .pong_frame = pong->frame,
                                               .pong_time = now,
                                               .wire = pong->elapsed };
}

static void record_pong(const trade_call_t *call, trade_record_t *record, const trade_pdu_t *pdu,
                        trade_time_t now)
{
    trade_flow_t *asking = &call->connection->flows[!call->direction];
    trade_open_t *waiting = find_open(&asking->pings, pdu, now);

    if (waiting) {
        link_answer(&asking->pings, waiting, record, now);
        set_measured(call, record, now);
    } else if (asking->unsure != asking->ping_unsure ||
               (asking->pings.oldest && !(pdu->has & TRADE_HAS_CLOCK))) {
        record->flags |= TRADE_RECORD_UNCERTAIN;
    } else if (asking->pinged || asking->start_known) {
        record->flags |= TRADE_RECORD_UNEXPECTED; /* else its Ping came before the capture */
    }
}

/* A Roundtrip answers one that came the other way with the same clock, or asks. */
static void record_roundtrip(const trade_call_t *call, trade_record_t *record,
                             const trade_pdu_t *pdu, trade_time_t now)
{
    trade_flow_t *asking = &call->connection->flows[!call->direction];
    trade_open_t *waiting = find_open(&asking->roundtrips, pdu, now);

    if (waiting) {
        link_answer(&asking->roundtrips, waiting, record, now);
        return;
    }
    add_open(&call->connection->flows[call->direction].roundtrips, pdu, now);
    /* From a module it may be the echo of one that was not captured. */
    if (call->connection->module_direction != (int)call->direction)
        set_send_delay(call, record, pdu, now);
}

/* Links a report with the Ping and Pong that it is about: the last ones of the
 * module that it names, if no report told of them and their time fits into its. */
static void record_report(const trade_call_t *call, packet_info *pinfo, trade_record_t *record,
                          const trade_pdu_t *pdu)
{
    const char *name = trade_text_dup(pinfo->pool, pdu->module);
    trade_connection_t *module =
        (trade_connection_t *)wmem_map_lookup(call->connection->multiplexer->modules, name);
    trade_measured_t *measured = module ? &module->measured : NULL;

    if (!measured || measured->ping_frame == 0 || pdu->rtt > INT64_MAX / 1000 ||
        measured->wire > (int64_t)pdu->rtt * 1000 + CAPTURE_ERROR_NS ||
        trade_get_time(pinfo) - measured->pong_time > interval_ns / 2)
        return;
    record->peer_frame = measured->ping_frame;
    record->other_frame = measured->pong_frame;
    record->elapsed = measured->wire;
    measured->ping_frame = 0;
}

/* ---- Unanswered Pings ---- */

/* Marks the open Pings whose answers may be in bytes that are missing: not those that
 * nobody waits for any more. */
static void mark_lost_answers(trade_connection_t *connection, unsigned direction, trade_time_t now)
{
    trade_opens_t *opens = &connection->flows[direction].pings;
    const unsigned unsure = connection->flows[!direction].unsure;

    if (opens->unsure == unsure)
        return;
    opens->unsure = unsure;
    for (trade_open_t *waiting = opens->newest; waiting; waiting = waiting->older) {
        trade_record_t *ping = get_record(waiting->record);
        if ((ping->flags & TRADE_RECORD_ANSWER_LOST) ||
            now - waiting->sent > interval_ns * GIVE_UP_INTERVALS)
            return; /* and so are all before it */
        ping->flags |= TRADE_RECORD_ANSWER_LOST;
    }
}

/* Notes on a PDU that a Ping before it was never answered: nothing came for as long
 * as a sender waits. One PDU tells of one Ping. */
static void tell_unanswered(trade_connection_t *connection, trade_record_t *record,
                            trade_time_t now)
{
    for (unsigned direction = 0; direction < 2; direction++) {
        trade_opens_t *opens = &connection->flows[direction].pings;
        const trade_open_t *waiting = opens->untold;

        if (!waiting || record->other_frame || record->role == TRADE_ROLE_REPORT ||
            now - waiting->sent < interval_ns * GIVE_UP_INTERVALS)
            continue;
        opens->untold = waiting->newer;
        record->other_frame = get_record(waiting->record)->frame;
        if (get_record(waiting->record)->flags & TRADE_RECORD_ANSWER_LOST)
            record->flags |= TRADE_RECORD_PROOF_LOST;
    }
}

/* ---- For the dissector ---- */

/* Returns whether the PDU is of the kinds that have a record. */
static bool has_record(const trade_pdu_t *pdu)
{
    if (!pdu->complete)
        return false;
    switch (pdu->role) {
    case TRADE_ROLE_PING:
    case TRADE_ROLE_PONG:
    case TRADE_ROLE_ROUNDTRIP:
    case TRADE_ROLE_REPORT:
        return true;
    default:
        return false;
    }
}

static void fill_record(const trade_call_t *call, packet_info *pinfo, trade_record_t *record,
                        const trade_pdu_t *pdu)
{
    const trade_time_t now = trade_get_time(pinfo);

    mark_lost_answers(call->connection, 0, now);
    mark_lost_answers(call->connection, 1, now);
    latest = MAX(latest, now);
    if (pdu->role == TRADE_ROLE_PING)
        record_ping(call, record, pdu, now);
    else if (pdu->role == TRADE_ROLE_PONG)
        record_pong(call, record, pdu, now);
    else if (pdu->role == TRADE_ROLE_ROUNDTRIP)
        record_roundtrip(call, record, pdu, now);
    else
        record_report(call, pinfo, record, pdu);
    tell_unanswered(call->connection, record, now);
}

const trade_record_t *trade_exchange_note(const trade_call_t *call, packet_info *pinfo,
                                          uint32_t seq, const trade_pdu_t *pdu)
{
    if (!call->connection || !has_record(pdu))
        return NULL;
    if (PINFO_FD_VISITED(pinfo))
        return find_record(call, pinfo->num, seq);
    trade_record_t *record = add_record(call, pinfo->num, seq, pdu->role);
    fill_record(call, pinfo, record, pdu);
    return record;
}

trade_answered_t trade_exchange_was_answered(const trade_call_t *call, packet_info *pinfo,
                                             const trade_record_t *ping)
{
    const trade_connection_t *connection = call->connection;
    const bool is_known = connection->flows[ping->direction].pings.unsure ==
                          connection->flows[!ping->direction].unsure;

    if (ping->peer_frame || latest - trade_get_time(pinfo) < interval_ns)
        return TRADE_ANSWERED_UNKNOWN;
    if (!is_known || (ping->flags & TRADE_RECORD_ANSWER_LOST))
        return TRADE_ANSWERED_LOST;
    return TRADE_ANSWERED_NEVER;
}

trade_time_t trade_exchange_get_interval(void)
{
    return interval_ns;
}

void trade_exchange_set_interval(trade_time_t interval)
{
    interval_ns = interval;
}

/* Called before a capture file is dissected. */
static void init_exchange(void)
{
    blocks = wmem_array_new(wmem_file_scope(), sizeof(trade_record_t *));
    record_count = 0;
    latest = 0;
}

void trade_exchange_register(void)
{
    register_init_routine(init_exchange);
}
