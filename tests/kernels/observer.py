# observer.py
# What somebody who sees all of a capture, and no more, could say of an incident: the most that
# the rules of the judgement could prove. It knows what is true, and looks only for the frames
# that would prove it. What another cause of happenings.py or alone.py looks like is no proof: a
# firewall's RSTs and silence are those of a host that is off or reboots, unless its clock tells.
# Nor are IP ids, which a device on the way may count itself.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections

from kernels.simulate import Icmp
from kernels.stack import RST, SYN

NAMED, ONE_OF_TWO, CANNOT_TELL = "named", "one of two", "cannot tell"
SENDINGS = 5   # of the same bytes, between which a receiver may be heard
BESIDE = 5     # seconds in which no host pauses unnoticed
APART = 3      # seconds after which who is heard knows what was sent
KNOWN = 20     # seconds in which a clock becomes known
UNREACHABLE = ((3, 0), (3, 1))  # a router says so of a host that is off, too
PINGS = 3      # that show how often a side sends them
SIDES = ("module", "multiplexer")


class View:
    """What is captured of one connection: frames as (time, segment, TTL) in order."""

    def __init__(self, connection, frames, end):
        self.connection, self.frames, self.end = connection, frames, end
        self.icmp = [segment for _, segment, _ in frames
                     if isinstance(segment, Icmp) and not segment.forged]
        self.sent = [[(time, segment, ttl) for time, segment, ttl in frames
                      if not isinstance(segment, Icmp) and segment.sender.side == side]
                     for side in (0, 1)]

    def pdus(self, side):
        """Returns (time, keyword) of the Pings and Pongs of a side, as they were captured."""
        pdus, seen, found, number = self.connection.sockets[side].pdus, 0, [], 0
        for time, segment, _ in self.sent[side]:
            if segment.payload and segment.end > seen:
                seen = segment.end
                while number < len(pdus) and pdus[number][0] <= seen:
                    if pdus[number][1]:
                        found.append((time, pdus[number][1][0]))
                    number += 1
        return found

    def last(self):
        """Returns until when the connection was to go on."""
        over = any(not isinstance(segment, Icmp) and segment.flags & (RST | 1)
                   for _, segment, _ in self.frames)
        return self.frames[-1][0] if over else self.end

    def shows_trouble(self, interval):
        """Returns whether a Ping or a Pong is late or missing."""
        for side in (0, 1):
            mine, other = self.pdus(side), self.pdus(1 - side)
            pings = [time for time, keyword in mine if keyword == b"Ping"]
            pongs = [time for time, keyword in other if keyword == b"Pong"]
            if any(after - before > 1.5 * interval for before, after in
                   zip(pings, [*pings[1:], self.last()])):
                return True
            for number, time in enumerate(pings):
                pong = pongs[number] if number < len(pongs) else None
                if (pong or self.last()) - time > (1.5 if pong else 1) * interval:
                    return True
        return False

    def resets(self):
        return [time for time, segment, _ in self.frames
                if not isinstance(segment, Icmp) and segment.flags & RST]

    def greets_in_vain(self):
        return bool(self.frames) and not any(
            segment.flags & (SYN | RST) == 0 for _, segment, _ in self.frames
            if not isinstance(segment, Icmp))


# ---- What proves it ----


def proves_program(view, incident, side, interval):
    """Its window was closed; or its TCP acknowledged what came after its Ping, or its Pong, was due,
    and had nothing to send."""
    begin = incident.touched[view.connection][0]
    if any(time >= begin and segment.window == 0 and not segment.flags & RST
           for time, segment, _ in view.sent[side]):
        return True
    acked = max((segment.ack for _, segment, _ in view.sent[side]), default=0)
    asked = [time for time, segment, _ in view.sent[1 - side]
             if segment.payload and segment.end <= acked]
    pings = [time for time, keyword in view.pdus(side) if keyword == b"Ping"]
    gaps = list(zip(pings, [*pings[1:], view.last()]))[PINGS - 1:]
    pongs = [time for time, keyword in view.pdus(side) if keyword == b"Pong"]
    waits = [(time, pongs[number] if number < len(pongs) else view.last()) for number, (time, word)
             in enumerate(pdu for pdu in view.pdus(1 - side) if pdu[1] == b"Ping")]
    return any(before + interval + min(interval, after - before - interval) / 2 < time < after
               for before, after in gaps if after - before > 1.5 * interval for time in asked) or \
        any(before + interval / 2 < time < after for before, after in waits
            if after - before > 1.5 * interval for time in asked)


def proves_pause(view, incident, side):
    """After a silence the clock of its timestamps is behind, and stays so; the other side's runs."""
    connection = view.connection
    begin, _ = incident.touched[connection]
    known = [time for time, _, _ in view.sent[side] if time < begin]
    after = [time for time, _, _ in view.sent[side]
             if incident.healed is not None and time > incident.healed]
    return connection.timestamps and connection.sockets[side].machine.clock_pauses and \
        bool(known and after) and known[-1] - known[0] > KNOWN and after[-1] - after[0] > KNOWN and \
        not connection.sockets[1 - side].machine.stood


def proves_cut(view):
    """A receiver is heard while the same bytes are retransmitted, or, where these never came
    here, while their sender is; or a router says so."""
    said = any((word.kind, word.code) not in UNREACHABLE for word in view.icmp)
    return said or any(proves_alive(view, side) or proves_hole(view, side) for side in (0, 1))


def proves_hole(view, side):
    """Returns whether a side goes on behind bytes that never came here, nor to the other side."""
    seen, since, behind, waits = 0, None, False, 0
    for time, segment, _ in sorted(view.sent[0] + view.sent[1], key=lambda frame: frame[0]):
        if segment.flags & (SYN | RST):
            continue
        if segment.sender.side != side:
            if segment.ack > seen:
                since, seen = None, max(seen, segment.ack)
            elif since is not None and behind and time - since >= APART:
                waits, behind = waits + 1, False
        elif segment.seq <= seen:
            since, seen = None, max(seen, segment.end)
        else:
            since, behind = since or time, True
        if since is None:
            waits = 0
    return waits >= 2


def proves_alive(view, side):
    """Returns whether bytes of a side were sent often enough, and the other one was heard twice
    between, though it acknowledged none of them."""
    times = collections.defaultdict(list)
    for time, segment, _ in view.sent[side]:
        if segment.payload:
            times[segment.seq].append(time)
    for seq, sent in times.items():
        if len(sent) < SENDINGS:
            continue
        heard = {sum(time > at for at in sent) for time, segment, _ in view.sent[1 - side]
                 if time - sent[0] >= APART and sent[1] < time < sent[-1] and
                 segment.ack <= seq and not segment.flags & RST}
        if len(heard) >= 2:
            return True
    return False


def proves_kernel(view, side, views):
    """Returns whether the kernel that should have acknowledged what a side kept retransmitting was
    alive meanwhile on other connections of the two hosts: seen each few seconds, by one clock."""
    machines = [socket.machine for socket in view.connection.sockets]
    if machines[1 - side].clocks == "connection" or not view.connection.timestamps:
        return False
    seen = sorted(time for other in views if other is not view and other.connection.timestamps and
                  [socket.machine for socket in other.connection.sockets] == machines
                  for time, segment, _ in other.sent[1 - side] if not segment.flags & RST)
    times = collections.defaultdict(list)
    for time, segment, _ in view.sent[side]:
        if segment.payload:
            times[segment.seq].append(time)
    return any(count_met(sent, seen) >= 2 for sent in times.values())


def count_met(sent, seen):
    """Counts sendings, so far apart, that met a kernel which was seen then each few seconds."""
    met, last = 0, -BESIDE
    for time, following in zip(sent, sent[1:]):
        near = [at for at in seen if time - BESIDE < at < following]
        if time - last >= BESIDE and near and near[0] <= time < near[-1] and \
                following - near[-1] <= BESIDE and \
                all(after - before <= BESIDE for before, after in zip(near, near[1:])):
            met, last = met + 1, time
    return met


def proves_slow(view):
    """What a side sent is long on its way, by its timestamps, and what follows is not; or the other
    side is heard while it has nothing."""
    for side in (0, 1):
        late = [(time, time - segment.sent) for time, segment, _ in view.sent[side]]
        long = [time for time, lag in late if lag >= APART]
        if view.connection.timestamps and long and long[-1] - long[0] >= APART and \
                long[0] - late[0][0] > KNOWN and late[-1][1] < 1:
            return True
    return any(proves_alive(view, side) for side in (0, 1))


def proves_end(view, incident, views, side):
    """The clock of its kernel shows that it reset its connections itself."""
    if not any(segment.flags & RST and segment.ts for _, segment, _ in view.sent[side]):
        return False
    hit = [view for view in views if view.connection in incident.touched]
    own = sorted(time for view in hit for time, segment, _ in view.sent[side]
                 if segment.flags & RST and segment.ts and segment.foreign is None)
    again = any(segment.flags & SYN and segment.sender.side == 0 and own and time > own[0]
                for view in views for time, segment, _ in view.sent[0])
    return side == 1 and again and any(after - before < 1 for before, after in zip(own, own[1:]))


def proves_restart(view, incident, views, side):
    """The clock of its kernel is another on connections that begin since then, and was one before.
    What was late, or missing, before the end may be the network's fault, and a standby's reason."""
    def is_clocked(socket):
        return socket.connection.timestamps and socket.machine.clocks != "connection"

    def find_other(one):
        return one.connection.sockets[1 - side].machine

    begin = incident.touched[view.connection][0]
    ended = [one for one in views if one.connection in incident.touched and one.resets() and
             is_clocked(one.connection.sockets[side]) and one.sent[side] and
             one.sent[side][-1][0] - one.sent[side][0][0] > KNOWN]
    others = {find_other(one) for one in ended}
    later = [one for one in views if one.sent[side] and one.sent[side][0][0] > begin and
             one.sent[side][0][1].flags & SYN and one.sent[side][0][1].ts and
             is_clocked(one.connection.sockets[side]) and find_other(one) in others]
    return len(ended) - len(others) >= 3 and len(later) >= 3


def proves_wall(view):
    """Who is said to have sent it goes on; or it has come over other hops than that one's frames,
    outside the window: in it, another server or a balancer may have sent it, since one is gone."""
    for side in (0, 1):
        resets = [(time, segment, ttl) for time, segment, ttl in view.sent[side]
                  if segment.flags & RST]
        usual = [(time, ttl) for time, segment, ttl in view.sent[side] if not segment.flags & RST]
        for time, segment, ttl in resets:
            later = [after for after, _ in usual if after - time > 0.2]
            if segment.foreign is not None and segment.seq - segment.sender.nxt > 1 << 28 and \
                    len(usual) > 3 and later and get_hops(ttl) != get_hops(usual[0][1]):
                return True
        inside = [time for time, segment, _ in resets if segment.seq - segment.sender.nxt < 1 << 28]
        if inside and sum(after - inside[0] > 0.2 and len(segment.payload) > 1 for
                          after, segment, _ in view.sent[side] if not segment.flags & RST) > 2:
            return True
    return False


def get_hops(ttl):
    return next(first - ttl for first in (32, 64, 128, 255) if ttl <= first)


def most(view, incident, views, interval):
    """Returns how much could be said of an incident on one connection: NAMED, ONE_OF_TWO,
    CANNOT_TELL, or None where nothing shows."""
    if not view.frames or incident.proof == "quiet":
        return None
    begin = incident.touched[view.connection][0]
    if view.frames[-1][0] < begin and view.end < begin + interval:
        return None
    side = 1 if "multiplexer" in incident.faults else 0
    reset = incident.proof in ("restart", "wall") and any(
        time >= begin - 0.1 for time in view.resets()) or view.greets_in_vain()
    if not reset and not view.shows_trouble(interval):
        return None
    proven = {
        "program": lambda: proves_program(view, incident, side, interval),
        "silence": lambda: proves_pause(view, incident, side),
        "cut": lambda: proves_cut(view) or any(proves_kernel(view, side, views) for side in (0, 1)),
        "slow": lambda: proves_slow(view),
        "restart": lambda: proves_end(view, incident, views, side) or
        not view.shows_trouble(interval) and proves_restart(view, incident, views, side),
        "wall": lambda: proves_wall(view),
    }[incident.proof]()
    if proven:
        return NAMED
    return CANNOT_TELL if incident.proof in ("wall", "slow", "program") else ONE_OF_TWO
