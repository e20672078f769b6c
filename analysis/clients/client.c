/* client.c
 * Clients' sessions: what a Multiplexer's connections tell of one client between
 * its New Connection and its Close Connection.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/packet.h>
#include <epan/proto_data.h>

#include "analysis/clients/client.h"

/* Key of a packet's sessions among TRADE's data of the packet. */
#define PACKET_KEY 2

/* Sessions of a Multiplexer by connection id: of each id the one that was asked for last, which is
 * also the first to be asked in the next pass, or NULL. It is a shortcut to its neighbours: which
 * session is found does not depend on it. File scope. */
enum { PAGES = 256, PAGE_IDS = 256 };
typedef struct trade_client_ids {
    trade_client_t **pages[PAGES]; /* NULL: no session has these ids */
} trade_client_ids_t;

/* A PDU that names a client, and where it is. */
typedef struct mention {
    trade_connection_t *connection;
    packet_info *pinfo;
    const trade_pdu_t *pdu;
    int conn_id;
    trade_position_t at;
} mention_t;

static int proto_trade = -1;
static uint32_t session_count; /* of the capture file */

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

/* ---- Which session ---- */

/* Returns where a session of an id is kept, from which all are found; NULL: the id has none. */
static trade_client_t **find_slot(const trade_multiplexer_t *multiplexer, int conn_id)
{
    const trade_client_ids_t *ids = multiplexer->clients;
    trade_client_t **page = ids ? ids->pages[conn_id / PAGE_IDS] : NULL;

    return page && page[conn_id % PAGE_IDS] ? &page[conn_id % PAGE_IDS] : NULL;
}

/* Returns where a session of an id is kept, made if it is new. */
static trade_client_t **get_slot(trade_multiplexer_t *multiplexer, int conn_id)
{
    if (!multiplexer->clients)
        multiplexer->clients = wmem_new0(wmem_file_scope(), trade_client_ids_t);
    trade_client_t ***page = &multiplexer->clients->pages[conn_id / PAGE_IDS];
    if (!*page)
        *page = wmem_alloc0_array(wmem_file_scope(), trade_client_t *, PAGE_IDS);
    return &(*page)[conn_id % PAGE_IDS];
}

/* Returns the newest session of those with the same id; NULL: session is NULL. */
static trade_client_t *find_newest(trade_client_t *client)
{
    while (client && client->newer)
        client = client->newer;
    return client;
}

/* Returns whether a session began at the position or before. */
static bool has_begun(const trade_client_t *client, trade_position_t at)
{
    return trade_is_known_at(client->stream.first, at);
}

/* Returns the newest of an id's sessions that began at the position or before, or NULL. As passes
 * go from frame to frame, that is nearly always the one that was found before, or the next. */
static trade_client_t *find_begun(trade_client_t **slot, trade_position_t at)
{
    trade_client_t *client = *slot;

    while (client->newer && has_begun(client->newer, at))
        client = client->newer;
    while (client && !has_begun(client, at))
        client = client->older;
    if (client)
        *slot = client;
    return client;
}

/* Returns what is known of a session on a connection; NULL: it was not seen there. */
static const trade_client_stream_t *find_stream(const trade_client_t *client,
                                                const trade_connection_t *connection)
{
    const trade_client_stream_t *stream = &client->stream;

    while (stream && stream->connection != connection)
        stream = stream->next;
    return stream;
}

/* Returns whether a session was seen on a connection at the position or before. */
static bool is_seen_on(const trade_client_stream_t *stream, trade_position_t at)
{
    return stream && trade_is_known_at(stream->first, at);
}

/* Returns the session of a Multiplexer's that a PDU belongs to, or NULL.
 * It is the newest, but for what was in flight on another connection when that one
 * began: if the one before it was seen there and is not yet closed, and the newest was
 * not seen there, the PDU belongs to the one before. */
static trade_client_t *find_client(const trade_multiplexer_t *multiplexer, const mention_t *mention)
{
    const trade_position_t at = mention->at;
    trade_client_t **slot = find_slot(multiplexer, mention->conn_id);
    trade_client_t *begun = slot ? find_begun(slot, at) : NULL;

    if (!begun || !begun->older || is_seen_on(find_stream(begun, mention->connection), at))
        return begun;
    const trade_client_stream_t *before = find_stream(begun->older, mention->connection);
    if (!is_seen_on(before, at))
        return begun;
    const bool is_close_itself = before->closed.frame == at.frame && before->closed.seq == at.seq;
    return trade_is_known_at(before->closed, at) && !is_close_itself ? begun : begun->older;
}

/* Returns, on a later pass, the session that the first found for a PDU. If others were seen in it,
 * too, it stayed with what the connection's Multiplexer was taken for. */
static trade_client_t *find_client_again(const mention_t *mention)
{
    const trade_connection_t *connection = mention->connection;
    trade_client_t *client = find_client(connection->multiplexer, mention);

    if (!connection->former || (client && is_seen_on(find_stream(client, connection), mention->at)))
        return client;
    trade_client_t *stayed = find_client(connection->former, mention);
    return stayed && is_seen_on(find_stream(stayed, connection), mention->at) ? stayed : client;
}

/* Returns a new session, which begins with a PDU. */
static trade_client_t *add_client(const mention_t *mention)
{
    trade_connection_t *connection = mention->connection;
    trade_client_t **slot = get_slot(connection->multiplexer, mention->conn_id);
    trade_client_t *client = wmem_new0(wmem_file_scope(), trade_client_t);

    client->number = session_count++;
    client->conn_id = (uint16_t)mention->conn_id;
    client->is_opened = mention->pdu->role == TRADE_ROLE_NEW_CONNECTION;
    client->next = connection->clients;
    connection->clients = client;
    client->stream.connection = connection;
    client->stream.first = mention->at;
    client->started = trade_get_time(mention->pinfo);
    client->heard = client->started;
    client->older = find_newest(*slot);
    if (client->older)
        client->older->newer = client;
    *slot = client;
    return client;
}

/* Returns whether a session ended unseen: a connection on which it was opened, or logged in, was
 * replaced by a newer one of the same module, as if the Multiplexer was restarted and gives its
 * ids again. */
static bool is_over(const trade_client_t *client)
{
    const trade_client_stream_t *stream = &client->stream;

    while (stream && !(stream->is_named && stream->connection->is_replaced))
        stream = stream->next;
    return stream != NULL;
}

/* Returns whether a Login names another user than the one that the session is known to have. */
static bool is_another_user(const trade_client_t *client, const mention_t *mention)
{
    const trade_text_t username = trade_pdu_get_text(mention->pdu, TRADE_FIELD_USERNAME);

    return username.length > 0 && client->username &&
           strcmp(trade_text_dup(mention->pinfo->pool, username), client->username) != 0;
}

/* Returns the session that a PDU belongs to on the first pass, made if the PDU
 * begins one: a New Connection, a Login for an id that is closed or of another user, an id
 * not seen or of a session that is over. */
static trade_client_t *get_client(const mention_t *mention)
{
    const trade_role_t role = mention->pdu->role;
    trade_client_t *client = find_client(mention->connection->multiplexer, mention);
    trade_client_t *newest = find_newest(client);

    if (client && role == TRADE_ROLE_LOGIN)
        client = newest->closed_at.frame || is_another_user(newest, mention) ? NULL : newest;
    /* Another connection may have begun the next session already. */
    if (client && is_over(client))
        client = newest;
    if (!client || is_over(client) || role == TRADE_ROLE_NEW_CONNECTION)
        client = add_client(mention);
    return client;
}

/* ---- What PDUs tell ---- */

/* Returns what is known of a session on a PDU's connection, made if it is new; NULL: the session
 * was seen on too many. */
static trade_client_stream_t *get_stream(trade_client_t *client, const mention_t *mention)
{
    const trade_connection_t *connection = mention->connection;
    trade_client_stream_t *stream = &client->stream;
    unsigned count = 1;

    for (; stream->connection && stream->connection != connection; stream = stream->next) {
        if (count++ == TRADE_CLIENT_STREAMS_MAX)
            return NULL;
        if (!stream->next)
            stream->next = wmem_new0(wmem_file_scope(), trade_client_stream_t);
    }
    if (!stream->connection) {
        stream->connection = connection;
        stream->first = mention->at;
    }
    return stream;
}

/* Notes on which connection a PDU of a session came, and whether it closes the session. */
static void learn_stream(trade_client_t *client, const mention_t *mention)
{
    const trade_role_t role = mention->pdu->role;
    trade_client_stream_t *stream = get_stream(client, mention);

    if (stream && (role == TRADE_ROLE_NEW_CONNECTION || role == TRADE_ROLE_LOGIN))
        stream->is_named = true;
    if (role != TRADE_ROLE_CLOSE_CONNECTION)
        return;
    if (stream && !stream->closed.frame)
        stream->closed = mention->at;
    if (client->closed_at.frame)
        return;
    client->closed_at = mention->at;
    client->closed = trade_get_time(mention->pinfo);
}

/* Notes a module that a session logs in to. */
static void add_module(trade_client_t *client, const mention_t *mention, const char *name)
{
    trade_client_module_t *module = &client->module;
    unsigned count = 1;

    for (; module->name && strcmp(module->name, name) != 0; module = module->next) {
        if (count++ == TRADE_CLIENT_MODULES_MAX)
            return;
        if (!module->next)
            module->next = wmem_new0(wmem_file_scope(), trade_client_module_t);
    }
    if (!module->name) {
        module->name = trade_connection_keep_name(mention->connection->multiplexer, name);
        module->login = mention->at;
    }
}

/* Notes the module that a Login is for: the one that it names, or the one whose connection it is
 * on. */
static void learn_module(trade_client_t *client, const mention_t *mention)
{
    const trade_text_t module = trade_pdu_get_text(mention->pdu, TRADE_FIELD_MODULE);

    if (module.length > 0)
        add_module(client, mention, trade_text_dup(mention->pinfo->pool, module));
    else if (mention->connection->module)
        add_module(client, mention, mention->connection->module);
}

/* Notes what a PDU tells of its client. */
static void learn(trade_client_t *client, const mention_t *mention)
{
    const trade_pdu_t *pdu = mention->pdu;
    const trade_text_t username = trade_pdu_get_text(pdu, TRADE_FIELD_USERNAME);

    learn_stream(client, mention);
    if (pdu->role == TRADE_ROLE_LOGIN)
        learn_module(client, mention);
    if (pdu->client_addr && !client->addr) {
        client->addr = pdu->client_addr;
        client->addr_at = mention->at;
    }
    if (username.length > 0 && !client->username) {
        client->username = trade_text_dup(wmem_file_scope(), username);
        client->username_at = mention->at;
    }
}

/* Adds a data PDU to those of its session. */
static void add_data(trade_client_t *client, const trade_delivery_t *delivery,
                     const packet_info *pinfo, const trade_pdu_t *pdu)
{
    const trade_time_t now = trade_get_time(pinfo);
    const bool is_for_client = trade_stream_is_from_module(delivery);

    client->pdus[is_for_client]++;
    client->bytes[is_for_client] += pdu->length;
    if (!is_for_client)
        return;
    if (now - client->heard > client->silence_end - client->silence_start) {
        client->silence_start = client->heard;
        client->silence_end = now;
    }
    client->heard = now;
}

/* ---- For others ---- */

wmem_list_t *trade_client_find_in_packet(packet_info *pinfo)
{
    return (wmem_list_t *)p_get_proto_data(pinfo->pool, pinfo, proto_trade, PACKET_KEY);
}

/* Notes, on each pass, that a packet has a PDU of a session. */
static void add_to_packet(packet_info *pinfo, trade_client_t *client)
{
    wmem_list_t *clients = trade_client_find_in_packet(pinfo);

    if (!clients) {
        clients = wmem_list_new(pinfo->pool);
        p_add_proto_data(pinfo->pool, pinfo, proto_trade, PACKET_KEY, clients);
    } else if (wmem_list_frame_data(wmem_list_tail(clients)) == client) {
        return;
    }
    wmem_list_append(clients, client);
}

const trade_client_t *trade_client_note(const trade_delivery_t *delivery, packet_info *pinfo,
                                        uint32_t seq, const trade_pdu_t *pdu)
{
    const mention_t mention = { .connection = delivery->connection,
                                .pinfo = pinfo,
                                .pdu = pdu,
                                .conn_id = delivery->connection ? get_conn_id(pdu) : -1,
                                .at = { pinfo->num, seq } };
    trade_client_t *client = NULL;

    if (mention.conn_id < 0)
        return NULL;
    if (PINFO_FD_VISITED(pinfo)) {
        client = find_client_again(&mention);
    } else {
        client = get_client(&mention);
        learn(client, &mention);
        if (pdu->role == TRADE_ROLE_DATA)
            add_data(client, delivery, pinfo, pdu);
    }
    if (client)
        add_to_packet(pinfo, client);
    return client;
}

/* ---- A Multiplexer that is found to be at the other end ---- */

/* Returns whether a session was seen on a connection only. */
static bool is_only_on(const trade_client_t *client, const trade_connection_t *connection)
{
    const trade_client_stream_t *stream = &client->stream;

    while (stream && stream->connection == connection)
        stream = stream->next;
    return stream == NULL;
}

/* Takes a session out of those of its id. */
static void take_out(trade_client_t **slot, trade_client_t *client)
{
    if (*slot == client)
        *slot = client->older ? client->older : client->newer;
    if (client->older)
        client->older->newer = client->newer;
    if (client->newer)
        client->newer->older = client->older;
}

/* Puts a session among those of its id, by when it began. */
static void put_in(trade_client_t **slot, trade_client_t *client)
{
    trade_client_t *older = find_newest(*slot), *newer = NULL;

    while (older && !has_begun(older, client->stream.first)) {
        newer = older;
        older = older->older;
    }
    client->older = older;
    client->newer = newer;
    if (older)
        older->newer = client;
    if (newer)
        newer->older = client;
    if (!*slot)
        *slot = client;
}

void trade_client_move(const trade_connection_t *connection, trade_multiplexer_t *from)
{
    for (trade_client_t *client = connection->clients; client; client = client->next) {
        if (!is_only_on(client, connection))
            continue;
        take_out(get_slot(from, client->conn_id), client);
        put_in(get_slot(connection->multiplexer, client->conn_id), client);
    }
}

uint32_t trade_client_count(void)
{
    return session_count;
}

/* Called before a capture file is dissected. */
static void init_clients(void)
{
    session_count = 0;
}

void trade_client_register(int proto)
{
    proto_trade = proto;
    register_init_routine(init_clients);
}
