/* exchange.c
 * Questions and answers: Ping and Pong, Roundtrip and its echo, the Multiplexer's
 * reports of them, and how long a PDU waited before it was sent.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/blocks.h"
#include "analysis/clock.h"
#include "analysis/exchange.h"

/* A sender that hears nothing for this many intervals gives up (the talk: 90 s). */
#define GIVE_UP_INTERVALS 3
/* A Ping is late after 1.5 intervals. */
#define LATE_HALVES 3

/* Most outstanding requests that are remembered in each direction: of older ones nothing is
 * claimed. */
#define OUTSTANDING_MAX 16384
/* How many Pongs are remembered whose Ping may be captured after them. */
#define EARLY_MAX 4
/* The newest Pings and Pongs of a direction that are known again: more are rarely in flight. */
#define SEEN_MAX 16

/* How long before its Ping a Pong may be captured: one with a clock, which names its Ping, and one
 * without. */
#define REVERSED_CLOCK_NS TRADE_SECOND
#define REVERSED_NS INT64_C(100000000)

#define CLOCK_TO_UNIX_US (TRADE_CLOCK_TO_UNIX * 1000000)
/* A clock that is further than this from the time of capture is no wall clock:
 * zones are 14 hours from UTC at most. */
#define CLOCK_OFFSET_MAX_US (INT64_C(48) * 3600 * 1000000)
/* Longer times are kept elsewhere: see trade_record_t. */
#define ELAPSED_MAX ((INT64_C(1) << 37) - 1)
/* TCP streams from this one on have no room in a record, and so none. */
#define STREAMS_MAX (1U << 26)
/* The capture's times are this exact, at worst. */
#define CAPTURE_ERROR_NS INT64_C(1000000)

/* A request that waits for its answer. First pass only; freed when it is answered. */
typedef struct request {
    const struct outstanding *list; /* that it is on */
    struct request *older;
    struct request *newer;
    /* Among those with the same clock; of those without one, among those of the same
     * outstanding_t.plain */
    struct request *older_alike;
    struct request *newer_alike;
    struct request *other_end; /* of a row of requests with the same clock, in the first
                                        and the last: the last and the first */
    uint32_t record;           /* its index, see get_record() */
    bool has_clock;
    uint64_t clock;
    trade_time_t sent;
} request_t;

/* The ends of a list of requests in the order in which they were sent. First pass only. */
typedef struct request_list {
    request_t *oldest; /* NULL: none */
    request_t *newest;
} request_list_t;

/* The outstanding requests of a kind in one direction. First pass only. */
typedef struct outstanding {
    request_list_t all;
    request_list_t plain[2];     /* without a clock; [1]: their answers may be missing */
    request_t *first_unreported; /* the oldest of which no PDU told that it is not answered */
    unsigned count;
    unsigned losses; /* trade_flow_t.losses of the answers' direction: up to that count
                        the requests whose answers may be missing are known */
} outstanding_t;

/* A Pong that no Ping was seen for: two taps, or a mirror port, may capture it first. First pass
 * only. */
typedef struct early_pong {
    uint32_t record; /* its index */
    bool has_clock;
    uint64_t clock;
    trade_time_t sent;
} early_pong_t;

/* Sequence numbers of the newest Pings, or Pongs, of a direction, in a ring. First pass only. */
typedef struct seen {
    uint32_t seqs[SEEN_MAX];
    uint32_t count; /* how many came in all */
} seen_t;

/* How often a side sends Pings. First pass only. */
typedef struct pace {
    trade_rhythm_t rhythm;
    uint32_t records[TRADE_GAPS_MAX]; /* of the Pings that end the rhythm's gaps */
} pace_t;

/* What is kept of the requests of a direction. First pass only, but for pings.losses. */
typedef struct asking {
    outstanding_t pings;
    outstanding_t roundtrips;
    bool pinged;                   /* a Ping was seen */
    seen_t seen_pings;             /* of this direction, */
    seen_t seen_pongs;             /* and those that answer them */
    trade_time_t last_ping;        /* when */
    trade_time_t last_interval;    /* between that and the one before; 0: there was none */
    unsigned losses_at_ping;       /* trade_flow_t.losses at that time; 0 before the first Ping */
    early_pong_t early[EARLY_MAX]; /* Pongs that answered no Ping of this direction so far */
    unsigned early_count;          /* how many came in all; the oldest are forgotten */
    struct trade_clock *clock;     /* its sender's; NULL: none was seen */
    pace_t pace;
} asking_t;

/* A Ping of the Multiplexer and its Pong. First pass only. */
typedef struct measured {
    uint32_t pong; /* its record, from 1; 0: none, or a report has told of it */
    trade_time_t pong_time;
} measured_t;

/* What is kept of a connection. File scope. */
typedef struct trade_exchange {
    asking_t asking[2]; /* by direction of the requests */
    measured_t measured;
} trade_exchange_t;

/* What is kept of a large record. File scope. */
typedef struct large {
    int64_t elapsed;
    int64_t send_delay;
    uint32_t other_frame; /* a Ping that the PDU shows to be unanswered; 0: none */
} large_t;

static trade_blocks_t records;   /* trade_record_t, in order of their PDUs */
static trade_blocks_t larges;    /* large_t */
static uint32_t newest_frame;    /* of the newest record, */
static uint32_t newest_first;    /* and the index of that frame's first */
static uint32_t next_record;     /* the one after that which a later pass found last */
static wmem_map_t *by_clock;     /* of the outstanding requests that are alike, the newest */
static uint64_t clock_salt;      /* random and odd, for that map */
static request_t *free_requests; /* for new ones; by "older" */
static trade_step_t last_step;   /* that was noted of all clocks */
static trade_time_t latest;      /* time of the latest PDU of all */
static trade_time_t interval_ns; /* from the preference */

/* ---- Records ---- */

static trade_record_t *get_record(uint32_t number)
{
    return (trade_record_t *)trade_blocks_get(&records, number);
}

/* Returns what is kept elsewhere of a record, or NULL. */
static large_t *find_large(const trade_record_t *record)
{
    return record->flags & TRADE_RECORD_LARGE
               ? (large_t *)trade_blocks_get(&larges, (uint32_t)record->own_elapsed)
               : NULL;
}

/* Returns what is kept elsewhere of a record, made where it is new. */
static large_t *get_large(trade_record_t *record)
{
    large_t *large = find_large(record);

    if (!large) {
        large = (large_t *)trade_blocks_add(&larges);
        large->elapsed = record->own_elapsed;
        large->send_delay = record->own_delay;
        record->flags |= TRADE_RECORD_LARGE;
        record->own_elapsed = larges.count - 1;
    }
    return large;
}

/* Returns the record of a report's Pong; NULL: it is no report, or not known to tell of one. */
static const trade_record_t *find_reported(const trade_record_t *record)
{
    return record->role == TRADE_ROLE_REPORT && record->own_peer ? get_record(record->own_peer - 1)
                                                                 : NULL;
}

uint32_t trade_record_get_peer_frame(const trade_record_t *record)
{
    const trade_record_t *pong = find_reported(record);

    return pong ? pong->own_peer : record->own_peer;
}

uint32_t trade_record_get_other_frame(const trade_record_t *record)
{
    const trade_record_t *pong = find_reported(record);
    const large_t *large = find_large(record);

    if (pong)
        return pong->frame;
    return large ? large->other_frame : 0;
}

int64_t trade_record_get_elapsed(const trade_record_t *record)
{
    const trade_record_t *pong = find_reported(record);
    const trade_record_t *timed = pong ? pong : record;
    const large_t *large = find_large(timed);

    return large ? large->elapsed : timed->own_elapsed;
}

int64_t trade_record_get_send_delay(const trade_record_t *record)
{
    const large_t *large = find_large(record);

    return large ? large->send_delay : record->own_delay;
}

static void set_elapsed(trade_record_t *record, int64_t elapsed)
{
    const bool is_small = elapsed >= -ELAPSED_MAX && elapsed <= ELAPSED_MAX;

    if (is_small && !(record->flags & TRADE_RECORD_LARGE))
        record->own_elapsed = elapsed;
    else
        get_large(record)->elapsed = elapsed;
}

static void set_delay(trade_record_t *record, int64_t microseconds)
{
    const bool is_small = microseconds >= 0 && microseconds <= UINT16_MAX;

    if (is_small && !(record->flags & TRADE_RECORD_LARGE))
        record->own_delay = (uint16_t)microseconds;
    else
        get_large(record)->send_delay = microseconds;
}

const trade_record_t *trade_exchange_get(uint32_t number)
{
    return get_record(number);
}

uint32_t trade_exchange_get_count(void)
{
    return records.count;
}

uint32_t trade_exchange_get_first(uint32_t frame)
{
    return frame == newest_frame ? newest_first : records.count;
}

void trade_exchange_set_beyond(int64_t microseconds)
{
    set_delay(get_record(records.count - 1), microseconds);
}

/* Returns a new record, the last one. */
static trade_record_t *add_record(const trade_delivery_t *delivery, uint32_t frame, uint32_t seq,
                                  trade_role_t role)
{
    if (frame != newest_frame) {
        newest_frame = frame;
        newest_first = records.count;
    }
    trade_record_t *record = (trade_record_t *)trade_blocks_add(&records);

    record->frame = frame;
    record->seq = seq;
    record->stream = delivery->stream->number;
    record->role = (uint16_t)role;
    record->direction = (uint16_t)delivery->direction;
    return record;
}

uint32_t trade_exchange_find_frame(uint32_t frame, unsigned *count)
{
    uint32_t low = 0, high = records.count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (get_record(middle)->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    *count = 0;
    while (low + *count < records.count && get_record(low + *count)->frame == frame)
        ++*count;
    return low;
}

/* Returns whether a record is that of a PDU of the delivery's. */
static bool is_record_of(const trade_record_t *record, const trade_delivery_t *delivery,
                         uint32_t frame, uint32_t seq)
{
    return record->frame == frame && record->seq == seq &&
           record->stream == delivery->stream->number && record->direction == delivery->direction;
}

/* Returns the record of a PDU that the first pass saw, or NULL. */
static const trade_record_t *find_record(const trade_delivery_t *delivery, uint32_t frame,
                                         uint32_t seq)
{
    unsigned count = 0;

    /* A frame can have thousands, and they are asked for in their order. */
    if (next_record < records.count && is_record_of(get_record(next_record), delivery, frame, seq))
        return get_record(next_record++);
    const uint32_t first = trade_exchange_find_frame(frame, &count);
    for (uint32_t i = first; i < first + count; i++) {
        if (is_record_of(get_record(i), delivery, frame, seq)) {
            next_record = i + 1;
            return get_record(i);
        }
    }
    return NULL;
}

/* ---- Outstanding requests ---- */

/* Hashes a request by its list and clock. */
static unsigned hash_request(const void *key)
{
    const request_t *request = (const request_t *)key;

    /* Who knows no random number cannot choose clocks that collide. wmem_int64_hash() would take
     * 130 instructions. */
    return (unsigned)(request->clock * clock_salt >> 32) + GPOINTER_TO_UINT(request->list) / 8;
}

/* Returns whether two requests are on one list and have the same clock. */
static gboolean equal_requests(const void *a, const void *b)
{
    const request_t *one = (const request_t *)a, *other = (const request_t *)b;

    return one->clock == other->clock && one->list == other->list;
}

/* Returns the newest request with a clock, or NULL. */
static request_t *find_newest_by_clock(const outstanding_t *outstanding, uint64_t clock)
{
    const request_t key = { .list = outstanding, .clock = clock };

    return (request_t *)wmem_map_lookup(by_clock, &key);
}

/* Returns the ends of the list of those that are like a request without a clock. */
static request_list_t *get_plain(outstanding_t *outstanding, const request_t *request)
{
    return &outstanding
                ->plain[(get_record(request->record)->flags & TRADE_RECORD_ANSWER_LOST) != 0];
}

/* Adds a request, the newest of them, to those that are like it. */
static void link_alike(outstanding_t *outstanding, request_t *request)
{
    request_list_t *plain = NULL;

    if (request->has_clock) {
        request->older_alike = find_newest_by_clock(outstanding, request->clock);
        if (request->older_alike)
            wmem_map_remove(by_clock, request->older_alike); /* which was the key, too */
        wmem_map_insert(by_clock, request, request);
    } else {
        plain = get_plain(outstanding, request);
        request->older_alike = plain->newest;
        plain->newest = request;
        if (!plain->oldest)
            plain->oldest = request;
    }
    request->newer_alike = NULL;
    if (request->older_alike)
        request->older_alike->newer_alike = request;
}

/* Takes a request from those that are like it. */
static void unlink_alike(outstanding_t *outstanding, request_t *request)
{
    request_t *older = request->older_alike, *newer = request->newer_alike;

    if (older)
        older->newer_alike = newer;
    if (newer)
        newer->older_alike = older;
    if (request->has_clock) {
        if (newer)
            return;
        wmem_map_remove(by_clock, request);
        if (older)
            wmem_map_insert(by_clock, older, older);
        return;
    }
    request_list_t *plain = get_plain(outstanding, request);
    if (!older)
        plain->oldest = newer;
    if (!newer)
        plain->newest = older;
}

/* Makes one row of two that follow one another, if they have the same clock. older: the
 * last of the first row, or NULL; newer: the first of the second, or NULL. */
static void join_rows(request_t *older, request_t *newer)
{
    if (!older || !newer || !older->has_clock || !newer->has_clock || older->clock != newer->clock)
        return;
    request_t *first = older->other_end, *last = newer->other_end;
    first->other_end = last;
    last->other_end = first;
}

/* Takes a request off its row, whose first one it is. */
static void leave_row(request_t *request)
{
    if (request->other_end == request) {
        join_rows(request->older, request->newer);
        return;
    }
    request->newer->other_end = request->other_end;
    request->other_end->other_end = request->newer;
}

/* Takes a request off the list, and frees it: one without a clock, or the first of a row. */
static void remove_request(outstanding_t *outstanding, request_t *request)
{
    unlink_alike(outstanding, request);
    leave_row(request);
    if (request->older)
        request->older->newer = request->newer;
    else
        outstanding->all.oldest = request->newer;
    if (request->newer)
        request->newer->older = request->older;
    else
        outstanding->all.newest = request->older;
    if (outstanding->first_unreported == request)
        outstanding->first_unreported = request->newer;
    outstanding->count--;
    request->older = free_requests;
    free_requests = request;
}

/* Notes that bytes are missing which could hold the answer to a request. */
static void mark_answer_lost(outstanding_t *outstanding, request_t *request)
{
    if (!request->has_clock)
        unlink_alike(outstanding, request);
    get_record(request->record)->flags |= TRADE_RECORD_ANSWER_LOST;
    if (!request->has_clock)
        link_alike(outstanding, request);
}

/* Returns a request to be filled in: one that was answered, or a new one. */
static request_t *get_free_request(void)
{
    request_t *request = free_requests;

    if (!request)
        return wmem_new(wmem_file_scope(), request_t);
    free_requests = request->older;
    return request;
}

/* Adds a request that was just recorded. */
static void add_request(outstanding_t *outstanding, const trade_pdu_t *pdu, trade_time_t now)
{
    request_t *request = NULL;

    if (outstanding->count == OUTSTANDING_MAX) {
        const uint32_t forgotten = outstanding->all.oldest->record;
        remove_request(outstanding, outstanding->all.oldest);
        get_record(forgotten)->flags |= TRADE_RECORD_ANSWER_LOST;
    }
    outstanding->count++;
    request = get_free_request();
    *request = (request_t){ .list = outstanding,
                            .older = outstanding->all.newest,
                            .other_end = request,
                            .record = records.count - 1,
                            .has_clock = pdu->has_clock,
                            .clock = pdu->clock,
                            .sent = now };
    if (request->older)
        request->older->newer = request;
    else
        outstanding->all.oldest = request;
    outstanding->all.newest = request;
    if (!outstanding->first_unreported)
        outstanding->first_unreported = request;
    link_alike(outstanding, request);
    join_rows(request->older, request);
}

/* Returns the outstanding request that had this clock, or NULL; of several in a row with
 * the same clock, the oldest. */
static request_t *find_by_clock(const outstanding_t *outstanding, uint64_t clock)
{
    const request_t *newest = find_newest_by_clock(outstanding, clock);

    return newest ? newest->other_end : NULL;
}

/* Returns the newest outstanding request without a clock, or NULL. */
static request_t *find_newest_plain(const outstanding_t *outstanding)
{
    request_t *sure = outstanding->plain[0].newest, *lost = outstanding->plain[1].newest;

    return !sure || (lost && lost->record > sure->record) ? lost : sure;
}

/* Returns the request without a clock that an answer without one belongs to: the
 * oldest, since answers come in order. But one whose answer may be missing is passed over,
 * unless it is the only one and fresh; and where the oldest has waited for half an interval
 * or more, and the newest for less than a tenth of that, the newest is answered: in time. */
static request_t *find_in_order(const outstanding_t *outstanding, trade_time_t now)
{
    request_t *oldest = outstanding->plain[0].oldest;
    request_t *newest = find_newest_plain(outstanding);

    if (!oldest) {
        oldest = outstanding->plain[1].oldest;
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
static request_t *find_request(const outstanding_t *outstanding, const trade_pdu_t *pdu,
                               trade_time_t now)
{
    return pdu->has_clock ? find_by_clock(outstanding, pdu->clock)
                          : find_in_order(outstanding, now);
}

/* ---- Requests and answers, on the first pass ---- */

/* Returns what is kept of the requests that a delivery's sender asks. */
static asking_t *get_asking(const trade_delivery_t *delivery)
{
    return &delivery->connection->exchange->asking[delivery->direction];
}

/* Returns what is kept of the requests that a delivery's sender answers. */
static asking_t *get_asked(const trade_delivery_t *delivery)
{
    return &delivery->connection->exchange->asking[!delivery->direction];
}

/* Links an answer with its request, whose list it leaves. */
static void link_answer(outstanding_t *outstanding, request_t *waiting, trade_record_t *answer,
                        trade_time_t now)
{
    trade_record_t *request = get_record(waiting->record);

    request->own_peer = answer->frame;
    answer->own_peer = request->frame;
    answer->flags |= TRADE_RECORD_ANSWER;
    set_elapsed(answer, now - waiting->sent);
    remove_request(outstanding, waiting);
}

/* Returns the difference between capture time and the PDU's clock in microseconds;
 * false: the clock is none, or was never set. */
static bool get_clock_offset(const trade_pdu_t *pdu, trade_time_t now, int64_t *offset)
{
    if (!pdu->has_clock || pdu->clock > INT64_MAX / 2)
        return false;
    *offset = now / 1000 - ((int64_t)pdu->clock - CLOCK_TO_UNIX_US);
    return *offset<CLOCK_OFFSET_MAX_US && * offset> - CLOCK_OFFSET_MAX_US;
}

/* Notes that a clock was set, and takes back what was said of the PDUs that showed it. */
static void note_step(const trade_clock_step_t *step, uint32_t frame)
{
    for (unsigned i = 0; i + 1 < TRADE_CLOCK_JUMPS; i++)
        set_delay(get_record(step->jumps[i].record), step->delays[i]);
    if (step->amount <= 0)
        return;
    last_step = (trade_step_t){
        .number = last_step.number + 1, .span = step->span, .amount = step->amount, .frame = frame
    };
}

/* Sets how long a request waited before it was sent: how much more its clock lags behind the
 * capture's than those of PDUs which did not wait, of clocks that drift and are set. */
static void set_send_delay(const trade_delivery_t *delivery, trade_record_t *record,
                           const trade_pdu_t *pdu, trade_time_t now)
{
    trade_connection_t *connection = delivery->connection;
    struct trade_clock **clock = trade_stream_is_from_module(delivery)
                                     ? &get_asking(delivery)->clock
                                     : &connection->multiplexer->clock;
    trade_clock_sample_t sample = { .when = now, .record = records.count - 1 };
    trade_clock_step_t step;
    int64_t delay = 0;

    if (!get_clock_offset(pdu, now, &sample.offset))
        return;
    if (!*clock)
        *clock = wmem_new0(wmem_file_scope(), trade_clock_t);
    const bool is_set = trade_clock_add(*clock, &sample, &delay, &step);
    set_delay(record, delay);
    if (is_set)
        note_step(&step, get_record(step.jumps[0].record)->frame);
    record->flags |= TRADE_RECORD_SEND_DELAY;
}

void trade_exchange_move(const trade_connection_t *connection, trade_multiplexer_t *from)
{
    const unsigned module = (unsigned)connection->stream->module_direction;
    trade_multiplexer_t *to = connection->multiplexer;

    if (!connection->exchange)
        return;
    asking_t *asking = connection->exchange->asking;
    if (!to->clock)
        to->clock = asking[!module].clock;
    asking[!module].clock = NULL;
    asking[module].clock = from->clock;
    from->clock = NULL;
}

/* Learns from the time before a Ping, the last record. Pings that turn out to keep to another
 * interval than was known are late no more. */
static void learn_interval(pace_t *pace, trade_time_t elapsed)
{
    unsigned first = 0;

    if (elapsed <= 0)
        return;
    if (pace->rhythm.count == TRADE_GAPS_MAX)
        memmove(&pace->records[0], &pace->records[1], sizeof pace->records - sizeof(uint32_t));
    pace->records[MIN(pace->rhythm.count, TRADE_GAPS_MAX - 1)] = records.count - 1;
    if (!trade_rhythm_add(&pace->rhythm, elapsed, interval_ns, &first))
        return;
    for (unsigned i = first; i < pace->rhythm.count; i++)
        get_record(pace->records[i])->flags &= ~(unsigned)TRADE_RECORD_LATE;
}

/* Sets the time since the Ping before, and whether that is too long. losses: see
 * trade_flow_t. */
static void set_interval(asking_t *asking, trade_record_t *record, unsigned losses,
                         trade_time_t now)
{
    const bool is_sure = losses == asking->losses_at_ping;

    if (asking->pinged) {
        const trade_time_t interval = trade_rhythm_get(&asking->pace.rhythm, interval_ns);
        const trade_time_t elapsed = now - asking->last_ping;
        record->flags |= TRADE_RECORD_INTERVAL;
        set_elapsed(record, elapsed);
        asking->last_interval = elapsed;
        if (!is_sure)
            record->flags |= TRADE_RECORD_INTERVAL_UNSURE;
        if (elapsed > interval / 2 * LATE_HALVES)
            record->flags |= is_sure ? TRADE_RECORD_LATE : TRADE_RECORD_UNCERTAIN;
        if (is_sure)
            learn_interval(&asking->pace, elapsed);
    }
    asking->pinged = true;
    asking->last_ping = now;
    asking->losses_at_ping = losses;
}

/* Remembers a Pong that answers no Ping so far. */
static void add_early_pong(asking_t *asking, const trade_pdu_t *pdu, trade_time_t now)
{
    asking->early[asking->early_count++ % EARLY_MAX] = (early_pong_t){
        .record = records.count - 1, .has_clock = pdu->has_clock, .clock = pdu->clock, .sent = now
    };
}

/* Links a Ping with its Pong that was captured just before it. Returns whether there is one. */
static bool link_early_pong(asking_t *asking, trade_record_t *ping, const trade_pdu_t *pdu,
                            trade_time_t now)
{
    const bool has_clock = pdu->has_clock;
    const trade_time_t most = has_clock ? REVERSED_CLOCK_NS : REVERSED_NS;

    for (unsigned i = 0; i < MIN(asking->early_count, EARLY_MAX); i++) {
        const early_pong_t *early = &asking->early[i];
        trade_record_t *pong = get_record(early->record);
        if (early->has_clock != has_clock || (has_clock && early->clock != pdu->clock) ||
            now - early->sent > most || (pong->flags & TRADE_RECORD_REVERSED))
            continue;
        pong->flags &= ~(unsigned)(TRADE_RECORD_UNEXPECTED | TRADE_RECORD_UNCERTAIN);
        pong->flags |= TRADE_RECORD_REVERSED;
        ping->flags |= TRADE_RECORD_REVERSED;
        pong->own_peer = ping->frame;
        ping->own_peer = pong->frame;
        return true;
    }
    return false;
}

/* Returns whether a Pong without a clock, for a Ping that is one interval old, comes as the next
 * Ping is due: it is as likely that one's, captured before it. */
static bool is_pong_of_next(const asking_t *asking, const request_t *ping, trade_time_t now)
{
    const trade_time_t interval = asking->last_interval > 0 ? asking->last_interval : interval_ns;
    const trade_time_t early = asking->last_ping + interval - now;

    return !ping->has_clock && ping->sent == asking->last_ping && interval > 10 * REVERSED_NS &&
           early > -REVERSED_NS / 10 && early < REVERSED_NS;
}

/* Returns whether a Ping or Pong was recorded before: its bytes were sent again in another segment,
 * maybe with those of newer ones. Notes it, where it was not. */
static bool is_again(trade_record_t *record, seen_t *seen)
{
    const uint32_t newest = seen->count > 0 ? seen->seqs[(seen->count - 1) % SEEN_MAX] : 0;
    const bool is_newer = seen->count == 0 || trade_is_after(record->seq, newest);

    for (unsigned i = 0; !is_newer && i < MIN(seen->count, SEEN_MAX); i++) {
        if (seen->seqs[i] != record->seq)
            continue;
        record->flags |= TRADE_RECORD_AGAIN;
        return true;
    }
    seen->seqs[seen->count++ % SEEN_MAX] = record->seq;
    return false;
}

static void record_ping(const trade_delivery_t *delivery, trade_record_t *record,
                        const trade_pdu_t *pdu, trade_time_t now)
{
    asking_t *asking = get_asking(delivery);

    if (is_again(record, &asking->seen_pings))
        return;
    set_interval(asking, record, delivery->flow->losses, now);
    set_send_delay(delivery, record, pdu, now);
    if (asking->early_count == 0 || !link_early_pong(asking, record, pdu, now))
        add_request(&asking->pings, pdu, now);
}

/* Remembers what the Multiplexer is about to report: its Ping and the Pong, the last record. */
static void set_measured(const trade_delivery_t *delivery, trade_time_t now)
{
    if (trade_stream_is_from_module(delivery))
        delivery->connection->exchange->measured =
            (measured_t){ .pong = records.count, .pong_time = now };
}

static void record_pong(const trade_delivery_t *delivery, trade_record_t *record,
                        const trade_pdu_t *pdu, trade_time_t now)
{
    asking_t *asking = get_asked(delivery);

    if (is_again(record, &asking->seen_pongs))
        return;
    request_t *waiting = find_request(&asking->pings, pdu, now);
    if (waiting && is_pong_of_next(asking, waiting, now)) {
        mark_answer_lost(&asking->pings, waiting);
        record->flags |= TRADE_RECORD_UNCERTAIN;
        add_early_pong(asking, pdu, now);
        return;
    }
    if (waiting) {
        link_answer(&asking->pings, waiting, record, now);
        set_measured(delivery, now);
        return;
    }
    add_early_pong(asking, pdu, now);
    if (delivery->peer->losses != asking->losses_at_ping ||
        (asking->pings.all.oldest && !pdu->has_clock)) {
        record->flags |= TRADE_RECORD_UNCERTAIN;
    } else if (asking->pinged || delivery->peer->start_known) {
        record->flags |= TRADE_RECORD_UNEXPECTED; /* else its Ping came before the capture */
    }
}

/* A Roundtrip answers one that came the other way with the same clock, or asks. */
static void record_roundtrip(const trade_delivery_t *delivery, trade_record_t *record,
                             const trade_pdu_t *pdu, trade_time_t now)
{
    asking_t *asking = get_asked(delivery);
    request_t *waiting = find_request(&asking->roundtrips, pdu, now);

    if (waiting) {
        link_answer(&asking->roundtrips, waiting, record, now);
        return;
    }
    add_request(&get_asking(delivery)->roundtrips, pdu, now);
    /* From a module it may be the echo of one that was not captured. */
    if (!trade_stream_is_from_module(delivery))
        set_send_delay(delivery, record, pdu, now);
}

/* Links a report with the Ping and Pong that it is about: the last ones of the
 * module that it names, if no report told of them and their time fits into its. */
static void record_report(const trade_delivery_t *delivery, packet_info *pinfo,
                          trade_record_t *record, const trade_pdu_t *pdu)
{
    const char *name = trade_text_dup(pinfo->pool, trade_pdu_get_text(pdu, TRADE_FIELD_MODULE));
    const uint64_t rtt = trade_pdu_get_number(pdu, TRADE_FIELD_RTT_TIME);
    trade_connection_t *module =
        (trade_connection_t *)wmem_map_lookup(delivery->connection->multiplexer->modules, name);
    measured_t *measured = module && module->exchange ? &module->exchange->measured : NULL;

    if (!measured || measured->pong == 0 || rtt > INT64_MAX / 1000 ||
        trade_record_get_elapsed(get_record(measured->pong - 1)) >
            (int64_t)rtt * 1000 + CAPTURE_ERROR_NS ||
        trade_get_time(pinfo) - measured->pong_time > interval_ns / 2)
        return;
    record->own_peer = measured->pong;
    measured->pong = 0;
}

/* ---- Unanswered Pings ---- */

/* Marks the outstanding Pings whose answers may be in bytes that are missing: not those
 * that nobody waits for any more. Each is marked once. */
static void mark_lost_answers(outstanding_t *pings, trade_time_t now)
{
    request_t *first = NULL;

    for (request_t *ping = pings->all.newest; ping; ping = ping->older) {
        if ((get_record(ping->record)->flags & TRADE_RECORD_ANSWER_LOST) ||
            now - ping->sent > interval_ns * GIVE_UP_INTERVALS)
            break; /* and so are all before it */
        first = ping;
    }
    for (; first; first = first->newer)
        mark_answer_lost(pings, first);
}

/* Marks them where bytes were lost since this was done last. */
static void note_losses(trade_exchange_t *exchange, const trade_stream_t *stream, trade_time_t now)
{
    for (unsigned direction = 0; direction < 2; direction++) {
        outstanding_t *pings = &exchange->asking[direction].pings;
        const unsigned losses = stream->flows[!direction].losses;
        if (pings->losses == losses)
            continue;
        pings->losses = losses;
        mark_lost_answers(pings, now);
    }
}

/* Notes on a PDU that a Ping before it was never answered: nothing came for as long
 * as a sender waits. One PDU tells of one Ping. */
static void report_unanswered(trade_exchange_t *exchange, trade_record_t *record, trade_time_t now)
{
    for (unsigned direction = 0; direction < 2; direction++) {
        outstanding_t *pings = &exchange->asking[direction].pings;
        const request_t *waiting = pings->first_unreported;

        if (!waiting || record->role == TRADE_ROLE_REPORT ||
            now - waiting->sent < interval_ns * GIVE_UP_INTERVALS ||
            trade_record_get_other_frame(record))
            continue;
        pings->first_unreported = waiting->newer;
        get_large(record)->other_frame = get_record(waiting->record)->frame;
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

static void fill_record(const trade_delivery_t *delivery, packet_info *pinfo,
                        trade_record_t *record, const trade_pdu_t *pdu)
{
    const trade_time_t now = trade_get_time(pinfo);

    if (!delivery->connection->exchange)
        delivery->connection->exchange = wmem_new0(wmem_file_scope(), trade_exchange_t);
    note_losses(delivery->connection->exchange, delivery->stream, now);
    latest = MAX(latest, now);
    if (pdu->role == TRADE_ROLE_PING)
        record_ping(delivery, record, pdu, now);
    else if (pdu->role == TRADE_ROLE_PONG)
        record_pong(delivery, record, pdu, now);
    else if (pdu->role == TRADE_ROLE_ROUNDTRIP)
        record_roundtrip(delivery, record, pdu, now);
    else
        record_report(delivery, pinfo, record, pdu);
    report_unanswered(delivery->connection->exchange, record, now);
}

const trade_record_t *trade_exchange_note(const trade_delivery_t *delivery, packet_info *pinfo,
                                          uint32_t seq, const trade_pdu_t *pdu)
{
    if (!delivery->connection || delivery->stream->number >= STREAMS_MAX || !has_record(pdu))
        return NULL;
    if (PINFO_FD_VISITED(pinfo))
        return find_record(delivery, pinfo->num, seq);
    trade_record_t *record = add_record(delivery, pinfo->num, seq, pdu->role);
    fill_record(delivery, pinfo, record, pdu);
    return record;
}

/* Returns whether bytes are missing since the last record in which the answers to a direction's
 * Pings could be. */
static bool may_lack_answers(const trade_connection_t *connection, unsigned direction)
{
    const unsigned known =
        connection->exchange ? connection->exchange->asking[direction].pings.losses : 0;

    return known != connection->stream->flows[!direction].losses;
}

trade_answered_t trade_exchange_was_answered(const trade_connection_t *connection,
                                             trade_time_t sent, const trade_record_t *ping)
{
    if (ping->own_peer || latest - sent < interval_ns)
        return TRADE_ANSWERED_UNKNOWN;
    if (may_lack_answers(connection, ping->direction) || (ping->flags & TRADE_RECORD_ANSWER_LOST))
        return TRADE_ANSWERED_LOST;
    return TRADE_ANSWERED_NEVER;
}

trade_time_t trade_exchange_get_interval(void)
{
    return interval_ns;
}

const trade_step_t *trade_exchange_get_step(void)
{
    return &last_step;
}

void trade_exchange_set_interval(trade_time_t interval)
{
    interval_ns = interval;
}

/* Called before a capture file is dissected. */
static void init_exchange(void)
{
    trade_blocks_init(&records, sizeof(trade_record_t));
    trade_blocks_init(&larges, sizeof(large_t));
    by_clock = wmem_map_new(wmem_file_scope(), hash_request, equal_requests);
    clock_salt = (uint64_t)g_random_int() << 32 | g_random_int() | 1;
    free_requests = NULL;
    newest_frame = 0;
    next_record = 0;
    last_step = (trade_step_t){ .number = 0 };
    latest = 0;
}

void trade_exchange_register(void)
{
    register_init_routine(init_exchange);
}
