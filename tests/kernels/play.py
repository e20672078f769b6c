# play.py
# Plays scenarios, each in a network of its own and many at a time, for they mostly wait;
# leaves the captures and what is true of them.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import contextlib
import json
import mmap
import os
import signal
import struct
import sys
import time

from kernels.ends import Module, Modules, Multiplexer
from kernels.network import CLONE_NEWNET, POINTS, VIEWS, Network, become_root, call, fork, run

# Scenarios begin so far apart, in seconds: what a machine with two processors can set up.
APART = 0.3
# Before the ends begin: to start captures, in seconds.
SETTING_UP = 0.8
# A play of which a process got to run so late, in seconds, is no play: Pings were late, too.
TOO_LATE = 0.4
BUSY = 4


class Delay:
    """How late processes got to run, at most, in seconds. Those that are forked share it."""

    def __init__(self):
        self.shared = mmap.mmap(-1, 8)

    def get(self):
        return struct.unpack_from("d", self.shared)[0]

    async def watch(self):
        """Looks after this process for ever."""
        while True:
            wanted = time.monotonic() + 0.1
            await asyncio.sleep(0.1)
            late = time.monotonic() - wanted
            if late > self.get():
                struct.pack_into("d", self.shared, 0, late)


class Play:
    """One scenario, in the process that is its router."""

    def __init__(self, scenario, directory):
        self.scenario, self.directory = scenario, directory
        self.network = Network(scenario.family)
        self.processes = {}
        self.begin, self.delay = None, Delay()

    def path(self, point):
        return os.path.join(self.directory, f"{self.scenario.name}.{point}.pcapng")

    async def play(self):
        watch = asyncio.create_task(self.delay.watch())
        self.network.attend()
        self.begin = time.monotonic() + SETTING_UP
        steps = [(at, *rest) for at, who, *rest in self.scenario.play if who == "network"]
        steps += [(at, f"host_{what}", *rest)
                  for at, who, what, *rest in self.scenario.play if who == "hosts"]
        steps += [(self.scenario.begin - SETTING_UP, "capture"), (0, "host_start", "multiplexer"),
                  (0.1, "host_start", "module"), (self.scenario.seconds, "nothing")]
        for at, what, *arguments in sorted(steps, key=lambda step: step[0]):
            await asyncio.sleep(self.begin + at - time.monotonic())
            self.do(what, *arguments)
        watch.cancel()
        self.network.end_captures()
        for process in self.processes.values():
            os.kill(process, signal.SIGKILL)
        self.network.close()

    def do(self, what, *arguments):
        """Takes a step: one of Play's, or the network's."""
        mine = getattr(self, what, None)
        if mine:
            mine(*arguments)
        elif arguments and isinstance(arguments[0], dict):
            getattr(self.network, what)(**arguments[0])
        else:
            getattr(self.network, what)(*arguments)

    def nothing(self):
        pass

    def capture(self):
        for point in POINTS:
            self.network.capture(point, self.path(point), self.scenario.snap)

    def host_start(self, who):
        """Starts an end's process. One that is started again has its script behind it."""
        script = [(at, *rest) for at, end, *rest in self.scenario.play
                  if end == who and who not in self.processes]
        arguments = self.scenario.interval, script, self.begin
        end = Multiplexer(*arguments)
        if who == "module":
            end = Modules(Module(*arguments, self.scenario.again, self.scenario.port),
                          self.scenario.siblings)
        self.processes[who] = self.network.start(who, self._live, who, end)

    def _live(self, who, end):
        """What the end's process does: it has left the router's loop behind."""
        asyncio.events._set_running_loop(None)
        asyncio.set_event_loop(None)
        asyncio.run(self._run(who, end))

    async def _run(self, who, end):
        # An end that is stopped on purpose is late, too.
        if all(whose != "hosts" for _, whose, *_ in self.scenario.play):
            watch = asyncio.create_task(self.delay.watch())
        await end.run(self.network.addresses["multiplexer"],
                      self.scenario.receive_buffer.get(who))

    def host_kill(self, who, name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.processes[who], getattr(signal, f"SIG{name}"))


def play_one(scenario, directory):
    """Plays one scenario in this process."""
    become_root()
    call("unshare", CLONE_NEWNET)
    play = Play(scenario, directory)
    asyncio.run(play.play())
    late = play.delay.get()
    if late > TOO_LATE:
        print(f"{scenario.name}: not played: the machine was busy, {late:.1f} s late",
              file=sys.stderr)
        os._exit(BUSY)


def play_all(scenarios, directory):
    """Plays these; leaves their captures and truth.json. Returns the names of those that
    could not be played, and of those for which the machine was too busy."""
    plays = {}
    for scenario in scenarios:
        plays[fork(play_one, scenario, directory)] = scenario
        time.sleep(APART)
    results = [(scenario, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
               for child, scenario in plays.items()]
    write_truth([scenario for scenario, status in results if status == 0], directory)
    return ([scenario.name for scenario, status in results if status not in (0, BUSY)],
            [scenario.name for scenario, status in results if status == BUSY])


def write_truth(scenarios, directory):
    """Writes truth.json: what is true of each capture, and of both hosts' merged."""
    truth = {}
    for scenario in scenarios:
        paths = {view: os.path.join(directory, f"{scenario.name}.{view}.pcapng") for view in VIEWS}
        run("mergecap", "-w", paths["both"], paths["module"], paths["multiplexer"])
        for view, path in paths.items():
            os.chmod(path, 0o644)
            verdicts, places = scenario.expected(view)
            truth[os.path.basename(path)] = {
                "truth": scenario.truth, "faults": sorted(scenario.faults),
                "verdicts": sorted(verdicts), "where": sorted(places),
                "interval": scenario.interval}
    with open(os.path.join(directory, "truth.json"), "w", encoding="ascii") as file:
        json.dump(truth, file, indent=1)
