/* client.c
 * Clients' sessions: what a Multiplexer's connections tell of one client between
 * its New Connection and its Close Connection.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include "analysis/blocks.h"
#include "analysis/clients/client.h"
#include "analysis/names.h"

/* More than these have no room in the members that tell of them: nothing is kept of what would be
 * the next. */
enum { CONNECTIONS_MAX = 1 << 23, SESSIONS_MAX = 1 << 30, SUMS_MAX = (1 << 27) - 1 };

/* The newest session, from 1, of each connection id of a Multiplexer; 0: none. */
enum { ID_PAGES = 1024, PAGE_IDS = 64 };
typedef struct trade_client_ids {
    uint32_t *pages[ID_PAGES]; /* NULL: no session has these ids */
} trade_client_ids_t;

/* What a PDU told that was new of a session; bits of sighting_t.kinds. The first have something in
 * sighting_t.more, in this order: the time, a module's number, an address, the time, a name. */
enum {
    SEEN_START = 1U << 0, /* its first PDU */
    SEEN_OTHER = 1U << 1, /* of a Login: the module is not the one that its connection is of */
    SEEN_ADDR = 1U << 2,
    SEEN_END = 1U << 3, /* its first Close Connection */
    SEEN_USER = 1U << 4,
    SEEN_MODULE = 1U << 5, /* a Login to a module that it was not logged in to */
    SEEN_STREAM = 1U << 6, /* the first PDU on this connection; */
    SEEN_NAMED = 1U << 7,  /* of that, that a New Connection or Login came on it, then or later */
    SEEN_CLOSED = 1U << 8  /* the first Close Connection on this connection */
};

/* A PDU that told something new of a session. File scope. */
typedef struct sighting {
    uint32_t newer;           /* one after it of the same session; 0: none */
    uint32_t connection : 23; /* its number */
    uint32_t kinds : 9;
    trade_position_t at;
    uint32_t more[];
} sighting_t;

/* A session's sightings, as they are before another. */
typedef struct survey {
    unsigned kinds;     /* of all */
    unsigned streams;   /* how many are of a connection, */
    unsigned modules;   /* and of a module */
    bool has_module;    /* that is asked for */
    bool has_close;     /* on the connection that is asked for */
    sighting_t *stream; /* the first there; NULL: none */
    sighting_t *newest; /* of all; NULL: none so far */
} survey_t;

static trade_blocks_t sessions;  /* trade_client_t, by number */
static trade_blocks_t sums;      /* trade_client_sum_t */
static trade_blocks_t sightings; /* sighting_t, in words of four bytes; the first is none */
static wmem_array_t *met;        /* sessions of the PDUs in the frame that was dissected last, */
static unsigned met_count;       /* how many of these, */
static uint32_t met_frame;       /* and that frame */

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

/* ---- Sightings ---- */

/* Returns how many words so many bytes take. */
static uint32_t count_words(size_t bytes)
{
    return (uint32_t)((bytes + sizeof(uint32_t) - 1) / sizeof(uint32_t));
}

/* Returns a sighting; NULL: number is 0. */
static sighting_t *get_sighting(uint32_t number)
{
    return number ? (sighting_t *)trade_blocks_get(&sightings, number) : NULL;
}

/* Returns where a sighting of these kinds has what it has of one of the first, in words. */
static uint32_t get_offset(unsigned kinds, unsigned kind)
{
    const unsigned before = kinds & (kind - 1);
    uint32_t words = 0;

    if (before & SEEN_START)
        words += count_words(sizeof(trade_time_t));
    if (before & SEEN_OTHER)
        words++;
    if (before & SEEN_ADDR)
        words++;
    if (before & SEEN_END)
        words += count_words(sizeof(trade_time_t));
    return words;
}

/* Returns what a sighting has of one of the first kinds. */
static uint32_t *get_more(sighting_t *sighting, unsigned kind)
{
    return sighting->more + get_offset(sighting->kinds, kind);
}

/* Returns the number of the module that a sighting's Login is for; 0: it is no Login to a new
 * one. */
static uint32_t get_module(sighting_t *sighting)
{
    if (!(sighting->kinds & SEEN_MODULE))
        return 0;
    return sighting->kinds & SEEN_OTHER ? *get_more(sighting, SEEN_OTHER)
                                        : trade_connection_get(sighting->connection)->first_module;
}

/* Returns the oldest sighting of a session that is of a kind, on a connection; NULL: on any.
 * Returns NULL where there is none. */
static sighting_t *find_sighting(const trade_client_t *client, unsigned kind,
                                 const trade_connection_t *connection)
{
    sighting_t *sighting = get_sighting(client->own_sighting);

    while (sighting && !((sighting->kinds & kind) &&
                         (!connection || sighting->connection == connection->number)))
        sighting = get_sighting(sighting->newer);
    return sighting;
}

/* ---- Sessions ---- */

/* Returns a session by its number from 1; NULL: 0. */
static trade_client_t *get_session(uint32_t number)
{
    return number ? (trade_client_t *)trade_blocks_get(&sessions, number - 1) : NULL;
}

/* Returns the newest session that has an id; NULL: none. */
static trade_client_t *find_newest(const trade_multiplexer_t *multiplexer, int conn_id)
{
    const trade_client_ids_t *ids = multiplexer->clients;
    const uint32_t *page = ids ? ids->pages[conn_id / PAGE_IDS] : NULL;

    return page ? get_session(page[conn_id % PAGE_IDS]) : NULL;
}

/* Returns where the newest session of an id is kept. */
static uint32_t *get_newest(trade_multiplexer_t *multiplexer, int conn_id)
{
    if (!multiplexer->clients)
        multiplexer->clients = wmem_new0(wmem_file_scope(), trade_client_ids_t);
    uint32_t **page = &multiplexer->clients->pages[conn_id / PAGE_IDS];
    if (!*page)
        *page = (uint32_t *)wmem_alloc0(wmem_file_scope(), PAGE_IDS * sizeof **page);
    return &(*page)[conn_id % PAGE_IDS];
}

/* Returns whether a session began at the position or before. */
static bool has_begun(const trade_client_t *client, trade_position_t at)
{
    return trade_is_known_at(trade_client_get_start(client), at);
}

/* Returns the newest of an id's sessions that began at the position or before, or NULL. A session
 * knows the one before it and one further before, so that this takes steps as the logarithm of how
 * many there are (Myers, "An applicative random-access stack"). newest: NULL: the id has none. */
static trade_client_t *find_begun(trade_client_t *newest, trade_position_t at)
{
    trade_client_t *client = newest;

    /* Nearly always the first. */
    while (client && !has_begun(client, at)) {
        trade_client_t *jump = get_session(client->own_jump);
        client = jump && !has_begun(jump, at) ? jump : get_session(client->own_older);
    }
    return client;
}

/* Links a session to those before it: they are in trees of as many as a power of two less one, and
 * a root jumps to the next. Two trees of the same rank become one with a new root. */
static void link_older(trade_client_t *client, const trade_client_t *older)
{
    const trade_client_t *jump = older ? get_session(older->own_jump) : NULL;

    client->own_rank = 1;
    if (!older)
        return;
    client->own_older = client->own_jump = older->number + 1;
    if (jump && jump->own_rank == older->own_rank) {
        client->own_rank = older->own_rank + 1U;
        client->own_jump = jump->own_jump;
    }
}

/* Returns the session of an id that a PDU at this position belongs to, or NULL. newest: of all with
 * that id; NULL: none.
 * It is the newest, but for what was in flight on another connection when that one
 * began: where the one before it was seen and is not yet closed, and the newest was
 * not seen there, the PDU belongs to the one before. */
static trade_client_t *find_client(trade_client_t *newest, const trade_connection_t *connection,
                                   trade_position_t at)
{
    trade_client_t *begun = find_begun(newest, at);

    if (!begun || begun->own_older == 0)
        return begun;
    const sighting_t *stream = find_sighting(begun, SEEN_STREAM, connection);
    if (stream && trade_is_known_at(stream->at, at))
        return begun;
    trade_client_t *before = get_session(begun->own_older);
    stream = find_sighting(before, SEEN_STREAM, connection);
    if (!stream || !trade_is_known_at(stream->at, at))
        return begun;
    const sighting_t *close = find_sighting(before, SEEN_CLOSED, connection);
    const bool is_closed = close && trade_is_known_at(close->at, at) &&
                           (close->at.frame != at.frame || close->at.seq != at.seq);
    return is_closed ? begun : before;
}

/* Returns a new session of an id. */
static trade_client_t *add_client(trade_multiplexer_t *multiplexer, const trade_pdu_t *pdu)
{
    uint32_t *newest = get_newest(multiplexer, get_conn_id(pdu));
    trade_client_t *client = (trade_client_t *)trade_blocks_add(&sessions);

    client->number = sessions.count - 1;
    client->is_opened = pdu->role == TRADE_ROLE_NEW_CONNECTION;
    link_older(client, get_session(*newest));
    *newest = sessions.count;
    return client;
}

/* Returns whether a session ended unseen: a connection on which it was opened, or logged in, was
 * replaced by a newer one of the same module, as where the Multiplexer was restarted and gives its
 * ids again. */
static bool is_over(const trade_client_t *client)
{
    const sighting_t *sighting = get_sighting(client->own_sighting);

    while (sighting && !((sighting->kinds & SEEN_NAMED) &&
                         trade_connection_get(sighting->connection)->is_replaced))
        sighting = get_sighting(sighting->newer);
    return sighting != NULL;
}

/* Returns whether a Login names another user than the one that the session is known to have. */
static bool is_another_user(const trade_client_t *client, const trade_pdu_t *pdu)
{
    const trade_text_t username = trade_pdu_get_text(pdu, TRADE_FIELD_USERNAME);
    sighting_t *sighting = username.length > 0 ? find_sighting(client, SEEN_USER, NULL) : NULL;

    if (!sighting)
        return false;
    const char *known = (const char *)get_more(sighting, SEEN_USER);
    if (strlen(known) == username.length && memcmp(known, username.bytes, username.length) == 0)
        return false;
    /* What is not printable, and a bar, are kept as other characters. */
    char *name = (char *)trade_text_dup(NULL, username);
    const bool is_another = strcmp(name, known) != 0;
    wmem_free(NULL, name);
    return is_another;
}

/* Returns the session that a PDU belongs to on the first pass, made where the PDU
 * begins one: a New Connection, a Login for an id that is closed or of another user, an id
 * not seen or of a session that is over. */
static trade_client_t *get_or_add_client(const trade_delivery_t *delivery, const trade_pdu_t *pdu,
                                         trade_position_t at)
{
    trade_multiplexer_t *multiplexer = delivery->connection->multiplexer;
    trade_client_t *newest = find_newest(multiplexer, get_conn_id(pdu));
    trade_client_t *client = find_client(newest, delivery->connection, at);

    if (client && pdu->role == TRADE_ROLE_LOGIN)
        client = newest->is_closed || is_another_user(newest, pdu) ? NULL : newest;
    /* Another connection may have begun the next session already. */
    if (client && is_over(client))
        client = newest;
    if (!client || is_over(client) || pdu->role == TRADE_ROLE_NEW_CONNECTION)
        client = add_client(multiplexer, pdu);
    return client;
}

/* ---- What PDUs tell ---- */

/* Returns what is known of a session before a PDU on a connection, to a module. module: 0: none. */
static survey_t survey(const trade_client_t *client, const trade_connection_t *connection,
                       uint32_t module)
{
    survey_t known = { .kinds = 0 };

    for (sighting_t *sighting = get_sighting(client->own_sighting); sighting;
         sighting = get_sighting(sighting->newer)) {
        known.kinds |= sighting->kinds;
        known.streams += (sighting->kinds & SEEN_STREAM) != 0;
        known.modules += (sighting->kinds & SEEN_MODULE) != 0;
        if (module && get_module(sighting) == module)
            known.has_module = true;
        if (sighting->connection == connection->number) {
            if (sighting->kinds & SEEN_STREAM)
                known.stream = sighting;
            known.has_close |= (sighting->kinds & SEEN_CLOSED) != 0;
        }
        known.newest = sighting;
    }
    return known;
}

/* Returns the number of the module that a Login is for, the one that it names, or the one whose
 * connection it is on; 0: not known, or the PDU is no Login. */
static uint32_t find_module(const trade_delivery_t *delivery, const packet_info *pinfo,
                            const trade_pdu_t *pdu)
{
    const trade_connection_t *connection = delivery->connection;
    const trade_text_t module = trade_pdu_get_text(pdu, TRADE_FIELD_MODULE);

    if (pdu->role != TRADE_ROLE_LOGIN)
        return 0;
    /* Most often the Login names the module whose connection it is on. */
    if (module.length == 0 || (connection->module && trade_text_is(module, connection->module)))
        return connection->module_number;
    return trade_names_keep(trade_text_dup(pinfo->pool, module));
}

/* Returns what a PDU tells that is new of a session's connection: kinds of sightings. */
static unsigned find_new_stream(const trade_client_t *client, const survey_t *known,
                                const trade_pdu_t *pdu)
{
    const bool is_new = !known->stream && known->streams < TRADE_CLIENT_STREAMS_MAX;
    const bool is_name = pdu->role == TRADE_ROLE_NEW_CONNECTION || pdu->role == TRADE_ROLE_LOGIN;
    unsigned kinds = known->newest ? 0 : SEEN_START;

    if (is_new)
        kinds |= is_name ? SEEN_STREAM | SEEN_NAMED : SEEN_STREAM;
    else if (is_name && known->stream)
        known->stream->kinds |= SEEN_NAMED;
    if (pdu->role != TRADE_ROLE_CLOSE_CONNECTION)
        return kinds;
    if (!client->is_closed)
        kinds |= SEEN_END;
    if ((known->stream || is_new) && !known->has_close)
        kinds |= SEEN_CLOSED;
    return kinds;
}

/* Adds a sighting to a session, behind its newest, and returns it. bytes: how many it has beyond
 * its kinds'. */
static sighting_t *add_sighting(trade_client_t *client, sighting_t *newest, unsigned kinds,
                                size_t bytes)
{
    const uint32_t words = count_words(sizeof(sighting_t) + bytes) + get_offset(kinds, SEEN_USER);
    uint32_t number = 0;
    sighting_t *sighting = (sighting_t *)trade_blocks_add_row(&sightings, words, &number);

    sighting->kinds = kinds & 0x1ffU;
    if (newest)
        newest->newer = number;
    else
        client->own_sighting = number;
    return sighting;
}

/* Fills in what a sighting tells by its kinds, but for the user's name. */
static void fill_sighting(sighting_t *sighting, trade_time_t now, const trade_pdu_t *pdu,
                          uint32_t module)
{
    if (sighting->kinds & SEEN_START)
        memcpy(get_more(sighting, SEEN_START), &now, sizeof now);
    if (sighting->kinds & SEEN_OTHER)
        *get_more(sighting, SEEN_OTHER) = module;
    if (sighting->kinds & SEEN_ADDR)
        *get_more(sighting, SEEN_ADDR) = pdu->client_addr;
    if (sighting->kinds & SEEN_END)
        memcpy(get_more(sighting, SEEN_END), &now, sizeof now);
}

/* Remembers what a PDU tells of its client. Returns the sighting, whose place the caller sets;
 * NULL: the PDU tells nothing new. */
static sighting_t *learn(trade_client_t *client, const trade_delivery_t *delivery,
                         const packet_info *pinfo, const trade_pdu_t *pdu)
{
    const trade_text_t username = trade_pdu_get_text(pdu, TRADE_FIELD_USERNAME);
    const uint32_t module = find_module(delivery, pinfo, pdu);
    const survey_t known = survey(client, delivery->connection, module);
    const char *user = "";
    unsigned kinds = find_new_stream(client, &known, pdu);

    if (module && !known.has_module && known.modules < TRADE_CLIENT_MODULES_MAX)
        kinds |=
            module == delivery->connection->first_module ? SEEN_MODULE : SEEN_MODULE | SEEN_OTHER;
    if (pdu->client_addr && !(known.kinds & SEEN_ADDR))
        kinds |= SEEN_ADDR;
    if (username.length > 0 && !(known.kinds & SEEN_USER)) {
        kinds |= SEEN_USER;
        user = trade_text_dup(pinfo->pool, username);
    }
    if (kinds == 0)
        return NULL;
    sighting_t *sighting =
        add_sighting(client, known.newest, kinds, kinds & SEEN_USER ? strlen(user) + 1 : 0);
    sighting->connection = delivery->connection->number;
    fill_sighting(sighting, trade_get_time(pinfo), pdu, module);
    if (kinds & SEEN_USER)
        memcpy(get_more(sighting, SEEN_USER), user, strlen(user) + 1);
    client->is_closed |= (kinds & SEEN_END) != 0;
    return sighting;
}

/* Adds a data PDU to what its session's come to. */
static void add_up(trade_client_t *client, const trade_delivery_t *delivery,
                   const packet_info *pinfo, const trade_pdu_t *pdu)
{
    const trade_time_t now = trade_get_time(pinfo);
    const bool is_for_client = trade_stream_is_from_module(delivery);

    if (pdu->role != TRADE_ROLE_DATA || (client->own_sum == 0 && sums.count == SUMS_MAX))
        return;
    if (client->own_sum == 0) {
        const trade_client_sum_t none = trade_client_get_sum(client);
        *(trade_client_sum_t *)trade_blocks_add(&sums) = none;
        client->own_sum = sums.count;
    }
    trade_client_sum_t *sum = (trade_client_sum_t *)trade_blocks_get(&sums, client->own_sum - 1);
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

/* ---- For others ---- */

void trade_client_view(const trade_client_t *client, trade_position_t at, trade_client_view_t *view)
{
    bool is_later = false; /* a module was not known by then */

    view->closed_frame = 0;
    view->closed = 0;
    view->username = NULL;
    view->has_addr = false;
    view->module_count = 0;
    for (sighting_t *sighting = get_sighting(client->own_sighting); sighting;
         sighting = get_sighting(sighting->newer)) {
        const unsigned kinds = trade_is_known_at(sighting->at, at) ? sighting->kinds : 0;
        is_later |= !kinds && (sighting->kinds & SEEN_MODULE);
        if ((kinds & SEEN_MODULE) && !is_later)
            view->modules[view->module_count++] = trade_names_get(get_module(sighting));
        if (kinds & SEEN_ADDR) {
            view->has_addr = true;
            view->addr = *get_more(sighting, SEEN_ADDR);
        }
        if (kinds & SEEN_END) {
            view->closed_frame = sighting->at.frame;
            memcpy(&view->closed, get_more(sighting, SEEN_END), sizeof view->closed);
        }
        if (kinds & SEEN_USER)
            view->username = (const char *)get_more(sighting, SEEN_USER);
    }
}

bool trade_client_is_closed_at(const trade_client_t *client, trade_position_t at)
{
    const sighting_t *end = client->is_closed ? find_sighting(client, SEEN_END, NULL) : NULL;

    return end && trade_is_known_at(end->at, at);
}

trade_position_t trade_client_get_start(const trade_client_t *client)
{
    return get_sighting(client->own_sighting)->at;
}

trade_time_t trade_client_get_first(const trade_client_t *client)
{
    trade_time_t first = 0;

    memcpy(&first, get_more(get_sighting(client->own_sighting), SEEN_START), sizeof first);
    return first;
}

unsigned
trade_client_get_connections(const trade_client_t *client,
                             const trade_connection_t *connections[TRADE_CLIENT_STREAMS_MAX])
{
    unsigned count = 0;

    for (const sighting_t *sighting = get_sighting(client->own_sighting); sighting;
         sighting = get_sighting(sighting->newer)) {
        if (sighting->kinds & SEEN_STREAM)
            connections[count++] = trade_connection_get(sighting->connection);
    }
    return count;
}

trade_client_sum_t trade_client_get_sum(const trade_client_t *client)
{
    return client->own_sum
               ? *(const trade_client_sum_t *)trade_blocks_get(&sums, client->own_sum - 1)
               : (trade_client_sum_t){ .heard = trade_client_get_first(client) };
}

/* Remembers, on each pass, that a frame has a PDU of a session. Returns the session. */
static const trade_client_t *note_met(const trade_client_t *client, uint32_t frame)
{
    if (frame != met_frame)
        met_count = 0;
    met_frame = frame;
    if (met_count > 0 && *(const trade_client_t **)wmem_array_index(met, met_count - 1) == client)
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
    const int conn_id = delivery->connection && delivery->connection->number < CONNECTIONS_MAX
                            ? get_conn_id(pdu)
                            : -1;
    const trade_position_t at = { pinfo->num, seq };

    if (conn_id < 0)
        return NULL;
    if (PINFO_FD_VISITED(pinfo)) {
        const trade_client_t *known = find_client(
            find_newest(delivery->connection->multiplexer, conn_id), delivery->connection, at);
        return known ? note_met(known, pinfo->num) : NULL;
    }
    if (sessions.count == SESSIONS_MAX)
        return NULL;
    trade_client_t *client = get_or_add_client(delivery, pdu, at);
    sighting_t *sighting = learn(client, delivery, pinfo, pdu);
    if (sighting)
        sighting->at = at;
    add_up(client, delivery, pinfo, pdu);
    return note_met(client, pinfo->num);
}

/* Turns the sessions of an id around. newest: their first, from 1. Returns the number of the
 * oldest, from 1, whose own_older is then that of the next newer one. */
static uint32_t reverse_sessions(uint32_t newest)
{
    uint32_t before = 0;

    while (newest) {
        trade_client_t *client = get_session(newest);
        const uint32_t older = client->own_older;
        client->own_older = before;
        before = newest;
        newest = older;
    }
    return before;
}

/* Puts sessions of an id among those that another Multiplexer has. newest: of those, and then of
 * all; other: of these. Each from 1; 0: none. */
static void merge_sessions(uint32_t *newest, uint32_t other)
{
    uint32_t one = reverse_sessions(*newest), rest = reverse_sessions(other);

    *newest = 0;
    while (one || rest) {
        trade_client_t *first = get_session(one), *second = get_session(rest);
        const bool is_first =
            !second || (first && trade_is_known_at(trade_client_get_start(first),
                                                   trade_client_get_start(second)));
        uint32_t *const taken = is_first ? &one : &rest;
        const uint32_t number = *taken;
        trade_client_t *client = get_session(number);
        *taken = client->own_older;
        client->own_older = client->own_jump = 0;
        link_older(client, get_session(*newest));
        *newest = number;
    }
}

void trade_client_move(trade_multiplexer_t *from, trade_multiplexer_t *to)
{
    for (unsigned i = 0; from->clients && i < ID_PAGES * PAGE_IDS; i++) {
        const uint32_t *page = from->clients->pages[i / PAGE_IDS];
        if (!page)
            i += PAGE_IDS - 1;
        else if (page[i % PAGE_IDS])
            merge_sessions(get_newest(to, (int)i), page[i % PAGE_IDS]);
    }
    from->clients = NULL;
}

uint32_t trade_client_count(void)
{
    return sessions.count;
}

const trade_client_t *const *trade_client_find_met(uint32_t frame, unsigned *count)
{
    *count = frame == met_frame ? met_count : 0;
    return *count > 0 ? (const trade_client_t *const *)wmem_array_get_raw(met) : NULL;
}

/* Called before a capture file is dissected. */
static void init_clients(void)
{
    uint32_t none = 0;

    trade_blocks_init(&sessions, sizeof(trade_client_t));
    trade_blocks_init(&sums, sizeof(trade_client_sum_t));
    trade_blocks_init(&sightings, sizeof(uint32_t));
    (void)trade_blocks_add_row(&sightings, 1, &none);
    met = wmem_array_new(wmem_file_scope(), sizeof(trade_client_t *));
    met_count = 0;
    met_frame = 0;
}

void trade_client_register(void)
{
    register_init_routine(init_clients);
}
