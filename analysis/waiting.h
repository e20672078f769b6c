/* waiting.h
 * The Pings of one side of a connection that wait for their Pongs, for -z trade,health:
 * how many are overdue though nothing is missing in which the Pong could be, and the
 * oldest ones. What a packet costs does not depend on how many wait.
 *
 * Whether a Pong can be missing shows by a doubt, a number that grows when more of the
 * answering side's bytes are not at hand, and falls when they come after all. A Ping is
 * sure while the doubt is what it was at its lowest since the Ping was sent.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_WAITING_H
#define TRADE_ANALYSIS_WAITING_H

#include "analysis/exchange.h"

/* A Ping that waits for its Pong. */
typedef struct trade_waiting_ping {
    const trade_record_t *record;
    trade_time_t sent;
    uint32_t acked_frame; /* in which TCP acknowledged it; 0: not seen */
    bool answered;
    bool lost;    /* TRADE_RECORD_ANSWER_LOST is known */
    bool counted; /* in its group */
} trade_waiting_ping_t;

/* The Pings that wait, all 0 at first; trade_waiting_free() it. */
typedef struct trade_waiting {
    GArray *pings;         /* trade_waiting_ping_t, as sent; NULL: there was none. The last one
                              is not answered */
    GArray *groups;        /* of Pings that follow one another and share a doubt, which rises
                              from group to group */
    unsigned oldest;       /* index of a Ping; those before it are answered */
    unsigned unmarked;     /* those before it are answered or lost */
    unsigned acked;        /* those before it are acknowledged by TCP */
    unsigned due;          /* those before it are overdue */
    unsigned after_answer; /* the one after that which was answered last */
    unsigned lost_seen;    /* trade_outstanding_t.unsure, up to which lost is known */
    trade_time_t interval; /* by which they are overdue */
} trade_waiting_t;

/* Adds a Ping. */
void trade_waiting_add(trade_waiting_t *waiting, const trade_record_t *record, trade_time_t now,
                       uint64_t doubt);

/* Takes off the Ping that a Pong answers. Returns whether it was there. */
bool trade_waiting_answer(trade_waiting_t *waiting, const trade_record_t *pong);

/* Is told of an acknowledgement by TCP, and in which frame. */
void trade_waiting_acknowledge(trade_waiting_t *waiting, uint32_t ack, uint32_t frame);

/* Takes off the newest Ping. Returns whether there was one. */
bool trade_waiting_take_newest(trade_waiting_t *waiting);

/* Is told what the doubt is now; before Pings are added. */
void trade_waiting_set_doubt(trade_waiting_t *waiting, uint64_t doubt);

/* Looks for Pings that the dissector has found to have lost their answers, before those of
 * the same frame are added. unsure: of its trade_outstanding_t. */
void trade_waiting_find_lost(trade_waiting_t *waiting, unsigned unsure);

/* Is told the time, and after how long a Ping is overdue. */
void trade_waiting_set_time(trade_waiting_t *waiting, trade_time_t now, trade_time_t interval);

/* Returns how many are overdue and sure; doubt: as it is now. */
unsigned trade_waiting_count(const trade_waiting_t *waiting, uint64_t doubt);

/* Returns the oldest that is overdue and sure, or NULL. */
const trade_waiting_ping_t *trade_waiting_get_sure(trade_waiting_t *waiting, uint64_t doubt);

/* Returns the oldest that is overdue, or NULL. */
const trade_waiting_ping_t *trade_waiting_get_oldest(trade_waiting_t *waiting);

/* Frees what it holds. */
void trade_waiting_free(trade_waiting_t *waiting);

#endif /* TRADE_ANALYSIS_WAITING_H */
