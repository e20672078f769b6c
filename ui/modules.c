/* modules.c
 * What modules are called: the preference "Module IDs", and names for tables and sentences.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <glib.h>

#include <epan/packet.h>
#include <epan/to_str.h>
#include <epan/uat.h>

#include "ui/modules.h"
#include "wire/compat.h"
#include "wire/modules.h"

/* ---- The preference ---- */

/* A row of the preference. */
typedef struct module_row {
    uint32_t id;
    char *name;  /* as the user wrote it */
    char *shown; /* the same, safe to print */
} module_row_t;

static module_row_t *module_rows;
static unsigned module_row_count;

UAT_DEC_CB_DEF(module_rows, id, module_row_t)
UAT_CSTRING_CB_DEF(module_rows, name, module_row_t)

/* Returns whether a character stands for itself wherever a name is shown: it moves no cursor, turns
 * no text round, and ends no line and no cell of a table. */
static bool is_printable(gunichar character)
{
    const GUnicodeType type = g_unichar_type(character);

    return g_unichar_isprint(character) && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR && character != '|';
}

/* Returns a name that is safe to print, with \x1b in place of such a byte; g_free() it. */
static char *format_name(const char *name)
{
    GString *shown = g_string_new(NULL);

    while (*name) {
        const gunichar character = g_utf8_get_char_validated(name, -1);
        const bool is_valid = g_unichar_validate(character);
        const char *end = is_valid ? g_utf8_next_char(name) : name + 1;
        if (is_valid && is_printable(character))
            g_string_append_len(shown, name, end - name);
        else
            for (const char *byte = name; byte < end; byte++)
                g_string_append_printf(shown, "\\x%02x", (uint8_t)*byte);
        name = end;
    }
    return g_string_free(shown, false);
}

static void *copy_row(void *to, const void *from, size_t size _U_)
{
    module_row_t *new_row = (module_row_t *)to;
    const module_row_t *old_row = (const module_row_t *)from;

    new_row->id = old_row->id;
    new_row->name = g_strdup(old_row->name);
    new_row->shown = old_row->name ? format_name(old_row->name) : NULL;
    return new_row;
}

/* Returns whether a row makes sense; else sets *error to why not. */
static trade_bool_t check_row(void *row, char **error)
{
    const module_row_t *module_row = (const module_row_t *)row;

    if (module_row->id <= UINT8_MAX && module_row->name && module_row->name[0])
        return true;
    *error = g_strdup("A module needs an id from 0 to 255 and a name");
    return false;
}

static void free_row(void *row)
{
    g_free(((module_row_t *)row)->name);
    g_free(((module_row_t *)row)->shown);
}

/* Takes the names from the rows; called after each change. */
static void apply_rows(void)
{
    trade_reset_module_names();
    for (unsigned i = 0; i < module_row_count; i++)
        trade_set_module_name((uint8_t)module_rows[i].id, module_rows[i].shown);
}

void trade_modules_register(module_t *preferences)
{
    static uat_field_t fields[] = {
        UAT_FLD_DEC(module_rows, id, "Id", "The module's id, from 0 to 255"),
        UAT_FLD_CSTRING(module_rows, name, "Name", "The module's name"), UAT_END_FIELDS
    };
    uat_t *uat = uat_new("Module IDs", sizeof(module_row_t), "trade_modules", true, &module_rows,
                         &module_row_count, UAT_AFFECTS_DISSECTION, NULL, copy_row, check_row,
                         free_row, apply_rows, trade_reset_module_names, fields);

    /* Wireshark calls these only when something changes. */
    trade_reset_module_names();
    prefs_register_uat_preference(preferences, "modules", "Module IDs",
                                  "The names of this installation's modules. They add to the "
                                  "names that TRADE's documentation gives, and override them.",
                                  uat);
}

/* ---- Names for tables and sentences ---- */

char *trade_modules_format_end(wmem_allocator_t *scope, const address *addr, uint32_t port)
{
    char *text = address_to_str(scope, addr);
    char *end = wmem_strdup_printf(scope, addr->type == AT_IPv6 ? "[%s]:%u" : "%s:%u", text, port);

    wmem_free(scope, text);
    return end;
}

char *trade_modules_name(wmem_allocator_t *scope, const trade_connection_t *connection,
                         uint32_t frame)
{
    const trade_end_t *end = trade_connection_get_module_end(connection);

    if (connection->module && connection->module_named <= frame)
        return wmem_strdup(scope, connection->module);
    if (connection->has_module_id && connection->module_frame <= frame)
        return trade_format_unknown(scope, connection->module_id);
    return trade_modules_format_end(scope, &end->addr, end->port);
}
