/* moduleids.h
 * The module ids that the talk shows, one row a module.
 *
 * Ids are a site's own: another installation has others. The preference
 * "Module IDs" adds to this list and overrides it; greetings fill what
 * neither knows.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_MODULEIDS_H
#define TRADE_MODULEIDS_H

/* The Multiplexer, to which every module connects. */
#define TRADE_MODULE_MULTIPLEXER 1
/* The module that is told of clients, and logs them in. */
#define TRADE_MODULE_TRADESITE 7

/* X(id, name) */
#define TRADE_MODULE_IDS(X)                                                                        \
    X(TRADE_MODULE_MULTIPLEXER, "Multiplexer")                                                     \
    X(6, "CarpenterUpdate")                                                                        \
    X(TRADE_MODULE_TRADESITE, "Tradesite")                                                         \
    X(8, "Settlement")                                                                             \
    X(11, "BackOffice")                                                                            \
    X(12, "Trader")                                                                                \
    X(13, "MarketConfiguration")                                                                   \
    X(14, "MarginManagement")                                                                      \
    X(20, "TranquilizerUpdate")                                                                    \
    X(21, "Zap")                                                                                   \
    X(37, "DocumentSystem")                                                                        \
    X(57, "Razzamatazz")                                                                           \
    X(93, "Zep")                                                                                   \
    X(99, "Scripting")

#endif /* TRADE_MODULEIDS_H */
