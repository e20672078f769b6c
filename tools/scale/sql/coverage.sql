-- What the other answers rest on: a frame whose fields do not line up counts for nothing.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT multiplexer, count(*) AS frames, count(DISTINCT stream) AS connections,
       sum(len(receiver) + len(greeting)) AS pdus,
       count(*) FILTER (len(sender) <> len(receiver) + len(greeting) OR len(length) <> len(sender)
                        OR len(keyword) <> len([r FOR r IN receiver IF r = 65535])) AS not_aligned,
       count(*) FILTER (len(reported) > 0 AND len(reported) <> len(module)) AS reports_not_aligned,
       sum(len(gap_bytes)) AS gaps, sum(list_sum(gap_bytes))::UBIGINT AS bytes_missing
FROM frames GROUP BY multiplexer ORDER BY multiplexer
