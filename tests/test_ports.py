# test_ports.py
# Is a connection to TRADE's port shown as TRADE where another protocol is registered for
# its other port, and is that protocol left alone where the bytes are its own?
#
# Where no SYN was captured, Wireshark asks the dissector of the lower port first.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import random

import pytest

from trade_pdus import (
    DOCUMENTSYSTEM, MULTIPLEXER, TRADER, Capture, Conversation, data, filler, ping, pong, status)

PORT = 2107
PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
SYN = pytest.mark.parametrize("syn", (True, False), ids=("SYN", "no SYN"))
FIRST = pytest.mark.parametrize("first", ("module", "multiplexer"))
KEYWORDS = ["Ping", "Pong", "Status", "Status", "Ping", "Pong"]


@pytest.fixture(scope="module")
def contested(tshark):
    """The ports below TRADE's that other protocols are registered for, and two that are free."""
    rows = (line.split("\t") for line in tshark.run("-G", "decodes").splitlines())
    ports = sorted({int(port) for table, port, name in rows
                    if table == "tcp.port" and name != "trade" and 1024 <= int(port) < PORT})
    assert len(ports) > 20
    return [*ports, 1100, 50000]


def talk(capture, port, first, syn):
    """A connection of a module: its first segment has no control PDU of a known keyword."""
    conversation = Conversation(capture, port)
    if syn:
        conversation.handshake()
    other = "multiplexer" if first == "module" else "module"
    say = {"module": conversation.module, "multiplexer": conversation.multiplexer}
    say[first](data(TRADER, 2405, filler(100)))
    say[other](data(TRADER, 2405, filler(50)))
    say[other](data(TRADER, 2405, filler(1500)), mss=1400)
    conversation.module(ping(TRADER) + data(TRADER, 2405, filler(3000)), mss=1400)
    conversation.multiplexer(pong(MULTIPLEXER))
    conversation.module(status(TRADER, "on")[:7]).module(status(TRADER, "on")[7:])
    conversation.module(data(TRADER, 2405, filler(20)) + status(TRADER, "off"))
    conversation.multiplexer(ping(MULTIPLEXER)).module(pong(TRADER))


def keywords(tshark, path, *options):
    """Returns the keywords found on each connection, by the module's port."""
    found = {}
    rows = tshark.values(path, "tcp.srcport", "tcp.dstport", "trade.keyword", options=options)
    for source, target, words in rows:
        found.setdefault(int(source) + int(target) - PORT, []).extend(
            word for word in words.split(",") if word)
    return found


@PASSES
@SYN
@FIRST
def test_trade_is_shown_whatever_the_other_port(tshark, contested, first, syn, passes):
    capture = Capture()
    for port in contested:
        talk(capture, port, first, syn)
    path = tshark.save(capture)
    assert keywords(tshark, path, *passes) == dict.fromkeys(contested, KEYWORDS)
    assert not tshark.values(path, "tcp.stream", options=(
        *passes, "-Y", "tcp.len > 0 && !trade && !tcp.segment_data"))


@PASSES
@pytest.mark.parametrize("size", (1, 3, 16, 300))
def test_what_is_somebody_elses_is_left_alone(tshark, contested, size, passes):
    """Text and random bytes on a contested port without a SYN: TRADE is silent."""
    rng, capture = random.Random(size), Capture()
    # XOT of Wireshark 4.0 fails by itself on a segment of a byte.
    for port in set(contested[:-2]) - {1998}:
        conversation = Conversation(capture, port)
        for _ in range(4):
            conversation.module(b"GET /index.html HTTP/1.0\r\n"[:size])
            conversation.multiplexer(bytes(rng.randrange(256) for _ in range(size)))
    path = tshark.save(capture)
    assert not tshark.values(path, "frame.number", options=(*passes, "-Y", "trade"))
    assert "|idle" not in tshark.run("-r", path, *passes, "-q", "-z", "trade,health")


@PASSES
def test_the_users_choice_holds(tshark, passes):
    """Decode As for either port comes before TRADE, and so does a protocol disabled."""
    capture = Capture()
    talk(capture, 1213, "module", False)
    path = tshark.save(capture)
    for options in (("-d", "tcp.port==1213,data"), ("-d", "tcp.port==2107,data"),
                    ("--disable-protocol", "trade")):
        assert not tshark.values(path, "frame.number", options=(*passes, *options, "-Y", "trade"))
    for options in (("-d", "tcp.port==1213,trade"), ("-o", "trade.tcp.port:2107,9999")):
        assert keywords(tshark, path, *passes, *options) == {1213: KEYWORDS}


@PASSES
def test_a_pdu_before_the_first_known_one_is_shown_on_a_second_pass(tshark, passes):
    """The first known keyword speaks for the connection; what came before is then TRADE's."""
    capture = Capture()
    conversation = Conversation(capture, 1213)
    conversation.module(data(DOCUMENTSYSTEM, 2405, filler(3000)), mss=1400)
    conversation.module(data(DOCUMENTSYSTEM, 2405, filler(10)) + ping(DOCUMENTSYSTEM))
    rows = tshark.values(tshark.save(capture), "trade.keyword", "trade.undissected",
                         options=(*passes, "-Y", "trade"))
    assert rows[-1] == ("Ping", "")
    assert len(rows) == (4 if passes else 1)
