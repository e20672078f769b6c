/* hostmap.c
 * Finds what is kept of the hosts of connections with TRADE. See analysis/health/hostmap.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/health/hostmap.h"
#include "analysis/health/siblings.h"

/* Most hosts that ask a port of another, of which it is kept what became of that. */
#define ASKED_MAX 256
/* Most hosts, and most pairs of them, of which it is kept what their connections showed. */
#define GROUPS_MAX 65536U

/* Two hosts that have connections. */
typedef struct trade_pair {
    const trade_host_t *hosts[2];
    trade_group_t group;
    trade_kernel_t kernels[2];
} trade_pair_t;

/* A host that connects, and the port of another that it asks. */
typedef struct trade_asked {
    trade_end_t ends[2]; /* the port of the first is 0 */
    trade_attempts_t attempts;
} trade_asked_t;

static wmem_map_t *hosts; /* trade_host_t, by address */
static wmem_map_t *pairs; /* trade_pair_t, by itself */
static wmem_map_t *asked; /* trade_asked_t, by itself */

/* Returns a hash of two hosts, in whichever order. */
static guint hash_pair(const void *key)
{
    const trade_pair_t *pair = (const trade_pair_t *)key;

    return g_direct_hash(pair->hosts[0]) + g_direct_hash(pair->hosts[1]);
}

/* Returns whether two pairs are of the same hosts, in whichever order. */
static gboolean are_same_pair(const void *a, const void *b)
{
    const trade_pair_t *one = (const trade_pair_t *)a;
    const trade_pair_t *other = (const trade_pair_t *)b;

    return (one->hosts[0] == other->hosts[0] && one->hosts[1] == other->hosts[1]) ||
           (one->hosts[0] == other->hosts[1] && one->hosts[1] == other->hosts[0]);
}

/* Returns what is kept of the host of an end, made if it is new; end lives as long. */
static trade_host_t *get_host(const trade_end_t *end)
{
    trade_host_t *host = (trade_host_t *)wmem_map_lookup(hosts, &end->addr);

    if (host)
        return host;
    host = wmem_new0(wmem_file_scope(), trade_host_t);
    if (wmem_map_size(hosts) < GROUPS_MAX)
        host->group = wmem_new0(wmem_file_scope(), trade_group_t);
    wmem_map_insert(hosts, &end->addr, host);
    return host;
}

/* Returns what is kept of two hosts, made if it is new; NULL: there are too many. */
static trade_pair_t *get_pair(const trade_host_t *one, const trade_host_t *other)
{
    const trade_pair_t key = { .hosts = { one, other } };
    trade_pair_t *pair = (trade_pair_t *)wmem_map_lookup(pairs, &key);

    if (pair || wmem_map_size(pairs) >= GROUPS_MAX)
        return pair;
    pair = wmem_new0(wmem_file_scope(), trade_pair_t);
    pair->hosts[0] = one;
    pair->hosts[1] = other;
    wmem_map_insert(pairs, pair, pair);
    return pair;
}

void trade_hostmap_join(trade_evidence_t *evidence, const trade_end_t ends[2],
                        const trade_slices_t *slices)
{
    trade_kin_t *kin = &evidence->kin;

    for (unsigned side = 0; side < 2; side++) {
        evidence->sides[side].host = get_host(&ends[side]);
        kin->groups[side] = evidence->sides[side].host->group;
    }
    trade_pair_t *pair = get_pair(evidence->sides[0].host, evidence->sides[1].host);
    if (pair) {
        kin->groups[TRADE_GROUP_PAIR] = &pair->group;
        kin->is_reversed = pair->hosts[0] != evidence->sides[0].host;
        for (unsigned side = 0; side < 2; side++)
            evidence->sides[side].kernel = &pair->kernels[side != kin->is_reversed];
    }
    kin->slices = slices;
}

/* Returns a hash of a host and the port that it asks. */
static guint hash_asked(const void *key)
{
    const trade_asked_t *found = (const trade_asked_t *)key;

    return trade_end_hash(&found->ends[0]) * 31U + trade_end_hash(&found->ends[1]);
}

static gboolean are_same_asked(const void *a, const void *b)
{
    const trade_asked_t *one = (const trade_asked_t *)a, *other = (const trade_asked_t *)b;

    return trade_end_is(&one->ends[0], &other->ends[0].addr, other->ends[0].port) &&
           trade_end_is(&one->ends[1], &other->ends[1].addr, other->ends[1].port);
}

trade_attempts_t *trade_hostmap_get_attempts(const trade_end_t *client, const trade_end_t *server)
{
    const trade_asked_t key = { .ends = { { .addr = client->addr }, *server } };
    trade_asked_t *found = (trade_asked_t *)wmem_map_lookup(asked, &key);

    if (found)
        return &found->attempts;
    if (wmem_map_size(asked) >= ASKED_MAX)
        return NULL;
    found = wmem_new0(wmem_file_scope(), trade_asked_t);
    found->ends[1].port = server->port;
    copy_address_wmem(wmem_file_scope(), &found->ends[0].addr, &client->addr);
    copy_address_wmem(wmem_file_scope(), &found->ends[1].addr, &server->addr);
    found->attempts.server = get_host(server);
    found->attempts.run = 1;
    wmem_map_insert(asked, found, found);
    return &found->attempts;
}

void trade_hostmap_hear(const packet_info *pinfo, const trade_slices_t *slices)
{
    if (wmem_map_size(pairs) == 0)
        return;
    const trade_host_t *from = (const trade_host_t *)wmem_map_lookup(hosts, &pinfo->src);
    const trade_host_t *to = (const trade_host_t *)wmem_map_lookup(hosts, &pinfo->dst);
    const trade_pair_t key = { .hosts = { from, to } };
    trade_pair_t *pair = from && to ? (trade_pair_t *)wmem_map_lookup(pairs, &key) : NULL;

    if (pair)
        trade_siblings_hear(&pair->group, pair->hosts[0] != from, slices);
}

void trade_hostmap_register(void)
{
    hosts = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), trade_address_hash,
                                   trade_address_equal);
    pairs = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_pair, are_same_pair);
    asked =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_asked, are_same_asked);
}
