# simulate.py
# One connection between two hosts over a network: what happens to each packet on its
# way, and what of it passes the place where it is captured.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import heapq
from dataclasses import dataclass, field

from kernels.program import MULTIPLEXER, Program
from kernels.stack import RST, ACK, Host, Segment

EPOCH_1901 = 2177452800  # seconds from 1901 to 1970
NEAR_MODULE, NEAR_MULTIPLEXER = 0, 1


@dataclass
class Way:
    """The network between the hosts. A half is what lies between the module and the
    middle, or between that and the Multiplexer."""
    delay: tuple = (0.0003, 0.0003)  # of each half, in s
    jitter: float = 0.0
    lost: float = 0.0                # shares of packets, in each half
    late: float = 0.0
    outages: list = field(default_factory=list)   # (from, to, half, who cannot send)
    slow: list = field(default_factory=list)      # (from, to, seconds more)
    firewall: tuple = None           # (from, half, whose packets it resets, TTL)


class Simulation:
    """points: where it is captured, as a number for the half's end nearest: 0 at the module,
    1 in the middle, 2 at the Multiplexer. seen: (time, point, segment) in order."""

    def __init__(self, random, way, module_id, interval, begin):
        self.random, self.way, self.module_id = random, way, module_id
        self.now = begin
        self.queue, self.count = [], 0
        self.seen = []
        self.on_hosts = False  # what is captured near a host is captured by itself
        self.hurt = False  # whether the network lost or delayed anything
        self.roundtrip = 2 * sum(way.delay) + 4 * way.jitter
        self.last = {}     # arrival of what was sent last, by sender and half
        self.offsets = {}  # of the hosts' wall clocks, in s
        self.module = Host(self)
        self.multiplexer = Host(self)
        self.module.peer, self.multiplexer.peer = self.multiplexer, self.module
        Program(self, self.module, module_id, interval, True)
        Program(self, self.multiplexer, MULTIPLEXER, interval, random.random() < 0.3)

    def after(self, seconds, function, *arguments):
        self.count += 1
        heapq.heappush(self.queue, (self.now + seconds, self.count, function, arguments))

    def at(self, time, function, *arguments, **more):
        self.after(time - self.now, lambda: function(*arguments, **more))

    def run(self, end):
        while self.queue and self.queue[0][0] < end:
            self.now, _, function, arguments = heapq.heappop(self.queue)
            function(*arguments)

    def clock(self, host):
        """Returns what a host's wall clock shows, in microseconds since 1901."""
        return int((self.now + EPOCH_1901 + self.offsets.get(host, 0)) * 1_000_000)

    # ---- The way of a packet ----

    def carry(self, segment):
        """Sends a segment from its sender's host."""
        at_module = segment.sender is self.module
        segment.sent, segment.echo = self.now, segment.sender.recent
        if segment.has_id:
            segment.sender.ip_id = segment.ip_id = segment.sender.ip_id + 1 & 0xFFFF
        self.pass_point(0 if at_module else 2, segment)
        self.travel(segment, NEAR_MODULE if at_module else NEAR_MULTIPLEXER)

    def pass_point(self, point, segment):
        near = (self.module, None, self.multiplexer)[point]
        if self.on_hosts and near and near.paused:
            return
        self.seen.append((self.now, point, segment))

    def travel(self, segment, half):
        """Sends a segment through a half of the way."""
        way = self.way
        if self.reset_by_firewall(segment, half):
            return
        if any(begin <= self.now < end and place == half and segment.sender in who
               for begin, end, place, who in way.outages) or self.random.random() < way.lost:
            self.hurt = True
            return
        delay = way.delay[half] + self.random.random() * way.jitter
        for begin, end, more in way.slow:
            if begin <= self.now < end:
                delay += more / 2
                self.hurt = True
        arrival = self.now + delay
        if self.random.random() < way.late:
            arrival += 0.002
        else:
            # A network keeps the order.
            arrival = max(arrival, self.last.get((segment.sender, half), 0) + 1e-6)
            self.last[segment.sender, half] = arrival
        self.after(arrival - self.now, self.arrive, segment, half)

    def arrive(self, segment, half):
        to_module = segment.sender is self.multiplexer
        first = NEAR_MULTIPLEXER if to_module else NEAR_MODULE
        if half == first:
            self.pass_point(1, segment)
            self.travel(segment, 1 - half)
        else:
            self.pass_point(0 if to_module else 2, segment)
            segment.sender.peer.receive(segment)

    def reset_by_firewall(self, segment, half):
        """Answers in the receiver's name, and drops; returns whether it did."""
        wall = self.way.firewall
        if not wall or self.now < wall[0] or wall[1] != half or segment.sender not in wall[2]:
            return False
        self.hurt = True
        if not segment.flags & RST:
            back = Segment(segment.sender.peer, RST | ACK, segment.ack,
                           segment.seq + len(segment.payload), 0, foreign=wall[3], sent=self.now)
            # From where the firewall stands, back the way that the segment came.
            self.after(self.way.delay[half], self.return_reset, back, half)
        return True

    def return_reset(self, back, half):
        to_module = back.sender is self.multiplexer
        near = NEAR_MODULE if to_module else NEAR_MULTIPLEXER
        if half != near:
            self.pass_point(1, back)
        self.pass_point(0 if to_module else 2, back)
        back.sender.peer.receive(back)
