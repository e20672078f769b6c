/* subdissectors.h
 * What other dissectors decode: payloads, by module id, and the bodies of other keywords.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_SUBDISSECTORS_H
#define TRADE_UI_SUBDISSECTORS_H

#include <epan/packet.h>

#include "wire/pdu.h"

/* Returns whether a dissector is registered for a keyword that wire/keywords.h lacks. */
bool trade_has_subdissector(packet_info *pinfo, trade_text_t keyword);

/* Returns whether somebody wants what this PDU carries. */
bool trade_is_for_subdissectors(const trade_pdu_t *pdu);

/* Gives a payload, or the body of a keyword, to who wants it; they may throw. tree: of a payload,
 * what the PDU's own line is in; of a body, that line's. Returns how many bytes they took. */
unsigned trade_call_subdissectors(const trade_pdu_t *pdu, tvbuff_t *tvb, packet_info *pinfo,
                                  proto_tree *tree);

/* Registers where others add dissectors, and Decode As for payloads. proto: TRADE's id. */
void trade_subdissectors_register(int proto);

/* Offers in Decode As what a trading platform's payload may well be. */
void trade_subdissectors_offer(void);

#endif /* TRADE_UI_SUBDISSECTORS_H */
