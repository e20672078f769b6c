/* accounts.c
 * What is said of an incident: what happened, how others were, and what that leaves.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdio.h>
#include <string.h>

#include "tests/unit/health.h"
#include "analysis/health/account.c"

/* Since when, how long the shortest time is in which connections that are well show it, and a
 * Ping's interval, in s. */
enum { SINCE = 1000, LONG = 45, INTERVAL = 30 };

/* Others of an incident's connections: open, and well. */
typedef struct company {
    trade_share_t share;
    trade_company_t company;
} company_t;

#define PAIR TRADE_SHARE_PAIR
#define ONE_MODULE TRADE_SHARE_MODULE
#define ONE_MULTIPLEXER TRADE_SHARE_MULTIPLEXER
#define ALL TRADE_SHARE_ALL

/* clang-format off */
static const struct {
    trade_verdict_t verdict;
    trade_where_t where;
    trade_share_t share;
    uint32_t connections;
    double length; /* in s */
    bool is_lasting;
    company_t company[2];
    const char *said;
} cases[] = {
    { TRADE_VERDICT_PEER_NOT_READING, TRADE_WHERE_MULTIPLEXER, ONE_MULTIPLEXER, 1, LONG, false, { { ONE_MULTIPLEXER, { 12, 11 } } },
      "From 1000 Multiplexer 192.168.0.1 did not read Trader's data for 40 s; its other 11 connections were well, so its host and the network were: the program." },
    { TRADE_VERDICT_PEER_NOT_READING, TRADE_WHERE_MULTIPLEXER, ONE_MULTIPLEXER, 1, LONG - 0.001, false, { { ONE_MULTIPLEXER, { 12, 11 } } },
      "From 1000 Multiplexer 192.168.0.1 did not read Trader's data for 40 s; its other 11 connections were well: the program or its host." },
    { TRADE_VERDICT_PEER_NOT_READING, TRADE_WHERE_MULTIPLEXER, ONE_MULTIPLEXER, 1, LONG, false, { { ONE_MULTIPLEXER, { 12, 10 } } },
      "From 1000 Multiplexer 192.168.0.1 did not read Trader's data for 40 s; 10 of its other 11 connections were well, so its host and the network were: the program." },
    { TRADE_VERDICT_PEER_NOT_READING, TRADE_WHERE_MULTIPLEXER, ONE_MULTIPLEXER, 1, LONG, false, { { ONE_MULTIPLEXER, { 12, 0 } } },
      "From 1000 Multiplexer 192.168.0.1 did not read Trader's data for 40 s; none of its other 11 connections is known to have been well: the program or its host." },
    { TRADE_VERDICT_PEER_NOT_READING, TRADE_WHERE_MULTIPLEXER, ONE_MULTIPLEXER, 3, 100, true, { { ONE_MULTIPLEXER, { 3, 0 } } },
      "From 1000 Multiplexer 192.168.0.1 did not read the data of 3 modules for up to 100 s, to the end of the capture; these are all connections of 192.168.0.1: the program or its host." },
    { TRADE_VERDICT_PEER_NOT_READING, TRADE_WHERE_CANNOT_TELL, PAIR, 1, 100, false, { { PAIR, { 1, 0 } } },
      "From 1000 the TCP window of Multiplexer 192.168.0.1 was closed to Trader's data for 40 s; there is no other connection between these hosts: the capture cannot tell where." },
    { TRADE_VERDICT_PING_MISSING, TRADE_WHERE_MODULE, ONE_MODULE, 1, 100, false, { { ONE_MODULE, { 2, 1 } } },
      "From 1000 no Ping of Trader 10.0.0.1 came for 100 s; the other connection of its host was well, so its host and the network were: the program." },
    { TRADE_VERDICT_LATE, TRADE_WHERE_NETWORK_OR_MODULE, PAIR, 2, 50, false, { { PAIR, { 2, 0 } }, { ONE_MULTIPLEXER, { 5, 2 } } },
      "From 1000 no Ping of 2 modules came for up to 50 s; these are all connections between these hosts, and 2 of the Multiplexer's 3 connections with other hosts were well: the network or the module's side." },
    { TRADE_VERDICT_PING_UNANSWERED, TRADE_WHERE_MULTIPLEXER, ONE_MULTIPLEXER, 1, 100, false, { { ONE_MULTIPLEXER, { 1, 0 } } },
      "From 1000 Pings of Trader 10.0.0.1 had no Pong from Multiplexer 192.168.0.1 for 100 s; 192.168.0.1 has no other connection here: the program or its host." },
    { TRADE_VERDICT_ANSWERED_LATE, TRADE_WHERE_NETWORK_OR_MULTIPLEXER, PAIR, 1, 60, false, { { PAIR, { 3, 2 } } },
      "From 1000 Pings of Trader 10.0.0.1 had no Pong from Multiplexer 192.168.0.1 for 60 s; the other 2 connections between these hosts were well: the network or the Multiplexer's side." },
    { TRADE_VERDICT_NOT_DELIVERED, TRADE_WHERE_NETWORK, ONE_MULTIPLEXER, 4, 60, false, { { ONE_MULTIPLEXER, { 5, 0 } } },
      "From 1000 what 4 modules sent to Multiplexer 192.168.0.1 was not acknowledged for up to 60 s; these are 4 of 5 connections of the Multiplexer, with 2 hosts: the network." },
    { TRADE_VERDICT_RESET_FOREIGN, TRADE_WHERE_NETWORK, PAIR, 1, 0, false, { { PAIR, { 2, 1 } } },
      "At 1000 an RST came that does not fit the host that it claims to be from; the other connection between these hosts was well: the network." },
    { TRADE_VERDICT_CAPTURE_HOLE, TRADE_WHERE_CANNOT_TELL, ALL, 2, 60, false, { { ALL, { 9, 1 } } },
      "The capture, or the dissector, lacks what could tell how 2 of 9 connections were." },
    { TRADE_VERDICT_CLOCKS_DIFFER, TRADE_WHERE_NOWHERE, ALL, 2, 0, false, { { ALL, { 9, 1 } } },
      "The capture's times contradict each other on 2 of 9 connections." },
};
/* clang-format on */

/* Writes a time as seconds. */
static void put_seconds(trade_time_t when, char *text, size_t size)
{
    snprintf(text, size, "%d", (int)(when / TRADE_SECOND));
}

static const trade_naming_t naming = { .side = { "Trader", "Multiplexer" },
                                       .format_time = put_seconds };

/* Returns whether a sentence is not what is expected. */
static unsigned differs(const trade_account_t *account, const char *said)
{
    char text[1024];

    trade_account_write(account, text, sizeof text);
    if (strcmp(text, said) == 0)
        return 0;
    fprintf(stderr, "%s\ninstead of\n%s\n", text, said);
    return 1;
}

/* One cause that shows in several ways: each is told, with how often, and what came after. */
static unsigned test_several(void)
{
    trade_cause_t cause = { .share = ONE_MULTIPLEXER,
                            .where = TRADE_WHERE_NETWORK_OR_MULTIPLEXER,
                            .span = { SINCE * TRADE_SECOND, (SINCE + 60) * TRADE_SECOND },
                            .interval = INTERVAL * TRADE_SECOND,
                            .connections = 8,
                            .modules = 3,
                            .multiplexers = 1,
                            .of = { [TRADE_VERDICT_NOT_DELIVERED] = 1,
                                    [TRADE_VERDICT_ENDED_TOGETHER] = 5,
                                    [TRADE_VERDICT_REFUSED] = 2 },
                            .attempts = { [TRADE_VERDICT_REFUSED] = 7 },
                            .company = { [ONE_MULTIPLEXER] = { 8, 0 } } };
    const trade_burst_t burst = { .span = { SINCE * TRADE_SECOND, SINCE * TRADE_SECOND },
                                  .refusals = 7,
                                  .refused = (SINCE + 1) * TRADE_SECOND,
                                  .refused_frame = 77,
                                  .answered = (SINCE + 60) * TRADE_SECOND,
                                  .answered_frame = 99,
                                  .answered_ttl = 63,
                                  .ttl = 64 };
    trade_finding_t finding = { .verdict = TRADE_VERDICT_NOT_DELIVERED,
                                .where = TRADE_WHERE_NETWORK_OR_MULTIPLEXER,
                                .facts = { .kind = TRADE_CASE_GAP, .sending.times = 3 } };
    trade_account_t account = { .cause = &cause,
                                .finding = &finding,
                                .burst = &burst,
                                .naming = &naming,
                                .module_host = "10.0.0.1",
                                .multiplexer_host = "192.168.0.1" };
    unsigned failures = differs(
        &account,
        "From 1000 what Trader 10.0.0.1 sent to Multiplexer 192.168.0.1 was not acknowledged for "
        "up "
        "to 60 s; besides, 7 attempts to connect met a refusal, 5 connections ended together; "
        "these "
        "are all 8 connections of the Multiplexer, with 3 hosts: the network or the Multiplexer's "
        "side. Then the Multiplexer's host refused 7 attempts to connect, first at 1001 (frame "
        "77). "
        "After 60.000 s the Multiplexer's host answered such an attempt, at 1060 (frame 99), with "
        "TTL 63 instead of 64: by another machine, or over another path.");

    finding.verdict = TRADE_VERDICT_REFUSED;
    cause.of[TRADE_VERDICT_ENDED_TOGETHER] = 0;
    cause.of[TRADE_VERDICT_NOT_DELIVERED] = 0;
    cause.is_lasting = true;
    account.burst = NULL;
    return failures +
           differs(&account,
                   "From 1000 7 attempts of 3 hosts to connect to Multiplexer 192.168.0.1 met a "
                   "refusal for up to 60 s, to the end of the capture; these are all 8 connections "
                   "of the Multiplexer, with 3 hosts: the network or the Multiplexer's side.");
}

/* Others were well, but the host may have paused between what they send. */
static unsigned test_host(void)
{
    const trade_cause_t cause = { .share = PAIR,
                                  .where = TRADE_WHERE_MODULE,
                                  .span = { SINCE * TRADE_SECOND, (SINCE + 50) * TRADE_SECOND },
                                  .interval = INTERVAL * TRADE_SECOND,
                                  .is_of_host = true,
                                  .connections = 1,
                                  .modules = 1,
                                  .multiplexers = 1,
                                  .of = { [TRADE_VERDICT_LATE] = 1 },
                                  .company = { [PAIR] = { 3, 2 }, [ONE_MODULE] = { 3, 2 } } };
    const trade_finding_t finding = { .verdict = TRADE_VERDICT_LATE,
                                      .where = TRADE_WHERE_MODULE,
                                      .facts = { .kind = TRADE_CASE_GAP } };
    const trade_account_t account = { .cause = &cause,
                                      .finding = &finding,
                                      .naming = &naming,
                                      .module_host = "10.0.0.1",
                                      .multiplexer_host = "192.168.0.1" };

    return differs(&account, "From 1000 no Ping of Trader 10.0.0.1 came for 50 s; the other 2 "
                             "connections of its host were well: the program or its host.");
}

static unsigned test_restart(void)
{
    trade_cause_t cause = { .share = ONE_MULTIPLEXER,
                            .where = TRADE_WHERE_MULTIPLEXER,
                            .span = { SINCE * TRADE_SECOND, SINCE * TRADE_SECOND },
                            .interval = INTERVAL * TRADE_SECOND,
                            .connections = 4,
                            .modules = 1,
                            .multiplexers = 1,
                            .of = { [TRADE_VERDICT_ENDED_TOGETHER] = 4 },
                            .company = { [ONE_MULTIPLEXER] = { 4, 0 } } };
    trade_burst_t burst = { .count = 4, .live = 4, .alike = 3, .other_kernels = 3 };
    const trade_finding_t finding = { .verdict = TRADE_VERDICT_ENDED_TOGETHER,
                                      .where = TRADE_WHERE_MULTIPLEXER,
                                      .facts = { .kind = TRADE_CASE_END, .burst = &burst } };
    const trade_account_t account = { .cause = &cause,
                                      .finding = &finding,
                                      .burst = &burst,
                                      .naming = &naming,
                                      .module_host = "10.0.0.1",
                                      .multiplexer_host = "192.168.0.1" };
    unsigned failures = differs(
        &account, "From 1000 on: Trader's side ended 4 of 4 connections within 0 s; these are all "
                  "connections of 192.168.0.1: its host was restarted, or another machine took its "
                  "address.");

    cause.share = ONE_MODULE;
    cause.where = TRADE_WHERE_MODULE;
    cause.company[ONE_MODULE] = (trade_company_t){ 4, 0 };
    failures += differs(
        &account, "From 1000 on: Trader's side ended 4 of 4 connections within 0 s; these are all "
                  "connections of 10.0.0.1: its host was restarted, or another machine took its "
                  "address.");
    cause.share = ONE_MULTIPLEXER;
    cause.where = TRADE_WHERE_MULTIPLEXER;

    burst.other_kernels = 2;
    return failures +
           differs(&account,
                   "From 1000 on: Trader's side ended 4 of 4 connections within 0 s; these are all "
                   "connections of 192.168.0.1: the program or its host.");
}

int main(void)
{
    unsigned failures = test_several() + test_host() + test_restart();

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const trade_time_t length = (trade_time_t)(cases[i].length * 1000 + 0.5) * 1000000;
        trade_cause_t cause = { .share = cases[i].share,
                                .where = cases[i].where,
                                .span = { SINCE * TRADE_SECOND, SINCE * TRADE_SECOND + length },
                                .interval = INTERVAL * TRADE_SECOND,
                                .is_lasting = cases[i].is_lasting,
                                .connections = cases[i].connections,
                                .modules = 2,
                                .multiplexers = 1 };
        /* The module, side 0, asks. */
        const trade_finding_t finding = {
            .verdict = cases[i].verdict,
            .where = cases[i].where,
            .facts = { .kind = TRADE_CASE_GAP, .block.sum = 40 * TRADE_SECOND, .sending.times = 3 }
        };
        const trade_account_t account = { .cause = &cause,
                                          .finding = &finding,
                                          .naming = &naming,
                                          .module_host = "10.0.0.1",
                                          .multiplexer_host = "192.168.0.1" };
        cause.of[cases[i].verdict] = cases[i].connections;
        for (unsigned j = 0; j < 2; j++)
            cause.company[cases[i].company[j].share] = cases[i].company[j].company;
        if (cases[i].company[1].share == PAIR) /* none */
            cause.company[cases[i].company[0].share] = cases[i].company[0].company;
        failures += differs(&account, cases[i].said);
    }
    return failures != 0;
}
