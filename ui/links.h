/* links.h
 * Generated fields: what links a PDU to others, before or after it.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_LINKS_H
#define TRADE_UI_LINKS_H

#include "analysis/clients/client.h"
#include "analysis/pings/pings.h"
#include "ui/values.h"

/* A PDU, its links, and where they are shown. */
typedef struct trade_links {
    const trade_cursor_t *at;
    const trade_delivery_t *delivery;
    uint32_t seq;                 /* sequence number of the PDU's first byte */
    const trade_record_t *record; /* NULL: no Ping, Pong, Roundtrip or report */
    const trade_client_t *client; /* NULL: the PDU names no client */
    unsigned slow;                /* ms above which an answer, a report or a delay is slow */
} trade_links_t;

/* Adds the fields and expert infos of a PDU's links. */
void trade_links_add(const trade_links_t *links);

/* Registers the fields and expert infos. proto: TRADE's id. */
void trade_links_register(int proto);

#endif /* TRADE_UI_LINKS_H */
