/* links.c
 * Generated fields: what links a PDU to others, before or after it.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <epan/expert.h>
#include <epan/packet.h>

#include "analysis/health/watch.h"
#include "ui/info.h"
#include "ui/links.h"

static int hf_trade_response_in = -1;
static int hf_trade_response_to = -1;
static int hf_trade_response_time = -1;
static int hf_trade_ping_interval = -1;
static int hf_trade_unanswered_ping = -1;
static int hf_trade_send_delay = -1;
static int hf_trade_rtt_ping = -1;
static int hf_trade_rtt_pong = -1;
static int hf_trade_rtt_wire = -1;
static int hf_trade_rtt_off_wire = -1;
static int hf_trade_session = -1;
static int hf_trade_session_username = -1;
static int hf_trade_session_client_addr = -1;
static int hf_trade_session_module = -1;
static int hf_trade_session_open = -1;
static int hf_trade_session_close = -1;

static expert_field ei_trade_response_slow = EI_INIT;
static expert_field ei_trade_roundtrip_slow = EI_INIT;
static expert_field ei_trade_send_delay_high = EI_INIT;
static expert_field ei_trade_ping_late = EI_INIT;
static expert_field ei_trade_ping_unanswered = EI_INIT;
static expert_field ei_trade_pong_unexpected = EI_INIT;
static expert_field ei_trade_keepalive_uncertain = EI_INIT;
static expert_field ei_trade_data_after_close = EI_INIT;

/* Adds a generated number. Returns its item. */
static proto_item *add_uint(const trade_links_t *links, int hf, uint32_t value)
{
    proto_item *item =
        proto_tree_add_uint(links->at->tree, hf, links->at->tvb, (int)links->at->start, 0, value);

    proto_item_set_generated(item);
    return item;
}

/* Adds a generated frame number, unless it is 0. */
static void add_frame(const trade_links_t *links, int hf, uint32_t frame)
{
    if (frame)
        add_uint(links, hf, frame);
}

/* Adds a generated time in ns. Returns its item. */
static proto_item *add_time(const trade_links_t *links, int hf, int64_t nanoseconds)
{
    const nstime_t when = { .secs = (time_t)(nanoseconds / 1000000000),
                            .nsecs = (int)(nanoseconds % 1000000000) };
    proto_item *item =
        proto_tree_add_time(links->at->tree, hf, links->at->tvb, (int)links->at->start, 0, &when);

    proto_item_set_generated(item);
    return item;
}

/* Adds a generated time in ms, with three decimals. Returns its item. */
static proto_item *add_milliseconds(const trade_links_t *links, int hf, double milliseconds)
{
    proto_item *item = proto_tree_add_double_format_value(links->at->tree, hf, links->at->tvb,
                                                          (int)links->at->start, 0, milliseconds,
                                                          "%.3f ms", milliseconds);

    proto_item_set_generated(item);
    return item;
}

/* Returns the PDU's own line in the tree, or NULL. */
static proto_item *get_line(const trade_links_t *links)
{
    return proto_tree_get_parent(links->at->tree);
}

/* Adds what answers a request, or that nothing does, as only a later pass knows. */
static void add_answered(const trade_links_t *links)
{
    const trade_record_t *record = links->record;

    if (!PINFO_FD_VISITED(links->at->pinfo))
        return;
    add_frame(links, hf_trade_response_in, record->answer_frame);
    if (record->role != TRADE_ROLE_PING)
        return;
    switch (trade_pings_get_answered(links->delivery->connection, record,
                                     trade_get_time(links->at->pinfo))) {
    case TRADE_ANSWERED_NEVER:
        expert_add_info(links->at->pinfo, get_line(links), &ei_trade_ping_unanswered);
        break;
    case TRADE_ANSWERED_LOST:
        expert_add_info_format(links->at->pinfo, get_line(links), &ei_trade_keepalive_uncertain,
                               "No Pong answers this Ping in the capture, but bytes that could "
                               "hold it are missing");
        break;
    case TRADE_ANSWERED_UNKNOWN:
        break;
    }
}

/* On the first pass, adds that an earlier Ping is overdue by now. */
static void add_unanswered(const trade_links_t *links)
{
    const trade_record_t *record = links->record;
    proto_item *item = NULL;

    if (PINFO_FD_VISITED(links->at->pinfo) || record->overdue_frame == 0)
        return;
    item = add_uint(links, hf_trade_unanswered_ping, record->overdue_frame);
    if (record->is_overdue_uncertain)
        expert_add_info_format(links->at->pinfo, item, &ei_trade_keepalive_uncertain,
                               "No Pong answers the Ping in frame %u so far, but bytes that "
                               "could hold it are missing",
                               record->overdue_frame);
    else
        expert_add_info_format(links->at->pinfo, item, &ei_trade_ping_unanswered,
                               "The Ping in frame %u has had no Pong for three intervals",
                               record->overdue_frame);
}

/* Adds how long a PDU waited before it was sent. */
static void add_send_delay(const trade_links_t *links)
{
    const trade_record_t *record = links->record;
    const double delay = (double)record->send_delay / 1000.0;
    proto_item *item = NULL;

    if (!record->has_send_delay)
        return;
    item = add_milliseconds(links, hf_trade_send_delay, delay);
    if (delay > links->slow)
        expert_add_info_format(links->at->pinfo, item, &ei_trade_send_delay_high,
                               "%.3f ms: sent so much later than its clock and the fastest of "
                               "this sender's PDUs suggest",
                               delay);
}

/* Adds how long after the previous Ping this one comes. */
static void add_ping(const trade_links_t *links)
{
    const trade_record_t *record = links->record;
    proto_item *item = NULL;

    if (record->is_reversed)
        expert_add_info_format(links->at->pinfo, get_line(links), &ei_trade_keepalive_uncertain,
                               "The Pong that seems to answer this Ping was captured before it, in "
                               "frame %u: the capture's order is not the network's",
                               record->answer_frame);
    if (!record->has_interval)
        return;
    item = add_time(links, hf_trade_ping_interval, record->interval);
    if (record->is_late && links->at->tree)
        expert_add_info_format(links->at->pinfo, item, &ei_trade_ping_late,
                               "%.3f s after the Ping before: more than one and a half intervals",
                               (double)record->interval / 1e9);
    else if (record->is_late)
        expert_add_info(links->at->pinfo, item, &ei_trade_ping_late);
    if (record->may_be_late)
        expert_add_info_format(links->at->pinfo, item, &ei_trade_keepalive_uncertain,
                               "This Ping seems late, but bytes that could hold one before it "
                               "are missing");
}

/* Adds what a Pong or the echo of a Roundtrip answers. */
static void add_answer(const trade_links_t *links)
{
    const trade_record_t *record = links->record;
    proto_item *item = NULL;

    add_frame(links, hf_trade_response_to, record->request_frame);
    if (record->is_answer) {
        item = add_time(links, hf_trade_response_time, record->response_time);
        const double ms = (double)record->response_time / 1e6;
        if (ms > links->slow && links->at->tree)
            expert_add_info_format(links->at->pinfo, item, &ei_trade_response_slow,
                                   "%.3f ms for this answer: more than the preference \"Slow "
                                   "from\"",
                                   ms);
        else if (ms > links->slow)
            expert_add_info(links->at->pinfo, item, &ei_trade_response_slow);
    }
    if (record->is_unexpected)
        expert_add_info(links->at->pinfo, get_line(links), &ei_trade_pong_unexpected);
    if (record->may_lack_ping)
        expert_add_info_format(links->at->pinfo, get_line(links), &ei_trade_keepalive_uncertain,
                               "No Ping before this Pong is in the capture, but bytes that could "
                               "hold it are missing");
}

/* Adds the expert info of a roundtrip that was slow even without what the path beyond the capture
 * point explains. All in ms: reported: the whole roundtrip; beyond: what that path explains; left:
 * neither that nor between Ping and Pong. */
static void add_slow_report(const trade_links_t *links, double reported, double beyond, double left)
{
    const double wire = (double)links->record->wire_time / 1e6;

    if (reported - beyond <= links->slow)
        return;
    if (!links->record->ping_frame)
        expert_add_info_format(links->at->pinfo, get_line(links), &ei_trade_roundtrip_slow,
                               "%.3f ms roundtrip, as the Multiplexer reports", reported);
    else if (beyond > 0)
        expert_add_info_format(
            links->at->pinfo, get_line(links), &ei_trade_roundtrip_slow,
            "%.3f ms roundtrip, of which %.3f ms on the wire, %.3f ms "
            "on the path beyond this capture point, by the handshake and "
            "retransmissions, and %.3f ms not between Ping and Pong at this capture "
            "point",
            reported, wire, beyond, left);
    else
        expert_add_info_format(links->at->pinfo, get_line(links), &ei_trade_roundtrip_slow,
                               "%.3f ms roundtrip, of which %.3f ms on the wire and "
                               "%.3f ms not between Ping and Pong at this capture point",
                               reported, wire, left);
}

/* Splits a reported roundtrip into the time between Ping and Pong at the capture point, what the
 * path beyond it explains, and the rest, which the capture alone cannot place. */
static void add_report(const trade_links_t *links)
{
    const trade_record_t *record = links->record;
    /* In ns, which are whole: the difference of two times in ms would be 0.5319999999999999. */
    const double reported =
        (double)trade_pdu_get_number(links->at->pdu, TRADE_FIELD_RTT_TIME) * 1e3;
    const double wire = (double)record->wire_time;
    const double off_wire = MAX(reported - wire, 0.0);
    const double beyond = MIN((double)record->beyond * 1e3, off_wire);
    const double left = (off_wire - beyond) / 1e6;

    if (record->ping_frame) {
        add_frame(links, hf_trade_rtt_ping, record->ping_frame);
        add_frame(links, hf_trade_rtt_pong, record->pong_frame);
        add_milliseconds(links, hf_trade_rtt_wire, wire / 1e6);
        add_milliseconds(links, hf_trade_rtt_off_wire, left);
    }
    add_slow_report(links, reported / 1e6, beyond / 1e6, left);
}

/* Adds the links of a request, an answer or a report. */
static void add_record(const trade_links_t *links)
{
    const trade_record_t *record = links->record;

    if (record->role == TRADE_ROLE_REPORT) {
        add_report(links);
        return;
    }
    if (record->is_repeated)
        return;
    if (record->role == TRADE_ROLE_PING)
        add_ping(links);
    else
        add_answer(links);
    if (!record->is_answer && record->role != TRADE_ROLE_PONG)
        add_answered(links);
    add_send_delay(links);
    add_unanswered(links);
}

/* Adds a generated text. */
static void add_string(const trade_links_t *links, int hf, const char *value)
{
    proto_item_set_generated(proto_tree_add_string(links->at->tree, hf, links->at->tvb,
                                                   (int)links->at->start, 0, value));
}

/* Adds what is known of the client's session at this PDU. */
static void add_client(const trade_links_t *links)
{
    const trade_client_t *client = links->client;
    const trade_position_t here = { links->at->pinfo->num, links->seq };
    const bool is_closed = trade_is_known_at(client->closed_at, here);
    proto_item *item = add_uint(links, hf_trade_session, client->number);

    if (links->at->pdu->role == TRADE_ROLE_DATA && is_closed)
        expert_add_info(links->at->pinfo, item, &ei_trade_data_after_close);
    if (!links->at->tree)
        return;
    if (trade_is_known_at(client->username_at, here))
        add_string(links, hf_trade_session_username, client->username);
    if (trade_is_known_at(client->addr_at, here))
        trade_add_ipv4(links->at, hf_trade_session_client_addr, client->addr);
    for (const trade_client_module_t *module = &client->module;
         module && trade_is_known_at(module->login, here); module = module->next)
        add_string(links, hf_trade_session_module, module->name);
    if (client->is_opened && trade_is_known_at(client->stream.first, here))
        add_frame(links, hf_trade_session_open, client->stream.first.frame);
    if (is_closed)
        add_frame(links, hf_trade_session_close, client->closed_at.frame);
}

void trade_links_add(const trade_links_t *links)
{
    if (links->record)
        add_record(links);
    if (links->client)
        add_client(links);
}

/* NOLINTNEXTLINE(readability-function-size): a row a field */
static void register_fields(int proto)
{
    /* clang-format off */
    static hf_register_info hf[] = {
        { &hf_trade_response_in,
          { "Response In", "trade.response_in", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
            "The Pong or Roundtrip echo that answers this PDU; known from the second pass on", HFILL } },
        { &hf_trade_response_to,
          { "Response To", "trade.response_to", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
            "The Ping or Roundtrip that this PDU answers: that with the same clock or, without "
            "clocks, the oldest outstanding one", HFILL } },
        { &hf_trade_response_time,
          { "Response Time", "trade.response_time", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
            "Time between the request and this answer", HFILL } },
        { &hf_trade_ping_interval,
          { "Ping Interval", "trade.ping_interval", FT_RELATIVE_TIME, BASE_NONE, NULL, 0,
            "Time since this sender's previous Ping on the connection", HFILL } },
        { &hf_trade_unanswered_ping,
          { "Unanswered Ping", "trade.unanswered_ping", FT_FRAMENUM, BASE_NONE, NULL, 0,
            "First pass only: a Ping that still has no Pong three intervals later", HFILL } },
        { &hf_trade_send_delay,
          { "Send Delay", "trade.send_delay", FT_DOUBLE, BASE_NONE, NULL, 0,
            "How long the PDU waited between its clock and the wire, in ms, compared with those of its "
            "sender's PDUs that did not wait; clocks may drift, or be set", HFILL } },
        { &hf_trade_rtt_ping,
          { "Roundtrip Ping", "trade.rtt_ping", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), 0,
            "The Ping that a Roundtrip for Module reports, on the module's own connection", HFILL } },
        { &hf_trade_rtt_pong,
          { "Roundtrip Pong", "trade.rtt_pong", FT_FRAMENUM, BASE_NONE,
            FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), 0,
            "The Pong that answered it", HFILL } },
        { &hf_trade_rtt_wire,
          { "Roundtrip On The Wire", "trade.rtt_wire", FT_DOUBLE, BASE_NONE, NULL, 0,
            "Time between the reported Ping and its Pong at this capture point, in ms", HFILL } },
        { &hf_trade_rtt_off_wire,
          { "Roundtrip Off The Wire", "trade.rtt_off_wire", FT_DOUBLE, BASE_NONE, NULL, 0,
            "Remainder of the reported time, in ms: not between Ping and Pong at this capture point, nor on the "
            "path beyond it, as far as the handshake and retransmissions show", HFILL } },
        { &hf_trade_session,
          { "Session", "trade.session", FT_UINT32, BASE_DEC, NULL, 0,
            "A client's session, over all connections of a Multiplexer: counted from 0, as "
            "tcp.stream counts streams", HFILL } },
        { &hf_trade_session_username,
          { "Session Username", "trade.session.username", FT_STRING, BASE_NONE, NULL, 0,
            "The session's user, as far as known at this PDU", HFILL } },
        { &hf_trade_session_client_addr,
          { "Session Client Address", "trade.session.client_addr", FT_IPv4, BASE_NONE, NULL, 0,
            "The session's client, as far as known at this PDU", HFILL } },
        { &hf_trade_session_module,
          { "Session Module", "trade.session.module", FT_STRING, BASE_NONE, NULL, 0,
            "A module that the session has logged in to so far; one for each Login", HFILL } },
        { &hf_trade_session_open,
          { "Session Opened In", "trade.session.open", FT_FRAMENUM, BASE_NONE, NULL, 0,
            "The New Connection that began the session", HFILL } },
        { &hf_trade_session_close,
          { "Session Closed In", "trade.session.close", FT_FRAMENUM, BASE_NONE, NULL, 0,
            "The session's first Close Connection, once seen", HFILL } }
    };
    /* clang-format on */

    proto_register_field_array(proto, hf, array_length(hf));
}

static void register_experts(int proto)
{
    /* clang-format off */
    static ei_register_info ei[] = {
        { &ei_trade_response_slow,
          { "trade.response.slow", PI_RESPONSE_CODE, PI_WARN,
            "This answer took longer than the preference \"Slow from\"", EXPFILL } },
        { &ei_trade_roundtrip_slow,
          { "trade.roundtrip.slow", PI_RESPONSE_CODE, PI_WARN,
            "The Multiplexer reports a slow roundtrip", EXPFILL } },
        { &ei_trade_send_delay_high,
          { "trade.send_delay.high", PI_SEQUENCE, PI_WARN,
            "This PDU was sent late", EXPFILL } },
        { &ei_trade_ping_late,
          { "trade.ping.late", PI_SEQUENCE, PI_WARN,
            "This Ping comes more than one and a half intervals after the previous one", EXPFILL } },
        { &ei_trade_ping_unanswered,
          { "trade.ping.unanswered", PI_SEQUENCE, PI_WARN,
            "No Pong answers this Ping", EXPFILL } },
        { &ei_trade_pong_unexpected,
          { "trade.pong.unexpected", PI_SEQUENCE, PI_NOTE,
            "This Pong answers no Ping", EXPFILL } },
        { &ei_trade_keepalive_uncertain,
          { "trade.keepalive.uncertain", PI_SEQUENCE, PI_NOTE,
            "The capture cannot tell: bytes that could explain this are missing", EXPFILL } },
        { &ei_trade_data_after_close,
          { "trade.data.after_close", PI_SEQUENCE, PI_NOTE,
            "Data for or from a client after its Close Connection", EXPFILL } }
    };
    /* clang-format on */

    expert_register_field_array(expert_register_protocol(proto), ei, array_length(ei));
}

void trade_links_register(int proto)
{
    register_fields(proto);
    register_experts(proto);
}
