-- How much was found in all: what a cut in the wrong place loses shows here.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT count(DISTINCT (shard, number)) AS frames, count(*) AS pdus,
       count(*) FILTER (keyword = 'Ping') AS pings, count(response_to) AS answers_with_request,
       count(reported) AS reports, count(on_wire) AS reports_with_ping,
       count(*) FILTER (unanswered) AS unanswered, sum(uncertain) AS uncertain,
       count(gap_bytes) AS gaps,
       (SELECT count(*) FROM sessions) AS sessions,
       (SELECT count(*) FROM sessions WHERE username IS NOT NULL) AS sessions_with_user,
       (SELECT count(*) FROM connections WHERE module NOT LIKE 'module %') AS connections_with_name,
       (SELECT count(*) FROM connections) AS connections
FROM pdus
