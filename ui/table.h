/* table.h
 * A table of Wireshark's statistics. A packet only notes what has a row; the rows are written when
 * somebody looks at them, and once more before the memory of the capture file is freed: tshark -M
 * and live captures in several files do that in mid-run, and the rows stay.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_UI_TABLE_H
#define TRADE_UI_TABLE_H

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>

/* A row. The table's. */
typedef struct trade_row {
    const void *about;               /* what it is about. File scope; NULL: that is freed */
    stat_tap_table_item_type *items; /* its cells, as Wireshark has them; NULL: not yet written */
    char **text;                     /* what the cells of string columns point to */
} trade_row_t;

/* A table; of each kind, one is open at a time. Static, with the first five members set. */
typedef struct trade_table {
    const char *title;
    const stat_tap_table_item *columns;
    unsigned column_count;
    void (*begin)(void); /* is called before the rows are written; it may set what they are about.
                            NULL: none */
    void (*write)(const trade_row_t *row); /* sets the cells of a row */
    stat_tap_table_ui *ui;
    stat_tap_table *table; /* Wireshark's; NULL: none is open */
    GPtrArray *rows;       /* trade_row_t */
    GPtrArray *replaced;   /* trade_row_t: former rows, which another window may still show */
    GHashTable *noted;     /* what has a row. File scope */
    unsigned finished;     /* how many rows, the first, are about what is freed */
    bool is_current;       /* no packet came since the rows were written */
    bool has_listener;
} trade_table_t;

/* Opens the table, or makes it empty when it is opened again. */
void trade_table_init(trade_table_t *table, stat_tap_table_ui *ui);

/* Makes the table empty. */
void trade_table_reset(trade_table_t *table);

/* Notes that something has a row, which this packet may change. about: file scope. */
void trade_table_note(trade_table_t *table, const void *about);

/* Notes a packet that may change rows, but has none by itself. */
void trade_table_touch(trade_table_t *table);

/* Sets what the rows are about that are not finished, made if they are too few; those that are too
 * many become empty. abouts: file scope, or kept until the rows are written. For begin. */
void trade_table_set_rows(trade_table_t *table, const void *const *abouts, unsigned count);

/* Completes the rows before what they are about is freed. For a cleanup routine. */
void trade_table_finish(trade_table_t *table);

/* Forgets the table, which Wireshark is about to free. For stat_tap_free_table_item_cb. */
void trade_table_close(trade_table_t *table);

/* Frees what is left of the table when the program ends: tshark frees no table. For a shutdown
 * routine. */
void trade_table_free(trade_table_t *table);

void trade_table_set_uint(const trade_row_t *row, unsigned column, uint64_t value);

void trade_table_set_float(const trade_row_t *row, unsigned column, double value);

/* text: from g_malloc(); the row's from now on. */
void trade_table_set_text(const trade_row_t *row, unsigned column, char *text);

#endif /* TRADE_UI_TABLE_H */
