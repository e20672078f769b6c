#!/usr/bin/python3
# make_hostile.py
# Writes large captures that nobody's Multiplexer would send: to measure what the
# plugin keeps, how long it takes, and what the heuristic takes for TRADE.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import random
import struct

PORT, CONTROL = 2107, 0xFFFF
MODULE, MULTIPLEXER, TRADESITE, TRADER = 37, 1, 7, 12
SYN, ACK = 0x02, 0x10
# So many PDUs share a segment.
TOGETHER = 10


def control(sender, keyword, body=b""):
    rest = keyword + b"\0" + body
    return struct.pack(">BHH", sender, len(rest) + 5, CONTROL) + rest


def clock(n):
    return b"\x07" + (3579412204000000 + n).to_bytes(7, "little")


class Writer:
    """A pcap file with raw IPv4 packets, a millisecond apart."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.file.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        self.count, self.sent = 0, {}

    def segment(self, connection, payload=b"", reply=False, flags=ACK, port=PORT):
        """Writes the next segment of a connection, known by a number."""
        flow = (connection, reply)
        seq = self.sent.get(flow, 1000)
        self.sent[flow] = seq + len(payload) + (flags & SYN != 0)
        module = 0x0A000000 + connection // 50000
        ports = (10000 + connection % 50000, port)
        ends = (module, 0xC0A80001)
        if reply:
            ports, ends = ports[::-1], ends[::-1]
        total = 40 + len(payload)
        packet = struct.pack(">BBHHHBBHII", 0x45, 0, total, 1, 0, 64, 6, 0, *ends)
        packet += struct.pack(">HHIIBBHHH", *ports, seq & 0xFFFFFFFF,
                              self.sent.get((connection, not reply), 1000) & 0xFFFFFFFF,
                              0x50, flags, 8192, 0, 0)
        self.file.write(struct.pack("<IIII", 1401952204 + self.count // 1000,
                                    self.count % 1000 * 1000, total, total) + packet + payload)
        self.count += 1

    def pdus(self, pdus, connection=0, reply=False):
        """Writes PDUs of one connection, several a segment."""
        together = []
        for pdu in pdus:
            together.append(pdu)
            if len(together) == TOGETHER:
                self.segment(connection, b"".join(together), reply)
                together = []
        if together:
            self.segment(connection, b"".join(together), reply)


def write_syns(out, count):
    """Connections that are only asked for."""
    for n in range(count):
        out.segment(n, flags=SYN)


def write_connections(out, count):
    """Connections with one Ping each."""
    for n in range(count):
        out.segment(n, control(MODULE, b"Ping"))


def write_greetings(out, count):
    """Connections whose modules have names that none had before."""
    for n in range(count):
        name = b"module%d" % n
        out.segment(n, flags=SYN)
        out.segment(n, bytes([n % 200 + 50, len(name)]) + name + b"\0")


def write_pings(out, count):
    """Pings that nobody answers."""
    out.pdus(control(MODULE, b"Ping") for _ in range(count))


def write_clocks(out, count):
    """Pings with clocks, then Pongs with none or with clocks of no Ping."""
    out.pdus((control(MULTIPLEXER, b"Ping", clock(n)) for n in range(count // 3)), reply=True)
    out.pdus(control(MODULE, b"Pong") for n in range(count // 3))
    out.pdus(control(MODULE, b"Pong", clock(-n)) for n in range(count // 3))


def write_roundtrips(out, count):
    """Roundtrips that nobody sends back."""
    out.pdus((control(MULTIPLEXER, b"Roundtrip", clock(n)) for n in range(count)), reply=True)


def write_clients(out, count):
    """New Connections, of all connection ids over and over."""
    out.pdus((control(MULTIPLEXER, b"New Connection", struct.pack(">H", n % 65535) + b"194.134.005.011\0")
              for n in range(count)), reply=True)


def write_client(out, count):
    """New Connections of one connection id."""
    out.pdus((control(MULTIPLEXER, b"New Connection", b"\x0a\x55" + b"194.134.005.011\0")
              for n in range(count)), reply=True)


def write_logins(out, count):
    """Logins of users that none were before, to modules that none were."""
    out.pdus(control(TRADESITE, b"Login", b"module%d\0" % n + struct.pack(">H", n % 65535) +
                     b"user%d\000194.134.005.011\0Read\0\0" % n) for n in range(count))


def write_data(out, count):
    """Data PDUs of all connection ids over and over."""
    out.pdus(struct.pack(">BHH", TRADER, 10, n % 65535) + b"12345" for n in range(count))


def write_holes(out, count):
    """A hole before each second segment."""
    for n in range(count):
        out.segment(0, control(MODULE, b"Ping"))
        if n % 2:
            out.sent[0, False] += 100


def write_nonsense(out, count):
    """Bytes that are no PDU on TRADE's port, in the middle of connections: of 100 segments
    each, for TCP's own list of what is not acknowledged takes quadratic time."""
    rng = random.Random(2107)
    for n in range(count):
        out.segment(n // 100, rng.randbytes(rng.randrange(1, 300)))


def write_random(out, count):
    """Random bytes on other ports; each second segment begins as a control PDU does."""
    rng = random.Random(2107)
    for n in range(count):
        payload = rng.randbytes(rng.choice((1, 4, 12, 40, 100, 300)))
        if n % 2:
            payload = struct.pack(">BHH", rng.randrange(256), len(payload) + 5, CONTROL) + payload
        out.segment(rng.randrange(1 + count // 100), payload, rng.random() < 0.5, port=9999)


def write_fodder(out, count):
    """Segments behind a hole in which a PDU may begin at each second byte, and none does."""
    out.segment(0, control(MODULE, b"Ping"))
    out.sent[0, False] += 100
    for _ in range(count):
        out.segment(0, b"\x06\x00" * 729 + b"\x06")


def write_far(out, count):
    """Segments behind a hole in which lengths from each byte jump over a known keyword."""
    out.segment(0, control(MODULE, b"Ping"))
    out.sent[0, False] += 100
    middle = 600 * b"\x06\x01" + control(MODULE, b"Ping") * 20
    for _ in range(count):
        out.segment(0, middle + b"\x06\x00" * 30)


def write_bad_keywords(out, count):
    """A hole, then control PDUs whose keywords are bad, which fill their segments."""
    out.segment(0, control(MODULE, b"Ping"))
    out.sent[0, False] += 100
    for _ in range(count):
        out.segment(0, control(MODULE, b"Ping") + 7 * (struct.pack(">BHHH", MODULE, 200, CONTROL, 1) + bytes(193)))


def write_doubted(out, count):
    """A hole, then segments full of data PDUs."""
    out.segment(0, control(TRADER, b"Ping"))
    out.sent[0, False] += 100
    for _ in range(count):
        out.segment(0, (struct.pack(">BHH", TRADER, 205, 2405) + bytes(200)) * 7)


def write_names(out, count):
    """A thousand names of one id, then segments of data PDUs of an id without one."""
    for n in range(1024):
        name = b"module%d" % n
        out.segment(n, flags=SYN)
        out.segment(n, bytes([200, len(name)]) + name + b"\0")
    for n in range(count):
        out.segment(0, (struct.pack(">BHH", 201, 205, 2405) + bytes(200)) * 7)


def write_notes(out, count):
    """Segments of bytes that are no PDU, with sequence numbers that grow by a fixed step."""
    for n in range(count):
        out.sent[0, False] = 1000 + (n * 0x9E3779B1 & 0xFFFFFFFF)
        out.segment(0, b"\xfe" * 20)


def write_starts(out, count):
    """Connections that start with a data PDU which goes on and on, in small segments."""
    for n in range(count):
        if n % 100 == 0:
            out.segment(n // 100, flags=SYN)
            out.segment(n // 100, struct.pack(">BHHH", TRADER, 60000, 2405, 1))
        out.segment(n // 100, b"\x06\x00" * 20)


KINDS = {name[6:]: value for name, value in list(globals().items()) if name.startswith("write_")}


def main():
    parser = argparse.ArgumentParser(
        description="Writes a large capture that nobody's Multiplexer would send.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="kinds:\n" + "\n".join(f"  {name}: {write.__doc__}" for name, write in KINDS.items()))
    parser.add_argument("kind", choices=KINDS, metavar="KIND")
    parser.add_argument("count", type=int, metavar="COUNT", help="how many of the kind")
    parser.add_argument("file", metavar="FILE")
    args = parser.parse_args()
    KINDS[args.kind](Writer(args.file), args.count)


if __name__ == "__main__":
    main()
