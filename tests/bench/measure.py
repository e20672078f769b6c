# measure.py
# Runs the real tshark over a capture in one of several ways, and tells what that
# took: for bench.py and for the tests.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import concurrent.futures
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

BENCH = pathlib.Path(__file__).resolve().parent
NOBODY = 65534

# The floor is Wireshark itself without the plugin, which takes the payload for data.
FLOOR = ("floor", ["-d", "tcp.port==2107,data"])
TRADE = ("plugin", [])
LUA = ("floor", ["-X", "lua_script:trade_talk.lua"])
NO_TREE = ["-q", "-z", "io,stat,0"]
# The payload of data PDUs is not put together.
IN_PIECES = ["-o", "trade.desegment_data:FALSE"]

# What is compared: the directory of plugins and the options, by name. The floor's
# filter matches nothing and prints nothing; that of the others prints each frame that
# has a Ping in it.
WAYS = {
    "floor": (*FLOOR, NO_TREE),
    "plugin": (*TRADE, NO_TREE),
    "pieces": (*TRADE, [*NO_TREE, *IN_PIECES]),
    "health": (*TRADE, ["-q", "-z", "trade,health"]),
    "incidents": (*TRADE, ["-q", "-z", "trade,incidents"]),
    "lua": (*LUA, NO_TREE),
    "floor, tree": (*FLOOR, ["-Y", "tcp.port == 1"]),
    "plugin, tree": (*TRADE, ["-Y", 'trade.keyword == "Ping"']),
    "lua, tree": (*LUA, ["-Y", 'tradelua.keyword == "Ping"']),
    "floor, -2": (*FLOOR, ["-2", *NO_TREE]),
    "plugin, -2": (*TRADE, ["-2", *NO_TREE]),
}


def add_ways(protocol, field):
    """Adds the ways to have another protocol dissected, which are named after it. field: a
    filter for some of its PDUs."""
    other = ("floor", ["-d", f"tcp.port==2107,{protocol}"])
    WAYS[protocol] = (*other, NO_TREE)
    WAYS[f"{protocol}, tree"] = (*other, ["-Y", field])


class Tshark:
    """The installed tshark in a directory of its own, with the plugin and without."""

    def __init__(self, plugin, directory):
        self.directory = directory
        self.full_version = re.search(r"\d+\.\d+\.\d+", self._version()).group(0)
        self.version = self.full_version.rpartition(".")[0]
        for place in ("home", "floor", f"plugin/{self.version}/epan", "captures"):
            (directory / place).mkdir(parents=True)
        shutil.copy(plugin, directory / f"plugin/{self.version}/epan/trade.so")
        shutil.copy(BENCH / "trade_talk.lua", directory)
        self.captures = directory / "captures"
        for path in (directory, *directory.rglob("*")):
            path.chmod(0o755)
        if os.geteuid() == 0:
            os.chown(directory / "home", NOBODY, NOBODY)
        self._check_plugin()

    def _check_plugin(self):
        """Makes sure that it is the plugin that is measured."""
        listed = subprocess.run([*self._environment("plugin"), "tshark", "-G", "plugins"],
                                capture_output=True, text=True).stdout
        if f"{self.directory}/plugin/{self.version}/epan/trade.so" not in listed:
            raise RuntimeError(f"tshark {self.full_version} does not load the plugin")

    @staticmethod
    def _version():
        return subprocess.run(["tshark", "--version"], check=True, capture_output=True,
                              text=True).stdout

    def _environment(self, plugins):
        """Returns what tshark is started by: nothing of the user's gets to it."""
        home = self.directory / "home"
        # Wireshark ignores WIRESHARK_PLUGIN_DIR, without a word, when root runs it.
        user = (["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
                if os.geteuid() == 0 else [])
        return [*user, "env", "-i", f"PATH={os.environ['PATH']}", f"HOME={home}",
                f"XDG_CONFIG_HOME={home}", "LC_ALL=C.UTF-8", "TZ=UTC",
                f"WIRESHARK_PLUGIN_DIR={self.directory / plugins}"]

    def _start(self, way, capture, log, tool=()):
        """Starts tshark, if asked for under a tool as valgrind."""
        plugins, options, output = WAYS[way]
        command = [*self._environment(plugins), *tool, "tshark", "-r", capture, *options, *output]
        return subprocess.Popen(command, cwd=self.directory, stdout=subprocess.DEVNULL, stderr=log,
                                text=True)

    def run(self, way, capture):
        """Returns processor time in seconds and peak memory in bytes of one run."""
        with tempfile.TemporaryFile("w+") as log:
            process = self._start(way, capture, log)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            log.seek(0)
            if process.returncode != 0:
                raise RuntimeError(f"{way}: {log.read()}")
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024

    def count(self, way, capture, inside=()):
        """Returns the instructions of one run, or only those between call and return of some
        of the plugin's functions, none of which calls another: inside. As valgrind counts
        them: cachegrind counts the same ones as callgrind, in half the time."""
        tool = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        if inside:
            tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                    *(f"--toggle-collect={function}*" for function in inside)]
        process = self._start(way, capture, subprocess.PIPE, tool)
        said = process.communicate()[1]
        total = re.search(r"I\s+refs:\s+([\d,]+)", said)
        if process.returncode != 0 or not total:
            raise RuntimeError(f"{way}: status {process.returncode}\n{said}")
        return int(total.group(1).replace(",", ""))

    def count_between(self, runs, times=1):
        """Returns the instructions of each way over what the second capture has more than
        the first, without what starting takes: the median of so many times. runs: (way,
        first, second)."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            keys = dict.fromkeys((way, path) for way, *captures in runs for path in captures)
            counts = {key: [pool.submit(self.count, *key) for _ in range(times)] for key in keys}
        median = {key: statistics.median(count.result() for count in taken)
                  for key, taken in counts.items()}
        return [median[way, more] - median[way, less] for way, less, more in runs]
