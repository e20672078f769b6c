# test_faults.py
# What does the dissector say of PDUs that are wrong, and does it find the next?
#
# captures/faults.pcapng has each fault between two good Pings.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from make_captures import FAULTS
from trade_pdus import DOCUMENTSYSTEM, Capture, Conversation, ping

# By the fault's name in make_captures.py: the expert infos, and fields that it has all the same.
EXPECTED = {
    **{f"length {n}": ({"trade.length.invalid", "trade.resync"},
                       {"trade.sender": "37", "trade.length": str(n)}) for n in range(5)},
    "no keyword": ({"trade.keyword.missing"}, {"trade.keyword": None}),
    "empty keyword": ({"trade.keyword.missing"}, {"trade.keyword": "", "trade.data": "01"}),
    "unterminated keyword": ({"trade.string.unterminated"}, {"trade.keyword": "Ping"}),
    "unknown keyword": ({"trade.keyword.unknown"}, {"trade.data": "01:02"}),
    "unknown keyword, no body": ({"trade.keyword.unknown"}, {"trade.data": None}),
    "clock of 0": ({"trade.clock.size"}, {"trade.value_length": "0", "trade.ping_clock": None}),
    "clock of 8": (set(), {"trade.ping_clock": "3579412204816491"}),
    "clock of 9": ({"trade.clock.size"}, {"trade.value_length": "9", "trade.ping_clock": None}),
    "clock cut": ({"trade.body.short"}, {"trade.value_length": "7"}),
    "no clock": ({"trade.body.short"}, {"trade.value_length": None}),
    "time of 0": ({"trade.clock.size"}, {"trade.module": "Trader", "trade.rtt_time": None}),
    "module unterminated": ({"trade.string.unterminated"}, {"trade.module": "Trader"}),
    "body short": ({"trade.body.short"}, {"trade.module_count": "14", "trade.client_count": None}),
    "id cut in half": ({"trade.body.short"}, {"trade.conn_id": None, "trade.data": "0a"}),
    "trailing": ({"trade.body.trailing"}, {"trade.conn_id": "2645", "trade.data": "aa:bb"}),
    "bad address": ({"trade.client_ip.invalid"},
                    {"trade.client_ip": "194.134.005.256", "trade.client_addr": None}),
    "no address": ({"trade.client_ip.invalid"}, {"trade.client_ip": "localhost"}),
    "address unterminated": ({"trade.string.unterminated"},
                             {"trade.client_ip": "194.134.005.011", "trade.conn_id": "2645"}),
    "empty user": ({"trade.string.empty"},
                   {"trade.username": "", "trade.client_ip": "194.134.005.011"}),
    "empty address": ({"trade.client_ip.invalid"}, {"trade.client_ip": ""}),
    "empty status": ({"trade.string.empty"}, {"trade.status": ""}),
    "no access": ({"trade.body.short"},
                  {"trade.username": "XXXXXX0011", "trade.client_addr": "194.134.5.11"}),
    "non-ASCII": ({"trade.string.non_ascii"}, {"trade.length": "20"}),
    "long text": ({"trade.string.long"}, {"trade.status": "x" * 300}),
    "unknown sender": ({"trade.sender.unknown"}, {"trade.sender": "201", "trade.keyword": "Ping"}),
    "no payload": (set(), {"trade.receiver": "2405", "trade.data": None}),
}
NAMES = [name for name, *_ in FAULTS]
PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))


def is_good_ping(pdu):
    return pdu["trade.keyword"] == "Ping" and pdu["trade.length"] == "10" and not pdu.experts


@PASSES
@pytest.mark.parametrize("n", range(len(FAULTS)), ids=NAMES)
def test_fault_between_neighbours(tshark, captures, n, passes):
    frames = [frame for frame in tshark.frames(captures["faults"], *passes)
              if frame.stream == n and frame.pdus]
    before, wrong, after = frames
    experts, fields = EXPECTED[NAMES[n]]
    assert all(is_good_ping(pdu) for pdu in before.pdus + after.pdus)
    assert set().union(*(pdu.experts for pdu in wrong.pdus)) == experts
    assert {name: wrong.pdus[0][name] for name in fields} == fields
    assert wrong.notes == []


@PASSES
def test_fault_between_neighbours_in_one_segment(tshark, packed, captures, passes):
    """The same, where one segment holds all three."""
    apart = {}
    for frame in tshark.frames(captures["faults"], *passes):
        apart.setdefault(frame.stream, []).extend(pdu.alone for pdu in frame.pdus)
    for frame in tshark.frames(packed, *passes):
        pdus = [pdu.alone for pdu in frame.pdus]
        assert pdus == apart[frame.stream], NAMES[frame.stream]


@pytest.fixture(scope="module")
def packed(tshark):
    capture = Capture()
    for n, (_, _, wrong) in enumerate(FAULTS):
        good = ping(wrong[0] if wrong[0] != 201 else DOCUMENTSYSTEM)
        conversation = Conversation(capture, 3000 + n)
        conversation.send("multiplexer" if wrong[0] == 1 else "module", good + wrong + good)
    return tshark.save(capture)


def test_each_fault_has_a_row():
    assert NAMES == list(EXPECTED)


@pytest.mark.parametrize("name, message", (
    ("body short", "The PDU ends in or before the field Client Count"),
    ("no clock", "The PDU ends in or before the field Roundtrip Clock"),
    ("no access", "The PDU ends in or before the field Access"),
))
def test_short_body_names_the_field(tshark, captures, name, message):
    pdus = [pdu for frame in tshark.frames(captures["faults"])
            if frame.stream == NAMES.index(name) for pdu in frame.pdus]
    assert [pdu.experts["trade.body.short"] for pdu in pdus if pdu.experts] == [message]
