/* hosts.c
 * What the frames of a side and of its host have in common. See analysis/health/hosts.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hosts.h"

/* Hosts begin with one of these TTLs. */
static const uint8_t initial_ttls[] = { 32, 64, 128, 255 };

/* Kernels give a connection up after five retransmissions or more, the first of them after 0.3 s or
 * more. */
#define AWAY_MIN (9 * TRADE_SECOND)

void trade_longest_add(trade_longest_t *longest, trade_time_t start, trade_time_t end)
{
    const trade_span_t span = { start, end };
    trade_span_t *shortest = &longest->spans[0];

    for (unsigned i = 1; i < TRADE_LONGEST_MAX; i++) {
        if (trade_span_get_length(&longest->spans[i]) < trade_span_get_length(shortest))
            shortest = &longest->spans[i];
    }
    if (trade_span_get_length(&span) > trade_span_get_length(shortest))
        *shortest = span;
}

/* Notes when a host is heard. */
static void watch_away(trade_host_t *host, trade_time_t when)
{
    if (host->heard != 0 && when - host->heard >= AWAY_MIN) {
        host->away = (trade_span_t){ host->heard, when };
        trade_longest_add(&host->silences, host->heard, when);
    }
    host->heard = when;
}

/* Notes what is usual of a host's frames. */
static void watch_host(trade_host_t *host, const trade_segment_t *segment)
{
    unsigned i = 0;

    if (!host)
        return;
    host->ip_id = segment->ip_id;
    watch_away(host, segment->when);
    if (trade_ttl_get_hops(segment->ttl) == 0)
        host->card = segment->card;
    while (i < host->ttl_count && i < TRADE_TTLS_MAX && host->ttls[i].ttl != segment->ttl)
        i++;
    if (i == TRADE_TTLS_MAX) {
        host->ttl_count = TRADE_TTLS_MAX + 1;
        return;
    }
    if (i == host->ttl_count)
        host->ttls[host->ttl_count++].ttl = segment->ttl;
    host->ttls[i].last = segment->when;
}

/* Notes whether the IP ids of a side count up. */
static void watch_ids(trade_side_t *side, const trade_segment_t *segment)
{
    const uint16_t step = (uint16_t)(segment->ip_id - side->last.ip_id);

    if (side->ip_ids < TRADE_USUAL_MIN)
        side->ip_ids = segment->ip_id != 0 && step - 1U < TRADE_ID_STEP_MAX ? side->ip_ids + 1 : 0;
    side->usual_ip_id = segment->ip_id;
}

void trade_evidence_watch_frame(trade_side_t *side, const trade_segment_t *segment)
{
    if (!(segment->flags & TRADE_TCP_RST)) {
        if (side->ttls == 0)
            side->ttl = segment->ttl;
        if (side->ttl == segment->ttl)
            side->ttls++;
        else
            side->ttl = 0; /* it is not constant, and never will be */
        watch_ids(side, segment);
        watch_host(side->host, segment);
        side->heard = segment->when;
        side->heard_frame = segment->frame;
    }
    if (side->first_frame == 0)
        side->first_frame = segment->frame;
    side->last = *segment;
}

void trade_evidence_forget_copies(trade_evidence_t *evidence)
{
    for (unsigned i = 0; i < 2; i++) {
        evidence->sides[i].ttls = 0;
        if (evidence->sides[i].host) {
            evidence->sides[i].host->ttl_count = 0;
            evidence->sides[i].host->card = 0;
        }
    }
    evidence->skew = (trade_skew_t){ .count = 0 };
}

trade_time_t trade_host_find_ttl(const trade_host_t *host, uint8_t ttl)
{
    for (unsigned i = 0; i < host->ttl_count && i < TRADE_TTLS_MAX; i++) {
        if (host->ttls[i].ttl == ttl)
            return host->ttls[i].last;
    }
    return 0;
}

trade_span_t trade_host_get_away(const trade_host_t *host, trade_time_t now)
{
    if (!host || host->heard == 0)
        return (trade_span_t){ 0, 0 };
    return now - host->heard >= AWAY_MIN ? (trade_span_t){ host->heard, now } : host->away;
}

trade_time_t trade_host_get_silence(const trade_host_t *host, const trade_span_t *span)
{
    trade_time_t longest = 0;

    if (!host || host->heard == 0)
        return 0;
    const trade_span_t away = trade_host_get_away(host, span->end);
    longest = trade_span_get_overlap(&away, span);
    for (unsigned i = 0; i < TRADE_LONGEST_MAX; i++)
        longest = trade_get_later(longest, trade_span_get_overlap(&host->silences.spans[i], span));
    return longest;
}

bool trade_host_may_pause(const trade_side_t *side, trade_time_t when, trade_time_t now)
{
    const trade_time_t allowed = trade_rhythm_get_least(&side->rhythm) / 5 * 6;
    const trade_span_t span = { when - allowed, now };

    return allowed > 0 && trade_host_get_silence(side->host, &span) > allowed;
}

trade_burst_t *trade_host_get_burst(trade_host_t *host)
{
    return host && host->burst_count > 0 ? &host->bursts[(host->burst_count - 1) % TRADE_BURSTS_MAX]
                                         : NULL;
}

unsigned trade_ttl_get_hops(uint8_t ttl)
{
    unsigned i = 0;

    while (initial_ttls[i] < ttl)
        i++;
    return initial_ttls[i] - ttl;
}
