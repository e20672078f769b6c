# play.py
# Plays scenarios, each in a network of its own and many at a time, for they mostly wait;
# leaves the captures and what is true of them.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
import traceback

from kernels.ends import Module, Multiplexer
from kernels.network import CLONE_NEWNET, POINTS, Network, become_root, call, fork

# Scenarios begin so far apart, in seconds: what a machine with two processors can set up.
APART = 0.3
# Before the ends begin: to start captures, in seconds.
SETTING_UP = 0.8


class Play:
    """One scenario, in the process that is its router."""

    def __init__(self, scenario, directory):
        self.scenario, self.directory = scenario, directory
        self.network = Network(scenario.family)
        self.processes = {}
        self.begin = None

    def path(self, point):
        return os.path.join(self.directory, f"{self.scenario.name}.{point}.pcapng")

    async def play(self):
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
        end = Module(*arguments, self.scenario.again) if who == "module" else Multiplexer(*arguments)
        self.processes[who] = self.network.start(who, self._live, who, end)

    def _live(self, who, end):
        """What the end's process does: it has left the router's loop behind."""
        asyncio.events._set_running_loop(None)
        asyncio.set_event_loop(None)
        asyncio.run(end.run(self.network.addresses["multiplexer"],
                            self.scenario.receive_buffer.get(who)))

    def host_kill(self, who, name):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.processes[who], getattr(signal, f"SIG{name}"))


def play_one(scenario, directory):
    """Plays one scenario in this process."""
    try:
        become_root()
        call("unshare", CLONE_NEWNET)
        asyncio.run(Play(scenario, directory).play())
    except BaseException:
        print(f"{scenario.name}:", file=sys.stderr)
        traceback.print_exc()
        raise


def play_all(scenarios, directory):
    """Plays these; returns the names of those that could not be played."""
    plays = {}
    for scenario in scenarios:
        plays[fork(play_one, scenario, directory)] = scenario.name
        time.sleep(APART)
    failed = [name for child, name in plays.items() if os.waitpid(child, 0)[1]]
    write_truth(scenarios, directory)
    return failed


def write_truth(scenarios, directory):
    """Writes truth.json: what is true of each capture that there is."""
    truth = {}
    for scenario in scenarios:
        for point in POINTS:
            name = f"{scenario.name}.{point}.pcapng"
            path = os.path.join(directory, name)
            if os.path.exists(path):
                os.chmod(path, 0o644)
                verdicts, places = scenario.expected(point)
                truth[name] = {"truth": scenario.truth, "faults": sorted(scenario.faults),
                               "verdicts": sorted(verdicts), "where": sorted(places),
                               "interval": scenario.interval}
    with open(os.path.join(directory, "truth.json"), "w", encoding="ascii") as file:
        json.dump(truth, file, indent=1)
