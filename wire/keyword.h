/* keyword.h
 * Looks up the keywords of wire/keywords.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_KEYWORD_H
#define TRADE_WIRE_KEYWORD_H

#include "wire/pdu.h"

/* How many keywords there are. */
#define TRADE_KEYWORD_COUNT (0 TRADE_KEYWORDS(TRADE_COUNT_ROW))
#define TRADE_COUNT_ROW(...) +1

/* One field of a body. */
typedef struct trade_field {
    trade_kind_t kind;
    const char *filter_name;
    const char *label;
    const char *description;
} trade_field_t;

/* The rows of TRADE_BODY_FIELDS, by trade_field_id_t. */
extern const trade_field_t trade_fields[];

/* One keyword. */
struct trade_keyword {
    const char *name; /* as on the wire */
    unsigned length;  /* of the name, without its 00 */
    trade_role_t role;
    const char *info; /* the template of Info; NULL: the name */
};

/* The rows of TRADE_KEYWORDS, in its order. */
extern const trade_keyword_t trade_keywords[];

/* Returns the row of a keyword; NULL if the table has none. */
const trade_keyword_t *trade_find_keyword(trade_text_t text);

/* Returns whether a keyword of the table begins with this text, or is it. */
bool trade_begins_known_keyword(trade_text_t text);

#endif /* TRADE_WIRE_KEYWORD_H */
