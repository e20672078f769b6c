# test_captures.py
# What do the captures of captures/ show, frame by frame?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pathlib
import re

import pytest

import make_captures
from make_captures import CAPTURES
from trade_pdus import DOCUMENTSYSTEM, Capture, Conversation, control

GOLDEN = pathlib.Path(__file__).parent / "golden"
CAPTURED = pathlib.Path(make_captures.__file__).parent
REMARKS = {"trade.sender.unknown", "trade.response.slow", "trade.roundtrip.slow",
           "trade.send_delay.high", "trade.ping.missing"}
# What only a second pass can say of a frame.
FORWARD = {"trade.ping.unanswered"}


@pytest.mark.parametrize("name", CAPTURES)
def test_made_again_is_the_same(name, tmp_path):
    made = CAPTURES[name]().write(tmp_path / "made.pcapng")
    assert made.read_bytes() == (CAPTURED / f"{name}.pcapng").read_bytes()


def golden_lines(reader, path, *options):
    """Returns a line a frame with TRADE in it: number, Info, what is wrong."""
    infos = reader.infos(path, *options)
    for frame in reader.frames(path, *options):
        if frame.pdus:
            notes = [text for pdu in frame.pdus for name, text in pdu.experts.items()
                     if name not in FORWARD] + frame.notes
            # TCP's own remarks differ between Wireshark's versions.
            info = re.sub(r"\[TCP [^]]*\] ?", "", infos[frame.number])
            yield " | ".join([str(frame.number), info, *notes])


@pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
@pytest.mark.parametrize("name", CAPTURES)
def test_golden(reader, captures, request, name, passes):
    lines = list(golden_lines(reader, captures[name], *passes))
    path = GOLDEN / f"{name}.txt"
    if request.config.getoption("--rewrite-golden") and not passes:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", CAPTURES)
def test_two_passes_show_the_same(tshark, captures, name):
    one, two = (tshark.frames(captures[name], *passes) for passes in ((), ("-2",)))
    assert [[pdu.known_by_then for pdu in frame.pdus] for frame in one] == [
        [pdu.known_by_then for pdu in frame.pdus] for frame in two]


@pytest.mark.parametrize("name", CAPTURES)
def test_every_byte_is_shown(tshark, captures, name):
    for pdu in tshark.pdus(captures[name]):
        assert pdu.uncovered == [], pdu.title


@pytest.mark.parametrize("name", sorted(set(CAPTURES) - {"faults", "gaps"}))
def test_nothing_of_a_good_capture_is_wrong(tshark, captures, name):
    """Only ids that no list has, and the talk's slow roundtrip and Pong and missing Pings, are remarked upon."""
    for pdu in tshark.pdus(captures[name]):
        assert set(pdu.experts) <= REMARKS, pdu.title


def test_talk(tshark, captures):
    assert tshark.infos(captures["talk"]) == {
        1: "BackOffice -> Control, Ping, len=10",
        2: "MarketConfiguration -> Control, Ping, len=10",
        3: "DocumentSystem -> Control, Ping, len=10",
        4: "Setting up connection to BackOffice",
    }
    times = tshark.values(captures["talk"], "frame.time_epoch")
    assert [float(time) for time, in times] == [1401952204.360322, 1401952204.360410,
                                                1401952204.609921, 1401953732.281271]


def test_talk_checksums_are_good(tshark, captures):
    status = tshark.values(captures["talk"], "ip.checksum.status", "tcp.checksum.status", options=(
        "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"))
    assert status == [("1", "1")] * 4


def test_frame_57(tshark, captures):
    """The talk shows 11 PDUs in 468 bytes, and the first five of them."""
    frame = tshark.frames(captures["multi-pdu"])[0]
    assert tshark.values(captures["multi-pdu"], "tcp.len")[:2] == [("468",), ("660",)]
    assert tshark.infos(captures["multi-pdu"])[1] == "11 Trade PDUs: Roundtrip for Module x11"
    assert [(pdu["trade.module"], pdu.label("trade.rtt_time")) for pdu in frame.pdus[:5]] == [
        ("FinancialModule", "Roundtrip Time: 709.804 ms"),
        ("BackOffice", "Roundtrip Time: 523.652 ms"),
        ("TradesiteScripting", "Roundtrip Time: 509.131 ms"),
        ("DocumentSystem", "Roundtrip Time: 758.581 ms"),
        ("Settlement", "Roundtrip Time: 729.413 ms"),
    ]
    assert [int(pdu["trade.length"]) for pdu in frame.pdus[:6]] == [47, 42, 50, 46, 42, 0x23]
    assert len(frame.pdus) == 11


def test_kinds_in_a_frame(tshark, captures):
    """The talk shows frame 1249 as 5 PDUs in 660 bytes."""
    infos = tshark.infos(captures["multi-pdu"])
    assert infos[2] == "5 Trade PDUs: Login x4, Data"
    assert infos[3] == "4 Trade PDUs: New Connection, ModuleAndClientCount, Ping, Close Connection"


def test_more_kinds_than_info_names(sharkd, tshark):
    capture = Capture()
    Conversation(capture).module(b"".join(control(DOCUMENTSYSTEM, f"K{n}") for n in range(11)))
    assert sharkd.infos(tshark.save(capture)) == {
        1: "11 Trade PDUs: K0, K1, K2, K3, K4, K5, K6, K7, 3 others"}


def test_spanning(tshark, captures):
    infos = tshark.infos(captures["spanning"])
    # Frames 4 and 5: 1380 and 1002 bytes; frames 7 to 54: 48 segments.
    assert infos[5] == "Trader -> 2405, len=2382"
    assert infos[54] == "Trader -> 2643, len=65535"


def test_info_of_a_frame_that_ends_one_pdu_and_has_others(tshark, captures):
    """TCP calls the dissector twice for such a frame."""
    assert tshark.infos(captures["spanning"])[57] == "3 Trade PDUs: Data x2, Ping"
    assert tshark.infos(captures["greetings"])[43] == "2 Trade PDUs: Greeting, Ping"


def test_learned_names(tshark, captures):
    """A name holds from its greeting on, for all connections to that Multiplexer."""
    path = captures["greetings"]
    names = [(frame.number, pdu.label("trade.sender"), "trade.sender.unknown" in pdu.experts)
             for frame in tshark.frames(path) for pdu in frame.pdus if pdu["trade.sender"] == "200"]
    assert names == [
        (22, "Sender: Unknown (200)", True),
        (29, "Sender: JackhammerUpdate (200)", False),
        (30, "Sender: JackhammerUpdate (200)", False),
        (31, "Sender: JackhammerUpdate (200)", False),
        (32, "Sender: Unknown (200)", True),
    ]


def test_greeting_in_the_tree(tshark, captures):
    pdu = tshark.pdus(captures["talk"])[3]
    assert pdu.title == "Trade Server Greeting : BackOffice"
    assert (pdu["trade.sender"], pdu["trade.length"], pdu["trade.greeting"]) == (
        "11", "10", "BackOffice")
