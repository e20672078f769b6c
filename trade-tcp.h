/* trade-tcp.h
 * What TCP does not give to dissectors, and who else wants a port of TRADE's.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_TCP_H
#define TRADE_TCP_H

#include <epan/dissectors/packet-tcp.h>
#include <epan/packet.h>

/* Who a connection belongs to that has an end on a port of TRADE's. */
typedef enum trade_claim {
    TRADE_CLAIM_OURS,      /* nobody else is registered for its other port */
    TRADE_CLAIM_CONTESTED, /* another protocol is: the bytes must tell */
    TRADE_CLAIM_DOUBTFUL,  /* the other port is the server's, by its SYN or SYN and ACK, too */
    TRADE_CLAIM_OTHERS     /* the user chose another protocol for its other port */
} trade_claim_t;

/* Returns who the connection of this packet belongs to. To be called by a dissector that
 * TCP's port table called. */
trade_claim_t trade_tcp_get_claim(packet_info *pinfo);

/* Returns whether TCP puts segments in order before it gives them to dissectors. */
bool trade_tcp_is_in_order(void);

/* Returns whether TCP counts sequence numbers from the first byte of each direction. */
bool trade_tcp_is_relative(void);

/* Notes that the dissector was given bytes of this frame. */
void trade_tcp_note_given(const packet_info *pinfo);

/* Notes that TRADE was recognised on a port that is not TRADE's. */
void trade_tcp_note_foreign_port(void);

/* Registers the dissector of TCP's port table, which comes before that of the other port,
 * and what gives the dissector the segments that TCP withholds. proto: TRADE's id;
 * any_port: the handle that Decode As and heuristics use; own_port: that of TRADE's ports. */
void trade_tcp_register(int proto, dissector_handle_t any_port, dissector_handle_t own_port);

#endif /* TRADE_TCP_H */
