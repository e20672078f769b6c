/* flow.h
 * What belongs together in a capture: connections, their two directions, and
 * the names that greetings teach.
 *
 * State is written on the first pass only and looked up, by frame and sequence
 * number, on every later one. All of it lives in wmem_file_scope(): until the
 * capture file is closed or dissected anew. What is kept:
 *
 *   trade_multiplexer_t  one for each address and port that modules connect to
 *   trade_connection_t   one for each TCP connection with TRADE in it
 *   trade_mark_t         one for each place that differs from "the next PDU begins
 *                        here, and its header says how long it is": at most one for
 *                        each TCP segment, each gap that a PDU tells of, and each
 *                        piece that is no PDU; none on a healthy stream but for
 *                        the greeting, and the rest of a payload shown in pieces
 *   hole                 TRADE_HOLES_MAX in each direction, the oldest forgotten
 *   outstanding request  TRADE_OUTSTANDING_MAX of Pings and of Roundtrips in each direction
 *   connections met      16 384 pointers, so that most calls need not ask Wireshark for
 *                        their conversation
 *   learned name         TRADE_NAMES_MAX on each Multiplexer: one for each change of
 *                        a module id's name
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_FLOW_H
#define TRADE_STREAM_FLOW_H

#include <epan/conversation.h>
#include <epan/dissectors/packet-tcp.h>

#include "packet-trade.h"
#include "stream/framing.h"

/* So many holes are remembered in each direction, to be closed by late bytes. */
#define TRADE_HOLES_MAX 16
/* Most outstanding requests that are remembered in each direction: of older ones nothing
 * is claimed. */
#define TRADE_OUTSTANDING_MAX 16384
/* So many names are learned from greetings on each Multiplexer. */
#define TRADE_NAMES_MAX 1024

/* Nanoseconds since 1970, as captured. */
typedef int64_t trade_time_t;

/* Returns when the packet was captured. */
static inline trade_time_t trade_get_time(const packet_info *pinfo)
{
    return (trade_time_t)pinfo->abs_ts.secs * 1000000000 + pinfo->abs_ts.nsecs;
}

/* Bytes that are missing before a PDU. */
typedef struct trade_gap {
    uint32_t bytes; /* 0: none */
    bool is_bound;  /* bytes is the most that can be missing */
} trade_gap_t;

/* Bytes of the stream that were not given to us. First pass only. */
typedef struct trade_hole {
    uint32_t start; /* sequence number of the first byte missing */
    uint32_t end;   /* and of the first after the hole */
    uint32_t owed;  /* bytes from start on that belong to a PDU already shown */
    bool clean;     /* a PDU begins behind them */
    uint32_t bytes; /* what the hole adds to the gap that a PDU tells of */
    unsigned told;  /* index of that PDU's mark; UINT_MAX: no PDU has told of it */
} trade_hole_t;

/* A request that waits for its answer. First pass only; freed when it is answered. */
typedef struct trade_request {
    const struct trade_outstanding *list; /* that it is on */
    struct trade_request *older;
    struct trade_request *newer;
    /* Among those with the same clock; of those without one, among those of the same
     * trade_outstanding_t.plain */
    struct trade_request *older_alike;
    struct trade_request *newer_alike;
    struct trade_request *other_end; /* of a row of requests with the same clock, in the first
                                        and the last: the last and the first */
    uint32_t record;                 /* its index, see analysis/exchange.h */
    bool has_clock;
    uint64_t clock;
    trade_time_t sent;
} trade_request_t;

/* The ends of a list of requests in the order in which they were sent. First pass only. */
typedef struct trade_request_list {
    trade_request_t *oldest; /* NULL: none */
    trade_request_t *newest;
} trade_request_list_t;

/* The outstanding requests of a kind in one direction. First pass only. */
typedef struct trade_outstanding {
    trade_request_list_t all;
    trade_request_list_t plain[2]; /* without a clock; [1]: their answers may be missing */
    trade_request_t *untold;       /* the oldest of which no PDU told that it is not answered */
    unsigned count;
    unsigned unsure; /* trade_flow_t.unsure of the answers' direction: up to that count
                        the requests whose answers may be missing are known */
} trade_outstanding_t;

/* How many Pongs are remembered whose Ping may be captured after them. */
#define TRADE_EARLY_MAX 4

/* A Pong that no Ping was seen for: two taps, or a mirror port, may capture it first. First pass
 * only. */
typedef struct trade_early_pong {
    uint32_t record; /* its index, see analysis/exchange.h */
    bool has_clock;
    uint64_t clock;
    trade_time_t sent;
} trade_early_pong_t;

struct trade_clock; /* see analysis/clock.h */

/* Who sends PDUs of a kind, as long as it is always the same, by the calls whose PDUs are
 * beyond doubt: in data that looks like PDUs, others may seem to. First pass only. */
typedef struct trade_sender {
    uint8_t id;
    uint8_t count; /* of calls, no more than are needed to believe it */
    bool is_several;
} trade_sender_t;

/* What TCP holds back of a direction behind bytes that were not captured. */
typedef struct trade_held {
    uint64_t bytes;     /* 0: nothing */
    uint32_t frame;     /* of the first segment held back */
    trade_time_t since; /* its time */
} trade_held_t;

/* One direction of a connection. Lives in its connection; all but the marks is
 * of use on the first pass only. */
typedef struct trade_flow {
    wmem_array_t *marks;    /* the session's, by frame; NULL while there is none */
    unsigned mark_hint;     /* index of the mark that was found last */
    uint32_t doubtful_from; /* the flow is doubtful after this frame; 0: it is not */
    bool seen;              /* bytes of this direction were given to us */
    bool start_known;       /* from the first byte that was sent */
    bool is_closed;         /* by a FIN */
    bool in_sync;           /* a PDU begins at next_seq, or where the owed bytes end */
    bool is_cut;            /* the snapshot length cut off what ends there */
    trade_sender_t control_sender;
    uint32_t next_seq;        /* of the first byte not yet given to us */
    uint32_t kept;            /* TCP keeps so many bytes before next_seq, of a PDU not complete */
    uint32_t left;            /* bytes of that PDU still to come; 0: not known */
    trade_trust_t kept_trust; /* of the first of the kept bytes */
    uint32_t owed;            /* bytes from next_seq on that belong to a PDU already shown */
    trade_gap_t gap;          /* missing, and not yet told on a PDU */
    trade_hole_t *holes;      /* TRADE_HOLES_MAX; NULL: there was none so far */
    unsigned hole_count;
    trade_held_t held; /* since TCP gave something last; as the first pass left it */
    unsigned unsure;   /* how often bytes were missing or made no sense: PDUs may have been there */

    trade_outstanding_t pings;
    trade_outstanding_t roundtrips;
    bool pinged;                /* a Ping was seen */
    trade_time_t last_ping;     /* when */
    trade_time_t last_interval; /* between that and the one before; 0: there was none */
    trade_early_pong_t early[TRADE_EARLY_MAX]; /* Pongs that answered no Ping of this flow so far */
    unsigned early_count;      /* of these there were so many, the oldest forgotten */
    unsigned ping_unsure;      /* unsure at that time; 0 before the first Ping */
    struct trade_clock *clock; /* its sender's; NULL: none was seen */
} trade_flow_t;

/* A name that a greeting gave. File scope. */
typedef struct trade_name {
    struct trade_name *older;
    uint32_t frame; /* of the greeting: the name holds from here on */
    uint8_t id;
    const char *name;
} trade_name_t;

/* An address and port that modules connect to. File scope. */
typedef struct trade_multiplexer {
    address addr;
    uint32_t port;
    trade_name_t *names; /* that greetings taught, the newest first */
    unsigned name_count;
    struct trade_clock *clock; /* all its connections share one; NULL: none was seen */
    wmem_map_t *modules;       /* trade_connection_t, the newest, by name of its module */
    wmem_map_t *clients;       /* see analysis/client.h; by connection id */
} trade_multiplexer_t;

/* A Ping of the Multiplexer and its Pong. First pass only. */
typedef struct trade_measured {
    uint32_t ping_frame; /* 0: none, or a report has told of it */
    uint32_t pong_frame;
    trade_time_t pong_time;
    trade_time_t wire; /* between them, in ns */
} trade_measured_t;

/* One of the two ends of a TCP connection. */
typedef struct trade_end {
    address addr;
    uint32_t port;
} trade_end_t;

/* A TCP connection with TRADE in it. File scope. */
typedef struct trade_connection {
    const conversation_t *conversation;
    const struct tcp_analysis *tcp; /* what TCP knows of it */
    trade_end_t ends[2];
    trade_multiplexer_t *multiplexer;
    uint32_t stream;            /* tcp.stream */
    uint32_t first_frame;       /* that TRADE's dissector took; 0: none so far */
    bool is_replaced;           /* by a newer connection of the same module. First pass only */
    uint32_t trial_bytes;       /* that were followed silently, */
    unsigned trial_ends;        /* and how many small segments, which often end with a PDU */
    bool late;                  /* was recognised in its middle */
    trade_sender_t data_sender; /* in both directions */
    int module_direction;       /* index of the flow that the module sends; -1: not known */
    const char *module;         /* its name by greeting or PDU; NULL: not known */
    uint32_t module_named;      /* the frame that told the name */
    uint8_t module_id;
    bool has_module_id;
    uint32_t module_frame; /* of the PDU that told module_id */
    trade_measured_t measured;
    trade_flow_t flows[2]; /* as struct tcp_analysis numbers them */
} trade_connection_t;

/* What the dissector has to know before it looks at the bytes that TCP gives it
 * in one call. Lives as long as the call. */
typedef struct trade_call {
    trade_connection_t *connection; /* NULL: not called by TCP, nothing is known */
    unsigned direction;             /* which of the connection's two flows this is */
    uint32_t seq;                   /* sequence number of the first byte */
    trade_trust_t trust;            /* of the byte after those to be skipped */
    bool from_module;               /* a module may have sent this */
    bool is_last;                   /* a FIN follows the bytes of this call */
    bool is_recalled;               /* a later pass: what the first decided holds */
    unsigned kept;                  /* so many bytes at the start TCP kept from earlier calls */
    bool doubtful;                  /* bytes of this flow are missing, or its start is: a PDU
                                       that seems to begin may be none */
    bool ends_hole;                 /* the bytes that follow were captured, and given, before */
    unsigned skip;                  /* so many bytes at the start belong to PDUs that
                                       were dissected, or begun, before */
} trade_call_t;

/* Fills in the call: finds or makes the connection that the packet belongs to,
 * and what is known of its next byte. tcpinfo may be NULL. length: reported
 * bytes at hand. */
void trade_session_begin(trade_call_t *call, packet_info *pinfo, const struct tcpinfo *tcpinfo,
                         unsigned length);

/* Notes that TRADE's dissector takes a frame of the connection, which may be NULL. Returns
 * false where the first pass did not: it followed the connection silently. */
bool trade_session_claim(trade_connection_t *connection, uint32_t frame);

/* Notes, on the first pass, that TCP holds a segment of this packet back. */
void trade_session_note_held(packet_info *pinfo, const struct tcpinfo *tcpinfo);

/* Returns what TCP holds back of the packet's direction, the packet's own segment included: on
 * the first pass after a while, on a later one if it never gave it. */
trade_held_t trade_session_find_held(packet_info *pinfo);

/* Returns, on the first pass, whether the packet's connection, which was followed silently, may
 * still turn out to be TRADE's: nothing spoke for it so far, but there was little to speak. */
bool trade_session_is_on_trial(packet_info *pinfo, tvbuff_t *tvb);

/* Says, on the first pass and before the first call, that this connection was
 * recognised in its middle: what came before was captured, but not given to us. */
void trade_session_begin_late(packet_info *pinfo, const struct tcpinfo *tcpinfo);

/* Returns whether a segment of this packet, on the first pass, has bytes that were not
 * given to us: behind those that were, or in a hole. */
bool trade_session_lacks(packet_info *pinfo, const struct tcpinfo *tcpinfo);

/* What became of the bytes of a call. */
typedef struct trade_outcome {
    unsigned length;    /* reported bytes that the call had */
    unsigned kept;      /* of which TCP keeps so many for later, from the end */
    unsigned unit_left; /* so many bytes of the last PDU are still to come; 0: none, or
                           its length is not yet known */
    bool is_pdu;        /* what is kept is the beginning of a PDU whose length is known */
    bool in_sync;       /* whether the last unit was a PDU, so that the next can be found */
    bool is_cut;        /* the snapshot length cut off the last PDUs, whose number is not known */
    bool doubtful;      /* a PDU stood where something else was due */
    bool unsure;        /* bytes made no sense, or were not captured */
    trade_sender_t control_sender; /* of its control PDUs; count: of these */
    trade_sender_t data_sender;    /* of its data PDUs */
} trade_outcome_t;

/* Records, on the first pass, where the next PDU is expected. */
void trade_session_end(const trade_call_t *call, packet_info *pinfo,
                       const trade_outcome_t *outcome);

/* Remembers, on the first pass, what stands at a place of the stream, where its header
 * is not enough to tell. seq: of its first byte. */
void trade_session_note_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                             const trade_unit_t *unit);

/* Fills in, on a later pass, what trade_session_note_unit() was told of a place, and
 * returns true; false: it was told nothing, or this is the first pass. */
bool trade_session_recall_unit(const trade_call_t *call, packet_info *pinfo, uint32_t seq,
                               trade_unit_t *unit);

/* Returns what is missing before a PDU, which is the first to tell of it. seq: of
 * the PDU's first byte. */
trade_gap_t trade_session_tell_gap(const trade_call_t *call, packet_info *pinfo, uint32_t seq);

/* Remembers, on the first pass, the name that a greeting gives to an id. */
void trade_session_learn_name(const trade_call_t *call, packet_info *pinfo, uint8_t id,
                              const char *name);

/* Remembers, on the first pass, which module this connection belongs to, by a
 * greeting or a PDU. name: NULL: not known. */
void trade_session_note_module(const trade_call_t *call, packet_info *pinfo,
                               const trade_pdu_t *pdu);

/* Returns what is known of the name of a connection's module by a frame; NULL: nothing. */
static inline const char *trade_session_get_module(const trade_connection_t *connection,
                                                   uint32_t frame)
{
    return connection->module_named <= frame ? connection->module : NULL;
}

/* Returns the id that sends the control PDUs of the call's direction; TRADE_SENDER_ANY:
 * it is not known, or several do. */
int trade_session_get_control_sender(const trade_call_t *call);

/* Returns whether the id is one that sends PDUs on the call's connection; true where that
 * is not known. */
bool trade_session_may_send_data(const trade_call_t *call, uint8_t id);

/* Returns whether a sender's id is that of the module on this connection, as far as
 * is known before a frame. */
bool trade_session_is_module(const trade_call_t *call, uint32_t frame, uint8_t id);

/* Returns the connection of a TCP stream; NULL where it has, so far, no TRADE. */
const trade_connection_t *trade_session_find_connection(uint32_t stream);

/* Returns the name that a greeting gave to the id in this frame or before, on the
 * same Multiplexer, or NULL. Lives as long as the capture is open. */
const char *trade_session_find_name(const trade_call_t *call, uint32_t frame, uint8_t id);

/* Registers what makes the state anew for each capture file. proto: TRADE's id. */
void trade_session_register(int proto);

#endif /* TRADE_STREAM_FLOW_H */
