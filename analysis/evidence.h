/* evidence.h
 * What TCP and the keepalive show of one connection, gathered segment by segment: what was
 * delivered, who was heard, what each window let through, which Pings wait for their Pongs, and
 * whether the capture's own time can be trusted. It judges nothing: that is analysis/verdict.h.
 *
 * Knows nothing of Wireshark. All of it has a fixed size, however long a connection lives: 2 KB,
 * and 2 KB more where bytes are missing, windows closed or acknowledgements took long. What a
 * segment costs does not grow either.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_EVIDENCE_H
#define TRADE_ANALYSIS_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/holes.h"
#include "stream/segment.h"
#include "wire/time.h"

/* How many of each are kept of a side; beyond that, the oldest are merged or forgotten. */
enum {
    TRADE_PINGS_MAX = 8,
    TRADE_BLOCKS_MAX = 6,
    TRADE_SENDINGS_MAX = 4,
    TRADE_ACKS_MAX = 8,
    TRADE_GAPS_MAX = 8,
    TRADE_QUIETS_MAX = 4,
    TRADE_TTLS_MAX = 4
};
/* How many pauses of the capture, and how many steps of its clock, are kept. */
enum { TRADE_PAUSES_MAX = 16, TRADE_STEPS_MAX = 16 };

/* Bytes sent this many times and not acknowledged count as not delivered. */
#define TRADE_UNDELIVERED_MIN 3
/* A receiver was alive if it was heard between retransmissions, and the next one was not
 * acknowledged either, this many times. */
#define TRADE_ALIVE_MIN 2

/* A stretch of time. */
typedef struct trade_span {
    trade_time_t start;
    trade_time_t end;
} trade_span_t;

/* Returns the length of a span. */
static inline trade_time_t trade_span_get_length(const trade_span_t *span)
{
    return span->end - span->start;
}

/* Bytes that a side sent and the other had not acknowledged. */
typedef struct trade_sending {
    trade_span_t span;    /* from when they were first sent until they were acknowledged */
    trade_time_t last;    /* when they were last sent */
    trade_time_t heard;   /* when the other side last sent anything, up to their ACK */
    trade_span_t silence; /* the longest time before that in which it sent nothing */
    trade_time_t backoff; /* since then, TCP's backoff explains the distances of retransmissions */
    trade_time_t apart;   /* the distance of the newest two */
    uint32_t alive;       /* retransmissions, from the second on, that came after the other side was
                             heard since the one before, ALIVE_AFTER or more after the first */
    uint32_t seq;         /* of the first byte, */
    uint32_t end;         /* and of the first after them */
    uint32_t frame;       /* in which they were first sent, */
    uint32_t last_frame;  /* and last */
    uint32_t acked_frame; /* in which they were acknowledged; 0: they were not */
    uint32_t times;       /* how often they were sent; 0: never seen */
    uint16_t ip_id;       /* when they were last sent */
    bool is_ping;         /* a Ping is among them */
} trade_sending_t;

/* Returns the longest distance of retransmissions that TCP's backoff explains after another one: it
 * doubles them, or keeps them, and no timer is exact. */
static inline trade_time_t trade_backoff_get_longest(trade_time_t apart)
{
    return apart / 2 * 5;
}

/* Bytes that came again, or late. */
typedef struct trade_repeat {
    uint32_t seq, end;
    trade_time_t first; /* when they, or what follows them, came first, */
    trade_time_t last;  /* and when they came last */
} trade_repeat_t;

/* A Ping that waits for its Pong. */
typedef struct trade_ping {
    trade_time_t sent;
    trade_time_t last;  /* when it was last sent */
    trade_time_t acked; /* when TCP acknowledged it */
    uint64_t doubt;     /* of the answering side, at its lowest since it was sent */
    uint32_t frame;
    uint32_t seq;         /* of its first byte */
    uint32_t acked_frame; /* 0: not acknowledged */
    uint32_t times;       /* how often it was sent */
    uint32_t alive;       /* as in trade_sending_t */
    uint16_t ip_id;
    bool is_after_fin; /* the other side had closed before */
} trade_ping_t;

/* A time in which a window let no Ping through. */
typedef struct trade_block {
    trade_span_t span;
    trade_time_t sum;     /* how long of span the window was closed */
    uint32_t frame;       /* in which it closed */
    uint32_t heard;       /* segments of the reader that came meanwhile, after the first */
    uint32_t probes;      /* of the other side that were not answered, at the end */
    uint32_t probe_frame; /* the last of these */
    uint32_t times;       /* how often it closed */
    uint32_t window;      /* what it was, in bytes */
    bool is_zero;         /* it was, at some time */
    bool is_small;        /* it was too small for a Ping; else it was full of bytes under way */
} trade_block_t;

/* How often a side sends Pings, learned from what it did. */
typedef struct trade_rhythm {
    trade_time_t gaps[TRADE_GAPS_MAX]; /* between Pings, the newest last */
    uint32_t count;                    /* of these */
    trade_time_t own;                  /* the interval that it keeps to; 0: none so far */
} trade_rhythm_t;

/* What the frames of a host have in common, on all of its connections with TRADE. Resets do not
 * count: they may be from somebody else. */
typedef struct trade_host {
    struct {
        uint8_t ttl;       /* or hop limit */
        trade_time_t last; /* the newest frame with it */
    } ttls[TRADE_TTLS_MAX];
    uint32_t ttl_count; /* more than TRADE_TTLS_MAX: they are not all kept */
    uint16_t ip_id;     /* of its newest frame; 0: none so far, or frames have none */
} trade_host_t;

/* How a connection ended. */
typedef enum trade_ending {
    TRADE_ENDING_NONE,
    TRADE_ENDING_FIN,
    TRADE_ENDING_RST,
    TRADE_ENDING_REUSED /* its two ends began another connection */
} trade_ending_t;

/* What one side of a connection sent, and what the other made of it. */
typedef struct trade_side {
    trade_host_t *host; /* NULL: nothing is known of its other connections */

    /* The bytes */
    bool is_counted;      /* next is known */
    uint32_t next;        /* of the first byte not yet seen */
    uint64_t missing;     /* bytes not in the capture, without those only acknowledged */
    uint32_t cuts;        /* segments that the snapshot length cut */
    uint32_t unsure;      /* how often the dissector could not tell what it was given */
    uint32_t strays;      /* segments far from what was seen: of another connection of these ends */
    bool is_old;          /* all bytes of its newest segment were sent before */
    bool is_halted;       /* the dissector is given nothing more */
    uint32_t ahead;       /* bytes beyond next that the other side acknowledged */
    trade_holes_t *holes; /* bytes not in the capture; NULL: none are missing so far */

    /* Their delivery */
    bool is_acked;    /* the other side acknowledged something, up to: */
    uint32_t unacked; /* the first byte that it did not acknowledge */
    struct {
        trade_time_t when;
        uint32_t ack;
    } acks[TRADE_ACKS_MAX]; /* the newest acknowledgements of its bytes, in a ring */
    uint32_t ack_count;
    trade_sending_t oldest;    /* that waits for its acknowledgement */
    trade_sending_t newest;    /* an acknowledgement before it may be missing */
    trade_sending_t *sendings; /* that are over and took long: a ring; NULL: none */
    uint32_t sending_count;
    trade_repeat_t again;    /* the newest that were sent again and not acknowledged, */
    trade_repeat_t late;     /* and that came after what follows them */
    uint32_t sacks;          /* selective acknowledgements that it sent */
    uint32_t duplicate_acks; /* that it sent */

    /* The side itself */
    trade_time_t heard;     /* when it last sent a segment, resets apart */
    uint32_t heard_frame;   /* and which */
    uint32_t first_frame;   /* the first that was seen of it; 0: none */
    trade_time_t closed;    /* when it sent a FIN, or the connection was reset; 0: it is open */
    trade_ending_t closing; /* how that was, */
    uint32_t closed_frame;  /* with which frame, */
    uint8_t closed_by;      /* and of which side */
    trade_segment_t last;   /* its newest segment, */
    uint16_t usual_ip_id;   /* and the id of the newest but resets */
    uint8_t ttl;            /* usual; 0: not known or not constant */
    uint32_t ttls;          /* segments that had it */
    uint32_t ip_ids;        /* segments in a row whose ids grew slowly, until there were enough */
    uint32_t id_run;        /* the same, up to the newest segment */

    /* Its window */
    int8_t scale; /* -1: not known */
    uint32_t window;
    uint32_t window_max;  /* the largest, as in the header */
    trade_time_t offered; /* when it last had room, and had acknowledged all that was sent, */
    trade_time_t offers;  /* as it has done since then; 0: it does not */

    /* Whether it has anything to send. Bytes that come with such an offer are a question: who
     * acknowledges them, and sends nothing or little, had nothing else to send when they passed.
     * That holds however long the way is. */
    trade_time_t asked; /* when it sent such bytes that are not acknowledged; 0: there are none */
    uint32_t asked_seq, asked_ack; /* sequence number, and what they acknowledged */
    trade_time_t idle;             /* the newest time at which it had nothing to send */
    trade_time_t idle_before;      /* and the same before its newest segment */

    trade_time_t zero_since; /* 0: it is not */
    trade_time_t zero_first; /* when it was zero for the first time; 0: never */
    trade_time_t zero_total; /* without the last, if that lasts */
    bool is_blocked;         /* by it the other side cannot send a Ping, see the last block */
    trade_block_t *blocks;   /* NULL: none */
    uint32_t block_count;

    /* Its Pings */
    uint32_t pings;
    uint32_t answered;
    uint32_t lost; /* not answered, but the answer may be in bytes that are missing */
    trade_time_t last_ping;
    uint32_t last_ping_frame;
    uint64_t doubt_at_ping; /* of this side, at its lowest since then */
    trade_time_t overdue;   /* after this time, the next is missing if that was not told before */
    trade_rhythm_t rhythm;
    trade_ping_t waiting[TRADE_PINGS_MAX]; /* the oldest first */
    uint32_t waiting_count;
} trade_side_t;

/* Whether an RST fits the side that it names. */
typedef struct trade_reset {
    uint32_t frame; /* 0: there was none */
    trade_time_t when;
    uint8_t side;
    uint8_t ttl, usual_ttl; /* 0: not known */
    bool is_id_foreign;     /* its IP id is far from its side's, which count up */
    bool is_id_next;        /* it goes on from its side's, or its host's */
    bool is_id_other;       /* it is far, or 0, where its side's count up to the newest segment */
    uint16_t ip_id, usual_id;
    uint32_t seq;
    bool is_outside;      /* its sequence number is outside the window: TCP ignores it */
    int32_t distance;     /* from what the other side waits for, in bytes */
    bool is_stray;        /* it may be of another connection of these ends */
    uint32_t later_frame; /* in which its side goes on sending; 0: it does not */
    trade_time_t later;
    bool is_succeeded; /* a SYN came after it: what follows is of another connection */
} trade_reset_t;

/* Times of the capture that contradict each other on a connection. */
typedef struct trade_skew {
    uint32_t count;       /* how often bytes came long after they were acknowledged, */
    uint32_t duplicates;  /* the same frame was captured again long after, */
    uint32_t backwards;   /* or time went back */
    trade_time_t amount;  /* the largest of these */
    uint32_t frame;       /* the first of these frames, */
    uint32_t other_frame; /* and the one that it contradicts; 0: not kept */
} trade_skew_t;

/* Returns memory that is zeroed and lives as long as the evidence. */
typedef void *(*trade_allocate_t)(size_t size);

/* What is known of one connection. */
typedef struct trade_evidence {
    trade_allocate_t allocate; /* for what few connections have */
    trade_side_t sides[2];
    uint8_t module;     /* index of the side that is the module's */
    trade_time_t first; /* of its first segment */
    uint32_t first_frame;
    trade_time_t now; /* of its newest */
    uint32_t now_frame;
    trade_span_t quiets[TRADE_QUIETS_MAX]; /* the newest times without a segment, in a ring */
    uint32_t quiet_count;
    /* The handshake: times of SYN, SYN and ACK, ACK; 0: not captured */
    trade_time_t syn, syn_ack, syn_acked;
    uint8_t opener;  /* the side that sent the SYN */
    bool is_another; /* its ends had another connection before */
    trade_ending_t ending;
    uint8_t ended_by;
    trade_time_t ended;
    uint32_t ended_frame;
    bool is_reset;       /* by an RST that fits */
    trade_reset_t reset; /* the last one */
    trade_reset_t odd;   /* the first that its side did not send, as is shown */
    trade_skew_t skew;
    /* What of it cannot be judged */
    uint32_t mixed_frame; /* by this frame, segments of several connections are in it; 0: none */
    trade_time_t mixed_since;
    uint32_t unread;       /* frames whose headers are not to be had, */
    uint32_t unread_frame; /* the first of these */
} trade_evidence_t;

/* What all connections of a capture show of the capture itself. */
typedef struct trade_capture {
    trade_time_t now; /* of the newest frame of any */
    uint32_t now_frame;
    trade_time_t epoch;   /* when the current count of connections began */
    uint32_t number;      /* of the epoch */
    uint32_t live, lived; /* connections with a frame in this epoch, and in the one before */
    struct {
        trade_span_t span;
        uint32_t connections; /* that had been heard shortly before */
        uint32_t frame;       /* the first after it */
    } pauses[TRADE_PAUSES_MAX];
    uint32_t pause_count;
    struct {
        trade_span_t span;   /* in which the clock was set */
        trade_time_t amount; /* by which it was set, forward */
        uint32_t frame;      /* the first after it */
    } steps[TRADE_STEPS_MAX];
    uint32_t step_count;
} trade_capture_t;

/* Makes evidence empty. */
void trade_evidence_init(trade_evidence_t *evidence, trade_allocate_t allocate);

/* What a segment shows at once. */
typedef struct trade_seen {
    uint32_t ping_frame; /* an unacknowledged Ping is in it, sent TRADE_UNDELIVERED_MIN times or
                            more by now, and first in this frame; 0: none is */
    uint32_t ping_times; /* how often it was sent */
    bool is_end;         /* it ends the connection, for now */
} trade_seen_t;

/* Adds a segment, in the order of the capture. */
trade_seen_t trade_evidence_add(trade_evidence_t *evidence, const trade_segment_t *segment);

/* A Ping of a side, in the segment added last. */
typedef struct trade_ping_event {
    uint32_t seq; /* of its first byte */
    uint8_t side;
    bool is_answered; /* its Pong was captured before it */
} trade_ping_event_t;

/* Adds a Ping. Where too many wait, sets *forgotten to the oldest and returns true. */
bool trade_evidence_add_ping(trade_evidence_t *evidence, const trade_ping_event_t *event,
                             trade_ping_t *forgotten);

/* Takes off the Ping of this side and frame that a Pong answers, and sets *ping to it. Returns
 * whether it was there. */
bool trade_evidence_add_pong(trade_evidence_t *evidence, unsigned asking, uint32_t ping_frame,
                             trade_ping_t *ping);

/* Takes off the newest Ping that waits: a Pong that nothing links with a Ping answers it. */
void trade_evidence_take_newest(trade_evidence_t *evidence, unsigned asking);

/* Notes how often the dissector could not tell what a side sent, and whether it is given
 * nothing more. */
void trade_evidence_set_doubt(trade_evidence_t *evidence, unsigned side, uint32_t unsure,
                              bool is_halted);

/* Ends the connection: its ends began another one. */
void trade_evidence_reuse(trade_evidence_t *evidence, trade_time_t when, uint32_t frame);

/* Returns whether an RST has a TTL that no other frame of its apparent sender has, on any
 * connection, though its IP id does not go on from that sender's. */
bool trade_reset_has_other_ttl(const trade_evidence_t *evidence, const trade_reset_t *reset);

/* Returns whether an RST is not from the side that it names, for sure. */
bool trade_reset_is_foreign(const trade_evidence_t *evidence, const trade_reset_t *reset);

/* Returns how long a side's Ping and its Pong took beyond the capture point, of what it measured
 * itself: the way between, by the handshake, and what was sent again there. */
trade_time_t trade_evidence_get_beyond(const trade_evidence_t *evidence, unsigned asking,
                                       uint32_t ping_seq, uint32_t pong_seq);

/* Returns how many bytes of a side are not in the capture. */
uint64_t trade_evidence_get_missing(const trade_side_t *side);

/* Returns how much of what a side sent is not at hand: it grows when more is missing. */
uint64_t trade_evidence_get_doubt(const trade_side_t *side);

/* Returns whether what a side sends is not captured, or not dissected, at present. */
bool trade_evidence_is_unseen(const trade_side_t *side);

/* Returns how many Pings of a side were not answered within an interval, though nothing is
 * missing. */
uint32_t trade_evidence_count_unanswered(const trade_evidence_t *evidence, unsigned side,
                                         trade_time_t now, trade_time_t interval);

/* Returns until when a side could send and receive: its connection's end for it, or now. */
trade_time_t trade_evidence_get_end(const trade_evidence_t *evidence, unsigned side,
                                    trade_time_t now);

/* Returns the longest time within a span in which neither side was seen. */
trade_time_t trade_evidence_get_quiet(const trade_evidence_t *evidence, const trade_span_t *span);

/* Adds a time between two Pings. usual: the usual interval, which it takes more to go below than
 * beyond. Returns whether it shows that the sender keeps to another interval than before, which
 * the last gaps, from *first on, have. */
bool trade_rhythm_add(trade_rhythm_t *rhythm, trade_time_t gap, trade_time_t usual,
                      unsigned *first);

/* Returns the interval that Pings keep to, or the usual one. */
trade_time_t trade_rhythm_get(const trade_rhythm_t *rhythm, trade_time_t usual);

/* Notes a frame of the capture, whatever it holds. usual: the usual interval between Pings. */
void trade_capture_add(trade_capture_t *capture, trade_time_t when, uint32_t frame,
                       trade_time_t usual);

/* Notes that the frame is of a connection. heard: the epoch in which that was last seen, for it
 * to keep; 0: never. */
void trade_capture_hear(trade_capture_t *capture, uint32_t *heard);

/* Notes that a connection has ended. heard: as above. */
void trade_capture_forget(trade_capture_t *capture, uint32_t *heard);

/* Notes that the capture's clock was set. */
void trade_capture_add_step(trade_capture_t *capture, trade_span_t span, trade_time_t amount,
                            uint32_t frame);

/* A stretch of a capture, by times and by frames: time may go back. */
typedef struct trade_stretch {
    trade_span_t span;
    uint32_t first;
    uint32_t last; /* 0: to the end */
} trade_stretch_t;

/* Returns how long of a stretch the capture paused, where one such pause is at least that long;
 * sets *which to the index of the longest. 0: it did not. */
trade_time_t trade_capture_get_pause(const trade_capture_t *capture, const trade_stretch_t *stretch,
                                     trade_time_t least, unsigned *which);

/* Returns how far the clock was set in a time, by PDUs that may come after it, and sets *which to
 * the index of the first. 0: it was not. */
trade_time_t trade_capture_get_step(const trade_capture_t *capture, const trade_span_t *span,
                                    unsigned *which);

#endif /* TRADE_ANALYSIS_EVIDENCE_H */
