/* beyond.h
 * What of a roundtrip that the Multiplexer reports was spent on the path beyond the capture point.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_BEYOND_H
#define TRADE_ANALYSIS_HEALTH_BEYOND_H

#include "analysis/pings/records.h"

/* Completes a new record on the first pass: of a report, how much of the roundtrip was spent on the
 * path beyond the capture point. */
void trade_beyond_complete(trade_record_t *record);

#endif /* TRADE_ANALYSIS_HEALTH_BEYOND_H */
