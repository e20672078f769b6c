/* watch.h
 * Watches the connections with TRADE of a capture: gives each of their frames, and what the
 * dissector made of it, to the evidence of that connection, on the first pass; and keeps what the
 * judgement says of single frames, for every pass.
 *
 * A connection on a port of TRADE's, by TCP's table of ports, is watched from its first frame on;
 * any other from when the dissector was first called for it. No other connection takes memory. File
 * scope: some 3 KB a connection with payload, 600 bytes one without, and 1 KB for each frame that
 * that something is reported of; see also analysis/health/evidence.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_WATCH_H
#define TRADE_ANALYSIS_HEALTH_WATCH_H

#include "analysis/health/attempts.h"
#include "analysis/health/points.h"
#include "analysis/health/tally.h"
#include "analysis/pings/pings.h"
#include "stream/spaces.h"
#include "stream/stream.h"

/* How many frames of a side, the newest, are kept on which a missing Ping was reported: if the side
 * turns out to keep to another interval, the reports are withdrawn. */
enum { TRADE_REPORTED_MAX = 3 };

struct trade_watch_note;

/* A connection that is watched. It has ends of its own, since it is watched from its first frame
 * on: its stream is made when TRADE's dissector is first called. */
typedef struct trade_watch {
    const trade_connection_t *connection; /* NULL: no TRADE so far */
    const conversation_t *conversation;   /* Wireshark's */
    struct tcp_analysis *tcp;             /* what TCP knows of it */
    struct trade_watch *former;           /* the connection that its ends had before; NULL: none */
    trade_spaces_t spaces;                /* the sequence numbers of its ends */
    trade_points_t points;                /* at which it was captured */
    trade_end_t ends[2];                  /* by the side that each is, as the connection's flows */
    uint32_t stream;                      /* tcp.stream */
    uint32_t heard;                       /* see trade_capture_hear() */
    trade_tallies_t tallies;              /* of its PDUs */
    struct trade_watch_note *reported[2][TRADE_REPORTED_MAX]; /* a side's missing Pings, a ring */
    uint32_t reported_count[2];                               /* those no longer kept too */
    struct trade_handshake *handshake; /* the segments before health was there; NULL: none */
    trade_attempt_t attempt;           /* to connect */
    trade_health_t *health;            /* NULL: not yet, since no payload came, or no TRADE */
} trade_watch_t;

/* What is reported of a frame. */
typedef struct trade_watch_note {
    const trade_watch_t *watch; /* the frame's connection */
    bool is_missing[2];         /* a Ping of a side is overdue since this frame */
    trade_finding_t missing[2]; /* what is known of that Ping by then; if is_missing */
    uint32_t ping_frame;        /* of a Ping that this frame has again, unacknowledged; 0: none */
    uint32_t ping_times;        /* how often that Ping was sent by now */
    const trade_watch_t *ended; /* the connection that ends with this frame; NULL: none */
    trade_verdict_t verdict;    /* of the connection that ends, as known by then */
    trade_where_t where;        /* where that went wrong */
} trade_watch_note_t;

/* Returns the side of a connection that is the module's. */
static inline unsigned trade_watch_get_module(const trade_watch_t *watch)
{
    return watch->health->evidence.module;
}

/* Watches a frame, on the first pass. For a postdissector, for every frame. Returns what is
 * reported of it, on every pass; NULL: nothing. File scope. */
const trade_watch_note_t *trade_watch_frame(tvbuff_t *frame, packet_info *pinfo);

/* Returns the connection of a TCP stream that is watched and has TRADE by a frame, or NULL. */
const trade_watch_t *trade_watch_find(uint32_t stream, uint32_t frame);

/* Returns the connection of a packet that is watched and has TRADE by then, or NULL. */
const trade_watch_t *trade_watch_find_of(packet_info *pinfo);

/* Judges a connection as it stands. */
void trade_watch_conclude(const trade_watch_t *watch, trade_judgement_t *judgement);

/* Returns an incident of a connection, the worst first, by what is known of the capture's clocks by
 * now. */
trade_finding_t trade_watch_get_incident(const trade_watch_t *watch, unsigned number);

/* Returns how often a side sends Pings, in ns. */
trade_time_t trade_watch_get_interval(const trade_watch_t *watch, unsigned side);

/* Returns when the newest frame of the capture was captured that was dissected so far. */
trade_time_t trade_watch_get_now(void);

/* Sets how long a side waits for a Pong, in ns. */
void trade_watch_set_limit(trade_time_t limit);

/* Registers what makes the state anew for each capture file. */
void trade_watch_register(void);

#endif /* TRADE_ANALYSIS_HEALTH_WATCH_H */
