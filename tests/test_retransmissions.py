# test_retransmissions.py
# What is said where TCP sends again, or a host pauses, or a path changes: is a healthy side, or the
# network, accused of it?
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import pytest
from scapy.layers.inet import IP
from scapy.layers.l2 import Ether

from kernels import judge
from trade_pdus import (
    MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation, greeting, ping, pong, status)

SECOND = 1_000_000


def connect(capture, port=1195, module=TRADER, name="Trader"):
    """Returns a connection after its greeting."""
    return Conversation(capture, port).handshake().module(greeting(module, name))


def beat(conversation, start, numbers, module=TRADER):
    """Rounds of both sides, each 30 s."""
    for n in numbers:
        at = start + n * 30 * SECOND
        conversation.module(ping(module), at=at).multiplexer(pong(MULTIPLEXER)).ack("module")
        conversation.multiplexer(ping(MULTIPLEXER), at=at + SECOND).module(pong(module))
        conversation.ack("multiplexer")
    return conversation


def row_of(reader, capture, stream="0", options=("-2",)):
    """Returns verdict, place and the row of a connection."""
    rows = reader.health(reader.save(capture), *options)
    row = next(row for row in rows if row["Stream"] == stream)
    return (*judge.said(row), row)


# ---- Pings that come again with newer ones ----


@pytest.mark.parametrize("reassembly", ("TRUE", "FALSE"))
@pytest.mark.parametrize("pings", (1, 2, 3))
def test_pings_that_come_again_count_once(reader, pings, reassembly):
    """A segment is lost; the Pings after it are captured, and come again with its bytes."""
    capture = Capture()
    conversation = connect(capture)
    start = capture.now
    beat(conversation, start, range(4))
    at, seq, raw = start + 120 * SECOND, conversation.ends["module"].seq, status(TRADER, "x")
    conversation.segment("module", raw, at=at, lost=True)
    for n in range(pings):
        conversation.module(ping(TRADER), at=at + n * SECOND)
        raw += ping(TRADER)
    conversation.multiplexer(ping(MULTIPLEXER), at=at + 3 * SECOND, ack=seq)
    conversation.segment("module", raw, at=at + 11 * SECOND, seq=seq)
    conversation.module(pong(TRADER))
    for n in range(pings):
        conversation.multiplexer(pong(MULTIPLEXER), at=at + (12 + n) * SECOND)
    conversation.ack("module")
    beat(conversation, start, range(5, 8))
    verdict, place, row = row_of(reader, capture, options=(
        "-2", "-o", f"tcp.reassemble_out_of_order:{reassembly}"))
    assert (verdict, place) == ("ok", "-"), row["Details"]
    assert (row["Module's Pings"], row["Module's answered"], row["Module's unanswered"]) == (
        str(7 + pings), str(7 + pings), "0")


# ---- A host that pauses ----


def pause(capture, heard):
    """The module's host pauses from 85 s on. The Multiplexer retransmits its Ping of 91 s, with TCP's
    backoff. The module is heard at these times, and has nothing of that."""
    conversation = connect(capture)
    start = capture.now
    beat(conversation, start, range(3))
    at, ack = start + 91 * SECOND, conversation.ends["multiplexer"].seq
    seq = ack
    conversation.multiplexer(ping(MULTIPLEXER), at=at)
    for n in range(8):
        conversation.segment("multiplexer", ping(MULTIPLEXER), at=at + int(0.3 * (2 << n) * SECOND),
                             seq=seq)
    for seconds in heard:
        conversation.module(ping(TRADER), at=start + int(seconds * SECOND), ack=ack)
    return conversation, start


@pytest.mark.parametrize("heard, place", (
    ((), "network-or-module"),
    ((155,), "network-or-module"),           # it goes on, before the last retransmission, at 167.8 s
    ((140, 155), "network-or-module"),       # twice, but has nothing of one retransmission only
    ((168,), "network-or-module"),           # after the last one
    ((94.5, 125), "network"),                # it has nothing of two: at 95.8 and 129.4 s
    ((125, 140), "network-or-module"),       # nor here, but may have paused until 125 s
))
def test_a_host_that_pauses(reader, heard, place):
    capture = Capture()
    pause(capture, heard)
    said = row_of(reader, capture)
    assert said[:2] == ("not-delivered", place), said[2]["Details"]


@pytest.mark.parametrize("connections", (1, 4))
def test_backoff_is_no_pause_of_the_capture(reader, connections):
    """Nothing is captured for 38.4 s, since every connection's Multiplexer waits so long."""
    capture = Capture()
    for n in range(connections):
        conversation = connect(capture, 1195 + n)
        start = capture.now = wall(capture, n)
        beat(conversation, start, range(3))
        at, seq = start + 90 * SECOND, conversation.ends["multiplexer"].seq
        conversation.multiplexer(ping(MULTIPLEXER), at=at)
        for k in range(8):
            conversation.segment("multiplexer", ping(MULTIPLEXER), seq=seq,
                                 at=at + int(0.3 * (2 << k) * SECOND))
    verdict, place, row = row_of(reader, capture)
    assert (verdict, place) == ("not-delivered", "network-or-module"), row["Details"]


def wall(capture, n):
    """Returns the same time for all connections, but for some milliseconds."""
    return capture.frames[0][0] + SECOND + n * 10_000


# ---- An RST with another TTL ----


def reset(capture, where, ttl, ip_id):
    """Two modules of a host; the Multiplexer's connection to one is reset, with this TTL and IP id;
    None: the one that is next. where: a function is called with the other one after that."""
    one, two = connect(capture), connect(capture, 1196, TRADESITE, "Tradesite")
    start = capture.now
    beat(one, start, range(3))
    one.rst("multiplexer", at=start + 75 * SECOND)
    when, frame, length, comment = capture.frames[-1]
    packet = Ether(frame)
    packet[IP].ttl = ttl
    if ip_id is not None:
        packet[IP].id = ip_id
    del packet[IP].chksum
    capture.frames[-1] = (when, bytes(packet), length, comment)
    beat(two, start + 100_000, range(5), TRADESITE)
    where(capture, start + 75 * SECOND)


def change_ttl(capture, since):
    """All later frames of the Multiplexer come by another path."""
    for n, (when, frame, length, comment) in enumerate(capture.frames):
        packet = Ether(frame)
        if when > since and packet[IP].src == "192.168.0.1":
            packet[IP].ttl = 61
            del packet[IP].chksum
            capture.frames[n] = (when, bytes(packet), length, comment)


def nothing(*_):
    pass


@pytest.mark.parametrize("passes", ((), ("-2",)))
@pytest.mark.parametrize("where, ttl, ip_id, said", (
    (nothing, 61, 0, ("reset-foreign", "cannot-tell")),   # of several behind its address?
    (nothing, 61, 60000, ("reset-foreign", "cannot-tell")),
    (nothing, 61, None, ("ok", "-")),           # its own counter goes on
    (nothing, 126, None, ("ok", "-")),
    (change_ttl, 61, 0, ("ok", "-")),           # so do other frames of its host
))
def test_a_reset_with_another_ttl(reader, passes, where, ttl, ip_id, said):
    capture = Capture()
    reset(capture, where, ttl, ip_id)
    found = row_of(reader, capture, options=passes)
    assert found[:2] == said, found[2]["Details"]


# ---- Times and intervals that are out of all proportion ----


@pytest.mark.parametrize("preference", ("interval", "limit"))
@pytest.mark.parametrize("seconds", (31_622_400, 4_294_967_295))
def test_long_intervals(tshark, preference, seconds):
    capture = Capture()
    conversation = connect(capture)
    beat(conversation, capture.now, range(6))
    path = tshark.save(capture)
    options = ("-o", f"trade.{preference}:{seconds}")
    rows = judge.health(tshark, path, *options)
    assert judge.said(rows[0]) == ("ok", "-"), rows[0]["Details"]
    assert not tshark.run("-r", path, *options, "-Y",
                          "trade.ping.late || trade.ping.unanswered || trade.ping.missing")


@pytest.mark.parametrize("lost", (True, False))
def test_what_comes_before_the_first_bytes(reader, lost):
    """The capture begins late. A Pong is lost before it came here, and comes again with the Ping
    behind it: TCP does not give dissectors what it takes for seen."""
    capture = Capture()
    c = Conversation(capture, 20001)
    at = capture.now
    answer, begin = pong(TRADER) + ping(TRADER), c.ends["module"].seq
    c.multiplexer(ping(MULTIPLEXER), at=at).ack("module")
    c.segment("module", pong(TRADER) if lost else b"", lost=lost)
    c.module(ping(TRADER))
    if lost:
        c.segment("module", answer, seq=begin)
    c.multiplexer(pong(MULTIPLEXER)).ack("module")
    beat(c, at + 30 * SECOND, range(4))
    verdict, place, _ = row_of(reader, capture)
    assert (verdict, place) == (("capture-hole", "cannot-tell") if lost else
                                ("ping-unanswered", "module"))


@pytest.mark.parametrize("year", (1970, 2107, 2254, 2255, 2263, 3000))
def test_times_of_other_centuries(reader, year):
    """From 2255 on, all seems to be at once: nobody is accused, and nobody is said to be well."""
    capture = Capture()
    capture.now = int((year - 1970 + 0.5) * 365.2425 * 86400) * SECOND
    conversation = connect(capture)
    beat(conversation, capture.now, range(6))
    rows = reader.health(reader.save(capture), "-2")
    assert judge.said(rows[0]) == ("ok" if year < 2255 else "clocks-differ", "-"), rows[0]["Details"]


def test_a_pause_of_centuries(reader):
    """The second half of a capture is of another century."""
    capture = Capture()
    conversation = connect(capture)
    beat(conversation, capture.now, range(3))
    beat(conversation, 230 * 365 * 86400 * SECOND, range(3))
    verdict, place, _ = row_of(reader, capture)
    assert (verdict, place) == ("ping-missing", "cannot-tell")
