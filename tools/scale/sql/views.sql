-- views.sql
-- Tables that questions are easy to ask of, over the table "frames" (a row a frame,
-- in which the fields of several PDUs are lists). A frame is known by shard and
-- number, a connection by shard and stream, a session by shard and session.
-- All times are UTC.
--
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later

-- A row a connection. The name of its module is known by its greeting; without one,
-- its id is.
CREATE VIEW connections AS
SELECT shard, stream, any_value(multiplexer) AS multiplexer,
       any_value(module_end) AS module_end,
       coalesce(min_by(greeting[1], number) FILTER (len(greeting) > 0),
                'module ' || mode(sender[1]) FILTER (from_module)) AS module,
       min(time) AS first, max(time) AS last
FROM frames GROUP BY shard, stream;

-- A row a Roundtrip for Module. No other keyword with a module's name is sent in
-- the same direction, so names and times of a frame belong together in order.
CREATE VIEW reports AS
SELECT shard, number, time, multiplexer, unnest(module) AS module, unnest(reported) AS ms
FROM frames WHERE len(reported) > 0 AND len(reported) = len(module);

-- A row a PDU: greetings have a sender and a length, but no receiver; data PDUs have
-- no keyword; a session is known of PDUs that name a client.
CREATE VIEW pdus AS
WITH places AS (
    SELECT *, unnest(range(1, len(receiver) + 1)) AS place FROM frames
    WHERE len(sender) = len(receiver) + len(greeting) AND len(length) = len(sender)
      AND len(keyword) = len([r FOR r IN receiver IF r = 65535])),
named AS (
    SELECT *, receiver[place] <> 65535 AS is_data,
           [receiver[i] <> 65535
            OR keyword[len([r FOR r IN receiver[1:i] IF r = 65535])]
               IN ('New Connection', 'Login', 'Close Connection')
            FOR i IN range(1, len(receiver) + 1)] AS has_client
    FROM places)
SELECT shard, number, time, stream, multiplexer, from_module, place,
       sender[place + len(greeting)] AS sender, length[place + len(greeting)] AS length,
       receiver[place] AS receiver, is_data,
       CASE WHEN NOT is_data
            THEN keyword[len([r FOR r IN receiver[1:place] IF r = 65535])] END AS keyword,
       CASE WHEN has_client[place] AND len(session) = len([c FOR c IN has_client IF c])
            THEN session[len([c FOR c IN has_client[1:place] IF c])] END AS session
FROM named;

-- A row a client's session. User and client are known once a frame names no other.
CREATE VIEW sessions AS
WITH who AS (
    SELECT shard, session[1] AS session,
           arg_max(session_user[-1], number) FILTER (len(session_user) > 0) AS username,
           arg_max(session_client[-1], number) FILTER (len(session_client) > 0) AS client
    FROM frames WHERE len(list_distinct(session)) = 1 GROUP BY ALL),
what AS (
    SELECT shard, session, any_value(multiplexer) AS multiplexer, min(time) AS first,
           max(time) AS last, any_value(receiver) FILTER (is_data) AS conn_id,
           count(*) FILTER (is_data) AS data_pdus,
           coalesce(sum(length - 5) FILTER (is_data), 0)::UBIGINT AS data_bytes
    FROM pdus WHERE session IS NOT NULL GROUP BY shard, session)
SELECT * FROM what LEFT JOIN who USING (shard, session);
