-- A row a connection, with its greeting, and what its module's PDUs have as their sender.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT shard, stream, any_value(multiplexer) AS multiplexer,
       any_value(module_end) AS module_end,
       min_by(greeting, (number, place)) FILTER (greeting IS NOT NULL) AS greeting,
       mode(sender) FILTER (from_module) AS sender,
       min(time) AS first, max(time) AS last
FROM pdus GROUP BY shard, stream
