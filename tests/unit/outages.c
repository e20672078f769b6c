/* outages.c
 * Which outage of a host something found of a connection is of: each bound from both sides.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>

#include "analysis/health/hosts.c"
#include "tests/unit/health.h"

/* Interval between Pings, and the end of the capture, in s. */
enum { INTERVAL = 30, NOW = 2000 };

static trade_time_t get_time(double seconds)
{
    return (trade_time_t)(seconds * 1000 + 0.5) * (TRADE_SECOND / 1000);
}

/* What is of an outage. */
typedef enum of { OF_NONE, OF_BURST, OF_SILENCE, OF_DEAFNESS } of_t;

/* A host that was last heard at 1000 before it ended three of its four connections from 1060 to
 * 1070. heard: when next, until when it is silent; answered: an attempt to connect. */
typedef struct host {
    double heard, answered;
} host_t;

/* clang-format off */
static const struct {
    const char *what;
    host_t host;
    double since;
    bool is_attempt;
    of_t of;
} bursts[] = {
    { "an interval before it fell silent", { 1071, 0 }, 970, false, OF_BURST },
    { "longer before", { 1071, 0 }, 969.999, false, OF_NONE },
    { "until the last end", { 1065, 0 }, 1070, false, OF_BURST },
    { "after it, if it was heard since", { 1065, 0 }, 1070.001, false, OF_NONE },
    { "until it is heard again", { 1085, 0 }, 1085, false, OF_BURST },
    { "after that", { 1085, 0 }, 1085.001, false, OF_NONE },
    { "an attempt, since it fell silent", { 1071, 0 }, 1000, true, OF_BURST },
    { "an attempt before", { 1071, 0 }, 999.999, true, OF_NONE },
    { "an attempt an interval after the last end", { 1071, 0 }, 1100, true, OF_BURST },
    { "a later one", { 1071, 0 }, 1100.001, true, OF_NONE },
    { "an attempt until one is answered", { 1080, 1080 }, 1080, true, OF_BURST },
    { "an attempt after that", { 1080, 1080 }, 1080.001, true, OF_NONE },
};

/* A host that was silent from 1000 on, until it was heard again, each 5 s; and that was asked at
 * 1500 for a connection, which it gave at 1510. */
static const struct {
    const char *what;
    double until;
    double since;
    bool is_attempt;
    of_t of;
} silences[] = {
    { "a silence in which each Ping was due", 1045.001, 1020, false, OF_SILENCE },
    { "a shorter one", 1045, 1020, false, OF_NONE },
    { "an interval before it", 1100, 970, false, OF_SILENCE },
    { "longer before it", 1100, 969.999, false, OF_NONE },
    { "when it ends", 1100, 1100, false, OF_SILENCE },
    { "after it", 1100, 1100.001, false, OF_NONE },
    { "an attempt in it", 1100, 1000, true, OF_SILENCE },
    { "an attempt before it", 1100, 999.999, true, OF_NONE },
    { "an attempt, until one is answered", 1100, 1500, true, OF_DEAFNESS },
    { "an attempt when that is", 1100, 1510, true, OF_NONE },
    { "something else by then", 1100, 1505, false, OF_NONE },
};
/* clang-format on */

/* Lets a host be heard each few seconds. */
static void keep_hearing(trade_host_t *host, double from, double to)
{
    for (double when = from; when <= to; when += 5)
        watch_away(host, get_time(when));
}

static of_t find(const trade_host_t *host, double since, bool is_attempt)
{
    const trade_symptom_t symptom = { get_time(since), get_time(INTERVAL), is_attempt };
    const trade_outage_t outage = trade_together_find_outage(host, &symptom, get_time(NOW));

    if (!outage.id)
        return OF_NONE;
    if (outage.burst)
        return OF_BURST;
    for (unsigned i = 0; i < TRADE_LONGEST_MAX; i++) {
        if (outage.id == &host->silences.spans[i])
            return OF_SILENCE;
    }
    return OF_DEAFNESS;
}

static unsigned expect(bool is_so, const char *what)
{
    if (!is_so)
        fprintf(stderr, "%s\n", what);
    return !is_so;
}

/* Two silences, the second up to the end of the capture, are two outages; so are two times in which
 * no attempt to connect is answered. */
static unsigned test_others(void)
{
    trade_host_t host = { .heard = 0 };
    const void *ids[4];

    watch_away(&host, get_time(1000));
    watch_away(&host, get_time(1100));
    trade_together_ask(&host, &(trade_segment_t){ .when = get_time(1200) });
    trade_together_answer(&host, &(trade_segment_t){ .when = get_time(1250) });
    trade_together_ask(&host, &(trade_segment_t){ .when = get_time(1300) });
    watch_away(&host, get_time(1140));
    for (unsigned i = 0; i < 4; i++) {
        const trade_symptom_t symptom = { get_time(i == 1 ? 1160 : 1020), get_time(INTERVAL),
                                          false };
        const trade_symptom_t attempt = { get_time(i == 2 ? 1210 : 1310), get_time(INTERVAL),
                                          true };
        if (i < 2)
            ids[i] = trade_together_find_outage(&host, &symptom, get_time(NOW)).id;
        else
            ids[i] = trade_together_find_outage(&host, &attempt, get_time(1145)).id;
    }
    return expect(ids[0] && ids[1] && ids[0] != ids[1], "two silences") +
           expect(ids[2] && ids[3] && ids[2] != ids[3], "two times without an answer");
}

int main(void)
{
    unsigned failures = test_others();

    for (size_t i = 0; i < sizeof bursts / sizeof *bursts; i++) {
        trade_host_t host = { .heard = 0 };
        host.bursts[0] = (trade_burst_t){ .span = { get_time(1060), get_time(1070) },
                                          .quiet = get_time(1000),
                                          .count = 3,
                                          .most = 4,
                                          .answered = get_time(bursts[i].host.answered) };
        host.burst_count = 1;
        watch_away(&host, get_time(1000));
        keep_hearing(&host, bursts[i].host.heard, NOW);
        /* What it was before is all that is known of a time that is not the newest. */
        host.away = (trade_span_t){ get_time(1000), get_time(bursts[i].host.heard) };
        host.silences = (trade_longest_t){ .spans = { { 0, 0 } } };
        failures += expect(find(&host, bursts[i].since, bursts[i].is_attempt) == bursts[i].of,
                           bursts[i].what);
    }
    for (size_t i = 0; i < sizeof silences / sizeof *silences; i++) {
        trade_host_t host = { .heard = 0 };
        keep_hearing(&host, 900, 1000);
        keep_hearing(&host, silences[i].until, NOW);
        trade_together_ask(&host, &(trade_segment_t){ .when = get_time(1500) });
        trade_together_ask(&host, &(trade_segment_t){ .when = get_time(1505) });
        trade_together_answer(&host, &(trade_segment_t){ .when = get_time(1510) });
        failures += expect(find(&host, silences[i].since, silences[i].is_attempt) == silences[i].of,
                           silences[i].what);
    }
    return failures != 0;
}
