# simulate.py
# Hosts, their connections and the network between them: what happens to each packet on its
# way, and what of it passes the places where it is captured.
#
#   modules' host  --- half 0, of its site ---  middle  --- half 1 ---  Multiplexer's host
#      point 0                                  point 1                      point 2
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import heapq

from kernels.program import Program
from kernels.stack import ACK, RST, SYN, Segment, Socket

NETWORK = "network"


class Incident:
    """What went wrong. faults: who may be accused; words: the verdicts that are right; touched:
    by connection, when it first and last mattered to it."""

    def __init__(self, kind, faults, words=(), many=False):
        self.kind, self.faults, self.words = kind, frozenset(faults), frozenset(words)
        self.many = many  # one cause for several connections
        self.touched = {}
        self.healed = None  # when it ended


class Icmp:
    """A router's word about a segment. ttl: its own at the router."""

    def __init__(self, kind, code, quoted, router, mtu=0):
        self.kind, self.code, self.quoted, self.router, self.mtu = kind, code, quoted, router, mtu
        self.quoted_ttl = self.shift = 0
        self.forged = False
        self.sender = quoted.sender.peer  # it travels as what comes from there
        self.sent = None


class Half:
    """One half of the way: delay and jitter in s, shares of packets lost and late; rules: what
    goes wrong on it."""

    def __init__(self, delay, jitter, lost, late, hops):
        self.delay, self.jitter, self.lost, self.late, self.hops = delay, jitter, lost, late, hops
        self.shifts = [0, 0]  # hops more, on the way to the side
        self.rules = []
        self.last = {}


class Rule:
    """Something that a half of the way does to segments between two times. only: to those of
    these connections; towards: to those on their way to this side."""

    def __init__(self, incident, begin, end=1e18, only=None, towards=None):
        self.incident, self.begin, self.end = incident, begin, end
        self.only, self.towards = only, towards

    def matches(self, segment, now):
        return self.begin <= now < self.end and \
            (self.only is None or segment.sender.connection in self.only) and \
            (self.towards is None or segment.sender.side != self.towards)

    def delay(self, world, segment, index):
        """Returns how much later the segment comes, or None where it does not."""
        raise NotImplementedError


class Drop(Rule):
    """icmp: (type, code) that a router says, at most once a second; mtu: only of what is larger."""

    def __init__(self, *arguments, icmp=None, mtu=None, **more):
        super().__init__(*arguments, **more)
        self.icmp, self.mtu, self.said = icmp, mtu, {}

    def delay(self, world, segment, index):
        if self.mtu and (isinstance(segment, Icmp) or len(segment.payload) + 40 <= self.mtu):
            return 0
        world.touch(self.incident, segment.sender.connection)
        if self.icmp and not isinstance(segment, Icmp) and \
                world.now - self.said.get(segment.sender, 0) >= 1:
            self.said[segment.sender] = world.now
            world.complain(segment, index, *self.icmp, self.mtu or 0)
        return None


class Slow(Rule):
    def __init__(self, more, *arguments, **others):
        super().__init__(*arguments, **others)
        self.more = more

    def delay(self, world, segment, index):
        world.touch(self.incident, segment.sender.connection)
        return self.more


class Wall(Rule):
    """Drops, and answers in the receiver's name, at times with an RST to the receiver, too.
    clones: with the TTL, the IP id and the newest timestamp of the one whose name it takes."""

    def __init__(self, ttl, clones, both, *arguments, **more):
        super().__init__(*arguments, **more)
        self.ttl, self.clones, self.both = ttl, clones, both

    def delay(self, world, segment, index):
        world.touch(self.incident, segment.sender.connection)
        if not isinstance(segment, Icmp) and not segment.flags & RST:
            first = segment.flags & (SYN | ACK) == SYN
            seq = -1 - segment.sender.connection.isn[1 - segment.sender.side] if first else \
                segment.ack
            self.reset(world, segment.sender.peer, seq, segment.end, index)
            if self.both and not first:
                self.reset(world, segment.sender, segment.seq, segment.ack, index)
        return None

    def reset(self, world, name, seq, ack, index):
        back = Segment(name, RST | ACK, seq, ack, 0, foreign=self.ttl)
        machine = name.machine
        back.machine, back.sent = machine, world.now
        if self.clones:
            other = 1 - index if name.side == index else index
            back.foreign = None
            back.ip_id = machine.next_id(Segment(name, 0, 0, 0, 0), 1)
            back.ts = name.last_ts
            back.shift = world.half_of(name.connection, other).hops if name.side != index else 0
        # From where it stands, on to the one that gets it.
        world.after(world.half_of(name.connection, index).delay, world.return_reset, back, index)


class Connection:
    """A TCP connection of a module's. sockets: of the module, of the Multiplexer."""

    def __init__(self, world, module, port):
        self.world, self.module, self.port = world, module, port
        self.address = world.multiplexer
        self.server = self.address.choose(world.rng) if module.server is None else module.server
        self.isn = [world.rng.randrange(2**32), world.rng.randrange(2**32)]
        self.ipv6 = module.ipv6
        machines = module.machine, self.address.machines[self.server]
        self.sockets = [Socket(machine, self, side) for side, machine in enumerate(machines)]
        self.sockets[0].peer, self.sockets[1].peer = self.sockets[1], self.sockets[0]
        mine, other = (machine.traits for machine in machines)
        self.timestamps = mine.timestamps and other.timestamps
        self.sack = mine.sack and other.sack
        for socket in self.sockets:
            socket.mss = min(mine.mss, other.mss, world.mtu - 40) - 12 * self.timestamps
            socket.window_cwnd = 10 * socket.mss
        self.programs = [Program(socket, module, side) for side, socket in enumerate(self.sockets)]
        self.begin = world.now
        self.lost = []          # times at which packets were lost by chance
        self.frames = []

    @property
    def is_alive(self):
        return all(socket.established and not socket.closed and socket.fin is None
                   for socket in self.sockets)

    def machine(self, side):
        """Returns who has the side's address now."""
        return self.address.machines[self.server] if side else self.module.machine


class World:
    """points: where it is captured; on_hosts: by the hosts themselves at points 0 and 2; watched:
    the only modules' machine that is captured at point 0, or None."""

    def __init__(self, rng, begin, points, on_hosts):
        self.rng, self.begin, self.now = rng, begin, begin
        self.points, self.on_hosts = points, on_hosts
        self.queue, self.count = [], 0
        self.dropped = []       # (segment, the half of the way that it did not pass)
        self.seen = []          # (time, point, segment, TTL, whether as it was before it was cut)
        self.connections = []
        self.incidents = []
        self.mtu = 1500
        self.rewrites, self.rewritten = None, rng.randrange(65536)
        self.renumbers = None   # the side of which a device in the middle counts the IP ids
        self.watched = None
        self.multiplexer = self.core = None
        self.multiplexer_gives_up = rng.random() < 0.3

    # ---- Time ----

    def after(self, seconds, function, *arguments):
        self.count += 1
        heapq.heappush(self.queue, (self.now + seconds, self.count, function, arguments))

    def at(self, time, function, *arguments, **more):
        self.after(time - self.now, lambda: function(*arguments, **more))

    def run(self, end):
        while self.queue and self.queue[0][0] < end:
            time, _, function, arguments = heapq.heappop(self.queue)
            self.now = max(self.now, time)  # what is asked for too late happens at once
            function(*arguments)

    # ---- Truth ----

    def add_incident(self, *arguments, **more):
        self.incidents.append(Incident(*arguments, **more))
        return self.incidents[-1]

    def touch(self, incident, connection):
        """An incident matters to a connection now."""
        if incident:
            first, _ = incident.touched.get(connection, (self.now, 0))
            incident.touched[connection] = first, self.now

    # ---- Connections ----

    def connect(self, module, port):
        """Opens a connection of a module's; returns it."""
        made = Connection(self, module, port)
        self.connections.append(made)
        module.machine.after(0, made.sockets[0].connect)
        return made

    def half_of(self, connection, index):
        return self.core if index else connection.module.site

    # ---- The way of a packet ----

    def depart(self, segment, pieces):
        """Sends a segment from its machine, cut by its card where it is large."""
        segment.sent = self.now
        side = segment.sender.side
        if pieces == 1:
            self.pass_point(2 * side, segment)
            self.travel(segment, side)
            return
        whole = self.on_hosts
        if whole:
            self.pass_point(2 * side, segment)
        mss = segment.sender.mss
        for number in range(pieces):
            part = Segment(segment.sender, segment.flags, segment.seq + number * mss, segment.ack,
                           segment.window, segment.payload[number * mss:(number + 1) * mss])
            part.sent, part.ts, part.machine = self.now, segment.ts, segment.machine
            counts = segment.machine.traits.ids not in ("zero", "random")
            part.ip_id = segment.ip_id + number * counts & 0xFFFF
            if number < pieces - 1:
                part.flags &= ~1
            if not whole:
                self.pass_point(2 * side, part)
            self.travel(part, side)

    def pass_point(self, point, segment):
        if point not in self.points:
            return
        connection = segment.sender.connection
        if point != 1:
            machine = connection.machine(point // 2)
            if point == 0 and self.watched and machine is not self.watched:
                return
            if self.on_hosts and (machine.paused or machine.off):
                return
        if isinstance(segment, Icmp):
            ttl = 255 - segment.shift
        elif segment.foreign is not None:
            ttl = segment.foreign - segment.shift
        else:
            ttl = segment.machine.ttl - segment.machine.hops - segment.shift
        self.seen.append((self.now, point, segment, max(1, min(255, ttl))))

    def travel(self, segment, index):
        """Sends a segment through a half of the way."""
        half = self.half_of(segment.sender.connection, index)
        more = 0
        for rule in half.rules:
            if rule.matches(segment, self.now):
                later = rule.delay(self, segment, index)
                if later is None:
                    if not isinstance(segment, Icmp):
                        segment.gone = True
                        self.dropped.append((segment, index))
                    return
                more += later
        if half.lost and self.rng.random() < half.lost:
            segment.sender.connection.lost.append(self.now)
            self.dropped.append((segment, index))
            return
        segment.shift += half.hops + half.shifts[segment.sender.side]
        arrival = self.now + half.delay + self.rng.random() * half.jitter + more
        # A network keeps the order, also of what waits in it.
        arrival = max(arrival, half.last.get(segment.sender, 0) + 1e-6)
        half.last[segment.sender] = arrival
        if half.late and self.rng.random() < half.late:
            arrival += 0.002
        self.after(arrival - self.now, self.arrive, segment, index)

    def arrive(self, segment, index):
        side = segment.sender.side
        if index == side:
            if self.renumbers == side and not isinstance(segment, Icmp):
                self.rewritten += 1
                segment.ip_id = self.rewritten & 0xFFFF
            self.pass_point(1, segment)
            self.travel(segment, 1 - index)
        else:
            self.deliver(segment)

    def deliver(self, segment):
        to = segment.sender.peer
        self.pass_point(2 * to.side, segment)
        machine = to.connection.machine(to.side)
        if isinstance(segment, Icmp):
            self.hear(segment, to, machine)
        else:
            machine.receive(segment, to)

    def return_reset(self, back, index):
        """An RST that a firewall sent reaches the one that it is for."""
        if index == back.sender.side:
            self.pass_point(1, back)
        self.deliver(back)

    # ---- ICMP ----

    def complain(self, segment, index, kind, code, mtu):
        """A router says why it did not pass a segment on."""
        connection, side = segment.sender.connection, segment.sender.side
        half = self.half_of(connection, index)
        word = Icmp(kind, code, segment, index + 1, mtu)
        word.sent = self.now
        word.shift = half.hops // 2 + (code == 1) * (half.hops - half.hops // 2)
        word.quoted_ttl = max(1, segment.machine.ttl - segment.machine.hops - segment.shift -
                              word.shift)
        # Back, through the other half, too, if it came through that.
        self.after(half.delay, self.return_word if index != side else self.deliver, word)

    def return_word(self, word):
        self.pass_point(1, word)
        half = self.half_of(word.quoted.sender.connection, word.quoted.sender.side)
        word.shift += half.hops
        self.after(half.delay, self.deliver, word)

    def hear(self, word, socket, machine):
        """A host hears what a router says of a segment that it sent."""
        if machine.off or machine.paused or socket.closed or word.forged:
            return
        smaller = word.mtu - 40 - 12 * socket.connection.timestamps
        if word.kind == 3 and word.code == 4 and machine.traits.takes_icmp and \
                smaller < socket.mss:
            socket.mss = smaller
            socket.recover = socket.nxt
            socket.resend_hole()
            socket.tries = 0


def forge_icmp(world, connection, kind, code):
    """Somebody sends the module's host an ICMP message of a segment that was never in flight."""
    socket = connection.sockets[0]
    quoted = Segment(socket, ACK, socket.nxt + 77777777, socket.rcv, 65535)
    quoted.machine = socket.machine
    word = Icmp(kind, code, quoted, 1)
    word.forged = True
    world.deliver(word)

