/* health.c
 * -z trade,health: a row a connection, with a verdict on its keepalive.
 *
 * Segments come from TCP's tap, since frames without payload (a closed window, a
 * FIN, an RST) never reach the dissector; Pings and Pongs come from the records
 * that the dissector made of the same frame. So one pass, two passes and a retap
 * see the same. Rows are kept current with every packet, since nobody says when
 * the last one was.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/dissectors/packet-tcp.h>
#include <epan/packet.h>
#include <epan/epan_dissect.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include "packet-trade.h"
#include "analysis/exchange.h"
#include "analysis/connection.h"
#include "ui/stats.h"
#include "analysis/waiting.h"

/* Of each side, so many of the longest times between Pings are kept, and so many
 * in all to tell the interval that it keeps to. */
#define LONGEST_MAX 8
#define SAMPLE_MAX 64
/* So many holes, and times of a closed window, are kept of each side. */
#define HOLES_MAX 32
#define CLOSED_MAX 4096
/* A sender keeps to an interval of its own when it has shown so many, of which all
 * but a quarter are within a fifth of their median. */
#define SAMPLE_MIN 3

/* So many of the times that a side's bytes waited for their acknowledgement are kept, of
 * those that took so long; resent means sent again after so long at least, and bytes sent
 * so often that they were not acknowledged are not delivered. */
#define SENDINGS_MAX 8
#define SENDING_MIN SECOND
#define RESEND_MIN (SECOND / 100)
#define UNDELIVERED_MIN 3

/* A side waits for a Pong so many of its intervals: 90 s where a Ping is sent each 30 s. */
#define LIMIT_INTERVALS 3

/* A number so far beyond what was seen of a side tells nothing of it. */
#define DISTANCE_MAX (1U << 24)

#define SECOND INT64_C(1000000000)

/* Most rows that are brought up to date because time passed: so many in all, and so many
 * more for each packet. */
#define SWEEP_ROWS 100000
#define SWEEP_ROWS_A_PACKET 4

/* The words of the column Verdict, the worst first. */
typedef enum verdict {
    VERDICT_PEER_NOT_READING,
    VERDICT_NOT_DELIVERED,
    VERDICT_PING_MISSING,
    VERDICT_PING_UNANSWERED,
    VERDICT_LATE,
    VERDICT_ANSWERED_LATE,
    VERDICT_CAPTURE_HOLE,
    VERDICT_IDLE,
    VERDICT_OK
} verdict_t;

static const char *const verdict_words[] = { "peer-not-reading", "not-delivered", "ping-missing",
                                             "ping-unanswered",  "late",          "answered-late",
                                             "capture-hole",     "idle",          "ok" };

/* A stretch of time. */
typedef struct period {
    trade_time_t start;
    trade_time_t end;
} period_t;

/* The oldest bytes that a side had sent and the other had not acknowledged. */
typedef struct sending {
    period_t span;        /* from when they were first sent until they were acknowledged */
    trade_time_t last;    /* when they were last sent */
    trade_time_t heard;   /* when the other side last sent anything meanwhile, or before */
    uint32_t frame;       /* in which they were first sent */
    uint32_t acked_frame; /* in which they were acknowledged; 0: they were not */
    unsigned times;       /* how often they were sent; 0: never seen */
    bool is_ping;         /* a Ping is among them */
} sending_t;

/* How long a window was zero in a period: of those times that are over. */
typedef struct closed_sum {
    trade_time_t from; /* where the period starts; 0: not summed up yet */
    trade_time_t overlap;
    unsigned next;    /* index of the first time that is not in it */
    unsigned longest; /* index of the longest time; next: there was none */
} closed_sum_t;

/* The time between two Pings of a side, or since the last. */
typedef struct ping_gap {
    period_t span;
    closed_sum_t closed; /* of the other side's window, while a Ping was due */
    bool unsure;         /* bytes in which a Ping could be are missing */
    bool open;           /* no Ping ended it */
} ping_gap_t;

typedef enum side_index { SIDE_MODULE, SIDE_MULTIPLEXER } side_index_t;

/* What one side of a connection sent. */
typedef struct side {
    /* Segments, counted from the stream's first */
    bool counted; /* next is known */
    uint32_t next;
    uint64_t missing;      /* bytes not in the capture, without those only acknowledged */
    unsigned cuts;         /* segments that the snapshot length cut */
    uint32_t acknowledged; /* bytes beyond next that the other side has */
    struct {
        uint32_t start, end;
    } holes[HOLES_MAX];
    unsigned hole_count;
    bool closed;               /* its window is zero now */
    trade_time_t closed_since; /* if closed */
    GArray *closed_times;      /* period_t: when its window was zero, without now */
    trade_time_t closed_total; /* of these */

    /* Delivery */
    trade_time_t heard;  /* when it last sent a segment that ends nothing */
    bool acked;          /* the other side acknowledged something, up to: */
    uint32_t unacked;    /* the first byte that it did not acknowledge */
    sending_t sending;   /* of that byte */
    sending_t newest;    /* of the segment sent last: an ACK before it may be missing */
    uint32_t newest_seq; /* its first byte, */
    uint32_t newest_end; /* and the one after its last */
    sending_t sendings[SENDINGS_MAX]; /* the longest that are over */
    unsigned sending_count;

    /* Pings */
    unsigned pings;
    unsigned answered; /* of them */
    trade_time_t last_ping;
    ping_gap_t last_gap;             /* the time since then */
    uint64_t doubt_at_ping;          /* get_doubt() at that time */
    ping_gap_t longest[LONGEST_MAX]; /* the longest first */
    unsigned longest_count;
    trade_time_t sample[SAMPLE_MAX];
    unsigned sample_count;
    trade_time_t own_interval; /* that most of the sample keep to; 0: none */
    trade_waiting_t waiting;   /* the doubt is get_doubt() of the other side */
    unsigned late_pings;       /* that wait, but the dissector does not know of them */
    unsigned responses;
    const trade_record_t *slowest;                    /* the Pong that took longest, */
    trade_time_t slowest_at;                          /* and when it came */
    int64_t response_min, response_max, response_sum; /* ns; of the Pongs to its Pings */
    int64_t send_delay;                               /* largest, in microseconds */
} side_t;

/* How a connection ended. */
typedef enum ending {
    ENDING_NONE,
    ENDING_FIN,
    ENDING_RST,
    ENDING_REUSED /* its two ends began another connection */
} ending_t;

enum {
    COLUMN_STREAM,
    COLUMN_MODULE,
    COLUMN_VERDICT, /* early, to be seen without scrolling */
    COLUMN_CAUSE,
    COLUMN_MODULE_END,
    COLUMN_MULTIPLEXER_END,
    COLUMN_MODULE_PINGS,
    COLUMN_MODULE_ANSWERED,
    COLUMN_MODULE_UNANSWERED,
    COLUMN_MULTIPLEXER_PINGS,
    COLUMN_MULTIPLEXER_ANSWERED,
    COLUMN_MULTIPLEXER_UNANSWERED,
    COLUMN_RESPONSE_MIN,
    COLUMN_RESPONSE_AVERAGE,
    COLUMN_RESPONSE_MAX,
    COLUMN_LONGEST_GAP,
    COLUMN_SEND_DELAY,
    COLUMN_MODULE_CLOSED,
    COLUMN_MULTIPLEXER_CLOSED,
    COLUMN_MISSING,
    COLUMN_END,
    COLUMNS
};

/* A TCP stream; a row of the table once TRADE was seen on it. Freed with the table. */
typedef struct stream {
    uint32_t number;
    address addr[2]; /* of the two ends, as first seen: a copy of our own */
    uint16_t port[2];
    side_t sides[2];                      /* what each end sent */
    const trade_connection_t *connection; /* NULL: no TRADE so far */
    unsigned module_end;                  /* index of the end that is the module */
    unsigned row;
    bool live; /* in health.live */
    ending_t ending;
    unsigned ended_by; /* index of the end */
    trade_time_t ended;
    const char *module_shown; /* what the row says of its module's name, */
    bool id_shown;            /* and whether of its id */
    period_t gap_shown;       /* what it says is the longest gap; end 0: nothing yet */
    char *text[COLUMNS];      /* what string columns point to */
} stream_t;

/* The open table; there is one at a time. */
static struct health {
    stat_tap_table *table;
    GHashTable *streams; /* stream_t, by number */
    GHashTable *by_ends; /* the newest stream_t of two ends */
    unsigned row_count;
    GPtrArray *live;    /* stream_t: rows that time, or a packet since, can change */
    uint64_t sweepable; /* so many rows may be brought up to date because time passed */
    trade_time_t now;   /* time of the newest packet */
    trade_time_t swept; /* when all rows were brought up to date */
} health;

/* Returns how long a period lasts. */
static trade_time_t get_length(const period_t *period)
{
    return period->end - period->start;
}

/* ---- Formats ---- */

/* Returns a time as local date and time with milliseconds and its zone, which need not be
 * the same for all times of a capture; g_free() it. */
static char *format_time(trade_time_t when)
{
    GDateTime *date = g_date_time_new_from_unix_local(when / SECOND);
    char *seconds = date ? g_date_time_format(date, "%Y-%m-%d %H:%M:%S") : NULL;
    char *text =
        g_strdup_printf("%s.%03d %s", seconds ? seconds : "?", (int)(when % SECOND / 1000000),
                        date ? g_date_time_get_timezone_abbreviation(date) : "");

    g_free(seconds);
    if (date)
        g_date_time_unref(date);
    return text;
}

static double get_seconds(trade_time_t duration)
{
    return (double)duration / 1e9;
}

/* Returns an end as address:port; g_free() it. */
static char *format_end(const stream_t *stream, unsigned end)
{
    return trade_stats_format_end(NULL, &stream->addr[end], stream->port[end]);
}

/* Returns what the module of a connection is called; g_free() it. */
static char *format_module(const stream_t *stream)
{
    return trade_stats_name_module(NULL, stream->connection, UINT32_MAX);
}

/* Returns what an end is called in a sentence; g_free() it. */
static char *format_who(const stream_t *stream, unsigned end)
{
    char *addr = format_end(stream, end);
    char *module = end == stream->module_end ? format_module(stream) : g_strdup("the Multiplexer");
    char *text =
        g_strdup_printf("%s (%s)", strcmp(module, addr) == 0 ? "the module" : module, addr);

    g_free(addr);
    g_free(module);
    return text;
}

/* ---- Segments ---- */

/* Takes bytes that came after all out of the holes. Returns whether any did. */
static bool fill_holes(side_t *side, uint32_t start, uint32_t end)
{
    bool filled = false;

    for (unsigned i = 0; i < side->hole_count; i++) {
        const uint32_t hole_start = side->holes[i].start, hole_end = side->holes[i].end;
        if ((int32_t)(end - hole_start) <= 0 || (int32_t)(start - hole_end) >= 0)
            continue;
        const uint32_t from = (int32_t)(start - hole_start) > 0 ? start : hole_start;
        const uint32_t to = (int32_t)(end - hole_end) < 0 ? end : hole_end;
        side->missing -= to - from;
        filled = true;
        if (from == hole_start)
            side->holes[i].start = to;
        else
            side->holes[i].end = from; /* what is left behind is forgotten */
        if (side->holes[i].start == side->holes[i].end)
            side->holes[i--] = side->holes[--side->hole_count];
    }
    return filled;
}

/* Counts the bytes of a segment, and those missing before it. Returns whether it came
 * late, and fills a hole. */
static bool count_bytes(side_t *side, const tcp_info_t *tcp)
{
    const uint32_t length = tcp->th_have_seglen ? tcp->th_seglen : 0;
    const uint32_t start = tcp->th_seq + ((tcp->th_flags & TH_SYN) ? 1 : 0);
    const uint32_t end = start + length + ((tcp->th_flags & TH_FIN) ? 1 : 0);
    bool late = false;

    /* An RST need not be from who it seems to be from. */
    if ((tcp->th_flags & TH_RST) && (!side->counted || start - side->next > DISTANCE_MAX))
        return false;
    if (!side->counted || (tcp->th_flags & TH_SYN)) {
        side->counted = true;
        side->next = start;
    }
    if ((int32_t)(start - side->next) > 0) {
        side->missing += start - side->next;
        if (side->hole_count < HOLES_MAX) {
            side->holes[side->hole_count].start = side->next;
            side->holes[side->hole_count++].end = start;
        }
    } else if (side->hole_count > 0) {
        late = fill_holes(side, start, end);
    }
    if ((int32_t)(end - side->next) > 0) {
        const uint32_t more = end - side->next;
        side->acknowledged = side->acknowledged > more ? side->acknowledged - more : 0;
        side->next = end;
    }
    return late;
}

/* Notes how many bytes that we have not seen the other side says it has. */
static void count_acknowledged(side_t *side, uint32_t acknowledged)
{
    if (!side->counted) {
        side->counted = true;
        side->next = acknowledged;
    }
    if ((int32_t)(acknowledged - side->next) > 0 && acknowledged - side->next < DISTANCE_MAX)
        side->acknowledged = acknowledged - side->next;
}

/* Returns how many bytes of a side are missing in the capture. One that is only
 * acknowledged may be a FIN. */
static uint64_t get_missing(const side_t *side)
{
    return side->missing + (side->acknowledged > 1 ? side->acknowledged : 0);
}

/* Returns how much of what a side sent is not at hand: it grows when more is missing. */
static uint64_t get_doubt(const side_t *side)
{
    return get_missing(side) + side->cuts;
}

/* Notes when a side's window closes and opens. Returns whether it did. */
static bool watch_window(side_t *side, const tcp_info_t *tcp, trade_time_t now)
{
    const bool is_closed = tcp->th_win == 0;

    if (tcp->th_flags & (TH_SYN | TH_FIN | TH_RST) || is_closed == side->closed)
        return false;
    side->closed = is_closed;
    if (is_closed) {
        side->closed_since = now;
        return true;
    }
    const period_t span = { side->closed_since, now };
    side->closed_total += span.end - span.start;
    if (!side->closed_times)
        side->closed_times = g_array_new(false, false, sizeof span);
    if (side->closed_times->len < CLOSED_MAX)
        g_array_append_val(side->closed_times, span);
    return true;
}

/* Notes the end of a connection; an RST after FINs changes nothing. Returns whether
 * it is news. */
static bool watch_end(stream_t *stream, const tcp_info_t *tcp, unsigned end, trade_time_t now)
{
    if (!(tcp->th_flags & (TH_FIN | TH_RST)) || stream->ending != ENDING_NONE)
        return false;
    stream->ending = (tcp->th_flags & TH_RST) ? ENDING_RST : ENDING_FIN;
    stream->ended_by = end;
    stream->ended = now;
    return true;
}

/* ---- Delivery ---- */

/* Counts that bytes were sent again; a frame that was captured twice is none. */
static void count_resend(sending_t *sending)
{
    if (health.now - sending->last < RESEND_MIN)
        return;
    sending->times++;
    sending->last = health.now;
}

/* Notes bytes that an end sends: those that wait for their acknowledgement, for the first
 * time or again. Keepalives and probes of a closed window are neither. Returns whether it
 * is news. */
static bool watch_sending(stream_t *stream, const tcp_info_t *tcp, unsigned from, uint32_t frame)
{
    side_t *side = &stream->sides[from];
    const uint32_t length = tcp->th_have_seglen ? tcp->th_seglen : 0, end = tcp->th_seq + length;
    const sending_t first = { .span = { health.now, 0 },
                              .last = health.now,
                              .heard = stream->sides[!from].heard,
                              .frame = frame,
                              .times = 1 };

    if (!side->acked || length == 0 || (tcp->th_flags & (TH_SYN | TH_RST)) ||
        stream->sides[!from].closed || (int32_t)(end - side->unacked) <= 0)
        return false;
    if (side->newest.times == 0 || (int32_t)(tcp->th_seq - side->newest_end) >= 0) {
        side->newest = first;
        side->newest_seq = tcp->th_seq;
        side->newest_end = end;
    } else if (tcp->th_seq == side->newest_seq) {
        count_resend(&side->newest);
    }
    if ((int32_t)(tcp->th_seq - side->unacked) <= 0) {
        if (side->sending.times == 0)
            side->sending = first;
        else
            count_resend(&side->sending);
    }
    return MAX(side->sending.times, side->newest.times) >= UNDELIVERED_MIN;
}

/* Keeps the time that bytes waited for their acknowledgement, if it is among the longest. */
static void keep_sending(side_t *side, const sending_t *sending)
{
    unsigned place = side->sending_count;

    if (get_length(&sending->span) < SENDING_MIN)
        return;
    if (place < SENDINGS_MAX) {
        side->sending_count++;
    } else {
        place = 0;
        for (unsigned i = 1; i < SENDINGS_MAX; i++) {
            if (get_length(&side->sendings[i].span) < get_length(&side->sendings[place].span))
                place = i;
        }
        if (get_length(&side->sendings[place].span) >= get_length(&sending->span))
            return;
    }
    side->sendings[place] = *sending;
}

/* Notes what of a side's bytes the other one acknowledges. Returns whether it is news. */
static bool watch_delivery(side_t *side, const tcp_info_t *tcp, uint32_t frame)
{
    sending_t over = side->sending;
    bool is_newest = false;

    if (side->acked && (int32_t)(tcp->th_ack - side->unacked) <= 0)
        return false;
    is_newest = side->newest.times > 0 && (int32_t)(tcp->th_ack - side->newest_seq) > 0;
    if (is_newest && side->newest.times > side->sending.times)
        over = side->newest;
    if (over.times > 0) {
        over.span.end = health.now;
        over.acked_frame = frame;
        keep_sending(side, &over);
    }
    side->acked = true;
    side->unacked = tcp->th_ack;
    /* Of bytes between, it is not known when they were first sent. */
    side->sending = (sending_t){ .times = 0 };
    if (is_newest)
        side->newest.times = 0;
    else if (side->newest_seq == tcp->th_ack)
        side->sending = side->newest;
    return over.times >= UNDELIVERED_MIN;
}

/* Notes what a segment tells of the delivery of both sides' bytes. Returns whether it is
 * news. */
static bool watch_deliveries(stream_t *stream, const tcp_info_t *tcp, unsigned from, uint32_t frame)
{
    side_t *peer = &stream->sides[!from];
    bool news = false;

    /* An RST need not be from who it seems to be from. */
    if ((tcp->th_flags & TH_ACK) && !(tcp->th_flags & TH_RST))
        news = watch_delivery(peer, tcp, frame);
    if (!(tcp->th_flags & (TH_FIN | TH_RST))) {
        stream->sides[from].heard = health.now;
        peer->sending.heard = health.now;
        peer->newest.heard = health.now;
    }
    return watch_sending(stream, tcp, from, frame) || news;
}

/* ---- Pings and Pongs ---- */

static int compare_times(const void *a, const void *b)
{
    const trade_time_t one = *(const trade_time_t *)a, other = *(const trade_time_t *)b;

    return (one > other) - (one < other);
}

/* Returns the interval that most of a side's Pings keep to; 0: none, or too few Pings. */
static trade_time_t find_own_interval(const side_t *side)
{
    trade_time_t sorted[SAMPLE_MAX];
    unsigned near = 0;

    if (side->sample_count < SAMPLE_MIN)
        return 0;
    memcpy(sorted, side->sample, side->sample_count * sizeof sorted[0]);
    qsort(sorted, side->sample_count, sizeof sorted[0], compare_times);
    const trade_time_t median = sorted[side->sample_count / 2];
    for (unsigned i = 0; i < side->sample_count; i++)
        near += sorted[i] >= median - median / 5 && sorted[i] <= median + median / 5;
    return median > 0 && near * 4 >= side->sample_count * 3 ? median : 0;
}

/* Keeps a time between two Pings, if it is among the longest. */
static void add_gap(side_t *side, const ping_gap_t *gap)
{
    unsigned place = side->longest_count;

    if (side->sample_count < SAMPLE_MAX) {
        side->sample[side->sample_count++] = gap->span.end - gap->span.start;
        side->own_interval = find_own_interval(side);
    }
    while (place > 0 && side->longest[place - 1].span.end - side->longest[place - 1].span.start <
                            gap->span.end - gap->span.start)
        place--;
    if (place == LONGEST_MAX)
        return;
    if (side->longest_count < LONGEST_MAX)
        side->longest_count++;
    memmove(&side->longest[place + 1], &side->longest[place],
            (side->longest_count - 1 - place) * sizeof *gap);
    side->longest[place] = *gap;
}

static void add_ping(side_t *side, const trade_record_t *record, trade_time_t now)
{
    const ping_gap_t gap = { .span = { side->last_ping, now },
                             .unsure = (record->flags & TRADE_RECORD_INTERVAL_UNSURE) ||
                                       get_doubt(side) > side->doubt_at_ping };

    if (side->pings > 0)
        add_gap(side, &gap);
    side->pings++;
    side->last_ping = now;
    if (record->frame == side->sending.frame)
        side->sending.is_ping = true;
    if (record->frame == side->newest.frame)
        side->newest.is_ping = true;
    side->doubt_at_ping = get_doubt(side);
    if (record->flags & TRADE_RECORD_SEND_DELAY)
        side->send_delay = MAX(side->send_delay, record->send_delay);
}

/* Takes the newest Ping that waits for answered: by a Pong that nothing links with it. */
static void take_newest(side_t *asking)
{
    if (asking->late_pings > 0)
        asking->late_pings--;
    else if (!trade_waiting_take_newest(&asking->waiting))
        return;
    asking->answered++;
}

/* Counts a Pong on the side that asked. */
static void add_pong(side_t *asking, const trade_record_t *record, trade_time_t now)
{
    if (!(record->flags & TRADE_RECORD_ANSWER)) {
        if (asking->late_pings > 0)
            take_newest(asking);
        return;
    }
    if (trade_waiting_answer(&asking->waiting, record))
        asking->answered++;
    asking->response_min =
        asking->responses == 0 ? record->elapsed : MIN(asking->response_min, record->elapsed);
    if (!asking->slowest || record->elapsed > asking->slowest->elapsed) {
        asking->slowest = record;
        asking->slowest_at = now;
    }
    asking->response_max = MAX(asking->response_max, record->elapsed);
    asking->response_sum += record->elapsed;
    asking->responses++;
}

/* Counts what the dissector recorded of this frame. Returns whether there was any. */
static bool add_records(stream_t *stream, uint32_t frame, unsigned from, trade_time_t now)
{
    unsigned count = 0;
    const uint32_t first = trade_exchange_find_frame(frame, &count);

    for (uint32_t i = first; i < first + count; i++) {
        const trade_record_t *record = trade_exchange_get(i);
        if (record->stream != stream->number)
            continue;
        if (record->role == TRADE_ROLE_PING) {
            add_ping(&stream->sides[from], record, now);
            if (record->flags & TRADE_RECORD_REVERSED)
                stream->sides[from].answered++;
            else
                trade_waiting_add(&stream->sides[from].waiting, record, now,
                                  get_doubt(&stream->sides[!from]));
        } else if (record->role == TRADE_ROLE_PONG) {
            add_pong(&stream->sides[!from], record, now);
        } else if (record->flags & TRADE_RECORD_SEND_DELAY) {
            stream->sides[from].send_delay =
                MAX(stream->sides[from].send_delay, record->send_delay);
        }
    }
    return count > 0;
}

/* Returns the payload of a segment, found in its frame by the TCP header's ports and
 * sequence number; NULL: it is not whole there. */
static tvbuff_t *find_payload(epan_dissect_t *edt, const tcp_info_t *tcp)
{
    const unsigned captured = tvb_captured_length(edt->tvb);
    const uint8_t *bytes = tvb_get_ptr(edt->tvb, 0, (int)captured);
    const uint8_t header[] = { (uint8_t)(tcp->th_sport >> 8),   (uint8_t)tcp->th_sport,
                               (uint8_t)(tcp->th_dport >> 8),   (uint8_t)tcp->th_dport,
                               (uint8_t)(tcp->th_rawseq >> 24), (uint8_t)(tcp->th_rawseq >> 16),
                               (uint8_t)(tcp->th_rawseq >> 8),  (uint8_t)tcp->th_rawseq };

    for (unsigned i = 0; i + tcp->th_hlen + tcp->th_seglen <= captured; i++) {
        if (memcmp(bytes + i, header, sizeof header) == 0)
            return tvb_new_subset_length(edt->tvb, (int)(i + tcp->th_hlen), (int)tcp->th_seglen);
    }
    return NULL;
}

/* Counts the Pings and Pongs of a segment that came late: TCP does not give it to the
 * dissector, but the capture has it. */
static void add_late_segment(stream_t *stream, epan_dissect_t *edt, const tcp_info_t *tcp,
                             unsigned from)
{
    /* Between late ones there may be others that nobody was given. */
    static const trade_record_t late_ping = { .role = TRADE_ROLE_PING,
                                              .flags = TRADE_RECORD_INTERVAL_UNSURE };
    tvbuff_t *payload = tcp->th_have_seglen ? find_payload(edt, tcp) : NULL;
    unsigned offset = 0;

    while (payload) {
        const trade_text_t keyword = trade_find_known_keyword(payload, offset);
        if (!keyword.bytes)
            return;
        const trade_role_t role = trade_get_role(keyword);
        if (role == TRADE_ROLE_PING) {
            add_ping(&stream->sides[from], &late_ping, health.now);
            stream->sides[from].late_pings++;
        } else if (role == TRADE_ROLE_PONG) {
            take_newest(&stream->sides[!from]);
        }
        offset += tvb_get_ntohs(payload, (int)offset + 1);
    }
}

/* ---- The verdict ---- */

/* What is wrong with a connection, and by which side's Pings it shows. */
typedef struct judgement {
    verdict_t verdict;
    unsigned end;    /* the side whose Ping is concerned */
    ping_gap_t gap;  /* or the Ping and the end of the wait for its Pong */
    period_t closed; /* when the other side's window was zero */
    trade_time_t interval;
    bool is_blind;        /* bytes of the end were not seen, in which anything could be */
    sending_t sending;    /* what kept Pings or a Pong from coming */
    unsigned sender;      /* the end that sent it */
    bool is_wait;         /* the gap is the wait for a Pong */
    uint32_t acked_frame; /* in which the Ping without a Pong was acknowledged; 0: not seen */
} judgement_t;

/* Bytes that are looked for: those that were still not acknowledged when something was
 * due, and not long before its time was over. */
typedef struct wanted {
    period_t due;
    trade_time_t latest; /* when they were first sent, at the latest */
    trade_time_t tail;   /* how long before the end they can have been acknowledged */
    unsigned times;      /* how often they were sent, at least */
} wanted_t;

/* Returns how often a side sends Pings: as the preference says, unless it keeps to
 * another interval. */
static trade_time_t get_interval(const side_t *side)
{
    return side->own_interval > 0 ? side->own_interval : trade_exchange_get_interval();
}

/* Returns the index of the first time of a closed window that ends after another time. */
static unsigned find_closed(const GArray *times, trade_time_t start)
{
    unsigned low = 0, high = times->len;

    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        if (g_array_index(times, period_t, middle).end <= start)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Adds those times of a closed window that lie in a period and were not added before. */
static void sum_closed(closed_sum_t *sum, const GArray *times, const period_t *due)
{
    if (sum->from != due->start) {
        const unsigned first = find_closed(times, due->start);
        *sum = (closed_sum_t){ .from = due->start, .next = first, .longest = first };
    }
    for (; sum->next < times->len; sum->next++) {
        const period_t *closed = &g_array_index(times, period_t, sum->next);
        if (closed->start >= due->end)
            return;
        sum->overlap += MIN(closed->end, due->end) - MAX(closed->start, due->start);
        if (get_length(closed) > get_length(&g_array_index(times, period_t, sum->longest)))
            sum->longest = sum->next;
    }
}

/* Returns whether a side's window was zero for at least half of a period; sets
 * *longest to the longest such time that touches it. */
static bool was_closed(const side_t *side, const period_t *due, closed_sum_t *sum,
                       period_t *longest)
{
    const period_t open_end = { side->closed_since, due->end };
    trade_time_t overlap = 0;

    *longest = (period_t){ 0, 0 };
    if (side->closed_times) {
        sum_closed(sum, side->closed_times, due);
        overlap = sum->overlap;
        if (overlap > 0)
            *longest = g_array_index(side->closed_times, period_t, sum->longest);
    }
    if (side->closed && due->end > open_end.start) {
        overlap += due->end - MAX(open_end.start, due->start);
        if (get_length(&open_end) > get_length(longest))
            *longest = open_end;
    }
    return overlap > 0 && overlap * 2 >= get_length(due);
}

/* Takes the worse of two verdicts. */
static void take_worse(judgement_t *worst, const judgement_t *other)
{
    if (other->verdict < worst->verdict)
        *worst = *other;
}

/* Returns whether bytes that waited for their acknowledgement are those looked for. */
static bool is_wanted(const sending_t *sending, const wanted_t *wanted)
{
    return sending->times >= wanted->times && sending->span.start <= wanted->latest &&
           (sending->acked_frame == 0 || (sending->span.end > wanted->due.start &&
                                          wanted->due.end - sending->span.end <= wanted->tail));
}

/* Returns the bytes of a side that are looked for, or NULL. */
static const sending_t *find_sending(const side_t *side, const wanted_t *wanted)
{
    if (is_wanted(&side->sending, wanted))
        return &side->sending;
    if (is_wanted(&side->newest, wanted))
        return &side->newest;
    for (unsigned i = 0; i < side->sending_count; i++) {
        if (is_wanted(&side->sendings[i], wanted))
            return &side->sendings[i];
    }
    return NULL;
}

/* Takes bytes that were not delivered for the cause, if there are any. Returns whether. */
static bool take_sending(judgement_t *found, unsigned sender, const sending_t *sending)
{
    if (!sending)
        return false;
    found->verdict = VERDICT_NOT_DELIVERED;
    found->sending = *sending;
    found->sender = sender;
    return true;
}

/* Returns whether a time without a Ping is due to bytes that were not delivered: those of
 * the side itself, behind which its Pings wait, or those of the other side, which show
 * that nothing comes through; takes them. */
static bool blame_delivery(judgement_t *found, const stream_t *stream, const period_t *due)
{
    const unsigned end = found->end;
    wanted_t wanted = { *due, due->start, found->interval * 3 / 2, UNDELIVERED_MIN };
    const sending_t *sending = find_sending(&stream->sides[end], &wanted);

    if (take_sending(found, end, sending))
        return true;
    wanted.latest = due->start + found->interval;
    sending = find_sending(&stream->sides[!end], &wanted);
    return sending && sending->heard <= due->start && take_sending(found, !end, sending);
}

/* Notes bytes that were sent again and waited for their acknowledgement when a Ping was due. */
static void note_waiting_bytes(judgement_t *found, const side_t *side, const period_t *due)
{
    const wanted_t wanted = { *due, due->start, due->end, 2 };
    const sending_t *sending = find_sending(side, &wanted);

    if (sending)
        found->sending = *sending;
}

/* Judges a time without a Ping of a side. */
static void judge_gap(judgement_t *worst, const stream_t *stream, unsigned end, ping_gap_t *gap)
{
    const trade_time_t interval = get_interval(&stream->sides[end]);
    judgement_t found = { .verdict = VERDICT_OK, .end = end, .gap = *gap, .interval = interval };
    const period_t due = { gap->span.start + interval, gap->span.end };
    const trade_time_t length = gap->span.end - gap->span.start;

    if (length * 2 <= interval * 3)
        return;
    if (was_closed(&stream->sides[!end], &due, &gap->closed, &found.closed))
        found.verdict = VERDICT_PEER_NOT_READING;
    else if (blame_delivery(&found, stream, &due))
        found.verdict = VERDICT_NOT_DELIVERED;
    else if (gap->unsure)
        found.verdict = VERDICT_CAPTURE_HOLE;
    else
        found.verdict = length >= interval * 2 ? VERDICT_PING_MISSING : VERDICT_LATE;
    if (found.verdict == VERDICT_PING_MISSING)
        note_waiting_bytes(&found, &stream->sides[end], &due);
    take_worse(worst, &found);
}

/* Returns the index of the flow that an end sends. */
static unsigned get_direction(const stream_t *stream, unsigned end)
{
    const bool module = stream->connection->stream->module_direction > 0;

    return end == stream->module_end ? module : !module;
}

/* Returns the flow of the dissector's that an end sends. */
static const trade_flow_t *get_flow(const stream_t *stream, unsigned end)
{
    return &stream->connection->stream->flows[get_direction(stream, end)];
}

/* Returns whether the capture has more of what an end sent than TCP gave to the
 * dissector: it halts behind lost bytes where it is told to put segments in order. */
static bool is_halted(const stream_t *stream, unsigned end)
{
    return trade_flow_is_short_of(get_flow(stream, end), stream->sides[end].next);
}

/* Returns whether bytes are missing in which an end's answers to all Pings could be. */
static bool may_have_answered(const stream_t *stream, unsigned asking)
{
    return trade_exchange_may_lack_answers(stream->connection, get_direction(stream, asking)) ||
           stream->sides[!asking].acknowledged > 1 || is_halted(stream, !asking);
}

/* Returns how many Pings of an end are not answered, though nothing is missing. */
static unsigned count_unanswered(const stream_t *stream, unsigned end)
{
    return may_have_answered(stream, end)
               ? 0
               : trade_waiting_count(&stream->sides[end].waiting, get_doubt(&stream->sides[!end]));
}

/* Blames bytes that were not delivered for a missing Pong, if there are any: the Ping's or
 * those before it, or those of the answering side, behind which the Pong waits. */
static void blame_delivery_of_answer(judgement_t *found, const stream_t *stream)
{
    const unsigned end = found->end;
    const period_t due = { found->gap.span.start + found->interval, found->gap.span.end };
    wanted_t wanted = { due, found->gap.span.start, found->interval * 3 / 2, UNDELIVERED_MIN };

    found->is_wait = true;
    if (take_sending(found, end, find_sending(&stream->sides[end], &wanted)))
        return;
    wanted.latest = due.start;
    take_sending(found, !end, find_sending(&stream->sides[!end], &wanted));
}

/* Judges the Pings of a side that have no Pong, by the oldest. */
static void judge_waiting(judgement_t *worst, stream_t *stream, unsigned end, trade_time_t now)
{
    trade_waiting_t *waiting = &stream->sides[end].waiting;
    judgement_t found = { .verdict = VERDICT_PING_UNANSWERED,
                          .end = end,
                          .gap = { .span = { 0, now }, .open = true },
                          .interval = get_interval(&stream->sides[end]) };
    const trade_waiting_ping_t *ping = NULL;

    if (!may_have_answered(stream, end))
        ping = trade_waiting_get_sure(waiting, get_doubt(&stream->sides[!end]));
    if (!ping) {
        ping = trade_waiting_get_oldest(waiting);
        found.verdict = VERDICT_CAPTURE_HOLE;
    }
    /* Where the capture's times go back, it may not be overdue any more. */
    if (!ping || now - ping->sent < found.interval)
        return;
    found.gap.span.start = ping->sent;
    found.acked_frame = ping->acked_frame;
    blame_delivery_of_answer(&found, stream);
    take_worse(worst, &found);
}

/* Judges the Pong that took longest: one that came after more than half of the limit was a
 * near miss. */
static void judge_slowest(judgement_t *worst, const stream_t *stream, unsigned end)
{
    const side_t *side = &stream->sides[end];
    judgement_t found = { .verdict = VERDICT_ANSWERED_LATE,
                          .end = end,
                          .interval = get_interval(side) };

    if (!side->slowest || side->slowest->elapsed * 2 <= found.interval * LIMIT_INTERVALS)
        return;
    found.gap.span = (period_t){ side->slowest_at - side->slowest->elapsed, side->slowest_at };
    take_worse(worst, &found);
}

/* Returns the time without a Ping since a side's last. */
static ping_gap_t *get_last_gap(stream_t *stream, unsigned end, trade_time_t now)
{
    const trade_flow_t *flow = get_flow(stream, end);
    side_t *side = &stream->sides[end];

    side->last_gap.span = (period_t){ side->last_ping, now };
    side->last_gap.unsure =
        flow->losses !=
            trade_exchange_get_losses_at_ping(stream->connection, get_direction(stream, end)) ||
        is_halted(stream, end) || side->acknowledged > 1 || get_doubt(side) > side->doubt_at_ping;
    side->last_gap.open = true;
    return &side->last_gap;
}

/* Returns what TCP holds back of what an end sent, behind bytes that were not captured. */
static const trade_held_t *get_held(const stream_t *stream, unsigned end)
{
    return &get_flow(stream, end)->held;
}

/* Judges what nothing was found wrong with: a capture that lacks bytes cannot tell. */
static void judge_blindness(judgement_t *worst, const stream_t *stream)
{
    for (unsigned end = 0; end < 2; end++) {
        const judgement_t found = { .verdict = VERDICT_CAPTURE_HOLE, .end = end, .is_blind = true };
        if (get_held(stream, end)->bytes > 0 ||
            (worst->verdict == VERDICT_IDLE && get_doubt(&stream->sides[end]) > 0))
            take_worse(worst, &found);
    }
}

/* Judges a connection as it stands at a time. */
static judgement_t judge(stream_t *stream, trade_time_t now)
{
    judgement_t worst = { .verdict = VERDICT_OK };

    if (stream->sides[0].pings + stream->sides[1].pings < 2)
        worst.verdict = VERDICT_IDLE;
    for (unsigned end = 0; end < 2; end++) {
        side_t *side = &stream->sides[end];
        if (side->pings == 0 || worst.verdict == VERDICT_IDLE)
            continue;
        for (unsigned i = 0; i < side->longest_count; i++)
            judge_gap(&worst, stream, end, &side->longest[i]);
        judge_gap(&worst, stream, end, get_last_gap(stream, end, now));
        judge_waiting(&worst, stream, end, now);
        judge_slowest(&worst, stream, end);
    }
    judge_blindness(&worst, stream);
    return worst;
}

/* Returns what ended a time without a Ping, after "until "; g_free() it. */
static char *format_until(const stream_t *stream, const ping_gap_t *gap)
{
    char *who = NULL, *when = NULL, *text = NULL;

    if (!gap->open) {
        when = format_time(gap->span.end);
        text = g_strdup_printf("one did at %s", when);
        g_free(when);
        return text;
    }
    if (stream->ending == ENDING_NONE)
        return g_strdup("the end of the capture");
    when = format_time(stream->ended);
    if (stream->ending == ENDING_REUSED) {
        text = g_strdup_printf("the SYN of the next connection of the same ends at %s", when);
        g_free(when);
        return text;
    }
    who = format_who(stream, stream->ended_by);
    text = g_strdup_printf("%s %s the connection at %s", who,
                           stream->ending == ENDING_RST ? "reset" : "closed", when);
    g_free(who);
    g_free(when);
    return text;
}

/* Returns the sentence about a closed window; g_free() it. */
static char *explain_not_reading(const stream_t *stream, const judgement_t *found)
{
    char *asking = format_who(stream, found->end), *peer = format_who(stream, !found->end);
    char *last = format_time(found->gap.span.start);
    char *due = format_time(found->gap.span.start + found->interval);
    char *since = format_time(found->closed.start);
    char *until = format_until(stream, &found->gap);
    char *text = g_strdup_printf(
        "%s sent a Ping at %s; the next was due at %s and could not leave: %s did not read, its "
        "TCP "
        "window was 0 from %s on, for %.3f s. No Ping left for %.3f s, until %s.",
        asking, last, due, peer, since, get_seconds(found->closed.end - found->closed.start),
        get_seconds(found->gap.span.end - found->gap.span.start), until);

    g_free(asking);
    g_free(peer);
    g_free(last);
    g_free(due);
    g_free(since);
    g_free(until);
    return text;
}

/* Returns how often bytes were sent and whether they were acknowledged at all; g_free() it. */
static char *describe_sending(const stream_t *stream, const judgement_t *found)
{
    const sending_t *sending = &found->sending;
    char *sender = format_who(stream, found->sender), *peer = format_who(stream, !found->sender);
    char *first = format_time(sending->span.start), *acked = NULL, *text = NULL;

    if (sending->acked_frame == 0) {
        acked = g_strdup_printf("%s acknowledged none of them", peer);
    } else {
        char *when = format_time(sending->span.end);
        acked = g_strdup_printf("%s did not acknowledge them until %s (frame %u)", peer, when,
                                sending->acked_frame);
        g_free(when);
    }
    text = g_strdup_printf("%s sent %s of %s (frame %u) %u times in %.3f s, and %s", sender,
                           sending->is_ping ? "its Ping" : "its bytes", first, sending->frame,
                           sending->times, get_seconds(sending->last - sending->span.start), acked);
    g_free(sender);
    g_free(peer);
    g_free(first);
    g_free(acked);
    return text;
}

/* Returns the sentence about bytes that were not delivered; g_free() it. */
static char *explain_not_delivered(const stream_t *stream, const judgement_t *found)
{
    char *what = describe_sending(stream, found), *until = format_until(stream, &found->gap);
    char *asking = format_who(stream, found->end), *host = format_who(stream, !found->sender);
    char *heard = format_time(found->sending.heard), *text = NULL;
    const double length = get_seconds(get_length(&found->gap.span));

    if (found->is_wait)
        text = g_strdup_printf("%s: they, or the acknowledgements, were lost on the way, or the "
                               "host of %s did not take them. No Pong for the Ping of %s came for "
                               "%.3f s, until %s.",
                               what, host, asking, length, until);
    else if (found->sender == found->end)
        text = g_strdup_printf("%s: they, or the acknowledgements, were lost on the way, or the "
                               "host of %s did not take them. No other Ping of %s came for %.3f s, "
                               "until %s.",
                               what, host, asking, length, until);
    else
        text = g_strdup_printf("%s: from %s on, nothing of %s reached this capture point, not even "
                               "an acknowledgement. They were lost on the way, or what it sent "
                               "was, or its host is gone: whether it sent Pings is not known. None "
                               "came for %.3f s, until %s.",
                               what, heard, asking, length, until);
    g_free(what);
    g_free(until);
    g_free(asking);
    g_free(host);
    g_free(heard);
    return text;
}

/* Returns what is known of a time without Pings where nothing is missing; g_free() it. */
static char *describe_silence(const stream_t *stream, const judgement_t *found)
{
    static const char seen[] = "the window of the other side was open and the capture is whole";
    const char *waiting = "";
    char *until = NULL, *text = NULL;

    if (found->verdict == VERDICT_LATE) {
        until = format_until(stream, &found->gap);
        text = found->gap.open ? g_strdup_printf("%s: no Ping came until %s", seen, until)
                               : g_strdup_printf("%s: it was sent late", seen);
        g_free(until);
        return text;
    }
    if (found->sending.times > 0)
        return g_strdup_printf("%s: none reached this capture point; bytes of frame %u, sent %u "
                               "times, waited for an acknowledgement meanwhile",
                               seen, found->sending.frame, found->sending.times);
    if (stream->sides[found->end].acked)
        waiting = ", and nothing that was sent again waited for an acknowledgement";
    return g_strdup_printf("%s: none reached this capture point%s", seen, waiting);
}

/* Returns the sentence about a time without Pings; g_free() it. */
static char *explain_gap(const stream_t *stream, const judgement_t *found)
{
    char *meaning = NULL;
    char *asking = format_who(stream, found->end);
    char *start = format_time(found->gap.span.start), *end = format_time(found->gap.span.end);
    char *text = NULL;

    if (found->verdict == VERDICT_PING_MISSING || found->verdict == VERDICT_LATE)
        meaning = describe_silence(stream, found);
    else
        meaning = g_strdup("but bytes in which one could be are missing in the capture: it cannot "
                           "tell");
    text = g_strdup_printf("%s sends a Ping every %.3f s, but none between %s and %s (%.3f s); %s.",
                           asking, get_seconds(found->interval), start, end,
                           get_seconds(found->gap.span.end - found->gap.span.start), meaning);
    g_free(meaning);
    g_free(asking);
    g_free(start);
    g_free(end);
    return text;
}

/* Returns what is known of a Ping without a Pong; g_free() it. */
static char *describe_wait(const stream_t *stream, const judgement_t *found)
{
    char *peer = NULL, *text = NULL;

    if (found->verdict == VERDICT_CAPTURE_HOLE)
        return g_strdup(
            "but bytes in which it could be are missing in the capture: it cannot tell");
    if (found->acked_frame == 0)
        return g_strdup("the capture of the answering side is whole, but no acknowledgement of the "
                        "Ping was seen");
    peer = format_who(stream, !found->end);
    text = g_strdup_printf("the TCP of %s acknowledged it (frame %u): the network carried it, the "
                           "program did not answer; the capture of the answering side is whole",
                           peer, found->acked_frame);
    g_free(peer);
    return text;
}

/* Returns the sentence about a Ping without a Pong; g_free() it. */
static char *explain_unanswered(const stream_t *stream, const judgement_t *found)
{
    char *meaning = describe_wait(stream, found);
    char *asking = format_who(stream, found->end), *peer = format_who(stream, !found->end);
    char *sent = format_time(found->gap.span.start), *until = format_until(stream, &found->gap);
    char *text =
        g_strdup_printf("%s had no Pong from %s for its Ping of %s within %.3f s, until "
                        "%s; %s.",
                        asking, peer, sent,
                        get_seconds(found->gap.span.end - found->gap.span.start), until, meaning);

    g_free(meaning);
    g_free(asking);
    g_free(peer);
    g_free(sent);
    g_free(until);
    return text;
}

/* Returns the sentence about a Pong that came late; g_free() it. */
static char *explain_answered_late(const stream_t *stream, const judgement_t *found)
{
    const trade_record_t *pong = stream->sides[found->end].slowest;
    char *asking = format_who(stream, found->end), *peer = format_who(stream, !found->end);
    char *sent = format_time(found->gap.span.start), *came = format_time(found->gap.span.end);
    char *text = g_strdup_printf(
        "A Pong of %s came %.3f s after the Ping of %s, sent at %s (frame %u): at %s (frame %u). "
        "The limit is three intervals, %.3f s.",
        peer, get_seconds(get_length(&found->gap.span)), asking, sent, pong->peer_frame, came,
        pong->frame, get_seconds(found->interval * LIMIT_INTERVALS));

    g_free(asking);
    g_free(peer);
    g_free(sent);
    g_free(came);
    return text;
}

/* Returns the sentence about bytes that were not seen; g_free() it. */
static char *explain_blindness(const stream_t *stream, const judgement_t *found)
{
    const side_t *side = &stream->sides[found->end];
    const trade_held_t *held = get_held(stream, found->end);
    char *who = format_who(stream, found->end), *since = NULL, *text = NULL;

    if (held->bytes == 0) {
        text = g_strdup_printf("Fewer than two Pings were seen, but of what %s sent %" PRIu64
                               " bytes are missing in the capture and %u segments are cut: it "
                               "cannot tell.",
                               who, get_missing(side), side->cuts);
    } else {
        since = format_time(held->since);
        text =
            g_strdup_printf("TCP holds back %" PRIu64 " bytes of %s from %s on (frame %u), behind "
                            "bytes that are missing in the capture: what is in them is not "
                            "known. Switch its preference \"Reassemble out-of-order segments\" "
                            "off.",
                            held->bytes, who, since, held->frame);
    }
    g_free(who);
    g_free(since);
    return text;
}

/* Returns the sentence beside a verdict; g_free() it. */
static char *explain(const stream_t *stream, const judgement_t *found)
{
    if (found->verdict == VERDICT_OK || found->verdict == VERDICT_IDLE)
        return g_strdup("");
    if (found->is_blind)
        return explain_blindness(stream, found);
    if (found->verdict == VERDICT_PEER_NOT_READING)
        return explain_not_reading(stream, found);
    if (found->verdict == VERDICT_ANSWERED_LATE)
        return explain_answered_late(stream, found);
    if (found->verdict == VERDICT_NOT_DELIVERED)
        return explain_not_delivered(stream, found);
    /* A time without a Ping is a hole only where it is unsure. */
    if (found->verdict == VERDICT_PING_UNANSWERED ||
        (found->verdict == VERDICT_CAPTURE_HOLE && !found->gap.unsure))
        return explain_unanswered(stream, found);
    return explain_gap(stream, found);
}

/* ---- The table ---- */

static stat_tap_table_item columns[COLUMNS] = {
    [COLUMN_STREAM] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Stream", "%u" },
    [COLUMN_MODULE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module", "%s" },
    [COLUMN_VERDICT] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Verdict", "%s" },
    [COLUMN_CAUSE] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Cause", "%s" },
    [COLUMN_MODULE_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module endpoint", "%s" },
    [COLUMN_MULTIPLEXER_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Multiplexer endpoint", "%s" },
    [COLUMN_MODULE_PINGS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Module's Pings", "%u" },
    [COLUMN_MODULE_ANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "answered", "%u" },
    [COLUMN_MODULE_UNANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "unanswered", "%u" },
    [COLUMN_MULTIPLEXER_PINGS] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Multiplexer's Pings", "%u" },
    [COLUMN_MULTIPLEXER_ANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "answered", "%u" },
    [COLUMN_MULTIPLEXER_UNANSWERED] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "unanswered", "%u" },
    [COLUMN_RESPONSE_MIN] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Response min (ms)", "%.3f" },
    [COLUMN_RESPONSE_AVERAGE] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "avg (ms)", "%.3f" },
    [COLUMN_RESPONSE_MAX] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "max (ms)", "%.3f" },
    [COLUMN_LONGEST_GAP] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Longest gap between Pings", "%s" },
    [COLUMN_SEND_DELAY] = { TABLE_ITEM_FLOAT, TAP_ALIGN_RIGHT, "Max send delay (ms)", "%.3f" },
    [COLUMN_MODULE_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Module's window zero", "%s" },
    [COLUMN_MULTIPLEXER_CLOSED] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Multiplexer's window zero",
                                    "%s" },
    [COLUMN_MISSING] = { TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Missing bytes", "%u" },
    [COLUMN_END] = { TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "End", "%s" }
};

static void set_uint(const stream_t *stream, unsigned column, unsigned value)
{
    stat_tap_get_field_data(health.table, stream->row, column)->value.uint_value = value;
}

static void set_float(const stream_t *stream, unsigned column, double value)
{
    stat_tap_get_field_data(health.table, stream->row, column)->value.float_value = value;
}

/* Takes over the text. */
static void set_text(stream_t *stream, unsigned column, char *text)
{
    g_free(stream->text[column]);
    stream->text[column] = text;
    stat_tap_get_field_data(health.table, stream->row, column)->value.string_value = text;
}

/* Writes the Pings of one side. */
static void set_pings(const stream_t *stream, unsigned end, unsigned first_column)
{
    set_uint(stream, first_column, stream->sides[end].pings);
    set_uint(stream, first_column + 1, stream->sides[end].answered);
    set_uint(stream, first_column + 2, count_unanswered(stream, end));
}

/* Writes response times and send delays of both sides. */
static void set_times(const stream_t *stream)
{
    const side_t *one = &stream->sides[0], *other = &stream->sides[1];
    const unsigned count = one->responses + other->responses;
    int64_t min = one->response_min;

    if (one->responses == 0 || (other->responses > 0 && other->response_min < min))
        min = other->response_min;
    set_float(stream, COLUMN_RESPONSE_MIN, (double)min / 1e6);
    set_float(stream, COLUMN_RESPONSE_AVERAGE,
              count > 0 ? (double)(one->response_sum + other->response_sum) / 1e6 / count : 0);
    set_float(stream, COLUMN_RESPONSE_MAX,
              (double)MAX(one->response_max, other->response_max) / 1e6);
    set_float(stream, COLUMN_SEND_DELAY, (double)MAX(one->send_delay, other->send_delay) / 1e3);
}

/* Writes the longest time without a Ping of either side, the last one included. */
static void set_longest_gap(stream_t *stream, trade_time_t now)
{
    period_t longest = { 0, 0 };
    unsigned longest_end = 0;
    char *who = NULL, *when = NULL;

    for (unsigned end = 0; end < 2; end++) {
        const side_t *side = &stream->sides[end];
        period_t gap = { side->last_ping, now };
        if (side->pings == 0)
            continue;
        if (side->longest_count > 0 &&
            side->longest[0].span.end - side->longest[0].span.start > gap.end - gap.start)
            gap = side->longest[0].span;
        if (gap.end - gap.start > longest.end - longest.start) {
            longest = gap;
            longest_end = end;
        }
    }
    if (longest.end == 0) {
        set_text(stream, COLUMN_LONGEST_GAP, g_strdup("-"));
        return;
    }
    /* Formatting it takes half of what a row does, and it seldom changes. */
    if (longest.start == stream->gap_shown.start && longest.end == stream->gap_shown.end)
        return;
    stream->gap_shown = longest;
    who = longest_end == stream->module_end ? format_module(stream) : g_strdup("Multiplexer");
    when = format_time(longest.start);
    set_text(stream, COLUMN_LONGEST_GAP,
             g_strdup_printf("%.3f s from %s (%s)", get_seconds(longest.end - longest.start), when,
                             who));
    g_free(who);
    g_free(when);
}

/* Writes how long a side's window was zero in all, and since when. */
static void set_closed(stream_t *stream, unsigned end, unsigned column, trade_time_t now)
{
    const side_t *side = &stream->sides[end];
    trade_time_t since = side->closed_since, total = side->closed_total;
    char *when = NULL;

    if (side->closed)
        total += now - side->closed_since;
    if (!side->closed && !side->closed_times) {
        set_text(stream, column, g_strdup("-"));
        return;
    }
    if (side->closed_times)
        since = g_array_index(side->closed_times, period_t, 0).start;
    when = format_time(since);
    set_text(stream, column, g_strdup_printf("%.3f s since %s", get_seconds(total), when));
    g_free(when);
}

static void set_end(stream_t *stream)
{
    char *who = NULL, *when = NULL;

    if (stream->ending == ENDING_NONE) {
        set_text(stream, COLUMN_END, g_strdup("open"));
        return;
    }
    when = format_time(stream->ended);
    if (stream->ending == ENDING_REUSED) {
        set_text(stream, COLUMN_END, g_strdup_printf("SYN of the next connection at %s", when));
        g_free(when);
        return;
    }
    who = stream->ended_by == stream->module_end ? format_module(stream) : g_strdup("Multiplexer");
    set_text(
        stream, COLUMN_END,
        g_strdup_printf("%s by %s at %s", stream->ending == ENDING_RST ? "RST" : "FIN", who, when));
    g_free(who);
    g_free(when);
}

/* Returns whether more is known of the module than its row says. */
static bool is_module_news(const stream_t *stream)
{
    return !stream->text[COLUMN_MODULE] || stream->module_shown != stream->connection->module ||
           stream->id_shown != stream->connection->has_module_id;
}

/* Brings a row up to date. */
static void write_row(stream_t *stream)
{
    const trade_time_t now = stream->ending == ENDING_NONE ? health.now : stream->ended;
    for (unsigned end = 0; end < 2; end++)
        trade_waiting_set_time(&stream->sides[end].waiting, now, get_interval(&stream->sides[end]));
    const judgement_t found = judge(stream, now);
    const uint64_t missing = get_missing(&stream->sides[0]) + get_missing(&stream->sides[1]);

    if (is_module_news(stream)) {
        stream->module_shown = stream->connection->module;
        stream->id_shown = stream->connection->has_module_id;
        stream->gap_shown = (period_t){ 0, 0 }; /* it names the module */
        set_text(stream, COLUMN_MODULE, format_module(stream));
    }
    set_text(stream, COLUMN_VERDICT, g_strdup(verdict_words[found.verdict]));
    set_text(stream, COLUMN_CAUSE, explain(stream, &found));
    set_pings(stream, stream->module_end, COLUMN_MODULE_PINGS);
    set_pings(stream, !stream->module_end, COLUMN_MULTIPLEXER_PINGS);
    set_times(stream);
    set_longest_gap(stream, now);
    set_closed(stream, stream->module_end, COLUMN_MODULE_CLOSED, now);
    set_closed(stream, !stream->module_end, COLUMN_MULTIPLEXER_CLOSED, now);
    set_uint(stream, COLUMN_MISSING, (unsigned)MIN(missing, UINT_MAX));
    set_end(stream);
}

/* Notes what the packet, and what the dissector made of it, says of the Pings that wait. */
static void update_waiting(stream_t *stream)
{
    for (unsigned end = 0; end < 2; end++) {
        trade_waiting_t *waiting = &stream->sides[end].waiting;
        trade_waiting_set_doubt(waiting, get_doubt(&stream->sides[!end]));
        trade_waiting_find_lost(waiting, trade_exchange_get_answer_losses(
                                             stream->connection, get_direction(stream, end)));
    }
}

/* Gives a stream a row, now that it is known to have TRADE. */
static void add_row(stream_t *stream, const trade_connection_t *connection)
{
    const trade_multiplexer_t *multiplexer = connection->multiplexer;
    stat_tap_table_item_type items[COLUMNS] = { 0 };

    stream->connection = connection;
    stream->module_end = stream->port[0] == multiplexer->port &&
                         addresses_equal(&stream->addr[0], &multiplexer->addr);
    stream->row = health.row_count++;
    for (unsigned i = 0; i < COLUMNS; i++) {
        items[i].type = columns[i].type;
        if (columns[i].type == TABLE_ITEM_STRING)
            items[i].value.string_value = "";
    }
    items[COLUMN_STREAM].value.uint_value = stream->number;
    stat_tap_init_table_row(health.table, stream->row, COLUMNS, items);
    set_text(stream, COLUMN_MODULE_END, format_end(stream, stream->module_end));
    set_text(stream, COLUMN_MULTIPLEXER_END, format_end(stream, !stream->module_end));
}

static void free_stream(void *data)
{
    stream_t *stream = (stream_t *)data;

    for (unsigned end = 0; end < 2; end++) {
        if (stream->sides[end].closed_times)
            g_array_free(stream->sides[end].closed_times, true);
        trade_waiting_free(&stream->sides[end].waiting);
        free_address(&stream->addr[end]);
    }
    for (unsigned i = 0; i < COLUMNS; i++)
        g_free(stream->text[i]);
    g_free(stream);
}

/* Returns a hash of a stream's two ends, in whichever order. */
static guint hash_ends(const void *key)
{
    const stream_t *stream = (const stream_t *)key;

    return add_address_to_hash(stream->port[0], &stream->addr[0]) +
           add_address_to_hash(stream->port[1], &stream->addr[1]);
}

/* Returns whether two streams have the same ends, in whichever order. */
static gboolean have_same_ends(const void *a, const void *b)
{
    const stream_t *one = (const stream_t *)a, *other = (const stream_t *)b;
    const unsigned first =
        one->port[0] != other->port[0] || !addresses_equal(&one->addr[0], &other->addr[0]);

    return one->port[0] == other->port[first] && one->port[1] == other->port[!first] &&
           addresses_equal(&one->addr[0], &other->addr[first]) &&
           addresses_equal(&one->addr[1], &other->addr[!first]);
}

/* Ends the connection before that of a new stream: a SYN of the same ends shows that it is
 * over, though neither closed it where it was captured. */
static void end_former(stream_t *stream, const tcp_info_t *tcp)
{
    stream_t *former = (stream_t *)g_hash_table_lookup(health.by_ends, stream);

    g_hash_table_replace(health.by_ends, stream, stream);
    if (!former || former->ending != ENDING_NONE || !(tcp->th_flags & TH_SYN))
        return;
    former->ending = ENDING_REUSED;
    former->ended = health.now;
    if (former->connection)
        write_row(former);
}

/* Returns what is kept of a TCP stream, made where it is new. */
static stream_t *get_stream(const tcp_info_t *tcp)
{
    stream_t *stream =
        (stream_t *)g_hash_table_lookup(health.streams, GUINT_TO_POINTER(tcp->th_stream));

    if (!stream) {
        stream = g_new0(stream_t, 1);
        stream->number = tcp->th_stream;
        copy_address(&stream->addr[0], &tcp->ip_src);
        copy_address(&stream->addr[1], &tcp->ip_dst);
        stream->port[0] = tcp->th_sport;
        stream->port[1] = tcp->th_dport;
        g_hash_table_insert(health.streams, GUINT_TO_POINTER(tcp->th_stream), stream);
        end_former(stream, tcp);
    }
    return stream;
}

/* Brings all connections up to date, since time passed for them too, but for those that
 * have ended; the more there are, the more rarely. */
static void sweep(void)
{
    const trade_time_t pause = SECOND * (1 + health.live->len / 100);

    health.sweepable += SWEEP_ROWS_A_PACKET;
    if ((health.now - health.swept < pause && health.now >= health.swept) ||
        health.live->len > health.sweepable)
        return;
    health.swept = health.now;
    health.sweepable -= health.live->len;
    for (unsigned i = health.live->len; i > 0; i--) {
        stream_t *stream = (stream_t *)g_ptr_array_index(health.live, i - 1);
        write_row(stream);
        stream->live = stream->ending == ENDING_NONE;
        if (!stream->live)
            g_ptr_array_remove_index_fast(health.live, i - 1);
    }
}

/* Has a row be brought up to date when time has passed. */
static void add_live(stream_t *stream)
{
    if (!stream->live)
        g_ptr_array_add(health.live, stream);
    stream->live = true;
}

static tap_packet_status tap_health(void *tapdata _U_, packet_info *pinfo, epan_dissect_t *edt _U_,
                                    const void *data, tap_flags_t flags _U_)
{
    const tcp_info_t *tcp = (const tcp_info_t *)data;
    health.now = trade_get_time(pinfo);
    stream_t *stream = get_stream(tcp);
    const unsigned from =
        tcp->th_sport != stream->port[0] || !addresses_equal(&tcp->ip_src, &stream->addr[0]);
    bool news = false, late = false;

    late = count_bytes(&stream->sides[from], tcp);
    if (pinfo->fd->cap_len < pinfo->fd->pkt_len && tcp->th_have_seglen && tcp->th_seglen > 0)
        stream->sides[from].cuts++;
    if (tcp->th_flags & TH_ACK)
        count_acknowledged(&stream->sides[!from], tcp->th_ack);
    news |= watch_deliveries(stream, tcp, from, pinfo->num);
    news |= watch_window(&stream->sides[from], tcp, health.now);
    news |= watch_end(stream, tcp, from, health.now);
    if (!stream->connection) {
        const trade_connection_t *connection = trade_connection_find(tcp->th_stream);
        if (!connection || connection->stream->first_frame > pinfo->num) {
            sweep();
            return TAP_PACKET_REDRAW;
        }
        add_row(stream, connection);
        news = true;
    }
    news |= is_module_news(stream) || get_held(stream, from)->bytes > 0;
    update_waiting(stream);
    add_live(stream);
    if ((tcp->th_flags & TH_ACK) && !(tcp->th_flags & TH_RST))
        trade_waiting_acknowledge(&stream->sides[!from].waiting, tcp->th_ack, pinfo->num);
    if (add_records(stream, pinfo->num, from, health.now))
        news = true;
    else if (late)
        add_late_segment(stream, edt, tcp, from);
    if (news)
        write_row(stream);
    sweep();
    return TAP_PACKET_REDRAW;
}

/* Makes the table empty. */
static void reset_health(stat_tap_table *table)
{
    /* The rows' texts go with the streams. */
    for (unsigned i = 0; table && i < table->num_elements; i++)
        g_free(table->elements[i]);
    if (table)
        table->num_elements = 0;
    g_hash_table_remove_all(health.by_ends);
    g_hash_table_remove_all(health.streams);
    g_ptr_array_set_size(health.live, 0);
    health.row_count = 0;
    health.sweepable = SWEEP_ROWS;
    health.swept = 0;
}

/* Opens the table, or makes it empty when it is opened again. */
static void init_health(stat_tap_table_ui *ui)
{
    static const char title[] = "TRADE connections";
    stat_tap_table *table = stat_tap_find_table(ui, title);

    if (!health.streams) {
        health.streams = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, free_stream);
        health.by_ends = g_hash_table_new(hash_ends, have_same_ends);
        health.live = g_ptr_array_new();
    }
    reset_health(table);
    if (table) {
        if (ui->stat_tap_reset_table_cb)
            ui->stat_tap_reset_table_cb(table);
    } else {
        table = stat_tap_init_table(title, COLUMNS, 0, NULL);
        stat_tap_add_table(ui, table);
    }
    health.table = table;
}

void trade_health_register(void)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };
    static stat_tap_table_ui ui = { .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
                                    .title = "TRADE Health",
                                    .tap_name = "tcp",
                                    .cli_string = "trade,health",
                                    .stat_tap_init_cb = init_health,
                                    .packet_func = tap_health,
                                    .stat_tap_reset_table_cb = reset_health,
                                    .nfields = COLUMNS,
                                    .fields = columns,
                                    .nparams = array_length(parameters),
                                    .params = parameters };

    register_stat_tap_table_ui(&ui);
}
