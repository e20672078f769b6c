-- views.sql
-- Tables that questions are easy to ask of, over the tables "pdus" (a row a PDU, or a
-- greeting, which has no receiver) and "connections". A frame is known by shard and
-- number, a connection by shard and stream, a session by shard and session.
-- All times are UTC.
--
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later

-- A row a Roundtrip for Module.
CREATE VIEW reports AS
SELECT shard, number, time, multiplexer, module, reported AS ms
FROM pdus WHERE reported IS NOT NULL;

-- A row a client's session.
CREATE VIEW sessions AS
SELECT shard, session, any_value(multiplexer) AS multiplexer, min(time) AS first,
       max(time) AS last, any_value(receiver) FILTER (is_data) AS conn_id,
       count(*) FILTER (is_data) AS data_pdus,
       coalesce(sum(length - 5) FILTER (is_data), 0)::UBIGINT AS data_bytes,
       arg_max(session_user, number) AS username, arg_max(session_client, number) AS client
FROM pdus WHERE session IS NOT NULL GROUP BY shard, session;

-- A row a frame. What may come several times in a frame is a list, in the order of its PDUs.
CREATE VIEW frames AS
WITH lists AS (
    SELECT shard, number, any_value(time) AS time, any_value(stream) AS stream,
           any_value(from_module) AS from_module, any_value(multiplexer) AS multiplexer,
           any_value(module_end) AS module_end,
           list(COLUMNS(* EXCLUDE (shard, number, place, time, stream, from_module, multiplexer,
                                   module_end)) ORDER BY place)
    FROM pdus GROUP BY shard, number)
SELECT shard, number, time, stream, from_module, multiplexer, module_end,
       list_filter(COLUMNS(* EXCLUDE (shard, number, time, stream, from_module, multiplexer,
                                      module_end)), lambda x: x IS NOT NULL)
FROM lists;
