/* rows.h
 * -z trade,rows,FILE: what was dissected, as rows for tables.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_ROWS_H
#define TRADE_UI_ROWS_H

/* Registers -z trade,rows,FILE. */
void trade_rows_register(void);

#endif /* TRADE_UI_ROWS_H */
