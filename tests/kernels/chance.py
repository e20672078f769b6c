# chance.py
# Random connections, healthy and not, in captures that lack what captures lack; and
# what is true of each. A seed names a capture.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import copy
import random
import struct

from kernels.clocks import Clock, make_option
from kernels.simulate import NEAR_MODULE, NEAR_MULTIPLEXER, Simulation, Way
from kernels.stack import RST, SYN, Segment

BEGIN = 1401952200  # on the talk's day
MODULES = {6: "CarpenterUpdate", 7: "Tradesite", 8: "Settlement", 11: "BackOffice", 12: "Trader",
           13: "MarketConfiguration", 14: "MarginManagement", 20: "TranquilizerUpdate", 21: "Zap",
           37: "DocumentSystem", 57: "Razzamatazz", 93: "Zep", 99: "Scripting", 150: "Backup"}
INTERVALS = (10, 30, 30, 30, 60, 120)
LIFE = 12  # intervals


class Machine:
    """What the frames of a host have in common: TTL, hops to the middle, and how it counts IP
    ids."""

    def __init__(self, rng):
        self.ttl, self.hops = rng.choice((64, 128, 255)), rng.randrange(6)
        self.ids = rng.choice(("socket", "socket", "host", "zero", "random"))
        self.count = rng.randrange(65536)
        self.pace = rng.choice((1, 5, 300))  # of a host's counter
        # When a standby takes its address, which knows of no connection, and how its TTL differs.
        self.fails = BEGIN + rng.uniform(100, 900) if rng.random() < 0.05 else None
        self.standby = rng.choice((-64, -9, -1, 1))
        # When it pauses as a whole, with all of its connections, and for how many intervals.
        self.pauses = BEGIN + rng.uniform(100, 900) if rng.random() < 0.1 else None
        self.paused = rng.uniform(0.6, 7)

    def twin(self, rng):
        """Returns another server behind the same address, that counts for itself."""
        other = copy.copy(self)
        other.count = rng.randrange(65536)
        return other


class Connection:
    """A simulated connection, and what is true of it: kind, and faults, the set of those
    that may be accused. module: (id, number of its host, port, whether over IPv6); machines:
    of both sides; kinds: what may happen; on_hosts: hosts capture what is captured near them."""

    # pylint: disable-next=too-many-arguments,too-many-positional-arguments
    def __init__(self, rng, interval, begin, module, machines, kinds, on_hosts):
        self.rng, self.interval, self.begin, self.who = rng, interval, begin, module
        self.machines = machines
        self.module_id, self.number, self.port, self.ipv6 = module
        self.isn = [rng.randrange(2**32), rng.randrange(2**32)]
        self.clocks = [Clock(isn) for isn in self.isn]
        self.changes = []  # of the path, or the machine behind an address: (time, side, TTL)
        self.wall_hops = rng.randrange(4)
        self.vlan = None
        self.sim = Simulation(rng, self._make_way(), self.module_id, interval, begin)
        self.sim.on_hosts = on_hosts
        self.when = begin + interval * rng.uniform(2.2, 6)
        self.end = BEGIN + interval * LIFE
        self.faults = set()
        self._make_hosts()
        self.fail_over()
        self.pause_machines()
        kinds = kinds or list(KINDS)
        kind = rng.choices(kinds, [KINDS[name][0] for name in kinds])[0]
        self.kind = kind
        _, faults, apply = KINDS[kind]
        self.faults |= faults
        apply(self, *self._sides(faults))
        for who in (self.module, self.multiplexer):
            for _ in range(rng.choice((0, 0, 1, 3))):
                self.at(begin + rng.uniform(0.1, 1) * (self.end - begin), who.send_data,
                        int(10 ** rng.uniform(1.5, 4.5)))
        self.at(begin, self.sim.module.connect)
        self.sim.run(self.end)
        if self.sim.hurt:
            self.faults.add("network")

    @property
    def module(self):
        return self.sim.module.program

    @property
    def multiplexer(self):
        return self.sim.multiplexer.program

    def _make_way(self):
        rng = self.rng
        scale = rng.choice((0.0001, 0.0003, 0.001, 0.02, 0.09))
        return Way((scale * rng.random(), scale * rng.random()), jitter=scale * rng.random() / 2,
                   lost=rng.choice((0, 0, 0, 0, 0.001, 0.01)), late=rng.choice((0, 0, 0, 0.05)))

    def _make_hosts(self):
        rng = self.rng
        for host in (self.sim.module, self.sim.multiplexer):
            host.receive_buffer = host.right = rng.choice((8192, 16384, 65535, 65535))
            host.scale = rng.choice((0, 0, 3, 7)) if host.receive_buffer > 60000 else 0
            host.linux = rng.random() < 0.7
            host.keepalive = rng.choice((0, 0, 0, 7, 45))
            self.sim.offsets[host] = 7200 + rng.uniform(-3, 3)
        self.module.name = MODULES[self.module_id]
        self.module.clocked = rng.random() < 0.2

    def _sides(self, faults):
        """Returns the program at fault and the other one."""
        both = [self.module, self.multiplexer]
        return both if "multiplexer" not in faults else both[::-1]

    def at(self, time, function, *arguments, **more):
        self.sim.at(time, function, *arguments, **more)

    def flood(self, who):
        """Lets a program send more than windows and buffers take."""
        for count in range(4):
            self.at(self.when + 0.1 + count * self.rng.random() * self.interval / 2,
                    who.send_data, who.host.peer.receive_buffer)

    # ---- What may happen; the first program is the one at fault ----

    def nothing(self, *_):
        pass

    def change_interval(self, who, _):
        self.at(self.when, self.rng.choice((self.module, self.multiplexer)).set,
                interval=self.interval * self.rng.choice((0.5, 2)))

    def ping_fast(self, *_):
        self.module.interval = self.interval / 10
        self.at(self.begin + self.interval, self.module.set, interval=self.interval)

    def close(self, *_):
        self.at(self.when, self.module.host.end)

    def be_busy(self, *_):
        """Healthy: much data both ways, all read."""
        for who in (self.module, self.multiplexer):
            for _ in range(5):
                self.at(self.begin + self.rng.uniform(1, LIFE - 2) * self.interval, who.send_data,
                        40_000)

    def cut(self, *_, seconds=1e9):
        half = self.rng.choice((NEAR_MODULE, NEAR_MULTIPLEXER))
        hosts = [self.sim.module, self.sim.multiplexer]
        who = self.rng.choice((hosts, hosts[:1], hosts[1:]))
        self.sim.way.outages.append((self.when, self.when + seconds, half, who))

    def outage(self, *_):
        self.cut(seconds=self.interval * self.rng.uniform(0.1, 5))

    def slow_network(self, *_):
        self.sim.way.slow.append((self.when, self.when + self.interval * self.rng.uniform(1, 4),
                                  self.interval * self.rng.uniform(0.05, 1)))

    def firewall(self, *_):
        half = self.rng.choice((NEAR_MODULE, NEAR_MULTIPLEXER))
        hosts = [self.sim.module, self.sim.multiplexer]
        self.sim.way.firewall = (self.when, half, self.rng.choice((hosts, hosts[:1], hosts[1:])),
                                 self.rng.choice((64, 255)))

    def change_route(self, *_):
        """From now on, frames of a side come with another TTL, RSTs among them."""
        for side in self.rng.choice(((0,), (1,), (0, 1))):
            self.changes.append((self.when, side, self.rng.choice((-3, -2, -1, 1))))

    def change_route_and_crash(self, who, _):
        self.change_route()
        self.at(self.when + self.rng.choice((0.01, 0.5, self.interval / 2)), who.host.abort)

    def fail_over(self):
        """Lets standbys take the addresses of machines that fail."""
        sides = (("module", self.sim.module), ("multiplexer", self.sim.multiplexer))
        for side, (machine, (name, host)) in enumerate(zip(self.machines, sides)):
            if machine.fails is None:
                continue
            self.changes.append((machine.fails, side, machine.standby))
            if machine.fails > self.begin:
                self.faults.add(name)
                host.plain_resets = True
                self.at(machine.fails, host.forget)

    def serve_alone(self, who):
        """Lets a side's host be another one behind its address than that of other connections,
        which are well: a virtual address with several servers, or many hosts behind NAT."""
        side = 0 if who is self.module else 1
        self.machines[side] = self.machines[side].twin(self.rng)
        self.sim.on_hosts = False

    def move(self, who, _):
        """A balancer moves the connection to another server, which knows nothing of it."""
        self.serve_alone(who)
        side = 0 if who is self.module else 1
        self.changes.append((self.when, side, self.rng.choice((-64, -9, -1, 0, 1))))
        who.host.plain_resets = True
        self.at(self.when, who.host.forget)

    def pause_machines(self):
        """Lets machines pause that do so with all of their connections."""
        for machine, who in zip(self.machines, (self.module, self.multiplexer)):
            end = (machine.pauses or 0) + machine.paused * self.interval
            if machine.pauses is None or end <= self.begin:
                continue
            self.faults.add("module" if who is self.module else "multiplexer")
            self.at(max(machine.pauses, self.begin), who.host.pause)
            self.at(end, who.host.go_on)

    def forge_reset(self, *_):
        """Somebody sends an RST claiming to be from a side; it is not in the window."""
        name = self.rng.choice((self.sim.module, self.sim.multiplexer))
        self.at(self.when, lambda: self.sim.carry(Segment(
            name, RST, name.nxt + (1 << 29), 0, 0, foreign=self.rng.choice((64, 255)))))

    def freeze(self, who, _):
        self.at(self.when, who.set, frozen=True)

    def pause(self, who, _):
        self.freeze(who, _)
        self.at(self.when + self.interval * self.rng.uniform(0.6, 4), who.resume)

    def stop_reading(self, who, other):
        self.at(self.when, who.set, reads=False)
        self.flood(other)

    def pause_reading(self, who, other):
        self.stop_reading(who, other)
        self.at(self.when + self.interval * self.rng.uniform(0.6, 4), who.resume)

    def read_slowly(self, who, other):
        self.at(self.when, who.set, rate=max(1, int(
            who.host.receive_buffer / self.interval * self.rng.uniform(0.05, 0.5))))
        self.flood(other)

    def flap(self, who, other):
        for step in range(8):
            at = self.when + step * self.interval * 0.8
            self.at(at, who.set, reads=False)
            self.at(at + self.interval * 0.75, who.resume)
        self.flood(other)

    def stop_answers(self, who, _):
        self.at(self.when, who.set, answers=False)

    def stop_pings(self, who, _):
        self.at(self.when, who.set, pings=False)

    def stop_both(self, who, _):
        self.at(self.when, who.set, pings=False, answers=False)

    def answer_slowly(self, who, _):
        self.at(self.when, who.set, answer_delay=self.interval * self.rng.uniform(0.5, 4))

    def pause_host(self, who, _, times=None):
        """The whole host pauses and goes on, maybe again and again."""
        rng, at = self.rng, self.when
        self.serve_alone(who)
        who.host.queues = rng.random() < 0.4
        for _ in range(times or rng.choice((1, 1, 1, 2, 4))):
            seconds = self.interval * rng.choice((rng.uniform(0.6, 7), rng.uniform(2.9, 3.1)))
            self.at(at, who.host.pause)
            self.at(at + seconds, who.host.go_on)
            at += seconds + self.interval * rng.uniform(0.02, 1)

    def pause_both(self, *_):
        """At about the same time, as two virtual machines on one host of them."""
        self.pause_host(self.module, None)
        self.when += self.rng.choice((0, 0.001, self.interval * self.rng.random()))
        self.pause_host(self.multiplexer, None)

    def switch_off(self, who, _):
        """The host is off: it sends and answers nothing."""
        self.serve_alone(who)
        self.at(self.when, lambda: setattr(who.host, "off", True))

    def crash(self, who, _):
        """The process ends, and its kernel resets."""
        self.at(self.when, who.host.abort)

    def half_close(self, who, other):
        other.lingers = True
        self.at(self.when, who.host.end)


# By name: how often, whose fault, what happens.
KINDS = {
    "nothing": (12, set(), Connection.nothing),
    "busy": (8, set(), Connection.be_busy),
    "interval changed": (3, set(), Connection.change_interval),
    "fast Pings at the start": (3, set(), Connection.ping_fast),
    "closed": (3, set(), Connection.close),
    "network cut": (12, {"network"}, Connection.cut),
    "network outage": (10, {"network"}, Connection.outage),
    "network slow": (4, {"network"}, Connection.slow_network),
    "RST that is ignored": (2, {"network"}, Connection.forge_reset),
    "firewall resets": (5, {"network"}, Connection.firewall),
    "route changes": (2, set(), Connection.change_route),
    "both hosts pause": (2, {"module", "multiplexer"}, Connection.pause_both),
}
for side in ("module", "multiplexer"):
    for name, weight, what in (
            ("frozen", 3, Connection.freeze), ("frozen for a while", 3, Connection.pause),
            ("reads no more", 3, Connection.stop_reading),
            ("does not read for a while", 3, Connection.pause_reading),
            ("reads slowly", 3, Connection.read_slowly), ("reads on and off", 2, Connection.flap),
            ("does not answer", 2, Connection.stop_answers),
            ("sends no Pings", 2, Connection.stop_pings),
            ("neither answers nor sends Pings", 2, Connection.stop_both),
            ("answers slowly", 2, Connection.answer_slowly),
            ("host pauses", 4, Connection.pause_host),
            ("crashes after a route change", 2, Connection.change_route_and_crash),
            ("host off", 3, Connection.switch_off), ("moved to another server", 3, Connection.move),
            ("crashes", 2, Connection.crash),
            ("ends its half", 1, Connection.half_close)):
        KINDS[f"{side} {name}"] = (weight, {side}, what)


# ---- The capture ----


class Capture:
    """Many connections, captured at one place, or at both ends, with one kind of damage."""

    def __init__(self, seed, connections=200, damage=None, kinds=None):
        rng = self.rng = random.Random(seed)
        self.interval = rng.choice(INTERVALS)
        self.port = rng.choice((2107, 2107, 2107, 4711, 30000))
        self.vlan = rng.choice((None, None, None, 7, 4000))
        self.points = [rng.randrange(3)]
        # Several modules run on a host, or each on its own.
        numbers = rng.choice(([rng.randrange(1, 60000) for _ in range(8)], range(1, 60000)))
        modules = [(rng.choice(list(MODULES)), rng.choice(numbers), port, rng.random() < 0.2)
                   for port in rng.sample(range(1024, 65536), connections)]
        self.machines = {}
        self.on_hosts = rng.random() < 0.3
        self.kinds = kinds
        self.connections = [self.connect(BEGIN + rng.random() * 2 * self.interval, module)
                            for module in modules]
        self.connections += self.reuse_ports(rng)
        self.damage = damage or damage_of(seed)
        if self.damage == "captured at both ends":
            self.points = [0, 2]
        self.count_ids()
        # (time, whether the module sent it, where it was captured, bytes, length on the wire)
        self.frames = [(time, segment.sender is connection.sim.module, point,
                        make_frame(self, connection, segment, point))
                       for connection in self.connections
                       for time, point, segment in connection.sim.seen if point in self.points]
        self.frames.sort(key=lambda frame: frame[0])
        self.snap = 262144
        DAMAGES[self.damage](self, rng)

    def connect(self, begin, module):
        """Returns a new connection."""
        hosts = (module[1], module[3]), (0, module[3])
        for host in hosts:
            if host not in self.machines:
                self.machines[host] = Machine(self.rng)
        return Connection(self.rng, self.interval, begin, module,
                          [self.machines[host] for host in hosts], self.kinds, self.on_hosts)

    def count_ids(self):
        """Gives frames the IP ids of hosts that do not count by socket."""
        sent = {id(segment): (segment.sent, connection, segment)
                for connection in self.connections for _, _, segment in connection.sim.seen}
        for _, connection, segment in sorted(sent.values(), key=lambda at: at[0]):
            machine = connection.machines[segment.sender is not connection.sim.module]
            if machine.ids == "socket" or segment.foreign is not None or not segment.has_id:
                continue
            machine.count += self.rng.randint(1, machine.pace)
            segment.ip_id = {"host": machine.count & 0xFFFF, "zero": 0,
                             "random": self.rng.randrange(65536)}[machine.ids]

    def reuse_ports(self, rng):
        """Returns connections whose ends had another one before, which is silent by then."""
        last = [(connection, connection.sim.seen[-1][0]) for connection in self.connections]
        return [self.connect(end + 1, connection.who) for connection, end in last
                if end < BEGIN + (LIFE - 4) * self.interval and rng.random() < 0.3]

    def write(self, path):
        out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
        for time, *_, raw in self.frames:
            kept = raw[:self.snap]
            micros = int(time * 1_000_000)
            out.append(struct.pack("<IIII", micros // 1_000_000, micros % 1_000_000, len(kept),
                                   len(raw)) + kept)
        path.write_bytes(b"".join(out))
        path.chmod(0o644)

    def truth(self):
        """Returns what is true; of connections by the module's end as the table has it, of two
        with the same ends together."""
        true = {}
        for connection in self.connections:
            of = true.setdefault(text_end(connection), {"kind": connection.kind, "faults": []})
            of["faults"] = sorted(connection.faults.union(of["faults"]))
        return {"interval": self.interval, "port": self.port, "damage": self.damage,
                "points": self.points, "connections": true}

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
    """Returns what is the matter with a capture: nothing with every other one."""
    kinds = list(DAMAGES)
    return kinds[0] if seed % 2 else kinds[1 + seed // 2 % (len(kinds) - 1)]


# ---- Bytes ----


def text_end(connection):
    """Returns the module's end as Wireshark writes it."""
    if connection.ipv6:
        return f"[fd00:a::{connection.number:x}]:{connection.port}"
    high, low = divmod(connection.number, 250)
    return f"10.0.{high}.{low + 1}:{connection.port}"


def address(connection, side):
    high, low = divmod(connection.number, 250)
    if connection.ipv6:
        last, net = (connection.number, b"\x0a") if side == 0 else (1, b"\x0b")
        return b"\xfd\0\0" + net + bytes(10) + struct.pack(">H", last)
    return bytes((10, 0, high, low + 1)) if side == 0 else b"\xc0\xa8\0\1"


def make_frame(capture, connection, segment, point):
    """Returns the bytes of a segment where it is captured."""
    side = 0 if segment.sender is connection.sim.module else 1
    hops = [machine.hops for machine in connection.machines]
    gone = ((0, hops[0], sum(hops)), (sum(hops), hops[1], 0))[side][point]
    ttl = connection.machines[side].ttl - gone + sum(
        more for time, of, more in connection.changes if of == side and segment.sent >= time)
    if segment.foreign is not None:
        ttl = segment.foreign - connection.wall_hops
    ttl = max(1, min(255, ttl))
    ports = connection.port, capture.port
    options, syn = b"", segment.flags & SYN
    scale = 0 if syn else segment.sender.scale
    if syn:
        options = struct.pack(">BBHBBBB", 2, 4, 1460, 1, 3, 3, segment.sender.scale)
    options += make_option(connection.clocks, segment, side)
    seq = connection.isn[side] + segment.seq + (not syn) & 0xFFFFFFFF
    ack = connection.isn[1 - side] + segment.ack + 1 & 0xFFFFFFFF if segment.flags & 16 else 0
    tcp = struct.pack(">HHIIBBHHH", ports[side], ports[1 - side], seq, ack,
                      (20 + len(options)) * 4, segment.flags,
                      min(segment.window >> scale, 65535), 0, 0) + options + segment.payload
    src, dst = address(connection, side), address(connection, 1 - side)
    if connection.ipv6:
        ip = struct.pack(">IHBB", 6 << 28, len(tcp), 6, ttl) + src + dst
    else:
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), segment.ip_id, 0x4000, ttl, 6, 0)
        ip += src + dst
    kind = b"\x86\xdd" if connection.ipv6 else b"\x08\0"
    tag = b"" if capture.vlan is None else struct.pack(">HH", 0x8100, capture.vlan)
    return b"\2\0\0\0\0\2\2\0\0\0\0\1" + tag + kind + ip + tcp

