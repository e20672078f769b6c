-- How much was found in all: what a cut in the wrong place loses shows here.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT count(*) AS frames, sum(len(receiver) + len(greeting)) AS pdus,
       sum(len([k FOR k IN keyword IF k = 'Ping'])) AS pings,
       sum(len(response_to)) AS answers_with_request, sum(len(reported)) AS reports,
       sum(len(on_wire)) AS reports_with_ping, sum(len(unanswered)) AS unanswered,
       sum(len(uncertain)) AS uncertain, sum(len(gap_bytes)) AS gaps,
       (SELECT count(*) FROM sessions) AS sessions,
       (SELECT count(*) FROM sessions WHERE username IS NOT NULL) AS sessions_with_user,
       (SELECT count(*) FROM connections WHERE module NOT LIKE 'module %') AS connections_with_name,
       (SELECT count(*) FROM connections) AS connections
FROM frames
