#!/usr/bin/python3
# make_others.py
# Makes captures of other protocols, whose dissectors Wireshark brings, to compare with:
# make_others.py PROTOCOL PDUS FILE
#
# Each has thirty PDUs a segment, as make_bench.py's dense, in both directions of twenty
# connections to port 2107, where "-d tcp.port==2107,PROTOCOL" has them dissected. They are
# PDUs that the protocol is mostly about: keepalives and what carries its data.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import json
import random
import struct

import make_bench
from make_bench import MODULE as CLIENT, MUX as SERVER

STREAMS, PDUS_A_SEGMENT = 20, 30


class Talk:
    """A connection of a protocol: what each side sends first, and then."""

    first = ()  # of (who, bytes)

    def __init__(self, rng):
        self.rng, self.number = rng, 0

    def count(self):
        self.number += 1
        return self.number

    def client(self):
        """Returns the next PDU of the client."""
        return self.either()

    def server(self):
        return self.either()


class Bgp(Talk):
    """Updates and keepalives."""

    def either(self):
        if self.count() % 2:
            return b"\xff" * 16 + struct.pack(">HB", 19, 4)
        nets = b"".join(b"\x18" + self.rng.randbytes(3) for _ in range(3))
        attributes = (b"\x40\x01\x01\x00" b"\x40\x02\x06\x02\x02\xfd\xe8\xfd\xe9"
                      b"\x40\x03\x04\x0a\x00\x00\x01")
        body = struct.pack(">HH", 0, len(attributes)) + attributes + nets
        return b"\xff" * 16 + struct.pack(">HB", 19 + len(body), 2) + body


class Soupbintcp(Talk):
    """Data and heartbeats."""

    def pdu(self, data, heartbeat):
        body = heartbeat if self.count() % 2 else data + self.rng.randbytes(24)
        return struct.pack(">H", len(body)) + body

    def client(self):
        return self.pdu(b"U", b"R")

    def server(self):
        return self.pdu(b"S", b"H")


class Amqp(Talk):
    """AMQP 0-9-1: messages, of three frames each, and heartbeats."""

    first = ((CLIENT, b"AMQP\0\0\x09\x01"),)

    @staticmethod
    def pdu(kind, channel, body):
        return struct.pack(">BHI", kind, channel, len(body)) + body + b"\xce"

    def message(self, method):
        step = self.count() % 4
        if step == 1:
            return self.pdu(1, 1, method)
        if step == 2:
            return self.pdu(2, 1, struct.pack(">HHQH", 60, 0, 24, 0x8000) + b"\x0atext/plain")
        if step == 3:
            return self.pdu(3, 1, self.rng.randbytes(24))
        return self.pdu(8, 0, b"")

    def client(self):
        return self.message(struct.pack(">HHH", 60, 40, 0) + b"\x06orders" b"\x05trade" b"\0")

    def server(self):
        return self.message(struct.pack(">HH", 60, 60) + b"\x01c" + struct.pack(">Q", self.number) +
                            b"\0" b"\x06orders" b"\x05trade")


class Pgsql(Talk):
    """Queries and their rows."""

    @staticmethod
    def pdu(kind, body):
        return kind + struct.pack(">I", 4 + len(body)) + body

    def client(self):
        return self.pdu(b"Q", b"SELECT id FROM orders WHERE id=%d\0" % self.count())

    def server(self):
        step = self.count() % 4
        if step == 1:
            return self.pdu(b"T", struct.pack(">H", 1) + b"id\0" + struct.pack(">IHIHIH", 1, 1, 23, 4, 0, 0))
        if step == 2:
            return self.pdu(b"D", struct.pack(">HI", 1, 4) + b"%04d" % (self.number % 10000))
        return self.pdu(b"C", b"SELECT 1\0") if step == 3 else self.pdu(b"Z", b"I")


class Mqtt(Talk):
    """MQTT 3.1.1: messages and keepalives."""

    first = ((CLIENT, b"\x10\x0d\0\x04MQTT\x04\x02\0\x3c\0\x01c"), (SERVER, b"\x20\x02\0\0"))

    def pdu(self, keepalive):
        body = b"\0\x0corders/trade" + self.rng.randbytes(24)
        return keepalive if self.count() % 2 else bytes([0x30, len(body)]) + body

    def client(self):
        return self.pdu(b"\xc0\0")

    def server(self):
        return self.pdu(b"\xd0\0")


class Kafka(Talk):
    """Heartbeats of a group's member, and their answers."""

    def __init__(self, rng):
        super().__init__(rng)
        self.answered = 0

    def client(self):
        body = struct.pack(">HHI", 12, 0, self.count()) + b"\0\x01c" b"\0\x05group\0\0\0\x01\0\x06member"
        return struct.pack(">I", len(body)) + body

    def server(self):
        self.answered += 1
        return struct.pack(">IIH", 6, self.answered, 0)


class Fix(Talk):
    """FIX 4.2: orders and heartbeats."""

    def either(self):
        fields = [b"35=0" if self.count() % 2 else b"35=D", b"49=CLIENT", b"56=BROKER",
                  b"34=%d" % self.number, b"52=20140605-09:10:00"]
        if not self.number % 2:
            fields += [b"11=%d" % self.number, b"21=1", b"55=ASML", b"54=1", b"38=100", b"40=2",
                       b"44=%d" % self.rng.randrange(100), b"60=20140605-09:10:00"]
        body = b"".join(field + b"\1" for field in fields)
        message = b"8=FIX.4.2\1" b"9=%d\1" % len(body) + body
        return message + b"10=%03d\1" % (sum(message) % 256)


# The dissector's name in lower case, and a filter that finds some of the PDUs, in each frame.
PROTOCOLS = {"bgp": (Bgp, "bgp.type == 4"), "soupbintcp": (Soupbintcp, "soupbintcp.packet_type in {'R', 'H'}"),
             "amqp": (Amqp, "amqp.type == 8"), "pgsql": (Pgsql, 'pgsql.type in {"Simple query", "Ready for query"}'),
             "mqtt": (Mqtt, "mqtt.msgtype in {12, 13}"), "kafka": (Kafka, "kafka.api_key == 12"),
             "fix": (Fix, 'fix.MsgType == "0"')}


def make(protocol, pdus, path, seed=1):
    """Writes a capture; returns how much is in it."""
    rng, talk = random.Random(seed), PROTOCOLS[protocol][0]
    capture = make_bench.Capture(path)
    talks = []
    for _ in range(STREAMS):
        talks.append((make_bench.Connection(capture, 1, b""), talk(rng), talk(rng)))
        for who, sent in talk.first:
            talks[-1][0].frame(who, sent)
            capture.pdus += 1
    turn = 0
    while capture.pdus < pdus:
        connection, client, server = talks[turn % STREAMS]
        turn += 1
        connection.frame(CLIENT, b"".join(client.client() for _ in range(PDUS_A_SEGMENT)))
        connection.frame(SERVER, b"".join(server.server() for _ in range(PDUS_A_SEGMENT)))
        capture.pdus += 2 * PDUS_A_SEGMENT
    capture.close()
    return {"pdus": capture.pdus, "frames": capture.frames, "streams": capture.streams}


def main():
    parser = argparse.ArgumentParser(description="Makes a capture of another protocol.")
    parser.add_argument("protocol", choices=PROTOCOLS)
    parser.add_argument("pdus", type=float)
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    print(json.dumps(make(args.protocol, int(args.pdus), args.file, args.seed)))


if __name__ == "__main__":
    main()
