# test_heuristic.py
# Is TRADE on another port recognised, from its first control PDU on, and is nothing
# else ever taken for it?
#
# tools/hostile.sh does the same over far more of what is not TRADE.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import random

import pytest

from trade_pdus import (
    BACKOFFICE, CONTROL, DOCUMENTSYSTEM, MULTIPLEXER, TRADER, Capture, Conversation, clock_at,
    control, data, filler, greeting, pdu, ping, pong, status)

PORT = 9999
PASSES = pytest.mark.parametrize("passes", ((), ("-2",)), ids=("one pass", "two passes"))


# ---- What is taken ----


@pytest.fixture(scope="module")
def middle(tshark):
    """A connection seen from its middle: data, then a control PDU, then data in both directions."""
    capture = Capture()
    conversation = Conversation(capture, 1170, port=PORT)
    conversation.module(data(TRADER, 2405, filler(50)))
    conversation.multiplexer(data(TRADER, 2405, filler(60)))
    conversation.module(ping(TRADER))
    conversation.module(data(TRADER, 2405, filler(70)))
    conversation.multiplexer(data(TRADER, 2643, filler(80)))
    conversation.module(data(TRADER, 2405, filler(3000)), mss=1400)
    conversation.multiplexer(pong(MULTIPLEXER))
    return tshark.save(capture)


@PASSES
def test_a_control_pdu_makes_its_connection_trade_from_there_on(reader, middle, passes):
    infos = reader.infos(middle, *passes)
    assert [infos.get(number) for number in (1, 2, 3, 4, 5, 8, 9)] == [
        None, None, "Trader -> Control, Ping, len=10", "Trader -> 2405, len=75",
        "Trader -> 2643, len=85", "Trader -> 2405, len=3005", "Multiplexer -> Control, Pong, len=10"]


@PASSES
def test_other_connections_to_the_port_are_judged_by_themselves(reader, passes):
    capture = Capture()
    Conversation(capture, 1170, port=PORT).module(ping(TRADER)).module(status(TRADER, "on"))
    Conversation(capture, 1171, port=PORT).module(b"GET / HTTP/1.0\r\n\r\n")
    assert sorted(reader.infos(reader.save(capture), *passes)) == [1, 2]


@pytest.mark.parametrize("first", (
    ping(DOCUMENTSYSTEM, clock_at(0)),
    control(MULTIPLEXER, "Close Connection", b"\x0a\x55"),
    ping(DOCUMENTSYSTEM) + status(DOCUMENTSYSTEM, "on"),
    status(DOCUMENTSYSTEM, "on")[:-1],
), ids=("clock", "two words", "several", "its end in the next segment"))
def test_what_is_recognised(reader, first):
    capture = Capture()
    Conversation(capture, 1170, port=PORT).handshake().module(first).module(b"\0")
    pdus = reader.pdus(reader.save(capture))
    assert pdus and pdus[0].title.startswith("Trade Control PDU") and not pdus[0].uncovered


def test_it_can_be_turned_off(tshark, middle):
    assert tshark.infos(middle, "--disable-heuristic", "trade_tcp") == {}


# ---- What is not ----

NEAR_MISSES = {
    "unknown keyword": control(DOCUMENTSYSTEM, "Frobnicate"),
    "keyword without its end": pdu(DOCUMENTSYSTEM, CONTROL, b"Ping"),
    "end of the keyword beyond the PDU": pdu(DOCUMENTSYSTEM, CONTROL, b"Ping") + b"\0",
    "part of a keyword": control(DOCUMENTSYSTEM, "Pin"),
    "more than a keyword": control(DOCUMENTSYSTEM, "Pings"),
    "other case": control(DOCUMENTSYSTEM, "PING"),
    "no keyword": control(DOCUMENTSYSTEM, ""),
    "header only": pdu(DOCUMENTSYSTEM, CONTROL),
    "data for a client": pdu(DOCUMENTSYSTEM, 0xFFFE, b"Ping\0"),
    "little endian length": b"\x25\x0a\x00\xff\xffPing\0",
    "length 0": pdu(DOCUMENTSYSTEM, CONTROL, b"Ping\0", length=0),
    "length without the header's": pdu(DOCUMENTSYSTEM, CONTROL, b"Ping\0", length=5),
    "not at the start": b"\0" + ping(DOCUMENTSYSTEM),
    "greeting": greeting(BACKOFFICE, "BackOffice"),
    "zeros": bytes(100),
    "ones": b"\xff" * 100,
}
OTHERS = {
    "HTTP": [b"GET /Ping HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nPing\0"],
    "TLS": [bytes.fromhex("16030100c6010000c20303") + filler(187), bytes.fromhex("160303004a02000046")],
    "SSH": [b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"],
    "SMTP": [b"220 mail ESMTP\r\n", b"EHLO x\r\n", b"250 Status\r\n"],
    "DNS": [bytes.fromhex("001d1234010000010000000000000377777703") + b"foo\3bar\0\0\1\0\1"],
    "MQTT": [bytes.fromhex("101000044d5154540402003c000450696e67")],
    "Redis": [b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n"],
    "BGP": [b"\xff" * 16 + bytes.fromhex("001304")],
    "LDAP": [bytes.fromhex("300c020101600702010304008000")],
    "Modbus": [bytes.fromhex("00010000000611030000000a")],
}


@pytest.fixture(scope="module")
def strangers(tshark):
    """Streams that are not TRADE, each on a port of its own; their names by stream."""
    capture, names = Capture(), []
    for name, segments in [*((name, [payload]) for name, payload in NEAR_MISSES.items()),
                           *OTHERS.items()]:
        conversation = Conversation(capture, port=PORT + len(names)).handshake()
        for payload in segments:
            conversation.module(payload)
            conversation.multiplexer(payload)
        names.append(name)
    return tshark.save(capture), names


@PASSES
def test_no_other_stream_is_taken(reader, strangers, passes):
    path, names = strangers
    streams = reader.values(path, "tcp.stream", options=("-Y", "trade", *passes))
    assert sorted({names[int(stream)] for stream, in streams}) == []


def test_on_trades_own_port_they_are_looked_at(tshark, strangers):
    """So the capture above could show it."""
    path, names = strangers
    options = ("-Y", "trade", "-d", f"tcp.port=={PORT}-{PORT + len(names) - 1},trade")
    streams = {int(stream) for stream, in tshark.values(path, "tcp.stream", options=options)}
    assert {"unknown keyword", "data for a client", "greeting"} <= {names[n] for n in streams}


def test_no_random_bytes_are_taken(reader):
    """Among them many that begin as a control PDU does."""
    rng, capture = random.Random(2107), Capture()
    conversations = [Conversation(capture, port=PORT + n) for n in range(100)]
    for n in range(2000):
        payload = rng.randbytes(rng.choice((1, 5, 7, 12, 60, 300)))
        if n % 2:
            payload = pdu(rng.randrange(256), CONTROL, payload)
        conversations[n % 100].module(payload)
    assert reader.infos(reader.save(capture)) == {}
