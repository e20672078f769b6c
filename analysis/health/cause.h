/* cause.h
 * What was found of connections, and the incidents that it comes to: what
 * analysis/health/causes.h puts together and analysis/health/company.h counts.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_CAUSE_H
#define TRADE_ANALYSIS_HEALTH_CAUSE_H

#include "analysis/health/rules.h"

/* What the connections of an incident have in common. */
typedef enum trade_share {
    TRADE_SHARE_PAIR,        /* both hosts */
    TRADE_SHARE_MODULE,      /* the modules' host */
    TRADE_SHARE_MULTIPLEXER, /* the Multiplexer's host */
    TRADE_SHARE_ALL,         /* the capture */
    TRADE_SHARES
} trade_share_t;

/* Returns the number by which connections that share something are known. */
static inline uint64_t trade_share_get_key(trade_share_t share, uint32_t module,
                                           uint32_t multiplexer)
{
    switch (share) {
    case TRADE_SHARE_PAIR:
        return (uint64_t)module << 32 | multiplexer;
    case TRADE_SHARE_MODULE:
        return module;
    case TRADE_SHARE_MULTIPLEXER:
        return multiplexer;
    default:
        return 0;
    }
}

/* A connection. */
typedef struct trade_subject {
    uint32_t module;      /* number of the module's host */
    uint32_t multiplexer; /* number of the Multiplexer's host */
    trade_span_t open;    /* from its first frame to its end, or to the end of the capture */
    bool is_judged;       /* all that went wrong with it is known */
} trade_subject_t;

/* What was found of a connection. */
typedef struct trade_trouble {
    uint32_t subject; /* index of the connection */
    uint32_t number;  /* of its findings; the caller's */
    trade_verdict_t verdict;
    trade_where_t where;
    trade_span_t span;     /* start 0: not known */
    trade_time_t interval; /* between two Pings */
    uint32_t frame;        /* to look at first; 0: none */
    bool is_lasting;       /* it had no end by the end of the capture */
    uint32_t outage;   /* number, from 1 on, of the outage of a host that it is of; 0: of none */
    uint32_t attempts; /* to connect, that failed */
    bool is_of_host;   /* it names a host, which may have paused, or is not known to be well */
    bool is_answer;    /* it is an RST that answers a segment */
    uint32_t cause;    /* index of its incident */
} trade_trouble_t;

/* Connections that an incident's could be compared with. */
typedef struct trade_company {
    uint32_t open; /* while the incident began, its own among them */
    uint32_t well; /* all the time that it lasted */
} trade_company_t;

/* An incident. */
typedef struct trade_cause {
    trade_share_t share;
    uint32_t module;      /* number of the modules' host; of the first, if there are several */
    uint32_t multiplexer; /* number of the Multiplexer's host; as above */
    trade_where_t where;
    trade_span_t span;       /* from its first beginning to its last end; start 0: not known */
    trade_time_t last_start; /* its last beginning */
    trade_time_t interval;   /* between two Pings */
    bool is_lasting;         /* it had no end by the end of the capture */
    bool is_of_host;         /* one of its troubles is */
    uint32_t frame;          /* the first to look at; 0: none */
    uint32_t first;          /* index of its first trouble; the others follow */
    uint32_t count;          /* of its troubles */
    uint32_t telling;        /* index of the trouble that tells most of it */
    uint32_t outage;         /* as of its troubles */
    uint32_t connections;
    uint32_t of[TRADE_VERDICTS];           /* these, by what was found of them */
    uint32_t attempts[TRADE_VERDICTS];     /* to connect, that failed, likewise */
    uint32_t modules;                      /* how many hosts of modules */
    uint32_t multiplexers;                 /* how many hosts of Multiplexers */
    trade_company_t company[TRADE_SHARES]; /* of its hosts, and of the capture; those of hosts that
                                              it does not share are 0 */
} trade_cause_t;

/* What is found of all connections, and what it comes to. */
typedef struct trade_causes {
    trade_subject_t *subjects;
    trade_trouble_t *troubles; /* by their incidents, once these are found */
    trade_cause_t *causes;     /* the worst first */
    uint32_t subject_count;
    uint32_t trouble_count;
    uint32_t cause_count;
    uint32_t host_count; /* hosts' numbers are less */
} trade_causes_t;

/* Returns whether an incident lasts long enough for the Pings of connections that are well to show
 * that they were so meanwhile. */
static inline bool trade_cause_is_long(const trade_cause_t *cause)
{
    return cause->span.start != 0 &&
           trade_span_get_length(&cause->span) >= trade_get_late(cause->interval);
}

#endif /* TRADE_ANALYSIS_HEALTH_CAUSE_H */
