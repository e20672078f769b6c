/* account.c
 * What is said of an incident. See analysis/health/account.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/account.h"
#include "analysis/health/kernels.h"
#include "analysis/health/sentence.h"

/* A summary has up to 80 characters, of up to four bytes. */
#define SUMMARY_MAX 512

/* ---- Names ---- */

/* Returns on how many connections what tells most of the incident was found. */
static uint32_t count_told(const trade_account_t *account)
{
    return account->cause->of[account->finding->verdict];
}

/* Appends who is on a side: its name and host, or how many there are. */
static void tell_side(trade_writer_t *writer, const trade_account_t *account, unsigned side)
{
    const trade_cause_t *cause = account->cause;
    const bool is_module = side == account->finding->facts.module;

    if (is_module && count_told(account) > 1)
        trade_put(writer, "%u modules", count_told(account));
    else if (!is_module && cause->multiplexers > 1)
        trade_put(writer, "%u Multiplexers", cause->multiplexers);
    else
        trade_put(writer, "%s %s", writer->naming->side[side],
                  is_module ? account->module_host : account->multiplexer_host);
}

/* Appends whose data it is. */
static void tell_data(trade_writer_t *writer, const trade_account_t *account, unsigned side)
{
    const bool is_module = side == account->finding->facts.module;

    if (is_module && count_told(account) > 1)
        trade_put(writer, "the data of %u modules", count_told(account));
    else
        trade_put(writer, "%s's data", writer->naming->side[side]);
}

/* Appends how long it lasted. */
static void tell_length(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_cause_t *cause = account->cause;
    const trade_facts_t *facts = &account->finding->facts;
    const bool is_one = cause->connections == 1;
    const trade_time_t length =
        is_one && account->finding->verdict == TRADE_VERDICT_PEER_NOT_READING
            ? facts->block.sum
            : trade_span_get_length(&cause->span);

    trade_put(writer, " for %s%.0f s%s", is_one ? "" : "up to ", trade_get_seconds(length),
              cause->is_lasting ? ", to the end of the capture" : "");
}

/* ---- What happened ---- */

/* Returns whether a finding names a side by itself. */
static bool is_named(const trade_account_t *account)
{
    return account->cause->where == TRADE_WHERE_MODULE ||
           account->cause->where == TRADE_WHERE_MULTIPLEXER;
}

/* Returns whether the sentence begins with who is to blame. */
static bool begins_with_named(const trade_account_t *account)
{
    return account->finding->verdict == TRADE_VERDICT_PEER_NOT_READING && is_named(account);
}

/* A window was closed. */
static void tell_unread(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_facts_t *facts = &account->finding->facts;
    const unsigned reader = trade_facts_get_reader(facts);

    trade_put(writer, begins_with_named(account) ? "" : "the TCP window of ");
    tell_side(writer, account, reader);
    trade_put(writer, begins_with_named(account) ? " did not read " : " was closed to ");
    tell_data(writer, account, !reader);
    tell_length(writer, account);
}

/* Bytes, or probes, had no acknowledgement. */
static void tell_undelivered(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_facts_t *facts = &account->finding->facts;
    const unsigned reader = trade_facts_get_reader(facts);
    const unsigned sender = facts->sending.times > 0 ? facts->sender : !reader;

    trade_put(writer, facts->sending.times > 0 ? "what " : "window probes that ");
    tell_side(writer, account, sender);
    trade_put(writer, " sent to ");
    tell_side(writer, account, !sender);
    trade_put(writer, facts->sending.times > 0 ? " was not acknowledged" : " had no answer");
    tell_length(writer, account);
}

/* A Ping did not come. */
static void tell_silence(trade_writer_t *writer, const trade_account_t *account)
{
    trade_put(writer, "no Ping of ");
    tell_side(writer, account, account->finding->facts.asking);
    trade_put(writer, " came");
    tell_length(writer, account);
}

/* A Pong did not come, or late. */
static void tell_no_answer(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_facts_t *facts = &account->finding->facts;

    trade_put(writer, "Pings of ");
    tell_side(writer, account, facts->asking);
    trade_put(writer, " had no Pong from ");
    tell_side(writer, account, !facts->asking);
    tell_length(writer, account);
}

static void tell_reset(trade_writer_t *writer, const trade_account_t *account)
{
    if (count_told(account) > 1)
        trade_put(writer,
                  "RSTs ended %u connections that do not fit the hosts that they claim to be from",
                  count_told(account));
    else
        trade_put(writer, "an RST came that does not fit the host that it claims to be from");
}

/* Attempts to connect failed. */
static void tell_attempts(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_cause_t *cause = account->cause;
    const uint32_t count = cause->attempts[account->finding->verdict];

    trade_put(writer, "%u attempt%s of ", count, trade_get_plural(count));
    if (cause->modules > 1)
        trade_put(writer, "%u hosts", cause->modules);
    else
        trade_put(writer, "%s", account->module_host);
    trade_put(writer, " to connect to ");
    tell_side(writer, account, !account->finding->facts.module);
    trade_put(writer, account->finding->verdict == TRADE_VERDICT_REFUSED ? " met a refusal"
                                                                         : " had no answer");
    tell_length(writer, account);
}

/* What the capture lacks, or gets wrong. */
static void tell_capture(trade_writer_t *writer, const trade_account_t *account)
{
    const bool are_times = account->finding->verdict == TRADE_VERDICT_CLOCKS_DIFFER;

    trade_put(writer,
              are_times ? "The capture's times contradict each other on %u of %u connections"
                        : "The capture, or the dissector, lacks what could tell how %u of %u "
                          "connections were",
              account->cause->connections, account->cause->company[TRADE_SHARE_ALL].open);
}

/* What the summary says, in general. */
static void tell_summary(trade_writer_t *writer, const trade_account_t *account)
{
    char summary[SUMMARY_MAX];

    trade_finding_summarize(account->finding, writer->naming, summary, sizeof summary);
    trade_put(writer, "on: %s", summary);
}

/* By verdict: what happened, NULL: what the summary says; and what is said of connections, or of
 * attempts to connect, of which it was found besides, NULL: nothing. */
static const struct {
    void (*tell)(trade_writer_t *writer, const trade_account_t *account);
    const char *besides;
    bool are_attempts;
} events[TRADE_VERDICTS] = {
    [TRADE_VERDICT_PEER_NOT_READING] = { tell_unread, "met a closed window", false },
    [TRADE_VERDICT_NOT_DELIVERED] = { tell_undelivered, "had data that was not acknowledged",
                                      false },
    [TRADE_VERDICT_RESET_FOREIGN] = { tell_reset, "had an RST that does not fit its host", false },
    [TRADE_VERDICT_REFUSED] = { tell_attempts, "met a refusal", true },
    [TRADE_VERDICT_CONNECT_UNANSWERED] = { tell_attempts, "had no answer", true },
    [TRADE_VERDICT_ENDED_TOGETHER] = { NULL, "ended together", false },
    [TRADE_VERDICT_PING_MISSING] = { tell_silence, "lacked Pings", false },
    [TRADE_VERDICT_PING_UNANSWERED] = { tell_no_answer, "lacked Pongs", false },
    [TRADE_VERDICT_LATE] = { tell_silence, "had a late Ping", false },
    [TRADE_VERDICT_ANSWERED_LATE] = { tell_no_answer, "had a late Pong", false },
    [TRADE_VERDICT_CLOCKS_DIFFER] = { tell_capture, NULL, false },
    [TRADE_VERDICT_CAPTURE_HOLE] = { tell_capture, NULL, false }
};

/* Appends what else was found of the same cause, each with how often. */
static void tell_besides(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_cause_t *cause = account->cause;
    bool is_first = true;

    for (trade_verdict_t verdict = 0; verdict < TRADE_VERDICT_CLOCKS_DIFFER; verdict++) {
        const bool are_attempts = events[verdict].are_attempts;
        const uint32_t count = are_attempts ? cause->attempts[verdict] : cause->of[verdict];
        if (verdict == account->finding->verdict || count == 0 || !events[verdict].besides)
            continue;
        trade_put(writer, "%s%u %s%s %s%s", is_first ? "; besides, " : ", ", count,
                  are_attempts ? "attempt" : "connection", trade_get_plural(count),
                  are_attempts ? "to connect " : "", events[verdict].besides);
        is_first = false;
    }
}

/* ---- How others were ---- */

/* Appends how many of others were well. whose: "its other", "the Multiplexer's"; which: what more
 * tells them from others, "" for nothing. */
static void tell_well(trade_writer_t *writer, const trade_company_t *others, const char *whose,
                      const char *which)
{
    const bool are_all = others->well >= others->open;

    if (!are_all && others->well == 0)
        trade_put(writer, "none of ");
    else if (!are_all)
        trade_put(writer, "%u of ", others->well);
    if (others->open == 1)
        trade_put(writer, "%s connection%s", whose, which);
    else
        trade_put(writer, "%s %u connections%s", whose, others->open, which);
    if (!are_all && others->well == 0)
        trade_put(writer, " is known to have been well");
    else
        trade_put(writer,
                  (are_all ? others->open : others->well) == 1 ? " was well" : " were well");
}

/* Returns a company without some connections. */
static trade_company_t count_others(const trade_company_t *company, uint32_t open, uint32_t well)
{
    return (trade_company_t){ company->open > open ? company->open - open : 0,
                              company->well > well ? company->well - well : 0 };
}

/* Returns whether the host that is named has another kernel since it ended the connections. An
 * outage is of the Multiplexer's host, or of the one that the connection's end tells of. */
static bool has_another_kernel(const trade_account_t *account)
{
    const trade_facts_t *facts = &account->finding->facts;
    const trade_burst_t *burst = account->burst;

    if (account->cause->where == TRADE_WHERE_MODULE)
        burst = facts->kind == TRADE_CASE_END ? facts->burst : NULL;
    return burst && trade_restart_count(burst) > 0;
}

/* A host is named: tells how its other connections were, and what that leaves. */
static void tell_named(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_cause_t *cause = account->cause;
    const bool is_module = cause->where == TRADE_WHERE_MODULE;
    const trade_company_t others =
        count_others(&cause->company[is_module ? TRADE_SHARE_MODULE : TRADE_SHARE_MULTIPLEXER],
                     cause->connections, 0);
    const char *host = is_module ? account->module_host : account->multiplexer_host;

    if (others.open == 0 && cause->connections > 1)
        trade_put(writer, "these are all connections of %s", host);
    else if (others.open == 0)
        trade_put(writer, "%s has no other connection here", host);
    else if (begins_with_named(account) && !is_module)
        tell_well(writer, &others, "its other", "");
    else
        tell_well(writer, &others, "the other", is_module ? " of its host" : " of the Multiplexer");
    if (has_another_kernel(account))
        trade_put(writer, ": its host was restarted, or another machine took its address");
    else if (others.well > 0 && trade_cause_is_long(cause) && !cause->is_of_host)
        trade_put(writer, ", so its host and the network were: the program");
    else
        trade_put(writer, ": the program or its host");
}

/* Two hosts are concerned: tells how others between them were, and others of the Multiplexer. */
static void tell_pair(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_cause_t *cause = account->cause;
    const trade_company_t *pair = &cause->company[TRADE_SHARE_PAIR];
    const trade_company_t others = count_others(pair, cause->connections, 0);
    const trade_company_t elsewhere =
        count_others(&cause->company[TRADE_SHARE_MULTIPLEXER], pair->open, pair->well);

    if (others.open > 0)
        tell_well(writer, &others, "the other", " between these hosts");
    else
        trade_put(writer, "%s between these hosts",
                  cause->connections > 1 ? "these are all connections"
                                         : "there is no other connection");
    if (elsewhere.open == 0)
        return;
    trade_put(writer, ", and ");
    tell_well(writer, &elsewhere, "the Multiplexer's", " with other hosts");
}

/* Most connections of a host, or of the capture, are concerned. */
static void tell_most(trade_writer_t *writer, const trade_account_t *account)
{
    const trade_cause_t *cause = account->cause;

    if (cause->connections < cause->company[cause->share].open)
        trade_put(writer, "these are %u of ", cause->connections);
    else
        trade_put(writer, "these are all ");
    trade_put(writer, "%u connections of %s, with %u hosts", cause->company[cause->share].open,
              cause->share == TRADE_SHARE_MODULE        ? account->module_host
              : cause->share == TRADE_SHARE_MULTIPLEXER ? "the Multiplexer"
                                                        : "the capture",
              cause->share == TRADE_SHARE_MODULE ? cause->multiplexers : cause->modules);
}

/* Appends who may be to blame. */
static void tell_suspects(trade_writer_t *writer, trade_where_t where)
{
    trade_put(writer, ": %s",
              where == TRADE_WHERE_NETWORK             ? "the network"
              : where == TRADE_WHERE_NETWORK_OR_MODULE ? "the network or the module's side"
              : where == TRADE_WHERE_NETWORK_OR_MULTIPLEXER
                  ? "the network or the Multiplexer's side"
                  : "the capture cannot tell where");
}

void trade_account_write(const trade_account_t *account, char *text, size_t size)
{
    trade_writer_t writer = { .text = text, .size = size, .naming = account->naming };
    const trade_verdict_t verdict = account->finding->verdict;
    const bool is_of_capture =
        verdict == TRADE_VERDICT_CLOCKS_DIFFER || verdict == TRADE_VERDICT_CAPTURE_HOLE;

    text[0] = '\0';
    if (!is_of_capture)
        trade_put(&writer, "%s %s ", verdict == TRADE_VERDICT_RESET_FOREIGN ? "At" : "From",
                  trade_format_time(&writer, account->cause->span.start));
    if (events[verdict].tell)
        events[verdict].tell(&writer, account);
    else
        tell_summary(&writer, account);
    tell_besides(&writer, account);
    if (!is_of_capture) {
        trade_put(&writer, "; ");
        if (is_named(account)) {
            tell_named(&writer, account);
        } else {
            if (account->cause->share == TRADE_SHARE_PAIR)
                tell_pair(&writer, account);
            else
                tell_most(&writer, account);
            tell_suspects(&writer, account->cause->where);
        }
    }
    trade_put(&writer, ".");
    if (account->burst)
        trade_put_after(&writer, account->burst, "the Multiplexer's host");
}
