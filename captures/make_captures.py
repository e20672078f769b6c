#!/usr/bin/python3
# make_captures.py
# Writes the captures beside it: see README.md for what each shows. The same
# bytes each run; a test compares.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import pathlib
import struct

from incident import incident
from incident_logs import write_logs
from trade_pdus import (
    BACKOFFICE, CARPENTER, CONTROL, DOCUMENTSYSTEM, MARKETCONFIGURATION, MULTIPLEXER, SETTLEMENT,
    TRADER, TRADESITE, Capture, Conversation, clock_at, close_connection, control, counted, counts,
    data, filler, greeting, login, new_connection, pdu, ping, pong, roundtrip, roundtrip_for_module,
    status, text, wall_time)
from two_points import lost

# ---- The talk's own frames ----

TALK_FRAMES = (
    ("09:10:04.360322", "0200000000020200000000010800450000322c8e40007f06048e0a000001c0a80001"
     "049d083bdd425c5421664f0f501801ff467600000b000affff50696e6700", 1),
    ("09:10:04.360410", "0200000000020200000000010800450000322c8f40007f06048d0a000001c0a80001"
     "04a0083b7cfba498968de061501801fb560000000d000affff50696e6700", 2),
    ("09:10:04.609921", "0200000000020200000000010800450000322c9240007f06048a0a000001c0a80001"
     "0499083b05a843070c679b7a501801fee5f6000025000affff50696e6700", 8),
    ("09:35:32.281271", "0200000000020200000000010800450000356f7640007f06c1a20a000001c0a80001"
     "0651083babda5477337e2d5050180200a95d00000b0a4261636b4f666669636500", 32790),
)


def talk():
    capture = Capture()
    for time, frame, number in TALK_FRAMES:
        capture.add(wall_time(time), bytes.fromhex(frame), comment=f"Frame {number} of the talk")
    return capture


# ---- Keepalive ----

# In the talk's frames 21168 to 21170: microseconds from Ping to Pong, and to the report.
PONG_AFTER, REPORT_AFTER = 672, 672 + 1499


def keepalive():
    """Three rounds of 30 s on two connections; Tradesite is told what was measured."""
    capture = Capture("09:28:57.000000")
    trader = Conversation(capture, 1195).handshake()
    tradesite = Conversation(capture, 1170).handshake()
    trader.module(greeting(TRADER, "Trader"))
    tradesite.module(greeting(TRADESITE, "Tradesite"))
    for n, rtt in enumerate((188409, 2750, 1204)):
        start = wall_time("09:28:58.000000") + n * 30_000_000
        measured = start + 1_000_000
        clock = clock_at(measured - rtt + PONG_AFTER)
        trader.module(ping(TRADER), at=start)
        trader.multiplexer(pong(MULTIPLEXER), at=start + 210)
        trader.multiplexer(ping(MULTIPLEXER, clock), at=measured)
        trader.module(pong(TRADER, clock), at=measured + PONG_AFTER)
        tradesite.multiplexer(roundtrip_for_module("Trader", rtt), at=measured + REPORT_AFTER)
        clock = clock_at(start + 2_000_000)
        trader.multiplexer(roundtrip(MULTIPLEXER, clock), at=start + 2_000_000)
        trader.module(roundtrip(TRADER, clock), at=start + 2_000_400)
        trader.ack("multiplexer", at=start + 2_200_000)
        start += 10_000_000
        clock = clock_at(start + 1_000_000)
        tradesite.module(ping(TRADESITE), at=start)
        tradesite.multiplexer(pong(MULTIPLEXER), at=start + 180)
        tradesite.multiplexer(ping(MULTIPLEXER, clock), at=start + 1_000_000)
        tradesite.module(pong(TRADESITE, clock), at=start + 1_000_310)
        tradesite.ack("multiplexer", at=start + 1_200_000)
    return capture


# ---- Several PDUs in a segment, and PDUs in several segments ----

# The first five are the talk's frame 57, byte for byte; of the sixth it shows the length.
FRAME_57 = (
    bytes.fromhex(
        "01002fffff526f756e647472697020666f72204d6f64756c650046696e616e6369616c4d6f64756c650004acd40a00"
        "01002affff526f756e647472697020666f72204d6f64756c65004261636b4f6666696365000484fd0700"
        "010032ffff526f756e647472697020666f72204d6f64756c65005472616465736974655363726970"
        "74696e670004cbc40700"
        "01002effff526f756e647472697020666f72204d6f64756c6500446f63756d656e7453797374656d000435930b00"
        "01002affff526f756e647472697020666f72204d6f64756c6500536574746c656d656e74000445210b00")
    + roundtrip_for_module("Zep", 640112)
    + roundtrip_for_module("TranquilizerUpdate", 598020)
    + roundtrip_for_module("Zap", 702455)
    + roundtrip_for_module("Trader", 188409)
    + roundtrip_for_module("Razzamatazz", 655360)
    + roundtrip_for_module("Scripting", 16383, size=3))


def multi_pdu():
    capture = Capture("09:10:05.000000")
    tradesite = Conversation(capture, 1170)
    tradesite.multiplexer(FRAME_57, at=wall_time("09:10:05.187978"))
    # The talk's frame 1249 has 5 PDUs in 660 bytes, and is not shown further.
    logins = b"".join(login(TRADESITE, 2645, "XXXXXX0011", "194.134.005.011", module)
                      for module in ("Settlement", "Trader", "DocumentSystem", "Zap"))
    tradesite.module(logins + data(TRADESITE, 2645, filler(655 - len(logins))),
                     at=wall_time("09:14:08.063517"))
    tradesite.multiplexer(new_connection(2646, "194.134.005.012") + counts(14, 74)
                          + ping(MULTIPLEXER) + close_connection(2641))
    return capture


def spanning():
    capture = Capture("09:10:05.050000")
    trader = Conversation(capture, 1195).handshake()
    trader.multiplexer(data(TRADER, 2405, filler(2377)), mss=1380)
    trader.ack("module")
    trader.module(data(TRADER, 2643, filler(65530, 5)), mss=1380)
    trader.module(ping(TRADER))
    # One PDU ends and the next begins inside a segment.
    stream = data(TRADER, 2405, filler(1500, 9)) + data(TRADER, 2406, filler(900, 11)) + ping(TRADER)
    trader.module(stream, mss=1380)
    return capture


# ---- Clients' sessions ----


def sessions():
    """Clients come and go; Tradesite and BackOffice have a connection each."""
    capture = Capture("09:12:00.000000")
    tradesite = Conversation(capture, 1170).handshake()
    backoffice = Conversation(capture, 1181).handshake()
    carpenter = Conversation(capture, 1176).handshake()
    tradesite.module(greeting(TRADESITE, "Tradesite"))
    backoffice.module(greeting(BACKOFFICE, "BackOffice"))
    carpenter.module(greeting(CARPENTER, "CarpenterUpdate"))
    carpenter.module(status(CARPENTER, "Running"))
    tradesite.multiplexer(counts(14, 71))
    for conn_id, user, ip in ((2645, "XXXXXX0011", "194.134.005.011"),
                              (2646, "XXXXXX0012", "194.134.017.002")):
        tradesite.multiplexer(new_connection(conn_id, ip))
        tradesite.multiplexer(data(TRADESITE, conn_id, b"\x01" + filler(40, conn_id)))
        tradesite.module(data(TRADESITE, conn_id, b"\x02" + filler(25, conn_id)))
        tradesite.module(login(TRADESITE, conn_id, user, ip, "BackOffice"))
        backoffice.multiplexer(login(MULTIPLEXER, conn_id, user, ip))
        tradesite.multiplexer(counts(14, 72 + conn_id - 2645))
        backoffice.multiplexer(data(BACKOFFICE, conn_id, b"\x03" + filler(60, conn_id)))
        backoffice.module(data(BACKOFFICE, conn_id, b"\x04" + filler(300, conn_id)))
    for conn_id in (2646, 2645):
        backoffice.multiplexer(close_connection(conn_id))
        tradesite.multiplexer(close_connection(conn_id))
    tradesite.multiplexer(counts(14, 71))
    for conversation in (carpenter, backoffice, tradesite):
        conversation.fin("module").fin("multiplexer").ack("module")
    return capture


# ---- Greetings ----


def greetings():
    capture = Capture("09:35:32.000000")
    alone = Conversation(capture, 1617).handshake()
    alone.module(greeting(BACKOFFICE, "BackOffice")).module(ping(BACKOFFICE))
    split = Conversation(capture, 1618).handshake()
    split.module(greeting(MARKETCONFIGURATION, "MarketConfiguration"), mss=(1, 1, 9))
    split.module(ping(MARKETCONFIGURATION))
    Conversation(capture, 1619).handshake().module(
        greeting(SETTLEMENT, "Settlement") + ping(SETTLEMENT) + status(SETTLEMENT, "Running"))
    # An id that no list has: unknown until its greeting, which holds for all
    # connections to the same Multiplexer.
    early = Conversation(capture, 1620).handshake().multiplexer(data(200, 2405, b"early"))
    elsewhere = Conversation(capture, 1621, multiplexer="192.168.0.2").handshake()
    teaches = Conversation(capture, 1622).handshake()
    teaches.module(greeting(200, "JackhammerUpdate")).module(ping(200))
    early.multiplexer(data(200, 2405, b"late"))
    elsewhere.module(ping(200))
    # Nothing names this one.
    Conversation(capture, 1623).handshake().module(ping(201))
    # No handshake was captured.
    no_handshake = Conversation(capture, 1624)
    no_handshake.module(greeting(202, "TradesiteZep")).module(ping(202))
    # The greeting's end shares a segment with a Ping.
    ending = greeting(203, "TradesiteScripting") + ping(203)
    Conversation(capture, 1625).handshake().module(ending, mss=(12, 100))
    return capture


# ---- Faults ----


def _two(value):
    return struct.pack(">H", value)


CLOCK = 3579412204816491  # frame 22 of the talk
IP = "194.134.005.011"

# Each: name, what is wrong, the bytes. The first byte of the PDU tells who sends it.
FAULTS = (
    *((f"length {n}", f"The length is {n}, less than the header's",
       pdu(DOCUMENTSYSTEM, CONTROL, b"Ping\0", length=n)) for n in range(5)),
    ("no keyword", "A control PDU ends with its header", pdu(DOCUMENTSYSTEM, CONTROL)),
    ("empty keyword", "The keyword is empty", control(DOCUMENTSYSTEM, "", b"\x01")),
    ("unterminated keyword", "No 00 ends the keyword", pdu(DOCUMENTSYSTEM, CONTROL, b"Ping")),
    ("unknown keyword", "No such keyword", control(DOCUMENTSYSTEM, "Frobnicate", b"\x01\x02")),
    ("unknown keyword, no body", "No such keyword", control(DOCUMENTSYSTEM, "Frobnicate")),
    ("clock of 0", "A clock of no bytes", control(DOCUMENTSYSTEM, "Ping", b"\0")),
    ("clock of 8", "A clock of 8 bytes: odd, but readable",
     control(DOCUMENTSYSTEM, "Ping", counted(CLOCK, 8))),
    ("clock of 9", "A clock of 9 bytes", control(DOCUMENTSYSTEM, "Ping", counted(CLOCK, 9))),
    ("clock cut", "The PDU ends inside the clock",
     control(DOCUMENTSYSTEM, "Roundtrip", counted(CLOCK, 7)[:4])),
    ("no clock", "The PDU ends before the clock", control(DOCUMENTSYSTEM, "Roundtrip")),
    ("time of 0", "A time of no bytes",
     control(MULTIPLEXER, "Roundtrip for Module", text("Trader") + b"\0")),
    ("module unterminated", "No 00 ends the module's name",
     control(MULTIPLEXER, "Roundtrip for Module", b"Trader")),
    ("body short", "The PDU ends before the clients' number",
     control(MULTIPLEXER, "ModuleAndClientCount", _two(14))),
    ("id cut in half", "The PDU ends inside the connection id",
     control(MULTIPLEXER, "Close Connection", b"\x0a")),
    ("trailing", "Two bytes follow the last field",
     control(MULTIPLEXER, "Close Connection", _two(2645) + b"\xaa\xbb")),
    ("bad address", "256 is no part of an IPv4 address", new_connection(2645, "194.134.005.256")),
    ("no address", "Text where an address should be", new_connection(2645, "localhost")),
    ("address unterminated", "No 00 ends the client's address",
     control(MULTIPLEXER, "New Connection", _two(2645) + IP.encode())),
    ("empty user", "The user's name is empty", login(MULTIPLEXER, 2645, "", IP, end=b"")),
    ("empty address", "The client's address is empty", new_connection(2645, "")),
    ("empty status", "The status is empty", status(CARPENTER, "")),
    ("no access", "A Login without the word at its end",
     control(MULTIPLEXER, "Login", _two(2645) + text("XXXXXX0011") + text(IP))),
    ("non-ASCII", "UTF-8 and a bell in a text", status(CARPENTER, b"L\xc3\xa4uft\x07")),
    ("long text", "A text of 300 bytes", status(CARPENTER, "x" * 300)),
    ("unknown sender", "No name is known for this id", ping(201)),
    ("no payload", "A data PDU that ends with its header", pdu(DOCUMENTSYSTEM, 2405)),
)


def faults():
    """One connection for each fault: a good Ping, the fault, a good Ping."""
    capture = Capture("10:00:00.000000")
    for n, (_, comment, wrong) in enumerate(FAULTS):
        who = "multiplexer" if wrong[0] == MULTIPLEXER else "module"
        good = ping(wrong[0] if wrong[0] != 201 else DOCUMENTSYSTEM)
        conversation = Conversation(capture, 3000 + n).handshake()
        conversation.send(who, good)
        conversation.send(who, wrong, comment=comment)
        conversation.send(who, good)
    return capture


def gaps():
    """What captures lack: a segment, another that comes late, and the end of a frame."""
    capture = Capture("10:00:00.000000")
    conversation = Conversation(capture, 3100).handshake()
    conversation.module(greeting(TRADER, "Trader")).module(ping(TRADER))
    conversation.segment("module", data(TRADER, 2645, filler(400)), lost=True)
    conversation.module(ping(TRADER), comment="The segment before this one was not captured")
    conversation.module(data(TRADER, 2645, filler(900)), snap=40,
                        comment="Only 94 bytes of this frame were captured")
    conversation.module(ping(TRADER))
    return capture


CAPTURES = {
    "talk": talk,
    "keepalive": keepalive,
    "multi-pdu": multi_pdu,
    "spanning": spanning,
    "sessions": sessions,
    "greetings": greetings,
    "faults": faults,
    "gaps": gaps,
    "incident": incident,
    "lost-at-module": lambda: lost()[0],
    "lost-at-multiplexer": lambda: lost()[1],
}


def write_captures(directory):
    for name, make in CAPTURES.items():
        make().write(pathlib.Path(directory) / f"{name}.pcapng")


def main():
    parser = argparse.ArgumentParser(description="Writes the captures and logs of this directory.")
    parser.add_argument("directory", nargs="?", type=pathlib.Path, metavar="DIRECTORY",
                        default=pathlib.Path(__file__).parent,
                        help="where to write them (default: here); must exist")
    args = parser.parse_args()
    if not args.directory.is_dir():
        parser.error(f"{args.directory} is no directory")
    write_captures(args.directory)
    write_logs(args.directory)


if __name__ == "__main__":
    main()
