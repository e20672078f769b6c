/* table.c
 * A table of Wireshark's statistics, whose rows are written when somebody looks at them.
 *
 * Wireshark draws the listeners of taps from the newest to the oldest, in all versions so far. So a
 * listener that is added after the table's own, with the table's first row, is called just before
 * the table is shown.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/tap.h>

#include "ui/table.h"

/* ---- Rows ---- */

/* Frees a row. */
static void free_row(const trade_table_t *table, trade_row_t *row)
{
    for (unsigned column = 0; row->text && column < table->ui.nfields; column++)
        g_free(row->text[column]);
    g_free(row->text);
    g_free(row->items);
    g_free(row);
}

/* Frees all rows of a list. */
static void free_rows(const trade_table_t *table, GPtrArray *rows)
{
    for (unsigned i = 0; i < rows->len; i++)
        free_row(table, (trade_row_t *)g_ptr_array_index(rows, i));
    g_ptr_array_set_size(rows, 0);
}

/* Adds a row with empty cells to Wireshark's table. */
static void add_items(const trade_table_t *table, trade_row_t *row, unsigned number)
{
    stat_tap_table_item_type *items = g_new0(stat_tap_table_item_type, table->ui.nfields);

    for (unsigned i = 0; i < table->ui.nfields; i++) {
        items[i].type = table->ui.fields[i].type;
        if (items[i].type == TABLE_ITEM_STRING)
            items[i].value.string_value = "";
    }
    stat_tap_init_table_row(table->table, number, (unsigned)table->ui.nfields, items);
    g_free(items);
    row->items = stat_tap_get_field_data(table->table, number, 0);
    row->text = g_new0(char *, table->ui.nfields);
}

void trade_table_set_uint(const trade_row_t *row, unsigned column, uint64_t value)
{
    row->items[column].value.uint_value = (unsigned)MIN(value, UINT_MAX);
}

void trade_table_set_float(const trade_row_t *row, unsigned column, double value)
{
    row->items[column].value.float_value = value;
}

void trade_table_set_text(const trade_row_t *row, unsigned column, char *text)
{
    g_free(row->text[column]);
    row->text[column] = text;
    row->items[column].value.string_value = text;
}

/* ---- Drawing ---- */

/* Makes the cells of a row empty. */
static void clear_row(const trade_table_t *table, const trade_row_t *row)
{
    for (unsigned i = 0; i < table->ui.nfields; i++) {
        if (table->ui.fields[i].type == TABLE_ITEM_STRING)
            trade_table_set_text(row, i, g_strdup(""));
        else if (table->ui.fields[i].type == TABLE_ITEM_UINT)
            trade_table_set_uint(row, i, 0);
    }
}

/* Writes all rows of what is not freed, if anything was noted since that was last done. */
static void write_rows(void *data)
{
    trade_table_t *table = (trade_table_t *)data;

    if (!table->is_current && table->begin)
        table->begin();
    for (unsigned i = table->finished; !table->is_current && i < table->rows->len; i++) {
        trade_row_t *row = (trade_row_t *)g_ptr_array_index(table->rows, i);
        if (!row->items)
            add_items(table, row, i);
        if (row->about)
            table->write(row);
        else
            clear_row(table, row);
    }
    table->is_current = true;
}

/* Asks for the rows to be written again: with each packet they are of an earlier time. */
/* NOLINTNEXTLINE(readability-function-size): Wireshark's callbacks have five parameters */
static tap_packet_status ask_to_draw(void *tapdata, packet_info *pinfo _U_, epan_dissect_t *edt _U_,
                                     const void *data _U_, tap_flags_t flags _U_)
{
    ((trade_table_t *)tapdata)->is_current = false;
    return TAP_PACKET_REDRAW;
}

/* Sees to it that the rows are written before the table is shown. */
static void add_listener(trade_table_t *table)
{
    GString *error = register_tap_listener(table->ui.tap_name, table, NULL, TL_REQUIRES_NOTHING,
                                           NULL, ask_to_draw, write_rows, NULL);

    table->has_listener = !error;
    if (error)
        g_string_free(error, TRUE);
}

static void remove_listener(trade_table_t *table)
{
    if (table->has_listener)
        remove_tap_listener(table);
    table->has_listener = false;
}

/* ---- The table ---- */

static GSList *tables; /* trade_table_t, all that are registered */

/* Returns the table that Wireshark calls by its ui, or by what is open of it. */
static trade_table_t *find_table(const void *known)
{
    for (const GSList *i = tables; i; i = i->next) {
        trade_table_t *table = (trade_table_t *)i->data;
        if (&table->ui == known || table->table == known)
            return table;
    }
    return NULL;
}

/* Makes a table empty. */
static void reset_table(stat_tap_table *open)
{
    trade_table_t *table = find_table(open);

    /* A second window has the same table, and the first still shows what it got. */
    while (table->ui.refcount > 1 && table->rows->len > 0)
        g_ptr_array_add(table->replaced,
                        g_ptr_array_remove_index_fast(table->rows, table->rows->len - 1));
    free_rows(table, table->rows);
    table->table->num_elements = 0;
    g_hash_table_remove_all(table->noted);
    table->finished = 0;
    table->is_current = false;
}

/* Opens a table, or makes it empty when it is opened again. */
static void init_table(stat_tap_table_ui *ui)
{
    trade_table_t *table = find_table(ui);

    if (!table->rows) {
        table->rows = g_ptr_array_new();
        table->replaced = g_ptr_array_new();
        table->noted = g_hash_table_new(g_direct_hash, g_direct_equal);
    }
    remove_listener(table);
    table->table = stat_tap_find_table(ui, table->title);
    if (!table->table) {
        table->table = stat_tap_init_table(table->title, (int)ui->nfields, 0, NULL);
        stat_tap_add_table(ui, table->table);
    }
    reset_table(table->table);
}

/* Adds a row about something. */
static void add_row(trade_table_t *table, const void *about)
{
    trade_row_t *row = g_new0(trade_row_t, 1);

    row->about = about;
    g_ptr_array_add(table->rows, row);
}

bool trade_table_note_reason(trade_table_t *table, const void *about)
{
    table->is_current = false;
    if (!table->has_listener)
        add_listener(table);
    return g_hash_table_add(table->noted, (void *)about);
}

void trade_table_note(trade_table_t *table, const void *about)
{
    if (trade_table_note_reason(table, about))
        add_row(table, about);
}

void trade_table_set_rows(trade_table_t *table, const void *const *abouts, unsigned count)
{
    for (unsigned i = table->finished; i < table->rows->len; i++)
        ((trade_row_t *)g_ptr_array_index(table->rows, i))->about =
            i - table->finished < count ? abouts[i - table->finished] : NULL;
    for (unsigned i = table->rows->len - table->finished; i < count; i++)
        add_row(table, abouts[i]);
}

/* Completes the rows of all tables before what they are about is freed. */
static void finish_tables(void)
{
    for (const GSList *i = tables; i; i = i->next) {
        trade_table_t *table = (trade_table_t *)i->data;
        if (!table->table)
            continue;
        write_rows(table);
        for (; table->finished < table->rows->len; table->finished++)
            ((trade_row_t *)g_ptr_array_index(table->rows, table->finished))->about = NULL;
        g_hash_table_remove_all(table->noted);
    }
}

/* Forgets a table, which Wireshark is about to free. */
static void close_table(trade_table_t *table)
{
    remove_listener(table);
    for (unsigned i = 0; i < table->rows->len; i++)
        ((trade_row_t *)g_ptr_array_index(table->rows, i))->items = NULL; /* Wireshark frees them */
    free_rows(table, table->rows);
    free_rows(table, table->replaced);
    g_hash_table_remove_all(table->noted);
    table->finished = 0;
    table->table = NULL;
}

/* Called for each cell before Wireshark frees a table. */
static void free_cell(stat_tap_table *open, unsigned row _U_, unsigned column _U_,
                      stat_tap_table_item_type *cell _U_)
{
    trade_table_t *table = find_table(open);

    if (table)
        close_table(table);
}

/* Frees what is left of the tables when the program ends: tshark frees none. */
static void free_tables(void)
{
    for (const GSList *i = tables; i; i = i->next) {
        trade_table_t *table = (trade_table_t *)i->data;
        if (!table->rows)
            continue;
        if (table->table)
            close_table(table);
        free_stat_tables(&table->ui);
        g_array_free(table->ui.tables, true);
        table->ui.tables = NULL;
        g_ptr_array_free(table->rows, true);
        g_ptr_array_free(table->replaced, true);
        g_hash_table_destroy(table->noted);
        table->rows = NULL;
    }
    g_slist_free(tables);
    tables = NULL;
}

void trade_table_register(trade_table_t *table, tap_packet_cb tap)
{
    static tap_param parameters[] = { { PARAM_FILTER, "filter", "Filter", NULL, true } };

    table->ui.group = REGISTER_PACKET_STAT_GROUP_UNSORTED;
    table->ui.packet_func = tap;
    table->ui.stat_tap_init_cb = init_table;
    table->ui.stat_tap_reset_table_cb = reset_table;
    table->ui.stat_tap_free_table_item_cb = free_cell;
    table->ui.nparams = array_length(parameters);
    table->ui.params = parameters;
    register_stat_tap_table_ui(&table->ui);
    if (!tables) {
        register_cleanup_routine(finish_tables);
        register_shutdown_routine(free_tables);
    }
    tables = g_slist_prepend(tables, table);
}
