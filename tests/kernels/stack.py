# stack.py
# A host's TCP and the program above it, simple but true to what is seen on the wire:
# sequence numbers, windows, delayed acknowledgements, retransmission with backoff,
# fast retransmission, zero-window probes, keepalive, FIN and RST.
#
# Offsets count a direction's bytes from 0; a FIN is one byte more.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from dataclasses import dataclass

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS = 1460
CONGESTION_WINDOW = 10 * MSS
DELAYED_ACK = 0.04
RTO_MIN, RTO_MAX, RETRANSMISSIONS = 0.2, 120, 15


@dataclass
class Segment:
    sender: object
    flags: int
    seq: int
    ack: int
    window: int
    payload: bytes = b""
    ip_id: int = 0
    foreign: int = None  # TTL of who sent it in the sender's name
    has_id: bool = True  # its IP id is the next of its sender's
    sent: float = 0      # when
    echo: object = None  # the segment whose timestamp it repeats


class Host:
    """One end. sim: has now, after(seconds, function, *arguments) and carry(segment)."""

    def __init__(self, sim, receive_buffer=65535, scale=0, linux=True, keepalive=0):
        self.sim, self.receive_buffer, self.scale = sim, receive_buffer, scale
        self.linux, self.keepalive = linux, keepalive
        self.peer = self.program = None
        self.out, self.pdus, self.handled = bytearray(), [], 0  # pdus: (end, PDU) of what is sent
        self.una = self.nxt = self.peer_right = self.duplicates = 0
        self.rcv = self.read = 0
        self.right = receive_buffer
        self.early = []                  # (start, end, has a FIN) beyond a hole
        self.fin = self.peer_fin = None  # offsets
        self.rto, self.tries, self.recover = RTO_MIN + sim.roundtrip, 0, None
        self.timers = {}
        self.established = self.closed = self.off = False
        self.paused, self.queues = False, False  # queues: what comes meanwhile waits
        self.waiting = []                        # what happens when it goes on
        self.pauses = []                         # (from, to) of each
        self.recent = None                       # the segment whose timestamp is repeated
        self.plain_resets = linux  # an RST for no connection has the IP id 0
        self.ip_id = sim.random.randrange(65536)

    # ---- A host that pauses, as a virtual machine that is moved ----

    def after(self, seconds, function, *arguments):
        """Calls a function then, or when the host goes on."""
        def ring():
            if self.paused:
                self.waiting.append(ring)
            else:
                function(*arguments)
        self.sim.after(seconds, ring)

    def pause(self):
        self.paused = True
        self.pauses.append((self.sim.now, 1e12))

    def go_on(self):
        self.paused = False
        self.pauses[-1] = self.pauses[-1][0], self.sim.now
        waiting, self.waiting = self.waiting, []
        if self.sim.random.random() < 0.5:
            waiting.reverse()
        for function in waiting:
            function()

    # ---- Timers ----

    def arm(self, name, seconds, function):
        """Sets a timer, in place of the one of that name."""
        mark = self.timers[name] = object()

        def ring():
            if self.timers.get(name) is mark and not self.off:
                del self.timers[name]
                function()
        self.after(seconds, ring)

    def disarm(self, name):
        self.timers.pop(name, None)

    # ---- What the program asks for ----

    def connect(self):
        self.emit(SYN, 0)
        self.arm("syn", 1, self.connect)

    def write(self, raw, pdu):
        """Sends a PDU, now or when TCP can."""
        if not self.closed and self.fin is None:
            self.out += raw
            self.pdus.append((len(self.out), pdu))
            self.push()

    def end(self):
        """Ends this direction when all is sent."""
        if self.fin is None and not self.closed:
            self.fin = len(self.out)
            self.push()

    def abort(self):
        """Resets the connection, and forgets it."""
        if not self.closed:
            self.emit(RST | ACK, self.nxt)
            self.forget()

    def forget(self):
        self.closed = True
        self.timers.clear()

    def take(self, limit=None):
        """Reads what has come, or so many bytes of it; returns the PDUs that are whole now."""
        come = self.rcv - (self.peer_fin is not None)
        self.read = come if limit is None else min(come, self.read + limit)
        self.offer_window()
        taken, sent = [], self.peer.pdus
        while self.handled < len(sent) and sent[self.handled][0] <= self.read:
            taken.append(sent[self.handled][1])
            self.handled += 1
        return taken

    def offer_window(self):
        """Moves the window's right edge, where that is worth telling."""
        right = self.read + self.receive_buffer
        if right - self.right < min(MSS, self.receive_buffer // 2):
            return
        tell = self.right - self.rcv < MSS and not self.closed
        self.right = right
        if tell:
            self.emit(ACK, self.nxt)

    # ---- Sending ----

    def emit(self, flags, seq, payload=b""):
        if self.off:
            return
        if flags & ACK:
            self.disarm("ack")
        self.sim.carry(Segment(self, flags, seq, self.rcv, self.window(), payload))

    def window(self):
        """Returns how much this side takes, as it can be told."""
        return max(0, self.right - self.rcv) >> self.scale << self.scale

    def send_from(self, seq, size):
        """Sends bytes, and the FIN where they reach it."""
        size = min(size, len(self.out) - seq)
        fin = FIN if self.fin is not None and seq + size == self.fin else 0
        self.emit(ACK | fin | (PSH if size else 0), seq, bytes(self.out[seq:seq + size]))
        return size + bool(fin)

    def left(self):
        """Returns how much is still to be sent for the first time."""
        return len(self.out) + (self.fin is not None) - self.nxt

    def push(self):
        """Sends what window and congestion window permit."""
        while self.established and not self.closed and self.left() > 0:
            if self.recover is not None and self.una < self.nxt:
                break
            room = min(self.peer_right - self.nxt, CONGESTION_WINDOW - (self.nxt - self.una))
            only_fin = self.nxt == len(self.out)
            size = min(MSS, room, len(self.out) - self.nxt)
            if room <= 0 or self.linux and size < min(MSS, len(self.out) - self.nxt):
                break
            self.nxt += self.send_from(self.nxt, 0 if only_fin else size)
            if "rto" not in self.timers:
                self.arm("rto", self.rto, self.retransmit)
        waits = self.established and not self.closed and self.left() > 0
        if waits and self.una == self.nxt and "persist" not in self.timers:
            self.arm("persist", self.rto, self.probe)

    def retransmit(self):
        """The oldest bytes were not acknowledged in time."""
        self.tries += 1
        if self.tries > RETRANSMISSIONS:
            self.forget()
            return
        self.recover = self.nxt
        self.send_from(self.una, min(MSS, self.nxt - self.una))
        self.rto = min(self.rto * 2, RTO_MAX)
        self.arm("rto", self.rto, self.retransmit)

    def probe(self):
        """Fills a window that is too small for a segment, or asks whether it is still closed."""
        room = min(self.peer_right - self.nxt, len(self.out) - self.nxt)
        if room > 0:
            self.nxt += self.send_from(self.nxt, room)
            self.arm("rto", self.rto, self.retransmit)
            return
        if self.linux:
            self.emit(ACK, self.nxt - 1)
        else:
            self.emit(ACK | PSH, self.nxt, bytes(self.out[self.nxt:self.nxt + 1]))
        self.rto = min(self.rto * 2, RTO_MAX)
        self.arm("persist", self.rto, self.probe)

    def keep_alive(self):
        if self.una == self.nxt:
            self.emit(ACK, self.nxt - 1)
        self.arm("keepalive", self.keepalive, self.keep_alive)

    # ---- Receiving ----

    def receive(self, segment):
        if self.off:
            return
        if self.paused:
            if self.queues and len(self.waiting) < 100:
                self.waiting.append(lambda: self.receive(segment))
            return
        # RFC 7323, 4.3; Linux does not take that of a keepalive or a probe without payload.
        if segment.seq <= self.rcv and (segment.payload or segment.seq == self.rcv):
            self.recent = segment
        if segment.flags & SYN:
            self.receive_syn(segment)
        elif self.closed:
            if not segment.flags & RST:
                self.sim.carry(Segment(self, RST, segment.ack, 0, 0, has_id=not self.plain_resets))
        elif segment.flags & RST:
            if self.rcv <= segment.seq <= self.right:
                self.forget()
                self.program.ended()
        else:
            self.establish()
            if self.keepalive:
                self.arm("keepalive", self.keepalive, self.keep_alive)
            self.receive_ack(segment)
            self.receive_data(segment)

    def receive_syn(self, segment):
        if segment.flags & ACK:
            self.disarm("syn")
            self.peer_right = segment.window
            self.emit(ACK, 0)
            self.establish()
        else:
            self.peer_right = segment.window
            self.emit(SYN | ACK, 0)

    def establish(self):
        if not self.established:
            self.established = True
            self.program.begin()

    def receive_ack(self, segment):
        ack, right = segment.ack, segment.ack + segment.window
        if ack > self.una:
            self.una, self.nxt = ack, max(self.nxt, ack)
            self.rto, self.tries, self.duplicates = RTO_MIN + self.sim.roundtrip, 0, 0
            self.disarm("rto")
            if self.recover is not None and ack >= self.recover:
                self.recover = None
            if self.una < self.nxt:
                self.arm("rto", self.rto, self.retransmit)
                if self.recover is not None:
                    self.send_from(self.una, min(MSS, self.nxt - self.una))
        elif ack == self.una < self.nxt and not segment.payload and right == self.peer_right:
            self.duplicates += 1
            if self.duplicates == 3:
                self.send_from(self.una, min(MSS, self.nxt - self.una))
        if ack == self.una and (right > self.nxt or self.linux is False and right > self.peer_right):
            if "persist" in self.timers:
                self.disarm("persist")
                self.rto = RTO_MIN + self.sim.roundtrip
        self.peer_right = max(self.peer_right, right)
        self.push()

    def receive_data(self, segment):
        size = len(segment.payload)
        start, end = segment.seq, segment.seq + size
        fin = bool(segment.flags & FIN)
        if not size and not fin:
            if start < self.rcv:
                self.emit(ACK, self.nxt)  # a probe
            return
        if start > self.rcv:
            self.early.append((start, end, fin))
            self.emit(ACK, self.nxt)
            return
        if end + fin <= self.rcv or size and not self.window():
            self.emit(ACK, self.nxt)
            return
        self.accept(end, fin)
        self.early.sort()
        filled = bool(self.early)
        while self.early and self.early[0][0] <= self.rcv:
            self.accept(*self.early.pop(0)[1:])
        if filled or size >= MSS or fin:
            self.emit(ACK, self.nxt)
        elif "ack" not in self.timers:
            self.arm("ack", DELAYED_ACK, lambda: self.emit(ACK, self.nxt))
        self.program.readable()

    def accept(self, end, fin):
        self.rcv = max(self.rcv, min(end, self.right))
        if fin and self.rcv == end:
            self.peer_fin = end
            self.rcv += 1
