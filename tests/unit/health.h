/* health.h
 * What judges a connection, for tests that play segments without a dissection. test_unit.py
 * compiles the sources once for all of them; a test of what is static includes the source, too.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_UNIT_HEALTH_H
#define TRADE_TESTS_UNIT_HEALTH_H

#include "stream/holes.h"
#include "analysis/pings/rhythm.h"
#include "analysis/health/capture.h"
#include "analysis/health/hosts.h"
#include "analysis/health/siblings.h"
#include "analysis/health/bytes.h"
#include "analysis/health/window.h"
#include "analysis/health/delivery.h"
#include "analysis/health/sent.h"
#include "analysis/health/lags.h"
#include "analysis/health/kernels.h"
#include "analysis/health/together.h"
#include "analysis/health/ends.h"
#include "analysis/health/evidence.h"
#include "analysis/health/facts.h"
#include "analysis/health/notices.h"
#include "analysis/health/attempts.h"
#include "analysis/health/writer.h"
#include "analysis/health/sentence.h"
#include "analysis/health/summary.h"
#include "analysis/health/rules.h"
#include "analysis/health/incidents.h"

#endif /* TRADE_TESTS_UNIT_HEALTH_H */
