/* keywords.h
 * Keywords of the user's: the preference "Keywords", a table beside that of wire/keywords.h.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_KEYWORDS_H
#define TRADE_UI_KEYWORDS_H

#include <epan/prefs.h>

#include "ui/values.h"

/* Adds the body of a keyword that the user's table has, and notes in the PDU what Info says of it.
 * Returns whether the table has it; where the body ends before the PDU does, the offset is there.
 */
bool trade_keywords_add(trade_cursor_t *at);

/* Registers the preference. proto: TRADE's id, which the fields of the table belong to. */
void trade_keywords_register(module_t *preferences, int proto);

#endif /* TRADE_UI_KEYWORDS_H */
