-- The name of a connection's module is known by its greeting; without one, its id is. Of a
-- connection that a day's shard has from its start on, the greeting may be in a day before.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT shard, stream, multiplexer, module_end,
       coalesce(greeting,
                CASE WHEN contains(shard, '_') AND row_number() OVER ends_of_day = 1
                     THEN last_value(greeting IGNORE NULLS) OVER ends_of_all END,
                'module ' || sender) AS module,
       first, last
FROM found
WINDOW ends_of_day AS (PARTITION BY shard, multiplexer, module_end ORDER BY first),
       ends_of_all AS (PARTITION BY multiplexer, module_end, sender ORDER BY first)
