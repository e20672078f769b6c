-- The clients' sessions with the most data.
-- Copyright the TRADE for Wireshark authors
-- SPDX-License-Identifier: GPL-2.0-or-later
SELECT multiplexer, conn_id, username, client,
       first AS since_utc, round((epoch_ns(last) - epoch_ns(first)) / 1e9, 3) AS seconds, data_pdus, data_bytes
FROM sessions WHERE data_pdus > 0 ORDER BY data_bytes DESC, multiplexer, since_utc, conn_id LIMIT 100
