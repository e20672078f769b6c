# stack.py
# A host's TCP and the program above it, simple but true to what is seen on the wire:
# sequence numbers, windows, slow start (RFC 5681), retransmission timers (RFC 6298), SACK
# (RFC 6675), timestamps (RFC 7323), delayed and stretched acknowledgements, large segments,
# zero-window probes, keepalive, FIN and RST.
#
# Offsets count a direction's bytes from 0; a FIN is one byte more.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
RTO_FIRST, RTO_MAX = 1.0, 120
SYN_TRIES = 6


class Segment:
    """seq, ack: offsets; end: of its bytes, of which out holds all; lost: before it was captured;
    foreign: the TTL that it had, and hops and id where it was sent in another's name."""
    __slots__ = ("sender", "flags", "seq", "ack", "window", "payload", "has_id", "ip_id", "foreign",
                 "sent", "ts", "sacks", "machine", "shift", "gone", "captured")

    def __init__(self, sender, flags, seq, ack, window, payload=b"", has_id=True, foreign=None):
        self.sender, self.flags, self.seq, self.ack = sender, flags, seq, ack
        self.window, self.payload, self.has_id, self.foreign = window, payload, has_id, foreign
        self.ip_id = self.shift = 0
        self.sent = self.ts = self.machine = None
        self.sacks, self.gone, self.captured = (), False, False

    @property
    def end(self):
        return self.seq + len(self.payload)


class Socket:
    """One end of a connection. side: 0 of the module, 1 of the Multiplexer. traits: of its
    machine's TCP."""

    def __init__(self, machine, connection, side):
        self.machine, self.connection, self.side = machine, connection, side
        self.world, self.traits = machine.world, machine.traits
        self.peer = self.program = None
        self.receive_buffer, self.scale = self.traits.receive_buffer, self.traits.scale
        self.mss = self.traits.mss
        self.out, self.pdus, self.handled = bytearray(), [], 0  # pdus: (end, PDU) of what is sent
        self.una = self.nxt = self.peer_right = self.duplicates = 0
        self.window_cwnd, self.threshold = 10 * self.mss, 1 << 30
        self.rcv = self.read = 0
        self.right = self.receive_buffer
        self.early = []                  # (start, end, has a FIN) beyond a hole
        self.sacked = []                 # (start, end) that the peer has beyond a hole, in order
        self.resent = 0                  # up to where holes were retransmitted
        self.fin = self.peer_fin = None  # offsets
        self.srtt = self.variance = None
        self.rto, self.tries, self.recover, self.probed = RTO_FIRST, 0, None, False
        self.timed = None                # (end, time) of the segment whose way and back is timed
        self.timers = {}
        self.established = self.closed = False
        self.alive_probes = self.unacked = self.syns = 0
        self.peer_ts, self.last_ts = 0, None
        self.ip_id = self.world.rng.randrange(65536)
        self.clock_base = self.world.rng.randrange(1 << 32)
        self.ends = []                   # (time, what) that ended it, for the truth

    # ---- Timers ----

    def arm(self, name, seconds, function):
        """Sets a timer, in place of the one of that name."""
        mark = self.timers[name] = object()

        def ring():
            if self.timers.get(name) is mark:
                del self.timers[name]
                function()
        self.machine.after(seconds, ring)

    def disarm(self, name):
        self.timers.pop(name, None)

    def time_back(self, seconds):
        """Takes a measured way there and back into the timer (RFC 6298)."""
        if self.srtt is None:
            self.srtt, self.variance = seconds, seconds / 2
        else:
            self.variance += (abs(self.srtt - seconds) - self.variance) / 4
            self.srtt += (seconds - self.srtt) / 8

    def fresh_rto(self):
        if self.srtt is None:
            return RTO_FIRST
        low = self.traits.rto_min
        if self.traits.linux:
            return self.srtt + max(low, 4 * self.variance)
        return max(low, self.srtt + 4 * self.variance)

    # ---- What the program asks for ----

    def connect(self):
        if self.established or self.closed:
            return
        self.syns += 1
        if self.syns > SYN_TRIES:
            self.forget("no answer to its SYN")
            self.program.ended()
            return
        self.emit(SYN, 0)
        self.arm("syn", 2 ** (self.syns - 1), self.connect)

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

    def abort(self, why="abort"):
        """Resets the connection, and forgets it."""
        if not self.closed:
            self.emit(RST | ACK, self.nxt)
            self.forget(why)

    def forget(self, why):
        self.closed = True
        self.ends.append((self.world.now, why))
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
        if right - self.right < min(self.mss, self.receive_buffer // 2):
            return
        tell = self.right - self.rcv < self.mss and not self.closed
        self.right = right
        if tell:
            self.emit(ACK, self.nxt)

    # ---- Sending ----

    def emit(self, flags, seq, payload=b""):
        if flags & ACK:
            self.disarm("ack")
            self.unacked = 0
        segment = Segment(self, flags, seq, self.rcv, self.window(), payload)
        if self.traits.timestamps and (flags & SYN or self.connection.timestamps) and \
                (self.traits.linux or not flags & RST):
            segment.ts = self.last_ts = self.machine.ticks(self), self.peer_ts
        if self.early and self.connection.sack and not flags & (SYN | RST):
            segment.sacks = tuple(self.merge_early()[:3])
        if flags == SYN | ACK and self.traits.linux:
            segment.has_id = False
        self.machine.send(segment)

    def merge_early(self):
        merged = []
        for start, end, _ in sorted(self.early):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged[::-1]

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
            room = min(self.peer_right - self.nxt, self.window_cwnd - (self.nxt - self.una))
            only_fin = self.nxt == len(self.out)
            left = len(self.out) - self.nxt
            size = min(self.mss * self.traits.tso, room, left)
            if size > self.mss and size < left:
                size -= size % self.mss
            if room <= 0 or size < min(self.mss, left):
                break
            if self.timed is None:
                self.timed = self.nxt + size, self.world.now
            self.nxt += self.send_from(self.nxt, 0 if only_fin else size)
            if "rto" not in self.timers:
                self.start_timer()
        waits = self.established and not self.closed and self.left() > 0
        if waits and self.una == self.nxt and "persist" not in self.timers:
            self.arm("persist", self.rto, self.probe)

    def start_timer(self):
        """Arms the retransmission timer, or that of a tail loss probe (RFC 8985)."""
        if self.traits.tail_probes and self.srtt is not None and not self.probed:
            self.arm("rto", min(self.rto, 2 * self.srtt + self.traits.rto_min), self.probe_tail)
        else:
            self.arm("rto", self.rto, self.retransmit)

    def probe_tail(self):
        self.probed = True
        self.timed = None
        self.send_from(max(self.una, self.nxt - self.mss), self.mss)
        self.arm("rto", self.rto, self.retransmit)

    def retransmit(self):
        """The oldest bytes were not acknowledged in time."""
        self.tries += 1
        if self.tries > self.traits.retries:
            self.forget("gave up retransmitting")
            self.program.ended()
            return
        self.recover, self.timed, self.sacked, self.resent = self.nxt, None, [], self.una
        self.threshold = max((self.nxt - self.una) // 2, 2 * self.mss)
        self.window_cwnd = self.mss
        self.send_from(self.una, min(self.mss, self.nxt - self.una))
        self.rto = min(self.rto * 2, RTO_MAX)
        self.arm("rto", self.rto, self.retransmit)

    def resend_hole(self):
        """Sends the first bytes again that the peer does not have (RFC 6582)."""
        self.send_from(self.una, min(self.mss, self.nxt - self.una))
        self.resent = max(self.resent, self.una + self.mss)

    # ---- Loss recovery by SACK (RFC 6675) ----

    def note_sacks(self, sacks):
        """Adds what the peer has beyond a hole to what is known of that."""
        merged = []
        for start, end in sorted([*self.sacked, *sacks]):
            if end <= self.una:
                continue
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        self.sacked = merged

    def holes(self):
        """Yields (start, end, is lost) of what the peer does not have."""
        at = self.una
        for number, (start, end) in enumerate(self.sacked):
            above = self.sacked[number:]
            if at < start:
                yield at, start, len(above) >= 3 or \
                    sum(right - left for left, right in above) > 2 * self.mss
            at = max(at, end)
        if at < self.nxt:
            yield at, self.nxt, False

    def in_flight(self):
        """Returns how many bytes are in the network (the RFC's pipe)."""
        return sum((0 if lost else end - start) + max(0, min(end, self.resent) - start)
                   for start, end, lost in self.holes())

    def recover_more(self):
        """Sends what the congestion window permits: what is lost, else what is new."""
        while self.recover is not None and self.window_cwnd - self.in_flight() >= self.mss:
            lost = next(((max(start, self.resent), end) for start, end, is_lost in self.holes()
                         if is_lost and end > self.resent), None)
            room = min(self.peer_right - self.nxt, self.mss)
            if lost:
                self.resent = min(lost[0] + self.mss, lost[1])
                self.send_from(lost[0], self.resent - lost[0])
            elif self.left() > 0 and room > 0:
                self.nxt += self.send_from(self.nxt, room)
            else:
                break

    def probe(self):
        """Fills a window that is too small for a segment, or asks whether it is still closed."""
        room = min(self.peer_right - self.nxt, len(self.out) - self.nxt)
        if room > 0:
            self.nxt += self.send_from(self.nxt, min(room, self.mss))
            self.arm("rto", self.rto, self.retransmit)
            return
        if self.traits.linux:
            self.emit(ACK, self.nxt - 1)
        else:
            self.emit(ACK | PSH, self.nxt, bytes(self.out[self.nxt:self.nxt + 1]))
        self.rto = min(self.rto * 2, RTO_MAX)
        self.arm("persist", self.rto, self.probe)

    def keep_alive(self):
        """Asks whether the peer is there; resets where it does not say so."""
        step = self.traits.keepalive
        if self.una < self.nxt:
            self.arm("keepalive", step, self.keep_alive)
            return
        self.alive_probes += 1
        if self.alive_probes > self.traits.keepalive_probes:
            self.abort("no answer to keep-alives")
            self.program.ended()
            return
        self.emit(ACK, self.nxt - 1)
        self.arm("keepalive", min(step, 15), self.keep_alive)

    # ---- Receiving ----

    def receive(self, segment):
        """Takes a segment; the machine has seen to it that this socket is open."""
        if segment.flags & SYN:
            self.receive_syn(segment)
            return
        if self.is_too_old(segment):
            self.emit(ACK, self.nxt)
            return
        if segment.ts and segment.seq <= self.rcv:
            self.peer_ts = segment.ts[0]
        if segment.flags & RST:
            if not self.established and segment.flags & ACK or segment.seq == self.rcv or \
                    not self.traits.linux and \
                    self.rcv <= segment.seq <= self.right:
                self.forget("reset by peer")
                self.program.ended()
            elif self.rcv <= segment.seq <= self.right:
                self.emit(ACK, self.nxt)  # RFC 5961
            return
        self.establish()
        if self.traits.keepalive:
            self.alive_probes = 0
            self.arm("keepalive", self.traits.keepalive, self.keep_alive)
        self.receive_ack(segment)
        if not self.closed:
            self.receive_data(segment)

    def is_too_old(self, segment):
        """Returns whether its timestamp is before the newest one (RFC 7323: PAWS)."""
        return self.established and segment.ts is not None and not segment.flags & RST and \
            (segment.ts[0] - self.peer_ts) & 0xFFFFFFFF >= 1 << 31

    def receive_syn(self, segment):
        self.peer_right = max(self.peer_right, segment.window)
        if segment.ts:
            self.peer_ts = segment.ts[0]
        if segment.flags & ACK:
            self.disarm("syn")
            self.emit(ACK, self.nxt)
            self.establish()
        else:
            self.emit(SYN | ACK, 0)

    def establish(self):
        if not self.established:
            self.established = True
            self.disarm("syn")
            self.program.begin()

    def receive_ack(self, segment):
        ack, right = segment.ack, segment.ack + segment.window
        self.note_sacks(segment.sacks)
        if ack > self.una:
            self.advance(ack)
        elif ack == self.una < self.nxt and not segment.payload and right == self.peer_right:
            self.duplicates += 1
            if self.duplicates == 3 and self.recover is None:
                self.threshold = max((self.nxt - self.una) // 2, 2 * self.mss)
                self.window_cwnd, self.timed = self.threshold, None
                self.recover = self.nxt
                self.resend_hole()
        if self.sacked:
            self.recover_more()
        if ack == self.una and "persist" in self.timers and (
                right > self.nxt or not self.traits.linux and right > self.peer_right):
            self.disarm("persist")
            self.rto = self.fresh_rto()
        self.peer_right = max(self.peer_right, right)
        self.push()

    def advance(self, ack):
        """The peer has acknowledged more."""
        grown = ack - self.una
        self.una, self.nxt = ack, max(self.nxt, ack)
        if self.timed and ack >= self.timed[0]:
            self.time_back(self.world.now - self.timed[1])
            self.timed = None
        if self.window_cwnd < self.threshold:
            self.window_cwnd += min(grown, self.mss)
        elif self.recover is None:
            self.window_cwnd += self.mss * self.mss // self.window_cwnd
        self.window_cwnd = min(self.window_cwnd, 1 << 20)
        self.rto, self.tries, self.duplicates, self.probed = self.fresh_rto(), 0, 0, False
        self.disarm("rto")
        if self.recover is not None and ack >= self.recover:
            self.recover = None
        if self.una < self.nxt:
            if self.recover is not None:
                if not self.sacked:
                    self.resend_hole()
                self.arm("rto", self.rto, self.retransmit)
            else:
                self.start_timer()

    def receive_data(self, segment):
        size = len(segment.payload)
        start, end = segment.seq, segment.end
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
        self.unacked += size
        if filled or fin or self.unacked >= self.traits.stretch * self.mss or \
                not self.traits.delayed_ack:
            self.emit(ACK, self.nxt)
        elif "ack" not in self.timers:
            self.arm("ack", self.traits.delayed_ack, lambda: self.emit(ACK, self.nxt))
        self.program.readable()

    def accept(self, end, fin):
        self.rcv = max(self.rcv, min(end, self.right))
        if fin and self.rcv == end:
            self.peer_fin = end
            self.rcv += 1
