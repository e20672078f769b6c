/* template.h
 * Takes the Info templates of wire/keywords.h apart.
 *
 * Knows nothing of Wireshark.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_TEMPLATE_H
#define TRADE_UI_TEMPLATE_H

#include <stddef.h>

#include "wire/pdu.h"

/* In place of a trade_field_id_t. */
#define TRADE_NO_FIELD TRADE_FIELD_COUNT

enum { TRADE_TEMPLATE_PARTS_MAX = 16 };

/* A piece of a template: a text, and the value that follows it. */
typedef struct trade_part {
    const char *text;
    size_t length;          /* of the text */
    trade_field_id_t field; /* whose value follows; TRADE_NO_FIELD: none does */
    trade_field_id_t needs; /* without this field, the part is left out; TRADE_NO_FIELD: never */
} trade_part_t;

/* A template; its parts point into the text that it was read from. */
typedef struct trade_template {
    trade_part_t parts[TRADE_TEMPLATE_PARTS_MAX];
    unsigned count; /* of parts; 0: there is no template */
} trade_template_t;

/* Reads a template. Returns NULL, or what is wrong: the name of a field that there is not, or all
 * of a template that has too many parts. */
const char *trade_template_read(const char *text, trade_template_t *template);

#endif /* TRADE_UI_TEMPLATE_H */
