/* template.c
 * Takes the Info templates of wire/keywords.h apart. See ui/template.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "ui/template.h"
#include "wire/keyword.h"

/* Returns the name behind the next brace of a template: "conn_id}…"; empty if there is none. */
static const char *get_name(const char *rest)
{
    const char *brace = strchr(rest, '{');

    return brace ? brace + 1 : "";
}

/* Returns the field of a name: "conn_id}…" is trade.conn_id; TRADE_NO_FIELD: there is none. */
static trade_field_id_t find_field(const char *name)
{
    const size_t length = strcspn(name, "}");

    for (unsigned i = 0; i < TRADE_FIELD_COUNT; i++) {
        const char *known = trade_fields[i].filter_name + strlen("trade.");
        if (strlen(known) == length && memcmp(known, name, length) == 0)
            return (trade_field_id_t)i;
    }
    return TRADE_NO_FIELD;
}

const char *trade_template_read(const char *text, trade_template_t *template)
{
    const char *rest = text;
    trade_field_id_t needs = TRADE_NO_FIELD;
    char mark = '\0';

    template->count = 0;
    do {
        if (template->count == TRADE_TEMPLATE_PARTS_MAX)
            return text;
        trade_part_t *part = &template->parts[template->count++];
        *part = (trade_part_t){ rest, strcspn(rest, "{[]"), TRADE_NO_FIELD, needs };
        rest += part->length;
        mark = *rest;
        const trade_field_id_t next = find_field(get_name(rest));
        if (mark == '{')
            part->field = next;
        else
            needs = mark == '[' ? next : TRADE_NO_FIELD;
        if ((mark == '{' || mark == '[') && next == TRADE_NO_FIELD)
            return get_name(rest);
        rest += mark == '{' ? strcspn(rest, "}") : 0;
        rest += *rest != '\0';
    } while (mark != '\0');
    return NULL;
}
