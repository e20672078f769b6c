-- A row a connection. The name of its module is known by its greeting; without one,
-- its id is.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT shard, stream, any_value(multiplexer) AS multiplexer,
       any_value(module_end) AS module_end,
       coalesce(min_by(greeting, (number, place)) FILTER (greeting IS NOT NULL),
                'module ' || mode(sender) FILTER (from_module)) AS module,
       min(time) AS first, max(time) AS last
FROM pdus GROUP BY shard, stream
