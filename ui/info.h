/* info.h
 * What the Info column and the tree's line say of a PDU, and Info of a frame with several.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_INFO_H
#define TRADE_UI_INFO_H

#include <epan/packet.h>

#include "wire/pdu.h"

/* What the Info column has to say of a frame's PDUs. Lives as long as the packet; TCP calls the
 * dissector more than once for a frame. */
typedef struct trade_summary trade_summary_t;

/* Returns microseconds in ms. */
static inline double trade_get_milliseconds(uint64_t microseconds)
{
    return (double)microseconds / 1000.0;
}

/* Appends the value of a field of this kind. */
void trade_info_append_kind(wmem_strbuf_t *info, trade_kind_t kind, const trade_value_t *value);

/* Returns what Info says of one PDU. Lives in pool. */
const char *trade_info_get(wmem_allocator_t *pool, const trade_pdu_t *pdu);

/* Returns the tree's line of a PDU. info: what Info says of it. Lives in pool. */
const char *trade_info_get_title(wmem_allocator_t *pool, const trade_pdu_t *pdu, const char *info);

/* Returns the summary of this frame, made by the first call for it; NULL: there are no columns
 * to write it to. proto: TRADE's id. */
trade_summary_t *trade_summary_find(packet_info *pinfo, int proto);

/* Counts a PDU. Returns whether it is the first, whose Info is then to be set. */
bool trade_summary_add(trade_summary_t *summary, const trade_pdu_t *pdu);

/* Sets what Info says of the first PDU. */
void trade_summary_set_first(trade_summary_t *summary, const char *info);

/* Writes the columns of a frame that has a PDU. summary: may be NULL. */
void trade_summary_write(trade_summary_t *summary, packet_info *pinfo);

/* Reads the keywords' templates. */
void trade_info_register(void);

#endif /* TRADE_UI_INFO_H */
