/* names.c
 * Names of modules, each kept once for a capture file, and numbered.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>

#include "analysis/blocks.h"
#include "analysis/names.h"

static wmem_map_t *numbers;  /* from 1, by name */
static trade_blocks_t names; /* const char * */

uint32_t trade_names_keep(const char *name)
{
    const uint32_t known = GPOINTER_TO_UINT(wmem_map_lookup(numbers, name));

    if (known)
        return known;
    const char **kept = (const char **)trade_blocks_add(&names);
    *kept = wmem_strdup(wmem_file_scope(), name);
    wmem_map_insert(numbers, *kept, GUINT_TO_POINTER(names.count));
    return names.count;
}

const char *trade_names_get(uint32_t number)
{
    return *(const char *const *)trade_blocks_get(&names, number - 1);
}

/* Called before a capture file is dissected. */
static void init_names(void)
{
    numbers = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
    trade_blocks_init(&names, sizeof(const char *));
}

void trade_names_register(void)
{
    register_init_routine(init_names);
}
