# test_faults.py
# What does the dissector say of PDUs that are wrong, and does it find the next?
#
# captures/faults.pcapng has each fault between two good Pings.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest

from make_captures import FAULTS
from trade_pdus import (
    DOCUMENTSYSTEM, Capture, Conversation, data, filler, greeting, login, ping)

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
def test_fault_between_neighbours(reader, captures, n, passes):
    frames = [frame for frame in reader.frames(captures["faults"], *passes)
              if frame.stream == n and frame.pdus]
    before, wrong, after = frames
    experts, fields = EXPECTED[NAMES[n]]
    assert all(is_good_ping(pdu) for pdu in before.pdus + after.pdus)
    assert set().union(*(pdu.experts for pdu in wrong.pdus)) == experts
    assert {name: wrong.pdus[0][name] for name in fields} == fields
    assert wrong.notes == []


@PASSES
def test_fault_between_neighbours_in_one_segment(reader, packed, captures, passes):
    """The same, where one segment holds all three."""
    apart = {}
    for frame in reader.frames(captures["faults"], *passes):
        apart.setdefault(frame.stream, []).extend(pdu.alone for pdu in frame.pdus)
    for frame in reader.frames(packed, *passes):
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
    ("body short", "The PDU ends within or before the field Client Count"),
    ("no clock", "The PDU ends within or before the field Roundtrip Clock"),
    ("no access", "The PDU ends within or before the field Access"),
))
def test_short_body_names_the_field(tshark, captures, name, message):
    pdus = [pdu for frame in tshark.frames(captures["faults"])
            if frame.stream == NAMES.index(name) for pdu in frame.pdus]
    assert [pdu.experts["trade.body.short"] for pdu in pdus if pdu.experts] == [message]


# ---- Exceptions: Wireshark throws where the tree would get too many items ----


@pytest.fixture(scope="module")
def crowded(tshark):
    """Segments with many PDUs, of which the last is whole, or goes on in the next; PDUs that
    are reassembled, with others behind them in their last segment; then one Ping a segment.
    With the frames in which something is reassembled."""
    capture, reassembling = Capture(), set()
    pings = ping(DOCUMENTSYSTEM) * 12
    for n, tail in enumerate((b"", ping(DOCUMENTSYSTEM), data(DOCUMENTSYSTEM, 2405, filler(700)))):
        conversation = Conversation(capture, 4000 + n).handshake()
        conversation.module(greeting(DOCUMENTSYSTEM, "DocumentSystem"))
        conversation.module(pings + tail + pings, mss=len(pings) + len(tail) // 2)
        user = login(DOCUMENTSYSTEM, 2405, "XXXXXX0011", "194.134.005.011")
        conversation.module(user + pings, mss=[len(user) - 4, 1000])
        reassembling.add(len(capture.frames))
        for _ in range(3):
            conversation.module(ping(DOCUMENTSYSTEM))
    return tshark.save(capture), reassembling


@pytest.mark.parametrize("name", ("incident", "multi-pdu", "spanning", "sessions"))
def test_exception_makes_no_gap_in_captures(tshark, captures, name):
    pdus = tshark.pdus(captures[name], "-o", "gui.max_tree_items:200")
    assert [pdu.title for pdu in pdus if "trade.gap" in pdu.experts] == []


@pytest.mark.parametrize("passes", ((), ("-2", "-R", "trade")), ids=("one pass", "two passes"))
def test_exception_makes_no_gap(tshark, crowded, passes):
    """Behind the PDU that throws, the frame's others are not shown, but the next frame's are
    found: at whatever limit, but where TCP throws itself and keeps bytes from us."""
    path, reassembling = crowded
    thrown = set()
    for items in range(100, 240, 10):
        done = tshark._call(["-r", str(path), "-V", "-o", f"gui.max_tree_items:{items}", *passes])
        text = done.stdout
        # Wireshark 4.6 dies of some limits itself.
        if "Dissector bug, protocol TCP" in text or "Unhandled exception" in done.stderr:
            continue
        assert done.returncode == 0
        frames = {int(frame.split(":")[0]): frame for frame in f"\n{text}".split("\nFrame ")[1:]}
        thrown |= {n for n, frame in frames.items() if "Dissector bug, protocol TRADE" in frame}
        assert [(items, n) for n, frame in frames.items()
                if "Missing Bytes" in frame or "No PDU begins here" in frame] == []
    assert thrown & reassembling and thrown - reassembling
