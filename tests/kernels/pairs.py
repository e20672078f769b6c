# pairs.py
# Random hosts and connections that are captured at two places, each by a clock of its own and
# with damage of its own; and what is true of what lies between.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections
import random
import struct

from kernels.chance import Capture
from kernels.packets import text_end
from kernels.simulate import Icmp

PLACES = ([0, 2], [0, 1], [1, 2])
OFFSETS = (0, 0.004, -0.004, 3, -3, 40, -40, 3600, -3600)
STEPS = (-60, -2, 0.5, 2, 60, 3600)
DAMAGES = ("none", "none", "none", "starts late", "ends early", "frames lost", "a time lost",
           "one direction only", "frames twice", "NAT", "NAT and new numbers", "frames cut")
CUT = 96
# What holds up or answers in another's name, so that some may be said to be held up or forged.
SLOW, WALLS = ("network slow",), ("firewall", "RST")


class Pair:
    """Two captures of the same connections. damage: of one of them."""

    def __init__(self, seed, connections=40, damage=None, happening=None, alone=None):
        rng = self.rng = random.Random(seed * 7919)
        self.points = rng.choice(PLACES)
        self.capture = Capture(seed, connections, "none", happening, alone, self.points)
        self.damage = damage or rng.choice(DAMAGES)
        self.damaged = rng.randrange(2)
        self.offset, self.drift, self.step = rng.choice(OFFSETS), 0, None
        kind = rng.randrange(6)
        if kind == 0:
            self.drift = rng.choice((50e-6, -50e-6, 12e-6))
        elif kind == 1 and self.capture.frames:
            self.step = self.capture.span(rng, 0.2, 0.8), rng.choice(STEPS)
        self.files = [[frame for frame in self.capture.frames if frame[2] == point]
                      for point in self.points]
        self.nat = {}
        if all(self.files):
            self._damage(rng)

    # ---- What each file lacks ----

    def _damage(self, rng):
        frames = self.files[self.damaged]
        first, last = frames[0][0], frames[-1][0]
        at = first + (last - first) * rng.uniform(0.2, 0.8)
        if self.damage == "starts late":
            frames = [frame for frame in frames if frame[0] >= at]
        elif self.damage == "ends early":
            frames = [frame for frame in frames if frame[0] < at]
        elif self.damage == "frames lost":
            share = rng.choice((0.001, 0.01, 0.05))
            frames = [frame for frame in frames if rng.random() >= share]
        elif self.damage == "a time lost":
            end = at + self.capture.interval * rng.uniform(0.1, 4)
            frames = [frame for frame in frames if not at <= frame[0] < end]
        elif self.damage == "one direction only":
            frames = [frame for frame in frames if frame[1] == (rng.random() < 2)]
        elif self.damage == "frames twice":
            frames = sorted(frames + [(frame[0] + 2e-6, *frame[1:]) for frame in frames],
                            key=lambda frame: frame[0])
        self.files[self.damaged] = frames

    def _translate(self, raw, segment):
        """Returns a frame as NAT makes it: another address and port of the module's host."""
        connection = segment.sender.connection
        if connection.ipv6 or isinstance(segment, Icmp):
            return raw
        port, *shifts = self.nat.setdefault(connection, (
            20000 + len(self.nat), *(self.rng.randrange(2**32) if "numbers" in self.damage else 0
                                     for _ in range(1))))
        raw = bytearray(raw)
        ip = 14 + 4 * (self.capture.vlan is not None)
        is_module = segment.sender.side == 0
        at = ip + (12 if is_module else 16)
        raw[at:at + 4] = bytes((203, 0, 113, 9))
        at = ip + 20 + (0 if is_module else 2)
        raw[at:at + 2] = struct.pack(">H", port)
        at = ip + 20 + (4 if is_module else 8)
        number = struct.unpack_from(">I", raw, at)[0]
        if is_module or raw[ip + 33] & 16:
            struct.pack_into(">I", raw, at, number + shifts[0] & 0xFFFFFFFF)
        return bytes(raw)

    def write(self, number, path):
        """Writes the file of one of the points."""
        out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)]
        base = self.capture.frames[0][0]
        for time, _, _, raw, segment, _ in self.files[number]:
            if number:
                time += self.offset + self.drift * (time - base) + \
                    (self.step[1] if self.step and time >= self.step[0] else 0)
                if self.damage.startswith("NAT"):
                    raw = self._translate(raw, segment)
            kept = raw[:CUT] if self.damage == "frames cut" and number == self.damaged else raw
            nanos = round(time * 1e9)
            out.append(struct.pack("<IIII", nanos // 10**9, nanos % 10**9, len(kept), len(raw)) +
                       kept)
        path.write_bytes(b"".join(out))
        path.chmod(0o644)

    # ---- What is true ----

    def truth(self):
        """Returns what is true of each connection, by the module's end in the first file, and
        in the second one."""
        of = self.capture.truth()
        lost = self._count_lost()
        told = {}
        for connection in self.capture.world.connections:
            end = text_end(connection)
            true = of["connections"].get(end, {"faults": [], "kind": "not seen", "all": []})
            mine = {"kind": true["kind"], "faults": set(self._find_faults(connection)),
                    "lost": lost[connection], "all": set(true["all"])}
            mine["slow"] = any(kind in SLOW for kind in self._kinds(connection))
            mine["wall"] = any(word in kind for kind in self._kinds(connection) for word in WALLS)
            told[end] = mine
            if connection in self.nat:
                told[f"203.0.113.9:{self.nat[connection][0]}"] = mine
        return told

    def _kinds(self, connection):
        return [incident.kind for incident in self.capture.world.incidents
                if connection in incident.touched]

    def _find_faults(self, connection):
        for incident in self.capture.world.incidents:
            if connection in incident.touched:
                yield from incident.faults
        if len(connection.lost) >= 3:
            yield "network"

    def _count_lost(self):
        """Returns by connection how many segments were lost between the points, by the side that
        sent them; of those only that were captured."""
        world = self.capture.world
        halves = range(self.points[0] == 1, 1 + (self.points[1] == 2))
        counts = collections.defaultdict(lambda: [0, 0])
        for segment, index in world.dropped:
            if index in halves and not isinstance(segment, Icmp):
                counts[segment.sender.connection][segment.sender.side] += 1
        return counts


