# test_passes.py
# Does a later pass show what the first did, where TCP's numbers, a Multiplexer's end or a packet's
# length are not what they seemed? What fuzzing found.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct

import pytest

from trade_pdus import (
    BACKOFFICE, DOCUMENTSYSTEM, MULTIPLEXER, TRADER, TRADESITE, Capture, Conversation, clock_at,
    close_connection, control, data, filler, greeting, login, new_connection, ping, pong,
    roundtrip_for_module)

PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))


@PASSES
def test_tcp_counts_from_elsewhere_later(reader, passes):
    """A SYN and ACK without its SYN: TCP takes it for one of the same connection, and moves the base
    of the relative sequence numbers of all that came before."""
    capture = Capture()
    c = Conversation(capture, 20001)
    c.multiplexer(login(MULTIPLEXER, 2643, "ann", "194.134.5.11"))
    c.multiplexer(data(MULTIPLEXER, 2643, filler(30)))
    c.multiplexer(close_connection(2643))
    c.segment("multiplexer", flags="SA")
    assert reader.values(reader.save(capture), "trade.session", "trade.session.username", options=(
        *passes, "-Y", "trade.session")) == [("0", "ann")] * 3


@PASSES
def test_sessions_stay_with_the_multiplexer_of_other_connections(reader, passes):
    """One of its connections is found to be another's: the Multiplexer is at the module's end."""
    capture = Capture()
    known = Conversation(capture, 20001, port=9999).handshake()
    known.multiplexer(new_connection(2643, "194.134.005.011"))
    known.multiplexer(login(MULTIPLEXER, 2643, "ann", "194.134.005.011"))
    other = Conversation(capture, 30001, module="10.0.0.2", port=9999)
    other.module(data(BACKOFFICE, 2644, filler(30)))
    other.module(ping(MULTIPLEXER)).multiplexer(pong(BACKOFFICE))
    other.module(data(BACKOFFICE, 2644, filler(30)))
    known.module(data(TRADER, 2643, filler(20))).multiplexer(close_connection(2643))
    assert reader.values(reader.save(capture), "trade.session", "trade.session.username", options=(
        *passes, "-d", "tcp.port==9999,trade", "-Y", "trade.session")) == [
            ("0", ""), ("0", "ann"), ("1", ""), ("1", ""), ("0", "ann"), ("0", "ann")]


@PASSES
def test_a_multiplexer_is_known_by_other_connections(reader, passes):
    """Where both ports are TRADE's, and nothing but data shows."""
    capture = Capture()
    known = Conversation(capture, 20001).handshake()
    known.multiplexer(login(MULTIPLEXER, 2643, "ann", "194.134.005.011"))
    other = Conversation(capture, 2107, module="203.0.113.2")
    other.module(data(BACKOFFICE, 2643, filler(30)))
    assert reader.values(reader.save(capture), "trade.session", "trade.session.username", options=(
        *passes, "-Y", "trade.session")) == [("0", "ann")] * 2


@PASSES
def test_a_session_of_both_stays_where_it_was(reader, passes):
    """A connection on which a client of the Multiplexer was seen is found to be another's."""
    capture = Capture()
    known = Conversation(capture, 20001, port=9999).handshake()
    known.multiplexer(login(MULTIPLEXER, 2643, "ann", "194.134.005.011"))
    other = Conversation(capture, 30001, module="10.0.0.2", port=9999)
    other.module(data(BACKOFFICE, 2643, filler(30)))
    other.module(ping(MULTIPLEXER)).multiplexer(pong(BACKOFFICE))
    other.module(data(BACKOFFICE, 2643, filler(30)))
    known.module(data(TRADER, 2643, filler(20))).multiplexer(close_connection(2643))
    assert reader.values(reader.save(capture), "trade.session", "trade.session.username", options=(
        *passes, "-d", "tcp.port==9999,trade", "-Y", "trade.session")) == [
            ("0", "ann"), ("0", "ann"), ("1", ""), ("0", "ann"), ("0", "ann")]


@PASSES
def test_a_name_stays_on_a_connection_that_moves(reader, passes):
    """A greeting on another connection gave it, before the Multiplexer proved to be at the other
    end."""
    capture = Capture()
    known = Conversation(capture, 20001, port=9999).handshake()
    known.module(greeting(203, "Foo") + ping(203)).multiplexer(pong(MULTIPLEXER))
    other = Conversation(capture, 30001, module="10.0.0.2", port=9999)
    other.module(ping(203))
    other.module(ping(MULTIPLEXER)).multiplexer(pong(203))
    known.module(ping(203)).multiplexer(pong(MULTIPLEXER))
    names = reader.values(reader.save(capture), "trade.sender.name", options=(
        *passes, "-d", "tcp.port==9999,trade", "-Y", "trade.sender == 203"))
    assert names == [("Foo,Foo",), ("Foo",), ("Foo",), ("Foo",)]


@PASSES
@pytest.mark.parametrize("is_there", (False, True))
def test_a_report_is_not_of_a_connection_that_moved(reader, is_there, passes):
    """Its module is another Multiplexer's; this one's own, if it is there, is found all the same."""
    capture = Capture()
    tradesite = Conversation(capture, 20001, port=9999).handshake()
    tradesite.module(greeting(TRADESITE, "Tradesite"))
    other = Conversation(capture, 30001, module="10.0.0.2", port=9999)
    other.module(login(TRADER, 2643, "ann", "194.134.005.011"))
    trader = Conversation(capture, 20002, port=9999)
    clock = clock_at(capture.now)
    if is_there:
        trader.module(ping(TRADER)).multiplexer(ping(MULTIPLEXER, clock)).module(pong(TRADER, clock))
    other.module(ping(MULTIPLEXER, clock)).multiplexer(pong(TRADER, clock))
    tradesite.multiplexer(roundtrip_for_module("Trader", 1000))
    assert reader.values(reader.save(capture), "trade.module", "trade.rtt_ping", options=(
        *passes, "-d", "tcp.port==9999,trade", "-Y", "trade.module")) == [
            ("Trader", "7" if is_there else "")]


@PASSES
def test_what_waits_for_two_reasons(reader, passes):
    """In tiny segments behind a loss, what seems to be a PDU is waited for, and is none. What comes
    with its last bytes is shown there, and not with the next segment, or never."""
    capture = Capture()
    c = Conversation(capture, 20001).handshake()
    c.module(greeting(BACKOFFICE, "BackOffice")[:7]).module(bytes(7), lost=True)
    c.module(b"\x0cTradesiteZep\0" + ping(DOCUMENTSYSTEM)[:7], mss=7)
    c.module(b"tatus\0\xff\0\7\xffPong\0\1\0" + control(7, "Pin", b"\7g\0\7\x1b\x88\xaa\xdb\0") +
             b"\7F\xb6\x0c" + control(37, "Pong")[:3] + b"\xff\0\7\xffPong" + bytes(9))
    c.module(b"Office\0")
    path = reader.save(capture)
    keywords = reader.values(path, "frame.number", "trade.keyword", options=(
        *passes, "-Y", "trade.keyword"))
    assert keywords == [("8", "Pin")]


def test_a_new_interval_takes_back_what_was_missing(reader):
    """Where a side pings more rarely, its first Pings seem to be missing until that shows."""
    capture = Capture("10:00:00.000000")
    c = Conversation(capture, 20001).handshake()
    at = capture.now
    for interval in 6 * [30] + 8 * [100]:
        c.module(ping(TRADER), at=at).multiplexer(pong(MULTIPLEXER)).ack("module")
        for later in range(5, interval - 2, 10):
            c.ack("multiplexer", at=at + later * 1_000_000)
        at += interval * 1_000_000
    path = reader.save(capture)
    missing = [reader.values(path, "frame.number", options=(*passes, "-Y", "trade.ping.missing"))
               for passes in ((), ("-2",))]
    assert len(missing[0]) == 3 and missing[1] == []


def cut_in_two(frame):
    """Returns an IPv4 packet's frame as its first fragment: the header says so, and the rest is
    not there."""
    total, = struct.unpack_from(">H", frame, 16)
    length = 20 + (total - 20) // 16 * 8
    return frame[:16] + struct.pack(">H", length) + frame[18:20] + b"\x20\x00" + frame[22:14 + length]


@PASSES
def test_a_fragment_on_its_own(tshark, passes):
    """IP gives the first of them to TCP, which then knows no length, nor the next number."""
    capture = Capture()
    c = Conversation(capture, 20001).handshake()
    c.module(ping(TRADER)).multiplexer(pong(MULTIPLEXER))
    c.module(ping(TRADER) + data(TRADER, 2643, filler(200)))
    c.multiplexer(pong(MULTIPLEXER))
    c.module(ping(TRADER)).multiplexer(pong(MULTIPLEXER))
    time, frame, *_ = capture.frames[5]
    part = cut_in_two(frame)
    capture.frames[5] = (time, part, len(part), None)
    path = tshark.save(capture)
    rows = tshark.values(path, "frame.number", "trade.keyword", "trade.gap_bytes", options=(
        *passes, "-o", "ip.defragment:FALSE", "-o", "ip.check_checksum:FALSE", "-Y", "trade"))
    assert rows == [("4", "Ping", ""), ("5", "Pong", ""), ("6", "Ping", ""), ("7", "Pong", ""),
                    ("8", "Ping", "123"), ("9", "Pong", "")]
