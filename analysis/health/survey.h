/* survey.h
 * The incidents of a capture: what was found of all connections that are watched, put together by
 * analysis/health/causes.h, as it stands.
 *
 * Kept until it is made anew: 200 bytes for each connection, 200 more for each finding.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SURVEY_H
#define TRADE_ANALYSIS_HEALTH_SURVEY_H

#include "analysis/health/causes.h"
#include "analysis/health/watch.h"

/* Makes the incidents anew, by all that was seen so far. To be called before any of the others
 * below, when a table is written. */
void trade_survey_make(void);

/* Returns the incidents, and what they are made of. Until they are made anew. */
const trade_causes_t *trade_survey_get_causes(void);

/* Returns the number, from 1 on, of the incident that a connection's worst finding belongs to; 0:
 * nothing was found. */
uint32_t trade_survey_get_number(const trade_watch_t *watch);

/* Returns the connection of a trouble. */
const trade_watch_t *trade_survey_get_watch(const trade_trouble_t *trouble);

/* Returns what was found, of which a trouble is the short form. */
trade_finding_t trade_survey_get_finding(const trade_trouble_t *trouble);

/* Returns the connections that a host ended in an incident; NULL: none are known. */
const trade_burst_t *trade_survey_get_burst(const trade_cause_t *cause);

/* Registers what forgets the incidents with their capture file. */
void trade_survey_register(void);

#endif /* TRADE_ANALYSIS_HEALTH_SURVEY_H */
