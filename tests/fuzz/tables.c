/* tables.c
 * All statistics of the plugin, as tshark's -z and the GUI's windows have them.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <epan/packet.h>
#include <epan/conversation_table.h>
#include <epan/export_object.h>
#include <epan/follow.h>
#include <epan/srt_table.h>
#include <epan/stat_tap_ui.h>
#include <epan/stats_tree_priv.h>
#include <epan/tap.h>

#include "library.h"
#include "shown.h"
#include "tables.h"

/* Verdicts that accuse nobody, and need no sentence. */
static const char *const quiet_verdicts[] = { "ok", "idle" };
/* One that accuses nobody either, but needs one. */
static const char placeless_verdict[] = "clocks-differ";

static stat_tap_table_ui *health, *incidents, *clients;
static GArray *srt_tables;
static stats_tree *tree;
static follow_info_t followed;
static int rows_file = -1;

static void listen_for(const char *tap, void *data, tap_reset_cb reset, tap_packet_cb packet)
{
    GString *error = register_tap_listener(tap, data, NULL, 0, reset, packet, NULL, NULL);

    if (error)
        g_error("%s: %s", tap, error->str);
}

/* ---- trade,health, trade,incidents and trade,clients ---- */

static void reset_table(void *data)
{
    reset_stat_table((stat_tap_table_ui *)((stat_data_t *)data)->stat_tap_data);
}

static stat_tap_table_ui *open_table(const char *name, stat_data_t *data)
{
    stat_tap_table_ui *ui = stat_tap_by_name(name);

    if (!ui)
        g_error("%s is missing", name);
    ui->stat_tap_init_cb(ui);
    data->stat_tap_data = ui;
    listen_for(ui->tap_name, data, reset_table, ui->packet_func);
    return ui;
}

/* Fails where a text of a table is not one: readable, and on a line of its own. */
static void check_text(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        fuzz_fail("a text is not UTF-8", 0, text, "");
    for (; *text; text = g_utf8_next_char(text)) {
        if (!g_unichar_isprint(g_utf8_get_char(text)))
            fuzz_fail("a text has a character that cannot be read", 0, text, "");
    }
}

static void append_cell(GString *to, const stat_tap_table_item_type *cell)
{
    switch (cell->type) {
    case TABLE_ITEM_UINT:
        g_string_append_printf(to, "%u|", cell->value.uint_value);
        break;
    case TABLE_ITEM_FLOAT:
        g_string_append_printf(to, "%.6f|", cell->value.float_value);
        break;
    case TABLE_ITEM_STRING:
        check_text(cell->value.string_value);
        g_string_append_printf(to, "%s|", cell->value.string_value);
        break;
    default:
        g_string_append(to, "|");
    }
}

static int compare_lines(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Returns whether a row has no text: what it told when the table was drawn before holds no longer,
 * and Wireshark's tables cannot lose a row. */
static bool is_empty(const stat_tap_table *table, unsigned row)
{
    unsigned column = 0;

    for (; column < table->num_fields; column++) {
        const stat_tap_table_item_type *cell = stat_tap_get_field_data(table, row, column);
        if (cell->type == TABLE_ITEM_STRING && cell->value.string_value[0] != '\0')
            break;
    }
    return column == table->num_fields;
}

/* Appends a table. Its rows come in the order in which the pass came to know of them: here they are
 * sorted. without: the title of a column that is left out. */
static void append_table(GString *to, const stat_tap_table_ui *ui, const char *without)
{
    const stat_tap_table *table = g_array_index(ui->tables, stat_tap_table *, 0);
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);

    for (unsigned row = 0; row < table->num_elements; row++) {
        if (is_empty(table, row))
            continue;
        GString *line = g_string_new(NULL);
        for (unsigned column = 0; column < table->num_fields; column++) {
            if (strcmp(ui->fields[column].column_name, without) != 0)
                append_cell(line, stat_tap_get_field_data(table, row, column));
        }
        g_ptr_array_add(lines, g_string_free(line, FALSE));
    }
    g_ptr_array_sort(lines, compare_lines);
    for (unsigned i = 0; i < lines->len; i++)
        g_string_append_printf(to, "%s\n", (const char *)lines->pdata[i]);
    g_ptr_array_free(lines, TRUE);
}

static const char *get_string(const stat_tap_table *table, unsigned row, unsigned column)
{
    return stat_tap_get_field_data(table, row, column)->value.string_value;
}

/* Returns the index of a column of the table of health. */
static unsigned find_column(const char *title)
{
    for (unsigned i = 0; i < health->nfields; i++) {
        if (strcmp(health->fields[i].column_name, title) == 0)
            return i;
    }
    g_error("no column %s", title);
}

/* Fails where the table of health accuses without a word, or praises with one. */
static void check_health(void)
{
    const stat_tap_table *table = g_array_index(health->tables, stat_tap_table *, 0);

    for (unsigned row = 0; row < table->num_elements; row++) {
        const char *verdict = get_string(table, row, find_column("Verdict"));
        const char *where = get_string(table, row, find_column("Where"));
        bool is_quiet = false;
        for (unsigned i = 0; i < G_N_ELEMENTS(quiet_verdicts); i++)
            is_quiet |= strcmp(verdict, quiet_verdicts[i]) == 0;
        if ((is_quiet || strcmp(verdict, placeless_verdict) == 0) != (strcmp(where, "-") == 0))
            fuzz_fail("a verdict and its place do not go together", 0, verdict, where);
        if (!is_quiet && strlen(get_string(table, row, find_column("Cause"))) < 2)
            fuzz_fail("a verdict has no cause", 0, verdict, where);
    }
}

/* ---- trade,srt, trade,tree, conversations and endpoints ---- */

static void reset_srt(void *data _U_)
{
    reset_srt_table(srt_tables);
}

static void open_srt(void)
{
    static srt_data_t data;
    register_srt_t *srt = get_srt_table_by_name("trade");

    srt_tables = data.srt_array = g_array_new(FALSE, TRUE, sizeof(srt_stat_table *));
    srt_table_dissector_init(srt, srt_tables);
    listen_for(get_srt_tap_listener_name(srt), &data, reset_srt, get_srt_packet_func(srt));
}

/* Appends how many times each table has. Whose they are may only be known later, where it shows
 * late which end is the Multiplexer's. */
static void append_srt(GString *to)
{
    for (unsigned i = 0; i < srt_tables->len; i++) {
        const srt_stat_table *table = g_array_index(srt_tables, srt_stat_table *, i);
        unsigned count = 0;
        for (int row = 0; row < table->num_procs; row++)
            count += table->procedures[row].stats.num;
        g_string_append_printf(to, "%s: %u\n", table->name, count);
    }
}

static void open_tree(void)
{
    stats_tree_cfg *configuration = stats_tree_get_cfg_by_abbr("trade");

    tree = stats_tree_new(configuration, NULL, NULL);
    configuration->init(tree);
    listen_for(configuration->tapname, tree, stats_tree_reset, stats_tree_packet);
}

static void reset_conversations(void *data)
{
    reset_conversation_table_data((conv_hash_t *)data);
}

static void reset_endpoints(void *data)
{
    reset_endpoint_table_data((conv_hash_t *)data);
}

static void open_conversations(void)
{
    static conv_hash_t conversations, endpoints;
    register_ct_t *table = get_conversation_by_proto_id(proto_get_id_by_filter_name("trade"));

    listen_for("trade", &conversations, reset_conversations, get_conversation_packet_func(table));
    listen_for("trade", &endpoints, reset_endpoints, get_endpoint_packet_func(table));
}

/* ---- Follow and Export Objects ---- */

static void reset_followed(void *data)
{
    follow_reset_stream((follow_info_t *)data);
}

static void open_follow(void)
{
    register_follow_t *follow = get_follow_by_name("TRADE");

    /* The first session. Its filter would need a tree on the first pass. */
    g_free(get_follow_index_func(follow)(0, 0));
    g_free(get_follow_port_to_display(follow)(NULL, FUZZ_PORT));
    listen_for(get_follow_tap_string(follow), &followed, reset_followed,
               get_follow_tap_handler(follow));
}

static void add_object(void *data _U_, struct _export_object_entry_t *entry)
{
    check_text(entry->hostname);
    check_text(entry->filename);
    if (entry->payload_len > 0 && !entry->payload_data)
        fuzz_fail("an object has no bytes", entry->pkt_num, entry->filename, "");
    eo_free_entry(entry);
}

static void open_export(void)
{
    static export_object_list_t list = { .add_entry = add_object };
    register_eo_t *objects = get_eo_by_name("trade");

    listen_for(get_eo_tap_listener_name(objects), &list, NULL, get_eo_packet_func(objects));
}

/* ---- trade,rows ---- */

static void open_rows(void)
{
    char *option = NULL;

    rows_file = memfd_create("rows", 0);
    option = g_strdup_printf("trade,rows,/proc/self/fd/%d", rows_file);
    if (rows_file < 0 || !process_stat_cmd_arg(option))
        g_error("-z trade,rows is missing");
    start_requested_stats();
    g_free(option);
}

/* Fails where the file of rows is not text, or does not end with how many there are. */
static void check_rows(void)
{
    GMappedFile *file = g_mapped_file_new_from_fd(rows_file, FALSE, NULL);
    const size_t size = file ? g_mapped_file_get_length(file) : 0;
    char *text = g_strndup(size ? g_mapped_file_get_contents(file) : "", size);

    if (size != strlen(text) || !g_utf8_validate(text, -1, NULL))
        fuzz_fail("the rows are not text", 0, text, "");
    if (!g_str_has_suffix(text, "\n") || !g_strrstr(text, "\nend\t"))
        fuzz_fail("the rows do not end", 0, text, "");
    if (file)
        g_mapped_file_unref(file);
    g_free(text);
}

/* ---- All of them ---- */

void fuzz_tables_listen(void)
{
    static stat_data_t health_data, incidents_data, clients_data;

    health = open_table("trade,health", &health_data);
    incidents = open_table("trade,incidents", &incidents_data);
    clients = open_table("trade,clients", &clients_data);
    open_srt();
    open_tree();
    open_conversations();
    open_follow();
    open_export();
    open_rows();
}

void fuzz_tables_draw(void)
{
    draw_tap_listeners(TRUE);
    check_health();
}

void fuzz_tables_check(void)
{
    GString *text = stats_tree_format_as_str(tree, ST_FORMAT_PLAIN, 0, FALSE);

    if (!text || text->len == 0)
        fuzz_fail("trade,tree says nothing", 0, "", "");
    g_string_free(text, TRUE);
    check_rows();
}

GString *fuzz_tables_get_text(void)
{
    GString *all = g_string_new(NULL);

    /* How many bytes are missing is left out: TCP's tap numbers a segment from before the first
     * otherwise on each pass. */
    append_table(all, health, "Missing bytes");
    append_table(all, incidents, "");
    append_table(all, clients, "");
    append_srt(all);
    return all;
}
