# program.py
# The programs above TCP: a module and a Multiplexer, healthy until they are told
# otherwise.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import struct

CONTROL = 0xFFFF
MULTIPLEXER = 1
GIVE_UP_INTERVALS = 3


def pdu(sender, receiver, payload):
    return struct.pack(">BHH", sender, 5 + len(payload), receiver) + payload


def counted_clock(clock):
    return b"" if clock is None else b"\7" + clock.to_bytes(7, "little")


class Program:
    """sender: its module id. gives_up: resets where no Pong comes for three intervals."""

    def __init__(self, sim, host, sender, interval, gives_up):
        self.sim, self.host, self.sender, self.interval = sim, host, sender, interval
        self.gives_up = gives_up
        self.pings = self.answers = self.reads = True
        self.frozen = False
        self.answer_delay = 0.0005
        self.rate = None          # bytes a second that it reads
        self.clocked = sender == MULTIPLEXER
        self.name = None          # of its greeting
        self.last_pong = None
        self.pending = []         # what it would have done, had it not been frozen
        host.program = self

    # ---- Its life ----

    def begin(self):
        self.last_pong = self.sim.now
        if self.name:
            name = self.name.encode()
            self.host.write(bytes([self.sender, len(name)]) + name + b"\0", None)
        self.host.after(self.sim.random.random() * 0.2 if self.name else
                       self.sim.random.random() * self.interval, self.ping)
        if self.gives_up:
            self.host.after(self.interval * GIVE_UP_INTERVALS, self.watch)

    def ended(self):
        """The other side reset the connection."""

    def ping(self):
        if self.host.closed:
            return
        if self.frozen:
            self.pending.append(self.ping)
            return
        if self.pings:
            clock = self.sim.clock(self.host) if self.clocked else None
            self.control(b"Ping", clock)
        self.host.after(self.interval * (1 + self.sim.random.random() * 0.001), self.ping)

    def watch(self):
        if self.host.closed:
            return
        if self.frozen:
            self.pending.append(self.watch)
            return
        left = self.last_pong + self.interval * GIVE_UP_INTERVALS - self.sim.now
        if left <= 0.001:
            self.host.abort()
        else:
            self.host.after(left, self.watch)

    def control(self, keyword, clock):
        self.host.write(pdu(self.sender, CONTROL, keyword + b"\0" + counted_clock(clock)),
                        (keyword, clock))

    def readable(self):
        """Bytes have come."""
        if self.frozen or not self.reads or self.host.closed:
            return
        if self.rate:
            if "reading" not in self.host.timers:
                self.host.arm("reading", 1, self.read_some)
            return
        self.handle(self.host.take())

    def read_some(self):
        if self.reads and not self.frozen:
            self.handle(self.host.take(self.rate))
            if self.host.read < self.host.rcv:
                self.host.arm("reading", 1, self.read_some)

    def handle(self, taken):
        for came in taken:
            if came is None:
                continue
            keyword, clock = came
            if keyword == b"Pong":
                self.last_pong = self.sim.now
            elif keyword == b"Ping" and self.answers:
                self.host.after(self.answer_delay, self.answer, clock)
        if self.host.peer_fin is not None and self.host.read >= self.host.peer_fin and not self.lingers:
            self.host.end()

    lingers = False  # after the other side's FIN

    def answer(self, clock):
        if self.frozen:
            self.pending.append(lambda: self.answer(clock))
        else:
            self.control(b"Pong", clock)

    # ---- What may become of it ----

    def set(self, **what):
        for name, value in what.items():
            setattr(self, name, value)

    def resume(self):
        """Goes on, after it was frozen or did not read."""
        self.frozen, self.reads = False, True
        waiting, self.pending = self.pending, []
        for function in waiting:
            function()
        self.readable()

    def send_data(self, size):
        """Sends data PDUs of a client: they name the module, whoever sends them."""
        if self.frozen or self.host.paused:
            return
        while size > 0:
            part = min(size, 8000)
            self.host.write(pdu(self.sim.module_id, 2001, bytes(part)), None)
            size -= part
