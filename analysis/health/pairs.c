/* pairs.c
 * Which attempts to connect belong together. See analysis/health/pairs.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>

#include "analysis/health/hostmap.h"
#include "analysis/health/pairs.h"

/* Most pairs that are kept. */
#define PAIRS_MAX 256

/* A host that connects, and what it connects to. */
typedef struct pair {
    trade_end_t ends[2]; /* the port of the first is 0 */
    trade_attempts_t attempts;
} pair_t;

static wmem_map_t *pairs; /* pair_t, each its own key */

static guint hash_pair(const void *key)
{
    const pair_t *pair = (const pair_t *)key;

    return trade_end_hash(&pair->ends[0]) * 31U + trade_end_hash(&pair->ends[1]);
}

static gboolean are_same_pair(const void *a, const void *b)
{
    const pair_t *one = (const pair_t *)a, *other = (const pair_t *)b;

    return trade_end_is(&one->ends[0], &other->ends[0].addr, other->ends[0].port) &&
           trade_end_is(&one->ends[1], &other->ends[1].addr, other->ends[1].port);
}

trade_attempts_t *trade_pairs_find(const trade_end_t *client, const trade_end_t *server)
{
    const pair_t key = { .ends = { { .addr = client->addr }, *server } };
    pair_t *pair = (pair_t *)wmem_map_lookup(pairs, &key);

    if (pair)
        return &pair->attempts;
    if (wmem_map_size(pairs) >= PAIRS_MAX)
        return NULL;
    pair = wmem_new0(wmem_file_scope(), pair_t);
    pair->ends[1].port = server->port;
    copy_address_wmem(wmem_file_scope(), &pair->ends[0].addr, &client->addr);
    copy_address_wmem(wmem_file_scope(), &pair->ends[1].addr, &server->addr);
    pair->attempts.server = trade_hostmap_get(server);
    pair->attempts.run = 1;
    wmem_map_insert(pairs, pair, pair);
    return &pair->attempts;
}

void trade_pairs_register(void)
{
    pairs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_pair, are_same_pair);
}
