/* table.h
 * A table of Wireshark's statistics whose rows change while packets come: nobody says which packet
 * is the last one, so all that is shown must be current after each.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_TABLE_H
#define TRADE_UI_TABLE_H

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>

#include "stream/flow.h"

/* A row. A table's own rows begin with it; freed with the table's contents. */
typedef struct trade_row {
    unsigned number;
    bool is_live; /* time may change it */
    char **text;  /* what the cells of string columns point to */
} trade_row_t;

/* A table; of each kind, one is open at a time. Static, with the first five members set. */
typedef struct trade_table {
    const char *title;
    const stat_tap_table_item *columns;
    unsigned column_count;
    void (*write)(trade_row_t *row);         /* brings a row up to date */
    bool (*is_over)(const trade_row_t *row); /* whether time no longer changes a row */
    stat_tap_table *table;
    GPtrArray *rows; /* trade_row_t, by number */
    GPtrArray *live; /* those that time may change */
    uint64_t sweepable;
    trade_time_t swept;
} trade_table_t;

/* Opens the table, or makes it empty when it is opened again. */
void trade_table_init(trade_table_t *table, stat_tap_table_ui *ui);

/* Makes the table empty. */
void trade_table_reset(trade_table_t *table);

/* Adds a row with empty cells. row: zeroed, from g_malloc(); the table's from now on. */
void trade_table_add_row(trade_table_t *table, trade_row_t *row);

void trade_table_set_uint(const trade_table_t *table, const trade_row_t *row, unsigned column,
                          unsigned value);

void trade_table_set_float(const trade_table_t *table, const trade_row_t *row, unsigned column,
                           double value);

/* text: from g_malloc(); the row's from now on. */
void trade_table_set_text(const trade_table_t *table, const trade_row_t *row, unsigned column,
                          char *text);

/* Marks a row to be brought up to date as time passes. */
void trade_table_add_live(trade_table_t *table, trade_row_t *row);

/* Brings all rows up to date that time may have changed; the more there are, the more rarely. */
void trade_table_sweep(trade_table_t *table, trade_time_t now);

#endif /* TRADE_UI_TABLE_H */
