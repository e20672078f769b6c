/* company.c
 * Which connections an incident's could be compared with. See analysis/health/company.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/company.h"

/* ---- Open ---- */

/* Returns a crowd with room for so many. */
static trade_crowd_t make_crowd(size_t size, trade_allocate_t allocate)
{
    return (trade_crowd_t){ .stays = (trade_stay_t *)allocate(size * sizeof(trade_stay_t)),
                            .ends = (trade_stay_t *)allocate(size * sizeof(trade_stay_t)),
                            .ranks = (uint32_t *)allocate(size * sizeof(uint32_t)),
                            .sums = (uint32_t *)allocate(size * sizeof(uint32_t)) };
}

/* Adds a time of a connection to a crowd, if it is one. */
static void add_stay(trade_crowd_t *crowd, trade_share_t share, const trade_subject_t *subject,
                     trade_span_t span)
{
    if (span.start <= span.end)
        crowd->stays[crowd->count++] = (trade_stay_t){
            .key = trade_share_get_key(share, subject->module, subject->multiplexer), .span = span
        };
}

void trade_company_count_open(const trade_causes_t *causes, trade_allocate_t allocate,
                              trade_crowd_t open[TRADE_SHARES])
{
    for (trade_share_t share = TRADE_SHARE_PAIR; share < TRADE_SHARES; share++) {
        open[share] = make_crowd(causes->subject_count, allocate);
        for (uint32_t i = 0; i < causes->subject_count; i++)
            add_stay(&open[share], share, &causes->subjects[i], causes->subjects[i].open);
        trade_crowd_prepare(&open[share]);
    }
}

/* ---- Well ---- */

/* What is counted with. */
typedef struct wells {
    trade_causes_t *causes;
    const trade_trouble_t *troubles; /* by connection and time */
    trade_share_t share;             /* what is counted by */
    uint32_t next;                   /* index of the first trouble that is not yet taken */
    trade_crowd_t crowd;
    trade_stay_t *questions; /* room for all incidents */
} wells_t;

/* Adds the times in which a connection was well: before, between and after its troubles. */
static void add_well(wells_t *wells, uint32_t number)
{
    const trade_subject_t *subject = &wells->causes->subjects[number];
    const uint32_t before = wells->crowd.count;
    trade_time_t since = subject->open.start;
    bool is_known = subject->is_judged;

    for (; wells->next < wells->causes->trouble_count &&
           wells->troubles[wells->next].subject == number;
         wells->next++) {
        const trade_span_t *span = &wells->troubles[wells->next].span;
        is_known &= span->start != 0;
        add_stay(&wells->crowd, wells->share, subject, (trade_span_t){ since, span->start - 1 });
        since = trade_get_later(since, span->end + 1);
    }
    add_stay(&wells->crowd, wells->share, subject, (trade_span_t){ since, subject->open.end });
    if (!is_known)
        wells->crowd.count = before;
}

/* Returns whether all connections of an incident are among those that share this. */
static bool is_among(const trade_cause_t *cause, trade_share_t share)
{
    return share == TRADE_SHARE_ALL || share == cause->share || cause->share == TRADE_SHARE_PAIR;
}

/* Counts the connections that were well all the time of each incident. */
static void count_well(wells_t *wells)
{
    const trade_causes_t *causes = wells->causes;
    uint32_t count = 0;

    wells->crowd.count = wells->next = 0;
    for (uint32_t i = 0; i < causes->subject_count; i++)
        add_well(wells, i);
    trade_crowd_prepare(&wells->crowd);
    for (uint32_t i = 0; i < causes->cause_count; i++) {
        const trade_cause_t *cause = &causes->causes[i];
        if (is_among(cause, wells->share) && cause->span.start != 0)
            wells->questions[count++] =
                (trade_stay_t){ .key = trade_share_get_key(wells->share, cause->module,
                                                           cause->multiplexer),
                                .span = cause->span,
                                .of = i };
    }
    trade_crowd_answer(&wells->crowd, wells->questions, count);
    for (uint32_t i = 0; i < count; i++)
        causes->causes[wells->questions[i].of].company[wells->share].well =
            wells->questions[i].answer;
}

/* Returns how many connections that share something with an incident's were open while it began; if
 * that is not known, at any time. Its own, that began later, count too. */
static uint32_t count_open(const trade_cause_t *cause, const trade_crowd_t *open,
                           trade_share_t share)
{
    const trade_span_t always = { INT64_MIN, INT64_MAX - 1 };
    const trade_span_t beginning = { cause->span.start, cause->last_start };

    const uint32_t count =
        trade_crowd_count(open, trade_share_get_key(share, cause->module, cause->multiplexer),
                          cause->span.start != 0 ? &beginning : &always);

    return count > cause->connections ? count : cause->connections;
}

/* Of a host, the last incident that it was counted for on each side, from 1 on. */
typedef struct counted {
    uint32_t module;
    uint32_t multiplexer;
} counted_t;

/* Counts the hosts of the incidents. */
static void count_hosts(const trade_causes_t *causes, trade_allocate_t allocate)
{
    counted_t *counted = (counted_t *)allocate(causes->host_count * sizeof *counted);

    for (uint32_t i = 0; i < causes->trouble_count; i++) {
        const trade_trouble_t *trouble = &causes->troubles[i];
        const trade_subject_t *subject = &causes->subjects[trouble->subject];
        trade_cause_t *cause = &causes->causes[trouble->cause];
        const uint32_t number = trouble->cause + 1;
        cause->modules += counted[subject->module].module != number;
        counted[subject->module].module = number;
        cause->multiplexers += counted[subject->multiplexer].multiplexer != number;
        counted[subject->multiplexer].multiplexer = number;
    }
}

void trade_company_count(trade_causes_t *causes, const trade_trouble_t *by_subject,
                         const trade_crowd_t open[TRADE_SHARES], trade_allocate_t allocate)
{
    const size_t questions = causes->cause_count;
    const size_t stays = (size_t)causes->subject_count + causes->trouble_count;
    wells_t wells = { .causes = causes,
                      .troubles = by_subject,
                      .crowd = make_crowd(stays, allocate),
                      .questions = (trade_stay_t *)allocate(questions * sizeof(trade_stay_t)) };

    count_hosts(causes, allocate);
    for (trade_share_t share = TRADE_SHARE_PAIR; share < TRADE_SHARES; share++) {
        for (uint32_t i = 0; i < causes->cause_count; i++) {
            trade_cause_t *cause = &causes->causes[i];
            if (is_among(cause, share))
                cause->company[share].open = count_open(cause, &open[share], share);
        }
        wells.share = share;
        count_well(&wells);
    }
}
