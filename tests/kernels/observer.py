# observer.py
# What somebody who sees all of a capture, and no more, could say of an incident: the most that
# the rules of the judgement could prove. It knows what is true, and looks only for the frames
# that would prove it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import collections

from kernels.simulate import Icmp
from kernels.stack import RST, SYN

NAMED, ONE_OF_TWO, CANNOT_TELL = "named", "one of two", "cannot tell"
STRICT = 8     # IP ids in a row that show how a host counts
SENDINGS = 5   # of the same bytes, between which a receiver may be heard
BITE = 3       # connections that are reset at once
SIBLINGS = 2
PINGS = 3      # that show how often a side sends them
SIDES = ("module", "multiplexer")


class View:
    """What is captured of one connection: frames as (time, segment, TTL) in order."""

    def __init__(self, connection, frames, end, ids_count):
        self.connection, self.frames, self.end = connection, frames, end
        self.ids_count = ids_count  # by side: whether ids of its machine can be followed here
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


def proves_program(view, incident, side):
    """Its TCP acknowledged what came after its program had stopped, or closed its window."""
    begin = incident.touched[view.connection][0]
    if incident.kind.endswith("sends no Pings") and sum(
            time < begin and keyword == b"Ping" for time, keyword in view.pdus(side)) < PINGS:
        return False
    after = [segment for time, segment, _ in view.sent[side] if time >= begin]
    data = [segment.end for time, segment, _ in view.sent[1 - side]
            if time >= begin and segment.payload]
    return bool(data and any(segment.ack >= data[0] for segment in after) or
                any(segment.window == 0 and not segment.flags & RST for segment in after))


def steps(view, side, views):
    """Returns (time, step of the IP id) of a side's frames, or of all of its machine's where that
    counts for all, behind a strict run."""
    machine = view.connection.sockets[side].machine
    if machine.traits.ids == "host":
        sent = sorted((frame for other in views for frame in other.sent[side]
                       if frame[1].machine is machine), key=lambda frame: frame[1].sent)
    else:
        sent = view.sent[side]
    strict, last, found = 0, None, []
    for time, segment, _ in sent:
        if segment.has_id and segment.foreign is None:
            if last is not None:
                step = segment.ip_id - last & 0xFFFF
                if strict >= STRICT:
                    found.append((time, step))
                strict = strict + 1 if step == 1 else strict if strict >= STRICT else 0
            last = segment.ip_id
    return found


def proves_pause(view, incident, side):
    """After a silence its ids go on by one, or the clock of its timestamps had stood."""
    machine = view.connection.sockets[side].machine
    begin, _ = incident.touched[view.connection]
    if incident.healed is None:
        return False
    after = [segment for time, segment, _ in view.sent[side] if time >= incident.healed]
    before = [segment for time, segment, _ in view.sent[side] if time < begin]
    if not after or len(before) < STRICT:
        return False
    if view.connection.timestamps and machine.clock_pauses:
        return True
    return bool(view.ids_count[side])


def proves_cut(view, incident, views):
    """A receiver is heard while the same bytes are sent again and again; a router says so; or
    ids show that frames were lost before the capture."""
    if view.icmp or any(proves_alive(view, side) for side in (0, 1)):
        return True
    begin, _ = incident.touched[view.connection]
    for side in (0, 1):
        if view.ids_count[side]:
            if any(time >= begin and 1 < step < 1000 for time, step in steps(view, side, views)):
                return True
    return False


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
                 if sent[1] < time < sent[-1] and segment.ack <= seq and not segment.flags & RST}
        if len(heard) >= 2:
            return True
    return False


def proves_siblings(view, incident, views):
    """Others between the same two machines went on, as one machine's ids show."""
    connection = view.connection
    begin, end = incident.touched[connection]
    silent = [side for side in (0, 1) if not any(begin + 1 < time < end
                                                 for time, _, _ in view.sent[side])]
    if incident.many or view.connection.world.rewrites or not all(connection.sockets[side].machine.traits.ids == "host" and
                                connection.sockets[side].machine.pace <= 5 and
                                not connection.ipv6 for side in silent):
        return False
    machines = [socket.machine for socket in connection.sockets]
    others = [other for other in views if other is not view and
              [socket.machine for socket in other.connection.sockets] == machines and
              all(any(begin < time < max(end, begin + 10) for time, _, _ in other.sent[side])
                  for side in (0, 1))]
    return len(others) >= SIBLINGS


def proves_restart(incident, views, side):
    """Several were reset at once, and what came after shows why."""
    hit = [view for view in views if view.connection in incident.touched]
    times = sorted(min(view.resets()) for view in hit if view.resets())
    together = any(after - before < 3 for before, after in zip(times, times[BITE - 1:]))
    refused = any(segment.flags & RST and segment.sender.side == side and
                  not segment.sender.established
                  for view in hit for _, segment, _ in view.sent[side])
    begin = min(first for first, _ in incident.touched.values())
    ttls = {(time > begin, ttl) for view in views for time, segment, ttl in view.sent[side]
            if not segment.flags & RST and view.connection.sockets[side].machine.side == side}
    other = bool({ttl for after, ttl in ttls if after} - {ttl for after, ttl in ttls if not after})
    again = any(segment.flags & SYN and segment.ts and time > begin
                for view in views for time, segment, _ in view.sent[side])
    return together and (refused or other and len(ttls) < 4 or again)


def proves_wall(view):
    """The RST has come over other hops than its apparent sender's frames, or that one goes on."""
    for side in (0, 1):
        resets = [(time, segment, ttl) for time, segment, ttl in view.sent[side]
                  if segment.flags & RST and segment.foreign is not None]
        usual = [ttl for _, segment, ttl in view.sent[side] if not segment.flags & RST]
        for time, segment, ttl in resets:
            if usual and -usual[-1] % 32 != -ttl % 32 and len(usual) > 3:
                return True
        first = [time for time, segment, _ in view.sent[side] if segment.flags & RST]
        if first and any(time > first[0] and not segment.flags & RST
                         for time, segment, _ in view.sent[side]):
            return True
    return False


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
        "program": lambda: proves_program(view, incident, side),
        "silence": lambda: proves_pause(view, incident, side),
        "cut": lambda: proves_cut(view, incident, views) or proves_siblings(view, incident, views),
        "slow": lambda: view.connection.timestamps,
        "restart": lambda: proves_restart(incident, views, side),
        "wall": lambda: proves_wall(view),
    }[incident.proof]()
    if proven:
        return NAMED
    return CANNOT_TELL if incident.proof in ("wall", "slow", "program") else ONE_OF_TWO
