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

-- A row a client's session. What a day's shard has of a session whose start it lacks belongs to
-- the last one of that id in the days before.
CREATE VIEW sessions AS
WITH found AS (
    SELECT shard, session, any_value(multiplexer) AS multiplexer, min(time) AS first,
           max(time) AS last, any_value(conn_id) AS conn_id,
           count(*) FILTER (is_data) AS data_pdus,
           coalesce(sum(length - 5) FILTER (is_data), 0) AS data_bytes,
           arg_max(session_user, number) AS username, arg_max(session_client, number) AS client,
           arg_min(coalesce(keyword, ''), (number, place)) IN ('New Connection', 'Login') AS is_begun
    FROM pdus WHERE session IS NOT NULL GROUP BY shard, session),
placed AS (
    SELECT *, contains(shard, '_') AND NOT is_begun AND row_number() OVER (
                  PARTITION BY shard, multiplexer, conn_id ORDER BY first, session) = 1 AS goes_on
    FROM found),
counted AS (
    SELECT *, sum((NOT goes_on)::INTEGER) OVER (
                  PARTITION BY multiplexer, conn_id ORDER BY first, shard, session
                  ROWS UNBOUNDED PRECEDING) AS life
    FROM placed)
SELECT arg_min(shard, first) AS shard, arg_min(session, first) AS session, multiplexer,
       min(first) AS first, max(last) AS last, conn_id, sum(data_pdus)::BIGINT AS data_pdus,
       sum(data_bytes)::UBIGINT AS data_bytes, arg_max(username, first) AS username,
       arg_max(client, first) AS client
FROM counted GROUP BY multiplexer, conn_id, life;

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
