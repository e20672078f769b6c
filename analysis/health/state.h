/* state.h
 * What is kept of one connection: what TCP and the keepalive showed of it, segment by segment. The
 * files beside this one fill it in, each by its question; analysis/health/evidence.h has them all.
 *
 * Knows nothing of Wireshark. All of it has a fixed size, however long a connection lives: 3 KB,
 * and 2 KB more where bytes are missing, windows closed or acknowledgements took long. Of one that
 * ends while something is late, 1.6 KB more: what other connections showed.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_STATE_H
#define TRADE_ANALYSIS_HEALTH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/pings/rhythm.h"
#include "stream/holes.h"
#include "stream/notice.h"
#include "stream/segment.h"
#include "wire/time.h"

/* How many of each are kept of a side; beyond that, the oldest are merged or forgotten. */
enum {
    TRADE_PINGS_MAX = 8,
    TRADE_BLOCKS_MAX = 6,
    TRADE_SENDINGS_MAX = 4,
    TRADE_ACKS_MAX = 8,
    TRADE_QUIETS_MAX = 4,
    TRADE_TTLS_MAX = 4,
    TRADE_BURSTS_MAX = 4,
    TRADE_LONGEST_MAX = 4,
    TRADE_LAGS_MAX = 2,
    TRADE_BUCKETS_MAX = 32
};

/* Bytes sent this many times and not acknowledged count as not delivered. */
#define TRADE_UNDELIVERED_MIN 3
/* A receiver was alive if it was heard between retransmissions, and the next one was not
 * acknowledged either, this many times. */
#define TRADE_ALIVE_MIN 2
/* Who is heard sooner after bytes may have sent that before it could have them; and clocks that
 * differ by less go unnoticed. */
#define TRADE_ALIVE_AFTER (3 * TRADE_SECOND)
/* A sequence number this far from what was seen of a side belongs to another connection. */
#define TRADE_DISTANCE_MAX (1U << 24)
/* This many segments show what is usual of a side. */
#define TRADE_USUAL_MIN 4
/* IP ids that count up do so by less than this from a segment to the next. */
#define TRADE_ID_STEP_MAX 256

/* trade_side_t.scale if it is no number. */
enum { TRADE_SCALE_UNKNOWN = -1, TRADE_SCALE_NONE = -2 };

/* Bytes that a side sent and the other had not acknowledged. */
typedef struct trade_sending {
    trade_span_t span;    /* from when they were first sent until they were acknowledged */
    trade_time_t last;    /* when they were last sent */
    trade_time_t heard;   /* when the other side last sent anything, up to their ACK */
    trade_span_t silence; /* the longest time before that in which it sent nothing */
    trade_time_t backoff; /* since then, TCP's backoff explains the distances of retransmissions */
    trade_time_t apart;   /* the time between the newest two */
    uint32_t alive;       /* retransmissions, from the second on, that came after the other side was
                             heard since the one before, ALIVE_AFTER or more after the first */
    trade_time_t met;     /* the newest of these sendings that met a kernel which was alive: */
    uint32_t beside;      /* so many, some seconds apart, while it acknowledged what came on other
                             connections */
    trade_time_t refused; /* the newest of these sendings that was answered at once, by an ACK that
                             repeats the one before: it came, and was not taken */
    uint32_t refusals;    /* how many were */
    uint32_t seq;         /* sequence number of the first byte */
    uint32_t end;         /* sequence number of the first byte after them */
    uint32_t frame;       /* in which they were first sent */
    uint32_t last_frame;  /* in which they were last sent */
    uint32_t acked_frame; /* in which they were acknowledged; 0: they were not */
    uint32_t times;       /* how often they were sent; 0: never seen */
    uint16_t ip_id;       /* when they were last sent */
    bool is_ping;         /* a Ping is among them */
    bool is_keepalive;    /* they are keepalives, which have no new bytes */
} trade_sending_t;

/* Bytes that came again, or late. */
typedef struct trade_repeat {
    uint32_t seq;       /* sequence number of the first byte */
    uint32_t end;       /* sequence number of the first byte after them */
    trade_time_t first; /* when they, or what follows them, came first */
    trade_time_t last;  /* when they came last */
} trade_repeat_t;

/* Bytes of a side that never came here, nor to the other side, though the side goes on behind
 * them: they were lost before the capture point. */
typedef struct trade_unseen {
    uint32_t seq;       /* sequence number of the first */
    uint32_t frame;     /* the first that shows that they were sent; 0: there are none */
    trade_time_t since; /* when that came */
    uint32_t times;     /* how often the other side still waited for them, ALIVE_AFTER since then or
                           more, after the side itself was heard again */
    uint32_t last_frame; /* of these, the newest */
    trade_time_t last;   /* when that came */
    bool is_for_nobody;  /* while they were sent, the other side's host may have been gone */
    bool is_behind;      /* the side was heard, and the other one was not yet */
} trade_unseen_t;

/* A Ping that waits for its Pong. */
typedef struct trade_ping {
    trade_time_t sent;
    trade_time_t last;    /* when it was last sent */
    trade_time_t acked;   /* when TCP acknowledged it */
    uint64_t uncertain;   /* bytes of the answering side, the fewest since it was sent; see
                             trade_evidence_get_uncertain() */
    uint32_t frame;       /* in which it was first sent */
    uint32_t pdu_frame;   /* in which it was dissected: of another capture point, perhaps */
    uint32_t seq;         /* sequence number of its first byte */
    uint32_t acked_frame; /* 0: not acknowledged */
    uint32_t times;       /* how often it was sent */
    uint32_t alive;       /* as in trade_sending_t */
    uint16_t ip_id;       /* when it was first sent */
    bool is_after_fin;    /* the other side had closed before, and this one knew */
    bool is_after_data;   /* data that acknowledges it was captured before */
} trade_ping_t;

/* A time in which a window let no Ping through. */
typedef struct trade_block {
    trade_span_t span;
    trade_time_t sum;     /* how long of span the window was closed */
    uint32_t frame;       /* in which it closed */
    uint32_t heard;       /* segments of the reader that came meanwhile, after the first */
    trade_time_t shown;   /* when its newest one came: until then the window was closed for sure */
    uint32_t probes;      /* zero-window probes of the other side, not answered, at the end */
    uint32_t probe_frame; /* of the last probe */
    trade_time_t probed;  /* when the newest probe came, answered or not; 0: there was none */
    uint32_t times;       /* how often the window closed */
    uint32_t window;      /* what it was, in bytes */
    bool is_zero;         /* it was zero at some time */
    bool is_small;        /* it was too small for a Ping; else it was full of bytes in flight */
} trade_block_t;

/* Connections that one host ended together. */
typedef struct trade_burst {
    trade_span_t span;    /* from the first of their ends to the last */
    trade_time_t quiet;   /* when the host was last heard before; before it came back, perhaps */
    uint32_t first_frame; /* with which one ended first */
    uint32_t last_frame;  /* with which one ended last */
    uint32_t count;       /* of these connections */
    uint32_t fins;        /* of them, those that the host ended with a FIN */
    uint32_t clocked;     /* of them, those that it ended by an RST of its kernel, by its clock */
    uint32_t live;        /* how many connections the host had when the first ended */
    uint32_t most;        /* how many it had at a time before */
    uint8_t ttl;          /* of the host's frames, on the first; 0: not known or not constant */
    bool is_answering;    /* all are RSTs that answer a segment */
    bool may_be_given_up; /* one had no Pong since it was captured from its middle on */
    /* Which kernels the connections show, by TCP timestamps */
    uint32_t alike;         /* of the connections, those with the clock of another one */
    bool has_other_clocks;  /* one has another clock than others between the same two hosts */
    uint32_t same_kernels;  /* connections that began since then, by this clock */
    uint32_t other_kernels; /* and by another one */
    uint32_t card;          /* of the host's newest frame before; 0: not known */
    /* What became of attempts to connect to it since then */
    uint32_t syns;           /* segments that asked for a connection */
    uint32_t refusals;       /* RSTs that answered them */
    uint32_t refused_frame;  /* the first of these */
    trade_time_t refused;    /* when that came */
    trade_time_t answered;   /* when one was answered for the first time; 0: none was */
    uint32_t answered_frame; /* in which */
    uint8_t answered_ttl;    /* of that frame */
    bool is_other_card;      /* that frame came from another network card */
} trade_burst_t;

/* How time is cut into stretches. */
typedef struct trade_slices {
    trade_time_t first;  /* when the first began */
    trade_time_t begin;  /* when the current one began */
    trade_time_t length; /* of each; 0: there is none */
    uint32_t number;     /* of the current one, from 1 */
} trade_slices_t;

/* What connections showed in a stretch of time. */
typedef struct trade_bucket {
    uint32_t number;   /* of the stretch */
    uint32_t well;     /* connections of which data was acknowledged */
    uint32_t heard[2]; /* of two hosts: frames of each, on any TCP connection */
} trade_bucket_t;

/* What the connections of a host, or of two hosts, showed, by the newest stretches of time. */
typedef struct trade_group {
    trade_bucket_t buckets[TRADE_BUCKETS_MAX]; /* by number, in a ring */
} trade_group_t;

/* Groups of a connection: of the hosts of its sides, and of both. */
enum { TRADE_GROUP_PAIR = 2, TRADE_GROUPS = 3 };

/* What the other connections of a host, or of two, showed in a time. */
typedef struct trade_siblings {
    uint32_t others; /* that were well, each, shortly before it, or meanwhile */
    uint32_t well;   /* how many of them were well throughout */
    uint32_t full;   /* stretches of time that lie wholly in it; 0: nothing is known */
    bool is_watched; /* in each of these, both hosts were heard, on any TCP connection */
} trade_siblings_t;

/* What is kept of a connection's groups. */
typedef struct trade_kin {
    const trade_slices_t *slices;        /* NULL: it has no groups */
    trade_group_t *groups[TRADE_GROUPS]; /* each may be NULL */
    trade_group_t *kept;                 /* as they were when it ended; NULL: it did not */
    uint32_t kept_number;                /* of the stretch in which that was */
    uint32_t number;                     /* of the newest stretch in which it was well */
    uint32_t well;                       /* in which it was well: bits, the lowest for number */
    bool is_reversed;                    /* its first side's host is the second of the two */
} trade_kin_t;

/* The clock of a kernel, by its TCP timestamps on one connection. */
typedef struct trade_stamps {
    trade_time_t when; /* when the newest segment came that was sent at most a second before */
    uint32_t stamp;    /* its timestamp */
    uint32_t since;    /* the frame since which the clock agrees with the capture's */
    uint16_t rate;     /* ticks a second; 0: not known */
    uint16_t run;      /* how many such segments, 10 s or more apart, agreed on that */
} trade_stamps_t;

/* Why timestamps are behind. */
typedef enum trade_lag_kind {
    TRADE_LAG_NETWORK, /* the segments were on their way for long */
    TRADE_LAG_STOOD    /* the clock stood still, and the host with it */
} trade_lag_kind_t;

/* Segments whose timestamps are behind their kernel's clock. */
typedef struct trade_lag {
    trade_lag_kind_t kind;
    trade_span_t span;   /* in which the clock stood, or in which they came */
    trade_time_t came;   /* when the first came */
    trade_time_t behind; /* how far they are behind */
    uint32_t frame;      /* the first; 0: there are none */
} trade_lag_t;

/* The newest of these, and what is not yet decided. */
typedef struct trade_lags {
    trade_lag_t list[TRADE_LAGS_MAX]; /* in a ring */
    uint32_t count;                   /* of all, those no longer kept too */
    trade_lag_t open;                 /* decided by what comes next */
    trade_stamps_t clock;             /* as it was before */
    trade_time_t since;               /* since when they are equally far behind */
    trade_time_t last;                /* when the newest came */
    trade_time_t fresh; /* since when some of these were sent just before they came; 0: none was */
    bool is_lasting;    /* they have been equally far behind for long */
} trade_lags_t;

/* A kernel that has connections with another host; of several behind one address, the first. */
typedef struct trade_kernel {
    trade_stamps_t clock;
    trade_time_t since; /* since when it was seen each few seconds */
    trade_time_t alive; /* when it was last seen to acknowledge what had just come; 0: never */
    uint32_t ended;     /* the first frame of the newest burst that a connection of it ended in; 0:
                           none did */
} trade_kernel_t;

/* What shows that a side sent nothing. */
typedef enum trade_proof {
    TRADE_PROOF_STAMPS, /* TCP timestamps */
    TRADE_PROOF_ANSWERS /* its kernel's answers to keepalives */
} trade_proof_t;

/* The keepalives of the other side that a side's kernel answers. */
typedef struct trade_answers {
    trade_time_t asked;      /* when the newest came that is not answered; 0: there is none */
    uint32_t run;            /* how many were answered in a row, each before the next came */
    bool is_lost;            /* one was not, and nothing shows since that answers are soon here */
    trade_span_t unanswered; /* the newest in a row without an answer, from the first of these on */
    uint32_t unanswered_count;
    uint32_t first_frame; /* of these */
    uint32_t last_frame;
    uint32_t alive;     /* of these, as in trade_sending_t: this side sent keepalives itself */
    trade_time_t apart; /* the time between the newest two of these */
    bool is_uneven;     /* others are not as far apart */
    uint32_t echo;      /* the timestamp that the first repeats; 0: none */
    bool is_given_up;   /* an RST shows that no answer came to who sent it, seen here or not */
} trade_answers_t;

/* How long a side sent nothing but what was seen, though it was free to send. */
typedef struct trade_silence {
    trade_time_t until;  /* 0: not known */
    uint32_t frame;      /* which shows that */
    uint32_t since;      /* the frame since which its kernel's clock shows the time; 0: the time is
                            the capture's */
    trade_proof_t proof; /* what shows it */
} trade_silence_t;

/* Times in which something lasted: of those that are over, the longest. */
typedef struct trade_longest {
    trade_span_t spans[TRADE_LONGEST_MAX]; /* in no order; end 0: none */
} trade_longest_t;

/* What the frames of a host have in common, on all of its connections with TRADE. Resets do not
 * count: they may be from somebody else. */
typedef struct trade_host {
    struct {
        uint8_t ttl;       /* or hop limit */
        trade_time_t last; /* when the newest frame with it came */
    } ttls[TRADE_TTLS_MAX];
    uint32_t ttl_count; /* more than TRADE_TTLS_MAX: they are not all kept */
    uint16_t ip_id;     /* of its newest frame; 0: none so far, or frames have none */
    uint32_t card;      /* of its newest frame that came over no router; 0: not known */
    trade_time_t heard; /* when that came */
    trade_span_t away;  /* the newest time without one that is so long that kernels may have given
                           its connections up in it */
    trade_longest_t silences; /* times without one */
    trade_time_t asked;       /* the first attempt to connect to it since it last answered one; 0:
                                 there is none */
    trade_longest_t deaf;     /* times from there to its answer */
    uint32_t live;            /* its connections with bytes that have not ended */
    uint32_t most;            /* of these at a time */
    trade_burst_t bursts[TRADE_BURSTS_MAX]; /* the newest, in a ring; the last may be of one */
    uint32_t burst_count;                   /* of all, those no longer kept too */
    trade_group_t *group;                   /* NULL: there are too many hosts */
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
    uint32_t next;        /* sequence number of the first byte not yet seen */
    uint64_t missing;     /* bytes not in the capture, without those only acknowledged */
    uint32_t cuts;        /* segments that the snapshot length cut */
    uint32_t losses;      /* how often the dissector could not tell what it was given */
    uint32_t unrelated;   /* segments far from any sequence number that this side used before: of
                             another connection of these ends */
    bool is_old;          /* all bytes of its newest segment were sent before */
    bool is_halted;       /* the dissector is given nothing more */
    uint32_t ahead;       /* bytes beyond next that the other side acknowledged */
    trade_holes_t *holes; /* bytes not in the capture; NULL: none are missing so far */

    /* Their delivery */
    bool is_acked;        /* the other side acknowledged something: unacked is known */
    uint32_t unacked;     /* sequence number of the first byte that it did not acknowledge */
    uint32_t acked_first; /* what unacked was first */
    struct {
        trade_time_t when;
        uint32_t ack;
    } acks[TRADE_ACKS_MAX];    /* the newest acknowledgements of its bytes, in a ring */
    uint32_t ack_count;        /* of all acknowledgements, those no longer kept too */
    trade_sending_t oldest;    /* the oldest bytes in flight */
    trade_sending_t newest;    /* the newest: an acknowledgement before them may be missing */
    trade_sending_t *sendings; /* acknowledged bytes that took long, in a ring; NULL: none */
    uint32_t sending_count;    /* of all such bytes, those no longer kept too */
    trade_notice_t *notice;    /* an ICMP message about bytes in flight; NULL: none came */
    uint32_t resents;          /* how often bytes came again that were not acknowledged since */
    uint32_t resent_seq;       /* the first of the newest of these */
    uint32_t resent_frame;     /* in which they came for the second time or more */
    trade_time_t resent_until; /* when those that did were acknowledged */
    trade_repeat_t again;      /* the newest that were retransmitted and not acknowledged */
    trade_repeat_t late;       /* the newest that came after what follows them */
    uint32_t sacks;            /* selective acknowledgements that it sent */
    uint32_t duplicate_acks;   /* that it sent */
    trade_unseen_t unseen;     /* its bytes that were lost before they came here */

    /* The side itself */
    trade_time_t heard;     /* when it last sent a segment, resets apart */
    uint32_t heard_frame;   /* of that segment */
    uint32_t first_frame;   /* the first that was seen of it; 0: none */
    trade_time_t closed;    /* when it sent a FIN, or the connection was reset; 0: it is open */
    trade_ending_t closing; /* how it was closed */
    uint32_t closed_frame;  /* with which frame */
    uint8_t closed_by;      /* the side that sent that frame */
    trade_segment_t last;   /* its newest segment */
    uint16_t usual_ip_id;   /* of its newest segment, resets apart */
    uint8_t ttl;            /* usual; 0: not known or not constant */
    uint32_t ttls;          /* segments that had it */
    uint32_t ip_ids;        /* segments in a row whose ids grew slowly, until there were enough */

    /* Its window */
    int8_t scale;         /* or TRADE_SCALE_UNKNOWN, TRADE_SCALE_NONE */
    uint32_t window;      /* in bytes; as in the header if the scale is not known */
    uint32_t window_max;  /* the largest, as in the header */
    trade_time_t offered; /* when it last had room, and had acknowledged all that was sent */
    trade_time_t offers;  /* since when it has had room each time; 0: it has none */

    /* Whether it has anything to send. Bytes that come with such an offer are a question: who
     * acknowledges them, and sends nothing or little, had nothing else to send when they passed.
     * That holds however long the path is. */
    trade_time_t asked;       /* when it sent such bytes, not yet acknowledged; 0: there are none */
    uint32_t asked_seq;       /* their sequence number */
    uint32_t asked_ack;       /* the acknowledgement number that they came with */
    bool has_data_ack;        /* it sent data with an acknowledgement, of which: */
    uint32_t data_ack;        /* the highest acknowledgement number */
    trade_time_t idle;        /* the newest time at which it had nothing to send */
    trade_time_t idle_before; /* what idle was before its newest segment */
    uint32_t idle_next;       /* sequence number of what it sent next after idle */

    trade_stamps_t stamps;   /* its kernel's clock */
    trade_time_t behind;     /* how far its newest segment is behind that */
    trade_time_t on_time;    /* when its newest segment came that was not */
    trade_kernel_t *kernel;  /* NULL: there are too many pairs of hosts */
    trade_lags_t *lags;      /* what was behind; NULL: nothing so far */
    trade_answers_t answers; /* to keepalives */
    trade_silence_t silence; /* up to its newest segment */

    trade_time_t zero_since; /* when its window became zero; 0: it is not */
    trade_time_t zero_first; /* when it was zero for the first time; 0: never */
    trade_time_t zero_total; /* how long it was zero, without the last time if that lasts */
    bool is_blocked;         /* by it the other side cannot send a Ping, see the last block */
    trade_block_t *blocks;   /* TRADE_BLOCKS_MAX, the oldest first; NULL: none */
    uint32_t block_count;

    /* Its Pings */
    uint32_t pings;
    uint32_t answered;
    uint32_t lost; /* not answered, but the answer may be in bytes that were not captured, or need
                      not be: they met a FIN on their way */
    trade_time_t last_ping;
    uint32_t last_ping_frame;
    uint32_t last_ping_pdu;     /* as trade_ping_t.pdu_frame, of that */
    trade_time_t last_answered; /* when the Pong to it came; 0: none did */
    uint64_t uncertain_at_ping; /* bytes of this side, the fewest since its last Ping */
    trade_time_t overdue;       /* when the next is missing; TRADE_NEVER: that is reported */
    trade_rhythm_t rhythm;
    trade_ping_t waiting[TRADE_PINGS_MAX]; /* the oldest first */
    uint32_t waiting_count;
} trade_side_t;

/* Whether an RST fits the side that it claims to be from. */
typedef struct trade_reset {
    uint32_t frame; /* 0: there was none */
    trade_time_t when;
    uint8_t side;         /* that it claims to be from */
    uint8_t ttl;          /* or hop limit; 0: not known */
    uint8_t usual_ttl;    /* of its side; 0: not known or not constant */
    bool is_id_foreign;   /* its IP id is far from its side's, which count up */
    bool is_id_next;      /* its IP id goes on from its side's, or its host's */
    uint16_t ip_id;       /* 0: none */
    uint16_t usual_id;    /* the IP id of its side's newest segment before */
    uint32_t seq;         /* its sequence number */
    bool is_outside;      /* its sequence number is outside the window: TCP ignores it */
    int32_t distance;     /* of its sequence number from what the other side waits for, in bytes */
    bool is_unrelated;    /* it may be of another connection of these ends */
    bool is_answer;       /* it came just after something that was not yet acknowledged */
    uint32_t later_frame; /* in which its side goes on sending; 0: it does not */
    trade_time_t later;   /* when that frame came */
    uint32_t other_frame; /* of an RST claiming to be from the other side, which alone a second
                             capture point shows; 0: none */
    uint32_t again;       /* how often the side sent bytes again that it had sent before */
    trade_time_t last;    /* when it last did so */
    bool is_succeeded;    /* a SYN came after it: what follows is of another connection */
    bool has_ack; /* its ACK bit is set: it need not answer a segment of a connection that its side
                     does not have */
} trade_reset_t;

/* Times of the capture that contradict each other on a connection. */
typedef struct trade_skew {
    uint32_t count;       /* how often bytes came long after they were acknowledged */
    uint32_t duplicates;  /* how often the same frame was captured again long after */
    uint32_t backwards;   /* how often time went back */
    uint32_t beyond;      /* how many frames' times are too early or too late to be handled */
    trade_time_t amount;  /* the largest contradiction */
    trade_time_t lead;    /* how long one of two capture points showed bytes before the other */
    uint32_t frame;       /* the first of these frames */
    uint32_t other_frame; /* which that one contradicts; 0: not kept */
} trade_skew_t;

/* Returns memory that is zeroed and lives as long as the evidence. */
typedef void *(*trade_allocate_t)(size_t size);

/* What is known of one connection. */
typedef struct trade_evidence {
    trade_allocate_t allocate; /* for what few connections have */
    trade_side_t sides[2];
    trade_kin_t kin;
    uint8_t module;                        /* index of the side that is the module's */
    trade_time_t first;                    /* when its first segment came */
    uint32_t first_frame;                  /* of its first segment */
    trade_time_t now;                      /* when its newest segment came */
    uint32_t now_frame;                    /* of its newest segment */
    trade_span_t quiets[TRADE_QUIETS_MAX]; /* the newest times without a segment, in a ring */
    uint32_t quiet_count;                  /* of all such times, those no longer kept too */
    trade_time_t syn;                      /* when the SYN came; 0: not captured */
    trade_time_t syn_ack;                  /* when the SYN with ACK came; 0: not captured */
    trade_time_t syn_acked;                /* when the ACK of that came; 0: not captured */
    uint8_t opener;                        /* the side that sent the SYN */
    bool is_another;                       /* its ends had another connection before */
    bool is_live;                          /* its hosts count it, */
    trade_time_t live_since;               /* from then on */
    trade_span_t away;  /* before an RST ended it: when nothing came of the other side's host, so
                           long and so shortly before that it may be why; 0 to 0: there is none */
    trade_span_t quiet; /* when it ended: the longest of its newest times without a segment */
    const struct trade_attempts *attempts; /* to connect, for which it stands; NULL: none failed */
    trade_ending_t ending;                 /* NONE: it is open */
    uint8_t ended_by;                      /* the side that ended it */
    trade_time_t ended;                    /* when it ended */
    uint32_t ended_frame;                  /* with which frame */
    bool is_reset;                         /* by an RST that fits */
    trade_reset_t reset;                   /* the last RST */
    trade_reset_t reply;                   /* one of the other side, soon after that */
    trade_reset_t odd;        /* the first RST that its side did not send, as is shown */
    trade_skew_t skew;        /* times that contradict each other */
    trade_time_t skew_min;    /* what contradicts by less comes from how the capture was made */
    uint32_t mixed_frame;     /* which shows segments of several connections; 0: none does */
    trade_time_t mixed_since; /* when that frame came */
    bool is_apart;            /* it is of another capture point, which goes on alone since then */
    const trade_time_t *seen; /* of two capture points: when the one that it is judged by showed
                                 any connection; NULL: there is one */
    uint32_t unread;          /* frames whose headers cannot be read */
    uint32_t unread_frame;    /* the first of these */
} trade_evidence_t;

/* What a segment shows at once. */
typedef struct trade_seen {
    uint32_t ping_frame; /* in which a Ping was first sent that this segment has again, for the
                            TRADE_UNDELIVERED_MIN-th time or more, unacknowledged; 0: none */
    uint32_t ping_times; /* how often that Ping was sent */
    bool is_end;         /* the segment ends the connection, for now */
} trade_seen_t;

/* Returns whether a number is so far from another that it is of another connection. */
static inline bool trade_is_far(uint32_t seq, uint32_t other)
{
    return seq - other + TRADE_DISTANCE_MAX >= 2 * TRADE_DISTANCE_MAX;
}

/* Returns whether a retransmission, or another keepalive, shows that the other side was alive and
 * did not have what was sent before: that was sent twice or more, the other side was heard since
 * then, and it is retransmitted. A host that paused is heard as well when it goes on, but then it
 * has what comes next. times: how often it was sent before, first and last: when. */
static inline bool trade_shows_alive(uint32_t times, trade_time_t first, trade_time_t last,
                                     trade_time_t heard)
{
    return times >= 2 && heard > last && heard - first >= TRADE_ALIVE_AFTER;
}

#endif /* TRADE_ANALYSIS_HEALTH_STATE_H */
