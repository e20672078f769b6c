/* account.h
 * What is said of an incident, in a sentence for whoever has to act on it: what happened, how other
 * connections of the same hosts were meanwhile, and what that leaves.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_ACCOUNT_H
#define TRADE_ANALYSIS_HEALTH_ACCOUNT_H

#include "analysis/health/cause.h"

/* What is told. */
typedef struct trade_account {
    const trade_cause_t *cause;
    const trade_finding_t *finding; /* that tells most of it */
    const trade_burst_t *burst;     /* connections that a host ended in it; NULL: none are known */
    const trade_naming_t *naming;   /* short names, "Trader", "Multiplexer"; times of day */
    const char *module_host;        /* "10.0.0.1" */
    const char *multiplexer_host;   /* "192.168.0.1" */
} trade_account_t;

/* Writes the sentence. */
void trade_account_write(const trade_account_t *account, char *text, size_t size);

#endif /* TRADE_ANALYSIS_HEALTH_ACCOUNT_H */
