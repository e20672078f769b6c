-- What the other answers rest on.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT multiplexer, count(DISTINCT (shard, number)) AS frames,
       count(DISTINCT (shard, stream)) AS connections, count(*) AS pdus, count(gap_bytes) AS gaps,
       sum(gap_bytes)::UBIGINT AS bytes_missing
FROM pdus GROUP BY multiplexer ORDER BY multiplexer
