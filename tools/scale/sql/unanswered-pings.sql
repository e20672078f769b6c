-- Pings that had no Pong, by connection. "uncertain": the capture lacks bytes in
-- which a Ping or a Pong may have been. "open_at_end": a Ping without a Pong when its
-- Multiplexer fell silent, 30 s or more before the captures' end: tshark, which sees
-- but the shard, takes that for the end of the capture and says nothing.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
WITH pings AS (
    SELECT shard, stream, from_module, time, unanswered::INTEGER AS unanswered, uncertain,
           (keyword = 'Ping')::INTEGER AS is_ping,
           (is_ping = 1 AND response_in IS NULL AND NOT p.unanswered AND uncertain = 0
            AND time::TIMESTAMP < (SELECT max(time)::TIMESTAMP FROM pdus) - INTERVAL 30 SECOND
           )::INTEGER AS open_at_end
    FROM pdus p WHERE keyword IN ('Ping', 'Pong'))
SELECT c.multiplexer, c.module, c.module_end,
       CASE WHEN from_module THEN c.module ELSE 'Multiplexer' END AS asked,
       sum(is_ping) AS pings, sum(unanswered) AS unanswered, sum(uncertain) AS uncertain,
       sum(open_at_end) AS open_at_end,
       min(time) FILTER (p.unanswered + p.open_at_end > 0) AS first_unanswered_utc
FROM pings p JOIN connections c USING (shard, stream)
GROUP BY ALL HAVING sum(unanswered) + sum(uncertain) + sum(open_at_end) > 0
ORDER BY sum(p.unanswered) + sum(p.open_at_end) DESC, c.multiplexer, c.module_end, asked
