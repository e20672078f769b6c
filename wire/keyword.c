/* keyword.c
 * Looks up the keywords of wire/keywords.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <string.h>

#include "wire/keyword.h"

const trade_keyword_t trade_keywords[] = {
#define ROW(name, role, info, ...) { name, sizeof(name) - 1, TRADE_ROLE_##role, info },
    TRADE_KEYWORDS(ROW)
#undef ROW
};

const trade_field_t trade_fields[] = {
#define ROW(id, kind, ...) { TRADE_KIND_##kind, __VA_ARGS__ },
    TRADE_BODY_FIELDS(ROW)
#undef ROW
};

const trade_keyword_t *trade_find_keyword(trade_text_t text)
{
    for (unsigned i = 0; i < TRADE_KEYWORD_COUNT; i++) {
        if (trade_keywords[i].length == text.length &&
            (uint8_t)trade_keywords[i].name[0] == text.bytes[0] &&
            memcmp(trade_keywords[i].name, text.bytes, text.length) == 0)
            return &trade_keywords[i];
    }
    return NULL;
}

bool trade_begins_known_keyword(trade_text_t text)
{
    for (unsigned i = 0; i < TRADE_KEYWORD_COUNT; i++) {
        if (trade_keywords[i].length >= text.length &&
            memcmp(trade_keywords[i].name, text.bytes, text.length) == 0)
            return true;
    }
    return false;
}
