-- Reported roundtrips by module and hour, in ms: the slowest modules first.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT multiplexer, module,
       strftime(time::TIMESTAMP, '%Y-%m-%d %H:00') AS hour_utc,
       count(*) AS reports, round(quantile_cont(ms, 0.5), 3) AS p50,
       round(quantile_cont(ms, 0.99), 3) AS p99, max(ms) AS max
FROM reports GROUP BY ALL ORDER BY p99 DESC, multiplexer, module, hour_utc
