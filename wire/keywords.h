/* keywords.h
 * The control PDUs that the talk shows: one row a keyword, one line a field.
 *
 * All that the plugin knows of a keyword follows from its row: how its body is dissected, what
 * Info says of it, and the fields that can be filtered for.
 *
 * Copyright the TRADE for Wireshark authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#ifndef TRADE_WIRE_KEYWORDS_H
#define TRADE_WIRE_KEYWORDS_H

/* clang-format off */

/* X(name on the wire, role, Info, fields of the body in wire order), the most frequent first.
 *
 * role    a TRADE_ROLE_ of wire/pdu.h: what the PDU has to do with others; NONE: nothing
 * Info    a template: {field} is that field's value, and [ ] are left out with what is between
 *         them if the field in them is missing; NULL: the keyword
 * fields  FIELD(ID), or OPTIONAL(ID) where the body may end before it, or FROM_TRADESITE(ID) where
 *         only Tradesite sends it; each ID is one of the list below. NO_BODY: none
 */
#define TRADE_KEYWORDS(X)                                                                          \
    /* 12.lua, frame 22 */                                                                         \
    X("Ping", PING, NULL,                                                                          \
      OPTIONAL(PING_CLOCK))                                                                        \
    /* 12.lua, frame 24 */                                                                         \
    X("Pong", PONG, NULL,                                                                          \
      OPTIONAL(PING_CLOCK))                                                                        \
    /* Example Drilldown */                                                                        \
    X("Roundtrip", ROUNDTRIP, NULL,                                                                \
      FIELD(ROUNDTRIP_CLOCK))                                                                      \
    /* 13.lua, frame 59 */                                                                         \
    X("Roundtrip for Module", REPORT, "Roundtrip for Module {module} is {rtt_time}",               \
      FIELD(MODULE), FIELD(RTT_TIME))                                                              \
    /* 15.lua, frame 1245: a byte longer than its texts, by one more 00 */                         \
    X("Login", LOGIN, "User {username} logged in from {client_ip}[ to {module}] (id={conn_id})",   \
      FROM_TRADESITE(MODULE), FIELD(CONN_ID), FIELD(USERNAME), FIELD(CLIENT_IP), FIELD(ACCESS),    \
      OPTIONAL(END))                                                                               \
    /* 14.lua, frame 8705 */                                                                       \
    X("Close Connection", CLOSE_CONNECTION, "Connection closed (id={conn_id})",                    \
      FIELD(CONN_ID))                                                                              \
    /* 14.lua, frame 1149 */                                                                       \
    X("New Connection", NEW_CONNECTION, "New Connection from {client_ip} (id={conn_id})",          \
      FIELD(CONN_ID), FIELD(CLIENT_IP))                                                            \
    /* 16.lua, frame 1145 */                                                                       \
    X("ModuleAndClientCount", NONE,                                                                \
      "ModuleAndClientCount, Modules: {module_count}, Clients: {client_count}",                    \
      FIELD(MODULE_COUNT), FIELD(CLIENT_COUNT))                                                    \
    /* 16.lua */                                                                                   \
    X("Status", NONE, "Status: {status}",                                                          \
      FIELD(STATUS))                                                                               \
    /* The next one goes above this line. */

/* X(ID, kind, filter name, label, description); kind: a TRADE_KIND_ of wire/pdu.h, which is how
 * the field stands on the wire. In an Info template, {conn_id} is the value of trade.conn_id. */
#define TRADE_BODY_FIELDS(X)                                                                       \
    X(PING_CLOCK, CLOCK, "trade.ping_clock", "Ping Time",                                          \
      "Microseconds since 1901-01-01 on the sender's wall clock; a Pong echoes that of its Ping")  \
    X(ROUNDTRIP_CLOCK, CLOCK, "trade.roundtrip_clock", "Roundtrip Clock",                          \
      "Microseconds since 1901-01-01 on the requester's wall clock")                               \
    X(RTT_TIME, DURATION, "trade.rtt_time", "Roundtrip Time",                                      \
      "Roundtrip time that the Multiplexer measured for the module, in ms")                        \
    X(MODULE, TEXT, "trade.module", "Module",                                                      \
      "The module that a Roundtrip for Module or a Login is about")                                \
    X(CONN_ID, UINT16, "trade.conn_id", "Connection ID",                                           \
      "The client's connection id, in New Connection, Close Connection and Login")                 \
    X(USERNAME, TEXT, "trade.username", "Username",                                                \
      "The client's user")                                                                         \
    X(CLIENT_IP, CLIENT_IP, "trade.client_ip", "Client IP",                                        \
      "The client's address as on the wire: 194.134.005.011")                                      \
    X(ACCESS, TEXT, "trade.access", "Access",                                                      \
      "The word after a Login's client IP: \"Read\" in the talk")                                  \
    X(END, END, "trade.end", "End",                                                                \
      "The 00 that follows a Login's last text")                                                   \
    X(MODULE_COUNT, UINT16, "trade.module_count", "Module Count",                                  \
      "Number of connected modules")                                                               \
    X(CLIENT_COUNT, UINT16, "trade.client_count", "Client Count",                                  \
      "Number of connected clients")                                                               \
    X(STATUS, TEXT, "trade.status", "Status",                                                      \
      "Status that a module reports")                                                              \
    /* The next one goes above this line. */

/* clang-format on */

#endif /* TRADE_WIRE_KEYWORDS_H */
