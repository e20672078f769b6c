/* table.c
 * A table of Wireshark's statistics whose rows change while packets come.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "ui/table.h"

/* Most rows that are brought up to date because time passed: in all, and more for each packet. */
#define SWEEP_ROWS 100000
#define SWEEP_ROWS_A_PACKET 4

void trade_table_reset(trade_table_t *table)
{
    for (unsigned i = 0; i < table->rows->len; i++) {
        trade_row_t *row = (trade_row_t *)g_ptr_array_index(table->rows, i);
        for (unsigned column = 0; column < table->column_count; column++)
            g_free(row->text[column]);
        g_free(row->text);
        g_free(row);
    }
    /* Wireshark's part of the rows. */
    for (unsigned i = 0; table->table && i < table->table->num_elements; i++)
        g_free(table->table->elements[i]);
    if (table->table)
        table->table->num_elements = 0;
    g_ptr_array_set_size(table->rows, 0);
    g_ptr_array_set_size(table->live, 0);
    table->sweepable = SWEEP_ROWS;
    table->swept = 0;
}

void trade_table_init(trade_table_t *table, stat_tap_table_ui *ui)
{
    if (!table->rows) {
        table->rows = g_ptr_array_new();
        table->live = g_ptr_array_new();
    }
    table->table = stat_tap_find_table(ui, table->title);
    trade_table_reset(table);
    if (table->table) {
        if (ui->stat_tap_reset_table_cb)
            ui->stat_tap_reset_table_cb(table->table);
    } else {
        table->table = stat_tap_init_table(table->title, (int)table->column_count, 0, NULL);
        stat_tap_add_table(ui, table->table);
    }
}

void trade_table_add_row(trade_table_t *table, trade_row_t *row)
{
    stat_tap_table_item_type *items = g_new0(stat_tap_table_item_type, table->column_count);

    row->number = table->rows->len;
    row->text = g_new0(char *, table->column_count);
    g_ptr_array_add(table->rows, row);
    for (unsigned i = 0; i < table->column_count; i++) {
        items[i].type = table->columns[i].type;
        if (items[i].type == TABLE_ITEM_STRING)
            items[i].value.string_value = "";
    }
    stat_tap_init_table_row(table->table, row->number, table->column_count, items);
    g_free(items);
}

/* Returns a cell. */
static stat_tap_table_item_type *get_cell(const trade_table_t *table, const trade_row_t *row,
                                          unsigned column)
{
    return stat_tap_get_field_data(table->table, row->number, column);
}

void trade_table_set_uint(const trade_table_t *table, const trade_row_t *row, unsigned column,
                          unsigned value)
{
    get_cell(table, row, column)->value.uint_value = value;
}

void trade_table_set_float(const trade_table_t *table, const trade_row_t *row, unsigned column,
                           double value)
{
    get_cell(table, row, column)->value.float_value = value;
}

void trade_table_set_text(const trade_table_t *table, const trade_row_t *row, unsigned column,
                          char *text)
{
    g_free(row->text[column]);
    row->text[column] = text;
    get_cell(table, row, column)->value.string_value = text;
}

void trade_table_add_live(trade_table_t *table, trade_row_t *row)
{
    if (!row->is_live)
        g_ptr_array_add(table->live, row);
    row->is_live = true;
}

void trade_table_sweep(trade_table_t *table, trade_time_t now)
{
    GPtrArray *live = table->live;
    const trade_time_t pause = TRADE_SECOND * (1 + live->len / 100);

    table->sweepable += SWEEP_ROWS_A_PACKET;
    if ((now - table->swept < pause && now >= table->swept) || live->len > table->sweepable)
        return;
    table->swept = now;
    table->sweepable -= live->len;
    for (unsigned i = live->len; i > 0; i--) {
        trade_row_t *row = (trade_row_t *)g_ptr_array_index(live, i - 1);
        table->write(row);
        row->is_live = !table->is_over(row);
        if (!row->is_live)
            g_ptr_array_remove_index_fast(live, i - 1);
    }
}
