/* causes.c
 * One cause, one incident. See analysis/health/causes.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <stdlib.h>

#include "analysis/health/causes.h"
#include "analysis/health/clusters.h"
#include "analysis/health/company.h"

/* ---- The incidents ---- */

/* Returns whether a trouble tells more of its incident than another: it names the place that the
 * incident has, is worse, or lasts longer. */
static int compare_telling(const trade_trouble_t *one, const trade_trouble_t *other,
                           trade_where_t where)
{
    const unsigned rank = trade_verdict_get_rank(one->verdict, one->where);
    const unsigned other_rank = trade_verdict_get_rank(other->verdict, other->where);
    const trade_time_t length = trade_span_get_length(&one->span);
    const trade_time_t other_length = trade_span_get_length(&other->span);

    if ((one->where == where) != (other->where == where))
        return one->where == where ? -1 : 1;
    /* Attempts to connect follow something. */
    if ((one->attempts > 0) != (other->attempts > 0))
        return other->attempts > 0 ? -1 : 1;
    if (rank != other_rank)
        return rank < other_rank ? -1 : 1;
    if (length != other_length)
        return length > other_length ? -1 : 1;
    if (one->subject != other->subject)
        return trade_compare_numbers(one->subject, other->subject);
    return trade_compare_numbers(one->number, other->number);
}

/* An incident in an order. */
typedef struct place {
    const trade_cause_t *cause;
    const trade_trouble_t *telling; /* the trouble that tells most of it */
    uint32_t number;                /* of the cause, before it has its place */
} place_t;

/* The worst first: by the verdict, by how many connections, by how long it lasts. */
static int compare_places(const void *a, const void *b)
{
    const place_t *one = (const place_t *)a, *other = (const place_t *)b;
    const unsigned rank = trade_verdict_get_rank(one->telling->verdict, one->cause->where);
    const unsigned other_rank =
        trade_verdict_get_rank(other->telling->verdict, other->cause->where);
    const trade_time_t length = trade_span_get_length(&one->cause->span);
    const trade_time_t other_length = trade_span_get_length(&other->cause->span);

    if (rank != other_rank)
        return rank < other_rank ? -1 : 1;
    if (one->cause->count != other->cause->count)
        return one->cause->count > other->cause->count ? -1 : 1;
    if (length != other_length)
        return length > other_length ? -1 : 1;
    return compare_telling(one->telling, other->telling, one->cause->where);
}

/* Adds to an incident what a trouble tells of it. telling: the trouble that tells most so far. */
static void add_trouble(trade_cause_t *cause, const trade_trouble_t *trouble,
                        const trade_trouble_t **telling)
{
    cause->is_lasting |= trouble->is_lasting;
    cause->is_of_host |= trouble->is_of_host;
    cause->attempts[trouble->verdict] += trouble->attempts;
    if (trouble->interval > cause->interval)
        cause->interval = trouble->interval;
    if (trouble->frame != 0 && (cause->frame == 0 || trouble->frame < cause->frame))
        cause->frame = trouble->frame;
    if (!*telling || compare_telling(trouble, *telling, cause->where) < 0)
        *telling = trouble;
}

/* Adds to the incidents what their troubles tell; sets places to them. */
static void add_troubles(trade_causes_t *causes, place_t *places)
{
    for (uint32_t i = 0; i < causes->cause_count; i++)
        places[i] = (place_t){ .cause = &causes->causes[i], .number = i };
    for (uint32_t i = 0; i < causes->trouble_count; i++) {
        const uint32_t number = causes->troubles[i].cause;
        add_trouble(&causes->causes[number], &causes->troubles[i], &places[number].telling);
    }
}

/* Counts the connection of a trouble, the newest of its incident. They come in the order of
 * connections. */
static void count_connection(trade_cause_t *cause, const trade_trouble_t *sorted, uint32_t place)
{
    bool is_new = true, is_new_here = true;

    for (uint32_t i = place; i > cause->first && sorted[i - 1].subject == sorted[place].subject;
         i--) {
        is_new = false;
        is_new_here &= sorted[i - 1].verdict != sorted[place].verdict;
    }
    cause->connections += is_new;
    cause->of[sorted[place].verdict] += is_new_here;
}

/* Puts the troubles in the order of their incidents. order: these, in theirs; numbers: by the
 * number of each, its index there. */
static void sort_troubles(trade_causes_t *causes, const place_t *order, const uint32_t *numbers,
                          trade_allocate_t allocate)
{
    trade_trouble_t *sorted = (trade_trouble_t *)allocate(causes->trouble_count * sizeof *sorted);
    uint32_t *next = (uint32_t *)allocate(causes->cause_count * sizeof *next);

    for (uint32_t i = 0, first = 0; i < causes->cause_count; i++) {
        causes->causes[i].first = next[i] = first;
        first += causes->causes[i].count;
    }
    for (uint32_t i = 0; i < causes->trouble_count; i++) {
        trade_trouble_t *trouble = &causes->troubles[i];
        const uint32_t number = numbers[trouble->cause];
        trade_cause_t *cause = &causes->causes[number];
        const uint32_t place = next[number]++;
        if (order[number].telling == trouble)
            cause->telling = place;
        trouble->cause = number;
        sorted[place] = *trouble;
        count_connection(cause, sorted, place);
    }
    causes->troubles = sorted;
}

/* Puts the incidents in their order. */
static void sort_causes(trade_causes_t *causes, trade_allocate_t allocate)
{
    place_t *places = (place_t *)allocate(causes->cause_count * sizeof *places);
    uint32_t *numbers = (uint32_t *)allocate(causes->cause_count * sizeof *numbers);

    add_troubles(causes, places);
    qsort(places, causes->cause_count, sizeof *places, compare_places);
    trade_cause_t *sorted = (trade_cause_t *)allocate(causes->cause_count * sizeof *sorted);
    for (uint32_t i = 0; i < causes->cause_count; i++) {
        sorted[i] = *places[i].cause;
        numbers[places[i].number] = i;
    }
    causes->causes = sorted;
    sort_troubles(causes, places, numbers, allocate);
}

/* ---- All of it ---- */

static int compare_troubles(const void *a, const void *b)
{
    const trade_trouble_t *one = (const trade_trouble_t *)a, *other = (const trade_trouble_t *)b;

    if (one->subject != other->subject)
        return trade_compare_numbers(one->subject, other->subject);
    if (one->span.start != other->span.start)
        return one->span.start < other->span.start ? -1 : 1;
    return trade_compare_numbers(one->number, other->number);
}

void trade_causes_find(trade_causes_t *causes, trade_allocate_t allocate)
{
    const size_t size = causes->trouble_count;
    const trade_trouble_t *by_subject = causes->troubles;
    trade_crowd_t open[TRADE_SHARES];

    causes->causes = NULL;
    causes->cause_count = 0;
    if (size == 0)
        return;
    qsort(causes->troubles, size, sizeof *causes->troubles, compare_troubles);
    trade_company_count_open(causes, allocate, open);
    trade_clusters_find(causes, open, allocate);
    sort_causes(causes, allocate);
    trade_company_count(causes, by_subject, open, allocate);
}
