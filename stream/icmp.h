/* icmp.h
 * ICMP messages that quote a segment of a TCP connection.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_STREAM_ICMP_H
#define TRADE_STREAM_ICMP_H

#include <epan/dissectors/packet-tcp.h>
#include <epan/packet.h>

#include "stream/notice.h"
#include "stream/stream.h"

/* Reads the packet's ICMP message, whose quoted segment Wireshark's TCP has dissected, for a
 * postdissector, and sets *ends to the segment's source and its destination, in the frame's bytes.
 * Returns what TCP knows of the segment's connection; NULL: the packet is no such message, or of a
 * connection that is not known. when, quoted_frame and side are left 0. */
const struct tcp_analysis *trade_icmp_read(tvbuff_t *frame, const packet_info *pinfo,
                                           trade_notice_t *notice, trade_end_t ends[2]);

#endif /* TRADE_STREAM_ICMP_H */
