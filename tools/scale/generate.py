#!/usr/bin/python3
# generate.py DIR BYTES [SEED]
# Writes captures of a large installation: several Multiplexers, each with its
# modules and clients, cut into files by size as a capturing ring would. The same
# arguments give the same bytes.
#
# What it plays: greetings, Pings and Pongs both ways, reported roundtrips, clients'
# sessions with data in segments of one PDU, of several, and of parts of one; now and
# then a lost segment, or a module that does not answer. Checksums are left 0.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import heapq
import itertools
import pathlib
import random
import socket
import struct

START = 1401951600_000000  # microseconds since 1970
CLOCK_TO_UNIX = 2177452800_000000
INTERVAL = 30_000000
FILES = 8
# Two share an address, two a port's number only.
MULTIPLEXERS = [("192.168.0.1", 2107), ("192.168.0.2", 2107), ("192.168.0.3", 2107),
                ("192.168.7.9", 2107), ("192.168.0.1", 2108), ("172.16.3.4", 2107)]
MODULES = {7: "Tradesite", 8: "Settlement", 11: "BackOffice", 12: "Trader",
           13: "MarketConfiguration", 14: "MarginManagement", 37: "DocumentSystem", 93: "Zep"}
TRADESITE = 7
CLIENTS = 40           # at a time, of each Multiplexer
SESSION = 240_000000   # a session's average length
MSS = 1400
LOST = 0.0002          # of the segments, so many are not captured
MUTE = 0.002           # of the Pings, so many are not answered
NOISE = bytes(random.Random(0).randrange(256) for _ in range(8192))


def text(value):
    return value.encode("ascii") + b"\0"


def pdu(sender, receiver, payload):
    return struct.pack(">BHH", sender, 5 + len(payload), receiver) + payload


def control(sender, keyword, body=b""):
    return pdu(sender, 0xFFFF, text(keyword) + body)


def counted(value, size):
    return bytes([size]) + value.to_bytes(size, "little")


class Connection:
    """A module's connection; both directions' sequence numbers."""

    def __init__(self, site, module_id, ends):
        self.site, self.module_id, self.ends = site, module_id, ends
        self.seq = [site.random.randrange(2**32), site.random.randrange(2**32)]
        self.ident = [0, 0]
        self.time = 0

    def segment(self, time, who, payload=b"", flags=0x18):
        """Sends one segment; who: 0 the module, 1 the Multiplexer."""
        # One after the other, for what is captured out of order is another matter.
        self.time = time = max(time, self.time + 1)
        source, target = self.ends[who], self.ends[1 - who]
        header = struct.pack(">12xHBBHHHBBH4s4sHHIIBBHHH", 0x0800, 0x45, 0, 40 + len(payload),
                             self.ident[who], 0x4000, 64, 6, 0, source[0], target[0], source[1],
                             target[1], self.seq[who], self.seq[1 - who] if flags & 0x10 else 0,
                             0x50, flags, 511, 0, 0)
        self.ident[who] = (self.ident[who] + 1) & 0xFFFF
        self.seq[who] = (self.seq[who] + len(payload) + (flags & 3 and 1)) & 0xFFFFFFFF
        if not payload or self.site.random.random() >= LOST:
            self.site.out.append((time, header + payload))

    def send(self, time, who, payload):
        """Sends bytes in segments, and now and then an acknowledgement."""
        for start in range(0, len(payload), MSS):
            self.segment(time + start // 10, who, payload[start:start + MSS])
        if self.site.random.random() < 0.3:
            self.segment(time + len(payload) // 10 + 40, 1 - who, flags=0x10)


class Site:
    """One Multiplexer with what is connected to it: a source of frames in order."""

    def __init__(self, number, seed, rate):
        self.random = random.Random(f"{seed}/{number}")
        self.number, self.rate = number, rate
        self.out, self.events, self.order = [], [], itertools.count()
        self.sessions, self.next_id = {}, 2001
        addr, port = MULTIPLEXERS[number]
        for i, module_id in enumerate(MODULES):
            module = socket.inet_aton(f"10.0.{number}.{i + 1}")
            ends = ((module, 1024 + self.random.randrange(9999)), (socket.inet_aton(addr), port))
            self.at(START + self.random.randrange(10_000000), self.connect,
                    Connection(self, module_id, ends))
        self.connections = {}
        self.at(START + 12_000000, self.data)
        for _ in range(CLIENTS):
            self.at(START + 11_000000 + self.random.randrange(SESSION // 4), self.open)

    def at(self, time, what, *args):
        heapq.heappush(self.events, (time, next(self.order), what, args))

    def frames(self):
        """Yields (time, frame) without end, in order but for a few milliseconds."""
        while True:
            time, _, what, args = heapq.heappop(self.events)
            what(time, *args)
            # An event sends up to 20 ms ahead; what is older is complete.
            if len(self.out) > 4000:
                self.out.sort(key=lambda frame: frame[0])
                ready = sum(1 for frame in self.out if frame[0] < time)
                yield from self.out[:ready]
                del self.out[:ready]

    def connect(self, time, connection):
        name = MODULES[connection.module_id]
        connection.segment(time, 0, flags=0x02)
        connection.segment(time + 100, 1, flags=0x12)
        connection.segment(time + 200, 0, flags=0x10)
        connection.segment(time + 300, 0, bytes([connection.module_id, len(name)]) + text(name))
        self.connections[connection.module_id] = connection
        self.at(time + 1000, self.ping, connection)
        self.at(time + INTERVAL // 2, self.measure, connection)

    def ping(self, time, connection):
        connection.send(time, 0, control(connection.module_id, "Ping"))
        if self.random.random() >= MUTE:
            self.at(time + 150 + self.random.randrange(400), self.pong, connection)
        self.at(time + INTERVAL + self.random.randrange(-2000, 2000), self.ping, connection)

    def pong(self, time, connection):
        connection.send(time, 1, control(1, "Pong"))

    def measure(self, time, connection):
        """The Multiplexer's Ping, which waited some time before it was sent."""
        waited = int(self.random.expovariate(1 / 3000))
        clock = counted(time - waited + CLOCK_TO_UNIX, 7)
        connection.send(time, 1, control(1, "Ping", clock))
        if self.random.random() >= MUTE:
            took = 200 + int(self.random.expovariate(1 / 500))
            self.at(time + took, self.answer, connection, clock, took + waited)
        self.at(time + INTERVAL + self.random.randrange(-2000, 2000), self.measure, connection)

    def answer(self, time, connection, clock, took):
        connection.send(time, 0, control(connection.module_id, "Pong", clock))
        self.at(time + 1500, self.report, MODULES[connection.module_id], took)

    def report(self, time, name, took):
        self.connections[TRADESITE].send(
            time, 1, control(1, "Roundtrip for Module", text(name) + counted(took, 4)))

    def open(self, time):
        conn_id, self.next_id = self.next_id, self.next_id + 1
        if self.next_id == 65000:
            self.next_id = 2001
        module_id = self.random.choice([m for m in MODULES if m != TRADESITE])
        ip = text(".".join("%03d" % self.random.randrange(1, 255) for _ in range(4)))
        user = text(f"USER{self.number}{self.random.randrange(500):04d}")
        ident = struct.pack(">H", conn_id)
        tradesite, module = self.connections[TRADESITE], self.connections[module_id]
        tradesite.send(time, 1, control(1, "New Connection", ident + ip))
        rest = ident + user + ip + text("Read") + b"\0"
        tradesite.send(time + 900, 0, control(TRADESITE, "Login", text(MODULES[module_id]) + rest))
        module.send(time + 1900, 1, control(1, "Login", rest))
        self.at(time + 3000, self.opened, conn_id, module)
        self.at(time + 10_000 + int(self.random.expovariate(1 / SESSION)), self.close, conn_id)

    def opened(self, _, conn_id, module):
        self.sessions[conn_id] = module

    def close(self, time, conn_id):
        module = self.sessions.pop(conn_id)
        message = control(1, "Close Connection", struct.pack(">H", conn_id))
        self.connections[TRADESITE].send(time, 1, message)
        module.send(time, 1, message)
        self.at(time + 1000, self.open)

    def data(self, time):
        """Data of one client or, in one segment, of several of a module's."""
        self.at(time + int(self.random.expovariate(self.rate)) + 1, self.data)
        if not self.sessions:
            return
        conn_id = self.random.choice(list(self.sessions))
        module, who = self.sessions[conn_id], self.random.randrange(2)
        payload = self.payload(module, conn_id)
        if self.random.random() < 0.1:
            for other, its in self.sessions.items():
                if its is module and other != conn_id and len(payload) < MSS:
                    payload += self.payload(module, other)
        module.send(time, who, payload)

    def payload(self, module, conn_id):
        size = min(int(self.random.expovariate(1 / 500)) + 1, 6000)
        start = self.random.randrange(1000)
        return pdu(module.module_id, conn_id, NOISE[start:start + size])


def main():
    parser = argparse.ArgumentParser(description="Writes captures of a large installation.")
    parser.add_argument("directory", type=pathlib.Path, metavar="DIR", help="is made if need be")
    parser.add_argument("size", type=float, metavar="BYTES", help="of all captures: 1e9")
    parser.add_argument("seed", nargs="?", default="1", metavar="SEED",
                        help="another makes other captures (default: 1)")
    args = parser.parse_args()
    size, seed = int(args.size), args.seed
    args.directory.mkdir(parents=True, exist_ok=True)
    # So that a capture of any size lasts some hours: data PDUs a microsecond.
    rate = size / 660 / len(MULTIPLEXERS) / (4 * 3600_000000)
    sites = [Site(i, seed, rate).frames() for i in range(len(MULTIPLEXERS))]
    frames = heapq.merge(*sites, key=lambda frame: frame[0])
    written = 0
    for number in range(FILES):
        with open(args.directory / f"site-{number:05d}.pcap", "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            while written < size * (number + 1) // FILES:
                time, frame = next(frames)
                file.write(struct.pack("<4I", *divmod(time, 1000000), len(frame), len(frame)))
                file.write(frame)
                written += 16 + len(frame)


main()
