/* findings.h
 * What the judgement of a connection says of its frames, in the packet list.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_FINDINGS_H
#define TRADE_UI_FINDINGS_H

#include "analysis/health/watch.h"

/* Notes that a frame has a PDU or a greeting: the capture's worst incident is told on the first. */
void trade_findings_note_pdu(const packet_info *pinfo);

/* Adds what a frame shows of its connection, bare acknowledgements and resets included. note: what
 * is told of it, or NULL. Returns whether anything was added. */
bool trade_findings_add(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree,
                        const trade_watch_note_t *note);

/* Registers the fields and expert infos. proto: TRADE's id. */
void trade_findings_register(int proto);

#endif /* TRADE_UI_FINDINGS_H */
