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

/* A table; of each kind, one is open at a time. Static, with the first four members set, of ui
 * those that are this table's own. */
typedef struct trade_table {
    stat_tap_table_ui ui; /* what Wireshark is to know of it */
    const char *title;
    void (*begin)(void); /* is called before the rows are written; it may set what they are about.
                            NULL: none */
    void (*write)(const trade_row_t *row); /* sets the cells of a row */
    stat_tap_table *table;                 /* Wireshark's; NULL: none is open */
    GPtrArray *rows;                       /* trade_row_t */
    GPtrArray *replaced; /* trade_row_t: former rows, which another window may still show */
    GHashTable *noted;   /* what a packet was of: what has a row, or decides which there are. File
                            scope */
    unsigned finished;   /* how many rows, the first, are about what is freed */
    bool is_current;     /* no packet came since the rows were written */
    bool has_listener;
} trade_table_t;

/* Notes that something has a row, which this packet may change. about: file scope. */
void trade_table_note(trade_table_t *table, const void *about);

/* Notes that something decides which rows there are, for begin, which makes them. Returns whether
 * it is new. */
bool trade_table_note_reason(trade_table_t *table, const void *about);

/* Sets what the rows are about that are not finished, made if they are too few; those that are too
 * many become empty. abouts: file scope, or kept until the rows are written. For begin. */
void trade_table_set_rows(trade_table_t *table, const void *const *abouts, unsigned count);

/* Registers the table with Wireshark. tap: notes what a packet is of. */
void trade_table_register(trade_table_t *table, tap_packet_cb tap);

void trade_table_set_uint(const trade_row_t *row, unsigned column, uint64_t value);

void trade_table_set_float(const trade_row_t *row, unsigned column, double value);

/* text: from g_malloc(); the row's from now on. */
void trade_table_set_text(const trade_row_t *row, unsigned column, char *text);

#endif /* TRADE_UI_TABLE_H */
