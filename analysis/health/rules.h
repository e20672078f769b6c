/* rules.h
 * What went wrong in a case, and where: the words for both, and the table of rules that decides.
 * docs/VERDICTS.md has the rules with their reasons.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_RULES_H
#define TRADE_ANALYSIS_HEALTH_RULES_H

#include "analysis/health/facts.h"
#include "analysis/health/writer.h"

/* What went wrong, the worst first. A new one has its word, summary and rules in rules.c, and rows
 * in docs/VERDICTS.md; its kind in clusters.c, unless it is of something that stopped, and its
 * words for an incident in account.c, unless the summary will do. */
typedef enum trade_verdict {
    TRADE_VERDICT_PEER_NOT_READING,
    TRADE_VERDICT_NOT_DELIVERED,
    TRADE_VERDICT_RESET_FOREIGN,
    TRADE_VERDICT_REFUSED,
    TRADE_VERDICT_CONNECT_UNANSWERED,
    TRADE_VERDICT_ENDED_TOGETHER,
    TRADE_VERDICT_PING_MISSING,
    TRADE_VERDICT_PING_UNANSWERED,
    TRADE_VERDICT_LATE,
    TRADE_VERDICT_ANSWERED_LATE,
    TRADE_VERDICT_CLOCKS_DIFFER,
    TRADE_VERDICT_CAPTURE_HOLE,
    TRADE_VERDICT_IDLE,
    TRADE_VERDICT_OK,
    TRADE_VERDICTS
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

/* What is said of a connection. */
typedef struct trade_finding {
    trade_verdict_t verdict;
    trade_where_t where;
    uint8_t rule; /* index of its rule; of idle and ok: none */
    trade_facts_t facts;
} trade_finding_t;

/* Returns how bad a verdict is; less is worse. One whose place cannot be told ranks below one whose
 * place is known. */
static inline unsigned trade_verdict_get_rank(trade_verdict_t verdict, trade_where_t where)
{
    const unsigned known = TRADE_VERDICT_OK + 1; /* ranks between one verdict and the next */
    const bool is_vague = where == TRADE_WHERE_CANNOT_TELL &&
                          verdict >= TRADE_VERDICT_RESET_FOREIGN &&
                          verdict <= TRADE_VERDICT_ANSWERED_LATE;

    return is_vague ? TRADE_VERDICT_ANSWERED_LATE * known + 1 + verdict : verdict * known;
}

/* Judges a case by the first rule that holds. Returns whether there is one. */
bool trade_rules_judge(const trade_facts_t *facts, trade_finding_t *finding);

/* Appends the sentence beside a verdict; nothing for idle and ok. */
void trade_rules_explain(trade_writer_t *writer, const trade_finding_t *finding);

/* Returns the word of a verdict. */
const char *trade_verdict_get_word(trade_verdict_t verdict);

/* Returns the word of a place; "-" for none. */
const char *trade_where_get_word(trade_where_t where);

/* Who may be to blame: a bit each. */
enum { TRADE_SUSPECT_MODULE = 1, TRADE_SUSPECT_NETWORK = 2, TRADE_SUSPECT_MULTIPLEXER = 4 };

/* Returns the suspects of a place. */
unsigned trade_where_get_suspects(trade_where_t where);

/* Returns the place of suspects. */
trade_where_t trade_where_find(unsigned suspects);

/* Where a finding begins to show. */
typedef struct trade_beginning {
    uint32_t frame;    /* to look at first; 0: none */
    trade_time_t when; /* 0: not known */
} trade_beginning_t;

/* Returns where a finding begins to show. */
trade_beginning_t trade_finding_get_beginning(const trade_finding_t *finding);

/* Writes the sentence beside a verdict, with a filter that shows what it says; "" for idle and
 * ok. */
void trade_finding_explain(const trade_finding_t *finding, const trade_naming_t *naming, char *text,
                           size_t size);

/* Sets frames, in order, to those that the filter of that sentence shows, or to the first and the
 * last of these, and to the frame to look at first. Returns how many they are. */
unsigned trade_finding_list_frames(const trade_finding_t *finding,
                                   uint32_t frames[TRADE_FRAMES_MAX]);

/* Writes what a finding comes to, in a few words; "" for idle and ok. naming: short names, and
 * times of day. */
void trade_finding_summarize(const trade_finding_t *finding, const trade_naming_t *naming,
                             char *text, size_t size);

#endif /* TRADE_ANALYSIS_HEALTH_RULES_H */
