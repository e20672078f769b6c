/* connection.c
 * Connections of modules to a Multiplexer, and the names that greetings teach.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/blocks.h"
#include "analysis/connection.h"
#include "analysis/names.h"
#include "moduleids.h"

/* How many names are learned from greetings on each Multiplexer. */
#define NAMES_MAX 1024

static wmem_map_t *multiplexers;   /* trade_multiplexer_t, each its own key */
static trade_blocks_t connections; /* trade_connection_t *, by number */

static unsigned hash_multiplexer(const void *key)
{
    const trade_multiplexer_t *multiplexer = (const trade_multiplexer_t *)key;

    return trade_end_hash(&(trade_end_t){ .addr = multiplexer->addr, .port = multiplexer->port });
}

static gboolean equal_multiplexer(const void *a, const void *b)
{
    const trade_multiplexer_t *one = (const trade_multiplexer_t *)a;
    const trade_multiplexer_t *other = (const trade_multiplexer_t *)b;

    return one->port == other->port && addresses_equal(&one->addr, &other->addr);
}

/* Returns the Multiplexer at an end, made where it is new. */
static trade_multiplexer_t *get_multiplexer(const trade_end_t *end)
{
    trade_multiplexer_t key = { .addr = end->addr, .port = end->port };
    trade_multiplexer_t *multiplexer = (trade_multiplexer_t *)wmem_map_lookup(multiplexers, &key);

    if (!multiplexer) {
        multiplexer = wmem_new0(wmem_file_scope(), trade_multiplexer_t);
        copy_address_wmem(wmem_file_scope(), &multiplexer->addr, &end->addr);
        multiplexer->port = end->port;
        multiplexer->names = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
        multiplexer->modules = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
        wmem_map_insert(multiplexers, multiplexer, multiplexer);
    }
    return multiplexer;
}

/* Returns what is kept of a new stream. */
static trade_connection_t *make_connection(trade_stream_t *stream)
{
    trade_connection_t *connection = wmem_new0(wmem_file_scope(), trade_connection_t);

    connection->stream = stream;
    connection->number = connections.count;
    *(trade_connection_t **)trade_blocks_add(&connections) = connection;
    connection->multiplexer = get_multiplexer(&stream->ends[stream->multiplexer_end]);
    return connection;
}

/* Returns the names that greetings gave to an id, or NULL. */
static wmem_tree_t *find_names(const trade_multiplexer_t *multiplexer, uint8_t id)
{
    return (wmem_tree_t *)wmem_map_lookup(multiplexer->names, GUINT_TO_POINTER(id));
}

void trade_connection_learn_name(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id,
                                 const char *name)
{
    const char *known = trade_connection_find_name(delivery, pinfo->num, id);

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (!delivery->connection || (known && strcmp(known, name) == 0))
        return;
    trade_multiplexer_t *multiplexer = delivery->connection->multiplexer;
    if (multiplexer->name_count == NAMES_MAX)
        return;
    wmem_tree_t *names = find_names(multiplexer, id);
    if (!names) {
        names = wmem_tree_new(wmem_file_scope());
        wmem_map_insert(multiplexer->names, GUINT_TO_POINTER(id), names);
    }
    wmem_tree_insert32(names, pinfo->num, (void *)trade_names_get(trade_names_keep(name)));
    multiplexer->name_count++;
}

/* Remembers on which connection, the newest, a module of this name talks. */
static void set_module_name(trade_connection_t *connection, uint32_t frame, const char *name)
{
    if (connection->module && strcmp(connection->module, name) == 0)
        return;
    connection->module_number = trade_names_keep(name);
    connection->module = trade_names_get(connection->module_number);
    if (!connection->first_module)
        connection->first_module = connection->module_number;
    connection->module_named = frame;
    trade_connection_t *before =
        (trade_connection_t *)wmem_map_lookup(connection->multiplexer->modules, name);
    if (before && before->stream->first_frame < connection->stream->first_frame)
        before->is_replaced = true;
    wmem_map_insert(connection->multiplexer->modules, connection->module, connection);
}

void trade_connection_note_module(const trade_delivery_t *delivery, packet_info *pinfo,
                                  const trade_pdu_t *pdu)
{
    trade_connection_t *connection = delivery->connection;

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (!connection || (pdu->kind != TRADE_UNIT_GREETING && !trade_pdu_is_control(pdu)))
        return;
    if (pdu->sender == TRADE_MODULE_MULTIPLEXER) {
        if (delivery->stream->module_direction < 0)
            delivery->stream->module_direction = (int)!delivery->direction;
        return;
    }
    if (delivery->stream->module_direction == (int)!delivery->direction ||
        (connection->has_module_id && connection->module && pdu->kind != TRADE_UNIT_GREETING))
        return;
    delivery->stream->module_direction = (int)delivery->direction;
    if (!connection->has_module_id) {
        connection->module_frame = pinfo->num;
        connection->module_id = pdu->sender;
        connection->has_module_id = true;
    }
    if (pdu->kind == TRADE_UNIT_GREETING && pdu->greeting.length > 0)
        set_module_name(connection, pinfo->num, trade_text_dup(pinfo->pool, pdu->greeting));
    else if (pdu->sender_name)
        set_module_name(connection, pinfo->num, pdu->sender_name);
}

bool trade_connection_is_module(const trade_delivery_t *delivery, uint32_t frame, uint8_t id)
{
    const trade_connection_t *connection = delivery->connection;

    return connection && connection->has_module_id && connection->module_id == id &&
           connection->module_frame < frame;
}

const trade_connection_t *trade_connection_get(uint32_t number)
{
    return *(trade_connection_t *const *)trade_blocks_get(&connections, number);
}

const trade_connection_t *trade_connection_find(uint32_t stream)
{
    const trade_stream_t *found = trade_stream_find(stream);

    return found ? found->connection : NULL;
}

const char *trade_connection_find_name(const trade_delivery_t *delivery, uint32_t frame, uint8_t id)
{
    wmem_tree_t *names =
        delivery->connection ? find_names(delivery->connection->multiplexer, id) : NULL;

    return names ? (const char *)wmem_tree_lookup32_le(names, frame) : NULL;
}

/* Called before a capture file is dissected. */
static void init_connections(void)
{
    trade_blocks_init(&connections, sizeof(trade_connection_t *));
}

void trade_connection_register(int proto)
{
    register_init_routine(init_connections);
    trade_names_register();
    multiplexers = wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_multiplexer,
                                          equal_multiplexer);
    trade_stream_register(proto, make_connection);
}
