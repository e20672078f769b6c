/* company.h
 * Which connections an incident's could be compared with: how many were open while it began, how
 * many were well all the time.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_COMPANY_H
#define TRADE_ANALYSIS_HEALTH_COMPANY_H

#include "analysis/health/cause.h"
#include "analysis/health/crowd.h"

/* Counts connections while they are open, by each that they share. */
void trade_company_count_open(const trade_causes_t *causes, trade_allocate_t allocate,
                              trade_crowd_t open[TRADE_SHARES]);

/* Counts the hosts of the incidents, and what each could be compared with. by_subject: all
 * troubles, by connection and time. */
void trade_company_count(trade_causes_t *causes, const trade_trouble_t *by_subject,
                         const trade_crowd_t open[TRADE_SHARES], trade_allocate_t allocate);

#endif /* TRADE_ANALYSIS_HEALTH_COMPANY_H */
