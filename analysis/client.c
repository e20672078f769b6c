/* client.c
 * Clients' sessions: what a Multiplexer's connections tell of one client between
 * its New Connection and its Close Connection.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/client.h"

/* Most connections, and most modules, that are kept of a session: it bounds the
 * work that hostile bytes can cause. */
#define STREAMS_MAX 64
#define MODULES_MAX 64

/* Sessions are allocated from blocks of this many bytes: to each small allocation of its own, wmem
 * adds 16 bytes and more. */
#define BLOCK_BYTES 8192

static uint32_t session_count; /* of the capture, so far */
static wmem_array_t *met;      /* sessions of the PDUs in the frame that was dissected last, */
static unsigned met_count;     /* how many of these, */
static uint32_t met_frame;     /* and that frame */
static char *block_room;       /* what is left of the newest block */
static size_t block_left;

/* Returns zeroed bytes, in file scope. size: a multiple of a pointer's, or the next thing is
 * not aligned. */
static void *keep(size_t size)
{
    if (block_left < size) {
        block_room = (char *)wmem_alloc(wmem_file_scope(), BLOCK_BYTES);
        block_left = BLOCK_BYTES;
    }
    void *kept = memset(block_room, 0, size);
    block_room += size;
    block_left -= size;
    return kept;
}

/* Returns the connection id that a PDU names; -1: none. */
static int get_conn_id(const trade_pdu_t *pdu)
{
    switch (pdu->role) {
    case TRADE_ROLE_DATA:
        return pdu->receiver;
    case TRADE_ROLE_NEW_CONNECTION:
    case TRADE_ROLE_LOGIN:
    case TRADE_ROLE_CLOSE_CONNECTION:
        return trade_pdu_has(pdu, TRADE_FIELD_CONN_ID)
                   ? (int)trade_pdu_get_number(pdu, TRADE_FIELD_CONN_ID)
                   : -1;
    default:
        return -1;
    }
}

/* Returns the sessions that had an id, in order of their starts; NULL: none. */
static wmem_array_t *find_clients(const trade_multiplexer_t *multiplexer, int conn_id)
{
    return (wmem_array_t *)wmem_map_lookup(multiplexer->clients, GINT_TO_POINTER(conn_id));
}

static trade_client_t *get_client(wmem_array_t *clients, unsigned i)
{
    return *(trade_client_t **)wmem_array_index(clients, i);
}

/* Returns how many of the sessions began at the position or before. */
static unsigned count_begun(wmem_array_t *clients, trade_position_t at)
{
    unsigned low = 0, high = wmem_array_get_count(clients);

    /* Nearly always all of them. */
    if (high > 0 && trade_is_known_at(get_client(clients, high - 1)->start, at))
        return high;
    while (low < high) {
        const unsigned middle = low + (high - low) / 2;
        if (trade_is_known_at(get_client(clients, middle)->start, at))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Returns what is kept of a session on a connection; NULL: it was not seen there. */
static trade_client_stream_t *find_stream(const trade_client_t *client,
                                          const trade_connection_t *connection)
{
    trade_client_stream_t *stream = client->streams;

    while (stream && stream->connection != connection)
        stream = stream->next;
    return stream;
}

/* Returns the session of an id that a PDU at this position belongs to, or NULL.
 * It is the newest, but for what was in flight on another connection when that one
 * began: where the one before it was seen and is not yet closed, and the newest was
 * not seen there, the PDU belongs to the one before. */
static trade_client_t *find_client(wmem_array_t *clients, const trade_connection_t *connection,
                                   trade_position_t at)
{
    const unsigned begun = count_begun(clients, at);

    if (begun == 0)
        return NULL;
    trade_client_t *newest = get_client(clients, begun - 1);
    if (begun == 1)
        return newest;
    const trade_client_stream_t *stream = find_stream(newest, connection);
    if (stream && trade_is_known_at(stream->seen, at))
        return newest;
    trade_client_t *before = get_client(clients, begun - 2);
    stream = find_stream(before, connection);
    if (!stream || !trade_is_known_at(stream->seen, at))
        return newest;
    const bool is_closed = trade_is_known_at(stream->closed, at) &&
                           (stream->closed.frame != at.frame || stream->closed.seq != at.seq);
    return is_closed ? newest : before;
}

/* Returns a new session of an id. */
static trade_client_t *add_client(const trade_multiplexer_t *multiplexer, int conn_id,
                                  trade_position_t at)
{
    wmem_array_t *clients = find_clients(multiplexer, conn_id);
    trade_client_t *client = (trade_client_t *)keep(sizeof *client);

    if (!clients) {
        clients = wmem_array_sized_new(wmem_file_scope(), sizeof(trade_client_t *), 1);
        wmem_map_insert(multiplexer->clients, GINT_TO_POINTER(conn_id), clients);
    }
    client->number = session_count++;
    client->start = at;
    wmem_array_append_one(clients, client);
    return client;
}

/* Returns whether a session ended unseen: a connection on which it was opened, or logged in, was
 * replaced by a newer one of the same module, as where the Multiplexer was restarted and gives its
 * ids again. */
static bool is_over(const trade_client_t *client)
{
    const trade_client_stream_t *stream = client->streams;

    while (stream && !(stream->named.frame && stream->connection->is_replaced))
        stream = stream->next;
    return stream != NULL;
}

/* Returns whether a Login names another user than the one that the session is known to have. */
static bool is_another_user(const trade_client_t *client, const trade_pdu_t *pdu)
{
    const trade_text_t username = trade_pdu_get_text(pdu, TRADE_FIELD_USERNAME);

    if (!client->user_at.frame || username.length == 0 ||
        (strlen(client->username) == username.length &&
         memcmp(client->username, username.bytes, username.length) == 0))
        return false;
    /* What is not ASCII is kept as other characters. */
    char *name = (char *)trade_text_dup(NULL, username);
    const bool is_another = strcmp(name, client->username) != 0;
    wmem_free(NULL, name);
    return is_another;
}

/* Returns the session that a PDU belongs to on the first pass, made where the PDU
 * begins one: a New Connection, a Login for an id that is closed or of another user, an id
 * not seen or of a session that is over. */
static trade_client_t *get_or_add_client(const trade_delivery_t *delivery, const trade_pdu_t *pdu,
                                         int conn_id, trade_position_t at)
{
    const trade_multiplexer_t *multiplexer = delivery->connection->multiplexer;
    wmem_array_t *clients = find_clients(multiplexer, conn_id);
    trade_client_t *client = clients ? find_client(clients, delivery->connection, at) : NULL;

    if (client && pdu->role == TRADE_ROLE_LOGIN) {
        client = get_client(clients, wmem_array_get_count(clients) - 1);
        if (client->closed.frame || is_another_user(client, pdu))
            client = NULL;
    }
    /* Another connection may have begun the next session already. */
    if (client && is_over(client))
        client = get_client(clients, wmem_array_get_count(clients) - 1);
    if (!client || is_over(client) || pdu->role == TRADE_ROLE_NEW_CONNECTION)
        client = add_client(multiplexer, conn_id, at);
    return client;
}

/* Returns what is kept of a session on this connection, made where it is new; NULL:
 * it was seen on too many. */
static trade_client_stream_t *get_stream(trade_client_t *client,
                                         const trade_connection_t *connection, trade_position_t at)
{
    trade_client_stream_t *stream = find_stream(client, connection);

    if (!stream && client->stream_count < STREAMS_MAX) {
        client->stream_count++;
        stream = (trade_client_stream_t *)keep(sizeof *stream);
        stream->connection = connection;
        stream->seen = at;
        stream->next = client->streams;
        client->streams = stream;
    }
    return stream;
}

/* Returns the name in file scope: that of the module's connection, where it has one; most often it
 * is the one that the Login is on. */
static const char *keep_name(const trade_connection_t *connection, const char *name)
{
    const trade_multiplexer_t *multiplexer = connection->multiplexer;
    const void *known = NULL;

    if (connection->module && strcmp(connection->module, name) == 0)
        return connection->module;
    if (wmem_map_lookup_extended(multiplexer->modules, name, &known, NULL))
        return (const char *)known;
    return wmem_strdup(wmem_file_scope(), name);
}

/* Remembers that the client logged in to a module. */
static void add_module(trade_client_t *client, const trade_connection_t *connection,
                       const char *name, trade_position_t at)
{
    trade_client_module_t **end = &client->modules;
    unsigned count = 0;

    for (; *end; end = &(*end)->next) {
        if (strcmp((*end)->name, name) == 0 || ++count == MODULES_MAX)
            return;
    }
    *end = (trade_client_module_t *)keep(sizeof **end);
    (*end)->at = at;
    (*end)->name = keep_name(connection, name);
}

/* Remembers which module a Login is for: the one it names, or the one whose connection it is on. */
static void learn_module(trade_client_t *client, const trade_delivery_t *delivery,
                         const trade_pdu_t *pdu, trade_position_t at)
{
    const trade_connection_t *connection = delivery->connection;
    const trade_text_t module = trade_pdu_get_text(pdu, TRADE_FIELD_MODULE);
    char *named = NULL;

    /* Most often the Login names the module whose connection it is on. */
    if (module.length > 0 && !(connection->module && trade_text_is(module, connection->module)))
        named = (char *)trade_text_dup(NULL, module);
    const char *name = named ? named : connection->module;
    if (name)
        add_module(client, connection, name, at);
    wmem_free(NULL, named);
}

/* Remembers what a PDU tells of its client. */
static void learn(trade_client_t *client, const trade_delivery_t *delivery, const trade_pdu_t *pdu,
                  trade_position_t at)
{
    const trade_text_t username = trade_pdu_get_text(pdu, TRADE_FIELD_USERNAME);

    if (pdu->client_addr && !client->addr_at.frame) {
        client->addr = pdu->client_addr;
        client->addr_at = at;
    }
    if (username.length > 0 && !client->user_at.frame) {
        client->username = trade_text_dup(wmem_file_scope(), username);
        client->user_at = at;
    }
    if (pdu->role == TRADE_ROLE_LOGIN)
        learn_module(client, delivery, pdu, at);
}

/* Marks what a PDU does to its client's session. */
static void update(trade_client_t *client, const trade_delivery_t *delivery, const trade_pdu_t *pdu,
                   trade_position_t at)
{
    trade_client_stream_t *stream = get_stream(client, delivery->connection, at);

    if (pdu->role == TRADE_ROLE_NEW_CONNECTION && !client->opened.frame)
        client->opened = at;
    if (pdu->role == TRADE_ROLE_CLOSE_CONNECTION && !client->closed.frame)
        client->closed = at;
    if (!stream)
        return;
    if (pdu->role == TRADE_ROLE_CLOSE_CONNECTION && !stream->closed.frame)
        stream->closed = at;
    if ((pdu->role == TRADE_ROLE_NEW_CONNECTION || pdu->role == TRADE_ROLE_LOGIN) &&
        !stream->named.frame)
        stream->named = at;
}

/* Adds a PDU to what its session's come to. */
static void add_up(trade_client_t *client, const trade_delivery_t *delivery, packet_info *pinfo,
                   const trade_pdu_t *pdu)
{
    trade_client_sum_t *sum = &client->sum;
    const trade_time_t now = trade_get_time(pinfo);
    const bool is_for_client = trade_stream_is_from_module(delivery);

    if (sum->first == 0)
        sum->first = sum->heard = now;
    if (pdu->role == TRADE_ROLE_CLOSE_CONNECTION && sum->closed == 0)
        sum->closed = now;
    if (pdu->role != TRADE_ROLE_DATA)
        return;
    sum->pdus[is_for_client]++;
    sum->bytes[is_for_client] += pdu->length;
    if (!is_for_client)
        return;
    if (now - sum->heard > sum->silence_end - sum->silence_start) {
        sum->silence_start = sum->heard;
        sum->silence_end = now;
    }
    sum->heard = now;
}

/* Remembers, on each pass, that a frame has a PDU of a session. Returns the session. */
static const trade_client_t *note_met(const trade_client_t *client, uint32_t frame)
{
    if (frame != met_frame)
        met_count = 0;
    met_frame = frame;
    if (met_count > 0 && get_client(met, met_count - 1) == client)
        return client;
    if (met_count == wmem_array_get_count(met))
        wmem_array_append_one(met, client);
    else
        *(const trade_client_t **)wmem_array_index(met, met_count) = client;
    met_count++;
    return client;
}

const trade_client_t *trade_client_note(const trade_delivery_t *delivery, packet_info *pinfo,
                                        uint32_t seq, const trade_pdu_t *pdu)
{
    const int conn_id = delivery->connection ? get_conn_id(pdu) : -1;
    const trade_position_t at = { pinfo->num, seq };

    if (conn_id < 0)
        return NULL;
    if (PINFO_FD_VISITED(pinfo)) {
        wmem_array_t *clients = find_clients(delivery->connection->multiplexer, conn_id);
        const trade_client_t *known =
            clients ? find_client(clients, delivery->connection, at) : NULL;
        return known ? note_met(known, pinfo->num) : NULL;
    }
    trade_client_t *client = get_or_add_client(delivery, pdu, conn_id, at);
    update(client, delivery, pdu, at);
    learn(client, delivery, pdu, at);
    add_up(client, delivery, pinfo, pdu);
    return note_met(client, pinfo->num);
}

uint32_t trade_client_count(void)
{
    return session_count;
}

const trade_client_t *const *trade_client_find_met(uint32_t frame, unsigned *count)
{
    *count = frame == met_frame ? met_count : 0;
    return *count > 0 ? (const trade_client_t *const *)wmem_array_get_raw(met) : NULL;
}

/* Called before a capture file is dissected. */
static void init_clients(void)
{
    session_count = 0;
    met = wmem_array_new(wmem_file_scope(), sizeof(trade_client_t *));
    met_count = 0;
    met_frame = 0;
    block_left = 0;
}

void trade_client_register(void)
{
    register_init_routine(init_clients);
}
