/* suspects.c
 * Who may be to blame. See analysis/health/suspects.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/suspects.h"

/* By trade_where_t. */
static const unsigned suspects[] = {
    [TRADE_WHERE_NOWHERE] = 0,
    [TRADE_WHERE_MODULE] = TRADE_SUSPECT_MODULE,
    [TRADE_WHERE_MULTIPLEXER] = TRADE_SUSPECT_MULTIPLEXER,
    [TRADE_WHERE_NETWORK] = TRADE_SUSPECT_NETWORK,
    [TRADE_WHERE_NETWORK_OR_MODULE] = TRADE_SUSPECT_NETWORK | TRADE_SUSPECT_MODULE,
    [TRADE_WHERE_NETWORK_OR_MULTIPLEXER] = TRADE_SUSPECT_NETWORK | TRADE_SUSPECT_MULTIPLEXER,
    [TRADE_WHERE_CANNOT_TELL] =
        TRADE_SUSPECT_MODULE | TRADE_SUSPECT_NETWORK | TRADE_SUSPECT_MULTIPLEXER
};

unsigned trade_suspects_get(trade_where_t where)
{
    return suspects[where];
}

trade_where_t trade_suspects_get_where(unsigned suspected)
{
    for (trade_where_t where = TRADE_WHERE_NOWHERE; where < TRADE_WHERE_CANNOT_TELL; where++) {
        if (suspects[where] == suspected)
            return where;
    }
    return TRADE_WHERE_CANNOT_TELL;
}
