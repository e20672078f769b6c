/* outstanding.c
 * Requests that wait for their answer. See analysis/pings/outstanding.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/pings/outstanding.h"

/* Most outstanding requests of a kind and direction: of older ones nothing is claimed. */
#define OUTSTANDING_MAX 16384

static wmem_map_t *by_clock; /* trade_alike_t, by its owner and clock */

/* ---- Lists ---- */

static void append(trade_requests_t *list, unsigned which, trade_request_t *request)
{
    request->older[which] = list->newest;
    request->newer[which] = NULL;
    if (list->newest)
        list->newest->newer[which] = request;
    else
        list->oldest = request;
    list->newest = request;
}

static void unlink_from(trade_requests_t *list, unsigned which, trade_request_t *request)
{
    trade_request_t *older = request->older[which], *newer = request->newer[which];

    if (older)
        older->newer[which] = newer;
    else
        list->oldest = newer;
    if (newer)
        newer->older[which] = older;
    else
        list->newest = older;
}

static unsigned hash_alike(const void *key)
{
    const trade_alike_t *alike = (const trade_alike_t *)key;

    return wmem_int64_hash(&alike->clock) ^ g_direct_hash(alike->owner);
}

static gboolean equal_alike(const void *a, const void *b)
{
    const trade_alike_t *one = (const trade_alike_t *)a, *other = (const trade_alike_t *)b;

    return one->clock == other->clock && one->owner == other->owner;
}

/* Returns the list of the requests with a clock, or NULL. */
static trade_alike_t *find_alike(const trade_outstanding_t *outstanding, uint64_t clock)
{
    const trade_alike_t key = { .owner = outstanding, .clock = clock };

    return (trade_alike_t *)wmem_map_lookup(by_clock, &key);
}

/* Returns the list of the requests with a clock, made if there is none. */
static trade_alike_t *get_alike(const trade_outstanding_t *outstanding, uint64_t clock)
{
    trade_alike_t *alike = find_alike(outstanding, clock);

    if (alike)
        return alike;
    alike = wmem_new(wmem_file_scope(), trade_alike_t);
    *alike = (trade_alike_t){ .owner = outstanding, .clock = clock };
    wmem_map_insert(by_clock, alike, alike);
    return alike;
}

/* Takes a request off its lists, and frees it. */
static void remove_request(trade_outstanding_t *outstanding, trade_request_t *request)
{
    unlink_from(&request->alike->requests, TRADE_ALIKE, request);
    if (request->has_clock && !request->alike->requests.oldest) {
        wmem_map_remove(by_clock, request->alike);
        wmem_free(wmem_file_scope(), request->alike);
    }
    if (outstanding->first_unreported == request)
        outstanding->first_unreported = request->newer[TRADE_IN_ORDER];
    unlink_from(&outstanding->all, TRADE_IN_ORDER, request);
    outstanding->count--;
    wmem_free(wmem_file_scope(), request);
}

void trade_outstanding_add(trade_outstanding_t *outstanding, const trade_pdu_t *pdu,
                           trade_time_t now)
{
    if (outstanding->count == OUTSTANDING_MAX) {
        trade_records_get(outstanding->all.oldest->record)->is_answer_lost = true;
        remove_request(outstanding, outstanding->all.oldest);
    }
    trade_request_t *request = wmem_new(wmem_file_scope(), trade_request_t);

    request->record = trade_records_get_count() - 1;
    request->has_clock = pdu->has_clock;
    request->sent = now;
    request->alike = pdu->has_clock ? get_alike(outstanding, pdu->clock) : &outstanding->whole;
    append(&request->alike->requests, TRADE_ALIKE, request);
    append(&outstanding->all, TRADE_IN_ORDER, request);
    outstanding->count++;
    if (!outstanding->first_unreported)
        outstanding->first_unreported = request;
}

/* ---- Which request a PDU answers ---- */

/* Returns the request without a clock that an answer without one belongs to: the
 * oldest, since answers come in order. But one whose answer may be missing is passed over,
 * unless it is the only one and fresh; and if the oldest has waited for half an interval
 * or more, and the newest for less than a tenth of that, the newest is answered: in time. */
static trade_request_t *find_in_order(const trade_outstanding_t *outstanding, trade_time_t now,
                                      trade_time_t interval)
{
    const trade_requests_t *whole = &outstanding->whole.requests;
    const trade_requests_t *lost = &outstanding->lost.requests;

    if (!whole->oldest) {
        trade_request_t *request = lost->oldest;
        if (request && now - request->sent >= interval / 6)
            request = lost->newest;
        return request && now - request->sent < interval / 6 ? request : NULL;
    }
    trade_request_t *newest =
        lost->newest && lost->newest->record > whole->newest->record ? lost->newest : whole->newest;
    if (now - whole->oldest->sent >= interval / 2 &&
        now - newest->sent <= (now - whole->oldest->sent) / 10)
        return newest;
    return whole->oldest;
}

trade_request_t *trade_outstanding_find(const trade_outstanding_t *outstanding,
                                        const trade_pdu_t *pdu, trade_time_t now,
                                        trade_time_t interval)
{
    if (!pdu->has_clock)
        return find_in_order(outstanding, now, interval);
    const trade_alike_t *alike = find_alike(outstanding, pdu->clock);
    return alike ? alike->requests.oldest : NULL;
}

void trade_outstanding_answer(trade_outstanding_t *outstanding, trade_request_t *request,
                              trade_record_t *answer, trade_time_t now)
{
    trade_record_t *asking = trade_records_get(request->record);

    asking->answer_frame = answer->frame;
    answer->request_frame = asking->frame;
    answer->is_answer = true;
    answer->response_time = now - request->sent;
    remove_request(outstanding, request);
}

/* ---- Requests that are not answered ---- */

void trade_outstanding_lose_answer(trade_outstanding_t *outstanding, trade_request_t *request)
{
    trade_records_get(request->record)->is_answer_lost = true;
    if (request->has_clock)
        return;
    unlink_from(&request->alike->requests, TRADE_ALIKE, request);
    request->alike = &outstanding->lost;
    append(&outstanding->lost.requests, TRADE_ALIKE, request);
}

void trade_outstanding_lose_answers(trade_outstanding_t *outstanding, trade_time_t since)
{
    trade_request_t *first = NULL;

    for (trade_request_t *request = outstanding->all.newest; request;
         request = request->older[TRADE_IN_ORDER]) {
        if (trade_records_get(request->record)->is_answer_lost || request->sent < since)
            break; /* and so are all before it */
        first = request;
    }
    for (; first; first = first->newer[TRADE_IN_ORDER])
        trade_outstanding_lose_answer(outstanding, first);
}

const trade_record_t *trade_outstanding_take_overdue(trade_outstanding_t *outstanding,
                                                     trade_time_t until)
{
    const trade_request_t *request = outstanding->first_unreported;

    if (!request || request->sent > until)
        return NULL;
    outstanding->first_unreported = request->newer[TRADE_IN_ORDER];
    return trade_records_get(request->record);
}

void trade_outstanding_init(void)
{
    by_clock = wmem_map_new(wmem_file_scope(), hash_alike, equal_alike);
}
