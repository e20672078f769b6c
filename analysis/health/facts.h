/* facts.h
 * What is known of a case that is judged: what the rules of analysis/health/rules.h ask for, and
 * what the sentences of analysis/health/sentence.h say.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_FACTS_H
#define TRADE_ANALYSIS_HEALTH_FACTS_H

#include "analysis/health/attempts.h"
#include "analysis/health/capture.h"
#include "analysis/health/state.h"

/* What is judged. */
typedef enum trade_case {
    TRADE_CASE_GAP,     /* a side sends no Ping */
    TRADE_CASE_WAIT,    /* a side's Ping has no Pong */
    TRADE_CASE_ANSWER,  /* it had one, late */
    TRADE_CASE_RESET,   /* an RST */
    TRADE_CASE_GIVE_UP, /* a side ended the connection while the other did not answer */
    TRADE_CASE_ATTEMPT, /* to connect, not answered */
    TRADE_CASE_END,     /* the connection ended together with others */
    TRADE_CASE_BLIND    /* what the capture, or the dissector, lacks of a side */
} trade_case_t;

/* What is known of a case: what the rules ask for, and what their sentences say. */
typedef struct trade_facts {
    trade_case_t kind;
    uint8_t asking;        /* the side whose Ping is concerned, or that is concerned */
    uint8_t module;        /* the side that is the module's */
    trade_span_t span;     /* the gap, or the wait */
    trade_time_t interval; /* between the side's Pings */
    trade_time_t limit;    /* that a side waits for a Pong */
    uint32_t frame;        /* of the Ping with which it begins; 0: none was seen */
    uint32_t end_frame;    /* with which it ends; 0: it does not */
    bool is_own;           /* the side has shown that it keeps to the interval */
    bool is_steady; /* no longer interval that the side may keep to by now explains the gap */
    bool is_first;  /* there are too few Pings to miss one */
    bool is_closed; /* the connection ended, or half of it, by then */
    trade_ending_t ending; /* how the end of the case closed the connection; NONE: it did not, a
                              side was then heard last */
    uint8_t ended_by;      /* the side that sent end_frame */

    /* Windows: of the side that the missing PDU is for */
    trade_block_t block;      /* the longest time that it let no Ping through */
    bool is_full;             /* it was closed or full for half of the time or more */
    bool is_blocked;          /* it is full since its side does not read */
    bool is_blocked_when_due; /* it was closed or full when the Ping was due */
    bool is_both;             /* both windows were closed */
    bool is_gone;             /* whose window was closed may not have been there since then */

    /* Delivery */
    trade_sending_t sending; /* bytes that were retransmitted again and again; times 0: none */
    trade_sending_t again;   /* bytes that were sent more than once; times 0: none */
    uint8_t sender;          /* the side that sent sending */
    uint8_t unseen_sender;   /* the side that sent unseen */
    trade_unseen_t unseen;   /* bytes that were lost before they came here; frame 0: none */
    trade_notice_t notice;   /* an ICMP message about sending; frame 0: none */
    uint32_t duplicate_acks; /* of the side that should acknowledge */
    uint32_t sacks;          /* selective acknowledgements of that side */

    /* Who was heard */
    trade_time_t idle;       /* when the side that should send had nothing to send, last */
    uint32_t resent_frame;   /* the last in which bytes of that side came again and again, that were
                                not acknowledged when it was due; 0: there are none */
    bool is_quiet;           /* neither side was seen for more than an interval */
    bool had_keepalives;     /* the newest segments of both are keepalives and their answers */
    bool is_idle;            /* idle is late enough to know that what is missing was not sent */
    bool is_offered;         /* the other side could take it by then */
    trade_silence_t silence; /* of the side that should send, though it was free to */
    bool is_silent;          /* it lasted long enough to know that what is missing was not sent */
    bool is_silent_by_clock; /* its kernel's clock shows that: the capture's need not be right */
    trade_time_t behind;  /* how far the segment that ends the case is behind its kernel's clock */
    bool is_slow;         /* that segment was on its way for so long */
    trade_lag_t stood[2]; /* a side's host that stood still meanwhile; frame 0: it did not */
    trade_ping_t ping;    /* that waits */
    trade_time_t acked_after; /* how long it waited for its ACK; -1: not acknowledged */

    /* The other connections */
    trade_siblings_t siblings[TRADE_GROUPS];
    uint8_t suspect; /* the side that is suspected, or suffers, by the rule that holds */
    bool is_program; /* by that rule, it is that side, and its host did not pause */
    bool is_network; /* by that rule, it is the network */
    trade_time_t host_silent[2]; /* for so long nothing came of a side's host, on any connection:
                                    for most of the time that something was late; 0: it was heard */
    int8_t at_host;    /* the side whose host captures, by handshake and TTL; -1: not known */
    int8_t beside;     /* the side that no router is before, by TTL; -1: not known */
    bool owes_nothing; /* the other side was not to send a Ping meanwhile */
    bool could_take;   /* it could take a Ping when it was last seen */

    /* What the capture lacks, or gets wrong */
    bool is_uncertain;    /* bytes in which it could be are missing */
    uint64_t missing;     /* bytes of the side that are not in the capture */
    uint32_t cuts;        /* segments of the side that the snapshot length cut */
    trade_held_t held;    /* what TCP holds back of the side */
    bool is_paused;       /* the capture paused, long enough to explain it */
    trade_span_t pause;   /* the longest pause */
    uint32_t pause_frame; /* the first frame after it */
    uint32_t connections; /* that had been heard before the pause */
    trade_time_t lost; /* how long the capture paused in it, or how far its clock was set forward */
    bool is_stepped;   /* the capture's clock was set, far enough to explain it */
    trade_time_t step; /* how far it was set forward */
    uint32_t step_frame;      /* the first frame after that */
    bool is_skewed;           /* times contradict each other again and again */
    trade_skew_t skew;        /* these times */
    trade_reset_t reset;      /* the RST that is judged */
    bool is_reset_double;     /* RSTs claiming to be from both sides came together, neither is its
                                 side's */
    bool is_reset_foreign;    /* it is certain that reset is not from the side that it claims */
    bool is_ttl_other;        /* the TTL of reset is not its side's */
    trade_time_t heard_after; /* when the side of reset was heard last, after that; 0: never */
    const trade_attempts_t *attempts; /* to connect; NULL: it is not about these */
    const trade_run_t *run;           /* the worst of them */
    trade_span_t away;                /* as in trade_evidence_t, of a connection that ended */
    const trade_burst_t *burst;       /* the connections that ended together; NULL: none did */
    uint32_t mixed_frame;  /* which shows segments of several connections; 0: none does */
    bool is_apart;         /* that frame is of another capture point, which goes on alone */
    uint32_t unread;       /* frames whose headers cannot be read */
    uint32_t unread_frame; /* the first of these */
    int8_t near; /* the side that the capture point is near, by the handshake; -1: not known */
} trade_facts_t;

/* What holds for all connections of a capture. */
typedef struct trade_health_context {
    trade_capture_t capture;
    trade_time_t usual; /* interval between two Pings */
    trade_time_t limit; /* that a side waits for a Pong */
    trade_slices_t slices;
} trade_health_context_t;

/* Returns how often a side sends Pings. */
static inline trade_time_t trade_health_get_interval(const trade_health_context_t *context,
                                                     const trade_side_t *side)
{
    return trade_rhythm_get(&side->rhythm, context->usual);
}

/* Returns the longest time after which a side's Ping is not late. */
static inline trade_time_t trade_get_late(trade_time_t interval)
{
    return interval * 3 / 2;
}

/* Returns whether a side's Pings are late after this time. */
static inline bool trade_is_late(trade_time_t length, trade_time_t interval)
{
    return length > trade_get_late(interval);
}

/* Who and what is judged. */
typedef struct trade_query {
    const trade_evidence_t *evidence;
    const trade_health_context_t *context;
    unsigned side;      /* whose Ping is concerned */
    trade_time_t until; /* when the gap or the wait ends, or is judged */
    bool is_ping;       /* the gap ends with a Ping, in the newest segment */
} trade_query_t;

/* Returns what is known of a side and a time of it, to begin with. */
trade_facts_t trade_facts_begin(const trade_evidence_t *evidence,
                                const trade_health_context_t *context, trade_case_t kind,
                                unsigned side);

/* Gathers what is known of a time without a Ping of a side, up to a Ping in the newest segment, or
 * up to a time. */
trade_facts_t trade_facts_gather_gap(const trade_query_t *query);

/* Returns until when a Ping could be answered: the answering side may have closed before. */
trade_time_t trade_query_get_wait_end(const trade_query_t *query, const trade_ping_t *ping);

/* Gathers what is known of a side's Ping without a Pong, or with one that came late. */
trade_facts_t trade_facts_gather_wait(const trade_query_t *query, const trade_ping_t *ping);

/* Gathers what is known of the time before a side ended the connection: whether the other one took
 * what it sent. */
trade_facts_t trade_facts_gather_give_up(const trade_evidence_t *evidence,
                                         const trade_health_context_t *context);

/* Finds out whether the capture itself explains a time in which something is missing. */
void trade_facts_find_capture(trade_facts_t *facts, const trade_evidence_t *evidence,
                              const trade_health_context_t *context);

/* Finds out whether a host stood still in the time of a case, or what ended it was on its way for
 * long. Shown only by what comes after that. */
void trade_facts_find_lags(trade_facts_t *facts, const trade_evidence_t *evidence);

/* Returns the side that should read what is missing: a Pong, or what the other one sends. */
static inline unsigned trade_facts_get_reader(const trade_facts_t *facts)
{
    const bool is_pong = facts->kind == TRADE_CASE_WAIT || facts->kind == TRADE_CASE_ANSWER;

    return is_pong ? facts->asking : !facts->asking;
}

/* Returns whether bytes of the side itself were not delivered. */
static inline bool trade_facts_is_own_undelivered(const trade_facts_t *facts)
{
    return facts->sending.times > 0 && facts->sender == facts->asking;
}

#endif /* TRADE_ANALYSIS_HEALTH_FACTS_H */
