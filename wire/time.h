/* time.h
 * Times of a capture.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_TIME_H
#define TRADE_WIRE_TIME_H

#include <stdint.h>

/* Nanoseconds since 1970, as captured; or between two such times. */
typedef int64_t trade_time_t;

#define TRADE_SECOND INT64_C(1000000000)
#define TRADE_NEVER INT64_MAX

#endif /* TRADE_WIRE_TIME_H */
