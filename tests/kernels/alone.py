# alone.py
# What may happen to one connection, while the others go on; and the truth of it: one
# function each. What happens to several is in happenings.py.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from kernels.happenings import PROGRAM, SIDES, SILENCE
from kernels.simulate import NETWORK, Drop, Wall, forge_icmp
from kernels.stack import RST, Segment

READING = ("peer-not-reading",)


class Alone:
    """A connection, and when something happens to it. side: of the one at fault."""

    def __init__(self, scene, connection, side):
        self.scene, self.world, self.rng = scene, scene.world, scene.rng
        self.connection, self.side, self.interval = connection, side, scene.interval
        self.who, self.other = connection.programs[side], connection.programs[1 - side]

    def at(self, seconds, function, *arguments, **more):
        self.scene.at(seconds, function, *arguments, **more)

    def blame(self, kind, words=(), proof="program", faults=None):
        """Notes the incident from when it happens."""
        faults = {SIDES[self.side]} if faults is None else faults
        name = kind if NETWORK in faults else f"{SIDES[self.side]} {kind}"
        incident = self.world.add_incident(name, faults, words)
        incident.proof = proof
        if NETWORK not in faults:
            self.at(0, lambda: self.connection.is_alive and
                    self.world.touch(incident, self.connection))
        return incident

    def end_after(self, incident):
        """Lets the program go on after a while."""
        seconds = self.interval * self.rng.uniform(0.6, 4)
        incident.healed = self.scene.when + seconds
        self.at(seconds, self.who.resume)


# ---- Nobody's fault ----


def change_interval(alone):
    alone.at(0, alone.rng.choice((alone.who, alone.other)).set,
             interval=alone.interval * alone.rng.choice((0.5, 2)))


def ping_fast(alone):
    module = alone.connection.programs[0]
    module.interval = alone.interval / 10
    alone.at(-alone.interval, module.set, interval=alone.interval)


def close(alone):
    alone.at(0, alone.connection.sockets[0].end)


def be_busy(alone):
    """Much data both ways, all read."""
    for who in alone.connection.programs:
        for _ in range(5):
            alone.at(alone.rng.uniform(-2, 6) * alone.interval, who.send_data, 40_000)


# ---- A program ----


def freeze(alone):
    alone.blame("frozen", PROGRAM)
    alone.at(0, alone.who.set, frozen=True)


def pause(alone):
    incident = alone.blame("frozen for a while", PROGRAM)
    alone.at(0, alone.who.set, frozen=True)
    alone.end_after(incident)


def stop_reading(alone, kind="reads no more"):
    incident = alone.blame(kind, READING)
    alone.at(0, alone.who.set, reads=False)
    alone.scene.flood(alone.connection, 1 - alone.side)
    return incident


def pause_reading(alone):
    alone.end_after(stop_reading(alone, "does not read for a while"))


def read_slowly(alone):
    alone.blame("reads slowly", READING)
    buffer = alone.who.host.receive_buffer
    alone.at(0, alone.who.set,
             rate=max(1, int(buffer / alone.interval * alone.rng.uniform(0.05, 0.5))))
    alone.scene.flood(alone.connection, 1 - alone.side)


def flap(alone):
    alone.blame("reads on and off", READING)
    for step in range(8):
        at = step * alone.interval * 0.8
        alone.at(at, alone.who.set, reads=False)
        alone.at(at + alone.interval * 0.75, alone.who.resume)
    alone.scene.flood(alone.connection, 1 - alone.side)


def stop_answers(alone):
    alone.blame("does not answer", PROGRAM)
    alone.at(0, alone.who.set, answers=False)


def stop_pings(alone):
    alone.blame("sends no Pings", PROGRAM)
    alone.at(0, alone.who.set, pings=False)


def stop_both(alone):
    alone.blame("neither answers nor sends Pings", PROGRAM)
    alone.at(0, alone.who.set, pings=False, answers=False)


def answer_slowly(alone):
    alone.blame("answers slowly", PROGRAM)
    alone.at(0, alone.who.set, answer_delay=alone.interval * alone.rng.uniform(0.5, 4))


def crash(alone):
    """The process ends, and its kernel resets: nothing that needs a verdict by itself."""
    alone.blame("resets its connection", proof="quiet")
    alone.at(0, alone.who.host.abort, "crash")


def half_close(alone):
    alone.blame("ends its half", proof="quiet")
    alone.other.lingers = True
    alone.at(0, alone.who.host.end)


# ---- The network ----


def make_rule(alone, make, incident, heals=False):
    """Lets a half of the way do this to the connection."""
    half = alone.rng.choice((alone.connection.module.site, alone.world.core))
    end = alone.scene.when + (alone.scene.seconds() if heals else 1e12)
    incident.healed = end if heals else None
    half.rules.append(make(incident, alone.scene.when, end, only={alone.connection},
                           towards=alone.rng.choice((None, None, 0, 1))))


def forget_flow(alone):
    """A firewall forgets one flow, and drops it."""
    incident = alone.blame("one flow forgotten", SILENCE, "cut", {NETWORK})
    make_rule(alone, Drop, incident)


def forget_flow_for_a_while(alone):
    incident = alone.blame("one flow forgotten for a while", SILENCE, "cut", {NETWORK})
    make_rule(alone, Drop, incident, heals=True)


def reset_flow(alone):
    clones = alone.rng.random() < 0.4
    incident = alone.blame("one flow reset by a firewall" + (", cloned" if clones else ""),
                           ("reset-foreign",), "wall", {NETWORK})
    ttl, both = alone.rng.choice((64, 255)), alone.rng.random() < 0.5
    make_rule(alone, lambda *arguments, **more: Wall(ttl, clones, both, *arguments, **more),
              incident)


def forge_reset(alone):
    """Somebody sends an RST claiming to be from a side; it is not in the window."""
    incident = alone.blame("RST that is ignored", ("reset-foreign",), "wall", {NETWORK})
    name = alone.who.host

    def forge():
        alone.world.touch(incident, alone.connection)
        segment = Segment(name, RST, name.nxt + (1 << 29), 0, 0,
                          foreign=alone.rng.choice((64, 255)))
        segment.machine, segment.sent = name.machine, alone.world.now
        for point in (0, 1, 2):
            alone.world.pass_point(point, segment)
    alone.at(0, forge)


def forge_word(alone):
    """Somebody sends an ICMP message about a segment that never was; then a program hangs."""
    kind = alone.rng.choice(((3, 1), (3, 0), (3, 4), (3, 13), (11, 0)))
    for count in range(3):
        alone.at(count, lambda: alone.connection.is_alive and
                 forge_icmp(alone.world, alone.connection, *kind))
    freeze(alone)


def lose_answers(alone):
    """The program reads a Ping, and writes its Pong; a firewall drops only what carries data."""
    incident = alone.blame("one way's data dropped", SILENCE, "cut", {NETWORK})
    half = alone.rng.choice((alone.connection.module.site, alone.world.core))
    half.rules.append(Drop(incident, alone.scene.when, only={alone.connection}, mtu=46,
                           towards=alone.rng.choice((0, 1))))


# By name: how often, what happens. What happens to a side happens to either.
ALONE = {
    "nothing": (25, lambda _: None),
    "busy": (8, be_busy), "interval changed": (3, change_interval),
    "fast Pings at the start": (3, ping_fast), "closed": (3, close),
    "frozen": (4, freeze), "frozen for a while": (4, pause), "reads no more": (4, stop_reading),
    "does not read for a while": (4, pause_reading), "reads slowly": (4, read_slowly),
    "reads on and off": (3, flap), "does not answer": (3, stop_answers),
    "sends no Pings": (3, stop_pings), "neither": (3, stop_both), "answers slowly": (3, answer_slowly),
    "crashes": (3, crash), "ends its half": (1, half_close),
    "one flow forgotten": (7, forget_flow), "for a while": (5, forget_flow_for_a_while),
    "one flow reset": (6, reset_flow), "RST that is ignored": (3, forge_reset),
    "forged ICMP": (3, forge_word), "one way's data dropped": (3, lose_answers),
}
