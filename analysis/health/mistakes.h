/* mistakes.h
 * What TCP's analysis gets wrong: frames of which it says that bytes are missing, though none are.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_MISTAKES_H
#define TRADE_ANALYSIS_HEALTH_MISTAKES_H

#include "analysis/health/state.h"

/* Why TCP's analysis says of a frame that bytes are missing, though none are. */
typedef enum trade_mistake {
    TRADE_MISTAKE_NONE,  /* it does not, or they may be */
    TRADE_MISTAKE_PROBE, /* it does not count bytes that probed a zero window */
    TRADE_MISTAKE_OTHER
} trade_mistake_t;

/* Notes that TCP's analysis says of a frame that bytes are missing, if none are. evidence: as
 * before the frame's segment; saying: TRADE_TCP_SAYS_ bits. */
void trade_mistakes_note(const trade_evidence_t *evidence, const trade_segment_t *segment,
                         unsigned saying);

/* Returns what TCP's analysis gets wrong of a frame, on every pass. */
trade_mistake_t trade_mistakes_find(uint32_t frame);

/* Registers what makes the state anew for each capture file. */
void trade_mistakes_register(void);

#endif /* TRADE_ANALYSIS_HEALTH_MISTAKES_H */
