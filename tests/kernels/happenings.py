# happenings.py
# What may happen to hosts, their network and their connections; and the truth of it: one
# function each. What happens to one connection only is in alone.py.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

from kernels.machine import Machine, Traits
from kernels.simulate import NETWORK, Drop, Slow, Wall

SIDES = ("module", "multiplexer")
SILENCE = ("ping-missing", "not-delivered", "ping-unanswered", "late", "answered-late")
PROGRAM = ("ping-missing", "ping-unanswered", "late", "answered-late")
ICMPS = ((3, 1), (3, 0), (3, 13), (11, 0))


class Scene:
    """A world, when it happens there, and the interval of its Pings."""

    def __init__(self, world, when, interval):
        self.world, self.rng, self.when, self.interval = world, world.rng, when, interval

    def at(self, seconds, function, *arguments, **more):
        self.world.at(self.when + seconds, function, *arguments, **more)

    def seconds(self):
        """Returns how long something lasts: of the Pings' order, or as a machine that is moved."""
        return self.rng.choice((self.interval * self.rng.uniform(0.6, 7), self.rng.uniform(60, 150),
                                self.interval * self.rng.uniform(2.9, 3.1)))

    def live(self, side, machine):
        """Returns a machine's connections that are alive now."""
        return [connection for connection in self.world.connections
                if connection.sockets[side].machine is machine and connection.is_alive]

    def pick_machine(self, side):
        machines = self.world.machines[side]
        return self.rng.choice(machines)

    def begin_with_all(self, incident, connections, function=None):
        for connection in connections:
            self.world.touch(incident, connection)
            if function:
                function(connection)

    def flood(self, connection, side, size=None):
        """Lets a program send more than windows and buffers take."""
        program = connection.programs[side]
        buffer = connection.sockets[1 - side].receive_buffer
        for count in range(4):
            self.at(0.1 + count * self.rng.random() * self.interval / 2, program.send_data,
                    size or buffer)


def nothing(_):
    pass


# ---- Hosts ----


def pause_host(scene, side, machine=None, seconds=None):
    """The whole host stands still and goes on, as a virtual machine that is moved."""
    machine = machine or scene.pick_machine(side)
    incident = scene.world.add_incident(f"{SIDES[side]}'s host pauses", {SIDES[side]}, SILENCE,
                                        many=True)
    incident.proof = "silence"
    machine.queues = scene.rng.random() < 0.4
    length = seconds or scene.seconds()

    def begin():
        machine.incident = incident
        machine.pause()
        scene.begin_with_all(incident, scene.live(side, machine))

    def end():
        incident.healed = scene.world.now
        machine.go_on()
    scene.at(0, begin)
    scene.at(length, end)
    return incident


def pause_again_and_again(scene, side):
    machine = scene.pick_machine(side)
    for _ in range(scene.rng.choice((2, 4))):
        length = scene.seconds()
        pause_host(scene, side, machine, length)
        scene.when += length + scene.interval * scene.rng.uniform(0.02, 1)


def pause_both(scene):
    """At about the same time, as two virtual machines on one host of them."""
    pause_host(scene, 0)
    scene.when += scene.rng.choice((0, 0.001, scene.interval * scene.rng.random()))
    pause_host(scene, 1)


def pause_all_modules_hosts(scene):
    """Several virtual machines at once, on one host of them: it looks as a cut uplink."""
    seconds = scene.seconds()
    site = scene.rng.choice(scene.world.sites)
    incident = None
    for machine in {module.machine for module in scene.world.modules if module.site is site}:
        other = pause_host(scene, 0, machine, seconds + scene.rng.random() / 100)
        incident = incident or other


def switch_off(scene, side):
    """The host is off: it sends and answers nothing."""
    machine = scene.pick_machine(side)
    incident = scene.world.add_incident(f"{SIDES[side]}'s host is off", {SIDES[side]}, SILENCE,
                                        many=True)
    incident.proof = "silence"

    def begin():
        machine.incident = incident
        scene.begin_with_all(incident, scene.live(side, machine))
        machine.turn_off()
    scene.at(0, begin)


def forget_all(machine, why):
    for connection in machine.world.connections:
        for socket in connection.sockets:
            if socket.machine is machine and not socket.closed:
                socket.forget(why)


def come_back(scene, machine, side):
    machine.turn_on()
    if side == 0:
        for module in scene.world.modules:
            if module.machine is machine:
                machine.after(scene.rng.uniform(1, 5), module.reconnect)


def reboot(scene, side):
    machine = scene.pick_machine(side)
    incident = scene.world.add_incident(f"{SIDES[side]}'s host reboots", {SIDES[side]}, many=True)
    incident.proof = "restart"

    def begin():
        machine.incident = incident
        scene.begin_with_all(incident, scene.live(side, machine))
        machine.turn_off()
        forget_all(machine, "reboot")
    scene.at(0, begin)
    scene.at(scene.rng.uniform(20, 90), come_back, scene, machine, side)


def fail_over(scene, side):
    """A standby takes the address, which knows of no connection."""
    machine = scene.pick_machine(side)
    incident = scene.world.add_incident(f"{SIDES[side]} fails over", {SIDES[side]}, many=True)
    incident.proof = "restart"
    standby = Machine(scene.world, side, scene.rng.choice((machine.traits, Traits(scene.rng))),
                      machine.hops)
    standby.ttl = machine.ttl if scene.rng.random() < 0.5 else \
        max(1, machine.ttl + scene.rng.choice((-64, -9, -1, 1)))
    standby.incident = incident
    standby.boot = scene.rng.uniform(1e2, 1e6)

    def begin():
        machine.incident = incident
        scene.begin_with_all(incident, scene.live(side, machine))
        machine.turn_off()
        forget_all(machine, "fail-over")

    def take_over():
        if side:
            address = scene.world.multiplexer
            address.replace(address.machines.index(machine), standby)
            return
        for module in scene.world.modules:
            if module.machine is machine:
                module.machine = standby
                standby.after(scene.rng.uniform(0.5, 5), module.reconnect)
        if scene.world.watched is machine:
            scene.world.watched = standby
    scene.at(0, begin)
    scene.at(scene.rng.choice((0.001, 1, 5, 40)), take_over)


# ---- The Multiplexer's program, with all its connections ----


def freeze_multiplexer(scene, goes_on=False, full=False):
    """The program hangs; its kernel goes on. full: and takes no more connections."""
    machine = scene.pick_machine(1)
    incident = scene.world.add_incident("multiplexer hangs for a while" if goes_on else
                                        "multiplexer hangs", {"multiplexer"}, PROGRAM, many=True)
    incident.proof = "program"

    def begin():
        machine.defaults["frozen"], machine.incident = True, incident
        if full:
            machine.listening = "full"
        scene.begin_with_all(incident, scene.live(1, machine),
                             lambda connection: connection.programs[1].set(frozen=True))

    def end():
        machine.defaults.clear()
        machine.listening, machine.accepted, machine.incident = "yes", 0, None
        incident.healed = scene.world.now
        for connection in scene.world.connections:
            if connection.sockets[1].machine is machine:
                connection.programs[1].resume()
    scene.at(0, begin)
    if goes_on:
        scene.at(scene.seconds(), end)


def freeze_multiplexer_for_a_while(scene):
    freeze_multiplexer(scene, goes_on=True)


def freeze_multiplexer_and_fill_its_queue(scene):
    freeze_multiplexer(scene, goes_on=scene.rng.random() < 0.5, full=True)


def stop_reading_all(scene):
    """As in the talk: the Multiplexer reads nobody any more."""
    machine = scene.pick_machine(1)
    incident = scene.world.add_incident("multiplexer reads nobody", {"multiplexer"},
                                        ("peer-not-reading",), many=True)
    incident.proof = "program"

    def stop(connection):
        connection.programs[1].set(reads=False)
        scene.flood(connection, 0)
    scene.at(0, lambda: scene.begin_with_all(incident, scene.live(1, machine), stop))


def crash_multiplexer(scene):
    """The process ends; its kernel resets all, and refuses until it is started again."""
    machine = scene.pick_machine(1)
    incident = scene.world.add_incident("multiplexer crashes", {"multiplexer"}, many=True)
    incident.proof = "restart"

    def begin():
        machine.incident, machine.listening = incident, "no"
        for connection in scene.live(1, machine):
            scene.world.touch(incident, connection)
            connection.sockets[1].abort("crash")

    def end():
        machine.listening = "yes"
    scene.at(0, begin)
    if scene.rng.random() < 0.7:
        scene.at(scene.rng.choice((0.5, 10, 60)), end)


# ---- The network ----


def choose_rules(scene):
    """Returns where it happens, and to which segments: to those of all, of a site or of a host."""
    world, rng = scene.world, scene.rng
    towards = rng.choice((None, None, 0, 1))
    where = rng.choice(("all", "site", "host"))
    if where == "all":
        return world.core, {"towards": towards}
    machine = scene.pick_machine(0)
    module = rng.choice([module for module in world.modules if module.machine is machine] or
                        world.modules)
    if where == "site":
        return module.site, {"towards": towards}
    return rng.choice((module.site, world.core)), {"towards": towards, "only": OfMachine(machine)}


class OfMachine:
    """The connections of a modules' machine, whenever they begin."""

    def __init__(self, machine):
        self.machine = machine

    def __contains__(self, connection):
        return connection.sockets[0].machine is self.machine


def cut(scene, seconds=1e12, icmp=None):
    half, more = choose_rules(scene)
    kind = "network cut" if seconds > 1e6 else "network outage"
    incident = scene.world.add_incident(kind + (" with ICMP" if icmp else ""), {NETWORK}, SILENCE,
                                        many=True)
    incident.proof = "cut"
    incident.healed = scene.when + seconds if seconds < 1e6 else None
    half.rules.append(Drop(incident, scene.when, scene.when + seconds, icmp=icmp, **more))


def cut_for_a_while(scene):
    cut(scene, scene.seconds())


def cut_with_icmp(scene):
    cut(scene, scene.rng.choice((1e12, scene.seconds())), scene.rng.choice(ICMPS))


def slow(scene):
    half, more = choose_rules(scene)
    incident = scene.world.add_incident("network slow", {NETWORK},
                                        (*SILENCE, "clocks-differ"), many=True)
    incident.proof = "slow"
    seconds = scene.interval * scene.rng.uniform(1, 4)
    incident.healed = scene.when + seconds
    half.rules.append(Slow(scene.interval * scene.rng.uniform(0.05, 1), incident, scene.when,
                           scene.when + seconds, **more))


def black_hole(scene, icmp=None):
    """Large segments pass no more; small ones do."""
    incident = scene.world.add_incident("black hole for large segments", {NETWORK}, SILENCE,
                                        many=True)
    incident.proof = "cut"
    half = scene.rng.choice((scene.world.core, *scene.world.sites))
    mtu = scene.rng.choice((1280, 1400, 1492, 576))
    half.rules.append(Drop(incident, scene.when, icmp=icmp, mtu=mtu,
                           towards=scene.rng.choice((None, 0, 1))))
    for connection in scene.world.connections:
        for program in connection.programs:
            for _ in range(2):
                scene.at(scene.rng.uniform(0, 3) * scene.interval, program.send_data, 9000)


def black_hole_with_icmp(scene):
    black_hole(scene, (3, 4))


def forget_flows(scene):
    """A firewall starts anew, and drops what it has not seen begin."""
    incident = scene.world.add_incident("firewall forgets all", {NETWORK}, SILENCE, many=True)
    incident.proof = "cut"
    half, more = choose_rules(scene)
    known = set()
    more["only"] = known
    half.rules.append(Drop(incident, scene.when, **more))
    scene.at(0, lambda: known.update(scene.world.connections))


def reset_flows(scene):
    """A firewall resets all that it has not seen begin."""
    half, more = choose_rules(scene)
    known, rng = set(), scene.rng
    more["only"] = known
    clones = rng.random() < 0.5
    incident = scene.world.add_incident("firewall resets all" + (", cloned" if clones else ""),
                                        {NETWORK}, ("reset-foreign",), many=True)
    incident.proof = "wall"
    half.rules.append(Wall(rng.choice((64, 255)), clones, rng.random() < 0.5, incident, scene.when,
                           **more))
    scene.at(0, lambda: known.update(scene.world.connections))


def refuse_all(scene):
    """A firewall resets all, and new connections, too: as a host on which no program listens."""
    clones = scene.rng.random() < 0.5
    incident = scene.world.add_incident("firewall refuses all" + (", cloned" if clones else ""),
                                        {NETWORK}, ("reset-foreign",), many=True)
    incident.proof = "wall"
    end = scene.when + scene.rng.choice((60, 1e12))
    scene.world.core.rules.append(Wall(scene.rng.choice((64, 255)), clones, scene.rng.random() < 0.5,
                                       incident, scene.when, end, towards=1))


def change_route(scene):
    """From now on frames of a side pass another number of hops."""
    half = scene.rng.choice((scene.world.core, *scene.world.sites))
    for side in scene.rng.choice(((0,), (1,), (0, 1))):
        scene.at(0, half.shifts.__setitem__, side, scene.rng.choice((-1, 1, 2, 3)))


def change_route_and_crash(scene):
    change_route(scene)
    scene.when += scene.rng.choice((0.001, 0.5, scene.interval / 2))
    crash_multiplexer(scene)


def both_sides(function):
    """Returns by name what may happen to either side's host."""
    return {f"{SIDES[side]}: {function.__name__}": lambda scene, side=side: function(scene, side)
            for side in (0, 1)}


# By name: how often, what happens.
HAPPENINGS = {
    "nothing": (40, nothing),
    "both hosts pause": (3, pause_both),
    "all hosts of modules pause": (3, pause_all_modules_hosts),
    "multiplexer hangs": (4, freeze_multiplexer),
    "multiplexer hangs for a while": (4, freeze_multiplexer_for_a_while),
    "multiplexer hangs, its queue is full": (3, freeze_multiplexer_and_fill_its_queue),
    "multiplexer reads nobody": (3, stop_reading_all),
    "multiplexer crashes": (5, crash_multiplexer),
    "network cut": (6, cut), "network outage": (8, cut_for_a_while),
    "network cut with ICMP": (4, cut_with_icmp), "network slow": (4, slow),
    "black hole": (4, black_hole), "black hole with ICMP": (3, black_hole_with_icmp),
    "firewall forgets all": (4, forget_flows), "firewall resets all": (5, reset_flows),
    "firewall refuses all": (4, refuse_all),
    "route changes": (4, change_route), "route changes, then a crash": (3, change_route_and_crash),
    **{name: (weight, function) for weight, of in
       ((6, pause_host), (3, pause_again_and_again), (4, switch_off), (4, reboot), (5, fail_over))
       for name, function in both_sides(of).items()},
}
