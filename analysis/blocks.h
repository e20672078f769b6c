/* blocks.h
 * Arrays that only grow: in blocks of a fixed number of elements, none of which ever moves. An
 * array that doubles would waste up to half, and copy all; of small allocations of their own,
 * wmem takes 16 bytes and more for each.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_ANALYSIS_BLOCKS_H
#define TRADE_ANALYSIS_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

/* How many elements a block has. */
enum { TRADE_BLOCK = 1024 };

/* An array in file scope. */
typedef struct trade_blocks {
    char **list;       /* the blocks, */
    uint32_t capacity; /* for how many of them the list has room, */
    uint32_t count;    /* how many elements they have in all, */
    size_t size;       /* and of how many bytes each */
} trade_blocks_t;

/* Makes an array empty, for a new capture file. */
void trade_blocks_init(trade_blocks_t *blocks, size_t size);

/* Returns a new element, the last one, zeroed. */
void *trade_blocks_add(trade_blocks_t *blocks);

/* Returns elements that follow one another in memory, the last ones, zeroed, and sets *first to the
 * index of their first. The array then has only such rows, and its count is their end. */
void *trade_blocks_add_row(trade_blocks_t *blocks, uint32_t count, uint32_t *first);

/* Returns an element. */
static inline void *trade_blocks_get(const trade_blocks_t *blocks, uint32_t number)
{
    return blocks->list[number / TRADE_BLOCK] + (number % TRADE_BLOCK) * blocks->size;
}

#endif /* TRADE_ANALYSIS_BLOCKS_H */
