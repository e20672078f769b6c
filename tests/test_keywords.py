# test_keywords.py
# Bytes to fields: a row for each keyword of wire/keywords.h, and for what has none.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from trade_pdus import (
    BACKOFFICE, CARPENTER, DOCUMENTSYSTEM, MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation,
    close_connection, control, counts, data, login, new_connection, ping, pong, roundtrip,
    roundtrip_for_module, status)

CLOCK = 3579412204816491  # frame 22 of the talk
CLOCK_TEXT = "2014-06-05 09:10:04.816491"
IP = "194.134.005.011"

# Each: the PDU, its Info, its fields, its lines in the tree.
ROWS = (
    (ping(BACKOFFICE), "BackOffice -> Control, Ping, len=10",
     {"trade.sender": "11", "trade.sender.name": "BackOffice", "trade.length": "10",
      "trade.receiver": "65535",
      "trade.keyword": "Ping"},
     ["Sender: BackOffice (11)", "Length: 10", "Receiver: 65535 (Control)", "Keyword: Ping"]),
    (ping(MULTIPLEXER, CLOCK), "Multiplexer -> Control, Ping, len=18",
     {"trade.keyword": "Ping", "trade.value_length": "7", "trade.ping_clock": str(CLOCK)},
     [f"Clock: {CLOCK_TEXT}"]),
    (bytes.fromhex("01000affff506f6e6700"), "Multiplexer -> Control, Pong, len=10",
     {"trade.keyword": "Pong"}, []),
    (pong(TRADER, CLOCK), "Trader -> Control, Pong, len=18",
     {"trade.keyword": "Pong", "trade.ping_clock": str(CLOCK)}, [f"Clock: {CLOCK_TEXT}"]),
    (bytes.fromhex("010017ffff526f756e647472697000071b88aadb46b60c"),
     "Multiplexer -> Control, Roundtrip, len=23",
     {"trade.keyword": "Roundtrip", "trade.roundtrip_clock": str(0x0CB646DBAA881B)}, []),
    (roundtrip(DOCUMENTSYSTEM, CLOCK), "DocumentSystem -> Control, Roundtrip, len=23",
     {"trade.roundtrip_clock": str(CLOCK)}, [f"Clock: {CLOCK_TEXT}"]),
    (roundtrip_for_module("Trader", 188409),
     "Multiplexer -> Control, Roundtrip for Module Trader is 188.409 ms, len=38",
     {"trade.keyword": "Roundtrip for Module", "trade.module": "Trader",
      "trade.rtt_time": "188.409", "trade.value_length": "4"},
     ["Module: Trader", "Roundtrip Time: 188.409 ms"]),
    (roundtrip_for_module("Trader", 2750, size=3),
     "Multiplexer -> Control, Roundtrip for Module Trader is 2.750 ms, len=37",
     {"trade.rtt_time": "2.75", "trade.value_length": "3"}, ["Roundtrip Time: 2.750 ms"]),
    (login(TRADESITE, 2645, "XXXXXX0011", IP, "BackOffice", end=b""),
     f"Tradesite -> Control, User XXXXXX0011 logged in from {IP} to BackOffice (id=2645), len=56",
     {"trade.keyword": "Login", "trade.module": "BackOffice", "trade.conn_id": "2645",
      "trade.username": "XXXXXX0011", "trade.client_ip": IP, "trade.client_addr": "194.134.5.11",
      "trade.access": "Read"},
     ["Username: XXXXXX0011", f"Client IP: {IP}", "Client Address: 194.134.5.11",
      "Access: Read"]),
    (login(MULTIPLEXER, 2645, "XXXXXX0011", IP, end=b""),
     f"Multiplexer -> Control, User XXXXXX0011 logged in from {IP} (id=2645), len=45",
     {"trade.module": None, "trade.conn_id": "2645"}, []),
    (close_connection(2645), "Multiplexer -> Control, Connection closed (id=2645), len=24",
     {"trade.keyword": "Close Connection", "trade.conn_id": "2645"}, ["Connection ID: 2645"]),
    (new_connection(2645, IP),
     f"Multiplexer -> Control, New Connection from {IP} (id=2645), len=38",
     {"trade.keyword": "New Connection", "trade.conn_id": "2645", "trade.client_ip": IP,
      "trade.client_addr": "194.134.5.11"}, []),
    (counts(14, 73), "Multiplexer -> Control, ModuleAndClientCount, Modules: 14, Clients: 73, len=30",
     {"trade.keyword": "ModuleAndClientCount", "trade.module_count": "14",
      "trade.client_count": "73"}, ["Module Count: 14", "Client Count: 73"]),
    (status(CARPENTER, "Running"), "CarpenterUpdate -> Control, Status: Running, len=20",
     {"trade.keyword": "Status", "trade.status": "Running"}, ["Status: Running"]),
    # The next one goes above this line.
    (control(TRADER, "Frobnicate", b"\x01\x02"),
     "Trader -> Control, Frobnicate (Unknown keyword), len=18",
     {"trade.keyword": "Frobnicate", "trade.data": "01:02"}, []),
    (data(TRADER, 2405, b"\x00\x01\x02"), "Trader -> 2405, len=8",
     {"trade.sender": "12", "trade.receiver": "2405", "trade.data": "00:01:02",
      "trade.keyword": None}, ["Receiver: 2405"]),
)
IDS = [row[1] for row in ROWS]
EXPERTS = {"Trader -> Control, Frobnicate (Unknown keyword), len=18": {"trade.keyword.unknown"},
           "Multiplexer -> Control, Roundtrip for Module Trader is 188.409 ms, len=38":
               {"trade.roundtrip.slow"}}


def make_rows():
    """A capture with a frame for each row."""
    capture = Capture()
    for n, (pdu, *_) in enumerate(ROWS):
        conversation = Conversation(capture, 1000 + n)
        conversation.send("multiplexer" if pdu[0] == MULTIPLEXER else "module", pdu)
    return capture


@pytest.fixture(scope="module")
def rows(tshark):
    return tshark.save(make_rows())


@pytest.mark.parametrize("n", range(len(ROWS)), ids=IDS)
def test_info(tshark, rows, n):
    assert tshark.infos(rows)[n + 1] == ROWS[n][1]


@pytest.mark.parametrize("n", range(len(ROWS)), ids=IDS)
def test_tree(tshark, rows, n):
    pdu, = tshark.frames(rows)[n].pdus
    _, info, fields, labels = ROWS[n]
    kind = "Control" if pdu["trade.receiver"] == "65535" else "Data"
    assert pdu.title == f"Trade {kind} PDU : {info}"
    assert {name: pdu[name] for name in fields} == fields
    assert [label for label in labels if label not in [field[2] for field in pdu.fields]] == []
    assert set(pdu.experts) == EXPERTS.get(info, set())
    assert pdu.uncovered == []


def test_fields_without_a_tree(tshark, rows):
    """-T fields, and so custom columns, where nobody looks at the tree."""
    names = sorted({name for _, _, fields, _ in ROWS for name in fields})
    for row, values in zip(ROWS, tshark.values(rows, *names), strict=True):
        found = dict(zip(names, values))
        wanted = {name: value or "" for name, value in row[2].items()}
        wanted = {name: value.replace(":", "") if name == "trade.data" else value
                  for name, value in wanted.items()}
        assert {name: found[name] for name in wanted} == wanted


def test_clock_has_no_zone(tshark, rows):
    """The sender's wall clock, whatever the zone of who reads."""
    for timezone in ("Europe/Amsterdam", "America/New_York"):
        pdu, = tshark.frames(rows, timezone=timezone)[1].pdus
        assert pdu.label("trade.clock") == f"Clock: {CLOCK_TEXT}"


@pytest.fixture(scope="module")
def logins(tshark):
    """Logins as long as the talk's frames 1245 and 1246."""
    capture = Capture()
    Conversation(capture).module(login(TRADESITE, 2645, "XXXXXX0011", IP, "BackOffice"))
    Conversation(capture).multiplexer(login(MULTIPLEXER, 2645, "XXXXXX0011", IP))
    return tshark.save(capture)


def test_info_of_the_talks_logins(tshark, logins):
    user = f"Control, User XXXXXX0011 logged in from {IP}"
    assert tshark.infos(logins) == {
        1: f"Tradesite -> {user} to BackOffice (id=2645), len=57",
        2: f"Multiplexer -> {user} (id=2645), len=46",
    }


def test_nothing_is_wrong_with_the_talks_logins(tshark, logins):
    assert [pdu.experts for pdu in tshark.pdus(logins)] == [{}, {}]
