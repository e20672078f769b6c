# chance.py
# Random hosts and connections, healthy and not, in captures that lack what captures lack; and
# what is true of each. A seed names a capture.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import random
import struct

from kernels import observer
from kernels.alone import ALONE, Alone
from kernels.happenings import HAPPENINGS, Scene
from kernels.machine import Address, Machine, Traits
from kernels.packets import make_frame, text_end
from kernels.simulate import Half, Icmp, World
from kernels.stack import RST, SYN, Segment

BEGIN = 1401952200  # on the talk's day
MODULES = {6: "CarpenterUpdate", 7: "Tradesite", 8: "Settlement", 11: "BackOffice", 12: "Trader",
           13: "MarketConfiguration", 14: "MarginManagement", 20: "TranquilizerUpdate", 21: "Zap",
           37: "DocumentSystem", 57: "Razzamatazz", 93: "Zep", 99: "Scripting", 150: "Backup"}
INTERVALS = (10, 30, 30, 30, 60, 120)
LIFE = 12  # intervals
ATTEMPTS = 15
# Lost so often by chance on one connection, the network may be accused of that, too.
LOST_OFTEN = 3
# What puts frames together, or apart, leaves no damage that the observer would not see.
SEEN_AS_IT_IS = ("none", "starts late", "ends early", "frames twice", "clock drifts")


class Module:
    """A module's program, over all of its connections."""

    def __init__(self, world, ports, interval, host):
        rng = world.rng
        self.world, self.ports, self.interval = world, ports, interval
        self.host_number, self.machine, self.site, self.ipv6 = host
        self.number = rng.choice(list(MODULES))
        self.name = MODULES[self.number]
        self.clocked = rng.random() < 0.2
        self.is_impatient = rng.random() < 0.1
        self.server = None
        self.connection, self.attempts = None, 0

    def connect(self):
        self.connection = self.world.connect(self, self.ports.pop())

    def reconnect(self):
        """Connects again, where it is not connected."""
        self.attempts += 1
        sockets = self.connection.sockets
        if self.attempts < ATTEMPTS and self.ports and sockets[0].closed:
            self.connect()


class Capture:
    """Many connections, captured at one place, or at both ends, with one kind of damage.
    happening, alone: what happens to all, and to single ones; points: where it is captured; at
    random where not told."""

    # pylint: disable-next=too-many-arguments,too-many-positional-arguments
    def __init__(self, seed, connections=200, damage=None, happening=None, alone=None, points=None):
        rng = self.rng = random.Random(seed)
        self.seed = seed
        self.interval = rng.choice(INTERVALS)
        self.port = rng.choice((2107, 2107, 2107, 4711, 30000))
        self.vlan = rng.choice((None, None, None, 7, 4000))
        self.damage = damage or damage_of(seed)
        self.points = points or ([0, 2] if self.damage == "captured at both ends" else
                                 [rng.randrange(3)])
        self.world = World(rng, BEGIN, self.points, rng.random() < 0.3)
        self.end = BEGIN + self.interval * LIFE
        self._make_network(connections)
        self._let_happen(happening, alone)
        self.world.run(self.end)
        # (time, whether the module sent it, where it was captured, bytes, segment, TTL)
        self.frames = [(time, segment.sender.side == 0, point,
                        make_frame(self.port, self.vlan, point, segment, ttl), segment, ttl)
                       for time, point, segment, ttl in self._put_together()]
        self.frames.sort(key=lambda frame: frame[0])
        self.snap = 262144
        if self.frames:
            DAMAGES[self.damage](self, rng)

    # ---- The world ----

    def _make_half(self, hops):
        rng = self.rng
        scale = rng.choice((0.0001, 0.0003, 0.001, 0.02, 0.09))
        return Half(scale * rng.random(), scale * rng.random() / 2,
                    rng.choice((0, 0, 0, 0, 0.001, 0.01)), rng.choice((0, 0, 0, 0.05)), hops)

    def _make_network(self, connections):
        rng, world = self.rng, self.world
        world.core = self._make_half(rng.randrange(4))
        world.sites = [self._make_half(rng.randrange(4)) for _ in range(rng.choice((1, 1, 2, 3)))]
        servers = [Traits(rng)] * rng.choice((1, 1, 1, 2, 4))
        if rng.random() < 0.5:
            servers = [Traits(rng) for _ in servers]
        world.machines = [], [Machine(world, 1, traits, 0) for traits in servers]
        for machine in world.machines[1]:
            if rng.random() < 0.8:
                machine.wall_offset = world.machines[1][0].wall_offset
            machine.hops = world.machines[1][0].hops if rng.random() < 0.7 else rng.randrange(3)
        world.multiplexer = Address(list(world.machines[1]))
        if len(servers) > 1:
            world.rewrites = rng.choice((None, None, "counts", "random"))
        # Beyond the middle only, as each segment has one id here.
        world.renumbers = rng.choice((None,) * 8 + (0, 1))
        if 2 * (world.renumbers or 0) in self.points:
            world.renumbers = None
        world.modules = []
        ports = rng.sample(range(1024, 65536), min(60000, connections * ATTEMPTS))
        number = 0
        while len(world.modules) < connections:
            number += rng.randrange(1, 50)
            machine = Machine(world, 0, Traits(rng), 0)
            world.machines[0].append(machine)
            host = number, machine, rng.choice(world.sites), rng.random() < 0.15
            for _ in range(rng.choice((1, 2, 4, 8, 14))):
                world.modules.append(Module(world, ports, self.interval, host))
        del world.modules[connections:]
        if self.points[0] == 0 and (world.on_hosts or rng.random() < 0.4):
            world.watched = max(world.machines[0], key=lambda machine: sum(
                module.machine is machine for module in world.modules))

    def _let_happen(self, happening, alone):
        rng, world = self.rng, self.world
        for module in world.modules:
            world.at(BEGIN + rng.random() * 2 * self.interval, module.connect)
        world.run(BEGIN + self.interval * 2.01)
        for module in world.modules:
            for program in module.connection.programs:
                for _ in range(rng.choice((0, 0, 1, 3))):
                    world.at(world.now + rng.random() * (self.end - world.now), program.send_data,
                             int(10 ** rng.uniform(1.5, 4.5)))
        name = happening or pick(rng, HAPPENINGS)
        when = BEGIN + self.interval * rng.uniform(2.5, 6)
        HAPPENINGS[name][1](Scene(world, when, self.interval))
        share = 1 if name == "nothing" else rng.choice((0, 0.1, 0.3))
        for module in world.modules:
            if rng.random() < share:
                when = BEGIN + self.interval * rng.uniform(2.2, 6)
                what = alone or pick(rng, ALONE)
                ALONE[what][1](Alone(Scene(world, when, self.interval), module.connection,
                                     rng.randrange(2)))

    def _put_together(self):
        """Returns what is captured, with what a host's card puts together before that."""
        if not self.world.on_hosts:
            return self.world.seen
        kept, last = [], {}
        for time, point, segment, ttl in self.world.seen:
            if isinstance(segment, Icmp) or point == 1 or segment.sender.side == point // 2 or \
                    not segment.sender.peer.traits.gro or segment.flags & (SYN | RST):
                kept.append((time, point, segment, ttl))
                continue
            before = last.get(segment.sender)
            if before and before[2].payload and segment.payload and time - before[0] < 0.0002 and \
                    before[2].end == segment.seq and before[2].ack == segment.ack and \
                    len(before[2].payload) + len(segment.payload) < 60000:
                before[2] = put_together(before[2], segment)
            else:
                last[segment.sender] = [time, point, segment, ttl]
                kept.append(last[segment.sender])
        return kept

    # ---- What is written ----

    def write(self, path, only=None):
        """only: the connections of which frames are written."""
        out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
        for time, _, _, raw, segment, _ in self.frames:
            if only and segment.sender.connection not in only:
                continue
            kept = raw[:self.snap]
            micros = int(time * 1_000_000)
            out.append(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(kept),
                                   len(raw)) + kept)
        path.write_bytes(b"".join(out))
        path.chmod(0o644)

    def around(self, end):
        """Returns sets of connections, from few to all, to write of what happens at an end."""
        mine = next(connection for connection in self.world.connections
                    if text_end(connection) == end)
        host = {connection for connection in self.world.connections
                if connection.sockets[0].machine is mine.sockets[0].machine}
        some = set(self.world.connections[:12]) | host
        return {mine}, host, some, None

    def truth(self):
        """Returns what is true; of connections by the module's end as the table has it."""
        of = {connection: [incident for incident in self.world.incidents
                           if connection in incident.touched]
              for connection in self.world.connections}
        views = self._make_views()
        return {"interval": self.interval, "port": self.port, "damage": self.damage,
                "points": self.points, "on hosts": self.world.on_hosts,
                "servers": len(self.world.multiplexer.machines), "rewrites": self.world.rewrites,
                "renumbers": self.world.renumbers,
                "connections": {text_end(view.connection): self._tell(view, of[view.connection],
                                                                      views)
                                for view in views}}

    def _tell(self, view, incidents, views):
        connection = view.connection
        faults = set().union(*(incident.faults for incident in incidents))
        excused = {"network"} if len(connection.lost) >= LOST_OFTEN else set()
        could = [observer.most(view, incident, views, self.interval) for incident in incidents]
        order = [None, observer.CANNOT_TELL, observer.ONE_OF_TWO, observer.NAMED]
        best = max(could, key=order.index, default=None)
        worth = incidents[could.index(best)] if incidents else None
        return {"kind": worth.kind if worth else "healthy", "faults": sorted(faults | excused),
                "incident": bool(best), "words": sorted(worth.words) if worth else [],
                "could": best if self.damage in SEEN_AS_IT_IS else None,
                "all": [incident.kind for incident in incidents],
                "ids": [socket.machine.traits.ids for socket in connection.sockets]}

    def _make_views(self):
        frames = {connection: [] for connection in self.world.connections}
        for time, _, point, _, segment, ttl in self.frames:
            if point == self.points[0]:
                frames[segment.sender.connection].append((time, segment, ttl))
        end = self.frames[-1][0] if self.frames else self.end
        return [observer.View(connection, seen, end)
                for connection, seen in frames.items() if seen]

    # ---- Damages ----

    def span(self, rng, low=0.0, high=1.0):
        """Returns a time of the capture, between these shares of it."""
        first, last = self.frames[0][0], self.frames[-1][0]
        return first + (last - first) * rng.uniform(low, high)

    def none(self, rng):
        pass

    def start_late(self, rng):
        begin = self.span(rng, 0.1, 0.7)
        self.frames = [frame for frame in self.frames if frame[0] >= begin]

    def end_early(self, rng):
        end = self.span(rng, 0.3, 0.9)
        self.frames = [frame for frame in self.frames if frame[0] < end]

    def cut_frames(self, rng):
        self.snap = rng.choice((60, 68, 80, 96, 128))

    def lose_frames(self, rng):
        share = rng.choice((0.001, 0.01, 0.05))
        self.frames = [frame for frame in self.frames if rng.random() >= share]

    def lose_time(self, rng):
        begin = self.span(rng, 0.1, 0.8)
        end = begin + self.interval * rng.uniform(0.1, 4)
        self.frames = [frame for frame in self.frames if not begin <= frame[0] < end]

    def double(self, rng):
        apart = rng.choice((0, 0.000002, 0.0001))
        self.frames = sorted(self.frames + [(frame[0] + apart, *frame[1:])
                                            for frame in self.frames], key=lambda frame: frame[0])

    def one_direction(self, rng):
        module = rng.random() < 0.5
        self.frames = [frame for frame in self.frames if frame[1] == module]

    def step(self, rng):
        """The clock is set: what follows has another time, in the order of the wire."""
        at, by = self.span(rng, 0.1, 0.9), rng.choice((-60, -2, -0.1, 0.5, 2, 60, 3600))
        self.frames = [(frame[0] + by * (frame[0] >= at), *frame[1:]) for frame in self.frames]

    def drift(self, rng):
        rate, first = rng.uniform(-500, 500) / 1_000_000, self.frames[0][0]
        self.frames = [(frame[0] + (frame[0] - first) * rate, *frame[1:]) for frame in self.frames]

    def shift(self, rng, other):
        """Merges two captures with clocks of their own; other: which frames are of the second."""
        by = rng.choice((-40, -1, -0.003, -0.0005, 0.0005, 0.005, 1, 40))
        self.frames = sorted(((frame[0] + by * other(frame), *frame[1:]) for frame in self.frames),
                             key=lambda frame: frame[0])

    def two_clocks(self, rng):
        self.shift(rng, lambda frame: frame[1])

    def both_ends(self, rng):
        self.shift(rng, lambda frame: frame[2] == 2)


DAMAGES = {
    "none": Capture.none, "starts late": Capture.start_late, "ends early": Capture.end_early,
    "frames cut": Capture.cut_frames, "frames lost": Capture.lose_frames,
    "a time lost": Capture.lose_time, "frames twice": Capture.double,
    "one direction only": Capture.one_direction, "clock set": Capture.step,
    "clock drifts": Capture.drift, "a clock a direction": Capture.two_clocks,
    "captured at both ends": Capture.both_ends,
}


def damage_of(seed):
    """Returns what is the matter with a capture: nothing with three of four."""
    kinds = list(DAMAGES)
    return kinds[0] if seed % 4 else kinds[1 + seed // 4 % (len(kinds) - 1)]


def pick(rng, table):
    return rng.choices(list(table), [weight for weight, _ in table.values()])[0]


def put_together(first, second):
    """Returns a segment with the bytes of both."""
    made = Segment(first.sender, first.flags | second.flags, first.seq, second.ack, second.window,
                   first.payload + second.payload, foreign=first.foreign)
    made.ip_id, made.ts, made.machine, made.shift = (first.ip_id, second.ts, first.machine,
                                                     first.shift)
    made.sent, made.sacks = first.sent, second.sacks
    return made
