# sharkd.py
# One sharkd for each process that runs tests: it opens capture after capture, as Wireshark's
# window does, and is asked for what frames, tables and filters show.
#
# It dissects a capture once when it loads it, without a tree, and again for each answer. So
# what it says is what "tshark -2" says; what a first pass shows, only tshark tells. It leaves
# out the fields that are hidden in the tree, and cuts a line of the tree after 240 characters.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

import functools
import json
import shutil
import signal
import subprocess
import tempfile
import threading

from frames import Frame, read_sharkd

TIME_LIMIT = 120  # seconds for an answer
LOADS = 100  # of a process: sharkd keeps each file open, with what is known of its frames (4.0)

# The preferences that sharkd can be told: those that are read where they are needed. It does not
# call what others (ports, trade.interval, trade.limit) are to set off.
PREFERENCES = {
    "tcp.analyze_sequence_numbers", "tcp.relative_sequence_numbers", "tcp.reassemble_out_of_order",
    "tcp.desegment_tcp_streams", "trade.desegment", "trade.desegment_data", "trade.slow"}

# The plugin's fields that are hidden in the tree.
HIDDEN = {"trade.sender.name"}

# What a Frame is made of.
PROTOCOLS = {"frame", "tcp", "trade", "trade.judgement", "_ws.malformed", "_ws.short",
             "_ws.unreassembled"}

# The number by which sharkd knows the column Info differs between versions; its format does not.
INFO_FORMAT = "%i"


class Died(AssertionError):
    """sharkd ended while a test asked it something."""


class Sharkd:
    """The installed sharkd, with the plugin of a Tshark and nothing else of the user's."""

    def __init__(self, tshark):
        self.tshark, self.save = tshark, tshark.save
        self.process = None
        self.timed_out = False
        self.loaded = None  # path and preferences of the capture that it has
        self.loads = 0  # of this process
        self.defaults = {}  # of preferences that were set, by name
        self._frames = functools.lru_cache(maxsize=256)(self._read_frames)
        self._infos = functools.lru_cache(maxsize=256)(self._read_infos)

    # ---- The process ----

    def _start(self):
        assert shutil.which("sharkd"), "there is no sharkd: Debian has it in wireshark-common"
        command, environment = self.tshark.get_command("sharkd")
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(
            [*command, "-"], env=environment, cwd=self.tshark.directory, encoding="utf-8",
            errors="replace", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors)
        self.asked, self.loads, self.loaded, self.defaults = 0, 0, None, {}
        columns = self.ask("info")["columns"]
        self.info_column = next(n for n, column in enumerate(columns)
                                if column["format"] == INFO_FORMAT)
        found = self.ask("complete", field="trade")["field"]
        assert any(field["f"] == "trade" for field in found), "sharkd did not load the plugin"

    def close(self):
        """Ends the process, if there is one."""
        if self.process:
            self.process.stdin.close()
            self.process.stdout.close()
            self.process.wait(timeout=TIME_LIMIT)
            self.errors.close()
        self.process = None

    def ask(self, method, **params):
        """Returns the result of one request; an error of sharkd's fails."""
        answer = self._ask(method, params)
        assert "error" not in answer, f"sharkd {method} {params}: {answer['error']}"
        return answer["result"]

    def _ask(self, method, params):
        if not self.process:
            self._start()
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}
        self.timed_out = False
        timer = threading.Timer(TIME_LIMIT, self._give_up)
        timer.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = "\n"
            while line == "\n":
                line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            self._bury(method, params)
        return json.loads(line)

    def _give_up(self):
        self.timed_out = True
        self.process.kill()

    def _bury(self, method, params):
        """Fails with what sharkd died of. The next request starts another."""
        process, capture = self.process, self.loaded
        status = process.wait()
        self.errors.seek(0)
        told = self.errors.read()[-3000:]
        self.process = None
        if self.timed_out:
            how = f"did not answer within {TIME_LIMIT} s"
        else:
            how = f"died of {signal.Signals(-status).name}" if status < 0 else f"ended ({status})"
        raise Died(f"sharkd {how} when asked {method} {params}, with {capture} loaded:\n{told}")

    # ---- Captures and preferences ----

    def _set(self, name, value):
        self.ask("setconf", name=name, value=value)

    def get_preference(self, name):
        """Returns a preference's value as text."""
        (kind, value), *_ = self.ask("dumpconf", pref=name)["prefs"][name].items()
        return ("FALSE", "TRUE")[value] if kind == "b" else str(value)

    def load(self, path, preferences=()):
        """Loads a capture with these preferences ("name:value"); all others are as at the start."""
        wanted = (str(path), tuple(preferences))
        if self.process and self.loaded == wanted:
            return
        if self.process and self.loads == LOADS:
            self.close()
        if not self.process:
            self._start()
        self.loaded = None
        for name, value in self.defaults.items():
            self._set(name, value)
        for name, value in (preference.split(":", 1) for preference in preferences):
            assert name in PREFERENCES, f"sharkd cannot be told {name}: use tshark"
            self.defaults.setdefault(name, self.get_preference(name))
            self._set(name, value)
        self.loaded = wanted
        self.loads += 1
        try:
            self.ask("load", file=str(path))
        except AssertionError:
            self.loaded = None
            raise

    def forget(self):
        """Forgets all answers, so that they are asked for again."""
        self.loaded = None
        self._frames.cache_clear()
        self._infos.cache_clear()

    def count_frames(self):
        """Returns how many frames the capture has."""
        return self.ask("status")["frames"]

    # ---- What it shows ----

    def _list_frames(self, display_filter):
        """Returns the frames that a filter lets through, with their Info column."""
        # sharkd remembers what a filter's text let through, over files (4.0): no text comes twice.
        unique = f"({display_filter}) && frame.number < {0xFFFFFFFF - self.loads}"
        return self.ask("frames", filter=unique, column0=str(self.info_column))

    def find_frames(self, path, display_filter, preferences=()):
        """Returns the numbers of the frames that a filter lets through."""
        self.load(path, preferences)
        return [row["num"] for row in self._list_frames(display_filter)]

    def takes_filter(self, display_filter):
        """Returns whether a filter is one of Wireshark's."""
        return "error" not in self._ask("check", {"filter": display_filter})

    def get_frame(self, number):
        """Returns a frame of the capture that is loaded."""
        tree = self.ask("frame", frame=number, proto=True)["tree"]
        return Frame([read_sharkd(item) for item in tree if item.get("f") in PROTOCOLS])

    def _read_frames(self, path, display_filter, preferences):
        self.load(path, preferences)
        numbers = (self.find_frames(path, display_filter, preferences) if display_filter else
                   range(1, self.count_frames() + 1))
        return [self.get_frame(number) for number in numbers]

    def _read_infos(self, path, display_filter, preferences):
        self.load(path, preferences)
        return {row["num"]: row["c"][0] for row in self._list_frames(display_filter)}

    def frames(self, path, *preferences, display_filter=""):
        """Returns all frames of a capture, or those that a filter lets through."""
        return self._frames(path, display_filter, preferences)

    def pdus(self, path, *preferences, display_filter=""):
        """Returns all lines of the dissector's, in order."""
        return [pdu for frame in self.frames(path, *preferences, display_filter=display_filter)
                for pdu in frame.pdus]

    def infos(self, path, *preferences, display_filter="trade"):
        """Returns the Info column of the frames that a filter lets through, by number."""
        return dict(self._infos(path, display_filter, preferences))

    def table(self, path, name, *preferences):
        """Returns a statistics table's rows, each a list of texts as tshark prints them."""
        return [[f"{cell:.6f}" if isinstance(cell, float) else str(cell) for cell in row]
                for row in self.tap(path, f"nstat:{name}", *preferences)["tables"][0]["i"]]

    def rows(self, path, name, *preferences):
        """Returns a statistics table's rows, each a dictionary by the columns' titles: of two of one
        title, the first."""
        titles = [field["c"] for field in self.tap(path, f"nstat:{name}", *preferences)["fields"]]
        return [dict(reversed(list(zip(titles, row))))
                for row in self.table(path, name, *preferences)]

    def tap(self, path, name, *preferences):
        """Returns what sharkd says of one of its taps."""
        self.load(path, preferences)
        (answer,) = self.ask("tap", tap0=name)["taps"]
        return answer
