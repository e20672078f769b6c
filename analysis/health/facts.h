/* facts.h
 * What is known of a case that is judged: what the rules of analysis/health/verdict.c ask for, and
 * what the sentences of analysis/health/sentence.c say.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_FACTS_H
#define TRADE_ANALYSIS_FACTS_H

#include "analysis/health/state.h"

/* What went wrong, the worst first. */
typedef enum trade_verdict {
    TRADE_VERDICT_PEER_NOT_READING,
    TRADE_VERDICT_NOT_DELIVERED,
    TRADE_VERDICT_RESET_FOREIGN,
    TRADE_VERDICT_PING_MISSING,
    TRADE_VERDICT_PING_UNANSWERED,
    TRADE_VERDICT_LATE,
    TRADE_VERDICT_ANSWERED_LATE,
    TRADE_VERDICT_CLOCKS_DIFFER,
    TRADE_VERDICT_CAPTURE_HOLE,
    TRADE_VERDICT_IDLE,
    TRADE_VERDICT_OK
} trade_verdict_t;

/* Where it went wrong. */
typedef enum trade_where {
    TRADE_WHERE_NOWHERE,
    TRADE_WHERE_MODULE,
    TRADE_WHERE_MULTIPLEXER,
    TRADE_WHERE_NETWORK,
    TRADE_WHERE_NETWORK_OR_MODULE,
    TRADE_WHERE_NETWORK_OR_MULTIPLEXER,
    TRADE_WHERE_CANNOT_TELL
} trade_where_t;

/* What is judged. */
typedef enum trade_case {
    TRADE_CASE_GAP,    /* a side sends no Ping */
    TRADE_CASE_WAIT,   /* a side's Ping has no Pong */
    TRADE_CASE_ANSWER, /* it had one, late */
    TRADE_CASE_RESET,  /* an RST */
    TRADE_CASE_BLIND   /* what the capture, or the dissector, lacks of a side */
} trade_case_t;

/* What TCP holds back of a side behind bytes that were not captured. */
typedef struct trade_held_bytes {
    uint64_t bytes; /* 0: nothing */
    uint32_t frame; /* of the first segment held back */
    trade_time_t since;
} trade_held_bytes_t;

/* What is known of a case: what the rules ask for, and what their sentences say. */
typedef struct trade_facts {
    trade_case_t kind;
    uint8_t asking;    /* the side whose Ping is concerned, or that is concerned */
    uint8_t module;    /* the side that is the module's */
    trade_span_t span; /* the gap, or the wait */
    trade_time_t interval;
    trade_time_t limit;    /* that a side waits for a Pong */
    uint32_t frame;        /* of the Ping with which it begins; 0: none was seen */
    uint32_t end_frame;    /* with which it ends; 0: it does not */
    bool is_own;           /* the side has shown that it keeps to the interval */
    bool is_steady;        /* and no other interval, that it may keep to now, explains the gap */
    bool is_first;         /* there are too few Pings to miss one */
    bool is_closed;        /* the connection ended, or half of it, by then */
    trade_ending_t ending; /* how what ended it was closed; NONE: it was not, that side was then
                              heard last */
    uint8_t ended_by;      /* the side of end_frame */

    /* Windows: of the side that the missing PDU is for */
    trade_block_t block;      /* the longest time that it let no Ping through */
    trade_time_t blocked;     /* all these times, while something was due */
    bool is_blocked;          /* for half of the time or more, and by who does not read */
    bool is_full;             /* for half of the time or more, with bytes that may not arrive */
    bool is_blocked_when_due; /* that began by then */
    bool is_both;             /* both windows were closed */

    /* Delivery */
    trade_sending_t sending; /* bytes that were sent again and again; times 0: none */
    trade_sending_t again;   /* bytes that were sent more than once */
    uint8_t sender;          /* of sending */
    bool is_peer_alive;      /* the other side was heard between retransmissions, and did not
                                acknowledge the next ones either */
    uint32_t duplicate_acks, sacks;

    /* Voices */
    trade_time_t idle;        /* when the side that should send had nothing to send, last */
    bool is_quiet;            /* neither side was seen for more than an interval */
    bool is_idle;             /* late enough to know that what is missing was not sent */
    bool is_offered;          /* the other side could take it by then */
    trade_ping_t ping;        /* that waits */
    trade_time_t acked_after; /* how long it waited for its ACK; -1: not acknowledged */

    /* What the capture lacks, or gets wrong */
    bool is_unsure; /* bytes in which it could be are missing */
    uint64_t missing;
    uint32_t cuts;
    trade_held_bytes_t held;
    bool is_paused; /* the capture was, long enough to explain it */
    trade_span_t pause;
    uint32_t pause_frame;
    uint32_t connections; /* that had been heard before the pause */
    trade_time_t lost; /* how long the capture paused in it, or how far its clock was set forward */
    bool is_stepped;   /* its clock was set, far enough to explain it */
    trade_time_t step;
    uint32_t step_frame;
    bool is_skewed; /* times contradict each other again and again */
    trade_skew_t skew;
    trade_reset_t reset;
    bool is_reset_foreign;         /* it is not from the side that it names, for sure */
    bool is_ttl_other;             /* its TTL is not its side's */
    uint32_t mixed_frame;          /* segments of several connections are in it; 0: no */
    uint32_t unread, unread_frame; /* frames whose headers are not to be had */
    int8_t near; /* the side that the capture point is near, by the handshake; -1: not known */
} trade_facts_t;

/* How a connection is spoken of. */
typedef struct trade_naming {
    const char *side[2]; /* "Trader (10.0.0.1:1195)", "the Multiplexer (192.168.0.1:2107)" */
    uint32_t stream;     /* tcp.stream */
    void (*format_time)(trade_time_t when, char *text, size_t size);
} trade_naming_t;

#endif /* TRADE_ANALYSIS_FACTS_H */
