# incident_logs.py
# The logs that the talk's slides "Trader module Log" and "Multiplexer Log" show of the
# incident, line by line as printed: make_captures.py writes them beside incident.pcapng.
# The Multiplexer's begins after that capture ends.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pathlib

DAY = "2014-06-05"

# Time, level, text.
TRADER = (
    ("09:27:51,883", "NOTICE", "Creating clientConnection: 2654 user: XXXXXX0020 on: Trader"),
    ("09:28:57,779", "NOTICE", "Creating clientConnection: 2655 user: XXXXXX0019 on: Trader"),
    ("09:30:12,755", "NOTICE", "Closing clientConnection: 2652 from: Trader"),
    ("09:30:48,043", "NOTICE", "Creating clientConnection: 2656 user: XXXXXX0013 on: Trader"),
    ("09:31:58,978", "ERROR", "No response from multiplexer: 192.168.0.1:2107 within 1 minutes "
                              "30 seconds. Terminating connection."),
    ("09:31:58,978", "NOTICE", "Shutdown connection from: Trader"),
    ("09:31:58,978", "WARN", "ModuleServer Trader lost connection to multiplexer on "
                             "192.168.0.1:2107"),
    ("09:37:40,252", "NOTICE", "Creating clientConnection: 1129 user: APPSERVER1 on: Trader"),
    ("09:42:03,556", "WARN", "Connection lost in receive loop: Trader"),
    ("09:42:03,556", "NOTICE", "Shutdown connection from: Trader"),
    ("09:42:03,556", "WARN", "ModuleServer Trader lost connection to multiplexer on "
                             "192.168.0.1:2107"),
    ("09:43:54,147", "NOTICE", "Creating clientConnection: 2003 user: XXXXXX0016 on: Trader"),
)

# Of Logins: time, connection id, user, module.
LOGINS_BEFORE = (
    ("09:34:41,006", 2678, "XXXXXX0009", "MarketConfiguration"),
    ("09:34:41,006", 2678, "XXXXXX0009", "FinancialModule"),
)
LOGINS = (
    ("09:34:53,362", 2671, "XXXXXX0000", "BackOffice"),
    ("09:34:53,580", 2671, "XXXXXX0000", "Trader"),
    ("09:34:53,580", 2671, "XXXXXX0000", "MarketConfiguration"),
    ("09:34:53,580", 2671, "XXXXXX0000", "FinancialModule"),
    ("09:34:56,622", 2679, "XXXXXX0021", "BackOffice"),
    ("09:34:56,825", 2679, "XXXXXX0021", "Trader"),
    ("09:34:56,825", 2679, "XXXXXX0021", "MarketConfiguration"),
    ("09:34:56,825", 2679, "XXXXXX0021", "FinancialModule"),
)
LOGINS_AFTER = (
    ("09:43:53,647", 2003, "XXXXXX0016", "BackOffice"),
    ("09:43:53,865", 2003, "XXXXXX0016", "Trader"),
)


def _line(time, level, text):
    return f"{DAY} {time} {level} - {text}"


def _login(time, conn_id, user, module):
    return _line(time, "NOTICE", f"Logging in clientConnection: {conn_id} user: {user} "
                                 f"to: {module}")


def _operator(time, what):
    return (f"{DAY} {time} sss 127.000.000.001 Operator {DAY} {time.replace(',', '.')} "
            f"Multiplexer {what}.")


def trader():
    return [_line(*row) for row in TRADER]


def multiplexer():
    return [
        *(_login(*row) for row in LOGINS_BEFORE),
        _line("09:34:52,816", "NOTICE", "Disabling client logins on port: '443'"),
        _line("09:34:52,816", "NOTICE", "Client accept loop stopped"),
        *(_login(*row) for row in LOGINS),
        _operator("09:35:01,458", "stopped"),
        f"Stopped logging {DAY} 09:35:01,458",
        f"Started logging {DAY} 09:35:16,060",
        _operator("09:35:16,060", "started"),
        _line("09:35:32,924", "NOTICE", "Received start id: 2001"),
        _line("09:35:32,940", "NOTICE", "Received security parameters"),
        _operator("09:41:26,864", "stopped"),
        f"Stopped logging {DAY} 09:41:26,864",
        f"Started logging {DAY} 09:42:46,004",
        _operator("09:42:46,004", "started"),
        _line("09:42:50,107", "NOTICE", "Received start id: 2001"),
        _line("09:42:50,138", "NOTICE", "Received security parameters"),
        _line("09:43:28,531", "NOTICE", "Enabling client logins on port: '443'"),
        _line("09:43:28,531", "NOTICE", "Client accept loop started"),
        *(_login(*row) for row in LOGINS_AFTER),
    ]


LOGS = {"incident-trader": trader, "incident-multiplexer": multiplexer}


def write_logs(directory):
    for name, make in LOGS.items():
        path = pathlib.Path(directory) / f"{name}.log"
        path.write_bytes("".join(f"{line}\n" for line in make()).encode("ascii"))
