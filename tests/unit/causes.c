/* causes.c
 * One cause, one incident: what is found of connections, and which of it is put together.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib.h>

#include "analysis/health/crowd.c"
#include "analysis/health/company.c"
#include "analysis/health/clusters.c"
#include "analysis/health/causes.c"

enum { TROUBLES_MAX = 12, SUBJECTS_MAX = 16 };
/* Interval between Pings, and when captures begin and end, in s. */
enum { INTERVAL = 30, BEGIN = 1000, END = 2000 };

static unsigned failures;

static void **allocated; /* each block begins with the one before it */

static void *allocate(size_t size)
{
    void **block = (void **)g_malloc0(sizeof(max_align_t) + size);

    *block = (void *)allocated;
    allocated = block;
    return (char *)block + sizeof(max_align_t);
}

static void free_all(void)
{
    while (allocated) {
        void **block = allocated;
        allocated = (void **)*block;
        g_free((void *)block);
    }
}

/* A connection: hosts, when it is open (0: always). */
typedef struct open {
    uint32_t module, multiplexer;
    double start, end;
} open_t;

/* What is found of one. */
typedef struct found {
    uint32_t subject;
    trade_verdict_t verdict;
    trade_where_t where;
    double start, end;
} found_t;

#define NOT_READING TRADE_VERDICT_PEER_NOT_READING
#define UNDELIVERED TRADE_VERDICT_NOT_DELIVERED
#define RESET TRADE_VERDICT_RESET_FOREIGN
#define MISSING TRADE_VERDICT_PING_MISSING
#define UNANSWERED TRADE_VERDICT_PING_UNANSWERED
#define LATE_ANSWER TRADE_VERDICT_ANSWERED_LATE
#define CLOCKS TRADE_VERDICT_CLOCKS_DIFFER
#define HOLE TRADE_VERDICT_CAPTURE_HOLE
#define MODULE TRADE_WHERE_MODULE
#define MULTIPLEXER TRADE_WHERE_MULTIPLEXER
#define NETWORK TRADE_WHERE_NETWORK
#define OR_MODULE TRADE_WHERE_NETWORK_OR_MODULE
#define OR_MULTIPLEXER TRADE_WHERE_NETWORK_OR_MULTIPLEXER
#define UNKNOWN TRADE_WHERE_CANNOT_TELL

/* One host's connections to a Multiplexer; four hosts' to it; two hosts' to two. */
static const open_t one_pair[] = { { 1, 9, 0, 0 }, { 1, 9, 0, 0 }, { 1, 9, 0, 0 }, { 1, 9, 0, 0 } };
static const open_t star[] = { { 1, 9, 0, 0 }, { 2, 9, 0, 0 }, { 3, 9, 0, 0 }, { 4, 9, 0, 0 } };
static const open_t couple[] = { { 1, 9, 0, 0 }, { 2, 9, 0, 0 } };
static const open_t fan[] = { { 1, 6, 0, 0 }, { 1, 7, 0, 0 }, { 1, 8, 0, 0 }, { 1, 9, 0, 0 } };
static const open_t grid[] = { { 1, 8, 0, 0 }, { 2, 8, 0, 0 }, { 3, 9, 0, 0 }, { 4, 9, 0, 0 } };
static const open_t gone[] = {
    { 1, 9, 0, 0 }, { 2, 9, 0, 0 }, { 3, 9, 0, 0 }, { 4, 9, 1000, 1099 }
};
static const open_t there[] = {
    { 1, 9, 0, 0 }, { 2, 9, 0, 0 }, { 3, 9, 0, 0 }, { 4, 9, 1000, 1100 }, { 5, 9, 1130, 2000 }
};

/* What is expected of an incident, the worst first. */
typedef struct expected {
    trade_share_t share;
    trade_where_t where;
    uint32_t connections, open, well;
} expected_t;

#define CONNECTIONS(array) array, sizeof array / sizeof *array
#define PAIR TRADE_SHARE_PAIR
#define ONE_MODULE TRADE_SHARE_MODULE
#define ONE_MULTIPLEXER TRADE_SHARE_MULTIPLEXER
#define ALL TRADE_SHARE_ALL

/* clang-format off */
static const struct {
    const char *what;
    const open_t *open;
    size_t open_count;
    found_t found[TROUBLES_MAX];
    unsigned found_count;
    expected_t expected[TROUBLES_MAX];
    unsigned expected_count;
} cases[] = {
    { "nothing", CONNECTIONS(one_pair), { { 0 } }, 0, { { 0 } }, 0 },
    { "one connection of four", CONNECTIONS(one_pair),
      { { 1, NOT_READING, MULTIPLEXER, 1100, 1200 } }, 1,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 1, 4, 3 } }, 1 },
    { "two an interval apart", CONNECTIONS(one_pair),
      { { 0, MISSING, OR_MODULE, 1100, 1200 }, { 1, MISSING, OR_MODULE, 1130, 1200 } }, 2,
      { { PAIR, OR_MODULE, 2, 4, 2 } }, 1 },
    { "two further apart", CONNECTIONS(one_pair),
      { { 0, MISSING, OR_MODULE, 1100, 1210 }, { 1, MISSING, OR_MODULE, 1130.001, 1200 } }, 2,
      { { PAIR, OR_MODULE, 1, 4, 2 }, { PAIR, OR_MODULE, 1, 4, 2 } }, 2 },
    { "the second begins as the first ends", CONNECTIONS(one_pair),
      { { 0, MISSING, OR_MODULE, 1100, 1120 }, { 1, MISSING, OR_MODULE, 1120, 1200 } }, 2,
      { { PAIR, OR_MODULE, 2, 4, 2 } }, 1 },
    { "the first was over", CONNECTIONS(one_pair),
      { { 0, MISSING, OR_MODULE, 1100, 1119.999 }, { 1, MISSING, OR_MODULE, 1120, 1200 } }, 2,
      { { PAIR, OR_MODULE, 1, 4, 3 }, { PAIR, OR_MODULE, 1, 4, 3 } }, 2 },
    { "one that goes on does not draw others after it", CONNECTIONS(one_pair),
      { { 0, MISSING, OR_MODULE, 1100, 1900 }, { 1, MISSING, OR_MODULE, 1125, 1900 },
        { 2, MISSING, OR_MODULE, 1150, 1900 } }, 3,
      { { PAIR, OR_MODULE, 2, 4, 1 }, { PAIR, OR_MODULE, 1, 4, 1 } }, 2 },
    { "RSTs a second apart", CONNECTIONS(one_pair),
      { { 0, RESET, NETWORK, 1100, 1102 }, { 1, RESET, NETWORK, 1101, 1102 } }, 2,
      { { PAIR, NETWORK, 2, 4, 2 } }, 1 },
    { "RSTs further apart", CONNECTIONS(one_pair),
      { { 0, RESET, NETWORK, 1100, 1102 }, { 1, RESET, NETWORK, 1101.001, 1102 } }, 2,
      { { PAIR, NETWORK, 1, 4, 2 }, { PAIR, NETWORK, 1, 4, 2 } }, 2 },
    { "an RST, and Pings that are missing", CONNECTIONS(one_pair),
      { { 0, RESET, NETWORK, 1100, 1200 }, { 1, MISSING, NETWORK, 1100, 1200 } }, 2,
      { { PAIR, NETWORK, 1, 4, 2 }, { PAIR, NETWORK, 1, 4, 2 } }, 2 },
    { "a hung Multiplexer shows in several ways", CONNECTIONS(star),
      { { 0, NOT_READING, MULTIPLEXER, 1100, 1200 }, { 1, UNANSWERED, MULTIPLEXER, 1110, 1200 },
        { 2, LATE_ANSWER, OR_MULTIPLEXER, 1120, 1200 }, { 3, MISSING, UNKNOWN, 1095, 1200 } }, 4,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 4, 4, 0 } }, 1 },
    { "a module's silence is not its Multiplexer's", CONNECTIONS(star),
      { { 0, UNANSWERED, MULTIPLEXER, 1100, 1200 }, { 1, MISSING, OR_MODULE, 1100, 1200 } }, 2,
      { { PAIR, OR_MODULE, 1, 1, 0 }, { ONE_MULTIPLEXER, MULTIPLEXER, 1, 4, 2 } }, 2 },
    { "before the Multiplexer's by an interval", CONNECTIONS(couple),
      { { 0, UNANSWERED, MULTIPLEXER, 1130, 1200 }, { 1, MISSING, UNKNOWN, 1100, 1200 } }, 2,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 2, 2, 0 } }, 1 },
    { "before the Multiplexer's by more", CONNECTIONS(couple),
      { { 0, UNANSWERED, MULTIPLEXER, 1130.001, 1200 }, { 1, MISSING, UNKNOWN, 1100, 1200 } }, 2,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 1, 2, 0 }, { PAIR, UNKNOWN, 1, 1, 0 } }, 2 },
    { "half of a Multiplexer's connections, of which one names it", CONNECTIONS(star),
      { { 0, UNANSWERED, MULTIPLEXER, 1100, 1200 }, { 1, UNDELIVERED, OR_MULTIPLEXER, 1100, 1200 } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 1, 0 }, { ONE_MULTIPLEXER, MULTIPLEXER, 1, 4, 2 } }, 2 },
    { "three of four", CONNECTIONS(star),
      { { 0, UNANSWERED, MULTIPLEXER, 1100, 1200 }, { 1, UNDELIVERED, OR_MULTIPLEXER, 1100, 1200 },
        { 2, MISSING, UNKNOWN, 1100, 1200 } }, 3,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 3, 4, 1 } }, 1 },
    { "modules of two hosts fail by themselves", CONNECTIONS(star),
      { { 0, MISSING, MODULE, 1100, 1200 }, { 1, MISSING, MODULE, 1100, 1200 } }, 2,
      { { ONE_MODULE, MODULE, 1, 1, 0 }, { ONE_MODULE, MODULE, 1, 1, 0 } }, 2 },
    { "a host's connections to several Multiplexers", CONNECTIONS(fan),
      { { 0, MISSING, MODULE, 1100, 1200 }, { 1, UNANSWERED, MODULE, 1110, 1200 } }, 2,
      { { ONE_MODULE, MODULE, 2, 4, 2 } }, 1 },
    { "three of four hosts", CONNECTIONS(star),
      { { 0, UNDELIVERED, OR_MODULE, 1100, 1200 }, { 1, MISSING, OR_MODULE, 1110, 1200 },
        { 2, UNDELIVERED, OR_MODULE, 1120, 1200 } }, 3,
      { { ONE_MULTIPLEXER, OR_MODULE, 3, 4, 1 } }, 1 },
    { "two of four may be chance", CONNECTIONS(star),
      { { 0, UNDELIVERED, OR_MODULE, 1100, 1200 }, { 1, UNDELIVERED, OR_MODULE, 1110, 1190 } }, 2,
      { { PAIR, OR_MODULE, 1, 1, 0 }, { PAIR, OR_MODULE, 1, 1, 0 } }, 2 },
    { "two of three: the fourth was over", CONNECTIONS(gone),
      { { 0, UNDELIVERED, OR_MODULE, 1100, 1200 }, { 1, UNDELIVERED, OR_MODULE, 1110, 1190 },
        { 2, UNDELIVERED, OR_MODULE, 1110, 1190 } }, 3,
      { { ONE_MULTIPLEXER, OR_MODULE, 3, 3, 0 } }, 1 },
    { "three of five, that are open while it begins", CONNECTIONS(there),
      { { 0, UNDELIVERED, OR_MODULE, 1100, 1200 }, { 1, UNDELIVERED, OR_MODULE, 1110, 1190 },
        { 2, UNDELIVERED, OR_MODULE, 1130, 1180 } }, 3,
      { { PAIR, OR_MODULE, 1, 1, 0 }, { PAIR, OR_MODULE, 1, 1, 0 }, { PAIR, OR_MODULE, 1, 1, 0 } }, 3 },
    { "three of four: the fifth came later", CONNECTIONS(there),
      { { 0, UNDELIVERED, OR_MODULE, 1100, 1200 }, { 1, UNDELIVERED, OR_MODULE, 1110, 1190 },
        { 2, UNDELIVERED, OR_MODULE, 1129.999, 1180 } }, 3,
      { { ONE_MULTIPLEXER, OR_MODULE, 3, 4, 0 } }, 1 },
    { "three of a host's four Multiplexers", CONNECTIONS(fan),
      { { 0, UNDELIVERED, OR_MULTIPLEXER, 1100, 1200 }, { 1, UNDELIVERED, NETWORK, 1110, 1200 },
        { 2, UNDELIVERED, OR_MULTIPLEXER, 1120, 1200 } }, 3,
      { { ONE_MODULE, NETWORK, 3, 4, 1 } }, 1 },
    { "three of all four", CONNECTIONS(grid),
      { { 0, UNDELIVERED, NETWORK, 1100, 1200 }, { 1, UNDELIVERED, NETWORK, 1110, 1200 },
        { 3, UNDELIVERED, NETWORK, 1120, 1200 } }, 3,
      { { ALL, NETWORK, 3, 4, 1 } }, 1 },
    { "two of all four, of two Multiplexers", CONNECTIONS(grid),
      { { 0, UNDELIVERED, NETWORK, 1100, 1200 }, { 3, UNDELIVERED, NETWORK, 1120, 1200 } }, 2,
      { { PAIR, NETWORK, 1, 1, 0 }, { PAIR, NETWORK, 1, 1, 0 } }, 2 },
    { "what contradicts each other is not told", CONNECTIONS(one_pair),
      { { 0, MISSING, OR_MODULE, 1100, 1200 }, { 1, MISSING, OR_MULTIPLEXER, 1100, 1200 } }, 2,
      { { PAIR, UNKNOWN, 2, 4, 2 } }, 1 },
    { "the network, by one of two", CONNECTIONS(one_pair),
      { { 0, UNDELIVERED, NETWORK, 1100, 1200 }, { 1, UNDELIVERED, OR_MULTIPLEXER, 1100, 1200 } }, 2,
      { { PAIR, NETWORK, 2, 4, 2 } }, 1 },
    { "what a capture lacks", CONNECTIONS(grid),
      { { 0, HOLE, UNKNOWN, 0, 0 }, { 3, HOLE, UNKNOWN, 0, 0 } }, 2,
      { { ALL, UNKNOWN, 2, 4, 0 } }, 1 },
    { "a capture that pauses twice", CONNECTIONS(grid),
      { { 0, HOLE, UNKNOWN, 1100, 1300 }, { 3, HOLE, UNKNOWN, 1110, 1300 }, { 1, HOLE, UNKNOWN, 1500, 1600 } }, 3,
      { { ALL, UNKNOWN, 2, 4, 2 }, { ALL, UNKNOWN, 1, 4, 3 } }, 2 },
    { "clocks", CONNECTIONS(grid),
      { { 0, CLOCKS, TRADE_WHERE_NOWHERE, 0, 0 }, { 3, CLOCKS, TRADE_WHERE_NOWHERE, 0, 0 } }, 2,
      { { ALL, TRADE_WHERE_NOWHERE, 2, 4, 0 } }, 1 },
    { "well before and after, but not meanwhile", CONNECTIONS(one_pair),
      { { 0, NOT_READING, MULTIPLEXER, 1100, 1200 }, { 1, RESET, NETWORK, 1050, 1099.999 },
        { 1, RESET, NETWORK, 1200.001, 1300 }, { 2, RESET, UNKNOWN, 1200, 1300 } }, 4,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 1, 4, 2 }, { PAIR, NETWORK, 2, 4, 1 }, { PAIR, NETWORK, 1, 4, 3 } }, 3 },
    { "one connection, twice at a time", CONNECTIONS(one_pair),
      { { 0, MISSING, OR_MODULE, 1100, 1200 }, { 0, MISSING, OR_MODULE, 1110, 1200 } }, 2,
      { { PAIR, OR_MODULE, 1, 4, 3 } }, 1 },
};
/* clang-format on */

/* What is found of one connection, and what it is related by: the outage of a host that it is of,
 * how many attempts to connect it is, whether it is an RST that answers a segment. */
typedef struct related {
    found_t found;
    uint32_t outage, attempts;
    bool is_answer;
} related_t;

#define ENDED TRADE_VERDICT_ENDED_TOGETHER
#define REFUSED TRADE_VERDICT_REFUSED
#define NO_ANSWER TRADE_VERDICT_CONNECT_UNANSWERED

/* Two hosts' connections to a Multiplexer, and what they open anew. */
static const open_t again[] = {
    { 1, 9, 1000, 1160 }, { 2, 9, 1000, 1160 }, { 1, 9, 1150, 0 }, { 2, 9, 1150, 0 }
};

/* clang-format off */
static const struct {
    const char *what;
    const open_t *open;
    size_t open_count;
    related_t related[TROUBLES_MAX];
    unsigned count;
    expected_t expected[TROUBLES_MAX];
    unsigned expected_count;
} related_cases[] = {
    { "an outage shows on all connections of a host, whenever these have something to send", CONNECTIONS(star),
      { { { 0, UNDELIVERED, OR_MULTIPLEXER, 1100, 1200 }, 1, 0, false }, { { 1, ENDED, OR_MULTIPLEXER, 1160, 1160 }, 1, 0, false },
        { { 2, ENDED, UNKNOWN, 1165, 1165 }, 1, 0, false }, { { 3, MISSING, OR_MULTIPLEXER, 1080, 1160 }, 1, 0, false } }, 4,
      { { ONE_MULTIPLEXER, OR_MULTIPLEXER, 4, 4, 0 } }, 1 },
    { "another outage is another incident", CONNECTIONS(star),
      { { { 0, ENDED, OR_MULTIPLEXER, 1160, 1160 }, 1, 0, false }, { { 1, ENDED, OR_MULTIPLEXER, 1161, 1161 }, 2, 0, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 1, 0 }, { PAIR, OR_MULTIPLEXER, 1, 1, 0 } }, 2 },
    { "what is of no outage is another incident", CONNECTIONS(star),
      { { { 0, ENDED, OR_MULTIPLEXER, 1160, 1160 }, 1, 0, false }, { { 1, ENDED, OR_MULTIPLEXER, 1161, 1161 }, 0, 0, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 1, 0 }, { PAIR, OR_MULTIPLEXER, 1, 1, 0 } }, 2 },
    { "what contradicts the outage is another incident", CONNECTIONS(star),
      { { { 0, ENDED, OR_MULTIPLEXER, 1160, 1160 }, 1, 0, false }, { { 1, MISSING, MODULE, 1100, 1200 }, 1, 0, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 1, 0 }, { ONE_MODULE, MODULE, 1, 1, 0 } }, 2 },
    { "a host of modules, with several Multiplexers", CONNECTIONS(fan),
      { { { 0, ENDED, OR_MODULE, 1100, 1100 }, 1, 0, false }, { { 3, ENDED, OR_MODULE, 1130, 1130 }, 1, 0, false } }, 2,
      { { ONE_MODULE, OR_MODULE, 2, 4, 2 } }, 1 },
    { "one that names the host", CONNECTIONS(star),
      { { { 0, ENDED, MULTIPLEXER, 1100, 1100 }, 1, 0, false }, { { 1, UNDELIVERED, OR_MULTIPLEXER, 1060, 1100 }, 1, 0, false } }, 2,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 2, 4, 2 } }, 1 },
    { "what is opened anew is not among those that were open", CONNECTIONS(again),
      { { { 0, ENDED, OR_MULTIPLEXER, 1100, 1100 }, 1, 0, false }, { { 1, ENDED, OR_MULTIPLEXER, 1160, 1160 }, 1, 0, false } }, 2,
      { { ONE_MULTIPLEXER, OR_MULTIPLEXER, 2, 2, 0 } }, 1 },
    { "attempts count, too", CONNECTIONS(again),
      { { { 0, ENDED, OR_MULTIPLEXER, 1100, 1100 }, 1, 0, false }, { { 1, ENDED, OR_MULTIPLEXER, 1101, 1101 }, 1, 0, false },
        { { 2, NO_ANSWER, OR_MULTIPLEXER, 1150, 1200 }, 1, 3, false } }, 3,
      { { ONE_MULTIPLEXER, OR_MULTIPLEXER, 3, 3, 0 } }, 1 },
    { "attempts an interval after bytes that were not acknowledged", CONNECTIONS(one_pair),
      { { { 0, UNDELIVERED, OR_MULTIPLEXER, 1100, 1160 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1190, 1300 }, 0, 1, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 2, 4, 2 } }, 1 },
    { "attempts later than that", CONNECTIONS(one_pair),
      { { { 0, UNDELIVERED, OR_MULTIPLEXER, 1100, 1160 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1190.001, 1300 }, 0, 1, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 4, 3 }, { PAIR, OR_MULTIPLEXER, 1, 4, 3 } }, 2 },
    { "attempts before that", CONNECTIONS(one_pair),
      { { { 0, UNDELIVERED, OR_MULTIPLEXER, 1200, 1260 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1100, 1300 }, 0, 1, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 4, 2 }, { PAIR, OR_MULTIPLEXER, 1, 4, 2 } }, 2 },
    { "attempts of another host", CONNECTIONS(star),
      { { { 0, UNDELIVERED, OR_MULTIPLEXER, 1100, 1160 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1150, 1300 }, 0, 1, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 1, 0 }, { PAIR, OR_MULTIPLEXER, 1, 1, 0 } }, 2 },
    { "attempts of all hosts, while the Multiplexer hangs", CONNECTIONS(star),
      { { { 0, UNANSWERED, MULTIPLEXER, 1100, 1200 }, 0, 0, false }, { { 1, UNANSWERED, MULTIPLEXER, 1100, 1200 }, 0, 0, false },
        { { 2, NO_ANSWER, OR_MULTIPLEXER, 1190, 1300 }, 0, 1, false } }, 3,
      { { ONE_MULTIPLEXER, MULTIPLEXER, 3, 4, 1 } }, 1 },
    { "attempts of one host, while a connection of another one hangs", CONNECTIONS(star),
      { { { 0, UNANSWERED, MULTIPLEXER, 1100, 1200 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1190, 1300 }, 0, 1, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 1, 0 }, { ONE_MULTIPLEXER, MULTIPLEXER, 1, 4, 2 } }, 2 },
    { "attempts after a module's fault", CONNECTIONS(one_pair),
      { { { 0, MISSING, MODULE, 1100, 1160 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1150, 1300 }, 0, 1, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 4, 2 }, { ONE_MODULE, MODULE, 1, 4, 2 } }, 2 },
    { "a place that is not known does not become one", CONNECTIONS(one_pair),
      { { { 0, MISSING, UNKNOWN, 1100, 1160 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1150, 1300 }, 0, 1, false } }, 2,
      { { PAIR, OR_MULTIPLEXER, 1, 4, 2 }, { PAIR, UNKNOWN, 1, 4, 2 } }, 2 },
    { "a network that delivers nothing answers no SYN", CONNECTIONS(one_pair),
      { { { 0, UNDELIVERED, NETWORK, 1100, 1160 }, 0, 0, false }, { { 1, NO_ANSWER, OR_MULTIPLEXER, 1150, 1300 }, 0, 1, false } }, 2,
      { { PAIR, NETWORK, 2, 4, 2 } }, 1 },
    { "but does not refuse one", CONNECTIONS(one_pair),
      { { { 0, UNDELIVERED, NETWORK, 1100, 1160 }, 0, 0, false }, { { 1, REFUSED, OR_MULTIPLEXER, 1150, 1300 }, 0, 1, false } }, 2,
      { { PAIR, NETWORK, 1, 4, 2 }, { PAIR, OR_MULTIPLEXER, 1, 4, 2 } }, 2 },
    { "RSTs in answer, an interval apart", CONNECTIONS(one_pair),
      { { { 0, RESET, NETWORK, 1100, 1100 }, 0, 0, true }, { { 1, RESET, NETWORK, 1130, 1130 }, 0, 0, true } }, 2,
      { { PAIR, NETWORK, 2, 4, 2 } }, 1 },
    { "RSTs in answer, further apart", CONNECTIONS(one_pair),
      { { { 0, RESET, NETWORK, 1100, 1100 }, 0, 0, true }, { { 1, RESET, NETWORK, 1130.001, 1130.001 }, 0, 0, true } }, 2,
      { { PAIR, NETWORK, 1, 4, 3 }, { PAIR, NETWORK, 1, 4, 3 } }, 2 },
    { "one of them in answer to nothing", CONNECTIONS(one_pair),
      { { { 0, RESET, NETWORK, 1100, 1100 }, 0, 0, true }, { { 1, RESET, NETWORK, 1101.001, 1101.001 }, 0, 0, false } }, 2,
      { { PAIR, NETWORK, 1, 4, 3 }, { PAIR, NETWORK, 1, 4, 3 } }, 2 },
    { "one of them by whom is not known", CONNECTIONS(one_pair),
      { { { 0, RESET, NETWORK, 1100, 1100 }, 0, 0, true }, { { 1, RESET, UNKNOWN, 1101.001, 1101.001 }, 0, 0, true } }, 2,
      { { PAIR, NETWORK, 1, 4, 3 }, { PAIR, UNKNOWN, 1, 4, 3 } }, 2 },
};
/* clang-format on */

static trade_time_t get_time(double seconds)
{
    return (trade_time_t)(seconds * 1000 + 0.5) * (TRADE_SECOND / 1000);
}

/* Runs a case; returns its incidents. */
static trade_causes_t run_related(const open_t *open, size_t open_count, const related_t *related,
                                  unsigned found_count)
{
    trade_causes_t causes = { .subject_count = (uint32_t)open_count,
                              .trouble_count = found_count,
                              .host_count = 10 };

    causes.subjects = (trade_subject_t *)allocate(open_count * sizeof *causes.subjects);
    causes.troubles = (trade_trouble_t *)allocate(found_count * sizeof *causes.troubles);
    for (size_t i = 0; i < open_count; i++)
        causes.subjects[i] =
            (trade_subject_t){ .module = open[i].module,
                               .multiplexer = open[i].multiplexer,
                               .open = { get_time(open[i].start > 0 ? open[i].start : BEGIN),
                                         get_time(open[i].end > 0 ? open[i].end : END) },
                               .is_judged = true };
    for (unsigned i = 0; i < found_count; i++) {
        const found_t *found = &related[i].found;
        causes.troubles[i] =
            (trade_trouble_t){ .subject = found->subject,
                               .number = i,
                               .verdict = found->verdict,
                               .where = found->where,
                               .span = { get_time(found->start), get_time(found->end) },
                               .interval = get_time(INTERVAL),
                               .frame = 100 - i,
                               .outage = related[i].outage,
                               .attempts = related[i].attempts,
                               .is_answer = related[i].is_answer };
    }
    trade_causes_find(&causes, allocate);
    return causes;
}

/* Runs a case of what is related by nothing but its time. */
static trade_causes_t run(const open_t *open, size_t open_count, const found_t *found,
                          unsigned found_count)
{
    related_t related[TROUBLES_MAX] = { 0 };

    for (unsigned i = 0; i < found_count; i++)
        related[i].found = found[i];
    return run_related(open, open_count, related, found_count);
}

static void expect(bool is_so, const char *what, const char *why)
{
    if (is_so)
        return;
    failures++;
    fprintf(stderr, "%s: %s\n", what, why);
}

/* Compares incidents with what is expected of them. */
static void hold_against(const char *what, const trade_causes_t *causes, const expected_t *expected,
                         unsigned count)
{
    expect(causes->cause_count == count, what, "other incidents");
    for (unsigned i = 0; i < causes->cause_count && i < count; i++, expected++) {
        const trade_cause_t *cause = &causes->causes[i];
        const trade_company_t *company = &cause->company[cause->share];
        expect(cause->share == expected->share, what, "shares something else");
        expect(cause->where == expected->where, what, "another place");
        expect(cause->connections == expected->connections, what, "other connections");
        expect(company->open == expected->open, what, "others are open");
        expect(company->well == expected->well, what, "others are well");
    }
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const trade_causes_t causes =
            run(cases[i].open, cases[i].open_count, cases[i].found, cases[i].found_count);
        hold_against(cases[i].what, &causes, cases[i].expected, cases[i].expected_count);
    }
    for (size_t i = 0; i < sizeof related_cases / sizeof *related_cases; i++) {
        const trade_causes_t causes =
            run_related(related_cases[i].open, related_cases[i].open_count,
                        related_cases[i].related, related_cases[i].count);
        hold_against(related_cases[i].what, &causes, related_cases[i].expected,
                     related_cases[i].expected_count);
    }
}

/* What an incident tells: of the finding that names its place; its times; its first frame. */
static void test_telling(void)
{
    static const found_t found[] = { { 3, UNDELIVERED, OR_MULTIPLEXER, 1110, 1300 },
                                     { 0, UNANSWERED, MULTIPLEXER, 1100, 1200 },
                                     { 1, UNANSWERED, MULTIPLEXER, 1105, 1290 } };
    const trade_causes_t causes = run(CONNECTIONS(star), found, 3);
    const trade_cause_t *cause = causes.causes;

    expect(causes.cause_count == 1 && cause->count == 3, "telling", "one incident");
    expect(causes.troubles[cause->telling].subject == 1, "telling", "the longest that names it");
    expect(cause->span.start == get_time(1100) && cause->span.end == get_time(1300), "telling",
           "from the first beginning to the last end");
    expect(cause->last_start == get_time(1110), "telling", "the last beginning");
    expect(cause->frame == 98, "telling", "the first frame");
    expect(cause->modules == 3 && cause->multiplexers == 1, "telling", "hosts");
    for (uint32_t i = 0; i < causes.trouble_count; i++)
        expect(causes.troubles[i].cause == 0, "telling", "each cites it");
}

/* Many connections fail one after another: each of them counts, and it takes no time. */
static void test_many(void)
{
    enum { MANY = 100000, HOSTS = 10000 };
    trade_causes_t causes = { .subject_count = MANY, .trouble_count = MANY, .host_count = HOSTS };

    causes.subjects = (trade_subject_t *)allocate(MANY * sizeof *causes.subjects);
    causes.troubles = (trade_trouble_t *)allocate(MANY * sizeof *causes.troubles);
    for (uint32_t i = 0; i < MANY; i++) {
        const trade_time_t start = get_time(BEGIN + i * 40.0 / 10);
        causes.subjects[i] = (trade_subject_t){ .module = 1 + i % (HOSTS - 1),
                                                .open = { get_time(BEGIN), get_time(1e6) },
                                                .is_judged = true };
        causes.troubles[i] = (trade_trouble_t){ .subject = i,
                                                .verdict = MISSING,
                                                .where = OR_MODULE,
                                                .span = { start, start + get_time(60) },
                                                .interval = get_time(INTERVAL),
                                                .frame = i + 1 };
    }
    trade_causes_find(&causes, allocate);
    expect(causes.cause_count == MANY, "many", "each by itself");
    expect(causes.causes[0].company[TRADE_SHARE_MULTIPLEXER].open == MANY, "many", "open");
    /* Before and after it, those begin of which 60 s overlap its own. */
    expect(causes.causes[MANY / 2].company[TRADE_SHARE_MULTIPLEXER].well == MANY - 31, "many",
           "well");
}

int main(void)
{
    test_cases();
    test_telling();
    test_many();
    free_all();
    return failures != 0;
}
