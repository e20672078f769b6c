# machine.py
# A host: its TCP's traits, its IP ids, its clock, and what becomes of all its connections
# together: it pauses, is off, reboots, or another one takes its address.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import zlib

from kernels.stack import ACK, RST, SYN, Segment

BACKLOG = 4
TICKS = (1000, 1000, 1000, 250, 100, 10, 1)  # a second, of timestamps


class Traits:
    """What a machine's TCP is like."""

    def __init__(self, rng):
        self.linux = rng.random() < 0.7
        self.receive_buffer = rng.choice((8192, 16384, 65535, 65535, 65535))
        self.scale = rng.choice((0, 0, 3, 7)) if self.receive_buffer > 60000 else 0
        self.mss = rng.choice((1460, 1460, 1460, 1400, 8960, 536))
        self.tso = rng.choice((1, 1, 1, 4, 16))        # segments in one that the card cuts
        self.gro = rng.random() < 0.4                  # the card puts segments together
        self.timestamps = rng.random() < (0.7 if self.linux else 0.2)
        self.sack = rng.random() < 0.9
        self.delayed_ack = rng.choice((0.04, 0.04, 0.2, 0))
        self.stretch = rng.choice((2, 2, 2, 8))
        self.keepalive = rng.choice((0, 0, 0, 20, 45))
        self.keepalive_probes = rng.choice((3, 9))
        self.retries = 15 if self.linux else rng.choice((5, 8, 15))
        self.rto_min = 0.2 if self.linux else rng.choice((0.3, 1.0))
        self.tail_probes = self.linux and rng.random() < 0.5
        self.takes_icmp = rng.random() < 0.7           # makes its segments smaller, as it is told
        self.ids = rng.choice(("socket", "socket", "socket", "host", "host", "destination", "zero",
                               "random") if self.linux else
                              ("host", "host", "host", "destination", "random"))


class Machine:
    """A host. side: 0 where modules run, 1 where a Multiplexer does."""

    def __init__(self, world, side, traits, hops):
        rng = world.rng
        self.world, self.side, self.traits, self.hops = world, side, traits, hops
        self.ttl = 64 if traits.linux else rng.choice((128, 128, 255))
        self.count, self.pace = rng.randrange(65536), rng.choice((1, 1, 1, 5, 300))
        self.counts = {}                    # of IP ids, by destination
        self.mac = bytes((2, 0, 0, *rng.randbytes(3)))
        self.wall_offset = 7200 + rng.uniform(-3, 3)
        self.boot = rng.uniform(1e4, 1e6)   # seconds that it runs at the world's begin
        self.clock_pauses = rng.random() < 0.5  # its clock stands while it is paused
        # What has an offset of its own in timestamps.
        self.clocks = rng.choice(("connection", "connection", "pair", "pair", "machine"))
        self.secret = rng.randrange(1 << 32)
        self.rate = rng.choice(TICKS) * (1 + rng.uniform(-100, 100) / 1_000_000)
        self.stood, self.paused_at = 0, None
        self.off = self.paused = self.queues = False
        self.waiting = []                   # what happens when it goes on
        self.listening = "yes"              # or "no" (refuses), or "full"
        self.accepted = 0
        self.defaults = {}                  # of programs that begin
        self.incident = None                # what is the matter with it
        self.silent_since = None
        # How long the router before it believes that it is there; then it says so by ICMP.
        self.missed_after = rng.choice((None, None, 3, 40))
        self.missed = {}                    # when the router said so last, by socket

    # ---- Time ----

    def after(self, seconds, function, *arguments):
        """Calls a function then, or when the machine goes on; never where it is off."""
        def ring():
            if self.off:
                return
            if self.paused:
                self.waiting.append(ring)
            else:
                function(*arguments)
        self.world.after(seconds, ring)

    def ticks(self, socket):
        """Returns its clock for timestamps."""
        now = self.paused_at if self.paused and self.clock_pauses else self.world.now
        base = {"connection": socket.clock_base, "machine": 0,
                "pair": zlib.crc32(b"%d" % socket.connection.module.host_number) ^ self.secret
                }[self.clocks]
        return int((now - self.stood + self.boot - self.world.begin) * self.rate + base) & 0xFFFFFFFF

    def wall_clock(self):
        """Returns what its wall clock shows, in microseconds since 1901."""
        return int((self.world.now + 2177452800 + self.wall_offset) * 1_000_000)

    # ---- What becomes of it ----

    def pause(self):
        self.paused, self.paused_at = True, self.world.now
        self.silent_since = self.world.now

    def go_on(self):
        if not self.paused:
            return
        self.paused = False
        if self.clock_pauses:
            self.stood += self.world.now - self.paused_at
        waiting, self.waiting = self.waiting, []
        if self.world.rng.random() < 0.5:
            waiting.reverse()
        for function in waiting:
            function()

    def turn_off(self):
        self.off, self.silent_since = True, self.world.now

    def be_missed(self, segment):
        """The router before it finds no such host."""
        now = self.world.now
        if self.missed_after is not None and now - self.silent_since > self.missed_after and \
                now - self.missed.get(segment.sender, 0) >= 1:
            self.missed[segment.sender] = now
            self.world.complain(segment, self.side, 3, 1, 0)

    def turn_on(self):
        """Goes on after a reboot, and knows of no connection."""
        self.off, self.boot = False, 20.0 - (self.world.now - self.world.begin)
        self.stood, self.count = 0, self.world.rng.randrange(65536)
        self.secret = self.world.rng.randrange(1 << 32)
        self.counts.clear()

    # ---- Segments ----

    def next_id(self, segment, pieces):
        """Returns the IP id of what it sends next, by how it counts."""
        ids, rng = self.traits.ids, self.world.rng
        if self.side and self.world.rewrites:
            # What stands before several servers gives ids of its own.
            at, self.world.rewritten = self.world.rewritten, self.world.rewritten + pieces
            return at & 0xFFFF if self.world.rewrites == "counts" else rng.randrange(65536)
        if not segment.has_id or ids == "zero":
            return 0
        if ids == "random":
            return rng.randrange(65536)
        if ids == "socket":
            socket = segment.sender
            at, socket.ip_id = socket.ip_id + 1, socket.ip_id + pieces
            return at & 0xFFFF
        if ids == "destination":
            to = segment.sender.connection.module.machine if self.side else None
            at = self.counts.get(to, rng.randrange(65536) if to not in self.counts else 0)
            self.counts[to] = at + pieces
            return at + 1 & 0xFFFF
        self.count += rng.randint(1, self.pace)
        at, self.count = self.count, self.count + pieces - 1
        return at & 0xFFFF

    def send(self, segment):
        if self.off or self.paused:
            return
        segment.machine = self
        mss = segment.sender.mss
        pieces = -(-len(segment.payload) // mss) or 1
        segment.ip_id = self.next_id(segment, pieces)
        self.world.depart(segment, pieces)

    def receive(self, segment, socket):
        """Gives a segment to a socket of its own, if it has it, and it is open."""
        if self.off or self.paused:
            self.world.touch(self.incident, socket.connection)
            if not self.queues:
                self.be_missed(segment)
        if self.off:
            return
        if self.paused:
            if self.queues and len(self.waiting) < 100:
                self.waiting.append(lambda: self.receive(segment, socket))
            return
        if segment.flags & SYN and not segment.flags & ACK:
            self.receive_syn(segment, socket)
        elif socket.machine is self and not socket.closed:
            socket.receive(segment)
        elif not segment.flags & RST:
            self.refuse(segment, socket)

    def receive_syn(self, segment, socket):
        if self.listening == "full" and self.accepted >= BACKLOG:
            self.world.touch(self.incident, socket.connection)
        elif self.listening == "no":
            self.world.touch(self.incident, socket.connection)
            self.refuse(segment, socket)
        elif not socket.closed:
            if socket.machine is not self:
                socket.machine, socket.traits = self, self.traits
            self.accepted += not socket.established
            socket.receive(segment)

    def refuse(self, segment, socket):
        """Sends the RST of a kernel that knows of no such connection."""
        if segment.flags & ACK:
            answer = Segment(socket, RST, segment.ack, 0, 0)
        else:
            # Its sequence number is 0 on the wire.
            answer = Segment(socket, RST | ACK, -1 - socket.connection.isn[self.side], 0, 0)
        answer.has_id = not self.traits.linux
        self.world.touch(self.incident, socket.connection)
        self.send(answer)


class Address:
    """An address that one machine has, or several share: a virtual address."""

    def __init__(self, machines):
        self.machines = machines

    def choose(self, rng):
        """Returns which of its machines a new connection goes to, by number."""
        return rng.randrange(len(self.machines))

    def replace(self, number, machine):
        """Lets a standby take over."""
        self.machines[number] = machine
