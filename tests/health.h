/* health.h
 * The sources that judge a connection, for tests that play segments without a dissection. They
 * include them, to look at what is static, too.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TESTS_HEALTH_H
#define TRADE_TESTS_HEALTH_H

#include "stream/holes.c"
#include "analysis/pings/rhythm.c"
#include "analysis/health/capture.c"
#include "analysis/health/hosts.c"
#include "analysis/health/siblings.c"
#include "analysis/health/bytes.c"
#include "analysis/health/window.c"
#include "analysis/health/delivery.c"
#include "analysis/health/sent.c"
#include "analysis/health/lags.c"
#include "analysis/health/kernels.c"
#include "analysis/health/together.c"
#include "analysis/health/ends.c"
#include "analysis/health/evidence.c"
#include "analysis/health/facts.c"
#include "analysis/health/notices.c"
#include "analysis/health/attempts.c"
#include "analysis/health/writer.c"
#include "analysis/health/sentence_parts.c"
#include "analysis/health/sentence.c"
#include "analysis/health/sentence_ends.c"
#include "analysis/health/sentence_sent.c"
#include "analysis/health/summary.c"
#include "analysis/health/words.c"
#include "analysis/health/rules.c"
#include "analysis/health/incidents.c"

#endif /* TRADE_TESTS_HEALTH_H */
