/* notices.c
 * What routers say of a connection's segments. See analysis/health/notices.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/notices.h"
#include "analysis/health/hosts.h"

/* By how many hops the way of a message back may differ from that of the segment. */
#define DETOUR_MAX 8

enum { V4_UNREACHABLE = 3, V4_EXPIRED = 11, V6_UNREACHABLE = 1, V6_TOO_BIG = 2, V6_EXPIRED = 3 };

/* What an ICMP message says of a segment. */
typedef struct kind {
    bool is_ipv6;
    uint8_t type, code;
    bool is_of_network; /* nothing that the receiver's host does makes a router say so */
    bool is_expired;    /* it had passed as many routers as it may */
    bool has_mtu;       /* it says how large a packet may be */
    const char *text;
} kind_t;

/* clang-format off */
static const kind_t kinds[] = {
    { false, V4_UNREACHABLE, 0, false, false, false, "network unreachable" },
    { false, V4_UNREACHABLE, 1, false, false, false, "host unreachable" },
    { false, V4_UNREACHABLE, 4, true, false, true, "fragmentation needed" },
    { false, V4_UNREACHABLE, 9, true, false, false, "network prohibited" },
    { false, V4_UNREACHABLE, 10, true, false, false, "host prohibited" },
    { false, V4_UNREACHABLE, 13, true, false, false, "communication prohibited" },
    { false, V4_EXPIRED, 0, true, true, false, "time to live exceeded" },
    { true, V6_UNREACHABLE, 0, false, false, false, "no route" },
    { true, V6_UNREACHABLE, 1, true, false, false, "communication prohibited" },
    { true, V6_UNREACHABLE, 3, false, false, false, "address unreachable" },
    { true, V6_TOO_BIG, 0, true, false, true, "packet too big" },
    { true, V6_EXPIRED, 0, true, true, false, "hop limit exceeded" }
};
/* clang-format on */

/* Returns what a message says; NULL: nothing of why a segment went no further. */
static const kind_t *find_kind(const trade_notice_t *notice)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].is_ipv6 == notice->is_ipv6 && kinds[i].type == notice->type &&
            kinds[i].code == notice->code)
            return &kinds[i];
    }
    return NULL;
}

bool trade_notice_is_known(const trade_notice_t *notice)
{
    return find_kind(notice) != NULL;
}

bool trade_notice_is_of_network(const trade_notice_t *notice)
{
    const kind_t *kind = find_kind(notice);

    /* A host that refuses packets says so itself. */
    return kind && kind->is_of_network && !notice->is_from_end;
}

/* Returns whether who sent a message can have had the segment that it quotes: that came on, with
 * fewer hops left than here, and the message came back as far. */
static bool may_have_had(const trade_side_t *side, const trade_notice_t *notice)
{
    if (find_kind(notice)->is_expired)
        return notice->quoted_ttl <= 1;
    if (side->ttl == 0 || side->ttls < TRADE_USUAL_MIN)
        return true;
    const int there = side->ttl - notice->quoted_ttl;
    const int back = (int)trade_ttl_get_hops(notice->ttl);
    return there >= 0 && there - back <= DETOUR_MAX && back - there <= DETOUR_MAX;
}

/* Returns the frame that sent the bytes that a message quotes, by what is known of one stretch of
 * them; 0: it is not known. */
static uint32_t find_quoted(const trade_sending_t *sending, const trade_notice_t *notice)
{
    if (sending->times == 0 || notice->seq - sending->seq >= sending->end - sending->seq)
        return 0;
    return notice->quoted_id == sending->ip_id ? sending->last_frame : sending->frame;
}

bool trade_evidence_add_notice(trade_evidence_t *evidence, const trade_notice_t *notice)
{
    trade_side_t *side = &evidence->sides[notice->side];
    const trade_notice_t *kept = side->notice;

    if (!side->is_acked || !side->is_counted ||
        notice->seq - side->unacked >= side->next - side->unacked || !find_kind(notice) ||
        !may_have_had(side, notice))
        return false;
    /* The first that tells most of the bytes that are in flight. */
    if (kept && !trade_is_after(side->unacked, kept->seq) &&
        trade_notice_is_of_network(kept) >= trade_notice_is_of_network(notice))
        return false;
    if (!side->notice)
        side->notice = (trade_notice_t *)evidence->allocate(sizeof *side->notice);
    *side->notice = *notice;
    side->notice->quoted_frame = find_quoted(&side->oldest, notice);
    if (side->notice->quoted_frame == 0)
        side->notice->quoted_frame = find_quoted(&side->newest, notice);
    return true;
}

void trade_put_notice(trade_writer_t *writer, const trade_notice_t *notice)
{
    trade_put(writer, "%s %s said in frame %u", notice->is_from_end ? "the host" : "router",
              notice->sender, notice->frame);
    if (notice->quoted_frame > 0)
        trade_put(writer, " of frame %u", notice->quoted_frame);
    trade_put(writer, ": %s", find_kind(notice)->text);
    if (notice->mtu > 0 && find_kind(notice)->has_mtu)
        trade_put(writer, ", at most %u bytes", notice->mtu);
}
