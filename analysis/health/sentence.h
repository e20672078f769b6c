/* sentence.h
 * What is said beside a verdict: each sentence gives times, sizes and frames, and ends with a
 * filter that shows them.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_HEALTH_SENTENCE_H
#define TRADE_ANALYSIS_HEALTH_SENTENCE_H

#include "analysis/health/facts.h"
#include "analysis/health/writer.h"

/* A window kept a PDU from being sent. */
void trade_explain_blocked(trade_writer_t *writer, const trade_facts_t *facts);

/* A window was closed, and nobody answers any more. */
void trade_explain_nobody(trade_writer_t *writer, const trade_facts_t *facts);

/* Bytes were retransmitted again and again, and not acknowledged. */
void trade_explain_not_delivered(trade_writer_t *writer, const trade_facts_t *facts);

/* A side sends no Ping, for no reason that TCP shows. */
void trade_explain_silence(trade_writer_t *writer, const trade_facts_t *facts);

/* A Ping has no Pong. */
void trade_explain_unanswered(trade_writer_t *writer, const trade_facts_t *facts);

/* A Pong came shortly before the limit. */
void trade_explain_answered_late(trade_writer_t *writer, const trade_facts_t *facts);

/* A Ping that was captured after data that acknowledges it. */
void trade_explain_order(trade_writer_t *writer, const trade_facts_t *facts);

/* Times that contradict each other. */
void trade_explain_clocks(trade_writer_t *writer, const trade_facts_t *facts);

/* The capture paused. */
void trade_explain_pause(trade_writer_t *writer, const trade_facts_t *facts);

/* Bytes are missing in which a Ping, or a Pong, could be. */
void trade_explain_hole(trade_writer_t *writer, const trade_facts_t *facts);

/* TCP holds bytes back. */
void trade_explain_held(trade_writer_t *writer, const trade_facts_t *facts);

/* Too little was seen. */
void trade_explain_apart(trade_writer_t *writer, const trade_facts_t *facts);
void trade_explain_mixed(trade_writer_t *writer, const trade_facts_t *facts);
void trade_explain_unread(trade_writer_t *writer, const trade_facts_t *facts);
void trade_explain_little_seen(trade_writer_t *writer, const trade_facts_t *facts);

/* Bytes were lost before they came here. */
void trade_explain_lost_before(trade_writer_t *writer, const trade_facts_t *facts);

/* A host stood still. */
void trade_explain_stood(trade_writer_t *writer, const trade_facts_t *facts);

/* A Ping or a Pong was on its way for long. */
void trade_explain_slow(trade_writer_t *writer, const trade_facts_t *facts);

/* Attempts to connect failed. */
void trade_explain_attempts(trade_writer_t *writer, const trade_facts_t *facts);

/* An RST does not fit the side that it names. */
void trade_explain_reset(trade_writer_t *writer, const trade_facts_t *facts);

/* Connections of one host ended together. */
void trade_explain_together(trade_writer_t *writer, const trade_facts_t *facts);

/* ---- Parts that several sentences have ---- */

/* Appends what ended a time, after "until ". */
void trade_put_until(trade_writer_t *writer, const trade_facts_t *facts);

/* Appends where the capture point is, if that is known. */
void trade_put_near(trade_writer_t *writer, const trade_facts_t *facts);

/* Appends a sentence on the other connections of the host that is suspected. */
void trade_put_siblings(trade_writer_t *writer, const trade_facts_t *facts);

/* Appends what became of attempts to connect to a host since a burst. who: the host. */
void trade_put_after(trade_writer_t *writer, const trade_burst_t *burst, const char *who);

#endif /* TRADE_ANALYSIS_HEALTH_SENTENCE_H */
