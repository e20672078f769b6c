/* connection.c
 * Connections of modules to a Multiplexer, and the names that greetings teach.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/connection.h"
#include "moduleids.h"
#include "wire/compat.h"

static wmem_map_t *multiplexers; /* trade_multiplexer_t, by its end */

static unsigned hash_end(const void *key)
{
    return trade_end_hash((const trade_end_t *)key);
}

static gboolean equal_ends(const void *a, const void *b)
{
    const trade_end_t *other = (const trade_end_t *)b;

    return trade_end_is((const trade_end_t *)a, &other->addr, other->port);
}

/* Returns the Multiplexer at an end, made if it is new. */
static trade_multiplexer_t *get_multiplexer(const trade_end_t *end)
{
    trade_multiplexer_t *multiplexer = (trade_multiplexer_t *)wmem_map_lookup(multiplexers, end);

    if (!multiplexer) {
        multiplexer = wmem_new0(wmem_file_scope(), trade_multiplexer_t);
        copy_address_wmem(wmem_file_scope(), &multiplexer->end.addr, &end->addr);
        multiplexer->end.port = end->port;
        multiplexer->names = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
        multiplexer->modules = wmem_map_new(wmem_file_scope(), wmem_str_hash, g_str_equal);
        wmem_map_insert(multiplexers, &multiplexer->end, multiplexer);
    }
    return multiplexer;
}

/* Returns the index of the Multiplexer's end of a stream: by the module's direction, or else by
 * other connections, or else that of the lower port. */
static unsigned find_multiplexer_end(const trade_stream_t *stream)
{
    const bool is_first = wmem_map_contains(multiplexers, &stream->ends[0]);

    if (stream->module_direction >= 0)
        return !stream->module_direction;
    if (is_first != wmem_map_contains(multiplexers, &stream->ends[1]))
        return !is_first;
    return stream->ends[1].port < stream->ends[0].port;
}

/* Returns what is kept of a new stream. */
static trade_connection_t *make_connection(trade_stream_t *stream)
{
    trade_connection_t *connection = wmem_new0(wmem_file_scope(), trade_connection_t);

    connection->stream = stream;
    connection->multiplexer = get_multiplexer(&stream->ends[find_multiplexer_end(stream)]);
    connection->multiplexer->connections++;
    return connection;
}

/* Returns the names that greetings gave to an id, or NULL. */
static wmem_tree_t *find_names(const trade_multiplexer_t *multiplexer, uint8_t id)
{
    return (wmem_tree_t *)wmem_map_lookup(multiplexer->names, GUINT_TO_POINTER(id));
}

/* Returns the names that greetings gave to an id, made if there are none. */
static wmem_tree_t *get_names(trade_multiplexer_t *multiplexer, uint8_t id)
{
    wmem_tree_t *names = find_names(multiplexer, id);

    if (!names) {
        names = wmem_tree_new(wmem_file_scope());
        wmem_map_insert(multiplexer->names, GUINT_TO_POINTER(id), names);
    }
    return names;
}

const char *trade_connection_keep_name(const trade_multiplexer_t *multiplexer, const char *name)
{
    const void *kept = NULL;

    if (!wmem_map_lookup_extended(multiplexer->modules, name, &kept, NULL)) {
        kept = wmem_strdup(wmem_file_scope(), name);
        wmem_map_insert(multiplexer->modules, kept, NULL);
    }
    return (const char *)kept;
}

/* Returns the name that a greeting gave to an id in this frame or before, or NULL. */
static const char *find_name(const trade_multiplexer_t *multiplexer, uint32_t frame, uint8_t id)
{
    wmem_tree_t *names = find_names(multiplexer, id);

    return names ? (const char *)wmem_tree_lookup32_le(names, frame) : NULL;
}

void trade_connection_learn_name(const trade_delivery_t *delivery, packet_info *pinfo, uint8_t id,
                                 const char *name)
{
    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (!delivery->connection)
        return;
    trade_multiplexer_t *multiplexer = delivery->connection->multiplexer;
    const char *known = find_name(multiplexer, pinfo->num, id);
    if (!known || strcmp(known, name) != 0)
        wmem_tree_insert32(get_names(multiplexer, id), pinfo->num,
                           (void *)trade_connection_keep_name(multiplexer, name));
}

/* Notes that a connection, of which the module's name is known, is that one's, unless a newer one
 * is: the newest replaces the others. */
static void enter_module(trade_connection_t *connection)
{
    wmem_map_t *modules = connection->multiplexer->modules;
    trade_connection_t *before = (trade_connection_t *)wmem_map_lookup(modules, connection->module);

    if (before && before->stream->first_frame > connection->stream->first_frame)
        return;
    if (before && before != connection)
        before->is_replaced = true;
    wmem_map_insert(modules, connection->module, connection);
}

/* Remembers on which connection, the newest, a module of this name talks. */
static void set_module_name(trade_connection_t *connection, uint32_t frame, const char *name)
{
    if (connection->module && strcmp(connection->module, name) == 0)
        return;
    connection->module = trade_connection_keep_name(connection->multiplexer, name);
    connection->module_named = frame;
    enter_module(connection);
}

/* ---- A Multiplexer that is found to be at the other end ---- */

/* Adds a name, which holds from a frame on, to others of its id. */
static trade_bool_t move_name(const void *frame, void *name, void *names)
{
    wmem_tree_insert32((wmem_tree_t *)names, GPOINTER_TO_UINT(frame), name);
    return FALSE;
}

/* Moves the names that greetings taught. */
static void move_names(trade_multiplexer_t *from, trade_multiplexer_t *to)
{
    for (unsigned id = 0; id <= UINT8_MAX; id++) {
        wmem_tree_t *names = find_names(from, (uint8_t)id);
        if (!names)
            continue;
        wmem_tree_foreach(names, move_name, get_names(to, (uint8_t)id));
        wmem_map_remove(from->names, GUINT_TO_POINTER(id));
    }
}

/* Moves a connection to the Multiplexer at its other end, and the names learned on it if it was the
 * only one. Returns the one that it had; NULL: it has it still. */
static trade_multiplexer_t *move_connection(trade_connection_t *connection)
{
    trade_multiplexer_t *from = connection->multiplexer;
    trade_multiplexer_t *to =
        get_multiplexer(&connection->stream->ends[find_multiplexer_end(connection->stream)]);

    if (from == to)
        return NULL;
    connection->former = from;
    connection->multiplexer = to;
    to->connections++;
    if (--from->connections == 0)
        move_names(from, to);
    return from;
}

/* Forgets the module of a connection: what seemed to be its PDUs are the Multiplexer's. */
static void forget_module(trade_connection_t *connection)
{
    wmem_map_t *modules = connection->multiplexer->modules;

    connection->has_module_id = false;
    if (connection->module && wmem_map_lookup(modules, connection->module) == connection)
        wmem_map_remove(modules, connection->module);
    connection->module = NULL;
}

/* Notes which direction is the module's. is_sure: nothing that comes later changes that. Returns
 * the Multiplexer that the connection had; NULL: it has it still. */
static trade_multiplexer_t *set_direction(const trade_delivery_t *delivery, unsigned direction,
                                          bool is_sure)
{
    trade_stream_t *stream = delivery->stream;

    if (stream->is_module_sure || (!is_sure && stream->module_direction >= 0))
        return NULL;
    stream->is_module_sure = is_sure;
    if (stream->module_direction == (int)direction)
        return NULL;
    if (stream->module_direction >= 0)
        forget_module(delivery->connection);
    stream->module_direction = (int)direction;
    return move_connection(delivery->connection);
}

/* Remembers which module a connection belongs to, by a PDU that it sent. */
static void set_module(trade_connection_t *connection, packet_info *pinfo, const trade_pdu_t *pdu)
{
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

/* Remembers who sends in the direction that is taken for the Multiplexer's. */
static void note_other(const trade_delivery_t *delivery, const trade_pdu_t *pdu)
{
    trade_other_t *other = &delivery->connection->other;

    if (delivery->stream->is_module_sure || other->is_seen)
        return;
    *other =
        (trade_other_t){ .name = pdu->sender_name ? wmem_strdup(wmem_file_scope(), pdu->sender_name)
                                                  : NULL,
                         .id = pdu->sender,
                         .direction = (uint8_t)delivery->direction,
                         .is_seen = true };
}

/* Takes who sent in a direction for the module: it proved to be that one's. */
static void take_other(trade_connection_t *connection, uint32_t frame)
{
    const trade_other_t *other = &connection->other;

    if (connection->has_module_id || !other->is_seen ||
        connection->stream->module_direction != other->direction)
        return;
    connection->module_frame = frame;
    connection->module_id = other->id;
    connection->has_module_id = true;
    if (other->name)
        set_module_name(connection, frame, other->name);
}

trade_multiplexer_t *trade_connection_note_module(const trade_delivery_t *delivery,
                                                  packet_info *pinfo, const trade_pdu_t *pdu)
{
    trade_connection_t *connection = delivery->connection;
    const bool is_greeting = pdu->kind == TRADE_UNIT_GREETING;

    DISSECTOR_ASSERT(!PINFO_FD_VISITED(pinfo));
    if (!connection || (!is_greeting && !trade_pdu_is_control(pdu)))
        return NULL;
    const bool is_multiplexers = pdu->sender == TRADE_MODULE_MULTIPLEXER;
    const unsigned direction = is_multiplexers ? !delivery->direction : delivery->direction;
    trade_multiplexer_t *from = set_direction(delivery, direction, is_multiplexers || is_greeting);
    if (is_multiplexers)
        take_other(connection, pinfo->num);
    else if (delivery->stream->module_direction != (int)direction)
        note_other(delivery, pdu);
    else if (is_greeting || !connection->has_module_id || !connection->module)
        set_module(connection, pinfo, pdu);
    return from;
}

bool trade_connection_is_module(const trade_delivery_t *delivery, uint32_t frame, uint8_t id)
{
    const trade_connection_t *connection = delivery->connection;

    return connection && connection->has_module_id && connection->module_id == id &&
           connection->module_frame < frame;
}

const trade_connection_t *trade_connection_find(uint32_t stream)
{
    const trade_stream_t *found = trade_stream_find(stream);

    return found ? found->connection : NULL;
}

const char *trade_connection_find_name(const trade_delivery_t *delivery, uint32_t frame, uint8_t id)
{
    const trade_connection_t *connection = delivery->connection;
    const char *name = connection ? find_name(connection->multiplexer, frame, id) : NULL;

    /* What showed a name when the connection was taken for another's shows it still. */
    return name || !connection || !connection->former ? name
                                                      : find_name(connection->former, frame, id);
}

void trade_connection_register(int proto)
{
    multiplexers =
        wmem_map_new_autoreset(wmem_epan_scope(), wmem_file_scope(), hash_end, equal_ends);
    trade_stream_register(proto, make_connection);
}
