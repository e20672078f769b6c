#!/usr/bin/python3
# make_bench.py
# Makes large captures to measure speed with: make_bench.py KIND PDUS FILE
#
#   tiny   one control PDU a segment
#   dense  thirty control PDUs a segment
#   mix    all keywords and data PDUs, merged and split, on connections that come
#          and go, each with handshake and greeting
#   bulk   data PDUs of up to 65535 bytes, and keepalives
#   midstream  Roundtrips for Modules, thirty a segment, on connections that were open before the
#              capture began: so what looks like a PDU is checked for being one
#
# And some that try what could grow without bounds:
#
#   unanswered  Pings with and without a clock that nobody answers
#   unexpected  a mix in which the Pongs have clocks that no Ping had, or none
#   duplicate   Pings and Roundtrips that all have the same clock, half of them answered
#   one-way     a mix of which only the modules' direction was captured
#   lossy       Pings that nobody answers, and between them segments that are lost, late or
#               close and open a window
#   sessions    65 534 sessions that open, carry data and never close, again and again
#   shared      200 clients with data on each of 64 connections, thirty data PDUs a segment
#   hosts       tiny, with each connection of a host of its own
#   keywords    control PDUs that each have a keyword of their own, thirty a segment
#   late        connections on which the Multiplexer's Ping comes before a module's first PDU;
#               no smaller capture begins a larger one
#
# All other streams are healthy: Pongs answer Pings, echoes answer Roundtrips,
# sessions open, log in and close, nothing is lost or late. The same arguments give the
# same bytes, and a capture begins with the smaller one of the same kind and
# seed: so the difference of two is the cost of the PDUs that are between them.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import argparse
import json
import random
import struct

PORT, CONTROL, MSS = 2107, 0xFFFF, 1460
MULTIPLEXER, TRADESITE = 1, 7
MODULES = [(7, b"Tradesite"), (6, b"CarpenterUpdate"), (8, b"Settlement"), (11, b"BackOffice"),
           (12, b"Trader"), (13, b"MarketConfiguration"), (14, b"MarginManagement"),
           (20, b"TranquilizerUpdate"), (21, b"Zap"), (37, b"DocumentSystem"),
           (57, b"Razzamatazz"), (93, b"Zep"), (99, b"Scripting")]
# 2014-06-05 09:10:00 at UTC+2, where the modules' clocks are.
START_US = 1401952200 * 1000000
CLOCK_US = (2177452800 + 7200) * 1000000
INTERVAL_US = 30 * 1000000
FIRST_ID, LAST_ID = 2001, 65000
SYN, ACK, FIN, PSH = 2, 16, 1, 8

# Frame header of a pcap file, Ethernet, IPv4, TCP.
FRAME = struct.Struct(">IIII 12sH BBHHHBBHII HHIIBBHHH")
MACS = (b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02")
MODULE, MUX = 0, 1  # who sends


def control(sender, keyword, body=b""):
    return struct.pack(">BHH", sender, 6 + len(keyword) + len(body), CONTROL) + keyword + b"\0" + body


class Capture:
    """A pcap file in the making."""

    def __init__(self, path):
        self.file = open(path, "wb", buffering=1 << 20)
        self.file.write(struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        self.now = START_US
        self.is_spread = False   # each connection is of a host of its own
        self.is_one_way = False  # the Multiplexer's frames are not captured
        self.frames = self.pdus = self.control_pdus = self.streams = 0

    def clock(self):
        """Returns a clock of now as it stands on the wire."""
        return b"\x07" + (self.now + CLOCK_US).to_bytes(7, "little")

    def close(self):
        self.file.close()


class Connection:
    """One TCP connection between a module and the Multiplexer. Without a name, no greeting;
    is_open: it was opened before the capture began."""

    def __init__(self, capture, module, name, is_open=False):
        self.capture, self.module, self.name = capture, module, name
        n = capture.streams = capture.streams + 1
        self.port = 1024 + n % 60000
        # Another host where the ports run out, or for each connection.
        self.ip = 0x0A000001 + (n if capture.is_spread else n // 60000)
        self.seqs = [(1000003 * n) & 0xFFFFFFFF, (2000003 * n) & 0xFFFFFFFF]
        self.pdus = 0
        self.logged_in = []  # conn ids
        if is_open:
            return
        self.frame(MODULE, b"", SYN)
        self.frame(MUX, b"", SYN | ACK)
        self.frame(MODULE, b"", ACK)
        if name:
            self.frame(MODULE, bytes([module, len(name)]) + name + b"\0")

    def frame(self, who, payload, flags=PSH | ACK, window=32000):
        """Writes one frame; time goes on by 50 us."""
        capture, size = self.capture, len(payload)
        seqs = self.seqs
        capture.now = now = capture.now + 50
        if capture.is_one_way and who == MUX:
            self.lose(who, size)
            return
        ips, ports = (self.ip, 0xC0A80001), (self.port, PORT)
        capture.file.write(FRAME.pack(
            now // 1000000, now % 1000000, 54 + size, 54 + size, MACS[who], 0x0800,
            0x45, 0, 40 + size, capture.frames & 0xFFFF, 0x4000, 127, 6, 0, ips[who], ips[1 - who],
            ports[who], ports[1 - who], seqs[who], seqs[1 - who] if flags & ACK else 0,
            0x50, flags, window, 0, 0) + payload)
        capture.frames += 1
        seqs[who] = (seqs[who] + size + (1 if flags & (SYN | FIN) else 0)) & 0xFFFFFFFF

    def lose(self, who, size):
        """Leaves out bytes that were sent."""
        self.seqs[who] = (self.seqs[who] + size) & 0xFFFFFFFF

    def count(self, pdus, controls):
        self.pdus += pdus
        self.capture.pdus += pdus
        self.capture.control_pdus += controls

    def send(self, who, payload, sizes=()):
        """Sends bytes in segments of these sizes, the rest in full ones."""
        for size in sizes:
            if len(payload) <= size:
                break
            self.frame(who, payload[:size])
            payload = payload[size:]
        while len(payload) > MSS:
            self.frame(who, payload[:MSS])
            payload = payload[MSS:]
        self.frame(who, payload)

    def finish(self):
        self.frame(MODULE, b"", FIN | ACK)
        self.frame(MUX, b"", FIN | ACK)
        self.frame(MODULE, b"", ACK)


class Clients:
    """The clients of a Multiplexer: who has which connection id."""

    def __init__(self, rng):
        self.rng, self.next, self.open = rng, FIRST_ID, []

    def connect(self):
        """Returns id and address of a new client."""
        conn_id, self.next = self.next, self.next + 1 if self.next < LAST_ID else FIRST_ID
        ip = b"194.134.%03d.%03d" % (conn_id // 250 % 250, conn_id % 250)
        client = (conn_id, ip, b"XXXXXX%04d" % (conn_id % 10000))
        self.open.append(client)
        return client

    def leave(self):
        """Returns the id of a client that leaves, the oldest."""
        return self.open.pop(0)[0]

    def some(self):
        """Returns a client that is there."""
        return self.open[self.rng.randrange(len(self.open))]


def new_connection(client):
    return control(MULTIPLEXER, b"New Connection", struct.pack(">H", client[0]) + client[1] + b"\0")


def close_connection(conn_id):
    return control(MULTIPLEXER, b"Close Connection", struct.pack(">H", conn_id))


def login(sender, client, module=None):
    body = struct.pack(">H", client[0]) + client[2] + b"\0" + client[1] + b"\0Read\0\0"
    return control(sender, b"Login", body if module is None else module + b"\0" + body)


def report(rng, name):
    value = rng.randrange(5000, 60000)
    return control(MULTIPLEXER, b"Roundtrip for Module",
                   name + b"\0\x04" + value.to_bytes(4, "little"))


def counts(rng):
    return control(MULTIPLEXER, b"ModuleAndClientCount",
                   struct.pack(">HH", 14, rng.randrange(50, 100)))


def status(sender):
    return control(sender, b"Status", b"Running\0")


def data(rng, sender, conn_id, size):
    return struct.pack(">BHH", sender, 5 + size, conn_id) + rng.randbytes(size)


# ---- tiny and dense ----


def control_turn(connection, clients, rng, many):
    """Returns what the Multiplexer sends and what the module answers: all keywords."""
    module, name = connection.module, connection.name
    ping = b"Ping", b"Pong", b"Roundtrip"
    clocks = [connection.capture.clock() for _ in range(many)]
    mux = [control(MULTIPLEXER, ping[0], clock) for clock in clocks]
    mux += [control(MULTIPLEXER, ping[2], clock) for clock in clocks]
    mux += [control(MULTIPLEXER, ping[1])] * many
    mux += [report(rng, name) for _ in range(many)]
    opened = [clients.connect() for _ in range(many)]
    mux += [new_connection(client) for client in opened]
    mux += [close_connection(clients.leave()) for _ in range(many)]
    answer = [control(module, ping[1], clock) for clock in clocks]
    answer += [control(module, ping[2], clock) for clock in clocks]
    answer += [control(module, ping[0])] * many
    if many == 1:
        mux += [counts(rng), login(MULTIPLEXER, opened[0])]
        answer += [status(module), login(TRADESITE, opened[0], name)]
    else:
        mux += [counts(rng) for _ in range(3)]
        mux += [login(MULTIPLEXER, client) for client in opened[:3]]
        answer += [status(module) for _ in range(9)]
        answer += [login(TRADESITE, clients.some(), name) for _ in range(9)]
    return mux, answer


def make_control(capture, rng, pdus, streams, many):
    """Writes turns of one PDU a segment (many = 1) or of thirty (many = 4)."""
    clients = Clients(rng)
    for _ in range(500):
        clients.connect()
    ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
    for connection in ends:  # the first Pongs answer these
        for _ in range(many):
            connection.send(MODULE, control(connection.module, b"Ping"))
        connection.count(many, many)
    turn = 0
    while capture.pdus < pdus:
        connection = ends[turn % streams]
        turn += 1
        mux, answer = control_turn(connection, clients, rng, many)
        rng.shuffle(mux)
        rng.shuffle(answer)
        for who, sent in ((MUX, mux), (MODULE, answer)):
            for segment in sent if many == 1 else [b"".join(sent)]:
                connection.send(who, segment)
            connection.count(len(sent), len(sent))
        # Each connection has its turn each 20 seconds.
        if turn % streams == 0:
            capture.now = START_US + turn // streams * max(20000000, streams * 4000)


def make_hosts(capture, rng, pdus, streams):
    capture.is_spread = True
    make_control(capture, rng, pdus, streams, 1)


def make_midstream(capture, rng, pdus, streams):
    ends = [Connection(capture, *MODULES[n % len(MODULES)], is_open=True) for n in range(streams)]
    while capture.pdus < pdus:
        for connection in ends:
            connection.send(MUX, b"".join(report(rng, connection.name) for _ in range(30)))
            connection.count(30, 30)
        capture.now += 1000000


# ---- mix ----


class Mix:
    """Modules that come and go, their clients, and the data between them."""

    LIFE = 2000  # PDUs of a connection

    def __init__(self, capture, rng, streams):
        self.capture, self.rng, self.clients = capture, rng, Clients(rng)
        for _ in range(500):
            self.clients.connect()
        self.ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
        for n, connection in enumerate(self.ends):  # they end one by one
            connection.pdus = -self.LIFE * n // streams

    def send(self, connection, who, pdus, controls):
        """Sends PDUs: one whole in its segment, or several merged, or split somewhere."""
        rng = self.rng
        payload = b"".join(pdus)
        sizes = ()
        if len(payload) > 20 and rng.random() < (0.15 if len(pdus) == 1 else 0.3):
            sizes = [rng.randrange(1, min(len(payload), MSS)) for _ in range(rng.randrange(1, 3))]
        connection.send(who, payload, sizes)
        connection.count(len(pdus), controls)

    def some_data(self, connection, most):
        rng, pdus = self.rng, []
        for _ in range(rng.randrange(1, most + 1)):
            size = rng.randrange(10, 200) if rng.random() < 0.8 else rng.randrange(200, 3000)
            pdus.append(data(rng, connection.module, self.clients.some()[0], size))
        return pdus

    @staticmethod
    def echo(clock):
        """Returns the clock of the Pong to a Ping that has this one."""
        return clock

    def keepalive(self, connection, reports):
        """Lets both sides ask and answer."""
        module, send = connection.module, self.send
        with_data = self.some_data(connection, 2) if self.rng.random() < 0.3 else []
        send(connection, MODULE, [control(module, b"Ping")] + with_data, 1)
        send(connection, MUX, [control(MULTIPLEXER, b"Pong")], 1)
        clock = self.capture.clock()
        send(connection, MUX, [control(MULTIPLEXER, b"Ping", clock)], 1)
        send(connection, MODULE, [control(module, b"Pong", self.echo(clock))], 1)
        reports.append(report(self.rng, connection.name))
        if self.rng.random() < 0.5:
            clock = self.capture.clock()
            send(connection, MUX, [control(MULTIPLEXER, b"Roundtrip", clock)], 1)
            send(connection, MODULE, [control(module, b"Roundtrip", clock)], 1)

    def session(self, connection, tradesite):
        """Lets one client come, log in to the module, and another one go."""
        client = self.clients.connect()
        left = self.clients.leave()
        self.send(tradesite, MUX, [new_connection(client), counts(self.rng)], 2)
        self.send(tradesite, MODULE, [login(TRADESITE, client, connection.name)], 1)
        self.send(connection, MUX, [login(MULTIPLEXER, client)], 1)
        self.send(connection, MUX, [close_connection(left)], 1)

    def tell(self, tradesite, reports, least):
        """Tells Tradesite what was measured, once there is so much."""
        if len(reports) >= least:
            self.send(tradesite, MUX, reports, len(reports))
            reports.clear()

    def interval(self, pdus):
        """Writes the traffic of 30 seconds, or until there are so many PDUs."""
        rng, reports, begin = self.rng, [], self.capture.now
        tradesite = self.ends[0]
        for n, connection in enumerate(self.ends):
            if self.capture.pdus >= pdus:
                return
            self.keepalive(connection, reports)
            self.tell(tradesite, reports, 1 if n % 3 else 8)
            for _ in range(rng.randrange(1, 4)):
                self.send(connection, rng.randrange(2), self.some_data(connection, 4), 0)
            if rng.random() < 0.4:
                self.session(connection, tradesite)
            if rng.random() < 0.3:
                self.send(connection, MODULE, [status(connection.module)], 1)
        self.tell(tradesite, reports, 1)
        for n, connection in enumerate(self.ends):
            if connection.pdus >= self.LIFE:
                connection.finish()
                self.ends[n] = Connection(self.capture, connection.module, connection.name)
        self.capture.now = max(self.capture.now, begin + INTERVAL_US)


def make_mix(capture, rng, pdus, streams):
    mix = Mix(capture, rng, streams)
    while capture.pdus < pdus:
        mix.interval(pdus)


# ---- bulk ----


def make_bulk(capture, rng, pdus, streams):
    clients = Clients(rng)
    for _ in range(100):
        clients.connect()
    ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
    turn = 0
    while capture.pdus < pdus:
        connection = ends[turn % streams]
        connection.send(MODULE, control(connection.module, b"Ping"))
        connection.send(MUX, control(MULTIPLEXER, b"Pong"))
        for _ in range(8):
            who = rng.randrange(2)
            size = 65530 if rng.random() < 0.5 else rng.randrange(1000, 65530)
            payload = data(rng, connection.module, clients.some()[0], size)
            for start in range(0, len(payload), 2 * MSS):
                connection.send(who, payload[start:start + 2 * MSS])
                connection.frame(1 - who, b"", ACK)
        connection.count(10, 2)
        turn += 1
        if turn % streams == 0:
            capture.now = max(capture.now, START_US + turn // streams * 20000000)


# ---- What could grow ----


class Unexpected(Mix):
    """A mix in which no Pong has the clock of a Ping, and some have none."""

    LIFE = 1 << 40

    @staticmethod
    def echo(clock):
        return clock[:-1] + b"\1"

    def keepalive(self, connection, reports):
        super().keepalive(connection, reports)
        clock = self.capture.clock()
        pongs = [control(connection.module, b"Pong", body) for body in (self.echo(clock), b"")]
        self.send(connection, MUX, [control(MULTIPLEXER, b"Ping", clock)] * 8, 8)
        self.send(connection, MODULE, pongs * 8, 16)


def make_unexpected(capture, rng, pdus, streams):
    mix = Unexpected(capture, rng, streams)
    while capture.pdus < pdus:
        mix.interval(pdus)


def make_one_way(capture, rng, pdus, streams):
    capture.is_one_way = True
    make_mix(capture, rng, pdus, streams)


def make_duplicate(capture, _rng, pdus, streams):
    ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
    clock = capture.clock()
    while capture.pdus < pdus:
        for connection in ends:
            for keyword, answer in ((b"Ping", b"Pong"), (b"Roundtrip", b"Roundtrip")):
                for _ in range(2):
                    connection.send(MUX, control(MULTIPLEXER, keyword, clock))
                connection.send(MODULE, control(connection.module, answer, clock))
            connection.count(6, 6)
        capture.now += 1000


def make_lossy(capture, _rng, pdus, streams):
    ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
    for connection in ends:
        for who in (MODULE, MUX):
            connection.send(who, control(connection.module if who == MODULE else MULTIPLEXER, b"Ping"))
        connection.count(2, 2)
    while capture.pdus < pdus:
        for connection in ends:
            ping = control(connection.module, b"Ping"), control(MULTIPLEXER, b"Ping", capture.clock())
            for who in (MODULE, MUX):
                connection.lose(who, 20)
                connection.send(who, ping[who])
                # The next two overtake each other.
                first, size = connection.seqs[who], len(ping[who])
                connection.lose(who, size)
                connection.send(who, ping[who])
                last, connection.seqs[who] = connection.seqs[who], first
                connection.send(who, ping[who])
                connection.seqs[who] = last
                connection.frame(1 - who, b"", ACK, 0)
                connection.frame(1 - who, b"", ACK)
            connection.count(6, 6)
        capture.now += 1000


def make_unanswered(capture, _rng, pdus, streams):
    ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
    while capture.pdus < pdus:
        for connection in ends:
            connection.send(MODULE, control(connection.module, b"Ping"))
            connection.send(MUX, control(MULTIPLEXER, b"Ping", capture.clock()))
            connection.count(2, 2)
        capture.now += 1000


def make_sessions(capture, rng, pdus, streams):
    ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
    conn_id = 0
    while capture.pdus < pdus:
        connection = ends[conn_id % streams]
        conn_id = conn_id % 65534 + 1
        client = (conn_id, b"194.134.%03d.%03d" % (conn_id // 250 % 250, conn_id % 250), b"X")
        connection.send(MUX, new_connection(client))
        connection.send(MUX, login(MULTIPLEXER, client))
        connection.send(MODULE, data(rng, connection.module, conn_id, 20))
        connection.send(MUX, data(rng, connection.module, rng.randrange(1, conn_id + 1), 20))
        connection.count(4, 2)


def make_shared(capture, rng, pdus, streams):
    ends = [Connection(capture, *MODULES[n % len(MODULES)]) for n in range(streams)]
    while capture.pdus < pdus:
        connection = ends[capture.pdus // 30 % streams]
        connection.send(MUX, b"".join(data(rng, connection.module, rng.randrange(1, 201), 20)
                                      for _ in range(30)))
        connection.count(30, 0)


def make_keywords(capture, _rng, pdus, _streams):
    connection = Connection(capture, *MODULES[0])
    while capture.pdus < pdus:
        connection.send(MODULE, b"".join(control(connection.module, b"Word%d" % (capture.pdus + i))
                                         for i in range(30)))
        connection.count(30, 30)


def make_late(capture, _rng, pdus, _streams):
    ends = [Connection(capture, 2 + n % 250, None) for n in range(pdus // 2)]
    for connection in ends:
        connection.send(MUX, control(MULTIPLEXER, b"Ping"))
        connection.count(1, 1)
    for connection in ends:
        connection.send(MODULE, control(connection.module, b"Pong"))
        connection.count(1, 1)


KINDS = {
    "tiny": (20, lambda *args: make_control(*args, 1)),
    "dense": (20, lambda *args: make_control(*args, 4)),
    "mix": (40, make_mix),
    "bulk": (4, make_bulk),
    "midstream": (4, make_midstream),
    "hosts": (10_000, make_hosts),
    "unanswered": (1, make_unanswered),
    "unexpected": (1, make_unexpected),
    "duplicate": (1, make_duplicate),
    "one-way": (4, make_one_way),
    "lossy": (1, make_lossy),
    "sessions": (10, make_sessions),
    "shared": (64, make_shared),
    "keywords": (1, make_keywords),
    "late": (1, make_late),
}


def make(kind, pdus, path, seed=1, streams=None):
    """Writes a capture; returns how much is in it."""
    usual_streams, write = KINDS[kind]
    capture = Capture(path)
    write(capture, random.Random(seed), pdus, streams or usual_streams)
    capture.close()
    return {"pdus": capture.pdus, "control_pdus": capture.control_pdus,
            "frames": capture.frames, "streams": capture.streams}


def main():
    parser = argparse.ArgumentParser(description="Makes a large capture to measure speed with.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("pdus", type=float)
    parser.add_argument("file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--streams", type=int, help="connections at a time")
    args = parser.parse_args()
    print(json.dumps(make(args.kind, int(args.pdus), args.file, args.seed, args.streams)))


if __name__ == "__main__":
    main()
