/* pings.c
 * Ping and Pong, Roundtrip and its echo, and the Multiplexer's reports. See analysis/pings/pings.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/pings/outstanding.h"
#include "analysis/pings/pings.h"
#include "analysis/pings/rhythm.h"

/* A sender that hears nothing for this many intervals gives up (the talk: 90 s). */
#define GIVE_UP_INTERVALS 3
/* A Ping is late after 1.5 intervals. */
#define LATE_HALVES 3

/* How many Pongs are remembered whose Ping may be captured after them. */
#define EARLY_MAX 4
/* The newest Pings and Pongs of a direction that are known again: more are rarely in flight. */
#define SEEN_MAX 16

/* How long before its Ping a Pong may be captured: one with a clock, which names its Ping, and one
 * without. */
#define REVERSED_CLOCK_NS TRADE_SECOND
#define REVERSED_NS INT64_C(100000000)

/* A Pong that no Ping was seen for: two taps, or a mirror port, may capture it first. First pass
 * only. */
typedef struct early_pong {
    trade_record_t *record;
    bool has_clock;
    uint64_t clock;
    trade_time_t sent;
} early_pong_t;

/* Sequence numbers of the newest Pings, or Pongs, of a direction, in a ring. First pass only. */
typedef struct seen {
    uint32_t seqs[SEEN_MAX];
    uint32_t count; /* how many came in all */
    uint32_t last;  /* the one furthest on; older ones may come after it, retransmitted */
} seen_t;

/* How often a side sends Pings. It is learned here and, by analysis/health/, once more: a Ping is
 * shown to be late when it is dissected, by what is missing of what the dissector is given; a
 * connection is judged when TCP is done with the frame, by what is missing of the capture. First
 * pass only. */
typedef struct pace {
    trade_rhythm_t rhythm;
    trade_record_t *pings[TRADE_GAPS_MAX]; /* that end the rhythm's gaps */
} pace_t;

/* What is kept of the requests of a direction. First pass only. */
typedef struct asking {
    trade_outstanding_t pings;
    trade_outstanding_t roundtrips;
    unsigned losses;            /* trade_flow_t.losses of the answers' direction: up to that
                                   count, the requests whose answers may be missing are known.
                                   Any pass */
    bool pinged;                /* a Ping was seen */
    seen_t seen_pings;          /* of this direction */
    seen_t seen_pongs;          /* of the other direction */
    trade_time_t last_ping;     /* when the last Ping was captured */
    trade_time_t last_interval; /* between the last two Pings; 0: there was one at most */
    unsigned losses_at_ping;    /* trade_flow_t.losses at the last Ping; 0: there was none */
    early_pong_t
        early[EARLY_MAX]; /* Pongs that answered no Ping of this direction so far: a ring */
    unsigned early_count; /* how many came in all */
    pace_t pace;
} asking_t;

/* What is kept of a connection. File scope. */
typedef struct trade_pings {
    asking_t asking[2]; /* by direction of the requests */
    trade_reports_t reports;
} trade_pings_t;

static trade_time_t latest;      /* time of the latest PDU of all */
static trade_time_t interval_ns; /* from the preference */

/* Returns what is kept of the requests that a delivery's sender asks. */
static asking_t *get_asking(const trade_delivery_t *delivery)
{
    return &delivery->connection->pings->asking[delivery->direction];
}

/* Returns what is kept of the requests that a delivery's sender answers. */
static asking_t *get_asked(const trade_delivery_t *delivery)
{
    return &delivery->connection->pings->asking[!delivery->direction];
}

/* ---- Pings that are late ---- */

/* Learns from the time before a Ping. Pings that turn out to keep to another interval than was
 * known are late no more. */
static void learn_interval(pace_t *pace, trade_record_t *ping)
{
    unsigned first = 0;

    if (ping->interval <= 0)
        return;
    for (unsigned i = 1; pace->rhythm.count == TRADE_GAPS_MAX && i < TRADE_GAPS_MAX; i++)
        pace->pings[i - 1] = pace->pings[i];
    pace->pings[MIN(pace->rhythm.count, TRADE_GAPS_MAX - 1)] = ping;
    if (!trade_rhythm_add(&pace->rhythm, ping->interval, interval_ns, &first))
        return;
    for (unsigned i = first; i < pace->rhythm.count; i++)
        pace->pings[i]->is_late = false;
}

/* Sets the time since the Ping before, and whether that is too long. losses: see
 * trade_flow_t. */
static void set_interval(asking_t *asking, trade_record_t *ping, unsigned losses, trade_time_t now)
{
    const bool is_whole = losses == asking->losses_at_ping;

    if (asking->pinged) {
        const trade_time_t usual = trade_rhythm_get(&asking->pace.rhythm, interval_ns);
        ping->has_interval = true;
        ping->interval = asking->last_interval = now - asking->last_ping;
        ping->is_late = is_whole && ping->interval > usual / 2 * LATE_HALVES;
        ping->may_be_late = !is_whole && ping->interval > usual / 2 * LATE_HALVES;
        if (is_whole)
            learn_interval(&asking->pace, ping);
    }
    asking->pinged = true;
    asking->last_ping = now;
    asking->losses_at_ping = losses;
}

/* ---- Pongs that are captured before their Ping ---- */

/* Remembers a Pong that answers no Ping so far. */
static void add_early_pong(asking_t *asking, trade_record_t *pong, const trade_pdu_t *pdu,
                           trade_time_t now)
{
    asking->early[asking->early_count++ % EARLY_MAX] = (early_pong_t){
        .record = pong, .has_clock = pdu->has_clock, .clock = pdu->clock, .sent = now
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
        trade_record_t *pong = early->record;
        if (early->has_clock != has_clock || (has_clock && early->clock != pdu->clock) ||
            now - early->sent > most || pong->is_reversed)
            continue;
        pong->is_unexpected = pong->may_lack_ping = false;
        pong->is_reversed = ping->is_reversed = true;
        pong->request_frame = ping->frame;
        ping->answer_frame = pong->frame;
        return true;
    }
    return false;
}

/* Returns whether a Pong without a clock, for a Ping that is one interval old, comes as the next
 * Ping is due: it is as likely that one's, captured before it. */
static bool is_pong_of_next(const asking_t *asking, const trade_request_t *ping, trade_time_t now)
{
    const trade_time_t interval = asking->last_interval > 0 ? asking->last_interval : interval_ns;
    const trade_time_t since = now - asking->last_ping;

    return !ping->has_clock && ping->sent == asking->last_ping && interval > 10 * REVERSED_NS &&
           since < interval + REVERSED_NS / 10 && since > interval - REVERSED_NS;
}

/* ---- Requests and answers, on the first pass ---- */

/* Returns whether a Ping or Pong was recorded before: its bytes were retransmitted in another
 * segment, maybe with those of newer ones. Notes it if it was not. */
static bool is_repeated(trade_record_t *record, seen_t *seen)
{
    const bool is_newer = seen->count == 0 || trade_is_after(record->seq, seen->last);

    for (unsigned i = 0; !is_newer && i < MIN(seen->count, SEEN_MAX); i++) {
        if (seen->seqs[i] != record->seq)
            continue;
        record->is_repeated = true;
        return true;
    }
    seen->seqs[seen->count++ % SEEN_MAX] = record->seq;
    if (is_newer)
        seen->last = record->seq;
    return false;
}

/* Returns whether the other side had a Ping before it was captured: it was retransmitted, and what
 * answered it may have come before. */
static bool is_late_copy(const trade_flow_t *flow, const trade_record_t *ping)
{
    return flow->acknowledged != 0 && trade_is_after(flow->acknowledged, ping->seq);
}

static void record_ping(const trade_delivery_t *delivery, trade_record_t *ping,
                        const trade_pdu_t *pdu, trade_time_t now)
{
    asking_t *asking = get_asking(delivery);

    if (is_repeated(ping, &asking->seen_pings))
        return;
    set_interval(asking, ping, delivery->flow->losses, now);
    trade_reports_set_send_delay(&delivery->connection->pings->reports, delivery, pdu, now);
    if (asking->early_count == 0 || !link_early_pong(asking, ping, pdu, now))
        trade_outstanding_add(&asking->pings, pdu, now);
    if (is_late_copy(delivery->flow, ping))
        trade_outstanding_lose_answers(&asking->pings, now - interval_ns * GIVE_UP_INTERVALS);
}

static void record_pong(const trade_delivery_t *delivery, trade_record_t *pong,
                        const trade_pdu_t *pdu, trade_time_t now)
{
    asking_t *asking = get_asked(delivery);

    if (is_repeated(pong, &asking->seen_pongs))
        return;
    trade_request_t *ping = trade_outstanding_find(&asking->pings, pdu, now, interval_ns);
    if (ping && !is_pong_of_next(asking, ping, now)) {
        trade_outstanding_answer(&asking->pings, ping, pong, now);
        trade_reports_add_pong(&delivery->connection->pings->reports, delivery, pong, now);
        return;
    }
    add_early_pong(asking, pong, pdu, now);
    if (ping)
        trade_outstanding_lose_answer(&asking->pings, ping);
    if (ping || delivery->peer->losses != asking->losses_at_ping ||
        (asking->pings.all.oldest && !pdu->has_clock))
        pong->may_lack_ping = true;
    else /* unless its Ping may have come before the capture */
        pong->is_unexpected = asking->pinged || delivery->peer->start_known;
}

/* A Roundtrip answers one of the other direction with the same clock, or asks. */
static void record_roundtrip(const trade_delivery_t *delivery, trade_record_t *record,
                             const trade_pdu_t *pdu, trade_time_t now)
{
    trade_outstanding_t *asked = &get_asked(delivery)->roundtrips;
    trade_request_t *request = trade_outstanding_find(asked, pdu, now, interval_ns);

    if (request) {
        trade_outstanding_answer(asked, request, record, now);
        return;
    }
    trade_outstanding_add(&get_asking(delivery)->roundtrips, pdu, now);
    /* From a module it may be the echo of one that was not captured. */
    if (!trade_stream_is_from_module(delivery))
        trade_reports_set_send_delay(&delivery->connection->pings->reports, delivery, pdu, now);
}

static void record_report(const trade_delivery_t *delivery, packet_info *pinfo,
                          trade_record_t *report, const trade_pdu_t *pdu)
{
    const char *name = trade_text_dup(pinfo->pool, trade_pdu_get_text(pdu, TRADE_FIELD_MODULE));
    const trade_connection_t *module =
        (trade_connection_t *)wmem_map_lookup(delivery->connection->multiplexer->modules, name);

    if (module && module->pings)
        trade_reports_link(&module->pings->reports, report,
                           trade_pdu_get_number(pdu, TRADE_FIELD_RTT_TIME),
                           trade_get_time(pinfo) - interval_ns / 2);
}

/* ---- Unanswered Pings ---- */

/* Marks the Pings whose answers may be in bytes that were lost since this was done last: not those
 * that nobody waits for any more. */
static void note_losses(trade_pings_t *pings, const trade_stream_t *stream, trade_time_t now)
{
    for (unsigned direction = 0; direction < 2; direction++) {
        asking_t *asking = &pings->asking[direction];
        const unsigned losses = stream->flows[!direction].losses;
        if (asking->losses == losses)
            continue;
        asking->losses = losses;
        trade_outstanding_lose_answers(&asking->pings, now - interval_ns * GIVE_UP_INTERVALS);
    }
}

/* Notes on a PDU that a Ping before it is not answered for as long as a sender waits: one Ping a
 * PDU, none on a report. */
static void note_overdue(trade_pings_t *pings, trade_record_t *record, trade_time_t now)
{
    for (unsigned direction = 0;
         direction < 2 && record->overdue_frame == 0 && record->role != TRADE_ROLE_REPORT;
         direction++) {
        const trade_record_t *overdue = trade_outstanding_take_overdue(
            &pings->asking[direction].pings, now - interval_ns * GIVE_UP_INTERVALS);
        if (!overdue)
            continue;
        record->overdue_frame = overdue->frame;
        record->is_overdue_uncertain = overdue->is_answer_lost;
    }
}

/* ---- For the dissector ---- */

static void fill_record(const trade_delivery_t *delivery, packet_info *pinfo,
                        trade_record_t *record, const trade_pdu_t *pdu)
{
    trade_connection_t *connection = delivery->connection;
    const trade_time_t now = trade_get_time(pinfo);

    if (!connection->pings)
        connection->pings = wmem_new0(wmem_file_scope(), trade_pings_t);
    note_losses(connection->pings, delivery->stream, now);
    latest = MAX(latest, now);
    if (pdu->role == TRADE_ROLE_PING)
        record_ping(delivery, record, pdu, now);
    else if (pdu->role == TRADE_ROLE_PONG)
        record_pong(delivery, record, pdu, now);
    else if (pdu->role == TRADE_ROLE_ROUNDTRIP)
        record_roundtrip(delivery, record, pdu, now);
    else
        record_report(delivery, pinfo, record, pdu);
    note_overdue(connection->pings, record, now);
}

trade_record_t *trade_pings_note(const trade_delivery_t *delivery, packet_info *pinfo, uint32_t seq,
                                 const trade_pdu_t *pdu)
{
    const bool has_record = pdu->role == TRADE_ROLE_PING || pdu->role == TRADE_ROLE_PONG ||
                            pdu->role == TRADE_ROLE_ROUNDTRIP || pdu->role == TRADE_ROLE_REPORT;

    if (!delivery->connection || !has_record || !pdu->complete)
        return NULL;
    if (PINFO_FD_VISITED(pinfo))
        return trade_records_find(delivery, pinfo->num, seq);
    trade_record_t *record = trade_records_add(delivery, pinfo->num, seq, pdu->role);
    fill_record(delivery, pinfo, record, pdu);
    return record;
}

trade_answered_t trade_pings_get_answered(const trade_connection_t *connection,
                                          const trade_record_t *ping, trade_time_t when)
{
    if (ping->answer_frame || latest - when < interval_ns)
        return TRADE_ANSWERED_UNKNOWN;
    /* Bytes may have been lost after the last record, too. */
    const unsigned losses = connection->stream->flows[!ping->direction].losses;
    if (ping->is_answer_lost || losses != connection->pings->asking[ping->direction].losses)
        return TRADE_ANSWERED_LOST;
    return TRADE_ANSWERED_NEVER;
}

trade_time_t trade_pings_get_interval(void)
{
    return interval_ns;
}

void trade_pings_set_interval(trade_time_t interval)
{
    interval_ns = interval;
}

/* Called before a capture file is dissected. */
static void init_pings(void)
{
    trade_records_init();
    trade_outstanding_init();
    trade_reports_init();
    latest = 0;
}

void trade_pings_register(void)
{
    register_init_routine(init_pings);
}
