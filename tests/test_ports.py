# test_ports.py
# Is a connection to TRADE's port shown as TRADE where another protocol is registered for
# its other port, and is that protocol left alone where the bytes are its own?
#
# Where no SYN was captured, Wireshark asks the dissector of the lower port first.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import itertools
import random

import pytest

from trade_pdus import (
    DOCUMENTSYSTEM, MULTIPLEXER, TRADER, Capture, Conversation, data, filler, ping, pong, status)

PORT = 2107
PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))
# Who speaks first, and whether a SYN was captured: each with a Multiplexer of its own.
BEGINNINGS = {f"10.0.1.{n}": (first, syn) for n, (first, syn) in enumerate(
    itertools.product(("module", "multiplexer"), (True, False)), 1)}
# How many bytes somebody else's segments have: each with an address of its own.
SIZES = {f"10.0.2.{n}": size for n, size in enumerate((1, 3, 16, 300), 1)}
KEYWORDS = ["Ping", "Pong", "Status", "Status", "Ping", "Pong"]


@pytest.fixture(scope="module")
def contested(tshark):
    """The ports below TRADE's that other protocols are registered for, and two that are free."""
    rows = (line.split("\t") for line in tshark.run("-G", "decodes").splitlines())
    ports = sorted({int(port) for table, port, name in rows
                    if table == "tcp.port" and name != "trade" and 1024 <= int(port) < PORT})
    assert len(ports) > 20
    return [*ports, 1100, 50000]


def talk(capture, port, first, syn, **ends):
    """A connection of a module: its first segment has no control PDU of a known keyword."""
    conversation = Conversation(capture, port, **ends)
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
    """Returns the keywords found on each connection, by the Multiplexer's address and the module's
    port, and how many segments with bytes are not shown."""
    found, missed = {}, 0
    for source, target, port, other, words, size, *shown in tshark.values(
            path, "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "trade.keyword", "tcp.len",
            "trade", "tcp.segment_data", options=options):
        address = source if port == str(PORT) else target
        found.setdefault((address, int(port) + int(other) - PORT), []).extend(
            word for word in words.split(",") if word)
        missed += size != "0" and not any(shown)
    return found, missed


@PASSES
def test_trade_is_shown_whatever_the_other_port(tshark, contested, passes):
    """Whoever speaks first, and with a SYN as without."""
    capture = Capture()
    for address, (first, syn) in BEGINNINGS.items():
        for port in contested:
            talk(capture, port, first, syn, multiplexer=address)
    assert keywords(tshark, tshark.save(capture), *passes) == (
        dict.fromkeys(itertools.product(BEGINNINGS, contested), KEYWORDS), 0)


@PASSES
def test_what_is_somebody_elses_is_left_alone(tshark, contested, passes):
    """Text and random bytes on a contested port without a SYN: TRADE is silent."""
    capture = Capture()
    for address, size in SIZES.items():
        rng = random.Random(size)
        # XOT of Wireshark 4.0 fails by itself on a segment of a byte.
        for port in set(contested[:-2]) - {1998}:
            conversation = Conversation(capture, port, multiplexer=address)
            for _ in range(4):
                conversation.module(b"GET /index.html HTTP/1.0\r\n"[:size])
                conversation.multiplexer(bytes(rng.randrange(256) for _ in range(size)))
    said = tshark.run("-r", tshark.save(capture), *passes, "-Y", "trade", "-z", "trade,health")
    assert said.strip().startswith("===") and "|idle" not in said, said


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
        found, _ = keywords(tshark, path, *passes, *options)
        assert list(found.values()) == [KEYWORDS]


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
