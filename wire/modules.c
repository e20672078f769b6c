/* modules.c
 * The names of module ids: the talk's, of moduleids.h, and the user's.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include <epan/packet.h>

#include "moduleids.h"
#include "wire/modules.h"

const value_string trade_module_names[] = {
#define VALUE_STRING(id, name) { id, name },
    TRADE_MODULE_IDS(VALUE_STRING)
#undef VALUE_STRING
        { 0, NULL }
};

/* By id; NULL: not known. */
static const char *names_by_id[UINT8_MAX + 1];

const char *trade_get_module_name(uint8_t id)
{
    return names_by_id[id];
}

char *trade_format_unknown(wmem_allocator_t *scope, uint8_t id)
{
    return wmem_strdup_printf(scope, "Unknown (%u)", id);
}

void trade_set_module_name(uint8_t id, const char *name)
{
    names_by_id[id] = name;
}

void trade_reset_module_names(void)
{
    memset(names_by_id, 0, sizeof names_by_id);
    for (const value_string *module = trade_module_names; module->strptr; module++)
        names_by_id[module->value] = module->strptr;
}
