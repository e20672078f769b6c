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
IMPATIENT_INTERVALS = 0.5


def pdu(sender, receiver, payload):
    return struct.pack(">BHH", sender, 5 + len(payload), receiver) + payload


def counted_clock(clock):
    return b"" if clock is None else b"\7" + clock.to_bytes(7, "little")


class Program:
    """One connection's program. module: whose connection it is; gives_up: resets where no Pong
    comes for three intervals; is_impatient: where a Ping has none for half of one."""

    def __init__(self, socket, module, side):
        self.host, self.module, self.side = socket, module, side
        self.machine, self.rng = socket.machine, socket.world.rng
        self.sender = MULTIPLEXER if side else module.number
        self.interval = module.interval
        self.gives_up = socket.world.multiplexer_gives_up if side else True
        self.is_impatient = not side and module.is_impatient
        self.clocked = bool(side) or module.clocked
        self.greets = not side
        self.pings = self.answers = self.reads = True
        self.frozen = self.lingers = False  # lingers: after the other side's FIN
        self.answer_delay = 0.0005
        self.rate = None          # bytes a second that it reads
        self.last_pong = None
        self.pending = []         # what it would have done, had it not been frozen
        self.is_over = False
        socket.program = self

    def after(self, seconds, function, *arguments):
        self.host.machine.after(seconds, function, *arguments)

    # ---- Its life ----

    def begin(self):
        """Is connected."""
        for name, value in self.host.machine.defaults.items():
            setattr(self, name, value)
        if self.frozen:
            self.host.world.touch(self.host.machine.incident, self.host.connection)
            self.pending.append(self.live)
        else:
            self.live()

    def live(self):
        self.last_pong = self.host.world.now
        if self.greets:
            name = self.module.name.encode()
            self.host.write(bytes([self.sender, len(name)]) + name + b"\0", None)
        self.after(self.rng.random() * (0.2 if self.greets else self.interval), self.ping)
        if self.gives_up:
            self.after(self.interval * GIVE_UP_INTERVALS, self.watch)

    def ended(self):
        """The connection ended: by the other side, or since nobody is there."""
        if not self.is_over and not self.side:
            self.is_over = True
            self.after(self.rng.choice((0.5, 3, 10)), self.module.reconnect)

    def ping(self):
        if self.host.closed:
            return
        if self.frozen:
            self.pending.append(self.ping)
            return
        if self.pings:
            self.control(b"Ping", self.host.machine.wall_clock() if self.clocked else None)
            if self.is_impatient:
                self.after(self.interval * IMPATIENT_INTERVALS, self.look, self.host.world.now)
        self.after(self.interval * (1 + self.rng.random() * 0.001), self.ping)

    def watch(self):
        if self.host.closed:
            return
        if self.frozen:
            self.pending.append(self.watch)
            return
        left = self.last_pong + self.interval * GIVE_UP_INTERVALS - self.host.world.now
        if left <= 0.001:
            self.host.abort("no Pong")
            self.ended()
        else:
            self.after(left, self.watch)

    def look(self, sent):
        """Looks for the Pong of a Ping."""
        if self.last_pong < sent and not self.frozen and not self.host.closed:
            self.host.abort("no Pong")
            self.ended()

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
                self.last_pong = self.host.world.now
            elif keyword == b"Ping" and self.answers:
                self.after(self.answer_delay, self.answer, clock)
        if self.host.peer_fin is not None and self.host.read >= self.host.peer_fin and \
                not self.lingers:
            self.host.end()

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
        if self.frozen or self.host.machine.paused or not self.host.established:
            return
        while size > 0:
            part = min(size, 8000)
            self.host.write(pdu(self.module.number, 2001, bytes(part)), None)
            size -= part
