/* blocks.c
 * Arrays that only grow, in blocks.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include <epan/wmem_scopes.h>

#include "analysis/blocks.h"

enum { FIRST_CAPACITY = 16 };

void trade_blocks_init(trade_blocks_t *blocks, size_t size)
{
    *blocks = (trade_blocks_t){ .size = size };
}

/* Adds a block, of at least so many elements, in place of the one with this index. */
static void add_block(trade_blocks_t *blocks, uint32_t block, uint32_t elements)
{
    if (block >= blocks->capacity) {
        blocks->capacity = blocks->capacity > 0 ? blocks->capacity * 2 : FIRST_CAPACITY;
        blocks->list = (char **)wmem_realloc(wmem_file_scope(), blocks->list,
                                             blocks->capacity * sizeof *blocks->list);
    }
    blocks->list[block] = (char *)wmem_alloc(
        wmem_file_scope(), (elements > TRADE_BLOCK ? elements : TRADE_BLOCK) * blocks->size);
}

void *trade_blocks_add_row(trade_blocks_t *blocks, uint32_t count, uint32_t *first)
{
    const uint32_t used = blocks->count % TRADE_BLOCK;

    /* What does not fit into the rest of a block gets one of its own size. */
    if (used > 0 && count > TRADE_BLOCK - used)
        blocks->count += TRADE_BLOCK - used;
    if (blocks->count % TRADE_BLOCK == 0)
        add_block(blocks, blocks->count / TRADE_BLOCK, count);
    *first = blocks->count;
    blocks->count += count > TRADE_BLOCK ? TRADE_BLOCK : count;
    return memset(trade_blocks_get(blocks, *first), 0, count * blocks->size);
}

void *trade_blocks_add(trade_blocks_t *blocks)
{
    uint32_t first = 0;

    return trade_blocks_add_row(blocks, 1, &first);
}
